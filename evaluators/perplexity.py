"""Perplexity: how surprised a model is by texts, per byte, per token or per word.

Bits per byte compare models with different tokenizers; perplexities per token do not. A unit of this measure is one
text, and what stands for several is the mean over texts: lm-evaluation-harness adds up the likelihoods of all texts
first, so that long ones weigh more, and its number over a dataset is another one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar

from policylang import Attempt, Item, Likelihood, Measuring, Score, text_of, value_of

DIGITS = 9
"""How many digits after the point an outcome has."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PerplexitySettings:
    """What a task of perplexity says."""

    text: Annotated[str, "the field or template of the text, read after the prompt; empty: the prompt is the text"] = ""
    delimiter: Annotated[str, "what stands between prompt and text; counted to the text"] = ""


def make() -> "Perplexity":
    """The evaluator."""
    return Perplexity()


class Perplexity:
    """Measures the likelihood of texts."""

    Settings: ClassVar[type] = PerplexitySettings
    metrics = ("bits_per_byte", "token_perplexity", "word_perplexity", "byte_perplexity")

    def measure(self, item: Item, settings: PerplexitySettings, metric: str) -> Measuring:
        """One attempt, with the number that the metric names."""
        context, text = _parts(item, settings)
        answers: Sequence[Likelihood] = yield [Score(context=context, text=text)]
        (answer,) = answers
        if answer.blocked:
            return [Attempt(None, "refusal")]
        value = _value(answer, text, metric)
        if value is None or not math.isfinite(value):
            return [Attempt(None, "error")]
        return [Attempt(Fraction(f"{value:.{DIGITS}f}"))]

    def shown(self, item: Item, settings: PerplexitySettings) -> str:
        """The prompt with its text."""
        return "".join(_parts(item, settings))


def _parts(item: Item, settings: PerplexitySettings) -> tuple[str, str]:
    """The context and the text of a row; raises ValueError where there is no text."""
    if not settings.text:
        context, text = "", item.prompt
    else:
        context, text = item.prompt, settings.delimiter + text_of(value_of(settings.text, item.fields))
    if not text.strip():
        raise ValueError("the text is empty")
    return context, text


def _value(answer: Likelihood, text: str, metric: str) -> float | None:
    """The number a metric names; None where the answer cannot be one about this text."""
    if math.isnan(answer.total) or answer.total > 1e-3 or not (answer.tokens and answer.size):
        return None  # no text is more than certain
    total = max(0.0, -answer.total)
    match metric:
        case "token_perplexity":
            size = answer.tokens
        case "word_perplexity":
            size = len(text.split())
        case "byte_perplexity":
            size = answer.size
        case _:
            return total / math.log(2) / answer.size
    try:
        return math.exp(total / size)
    except OverflowError:
        return None
