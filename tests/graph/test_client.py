"""Speaking to Graph within limits: bytes, time, redirects, cookies; and how long it wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from app.photos.graph import client
from app.photos.graph.client import ME, Away, Busy, Graph, NotTaken, TooLarge, photo_of
from tests.graph.conftest import TOKEN, Nordwind, object_id, picture
from tests.support.graph import MadeUpGraph, busy, slow

WHO = photo_of(object_id(1))


@pytest.fixture
def asked(graph: MadeUpGraph) -> Graph:
    graph.set(object_id(1), picture("red"))
    return Graph(graph.url, TOKEN)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 1),
        ("86400", 3600),
        ("Thu, 26 Nov 2026 10:02:00 GMT", 120),
        ("Thu, 26 Nov 2026 09:00:00 GMT", 1),
        ("soon", 60),
        ("-5", 60),
    ],
)
def test_graph_is_left_alone_for_as_long_as_it_says_within_reason(
    graph: MadeUpGraph, asked: Graph, said: str, seconds: float
) -> None:
    graph.instead = lambda _who, _kind: busy(said)

    with time_machine.travel(datetime(2026, 11, 26, 10, 0, tzinfo=UTC), tick=False), pytest.raises(Busy) as raised:
        asked.look(WHO)

    assert raised.value.seconds == seconds


def test_a_photo_has_at_most_eight_megabytes(graph: MadeUpGraph, asked: Graph) -> None:
    graph.set(object_id(1), b"\xff" * (8 * 1024 * 1024 + 1))

    with pytest.raises(TooLarge, match="more than 8192 kB"):
        asked.download(WHO)


def test_a_redirect_is_an_answer_and_the_token_goes_nowhere(graph: MadeUpGraph, asked: Graph) -> None:
    graph.instead = lambda _who, _kind: (302, {"Location": f"{graph.url}/v1.0/me/photo"}, b"")

    answer = asked.download(WHO)

    assert (answer.status, len(graph.requests)) == (302, 1)


def test_a_cookie_is_not_brought_back(graph: MadeUpGraph, asked: Graph) -> None:
    graph.instead = lambda _who, _kind: (200, {"Set-Cookie": "spy=1; Path=/"}, b"{}")

    for _ in range(2):
        asked.look(WHO)

    assert all("Cookie" not in headers for _, _, headers in graph.requests)


def test_an_answer_that_takes_too_long_is_given_up(
    graph: MadeUpGraph, asked: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 2)
    graph.instead = lambda _who, _kind: slow(6, (200, {}, b"{}"))

    with pytest.raises(Away, match="takes too long"):
        asked.look(WHO)


def test_a_token_that_is_not_taken_is_named_with_the_code(graph: MadeUpGraph) -> None:
    with pytest.raises(NotTaken, match="401 InvalidAuthenticationToken"):
        Graph(graph.url, "another").look(ME)


def test_nobody_there(graph: MadeUpGraph) -> None:
    with pytest.raises(Away, match="cannot be reached"):
        Graph("http://127.0.0.1:1", TOKEN).look(ME)


def test_answers_of_a_batch_are_told_apart_by_their_ids_and_one_that_is_missing_is_none(
    graph: MadeUpGraph, asked: Graph
) -> None:
    found = asked.look_at_all([WHO, photo_of(object_id(2)), photo_of("../me")])
    graph.batch_instead = lambda: (200, {}, b'{"responses": [{"id": "1", "status": 404}, {"id": 7}, "odd"]}')
    cut = asked.look_at_all([WHO, photo_of(object_id(2))])

    assert [answer.status for answer in found] == [200, 404, 404]
    assert [answer.status for answer in cut] == [0, 404]


@pytest.mark.parametrize("size", ["too large", "slow"])
def test_one_photo_that_cannot_be_had_keeps_nobody_elses_back(
    nordwind: Nordwind, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 2)
    nordwind.template()
    nordwind.hire("ines", "jonas")
    for number in (1, 2):
        nordwind.graph.set(object_id(number), picture("red"))
    answers: dict[str, Any] = {
        "too large": lambda: (200, {}, b"\xff" * (9 * 1024 * 1024)),
        "slow": lambda: slow(6, (200, {}, b"")),
    }
    nordwind.graph.instead = lambda who, kind: answers[size]() if (who, kind) == (object_id(1), "fetch") else None

    nordwind.run()

    assert nordwind.shows("jonas") == "red"
    assert (
        nordwind.known()["ines"]
        == {
            "too large": ("refused", "Microsoft Graph answers more than 8192 kB"),
            "slow": ("silent", "Microsoft Graph takes too long to answer"),
        }[size]
    )
