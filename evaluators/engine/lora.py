"""LoRA fine-tuning for elicitation: an adapter trained on examples, the same for the same seed on the same machine."""

import math
import shutil
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylang import Diagnostic, EvidenceError, ModelSpec

from .checkpoint import loaded

if TYPE_CHECKING:
    import torch

_IGNORED = -100  # the label of tokens that are not learnt


def train(
    spec: ModelSpec, texts: Sequence[tuple[str, str]], folder: str, *, seed: int, steps: int, batch: int, **how: Any
) -> None:
    """Train an adapter on pairs of what stands before and what is learnt, and put it into a folder.

    The folder is there whole or not at all. `how` has the `rank` of the adapter and the learning `rate`. Raises
    EvidenceError where the model cannot be loaded, an example is longer than it reads, or training gives no numbers.
    """
    import peft
    import torch

    checkpoint = loaded(spec)
    examples = [_tokens(checkpoint.tokenizer, one, checkpoint.max_length) for one in texts]
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        config = peft.LoraConfig(
            r=how["rank"], lora_alpha=2 * how["rank"], target_modules="all-linear", task_type="CAUSAL_LM"
        )
        with warnings.catch_warnings():  # peft asks transformers by a name that goes out of use
            warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)
            model = peft.get_peft_model(checkpoint.model, config)
        model.train()
        _fit(model, list(_batches(examples, steps, batch, seed)), how["rate"])
    _save(model, Path(folder))


def _tokens(tokenizer: Any, text: tuple[str, str], most: int) -> tuple[list[int], list[int]]:
    """The tokens of an example and their labels: only what is to be learnt has any, and it ends the text."""
    before = tokenizer(text[0])["input_ids"] if text[0] else []
    whole = tokenizer(text[0] + text[1])["input_ids"]
    if tokenizer.eos_token_id is not None and whole[-1:] != [tokenizer.eos_token_id]:
        whole = [*whole, tokenizer.eos_token_id]
    if len(whole) > most:
        message = f"a training example has {len(whole)} tokens, and the model reads {most}"
        raise _refused(message, "shorten it, or leave it out")
    known = min(len(before), len(whole) - 1)
    return whole, [_IGNORED] * known + whole[known:]


def _batches(
    examples: Sequence[tuple[list[int], list[int]]], steps: int, size: int, seed: int
) -> Iterator[list[tuple[list[int], list[int]]]]:
    """Batches in an order of their own for every pass over the examples."""
    import torch

    stream = torch.Generator().manual_seed(seed)
    rest: list[int] = []
    for _ in range(steps):
        chosen: list[int] = []
        while len(chosen) < min(size, len(examples)):
            rest = rest or torch.randperm(len(examples), generator=stream).tolist()
            chosen.append(rest.pop())
        yield [examples[at] for at in chosen]


def _fit(model: Any, batches: Sequence[list[tuple[list[int], list[int]]]], rate: float) -> None:
    import torch

    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.0)
    warm = max(1, len(batches) // 20)
    for step, batch in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, (step + 1) / warm)
        ids, mask, labels = _padded(batch, model.device)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        if not math.isfinite(float(loss.detach())):
            raise _refused(f"training gives no number at step {step + 1}", "choose a smaller `rate`")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _padded(
    batch: Sequence[tuple[list[int], list[int]]], device: "torch.device"
) -> "tuple[torch.Tensor, torch.Tensor, torch.Tensor]":
    """A batch as three tensors of its size by the longest: tokens, which of them are real, labels."""
    import torch

    width = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([one + [0] * (width - len(one)) for one, _ in batch], device=device)
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one, _ in batch], device=device)
    labels = torch.tensor([of + [_IGNORED] * (width - len(of)) for _, of in batch], device=device)
    return ids, mask, labels


def _save(model: Any, folder: Path) -> None:
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    model.save_pretrained(str(part), safe_serialization=True)
    (part / "README.md").unlink(missing_ok=True)  # it has the date of the library's own page, and says nothing of ours
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)


def _refused(message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code="E549", message=message, place=None, help=help_)])
