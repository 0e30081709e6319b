"""The SCIM calls that Entra makes, each with the answer that Entra needs.

Any other answer raises Unexpected, after it has been recorded. A refused token or a lost connection raises Stopped:
Entra's job would be in quarantine.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.rehearsal.client import SCIM_JSON, Answer, Client
from app.rehearsal.dialects import Dialect, Operations, patch_body
from app.rehearsal.errors import Stopped
from app.rehearsal.mapping import ScimPath
from app.rehearsal.report import Recorder

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of resource: where it lives, and what Entra never wants to read of it."""

    endpoint: str
    excluded: str | None = None

    @property
    def reading(self) -> dict[str, str]:
        """The query of every ordinary read."""
        return {} if self.excluded is None else {"excludedAttributes": self.excluded}

    def at(self, resource_id: str) -> str:
        """The path of one resource."""
        return f"{self.endpoint}/{quote(resource_id, safe='')}"


USERS = Kind("/Users")
GROUPS = Kind("/Groups", excluded="members")


class Endpoint:
    """A SCIM server behind a tenant URL."""

    def __init__(self, client: Client, recorder: Recorder) -> None:
        self._client = client
        self._recorder = recorder

    def probe(self, kind: Kind, matching: ScimPath) -> None:
        """Test Connection: ask for what cannot exist. Raises Stopped with the thing to check."""
        answer = self._client.send("GET", kind.endpoint, _matching(kind, matching, str(uuid.uuid4())))
        self._refuse_quarantine(answer)
        reason = _probe_reason(answer, self._client.url)
        if reason is not None:
            raise Stopped(reason)

    def find(self, kind: Kind, matching: ScimPath, value: str, dialect: Dialect) -> Resource | None:
        """The one resource with that value, or None. Raises Unexpected."""
        answer = self._send("GET", kind.endpoint, dialect, _matching(kind, matching, value))
        expected = "200 with a list of none or one"
        self._check(answer, (200,), expected)
        resources = answer.body.get("Resources") if isinstance(answer.body, dict) else None
        if not isinstance(resources, list):
            raise self._recorder.unexpected(answer, expected, "no Resources in the answer")
        if len(resources) > 1:
            raise self._recorder.unexpected(answer, expected, f"{len(resources)} resources for one {matching.text}")
        if not resources:
            return None
        found = self._resource(answer, resources[0], kind, expected)
        if str(matching.read(found)).casefold() != value.casefold():
            raise self._recorder.unexpected(answer, expected, f"a resource with another {matching.text}")
        return found

    def read(self, kind: Kind, resource_id: str, dialect: Dialect, *, whole: bool = False) -> Resource:
        """The resource with that id; `whole` also with what is otherwise excluded. Raises Unexpected."""
        answer = self._send("GET", kind.at(resource_id), dialect, {} if whole else kind.reading)
        expected = "200 with the resource"
        self._check(answer, (200,), expected)
        found = self._resource(answer, answer.body, kind, expected, whole=whole)
        if found["id"] != resource_id:
            raise self._recorder.unexpected(answer, expected, f"the resource {found['id']!r}")
        return found

    def create(self, kind: Kind, body: Resource, dialect: Dialect) -> str:
        """The id of the new resource. Raises Unexpected."""
        answer = self._send("POST", kind.endpoint, dialect, body=body)
        expected = "201 with the resource and its id"
        self._check(answer, (201,), expected)
        return str(self._resource(answer, answer.body, kind, expected, whole=True)["id"])

    def patch(self, kind: Kind, resource_id: str, operations: Operations, dialect: Dialect) -> None:
        """Apply the operations. Raises Unexpected."""
        answer = self._send("PATCH", kind.at(resource_id), dialect, body=patch_body(operations))
        expected = "200 with the resource, or 204 without a body"
        if answer.status == 204 and not answer.text:
            return
        self._check(answer, (200,), expected)
        self._resource(answer, answer.body, kind, expected, whole=True)

    def delete(self, kind: Kind, resource_id: str, dialect: Dialect) -> None:
        """Delete the resource, and see that it is gone. Raises Unexpected."""
        path = kind.at(resource_id)
        answer = self._send("DELETE", path, dialect)
        if answer.status != 204 or answer.text:
            raise self._recorder.unexpected(answer, "204 without a body")
        self._check(self._send("GET", path, dialect), (404,), "404 with a SCIM error, as it was deleted")

    def _send(
        self,
        method: str,
        path: str,
        dialect: Dialect,
        query: Mapping[str, str] | None = None,
        body: Resource | None = None,
    ) -> Answer:
        answer = self._client.send(method, path, query, body, dialect.flag)
        self._refuse_quarantine(answer)
        return answer

    def _check(self, answer: Answer, statuses: tuple[int, ...], expected: str) -> None:
        if answer.status not in statuses:
            raise self._recorder.unexpected(answer, expected)
        if answer.media_type != SCIM_JSON:
            detail = f"Content-Type {answer.media_type}" if answer.media_type else "no Content-Type"
            raise self._recorder.unexpected(answer, f"Content-Type {SCIM_JSON}", detail)
        if not isinstance(answer.body, dict):
            raise self._recorder.unexpected(answer, expected, "no JSON object in the answer")

    def _resource(self, answer: Answer, found: Any, kind: Kind, expected: str, *, whole: bool = False) -> Resource:
        """The resource if it has an id, and nothing that was excluded. Raises Unexpected."""
        if not isinstance(found, dict) or not isinstance(found.get("id"), str) or not found["id"]:
            raise self._recorder.unexpected(answer, expected, "a resource without an id")
        if not whole and kind.excluded is not None and kind.excluded in found:
            raise self._recorder.unexpected(answer, f"no {kind.excluded}, which were excluded", f"{kind.excluded} sent")
        return found

    def _refuse_quarantine(self, answer: Answer) -> None:
        if answer.status in {401, 403} and not answer.is_page:
            raise Stopped(
                f"{self._client.url} refuses the token ({answer.status}: {answer.detail}); check that it is complete, "
                "without the word Bearer, neither revoked nor expired, and of the right organization."
            )


def _matching(kind: Kind, path: ScimPath, value: str) -> dict[str, str]:
    return {**kind.reading, "filter": f'{path.text} eq "{value}"'}


def _probe_reason(answer: Answer, url: str) -> str | None:
    """Why this answer to a probe is none that Entra accepts, and what to check; None when it is."""
    if answer.is_page:
        return (
            f"{url} answers with a web page ({answer.status}) instead of SCIM; check the address, and that no proxy or "
            "firewall in front refuses requests without a User-Agent."
        )
    if answer.status == 404:
        return f"There is no SCIM at {url} (404 for {answer.path}); check the tenant URL, which ends in /scim/v2."
    if 300 <= answer.status < 400:
        return f"{url} redirects to {answer.location}, where the token is not sent; give the address it leads to."
    if answer.status != 200:
        return f"{url} answers {answer.status} ({answer.detail}) when asked for what cannot exist; it must be 200."
    resources = answer.body.get("Resources") if isinstance(answer.body, dict) else None
    if not isinstance(resources, list) or answer.media_type != SCIM_JSON:
        return f"{url} does not answer with a SCIM list ({SCIM_JSON}); check the tenant URL, which ends in /scim/v2."
    if resources:
        return f"{url} returns {len(resources)} resources for a random name: the filter in the query does not arrive."
    return None
