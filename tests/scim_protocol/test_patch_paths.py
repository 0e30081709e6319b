"""Every form of path with every operation, on a made-up resource (RFC 7644 §3.5.2, §3.10)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from app.attributes.documents import InvalidValue
from app.attributes.paths import InvalidPath
from app.scim.protocol import entra, patch
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch
from tests.support.made_up import DEVICE, DEVICE_URN, LEASE_URN

Document = dict[str, Any]
OTHER = "urn:example:schemas:extension:other:2.0:User"

LAN = {"value": "eth0", "type": "lan", "primary": True, "speed": 100}
USB = {"value": "usb0", "type": "usb"}
WIFI = {"value": "wlan0", "type": "lan", "speed": 50}
ROUTER: Document = {
    "label": "Router",
    "note": "old",
    "on": True,
    "tags": ["a", "b", "c"],
    "sizes": [1, 2],
    "place": {"room": "7", "desk": "2"},
    "ports": [LAN, USB, WIFI],
    LEASE_URN: {"contract": "C-1", "rate": 2.5, "lessor": {"value": "1", "$ref": "../1", "name": "Ann"}},
    OTHER: {"list": ["x", "y"], "Things": [{"type": "a", "value": 1}], "flag": 1, "deep": {"a": 1, "b": 2}},
}


def patched(*operations: Document, before: Document = ROUTER) -> Document:
    lawful = entra.rewrite(read_patch({"Operations": list(operations)}), DEVICE)
    return patch.apply(before, lawful, DEVICE)


def op(name: str, path: str | None, value: Any = ...) -> Document:
    operation = {"op": name, **({} if path is None else {"path": path})}
    return operation if value is ... else {**operation, "value": value}


def router(**changes: Any) -> Document:
    """The router after changes; None takes an attribute away."""
    return {key: value for key, value in {**deepcopy(ROUTER), **changes}.items() if value is not None}


def lease(**changes: Any) -> Document:
    inner = {key: value for key, value in {**ROUTER[LEASE_URN], **changes}.items() if value is not None}
    return router(**{LEASE_URN: inner})


def other(**changes: Any) -> Document:
    inner = {key: value for key, value in {**ROUTER[OTHER], **changes}.items() if value is not None}
    return router(**{OTHER: inner})


def ports(*entries: Document) -> Document:
    return router(ports=list(entries) or None)


LESSOR = ROUTER[LEASE_URN]["lessor"]

AFTER = [
    # an attribute
    (op("add", "note", "new"), router(note="new")),
    (op("replace", "note", "new"), router(note="new")),
    (op("replace", "NOTE", "new"), router(note="new")),
    (op("replace", f"{DEVICE_URN}:note", "new"), router(note="new")),
    (op("replace", f"{DEVICE_URN.upper()}:Note", "new"), router(note="new")),
    (op("add", "color", "red"), router(color="red")),
    (op("remove", "note"), router(note=None)),
    (op("remove", "color"), router()),
    (op("replace", "note", None), router(note=None)),
    # a complex attribute
    (op("add", "place", {"desk": "3"}), router(place={"room": "7", "desk": "3"})),
    (op("replace", "place", {"desk": "3"}), router(place={"room": "7", "desk": "3"})),
    (op("replace", "place", {"Desk": None}), router(place={"room": "7"})),
    (op("replace", "place", {}), router()),
    (op("replace", "place.desk", "3"), router(place={"room": "7", "desk": "3"})),
    (op("replace", f"{DEVICE_URN}:place.desk", "3"), router(place={"room": "7", "desk": "3"})),
    (op("remove", "place.desk"), router(place={"room": "7"})),
    (op("remove", "place"), router(place=None)),
    (op("replace", 'place[room eq "7"].desk', "3"), router(place={"room": "7", "desk": "3"})),
    (op("remove", 'place[room eq "8"].desk'), router()),
    # simple values
    (op("add", "tags", ["c", "d"]), router(tags=["a", "b", "c", "d"])),
    (op("add", "tags", "d"), router(tags=["a", "b", "c", "d"])),
    (op("add", "tags", []), router()),
    (op("replace", "tags", ["d"]), router(tags=["d"])),
    (op("replace", "tags", []), router(tags=None)),
    (op("remove", "tags"), router(tags=None)),
    (op("remove", 'tags[value eq "b"]'), router(tags=["a", "c"])),
    (op("remove", 'tags[value sw "a" or value eq "C"]'), router(tags=["b"])),
    (op("remove", 'tags[not (value eq "b")]'), router(tags=["b"])),
    (op("remove", "sizes[value gt 1]"), router(sizes=[1])),
    (op("replace", 'tags[value eq "b"]', "d"), router(tags=["a", "d", "c"])),
    (op("replace", 'tags[value eq "b"]', "a"), router(tags=["a", "c"])),
    # entries
    (op("add", "ports", {"value": "x"}), ports(LAN, USB, WIFI, {"value": "x"})),
    (op("add", "ports", [{"value": "x"}, USB]), ports(LAN, USB, WIFI, {"value": "x"})),
    (op("add", "ports", {**USB, "speed": 5}), ports(LAN, {**USB, "speed": 5}, WIFI)),
    (op("replace", "ports", {"value": "x"}), ports({"value": "x"})),
    (op("replace", "ports", [USB]), ports(USB)),
    (op("remove", "ports"), ports()),
    (op("remove", 'ports[type eq "usb"]'), ports(LAN, WIFI)),
    (op("remove", 'ports[type eq "lan"]'), ports(USB)),
    (op("remove", f'{DEVICE_URN}:PORTS[TYPE EQ "LAN"]'), ports(USB)),
    (op("remove", 'ports[type eq "none"]'), router()),
    (op("remove", "ports[value pr]"), ports()),
    (op("remove", 'ports[type eq "lan" and primary eq true]'), ports(USB, WIFI)),
    (op("remove", 'ports[type eq "usb" or speed lt 60]'), ports(LAN)),
    (op("remove", "ports[not (primary eq true)]"), ports(LAN)),
    (op("remove", 'ports[(type eq "usb" or type eq "lan") and not (speed pr)]'), ports(LAN, WIFI)),
    (op("replace", 'ports[type eq "lan"].speed', 7), ports({**LAN, "speed": 7}, USB, {**WIFI, "speed": 7})),
    (op("add", 'ports[type eq "usb"].speed', 7), ports(LAN, {**USB, "speed": 7}, WIFI)),
    (op("remove", 'ports[type eq "lan"].speed'), ports({**LAN, "speed": ...}, USB, {**WIFI, "speed": ...})),
    (op("replace", 'ports[type eq "usb"]', {"speed": 7}), ports(LAN, {**USB, "speed": 7}, WIFI)),
    (op("add", 'ports[type eq "usb"]', {"speed": 7}), ports(LAN, {**USB, "speed": 7}, WIFI)),
    (op("replace", 'ports[value eq "eth0"]', {"speed": None}), ports({**LAN, "speed": ...}, USB, WIFI)),
    (op("replace", "ports.speed", 7), ports(*({**one, "speed": 7} for one in (LAN, USB, WIFI)))),
    (op("remove", "ports.speed"), ports({**LAN, "speed": ...}, USB, {**WIFI, "speed": ...})),
    (op("replace", 'ports[value eq "wlan0"].value', "eth0"), ports({**LAN}, USB)),
    # an extension
    (op("replace", f"{LEASE_URN}:rate", 3), lease(rate=3)),
    (op("replace", f"{LEASE_URN.lower()}:RATE", 3), lease(rate=3)),
    (op("remove", f"{LEASE_URN}:rate"), lease(rate=None)),
    (op("replace", f"{LEASE_URN}:lessor.name", "Bob"), lease(lessor={**LESSOR, "name": "Bob"})),
    (op("remove", f"{LEASE_URN}:lessor.name"), lease(lessor={"value": "1", "$ref": "../1"})),
    (op("replace", f"{LEASE_URN}:lessor", {"name": "Bob"}), lease(lessor={**LESSOR, "name": "Bob"})),
    (op("replace", f"{LEASE_URN}:lessor", {"value": "1"}), router()),
    (op("replace", f"{LEASE_URN}:lessor", {"value": "2"}), lease(lessor={"value": "2", "name": "Ann"})),
    (op("replace", f"{LEASE_URN}:lessor.value", "2"), lease(lessor={"value": "2", "name": "Ann"})),
    (op("remove", f'{LEASE_URN}:lessor[value eq "1"]'), lease(lessor=None)),
    (op("remove", f'{LEASE_URN}:lessor[value eq "2"]'), router()),
    (op("add", LEASE_URN, {"rate": 3}), lease(rate=3)),
    (
        op("replace", LEASE_URN.upper(), {"Rate": 3, "lessor": {"name": ""}}),
        lease(rate=3, lessor={**LESSOR, "name": ...}),
    ),
    (op("replace", LEASE_URN, {}), router()),
    (op("remove", LEASE_URN), router(**{LEASE_URN: None})),
    (op("replace", LEASE_URN, None), router(**{LEASE_URN: None})),
    # without a path
    (op("add", None, {"note": "new", "tags": ["d"]}), router(note="new", tags=["a", "b", "c", "d"])),
    (op("replace", None, {"note": "new", "tags": ["d"]}), router(note="new", tags=["d"])),
    (
        op("add", None, {"place": {"desk": "3"}, LEASE_URN: {"rate": 3}}),
        {**lease(rate=3), "place": {"room": "7", "desk": "3"}},
    ),
    (op("replace", None, {LEASE_URN: {"lessor": {"name": "Bob"}}}), lease(lessor={**LESSOR, "name": "Bob"})),
    (op("replace", None, {DEVICE_URN: {"note": "new"}}), router(note="new")),
    (op("replace", None, {"uptime": 5, "id": "1", "schemas": [], "note": "new"}), router(note="new")),
    # an extension that nobody knows
    (op("replace", f"{OTHER}:flag", True), other(flag=True)),
    (op("replace", f"{OTHER.upper()}:FLAG", 2), other(flag=2)),
    (op("replace", f"{OTHER}:new", {"a": "", "b": 1}), other(new={"b": 1})),
    (op("add", f"{OTHER}:list", ["y", "z"]), other(list=["x", "y", "z"])),
    (op("add", f"{OTHER}:list", "z"), other(list=["x", "y", "z"])),
    (op("replace", f"{OTHER}:list", ["z"]), other(list=["z"])),
    (op("remove", f'{OTHER}:list[value eq "x"]'), other(list=["y"])),
    (op("remove", f"{OTHER}:list"), other(list=None)),
    (op("add", f"{OTHER}:deep", {"B": 3}), other(deep={"a": 1, "b": 3})),
    (op("replace", f"{OTHER}:deep.a", 3), other(deep={"a": 3, "b": 2})),
    (op("replace", f"{OTHER}:flag.part", "3"), other(flag={"part": "3"})),
    (op("remove", f"{OTHER}:flag.part"), router()),
    (op("remove", f"{OTHER}:deep.A"), other(deep={"b": 2})),
    (op("replace", f'{OTHER}:things[type eq "a"].value', 2), other(Things=[{"type": "a", "value": 2}])),
    (
        op("add", f'{OTHER}:things[type eq "b"].value', 2),
        other(Things=[*ROUTER[OTHER]["Things"], {"type": "b", "value": 2}]),
    ),
    (op("add", f'{OTHER}:fresh[type eq "b"].value', 2), other(fresh=[{"type": "b", "value": 2}])),
    (op("remove", OTHER), router(**{OTHER: None})),
    (op("add", OTHER, {"flag": True}), other(flag=True)),
]


def without_dots(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_dots(inner) for key, inner in value.items() if inner is not ...}
    return [without_dots(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("operation", "after"), AFTER, ids=[" ".join(str(part) for part in one.values()) for one, _ in AFTER]
)
def test_router_after(operation: Document, after: Document) -> None:
    before = deepcopy(ROUTER)

    assert patched(operation, before=before) == without_dots(after)
    assert before == ROUTER


@pytest.mark.parametrize(
    ("operation", "error", "scim_type", "reason"),
    [
        (op("replace", 'ports[speed gt 900].type', "x"), ScimError, "noTarget", "does not say what to create"),
        (op("add", 'ports[type eq "a" or type eq "b"].speed', 5), ScimError, "noTarget", "does not say what"),
        (op("replace", 'ports[not (value pr)]', {"value": "x"}), ScimError, "noTarget", "does not say what"),
        (op("add", 'ports[type eq "a" and type eq "b"].speed', 5), ScimError, "noTarget", "not what it describes"),
        (op("add", 'ports[type eq "a"].type', "b"), ScimError, "noTarget", "not what it describes"),
        (op("replace", 'place[room eq "8"].desk', "3"), ScimError, "noTarget", "selects nothing to replace"),
        (op("replace", f"{OTHER}:list.part", "3"), ScimError, "noTarget", "a value without parts"),
        (op("add", "ports[type eq", "x"), InvalidPath, None, "is not an attribute path"),
        (op("add", "ports[]", "x"), InvalidPath, None, "is not an attribute path"),
        (op("add", 'note eq "x"', "x"), InvalidPath, None, "is not an attribute path"),
        (op("add", 'note[value eq "x"]', "x"), InvalidPath, None, "has no sub-attributes to filter by"),
        (op("add", 'ports[primary gt true]', {}), InvalidPath, None, "is a boolean"),
        (op("add", f"{OTHER}:{'x' * 300}", 5), InvalidValue, None, "is longer than 255 characters"),
        (op("add", f"urn:{'x' * 300}:Device:name", 5), InvalidValue, None, "is longer than 255 characters"),
        (op("replace", "place", "x"), InvalidValue, None, "place must be an object, not a text"),
        (op("replace", LEASE_URN, "x"), ScimError, "invalidValue", "must be an object with the extension's"),
        (op("replace", "place.desk", 5), InvalidValue, None, r"place\.desk must be a text"),
        (op("replace", 'ports[type eq "usb"].speed', "x"), InvalidValue, None, r"ports\[.*\]\.speed must be a number"),
        (op("replace", 'ports[type eq "usb"]', [5]), InvalidValue, None, "must be an object, not a"),
        (op("add", 'ports[speed eq 1.5].value', "x"), InvalidValue, None, r"speed must be a whole number"),
    ],
)  # fmt: skip
def test_refused(operation: Document, error: type[Exception], scim_type: str | None, reason: str) -> None:
    with pytest.raises(error, match=reason) as refused:
        patched(operation)

    assert getattr(refused.value, "scim_type", None) == scim_type


def test_a_refused_operation_undoes_those_before_it() -> None:
    before = deepcopy(ROUTER)

    with pytest.raises(ScimError):
        patched(
            op("replace", "note", "new"), op("remove", 'ports[type eq "lan"]'), op("remove", "label"), before=before
        )

    assert before == ROUTER


def test_removing_and_setting_what_is_required_is_a_change_like_any_other() -> None:
    assert patched(op("remove", "label"), op("add", "label", "new"))["label"] == "new"
