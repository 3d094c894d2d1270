"""The error budget: among how many ways of being let through by chance the error probability of a claim is split.

To let an action through one proves claims: that rules do not fire, that controls hold, that an exception stands. Where
all of several claims are needed, each may err with the whole probability, since one wrong proof alone lets nothing
through. Where any of several suffices, chance has several tries, and the probability is split equally among them. So
the split follows the shape of conditions: `high when a >= 20% and b >= 20%` is excluded by either score, each at half
the budget; with `or` both must be excluded, each at the whole of it.

Only rates and scores err by chance. Sums of several scores are not split: their bounds err in the same direction only
together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from policylang.graph.nodes import (
    AllOf,
    AnyOf,
    AtLeast,
    Defined,
    Disputed,
    Exemption,
    Graph,
    Holds,
    Opposite,
    Reached,
    Requirement,
    Threshold,
    parts_of,
)
from policylang.kinds import Kind

Side = Literal["lo", "hi"]
Key = tuple[str, str | None]

_BY_CHANCE = (Kind.RATE, Kind.SCORE)
_Sides = frozenset[tuple[int, Side]]


@dataclass(frozen=True, slots=True)
class Share:
    """Among how many the error of the lower and of the upper bound of a measure at a stage is split."""

    lo: int = 1
    hi: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A threshold that must be proved to hold, or not to, and among how many its error is split."""

    threshold: Threshold
    holds: bool
    split: int


def claims(graph: Graph) -> tuple[Claim, ...]:
    """What must be proved of scores for every action to be let through."""
    accounting = _Accounting(graph)
    accounting.shares()
    return tuple(accounting.claims())


def shares(graph: Graph) -> Mapping[Key, Share]:
    """The shares of all measures at all stages that are not 1 on both sides."""
    return _Accounting(graph).shares()


