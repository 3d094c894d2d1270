"""The decision graph: everything a policy means, without its syntax.

`nodes` hold conditions; an index stands for a node, and a node's parts always have smaller indices, so the tuple is in
topological order. Equal conditions are one node. Around them stand the declarations: what inputs there are, which
condition reaches which level, what a rule needs and does. Everything that gives a verdict reads this, and nothing else.
"""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from policylang.kinds import Kind, Quantity

if TYPE_CHECKING:
    from policylang.graph.shares import Share


@dataclass(frozen=True, kw_only=True, slots=True)
class Where:
    """Where a declaration stands: file, line (from 1), and offsets."""

    file: str
    line: int
    start: int
    end: int


# Inputs: what is not known when the policy is compiled


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """A measure at a stage, `attempts`, or a parameter without a value."""

    of: Literal["measure", "attempts", "parameter"]
    name: str
    stage: str | None
    low: Fraction
    high: Fraction | None  # None: no greatest value
    text: str


# Conditions


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """Always so, or never."""

    value: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """`sum of factor * input >= bound`, or `>` when strict.

    One factor alone is 1; several are whole numbers without a common divisor, signed so that the bound is not below 0,
    and at a bound of 0 so that the first is above it.
    """

    terms: tuple[tuple[int, Fraction], ...]  # indices into `inputs`
    strict: bool
    bound: Fraction
    kind: Kind | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """An event is recorded."""

    event: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attested:
    """A control is attested, at a level (a rank on its ladder) or above where one is asked for."""

    control: str
    level: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessed:
    """A category is assessed at a level (a rank) or above; `alone` when no condition stands beside the assessment."""

    category: str
    stage: str | None
    level: int
    alone: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Unspecified:
    """A condition on a parameter that holds a level and has none."""

    parameter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AllOf:
    """Every part."""

    parts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyOf:
    """Some part."""

    parts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AtLeast:
    """`count` parts or more."""

    count: int
    parts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opposite:
    """Not the part."""

    part: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Disputed:
    """A clause that can be read in several ways: definite when every reading is, possible when any is."""

    names: tuple[str, ...]
    parts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """A category is at a level (a rank) or above at a stage; a name for its part."""

    category: str
    stage: str | None
    level: int
    part: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Holds:
    """A control holds, at a level or above where one is asked for; a name for its part."""

    control: str
    level: int | None
    part: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Defined:
    """A named condition; a name for its part."""

    name: str
    part: int


Node = (
    Constant
    | Threshold
    | Happened
    | Attested
    | Assessed
    | Unspecified
    | AllOf
    | AnyOf
    | AtLeast
    | Opposite
    | Disputed
    | Reached
    | Holds
    | Defined
)


