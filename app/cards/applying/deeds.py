"""Everything that carrying out a plan does, as plain JSON that is the same for plans that do the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.cards.bindings import Binding
from app.cards.decision import Change

if TYPE_CHECKING:
    from app.cards.applying.planning import Plan


def deeds(plan: Plan) -> dict[str, Any]:
    """What `plan` does to the organization, its templates, bindings and cards.

    What is there already goes by its id. What is still to be made has ids that the next plan makes up anew: templates
    go by their name then, bindings by group and template, cards by person and template. Times of planning are left out.
    """
    new = {template.id: f"new {template.key}" for template in plan.templates.create}
    return {
        "organization": [plan.organization.id, _changed(plan)],
        "sign_in": _sign_in(plan),
        "create": [[template.name, template.layout.to_json()] for template in plan.templates.create],
        "update": [
            [template.id, template.name, template.version, template.layout.to_json()]
            for template in plan.templates.update
        ],
        "bindings": _bindings(plan, new),
        "cards": sorted((_card(change, new) for change in plan.cards.changes), key=repr),
    }


def _changed(plan: Plan) -> dict[str, Any]:
    before, after = (
        {"name": one.name, "seat_limit": one.seat_limit, **one.settings.to_json()}
        for one in (plan.before, plan.organization)
    )
    return {key: value for key, value in after.items() if value != before[key]}


def _sign_in(plan: Plan) -> list[Any] | None:
    """What changes of the provider, with what tells its secret from others; None where nothing does."""
    if plan.sign_in is None:
        return None
    return [{key: after for key, (_, after) in plan.sign_in.changes.items()}, plan.sign_in.mark]


def _bindings(plan: Plan, new: Mapping[str, str]) -> list[Any] | None:
    """All bindings in their order, with the sets of all templates and what is removed; None where they stay."""
    if not plan.bindings.changed:
        return None
    sets = {new.get(template_id, template_id): name for template_id, name in plan.bindings.sets.items()}
    removed = sorted(one.id for one in plan.bindings.remove)
    return [[_binding(one, new) for one in plan.bindings.after], sets, removed]


def _binding(binding: Binding, new: Mapping[str, str]) -> list[Any]:
    group = binding.group
    return [
        new.get(binding.template_id, binding.template_id), group.display_name, group.external_id, binding.group_id
    ]  # fmt: skip


def _card(change: Change, new: Mapping[str, str]) -> list[Any]:
    before = change.before
    return [
        change.person_id,
        new.get(change.template_id, change.template_id),
        change.kind,
        change.state,
        change.wanted,
        change.kept,
        change.group_id,
        [before.id, before.template_id, before.state] if before is not None else None,
    ]
