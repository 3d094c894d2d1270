"""A model as the engine asks it: tokens at given places under a given mask, and logits only where they are wanted.

Not every model can be asked so, and `trial` finds out which can. What cannot show in a short trial, since it begins
only with long texts, is read off the configuration: windows of attention, and places that are scaled by length.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import attention
from .room import Kept, Room, Spot
from .tree import Want

if TYPE_CHECKING:
    import torch

_HEAD_NUMBERS = 1 << 24
"""How many logits are looked at at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """What is read at once: tokens, their places, and the columns each may look at (None: all before it in its row)."""

    tokens: "torch.Tensor"
    places: "torch.Tensor"
    mask: "torch.Tensor | None" = None


class Network:
    """A loaded model, and how it can be asked."""

    def __init__(self, model: Any) -> None:
        """Nothing is taken for granted: `trial` finds out how the model can be asked."""
        attention.register()
        self.model = model
        self.config = model.config.get_text_config()
        self.device: torch.device = model.get_input_embeddings().weight.device
        self.dtype: torch.dtype = model.dtype
        self.vocabulary = int(model.get_input_embeddings().weight.shape[0])
        self._own = model.config._attn_implementation  # noqa: SLF001  # transformers has no public name for it
        self._now = self._own
        self._reach = _reach(self.config)
        self.is_split = self.is_shared = False
        self.kept: list[Kept] = []

    def shares(self, length: int) -> bool:
        """Whether texts of such a length may be read as a tree."""
        return self.is_shared and (self._reach is None or length <= self._reach)

    # How it is asked

    def room(self, rows: int, length: int) -> Room:
        """Room for what the model keeps of some rows of some tokens, allocated at once."""
        return Room(self.kept, rows=rows, length=length)

    def hidden(self, given: Input, room: Room | None = None, spot: Spot | None = None) -> "torch.Tensor":
        """What the model makes of tokens under our attention, before the logits: rows, columns, numbers."""
        self._use(attention.NAME)
        kept = None if room is None or spot is None else room.at(spot)
        found: torch.Tensor = self.model.base_model(
            input_ids=given.tokens,
            position_ids=given.places,
            attention_mask=given.mask,
            past_key_values=kept,
            use_cache=kept is not None,
        ).last_hidden_state
        return found

    def plain(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """What the model makes of whole texts of one length, as transformers itself would ask it.

        Hidden states where logits can be made of them apart, else logits.
        """
        self._use(self._own)
        found: torch.Tensor
        if self.is_split:
            found = self.model.base_model(input_ids=tokens, use_cache=False).last_hidden_state
        else:
            found = self.model(input_ids=tokens, use_cache=False).logits
        return found

    def cached(self, text: Sequence[int]) -> Any:
        """What transformers keeps of a text."""
        self._use(self._own)
        tokens = self.input([text], [range(len(text))]).tokens
        return self.model.base_model(input_ids=tokens, use_cache=True).past_key_values

    def generated(self, tokens: "torch.Tensor", **settings: Any) -> "torch.Tensor":
        """What transformers' own generation makes of prompts of one length."""
        self._use(self._own)
        found: torch.Tensor = self.model.generate(input_ids=tokens, **settings)
        return found

    def logits(self, hidden: "torch.Tensor") -> "torch.Tensor":
        """Float32 logits of hidden states."""
        import torch

        config = self.config
        found = self.model.get_output_embeddings()(hidden)
        if isinstance(scale := getattr(config, "logit_scale", None), float | int):
            found = found * scale
        if isinstance(scale := getattr(config, "logits_scaling", None), float | int):
            found = found / scale
        if isinstance(cap := getattr(config, "final_logit_softcapping", None), float | int):
            found = torch.tanh(found / cap) * cap
        logits: torch.Tensor = found.float()
        return logits

    def likelihoods(self, states: "torch.Tensor", wants: Sequence[Want]) -> list[tuple[float, bool]]:
        """For each want the sum of its log-likelihoods, and whether all are greedy; its places count rows of `states`.

        Each row is looked at once, however many want it.
        """
        import torch

        device = states.device
        rows = [want.place + i for want in wants for i in range(len(want.targets))]
        asked, which = torch.unique(torch.tensor(rows, device=device), return_inverse=True)
        targets = torch.tensor([token for want in wants for token in want.targets], device=device)
        order = torch.argsort(which, stable=True)
        found = torch.empty((2, len(rows)), dtype=torch.float64, device=device)
        step = max(16, _HEAD_NUMBERS // self.vocabulary)
        borders = torch.searchsorted(which[order], torch.arange(0, len(asked) + step, step, device=device)).tolist()
        for at, first, last in zip(range(0, len(asked), step), borders, borders[1:], strict=False):
            part = states[asked[at : at + step]]
            logits = self.logits(part) if self.is_split else part.float()
            mine = order[first:last]
            row, target = which[mine] - at, targets[mine]
            found[0, mine] = (logits[row, target] - torch.logsumexp(logits, -1)[row]).double()
            found[1, mine] = _likeliest(logits, row, target).double()
        return _summed(found, wants)

    def _use(self, implementation: str) -> None:
        if self._now != implementation:
            self.model.set_attn_implementation(implementation)
            self._now = implementation

    # What it is given

    def input(self, tokens: Sequence[Sequence[int]], places: Sequence[Sequence[int]], mask: Any = None) -> Input:
        """Rows of tokens of one length, as the model reads them."""
        import torch

        return Input(
            tokens=torch.tensor([list(row) for row in tokens], device=self.device),
            places=torch.tensor([list(row) for row in places], device=self.device),
            mask=mask,
        )

    def padded(self, rows: Sequence[Sequence[int]], start: int, end: int) -> Input:
        """Rows of tokens from one place up to another, shorter ones filled up on the right."""
        width = end - start
        filled = [[*row, *[0] * (width - len(row))] for row in rows]
        return self.input(filled, [range(start, end)], self.mask([[width] * width], start) if start else None)

    def stepping(self, tokens: Sequence[int], lengths: Sequence[int]) -> tuple[Input, Spot]:
        """One token a row, each after as many as are there already; and the spot where it goes."""
        import torch

        columns, end = torch.tensor(lengths, device=self.device), max(lengths) + 1
        mask = torch.zeros((len(columns), 1, 1, end), device=self.device, dtype=self.dtype)
        beyond = torch.arange(end, device=self.device) > columns[:, None]
        mask[:, 0, 0].masked_fill_(beyond, torch.finfo(self.dtype).min)
        known = attention.reaching(mask, [length + 1 for length in lengths])
        read = torch.tensor(tokens, device=self.device)[:, None]
        return Input(tokens=read, places=columns[:, None], mask=known), Spot(columns=columns, end=end)

    def mask(self, exits: Sequence[Sequence[int]], before: int) -> "torch.Tensor":
        """What is added to the scores of columns, by token of a row: all before the row may be seen, and its tree."""
        import torch

        ends = torch.tensor([list(row) for row in exits], device=self.device)
        width = ends.shape[1]
        here = torch.arange(width, device=self.device)
        sees = (here[None, :] <= here[:, None]) & (here[:, None] < ends[:, None, :])
        found = torch.zeros((len(exits), 1, width, before + width), device=self.device, dtype=self.dtype)
        found[:, 0, :, before:].masked_fill_(~sees, torch.finfo(self.dtype).min)
        return found


def _likeliest(logits: "torch.Tensor", rows: "torch.Tensor", tokens: "torch.Tensor") -> "torch.Tensor":
    """Whether each token is the likeliest of its row, the first of those that are as likely."""
    found = logits[rows, tokens] == logits.amax(-1)[rows]
    if found.any():
        found[found.clone()] = logits[rows[found]].argmax(-1) == tokens[found]
    return found


def _summed(found: "torch.Tensor", wants: Sequence[Want]) -> list[tuple[float, bool]]:
    """Sums of the first row of numbers, and whether all of the second are true, want by want."""
    values, greedy = found.tolist()
    sums, at = [], 0
    for want in wants:
        end = at + len(want.targets)
        sums.append(
            (math.fsum(values[at:end]) if all(map(math.isfinite, values[at:end])) else math.nan, all(greedy[at:end]))
        )
        at = end
    return sums


def _reach(config: Any) -> int | None:
    """How long a text may be so that all its tokens see each other, and stand where they stand in a longer one."""
    kinds = getattr(config, "layer_types", None)
    found = [getattr(config, name, None) for name in ("attention_chunk_size", "window_size", "local_attention")]
    if getattr(config, "use_sliding_window", True) and (kinds is None or "sliding_attention" in kinds):
        found.append(getattr(config, "sliding_window", None))
    scaled = getattr(config, "rope_parameters", None) or {}
    for rope in [scaled, *(value for value in scaled.values() if isinstance(value, dict))]:
        if rope.get("rope_type") in ("dynamic", "longrope"):
            most = getattr(config, "max_position_embeddings", None)
            found.append(rope.get("original_max_position_embeddings") or most)
    return min((int(value) for value in found if isinstance(value, int)), default=None)
