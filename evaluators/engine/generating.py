"""Generation: many texts at once, each leaving when it is done and making room for the next.

Prompts that begin alike are read once up to where they part, equal prompts once altogether. Each text has a row of its
own in a room that is allocated once; a step reads one token of every text and writes what is kept of it in place.
Rows in use stay together: the last takes the place of one that is done.

A text that has to be interrupted, since memory is short, goes back to those that wait with all it has so far.
"""

import itertools
import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from policylang import Failed, Text

from .drafts import NO_ROOM, Draft, Ends
from .memory import Budget, NoRoom, attempt
from .network import Network
from .room import Room, Spot
from .sampling import pick
from .tokens import Tokens
from .tree import stems

if TYPE_CHECKING:
    import torch

Written = list[tuple[int, Text | Failed]]
"""Texts that are done, with their indices."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A text that waits: its tokens so far, and how it begins like others."""

    draft: Draft
    tokens: Tokens
    stem: Tokens


def ordered(drafts: Sequence[Draft]) -> list[Waiting]:
    """Texts in the order in which they are taken in: those that begin alike together, the longest of them first."""
    texts = [draft.tokens for draft in drafts]
    lengths = stems(texts)
    waiting = [Waiting(draft, text, text[: lengths[text]]) for draft, text in zip(drafts, texts, strict=True)]
    return sorted(waiting, key=lambda one: (one.stem, -len(one.tokens), one.tokens, one.draft.index))


