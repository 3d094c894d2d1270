r"""What evaluators of models are: what they ask a model, what it answers, and what they make of the answers.

An `Evaluator` measures one item at a time. Its `measure` is a generator: it yields requests, is sent their answers in
the same order, may ask again, and returns the attempts at the item, each with an outcome or the reason why it has
none. Nothing in it knows a model: the engine puts the requests of all items of all tasks together, asks each distinct
one once, and keeps every answer. So an evaluator is a few lines, and must be a pure function of its item, its settings
and the answers.

    class Exact:
        Settings = Nothing
        metrics = ("accuracy",)

        def measure(self, item, settings, metric):
            (answer,) = yield [Generate(prompt=item.prompt, max_tokens=16, stop=("\n",))]
            if answer.blocked:
                return [Attempt(None, "refusal")]
            return [Attempt(Fraction(answer.text.strip() == item.fields["answer"]))]

A `Runner` hands a task over to another eval tool, which leaves a log that an importer reads.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeAlias, runtime_checkable

from policylang.evidence.logs import Attempt

SUBJECT = "subject"
"""The role of the model that is measured; a task may name others, such as a judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Asks for the log-likelihood of `text` after `context`.

    White space at the end of the context is counted to the text, as both are tokenized together. An empty context is
    the beginning of a text; a text longer than the model can read is then scored window by window.
    """

    context: str
    text: str
    role: str = SUBJECT


@dataclass(frozen=True, kw_only=True, slots=True)
class Generate:
    """Asks for a continuation of `prompt`: at most `max_tokens`, ended before any of `stop`.

    Greedy at temperature 0. Otherwise sampled, by a random stream of its own that `seed` and `sample` choose, so that
    an answer does not depend on what else is asked.
    """

    prompt: str
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    sample: int = 0
    role: str = SUBJECT


Request: TypeAlias = Score | Generate


@dataclass(frozen=True, kw_only=True, slots=True)
class Likelihood:
    """The natural logarithm of the probability of a text, its size in tokens and in bytes of UTF-8.

    `greedy` says whether each of its tokens is the likeliest at its place; `blocked`, that a filter of the subject's
    configuration let the request not through.
    """

    total: float
    tokens: int
    size: int
    greedy: bool = False
    blocked: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A generated text without its stop; `ended` when the model or a stop ended it, not the limit of tokens.

    `blocked` says that it is the answer of a filter of the subject's configuration, and not the model's.
    """

    text: str
    tokens: int
    ended: bool = True
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """A request that has no answer, and why, in words. Evaluators never see it: their item is an error."""

    why: str


Answer: TypeAlias = Likelihood | Text
Measuring: TypeAlias = Generator[Sequence[Request], Sequence[Any], Sequence[Attempt]]
"""Yields requests, is sent an `Answer` for each (`Likelihood` for `Score`, `Text` for `Generate`), returns attempts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One row of a task's dataset: its name, its fields, and the prompt made of them, examples included.

    `seed` is the item's own, made of the task's seed and its name.
    """

    name: str
    fields: Mapping[str, Any]
    prompt: str
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """A model as an engine opens it: a folder, how it is held in memory, and an adapter that is put into its weights.

    `dtype` is auto, float32, bfloat16 or float16; `device` auto, cpu, cuda, cuda:N, or map for all GPUs; `threads` 0
    are chosen by timing.
    """

    path: str
    dtype: str = "auto"
    device: str = "auto"
    adapters: tuple[str, ...] = ()
    threads: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What answering some requests will take: tokens as asked, and fed once what is shared is fed once.

    `generated` are new tokens at most, `seconds` and `memory` (bytes) estimates.
    """

    requests: int
    distinct: int
    tokens: int
    tokens_fed: int
    generated: int = 0
    seconds: float | None = None
    memory: int | None = None

    @property
    def shared(self) -> float:
        """The part of the tokens that need not be fed, since others share them."""
        return 1 - self.tokens_fed / self.tokens if self.tokens else 0.0


class Backend(Protocol):
    """A model that answers."""

    identity: Mapping[str, str]
    """What answers depend on beside the weights: engine, dtype, versions of libraries."""
    max_length: int

    def chat(self, system: str, user: str) -> str:
        """A message as the model's chat template puts it; raises EvidenceError where it has none."""
        ...

    def plan(self, requests: Sequence[Request]) -> Plan:
        """What answering these would take."""
        ...

    def answer(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, "Answer | Failed"]]]:
        """The number of a request and its answer, batch by batch as they are done, each once, in any order."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """The settings of an evaluator that has none."""


@runtime_checkable
class Evaluator(Protocol):
    """Measures items by what a model answers.

    `Settings` is a frozen dataclass: what a suite may set, with types and defaults; it is checked before anything runs.
    `metrics` are the results it can give, the first by default.
    """

    Settings: ClassVar[type]
    metrics: ClassVar[tuple[str, ...]]

    def measure(self, item: Item, settings: Any, metric: str) -> Measuring:
        """The attempts at one item, from the answers to what it yields; raises ValueError where a row cannot be used.

        A success has the outcome 1. An attempt without an outcome says why: `refusal`, `no_answer`, `error`.
        """
        ...

    def shown(self, item: Item, settings: Any) -> str:
        """An item with its right answer, as an example shows it; raises ValueError where a row cannot be used."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Handed:
    """What a `Runner` is given: the folder of the model, a task of its tool, and a folder for its log.

    Paths in its settings are relative to `beside`, the folder that the suite stands in.
    """

    model: str
    task: str
    folder: str
    limit: int | None = None
    seed: int = 0
    beside: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    generation: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Runner(Protocol):
    """Runs a task in another eval tool."""

    Settings: ClassVar[type]

    def run(self, handed: Handed, settings: Any) -> str:
        """The path of the log that the tool left; raises EvidenceError where it did not run."""
        ...
