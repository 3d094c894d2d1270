"""A policy to its one layout, against Python's own parser and unparser on as many lines of Python."""

import ast
import functools
import sys

from bench_compile import python_text
from made import long_policy
from timing import arguments, head, in_turn, row

from policylang.format import formatted
from policylang.source import Source

GOAL = 15.0
SECONDS = 0.5
"""What an author waits for at most, on a file of 2,000 lines."""


def main() -> int:
    """Print one row for a policy as it is written, and one for the same all in one line; and how long each took."""
    asked = arguments(__doc__)
    head("text to layout")
    for lines in (200,) if asked.smoke else (2000,):
        text = long_policy(lines)
        peer = python_text(lines)[0]
        flat = text.replace("\n", " ")
        for what, policy in (("as people write it", text), ("all in one line", flat)):
            source = Source(name="made.policy", text=policy)
            rounds = asked.rounds or (1 if asked.smoke else 15)
            ours, theirs, ratio = in_turn(
                functools.partial(formatted, source, []), functools.partial(_unparsed, peer), rounds
            )
            row(f"{lines} lines, {what}; ast.parse and unparse", ours, theirs, ratio, goal=GOAL)
            print(f"{'':58} {ours:9.2f} s {'':30} at most {SECONDS:g} s")
    return 0


def _unparsed(text: str) -> str:
    return ast.unparse(ast.parse(text))


if __name__ == "__main__":
    sys.exit(main())
