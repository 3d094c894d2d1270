"""The formulas of a policy against the decider: on any evidence of the space they say the same."""

import random

import pytest

from assignments import drawn, holds
from policylang.analysis.prover import Prover
from policylang.analysis.witness import decided, pieces
from policylang.compile import compile_policy
from policylang.decide.decision import Verdict
from policylang.graph.nodes import Graph
from policylang.source import Source
from strategies import draft_of

VERDICTS = (Verdict.CONDITIONAL, Verdict.UNDETERMINED, Verdict.FORBIDDEN)


def graph_of(text: str) -> Graph:
    """A compiled text."""

    def read(*_: object) -> Source:
        raise AssertionError("nothing is taken in")

    return compile_policy(Source(name="random.policy", text=text), read).graph


@pytest.mark.parametrize("seed", range(40))
def test_formulas_say_what_the_decider_says(seed: int) -> None:
    """On random evidence of the space, verdicts and levels by formula are those of the decider."""
    graph = graph_of(draft_of(seed).text())
    prover = Prover([graph])
    symbols = prover.symbols[0]
    strict = {(a.name, v): symbols.strict(a.name, v) for a in graph.actions for v in VERDICTS}
    levels = {(c.name, s): [symbols.value(i) for i in reached] for c in graph.categories for s, reached in c.reached}
    rng = random.Random(seed)
    for _ in range(25):
        given = drawn(prover.space, rng)
        decision = decided(graph, pieces(given, [graph]).evidence)
        for (action, verdict), formula in strict.items():
            said = holds(prover.formulas, formula, given, prover.space)
            assert said == (decision.actions[action].verdict.rank >= verdict.rank), (
                action,
                verdict,
                pieces(given, [graph]).given,
            )
        for key, formulas in levels.items():
            ends = [[holds(prover.formulas, f[end], given, prover.space) for f in formulas] for end in (0, 1)]
            at_least, at_most = (max((r for r, so in enumerate(end, 1) if so), default=0) for end in ends)
            placed = decision.scorecard[key]
            assert (at_least, at_most) == (placed.at_least, placed.at_most), (key, pieces(given, [graph]).given)
