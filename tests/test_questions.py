"""Questions about one policy: what is proved is so on all evidence, and what is refuted comes with evidence."""

import itertools
import random

import pytest

from assignments import drawn
from policylang.analysis.extremes import Extremes
from policylang.analysis.questions import Answer, Proof, Questions
from policylang.analysis.witness import decided, pieces
from policylang.decide.decision import Verdict
from strategies import draft_of
from test_symbols import graph_of

HEAD = """
policy acme { version "1" }
levels risk: low < medium < high < critical
stage pre
stage post
action deploy.external
action deploy.internal
action train
role board
role lead
event launch
measure ctf: rate
measure uplift: rate
measure safe: rate { worse when lower }
control lock { attested by lead }
control filters { holds when safe.post >= 90% }
category cyber: risk { medium when ctf >= 5%  high when ctf >= 20%  critical when ctf >= 60% }
"""


def asked(text: str) -> Questions:
    """The questions of a policy of these rules."""
    return Questions(graph_of(HEAD + text))


def proof(text: str, claim: str) -> Proof:
    """What becomes of one claim about a policy of these rules."""
    (found,) = asked(f"{text}\ninvariant i {{ {claim} }}").invariants()
    return found


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("rule r { when cyber.post >= high forbid deploy }", "never deploy when cyber.post >= critical"),
        ("rule r { when cyber.post >= high forbid deploy }", "never deploy when ctf.post >= 20%"),
        (
            "rule r { when cyber.pre >= high require lock before deploy }",
            "always require lock before deploy when ctf.pre >= 50%",
        ),
        ("rule r { require filters before train }", "never train when safe.post < 90%"),
        ("rule r { when cyber.post >= high forbid deploy }\nrule s { require filters before train }", "monotone"),
        (
            "rule r { when ctf.post >= 2 * uplift.post forbid train }",
            "never train when ctf.post >= 60% and uplift.post <= 30%",
        ),
    ],
)
def test_proved(text: str, claim: str) -> None:
    """A claim that holds for every input is proved."""
    assert proof(text, claim).answer is Answer.PROVED


@pytest.mark.parametrize(
    ("text", "claim", "given"),
    [
        (
            "rule r { when cyber.post >= critical forbid deploy }",
            "never deploy when cyber.post >= high",
            ("ctf.post = 20%",),
        ),
        ("rule r { when cyber.post > high forbid deploy }", "never deploy when ctf.post >= 50%", ("ctf.post = 50%",)),
        (
            "rule r { when cyber.post >= high forbid deploy.external }",
            "never deploy when cyber.post >= high",
            ("ctf.post = 20%",),
        ),
        (
            "rule r { when cyber.post >= high forbid deploy waivable by board }",
            "never deploy.external when cyber.post >= high",
            ("ctf.post = 20%", "waiver of r by board"),
        ),
        (
            "rule r { when cyber.post >= high forbid deploy }\nexception e to r { when launch }",
            "never deploy.external when cyber.post >= high",
            ("ctf.post = 20%", "event of launch"),
        ),
        ("rule r { require lock before train }", "never train when cyber.pre >= low", ("attestation of lock by lead",)),
    ],
)
def test_refuted(text: str, claim: str, given: tuple[str, ...]) -> None:
    """A claim that does not hold is refuted by the smallest evidence, on which the decider permits the action."""
    found = proof(text, claim)
    assert found.answer is Answer.REFUTED
    assert found.against is not None
    assert found.against.given == given
    assert found.against.decision.actions[found.actions[0]].verdict is Verdict.PERMITTED


def test_a_score_that_loosens() -> None:
    """A policy under which a worse score loosens a verdict is not monotone, and the step is shown."""
    found = proof("rule r { when cyber.post >= medium and ctf.post < 60% forbid deploy }", "monotone")
    assert found.step is not None
    step = found.step
    assert (step.of, step.action, step.before, step.after) == ("ctf.post", "deploy.external", "forbidden", "permitted")
    assert step.worse == "60%"


def test_a_score_that_loosens_by_way_of_a_sum() -> None:
    """A higher score of the control group makes an uplift smaller: found although sums have no cells."""
    found = proof("rule r { when ctf.post - uplift.post >= 15% forbid train }", "monotone")
    assert found.answer is Answer.REFUTED
    assert found.step is not None
    assert found.step.of == "uplift.post"


def test_dead_and_shadowed_rules() -> None:
    """A rule that cannot fire is dead, one whose every verdict others give is shadowed, and others are neither."""
    questions = asked(
        """
        category bio: risk { medium when ctf >= 5% }
        rule dead { when bio.post >= high forbid train }
        rule wide { when cyber.post >= high forbid deploy }
        rule narrow { when cyber.post >= critical forbid deploy.external }
        rule other { when cyber.pre >= critical forbid deploy.external }
        """
    )
    assert list(questions.dead()) == ["dead"]
    assert [name for name, _ in questions.shadowed() if name != "dead"] == ["narrow"]
    assert dict(questions.shadowed())["narrow"] == ("wide",)


