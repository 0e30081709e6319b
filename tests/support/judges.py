"""Programs of others that judge the server: commands in processes of their own, which know it by its address and a token."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.support.client import MEDIA_TYPE
from tests.support.server import Server

SECONDS = 120
"""After which a judge is ended: none takes more than a few."""


def judge(command: str, *arguments: str, environment: Mapping[str, str], stdin: str = "") -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command that our environment has."""
    done = subprocess.run(
        [Path(sys.executable).with_name(command), *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        input=stdin, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """What the server answers to a request that must succeed: the JSON, None where there is none."""
    answer = requests.request(
        method,
        server.scim_url + path,
        json=body,
        headers={"Authorization": f"Bearer {server.token}", "Content-Type": MEDIA_TYPE},
        timeout=SECONDS,
    )
    assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
