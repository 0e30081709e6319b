"""Reading one template of the file."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from app.cards.applying.item_file import read_fields, read_general, read_photo
from app.cards.applying.nodes import Mapping, Scalar
from app.cards.applying.pictures import Takes
from app.cards.applying.problems import Problems
from app.cards.applying.section import LONG_TEXT_LENGTH, Section
from app.cards.applying.spec import TemplateSpec
from app.cards.layout import LAYOUTS, THEMES, Design, Layout, Leaver, Video
from app.core.errors import Refused
from app.directory.settings import leaver_page

TEMPLATE_KEYS = ("name", "design", "leaver", "general", "fields", "photo", "video")
DESIGN_KEYS = ("accent", "background", "theme", "layout", "logo", "cover")
LEAVER_KEYS = ("show", "email", "phone", "successor", "days")
NAME_LENGTH = 128

_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def read_template(node: Mapping, pictures: Takes, problems: Problems) -> TemplateSpec | None:
    """The template in `node`, None when it has no name. Everything wrong is noted in `problems`."""
    section = Section(node, TEMPLATE_KEYS, problems)
    name = section.text("name", longest=NAME_LENGTH, needed="a template needs a name")
    layout = Layout(
        design=_design(section, pictures),
        general=read_general(section),
        fields=tuple(read_fields(section)),
        photo=read_photo(section),
        video=_video(section, pictures),
        leaver=_leaver(section),
    )
    return TemplateSpec(name, layout, section.line_of("name")) if name is not None else None


def _design(template: Section, pictures: Takes) -> Design:
    section = template.section("design", DESIGN_KEYS)
    plain_design = Design()
    if section is None:
        return plain_design
    return Design(
        accent=_colour(section, "accent", plain_design.accent),
        background=_colour(section, "background", plain_design.background),
        theme=section.choice("theme", THEMES, plain_design.theme),
        layout=section.choice("layout", LAYOUTS, plain_design.layout),
        logo=pictures.take(section, "logo"),
        cover=pictures.take(section, "cover"),
    )


def _colour(section: Section, key: str, default: str) -> str:
    text = section.text(key)
    if text is None:
        return default
    if not _COLOUR.fullmatch(text):
        section.refuse(key, f"must be a colour such as #0b5fff, not {text!r}")
        return default
    digits = text[1:].lower()
    return "#" + (digits if len(digits) > 3 else "".join(digit * 2 for digit in digits))


def _video(template: Section, pictures: Takes) -> Video | None:
    node = template.node("video")
    if node is None:
        return None
    if isinstance(node, Scalar):
        url = template.text("video", longest=LONG_TEXT_LENGTH)
        return Video(url) if url and _is_web_address(template, "video", url) else None
    section = template.section("video", ("url", "poster"))
    if section is None:
        return None
    url = section.text("url", longest=LONG_TEXT_LENGTH, needed="a video needs a url")
    poster = pictures.take(section, "poster")
    return Video(url, poster) if url and _is_web_address(section, "url", url) else None


def _is_web_address(section: Section, key: str, text: str) -> bool:
    try:
        parts = urlsplit(text)
        lawful = parts.scheme in {"https", "http"} and bool(parts.hostname)
    except ValueError:
        lawful = False
    if not lawful:
        section.refuse(key, f"must be a web address such as https://video.example/intro, not {text!r}")
    return lawful


def _leaver(template: Section) -> Leaver | None:
    section = template.section("leaver", LEAVER_KEYS)
    if section is None:
        return None
    try:
        return leaver_page("leaver", section.content())
    except Refused as error:
        key = (error.field or "leaver").rpartition(".")[2]
        section.problems.add(section.line_of(key), str(error))
        return None
