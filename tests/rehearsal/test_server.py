"""The sample directory against Lanyard itself, as an operator starts it."""

from __future__ import annotations

import json

import pytest

from app.rehearsal import SAMPLE, SAMPLE_CARDS, read_directory, rehearse
from tests.support.server import Server


@pytest.mark.parametrize("dialect", ["old", "new"])
def test_the_sample_comes_back_as_sent_and_a_second_run_writes_nothing(server: Server, dialect: str) -> None:
    slug = f"nordwind-{dialect}"
    server.lanyard("org", "create", slug, "--name", "Nordwind AG", "--phone-region", "CH")
    server.lanyard("apply", str(SAMPLE_CARDS), "--org", slug)
    token = server.lanyard("token", "create", "--org", slug, "--name", "Entra").strip()
    options = ("--url", server.scim_url, "--token", token, "--dialect", dialect, "--json")

    first = json.loads(server.lanyard("rehearse", str(SAMPLE), *options))
    second = rehearse(read_directory(SAMPLE), server.scim_url, token, dialect=dialect)

    assert (first["unexpected"], first["drift"]) == ([], [])
    assert first["writes"] == sum(stage["writes"] for stage in first["stages"]) > 100
    assert (second.good, second.writes) == (True, 0)
