"""The floors: what a server on the same gunicorn, Flask and database costs that does next to nothing.

`C` answers a constant JSON document; `S` is the same with one select by key; `I` with one insert and its commit.
"""

from __future__ import annotations

import os
from dataclasses import replace

import orjson
from flask import Flask, Response
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, insert, select

from app.core.chores import Chores
from app.core.db import create_engine
from app.core.ids import new_id
from app.core.logs import configure
from app.core.settings import Settings
from app.web.server import Server

PATHS = {"C": "/constant", "S": "/select", "I": "/insert"}
_CONSTANT = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ines@nordwind.example",
    "active": True,
}

_TABLE = Table("bench_floor", MetaData(), Column("id", String(36), primary_key=True), Column("number", Integer))
_KEY = "00000000-0000-4000-8000-000000000000"
_SELECT = select(_TABLE).where(_TABLE.c.id == bindparam("key"))
_INSERT = insert(_TABLE)


def create_floors(settings: Settings) -> Flask:
    """An application that answers PATHS and knows nothing of Lanyard but its engines."""
    app = Flask(__name__, static_folder=None)
    app.extensions["lanyard.chores"] = Chores()
    reading, writing = (
        create_engine(settings.database_url, reading=True),
        create_engine(settings.database_url, reading=False),
    )

    @app.get(PATHS["C"])
    def constant() -> Response:
        return Response(orjson.dumps(_CONSTANT), content_type="application/json")

    @app.get(PATHS["S"])
    def selected() -> Response:
        with reading.connect() as connection:
            row = connection.execute(_SELECT, {"key": _KEY}).one()
        return Response(orjson.dumps({"id": row.id, "number": row.number}), content_type="application/json")

    @app.post(PATHS["I"])
    def inserted() -> Response:
        row = {"id": new_id(), "number": 1}
        with writing.begin() as connection:
            connection.execute(_INSERT, row)
        return Response(orjson.dumps(row), content_type="application/json")

    return app


def prepare(settings: Settings) -> None:
    """Make the table that the floors use."""
    engine = create_engine(settings.database_url, reading=False)
    _TABLE.create(engine, checkfirst=True)
    with engine.begin() as connection:
        if connection.execute(_SELECT, {"key": _KEY}).one_or_none() is None:
            connection.execute(_INSERT, {"id": _KEY, "number": 1})
    engine.dispose()


def main() -> None:
    """Serve the floors with the settings of the environment, as `lanyard serve` does."""
    settings = replace(Settings.from_env(os.environ), jobs="off")
    prepare(settings)
    configure(settings.log_level)
    Server(settings, create_floors, lambda: None).run()


if __name__ == "__main__":
    main()
