"""What an importer hands over: a log as plain values, which `policylang.evidence.logs` checks before it believes them.

An importer imports nothing of the core but its errors, so that one written by others, or run in a process of its own,
gives the same thing. Numbers are whole numbers, `Fraction` or `Decimal`; what a log does not say is left out or None.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, TypedDict

from policylang import Diagnostic, EvidenceError

Attempt: TypeAlias = tuple[Fraction | None, str]
"""The outcome of one attempt, or None and why there is none: error, limit, refusal, no_answer, unscored."""


class ScoreRecord(TypedDict, total=False):
    """One scorer of a log: what the log states, and the outcomes behind it where they are there."""

    name: str
    scorer: str
    reducer: str
    metrics: dict[str, Fraction | None]
    lower: Fraction | None  # an interval that the log states for a result that is no mean of outcomes
    upper: Fraction | None
    unit: str  # of the metrics, where they are no plain numbers: `minute`
    outcomes: dict[str, list[Attempt]] | None
    n: int | None  # units behind an aggregate
    faults: list[str]


class LogRecord(TypedDict, total=False):
    """One task of one run."""

    tool: str
    version: str
    tasks: list[str]  # the registry name, then the plain one
    task_version: str
    model: str
    revision: str
    configuration: dict[str, str]
    status: str
    started: str
    completed: str
    run: str
    looks: int | None  # how often somebody looked at the results and could have ended the run
    commit: str
    dirty: bool | None
    planned: int | None  # units
    epochs: int
    attempts: tuple[int | None, int | None]  # planned and completed
    limits: dict[str, str]
    families: dict[str, str]
    scores: list[ScoreRecord]
    faults: list[str]
    notes: list[str]


def shown(text: object) -> str:
    """A text of the log in backticks: one line, nothing invisible, cut where it is long."""
    plain = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in str(text)[:61])
    return f"`{plain[:60]}…`" if len(plain) > 60 else f"`{plain}`"


def refused(code: str, message: str, remedy: str) -> EvidenceError:
    """The error that a log cannot be used; the message names the file."""
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=remedy)])


def exact(value: object) -> Fraction | None:
    """A number of a log as a rational; None where it is no finite number of a sensible size."""
    match value:
        case bool():
            return Fraction(int(value))
        case int():
            return Fraction(value) if value.bit_length() <= 128 else None
        case Decimal() if value.is_finite() and abs(value.adjusted()) <= 40 and len(value.as_tuple().digits) <= 60:
            return Fraction(value)
        case Fraction():
            return value
        case _:
            return None


def whole(value: object) -> int | None:
    """A count of a log; None where it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        value = int(value) if value.is_finite() and abs(value.adjusted()) <= 12 and value == int(value) else None
    return value if isinstance(value, int) and 0 <= value <= 10**12 else None


def text(value: object) -> str:
    """A text or plain number of a log as text, cut at a length no name has; empty for everything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:1000] if isinstance(value, str | int | Decimal) else ""


def mapping(value: object) -> dict[str, Any]:
    """A mapping of a log; empty where there is none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list of a log; empty where there is none."""
    return value if isinstance(value, list) else []


def listed(names: Iterable[str], most: int = 3) -> str:
    """Names as a phrase, the first few of them."""
    found = sorted(names)
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(map(shown, found[:most])) + rest
