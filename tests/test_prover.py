"""Everyone who can answer a question about all evidence gives the same answer, and the decider confirms every model."""

import os
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import pytest

from assignments import holds
from judges import Judge, Question, judged, questions
from policylang.analysis import solve
from policylang.analysis.diagram import Diagrams, Model, TooLarge
from policylang.analysis.formula import Chosen, Formulas, Reach
from policylang.analysis.prover import Prover, Unknown
from policylang.analysis.space import Space
from policylang.decide.decision import Decision, Verdict
from policylang.graph.nodes import Graph
from revisions import pair_of_any, pair_that_adds
from second_opinions import adds
from test_symbols import graph_of

STRICT = (Verdict.CONDITIONAL, Verdict.UNDETERMINED, Verdict.FORBIDDEN)


# Random policies and revisions


@pytest.mark.parametrize("seed", range(14))
def test_all_agree_on_random_policies(seed: int) -> None:
    """Diagrams, z3, cvc5, tables and the decider agree on verdicts, levels and what a revision changed of them."""
    wrong, counts = judged(pair_of_any(seed), seed, most=2_000, questions_each=12)
    assert wrong == []
    assert counts["prover sat"]
    assert not counts["prover unknown"]


@pytest.mark.parametrize("seed", range(200, 214))
def test_all_agree_on_sums(seed: int) -> None:
    """The same where conditions add and scale measures, on a grid of values too where the solvers find nothing."""
    wrong, counts = judged(pair_that_adds(seed), seed, most=500, questions_each=8)
    assert wrong == []
    assert counts["z3 sat"] + counts["z3 unsat"]
    assert not counts["z3 unknown"]


def test_shares_of_all_choices_are_one() -> None:
    """Something is said, or nothing: the shares of what may be said of an input or a fact are 1 together."""
    for seed in range(25):
        space = Prover([graph_of_any(seed)]).space
        for key in list(space.rank):
            assert sum(space.variable(key).shares) == 1, (seed, key)


def graph_of_any(seed: int) -> Graph:
    """The random policy of a seed."""
    return pair_of_any(seed)[0]


# Planted differences


def planted(declared: str, when: str, header: str = "") -> Graph:
    """A policy with one rule, which forbids to deploy."""
    rule = f"rule ceiling {{ {f'when {when}' * bool(when)} forbid deploy }}"
    return graph_of("\n".join((f'policy planted {{ version "1" {header} }}', "action deploy", declared, rule)) + "\n")


def lost(old: Graph, new: Graph, verdict: Verdict = Verdict.FORBIDDEN) -> Model | None:
    """Evidence on which the old policy has a verdict or a stricter one and the new has not; everyone agrees on it."""
    prover = Prover([old, new])
    one, other = (symbols.strict("deploy", verdict) for symbols in prover.symbols)
    formula = prover.formulas.every((one, prover.formulas.opposite(other)))

    def claim(decisions: Sequence[Decision]) -> bool:
        ranks = [decision.actions["deploy"].verdict.rank for decision in decisions]
        return ranks[0] >= verdict.rank > ranks[1]

    judge = Judge(prover)
    judge.judge(Question(name="planted", formula=formula, claim=claim))
    assert judge.wrong == []
    assert not judge.counts["prover unknown"]
    return prover.find(formula)


def least(model: Model | None, name: str) -> Fraction:
    """The least value of a measure that the evidence of a model leaves possible."""
    assert model is not None
    return model["measure", name, ""].ends[0][0]


def greatest(model: Model | None, name: str) -> Fraction:
    """The greatest value of a measure that the evidence of a model leaves possible."""
    assert model is not None
    high = model["measure", name, ""].ends[0][1]
    assert high is not None
    return high


RATES = "measure a: rate\nmeasure b: rate"
COUNTS = "measure a: count\nmeasure b: count"
FLOORS = "measure a: rate { worse when lower }\nmeasure b: rate { worse when lower }"
FINDING = "measure a: finding"
OPEN = "measure a: rate\nparameter bound: rate"


