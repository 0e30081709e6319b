"""`python -m tests.support.lanyard`: the command `lanyard`, kept to this machine."""

from __future__ import annotations

from app.cli import main
from tests.support.loopback import keep_to_loopback

if __name__ == "__main__":
    keep_to_loopback()
    main(prog_name="lanyard")
