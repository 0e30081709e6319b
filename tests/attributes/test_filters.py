"""Filters: what their text means, what documents they select, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, ScimFilter, User

from app.attributes.definitions import ENTERPRISE_USER, GROUP, USER
from app.attributes.filters import And, Compare, Not, Or, Present, written
from app.attributes.matching import matches
from app.attributes.parsing import InvalidFilter, parse_filter
from app.attributes.tokens import MAX_CHARACTERS, MAX_DEPTH, MAX_TOKENS

STRANGE = "urn:x:y:2.0:User"
"""An extension that no schema describes."""

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
        STRANGE: {"size": 42, "vip": True},
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
        pytest.param("userName eq ines@nordwind.example", INES, id="an address without quotes"),
        pytest.param("emails.value co home.example and (id eq 1)", INES, id="a word with a dot in it without quotes"),
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
        pytest.param("urn:x:y:2.0:User:size gt 41.5", ZOE, id="a number there"),
        pytest.param("urn:x:y:2.0:User:size eq -1", NOBODY, id="a negative number"),
        pytest.param("urn:x:y:2.0:User:vip eq true", ZOE, id="a boolean there"),
        pytest.param('urn:x:y:2.0:User:vip eq "true"', NOBODY, id="which is no text"),
        pytest.param("urn:x:y:2.0:User pr", ZOE, id="an extension as a whole"),
        pytest.param(f"{ENTERPRISE_USER} pr", INES, id="a known extension as a whole"),
    ],
)
def test_filter_selects(text: str, expected: tuple[str, ...]) -> None:
    assert selected(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('displayName eq "FIELD sales"', True, id="a name in another case"),
        pytest.param('externalId eq "0D5C"', False, id="an id in another case"),
        pytest.param('id eq "g-17" and members eq "8c2e"', True, id="the old question whether somebody is a member"),
        pytest.param("id eq g-17 and members eq 8c2e", True, id="without quotes"),
        pytest.param('members.value eq "91aa"', True, id="a member by value"),
        pytest.param('members[value eq "8c2e" and type eq "Group"]', False, id="a member of another type"),
        pytest.param("members pr", True, id="any member"),
        pytest.param('members eq "nobody"', False, id="no member"),
    ],
)
def test_filter_selects_a_group(text: str, expected: bool) -> None:
    group = {
        "id": "g-17",
        "externalId": "0d5c",
        "displayName": "Field Sales",
        "members": [{"value": "8c2e", "type": "User"}, {"value": "91aa", "type": "Group"}],
    }

    assert matches(parse_filter(text, GROUP), group) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("members pr", NOBODY, id="an attribute of the other kind"),
        pytest.param('not (members[value eq "x" and type eq "User"])', EVERYBODY, id="brackets that it knows"),
        pytest.param('urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq "x"', NOBODY, id="behind its URN"),
        pytest.param('members eq "x" or userName sw "b"', BARE, id="beside one's own"),
    ],
)
def test_what_another_kind_has_is_read_and_absent(text: str, expected: tuple[str, ...]) -> None:
    tree = parse_filter(text, USER, (GROUP,))

    assert tuple(name for name, document in PEOPLE.items() if matches(tree, document)) == expected


def test_what_no_kind_has_is_refused() -> None:
    with pytest.raises(InvalidFilter, match="User has no attribute 'shoeSize'"):
        parse_filter("shoeSize pr", USER, (GROUP,))


@pytest.mark.parametrize("written_id", ["8e12", "1.50", "007", "-0", "1E5", "12345678901234567890123456", "8c2e-01"])
def test_an_id_without_quotes_is_compared_as_it_is_written(written_id: str) -> None:
    tree = parse_filter(f"id eq {written_id}", USER)

    assert isinstance(tree, Compare)
    assert tree.value == written_id


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
        pytest.param("meta.created gt true", "a time such as", id="a boolean for a time"),
        pytest.param("meta.created gt 2026", "a time such as", id="a number for a time"),
        pytest.param('meta.created gt "0001-01-01T00:00:00+23:59"', "a time such as", id="a time before the first"),
        pytest.param('meta.created lt "9999-12-31T23:59:59-23:59"', "a time such as", id="a time after the last"),
        pytest.param("active eq 1", "true or false, not '1'", id="a number for a boolean"),
        pytest.param('meta.created sw "2026-01"', "meta.created is a time", id="a part of a time"),
        pytest.param('x509Certificates gt "a"', "binary and compares with eq and ne", id="an order of certificates"),
        pytest.param('x509Certificates.value co "a"', "binary and compares with eq and ne", id="a part of one"),
        pytest.param("urn:x:y:2.0:User:size co 4", "co compares texts", id="a part of a number"),
        pytest.param(
            "urn:x:y:2.0:User:vip gt true", "cannot be used with a boolean", id="an order where no type is known"
        ),
        pytest.param('urn:ietf:params:scim:schemas:core:2.0:User eq "x"', "core schema", id="the core schema"),
        pytest.param("title gt null", "compared with null", id="an order of nothing"),
        pytest.param('emails[addresses[type eq "x"]]', "Brackets within brackets", id="nested brackets"),
        pytest.param('title[value eq "x"]', "no sub-attributes", id="brackets after a plain attribute"),
        pytest.param('emails[value eq "x"].kind eq "x"', "no sub-attribute 'kind'", id="an unknown one after brackets"),
        pytest.param("(" * (MAX_DEPTH + 1) + "title pr" + ")" * (MAX_DEPTH + 1), "nests deeper", id="too deep"),
        pytest.param("title pr " + "x" * MAX_CHARACTERS, "longer than", id="too long"),
        pytest.param(" or ".join(["id pr"] * (MAX_TOKENS // 3 + 1)), "more than", id="too many parts"),
        pytest.param('userName eq "\\x"', "JSON string", id="no such escape"),
    ],
)
def test_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidFilter, match=reason):
        parse_filter(text, USER)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("(" * MAX_DEPTH + "title pr" + ")" * MAX_DEPTH, id="parentheses"),
        pytest.param(" or ".join(["id pr"] * (MAX_TOKENS // 3)), id="parts"),
        pytest.param('id eq "' + "x" * (MAX_CHARACTERS - len('id eq ""')) + '"', id="characters"),
    ],
)
def test_what_is_just_within_its_limit_is_read(text: str) -> None:
    tree = parse_filter(text, USER)

    assert parse_filter(written(tree), USER) == tree


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
        'emails.type ne "work"',
        'emails[type ne "work"].value sw "ines"',
        "nickName ne null",
        'displayName gt "k"',
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


def as_judged(document: dict[str, Any]) -> User[EnterpriseUser]:
    """The document as the other implementation takes it: without the extension that it does not know."""
    known = {key: value for key, value in document.items() if key != STRANGE}
    return User[EnterpriseUser].model_validate({**known, "schemas": [USER.schema.urn, ENTERPRISE_USER]})


@given(TREES)
def test_the_same_people_are_selected_as_by_another_implementation(text: str) -> None:
    judge = ScimFilter[User[EnterpriseUser]](text)

    expected = tuple(name for name, document in PEOPLE.items() if judge.match(as_judged(document)))

    assert selected(text) == expected


@given(TREES)
def test_a_filter_written_out_is_the_same_filter(text: str) -> None:
    tree = parse_filter(text, USER)

    assert parse_filter(written(tree), USER) == tree


def test_a_comparison_remembers_the_path_it_is_about() -> None:
    tree = parse_filter('EMAILS[Type eq "work"].Value eq "x"', USER)

    assert isinstance(tree, Compare)
    assert tree.path.text == 'emails[type eq "work"].value'


@pytest.mark.parametrize(
    "name", ["userName", "USERNAME", "externalId", "active", "emails", "name", "manager", "not", "x"]
)
@pytest.mark.parametrize("value", ["", "x", "true", "12", "ä ö", "a\\u0041", 'a\\"b', "a' or 1=1"])
def test_a_look_up_is_read_as_the_grammar_reads_it(name: str, value: str) -> None:
    def read(text: str) -> object:
        try:
            return parse_filter(text, USER)
        except InvalidFilter as error:
            return error.reason

    assert read(f'{name} eq "{value}"') == read(f'{name}  eq  "{value}"')
