"""Texts that begin alike, as a tree: what they share stands in it once, and is read once.

Each text is a list of tokens of which some places are wanted: there the likelihood of a given next token is asked. A
node holds the tokens between two branchings. A row lays out whole subtrees one after another, each node before what
follows it, so that a token may look at an earlier one of its row exactly when that one's subtree has not ended yet:
one number a token, its exit, says all of a tree's attention mask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_OPEN_ROWS = 64
"""How many rows are kept open while subtrees are placed: more would take long, and fill no better."""


_SHORTEST_STEM = 16
"""Sharing fewer tokens saves less than it costs."""


@dataclass(frozen=True, slots=True)
class Want:
    """Asks, from a place of a text on, for the likelihoods of given next tokens; `part` says for whom."""

    place: int
    targets: tuple[int, ...]
    part: int


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens of a text that are read, and what is wanted at the last of their places."""

    tokens: tuple[int, ...]
    want: Want


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """Tokens from the place `start` on that all texts below share; `size` counts those below too."""

    start: int
    tokens: tuple[int, ...]
    wants: tuple[Want, ...]
    children: tuple["Node", ...] = ()
    size: int

    @property
    def end(self) -> int:
        """The place after the last token."""
        return self.start + len(self.tokens)


@dataclass(frozen=True, slots=True)
class Row:
    """Subtrees laid out one after another: tokens, their places in their texts, where the subtree of each ends."""

    tokens: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)
    wants: list[Want] = field(default_factory=list)


# Texts as a tree


def grown(lines: Iterable[Line]) -> tuple[Node, ...]:
    """The trees of some texts, one for each first token."""
    ordered = sorted(lines, key=lambda line: line.tokens)
    stack: list[_Branch] = []
    roots: list[Node] = []
    previous: tuple[int, ...] = ()
    for line in ordered:
        _close(stack, roots, shared(previous, line.tokens))
        depth = stack[-1].end if stack else 0
        if len(line.tokens) > depth:
            stack.append(_Branch(depth, line.tokens, len(line.tokens)))
        stack[-1].wants.append(line.want)
        previous = line.tokens
    _close(stack, roots, 0)
    return tuple(roots)


class _Branch:
    """A node that is still growing: where it starts, a text through it, where it ends, and what hangs on it."""

    __slots__ = ("children", "end", "start", "tokens", "wants")

    def __init__(self, start: int, tokens: tuple[int, ...], end: int) -> None:
        self.start, self.tokens, self.end = start, tokens, end
        self.wants: list[Want] = []
        self.children: list[Node] = []

    def finished(self) -> tuple[Node, list[Want]]:
        """The node, and what is wanted above it by the texts that end in it or below."""
        mine, above = [], []
        for want in self.wants:
            cut = self.start - want.place
            if cut > 0:
                above.append(Want(want.place, want.targets[:cut], want.part))
            if cut < len(want.targets):
                mine.append(Want(want.place + max(0, cut), want.targets[max(0, cut) :], want.part))
        tokens = self.tokens[self.start : self.end]
        size = len(tokens) + sum(child.size for child in self.children)
        node = Node(start=self.start, tokens=tokens, wants=tuple(mine), children=tuple(self.children), size=size)
        return node, above


def _close(stack: list[_Branch], roots: list[Node], depth: int) -> None:
    """Finish the branches that end beyond a place, splitting the one that goes through it."""
    while stack and stack[-1].end > depth:
        last = stack.pop()
        if last.start < depth:
            stack.append(_Branch(last.start, last.tokens, depth))
            last.start = depth
        node, above = last.finished()
        if node.start:
            stack[-1].children.append(node)
            stack[-1].wants += above
        else:
            roots.append(node)


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common from their beginning."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low, high = 0, most
    while low < high:  # the first `low` are alike, the first `high` are not
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


# A tree as rows


def laid_out(nodes: Iterable[Node]) -> Row:
    """Subtrees as one row."""
    row = Row()
    for node in nodes:
        _lay(row, node)
    return row


def _lay(row: Row, top: Node) -> None:
    left = [top]
    while left:
        node = left.pop()
        at = len(row.tokens)
        row.tokens.extend(node.tokens)
        row.places.extend(range(node.start, node.end))
        row.exits.extend([at + node.size] * len(node.tokens))
        row.wants.extend(Want(at + want.place - node.start, want.targets, want.part) for want in node.wants)
        left.extend(reversed(node.children))


def below(node: Node) -> list[Want]:
    """All that is wanted of a subtree."""
    return laid_out([node]).wants


def packed(nodes: Iterable[Node], width: int) -> list[list[Node]]:
    """Subtrees put together to rows of at most `width` tokens, wider ones alone: the largest first, where they fit."""
    rows: list[list[Node]] = []
    room: list[int] = []
    first = 0
    for node in sorted(nodes, key=lambda node: -node.size):
        at = next((i for i in range(first, len(rows)) if room[i] >= node.size), None)
        if at is None:
            rows.append([])
            room.append(max(width, node.size))
            at = len(rows) - 1
            first = max(0, len(rows) - _OPEN_ROWS)
        rows[at].append(node)
        room[at] -= node.size
    return rows


def is_chain(node: Node) -> bool:
    """Whether nothing branches in a subtree."""
    while node.children:
        if len(node.children) > 1:
            return False
        node = node.children[0]
    return True


# Beginnings


def stems(texts: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    """How many of its first tokens each text best shares with others, so that the fewest tokens are read in all.

    Each text has one stem, shorter than itself; 0 where sharing is not worth it.
    """
    roots = grown(Line(text, Want(len(text) - 1, (0,), 0)) for text in dict.fromkeys(texts))
    order: list[Node] = []
    left = list(roots)
    while left:
        order.append(left.pop())
        left += order[-1].children
    counts: dict[int, int] = {}
    saved: dict[int, tuple[int, bool]] = {}
    for node in reversed(order):
        counts[id(node)] = len(node.wants) + sum(counts[id(child)] for child in node.children)
        here = (counts[id(node)] - 1) * _stem(node)
        inside = sum(saved[id(child)][0] for child in node.children)
        saved[id(node)] = (max(here, inside), here > 0 and here >= inside)
    found: dict[tuple[int, ...], int] = {}
    walk: list[tuple[Node, tuple[int, ...], int]] = [(root, (), 0) for root in roots]
    while walk:
        node, before, stem = walk.pop()
        stem = stem or (_stem(node) if saved[id(node)][1] else 0)
        text = before + node.tokens
        if node.wants:
            found[text] = stem
        walk += [(child, text, stem) for child in node.children]
    return found


def _stem(node: Node) -> int:
    """How many tokens all texts through a node share, so that each goes on; 0 where that is too few to matter."""
    length = node.end - bool(node.wants)
    return length if length >= _SHORTEST_STEM else 0
