"""The mail server that takes our mails: how it is named in a setting, and how one mail is handed to it."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from ipaddress import ip_address
from types import TracebackType
from urllib.parse import parse_qsl, unquote, urlsplit

from app.core.errors import ConfigError, LanyardError
from app.core.mail.letter import Letter

TIMEOUT_SECONDS = 20
TOLD_CHARACTERS = 300
ADDRESS_LENGTH = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_PORTS = {"smtp": 587, "smtps": 465}
_EXAMPLE = "smtp://user:password@mail.example:587?from=cards@mail.example"


class Undeliverable(LanyardError):
    """This mail will not be taken, now or later; others may be."""


class NotNow(LanyardError):
    """This mail was not taken; later it may be."""


class RelayAway(LanyardError):
    """The mail server takes nothing at the moment: it cannot be reached, or does not know us."""


@dataclass(frozen=True)
class Relay:
    """What `LANYARD_SMTP_URL` says."""

    host: str
    port: int
    sender: str
    tls: str
    """`implicit` (smtps), `required` (STARTTLS) or `off`."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def parse_relay(text: str) -> Relay:
    """The mail server that `text` names. Raises ConfigError, which never repeats the text: it holds a password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"LANYARD_SMTP_URL is no address such as {_EXAMPLE}") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or port == 0:
        raise ConfigError(f"LANYARD_SMTP_URL must be an smtp or smtps address such as {_EXAMPLE}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(options.keys() - {"from", "starttls"})
    if unknown:
        raise ConfigError(f"LANYARD_SMTP_URL knows from and starttls after the question mark, not {unknown[0]!r}")
    starttls = options.get("starttls", "required")
    if starttls not in {"required", "off"}:
        raise ConfigError("LANYARD_SMTP_URL: starttls is required or off")
    tls = "implicit" if parts.scheme == "smtps" else starttls
    user, password = (unquote(part) if part is not None else None for part in (parts.username, parts.password))
    if (user is None) != (password is None):
        raise ConfigError("LANYARD_SMTP_URL must have a user name and a password, or neither")
    if password is not None and tls == "off" and not _is_here(parts.hostname):
        raise ConfigError("LANYARD_SMTP_URL sends a password, which only goes over TLS: leave starttls=off out")
    sender = options.get("from", "")
    if not is_address(sender):
        raise ConfigError("LANYARD_SMTP_URL must say whom mails come from: …?from=cards@mail.example")
    return Relay(parts.hostname, port or _PORTS[parts.scheme], sender, tls, user, password)


def is_address(text: str) -> bool:
    """Whether `text` is one e-mail address and nothing else (RFC 5321 §4.1.2, without quotes): no name, no line break.

    Others than in ASCII are none: few mail servers take them.
    """
    return len(text) <= ADDRESS_LENGTH and _ADDRESS.fullmatch(text) is not None


def compose(relay: Relay, letter: Letter, recipient: str, mail_id: str, made_at: datetime) -> EmailMessage:
    """The message as it goes on its way. Raises Undeliverable when the recipient is no address."""
    if not is_address(recipient):
        raise Undeliverable(f"{recipient!r} is no e-mail address.")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(letter.organization, addr_spec=relay.sender)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(made_at)
    # The same each time: whoever gets a mail twice, because a process ended in the middle, can tell.
    message["Message-ID"] = f"<{mail_id}@{relay.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
    message["X-Auto-Response-Suppress"] = "All"  # Exchange's word for it
    message.set_content(letter.text())
    message.add_alternative(letter.html(), subtype="html")
    return message


class Connection:
    """An open connection to the relay, for one mail after the other."""

    def __init__(self, relay: Relay) -> None:
        """Connect, encrypt and sign in. Raises RelayAway with the reason."""
        self._relay = relay
        self._smtp = _connect(relay)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._smtp.close()

    def send(self, message: EmailMessage) -> None:
        """Hand over one mail. Raises Undeliverable, NotNow, or RelayAway when the connection is lost."""
        try:
            self._smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            [(code, text)] = error.recipients.values()
            raise _refusal(code, text) from error
        except smtplib.SMTPSenderRefused as error:
            raise RelayAway(f"The mail server does not take mails from {self._relay.sender}: {_told(error)}") from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            raise RelayAway(f"The connection to the mail server was lost: {_reason(error)}") from error

    def end(self) -> None:
        """Take leave of the server."""
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()


def _connect(relay: Relay) -> smtplib.SMTP:
    smtp: smtplib.SMTP | None = None
    try:
        context = ssl.create_default_context()
        if relay.tls == "implicit":
            smtp = smtplib.SMTP_SSL(relay.host, relay.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, timeout=TIMEOUT_SECONDS)
        if relay.tls == "required":
            smtp.starttls(context=context)
        if relay.user is not None and relay.password is not None:
            smtp.login(relay.user, relay.password)
    except (smtplib.SMTPException, OSError) as error:
        if smtp is not None:
            smtp.close()
        raise RelayAway(f"The mail server at {relay.host}:{relay.port} cannot be used: {_reason(error)}") from error
    return smtp


def _refusal(code: int, text: bytes | str) -> LanyardError:
    told = f"The mail server said {code}: {_printable(text)}"
    return Undeliverable(told) if code >= 500 else NotNow(told)


def _told(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_printable(error.smtp_error)}"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused the user name or password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPResponseException):
        return _told(error)
    if isinstance(error, TimeoutError):
        return f"it did not answer in {TIMEOUT_SECONDS} s"
    return _printable(str(error))


def _printable(text: bytes | str) -> str:
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return "".join(one if one.isprintable() else " " for one in text)[:TOLD_CHARACTERS]


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
