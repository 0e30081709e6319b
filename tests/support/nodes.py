"""A node of an installation: `lanyard serve`, which may be killed in the middle of anything and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from tests.support.processes import children, is_alive
from tests.support.server import START_SECONDS, start


class Node:
    """A server on `environment`; what it says goes to `log`, one start after the other."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self.environment = dict(environment)
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """Where this node listens, whatever address the installation goes by."""
        return f"http://{self.environment['LANYARD_BIND']}"

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, again and again as a service manager does while the port is taken, until it works."""
        deadline = time.monotonic() + START_SECONDS
        self._begin()
        while not self._works():
            if self._process is None or self._process.poll() is not None:
                self._begin()
            assert time.monotonic() < deadline, f"it did not work in {START_SECONDS} s:\n{self.log.read_text()}"
            time.sleep(0.05)

    def _begin(self) -> None:
        with self.log.open("ab") as output:
            self._process = start(self.environment, "serve", stdout=output, stderr=output)

    def _works(self) -> bool:
        """Whether this one works: workers that a killed one left may answer at the same port for a moment."""
        if not children(self.pid):
            return False
        try:
            return requests.get(f"{self.base_url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def workers(self) -> list[int]:
        """The processes that answer; waits for one where all have just ended."""
        deadline = time.monotonic() + START_SECONDS
        while not (alive := [pid for pid in children(self.pid) if is_alive(pid)]):
            assert time.monotonic() < deadline, "no worker was started again"
            time.sleep(0.02)
        return alive

    def kill(self, *, workers: bool) -> None:
        """SIGKILL its first process, with its workers or leaving them to themselves."""
        assert self._process is not None
        left = children(self.pid) if workers else []
        self._process.kill()
        for pid in left:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(timeout=START_SECONDS)
        self._process = None

    def stop(self) -> int:
        """SIGTERM, as a service manager sends it; its exit status, once it has ended."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(timeout=2 * START_SECONDS)
        self._process = None
        return code

    def end(self) -> None:
        """End it in any case, if it runs."""
        if self._process is not None:
            self.kill(workers=True)
