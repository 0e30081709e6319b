"""What is compiled once in a test process, and not again for every test: statements, routes and templates."""

from __future__ import annotations

from functools import partial
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app.core import db

KEPT = 4_000


def share_statements() -> None:
    """Have all engines that are made from now on keep compiled statements in one place.

    SQLAlchemy keeps them by dialect and statement. Each engine has a dialect of its own; here those of one class, which
    differ in nothing that compiling looks at, count as the same.
    """
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = _is_same  # type: ignore[method-assign, assignment]
        dialect.__hash__ = _hash  # type: ignore[method-assign, assignment]
    kept: LRUCache[Any, Any] = LRUCache(KEPT)
    db.sqlalchemy_engine = partial(create_engine, execution_options={"compiled_cache": kept})  # type: ignore[attr-defined]


def _is_same(one: Dialect, other: object) -> bool:
    return type(one) is type(other)


def _hash(one: Dialect) -> int:
    return hash(type(one))


def share_routes() -> None:
    """Have the functions that write a route's address compiled once, and not in each application: most of its making.

    Such a function knows nothing of its application; it is bound to the rule that it is made for.
    """
    compiled: dict[Any, Any] = {}
    original = Rule._compile_builder

    def shared(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = original(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = shared  # type: ignore[method-assign, assignment]


class Templates(BytecodeCache):
    """Compiled templates, kept for all applications of a test process; a template that changes has another checksum."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template what was kept of it."""
        kept = self._kept.get(bucket.key)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Templates()
