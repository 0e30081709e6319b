"""What schemas demand is demanded, whatever the attribute is called: a made-up schema proves it (RFC 7643 §2.2, §7)."""

from __future__ import annotations

from typing import Any

import pytest

from app.scim.protocol import bodies, entra, patch
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch
from app.scim.protocol.projection import EVERYTHING, Projection
from tests.support.made_up import DEVICE, LEASE_URN

Document = dict[str, Any]

PRINTER: Document = {
    "label": "Printer",
    "serial": "SN-1",
    "exact": "Ab",
    "badges": ["a", "b"],
    "place": {"room": "7", "building": "North", "code": "1234"},
    "ports": [{"value": "eth0", "type": "lan", "mac": "00:01", "primary": True}, {"value": "usb", "type": "usb"}],
    "pin": "0000",
    "secret": "hash",
    "history": "long",
    LEASE_URN: {"contract": "C-1", "start": "2026-01-05T09:00:00Z"},
}


def printer(**changes: Any) -> Document:
    """The printer after changes; None takes an attribute away."""
    return {key: value for key, value in {**PRINTER, **changes}.items() if value is not None}


def posted(body: Document) -> Document:
    return bodies.read_resource(body, DEVICE)


def put(body: Document, before: Document = PRINTER) -> Document:
    return bodies.replaced(before, bodies.read_resource(body, DEVICE), DEVICE)


def patched(op: str, path: str | None, value: Any = None, before: Document = PRINTER) -> Document:
    operation = {"op": op, "value": value} if path is None else {"op": op, "path": path, "value": value}
    lawful = entra.rewrite(read_patch({"Operations": [operation]}), DEVICE)
    return patch.apply(before, lawful, DEVICE)


# --- required -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param({"note": "x"}, "label is required", id="an attribute"),
        pytest.param({"label": ""}, "label is required", id="an attribute that is empty"),
        pytest.param({"label": "x", "place": {"desk": "1"}}, "place.room is required", id="a part of what is there"),
        pytest.param({"label": "x", "ports": [{"value": "a"}, {"type": "b"}]}, "ports.value", id="a part of an entry"),
        pytest.param({"label": "x", LEASE_URN: {"rate": 5}}, f"{LEASE_URN}:contract", id="in an extension"),
        pytest.param(
            {"label": "x", LEASE_URN: {"contract": "x", "lessor": {"name": "y"}}},
            f"{LEASE_URN}:lessor.value",
            id="a part in an extension",
        ),
    ],
)
def test_a_body_must_have(body: Document, reason: str) -> None:
    for write in (posted, put):
        with pytest.raises(ScimError, match=reason) as refused:
            write(body)

        assert refused.value.scim_type == "invalidValue"


def test_what_is_not_there_needs_no_parts_and_what_is_read_only_is_the_servers_to_provide() -> None:
    assert posted({"label": "x"}) == {"label": "x"}


@pytest.mark.parametrize(
    ("op", "path", "value", "scim_type"),
    [
        pytest.param("remove", "label", None, "mutability", id="removed"),
        pytest.param("remove", "place.room", None, "mutability", id="a part removed"),
        pytest.param("remove", 'ports[type eq "lan"].value', None, "mutability", id="a part of an entry removed"),
        pytest.param("remove", f"{LEASE_URN}:contract", None, "mutability", id="removed from an extension"),
        pytest.param("replace", "label", "", "invalidValue", id="emptied"),
        pytest.param("replace", "label", None, "invalidValue", id="set to null"),
        pytest.param("replace", None, {"place": {"room": ""}}, "invalidValue", id="a part emptied"),
        pytest.param("add", "ports", [{"type": "x"}], "invalidValue", id="an entry without"),
        pytest.param("add", f"{LEASE_URN}:lessor.name", "x", "invalidValue", id="in an extension, a part without"),
    ],
)
def test_a_patch_cannot_end_without(op: str, path: str, value: Any, scim_type: str) -> None:
    before = printer(**{LEASE_URN: {"contract": "C-1", "rate": 5}})

    with pytest.raises(ScimError, match="is required") as refused:
        patched(op, path, value, before)

    assert refused.value.scim_type == scim_type


