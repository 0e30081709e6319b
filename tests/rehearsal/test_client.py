from __future__ import annotations

import socket
from email.utils import formatdate
from pathlib import Path

import pytest

from app.rehearsal import Report, Stopped, rehearse
from app.rehearsal.client import RETRIES, Client
from app.rehearsal.directory_file import read_yaml
from tests.rehearsal.outside import ERROR, LIST, TOKEN, Answer, Odd, Outside, Sent, error

ONE = read_yaml("one.yaml", "users: [{objectId: 8a52, userPrincipalName: o'neil+x@nordwind.example, surname: O'Neil}]")
PAGE = Answer(403, b"<html><title>Blocked</title></html>", "text/html; charset=utf-8")


def push(outside: Outside, *, token: str = TOKEN, flags: str = "") -> Report:
    return rehearse(ONE, outside.url + flags, token)


def test_requests_carry_what_entras_carry_and_nothing_more(outside: Outside) -> None:
    push(outside)

    reads = [sent for sent in outside.sent if sent.method == "GET"]
    assert all(set(sent.headers) == {"host", "accept-encoding", "authorization"} for sent in reads)
    [post] = outside.writes
    assert post.headers["content-type"] == "application/scim+json; charset=utf-8"
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    assert "user-agent" not in post.headers


def test_queries_are_form_encoded(outside: Outside) -> None:
    push(outside)

    assert "GET /scim/v2/Users?filter=userName+eq+%22o%27neil%2Bx%40nordwind.example%22" in [
        sent.line for sent in outside.sent
    ]


def test_one_connection_is_kept_for_everything(outside: Outside) -> None:
    push(outside)

    assert len({sent.port for sent in outside.sent}) == 1


def test_flags_of_the_tenant_url_stand_in_every_query(outside: Outside) -> None:
    push(outside, flags="?aadOptscim062020")

    assert all(sent.target.partition("?")[2].startswith("aadOptscim062020") for sent in outside.sent)


def test_text_is_sent_as_utf_8(outside: Outside) -> None:
    directory = read_yaml("one.yaml", "users: [{userPrincipalName: k@nordwind.example, displayName: 佐藤 健太}]")

    rehearse(directory, outside.url, TOKEN)

    assert outside.users["k@nordwind.example"]["displayName"] == "佐藤 健太"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        pytest.param(error(401, "Unknown token."), r"refuses the token \(401: Unknown token\.\); check", id="401"),
        pytest.param(error(403, "Not yours."), r"refuses the token \(403: Not yours\.\); check", id="403"),
        pytest.param(error(404, "No."), r"no SCIM at http://127\S+ \(404 .* ends in /scim/v2\.", id="404"),
        pytest.param(PAGE, r"answers with a web page \(403\) .* without a User-Agent", id="a firewall's page"),
        pytest.param(Answer(200, b"<html>", "text/html"), r"answers with a web page \(200\)", id="a page with 200"),
        pytest.param(
            Answer(302, headers={"Location": "https://sso.example/"}),
            r"redirects to https://sso\.example/",
            id="redirect",
        ),
        pytest.param(error(500, "Out of order."), r"answers 500 \(Out of order\.\)", id="500"),
        pytest.param(Answer(200, {"Resources": []}, "application/json"), "with a SCIM list", id="another media type"),
        pytest.param(Answer(200, {"schemas": [LIST]}), "with a SCIM list", id="no Resources"),
        pytest.param(Answer(200, b"{", "application/scim+json"), "with a SCIM list", id="half of a document"),
        pytest.param(
            Answer(200, {"Resources": [{}, {}]}), "2 resources for a random name", id="a filter that is ignored"
        ),
    ],
)
def test_the_probe_stops_with_the_thing_to_check(outside: Outside, answer: Answer, sentence: str) -> None:
    outside.odd = lambda sent: answer

    with pytest.raises(Stopped, match=sentence):
        push(outside)

    assert len(outside.sent) == 1


