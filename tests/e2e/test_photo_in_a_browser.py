"""The photo of one's own card in a real browser: chosen, cropped by hand and by keys, sent, and there by itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page
from sqlalchemy.engine import URL

from app.core.unit_of_work import Database
from app.directory import organizations
from app.wiring import HANDLERS
from tests.cards.conftest import Company
from tests.e2e.test_my_card_in_a_browser import Signed
from tests.my_card.conftest import CARDS, INES
from tests.photos.conftest import coloured, pushed
from tests.photos.pictures import halves, saved
from tests.support.axe import violations
from tests.support.server import running
from tests.support.visit import SIZES

OURS = CARDS.replace("photo: {sync: always}", "photo: {sync: unless_edited, editable: true}")


@pytest.fixture(scope="module")
def nordwind(new_database: Callable[[str], URL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    """The directory has a photo of Ines and one of Olaf that is none; they may send others, and so may Pia."""
    url = new_database("sqlite")
    with running(url, tmp_path_factory.mktemp("photo")) as server:
        database = Database(url, HANDLERS)
        with database.read(None) as reader:
            company = Company(database, organizations.find(reader, server.slug).id)
        company.apply(OURS)
        company.hire("ines", **INES, photos=pushed("red"))
        company.hire("olaf", photos=[{"type": "photo", "value": "data:image/png;base64,PHN2Zz4="}])
        company.hire("pia")
        company.group("Cards - Sales", "ines", "olaf", "pia")
        server.lanyard("jobs", "run", "photos")
        yield Signed(server, company)
        database.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture whose left half is red and whose right half is blue."""
    path = tmp_path / "me.png"
    path.write_bytes(saved(halves((1200, 600), "red", "blue"), "PNG"))
    return path


def opened(nordwind: Signed, page: Page, who: str) -> None:
    page.goto(nordwind.url(f"/me/{nordwind.card(who)}/photo"))


def sent(nordwind: Signed, page: Page) -> None:
    """Send the photo that was chosen; nobody touches the page after that."""
    page.get_by_role("button", name="Use this photo").click()
    page.get_by_text("is being prepared. It will show here by itself").wait_for()
    nordwind.server.lanyard("jobs", "run", "uploads")
    page.get_by_text("Your own photo, since").wait_for()


def shown(nordwind: Signed, page: Page, who: str) -> set[str]:
    """The colours in the four corners of the photo that visitors see."""
    public = page.context.new_page()
    public.goto(nordwind.url(f"/c/{nordwind.card(who)}"))
    address = public.locator(".face img").get_attribute("src") or ""
    image = Image.open(io.BytesIO(public.request.get(nordwind.url(address)).body())).convert("RGB")
    last = image.width - 4
    corners = [image.getpixel(at) for at in ((3, 3), (last, 3), (3, last), (last, last))]
    return {"red" if isinstance(pixel, tuple) and pixel[0] > pixel[2] else "blue" for pixel in corners}


def chosen(page: Page, picture: Path) -> None:
    page.get_by_label("New photo").set_input_files(picture)
    page.get_by_label("Zoom").wait_for()


def refused(page: Page, _picture: Path) -> None:
    file = FilePayload(name="me.jpg", mimeType="image/jpeg", buffer=b"<svg/>")
    page.get_by_label("New photo").set_input_files(file)
    page.get_by_role("button", name="Use this photo").click()
    page.get_by_text("The photo is a web page or a drawing").wait_for()


PAGES: dict[str, tuple[str, Callable[[Page, Path], None] | None]] = {
    "the directory's photo": ("ines", None),
    "a photo that is none": ("olaf", None),
    "no photo": ("pia", None),
    "a part is chosen": ("pia", chosen),
    "what was sent is none": ("pia", refused),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_can_be_used_by_everybody_and_keeps_to_itself(
    browser: Browser, nordwind: Signed, picture: Path, name: str, size: str, scheme: str
) -> None:
    who, act = PAGES[name]

    with nordwind.visit(browser, who, size, scheme) as visit:
        opened(nordwind, visit.page, who)
        if act is not None:
            act(visit.page, picture)

        assert violations(visit.page) == []
        assert visit.sideways() == 0
        assert [one for one in visit.complaints if "422" not in one] == []
        assert visit.hosts == {nordwind.server.base_url.removeprefix("http://")}


def test_without_scripts_the_middle_is_taken_and_shows_without_a_press(
    browser: Browser, nordwind: Signed, picture: Path
) -> None:
    with nordwind.visit(browser, "pia", java_script_enabled=False) as visit:
        opened(nordwind, visit.page, "pia")
        visit.page.get_by_label("New photo").set_input_files(picture)
        sent(nordwind, visit.page)

        assert shown(nordwind, visit.page, "pia") == {"red", "blue"}


@pytest.mark.parametrize(("key", "colour"), [("Home", "red"), ("End", "blue")])
def test_keys_choose_the_part_and_the_photo_is_there_by_itself(
    browser: Browser, nordwind: Signed, picture: Path, key: str, colour: str
) -> None:
    with nordwind.visit(browser, "pia") as visit:
        opened(nordwind, visit.page, "pia")
        chosen(visit.page, picture)
        visit.page.get_by_label("Left to right").focus()
        visit.page.keyboard.press(key)
        sent(nordwind, visit.page)

        assert shown(nordwind, visit.page, "pia") == {colour}
        assert visit.complaints == []


def test_dragging_and_zooming_choose_the_part(browser: Browser, nordwind: Signed, picture: Path) -> None:
    with nordwind.visit(browser, "pia", "desktop") as visit:
        page = visit.page
        opened(nordwind, page, "pia")
        chosen(page, picture)
        page.get_by_label("Zoom").fill("50")
        box = page.locator("#photo-stage").bounding_box()
        assert box is not None
        for _ in range(4):
            page.mouse.move(box["x"] + 10, box["y"] + 100)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] - 10, box["y"] + 100, steps=5)
            page.mouse.up()
        across = page.get_by_label("Left to right").input_value()
        sent(nordwind, page)

        assert across == "0"
        assert shown(nordwind, page, "pia") == {"red"}


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    browser: Browser, nordwind: Signed, tmp_path: Path
) -> None:
    (tmp_path / "large.jpg").write_bytes(b"\xff\xd8\xff" + bytes(26 * 1024**2))
    with nordwind.visit(browser, "pia") as visit:
        opened(nordwind, visit.page, "pia")
        visit.page.get_by_label("New photo").set_input_files(tmp_path / "large.jpg")
        said = visit.page.get_by_role("alert").inner_text()
        visit.page.get_by_role("button", name="Use this photo").click()

        assert said == "The photo is larger than 25 MB. Choose a smaller one."
        assert visit.page.evaluate("document.activeElement.id") == "photo-file"
        assert visit.complaints == []


def test_the_directorys_photo_comes_back(browser: Browser, nordwind: Signed, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(coloured("blue"))
    with nordwind.visit(browser, "ines") as visit:
        page = visit.page
        opened(nordwind, page, "ines")
        chosen(page, tmp_path / "me.png")
        sent(nordwind, page)
        own = shown(nordwind, page, "ines")
        page.get_by_role("button", name="Go back to the directory’s photo").click()
        page.get_by_text("From your directory, since").wait_for()

        assert (own, shown(nordwind, page, "ines")) == ({"blue"}, {"red"})
