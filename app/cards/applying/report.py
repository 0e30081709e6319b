"""A plan in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from app.cards.applying.planning import Plan
from app.cards.bindings import Binding
from app.cards.decision import CREATE, KINDS_OF_CHANGE, PAUSE, RESUME, SWITCH, WAIT, Change
from app.cards.fingerprints import Planned

MOST_NAMES = 10
"""How many people a sentence names."""

_SENTENCES = {
    CREATE: ("{count} card is issued", "{count} cards are issued"),
    RESUME: ("{count} card is live again", "{count} cards are live again"),
    SWITCH: ("{count} card moves to another template", "{count} cards move to another template"),
    PAUSE: ("{count} card is paused", "{count} cards are paused"),
    WAIT: ("{count} card waits for a seat", "{count} cards wait for a seat"),
}


def as_json(plan: Plan, *, dry_run: bool) -> dict[str, Any]:
    """The plan as `lanyard apply --json` prints it."""
    return {
        "dry_run": dry_run,
        "plan": plan.fingerprint,
        "sign_in": _sign_in(plan),
        "templates": {
            "create": [template.name for template in plan.templates.create],
            "update": [template.name for template in plan.templates.update],
            "unchanged": [template.name for template in plan.templates.unchanged],
        },
        "bindings": {
            "add": [_binding(plan, binding, plan.bindings.sets) for binding in plan.bindings.add],
            "remove": [_binding(plan, binding, plan.bindings.sets_before) for binding in plan.bindings.remove],
        },
        "cards": {
            **{kind: [_entry(plan, change) for change in of_kind(plan, kind)] for kind in KINDS_OF_CHANGE},
            "unchanged": plan.cards.unchanged,
        },
    }


def sentences(plan: Plan, *, dry_run: bool) -> Iterator[str]:
    """The plan for people, a line each."""
    if plan.empty:
        yield "Everything is as the file says; nothing to change."
        return
    if plan.organization != plan.before:
        yield f"Organization: {', '.join(_changed_settings(plan))} changed."
    yield from _sign_in_sentences(plan)
    for template in plan.templates.create:
        yield f"Template {template.name}: new."
    for template in plan.templates.update:
        yield f"Template {template.name}: changed."
    yield from _binding_sentences(plan)
    for kind, forms in _SENTENCES.items():
        changes = of_kind(plan, kind)
        if changes:
            sentence = forms[len(changes) > 1].format(count=len(changes))
            yield f"{sentence}: {_people(plan, changes)}."
    yield f"{plan.cards.unchanged} {'card stays' if plan.cards.unchanged == 1 else 'cards stay'} unchanged."
    if dry_run:
        yield plan_line(plan)
        yield "This was a dry run: nothing has been changed."


def plan_line(plan: Planned) -> str:
    """How to have exactly this plan carried out."""
    return f"Plan {plan.fingerprint}: run it with --plan {plan.fingerprint}"


def _sign_in(plan: Plan) -> dict[str, Any]:
    """What changes of the provider, each key with what it was and will be; of the secret only whether it does."""
    planned = plan.sign_in
    if planned is None:
        return {"changes": {}, "new_secret": False, "ends_sessions": False}
    changes = {key: list(pair) for key, pair in planned.changes.items()}
    return {"changes": changes, "new_secret": planned.mark is not None, "ends_sessions": planned.ends_sessions}


def _sign_in_sentences(plan: Plan) -> Iterator[str]:
    planned = plan.sign_in
    if planned is None:
        return
    if planned.before is None:
        yield f"Sign-in: people sign in at {planned.wanted.issuer} from now on."
        return
    secret = ["client secret"] if planned.mark is not None else []
    yield f"Sign-in: {', '.join([*planned.changes, *secret])} changed."
    if planned.ends_sessions:
        yield "Sign-in: whoever signed in at the provider before signs in again."


def _binding_sentences(plan: Plan) -> Iterator[str]:
    for binding in plan.bindings.remove:
        yield f"Group {binding.group.text} is no longer bound to {plan.template_names[binding.template_id]}."
    for binding in plan.bindings.add:
        waits = "" if binding.group_id else "; the binding waits until the group is pushed"
        yield f"Group {binding.group.text} is bound to {plan.template_names[binding.template_id]}{waits}."
    if plan.bindings.changed and not plan.bindings.add and not plan.bindings.remove:
        yield "Bindings: the order or the spelling of a group's name changed."


def of_kind(plan: Plan, kind: str) -> Sequence[Change]:
    """The changes of cards of one kind, by user name and template."""

    def place(change: Change) -> tuple[str, str, str]:
        # A template that is still to be made has another id in every plan.
        return plan.user_names.get(change.person_id, ""), plan.template_names[change.template_id], change.person_id

    return sorted((change for change in plan.cards.changes if change.kind == kind), key=place)


def _entry(plan: Plan, change: Change) -> dict[str, Any]:
    before = change.before
    moved = before is not None and before.template_id != change.template_id
    return {
        "person": plan.user_names.get(change.person_id),
        "template": plan.template_names[change.template_id],
        "from": plan.template_names[before.template_id] if before is not None and moved else None,
    }


def _binding(plan: Plan, binding: Binding, sets: dict[str, str | None]) -> dict[str, Any]:
    """A binding as the file would say it."""
    name = binding.group
    group = {"group": name.display_name} if name.display_name is not None else {"external_id": name.external_id}
    exclusive = sets.get(binding.template_id)
    return {
        **group,
        "template": plan.template_names[binding.template_id],
        **({"exclusive": exclusive} if exclusive is not None else {}),
    }


def _people(plan: Plan, changes: Sequence[Change]) -> str:
    named = [
        f"{plan.user_names.get(change.person_id, 'a person without a directory record')}"
        f" ({plan.template_names[change.template_id]})"
        for change in changes[:MOST_NAMES]
    ]
    rest = len(changes) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")


def _changed_settings(plan: Plan) -> list[str]:
    before = {"name": plan.before.name, "seat_limit": plan.before.seat_limit, **plan.before.settings.to_json()}
    after = {
        "name": plan.organization.name,
        "seat_limit": plan.organization.seat_limit,
        **plan.organization.settings.to_json(),
    }
    return [key for key in after if after[key] != before[key]]
