"""Rows of datasets: JSON lines, CSV and Parquet from this machine, or one of Hugging Face by name and revision.

A dataset decides what is measured, so nothing about it is guessed. A row that cannot be read is not passed over, no
row counts twice, no number is anything but a number, and a dataset without rows is an error: it has no bad outcome,
and would pass for a good result. What a file is, is told by what stands in it.
"""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from policylang.diagnostics import EvidenceError
from policylang.measuring.words import refused, shown

MAX_BYTES = 512 << 20
"""How many bytes a file may have, and a Parquet file unpacked."""
MAX_ROW = 1 << 20
"""How many bytes a row may have."""
MAX_ROWS = 1_000_000
MAX_NAME = 200
"""How many characters the name of a row may have."""

_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?", re.ASCII)
_POINTER = b"version https://git-lfs.github.com/spec/"
_WHOLE = "take the file as it was published"
_PINNED = "a dataset of Hugging Face is named by its full name and the 40 digits of a commit"

Rows = list[tuple[str, dict[str, Any]]]
Where = tuple[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetSpec:
    """Where rows come from: `path` of a file, or `name`, `revision` (and `subset`) of a dataset of Hugging Face.

    `id` is the field that names a row; without it a row is named by its digest. `digest` is what the file must have.
    With `drop` a row that says what another says is left out, and refused without.
    """

    path: str = ""
    name: str = ""
    subset: str = ""
    revision: str = ""
    split: str = ""
    id: str = ""
    digest: str = ""
    drop: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """The rows of a dataset with their names, and the digest of the file, or of the rows where there is no file."""

    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    digest: str


def rows(spec: DatasetSpec) -> Rows:
    """The rows of a dataset with their names; raises EvidenceError."""
    return [(name, dict(fields)) for name, fields in read_dataset(spec).rows]


def read_dataset(spec: DatasetSpec, load: Callable[..., Iterable[Mapping[str, Any]]] | None = None) -> Dataset:
    """A dataset, checked; `load` fetches rows in place of the library `datasets`. Raises EvidenceError."""
    _check_spec(spec)
    if spec.path:
        data = _bytes(spec.path)
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        _check_digest(spec, digest)
        return Dataset(rows=tuple(_named(spec, _rows_of(spec.path, data))), digest=digest)
    found = list(_from_hub(spec, load or _loader()))
    digest = "sha256:" + hashlib.sha256(b"\n".join(_canonical(fields) for _, fields in found)).hexdigest()
    _check_digest(spec, digest)
    return Dataset(rows=tuple(_named(spec, found)), digest=digest)


def _check_spec(spec: DatasetSpec) -> None:
    """Refuse what names no dataset, or two."""
    if bool(spec.path) == bool(spec.name):
        raise refused("E531", "a dataset has either a `path` or a `name`", "give one of the two")
    if spec.path and (spec.split or spec.subset or spec.revision):
        message = f"{shown(spec.path)} is a file, and has no split, subset or revision"
        raise refused("E531", message, "leave them out; `digest` pins a file")
    if spec.digest and _DIGEST.fullmatch(spec.digest) is None:
        raise refused("E531", f"{shown(spec.digest)} is no digest", "write `sha256:` and 64 hexadecimal digits")
    if spec.name and _HUB_NAME.fullmatch(spec.name) is None:
        raise refused("E531", f"{shown(spec.name)} is no name of a dataset", _PINNED)
    if spec.name and _COMMIT.fullmatch(spec.revision) is None:
        message = f"the dataset {shown(spec.name)} is not pinned: its revision is {shown(spec.revision or 'not said')}"
        raise refused("E537", message, _PINNED)
    if spec.name and not spec.split:
        raise refused("E531", f"the dataset {shown(spec.name)} needs a `split`", "write for example `split: test`")


def _check_digest(spec: DatasetSpec, digest: str) -> None:
    if spec.digest and spec.digest != digest:
        message = f"{shown(spec.path or spec.name)} has the digest `{digest}`, and another is pinned"
        raise refused("E536", message, "take the dataset that was pinned, or pin this one on purpose")


# Files


def _bytes(path: str) -> bytes:
    """The bytes of a file, as many as are read."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = (error.strerror or "it cannot be opened").lower()
        raise refused("E531", f"the dataset {shown(path)} cannot be read: {why}", "name a file that is there") from None
    if len(data) > MAX_BYTES:
        raise refused("E535", f"the dataset {shown(path)} has more than {MAX_BYTES >> 20} MiB", "split it")
    if data.startswith(_POINTER):
        message = f"the dataset {shown(path)} is a Git LFS pointer, not the file it stands for"
        raise refused("E531", message, "fetch the file with `git lfs pull`")
    return data


def _rows_of(path: str, data: bytes) -> Iterator[Where]:
    """The rows of a file, each with where it stands, whatever kind of file it is."""
    if data.startswith(b"PAR1"):
        return _parquet(path, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused("E531", f"{shown(path)}, line {line}: no UTF-8 text", "save it as UTF-8, or as Parquet") from None
    if not text.strip():
        return iter(())
    begin = text[:1000].lstrip()[:1]
    if begin == "[":
        raise refused("E531", f"{shown(path)} is one JSON array", "write JSON lines: one row a line, without commas")
    return _json_lines(path, text) if begin == "{" else _csv(path, text)


def _json_lines(path: str, text: str) -> Iterator[Where]:
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{shown(path)}, line {number}"
        if not line.strip():
            continue
        if len(line) > MAX_ROW:
            raise _too_large(where)
        try:
            row = _DECODER.decode(line)
        except json.JSONDecodeError as error:
            raise refused("E531", f"{where}: no whole JSON ({error.msg.lower()})", _WHOLE) from None
        except (ValueError, RecursionError) as error:
            problem = str(error) if isinstance(error, _RowError) else "a number is too long, or it is nested too deep"
            raise refused("E532", f"{where}: {problem}", "write each row so that it can be read in one way") from None
        if not isinstance(row, dict):
            raise refused("E532", f"{where}: a row is a mapping of fields", "write `{…}` on each line")
        yield where, row


class _RowError(ValueError):
    """What is wrong with a row, in words."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RowError(f"the field {shown(key)} stands twice")
            seen.add(key)
    return found


def _no_constant(word: str) -> Any:
    raise _RowError(f"`{word}` is no number")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _csv(path: str, text: str) -> Iterator[Where]:
    """Rows of a CSV; all their values are texts."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] = []
    try:
        for row in lines:
            where = f"{shown(path)}, line {lines.line_num}"
            if not names:
                names = [name.strip() for name in row]
                _check_columns(path, names)
            elif row:
                if len(row) != len(names):
                    problem = f"{len(row)} values for {len(names)} columns"
                    raise refused("E532", f"{where}: {problem}", "quote values that hold commas or lines")
                yield where, dict(zip(names, row, strict=True))
    except csv.Error as error:
        where = f"{shown(path)}, line {lines.line_num}"
        remedy = "quote values that hold commas, quotes or lines; one has 128 KiB at most"
        raise refused("E531", f"{where}: no whole CSV ({str(error)[:80].lower()})", remedy) from None


def _check_columns(path: str, names: list[str]) -> None:
    """Refuse a first line that is no list of columns."""
    seen: set[str] = set()
    for name in names:
        if name and name not in seen:
            seen.add(name)
            continue
        problem = f"the column {shown(name)} stands twice" if name else "a column has no name"
        raise refused("E532", f"{shown(path)}: {problem}", "the first line names each column once")


def _parquet(path: str, data: bytes) -> Iterator[Where]:
    """Rows of a Parquet file; raises EvidenceError, also where nothing here can read it."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        message = f"{shown(path)} is a Parquet file, and the package `pyarrow` is not installed"
        raise refused("E537", message, "install it with `pip install 'policylang[parquet]'`") from None
    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
        if file.metadata.num_rows > MAX_ROWS or sum(group.total_byte_size for group in groups) > MAX_BYTES:
            message = f"{shown(path)} unpacks to more than {MAX_BYTES >> 20} MiB or {MAX_ROWS} rows"
            raise refused("E535", message, "split it")
        names = file.schema_arrow.names
        _check_columns(path, names)
        number = 0
        for batch in file.iter_batches(batch_size=1000):
            for row in batch.to_pylist():
                number += 1
                yield f"{shown(path)}, row {number}", row
    except (arrow.ArrowException, OSError, ValueError) as error:
        words = " ".join(str(error).split())[:80].lower().rstrip(".")
        raise refused("E531", f"{shown(path)} is no whole Parquet file ({words})", _WHOLE) from None


# Hugging Face


def _loader() -> Callable[..., Iterable[Mapping[str, Any]]]:
    """What fetches a dataset; raises EvidenceError where it is not installed."""
    try:
        import datasets
    except ImportError:
        message = "datasets of Hugging Face need the package `datasets`, which is not installed"
        raise refused("E537", message, "install it with `pip install 'policylang[huggingface]'`") from None
    found: Callable[..., Iterable[Mapping[str, Any]]] = datasets.load_dataset
    return found


def _from_hub(spec: DatasetSpec, load: Callable[..., Iterable[Mapping[str, Any]]]) -> Iterator[Where]:
    """The rows of a dataset of Hugging Face; what its library says goes into the error, cut to a line."""
    try:
        found = load(spec.name, spec.subset or None, split=spec.split, revision=spec.revision)
        for number, row in enumerate(found, 1):
            if number > MAX_ROWS:
                raise _too_many(spec)
            yield f"{shown(spec.name)}, row {number}", dict(row)
    except EvidenceError:
        raise
    except Exception as error:  # noqa: BLE001  # what has a network behind it fails in every way there is
        words = " ".join(str(error).split())[:160].replace("`", "'") or type(error).__name__
        message = f"the dataset {shown(spec.name)} cannot be fetched: {words[:1].lower() + words[1:].rstrip('.')}"
        remedy = "check its name, revision and split, and the network; or give a file by `path`"
        raise refused("E537", message, remedy) from None


# Rows


def _named(spec: DatasetSpec, found: Iterable[Where]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows with their names; raises EvidenceError where there are none, or one stands twice."""
    names: dict[str, str] = {}
    contents: dict[bytes, str] = {}
    for where, row in found:
        fields = {key: _plain(where, key, value) for key, value in row.items()}
        whole = _canonical(fields)
        if len(whole) > MAX_ROW:
            raise _too_large(where)
        name = _name(spec.id, where, fields) if spec.id else "row-" + hashlib.sha256(whole).hexdigest()[:16]
        content = hashlib.sha256(_canonical(fields, without=spec.id)).digest()
        if content in contents and spec.drop:
            continue
        if content in contents:
            message = f"{where}: the same row as {contents[content]}"
            raise refused(
                "E534", message, "remove one of them, or say `duplicates: drop`: a row that stands twice counts twice"
            )
        if name in names:
            message = f"{where}: the name {shown(name)} is also that of {names[name]}"
            raise refused("E534", message, "give each row a name of its own")
        names[name], contents[content] = where, where
        if len(names) > MAX_ROWS:
            raise _too_many(spec)
        yield name, fields
    if not names:
        message = f"the dataset {shown(spec.path or spec.name)} has no rows"
        raise refused("E533", message, "nothing is measured by nothing; check the file or the split")


def _name(id: str, where: str, fields: Mapping[str, Any]) -> str:
    """What the field `id` of a row calls it."""
    value = fields.get(id)
    name = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not name or len(name) > MAX_NAME or not name.isprintable():
        message = f"{where}: its {shown(id)} is no name"
        raise refused("E532", message, f"a name is a number or a visible text of up to {MAX_NAME} characters")
    return name


def _canonical(fields: Mapping[str, Any], without: str = "") -> bytes:
    """The fields as bytes that are equal for equal rows."""
    kept = {key: value for key, value in fields.items() if key != without}
    return json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str).encode()


def _plain(where: str, key: str, value: Any) -> Any:
    """A value of a row as text, number, list or mapping; raises EvidenceError for everything else."""
    try:
        return _value(value)
    except (_RowError, RecursionError) as error:
        problem = str(error) if isinstance(error, _RowError) else "it is nested too deep"
        message = f"{where}, field {shown(key)}: {problem}"
        raise refused("E532", message, "leave the field out, or write it as text") from None


def _value(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case str():
            if any("\ud800" <= sign <= "\udfff" for sign in value):
                raise _RowError("half a character stands in it")
            return value
        case float():
            if not math.isfinite(value):
                raise _RowError(f"`{value}` is no number")
            return value
        case date() | datetime():
            return value.isoformat()
        case Decimal() if value.is_finite():
            return str(value)
        case list() | tuple():
            return [_value(one) for one in value]
        case Mapping():
            return {str(key): _value(one) for key, one in value.items()}
        case _:
            raise _RowError("it is neither text nor a number, a list or a mapping")


def _too_large(where: str) -> EvidenceError:
    return refused("E535", f"{where}: the row has more than {MAX_ROW >> 20} MiB", "shorten it, or split it")


def _too_many(spec: DatasetSpec) -> EvidenceError:
    return refused("E535", f"the dataset {shown(spec.path or spec.name)} has more than {MAX_ROWS} rows", "split it")