# Declarations


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A duration, or the parameter that should hold one and does not (`quantity` None)."""

    quantity: Quantity | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """What the policy says about itself."""

    name: str
    title: str
    version: str
    source: str
    effective: str
    force: str
    confidence: Fraction | None
    anytime: bool
    across_attempts: bool
    approved: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A stage, action, role or event: a name and what it stands for."""

    name: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    """A property of readings: its kind, or its ladder (lowest level first)."""

    name: str
    title: str
    kind: str
    ladder: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A named constant: its type and value as text; the value is empty while it has none."""

    name: str
    title: str
    kind: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A safeguard; `ladder` is empty for one that holds or not."""

    name: str
    title: str
    ladder: tuple[str, ...]
    attested: str  # the role; empty when nobody attests it
    valid: Period | None
    holds: int | None
    undefined: bool
    cites: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What a reading must satisfy: `of` is a built-in property or an attribute, compared by number, rank or word."""

    of: str
    kind: str  # a Kind, or "ladder"
    ladder: tuple[str, ...]
    operator: Literal["is", "is not", ">=", ">", "<=", "<", "=", "!="]
    number: Fraction | None
    rank: int | None
    word: str
    period: Period | None
    unspecified: str  # the parameter without value, if any
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """The eval that feeds a measure."""

    tool: str
    task: str
    version: str
    metric: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """An eval result and what its readings must satisfy."""

    name: str
    title: str
    kind: Kind
    low: Fraction
    high: Fraction | None
    worse: Literal["higher", "lower"]
    stages: tuple[str | None, ...]
    bindings: tuple[Binding, ...]
    unit: str
    score: str
    outcomes: tuple[tuple[str, str], ...]
    registered: bool
    margin: Fraction | None
    margin_unspecified: str
    needs: tuple[Need, ...]
    cites: tuple[str, ...]
    where: Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Category:
    """A risk area; `reached` has for each stage the nodes `level 1 or above`, `level 2 or above`, and so on."""

    name: str
    title: str
    ladder_name: str
    ladder: tuple[str, ...]
    assessed: str  # the role; empty when nobody assesses it
    measured: bool  # whether conditions raise it
    reached: tuple[tuple[str | None, tuple[int, ...]], ...]
    clauses: tuple[tuple[int, str | None, int], ...]  # rank, stage, node
    cites: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A named condition."""

    name: str
    part: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """`count` of `members` (controls with nodes, or roles) before `actions` (leaves; none in an exception: any)."""

    what: Literal["control", "approval", "consultation", "notification"]
    count: int
    members: tuple[str, ...]
    nodes: tuple[int, ...]
    valid: Period | None
    actions: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """`notify roles within … [of event]`."""

    roles: tuple[str, ...]
    within: Period
    event: str  # empty: from when the rule first fired


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule: its condition, what it forbids and requires of which leaf actions, whom it wants told."""

    name: str
    title: str
    strength: Literal["must", "aim", "recommend"]
    waivable: str
    body: int
    forbids: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    notices: tuple[Notice, ...]
    rests_on: tuple[str, ...]  # `category NAME.STAGE` and `control NAME` that its verdict rests on
    cites: tuple[str, ...]
    where: Where

    @functools.cached_property
    def covers(self) -> frozenset[str]:
        """The leaf actions it has an effect on."""
        return frozenset({*self.forbids, *(a for r in self.requirements for a in r.actions)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemption:
    """An exception to rules: while its condition definitely holds and its requirements are met they do not apply."""

    name: str
    title: str
    rules: tuple[str, ...]
    body: int
    requirements: tuple[Requirement, ...]
    rests_on: tuple[str, ...]
    cites: tuple[str, ...]
    where: Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Veto:
    """Roles that may veto leaf actions."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """A standing obligation: recurring, or within a time of an event."""

    name: str
    title: str
    by: str
    to: tuple[str, ...]
    every: Period | None
    start: str
    until: str
    within: Period | None
    event: str
    body: int
    cites: tuple[str, ...]
    where: Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence:
    """When readings go stale: past a factor of compute (at it too, unless strict), a time, or an event."""

    factor: Fraction | None
    strict: bool
    period: Period | None
    event: str
    unspecified: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Amendment:
    """What a change of the policy itself needs."""

    direction: Literal["loosening", "tightening"]
    needs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One claim of the changelog."""

    since: str
    direction: str
    name: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariant:
    """A claim about all inputs: never these actions when the node; always this control; or monotone."""

    name: str
    claim: Literal["never", "always", "monotone"]
    actions: tuple[str, ...]
    control: int | None
    body: int | None
    where: Where


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A compiled policy."""

    header: Header
    ladders: tuple[tuple[str, tuple[str, ...]], ...]
    stages: tuple[Term, ...]
    actions: tuple[Term, ...]  # leaves
    groups: tuple[tuple[str, tuple[str, ...]], ...]  # each name that covers leaves, and the leaves
    roles: tuple[Term, ...]
    events: tuple[Term, ...]
    attributes: tuple[Attribute, ...]
    parameters: tuple[Parameter, ...]
    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    controls: tuple[Control, ...]
    measures: tuple[Measure, ...]
    categories: tuple[Category, ...]
    definitions: tuple[Definition, ...]
    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]
    vetoes: tuple[Veto, ...]
    duties: tuple[Duty, ...]
    cadences: tuple[Cadence, ...]
    amendments: tuple[Amendment, ...]
    changes: tuple[Change, ...]
    invariants: tuple[Invariant, ...]
    digest: str = ""

    @functools.cached_property
    def leaves(self) -> Mapping[str, tuple[str, ...]]:
        """The leaf actions each name covers."""
        return dict(self.groups)

    @functools.cached_property
    def measure(self) -> Mapping[str, Measure]:
        """Measures by name."""
        return {item.name: item for item in self.measures}

    @functools.cached_property
    def category(self) -> Mapping[str, Category]:
        """Categories by name."""
        return {item.name: item for item in self.categories}

    @functools.cached_property
    def control(self) -> Mapping[str, Control]:
        """Controls by name."""
        return {item.name: item for item in self.controls}

    @functools.cached_property
    def rule(self) -> Mapping[str, Rule]:
        """Rules by name."""
        return {item.name: item for item in self.rules}

    @functools.cached_property
    def duty(self) -> Mapping[str, Duty]:
        """Duties by name."""
        return {item.name: item for item in self.duties}

    @functools.cached_property
    def shares(self) -> "Mapping[tuple[str, str | None], Share]":
        """How the error budget is split, by measure and stage; one that is not there has the whole of it."""
        from policylang.graph.shares import shares  # a policy without confidence needs none

        return shares(self)

    @functools.cached_property
    def example(self) -> "Graph":
        """The same policy asking no more of a reading than its result: what a test gives is exact, and qualifies."""
        measures = tuple(dataclasses.replace(measure, needs=(), registered=False) for measure in self.measures)
        header = dataclasses.replace(self.header, confidence=None, anytime=False, across_attempts=False)
        return dataclasses.replace(self, header=header, measures=measures, cadences=())

    @functools.cached_property
    def attribute(self) -> Mapping[str, Attribute]:
        """Attributes by name."""
        return {item.name: item for item in self.attributes}


def parts_of(node: Node) -> tuple[int, ...]:
    """The indices of the nodes a node is made of."""
    match node:
        case AllOf(parts=parts) | AnyOf(parts=parts) | AtLeast(parts=parts) | Disputed(parts=parts):
            return parts
        case Opposite(part=part) | Reached(part=part) | Holds(part=part) | Defined(part=part):
            return (part,)
        case _:
            return ()
