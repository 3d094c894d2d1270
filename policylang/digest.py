"""The digest of a model's files: one name for exactly these weights, tokenizer, configuration and adapters.

A folder is named by its manifest: the name, size and SHA-256 of every regular file below it, sorted by name, written as
JSON in the canonical form of RFC 8785, and hashed. A file alone is a folder that has only it. Whatever changes a byte,
or adds, removes or renames a file, changes the digest; where the folder lies, when its files were written and in which
order the disk lists them does not. A link to a file stands for the file, since the caches of model hubs are made of
them; whatever else a folder may hold has no bytes of its own, and is refused rather than left out.

Files are read as bytes and nothing else. Only the headers of safetensors files are looked into, and those strictly: a
header that two readers could understand in two ways is an error. A pickle runs code when it is loaded, so none is.
"""

import errno
import hashlib
import itertools
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from policylang.diagnostics import Diagnostic, EvidenceError

MANIFEST = "policylang/manifest/v1"
PARTS = "policylang/parts/v1"
MAX_FILES = 100_000
MAX_HEADER = 100_000_000
MAX_TENSORS = 250_000
"""Tensors in one file: the largest models published have a third of this, over many files."""
MAX_FOUND = 50
PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")
BITS: Mapping[str, int] = {
    "BOOL": 8,
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ", "F8_E8M0", "I8", "U8"), 8),
    **dict.fromkeys(("BF16", "F16", "I16", "U16"), 16),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("C64", "F64", "I64", "U64"), 64),
}
"""The types a tensor may have in a safetensors file, and how many bits one number of each takes."""

_CHUNK = 1 << 20
_MAX_SIGNS = 16 * MAX_TENSORS  # a tensor of four dimensions is written with 14: they bound what a header can hold
_MAX_NUMBER = 20
_MAX_SHOWN = 80
_FIELDS = {"dtype", "shape", "data_offsets"}
_TOO_MANY = f"it has more than {MAX_TENSORS} tensors"

