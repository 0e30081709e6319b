"""Reading how people sign in: the organization's OpenID provider, and the file with the secret that it knows us by."""

from __future__ import annotations

from pathlib import Path

from app.auth.sign_in.wanted import LONGEST, Wanted
from app.cards.applying import beside
from app.cards.applying.nodes import Mapping, Scalar
from app.cards.applying.section import Section
from app.cards.applying.spec import SignInSpec
from app.core.errors import Refused

SIGN_IN_KEYS = ("issuer", "client_id", "client_secret_file", "tenant_id", "role_claim", "role_values")
ELSEWHERE = {
    "client_secret": "must not stand in this file; client_secret_file names the file beside it that holds the secret",
    "domains": "are given by the operator on the command line alone: lanyard sso set --domain",
}
_BYTES = LONGEST * 4 + 2
"""More than a secret of LONGEST characters in UTF-8, with a line break."""


def read_sign_in(file: Section, folder: Path) -> SignInSpec | None:
    """What `sign_in` says, None when it is left out. Everything wrong is noted, by the rules of `lanyard sso set`.

    The provider is named as a whole: a key that is left out is not set.
    """
    section = file.section("sign_in", SIGN_IN_KEYS, ELSEWHERE)
    if section is None:
        return None
    wanted = Wanted(
        issuer=section.text("issuer", longest=LONGEST, needed="sign_in needs the issuer of its provider") or "",
        client_id=section.text("client_id", longest=LONGEST, needed="sign_in needs the client_id") or "",
        client_secret=_secret(section, folder),
        tenant_id=section.text("tenant_id"),
        role_claim=section.text("role_claim", longest=LONGEST),
        role_values=_role_values(section),
    )
    said = {key for key in ("issuer", "client_id") if not getattr(wanted, key)}
    for fault in wanted.faults():
        if fault.field not in said:
            _note(section, fault)
    return SignInSpec(wanted, section.line_of("client_secret_file"))


def _secret(section: Section, folder: Path) -> str | None:
    name = section.text("client_secret_file")
    if name is None:
        return None
    try:
        return beside.read(beside.find(folder, name), _BYTES).decode().strip()
    except UnicodeDecodeError:
        section.refuse("client_secret_file", f"names {name!r}, which is no text in UTF-8")
    except Refused as error:
        section.refuse("client_secret_file", f"names {name!r}, which {error}")
    return None


def _role_values(section: Section) -> dict[str, str]:
    node = section.node("role_values")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        section.refuse("role_values", "must have values of the claim as keys, each with the role that it means")
        return {}
    found = {}
    for entry in node.entries:
        if isinstance(entry.node, Scalar) and isinstance(entry.node.value, str):
            found[entry.key] = entry.node.value
        else:
            section.problems.add(entry.line, f"sign_in.role_values.{entry.key} must be a role")
    return found


def _note(section: Section, fault: Refused) -> None:
    key, _, value = (fault.field or "").partition(".")
    node = section.node(key)
    line = section.line_of("client_secret_file" if key == "client_secret" else key)
    if isinstance(node, Mapping):
        line = next((entry.line for entry in node.entries if entry.key == value), line)
    section.problems.add(line, str(fault))
