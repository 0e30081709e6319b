"""`lanyard people block` and `unblock`, as operators run them."""

from __future__ import annotations

from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import SALES, comer

MAX = "max.new@nordwind.example"


def test_a_person_is_blocked_and_let_in_again(nordwind: Company, lanyard: Log) -> None:
    comer(nordwind, SALES)

    done = lanyard.json("people", "block", MAX)
    blocked = lanyard.json("people", "why", MAX)
    undone = lanyard.run("people", "unblock", MAX).stdout

    assert done == {"blocked": True, "sessions": 0, "up": 0, "down": 1}
    assert blocked["blocked"] is not None
    assert blocked["no_card_because"][0].startswith("An admin blocked this person on ")
    assert undone == f"{MAX} is let in again: 1 card up, 0 cards down.\n"
    assert lanyard.json("people", "why", MAX)["blocked"] is None


def test_who_is_blocked_is_not_blocked_twice(nordwind: Company, lanyard: Log) -> None:
    comer(nordwind, SALES)
    lanyard.run("people", "block", MAX)

    assert lanyard.run("people", "block", MAX).exit_code == 1
    assert lanyard.json("cards", "list")[0]["paused_by"] == "admin"
