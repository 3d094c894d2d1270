"""Nodes of conditions and expressions: one function a grammar rule, named like it."""

from typing import Any

from policylang import syntax
from policylang.parse.build import Build, Field, deep, maybe_name, name, span, whole

Parts = list[Any]


def disjunction(b: Build, c: Parts) -> Any:
    """`a or b or c`."""
    return deep(b, syntax.Or(span=span(c), id=b.id(), operands=tuple(c[::2])), c[::2])


def conjunction(b: Build, c: Parts) -> Any:
    """`a and b and c`."""
    return deep(b, syntax.And(span=span(c), id=b.id(), operands=tuple(c[::2])), c[::2])


def negation(b: Build, c: Parts) -> Any:
    """`not a`."""
    return deep(b, syntax.Not(span=span(c), id=b.id(), operand=c[1]), (c[1],))


def comparison(b: Build, c: Parts) -> Any:
    """`a >= b`."""
    operator: Any = str(c[1])
    node = syntax.Comparison(span=span(c), id=b.id(), operator=operator, left=c[0], right=c[2])
    return deep(b, node, (c[0], c[2]))


def quantified(b: Build, c: Parts) -> syntax.Quantified:
    """`any category except a.stage >= high`."""
    quantifier, count = c[0].value
    operator: Any = str(c[6])
    return syntax.Quantified(
        span=span(c),
        id=b.id(),
        quantifier=quantifier,
        count=count,
        excepted=c[3] or (),
        stage=maybe_name(b, c[5]),
        operator=operator,
        level=name(b, c[7]),
    )


def any_of(b: Build, c: Parts) -> Any:
    """`any`."""
    return _quantifier(c, ("any", None))


def all_of(b: Build, c: Parts) -> Any:
    """`all`."""
    return _quantifier(c, ("all", None))


def at_least(b: Build, c: Parts) -> Any:
    """`at least N`."""
    return _quantifier(c, ("at least", whole(b, c[2])))


def addition(b: Build, c: Parts) -> Any:
    """`a + b`; a chain of them is walked without recursion, so it does not count as depth."""
    return _arithmetic(b, c, step=0)


def product(b: Build, c: Parts) -> Any:
    """`2 * a`."""
    return _arithmetic(b, c, step=1)


def negative(b: Build, c: Parts) -> Any:
    """`-a`."""
    if c[0] == "+":
        return c[1]
    return deep(b, syntax.Negative(span=span(c), id=b.id(), operand=c[1]), (c[1],))


def group(b: Build, c: Parts) -> Any:
    """`( … )`: the tree has no parentheses, only their depth is noted."""
    return deep(b, c[1], (c[1],))


def reference(b: Build, c: Parts) -> syntax.Reference:
    """`name` or `name.stage`."""
    return syntax.Reference(span=span(c), id=b.id(), name=name(b, c[0]), stage=maybe_name(b, c[2]))


def _quantifier(c: Parts, value: tuple[str, int | None]) -> Any:
    return Field(key="quantifier", value=value, span=span(c))


def _arithmetic(b: Build, c: Parts, *, step: int) -> Any:
    operator: Any = str(c[1])
    node = syntax.Arithmetic(span=span(c), id=b.id(), operator=operator, left=c[0], right=c[2])
    deep(b, node, (c[2],))
    return deep(b, node, (c[0], node) if step == 0 else (c[0], c[2]), step)


def operator(b: Build, c: Parts) -> Any:
    """A comparison sign."""
    return c[0]