def test_a_server_without_groups_is_told_by_the_probe(outside: Outside) -> None:
    outside.odd = lambda sent: error(404, "No.") if "/Groups" in sent.target else None

    with pytest.raises(Stopped, match="404 for /Groups"):
        push(outside)


def test_a_token_that_ends_midway_stops_everything(outside: Outside) -> None:
    outside.odd = lambda sent: error(401, "The token has expired.") if sent.method == "POST" else None

    with pytest.raises(Stopped, match="expired"):
        push(outside)


def test_nothing_that_answers_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/scim/v2"

        with pytest.raises(Stopped, match=f"^{url} cannot be reached .GET /Users.*; check"):
            rehearse(ONE, url, TOKEN)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        pytest.param("http://cards.nordwind.example/scim/v2", "over plain http; give an https URL", id="plain http"),
        pytest.param("http://127.0.0.1.nordwind.example/scim/v2", "over plain http", id="a name that looks local"),
        pytest.param("http://user@127.0.0.1/scim/v2", "is not a tenant URL", id="a user name in front"),
        pytest.param("http://nordwind.example\\@127.0.0.1/", "is not a tenant URL", id="a backslash"),
        pytest.param("ftp://127.0.0.1/scim/v2", "is not a tenant URL", id="another scheme"),
        pytest.param("cards.nordwind.example/scim/v2", "is not a tenant URL", id="no scheme"),
        pytest.param("http://[::1/scim/v2", "is not a tenant URL", id="half an address"),
        pytest.param("http://127.0.0.1:port/scim/v2", "is not a tenant URL", id="no port number"),
    ],
)
def test_the_token_goes_to_no_address_that_is_unsafe(url: str, sentence: str) -> None:
    with pytest.raises(Stopped, match=sentence):
        Client(url, TOKEN, lambda answer: None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/scim/v2",
        "http://localhost/scim/v2",
        "http://[::1]/scim/v2",
        "https://cards.nordwind.example",
    ],
)
def test_loopback_and_https_are_safe(url: str) -> None:
    assert Client(url, TOKEN, lambda answer: None).url == url


@pytest.mark.parametrize("token", ["", "  ", "two words", "schlüssel", "line\nbreak"])
def test_a_token_that_cannot_be_one_is_refused(token: str) -> None:
    with pytest.raises(Stopped, match="The token is empty or has characters"):
        Client("http://127.0.0.1/", token, lambda answer: None)


def test_a_netrc_file_does_not_replace_the_token(
    outside: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password other")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

    assert push(outside).good


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert push(outside).good


def test_a_redirect_is_not_followed(outside: Outside) -> None:
    elsewhere = Answer(307, headers={"Location": outside.url + "/Groups"})
    outside.odd = lambda sent: elsewhere if sent.method == "POST" else None

    [finding] = push(outside).unexpected

    assert (finding.status, finding.detail) == (307, f"a redirect to {outside.url}/Groups")
    assert not outside.groups


@pytest.mark.parametrize(
    "retry_after", [pytest.param("0", id="seconds"), pytest.param(formatdate(0, usegmt=True), id="a date gone by")]
)
def test_a_request_that_comes_too_early_is_sent_again(outside: Outside, retry_after: str) -> None:
    outside.odd = too_many(times=2, retry_after=retry_after)

    report = push(outside)

    assert report.good
    assert (report.by_status["429"], report.writes) == (2, 3)


def test_a_server_that_is_always_busy_is_given_up(outside: Outside) -> None:
    outside.odd = too_many(times=1000, retry_after="0")

    report = push(outside)

    assert [(finding.method, finding.status) for finding in report.unexpected] == [("POST", 429)]
    assert report.by_status["429"] == RETRIES + 1


def too_many(times: int, retry_after: str) -> Odd:
    left = [times]

    def odd(sent: Sent) -> Answer | None:
        if sent.method != "POST" or not left[0]:
            return None
        left[0] -= 1
        return Answer(429, {"schemas": [ERROR], "status": "429"}, headers={"Retry-After": retry_after})

    return odd
