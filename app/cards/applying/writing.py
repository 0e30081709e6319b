"""Writing the file that `apply` reads back to the same state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import yaml

from app.auth.sign_in.provider import Provider
from app.cards.bindings import Binding
from app.cards.layout import DEFAULT_SOURCES, Design, Item, Layout, Leaver, Video
from app.cards.template_store import Template
from app.directory.organizations import Organization

Name = Callable[[str], str]
"""How the file speaks of the picture with an asset id: a file's name or a `data:` URL."""


def written(
    organization: Organization,
    provider: Provider | None,
    templates: Sequence[Template],
    bindings: Sequence[Binding],
    picture: Name,
) -> str:
    """YAML that `reading.read_text` reads back: all settings, these templates, and the bindings in their order.

    No secret is in it: an organization that has the provider keeps the one it knows.

    What is a template's default is left out, settings are all there: a file that leaves one out would let it stay. The
    exclusive set of a template that is not bound has no place in the file.
    """
    names = {template.id: template for template in templates}
    content = {
        "organization": _organization(organization),
        **({"sign_in": _sign_in(provider)} if provider is not None else {}),
        "templates": [_template(template.name, template.layout, picture) for template in templates],
        "bindings": [_Line(_binding(one, names[one.template_id])) for one in bindings],
    }
    return yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))


class _Line(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's, with lists set in under their keys."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """The same, but that a list is never `indentless`."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """A text; in double quotes, where line breaks are escapes, when it has any."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.splitlines() == [text] else '"')


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Line, lambda dumper, line: dumper.represent_mapping(_MAP, line.items(), flow_style=True))
_MAP = "tag:yaml.org,2002:map"


def _organization(organization: Organization) -> dict[str, Any]:
    settings = organization.settings.to_json()
    lines = {key: _Line(value) if isinstance(value, Mapping) else value for key, value in settings.items()}
    return {"name": organization.name, "seat_limit": organization.seat_limit, **lines}


def _sign_in(provider: Provider) -> dict[str, Any]:
    described = {key: getattr(provider, key) for key in ("issuer", "client_id", "tenant_id", "role_claim")}
    return _without({}, {**described, "role_values": dict(provider.role_values)})


def _template(name: str, layout: Layout, picture: Name) -> dict[str, Any]:
    described = {
        "name": name,
        "design": _design(layout.design, picture),
        "leaver": _leaver(layout.leaver),
        "general": {item.key: _Line(_slot(item)) for item in layout.general},
        "fields": [_Line(_field(item)) for item in layout.fields],
        "photo": _Line(_slot(layout.photo)) if layout.photo else None,
        "video": _video(layout.video, picture),
    }
    return _without({}, described)


def _design(design: Design, picture: Name) -> dict[str, Any]:
    pictures = {key: picture(asset) for key, asset in (("logo", design.logo), ("cover", design.cover)) if asset}
    return {**_without(asdict(Design()), {**asdict(design), "logo": None, "cover": None}), **pictures}


def _leaver(leaver: Leaver | None) -> dict[str, Any] | None:
    return None if leaver is None else _Line({"show": leaver.show, **_without(asdict(Leaver()), asdict(leaver))})


def _video(video: Video | None, picture: Name) -> str | dict[str, Any] | None:
    if video is None or video.poster is None:
        return video.url if video else None
    return {"url": video.url, "poster": picture(video.poster)}


def _field(item: Item) -> dict[str, Any]:
    described = {"key": item.key, "kind": item.kind, "service": item.service, "label": item.label}
    return _without({}, {**described, "source": item.source, **_rules(item)})


def _slot(item: Item) -> dict[str, Any]:
    return _without({"source": DEFAULT_SOURCES[item.key]}, {"source": item.source, **_rules(item)})


def _rules(item: Item) -> dict[str, Any]:
    rules = {"sync": item.sync, "value": item.value, "editable": item.editable, "required": item.required}
    return {**rules, "placeholder": item.placeholder}


def _without(defaults: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    """`content` without what is as in `defaults`, and without what says nothing: null, false, and no entries."""
    return {
        key: value
        for key, value in content.items()
        if value not in (None, False) and value != defaults.get(key) and value not in ([], {})
    }


def _binding(binding: Binding, template: Template) -> dict[str, Any]:
    group = {"group": binding.group.display_name, "external_id": binding.group.external_id}
    return _without({}, {**group, "template": template.name, "exclusive": template.exclusive})
