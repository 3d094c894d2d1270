"""The tree as written: one frozen node a construct, each with its place and an identity.

Place and identity do not count in equality, so two texts that say the same give equal trees.
What is learned later (what a name means, the kind of an expression) goes into tables keyed by `id`.
"""

import bisect
import operator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from policylang.clocks import Moment
from policylang.kinds import Quantity
from policylang.source import Place, Source, Span

NO_SPAN = Span(0, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """What every node has: its place in the source of its module, and a number unique in it."""

    span: Span = field(default=NO_SPAN, compare=False, repr=False)
    id: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Name(Node):
    """A name as written; actions have dots in it (`deploy.external`)."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Text(Node):
    """A string in double quotes, unescaped."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Literal_(Node):
    """A number with its unit."""

    quantity: Quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class Date(Node):
    """A date or an instant."""

    moment: Moment


# Conditions and expressions: one family, since `(` opens either; `check` tells them apart by kind.


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference(Node):
    """`name` or `name.stage`: a measure, category, control, event, definition, parameter, level or `attempts`."""

    name: Name
    stage: Name | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arithmetic(Node):
    """`left + right`, `-`, `*` or `/`."""

    operator: Literal["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Negative(Node):
    """`- operand`."""

    operand: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison(Node):
    """`left >= right`, also of levels."""

    operator: Literal[">=", ">", "<=", "<", "=", "!="]
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class And(Node):
    """All of two or more."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Or(Node):
    """Any of two or more."""

    operands: tuple["Expression", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Not(Node):
    """The opposite."""

    operand: "Expression"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantified(Node):
    """`any category except a.post_mitigation >= high`; `count` is set for `at least N`."""

    quantifier: Literal["any", "all", "at least"]
    count: int | None
    excepted: tuple[Name, ...]
    stage: Name | None
    operator: Literal[">=", ">", "<=", "<", "=", "!="]
    level: Name


Expression = Reference | Literal_ | Arithmetic | Negative | Comparison | And | Or | Not | Quantified


# The policy header


@dataclass(frozen=True, kw_only=True, slots=True)
class Confidence(Node):
    """`confidence 95% [anytime] [across attempts]`, as a proportion."""

    level: Fraction
    anytime: bool
    across_attempts: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Extends(Node):
    """`extends "PATH" [only stricter]`."""

    path: Text
    only_stricter: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovedBy(Node):
    """`approved by ROLE on DATE`."""

    role: Name
    date: Date


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy(Node):
    """The header: `policy NAME "title" { … }`."""

    name: Name
    title: Text | None
    version: Text | None
    source: Text | None
    effective: Date | None
    force: Name | None
    confidence: Confidence | None
    extends: Extends | None
    approved: tuple[ApprovedBy, ...]


# Vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class Use(Node):
    """`use "PATH"`."""

    path: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Levels(Node):
    """A ladder, lowest first."""

    name: Name
    title: Text | None
    levels: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(Node):
    """`stage NAME "title"`."""

    name: Name
    title: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Action(Node):
    """`action a.b "title"`."""

    name: Name
    title: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Role(Node):
    """`role NAME "title"`."""

    name: Name
    title: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeName(Node):
    """A kind, `score(lo..hi)` with its bounds, or the name of a ladder."""

    name: Name
    low: Fraction | None = None
    high: Fraction | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute(Node):
    """`attribute NAME: TYPE`."""

    name: Name
    title: Text | None
    type: TypeName


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter(Node):
    """`parameter NAME: TYPE [= VALUE]`; a level is a `Name`."""

    name: Name
    title: Text | None
    type: TypeName
    value: "Literal_ | Name | None"


@dataclass(frozen=True, kw_only=True, slots=True)
class Set(Node):
    """`set NAME = VALUE`."""

    name: Name
    value: Literal_ | Name


@dataclass(frozen=True, kw_only=True, slots=True)
class Event(Node):
    """`event NAME "title"`."""

    name: Name
    title: Text | None


Duration = Literal_ | Name
"""A literal duration, or the name of a parameter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AttestedBy(Node):
    """`attested by ROLE [valid DURATION]`."""

    role: Name
    valid: Duration | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Control(Node):
    """A safeguard, optionally on a ladder."""

    name: Name
    title: Text | None
    ladder: Name | None
    attested: AttestedBy | None
    holds: Expression | None
    undefined: bool
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding(Node):
    """`from TOOL "task" [version "v"] [metric "m"]`."""

    tool: Name
    task: Text
    version: Text | None
    metric: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Need(Node):
    """`name`, `not name` or `name OP value`."""

    name: Name
    negated: bool
    operator: Literal[">=", ">", "<=", "<", "=", "!="] | None
    value: Literal_ | Text | Name | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure(Node):
    """An eval result. `score` is `mean`, `any` or `pass@K`; `outcomes` maps refusal, no_answer, error."""

    name: Name
    title: Text | None
    type: TypeName
    unstaged: bool
    bindings: tuple[Binding, ...]
    worse: Literal["higher", "lower"]
    unit: Literal["task", "family", "sample"]
    score: str
    outcomes: tuple[tuple[str, str], ...]
    registered: bool
    margin: Literal_ | Name | None
    needs: tuple[Need, ...]
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelClause(Node):
    """`LEVEL when COND` in a category."""

    level: Name
    condition: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Category(Node):
    """A tracked risk area on a ladder."""

    name: Name
    title: Text | None
    ladder: Name
    clauses: tuple[LevelClause, ...]
    assessed: Name | None
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Define(Node):
    """`define NAME as COND`."""

    name: Name
    condition: Expression
    cites: tuple[Text | Name, ...] = ()


# Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlNeed(Node):
    """`CONTROL [>= LEVEL]`."""

    control: Name
    level: Name | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RequireControls(Node):
    """`require at least COUNT of (…)`; one control is `count` 1 of 1."""

    count: int
    controls: tuple[ControlNeed, ...]
    actions: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RequireRoles(Node):
    """`require approval of 2 of (a, b, c) valid 30 days before …`; `count` is None when all are needed."""

    what: Literal["approval", "consultation"]
    count: int | None
    roles: tuple[Name, ...]
    valid: Duration | None
    actions: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forbid(Node):
    """`forbid ACTIONS`."""

    actions: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyWithin(Node):
    """`notify ROLES within DURATION [of EVENT]`."""

    roles: tuple[Name, ...]
    within: Duration
    event: Name | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyBefore(Node):
    """`notify ROLES before ACTIONS`."""

    roles: tuple[Name, ...]
    actions: tuple[Name, ...]


Effect = Forbid | RequireControls | RequireRoles | NotifyWithin | NotifyBefore


@dataclass(frozen=True, kw_only=True, slots=True)
class Interpretation(Node):
    """`interpretation NAME when COND`: one honest reading of a clause."""

    name: Name
    condition: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule(Node):
    """A rule; it fires always when it has neither condition nor interpretations."""

    name: Name
    title: Text | None
    when: Expression | None
    interpretations: tuple[Interpretation, ...]
    effects: tuple[Effect, ...]
    waivable: Name | None
    strength: Literal["must", "aim", "recommend"]
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exception_(Node):
    """`exception NAME to RULES { when COND … }`; a requirement without actions is for whatever is decided."""

    name: Name
    title: Text | None
    rules: tuple[Name, ...]
    when: Expression | None
    requirements: tuple[RequireControls | RequireRoles, ...]
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Veto(Node):
    """`ROLES may veto ACTIONS`."""

    roles: tuple[Name, ...]
    actions: tuple[Name, ...]
    cites: tuple[Text | Name, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty(Node):
    """A standing obligation; `every` (with `start`, `until`) or `within … of event`."""

    name: Name
    title: Text | None
    by: Name
    to: tuple[Name, ...]
    every: Duration | None
    start: Name | None
    until: Name | None
    within: Duration | None
    event: Name | None
    when: Expression | None
    cites: tuple[Text | Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadence(Node):
    """One alternative of `evaluate`: a factor of effective compute, a duration, or an event."""

    kind: Literal["every factor", "beyond factor", "every duration", "after event"]
    factor: Literal_ | Name | None = None
    duration: Duration | None = None
    event: Name | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluate(Node):
    """`evaluate … or …`."""

    cadences: tuple[Cadence, ...]
    cites: tuple[Text | Name, ...] = ()


# About the policy itself


@dataclass(frozen=True, kw_only=True, slots=True)
class AmendNeed(Node):
    """`approval of ROLE` or `consultation of ROLE`, for a change of the policy."""

    what: Literal["approval", "consultation"]
    role: Name


@dataclass(frozen=True, kw_only=True, slots=True)
class Amend(Node):
    """`amend when loosening requires …`."""

    direction: Literal["loosening", "tightening"]
    needs: tuple[AmendNeed, ...]
    cites: tuple[Text | Name, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim(Node):
    """`looser NAME "why"`."""

    direction: Literal["looser", "stricter", "neutral"]
    name: Name
    why: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes(Node):
    """`changes from "VERSION" { … }`."""

    version: Text
    claims: tuple[Claim, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause(Node):
    """`clause NAME "what the framework says" { cites "p. 20" }`; `not_encoded` says why nothing here encodes it."""

    name: Name
    title: Text | None
    cites: tuple[Text | Name, ...]
    not_encoded: Text | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Never(Node):
    """`never ACTION when COND`."""

    action: Name
    condition: Expression


@dataclass(frozen=True, kw_only=True, slots=True)
class Always(Node):
    """`always require CONTROL before ACTION [when COND]`."""

    control: ControlNeed
    action: Name
    condition: Expression | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Monotone(Node):
    """`monotone`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariant(Node):
    """A claim about all inputs."""

    name: Name
    claim: Never | Always | Monotone


# Tests


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenValue(Node):
    """`given measure.stage = VALUE [on DATE]`; `attempts` and `effective_compute` are of the subject."""

    target: Reference
    value: Literal_ | Name
    on: Date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenFact(Node):
    """`given KIND of SUBJECT [at LEVEL] [by ROLE] [to ROLE] [on DATE]`: a dated fact."""

    kind: Literal[
        "assessment", "attestation", "approval", "consultation", "notification", "veto", "waiver", "event", "duty"
    ]
    target: Reference
    level: Name | None
    by: Name | None
    to: Name | None
    on: Date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAll(Node):
    """`given all category [except a, b][.STAGE] at LEVEL …`: an assessment of each that has the level on its ladder."""

    excluded: tuple[Name, ...]
    stage: Name | None
    level: Name
    by: Name | None
    on: Date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenSituation(Node):
    """`given situation NAME`: all that the situation gives."""

    name: Name


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenNo(Node):
    """`given no [KIND of] SUBJECT [by ROLE]`: what was given of it is not."""

    kind: Literal[
        "", "assessment", "attestation", "approval", "consultation", "notification", "veto", "waiver", "event", "duty"
    ]
    target: Reference
    by: Name | None


Given = GivenValue | GivenFact | GivenAll | GivenSituation | GivenNo


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation(Node):
    """`situation NAME "title" { given … }`: what several tests give."""

    name: Name
    title: Text | None
    givens: tuple[Given, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectVerdict(Node):
    """`expect ACTIONS [not] VERDICT [by RULES]`."""

    actions: tuple[Name, ...]
    negated: bool
    verdict: Literal["permitted", "conditional", "undetermined", "forbidden"]
    rules: tuple[Name, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectLevel(Node):
    """`expect CATEGORY[.STAGE] at LEVEL [.. LEVEL]`."""

    target: Reference
    low: Name
    high: Name


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectDue(Node):
    """`expect RULE due DATE`."""

    rule: Name
    date: Date


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectState(Node):
    """`expect RULES [not] met|pending|overdue|possible`: the state of obligations; `not` also where none arises."""

    rules: tuple[Name, ...]
    negated: bool
    state: Literal["met", "pending", "overdue", "possible"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectAdvised(Node):
    """`expect RULES [not] advised`: rules of a weaker strength speak, or keep silent."""

    rules: tuple[Name, ...]
    negated: bool


Expect = ExpectVerdict | ExpectLevel | ExpectDue | ExpectState | ExpectAdvised


@dataclass(frozen=True, kw_only=True, slots=True)
class Case(Node):
    """`case "title" { given … expect … }`: one line of a test, on top of what the whole test gives and expects."""

    title: Text
    as_of: Date | None
    givens: tuple[Given, ...]
    expects: tuple[Expect, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Test(Node):
    """`test "title" { as of DATE given … expect … case … }`."""

    title: Text
    as_of: Date | None
    givens: tuple[Given, ...]
    expects: tuple[Expect, ...]
    cases: tuple[Case, ...]


Item = (
    Policy
    | Use
    | Levels
    | Stage
    | Action
    | Role
    | Attribute
    | Parameter
    | Set
    | Event
    | Control
    | Measure
    | Category
    | Define
    | Rule
    | Exception_
    | Veto
    | Duty
    | Evaluate
    | Amend
    | Changes
    | Clause
    | Invariant
    | Situation
    | Test
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """A comment, from its `#` to the end of its line."""

    span: Span
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """One file as written: its items in order, and its comments."""

    source: Source = field(compare=False)
    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
    moved: tuple[tuple[int, int], ...] = field(default=(), compare=False, repr=False)
    """In an editor: how far the nodes with identities after a number have moved since they were parsed, by number."""

    def place(self, node: Node) -> Place:
        """Where a node of this file stands."""
        at = bisect.bisect_left(self.moved, node.id, key=operator.itemgetter(0)) - 1
        by = self.moved[at][1] if at >= 0 else 0
        return Place(self.source, Span(node.span.start + by, node.span.end + by) if by else node.span)
