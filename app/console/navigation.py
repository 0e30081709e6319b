"""The console's sections: the one table that its navigation, its overview and its tests read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.auth.sign_in import roles
from app.auth.sign_in.roles import ACCESS, CARDS, DIRECTORY, OVERSIGHT, SEE, TEMPLATES


@dataclass(frozen=True, slots=True)
class Section:
    """A section: what addresses and templates call it, what people read, its picture, and whose it is to see."""

    key: str
    label: str
    icon: str
    area: str | None
    """An area of auth.sign_in.roles; None for what everybody with a role may see."""

    @property
    def path(self) -> str:
        """Its address from the root of the installation."""
        return f"/console/{self.key}" if self.key else "/console"


GROUPS: tuple[tuple[str | None, tuple[Section, ...]], ...] = (
    (None, (Section("", "Overview", "layout-dashboard", None),)),
    (
        "Directory",
        (
            Section("people", "People", "users", DIRECTORY),
            Section("groups", "Groups", "layers", DIRECTORY),
            Section("invitations", "Invitations", "send", DIRECTORY),
            Section("quality", "Data quality", "triangle-alert", DIRECTORY),
            Section("log", "Provisioning log", "scroll-text", DIRECTORY),
            Section("mail", "E-mails", "mail", DIRECTORY),
        ),
    ),
    (
        "Cards",
        (
            Section("cards", "Cards", "id-card", CARDS),
            Section("templates", "Templates", "palette", TEMPLATES),
            Section("bindings", "Bindings", "git-branch", TEMPLATES),
            Section("held", "Held removals", "hand", DIRECTORY),
        ),
    ),
    (
        "Access",
        (
            Section("connection", "Connection", "plug", ACCESS),
            Section("tokens", "Tokens", "key-round", ACCESS),
            Section("sign-in", "Sign-in", "log-in", ACCESS),
            Section("roles", "Roles", "shield-check", ACCESS),
        ),
    ),
    (
        "Oversight",
        (
            Section("audit", "Audit log", "history", OVERSIGHT),
            Section("jobs", "Jobs", "clock", OVERSIGHT),
            Section("settings", "Settings", "settings", OVERSIGHT),
        ),
    ),
)


def visible(held: Collection[str]) -> list[tuple[str | None, list[Section]]]:
    """What somebody with these roles sees, group by group; groups of which nothing is left are left out."""
    shown = [
        (label, [one for one in sections if one.area is None or roles.may(held, one.area, SEE)])
        for label, sections in GROUPS
    ]
    return [(label, sections) for label, sections in shown if sections]
