"""Whether a policy can work: kinds and units fit, every declaration says something, nothing depends on itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from policylang import syntax
from policylang.check.conditions import Conditions, Meaning, OverCategories
from policylang.check.declarations import Declarations, references
from policylang.check.examples import Examples
from policylang.diagnostics import Diagnostic, quoted
from policylang.resolve import Resolved

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
    """A definition, control or category that depends on itself."""
    needs: dict[str, set[str]] = {}
    for kind in ("definition", "control", "category"):
        for name, item in resolved.named[kind].items():
            needs[name] = {
                other
                for condition in _conditions_of(item)
                for reference in references(condition)
                for other in _mentioned(reference, conditions)
            }
    try:
        tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        ring: list[str] = [name for name in error.args[1] if resolved.term(name) is not None]
        declared = resolved.term(ring[-1])
        assert declared is not None
        way = quoted(reversed(ring), "to") if len(ring) == 2 else " → ".join(f"`{name}`" for name in reversed(ring))
        place = resolved.place(declared[1].name)
        message = f"`{ring[-1]}` depends on itself: {way}"
        help_ = "take one of these steps out"
        found.append(Diagnostic(code="P401", message=message, place=place, help=help_))


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


def _mentioned(reference: syntax.Reference | syntax.Quantified, conditions: Conditions) -> Iterable[str]:
    if isinstance(reference, syntax.Reference):
        yield reference.name.text
        return
    meaning = conditions.meanings.get(reference.id)
    if isinstance(meaning, OverCategories):
        yield from (comparison.name for comparison in meaning.comparisons)


def _unused(resolved: Resolved, used: set[tuple[str, str]], found: list[Diagnostic]) -> None:
    """Warnings for declarations that nothing depends on; what was taken in from another file may wait for use."""
    for kind in _MAY_BE_UNUSED:
        for name, item in resolved.named[kind].items():
            if (kind, name) not in used and item.id >> 24 == 0:
                place = resolved.place(item.name)
                message = f"nothing uses the {kind} `{name}`"
                help_ = "use it in a rule, or delete it"
                found.append(Diagnostic(code="P406", severity="warning", message=message, place=place, help=help_))
