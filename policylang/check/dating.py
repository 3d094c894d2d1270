"""Clocks that can start: every way in which a condition can come true must leave a date to count from.

Readings, assessments, attestations and events have dates. That something is not recorded has none, nor has a number of
attempts; so `not breakthrough` or `attempts >= 3` can make a rule fire with nothing to count from. Where several
parts must come together one date is enough, and of alternatives each needs its own.
"""

from policylang import syntax
from policylang.resolve import Resolved


class Dating:
    """Answers for one policy; definitions and controls are looked into once."""

    def __init__(self, resolved: Resolved) -> None:
        """Look at the declarations of `resolved`."""
        self.resolved = resolved
        self._known: dict[tuple[str, bool], bool] = {}

    def rule(self, rule: syntax.Rule) -> bool:
        """Whether a rule leaves a date whenever it fires; one that always fires never does."""
        if rule.when is not None:
            return self.dated(rule.when, holds=True)
        return any(self.dated(interpretation.condition, holds=True) for interpretation in rule.interpretations)

    def dated(self, node: syntax.Expression, *, holds: bool) -> bool:
        """Whether a condition (or its opposite) leaves a date whenever it comes true."""
        match node:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                each = [self.dated(operand, holds=holds) for operand in operands]
                return any(each) if isinstance(node, syntax.And) == holds else all(each)
            case syntax.Not(operand=operand):
                return self.dated(operand, holds=not holds)
            case syntax.Comparison(left=left, right=right, operator=operator):
                upward = holds if operator in (">=", ">", "=") else not holds
                return self._valued(left, upward=upward) or self._valued(right, upward=upward)
            case syntax.Reference():
                return self._named(node.name.text, holds=holds)
            case _:
                return isinstance(node, syntax.Quantified)

    def _valued(self, node: syntax.Expression, *, upward: bool) -> bool:
        """Whether a side of a comparison has a date: a measure or category has, a control at a level or above it."""
        match node:
            case syntax.Reference():
                declared = self.resolved.term(node.name.text)
                kind = "" if declared is None else declared[0]
                return kind in ("measure", "category") or (
                    kind == "control" and self._named(node.name.text, holds=upward)
                )
            case syntax.Negative(operand=operand):
                return self._valued(operand, upward=upward)
            case syntax.Arithmetic():
                chain: syntax.Expression = node
                while isinstance(chain, syntax.Arithmetic):
                    if self._valued(chain.right, upward=upward):
                        return True
                    chain = chain.left
                return self._valued(chain, upward=upward)
            case _:
                return False

    def _named(self, name: str, *, holds: bool) -> bool:
        """Whether a finding, an event, a control or a definition leaves a date."""
        if (name, holds) not in self._known:
            self._known[name, holds] = True  # what depends on itself is found elsewhere
            self._known[name, holds] = self._declared(name, holds=holds)
        return self._known[name, holds]

    def _declared(self, name: str, *, holds: bool) -> bool:
        match self.resolved.term(name):
            case ("measure" | "category", _):
                return True
            case ("event", _):
                return holds
            case ("definition", item):
                return self.dated(item.condition, holds=holds)
            case ("control", syntax.Control(undefined=True)):
                return holds  # it never does
            case ("control", item):
                shown = item.holds is not None and self.dated(item.holds, holds=holds)
                return (shown or item.attested is not None) if holds else (shown and item.attested is None)
            case _:
                return False
