"""`lanyard oauth-client`, as operators run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import URL

from app.auth import tokens
from app.cli import main
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.auth_oauth.conftest import TokenEndpoint
from tests.auth_oauth.issuer import AUDIENCE, SUBJECT, TENANT

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: URL, organization: Organization) -> Run:
    """Runs `lanyard oauth-client …` for `nordwind`."""
    env = {
        "DATABASE_URL": database_url.render_as_string(hide_password=False),
        "LANYARD_PUBLIC_URL": "https://cards.example",
    }
    return lambda command, *more: CliRunner().invoke(
        main, ["oauth-client", command, "--org", organization.slug, *more], env=env
    )


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_create_prints_id_and_secret_once_and_list_never_again(run: Run, endpoint: TokenEndpoint) -> None:
    created = run("create", "--name", "Entra")
    listed = run("list")

    printed = dict(line.split(": ") for line in created.stdout.splitlines())
    assert set(printed) == {"client id", "client secret"}
    assert created.stderr == "Token endpoint: https://cards.example/oauth/token\n"
    assert endpoint.by_secret(printed["client id"], printed["client secret"]).status_code == 200
    assert printed["client id"] in listed.stdout
    assert printed["client secret"][-43:] not in listed.stdout


def test_create_again_gives_a_second_secret_and_refuses_a_third(run: Run, endpoint: TokenEndpoint) -> None:
    first, second = (document(run("create", "--name", "Entra", "--json")) for _ in range(2))
    third = run("create", "--name", "Entra", "--json")
    revoked = run("revoke", "--name", "Entra", "--secret", first["secret_id"])
    third_now = document(run("create", "--name", "Entra", "--json"))

    assert first["client_id"] == second["client_id"] == third_now["client_id"]
    assert (third.exit_code, third.stdout) == (1, "")
    assert third.stderr.startswith("Error: the OAuth client 'Entra' has 2 valid secrets already; revoke one first")
    assert first["secret_id"] in third.stderr
    assert revoked.exit_code == 0
    assert "revoke the client as a whole" in revoked.stderr
    assert [endpoint.by_secret(one["client_id"], one["client_secret"]).status_code for one in (first, second, third_now)] == [401, 200, 200]  # fmt: skip


def test_list_tells_what_there_is(run: Run, endpoint: TokenEndpoint) -> None:
    created = document(run("create", "--name", "Entra", "--expires-days", "730", "--token-minutes", "120", "--json"))
    endpoint.by_secret(created["client_id"], created["client_secret"])
    run("create", "--name", "Federated", "--federated-tenant", TENANT.upper(), "--federated-subject", SUBJECT,
        "--federated-audience", AUDIENCE, "--federated-audience", "api://other")  # fmt: skip
    run("create", "--name", "Gone")
    run("revoke", "--name", "Gone")

    entra, federated, gone = document(run("list", "--json"))

    [secret] = entra["secrets"]
    assert (entra["name"], entra["client_id"], entra["state"], entra["token_minutes"]) == (
        "Entra",
        created["client_id"],
        "valid",
        120,
    )
    assert (secret["id"], secret["state"], secret["expires"]) == (created["secret_id"], "valid", created["expires"])
    assert secret["last_used"] == entra["last_used"] is not None
    assert federated["secrets"] == []
    assert federated["federation"] == {
        "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "jwks": f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys",
        "subject": SUBJECT,
        "audiences": [AUDIENCE, "api://other"],
        "tenant": TENANT,
    }
    assert (gone["state"], gone["secrets"][0]["state"]) == ("revoked", "revoked")


def test_a_federated_client_has_an_id_and_no_secret(run: Run) -> None:
    created = run("create", "--name", "F", "--federated-tenant", TENANT, "--federated-subject", SUBJECT)

    assert created.exit_code == 0
    assert created.stdout.startswith("client id: ")
    assert len(created.stdout.splitlines()) == 1


def test_the_lifetime_of_tokens_can_be_changed_with_a_new_secret(run: Run, endpoint: TokenEndpoint) -> None:
    def lifetime(created: Any) -> int:
        seconds: int = endpoint.by_secret(created["client_id"], created["client_secret"]).get_json()["expires_in"]
        return seconds

    first = document(run("create", "--name", "Entra", "--token-minutes", "360", "--json"))
    before = lifetime(first)
    run("revoke", "--name", "Entra", "--secret", first["secret_id"])
    kept = lifetime(document(run("create", "--name", "Entra", "--json")))
    changed = lifetime(document(run("create", "--name", "Entra", "--token-minutes", "60", "--json")))

    assert (before, kept, changed) == (360 * 60, 360 * 60, 3600)


FEDERATED = ("--federated-tenant", TENANT, "--federated-subject", SUBJECT)
ELSEWHERE = ("--federated-subject", SUBJECT, "--federated-jwks", "https://keys.example/jwks")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        pytest.param(("create",), 2, "--name", id="no name"),
        pytest.param(("create", "--name", " "), 1, "name is a text of 1 to 128", id="an empty name"),
        pytest.param(("create", "--name", "a\nb"), 1, "name is a text of 1 to 128", id="a name of two lines"),
        pytest.param(("create", "--name", "x", "--expires-days", "0"), 1, "expires after 1 to 3650 days, not 0", id="no day"),
        pytest.param(("create", "--name", "x", "--expires-days", "9999"), 1, "expires after 1 to 3650 days", id="too many days"),
        pytest.param(("create", "--name", "x", "--token-minutes", "59"), 1, "live 60 to 360 minutes, not 59", id="too short"),
        pytest.param(("create", "--name", "x", "--token-minutes", "361"), 1, "live 60 to 360 minutes, not 361", id="too long"),
        pytest.param(("create", "--name", "x", "--federated-tenant", "nordwind.example", "--federated-subject", SUBJECT), 1, "named by its GUID", id="a tenant's domain"),
        pytest.param(("create", "--name", "x", "--federated-tenant", f"{TENANT}/../common", "--federated-subject", SUBJECT), 1, "named by its GUID", id="a tenant with more behind it"),
        pytest.param(("create", "--name", "x", "--federated-tenant", TENANT), 1, "subject is a text of 1 to", id="no subject"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-audience", ""), 1, "audience is a text of 1 to", id="an empty audience"),
        pytest.param(("create", "--name", "x", *FEDERATED, *(part for n in range(9) for part in ("--federated-audience", str(n)))), 1, "at most 8 audiences", id="too many audiences"),
        pytest.param(("create", "--name", "x", "--federated-subject", SUBJECT), 1, "an Entra tenant, or both an issuer and", id="nobody to trust"),
        pytest.param(("create", "--name", "x", *ELSEWHERE), 1, "an Entra tenant, or both an issuer and", id="keys without issuer"),
        pytest.param(("create", "--name", "x", *ELSEWHERE, "--federated-issuer", "http://issuer.example"), 1, "must be https", id="an issuer without TLS"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "http://10.0.0.1/keys"), 1, "must be https", id="keys without TLS"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "http://127.0.0.1.example/keys"), 1, "must be https", id="keys on what looks like loopback"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "file:///etc/passwd"), 1, "is not an address", id="keys in a file"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "https://u:p@keys.example"), 1, "is not an address", id="keys with a password"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "https://keys.example:99999"), 1, "is not an address", id="keys at no port"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--federated-jwks", "https://[keys"), 1, "is not an address", id="keys at no host"),
        pytest.param(("create", "--name", "x", *FEDERATED, "--expires-days", "5"), 2, "--expires-days is for a secret", id="a federated client that expires"),
        pytest.param(("revoke", "--name", "x"), 1, "no OAuth client 'x' to revoke", id="revoking nobody"),
        pytest.param(("revoke", "--name", "x", "--secret", "y"), 1, "no OAuth client 'x' to revoke", id="revoking a secret of nobody"),
    ],
)  # fmt: skip
def test_refused_with_the_reason_and_nothing_done(run: Run, arguments: tuple[str, ...], code: int, reason: str) -> None:
    result = run(*arguments)

    assert result.exit_code == code
    assert reason in result.stderr
    assert document(run("list", "--json")) == []


def test_secrets_and_federation_do_not_mix(run: Run) -> None:
    run("create", "--name", "secret")
    run("create", "--name", "federated", *FEDERATED)

    answers = [
        run("create", "--name", "federated"),
        run("create", "--name", "federated", *FEDERATED),
        run("create", "--name", "secret", *FEDERATED),
        run("revoke", "--name", "federated", "--secret", "x"),
    ]

    assert [result.exit_code for result in answers] == [1, 1, 1, 1]
    assert "is federated and has no secrets" in answers[0].stderr
    assert "there is an OAuth client 'federated' already" in answers[1].stderr
    assert "there is an OAuth client 'secret' already" in answers[2].stderr
    assert "has no secret 'x' to revoke" in answers[3].stderr


def test_access_tokens_are_no_tokens_of_the_organization(
    database: Database, run: Run, endpoint: TokenEndpoint, organization: Organization
) -> None:
    created = document(run("create", "--name", "Entra", "--json"))
    endpoint.by_secret(created["client_id"], created["client_secret"])

    with database.read(organization.id) as reader:
        assert tokens.every(reader) == []
