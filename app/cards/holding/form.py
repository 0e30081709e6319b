"""The form of a card: an input for each item that its holder may change, and who looks after the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.cards.holding.items import COMPANY_OWNS, DIRECTORY_OWNS, Standing, fingerprint, may_change, owner
from app.cards.holding.submission import Judgement, Submission
from app.cards.layout import PHOTO, SLOTS, Item
from app.cards.own_values import longest
from app.cards.view import CardSource

EMPTIED, NOTHING = "emptied", "nothing"
"""Why an item shows nothing: somebody emptied it; nobody has said anything."""

HOLDER = "holder"

_NOTHING_SENT = Submission({}, {}, frozenset())
_NOTHING_WRONG = Judgement()


@dataclass(frozen=True, slots=True)
class Control:
    """How an item is typed in: attributes of HTML's `input`, or of `textarea` where `type` is that."""

    type: str = "text"
    inputmode: str | None = None
    autocomplete: str | None = None
    prose: bool = True
    """Whether it is language, which a keyboard may capitalize and correct."""


_CONTROLS: Mapping[str, Control] = {
    # type=email would send a domain in other letters (ü as xn--…) than it was typed in, and so change what was not
    # touched; its keyboard comes by the input mode.
    "email": Control(inputmode="email", autocomplete="email", prose=False),
    "phone": Control("tel", inputmode="tel", autocomplete="tel", prose=False),
    "url": Control("url", inputmode="url", autocomplete="url", prose=False),
    "social": Control(inputmode="url", prose=False),
    "address": Control("textarea", autocomplete="street-address"),
    "text": Control("textarea"),
}
_SLOT_AUTOCOMPLETE: Mapping[str, str] = {
    "name": "name",
    "title": "organization-title",
    "company": "organization",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that the holder may change."""

    key: str
    label: str
    kind: str
    control: Control
    longest: int
    hint: str | None
    """The template's placeholder."""
    text: str
    """What the input holds: as it was typed, else what the card has."""
    was: str
    """The fingerprint of what the card has."""
    origin: str
    """Where what shows now came from: TEMPLATE, DIRECTORY, PERSON or ADMIN of cards.view, else EMPTIED or NOTHING."""
    since: datetime | None
    """When the card's own value was set."""
    own: bool
    """Whether the card has an own value, which can be given back."""
    synced: bool
    """Whether it follows the directory without one."""
    underneath: str
    """What shows once it is given back."""
    reverted: bool
    """Whether the form gives it back."""
    problem: str | None
    """Why what was typed is refused."""
    meanwhile: str | None
    """What the card has now, where that was changed while somebody else typed; an empty text: nothing."""


@dataclass(frozen=True, slots=True)
class Locked:
    """An item that the holder may not change."""

    label: str
    text: str
    """What the card shows; empty where nothing shows."""
    owner: str
    """DIRECTORY_OWNS or COMPANY_OWNS of cards.holding.items."""


@dataclass(frozen=True, slots=True)
class Form:
    """All items of a card in the template's order."""

    entries: tuple[Entry, ...]
    locked: tuple[Locked, ...]
    photo: str | None
    """Who looks after the photo: HOLDER, DIRECTORY_OWNS or COMPANY_OWNS; None where the card shows none."""

    @property
    def wrong(self) -> tuple[Entry, ...]:
        """The entries that keep the form from being saved."""
        return tuple(entry for entry in self.entries if entry.problem or entry.meanwhile is not None)


def form_of(
    source: CardSource,
    standings: Mapping[str, Standing],
    sent: Submission = _NOTHING_SENT,
    judgement: Judgement = _NOTHING_WRONG,
) -> Form:
    """The form of a card whose items stand like this, with what was `sent` in it and what is against that."""
    return Form(
        entries=tuple(
            _entry(standing, source, sent, judgement) for standing in standings.values() if may_change(standing.item)
        ),
        locked=tuple(
            Locked(label_of(standing.item), standing.text, owner(standing))
            for standing in standings.values()
            if not may_change(standing.item)
        ),
        photo=_photo(source.layout.photo),
    )


def _photo(item: Item | None) -> str | None:
    if item is None:
        return None
    if item.editable and item.sync != "always":
        return HOLDER
    return COMPANY_OWNS if item.sync == "never" else DIRECTORY_OWNS


def label_of(item: Item) -> str:
    """The item's label; a general slot's, which is its name, with a capital."""
    return item.label.capitalize() if item.key in SLOTS or item.key == PHOTO else item.label


def _entry(standing: Standing, source: CardSource, sent: Submission, judgement: Judgement) -> Entry:
    item, own = standing.item, source.own.get(standing.item.key)
    text = sent.values.get(item.key, standing.text)
    nothing = EMPTIED if standing.own else NOTHING
    return Entry(
        key=item.key,
        label=label_of(item),
        kind=item.kind,
        control=_control(item, text),
        longest=longest(item),
        hint=item.placeholder,
        text=text,
        was=fingerprint(item, standing.text),
        origin=standing.shown.origin if standing.shown is not None else nothing,
        since=own.at if own is not None and standing.own else None,
        own=standing.own,
        synced=item.sync != "never",
        underneath=standing.underneath,
        reverted=item.key in sent.reverted,
        problem=judgement.problems.get(item.key),
        meanwhile=standing.text if item.key in judgement.conflicts else None,
    )


def _control(item: Item, text: str) -> Control:
    if item.key in SLOTS:
        return Control(autocomplete=_SLOT_AUTOCOMPLETE.get(item.key))
    if item.kind == "date":
        # A browser's date input holds nothing but dates, and would lose any other text that the directory sent.
        return Control("date" if not text or _is_date(text) else "text", prose=False)
    return _CONTROLS[item.kind]


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
