"""Reading a token request: its form (RFC 6749 §3.2) and the credentials in it (§2.3), strictly."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from flask import Request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge

MAX_BYTES = 16 * 1024
MAX_FIELDS = 32
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Credentials:
    """Who a client says it is, and by what: a secret or an assertion."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None


class InvalidClient(InvalidClientError):
    """401 `invalid_client` with the challenge that belongs to it, whichever way the client tried."""

    status_code = 401

    def get_headers(self) -> list[tuple[str, str]]:
        """The headers of the answer; what is wrong stands in its body."""
        return [*OAuth2Error.get_headers(self), ("WWW-Authenticate", 'Basic realm="oauth"')]


def read_form(request: Request) -> dict[str, str]:
    """The parameters of a token request. Those without a value are as good as left out (RFC 6749 §3.2).

    Only the body counts: secrets in an address end up in logs. Raises InvalidRequestError for another media type, for
    what is no form and for a parameter that is given twice; RequestEntityTooLarge beyond MAX_BYTES.
    """
    if request.mimetype != FORM:
        raise InvalidRequestError(f"Send the parameters as {FORM}.")
    try:
        body = _read_body(request)
        fields = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except (ParseException, ValueError) as error:
        raise InvalidRequestError(f"The body is no form of at most {MAX_FIELDS} parameters in UTF-8.") from error
    if request.content_length is not None and len(body) < request.content_length:
        raise InvalidRequestError("The body is shorter than its Content-Length says.")
    if len({name for name, _ in fields}) < len(fields):
        raise InvalidRequestError("A parameter is given more than once.")
    return {name: value for name, value in fields if value}


def _read_body(request: Request) -> bytes:
    """The body, whose length need not be known before. Raises RequestEntityTooLarge beyond MAX_BYTES."""
    body = bytearray()
    if (request.content_length or 0) <= MAX_BYTES:
        while piece := request.stream.read(MAX_BYTES + 1 - len(body)):
            body += piece
    if (request.content_length or len(body)) > MAX_BYTES:
        raise RequestEntityTooLarge
    return bytes(body)


def read_credentials(form: Mapping[str, str], authorization: str) -> Credentials:
    """The credentials in the header, in the form, or in both when they agree: Entra may send any of these.

    Raises InvalidRequestError for contradicting or several ones, InvalidClient for none.
    """
    header = _basic(authorization)
    client_id, secret = form.get("client_id"), form.get("client_secret")
    assertion, kind = form.get("client_assertion"), form.get("client_assertion_type")
    if header is not None:
        if client_id not in {None, header.client_id} or secret not in {None, header.secret}:
            raise InvalidRequestError("The Authorization header and the body name different credentials.")
        client_id, secret = header.client_id, header.secret
    if assertion is not None or kind is not None:
        if secret is not None:
            raise InvalidRequestError("Send a client secret or a client assertion, not both.")
        if kind != ASSERTION_TYPE or assertion is None:
            raise InvalidRequestError(f"A client assertion needs the client_assertion_type {ASSERTION_TYPE}.")
    if secret is None and assertion is None:
        raise InvalidClient("Send the client id with its secret, by Basic or in the body, or with an assertion.")
    if client_id is None:
        raise InvalidRequestError("The client_id is missing.")
    return Credentials(client_id, secret, assertion)


def _basic(authorization: str) -> Credentials | None:
    """Id and secret from a Basic header, each of them form-encoded (RFC 6749 §2.3.1); None for any other header."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        decoded = [unquote_plus(text, errors="strict") for text in (client_id, secret)]
    except (binascii.Error, ValueError) as error:
        raise InvalidClient("The Authorization header is not Basic with a client id and a secret.") from error
    if not colon or not all(decoded):
        raise InvalidClient("The Authorization header is not Basic with a client id and a secret.")
    return Credentials(*decoded)
