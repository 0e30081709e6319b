"""Random documents and random PATCHes of them, drawn from the schemas: every attribute, every form of path."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from app.attributes.definitions import Attribute, ResourceType
from app.attributes.documents import normalize

Document = dict[str, Any]

WORDS = ("ann", "Bob", "Zürich", "a b", "x@y.example", "+41 44 555 01 02", "work", '"quoted"', "5", "true")
TYPES = ("work", "home", "Other")
WRONG: Mapping[str, tuple[Any, ...]] = {
    "boolean": ("maybe", [True], {"value": "x"}),
    "complex": (7, [7], [{}, 7]),
}
"""Values that an attribute of this type cannot have; of every other type, those in WRONG_TEXT."""
WRONG_TEXT = (7, False, ["a", "b"], {"a": "b"})


class Drawing:
    """Draws what belongs to one resource type; the same seed draws the same."""

    def __init__(self, resource_type: ResourceType, seed: int) -> None:
        self._kind = resource_type
        self._random = Random(seed)
        core = [one for one in resource_type.attributes() if one.name not in {"schemas", "members"}]
        self._places: list[tuple[str | None, Attribute]] = [(None, one) for one in core]
        self._places += [(schema.urn, one) for schema in resource_type.extensions for one in schema.attributes]

        self._document: Document = {}
        self._writable = [(urn, one) for urn, one in self._places if one.mutability != "readOnly"]

    def document(self) -> Document:
        """A document as it may be stored, with what is required."""
        document: Document = {}
        for urn, attribute in self._places:
            if attribute.mutability == "readOnly" or not (attribute.name in _ALWAYS or self._maybe(0.35)):
                continue
            place = document if urn is None else document.setdefault(urn, {})
            place[attribute.name] = self._listed(attribute, 3) if attribute.multi_valued else self._value(attribute)
        return normalize(document, self._kind)

    def patch(self, document: Document) -> list[Document]:
        """The operations of one PATCH of `document`, nearly all of them lawful."""
        self._document = document
        return [self._operation() for _ in range(self._pick((1, 1, 1, 2, 3)))]

    def _operation(self) -> Document:
        op = self._pick(("add", "replace", "remove"))
        form = self._pick(_FORMS)
        if form is Drawing._pathless:
            op = self._pick(("add", "replace"))
        operation: Document = {"op": op, **form(self, op)}
        if op == "remove":
            operation.pop("value", None)
        return operation

    # --- forms of operations --------------------------------------------------------------------------------------

    def _attribute(self, op: str) -> Document:
        urn, attribute = self._pick(self._places if self._maybe(0.1) else self._writable)
        return {"path": self._spelled(urn, attribute.name), "value": self._patched(attribute, op)}

    def _sub_attribute(self, op: str) -> Document:
        urn, attribute = self._pick([(urn, one) for urn, one in self._places if one.type == "complex"])
        if attribute.multi_valued:
            urn, attribute = None, self._with_entries()
        sub = self._pick(attribute.sub_attributes)
        return {"path": f"{self._spelled(urn, attribute.name)}.{sub.name}", "value": self._patched(sub, op)}

    def _entry(self, op: str) -> Document:
        attribute = self._with_entries()
        value = self._pick((self._patched, self._parts))(attribute, op)
        return {"path": f"{self._spelled(None, attribute.name)}[{self._filter(attribute)}]", "value": value}

    def _part_of_entry(self, op: str) -> Document:
        attribute = self._with_entries()
        sub = self._pick(attribute.sub_attributes)
        path = f"{self._spelled(None, attribute.name)}[{self._filter(attribute)}].{sub.name}"
        return {"path": path, "value": self._patched(sub, op)}

    def _extension(self, _op: str) -> Document:
        schema = self._pick(self._kind.extensions)
        inner = {one.name: self._patched(one, "replace") for one in self._some(schema.attributes)}
        return {"path": self._cased(schema.urn), "value": self._pick((inner, inner, inner, None, {}, "text"))}

    def _pathless(self, op: str) -> Document:
        value: Document = {}
        for urn, attribute in self._some(self._places if self._maybe(0.1) else self._writable):
            patched = self._patched(attribute, op)
            if urn is None:
                value[self._cased(attribute.name)] = patched
            elif self._maybe(0.5):
                value[f"{urn}:{attribute.name}"] = patched
            else:
                value.setdefault(urn, {})[attribute.name] = patched
        return {"value": value}

    # --- values ---------------------------------------------------------------------------------------------------

    def _patched(self, attribute: Attribute, op: str) -> Any:
        """A value for a PATCH: mostly a lawful one, now and then none, or a wrong one."""
        if self._maybe(0.08):
            nothing = None if op == "replace" or self._maybe(0.2) else ""
            return self._pick((nothing, [], []) if attribute.multi_valued else (nothing, ""))
        if self._maybe(0.06):
            return self._pick(WRONG.get(attribute.type, WRONG_TEXT))
        if attribute.multi_valued:
            value_part = attribute.sub("value")
            if value_part is not None and self._maybe(0.05):
                return self._simple(value_part)
            return self._value(attribute) if self._maybe(0.3) else self._listed(attribute, 2)
        return self._value(attribute)

    def _listed(self, attribute: Attribute, most: int) -> list[Any]:
        entries = [self._value(attribute) for _ in range(self._random.randint(1, most))]
        told = [entry for entry in entries if isinstance(entry, dict) and entry.get("primary")]
        for entry in told[1:]:
            entry["primary"] = False
        return entries

    def _value(self, attribute: Attribute) -> Any:
        if attribute.type == "complex":
            return self._parts(attribute, "")
        return self._simple(attribute)

    def _parts(self, attribute: Attribute, op: str) -> Document:
        writable = [one for one in attribute.sub_attributes if one.mutability != "readOnly" or self._maybe(0.1)]
        parts = self._some(writable or attribute.sub_attributes)
        parts += [one for one in attribute.sub_attributes if one.required and one not in parts]
        return {one.name: self._simple(one) if not op or self._maybe(0.9) else None for one in parts}

    def _simple(self, attribute: Attribute) -> Any:
        if attribute.name == "type":
            return self._pick((*TYPES, *attribute.canonical_values[:2]))
        return _SIMPLE[attribute.type](self._random)

    # --- paths ----------------------------------------------------------------------------------------------------

    def _spelled(self, urn: str | None, name: str) -> str:
        if urn is not None:
            return f"{self._cased(urn)}:{self._cased(name)}"
        return (
            f"{self._cased(self._kind.schema.urn)}:{name}"
            if self._core(name) and self._maybe(0.1)
            else self._cased(name)
        )

    def _with_entries(self) -> Any:
        found = [one for _, one in self._writable if one.type == "complex" and one.multi_valued]
        there = [one for one in found if one.name in self._document]
        return self._pick(there if there and self._maybe(0.8) else found)

    def _core(self, name: str) -> bool:
        return self._kind.schema.attribute(name) is not None

    def _filter(self, attribute: Attribute) -> str:
        terms = [self._term(attribute) for _ in range(self._pick((1, 1, 1, 2, 3)))]
        text = terms[0]
        for term in terms[1:]:
            text = f"{text} {self._pick(('and', 'or'))} {term}"
        return text

    def _term(self, attribute: Attribute) -> str:
        types = [one for one in attribute.sub_attributes if one.name == "type"]
        sub = self._pick([*attribute.sub_attributes, *types, *types, *types])
        if self._maybe(0.1):
            return f"{sub.name} pr"
        entries = self._document.get(attribute.name)
        entry = self._pick(entries) if entries and self._maybe(0.7) else {}
        value = entry.get(sub.name, self._simple(sub))
        op = (
            "eq"
            if isinstance(value, bool) or sub.type == "binary" or self._maybe(0.8)
            else self._pick(("ne", "co", "sw"))
        )
        literal = str(value).lower() if isinstance(value, bool) else '"' + str(value).replace('"', '\\"') + '"'
        term = f"{sub.name} {op} {literal}"
        return f"not ({term})" if self._maybe(0.08) else term

    def _cased(self, name: str) -> str:
        return self._random.choice((name, name, name, name.lower(), name.upper()))

    # --- chance ---------------------------------------------------------------------------------------------------

    def _pick(self, choices: Any) -> Any:
        return choices[self._random.randrange(len(choices))]

    def _some(self, choices: Any) -> list[Any]:
        return self._random.sample(list(choices), self._random.randint(1, min(3, len(choices))))

    def _maybe(self, share: float) -> bool:
        return self._random.random() < share


_ALWAYS = {"userName", "label", "active"}
"""What every stored document has."""

_SIMPLE: Mapping[str, Callable[[Random], Any]] = {
    "string": lambda random: random.choice(WORDS),
    "reference": lambda random: random.choice(("https://x.example/1", "https://x.example/2")),
    "boolean": lambda random: random.random() < 0.5,
    "integer": lambda random: random.randint(-2, 2),
    "decimal": lambda random: random.randint(-4, 4) / 2,
    "dateTime": lambda random: f"2026-01-0{random.randint(1, 9)}T09:00:00Z",
    "binary": lambda random: base64.b64encode(bytes([random.randint(0, 5)])).decode(),
}

_FORMS = (
    Drawing._attribute,
    Drawing._attribute,
    Drawing._sub_attribute,
    Drawing._entry,
    Drawing._part_of_entry,
    Drawing._part_of_entry,
    Drawing._extension,
    Drawing._pathless,
)
