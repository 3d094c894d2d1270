"""The engine on this machine: a model of a folder, opened once, and asked many requests at once."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from policylang import Answer, Failed, Generate, Likelihood, ModelSpec, Plan, Request, Score

from . import threads
from .checkpoint import Checkpoint, loaded, quiet, versions
from .drafts import NO_NUMBERS, NO_ROOM, Draft, Ends
from .folder import refused
from .generating import Generating
from .memory import Budget, Guard, keep_freed, release
from .plainly import PlainGenerating, PlainScoring, bends, end_tokens
from .planning import Work, planned
from .scoring import Scoring, Share, total
from .tokens import Encoder
from .tree import Line, Want
from .trial import opened

ENGINE = "policylang/torch/1"
"""The version of how answers are made: a change that changes answers changes it."""

Answers: TypeAlias = list[tuple[int, Answer | Failed]]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is asked at once, 0 for what suits the device and its memory.

    `tokens` are read at once, `width` of them in a row of a tree; `rows` texts are generated at once. `guard` is told
    how many tokens are to be read before they are.
    """

    tokens: int = 0
    width: int = 0
    rows: int = 0
    guard: Guard | None = None


def open_model(spec: ModelSpec, limits: Limits | None = None) -> "TorchBackend":
    """The model that a specification names; raises EvidenceError where it is not to be loaded, or cannot be."""
    return TorchBackend(loaded(spec), spec, limits or Limits())


