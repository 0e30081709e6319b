"""Long lists of ids go to the database in pieces."""

from __future__ import annotations

import pytest

from app.cards.chunks import chunks


@pytest.mark.parametrize(
    ("length", "pieces"), [(0, []), (1, [1]), (500, [500]), (501, [500, 1]), (1001, [500, 500, 1])]
)
def test_nothing_is_lost_between_pieces(length: int, pieces: list[int]) -> None:
    values = list(range(length))

    found = list(chunks(values))

    assert [len(piece) for piece in found] == pieces
    assert [value for piece in found for value in piece] == values