def test_a_higher_bound_on_a_difference_is_found() -> None:
    """`a - b >= 15%` made `a - b >= 20%` loses what lies between, and nothing is gained."""
    old, new = planted(RATES, "a - b >= 15%"), planted(RATES, "a - b >= 20%")
    model = lost(old, new)
    assert Fraction(15, 100) <= least(model, "a") - greatest(model, "b") < Fraction(20, 100)
    assert all(lost(new, old, verdict) is None for verdict in STRICT)


def test_a_ratio_made_strict_is_found_where_it_is_met_exactly() -> None:
    """`a >= 2 * b` and `a > 2 * b` differ where `a` is twice `b`, and nowhere else."""
    old, new = planted(RATES, "a >= 2 * b"), planted(RATES, "a > 2 * b")
    model = lost(old, new)
    assert least(model, "a") == 2 * greatest(model, "b")
    assert all(lost(new, old, verdict) is None for verdict in STRICT)


@pytest.mark.parametrize(
    ("declared", "when", "then", "at"),
    [
        (RATES, "a >= 20%", "a > 20%", "1/5"),
        (RATES, "a > 20% or a = 20%", "a > 20%", "1/5"),
        (FLOORS, "a <= 80%", "a < 80%", "4/5"),
        ("measure a: score(-5..8) { worse when lower }", "a <= 0", "a < 0", "0"),
        (RATES, "a + b >= 20% and b = 0%", "a + b > 20% and b = 0%", "1/5"),
    ],
)
def test_a_bound_made_strict_is_found_at_the_bound(declared: str, when: str, then: str, at: str) -> None:
    """A comparison and its strict form differ at the bound, whichever side is worse."""
    old, new = planted(declared, when), planted(declared, then)
    model = lost(old, new)
    assert Fraction(at) in (least(model, "a"), greatest(model, "a"))
    assert lost(new, old) is None


def test_evidence_that_is_worse_when_lower_is_possible_upwards_down() -> None:
    """A score that is worse when lower shows its upper end: a failed run may still turn out lower, never higher."""
    old, new = planted(FLOORS, "a - b <= -10%"), planted(FLOORS, "a - b <= -20%")
    model = lost(old, new)
    assert Fraction(-20, 100) < greatest(model, "a") - least(model, "b") <= Fraction(-10, 100)
    assert lost(new, old) is None


@pytest.mark.parametrize(
    ("margined", "bare", "when"),
    [
        ("measure a: rate { margin 5% }", "measure a: rate", "a >= 20%"),
        ("measure a: rate { worse when lower margin 5% }", "measure a: rate { worse when lower }", "a < 80%"),
        ("measure a: rate { margin 5% }\nmeasure b: rate", RATES, "a - b >= 15%"),
        ("measure a: count { margin 2 }", "measure a: count", "a >= 5"),
    ],
)
def test_a_margin_moves_the_safe_end_only(margined: str, bare: str, when: str) -> None:
    """Without its margin a score next to a threshold is safe; what is forbidden is so with or without."""
    old, new = planted(margined, when), planted(bare, when)
    assert lost(old, new, Verdict.UNDETERMINED) is not None
    assert lost(old, new) is None
    assert all(lost(new, old, verdict) is None for verdict in STRICT)


def test_a_lost_margin_is_found_within_it() -> None:
    """A margin of 5% is missed for exact scores from 15% to 20% where the threshold is 20%."""
    old, new = planted("measure a: rate { margin 5% }", "a >= 20%"), planted("measure a: rate", "a >= 20%")
    model = lost(old, new, Verdict.UNDETERMINED)
    assert model is not None
    assert Fraction(15, 100) <= model["measure", "a", ""].low < Fraction(20, 100)


@pytest.mark.parametrize(
    ("declared", "when", "then"),
    [
        ("", "attempts > 2", "attempts >= 3"),
        (COUNTS, "a > 2", "a >= 3"),
        (COUNTS, "a + b > 2", "a + b >= 3"),
        (COUNTS, "2 * a >= 5", "a >= 3"),
        (COUNTS, "a - 2 * b > 0", "a - 2 * b >= 1"),
        (FINDING, "a", "not (not a)"),
        (RATES, "a - b >= 15%", "2 * a - 2 * b >= 30%"),
        (RATES, "a - b >= 15%", "not (b - a > -15%)"),
        (RATES, "a >= 20% and (a >= 10% or b >= 5%)", "a >= 20%"),
        (RATES, "at least 1 category >= high", "any category >= high"),
    ],
)
def test_what_only_looks_different_is_the_same(declared: str, when: str, then: str) -> None:
    """Counts are whole numbers, and a comparison may be written in several ways: no verdict differs anywhere."""
    if "category" in when:
        declared += "\nlevels risk: low < high\ncategory area: risk { high when a - b >= 15% }"
    old, new = planted(declared, when), planted(declared, then)
    for verdict in STRICT:
        assert lost(old, new, verdict) is None
        assert lost(new, old, verdict) is None


