"""What a backup says of itself: a head that comes first, and a table of contents at the end; and its members' names.

The head says what must be known before the rest can be understood. The contents come last because they are counted
while everything is written.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import asdict, dataclass, field

import orjson

from app.core.backup.archive import MOST, Damaged
from app.core.errors import Refused

FORMAT = 1
HEAD, KEY, CONTENTS = "lanyard-backup.json", "secret-key", "contents.json"
_TABLE = re.compile(r"tables/([a-z_]{1,63})/\d{6,12}\.jsonl\.gz")
_FILE = "photos/"
_GZIP = 31
"""zlib's word for a gzip header and trailer."""


@dataclass(frozen=True, slots=True)
class Head:
    """`format` of the file; `revision` of the database, which was of the kind `database`; `taken_at` (RFC 3339) and
    `public_url` of the installation; `key` tells secret keys apart, None where the installation had none; `photos`
    says whether the files of photos are in the backup."""

    format: int
    revision: str
    database: str
    taken_at: str
    public_url: str
    key: str | None
    photos: bool

    def to_json(self) -> bytes:
        """The member HEAD."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, content: bytes) -> Head:
        """What `to_json` made. Raises Refused for one of a newer format, Damaged for what is none."""
        try:
            said = orjson.loads(content)
            if isinstance(said["format"], int) and said["format"] > FORMAT:
                raise Refused("the backup was made by a newer version of Lanyard; restore it with that one")
            head = cls(**said)
        except (ValueError, TypeError, KeyError) as error:
            raise Damaged("its head cannot be read") from error
        texts = (head.revision, head.database, head.taken_at, head.public_url, head.key or "")
        if head.format != FORMAT or not isinstance(head.photos, bool) or not all(isinstance(one, str) for one in texts):
            raise Damaged("its head cannot be read")
        return head


@dataclass(slots=True)
class Rows:
    """The rows of a table: the names of the columns, and how many there are."""

    columns: list[str]
    count: int = 0


@dataclass(slots=True)
class Contents:
    """`tables` by name; how many `files` of photos, and their `size` in bytes; how many more the database speaks of
    that were `missing` in the store."""

    tables: dict[str, Rows] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    missing: int = 0

    def to_json(self) -> bytes:
        """The member CONTENTS."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, content: bytes) -> Contents:
        """What `to_json` made. Raises Damaged for what is none."""
        try:
            said = orjson.loads(content)
            tables = {
                name: Rows([str(one) for one in rows["columns"]], rows["count"])
                for name, rows in said["tables"].items()
            }
            numbers = [int(said[name]) for name in ("files", "size", "missing")]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Damaged("its table of contents cannot be read") from error
        return cls(tables, *numbers)


def name_of_rows(table: str, number: int) -> str:
    """The member with the piece of that number of a table's rows."""
    return f"tables/{table}/{number:06}.jsonl.gz"


def table_in(name: str) -> str | None:
    """The table whose rows the member of this name holds, None where it holds none."""
    found = _TABLE.fullmatch(name)
    return None if found is None else found[1]


def name_of_file(place: str) -> str:
    """The member with the file at that place of the store."""
    return f"{_FILE}{place}"


def place_in(name: str) -> str | None:
    """The place of the file that the member of this name holds, None where it holds none."""
    return name.removeprefix(_FILE) if name.startswith(_FILE) else None


def packed(lines: bytes) -> bytes:
    """Rows as a member holds them. Raises Refused for more than could be unpacked again."""
    if len(lines) > MOST:
        raise Refused(f"a row has {len(lines)} bytes; a backup takes {MOST}")
    packing = zlib.compressobj(1, wbits=_GZIP)
    return packing.compress(lines) + packing.flush()


def unpacked(content: bytes) -> bytes:
    """The rows in a member. Raises Damaged for what was not packed by us, and for what is endless when unpacked."""
    unpacking = zlib.decompressobj(wbits=_GZIP)
    try:
        lines = unpacking.decompress(content, MOST)
    except zlib.error as error:
        raise Damaged("rows in it cannot be unpacked") from error
    if not unpacking.eof or unpacking.unused_data:
        raise Damaged("rows in it cannot be unpacked")
    return lines
