"""Our PATCH against scim2-models' engine: random PATCHes of random users end the same, but for named deviations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from app.attributes.definitions import ENTERPRISE_USER, USER
from app.scim.protocol import entra, patch
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import read_patch
from tests.differential.patch_deviations import NAMED, Allowance
from tests.differential.patch_judge import Document, Judge, Refused
from tests.differential.random_patches import Drawing
from tests.support.effort import effort

SEED = 7643
PATCHES = effort(1_000, 20_000)

JUDGE = Judge(USER)
Outcome = Document | None
"""The document after a PATCH, None when it is refused."""


def ours(document: Document, operations: Sequence[Document]) -> Outcome:
    try:
        return patch.apply(document, entra.rewrite(read_patch({"Operations": operations}), USER), USER)
    except (ScimError, ValueError):
        return None


def theirs(patched: Callable[[Document, Sequence[Document]], Document]) -> Callable[..., Outcome]:
    def outcome(document: Document, operations: Sequence[Document]) -> Outcome:
        try:
            return patched(document, operations)
        except Refused:
            return None

    return outcome


def test_random_patches_end_as_the_judge_says_but_for_named_deviations() -> None:
    drawing, strict = Drawing(USER, SEED), theirs(JUDGE.patched)
    figures: Counter[str] = Counter()
    unexplained = []

    for _ in range(PATCHES):
        document = drawing.document()
        operations = drawing.patch(document)
        expected, allowance = ours(document, operations), Allowance(JUDGE, USER)
        if strict(document, operations) == expected:
            figures["agreed, refused" if expected is None else "agreed"] += 1
        elif theirs(allowance.patched)(document, operations) == expected:
            figures.update(allowance.used)
            figures["differed by name"] += 1
        else:
            unexplained.append((document, operations))

    print(f"{PATCHES} PATCHes, seed {SEED}: {dict(figures.most_common())}")
    assert unexplained == []
    assert figures["agreed"] > PATCHES / 2
    assert figures["agreed"] + figures["agreed, refused"] > PATCHES * 0.75


USER_WITH: Document = {
    "userName": "ann",
    "active": True,
    "title": "CFO",
    "emails": [{"type": "work", "value": "a@b"}, {"type": "home", "value": "c@d", "primary": True}],
    ENTERPRISE_USER: {"manager": {"value": "1", "$ref": "https://x.example/1"}},
}
MANAGER = f"{ENTERPRISE_USER}:manager"

EXAMPLES: dict[str, list[Document]] = {
    "an entry is created": [{"op": "add", "path": 'addresses[type eq "work"].country', "value": "CH"}],
    "an entry that says nothing goes": [{"op": "remove", "path": 'emails[type eq "work"].value'}],
    "an entry is there once": [{"op": "add", "path": "emails", "value": {**USER_WITH["emails"][0], "display": "Ann"}}],
    "a part makes an entry": [{"op": "add", "path": "phoneNumbers.value", "value": "+41 44 555 01 02"}],
    "one is primary": [{"op": "replace", "path": "emails[value pr].primary", "value": True}],
    "a text of no characters is no value": [{"op": "replace", "value": {"title": ""}}],
    "null is no value": [{"op": "add", "path": "title", "value": None}],
    "a reference goes with its value": [{"op": "replace", "path": MANAGER, "value": {"value": "2"}}],
    "what is read-only is no wish": [{"op": "replace", "value": {"title": "CEO", "groups": [{"value": "g"}]}}],
    "active stays": [{"op": "remove", "path": "active"}],
    "a list of one": [{"op": "replace", "path": "title", "value": [{"value": "CEO"}]}],
    "a text is an entry": [{"op": "add", "path": "emails", "value": "e@f"}],
    "what is required may be missing in between": [
        {"op": "remove", "path": "userName"},
        {"op": "add", "path": "userName", "value": "bob"},
    ],
}


def test_each_deviation_has_its_reason_and_its_example() -> None:
    assert set(EXAMPLES) == set(NAMED)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_deviation_is_what_it_is_called_and_nothing_else(name: str) -> None:
    strict, allowance = theirs(JUDGE.patched), Allowance(JUDGE, USER)

    expected = ours(USER_WITH, EXAMPLES[name])

    assert strict(USER_WITH, EXAMPLES[name]) != expected
    assert theirs(allowance.patched)(USER_WITH, EXAMPLES[name]) == expected
    assert allowance.used - {"null is no value"} == {name} - {"null is no value"}
