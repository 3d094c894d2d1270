"""`policyc diff` from outside: against all evidence of small policies, loosenings, rewritings, and planted mistakes."""

import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loosenings import OPERATORS, loosening, policy_of
from policylang.analysis.compare import difference
from policylang.analysis.difference import Change, Difference, Direction
from policylang.cli import main
from policylang.diagnostics import PolicyError
from refactorings import refactored, refactorings
from small_agreement import Compared, compared, disagreements, small_case, wrong_with_witness
from small_worlds import World, pair_of, weight
from written import EXAMPLE, PREPAREDNESS

BLOCK = 50
"""Pairs of one test."""
MOST = 48
"""Pieces of evidence that a pair of the suite may have; the campaign takes larger ones."""


# All evidence of small policies


def small_pairs(first: int, most: int) -> Iterator[tuple[int, tuple[World, World], Compared, list[str]]]:
    """Pairs of small policies from a seed on, with all that is wrong with what is said of them."""
    for seed in itertools.count(first):
        worlds = pair_of(seed)
        if max(map(weight, worlds)) > most:
            continue
        try:
            case = small_case(worlds[0].text(), worlds[1].text(), most)
        except PolicyError:
            continue  # an edit that leaves a clause meaningless
        if case is not None:
            yield seed, worlds, case[0], disagreements(*case, run_tests=seed % 5 == 0)


@pytest.mark.parametrize("block", range(20))
def test_small_policies_differ_as_all_their_evidence_says(block: int) -> None:
    """Directions, furthest falls, shares, witnesses and tests are what deciding every piece of evidence gives."""
    for seed, _, _, wrong in itertools.islice(small_pairs(block * 10_000, MOST), BLOCK):
        assert not wrong, (seed, wrong)


def test_small_policies_move_in_every_direction() -> None:
    """The pairs are of all sorts: some looser, some stricter, some both, some neither."""
    found = {pair.found.direction for _, _, pair, _ in itertools.islice(small_pairs(0, MOST), BLOCK)}
    assert found >= {Direction.LOOSER, Direction.STRICTER, Direction.MIXED, Direction.NEUTRAL}


@pytest.mark.parametrize("seed", range(40))
def test_a_small_policy_in_another_order_is_the_same(seed: int) -> None:
    """Declarations in another order leave nothing to report."""
    world = pair_of(seed)[0]
    assert compared(world.text(), world.text(random.Random(seed))).found.changes == ()


# Loosenings


@pytest.mark.parametrize("name", OPERATORS)
def test_no_loosening_is_missed(name: str) -> None:
    """What an operator loosens is reported as looser, mixed or unknown."""
    start = sorted(OPERATORS).index(name) * 3
    for number in (2 + (start + step) % 48 for step in range(48)):
        found = loosening(policy_of(number), OPERATORS[name], f"suite {number} {name}", samples=16)
        if found is not None:
            direction = difference(*found.graphs).direction
            assert direction.loosens or not found.counts, (number, name, found.shown)
            return


# Rewritings


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_rewritten_policies_are_the_same(first: int) -> None:
    """Of policies that were only rewritten at most one in twenty is reported as another."""
    found = [(seed, done, pair) for seed, pair, done in rewritten(first, 20)]
    assert len(found) >= 15
    wrong = [(seed, done) for seed, done, pair in found if pair.found.direction is not Direction.NEUTRAL]
    assert len(wrong) <= 1, wrong


def rewritten(first: int, count: int) -> Iterator[tuple[int, Compared, tuple[str, ...]]]:
    """Policies and the same in other words, compared; texts that are no policies are left out."""
    for seed, old, new, done in refactorings(first, count):
        try:
            yield seed, compared(old, new), done
        except PolicyError:
            continue


# Planted mistakes


def without_tests(text: str) -> str:
    """A policy without its tests and invariants, which name what a mistake drops."""
    return re.sub(r"(?ms)^(test|invariant) [^\n]*\{.*?^\}\n|^invariant \w+\n", "", text)


PLAIN = {"preparedness": without_tests(PREPAREDNESS), "example": without_tests(EXAMPLE)}

