"""Telephone numbers: the text stays as it came, the link is what can be dialled."""

from __future__ import annotations

import phonenumbers

_USES = (
    ("fax", ("fax",)),
    ("cell", ("mobil", "cell", "handy", "natel")),
    ("pager", ("pager",)),
    ("home", ("home", "private", "privat")),
    ("work", ("work", "office", "phone", "direct", "desk", "switchboard")),
)


def tel_link(text: str, region: str | None) -> str | None:
    """`tel:+41445550102` (RFC 3966, with `;ext=`) for a possible number, None for any other text.

    A number without a country code is read by the organization's `region`, where there is one. One that can only be
    dialled locally, without its area code, is linked as it stands: with a country code it would be another's.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        link = f"tel:{phonenumbers.national_significant_number(number)}"
    elif reason == phonenumbers.ValidationResult.IS_POSSIBLE:
        link = f"tel:{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}"
    else:
        return None
    return f"{link};ext={number.extension}" if number.extension else link


def use_of(source: str | None, label: str) -> str | None:
    """What a number is for, as far as its source (a SCIM path) or its label tells: fax, cell, pager, home, work."""
    for text in (source or "", label):
        lowered = text.lower().replace("phonenumbers", "")
        for use, words in _USES:
            if any(word in lowered for word in words):
                return use
    return None
