"""What is exported reads back to the same state: here, and in another organization."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.engine import URL

from app.attributes.folding import fold
from app.cards.applying.carrying import apply
from app.cards.applying.exporting import export
from app.cards.applying.planning import make_plan
from app.cards.applying.reading import read_text
from app.cards.applying.spec import FileSpec, SignInSpec, TemplateSpec
from app.cards.assets import Asset, read_picture
from app.cards.layout import Layout
from app.core import clock
from app.core.secrets import Sealer
from app.core.unit_of_work import Database
from app.directory.organizations import Organization
from tests.cards import layouts
from tests.cards.conftest import NO_PICTURES, Company
from tests.cards.providers import SECRET, providers
from tests.cards.test_cards_cli import Operator


def saved(kind: str, size: int = 8) -> bytes:
    stream = BytesIO()
    Image.radial_gradient("L").resize((size, size)).convert("RGB").save(stream, kind, quality=95)
    return stream.getvalue()


ASSETS = tuple(read_picture(saved(kind)) for kind in ("PNG", "JPEG", "WEBP"))


@pytest.fixture
def operator(database_url: URL, tmp_path: Path) -> Operator:
    return Operator(database_url, tmp_path)


@st.composite
def specs(draw: st.DrawFn) -> FileSpec:
    """Everything that a file may say."""
    ids = tuple(asset.id for asset in ASSETS)
    names = draw(st.lists(layouts.lines(128), unique_by=fold, max_size=3))
    templates = [TemplateSpec(name, draw(layouts.layouts(ids)), 0) for name in names]
    bound = draw(layouts.bindings([one.name for one in templates if one.layout.synced]))
    provider = draw(st.none() | providers())
    sign_in = SignInSpec(provider, 0) if provider is not None else None
    return FileSpec(draw(layouts.settings()), tuple(templates), tuple(bound), ASSETS, sign_in=sign_in)


class Exporter:
    """Applies specs to organizations and exports them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sealer = Sealer("a key of this test, and of no other")

    def apply(self, organization: Organization, spec: FileSpec) -> None:
        self._database.write(
            lambda tx: apply(tx, spec, None, self._sealer), organization_id=organization.id, actor="cli"
        )

    def is_as(self, organization: Organization, spec: FileSpec) -> bool:
        with self._database.read(organization.id) as reader:
            return make_plan(reader, spec, clock.now(), self._sealer).empty

    def export(self, organization: Organization) -> str:
        """The exported text without its first line, which names organization and time."""
        found = self._database.write(
            lambda tx: export(tx, pictures_beside=False), organization_id=organization.id, actor="cli"
        )
        return found.text.partition("\n")[2]


def with_secret(spec: FileSpec) -> FileSpec:
    """The file with what an export never has."""
    if spec.sign_in is None:
        return spec
    provider = replace(spec.sign_in.provider, client_secret=SECRET)
    return replace(spec, sign_in=replace(spec.sign_in, provider=provider))


numbers = count()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(specs())
def test_whatever_can_be_said_is_read_back(
    database: Database, new_organization: Callable[..., Organization], spec: FileSpec
) -> None:
    exporter = Exporter(database)
    here, elsewhere = (new_organization(f"o{next(numbers)}") for _ in range(2))
    exporter.apply(here, spec)

    text = exporter.export(here)
    read_back = read_text(text.encode(), NO_PICTURES)
    exporter.apply(elsewhere, with_secret(read_back))

    assert exporter.is_as(here, read_back)
    assert exporter.export(elsewhere) == text


FILE = """\
organization:
  name: "Nordwind AG"
  seat_limit: 500
  phone_region: CH
  strict_phones: true
  external_id_is_permanent: auto
  clear_marker: '[[clear]]'
  publish: on_issue
  announce: false
  photos_from_graph: 'off'
  brake: {people: 50, percent: 10}
  log_days: 90
  audit_days: 730
  leaver: {show: company, email: hello@nordwind.example, phone: '+41445550100', successor: null, days: null}
templates:
  - name: Board
    general:
      name: {sync: always}
  - name: Sales
    design:
      accent: '#112233'
    leaver: {show: successor, successor: ines@nordwind.example}
    general:
      name: {sync: always}
      title: {source: displayName, sync: once}
      department: {sync: unless_edited, editable: true}
      company: {sync: never, value: Nordwind AG}
      headline: {sync: never, editable: true, placeholder: 'What do you do?'}
    fields:
      - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: always, required: true}
      - {key: zip, kind: text, label: 'Yes', sync: never, value: "8001\\nZürich \\U0001F3D4"}
      - {key: linkedin, kind: social, service: linkedin, label: LinkedIn, sync: never, editable: true}
    photo: {sync: unless_edited, editable: true}
    video: https://video.nordwind.example/intro
bindings:
  - {group: Cards - Board, template: Board, exclusive: main}
  - {external_id: '007', template: Sales, exclusive: main}
""".replace('"Nordwind AG"', "Nordwind AG")


def test_an_export_is_written_as_people_write_it(operator: Operator, nordwind: Company) -> None:
    nordwind.apply(FILE)

    result = operator.run("export")

    head, _, text = result.stdout.partition("\n")
    assert head.startswith("# Nordwind AG (nordwind), exported 20")
    assert text == FILE


def test_pictures_are_in_the_file_or_beside_it(operator: Operator, nordwind: Company, tmp_path: Path) -> None:
    names = {f"{key}.{kind}": saved(kind) for key, kind in (("logo", "PNG"), ("cover", "JPEG"), ("poster", "WEBP"))}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    design, video = "{logo: logo.PNG, cover: cover.JPEG}", "{url: 'https://v.example', poster: poster.WEBP}"
    path = operator.file(f"templates: [{{name: Sales, design: {design}, video: {video}}}]")
    assert operator.run("apply", path).exit_code == 0

    whole = operator.file(operator.run("export").stdout)
    beside = tmp_path / "beside"
    text = operator.run("export", "--pictures", str(beside)).stdout
    (beside / "all.yaml").write_text(text)

    assert {file.read_bytes() for file in beside.iterdir() if file.suffix != ".yaml"} == set(names.values())
    for file in (whole, str(beside / "all.yaml")):
        assert "nothing to change" in operator.run("apply", file, "--dry-run").stdout


def test_what_is_too_much_for_one_file_is_said(operator: Operator, nordwind: Company) -> None:
    pictures = [Asset("image/png", saved("PNG", size) + bytes(1_000_000)) for size in range(8, 16)]
    templates = [
        TemplateSpec(f"T{number}", Layout.from_json({**Layout().to_json(), "design": {"logo": one.id}}), 0)
        for number, one in enumerate(pictures)
    ]
    spec = FileSpec(templates=tuple(templates), pictures=tuple(pictures))
    nordwind.write(lambda tx: apply(tx, spec))

    result = operator.run("export")

    assert result.exit_code == 1
    assert "write the pictures beside it with --pictures DIR" in result.stderr
    assert result.stdout == ""
