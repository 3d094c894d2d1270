"""What a condition mentions: what has a name, and levels that many categories are asked about at once.

`any category.post_mitigation >= high` over ten categories is one mention, not ten: a `Quantified`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from policylang.analysis.words import condition
from policylang.graph import nodes
from policylang.graph.nodes import Graph


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantified:
    """How many of some categories must be at a level or above at a stage, or below it."""

    count: int
    categories: tuple[str, ...]
    stage: str | None
    level: str
    below: bool
    parts: tuple[int, ...]


Mention: TypeAlias = int | Quantified
"""The number of a node that has a name or is a leaf, or a question to many categories."""
_LEAST = 2


class Mentions:
    """The mentions of the conditions of one graph; `frames` are the categories that stand together."""

    def __init__(self, graph: Graph, frames: Sequence[Sequence[str]]) -> None:
        """Nothing is looked at yet."""
        self.graph = graph
        self.frames = [tuple(frame) for frame in frames]
        self.known: dict[int, tuple[Mention, ...]] = {}

    def of(self, index: int) -> tuple[Mention, ...]:
        """What a condition mentions, each once, in the order it is written."""
        if index not in self.known:
            self.known[index] = tuple(dict.fromkeys(self._walked(index)))
        return self.known[index]

    def _walked(self, index: int) -> Iterator[Mention]:
        node = self.graph.nodes[index]
        match node:
            case nodes.Constant():
                return
            case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts) | nodes.AtLeast(parts=parts):
                rest = list(parts)
                for found in self._quantified(node, parts):
                    rest = [part for part in rest if part not in found.parts]
                    yield found
                for part in rest:
                    yield from self.of(part)
            case nodes.Opposite(part=part):
                yield from self.of(part)
            case nodes.Disputed(parts=parts):
                for part in parts:
                    yield from self.of(part)
            case _:
                yield index

    def _quantified(self, node: nodes.AllOf | nodes.AnyOf | nodes.AtLeast, parts: Sequence[int]) -> list[Quantified]:
        """The questions to many categories among the parts: at least two, and most of those that stand together."""
        asked: dict[tuple[str | None, str, bool], dict[str, int]] = {}
        for part in parts:
            inner = self.graph.nodes[part]
            below = isinstance(inner, nodes.Opposite)
            reached = self.graph.nodes[inner.part] if isinstance(inner, nodes.Opposite) else inner
            if isinstance(reached, nodes.Reached):
                level = self.graph.category[reached.category].ladder[reached.level]
                asked.setdefault((reached.stage, level, below), {})[reached.category] = part
        found = []
        for (stage, level, below), named in asked.items():
            frame = next((frame for frame in self.frames if set(named) <= set(frame)), None)
            if frame is None or len(named) < _LEAST or 2 * len(named) < len(frame):
                continue
            if isinstance(node, nodes.AtLeast) and len(named) < len(parts):
                continue
            count = 1 if isinstance(node, nodes.AnyOf) else len(named)
            count = node.count if isinstance(node, nodes.AtLeast) else count
            ids = tuple(named.values())
            one = Quantified(count=count, categories=tuple(named), stage=stage, level=level, below=below, parts=ids)
            found.append(one)
        return found


def frames_of(graph: Graph) -> list[tuple[str, ...]]:
    """Categories that stand together: of one ladder, and none of them judged by the level of another."""
    ladders: dict[str, list[str]] = {}
    for item in graph.categories:
        if not _judged_by_levels(graph, item):
            ladders.setdefault(item.ladder_name, []).append(item.name)
    return [tuple(names) for names in ladders.values() if len(names) > 1]


def _judged_by_levels(graph: Graph, category: nodes.Category) -> bool:
    """Whether the conditions of a category ask for a level of a category, however deep."""
    seen: set[int] = set()
    rest = [node for _, _, node in category.clauses]
    while rest:
        index = rest.pop()
        if index in seen:
            continue
        seen.add(index)
        if isinstance(graph.nodes[index], nodes.Reached):
            return True
        rest += nodes.parts_of(graph.nodes[index])
    return False


def question(found: Quantified, frame: Sequence[str]) -> str:
    """A question to many categories as the language writes it."""
    left = [name for name in frame if name not in found.categories]
    word = "any" if found.count == 1 else "all" if found.count == len(found.categories) else f"at least {found.count}"
    except_ = f" except {', '.join(left)}" if left else ""
    stage = f".{found.stage}" if found.stage else ""
    return f"{word} category{except_}{stage} {'<' if found.below else '>='} {found.level}"


def in_words(mentions: "Mentions", index: int) -> str:
    """A condition as the language writes it, with questions to many categories as such, also where they are turned."""
    found = mentions.of(index)
    if len(found) == 1 and isinstance(asked := found[0], Quantified):
        whole = set(nodes.parts_of(mentions.graph.nodes[index])) == set(asked.parts)
        if whole:
            return question(asked, [c.name for c in mentions.graph.categories if asked.level in c.ladder])
    return condition(mentions.graph, index)


def state_of(found: Quantified, states: Sequence[int]) -> int:
    """The value of a question to many categories, from the values of all nodes: 0 no, 1 possible, 3 definite."""
    definite = sum(states[part] == 3 for part in found.parts)
    possible = sum(states[part] != 0 for part in found.parts)
    return 3 if definite >= found.count else 1 if possible >= found.count else 0
