"""Nodes of rules, clauses about the policy itself, and tests: one function a grammar rule, named like it."""

from typing import Any

from policylang import syntax
from policylang.parse.build import (
    Build,
    Field,
    Fields,
    cited,
    maybe_name,
    maybe_text,
    moment,
    name,
    span,
    text,
    whole,
)

Parts = list[Any]


def rule(b: Build, c: Parts) -> syntax.Rule:
    """A rule."""
    fields = Fields(b, c)
    return syntax.Rule(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        title=maybe_text(b, c[2]),
        when=fields.one("when"),
        interpretations=fields.many("interpretation"),
        effects=fields.many("effect"),
        waivable=fields.one("waivable"),
        strength=fields.one("strength") or "must",
        cites=fields.joined("cites"),
    )


def when(b: Build, c: Parts) -> Field:
    """`when COND`."""
    return Field(key="when", value=c[1], span=span(c))


def interpretation(b: Build, c: Parts) -> Field:
    """`interpretation NAME when COND`."""
    node = syntax.Interpretation(span=span(c), id=b.id(), name=name(b, c[1]), condition=c[3])
    return Field(key="interpretation", value=node, span=node.span)


def forbid(b: Build, c: Parts) -> Field:
    """`forbid ACTIONS`."""
    return Field(key="effect", value=syntax.Forbid(span=span(c), id=b.id(), actions=c[1]), span=span(c))


def require(b: Build, c: Parts) -> Field:
    """`require … before ACTIONS`."""
    return Field(key="effect", value=_requirement(b, c), span=span(c))


def exception_require(b: Build, c: Parts) -> Field:
    """`require …` of an exception, with or without `before ACTIONS`."""
    return Field(key="requirement", value=_requirement(b, c), span=span(c))


def _requirement(b: Build, c: Parts) -> syntax.RequireControls | syntax.RequireRoles:
    actions = c[3] or ()
    if isinstance(c[1], syntax.RequireControls):
        controls = c[1]
        return syntax.RequireControls(
            span=span(c), id=b.id(), count=controls.count, controls=controls.controls, actions=actions
        )
    roles: syntax.RequireRoles = c[1]
    return syntax.RequireRoles(
        span=span(c),
        id=b.id(),
        what=roles.what,
        count=roles.count,
        roles=roles.roles,
        valid=roles.valid,
        actions=actions,
    )


def one_control(b: Build, c: Parts) -> syntax.RequireControls:
    """`weight_security >= sl3`."""
    return syntax.RequireControls(span=span(c), id=b.id(), count=1, controls=(c[0],), actions=())


def some_controls(b: Build, c: Parts) -> syntax.RequireControls:
    """`at least 2 of (refusals, trusted_access)`."""
    count = whole(b, c[2])
    return syntax.RequireControls(span=span(c), id=b.id(), count=count, controls=tuple(c[5:-1:2]), actions=())


def control_need(b: Build, c: Parts) -> syntax.ControlNeed:
    """A control, at a level where it says so."""
    return syntax.ControlNeed(span=span(c), id=b.id(), control=name(b, c[0]), level=maybe_name(b, c[2]))


def approval(b: Build, c: Parts) -> syntax.RequireRoles:
    """`approval of 2 of (a, b, c) valid 30 days`."""
    count, roles = c[2].value if isinstance(c[2], Field) else (None, c[2])
    what: Any = str(c[0])
    return syntax.RequireRoles(span=span(c), id=b.id(), what=what, count=count, roles=roles, valid=c[4], actions=())


def quorum(b: Build, c: Parts) -> Field:
    """`2 of (a, b, c)`."""
    return Field(key="quorum", value=(whole(b, c[0]), c[3]), span=span(c))


def notify(b: Build, c: Parts) -> Field:
    """`notify ROLES within DURATION of EVENT`, or `before ACTIONS`."""
    what: Any
    if c[2].key == "before":
        what = syntax.NotifyBefore(span=span(c), id=b.id(), roles=c[1], actions=c[2].value)
    else:
        duration, event = c[2].value
        what = syntax.NotifyWithin(span=span(c), id=b.id(), roles=c[1], within=duration, event=event)
    return Field(key="effect", value=what, span=span(c))


