"""Verdicts: for each action the rules that bear on it, what they require and whether it is met, and what would help."""

from collections.abc import Iterator
from typing import Literal

from policylang.decide.decision import ActionDecision, Outstanding, Reason, Verdict
from policylang.decide.reasons import because, fires, remedies
from policylang.decide.standing import Standing
from policylang.decide.values import DEFINITE, NO, Values
from policylang.graph.nodes import Requirement, Rule, Unspecified


def verdict_on(values: Values, action: str) -> ActionDecision:
    """The verdict on one leaf action: the strictest that applies."""
    graph = values.graph
    reasons: list[Reason] = []
    outstanding: list[Outstanding] = []
    excepted: list[tuple[str, str]] = []
    for rule in graph.rules:
        if not _speaks(values, rule, action):
            continue
        lifted = exception_to(values, rule, action)
        if lifted:
            excepted.append((rule.name, lifted))
            continue
        found, needs = _bears(values, rule, action)
        reasons += found
        outstanding += needs
    reasons += [
        Reason(rule=role, effect="veto", fires="definitely", waived=False, because=())
        for role in sorted({role for role, _ in values.standing.veto(action)})
    ]
    verdict = _strictest(reasons, outstanding)
    return ActionDecision(
        action=action,
        verdict=verdict,
        covered=any(rule.strength == "must" and action in rule.covers for rule in graph.rules),
        reasons=tuple(reasons),
        outstanding=tuple(outstanding),
        remedy=() if verdict is Verdict.PERMITTED else tuple(_remedy(values, reasons, outstanding)),
        excepted=tuple(excepted),
    )


def _speaks(values: Values, rule: Rule, action: str) -> bool:
    return rule.strength == "must" and action in rule.covers and values.states[rule.body] != NO


def verdict_by(
    values: Values, rule: Rule, action: str
) -> tuple[Verdict, tuple[Reason, ...], tuple[Outstanding, ...]] | None:
    """What one rule alone says of an action; None when it says nothing."""
    if not _speaks(values, rule, action) or exception_to(values, rule, action):
        return None
    reasons, outstanding = _bears(values, rule, action)
    return _strictest(reasons, outstanding), tuple(reasons), tuple(outstanding)


def _strictest(reasons: list[Reason], outstanding: list[Outstanding]) -> Verdict:
    blocking = [reason for reason in reasons if reason.effect in ("forbid", "veto") and not reason.waived]
    if any(reason.fires == "definitely" for reason in blocking):
        return Verdict.FORBIDDEN
    if blocking:
        return Verdict.UNDETERMINED
    return Verdict.CONDITIONAL if outstanding else Verdict.PERMITTED


def _bears(values: Values, rule: Rule, action: str) -> tuple[list[Reason], list[Outstanding]]:
    """How a rule that fires bears on an action."""
    waived = values.standing.waived(rule.name, action) is not None
    how = fires(values.states[rule.body])
    why = because(values, rule.body)
    reasons: list[Reason] = []
    outstanding: list[Outstanding] = []
    if action in rule.forbids:
        reasons.append(Reason(rule=rule.name, effect="forbid", fires=how, waived=waived, because=why))
    for need in rule.requirements:
        if action in need.actions and not met(values, need, action, rule=rule.name):
            effect: Literal["notify", "require"] = "notify" if need.what == "notification" else "require"
            reasons.append(
                Reason(rule=rule.name, effect=effect, fires=how, waived=waived, because=why, requirement=need.text)
            )
            if not waived:
                needs = tuple(_needs(values, need, action, rule.name))
                outstanding.append(Outstanding(rule=rule.name, requirement=need, needs=needs))
    return reasons, outstanding


def met(values: Values, need: Requirement, action: str, *, rule: str = "", name: str = "") -> bool:
    """Whether a requirement is definitely met for an action; `name` is the exception it belongs to, if one."""
    if need.what == "control":
        return sum(values.states[node] == DEFINITE for node in need.nodes) >= need.count
    if need.what == "notification":
        return all(values.standing.notified(rule, role, None) is not None for role in need.members)
    return values.standing.met_by_roles(need, action, name)


