"""What a process keeps of an organization's rules, and that everything that changes them is heeded at the next push."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.cards import issuing, rule_book, template_acts
from app.cards.rule_book import RuleBook
from app.core.errors import Refused
from app.core.unit_of_work import Transaction
from tests.cards.conftest import SALES_ONLY, Company
from tests.cards.test_issuing import counted_statements
from tests.cards.versions import draft, publish


def kept(company: Company) -> RuleBook:
    """The rules as a push that comes now is judged by them."""
    found = company.write(lambda tx: rule_book.named(tx, issuing.hold_seats(tx).rules))
    assert isinstance(found, RuleBook)
    return found


def stored(company: Company) -> RuleBook:
    with company.database.read(company.organization_id) as reader:
        return rule_book.read(reader)


ACTS: dict[str, Callable[[Company], object]] = {
    "a file binds another group": lambda one: one.apply(
        "templates: [{name: Sales}]\nbindings: [{group: Later, template: Sales}]"
    ),
    "a file binds none": lambda one: one.apply("templates: [{name: Sales}]\nbindings: []"),
    "a file makes a template": lambda one: one.apply("templates: [{name: Board}]"),
    "a file puts templates into a set": lambda one: one.apply(
        'templates: [{name: Sales}]\nbindings: [{group: "Cards - Sales", template: Sales, exclusive: main}]'
    ),
    "a template is made": lambda one: one.write(lambda tx: template_acts.create(tx, "Board")),
    "a template is duplicated": lambda one: one.write(lambda tx: template_acts.duplicate(tx, "Sales", "Board")),
    "a template is deleted": lambda one: one.write(lambda tx: template_acts.remove(tx, "Spare")),
    "a draft is published": lambda one: (draft(one, "templates: [{name: Sales, general: {title: {}}}]"), publish(one)),
    "a bound group is deleted": lambda one: one.disband("Cards - Sales"),
    "a group comes that a binding waits for": lambda one: one.group("Cards - Board"),
    "a group gets the name that a binding waits for": lambda one: one.rename("Later", "Cards - Board"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_every_act_that_changes_the_rules_is_heeded(nordwind: Company, act: Callable[[Company], object]) -> None:
    nordwind.group("Cards - Sales")
    nordwind.group("Later")
    nordwind.apply(
        """
        templates: [{name: Sales}, {name: Spare}]
        bindings: [{group: "Cards - Sales", template: Sales}, {group: "Cards - Board", template: Sales}]
        """
    )
    kept(nordwind)

    act(nordwind)

    assert kept(nordwind) == stored(nordwind)


def test_rules_that_did_not_change_are_not_read_again(nordwind: Company) -> None:
    nordwind.hire("ines", "jonas")
    nordwind.group("Cards - Sales")
    nordwind.apply(SALES_ONLY)
    nordwind.join("Cards - Sales", "ines")

    with counted_statements(nordwind.database) as statements:
        nordwind.join("Cards - Sales", "jonas")

    assert [one for one in statements if "FROM templates" in one] == []
    assert nordwind.states() == {("ines", "Sales"): "live", ("jonas", "Sales"): "live"}


def test_a_change_that_was_rolled_back_is_never_taken_for_one(nordwind: Company) -> None:
    nordwind.apply(SALES_ONLY)

    def fail(tx: Transaction) -> None:
        template_acts.create(tx, "Board")
        rule_book.named(tx, issuing.hold_seats(tx).rules)
        raise Refused("no")

    with pytest.raises(Refused):
        nordwind.write(fail)
    nordwind.write(lambda tx: template_acts.create(tx, "Guests"))

    assert sorted(kept(nordwind).names.values()) == ["Guests", "Sales"]
