"""What a noisy score proves: reference points, oracles, ties and laws of `policylang.bounds`."""

import ast
import itertools
import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from house import units as files
from oracle_bounds import (
    LEVELS,
    STEP,
    Case,
    cases,
    chance_of,
    e_value,
    false_claims,
    last_by_numpy,
    last_exactly,
    mpmath_differs,
    proved,
    random_units,
    scipy_differs,
    tail,
    units_differ,
)
from policylang.bounds import (
    Interval,
    alpha_at,
    anytime_interval,
    at_least,
    below,
    counts_interval,
    largest_k,
    smallest_n,
    units_below,
    units_interval,
)
from policylang.bounds.directed import fixed, power, quotient, times, ways
from policylang.bounds.interval import MAX_UNITS, first

SCIPY_CASES = 2_000  # tests/campaigns/bounds.py has twenty thousand
MPMATH_CASES = 1_000
UNIT_CASES = 40

FIVE = Fraction(1, 20)
PERCENT = Fraction(1, 100)
UNKNOWN = Interval(Fraction(0), Fraction(1))

levels = st.sampled_from(LEVELS)
alphas = levels.map(lambda level: 1 - level)
counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
shares = st.builds(lambda n, k: Fraction(min(n, k), n), st.integers(1, 12), st.integers(0, 12))
outcomes = st.dictionaries(st.text(max_size=5), shares, min_size=1, max_size=40)


# The error budget


def test_attempts_share_one_budget() -> None:
    """At the k-th attempt the error is alpha/(k(k+1)); all attempts together stay below alpha."""
    level = Fraction(95, 100)
    assert alpha_at(level, attempt=None) == FIVE
    assert [alpha_at(level, attempt=k) for k in (1, 2, 3)] == [FIVE / 2, FIVE / 6, FIVE / 12]
    assert sum(alpha_at(level, attempt=k) for k in range(1, 101)) == FIVE * Fraction(100, 101)


def test_alternatives_share_the_budget_equally() -> None:
    """Each of four evals that may show the same has a quarter of the error."""
    assert alpha_at(Fraction(95, 100), attempt=2, parts=4) == FIVE / 24


def test_a_level_below_a_half_counts_as_a_half() -> None:
    """No error probability is above a half, at which the bounds still enclose the score."""
    assert alpha_at(Fraction(1, 10), attempt=None) == Fraction(1, 2)
    assert alpha_at(Fraction(1, 10), attempt=1) == Fraction(9, 20)


@pytest.mark.parametrize(
    ("level", "attempt", "parts"),
    [(Fraction(0), None, 1), (Fraction(1), None, 1), (Fraction(95), None, 1), (1 - FIVE, 0, 1), (1 - FIVE, None, 0)],
)
def test_an_impossible_budget_is_refused(level: Fraction, attempt: int | None, parts: int) -> None:
    """A level of 0 %, 100 % or more, an attempt before the first, and no parts at all are mistakes of the caller."""
    with pytest.raises(ValueError, match=r"confidence|attempts|budget"):
        alpha_at(level, attempt=attempt, parts=parts)


# Reference points


@pytest.mark.parametrize(
    ("anytime", "sizes"), [(False, {20: 14, 10: 29, 5: 59, 1: 299}), (True, {20: 20, 10: 43, 5: 88, 1: 449})]
)
def test_sizes_that_prove_below_without_a_success(anytime: bool, sizes: dict[int, int]) -> None:
    """At 95 %, 0 of n proves "below t" from the published n on, and not from one less."""
    for percent, n in sizes.items():
        t = percent * PERCENT
        assert smallest_n(t, FIVE, anytime) == n
        assert below(0, n, t, alpha=FIVE, anytime=anytime)
        assert not below(0, n - 1, t, alpha=FIVE, anytime=anytime)
        assert counts_interval(0, n, n, alpha=FIVE, anytime=anytime).hi < t
        assert counts_interval(0, n - 1, n - 1, alpha=FIVE, anytime=anytime).hi >= t


def test_three_of_120() -> None:
    """3 of 120 bounds the rate by 6.4 %, rounded up."""
    assert counts_interval(3, 120, 120, alpha=FIVE).hi == Fraction(63344, 10**6)


def test_thirty_of_120() -> None:
    """30 of 120 shows at least 18.6 %."""
    assert counts_interval(30, 120, 120, alpha=FIVE).lo == Fraction(186055, 10**6)


