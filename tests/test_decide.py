"""The decider agrees with the oracle on random policies and evidence, and keeps the laws of the language."""

import dataclasses
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

import oracle
from agreement import case_text, compiled, decided, decided_json, differences, loosened, qualified, unkept
from evidence_text import evidence_text, read_again
from policylang.syntax import Module
from random_evidence import further_readings, narrowed, shuffled
from random_vocabulary import Shape
from strategies import Pair, draft_of, pair_for, pairs, parsed

POLICIES = 250
EVIDENCES = 20
CHUNK = 10
MONOTONE = Shape(monotone=True)
CONFIDENT = Shape(confidence=1.0)


def disagreement(pair: Pair, module: Module) -> str:
    """Where decider and oracle differ on a pair, with the pair; empty where they agree."""
    text = pair.draft.text()
    graph = compiled(text)
    shares = None if graph.header.confidence is None else graph.shares
    said = oracle.decide(module, pair.evidence, pair.as_of, shares)
    lines = list(differences(decided(text, pair.evidence, pair.as_of), said))
    return case_text(pair, lines) if lines else ""


def check_agreement(seed: int, shape: Shape, count: int) -> None:
    """Hold decider and oracle against each other on the policy of a seed, parsed once, and so much evidence."""
    draft = draft_of(seed, shape)
    module = parsed(draft.text())
    for number in range(count):
        found = disagreement(pair_for(draft, f"evidence {seed} {number}", module), module)
        assert not found, (seed, found)


@pytest.mark.parametrize("first", range(0, POLICIES, CHUNK))
def test_decider_and_oracle_agree(first: int) -> None:
    """On 5,000 random pairs the decider says what a slow reading of the text of the language says."""
    for seed in range(first, first + CHUNK):
        check_agreement(seed, Shape(), EVIDENCES)


def test_decider_and_oracle_agree_with_confidence() -> None:
    """Under `confidence`, with and without `anytime` and `across attempts`, the two agree as well."""
    for seed in range(12):
        check_agreement(seed, CONFIDENT, 5)


@given(pair=pairs())
@settings(max_examples=100)
def test_decider_and_oracle_agree_on_what_hypothesis_finds(pair: Pair) -> None:
    """No pair that hypothesis makes tells the two apart; one that did would come out small."""
    assert not disagreement(pair, pair.module)


@pytest.mark.parametrize("exact", [True, False])
def test_what_is_definite_stays_so_when_more_is_known(exact: bool) -> None:
    """Completing the evidence to exact values, or narrowing its intervals, takes back nothing that was definite."""
    for seed in range(60):
        draft = draft_of(seed)
        module, text = parsed(draft.text()), draft.text(exact=True)
        for number in range(5):
            pair = pair_for(draft, f"evidence {seed} {number}", module)
            rng = random.Random(f"narrow {seed} {number}")
            known = narrowed(module, pair.evidence, pair.as_of, rng=rng, exact=exact)
            before = decided(draft.text(), pair.evidence, pair.as_of)
            lost = list(unkept(module, before, decided(text, known, pair.as_of)))
            assert not lost, case_text(pair, [*lost, evidence_text(known)])


def test_narrowing_twice_takes_nothing_back() -> None:
    """What narrowed evidence says definitely, evidence narrowed further says too."""
    for seed in range(60):
        draft = draft_of(seed)
        text = draft.text(exact=True)
        drafted, module = parsed(draft.text()), parsed(text)
        for number in range(5):
            pair = pair_for(draft, f"evidence {seed} {number}", drafted)
            rng = random.Random(f"narrow {seed} {number}")
            once = narrowed(drafted, pair.evidence, pair.as_of, rng=rng)
            twice = narrowed(module, once, pair.as_of, rng=rng)
            lost = list(unkept(module, decided(text, once, pair.as_of), decided(text, twice, pair.as_of)))
            assert not lost, case_text(pair, [*lost, evidence_text(once), evidence_text(twice)])


def test_no_further_reading_loosens_a_verdict() -> None:
    """In a monotone policy, once a measure has a qualifying reading, further readings only ever tighten."""
    for seed in range(100):
        draft = draft_of(seed, MONOTONE)
        text = draft.text()
        module = parsed(text)
        for number in range(5):
            pair = pair_for(draft, f"evidence {seed} {number}", module)
            rng = random.Random(f"further {seed} {number}")
            before = decided(text, pair.evidence, pair.as_of)
            has = qualified(before)
            further = further_readings(module, pair.evidence, pair.as_of, rng=rng, count=8)
            more = [reading for reading in further if (reading.measure, reading.stage or "") in has]
            evidence = dataclasses.replace(pair.evidence, readings=(*pair.evidence.readings, *more))
            weaker = list(loosened(before, decided(text, evidence, pair.as_of)))
            assert not weaker, case_text(pair, [*weaker, *(str(reading) for reading in more)])


def test_the_order_of_declarations_and_evidence_changes_nothing() -> None:
    """Declarations, readings and facts in another order give the same decision, of a file of evidence to the byte."""
    for seed in range(40):
        draft = draft_of(seed)
        rng = random.Random(f"order {seed}")
        text, other = draft.text(), draft.text(order=rng)
        module = parsed(text)
        for number in range(3):
            pair = pair_for(draft, f"evidence {seed} {number}", module)
            moved = shuffled(pair.evidence, rng)
            assert decided(text, pair.evidence, pair.as_of) == decided(other, moved, pair.as_of)
            one, two = (read_again(evidence) for evidence in (pair.evidence, moved))
            assert decided_json(text, one, pair.as_of) == decided_json(text, two, pair.as_of)


WORLDS = (
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "TZ": "UTC"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "4242", "LC_ALL": "de_DE.UTF-8", "TZ": "America/St_Johns"},
)


def test_the_same_bytes_everywhere() -> None:
    """Hash seed, locale and time zone change no byte of a decision."""
    program = "import agreement, sys; agreement.print_some(int(sys.argv[1]))"
    given_path = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", program, "12"]
    outputs = [
        subprocess.run(command, env={**given_path, **world}, capture_output=True, check=True).stdout for world in WORLDS
    ]
    assert outputs[0]
    assert len(set(outputs)) == 1


def test_the_exit_status_follows_from_the_decision() -> None:
    """Only a decision with every action permitted and covered and nothing overdue exits 0."""
    action = {"verdict": "permitted", "covered": True}
    fine = {"actions": {"a.b": action, "a.c": action}, "obligations": [("r", "notify", "x", "", "", "pending")]}
    assert oracle.exit_status(fine) == 0
    for change, status in (
        ({"verdict": "forbidden"}, 1),
        ({"verdict": "conditional"}, 1),
        ({"verdict": "undetermined"}, 3),
        ({"covered": False}, 3),
    ):
        changed = {**fine, "actions": {"a.b": action, "a.c": {**action, **change}}}
        assert [oracle.exit_status(changed, asked) for asked in ([], ["a"], ["a.c"], ["a.b"])] == [status] * 3 + [0]
    late = {**fine, "obligations": [("r", "notify", "x", "", "", "overdue")]}
    assert oracle.exit_status(late, ["a.b"]) == 1
