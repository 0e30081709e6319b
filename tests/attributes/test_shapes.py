"""Which filters share a statement: those that differ in their literals alone."""

from __future__ import annotations

import pytest

from app.attributes.definitions import ENTERPRISE_USER, USER
from app.attributes.parsing import parse_filter
from app.attributes.shapes import Shape, comparisons, shape


def shaped(text: str) -> Shape:
    return shape(parse_filter(text, USER))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('userName eq "a"', 'USERNAME EQ "b"', id="a literal"),
        pytest.param('userName eq "a"', "userName eq 7", id="an id without quotes is a text"),
        pytest.param('emails[type eq "work"].value eq "a"', 'emails[type eq "home"].value eq "b"', id="in brackets"),
        pytest.param("active eq true", 'active eq "False"', id="a boolean"),
        pytest.param('title eq "a" and not (id eq "b")', 'title eq "x" and not (id eq "y")', id="several"),
    ],
)
def test_alike(one: str, other: str) -> None:
    assert shaped(one) == shaped(other)
    assert hash(shaped(one)) == hash(shaped(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('userName eq "a"', 'userName ne "a"', id="another operator"),
        pytest.param('userName eq "a"', 'title eq "a"', id="another attribute"),
        pytest.param('name.givenName eq "a"', 'name.familyName eq "a"', id="another part"),
        pytest.param('title eq "a"', f'{ENTERPRISE_USER}:title eq "a"', id="another schema"),
        pytest.param('emails.value eq "a"', 'emails[type eq "work"].value eq "a"', id="brackets"),
        pytest.param('emails[type eq "work"]', 'emails[type eq "work"].value pr', id="a part behind them"),
        pytest.param('emails[value eq "a" and type eq "b"]', 'emails[value eq "a"] and userType eq "b"', id="what is in them"),
        pytest.param('title eq "a"', "title eq null", id="null"),
        pytest.param("urn:x:y:z eq 1", 'urn:x:y:z eq "1"', id="another type"),
        pytest.param("urn:x:y:z eq 1", "urn:x:y:z eq true", id="a boolean is no number"),
        pytest.param("id pr and title pr or active pr", "id pr and (title pr or active pr)", id="another grouping"),
        pytest.param("not (id pr and title pr)", "not (id pr) and title pr", id="another negation"),
    ],
)  # fmt: skip
def test_apart(one: str, other: str) -> None:
    assert shaped(one) != shaped(other)


def test_literals_come_in_the_same_order_for_all_of_a_shape() -> None:
    text = 'emails[type eq "{}" or value sw "{}"].display co "{}" and (title ne "{}" or not (id gt "{}")) and locale eq null'

    literals = [one.value for one in comparisons(parse_filter(text.format(*"abcde"), USER))]

    assert literals == list("abcde")
