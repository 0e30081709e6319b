"""Checks of what people are reached by: telephone, e-mail, web."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from app.attributes.definitions import LANYARD_USER
from app.cards.links import mail_link, web_link
from app.cards.quality.entra import named, pasting
from app.cards.quality.subject import Doubt, Subject
from app.directory.phones import fault, numbers

WORK_MAIL = 'emails[type eq "work"].value'
_WEB = ("profileUrl", f"{LANYARD_USER}:website", f"{LANYARD_USER}:video")


def phone(subject: Subject) -> Iterator[Doubt]:
    """Numbers that are not valid, read with the organization's region."""
    for path, text in numbers(subject.document):
        reason = None if text == subject.settings.clear_marker else fault(text, subject.settings.phone_region)
        if reason is not None:
            yield Doubt(path, text, f"{text!r} {reason}.", _phone_remedy(subject, path, text))


def _phone_remedy(subject: Subject, path: str, text: str) -> str:
    correct = f"Correct {named(path)} in Entra, such as +41 44 555 01 00"
    if "/" in text:
        return f"{correct}; or, to keep the first of several numbers, {pasting(path, _FIRST)}."
    if any(char.isalpha() for char in text):
        cleared = _WORDS.replace("MARKER", subject.settings.clear_marker)
        return f"{correct}; or, to keep such texts off cards, {pasting(path, cleared)}."
    if subject.settings.phone_region is None and not text.lstrip().startswith("+"):
        country = _country(subject)
        region = "; or set the organization's phone_region"
        code = phonenumbers.country_code_for_region(country) if country else 0
        if code and text.lstrip().startswith("0"):
            return f"{correct}{region}; or {pasting(path, _NATIONAL.replace('CODE', str(code)))}."
        return f"{correct}{region}."
    return f"{correct}."


_FIRST = r'Replace([ATTRIBUTE], , "\s*/.*$", , "", , )'
_WORDS = 'Replace([ATTRIBUTE], , "^.*[A-Za-z].*$", , "MARKER", , )'
_SPACED = "StripSpaces([ATTRIBUTE])"
_NATIONAL = 'Replace([ATTRIBUTE], , "^0(?!0)", , "+CODE", , )'


def _country(subject: Subject) -> str | None:
    found = subject.texts("addresses.country")
    country = found[0].strip().upper() if found else None
    return country if country in phonenumbers.SUPPORTED_REGIONS else None


def missing_mail(subject: Subject) -> Iterator[Doubt]:
    """Nobody can write to the person."""
    if not subject.texts("emails.value"):
        yield Doubt(
            WORK_MAIL,
            None,
            "There is no e-mail address.",
            "Set mail in Entra; or, where user names are mailboxes, map the expression"
            f" Coalesce([mail], [userPrincipalName]) to {WORK_MAIL}.",
        )


def mail(subject: Subject) -> Iterator[Doubt]:
    """E-mail addresses that are none."""
    for entry in subject.document.get("emails", ()):
        text = entry.get("value")
        if text is None or text == subject.settings.clear_marker or mail_link(text):
            continue
        path = f'emails[type eq "{entry["type"]}"].value' if "type" in entry else "emails.value"
        spaced = mail_link("".join(text.split())) is not None
        paste = f"; or, to take out blanks, {pasting(path, _SPACED)}" if spaced else ""
        yield Doubt(path, text, f"{text!r} is no e-mail address.", f"Correct {named(path)} in Entra{paste}.")


def website(subject: Subject) -> Iterator[Doubt]:
    """Websites that no browser opens from a card: neither http nor https."""
    shown = (
        item.source
        for card in subject.cards
        for item in card.source.layout.fields
        if item.kind == "url" and item.sync != "never" and item.source
    )
    for path in dict.fromkeys((*_WEB, *shown)):
        for text in subject.texts(path):
            if web_link(text) is None:
                yield Doubt(
                    path,
                    text,
                    f"{text!r} is no http or https address, so cards show it without a link.",
                    f"Correct {named(path)} in Entra, such as https://nordwind.example.",
                )
