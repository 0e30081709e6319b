"""Reading SCIM requests: their bodies within limits, their query."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request
from gunicorn.http.errors import ParseException

from app.scim.protocol.errors import ScimError, invalid_syntax, unsupported_media_type
from app.scim.protocol.etags import Conditions, read_conditions
from app.scim.protocol.messages import ListQuery, read_list_query, read_projection
from app.scim.protocol.projection import Projection


def body() -> Any:
    """The JSON of the request's body.

    Raises ScimError: 415 for another media type, 400 invalidSyntax for what is no JSON or was cut short, 413
    (through Flask) for more than the limit.
    """
    media_type = request.mimetype
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise unsupported_media_type(media_type)
    data = _data()
    if not data:
        raise invalid_syntax("The request has no body; send a JSON object.")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise invalid_syntax(f"The body is not JSON: {error}.") from error


def list_query() -> ListQuery:
    """The paging, filter and projection that the request's query asks for. Raises ScimError for malformed ones."""
    return read_list_query(request.args)


def projection() -> Projection:
    """Which attributes the request wants to see. Raises ScimError for contradicting ones."""
    return read_projection(request.args)


def conditions() -> Conditions:
    """What must hold for the request to be carried out."""
    return read_conditions(request.headers.get("If-Match"), request.headers.get("If-None-Match"))


def _data() -> bytes:
    try:
        data = request.get_data(cache=False)
        if request.content_length is None:
            # Of a body in chunks no more than the limit is read; looking for more raises what a longer one deserves.
            request.stream.read(1)
    except ParseException as error:
        raise invalid_syntax("The body's chunks are malformed.") from error
    if request.content_length is not None and len(data) < request.content_length:
        # The connection ended early: half a body must not be taken for a whole one.
        raise ScimError(400, "invalidSyntax", "The body is shorter than its Content-Length says.")
    return data
