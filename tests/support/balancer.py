"""HAProxy in front of two nodes, set up by the very file that docs/operations.md gives to operators."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.support.server import CHECKOUT, START_SECONDS

CONFIGURATION = CHECKOUT / "docs" / "balancer" / "haproxy.cfg"


@contextmanager
def balancer(front: str, nodes: tuple[str, str], log: Path) -> Iterator[None]:
    """HAProxy at HOST:PORT in front of two others, which answer already; ended afterwards.

    Raises FileNotFoundError where there is none.
    """
    program = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise FileNotFoundError("no balancer: install Debian's haproxy")
    environment = {"LANYARD_FRONT": front, "LANYARD_NODE_1": nodes[0], "LANYARD_NODE_2": nodes[1]}
    with log.open("wb") as output:
        process = subprocess.Popen([program, "-db", "-f", CONFIGURATION], env=environment, stdout=output, stderr=output)
    try:
        _wait_until_ready(front, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait_until_ready(front: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the balancer ended:\n{log.read_text()}"
        try:
            if requests.get(f"http://{front}/readyz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.05)
    raise AssertionError(f"the balancer was not ready in {START_SECONDS} s:\n{log.read_text()}")
