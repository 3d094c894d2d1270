"""What a decision is: a verdict for every action, each with its reasons, and everything around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from policylang.clocks import Moment
from policylang.decide.standing import Rejected
from policylang.evidence.facts import Subject
from policylang.evidence.qualify import Weighed
from policylang.graph.nodes import Graph, Requirement


class Verdict(StrEnum):
    """From the mildest to the strictest."""

    PERMITTED = "permitted"
    CONDITIONAL = "conditional"
    UNDETERMINED = "undetermined"
    FORBIDDEN = "forbidden"

    @property
    def rank(self) -> int:
        """0 for permitted to 3 for forbidden."""
        return list(Verdict).index(self)


Fires = Literal["definitely", "possibly"]
State = Literal["met", "pending", "overdue", "possible"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Because:
    """One thing that makes a condition so, in the policy's words, and what makes that so in turn.

    For a comparison of measures: the interval it was judged on (`hi` None: no end), and the readings that count.
    """

    text: str
    state: Fires
    parts: tuple["Because", ...] = ()
    lo: Fraction | None = None
    hi: Fraction | None = None
    readings: tuple[Weighed, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A rule that bears on an action: what it does, how surely it fires, and why."""

    rule: str
    effect: Literal["forbid", "require", "notify", "veto"]
    fires: Fires
    waived: bool
    because: tuple[Because, ...]
    requirement: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outstanding:
    """A requirement that is not met, and what it still needs."""

    rule: str
    requirement: Requirement
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionDecision:
    """The verdict on one action."""

    action: str
    verdict: Verdict
    covered: bool
    reasons: tuple[Reason, ...]
    outstanding: tuple[Outstanding, ...]
    remedy: tuple[str, ...]
    excepted: tuple[tuple[str, str], ...]  # rule, exception


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where a category stands at a stage: two ranks of its ladder, and why."""

    at_least: int
    at_most: int
    because: tuple[Because, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Obligation:
    """Somebody is to be told or to do something, by when, and whether that happened."""

    rule: str
    kind: Literal["notify", "duty"]
    by: str
    to: str
    start: Moment | None
    due: Moment | None
    state: State
    done: Moment | None
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Advisory:
    """A rule that only advises, and fires."""

    rule: str
    strength: str
    fires: Fires
    because: tuple[Because, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """Evidence that is not there or not sharp enough, and the actions whose verdict it would settle."""

    what: Literal["measure", "category", "attempts", "parameter"]
    name: str
    stage: str | None
    why: str
    would_settle: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A policy decided on evidence at a moment."""

    graph: Graph
    subject: Subject
    as_of: Moment
    scorecard: Mapping[tuple[str, str | None], Placed]
    actions: Mapping[str, ActionDecision]
    obligations: tuple[Obligation, ...]
    advisories: tuple[Advisory, ...]
    missing: tuple[Missing, ...]
    readings: tuple[Weighed, ...]
    rejected: tuple[Rejected, ...]
