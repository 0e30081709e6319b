"""`python -m app.cli`: what `.venv/bin/lanyard` runs."""

from app.cli import main

main(prog_name="lanyard")
