"""Whether a design's colours can be read, in words (WCAG 2.2, 1.4.3 and 1.4.11). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.cards.layout import Design
from app.cards.pages.theme import DARK, TEXT_CONTRAST, contrast, palette, parse

SHAPE_CONTRAST = 3.0
"""What a button needs against what lies around it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A sentence about two colours; not `fine` where another colour would be better."""

    fine: bool
    said: str


def advice(design: Design) -> tuple[Advice, ...]:
    """What is to be said of the colours: text on buttons, links on the background, buttons on the background."""
    colours = palette(design)
    ground = DARK if design.theme == "dark" else design.background
    return (
        _on_buttons(design.accent, colours["on-accent"]),
        _of_links(design.accent, ground, colours["link"]),
        _of_buttons(design.accent, ground),
    )


def _on_buttons(accent: str, text: str) -> Advice:
    ratio = contrast(parse(text), parse(accent))
    name = "White" if text == "#ffffff" else "Black"
    return Advice(ratio >= TEXT_CONTRAST, f"{name} text on the accent colour: {_said(ratio)}, easy to read.")


def _of_links(accent: str, ground: str, link: str) -> Advice:
    ratio = contrast(parse(accent), parse(ground))
    if ratio >= TEXT_CONTRAST:
        return Advice(True, f"Links in the accent colour on the background: {_said(ratio)}, easy to read.")
    return Advice(
        False,
        f"Links in the accent colour on the background would have {_said(ratio)}, and text needs 4.5 to 1; cards show"
        f" links in {link} instead.",
    )


def _of_buttons(accent: str, ground: str) -> Advice:
    ratio = contrast(parse(accent), parse(ground))
    if ratio >= SHAPE_CONTRAST:
        return Advice(True, f"Buttons stand out from the background: {_said(ratio)}.")
    return Advice(
        False,
        f"Buttons hardly stand out from the background: {_said(ratio)}, and 3 to 1 is needed; choose another accent"
        " colour.",
    )


def _said(ratio: float) -> str:
    # Rounded down: 4.49 must not be called 4.5.
    return f"{int(ratio * 10) / 10:g} to 1"
