"""Kinds and units: exact numbers from their text, and text from exact numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylang.kinds import (
    Kind,
    Operator,
    Quantity,
    Unit,
    compare,
    decimal_text,
    exact_text,
    parse_number,
    parse_quantity,
    parse_unit,
    value_text,
)

DECIMALS = st.builds(
    lambda digits, places: Fraction(digits, 10**places), st.integers(-(10**15), 10**15), st.integers(0, 12)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Fraction(0)),
        ("007", Fraction(7)),
        ("12.50", Fraction(25, 2)),
        ("-0.25", Fraction(-1, 4)),
        ("+3", Fraction(3)),
        ("3e4", Fraction(30_000)),
        ("2.5e-3", Fraction(1, 400)),
        ("1E12", Fraction(10**12)),
        ("0.1", Fraction(1, 10)),
        ("123456789012345678", Fraction(123456789012345678)),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    """A decimal text is the number it says, whatever a float would make of it."""
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        ".5",
        "5.",
        "1e",
        "1e5.5",
        "0x10",
        "1_000",
        "1,5",
        "\u0661",
        "1 2",
        "--1",
        "nan",
        "inf",
        "1" * 19,
        "1e13",
        "1e-13",
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    """Anything else is refused with a sentence that says what would be valid."""
    with pytest.raises(ValueError, match=r"\w \w"):
        parse_number(text)


def test_compute_has_larger_exponents() -> None:
    """With the unit of compute an exponent may be 40."""
    assert parse_number("1e26", compute=True) == 10**26
    assert parse_quantity("3.1e24 FLOP") == Quantity(Fraction(31 * 10**23), Unit.FLOP)
    with pytest.raises(ValueError, match="-40 and 40"):
        parse_quantity("1e41 FLOP")
    with pytest.raises(ValueError, match="-12 and 12"):
        parse_quantity("1e26")


@pytest.mark.parametrize("unit", list(Unit))
def test_units_are_read_as_they_are_shown(unit: Unit) -> None:
    """A quantity reads back from its text, singular and plural, in every unit."""
    for number in (Fraction(1), Fraction(2), Fraction(5, 2), Fraction(1, 10**12)):
        quantity = Quantity(number, unit)
        assert parse_quantity(str(quantity)) == quantity


@pytest.mark.parametrize(
    "text", ["3 parsecs", "3 dayss", "3 businessdays", "3 percent", "% 3", "days", "3 %s", "", "3 4"]
)
def test_what_is_no_unit_is_refused(text: str) -> None:
    """A word that names no unit, or no number before it, is refused with a sentence."""
    with pytest.raises(ValueError, match=r"\w \w"):
        parse_quantity(text)


def test_spaces_in_units() -> None:
    """However wide the space, `business days` is one unit."""
    assert parse_unit("business   day") is Unit.BUSINESS_DAY
    assert parse_quantity(" 3   business   days ") == Quantity(Fraction(3), Unit.BUSINESS_DAY)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12%", Fraction(12, 100)),
        ("2x", Fraction(2)),
        ("90 minutes", Fraction(5400)),
        ("1 week", Fraction(7 * 86400)),
        ("1 month", Fraction(30 * 86400)),
        ("1 year", Fraction(365 * 86400)),
        ("2 business days", Fraction(2 * 86400)),
        ("0.5", Fraction(1, 2)),
    ],
)
def test_values_are_in_base_units(text: str, value: Fraction) -> None:
    """A percentage is a proportion, a duration seconds; months and years have 30 and 365 days for comparing only."""
    assert parse_quantity(text).value == value


@given(DECIMALS)
def test_exact_text_loses_nothing(value: Fraction) -> None:
    """A decimal number reads back from its exact text."""
    assert Fraction(exact_text(value)) == value


@given(st.fractions(max_denominator=10**6))
def test_exact_text_of_any_fraction(value: Fraction) -> None:
    """What is no decimal is written as a fraction, and reads back too."""
    assert Fraction(exact_text(value)) == value


@given(st.fractions(max_denominator=10**6), st.integers(0, 8))
def test_decimal_text_is_rounded_to_one_side(value: Fraction, places: int) -> None:
    """Rounded down it is not above, rounded up not below, and both within one unit of the last place."""
    low, high = Fraction(decimal_text(value, places)), Fraction(decimal_text(value, places, up=True))
    assert low <= value <= high
    assert high - low <= Fraction(1, 10**places)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 2), "0.5"),
        (Fraction(10**15), "1e15"),
        (Fraction(31 * 10**23), "3.1e24"),
        (Fraction(-(10**26)), "-1e26"),
        (Fraction(10**14), "100000000000000"),
        (Fraction(10**15) + Fraction(1, 2), "1000000000000000.5"),
    ],
)
def test_large_numbers_are_scientific(value: Fraction, shown: str) -> None:
    """Whole numbers from 10 to the 15 are written with an exponent."""
    assert decimal_text(value) == shown


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (Fraction(1, 8), Kind.RATE, "12.5%"),
        (Fraction(2), Kind.FACTOR, "2x"),
        (Fraction(10**26), Kind.COMPUTE, "1e26 FLOP"),
        (Fraction(5400), Kind.DURATION, "90 minutes"),
        (Fraction(86400), Kind.DURATION, "1 day"),
        (Fraction(0), Kind.DURATION, "0 seconds"),
        (Fraction(1, 3), Kind.DURATION, "1/3 seconds"),
        (Fraction(1), Kind.FINDING, "yes"),
        (Fraction(0), Kind.FINDING, "no"),
        (Fraction(3), Kind.COUNT, "3"),
        (Fraction(-5, 2), Kind.SCORE, "-2.5"),
        (Fraction(3), None, "3"),
    ],
)
def test_values_are_written_in_the_unit_of_their_kind(value: Fraction, kind: Kind | None, shown: str) -> None:
    """A value is shown as the language writes it."""
    assert value_text(value, kind) == shown


@pytest.mark.parametrize("operator", [">=", ">", "<=", "<", "=", "!="])
@given(DECIMALS, DECIMALS)
def test_comparisons_are_those_of_python(operator: Operator, left: Fraction, right: Fraction) -> None:
    """Each sign compares as its Python counterpart does."""
    python = {"=": "==", "!=": "!="}.get(operator, operator)
    for one, other in ((left, right), (left, left)):
        assert compare(one, operator, other) is eval(f"one {python} other", {}, {"one": one, "other": other})  # noqa: S307  # the signs of the table only
