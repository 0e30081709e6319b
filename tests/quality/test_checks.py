"""Each check: what triggers it, and what nearly does and must not."""

from __future__ import annotations

from typing import Any

import pytest

from app.attributes.definitions import ENTERPRISE_USER, LANYARD_USER
from app.cards.layout import Item, Layout
from app.cards.quality.report import CHECKS
from app.cards.quality.subject import Doubt, HeldCard, Subject
from app.directory.pictures import names_in
from app.directory.settings import OrganizationSettings
from tests.cards_face.sources import FULL, MAIL, WEB, field, own, slot, source

NOBODY: dict[str, Any] = {"userName": "ines@nordwind.example", "active": True}
PHOTO = {"photos": [{"type": "photo", "value": "https://nordwind.example/ines.jpg"}]}
PUSHED = {"photos": [{"type": "photo", "value": "picture:ab"}]}
MOBILE = field("Mobile", "phone", 'phoneNumbers[type eq "mobile"].value', required=True)
MEETING = field("Meeting", "url", f"{LANYARD_USER}:custom1")


def phone(text: str, **more: Any) -> dict[str, Any]:
    return {"phoneNumbers": [{"type": "work", "value": text}], **more}


def mail(text: str) -> dict[str, Any]:
    return {"emails": [{"type": "work", "value": text}]}


def doubts(
    kind: str,
    document: dict[str, Any],
    layout: Layout | None = None,
    region: str | None = "CH",
    manager_known: bool = True,
    unshown: bool = False,
    **card: Any,
) -> list[Doubt]:
    whole = {**NOBODY, **document}
    photos = dict.fromkeys(names_in(whole), "The photo is a GIF.") if unshown else {}
    held = () if layout is None else (HeldCard("Sales", source(layout, whole, **card)),)
    return list(CHECKS[kind](Subject(whole, OrganizationSettings(phone_region=region), held, manager_known, photos)))


def fields(*items: Item) -> Layout:
    return Layout(fields=items)


