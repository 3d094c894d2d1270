"""The engine's answers do not depend on what is asked beside them, how much at once, or how short memory is."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import pytest
import torch
from policylang.evaluators.engine import threads
from policylang.evaluators.engine.local import Limits, TorchBackend, open_model

from policylang import Answer, EvidenceError, Failed, Generate, Likelihood, ModelSpec, Request, Score, Text
from small_models import LENGTH, model, saved, tokenizer

CLOSE = 1e-4
KINDS = ("Llama", "GPTNeoX", "Gemma2", "Mamba")
HEADS = ("lm_head.weight", "word_embeddings.weight")
SHOTS = "Question: is it so?\nAnswer: yes\n\nQuestion: who reads letters?\nAnswer: someone by the sea\n\n"


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def full_above(tokens: int) -> Callable[[int], None]:
    """A memory that has no room for more than some tokens at once."""

    def guard(asked: int) -> None:
        if asked > tokens:
            raise torch.OutOfMemoryError(f"CUDA out of memory: {asked} tokens")

    return guard


def opened(kind: str = "Llama", **limits: Any) -> TorchBackend:
    return open_model(ModelSpec(path=model(kind), threads=1), Limits(**limits))


def answers(backend: TorchBackend, requests: Sequence[Request]) -> list[Answer | Failed]:
    """The answers in the order of the requests; each index comes once."""
    found: dict[int, Answer | Failed] = {}
    for some in backend.answer(requests):
        for index, one in some:
            assert index not in found
            found[index] = one
    return [found[index] for index in range(len(requests))]


def total(answer: Answer | Failed) -> float:
    assert isinstance(answer, Likelihood), answer
    return answer.total


@cache
def scores() -> tuple[Score, ...]:
    """Requests of every shape: shared beginnings, nested ones, alone, the same twice, long ones without context."""
    drawn = random.Random(5)
    words = "the model answers a question about weather in small town by sea yes no maybe 3 4 letters why".split()

    def some(count: int) -> str:
        return " ".join(drawn.choice(words) for _ in range(count))

    found = [
        Score(context=f"{SHOTS}Question: {what}\nAnswer:", text=f" {some(1 + i)}")
        for what in (some(4), some(9), some(2))
        for i in range(4)
    ]
    passage = some(30)
    found += [Score(context=f"{passage}\n{some(3)}", text=f" {some(2)}") for _ in range(3)]
    found += [Score(context=some(1 + 3 * i), text=f" {some(3)}") for i in range(6)]
    found += [Score(context=passage, text=f" {word}") for word in words[:5]]
    found += [Score(context="", text=some(200)), Score(context="", text=some(5)), found[0], found[13]]
    return tuple(found)


@cache
def alone(kind: str) -> tuple[float, ...]:
    """The log-likelihoods of all requests, each asked by itself."""
    backend = opened(kind)
    return tuple(total(answers(backend, [request])[0]) for request in scores())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"tokens": 1, "width": 8},
        {"tokens": 7, "width": 16},
        {"tokens": 64, "width": 1},
        {"tokens": 4096, "width": 4096},
        {"tokens": 2048, "width": 64},
    ],
)
def test_likelihoods_do_not_depend_on_the_batch(kind: str, limits: dict[str, int]) -> None:
    """Together or alone, in any order, in rows of any width: log-likelihoods agree to 1e-4."""
    order = list(range(len(scores())))
    random.Random(str(limits)).shuffle(order)
    found = answers(opened(kind, **limits), [scores()[i] for i in order])
    for place, index in enumerate(order):
        assert total(found[place]) == pytest.approx(alone(kind)[index], abs=CLOSE), scores()[index]


@pytest.mark.parametrize("kind", ["Llama", "Mamba"])
@pytest.mark.parametrize("room", [200, 60, 17, 5, 1])
def test_short_memory_loses_no_answer(kind: str, room: int) -> None:
    """When memory is full above some tokens, less is read at once, down to one token, and the answers are the same."""
    found = answers(opened(kind, guard=full_above(room)), scores())
    for one, wanted in zip(found, alone(kind), strict=True):
        if kind == "Llama":
            assert total(one) == pytest.approx(wanted, abs=CLOSE)
        else:  # a text that is read whole needs room for all of it
            assert isinstance(one, Failed) or total(one) == pytest.approx(wanted, abs=CLOSE)


def test_no_memory_at_all_is_said() -> None:
    """Where not even one token has room, every request fails in words, and none is left out."""
    requests: list[Request] = [*scores(), Generate(prompt="the weather", max_tokens=3)]
    found = answers(opened(guard=full_above(0)), requests)
    assert all(isinstance(one, Failed) and "memory" in one.why for one in found)


def test_other_errors_are_not_taken_for_a_full_memory() -> None:
    """An error that is no shortage of memory is raised, not retried."""

    def broken(_: int) -> None:
        raise RuntimeError("the cable is loose")

    with pytest.raises(RuntimeError, match="cable"):
        answers(opened(guard=broken), scores())


# Texts


def prompts() -> list[Generate]:
    """Prompts that begin alike or not, some the same, with different limits and stops."""
    asked = [Generate(prompt=f"{SHOTS}Question: {what}\nAnswer:", max_tokens=12) for what in ("a", "b c", "the sea")]
    asked += [Generate(prompt=what, max_tokens=5 + 3 * i) for i, what in enumerate(("why", "the weather", "3 + 4 ="))]
    asked += [Generate(prompt="the weather", max_tokens=9, temperature=0.8, seed=1, sample=i) for i in range(5)]
    asked += [Generate(prompt="the sea", max_tokens=9, temperature=1.5, top_p=0.7, seed=i) for i in range(3)]
    asked += [Generate(prompt="the weather", max_tokens=30, stop=("e", "zz")), Generate(prompt="x", max_tokens=0)]
    return asked


@cache
def texts_alone(kind: str) -> tuple[Answer | Failed, ...]:
    """The texts of all prompts, each asked by itself."""
    backend = opened(kind)
    return tuple(answers(backend, [request])[0] for request in prompts())


@cache
def texts_together() -> tuple[Answer | Failed, ...]:
    """The texts of all prompts, asked at once where there is room for all."""
    return tuple(answers(opened(), prompts()))


@pytest.mark.parametrize("kind", ["Llama", "Gemma2", "Bloom"])
@pytest.mark.parametrize("limits", [{}, {"rows": 1}, {"rows": 3}, {"tokens": 5, "rows": 4}, {"tokens": 1}])
def test_texts_do_not_depend_on_the_batch(kind: str, limits: dict[str, int]) -> None:
    """A text, greedy or drawn, is the same alone and among others, in any order."""
    wanted = dict(zip(prompts(), texts_alone(kind), strict=True))
    order = prompts()
    random.Random(str(limits)).shuffle(order)
    assert answers(opened(kind, **limits), order) == [wanted[request] for request in order]


@pytest.mark.parametrize("room", [100, 20, 6, 3, 1])
def test_short_memory_loses_no_text(room: int) -> None:
    """When memory is full above some tokens at once, texts go on where they were, and come out the same."""
    assert tuple(answers(opened(guard=full_above(room)), prompts())) == texts_together()


def test_memory_that_fills_up_on_the_way_loses_no_text() -> None:
    """Texts that are interrupted by a full memory are finished later, with the tokens they had."""
    asked = []

    def guard(tokens: int) -> None:
        asked.append(tokens)
        if len(asked) in (8, 14, 15, 30, 50):
            raise torch.OutOfMemoryError("CUDA out of memory")

    assert tuple(answers(opened(guard=guard), prompts())) == texts_together()


def test_samples_differ_and_are_repeated_by_their_seed() -> None:
    """Each sample has a stream of its own: others with another seed or number, the same with the same."""
    requests = [
        Generate(prompt="the", max_tokens=12, temperature=1.0, seed=s, sample=k) for s in (1, 2) for k in (0, 1)
    ]
    first = answers(opened(), requests)
    assert first == answers(opened(), requests)
    assert len({one.text for one in first if isinstance(one, Text)}) == 4


def test_nothing_global_is_drawn_from() -> None:
    """The random state of torch is what it was before, so that nobody else's numbers change."""
    before = torch.random.get_rng_state().clone()
    answers(opened(), prompts())
    assert torch.equal(torch.random.get_rng_state(), before)


