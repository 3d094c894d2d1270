"""Logs of OpenAI evals (`oaieval`): JSON lines of a specification, events, and a final report wherever it stands.

What it can know: the eval, the completion functions, the outcome of every sample with a `match` event, errors, whether
the run came to its report. What it cannot: the size of the dataset where `max_samples` cut it, which weights stand
behind a completion function; of evals that record only `metrics`, more than what is stated.
"""

from fractions import Fraction
from typing import Any

from .agreement import disagreements
from .json_stream import top_keys, values_of
from .record import Attempt, LogRecord, ScoreRecord, exact, items, mapping, refused, text


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads logs of OpenAI evals."""

    name = "openai_evals"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is such a log."""
        return not names and top_keys(head) == ["spec"]

    def read(self, path: str) -> list[LogRecord]:
        """The log in a file; raises EvidenceError."""
        spec: dict[str, Any] = {}
        report: dict[str, Any] = {}
        events = _Events()
        for value in values_of(path):
            row = mapping(value)
            if "spec" in row:
                if spec:
                    raise refused("E303", f"`{path}` has two specifications", "one file is one run")
                spec = mapping(row["spec"])
            elif "final_report" in row:
                if report:
                    raise refused("E303", f"`{path}` has two final reports", "one file is one run")
                report = mapping(row["final_report"])
            else:
                events.add(row)
        if not text(spec.get("eval_name")):
            raise refused("E306", f"`{path}` looks like a log of OpenAI evals and names none", "take it as written")
        return [_record(spec, report, events)]


class _Events:
    """The events of a run, as outcomes by sample."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.outcomes: dict[str, list[Attempt]] = {}
        self.failed: set[str] = set()

    def add(self, row: dict[str, Any]) -> None:
        """Take one event."""
        unit, data = text(row.get("sample_id")), mapping(row.get("data"))
        if not unit:
            return
        self.seen.add(unit)
        if row.get("type") == "match" and isinstance(data.get("correct"), bool):
            self.outcomes.setdefault(unit, []).append((Fraction(int(data["correct"])), ""))
        elif row.get("type") == "error":
            self.failed.add(unit)

    def units(self) -> dict[str, list[Attempt]]:
        """The outcomes of every sample that was begun."""
        missing = sorted(self.seen - self.outcomes.keys())
        return {**self.outcomes, **{unit: [(None, "error" if unit in self.failed else "unscored")] for unit in missing}}


def _record(spec: dict[str, Any], report: dict[str, Any], events: _Events) -> LogRecord:
    stated = {name: exact(value) for name, value in report.items()}
    outcomes = events.units() if events.outcomes else None
    score = ScoreRecord(name="match", scorer="match", metrics=stated, outcomes=outcomes, faults=[])
    values = [one for tries in events.outcomes.values() for one, _ in tries if one is not None]
    known = {name: value for name, value in stated.items() if value is not None}
    if outcomes is not None:
        score["faults"] += disagreements({k: v for k, v in known.items() if k == "accuracy"}, values, ("accuracy",))
    config = mapping(spec.get("run_config"))
    limit = config.get("max_samples")
    names = [text(spec.get("eval_name")), text(spec.get("base_eval"))]
    return LogRecord(
        tool="openai_evals",
        tasks=list(dict.fromkeys(filter(None, names))),
        model=",".join(text(one) for one in items(spec.get("completion_fns"))),
        configuration={"split": text(spec.get("split")), "seed": text(config.get("seed"))},
        status="success" if report else "started",
        started=text(spec.get("created_at")),
        run=text(spec.get("run_id")),
        planned=len(events.seen) if limit is None else None,
        epochs=max(map(len, events.outcomes.values()), default=1),
        limits={} if limit is None else {"max_samples": text(limit)},
        scores=[score],
        faults=[],
    )
