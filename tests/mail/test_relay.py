"""How the mail server is named, and how mails get there: encrypted, as ourselves, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from app.core.errors import ConfigError
from app.core.mail.relay import is_address, parse_relay
from tests.mail.conftest import Sending
from tests.mail.post_office import PASSWORD, SENDER, USER, certificate, open_post_office

FROM = f"from={SENDER}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"smtp://mail.example?{FROM}", ("mail.example", 587, "required", None), id="starttls by default"),
        pytest.param(f"smtps://mail.example?{FROM}", ("mail.example", 465, "implicit", None), id="tls from the start"),
        pytest.param(
            f"smtp://a%40b:c%2Fd@mail.example:25?{FROM}", ("mail.example", 25, "required", "c/d"), id="quoted"
        ),
        pytest.param(f"smtp://mail.example?{FROM}&starttls=off", ("mail.example", 587, "off", None), id="without tls"),
        pytest.param(f"smtp://u:p@127.0.0.1?{FROM}&starttls=off", ("127.0.0.1", 587, "off", "p"), id="on this machine"),
    ],
)
def test_the_setting_names_a_server(text: str, expected: tuple[object, ...]) -> None:
    relay = parse_relay(text)

    assert (relay.host, relay.port, relay.tls, relay.password) == expected
    assert relay.sender == SENDER


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("mail.example", "smtp or smtps address", id="no scheme"),
        pytest.param(f"https://mail.example?{FROM}", "smtp or smtps address", id="another scheme"),
        pytest.param(f"smtp://u:hush@mail.example:port?{FROM}", "no address such as", id="a port in words"),
        pytest.param("smtp://u:hush@mail.example", "whom mails come from", id="no sender"),
        pytest.param("smtp://u:hush@mail.example?from=cards", "whom mails come from", id="a sender that is no address"),
        pytest.param(
            f"smtp://u:hush@mail.example?{FROM}%0d%0aBcc:x@y.example", "whom mails", id="a header in the sender"
        ),
        pytest.param(f"smtp://u:hush@mail.example?{FROM}&tls=1", "not 'tls'", id="an unknown option"),
        pytest.param(f"smtp://u:hush@mail.example?{FROM}&starttls=maybe", "required or off", id="an unknown word"),
        pytest.param(f"smtp://u:hush@mail.example?{FROM}&starttls=off", "only goes over TLS", id="a password in clear"),
        pytest.param(f"smtp://hush@mail.example?{FROM}", "a user name and a password", id="a name without password"),
    ],
)
def test_a_malformed_setting_is_refused_without_repeating_it(text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as raised:
        parse_relay(text)

    assert "LANYARD_SMTP_URL" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_the_password_is_not_shown() -> None:
    assert "hush" not in repr(parse_relay(f"smtp://u:hush@mail.example?{FROM}"))


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param("ines@nordwind.example", True, id="an address"),
        pytest.param("ines.o'hara+cards@nordwind.example", True, id="with signs"),
        pytest.param("jürg@nordwind.example", False, id="not in ASCII"),
        pytest.param("ines", False, id="no domain"),
        pytest.param("ines..o@nordwind.example", False, id="two dots"),
        pytest.param("ines@", False, id="an empty domain"),
        pytest.param("@nordwind.example", False, id="no name"),
        pytest.param("", False, id="nothing"),
        pytest.param("Ines <ines@nordwind.example>", False, id="with a display name"),
        pytest.param("ines@nordwind.example, jo@nordwind.example", False, id="two"),
        pytest.param("ines@nordwind.example\r\nBcc: jo@nordwind.example", False, id="with a header"),
        pytest.param("ines@nordwind.example\n", False, id="with a line break"),
        pytest.param(f"{'x' * 250}@nordwind.example", False, id="too long"),
    ],
)
def test_what_is_one_address(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


@pytest.mark.parametrize("kind", ["starttls", "smtps"])
def test_mails_go_encrypted_to_a_server_that_is_trusted(
    new_sending: Callable[..., Sending], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with open_post_office(kind=kind, certificate=trusted) as office:
        credentials = f"{USER}:{quote(PASSWORD, safe='')}@" if kind == "starttls" else ""
        scheme = "smtp" if kind == "starttls" else "smtps"
        sending = new_sending(smtp=parse_relay(f"{scheme}://{credentials}127.0.0.1:{office.port}?{FROM}"))
        sending.invite("ines@outside.example")

        ended = sending.send()

        assert ended.outcome == "done"
        assert office.recipients() == ["ines@outside.example"]


@pytest.mark.parametrize(
    ("url", "trusts", "told"),
    [
        pytest.param(
            "smtps://127.0.0.1:{port}", False, "CERTIFICATE_VERIFY_FAILED", id="a certificate nobody vouches for"
        ),
        pytest.param("smtps://localhost:{port}", True, "Hostname mismatch", id="a certificate of another host"),
    ],
)
def test_a_server_that_cannot_be_trusted_gets_nothing(
    new_sending: Callable[..., Sending],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    trusts: bool,
    told: str,
) -> None:
    own = certificate(tmp_path)
    if trusts:
        monkeypatch.setenv("SSL_CERT_FILE", str(own))
    with open_post_office(kind="smtps", certificate=own) as office:
        sending = new_sending(smtp=parse_relay(f"{url.format(port=office.port)}?{FROM}"))
        sending.invite("ines@outside.example")

        ended = sending.send()

        assert ended.outcome == "failed"
        assert told in ended.sentence
        assert (office.messages, sending.states()) == ([], {"ines@outside.example": "waiting"})


def test_a_server_without_starttls_gets_nothing(new_sending: Callable[..., Sending]) -> None:
    with open_post_office() as office:
        sending = new_sending(smtp=parse_relay(f"smtp://127.0.0.1:{office.port}?{FROM}"))
        sending.invite("ines@outside.example")

        ended = sending.send()

        assert ended.outcome == "failed"
        assert "STARTTLS" in ended.sentence
        assert office.messages == []


def test_a_wrong_password_is_told_and_costs_no_mail_an_attempt(
    new_sending: Callable[..., Sending], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with open_post_office(kind="starttls", certificate=trusted) as office:
        sending = new_sending(smtp=parse_relay(f"smtp://{USER}:hush@127.0.0.1:{office.port}?{FROM}"))
        sending.invite("ines@outside.example")

        ended = sending.send()

    assert "refused the user name or password (535)" in ended.sentence
    assert "hush" not in ended.sentence
    assert [mail.attempts for mail in sending.mails()] == [0]
