"""Moments and durations: a date or an instant in UTC, and exact calendar arithmetic on them.

A day without a time of day is the whole day. Where that leaves a comparison open, the careful side is taken:
a deadline at 09:00 has passed when the as-of date is that day, and a reading of the day of an event is not
from after it. Months and years clamp to the last day of the month (31 January and one month is 28 or 29
February). Business days are Monday to Friday less the holidays given with the evidence.
"""

import calendar
import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from policylang.kinds import SECONDS, Quantity, Unit

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})"
    r"(?::([0-9]{2})(?:\.[0-9]{1,9})?)?(Z|z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_DAY_SECONDS = 86400
_FIRST = date(1970, 1, 1)
_LAST_YEAR = 9999


@dataclass(frozen=True, slots=True, order=False)
class Moment:
    """A day in UTC, and the second of it where a time of day is known (`second` is None for a whole day)."""

    day: date
    second: int | None = None

    @property
    def first(self) -> int:
        """The first second it may mean, counted from 1970."""
        return (self.day - _FIRST).days * _DAY_SECONDS + (self.second or 0)

    @property
    def last(self) -> int:
        """The last second it may mean, counted from 1970."""
        start = (self.day - _FIRST).days * _DAY_SECONDS
        return start + (_DAY_SECONDS - 1 if self.second is None else self.second)

    def __str__(self) -> str:
        """As `2026-10-20` or `2026-10-20T09:00:00Z`."""
        if self.second is None:
            return self.day.isoformat()
        minutes, seconds = divmod(self.second, 60)
        return f"{self.day.isoformat()}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z"


EXAMPLE_DAY = Moment(date(2000, 1, 1))
"""The as-of date of an example that names none, and of everything in it that has no date."""


def parse_moment(text: str) -> Moment:
    """A date, or an instant with its offset from UTC; raises ValueError with a sentence that says what is valid."""
    if match := _DATE.fullmatch(text):
        return Moment(_day(match))
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("not a date such as `2026-10-20` or an instant such as `2026-10-20T09:00:00Z`")
    hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("not a time of day between `00:00:00` and `23:59:59`")
    day_match = _DATE.fullmatch(match[1])
    assert day_match is not None
    when = datetime.combine(_day(day_match), datetime.min.time(), UTC) + timedelta(
        hours=hour, minutes=minute, seconds=second
    )
    if match[5] not in "Zz":
        sign = 1 if match[5][0] == "+" else -1
        hours, minutes = int(match[5][1:3]), int(match[5][4:6])
        if hours > 23 or minutes > 59:
            raise ValueError("not an offset from UTC between `-23:59` and `+23:59`")
        try:
            when -= sign * timedelta(hours=hours, minutes=minutes)
        except OverflowError:
            raise ValueError("an instant outside the years 1 to 9999") from None
    return Moment(when.date(), when.hour * 3600 + when.minute * 60 + when.second)


def add(start: Moment, duration: Quantity, holidays: frozenset[date] = frozenset()) -> Moment:
    """The moment a duration after `start`; raises ValueError when it lies beyond the year 9999.

    Days, weeks, months, years and business days keep the time of day (or its absence); shorter units count from the
    start of a day that has no time of day, and give an instant. A fraction of a day or longer is rounded down: earlier.
    """
    try:
        match duration.unit:
            case Unit.MONTH | Unit.YEAR:
                months = _whole(duration.number * (12 if duration.unit is Unit.YEAR else 1))
                return Moment(_add_months(start.day, months), start.second)
            case Unit.BUSINESS_DAY:
                return Moment(_add_business_days(start.day, _whole(duration.number), holidays), start.second)
            case Unit.DAY | Unit.WEEK:
                days = _whole(duration.number * (7 if duration.unit is Unit.WEEK else 1))
                return Moment(start.day + timedelta(days=days), start.second)
            case _:
                total = start.first + _whole(duration.number * SECONDS[duration.unit])
                days, second = divmod(total, _DAY_SECONDS)
                return Moment(_FIRST + timedelta(days=days), second)
    except OverflowError:
        raise ValueError(f"{duration} after {start} lies beyond the year {_LAST_YEAR}") from None


def passed(limit: Moment, as_of: Moment) -> bool:
    """Whether a limit has passed at the as-of moment; the limit itself, to its last second, is still in time."""
    return as_of.last > limit.last


def after(later: Moment, earlier: Moment) -> bool:
    """Whether one moment is certainly after another."""
    return later.first > earlier.last


def in_future(moment: Moment, as_of: Moment) -> bool:
    """Whether a moment is certainly later than the as-of moment."""
    return after(moment, as_of)


def _day(match: re.Match[str]) -> date:
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise ValueError(f"`{match[0]}` is not a day of the calendar") from None


def _whole(number: Fraction) -> int:
    return number.numerator // number.denominator


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= _LAST_YEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _add_business_days(day: date, count: int, holidays: frozenset[date]) -> date:
    if count > 20_000:
        raise OverflowError
    if count <= 0:
        return day
    off = _days_off(holidays)
    start, end = day.toordinal(), date.max.toordinal() + 1
    found = start + 1 + bisect_left(range(start + 1, end), _worked(start, off) + count, key=lambda at: _worked(at, off))
    if found == end:
        raise OverflowError
    return date.fromordinal(found)


def _worked(ordinal: int, off: Sequence[int]) -> int:
    """How many business days there are up to a day; the first day of the calendar is a Monday."""
    weeks, rest = divmod(ordinal, 7)
    return 5 * weeks + min(rest, 5) - bisect_right(off, ordinal)


@functools.lru_cache(maxsize=8)
def _days_off(holidays: frozenset[date]) -> tuple[int, ...]:
    return tuple(sorted(day.toordinal() for day in holidays if day.weekday() < 5))
