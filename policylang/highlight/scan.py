"""Runs the contexts over a text: every character once, in pieces with a style."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from policylang.highlight.contexts import CONTEXTS, Step

_WHITE = re.compile(r"\s+")
_OTHER = Step(pattern="(.)", styles=("error",))
"""What no pattern of a context is for; there is none as long as the contexts are whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: where it begins, how it is styled (empty: white space), and what it says."""

    start: int
    style: str
    text: str


def scan(text: str) -> Iterator[Piece]:
    """The pieces of any text; together they are the text."""
    stack, at = ["top"], 0
    while at < len(text):
        inside = CONTEXTS[stack[-1]].style
        white = None if inside else _WHITE.match(text, at)
        if white is not None:
            yield Piece(at, "", white[0])
            at = white.end()
            continue
        match, step, leaves = _next(stack[-1], text, at)
        yield from _pieces(match, step, inside)
        at = match.end()
        if leaves:
            stack.pop()
        elif step.into:
            stack.append(step.into)


def _next(context: str, text: str, at: int) -> tuple[re.Match[str], Step, bool]:
    """The first pattern that matches here, and whether it leaves the context."""
    for pattern, step, leaves in _patterns(context):
        if match := pattern.match(text, at):
            return match, step, leaves
    raise AssertionError(f"{context} has no pattern for {text[at]!r}")


@functools.cache
def _patterns(name: str) -> tuple[tuple[re.Pattern[str], Step, bool], ...]:
    context = CONTEXTS[name]
    ends = [] if context.end is None else [(context.end, True)]
    steps = [(step, False) for step in (*context.steps, _OTHER)]
    ordered = [*steps[:-1], *ends, steps[-1]] if context.last else [*ends, *steps]
    return tuple((re.compile(step.pattern, re.MULTILINE | re.DOTALL), step, leaves) for step, leaves in ordered)


def _pieces(match: re.Match[str], step: Step, inside: str) -> Iterator[Piece]:
    """The groups of a match, and what stands between them."""
    at = match.start()
    for number, style in enumerate(step.styles, 1):
        start, end = match.span(number)
        if start < 0 or start == end:
            continue
        if start > at:
            yield Piece(at, inside, match.string[at:start])
        yield Piece(start, style, match[number])
        at = end
    if at < match.end():
        yield Piece(at, inside, match.string[at : match.end()])
