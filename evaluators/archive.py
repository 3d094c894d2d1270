"""ZIP archives read without trust: a directory walked in constant memory, members streamed, everything bounded.

`zipfile` keeps an object for every member and knows no zstd before Python 3.14. A log has a member for every sample,
and what is wanted is in three of them, so the directory is walked here and only the wanted entries are kept. An
archive that two readers could read in two ways is refused: names that stand twice or lead elsewhere, a member whose own
header says something else than the directory, bytes before or between that no directory accounts for.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from .record import refused, shown

MAX_OPENED = 10_000
"""How many members are kept and read."""
MAX_LISTED = 1_000_000
"""How many members a directory may list; a log has one for every sample, which nobody opens."""
MAX_OUT = 2 << 30
MAX_RATIO = 100

_CHUNK = 1 << 16
_PIECE = 1 << 18
_FREE = 1 << 20  # what may come out whatever went in: little text is often very alike
_STORED, _DEFLATE, _ZSTD = 0, 8, 93
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_TAKE_AGAIN = "take the log again from where its tool wrote it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member as the directory lists it."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    offset: int


class _Inflater(Protocol):
    """What unpacks: bytes in, at most so many out."""

    def feed(self, data: bytes, most: int = _PIECE) -> Iterator[bytes]:
        """What some bytes unpack to, in pieces of a size at most."""
        ...

    def ended(self) -> bool:
        """Whether the packed data is complete."""
        ...


class Archive:
    """An open archive."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        """Find the directory; raises EvidenceError where there is none."""
        self.name = name
        self._file = file
        self._budget = MAX_OUT
        self._count, self._start, self._size = self._directory()
        self._glances = max(MAX_OUT, MAX_RATIO * self._start)

    def members(
        self, wanted: Callable[[str], bool], other: Callable[[Member], None] | None = None
    ) -> tuple[dict[str, Member], int]:
        """The wanted members by name, and how many others there are; raises EvidenceError.

        The others are not kept; each is shown to `other` as the directory lists it.
        """
        kept: dict[str, Member] = {}
        others = 0
        for member in self._entries():
            if not wanted(member.name):
                others += 1
                if other is not None:
                    other(member)
                continue
            if member.name in kept:
                raise self._wrong(f"two members are called {shown(member.name)}")
            kept[member.name] = member
            if len(kept) > MAX_OPENED:
                message = f"`{self.name}` has more than {MAX_OPENED} members that would have to be read"
                raise refused("E302", message, "give its outcomes as evidence")
        return kept, others

    def stream(self, member: Member) -> Iterator[bytes]:
        """What a member holds, piece by piece; raises EvidenceError where it is damaged or too large."""
        inflater = self._inflater(member)
        crc = out = 0
        allowed = max(_FREE, MAX_RATIO * member.packed)
        for packed in self._packed(member):
            for piece in inflater.feed(packed):
                out += len(piece)
                self._budget -= len(piece)
                if out > allowed or self._budget < 0:
                    raise self._too_much(member)
                crc = zlib.crc32(piece, crc)
                yield piece
        if out != member.size or crc != member.crc or not inflater.ended():
            raise self._wrong(f"{shown(member.name)} is damaged: its checksum does not fit")

    def glance(self, member: Member, size: int) -> Iterator[bytes]:
        """What a member begins with, in pieces of about a size, for whoever will not read it to its end.

        Nothing is compared with a checksum, and it comes out of another budget: a log may hold more transcripts than
        anybody would unpack whole.
        """
        inflater = self._inflater(member)
        allowed = max(_FREE, MAX_RATIO * member.packed)
        for packed in self._packed(member, size):
            for piece in inflater.feed(packed, size):
                allowed -= len(piece)
                self._glances -= len(piece)
                if allowed < 0 or self._glances < 0:
                    raise self._too_much(member)
                yield piece

    def _too_much(self, member: Member) -> Exception:
        message = f"`{self.name}`: {shown(member.name)} unpacks to more than a log does"
        return refused("E302", message, f"{MAX_RATIO} times its size and {MAX_OUT >> 30} GiB are read")

    def _packed(self, member: Member, size: int = _CHUNK) -> Iterator[bytes]:
        self._file.seek(member.offset)
        head = self._file.read(_LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
            raise self._wrong(f"{shown(member.name)} is not where the directory says")
        _, _, flags, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack(head)
        name = self._file.read(name_size)
        if name.decode("utf-8", "replace") != member.name or method != member.method or flags & 1:
            raise self._wrong(f"{shown(member.name)} calls itself something else")
        at, left = member.offset + _LOCAL.size + name_size + extra_size, member.packed
        while left:
            self._file.seek(at)
            data = self._file.read(min(size, left))
            if not data or at + len(data) > self._start:
                raise self._wrong(f"{shown(member.name)} is cut off")
            at, left = at + len(data), left - len(data)
            yield data

    def _inflater(self, member: Member) -> _Inflater:
        if member.method == _STORED:
            return _Stored()
        if member.method == _DEFLATE:
            return _Deflate(self._wrong)
        if member.method == _ZSTD:
            return _Zstd(self.name, self._wrong)
        raise self._wrong(f"{shown(member.name)} is packed in a way (method {member.method}) that no log is")

    # The directory

    def _directory(self) -> tuple[int, int, int]:
        """Number of entries, offset and size of the directory."""
        size = self._file.seek(0, 2)
        tail_at = max(0, size - (1 << 16) - _END.size)
        self._file.seek(tail_at)
        tail = self._file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or len(tail) - at < _END.size:
            raise self._wrong("it ends before its directory: the run that wrote it died, or the file was cut off")
        _, disk, first, _, count, length, start, comment = _END.unpack_from(tail, at)
        end = tail_at + at
        if disk or first or end + _END.size + comment != size:
            raise self._wrong("something stands after its end")
        if count == 0xFFFF or length == 0xFFFFFFFF or start == 0xFFFFFFFF:
            count, length, start, end = self._directory64(end)
        if start + length != end:
            raise self._wrong("its directory is not where it says")
        if count > MAX_LISTED or length > MAX_LISTED * 256:
            raise refused("E302", f"`{self.name}` lists {count} members", f"up to {MAX_LISTED} are read")
        return count, start, length

    def _directory64(self, end: int) -> tuple[int, int, int, int]:
        at = end - _LOCATOR.size
        self._file.seek(max(0, at))
        locator = self._file.read(_LOCATOR.size)
        if at < 0 or locator[:4] != b"PK\6\7":
            raise self._wrong("its directory has no end")
        _, _, where, _ = _LOCATOR.unpack(locator)
        if where + _END64.size != at:
            raise self._wrong("its directory is not where it says")
        self._file.seek(where)
        _, _, _, _, _, _, _, count, length, start = _END64.unpack(self._file.read(_END64.size))
        return count, length, start, where

    def _entries(self) -> Iterator[Member]:
        """The entries of the directory, one by one."""
        buffer, at, read = b"", 0, 0
        for _ in range(self._count):
            if len(buffer) - at < 1 << 18 and read < self._size:
                self._file.seek(self._start + read)
                more = self._file.read(min(1 << 20, self._size - read))
                buffer, at, read = buffer[at:] + more, 0, read + len(more)
                if not more:
                    raise self._wrong("its directory is cut off")
            if len(buffer) - at < _ENTRY.size or buffer[at : at + 4] != b"PK\1\2":
                raise self._wrong("its directory is damaged")
            fields = _ENTRY.unpack_from(buffer, at)
            name_size, extra_size, comment_size = fields[10:13]
            at += _ENTRY.size
            raw = buffer[at : at + name_size]
            extra = buffer[at + name_size : at + name_size + extra_size]
            at += name_size + extra_size + comment_size
            yield self._member(fields, raw, extra)
        if read != self._size or at != len(buffer):
            raise self._wrong("its directory lists more than it counts")

    def _member(self, fields: tuple[Any, ...], raw: bytes, extra: bytes) -> Member:
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        mode, offset = fields[15] >> 16, fields[16]
        name = raw.decode("utf-8", "replace")
        odd = name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/") or name[1:2] == ":"
        if odd or not name or mode & 0o170000 == 0o120000:
            raise self._wrong(f"the member {shown(name)} leads elsewhere")
        if flags & 1:
            raise self._wrong(f"the member {shown(name)} is encrypted")
        if 0xFFFFFFFF in (packed, size, offset):
            size, packed, offset = self._wide(extra, (size, packed, offset))
        return Member(name=name, method=method, crc=crc, packed=packed, size=size, offset=offset)

    def _wide(self, extra: bytes, narrow: tuple[int, int, int]) -> list[int]:
        """Sizes and offset where they need 64 bits."""
        while len(extra) >= 4:
            kind, size = struct.unpack_from("<2H", extra)
            if kind == 1:
                numbers = iter(struct.unpack_from(f"<{min(size, len(extra) - 4) // 8}Q", extra, 4))
                found = [next(numbers, None) if number == 0xFFFFFFFF else number for number in narrow]
                if None not in found:
                    return [number for number in found if number is not None]
            extra = extra[4 + size :]
        raise self._wrong("its directory is damaged")

    def _wrong(self, problem: str) -> Exception:
        return refused("E301", f"`{self.name}` is no archive to rely on: {problem}", _TAKE_AGAIN)


class _Stored:
    """Members that are not packed."""

    def feed(self, data: bytes, most: int = _PIECE) -> Iterator[bytes]:  # noqa: ARG002  # what came in was no more
        """The bytes themselves."""
        yield data

    def ended(self) -> bool:
        """Always: the checksum tells."""
        return True


class _Deflate:
    """Members packed by deflate."""

    def __init__(self, wrong: Callable[[str], Exception]) -> None:
        self._one = zlib.decompressobj(-15)
        self._wrong = wrong

    def feed(self, data: bytes, most: int = _PIECE) -> Iterator[bytes]:
        """What some bytes unpack to, in pieces of a size at most."""
        try:
            while data:
                piece = self._one.decompress(data, most)
                if piece:
                    yield piece
                if self._one.eof and self._one.unused_data:
                    raise self._wrong("a member goes on after its end")
                data = self._one.unconsumed_tail
        except zlib.error:
            raise self._wrong("a member is damaged") from None

    def ended(self) -> bool:
        """Whether the packed data is complete."""
        return self._one.eof


class _Zstd:
    """Members packed by zstd, in one frame or several."""

    def __init__(self, name: str, wrong: Callable[[str], Exception]) -> None:
        self._library = _zstd(name)
        self._wrong = wrong
        self._one = self._new()
        self._fresh = True

    def _new(self) -> Any:
        window = {self._library.DecompressionParameter.window_log_max: 27}
        return self._library.ZstdDecompressor(options=window)

    def feed(self, data: bytes, most: int = _PIECE) -> Iterator[bytes]:
        """What some bytes unpack to, in pieces of a size at most."""
        try:
            while data or not (self._fresh or self._one.eof or self._one.needs_input):
                piece = self._one.decompress(data, most)
                self._fresh, data = False, b""
                if piece:
                    yield piece
                if self._one.eof:
                    data = self._one.unused_data
                    if data:
                        self._one, self._fresh = self._new(), True
        except self._library.ZstdError:
            raise self._wrong("a member is damaged") from None

    def ended(self) -> bool:
        """Whether the last frame is complete."""
        return bool(self._one.eof)


def _zstd(name: str) -> Any:
    """The zstd of the standard library, or its backport; raises EvidenceError where neither is there."""
    import importlib

    for module in ("compression.zstd", "backports.zstd"):
        try:
            return importlib.import_module(module)
        except ImportError:
            continue
    message = f"`{name}` is packed with zstd, which this Python (before 3.14) cannot read"
    raise refused("E307", message, "install `backports.zstd`")
