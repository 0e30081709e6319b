"""Reading the items of a template: general slots, fields, photo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from app.attributes.definitions import USER
from app.attributes.parsing import parse_path
from app.attributes.paths import InvalidPath
from app.cards.applying.section import LONG_TEXT_LENGTH, Section
from app.cards.layout import DEFAULT_SOURCES, KINDS, PHOTO, SLOTS, SYNC_MODES, Item, Layout

PHOTO_KEYS = ("sync", "source", "editable", "required")
SLOT_KEYS = (*PHOTO_KEYS, "value", "placeholder")
FIELD_KEYS = ("key", "kind", "label", "service", *SLOT_KEYS)

LABEL_LENGTH = 64
MAX_FIELDS = 100

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def read_general(template: Section) -> tuple[Item, ...]:
    """The slots that are on the cards, in their fixed order; `name` always is."""
    section = template.section("general", SLOTS)
    slots = {slot: section.section(slot, SLOT_KEYS) for slot in SLOTS if slot in section} if section else {}
    items = {"name": Layout().general[0]}
    for slot, wanted in slots.items():
        if wanted is not None:
            items[slot] = _item(wanted, Item(slot, slot, "text", "always", DEFAULT_SOURCES[slot]))
    return tuple(items[slot] for slot in SLOTS if slot in items)


def read_photo(template: Section) -> Item | None:
    """The photo, None when the cards have none."""
    section = template.section("photo", PHOTO_KEYS)
    if section is None:
        return None
    return _item(section, Item(PHOTO, PHOTO, PHOTO, "always", DEFAULT_SOURCES[PHOTO]))


def read_fields(template: Section) -> Iterator[Item]:
    """The fields in the order of the file. Missing and double keys and labels are noted."""
    nodes = template.mappings("fields")
    if len(nodes) > MAX_FIELDS:
        template.refuse("fields", f"must not be more than {MAX_FIELDS}")
    taken: dict[str, str] = {}
    for node in nodes[:MAX_FIELDS]:
        section = Section(node, FIELD_KEYS, template.problems)
        key, label = _key(section), section.text("label", longest=LABEL_LENGTH, needed="a field needs a label")
        for what, name in (("key", key), ("label", label)):
            if name is None:
                continue
            folded = f"{what} {name.casefold()}"
            if name in (*SLOTS, PHOTO):
                section.refuse(what, f"{name!r} is the name of a general slot")
            elif folded in taken:
                section.refuse(what, f"{name!r} is taken by another field")
            taken[folded] = name
        kind = _kind(section)
        item = Item(key or "", label or "", kind, "always" if "source" in section else "never")
        yield replace(_item(section, item), service=_service(section, kind))


def _key(section: Section) -> str | None:
    key = section.text("key", needed="a field needs a key")
    if key is not None and not _WORD.fullmatch(key):
        section.refuse("key", f"must be a word of letters, digits, _ and -, not {key!r}")
    return key


def _kind(section: Section) -> str:
    if "kind" not in section:
        section.problems.add(section.line, f"a field needs a kind: {', '.join(KINDS)}")
    return section.choice("kind", KINDS, KINDS[0])


def _service(section: Section, kind: str) -> str | None:
    service = section.text("service", longest=LABEL_LENGTH)
    if service is None:
        return None
    if kind != "social":
        section.refuse("service", f"belongs to the kind social, not to {kind}")
    elif not _WORD.fullmatch(service):
        section.refuse("service", f"must be a word such as linkedin, not {service!r}")
    return service.lower()


def _item(section: Section, plain_item: Item) -> Item:
    """The item that `section` describes over its defaults."""
    sync = section.choice("sync", SYNC_MODES, plain_item.sync, what="sync mode")
    given = section.text("source", longest=LONG_TEXT_LENGTH)
    source = plain_item.source if given is None else _canonical(section, given, plain_item.kind)
    item = replace(
        plain_item,
        sync=sync,
        source=None if sync == "never" else source,
        value=section.text("value", longest=LONG_TEXT_LENGTH, lines=True),
        placeholder=section.text("placeholder"),
        editable=section.flag("editable"),
        required=section.flag("required"),
    )
    if item.sync == "always" and item.editable:
        section.refuse(
            "editable", "does not go with sync: always, which shows what the directory says; unless_edited does"
        )
    if item.sync == "once" and item.of_manager:
        section.refuse(
            "sync", "once does not go with the manager's name or card, which pushes about others change; always does"
        )
    if item.sync != "never" and given is None and item.source is None and item.key != "name":
        section.problems.add(section.line_of("sync"), f"sync: {item.sync} needs a source")
    return item


def _canonical(section: Section, text: str, kind: str) -> str | None:
    """The source in canonical form: a path to something that can be shown as a field of `kind`."""
    try:
        path = parse_path(text, USER)
    except InvalidPath as error:
        section.refuse("source", f"{text!r} is not a path to a SCIM attribute: {error.reason}")
        return None
    leaf = path.sub or path.attribute
    if path.whole_extension:
        section.refuse("source", f"{text!r} names a whole extension; name one of its attributes")
    elif leaf.type != "complex" or (leaf.name == "addresses" and kind == "address"):
        return path.text
    elif leaf.sub("value") is not None:
        return f"{path.text}.value"
    else:
        section.refuse("source", f"{text!r} names a whole entry, which only a field of kind address shows; name a part")
    return None
