"""Which attributes an answer shows (RFC 7644 §3.9, RFC 7643 §7), for users and for a schema made up for the purpose."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER, USER, Attribute, ResourceType, Schema
from app.scim.protocol.projection import Projection

STRANGE = "urn:x:y:2.0:User"

INES: dict[str, Any] = {
    "schemas": [USER.schema.urn, ENTERPRISE_USER, STRANGE],
    "id": "1",
    "userName": "ines",
    "title": "CFO",
    "name": {"givenName": "Ines", "familyName": "JONES"},
    "emails": [{"value": "a@x", "type": "work"}, {"value": "b@x"}, {"type": "home"}],
    ENTERPRISE_USER: {"department": "Finance", "manager": {"value": "2", "displayName": "Boss"}},
    STRANGE: {"size": 7, "colour": "red", "parts": [1.5, {"a": 1, "b": 2}]},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}
ALWAYS = {"schemas": INES["schemas"], "id": "1"}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        pytest.param(["userName"], {"userName": "ines"}, id="an attribute"),
        pytest.param(["USERNAME"], {"userName": "ines"}, id="in any case"),
        pytest.param([f"{USER.schema.urn}:userName"], {"userName": "ines"}, id="behind the core URN"),
        pytest.param(["name"], {"name": INES["name"]}, id="a complex one"),
        pytest.param(["name.givenName"], {"name": {"givenName": "Ines"}}, id="a part of it"),
        pytest.param(["name.givenName", "name.familyName"], {"name": INES["name"]}, id="two parts"),
        pytest.param(["name", "name.givenName"], {"name": INES["name"]}, id="a part of what is shown whole"),
        pytest.param(["emails.value"], {"emails": [{"value": "a@x"}, {"value": "b@x"}]}, id="a part of each entry"),
        pytest.param(["emails.value", "emails.type"], {"emails": INES["emails"]}, id="two parts of each"),
        pytest.param([ENTERPRISE_USER], {ENTERPRISE_USER: INES[ENTERPRISE_USER]}, id="an extension as a whole"),
        pytest.param([ENTERPRISE_USER.upper()], {ENTERPRISE_USER: INES[ENTERPRISE_USER]}, id="its URN in any case"),
        pytest.param([f"{ENTERPRISE_USER}:department"], {ENTERPRISE_USER: {"department": "Finance"}}, id="an attribute of it"),
        pytest.param([f"{ENTERPRISE_USER}:manager.value"], {ENTERPRISE_USER: {"manager": {"value": "2"}}}, id="a part of that"),
        pytest.param([STRANGE], {STRANGE: INES[STRANGE]}, id="an unknown extension"),
        pytest.param([f"{STRANGE}:size"], {STRANGE: {"size": 7}}, id="an attribute there"),
        pytest.param([f"{STRANGE}:size.foo", f"{STRANGE}:colour.r"], {}, id="a part of what has none"),
        pytest.param([f"{STRANGE}:parts.a"], {STRANGE: {"parts": [{"a": 1}]}}, id="a part that one entry has"),
        pytest.param([f"{STRANGE}:parts", f"{STRANGE}:parts.a"], {STRANGE: {"parts": INES[STRANGE]["parts"]}}, id="a part of entries shown whole"),
        pytest.param(["meta"], {"meta": INES["meta"]}, id="meta"),
        pytest.param(["meta.version"], {"meta": {"version": 'W/"1"'}}, id="a part of meta"),
        pytest.param(["nickName"], {}, id="what there is no value for"),
        pytest.param(["shoeSize", "name.shoeSize", "emails[", LANYARD_USER], {}, id="what means nothing"),
        pytest.param(["id"], {}, id="what is shown anyway"),
    ],
)  # fmt: skip
def test_asked_for(names: list[str], shown: dict[str, Any]) -> None:
    assert Projection(attributes=tuple(names)).of(INES, USER) == {**ALWAYS, **shown}


def without(*keys: str, **changed: Any) -> dict[str, Any]:
    return {key: value for key, value in {**INES, **changed}.items() if key not in keys}


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        pytest.param(["title"], without("title"), id="an attribute"),
        pytest.param(["name.givenName"], without(name={"familyName": "JONES"}), id="a part of one"),
        pytest.param(["emails.type"], without(emails=[{"value": "a@x"}, {"value": "b@x"}]), id="a part of each entry"),
        pytest.param(["name.givenName", "name.familyName"], without("name"), id="all parts of one"),
        pytest.param([ENTERPRISE_USER], without(ENTERPRISE_USER), id="an extension"),
        pytest.param([f"{ENTERPRISE_USER}:department"], without(**{ENTERPRISE_USER: {"manager": INES[ENTERPRISE_USER]["manager"]}}), id="an attribute of it"),
        pytest.param([f"{STRANGE}:{name}" for name in INES[STRANGE]], without(STRANGE), id="all that stands there"),
        pytest.param([f"{STRANGE}:size.foo", f"{STRANGE}:colour.r"], INES, id="a part of what has none"),
        pytest.param([f"{STRANGE}:parts.a"], without(**{STRANGE: {**INES[STRANGE], "parts": [1.5, {"b": 2}]}}), id="a part that one entry has"),
        pytest.param(["id", "schemas"], INES, id="what is always shown"),
        pytest.param(["shoeSize", "title["], INES, id="what means nothing"),
    ],
)  # fmt: skip
def test_done_without(names: list[str], shown: dict[str, Any]) -> None:
    assert Projection(excluded=tuple(names)).of(INES, USER) == shown


def test_nothing_is_changed_in_what_was_given() -> None:
    before = repr(INES)

    Projection(excluded=("name.givenName", f"{STRANGE}:size", "emails.type")).of(INES, USER)
    Projection(attributes=("emails.type", "emails.value")).of(INES, USER)

    assert repr(INES) == before


ROBOT = ResourceType(
    "Robot",
    "/Robots",
    Schema(
        "urn:x:robot",
        "Robot",
        "Made up",
        (
            Attribute("serial", returned="always"),
            Attribute("model"),
            Attribute("secret", returned="never"),
            Attribute("log", returned="request"),
            Attribute(
                "arms",
                "complex",
                multi_valued=True,
                sub_attributes=(
                    Attribute("value", returned="always"),
                    Attribute("side"),
                    Attribute("pin", returned="never"),
                    Attribute("wear", returned="request"),
                ),
            ),
        ),
        document={},
    ),
)
ARM = {"value": "a", "side": "left", "pin": "1", "wear": "low"}
ROBBY = {"serial": "s", "model": "m", "secret": "x", "log": "l", "arms": [ARM]}


@pytest.mark.parametrize(
    ("projection", "shown"),
    [
        pytest.param(
            Projection(),
            {"serial": "s", "model": "m", "arms": [{"value": "a", "side": "left"}]},
            id="by itself: neither what is never shown nor what waits to be asked for",
        ),
        pytest.param(Projection(("log",)), {"serial": "s", "arms": [{"value": "a"}], "log": "l"}, id="asked for"),
        pytest.param(Projection(("secret", "model")), {"serial": "s", "arms": [{"value": "a"}], "model": "m"}, id="never, whoever asks"),
        pytest.param(Projection(("arms",)), {"serial": "s", "arms": [{"value": "a", "side": "left"}]}, id="an attribute with such parts"),
        pytest.param(Projection(("arms.wear",)), {"serial": "s", "arms": [{"value": "a", "wear": "low"}]}, id="such a part"),
        pytest.param(Projection(("arms.pin",)), {"serial": "s", "arms": [{"value": "a"}]}, id="a part that is never shown"),
        pytest.param(Projection((), ("serial", "model")), {"serial": "s", "arms": [{"value": "a", "side": "left"}]}, id="always, whoever does without"),
        pytest.param(Projection((), ("arms.value", "arms.side")), {"serial": "s", "model": "m", "arms": [{"value": "a"}]}, id="a part that always is"),
    ],
)  # fmt: skip
def test_what_a_schema_says_about_returning_holds(projection: Projection, shown: dict[str, Any]) -> None:
    assert projection.of(ROBBY, ROBOT) == shown


@pytest.mark.parametrize(
    ("projection", "wanted"),
    [
        pytest.param(Projection(), True, id="everything"),
        pytest.param(Projection(("userName",)), False, id="something else"),
        pytest.param(Projection(("Members.value",)), True, id="a part of it"),
        pytest.param(Projection((f"{USER.schema.urn}:members",)), True, id="behind a URN"),
        pytest.param(Projection((), ("members",)), False, id="all but it"),
        pytest.param(Projection((), ("members.display",)), True, id="all but a part of it"),
    ],
)
def test_what_nobody_wants_need_not_be_looked_up(projection: Projection, wanted: bool) -> None:
    assert projection.wants("members") is wanted
