"""The running server before scim-sanity's probe, in its strict mode: plain, and sending what Entra's own server wants."""

from __future__ import annotations

import json

import pytest

from tests.support.judges import judge
from tests.support.server import Server

CHECKS = 31
"""How many the probe made when it was last looked at; fewer would mean that it leaves something out."""

NO_CONTENT = "Expected 200, got 204"
"""A group may have 100,000 members, and who changes one does not want to read the others. RFC 7644 §3.5.2: "On
successful completion, the server either MUST return a 200 OK response code and the entire resource within the response
body, subject to the "attributes" query parameter (see Section 3.9), or MAY return HTTP status code 204 (No Content)"."""

REFUSED = [
    ("PATCH /Groups/{id}", "fail", "Expected HTTP 200, got 204 (RFC 7644 §3.3); Response body is empty"),
    ("PATCH /Groups/{id} add member", "fail", NO_CONTENT),
    ("PATCH /Groups/{id} remove members", "fail", NO_CONTENT),
    ("Agent CRUD Lifecycle", "skip", "Agent not supported by server"),
    ("AgenticApplication CRUD Lifecycle", "skip", "AgenticApplication not supported by server"),
    ("Agent Rapid Lifecycle", "skip", "Agent not supported or not in scope"),
]
"""Every check that does not pass, and what the probe says of it: warnings and what it skips, too.

Agents are a draft (draft-abbey-scim-agent-extension), which nobody promised. RFC 7644 §4 of ResourceTypes: "An HTTP GET to
this endpoint is used to discover the types of resources available on a SCIM service provider"; there are no agents.
"""


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param((), id="strict"),
        pytest.param(("--profile", "entra", "--user-domain", "nordwind.example"), id="strict, Entra's profile"),
    ],
)
def test_every_check_passes_but_those_that_are_explained(server: Server, profile: tuple[str, ...]) -> None:
    options = ("--strict", "--json-output", "--i-accept-side-effects", "--token", server.token, *profile)

    code, output, errors = judge("scim-sanity", "probe", server.scim_url, *options, environment={})

    assert errors == ""
    results = json.loads(output)["results"]
    assert [(one["name"], one["status"], one["message"]) for one in results if one["status"] != "pass"] == REFUSED
    assert len(results) >= CHECKS
    assert code == 1, "the probe takes what is explained above for failures"
