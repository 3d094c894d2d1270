"""False greens stay below the error of the policy: of the tests at their thresholds, and of insiders in a season.

tests/campaigns/calibration.py and tests/campaigns/insiders.py do the same in numbers.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from false_green import (
    FIVE,
    TASKS,
    THRESHOLDS,
    Cell,
    Tasks,
    extended_cells,
    means_cell,
    once_cells,
    peeked_at_once,
    pooled,
    wrong_with,
)
from insiders import STRATEGIES

SEASONS = 40
MANY = 40  # of the strategies that are known to succeed, so that it shows
FIFTH = Fraction(1, 5)


def test_one_look_at_counts_is_wrong_with_at_most_alpha() -> None:
    """Over all outcomes of a run at the threshold, neither test of counts makes more false claims than it may."""
    cells = list(once_cells((1, 2, 13, 14, 20, 59, 120, 300)))
    assert len(cells) == 768
    assert not wrong_with(cells)
    assert max(cell.share / cell.alpha for cell in cells) > Fraction(95, 100)


def test_many_looks_at_counts_are_wrong_with_at_most_alpha() -> None:
    """Over all outcomes of a run at the threshold that is looked at again and again, `anytime` keeps to its error."""
    cells = list(extended_cells((60, 150), THRESHOLDS[::2]))
    assert len(cells) == 144
    assert not wrong_with(cells)
    assert max(cell.share / cell.alpha for cell in cells) > Fraction(1, 4)


@pytest.mark.parametrize("tasks", TASKS)
def test_one_look_at_means_is_wrong_with_at_most_alpha(tasks: Tasks) -> None:
    """Attempts at tasks more or less alike, partial credit and pass@k make no more false claims than they may."""
    cells = [means_cell(tasks, (60,), t, "below", runs=80) for t in (FIFTH, Fraction(4, 5))]
    assert not wrong_with(cells)


def test_extended_means_are_wrong_with_at_most_alpha() -> None:
    """A run of means that is looked at after every five tasks is no more often called below its true mean."""
    cells = [means_cell(TASKS[0], range(10, 101, 5), Fraction(4, 5), "below", runs=150)]
    assert not wrong_with(cells)
    assert not cells[0].exceeds


def test_the_benchmark_sees_what_is_wrong() -> None:
    """Looking again under the test for one look, and pooling the attempts at a task, exceed the error by far."""
    assert peeked_at_once(100, FIFTH).share > 3 * FIVE
    assert pooled(TASKS[10], 40, FIFTH, 200).share > 3 * FIVE


def test_what_exceeds_its_error_is_said() -> None:
    """A cell is wrong that exceeds alpha by three standard errors unknown to us, or is known to and does not."""
    right = Cell(name="a", alpha=FIVE, share=Fraction(9, 100), runs=100)
    over = Cell(name="b", alpha=FIVE, share=Fraction(12, 100), runs=100)
    assert wrong_with([right, over]) == ["b: 12.00 % of 100 runs, may be 11.54 %"]
    assert not wrong_with([Cell(name="c", alpha=FIVE, share=over.share, runs=100, known="why")])
    assert len(wrong_with([Cell(name="d", alpha=FIVE, share=right.share, runs=100, known="why")])) == 1


@pytest.mark.parametrize("name", STRATEGIES)
def test_an_insider_turns_no_more_seasons_green_than_alpha(name: str, tmp_path: Path) -> None:
    """Whatever an insider does with a model at the threshold, no more seasons turn green than the policy's error."""
    strategy = STRATEGIES[name]
    cell = strategy.seasons(name, MANY if strategy.known else SEASONS, tmp_path)
    assert not wrong_with([cell])


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_harmless_model_gets_through(name: str, tmp_path: Path) -> None:
    """What an insider shows is evidence that counts: with a rate of 0 the same strategy is permitted, or never is."""
    strategy = STRATEGIES[name]
    assert strategy.season("harmless", tmp_path, Fraction(0)) is not strategy.refused
