"""`python -m tests.setup.newborn_workers SIGQUIT`: tells each of five workers to end before it has taken its first step.

All on one processor, so that who forks goes on and the worker finds the signal when it gets its turn. Prints how many
ended of themselves.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from app import create_app
from app.core.settings import Settings
from app.web.server import Leaving, Master, Server

WORKERS = 5
SECONDS = 15.0


def ends(pid: int) -> bool:
    """Whether the worker ends within SECONDS; killed otherwise."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return True
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def main() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    server = Server(Settings.from_env(os.environ), create_app, lambda: None)
    master = Master(server, None, Leaving(), drain_seconds=0)
    master.start()
    ended = 0
    for _ in range(WORKERS):
        pid = master.spawn_worker()
        os.kill(pid, getattr(signal, sys.argv[1]))
        ended += ends(pid)
    print(ended)


if __name__ == "__main__":
    main()
