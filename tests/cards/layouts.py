"""Hypothesis strategies for everything that a template, a binding and an organization may say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from app.cards.applying.spec import BindingSpec
from app.cards.bindings import GroupName
from app.cards.layout import (
    DEFAULT_SOURCES,
    KINDS,
    LAYOUTS,
    PHOTO,
    SLOTS,
    SYNC_MODES,
    THEMES,
    Design,
    Item,
    Layout,
    Video,
)
from app.directory.settings import LEAVER_SHOWS, PUBLISH, LeaverPage

TRICKY = (
    "yes", "No", "null", "~", "8001", "007", "1e3", "0x1F", "12:30:45", "2026-11-25", "=", "<<", "*a", "&a", "!t", "|", ">",
    "- a", "? a", "a: b", "a #b", "#0b5fff", "%", "@", "`", "'", '"', '"a"', "'a'", "{a}", "[a]", "a, b", "\\n", "…", ":",
    " leading", "trailing ", "\ttab", "𝒜da 🧑‍🚀", "Zoë", "a\u2028b", "a\u2029b", "\ufeffa", "data:image/png;base64,", "a\u00a0b",
)  # fmt: skip
"""Texts that YAML takes for something else when they are not quoted well."""

_MANY = ("two\nlines", "\nfirst", "last\n", "a\n\n b\n", "\n#\n", "a \n b", "- a\n- b", "a\n\tb")

SOURCES = (
    "title",
    "displayName",
    'phoneNumbers[type eq "mobile"].value',
    'emails[type eq "work" and primary eq true].value',
    'phoneNumbers[display co "\\"a: b\\" # {c}"].value',
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:example:hr:User:badge",
)


def lines(longest: int) -> st.SearchStrategy[str]:
    """A text on one line that says something."""
    made = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
    return made.filter(lambda text: text.strip() and len(text) <= longest)


texts = st.one_of(lines(4000), st.sampled_from(_MANY))
printable = lines(64).filter(str.isprintable)
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
web_addresses = st.sampled_from(
    ("https://video.example/intro", "https://v.example/?a=b&c=%20#d: e", "http://[::1]/x, y")
)


def _consistent(item: Item, default: str | None) -> Item:
    """The item as reading a file makes it: nothing that its sync mode rules out."""
    item = replace(item, editable=item.editable and item.sync != "always")
    if item.sync == "never":
        return replace(item, source=None)
    return item if item.source is not None else replace(item, source=default)


def _rules() -> dict[str, st.SearchStrategy[Any]]:
    return {"sync": st.sampled_from(SYNC_MODES), "editable": st.booleans(), "required": st.booleans()}


def _texts() -> dict[str, st.SearchStrategy[Any]]:
    return {"value": st.none() | texts, "placeholder": st.none() | lines(255)}


def _slot(slot: str) -> st.SearchStrategy[Item]:
    made = st.builds(
        Item,
        st.just(slot),
        st.just(slot),
        st.just("text"),
        source=st.none() | st.sampled_from(SOURCES),
        **_rules(),
        **_texts(),
    )
    return made.map(lambda item: _consistent(item, DEFAULT_SOURCES[slot]))


@st.composite
def _fields(draw: st.DrawFn) -> tuple[Item, ...]:
    keys = draw(
        st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True), unique_by=str.casefold, max_size=4)
    )
    labels = draw(st.lists(lines(64), unique_by=str.casefold, min_size=len(keys), max_size=len(keys)))
    return tuple(draw(_field(key, label)) for key, label in zip(keys, labels, strict=True))


def _field(key: str, label: str) -> st.SearchStrategy[Item]:
    kinds = st.sampled_from(KINDS)
    made = st.builds(
        Item, st.just(key), st.just(label), kinds, source=st.sampled_from(SOURCES), **_rules(), **_texts(),
        service=st.none() | st.sampled_from(("linkedin", "no", "x")),
    )  # fmt: skip
    social = made.map(lambda item: item if item.kind == "social" else replace(item, service=None))
    return social.map(lambda item: _consistent(item, None))


def _names_none_of_the_slots(fields: tuple[Item, ...]) -> bool:
    return not {text for item in fields for text in (item.key, item.label)} & {*SLOTS, PHOTO}


def leavers() -> st.SearchStrategy[LeaverPage]:
    page = st.builds(
        LeaverPage,
        show=st.sampled_from(LEAVER_SHOWS),
        email=st.none() | printable.map(lambda text: f"{text}@x"),
        phone=st.none() | printable,
        successor=st.none() | printable,
        days=st.none() | st.integers(1, 3650),
    )
    return page.filter(lambda one: one.show != "successor" or one.successor is not None)


def layouts(assets: tuple[str, ...]) -> st.SearchStrategy[Layout]:
    """A layout as reading a file makes it, with pictures among `assets`."""
    picture = st.none() | st.sampled_from(assets)
    slots = st.lists(st.sampled_from(SLOTS[1:]), unique=True).map(
        lambda some: [s for s in SLOTS if s == "name" or s in some]
    )
    photo = st.builds(Item, st.just(PHOTO), st.just(PHOTO), st.just(PHOTO), source=st.none(), **_rules())
    return st.builds(
        Layout,
        design=st.builds(
            Design, colours, colours, st.sampled_from(THEMES), st.sampled_from(LAYOUTS), logo=picture, cover=picture
        ),
        general=slots.flatmap(lambda some: st.tuples(*map(_slot, some))),
        fields=_fields().filter(_names_none_of_the_slots),
        photo=st.none() | photo.map(lambda item: _consistent(item, DEFAULT_SOURCES[PHOTO])),
        video=st.none() | st.builds(Video, web_addresses, picture),
        leaver=st.none() | leavers(),
    )


def settings() -> st.SearchStrategy[dict[str, Any]]:
    """Keys of the organization with values, some or all."""
    return st.fixed_dictionaries(
        {},
        optional={
            "name": printable,
            "seat_limit": st.none() | st.integers(0, 10_000_000),
            "phone_region": st.none() | st.sampled_from(("CH", "NO", "GB")),
            "strict_phones": st.booleans(),
            "external_id_is_permanent": st.sampled_from(("auto", True, False)),
            "clear_marker": lines(64) | st.sampled_from((*_MANY, "a\x85b", "\x07")),
            "publish": st.sampled_from(PUBLISH),
            "brake": st.builds(
                lambda people, percent: {"people": people, "percent": percent}, st.integers(1, 99), st.integers(0, 100)
            ),
            "log_days": st.integers(1, 3650),
            "leaver": leavers().map(lambda page: {key: getattr(page, key) for key in LeaverPage.__dataclass_fields__}),
        },
    )


@st.composite
def bindings(draw: st.DrawFn, names: list[str]) -> list[BindingSpec]:
    """Bindings of templates with these names, each template's in one set or none."""
    sets = {name: draw(st.none() | lines(64)) for name in names}
    group = st.builds(GroupName, lines(255), st.none()) | st.builds(GroupName, st.none(), lines(255))
    if not names:
        return []
    pairs = st.tuples(group, st.sampled_from(names))
    some = draw(st.lists(pairs, unique_by=lambda pair: (pair[0].key, pair[1]), max_size=5))
    return [BindingSpec(one, name, sets[name], 0) for one, name in some]
