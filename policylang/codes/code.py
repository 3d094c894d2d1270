"""What a code is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means: a title of one line, and a page of a few sentences with an example."""

    title: str
    page: str
