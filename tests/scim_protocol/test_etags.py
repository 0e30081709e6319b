"""Tags and preconditions without HTTP: what a header field says, and what follows for a resource at a revision."""

from __future__ import annotations

import pytest

from app.scim.protocol.errors import ScimError
from app.scim.protocol.etags import entity_tag, read_conditions


@pytest.mark.parametrize(
    ("field", "may_write"),
    [
        pytest.param(None, True, id="nothing said"),
        pytest.param('W/"7"', True, id="the weak tag"),
        pytest.param('"7"', True, id="the same as a strong one"),
        pytest.param("7", True, id="without quotes"),
        pytest.param('W/"7-0a1b2c3d4e5f"', True, id="the tag of an answer with groups"),
        pytest.param("*", True, id="any version"),
        pytest.param('W/"6", W/"7"', True, id="one of several"),
        pytest.param('W/"6"', False, id="an older one"),
        pytest.param('W/"77"', False, id="one that begins alike"),
        pytest.param('"6", "8"', False, id="none of several"),
        pytest.param('""', False, id="an empty tag"),
        pytest.param("", False, id="an empty field"),
    ],
)
def test_if_match_of_a_write(field: str | None, may_write: bool) -> None:
    conditions = read_conditions(field, None)

    if may_write:
        conditions.check_before_write(7)
    else:
        with pytest.raises(ScimError, match="If-Match") as raised:
            conditions.check_before_write(7)
        assert raised.value.status == 412


@pytest.mark.parametrize(
    ("field", "may_write"),
    [
        pytest.param("*", False, id="only if there is none"),
        pytest.param('W/"7"', False, id="not this version"),
        pytest.param('W/"6"', True, id="not an older version"),
    ],
)
def test_if_none_match_of_a_write(field: str, may_write: bool) -> None:
    conditions = read_conditions(None, field)

    if may_write:
        conditions.check_before_write(7)
    else:
        with pytest.raises(ScimError, match="If-None-Match"):
            conditions.check_before_write(7)


@pytest.mark.parametrize(
    ("field", "unchanged"),
    [
        pytest.param(None, False, id="nothing said"),
        pytest.param('W/"7-0a1b2c3d4e5f"', True, id="what the reader has"),
        pytest.param('"7-0a1b2c3d4e5f"', True, id="the same as a strong one"),
        pytest.param("*", True, id="any version"),
        pytest.param('W/"7"', False, id="the same version shown without groups"),
        pytest.param('W/"7-ffffffffffff"', False, id="the same version with other groups"),
        pytest.param('W/"6-0a1b2c3d4e5f"', False, id="an older version"),
    ],
)
def test_if_none_match_of_a_read(field: str | None, unchanged: bool) -> None:
    conditions = read_conditions(None, field)

    assert conditions.is_unchanged('W/"7-0a1b2c3d4e5f"') is unchanged


def test_reading_another_version_than_the_one_asked_for_is_refused() -> None:
    conditions = read_conditions('W/"6"', None)

    with pytest.raises(ScimError, match="read the resource again"):
        conditions.is_unchanged('W/"7"')


def test_what_is_shown_besides_is_part_of_the_tag() -> None:
    alone, in_sales, in_service = entity_tag(7), entity_tag(7, ["Sales"]), entity_tag(7, ["Service"])

    assert alone == 'W/"7"'
    assert in_sales != in_service
    assert in_sales.startswith('W/"7-')