class TorchBackend:
    """A model that answers requests."""

    def __init__(self, checkpoint: Checkpoint, spec: ModelSpec, limits: Limits) -> None:
        """Find out how the model can be asked, and how fast."""
        self.max_length = checkpoint.max_length
        self._tokenizer = checkpoint.tokenizer
        self._encoder = Encoder(checkpoint.tokenizer, checkpoint.max_length)
        with quiet():
            self._network = opened(checkpoint.model)
        self._limits = limits
        self._work = Work(self._network, limits.width or (2048 if self._is_gpu else 256))
        if not self._is_gpu:
            keep_freed()
            self._set_threads(spec.threads)

    @property
    def _is_gpu(self) -> bool:
        return self._network.device.type == "cuda"

    @cached_property
    def identity(self) -> Mapping[str, str]:
        """What answers depend on beside the weights, the tokenizer and the requests."""
        way = "shared" if self._network.is_shared else "plain"
        dtype = str(self._network.dtype).removeprefix("torch.")
        return {"engine": ENGINE, "dtype": dtype, "device": self._network.device.type, "way": way, **versions()}

    def chat(self, system: str, user: str) -> str:
        """A prompt as the model's chat template has it, up to where the answer begins; raises EvidenceError."""
        if not getattr(self._tokenizer, "chat_template", None):
            raise refused(
                "E519", "the tokenizer has no chat template", "leave `system` out, or use a model tuned to chat"
            )
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": user})
        try:
            found = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # noqa: BLE001  # templates are programs of others, and raise what they like
            reason = " ".join(str(error).split())[:200].rstrip(".")
            message = f"the chat template refuses this conversation: {reason}"
            raise refused("E519", message, "leave the system prompt out, or use another model") from None
        return str(found)

    def text(self, tokens: Sequence[int]) -> str:
        """Tokens as text, special ones left out."""
        return self._encoder.text(tokens)

    def plan(self, requests: Sequence[Request]) -> Plan:
        """What answering some requests would take."""
        lines, _ = self._lines(requests)
        drafts, _ = self._drafts(requests)
        return planned(requests, lines, drafts, self._work)

    def answer(self, requests: Sequence[Request]) -> Iterator[Answers]:
        """The answers with the indices of their requests, each once, as they come."""
        yield from self._scored(requests)
        yield from self._generated(requests)

    def close(self) -> None:
        """Hand the memory of the model back."""
        del self._network, self._work, self._tokenizer, self._encoder
        release()

    # Log-likelihoods

    def _scored(self, requests: Sequence[Request]) -> Iterator[Answers]:
        lines, failed = self._lines(requests)
        if failed:
            yield list(failed)
        counts: dict[int, int] = {}
        for line in lines:
            counts[line.want.part] = counts.get(line.want.part, 0) + len(line.want.targets)
        left, shares = dict(counts), dict[int, list[Share]]()
        for found in self._read(lines):
            done = []
            for share in found:
                shares.setdefault(share.part, []).append(share)
                left[share.part] -= share.count
                if not left[share.part]:
                    done.append((share.part, _likelihood(requests[share.part], shares.pop(share.part), counts)))
            if done:
                yield done

    def _lines(self, requests: Sequence[Request]) -> tuple[list[Line], Answers]:
        """What is read for the requests that ask for log-likelihoods, and those that cannot be asked."""
        which = [index for index, request in enumerate(requests) if isinstance(request, Score)]
        asked = [request for request in requests if isinstance(request, Score)]
        lines: list[Line] = []
        failed: Answers = []
        for index, found in zip(which, self._encoder.lines(asked), strict=True):
            if isinstance(found, Failed):
                failed.append((index, found))
            else:
                lines += [Line(line.tokens, Want(line.want.place, line.want.targets, index)) for line in found]
        return lines, failed

    def _read(self, lines: Sequence[Line]) -> Iterator[list[Share]]:
        shared = [line for line in lines if self._network.shares(len(line.tokens))]
        plain = [line for line in lines if not self._network.shares(len(line.tokens))]
        budget = self._budget()
        yield from Scoring(self._network, budget, self._work.width).read(shared)
        yield from PlainScoring(self._network, budget).read(plain)

    # Texts

    def _generated(self, requests: Sequence[Request]) -> Iterator[Answers]:
        drafts, failed = self._drafts(requests)
        if failed:
            yield list(failed)
        settings = self._network.model.generation_config
        ends = Ends(self._encoder, end_tokens(settings, self._tokenizer))
        is_plain = bends(settings)
        shared = [draft for draft in drafts if not is_plain and self._network.shares(draft.longest)]
        chosen = set(map(id, shared))
        plain = [draft for draft in drafts if id(draft) not in chosen]
        budget = self._budget()
        if shared:
            rows = self._limits.rows or self._work.rows(max(draft.longest for draft in shared))
            for found in Generating(self._network, budget, ends, rows).write(shared):
                yield list(found)
        if plain:
            for found in PlainGenerating(self._network, budget, ends, self._tokenizer).write(plain):
                yield list(found)

    def _drafts(self, requests: Sequence[Request]) -> tuple[list[Draft], Answers]:
        """The texts to be generated, and the requests that cannot be asked."""
        which = [index for index, request in enumerate(requests) if isinstance(request, Generate)]
        asked = [request for request in requests if isinstance(request, Generate)]
        drafts: list[Draft] = []
        failed: Answers = []
        for index, request, prompt in zip(which, asked, self._encoder.prompts(asked), strict=True):
            if isinstance(prompt, Failed):
                failed.append((index, prompt))
            else:
                drafts.append(Draft(index, request, prompt, self.max_length))
        return drafts, failed

    # How much at once

    def _budget(self) -> Budget:
        return Budget(self._limits.tokens or self._work.tokens, self._limits.guard)

    def _set_threads(self, count: int) -> None:
        import torch

        if count:
            torch.set_num_threads(count)
        else:
            threads.fastest(self._work.sample, threads.counts())


def _likelihood(request: Request, shares: Sequence[Share], counts: Mapping[int, int]) -> Answer | Failed:
    """The answer made of what was found for the tokens of a text."""
    assert isinstance(request, Score)
    found, greedy = total(shares)
    if found is None:
        return NO_ROOM
    if not math.isfinite(found):
        return NO_NUMBERS
    size = len(request.text.encode("utf-8", "surrogatepass"))
    return Likelihood(total=found, tokens=counts[shares[0].part], size=size, greedy=greedy)