def within(b: Build, c: Parts) -> Field:
    """`within 24 hours of incident`."""
    return Field(key="within", value=(c[1], maybe_name(b, c[3])), span=span(c))


def before(b: Build, c: Parts) -> Field:
    """`before ACTIONS`."""
    return Field(key="before", value=c[1], span=span(c))


def waivable(b: Build, c: Parts) -> Field:
    """`waivable by ROLE`."""
    return Field(key="waivable", value=name(b, c[2]), span=span(c))


def strength(b: Build, c: Parts) -> Field:
    """`strength aim`."""
    return Field(key="strength", value=str(c[1]), span=span(c))


def exception(b: Build, c: Parts) -> syntax.Exception_:
    """`exception NAME to RULES { … }`."""
    fields = Fields(b, c)
    return syntax.Exception_(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        rules=c[3],
        title=maybe_text(b, c[4]),
        when=fields.one("when"),
        requirements=fields.many("requirement"),
        cites=fields.joined("cites"),
    )


def veto(b: Build, c: Parts) -> syntax.Veto:
    """`ROLES may veto ACTIONS`."""
    return syntax.Veto(span=span(c), id=b.id(), roles=c[0], actions=c[3], cites=cited(c[4]))


def duty(b: Build, c: Parts) -> syntax.Duty:
    """A standing obligation."""
    fields = Fields(b, c)
    every_, from_, until = fields.one("every") or (None, None, None)
    within_, event = fields.one("within") or (None, None)
    by_ = fields.one("by")
    title = maybe_text(b, c[2])
    if by_ is None:
        b.fault("P111", span(c[:2]), f"duty `{c[1]}` does not say whose it is", "add `by ROLE`")
        by_ = name(b, c[1])
    return syntax.Duty(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        title=title,
        by=by_,
        to=fields.one("to") or (),
        every=every_,
        start=from_,
        until=until,
        within=within_,
        event=event,
        when=fields.one("when"),
        cites=fields.joined("cites"),
    )


def by(b: Build, c: Parts) -> Field:
    """`by ROLE`."""
    return Field(key="by", value=name(b, c[1]), span=span(c))


def to(b: Build, c: Parts) -> Field:
    """`to ROLES`."""
    return Field(key="to", value=c[1], span=span(c))


def every(b: Build, c: Parts) -> Field:
    """`every 1 month from launch until retirement`."""
    return Field(key="every", value=(c[1], maybe_name(b, c[3]), maybe_name(b, c[5])), span=span(c))


def duty_within(b: Build, c: Parts) -> Field:
    """`within 15 days of incident`."""
    return Field(key="within", value=(c[1], name(b, c[3])), span=span(c))


def amend(b: Build, c: Parts) -> syntax.Amend:
    """`amend when loosening requires approval of a, b, consultation of c`."""
    needs: list[syntax.AmendNeed] = []
    for part in c[4:-1:2]:
        what, role = part.value
        kind = what or (needs[-1].what if needs else "approval")
        if what is None and not needs:
            message = f"what is required of `{role.text}` is not said"
            b.fault("P101", role.span, message, f"write `approval of {role.text}`")
        needs.append(syntax.AmendNeed(span=role.span, id=b.id(), what=kind, role=role))
    direction: Any = str(c[2])
    return syntax.Amend(span=span(c), id=b.id(), direction=direction, needs=tuple(needs), cites=cited(c[-1]))


def amend_need(b: Build, c: Parts) -> Field:
    """`approval of ROLE`, or another role of the same list."""
    return Field(key="need", value=(None if c[0] is None else str(c[0]), name(b, c[2])), span=span(c))


def changes(b: Build, c: Parts) -> syntax.Changes:
    """`changes from "1.0" { … }`."""
    return syntax.Changes(span=span(c), id=b.id(), version=text(b, c[2]), claims=tuple(c[4:-1]))


def claim(b: Build, c: Parts) -> syntax.Claim:
    """`looser NAME "why"`."""
    direction: Any = str(c[0])
    return syntax.Claim(span=span(c), id=b.id(), direction=direction, name=c[1], why=maybe_text(b, c[2]))


