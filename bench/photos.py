"""What a photo costs: the page of a card that shows one beside that of one without, and a push that brings one.

    .venv/bin/python -m bench.photos --database postgresql

The application answers in this process, without a server around it. `page` is CPU time, the two sorts of page in turn,
so that whatever else the machine does meets both. A push is measured from the request to the answer; beside it stands
what the same bytes cost that are written to a file and put on disk.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from flask import Flask
from PIL import Image

from app import create_app
from app.auth import tokens
from app.cards import listing
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.core.jobs.running import Working
from app.core.settings import Settings
from app.directory.pictures import PHOTOS
from app.photos import preparing
from bench.worlds import GROUP, World, person, world
from tests.support.client import Client

T = TypeVar("T")

PUBLIC_URL = "https://cards.example"
BYTES = 1_000_000
_TEMPLATE = f"""
templates:
  - name: Everybody
    general: {{name: {{sync: always}}, title: {{sync: always}}, department: {{sync: always}}}}
    fields:
      - {{key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: always}}
      - {{key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}}
    photo: {{sync: always}}
bindings: [{{group: {GROUP}, template: Everybody}}]
"""


def main() -> None:
    """Run the scenario once for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=2_000, help="pages of each sort")
    parser.add_argument("--pushes", type=int, default=40, help="pushes of each sort")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    report = {
        backend: _measured(backend, asked.pages, asked.pushes) for backend in asked.database or ("sqlite", "postgresql")
    }
    if asked.as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    for backend, figures in report.items():
        sys.stdout.write(f"{backend}\n")
        for name, figure in figures.items():
            sys.stdout.write(f"  {name:<52} {figure:8.3f}\n")


def _measured(backend: str, pages: int, pushes: int) -> dict[str, float]:
    with world(backend, 100) as made, TemporaryDirectory(prefix="lanyard-bench-") as folder:
        settings = Settings(database_url=made.url, data_dir=Path(folder), public_url=PUBLIC_URL)
        (Path(folder) / "file.yaml").write_text(_TEMPLATE)
        made.write(lambda tx: apply(tx, read_file(Path(folder) / "file.yaml")))
        app = create_app(settings)
        with closing(app.extensions["lanyard.database"]):
            client = Client(app, made.write(lambda tx: tokens.create(tx, "bench")))
            figures = {**_of_pages(app, client, made, settings, pages), **_of_pushes(client, Path(folder), pushes)}
        app.extensions["lanyard.chores"].end()
        return figures


def _of_pages(app: Flask, client: Client, made: World, settings: Settings, pages: int) -> dict[str, float]:
    with_photo, without = _cards(made)
    [user] = client.get("/Users", filter=f'userName eq "{person(0)["userName"]}"').get_json(force=True)["Resources"]
    client.patch(f"/Users/{user['id']}", {"op": "add", "path": PHOTOS, "value": [_photo(_jpeg())]})
    preparing.prepare(Working(made.database, settings, "bench"))
    assert "/photo/" in _page(app, with_photo)
    assert "/photo/" not in _page(app, without)
    spent = {with_photo: 0.0, without: 0.0}
    for number in range(pages):
        for public_id in (with_photo, without) if number % 2 else (without, with_photo):
            begun = time.process_time()
            _page(app, public_id)
            spent[public_id] += time.process_time() - begun
    return {
        "page without photo, ms of CPU": 1_000 * spent[without] / pages,
        "page with photo, ms of CPU": 1_000 * spent[with_photo] / pages,
        "page with photo: without = 1": spent[with_photo] / spent[without],
    }


def _cards(made: World) -> tuple[str, str]:
    """The public ids of the cards of the first person and of another."""
    with made.database.read(made.organization_id) as reader:
        ids = {card.user_name: card.id for card in listing.every(reader, "")}
    return ids[person(0)["userName"]], ids[person(1)["userName"]]


def _page(app: Flask, public_id: str) -> str:
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": f"/c/{public_id}", "QUERY_STRING": "", "SERVER_NAME": "cards.example",
        "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "https", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    return b"".join(app.wsgi_app(environ, lambda *_: None)).decode()  # type: ignore[arg-type]


def _of_pushes(client: Client, folder: Path, pushes: int) -> dict[str, float]:
    created, changed, floor = _Times(), _Times(), _Times()
    for number in range(1_000, 1_000 + pushes):
        body = {**person(number), PHOTOS: [_photo(os.urandom(BYTES))]}
        answer = created.of(partial(client.post, "/Users", body))
        assert answer.status_code == 201, answer.text
        operation = {"op": "Replace", "path": 'photos[type eq "photo"].value', "value": _data(os.urandom(BYTES))}
        path = f"/Users/{answer.get_json(force=True)['id']}"
        answer = changed.of(partial(client.patch, path, operation))
        assert answer.status_code in {200, 204}, answer.text
        floor.of(partial(_on_disk, folder / "floor", operation["value"].encode()))
    return {
        **created.told("push of a person with a photo of 1 MB"),
        **changed.told("push of another photo of 1 MB"),
        **floor.told("the same bytes put on this disk"),
    }


class _Times:
    """What the same thing took each time, in milliseconds by the clock and of this process."""

    def __init__(self) -> None:
        self._clock: list[float] = []
        self._cpu: list[float] = []

    def of(self, work: Callable[[], T]) -> T:
        """What `work` returns."""
        clock, cpu = time.perf_counter(), time.process_time()
        done = work()
        self._clock.append(1_000 * (time.perf_counter() - clock))
        self._cpu.append(1_000 * (time.process_time() - cpu))
        return done

    def told(self, what: str) -> dict[str, float]:
        """Median and 95th percentile by the clock, and the median of CPU time."""
        return {
            f"{what}, median ms": statistics.median(self._clock),
            f"{what}, 95 % ms": statistics.quantiles(self._clock, n=20)[-1],
            f"{what}, ms of CPU": statistics.median(self._cpu),
        }


def _on_disk(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _photo(data: bytes) -> dict[str, str]:
    return {"type": "photo", "value": _data(data)}


def _data(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


def _jpeg() -> bytes:
    out = BytesIO()
    Image.effect_noise((1_200, 1_200), 60).save(out, "JPEG")
    return out.getvalue()


if __name__ == "__main__":
    main()
