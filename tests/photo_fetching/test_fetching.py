"""Fetching from a real server: what comes, how long and how much at most, and where a redirect may lead."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest

from app.photos.fetching.fetcher import NOT_FETCHED, TOO_LARGE, Fetcher, NotFetched, Validators, resolve
from app.photos.images import MAX_BYTES
from tests.photo_fetching.conftest import OTHER
from tests.support.photo_server import HERE, PhotoServer, canary
from tests.support.server import free_port

PHOTO = b"a photo"
New = Callable[..., Fetcher]
At = Callable[[str], str]


def refusal(fetcher: Fetcher, text: str) -> str:
    with pytest.raises(NotFetched) as refused:
        fetcher.fetch(text)
    return str(refused.value)


def raw(photo_host: PhotoServer, path: str, *pieces: bytes, pause: float = 0) -> None:
    """Answer this path with these bytes as they are."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)

    photo_host.paths[path] = answer


def test_what_lies_there_comes_with_what_its_server_says_of_the_version(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    photo_host.serve("/ines.jpg", PHOTO, ETag='"1"', Last_Modified="Thu, 26 Nov 2026 03:00:00 GMT")

    found = new_fetcher().fetch(address("/ines.jpg"))

    assert (found.content, found.validators) == (PHOTO, Validators('"1"', "Thu, 26 Nov 2026 03:00:00 GMT"))


def test_the_request_carries_nothing_of_anybody(
    photo_host: PhotoServer, new_fetcher: New, address: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    photo_host.serve("/a", b"", 302, Location="/b", Set_Cookie="a=b; Path=/")
    photo_host.serve("/b", PHOTO)

    new_fetcher().fetch(address("/a"))

    assert [path for path, _ in photo_host.asked] == ["/a", "/b"]
    assert photo_host.asked[1][1] == {
        "Host": f"photos.example:{photo_host.server_port}",
        "User-Agent": "Lanyard",
        "Accept": "image/jpeg, image/png, image/webp",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }


def test_what_is_the_same_is_not_fetched_again(photo_host: PhotoServer, new_fetcher: New, address: At) -> None:
    known = Validators('"1"', "Thu, 26 Nov 2026 03:00:00 GMT")
    photo_host.serve("/ines.jpg", b"", 304)

    found = new_fetcher().fetch(address("/ines.jpg"), known)

    asked = photo_host.asked[0][1]
    assert (found.content, found.validators) == (None, known)
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == (known.etag, known.last_modified)


def test_a_version_that_is_not_written_as_it_should_be_is_forgotten(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    photo_host.serve("/ines.jpg", PHOTO, ETag="1\x0b2", Last_Modified="yesterday")

    assert new_fetcher().fetch(address("/ines.jpg")).validators == Validators()


def test_redirects_are_followed_three_times(photo_host: PhotoServer, new_fetcher: New, address: At) -> None:
    for number, status in enumerate((301, 302, 307, 308)):
        host = OTHER if number else "photos.example"
        photo_host.serve(f"/{number}", b"", status, Location=f"https://{host}:{photo_host.server_port}/{number + 1}")
    photo_host.serve("/4", PHOTO)

    assert new_fetcher().fetch(address("/1")).content == PHOTO
    assert refusal(new_fetcher(), address("/0")) == NOT_FETCHED


def test_bytes_in_pieces_come_whole(photo_host: PhotoServer, new_fetcher: New, address: At) -> None:
    raw(photo_host, "/", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na p\r\n4\r\nhoto\r\n0\r\n\r\n")

    assert new_fetcher().fetch(address("/")).content == PHOTO


def test_a_server_that_answers_otherwise_is_told_of(photo_host: PhotoServer, new_fetcher: New, address: At) -> None:
    photo_host.serve("/gone.jpg", b"", 410)
    photo_host.serve("/packed.jpg", gzip.compress(PHOTO), Content_Encoding="gzip")

    assert refusal(new_fetcher(), address("/gone.jpg")).endswith("answers 410 instead of a photo.")
    assert refusal(new_fetcher(), address("/packed.jpg")).endswith("compresses it, which it was asked not to do.")


BROKEN = {
    "no HTTP": b"SSH-2.0-OpenSSH\r\n",
    "nothing": b"",
    "a status that is none": b"HTTP/1.1 abc\r\n\r\n",
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na photo",
    "cut off in a piece": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\na photo",
    "a piece without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"6" * 100_000,
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 1000,
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\n\r\n",
    "a redirect to loopback": b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n",
    "a redirect to plain http": b"HTTP/1.1 302 Found\r\nLocation: http://photos.example/\r\n\r\n",
    "a redirect to a host that is not listed": b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_told_of_like_no_server(
    photo_host: PhotoServer, new_fetcher: New, address: At, answer: bytes
) -> None:
    raw(photo_host, "/", answer)

    assert refusal(new_fetcher(), address("/")) == NOT_FETCHED


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"Content-Length: 10\r\n", id="it says that it is small"),
        pytest.param(b"Content-Length: 99999999999\r\n", id="it says that it is large"),
        pytest.param(b"", id="it says nothing"),
        pytest.param(b"Transfer-Encoding: chunked\r\n", id="in pieces"),
    ],
)
def test_no_more_is_read_than_a_photo_may_have(
    photo_host: PhotoServer, new_fetcher: New, address: At, head: bytes
) -> None:
    size = MAX_BYTES * 2 // 32
    piece = b"%x\r\n" % size + bytes(size) + b"\r\n" if b"chunked" in head else bytes(size)
    raw(photo_host, "/", b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", *[piece] * 32)

    if head == b"Content-Length: 10\r\n":
        assert new_fetcher().fetch(address("/")).content == bytes(10)
    else:
        assert refusal(new_fetcher(), address("/")) == TOO_LARGE


@pytest.mark.parametrize(
    ("first", "again", "last"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"x", b"", id="a byte now and then"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-A: ", b"x", b"\r\n\r\n", id="a header now and then"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", id="it goes on to go on"),
    ],
)
def test_a_server_that_drips_is_left_before_it_ends(
    photo_host: PhotoServer, new_fetcher: New, address: At, first: bytes, again: bytes, last: bytes
) -> None:
    raw(photo_host, "/", first, *[again] * 300, last, pause=0.1)

    assert refusal(new_fetcher(seconds=1.0), address("/")) == NOT_FETCHED


def test_a_server_that_takes_the_connection_and_says_nothing_is_left(new_fetcher: New) -> None:
    with socket.create_server((HERE, 0)) as silent:
        name = f"silent.example:{silent.getsockname()[1]}"

        assert refusal(new_fetcher(name, seconds=1.0), f"https://{name}/") == NOT_FETCHED


def test_a_name_that_takes_long_to_resolve_is_left_before_it_is_found(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    left = Event()

    def slow(_host: str, _port: int) -> list[str]:
        left.wait(timeout=30)
        return [HERE]

    photo_host.serve("/", PHOTO)
    said = refusal(new_fetcher(seconds=0.5, resolver=slow), address("/"))
    left.set()

    assert (said, photo_host.asked) == (NOT_FETCHED, [])


def test_the_certificate_must_be_good_for_the_name_and_signed_by_somebody_who_is_believed(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    photo_host.serve("/", PHOTO)
    stranger = f"stranger.example:{photo_host.server_port}"

    assert refusal(new_fetcher(stranger), f"https://{stranger}/") == NOT_FETCHED
    assert refusal(new_fetcher(tls=ssl.create_default_context()), address("/")) == NOT_FETCHED
    assert photo_host.asked == []


def test_a_name_that_is_here_and_on_the_internet_is_not_asked_at_all(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    fetcher = new_fetcher(resolver=lambda _host, _port: [HERE, "127.0.0.1"])
    photo_host.serve("/", PHOTO)

    assert refusal(fetcher, address("/")) == NOT_FETCHED
    assert photo_host.asked == []


def test_of_several_machines_the_next_is_asked_where_one_does_not_answer(
    photo_host: PhotoServer, new_fetcher: New, address: At
) -> None:
    photo_host.serve("/", PHOTO)
    fetcher = new_fetcher(resolver=lambda _host, _port: ["127.0.0.3", HERE], is_allowed=lambda _ip: True)

    assert fetcher.fetch(address("/")).content == PHOTO


def test_the_machine_that_was_looked_at_is_the_one_that_is_asked(photo_host: PhotoServer, new_fetcher: New) -> None:
    answers = [[HERE], ["127.0.0.1"]]
    name = f"photos.example:{photo_host.server_port}"
    photo_host.serve("/", b"", 302, Location="/again")

    with canary(photo_host.server_port) as bird:
        fetcher = new_fetcher(resolver=lambda _host, _port: answers.pop(0))
        said = refusal(fetcher, f"https://{name}/")

        assert (said, answers, photo_host.times("/"), bird.count()) == (NOT_FETCHED, [], 1, 0)


def test_names_resolve_as_on_this_machine() -> None:
    found = resolve("localhost", 443)

    assert found
    assert set(found) <= {"127.0.0.1", "::1"}


def test_an_open_port_and_a_closed_one_are_told_of_alike(new_fetcher: New) -> None:
    closed = free_port()
    with canary() as bird:
        names = {port: f"inside.example:{port}" for port in (bird.port, closed)}
        fetcher = new_fetcher(*names.values(), resolver=lambda _host, _port: ["127.0.0.1"])
        told = {refusal(fetcher, f"https://{name}/") for name in names.values()}

        assert (told, bird.count()) == ({NOT_FETCHED}, 0)
