"""Tampers: every field of a log changed in every way we know, one at a time, and every region of an archive.

A field is changed to what it could honestly have been in another log (another letter, status, count or day), to what
it could not (another kind, nothing, not a number), left out, doubled, renamed, or swapped with its neighbour.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any, TypeAlias

from logs.writers import archive

TWICE = "@@twice@@"
LETTERS = ("C", "I", "P", "N")
STATUSES = ("success", "error", "cancelled", "started")
WORDS = (LETTERS, STATUSES, ("yes", "no"), ("test", "valid"), ("accuracy", "mean", "acc"))
DAYS = (-400, -1, 1, 30, 400)
NOTHING: tuple[Any, ...] = (None, "", [], {})
ODD: tuple[Any, ...] = (True, False, 0, 1, 10**30, float("nan"), "x", [1], {"x": 1})


Change: TypeAlias = tuple[str, str, Callable[[], bytes]]
"""Where, how, and what makes the changed bytes: to be asked before the next change, or not at all."""


@dataclass(frozen=True, kw_only=True)
class Tamper:
    """One change: where and how, and the files that result."""

    where: str
    how: str
    files: Mapping[str, bytes]


def tampers(files: Mapping[str, bytes], stride: int = 1, first: int = 0) -> Iterator[Tamper]:
    """Every tamper of the files of a log, or every so many, each different from the log itself."""
    number = first
    for name, data in sorted(files.items()):
        for where, how, make in _of_file(name, data):
            number += 1
            if number % stride == 0 and (changed := make()) != data:
                yield Tamper(where=f"{name}:{where}", how=how, files={**files, name: changed})
        if len(files) > 1:
            yield Tamper(where=name, how="left out", files={n: d for n, d in files.items() if n != name})


def count(files: Mapping[str, bytes]) -> int:
    """How many tampers there are, those that change nothing included."""
    return sum(1 for name, data in files.items() for _ in _of_file(name, data))


def _of_file(name: str, data: bytes) -> Iterator[Change]:
    if data.startswith(b"PK"):
        yield from _of_members(data)
        yield from _fixed(_of_bytes(data))
        return
    if name.endswith(".jsonl"):
        yield from _of_lines(data)
    elif name.endswith(".csv"):
        yield from _fixed(_of_cells(data))
    elif name.endswith(".yaml"):
        yield from _fixed(_of_yaml(data))
    else:
        yield from of_json(data)
    yield from _fixed(_of_text(data))


def _fixed(changes: Iterator[tuple[str, str, bytes]]) -> Iterator[Change]:
    """Changes that are made already."""
    for where, how, changed in changes:
        yield where, how, partial(bytes, changed)


def _of_text(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    for part in range(8):
        yield "", f"cut at {part} eighths", data[: len(data) * part // 8]
    yield "", "byte order mark", b"\xef\xbb\xbf" + data
    yield "", "no text", data[:50] + b"\xff" + data[50:]
    yield "", "twice", data + b"\n" + data


# JSON


def of_json(data: bytes) -> Iterator[Change]:
    """Every tamper of a JSON text."""
    document = json.loads(data)
    made = partial(_dumped, document)
    for holder, key, where in list(_places(document, "")):
        value = holder[key]
        for how, changed in _values(value):
            holder[key] = changed
            yield where, how, made
        holder[key] = value
        yield from ((where, how, made) for how in _moves(holder, key))


def _places(value: Any, where: str) -> Iterator[tuple[Any, Any, str]]:
    """Every place of a document: what holds it, its key there, and its name."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        at = f"{where}.{key}" if where else str(key)
        yield value, key, at
        yield from _places(value[key], at)


def _dumped(document: Any) -> bytes:
    return json.dumps(document).replace(TWICE, "").encode()


def _values(value: Any) -> Iterator[tuple[str, Any]]:
    """What a value may be changed to."""
    yield from (("nothing", one) for one in NOTHING)
    yield from (("odd", one) for one in ODD)
    match value:
        case bool():
            yield "flipped", not value
            yield "as text", str(value)
        case int() | float():
            yield from (("more", value + 1), ("less", value - 1), ("tenfold", value * 10), ("half", value / 2))
            yield "negative", -value if value else -1
            yield "nudged", value + 1e-6
            yield "as text", str(value)
        case str():
            yield from (("other text", one) for one in (f"{value}x", value.swapcase(), value[:-1], f" {value}"))
            yield from (("other word", one) for words in WORDS if value in words for one in words)
            yield from (("other day", one) for one in _moved(value))
        case list() | dict():
            yield "one more", [*value, *value[:1]] if isinstance(value, list) else {**value, "zz": 1}
        case _:
            pass


