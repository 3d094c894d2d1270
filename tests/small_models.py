"""Small models with real architectures and real tokenizers, made here: nothing is downloaded, and nothing is a mock."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

WORDS = (
    "the model answers a question about the weather in a small town by the sea where nothing ever happens and "
    "someone reads one two three four letters that were never sent, because it rained; don't ask why. Question: "
    "Answer: yes no maybe\n\n3 + 4 = 7, 12 * 12 = 144\n\tdef f(x): return x  # twice\n"
)
SIZES = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
VOCABULARY = 400
ROWS = 416
LENGTH = 128


def tokenizer(*, begins: bool = False, side: str = "right") -> Any:
    """A byte-level BPE tokenizer trained on a few words; `begins` when it puts its first token before every text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([WORDS] * 4, trainer)
    if begins:
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 0)]
        )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    fast: Any = PreTrainedTokenizerFast
    return fast(tokenizer_object=made, padding_side=side, **names)


def config(kind: str, **changes: Any) -> Any:
    """The configuration of a small model of a kind."""
    import transformers

    ends = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
    size = {**SIZES, "vocab_size": ROWS, "max_position_embeddings": LENGTH, **ends}
    few = {**size, "num_key_value_heads": 2}
    small = {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": LENGTH, "vocab_size": ROWS, **ends}
    settings: Mapping[str, dict[str, Any]] = {
        "Llama": few,
        "GPTNeoX": size,
        "Qwen2": few,
        "Qwen3": {**few, "head_dim": 16},
        "Mistral": {**few, "sliding_window": None},
        "Gemma2": {**few, "head_dim": 16, "sliding_window": 64, "attn_logit_softcapping": 5.0},
        "GPT2": small,
        "Bloom": {"hidden_size": 64, "n_layer": 2, "n_head": 4, "vocab_size": ROWS, **ends},
        "Mamba": {"hidden_size": 64, "num_hidden_layers": 2, "vocab_size": ROWS, "state_size": 8, **ends},
    }
    return getattr(transformers, f"{kind}Config")(**{**settings[kind], **changes})


def saved(folder: Path, kind: str = "Llama", *, begins: bool = False, side: str = "right", **changes: Any) -> str:
    """The folder of a small model of random weights, the same each time, wide enough that its answers differ."""
    import torch
    import transformers

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(len(kind))
        causal: Any = transformers.AutoModelForCausalLM
        made = causal.from_config(config(kind, **changes))
        with torch.no_grad():
            for name, weight in made.named_parameters():
                if weight.ndim == 2 and "conv" not in name and "dt" not in name:
                    weight.normal_(0.0, 1.0 if "embed" in name or "wte" in name else 0.2)
    made.save_pretrained(folder)
    tokenizer(begins=begins, side=side).save_pretrained(folder)
    return str(folder)


@functools.cache
def model(kind: str = "Llama", *, begins: bool = False, side: str = "right") -> str:
    """The folder of a small model that is made once, and not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="policylang-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return saved(folder, kind, begins=begins, side=side)
