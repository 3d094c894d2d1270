"""How amounts, intervals and moments read. What is not exact is rounded outward, so never in favour of safety."""

from fractions import Fraction

from policylang.clocks import Moment
from policylang.graph.nodes import Graph, Input, Threshold
from policylang.kinds import SECONDS, Kind, Unit, decimal_text

_UNITS = (Unit.WEEK, Unit.DAY, Unit.HOUR, Unit.MINUTE, Unit.SECOND)
_PLACES = (1, 2, 4, 6, 12)


def amount(value: Fraction, kind: Kind | None, *, up: bool, places: int = 2) -> str:
    """A value in base units as people write it; what has more digits is rounded up or down as asked."""
    match kind:
        case Kind.RATE:
            return f"{decimal_text(value * 100, places, up=up)}%"
        case Kind.FACTOR:
            return f"{decimal_text(value, places, up=up)}x"
        case Kind.COMPUTE:
            return f"{_scientific(value, up=up)} FLOP"
        case Kind.DURATION:
            return _duration(value, places, up=up)
        case Kind.FINDING if value in (0, 1):
            return "yes" if value else "no"
        case _:
            return decimal_text(value, places, up=up)


def _scientific(value: Fraction, *, up: bool) -> str:
    """Three digits and an exponent; what is below a thousand in full."""
    if value < 1000:
        return decimal_text(value, 2, up=up)
    whole = value.numerator // value.denominator
    scale = 10 ** (len(str(whole)) - 1)
    mantissa = decimal_text(value / scale, 2, up=up)
    if mantissa == "10":
        mantissa, scale = "1", scale * 10
    return f"{mantissa}e{len(str(scale)) - 1}"


def _duration(value: Fraction, places: int, *, up: bool) -> str:
    unit = next((unit for unit in _UNITS if abs(value) >= SECONDS[unit]), Unit.SECOND)
    number = decimal_text(value / SECONDS[unit], places, up=up)
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def span(lo: Fraction | None, hi: Fraction | None, kind: Kind | None, limit: Fraction | None = None) -> str:
    """An interval in words; with so many digits that it stands to `limit` as it really does."""
    places = next((p for p in _PLACES if _is_true(lo, hi, (kind, limit, p))), _PLACES[-1])
    low = None if lo is None else amount(lo, kind, up=False, places=places)
    high = None if hi is None else amount(hi, kind, up=True, places=places)
    if low is not None and low == high and lo == hi:
        return low
    is_high = high is None or (kind is Kind.RATE and hi == 1)
    is_low = low is None or (kind is Kind.RATE and lo == 0)
    if is_high and is_low:
        return "anything"
    return f"at least {low}" if is_high else f"at most {high}" if is_low else f"{low} to {high}"


def _is_true(lo: Fraction | None, hi: Fraction | None, form: tuple[Kind | None, Fraction | None, int]) -> bool:
    """Whether both ends, rounded, are on the side of the limit they are on."""
    kind, limit, places = form
    if limit is None:
        return places > 1
    scale = 10**places * (100 if kind is Kind.RATE else 1)
    ends = [] if lo is None else [(lo, Fraction(lo * scale // 1, scale))]
    ends += [] if hi is None else [(hi, Fraction(-(-hi * scale // 1), scale))]
    return all((end > limit, end == limit) == (shown > limit, shown == limit) for end, shown in ends)


def thresholds(graph: Graph) -> dict[str, tuple[Kind | None, Fraction | None]]:
    """By the text of each threshold and of its opposite: the kind that is compared, and the bound."""
    found: dict[str, tuple[Kind | None, Fraction | None]] = {}
    for node in graph.nodes:
        if isinstance(node, Threshold):
            known = (_kind(graph, node), node.bound)
            found[node.text] = known
            for sign, other in ((" >= ", " < "), (" > ", " <= ")):
                if sign in node.text:
                    found.setdefault(other.join(node.text.rsplit(sign, 1)), known)
            found.setdefault(f"not {node.text}", known)
    return found


def _kind(graph: Graph, node: Threshold) -> Kind | None:
    if node.kind is not None:
        return node.kind
    inputs: list[Input] = [graph.inputs[index] for index, _ in node.terms]
    return graph.measure[inputs[0].name].kind if inputs and inputs[0].of == "measure" else None


def moment(when: Moment) -> str:
    """A moment as people read it: `2026-10-20`, `2026-10-20 09:00 UTC`."""
    if when.second is None:
        return str(when)
    minutes, seconds = divmod(when.second, 60)
    rest = f":{seconds:02d}" if seconds else ""
    return f"{when.day.isoformat()} {minutes // 60:02d}:{minutes % 60:02d}{rest} UTC"


def distance(when: Moment, as_of: Moment) -> str:
    """How far a moment lies from the as-of date: `31 days ago`, `in 2 hours`, `today`."""
    days = (when.day - as_of.day).days
    if days == 0 and when.second is not None and as_of.second is not None:
        return _far(when.second - as_of.second)
    if days == 0:
        return "today"
    return _said(abs(days), "day", ahead=days > 0)


def _far(seconds: int) -> str:
    size, unit = (3600, "hour") if abs(seconds) >= 3600 else (60, "minute")
    if abs(seconds) < 60:
        return "now"
    return _said(abs(seconds) // size, unit, ahead=seconds > 0)


def _said(number: int, unit: str, *, ahead: bool) -> str:
    text = counted(number, unit)
    return f"in {text}" if ahead else f"{text} ago"


def counted(number: int, noun: str) -> str:
    """`1 day`, `2 days`, `2 policies`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{number} {noun}s"
