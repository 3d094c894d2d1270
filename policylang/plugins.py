"""Finding what is installed by its entry point: importers of logs, evaluators of models, engines that run them.

Importers are asked by what a file begins with and never by its name. Those of this program are asked first, in the
order of their names, and no other can take their names or their files. One from elsewhere is loaded only when nothing
of ours knows a file, and only those the caller allows; what it gives is checked like everything else (`evidence.logs`).
"""

import hashlib
import re
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from errno import ENOENT
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from policylang.diagnostics import Diagnostic, EvidenceError, nearest
from policylang.evidence.asking import Backend, Evaluator, ModelSpec, Runner
from policylang.evidence.logs import Log, accept

GROUP = "policylang.importers"
EVALUATORS = "policylang.evaluators"
ENGINES = "policylang.engines"
TRAINERS = "policylang.trainers"
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


# What measures models


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An evaluator, and what the evidence says of where it came from."""

    name: str
    evaluator: Evaluator | Runner
    distribution: str
    version: str
    digest: str

    @property
    def identity(self) -> str:
        """What measured, as a reading names it: `policylang/choice 0.1.0 sha256:…`."""
        return f"{self.name} {self.version} {self.digest}"


def evaluator(name: str, *, points: Iterable[EntryPoint] | None = None) -> Found:
    """The evaluator `package/name`, or of ours by its name alone; raises EvidenceError where there is none.

    Only the package that is named is loaded, and no other can take a name of ours: `choice` is `policylang/choice`,
    whatever is installed. Two packages that both claim a name are refused.
    """
    package, _, short = name.rpartition("/")
    package = _normal(package or _OURS)
    known = list(entry_points(group=EVALUATORS) if points is None else points)
    of_package = {point for point in known if _package(point) == package}
    fitting = [point for point in of_package if point.name == short]
    if len(fitting) != 1:
        names = sorted(f"{_package(point)}/{point.name}" for point in known)
        what = "is given by two installed packages" if fitting else "is not installed"
        message = f"the evaluator `{package}/{short}` {what}"
        help_ = "uninstall one of them" if fitting else nearest(f"{package}/{short}", names)
        raise _refused("E505", message, help_ or "install the package that has it")
    point = fitting[0]
    if package == _OURS and not _is_ours(point):
        message = f"an installed package passes its evaluator off as `{package}/{short}`"
        raise _refused("E505", message, f"uninstall what registered `{point.value}`")
    made = _made(point, f"{package}/{short}")
    digest = _code_digest(point)
    version = point.dist.version if point.dist is not None else "unknown"
    return Found(name=f"{package}/{short}", evaluator=made, distribution=package, version=version, digest=digest)


def engine(name: str) -> Callable[[ModelSpec], Backend]:
    """What opens models for an engine, `local` for one; raises EvidenceError where there is none of that name."""
    found: Callable[[ModelSpec], Backend] = _ours(ENGINES, name)
    return found


def trainer(name: str) -> Callable[..., None]:
    """What trains an adapter, `lora` for one; raises EvidenceError where there is none of that name."""
    found: Callable[..., None] = _ours(TRAINERS, name)
    return found


def _ours(group: str, name: str) -> Any:
    """What an entry point of this program leads to."""
    known = {point.name: point for point in entry_points(group=group) if _is_ours(point)}
    if name not in known:
        raise _refused("E505", f"there is no {group.rpartition('.')[2][:-1]} `{name}`", nearest(name, known))
    return known[name].load()


def _made(point: EntryPoint, name: str) -> Evaluator | Runner:
    """The evaluator of an entry point; what goes wrong while it is loaded is said, and stops the run."""
    try:
        made = point.load()()
    except ImportError as error:
        message = f"the evaluator `{name}` cannot be loaded: it needs `{error.name or error}`"
        raise _refused(
            "E505", message, "install what it needs, such as `pip install 'policylang[evaluators]'`"
        ) from None
    except Exception as error:  # noqa: BLE001  # code of others runs here
        message = f"the evaluator `{name}` cannot be loaded: {type(error).__name__}"
        raise _refused("E505", message, "report it to whoever wrote it") from None
    if not isinstance(made, Evaluator | Runner):
        message = f"`{name}` is no evaluator: it has not `Settings`, `metrics`, `measure` and `shown`"
        raise _refused("E505", message, "docs/evaluators.md shows one in thirty lines")
    return made


def _package(point: EntryPoint) -> str:
    """The name of the distribution that an entry point is of."""
    return _normal(point.dist.name) if point.dist is not None else ""


def _normal(name: str) -> str:
    """A name of a distribution as all its spellings are."""
    return re.sub("[-_.]+", "-", name).lower()


def _code_digest(point: EntryPoint) -> str:
    """The digest of the code of an evaluator: of all Python files of the package that its module is in."""
    module = sys.modules.get(point.module)
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return "sha256:unknown"
    path = Path(file)
    files = [path] if not module.__package__ else sorted(path.parent.rglob("*.py"))
    rows = [
        f"{hashlib.sha256(one.read_bytes()).hexdigest()} {one.relative_to(path.parent).as_posix()}\n" for one in files
    ]
    return "sha256:" + hashlib.sha256("".join(rows).encode()).hexdigest()
