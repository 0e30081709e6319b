"""Where our PATCH means to differ from scim2-models' engine: each deviation with its reason, and as a change to the
judge's input or output that makes up for it. What no deviation explains is an error of ours, or of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.attributes.definitions import ENTERPRISE_USER, Attribute, ResourceType
from tests.differential.patch_judge import AS_ENTRA, Document, Judge, Refused

NAMED: Mapping[str, str] = {
    "an entry is created": 'Entra sends emails[type eq "work"].value before there is a work address; RFC 7644 §3.5.2.3 '
    "would have it fail with noTarget.",
    "an entry that says nothing goes": "Entra empties an entry part by part; what is left of it, its type, is no address.",
    "an entry is there once": 'RFC 7643 §2.4: service providers "SHOULD NOT return the same (type, value) combination '
    'more than once per attribute".',
    "a part makes an entry": 'RFC 7644 §3.5.2.1: "If the target location specifies an attribute that does not exist '
    '(has no value), the attribute is added with the new value."',
    "one is primary": 'RFC 7644 §3.5.2: making one primary "SHALL cause the server to automatically set "primary" to '
    '"false" for any other values"; the judge refuses when a path selects several.',
    "a text of no characters is no value": 'Entra: a mapping that yields "" is how an administrator clears a value.',
    "null is no value": 'RFC 7643 §2.5: "Unassigned attributes, the null value, or an empty array ... SHALL be '
    'considered to be equivalent in "state""; so to add null is to unassign, as with replace.',
    "a reference goes with its value": "RFC 7643 §4.3: `value` and `$ref` of a manager are the id and the URI of one "
    "resource; the old URI beside a new id would be two.",
    "what is read-only is no wish": "Senders repeat id, meta and groups in a value without path; only a path asks to "
    "change them.",
    "active stays": "A leaver whose `active` was removed would be neither active nor inactive (RFC 7643 §4.1.1 has the "
    "server define what that means); the server says what to send instead.",
    "a list of one": 'Entra wraps values: title [{"value": "CFO"}], emails[…].value ["a@b"].',
    "a text is an entry": 'Senders write a plain text for an entry: emails "a@b", which is of work.',
    "what is required may be missing in between": "RFC 7644 §3.5.2 has a PATCH succeed or fail as a whole; it is the "
    "resource after it that must have what is required.",
}

_PARTS = re.compile(
    r"(?P<head>(?:urn:.*:)?[\w$]+)(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>[\w$]+))?", re.IGNORECASE | re.DOTALL
)
_SAYS_NOTHING = {"type", "primary", "display"}


class Allowance:
    """Carries a PATCH out with the judge, one operation at a time, making up for the deviations; counts them."""

    def __init__(self, judge: Judge, resource_type: ResourceType) -> None:
        self._judge = judge
        self._kind = resource_type
        self.used: set[str] = set()

    def patched(self, document: Document, operations: Sequence[Document]) -> Document:
        """The document after the operations. Raises Refused."""
        for place, operation in enumerate(operations):
            document = self._after(document, operation, operations[place + 1 :])
        return document

    def _after(self, before: Document, operation: Document, later: Sequence[Document]) -> Document:
        if operation.get("path") is None or self._is_object_of_extension(operation):
            parts = self._pathless(operation["op"], self._keyed(operation))
            for part in list(parts):
                before = self._after(before, part, later)
            return before
        for one in self._lawful(operation, before):
            try:
                after = self._carried_out(before, one)
            except Refused as refusal:
                if refusal.scim_type == "mutability" and self._is_set_later(one, later):
                    self.used.add("what is required may be missing in between")
                    continue
                raise
            before = self._tidied(before, after, one)
        return before

    # --- before -----------------------------------------------------------------------------------------------------

    def _lawful(self, operation: Document, document: Document) -> Iterable[Document]:
        """The operation as the judge would have it; none when it does nothing."""
        op, path, value = operation["op"], operation["path"], self._without_empty_texts(operation.get("value"))
        if op == "remove":
            yield operation
            return
        attribute, where, sub = self._resolved(path)
        leaf = sub or attribute
        whole = attribute is not None and attribute.multi_valued and where is None and sub is None
        if isinstance(value, list) and len(value) == 1 and leaf is not None and not whole:
            value = self._used("a list of one", value[0])
        if isinstance(value, Mapping) and leaf is not None and leaf.type != "complex" and "value" in value:
            value = self._used("a list of one", value["value"])
        if attribute is not None and attribute.sub("value") and attribute.multi_valued and sub is None:
            value = self._entries(attribute, value, where)
        value = self._without_read_only(attribute, value) if sub is None else value
        if whole and op == "add" and value is None:
            self.used.add("null is no value")
        elif value is None or (value == [] and where is not None):
            yield self._used("null is no value", {"op": "remove", "path": path})
        elif attribute is not None and attribute.multi_valued and sub is not None and where is None:
            if document.get(attribute.name):
                yield {**operation, "value": value}
            else:
                entry = [{sub.name: value}]
                yield self._used("a part makes an entry", {"op": "add", "path": attribute.name, "value": entry})
        else:
            yield {**operation, "value": value}

    def _is_object_of_extension(self, operation: Document) -> bool:
        known = self._kind.extension(operation["path"])
        return known is not None and operation["op"] != "remove" and isinstance(operation.get("value"), Mapping)

    @staticmethod
    def _keyed(operation: Document) -> Document:
        """The object in an operation, its keys paths."""
        above = f"{operation['path']}:" if operation.get("path") else ""
        return {f"{above}{name}": inner for name, inner in operation["value"].items()}

    def _pathless(self, op: str, value: Document) -> Iterable[Document]:
        for key, inner in value.items():
            attribute = None if key.lower().startswith("urn:") else self._kind.attribute(key)
            if attribute is not None and attribute.mutability == "readOnly":
                self.used.add("what is read-only is no wish")
            else:
                yield {"op": op, "path": key, "value": inner}

    def _entries(self, attribute: Attribute, value: Any, where: str | None) -> Any:
        """The value with entries where there are plain texts."""
        if isinstance(value, list):
            return [self._entries(attribute, one, where) for one in value]
        if not isinstance(value, str):
            return value
        kind = attribute.sub("type")
        typed = where is None and kind is not None and "work" in kind.canonical_values
        return self._used("a text is an entry", {"type": "work", "value": value} if typed else {"value": value})

    def _without_read_only(self, attribute: Attribute | None, value: Any) -> Any:
        if isinstance(value, list):
            return [self._without_read_only(attribute, one) for one in value]
        if not isinstance(value, Mapping):
            return value
        kept = {}
        for name, inner in value.items():
            part = attribute.sub(name) if attribute else None
            if part is not None and part.mutability == "readOnly":
                self.used.add("what is read-only is no wish")
            else:
                kept[name] = inner
        return kept

    def _without_empty_texts(self, value: Any) -> Any:
        if value == "":
            return self._used("a text of no characters is no value", None)
        if isinstance(value, Mapping):
            return {name: self._without_empty_texts(inner) for name, inner in value.items()}
        return [self._without_empty_texts(inner) for inner in value] if isinstance(value, list) else value

    # --- meanwhile --------------------------------------------------------------------------------------------------

    def _carried_out(self, before: Document, operation: Document) -> Document:
        try:
            after = self._judge.patched(before, [operation])
        except Refused as refusal:
            if refusal.scim_type == "noTarget":
                self.used.add("an entry is created")
                return self._judge.patched(before, [operation], AS_ENTRA)
            if "Multiple values marked as primary" not in str(refusal) or not self._tells_primary(operation):
                raise
            after = {}
        if self._tells_primary(operation):
            chosen = self._with_one_primary(before, operation)
            if chosen != after:
                self.used.add("one is primary")
                after = chosen
        return after

    def _tells_primary(self, operation: Document) -> bool:
        """Whether the operation makes whatever its path selects primary."""
        path, value = operation["path"], operation.get("value")
        if isinstance(value, Mapping):
            return path.endswith("]") and str(value.get("primary")).lower() == "true"
        return path.lower().endswith(".primary") and operation["op"] != "remove" and str(value).lower() == "true"

    def _with_one_primary(self, before: Document, operation: Document) -> Document:
        """What the operation makes of those it selects, of which the one that was primary stays it, else the first."""
        attribute, where, sub = self._resolved(operation["path"])
        assert attribute is not None
        text = next(one.name for one in attribute.sub_attributes if one.type == "string")
        mark = {"op": "replace", "path": f"{attribute.name}[{where}].{text}" if where else f"{attribute.name}.{text}"}
        seen = self._judge.patched(before, [{**mark, "value": "\x01"}])[attribute.name]
        selected = [place for place, entry in enumerate(seen) if entry.get(text) == "\x01"]
        chosen = next((one for one in selected if before[attribute.name][one].get("primary")), selected[0])
        after = before
        if sub is None:
            others = {name: inner for name, inner in operation["value"].items() if name != "primary"}
            after = self._judge.patched(before, [{**operation, "value": others}])
        entries = [
            {**entry, "primary": place == chosen} if place in selected or entry.get("primary") else entry
            for place, entry in enumerate(after[attribute.name])
        ]
        return {**after, attribute.name: entries}

    # --- afterwards -------------------------------------------------------------------------------------------------

    def _tidied(self, before: Document, after: Document, operation: Document) -> Document:
        if "active" in before and "active" not in after:
            self.used.add("active stays")
            raise Refused("invalidValue", "active cannot be removed")
        result = {
            name: self._tidied_entries(before.get(name, []), value, operation) if isinstance(value, list) else value
            for name, value in after.items()
        }
        result = {name: value for name, value in result.items() if value or value is False}
        self._tidy_manager(before.get(ENTERPRISE_USER, {}), result, operation)
        return result

    def _tidy_manager(self, before: Document, result: Document, operation: Document) -> None:
        known, manager = before.get("manager", {}), result.get(ENTERPRISE_USER, {}).get("manager", {})
        told = "'$ref'" in str(operation) or operation["path"].endswith("$ref")
        if "$ref" in known and "$ref" in manager and manager.get("value") != known.get("value") and not told:
            left = {name: inner for name, inner in manager.items() if name != "$ref"}
            extension = {**result[ENTERPRISE_USER], "manager": self._used("a reference goes with its value", left)}
            result[ENTERPRISE_USER] = {name: inner for name, inner in extension.items() if inner}
            if not result[ENTERPRISE_USER]:
                del result[ENTERPRISE_USER]

    def _tidied_entries(self, before: list[Any], after: list[Any], operation: Document) -> list[Any]:
        kept = after
        sub = operation["path"].rpartition(".")[2]
        if operation["op"] == "remove" and len(before) != len(after):
            before = [entry for entry in before if {name.lower() for name in entry} - {sub.lower()}]
        whole = self._resolved(operation["path"])[1:] == (None, None)
        if len(before) == len(after) and not whole:
            pairs = zip(before, after, strict=True)
            kept = [new for old, new in pairs if _says(new) or not _says(old)]
        if len(kept) < len(after):
            self.used.add("an entry that says nothing goes")
        appended = operation["op"] == "add" and not operation["path"].endswith((f".{sub}", "]"))
        once: dict[Any, Any] = {}
        for entry in kept:
            key = (entry.get("type"), entry["value"]) if "value" in entry else str(sorted(entry.items()))
            if key in once:
                self.used.add("an entry is there once")
                once[key] = {**once[key], **entry} if appended else {**entry, **once[key]}
            else:
                once[key] = entry
        return list(once.values())

    # --- paths ------------------------------------------------------------------------------------------------------

    def _resolved(self, path: str) -> tuple[Attribute | None, str | None, Attribute | None]:
        """Attribute, filter and sub-attribute of a path; no attribute for an extension as a whole."""
        if self._kind.extension(path) is not None:
            return None, None, None
        found = _PARTS.fullmatch(path)
        assert found is not None, path
        urn, _, name = found["head"].rpartition(":")
        core = not urn or urn.lower() == self._kind.schema.urn.lower()
        attribute = self._kind.attribute(name, None if core else urn)
        assert attribute is not None, path
        return attribute, found["filter"], attribute.sub(found["sub"]) if found["sub"] else None

    def _is_set_later(self, operation: Document, later: Sequence[Document]) -> bool:
        if "path" not in operation:
            return False
        attribute, _, _ = self._resolved(operation["path"])
        if attribute is None or not attribute.required:
            return False
        names = [key for one in later if one["op"] != "remove" for key in (one.get("path") or one["value"])]
        paths = [one["path"] for one in later if one["op"] != "remove" and "path" in one]
        return any(name.lower().endswith(attribute.name.lower()) for name in (*names, *paths))

    def _used(self, name: str, value: Any) -> Any:
        self.used.add(name)
        return value


def _says(entry: Document) -> bool:
    return bool(entry.keys() - _SAYS_NOTHING)
