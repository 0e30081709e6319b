"""`python -m app`: what `.venv/bin/lanyard` runs."""

import gc

# Nothing of what imports make is ever given up. Looking through it for cycles, again and again while it grows, would be
# a third of the time that a command takes to start.
gc.disable()

from app.cli import main  # noqa: E402

gc.freeze()
gc.enable()
main(prog_name="lanyard")
