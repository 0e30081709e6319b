"""A file that is not what a backup is makes nothing: no row, no file, and a sentence about it."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

from app.core.backup import manifest
from app.core.backup.archive import MOST
from app.core.backup.manifest import Contents, Rows
from app.core.backup.restoring import examine
from app.core.errors import Refused
from app.directory.tables import organizations
from tests.backup.conftest import Place
from tests.backup.crafting import craft, names, rows_of

ORGANIZATION = [one.name for one in organizations.columns]
VALUES = {"id": "o", "slug": "nordwind", "name": "Nordwind AG", "settings": "{}", "created_at": "2026-11-26T08:00:00Z"}
ROW = orjson.dumps([VALUES.get(name) for name in ORGANIZATION]) + b"\n"
ONE = Contents({"organizations": Rows(ORGANIZATION, 1)})


def left(place: Place) -> tuple[list[str], dict[str, bytes]]:
    """The tables and the files that there are in an installation."""
    engine = create_engine(place.url)
    with engine.connect() as connection:
        found = names(connection)
    engine.dispose()
    return found, place.files()


def positions(size: int, step: int) -> Iterator[int]:
    return iter(range(0, size, step))


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], URL]) -> URL:
    """The file says nothing of where it came from."""
    return new_database(request.param)


def test_a_byte_that_is_another_is_seen_wherever_it_is(backup: Path) -> None:
    whole = bytearray(backup.read_bytes())

    unseen = []
    for at in positions(len(whole), 61):
        whole[at] ^= 1
        backup.write_bytes(whole)
        try:
            examine(backup)
        except Refused:
            whole[at] ^= 1
        else:
            unseen.append(at)

    assert unseen == []
    backup.write_bytes(whole)
    assert examine(backup).contents.tables["people"].count == 3


def test_a_file_that_was_cut_is_seen_wherever_it_was(backup: Path) -> None:
    whole = backup.read_bytes()

    for size in positions(len(whole), 256):
        backup.write_bytes(whole[:size])
        with pytest.raises(Refused, match=r"was cut|no backup"):
            examine(backup)


def test_something_behind_its_end_is_seen(backup: Path) -> None:
    with backup.open("ab") as file:
        file.write(b"\0")

    with pytest.raises(Refused, match="its end is not what was written"):
        examine(backup)


def test_a_damaged_file_makes_nothing(backup: Path, empty: Place) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) // 2])

    said = empty.refused("restore", backup)

    assert said == f"{backup} is damaged: it ends in the middle: it was cut. Nothing was changed."
    assert left(empty) == ([], {})


def foreign(path: Path, kind: str) -> None:
    if kind == "tar":
        with tarfile.open(path, "w") as archive:
            archive.add(__file__, "lanyard.db")
    elif kind != "missing":
        path.write_bytes({"empty": b"", "text": b"CREATE TABLE people;\n" * 99, "zeros": bytes(4096)}[kind])


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        pytest.param("empty", "is no backup that `lanyard backup` has made."),
        pytest.param("text", "is no backup that `lanyard backup` has made."),
        pytest.param("zeros", "is no backup that `lanyard backup` has made."),
        pytest.param("tar", "is no backup that `lanyard backup` has made."),
        pytest.param("missing", "cannot be read: No such file or directory"),
    ],
)
def test_a_foreign_file_is_named(empty: Place, file: Path, kind: str, sentence: str) -> None:
    foreign(file, kind)

    assert empty.refused("restore", file) == f"{file} {sentence}"
    assert left(empty) == ([], {})


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        pytest.param({"format": 2}, "the backup was made by a newer version of Lanyard", id="format"),
        pytest.param({"revision": "9999"}, "revision 9999 of the database, which this version", id="revision"),
    ],
)
def test_a_file_of_a_newer_version_is_refused(empty: Place, file: Path, head: dict[str, Any], sentence: str) -> None:
    craft(file, **head)

    assert sentence in empty.refused("restore", file, "--dry-run")
    assert sentence in empty.refused("restore", file)
    assert left(empty) == ([], {})


def endless() -> bytes:
    """What is a quarter of a megabyte, and more than a backup takes when it is unpacked."""
    packing, mebibyte = zlib.compressobj(9, wbits=31), bytes(1024 * 1024)
    return b"".join([packing.compress(mebibyte) for _ in range(MOST // len(mebibyte) + 1)]) + packing.flush()


def place(name: str = "ab/ab/" + "ab" * 32 + "-01234567-96.jpg") -> str:
    return manifest.name_of_file(name)


HOSTILE = [
    pytest.param(
        [(place("../../evil.jpg"), b"x")], Contents(files=1, size=1), "no place", id="a file above the folder"
    ),
    pytest.param([(place("/etc/evil.jpg"), b"x")], Contents(files=1, size=1), "no place", id="a file anywhere"),
    pytest.param([(place("ab/cd/evil.jpg"), b"x")], Contents(files=1, size=1), "no place", id="a file of another name"),
    pytest.param(
        [("../evil", b"x")], Contents(), "a piece in it that backups do not have", id="a piece of another name"
    ),
    pytest.param([(place(), b"x")], Contents(), "1 files of photos instead of 0", id="a file too many"),
    pytest.param([], ONE, "0 rows of table organizations instead of 1", id="a row too few"),
    pytest.param([rows_of("organizations", ROW, ROW)], ONE, "UNIQUE constraint failed", id="a row twice"),
    pytest.param([rows_of("organizations", ROW)], Contents(), "knows no table organizations", id="a table too many"),
    pytest.param([rows_of("organizations", b"[1]\n")], ONE, "cannot be read", id="half a row"),
    pytest.param([rows_of("organizations", b"{}\n")], ONE, "cannot be read", id="what is no row"),
    pytest.param(
        [rows_of("users", b"[1]\n")], Contents({"users": Rows(["id"], 1)}), "was no table users", id="an unknown table"
    ),
    pytest.param(
        [rows_of("alembic_version", b'["9999"]\n')],
        Contents({"alembic_version": Rows(["version_num"], 1)}),
        "2 rows of table alembic_version instead of 1",
        id="a table that is not the program's",
    ),
    pytest.param(
        [rows_of("organizations", ROW)],
        Contents({"organizations": Rows([*ORGANIZATION[:-1], "deleted_at"], 1)}),
        "other columns than its revision",
        id="other columns",
    ),
    pytest.param(
        [rows_of("sign_in_domains", b'["nobody","nordwind.example"]\n')],
        Contents({"sign_in_domains": Rows(["organization_id", "domain"], 1)}),
        "points to one of organizations that is not there",
        id="a row of nobody",
    ),
    pytest.param([("tables/organizations/000000.jsonl.gz", b"x")], ONE, "cannot be unpacked", id="not packed"),
    pytest.param([("tables/organizations/000000.jsonl.gz", endless())], ONE, "cannot be unpacked", id="endless"),
]


@pytest.mark.parametrize(("members", "contents", "sentence"), HOSTILE)
def test_what_no_backup_holds_is_refused_though_its_checksum_is_right(
    empty: Place, file: Path, members: list[tuple[str, bytes]], contents: Contents, sentence: str
) -> None:
    craft(file, *members, contents=contents)

    assert sentence in empty.refused("restore", file)
    assert left(empty) == ([], {})


def test_a_link_in_it_is_not_followed(empty: Place, file: Path) -> None:
    craft(file)
    link = tarfile.TarInfo("tables/people/000000.jsonl.gz")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    whole = file.read_bytes()
    file.write_bytes(whole[:1024] + link.tobuf(tarfile.USTAR_FORMAT) + whole[1024:])

    assert "of a kind or size that backups do not have" in empty.refused("restore", file)
    assert left(empty) == ([], {})
