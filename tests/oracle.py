"""The oracle: a slow, obvious reading of the meaning of a policy, written from the text of the language alone.

It knows the tree as written and nothing of the decision graph: each construct is one function from a node to what
holds, and everything is worked out again each time it is asked. A condition is a pair (definitely, possibly).

`decide(module, evidence, as_of)` gives a plain dict:

- `scorecard`: category -> stage (or "") -> `at_least`, `at_most`.
- `actions`: leaf action -> `verdict`, `covered`, `reasons`, `outstanding`. A reason is (rule, effect, fires, waived):
  effect `forbid` for each `must` rule that covers the action and fires definitely or possibly through a forbid, `veto`
  for a standing veto (the rule is then the role's name), `require` and `notify` for requirements that are not met of
  rules that fire. What a waiver suspends is shown with waived true and does not count; what an exception suspends is
  not shown. Outstanding is (rule, requirement) with the requirement as the policy writes it, without its actions.
- `obligations`: (rule or duty, kind, to, start, due, state), one for each role, and for each occurrence of its event.
- `advisories`: (rule, strength, fires). `readings`: (measure, stage, run, qualifies, lo, hi), bounds before the margin.

Lists are sorted and hold no row twice; what is absent is "" in them, so that they sort.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from oracle_clock import since
from oracle_conditions import (
    assessments,
    attestations,
    holds,
    levels_of,
)
from oracle_dependence import mentions
from oracle_readings import (
    bounds_of,
    hidden_runs,
    qualifies,
)
from oracle_world import (
    ALWAYS,
    UNDATED,
    YES,
    Bound,
    Pair,
    Shares,
    World,
    at_least,
    covers,
    earliest,
    facts_of,
    lasts,
    latest,
    limit_of,
    matched,
    not_before,
    occurrences,
    once,
    texts,
    unexpired,
)
from policylang import syntax
from policylang.clocks import Moment, after, passed
from policylang.evidence.facts import Evidence, Fact, Reading
from policylang.kinds import decimal_text, exact_text

Reason = tuple[str, str, str, bool]
VERDICTS = ("permitted", "conditional", "undetermined", "forbidden")


def decide(module: syntax.Module, evidence: Evidence, as_of: Moment, shares: Shares | None = None) -> dict[str, Any]:
    """What a policy says of a subject at a date; `shares` splits its error budget, where it asks for confidence."""
    return decision(World(module, evidence, as_of, shares))


def exit_status(decision: Mapping[str, Any], asked: Iterable[str] = ()) -> int:
    """0 permits; 1: an action asked for is forbidden or conditional, or something is overdue; 3: open or not covered.

    Asking for none asks for all. A call that cannot be judged (2) never gets here.
    """
    wanted = list(asked)
    actions = [found for leaf, found in decision["actions"].items() if not wanted or covers(wanted, leaf)]
    verdicts = {action["verdict"] for action in actions}
    if verdicts & {"forbidden", "conditional"} or any(row[5] == "overdue" for row in decision["obligations"]):
        return 1
    return 3 if "undetermined" in verdicts or not all(action["covered"] for action in actions) else 0


def covering(w: World, leaf: str) -> list[syntax.Rule]:
    """The `must` rules with an effect on an action."""
    return [r for r in w.rules if r.strength == "must" and any(covers(aimed(e), leaf) for e in r.effects)]


@once
def fires(w: World, rule: syntax.Rule) -> Pair:
    """Definitely when every interpretation does, possibly when any does; without a condition always."""
    pairs = [holds(w, condition, None) for condition in conditions(rule)]
    return (all(d for d, _ in pairs), any(p for _, p in pairs) or not pairs)


@once
def suspended(w: World, rule: syntax.Rule, leaf: str) -> bool:
    """Whether an exception to a rule definitely holds and its requirements are met for the action."""
    for exception in w.exceptions:
        if rule.name.text in texts(exception.rules):
            definite = exception.when is None or holds(w, exception.when, None)[0]
            needs = [n for n in exception.requirements if not n.actions or covers(texts(n.actions), leaf)]
            if definite and all(met(w, need, leaf) for need in needs):
                return True
    return False


def suspended_as_such(w: World, rule: syntax.Rule) -> bool:
    """For what is of no action (obligations, advisories): each requirement is met for its own actions.

    One that names none is for the actions of the rule; approval of nothing is not met.
    """
    own = [leaf for leaf in w.leaves if any(covers(aimed(effect), leaf) for effect in rule.effects)]
    for exception in w.exceptions:
        if rule.name.text in texts(exception.rules):
            definite = exception.when is None or holds(w, exception.when, None)[0]
            if definite and all(met_everywhere(w, need, own) for need in exception.requirements):
                return True
    return False


def met_everywhere(w: World, need: syntax.RequireControls | syntax.RequireRoles, own: list[str]) -> bool:
    """Whether a requirement of an exception is met for all its actions."""
    if isinstance(need, syntax.RequireControls):
        return met(w, need, "")
    leaves = [leaf for leaf in w.leaves if covers(texts(need.actions), leaf)] if need.actions else own
    return bool(leaves) and all(met(w, need, leaf) for leaf in leaves)


@once
def waived(w: World, rule: syntax.Rule, leaf: str) -> bool:
    """Whether an unexpired waiver by the role the rule names stands, for this action if it names actions."""
    if rule.waivable is None:
        return False
    given = [f for f in facts_of(w, "waiver", rule.name.text) if f.by == rule.waivable.text and unexpired(w, f)]
    given = [fact for fact in given if not fact.actions or covers(fact.actions, leaf)]
    return bool(speakers(given, barred_by(w, rule)))


def vetoed(w: World, leaf: str) -> list[str]:
    """The roles whose recorded veto of an action stands."""
    roles = {role for veto in w.vetoes if covers(texts(veto.actions), leaf) for role in texts(veto.roles)}
    given = [f for f in w.evidence.facts if f.kind == "veto" and f.by in roles and covers([f.about], leaf)]
    given = [fact for fact in given if unexpired(w, fact)]
    return sorted({f.by or "" for f in given if speakers([f], barred_from(w, leaf))})


def judged(w: World, leaf: str) -> dict[str, Any]:
    """The verdict of a leaf action: the strictest that applies."""
    reasons: set[Reason] = set()
    outstanding: set[tuple[str, str]] = set()
    verdicts = ["permitted"]
    for role in vetoed(w, leaf):
        reasons.add((role, "veto", "definitely", False))
        verdicts.append("forbidden")
    for rule in covering(w, leaf):
        pair, stopped = fires(w, rule), waived(w, rule, leaf)
        if not pair[1] or suspended(w, rule, leaf):
            continue
        for effect in rule.effects:
            found = objection(w, rule, effect, leaf)
            if found is None:
                continue
            reasons.add((rule.name.text, found, "definitely" if pair[0] else "possibly", stopped))
            if not stopped and found == "forbid":
                verdicts.append("forbidden" if pair[0] else "undetermined")
            elif not stopped:
                verdicts.append("conditional")
                outstanding.add((rule.name.text, requirement(effect)))
    return {
        "verdict": max(verdicts, key=VERDICTS.index),
        "covered": bool(covering(w, leaf)),
        "reasons": sorted(reasons),
        "outstanding": sorted(outstanding),
    }


def objection(w: World, rule: syntax.Rule, effect: syntax.Effect, leaf: str) -> str | None:
    """What an effect of a rule that fires has against an action: it forbids it, or is a requirement not met."""
    if not covers(aimed(effect), leaf):
        return None
    match effect:
        case syntax.Forbid():
            return "forbid"
        case syntax.RequireControls() | syntax.RequireRoles():
            return None if met(w, effect, leaf) else "require"
        case syntax.NotifyBefore():
            return None if all(notified(w, rule, role) for role in texts(effect.roles)) else "notify"
        case _:
            return None


def met(w: World, need: syntax.RequireControls | syntax.RequireRoles, leaf: str) -> bool:
    """Whether a requirement is met for an action: controls hold definitely; enough distinct persons spoke."""
    if isinstance(need, syntax.RequireControls):
        return at_least(need.count, (holds(w, condition, None) for condition in needed([need])))[0]
    barred = barred_from(w, leaf) if need.what == "approval" else frozenset()
    sources = []
    for role in texts(need.roles):
        given = [f for f in w.evidence.facts if f.kind == need.what and f.by == role and covers([f.about], leaf)]
        fresh = [fact for fact in given if unexpired(w, fact) and lasts(w, fact.at, need.valid)]
        sources.append(speakers(fresh, barred))
    return matched(len(sources) if need.count is None else need.count, sources)


def speakers(facts: Iterable[Fact], barred: frozenset[str]) -> list[str]:
    """Who speaks through some facts: the persons named, less those barred; a fact naming none is the role."""
    return [p for fact in facts for p in fact.persons or [f"role {fact.by}"] if p not in barred]


@once
def barred_from(w: World, leaf: str) -> frozenset[str]:
    """Who assessed or attested what an action's rules depend on: they never approve or veto it."""
    return frozenset(person for rule in covering(w, leaf) for person in barred_by(w, rule))


