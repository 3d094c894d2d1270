"""Hints between the words of a policy: what sample a threshold asks for, and what is not seen where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction

from policylang import syntax
from policylang.compile import Compiled
from policylang.evidence.gates import Gate, gates
from policylang.kinds import Kind, decimal_text
from policylang.resolve import Resolved


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """A few words shown behind an offset of the text, and more of them when asked."""

    offset: int
    text: str
    more: str


def hints(compiled: Compiled) -> tuple[Hint, ...]:
    """The hints of a policy's own file, in the order of the text."""
    resolved = compiled.checked.resolved
    finder = _Finder(resolved, gates(compiled.graph), anytime=compiled.graph.header.anytime)
    found = {hint.offset: hint for item in resolved.modules[0].items for hint in finder.of(item)}
    return tuple(found[offset] for offset in sorted(found))


class _Finder:
    def __init__(self, resolved: Resolved, found: tuple[Gate, ...], *, anytime: bool) -> None:
        self.resolved, self.named, self.gates, self.anytime = resolved, resolved.named, found, anytime

    def of(self, node: syntax.Node) -> Iterator[Hint]:
        """The hints in a node and below it."""
        match node:
            case syntax.Situation() | syntax.Test() | syntax.Set():
                return
            case syntax.Comparison(left=syntax.Reference() as measure, right=right):
                yield from self.compared(node, measure, right)
            case _:
                pass
        for each in fields(node):
            value = getattr(node, each.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, syntax.Name) and not isinstance(node, syntax.Parameter | syntax.Claim):
                    yield from self.parameter(part, each.name)
                elif isinstance(part, syntax.Node):
                    yield from self.of(part)

    def compared(self, node: syntax.Comparison, measure: syntax.Reference, right: syntax.Expression) -> Iterator[Hint]:
        """Behind a threshold, the samples that prove it; behind a measure whose unit nothing shows, its type."""
        item = self.named["measure"].get(measure.name.text)
        if item is None:
            return
        if not isinstance(right, syntax.Literal_):
            yield self.hint(measure, f": {_type_text(item.type)}", f"measure `{item.name.text}`")
            return
        found = self.proof(item, right.quantity.value)
        if found is not None:
            yield self.hint(node, *found)

    def proof(self, item: syntax.Measure, bound: Fraction) -> tuple[str, str] | None:
        """What proves that a threshold is not reached, or is, in the sample that the measure asks for at least."""
        margin = item.margin.quantity.value if isinstance(item.margin, syntax.Literal_) else Fraction(0)
        limits = {bound, bound - margin, bound + margin}
        here = [gate for gate in self.gates if gate.measure.name == item.name.text and gate.limit in limits]
        if not here:
            return None
        gate = min(here, key=lambda one: (one.alpha, one.limit if one.below else 1 - one.limit))
        side = "below" if gate.below else "at least"
        limit = f"{decimal_text(gate.limit * 100, 4)}%"
        level = f"at {decimal_text((1 - gate.alpha) * 100, 3)}% confidence"
        if gate.smallest is None:
            return f"never proved {side} {limit}", f"no sample proves it {level}"
        size = max(gate.smallest, gate.at_least or 0)
        most = gate.most(size, anytime=self.anytime)
        if most is None:
            return None
        bad = f"at most {most} of {size}" if most else f"0 of {size}"
        failures = "" if gate.below else " failures"
        shown = f"\u2264 {most}{failures} of {size}" if most else f"0{failures} of {size}"
        more = f"{side} {limit} is proved {level} by {bad}{failures}; the fewest that can are {gate.smallest}"
        asked = "" if limit == _percent(bound) else f" {side if not gate.below else ''} {limit}".replace("  ", " ")
        return f"proved{' below' if gate.below else ''}{asked} by {shown}", more

    def parameter(self, name: syntax.Name, field: str) -> Iterator[Hint]:
        """The value of a parameter where it is used."""
        item = self.named["parameter"].get(name.text)
        uses = ("name", "margin", "within", "every", "valid", "factor", "duration", "value", "level")
        if item is None or field not in uses:
            return
        if isinstance(item.value, syntax.Literal_):
            yield self.hint(name, f"= {item.value.quantity}", f"parameter `{item.name.text}`")
        elif item.value is not None:
            yield self.hint(name, f"= {item.value.text}", f"parameter `{item.name.text}`")
        else:
            yield self.hint(name, "not set", f"the framework leaves `{item.name.text}` open")

    def hint(self, node: syntax.Node, text: str, more: str) -> Hint:
        return Hint(offset=self.resolved.place(node).span.end, text=text, more=more)


def _percent(bound: Fraction) -> str:
    return f"{decimal_text(bound * 100, 4)}%"


def _type_text(declared: syntax.TypeName) -> str:
    if declared.name.text == Kind.SCORE and declared.low is not None and declared.high is not None:
        return f"score({decimal_text(declared.low)}..{decimal_text(declared.high)})"
    return declared.name.text