Progress = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tensors:
    """Tensors of one type: how many, and how many numbers they have together."""

    dtype: str
    count: int
    parameters: int


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file: its name in the folder, its size in bytes, its SHA-256; of safetensors the tensors by type, else None."""

    name: str
    size: int
    sha256: str
    tensors: tuple[Tensors, ...] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """What one path holds, and its digest; `files` are sorted by name."""

    path: str
    digest: str
    files: tuple[File, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """One model, of one part or several, and the digest that names it."""

    digest: str
    parts: tuple[Part, ...]


def digest(paths: Sequence[str], progress: Progress | None = None) -> Model:
    """The digest of a model whose files lie at some paths, in whatever order they are named.

    Raises EvidenceError with everything found that cannot be read as the bytes of a model.
    """
    found: list[Diagnostic] = []
    places = [(path, _files(path, found)) for path in paths]
    seen = [item for _, items in places for item in items]
    looked = [] if found else [item for item in seen if item.name.lower().endswith(".safetensors")]
    headers = {item.path: _header(item, found) for item in looked}
    if found:
        raise EvidenceError(found[:MAX_FOUND])
    hasher = _Hasher(sum(item.size for item in seen), progress)
    parts = [_part(path, items, headers, hasher) for path, items in places]
    if len(parts) == 1:
        return Model(digest=parts[0].digest, parts=tuple(parts))
    return Model(digest=_named(PARTS, "parts", sorted(part.digest for part in parts)), parts=tuple(parts))


def total(files: Iterable[File]) -> tuple[Tensors, ...]:
    """The tensors of several files together, those with the most numbers first."""
    sums: dict[str, tuple[int, int]] = {}
    for file in files:
        for item in file.tensors or ():
            count, parameters = sums.get(item.dtype, (0, 0))
            sums[item.dtype] = (count + item.count, parameters + item.parameters)
    found = [Tensors(dtype=name, count=count, parameters=size) for name, (count, size) in sums.items()]
    return tuple(sorted(found, key=lambda item: (-item.parameters, item.dtype)))


def notes(part: Part) -> tuple[str, ...]:
    """What whoever relies on the digest of a part should know about it."""
    pickles = [file.name for file in part.files if file.name.lower().endswith(PICKLES)]
    hidden = [file.name for file in part.files if any(step.startswith(".") for step in file.name.split("/"))]
    found = []
    if pickles:
        found.append(f"{_some(pickles)}: may be pickles, which run code when loaded; counted as bytes, never opened")
    if hidden:
        found.append(f"{_some(hidden)}: hidden, and counted like every other file")
    return tuple(found)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


# Manifests


def _part(path: str, items: Sequence["_Seen"], headers: Mapping[str, tuple[Tensors, ...]], hasher: "_Hasher") -> Part:
    files = tuple(
        File(name=item.name, size=item.size, sha256=hasher.sha256(item), tensors=headers.get(item.path))
        for item in items
    )
    rows = [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in files]
    return Part(path=path, digest=_named(MANIFEST, "files", rows), files=files)


def _named(schema: str, key: str, rows: Sequence[object]) -> str:
    """The digest of a list, over its canonical JSON: such keys, texts and counts are written as RFC 8785 wants them."""
    document = {key: rows, "schema": schema}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


# What lies at a path


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """A regular file as it was first seen: its name in the folder, where it lies, and what tells whether it changed."""

    name: str
    path: str
    size: int
    identity: tuple[int, ...]


def _files(path: str, found: list[Diagnostic]) -> list[_Seen]:
    """Every regular file at or below a path, by name; whatever else there is goes to `found`."""
    place = Path(path)
    try:
        if not path:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))  # it is not the folder we are in
        status = place.stat()
    except (OSError, ValueError) as error:
        found.append(_unread(path, error, is_link=place.is_symlink()))
        return []
    if stat.S_ISDIR(status.st_mode):
        return sorted(_below(path, found), key=lambda item: item.name)
    item = _seen(place.name, path, status, found)
    return [] if item is None else [item]


def _below(folder: str, found: list[Diagnostic]) -> Iterator[_Seen]:
    """The files below a folder, in no order."""
    folders, count = [("", folder)], 0
    while folders and len(found) < MAX_FOUND:
        prefix, path = folders.pop()
        try:
            with os.scandir(path) as listing:
                some = itertools.islice(listing, MAX_FILES + 1)
                entries = sorted((entry.name, entry, entry.is_dir(follow_symlinks=False)) for entry in some)
        except OSError as error:
            found.append(_unread(path, error))
            continue
        if not entries:
            _wrong(found, "E405", f"the folder `{_shown(path)}` is empty", "fetch what belongs there, or remove it")
        count += len(entries)
        if count > MAX_FILES:
            message = f"`{_shown(folder)}` has more than {MAX_FILES} files and folders in it"
            _wrong(found, "E408", message, "name the folder of one model")
            return
        for name, entry, is_folder in entries:
            if is_folder:
                folders.append((f"{prefix}{name}/", entry.path))
            elif (item := _entry(prefix + name, entry, found)) is not None:
                yield item


def _entry(name: str, entry: "os.DirEntry[str]", found: list[Diagnostic]) -> _Seen | None:
    """A file in a folder, or what a link leads to."""
    try:
        status = entry.stat()
    except OSError as error:
        found.append(_unread(entry.path, error, is_link=entry.is_symlink()))
        return None
    if entry.is_symlink() and stat.S_ISDIR(status.st_mode):
        message = f"`{_shown(entry.path)}` is a link to a folder"
        _wrong(found, "E403", message, "put the folder itself there, or name it as a path of its own")
        return None
    return _seen(name, entry.path, status, found)


def _seen(name: str, path: str, status: os.stat_result, found: list[Diagnostic]) -> _Seen | None:
    """A regular file with a name that everybody writes alike."""
    if not stat.S_ISREG(status.st_mode):
        kind = next((word for test, word in _KINDS if test(status.st_mode)), "no regular file")
        _wrong(found, "E402", f"`{_shown(path)}` is {kind}, which has no bytes of its own", "take it out of the folder")
        return None
    try:
        name.encode()
    except UnicodeEncodeError:
        message = f"the name of `{_shown(path)}` is not valid Unicode"
        _wrong(found, "E404", message, "rename the file: two systems would read its name in two ways")
        return None
    return _Seen(name=name, path=path, size=status.st_size, identity=_identity(status))


_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


# Reading


def _opened(item: _Seen) -> FileIO:
    """A file for reading, which is still the one that was seen; a pipe in its place is not waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    file = FileIO(os.open(item.path, flags), "rb")
    try:
        _unchanged(item, file)
    except EvidenceError:
        file.close()
        raise
    return file