def test_the_likeliest_are_drawn_as_often_as_they_should() -> None:
    """Over many samples of one token, each comes as often as its probability says, and none from beyond top_p."""
    from policylang.evaluators.engine.sampling import Draw, pick, stream_of

    logits = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]])).repeat(4000, 1)
    whole = pick(logits, [Draw(1.0, 1.0, stream_of(0, i, "p")) for i in range(4000)], [0] * 4000)
    shares = [whole.count(token) / 4000 for token in range(4)]
    assert shares == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.03)
    likely = pick(logits, [Draw(1.0, 0.75, stream_of(0, i, "p")) for i in range(4000)], [0] * 4000)
    assert [likely.count(token) / 4000 for token in range(4)] == pytest.approx([0.625, 0.375, 0, 0], abs=0.03)


def test_stops_are_cut_off() -> None:
    """A text ends before the first of its stops, wherever tokens begin and end, and says that it ended."""
    backend = opened()
    (whole,) = answers(backend, [Generate(prompt="the weather", max_tokens=16)])
    assert isinstance(whole, Text)
    assert not whole.ended
    for start in range(len(whole.text) - 3):
        stop = whole.text[start : start + 2]
        if "\N{REPLACEMENT CHARACTER}" in stop:
            continue
        (cut,) = answers(backend, [Generate(prompt="the weather", max_tokens=16, stop=("never there", stop))])
        assert isinstance(cut, Text)
        assert cut.text == whole.text[: whole.text.find(stop)]
        assert cut.ended
        assert cut.tokens <= whole.tokens


