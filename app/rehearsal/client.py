"""HTTP as Entra speaks it: form-encoded queries, kept-alive connections, no User-Agent, no Content-Type without a body.

The token goes to the server that was named and nowhere else: no redirect is followed, no netrc is read, and plain
http is refused for hosts that are not this machine.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import SplitResult, quote_plus, urlsplit

import requests
from urllib3.util import SKIP_HEADER

from app.rehearsal.errors import Stopped

TIMEOUT_SECONDS = 30
RETRIES = 5
"""How often a request that was answered with 429 is sent again before its answer is taken as final."""
LONGEST_WAIT_SECONDS = 60
SCIM_JSON = "application/scim+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one request."""

    method: str
    path: str
    """Below the tenant URL, with the query."""
    status: int
    media_type: str
    """In lower case, without parameters; empty when there is none."""
    body: Any
    """The JSON document; None when there is none."""
    text: str
    """The body as text."""
    location: str | None = None
    """Where a redirect leads."""

    @property
    def is_page(self) -> bool:
        """Whether this is HTML: an answer of something in front of the server, or of another server."""
        return self.media_type in {"text/html", "application/xhtml+xml"}

    @property
    def detail(self) -> str:
        """What the server said, in one line: the `detail` of a SCIM error, else the beginning of its text."""
        if isinstance(self.body, dict) and isinstance(self.body.get("detail"), str):
            return str(self.body["detail"])
        if self.is_page:
            return "an HTML page"
        if self.location is not None:
            return f"a redirect to {self.location}"
        return " ".join(self.text.split())[:200] or "no body"


class Client:
    """A connection to one tenant URL. Raises Stopped for an address or a token that cannot be used."""

    def __init__(self, url: str, token: str, on_answer: Callable[[Answer], None]) -> None:
        parts = _tenant_url(url.strip())
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._flags = tuple(flag for flag in parts.query.split("&") if flag)
        self._on_answer = on_answer
        self._session = requests.Session()
        # Proxies and certificates of the environment are for the outside: what stays on this machine meets no proxy.
        self._session.trust_env = parts.scheme == "https"
        self._session.auth = _Bearer(_usable(token))
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers.clear()
        self._session.headers.update({"User-Agent": SKIP_HEADER, "Accept-Encoding": "gzip, deflate"})

    @property
    def flags(self) -> tuple[str, ...]:
        """Feature flags that stand in the tenant URL; every request carries them."""
        return self._flags

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None, flag: str | None = None
    ) -> Answer:
        """One request, sent again when the server asks to wait (429). Raises Stopped when nothing answers."""
        target = path + self._query(query or {}, flag)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {} if body is None else {"Content-Type": f"{SCIM_JSON}; charset=utf-8"}
        for attempt in range(RETRIES + 1):
            response = self._exchange(method, target, data, headers)
            answer = _answer(method, target, response)
            self._on_answer(answer)
            if answer.status != 429 or attempt == RETRIES:
                break
            time.sleep(_wait_seconds(response.headers.get("Retry-After")))
        return answer

    def _query(self, query: Mapping[str, str], flag: str | None) -> str:
        flags = dict.fromkeys((*self._flags, *([flag] if flag else ())))
        pairs = [f"{key}={quote_plus(value)}" for key, value in query.items()]
        return "?" + "&".join([*flags, *pairs]) if flags or pairs else ""

    def _exchange(self, method: str, target: str, data: bytes | None, headers: Mapping[str, str]) -> requests.Response:
        try:
            return self._session.request(
                method, self.url + target, data=data, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.exceptions.SSLError as error:
            raise Stopped(f"The certificate of {self.url} is not trusted, so nothing was sent.") from error
        except requests.exceptions.Timeout as error:
            raise Stopped(f"{self.url} did not answer {method} {target} within {TIMEOUT_SECONDS} seconds.") from error
        except requests.exceptions.ConnectionError as error:
            raise Stopped(
                f"{self.url} cannot be reached ({method} {target}); check the address, and that the server runs."
            ) from error
        except requests.exceptions.RequestException as error:
            raise Stopped(f"{method} {target} could not be sent to {self.url}: {error}") from error


class _Bearer(requests.auth.AuthBase):
    """The Authorization header; as an object of its own, so that no netrc file replaces it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _tenant_url(url: str) -> SplitResult:
    """The parts of an address that the token may be sent to. Raises Stopped."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    # A name or a backslash before the host is read differently by different libraries; nobody needs them here.
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc or "\\" in url:
        raise Stopped(f"{url!r} is not a tenant URL such as https://cards.example/scim/v2.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise Stopped(f"The token is not sent to {host} over plain http; give an https URL.")
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _usable(token: str) -> str:
    text = token.strip()
    if not text or not all("!" <= character <= "~" for character in text):
        raise Stopped("The token is empty or has characters that no token has; give it as it was printed.")
    return text


def _answer(method: str, target: str, response: requests.Response) -> Answer:
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        body = json.loads(response.content) if response.content else None
    except (ValueError, RecursionError):
        body = None
    text = response.content.decode("utf-8", "replace")
    return Answer(method, target, response.status_code, media_type, body, text, response.headers.get("Location"))


def _wait_seconds(retry_after: str | None) -> float:
    """How long to wait (RFC 9110 §10.2.3: seconds or a date); one second when the server does not say."""
    if retry_after is None:
        return 1.0
    if retry_after.strip().isascii() and retry_after.strip().isdigit():
        return min(float(retry_after), LONGEST_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(retry_after).timestamp()
    except ValueError:
        return 1.0
    return min(max(until - time.time(), 0.0), LONGEST_WAIT_SECONDS)
