"""Ways to give a card to somebody: addresses that open a mail or a message with the card's address in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from app.cards.view import CardView


@dataclass(frozen=True, slots=True)
class Ways:
    """What each way of sharing opens, and the words it carries."""

    title: str
    text: str
    mail: str
    message: str


def ways(view: CardView) -> Ways:
    """The ways for a card; its name stands in the words where it has one."""
    title = f"Business card of {view.name.display}" if "name" in view.general else "Business card"
    text = "Here is my business card:"
    body = quote(f"{text} {view.url}", safe="")
    return Ways(
        title=title,
        text=text,
        mail=f"mailto:?subject={quote(title, safe='')}&body={body}",
        # iPhones want `&` before the body, Android `?`; both read this.
        message=f"sms:?&body={body}",
    )