def test_a_text_ends_at_any_of_the_ends_the_model_has(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The list of end tokens in `generation_config.json` ends texts, and the end itself is not in them."""
    from transformers import GenerationConfig

    path = saved(tmp_path_factory.mktemp("ends"))
    plain = open_model(ModelSpec(path=path, threads=1))
    (whole,) = answers(plain, [Generate(prompt="the weather", max_tokens=20)])
    assert isinstance(whole, Text)
    tokens = [one for one in greedy(path, 20) if one > 2]
    kept: Any = GenerationConfig
    kept(eos_token_id=[1, tokens[4]]).save_pretrained(path)
    (cut,) = answers(open_model(ModelSpec(path=path, threads=1)), [Generate(prompt="the weather", max_tokens=20)])
    at = tokens.index(tokens[4])
    assert cut == Text(text=plain.text(tokens[:at]), tokens=at + 1, ended=True)


def greedy(path: str, most: int) -> list[int]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    given = AutoTokenizer.from_pretrained(path)("the weather", return_tensors="pt")
    network: Any = AutoModelForCausalLM.from_pretrained(path)
    made = network.generate(**given, do_sample=False, max_new_tokens=most)
    return [int(token) for token in made[0, given["input_ids"].shape[1] :]]


def test_settings_that_bend_likelihoods_are_heeded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With a repetition penalty among the model's own settings, texts are those of transformers with it."""
    from transformers import GenerationConfig

    path = saved(tmp_path_factory.mktemp("bent"))
    kept: Any = GenerationConfig
    kept(eos_token_id=1, repetition_penalty=3.0, top_k=5, do_sample=True).save_pretrained(path)
    backend = open_model(ModelSpec(path=path, threads=1))
    (one,) = answers(backend, [Generate(prompt="the weather", max_tokens=20)])
    tokens = greedy(path, 20)
    assert len(set(tokens)) == 20
    assert isinstance(one, Text)
    assert one.text == backend.text(tokens)


# What cannot be asked


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Score(context="a", text=""), "empty"),
        (Score(context="the sea " * 200, text="b"), f"reads {LENGTH}"),
        (Score(context="", text="<s>"), "no token"),
        (Generate(prompt=""), "no token"),
        (Generate(prompt="the sea " * 200), "tokens"),
    ],
)
def test_what_cannot_be_asked_fails_in_words(request_: Request, why: str) -> None:
    """A request that has no answer fails alone, and those beside it are answered."""
    found = answers(opened(), [Score(context="a", text="b"), request_, Generate(prompt="a", max_tokens=2)])
    assert isinstance(found[0], Likelihood)
    assert isinstance(found[1], Failed)
    assert why in found[1].why
    assert isinstance(found[2], Text)


