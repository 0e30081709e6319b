"""Who has no photo and why, and what an operator is told of a set-up that does not work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ConfigError
from app.core.settings import Settings
from tests.graph.conftest import Nordwind, object_id, picture
from tests.graph.test_modes import lanyard
from tests.photos.conftest import pushed
from tests.support.graph import error
from tests.support.photos import prepare


def listed(nordwind: Nordwind) -> dict[str, Any]:
    """What `photos list --json` says."""
    done = lanyard(nordwind, "photos", "list", "--org", "nordwind", "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_everybody_without_a_photo_is_listed_with_the_reason_and_all_are_counted(nordwind: Nordwind) -> None:
    nordwind.template("unless_edited")
    nordwind.hire("ines", "none", "gif", "boss", "silent", "own", "pushed", "emptied")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.graph.set(object_id(3), b"GIF89a and so on")
    nordwind.graph.instead = lambda who, _kind: {
        object_id(4): error(403, "ErrorAccessDenied"),
        object_id(5): error(500, "InternalServerError"),
    }.get(who)
    nordwind.upload("own", "lime")
    nordwind.company.change("pushed", photos=pushed("blue"))
    prepare(nordwind.app)
    lanyard(nordwind, "cards", "set", "--org", "nordwind", nordwind.public_id("emptied"), "photo=")
    nordwind.run()
    nordwind.company.hire("nameless", externalId="10443")
    nordwind.company.join("Cards - Sales", "nameless")
    nordwind.hire("new")

    found = listed(nordwind)

    assert {one["user_name"].partition("@")[0]: (one["state"], one["why"]) for one in found["without"]} == {
        "none": ("none", "Microsoft Graph has no photo of them (ImageNotFound)."),
        "gif": ("refused", "The photo is a GIF; JPEG, PNG and WebP are shown."),
        "boss": ("denied", "Microsoft Graph refuses to be asked about them: 403 ErrorAccessDenied."),
        "silent": ("silent", "Microsoft Graph does not answer as it should: 500 InternalServerError."),
        "emptied": ("emptied", "It was emptied on the card."),
        "nameless": (
            "unknown",
            "The directory sends no object id as externalId, so Microsoft Graph cannot be asked.",
        ),
        "new": ("not-asked", "Microsoft Graph was not asked about them yet."),
    }
    assert {state: count for state, count in found["counts"].items() if count} == {
        "has": 3, "none": 1, "refused": 1, "denied": 1, "silent": 1, "emptied": 1, "unknown": 1, "not-asked": 1,
    }  # fmt: skip
    assert found["graph"]["problem"] is None
    assert found["graph"]["ended_at"]


def test_the_table_says_the_same_and_how_the_round_went(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.run()

    done = lanyard(nordwind, "photos", "list", "--org", "nordwind")

    assert done.stdout.split() == [
        "none", "jonas@nordwind.example", *["Microsoft", "Graph", "has", "no", "photo", "of", "them", "(ImageNotFound)."],
    ]  # fmt: skip
    assert "2 cards: 1 has, 1 none.\nMicrosoft Graph: the round of" in done.stderr


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("off", "Photos are not fetched from Microsoft Graph: the organization's photos_from_graph is off."),
        ("sign_in", "They have not signed in since photos are fetched at sign-in."),
    ],
)
def test_who_waits_for_what(nordwind: Nordwind, setting: str, sentence: str) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.fetch(setting)

    [ines] = listed(nordwind)["without"]

    assert (ines["state"], ines["why"]) == ("not-asked", sentence)


NOT_CONSENTED = (
    "Microsoft Graph refuses to be asked: 403 Authorization_RequestDenied. In Entra, give the app registration the"
    " application permission ProfilePhoto.Read.All of Microsoft Graph and grant admin consent."
)


def refuse_all(nordwind: Nordwind) -> None:
    nordwind.graph.instead = lambda _who, _kind: error(403, "Authorization_RequestDenied")


def refuse_batch(nordwind: Nordwind) -> None:
    refuse_all(nordwind)
    nordwind.graph.batch_instead = lambda: error(403, "Authorization_RequestDenied")


@pytest.mark.parametrize("refusing", [refuse_all, refuse_batch])
def test_a_missing_consent_is_named_by_job_list_and_doctor(nordwind: Nordwind, refusing: Any) -> None:
    nordwind.template()
    nordwind.hire(*(f"p{number}" for number in range(30)))
    refusing(nordwind)

    said = nordwind.run()
    found, doctor = listed(nordwind), lanyard(nordwind, "doctor", "--json")

    assert said.endswith("In 1 organization not everybody could be asked about; lanyard photos list says why.")
    assert found["graph"]["problem"] == NOT_CONSENTED
    assert not nordwind.is_due(), "until the next hour"
    assert (doctor.exit_code, _photos(doctor)) == (1, [(False, NOT_CONSENTED)])


def test_doctor_says_when_all_is_well_and_asks_about_nobody_else(nordwind: Nordwind) -> None:
    nordwind.template()
    nobody = _photos(lanyard(nordwind, "doctor", "--json"))
    nordwind.hire("ines", "jonas")

    somebody = _photos(lanyard(nordwind, "doctor", "--json"))
    nordwind.fetch("off")

    assert nobody == [(True, "the application gets a token; there is nobody yet to ask Microsoft Graph about.")]
    assert somebody == [(True, "Microsoft Graph answers about photos.")]
    assert nordwind.graph.looks.total() == 1
    assert _photos(lanyard(nordwind, "doctor", "--json")) == []


def test_an_expired_secret_is_named_and_asks_about_nobody(nordwind: Nordwind, openid: Any) -> None:
    nordwind.template()
    nordwind.hire("ines")
    openid.token_answer = {"error": "invalid_client", "access_token": None}

    nordwind.run()

    sentence = (
        "The sign-in service gives the application no token (invalid_client). Look whether its client secret has"
        " expired: `lanyard sso set` takes a new one."
    )
    assert listed(nordwind)["graph"]["problem"] == sentence
    assert _photos(lanyard(nordwind, "doctor", "--json")) == [(False, sentence)]
    assert nordwind.graph.requests == []


def test_the_application_asks_for_a_token_with_its_secret_and_for_graph(nordwind: Nordwind, openid: Any) -> None:
    nordwind.template()
    nordwind.hire("ines")

    nordwind.run()

    [(_, form, headers)] = [asked for asked in openid.asked if asked[0] == "/token"]
    assert form == {"grant_type": "client_credentials", "scope": f"{nordwind.graph.url}/.default"}
    assert headers["Authorization"].startswith("Basic ")
    assert all(sent["Authorization"] == "Bearer at" for _, _, sent in nordwind.graph.requests)


def test_a_token_endpoint_that_is_away_puts_the_round_off(nordwind: Nordwind, openid: Any) -> None:
    nordwind.template()
    nordwind.hire("ines")
    openid.metadata = {"token_endpoint": "http://127.0.0.1:1/token"}

    nordwind.run()

    assert nordwind.round().ended_at is None
    assert listed(nordwind)["graph"]["problem"].startswith("The sign-in service does not answer as it should")


def test_fetch_asks_about_everybody_once_more_and_only_where_everybody_is_wanted(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.run()

    done = lanyard(nordwind, "photos", "fetch", "--org", "nordwind")
    due = nordwind.is_due()
    nordwind.run()
    nordwind.fetch("sign_in")
    refused = lanyard(nordwind, "photos", "fetch", "--org", "nordwind")

    assert (done.exit_code, due) == (0, True)
    assert nordwind.graph.looks == {object_id(1): 2}
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Error: Only with photos_from_graph=everyone: lanyard org set nordwind photos_from_graph=everyone\n",
    )


def test_quality_does_not_miss_a_photo_that_graph_has(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.run()

    found = json.loads(lanyard(nordwind, "quality", "--org", "nordwind", "--json").stdout)

    assert [one["person"] for one in found if one["kind"] == "missing-photo"] == ["jonas@nordwind.example"]


@pytest.mark.parametrize("value", ["off", "sign_in", "everyone"])
def test_the_setting_is_taken_and_shown(nordwind: Nordwind, value: str) -> None:
    lanyard(nordwind, "org", "set", "nordwind", f"photos_from_graph={value}")

    [shown] = json.loads(lanyard(nordwind, "org", "list", "--json").stdout)
    assert shown["photos_from_graph"] == value


def test_off_in_a_file_needs_no_quotes_and_nothing_else_is_taken(nordwind: Nordwind, tmp_path: Path) -> None:
    nordwind.company.apply("organization: {photos_from_graph: off}")
    refused = lanyard(nordwind, "org", "set", "nordwind", "photos_from_graph=always")

    [shown] = json.loads(lanyard(nordwind, "org", "list", "--json").stdout)
    assert shown["photos_from_graph"] == "off"
    assert refused.stderr == "Error: photos_from_graph must be one of off, sign_in, everyone, not 'always'\n"


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.microsoft.com",
        "graph.microsoft.com",
        "https://graph.microsoft.com/v1.0",
        "https://me:secret@graph.microsoft.com",
        "https://",
        "https://[::1",
        "ftp://127.0.0.1",
        "http://127.0.0.1.example",
    ],
)
def test_graph_is_an_https_address_or_on_this_machine(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match="LANYARD_GRAPH_URL must be"):
        Settings.from_env({"LANYARD_DATA_DIR": str(tmp_path), "LANYARD_GRAPH_URL": url})


def test_a_national_cloud_may_be_named(tmp_path: Path) -> None:
    found = Settings.from_env({"LANYARD_DATA_DIR": str(tmp_path), "LANYARD_GRAPH_URL": "https://graph.microsoft.us/"})

    assert found.graph_url == "https://graph.microsoft.us"


def _photos(doctor: Any) -> list[tuple[bool, str]]:
    found = json.loads(doctor.stdout)["checks"]
    return [(one["ok"], one["says"]) for one in found if one["check"] == "photos of nordwind"]
