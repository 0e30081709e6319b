"""No test reaches beyond this machine, in this process or in those it starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Error
from sqlalchemy.engine import URL

from app.rehearsal import SAMPLE
from tests.support.loopback import BeyondLoopback
from tests.support.server import environment_of, run_lanyard


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "somewhere.example"])
def test_a_connection_to_another_machine_is_stopped(host: str) -> None:
    with pytest.raises(BeyondLoopback):
        socket.create_connection((host, 80), timeout=1)


def test_a_request_to_another_machine_is_stopped() -> None:
    with pytest.raises(BeyondLoopback):
        requests.get("http://somewhere.example/", timeout=1)


def test_commands_are_kept_to_this_machine(tmp_path: Path) -> None:
    environment = environment_of(URL.create("sqlite", database="unused.db"), tmp_path)

    with pytest.raises(AssertionError, match="BeyondLoopback"):
        run_lanyard(environment, "rehearse", str(SAMPLE), "--url", "https://192.0.2.1/scim/v2", "--token", "t")


def test_the_browser_finds_no_other_machine(browser: Browser) -> None:
    page = browser.new_page()

    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://somewhere.example/")
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://192.0.2.1/")

    page.close()