def test_a_text_never_grows_beyond_what_the_model_reads() -> None:
    """Near the end of what the model reads, a text is cut and says that it did not end."""
    (one,) = answers(opened(), [Generate(prompt="the sea " * 40, max_tokens=1000)])
    assert isinstance(one, Text)
    assert 0 < one.tokens < LENGTH
    assert not one.ended


@pytest.mark.parametrize(("kind", "factor"), [("Llama", 3e38), ("Bloom", 5e37)])
def test_likelihoods_that_are_no_numbers_are_no_answer(
    tmp_path_factory: pytest.TempPathFactory, kind: str, factor: float
) -> None:
    """A model whose weights are numbers, and what it makes of them is not, gives no answer at all."""
    from safetensors.torch import load_file, save_file

    path = saved(tmp_path_factory.mktemp("wild"), kind)
    file = f"{path}/model.safetensors"
    known = load_file(file)
    wild = {name: tensor * (factor if name.endswith(HEADS) else 1.0) for name, tensor in known.items()}
    save_file(wild, file, metadata={"format": "pt"})
    requests: list[Request] = [
        Score(context="the", text=" weather"),
        Generate(prompt="the", max_tokens=5),
        Generate(prompt="the", max_tokens=5, stop=("e",), temperature=1.0),
    ]
    found = answers(open_model(ModelSpec(path=path, threads=1)), requests)
    assert all(isinstance(one, Failed) and "numbers" in one.why for one in found)


# Plans, chats, threads


def test_a_plan_counts_what_is_read() -> None:
    """The plan's tokens are those that are really read, and its share is what sharing saves."""
    read: list[int] = []
    backend = opened(guard=read.append)
    requests = [
        Score(context=f"{SHOTS}Question: {i}\nAnswer:", text=f" {one}") for i in range(9) for one in ("yes", "no")
    ]
    plan = backend.plan(requests)
    assert (plan.requests, plan.distinct, plan.generated) == (18, 18, 0)
    read.clear()
    answers(backend, requests)
    assert sum(read) == plan.tokens_fed
    assert plan.shared == pytest.approx(1 - plan.tokens_fed / plan.tokens)
    assert plan.shared > 0.8
    assert plan.seconds > 0
    assert plan.memory > 0
    whole = opened("Mamba").plan(requests)
    assert whole.tokens_fed * 2 == whole.tokens  # answers of one token are read with the same tokens
    texts = backend.plan(prompts())
    assert texts.generated == sum(min(one.max_tokens, LENGTH) for one in prompts())
    assert backend.plan([]).tokens == 0


def test_a_chat_is_written_as_the_model_knows_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The chat template of the tokenizer is used, up to where the answer begins; a model without one refuses."""
    folder = tmp_path_factory.mktemp("chat")
    path = saved(folder)
    with pytest.raises(EvidenceError, match="E519"):
        open_model(ModelSpec(path=path, threads=1)).chat("be kind", "hello")
    made = tokenizer()
    made.chat_template = (
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %}<answer>{% endif %}"
    )
    made.save_pretrained(folder)
    backend = open_model(ModelSpec(path=path, threads=1))
    assert backend.chat("be kind", "hello") == "<system>be kind<user>hello<answer>"
    assert backend.chat("", "hello") == "<user>hello<answer>"


def test_the_number_of_threads_is_chosen_by_timing() -> None:
    """What is fastest when tried wins, more threads only where they gain, and slower ones end the search."""
    took = {1: 1.0, 2: 0.6, 4: 0.58, 8: 2.0}
    now, tried = [0.0], []

    def work() -> None:
        tried.append(torch.get_num_threads())
        now[0] += took[torch.get_num_threads()]

    assert threads.fastest(work, took, clock=lambda: now[0]) == 2
    assert torch.get_num_threads() == 2
    assert set(tried) == {1, 2, 4, 8}
    assert threads.counts()[0] == 1


def test_the_identity_says_what_answers_depend_on() -> None:
    """Engine, type, device and libraries are named, so that an answer that is kept is not taken for another."""
    assert {"engine", "dtype", "device", "torch", "transformers"} <= opened().identity.keys()
    half = open_model(ModelSpec(path=model(), dtype="bfloat16", threads=1))
    assert half.identity["dtype"] == "bfloat16"
    assert total(answers(half, [scores()[0]])[0]) == pytest.approx(alone("Llama")[0], abs=1.0)
    half.close()