def exception_to(values: Values, rule: Rule, action: str) -> str:
    """The exception that lifts a rule for an action: its condition definitely holds and its requirements are met."""
    for item in values.graph.exemptions:
        if rule.name in item.rules and values.states[item.body] == DEFINITE:
            needs = [need for need in item.requirements if not need.actions or action in need.actions]
            if all(met(values, need, action, name=item.name) for need in needs):
                return item.name
    return ""


def suspended(values: Values) -> frozenset[str]:
    """The rules whose obligations an exception lifts: it must hold for every action that it asks something of."""
    found = set()
    for item in values.graph.exemptions:
        if values.states[item.body] != DEFINITE:
            continue
        for name in item.rules:
            if all(_met_everywhere(values, need, name, item.name) for need in item.requirements):
                found.add(name)
    return frozenset(found)


def _met_everywhere(values: Values, need: Requirement, rule: str, name: str) -> bool:
    actions = need.actions or values.graph.rule[rule].covers or ("",)
    return all(met(values, need, action, name=name) for action in actions)


def _needs(values: Values, need: Requirement, action: str, rule: str) -> Iterator[str]:
    """What a requirement that is not met still needs."""
    standing = values.standing
    if need.what == "control":
        for member, node in zip(need.members, need.nodes, strict=True):
            if isinstance(wanted := values.graph.nodes[node], Unspecified):
                yield f"a value for {wanted.parameter}"
            elif values.states[node] != DEFINITE:
                yield from _control_needs(values, member)
    elif need.what == "notification":
        yield from (f"notification of {role}" for role in need.members if standing.notified(rule, role, None) is None)
    else:
        alone = [role for role in need.members if not standing.met_by_roles(_of_one(need, role), action)]
        yield from (f"{need.what} of {role}" + _why_not_yet(standing, need, role, action) for role in alone)
        if not alone:
            yield f"{need.what} of {' or '.join(need.members)} by another person"


def _of_one(need: Requirement, role: str) -> Requirement:
    return Requirement(
        what=need.what, count=1, members=(role,), nodes=(), valid=need.valid, actions=need.actions, text=""
    )


def _control_needs(values: Values, member: str) -> Iterator[str]:
    name = member.split(" ", 1)[0]
    control = values.graph.control[name]
    if control.undefined:
        yield f"{name}, which the framework names and never defines"
        return
    entry = values.standing.attested.get(name)
    if control.attested:
        if entry is None:
            yield f"{member} attested by {control.attested}"
        elif entry[0] is not None and control.ladder:
            yield f"{member}, attested {control.ladder[entry[0]]} by {entry[1].by} on {entry[1].at}"
    if control.holds is not None and values.states[control.holds] != DEFINITE:
        yield from (f"{name}: {text}" for text in remedies(values, control.holds, holds=True))


def _why_not_yet(standing: Standing, need: Requirement, role: str, action: str) -> str:
    facts = [f for f in standing.acts.get(need.what, []) if f.by == role and standing.covers(f, action)]
    if not facts:
        return ""
    if need.valid is not None and need.valid.quantity is None:
        return f", and {need.valid.text} has no value"
    if all(not standing.in_time(fact, need.valid) for fact in facts):
        return f", the last of {max(str(fact.at) for fact in facts)} is no longer valid"
    return ", by a person who did not assess or attest what it rests on"


def _remedy(values: Values, reasons: list[Reason], outstanding: list[Outstanding]) -> Iterator[str]:
    """What would have to become true for an action to be permitted: all of it, alternatives joined by `or`."""
    seen: set[str] = set()
    for text in _remedies(values, reasons, outstanding):
        if text not in seen:
            seen.add(text)
            yield text


def _remedies(values: Values, reasons: list[Reason], outstanding: list[Outstanding]) -> Iterator[str]:
    for reason in reasons:
        if reason.effect == "veto":
            yield f"the veto of {reason.rule} lifted"
        elif reason.effect == "forbid" and not reason.waived:
            rule = values.graph.rule[reason.rule]
            ways = remedies(values, rule.body, holds=False)
            if rule.waivable:
                yield f"{' and '.join(ways) or 'another rule'} or a waiver of {rule.name} by {rule.waivable}"
            else:
                yield from ways
    yield from (item.requirement.text for item in outstanding)
