"""Nodes of declarations: one function a grammar rule, named like it; `c` holds every token and part of the rule."""

from fractions import Fraction
from typing import Any

from policylang import syntax
from policylang.kinds import Quantity
from policylang.parse.build import (
    MAX_NAME,
    Build,
    Field,
    Fields,
    cited,
    literal,
    maybe_name,
    maybe_text,
    moment,
    name,
    span,
    text,
)

Parts = list[Any]

MAX_TRIES = 4
"""Digits of K in `pass@K`."""


def start(b: Build, c: Parts) -> None:
    """A file: its items are kept already."""


def item(b: Build, c: Parts) -> None:
    """An item is whole: keep it, also when a later one is broken."""
    b.items.append(c[0])


def policy(b: Build, c: Parts) -> syntax.Policy:
    """The header."""
    fields = Fields(b, c)
    return syntax.Policy(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        title=maybe_text(b, c[2]),
        version=fields.one("version"),
        source=fields.one("source"),
        effective=fields.one("effective"),
        force=fields.one("force"),
        confidence=fields.one("confidence"),
        extends=fields.one("extends"),
        approved=fields.many("approved"),
    )


def version(b: Build, c: Parts) -> Field:
    """`version "1"`."""
    return Field(key="version", value=text(b, c[1]), span=span(c))


def source_text(b: Build, c: Parts) -> Field:
    """`source "where the prose is"`."""
    return Field(key="source", value=text(b, c[1]), span=span(c))


def effective(b: Build, c: Parts) -> Field:
    """`effective 2026-01-01`."""
    return Field(key="effective", value=moment(b, c[1]), span=span(c))


def force(b: Build, c: Parts) -> Field:
    """`force legal`."""
    return Field(key="force", value=name(b, c[1]), span=span(c))


def confidence(b: Build, c: Parts) -> Field:
    """`confidence 95% anytime across attempts`."""
    level = literal(b, [c[1]]).quantity.value
    if not Fraction(1, 2) <= level < 1:
        b.fault("P108", span([c[1]]), f"`{c[1]}` is not between 50 % and 100 %", "write for instance `confidence 95%`")
        level = Fraction(1, 2)
    words = {token.type for token in c[2:] if token is not None}
    node = syntax.Confidence(
        span=span(c), id=b.id(), level=level, anytime="ANYTIME" in words, across_attempts="ACROSS" in words
    )
    return Field(key="confidence", value=node, span=node.span)


def extends(b: Build, c: Parts) -> Field:
    """`extends "PATH" only stricter`."""
    node = syntax.Extends(span=span(c), id=b.id(), path=text(b, c[1]), only_stricter=c[-1] == "stricter")
    return Field(key="extends", value=node, span=node.span)


def approved(b: Build, c: Parts) -> Field:
    """`approved by board on 2026-01-01`."""
    node = syntax.ApprovedBy(span=span(c), id=b.id(), role=name(b, c[2]), date=moment(b, c[4]))
    return Field(key="approved", value=node, span=node.span)


def use(b: Build, c: Parts) -> syntax.Use:
    """`use "PATH"`."""
    return syntax.Use(span=span(c), id=b.id(), path=text(b, c[1]))


def levels(b: Build, c: Parts) -> syntax.Levels:
    """A ladder."""
    steps = tuple(name(b, token) for token in c[4::2])
    return syntax.Levels(span=span(c), id=b.id(), name=name(b, c[1]), title=maybe_text(b, c[2]), levels=steps)


def stage(b: Build, c: Parts) -> syntax.Stage:
    """`stage NAME "title"`."""
    return syntax.Stage(span=span(c), id=b.id(), name=name(b, c[1]), title=maybe_text(b, c[2]))


def role(b: Build, c: Parts) -> syntax.Role:
    """`role NAME "title"`."""
    return syntax.Role(span=span(c), id=b.id(), name=name(b, c[1]), title=maybe_text(b, c[2]))


def event(b: Build, c: Parts) -> syntax.Event:
    """`event NAME "title"`."""
    return syntax.Event(span=span(c), id=b.id(), name=name(b, c[1]), title=maybe_text(b, c[2]))


def action(b: Build, c: Parts) -> syntax.Action:
    """`action a.b "title"`."""
    return syntax.Action(span=span(c), id=b.id(), name=c[1], title=maybe_text(b, c[2]))


def attribute(b: Build, c: Parts) -> syntax.Attribute:
    """`attribute NAME: TYPE`."""
    return syntax.Attribute(span=span(c), id=b.id(), name=name(b, c[1]), type=c[3], title=maybe_text(b, c[4]))


