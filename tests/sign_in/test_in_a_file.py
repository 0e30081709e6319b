"""The provider in the file that `lanyard apply` reads: by the rules of `lanyard sso set`, the secret beside the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.auth.sign_in import provider, sessions
from app.auth.sign_in.provider import Provider
from app.auth.sign_in.sessions import Visitor
from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.organizations import Organization
from tests.auth_oauth.issuer import TENANT
from tests.cards.test_cards_cli import Operator
from tests.sign_in.test_sessions import LIMITS

ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"
SECRET = "the secret that Entra showed"
GROUP = "0d5c0000-0000-4000-8000-000000000001"
FILE = f"""\
organization: {{name: Nordwind AG}}
sign_in:
  issuer: {ISSUER}
  tenant_id: {TENANT.upper()}
  client_id: lanyard
  client_secret_file: secret.txt
  role_claim: groups
  role_values:
    {GROUP}: owner
"""
WITHOUT_SECRET = FILE.replace("  client_secret_file: secret.txt\n", "")


class Desk:
    """An operator's folder with a file and a secret beside it."""

    def __init__(self, operator: Operator, folder: Path, database: Database, organization: Organization) -> None:
        self.operator, self.folder, self._database, self._organization = operator, folder, database, organization
        (folder / "secret.txt").write_text(f"{SECRET}\n")

    def apply(self, text: str = FILE, *options: str) -> Result:
        return self.operator.run("apply", self.operator.file(text), *options)

    def json(self, text: str = FILE, *options: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.apply(text, "--json", *options).stdout)
        return found

    def provider(self) -> Provider | None:
        with self._database.read(self._organization.id) as reader:
            return provider.of_organization(reader)

    def name(self) -> str:
        """What the organization is called."""
        with self._database.read(self._organization.id) as reader:
            return organizations.current(reader).name

    def audited(self) -> list[str]:
        statement = select(audit_log.c.action).where(audit_log.c.organization_id == ORGANIZATION)
        with self._database.read(self._organization.id) as reader:
            return sorted(reader.execute(statement).scalars())

    def come_in(self) -> None:
        """Somebody signs in at the provider as it is."""
        self._database.write(
            lambda tx: sessions.begin(tx, Visitor("ines", issuer=ISSUER), LIMITS),
            organization_id=self._organization.id,
            actor="visitor",
        )


@pytest.fixture
def desk(database_url: URL, tmp_path: Path, database: Database, organization: Organization) -> Desk:
    return Desk(Operator(database_url, tmp_path), tmp_path, database, organization)


def test_a_first_file_sets_sign_in_up_as_the_command_would(desk: Desk) -> None:
    done = desk.apply()

    shown = desk.operator.json("sso", "show")
    assert done.exit_code == 0, done.stderr
    assert f"Sign-in: people sign in at {ISSUER} from now on." in done.stdout
    assert (shown["issuer"], shown["client_id"], shown["tenant_id"]) == (ISSUER, "lanyard", TENANT)
    assert (shown["role_claim"], shown["role_values"]) == ("groups", [f"{GROUP}=owner"])
    assert desk.audited().count("sign_in.provider_set") == 1


def test_the_same_file_again_changes_nothing_of_it(desk: Desk) -> None:
    desk.apply()
    before, audited = desk.provider(), desk.audited()

    again = desk.apply()

    assert "nothing to change" in again.stdout
    assert (desk.provider(), desk.audited()) == (before, audited)


def test_the_secret_is_nowhere_but_sealed(desk: Desk) -> None:
    told = [desk.apply(FILE, "--dry-run", "--json"), desk.apply(), desk.operator.run("export")]

    stored = desk.provider()
    assert not any(SECRET in done.stdout + done.stderr for done in told)
    assert stored is not None
    assert SECRET not in repr(stored) + stored.sealed_secret


