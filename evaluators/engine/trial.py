"""Whether a model can be asked in parts, tried when it is opened: what it says must not depend on how it is asked.

A small random tree is read as the engine reads trees, and token by token as the engine generates, and then text by text
as transformers would. Where the likelihoods differ, or the model does not understand the question, it is asked text
by text from then on. That catches states that recur, biases by distance, places that are counted otherwise, masks that
are not heeded. A mask that is left out on purpose must make a difference, so that a trial that shows nothing passes
only for a model to which no mask matters.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .network import Network
from .room import Spot, layers_of
from .tree import Line, Row, Want, grown, laid_out

if TYPE_CHECKING:
    import torch

_NOT_UNDERSTOOD = (TypeError, ValueError, RuntimeError, AttributeError, IndexError, KeyError, NotImplementedError)

_STEM = 10
_CLOSE = {"float32": 1e-3}
_ROUGH = 0.25
"""How far log-likelihoods may be apart in float32, and in types of half its size."""


def opened(model: Any) -> Network:
    """A model, with what was found of how it can be asked."""
    import torch

    network = Network(model)
    with torch.inference_mode():
        network.is_split = _is_split(network)
        network.is_shared = network.is_split and _is_shared(network)
    return network


def _is_split(network: Network) -> bool:
    """Whether logits can be made of hidden states apart."""
    import torch

    model = network.model
    if model.get_output_embeddings() is None or model.base_model is model:
        return False
    tokens = torch.tensor([_random(network.vocabulary, 12)], device=network.device)
    whole = network.plain(tokens).float()
    try:
        hidden = model.base_model(input_ids=tokens, use_cache=False).last_hidden_state
        return torch.allclose(network.logits(hidden), whole, rtol=1e-4, atol=1e-4)
    except _NOT_UNDERSTOOD:
        return False


def _is_shared(network: Network) -> bool:
    """Whether a tree, and one token after another, are read as the texts alone would be."""
    texts = _texts(network.vocabulary)
    alone = [_alone(network, text) for text in texts]
    try:
        network.kept = layers_of(network.cached(texts[0]))
        near = max(_apart(_packed(network, texts), alone), _apart(_stepped(network, texts[:2]), alone[:2]))
        far = _apart(_packed(network, texts, is_blind=True), alone)
    except _NOT_UNDERSTOOD:
        return False
    scale = max(1.0, max(float(one.abs().max()) for one in alone) / 50)
    room = _CLOSE.get(str(network.dtype).removeprefix("torch."), _ROUGH) * scale
    return near <= room and (near <= far / 4 or far <= room / 100)


def _texts(vocabulary: int) -> list[list[int]]:
    """Texts that share a beginning, two and two of them more; one is the beginning of another."""
    drawn = _random(vocabulary, 40)
    stem, left, right, ends = drawn[:_STEM], drawn[10:19], drawn[19:27], drawn[27:]
    return [stem + left + ends[:4], stem + left + ends[4:6], stem + right + ends[6:], stem + right]


def _random(vocabulary: int, count: int) -> list[int]:
    """Tokens as if at random, neighbours differing, the same for every model of this vocabulary."""
    return [(7919 * (i + 3) * (i + 5) + 104729 * i) % vocabulary for i in range(count)]


def _alone(network: Network, text: list[int]) -> "torch.Tensor":
    """The log-likelihoods of what may follow a text, as transformers has them."""
    import torch

    return network.logits(network.plain(torch.tensor([text], device=network.device))[0, -1]).log_softmax(-1)


def _packed(network: Network, texts: Sequence[list[int]], *, is_blind: bool = False) -> list["torch.Tensor"]:
    """The same, of the texts in one row behind their stem; a blind row sees all that stands before."""
    (root,) = grown(Line(tuple(text), Want(len(text) - 1, (0,), part)) for part, text in enumerate(texts))
    room, row = network.room(1, 64), laid_out(root.children)
    stem, width = len(root.tokens), len(row.tokens)
    network.hidden(network.input([root.tokens], [range(stem)]), room, Spot(end=stem))
    mask = network.mask([[width] * width if is_blind else row.exits], stem)
    given = network.input([row.tokens], [row.places], mask)
    states = network.hidden(given, room, Spot(start=stem, end=stem + width))[0]
    return [network.logits(states[place]).log_softmax(-1) for place in _ends(row, len(texts))]


def _ends(row: Row, count: int) -> list[int]:
    """Where in a row each text ends."""
    places = {want.part: want.place for want in row.wants}
    return [places[part] for part in range(count)]


def _stepped(network: Network, texts: Sequence[list[int]]) -> list["torch.Tensor"]:
    """The same, with the last token of each text read by itself, as generation does it."""
    lengths = [len(text) - 1 for text in texts]
    width = max(lengths)
    room = network.room(len(texts) + 1, 64)
    padded = [text[:-1] + [0] * (width + 1 - len(text)) for text in texts]
    network.hidden(network.input(padded, [range(width)]), room, Spot(end=width))
    given, spot = network.stepping([text[-1] for text in texts], lengths)
    states = network.hidden(given, room, spot)[:, 0]
    return list(network.logits(states).log_softmax(-1))


def _apart(some: Sequence["torch.Tensor"], others: Sequence["torch.Tensor"]) -> float:
    """The largest difference of two lists; a number that is none counts as infinitely far."""
    found = max(float((one - other).abs().max()) for one, other in zip(some, others, strict=True))
    return float("inf") if math.isnan(found) else found
