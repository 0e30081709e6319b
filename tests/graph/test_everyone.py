"""Everybody's photo by the application's token: what is asked, what cards show by it, and what costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.graph.conftest import Nordwind, object_id, picture
from tests.support.graph import Answer, busy, error, placeholder


def test_photos_that_graph_has_are_on_cards_and_where_there_is_none_initials_are(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    nordwind.graph.set(object_id(1), picture("red"))

    said = nordwind.run()

    assert said == "Asked Microsoft Graph about 2 people: 1 has, 1 none."
    assert (nordwind.shows("ines"), nordwind.shows("jonas")) == ("red", None)
    assert nordwind.known()["jonas"] == ("none", "Microsoft Graph has no photo of them (ImageNotFound)")


def test_who_has_not_changed_costs_a_share_of_one_request_and_nobody_is_drawn_again(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas", "kim")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.graph.set(object_id(2), picture("blue"))
    nordwind.run()
    nordwind.graph.forget()
    nordwind.graph.set(object_id(2), picture("lime"))

    said = nordwind.ask_anew()

    assert said == "Asked Microsoft Graph about 3 people: 1 has, 2 unchanged."
    assert nordwind.graph.batches == [3]
    assert nordwind.graph.fetches == {object_id(2): 1}
    assert (nordwind.shows("ines"), nordwind.shows("jonas")) == ("red", "lime")


def test_a_photo_that_was_removed_gives_way_to_initials(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.run()
    etag = nordwind.visitor.get(f"/c/{nordwind.public_id('ines')}").headers["ETag"]
    nordwind.graph.set(object_id(1), None)

    nordwind.ask_anew()

    assert nordwind.shows("ines") is None
    assert "PHOTO" not in nordwind.visitor.get(f"/c/{nordwind.public_id('ines')}.vcf").text
    assert nordwind.visitor.get(f"/c/{nordwind.public_id('ines')}").headers["ETag"] != etag


def test_a_picture_of_one_pixel_is_none(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("described", "served")
    nordwind.graph.set(object_id(2), picture("red", (1, 1)))
    nordwind.graph.instead = lambda who, kind: placeholder(kind) if who == object_id(1) else None

    nordwind.run()

    assert {name: state for name, (state, _) in nordwind.known().items()} == {"described": "none", "served": "none"}
    assert nordwind.graph.fetches == {object_id(2): 1}


def test_only_people_with_an_object_id_and_a_live_card_that_shows_the_directorys_photo_are_asked_about(
    nordwind: Nordwind,
) -> None:
    nordwind.template()
    nordwind.hire("ines", "paused")
    nordwind.company.change("paused", active=False)
    nordwind.company.hire("plain", externalId=object_id(91))
    nordwind.company.group("Cards - Plain", "plain")
    nordwind.company.hire("nameless", externalId="10443")
    nordwind.company.join("Cards - Sales", "nameless")
    nordwind.company.hire("nobody", externalId=object_id(92))

    nordwind.run()

    assert nordwind.graph.looks == {object_id(1): 1}


@pytest.mark.parametrize("setting", ["off", "sign_in"])
def test_nobody_is_asked_about_unless_the_organization_wants_it(nordwind: Nordwind, setting: str) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.fetch(setting)

    said = nordwind.run()

    assert (said, nordwind.is_due()) == ("Asked Microsoft Graph about 0 people: nobody.", False)
    assert nordwind.graph.requests == []


def test_a_template_that_does_not_sync_the_photo_asks_about_nobody(nordwind: Nordwind) -> None:
    nordwind.template("never")
    nordwind.hire("ines")

    nordwind.run()

    assert nordwind.graph.requests == []


def test_a_round_is_due_once_an_hour_at_five_past(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    due = []

    with time_machine.travel(datetime(2026, 11, 26, 10, 30, tzinfo=UTC), tick=True) as clock:
        for minutes in (0, 1, 30, 3, 1):
            clock.shift(timedelta(minutes=minutes))
            due.append(nordwind.is_due())
            nordwind.run()

    assert due == [True, False, False, False, True]
    assert nordwind.graph.looks == {object_id(1): 2}


def test_a_picture_that_we_do_not_open_is_refused_with_a_reason_and_fetched_once(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.run()
    nordwind.graph.set(object_id(1), b"GIF89a and so on")

    nordwind.ask_anew()
    nordwind.ask_anew()

    assert nordwind.known()["ines"] == ("refused", "The photo is a GIF; JPEG, PNG and WebP are shown.")
    assert nordwind.shows("ines") is None
    assert nordwind.graph.fetches == {object_id(1): 2}


def test_who_is_not_answered_keeps_the_photo_and_is_asked_about_in_the_next_round(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.run()
    nordwind.graph.set(object_id(1), picture("blue"))
    nordwind.graph.set(object_id(2), picture("blue"))
    nordwind.graph.instead = lambda _who, kind: error(503, "ServiceUnavailable") if kind == "fetch" else None

    nordwind.ask_anew()
    then = {name: state for name, (state, _) in nordwind.known().items()}
    shown = nordwind.shows("ines")
    nordwind.graph.instead = lambda _who, _kind: None
    nordwind.ask_anew()

    assert (shown, then) == ("red", {"ines": "has", "jonas": "none"})
    assert (nordwind.shows("ines"), nordwind.shows("jonas")) == ("blue", "blue")


def test_a_person_who_may_not_be_asked_about_stops_nobody(nordwind: Nordwind) -> None:
    nordwind.template()
    nordwind.hire("ines", "boss")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.graph.instead = lambda who, _kind: error(403, "ErrorAccessDenied") if who == object_id(2) else None

    nordwind.run()

    assert nordwind.shows("ines") == "red"
    assert nordwind.known()["boss"][0] == "denied"
    assert nordwind.round().problem is None


def busy_for(who: str, nordwind: Nordwind) -> None:
    nordwind.graph.instead = lambda asked, _kind: busy(120) if asked == who else None


def busy_for_all(_who: str, nordwind: Nordwind) -> None:
    nordwind.graph.batch_instead = lambda: busy(120)


def busy_with_photos(_who: str, nordwind: Nordwind) -> None:
    nordwind.graph.instead = lambda _asked, kind: busy(120) if kind == "fetch" else None


@pytest.mark.parametrize("becoming_busy", [busy_for, busy_for_all, busy_with_photos])
def test_a_graph_that_wants_to_be_left_alone_is_for_as_long_as_it_says(
    nordwind: Nordwind, becoming_busy: object
) -> None:
    nordwind.template()
    nordwind.hire("ines", "jonas")
    nordwind.graph.set(object_id(2), picture("red"))
    due = []

    with time_machine.travel(datetime(2026, 11, 26, 10, 30, tzinfo=UTC), tick=True) as clock:
        becoming_busy(object_id(2), nordwind)  # type: ignore[operator]
        nordwind.run()
        due.append(nordwind.is_due())
        nordwind.graph.instead, nordwind.graph.batch_instead = (lambda _who, _kind: None), (lambda: None)
        clock.shift(timedelta(seconds=100))
        due.append(nordwind.is_due())
        clock.shift(timedelta(seconds=25))
        due.append(nordwind.is_due())
        nordwind.run()
        ended = nordwind.round().ended_at

    assert due == [False, False, True]
    assert ended is not None
    assert nordwind.shows("jonas") == "red"
    assert max(nordwind.graph.looks[object_id(1)], 1) == 1, "who was answered is not asked about again"


def away(_nordwind: Nordwind) -> Answer | None:
    return error(502, "BadGateway")


def odd(_nordwind: Nordwind) -> Answer | None:
    return 200, {"Content-Type": "application/json"}, b"[not JSON"


def moved(nordwind: Nordwind) -> Answer | None:
    return 307, {"Location": f"{nordwind.graph.url}/elsewhere"}, b""


@pytest.mark.parametrize("answer", [away, odd, moved])
def test_an_outage_puts_the_round_off_for_five_minutes(nordwind: Nordwind, answer: object) -> None:
    nordwind.template()
    nordwind.hire("ines")
    nordwind.graph.set(object_id(1), picture("red"))
    nordwind.graph.batch_instead = lambda: answer(nordwind)  # type: ignore[operator]

    with time_machine.travel(datetime(2026, 11, 26, 10, 30, tzinfo=UTC), tick=True) as clock:
        nordwind.run()
        waits, problem = not nordwind.is_due(), nordwind.round().problem or ""
        nordwind.graph.batch_instead = lambda: None
        clock.shift(timedelta(minutes=5, seconds=5))
        nordwind.run()

    assert waits
    assert problem.startswith("Microsoft Graph does not answer as it should")
    assert (nordwind.shows("ines"), nordwind.round().problem) == ("red", None)
    assert all(path == "/$batch" or path.startswith("/users/") for _, path, _ in nordwind.graph.requests)