CHANGED = {
    "another claim for roles": (FILE.replace("groups", "roles"), {"role_claim": ["groups", "roles"]}, False, True),
    "no role by another name": (FILE.partition("  role_values")[0], {"role_values": [{GROUP: "owner"}, None]}, False, True),
    "a new secret": (FILE.replace("secret.txt", "new.txt"), {}, True, False),
    "another client": (
        FILE.replace("lanyard", "other").replace("secret.txt", "new.txt"),
        {"client_id": ["lanyard", "other"]},
        True,
        True,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGED)
def test_the_plan_says_what_changes_and_whose_sessions_end(desk: Desk, what: str) -> None:
    text, changes, new_secret, ends_sessions = CHANGED[what]
    (desk.folder / "new.txt").write_text("a new secret")
    desk.apply()
    desk.come_in()

    planned = desk.json(text, "--dry-run")["sign_in"]
    done = desk.json(text)["sign_in"]

    assert planned == done == {"changes": changes, "new_secret": new_secret, "ends_sessions": ends_sessions}
    assert ("session.ended" in desk.audited()) is ends_sessions
    assert "nothing to change" in desk.apply(text).stdout


def test_a_plan_is_of_one_secret_and_no_other(desk: Desk) -> None:
    desk.apply()
    plans = []
    for secret in ("one", "two", "two"):
        (desk.folder / "secret.txt").write_text(secret)
        plans.append(str(desk.json(FILE, "--dry-run")["plan"]))

    refused = desk.apply(FILE, "--plan", plans[0])
    done = desk.apply(FILE, "--plan", plans[1])

    assert plans[0] != plans[1] == plans[2]
    assert (refused.exit_code, done.exit_code) == (1, 0)


def test_without_a_secret_the_one_that_is_stored_stays(desk: Desk) -> None:
    desk.apply()
    before = desk.provider()

    done = desk.apply(WITHOUT_SECRET.replace("groups", "roles"))

    after = desk.provider()
    assert done.exit_code == 0, done.stderr
    assert before is not None
    assert after is not None
    assert (after.role_claim, after.sealed_secret) == ("roles", before.sealed_secret)


def test_domains_stay_whatever_the_file_says(desk: Desk) -> None:
    secret = str(desk.folder / "secret.txt")
    desk.operator.run(
        "sso", "set", "--issuer", ISSUER, "--tenant-id", TENANT, "--client-id", "x", "--client-secret-file", secret,
        "--domain", "nordwind.example",
    )  # fmt: skip

    desk.apply()

    stored = desk.provider()
    assert stored is not None
    assert (stored.client_id, stored.domains) == ("lanyard", ("nordwind.example",))


@pytest.mark.parametrize(
    ("given", "wrong", "line", "reason"),
    [
        pytest.param("  issuer: " + ISSUER, "  issuer: http://id.example", 3, "must be an https address", id="plain http"),
        pytest.param(ISSUER, "https://login.microsoftonline.com/common/v2.0", 3, "the issuer of this tenant is", id="common"),
        pytest.param("  issuer: " + ISSUER + "\n", "", 3, "sign_in needs the issuer of its provider", id="no issuer"),
        pytest.param(TENANT.upper(), "nordwind", 4, "a tenant id is a GUID", id="a tenant's name"),
        pytest.param(f"  tenant_id: {TENANT.upper()}\n", "", 3, "Entra's issuer needs the tenant's id", id="no tenant"),
        pytest.param("client_id: lanyard", "client_id: 4711", 5, "client_id must be a text; put it in quotes", id="a number"),
        pytest.param("client_id: lanyard", "client_id: ' '", 5, "client_id must not be empty", id="no client"),
        pytest.param("secret.txt", "../secret.txt", 6, "does not lie beside the file", id="a secret elsewhere"),
        pytest.param("secret.txt", "none.txt", 6, "which is not there", id="a secret that is missing"),
        pytest.param("secret.txt", "empty.txt", 6, "the client secret must be a text", id="an empty secret"),
        pytest.param("secret.txt", "latin.txt", 6, "is no text in UTF-8", id="a secret in another encoding"),
        pytest.param("client_secret_file: secret.txt", f"client_secret: {SECRET}", 6, "must not stand in this file", id="the secret itself"),
        pytest.param("role_claim: groups", "domains: [nordwind.example]", 7, "on the command line alone", id="domains"),
        pytest.param("role_claim: groups", "scopes: x", 7, "unknown key 'scopes'", id="an unknown key"),
        pytest.param("  role_claim: groups\n", "", 3, "need the name of the claim", id="roles without a claim"),
        pytest.param(": owner", ": king", 9, "there is no role 'king'", id="an unknown role"),
        pytest.param(": owner", ": [owner]", 9, "must be a role", id="a list of roles"),
        pytest.param(f"\n    {GROUP}: owner", " owner", 8, "must have values of the claim as keys", id="a role alone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line_and_nothing_is_changed(
    desk: Desk, given: str, wrong: str, line: int, reason: str
) -> None:
    (desk.folder / "empty.txt").write_text("\n")
    (desk.folder / "latin.txt").write_bytes(b"\xfc")
    text = FILE.replace(given, wrong).replace("Nordwind AG", "Another")

    done = desk.apply(text)

    [sentence] = [one for one in done.stderr.splitlines() if reason in one] or [done.stderr]
    assert (done.exit_code, f":{line}: " in sentence, reason in sentence) == (1, True, True), done.stderr
    assert SECRET not in done.stderr
    assert desk.provider() is None
    assert desk.name() == "Nordwind AG"


def test_a_first_provider_without_a_secret_is_refused_by_name(desk: Desk) -> None:
    done = desk.apply(WITHOUT_SECRET)

    assert done.exit_code == 1
    assert "set up for the first time" in done.stderr
    assert "client_secret_file" in done.stderr
    assert desk.provider() is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("sign_in: {issuer: https://id.example, client_id: lanyard}", id="another issuer"),
        pytest.param(f"sign_in: {{issuer: {ISSUER}, tenant_id: {TENANT}, client_id: other}}", id="another client"),
    ],
)
def test_the_secret_that_is_stored_is_told_to_nobody_else(desk: Desk, text: str) -> None:
    desk.apply()
    before = desk.provider()

    done = desk.apply(text)

    assert done.exit_code == 1
    assert "belongs to another issuer or client" in done.stderr
    assert desk.provider() == before


def test_the_export_of_one_reads_back_to_the_same(desk: Desk) -> None:
    desk.apply()

    text = desk.operator.run("export").stdout

    assert f"sign_in:\n  issuer: {ISSUER}\n  client_id: lanyard\n" in text
    assert "nothing to change" in desk.apply(text).stdout


def test_a_draft_is_of_templates_and_not_of_sign_in(desk: Desk) -> None:
    done = desk.apply(FILE, "--draft")

    assert done.exit_code == 1
    assert ":6: a draft is of templates alone, and sign-in would take effect at once" in done.stderr


def test_a_key_that_was_lost_is_no_reason_to_keep_the_secret_sealed_with_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.apply()
    monkeypatch.setenv("LANYARD_SECRET_KEY", "another key of this installation")

    done = desk.json(FILE)

    assert done["sign_in"] == {"changes": {}, "new_secret": True, "ends_sessions": False}
    assert "nothing to change" in desk.apply().stdout
