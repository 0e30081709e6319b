"""The photo by the four sync modes: directory photo, upload, new directory photo, revert, removal.

Each cell is looked at on the page, in the vCard and in `people why`.
"""

from __future__ import annotations

import io
import json
from itertools import accumulate
from pathlib import Path

import pytest
import vobject
from click.testing import CliRunner, Result
from PIL import Image
from sqlalchemy.engine import URL

from app.cli import main
from tests.photos.conftest import Pictured, coloured
from tests.support.photos import draw_sent

FIRST, SECOND, OWN, NOTHING = "red", "blue", "lime", None
ROAD = ("push", "upload", "push again", "revert", "removed")
TABLE: dict[str, tuple[str | None, ...]] = {
    "never": (NOTHING, OWN, OWN, NOTHING, NOTHING),
    "once": (FIRST, OWN, OWN, FIRST, FIRST),
    "always": (FIRST, FIRST, SECOND, SECOND, NOTHING),
    "unless_edited": (FIRST, OWN, OWN, SECOND, NOTHING),
}
FROM = {FIRST: "directory", SECOND: "directory", OWN: "admin"}
COLOURS = {FIRST: (255, 0, 0), SECOND: (0, 0, 255), OWN: (0, 255, 0)}
SIDEWAYS: dict[str, dict[str, str | None]] = {
    "upload, removed": {"never": OWN, "once": OWN, "unless_edited": OWN},
    "push, upload, emptied": {"never": NOTHING, "once": NOTHING, "unless_edited": NOTHING},
    "push, upload, emptied, upload": {"never": OWN, "once": OWN, "unless_edited": OWN},
    "push, removed, push again": {"never": NOTHING, "once": FIRST, "always": SECOND, "unless_edited": SECOND},
    "push, push again, push": {"never": NOTHING, "once": FIRST, "always": FIRST, "unless_edited": FIRST},
}
CELLS = [
    (mode, tuple(road.split(", ")), shown)
    for mode, row in TABLE.items()
    for road, shown in zip(accumulate(ROAD, lambda so_far, step: f"{so_far}, {step}"), row, strict=True)
]
ROADS = CELLS + [
    (mode, tuple(road.split(", ")), shown) for road, modes in SIDEWAYS.items() for mode, shown in modes.items()
]


class Road:
    """Ines' photo, changed from all sides, and looked at."""

    def __init__(self, ines: Pictured, url: URL, folder: Path) -> None:
        self.ines, self._folder = ines, folder
        self._environment = {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "LANYARD_DATA_DIR": str(folder),
            "LANYARD_PUBLIC_URL": "https://cards.example",
        }

    def lanyard(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env=self._environment)

    def set(self, value: str, *options: str) -> Result:
        return self.lanyard("cards", "set", "--org", "nordwind", self.ines.public_id, f"photo={value}", *options)

    def upload(self, *options: str) -> Result:
        (self._folder / "own.png").write_bytes(coloured(OWN))
        return self.set(f"@{self._folder / 'own.png'}", *options)

    def step(self, name: str) -> Result | None:
        if name in {"push", "push again", "removed"}:
            self.ines.push({"push": FIRST, "push again": SECOND}.get(name))
            return None
        if name == "revert":
            return self.lanyard("cards", "revert", "--org", "nordwind", self.ines.public_id, "photo")
        return self.upload() if name == "upload" else self.set("")

    def shows(self) -> tuple[str | None, str | None]:
        """The colour, of which page and contact say the same, and where the photo is from as `people why` says."""
        explained = json.loads(
            self.lanyard("people", "why", "--org", "nordwind", "ines@nordwind.example", "--json").stdout
        )
        why = explained["cards"][0]["values"].get("photo")
        on_page = [_colour(self.ines.visitor.get(address).data) for address in self.ines.photos()]
        contact = vobject.readOne(self.ines.visitor.get(f"/c/{self.ines.public_id}.vcf").text)
        in_contact = [_colour(contact.photo.value)] if hasattr(contact, "photo") else []
        if why is None:
            assert (on_page, in_contact) == ([], [])
            return None, None
        shown = _colour(self.ines.visitor.get(why["value"].removeprefix("https://cards.example")).data)
        assert {*on_page, *in_contact} == {shown}
        assert why["at"]
        return shown, why["from"]


