"""Deciding one policy again and again: dated facts stay, scores vary.

A verdict depends on a score only through the thresholds it passes. So the line of each score falls into cells, and
everything a rule contributes is a function of the cells of the few scores it looks at. Rules that look at the same
scores form a group; what a group contributes is worked out once for each combination of cells, by the same code that
makes a single decision, and looked up after that. Scores stand on a grid of integers on which every threshold lies
exactly, so finding a cell compares integers and rounds nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from operator import itemgetter
from typing import Any, NamedTuple

from policylang.clocks import Moment
from policylang.decide.decision import Because, Outstanding, Reason, Verdict
from policylang.decide.standing import stand
from policylang.decide.values import Value, evaluate, inputs_of, with_margin
from policylang.decide.verdicts import verdict_by
from policylang.evidence.facts import Evidence
from policylang.graph.nodes import Graph, Rule, Threshold, parts_of

MAX_KEPT = 4096
"""Combinations of cells kept for one group; they are forgotten together when there are more."""

Score = Fraction | int | tuple[Fraction | int, Fraction | int]


class Outcome(NamedTuple):
    """The verdict on one action, the rules that bear on it, and what they still require."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    outstanding: tuple[Outstanding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """Scores ready to be decided on: the places of their lower and upper ends on the grids, and their exact values."""

    lows: tuple[int, ...]
    highs: tuple[int, ...]
    values: tuple[Value, ...]


_Part = tuple[
    int, int, tuple[Reason, ...], tuple[Outstanding, ...]
]  # action, rank of the verdict, reasons, outstanding


@dataclass(kw_only=True, slots=True)
class _Group:
    rules: tuple[Rule, ...]
    cells: Callable[[Sequence[int]], Any]
    kept: dict[Any, tuple[_Part, ...]]
    exact: bool  # whether cells decide: no rule compares a sum of scores


class Decider:
    """Decides one policy with the dated facts of one evidence, for any scores."""

    def __init__(self, graph: Graph, evidence: Evidence, as_of: Moment, *, kept: int = MAX_KEPT) -> None:
        """Keep the facts that stand at `as_of`; readings do not count, scores come with each decision."""
        self.graph = graph
        self._most = kept
        self.actions = tuple(term.name for term in graph.actions)
        self._standing = stand(graph, evidence, as_of)
        self._open = inputs_of(graph, (), evidence.subject)
        self._scales = tuple(_scale(graph, index) for index in range(len(graph.inputs)))
        self._cuts = tuple(_cuts(graph, index, scale) for index, scale in enumerate(self._scales))
        self._lows = tuple(_place(value.lo, scale) for value, scale in zip(self._open, self._scales, strict=True))
        self._highs = tuple(_place(value.hi, scale) for value, scale in zip(self._open, self._scales, strict=True))
        self._index = {
            (item.name, item.stage): (index, graph.measure[item.name])
            for index, item in enumerate(graph.inputs)
            if item.of == "measure"
        }
        self._groups = tuple(self._grouped())
        self._permitted = Outcome(Verdict.PERMITTED)

    def scores(self, given: Mapping[tuple[str, str | None], Score]) -> Scores:
        """Scores by measure and stage: an exact value, or its least and greatest value; the rest is not measured.

        They are taken as qualifying readings, and the margin of the measure is applied. Raises KeyError for a name
        that no condition mentions.
        """
        values, lows, highs = list(self._open), list(self._lows), list(self._highs)
        for key, score in given.items():
            index, measure = self._index[key]
            lo, hi = (Fraction(score[0]), Fraction(score[1])) if isinstance(score, tuple) else (Fraction(score),) * 2
            least, greatest = with_margin(measure, lo, hi)
            values[index] = Value(lo=least, hi=greatest, worse=measure.worse, measured=True)
            lows[index] = _place(least, self._scales[index])
            highs[index] = lows[index] if least == greatest else _place(greatest, self._scales[index])
        low = tuple(lows)
        return Scores(lows=low, highs=low if lows == highs else tuple(highs), values=tuple(values))

    def decide(self, scores: Scores) -> dict[str, Outcome]:
        """The outcome for every leaf action: what `decide.decide` says of it, without the readings behind it."""
        lows = list(map(bisect_right, self._cuts, scores.lows))
        highs = lows if scores.highs is scores.lows else list(map(bisect_right, self._cuts, scores.highs))
        ranks: dict[int, int] = {}
        reasons: dict[int, tuple[Reason, ...]] = {}
        needs: dict[int, tuple[Outstanding, ...]] = {}
        for group in self._groups:
            key = group.cells(lows) if highs is lows else (group.cells(lows), group.cells(highs))
            parts = group.kept.get(key) if group.exact else None
            if parts is None:
                parts = self._work(group, key, scores)
            for action, rank, why, open_ in parts:
                if action in ranks:
                    ranks[action] = max(rank, ranks[action])
                    reasons[action] += why
                    needs[action] += open_
                else:
                    ranks[action], reasons[action], needs[action] = rank, why, open_
        outcomes = dict.fromkeys(self.actions, self._permitted)
        for action, rank in ranks.items():
            outcomes[self.actions[action]] = Outcome(_VERDICTS[rank], reasons[action], needs[action])
        return outcomes

    def _work(self, group: _Group, key: Any, scores: Scores) -> tuple[_Part, ...]:
        """What the rules of a group contribute, worked out in full."""
        values = evaluate(self.graph, scores.values, self._standing)
        parts: list[_Part] = []
        for number, action in enumerate(self.actions):
            for rule in group.rules:
                found = verdict_by(values, rule, action)
                if found is not None:
                    verdict, reasons, outstanding = found
                    bare = tuple(replace(reason, because=_bare(reason.because)) for reason in reasons)
                    if bare:
                        parts.append((number, verdict.rank, bare, outstanding))
        kept = tuple(parts)
        if len(group.kept) >= self._most:
            group.kept.clear()
        group.kept[key] = kept
        return kept

    def _vetoes(self) -> list[_Part]:
        found: list[_Part] = []
        for number, action in enumerate(self.actions):
            roles = sorted({role for role, _ in self._standing.veto(action)})
            reasons = tuple(
                Reason(rule=role, effect="veto", fires="definitely", waived=False, because=()) for role in roles
            )
            if reasons:
                found.append((number, Verdict.FORBIDDEN.rank, reasons, ()))
        return found

    def _grouped(self) -> list[_Group]:
        """Groups of rules that look at the same scores, in the order of the policy; vetoes look at none."""
        by_support: dict[frozenset[int], list[Rule]] = {}
        exact: dict[frozenset[int], bool] = {}
        for rule in self.graph.rules:
            if rule.strength == "must" and rule.covers:
                support, simple = _support(self.graph, rule)
                by_support.setdefault(support, []).append(rule)
                exact[support] = exact.get(support, True) and simple
        groups = [
            _Group(rules=tuple(rules), cells=_chosen(sorted(support)), kept={}, exact=exact[support])
            for support, rules in by_support.items()
        ]
        vetoes = tuple(self._vetoes())
        if vetoes:
            groups.append(_Group(rules=(), cells=_chosen([]), kept={(): vetoes, ((), ()): vetoes}, exact=True))
        return groups


_VERDICTS = tuple(Verdict)
_END = 1 << 200
"""A place beyond every grid, for scores without an upper end."""


def _bare(parts: tuple[Because, ...]) -> tuple[Because, ...]:
    """Reasons without the values and notes of one decision, so that they serve every decision of a cell."""
    return tuple(replace(part, lo=None, hi=None, readings=(), note="", parts=_bare(part.parts)) for part in parts)


def _chosen(indices: list[int]) -> Callable[[Sequence[int]], Any]:
    """A function that picks the cells of some inputs."""
    if not indices:
        return lambda _: ()
    return itemgetter(*indices)


def _scale(graph: Graph, index: int) -> int:
    """The grid of an input: a whole number by which every threshold on it becomes one."""
    bounds = [n.bound for n in graph.nodes if isinstance(n, Threshold) and n.terms[0][0] == index and len(n.terms) == 1]
    return lcm(*(bound.denominator for bound in bounds)) if bounds else 1


def _cuts(graph: Graph, index: int, scale: int) -> tuple[int, ...]:
    """The places at which the cell of an input changes, in order."""
    places = {
        _place(node.bound, scale) + (1 if node.strict else 0)
        for node in graph.nodes
        if isinstance(node, Threshold) and len(node.terms) == 1 and node.terms[0][0] == index
    }
    return tuple(sorted(places))


def _place(value: Fraction | None, scale: int) -> int:
    """The place of a value on a grid: even on a grid point, odd between two."""
    if value is None:
        return _END
    number = value.numerator * scale
    whole, rest = divmod(number, value.denominator)
    return 2 * whole + (1 if rest else 0)


def _support(graph: Graph, rule: Rule) -> tuple[frozenset[int], bool]:
    """The inputs a rule and the exceptions to it look at, and whether it looks at each alone."""
    waiting = [rule.body, *(node for need in rule.requirements for node in need.nodes)]
    for item in graph.exemptions:
        if rule.name in item.rules:
            waiting += [item.body, *(node for need in item.requirements for node in need.nodes)]
    seen: set[int] = set()
    support: set[int] = set()
    simple = True
    while waiting:
        index = waiting.pop()
        if index in seen:
            continue
        seen.add(index)
        node = graph.nodes[index]
        if isinstance(node, Threshold):
            support.update(i for i, _ in node.terms)
            simple = simple and len(node.terms) == 1
        waiting.extend(parts_of(node))
    return frozenset(support), simple
