"""What happened: counted while it happens (`Recorder`), then one frozen `Report`, as JSON or as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.rehearsal.client import Answer
from app.rehearsal.errors import Unexpected

LISTED = 20
"""How many findings of a kind the sentences name; the JSON form has all of them."""

_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that Entra does not expect."""

    method: str
    path: str
    status: int
    detail: str
    expected: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A value that did not come back as sent; Entra would send it again in every cycle."""

    user: str
    """The userName; of a group, its display name."""
    attribute: str
    sent: Any
    returned: Any


@dataclass(slots=True)
class StageReport:
    """One cycle. `created`, `changed` and `deleted` count the writes that succeeded, of people and groups alike."""

    name: str
    requests: int = 0
    writes: int = 0
    created: int = 0
    changed: int = 0
    deleted: int = 0
    already_held: bool = False
    """Nothing was pushed: the target held this stage, or a later one, when the rehearsal began."""
    out_of_scope: tuple[str, ...] = ()
    """Managers and members that were not sent because the file does not have them, as sentences."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole rehearsal. `requests` and `by_status` also count the probe and the look at what the target holds."""

    requests: int
    by_status: dict[str, int]
    unexpected: tuple[Finding, ...]
    drift: tuple[Drift, ...]
    writes: int
    stages: tuple[StageReport, ...]

    @property
    def good(self) -> bool:
        """Whether every answer was expected and every attribute came back as sent."""
        return not self.unexpected and not self.drift

    def to_json(self) -> dict[str, Any]:
        """The report as plain data."""
        return asdict(self)


@dataclass(slots=True)
class Recorder:
    """Counts answers and collects findings."""

    requests: int = 0
    writes: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    drifts: dict[str, Drift] = field(default_factory=dict)
    stages: list[StageReport] = field(default_factory=list)
    pushing: StageReport | None = None
    """The stage that answers count for; None before the first."""

    def begin(self, name: str, out_of_scope: tuple[str, ...] = ()) -> None:
        """From here on, answers count for a stage of that name."""
        self.pushing = StageReport(name, out_of_scope=out_of_scope)
        self.stages.append(self.pushing)

    def held(self, names: Sequence[str]) -> None:
        """The target held these stages already."""
        self.stages.extend(StageReport(name, already_held=True) for name in names)

    def answer(self, answer: Answer) -> None:
        """Count one answer."""
        is_write = answer.method in _WRITES
        self.requests += 1
        self.writes += is_write
        self.by_status[str(answer.status)] += 1
        stage = self.pushing
        if stage is None:
            return
        stage.requests += 1
        stage.writes += is_write
        if 200 <= answer.status < 300:
            stage.created += answer.method == "POST"
            stage.changed += answer.method in {"PUT", "PATCH"}
            stage.deleted += answer.method == "DELETE"

    def unexpected(self, answer: Answer, expected: str, detail: str | None = None) -> Unexpected:
        """Record an answer that Entra could not go on from; to be raised by the caller."""
        self.findings.append(Finding(answer.method, answer.path, answer.status, detail or answer.detail, expected))
        return Unexpected(f"{answer.method} {answer.path} answered {answer.status}")

    def drift(self, drift: Drift) -> None:
        """Record a value that came back otherwise; the same one counts once, however many stages see it."""
        self.drifts.setdefault(repr(drift), drift)

    def report(self) -> Report:
        """What has been recorded so far."""
        return Report(
            self.requests,
            dict(sorted(self.by_status.items())),
            tuple(self.findings),
            tuple(self.drifts.values()),
            self.writes,
            tuple(self.stages),
        )


def sentences(report: Report) -> Iterator[str]:
    """The report for people, line by line."""
    statuses = ", ".join(f"{count} × {status}" for status, count in report.by_status.items())
    yield f"{_count(report.requests, 'request')}, {_count(report.writes, 'write')} among them. Answers: {statuses}."
    for stage in report.stages:
        yield f"  {stage.name}: {_stage(stage)}"
        yield from _listed([f"{line[:1].upper()}{line[1:]}; not sent." for line in stage.out_of_scope])
    if report.unexpected:
        yield f"{_count(len(report.unexpected), 'answer')} not as Entra expects:"
        yield from _listed([_finding(finding) for finding in report.unexpected])
    else:
        yield "Every answer was one that Entra expects."
    if report.drift:
        yield f"{_count(len(report.drift), 'attribute')} not as sent; Entra would send them again in every cycle:"
        yield from _listed([_drift(drift) for drift in report.drift])
    else:
        yield "Every attribute came back as sent."


def _stage(stage: StageReport) -> str:
    if stage.already_held:
        return "the target held this already."
    if not stage.writes:
        return f"{_count(stage.requests, 'request')}, nothing to write."
    told = ((stage.created, "created"), (stage.changed, "changed"), (stage.deleted, "deleted"))
    done = ", ".join(f"{count} {verb}" for count, verb in told if count) or "nothing written"
    return f"{_count(stage.requests, 'request')}: {done}."


def _finding(finding: Finding) -> str:
    return f"{finding.method} {finding.path} answered {finding.status} ({finding.detail}); expected {finding.expected}."


def _drift(drift: Drift) -> str:
    return f"{drift.user}: {drift.attribute} was sent as {drift.sent!r} and came back as {drift.returned!r}."


def _listed(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"    {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        yield f"    and {len(lines) - LISTED} more; --json lists them all."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
