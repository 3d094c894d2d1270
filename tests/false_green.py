"""How often a test calls a model safe that is not, with its true rate at the threshold: the worst place for a test.

Counts are followed exactly: every run of so many units is one of the paths of a lattice, and the probability of those
that are called safe is a whole number over a power. Means of units have too many paths; their runs are drawn, from a
seed. Every verdict is that of `policylang.bounds`, nothing here works out a test of its own.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import comb, sqrt
from typing import Literal

from policylang.bounds import counts_interval, largest_k, units_below
from policylang.bounds.interval import GRID

Claim = Literal["below", "at least"]
CLAIMS: tuple[Claim, ...] = ("below", "at least")
FIVE = Fraction(1, 20)
ALPHAS = (FIVE, Fraction(1, 100))
THRESHOLDS = tuple(Fraction(percent, 100) for percent in (1, 2, 5, 10, 20, 35, 50, 65, 80, 90, 95, 99))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The share of false claims of one way to run and to look; `runs` is 0 where it was counted and not drawn.

    `known` says why it exceeds its error today, where it is known to; empty elsewhere.
    """

    name: str
    alpha: Fraction
    share: Fraction
    runs: int = 0
    known: str = ""

    @property
    def most(self) -> Fraction:
        """The share that a test which keeps to its error stays under: alpha, and three standard errors where drawn."""
        spread = sqrt(self.alpha * (1 - self.alpha) / self.runs) if self.runs else 0
        return self.alpha + 3 * Fraction(spread)

    @property
    def exceeds(self) -> bool:
        """Whether there are more false claims than chance explains."""
        return self.share > self.most

    def __str__(self) -> str:
        """One line."""
        how = f"of {self.runs} runs" if self.runs else "exactly"
        return f"{self.name}: {100 * float(self.share):.2f} % {how}, may be {100 * float(self.most):.2f} %"


# Counts


@dataclass(frozen=True, kw_only=True)
class Plan:
    """At which sizes a run of counts is looked at, and what would then be claimed."""

    looks: tuple[int, ...]
    threshold: Fraction
    alpha: Fraction
    claim: Claim
    anytime: bool

    def claims(self, k: int, n: int) -> bool:
        """Whether an interval makes the claim."""
        found = counts_interval(k, n, n, alpha=self.alpha, anytime=self.anytime)
        return found.hi < self.threshold if self.claim == "below" else found.lo >= self.threshold

    def turn(self, n: int) -> int:
        """The number of outcomes, dangerous for "below" and safe for "at least", up to which n units make the claim."""
        limit = self.threshold if self.claim == "below" else 1 - self.threshold + Fraction(1, GRID)
        found = largest_k(n, limit, self.alpha, self.anytime)
        return -1 if found is None else found

    @property
    def rate(self) -> Fraction:
        """The rate of such outcomes at the threshold."""
        return self.threshold if self.claim == "below" else 1 - self.threshold


def counted(plan: Plan) -> Fraction:
    """The probability that a run at the threshold makes the claim at one of the looks at least."""
    above, under = plan.rate.as_integer_ratio()
    paths = [1]  # so many ways to get here without a claim, each by its number of outcomes
    wrong = Fraction(0)
    size = 0
    for look in plan.looks:
        ways = [comb(look - size, more) for more in range(look - size + 1)]
        after = [0] * (look + 1)
        for k, number in enumerate(paths):
            if number:
                for more, way in enumerate(ways):
                    after[k + more] += number * way
        size = look
        turn = plan.turn(look)
        claimed = sum(after[k] * above**k * (under - above) ** (look - k) for k in range(turn + 1))
        wrong += Fraction(claimed, under**look)
        after[: turn + 1] = [0] * (turn + 1)
        paths = after
    return wrong


