"""Kinds and units, and exact quantities from their decimal text.

Every number is a rational made from its text, so nothing is rounded on the way in.
A text may have 18 significant digits and an exponent of at most 12 either way: `Fraction("1e3000000")`
takes most of a second, and a few bytes more would stop the gate. Compute is the one quantity that is
written with larger exponents in every framework (`1e26 FLOP`), so with that unit 40 is allowed.
"""

import functools
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal, assert_never

MAX_DIGITS = 18
MAX_EXPONENT = 12
MAX_COMPUTE_EXPONENT = 40
MAX_WRITTEN = 100
"""Characters a quantity may be written with; what is longer is none, and is not looked into."""
FLOP = "FLOP"

_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,9}))?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?[0-9][0-9.]*(?:[eE][+-]?[0-9]+)?)\s*(.*)", re.ASCII)


Operator = Literal[">=", ">", "<=", "<", "=", "!="]
"""How two values are compared."""


class Kind(StrEnum):
    """What a value is: measures, parameters and attributes have one of these."""

    RATE = "rate"
    SCORE = "score"
    COUNT = "count"
    DURATION = "duration"
    FACTOR = "factor"
    COMPUTE = "compute"
    FINDING = "finding"
    YES_NO = "yes_no"
    TEXT = "text"


class Unit(StrEnum):
    """The unit a quantity is written in."""

    NONE = ""
    PERCENT = "%"
    FACTOR = "x"
    FLOP = "FLOP"
    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    BUSINESS_DAY = "business day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600, Unit.DAY: 86400, Unit.WEEK: 7 * 86400}
"""Units of fixed length, in seconds. Months, years and business days need a calendar: see `clocks`."""

TIME_UNITS = (*SECONDS, Unit.BUSINESS_DAY, Unit.MONTH, Unit.YEAR)

UNITS_OF = {
    Kind.RATE: (Unit.PERCENT, Unit.NONE),
    Kind.SCORE: (Unit.NONE,),
    Kind.COUNT: (Unit.NONE,),
    Kind.FACTOR: (Unit.FACTOR, Unit.NONE),
    Kind.COMPUTE: (Unit.FLOP,),
    Kind.DURATION: TIME_UNITS,
}
"""The units each numeric kind may be written in."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with the unit it was written in; `5%` is 5 with the unit `%`."""

    number: Fraction
    unit: Unit

    @property
    def value(self) -> Fraction:
        """The number in the base unit of its kind: a proportion, a plain number, seconds, FLOP.

        A month counts 30 days and a year 365 and a business day one day here, for comparing measured durations only;
        dates are never moved by it.
        """
        match self.unit:
            case Unit.PERCENT:
                return self.number / 100
            case Unit.MONTH:
                return self.number * 30 * 86400
            case Unit.YEAR:
                return self.number * 365 * 86400
            case Unit.BUSINESS_DAY:
                return self.number * 86400
            case _:
                return self.number * SECONDS.get(self.unit, 1)

    def __str__(self) -> str:
        """The quantity as the language writes it."""
        text = exact_text(self.number)
        if self.unit in (Unit.PERCENT, Unit.FACTOR):
            return text + self.unit
        if self.unit is Unit.NONE:
            return text
        if self.unit is Unit.FLOP:
            return f"{text} FLOP"
        return f"{text} {self.unit}" if self.number == 1 else f"{text} {self.unit}s"


def parse_number(text: str, *, compute: bool = False) -> Fraction:
    """The exact value of a decimal text; raises ValueError with a sentence that says what would be valid."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError("not a decimal number such as `12`, `0.25` or `3e4`")
    sign, whole, part, exponent = match.groups()
    digits = (whole + (part or "")).lstrip("0")
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number may have {MAX_DIGITS} digits, this one has {len(digits)}")
    limit = MAX_COMPUTE_EXPONENT if compute else MAX_EXPONENT
    power = int(exponent or 0)
    if abs(power) > limit:
        raise ValueError(f"an exponent may be between -{limit} and {limit}")
    scale = power - len(part or "")
    number = int(digits or 0) * (-1 if sign == "-" else 1)
    return Fraction(number * 10**scale) if scale >= 0 else Fraction(number, 10**-scale)


def parse_unit(text: str) -> Unit:
    """The unit a word names, singular or plural; raises ValueError when there is none."""
    words = " ".join(text.split())
    for unit in Unit:
        if words == unit or (unit in TIME_UNITS and words == unit + "s"):
            return unit
    raise ValueError(f"`{text}` is not a unit; units are `%`, `x`, `FLOP` and durations such as `days`")


def parse_quantity(text: str) -> Quantity:
    """A number and its unit from text such as `12%`, `2x`, `3.1e24 FLOP`, `5 minutes`; raises ValueError."""
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= MAX_WRITTEN else None
    if match is None:
        raise ValueError("not a quantity such as `12%`, `0.25`, `2x`, `3.1e24 FLOP` or `5 minutes`")
    unit = parse_unit(match.group(2).strip())
    return Quantity(parse_number(match.group(1), compute=unit is Unit.FLOP), unit)


def compare(left: Fraction, operator: Operator, right: Fraction) -> bool:
    """Whether a comparison of exact numbers holds."""
    match operator:
        case ">=":
            return left >= right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case "<":
            return left < right
        case "=":
            return left == right
        case "!=":
            return left != right
        case _:
            assert_never(operator)


def decimal_text(value: Fraction, places: int = 6, *, up: bool = False) -> str:
    """A rational as decimal text: exact where it has at most `places` decimals, else rounded down (or up)."""
    scale: int = 10**places
    scaled = value * scale
    whole = scaled.numerator // scaled.denominator
    if up and whole != scaled:
        whole += 1
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    if whole >= 10**15 * scale and whole % scale == 0:
        return sign + _scientific(whole // scale)
    head, tail = divmod(whole, scale)
    return f"{sign}{head}.{tail:0{places}d}".rstrip("0").rstrip(".") if places else f"{sign}{head}"


def exact_text(value: Fraction) -> str:
    """A rational as text that loses nothing: decimal where it is one, else `a/b`."""
    rest = value.denominator
    if rest == 1:
        return decimal_text(value, 0)
    places = 0
    while rest % 10 == 0 or rest % 2 == 0 or rest % 5 == 0:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
        if places > 60:
            break
    return decimal_text(value, places) if rest == 1 else f"{value.numerator}/{value.denominator}"


@functools.lru_cache(maxsize=4096)
def value_text(value: Fraction, kind: Kind | None) -> str:
    """A value as the language writes it, with the unit of its kind."""
    match kind:
        case Kind.RATE:
            return f"{exact_text(value * 100)}%"
        case Kind.FACTOR:
            return f"{exact_text(value)}x"
        case Kind.COMPUTE:
            return f"{decimal_text(value)} FLOP"
        case Kind.DURATION if not value:
            return "0 seconds"
        case Kind.DURATION:
            for unit in reversed(SECONDS):
                quantity = Quantity(value / Quantity(Fraction(1), unit).value, unit)
                if quantity.number.denominator == 1:
                    return str(quantity)
            return f"{exact_text(value)} seconds"
        case Kind.FINDING:
            return "yes" if value else "no"
        case _:
            return exact_text(value)


def _scientific(whole: int) -> str:
    digits = str(whole)
    mantissa = digits.rstrip("0")
    point = f"{mantissa[0]}.{mantissa[1:]}" if len(mantissa) > 1 else mantissa
    return f"{point}e{len(digits) - 1}"
