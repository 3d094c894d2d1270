"""What a revision changed, as data: each change with its direction, where it holds and evidence that shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from policylang.graph.nodes import Where


class Direction(StrEnum):
    """Which way a change goes. What could not be decided counts as looser wherever one asks."""

    LOOSER = "looser"
    STRICTER = "stricter"
    MIXED = "mixed"
    NEUTRAL = "neutral"
    UNKNOWN = "unknown"

    @property
    def loosens(self) -> bool:
        """Whether it may have loosened anything."""
        return self in (Direction.LOOSER, Direction.MIXED, Direction.UNKNOWN)

    @property
    def tightens(self) -> bool:
        """Whether it may have tightened anything."""
        return self in (Direction.STRICTER, Direction.MIXED, Direction.UNKNOWN)


class Layer(StrEnum):
    """What a change is about.

    `thresholds`: which measurements reach which level; `rules`: what follows from levels, measurements and facts;
    `evidence`: what a reading or an attestation must satisfy to count; `governance`: who may change the policy and what
    it says of itself; `names`: what things are called, which changes no meaning.
    """

    THRESHOLDS = "thresholds"
    RULES = "rules"
    EVIDENCE = "evidence"
    GOVERNANCE = "governance"
    NAMES = "names"


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """What changed: the kind of declaration (`rule`, `measure`, …) and its name, as the new policy has it."""

    kind: str
    name: str
    old_name: str = ""  # where the revision renamed it
    title: str = ""
    cites: tuple[str, ...] = ()
    old: Where | None = None
    new: Where | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What both revisions say about one thing on the same evidence: of an action, or a category at a stage."""

    of: str  # `deploy.external`, `cybersecurity.post_mitigation`
    old: str  # `forbidden`, `high`
    new: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Witness:
    """Evidence that shows a change, decided under both revisions by the decider.

    `given` has it line by line as a test writes it; `evidence` is the same as a file of evidence, under the names of
    the new policy (`old_evidence` under those of the old one where they differ), empty where no file can say it;
    `test` is a test block that passes under the old revision and fails under the new one, empty where none can say it.
    """

    given: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    evidence: str = ""
    old_evidence: str = ""
    test: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of meaning.

    `region` has the conditions under which it holds, alternatives one by one in the policy's words; empty: always.
    `more` counts alternatives beyond those. `share` is how much of the input space (or of the stated distribution)
    changes verdict by it, None where that was not worked out. `visible` is False when no evidence shows it in any
    verdict or level, since other rules say the same or nothing reaches it.
    """

    direction: Direction
    layer: Layer
    clause: Clause
    sentence: str
    was: str = ""
    now: str = ""
    region: tuple[str, ...] = ()
    more: int = 0
    witness: Witness | None = None
    share: Fraction | None = None
    visible: bool | None = None
    about: str = ""
    why_unknown: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How the verdict on an action moved, all changes taken together.

    `share` has, of all inputs, how many have a weaker verdict and how many a stricter; None where it was not worked
    out. `furthest` is the greatest weakening that some evidence shows, as (old verdict, new verdict).
    """

    action: str
    direction: Direction
    looser_share: Fraction | None = None
    stricter_share: Fraction | None = None
    furthest: tuple[str, str] | None = None
    witness: Witness | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """One of the two policies that were compared."""

    name: str
    title: str
    version: str
    digest: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Everything that a revision changed, the gravest first."""

    old: Revision
    new: Revision
    changes: tuple[Change, ...]
    shifts: tuple[Shift, ...]
    measure: str = "all exact scores and facts, each equally likely"  # what shares are shares of

    @property
    def direction(self) -> Direction:
        """The direction of all changes together."""
        return joined(change.direction for change in self.changes)

    def count(self, direction: Direction) -> int:
        """How many changes go one way."""
        return sum(change.direction is direction for change in self.changes)


def joined(directions: Iterable[Direction]) -> Direction:
    """The direction of several changes together: looser and stricter make mixed, and doubt stays doubt."""
    found = set(directions) - {Direction.NEUTRAL}
    if Direction.UNKNOWN in found:
        return Direction.UNKNOWN
    if len(found) > 1 or Direction.MIXED in found:
        return Direction.MIXED
    return found.pop() if found else Direction.NEUTRAL
