"""Attention as this engine asks for it: any mask, keys kept once for the query heads that share them.

transformers copies keys and values for every query head when there is a mask. Here the query heads that share a key
head are asked as further queries of it, or the kernel is told of them, so that nothing is copied.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

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
    if shared > 1 and mask is not None and (length == 1 or query.is_cuda):
        # kernels of a GPU take no mask together with shared heads; for one token a row this is faster everywhere
        query = query.reshape(rows, key.shape[1], shared * length, width)
        wide = mask if length == 1 else mask.repeat(1, 1, shared, 1)
        found = scaled_dot_product_attention(query, key, value, attn_mask=wide, scale=scale)
        return found.reshape(rows, heads, length, value.shape[-1])
    return scaled_dot_product_attention(
        query, key, value, attn_mask=mask, scale=scale, is_causal=causal, enable_gqa=shared > 1
    )


def _stepped(
    query: "torch.Tensor", key: "torch.Tensor", value: "torch.Tensor", mask: "torch.Tensor", *, scale: float
) -> "torch.Tensor":
    """Attention of one token a row on a CPU, where products of small matrices are faster than the kernel."""
    import torch

    rows, heads, _, width = query.shape
    kept, columns = key.shape[1], key.shape[2]
    bias = mask.expand(rows, kept, heads // kept, columns).flatten(0, 1)
    asked = query.reshape(rows * kept, heads // kept, width)
    scores = torch.baddbmm(bias, asked, key.flatten(0, 1).transpose(1, 2), alpha=scale)
    return torch.bmm(scores.softmax(-1), value.flatten(0, 1)).reshape(rows, heads, 1, value.shape[-1])


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
