"""Text to decision graph, against the time Python's own `ast.parse` takes on a file of as many lines."""

import ast
import pathlib
import sys
import sysconfig

from made import long_policy
from timing import arguments, head, in_turn, row

from policylang.files import compile_source
from policylang.source import Source

MODULES = ("argparse", "typing", "inspect", "tarfile", "subprocess")


def python_text(lines: int) -> list[str]:
    """Beginnings of well-known modules of the standard library, cut to whole statements of about so many lines."""
    texts = []
    for name in MODULES:
        text = (pathlib.Path(sysconfig.get_path("stdlib")) / f"{name}.py").read_text("utf-8")
        kept = [n for n in ast.parse(text).body if (n.end_lineno or 0) <= lines]
        texts.append("\n".join(text.splitlines()[: kept[-1].end_lineno]))
    return texts


def main() -> int:
    """Print one row."""
    asked = arguments(__doc__)
    head("text to decision graph")
    for lines in (200,) if asked.smoke else (2000,):
        policy = Source(name="made.policy", text=long_policy(lines))
        count = policy.text.count("\n")
        texts = [text for text in python_text(count) if text.count("\n") > count * 0.9]

        def parse_all(texts: list[str] = texts) -> None:
            for text in texts:
                ast.parse(text)

        def compile_as_often(policy: Source = policy, times: int = len(texts)) -> None:
            for _ in range(times):
                compile_source(policy)

        ours, theirs, ratio = in_turn(compile_as_often, parse_all, asked.rounds or (1 if asked.smoke else 15))
        what = f"{count} lines; ast.parse, mean of {len(texts)} stdlib files"
        row(what, ours / len(texts), theirs / len(texts), ratio, goal=25)
    return 0


if __name__ == "__main__":
    sys.exit(main())
