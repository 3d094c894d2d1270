"""Deciding: a graph and evidence give a verdict for every action, with reasons.

Nothing here knows the time, the machine or the order of its input: equal input gives an equal decision.
"""

from policylang.clocks import Moment
from policylang.decide.decision import Advisory, Decision, Missing, Placed, Verdict
from policylang.decide.obligations import obligations
from policylang.decide.reasons import Leaf, because, fires, open_leaves, why_unknown
from policylang.decide.standing import stand
from policylang.decide.values import NO, Values, evaluate, inputs_of, ranks
from policylang.decide.verdicts import exception_to, met, suspended, verdict_on
from policylang.evidence.facts import Evidence
from policylang.evidence.qualify import Context, weigh
from policylang.graph.nodes import Category, Graph, Rule


def decide(graph: Graph, evidence: Evidence, as_of: Moment) -> Decision:
    """Decide every action of a policy on evidence that `evidence.admit` finds nothing wrong with."""
    return decided(graph, evidence, as_of)[0]


def decided(graph: Graph, evidence: Evidence, as_of: Moment) -> tuple[Decision, Values]:
    """A decision, and the value of every condition behind it."""
    standing = stand(graph, evidence, as_of)
    context = Context(
        graph=graph,
        subject=evidence.subject,
        as_of=as_of,
        events=standing.events,
        holidays=evidence.holidays,
    )
    weighed = weigh(context, evidence)
    values = evaluate(graph, inputs_of(graph, weighed, evidence.subject), standing)
    actions = {term.name: verdict_on(values, term.name) for term in graph.actions}
    decision = Decision(
        graph=graph,
        subject=evidence.subject,
        as_of=as_of,
        scorecard=dict(_scorecard(values)),
        actions=actions,
        obligations=obligations(values, suspended(values)),
        advisories=tuple(_advisories(values)),
        missing=tuple(_missing(values, {name: _settles(values, name) for name in actions})),
        readings=weighed,
        rejected=tuple(standing.rejected),
    )
    return decision, values


def _scorecard(values: Values) -> list[tuple[tuple[str, str | None], Placed]]:
    rows = []
    for category in values.graph.categories:
        reached = dict(category.reached)
        for stage, (at_least, at_most) in ranks(values, category).items():
            why = because(values, reached[stage][at_most - 1]) if at_most else ()
            if at_least and at_least != at_most:
                why = (*because(values, reached[stage][at_least - 1]), *why)
            rows.append(((category.name, stage), Placed(at_least=at_least, at_most=at_most, because=why)))
    return rows


def _advisories(values: Values) -> list[Advisory]:
    return [
        Advisory(
            rule=rule.name,
            strength=rule.strength,
            fires=fires(values.states[rule.body]),
            because=because(values, rule.body),
        )
        for rule in values.graph.rules
        if rule.strength != "must" and values.states[rule.body] != NO and not _heeded(values, rule)
    ]


def _heeded(values: Values, rule: Rule) -> bool:
    """Whether all that a rule of a weaker strength asks for is done; what it would forbid or have told never is."""
    if rule.forbids or rule.notices or not rule.requirements:
        return False
    needs = ((need, action) for need in rule.requirements for action in need.actions)
    return all(met(values, need, action, rule=rule.name) for need, action in needs)


def _settles(values: Values, action: str) -> set[Leaf]:
    """What leaves the verdict on an action open: the open parts of rules that fire only possibly, and of controls."""
    open_: set[Leaf] = set()
    for rule in values.graph.rules:
        if rule.strength != "must" or action not in rule.covers or values.states[rule.body] == NO:
            continue
        if exception_to(values, rule, action) or values.standing.waived(rule.name, action):
            continue
        unmet = [n for n in rule.requirements if action in n.actions and not met(values, n, action, rule=rule.name)]
        if action in rule.forbids or unmet:
            open_ |= open_leaves(values, rule.body)
        for need in unmet:
            for node in need.nodes:
                open_ |= open_leaves(values, node)
    return open_


def _missing(values: Values, settles: dict[str, set[Leaf]]) -> list[Missing]:
    """Inputs without a qualifying reading, and whatever else leaves a verdict open."""
    rows: dict[Leaf, str] = {}
    for item, value in zip(values.graph.inputs, values.inputs, strict=True):
        leaf = Leaf(what=item.of, name=item.name, stage=item.stage)
        if not value.measured:
            rows[leaf] = why_unknown(item, value)
        elif any(leaf in leaves for leaves in settles.values()):
            rows[leaf] = "not sharp enough"
    for category in values.graph.categories:
        rows.update(_unassessed(values, category))
    for leaf in {leaf for leaves in settles.values() for leaf in leaves}:
        if leaf.what == "parameter":
            rows[leaf] = "has no value"
    return [
        Missing(
            what=leaf.what,  # type: ignore[arg-type]  # leaves are of these kinds
            name=leaf.name,
            stage=leaf.stage,
            why=why,
            would_settle=tuple(sorted(action for action, leaves in settles.items() if leaf in leaves)),
        )
        for leaf, why in sorted(
            rows.items(), key=lambda row: (row[0].what != "measure", row[0].name, row[0].stage or "")
        )
    ]


def _unassessed(values: Values, category: Category) -> dict[Leaf, str]:
    return {
        Leaf(what="category", name=category.name, stage=stage): "not assessed"
        for stage, _ in category.reached
        if category.assessed and not category.measured and (category.name, stage) not in values.standing.assessed
    }


__all__ = ["Decision", "Verdict", "decide", "decided"]
