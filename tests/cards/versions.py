"""What tests do to templates in plain words."""

from __future__ import annotations

from textwrap import dedent

from app.cards import template_store
from app.cards.applying.drafting import DraftPlan, make_drafts
from app.cards.applying.reading import read_text
from app.cards.template_store import Template
from app.cards.versioning import drafts, effects, history, publishing
from app.cards.versioning.drafts import Draft
from app.cards.versioning.effects import Effect
from app.cards.versioning.publishing import Proposal
from tests.cards.conftest import NO_PICTURES, Company

BOUND = """
    templates: [{name: Sales, general: {title: {}}}]
    bindings: [{group: "Cards - Sales", template: Sales}]
    """
NEXT = """
    templates:
      - name: Sales
        fields: [{key: web, kind: url, label: Website, value: "https://nordwind.example"}]
    """
"""Another Sales: without a title, with a website."""


def draft(company: Company, text: str) -> DraftPlan:
    spec = read_text(dedent(text).encode(), NO_PICTURES)
    plan = company.write(lambda tx: make_drafts(tx, spec))
    assert isinstance(plan, DraftPlan)
    return plan


def publish(company: Company, name: str = "Sales", plan: str | None = None) -> Proposal:
    proposal = company.write(lambda tx: publishing.publish(tx, name, plan))
    assert isinstance(proposal, Proposal)
    return proposal


def restore(company: Company, number: int, name: str = "Sales", plan: str | None = None) -> Proposal:
    proposal = company.write(lambda tx: publishing.restore(tx, name, number, plan))
    assert isinstance(proposal, Proposal)
    return proposal


def template(company: Company, name: str = "Sales") -> Template:
    with company.database.read(company.organization_id) as reader:
        return template_store.find(reader, name)


def draft_of(company: Company, name: str = "Sales") -> Draft | None:
    with company.database.read(company.organization_id) as reader:
        return drafts.find(reader, template_store.find(reader, name))


def proposal(company: Company, name: str = "Sales") -> Proposal:
    """What publishing the draft would do."""
    with company.database.read(company.organization_id) as reader:
        return publishing.of_draft(reader, template_store.find(reader, name))


def version_numbers(company: Company, name: str = "Sales") -> list[int]:
    with company.database.read(company.organization_id) as reader:
        return [step.version.number for step in history.steps(reader, template_store.find(reader, name))]


def effects_of_draft(company: Company, name: str = "Sales", page: int = 500) -> list[Effect]:
    wanted = proposal(company, name)
    with company.database.read(company.organization_id) as reader:
        return list(effects.effects(reader, wanted.before, wanted.after, page))
