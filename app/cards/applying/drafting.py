"""Making drafts from a file: its templates are kept aside until they are published, and no card changes."""

from __future__ import annotations

from dataclasses import dataclass

from app.attributes.folding import fold
from app.cards import assets, issuing, template_store
from app.cards.applying.problems import Problems
from app.cards.applying.spec import FileSpec, TemplateSpec
from app.cards.template_store import Template
from app.cards.versioning import drafts
from app.cards.versioning.drafts import Draft
from app.core.unit_of_work import Reader, Transaction


@dataclass(frozen=True, slots=True)
class DraftPlan:
    """The templates of the file with what they are to say, by what happens to their drafts."""

    save: tuple[tuple[Template, TemplateSpec], ...] = ()
    """They get a draft, or another one."""
    drop: tuple[Template, ...] = ()
    """They have a draft, and the file says what they say already."""
    unchanged: tuple[Template, ...] = ()


def plan_drafts(reader: Reader, spec: FileSpec) -> DraftPlan:
    """What the file would make drafts of; writes nothing.

    Raises BadFileError for a file that says more than templates can, and for a template that is not there.
    """
    problems = Problems()
    _ensure_templates_alone(spec, problems)
    stored = {template.key: template for template in template_store.every(reader)}
    there = drafts.every(reader)
    save: list[tuple[Template, TemplateSpec]] = []
    drop: list[Template] = []
    unchanged: list[Template] = []
    for wanted in spec.templates:
        template = stored.get(fold(wanted.name))
        if template is None:
            problems.add(
                wanted.line,
                f"there is no template {wanted.name!r} to make a draft of; without --draft it is created in version 1,"
                " and no group gets it before it is bound",
            )
            continue
        draft = there.get(template.id)
        if template_store.next_version(template, wanted.name, wanted.layout) == template:
            (unchanged if draft is None else drop).append(template)
        elif draft is not None and _says(draft, template, wanted):
            unchanged.append(template)
        else:
            save.append((template, wanted))
    problems.refuse()
    return DraftPlan(tuple(save), tuple(drop), tuple(unchanged))


def make_drafts(tx: Transaction, spec: FileSpec) -> DraftPlan:
    """Make the drafts of the templates in the file, and tell what that was; the same file again changes nothing.

    Raises BadFileError as `plan_drafts` does, then nothing is changed.
    """
    issuing.hold_organization(tx)
    plan = plan_drafts(tx, spec)
    if plan.save:
        assets.store(tx, spec.pictures)
    for template, wanted in plan.save:
        drafts.save(tx, template, wanted.name, wanted.layout)
    for template in plan.drop:
        drafts.drop(tx, template)
    if plan.save or plan.drop:
        assets.remove_unused(tx)
    return plan


def _ensure_templates_alone(spec: FileSpec, problems: Problems) -> None:
    reason = "a draft is of templates alone, and {} would take effect at once; apply them without --draft"
    if spec.organization:
        problems.add(min(spec.lines.values()), reason.format("the organization's settings"))
    if spec.sign_in is not None:
        problems.add(spec.sign_in.line, reason.format("sign-in"))
    if spec.bindings is not None:
        problems.add(min((one.line for one in spec.bindings), default=1), reason.format("bindings"))
    if not spec.templates:
        problems.add(1, "there is no template in the file to make a draft of")


def _says(draft: Draft, template: Template, wanted: TemplateSpec) -> bool:
    return draft.is_of(template) and (draft.name, draft.layout) == (wanted.name, wanted.layout)
