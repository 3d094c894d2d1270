"""Runs that stop: as soon as no verdict depends on more, in an order nobody chose, and never sooner."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from measured_world import HEAD, QUIZ, World, quiz
from policylang import Answer, EvidenceError, Likelihood, Request, Score, admit, load, parse_moment
from policylang.decide import Verdict, decide
from policylang.digest import digest
from policylang.evidence.facts import Evidence, Reading, Stated, Subject
from policylang.evidence.merge import with_readings
from policylang.measuring.outcome import readings
from policylang.measuring.stopping import Rule, rule

POLICY = """\
policy acme "Acme" {{ version "1" confidence 95% {how} }}
levels risk: low < high
action deploy
action train
role board
measure ctf: rate {{ {needs} }}
measure other: rate
category cyber: risk {{ high when ctf >= 20% }}
category bio: risk {{ high when other >= 20% }}
rule ceiling {{ when any category >= high forbid deploy }}
rule approval {{ require approval of board before train }}
"""
TODAY = parse_moment("2026-11-22")
TWO = QUIZ + QUIZ.replace("tasks:\n", "").replace("name: quiz", "name: more").replace("ctf", "other")


def stop(folder: Path, *, how: str = "anytime", needs: str = "", actions: Sequence[str] = ()) -> Rule:
    """A rule to stop by under the policy above."""
    path = folder / "acme.policy"
    path.write_text(POLICY.format(how=how, needs=needs), "utf-8")
    (folder / "model").mkdir(exist_ok=True)
    (folder / "model" / "config.json").write_text("{}", "utf-8")
    evidence = Evidence(subject=Subject(model="acme-7b", revision=digest([str(folder / "model")]).digest))
    return rule([load(str(path), cache=False).graph], actions, evidence, TODAY)


def solving(rate: Fraction) -> Any:
    """A model that solves this part of all questions, in no order."""

    def answer(request: Request) -> Answer:
        assert isinstance(request, Score)
        n = int(request.context.split()[-2])
        is_solved = (n * 7919) % 1000 < rate * 1000
        is_right = request.text.strip() == str(2 * n)
        return Likelihood(total=-1.0 if is_right == is_solved else -2.0, tokens=1, size=1)

    return answer


def measured(world: World, by: Rule, **how: Any) -> tuple[Reading, ...]:
    """The readings of a run that stops."""
    measurement = world.measurement(plan=by.name, **how)
    return readings(measurement.measure(by), Stated(), by.graphs)


@pytest.mark.parametrize(("rate", "verdict"), [(0, Verdict.PERMITTED), (60, Verdict.FORBIDDEN)])
def test_a_clear_case_needs_few_rows(rate: int, verdict: Verdict, tmp_path: Path) -> None:
    """A model far from the threshold is asked a part of the rows; what is written decides as the rule decided."""
    world = World(tmp_path, HEAD + TWO, quiz(300))
    by = stop(tmp_path)
    found = measured(world, by, rule=solving(Fraction(rate, 100)))
    assert all(reading.n is not None and reading.n < 60 for reading in found)
    assert all((reading.n, reading.status) == (reading.scored, "success") for reading in found)
    evidence = with_readings(Evidence(subject=subject(found)), found)
    assert not admit(by.graphs, evidence, TODAY)
    assert decide(by.graphs[0], evidence, TODAY).actions["deploy"].verdict is verdict
    assert len(world.backends[0].asked) < 2 * 2 * 60


def subject(found: Sequence[Reading]) -> Subject:
    """The subject that readings are of."""
    return Subject(model="acme-7b", revision=found[0].revision, configuration=found[0].configuration)


def test_needs_are_met_before_a_run_stops(tmp_path: Path) -> None:
    """A measure that needs so many units gets them, however clear the case is."""
    found = measured(
        World(tmp_path, HEAD + TWO, quiz(300)), stop(tmp_path, needs="needs n >= 100"), rule=solving(Fraction(0))
    )
    by_measure = {reading.measure: reading.n or 0 for reading in found}
    assert 100 <= by_measure["ctf"] < 120
    assert by_measure["other"] < 60


def test_what_a_verdict_does_not_depend_on_is_not_asked(tmp_path: Path) -> None:
    """Asked about an action that no measure bears on, a run asks nothing; a forbidden one needs no second measure."""
    world = World(tmp_path, HEAD + TWO, quiz(300))
    assert measured(world, stop(tmp_path, actions=["train"])) == ()
    assert not any(backend.asked for backend in world.backends)


def test_a_case_that_cannot_be_told_asks_everything(tmp_path: Path) -> None:
    """At the threshold nothing is proved, so every row is asked, and the verdict stays open."""
    by = stop(tmp_path)
    found = measured(World(tmp_path, HEAD + TWO, quiz(100)), by, rule=solving(Fraction(1, 5)))
    assert {reading.n for reading in found} == {100}
    [decision] = by.decided(())
    assert decision.actions["deploy"].verdict is Verdict.UNDETERMINED


def test_the_order_is_that_of_the_policy(tmp_path: Path) -> None:
    """Rows are asked in an order that the policy and what they say settle: not the file, their names or a seed."""

    def order(salt: str, *, seed: int = 1, rows: Sequence[Any] = ()) -> list[Any]:
        world = World(tmp_path, f"{HEAD}{QUIZ}    seed: {seed}\n", rows or quiz(50))
        part = world.measurement(plan=salt).work.jobs[0].part
        assert part is not None
        return [item.fields["question"] for item in part.items]

    renamed = [{**row, "id": f"z{100 - n}"} for n, row in enumerate(reversed(quiz(50)))]
    assert order("one") == order("one", seed=2) == order("one", rows=renamed)
    assert order("one") != order("two")
    assert sorted(order("one")) == sorted(order("two"))
    assert order("one") != [row["question"] for row in quiz(50)]


def test_a_run_that_stops_asks_whole_units(tmp_path: Path) -> None:
    """Rows of one unit are asked one after the other, so that a run hardly ever stops inside one."""
    rows = [{**row, "passage": f"p{n % 50}"} for n, row in enumerate(quiz(200))]
    part = World(tmp_path, f"{HEAD}{QUIZ}    unit: passage\n", rows).measurement(plan="one").work.jobs[0].part
    assert part is not None
    order = [item.fields["passage"] for item in part.items]
    assert sum(a != b for a, b in pairwise(order)) == 49
    assert order != sorted(order)


def test_a_run_that_stopped_is_no_fixed_run(tmp_path: Path) -> None:
    """What a stopped run gives counts for a policy whose test holds at every look, and for no other."""
    by = stop(tmp_path)
    found = measured(World(tmp_path, HEAD + TWO, quiz(300)), by, rule=solving(Fraction(0)))
    assert all(reading.looks is not None and reading.looks > 1 for reading in found)
    path = tmp_path / "fixed.policy"
    path.write_text(POLICY.format(how="", needs=""), "utf-8")
    evidence = with_readings(Evidence(subject=subject(found)), found)
    decision = decide(load(str(path), cache=False).graph, evidence, TODAY)
    assert decision.actions["deploy"].verdict is Verdict.UNDETERMINED
    assert not any(weighed.qualifies for weighed in decision.readings)


@pytest.mark.parametrize("how", ["", "across attempts"])
def test_only_tests_for_every_look_may_stop(how: str, tmp_path: Path) -> None:
    """A policy whose test holds for one look is no reason to stop."""
    with pytest.raises(EvidenceError) as caught:
        stop(tmp_path, how=how)
    assert [found.code for found in caught.value.diagnostics] == ["E545"]


def test_an_interrupted_run_stops_where_it_would_have(tmp_path: Path) -> None:
    """Interrupted and resumed, a run asks the same rows and gives the same readings."""
    by = stop(tmp_path)
    rate = solving(Fraction(5, 100))
    whole = measured(World(tmp_path, HEAD + TWO, quiz(300)), by, rule=rate, answers="whole.answers")
    world = World(tmp_path, HEAD + TWO, quiz(300))
    part = world.measurement(plan=by.name, rule=rate, stop_after=2)
    found = readings(part.measure(by), Stated(), by.graphs)
    assert part.interrupted
    assert {reading.status for reading in found} == {"cancelled"}
    assert measured(world, by, rule=rate) == whole
