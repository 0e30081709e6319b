"""How far something is that was too much for one request: it goes on whether or not somebody looks."""

from __future__ import annotations

from flask import Response

from app.auth.sign_in.roles import CARDS, DIRECTORY, SEE, TEMPLATES
from app.cards.bulk import acts, errands
from app.cards.bulk.carrying import BIND
from app.console import shell
from app.console.shell import GET, any_role
from app.core.errors import NotFound

TITLES = {
    acts.PAUSE: "Pausing cards",
    acts.RESUME: "Resuming cards",
    acts.DELETE: "Deleting cards",
    acts.MOVE: "Moving cards",
    acts.APPROVE: "Letting held cards go",
    acts.REJECT: "Keeping held cards up",
    BIND: "Saving bindings",
}
_HELD = (acts.APPROVE, acts.REJECT)


@any_role()
def errand(errand_id: str) -> Response:
    """GET /console/errands/<id>. Raises NotFound, also for what the roles of whoever asks let them not see."""
    with shell.reading() as reader:
        found = errands.find(reader, errand_id)
    area = TEMPLATES if found.kind == BIND else DIRECTORY if found.kind in _HELD else CARDS
    if not shell.may(area, SEE):
        raise NotFound("there is no such errand")
    back = {TEMPLATES: "bindings", DIRECTORY: "held", CARDS: "cards"}[area]
    return shell.page("errand.html", title=TITLES[found.kind], section=back, errand=found, back=f"/console/{back}")


ROUTES: shell.Routes = (("/errands/<errand_id>", errand, GET),)
