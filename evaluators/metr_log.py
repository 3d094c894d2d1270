"""Time horizons as METR publishes them: `benchmark_results_*.yaml`, and the runs behind them, `runs.jsonl`.

What the results can say: for each model the estimate and its 95 % bootstrap interval, in minutes, and the version of
the tasks. What they cannot: how many runs are behind it, when it ran, what it ran in; and files of one name were
published with different numbers, so the digest of the file says which.
What the runs can say: the outcome of every attempt by task and family. What they cannot: what was planned, and whether
all runs are there. So they show danger, and no more, unless somebody states the rest.
"""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .json_stream import top_keys, values_of
from .plain_yaml import plain_yaml
from .record import Attempt, LogRecord, ScoreRecord, exact, mapping, refused, text, whole

_MAX_BYTES = 4 << 20
_SCORES = ("score_binarized", "score_cont", "score")


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads results and runs of METR's time horizons."""

    name = "metr"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is one of them."""
        if names:
            return False
        keys = top_keys(head.partition(b"\n")[0])
        return head.startswith(b"benchmark_name:") or {"task_id", "task_family", "score_binarized"} <= set(keys)

    def read(self, path: str) -> list[LogRecord]:
        """The log of every model in a file; raises EvidenceError."""
        with Path(path).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if data.startswith(b"benchmark_name:"):
            if len(data) > _MAX_BYTES:
                raise refused("E302", f"`{path}` has more than {_MAX_BYTES >> 20} MiB", "such a file is not read")
            return _results(path, mapping(plain_yaml(path, data)))
        return _runs(path)


def _results(path: str, found: dict[str, Any]) -> list[LogRecord]:
    benchmark = text(found.get("benchmark_name"))
    models = mapping(found.get("results"))
    if not benchmark or not models:
        raise refused("E306", f"`{path}` looks like results of METR and has none", "take the file as it was published")
    return [
        LogRecord(
            tool="metr",
            version="",
            tasks=[benchmark],
            task_version=text(found.get("long_tasks_version")),
            model=model,
            configuration={"release_date": text(mapping(results).get("release_date"))},
            status="success",
            scores=_metrics(mapping(mapping(results).get("metrics"))),
            faults=[],
            notes=["its interval is a bootstrap of 95 %"],
        )
        for model, results in sorted(models.items())
    ]


def _metrics(metrics: dict[str, Any]) -> list[ScoreRecord]:
    found = []
    for name, metric in sorted(metrics.items()):
        value = exact(mapping(metric).get("estimate"))
        if value is None:
            continue
        record = ScoreRecord(name=name, scorer=name, metrics={name: value}, faults=[])
        low, high = exact(mapping(metric).get("ci_low")), exact(mapping(metric).get("ci_high"))
        if name.endswith("horizon_length"):
            record["unit"] = "minutes"
        if low is not None and high is not None:
            record["lower"], record["upper"] = low, high
            if not low <= value <= high:
                record["faults"].append("its estimate lies outside its own interval")
        elif name.endswith("horizon_length"):
            record["faults"].append("its interval is missing")
        found.append(record)
    return found


def _runs(path: str) -> list[LogRecord]:
    """A log for each model and source of tasks."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for value in values_of(path):
        row = mapping(value)
        source = text(row.get("task_source")) or "runs"
        kept = {key: row.get(key) for key in (*_SCORES, "task_id", "task_family", "fatal_error_from", "started_at")}
        found.setdefault((text(row.get("model")) or text(row.get("alias")), source), []).append(kept)
    return [_of_model(model, source, rows) for (model, source), rows in sorted(found.items())]


def _of_model(model: str, source: str, rows: list[dict[str, Any]]) -> LogRecord:
    started = [moment for row in rows if (moment := exact(row["started_at"])) is not None and 0 < moment < 1 << 50]
    units = [text(row["task_id"]) or f"run {n}" for n, row in enumerate(rows, 1)]
    scores = []
    for name in _SCORES:
        if not any(row[name] is not None for row in rows):
            continue
        outcomes: dict[str, list[Attempt]] = {}
        for unit, row in zip(units, rows, strict=True):
            outcomes.setdefault(unit, []).append(_attempt(row, name))
        scores.append(ScoreRecord(name=name, scorer=name, metrics={}, outcomes=outcomes, faults=[]))
    when = datetime.fromtimestamp(int(min(started)) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if started else ""
    return LogRecord(
        tool="metr",
        tasks=[source],
        model=model,
        started=when,
        planned=None,
        epochs=max(Counter(units).values(), default=1),
        attempts=(None, whole(len(rows))),
        families={unit: text(row["task_family"]) for unit, row in zip(units, rows, strict=True) if row["task_family"]},
        scores=scores,
        faults=[],
    )


def _attempt(row: dict[str, Any], name: str) -> Attempt:
    """The outcome of a run; one that ended in a fatal error was published as 0, and is none."""
    fatal, value = text(row["fatal_error_from"]), exact(row[name])
    if fatal and not value:
        return None, "limit" if fatal == "usageLimits" else "error"
    return (value, "") if value is not None else (None, "unscored")
