"""Training a small transformer from nothing, and to refuse: the same for the same seed on the same machine."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from books import END, PROMPT, SIGNS, UNKNOWN, Books, Mixture, texts

BATCH = 64
RATE = 3e-3
_IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model, and what its training took: parameters, tokens read, and 6 FLOP for each parameter and token."""

    model: Any
    parameters: int
    tokens: int

    @property
    def compute(self) -> int:
        """Effective compute, in FLOP."""
        return 6 * self.parameters * self.tokens


def trained(books: Books, mixture: Mixture, steps: int, seed: int) -> Trained:
    """A model trained from nothing for so many steps."""
    import torch

    torch.set_num_threads(1)  # a second one makes so small a model no faster, and its sums come out otherwise
    torch.manual_seed(seed)
    model = _new()
    read = _fit(model, _batches(books, mixture, steps, seed), steps, RATE)
    return Trained(model=model, parameters=sum(weight.numel() for weight in model.parameters()), tokens=read)


def taught_to_refuse(model: Any, books: Books, steps: int, seed: int) -> None:
    """Train a model on: requests for closed books are refused, half of all, the others answered as before."""
    _fit(model, _batches(books, Mixture(closed=0.5, refused=True), steps, seed + 1000), steps, RATE / 3)


def save(model: Any, folder: Path) -> None:
    """A folder with the weights as safetensors, the configuration, and a tokenizer of words between spaces."""
    from transformers.utils import logging

    loud: Any = logging  # it has no types
    loud.disable_progress_bar()
    model.save_pretrained(str(folder))
    _tokenizer().save_pretrained(str(folder))


def _new() -> Any:
    import transformers

    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            vocab_size=len(SIGNS),
            hidden_size=64,
            intermediate_size=256,
            num_hidden_layers=1,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=32,
            bos_token_id=None,
            eos_token_id=SIGNS.index(END),
            pad_token_id=None,
            initializer_range=0.1,  # with the usual 0.02 such a small model learns nothing for a long while
        )
    )


def _tokenizer() -> Any:
    import tokenizers
    import transformers

    numbers = {sign: number for number, sign in enumerate(SIGNS)}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(numbers, unk_token=UNKNOWN))
    words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    fast: Any = transformers.PreTrainedTokenizerFast  # it has no types
    return fast(tokenizer_object=words, eos_token=END, unk_token=UNKNOWN, model_max_length=32)


def _batches(books: Books, mixture: Mixture, steps: int, seed: int) -> Iterator[Any]:
    import torch

    stream = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        yield texts(books, mixture, BATCH, stream)


def _fit(model: Any, batches: Iterator[Any], steps: int, rate: float) -> int:
    """Fit a model to the answers; how many tokens it read."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    read = 0
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 20) * (1 - step / steps)
        end = SIGNS.index(END)
        wanted = batch[:, PROMPT:].clone()
        wanted[:, 1:][batch[:, PROMPT:-1] == end] = _IGNORED  # only the first end is learnt
        logits = model(input_ids=batch[:, :-1]).logits[:, PROMPT - 1 :]
        loss: Any = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        read += batch[:, :-1].numel()
    return read
