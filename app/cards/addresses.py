"""Postal addresses as they are written in their country; their values are never altered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.cards.view import Address

_FORMS: Mapping[str, str] = {
    "AT BE BG CH CZ DE DK EE FI FR GR HR IL IS LI LT LU LV MC NL NO PL PT RO RS SE SI SK": "S|P L|C",
    "IT": "S|P L R|C",
    "TR": "S|P L/R|C",
    "MX": "S|P L, R|C",
    "HU": "L|S|P|C",
    "US CO": "S|L, R P|C",
    "AU CA": "S|L R P|C",
    "NZ SG": "S|L P|C",
    "GB IE HK ZA": "S|L|R|P|C",
    "IN": "S|L P|R|C",
    "ID TH": "S|L|R P|C",
    "BR": "S|L - R|P|C",
    "JP CN TW": "P|R L|S|C",
    "KR": "R L|S|P|C",
}
"""How countries write street (S), locality (L), region (R), postal code (P) and country (C), lines between bars.

A form without R is that of countries whose addresses have no region, whatever a directory keeps there.
"""
_ELSEWHERE = "S|P L|R|C"
"""Also of an address with neither locality nor code, where the region alone says where it is."""
_BY_CODE = {code: form for codes, form in _FORMS.items() for code in codes.split()}
_NAMES: Mapping[str, str] = {
    "AUSTRALIA": "AU", "AUSTRIA": "AT", "ÖSTERREICH": "AT", "BELGIUM": "BE", "BELGIQUE": "BE", "BELGIË": "BE",
    "BRAZIL": "BR", "BRASIL": "BR", "CANADA": "CA", "CHINA": "CN", "中国": "CN", "CZECHIA": "CZ",
    "CZECH REPUBLIC": "CZ",
    "DENMARK": "DK", "DANMARK": "DK", "FINLAND": "FI", "FRANCE": "FR", "GERMANY": "DE", "DEUTSCHLAND": "DE",
    "HONG KONG": "HK", "HUNGARY": "HU", "MAGYARORSZÁG": "HU", "INDIA": "IN", "IRELAND": "IE", "ITALY": "IT",
    "ITALIA": "IT", "JAPAN": "JP", "日本": "JP", "LIECHTENSTEIN": "LI", "LUXEMBOURG": "LU",
    "MEXICO": "MX", "MÉXICO": "MX",
    "NETHERLANDS": "NL", "NEDERLAND": "NL", "NEW ZEALAND": "NZ", "NORWAY": "NO", "NORGE": "NO", "POLAND": "PL",
    "POLSKA": "PL", "PORTUGAL": "PT", "SINGAPORE": "SG", "SOUTH AFRICA": "ZA", "SOUTH KOREA": "KR",
    "REPUBLIC OF KOREA": "KR", "대한민국": "KR", "SWEDEN": "SE", "SVERIGE": "SE", "SWITZERLAND": "CH", "SCHWEIZ": "CH",
    "SUISSE": "CH", "SVIZZERA": "CH", "TAIWAN": "TW", "THAILAND": "TH", "TURKEY": "TR", "TÜRKIYE": "TR", "UK": "GB",
    "UNITED KINGDOM": "GB", "GREAT BRITAIN": "GB", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "USA": "US",
}  # fmt: skip
_PART = re.compile(r"([^SLRPC]*)([SLRPC])")


def address_of(entry: Mapping[str, Any], clear_marker: str, home: str | None = None) -> Address | None:
    """The address in an entry of `addresses` (RFC 7643 §4.1.2), None when it says nothing.

    Parts, when there are any; else `formatted`, line by line. An address that names no country is written as in
    `home` (an ISO 3166 code).
    """

    def said(key: str) -> str:
        value = entry.get(key)
        return value if isinstance(value, str) and value.strip() and value != clear_marker else ""

    street, locality, region = said("streetAddress"), said("locality"), said("region")
    postal_code, country = said("postalCode"), said("country")
    if not (street or locality or region or postal_code):
        # A country alone is no address, but it is part of one that stands in `formatted`.
        return from_text(said("formatted")) if said("formatted") else None
    parts = {"S": street, "L": locality, "R": region, "P": postal_code, "C": country}
    return Address(
        street=street,
        locality=locality,
        region=region,
        postal_code=postal_code,
        country=country,
        lines=_lines(parts, _form(country or home or "") if locality or postal_code else _ELSEWHERE),
    )


def from_text(text: str) -> Address:
    """The address that somebody wrote as one text, line by line."""
    return Address(formatted=text, lines=_split(text))


def _form(country: str) -> str:
    known = country.strip().upper()
    return _BY_CODE.get(_NAMES.get(known, known), _ELSEWHERE)


def _lines(parts: Mapping[str, str], form: str) -> tuple[str, ...]:
    lines: list[str] = []
    for line in form.split("|"):
        text = ""
        for between, part in _PART.findall(line):
            if parts[part]:
                text += (between if text else "") + parts[part]
        lines.extend(_split(text))
    return tuple(lines)


def _split(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
