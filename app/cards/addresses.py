"""Postal addresses as they are written in their country; their values are never altered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cards.view import Address

_CITY_FIRST = frozenset({"US", "CA", "AU", "IN", "BR", "MX", "NZ", "ID", "TH"})
"""City, region and code in one line, in this order."""
_CODE_LAST = frozenset({"GB", "IE", "SG", "HK", "ZA"})
"""City and code in lines of their own."""
_LARGE_TO_SMALL = frozenset({"JP", "CN", "KR", "TW"})
_NAMES = {
    "UNITED STATES": "US", "USA": "US", "CANADA": "CA", "AUSTRALIA": "AU", "UNITED KINGDOM": "GB", "UK": "GB",
    "IRELAND": "IE", "JAPAN": "JP", "CHINA": "CN", "SOUTH KOREA": "KR", "INDIA": "IN", "BRAZIL": "BR",
}  # fmt: skip


def address_of(entry: Mapping[str, Any], clear_marker: str) -> Address | None:
    """The address in an entry of `addresses` (RFC 7643 §4.1.2), None when it says nothing.

    Parts, when there are any; else `formatted`, line by line.
    """

    def said(key: str) -> str:
        value = entry.get(key)
        return value if isinstance(value, str) and value.strip() and value != clear_marker else ""

    street, locality, region = said("streetAddress"), said("locality"), said("region")
    postal_code, country = said("postalCode"), said("country")
    if not (street or locality or region or postal_code):
        # A country alone is no address, but it is part of one that stands in `formatted`.
        return from_text(said("formatted")) if said("formatted") else None
    return Address(
        street=street,
        locality=locality,
        region=region,
        postal_code=postal_code,
        country=country,
        lines=_lines(street, locality, region, postal_code, country),
    )


def from_text(text: str) -> Address:
    """The address that somebody wrote as one text, line by line."""
    return Address(formatted=text, lines=_split(text))


def _lines(street: str, locality: str, region: str, postal_code: str, country: str) -> tuple[str, ...]:
    code = _NAMES.get(country.strip().upper(), country.strip().upper())
    if code in _CITY_FIRST:
        tail = _spaced(region, postal_code)
        middle = [", ".join(part for part in (locality, tail) if part)]
    elif code in _CODE_LAST:
        middle = [locality, region, postal_code]
    elif code in _LARGE_TO_SMALL:
        return tuple(line for line in (postal_code, _spaced(region, locality), *_split(street), country) if line)
    else:
        # The usual order of continental Europe; the region is written only where it is needed to tell places apart.
        middle = [_spaced(postal_code, locality) or region]
    return tuple(line for line in (*_split(street), *middle, country) if line)


def _spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _split(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
