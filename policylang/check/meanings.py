"""What conditions mean: the linear forms, comparisons and names that the decision graph is written from."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from policylang import syntax
from policylang.kinds import Kind, Operator, Unit, value_text

HERE = "*"
"""The stage being judged, inside a category."""

NUMERIC = (Kind.RATE, Kind.SCORE, Kind.COUNT, Kind.DURATION, Kind.FACTOR, Kind.COMPUTE)

TURNED: dict[Operator, Operator] = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "=", "!=": "!="}
"""The comparison that holds after both sides have changed sign, or places."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A value that is not known when the policy is compiled: a measure at a stage, `attempts`, an open parameter."""

    kind: Literal["measure", "attempts", "parameter"]
    name: str
    stage: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Linear:
    """A sum of atoms with factors, and a constant; `kind` is None for a plain number."""

    kind: Kind | None
    terms: Mapping[Atom, Fraction]
    constant: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """`sum of terms OPERATOR bound`."""

    terms: Mapping[Atom, Fraction]
    operator: Operator
    bound: Fraction
    kind: Kind | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelCompared:
    """A category at a stage, or a control, against a level of its ladder (None: an open parameter holds the level)."""

    of: Literal["category", "control"]
    name: str
    stage: str | None
    operator: Operator
    level: int | None
    parameter: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """A name that is true or false by itself: a finding, an event, a control, a definition."""

    of: Literal["measure", "event", "control", "definition"]
    name: str
    stage: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OverCategories:
    """What a quantifier ranges over: each category with the level that is meant on its ladder."""

    comparisons: tuple[LevelCompared, ...]


Meaning = Compared | LevelCompared | Truth | OverCategories


def article(word: str) -> str:
    """A word for a kind of thing or value, with its article."""
    if word in ("compute", "yes_no"):
        return "an amount of compute" if word == "compute" else "yes or no"
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def within(name: str, kind: Kind | None, low: Fraction, high: Fraction | None) -> str:
    """What values a name can have, in words."""
    if high is None:
        return f"`{name}` is at least `{value_text(low, kind)}`"
    return f"`{name}` lies between `{value_text(low, kind)}` and `{value_text(high, kind)}`"


def domain_of(declared: syntax.TypeName) -> tuple[Fraction, Fraction | None]:
    """The least and greatest value of a numeric type."""
    match declared.name.text:
        case Kind.RATE:
            return Fraction(0), Fraction(1)
        case Kind.SCORE:
            return declared.low or Fraction(0), declared.high if declared.high is not None else Fraction(1)
        case _:
            return Fraction(0), None


def kind_of(unit: Unit) -> Kind | None:
    """The kind a literal has by its unit."""
    match unit:
        case Unit.NONE:
            return None
        case Unit.PERCENT:
            return Kind.RATE
        case Unit.FACTOR:
            return Kind.FACTOR
        case Unit.FLOP:
            return Kind.COMPUTE
        case _:
            return Kind.DURATION


WRITTEN = {
    Kind.RATE: "20%",
    Kind.SCORE: "20",
    Kind.COUNT: "20",
    Kind.DURATION: "20 days",
    Kind.FACTOR: "2x",
    Kind.COMPUTE: "1e26 FLOP",
}
"""A value of each kind, as it is written."""


def no_levels(name: str) -> tuple[str, str]:
    """What is wrong with a level that is asked of a control without levels, and what to do."""
    mend = f"write `{name}` alone, or declare it on a ladder: `control {name}: LADDER`"
    return f"`{name}` has no levels: it holds or it does not", mend
