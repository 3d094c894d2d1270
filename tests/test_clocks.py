"""Moments and durations: what a date can be, and exact calendar arithmetic against a slow one."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylang.clocks import Moment, add, after, in_future, parse_moment, passed
from policylang.kinds import Quantity, Unit, parse_quantity

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))
MOMENTS = st.builds(Moment, DAYS, st.one_of(st.none(), st.integers(0, 86_399)))
SMALL = st.integers(0, 400)


def duration(text: str) -> Quantity:
    """A duration from its text."""
    return parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-10-20", "2026-10-20"),
        ("2024-02-29", "2024-02-29"),
        ("2026-10-20T09:00:00Z", "2026-10-20T09:00:00Z"),
        ("2026-10-20T09:00Z", "2026-10-20T09:00:00Z"),
        ("2026-10-20t09:00z", "2026-10-20T09:00:00Z"),
        ("2026-10-20 09:00:00Z", "2026-10-20T09:00:00Z"),
        ("2026-10-20T09:00:00.999999999Z", "2026-10-20T09:00:00Z"),
        ("2026-10-20T09:00:00+02:00", "2026-10-20T07:00:00Z"),
        ("2026-10-20T01:00:00+02:00", "2026-10-19T23:00:00Z"),
        ("2026-12-31T23:00:00-02:00", "2027-01-01T01:00:00Z"),
        ("2026-10-20T00:00:00Z", "2026-10-20T00:00:00Z"),
        ("2026-10-20T23:59:59Z", "2026-10-20T23:59:59Z"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_moments_are_read_and_shown(text: str, shown: str) -> None:
    """A day is a day, an instant is shown in UTC, and what is shown is read as the same."""
    assert str(parse_moment(text)) == shown
    assert parse_moment(shown) == parse_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026-10",
        "20.10.2026",
        "2026-2-3",
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-00-01",
        "0000-01-01",
        "2026-10-20T09:00:00",
        "2026-10-20T24:00:00Z",
        "2026-10-20T09:60:00Z",
        "2026-10-20T09:00:60Z",
        "2026-10-20T9:00Z",
        "2026-10-20T09:00:00+2:00",
        "2026-10-20T09:00:00+24:00",
        "2026-10-20T09:00:00+02:60",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "2026-10-20T09:00:00.Z",
        "\u0662\u0660\u0662\u0666-10-20",
        "2026-10-20 ",
        "2026-10-20\n",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    """Anything else is refused with a sentence, also a day that no calendar has."""
    with pytest.raises(ValueError, match=r"\w \w"):
        parse_moment(text)


def test_a_day_is_all_of_it() -> None:
    """A day without a time of day begins with its first second and ends with its last."""
    day, noon = parse_moment("1970-01-02"), parse_moment("1970-01-02T12:00:00Z")
    assert (day.first, day.last) == (86_400, 2 * 86_400 - 1)
    assert noon.first == noon.last == 86_400 + 43_200


@pytest.mark.parametrize(
    ("start", "period", "due"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2024-01-31", "1 month", "2024-02-29"),
        ("2026-03-31T08:00:00Z", "1 month", "2026-04-30T08:00:00Z"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2024-02-29", "4 years", "2028-02-29"),
        ("2026-10-31", "6 months", "2027-04-30"),
        ("2026-12-15", "1 month", "2027-01-15"),
        ("2026-10-20", "2 weeks", "2026-11-03"),
        ("2026-10-20T09:00:00Z", "24 hours", "2026-10-21T09:00:00Z"),
        ("2026-10-20", "24 hours", "2026-10-21T00:00:00Z"),
        ("2026-10-20", "1 day", "2026-10-21"),
        ("2026-12-31T23:59:59Z", "1 second", "2027-01-01T00:00:00Z"),
        ("2026-10-20T23:30:00Z", "90 minutes", "2026-10-21T01:00:00Z"),
        ("2026-10-20", "1.5 days", "2026-10-21"),
        ("2026-10-20T09:00:00Z", "1.5 hours", "2026-10-20T10:30:00Z"),
        ("2026-10-20", "0.5 months", "2026-10-20"),
        ("2026-10-20", "1.5 years", "2028-04-20"),
        ("2026-10-23", "1 business day", "2026-10-26"),
        ("2026-10-24", "1 business day", "2026-10-26"),
        ("2026-10-25T09:00:00Z", "3 business days", "2026-10-28T09:00:00Z"),
        ("2026-12-24", "2 business days", "2026-12-29"),
        ("2026-10-23", "0 business days", "2026-10-23"),
    ],
)
def test_durations_are_added(start: str, period: str, due: str) -> None:
    """Months and years clamp to the month's end, business days skip weekends and holidays, the rest is exact."""
    holidays = frozenset({date(2026, 12, 25)})
    assert str(add(parse_moment(start), duration(period), holidays)) == due


