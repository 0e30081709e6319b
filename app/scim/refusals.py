"""What a refused request leaves: a row in the log of its organization.

A request that no organization can be found for (no token, an unknown one) is a line in the server log alone.
"""

from __future__ import annotations

from functools import partial
from typing import cast

import structlog
from flask import g, request

from app.auth.tokens import Bearer, Rejected
from app.core.errors import Unavailable
from app.scim import counting
from app.scim.acting import Wish
from app.scim.kinds import KINDS
from app.scim.protocol.errors import ScimError
from app.scim.recording import Asked, refused
from app.web import scope

log = structlog.get_logger("lanyard.scim")

_RESOURCES = {kind.resource_type.endpoint[1:]: kind.resource_type.name for kind in KINDS}


def remember(wish: Wish) -> None:
    """Keep in mind what this request asks for, so that its refusal can say it."""
    g.wish = wish


def record(error: ScimError, cause: Exception, asked: Asked | None = None) -> None:
    """Leave a row for a request that is answered with `error`, to which `cause` led. Raises nothing.

    `asked` is what an operation of a bulk request asked for, None where the request as a whole is refused.
    Of requests that are too many only their number is kept. While the database is away nothing can be.
    """
    bearer = cause.bearer if isinstance(cause, Rejected) else cast("Bearer | None", g.get("bearer"))
    if bearer is None:
        log.warning("no known token", id=scope.request_id(), status=error.status)
    elif error.status == 429:
        counting.overload().count(bearer.organization_id)
    elif not isinstance(cause, Unavailable):
        _leave_row(error, bearer, asked or _asked())


def _leave_row(error: ScimError, bearer: Bearer, asked: Asked) -> None:
    try:
        with scope.pushes().passed():
            scope.database().write(
                partial(refused, asked=asked, error=error, started=scope.started()),
                organization_id=bearer.organization_id,
                actor=bearer.actor,
                request_id=scope.request_id(),
            )
    except Unavailable as unavailable:
        log.warning("a refusal was not recorded", id=scope.request_id(), reason=str(unavailable))
    except Exception:  # the sender has its answer coming, whatever happens to the log
        log.exception("a refusal was not recorded", id=scope.request_id())


def _asked() -> Asked:
    wish: Wish | None = g.get("wish")
    if wish is not None:
        return Asked(wish.method, wish.kind.resource_type.name, wish.resource_id, wish.body)
    endpoint, resource_id = counting.endpoint(), (request.view_args or {}).get("resource_id")
    about_one = resource_id is not None or (request.method == "POST" and endpoint in _RESOURCES)
    return Asked(request.method, _RESOURCES.get(endpoint, endpoint) if about_one else endpoint, resource_id)
