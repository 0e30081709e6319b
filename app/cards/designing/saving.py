"""Making a draft of what stands in a template's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.attributes.folding import fold
from app.cards import assets, issuing, template_store
from app.cards.assets import Asset
from app.cards.designing.judging import Judgement, judged
from app.cards.designing.typed import PICTURES, Typed
from app.cards.template_store import Template
from app.cards.versioning import drafts, history
from app.cards.versioning.differences import differences, sentence
from app.cards.versioning.drafts import Draft
from app.core.unit_of_work import Reader, Transaction

SAVED, DROPPED, UNCHANGED, REFUSED, OVERTAKEN = "saved", "dropped", "unchanged", "refused", "overtaken"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a form begins with: the template as it is published, and its draft."""

    template: Template
    draft: Draft | None

    @property
    def seen(self) -> str:
        """Another text once somebody else has published or saved something."""
        saved = self.draft.modified_at.isoformat() if self.draft else "none"
        return f"{self.template.version} {saved}"

    @property
    def name(self) -> str:
        """The name of the draft, else of the template."""
        return (self.draft or self.template).name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has become of a form. `kind` is one of the words above; of REFUSED and OVERTAKEN nothing is saved."""

    kind: str
    standing: Standing
    """As it is now."""
    judgement: Judgement = field(default_factory=Judgement)
    since: str = ""
    """Of OVERTAKEN: what has happened since the form was opened, as a sentence."""


def standing(reader: Reader, template_id: str) -> Standing:
    """What the form of the template begins with. Raises NotFound."""
    template = template_store.with_id(reader, template_id)
    return Standing(template, drafts.find(reader, template))


def keep_pictures(tx: Transaction, pictures: Mapping[str, Asset]) -> None:
    """Keep pictures for a form that may be saved within a day (assets.KEPT_UNUSED)."""
    issuing.hold_organization(tx)
    assets.store(tx, pictures.values())


def judge(reader: Reader, template: Template, typed: Typed) -> Judgement:
    """What the form says, by all rules that hold before it is published."""
    kept = assets.present(reader, {typed.get(place) for place in PICTURES} - {""})
    judgement = judged(typed, kept)
    if judgement.layout is not None and fold(judgement.name) != template.key:
        taken = next((one.name for one in template_store.every(reader) if one.key == fold(judgement.name)), None)
        if taken is not None:
            return Judgement(problems={"name": (f"There is a template {taken!r} already; choose another name.",)})
    return judgement


def save(tx: Transaction, template_id: str, typed: Typed, seen: str) -> Outcome:
    """Make what the form says the template's draft; `seen` is the `Standing.seen` with which it was opened.

    What says the same as the published version leaves no draft. Raises NotFound.
    """
    issuing.hold_organization(tx)
    now = standing(tx, template_id)
    if seen != now.seen:
        return Outcome(OVERTAKEN, now, since=_since(tx, now, seen))
    judgement = judge(tx, now.template, typed)
    if judgement.layout is None:
        return Outcome(REFUSED, now, judgement)
    template, draft = now.template, now.draft
    if template_store.next_version(template, judgement.name, judgement.layout) == template:
        if draft is None:
            return Outcome(UNCHANGED, now, judgement)
        drafts.drop(tx, template)
        kind = DROPPED
    elif draft and draft.is_of(template) and (draft.name, draft.layout) == (judgement.name, judgement.layout):
        return Outcome(UNCHANGED, now, judgement)
    else:
        drafts.save(tx, template, judgement.name, judgement.layout)
        kind = SAVED
    assets.remove_unused(tx)
    return Outcome(kind, standing(tx, template_id), judgement)


def _since(reader: Reader, now: Standing, seen: str) -> str:
    """What has happened to the template since somebody saw it so."""
    seen_version = seen.partition(" ")[0]
    if seen_version != str(now.template.version):
        first = int(seen_version) + 1 if seen_version.isdecimal() else now.template.version
        steps = [step for step in history.steps(reader, now.template) if step.version.number >= first]
        said = "; ".join(sentence(step.changes) for step in steps)
        return f"Version {now.template.version} has been published since you opened this form: {said}."
    if now.draft is None:
        return "The draft has been discarded since you opened this form."
    return f"The draft has been saved since you opened this form: {sentence(differences(now.template, now.draft))}."
