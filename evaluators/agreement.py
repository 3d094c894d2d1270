"""Whether what a log states about its outcomes is what they give: aggregates computed anew, and compared.

A log states floats, so a stated mean agrees when it is within a billionth; a stated standard error is compared by its
square, since no rational has every root. What is not understood is not compared, and nothing here decides a threshold.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import comb

_NEAR = Fraction(1, 10**9)


def pass_at(successes: int, attempts: int, k: int) -> Fraction:
    """The unbiased probability that one of k attempts succeeds: 1 - C(n - c, k) / C(n, k)."""
    return 1 - Fraction(comb(attempts - successes, k), comb(attempts, k))


def reduced(values: Sequence[Fraction], reducer: str) -> Fraction | None:
    """The outcome of a unit from its attempts as a named reducer of Inspect has it; None for one that is not known."""
    word, _, number = reducer.rpartition("_")
    k = int(number) if number.isdecimal() and len(number) < 5 else 0
    successes = sum(value >= 1 for value in values)
    match word if k else reducer:
        case "" | "mean":
            return sum(values, Fraction(0)) / len(values)
        case "max":
            return max(values)
        case "median":
            ranked = sorted(values)
            half = len(ranked) // 2
            return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2
        case "mode":
            return Counter(values).most_common(1)[0][0]
        case "pass_at":
            return pass_at(successes, len(values), k) if len(values) >= k else None
        case "pass_k":
            return Fraction(comb(successes, k), comb(len(values), k)) if len(values) >= k else None
        case "at_least":
            return Fraction(int(successes >= k))
        case _:
            return None


def mean(values: Iterable[Fraction]) -> tuple[Fraction, int]:
    """The mean of some values, and how many they are; 0 for none."""
    parts: dict[int, int] = {}
    count = 0
    for value in values:
        above, under = value.as_integer_ratio()
        parts[under] = parts.get(under, 0) + above
        count += 1
    total = sum((Fraction(above, under) for under, above in sorted(parts.items())), Fraction(0))
    return (total / count if count else Fraction(0)), count


def same(stated: Fraction, found: Fraction, *, scale: Fraction = Fraction(1)) -> bool:
    """Whether a stated number is the one found, but for its rounding."""
    return abs(stated - found) <= _NEAR * max(scale, abs(found))


def same_root(stated: Fraction, square: Fraction) -> bool:
    """Whether a stated number is the root of a square, but for its rounding."""
    return stated >= 0 and abs(stated * stated - square) <= _NEAR * max(square, _NEAR)


def variance(values: Sequence[Fraction], center: Fraction) -> Fraction:
    """The sum of squared distances from the center."""
    if not values:
        return Fraction(0)
    counted: dict[Fraction, int] = {}
    for value in values:
        counted[value] = counted.get(value, 0) + 1
    return sum(((value - center) ** 2 * count for value, count in sorted(counted.items())), Fraction(0))


def disagreements(stated: Mapping[str, Fraction], values: Sequence[Fraction], averages: Iterable[str]) -> list[str]:
    """What is wrong with the stated means and the standard error `stderr` of some unit outcomes, in words."""
    center, count = mean(values)
    found = [
        f"it states {name} {float(stated[name]):.6g}, its {count} outcomes give {float(center):.6g}"
        for name in averages
        if name in stated and not same(stated[name], center)
    ]
    error = stated.get("stderr")
    if error is not None and count:
        square = variance(values, center) / (count * (count - 1)) if count > 1 else Fraction(0)
        if not same_root(error, square):
            found.append(f"it states a standard error {float(error):.6g}, which its {count} outcomes do not give")
    return found
