"""The logs of `policyc eval --logs`: the outcome of every attempt at every unit of one task."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from .record import Attempt, LogRecord, ScoreRecord, items, mapping, refused, text, whole

_SCHEMA = b'"policylang/log/v1"'
_MAX_BYTES = 256 << 20


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads logs of `policyc eval`."""

    name = "policylang"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is such a log."""
        return not names and head.lstrip().startswith(b"{") and _SCHEMA in head

    def read(self, path: str) -> list[LogRecord]:
        """The log in a file; raises EvidenceError."""
        if Path(path).stat().st_size > _MAX_BYTES:
            raise refused("E302", f"`{path}` has more than {_MAX_BYTES >> 20} MiB", "split its task")
        try:
            found = json.loads(Path(path).read_bytes(), object_pairs_hook=_once)
            outcomes = {
                unit: [_attempt(one) for one in items(tries)] for unit, tries in mapping(found["outcomes"]).items()
            }
        except (ValueError, KeyError, TypeError, ZeroDivisionError):
            raise refused("E303", f"`{path}` is no whole log", "take the file that `policyc eval` wrote") from None
        metric = text(found.get("metric")) or "accuracy"
        return [
            LogRecord(
                tool="policylang",
                version=text(found.get("version")),
                tasks=[text(one) for one in items(found.get("tasks"))],
                model=text(found.get("model")),
                revision=text(found.get("revision")),
                configuration={name: text(one) for name, one in mapping(found.get("configuration")).items()},
                status=text(found.get("status")),
                started=text(found.get("started")),
                run=text(found.get("run")),
                looks=whole(found.get("looks")),
                planned=whole(found.get("planned")),
                epochs=whole(found.get("epochs")) or 1,
                scores=[ScoreRecord(name=metric, scorer=metric, metrics={metric: None}, outcomes=outcomes, faults=[])],
                faults=[],
                notes=[text(one) for one in items(found.get("notes"))],
            )
        ]


def _attempt(one: Any) -> Attempt:
    value, why = one
    return (None if value is None else Fraction(value), why)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found
