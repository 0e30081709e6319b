"""What it costs to bind a large group to a template, to look at it first, to change the template, and to unbind.

    .venv/bin/python -m bench.large_bindings --people 50000 --database postgresql

Prints a table, or JSON. `seconds` is by the clock, `cpu` this process's own part of it; `peak_mb` is the process's
largest size so far.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.cards import template_list, template_store
from app.cards.applying.carrying import apply
from app.cards.applying.drafting import make_drafts
from app.cards.applying.planning import make_plan
from app.cards.applying.reading import read_file
from app.cards.applying.spec import FileSpec
from app.cards.versioning import publishing
from app.cards.versioning.effects import tally
from app.core import clock
from app.core.unit_of_work import Transaction
from bench.worlds import GROUP, World, world

_TEMPLATE = """
templates:
  - name: Everybody
    design: {{accent: "{accent}"}}
    general:
      name: {{sync: always}}
      title: {{sync: always}}
      department: {{sync: {department}}}
    fields:
      - {{key: mobile, kind: phone, label: Mobile, source: 'phoneNumbers[type eq "mobile"].value', sync: always}}
      - {{key: mail, kind: email, label: E-mail, source: 'emails[type eq "work"].value', sync: always}}
"""
_BOUND = f"bindings:\n  - {{group: {GROUP}, template: Everybody}}\n"
_UNBOUND = "bindings: []\n"


def main() -> None:
    """Run the scenario once for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--edits", type=int, default=9, help="template edits, of which the median is told")
    parser.add_argument("--json", action="store_true", dest="as_json")
    asked = parser.parse_args()
    report = {
        backend: _measured(backend, asked.people, asked.edits) for backend in asked.database or ("sqlite", "postgresql")
    }
    if asked.as_json:
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return
    for backend, figures in report.items():
        sys.stdout.write(f"{backend}, {asked.people} people\n")
        for name, figure in figures.items():
            sys.stdout.write(f"  {name:<28} {figure['seconds']:8.3f} s   {figure['cpu']:8.3f} s cpu\n")


def _measured(backend: str, people: int, edits: int) -> dict[str, Any]:
    with world(backend, people) as made, TemporaryDirectory(prefix="lanyard-bench-") as folder:

        def spec(accent: str, bindings: str = "", department: str = "unless_edited, editable: true") -> FileSpec:
            path = Path(folder) / "file.yaml"
            path.write_text(_TEMPLATE.format(accent=accent, department=department) + bindings)
            return read_file(path)

        made.write(lambda tx: apply(tx, spec("#000001")))
        figures = {
            "bind, dry run": _timed(lambda: _planned(made, spec("#000001", _BOUND))),
            "bind": _timed(lambda: made.write(lambda tx: apply(tx, spec("#000001", _BOUND)))),
            "bind again, nothing to do": _timed(lambda: made.write(lambda tx: apply(tx, spec("#000001", _BOUND)))),
        }
        wanted = [spec(f"#0000{number:02x}") for number in range(16, 16 + edits)]
        told = [_timed(partial(made.write, partial(_applied, one))) for one in wanted]
        figures["template edit"] = {key: statistics.median(one[key] for one in told) for key in told[0]}
        made.write(lambda tx: make_drafts(tx, spec("#0000ff", department="always, editable: false")))
        figures["publish, dry run"] = _timed(lambda: _looked_at(made))
        figures["publish"] = _timed(lambda: made.write(lambda tx: publishing.publish(tx, "Everybody")))
        figures["list templates"] = _timed(lambda: _listed(made))
        figures["unbind, dry run"] = _timed(lambda: _planned(made, spec("#000001", _UNBOUND)))
        figures["unbind"] = _timed(lambda: made.write(lambda tx: apply(tx, spec("#000001", _UNBOUND))))
        figures["bind once more"] = _timed(lambda: made.write(lambda tx: apply(tx, spec("#000001", _BOUND))))
        return figures


def _applied(spec: FileSpec, tx: Transaction) -> None:
    apply(tx, spec)


def _planned(made: World, spec: FileSpec) -> None:
    with made.database.read(made.organization_id) as reader:
        make_plan(reader, spec, clock.now())


def _looked_at(made: World) -> None:
    with made.database.read(made.organization_id) as reader:
        proposal = publishing.of_draft(reader, template_store.find(reader, "Everybody"))
        tally(reader, proposal.before, proposal.after)


def _listed(made: World) -> None:
    with made.database.read(made.organization_id) as reader:
        template_list.every(reader)


def _timed(act: Callable[[], Any]) -> dict[str, float]:
    begun, used = time.perf_counter(), time.process_time()
    act()
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