def turns_rightly(plan: Plan) -> bool:
    """Whether the intervals of the last look turn where `turn` says."""
    n = plan.looks[-1]
    turn = plan.turn(n)
    points = [k for k in (turn, turn + 1) if 0 <= k <= n]
    return all(plan.claims(k if plan.claim == "below" else n - k, n) == (k <= turn) for k in points)


def once_cells(sizes: Sequence[int], thresholds: Sequence[Fraction] = THRESHOLDS) -> Iterator[Cell]:
    """One run of each size, decided once, by either test of counts."""
    for n, t, alpha, claim, anytime in product(sizes, thresholds, ALPHAS, CLAIMS, (False, True)):
        plan = Plan(looks=(n,), threshold=t, alpha=alpha, claim=claim, anytime=anytime)
        name = f"counts, {'anytime' if anytime else 'once'}, {n} units, {claim} {t}"
        yield Cell(name=name, alpha=alpha, share=counted(plan) if turns_rightly(plan) else Fraction(1))


def looks_up_to(n: int) -> dict[str, tuple[int, ...]]:
    """Ways to look at a run that grows to n units."""
    doubling = [n >> power for power in range(n.bit_length()) if n >> power]
    return {
        "every unit": tuple(range(1, n + 1)),
        "every ten units": tuple(range(10, n + 1, 10)),
        "every doubling": tuple(sorted(doubling)),
    }


def extended_cells(sizes: Sequence[int], thresholds: Sequence[Fraction] = THRESHOLDS) -> Iterator[Cell]:
    """Runs that are looked at again and again, under the test that allows it."""
    for n, t, alpha, claim in product(sizes, thresholds, ALPHAS, CLAIMS):
        for how, looks in looks_up_to(n).items():
            plan = Plan(looks=looks, threshold=t, alpha=alpha, claim=claim, anytime=True)
            yield Cell(name=f"counts, anytime, looks at {how} up to {n}, {claim} {t}", alpha=alpha, share=counted(plan))


# Means of units


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """Tasks whose mean outcome is known: so many attempts at each, reduced by `score`, alike by `correlation`.

    The rate of a task is drawn from a beta distribution; at a correlation of 0 all are alike, at 1 each is 0 or 1.
    """

    attempts: int
    score: Literal["mean", "pass@2", "partial"]
    correlation: float

    def drawn(self, rng: random.Random, mean: float) -> Fraction:
        """The outcome of one task, whose expectation is `mean`."""
        if self.score == "partial":  # a little less than the mean, and now and then everything
            return Fraction(1) if rng.random() < mean / (2 - mean) else Fraction(mean).limit_denominator(1000) / 2
        rate = self.rate(rng, mean if self.score == "mean" else self.mean_rate(mean))
        hits = sum(rng.random() < rate for _ in range(self.attempts))
        if self.score == "mean":
            return Fraction(hits, self.attempts)
        return 1 - Fraction(comb(self.attempts - hits, 2), comb(self.attempts, 2))

    def rate(self, rng: random.Random, mean: float) -> float:
        """The rate of one task."""
        if self.correlation == 0:
            return mean
        if self.correlation == 1:
            return float(rng.random() < mean)
        size = 1 / self.correlation - 1
        return rng.betavariate(mean * size, (1 - mean) * size)

    def mean_rate(self, wanted: float) -> float:
        """The mean rate at which one of two attempts succeeds with the wanted probability."""
        low, high = 0.0, 1.0
        for _ in range(60):
            mean = (low + high) / 2
            spread = self.correlation * mean * (1 - mean)
            low, high = (mean, high) if 1 - (1 - mean) ** 2 - spread < wanted else (low, mean)
        return low


TASKS = (
    *(Tasks(attempts=a, score="mean", correlation=r) for a in (2, 5, 10) for r in (0, 0.1, 0.5, 1)),
    Tasks(attempts=5, score="pass@2", correlation=0),
    Tasks(attempts=5, score="pass@2", correlation=0.3),
    Tasks(attempts=1, score="partial", correlation=0),
)


