"""When enough is known: which measures a decision still depends on, after what was measured so far.

A rule to stop by is sound only under `confidence … anytime`: its tests hold at every look, however often one looks and
whatever one decides on what one saw. So after every few rows the policy is decided on what is there. A measure that
would settle no verdict that is asked for needs no further rows: its thresholds are proved one way or the other, or the
verdict no longer depends on it. Rows are asked in an order that the policy and what the rows say settle, so that nobody
who writes a suite can have the harmless ones asked first. What a stopped run planned is what it asked, and it says how
often it was looked at: a policy whose test holds for one look does not count it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from policylang.clocks import Moment
from policylang.decide import Decision, decide
from policylang.diagnostics import Diagnostic, EvidenceError, nearest
from policylang.evidence.admit import admit
from policylang.evidence.asking import Item
from policylang.evidence.facts import Evidence, Reading
from policylang.evidence.merge import with_readings
from policylang.graph.nodes import Graph
from policylang.measuring.session import Session

_FIRST = 8
_PART = 10  # after the first rows, a tenth of what was asked is asked before the next look


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Policies to stop for, the actions whose verdicts are asked for, and what else is known."""

    graphs: tuple[Graph, ...]
    actions: frozenset[str]
    evidence: Evidence
    as_of: Moment

    @property
    def name(self) -> str:
        """What this rule is, as part of the name of a run."""
        return "; ".join([self.salt, *sorted(self.actions)])

    @property
    def salt(self) -> str:
        """What settles the order of rows: the policies, which whoever writes a suite does not choose."""
        return "; ".join(sorted(graph.digest for graph in self.graphs))

    def decided(self, readings: Sequence[Reading]) -> list[Decision]:
        """The decisions on what is known and was measured; raises EvidenceError where that is no evidence."""
        evidence = with_readings(self.evidence, readings)
        wrong = admit(self.graphs, evidence, self.as_of)
        if wrong:
            raise EvidenceError(wrong)
        return [decide(graph, evidence, self.as_of) for graph in self.graphs]

    def needed(self, readings: Sequence[Reading]) -> frozenset[tuple[str, str | None]]:
        """The measures, by name and stage, that some verdict asked for still depends on."""
        return frozenset(
            (missing.name, missing.stage)
            for decision in self.decided(readings)
            for missing in decision.missing
            if missing.what == "measure" and self.actions.intersection(missing.would_settle)
        )


def rule(graphs: Sequence[Graph], wanted: Iterable[str], evidence: Evidence, as_of: Moment) -> Rule:
    """A rule to stop by; raises EvidenceError where a policy cannot have one, or has no such action."""
    for graph in graphs:
        if graph.header.confidence is None or not graph.header.anytime:
            message = f"`{graph.header.name}` decides by a test that holds for one look only"
            help_ = "declare `confidence 95% anytime` in the policy, or measure whole tasks: leave `--for` out"
            raise EvidenceError([Diagnostic(code="E545", message=message, place=None, help=help_)])
    leaves = {name: found for graph in graphs for name, found in graph.groups}
    for name in wanted:
        if name not in leaves:
            message = f"no policy here has an action `{name}`"
            raise EvidenceError([Diagnostic(code="C106", message=message, place=None, help=nearest(name, leaves))])
    every = {term.name for graph in graphs for term in graph.actions}
    named = {leaf for graph in graphs for name in wanted for leaf in graph.leaves.get(name, ())}
    return Rule(graphs=tuple(graphs), actions=frozenset(named or every), evidence=evidence, as_of=as_of)


def ask_until(
    session: Session,
    measures: Sequence[tuple[str, str | None]],
    needed: Callable[[Sequence[int]], frozenset[tuple[str, str | None]]],
) -> tuple[list[int], int]:
    """Ask the parts of a session row by row, until no measure of theirs is needed.

    `measures` has the measure of each part; `needed` says which are, after so many rows of each. The result is how
    many rows each part was asked, and how often was looked.
    """
    asked = [0] * len(session.parts)
    looks = 0
    while True:
        looks += 1
        wanted = needed(asked)
        chunk: list[tuple[int, Item]] = []
        for number, part in enumerate(session.parts):
            if measures[number] in wanted:
                some = part.items[asked[number] : asked[number] + max(_FIRST, asked[number] // _PART)]
                chunk += [(number, item) for item in some]
                asked[number] += len(some)
        if not chunk:
            return asked, looks
        session.ask(chunk)
