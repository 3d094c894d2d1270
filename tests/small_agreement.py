"""What a difference says of two small policies against all their evidence, decided piece by piece."""

import dataclasses
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from policylang.analysis.compare import difference
from policylang.analysis.difference import Change, Difference, Direction, Shift, Witness
from policylang.clocks import EXAMPLE_DAY
from policylang.compile import Compiled, compile_policy
from policylang.decide import decide
from policylang.decide.decision import Decision, Verdict
from policylang.evidence.admit import admit
from policylang.evidence.merge import read_evidence
from policylang.graph.nodes import Graph
from policylang.source import Source
from policylang.testing import run
from small_worlds import FALLS, Domain, Move, domain, has_sums, moves

WIDE = 60_000
"""How many pieces of evidence are looked at where ranges matter."""


def compiled(text: str) -> Compiled:
    """A compiled text that takes nothing in."""

    def read(*_: object) -> Source:
        raise AssertionError("nothing is taken in")

    return compile_policy(Source(name="small.policy", text=text), read)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two texts, their graphs, and what their difference is said to be."""

    texts: tuple[str, str]
    graphs: tuple[Graph, Graph]
    found: Difference


def compared(old: str, new: str) -> Compared:
    """The difference of two texts."""
    graphs = compiled(old).graph, compiled(new).graph
    return Compared(texts=(old, new), graphs=graphs, found=difference(*graphs))


# Witnesses


def outcome(decision: Decision, of: str) -> str:
    """What a decision says of an action (its verdict) or of `CATEGORY[.STAGE]` (its level)."""
    if of in decision.actions:
        return str(decision.actions[of].verdict)
    category, _, stage = of.partition(".")
    placed = decision.scorecard.get((category, stage or None))
    if placed is None:
        return "not covered"
    ladder = decision.graph.category[category].ladder
    ends = ladder[placed.at_least], ladder[placed.at_most]
    return ends[0] if ends[0] == ends[1] else " .. ".join(ends)


def wrong_with_witness(pair: Compared, witness: Witness, *, run_test: bool = True) -> Iterator[str]:
    """What a witness claims that is not so: decided from its files, and as a test."""
    if witness.evidence:
        for index, text in enumerate((witness.old_evidence or witness.evidence, witness.evidence)):
            yield from _wrong_with_file(pair.graphs[index], text, witness, index)
    if witness.test and run_test:
        results = [run(compiled(text + witness.test))[-1] for text in pair.texts]
        if not results[0].passed:
            yield f"the test fails under the old policy: {results[0].found[0].message}"
        if results[1].passed:
            yield "the test passes under the new policy"


def _wrong_with_file(graph: Graph, text: str, witness: Witness, index: int) -> Iterator[str]:
    evidence = read_evidence([Source(name="witness.yaml", text=text)])
    refused = admit([graph], evidence, EXAMPLE_DAY)
    if refused and not _of_the_other(refused):
        yield f"the evidence is refused: {refused[0].message}"
        return
    decision = decide(graph, evidence, EXAMPLE_DAY)
    for claim in witness.outcomes:
        said = (claim.old, claim.new)[index]
        if (is_ := outcome(decision, claim.of)) != said:
            yield f"{claim.of} is {is_} under the {('old', 'new')[index]} policy, not {said}"


def _of_the_other(refused: Sequence[Any]) -> bool:
    """Whether all that is wrong is a name that only the other policy declares."""
    return all(item.code.startswith("E2") for item in refused)


def wrong_with_change(pair: Compared, change: Change, *, run_test: bool = True) -> Iterator[str]:
    """What is wrong with the evidence of a change."""
    if change.witness is None:
        return
    for text in wrong_with_witness(pair, change.witness, run_test=run_test):
        yield f"{change.sentence}: {text}"
    if change.visible and not _shows(change.witness, looser=change.direction is not Direction.STRICTER):
        yield f"{change.sentence}: nothing of its evidence is {change.direction}"


def _shows(witness: Witness, *, looser: bool) -> bool:
    names = {str(verdict): verdict.rank for verdict in Verdict}
    ranks = [(names[o.old], names[o.new]) for o in witness.outcomes if o.old in names and o.new in names]
    return any((new < old) if looser else (new > old) for old, new in ranks)


# Shifts


def disagreements(pair: Compared, everything: Domain, *, run_tests: bool = True) -> list[str]:
    """All that a difference says of two policies and is not so, or is so and not said."""
    found = moves(pair.graphs, everything)
    wrong: list[str] = []
    by_action = {shift.action: shift for shift in pair.found.shifts}
    if set(found) != set(by_action) and (by_action or any(move.seen for move in found.values())):
        wrong.append(f"actions {sorted(by_action)} are compared, not {sorted(found)}")
    wider: Mapping[str, Move] | None = None
    for action, shift in by_action.items():
        move = found[action]
        wrong += _wrong_with_shift(pair, shift, move)
        if _beyond(shift, move) and not has_sums(pair.graphs):
            wider = _wider(pair, everything) if wider is None else wider
            if wider:
                wrong += _wrong_at_large(shift, wider[action])
    if any(move.fall for move in found.values()) and not pair.found.direction.loosens:
        wrong.append(f"a verdict is weaker, and the difference is {pair.found.direction}")
    if any(move.rises for move in found.values()) and not pair.found.direction.tightens:
        wrong.append(f"a verdict is stricter, and the difference is {pair.found.direction}")
    for number, change in enumerate(pair.found.changes):
        wrong += wrong_with_change(pair, change, run_test=run_tests and number < 2)
    for shift in pair.found.shifts:
        if shift.witness is not None:
            wrong += [f"{shift.action}: {text}" for text in wrong_with_witness(pair, shift.witness, run_test=run_tests)]
    return list(dict.fromkeys(wrong))


def _wrong_with_shift(pair: Compared, shift: Shift, move: Move) -> Iterator[str]:
    """A shift against all exact and missing evidence: nothing of it may be missing."""
    if shift.direction is Direction.UNKNOWN:
        yield f"{shift.action}: unknown"
        return
    if move.fall and not shift.direction.loosens:
        yield f"{shift.action}: falls from {move.fall[1]} to {move.fall[2]}, and is said to be {shift.direction}"
    if move.rises and not shift.direction.tightens:
        yield f"{shift.action}: rises, and is said to be {shift.direction}"
    if move.fall and shift.furthest and FALLS.index(_fall(shift)) > move.fall[0]:
        yield f"{shift.action}: falls from {move.fall[1]} to {move.fall[2]}, and is said to fall {shift.furthest}"
    if not has_sums(pair.graphs):
        for name, said, is_ in (
            ("looser", shift.looser_share, move.looser),
            ("stricter", shift.stricter_share, move.stricter),
        ):
            if said != is_:
                yield f"{shift.action}: {is_} of all evidence is {name}, not {said}"
    if shift.direction is not Direction.NEUTRAL and shift.witness is None:
        yield f"{shift.action}: {shift.direction} without a witness"
    if shift.witness is not None and not _shows(shift.witness, looser=shift.direction is not Direction.STRICTER):
        yield f"{shift.action}: the witness shows nothing {shift.direction}"


def _fall(shift: Shift) -> tuple[Verdict, Verdict]:
    assert shift.furthest is not None  # asked only where there is one
    return Verdict(shift.furthest[0]), Verdict(shift.furthest[1])


def _beyond(shift: Shift, move: Move) -> bool:
    """Whether a shift says more than exact and missing evidence shows."""
    further = shift.furthest is not None and (move.fall is None or FALLS.index(_fall(shift)) < move.fall[0])
    return further or (shift.direction.tightens and not move.rises)


def _wrong_at_large(shift: Shift, move: Move) -> Iterator[str]:
    """A shift against ranges too: exactly as said."""
    if shift.furthest is not None and (move.fall is None or FALLS.index(_fall(shift)) != move.fall[0]):
        yield f"{shift.action}: no evidence shows a fall {shift.furthest}"
    if shift.direction.tightens and not move.rises:
        yield f"{shift.action}: no evidence shows it stricter"


def _wider(pair: Compared, everything: Domain) -> Mapping[str, Move]:
    """How verdicts move on ranges of scores too; nothing where that is too much to list."""
    scores: dict[tuple[str, str | None], tuple[tuple[Any, Fraction], ...]] = {}
    for key, row in everything.scores.items():
        exact = sorted(value for value, _ in row if value is not None)
        far = max(exact) * 1000 + 1000
        measure = next(graph.measure[key[0]] for graph in pair.graphs if key[0] in graph.measure)
        ends = [*exact, *([far] if measure.high is None else [])]
        ranges = [(low, high) for low, high in itertools.combinations(ends, 2)]
        scores[key] = (*row, *((pick, Fraction(0)) for pick in ranges))
    wide = dataclasses.replace(everything, scores=scores)
    return moves(pair.graphs, wide) if wide.size <= WIDE else {}


def small_case(old: str, new: str, most: int) -> tuple[Compared, Domain] | None:
    """Two texts compared, and all their evidence; None where that is too much to list, or a text is no policy."""
    graphs = compiled(old).graph, compiled(new).graph
    everything = domain(graphs)
    if everything.size > most:
        return None
    return Compared(texts=(old, new), graphs=graphs, found=difference(*graphs)), everything