def _colour(data: bytes) -> str:
    found = Image.open(io.BytesIO(data)).convert("RGB").getpixel((20, 20))
    assert isinstance(found, tuple)
    [name] = [
        name for name, wanted in COLOURS.items() if all(abs(a - b) < 24 for a, b in zip(found, wanted, strict=True))
    ]
    return name


@pytest.fixture
def road(ines: Pictured, database_url: URL, tmp_path: Path) -> Road:
    return Road(ines, database_url, tmp_path)


@pytest.mark.parametrize(
    ("mode", "steps", "shown"), [pytest.param(*cell, id=f"{cell[0]} - {', '.join(cell[1])}") for cell in ROADS]
)
def test_what_shows(road: Road, mode: str, steps: tuple[str, ...], shown: str | None) -> None:
    road.ines.template(mode)

    for step in steps:
        done = road.step(step)
        if done is not None and mode == "always":
            assert (done.exit_code, done.stderr) == (
                1,
                "Error: photo always shows what the directory says, so it can only be changed there\n",
            )
        elif done is not None:
            assert done.exit_code == 0, done.output

    assert road.shows() == (shown, FROM[shown] if shown else None)


@pytest.mark.parametrize(
    ("mode", "steps", "shown"), [pytest.param(*cell, id=f"{cell[0]} - {', '.join(cell[1])}") for cell in CELLS]
)
def test_what_shows_when_the_holder_sends_it_over_http(
    road: Road, mode: str, steps: tuple[str, ...], shown: str | None
) -> None:
    road.ines.template(mode, editable=mode != "always")
    holder = road.ines.holder()

    for step in steps:
        if step in {"upload", "revert"}:
            content = coloured(OWN) if step == "upload" else None
            answer = holder.send(road.ines.public_id, content, act=step)
            draw_sent(road.ines.app)
            assert answer.status_code == (403 if mode == "always" else 303)
        else:
            road.step(step)

    assert road.shows() == (shown, {**FROM, OWN: "person"}[shown] if shown else None)


def test_a_holder_may_upload_where_the_template_lets_them(road: Road) -> None:
    road.ines.template("unless_edited")
    refused = road.upload("--as", "holder")
    road.ines.template("unless_edited", editable=True)

    allowed = road.upload("--as", "holder")

    assert (refused.exit_code, allowed.exit_code) == (1, 0)
    assert "only an admin can change it" in refused.stderr
    assert road.shows() == (OWN, "person")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"<svg/>", "The photo is a web page or a drawing; JPEG, PNG and WebP are shown.", id="no photo"),
        pytest.param(None, "cannot be read: No such file or directory", id="no file"),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    road: Road, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    road.ines.template("unless_edited")
    road.ines.push(FIRST)
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)

    refused = road.set(f"@{path}")

    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert road.shows() == (FIRST, "directory")


def test_why_says_that_a_photo_is_being_prepared_or_why_it_is_not_shown(road: Road) -> None:
    def why() -> str:
        said = road.lanyard("people", "why", "--org", "nordwind", "ines@nordwind.example", "--json").stdout
        value: str = json.loads(said)["cards"][0]["values"]["photo"]["value"]
        return value

    road.ines.company.change("ines", photos=[{"type": "photo", "value": "data:image/png;base64,R0lGODlh"}])
    before = why()
    road.ines.push(None)
    road.ines.company.change("ines", photos=[{"type": "photo", "value": "data:image/png;base64,R0lGODlh"}])

    assert before == "It is being prepared; until then the photo before it shows, or initials."
    assert why() == "The photo is a GIF; JPEG, PNG and WebP are shown."
