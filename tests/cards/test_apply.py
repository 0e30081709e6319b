"""Applying a file: what was planned is what happens, and the same file again changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from app.cards import by_hand, template_store
from app.cards.applying import report
from app.cards.applying.planning import Plan
from app.cards.applying.problems import BadFileError
from app.directory import organizations, users
from tests.cards.conftest import SALES_ONLY, Company
from tests.cards.test_issuing import counted_statements

MAIN = """
    organization: {name: Nordwind, phone_region: de, brake: {people: 5}}
    templates:
      - {name: Board}
      - {name: Sales, general: {title: {}}}
    bindings:
      - {group: "Cards - Board", template: Board, exclusive: main}
      - {group: "Cards - Sales", template: Sales, exclusive: main}
    """


def told(plan: Plan) -> dict[str, Any]:
    return report.as_json(plan, dry_run=False)


def entry(person: str, template: str, moved_from: str | None = None) -> dict[str, str | None]:
    return {"person": f"{person}@nordwind.example", "template": template, "from": moved_from}


def stored_templates(company: Company) -> dict[str, template_store.Template]:
    with company.database.read(company.organization_id) as reader:
        return {template.name: template for template in template_store.every(reader)}


def test_a_first_file_makes_everything(nordwind: Company) -> None:
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Board", "ines")
    nordwind.group("Cards - Sales", "ines", "jo")

    plan = nordwind.apply(MAIN)

    assert told(plan) == {
        "dry_run": False,
        "plan": plan.fingerprint,
        "sign_in": {"changes": {}, "new_secret": False, "ends_sessions": False},
        "templates": {"create": ["Board", "Sales"], "update": [], "unchanged": []},
        "bindings": {
            "add": [
                {"group": "Cards - Board", "template": "Board", "exclusive": "main"},
                {"group": "Cards - Sales", "template": "Sales", "exclusive": "main"},
            ],
            "remove": [],
        },
        "cards": {
            "create": [entry("ines", "Board"), entry("jo", "Sales")],
            "resume": [],
            "switch": [],
            "pause": [],
            "wait": [],
            "unchanged": 0,
        },
    }
    assert nordwind.states() == {("ines", "Board"): "live", ("jo", "Sales"): "live"}
    with nordwind.database.read(nordwind.organization_id) as reader:
        organization = organizations.current(reader)
    assert (organization.name, organization.settings.phone_region) == ("Nordwind", "DE")
    assert (organization.settings.brake.people, organization.settings.brake.percent) == (5, 10)


def test_the_same_file_again_changes_nothing(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(MAIN)
    rows, templates, audited = nordwind.card_rows(), stored_templates(nordwind), nordwind.audited()

    plan = nordwind.apply(MAIN)

    assert plan.empty
    assert list(report.sentences(plan, dry_run=False)) == ["Everything is as the file says; nothing to change."]
    assert told(plan)["templates"] == {"create": [], "update": [], "unchanged": ["Board", "Sales"]}
    assert told(plan)["cards"]["unchanged"] == 1
    assert (nordwind.card_rows(), stored_templates(nordwind), nordwind.audited()) == (rows, templates, audited)


def test_cards_by_hand_count_among_those_that_stay_whatever_the_file_changes(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(MAIN)
    nordwind.write(
        lambda tx: by_hand.issue(
            tx, template_store.find(tx, "Board").id, users.person_named(tx, "ines@nordwind.example")
        )
    )

    plans = [nordwind.apply(text) for text in (MAIN, "organization: {seat_limit: 9}", "organization: {name: Nord}")]

    assert [told(plan)["cards"]["unchanged"] for plan in plans] == [2, 2, 2]


def test_a_plan_lists_a_persons_cards_by_template_so_that_it_reads_the_same_again(nordwind: Company) -> None:
    names = [f"T{number}" for number in range(8)]
    text = f"""
        templates: [{", ".join(f"{{name: {name}}}" for name in names)}]
        bindings: [{", ".join(f'{{group: "Cards - Sales", template: {name}}}' for name in names)}]
        """
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")

    planned, carried_out = told(nordwind.dry_run(text)), told(nordwind.apply(text))

    assert planned["cards"]["create"] == [entry("ines", name) for name in names]
    assert carried_out == planned


CHANGES = {
    "joining": """
        templates: [{name: Wardens}]
        bindings:
          - {group: "Cards - Board", template: Board, exclusive: main}
          - {group: "Cards - Sales", template: Sales, exclusive: main}
          - {group: "Cards - Sales", template: Wardens}
        """,
    "another order": """
        bindings:
          - {group: "Cards - Sales", template: Sales, exclusive: main}
          - {group: "Cards - Board", template: Board, exclusive: main}
        """,
    "unbinding one of a set": """
        bindings: [{group: "Cards - Sales", template: Sales, exclusive: main}]
        """,
    "unbinding all": "bindings: []",
    "fewer seats": "organization: {seat_limit: 1}",
    "fewer seats and a template more": """
        organization: {seat_limit: 0}
        templates: [{name: Wardens}]
        bindings:
          - {group: "Cards - Board", template: Board, exclusive: main}
          - {group: "Cards - Wardens", template: Wardens}
        """,
}


@pytest.mark.parametrize(
    ("change", "cards"),
    [
        pytest.param(
            "joining",
            {"create": [entry("ines", "Wardens"), entry("jo", "Wardens")], "unchanged": 2},
            id="a further binding issues",
        ),
        pytest.param(
            "another order", {"switch": [entry("ines", "Sales", "Board")], "unchanged": 1}, id="a new order moves"
        ),
        pytest.param(
            "unbinding one of a set",
            {"switch": [entry("ines", "Sales", "Board")], "unchanged": 1},
            id="unbinding moves within the set",
        ),
        pytest.param(
            "unbinding all", {"pause": [entry("ines", "Board"), entry("jo", "Sales")], "unchanged": 0},
            id="unbinding pauses",
        ),
        pytest.param("fewer seats", {"unchanged": 2}, id="fewer seats take no card away"),
        pytest.param(
            "fewer seats and a template more",
            {"wait": [entry("kim", "Wardens")], "pause": [entry("jo", "Sales")], "unchanged": 1},
            id="without a seat a card waits",
        ),
    ],
)  # fmt: skip
def test_a_dry_run_tells_what_then_happens(change: str, cards: dict[str, Any], nordwind: Company) -> None:
    nordwind.hire("ines", "jo", "kim")
    nordwind.group("Cards - Board", "ines")
    nordwind.group("Cards - Sales", "ines", "jo")
    nordwind.group("Cards - Wardens", "kim")
    nordwind.apply(MAIN)
    before = nordwind.states()

    planned = told(nordwind.dry_run(CHANGES[change]))
    untouched = nordwind.states()
    done = told(nordwind.apply(CHANGES[change]))

    assert planned["cards"] == {"create": [], "resume": [], "switch": [], "pause": [], "wait": [], **cards}
    assert untouched == before
    assert done == planned


def test_what_was_unbound_resumes_when_it_is_bound_again(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(SALES_ONLY)
    before = nordwind.card_ids()

    nordwind.apply("bindings: []")
    paused = nordwind.states()
    plan = nordwind.apply(SALES_ONLY)

    assert paused == {("ines", "Sales"): "paused"}
    assert told(plan)["cards"]["resume"] == [entry("ines", "Sales")]
    assert nordwind.card_ids() == before


def test_more_seats_issue_those_who_wait_longest(nordwind: Company) -> None:
    nordwind.apply("organization: {seat_limit: 0}\n" + "\n".join(line[4:] for line in SALES_ONLY.splitlines()))
    nordwind.hire("ines", "jo")
    nordwind.group("Cards - Sales", "jo")
    nordwind.join("Cards - Sales", "ines")

    plan = nordwind.apply("organization: {seat_limit: 1}")

    assert told(plan)["cards"]["resume"] == [entry("jo", "Sales")]
    assert nordwind.states() == {("jo", "Sales"): "live", ("ines", "Sales"): "waiting"}


def test_what_a_file_leaves_out_stays(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Board", "ines")
    nordwind.apply(MAIN)

    plan = nordwind.apply("templates: [{name: Guests}]")

    assert set(stored_templates(nordwind)) == {"Board", "Sales", "Guests"}
    assert nordwind.states() == {("ines", "Board"): "live"}
    assert told(plan)["bindings"] == {"add": [], "remove": []}


def test_a_new_look_writes_one_template_and_no_card(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")
    nordwind.apply(MAIN)
    look = 'templates: [{name: Sales, general: {title: {}}, design: {accent: "#b00020"}}]'

    with counted_statements(nordwind.database) as statements:
        plan = nordwind.apply(look)

    written = [statement.split()[:3] for statement in statements if not statement.startswith(("SELECT", "BEGIN"))]
    assert [" ".join(words).partition("(")[0] for words in written] == [
        "UPDATE templates SET",
        "UPDATE organizations SET",
        "INSERT INTO template_versions",
        "INSERT INTO audit_log",
    ]
    assert told(plan)["templates"] == {"create": [], "update": ["Sales"], "unchanged": []}
    assert stored_templates(nordwind)["Sales"].version == 2


def test_once_counts_from_the_version_that_made_it_so(nordwind: Company) -> None:
    def once_since() -> tuple[int, int]:
        template = stored_templates(nordwind)["Sales"]
        return template.version, template.layout.general[1].once_since

    seen = []
    for sync, accent in [("always", "#000000"), ("once", "#000000"), ("once", "#111111"), ("always", "#111111")]:
        nordwind.apply(
            f'templates: [{{name: Sales, general: {{title: {{sync: {sync}}}}}, design: {{accent: "{accent}"}}}}]'
        )
        seen.append(once_since())
    nordwind.apply('templates: [{name: Sales, general: {title: {sync: once}}, design: {accent: "#111111"}}]')

    assert seen == [(1, 0), (2, 2), (3, 2), (4, 0)]
    assert once_since() == (5, 5)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param(
            'bindings:\n- {group: "Cards - Sales", template: Salse}', 2, "there is no template 'Salse'", id="template"
        ),
        pytest.param(
            "templates:\n- {name: Mute, general: {name: {sync: never}}}\nbindings:\n- {group: G, template: Mute}", 4,
            "Mute syncs nothing from the directory", id="binding a template that syncs nothing",
        ),
        pytest.param(
            "organization: {}\ntemplates:\n- {name: Sales, general: {name: {sync: never}}}", 3,
            "Sales syncs nothing from the directory", id="a bound template that would sync nothing",
        ),
    ],
)  # fmt: skip
def test_refused_in_view_of_what_is_there_already(text: str, line: int, reason: str, nordwind: Company) -> None:
    nordwind.apply(MAIN)
    before = stored_templates(nordwind)

    with pytest.raises(BadFileError) as refused:
        nordwind.apply(text)

    ((problem,),) = (refused.value.problems,)
    assert (problem.line, reason in problem.reason) == (line, True)
    assert stored_templates(nordwind) == before


def test_people_read_sentences(nordwind: Company) -> None:
    nordwind.hire("ines")
    nordwind.group("Cards - Sales", "ines")

    plan = nordwind.dry_run(MAIN)

    assert list(report.sentences(plan, dry_run=True)) == [
        "Organization: name, phone_region, brake changed.",
        "Template Board: new.",
        "Template Sales: new.",
        "Group Cards - Board is bound to Board; the binding waits until the group is pushed.",
        "Group Cards - Sales is bound to Sales.",
        "1 card is issued: ines@nordwind.example (Sales).",
        "0 cards stay unchanged.",
        f"Plan {plan.fingerprint}: run it with --plan {plan.fingerprint}",
        "This was a dry run: nothing has been changed.",
    ]
