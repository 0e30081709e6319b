"""Whatever colours a template chooses, its cards can be read, in light and in dark."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cards.layout import THEMES, Design
from app.cards.pages.theme import TEXT_CONTRAST, contrast, css, parse

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
PAIRS = (("ink", "surface"), ("quiet", "surface"), ("link", "surface"), ("on-accent", "accent"), ("on-desk", "desk"))


def schemes(text: str) -> list[dict[str, str]]:
    """The variables of each `:root` in a style sheet."""
    return [dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", block)) for block in re.findall(r":root\{([^}]*)\}", text)]


@given(COLOURS, COLOURS)
def test_text_can_be_read_on_every_ground_it_stands_on(accent: str, background: str) -> None:
    for colours in schemes(css(Design(accent=accent, background=background))):
        ratios = {pair: contrast(parse(colours[pair[0]]), parse(colours[pair[1]])) for pair in PAIRS}

        assert min(ratios.values()) >= TEXT_CONTRAST - 0.05, ratios


@pytest.mark.parametrize(("theme", "kinds"), [("auto", 2), ("light", 1), ("dark", 1)])
def test_a_theme_fixes_how_many_schemes_there_are(theme: str, kinds: int) -> None:
    assert theme in THEMES
    assert len(schemes(css(Design(theme=theme)))) == kinds


def test_the_ratio_is_that_of_the_standard() -> None:
    assert round(contrast((0, 0, 0), (255, 255, 255)), 1) == 21.0
    assert round(contrast(parse("#767676"), (255, 255, 255)), 2) == 4.54
