"""A small model with random weights, saved as models are: for what runs on a folder."""

from pathlib import Path
from typing import Any

WORDS = ("<s>", "</s>")


def small_llama(folder: Path) -> Path:
    """A folder with a Llama of one layer and a tokenizer of single bytes, in safetensors."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    vocabulary = {sign: number for number, sign in enumerate([*WORDS, *sorted(pre_tokenizers.ByteLevel.alphabet())])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = dict(zip(("bos_token", "eos_token", "pad_token"), (*WORDS, WORDS[1]), strict=True))
    make: Any = PreTrainedTokenizerFast  # which has no types
    fast = make(tokenizer_object=tokenizer, **special)
    fast.chat_template = "{% for m in messages %}{{ m['content'] }}\n{% endfor %}"
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    shape = LlamaConfig(vocab_size=len(vocabulary), max_position_embeddings=512, **sizes)
    LlamaForCausalLM(shape).save_pretrained(folder)
    return folder