def clause(b: Build, c: Parts) -> syntax.Clause:
    """What the framework says, and why nothing encodes it where nothing does."""
    fields = Fields(b, c)
    return syntax.Clause(
        span=span(c),
        id=b.id(),
        name=name(b, c[1]),
        title=maybe_text(b, c[2]),
        cites=fields.joined("cites"),
        not_encoded=fields.one("not encoded"),
    )


def not_encoded(b: Build, c: Parts) -> Field:
    """`not encoded "why"`."""
    return Field(key="not encoded", value=text(b, c[2]), span=span(c))


def invariant(b: Build, c: Parts) -> syntax.Invariant:
    """A claim about all inputs."""
    stated = c[3]
    if stated is None:
        stated = syntax.Monotone(span=span([c[1]]), id=b.id())
        if c[1] != "monotone":
            help_ = "write `invariant NAME { never ACTION when … }`, or `invariant monotone`"
            b.fault("P111", span(c[:2]), f"invariant `{c[1]}` claims nothing", help_)
    return syntax.Invariant(span=span(c), id=b.id(), name=name(b, c[1]), claim=stated)


def never(b: Build, c: Parts) -> syntax.Never:
    """`never ACTION when COND`."""
    return syntax.Never(span=span(c), id=b.id(), action=c[1], condition=c[3])


def always(b: Build, c: Parts) -> syntax.Always:
    """`always require CONTROL before ACTION when COND`."""
    return syntax.Always(span=span(c), id=b.id(), control=c[2], action=c[4], condition=c[6] if len(c) > 6 else None)


def monotone(b: Build, c: Parts) -> syntax.Monotone:
    """`monotone`."""
    return syntax.Monotone(span=span(c), id=b.id())


# Tests


def situation(b: Build, c: Parts) -> syntax.Situation:
    """`situation NAME "title" { given … }`."""
    givens = Fields(b, c).many("given")
    return syntax.Situation(span=span(c), id=b.id(), name=name(b, c[1]), title=maybe_text(b, c[2]), givens=givens)


def test_block(b: Build, c: Parts) -> syntax.Test:
    """`test "title" { … }`."""
    fields = Fields(b, c)
    return syntax.Test(
        span=span(c),
        id=b.id(),
        title=text(b, c[1]),
        as_of=fields.one("as of"),
        givens=fields.many("given"),
        expects=fields.many("expect"),
        cases=fields.many("case"),
    )


def case(b: Build, c: Parts) -> Field:
    """`case "title" { … }`."""
    fields = Fields(b, c)
    node = syntax.Case(
        span=span(c),
        id=b.id(),
        title=text(b, c[1]),
        as_of=fields.one("as of"),
        givens=fields.many("given"),
        expects=fields.many("expect"),
    )
    return Field(key="case", value=node, span=node.span)


def as_of(b: Build, c: Parts) -> Field:
    """`as of 2026-01-01`."""
    return Field(key="as of", value=moment(b, c[2]), span=span(c))


def _reference(b: Build, path: syntax.Name) -> syntax.Reference:
    first, _, rest = path.text.partition(".")
    where = path.span
    head = syntax.Name(span=type(where)(where.start, where.start + len(first)), id=b.id(), text=first)
    tail = syntax.Name(span=type(where)(where.end - len(rest), where.end), id=b.id(), text=rest) if rest else None
    return syntax.Reference(span=where, id=b.id(), name=head, stage=tail)


def given_value(b: Build, c: Parts) -> Field:
    """`given measure.stage = VALUE on DATE`; without a value, it is so."""
    where = span(c)
    stated = c[3] or syntax.Name(span=c[1].span, id=b.id(), text="yes")
    on = None if c[5] is None else moment(b, c[5])
    node = syntax.GivenValue(span=where, id=b.id(), target=_reference(b, c[1]), value=stated, on=on)
    return Field(key="given", value=node, span=where)


def given_level(b: Build, c: Parts) -> Field:
    """`given category.stage at LEVEL`: an assessment."""
    level = Field(key="at", value=name(b, c[3]), span=span([c[3]]))
    return _given(b, [c[0], level, *c[4:]], "assessment", c[1])