class Generating:
    """Generates with one network; `rows` is how many texts it works on at once."""

    def __init__(self, network: Network, budget: Budget, ends: Ends, rows: int) -> None:
        """Nothing is generated yet."""
        self._network, self._budget, self._ends, self._rows = network, budget, ends, rows

    def write(self, drafts: Sequence[Draft]) -> Iterator[Written]:
        """The texts, as they are done."""
        waiting = [draft for draft in drafts if draft.most > 0]
        yield [(draft.index, Text(text="", tokens=0, ended=False)) for draft in drafts if draft.most <= 0]
        while waiting:
            turns = math.ceil(len(waiting) / self._rows)
            rows, before = math.ceil(len(waiting) / turns), _progress(waiting)  # turns of one size leave none small
            room = attempt(partial(self._network.room, rows, max(draft.longest for draft in waiting)))
            if room is not None:
                waiting = yield from _Desk(self._network, self._budget, self._ends, room).work(waiting)
            if rows == 1 and waiting and before == _progress(waiting):
                longest = max(waiting, key=lambda draft: draft.longest)
                waiting.remove(longest)
                yield [(longest.index, NO_ROOM)]
            self._rows = max(1, rows // 2)


def _progress(drafts: Sequence[Draft]) -> tuple[int, int]:
    """How far some texts are."""
    return len(drafts), sum(len(draft.made) for draft in drafts)


class _Desk:
    """Texts at work in one room: text number i has row number i."""

    def __init__(self, network: Network, budget: Budget, ends: Ends, room: Room) -> None:
        self._network, self._budget, self._ends, self._room = network, budget, ends, room
        self._active: list[Draft] = []
        self._stem: Tokens = ()
        self._kept: Room | None = None

    def work(self, drafts: Sequence[Draft]) -> Generator[Written, None, list[Draft]]:
        """The texts as they are done; returns those for which there is no room as it is."""
        waiting = ordered(drafts)
        while waiting or self._active:
            free = self._room.rows - len(self._active)
            if waiting and free >= min(len(waiting), max(1, self._room.rows // 4)):
                found = self._admit(waiting, free)
            else:
                found = attempt(self._step)
            if found is None:
                return [*self._active, *(one.draft for one in waiting)]
            if found:
                yield found
        return []

    # Reading prompts

    def _admit(self, waiting: list[Waiting], free: int) -> Written | None:
        """Take some texts in; None where there is no room for any."""
        stem = waiting[0].stem
        widest = len(waiting[0].tokens) - len(stem)
        most = max(1, self._budget.tokens // widest)
        batch = list(itertools.takewhile(lambda one: one.stem == stem, waiting[:free]))
        kinds: dict[Tokens, list[Draft]] = {}
        for one in batch:
            if one.tokens not in kinds and len(kinds) == most:
                break
            kinds.setdefault(one.tokens, []).append(one.draft)
        found = attempt(partial(self._read, stem, kinds))
        if found is not None:
            del waiting[: sum(map(len, kinds.values()))]
            return found
        try:
            self._budget.shrink(min(self._budget.tokens, widest * len(kinds)))
        except NoRoom:
            return None
        return []

    def _read(self, stem: Tokens, kinds: dict[Tokens, list[Draft]]) -> Written:
        """Read distinct prompts that begin with a stem, and write the first token of each text that has one of them."""
        texts, first = list(kinds), len(self._active)
        if stem:
            self._room.take(self._stemmed(stem), slice(first, first + len(texts)), len(stem))
        states = self._ended(texts, len(stem), first)
        drafts = [some[0] for some in kinds.values()] + [draft for some in kinds.values() for draft in some[1:]]
        which = [*range(len(texts)), *(i for i, some in enumerate(kinds.values()) for _ in some[1:])]
        for row, source in enumerate(which[len(texts) :], first + len(texts)):
            self._room.copy(first + source, row, len(texts[source]))
        logits = self._network.logits(states)
        logits = logits if len(which) == len(texts) else logits[which]
        tokens = pick(logits, [draft.draw for draft in drafts], [len(draft.made) for draft in drafts])
        self._active += drafts
        return self._settled(first, tokens)

    def _ended(self, texts: Sequence[Tokens], start: int, first: int) -> "torch.Tensor":
        """What the model makes of the last token of each text, read from a place on into rows from the first on."""
        import torch

        end = max(map(len, texts))
        width = max(1, self._budget.tokens // len(texts))
        found: list[torch.Tensor | None] = [None] * len(texts)
        for at in range(start, end, width):
            to = min(at + width, end)
            given = self._network.padded([text[at:to] for text in texts], at, to)
            self._budget.ask(given.tokens.numel())
            states = self._network.hidden(given, self._room, Spot(row=first, start=at, end=to))
            for row, text in enumerate(texts):
                if at < len(text) <= to:
                    found[row] = states[row, len(text) - 1 - at].clone()
        return torch.stack([state for state in found if state is not None])

    def _stemmed(self, stem: Tokens) -> Room:
        """A room that keeps a stem, read once for all texts that begin with it."""
        if self._kept is None or self._stem != stem:
            self._kept = None
            room = self._network.room(1, len(stem))
            width = self._budget.tokens
            for at in range(0, len(stem), width):
                to = min(at + width, len(stem))
                self._budget.ask(to - at)
                self._network.hidden(self._network.padded([stem[at:to]], at, to), room, Spot(start=at, end=to))
            self._stem, self._kept = stem, room
        return self._kept

    # Writing

    def _step(self) -> Written:
        """One more token of every text."""
        self._budget.ask(len(self._active))
        last = [draft.made[-1] for draft in self._active]
        given, spot = self._network.stepping(last, [draft.length - 1 for draft in self._active])
        states = self._network.hidden(given, self._room, spot)[:, 0]
        draws, counts = [draft.draw for draft in self._active], [len(draft.made) for draft in self._active]
        return self._settled(0, pick(self._network.logits(states), draws, counts))

    def _settled(self, first: int, tokens: Sequence[int]) -> Written:
        """Add a token to each text from one on; those that are done leave, and are returned."""
        drafts = self._active[first:]
        outcomes = self._ends.after(drafts, tokens)
        done = {first + i for i, outcome in enumerate(outcomes) if outcome is not None}
        stay = len(self._active) - len(done)
        movers = [row for row in range(stay, len(self._active)) if row not in done]
        for hole, mover in zip(sorted(row for row in done if row < stay), movers, strict=True):
            self._room.copy(mover, hole, self._active[mover].length)
            self._active[hole] = self._active[mover]
        del self._active[stay:]
        return [(draft.index, one) for draft, one in zip(drafts, outcomes, strict=True) if one is not None]
