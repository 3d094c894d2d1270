"""What is put around a model at a stage: a system prompt, a chat template, filters before it and after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from policylang.evidence.asking import Answer, Backend, Generate, Likelihood, Request, Score, Text
from policylang.measuring.suite import Configuration, Filter

Finder = Callable[[str], bool]
"""Whether a pattern is found in a text."""


@dataclass(frozen=True, slots=True)
class Blocking:
    """A filter that is ready: where it finds its pattern, it answers."""

    finds: Finder
    answer: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What stands between an evaluator and the weights at one stage."""

    system_prompt: str = ""
    chat: bool = False
    before: tuple[Blocking, ...] = ()
    after: tuple[Blocking, ...] = ()

    def blocked(self, request: Request) -> Answer | None:
        """The answer of a filter in the model's place; None where the request is let through.

        A text whose likelihood is asked for, and which a filter would not let out, is blocked as well.
        """
        match request:
            case Generate():
                found = _first(self.before, request.prompt)
                return None if found is None else _said(found)
            case Score():
                found = _first(self.before, request.context) or _first(self.after, request.text)
                if found is None:
                    return None
                return Likelihood(total=0.0, tokens=0, size=len(request.text.encode()), blocked=True)

    def put(self, request: Request, backend: Backend) -> Request:
        """The request as the weights get it."""
        match request:
            case Generate():
                return replace(request, prompt=self._around(request.prompt, backend))
            case Score() if request.context:
                return replace(request, context=self._around(request.context, backend))
            case _:
                return request

    def _around(self, prompt: str, backend: Backend) -> str:
        if self.chat:
            return backend.chat(self.system_prompt, prompt)
        return f"{self.system_prompt}\n\n{prompt}" if self.system_prompt else prompt

    def let_out(self, answer: Answer) -> Answer:
        """An answer as whoever asked gets it."""
        if isinstance(answer, Text):
            found = _first(self.after, answer.text)
            return answer if found is None else _said(found)
        return answer


def around(configuration: Configuration, compiled: Callable[[str], Finder]) -> Around:
    """What a configuration puts around a model; `compiled` makes a finder of a pattern, or raises EvidenceError."""
    return Around(
        system_prompt=configuration.system_prompt,
        chat=configuration.chat,
        before=_filters(configuration.input_filters, compiled),
        after=_filters(configuration.output_filters, compiled),
    )


def _filters(filters: Sequence[Filter], compiled: Callable[[str], Finder]) -> tuple[Blocking, ...]:
    return tuple(Blocking(compiled(one.pattern), one.answer) for one in filters)


def _first(filters: Sequence[Blocking], text: str) -> Blocking | None:
    return next((one for one in filters if one.finds(text)), None)


def _said(found: Blocking) -> Text:
    return Text(text=found.answer, tokens=0, blocked=True)
