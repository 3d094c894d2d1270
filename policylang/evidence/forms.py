"""What a field of evidence may be: how its text is read, and the JSON Schema that says the same to people and tools.

A form reads the text of one field (in lists and mappings, of each entry) into an exact value, or raises `Wrong` with
what is wrong and what to write instead. It knows neither the field it is for nor the policy.
"""

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NoReturn, TypeAlias, TypeVar, get_args

from policylang.clocks import Moment, parse_moment
from policylang.diagnostics import nearest
from policylang.evidence.document import MAX_NAME, Path, shown, visible
from policylang.evidence.facts import Basis
from policylang.kinds import UNITS_OF, Quantity, Unit, parse_number, parse_quantity

MAX_UNITS = 10_000_000
"""The largest count: what `bounds` can judge in time. Said here too, since most evidence needs no statistics."""

T = TypeVar("T")
Schema: TypeAlias = dict[str, object]

SCHEMA = "policylang/evidence/v1"
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
BASES: tuple[str, ...] = get_args(Basis)

_RATIO = re.compile(r"([0-9]{1,60})/([0-9]{1,60})", re.ASCII)
_MAX_NUMBER = 64
_NOT_FINITE = re.compile(r"[+-]?\.?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_BARE_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE]\+?[0-9]{1,2})?", re.ASCII)
_LEAVE_OUT = "leave the field out when there is no number; evidence that is missing is missing"
_NUMBER_HELP = "write a decimal number such as `12`, `0.25` or `3e4`, and its unit where it has one"
_COUNT_HELP = "count whole units: `0`, `1`, `40`"
_MOMENT_HELP = "write `2026-10-20`, or with a time of day in UTC `2026-10-20T09:00:00Z`"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """How a field is read, and its JSON Schema."""

    read: Callable[[object], object]
    schema: Schema


