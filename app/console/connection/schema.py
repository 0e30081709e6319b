"""Entra's own mapping file (a synchronization schema of Microsoft Graph), with what Lanyard needs put into it. Pure.

The file carries ids of the app that it belongs to, so there is none that would fit every tenant: the one that Entra's
schema page downloads is completed, and everything else in it stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.console.connection.mapping import CHANGE, EXTRA, GROUPS, USERS, Mapping
from app.core.errors import Refused

_KINDS = (("user", USERS), ("group", GROUPS))
_NOT_IT = (
    "this is not the file that Entra's page “Review your schema here” downloads: it has no synchronizationRules with"
    " mappings of users"
)


@dataclass(frozen=True, slots=True)
class Completed:
    """The file as it is to be uploaded."""

    text: bytes
    done: tuple[str, ...]
    """A sentence for each thing that it lacked and has now."""
    by_hand: tuple[str, ...]
    """A sentence for each that it lacks still: expressions are made in Entra alone."""


def completed(text: bytes) -> Completed:
    """The file with Lanyard's mappings and attributes. Raises Refused for what is no such file."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Refused("this is no JSON; give the file exactly as Entra's page downloads it", "file") from error
    done: list[str] = []
    by_hand: list[str] = []
    for kind, wanted in _KINDS:
        found = _object_mapping(document, kind)
        if found is None and kind == "user":
            raise Refused(_NOT_IT, "file")
        if found is not None:
            rule, mapping = found
            target = _target(document, rule, mapping)
            done += [*_map(mapping, wanted), *_know(target, _names(wanted, extra=kind == "user"))]
            by_hand += _expressions(mapping, wanted)
    return Completed(json.dumps(document, ensure_ascii=False, indent=2).encode(), tuple(done), tuple(by_hand))


def _object_mapping(document: Any, kind: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The rule and, in it, the mapping of users or groups."""
    rules = document.get("synchronizationRules") if isinstance(document, dict) else None
    for rule in _objects(rules):
        for mapping in _objects(rule.get("objectMappings")):
            source = str(mapping.get("sourceObjectName", "")).lower()
            if source == kind and isinstance(mapping.get("attributeMappings"), list):
                return rule, mapping
    return None


def _target(document: dict[str, Any], rule: dict[str, Any], mapping: dict[str, Any]) -> dict[str, Any]:
    """What the file says of the resource on our side, whose attributes Entra offers. Raises Refused."""
    for directory in _objects(document.get("directories")):
        if directory.get("name") == rule.get("targetDirectoryName"):
            for one in _objects(directory.get("objects")):
                if one.get("name") == mapping.get("targetObjectName") and isinstance(one.get("attributes"), list):
                    return one
    raise Refused(f"this file does not say which attributes {mapping.get('targetObjectName')!r} has", "file")


def _map(mapping: dict[str, Any], wanted: Iterable[Mapping]) -> list[str]:
    said = []
    listed: list[Any] = mapping["attributeMappings"]
    there = _mapped(mapping)
    for one in wanted:
        known = there.get(one.target.lower())
        if known is not None and one.act == CHANGE and _source(known) != one.source:
            known["source"] = _attribute(one.source)
            said.append(f"{one.target} comes from {one.source} now.")
        elif known is None and not one.is_expression:
            listed.append(_entry(one))
            said.append(f"{one.target} was not mapped; it comes from {one.source} now.")
    return said


def _expressions(mapping: dict[str, Any], wanted: Iterable[Mapping]) -> list[str]:
    there = _mapped(mapping)
    return [
        f"{one.target} is not mapped: add it with the expression {one.source}."
        for one in wanted
        if one.is_expression and one.target.lower() not in there
    ]


def _mapped(mapping: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is mapped, by the target's name in small letters."""
    return {str(one.get("targetAttributeName", "")).lower(): one for one in _objects(mapping["attributeMappings"])}


def _know(target: dict[str, Any], names: Iterable[str]) -> list[str]:
    attributes: list[Any] = target["attributes"]
    known = {str(one.get("name", "")).lower() for one in _objects(attributes)}
    missing = [name for name in names if name.lower() not in known]
    attributes.extend(_definition(name) for name in missing)
    return [f"{len(missing)} attributes were added to those that Entra offers as targets."] if missing else []


def _names(wanted: Iterable[Mapping], *, extra: bool) -> list[str]:
    return [*(one.target for one in wanted), *(EXTRA if extra else ())]


def _source(entry: dict[str, Any]) -> Any:
    source = entry.get("source")
    return source.get("name") if isinstance(source, dict) and source.get("type") == "Attribute" else None


def _attribute(name: str) -> dict[str, Any]:
    return {"expression": f"[{name}]", "name": name, "type": "Attribute", "parameters": []}


def _entry(wanted: Mapping) -> dict[str, Any]:
    return {
        "defaultValue": "",
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": "Always",
        "matchingPriority": 0,
        "targetAttributeName": wanted.target,
        "source": _attribute(wanted.source),
    }


def _definition(name: str) -> dict[str, Any]:
    return {
        "anchor": False,
        "caseExact": False,
        "defaultValue": None,
        "flowNullValues": False,
        "multivalued": False,
        "mutability": "ReadWrite",
        "name": name,
        "required": False,
        "type": "String",
        "apiExpressions": [],
        "metadata": [],
        "referencedObjects": [],
    }


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