def _unchanged(item: _Seen, file: FileIO, read: int | None = None) -> None:
    """Raise EvidenceError when a file is another, or of another size, than it was at first."""
    if _identity(os.fstat(file.fileno())) != item.identity or read not in (None, item.size):
        message = f"`{_shown(item.path)}` changed while it was read"
        help_ = "digest the files when nothing writes them any more"
        raise EvidenceError([Diagnostic(code="E406", message=message, place=None, help=help_)])


class _Hasher:
    """Reads files once each, in chunks; a file with several names is read for the first."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress
        self._known: dict[tuple[int, ...], str] = {}
        self._buffer = memoryview(bytearray(_CHUNK))

    def sha256(self, item: _Seen) -> str:
        """The SHA-256 of a file; raises EvidenceError when it cannot be read, or changes meanwhile."""
        if item.identity not in self._known:
            try:
                self._known[item.identity] = self._read(item)
            except OSError as error:
                raise EvidenceError([_unread(item.path, error)]) from None
        else:
            self._tell(item.size)
        return self._known[item.identity]

    def _read(self, item: _Seen) -> str:
        hashed, size = hashlib.sha256(), 0
        with _opened(item) as file:
            while got := file.readinto(self._buffer):
                hashed.update(self._buffer[:got])
                size += got
                self._tell(got)
            _unchanged(item, file, size)
        return hashed.hexdigest()

    def _tell(self, size: int) -> None:
        self._done += size
        if self._progress is not None:
            self._progress(self._done, self._total)


# Headers of safetensors


class _Wrong(ValueError):
    """Why a header is none."""


def _header(item: _Seen, found: list[Diagnostic]) -> tuple[Tensors, ...]:
    """The tensors of a safetensors file by type, from its header alone; what is wrong with it goes to `found`."""
    try:
        with _opened(item) as file:
            size = int.from_bytes(_exactly(file, 8), "little")
            if size > MAX_HEADER:
                raise _Wrong(f"its header has {size} bytes, {MAX_HEADER} are read")
            if size > item.size - 8:
                raise _Wrong(f"its header has {size} bytes, and the file ends before")
            return _summed(_decoded(_exactly(file, size)), item.size - 8 - size)
    except _Wrong as wrong:
        message = f"`{_shown(item.path)}` is no safetensors file: {wrong}"
        _wrong(found, "E407", message, "fetch or write the file again: a reader would misread it, or refuse it")
    except OSError as error:
        found.append(_unread(item.path, error))
    except EvidenceError as error:
        found += error.diagnostics
    return ()


def _exactly(file: FileIO, size: int) -> bytes:
    pieces, left = [], size
    while left and (piece := file.read(min(left, _CHUNK))):
        pieces.append(piece)
        left -= len(piece)
    if left:
        raise _Wrong("it ends within its header")
    return b"".join(pieces)


_Row = tuple[str, int, int, int]
"""A tensor: its type, how many numbers it has, and where its bytes begin and end."""


def _decoded(data: bytes) -> list[tuple[str, Any]]:
    """The entries of a header, each checked by itself as it is read, so that a large header takes little room."""
    if not data.startswith(b"{"):
        raise _Wrong("its header does not begin with `{`")
    if sum(map(data.count, (b":", b",", b"[", b"{"))) > _MAX_SIGNS:
        raise _Wrong(_TOO_MANY)
    reader = _Entries()
    try:
        text = data.decode()
        top = json.loads(
            text, object_pairs_hook=reader.entry, parse_int=_whole, parse_float=_refused, parse_constant=_refused
        )
    except _Wrong:
        raise
    except (ValueError, RecursionError):
        raise _Wrong("its header is no JSON") from None
    if not isinstance(top, _Plain):
        raise _Wrong("its header has no entries")
    return top.pairs


class _Plain:
    """An object of the header that is no tensor: the metadata, or the header itself."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


