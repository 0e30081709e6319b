"""Reading SCIM requests: their bodies within limits, their query."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import RequestEntityTooLarge

from app.scim.protocol.errors import invalid_syntax, unsupported_media_type
from app.scim.protocol.etags import Conditions, read_conditions
from app.scim.protocol.projection import Projection
from app.scim.protocol.queries import ListQuery, read_list_query, read_projection, read_search_request

MAX_DEPTH = 20
"""Objects and lists within each other in a body; a whole user of every extension within a bulk request has half."""


def body() -> Any:
    """The JSON of the request's body.

    Of a name that an object has twice, the last value counts. Raises ScimError: 415 for another media type, 400
    invalidSyntax for what is no JSON, was cut short or nests too deep, 413 (through Flask) for more than the limit.
    """
    media_type = request.mimetype
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise unsupported_media_type(media_type)
    data = _data()
    if not data:
        raise invalid_syntax("The request has no body; send a JSON object.")
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise invalid_syntax(f"The body is not JSON: {error}.") from error
    # What has so few brackets, those in texts included, cannot be deep; nearly every body ends here.
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _deeper_than(MAX_DEPTH, content):
        raise invalid_syntax(f"The body nests deeper than {MAX_DEPTH} levels.")
    return content


def list_query() -> ListQuery:
    """What of a list the request asks for, in its URL or its body. Raises ScimError for what is malformed."""
    return read_search_request(body()) if request.method == "POST" else read_list_query(request.args)


def projection() -> Projection:
    """Which attributes the request wants to see. Raises ScimError for contradicting ones."""
    return read_projection(request.args)


def conditions() -> Conditions:
    """What must hold for the request to be carried out."""
    return read_conditions(request.headers.get("If-Match"), request.headers.get("If-None-Match"))


def _data() -> bytes:
    try:
        data = request.get_data(cache=False)
        # Of a body without a length, Flask reads as much as it may and says nothing of the rest.
        more = len(data) == request.max_content_length and request.environ["wsgi.input"].read(1)
    except ParseException as error:
        raise invalid_syntax("The body's chunks are malformed.") from error
    if more:
        raise RequestEntityTooLarge
    if request.content_length is not None and len(data) < request.content_length:
        # The connection ended early: half a body must not be taken for a whole one.
        raise invalid_syntax("The body is shorter than its Content-Length says.")
    return data


def _deeper_than(levels: int, content: Any) -> bool:
    inside = [content] if isinstance(content, (dict, list)) else []
    for _ in range(levels):
        inside = [
            inner
            for container in inside
            for inner in (container.values() if isinstance(container, dict) else container)
            if isinstance(inner, (dict, list))
        ]
    return bool(inside)
