"""Tables of results, CSV or JSON lines, for tools that have no importer: one row a unit, or one row a result.

Columns, in any order: `task`, and either `unit` with `outcome` (a number, or empty with `why`: error, limit, refusal,
no_answer, unscored), one row an attempt, or one row with `n` planned, `scored` and `successes`, or with a `value`.
Beside them, the same in all rows of a run: `task_version`, `model`, `status`, `run`, `at`, `metric`, `planned`; and
`family` of a unit. A column that is none of these is refused, since it could be a misspelt one.

What it can know is what somebody wrote into it, and nothing checks that: so a table is never taken for the log of a
tool, and feeds only what is bound `from table`. A table without `status` does not say that the
run completed, and one without `planned` (or `n`) not how much of it is missing; neither is then evidence of safety.
"""

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from .json_stream import top_keys, values_of
from .record import Attempt, LogRecord, ScoreRecord, exact, mapping, refused, shown, text, whole

_COLUMNS = frozenset(
    "task unit attempt outcome why family n scored successes value task_version model status run at metric "
    "planned".split()
)
_RESULTS = ("outcome", "successes", "value")
_WHYS = ("error", "limit", "refusal", "no_answer", "unscored")
_SAME = ("task", "run", "model", "task_version", "status", "at", "planned")
_MAX_BYTES = 256 << 20
_REMEDY = "`policyc explain E304` says what a table holds"


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads tables of results."""

    name = "table"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is a table: its first row names a task and a result."""
        first = head.partition(b"\n")[0]
        columns = set(top_keys(first)) if first.startswith(b"{") else set(_columns(first))
        return not names and "task" in columns and bool(columns.intersection(_RESULTS)) and columns <= _COLUMNS

    def read(self, path: str) -> list[LogRecord]:
        """The log of every task and run in a table; raises EvidenceError."""
        runs: dict[tuple[str, ...], _Table] = {}
        for number, row in enumerate(_rows(path), 1):
            odd = row.keys() - _COLUMNS
            if odd:
                raise _wrong(path, number, f"the column {shown(min(odd))} is none of a table")
            key = tuple(text(row.get(name)) for name in _SAME)
            try:
                runs.setdefault(key, _Table()).add(row)
            except ValueError as error:
                raise _wrong(path, number, str(error)) from None
        return [table.record(dict(zip(_SAME, key, strict=True))) for key, table in sorted(runs.items())]


def _columns(first: bytes) -> list[str]:
    return [name.strip() for name in first.decode("utf-8", "replace").rstrip("\r").split(",")]


def _rows(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open("rb") as file:
        is_json = file.read(1) == b"{"
        size = file.seek(0, 2)
    if is_json:
        for value in values_of(path):
            yield mapping(value)
        return
    if size > _MAX_BYTES:
        raise refused("E302", f"`{path}` has more than {_MAX_BYTES >> 20} MiB", "split it")
    with Path(path).open(encoding="utf-8", newline="") as file:
        try:
            rows = csv.reader(file, strict=True)
            names = [name.strip() for name in next(rows)]
            if len(set(names)) != len(names):
                raise _wrong(path, 0, "a column stands twice")
            for number, row in enumerate(rows, 1):
                if len(row) != len(names):
                    raise _wrong(path, number, f"it has {len(row)} values for {len(names)} columns")
                yield {name: value.strip() or None for name, value in zip(names, row, strict=True)}
        except (csv.Error, UnicodeDecodeError):
            raise refused("E303", f"`{path}` is no whole CSV in UTF-8", "quote values with commas or lines") from None


def _wrong(path: str, row: int, problem: str) -> Exception:
    return refused("E303", f"`{path}`, row {row}: {problem}", _REMEDY)


class _Table:
    """The rows of one task and run."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, list[Attempt]]] = {}
        self.families: dict[str, str] = {}
        self.results: dict[str, tuple[Fraction, int | None, int | None]] = {}

    def add(self, row: dict[str, Any]) -> None:
        """Take one row; raises ValueError with what is wrong with it."""
        if not text(row.get("task")):
            raise ValueError("it names no task")
        metric = text(row.get("metric")) or "accuracy"
        if row.get("unit") is None:
            self.result(metric, row)
            return
        unit = text(row["unit"])
        value, why = _number(row, "outcome"), text(row.get("why"))
        if (value is None) != bool(why) or (why and why not in _WHYS):
            raise ValueError(f"it needs an `outcome`, or `why` there is none: {', '.join(_WHYS)}")
        self.outcomes.setdefault(metric, {}).setdefault(unit, []).append((value, why))
        if text(row.get("family")):
            self.families[unit] = text(row["family"])

    def result(self, metric: str, row: dict[str, Any]) -> None:
        """Take a row that is a result."""
        planned, scored = (_count(row, name) for name in ("n", "scored"))
        successes, value = _count(row, "successes"), _number(row, "value")
        if (successes is None) == (value is None):
            raise ValueError("it needs `successes` of `n`, or a `value`, not both")
        if metric in self.results or metric in self.outcomes:
            raise ValueError("a result of the same run stands above")
        scored = planned if scored is None else scored
        if successes is not None:
            if planned is None or not scored or not successes <= scored <= planned:
                raise ValueError("`successes` are at most `scored`, and these at most `n`")
            value = Fraction(successes, scored)
        assert value is not None
        self.results[metric] = (value, planned, scored)

    def record(self, same: dict[str, str]) -> LogRecord:
        """The log of these rows."""
        scores = [
            ScoreRecord(name=metric, scorer=metric, metrics={metric: value}, n=scored, faults=[])
            for metric, (value, _, scored) in sorted(self.results.items())
        ]
        scores += [
            ScoreRecord(name=metric, scorer=metric, metrics={metric: None}, outcomes=outcomes, faults=[])
            for metric, outcomes in sorted(self.outcomes.items())
        ]
        sizes = [planned for _, planned, _ in self.results.values() if planned is not None]
        planned = same["planned"]
        return LogRecord(
            tool="table",
            tasks=[same["task"]],
            task_version=same["task_version"],
            model=same["model"],
            status=same["status"],
            started=same["at"],
            run=same["run"],
            planned=int(planned) if planned.isdecimal() and len(planned) < 10 else max(sizes, default=None),
            epochs=max((len(tries) for units in self.outcomes.values() for tries in units.values()), default=1),
            families=self.families,
            scores=scores,
            faults=[],
        )


def _number(row: dict[str, Any], name: str) -> Fraction | None:
    """A number of a row; None where there is none."""
    value = row.get(name)
    if value is None:
        return None
    try:
        number = exact(Decimal(value) if isinstance(value, str) else value)
    except InvalidOperation:
        number = None
    if number is None:
        raise ValueError(f"`{name}` is {shown(value)}, no decimal number")
    return number


def _count(row: dict[str, Any], name: str) -> int | None:
    number = _number(row, name)
    if number is None:
        return None
    count = whole(int(number)) if number.denominator == 1 else None
    if count is None:
        raise ValueError(f"`{name}` is no count")
    return count
