"""Carrying out a file: the plan is worked out and done in one transaction, or nothing is."""

from __future__ import annotations

from app.auth.sign_in import changing
from app.cards import assets, bindings, brake, issuing, template_store
from app.cards.applying.planning import BindingPlan, Plan, make_plan
from app.cards.applying.spec import FileSpec
from app.cards.decision import PAUSE
from app.cards.fingerprints import ensure_planned
from app.core.secrets import Sealer
from app.core.unit_of_work import Transaction
from app.directory import organizations


def apply(tx: Transaction, spec: FileSpec, expected: str | None = None, sealer: Sealer | None = None) -> Plan:
    """Make the organization what the file says, and tell what that was; the same file again changes nothing.

    `sealer` is needed for a file that speaks of sign-in.

    Pushes wait until this transaction ends, so that what was planned is what happens. Raises BadFileError, and
    PlanChangedError where that is not the plan whose fingerprint is `expected`; then nothing is changed.
    """
    issuing.hold_organization(tx)
    plan = make_plan(tx, spec, tx.now, sealer)
    ensure_planned(plan, expected)
    if plan.organization != plan.before:
        organizations.change(tx, spec.organization)
    if plan.sign_in is not None:
        changing.carry_out(tx, plan.sign_in)
    if plan.templates.create or plan.templates.update:
        assets.store(tx, spec.pictures)
    template_store.add(tx, plan.templates.create)
    template_store.change(tx, plan.templates.update)
    if plan.bindings.changed:
        _bind(tx, plan.bindings)
    issuing.carry_out(tx, plan.cards, plan.template_names, announce=plan.organization.settings.announce)
    if plan.cards.changes:
        issuing.note_seats(tx, None)
    if any(change.kind == PAUSE for change in plan.cards.changes):
        # The admin has seen who loses a card: it must not be held against the directory's next removals.
        brake.release(tx)
    return plan


def _bind(tx: Transaction, plan: BindingPlan) -> None:
    template_store.set_exclusive(
        tx, {key: name for key, name in plan.sets.items() if name != plan.sets_before.get(key)}
    )
    bindings.replace_all(tx, plan.after)
    tx.audit(
        "bindings.changed",
        "bindings",
        {"added": [one.id for one in plan.add], "removed": [one.id for one in plan.remove]},
    )
