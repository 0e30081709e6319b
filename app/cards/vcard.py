"""vCard 3.0 (RFC 2426): what a phone saves. Pure; the same card gives the same bytes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC

from app.cards.view import Address, CardView, Shown

MEDIA_TYPE = "text/vcard; charset=utf-8"
LINE_OCTETS = 75
PRODUCT = "-//Lanyard//Lanyard//EN"

_TEL_TYPES = {"fax": "WORK,FAX", "cell": "CELL,VOICE", "pager": "PAGER", "home": "HOME,VOICE", "work": "WORK,VOICE"}


def vcard(view: CardView, photo_jpeg: bytes | None = None) -> bytes:
    """The card as a contact: UTF-8, CRLF, lines folded at 75 octets without cutting a character.

    Telephone numbers and every other text are as on the card. UID is the card's permanent address, REV changes when
    the card does.
    """
    return b"".join(_folded(line) for line in _lines(view, photo_jpeg))


def file_name(view: CardView) -> str:
    """A name for the saved file: the person's, without what file systems refuse."""
    cleaned = re.sub(r'[\x00-\x1f\x7f"*/:<>?\\|]+', " ", view.name.display).strip(" .")
    return f"{cleaned[:80].strip() or 'contact'}.vcf"


def escaped(text: str) -> str:
    """`text` as a value (RFC 2426 §4): backslash, semicolon, comma and line break escaped, control characters gone."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(char for char in broken if char in "\n\t" or char.isprintable() or ord(char) > 0x9F)
    for special, escape in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        plain = plain.replace(special, escape)
    return plain


def _lines(view: CardView, photo_jpeg: bytes | None) -> Iterator[str]:
    name = view.name
    yield "BEGIN:VCARD"
    yield "VERSION:3.0"
    yield f"PRODID:{PRODUCT}"
    yield f"UID:{_address(view.url)}"
    parts = (name.family, name.given, name.middle, name.prefix, name.suffix)
    # A name without parts goes where a program looks for the first name.
    structured = parts if name.family or name.given else ("", name.display, "", "", "")
    yield f"N:{';'.join(map(escaped, structured))}"
    yield f"FN:{escaped(name.display)}"
    if name.phonetic_given:
        yield f"X-PHONETIC-FIRST-NAME:{escaped(name.phonetic_given)}"
    if name.phonetic_family:
        yield f"X-PHONETIC-LAST-NAME:{escaped(name.phonetic_family)}"
    company, department = view.slot("company"), view.slot("department")
    if company or department:
        yield f"ORG:{';'.join(escaped(part) for part in (company or '', department or '') if part or company is None)}"
    if view.slot("title"):
        yield f"TITLE:{escaped(view.slot('title') or '')}"
    for shown in view.fields:
        yield from _field(shown)
    notes = [text for slot in ("headline", "pronouns", "accreditations") if (text := view.slot(slot))]
    notes += [f"{shown.label}: {shown.text}" for shown in view.fields if shown.kind in {"text", "date"}]
    if notes:
        yield f"NOTE:{escaped(chr(10).join(notes))}"
    if view.layout.video is not None:
        yield f"URL:{_address(view.layout.video.url)}"
    yield f"URL:{_address(view.url)}"
    if photo_jpeg is not None:
        yield f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(photo_jpeg).decode()}"
    yield f"REV:{view.revised.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    yield "END:VCARD"


def _field(shown: Shown) -> Iterator[str]:
    if shown.kind == "phone":
        yield f"TEL;TYPE={_TEL_TYPES.get(shown.use or '', 'VOICE')}:{escaped(shown.text)}"
    elif shown.kind == "email":
        yield f"EMAIL;TYPE=INTERNET,WORK:{escaped(shown.text)}"
    elif shown.kind == "url":
        yield f"URL:{_address(shown.href or shown.text)}"
    elif shown.kind == "social":
        service = re.sub(r"[^A-Za-z0-9-]", "", shown.service or shown.label).lower() or "profile"
        yield f"X-SOCIALPROFILE;TYPE={service}:{_address(shown.href or shown.text)}"
    elif shown.kind == "address" and shown.address is not None:
        yield from _postal(shown.address)


def _postal(address: Address) -> Iterator[str]:
    # An address that is one text has no parts; the street is where every program shows it.
    street = address.street or address.formatted
    parts = ("", "", street, address.locality, address.region, address.postal_code, address.country)
    yield f"ADR;TYPE=WORK:{';'.join(map(escaped, parts))}"
    yield f"LABEL;TYPE=WORK:{escaped(chr(10).join(address.lines))}"


def _address(url: str) -> str:
    """A URL, which is not escaped; without what would end the line."""
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]", "", url)


def _folded(line: str) -> bytes:
    """The line in octets, broken at LINE_OCTETS with a space before what goes on (RFC 2426 §2.6)."""
    data = line.encode()
    pieces: list[bytes] = []
    room = LINE_OCTETS
    while len(data) > room:
        cut = room
        while data[cut] & 0xC0 == 0x80:  # within a character
            cut -= 1
        pieces.append(data[:cut])
        data = data[cut:]
        room = LINE_OCTETS - 1
    return b"\r\n ".join([*pieces, data]) + b"\r\n"