@once
def barred_by(w: World, rule: syntax.Rule) -> frozenset[str]:
    """Who assessed or attested what a rule, or an exception to it, depends on: they never waive it either."""
    exceptions = [e for e in w.exceptions if rule.name.text in texts(e.rules)]
    nodes = chain(
        conditions(rule),
        needed(rule.effects),
        (e.when for e in exceptions if e.when is not None),
        (need for e in exceptions for need in needed(e.requirements)),
    )
    found: set[str] = set()
    for variable in chain.from_iterable(mentions(w, node, None) for node in nodes):
        stands = assessments(w, variable[1], variable[2]) if variable[0] == "category" else attestations(w, variable[1])
        found |= {person for fact in stands for person in fact.persons}
    return frozenset(found)


def notified(w: World, rule: syntax.Rule, role: str) -> list[Moment]:
    """When a role was notified for a rule."""
    return [fact.at for fact in facts_of(w, "notification", rule.name.text) if fact.to == role]


def state_of(w: World, done: list[Moment], start: Moment | None, due: Moment | None) -> str:
    """Met by a fact not earlier than the start; else overdue once the due time has passed; else pending."""
    if any(start is None or not_before(moment, start) for moment in done):
        return "met"
    return "overdue" if due is not None and passed(due, w.as_of) else "pending"


