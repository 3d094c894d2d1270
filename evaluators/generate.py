"""Generation: what a model writes after the prompt, compared with right answers.

An answer that is not right is not always a wrong one. Counting a refusal, silence, or a text that the limit of tokens
cut off as a failure would say that a model cannot do what nobody let it do. So an answer that does not match is looked
at again, and has no outcome where it refuses (`refusal`), says nothing that could be compared (`no_answer`), or was cut
off before it ended (`limit`); whoever decides counts these both ways. An answer that matches counts, cut off or not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from policylang import Attempt, Item, Measuring, Text, pattern, text_of, value_of

from .matching import Tolerance, close, contains, numbers, same_normalised, same_text
from .refusals import judged
from .sampled import check_sampling, requests


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationSettings:
    """What a task of generation says."""

    answer: Annotated[str, "the field or template with the right answer, or with a list of them"] = "answer"
    match: Annotated[
        Literal["exact", "normalised", "number", "contains", "pattern", "found"],
        "how answers are compared; `found` asks for no answer, only whether `pattern` finds something",
    ] = "exact"
    pattern: Annotated[str, "what is taken of the answer before it is compared: its first group, else all of it"] = ""
    take: Annotated[Literal["first", "last"], "which of several things found is meant"] = "last"
    tolerance: Annotated[float, "how far a number may be from the right one"] = 0.0
    relative: Annotated[bool, "whether `tolerance` is a share of the right number"] = False
    max_tokens: Annotated[int, "how many tokens an answer may have"] = 256
    stop: Annotated[tuple[str, ...], "texts before which an answer ends"] = ()
    samples: Annotated[int, "how many answers are asked for"] = 1
    temperature: Annotated[float, "0 takes the likeliest token each time"] = 0.0
    top_p: Annotated[float, "samples only from the likeliest tokens that have this share together"] = 1.0
    delimiter: Annotated[str, "what stands between the prompt and the answer of an example"] = " "
    refusals: Annotated[bool, "whether an answer that does not match is searched for a refusal"] = True
    cut_off: Annotated[Literal["open", "failure"], "what an answer is that was cut off and does not match"] = "open"

    def __post_init__(self) -> None:
        """Refuse what cannot be asked; raises ValueError."""
        check_sampling(self)
        if not 0 <= self.tolerance < float("inf"):
            raise ValueError("`tolerance` is a number from 0 up")
        if self.match in ("pattern", "found") and not self.pattern:
            raise ValueError(f"`match: {self.match}` needs a `pattern`")
        if self.pattern:
            pattern(self.pattern)


def make() -> "Generation":
    """The evaluator."""
    return Generation()


class Generation:
    """Measures whether generated answers are right."""

    Settings: ClassVar[type] = GenerationSettings
    metrics = ("accuracy",)

    def measure(self, item: Item, settings: GenerationSettings, metric: str) -> Measuring:  # noqa: ARG002  # there is one metric
        """One attempt for each sample: 1 where it is right, 0 where it is wrong, else why it is neither."""
        right = _right(item, settings)
        compare = _comparison(settings, right)
        compare("0")  # a right answer that cannot be compared is an error of the row, whatever the model says
        answers: Sequence[Text] = yield requests(item, settings)
        return [_attempt(answer, settings, compare) for answer in answers]

    def shown(self, item: Item, settings: GenerationSettings) -> str:
        """The prompt and the first of the right answers."""
        right = _right(item, settings)
        if not right:
            raise ValueError("`match: found` has no right answer to show; leave out the examples")
        return item.prompt + settings.delimiter + right[0]


def _right(item: Item, settings: GenerationSettings) -> list[str]:
    """The right answers of a row; raises ValueError."""
    if settings.match == "found":
        return []
    found = value_of(settings.answer, item.fields)
    right = [text_of(one) for one in (found if isinstance(found, list | tuple) else [found])]
    if not right or not all(one.strip() for one in right):
        raise ValueError("the right answer is empty")
    return right


def _comparison(settings: GenerationSettings, right: Sequence[str]) -> Callable[[str], bool | None]:
    """What tells whether a text is right, and None where there is nothing in it to compare."""

    def compare(text: str) -> bool | None:
        part: str | None = text
        if settings.pattern:
            looked = pattern(settings.pattern)
            part = looked.first(text) if settings.take == "first" else looked.last(text)
        if settings.match == "found":
            return part is not None
        if part is None or not part.strip():
            return None
        match settings.match:
            case "normalised":
                return same_normalised(part, right)
            case "contains":
                return contains(part, right)
            case "number":
                found = numbers(part)
                tolerance = Tolerance(Fraction(str(settings.tolerance)), settings.relative)
                return close(found[0 if settings.take == "first" else -1], right, tolerance) if found else None
            case _:
                return same_text(part, right)

    return compare


def _attempt(answer: Text, settings: GenerationSettings, compare: Callable[[str], bool | None]) -> Attempt:
    """What one answer is."""
    if answer.blocked:
        return Attempt(None, "refusal")
    is_right = compare(answer.text)
    if is_right:
        return Attempt(Fraction(1))
    if not answer.text.strip():
        return Attempt(None, "no_answer")
    if settings.refusals and judged(answer.text) != "answered":
        return Attempt(None, "refusal")
    if not answer.ended and settings.cut_off == "open":
        return Attempt(None, "limit")
    return Attempt(None, "no_answer") if is_right is None else Attempt(Fraction(0))