def claims_of_means(outcomes: Sequence[Fraction], threshold: Fraction, alpha: Fraction, claim: Claim) -> bool:
    """Whether the interval of some unit outcomes makes a claim about their mean."""
    if claim == "below":
        units = {f"task-{n}": outcome for n, outcome in enumerate(outcomes)}
        return units_below(units, len(units), threshold - Fraction(1, GRID), alpha=alpha)
    units = {f"task-{n}": 1 - outcome for n, outcome in enumerate(outcomes)}
    return units_below(units, len(units), 1 - threshold, alpha=alpha)


def drawn_share(draw: Callable[[random.Random], bool], runs: int, seed: str) -> Fraction:
    """The share of runs, drawn from a seed, that are claimed wrongly."""
    return Fraction(sum(draw(random.Random(f"{seed} {number}")) for number in range(runs)), runs)


def means_cell(tasks: Tasks, looks: Sequence[int], threshold: Fraction, claim: Claim, *, runs: int) -> Cell:
    """Runs on tasks, looked at once or at each extension."""

    def claimed(rng: random.Random) -> bool:
        outcomes = [tasks.drawn(rng, float(threshold)) for _ in range(looks[-1])]
        return any(claims_of_means(outcomes[:look], threshold, FIVE, claim) for look in looks)

    extended = len(looks) > 1
    kind = f"{tasks.attempts} attempts, {tasks.score}, correlation {tasks.correlation}"
    name = f"means, {'extended' if extended else 'once'}, {looks[-1]} tasks, {kind}, {claim} {threshold}"
    share = drawn_share(claimed, runs, name)
    return Cell(name=name, alpha=FIVE, share=share, runs=runs)


def means_cells(runs: int, sizes: Sequence[int], thresholds: Sequence[Fraction]) -> Iterator[Cell]:
    """Every kind of task, at each size and threshold, decided once."""
    for tasks, n, t, claim in product(TASKS, sizes, thresholds, CLAIMS):
        yield means_cell(tasks, (n,), t, claim, runs=runs)


def extended_means_cells(runs: int, n: int, step: int, thresholds: Sequence[Fraction]) -> Iterator[Cell]:
    """Every kind of task, with a look at each extension."""
    for tasks, t, claim in product(TASKS[::3], thresholds, CLAIMS):
        yield means_cell(tasks, range(step, n + 1, step), t, claim, runs=runs)


# What is wrong with them


def wrong_with(cells: Sequence[Cell]) -> list[str]:
    """The cells that exceed their error unknown to us, and what is known to exceed it when none of its cells does."""
    found = [str(cell) for cell in cells if cell.exceeds and not cell.known]
    idle = {cell.known for cell in cells} - {cell.known for cell in cells if cell.exceeds} - {""}
    return found + [f"nothing exceeds its error any more because {why}: strike it out" for why in sorted(idle)]


# What a benchmark must be able to see


def peeked_at_once(n: int, threshold: Fraction) -> Cell:
    """A run that grows to n units, looked at after each under the test for one look: it must be seen to be wrong."""
    looks = tuple(range(1, n + 1))
    plan = Plan(looks=looks, threshold=threshold, alpha=FIVE, claim="below", anytime=False)
    return Cell(name=f"counts, once, looked at {n} times", alpha=FIVE, share=counted(plan))


def pooled(tasks: Tasks, n: int, threshold: Fraction, runs: int) -> Cell:
    """Attempts taken for units of their own: they must be seen to be wrong where tasks are not alike."""
    total = n * tasks.attempts

    def claimed(rng: random.Random) -> bool:
        hits = sum((tasks.drawn(rng, float(threshold)) * tasks.attempts for _ in range(n)), Fraction(0))
        return counts_interval(int(hits), total, total, alpha=FIVE).hi < threshold

    name = f"{total} attempts at {n} tasks pooled"
    return Cell(name=name, alpha=FIVE, share=drawn_share(claimed, runs, name), runs=runs)
