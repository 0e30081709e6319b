"""SCIM answers: `application/scim+json`, and an error body for whatever goes wrong under the prefix."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from app.attributes.documents import InvalidValue
from app.attributes.parsing import InvalidFilter
from app.attributes.paths import InvalidPath
from app.auth.guards import check_bearer
from app.auth.tokens import Rejected
from app.core.errors import Conflict, NotFound, Refused, Throttled, Unavailable
from app.scim import refusals
from app.scim.protocol.errors import ScimError
from app.scim.resources import PREFIX
from app.web import scope

MEDIA_TYPE = "application/scim+json; charset=utf-8"
RETRY_AFTER_SECONDS = "5"

_FAMILY = PREFIX.rpartition("/")[0]
"""What every version of SCIM would stand below: whoever asks there is a program, not somebody with a browser."""

log = structlog.get_logger("lanyard.scim")


class Answer(Response):
    """An answer whose headers go out as they were set: its addresses are whole, and encoded as they should be."""

    def get_wsgi_headers(self, _environ: Any) -> Headers:
        """The headers, without being taken apart and put together again."""
        return self.headers


def answer(content: Any, status: int = 200, *, location: str | None = None, etag: str | None = None) -> Response:
    """`content` as a SCIM answer; `location` and `etag` are of the resource that was created, changed or read."""
    response = Answer(orjson.dumps(content), status, content_type=MEDIA_TYPE)
    if location is not None:
        response.headers["Location"] = location
    if etag is not None:
        response.headers["ETag"] = etag
    return response


def not_modified(etag: str) -> Response:
    """304: the sender has what it asks for."""
    response = Response(status=304, headers={"ETag": etag})
    del response.headers["Content-Type"]
    return response


def no_content() -> Response:
    """204: done, and nothing to say. Without a body there is no media type either."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def error_answer(scim_error: ScimError, error: Exception) -> Response:
    """The SCIM error body (RFC 7644 §3.12) of what `error` was found to mean."""
    response = answer(scim_error.body(), scim_error.status)
    if scim_error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    if scim_error.status == 503:
        response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, HTTPException):
        # 405 carries `Allow`.
        response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return response


def scim_error_of(error: Exception) -> ScimError:
    """What anything that was raised means to the sender; what is unforeseen is logged and means 500."""
    match error:
        case ScimError():
            return error
        case InvalidFilter():
            return ScimError(400, "invalidFilter", str(error))
        case InvalidPath():
            return ScimError(400, "invalidPath", str(error))
        case InvalidValue():
            return ScimError(400, "invalidValue", str(error))
        case Rejected():
            return ScimError(401, None, str(error))
        case NotFound():
            return ScimError(404, None, str(error))
        case Conflict():
            return ScimError(409, "uniqueness", str(error))
        case Refused():
            return ScimError(400, "invalidValue", str(error))
        case Throttled():
            return ScimError(429, None, str(error))
        case Unavailable():
            return ScimError(503, None, str(error))
        case HTTPException():
            return _http_error(error)
    log.error("unforeseen", id=scope.request_id(), exc_info=error)
    return ScimError(500, None, f"The server failed; its log has the reason under request {scope.request_id()}.")


def _http_error(error: HTTPException) -> ScimError:
    status = error.code or 500
    sentences = {
        404: f"There is no endpoint {request.path}; all there are stand below {PREFIX}.",
        405: f"{request.method} is not supported by {request.path}.",
        413: f"The request body is larger than the maxPayloadSize ({request.max_content_length} bytes).",
    }
    return ScimError(status, None, sentences.get(status, error.description or error.name))


def install(app: Flask) -> None:
    """Answer every error under the prefix in SCIM's words, and record whom it was said to.

    On the app, not the blueprint: a blueprint never sees the router's own 404 and 405.
    """

    @app.errorhandler(Exception)
    def on_error(error: Exception) -> Response | HTTPException:
        if request.path == _FAMILY or request.path.startswith(f"{_FAMILY}/"):
            error = _who_asks_first(error)
            scim_error = scim_error_of(error)
            refusals.record(scim_error, error)
            return error_answer(scim_error, error)
        if isinstance(error, HTTPException):
            return error
        raise error


def _who_asks_first(error: Exception) -> Exception:
    """`error`, or what the guard says: it has not seen a request for which the router found nothing."""
    found = request.endpoint is not None or not request.path.startswith(f"{PREFIX}/")
    if found or not isinstance(error, HTTPException):
        return error
    try:
        check_bearer()
    except (Rejected, Throttled, Unavailable) as refusal:
        return refusal
    return error
