"""A folder with a suite and a model that is a function: what it is asked, it answers by a rule."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from policylang import Answer, Failed, Generate, Likelihood, ModelSpec, Plan, Request, Score, Text
from policylang.evidence.facts import Reading, Stated
from policylang.measuring.outcome import readings
from policylang.measuring.run import Measurement, Watching
from policylang.measuring.store import Store
from policylang.measuring.suite import read_suite
from policylang.measuring.work import Asked, Preparing
from policylang.source import Source

Rule = Callable[[Request], Answer | Failed]


def likely(request: Request) -> Answer:
    """Log-likelihoods that depend on context and text alone; of a prompt, its last word."""
    match request:
        case Score():
            said = hashlib.sha256(f"{request.context}|{request.text}".encode()).digest()
            return Likelihood(total=-1.0 - said[0] / 256, tokens=1, size=len(request.text.encode()))
        case Generate():
            return Text(text=request.prompt.split()[-1], tokens=1)


class Ruled:
    """A backend that answers by a rule, in batches, and remembers what it was asked."""

    identity: Mapping[str, str] = {"engine": "a rule"}
    max_length = 1000

    def __init__(self, rule: Rule = likely, batch: int = 7, stop_after: int | None = None) -> None:
        """`stop_after` so many batches somebody interrupts."""
        self.rule = rule
        self.batch = batch
        self.stop_after = stop_after
        self.asked: list[Request] = []

    def chat(self, system: str, user: str) -> str:
        """A template that can be seen."""
        return f"<{system}|{user}>"

    def plan(self, requests: Sequence[Request]) -> Plan:
        """One token a request."""
        return Plan(requests=len(requests), distinct=len(requests), tokens=len(requests), tokens_fed=len(requests))

    def answer(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Failed]]]:
        """The answers, in each batch from the last to the first: no order is promised."""
        for start in range(0, len(requests), self.batch):
            if self.stop_after is not None and len(self.asked) >= self.stop_after * self.batch:
                raise KeyboardInterrupt
            batch = list(enumerate(requests))[start : start + self.batch]
            self.asked += [request for _, request in batch]
            yield [(at, self.rule(request)) for at, request in reversed(batch)]

    def close(self) -> None:
        """Nothing is held."""


HEAD = "schema: policylang/suite/v1\nname: acme\n"
QUIZ = """\
tasks:
  - name: quiz
    measure: ctf
    evaluator: choice
    dataset: {path: quiz.jsonl, id: id}
    prompt: "Q: {{question}}\\nA:"
    settings: {choices: choices, answer: gold}
"""


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """JSON lines."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def quiz(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Questions with two choices, the first of which is right."""
    return [
        {"id": f"q{n}", "question": f"{n} and {n}", "choices": [f"{2 * n}", f"{2 * n + 1}"], "gold": 0}
        for n in range(first, first + count)
    ]


class World:
    """A folder with a suite, a model that is only looked at as files, and a rule that answers in its place."""

    def __init__(self, folder: Path, suite: str = HEAD + QUIZ, rows: Sequence[Mapping[str, Any]] | None = None) -> None:
        """Twenty questions unless others are given."""
        self.folder = folder
        (folder / "model").mkdir(exist_ok=True)
        (folder / "model" / "config.json").write_text("{}", "utf-8")
        write_rows(folder / "quiz.jsonl", quiz(20) if rows is None else rows)
        self.suite = suite
        self.backends: list[Ruled] = []
        self.opened: list[ModelSpec] = []

    def measurement(
        self, *, stages: tuple[str | None, ...] = (None,), plan: str = "", answers: str = "a.answers", **how: Any
    ) -> Measurement:
        """A measurement of the suite; `how` is how the model answers, `plan` names a rule to stop by."""

        def opened(spec: ModelSpec) -> Ruled:
            self.backends.append(Ruled(**how))
            self.opened.append(spec)
            return self.backends[-1]

        suite, document = read_suite(Source(name=str(self.folder / "suite.yaml"), text=self.suite))
        preparing = Preparing(suite, document, opened)
        asked = Asked(model=str(self.folder / "model"), name="acme-7b", stages=stages, rule=plan, salt=plan)
        work = preparing.work(asked)
        began = {job.run: "2026-11-20" for job in work.jobs}
        return Measurement(work, preparing, Store(str(self.folder / answers)), Watching(), began=began)

    def readings(self, stated: Stated | None = None, **how: Any) -> tuple[Reading, ...]:
        """The readings of a whole measurement."""
        return readings(self.measurement(**how).measure(), stated or Stated())