def test_rates_are_not_whole_numbers() -> None:
    """What is the same for counts is not for rates: `a + b > 20%` leaves out the sum of exactly 20%."""
    model = lost(planted(RATES, "a + b >= 20%"), planted(RATES, "a + b > 20%"))
    assert least(model, "a") + least(model, "b") == Fraction(20, 100)


@pytest.mark.parametrize(("declared", "when"), [(FINDING, "a or not a"), (RATES, "a - b >= 5% or a - b < 5%")])
def test_what_is_missing_is_neither_so_nor_not_so(declared: str, when: str) -> None:
    """`a or not a` is possible always and definite once there is evidence: without, nothing forbids."""
    old, new = planted(declared, ""), planted(declared, when)
    assert lost(old, new) is not None
    assert lost(old, new, Verdict.UNDETERMINED) is None


def test_a_parameter_without_value_is_never_known() -> None:
    """`a >= bound` without a value for `bound` is always possible, and definite at the greatest rate alone."""
    always, never, given = planted(OPEN, ""), planted(OPEN, "a > 100%"), planted(OPEN, "a >= bound")
    assert lost(always, given, Verdict.UNDETERMINED) is None
    assert least(lost(given, never), "a") == 1


def test_a_margin_without_value_leaves_all_that_is_worse_possible() -> None:
    """No score is safe while the margin is left open."""
    declared = "parameter width: rate\nmeasure a: rate { margin width }"
    assert lost(planted(declared, ""), planted(declared, "a >= 20%"), Verdict.UNDETERMINED) is None


def test_confidence_changes_nothing_of_exact_evidence() -> None:
    """What a confidence asks of counts is compared by order: for exact values both policies say the same."""
    old, new = planted(RATES, "a - b >= 15%", "confidence 95%"), planted(RATES, "a - b >= 15%")
    for verdict in STRICT:
        assert lost(old, new, verdict) is None
        assert lost(new, old, verdict) is None


def test_what_only_one_policy_can_read_is_no_evidence() -> None:
    """A score of 9 exists on a scale up to 10 alone, so it is no witness for two policies of which one ends at 8."""
    old, new = "measure a: score(0..10)\nmeasure b: score(0..10)", "measure a: score(0..8)\nmeasure b: score(0..8)"
    model = lost(planted(old, "a + b > 15"), planted(new, "a + b > 16"))
    assert greatest(model, "a") <= 8
    assert greatest(model, "b") <= 8


def test_a_reading_that_does_not_qualify_shows_one_value() -> None:
    """Where revisions disagree about which side is worse, a weak reading still has one value, the same for both."""
    when = "a >= 10% or a >= 20% or a > 20% or a > 30% or a >= 90%"
    prover = Prover([planted(RATES, when), planted(FLOORS, when)])
    f = prover.formulas

    def reach(revision: int, end: Literal["low", "high"], percent: int, *, strict: bool = False) -> int:
        terms = ((("measure", "a", ""), Fraction(1)),)
        return f.atom(Reach(revision=revision, end=end, terms=terms, bound=Fraction(percent, 100), strict=strict))

    shown_here = f.every((reach(0, "low", 10), f.opposite(reach(0, "low", 20)), reach(0, "high", 90)))
    shown_there = f.every((reach(1, "high", 20, strict=True), f.opposite(reach(1, "high", 30, strict=True))))
    judge = Judge(prover)
    for formula, is_found in ((shown_here, True), (shown_there, True), (f.every((shown_here, shown_there)), False)):
        judge.judge(Question(name="shown", formula=formula, claim=lambda _: True))
        assert (prover.find(formula) is not None) == is_found
    assert judge.wrong == []