class _Entries:
    """The objects of a header, innermost first."""

    def __init__(self) -> None:
        self._count = 0

    def entry(self, pairs: list[tuple[str, Any]]) -> "_Row | _Plain":
        """A tensor as a row; whatever else as it is."""
        self._count += 1
        if self._count > MAX_TENSORS:
            raise _Wrong(_TOO_MANY)
        names = {name for name, _ in pairs}
        if len(names) < len(pairs):
            raise _Wrong("its header has a name twice")
        fields = dict(pairs) if names == _FIELDS else {}
        return _row(fields) if isinstance(fields.get("shape"), list) else _Plain(pairs)


def _whole(text: str) -> int:
    if len(text) > _MAX_NUMBER or text.startswith("-"):
        raise _Wrong("a size or an offset in its header is no whole number from 0 to 2^64")
    return int(text)


def _refused(_text: str) -> NoReturn:
    raise _Wrong("a size or an offset in its header is no whole number from 0 to 2^64")


def _row(fields: Mapping[str, Any]) -> _Row:
    """A tensor; raises _Wrong when its type is unknown or its bytes are not as many as its numbers need."""
    dtype, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise _Wrong(f"it has a tensor of the unknown type `{_shown(str(dtype))}`")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise _Wrong("a tensor in its header has no shape of whole numbers, or not two offsets")
    numbers = 1
    for length in shape:
        numbers *= length
        if numbers >= 1 << 64:
            raise _Wrong("it has a tensor of more than 2^64 numbers")
    begin, end = offsets
    if numbers * BITS[dtype] != (end - begin) * 8:
        raise _Wrong(f"a tensor of {numbers} numbers in {dtype} has {end - begin} bytes")
    return sys.intern(dtype), numbers, begin, end


def _are_counts(values: object) -> bool:
    return isinstance(values, list) and all(type(value) is int for value in values)


def _summed(entries: Sequence[tuple[str, Any]], size: int) -> tuple[Tensors, ...]:
    """The tensors by type; raises _Wrong when they do not account for the bytes of the file, each byte once."""
    rows = []
    for name, row in entries:
        if name == "__metadata__":
            _metadata(row)
            continue
        if not isinstance(row, tuple):
            raise _Wrong(f"the entry `{_shown(name)}` of its header is no `dtype`, `shape` and `data_offsets`")
        if not _is_unicode(name):
            raise _Wrong("the name of a tensor is not valid Unicode")
        rows.append(row)
    at = 0
    for _, _, begin, end in sorted(rows, key=lambda row: row[2:]):
        if begin != at:
            raise _Wrong(f"two tensors share the byte {begin}" if begin < at else f"no tensor has the byte {at}")
        at = end
    if at != size:
        raise _Wrong(f"its tensors have {at} bytes, and the file has {size} for them")
    sums: dict[str, tuple[int, int]] = {}
    for dtype, numbers, _, _ in rows:
        count, parameters = sums.get(dtype, (0, 0))
        sums[dtype] = (count + 1, parameters + numbers)
    return tuple(Tensors(dtype=name, count=count, parameters=size) for name, (count, size) in sorted(sums.items()))


def _metadata(value: object) -> None:
    if not isinstance(value, _Plain) or not all(isinstance(text, str) for _, text in value.pairs):
        raise _Wrong("its `__metadata__` is no mapping of texts to texts")


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# What is wrong


def _unread(path: str, error: Exception, *, is_link: bool = False) -> Diagnostic:
    """Why a path cannot be read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    why = why[:1].lower() + why[1:]
    if is_link:
        leads = "is a link that leads nowhere" if isinstance(error, FileNotFoundError) else f"is a link: {why}"
        help_ = "put the file itself there, or fetch what the link leads to"
        return Diagnostic(code="E403", message=f"`{_shown(path)}` {leads}", place=None, help=help_)
    help_ = "name a file or a folder that can be read, with everything in it"
    return Diagnostic(code="E401", message=f"`{_shown(path)}` cannot be read: {why}", place=None, help=help_)


def _wrong(found: list[Diagnostic], code: str, message: str, help_: str) -> None:
    found.append(Diagnostic(code=code, message=message, place=None, help=help_))


def _shown(text: str) -> str:
    """A text of a file system or a header, short enough for a line."""
    return text if len(text) <= _MAX_SHOWN else f"…{text[-_MAX_SHOWN:]}"
