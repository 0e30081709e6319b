"""What is behind every page that sends a photo, for holders and admins alike: whose right it is, and how the photo stands."""

from __future__ import annotations

import pytest

from app.cards import lookup, uploading
from app.cards.faces import with_face
from app.cards.holding.photo import PhotoStanding, standing
from app.cards.rendering import render
from app.cards.view import ADMIN, PERSON, LiveCard
from app.core.errors import Refused
from tests.photos.conftest import Pictured, coloured, pushed
from tests.support.photos import draw_sent, prepare


def send(ines: Pictured, colour: str, by: str) -> None:
    ines.company.write(lambda tx: uploading.send(tx, ines.public_id, coloured(colour), None, by))


def stands(ines: Pictured, by: str) -> PhotoStanding:
    """How Ines' photo stands for that side."""
    [row] = ines.company.card_rows()
    with ines.company.database.read(ines.company.organization_id) as reader:
        found = lookup.find(reader, ines.public_id)
        assert isinstance(found, LiveCard)
        view = with_face(reader, render(found.source, ""))
        photo = standing(reader, found.source, view, row.id, row.person_id, by)
    assert photo is not None
    return photo


@pytest.mark.parametrize("mode", ["never", "once", "unless_edited"])
def test_admins_send_a_photo_whether_the_holder_may_or_not(ines: Pictured, mode: str) -> None:
    ines.template(mode)

    send(ines, "lime", ADMIN)
    said = draw_sent(ines.app)

    assert said.startswith("Made 1 ")
    assert stands(ines, ADMIN).origin == ADMIN
    assert (stands(ines, ADMIN).may_change, stands(ines, PERSON).may_change) == (True, False)


@pytest.mark.parametrize(
    ("mode", "by", "sentence"),
    [
        pytest.param("always", ADMIN, "photo always shows what the directory says", id="always"),
        pytest.param("unless_edited", PERSON, "only an admin can change it", id="not the holder's"),
    ],
)
def test_whoever_may_not_is_refused_and_nothing_waits(ines: Pictured, mode: str, by: str, sentence: str) -> None:
    ines.template(mode)

    with pytest.raises(Refused, match=sentence):
        send(ines, "lime", by)

    assert draw_sent(ines.app).startswith("Made 0 ")


def test_how_it_stands_is_told_at_every_step(ines: Pictured) -> None:
    ines.template("unless_edited", editable=True)
    nothing = stands(ines, PERSON)
    ines.company.change("ines", photos=pushed("red"))
    waiting = stands(ines, PERSON)
    prepare(ines.app)
    directory = stands(ines, PERSON)
    send(ines, "lime", PERSON)
    sent = stands(ines, PERSON)
    draw_sent(ines.app)
    own = stands(ines, PERSON)

    told = [
        (one.origin, one.face is not None, one.is_under_way, one.may_revert, one.may_remove)
        for one in (nothing, waiting, directory, sent, own)
    ]
    assert told == [
        ("nothing", False, False, False, False),
        ("directory", False, True, False, True),
        ("directory", True, False, False, True),
        ("directory", True, True, False, True),
        ("person", True, False, True, True),
    ]
    assert directory.since is not None
    assert own.since is not None