@pytest.mark.parametrize(
    "period",
    [
        "9000 years",
        "999999999999 days",
        "999999999999 seconds",
        "99999999 weeks",
        "100000 months",
        "20001 business days",
    ],
)
def test_nothing_lies_beyond_the_calendar(period: str) -> None:
    """A duration that leads beyond the year 9999 is refused with a sentence."""
    with pytest.raises(ValueError, match="beyond the year 9999"):
        add(parse_moment("2026-10-20"), duration(period))


@given(MOMENTS, SMALL, st.sampled_from(["second", "minute", "hour"]))
def test_hours_are_exact(start: Moment, number: int, unit: str) -> None:
    """Seconds, minutes and hours are added like the standard library adds them, from the first second of a day."""
    moment = datetime.combine(start.day, datetime.min.time(), UTC) + timedelta(seconds=start.second or 0)
    due = moment + number * timedelta(**{f"{unit}s": 1})
    found = add(start, Quantity(Fraction(number), Unit(unit)))
    assert (found.day, found.second) == (due.date(), due.hour * 3600 + due.minute * 60 + due.second)


@given(MOMENTS, SMALL)
def test_months_keep_the_day_or_the_end(start: Moment, number: int) -> None:
    """So many months later it is the same day of the month, or the last there is."""
    found = add(start, Quantity(Fraction(number), Unit.MONTH))
    months = (found.day.year - start.day.year) * 12 + found.day.month - start.day.month
    assert months == number
    assert found.day.day == start.day.day or (found.day + timedelta(days=1)).day == 1
    assert found.day.day <= start.day.day
    assert found.second == start.second


@given(MOMENTS, st.integers(0, 600), st.frozensets(DAYS, max_size=5))
def test_business_days_are_counted_one_by_one(start: Moment, number: int, holidays: frozenset[date]) -> None:
    """Between the start and the due day there are so many days that are neither a weekend nor a holiday."""
    found = add(start, Quantity(Fraction(number), Unit.BUSINESS_DAY), holidays)
    days = [start.day + timedelta(days=n) for n in range(1, (found.day - start.day).days + 1)]
    assert sum(day.weekday() < 5 and day not in holidays for day in days) == number
    assert not number or (found.day.weekday() < 5 and found.day not in holidays)


@given(MOMENTS, MOMENTS)
def test_one_of_two_moments_is_later_or_they_share_a_second(one: Moment, other: Moment) -> None:
    """`after` is certain: never both ways, and not where the two may be at once."""
    share = one.first <= other.last and other.first <= one.last
    assert [after(one, other), after(other, one), share].count(True) == 1
    assert in_future(one, other) == after(one, other)


@given(MOMENTS, MOMENTS)
def test_a_limit_is_in_time_to_its_last_second(limit: Moment, as_of: Moment) -> None:
    """It has passed when the last second that the as-of date may mean is beyond the last that the limit may mean."""
    assert passed(limit, as_of) == (as_of.last > limit.last)


@pytest.mark.parametrize(
    ("limit", "as_of", "is_past"),
    [
        ("2026-10-20", "2026-10-20", False),
        ("2026-10-20", "2026-10-20T23:59:59Z", False),
        ("2026-10-20", "2026-10-21T00:00:00Z", True),
        ("2026-10-20T09:00:00Z", "2026-10-20", True),
        ("2026-10-20T09:00:00Z", "2026-10-20T09:00:00Z", False),
        ("2026-10-20T09:00:00Z", "2026-10-20T09:00:01Z", True),
        ("2026-10-20T23:59:59Z", "2026-10-20", False),
    ],
)
def test_limits_on_the_day(limit: str, as_of: str, is_past: bool) -> None:
    """A deadline at 09:00 has passed when the as-of date is that day; one on a day has not."""
    assert passed(parse_moment(limit), parse_moment(as_of)) is is_past
