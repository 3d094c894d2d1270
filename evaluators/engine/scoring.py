"""Log-likelihoods of texts: what texts share is read once, and what they do not share is read together.

The texts become a tree. A tree without branches is read whole, together with others of about its length. One that
branches is small, and then laid out as a row with others; or large, and then its first node is read and kept, and what
follows it is read behind that, again as rows or node by node. Nothing is kept but the tokens from a root to where we
are.

What has no room is halved and read again: fewer texts at once, shorter rows, then node by node, then a node in pieces.
What was read before stays read.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .memory import Budget, NoRoom, attempt
from .network import Input, Network
from .room import Room, Spot
from .tree import Line, Node, Want, below, grown, is_chain, laid_out, packed

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Share:
    """What was found for some tokens of a text: whose it is, how many, their log-likelihood, whether all are likeliest.

    Without a log-likelihood they had no room.
    """

    part: int
    count: int
    total: float | None
    greedy: bool = False


class Scoring:
    """Reads trees with one network; `width` is how many tokens a row has."""

    def __init__(self, network: Network, budget: Budget, width: int) -> None:
        """Nothing is read yet."""
        self._network, self._budget, self._width = network, budget, width

    def read(self, lines: Sequence[Line]) -> Iterator[list[Share]]:
        """What is wanted of some texts, as it is found."""
        roots = grown(lines)
        branched = [root for root in roots if not is_chain(root)]
        for root in branched:
            if root.size > self._width:
                yield from self._roomy(root, _depth(root) + self._width)
        for row in packed([root for root in branched if root.size <= self._width], self._width):
            yield from self._row(row, None)
        yield from self._alike([Whole(root) for root in roots if is_chain(root)])

    # Texts that share nothing

    def _alike(self, texts: list["Whole"]) -> Iterator[list[Share]]:
        """Whole texts, those of about one length together, the longest first."""
        left = sorted(texts, key=lambda text: len(text.tokens))
        while left:
            count = max(1, self._budget.tokens // len(left[-1].tokens))
            batch = left[-count:]
            size = len(batch) * len(batch[-1].tokens)
            found = attempt(partial(self._batch, batch))
            if found is None:
                yield from self._after(size, [text.node for text in batch])
            if found is not None or len(batch) == 1:
                del left[-count:]
            yield found or []

    def _batch(self, batch: Sequence["Whole"]) -> list[Share]:
        width = len(batch[-1].tokens)
        rows = [[*text.tokens, *[0] * (width - len(text.tokens))] for text in batch]
        states = self._read(self._network.input(rows, [range(width)]))
        return self._shares(states, [moved(want, at * width) for at, text in enumerate(batch) for want in text.wants])

    def _after(self, size: int, nodes: Sequence[Node]) -> Iterator[list[Share]]:
        """After some subtrees had no room together: half as much from now on; a single one is read node by node."""
        try:
            self._budget.shrink(size)
        except NoRoom:
            yield [Share(want.part, len(want.targets), None) for node in nodes for want in below(node)]
            return
        if len(nodes) == 1 and not nodes[0].start:
            yield from self._roomy(nodes[0], _depth(nodes[0]), is_narrow=True)

    # Trees

    def _roomy(self, root: Node, length: int, *, is_narrow: bool = False) -> Iterator[list[Share]]:
        """A large tree, in a room of some length."""
        room = attempt(partial(self._network.room, 1, length))
        if room is None:
            yield [Share(want.part, len(want.targets), None) for want in below(root)]
        else:
            yield from self._walked(root, room, is_narrow=is_narrow)

    def _walked(self, root: Node, room: Room, *, is_narrow: bool = False) -> Iterator[list[Share]]:
        """A large tree: each node is read and kept, then what follows it; in a narrow room, one node after another."""
        left: list[Node | tuple[Node, ...]] = [root]
        while left:
            at = left.pop()
            if isinstance(at, tuple):
                for row in packed(at, self._width):
                    yield from self._row(row, room)
                continue
            try:
                yield from self._kept(at, room)
            except NoRoom:
                yield [Share(want.part, len(want.targets), None) for want in below(at)]
                continue
            widest = 0 if is_narrow else self._width
            left += [child for child in at.children if child.size > widest]
            if small := tuple(child for child in at.children if child.size <= widest):
                left.append(small)

    def _kept(self, node: Node, room: Room) -> Iterator[list[Share]]:
        """Read a node and keep it, in as many pieces as it takes."""
        done = 0
        while done < len(node.tokens):
            count = min(len(node.tokens) - done, self._budget.tokens)
            found = attempt(partial(self._piece, node, range(done, done + count), room))
            if found is None:
                self._budget.shrink(count)
                continue
            done += count
            yield found

    def _piece(self, node: Node, which: range, room: Room) -> list[Share]:
        start, end = node.start + which.start, node.start + which.stop
        mask = self._network.mask([[len(which)] * len(which)], start) if start else None
        given = self._network.input([node.tokens[which.start : which.stop]], [range(start, end)], mask)
        states = self._read(given, room, Spot(start=start, end=end))
        return self._shares(states, [cut for want in node.wants if (cut := _cut(want, start, end)).targets])

    def _row(self, nodes: Sequence[Node], room: Room | None) -> Iterator[list[Share]]:
        """Subtrees as one row, behind what is kept where there is a room; as several where that is too much."""
        left = [list(nodes)]
        while left:
            some = left.pop()
            size = sum(node.size for node in some)
            if size > self._budget.tokens and len(some) > 1:
                left += [some[::2], some[1::2]]
                continue
            found = attempt(partial(self._laid, some, room))
            if found is not None:
                yield found
            elif len(some) == 1 and room is not None:
                yield from self._walked(some[0], room, is_narrow=True)
            else:
                yield from self._after(size, some)
                left += [some] if len(some) > 1 else []

    def _laid(self, nodes: Sequence[Node], room: Room | None) -> list[Share]:
        row, start = laid_out(nodes), nodes[0].start
        given = self._network.input([row.tokens], [row.places], self._network.mask([row.exits], start))
        states = self._read(given, room, Spot(start=start, end=start + len(row.tokens)))
        return self._shares(states, row.wants)

    # One reading

    def _read(self, given: Input, room: Room | None = None, spot: Spot | None = None) -> "torch.Tensor":
        self._budget.ask(given.tokens.numel())
        return self._network.hidden(given, room, spot).flatten(0, 1)

    def _shares(self, states: "torch.Tensor", wants: Sequence[Want]) -> list[Share]:
        if not wants:
            return []
        found = self._network.likelihoods(states, wants)
        return [
            Share(want.part, len(want.targets), total, greedy)
            for want, (total, greedy) in zip(wants, found, strict=True)
        ]


class Whole:
    """A tree without branches as one text."""

    __slots__ = ("node", "tokens", "wants")

    def __init__(self, node: Node) -> None:
        """Lay the tree out."""
        row = laid_out([node])
        self.node, self.tokens, self.wants = node, row.tokens, row.wants


def _depth(root: Node) -> int:
    """The length of the longest text in a tree."""
    deepest, left = 0, [root]
    while left:
        node = left.pop()
        deepest = max(deepest, node.end)
        left += node.children
    return deepest


def moved(want: Want, by: int) -> Want:
    """A want whose text begins later."""
    return Want(want.place + by, want.targets, want.part)


def _cut(want: Want, start: int, end: int) -> Want:
    """What is wanted from a place up to another, counted from the first."""
    first, last = max(want.place, start), min(want.place + len(want.targets), end)
    if first >= last:
        return Want(0, (), want.part)
    return Want(first - start, want.targets[first - want.place : last - want.place], want.part)


def total(shares: Sequence[Share]) -> tuple[float | None, bool]:
    """The log-likelihood of a text from what was found of its tokens, and whether all of them are the likeliest."""
    found = [share.total for share in shares if share.total is not None]
    return (math.fsum(found) if len(found) == len(shares) else None), all(share.greedy for share in shares)
