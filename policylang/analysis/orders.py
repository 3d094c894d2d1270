"""Which of two durations is the longer, and which of two lists of demands asks for more.

A duration is as long as the calendar makes it: 24 hours are 24 hours, one month is 28 to 31 days, and a business day is
a day at least and, since any number of holidays may follow, has no greatest length. A day without a time of day is the
whole day, so a limit counted in days runs to the end of one, and 1 day is longer than 24 hours. Within one unit numbers
decide; across units one is the longer only if it is so from every start.
"""

import functools
from collections.abc import Callable, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar, assert_never

from policylang.analysis.difference import Direction
from policylang.graph.nodes import Period
from policylang.kinds import SECONDS, Quantity, Unit

Demand = TypeVar("Demand")

OPEN = " (no value)"
"""What stands behind the name of a parameter that has no value."""
_DAY = 86400
_CYCLE = 4800  # months after which the calendar repeats
_CYCLE_DAYS = 146097


class Order(StrEnum):
    """How the new stands to the old."""

    SAME = "same"
    MORE = "more"
    LESS = "less"
    UNCLEAR = "unclear"


def compared_lengths(old: Quantity, new: Quantity) -> Order:
    """Whether the new duration is longer (MORE) or shorter (LESS) than the old, from whatever moment both run."""
    (sort, count), (new_sort, new_count) = _counted(old), _counted(new)
    if sort is new_sort:
        return Order.SAME if count == new_count else Order.MORE if new_count > count else Order.LESS
    is_exact = Unit.SECOND in (sort, new_sort)  # a limit counted in days runs to the end of one
    if _surely(_longest(sort, count, is_exact), _shortest(new_sort, new_count)):
        return Order.MORE
    return Order.LESS if _surely(_longest(new_sort, new_count, is_exact), _shortest(sort, count)) else Order.UNCLEAR


def _surely(longest: int | None, shortest: int) -> bool:
    return longest is not None and longest <= shortest


def _counted(quantity: Quantity) -> tuple[Unit, int]:
    """A duration as whole seconds, days, business days or months, as the calendar counts it."""
    number, unit = quantity.number, quantity.unit
    match unit:
        case Unit.YEAR | Unit.MONTH:
            return Unit.MONTH, _whole(number * (12 if unit is Unit.YEAR else 1))
        case Unit.BUSINESS_DAY:
            return Unit.BUSINESS_DAY, _whole(number)
        case Unit.WEEK | Unit.DAY:
            return Unit.DAY, _whole(number * (7 if unit is Unit.WEEK else 1))
        case _:
            return Unit.SECOND, _whole(number * SECONDS[unit])


def _whole(number: Fraction) -> int:
    return number.numerator // number.denominator


def _shortest(sort: Unit, count: int) -> int:
    """The least seconds it may take."""
    match sort:
        case Unit.SECOND:
            return count
        case Unit.DAY:
            return count * _DAY
        case Unit.BUSINESS_DAY:  # from a Sunday on, with no holiday in between
            weeks, rest = divmod(max(count, 1) - 1, 5)
            return (7 * weeks + rest + 1) * _DAY if count > 0 else 0
        case _:
            return _months(count)[0] * _DAY


def _longest(sort: Unit, count: int, is_exact: bool) -> int | None:
    """The most seconds it may take, to the end of its last day where that counts; None: without an end."""
    rest = _DAY - 1 if is_exact else 0
    match sort:
        case Unit.SECOND:
            return count
        case Unit.DAY:
            return count * _DAY + rest
        case Unit.BUSINESS_DAY:
            return None if count > 0 else rest
        case _:
            return _months(count)[1] * _DAY + rest


@functools.lru_cache(maxsize=256)
def _months(count: int) -> tuple[int, int]:
    """The fewest and the most days that so many months have, from any day of any month."""
    cycles, rest = divmod(count, _CYCLE)
    lengths, starts = _calendar()
    found = []
    for month in range(_CYCLE):
        days = starts[month + rest] - starts[month]
        clamped = max(0, lengths[month] - lengths[(month + rest) % _CYCLE])  # from 31 January to 28 February
        found += [days, days - clamped]
    return cycles * _CYCLE_DAYS + min(found), cycles * _CYCLE_DAYS + max(found)


@functools.cache
def _calendar() -> tuple[list[int], list[int]]:
    """How many days each month of 400 years has, and how many days are before each month of 800."""
    lengths = []
    for year in range(_CYCLE // 12):
        is_leap = year % 4 == 0 and (year % 100 != 0 or year == 0)
        lengths += [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    starts = [0]
    for length in (*lengths, *lengths):
        starts.append(starts[-1] + length)
    return lengths, starts


def compared_demands(old: Sequence[Demand], new: Sequence[Demand], implies: Callable[[Demand, Demand], bool]) -> Order:
    """Whether the new demands together ask for more or less than the old; `implies(a, b)`: who meets a meets b."""
    kept = all(any(implies(now, was) for now in new) for was in old)
    had = all(any(implies(was, now) for was in old) for now in new)
    if kept and had:
        return Order.SAME
    return Order.MORE if kept else Order.LESS if had else Order.UNCLEAR


# Periods: durations that may be missing, or left open by a parameter


def compared_periods(old: Period | None, new: Period | None, *, unset: Order) -> Order:
    """The same of periods; none has no end, and one that a parameter leaves open is longest (`MORE`) or shortest.

    What can never be met by a length left open (a validity, an age, a cadence) is shortest then, and a deadline that
    never passes is longest.
    """
    sizes = _size(old, unset), _size(new, unset)
    if sizes[0] != sizes[1]:
        return Order.MORE if sizes[1] > sizes[0] else Order.LESS
    if old is None or new is None or old.quantity is None or new.quantity is None:
        return Order.SAME
    return compared_lengths(old.quantity, new.quantity)


def _size(period: Period | None, unset: Order) -> int:
    if period is None:
        return 1
    return 0 if period.quantity is not None else 1 if unset is Order.MORE else -1


def period_text(period: Period | None) -> str:
    """A period as its value, whichever name it goes by; `none` for none."""
    if period is None:
        return "none"
    return f"{period.text}{OPEN}" if period.quantity is None else str(period.quantity)


def valid_instead(was: str, now: str) -> str:
    """How long something is valid now, and was, in words."""
    shown = ["without an end" if text == "none" else f"for {text}" for text in (was, now)]
    if now.endswith(OPEN):
        shown[1] = f"for a time that `{now.removesuffix(OPEN)}` leaves open"
    return f"{shown[1]} instead of {shown[0]}"


def toward(order: Order, more: Direction) -> Direction | None:
    """The direction of a change when MORE goes one way; None where nothing changed."""
    match order:
        case Order.SAME:
            return None
        case Order.UNCLEAR:
            return Direction.MIXED
        case Order.MORE:
            return more
        case Order.LESS:
            return Direction.LOOSER if more is Direction.STRICTER else Direction.STRICTER
        case _:
            assert_never(order)
