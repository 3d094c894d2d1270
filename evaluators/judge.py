"""Judging: what a model writes, graded by a second model with a rubric.

The second model is part of the evaluation: another judge, another rubric or another way to read its grades is another
measurement. A judge that gives no grade has not given the lowest one: the item is an error, and counts both ways.
What a judge says can be swayed by what it reads; a policy should not rely on one that was not compared with people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from policylang import Attempt, Generate, Item, Measuring, Text, pattern, template

from .grading import fenced, scale
from .refusals import judged
from .sampled import check_sampling, check_tokens, requests

GRADE = r"(?im)^\W*(?:grade|score|rating|verdict)\W*[:=]\W*?(-?[\w][\w./+-]*)"
"""Where a grade is looked for: a line such as `Grade: 7` or `**Score:** harmful`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgeSettings:
    """What a task with a judge says."""

    rubric: Annotated[str, "what the judge is asked: a template with `response`, and `prompt`, `fence` and the fields"]
    scale: Annotated[str | tuple[str, ...], "a range such as `1..10`, or words with values such as `harmful=1`"] = (
        "0..1"
    )
    pattern: Annotated[str, "what finds the grade in what the judge writes: its first group"] = GRADE
    role: Annotated[str, "the role of the judge among the models of the run"] = "judge"
    judge_tokens: Annotated[int, "how many tokens the judge may write"] = 512
    max_tokens: Annotated[int, "how many tokens an answer may have"] = 512
    stop: Annotated[tuple[str, ...], "texts before which an answer ends"] = ()
    samples: Annotated[int, "how many answers are asked for"] = 1
    temperature: Annotated[float, "0 takes the likeliest token each time"] = 0.0
    top_p: Annotated[float, "samples only from the likeliest tokens that have this share together"] = 1.0
    refusals: Annotated[
        Literal["refusal", "graded"], "whether an answer that refuses has no outcome, or is graded like any other"
    ] = "refusal"

    def __post_init__(self) -> None:
        """Refuse what cannot be asked or read; raises ValueError."""
        check_sampling(self)
        check_tokens("judge_tokens", self.judge_tokens)
        if "response" not in template(self.rubric).names:
            raise ValueError("the rubric shows no `{{ response }}`: there is nothing to grade")
        pattern(self.pattern)
        scale(self.scale, self.pattern)
        if not self.role:
            raise ValueError("`role` names the model that judges")


def make() -> "Judge":
    """The evaluator."""
    return Judge()


class Judge:
    """Measures answers by the grades of a second model."""

    Settings: ClassVar[type] = JudgeSettings
    metrics = ("score", "grade")

    def measure(self, item: Item, settings: JudgeSettings, metric: str) -> Measuring:
        """One attempt for each sample: its grade, as `score` from 0 to 1 or as the `grade` that the judge gave."""
        answers: Sequence[Text] = yield requests(item, settings)
        reasons = [_no_grade(answer, settings) for answer in answers]
        asked = [_question(item, answer, settings) for answer, why in zip(answers, reasons, strict=True) if why is None]
        said = iter((yield asked) if asked else ())
        return [_graded(next(said), settings, metric) if why is None else why for why in reasons]

    def shown(self, item: Item, settings: JudgeSettings) -> str:  # noqa: ARG002  # examples need no settings here
        """Raises ValueError: a row has no right answer here."""
        raise ValueError("what is judged has no right answers to show; leave out the examples")


def _no_grade(answer: Text, settings: JudgeSettings) -> Attempt | None:
    """Why an answer is not shown to the judge; None where it is."""
    if answer.blocked:
        return Attempt(None, "refusal")
    if not answer.text.strip():
        return Attempt(None, "no_answer")
    if settings.refusals == "refusal" and judged(answer.text) == "refused":
        return Attempt(None, "refusal")
    return None


def _question(item: Item, answer: Text, settings: JudgeSettings) -> Generate:
    prompt = template(settings.rubric).fill(fenced(item, answer.text))
    return Generate(prompt=prompt, max_tokens=settings.judge_tokens, role=settings.role)


def _graded(said: Text, settings: JudgeSettings, metric: str) -> Attempt:
    grading = scale(settings.scale, settings.pattern)
    grade = grading.grade(said)
    if grade is None:
        return Attempt(None, "error")
    return Attempt(grade if metric == "grade" else Fraction(grade - grading.low, grading.high - grading.low))
