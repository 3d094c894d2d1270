"""Lints of logic: what the compiler warns of, and what is proved for all evidence at once, as rules like the others."""

from collections.abc import Callable, Iterator

from policylang.diagnostics import Diagnostic
from policylang.lint import coverage, levels, semantic
from policylang.lint.rule import EVERYBODY, Family, Rule, View
from policylang.lint.scene import Scene

Lint = Callable[[Scene], Iterator[Diagnostic]]

_WARNED = {
    "P304": Family.THRESHOLDS,
    "P406": Family.LOGIC,
    "P423": Family.EVIDENCE,
    "P424": Family.EVIDENCE,
}
"""What the compiler warns of by itself."""

_PROVED: tuple[tuple[str, Family, Lint], ...] = (
    ("P406", Family.LOGIC, coverage.unused),
    ("P410", Family.LOGIC, semantic.dead_rules),
    ("P411", Family.LOGIC, semantic.shadowed_rules),
    ("P412", Family.LOGIC, semantic.constant_conditions),
    ("P413", Family.LOGIC, semantic.constant_conditions),
    ("P414", Family.LOGIC, semantic.unmeetable),
    ("P415", Family.LOGIC, coverage.gaps),
    ("P416", Family.LOGIC, semantic.never_permitted),
    ("P417", Family.THRESHOLDS, levels.out_of_order),
    ("P418", Family.THRESHOLDS, levels.out_of_reach),
    ("P419", Family.THRESHOLDS, levels.unjudged),
    ("P420", Family.GOVERNANCE, semantic.idle_exceptions),
    ("P421", Family.CLOCKS, semantic.idle_clocks),
    ("P422", Family.THRESHOLDS, coverage.wrong_way),
)


def _warned(code: str) -> Callable[[View], Iterator[Diagnostic]]:
    return lambda view: (one for one in view.warnings if one.code == code)


def _proved(code: str, lint: Lint) -> Callable[[View], Iterator[Diagnostic]]:
    return lambda view: (one for one in lint(view.scene) if one.code == code)


def _gate(code: str) -> Callable[[View], Iterator[Diagnostic]]:
    return lambda view: (one for one in view.gates if one.code == code)


RULES: tuple[Rule, ...] = (
    *(Rule(code=code, family=family, personas=EVERYBODY, find=_warned(code)) for code, family in _WARNED.items()),
    *(Rule(code=code, family=Family.EVIDENCE, personas=EVERYBODY, find=_gate(code)) for code in ("P407", "P408")),
    *(
        Rule(code=code, family=family, personas=EVERYBODY, find=_proved(code, lint), proves=True)
        for code, family, lint in _PROVED
    ),
)
