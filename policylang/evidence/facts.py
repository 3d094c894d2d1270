"""What evidence is once it is read: readings and dated facts, each with the place it came from.

Nothing here knows a policy: names are text, and a quantity still carries the unit it was written in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal

from policylang.clocks import Moment
from policylang.kinds import Quantity
from policylang.source import Place, Source

FactKind = Literal[
    "assessment", "attestation", "approval", "consultation", "notification", "event", "duty", "veto", "waiver"
]
Basis = Literal["measured", "forecast", "precautionary", "inherited", "ruled_out"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is judged: a model, its weights, the safeguards around it, and how far it has come."""

    model: str
    revision: str | None = None
    configuration: str | None = None
    attempt: int | None = None
    effective_compute: Fraction | None = None  # in FLOP


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One result of one run for one measure and stage.

    It gives counts (`successes` of `n` planned units, `scored` of them judged), or `units` (an outcome in [0, 1] for
    each unit, by unit id), or a `value`, or an `interval` of its own. `attributes` are text as written (`yes` and `no`
    for booleans).
    """

    measure: str
    stage: str | None = None
    n: int | None = None
    scored: int | None = None
    successes: int | None = None
    refused: int | None = None
    no_answer: int | None = None
    errored: int | None = None
    units: Mapping[str, Fraction] | None = None
    value: Quantity | bool | None = None
    interval: tuple[Quantity, Quantity] | None = None
    at: Moment | None = None
    effective_compute: Fraction | None = None  # in FLOP, of the model that was measured
    attributes: Mapping[str, str]
    status: str | None = None
    run: str | None = None
    looks: int | None = None  # how often its results were looked at, by whoever could have ended it then
    evaluator: str | None = None
    source: str | None = None
    revision: str | None = None
    configuration: str | None = None
    attempt: int | None = None
    faults: tuple[str, ...] = ()  # of the log it was read from: what keeps it from counting as evidence of safety
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """A dated fact by a role, optionally by named persons, optionally with an expiry.

    `about` is what it is about: the category assessed, the control attested, the action approved, consulted on or
    vetoed, the rule waived or notified of, the event, the duty.
    """

    kind: FactKind
    about: str
    at: Moment
    by: str | None = None
    persons: tuple[str, ...] = ()
    to: str | None = None
    stage: str | None = None
    level: str | None = None
    basis: Basis | None = None
    expires: Moment | None = None
    actions: tuple[str, ...] = ()  # of a waiver: only for these
    reason: str | None = None
    source: str | None = None
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What a log cannot know, and whoever gives it states; `models` are the names of the subject's model."""

    stage: str | None = None
    models: tuple[str, ...] = ()
    revision: str | None = None
    configuration: str | None = None
    attempt: int | None = None
    effective_compute: Fraction | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A run that somebody registered before it began: what it is to measure, of which subject, on how many units."""

    run: str
    measure: str
    at: Moment
    stage: str | None = None
    n: int | None = None
    by: str | None = None
    revision: str | None = None
    configuration: str | None = None
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Everything known about one subject, merged from any number of files.

    `register` has the runs that were registered, None where no register was given.
    """

    subject: Subject
    readings: tuple[Reading, ...] = ()
    facts: tuple[Fact, ...] = ()
    register: tuple[Intent, ...] | None = None
    holidays: frozenset[date] = frozenset()
    sources: tuple[Source, ...] = ()
