"""Attribute paths: which are understood, what each is called, and how the refused ones differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attributes.definitions import CORE_GROUP, CORE_USER, ENTERPRISE_USER, GROUP, USER
from app.attributes.parsing import parse_path
from app.attributes.paths import WHOLE, InvalidPath, UnknownAttribute

OTHER = "urn:ietf:params:scim:schemas:extension:cards:2.0:User"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param("NAME.givenname", "name.givenName", id="a sub-attribute in any case"),
        pytest.param(" title ", "title", id="spaces around"),
        pytest.param('Emails[Type EQ "work"].Value', 'emails[type eq "work"].value', id="Entra's mail"),
        pytest.param('addresses[type eq "work"]', 'addresses[type eq "work"]', id="a whole entry"),
        pytest.param('roles[primary eq "True"].value', "roles[primary eq true].value", id="Entra's primary role"),
        pytest.param(f"{CORE_USER}:userName", "userName", id="core, behind its URN"),
        pytest.param(f"{CORE_USER}:name.familyName", "name.familyName", id="a sub-attribute behind it"),
        pytest.param(f"{ENTERPRISE_USER.upper()}:DEPARTMENT", f"{ENTERPRISE_USER}:department", id="an extension"),
        pytest.param(f"{ENTERPRISE_USER}:manager.value", f"{ENTERPRISE_USER}:manager.value", id="a part of it"),
        pytest.param(
            f'{ENTERPRISE_USER}:manager[value eq "8c2e"]',
            f'{ENTERPRISE_USER}:manager[value eq "8c2e"]',
            id="one manager alone",
        ),
        pytest.param(f"{ENTERPRISE_USER}:companyName", f"{ENTERPRISE_USER}:companyName", id="what its schema lacks"),
        pytest.param(f"{OTHER}:template", f"{OTHER}:template", id="an unknown extension"),
        pytest.param(f"{OTHER}:a.b", f"{OTHER}:a.b", id="a part there"),
        pytest.param(
            f'{OTHER}:colours[Shade eq "dark"].value', f'{OTHER}:colours[Shade eq "dark"].value', id="an entry there"
        ),
        pytest.param("meta.lastModified", "meta.lastModified", id="what all resources have"),
    ],
)
def test_a_path_has_one_canonical_text(text: str, canonical: str) -> None:
    path = parse_path(text, USER)

    assert path.text == canonical
    assert parse_path(canonical, USER) == path


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        pytest.param('MEMBERS[value eq "8c2e"]', 'members[value eq "8c2e"]', id="a member"),
        pytest.param(f"{CORE_GROUP}:displayname", "displayName", id="core, behind its URN"),
    ],
)
def test_a_path_of_a_group(text: str, canonical: str) -> None:
    assert parse_path(text, GROUP).text == canonical


@pytest.mark.parametrize(
    ("text", "urn"),
    [
        pytest.param(ENTERPRISE_USER, ENTERPRISE_USER, id="a known one"),
        pytest.param(ENTERPRISE_USER.lower(), ENTERPRISE_USER, id="in any case"),
        pytest.param(OTHER, OTHER, id="an unknown one"),
    ],
)
def test_the_bare_urn_of_an_extension_is_the_extension_as_a_whole(text: str, urn: str) -> None:
    path = parse_path(text, USER)

    assert (path.urn, path.attribute, path.whole_extension, path.text) == (urn, WHOLE, True, urn)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("emails[", id="an open bracket"),
        pytest.param("emails[]", id="empty brackets"),
        pytest.param("emails[0].value", id="an index"),
        pytest.param("emails[type eq]", id="no operand"),
        pytest.param("title eq", id="half a comparison"),
        pytest.param('title eq "x"', id="a comparison"),
        pytest.param("title pr or nickName", id="a filter"),
        pytest.param("(title)", id="parentheses"),
        pytest.param("not", id="an operator"),
        pytest.param("a b", id="two names"),
        pytest.param("title.", id="an open dot"),
        pytest.param("name.givenName.x", id="too many parts"),
        pytest.param('title[value eq "x"]', id="brackets after a plain attribute"),
        pytest.param(CORE_USER, id="the core schema"),
        pytest.param(f"{ENTERPRISE_USER}:", id="an open URN"),
        pytest.param("x" * 5000, id="too long"),
    ],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath) as refused:
        parse_path(text, USER)

    assert not isinstance(refused.value, UnknownAttribute)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "shoeSize",
        "name.shoeSize",
        "members",
        'members[value eq "1"]',
        'addresses[type eq "work"].unit',
        'addresses[unit eq "7"].locality',
        f"{CORE_USER}:shoeSize",
        f"{ENTERPRISE_USER}:department.unit",
    ],
)
def test_an_unknown_attribute_is_told_apart_from_a_broken_path(text: str) -> None:
    with pytest.raises(UnknownAttribute, match="has no"):
        parse_path(text, USER)


PIECES = st.sampled_from(
    [
        "emails",
        "name",
        ".value",
        ".",
        "[",
        "]",
        'type eq "work"',
        " ",
        "urn:x:",
        OTHER,
        ENTERPRISE_USER,
        ":",
        "pr",
        "(",
        "\0",
    ]
)


@given(st.text(max_size=40) | st.lists(PIECES, max_size=6).map("".join))
def test_any_text_is_a_path_or_refused(text: str) -> None:
    try:
        path = parse_path(text, USER)
    except InvalidPath:
        return

    assert parse_path(path.text, USER) == path
