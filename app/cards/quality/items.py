"""Checks of what cards should show and do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.cards.layout import MANAGER, PHOTO, Item
from app.cards.quality.entra import named
from app.cards.quality.subject import Doubt, HeldCard, Subject
from app.cards.values import directory_value
from app.directory.pictures import address_in, named_by
from app.photos.fetching.fetcher import NOT_FETCHED

DIRECTORY, HOLDER, ADMIN = "directory", "holder", "admin"
"""Who can fill an item."""


def missing_photo(subject: Subject) -> Iterator[Doubt]:
    """No picture from the directory on a card whose template shows one from there."""
    for card in subject.cards:
        item = card.source.layout.photo
        if item is None or item.sync == "never" or card.source.own.get(PHOTO) is not None:
            continue
        if directory_value(item, card.source.document or {}, subject.settings.clear_marker) is None:
            yield Doubt(
                path_of(item),
                None,
                f"The card of {card.template} shows a photo from the directory, which has none.",
                f"Entra's provisioning sends no photos. A directory that does sends one as {path_of(item)}; for"
                " Entra have them fetched from Microsoft Graph (the organization's photos_from_graph; `lanyard photos"
                " list` then says who has none there, and why), or let holders edit the photo in the template.",
                card.template,
            )


def photo(subject: Subject) -> Iterator[Doubt]:
    """Photos that cannot be shown: what was pushed is no picture, or nothing comes from its web address."""
    for entry in subject.document.get("photos", ()):
        value = entry.get("value")
        photo_id = named_by(value)
        problem = subject.unshown.get(photo_id) if photo_id is not None else _other_photo(value, subject)
        if problem is not None:
            path = f'photos[type eq "{entry["type"]}"].value' if "type" in entry else "photos.value"
            yield Doubt(
                path,
                address_in(value),
                problem,
                f"Correct {named(path)}: a JPEG, PNG or WebP, as data or at an https address that anybody on the"
                " internet can open.",
            )


def _other_photo(value: object, subject: Subject) -> str | None:
    """Why a value that names no photo shows none; None where there is nothing to show."""
    return NOT_FETCHED if value and value != subject.settings.clear_marker else None


def incomplete(by: str) -> Callable[[Subject], Iterator[Doubt]]:
    """The check of required items without a value that `by` (DIRECTORY, HOLDER or ADMIN) is the one to fill."""

    def check(subject: Subject) -> Iterator[Doubt]:
        for card in subject.cards:
            for item in card.missing:
                if filler(card, item) == by:
                    yield Doubt(
                        path_of(item) if by == DIRECTORY else item.label,
                        None,
                        f"The card of {card.template} requires {item.label}, and nothing fills it.",
                        _remedy(by, item),
                        card.template,
                    )

    return check


def filler(card: HeldCard, item: Item) -> str:
    """Who is to fill a missing item: the directory, where it may; else the holder, where they may; else an admin.

    What was emptied on the card hides the directory's value until it is reverted there.
    """
    emptied = item.key in card.source.own and item.sync != "always"
    if item.sync != "never" and not emptied:
        return DIRECTORY
    return HOLDER if item.editable else ADMIN


def path_of(item: Item) -> str:
    """The SCIM path that fills the item; its label where none does. A whole name is `name`.

    What is shown of a manager is filled by saying who that is.
    """
    return MANAGER if item.of_manager else item.source or item.label


def _remedy(by: str, item: Item) -> str:
    if by == DIRECTORY:
        others = "" if item.sync == "always" else "; an admin may fill it on the card instead"
        others = "; the holder or an admin may fill it on the card instead" if item.editable else others
        whom = " to somebody who is active here, with a name and a live card" if item.of_manager else ""
        return f"Set {named(path_of(item))} in Entra{whom}{others}."
    if item.sync != "never":
        return f"It was emptied on the card: revert {item.label} to the directory there, or fill it."
    whom = "the holder or an admin" if by == HOLDER else "an admin"
    return f"Have {whom} fill {item.label} on the card, or give the template a value for it."
