"""What bench_eval asks: a Llama type of random weights, a tokenizer trained on the standard library, and questions.

Nothing is downloaded, and the same machine makes the same each time.
"""

import json
import pathlib
import random
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Size:
    """How large everything is."""

    layers: int = 8
    width: int = 384
    words: int = 16384
    files: int = 700
    questions: int = 500
    apart: int = 60
    prompts: int = 200
    tokens: int = 64


FULL = Size()
SMALL = Size(layers=2, width=96, words=2048, files=60, questions=6, apart=2, prompts=10, tokens=8)


def make(folder: pathlib.Path, size: Size) -> dict[str, Any]:
    """Write the model into a folder; what is asked of it: `shared`, `apart` and `generate`."""
    drawn = random.Random(1234)
    texts = list(_texts(drawn, size.files))
    tokenizer = _tokenizer(texts, size.words)
    tokenizer.save_pretrained(folder)
    _model(folder, size)
    sentences = sorted(set(_sentences(tokenizer, texts)))
    drawn.shuffle(sentences)
    phrases = _phrases(tokenizer, drawn, texts)
    shots = [_item(" ".join(sentences.pop() for _ in range(4)), phrases, drawn) for _ in range(5)]
    examples = "".join(f"Question: {what}\nAnswer: {answers[0]}\n\n" for what, answers in shots)
    asked = [_item(sentences.pop(), phrases, drawn) for _ in range(size.questions)]
    shared = [(f"{examples}Question: {what}\nAnswer:", f" {one}") for what, answers in asked for one in answers]
    apart = [(_alone(sentences, drawn, context), text) for context, text in shared[: 4 * size.apart]]
    prompts = [f"Q: {sentences.pop()} {sentences.pop()}\nA:" for _ in range(size.prompts)]
    found = {"shared": shared, "apart": apart, "generate": prompts, "tokens": size.tokens}
    (folder / "asked.json").write_text(json.dumps(found), "utf-8")
    return found


def _texts(drawn: random.Random, count: int) -> Iterator[str]:
    """Files of the standard library."""
    root = pathlib.Path(sysconfig.get_paths()["stdlib"])
    files = sorted(file for file in root.rglob("*.py") if "site-packages" not in file.parts)
    drawn.shuffle(files)
    for file in files[:count]:
        yield file.read_text("utf-8", "ignore")


def _tokenizer(texts: list[str], words: int) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made: Any = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<pad>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=words, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    names = dict(zip(("bos_token", "eos_token", "pad_token"), special, strict=True))
    fast: Any = PreTrainedTokenizerFast
    return fast(tokenizer_object=made, **names)


def _model(folder: pathlib.Path, size: Size) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging

    bars: Any = logging
    bars.disable_progress_bar()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=size.words,
        hidden_size=size.width,
        intermediate_size=size.width * 8 // 3,
        num_hidden_layers=size.layers,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
        tie_word_embeddings=False,
    )
    model: Any = LlamaForCausalLM(config)
    with torch.no_grad():  # wider than a fresh model's, so that logits are not all but equal
        for name, weight in model.named_parameters():
            if weight.ndim == 2:
                weight.mul_(20.0 if "embed" in name else 4.0)
    model.save_pretrained(folder)


def _sentences(tokenizer: Any, texts: list[str]) -> Iterator[str]:
    for text in texts:
        for found in re.findall(r"[A-Z][a-z]+ [^#\"'=\[\]{}]{60,240}?[.:]\s", text):
            plain = re.sub(r"\s+", " ", found).strip()
            if 18 <= len(tokenizer(plain).input_ids) <= 60:
                yield plain


def _phrases(tokenizer: Any, drawn: random.Random, texts: list[str]) -> Iterator[str]:
    """Phrases of 1 to 12 tokens, without end."""
    words = re.findall(r"[A-Za-z_]{2,12}", " ".join(texts[:200]))
    drawn.shuffle(words)
    while True:
        count = drawn.randint(1, 12)
        ids = tokenizer(" " + " ".join(drawn.choice(words) for _ in range(count))).input_ids
        phrase = str(tokenizer.decode(ids[:count])).strip()
        if phrase:
            yield phrase


def _item(question: str, phrases: Iterator[str], drawn: random.Random) -> tuple[str, list[str]]:
    """A question with four different answers."""
    answers: dict[str, None] = {}
    while len(answers) < 4:
        answers[next(phrases)] = None
    shuffled = list(answers)
    drawn.shuffle(shuffled)
    return question, shuffled


def _alone(sentences: list[str], drawn: random.Random, context: str) -> str:
    """A context of about the same length that begins like no other."""
    own = [f"{drawn.random()} is a number."]
    while sum(map(len, own)) < len(context):
        own.append(drawn.choice(sentences))
    return " ".join(own)
