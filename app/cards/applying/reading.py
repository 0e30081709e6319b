"""Reading the whole file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.attributes.folding import fold
from app.cards.applying.nodes import MAX_BYTES, Mapping, read_nodes
from app.cards.applying.pictures import Pictures
from app.cards.applying.problems import BadFileError, Problem, Problems
from app.cards.applying.section import Section
from app.cards.applying.sign_in_file import read_sign_in
from app.cards.applying.spec import BindingSpec, FileSpec, TemplateSpec
from app.cards.applying.template_file import LEAVER_KEYS, NAME_LENGTH, read_template
from app.cards.bindings import GroupName
from app.core.errors import Refused
from app.directory import organizations
from app.directory.organizations import Organization
from app.directory.settings import KEYS, OrganizationSettings

FILE_KEYS = ("organization", "sign_in", "templates", "bindings")
ORGANIZATION_KEYS = ("name", "seat_limit", *KEYS)
BINDING_KEYS = ("group", "external_id", "template", "exclusive")
NESTED_KEYS = {"brake": ("people", "percent"), "leaver": LEAVER_KEYS}

_ANY = Organization("", "", "", None, OrganizationSettings(), datetime(2000, 1, 1, tzinfo=UTC))
"""What values are checked on: whether the file is right depends on the file alone."""


def read_file(path: Path) -> FileSpec:
    """What the file at `path` says. Raises BadFileError with all that is wrong, OSError when it cannot be read."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    return read_text(content, path.parent)


def read_text(content: bytes, folder: Path) -> FileSpec:
    """What `content` says; files that it names lie in `folder`. Raises BadFileError with all that is wrong."""
    problems = Problems()
    node = read_nodes(content, problems)
    if not isinstance(node, Mapping):
        raise BadFileError([Problem(node.line, f"the file must have keys: {', '.join(FILE_KEYS)}")])
    section = Section(node, FILE_KEYS, problems)
    pictures = Pictures(folder)
    organization, lines = _organization(section)
    spec = FileSpec(
        organization=organization,
        templates=_templates(section, pictures),
        bindings=_bindings(section),
        pictures=pictures.taken,
        lines=lines,
        sign_in=read_sign_in(section, folder),
    )
    problems.refuse()
    return spec


def _organization(file: Section) -> tuple[dict[str, Any], dict[str, int]]:
    section = file.section("organization", ORGANIZATION_KEYS)
    if section is None:
        return {}, {}
    for key, value in section.content().items():
        nested = section.section(key, NESTED_KEYS[key]) if key in NESTED_KEYS else None
        if key in NESTED_KEYS and nested is None:
            continue
        try:
            organizations.changed(_ANY, {key: nested.content() if nested else value})
        except Refused as error:
            inner = (error.field or key).partition(".")[2]
            section.problems.add(nested.line_of(inner) if nested else section.line_of(key), str(error))
    content = section.content()
    return content, {key: section.line_of(key) for key in content}


def _templates(file: Section, pictures: Pictures) -> tuple[TemplateSpec, ...]:
    read = [read_template(node, pictures, file.problems) for node in file.mappings("templates")]
    templates = [template for template in read if template is not None]
    lines: dict[str, int] = {}
    for template in templates:
        key = fold(template.name)
        if key in lines:
            file.problems.add(template.line, f"there is a template {template.name!r} in line {lines[key]} already")
        lines.setdefault(key, template.line)
    return tuple(templates)


def _bindings(file: Section) -> tuple[BindingSpec, ...] | None:
    if "bindings" not in file:
        return None
    read = [_binding(Section(node, BINDING_KEYS, file.problems)) for node in file.mappings("bindings")]
    listed = [binding for binding in read if binding is not None]
    lines: dict[tuple[str, tuple[str, str]], int] = {}
    sets: dict[str, BindingSpec] = {}
    for binding in listed:
        template = fold(binding.template)
        same = (template, binding.group.key)
        if same in lines:
            file.problems.add(binding.line, f"this group and template are bound in line {lines[same]} already")
        lines.setdefault(same, binding.line)
        first = sets.setdefault(template, binding)
        if first.exclusive != binding.exclusive:
            file.problems.add(
                binding.line,
                f"all bindings of {binding.template} must be in the same exclusive set or in none; "
                f"the one in line {first.line} is in {first.exclusive or 'none'}",
            )
    return tuple(listed)


def _binding(section: Section) -> BindingSpec | None:
    if ("group" in section) == ("external_id" in section):
        section.problems.add(section.line, "a binding names its group by group or by external_id, by one of them")
    named = {
        key: section.text(key, needed=f"{key} must name a group") for key in ("group", "external_id") if key in section
    }
    template = section.text("template", longest=NAME_LENGTH, needed="a binding needs a template")
    exclusive = section.text("exclusive")
    if template is None or len(named) != 1 or None in named.values():
        return None
    return BindingSpec(GroupName(named.get("group"), named.get("external_id")), template, exclusive, section.line)