def parameter(b: Build, c: Parts) -> syntax.Parameter:
    """`parameter NAME: TYPE = VALUE`."""
    return syntax.Parameter(
        span=span(c), id=b.id(), name=name(b, c[1]), type=c[3], value=c[5], title=maybe_text(b, c[6])
    )


def set_parameter(b: Build, c: Parts) -> syntax.Set:
    """`set NAME = VALUE`."""
    return syntax.Set(span=span(c), id=b.id(), name=name(b, c[1]), value=c[3])


def type_name(b: Build, c: Parts) -> syntax.TypeName:
    """`rate`, `score(0..10)`, or a ladder."""
    return syntax.TypeName(span=span(c), id=b.id(), name=name(b, c[0]), low=c[2], high=c[4])


def bound(b: Build, c: Parts) -> Fraction:
    """One end of a score's range."""
    number = literal(b, [c[1]]).quantity.number
    return -number if c[0] == "-" else number


def value(b: Build, c: Parts) -> syntax.Literal_ | syntax.Name:
    """A literal, or a name: a level, a parameter, `yes` or `no`."""
    return c[0] if isinstance(c[0], syntax.Literal_) else name(b, c[0])


def signed_quantity(b: Build, c: Parts) -> syntax.Literal_:
    """A number with an optional sign."""
    node: syntax.Literal_ = c[1]
    if c[0] != "-":
        return node
    negated = Quantity(-node.quantity.number, node.quantity.unit)
    return syntax.Literal_(span=span(c), id=b.id(), quantity=negated)


def quantity(b: Build, c: Parts) -> syntax.Literal_:
    """A number with its unit."""
    return literal(b, c)


def duration(b: Build, c: Parts) -> syntax.Duration:
    """A duration, or the name of a parameter that holds one."""
    return name(b, c[0]) if len(c) == 1 else literal(b, c)


def path(b: Build, c: Parts) -> syntax.Name:
    """A name with dots."""
    parts = [name(b, token) for token in c[::2]]
    whole = syntax.Name(span=span(c), id=b.id(), text=".".join(part.text for part in parts))
    if len(parts) > 1 and len(whole.text) > MAX_NAME:
        message = f"a name may have {MAX_NAME} characters, this one has {len(whole.text)} with its dots"
        b.fault("P109", whole.span, message, "shorten it")
    return whole


def paths(b: Build, c: Parts) -> tuple[syntax.Name, ...]:
    """Names with dots, after commas."""
    return tuple(c[::2])


def names(b: Build, c: Parts) -> tuple[syntax.Name, ...]:
    """Names after commas."""
    return tuple(name(b, token) for token in c[::2])


def control(b: Build, c: Parts) -> syntax.Control:
    """A safeguard."""
    fields = Fields(b, c)
    return syntax.Control(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        ladder=maybe_name(b, c[3]),
        title=maybe_text(b, c[4]),
        attested=fields.one("attested"),
        holds=fields.one("holds"),
        undefined=fields.one("undefined") is not None,
        cites=fields.joined("cites"),
    )


def attested(b: Build, c: Parts) -> Field:
    """`attested by ROLE valid DURATION`."""
    node = syntax.AttestedBy(span=span(c), id=b.id(), role=name(b, c[2]), valid=c[4])
    return Field(key="attested", value=node, span=node.span)


def holds(b: Build, c: Parts) -> Field:
    """`holds when COND`."""
    return Field(key="holds", value=c[2], span=span(c))


def undefined(b: Build, c: Parts) -> Field:
    """`undefined`."""
    return Field(key="undefined", value=True, span=span(c))


def cites(b: Build, c: Parts) -> Field:
    """`cites "p. 20", OB_1`: texts, and names of clauses."""
    cited = tuple(text(b, token) if token.type == "STRING" else name(b, token) for token in c[1::2])
    return Field(key="cites", value=cited, span=span(c))


def measure(b: Build, c: Parts) -> syntax.Measure:
    """An eval result."""
    fields = Fields(b, c)
    outcomes = tuple((word, fields.one(word)) for word in ("error", "no_answer", "refusal"))
    return syntax.Measure(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        type=c[3],
        title=maybe_text(b, c[5]),
        unstaged=c[4] is not None or fields.one("unstaged") is not None,
        bindings=fields.many("binding"),
        worse=fields.one("worse") or "higher",
        unit=fields.one("unit") or "task",
        score=fields.one("score") or "mean",
        outcomes=tuple((word, treatment) for word, treatment in outcomes if treatment is not None),
        registered=fields.one("registered") is not None,
        margin=fields.one("margin"),
        needs=tuple(need for needs_ in fields.many("needs") for need in needs_),
        cites=fields.joined("cites"),
    )


