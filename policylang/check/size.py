"""How large a policy may be: what it takes to build, decide and explain is bounded before any of it is begun.

Everything after this walks conditions by recursion and explains a rule for every action it bears on. What that takes
is a product: rules by actions by what a rule rests on; categories by stages by levels. A few kilobytes can make each
of them millions, so they are counted here, on the tree, in time that grows with the text alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policylang import syntax
from policylang.diagnostics import Diagnostic
from policylang.resolve import Resolved
from policylang.source import Place

MAX_LEVELS = 64
"""Levels of one ladder."""
MAX_CHAIN = 32
"""Named conditions that rest on one another."""
MAX_DEPTH = 128
"""How deep a condition may be nested together with all it rests on."""
MAX_PLACES = 50_000
"""Conditions of categories, counted for every stage and level they are judged at, and of everything else."""
MAX_STEPS = 200_000
"""Conditions to look at to explain every rule for every action it bears on."""

_NAMED = ("definition", "control", "category")
_SPLIT = "split it by what it is about, and decide on several policies: the strictest verdict wins"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Size:
    """The size of some conditions: how many parts, how deep, which definitions and controls, which categories."""

    parts: int
    depth: int
    names: frozenset[str]
    categories: frozenset[str]
    mentions: int


def check_size(resolved: Resolved, found: list[Diagnostic]) -> bool:
    """Whether a policy is small enough to go on with; what is too large goes to `found`."""
    before = len(found)
    for ladder in resolved.named["ladder"].values():
        if len(ladder.levels) > MAX_LEVELS:
            message = f"`{ladder.name.text}` has {len(ladder.levels)} levels, a ladder has {MAX_LEVELS} at most"
            found.append(_finding("P114", message, resolved.place(ladder.name), "use fewer, broader levels"))
    if len(found) == before:
        _Sizing(resolved, found).check()
    return len(found) == before


def _finding(code: str, message: str, place: Place | None, help_: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, place=place, help=help_)


class _Sizing:
    """Measures one policy."""

    def __init__(self, resolved: Resolved, found: list[Diagnostic]) -> None:
        self.resolved, self.found, self.named = resolved, found, resolved.named
        self.categories = len(self.named["category"])
        self.sizes = {name: self.size(_conditions_of(item)) for name, item in self.items()}
        self.reach: dict[str, int] = {}

    def items(self) -> Iterator[tuple[str, Any]]:
        for kind in _NAMED:
            yield from self.named[kind].items()

    def place(self, name: syntax.Name | None) -> Place | None:
        return None if name is None else self.resolved.place(name)

    def check(self) -> None:
        """Depth first: what comes after it may then walk from name to name."""
        self.depths()
        header = self.resolved.header
        name = None if header is None else header.name
        places = self.places()
        if places > MAX_PLACES:
            message = f"this policy has about {places} conditions to judge, for all stages and levels, at most {MAX_PLACES}"
            self.found.append(_finding("P114", message, self.place(name), _SPLIT))
            return
        steps = 0
        for rule in self.named["rule"].values():
            steps += self.steps(rule)
            if steps > MAX_STEPS:
                message = f"explaining every rule for every action takes more than {MAX_STEPS} steps, up to `{rule.name.text}`"
                self.found.append(_finding("P114", message, self.place(rule.name), _SPLIT))
                return

    # Depth

    def depths(self) -> None:
        """Conditions that rest on one another through too many names, or too deep; rings are found elsewhere."""
        chain: dict[str, int] = {}
        depth: dict[str, int] = {}
        for name in self.ordered():
            size = self.sizes[name]
            below = [other for other in (*size.names, *size.categories) if other in depth]
            chain[name] = 1 + max((chain[other] for other in below), default=0)
            depth[name] = size.depth + max((depth[other] for other in below), default=0)
            if chain[name] == MAX_CHAIN + 1 or (depth[name] > MAX_DEPTH and chain[name] <= MAX_CHAIN):
                item = next(item for other, item in self.items() if other == name)
                what = f"{MAX_CHAIN} named conditions" if chain[name] > MAX_CHAIN else f"{MAX_DEPTH} steps"
                message = f"`{name}` rests on a chain of more than {what}"
                place = self.place(item.name)
                self.found.append(_finding("P107", message, place, "say some of them in one condition"))
                return

    def ordered(self) -> Iterable[str]:
        """The named conditions, each after those it rests on, as far as there are no rings."""
        order: dict[str, None] = {}
        for start in self.sizes:
            waiting: list[tuple[str, Iterator[str]]] = []
            opened: set[str] = set()
            if start not in order:
                waiting.append((start, iter(())))
                opened.add(start)
                waiting[-1] = (start, self.below(start))
            while waiting:
                name, rest = waiting[-1]
                other = next((o for o in rest if o in self.sizes and o not in order and o not in opened), None)
                if other is None:
                    order[name] = None
                    waiting.pop()
                else:
                    opened.add(other)
                    waiting.append((other, self.below(other)))
        return order

    def below(self, name: str) -> Iterator[str]:
        size = self.sizes[name]
        return iter((*sorted(size.names), *sorted(size.categories)))

    # How much there is to look at

    def places(self) -> int:
        """Roughly how many conditions the graph will have."""
        stages = max(1, len(self.named["stage"]))
        total = 0
        for name, item in self.items():
            size = self.sizes[name]
            if isinstance(item, syntax.Category):
                total += stages * (size.parts + self.levels(item.ladder.text))
            else:
                total += size.parts + size.mentions * self.categories
        for kind in ("rule", "exception", "duty", "invariant"):
            for item in self.named[kind].values():
                size = self.size(_conditions_of(item))
                total += size.parts + size.mentions * self.categories
        return total

    def levels(self, name: str) -> int:
        ladder = self.named["ladder"].get(name)
        return 0 if ladder is None else len(ladder.levels)
