"""Filters: what their text means, what documents they select, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, ScimFilter, User

from app.attributes.definitions import ENTERPRISE_USER, USER
from app.attributes.filters import And, Compare, Not, Or, Present, written
from app.attributes.matching import matches
from app.attributes.parsing import InvalidFilter, parse_filter
from app.attributes.tokens import MAX_CHARACTERS, MAX_TOKENS

PEOPLE: dict[str, dict[str, Any]] = {
    "ines": {
        "id": "1",
        "userName": "Ines@nordwind.example",
        "externalId": "A1",
        "active": True,
        "displayName": "Ines JONES",
        "title": "CFO",
        "name": {"givenName": "Ines", "familyName": "JONES"},
        "emails": [
            {"type": "work", "value": "ines@nordwind.example", "primary": True},
            {"type": "home", "value": "ines@home.example"},
        ],
        ENTERPRISE_USER: {"department": "Finance", "manager": {"value": "2"}},
        "meta": {"resourceType": "User", "lastModified": "2026-03-01T10:00:00Z"},
    },
    "zoe": {
        "id": "2",
        "userName": "zoé@nordwind.example",
        "active": False,
        "displayName": "Zoé Müller",
        "emails": [{"type": "work", "value": "zoe@nordwind.example"}],
        "meta": {"resourceType": "User", "lastModified": "2026-01-01T10:00:00+02:00"},
    },
    "bare": {"id": "3", "userName": "bare"},
}
INES, ZOE, BARE = ("ines",), ("zoe",), ("bare",)
NOBODY: tuple[str, ...] = ()
EVERYBODY = ("ines", "zoe", "bare")


def selected(text: str) -> tuple[str, ...]:
    """Who of PEOPLE meets a filter."""
    tree = parse_filter(text, USER)
    return tuple(name for name, document in PEOPLE.items() if matches(tree, document))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('userName eq "INES@NORDWIND.EXAMPLE"', INES, id="texts compare without case"),
        pytest.param('USERNAME EQ "ines@nordwind.example"', INES, id="names and operators too"),
        pytest.param('userName eq "ZOÉ@nordwind.example"', ZOE, id="beyond ASCII"),
        pytest.param('userName eq "ZOE\u0301@nordwind.example"', ZOE, id="however the accent is written"),
        pytest.param('externalId eq "a1"', NOBODY, id="but what is caseExact"),
        pytest.param('externalId eq "A1"', INES, id="caseExact, equal"),
        pytest.param("externalId eq A1", INES, id="an id without quotes"),
        pytest.param('id eq "1" and manager eq "2"', INES, id="the manager without its URN"),
        pytest.param("id eq 1 and manager eq 2", INES, id="both without quotes"),
        pytest.param(f'{ENTERPRISE_USER}:department eq "finance"', INES, id="an extension's attribute"),
        pytest.param(f'{ENTERPRISE_USER}:manager.value eq "2"', INES, id="its sub-attribute"),
        pytest.param('urn:ietf:params:scim:schemas:core:2.0:User:title eq "CFO"', INES, id="core, behind its URN"),
        pytest.param('title ne "CFO"', ("zoe", "bare"), id="ne holds where there is no value"),
        pytest.param("title pr", INES, id="pr"),
        pytest.param("not (title pr)", ("zoe", "bare"), id="not"),
        pytest.param("title eq null", ("zoe", "bare"), id="eq null"),
        pytest.param('displayName co "ü"', ZOE, id="co"),
        pytest.param('displayName sw "ines j"', INES, id="sw"),
        pytest.param('displayName ew "JONES"', INES, id="ew"),
        pytest.param('displayName gt "jones"', ZOE, id="gt of texts"),
        pytest.param('displayName le "ines jones"', INES, id="le of texts"),
        pytest.param("active eq true", INES, id="a boolean"),
        pytest.param('active eq "False"', ZOE, id="a boolean as Entra writes it"),
        pytest.param('name.familyName eq "jones"', INES, id="a sub-attribute"),
        pytest.param('emails eq "ines@home.example"', INES, id="a list by its value"),
        pytest.param('emails.type eq "home"', INES, id="a sub-attribute of a list"),
        pytest.param('emails[type eq "work"].value eq "ZOE@nordwind.example"', ZOE, id="Entra's matching by mail"),
        pytest.param('emails[type eq "work" and value co "home"]', NOBODY, id="one entry has to meet all of it"),
        pytest.param('emails.type eq "work" and emails.value co "home"', INES, id="or several, each a part"),
        pytest.param('emails[type eq "work" and primary eq true]', INES, id="a value path"),
        pytest.param('emails[not (type eq "work")]', INES, id="not within brackets"),
        pytest.param('meta.lastModified gt "2026-01-01T08:30:00Z"', INES, id="moments, not their texts"),
        pytest.param('meta.lastModified ge "2026-01-01T08:00:00Z"', ("ines", "zoe"), id="with their zones"),
        pytest.param('title pr or active eq false and userName eq "bare"', INES, id="and binds tighter than or"),
        pytest.param('(title pr or active eq false) and userName sw "z"', ZOE, id="parentheses group"),
        pytest.param('userName eq "bare" or title pr and active eq true or id eq "2"', EVERYBODY, id="a long chain"),
        pytest.param('displayName eq "Ines \\u004aONES"', INES, id="an escape"),
        pytest.param('urn:x:y:2.0:User:colour eq "red"', NOBODY, id="an extension that nobody knows"),
    ],
)
def test_filter_selects(text: str, expected: tuple[str, ...]) -> None:
    assert selected(text) == expected


def test_and_and_or_are_chains_with_the_right_precedence() -> None:
    tree = parse_filter("title pr or nickName pr and locale pr or not (active eq true)", USER)

    assert isinstance(tree, Or)
    assert [type(term) for term in tree.terms] == [Present, And, Not]


def test_a_hundred_terms_are_one_flat_chain() -> None:
    tree = parse_filter(" or ".join(f'id eq "{number}"' for number in range(99)), USER)

    assert isinstance(tree, Or)
    assert len(tree.terms) == 99


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "empty", id="nothing"),
        pytest.param("userName", "put together", id="an attribute alone"),
        pytest.param("userName eq", "put together", id="no operand"),
        pytest.param('userName eq "a', "cannot be read", id="an open quote"),
        pytest.param('userName is "a"', "put together", id="no such operator"),
        pytest.param('userName eq "a" and', "put together", id="an open chain"),
        pytest.param('(userName eq "a"', "put together", id="an open parenthesis"),
        pytest.param('shoeSize eq "42"', "no attribute 'shoeSize'", id="an unknown attribute"),
        pytest.param('title pr and shoeSize eq "42"', "no attribute 'shoeSize'", id="half of a filter is not dropped"),
        pytest.param('name.middle eq "x"', "no sub-attribute 'middle'", id="an unknown sub-attribute"),
        pytest.param('emails[kind eq "x"]', "no sub-attribute 'kind'", id="an unknown one within brackets"),
        pytest.param('name eq "x"', "name has parts", id="a complex attribute as a whole"),
        pytest.param("active gt true", "boolean", id="an order of booleans"),
        pytest.param('active eq "maybe"', "true or false", id="no boolean"),
        pytest.param("title eq true", "title is a text", id="a boolean for a text"),
        pytest.param('meta.created gt "yesterday"', "a time such as", id="no time"),
        pytest.param("title gt null", "compared with null", id="an order of nothing"),
        pytest.param('emails[addresses[type eq "x"]]', "Brackets within brackets", id="nested brackets"),
        pytest.param("(" * 21 + "title pr" + ")" * 21, "nests deeper", id="too deep"),
        pytest.param("title pr " + "x" * MAX_CHARACTERS, "longer than", id="too long"),
        pytest.param(" or ".join(["id pr"] * MAX_TOKENS), "more than", id="too many parts"),
        pytest.param('userName eq "\\x"', "JSON string", id="no such escape"),
    ],
)
def test_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidFilter, match=reason):
        parse_filter(text, USER)


@given(st.text(max_size=60) | st.from_regex(r"[a-z]+ (eq|co|and|or|not|pr)( \"?[a-z()\[\]]*\"?)*", fullmatch=True))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        tree = parse_filter(text, USER)
    except InvalidFilter:
        return

    assert parse_filter(written(tree), USER) == tree


TERMS = st.sampled_from(
    [
        'userName eq "bare"',
        'userName sw "z"',
        "title pr",
        'title ne "CFO"',
        "active eq true",
        "active eq false",
        'displayName co "e"',
        'emails[type eq "work" and value ew "example"]',
        'emails.value co "home"',
        'name.familyName eq "jones"',
        f'{ENTERPRISE_USER}:department sw "fin"',
    ]
)
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda text: f"not ({text})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=6,
)


@given(TREES)
def test_the_same_people_are_selected_as_by_another_implementation(text: str) -> None:
    judge = ScimFilter[User[EnterpriseUser]](text)

    expected = tuple(
        name
        for name, document in PEOPLE.items()
        if judge.match(User[EnterpriseUser].model_validate({**document, "schemas": [USER.schema.urn, ENTERPRISE_USER]}))
    )

    assert selected(text) == expected


def test_a_comparison_remembers_the_path_it_is_about() -> None:
    tree = parse_filter('EMAILS[Type eq "work"].Value eq "x"', USER)

    assert isinstance(tree, Compare)
    assert tree.path.text == 'emails[type eq "work"].value'
