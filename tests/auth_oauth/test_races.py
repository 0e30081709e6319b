"""Clients that are changed by several at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

from app.auth import tokens
from app.auth.oauth import clients
from app.auth.oauth.clients import Issued
from app.core.errors import Conflict
from app.core.unit_of_work import Database, Transaction
from app.directory.organizations import Organization
from tests.auth_oauth.conftest import TokenEndpoint


def test_a_token_that_is_granted_while_its_client_is_revoked_is_dead(
    database: Database, organization: Organization, endpoint: TokenEndpoint, issued: Issued
) -> None:
    candidate = clients.find(database, issued.client_id)
    assert candidate is not None
    text, granted, go_on = tokens.new_text(), threading.Event(), threading.Event()

    def grant_slowly(tx: Transaction) -> None:
        clients.grant(tx, candidate.client, None, text)
        granted.set()
        go_on.wait(10)

    with ThreadPoolExecutor(2) as threads:
        granting = threads.submit(database.write, grant_slowly, organization_id=organization.id, actor="test")
        granted.wait(10)
        revoking = threads.submit(
            database.write, lambda tx: clients.revoke(tx, "Entra"), organization_id=organization.id, actor="cli"
        )
        overtaken = wait([revoking], timeout=0.5).done
        go_on.set()
        granting.result(10)
        revoking.result(10)

    assert overtaken == set()
    assert endpoint.users(text).status_code == 401


def test_secrets_that_are_created_at_once_are_of_one_client_and_two_at_most(
    organization: Organization, new_client: Callable[..., Issued]
) -> None:
    def create(_: int) -> Issued | Conflict:
        try:
            return new_client(organization)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(create, range(6)))

    issued = [one for one in outcomes if isinstance(one, Issued)]
    assert len(issued) == 2
    assert len({one.client_id for one in issued}) == 1
    assert {"revoke one first" in str(one) for one in outcomes if isinstance(one, Conflict)} == {True}