TRIGGERS = [
    # phone
    pytest.param("phone", phone("ext. 4711"), {}, 'phoneNumbers[type eq "work"].value', "ext. 4711", id="phone: an extension"),
    pytest.param("phone", phone("tbd"), {}, 'phoneNumbers[type eq "work"].value', "tbd", id="phone: a placeholder"),
    pytest.param("phone", phone("+41 44 555 01 02 / 03"), {}, 'phoneNumbers[type eq "work"].value', "+41 44 555 01 02 / 03", id="phone: two numbers"),
    pytest.param("phone", phone("+353 20 910 1234"), {}, 'phoneNumbers[type eq "work"].value', "+353 20 910 1234", id="phone: possible, not valid"),
    pytest.param("phone", phone("044 555 01 60"), {"region": None}, 'phoneNumbers[type eq "work"].value', "044 555 01 60", id="phone: national without a region"),
    pytest.param("phone", phone("+999 12 345 67"), {}, 'phoneNumbers[type eq "work"].value', "+999 12 345 67", id="phone: no such country"),
    # photo
    pytest.param("photo", {"photos": [{"type": "photo", "value": "ines.jpg"}]}, {}, 'photos[type eq "photo"].value', None, id="photo: neither data nor an address"),
    pytest.param("photo", PHOTO, {"unshown": True}, 'photos[type eq "photo"].value', "https://nordwind.example/ines.jpg", id="photo: one that did not come"),
    # mail
    pytest.param("missing-mail", {}, {}, 'emails[type eq "work"].value', None, id="missing-mail: none"),
    pytest.param("missing-mail", mail("[[clear]]"), {}, 'emails[type eq "work"].value', None, id="missing-mail: cleared"),
    pytest.param("mail", mail("Ines Jones"), {}, 'emails[type eq "work"].value', "Ines Jones", id="mail: a name"),
    pytest.param("mail", mail("ines@nordwind.example "), {}, 'emails[type eq "work"].value', "ines@nordwind.example ", id="mail: a blank behind"),
    # web
    pytest.param("website", {LANYARD_USER: {"website": "javascript:alert(1)"}}, {}, f"{LANYARD_USER}:website", "javascript:alert(1)", id="website: a script"),
    pytest.param("website", {"profileUrl": "ftp://nordwind.example"}, {}, "profileUrl", "ftp://nordwind.example", id="website: ftp"),
    pytest.param("website", {LANYARD_USER: {"custom1": "ask Ines"}}, {"layout": fields(MEETING)}, f"{LANYARD_USER}:custom1", "ask Ines", id="website: the source of a template"),
    # names
    pytest.param("capitals", {"name": {"familyName": "JONES"}}, {}, "name.familyName", "JONES", id="capitals: Latin"),
    pytest.param("capitals", {"name": {"familyName": "MÜLLER"}}, {}, "name.familyName", "MÜLLER", id="capitals: an umlaut"),
    pytest.param("capitals", {"name": {"familyName": "MU\u0308LLER"}}, {}, "name.familyName", "MU\u0308LLER", id="capitals: an umlaut of two characters"),
    pytest.param("capitals", {"name": {"familyName": "McDONALD"}}, {}, "name.familyName", "McDONALD", id="capitals: behind Mc"),
    pytest.param("capitals", {"name": {"familyName": "O'NEIL"}}, {}, "name.familyName", "O'NEIL", id="capitals: behind O'"),
    pytest.param("capitals", {"displayName": "VOGT Anselm (ext)"}, {}, "displayName", "VOGT Anselm (ext)", id="capitals: one word of several"),
    pytest.param("capitals", {"name": {"givenName": "ΕΛΕΝΗ"}}, {}, "name.givenName", "ΕΛΕΝΗ", id="capitals: Greek"),
    pytest.param("guest", {"userName": "eva_partner.example#EXT#@nordwind.onmicrosoft.com"}, {}, "userName", "eva_partner.example#EXT#@nordwind.onmicrosoft.com", id="guest: whole"),
    pytest.param("guest", {"userName": "eva#ext#@nordwind.example"}, {}, "userName", "eva#ext#@nordwind.example", id="guest: small letters"),
    pytest.param("tombstone", {"userName": "0a1b2c3d" * 4 + "mira@nordwind.example"}, {}, "userName", "0a1b2c3d" * 4 + "mira@nordwind.example", id="tombstone: active"),
    pytest.param("tombstone", {"displayName": "0A1B2C3D" * 4 + "Mira", "active": False}, {}, "displayName", "0A1B2C3D" * 4 + "Mira", id="tombstone: in the recycle bin"),
    # records
    pytest.param("manager", {ENTERPRISE_USER: {"manager": {"value": "7"}}}, {"manager_known": False}, f"{ENTERPRISE_USER}:manager.value", "7", id="manager: nobody"),
    pytest.param("long", {"title": "x" * 81}, {}, "title", "x" * 81, id="long: a title"),
    pytest.param("clear-marker", {"userName": "[[clear]]"}, {}, "userName", "[[clear]]", id="clear-marker: for a user name"),
    pytest.param("clear-marker", {"title": "CFO [[clear]]"}, {}, "title", "CFO [[clear]]", id="clear-marker: within a text"),
    pytest.param("clear-marker", {LANYARD_USER: {"pronouns": "[[CLEAR]]"}}, {}, f"{LANYARD_USER}:pronouns", "[[CLEAR]]", id="clear-marker: in capitals"),
    pytest.param("clear-marker", phone(" [[clear]]"), {}, 'phoneNumbers[type eq "work"].value', " [[clear]]", id="clear-marker: a blank before"),
    # cards
    pytest.param("missing-photo", {}, {"layout": FULL}, 'photos[type eq "photo"].value', None, id="missing-photo: none"),
    pytest.param("incomplete-directory", {}, {"layout": fields(MOBILE)}, 'phoneNumbers[type eq "mobile"].value', None, id="incomplete-directory: always"),
    pytest.param("incomplete-directory", {}, {"layout": Layout(general=(slot("title", required=True),))}, "title", None, id="incomplete-directory: a slot"),
    pytest.param("incomplete-directory", {}, {"layout": fields(field("Mail", "email", MAIL.source, "unless_edited", editable=True, required=True))}, MAIL.source, None, id="incomplete-directory: the holder could too"),
    pytest.param("incomplete-directory", {}, {"layout": Layout(photo=Item("photo", "photo", "photo", "always", source='photos[type eq "photo"].value', required=True))}, 'photos[type eq "photo"].value', None, id="incomplete-directory: a photo"),
    pytest.param("incomplete-holder", {}, {"layout": fields(field("Blog", "url", sync="never", editable=True, required=True))}, "Blog", None, id="incomplete-holder: editable"),
    pytest.param("incomplete-holder", mail("ines@nordwind.example"), {"layout": fields(field("Mail", "email", MAIL.source, "unless_edited", editable=True, required=True)), "own": {"Mail": own(None)}}, "Mail", None, id="incomplete-holder: emptied on the card"),
    pytest.param("incomplete-admin", {}, {"layout": fields(field("Blog", "url", sync="never", required=True))}, "Blog", None, id="incomplete-admin: for admins alone"),
]  # fmt: skip

