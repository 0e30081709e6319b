"""What a file says, once it has been read without a complaint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.auth.sign_in.wanted import Wanted
from app.cards.assets import Asset
from app.cards.bindings import GroupName
from app.cards.layout import Layout


@dataclass(frozen=True, slots=True)
class TemplateSpec:
    """A template of the file. Its layout counts no versions: every `once_since` is 0."""

    name: str
    layout: Layout
    line: int


@dataclass(frozen=True, slots=True)
class BindingSpec:
    """A binding of the file."""

    group: GroupName
    template: str
    exclusive: str | None
    line: int


@dataclass(frozen=True, slots=True)
class SignInSpec:
    """The organization's provider, without faults; `line` is where the file names the secret, or would."""

    provider: Wanted
    line: int


@dataclass(frozen=True, slots=True)
class FileSpec:
    """The whole file. `bindings` is None when the file does not speak of them."""

    organization: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the organization with plain values, as `directory.organizations.change` takes them."""
    templates: tuple[TemplateSpec, ...] = ()
    bindings: tuple[BindingSpec, ...] | None = None
    pictures: tuple[Asset, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """Lines of the organization's keys."""
    sign_in: SignInSpec | None = None
