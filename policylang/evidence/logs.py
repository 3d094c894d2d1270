"""What a log of an eval tool says, whatever the tool: who was asked what, when, and what came out for each unit.

An importer hands over plain values (`accept` names them all), and nothing of them is believed before it was checked
here: importers are written by many, and what they read was written by whoever wants to be let through. A `Log` knows
no policy. What keeps it from counting as evidence of safety, whatever a policy asks, stands in `faults`, in words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Literal, TypeVar, get_args

from policylang.clocks import Moment, parse_moment
from policylang.diagnostics import Diagnostic, EvidenceError

MAX_UNITS = 1_000_000
"""How many units one scorer may have."""

_MAX_TEXT = 1000
_MAX_MANY = 10_000
_NEVER = Moment(date(1, 1, 1))

Why = Literal["", "error", "limit", "refusal", "no_answer", "unscored"]
"""Why an attempt has no outcome; empty for one that has."""

_WHYS = get_args(Why)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one attempt at one unit, as scored, or why there is none."""

    value: Fraction | None
    why: Why = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """One scorer of a log: what the log states of it, and the outcomes by unit behind it where the log has them.

    `stated` are the aggregates as the log has them. They are there to compare with; only where there are no outcomes
    can one of them become a reading, of `n` units. `bounds` is an interval that the log states.
    """

    name: str
    scorer: str
    reducer: str = ""
    stated: Mapping[str, Fraction | None] = field(default_factory=dict)
    bounds: tuple[Fraction, Fraction] | None = None
    unit: str = ""
    outcomes: Mapping[str, tuple[Attempt, ...]] | None = None
    n: int | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """One task of one run, as a log has it."""

    name: str
    digest: str
    tool: str
    version: str = ""
    tasks: tuple[str, ...]
    task_version: str = ""
    model: str = ""
    revision: str = ""
    configuration: Mapping[str, str] = field(default_factory=dict)
    status: str | None = None
    started: Moment | None = None
    completed: Moment | None = None
    run: str = ""
    looks: int | None = None
    commit: str = ""
    dirty: bool | None = None
    planned: int | None = None
    epochs: int = 1
    attempts_planned: int | None = None
    attempts_completed: int | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def evaluator(self) -> str:
        """The tool and its version, as a reading names its evaluator."""
        return f"{self.tool} {self.version}".strip()

    @property
    def task(self) -> str:
        """The name of its task; the registry name where it has one."""
        return self.tasks[0]


def accept(record: Mapping[str, object], *, name: str, digest: str) -> Log:
    """The log in what an importer handed over; raises EvidenceError where it broke its promise."""
    fields = _Fields(record, name)
    attempts = fields.take("attempts", _pair)
    return Log(
        name=name,
        digest=digest,
        tool=fields.take("tool", _name),
        version=fields.take("version", _text),
        tasks=fields.take("tasks", _names),
        task_version=fields.take("task_version", _text),
        model=fields.take("model", _text),
        revision=fields.take("revision", _text),
        configuration=fields.take("configuration", _texts),
        status=fields.take("status", _text) or None,
        started=_moment(fields.take("started", _text)),
        completed=_moment(fields.take("completed", _text)),
        run=fields.take("run", _text),
        looks=fields.take("looks", _count),
        commit=fields.take("commit", _text),
        dirty=fields.take("dirty", _yes_no),
        planned=fields.take("planned", _count),
        epochs=fields.take("epochs", _count) or 1,
        attempts_planned=attempts[0],
        attempts_completed=attempts[1],
        limits=fields.take("limits", _texts),
        families=fields.take("families", _texts),
        scores=tuple(_score(_Fields(one, name)) for one in fields.take("scores", _list)),
        faults=tuple(sorted(set(fields.take("faults", _lines)))),
        notes=tuple(fields.take("notes", _lines)),
    )


