"""`python -m tests.setup.hasty_server SECONDS ALL`: a server with two threads that waits so long for requests and answers."""

from __future__ import annotations

import os
import sys

from app import create_app
from app.core.settings import Settings
from app.web import worker
from app.web.server import Server

if __name__ == "__main__":
    worker.READING_SECONDS, worker.ANSWERING_SECONDS = float(sys.argv[1]), float(sys.argv[2])
    Server(Settings.from_env(os.environ), create_app, lambda: print("ready", flush=True)).run()