def notifications(w: World, rule: syntax.Rule) -> Iterator[tuple[str, ...]]:
    """`notify … within` of a `must` rule: from each occurrence of its event, or from when it first fired."""
    definitely, possibly = fires(w, rule)
    if rule.strength != "must" or not possibly or suspended_as_such(w, rule):
        return
    for effect in rule.effects:
        if not isinstance(effect, syntax.NotifyWithin):
            continue
        starts: list[Moment | None] = [None]
        if definitely and effect.event is not None:
            starts = [*occurrences(w, effect.event.text)]
        elif definitely:
            starts = [latest(since(w, condition, True, None) for condition in conditions(rule))]
        for role in texts(effect.roles):
            for start in starts:
                yield (rule.name.text, "notify", role, *notification(w, rule, effect, (role, start, definitely)))


def notification(
    w: World, rule: syntax.Rule, effect: syntax.NotifyWithin, case: tuple[str, Moment | None, bool]
) -> tuple[str, str, str]:
    """Start, due time and state of one notification; where no date tells when it began, nothing shows it is in time."""
    role, start, definitely = case
    done = notified(w, rule, role)
    if not definitely:
        return ("", "", "possible")
    if start == UNDATED:
        return ("", "", "met" if done else "overdue")
    due = None if start in (None, ALWAYS) else limit_of(w, start, effect.within)
    return (shown(start), shown(due), state_of(w, done, start, due))


def performances(w: World, duty: syntax.Duty) -> Iterator[tuple[str, ...]]:
    """A duty: `every` from its last performance, its event or the policy's effective date; `within` of an event.

    Under a condition that is only possible it is listed as possible, without a due time.
    """
    definitely, possibly = YES if duty.when is None else holds(w, duty.when, None)
    if not possibly or ended(w, duty):
        return
    done = [fact.at for fact in facts_of(w, "duty", duty.name.text) if fact.by == duty.by.text]
    starts: list[Moment | None] = [None]
    within = duty.every if duty.every is not None else duty.within
    if definitely and duty.event is not None:
        starts = [*occurrences(w, duty.event.text)]
    elif definitely:
        again = began(w, duty) if duty.until is not None and occurrences(w, duty.until.text) else None
        starts = [latest(done if again is None else [m for m in done if not_before(m, again)]) or began(w, duty)]
    for role in texts(duty.to) or [""]:
        for start in starts:
            due = None if start is None or within is None else limit_of(w, start, within)
            state = state_of(w, done if duty.event is not None else [], start, due) if definitely else "possible"
            yield (duty.name.text, "duty", role, shown(start), shown(due), state)


def ended(w: World, duty: syntax.Duty) -> bool:
    """Whether the event a duty lasts until has happened, and the event it starts from has not happened again since."""
    if duty.until is None:
        return False
    starts = occurrences(w, duty.start.text) if duty.start is not None else []
    return any(not any(after(start, end) for start in starts) for end in occurrences(w, duty.until.text))