def _score(fields: "_Fields") -> Score:
    bounds = (fields.take("lower", _number), fields.take("upper", _number))
    return Score(
        name=fields.take("name", _text),
        scorer=fields.take("scorer", _text),
        reducer=fields.take("reducer", _text),
        stated=fields.take("metrics", _stated),
        bounds=(bounds[0], bounds[1]) if bounds[0] is not None and bounds[1] is not None else None,
        unit=fields.take("unit", _text),
        outcomes=fields.take("outcomes", _outcomes),
        n=fields.take("n", _count),
        faults=tuple(sorted(set(fields.take("faults", _lines)))),
    )


def _moment(text: str) -> Moment | None:
    """The moment a tool wrote. Without an offset from UTC only its day is kept: the hour could be any of 26."""
    for tried in (text, text[:10]):
        try:
            found = parse_moment(tried)
        except ValueError:
            continue
        return found if found.day > _NEVER.day else None
    return None


class _Fields:
    """The fields of a record, taken one by one and checked; a field left out is as good as None."""

    def __init__(self, record: object, name: str) -> None:
        self.name = name
        self.record: Mapping[str, object] = record if isinstance(record, Mapping) else {}
        if not isinstance(record, Mapping):
            raise self.broken("a record")

    def take(self, key: str, check: Callable[[object], _T]) -> _T:
        """The value of a field; raises EvidenceError where it is not what was promised."""
        try:
            return check(self.record.get(key))
        except ValueError:
            raise self.broken(key) from None

    def broken(self, what: str) -> EvidenceError:
        """The error that an importer does not keep to what is agreed."""
        message = f"the importer of `{self.name}` gives something as `{what}` that cannot be used"
        remedy = "report it to whoever wrote the importer; the log was not read"
        return EvidenceError([Diagnostic(code="E310", message=message, place=None, help=remedy)])


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError
    return value[:_MAX_TEXT]


def _name(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > _MAX_TEXT:
        raise ValueError
    return value


def _names(value: object) -> tuple[str, ...]:
    names = tuple(_name(one) for one in _list(value))
    if not names:
        raise ValueError
    return names


def _lines(value: object) -> list[str]:
    return [" ".join(_name(one).split()) for one in _list(value)]


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or len(value) > _MAX_MANY:
        raise ValueError
    return list(value)


def _texts(value: object) -> dict[str, str]:
    found = {} if value is None else value
    if not isinstance(found, Mapping) or len(found) > MAX_UNITS:
        raise ValueError
    return {_name(key): _text(one) for key, one in sorted(found.items())}


def _yes_no(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise ValueError
    return value


def _count(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10**12:
        raise ValueError
    return value


def _pair(value: object) -> tuple[int | None, int | None]:
    if value is None:
        return None, None
    if not isinstance(value, tuple) or len(value) != 2:
        raise ValueError
    return _count(value[0]), _count(value[1])


def _number(value: object) -> Fraction | None:
    if value is None or isinstance(value, Fraction):
        return value
    raise ValueError


def _stated(value: object) -> dict[str, Fraction | None]:
    found = {} if value is None else value
    if not isinstance(found, Mapping) or len(found) > _MAX_MANY:
        raise ValueError
    return {_text(key): _number(one) for key, one in sorted(found.items())}


def _outcomes(value: object) -> dict[str, tuple[Attempt, ...]] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or len(value) > MAX_UNITS:
        raise ValueError
    attempts: dict[object, Attempt] = {}
    several: dict[tuple[Attempt, ...], tuple[Attempt, ...]] = {}  # most units have one of few lists: each is kept once
    found: dict[str, tuple[Attempt, ...]] = {}
    for unit, tries in value.items():
        made = tuple([attempts[one] if one in attempts else attempts.setdefault(one, _attempt(one)) for one in tries])
        found[_name(unit)] = several.setdefault(made, made)
    return found


def _attempt(one: object) -> Attempt:
    if not isinstance(one, tuple) or len(one) != 2 or one[1] not in _WHYS:
        raise ValueError
    value, why = _number(one[0]), one[1]
    if (value is None) != bool(why):
        raise ValueError
    return Attempt(value, why)
