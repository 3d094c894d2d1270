"""Whether a policy can work: kinds and units fit, every declaration says something, nothing depends on itself."""

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import assert_never

from policylang import syntax
from policylang.check.cited import check_cited
from policylang.check.conditions import Conditions
from policylang.check.declarations import Declarations
from policylang.check.examples import Examples
from policylang.check.meanings import LevelCompared, Meaning, OverCategories, Truth
from policylang.check.memory import Memory
from policylang.check.size import check_size
from policylang.diagnostics import Diagnostic, Enough, errors, note
from policylang.resolve import Resolved

MAX_RINGS = 10
"""How many rings of conditions that rest on one another are looked for."""

_MAY_BE_UNUSED = ("definition", "control", "measure", "category", "event", "parameter", "attribute")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A policy that can work, and what the names and comparisons in its conditions mean, by node identity."""

    resolved: Resolved
    meanings: Mapping[int, Meaning]


def check(resolved: Resolved, found: list[Diagnostic], memory: Memory | None = None) -> Checked:
    """Check every declaration; errors and warnings go to `found`.

    A `memory` of the last check of a policy, in an editor, makes the next one faster, and nothing else.
    """
    if memory is not None:
        memory.begin(resolved)
    conditions = Conditions(resolved, found, memory)
    with contextlib.suppress(Enough):
        if check_size(resolved, found, memory):
            _check(resolved, conditions, found)
    return Checked(resolved=resolved, meanings=conditions.meanings)


def _check(resolved: Resolved, conditions: Conditions, found: list[Diagnostic]) -> None:
    declarations = Declarations(resolved, conditions)
    declarations.check()
    used = set(conditions.used)
    check_cited(declarations, found)
    examples = Examples(declarations)
    for situation in resolved.named["situation"].values():
        examples.situation(situation)
    for test in resolved.tests:
        examples.check(test)
    examples.check_extent()
    _cycles(resolved, conditions, found)
    _unused(resolved, used, found)


def _cycles(resolved: Resolved, conditions: Conditions, found: list[Diagnostic]) -> None:
    """Definitions, controls and categories that depend on themselves, ring by ring."""
    needs = {
        name: sorted({other for condition in _conditions_of(item) for other in _mentioned(condition, conditions)})
        for kind in ("definition", "control", "category")
        for name, item in resolved.named[kind].items()
    }
    for _ in range(MAX_RINGS):
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            ring: list[str] = error.args[1]
            note(found, _ring(resolved, ring))
            for name in ring:
                needs[name] = [other for other in needs[name] if other not in ring]
        else:
            return


def _ring(resolved: Resolved, ring: list[str]) -> Diagnostic:
    """The finding for names of which each needs the one before it, the first being the last again."""
    first = ring[-1]
    declared = resolved.term(first)
    assert declared is not None
    way = " → ".join(f"`{name}`" for name in reversed(ring))
    message = f"`{first}` depends on itself" + (f": {way}" if len(ring) > 2 else "")
    place = resolved.place(declared[1].name)
    return Diagnostic(code="P401", message=message, place=place, help="take one of these steps out")


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
        case _:
            assert_never(item)


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
    """Warnings for declarations that nothing depends on; what was taken in from another file may wait for use.

    While names are wrong nothing is said: what they mean may be what seems unused.
    """
    if errors(found):
        return
    for kind in _MAY_BE_UNUSED:
        for name, item in resolved.named[kind].items():
            if (kind, name) not in used and item.id >> 24 == 0:
                place = resolved.place(item.name)
                message = f"nothing uses the {kind} `{name}`"
                help_ = "use it in a rule, or delete it"
                found.append(Diagnostic(code="P406", severity="warning", message=message, place=place, help=help_))