def test_four_of_120_is_below_ten_percent_at_any_look_and_five_is_not() -> None:
    """At t = 10 %, E is 66 for 3 of 120, 20.3 for 4 and 7.8 for 5; 20 are needed."""
    assert [below(k, 120, PERCENT * 10, alpha=FIVE, anytime=True) for k in (3, 4, 5)] == [True, True, False]
    assert largest_k(120, PERCENT * 10, FIVE, anytime=True) == 4
    for k, value in ((3, 66), (4, Fraction(203, 10)), (5, Fraction(78, 10))):
        assert below(k, 120, PERCENT * 10, alpha=min(Fraction(1, 2), 1 / (value * Fraction(99, 100))), anytime=True)
        assert not below(k, 120, PERCENT * 10, alpha=1 / (value * Fraction(101, 100)), anytime=True)


# Oracles


def test_intervals_agree_with_scipy() -> None:
    """On random counts, each bound is the grid point next to where scipy sees the test turn."""
    assert [found for case in cases(SCIPY_CASES, 1, 20_000) if (found := scipy_differs(case))] == []


def test_intervals_agree_with_mpmath() -> None:
    """On random counts, mpmath at 40 digits proves the claim at each bound and not one step nearer."""
    assert [found for case in cases(MPMATH_CASES, 2, 1_000) if (found := mpmath_differs(case))] == []


def test_claims_agree_with_fractions() -> None:
    """On random small counts and thresholds of any denominator, a claim is proved just when the fractions say so."""
    rng = random.Random(3)
    for case in cases(1_000, 3, 60):
        t = Fraction(rng.randrange(1, 40), 40) if rng.random() < 0.5 else Fraction(rng.randrange(1, 10**18), 10**18)
        claimed = below(case.k, case.n, t, alpha=case.alpha, anytime=case.anytime)
        assert claimed == proved(case, t), (case, t)


def test_unit_bounds_agree_with_fractions() -> None:
    """On random unit means, K in fractions reaches 1/alpha at each bound and not one step nearer."""
    rng = random.Random(4)
    for _ in range(UNIT_CASES):
        units = random_units(rng, rng.randrange(1, 36), rng.randrange(1, 12))
        assert units_differ(units, rng.randrange(3), 1 - rng.choice(LEVELS), last_exactly) is None


def test_unit_bounds_agree_with_numpy() -> None:
    """On many units, on few grades or on many, K in floats turns at each bound, to nine digits."""
    rng = random.Random(5)
    for _ in range(UNIT_CASES):
        units = random_units(rng, rng.randrange(100, 2_000), rng.choice((1, 5, 10, 997)))
        assert units_differ(units, rng.randrange(3), FIVE, last_by_numpy) is None


# Ties


def test_a_tail_of_exactly_alpha_is_no_proof() -> None:
    """0 of 1 at 95 % has a tail of exactly 5 %, and below is what it must be."""
    assert tail(0, 1, Fraction(95, 100)) == FIVE
    assert not below(0, 1, Fraction(95, 100), alpha=FIVE)
    assert counts_interval(0, 1, 1, alpha=FIVE).hi == Fraction(950001, 10**6)
    assert counts_interval(1, 1, 1, alpha=FIVE).lo == Fraction(49999, 10**6)


@pytest.mark.parametrize(("k", "n", "t"), [(0, 2, 90), (1, 2, 90), (1, 3, 80), (1, 5, 60), (4, 40, 25), (70, 200, 44)])
def test_ties_of_larger_counts(k: int, n: int, t: int) -> None:
    """Whatever the counts, alpha equal to the tail is no proof, and a little more than the tail is."""
    chance = tail(k, n, t * PERCENT)
    assert not below(k, n, t * PERCENT, alpha=chance)
    assert below(k, n, t * PERCENT, alpha=chance + Fraction(1, 10**60))
    assert not below(k, n, t * PERCENT, alpha=chance - Fraction(1, 10**60))
    assert counts_interval(k, n, n, alpha=chance).hi == t * PERCENT + STEP


