"""Attention as this engine asks for it: any mask, keys kept once for the query heads that share them.

transformers copies keys and values for every query head when there is a mask. Here the query heads that share a key
head are asked as further queries of it, or the kernel is told of them; only a GPU that reads a tree needs the copy.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

_ROWS = 40
"""How many rows look at their columns together."""

NAME = "policylang"
"""The name under which transformers knows this attention."""


class Unsupported(ValueError):
    """The model's attention takes something into account that is not known here."""


def register() -> None:
    """Make this attention known to transformers."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, _attend)


def _attend(module: Any, *states: Any, **how: Any) -> tuple["torch.Tensor", None]:
    """What each query gathers, heads last but one, as transformers wants it; without a mask, of all before it."""
    query, key, value, mask = states
    if any(how.get(name) is not None for name in ("position_bias", "s_aux", "sinks", "indices")):
        raise Unsupported
    if mask is None and not getattr(module, "is_causal", True):
        raise Unsupported
    scale, cap = how.get("scaling"), how.get("softcap")
    if cap is None:
        found = _kernel(query, key, value, mask, scale=scale)
    else:
        found = _capped(query, key, value, mask, scale=scale or query.shape[-1] ** -0.5, cap=cap)
    return found.transpose(1, 2).contiguous(), None


def _kernel(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", mask: "torch.Tensor | None", *, scale: Any
) -> "torch.Tensor":
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    rows, heads, length, width = query.shape
    shared = heads // key.shape[1]
    causal = mask is None and length > 1
    if mask is not None and length == 1 and query.dtype == torch.float32 and not query.is_cuda:
        return _stepped(query, key, value, mask, scale=scale or width**-0.5)
    if shared > 1 and mask is not None and length == 1:
        query = query.reshape(rows, key.shape[1], shared, width)
        found = scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
        return found.reshape(rows, heads, length, value.shape[-1])
    if shared > 1 and mask is not None and query.is_cuda:  # kernels of a GPU take no mask together with shared heads
        key, value = key.repeat_interleave(shared, 1), value.repeat_interleave(shared, 1)
        return scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
    return scaled_dot_product_attention(
        query, key, value, attn_mask=mask, scale=scale, is_causal=causal, enable_gqa=shared > 1
    )


def _stepped(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", mask: "torch.Tensor", *, scale: float
) -> "torch.Tensor":
    """Attention of one token a row on a CPU, where products of small matrices are faster than the kernel.

    A few rows at a time look only at as many columns as the longest of them has.
    """
    import torch

    heads, width = query.shape[1], query.shape[3]
    kept = key.shape[1]
    found = query.new_empty((*query.shape[:3], value.shape[-1]))
    for rows, end in reaches(mask):
        some = query[rows].reshape(-1, heads // kept, width)
        bias = mask[rows, :, :, :end].expand(-1, kept, heads // kept, end).flatten(0, 1)
        scores = torch.baddbmm(bias, some, key[rows, :, :end].flatten(0, 1).transpose(1, 2), alpha=scale)
        chances = scores.softmax(-1)
        found[rows] = torch.bmm(chances, value[rows, :, :end].flatten(0, 1)).view(found[rows].shape)
    return found


def reaching(mask: "torch.Tensor", ends: Sequence[int]) -> "torch.Tensor":
    """A mask that knows after how many columns each of its rows ends."""
    blocks = [slice(at, at + _ROWS) for at in range(0, len(ends), _ROWS)]
    mask.reaches = [(rows, max(ends[rows])) for rows in blocks]  # type: ignore[attr-defined]  # an object has attributes
    return mask


def reaches(mask: "torch.Tensor") -> list[tuple[slice, int]]:
    """Rows of a mask that are about as long, and after how many columns they end; all of it where it was copied."""
    known: list[tuple[slice, int]] = getattr(mask, "reaches", [(slice(None), mask.shape[-1])])
    return known


def _capped(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", mask: "torch.Tensor | None", **how: float
) -> "torch.Tensor":
    """Attention whose scores are bent towards a limit before they are masked."""
    import torch

    rows, heads, length, width = query.shape
    wide = query.reshape(rows, key.shape[1], heads // key.shape[1], length, width)
    scores = torch.tanh(wide @ key[:, :, None].transpose(-1, -2) * (how["scale"] / how["cap"])) * how["cap"]
    if mask is None:
        mask = torch.full((length, key.shape[2]), float("-inf"), device=query.device, dtype=query.dtype)
        mask = mask.triu(1 + key.shape[2] - length)[None, None]
    chances = torch.softmax(scores + mask[:, :, None], -1, dtype=torch.float32).to(query.dtype)
    return (chances @ value[:, :, None]).reshape(rows, heads, length, value.shape[-1])