CEILING = "when any category.post_mitigation >= high\n  forbid"
PERSUASION = re.search(r"(?m)^category persuasion:.*\}\n", PREPAREDNESS)
MISTAKES = {
    "off by one": ("preparedness", CEILING, CEILING.replace(">=", ">"), "`deployment_ceiling` applies less often"),
    "a category": ("preparedness", PERSUASION[0] if PERSUASION else "", "", "`persuasion` is no longer tracked"),
    "or": (
        "preparedness",
        "when any category.pre_mitigation >= high or any category.forecast >= high\n  require exfiltration",
        "when any category.pre_mitigation >= high and any category.forecast >= high\n  require exfiltration",
        "`hardened_security` applies less often",
    ),
    "a stage": (
        "preparedness",
        "when any category.pre_mitigation >= high or any category.forecast >= high\n  require exfiltration",
        "when any category.pre_mitigation >= high\n  require exfiltration",
        "`hardened_security` applies less often",
    ),
    "a new waiver": (
        "preparedness",
        "cites OB_1, OB_scope, OB_any_category\n}\n\nrule mitigated_release",
        "cites OB_1, OB_scope, OB_any_category\n  waivable by leadership\n}\n\nrule mitigated_release",
        "`leadership` may now waive `deployment_ceiling`",
    ),
    "off by one, in the example": (
        "example",
        CEILING,
        CEILING.replace(">=", ">"),
        "`deployment_ceiling` applies less often",
    ),
    "or, in the example": (
        "example",
        "high     when ctf_professional >= 20% or novel_exploit",
        "high     when ctf_professional >= 20% and novel_exploit",
        "`cybersecurity` reaches high less often at every stage",
    ),
    "business days": (
        "example",
        "within 24 hours",
        "within 24 business days",
        "`board` is told later: within 24 business days instead of 24 hours",
    ),
    "elicitation": (
        "example",
        "elicitation >= fine_tuned",
        "elicitation >= prompted",
        "a reading of `ctf_professional` needs only `elicitation >= prompted` instead of `elicitation >= fine_tuned`",
    ),
    "a new waiver, in the example": (
        "example",
        'cites "Safety baselines, deployment"\n',
        'cites "Safety baselines, deployment"\n  waivable by board\n',
        "`board` may now waive `deployment_ceiling`",
    ),
}
"""Where, what is replaced, by what, and what has to be said of it."""
WITHOUT_EVIDENCE = ("a category", "business days", "elicitation")
"""What no evidence shows in a verdict: it is about readings and clocks, or what is not there any more."""


def planted(name: str) -> tuple[str, str, str]:
    """A policy, the same with a mistake in it, and what has to be said."""
    where, old, new, sentence = MISTAKES[name]
    assert old in PLAIN[where]
    return PLAIN[where], PLAIN[where].replace(old, new, 1), sentence


def the_change(found: Difference, sentence: str) -> Change:
    """The change that loosens; no other clause does, but for rules that name a category which is gone."""
    by_sentence = {change.sentence: change for change in found.changes if change.direction.loosens}
    assert sentence in by_sentence
    assert len({change.clause.name for change in by_sentence.values()}) == 1 or "tracked" in sentence
    return by_sentence[sentence]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(name: str) -> None:
    """Each is looser in its own words, no other clause is, and the evidence does what it says."""
    old, new, sentence = planted(name)
    pair = compared(old, new)
    change = the_change(pair.found, sentence)
    assert change.direction is Direction.LOOSER
    if name not in WITHOUT_EVIDENCE:
        assert change.witness is not None
        assert list(wrong_with_witness(pair, change.witness)) == []
        assert change.visible
    for shift in pair.found.shifts:
        assert not shift.direction.tightens
        assert shift.witness is None or list(wrong_with_witness(pair, shift.witness)) == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_stops_a_pull_request(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--fail-on looser` and `--exit-code` exit 1, `--fail-on stricter` does not, and the report has the sentence."""
    old, new, sentence = planted(name)
    paths = [str(tmp_path / "old.policy"), str(tmp_path / "new.policy")]
    for path, text in zip(paths, (old, new), strict=True):
        Path(path).write_text(text, "utf-8")
    assert main(["diff", *paths, "--fail-on", "looser"]) == 1
    shown = capsys.readouterr().out
    assert sentence.replace("`", "") in re.sub(r"\s+", " ", shown).replace("`", "")
    assert main(["diff", *paths, "--exit-code"]) == 1
    assert main(["diff", *paths, "--fail-on", "stricter"]) == 0
    assert main(["diff", *paths]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("where", PLAIN)
def test_a_policy_does_not_differ_from_itself(where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same policy, and the same in another layout, pass every gate."""
    (tmp_path / "old.policy").write_text(PLAIN[where], "utf-8")
    again = "# the same\n" + PLAIN[where].replace("  ", "    ")
    (tmp_path / "new.policy").write_text(again, "utf-8")
    for other in ("old.policy", "new.policy"):
        words = ["diff", str(tmp_path / "old.policy"), str(tmp_path / other)]
        assert main([*words, "--fail-on", "looser", "--exit-code"]) == 0
    capsys.readouterr()
    assert refactored(PLAIN[where], random.Random(1))[0]
