"""What every tree-building function uses: places, names, texts, numbers, and the fields of blocks.

The functions of this package run while the parser reduces, one for each grammar rule, with all tokens of the
rule in `c` (absent optional parts are None). They make our own tree, so that the parser library's never leaves.
A wrong number or date is noted in `found` and a placeholder stands in the tree; the route stops before anyone reads it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from lark import Token

from policylang import syntax
from policylang.clocks import Moment, parse_moment
from policylang.diagnostics import Diagnostic, Label, note
from policylang.kinds import Quantity, Unit, parse_number, parse_quantity
from policylang.source import Place, Source, Span

MAX_NAME = 128
MAX_DEPTH = 64

_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a block on its way to the node that owns it."""

    key: str
    value: Any
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """One run: where nodes come from, what was found, the items that are whole, how deep each node is.

    The log has every rule that was matched, for layout; it is kept only when asked for.
    """

    source: Source
    found: list[Diagnostic]
    items: list[syntax.Item] = field(default_factory=list)
    depth: dict[int, int] = field(default_factory=dict)
    count: list[int] = field(default_factory=lambda: [0])
    log: list[tuple[str, list[Any], Any]] | None = None

    def id(self) -> int:
        """The next node identity."""
        self.count[0] += 1
        return self.count[0]

    def fault(self, code: str, span: Span, message: str, help_: str) -> None:
        """Note something wrong."""
        note(self.found, Diagnostic(code=code, message=message, place=Place(self.source, span), help=help_))


def start(part: Any) -> int:
    """Where a token, node, field or list of them begins."""
    if isinstance(part, tuple):
        return start(part[0])
    return (part.start_pos or 0) if isinstance(part, Token) else part.span.start


def end(part: Any) -> int:
    """Where a token, node, field or list of them ends."""
    if isinstance(part, tuple):
        return end(part[-1])
    return (part.end_pos or 0) if isinstance(part, Token) else part.span.end


def span(c: list[Any]) -> Span:
    """The range from the first to the last part that is there."""
    first, last = c[0], c[-1]
    if type(first) is Token and type(last) is Token:
        return Span(first.start_pos or 0, last.end_pos or 0)
    first = next(part for part in c if part is not None)
    last = next(part for part in reversed(c) if part is not None)
    return Span(start(first), end(last))


def name(b: Build, token: Token) -> syntax.Name:
    """A name from its token."""
    where = Span(token.start_pos or 0, token.end_pos or 0)
    if len(token) > MAX_NAME:
        b.fault("P109", where, f"a name may have {MAX_NAME} characters, this one has {len(token)}", "shorten it")
    return syntax.Name(span=where, id=b.id(), text=str(token))


def maybe_name(b: Build, token: Token | None) -> syntax.Name | None:
    """A name where there is one."""
    return None if token is None else name(b, token)


def text(b: Build, token: Token) -> syntax.Text:
    """A string without its quotes, escapes resolved."""
    body, where = str(token)[1:-1], Span(token.start_pos or 0, token.end_pos or 0)
    parts: list[str] = []
    at = 0
    while (escape := body.find("\\", at)) >= 0:
        letter = body[escape + 1]
        if letter not in _ESCAPES:
            b.fault("P104", where, f"`\\{letter}` is not an escape", 'write `\\"`, `\\\\`, `\\n` or `\\t`')
        parts += (body[at:escape], _ESCAPES.get(letter, ""))
        at = escape + 2
    return syntax.Text(span=where, id=b.id(), text="".join(parts) + body[at:])


def maybe_text(b: Build, token: Token | None) -> syntax.Text | None:
    """A string where there is one."""
    return None if token is None else text(b, token)


def moment(b: Build, token: Token) -> syntax.Date:
    """A date or an instant."""
    where = Span(token.start_pos or 0, token.end_pos or 0)
    try:
        when = parse_moment(str(token))
    except ValueError as error:
        b.fault("P110", where, str(error), "write a day as `2026-10-20`, an instant as `2026-10-20T09:00:00Z`")
        when = Moment(date(2000, 1, 1))
    return syntax.Date(span=where, id=b.id(), moment=when)


def whole(b: Build, token: Token) -> int:
    """A whole number from 1."""
    where = Span(token.start_pos or 0, token.end_pos or 0)
    try:
        number = parse_number(str(token))
    except ValueError as error:
        b.fault("P108", where, str(error), "write a shorter number")
        return 1
    if number.denominator != 1 or number < 1:
        b.fault("P108", where, f"`{token}` is not a whole number from 1", "write `1`, `2`, …")
        return 1
    return int(number)


def literal(b: Build, parts: list[Any]) -> syntax.Literal_:
    """A number with its unit, from the tokens of both."""
    where = span(parts)
    written = " ".join(str(token) for token in parts if token is not None)
    try:
        quantity = parse_quantity(written)
    except ValueError as error:
        compute = (
            "; compute has its unit, as in `1e26 FLOP`" if "exponent" in str(error) and "FLOP" not in written else ""
        )
        b.fault("P108", where, str(error), "write it with fewer digits or a smaller exponent" + compute)
        quantity = Quantity(Fraction(0), Unit.NONE)
    return syntax.Literal_(span=where, id=b.id(), quantity=quantity)


def deep(b: Build, node: Any, operands: Iterable[Any], step: int = 1) -> Any:
    """The node, with its depth noted: later stages walk trees by recursion, so depth has a limit."""
    depth = step + max((b.depth.get(operand.id, 0) for operand in operands), default=0)
    b.depth[node.id] = depth
    if depth == MAX_DEPTH + 1:
        message = f"a condition may be nested {MAX_DEPTH} deep, this one is deeper"
        b.fault("P107", node.span, message, "give parts of it a name with `define`")
    return node


class Fields:
    """The fields of one block by name; a field that may stand once and stands twice is a fault."""

    def __init__(self, b: Build, c: Iterable[Any]) -> None:
        """Sort the fields among the parts of a block."""
        self._b = b
        self._by_key: dict[str, list[Field]] = {}
        for part in c:
            if isinstance(part, Field):
                self._by_key.setdefault(part.key, []).append(part)

    def many(self, key: str) -> tuple[Any, ...]:
        """All values of a field, in order."""
        return tuple(part.value for part in self._by_key.get(key, ()))

    def joined(self, key: str) -> tuple[Any, ...]:
        """What stands in all fields of one key, in order."""
        return tuple(value for part in self._by_key.get(key, ()) for value in part.value)

    def one(self, key: str) -> Any:
        """The value of a field, or None."""
        parts = self._by_key.get(key, [])
        for extra in parts[1:]:
            b = self._b
            label = Label(place=Place(b.source, parts[0].span), text="it stands here already")
            place = Place(b.source, extra.span)
            message = f"`{key}` stands twice in one block"
            error = Diagnostic(code="P106", message=message, place=place, labels=(label,), help="keep one of them")
            note(b.found, error)
        return parts[0].value if parts else None


def cited(part: Field | None) -> tuple[Any, ...]:
    """What a `cites` that may stand at the end of a line names."""
    return () if part is None else tuple(part.value)
