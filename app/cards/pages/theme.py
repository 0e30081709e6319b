"""A template's colours as style sheet variables that can be read in light and in dark (WCAG 2.2, 1.4.3). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.cards.layout import Design

TEXT_CONTRAST = 4.5
DARK_LINK_CONTRAST = 6.5
"""Coloured text on dark ground looks dimmer than its ratio says."""
FACE_CONTRAST = 1.9
"""What sets a button or an initials' circle off from a dark ground."""
LIGHT, DARK = "#ffffff", "#14161a"
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)

Colour = tuple[int, int, int]


def css(design: Design, selector: str = ":root") -> str:
    """The style sheet of a design: what its light and dark pages are coloured with, and which of them are used.

    `selector` says which part of a page it is for, where that is not the whole.
    """
    light = _variables(design.accent, design.background)
    dark = _variables(design.accent, DARK)
    if design.theme == "light":
        return f"{selector}{{color-scheme:light;{light}}}\n"
    if design.theme == "dark":
        return f"{selector}{{color-scheme:dark;{dark}}}\n"
    return (
        f"{selector}{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{{selector}{{{dark}}}}}\n"
    )


def browser_colour(design: Design) -> str:
    """The colour for the browser's own frame."""
    return design.accent


def palette(design: Design) -> Mapping[str, str]:
    """The colours of its pages by their name in the style sheet, such as `accent` and `on-accent`, as `#rrggbb`: the
    dark ones for a design that is always dark, else those in the light.
    """
    return _colours(design.accent, DARK if design.theme == "dark" else design.background)


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def readable(colour: Colour, ground: Colour, ratio: float = TEXT_CONTRAST) -> Colour:
    """`colour`, taken towards black or white just as far as it has this contrast with `ground`."""
    goal = _WHITE if contrast(_WHITE, ground) > contrast(_BLACK, ground) else _BLACK
    for step in range(21):
        mixed = _mix(colour, goal, step / 20)
        if contrast(mixed, ground) >= ratio:
            return mixed
    return goal


def parse(text: str) -> Colour:
    """The colour `#rrggbb`."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _variables(accent: str, background: str) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in _colours(accent, background).items())


def _colours(accent_text: str, background_text: str) -> dict[str, str]:
    accent, background = parse(accent_text), parse(background_text)
    on_dark_ground = contrast(_WHITE, background) > contrast(_BLACK, background)
    surface = _mix(background, _WHITE, 0.05) if on_dark_ground else background
    desk = _mix(background, _BLACK, 0.25) if on_dark_ground else _mix(background, accent, 0.06)
    ink = readable(parse("#eceef2") if on_dark_ground else parse("#16181d"), surface)
    quiet = _mix(ink, background, 0.4)
    if on_dark_ground:
        accent = readable(accent, surface, FACE_CONTRAST)
    on_accent = _WHITE if contrast(_WHITE, accent) >= TEXT_CONTRAST else _BLACK
    values = {
        "accent": accent,
        "on-accent": on_accent,
        "link": readable(accent, surface, DARK_LINK_CONTRAST if on_dark_ground else TEXT_CONTRAST),
        "ground": background,
        "surface": surface,
        "desk": desk,
        "on-desk": readable(quiet, desk),
        "ink": ink,
        "quiet": readable(quiet, surface),
        "line": _mix(ink, background, 0.86),
    }
    return {name: _written(colour) for name, colour in values.items()}


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _written(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    linear: float = part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
    return linear
