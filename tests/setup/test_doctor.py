"""`lanyard doctor` says what is not well with an installation, and changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from tests.sign_in.openid import CLIENT, SECRET, provider
from tests.support.server import environment_of, run_lanyard


@pytest.fixture
def environment(database_url: URL, tmp_path: Path) -> dict[str, str]:
    return environment_of(database_url, tmp_path)


def examined(environment: dict[str, str], code: int = 0, **over: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(run_lanyard({**environment, **over}, "doctor", "--json", code=code))
    return said


def bad(said: dict[str, Any]) -> list[str]:
    return [one["check"] for one in said["checks"] if not one["ok"]]


def test_an_installation_in_health_says_so_and_lists_every_route(environment: dict[str, str], tmp_path: Path) -> None:
    said = examined(environment)

    guards = {one["route"]: one["guard"] for one in said["routes"]}
    assert (said["healthy"], bad(said)) == (True, [])
    assert (guards["/scim/v2/Users"], guards["/me/sessions"], guards["/login"]) == (
        "organization token",
        "session",
        "public",
    )
    assert all(guards.values())
    assert not (tmp_path / "secret-key").exists()


def test_a_provider_is_asked(environment: dict[str, str]) -> None:
    run_lanyard(environment, "org", "create", "nordwind")
    with provider() as openid:
        run_lanyard(
            environment, "sso", "set", "--org", "nordwind", "--issuer", openid.issuer, "--client-id", CLIENT,
            "--client-secret-file", "-", stdin=SECRET,
        )  # fmt: skip
        well = examined(environment)

    away = examined(environment, code=1)

    assert [one["check"] for one in well["checks"] if one["ok"]][-1] == "sign-in of nordwind"
    assert bad(away) == ["sign-in of nordwind"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("check", "over"),
    [
        pytest.param("public address", {"LANYARD_PUBLIC_URL": "http://cards.example"}, id="plain http"),
        pytest.param("data folder", {"LANYARD_DATA_DIR": "/proc/nowhere"}, id="a folder that is none"),
        pytest.param("database", {"DATABASE_URL": "sqlite:///{folder}/empty.db"}, id="a database that is not migrated"),
    ],
)
def test_what_is_not_well_is_named(
    environment: dict[str, str], tmp_path: Path, check: str, over: dict[str, str]
) -> None:
    said = examined(environment, 1, **{name: value.format(folder=tmp_path) for name, value in over.items()})

    assert bad(said) == [check]
    assert not said["healthy"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("mode", "key"), [pytest.param(0o644, "k" * 64, id="others may read it"), pytest.param(0o600, "k", id="cut")]
)
def test_a_secret_key_that_is_no_secret_is_named(
    environment: dict[str, str], tmp_path: Path, mode: int, key: str
) -> None:
    (tmp_path / "secret-key").write_text(key)
    (tmp_path / "secret-key").chmod(mode)

    assert bad(examined(environment, 1)) == ["secret key"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["lanyard.db", "lanyard.db-wal", "jobs.db"])
def test_a_database_that_others_can_read_is_named(
    environment: dict[str, str], database_url: URL, tmp_path: Path, name: str
) -> None:
    place = tmp_path if name == "jobs.db" else Path(str(database_url.database)).parent
    (place / name).touch()
    (place / name).chmod(0o644)

    assert bad(examined(environment, 1)) == ["database"]
