"""What random policies are drafted from: words, numbers, what one may contain, and the draft itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

GRIDS = {
    "rate": ("0%", "5%", "10%", "12.5%", "0.2", "20%", "50%", "60%", "99%", "100%"),
    "score": ("0", "1", "2.5", "5", "8"),
    "count": ("0", "1", "3", "5", "12"),
    "duration": ("30 minutes", "1 hour", "90 minutes", "2 hours", "1 day", "1 week"),
    "factor": ("1x", "1.5x", "2", "4x"),
    "compute": ("1e24 FLOP", "1e25 FLOP", "2.5e25 FLOP", "1e26 FLOP"),
}
MARGINS = {
    "rate": ("5%", "0.1"),
    "score": ("1", "0.5"),
    "count": ("1", "2"),
    "duration": ("30 minutes", "1 hour"),
    "factor": ("0.5x", "1"),
    "compute": ("1e24 FLOP",),
}
SCORE_BOUNDS = ("(0..10)", "(-5..8)", "(0..8)")
PERIODS = ("36 hours", "10 days", "3 weeks", "1 month", "6 months", "10 business days", "1 year", "90 days")
DELAYS = ("24 hours", "30 minutes", "1 day", "3 business days", "2 weeks", "1 month", "15 days")
RISKS = ("low", "medium", "high", "critical")
GUARDS = ("sl1", "sl2", "sl3")
EFFORTS = ("none", "prompted", "tuned")
ALARMS = ("quiet", "raised")
STAGES = ("before", "after", "forecast")
ACTIONS = ("deploy.external", "deploy.internal", "deploy.partner.small", "develop.big", "develop.safe", "share")
ROLES = ("board", "lead", "panel", "guardian")
WORSE_OPERATORS = {"higher": (">=", ">"), "lower": ("<=", "<")}
OPPOSITE_SIDE = {"higher": "lower", "lower": "higher"}
OPERATORS = (">=", ">=", ">=", ">", "<", "<=", "=", "!=")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What random policies may contain."""

    monotone: bool = False  # no worse score ever loosens a verdict
    confidence: float = 0.0  # how often a policy states one
    exceptions: bool = True
    repeats: bool = True  # a measure twice in one comparison
    mixed_ladders: bool = True  # categories on a second ladder, which quantifiers must then except


ANY = Shape()


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One declaration, as it is and in the exact form of the policy."""

    text: str
    exact: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A random policy."""

    header: Piece
    pieces: tuple[Piece, ...]

    def text(self, *, exact: bool = False, order: random.Random | None = None) -> str:
        """The policy as text, in its exact form or not, in the order drafted or another."""
        pieces = list(self.pieces)
        if order is not None:
            order.shuffle(pieces)
        return "\n".join((p.exact if exact else p.text) for p in (self.header, *pieces)) + "\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gauge:
    """A measure in the making."""

    name: str
    kind: str
    worse: str
    unstaged: bool


@dataclass(kw_only=True, slots=True)
class Vocabulary:
    """What a policy has declared so far, for its later declarations to name."""

    rng: random.Random
    shape: Shape
    stages: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    parameters: dict[str, list[str]] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    measures: list[Gauge] = field(default_factory=list)
    controls: dict[str, bool] = field(default_factory=dict)  # whether it is on the ladder of guards
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)  # its ladder
    facts: list[str] = field(default_factory=list)  # definitions over measures and events: usable everywhere
    states: list[str] = field(default_factory=list)  # definitions over levels and controls: usable in rules
    rules: dict[str, bool] = field(default_factory=dict)  # whether it is binding
    pieces: list[Piece] = field(default_factory=list)

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.rng.random() < probability

    def some(self, options: Sequence[str], most: int) -> list[str]:
        """One to `most` of the options, in order."""
        count = self.rng.randint(1, min(most, len(options)))
        return sorted(self.rng.sample(list(options), count), key=list(options).index)

    def add(self, text: str, exact: str | None = None) -> None:
        """One more declaration."""
        self.pieces.append(Piece(text=text, exact=text if exact is None else exact))

    def period(self, options: Sequence[str] = PERIODS) -> str:
        """A duration, or a parameter that stands for one."""
        named = self.parameters.get("duration", [])
        return self.rng.choice(named) if named and self.chance(0.2) else self.rng.choice(options)

    def title(self) -> str:
        """Sometimes a title."""
        return ' "in words: \\"quoted\\", 100 % #1"' if self.chance(0.15) else ""

    def actions(self) -> str:
        """Some actions, leaves or above."""
        above = [leaf.rsplit(".", 1)[0] for leaf in self.leaves]
        return ", ".join(self.some(sorted({*self.leaves, *above}), 2))
