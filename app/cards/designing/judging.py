"""Whether what stands in a template's form can be one: by the rules of the file that `apply` reads, place by place.

The form becomes the file's tree of nodes, in which each place has a line of its own; what the rules say of a line is
said at that place. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from app.cards.applying import nodes
from app.cards.applying.problems import BadFileError, Problems
from app.cards.applying.section import Section
from app.cards.applying.template_file import read_template
from app.cards.designing.typed import DESIGN, FIELD_TEXTS, ITEM_FLAGS, ITEM_TEXTS, LEAVER, Typed
from app.cards.layout import PHOTO, SLOTS, Layout

_WITHIN = re.compile(r"^(?:general\.\w+|design|photo|video|leaver)\.(?=\w)")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_KEY_LENGTH = 40
_COLOURS = frozenset({"accent", "background"})
"""What is copied from elsewhere comes with blanks around it; of all else they are part."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a form says, if it makes sense: the template's name and layout, which counts no versions."""

    name: str = ""
    layout: Layout | None = None
    """None when there are problems."""
    problems: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By place, what is wrong there, in sentences."""


def judged(typed: Typed, kept: Collection[str]) -> Judgement:
    """What `typed` says; `kept` are the ids of the pictures that it may name."""
    tree = _Tree(typed)
    problems = Problems()
    pictures = _Kept(kept)
    try:
        spec = read_template(tree.template(), pictures, problems)
        problems.refuse()
    except BadFileError as error:
        return Judgement(problems=_by_place(error, tree.places))
    assert spec is not None  # what has no name has a problem
    return Judgement(spec.name, spec.layout)


def _by_place(error: BadFileError, places: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for problem in error.problems:
        place = places[problem.line - 1]
        reason = _WITHIN.sub("", problem.reason)
        found[place] = (*found.get(place, ()), f"{reason[:1].upper()}{reason[1:]}.")
    return found


class _Kept:
    """The pictures of a form: those that are kept, by their ids."""

    def __init__(self, kept: Collection[str]) -> None:
        self._kept = kept

    def take(self, section: Section, key: str) -> str | None:
        """The id that `key` names, None for none or one that is not kept (which is noted)."""
        asset_id = section.text(key)
        if asset_id is None or asset_id in self._kept:
            return asset_id
        section.refuse(key, "names a picture that is not kept any more; choose it once more")
        return None


class _Tree:
    """The file's nodes, made from a form; `places` are the names of the places, one a line."""

    def __init__(self, typed: Typed) -> None:
        self._typed = typed
        self.places: list[str] = []

    def template(self) -> nodes.Mapping:
        """The whole form."""
        root = self._line("name")
        general, fields = self._line("general"), self._line("fields")
        entries = [
            *self._texts("", ("name",)),
            nodes.Entry("design", root, self._mapping("design", self._texts("design.", DESIGN))),
            nodes.Entry("general", general, nodes.Mapping(general, tuple(self._general()))),
            nodes.Entry("fields", fields, nodes.Listing(fields, tuple(self._fields()))),
        ]
        if self._typed.has(f"{PHOTO}.on"):
            entries.append(self._entry(PHOTO, PHOTO, self._item(PHOTO, ("sync", "source"))))
        video = list(self._texts("video.", ("url", "poster")))
        if video:
            entries.append(self._entry("video", "video.url", video))
        if self._typed.get("leaver.show"):
            entries.append(self._entry("leaver", "leaver.show", self._texts("leaver.", LEAVER)))
        return nodes.Mapping(root, tuple(entries))

    def _general(self) -> Iterator[nodes.Entry]:
        for slot in SLOTS:
            place = f"general.{slot}"
            if slot == "name" or self._typed.has(f"{place}.on"):
                yield self._entry(slot, f"{place}.sync", self._item(place, ITEM_TEXTS))

    def _fields(self) -> Iterator[nodes.Mapping]:
        keys = _keys(self._typed)
        for row in self._typed.rows:
            place = f"field.{row}"
            line = self._line(f"{place}.label")
            key = nodes.Entry("key", line, nodes.Scalar(line, keys[row]))
            texts = (name for name in FIELD_TEXTS if name != "key" and (name != "service" or self._is_social(row)))
            yield nodes.Mapping(line, (key, *self._item(place, texts)))

    def _is_social(self, row: str) -> bool:
        return self._typed.get(f"field.{row}.kind") == "social"

    def _item(self, place: str, texts: Iterable[str]) -> Iterator[nodes.Entry]:
        yield from self._texts(f"{place}.", texts)
        for flag in ITEM_FLAGS:
            if self._typed.has(f"{place}.{flag}"):
                line = self._line(f"{place}.{flag}")
                yield nodes.Entry(flag, line, nodes.Scalar(line, True))

    def _texts(self, before: str, keys: Iterable[str]) -> Iterator[nodes.Entry]:
        for key in keys:
            text = self._typed.get(f"{before}{key}")
            text = text.strip() if key in _COLOURS else text
            if text.strip():
                line = self._line(f"{before}{key}")
                yield nodes.Entry(key, line, nodes.Scalar(line, _value(key, text)))

    def _entry(self, key: str, place: str, entries: Iterable[nodes.Entry]) -> nodes.Entry:
        mapping = self._mapping(place, entries)
        return nodes.Entry(key, mapping.line, mapping)

    def _mapping(self, place: str, entries: Iterable[nodes.Entry]) -> nodes.Mapping:
        return nodes.Mapping(self._line(place), tuple(entries))

    def _line(self, place: str) -> int:
        self.places.append(place)
        return len(self.places)


def _value(key: str, text: str) -> str | int:
    return int(text) if key == "days" and text.isascii() and text.isdigit() and len(text) < 10 else text


def _keys(typed: Typed) -> dict[str, str]:
    """The key of each row: the one it has had, else one made from its label that no other has."""
    keys = {row: typed.get(f"field.{row}.key") for row in typed.rows}
    taken = {key.casefold() for key in keys.values() if key} | {*SLOTS, PHOTO}
    for row, key in keys.items():
        if not key:
            keys[row] = _free(_word(typed.get(f"field.{row}.label")), taken)
            taken.add(keys[row])
    return keys


def _word(label: str) -> str:
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    word = _NO_LETTERS.sub("-", plain).strip("-")[:_KEY_LENGTH].rstrip("-")
    return word if word[:1].isalpha() else f"field-{word}".rstrip("-")


def _free(word: str, taken: Collection[str]) -> str:
    key, number = word, 2
    while key in taken:
        key, number = f"{word}-{number}", number + 1
    return key
