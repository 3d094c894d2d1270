"""Finding what reads a log: importers by their entry points, asked by what a file begins with and never by its name.

The importers of this program are asked first, in the order of their names, and no other can take their names or their
files. One from elsewhere is loaded only when nothing of ours knows a file, and only those the caller allows; what it
gives is checked like everything else (`evidence.logs`).
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from errno import ENOENT
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.logs import Log, accept

GROUP = "policylang.evaluators"
HEAD = 1 << 16
"""How many bytes of a file an importer is shown before it is asked to read."""

_OURS = "policylang"
_POINTER = b"version https://git-lfs.github.com/spec/"
_KNOWN = "logs of Inspect AI and of lm-evaluation-harness are read; `policyc explain E304` lists all"


class Importer(Protocol):
    """What reads the logs of one tool."""

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so, or a folder that holds such names, is a log of the tool."""
        ...

    def read(self, path: str) -> Sequence[Any]:
        """The logs there, one for each task, as `evidence.logs.accept` wants them; raises EvidenceError."""
        ...


def read_logs(
    path: str, *, points: Iterable[EntryPoint] | None = None, allowed: Collection[str] = ()
) -> tuple[Log, ...]:
    """The logs in a file or folder; raises EvidenceError where nothing can read it, or it cannot be used.

    `allowed` names the importers from elsewhere that may be loaded.
    """
    try:
        head, names = _look(path)
        importer = _find(path, head, names, _points(points, allowed))
        records = importer.read(path)
        digest = _digest(path)
    except EvidenceError:
        raise
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        message = f"`{path}` cannot be read: {why[:1].lower() + why[1:]}"
        raise _refused("C102", message, "name a file that can be read") from None
    except RecursionError:
        raise _refused("E302", f"`{path}` is nested too deep", "such a log is not read") from None
    except Exception as error:  # noqa: BLE001  # logs are anybody's text, and importers may be anybody's code
        message = f"`{path}` cannot be read: its importer stopped with {type(error).__name__}"
        raise _refused("E310", message, "report it to whoever wrote the importer; the log was not read") from None
    return tuple(accept(record, name=path, digest=digest) for record in records)


def knows(path: str, *, points: Iterable[EntryPoint] | None = None, allowed: Collection[str] = ()) -> bool:
    """Whether a file or folder is a log of some tool, or stands in the place of one; raises OSError, EvidenceError."""
    head, names = _look(path)
    if head.startswith((b"PK", _POINTER)):
        return True
    return any(_load(point).claims(head, names) for point in _points(points, allowed))


def _look(path: str) -> tuple[bytes, tuple[str, ...]]:
    """What a file begins with; of a folder the names in it."""
    place = Path(path)
    if place.is_dir():
        return b"", tuple(sorted(child.name for child in place.iterdir()))
    if not place.is_file():
        raise FileNotFoundError(ENOENT, "there is no such file or folder" if not place.exists() else "it is no file")
    with place.open("rb") as file:
        return file.read(HEAD), ()


def _find(path: str, head: bytes, names: tuple[str, ...], points: Sequence[EntryPoint]) -> Importer:
    if head.startswith(_POINTER):
        message = f"`{path}` is a Git LFS pointer, not the file it stands for"
        raise _refused("E308", message, "fetch the file with `git lfs pull`")
    for point in points:
        importer = _load(point)
        if importer.claims(head, names):
            return importer
    raise _refused("E304", f"nothing here can read `{path}`: it is no log of a known tool", _KNOWN)


def _points(points: Iterable[EntryPoint] | None, allowed: Collection[str]) -> list[EntryPoint]:
    """Our importers by name, then the allowed others; a name of ours is ours."""
    found = sorted(entry_points(group=GROUP) if points is None else points, key=lambda point: (point.name, point.value))
    ours = {point.name: point for point in found if _is_ours(point)}
    others = [point for point in found if not _is_ours(point) and point.name in allowed and point.name not in ours]
    return [*ours.values(), *others]


def _is_ours(point: EntryPoint) -> bool:
    """Whether an entry point leads into this package, whoever registered it."""
    return point.value.startswith(f"{_OURS}.evaluators.")


def _load(point: EntryPoint) -> Importer:
    """The importer of an entry point; what goes wrong while it is loaded is said, and stops the reading."""
    try:
        make: Callable[[], Importer] = point.load()
        return make()
    except Exception as error:  # noqa: BLE001  # code of others runs here
        message = f"the importer `{point.name}` cannot be loaded: {type(error).__name__}"
        raise _refused("E310", message, "install what it needs, or uninstall it") from None


def _digest(path: str) -> str:
    """The digest of a file; of a folder, of the names and digests of its files."""
    place = Path(path)
    if place.is_dir():
        parts = [f"{_digest(str(child))} {child.name}\n" for child in sorted(place.iterdir()) if child.is_file()]
        return "sha256:" + hashlib.sha256("".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
    with place.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def _refused(code: str, message: str, remedy: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=remedy)])
