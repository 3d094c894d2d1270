"""Calling `policyc check` on a malformed case, in this process or in one of its own, and judging what came of it."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from malformed import Case
from policylang.cli import main
from policylang.codes import CODES

MAX_SECONDS = 10.0  # of the processor: no promise of speed, but what a small file can make endless takes longer
MAX_KIB = 512 << 10
_PEAK = """\
import pathlib, sys
from policylang.cli import main
status = main(sys.argv[2:])
sys.stdout.flush(), sys.stderr.flush()
pathlib.Path(sys.argv[1]).write_bytes(pathlib.Path("/proc/self/status").read_bytes())
sys.exit(status)
"""
_MAX_LINE = 400
_MAX_ERRORS = 150
_SAID = re.compile(
    r"^error\[(?P<code>\w+)\]: (?P<message>(?:(?!^  = help).)*?)(?:^ +┌.*?)?^  = help: (?P<help>.*?)(?:\n\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a call ended, what it wrote, and the processor time it took."""

    status: int
    out: str
    err: str
    seconds: float
    kib: int = 0


def laid_out(case: Case, folder: Path) -> None:
    """Write the files and links of a case."""
    for name, data in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name, target in case.links.items():
        (folder / name).symlink_to(target)


def call(words: Sequence[str], folder: Path) -> Outcome:
    """A call in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        began = time.process_time()
        status = main(words)
        seconds = time.process_time() - began
    return Outcome(status=status, out=_written(out), err=_written(err), seconds=seconds)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def spawn(words: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> Outcome:
    """A call in a process of its own, with the memory it took at most (what `wait4` says has its parent's in it)."""
    peak = folder / ".peak"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(peak), *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env={**os.environ, **(env or {})},
    )
    seconds = time.perf_counter() - began
    kib = int(re.findall(r"VmHWM:\s*(\d+) kB", peak.read_text())[0])
    return Outcome(status=done.returncode, out=done.stdout.decode(), err=done.stderr.decode(), seconds=seconds, kib=kib)


def wrong_with(case: Case, outcome: Outcome) -> Iterator[str]:
    """What is not as it must be; nothing when all is well."""
    if outcome.status not in case.statuses:
        yield f"status {outcome.status}, not {case.statuses}"
    if "Traceback" in outcome.err + outcome.out or "C111" in outcome.err:
        yield "an unforeseen error"
    if hidden := _HIDDEN.search(outcome.err + outcome.out):
        yield f"a character that a terminal obeys: {hidden[0]!r}"
    if any(len(line) > _MAX_LINE for line in outcome.err.splitlines()):
        yield "a line of a report that nobody reads to its end"
    if outcome.status == 2:
        yield from _wrong_with_errors(case, outcome)


def _wrong_with_errors(case: Case, outcome: Outcome) -> Iterator[str]:
    errors = list(_errors(outcome))
    if not errors:
        yield "no error is named"
        return
    first = errors[0]
    if case.codes and first["code"] not in case.codes:
        yield f"{first['code']}, not {case.codes}"
    if len(errors) > _MAX_ERRORS:
        yield f"{len(errors)} errors"
    if f"error[{first['code']}]" not in outcome.err:
        yield "not said on standard error"
    if not _placed(case, first):
        yield f"no place: {first}"
    if first["line"] is not None and f":{first['line']}:{first['column']}\n" not in outcome.err:
        yield "the place is not shown"
    for error in errors:
        yield from _wrong_with_words(case, error)


def _errors(outcome: Outcome) -> Iterator[Mapping[str, Any]]:
    """The errors of a document, or of a report for people."""
    if outcome.out:
        found: list[dict[str, Any]] = json.loads(outcome.out)["diagnostics"]
        yield from (diagnostic for diagnostic in found if diagnostic["severity"] == "error")
        return
    for said in _SAID.finditer(outcome.err):
        help_ = " ".join(said["help"].split())
        message = said["message"].split("\n")[0]  # the rest of a long one is on the lines below it
        yield {"code": said["code"], "message": message, "help": help_, "file": None, "line": None, "column": None}


def _placed(case: Case, error: Mapping[str, Any]) -> bool:
    """Whether an error names what it is about as closely as it can."""
    if case.place == "call" or error["code"] == "C108":
        return True
    if any(f"`{name}`" in error["message"] for name in case.words):
        return True
    return error["file"] is not None and (case.place == "file" or error["line"] is not None)


def _wrong_with_words(case: Case, error: Mapping[str, Any]) -> Iterator[str]:
    message, help_ = error["message"], error["help"]
    for word in filter(None, case.words):
        message = message.replace(word, "…")  # what was typed is shown as it is
    if error["code"] not in CODES:
        yield f"a code that nothing explains: {error['code']}"
    if not help_:
        yield f"no help: {error}"
    elif len(help_) > _MAX_LINE or "\n" in help_:
        yield f"a help of {len(help_)} letters"
    if not message or "\n" in message or len(message) > _MAX_LINE:
        yield f"a message of more than a line: {message[:80]}"
    elif message[0].isupper() or message.endswith("."):
        yield f"a message that is a sentence: {message}"
