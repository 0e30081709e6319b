"""The house rules that a machine can hold people to."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from app.cli import main
from app.core.settings import Settings
from app.web.guards import declared_guard

CHECKOUT = Path(__file__).resolve().parents[2]
APP = CHECKOUT / "app"
MODULES = sorted(APP.rglob("*.py"))
TESTS = sorted((CHECKOUT / "tests").rglob("*.py"))
DOCS = (CHECKOUT / "docs" / "operations.md").read_text()


def relative(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def test_every_route_declares_a_guard(app: Flask) -> None:
    guards = {rule.rule: declared_guard(app, rule.endpoint) for rule in app.url_map.iter_rules()}

    assert [rule for rule, guard in guards.items() if guard is None] == []
    assert {guard for rule, guard in guards.items() if rule.startswith("/scim/")} == {"organization token"}


def test_an_application_with_an_undeclared_route_does_not_start(app: Flask) -> None:
    from app.web import guards  # noqa: PLC0415

    other = Flask(__name__, static_folder=None)
    other.add_url_rule("/open", "open", lambda: "anybody")

    with pytest.raises(RuntimeError, match=r"/open .* declares no guard"):
        guards.install(other)


def test_one_place_commits() -> None:
    committing = {relative(path) for path in MODULES if re.search(r"\.commit\(|engine\.begin\(", path.read_text())}

    assert committing == {"app/core/unit_of_work.py", "app/core/migrating.py"}


def test_statements_run_through_the_one_door() -> None:
    across = {relative(path) for path in MODULES if ".execute_across(" in path.read_text()}

    assert across == {
        "app/auth/oauth/clients.py",
        "app/auth/sign_in/links.py",
        "app/auth/sign_in/provider.py",
        "app/auth/sign_in/sessions.py",
        "app/auth/tokens.py",
        "app/cards/invitations.py",
        "app/cards/lookup.py",
        "app/core/durability.py",
        "app/core/jobs/runs.py",
        "app/core/mail/outbox.py",
        "app/directory/organizations.py",
        "app/directory/outsiders.py",
        "app/photos/fetching/waiting.py",
        "app/photos/graph/rounds.py",
        "app/photos/graph/signing_in.py",
        "app/photos/keeping.py",
        "app/photos/stored.py",
        "app/photos/uploads.py",
        "app/web/health.py",
    }


def too_long(paths: list[Path], limit: int) -> list[str]:
    return [relative(path) for path in paths if len(path.read_text().splitlines()) > limit]


def test_modules_are_short_enough_to_read() -> None:
    assert too_long(MODULES, 300) == []
    assert too_long(TESTS, 400) == []


def exception_handlers() -> Iterator[tuple[str, ast.ExceptHandler]]:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                yield f"{relative(path)}:{node.lineno}", node


def test_no_exception_is_swallowed() -> None:
    silent = [place for place, node in exception_handlers() if all(isinstance(step, ast.Pass) for step in node.body)]
    broad = [place for place, node in exception_handlers() if node.type is None]

    assert silent == []
    assert broad == []


def public_names(path: Path) -> Iterator[str]:
    """Functions and classes of a module that others may use, and that say nothing about themselves."""
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_modules_and_what_they_offer_say_what_can_be_relied_on(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())) or not path.read_text().strip()
    assert list(public_names(path)) == []


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(r"^\| `(DATABASE_URL|LANYARD_[A-Z_]+)` \|", DOCS, re.MULTILINE))
    in_docstrings = re.findall(r"`(DATABASE_URL|LANYARD_[A-Z_]+)`", (APP / "core" / "settings.py").read_text())
    read = {name for path in MODULES for name in re.findall(r"[\"'](LANYARD_[A-Z_]+)[\"']", path.read_text())}

    assert sorted(in_docstrings) == sorted(documented)
    assert len(in_docstrings) == len(Settings.__dataclass_fields__)
    assert read == documented - {"DATABASE_URL"}


def commands(group: click.Group, *path: str) -> Iterator[str]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join(("lanyard", *path, name))


def test_every_command_is_documented_and_says_what_it_does() -> None:
    assert [name for name in commands(main) if f"`{name}`" not in DOCS] == []
    assert all(command.help for command in main.commands.values())


def test_locks_record_no_address() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-judges.lock"):
        assert "://" not in (CHECKOUT / lock).read_text()
    assert '"resolved"' not in (CHECKOUT / "tests" / "openid_provider" / "package-lock.json").read_text()


OUTSIDE = re.compile(r"(?<![\w.-])/(?:root|home/\w+|work|opt|Users/\w+)/\w|pythonhosted|\bpypi\.org|npmjs")
"""Folders of somebody's machine and hosts that serve packages."""


def written_files() -> Iterator[Path]:
    """Every text file that somebody wrote: what is not made by running the project."""
    yield from (path for path in CHECKOUT.iterdir() if path.is_file() and path.name != ".git")
    for folder in (".ci", "app", "docs", "migrations", "scripts", "tests"):
        found = (path for path in (CHECKOUT / folder).rglob("*") if path.is_file())
        yield from (path for path in found if "node_modules" not in path.parts)


def test_no_file_knows_a_machine_or_where_packages_come_from() -> None:
    made = {".pyc", ".png", ".jpg", ".pdf", ".woff2"}
    texts = {relative(path): path.read_text() for path in written_files() if path.suffix not in made}

    assert len(texts) > 150
    assert [name for name, text in texts.items() if OUTSIDE.search(text) and name != relative(Path(__file__))] == []


def test_everything_that_is_required_is_locked() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    run = [*project["dependencies"], *extras["postgres"], *extras["s3"]]
    dev = [*run, *(one for group in extras.values() for one in group)]
    judges = re.findall(r"^\w.*", (CHECKOUT / "requirements-judges.in").read_text(), re.MULTILINE)

    def missing(requirements: list[str], lock: str) -> set[str]:
        names = {re.split(r"[\[<>=; ]", one)[0].lower() for one in requirements}
        return names - set(re.findall(r"^([\w.-]+)==", (CHECKOUT / lock).read_text().lower(), re.MULTILINE))

    assert missing(run, "requirements.lock") == set()
    assert missing(dev, "requirements-dev.lock") == set()
    assert missing(judges, "requirements-judges.lock") == set()