def test_gaps_and_conflicts() -> None:
    """Actions no rule covers, categories nothing asks for, and requirements that cannot be met are found."""
    questions = asked(
        """
        control never { undefined }
        rule r { when launch require never before train }
        """
    )
    assert questions.uncovered() == ("deploy.external", "deploy.internal")
    assert questions.unused_categories() == ("cyber",)
    assert list(questions.conflicts()) == [("r", "never", "train")]


def test_what_can_happen() -> None:
    """Whether a rule can fire and an action be permitted is answered with evidence, or none."""
    questions = asked(
        "control never { undefined }\nrule r { when cyber.post >= high require never before train }\n"
        "rule s { require never before deploy.external }"
    )
    assert questions.can_be_permitted("deploy.external") is None
    found = questions.can_be_permitted("train")
    assert found is not None
    assert found.given == ("ctf.post = 5%",)
    fires = questions.can_fire("r")
    assert fires is not None
    assert fires.given == ("ctf.post = 20%",)


@pytest.mark.parametrize("seed", range(25))
def test_nothing_random_contradicts_an_answer(seed: int) -> None:
    """On random policies: dead rules fire on no random evidence, and what can never be permitted never is."""
    graph = graph_of(draft_of(seed).text())
    questions = Questions(graph)
    dead = set(questions.dead())
    never = {term.name for term in graph.actions if questions.can_be_permitted(term.name) is None}
    rng = random.Random(seed)
    for _ in range(20):
        decision = decided(graph, pieces(drawn(questions.prover.space, rng), [graph]).evidence)
        for action, item in decision.actions.items():
            assert not (action in never and item.verdict is Verdict.PERMITTED)
            assert not {reason.rule for reason in item.reasons if reason.effect == "forbid"} & dead


def test_the_worst_that_is_permitted() -> None:
    """The worst cases are permitted, cannot be worse in any way, and every permitted case is below one of them."""
    questions = asked(
        "rule r { when cyber.post >= high forbid deploy }\n"
        "rule s { when cyber.pre >= critical and cyber.post >= medium forbid deploy }"
    )
    axes, cases, is_all = Extremes(questions).worst("deploy.external")
    assert is_all
    assert [axis.name for axis in axes] == ["cyber.post", "cyber.pre"]
    assert {case.steps for case in cases} == {("medium", "high"), ("low", "critical")}
    for case in cases:
        assert case.example.decision.actions["deploy.external"].verdict is Verdict.PERMITTED


def test_scores_that_rules_ask_for_are_among_the_worst() -> None:
    """A measure that a rule compares directly is an axis of its own, in steps of all of its thresholds."""
    questions = asked("rule r { when ctf.pre >= 30% forbid train }\nrule s { when safe.pre < 50% forbid train }")
    axes, cases, _ = Extremes(questions).worst("train")
    assert [axis.name for axis in axes] == ["ctf.pre", "safe.pre"]
    assert [case.steps for case in cases] == [(">= 20%", "safer")]


def test_who_can_let_it_through() -> None:
    """The smallest sets of roles whose acts permit what scores alone block, and who must be silent."""
    questions = asked(
        """
        rule r { when cyber.post >= high forbid deploy.external waivable by board }
        rule s { require approval of 1 of (lead, board) before deploy.external }
        lead may veto deploy.external
        """
    )
    found = list(Extremes(questions).coalitions("deploy.external"))
    assert [item.roles for item in found] == [("board",), ("lead",)]
    assert {item.silent for item in found} == {("lead",)}
    forbidden = list(Extremes(questions).coalitions("deploy.external", Verdict.FORBIDDEN))
    assert [item.roles for item in forbidden] == [("board",)]
    assert "waiver of r by board" in forbidden[0].acts


@pytest.mark.parametrize("seed", range(12))
def test_no_smaller_set_of_roles_will_do(seed: int) -> None:
    """Every coalition permits the action, is none of another, and each of its roles does something."""
    questions = Questions(graph_of(draft_of(seed).text()))
    for term in questions.graph.actions[:2]:
        found = list(itertools.islice(Extremes(questions).coalitions(term.name), 6))
        for item in found:
            assert item.example.decision.actions[term.name].verdict is Verdict.PERMITTED
            assert all(any(f" {role}" in act for act in item.acts) for role in item.roles)
        sets = [set(item.roles) for item in found]
        assert not [(a, b) for a, b in itertools.permutations(sets, 2) if a <= b]
