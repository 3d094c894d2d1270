"""Multiple choice: which of some texts a model finds the likeliest after the prompt.

Nothing is generated, so a model cannot refuse, ramble or be cut off; what is compared is the log-likelihood of each
choice, as lm-evaluation-harness does it. Two things there are decided otherwise, so that no choice is made by chance:

- Where choices with different texts are equally likely and one of them is right, there is no answer. The harness takes
  the first. A broken model that finds everything equally likely has then no score, and not a good or a bad one.
- Where a likelihood is no number, the item is an error. Comparisons with it would make the first choice win.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from policylang import Attempt, Item, Likelihood, Measuring, Score, template, text_of, value_of

MAX_CHOICES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ChoiceSettings:
    """What a task of multiple choice says."""

    choices: Annotated[
        str | tuple[str, ...], "the field that holds the list of choices, or a list of texts and templates"
    ] = "choices"
    answer: Annotated[str, "the field or template that says which choice is right"] = "answer"
    answer_as: Annotated[
        Literal["any", "index", "letter", "text"], "how it says so; `any` refuses a row that can be read in two ways"
    ] = "any"
    first: Annotated[int, "the index of the first choice, 0 or 1"] = 0
    delimiter: Annotated[str, "what stands between the prompt and a choice"] = " "
    calibrated: Annotated[bool, "whether the likelihood of a choice after `neutral` is taken off"] = False
    neutral: Annotated[str, "a context that says nothing of the question"] = "Answer:"

    def __post_init__(self) -> None:
        """Refuse what no row could be measured by; raises ValueError."""
        if self.first not in (0, 1):
            raise ValueError("`first` is 0 or 1")
        if not isinstance(self.choices, str):
            if len(set(self.choices)) != len(self.choices) or len(self.choices) < 2:
                raise ValueError("`choices` are at least two different texts")
            for one in self.choices:
                template(one)


def make() -> "Choice":
    """The evaluator."""
    return Choice()


class Choice:
    """Measures whether the right choice is the likeliest."""

    Settings: ClassVar[type] = ChoiceSettings
    metrics = ("accuracy", "accuracy_per_token", "accuracy_per_character", "accuracy_per_byte")

    def measure(self, item: Item, settings: ChoiceSettings, metric: str) -> Measuring:
        """One attempt: 1 where the right choice is the likeliest, 0 where another is."""
        choices = _choices(item, settings)
        right = choices[_right(item, settings, choices)]
        texts = list(dict.fromkeys(choices))
        asked = [Score(context=item.prompt, text=settings.delimiter + text) for text in texts]
        if settings.calibrated:
            asked += [Score(context=settings.neutral, text=settings.delimiter + text) for text in texts]
        answers: Sequence[Likelihood] = yield asked
        if any(answer.blocked for answer in answers):
            return [Attempt(None, "refusal")]
        values = _values(texts, answers, metric)
        if not all(map(math.isfinite, values)):
            return [Attempt(None, "error")]
        best = [text for text, value in zip(texts, values, strict=True) if value == max(values)]
        if right in best and len(best) > 1:
            return [Attempt(None, "no_answer")]
        return [Attempt(Fraction(right in best))]

    def shown(self, item: Item, settings: ChoiceSettings) -> str:
        """The prompt and the right choice."""
        choices = _choices(item, settings)
        return item.prompt + settings.delimiter + choices[_right(item, settings, choices)]


def _values(texts: Sequence[str], answers: Sequence[Likelihood], metric: str) -> list[float]:
    """What is compared: log-likelihoods, less those of the neutral context where there are any, by length."""
    own, neutral = answers[: len(texts)], answers[len(texts) :]
    totals = [answer.total for answer in own]
    if neutral:
        totals = [total - other.total for total, other in zip(totals, neutral, strict=True)]
    match metric:
        case "accuracy_per_token":
            sizes = [answer.tokens for answer in own]
        case "accuracy_per_character":
            sizes = [len(text) for text in texts]
        case "accuracy_per_byte":
            sizes = [len(text.encode()) for text in texts]
        case _:
            sizes = [1] * len(texts)
    return [total / size if size else math.nan for total, size in zip(totals, sizes, strict=True)]


def _choices(item: Item, settings: ChoiceSettings) -> list[str]:
    """The texts of the choices of a row; raises ValueError."""
    if isinstance(settings.choices, str):
        found = value_of(settings.choices, item.fields)
        if not isinstance(found, list | tuple):
            raise ValueError(f"`{settings.choices[:60]}` is no list of choices")
        texts = [text_of(one) for one in found]
    else:
        texts = [template(one).fill(item.fields) for one in settings.choices]
    if not 2 <= len(texts) <= MAX_CHOICES or len(set(texts)) < 2:
        raise ValueError(f"a row has 2 to {MAX_CHOICES} choices, not all the same, and here are {len(texts)}")
    if not all(texts):
        raise ValueError("a choice is empty")
    return texts


def _right(item: Item, settings: ChoiceSettings, choices: Sequence[str]) -> int:
    """The index of the right choice; raises ValueError where it is not said, or said in two ways."""
    said = value_of(settings.answer, item.fields)
    readings = {"index": _as_index(said, settings.first), "letter": _as_letter(said), "text": _as_text(said, choices)}
    if settings.answer_as == "any":
        wanted = [index for index in readings.values() if index is not None]
    else:
        wanted = [index for index in (readings[settings.answer_as],) if index is not None]
    fitting = {index for index in wanted if 0 <= index < len(choices)}
    if len({choices[index] for index in fitting}) > 1:
        raise ValueError("the right choice can be read in two ways; set `answer_as` to index, letter or text")
    if not fitting:
        raise ValueError(f"the right choice is said to be `{str(said)[:60]}`, which is none of {len(choices)} choices")
    return min(fitting)


def _as_index(said: Any, first: int) -> int | None:
    if isinstance(said, bool):
        return None  # which choice stands for yes is not said
    if isinstance(said, str) and said.strip().isascii() and said.strip().isdecimal() and len(said) < 10:
        return int(said) - first
    return said - first if isinstance(said, int) else None


def _as_letter(said: Any) -> int | None:
    letter = said.strip().strip("().").upper() if isinstance(said, str) else ""
    return ord(letter) - ord("A") if len(letter) == 1 and "A" <= letter <= "Z" else None


def _as_text(said: Any, choices: Sequence[str]) -> int | None:
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        return None
    return choices.index(str(said)) if str(said) in choices else None