NEAR_MISSES = [
    pytest.param("phone", phone("+41 44 555 01 00"), {}, id="phone: international"),
    pytest.param("phone", phone("0041 (0)44 555 01 02"), {}, id="phone: a trunk zero in brackets"),
    pytest.param("phone", phone("079 555 01 77"), {}, id="phone: national with the region"),
    pytest.param("phone", phone("+81 90-5550-0103"), {"region": None}, id="phone: another country"),
    pytest.param("phone", phone("+41 44 555 01 00 ext. 12"), {}, id="phone: with an extension"),
    pytest.param("phone", phone("[[clear]]"), {}, id="phone: cleared"),
    pytest.param("missing-mail", {"emails": [{"value": "ines@home.example"}]}, {}, id="missing-mail: of another type"),
    pytest.param("mail", mail("siobhan.o'neil@nordwind.example"), {}, id="mail: an apostrophe"),
    pytest.param("mail", mail("jörg@büro.example"), {}, id="mail: international"),
    pytest.param("mail", mail("[[clear]]"), {}, id="mail: cleared"),
    pytest.param("website", {LANYARD_USER: {"website": "nordwind.example"}}, {}, id="website: a bare domain"),
    pytest.param("website", {"profileUrl": "HTTP://nordwind.example/ines"}, {}, id="website: http in capitals"),
    pytest.param("website", {LANYARD_USER: {"custom1": "ask Ines"}}, {"layout": fields(WEB)}, id="website: what no card shows as one"),
    pytest.param("capitals", {"displayName": "IBM Support", "name": {"familyName": "IBM"}}, {}, id="capitals: an acronym"),
    pytest.param("capitals", {"name": {"familyName": "佐々木", "givenName": "O"}}, {}, id="capitals: no such script, one letter"),
    pytest.param("capitals", {"name": {"familyName": "MacDonald", "givenName": "TJ"}}, {}, id="capitals: within a name, initials"),
    pytest.param("capitals", {"name": {"familyName": "ბერიძე", "givenName": "محمد"}}, {}, id="capitals: scripts without"),
    pytest.param("capitals", {"title": "TEST BENCH TECHNICIAN"}, {}, id="capitals: no name"),
    pytest.param("guest", {"userName": "ext@nordwind.example"}, {}, id="guest: a name"),
    pytest.param("tombstone", {"userName": "0a1b2c3d" * 4}, {}, id="tombstone: hex digits alone"),
    pytest.param("tombstone", {"userName": "0a1b2c3d" * 3 + "@nordwind.example"}, {}, id="tombstone: too few"),
    pytest.param("manager", {ENTERPRISE_USER: {"manager": {"value": "7"}}}, {}, id="manager: somebody"),
    pytest.param("long", {"title": "x" * 80}, {}, id="long: just as long"),
    pytest.param("clear-marker", {"title": "[[clear]]", **phone("[[clear]]")}, {}, id="clear-marker: where it clears"),
    pytest.param("clear-marker", {"title": "clear"}, {}, id="clear-marker: the word"),
    pytest.param("missing-photo", PHOTO, {"layout": FULL}, id="missing-photo: there"),
    pytest.param("missing-photo", {}, {"layout": fields(WEB)}, id="missing-photo: no photo on the card"),
    pytest.param("missing-photo", {}, {"layout": Layout(photo=Item("photo", "photo", "photo", "never", editable=True))}, id="missing-photo: not the directory's"),
    pytest.param("missing-photo", {}, {"layout": FULL, "own": {"photo": own("x")}}, id="missing-photo: the holder's own"),
    pytest.param("missing-photo", {}, {}, id="missing-photo: no card"),
    pytest.param("photo", PHOTO, {}, id="photo: an address that came or waits"),
    pytest.param("photo", {"photos": [{"type": "photo", "value": "[[clear]]"}]}, {}, id="photo: cleared"),
    pytest.param("incomplete-directory", {"phoneNumbers": [{"type": "mobile", "value": "tbd"}]}, {"layout": fields(MOBILE)}, id="incomplete-directory: filled"),
    pytest.param("incomplete-directory", {}, {"layout": fields(field("Mail", "email", MAIL.source, value="hello@nordwind.example", required=True))}, id="incomplete-directory: the template's value"),
    pytest.param("incomplete-directory", {}, {"layout": fields(MAIL)}, id="incomplete-directory: not required"),
    pytest.param("incomplete-holder", {}, {"layout": fields(MOBILE)}, id="incomplete-holder: the directory's"),
    pytest.param("incomplete-admin", {}, {"layout": fields(field("Blog", "url", sync="never", editable=True, required=True))}, id="incomplete-admin: the holder's"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "document", "options", "path", "value"), TRIGGERS)
