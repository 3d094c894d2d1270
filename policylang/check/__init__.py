"""Whether a policy can work: kinds and units fit, every declaration says something, nothing depends on itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from policylang import syntax
from policylang.check.conditions import Conditions, LevelCompared, Meaning, OverCategories, Truth
from policylang.check.declarations import Declarations
from policylang.check.examples import Examples
from policylang.diagnostics import Diagnostic, quoted
from policylang.resolve import Resolved

MAX_CHAIN = 32
"""How many named conditions may rest on one another."""

_MAY_BE_UNUSED = ("definition", "control", "measure", "category", "event", "parameter", "attribute")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A policy that can work, and what the names and comparisons in its conditions mean, by node identity."""

    resolved: Resolved
    meanings: Mapping[int, Meaning]


def check(resolved: Resolved, found: list[Diagnostic]) -> Checked:
    """Check every declaration; errors and warnings go to `found`."""
    conditions = Conditions(resolved, found)
    declarations = Declarations(resolved, conditions)
    declarations.check()
    used = set(conditions.used)
    examples = Examples(declarations)
    for test in resolved.tests:
        examples.check(test)
    _cycles(resolved, conditions, found)
    _unused(resolved, used, found)
    return Checked(resolved=resolved, meanings=conditions.meanings)


def _cycles(resolved: Resolved, conditions: Conditions, found: list[Diagnostic]) -> None:
    """Definitions, controls and categories that depend on themselves, ring by ring."""
    needs = {
        name: sorted({other for condition in _conditions_of(item) for other in _mentioned(condition, conditions)})
        for kind in ("definition", "control", "category")
        for name, item in resolved.named[kind].items()
    }
    while True:
        try:
            order = tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            ring: list[str] = error.args[1]
            found.append(_ring(resolved, ring))
            for name in ring:
                needs[name] = [other for other in needs[name] if other not in ring]
        else:
            _depths(resolved, needs, order, found)
            return


def _ring(resolved: Resolved, ring: list[str]) -> Diagnostic:
    """The finding for names of which each needs the one before it, the first being the last again."""
    first = ring[-1]
    declared = resolved.term(first)
    assert declared is not None
    way = quoted(reversed(ring), "to") if len(ring) == 2 else " → ".join(f"`{name}`" for name in reversed(ring))
    message = f"`{first}` depends on itself: {way}"
    place = resolved.place(declared[1].name)
    return Diagnostic(code="P401", message=message, place=place, help="take one of these steps out")


def _depths(
    resolved: Resolved, needs: Mapping[str, Sequence[str]], order: Iterable[str], found: list[Diagnostic]
) -> None:
    """Named conditions that rest on one another through too many steps: later stages walk them by recursion."""
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[other] for other in needs.get(name, ())), default=0)
        declared = resolved.term(name)
        if depth[name] == MAX_CHAIN + 1 and declared is not None:
            message = f"`{name}` rests on a chain of more than {MAX_CHAIN} named conditions"
            place = resolved.place(declared[1].name)
            found.append(
                Diagnostic(code="P107", message=message, place=place, help="say some of them in one condition")
            )


def _conditions_of(item: syntax.Define | syntax.Control | syntax.Category) -> Iterable[syntax.Expression]:
    match item:
        case syntax.Define(condition=condition):
            yield condition
        case syntax.Control(holds=holds):
            if holds is not None:
                yield holds
        case syntax.Category(clauses=clauses):
            for clause in clauses:
                yield clause.condition


def _mentioned(condition: syntax.Expression, conditions: Conditions) -> Iterable[str]:
    """The definitions, controls and categories (and what else is true or false) that a condition names."""
    match condition:
        case syntax.And(operands=operands) | syntax.Or(operands=operands):
            for operand in operands:
                yield from _mentioned(operand, conditions)
        case syntax.Not(operand=operand):
            yield from _mentioned(operand, conditions)
        case _:
            match conditions.meanings.get(condition.id):
                case Truth(name=name) | LevelCompared(name=name):
                    yield name
                case OverCategories(comparisons=comparisons):
                    yield from (comparison.name for comparison in comparisons)
                case _:
                    return


def _unused(resolved: Resolved, used: set[tuple[str, str]], found: list[Diagnostic]) -> None:
    """Warnings for declarations that nothing depends on; what was taken in from another file may wait for use."""
    for kind in _MAY_BE_UNUSED:
        for name, item in resolved.named[kind].items():
            if (kind, name) not in used and item.id >> 24 == 0:
                place = resolved.place(item.name)
                message = f"nothing uses the {kind} `{name}`"
                help_ = "use it in a rule, or delete it"
                found.append(Diagnostic(code="P406", severity="warning", message=message, place=place, help=help_))