class Wrong(ValueError):
    """A field that cannot be read: a code, what is wrong (said of the field), what to do, and where inside it."""

    def __init__(self, code: str, message: str, remedy: str, at: Path = ()) -> None:
        """Say what is wrong of a field, as the rest of a sentence: `is …`, `must be …`."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
        self.at = at


def read_text(value: object) -> str:
    """Free text; it may hold anything but control characters, which no text of evidence holds."""
    if not isinstance(value, str):
        _wrong_shape(value, "a text")
    return value


def read_name(value: object) -> str:
    """A name or identifier, in the composed form of Unicode, so that two of them differ when they look different."""
    text = read_text(value)
    if not text:
        raise Wrong("E121", "is empty", "write a name with one letter at least")
    if len(text) > MAX_NAME:
        raise Wrong("E121", f"has {len(text)} characters, a name has {MAX_NAME} at most", "shorten it")
    if not visible(text):
        message = f"is {shown(text)}, with spaces around it or characters that do not show"
        raise Wrong("E121", message, "write it again with visible letters only")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def read_names(value: object) -> tuple[str, ...]:
    """A name or a list of names, each once, in the order given."""
    if isinstance(value, str):
        return (read_name(value),)
    return tuple(dict.fromkeys(_each(value, read_name, "a list of names")))


def read_texts(value: object) -> tuple[str, ...]:
    """A text or a list of texts, each once, in the order given."""
    if isinstance(value, str):
        return (read_text(value),)
    return tuple(dict.fromkeys(_each(value, read_text, "a list of texts")))


def read_count(value: object) -> int:
    """A whole number from 0."""
    quantity = _number(value, "a whole number")
    if quantity.unit is not Unit.NONE or quantity.number.denominator != 1:
        raise Wrong("E117", f"must be a whole number, not {shown(str(value))}", _COUNT_HELP)
    if quantity.number < 0:
        raise Wrong("E117", f"is {shown(str(value))}, and no count is below 0", _COUNT_HELP)
    if quantity.number > MAX_UNITS:
        raise Wrong("E117", f"is {shown(str(value))}, and counts go to {MAX_UNITS}", _COUNT_HELP)
    return int(quantity.number)


def read_quantity(value: object) -> Quantity:
    """A number with or without a unit."""
    return _number(value, "a quantity")


def read_result(value: object) -> Quantity | bool:
    """A number with or without a unit, or yes or no."""
    return YES_NO[value] if isinstance(value, str) and value in YES_NO else _number(value, "a quantity, or yes or no")


def read_interval(value: object) -> tuple[Quantity, Quantity]:
    """Two quantities of one dimension, the lower first."""
    remedy = "write the lower and the upper bound, as in `[12%, 30%]`"
    bounds = tuple(_each(value, read_quantity, "a list of two quantities"))
    if len(bounds) != 2:
        raise Wrong("E124", f"must have two bounds, not {len(bounds)}", remedy)
    low, high = bounds
    if not _comparable(low, high):
        raise Wrong("E124", f"has bounds that cannot be compared, `{low}` and `{high}`", "give both in one unit")
    if low.value > high.value:
        raise Wrong("E124", f"begins at `{low}`, above its end `{high}`", remedy)
    return low, high


def read_compute(value: object) -> Fraction:
    """An amount of compute above 0, in FLOP."""
    remedy = "write it with its unit, as in `3.1e24 FLOP`"
    if isinstance(value, str) and _BARE_NUMBER.fullmatch(value):
        raise Wrong("E118", f"is {shown(value)}, without a unit", remedy)
    quantity = _number(value, "an amount of compute")
    if quantity.unit is not Unit.FLOP:
        raise Wrong("E118", f"is in `{quantity.unit}`, and compute is counted in `FLOP`", remedy)
    if quantity.number <= 0:
        raise Wrong("E118", f"is `{quantity}`, and no training takes no compute", remedy)
    return quantity.number


def read_moment(value: object) -> Moment:
    """A date, or an instant."""
    if not isinstance(value, str):
        _wrong_shape(value, "a date")
    try:
        return parse_moment(value)
    except ValueError as error:
        raise Wrong("E119", f"is {shown(value)}: {error}", _MOMENT_HELP) from None


def read_dates(value: object) -> tuple[date, ...]:
    """A list of dates without a time of day."""
    return tuple(_each(value, _read_day, "a list of dates"))


def read_basis(value: object) -> str:
    """What an assessment rests on."""
    if not isinstance(value, str):
        _wrong_shape(value, "a basis")
    if value not in BASES:
        raise Wrong("E120", f"is {shown(value)}, which is no basis", nearest(value[:MAX_NAME], BASES))
    return value


def read_schema(value: object) -> str:
    """The name of the schema, which is also its version."""
    if value != SCHEMA:
        said = shown(value) if isinstance(value, str) else "no text"
        raise Wrong("E112", f"is {said}, and this program reads `{SCHEMA}`", f"write `schema: {SCHEMA}`")
    return SCHEMA


def read_attributes(value: object) -> dict[str, str]:
    """A mapping of names to texts; what has no value is not stated."""
    if not isinstance(value, dict):
        _wrong_shape(value, "a mapping of names to values")
    attributes: dict[str, str] = {}
    for name, entry in value.items():
        if entry is None:
            continue
        try:
            attributes[name] = read_text(entry)
        except Wrong as wrong:
            raise _inside(wrong, name) from None
    return attributes


def read_units(value: object) -> dict[str, Fraction]:
    """An outcome in [0, 1] for each unit; the units of a list are named by their place in it, from 1."""
    if isinstance(value, list):
        outcomes = _each(value, _read_outcome, "a list of outcomes")
        units = {str(number): outcome for number, outcome in enumerate(outcomes, 1)}
    elif isinstance(value, dict):
        units = {}
        for name, entry in value.items():
            try:
                units[name] = _read_outcome(entry)
            except Wrong as wrong:
                raise _inside(wrong, name) from None
    else:
        _wrong_shape(value, "a mapping of units to outcomes, or a list of outcomes")
    if not units:
        raise Wrong("E123", "names no unit", "leave the reading out when nothing was measured")
    return units


def _read_outcome(value: object) -> Fraction:
    if not isinstance(value, str):
        _wrong_shape(value, "an outcome between 0 and 1")
    return _outcome(value)


@functools.lru_cache(maxsize=4096)
def _outcome(text: str) -> Fraction:
    """The outcome a text gives; the units of a reading have many and few differ."""
    if text in YES_NO:
        return Fraction(YES_NO[text])
    if ratio := _RATIO.fullmatch(text):
        above, below = map(int, ratio.groups())
        if above > below or not below:
            raise Wrong("E125", f"is {shown(text)}, and an outcome lies between 0 and 1", "write `1/3` or `0.5`")
        return Fraction(above, below)
    quantity = _number(text, "an outcome between 0 and 1")
    outcome = quantity.value
    if quantity.unit not in (Unit.NONE, Unit.PERCENT) or not 0 <= outcome.numerator <= outcome.denominator:
        remedy = "an outcome lies between 0 and 1: write `0.5` or `50%`"
        raise Wrong("E125", f"is {shown(text)}, and an outcome lies between 0 and 1", remedy)
    return outcome


def _read_day(value: object) -> date:
    moment = read_moment(value)
    if moment.second is not None:
        raise Wrong("E119", f"is {shown(str(value))}, and a holiday is a whole day", "write `2026-12-25`")
    return moment.day


def _number(value: object, wanted: str) -> Quantity:
    if not isinstance(value, str):
        _wrong_shape(value, wanted)
    if len(value) > _MAX_NUMBER:
        raise Wrong("E115", f"has {len(value)} characters, a number has {_MAX_NUMBER} at most", _NUMBER_HELP)
    if _NOT_FINITE.fullmatch(value.strip()):
        raise Wrong("E116", f"is {shown(value)}, which is not a number", _LEAVE_OUT)
    try:
        return Quantity(parse_number(value), Unit.NONE) if _PLAIN.fullmatch(value) else parse_quantity(value)
    except ValueError as error:
        raise Wrong("E115", f"is {shown(value)}: {error}", _NUMBER_HELP) from None


def _each(value: object, read: Callable[[object], T], wanted: str) -> list[T]:
    if not isinstance(value, list):
        _wrong_shape(value, wanted)
    items = []
    for index, item in enumerate(value):
        try:
            items.append(read(item))
        except Wrong as wrong:
            raise _inside(wrong, index) from None
    return items


def _inside(wrong: Wrong, step: str | int) -> Wrong:
    return Wrong(wrong.code, wrong.message, wrong.remedy, (step, *wrong.at))


def _comparable(first: Quantity, second: Quantity) -> bool:
    return any(first.unit in units and second.unit in units for units in UNITS_OF.values())


def _wrong_shape(value: object, wanted: str) -> NoReturn:
    if value is None:
        raise Wrong("E114", "has no value", f"write {wanted}")
    found = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "a text"
    raise Wrong("E111", f"is {found}, and must be {wanted}", f"write {wanted}")


_TEXT: Schema = {"type": ["string", "number", "boolean"]}
_NUMBER: Schema = {"type": ["number", "string"]}

TEXT = Form(read=read_text, schema={**_TEXT, "description": "free text"})
NAME = Form(read=read_name, schema={**_TEXT, "description": "a name or identifier"})
TEXTS = Form(read=read_texts, schema={"type": ["array", "string"], "items": {"type": "string"}})
NAMES = Form(read=read_names, schema={"type": ["array", "string"], "items": {"type": "string"}})
COUNT = Form(read=read_count, schema={"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"})
RESULT = Form(read=read_result, schema={"type": ["number", "string", "boolean"]})
INTERVAL = Form(read=read_interval, schema={"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2})
COMPUTE = Form(read=read_compute, schema={"type": "string", "pattern": "^[0-9.]+([eE][+-]?[0-9]+)? *FLOP$"})
MOMENT = Form(read=read_moment, schema={"type": "string", "pattern": f"^{_DATE}([Tt ]{_TIME})?$"})
DATES = Form(read=read_dates, schema={"type": "array", "items": {"type": "string", "pattern": f"^{_DATE}$"}})
BASIS = Form(read=read_basis, schema={"enum": list(BASES)})
VERSION = Form(read=read_schema, schema={"const": SCHEMA})
ATTRIBUTES = Form(
    read=read_attributes,
    schema={"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
)
UNITS = Form(
    read=read_units,
    schema={
        "type": ["object", "array"],
        "minProperties": 1,
        "minItems": 1,
        "items": {"$ref": "#/$defs/outcome"},
        "additionalProperties": {"$ref": "#/$defs/outcome"},
    },
)
OUTCOME: Schema = {"type": ["number", "string", "boolean"], "minimum": 0, "maximum": 1}
