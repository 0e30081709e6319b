"""People with a browser, and a directory, who go to the balancer or to one node of their choice."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.nodes.conftest import Site
from tests.storms.crowd import PATCH_URN
from tests.support.client import PAGES

SECONDS = 30


class Directory:
    """Pushes to one address."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}"}

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(
            method, f"{self._base_url}/scim/v2{path}", json=body, headers=self._headers, timeout=SECONDS
        )

    def create(self, path: str, **attributes: Any) -> str:
        """The id of the new resource."""
        answer = self.send("POST", path, attributes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def patch(self, path: str, op: str, attribute: str, value: Any) -> None:
        operation = {"op": op, "path": attribute, "value": value}
        answer = self.send("PATCH", path, {"schemas": [PATCH_URN], "Operations": [operation]})
        assert answer.status_code in {200, 204}, answer.text


class Visitor:
    """A browser with its cookies, for whom every address is where the installation says it is."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._session = requests.Session()
        self._session.headers["Accept"] = PAGES

    def open(self, path: str, at: str | None = None, **headers: str) -> requests.Response:
        """The answer to a path, of the balancer or of the node at an address; nobody is sent on. `If_None_Match="…"` names a header."""
        address = (at or self._site.front) + path
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._session.get(address, headers=named, allow_redirects=False, timeout=SECONDS)

    def send_form(self, path: str, at: str, **values: str) -> requests.Response:
        """The answer to a form that stands on this installation's pages."""
        headers = {"Origin": self._site.front, "Referer": self._site.front + path}
        return self._session.post(at + path, data=values, headers=headers, allow_redirects=False, timeout=SECONDS)

    def sign_in(self) -> requests.Response:
        """The whole way through the provider, each step at whatever node the balancer takes."""
        sent = self.open("/login/nordwind")
        assert sent.status_code == 303, sent.text
        asked = {key: values[0] for key, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
        self._site.openid.nonce = asked["nonce"]
        return self.open(f"/auth/callback/nordwind?code=a-code&state={asked['state']}")

    def is_in(self, at: str | None = None) -> bool:
        """Whether the server knows who this is."""
        return self.open("/me/sessions", at).status_code == 200

    def close(self) -> None:
        self._session.close()
