"""What an organization may decide for itself, with defaults and the checks every way in shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson
import phonenumbers

from app.core.errors import Refused

LEAVER_SHOWS = ("nothing", "company", "manager", "successor")
PUBLISH = ("on_issue", "on_claim")
OFF, SIGN_IN, EVERYONE = "off", "sign_in", "everyone"
PHOTOS_FROM_GRAPH = (OFF, SIGN_IN, EVERYONE)
MARKER_LENGTH = 64


@dataclass(frozen=True)
class Brake:
    """Removals in one hour above both figures keep cards up until an admin decides."""

    people: int = 50
    percent: int = 10


@dataclass(frozen=True)
class LeaverPage:
    """What the page of a paused card offers instead of the person."""

    show: str = "company"
    email: str | None = None
    phone: str | None = None
    successor: str | None = None
    days: int | None = None
    """For how long after the card came down; None: for good."""


@dataclass(frozen=True)
class OrganizationSettings:
    """The keys of `organization:` in the file that `apply` reads, but name and seat limit."""

    phone_region: str | None = None
    strict_phones: bool = False
    external_id_is_permanent: str | bool = "auto"
    clear_marker: str = "[[clear]]"
    publish: str = "on_issue"
    announce: bool = False
    """Whether new people are told by e-mail that their card is ready."""
    photos_from_graph: str = OFF
    """Whether photos are fetched from Microsoft Graph: `sign_in` with the person's own token, `everyone` also by the
    hour with the application's."""
    brake: Brake = field(default_factory=Brake)
    log_days: int = 90
    """How long the provisioning log is kept."""
    audit_days: int = 730
    """How long the audit log is kept."""
    leaver: LeaverPage = field(default_factory=LeaverPage)

    def to_json(self) -> dict[str, Any]:
        """The settings as plain JSON, every key present."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> OrganizationSettings:
        """The settings that `to_json` wrote; keys it did not know have their defaults."""
        return _stored(orjson.dumps(stored))

    def changed(self, changes: Mapping[str, Any]) -> OrganizationSettings:
        """These settings with `changes`; `brake` and `leaver` are mappings and change only what they name.

        Raises Refused naming the key and the reason.
        """
        result = self
        for key, value in changes.items():
            check = _CHECKS.get(key)
            if check is None:
                raise Refused(f"there is no setting {key!r}; known are {', '.join(sorted(_CHECKS))}", key)
            result = replace(result, **{key: check(key, value, getattr(self, key))})
        return result


@lru_cache(maxsize=256)  # each push asks, and an organization's settings hardly ever change
def _stored(text: bytes) -> OrganizationSettings:
    told = orjson.loads(text)
    brake, leaver = Brake(**told.pop("brake", {})), LeaverPage(**told.pop("leaver", {}))
    return OrganizationSettings(**told, brake=brake, leaver=leaver)


def whole_number(key: str, value: Any, lowest: int, highest: int) -> int:
    """`value` as a whole number within bounds. Raises Refused naming `key`."""
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise Refused(f"{key} must be a whole number from {lowest} to {highest}, not {value!r}", key)
    return value


def _region(key: str, value: Any, _now: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or value.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise Refused(f"{key} must be a two-letter country code such as CH, not {value!r}", key)
    return value.upper()


def _boolean(key: str, value: Any, _now: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"{key} must be true or false, not {value!r}", key)
    return value


def _permanent(key: str, value: Any, _now: Any) -> str | bool:
    if value == "auto" or isinstance(value, bool):
        return value  # type: ignore[no-any-return]
    raise Refused(f"{key} must be auto, true or false, not {value!r}", key)


def _marker(key: str, value: Any, _now: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MARKER_LENGTH:
        raise Refused(f"{key} must be a text of 1 to {MARKER_LENGTH} characters", key)
    return value


def _publish(key: str, value: Any, _now: Any) -> str:
    if value not in PUBLISH:
        raise Refused(f"{key} must be {' or '.join(PUBLISH)}, not {value!r}", key)
    return str(value)


def _from_graph(key: str, value: Any, _now: Any) -> str:
    value = OFF if value is False else value  # as YAML reads `off`
    if value not in PHOTOS_FROM_GRAPH:
        raise Refused(f"{key} must be one of {', '.join(PHOTOS_FROM_GRAPH)}, not {value!r}", key)
    return str(value)


def _days(key: str, value: Any, _now: Any) -> int:
    return whole_number(key, value, 1, 3650)


def _brake(key: str, value: Any, now: Any) -> Brake:
    wanted = _mapping(key, value, {"people", "percent"})
    return Brake(
        people=whole_number(f"{key}.people", wanted.get("people", now.people), 1, 10_000_000),
        percent=whole_number(f"{key}.percent", wanted.get("percent", now.percent), 0, 100),
    )


def leaver_page(key: str, value: Any, now: LeaverPage | None = None) -> LeaverPage:
    """The leaver page that `value` describes, over `now`. Raises Refused naming the key and the reason."""
    now = now or LeaverPage()
    wanted = _mapping(key, value, {"show", "email", "phone", "successor", "days"})
    page = LeaverPage(
        show=wanted.get("show", now.show),
        email=_text(f"{key}.email", wanted.get("email", now.email)),
        phone=_text(f"{key}.phone", wanted.get("phone", now.phone)),
        successor=_text(f"{key}.successor", wanted.get("successor", now.successor)),
        days=None if (days := wanted.get("days", now.days)) is None else _days(f"{key}.days", days, None),
    )
    if page.show not in LEAVER_SHOWS:
        raise Refused(f"{key}.show must be one of {', '.join(LEAVER_SHOWS)}, not {page.show!r}", f"{key}.show")
    if page.show == "successor" and not page.successor:
        raise Refused(f"{key}.show is successor, so {key}.successor must name one", f"{key}.successor")
    if page.email is not None and "@" not in page.email:
        raise Refused(f"{key}.email must be an e-mail address, not {page.email!r}", f"{key}.email")
    return page


def _text(key: str, value: Any) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()):
        return value
    raise Refused(f"{key} must be a text of 1 to 255 characters", key)


def _mapping(key: str, value: Any, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Refused(f"{key} must have keys of its own: {', '.join(sorted(known))}", key)
    for name in value:
        if name not in known:
            raise Refused(f"{key} has no key {name!r}; known are {', '.join(sorted(known))}", f"{key}.{name}")
    return value


_CHECKS: dict[str, Callable[[str, Any, Any], Any]] = {
    "phone_region": _region,
    "strict_phones": _boolean,
    "external_id_is_permanent": _permanent,
    "clear_marker": _marker,
    "publish": _publish,
    "announce": _boolean,
    "photos_from_graph": _from_graph,
    "brake": _brake,
    "log_days": _days,
    "audit_days": _days,
    "leaver": leaver_page,
}

KEYS = tuple(_CHECKS)
