"""Deciding again and again: whatever the scores, the outcome is what a single decision says."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from agreement import compiled
from policylang.decide.decision import Because
from policylang.decide.repeated import Decider, Outcome, Score
from policylang.decide.standing import stand
from policylang.decide.values import Value, evaluate, inputs_of, with_margin
from policylang.decide.verdicts import verdict_on
from policylang.evidence.facts import Evidence
from policylang.graph.nodes import Graph, Threshold
from strategies import pair_of

Given = dict[tuple[str, str | None], Score]


def random_scores(graph: Graph, rng: random.Random) -> Given:
    """Scores for some inputs: on a threshold, just beside one, anywhere, or an interval."""
    cuts: dict[int, list[Fraction]] = {}
    for node in graph.nodes:
        if isinstance(node, Threshold):
            for index, _ in node.terms:
                cuts.setdefault(index, []).append(node.bound)
    given: Given = {}
    for index, item in enumerate(graph.inputs):
        if item.of == "measure" and rng.random() < 0.9:
            top = item.high if item.high is not None else Fraction(100)

            def one(index: int = index, low: Fraction = item.low, top: Fraction = top) -> Fraction:
                near = rng.choice(cuts[index]) + rng.choice((0, 0, 1, -1)) * Fraction(1, 1000)
                score = near if rng.random() < 0.6 else low + (top - low) * Fraction(rng.randrange(101), 100)
                return min(max(score, low), top)

            ends = sorted((one(), one()))
            given[item.name, item.stage] = one() if rng.random() < 0.7 else (ends[0], ends[1])
    return given


def alone(graph: Graph, evidence: Evidence, given: Given, as_of: object) -> dict[str, Outcome]:
    """The outcomes by the way of a single decision."""
    standing = stand(graph, evidence, as_of)  # type: ignore[arg-type]  # it is the moment of the pair
    values = list(inputs_of(graph, (), evidence.subject))
    for index, item in enumerate(graph.inputs):
        if (item.name, item.stage) in given and item.of == "measure":
            score = given[item.name, item.stage]
            ends = score if isinstance(score, tuple) else (score, score)
            lo, hi = with_margin(graph.measure[item.name], Fraction(ends[0]), Fraction(ends[1]))
            values[index] = Value(lo=lo, hi=hi, worse=graph.measure[item.name].worse, measured=True)
    valued = evaluate(graph, tuple(values), standing)
    found = {}
    for term in graph.actions:
        decision = verdict_on(valued, term.name)
        reasons = tuple(replace(reason, because=bare(reason.because)) for reason in decision.reasons)
        found[term.name] = Outcome(decision.verdict, reasons, decision.outstanding)
    return found


def bare(parts: tuple[Because, ...]) -> tuple[Because, ...]:
    """Reasons without the values, readings and notes of one decision."""
    return tuple(replace(part, lo=None, hi=None, readings=(), note="", parts=bare(part.parts)) for part in parts)


def in_any_order(outcome: Outcome) -> tuple[object, ...]:
    """An outcome with its reasons sorted: groups of rules are joined in an order of their own."""
    return outcome.verdict, sorted(map(repr, outcome.reasons)), sorted(map(repr, outcome.outstanding))


@pytest.mark.parametrize("seed", range(30))
def test_the_outcome_is_that_of_a_single_decision(seed: int) -> None:
    """For random policies, facts and scores, on thresholds and beside them, both ways give the same outcome."""
    pair = pair_of(seed, 1)
    graph = compiled(pair.draft.text())
    decider = Decider(graph, pair.evidence, pair.as_of)
    rng = random.Random(seed)
    for _ in range(20):
        given = random_scores(graph, rng)
        scores = decider.scores(given)
        expected = alone(graph, pair.evidence, given, pair.as_of)
        for _ in range(2):  # worked out, then looked up
            found = decider.decide(scores)
            assert {a: in_any_order(o) for a, o in found.items()} == {a: in_any_order(o) for a, o in expected.items()}


def test_what_is_kept_is_bounded() -> None:
    """A group forgets its combinations rather than keep more than the limit, and decides as before."""
    graph = compiled(POLICY)
    pair = pair_of(0, 0)
    decider = Decider(graph, replace(pair.evidence, facts=()), pair.as_of, kept=2)
    for percent in (0, 10, 20, 30, 60, 0, 10, 60):
        outcome = decider.decide(decider.scores({("m", None): Fraction(percent, 100)}))["deploy"]
        assert outcome.verdict == ("forbidden" if percent >= 20 else "permitted")


def test_a_score_of_nothing_is_refused() -> None:
    """A name that no condition mentions is a mistake of the caller."""
    pair = pair_of(0, 0)
    decider = Decider(compiled(POLICY), replace(pair.evidence, facts=()), pair.as_of)
    with pytest.raises(KeyError):
        decider.scores({("n", None): 1})


POLICY = """\
policy p { version "1" }
levels risk: low < medium < high
action deploy
measure m: rate
category c: risk { medium when m >= 10%  high when m >= 20% or m > 50% }
rule r { when c >= high  forbid deploy }
"""
