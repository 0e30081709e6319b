"""Values as the types of their attributes have them (RFC 7643 §2.3), and JSON that no schema describes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from reprlib import repr as shortened
from typing import Any

import orjson

from app.attributes.definitions import Attribute
from app.attributes.folding import fold
from app.attributes.moments import moment

MAX_DEPTH = 8
MAX_NAME = 255
MAX_TEXT = 64 * 1024
MAX_KEY = 2_000
"""Bytes of a text that resources are found by, as it was sent and folded: PostgreSQL's indexes take 2,704 for a row."""
MAX_PICTURE = 2 * 1024 * 1024
"""Characters; a photo may come as a data URL."""

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What counts as no value (RFC 7643 §2.5); Entra's empty text means the same."""

_BOOLEAN_WORDS = {"true": True, "false": False}
_KINDS = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9_-]*={0,2}", re.ASCII)


class InvalidValue(ValueError):
    """A value that an attribute cannot have; `path` names the attribute, `reason` says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}.")
        self.path = path
        self.reason = reason


def checked(attribute: Attribute, value: Any, path: str) -> Any:
    """`value` as `attribute` holds it, without what is empty in it (perhaps nothing is left). Raises InvalidValue.

    For a multi-valued attribute a single entry is a list of one.
    """
    if value in EMPTY:
        return None
    if attribute.multi_valued:
        listed = value if isinstance(value, list) else [value]
        entries = [checked_entry(attribute, entry, f"{path}[{place}]") for place, entry in enumerate(listed)]
        return one_primary(distinct([entry for entry in entries if entry not in EMPTY]), path)
    return checked_entry(attribute, value, path)


def checked_entry(attribute: Attribute, value: Any, path: str) -> Any:
    """One value, or one entry of a multi-valued attribute; None when nothing is left of it. Raises InvalidValue."""
    return None if value in EMPTY else _CHECKS[attribute.type](attribute, value, path)


def plain(value: Any, path: str, depth: int = 1) -> Any:
    """JSON of a shape that no schema describes, within limits, without what is empty in it. Raises InvalidValue."""
    if depth > MAX_DEPTH:
        raise InvalidValue(path, f"nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return checked_text(value, path, MAX_TEXT)
    if isinstance(value, dict):
        found = {checked_text(name, path, MAX_NAME): plain(inner, path, depth + 1) for name, inner in value.items()}
        return {name: inner for name, inner in found.items() if inner not in EMPTY}
    if isinstance(value, list):
        listed = [plain(inner, path, depth + 1) for inner in value]
        return [inner for inner in listed if inner not in EMPTY]
    return value


def checked_text(text: str, path: str, longest: int) -> str:
    """`text` itself, when it is no longer than `longest` characters and can be stored. Raises InvalidValue."""
    if len(text) > longest:
        raise InvalidValue(path, f"is longer than {longest} characters")
    if "\0" in text:
        raise InvalidValue(path, "contains a NUL character, which cannot be stored")
    return text


def checked_name(urn: str, name: str) -> str:
    """`name`, as an attribute that no schema describes may be called under an extension's URN. Raises InvalidValue."""
    return checked_text(name, f"{urn}:{shortened(name)}", MAX_NAME)


def kind(value: Any) -> str:
    """What a JSON value is, for an error to say."""
    return _KINDS.get(type(value), type(value).__name__)


def distinct(entries: list[Any]) -> list[Any]:
    """The entries, each once: one that repeats another's type and value (RFC 7643 §2.4) adds to it what it lacks.

    Entries without a value are the same when they are equal.
    """
    if len(entries) < 2:
        return entries
    first: dict[Any, Any] = {}
    for entry in entries:
        key = identity(entry)
        known = first.get(key)
        first[key] = {**entry, **known} if isinstance(known, dict) else entry if known is None else known
    return list(first.values())


def identity(entry: Any) -> bytes:
    """What two entries of a multi-valued attribute have in common when they are the same one."""
    said = [entry.get("type"), entry["value"]] if isinstance(entry, dict) and "value" in entry else entry
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def one_primary(entries: list[Any], path: str) -> list[Any]:
    """The entries themselves, when at most one of them is the primary one (RFC 7643 §2.4). Raises InvalidValue."""
    if sum(isinstance(entry, dict) and entry.get("primary") is True for entry in entries) > 1:
        raise InvalidValue(path, "has more than one primary entry")
    return entries


def _complex(attribute: Attribute, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValue(path, f"must be an object, not {kind(value)}")
    found: dict[str, Any] = {}
    for name, inner in value.items():
        sub = attribute.sub(name) if isinstance(name, str) else None
        if sub is None or sub.mutability == "readOnly":
            continue
        kept = checked(sub, inner, f"{path}.{sub.name}")
        if kept not in EMPTY:
            found[sub.name] = kept
    return found


def _text(attribute: Attribute, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidValue(path, f"must be a text, not {kind(value)}")
    if attribute.looked_up and max(len(value.encode()), len(fold(value).encode())) > MAX_KEY:
        raise InvalidValue(path, f"is longer than {MAX_KEY} bytes, and nobody could be found by it")
    return checked_text(value, path, MAX_PICTURE if path.startswith("photos") else MAX_TEXT)


def _boolean(_attribute: Attribute, value: Any, path: str) -> bool:
    if isinstance(value, str):
        value = _BOOLEAN_WORDS.get(value.lower(), value)
    if not isinstance(value, bool):
        raise InvalidValue(path, f"must be true or false, not {shortened(value)}")
    return value


def _decimal(_attribute: Attribute, value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidValue(path, f"must be a number, not {kind(value)}")
    if not math.isfinite(value):
        raise InvalidValue(path, "must be a finite number")
    return value


def _integer(attribute: Attribute, value: Any, path: str) -> int | float:
    if isinstance(value, float):
        raise InvalidValue(path, f"must be a whole number, not {value}")
    return _decimal(attribute, value, path)


def _date_time(attribute: Attribute, value: Any, path: str) -> str:
    text = _text(attribute, value, path)
    try:
        if _DATE_TIME.fullmatch(text):
            moment(text)
            return text
    except ValueError as error:
        raise InvalidValue(path, f"must be a time that exists, not {shortened(text)}") from error
    raise InvalidValue(path, f"must be a time such as 2026-01-05T09:00:00Z, not {shortened(text)}")


def _binary(attribute: Attribute, value: Any, path: str) -> str:
    """Base64 of either alphabet, in lines or not: what a certificate is exported as."""
    text = _text(attribute, value, path)
    digits = "".join(text.split())
    if not _BASE64.fullmatch(digits) or len(digits.rstrip("=")) % 4 == 1:
        raise InvalidValue(path, f"must be base64, not {shortened(text)}")
    return text


_CHECKS: Mapping[str, Callable[[Attribute, Any, str], Any]] = {
    "string": _text,
    "reference": _text,  # an address that cannot be reached is no reason to refuse a person
    "boolean": _boolean,
    "decimal": _decimal,
    "integer": _integer,
    "dateTime": _date_time,
    "binary": _binary,
    "complex": _complex,
}
