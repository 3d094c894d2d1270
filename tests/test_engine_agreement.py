"""What the engine answers is what lm-evaluation-harness and transformers answer, on models of several architectures."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from policylang.evaluators.engine.local import Limits, TorchBackend, open_model

from policylang import Answer, Failed, Generate, Likelihood, ModelSpec, Request, Score, Text
from small_models import LENGTH, model

CLOSE = 1e-3
KINDS = ("Llama", "GPTNeoX", "Qwen2")
SHAPES = tuple(itertools.product(KINDS, (False, True), ("left", "right")))
SHOTS = (
    "Question: what is 3 + 4?\nAnswer: 7\n\nQuestion: does it rain by the sea?\nAnswer: maybe\n\nQuestion: who "
    "reads the letters that were never sent?\nAnswer: someone\n\n"
)
PAIRS = (
    *(
        (f"{SHOTS}Question: {what}\nAnswer:", f" {one}")
        for what in ("is it", "who reads x")
        for one in ("yes", "no one")
    ),
    (f"{SHOTS}Question: is it\nAnswer:", " yes or maybe not at all"),
    (f"{SHOTS}Question: is it\nAnswer: ", "yes"),
    (f"{SHOTS}Question: is it\nAnswer:\n\n ", "yes"),
    (SHOTS, "Question"),
    ("the weather", " in a small town"),
    ("the weath", "er in a small town"),
    ("a", "b"),
    ("", "the weather in a small town"),
    ("", "<s>nothing ever happens"),
    ("<s>the weather", " in a town"),
    ("don't ask", " why, because it rained"),
    ("naïve «quoted» 漢字", " 漢字 and more 🙂"),
)
PROMPTS = (
    "the weather",
    "Question: is it\nAnswer:",
    f"{SHOTS}Question: who",
    f"{SHOTS}Question: why not",
    "3 + 4 =",
    "a",
)


def answers(backend: TorchBackend, requests: Sequence[Request]) -> list[Answer | Failed]:
    """The answers in the order of the requests; each index comes once."""
    found: dict[int, Answer | Failed] = {}
    for some in backend.answer(requests):
        for index, one in some:
            assert index not in found
            found[index] = one
    return [found[index] for index in range(len(requests))]


def opened(path: str, **limits: Any) -> TorchBackend:
    return open_model(ModelSpec(path=path, threads=1), Limits(**limits))


@pytest.fixture(scope="module", autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def harness(path: str, **settings: Any) -> Any:
    """lm-evaluation-harness on the same folder.

    Its cache is off: it confuses requests that have the same tokens but differ in where the text begins.
    """
    from lm_eval.models.huggingface import HFLM

    return HFLM(pretrained=path, device="cpu", dtype="float32", batch_size=4, logits_cache=False, **settings)


def asked(kind: str, *arguments: Any) -> Any:
    """A request as lm-evaluation-harness wants it."""
    from lm_eval.api.instance import Instance

    return Instance(request_type=kind, doc={}, arguments=arguments, idx=0)


@pytest.mark.filterwarnings("ignore")  # lm-evaluation-harness and what it imports warn of things of their own
@pytest.mark.parametrize(("kind", "begins", "side"), SHAPES)
def test_log_likelihoods_are_those_of_the_harness(kind: str, side: str, *, begins: bool) -> None:
    """Sums agree to 1e-3 and greedy flags exactly, with and without a first token, whatever the padding side."""
    path = model(kind, begins=begins, side=side)
    theirs = harness(path).loglikelihood([asked("loglikelihood", *pair) for pair in PAIRS], disable_tqdm=True)
    ours = answers(opened(path), [Score(context=context, text=text) for context, text in PAIRS])
    for pair, one, (total, greedy) in zip(PAIRS, ours, theirs, strict=True):
        assert isinstance(one, Likelihood), pair
        assert one.total == pytest.approx(total, abs=CLOSE), pair
        assert one.greedy == greedy, pair
        assert one.size == len(pair[1].encode()), pair


@pytest.mark.filterwarnings("ignore")  # as above
@pytest.mark.parametrize(("kind", "begins"), [*itertools.product(KINDS, (False, True))])
def test_long_texts_are_scored_in_the_windows_of_the_harness(kind: str, *, begins: bool) -> None:
    """A text without context is scored as `loglikelihood_rolling` does, also when it is longer than the model reads.

    The harness is told to leave out the first token of such tokenizers as add one, which it would score after itself.
    """
    path = model(kind, begins=begins)
    texts = ["the weather", SHOTS, SHOTS * 2, SHOTS * 8, "a"]
    requests = [asked("loglikelihood_rolling", text) for text in texts]
    wanted = harness(path, add_bos_token=False).loglikelihood_rolling(requests, disable_tqdm=True)
    ours = answers(opened(path), [Score(context="", text=text) for text in texts])
    for one, total in zip(ours, wanted, strict=True):
        assert isinstance(one, Likelihood)
        assert one.total == pytest.approx(total, abs=CLOSE)
    assert isinstance(ours[3], Likelihood)
    assert ours[3].tokens > 3 * LENGTH


def greedy(path: str, prompts: Sequence[str], most: int) -> list[list[int]]:
    """The new tokens of transformers' own greedy generation, one prompt after another."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    network: Any = AutoModelForCausalLM.from_pretrained(path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    found = []
    for prompt in prompts:
        given = tokenizer(prompt, return_tensors="pt")
        made = network.generate(**given, do_sample=False, max_new_tokens=most)
        found.append(made[0, given["input_ids"].shape[1] :].tolist())
    return found


@pytest.mark.parametrize(("kind", "begins", "side"), SHAPES)
def test_greedy_texts_are_those_of_transformers(kind: str, side: str, *, begins: bool) -> None:
    """Generation in one batch gives the very tokens of transformers' own `generate`, prompt by prompt."""
    path = model(kind, begins=begins, side=side)
    backend = opened(path)
    theirs = greedy(path, PROMPTS, 24)
    ours = answers(backend, [Generate(prompt=prompt, max_tokens=24) for prompt in PROMPTS])
    for one, tokens in zip(ours, theirs, strict=True):
        assert isinstance(one, Text)
        ended = tokens[-1] == 1
        assert (one.text, one.tokens, one.ended) == (backend.text(tokens[: -1 if ended else None]), len(tokens), ended)


OTHERS = ("Qwen3", "Mistral", "Gemma2", "GPT2", "Bloom", "Mamba")


@pytest.mark.filterwarnings("ignore")  # as above
@pytest.mark.parametrize("kind", OTHERS)
def test_models_of_other_kinds_are_asked_rightly(kind: str) -> None:
    """Soft caps, windows, learned places, biases by distance and recurrent states: each is found out, and heeded."""
    path = model(kind)
    requests = [Score(context=context, text=text) for context, text in PAIRS]
    theirs = harness(path).loglikelihood([asked("loglikelihood", *pair) for pair in PAIRS], disable_tqdm=True)
    backend = opened(path)
    for one, (total, _) in zip(answers(backend, requests), theirs, strict=True):
        assert isinstance(one, Likelihood)
        assert one.total == pytest.approx(total, abs=CLOSE)
    texts = [backend.text(tokens) for tokens in greedy(path, PROMPTS, 12)]
    ours = answers(backend, [Generate(prompt=prompt, max_tokens=12) for prompt in PROMPTS])
    assert [one.text for one in ours if isinstance(one, Text)] == texts
    assert backend.identity["way"] == ("plain" if kind in ("Bloom", "Mamba") else "shared")