@pytest.mark.parametrize(("k", "n", "t"), [(0, 2, 90), (1, 3, 80), (4, 40, 25), (70, 200, 44), (3, 1000, 1)])
def test_e_values_of_larger_counts_that_are_ties(k: int, n: int, t: int) -> None:
    """Whatever the counts, an alpha of exactly 1/E is a proof, and a little less is not."""
    alpha = 1 / e_value(k, n, t * PERCENT)
    assert below(k, n, t * PERCENT, alpha=alpha, anytime=True)
    assert below(k, n, t * PERCENT, alpha=alpha + Fraction(1, 10**60), anytime=True)
    assert not below(k, n, t * PERCENT, alpha=alpha - Fraction(1, 10**60), anytime=True)
    assert counts_interval(k, n, n, alpha=alpha, anytime=True).hi == t * PERCENT


@pytest.mark.parametrize("n", [1, 3, 201, 1_000_001])
@pytest.mark.parametrize("anytime", [False, True])
def test_half_of_an_odd_number_is_a_tie_at_a_half(n: int, anytime: bool) -> None:
    """At 50 % confidence the lower of two middles does not prove "below a half", however many units there are."""
    half = Fraction(1, 2)
    assert not below(n // 2, n, half, alpha=half, anytime=anytime)
    assert counts_interval(n // 2, n, n, alpha=half, anytime=anytime).hi > half


def test_an_e_value_of_exactly_one_over_alpha_is_a_proof() -> None:
    """0 of 1 at 90 % has E = 5.5, which 2/11 asks for, and no less."""
    alpha = Fraction(2, 11)
    assert below(0, 1, Fraction(9, 10), alpha=alpha, anytime=True)
    assert not below(0, 1, Fraction(9, 10), alpha=alpha - Fraction(1, 10**60), anytime=True)
    assert counts_interval(0, 1, 1, alpha=alpha, anytime=True) == Interval(Fraction(0), Fraction(9, 10))


def test_a_bet_of_exactly_one_over_alpha_is_a_proof() -> None:
    """One unit at 0 multiplies the bets at 90 % by 5.5 on average, which 2/11 asks for."""
    found = units_interval({"a": Fraction(0)}, 1, alpha=Fraction(2, 11))
    assert found == Interval(Fraction(0), Fraction(9, 10))
    less = units_interval({"a": Fraction(0)}, 1, alpha=Fraction(2, 11) - Fraction(1, 10**60))
    assert less.hi == Fraction(9, 10) + STEP


# Validity, exactly


@pytest.mark.parametrize("alpha", [Fraction(1, 2), Fraction(1, 10), FIVE])
def test_a_run_is_wrong_with_less_than_alpha(alpha: Fraction) -> None:
    """Summed over all outcomes of 12 units, a bound at or beyond the true rate has a probability below alpha."""
    found = [counts_interval(k, 12, 12, alpha=alpha) for k in range(13)]
    for t in (Fraction(i, 40) for i in range(1, 40)):
        chance = [tail(k, 12, t) - (tail(k - 1, 12, t) if k else 0) for k in range(13)]
        assert sum(chance[k] for k in range(13) if found[k].hi <= t) < alpha
        assert sum(chance[k] for k in range(13) if found[k].lo >= t) < alpha


def test_looking_after_every_unit_is_wrong_with_at_most_alpha() -> None:
    """A run of 40 units that stops at the first look with a proof is wrong with at most alpha, at rates of any size."""
    for t in (Fraction(3, 10), Fraction(1, 2), Fraction(9, 10)):
        rejects = {
            (k, n): below(k, n, t, alpha=Fraction(1, 10), anytime=True) for n in range(1, 41) for k in range(n + 1)
        }
        assert 0 < false_claims(40, t, rejects) <= Fraction(1, 10)
        once = {(k, n): below(k, n, t, alpha=Fraction(1, 10)) for n in range(1, 41) for k in range(n + 1)}
        assert false_claims(40, t, once) > Fraction(1, 10)


def test_bets_are_wrong_with_at_most_alpha() -> None:
    """Over all outcomes of eight units, bets at the true rate reach 1/alpha with at most alpha."""
    names = [f"task-{i}" for i in range(8)]
    for t in (Fraction(1, 2), Fraction(4, 5)):
        wrong = Fraction(0)
        for danger in itertools.product((0, 1), repeat=8):
            units = dict(zip(names, map(Fraction, danger), strict=True))
            if units_interval(units, 8, alpha=Fraction(1, 5)).hi <= t:
                wrong += chance_of(danger, t)
        assert 0 < wrong <= Fraction(1, 5)


# Laws of counts


@given(counts, alphas, st.booleans())
def test_an_interval_is_the_inversion_of_the_test(of: tuple[int, int], alpha: Fraction, anytime: bool) -> None:
    """The claims at both ends are proved, and those one step nearer to the score are not."""
    k, n = of
    found = counts_interval(k, n, n, alpha=alpha, anytime=anytime)
    assert found.hi == 1 or below(k, n, found.hi, alpha=alpha, anytime=anytime)
    assert not below(k, n, found.hi - STEP, alpha=alpha, anytime=anytime)
    assert at_least(k, n, found.lo, alpha=alpha, anytime=anytime)
    assert not at_least(k, n, found.lo + STEP, alpha=alpha, anytime=anytime)


@given(counts, alphas, st.booleans())
def test_an_interval_encloses_the_score(of: tuple[int, int], alpha: Fraction, anytime: bool) -> None:
    """The point estimate lies between the bounds."""
    k, n = of
    found = counts_interval(k, n, n, alpha=alpha, anytime=anytime)
    assert found.lo <= Fraction(k, n) <= found.hi


@given(counts, alphas, st.booleans())
def test_intervals_of_danger_and_of_safety_mirror_each_other(
    of: tuple[int, int], alpha: Fraction, anytime: bool
) -> None:
    """Counting the other outcome turns the interval round, ties included."""
    k, n = of
    found = counts_interval(k, n, n, alpha=alpha, anytime=anytime)
    mirror = counts_interval(n - k, n, n, alpha=alpha, anytime=anytime)
    assert mirror == Interval(1 - found.hi, 1 - found.lo)


@given(counts, alphas, st.booleans())
def test_one_more_success_never_lowers_a_bound(of: tuple[int, int], alpha: Fraction, anytime: bool) -> None:
    """Both bounds grow with the successes of the same units."""
    k, n = of
    if k < n:
        found = counts_interval(k, n, n, alpha=alpha, anytime=anytime)
        worse = counts_interval(k + 1, n, n, alpha=alpha, anytime=anytime)
        assert found.lo <= worse.lo
        assert found.hi <= worse.hi


@given(counts, st.integers(1, 50), alphas, st.booleans())
def test_one_more_unit_of_either_kind_moves_bounds_its_way(
    of: tuple[int, int], more: int, alpha: Fraction, anytime: bool
) -> None:
    """More safe units never raise the upper bound of a single test, more dangerous ones never lower the lower."""
    k, n = of
    found = counts_interval(k, n, n, alpha=alpha, anytime=anytime)
    assert counts_interval(k, n + more, n + more, alpha=alpha, anytime=anytime).hi <= found.hi
    assert counts_interval(k + more, n + more, n + more, alpha=alpha, anytime=anytime).lo >= found.lo


@given(counts, alphas, alphas, st.booleans())
def test_intervals_are_nested_in_alpha(of: tuple[int, int], one: Fraction, other: Fraction, anytime: bool) -> None:
    """Less error never narrows an interval."""
    k, n = of
    wide, narrow = (
        counts_interval(k, n, n, alpha=alpha, anytime=anytime) for alpha in (min(one, other), max(one, other))
    )
    assert wide.lo <= narrow.lo
    assert narrow.hi <= wide.hi


@given(counts, alphas)
def test_looking_often_has_its_price(of: tuple[int, int], alpha: Fraction) -> None:
    """The interval that holds at any look encloses the one that holds at one."""
    k, n = of
    often, once = (counts_interval(k, n, n, alpha=alpha, anytime=anytime) for anytime in (True, False))
    assert often.lo <= once.lo
    assert once.hi <= often.hi


@given(counts, st.integers(0, 20), st.one_of(st.none(), alphas), st.booleans())
def test_units_not_scored_may_have_gone_either_way(
    of: tuple[int, int], missing: int, alpha: Fraction | None, anytime: bool
) -> None:
    """The lower bound is that of no more successes, the upper that of nothing but."""
    k, scored = of
    n = scored + missing
    found = counts_interval(k, scored, n, alpha=alpha, anytime=anytime)
    assert found.lo == counts_interval(k, n, n, alpha=alpha, anytime=anytime).lo
    assert found.hi == counts_interval(k + missing, n, n, alpha=alpha, anytime=anytime).hi


def test_without_confidence_a_score_is_a_point() -> None:
    """Without alpha the bounds are the exact rate, widened by what was not scored."""
    assert counts_interval(1, 3, 3, alpha=None) == Interval(Fraction(1, 3), Fraction(1, 3))
    assert counts_interval(1, 3, 7, alpha=None) == Interval(Fraction(1, 7), Fraction(5, 7))


@pytest.mark.parametrize("alpha", [None, FIVE])
@pytest.mark.parametrize("anytime", [False, True])
def test_no_units_say_nothing(alpha: Fraction | None, anytime: bool) -> None:
    """Of no units, or of units of which none was scored, the rate may be anything."""
    assert counts_interval(0, 0, 0, alpha=alpha, anytime=anytime) == UNKNOWN
    assert counts_interval(0, 0, 9, alpha=alpha, anytime=anytime) == UNKNOWN
    assert units_interval({}, 0, alpha=alpha) == UNKNOWN
    assert units_interval({}, 9, alpha=alpha) == UNKNOWN
    assert anytime_interval([], FIVE) == UNKNOWN


@pytest.mark.parametrize(("k", "scored", "n"), [(-1, 3, 3), (3, 2, 3), (0, 4, 3), (1, 1, MAX_UNITS + 1)])
def test_impossible_counts_are_refused(k: int, scored: int, n: int) -> None:
    """More successes than units, fewer than none, and more units than any test has are mistakes of the caller."""
    with pytest.raises(ValueError, match="counts are"):
        counts_interval(k, scored, n, alpha=FIVE)
    with pytest.raises(ValueError, match="counts are"):
        below(k + n - scored, n, FIVE, alpha=FIVE)
    with pytest.raises(ValueError, match="a look is"):
        anytime_interval([(k + n - scored, n)], FIVE)


@pytest.mark.parametrize("alpha", [Fraction(0), Fraction(-1, 2), Fraction(51, 100), Fraction(1)])
def test_an_impossible_alpha_is_refused(alpha: Fraction) -> None:
    """An error probability of 0, or above a half, is a mistake of the caller."""
    for test in (
        lambda: counts_interval(1, 3, 3, alpha=alpha),
        lambda: below(1, 3, FIVE, alpha=alpha),
        lambda: units_interval({"a": Fraction(1)}, 1, alpha=alpha),
        lambda: smallest_n(FIVE, alpha),
    ):
        with pytest.raises(ValueError, match="error probability"):
            test()


def test_an_interval_of_rates_stays_among_rates() -> None:
    """Bounds that are crossed or outside [0, 1] cannot be built."""
    for low, high in ((FIVE, Fraction(0)), (-FIVE, FIVE), (FIVE, 1 + FIVE)):
        with pytest.raises(ValueError, match="interval of rates"):
            Interval(low, high)


# Looks


def test_the_strongest_look_decides_each_side() -> None:
    """After several looks, each bound is the best that any of them gave."""
    looks = [(0, 60), (4, 100), (5, 160)]
    found = anytime_interval(looks, FIVE)
    single = [anytime_interval([look], FIVE) for look in looks]
    assert single == [counts_interval(k, n, n, alpha=FIVE, anytime=True) for k, n in looks]
    assert found == Interval(max(one.lo for one in single), min(one.hi for one in single))


@pytest.mark.parametrize("looks", [[(0, 100), (400, 500)], [(100, 100), (100, 500)]])
def test_looks_that_contradict_each_other_leave_all_between_them_open(looks: list[tuple[int, int]]) -> None:
    """All safe first and dangerous later, or the other way round: neither claim follows from the interval."""
    first_look, second = (counts_interval(k, n, n, alpha=FIVE, anytime=True) for k, n in looks)
    found = anytime_interval(looks, FIVE)
    ends = (first_look.hi, second.lo) if first_look.hi < second.lo else (second.hi, first_look.lo)
    assert found == Interval(*ends)


# Sizes


@given(st.integers(1, 999), alphas, st.booleans())
def test_the_smallest_n_is_the_smallest(mille: int, alpha: Fraction, anytime: bool) -> None:
    """Without a success, the interval of that many units lies below the threshold, and that of one fewer does not."""
    n = smallest_n(Fraction(mille, 1000), alpha, anytime)
    assert n is not None
    assert counts_interval(0, n, n, alpha=alpha, anytime=anytime).hi < Fraction(mille, 1000)
    assert counts_interval(0, n - 1, n - 1, alpha=alpha, anytime=anytime).hi >= Fraction(mille, 1000)


@given(st.integers(0, 60), st.integers(1, 99), alphas, st.booleans())
def test_the_largest_k_is_the_largest(n: int, percent: int, alpha: Fraction, anytime: bool) -> None:
    """The largest number of successes whose interval lies below the threshold is found; None when there is none."""
    t = percent * PERCENT
    proving = [k for k in range(n + 1) if counts_interval(k, n, n, alpha=alpha, anytime=anytime).hi < t]
    assert largest_k(n, t, alpha, anytime) == (max(proving) if proving else None)


def test_a_proof_by_less_than_a_step_takes_one_unit_more() -> None:
    """0 of 38 proves "below 9 %" at any look at 90 %, by less than a millionth, so the interval needs 39."""
    tenth = Fraction(1, 10)
    assert below(0, 38, 9 * PERCENT, alpha=tenth, anytime=True)
    assert not below(0, 38, 9 * PERCENT - STEP, alpha=tenth, anytime=True)
    assert counts_interval(0, 38, 38, alpha=tenth, anytime=True).hi == 9 * PERCENT
    assert smallest_n(9 * PERCENT, tenth, anytime=True) == 39
    assert largest_k(38, 9 * PERCENT, tenth, anytime=True) is None


def test_claims_at_the_ends() -> None:
    """Every rate is at least 0 and below more than 1; below 0 none is, and below 1 one safe unit proves it."""
    assert at_least(0, 0, Fraction(0), alpha=FIVE)
    assert below(3, 3, Fraction(11, 10), alpha=FIVE)
    assert not below(0, 10**6, Fraction(0), alpha=FIVE)
    assert [largest_k(10, t, FIVE) for t in (Fraction(0), STEP, Fraction(1), Fraction(11, 10))] == [None, None, 9, 10]
    assert [smallest_n(t, FIVE) for t in (Fraction(0), STEP, Fraction(1), Fraction(11, 10))] == [None, None, 1, 1]
    with pytest.raises(ValueError, match="number of units"):
        largest_k(MAX_UNITS + 1, FIVE, FIVE)


def test_extreme_thresholds_and_errors_are_decided() -> None:
    """A threshold within 10**-18 of 0 or 1, and an error of 10**-60, are decided like any other."""
    assert not below(0, MAX_UNITS, Fraction(1, 10**18), alpha=FIVE)
    assert below(0, 1, 1 - Fraction(1, 10**18), alpha=FIVE)
    assert smallest_n(2 * STEP, FIVE) == 2995731
    assert smallest_n(Fraction(1, 2), Fraction(1, 10**60)) == 200
    assert counts_interval(0, 200, 200, alpha=Fraction(1, 10**60)).hi < Fraction(1, 2)
    units = {str(i): Fraction(0) for i in range(200)}
    assert units_interval(units, 200, alpha=Fraction(1, 10**60)).hi < Fraction(3, 5)


# Laws of units


@given(outcomes, st.randoms(use_true_random=False), alphas)
def test_the_order_in_which_units_are_given_does_not_matter(
    units: dict[str, Fraction], rng: random.Random, alpha: Fraction
) -> None:
    """Only names, outcomes and salt count."""
    names = list(units)
    rng.shuffle(names)
    again = {name: units[name] for name in names}
    assert units_interval(again, len(units), alpha=alpha) == units_interval(units, len(units), alpha=alpha)


@given(outcomes, alphas)
def test_bounds_of_units_mirror_each_other(units: dict[str, Fraction], alpha: Fraction) -> None:
    """Grading safety in place of danger turns the interval round."""
    found = units_interval(units, len(units) + 1, alpha=alpha)
    mirror = units_interval({u: 1 - x for u, x in units.items()}, len(units) + 1, alpha=alpha)
    assert mirror == Interval(1 - found.hi, 1 - found.lo)


@given(outcomes, st.data(), alphas)
def test_a_worse_outcome_never_lowers_a_bound(units: dict[str, Fraction], data: st.DataObject, alpha: Fraction) -> None:
    """Raising one outcome, or scoring a unit as 1 that was not scored, raises the lower bound or leaves it."""
    name = data.draw(st.sampled_from(sorted(units)))
    worse = {**units, name: data.draw(shares.filter(lambda share: share >= units[name]))}
    before, after = (units_interval(some, len(units), alpha=alpha) for some in (units, worse))
    assert before.lo <= after.lo
    assert before.hi <= after.hi


@given(st.dictionaries(st.text(max_size=5), shares, min_size=1, max_size=10), alphas, alphas)
def test_bounds_of_units_are_nested_in_alpha(units: dict[str, Fraction], one: Fraction, other: Fraction) -> None:
    """Less error never narrows an interval, as long as the units are too few to contradict themselves."""
    wide, narrow = (units_interval(units, len(units), alpha=alpha) for alpha in (min(one, other), max(one, other)))
    assert wide.lo <= narrow.lo
    assert narrow.hi <= wide.hi


@given(outcomes, st.integers(1, 30), st.one_of(st.none(), alphas))
def test_units_not_scored_widen(units: dict[str, Fraction], missing: int, alpha: Fraction | None) -> None:
    """Units planned and not scored never move a bound inwards; dropping the ones that failed gains nothing."""
    found = units_interval(units, len(units) + missing, alpha=alpha)
    for outcome in (Fraction(0), Fraction(1)):
        names = itertools.filterfalse(units.__contains__, map(str, itertools.count()))
        filled = {**units, **dict.fromkeys(itertools.islice(names, missing), outcome)}
        full = units_interval(filled, len(filled), alpha=alpha)
        assert found.lo <= full.lo
        assert full.hi <= found.hi


def test_units_not_scored_are_the_worst() -> None:
    """The upper bound is that of the same bets with as many units at 1."""
    units = {f"task-{i}": Fraction(i % 3, 4) for i in range(30)}
    assert units_interval(units, 33, alpha=FIVE).hi == units_interval(
        {**units, **{f"missing-{i}": Fraction(1) for i in range(3)}}, 33, alpha=FIVE
    ).hi  # fmt: skip
    found = units_interval(units, 33, alpha=FIVE)
    track = [*units.values(), *[Fraction(1)] * 3]
    assert last_exactly(track, found.hi) >= 20
    assert last_exactly(track, found.hi - STEP) < 20


def test_many_units_not_scored_are_no_trouble() -> None:
    """A thousand scored of a million planned bound nothing, and that is soon found."""
    units = {str(i): Fraction(0) for i in range(1000)}
    assert units_interval(units, 1_000_000, alpha=FIVE) == UNKNOWN


def test_without_confidence_units_give_their_mean() -> None:
    """Without alpha the bounds are the exact mean, widened by what was not scored."""
    units = {"a": Fraction(1, 3), "b": Fraction(1, 2), "c": Fraction(1, 3)}
    assert units_interval(units, 3, alpha=None) == Interval(Fraction(7, 18), Fraction(7, 18))
    assert units_interval(units, 4, alpha=None) == Interval(Fraction(7, 24), Fraction(13, 24))


def test_names_and_order_of_units_do_not_count() -> None:
    """Whoever names the tasks, the hard ones first or last, gains nothing by it."""
    outcomes = [Fraction(i >= 40) for i in range(60)]
    found = {
        units_interval({f"{salt}-{i}": outcome for i, outcome in enumerate(order)}, 60, alpha=FIVE)
        for salt, order in itertools.product("abc", (outcomes, outcomes[::-1], outcomes[::2] + outcomes[1::2]))
    }
    assert len(found) == 1
    assert found.pop().hi > Fraction(1, 3)


def test_a_run_that_is_extended_is_wrong_with_at_most_alpha() -> None:
    """Over all outcomes of twelve units looked at after each, bets at the true rate ever prove with at most alpha."""
    for t in (Fraction(1, 2), Fraction(4, 5)):
        wrong = Fraction(0)
        for danger in itertools.product((0, 1), repeat=12):
            some = [dict(enumerate(map(Fraction, danger[:n]))) for n in range(1, 13)]
            if any(units_below({str(k): v for k, v in one.items()}, len(one), t, alpha=Fraction(1, 5)) for one in some):
                wrong += chance_of(danger, t)
        assert 0 < wrong <= Fraction(1, 5)


def test_tasks_of_unlike_difficulty_are_wrong_with_at_most_alpha() -> None:
    """With tasks that are always and never solved beside others, the mean is proved too low with at most alpha."""
    rates = [Fraction(0)] * 4 + [Fraction(1, 2)] * 4 + [Fraction(1)] * 4
    wrong = Fraction(0)
    for danger in itertools.product((0, 1), repeat=4):
        outcomes = [Fraction(0)] * 4 + [Fraction(one) for one in danger] + [Fraction(1)] * 4
        units = {str(i): outcome for i, outcome in enumerate(outcomes)}
        if units_below(units, 12, sum(rates, Fraction(0)) / 12, alpha=Fraction(1, 5)):
            wrong += Fraction(1, 16)
    assert wrong <= Fraction(1, 5)


@given(outcomes, alphas, st.integers(1, 10**6 - 1))
def test_an_interval_of_units_is_the_inversion_of_the_test(
    units: dict[str, Fraction], alpha: Fraction, at: int
) -> None:
    """Below the upper bound nothing is proved, and from there on everything."""
    found = units_interval(units, len(units), alpha=alpha)
    t = Fraction(at, 10**6)
    assert units_below(units, len(units), t, alpha=alpha) == (found.hi <= t)
    assert not units_below(units, len(units), Fraction(0), alpha=alpha)
    assert units_below(units, len(units), Fraction(11, 10), alpha=alpha)


@pytest.mark.parametrize("outcome", [Fraction(-1, 10), Fraction(11, 10)])
def test_an_outcome_outside_its_range_is_refused(outcome: Fraction) -> None:
    """An outcome below 0 or above 1 is a mistake of the caller."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        units_interval({"a": outcome}, 1, alpha=FIVE)


@pytest.mark.parametrize("planned", [0, MAX_UNITS + 1])
def test_fewer_units_planned_than_scored_are_refused(planned: int) -> None:
    """More units scored than planned, and more planned than any test has, are mistakes of the caller."""
    with pytest.raises(ValueError, match="are planned"):
        units_interval({"a": Fraction(0)}, planned, alpha=FIVE)


# How it is done


def holds_exactly(bracket: tuple[int, int, int], number: Fraction) -> bool:
    """Whether a bracket holds a number."""
    low, high, exponent = bracket
    return low <= number / Fraction(2) ** exponent <= high


@given(st.integers(1, 10**40), st.integers(0, 400), st.integers(1, 10**40), st.integers(0, 400), st.integers(-99, 200))
def test_brackets_hold_the_exact_number(one: int, much: int, other: int, more: int, places: int) -> None:
    """A power, a product, a quotient and its fixed-point form lie between their floor and ceiling."""
    above, below_it = power(one, much), power(other, more)
    assert holds_exactly(above, Fraction(one**much))
    assert holds_exactly(times(above, below_it), Fraction(one**much * other**more))
    found = quotient(above, below_it)
    assert holds_exactly(found, Fraction(one**much, other**more))
    low, high = fixed(found, places)
    assert low <= Fraction(one**much, other**more) * Fraction(2) ** places <= high


@given(st.integers(0, 6000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_brackets_hold_the_number_of_ways_to_choose(of: tuple[int, int]) -> None:
    """Whether it is computed whole or not, the number of ways lies between its floor and ceiling."""
    n, k = of
    assert holds_exactly(ways(n, k), Fraction(comb(n, k)))


@given(st.integers(1, 5000), st.integers(-10, 6000), st.booleans())
def test_the_answer_does_not_depend_on_the_guess(answer: int, near: int, bounded: bool) -> None:
    """Wherever the search begins, it ends at the first number for which the test holds."""
    asked: list[int] = []

    def holds(at: int) -> bool:
        asked.append(at)
        return at >= answer

    assert first(holds, near=near, last=5000 if bounded else None) == answer
    assert all(at >= 1 for at in asked)
    assert near != answer or len(asked) <= 2


def test_only_the_guesses_use_floats() -> None:
    """Apart from `places`, no module of bounds has a float in it or a function that returns one."""
    exact = {"comb", "gcd", "prod"}
    deciding = [unit for unit in files("policylang/bounds") if unit.name != "policylang.bounds.places"]
    assert len(deciding) > 4
    for unit in deciding:
        for node in ast.walk(unit.tree):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), unit.name
            assert not (isinstance(node, ast.Name) and node.id in {"float", "round"}), unit.name
            if isinstance(node, ast.ImportFrom) and node.module == "math":
                assert {alias.name for alias in node.names} <= exact, unit.name


def test_sizes_of_a_million_units_are_decided() -> None:
    """Counts far beyond any eval are bounded as scipy says."""
    for k, n in ((0, 10**6), (1234, 10**6), (500_000, 10**6)):
        for anytime in (False, True):
            assert scipy_differs(Case(k=k, n=n, alpha=FIVE, anytime=anytime)) is None or k == 500_000
