"""What answering would take, said before it begins: tokens, how many of them are shared, seconds, memory.

Tokens are counted. Seconds are those counts times what a few short readings took; memory is what the model has, what is
kept of the longest texts, and what is looked at while reading.
"""

import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from policylang import Plan, Request

from .drafts import Draft
from .memory import attempt, free_bytes
from .network import Network
from .tokens import Tokens
from .tree import Line, Node, grown, stems

_READ, _STEPPED = 3, 4
"""How often a reading is timed, and a step of generation."""

_MOST_TOKENS = {"cpu": 1024, "cuda": 8192}
_MOST_ROWS = 256
"""What is read and generated at once where memory has room for more: more is no faster."""


class Work:
    """What one network can do at once, and how long that takes."""

    def __init__(self, network: Network, width: int, clock: Callable[[], float] = time.perf_counter) -> None:
        """`width` is how many tokens a row of a tree has."""
        self._network, self.width, self._clock = network, width, clock

    @property
    def is_shared(self) -> bool:
        """Whether texts that begin alike are read as a tree."""
        return self._network.is_shared

    @cached_property
    def tokens(self) -> int:
        """How many tokens are read at once."""
        room = free_bytes(self._network.device) // max(1, self.read_bytes + self.kept_bytes)
        return int(max(1, min(_MOST_TOKENS.get(self._network.device.type, 1024), room)))

    def rows(self, longest: int) -> int:
        """How many texts of at most some tokens are generated at once."""
        each = self.kept_bytes * longest + 8 * self._network.vocabulary
        return int(max(1, min(_MOST_ROWS, free_bytes(self._network.device) // max(1, each))))

    @property
    def kept_bytes(self) -> int:
        """What is kept of a token."""
        return sum(kept.size for kept in self._network.kept)

    @property
    def model_bytes(self) -> int:
        """What the weights take."""
        return sum(weight.numel() * weight.element_size() for weight in self._network.model.parameters())

    @property
    def read_bytes(self) -> int:
        """What a token takes while it is read: a few states and the widest layer, and a row of a mask."""
        config, size = self._network.config, self._network.dtype.itemsize
        hidden = int(getattr(config, "hidden_size", 1024))
        inner = getattr(config, "intermediate_size", None)
        return size * (10 * hidden + 3 * (inner if isinstance(inner, int) else 4 * hidden)) + 4 * 4096

    @cached_property
    def seconds_read(self) -> float:
        """Seconds to read a token together with others."""
        self.sample()
        return min(self._taken(self.sample) for _ in range(_READ)) / self.width

    def seconds_step(self, rows: int, length: int) -> float:
        """Seconds to generate one more token of each of some texts."""
        took = attempt(partial(self._steps, rows, length))
        return took if took is not None else rows * self.seconds_read

    def sample(self) -> None:
        """Read a row of tokens, and look at some of their likelihoods, as the engine does."""
        attempt(self._sampled)

    def _sampled(self) -> None:
        network, text = self._network, [i % self._network.vocabulary for i in range(self.width)]
        if network.is_shared:
            states = network.hidden(network.padded([text], 0, self.width))
        else:
            states = network.plain(network.input([text], [range(self.width)]).tokens)
        if network.is_split:
            network.logits(states[0, :: max(1, self.width // 32)]).argmax(-1).tolist()

    def _steps(self, rows: int, length: int) -> float | None:
        if not self._network.is_shared:
            return None
        room = self._network.room(rows, length)
        given, spot = self._network.stepping([0] * rows, [length - 1] * rows)

        def step() -> None:
            self._network.logits(self._network.hidden(given, room, spot)[:, 0]).argmax(-1).tolist()

        step()
        return min(self._taken(step) for _ in range(_STEPPED))

    def _taken(self, work: Callable[[], object]) -> float:
        start = self._clock()
        work()
        return self._clock() - start


def planned(requests: Sequence[Request], lines: Sequence[Line], drafts: Sequence[Draft], work: Work) -> Plan:
    """The plan for some requests: for `lines`, that are read, and `drafts`, that are generated."""
    roots = grown(lines) if work.is_shared else ()
    prompts = [draft.prompt for draft in drafts]
    asked = sum(len(line.tokens) for line in lines) + sum(map(len, prompts))
    fed = _fed(roots, prompts) if work.is_shared else _whole(lines, prompts)
    made = sum(max(0, draft.most) for draft in drafts)
    longest = max((draft.longest for draft in drafts), default=0)
    rows = min(len(drafts), work.rows(longest)) if drafts else 0
    steps = made / rows * work.seconds_step(rows, longest) if rows else 0.0
    kept = work.kept_bytes * (rows * longest + max(map(_depth, roots), default=0))
    return Plan(
        requests=len(requests),
        distinct=len(set(requests)),
        tokens=asked,
        tokens_fed=fed,
        generated=made,
        seconds=fed * work.seconds_read + steps if asked else 0.0,
        memory=work.model_bytes + kept + work.tokens * work.read_bytes,
    )


def _fed(roots: Sequence[Node], prompts: Sequence[Tokens]) -> int:
    """How many tokens of trees and prompts are read, what they share once."""
    begun = stems(prompts)
    once = {prompt[:length] for prompt, length in begun.items()}
    rest = sum(len(prompt) - length for prompt, length in begun.items())
    return sum(root.size for root in roots) + rest + sum(map(len, once))


def _whole(lines: Sequence[Line], prompts: Sequence[Tokens]) -> int:
    """How many tokens are read where only what is the same altogether is read once."""
    return sum(map(len, {line.tokens for line in lines})) + sum(map(len, prompts))


def _depth(root: Node) -> int:
    """The length of the longest text in a tree that branches; 0 for one of which nothing is kept."""
    deepest, left = 0, list(root.children)
    while left:
        node = left.pop()
        deepest = max(deepest, node.end)
        left += node.children
    return deepest
