"""Each write leaves one row, in a sentence that says what it said and what it did."""

from __future__ import annotations

from typing import Any

import pytest

from app.scim.protocol.sentences import Effect, Written, WrittenGroup, sentence
from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.support.client import Client

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "Replace", "path": path, "value": value}


@pytest.fixture
def ines(client: Client, nordwind: Company) -> str:
    """The id of somebody with a live card of Sales."""
    user = client.create_user("ines@nordwind.example", displayName="Ines Jones", title="CFO")
    client.create_group("Cards - Sales", user["id"])
    return str(user["id"])


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param([replace("title", "Head of Sales")], "title changed to Head of Sales; card updated", id="a shown value"),
        pytest.param([replace(f"{ENTERPRISE}:department", "Sales")], "department set to Sales", id="a value that is not shown"),
        pytest.param([{"op": "Remove", "path": "title"}], "title removed; card updated", id="a removed value"),
        pytest.param([replace("title", "CFO")], "nothing changed", id="the same again"),
        pytest.param([replace("active", "False")], "disabled; card paused", id="a leaver"),
        pytest.param([replace("active", "False"), replace("title", "-")], "title changed to -; disabled; card paused", id="a card that is taken down is not updated"),
        pytest.param([replace('emails[type eq "work"].value', "i@nordwind.example")], "emails[work].value set to i@nordwind.example", id="an entry of a list"),
        pytest.param([replace("name.givenName", "Inês"), replace("name.familyName", "Jones")], "name.givenName set to Inês, name.familyName set to Jones; card updated", id="several"),
        pytest.param([replace("userName", "i.jones@nordwind.example")], "userName changed to i.jones@nordwind.example", id="a new user name"),
    ],
)  # fmt: skip
def test_a_patch_of_a_user_is_told(
    client: Client, log: Log, ines: str, operations: list[dict[str, Any]], expected: str
) -> None:
    before = len(log.rows())

    answer = client.patch(f"/Users/{ines}", *operations)

    *rest, row = log.rows()
    assert len(rest) == before
    assert (row["sentence"], row["status"], row["scim_type"]) == (expected, 200, None)
    assert (row["actor"], row["method"], row["resource"], row["resource_id"]) == ("token:Entra", "PATCH", "User", ines)
    assert row["request_id"] == answer.headers["X-Request-Id"]
    assert row["body"]["Operations"] == operations
    assert row["duration_ms"] > 0


def test_a_leaver_who_comes_back_and_goes_for_good(client: Client, log: Log, ines: str) -> None:
    client.patch(f"/Users/{ines}", replace("active", "False"))
    client.patch(f"/Users/{ines}", replace("active", "True"))
    client.delete(f"/Users/{ines}")

    assert log.sentences() == [
        "created ines@nordwind.example",
        "created Cards - Sales with 1 member; 1 binding found the group; 1 card issued",
        "disabled; card paused",
        "enabled; card resumed",
        "deleted ines@nordwind.example; card paused",
    ]
    assert [row["status"] for row in log.rows()] == [201, 201, 200, 200, 204]


def test_what_happens_to_a_group_is_told_with_its_cards(client: Client, log: Log, nordwind: Company) -> None:
    ann, ben = (client.create_user(f"{name}@nordwind.example")["id"] for name in ("ann", "ben"))
    group = client.create_group("Cards - Sales")["id"]
    both = [{"value": ann}, {"value": ben}]

    client.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": both})
    client.patch(f"/Groups/{group}", {"op": "Add", "path": "members", "value": both})
    client.patch(f"/Groups/{group}", {"op": "Remove", "path": "members", "value": [{"value": ben}]})
    client.patch(f"/Groups/{group}", replace("displayName", "Cards - Sellers"))
    client.put(f"/Groups/{group}", {"displayName": "Cards - Sellers", "members": [{"value": ben}]})
    client.delete(f"/Groups/{group}")

    assert log.sentences()[3:] == [
        "2 members added to Cards - Sales; 2 cards issued",
        "nothing changed",
        "1 member removed from Cards - Sales (ben@nordwind.example); 1 card paused",
        "Cards - Sales renamed to Cards - Sellers",
        "1 member added to Cards - Sellers; 1 member removed from Cards - Sellers; 1 card resumed; 1 card paused",
        "deleted Cards - Sellers with 1 member; 1 card paused",
    ]


INES = {"userName": "ines@nordwind.example", "active": True}
SALES = {"displayName": "Cards - Sales"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(
            Written(None, INES, (Effect("card.issued", template="Sales"),)),
            "created ines@nordwind.example; card issued (Sales)",
            id="a newcomer",
        ),
        pytest.param(
            Written(None, {**INES, "active": False}), "created ines@nordwind.example, disabled", id="disabled from the start"
        ),
        pytest.param(
            Written(INES, None, (Effect("card.paused"), Effect("card.paused"), Effect("card.issued", own=False))),
            "deleted ines@nordwind.example; 2 cards paused; 1 card of others issued",
            id="a seat goes to somebody else",
        ),
        pytest.param(
            Written(INES, {**INES, "active": True, "title": "CFO"}, (Effect("card.switched", template="Board", left="Sales"),)),
            "title set to CFO; card moved from Sales to Board",
            id="a card that moves",
        ),
        pytest.param(
            Written(INES, {**INES, "title": "x" * 200}), f"title set to {'x' * 80}… [200 characters]", id="a long value"
        ),
        pytest.param(
            Written(INES, {**INES, "photos": [{"type": "photo", "value": f"data:image/png;base64,{'A' * 164_000}"}]}),
            "photos[photo].value set to [photo, 123 kB]",
            id="a picture",
        ),
        pytest.param(
            Written(INES, {**INES, "urn:example:User": {"password": "open sesame"}}),
            "password set to [secret]",
            id="a secret",
        ),
        pytest.param(
            Written(INES, {**INES, ENTERPRISE: {"manager": {"value": "77e1", "displayName": "Agnes"}}}),
            "manager set to Agnes",
            id="a manager",
        ),
        pytest.param(
            Written(INES, {**INES, **dict.fromkeys(("title", "locale", "nickName", "timezone", "userType", "profileUrl", "division"), "x")}),
            "title set to x, locale set to x, nickName set to x, timezone set to x, userType set to x, 2 more",
            id="more than a sentence holds",
        ),
        pytest.param(
            Written({**INES, "emails": [{"type": "work", "value": "i@x"}]}, {**INES, "emails": [{"type": "work", "value": "i@x", "primary": True}]}),
            "emails[work].primary set to true",
            id="which address is the primary one, where nothing else is said",
        ),
        pytest.param(
            WrittenGroup(SALES, SALES, (Effect("card.waiting", own=False),) * 1_200, added=1_200),
            "1,200 members added to Cards - Sales; 1,200 cards waiting for a seat",
            id="many members",
        ),
        pytest.param(WrittenGroup(SALES, {**SALES, "externalId": "7"}), "externalId set to 7", id="another value of a group"),
        pytest.param(WrittenGroup(SALES, SALES), "nothing changed", id="nothing"),
    ],
)  # fmt: skip
def test_sentence(written: Written, expected: str) -> None:
    assert sentence(written) == expected