def test_what_is_required_goes_with_the_whole_that_it_is_a_part_of() -> None:
    assert LEASE_URN not in patched("remove", LEASE_URN, before={"label": "x", LEASE_URN: {"contract": "C-1"}})
    assert "ports" not in patched("remove", "ports")


# --- readOnly -----------------------------------------------------------------------------------------------------


def test_read_only_values_in_bodies_are_ignored() -> None:
    body = {
        "label": "x",
        "uptime": 5,
        "id": "1",
        "schemas": ["x"],
        "meta": {"version": "1"},
        "place": {"room": "7", "floor": 3},
        LEASE_URN: {"contract": "C-1", "state": "over"},
    }

    assert posted(body) == {"label": "x", "place": {"room": "7"}, LEASE_URN: {"contract": "C-1"}}


@pytest.mark.parametrize("path", ["uptime", "id", "meta", "meta.created", "place.floor", f"{LEASE_URN}:state"])
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_a_read_only_attribute_is_no_target(op: str, path: str) -> None:
    with pytest.raises(ScimError, match="is set by the server") as refused:
        patched(op, path, 5)

    assert refused.value.scim_type == "mutability"


def test_read_only_parts_of_a_value_are_ignored() -> None:
    assert patched("replace", "place", {"desk": "3", "floor": 9})["place"] == {**PRINTER["place"], "desk": "3"}


# --- immutable ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="the same again"),
        pytest.param({"serial": "sn-1"}, id="in another case, where case does not matter"),
        pytest.param({"badges": ["b", "a"]}, id="in another order"),
        pytest.param({"serial": None}, id="left out"),
        pytest.param({"place": {"room": "7", "code": "1234"}}, id="a part left out"),
        pytest.param({"ports": [{"value": "wifi"}]}, id="other entries"),
        pytest.param({LEASE_URN: None}, id="left out with its extension"),
    ],
)
def test_a_replacement_keeps_what_is_set_once(changes: Document) -> None:
    before = printer(**{LEASE_URN: {"contract": "C-1"}}) if changes == {LEASE_URN: None} else PRINTER

    after = put(printer(**changes), before)

    assert after["badges"] in (["a", "b"], ["b", "a"])
    assert after["serial"].lower() == "sn-1"
    assert after["place"]["building"] == "North"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        pytest.param({"serial": "SN-2"}, "serial", id="another value"),
        pytest.param({"exact": "AB"}, "exact", id="another case, where case matters"),
        pytest.param({"badges": ["a"]}, "badges", id="fewer values"),
        pytest.param({"place": {"room": "7", "building": "South"}}, "place.building", id="a part"),
        pytest.param(
            {LEASE_URN: {"contract": "C-1", "start": "2027-01-05T09:00:00Z"}},
            f"{LEASE_URN}:start",
            id="in an extension",
        ),
    ],
)
def test_a_replacement_cannot_change_what_is_set_once(changes: Document, path: str) -> None:
    with pytest.raises(ScimError, match=f"^{path} is set once") as refused:
        put(printer(**changes))

    assert refused.value.scim_type == "mutability"


def test_what_is_set_once_can_be_set_when_it_was_not() -> None:
    assert put({"label": "x", "serial": "new"}, {"label": "x"})["serial"] == "new"
    assert patched("add", "serial", "new", {"label": "x"})["serial"] == "new"
    assert patched("add", 'ports[type eq "usb"].mac', "00:02")["ports"][1]["mac"] == "00:02"


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        pytest.param("replace", "serial", "SN-2", id="replaced"),
        pytest.param("add", "serial", "SN-2", id="added"),
        pytest.param("remove", "serial", None, id="removed"),
        pytest.param("replace", "serial", "", id="emptied"),
        pytest.param("add", "badges", ["c"], id="a value more"),
        pytest.param("remove", 'badges[value eq "a"]', None, id="a value less"),
        pytest.param("replace", "place.building", "South", id="a part"),
        pytest.param("replace", "place", {"building": "South"}, id="a part in its whole"),
        pytest.param("remove", "place", None, id="with its whole"),
        pytest.param("replace", 'ports[type eq "lan"].mac', "00:09", id="a part of an entry"),
        pytest.param("remove", 'ports[type eq "lan"].mac', None, id="a part of an entry removed"),
        pytest.param("add", "ports", [{"type": "lan", "value": "eth0", "mac": "00:09"}], id="an entry that is there"),
        pytest.param("replace", f"{LEASE_URN}:start", "2027-01-05T09:00:00Z", id="in an extension"),
        pytest.param("remove", LEASE_URN, None, id="with its extension"),
    ],
)
def test_a_patch_cannot_change_what_is_set_once(op: str, path: str, value: Any) -> None:
    with pytest.raises(ScimError, match="is set once") as refused:
        patched(op, path, value)

    assert refused.value.scim_type == "mutability"


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        pytest.param("replace", "serial", "SN-1", id="the same value"),
        pytest.param("add", "badges", ["b"], id="a value that is there"),
        pytest.param("replace", 'ports[type eq "lan"].mac', "00:01", id="the same part"),
        pytest.param("remove", 'ports[type eq "usb"].mac', None, id="removing what is not there"),
    ],
)
def test_saying_again_what_is_set_once_changes_nothing(op: str, path: str, value: Any) -> None:
    assert patched(op, path, value) == PRINTER


