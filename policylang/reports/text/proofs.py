"""How many units show what a policy wants shown: of a run as large as the one at hand, and with no bad outcome."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from policylang.decide.decision import Decision
from policylang.reports.amounts import counted

if TYPE_CHECKING:
    from policylang.evidence.gates import Gate

_PARTS = re.compile(r" and | or |[()]")


def proofs(decision: Decision) -> Mapping[str, str]:
    """What would show a score, by the condition in a remedy; nothing where no confidence is asked for."""
    if decision.graph.header.confidence is None:
        return {}
    from policylang.evidence.gates import gates  # what asks for no confidence needs no statistics

    found = gates(decision.graph, decision.subject.attempt or 1)
    return {_remedy(gate): _outcome(decision, gate) for gate in found}


def conditions(text: str) -> list[str]:
    """The conditions that a remedy is made of."""
    return [part.strip() for part in _PARTS.split(text)]


def _remedy(gate: "Gate") -> str:
    """The text of a threshold that is to hold, or of its opposite where it is not to."""
    if gate.below:
        for sign, other in ((" >= ", " < "), (" > ", " <= ")):
            if sign in gate.text:
                return other.join(gate.text.rsplit(sign, 1))
    return gate.text


def _outcome(decision: Decision, gate: "Gate") -> str:
    if gate.smallest is None:
        return "no run: the margin is too large"
    fewest = f"{'none' if gate.below else 'all'} of {counted(gate.smallest, gate.measure.unit)}"
    size = max(_sizes(decision, gate), default=0)
    k = None if size <= gate.smallest else gate.most(size, anytime=decision.graph.header.anytime)
    if k is None:
        return fewest
    found = f"at most {k}" if gate.below else f"at least {size - k}"
    return f"{found} of {counted(size, gate.measure.unit)}, or {fewest.removesuffix(f' {gate.measure.unit}s')}"


def _sizes(decision: Decision, gate: "Gate") -> Iterator[int]:
    """How large the runs at hand are, and the smallest that the measure accepts."""
    if gate.at_least is not None:
        yield gate.at_least
    for weighed in decision.readings:
        reading = weighed.reading
        if (reading.measure, reading.stage) == (gate.measure.name, gate.stage) and reading.n and not reading.units:
            yield reading.n
