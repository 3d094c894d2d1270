"""What is kept of answers: one SQLite file, written through to the disk at the end of every batch.

An answer is kept under the digest of all it depends on: the weights, the engine with its version and settings, and the
request as the model is asked it, into which task, template, examples, configuration and seed have gone. So whatever
changes asks anew, and whatever does not is never asked twice, in this run or another. A run is kept under the digest of
its plan, with the day it first began, so that a run that goes on later is the run that began.
"""

import hashlib
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.asking import Answer, Failed, Likelihood, Request, Score, Text

VERSION = "policylang/answers/v1"
_MANY = 500
_TABLES = """
create table if not exists about (form text not null);
create table if not exists answers (key blob primary key, answer text not null) without rowid;
create table if not exists runs (run text primary key, began text not null) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What the answers of one model depend on, beside the request."""

    text: str

    def of(self, request: Request) -> bytes:
        """The key of a request: 32 bytes."""
        fields = {"asks": type(request).__name__, **asdict(request)}
        said = self.text + json.dumps(fields, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(said.encode()).digest()


def key_of(weights: str, identity: Mapping[str, str]) -> Key:
    """The key of a model by the digest of its weights, under an engine."""
    return Key(json.dumps([VERSION, weights, dict(sorted(identity.items()))], ensure_ascii=True))


class Store:
    """Answers on disk. Raises EvidenceError where the file cannot be used; what was kept once is there."""

    def __init__(self, path: str) -> None:
        """Open a file, and make it where there is none."""
        self.path = path
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._base.execute("pragma journal_mode=wal")
            self._base.execute("pragma synchronous=full")
            self._base.executescript(_TABLES)
            found = self._base.execute("select form from about").fetchall()
            if not found:
                self._base.execute("insert into about values (?)", (VERSION,))
            elif found[0][0] != VERSION:
                raise _unusable(path, f"it is of another version, `{found[0][0]}`")
        except (sqlite3.Error, OSError) as error:
            raise _unusable(path, str(error)) from None

    def began(self, run: str, day: str) -> str:
        """The day on which a run first began, which is the given one for a new run."""
        try:
            self._base.execute("insert or ignore into runs values (?, ?)", (run, day))
            return str(self._base.execute("select began from runs where run = ?", (run,)).fetchone()[0])
        except sqlite3.Error as error:
            raise _unusable(self.path, str(error)) from None

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Answer]:
        """The answers that are kept for some keys."""
        found: dict[bytes, Answer] = {}
        for some in _batches(keys):
            marks = ",".join("?" * len(some))
            try:
                rows = self._base.execute(f"select key, answer from answers where key in ({marks})", some).fetchall()  # noqa: S608  # only question marks
            except sqlite3.Error as error:
                raise _unusable(self.path, str(error)) from None
            for key, text in rows:
                answer = _read(text)
                if answer is not None:
                    found[key] = answer
        return found

    def keep(self, answers: Iterable[tuple[bytes, Answer | Failed]]) -> None:
        """Keep answers: they are on the disk when this returns. Failures are not kept, and are tried again."""
        rows = [(key, _written(answer)) for key, answer in answers if not isinstance(answer, Failed)]
        try:
            self._base.execute("begin immediate")
            self._base.executemany("insert or replace into answers values (?, ?)", rows)
            self._base.execute("commit")
        except sqlite3.Error as error:
            raise _unusable(self.path, str(error)) from None

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _batches(keys: Sequence[bytes]) -> Iterator[list[bytes]]:
    rest = iter(keys)
    while some := list(islice(rest, _MANY)):
        yield some


def _written(answer: Answer) -> str:
    return json.dumps([type(answer).__name__, asdict(answer)], ensure_ascii=True)


def _read(text: str) -> Answer | None:
    """A kept answer; None where it is not one, which asks anew."""
    try:
        kind, fields = json.loads(text)
        made: Answer = {"Likelihood": Likelihood, "Text": Text}[kind](**fields)
    except (ValueError, KeyError, TypeError):
        return None
    return made if isinstance(made, Text) or math.isfinite(made.total) else None


def fits(request: Request, answer: Any) -> bool:
    """Whether an answer is one to a request."""
    return isinstance(answer, Likelihood if isinstance(request, Score) else Text)


def seed_of(*parts: object) -> int:
    """A seed made of some parts: the same on every machine, and another for other parts."""
    said = json.dumps([str(part) for part in parts], ensure_ascii=True)
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big") >> 1


def _unusable(path: str, why: str) -> EvidenceError:
    message = f"the answers in `{path}` cannot be used: {why[:1].lower()}{why[1:]}"
    help_ = "free the disk, or name another file with `--answers`; what was kept in it stays there"
    return EvidenceError([Diagnostic(code="E540", message=message, place=None, help=help_)])
