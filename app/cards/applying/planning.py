"""What a file would change, worked out before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, func, select

from app.attributes.folding import fold
from app.auth.sign_in import changing
from app.auth.sign_in.changing import ProviderPlan
from app.cards import bindings, situation, template_store
from app.cards.applying.deeds import deeds
from app.cards.applying.problems import Problems
from app.cards.applying.spec import FileSpec
from app.cards.bindings import Binding
from app.cards.chunks import chunks
from app.cards.decision import DELETED, Decision, Rules
from app.cards.fingerprints import fingerprint
from app.cards.settling import settle
from app.cards.tables import cards
from app.cards.template_store import Template
from app.core.db import ORGANIZATION
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.secrets import Sealer
from app.core.unit_of_work import Reader
from app.directory import organizations
from app.directory.organizations import Organization
from app.directory.tables import scim_users


@dataclass(frozen=True, slots=True)
class TemplatePlan:
    """The templates of the file by what happens to them, in its order."""

    create: tuple[Template, ...] = ()
    update: tuple[Template, ...] = ()
    unchanged: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class BindingPlan:
    """The bindings as they will be, and how that differs. Changing the set removes a binding and adds it."""

    after: tuple[Binding, ...]
    sets: dict[str, str | None]
    """The exclusive set of each template."""
    add: tuple[Binding, ...] = ()
    remove: tuple[Binding, ...] = ()
    sets_before: dict[str, str | None] = field(default_factory=dict)
    changed: bool = False
    """Whether there is anything to write: a new order, a group found or another spelling of its name count too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a file changes in an organization, ready to be told or carried out."""

    before: Organization
    organization: Organization
    templates: TemplatePlan
    bindings: BindingPlan
    cards: Decision
    template_names: dict[str, str]
    """Names of all templates by id, as they will be."""
    user_names: dict[str, str]
    """User names of all persons whose cards change, by person id; those without a directory record are left out."""
    sign_in: ProviderPlan | None = None
    """None where the file does not speak of it, or nothing of it changes."""

    @property
    def fingerprint(self) -> str:
        """Another when carrying the plan out would do something else (cards.fingerprints)."""
        return fingerprint(deeds(self))

    @property
    def empty(self) -> bool:
        """Whether everything is as the file says already."""
        return not (
            self.organization != self.before
            or self.sign_in
            or self.templates.create
            or self.templates.update
            or self.bindings.changed
            or self.cards.changes
        )


_COUNT = select(func.count()).where(
    cards.c.organization_id == ORGANIZATION, cards.c.person_id.is_not(None), cards.c.state != DELETED
)
_USER_NAMES = select(scim_users.c.person_id, scim_users.c.user_name).where(
    scim_users.c.organization_id == ORGANIZATION, scim_users.c.person_id.in_(bindparam("people", expanding=True))
)


def make_plan(reader: Reader, spec: FileSpec, now: datetime, sealer: Sealer | None = None) -> Plan:
    """The plan of `spec` for the organization of `reader`; writes nothing. `sealer` is needed for sign-in alone.

    Raises BadFileError for what is wrong in view of what the organization has already.
    """
    problems = Problems()
    before = organizations.current(reader)
    after = _organization(before, spec, problems)
    stored = template_store.every(reader)
    sign_in = _sign_in(reader, spec, sealer, problems)
    templates = _templates(stored, spec)
    known = {template.id: template for template in (*stored, *templates.update, *templates.create)}
    bound = _bindings(reader, list(known.values()), spec, problems)
    _check_synced(known, bound, spec, problems)
    problems.refuse()
    decision = _cards(reader, bound, before.seat_limit, after.seat_limit, now)
    return Plan(
        before=before,
        organization=after,
        templates=templates,
        bindings=bound,
        cards=decision,
        template_names={template.id: template.name for template in known.values()},
        user_names=_user_names(reader, sorted({change.person_id for change in decision.changes})),
        sign_in=sign_in,
    )


def _organization(before: Organization, spec: FileSpec, problems: Problems) -> Organization:
    try:
        return organizations.changed(before, spec.organization)
    except Refused as error:
        problems.add(spec.lines.get((error.field or "").partition(".")[0], 1), str(error))
        return before


def _sign_in(reader: Reader, spec: FileSpec, sealer: Sealer | None, problems: Problems) -> ProviderPlan | None:
    if spec.sign_in is None:
        return None
    if sealer is None:
        raise ValueError("what a file says of sign-in cannot be planned without the installation's sealer")
    try:
        planned = changing.plan(reader, sealer, spec.sign_in.provider)
    except Refused as error:
        problems.add(spec.sign_in.line, f"{error}: name its file with client_secret_file")
        return None
    return None if planned.empty else planned


def _templates(stored: Sequence[Template], spec: FileSpec) -> TemplatePlan:
    known = {template.key: template for template in stored}
    create: list[Template] = []
    update: list[Template] = []
    unchanged: list[Template] = []
    for wanted in spec.templates:
        before = known.get(fold(wanted.name))
        if before is None:
            create.append(template_store.first_version(new_id(), wanted.name, wanted.layout))
            continue
        after = template_store.next_version(before, wanted.name, wanted.layout)
        (unchanged if after == before else update).append(after)
    return TemplatePlan(tuple(create), tuple(update), tuple(unchanged))


def _bindings(reader: Reader, templates: Sequence[Template], spec: FileSpec, problems: Problems) -> BindingPlan:
    stored = bindings.every(reader)
    sets = {template.id: template.exclusive for template in templates}
    if spec.bindings is None:
        return BindingPlan(tuple(stored), sets, sets_before=sets)
    by_name = {template.key: template for template in templates}
    there = {(one.template_id, one.group.key): one for one in stored}
    wanted = []
    sets_after = dict(sets)
    for one in spec.bindings:
        template = by_name.get(fold(one.template))
        if template is None:
            problems.add(
                one.line, f"there is no template {one.template!r}, neither in the file nor in the organization"
            )
            continue
        before = there.get((template.id, one.group.key))
        wanted.append(
            Binding(
                id=before.id if before else new_id(),
                template_id=template.id,
                group=one.group,
                group_id=before.group_id if before else None,
            )
        )
        sets_after[template.id] = one.exclusive
    after = bindings.resolve(reader, wanted)
    stay = {one.id for one in after if sets.get(one.template_id) == sets_after[one.template_id]}
    kept = {one.id for one in stored} & stay
    return BindingPlan(
        after=tuple(after),
        sets=sets_after,
        add=tuple(one for one in after if one.id not in kept),
        remove=tuple(one for one in stored if one.id not in kept),
        sets_before=sets,
        changed=after != stored or sets_after != sets,
    )


def _check_synced(known: dict[str, Template], bound: BindingPlan, spec: FileSpec, problems: Problems) -> None:
    """Note every bound template in which the directory fills nothing, in the line that binds or changes it."""
    lines = {fold(one.name): one.line for one in spec.templates}
    lines.update({fold(one.template): one.line for one in spec.bindings or ()})
    for template_id in dict.fromkeys(one.template_id for one in bound.after):
        template = known[template_id]
        if not template.layout.synced:
            problems.add(
                lines.get(template.key, 1),
                f"{template.name} syncs nothing from the directory, so no group can be bound to it; "
                "give at least one item a sync mode other than never",
            )


def _cards(reader: Reader, bound: BindingPlan, limit_before: int | None, limit: int | None, now: datetime) -> Decision:
    """What happens to cards; a file that changes neither bindings nor seats needs no look at them."""
    if not bound.changed and limit == limit_before:
        return Decision((), unchanged=reader.execute(_COUNT).scalar_one())
    bounds = bindings.bounds(bound.after, bound.sets)
    found = situation.of_everybody(reader, bounds, limit)
    return settle(found.seats, found.wishes(Rules(bounds, bound.sets, found.seats)), now)


def _user_names(reader: Reader, person_ids: Sequence[str]) -> dict[str, str]:
    return {
        row.person_id: row.user_name
        for people in chunks(person_ids)
        for row in reader.execute(_USER_NAMES, {"people": people})
    }
