"""Pages of cases hold; every code has a case that produces it; messages read like messages."""

import re
from pathlib import Path

import pytest

from pages import cases, found, pages, rewrite

STAGES = ("parse", "resolve", "check", "graph", "decide")

OTHERS = ("C", "E", "P5")
"""Codes of calls, evidence and tests of policies: their cases stand with those who say them."""

PYTHON_NAMES = re.compile(r"\b(None|True|False|str|int|tuple|dict|Fraction|[a-z]+Error|__\w+__|[A-Z][a-z]+[A-Z]\w+)\b")
"""What a message shows when a name of ours has slipped into it."""


@pytest.mark.parametrize("page", pages(*STAGES), ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page says what is found, word for word."""
    if accept:
        rewrite(page)
    assert {case.title: found(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}
