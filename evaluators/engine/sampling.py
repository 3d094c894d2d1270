"""The next token of each sequence: the likeliest, or one drawn by a stream of numbers that belongs to the sequence."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Draw:
    """How the tokens of one sequence are drawn: greedily at temperature 0."""

    temperature: float = 0.0
    top_p: float = 1.0
    stream: bytes = b""


def stream_of(seed: int, sample: int, prompt: str) -> bytes:
    """The key of the random numbers of one sample of one prompt, the same on every machine."""
    return hashlib.sha256(b"%d/%d/" % (seed, sample) + prompt.encode("utf-8", "surrogatepass")).digest()


def number(stream: bytes, step: int) -> float:
    """The random number from 0 up to 1 that a stream has for its token number `step`."""
    drawn = hashlib.sha256(stream + step.to_bytes(8, "little")).digest()
    return int.from_bytes(drawn[:7], "little") / (1 << 56)


def pick(logits: "torch.Tensor", draws: list[Draw], steps: list[int]) -> list[int]:
    """The next token of each row of float32 logits; -1 where a row holds no numbers."""
    import torch

    tokens = likeliest(logits)
    sound = torch.isfinite(logits.gather(1, tokens[:, None]))[
        :, 0
    ]  # where one is no number, it is taken for the largest
    sampled = [row for row, draw in enumerate(draws) if draw.temperature > 0]
    if sampled:
        rows = torch.tensor(sampled, device=logits.device)
        shares = [(draws[row].temperature, draws[row].top_p, number(draws[row].stream, steps[row])) for row in sampled]
        tokens[rows] = _drawn(logits[rows], torch.tensor(shares, dtype=torch.float64, device=logits.device))
    found: list[int] = torch.where(sound, tokens, -1).tolist()
    return found


def likeliest(logits: "torch.Tensor") -> "torch.Tensor":
    """The token with the largest logit of each row, the first of those that are as large.

    On a CPU looking for where a maximum is takes ten times as long as looking for it: so first its block is found.
    """
    import torch

    rows, width = logits.shape
    if logits.is_cuda or width % _BLOCK or width <= _BLOCK:
        return logits.argmax(-1)
    blocks = logits.view(rows, -1, _BLOCK)
    block = blocks.amax(-1).argmax(-1)
    return block * _BLOCK + blocks[torch.arange(rows), block].argmax(-1)


def _drawn(logits: "torch.Tensor", shares: "torch.Tensor") -> "torch.Tensor":
    """One token a row: the first whose cumulated share, likeliest first, exceeds the row's random number.

    Of the tokens, the likeliest count whose shares before them do not yet make up `top_p`.
    """
    import torch

    temperature, top_p, numbers = shares[:, 0:1], shares[:, 1:2], shares[:, 2:3]
    chances, order = torch.softmax(logits.double() / temperature, -1).sort(dim=-1, descending=True, stable=True)
    before = chances.cumsum(-1) - chances
    chances = torch.where((before < top_p) | (before == 0), chances, 0.0)
    total = chances.cumsum(-1)
    place = torch.searchsorted(total, numbers * total[:, -1:], right=True).clamp(max=logits.shape[-1] - 1)
    last = ((chances > 0).sum(-1, keepdim=True) - 1).clamp(min=0)  # of numbers that are none, none is above 0
    return order.gather(1, torch.minimum(place, last))[:, 0]