def _moved(text: str) -> Iterator[str]:
    """A moment on other days."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    if len(text) >= 10:
        yield from ((moment + timedelta(days=days)).isoformat() for days in DAYS)


def _moves(holder: Any, key: Any) -> Iterator[str]:
    """What is done to a place itself, each undone before the next."""
    right = holder.copy()
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    at = keys.index(key) + 1
    if at < len(keys) and holder[keys[at]] != holder[key]:
        holder[key], holder[keys[at]] = holder[keys[at]], holder[key]
        yield "swapped"
        _restore(holder, right)
    del holder[key]
    yield "left out"
    _restore(holder, right)
    if isinstance(holder, list):
        holder.insert(key, holder[key])
        yield "doubled"
        _restore(holder, right)
        return
    holder[f"{key}{TWICE}"] = holder[key]
    yield "doubled"
    _restore(holder, right)
    holder[f"{key}-x"] = holder.pop(key)
    yield "renamed"
    _restore(holder, right)


def _restore(holder: Any, right: Any) -> None:
    """What a place held before, in the same order."""
    holder.clear()
    if isinstance(holder, dict):
        holder.update(right)
    else:
        holder.extend(right)


# Lines, cells, YAML


def _of_lines(data: bytes) -> Iterator[Change]:
    lines = data.splitlines()
    for number, line in enumerate(lines):
        for where, how, make in of_json(line):
            yield f"{number}.{where}", how, partial(_in_line, lines, number, make)
    yield from _fixed(_of_rows(lines, 0))


def _in_line(lines: list[bytes], number: int, make: Callable[[], bytes]) -> bytes:
    return b"\n".join([*lines[:number], make(), *lines[number + 1 :]])


def _of_rows(lines: list[bytes], first: int) -> Iterator[tuple[str, str, bytes]]:
    """Rows left out, doubled, and swapped."""
    for n in range(first, len(lines)):
        yield f"{n}", "left out", b"\n".join(lines[:n] + lines[n + 1 :])
        yield f"{n}", "doubled", b"\n".join(lines[: n + 1] + lines[n:])
        if n + 1 < len(lines):
            yield f"{n}", "swapped", b"\n".join([*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]])


def _of_cells(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    lines = data.splitlines()
    table = [line.decode().split(",") for line in lines]
    for n, row in enumerate(table):
        for column, cell in enumerate(row):
            for how, text in _texts(cell):
                changed = [*row[:column], text, *row[column + 1 :]]
                whole = [",".join(one).encode() for one in [*table[:n], changed, *table[n + 1 :]]]
                yield f"{n}.{table[0][column]}", how, b"\n".join(whole)
    for column, name in enumerate(table[0]):
        yield name, "left out", "\n".join(",".join(row[:column] + row[column + 1 :]) for row in table).encode()
        yield name, "doubled", "\n".join(",".join(row[: column + 1] + row[column:]) for row in table).encode()
    yield from _of_rows(lines, 0)


def _texts(cell: str) -> Iterator[tuple[str, str]]:
    """What a text in a table may be changed to."""
    try:
        value = json.loads(cell)
    except ValueError:
        value = cell
    for how, one in _values(value):
        text = one if isinstance(one, str) else json.dumps(one)
        if "," not in text and "\n" not in text:
            yield how, text


def _of_yaml(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    lines = data.splitlines()
    above: list[str] = []
    for n, line in enumerate(lines):
        key, colon, value = line.decode().partition(": ")
        depth = (len(key) - len(key.lstrip())) // 2
        above[depth:] = [key.strip().rstrip(":")]
        if not colon:
            continue
        for how, text in _texts(value):
            yield ".".join(above), how, b"\n".join([*lines[:n], f"{key}: {text}".encode(), *lines[n + 1 :]])
    yield from _of_rows(lines, 0)


# Archives


def members_of(data: bytes) -> list[tuple[str, bytes]]:
    """The members of an archive in its order."""
    library = import_module("zipfile" if sys.version_info >= (3, 14) else "backports.zstd.zipfile")
    with library.ZipFile(io.BytesIO(data)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist()]


def _of_members(data: bytes) -> Iterator[Change]:
    """Fields of members, with right checksums; and members left out, doubled, renamed and swapped."""
    members = members_of(data)
    for n, (name, content) in enumerate(members):
        if name.endswith(".json"):
            for where, how, make in of_json(content):
                yield f"{name}:{where}", how, partial(_in_member, members, n, make)
        for how, changed in _member_moves(members, n):
            yield name, how, partial(archive, changed)


def _in_member(members: list[tuple[str, bytes]], n: int, make: Callable[[], bytes]) -> bytes:
    return archive([*members[:n], (members[n][0], make()), *members[n + 1 :]])


def _member_moves(members: list[tuple[str, bytes]], n: int) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    name, content = members[n]
    before, after = members[:n], members[n + 1 :]
    yield "left out", [*before, *after]
    yield "doubled", [*before, (name, content), (name, content), *after]
    yield "renamed", [*before, (f"{name}x", content), *after]
    yield "empty", [*before, (name, b""), *after]
    if after:
        yield "swapped", [*before, (name, after[0][1]), (after[0][0], content), *after[1:]]


def _of_bytes(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Bytes of the archive itself, all over it: bits flipped, parts cut off, something before, between and after."""
    step = max(1, len(data) // 199)  # no archive has its parts at such distances
    for at in range(0, len(data), step):
        for bit in (1, 128):
            yield "bytes", "bit flipped", data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
        yield "bytes", "cut off", data[:at]
        yield "bytes", "put in", data[:at] + b"\0" + data[at:]
        yield "bytes", "taken out", data[:at] + data[at + 1 :]
    yield "bytes", "twice", data + data
    yield "bytes", "before", b"x" + data
    yield "bytes", "after", data + b"x"
