"""Lists as CSV, sent while they are read: memory does not grow with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from flask import Response

from app.auth.sign_in import asking
from app.console import shell
from app.core.tabular import CONTENT_TYPE, record
from app.core.unit_of_work import Reader
from app.web import scope

Rows = Callable[[Reader], Iterable[Iterable[str | None]]]
_AT_ONCE = 32 * 1024


def csv(name: str, columns: Iterable[str], rows: Rows) -> Response:
    """A download called `<organization>-<name>.csv`: a header, then what `rows` yields from a reader of its own."""
    database, organization_id = scope.database(), asking.session().organization_id

    def lines() -> Iterator[str]:
        yield record(columns)
        with database.read(organization_id) as reader:
            for row in rows(reader):
                yield record(row)

    response = Response(_in_pieces(lines()), content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{shell.organization().slug}-{name}.csv"'
    return shell.finished(response)


def _in_pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """The lines in pieces that are worth a packet; the first begins with a mark by which spreadsheets know UTF-8."""
    piece, size = ["\ufeff"], 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _AT_ONCE:
            yield "".join(piece).encode()
            piece, size = [], 0
    yield "".join(piece).encode()
