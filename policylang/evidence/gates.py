"""Gates: what must be proved of a rate to let an action through, at which error, and how many units that takes."""

from dataclasses import dataclass
from fractions import Fraction

from policylang import bounds
from policylang.graph.nodes import Graph, Measure
from policylang.graph.shares import Claim, claims
from policylang.kinds import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """One threshold on one measure at one stage.

    `limit` is what the bound itself must pass, the margin counted in; `alpha` the error it may have at an attempt,
    split among `split`; `smallest` the fewest units that can show it, None where no number of them can.
    """

    measure: Measure
    stage: str | None
    text: str
    below: bool
    limit: Fraction
    alpha: Fraction
    split: int
    smallest: int | None

    @property
    def at_least(self) -> int | None:
        """The fewest units that the measure accepts, where it says."""
        known = [need.number for need in self.measure.needs if need.of == "n" and need.operator in (">=", "=", ">")]
        return max((int(number) for number in known if number is not None), default=None)

    @property
    def at_most(self) -> int | None:
        """The most units that the measure accepts, where it says."""
        found = [
            int(need.number) - (need.operator == "<")
            for need in self.measure.needs
            if need.of == "n" and need.number is not None and need.operator in ("<=", "=", "<")
        ]
        return min(found, default=None)

    def most(self, size: int, *, anytime: bool) -> int | None:
        """The most bad outcomes with which a run of so many units shows it; None where even none is too many."""
        return bounds.largest_k(size, self.limit if self.below else 1 - self.limit, self.alpha, anytime=anytime)


def gates(graph: Graph, attempt: int = 1) -> tuple[Gate, ...]:
    """The gates of a policy with `confidence`, at a mitigation attempt; sums of several scores are not among them."""
    if graph.header.confidence is None:
        return ()
    found = (_gate(graph, claim, attempt) for claim in claims(graph) if len(claim.threshold.terms) == 1)
    return tuple(gate for gate in found if gate is not None)


def _gate(graph: Graph, claim: Claim, attempt: int) -> Gate | None:
    header = graph.header
    assert header.confidence is not None
    (number, factor) = claim.threshold.terms[0]
    measure = graph.measure[graph.inputs[number].name]
    if measure.kind is not Kind.RATE:
        return None
    bound = claim.threshold.bound / factor
    below = claim.holds == (factor < 0)
    margin = measure.margin or Fraction(0)
    moved = margin if measure.worse == ("higher" if below else "lower") else Fraction(0)
    limit = bound - moved if below else bound + moved
    alpha = bounds.alpha_at(header.confidence, attempt=attempt if header.across_attempts else None, parts=claim.split)
    return Gate(
        measure=measure,
        stage=graph.inputs[number].stage,
        text=claim.threshold.text,
        below=below,
        limit=limit,
        alpha=alpha,
        split=claim.split,
        smallest=bounds.smallest_n(limit if below else 1 - limit, alpha, anytime=header.anytime),
    )
