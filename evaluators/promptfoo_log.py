"""Results of promptfoo, one log for each provider.

What it can know: success and score of every test, named scores, errors, the time, the version of promptfoo (not in old
files). What it cannot: whether tests were left out by a filter, which weights stand behind a provider, whether answers
were fresh or cached ones, except that no request was made.
"""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from .json_stream import chunks_of, top_keys, whole_value
from .record import Attempt, LogRecord, ScoreRecord, exact, items, mapping, refused, text, whole

_ERROR = 2  # why a row failed: 0 it did not, 1 an assertion, 2 an error


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads results of promptfoo."""

    name = "promptfoo"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so holds such results."""
        return not names and {"evalId", "results"} <= set(top_keys(head))

    def read(self, path: str) -> list[LogRecord]:
        """The log of every provider in a file; raises EvidenceError."""
        found = mapping(whole_value(path, chunks_of(path)))
        results = mapping(found.get("results"))
        rows = [mapping(row) for row in items(results.get("results"))]
        if whole(results.get("version")) != 3:
            raise refused("E305", f"`{path}` is a result of promptfoo of another version than 3", "run it anew")
        if not rows:
            raise refused("E306", f"`{path}` looks like results of promptfoo and has none", "take it as it was written")
        providers: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            provider = mapping(row.get("provider"))
            providers.setdefault(text(provider.get("label")) or text(provider.get("id")), []).append(row)
        faults = _counted(rows, mapping(results.get("stats")))
        tests = len({text(row.get("testIdx")) for row in rows})  # each provider is given all of them
        return [_record(found, results, (name, part), (faults, tests)) for name, part in sorted(providers.items())]


def _record(
    found: dict[str, Any],
    results: dict[str, Any],
    provider: tuple[str, list[dict[str, Any]]],
    of_all: tuple[list[str], int],
) -> LogRecord:
    (name, rows), (faults, tests) = provider, of_all
    names = [text(mapping(found.get("config")).get("description")), text(found.get("evalId")) or "promptfoo"]
    units = [text(row.get("testIdx")) or f"row {n}" for n, row in enumerate(rows, 1)]
    cached = sum(whole(mapping(row.get("tokenUsage")).get("numRequests")) == 0 and not row.get("error") for row in rows)
    return LogRecord(
        tool="promptfoo",
        version=text(mapping(found.get("metadata")).get("promptfooVersion")),
        tasks=list(filter(None, names)),
        model=name,
        configuration={"provider": text(mapping(rows[0].get("provider")).get("id"))},
        status="success" if results.get("stats") else "started",
        started=text(results.get("timestamp")),
        run=text(found.get("evalId")),
        planned=max(tests, len(set(units))),
        epochs=max(Counter(units).values()),
        attempts=(len(rows), len(rows)),
        scores=list(_scores(rows, units)),
        faults=faults,
        notes=[f"{cached} answers were made without a request"] if cached else [],
    )


def _scores(rows: list[dict[str, Any]], units: list[str]) -> Iterable[ScoreRecord]:
    """Success and score of every row, and every named score."""
    named = sorted({str(key) for row in rows for key in mapping(row.get("namedScores"))})
    for name in ("success", "score", *named):
        outcomes: dict[str, list[Attempt]] = {}
        for unit, row in zip(units, rows, strict=True):
            value = row.get(name) if name in ("success", "score") else mapping(row.get("namedScores")).get(name)
            outcomes.setdefault(unit, []).append(_attempt(row, exact(value)))
        yield ScoreRecord(name=name, scorer=name, metrics={}, outcomes=outcomes, faults=[])


def _attempt(row: dict[str, Any], value: Fraction | None) -> Attempt:
    """The outcome of a row; an error is neither a success nor a failure."""
    if whole(row.get("failureReason")) == _ERROR or (row.get("error") and not value and not row.get("gradingResult")):
        return None, "error"
    return (value, "") if value is not None else (None, "unscored")


def _counted(rows: list[dict[str, Any]], stats: dict[str, Any]) -> list[str]:
    """Whether the stated numbers are those of the rows."""
    successes = sum(row.get("success") is True for row in rows)
    errors = sum(whole(row.get("failureReason")) == _ERROR for row in rows)
    stated = [whole(stats.get(name)) for name in ("successes", "failures", "errors")]
    counted = [successes, len(rows) - successes - errors, errors]
    if None in stated or stated == counted:
        return []
    return [f"it states {stated[0]}, {stated[1]} and {stated[2]} successes, failures and errors, and has {counted}"]