def began(w: World, duty: syntax.Duty) -> Moment | None:
    """When a repeated duty that was never performed began: with its event, else with the policy."""
    if duty.start is None:
        return None if w.header.effective is None else w.header.effective.moment
    ends = occurrences(w, duty.until.text) if duty.until is not None else []
    return earliest(start for start in occurrences(w, duty.start.text) if all(after(start, end) for end in ends))


def decision(w: World) -> dict[str, Any]:
    """Everything that is fixed of a decision."""
    names = sorted(w.categories)
    return {
        "scorecard": {name: {stage: score_of(w, name, stage) for stage in sorted(w.stages)} for name in names},
        "actions": {leaf: judged(w, leaf) for leaf in sorted(w.leaves)},
        "obligations": sorted(
            {row for rule in w.rules for row in notifications(w, rule)}
            | {row for duty in w.duties for row in performances(w, duty)}
        ),
        "advisories": sorted(row for rule in w.rules for row in advice(w, rule)),
        "readings": sorted(reading_row(w, reading) for reading in (*w.evidence.readings, *hidden_runs(w))),
    }


def score_of(w: World, name: str, stage: str) -> dict[str, str]:
    """A category's level at a stage, from the highest definitely reached to the highest possibly reached."""
    low, high = levels_of(w, name, stage)
    ladder = w.ladders[w.categories[name].ladder.text]
    return {"at_least": ladder[low], "at_most": ladder[high]}


def advice(w: World, rule: syntax.Rule) -> Iterator[tuple[str, str, str]]:
    """A rule that only aims or recommends, when it fires, no exception stands and something it asks is not done."""
    definitely, possibly = fires(w, rule)
    asks = [effect for effect in rule.effects if not isinstance(effect, syntax.NotifyWithin)]
    done = [objection(w, rule, effect, leaf) is None for effect in asks for leaf in w.leaves]
    heeded = bool(rule.effects) and len(asks) == len(rule.effects) and all(done)
    if rule.strength != "must" and possibly and not heeded and not suspended_as_such(w, rule):
        yield (rule.name.text, rule.strength, "definitely" if definitely else "possibly")


def reading_row(w: World, reading: Reading) -> tuple[str, str, str, bool, str, str]:
    """How a reading counted."""
    low, high = bounds_of(w, reading)
    ends = (bound_text(low, up=False), bound_text(high, up=True))
    return (reading.measure, reading.stage or "", reading.run or "", qualifies(w, reading), *ends)


def bound_text(bound: Bound, *, up: bool) -> str:
    """A bound exactly where it is a decimal, else rounded outward to twelve places."""
    if isinstance(bound, float):
        return ""
    text = exact_text(bound)
    return decimal_text(bound, 12, up=up) if "/" in text else text


def shown(moment: Moment | None) -> str:
    """A moment as text."""
    return "" if moment in (None, ALWAYS) else str(moment)


def conditions(rule: syntax.Rule) -> list[syntax.Expression]:
    """The condition of a rule, or each of its interpretations."""
    return [rule.when] if rule.when is not None else [each.condition for each in rule.interpretations]


def aimed(effect: syntax.Effect) -> list[str]:
    """The actions of an effect."""
    return [] if isinstance(effect, syntax.NotifyWithin) else texts(effect.actions)


def needed(effects: Iterable[syntax.Effect]) -> list[syntax.Expression]:
    """The controls that effects require."""
    required = [effect for effect in effects if isinstance(effect, syntax.RequireControls)]
    needs = [need for effect in required for need in effect.controls]
    return [
        syntax.Reference(name=need.control)
        if need.level is None
        else syntax.Comparison(
            operator=">=", left=syntax.Reference(name=need.control), right=syntax.Reference(name=need.level)
        )
        for need in needs
    ]


def requirement(effect: syntax.Effect) -> str:
    """A requirement as the policy writes it, without its actions."""
    match effect:
        case syntax.RequireControls():
            parts = [n.control.text + (f" >= {n.level.text}" if n.level else "") for n in effect.controls]
            return parts[0] if len(parts) == 1 else f"at least {effect.count} of ({', '.join(parts)})"
        case syntax.RequireRoles():
            roles = ", ".join(texts(effect.roles))
            roles = roles if effect.count is None else f"{effect.count} of ({roles})"
            match effect.valid:
                case syntax.Literal_(quantity=quantity):
                    return f"{effect.what} of {roles} valid {quantity}"
                case syntax.Name(text=name):
                    return f"{effect.what} of {roles} valid {name}"
                case None:
                    return f"{effect.what} of {roles}"
        case syntax.NotifyBefore():
            return f"notification of {', '.join(texts(effect.roles))}"
        case _:
            raise AssertionError(effect)
