"""What pages of decisions cannot show: facts of other policies, evidence in another order, less of it."""

import dataclasses
import random

import pytest

from pages import Case, all_cases, compiled_text, evidence_of, graph_of_case
from pages_shown import decision_text
from policylang.clocks import parse_moment
from policylang.decide import Decision, Verdict, decide
from policylang.evidence.facts import Evidence, Fact, Subject
from policylang.graph import Graph
from policylang.source import Place, Source, Span

PARTS = ("actions", "scorecard", "obligations", "advisories", "missing", "readings", "rejected")
DAY = parse_moment("2026-10-01")
NOWHERE = Place(Source(name="evidence.yaml", text=" "), Span(0, 1))

POLICY = """\
policy acme { version "1" }
levels risk: low < high
levels hardening: sl1 < sl2
stage post
action deploy
role board
event launch
measure solved: rate
category cyber: risk { high when solved >= 20% assessed by board }
control guard { attested by board }
control weights: hardening { attested by board }
rule ceiling { when cyber.post >= high forbid deploy waivable by board }
rule guarded { require guard before deploy require approval of board before deploy }
exception urgent to ceiling { when launch require approval of board }
duty report { by board every 1 month }
board may veto deploy
"""


def fact(kind: str, about: str, **fields: object) -> Fact:
    """A fact by the board on a day."""
    return Fact(kind=kind, about=about, at=DAY, by="board", place=NOWHERE, **fields)  # type: ignore[arg-type]  # fields of a fact


FOREIGN = [
    fact("assessment", "other", level="high", stage="post"),
    fact("assessment", "cyber", level="sl1", stage="post"),
    fact("assessment", "cyber", level="high", stage="pre"),
    fact("attestation", "other"),
    fact("attestation", "guard", level="sl1"),
    fact("attestation", "weights"),
    fact("attestation", "weights", level="high"),
    fact("event", "other"),
    fact("duty", "other"),
    fact("notification", "other", to="board"),
    fact("waiver", "other"),
    fact("approval", "other"),
    fact("consultation", "other"),
    fact("veto", "other"),
]
"""Facts that this policy does not know: of another policy that the same evidence serves."""


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The graph of the policy of this page."""
    return compiled_text(POLICY).graph


def text_of(decision: Decision) -> str:
    """All of a decision."""
    return decision_text(decision, PARTS)


def evidence(*facts: Fact) -> Evidence:
    """Evidence of some facts alone."""
    return Evidence(subject=Subject(model="m"), facts=facts)


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda f: f"{f.kind} {f.about} {f.level or ''}".strip())
def test_facts_of_another_policy_are_of_no_concern(foreign: Fact, graph: Graph) -> None:
    """A fact about what the policy does not declare neither counts nor is rejected."""
    assert text_of(decide(graph, evidence(foreign), DAY)) == text_of(decide(graph, evidence(), DAY))


@pytest.mark.parametrize("about", ["deploy", "urgent"])
def test_a_veto_of_an_exception_is_no_veto(about: str, graph: Graph) -> None:
    """An action is vetoed; an exception is approved by its name, and not vetoed by it."""
    decision = decide(graph, evidence(fact("veto", about)), DAY)
    assert (decision.actions["deploy"].verdict is Verdict.FORBIDDEN) == (about == "deploy")
    assert len(decision.rejected) == (about != "deploy")


def decided(case: Case, given: Evidence) -> Decision:
    """The decision of a case on some evidence."""
    return decide(graph_of_case(case), given, case.as_of)


CASES = [case for case in all_cases("decide") if "no policy has" not in case.expected]
"""The cases of the pages that are decided."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_order_of_evidence_is_no_evidence(case: Case) -> None:
    """Facts in another order give the same decision, and readings in another order the same verdicts and dates."""
    rng = random.Random(1)
    given = evidence_of(case)
    facts, readings = list(given.facts), list(given.readings)
    rng.shuffle(facts)
    rng.shuffle(readings)
    first = decided(case, given)
    again = decided(case, dataclasses.replace(given, facts=tuple(facts)))
    assert sorted(text_of(again).splitlines()) == sorted(text_of(first).splitlines())
    again = decided(case, dataclasses.replace(given, facts=tuple(facts), readings=tuple(readings)))
    parts = ("verdicts", "obligations", "missing")
    assert decision_text(again, parts) == decision_text(first, parts)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_less_evidence_never_permits_more(case: Case) -> None:
    """Where no run is known to have completed nothing is permitted that was not before."""
    given = evidence_of(case)
    weaker = tuple(dataclasses.replace(reading, status=None) for reading in given.readings)
    before, after = decided(case, given).actions, decided(case, dataclasses.replace(given, readings=weaker)).actions
    permitted = {name for name, action in after.items() if action.verdict is Verdict.PERMITTED}
    assert permitted <= {name for name, action in before.items() if action.verdict is Verdict.PERMITTED}


def test_nothing_known_permits_nothing_that_a_score_decides(graph: Graph) -> None:
    """On no evidence at all an action that a score decides is undetermined, and what must be met is named."""
    action = decide(graph, evidence(), DAY).actions["deploy"]
    assert action.verdict is Verdict.UNDETERMINED
    assert [item.requirement.text for item in action.outstanding] == ["guard", "approval of board"]


def test_verdicts_are_in_order() -> None:
    """From permitted to forbidden, each stricter than the one before."""
    assert [verdict.rank for verdict in Verdict] == [0, 1, 2, 3]
    assert list(Verdict) == ["permitted", "conditional", "undetermined", "forbidden"]
