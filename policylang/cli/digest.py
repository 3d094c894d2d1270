"""`policyc digest`: the digest that names the weights of a model, for `subject.revision` in evidence."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TextIO

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.status import ExitStatus
from policylang.digest import Progress, digest
from policylang.kinds import decimal_text
from policylang.reports import digest as reports
from policylang.reports.json import encoded

_ABOUT = """\
Name exactly these files: weights, tokenizer, configuration, adapters, everything at a path.

  PATH…  a file, or a folder with all that is below it; several are the parts of one model, such as a
         base and its adapter

One byte changed, one file added, removed or renamed gives another digest; another place, date or order
does not. Links to files are followed. Safetensors headers are read, and nothing is ever loaded."""
_EXAMPLES = {
    "policyc digest models/acme-7b": "the digest of a folder, as `subject.revision` states it",
    "policyc digest models/acme-7b adapters/medicine": "of a base model and its adapter together",
    "policyc digest models/acme-7b --format json": "with every file, for a program",
}
_MEANINGS = {
    ExitStatus.DONE: "the digest is printed",
    ExitStatus.NOT_JUDGED: "there is none: a wrong call, something that cannot be read as a model, or a wrong header",
}
_LARGE = 1 << 30
_STEPS = 200
_ROOM = 40


def words() -> Words:
    """The options of this command."""
    usage = "PATH… [--format text|json]"
    found = Words("digest", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The digest of all paths together; raises CallError or EvidenceError."""
    if not rest:
        raise CallError("C113", "no file of a model is named", "name the folder that holds the weights, or a file")
    with _told(sys.stderr) as tell:
        model = digest(list(dict.fromkeys(rest)), tell)
    if options.format == "json":
        return Answer(status=ExitStatus.DONE, out=encoded(reports.document(model)))
    return Answer(status=ExitStatus.DONE, out=reports.text(model, streams.look(sys.stdout, options.color)))


@contextlib.contextmanager
def _told(stream: TextIO | None) -> Iterator[Progress | None]:
    """On a terminal, what says how far the reading of a large model has come; its line is cleared at the end."""
    if not _is_terminal(stream):
        yield None
        return
    steps: set[int] = set()

    def tell(done: int, total: int) -> None:
        step = done * _STEPS // max(total, 1)
        if total >= _LARGE and step not in steps:
            steps.add(step)
            _write(stream, f"\r{progress(done, total)}")

    try:
        yield tell
    finally:
        if steps:
            _write(stream, f"\r{' ' * _ROOM}\r")


def _write(stream: TextIO | None, text: str) -> None:
    with contextlib.suppress(OSError):  # whoever watches may leave
        streams.write(stream, text)


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def progress(done: int, total: int) -> str:
    """`reading 12.4 of 140 GB`, always as wide."""
    figures = [decimal_text(Fraction(size, 10**9), 1) for size in (done, total)]
    return f"reading {figures[0]} of {figures[1]} GB".ljust(_ROOM)