def given_fact(b: Build, c: Parts) -> Field:
    """`given attestation of control at LEVEL by ROLE on DATE`."""
    return _given(b, [c[0], *c[3:]], str(c[1]), c[3])


def _given(b: Build, c: Parts, kind: Any, target: syntax.Name) -> Field:
    fields = Fields(b, c)
    where = span([*c, target]) if c[-1] is c[0] else span(c)
    recipients = fields.one("to")
    node = syntax.GivenFact(
        span=where,
        id=b.id(),
        kind=kind,
        target=_reference(b, target),
        level=fields.one("at"),
        by=fields.one("by"),
        to=recipients,
        on=fields.one("on"),
    )
    return Field(key="given", value=node, span=where)


def given_all(b: Build, c: Parts) -> Field:
    """`given all category except a, b.STAGE at LEVEL by ROLE on DATE`."""
    fields = Fields(b, c)
    node = syntax.GivenAll(
        span=span(c),
        id=b.id(),
        excluded=c[4] or (),
        stage=maybe_name(b, c[6]),
        level=name(b, c[8]),
        by=fields.one("by"),
        on=fields.one("on"),
    )
    return Field(key="given", value=node, span=node.span)


def given_situation(b: Build, c: Parts) -> Field:
    """`given situation NAME`."""
    node = syntax.GivenSituation(span=span(c), id=b.id(), name=name(b, c[2]))
    return Field(key="given", value=node, span=node.span)


def given_no(b: Build, c: Parts) -> Field:
    """`given no approval of ACTION by ROLE`, `given no MEASURE.STAGE`."""
    kind: Any = "" if c[2] is None else str(c[2])
    by = None if c[5] is None else c[5].value
    node = syntax.GivenNo(span=span(c), id=b.id(), kind=kind, target=_reference(b, c[4]), by=by)
    return Field(key="given", value=node, span=node.span)


def at_level(b: Build, c: Parts) -> Field:
    """`at LEVEL`."""
    return Field(key="at", value=name(b, c[1]), span=span(c))


def to_role(b: Build, c: Parts) -> Field:
    """`to ROLE`."""
    return Field(key="to", value=name(b, c[1]), span=span(c))


def on_date(b: Build, c: Parts) -> Field:
    """`on DATE`."""
    return Field(key="on", value=moment(b, c[1]), span=span(c))


def expect_verdict(b: Build, c: Parts) -> Field:
    """`expect ACTIONS not VERDICT by RULES`."""
    verdict: Any = str(c[3])
    node = syntax.ExpectVerdict(
        span=span(c), id=b.id(), actions=c[1], negated=c[2] is not None, verdict=verdict, rules=c[5] or ()
    )
    return Field(key="expect", value=node, span=node.span)


def expect_advised(b: Build, c: Parts) -> Field:
    """`expect RULES not advised`."""
    node = syntax.ExpectAdvised(span=span(c), id=b.id(), rules=c[1], negated=c[2] is not None)
    return Field(key="expect", value=node, span=node.span)


def expect_level(b: Build, c: Parts) -> Field:
    """`expect CATEGORY.STAGE at LEVEL .. LEVEL`."""
    low = name(b, c[3])
    high = low if c[5] is None else name(b, c[5])
    node = syntax.ExpectLevel(span=span(c), id=b.id(), target=_reference(b, c[1]), low=low, high=high)
    return Field(key="expect", value=node, span=node.span)


def expect_due(b: Build, c: Parts) -> Field:
    """`expect RULE due DATE`."""
    node = syntax.ExpectDue(span=span(c), id=b.id(), rule=c[1], date=moment(b, c[3]))
    return Field(key="expect", value=node, span=node.span)


def expect_state(b: Build, c: Parts) -> Field:
    """`expect RULES not overdue`."""
    state: Any = str(c[3])
    node = syntax.ExpectState(span=span(c), id=b.id(), rules=c[1], negated=c[2] is not None, state=state)
    return Field(key="expect", value=node, span=node.span)