def test_entries_come_and_go_with_what_is_set_once_in_them() -> None:
    assert len(patched("remove", 'ports[type eq "lan"]')["ports"]) == 1


# --- writeOnly and returned ---------------------------------------------------------------------------------------


def test_what_is_write_only_is_kept_and_never_shown() -> None:
    shown = EVERYTHING.of(PRINTER, DEVICE)
    asked = Projection(attributes=("pin", "secret", "place.code", "label")).of(PRINTER, DEVICE)

    assert posted({"label": "x", "pin": "1"}) == {"label": "x", "pin": "1"}
    assert not {"pin", "secret", "history"} & shown.keys()
    assert shown["place"] == {"room": "7", "building": "North"}
    assert asked == {"label": "Printer"}


def test_what_is_returned_on_request_is_shown_on_request() -> None:
    assert Projection(attributes=("history",)).of(PRINTER, DEVICE) == {"history": "long"}


def test_putting_back_what_was_read_changes_nothing() -> None:
    assert put(EVERYTHING.of(PRINTER, DEVICE)) == PRINTER


def test_what_is_write_only_can_be_replaced_and_removed() -> None:
    assert put(printer(pin="1"))["pin"] == "1"
    assert "pin" not in patched("remove", "pin")


# --- canonicalValues, primary -------------------------------------------------------------------------------------


def test_canonical_values_are_suggestions() -> None:
    assert posted({"label": "x", "color": "mauve"})["color"] == "mauve"


TWO = [{"value": "a", "primary": True}, {"value": "b", "primary": "True"}]


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda: posted({"label": "x", "ports": TWO}), id="POST"),
        pytest.param(lambda: put({"label": "x", "ports": TWO}), id="PUT"),
        pytest.param(lambda: patched("replace", "ports", TWO), id="replace"),
        pytest.param(lambda: patched("add", None, {"ports": TWO}), id="add"),
    ],
)
def test_two_primary_entries_at_once_are_refused(write: Any) -> None:
    with pytest.raises(ValueError, match="ports has more than one primary entry"):
        write()


@pytest.mark.parametrize(
    ("op", "path", "value", "primary"),
    [
        pytest.param("add", "ports", {"value": "wifi", "primary": True}, [False, None, True], id="a new entry"),
        pytest.param("add", "ports", {"value": "usb", "type": "usb", "primary": True}, [False, True], id="one there"),
        pytest.param("replace", 'ports[type eq "usb"].primary', True, [False, True], id="by its part"),
        pytest.param("replace", 'ports[type eq "usb"]', {"primary": "true"}, [False, True], id="in an entry"),
        pytest.param("add", 'ports[value eq "x"].primary', True, [False, None, True], id="an entry that is created"),
        pytest.param("replace", "ports[value pr].primary", True, [True, False], id="all of them: it stays who was"),
        pytest.param("replace", 'ports[type eq "lan"].primary', False, [False, None], id="nobody any more"),
        pytest.param("replace", 'ports[type eq "lan"].speed', 5, [True, None], id="another part"),
    ],
)
def test_another_primary_entry_ends_the_old_ones_being_so(op: str, path: str, value: Any, primary: list[Any]) -> None:
    assert [entry.get("primary") for entry in patched(op, path, value)["ports"]] == primary
