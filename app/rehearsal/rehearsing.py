"""A whole rehearsal: from a directory, an address and a token to a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice

from app.rehearsal.client import Client
from app.rehearsal.cycle import Cycles
from app.rehearsal.dialects import BY_NAME, FLAG, Dialect
from app.rehearsal.directory import Directory, State
from app.rehearsal.endpoint import Endpoint
from app.rehearsal.report import Recorder, Report


def rehearse(
    directory: Directory,
    url: str,
    token: str,
    *,
    dialect: str | None = None,
    progress: Callable[[str], None] = lambda sentence: None,
) -> Report:
    """Push the directory to a tenant URL as Entra would, stage by stage, and report what came of it.

    `dialect` is `old`, `new` or `both`; without it the flag in the tenant URL decides, then the file, then `old`. A
    target that holds a later stage already is taken up from there; one that holds the last is sent no write.
    `progress` is told a sentence now and then. Raises Stopped when the server cannot be talked to.
    """
    recorder = Recorder()
    client = Client(url, token, recorder.answer)
    try:
        flagged = any(flag.partition("=")[0].lower() == FLAG.lower() for flag in client.flags)
        chosen = dialect or ("new" if flagged else directory.dialect or "old")
        cycles = Cycles(Endpoint(client, recorder), recorder, _dialects(directory.states, BY_NAME[chosen]))
        cycles.probe()
        progress("The server answers; comparing what it holds.")
        held = _stages_held(cycles, directory.states)
        recorder.held([state.name for state in directory.states[:held]])
        for state in directory.states[held:]:
            progress(f"{state.name}: people {len(state.changed_people)}, groups {len(state.changed_groups)}.")
            cycles.push(state)
    finally:
        client.close()
    return recorder.report()


def _dialects(states: Sequence[State], dialects: Sequence[Dialect]) -> Mapping[str, Dialect]:
    """What each object's requests are written in; several dialects take turns from object to object."""
    keys = dict.fromkeys(key for state in states for key in (*state.people, *state.groups))
    return dict(zip(keys, islice(cycle(dialects), len(keys)), strict=True))


def _stages_held(cycles: Cycles, states: Sequence[State]) -> int:
    """How many stages need no push, because the target holds the last of them already.

    The first stage is not looked at: pushing it is the same comparison, and writes only what differs.
    """
    return next((number for number in range(len(states), 1, -1) if cycles.holds(states[number - 1])), 0)
