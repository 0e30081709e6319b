"""A template and its form, as tests of the editor use them."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from werkzeug.test import TestResponse

from app.cards import template_store
from app.cards.template_store import Template
from app.cards.versioning import drafts
from app.cards.versioning.drafts import Draft
from tests.cards.conftest import Company
from tests.console.conftest import Admin
from tests.support.forms import Form


def template(company: Company, name: str = "Sales") -> Template:
    """The template of this name as it is published."""
    with company.database.read(company.organization_id) as reader:
        return template_store.find(reader, name)


def draft(company: Company, name: str = "Sales") -> Draft | None:
    """The draft of the template, if there is one."""
    with company.database.read(company.organization_id) as reader:
        return drafts.find(reader, template_store.find(reader, name))


def picture(colour: str = "red", size: tuple[int, int] = (8, 8)) -> BytesIO:
    """A file with a PNG picture."""
    stream = BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    stream.seek(0)
    return stream


class Editor:
    """The editor of a template in an admin's browser that runs no scripts."""

    def __init__(self, admin: Admin, template_id: str) -> None:
        self.admin, self.here = admin, f"/console/templates/{template_id}"
        self.open()

    def open(self, find: str = "") -> TestResponse:
        return self._read(self.admin.get(f"{self.here}/edit", find=find))

    def press(self, act: str, status: int = 200, files: dict[str, tuple[BytesIO, str]] | None = None) -> TestResponse:
        """Send the form by one of its buttons; the page that comes is the one that is open."""
        response = self.admin.post(f"{self.here}/edit", status, **self.fields, **(files or {}), act=act)
        response.request.environ["wsgi.input"].close()  # the client keeps large bodies in a file and leaves it open
        return self._read(response)

    def save(self) -> TestResponse:
        """Save, and follow to the page that says so."""
        response = self.admin.post(f"{self.here}/edit", 303, **self.fields, act="save")
        return self._read(self.admin.follow(response))

    def place(self, label: str, part: str) -> str:
        """Where something of the field with this label stands."""
        row = next(row for row in self.rows if self.fields[f"field.{row}.label"] == label)
        return f"field.{row}.{part}"

    @property
    def rows(self) -> list[str]:
        rows = self.fields.get("row", [])
        return rows if isinstance(rows, list) else [rows]

    @property
    def labels(self) -> list[str]:
        """The labels of the fields, in their order."""
        return [str(self.fields[f"field.{row}.label"]) for row in self.rows]

    def _read(self, response: TestResponse) -> TestResponse:
        self.fields = Form(response.text, "editor").fields
        return response
