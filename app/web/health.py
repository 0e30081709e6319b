"""Whether this node runs, and whether it can work: for balancers and for people."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import literal, select

from app.core.errors import Unavailable
from app.web import scope
from app.web.guards import public


@public
def healthz() -> Response:
    """GET /healthz: 200 as long as the process answers."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@public
def readyz() -> Response:
    """GET /readyz: 200 when the database answers too and the server stays, else 503."""
    if scope.is_leaving():
        return Response("leaving\n", 503, content_type="text/plain; charset=utf-8")
    try:
        with scope.database().read(None) as reader:
            reader.execute_across(select(literal(1)))
    except Unavailable as error:
        return Response(f"{error}\n", 503, content_type="text/plain; charset=utf-8")
    return Response("ready\n", content_type="text/plain; charset=utf-8")


def create_blueprint() -> Blueprint:
    """`/healthz` and `/readyz`."""
    bp = Blueprint("health", __name__)
    bp.add_url_rule("/healthz", "healthz", healthz)
    bp.add_url_rule("/readyz", "readyz", readyz)
    return bp