def test_it_is_listed(
    kind: str, document: dict[str, Any], options: dict[str, Any], path: str, value: str | None
) -> None:
    [doubt] = doubts(kind, document, **options)

    assert (doubt.field, doubt.value) == (path, value)
    assert doubt.problem.endswith(".")
    assert doubt.remedy.endswith(".")


@pytest.mark.parametrize(("kind", "document", "options"), NEAR_MISSES)
def test_it_is_not_listed(kind: str, document: dict[str, Any], options: dict[str, Any]) -> None:
    assert doubts(kind, document, **options) == []


def test_every_check_has_an_example_of_either_sort() -> None:
    for examples in (TRIGGERS, NEAR_MISSES):
        assert {example.values[0] for example in examples} == set(CHECKS)


@pytest.mark.parametrize(
    ("kind", "document", "region", "expression"),
    [
        pytest.param("phone", phone("+41 44 555 01 02 / 03"), "CH", r'Replace([telephoneNumber], , "\s*/.*$", , "", , )', id="the first of two numbers"),
        pytest.param("phone", phone("tbd"), "CH", 'Replace([telephoneNumber], , "^.*[A-Za-z].*$", , "[[clear]]", , )', id="words for a number"),
        pytest.param("phone", phone("044 555 01 60", addresses=[{"type": "work", "country": "ch"}]), None, 'Replace([telephoneNumber], , "^0(?!0)", , "+41", , )', id="a national number"),
        pytest.param("missing-mail", {}, "CH", "Coalesce([mail], [userPrincipalName])", id="no e-mail"),
        pytest.param("mail", mail("ines@nordwind.example "), "CH", "StripSpaces([mail])", id="a blank in an e-mail"),
        pytest.param("capitals", {"name": {"familyName": "JONES"}}, "CH", "PCase([surname])", id="capitals"),
        pytest.param("long", {"title": "x" * 99}, "CH", "Mid([jobTitle], 1, 80)", id="too long"),
    ],
)  # fmt: skip
def test_a_remedy_says_what_to_paste(kind: str, document: dict[str, Any], region: str | None, expression: str) -> None:
    [doubt] = doubts(kind, document, region=region)

    assert f"map the expression {expression} to {doubt.field}" in doubt.remedy