def binding(b: Build, c: Parts) -> Field:
    """`from TOOL "task" version "v" metric "m"`."""
    node = syntax.Binding(
        span=span(c),
        id=b.id(),
        tool=name(b, c[1]),
        task=text(b, c[2]),
        version=maybe_text(b, c[4]),
        metric=maybe_text(b, c[6]),
    )
    return Field(key="binding", value=node, span=node.span)


def worse(b: Build, c: Parts) -> Field:
    """`worse when lower`."""
    return Field(key="worse", value=str(c[2]), span=span(c))


def unit(b: Build, c: Parts) -> Field:
    """`unit family`."""
    return Field(key="unit", value=str(c[1]), span=span(c))


def score(b: Build, c: Parts) -> Field:
    """`score pass@4`."""
    word = str(c[1])
    tries = word.removeprefix("pass@")
    if tries != word and (tries[0] == "0" or len(tries) > MAX_TRIES):
        help_ = "write a number of tries such as `pass@4`"
        shown = word if len(word) <= 20 else f"{word[:20]}…"
        b.fault("P108", span([c[1]]), f"`{shown}` is not a number of tries from 1 to {10**MAX_TRIES - 1}", help_)
    return Field(key="score", value=word, span=span(c))


def outcome(b: Build, c: Parts) -> Field:
    """`refusal as safe`."""
    return Field(key=str(c[0]), value=str(c[2]), span=span(c))


def registered(b: Build, c: Parts) -> Field:
    """`runs registered`."""
    return Field(key="registered", value=True, span=span(c))


def unstaged(b: Build, c: Parts) -> Field:
    """`unstaged`."""
    return Field(key="unstaged", value=True, span=span(c))


def margin(b: Build, c: Parts) -> Field:
    """`margin 5%`."""
    width = c[1] if isinstance(c[1], syntax.Literal_) else name(b, c[1])
    return Field(key="margin", value=width, span=span(c))


def needs(b: Build, c: Parts) -> Field:
    """`needs n >= 40, held_out`."""
    return Field(key="needs", value=tuple(c[1::2]), span=span(c))


def need(b: Build, c: Parts) -> syntax.Need:
    """One requirement on a reading."""
    wanted = c[3]
    if wanted is not None and not isinstance(wanted, syntax.Literal_):
        wanted = text(b, wanted) if wanted.type == "STRING" else name(b, wanted)
    operator = None if c[2] is None else str(c[2])
    return syntax.Need(
        span=span(c),
        id=b.id(),
        negated=c[0] is not None,
        name=name(b, c[1]),
        operator=operator,  # type: ignore[arg-type]  # the grammar admits these operators only
        value=wanted,
    )


def category(b: Build, c: Parts) -> syntax.Category:
    """A risk area."""
    fields = Fields(b, c)
    return syntax.Category(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        ladder=name(b, c[3]),
        title=maybe_text(b, c[4]),
        clauses=fields.many("clause"),
        assessed=fields.one("assessed"),
        cites=fields.joined("cites"),
    )


def level_clause(b: Build, c: Parts) -> Field:
    """`high when COND`."""
    node = syntax.LevelClause(span=span(c), id=b.id(), level=name(b, c[0]), condition=c[2])
    return Field(key="clause", value=node, span=node.span)


def assessed(b: Build, c: Parts) -> Field:
    """`assessed by ROLE`."""
    return Field(key="assessed", value=name(b, c[2]), span=span(c))


def define(b: Build, c: Parts) -> syntax.Define:
    """`define NAME as COND`."""
    return syntax.Define(span=span(c), id=b.id(), name=name(b, c[1]), condition=c[3], cites=cited(c[4]))


def evaluate(b: Build, c: Parts) -> syntax.Evaluate:
    """`evaluate … or …`."""
    return syntax.Evaluate(span=span(c), id=b.id(), cadences=tuple(c[1:-1:2]), cites=cited(c[-1]))


def compute_cadence(b: Build, c: Parts) -> syntax.Cadence:
    """`beyond 2x effective_compute`."""
    factor = literal(b, [c[1]]) if c[1].type == "FACTOR" else name(b, c[1])
    kind: Any = "beyond factor" if c[0] == "beyond" else "every factor"
    return syntax.Cadence(span=span(c), id=b.id(), kind=kind, factor=factor)


def time_cadence(b: Build, c: Parts) -> syntax.Cadence:
    """`every 6 months`."""
    if c[0] == "beyond":
        b.fault("P101", span(c), "`beyond` goes with a factor of compute", "write `every` before a duration")
    return syntax.Cadence(span=span(c), id=b.id(), kind="every duration", duration=c[1])


def event_cadence(b: Build, c: Parts) -> syntax.Cadence:
    """`after breakthrough`."""
    return syntax.Cadence(span=span(c), id=b.id(), kind="after event", event=name(b, c[1]))