# Diagrams alone


def space_of(count: int) -> tuple[Space, Formulas, list[int]]:
    """So many events, and the formula of each that it happened."""
    space, formulas = Space(()), Formulas()
    keys = [("event", f"event_{number}") for number in range(count)]
    for key in keys:
        space.fact(key, ["yes"])
    return space, formulas, [formulas.atom(Chosen(key, frozenset(["yes"]))) for key in keys]


def test_diagrams_may_be_deep() -> None:
    """Thousands of variables below one another are built and read without a limit of the language in the way."""
    space, formulas, happened = space_of(4_000)
    diagrams = Diagrams(space, formulas)
    node = diagrams.node(formulas.every(happened))
    model = diagrams.cheapest(node)
    assert model is not None
    assert len(model) == 4_000
    assert len(next(diagrams.ways(node))) == 4_000
    assert diagrams.share(node) == Fraction(1, 2) ** 4_000


def test_equal_formulas_are_one_node() -> None:
    """Formulas that are built apart and true of the same evidence have the same diagram."""
    space, f, (one, two, three) = space_of(3)
    diagrams = Diagrams(space, f)
    by_count = f.at_least(2, (one, two, three))
    by_pairs = f.some((f.every((one, two)), f.every((one, three)), f.every((two, three))))
    assert by_count != by_pairs
    assert diagrams.node(by_count) == diagrams.node(by_pairs)
    assert diagrams.against(by_count) == diagrams.node(f.opposite(by_pairs))


# Limits


def test_what_is_too_large_for_diagrams_is_put_to_z3() -> None:
    """With room for a few nodes the prover answers by z3 as it does by diagrams, and each model is a model."""
    asked = 0
    for seed in range(3):
        graphs = pair_of_any(seed)
        large, small = Prover(graphs), Prover(graphs)
        small.diagrams = Diagrams(small.space, small.formulas, most=3)
        for one, other in list(zip(questions(large), questions(small), strict=True))[::5]:
            model = small.find(other.formula)
            assert (model is None) == (large.find(one.formula) is None), one.name
            assert model is None or holds(small.formulas, other.formula, model, small.space)
            asked += not has_room(small.diagrams, other.formula)
    assert asked > 10


def has_room(diagrams: Diagrams, formula: int) -> bool:
    """Whether a formula has a diagram within the limit."""
    try:
        diagrams.node(formula)
    except TooLarge:
        return False
    return True


def test_few_steps_make_an_answer_unknown_and_never_wrong() -> None:
    """With any limit on its steps z3 gives up or is right; with hardly any it gives up."""
    raised = 0
    for seed in (200, 203, 205):
        prover = Prover(pair_that_adds(seed))
        for question in [q for q in questions(prover) if adds(prover.formulas, q.formula)][:4]:
            right = solve.find(prover.space, prover.formulas, question.formula) is not None
            for steps in (1, 100, 1_000, 3_000, 10_000):
                try:
                    model = solve.find(prover.space, prover.formulas, question.formula, steps=steps)
                except Unknown:
                    raised += 1
                    continue
                assert (model is not None) == right
                assert model is None or holds(prover.formulas, question.formula, model, prover.space)
    assert raised


# The same again

SHOWN = """
import sys
sys.path[:0] = [sys.argv[1]]
from test_prover import models_of
print(models_of(31))
"""


def models_of(seed: int) -> str:
    """The models of some questions about policies that add measures, as text."""
    prover = Prover(pair_that_adds(seed))
    asked = [question for question in questions(prover) if question.formula > 1][:8]
    models = [prover.find(question.formula) for question in asked]
    return "\n".join(repr(sorted(model.items())) if model is not None else "none" for model in models)


def test_a_fresh_prover_finds_the_same_models() -> None:
    """An answer does not depend on what was asked before, of other provers or in other processes."""
    first = models_of(31)
    models_of(32)
    assert models_of(31) == first
    for seed in ("1", "2"):
        run = [sys.executable, "-c", SHOWN, str(Path(__file__).parent)]
        shown = subprocess.run(  # our own words
            run, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert shown.stdout.strip() == first