class _Accounting:
    """One walk from what must be proved down to the scores, the largest split of all ways kept."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.rests: list[dict[bool, _Sides]] = []
        for node in graph.nodes:
            self.rests.append({truth: self.sides(node, truth=truth) for truth in (True, False)})
        self.split: dict[tuple[int, bool], int] = {}
        self.flattened: dict[int, tuple[int, ...]] = {}

    def claims(self) -> Iterator[Claim]:
        """The thresholds that must be proved or excluded, in the order of the graph; after `shares`."""
        for (index, truth), split in sorted(self.split.items()):
            node = self.graph.nodes[index]
            if isinstance(node, Threshold) and self.rests[index][truth]:
                yield Claim(threshold=node, holds=truth, split=split)

    def shares(self) -> dict[Key, Share]:
        """Roots first, then every node before its parts."""
        self.roots()
        found: dict[int, dict[Side, int]] = {}
        for index in range(len(self.graph.nodes) - 1, -1, -1):
            for truth in (True, False):
                if (index, truth) in self.split:
                    for number, side in self.spend(index, truth=truth):
                        sides = found.setdefault(number, {"lo": 1, "hi": 1})
                        sides[side] = max(sides[side], self.split[index, truth])
        return {
            (self.graph.inputs[number].name, self.graph.inputs[number].stage): Share(**sides)
            for number, sides in sorted(found.items())
            if max(sides.values()) > 1
        }

    def roots(self) -> None:
        """What lets an action through: a rule that does not fire, what it requires met, or an exception to it."""
        for rule in self.graph.rules:
            if rule.strength == "must":
                exceptions = [item for item in self.graph.exemptions if rule.name in item.rules]
                self.let_through(rule.body, (), exceptions)
                for need in rule.requirements:
                    self.let_through(rule.body, (need,), exceptions)

    def let_through(self, body: int, needs: tuple[Requirement, ...], exceptions: list[Exemption]) -> None:
        """The ways past one effect of a rule share the budget."""
        ways = [self.rests[body][False], self.required_sides(needs)]
        ways += [self.rests[item.body][True] | self.required_sides(item.requirements) for item in exceptions]
        many = max(1, _distinct(ways))
        self.ask(body, many, truth=False)
        self.required(needs, many)
        for item in exceptions:
            self.ask(item.body, many, truth=True)
            self.required(item.requirements, many)

    def required_sides(self, requirements: tuple[Requirement, ...]) -> _Sides:
        """The bounds by which requirements are shown to be met."""
        return frozenset().union(*(self.rests[node][True] for need in requirements for node in need.nodes))

    def required(self, requirements: tuple[Requirement, ...], many: int) -> None:
        """Controls that must hold, some or all of them."""
        for need in requirements:
            split = self.tries([(node, True) for node in need.nodes], need.count)
            for node in need.nodes:
                self.ask(node, many * split, truth=True)

    def ask(self, index: int, split: int, *, truth: bool) -> None:
        """A node must be proved true, or false, with a share of the budget."""
        self.split[index, truth] = max(split, self.split.get((index, truth), 1))

    def spend(self, index: int, *, truth: bool) -> Iterator[tuple[int, Side]]:
        """Hand the share of a node on to its parts; at a threshold, to the bounds it is proved by."""
        node, split = self.graph.nodes[index], self.split[index, truth]
        match node:
            case Threshold():
                yield from self.rests[index][truth]
            case Opposite(part=part):
                self.ask(part, split, truth=not truth)
            case Reached(part=part) | Holds(part=part) | Defined(part=part):
                self.ask(part, split, truth=truth)
            case AllOf() | AnyOf() | AtLeast():
                parts = self.flat(index)
                least = 1 if isinstance(node, AnyOf) else len(parts) if isinstance(node, AllOf) else node.count
                count = least if truth else len(parts) - least + 1
                tries = self.tries([(part, truth) for part in parts], count)
                for part in parts:
                    self.ask(part, split * tries, truth=truth)
            case Disputed(parts=parts):
                for part in parts:
                    self.ask(part, split, truth=truth)
            case _:
                pass

    def flat(self, index: int) -> tuple[int, ...]:
        """The parts of a node; of `and` in `and` and `or` in `or`, also behind a name, the parts of both."""
        if index not in self.flattened:
            node = self.graph.nodes[index]
            found: list[int] = []
            for part in parts_of(node):
                at = part
                while isinstance(name := self.graph.nodes[at], Defined | Reached | Holds):
                    at = name.part
                same = type(self.graph.nodes[at]) is type(node) and isinstance(node, AllOf | AnyOf)
                found += self.flat(at) if same else (part,)
            self.flattened[index] = tuple(dict.fromkeys(found))
        return self.flattened[index]

    def tries(self, parts: list[tuple[int, bool]], count: int) -> int:
        """How many tries chance has where `count` of some parts must be proved and one less are so in truth."""
        found = [self.rests[index][truth] for index, truth in parts]
        by_chance, certain = _distinct(found), sum(not sides for sides in found)
        return max(1, by_chance - max(0, count - 1 - certain))

    def sides(self, node: object, *, truth: bool) -> _Sides:
        """The bounds by which a node is proved true, or false."""
        match node:
            case Threshold(terms=terms):
                return frozenset(
                    (number, "lo" if truth == (factor > 0) else "hi") for number, factor in terms if self.errs(number)
                )
            case Opposite(part=part):
                return self.rests[part][not truth]
            case Reached(part=part) | Holds(part=part) | Defined(part=part):
                return self.rests[part][truth]
            case AllOf(parts=parts) | AnyOf(parts=parts) | AtLeast(parts=parts) | Disputed(parts=parts):
                return frozenset().union(*(self.rests[part][truth] for part in parts))
            case _:
                return frozenset()

    def errs(self, number: int) -> bool:
        """Whether an input is a score that chance has a hand in."""
        item = self.graph.inputs[number]
        return item.of == "measure" and self.graph.measure[item.name].kind in _BY_CHANCE


def _distinct(ways: list[_Sides]) -> int:
    """The ways that err by chance; those that err by one and the same bound count once."""
    return len({sides for sides in ways if len(sides) == 1}) + sum(len(sides) > 1 for sides in ways)
