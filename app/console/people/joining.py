"""Making one person of two: what comes over is shown first, and that is what happens."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY
from app.cards import dossier, fingerprints, merging
from app.cards.fingerprints import PlanChangedError
from app.cards.merging import Merged, MergedCard
from app.console import notices, shell
from app.core import trying
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction


@role(DIRECTORY, CHANGE)
def merge(who: str) -> Response:
    """GET and POST /console/people/<id>/merge?into=: somebody who has left becomes who came back."""
    with shell.reading() as reader:
        gone = dossier.identify(reader, who)
    called = request.values.get("into", "").strip()
    expected = request.form.get("plan")

    def work(tx: Transaction) -> Merged:
        merged = merging.merge(tx, gone, dossier.identify(tx, called))
        fingerprints.ensure_planned(merged, expected)
        return merged

    try:
        if request.method == "GET":
            return _asked(gone, trying.undone(asking.write, work))
        done = asking.write(work)
    except PlanChangedError as error:
        return _asked(gone, error.plan, "This has changed since you looked at it. Nothing has been done; look again.")
    except (NotFound, Refused) as error:
        return shell.refused(str(error), title="These two stay two", section="people", back=f"/console/people/{gone}")
    said = f"They are one person now, {done.into.user_name}; {len(done.cards)} of the cards came over."
    return notices.go(f"/console/people/{done.into.id}", said)


def _asked(gone: str, planned: Merged, error: str | None = None) -> Response:
    return shell.page(
        "confirm.html",
        title="Make one person of two",
        section="people",
        status=HTTPStatus.CONFLICT if error else HTTPStatus.OK,
        error=error,
        sentences=[
            f"Who was {planned.gone.user_name or planned.gone.email or planned.gone.handle} and has no record any more"
            f" becomes {planned.into.user_name}, who is in the directory.",
            *map(_sentence, planned.cards),
            *([] if planned.cards else ["No card comes over."]),
            "This cannot be taken back. Roles and ways to sign in of who has left do not come over.",
        ],
        hidden={"into": planned.into.id, "plan": planned.fingerprint},
        act="Make them one person",
        danger=True,
        to=f"/console/people/{gone}/merge",
        back=f"/console/people/{gone}",
    )


def _sentence(card: MergedCard) -> str:
    said = f"Card of {card.template}, {card.id}: {card.state} afterwards."
    if card.address is not None:
        said += f" Their other card {card.address} becomes one with it; both addresses open it."
    for key, value in card.dropped.items():
        said += f" Of that card {key} ({'emptied' if value is None else value}) is dropped."
    if card.kept_down:
        said += " An admin deleted the other card in its place, so it is paused until an admin resumes it."
    return said
