"""The file that `apply` reads: what it may say, and the line and reason when it is refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from textwrap import dedent

import pytest
from PIL import Image

from app.cards.applying.problems import BadFileError
from app.cards.applying.reading import read_file, read_text
from app.cards.applying.spec import BindingSpec, FileSpec
from app.cards.bindings import GroupName
from app.cards.layout import Design, Item, Leaver, Video

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LANYARD = "urn:ietf:params:scim:schemas:extension:lanyard:2.0:User"

COMPLETE = """\
organization:
  name: "Nordwind AG"
  seat_limit: 500
  phone_region: CH
  strict_phones: false
  external_id_is_permanent: auto
  clear_marker: "[[clear]]"
  publish: on_issue
  brake: {people: 50, percent: 10}
  log_days: 90
  leaver: {show: company, email: hello@nordwind.example, phone: "+41445550100"}
templates:
  - name: Sales
    design: {accent: "#0B5FFF", background: "#fff", theme: auto, layout: classic, logo: logo.png, cover: cover.jpg}
    leaver: {show: successor, successor: ines@nordwind.example}
    general:
      headline: {sync: never, editable: true, placeholder: "What do you do?"}
      title: {sync: always}
      department: {sync: unless_edited, editable: true}
      company: {sync: never, value: "Nordwind AG"}
    fields:
      - {key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', required: true}
      - {key: web, kind: url, label: Website, sync: never, value: "https://nordwind.example"}
      - {key: office, kind: address, label: Office, source: 'addresses[type eq "work"]', sync: always}
      - {key: linkedin, kind: social, service: LinkedIn, label: LinkedIn, sync: never, editable: true}
      - {key: badge, kind: text, label: Badge, source: 'urn:example:hr:User:badge', sync: once}
    photo: {sync: unless_edited, editable: true}
    video: {url: "https://video.nordwind.example/intro", poster: poster.jpg}
bindings:
  - {group: "Cards - Board", template: Board, exclusive: main}
  - {external_id: 0d5c, template: Sales, exclusive: main}
"""


def picture(kind: str) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (8, 8), "navy").save(stream, kind)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "logo.png").write_bytes(picture("PNG"))
    (beside / "cover.jpg").write_bytes(picture("JPEG"))
    (beside / "poster.jpg").write_bytes(picture("WEBP"))
    (beside / "text.png").write_text("no picture")
    (beside / "vector.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (beside / "large.png").write_bytes(bytes(1024 * 1024 + 1))
    (tmp_path / "outside.png").write_bytes(picture("PNG"))
    (beside / "link.png").symlink_to(tmp_path / "outside.png")
    return beside


def read(text: str, folder: Path) -> FileSpec:
    return read_text(dedent(text).encode(), folder)


def problems(text: str | bytes, folder: Path) -> list[tuple[int, str]]:
    with pytest.raises(BadFileError) as refused:
        read_text(text if isinstance(text, bytes) else dedent(text).encode(), folder)
    return [(problem.line, problem.reason) for problem in refused.value.problems]


def test_a_complete_file_is_read(folder: Path) -> None:
    (folder / "cards.yaml").write_text(COMPLETE)

    spec = read_file(folder / "cards.yaml")

    assert spec.organization["brake"] == {"people": 50, "percent": 10}
    assert spec.bindings == (
        BindingSpec(GroupName("Cards - Board"), "Board", "main", 30),
        BindingSpec(GroupName(external_id="0d5c"), "Sales", "main", 31),
    )
    (sales,) = spec.templates
    layout = sales.layout
    assert sales.name == "Sales"
    assert layout.design.accent == "#0b5fff"
    assert layout.design.background == "#ffffff"
    assert {picture.id for picture in spec.pictures} == layout.assets()
    assert layout.leaver == Leaver(show="successor", successor="ines@nordwind.example")
    assert layout.video == Video("https://video.nordwind.example/intro", layout.video.poster if layout.video else None)
    assert layout.general == (
        Item("name", "name", "text", "always"),
        Item("title", "title", "text", "always", "title"),
        Item("department", "department", "text", "unless_edited", f"{ENTERPRISE}:department", editable=True),
        Item("company", "company", "text", "never", value="Nordwind AG"),
        Item("headline", "headline", "text", "never", placeholder="What do you do?", editable=True),
    )
    assert layout.fields == (
        Item("mobile", "Mobile", "phone", "always", 'phoneNumbers[type eq "mobile"].value', required=True),
        Item("web", "Website", "url", "never", value="https://nordwind.example"),
        Item("office", "Office", "address", "always", 'addresses[type eq "work"]'),
        Item("linkedin", "LinkedIn", "social", "never", editable=True, service="linkedin"),
        Item("badge", "Badge", "text", "once", "urn:example:hr:User:badge"),
    )
    assert layout.photo == Item(
        "photo", "photo", "photo", "unless_edited", 'photos[type eq "photo"].value', editable=True
    )


def test_every_key_is_optional(folder: Path) -> None:
    spec = read("templates: [{name: Plain}]", folder)

    assert spec.bindings is None
    assert spec.organization == {}
    (plain,) = spec.templates
    assert plain.layout.design == Design()
    assert plain.layout.general == (Item("name", "name", "text", "always"),)
    assert plain.layout.fields == ()


@pytest.mark.parametrize(
    ("kind", "source", "kept"),
    [
        pytest.param(
            "phone", 'PHONENUMBERS[Type EQ "mobile"].VALUE', 'phoneNumbers[type eq "mobile"].value', id="any case"
        ),
        pytest.param(
            "email", 'emails[type eq "work"]', 'emails[type eq "work"].value', id="of a whole entry its value"
        ),
        pytest.param("address", 'addresses[type eq "work"]', 'addresses[type eq "work"]', id="a whole address"),
        pytest.param("text", "urn:example:hr:User:badge", "urn:example:hr:User:badge", id="a foreign extension"),
    ],
)
def test_a_source_is_kept_in_its_canonical_form(kind: str, source: str, kept: str, folder: Path) -> None:
    text = f"templates: [{{name: Plain, fields: [{{key: m, kind: {kind}, label: M, source: '{source}'}}]}}]"

    (template,) = read(text, folder).templates

    assert template.layout.fields[0].source == kept


FIELD = "templates: [{name: Plain, fields: [{key: k, kind: text, label: L, %s}]}]"
DESIGN = "templates: [{name: Plain, design: {%s}}]"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param("", 1, "the file is empty", id="empty"),
        pytest.param("- a", 1, "the file must have keys: organization, sign_in, templates, bindings", id="a list"),
        pytest.param("a: [", 1, "this is not YAML", id="no YAML"),
        pytest.param("templates:\n  - name: a\n   b: c", 3, "this is not YAML", id="bad indentation"),
        pytest.param(b"templates:\n- name: \xff", 2, "this is not text in UTF-8", id="another encoding"),
        pytest.param('templates:\n- name: "\\ud800"', 2, "there is half a character here", id="half a character"),
        pytest.param('templates:\n- "\\udfff": A', 2, "there is half a character here", id="half a key"),
        pytest.param("templates:\n- name: \x01", 2, "there is a control character here", id="control character"),
        pytest.param("a: 1\n---\nb: 2", 2, "this is not YAML", id="two documents"),
        pytest.param("a: &x [1]\nb: *x", 1, "anchors (&) and aliases (*) are not supported", id="anchor"),
        pytest.param("a: 1\nb: !!python/object:os.system x", 2, "tags such as", id="tag"),
        pytest.param("a: " + "[" * 50, 1, "lists and mappings lie more than 12 levels deep", id="too deep"),
        pytest.param("#" * 600_000, 1, "the file has more than 512 kB", id="too large"),
        pytest.param("#" * 9_000_000, 1, "the file has more than 8192 kB", id="far too large"),
        pytest.param("templates: []\ntemplates: []", 2, "'templates' is here twice; the first is in", id="twice"),
        pytest.param("templates: []\n[a]: b", 2, "a key must be a single word", id="a key that is a list"),
        pytest.param("template: []", 1, "unknown key 'template'; did you mean 'templates'?", id="unknown key"),
        pytest.param("zzz: []", 1, "unknown key 'zzz'; known are organization, sign_in, templates, bindings", id="far-off key"),
        pytest.param("templates: {}", 1, "templates must be a list", id="a mapping for a list"),
        pytest.param("templates:\n  - Sales", 2, "an entry of templates must have keys", id="a text for a template"),
        pytest.param("bindings:", 1, "bindings must be a list", id="nothing for a list"),
        pytest.param("organization: Nordwind", 1, "organization must have keys of its own", id="a text for keys"),
        pytest.param(
            "organization:\n  nam: x", 2, "unknown key 'nam'; did you mean 'name'?", id="unknown organization key"
        ),
        pytest.param("organization:\n  phone_region: XX", 2, "phone_region must be a two-letter", id="country code"),
        pytest.param("organization:\n  seat_limit: many", 2, "seat_limit must be a whole number", id="seat limit"),
        pytest.param("organization:\n  seat_limit: -1", 2, "seat_limit must be a whole number", id="negative limit"),
        pytest.param("organization:\n  strict_phones: 1", 2, "strict_phones must be true or false", id="flag"),
        pytest.param("organization:\n  publish: later", 2, "publish must be on_issue or on_claim", id="publish"),
        pytest.param("organization:\n  name: 5", 2, "an organization's name is a text", id="organization name"),
        pytest.param("organization:\n  brake:\n    people: x", 3, "brake.people must be a whole number", id="brake"),
        pytest.param("organization:\n  brake:\n    persons: 5", 3, "unknown key 'persons'", id="unknown brake key"),
        pytest.param("organization:\n  brake: 5", 2, "organization.brake must have keys of its own", id="brake number"),
        pytest.param("organization:\n  leaver:\n    show: all", 3, "leaver.show must be one of", id="leaver"),
        pytest.param("organization:\n  leaver:\n    days: 0", 3, "leaver.days must be a whole number", id="leaver's days"),
        pytest.param("templates:\n  - design: {}", 2, "a template needs a name", id="no name"),
        pytest.param("templates:\n  - name:", 2, "a template needs a name", id="null name"),
        pytest.param("templates:\n  - name: 7", 2, "name must be a text; put it in quotes", id="a number for a name"),
        pytest.param("templates:\n  - name: ' '", 2, "name must not be empty", id="blank name"),
        pytest.param("templates:\n  - name: [a]", 2, "name must be a text", id="a list for a name"),
        pytest.param(
            f"templates:\n  - name: {'x' * 129}", 2, "name must not be longer than 128 characters", id="long name"
        ),
        pytest.param('templates:\n  - name: "a\\0b"', 2, "name must not contain control characters", id="NUL"),
        pytest.param(
            "templates:\n  - name: A\n  - name: a", 3, "there is a template 'a' in line 2 already", id="same name"
        ),
        pytest.param(DESIGN % "accent: blue", 1, "design.accent must be a colour such as #0b5fff", id="colour"),
        pytest.param(DESIGN % "theme: drak", 1, "unknown design.theme 'drak'; did you mean 'dark'?", id="theme"),
        pytest.param(DESIGN % "layout: modern", 1, "unknown design.layout 'modern'", id="layout"),
        pytest.param(DESIGN % "logo: none.png", 1, "design.logo names 'none.png', which is not there", id="no file"),
        pytest.param(DESIGN % "logo: ../outside.png", 1, "does not lie beside the file", id="outside"),
        pytest.param(DESIGN % "logo: /etc/passwd", 1, "does not lie beside the file", id="absolute"),
        pytest.param(DESIGN % "logo: link.png", 1, "does not lie beside the file", id="a link to the outside"),
        pytest.param(DESIGN % "logo: .", 1, "which is not there", id="a folder"),
        pytest.param(DESIGN % "cover: text.png", 1, "is not a PNG, JPEG or WebP picture", id="no picture"),
        pytest.param(DESIGN % "cover: vector.svg", 1, "is not a PNG, JPEG or WebP picture", id="vector picture"),
        pytest.param(DESIGN % "cover: large.png", 1, "has more than 1024 kB", id="large picture"),
        pytest.param(
            DESIGN % "logo: 'data:image/png;base64,AAAA'", 1, "design.logo holds what is not a PNG, JPEG or WebP picture",
            id="no picture in the file",
        ),
        pytest.param(
            DESIGN % "logo: 'data:image/png;base64,A'", 1, "design.logo holds what cannot be read: it has broken base64",
            id="broken base64",
        ),
        pytest.param(DESIGN % "logo: 'data:,AAAA'", 1, "holds what is not data:image/…;base64,…", id="other data"),
        pytest.param(
            DESIGN % f"logo: 'data:image/png;base64,{'A' * 1_500_000}'", 1, "design.logo must not be longer than",
            id="large picture in the file",
        ),
        pytest.param(
            "templates: [{name: Plain, general: {name: {sync: alway}}}]", 1,
            "unknown sync mode 'alway'; did you mean 'always'?", id="sync mode",
        ),
        pytest.param(
            "templates: [{name: Plain, general: {titel: {}}}]", 1, "unknown key 'titel'; did you mean 'title'?",
            id="unknown slot",
        ),
        pytest.param(
            "templates: [{name: Plain, general: {title: }}]", 1, "general.title must have keys of its own",
            id="a slot with nothing",
        ),
        pytest.param(
            "templates: [{name: P, general: {title: {sync: always, editable: true}}}]", 1,
            "general.title.editable does not go with sync: always", id="always and editable",
        ),
        pytest.param(FIELD % "kindd: text", 1, "unknown key 'kindd'; did you mean 'kind'?", id="unknown field key"),
        pytest.param(FIELD % "source: nickname.value", 1, "is not a path to a SCIM attribute", id="sub-attribute"),
        pytest.param(FIELD % "source: nosuch", 1, "'nosuch' is not a path to a SCIM", id="unknown attribute"),
        pytest.param(FIELD % "source: 'emails[type eq'", 1, "is not a path to a SCIM attribute", id="broken filter"),
        pytest.param(FIELD % f"source: '{ENTERPRISE}'", 1, "names a whole extension", id="extension"),
        pytest.param(FIELD % "source: name", 1, "names a whole entry", id="name as a text"),
        pytest.param(FIELD % "sync: always", 1, "sync: always needs a source", id="no source"),
        pytest.param(FIELD % "sync: once, source: null", 1, "sync: once needs a source", id="null source"),
        pytest.param(FIELD % "editable: 'yes'", 1, "editable must be true or false", id="a text for a flag"),
        pytest.param(FIELD % "service: linkedin", 1, "service belongs to the kind social", id="service of a text"),
        pytest.param(FIELD % "value: 2026", 1, "value must be a text; put it in quotes", id="a number for a text"),
        pytest.param(
            "templates: [{name: P, fields: [{key: k, kind: fax, label: L}]}]", 1, "unknown kind 'fax'", id="kind"
        ),
        pytest.param("templates: [{name: P, fields: [{}]}]", 1, "a field needs a key", id="field without a key"),
        pytest.param("templates: [{name: P, fields: [{}]}]", 1, "a field needs a label", id="field without a label"),
        pytest.param("templates: [{name: P, fields: [{}]}]", 1, "a field needs a kind", id="field without a kind"),
        pytest.param(
            "templates: [{name: P, fields: [{key: a b, kind: text, label: L}]}]", 1, "key must be a word", id="key"
        ),
        pytest.param(
            """
            templates:
              - name: P
                fields:
                  - {key: a, kind: text, label: A}
                  - {key: A, kind: text, label: B}
            """, 6, "key 'A' is taken by another field", id="same key",
        ),
        pytest.param(
            """
            templates:
              - name: P
                fields:
                  - {key: a, kind: text, label: A}
                  - {key: b, kind: text, label: A}
            """, 6, "label 'A' is taken by another field", id="same label",
        ),
        pytest.param(
            "templates: [{name: P, fields: [{key: title, kind: text, label: L}]}]", 1,
            "key 'title' is the name of a general slot", id="key of a slot",
        ),
        pytest.param(
            "templates: [{name: P, fields: [{key: k, kind: text, label: title}]}]", 1,
            "label 'title' is the name of a general slot", id="label of a slot",
        ),
        pytest.param("templates: [{name: P, video: {}}]", 1, "a video needs a url", id="video without a url"),
        pytest.param(
            "templates: [{name: P, video: 'javascript:alert(1)'}]", 1, "video must be a web address", id="video url"
        ),
        pytest.param(
            "templates: [{name: P, leaver: {show: successor}}]", 1, "leaver.successor must name one", id="no successor"
        ),
        pytest.param("bindings: [{template: T}]", 1, "by group or by external_id", id="binding without a group"),
        pytest.param("bindings: [{group: , template: T}]", 1, "group must name a group", id="binding to nothing"),
        pytest.param(
            "bindings: [{group: G, external_id: E, template: T}]", 1, "by one of them", id="group named twice"
        ),
        pytest.param("bindings: [{group: G}]", 1, "a binding needs a template", id="binding without a template"),
        pytest.param(
            "bindings:\n- {group: G, template: T}\n- {group: g, template: t}", 3, "bound in line 2 already",
            id="bound twice",
        ),
        pytest.param(
            "bindings:\n- {group: G, template: T, exclusive: a}\n- {group: H, template: T}", 3,
            "must be in the same exclusive set or in none; the one in line 2 is in a", id="exclusive on some",
        ),
    ],
)  # fmt: skip
def test_refused_with_line_and_reason(text: str | bytes, line: int, reason: str, folder: Path) -> None:
    found = problems(text, folder)

    assert [at for at, why in found if reason in why] == [line], found


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file(folder: Path) -> None:
    text = """\
        organization:
          phone_region: XX
        templates:
          - name: Sales
            general:
              titel: {sync: always}
            fields:
              - {key: mobile, kind: fone, label: Mobile}
        bindings:
          - {group: "Cards - Sales", template: Sales, exklusive: main}
        """

    assert [line for line, _ in problems(text, folder)] == [2, 6, 8, 10]
