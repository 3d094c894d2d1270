"""The answers that a task asks for at one row: how many, how long, and how they are drawn."""

from typing import Protocol

from policylang import Generate, Item

MAX_SAMPLES = 1000
MAX_TOKENS = 1 << 20


class Sampling(Protocol):
    """Settings that say how answers are asked for."""

    @property
    def max_tokens(self) -> int:
        """How many tokens an answer may have."""
        ...

    @property
    def stop(self) -> tuple[str, ...]:
        """Texts before which an answer ends."""
        ...

    @property
    def samples(self) -> int:
        """How many answers are asked for."""
        ...

    @property
    def temperature(self) -> float:
        """How freely they are drawn; 0 is greedy."""
        ...

    @property
    def top_p(self) -> float:
        """From which share of the likeliest tokens they are drawn."""
        ...


def check_sampling(settings: Sampling) -> None:
    """Refuse settings by which nothing can be generated; raises ValueError."""
    check_tokens("max_tokens", settings.max_tokens)
    if not 1 <= settings.samples <= MAX_SAMPLES:
        raise ValueError(f"`samples` is 1 to {MAX_SAMPLES}")
    if not 0 <= settings.temperature <= 100:
        raise ValueError("`temperature` is 0 to 100")
    if not 0 < settings.top_p <= 1:
        raise ValueError("`top_p` is above 0 and at most 1")
    if settings.samples > 1 and settings.temperature == 0:
        raise ValueError("several samples at temperature 0 are one answer, repeated; set a `temperature`")
    if not all(settings.stop):
        raise ValueError("an empty text in `stop` would end every answer before it begins")


def check_tokens(name: str, tokens: int) -> None:
    """Refuse a number of tokens that no answer can have; raises ValueError."""
    if not 1 <= tokens <= MAX_TOKENS:
        raise ValueError(f"`{name}` is 1 to {MAX_TOKENS}")


def requests(item: Item, settings: Sampling) -> list[Generate]:
    """What is asked at one row, a request for each sample; a greedy one does not depend on the seed."""
    return [
        Generate(
            prompt=item.prompt,
            max_tokens=settings.max_tokens,
            stop=settings.stop,
            temperature=settings.temperature,
            top_p=settings.top_p,
            seed=item.seed if settings.temperature else 0,
            sample=sample,
        )
        for sample in range(settings.samples)
    ]
