"""Which texts are telephone numbers, and the numbers an organization with strict phones does not take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import phonenumbers

from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from app.directory import organizations

_LENGTHS = {
    phonenumbers.ValidationResult.TOO_SHORT: "is too short for a telephone number",
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
    phonenumbers.ValidationResult.TOO_LONG: "is too long for one telephone number",
}


def fault(text: str, region: str | None) -> str | None:
    """What is wrong with `text` as a telephone number, to follow the text in a sentence; None for a valid number.

    A number without a country code is read as one of `region` (an ISO 3166 code), where there is one.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type != phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return "is no telephone number"
        if region is None and not text.lstrip().startswith("+"):
            return "has no country code"
        return "begins with a country code that does not exist"
    if phonenumbers.is_valid_number(number):
        return None
    return _LENGTHS.get(phonenumbers.is_possible_number_with_reason(number), "is no number that its country gives out")


def numbers(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The telephone numbers of a user's document as (SCIM path, text as pushed), in its order."""
    for entry in document.get("phoneNumbers", ()):
        if "value" in entry:
            where = f"[type eq {orjson.dumps(entry['type']).decode()}]" if "type" in entry else ""
            yield f"phoneNumbers{where}.value", entry["value"]


def refuse_doubtful(tx: Transaction, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raise Refused for a number in `after` that is none, where the organization has `strict_phones`.

    What stood in `before` already is let through: a leaver with an old number is disabled all the same. The
    organization is looked up only for a number that is not valid as it stands.
    """
    known = {text for _, text in numbers(before)}
    doubtful = [one for one in numbers(after) if one[1] not in known and fault(one[1], None) is not None]
    settings = organizations.settings(tx) if doubtful else None
    if settings is None or not settings.strict_phones:
        return
    for path, text in doubtful:
        reason = None if text == settings.clear_marker else fault(text, settings.phone_region)
        if reason is not None:
            raise Refused(f"{path} {text!r} {reason}; this organization takes valid telephone numbers alone.", path)
