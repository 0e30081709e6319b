"""The pages of the bindings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, make_response, render_template, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, SEE, TEMPLATES
from app.cards import reach, template_store
from app.cards.applying import changes
from app.cards.applying.carrying import apply
from app.cards.applying.planning import Plan, make_plan
from app.cards.applying.problems import BadFileError
from app.cards.bulk import carrying, errands
from app.cards.fingerprints import PlanChangedError, is_fingerprint
from app.console import notices, shell
from app.console.bindings import form
from app.console.bindings.form import FIELDS, Row
from app.core import clock
from app.core.errors import Refused
from app.core.tabular import CONTENT_TYPE, record
from app.directory import group_search
from app.web.words import plural

PATH = "/console/bindings"
SUGGESTED = 20
NAMED = 50
"""People whom the preview names of each kind; the CSV has all."""
SLOW = 5_000
"""Changes of cards above which saving is an errand; about so many are written in a second."""


@role(TEMPLATES, SEE)
def listed() -> Response:
    """GET /console/bindings"""
    with shell.reading() as reader:
        rows = form.of_organization(reader, template_store.every(reader))
    return _editor(rows)


@role(TEMPLATES, SEE)
def groups() -> Response:
    """GET /console/bindings/groups: suggestions for what is typed, as options of a list."""
    with shell.reading() as reader:
        found = group_search.named(reader, request.args.get("group", "")[: form.LONGEST], SUGGESTED)
    return shell.finished(make_response(render_template("console/bindings/groups.html", names=found)))


@role(TEMPLATES, CHANGE)
def edit() -> Response:
    """POST /console/bindings/edit: the form with a row added, moved or taken out. Nothing is saved."""
    return _editor(form.edited(form.read(request.form), request.form.get("do", "")), touched=True)


@role(TEMPLATES, CHANGE)
def preview() -> Response:
    """POST /console/bindings/preview: what saving would do. Nothing is saved."""
    rows = form.read(request.form)
    try:
        plan = _planned(rows)
    except (Refused, BadFileError) as error:
        return _wrong(rows, error)
    return _preview(rows, plan)


@role(TEMPLATES, CHANGE)
def preview_as_csv() -> Response:
    """POST /console/bindings/preview.csv: all of the plan, a line for each card."""
    try:
        plan = _planned(form.read(request.form))
    except (Refused, BadFileError) as error:
        raise Refused(str(error)) from error
    lines = [record(("what", "person", "template", "before"))]
    for kind, cards in changes.by_kind(plan).items():
        lines += [record((kind, one.person, one.template, one.before)) for one in cards]
    response = Response("".join(lines), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="bindings-preview.csv"'
    return shell.finished(response)


@role(TEMPLATES, CHANGE)
def save() -> Response:
    """POST /console/bindings/save: exactly the plan that was shown, or the new plan and nothing saved.

    What is slow is an errand: it can be watched, and left.
    """
    rows, expected = form.read(request.form), request.form.get("plan", "")
    if not is_fingerprint(expected):
        raise Refused("look at what this does before you save it")
    try:
        spec = form.spec_of(rows)
        if (many := _many()) > SLOW:
            kept = carrying.as_rows(spec)
            errand = asking.write(lambda tx: errands.ask(tx, carrying.BIND, expected, total=many, bindings=kept))
            return notices.go(f"/console/errands/{errand}", "Lanyard has begun to save the bindings.")
        plan = asking.write(lambda tx: apply(tx, spec, expected))
    except PlanChangedError as error:
        return _preview(rows, error.plan, changed=True)
    except (Refused, BadFileError) as error:
        return _wrong(rows, error)
    done = [f"{plural(len(cards), 'card')}: {changes.DONE[kind]}" for kind, cards in changes.by_kind(plan).items()]
    return notices.go(PATH, "The bindings are saved. " + (". ".join(done) + "." if done else "No card changed."))


def _planned(rows: Sequence[Row]) -> Plan:
    spec = form.spec_of(rows)
    with shell.reading() as reader:
        return make_plan(reader, spec, clock.now())


def _many() -> int:
    """How many cards the plan that was shown changes: it decides who saves it, not what is saved."""
    given = request.form.get("many", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


def _editor(
    rows: Sequence[Row], *, touched: bool = False, problems: Mapping[int, str] | None = None, status: int = 200
) -> Response:
    with shell.reading() as reader:
        templates = template_store.every(reader)
        reached = reach.of_groups(reader, [row.name for row in rows if row.group])
        up = reach.cards_up(reader)
    return shell.page(
        "bindings/list.html", title="Bindings", section="bindings", status=status, rows=rows,
        templates=[one.name for one in templates], touched=touched, problems=problems or {}, fields=FIELDS,
        reached=reached, up={one.name: up.get(one.id, 0) for one in templates},
    )  # fmt: skip


def _wrong(rows: Sequence[Row], error: Refused | BadFileError) -> Response:
    if isinstance(error, BadFileError):
        problems = {problem.line: shell.sentence(problem.reason) for problem in error.problems}
    else:
        problems = {int(error.field or 0): shell.sentence(str(error))}
    return _editor(rows, touched=True, problems=problems, status=422)


def _preview(rows: Sequence[Row], plan: Plan, *, changed: bool = False) -> Response:
    found = changes.by_kind(plan)
    many = sum(len(cards) for cards in found.values())
    return shell.page(
        "bindings/preview.html", title="What this does", section="bindings", status=409 if changed else 200,
        rows=[row for row in rows if not row.is_blank], plan=plan, changed=changed, kinds=found,
        titles=changes.TITLES, named=NAMED, many=many, slow=many > SLOW,
    )  # fmt: skip
