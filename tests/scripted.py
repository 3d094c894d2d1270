"""A model that is a function from requests to answers: what drives an evaluator in tests, one request at a time."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from policylang import Answer, Attempt, Evaluator, Generate, Item, Likelihood, Request, Score, Text

Model = Callable[[Any], Answer]


def measured(evaluator: Evaluator, item: Item, settings: Any, model: Model, metric: str = "") -> list[Attempt]:
    """The attempts at an item, by a model."""
    asking = evaluator.measure(item, settings, metric or evaluator.metrics[0])
    requests: Sequence[Request] = next(asking)
    while True:
        assert all(isinstance(request, Score | Generate) for request in requests)
        try:
            requests = asking.send([model(request) for request in requests])
        except StopIteration as end:
            return list(end.value)


def says(*texts: str, ended: bool = True, blocked: bool = False) -> Model:
    """A model that writes these texts, one a sample."""
    return lambda request: Text(
        text=texts[request.sample], tokens=len(texts[request.sample]), ended=ended, blocked=blocked
    )


def likes(totals: dict[str, float], *, blocked: bool = False) -> Model:
    """A model that finds texts as likely as stated, whatever stands before them; a token is a byte."""

    def answer(request: Score) -> Likelihood:
        size = len(request.text.encode())
        return Likelihood(total=totals[request.text.strip()], tokens=size, size=size, blocked=blocked)

    return answer


def uniform(request: Score) -> Likelihood:
    """A model that finds every byte equally likely."""
    size = len(request.text.encode())
    return Likelihood(total=-size * math.log(256), tokens=size, size=size)


def row(prompt: str = "Q?", **fields: Any) -> Item:
    """An item of these fields."""
    return Item(name="r", fields=fields, prompt=prompt, seed=7)
