"""`python -m tests.support.lanyard`: the command `lanyard`, kept to this machine."""

from __future__ import annotations

import runpy

from tests.support.loopback import keep_to_loopback

if __name__ == "__main__":
    keep_to_loopback()
    runpy.run_module("app", run_name="__main__", alter_sys=True)
