"""Lints: what a policy says and hardly means.

A lint is a `Rule` of one family: its code, who wants to hear of it, and a function that reads the trees and the graph.
Those that ask the prover about all evidence at once are rules too, and so are the warnings of the compiler: what
`policyc lint` prints, an editor shows and a comment allows is one list. A finding never changes a verdict.
"""

from collections.abc import Iterable, Sequence

from policylang.diagnostics import Diagnostic
from policylang.lint import clocks, evidence, governance, logic, names, numbers, scales, suppressing, thresholds
from policylang.lint.rule import Family as Family
from policylang.lint.rule import Persona as Persona
from policylang.lint.rule import Rule as Rule
from policylang.lint.rule import View as View
from policylang.lint.suppressing import Allowed as Allowed
from policylang.lint.suppressing import Linted as Linted

_MODULES = (names, thresholds, numbers, scales, evidence, governance, clocks, logic, suppressing)

RULES: tuple[Rule, ...] = tuple(
    sorted((rule for module in _MODULES for rule in module.RULES), key=lambda rule: (rule.code, rule.proves))
)
"""Every lint, by code."""

FAST = tuple(rule for rule in RULES if not rule.proves)
"""Those that read and prove nothing: what an editor runs on every change."""

MENDED = {
    **dict.fromkeys(("L001", "L003", "L211"), True),
    **dict.fromkeys(("L107", "L202", "L203", "L214", "L301", "L302", "L303", "L304", "L307", "L309"), False),
    **dict.fromkeys(("L310", "L313", "L405", "L422", "L425", "L426", "L432", "L505"), False),
}
"""The lints whose findings may carry a fix, and whether that keeps what the policy means."""

_SAID_BY = {"P304": ("P412", "P413"), "P406": ("P406", "P415"), "L214": ("P422",)}
"""What a finding says already of the same place."""


def lint(view: View, rules: Sequence[Rule] = FAST) -> list[Diagnostic]:
    """What lints find in a policy and no comment allows, in the order of the files."""
    return list(linted(view, rules).found)


def linted(view: View, rules: Sequence[Rule] = RULES) -> Linted:
    """What lints find in a policy: what stands, and what a comment allows, with its reason."""
    found = [one for one in dict.fromkeys(one for rule in rules for one in rule.find(view)) if _is_here(view, one)]
    said = {(str(one.place), code) for one in found for code in _SAID_BY.get(one.code, ()) if _speaks(view, one)}
    codes = {code for _, code in said}
    again = [
        one for one in found if one.code in codes and one not in view.warnings and (str(one.place), one.code) in said
    ]
    return suppressing.sifted(view, _ordered(view, [one for one in found if one not in again]), rules)


def _is_here(view: View, one: Diagnostic) -> bool:
    """Whether a finding is of the policy's own file: what it takes in from another is linted there."""
    return one.place is None or one.place.source.name == view.source.name


def _speaks(view: View, one: Diagnostic) -> bool:
    """Whether a finding silences others at its place: the prover's own P406 is about what the compiler passes over."""
    return one.code != "P406" or one in view.warnings


def _ordered(view: View, found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """In the order of the files, and of the places in them."""
    order = {source.name: number for number, source in enumerate(view.resolved.sources)}

    def key(one: Diagnostic) -> tuple[int, int, str, str]:
        if one.place is None:
            return -1, 0, one.code, one.message
        return order.get(one.place.source.name, len(order)), one.place.span.start, one.code, one.message

    return sorted(found, key=key)
