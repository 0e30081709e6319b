"""`lanyard people merge`, as operators run it."""

from __future__ import annotations

from tests.cards.conftest import Company
from tests.log.conftest import Log
from tests.people.conftest import NEW_ID, OLD_ID, SALES, card, comer, everything, leaver
from tests.people.test_merging import remove


def test_a_dry_run_says_what_then_happens_and_changes_nothing(nordwind: Company, lanyard: Log) -> None:
    old = leaver(nordwind, SALES, headline="Ask me", motto="Sell")["Sales"]
    new = comer(nordwind, SALES, headline="Ask them", web="https://nordwind.example")["Sales"]
    before = everything(nordwind)

    dry = lanyard.json("people", "merge", "max@nordwind.example", "max.new@nordwind.example", "--dry-run")
    meanwhile = everything(nordwind)
    done = lanyard.json("people", "merge", "max@nordwind.example", "max.new@nordwind.example")

    assert meanwhile == before
    assert (dry["dry_run"], done["dry_run"]) == (True, False)
    assert {**dry, "dry_run": False} == done
    assert done["cards"] == [
        {
            "id": old, "template": "Sales", "state": "live", "address": new,
            "dropped": {"headline": "Ask them"}, "kept_down": False,
        }
    ]  # fmt: skip
    assert (done["from"]["external_id"], done["into"]["user_name"]) == (OLD_ID, "max.new@nordwind.example")
    assert done["into"]["id"] == card(nordwind, old).person_id


def test_people_read_what_comes_over(nordwind: Company, lanyard: Log) -> None:
    old = leaver(nordwind, SALES, headline="Ask me", motto="")["Sales"]
    new = comer(nordwind, SALES, headline="", motto="Sell")["Sales"]

    printed = lanyard.run("people", "merge", OLD_ID, NEW_ID, "--dry-run").stdout.splitlines()

    assert printed == [
        f"'{OLD_ID}' would be 'max.new@nordwind.example'.",
        f"Sales: live, {old}, also at {new}",
        "  headline (emptied) of the younger card is hidden by the older one's and dropped",
        "  motto 'Sell' of the younger card is hidden by the older one's and dropped",
        "This was a dry run: nothing has been changed.",
    ]


def test_a_card_that_is_not_put_up_is_explained(nordwind: Company, lanyard: Log) -> None:
    old = leaver(nordwind, SALES)["Sales"]
    remove(nordwind, comer(nordwind, SALES)["Sales"])

    printed = lanyard.run("people", "merge", "max@nordwind.example", NEW_ID).stdout.splitlines()

    assert printed == [
        f"'max@nordwind.example' ({OLD_ID}) is now 'max.new@nordwind.example'.",
        f"Sales: paused, {old}",
        "  An admin deleted the other card in its place, so it is paused until an admin resumes it.",
    ]


def test_a_refusal_is_one_sentence(nordwind: Company, lanyard: Log) -> None:
    comer(nordwind)

    result = lanyard.run("people", "merge", "nobody@nordwind.example", NEW_ID)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: nobody is called 'nobody@nordwind.example', and nobody was\n"


def test_what_was_pushed_about_either_is_found_under_each_name(nordwind: Company, lanyard: Log) -> None:
    leaver(nordwind, SALES)
    comer(nordwind, SALES)
    lanyard.run("people", "merge", OLD_ID, NEW_ID)

    explained = lanyard.json("people", "why", "max@nordwind.example")

    assert explained["person"]["user_name"] == "max.new@nordwind.example"
    assert [name["user_name"] for name in explained["formerly"]] == ["max@nordwind.example"]
    assert [shown["state"] for shown in explained["cards"]] == ["live"]
