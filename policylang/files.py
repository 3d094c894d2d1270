"""Files of policies and evidence, and the cache of compiled policies: reading and writing the disk for the library.

A policy is compiled once; its graph is kept under a key made of the text of every file it came from and of this
version, and read back while all of them are unchanged. What is read back is not believed: its digest is computed anew,
so that a decision always names the policy it was made under. An entry that others could have written is not read.
"""

import hashlib
import itertools
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

from policylang import resources
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError, nearest
from policylang.graph.canonical import FORM, from_text, to_text
from policylang.graph.nodes import Graph
from policylang.source import Place, Source, Span

if TYPE_CHECKING:
    from policylang.clocks import Moment
    from policylang.compile import Compiled
    from policylang.evidence.facts import Evidence, Stated
    from policylang.evidence.gather import Given
    from policylang.evidence.logs import Log
    from policylang.evidence.vocabulary import Vocabulary

MAX_POLICY = 1 << 20
MAX_EVIDENCE = 64 << 20
MAX_FILES = 10_000
"""How many files a folder of logs may hold."""
HEAD = 1 << 16
POLICIES = (".policy", ".policy.md")
TESTS = ".test.policy"

_STANDARD = "policylang:"
_EVIDENCE = b"policylang/evidence/"
_REGISTER = b'"policylang/register/'


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A policy ready to decide: its graph, the files it came from, and warnings about them."""

    graph: Graph
    sources: tuple[Source, ...]
    warnings: tuple[Diagnostic, ...]


def load(path: str | os.PathLike[str], *, cache: bool = True) -> Loaded:
    """The policy in a file, from the cache when nothing changed; raises PolicyError with everything wrong with it."""
    source = read_policy(os.fspath(path))
    entry = _entry(source) if cache else None
    if entry is not None and (loaded := _cached(entry, source)) is not None:
        return loaded
    compiled = compile_source(source)
    loaded = Loaded(graph=compiled.graph, sources=compiled.sources, warnings=compiled.warnings)
    if entry is not None:
        _keep(entry, loaded)
    return loaded


def compile_source(source: Source) -> "Compiled":
    """Compile a policy, taking in files relative to it; raises PolicyError."""
    from policylang.compile import compile_policy  # an unchanged policy needs no parser

    return compile_policy(source, taken)


def standard_source(name: str) -> Source:
    """The text of a standard policy; raises FileNotFoundError when there is none of that name."""
    return Source(name=_STANDARD + name, text=resources.policy_text(name))


def compile_tested(path: str) -> "Compiled":
    """Compile a policy with the tests in `NAME.test.policy` beside it, if any; raises PolicyError."""
    from policylang.compile import compile_policy

    beside = tests_of(path)
    return compile_policy(read_policy(path), taken, [read_policy(beside)] if Path(beside).is_file() else [])


def tests_of(path: str) -> str:
    """The file that has the tests of a policy, whether it is there or not: `acme.test.policy` for `acme.policy`."""
    return path.removesuffix(".md").removesuffix(".policy") + TESTS


def is_tests(path: str) -> bool:
    """Whether a path names a file of tests."""
    return path.endswith(TESTS)


def policy_files(words: Iterable[str], *, tests: bool = False) -> list[str]:
    """The policies that some words name, each once however it is written; with `tests` also the files of tests.

    Raises PolicyError as `policies_in` does.
    """
    found: dict[str, str] = {}
    for word in words:
        for name in _below(word) if tests else policies_in(word):
            found.setdefault(os.path.normpath(name), name)
    return list(found.values())


def policies_in(path: str) -> list[str]:
    """The policies in a folder and below it, sorted, or the one file; of a file of tests, the policy it tests.

    Raises PolicyError when a folder has none, or the policy of a file of tests is not there.
    """
    if is_tests(path):
        stem = path.removesuffix(TESTS)
        for name in (f"{stem}.policy", f"{stem}.policy.md"):
            if Path(name).is_file():
                return [name]
        message = f"`{path}` holds tests, and there is no `{stem}.policy` that they are of"
        help_ = "a file of tests stands beside its policy, and has its name"
        raise PolicyError([Diagnostic(code="C102", message=message, place=None, help=help_)])
    return _below(path, without=TESTS)


def _below(path: str, *, without: str = "") -> list[str]:
    """The one file, or those of policies in a folder and below it, sorted; raises PolicyError when there is none.

    Hidden folders, links and pipes are passed over: what is there is not of this folder.
    """
    if not Path(path).is_dir():
        return [path]
    found: list[str] = []
    for where, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        named = [Path(where, name) for name in names if name.endswith(POLICIES)]
        own = [file for file in named if not (without and file.name.endswith(without))]
        found += [str(file) for file in own if stat.S_ISREG(file.lstat().st_mode)]
    if not found:
        help_ = "name policies, files that end in `.policy` or `.policy.md`, or a folder of them"
        message = f"there is no policy in the folder `{path}`"
        raise PolicyError([Diagnostic(code="C102", message=message, place=None, help=help_)])
    return sorted(found)


def read_policy(path: str) -> Source:
    """The text of a policy file; raises PolicyError when it cannot be read or is too large."""
    try:
        return Source(name=path, text=_text(_bytes(path, MAX_POLICY)))
    except (OSError, ValueError) as error:
        raise PolicyError([_unreadable(path, error)]) from None


def rewrite(source: Source, text: str) -> None:
    """Put another text in the file that a policy was read from, in one step; raises PolicyError when that fails.

    What somebody else wrote there in the meantime is not lost: then nothing is written.
    """
    try:
        if not Path(source.name).stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise ValueError("it is read-only")
        old = _bytes(source.name, MAX_POLICY)
        if _text(old) != source.text:
            raise ValueError("it was changed in the meantime")
        mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
        put(source.name, mark + text.encode("utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyError([_unwritable(source.name, error)]) from None


def put(name: str, data: bytes) -> None:
    """Write a file in one step, or not at all; what was there keeps its permissions. Raises OSError."""
    import tempfile  # writing is the exception

    path = Path(name).resolve()  # the file itself, where a link names it
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_mask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _mask() -> int:
    """The permissions that new files do not get."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(path: str, error: Exception) -> Diagnostic:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    message = f"`{path}` cannot be written: {why[:1].lower()}{why[1:]}"
    return Diagnostic(code="C110", message=message, place=None, help="it is as it was; free the disk, or the file")


def read_evidence(paths: Sequence[str], graphs: Sequence[Graph] = (), stated: "Stated | None" = None) -> "Evidence":
    """The evidence in files, `-` for standard input, and in logs of eval tools, merged.

    Logs are bound to the measures of `graphs`; `stated` is what no log can know, such as the stage. Raises
    EvidenceError with everything wrong with them.
    """
    from policylang.evidence.facts import Stated
    from policylang.evidence.gather import gather

    return gather(read_given(paths), graphs, stated or Stated()).evidence


def load_vocabulary(path: str = "") -> "Vocabulary":
    """The vocabulary in a file, or that of the standard policies; raises EvidenceError with all that is wrong."""
    from policylang.evidence.vocabulary import read_vocabulary  # only several policies have something in common

    if not path:
        return read_vocabulary(Source(name=f"{_STANDARD}vocabulary.yaml", text=resources.vocabulary_text()))
    try:
        return read_vocabulary(Source(name=path, text=_text(_bytes(path, MAX_POLICY))))
    except (OSError, ValueError) as error:
        raise EvidenceError([_unreadable(path, error)]) from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Worded:
    """The evidence in the words of each of some policies, and the vocabulary, where one was wanted for it."""

    evidence: "tuple[Evidence, ...]"
    vocabulary: "Vocabulary | None"


def worded(evidence: "Evidence", graphs: Sequence[Graph], as_of: "Moment", path: str = "") -> Worded:
    """The evidence as each policy is decided on it: what is claimed in neutral terms is said in its own.

    Several policies have a vocabulary in any case, as they are compared in its terms. Raises EvidenceError with what
    none of the policies can use.
    """
    from policylang.evidence.admit import admit  # what only formats or lints judges no evidence

    known = {name for graph in graphs for name in graph.category}
    neutral = any(fact.kind == "assessment" and fact.about not in known for fact in evidence.facts)
    vocabulary = load_vocabulary(path) if path or neutral or len(graphs) > 1 else None
    if vocabulary is None:
        wrong = list(admit(graphs, evidence, as_of))
        each = tuple(evidence for _ in graphs)
    else:
        wrong = [*admit(graphs, vocabulary.plain(evidence, graphs), as_of), *vocabulary.admit(evidence, graphs, as_of)]
        each = () if wrong else tuple(vocabulary.translated(evidence, graphs, graph) for graph in graphs)
    if wrong:
        raise EvidenceError(wrong)
    return Worded(evidence=each, vocabulary=vocabulary)


def read_given(paths: Sequence[str], report: Callable[[str], None] = lambda _: None) -> "Given":
    """What stands in files and folders, each as what it is by its content; `report` is told of each log read.

    Raises EvidenceError with everything that cannot be read.
    """
    from policylang.evidence.gather import Given
    from policylang.evidence.reader import decode

    sources: dict[str, list[Source]] = {"evidence": [], "register": []}
    logs: list[Log] = []
    found: list[Diagnostic] = []
    passed_over: list[str] = []

    def take(path: str, *, named: bool) -> None:
        kind = _kind(path)
        if kind == "log":
            report(path)
            logs.extend(_logs(path))
        elif kind or named:  # what is named and unknown is evidence that says what is wrong with it
            text = decode("<stdin>" if path == "-" else path, _bytes(path, MAX_EVIDENCE))
            sources[kind or "evidence"].append(text)
        else:
            passed_over.append(path)

    for path in paths:
        name = path
        try:
            files = _files_in(path)
            for name in files or (path,):
                take(name, named=not files)
            if files and set(files) <= set(passed_over):
                found.append(_nothing_in(path))
        except (OSError, ValueError) as error:
            found.append(_unreadable(name, error))
        except EvidenceError as error:
            found += error.diagnostics
    if found:
        raise EvidenceError(found)
    return Given(
        sources=tuple(sources["evidence"]),
        logs=tuple(logs),
        registers=tuple(sources["register"]),
        passed_over=tuple(passed_over),
    )


def _kind(path: str) -> Literal["evidence", "register", "log", ""]:
    """What a file, or a folder that is one log, is by its content; empty when it is nothing known. Raises OSError."""
    if path in ("-", ""):
        return "evidence"
    if Path(path).is_file():
        with Path(path).open("rb") as file:
            head = file.read(HEAD)
        if _REGISTER in head.partition(b"\n")[0]:
            return "register"
        if _EVIDENCE in head:
            return "evidence"
    elif not Path(path).is_dir():
        return "evidence"  # a pipe is read once, and what is not there is said when it is read
    from policylang.plugins import knows  # evidence alone needs no importers

    return "log" if knows(path) else ""


def _files_in(path: str) -> list[str]:
    """The files in a folder and below it; none of what is no folder, or is one log as a whole."""
    if path == "" or not Path(path).is_dir() or _kind(path) == "log":
        return []
    files: list[str] = []
    for where, _, names in os.walk(path):
        files += [os.path.join(where, name) for name in names]  # noqa: PTH118  # of bytes that are no text too
        if len(files) > MAX_FILES:
            raise ValueError(f"it is a folder of more than {MAX_FILES} files, name the logs in it")
    if not files:
        raise EvidenceError([_nothing_in(path)])
    return sorted(files)


def _nothing_in(folder: str) -> Diagnostic:
    message = f"the folder `{folder}` has no log of a tool that is known"
    help_ = "name the logs themselves; `policyc explain E304` lists what is read"
    return Diagnostic(code="E304", message=message, place=None, help=help_)


def _logs(path: str) -> "Sequence[Log]":
    from policylang.plugins import read_logs

    return read_logs(path)


def _bytes(path: str, limit: int) -> bytes:
    """The bytes of a regular file, a pipe or standard input, up to a limit; raises OSError or ValueError."""
    if path == "-":
        data = sys.stdin.buffer.read(limit + 1)
    else:
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it has more than {limit >> 20} MiB")
    return data


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start + 1})") from None


def _unreadable(path: str, error: Exception) -> Diagnostic:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    why = why[:1].lower() + why[1:]
    help_ = _near(path) if isinstance(error, FileNotFoundError) else ""
    message = f"`{path}` cannot be read: {why}"
    return Diagnostic(code="C102", message=message, place=None, help=help_ or "name a file that can be read")


def _near(path: str) -> str:
    """A help sentence with the file that was probably meant, in the same folder; empty when none is much like it."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or ".") as entries:
            names = [entry.name for entry in itertools.islice(entries, 1000)]
    except OSError:
        return ""
    close = nearest(name, names)
    found = close.removeprefix("did you mean `").removesuffix("`?")
    return f"did you mean `{folder}{os.sep if folder else ''}{found}`?" if found != close else ""


# What a policy takes in


def taken(path: str, source: Source) -> Source:
    """A file named in `use` or `extends`: relative to the file it stands in, else a standard policy."""
    if PurePosixPath(path).is_absolute() or "\\" in path or ":" in path or "\0" in path:
        raise ValueError("a path relative to this file, with `/`, is wanted")
    if not path.endswith(POLICIES):
        raise ValueError("a policy file ends in `.policy` or `.policy.md`")
    if not source.name.startswith(_STANDARD):
        beside = os.path.normpath(Path(source.name).parent / path)
        if Path(beside).is_file():
            return Source(name=beside, text=_text(_bytes(beside, MAX_POLICY)))
        name = path
    else:
        name = os.path.normpath(PurePosixPath(source.name.removeprefix(_STANDARD)).parent / path)
    try:
        return Source(name=_STANDARD + name, text=resources.policy_text(name))
    except FileNotFoundError:
        raise ValueError("there is no such file here and no standard policy of that name") from None


# The cache


def _entry(source: Source) -> Path | None:
    """Where the graph of a policy is kept; None where there is no place for it."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118  # no pathlib error for a missing home
    if not os.path.isabs(base):  # noqa: PTH117  # as above
        return None
    key = hashlib.sha256(f"{FORM}\0{source.name}\0{source.text}".encode("utf-8", "surrogatepass"))
    return Path(base) / "policylang" / f"{key.hexdigest()}.json"


def _cached(entry: Path, source: Source) -> Loaded | None:
    """What an entry keeps, when it is ours and every file is unchanged."""
    try:
        with entry.open("rb") as file:
            status = os.fstat(file.fileno())
            if not _ours(status) or status.st_size > MAX_EVIDENCE:
                return None
            kept: dict[str, Any] = json.loads(file.read())
        sources = [source]
        for name, digest in kept["sources"][1:]:
            taken = _again(name)
            if _digest(taken) != digest:
                return None
            sources.append(taken)
        graph = from_text(kept["graph"])
        warnings = tuple(_warning(row, sources) for row in kept["warnings"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None
    return Loaded(graph=graph, sources=tuple(sources), warnings=warnings)


def _ours(status: os.stat_result) -> bool:
    """Whether nobody else could have written a file."""
    if not hasattr(os, "getuid"):
        return True
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _again(name: str) -> Source:
    if name.startswith(_STANDARD):
        return Source(name=name, text=resources.policy_text(name.removeprefix(_STANDARD)))
    return Source(name=name, text=_text(_bytes(name, MAX_POLICY)))


def _digest(source: Source) -> str:
    return hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()


def _warning(row: list[Any], sources: Sequence[Source]) -> Diagnostic:
    code, message, number, start, end, help_ = row
    place = Place(sources[number], Span(start, end))
    return Diagnostic(code=code, severity="warning", message=message, place=place, help=help_)


def _keep(entry: Path, loaded: Loaded) -> None:
    """Write an entry in one step; a cache that cannot be written is no reason to fail."""
    numbers = {source.name: number for number, source in enumerate(loaded.sources)}
    warnings = [
        [w.code, w.message, numbers[w.place.source.name], w.place.span.start, w.place.span.end, w.help]
        for w in loaded.warnings
        if w.place is not None
    ]
    sources = [[source.name, _digest(source)] for source in loaded.sources]
    kept = {"sources": sources, "graph": to_text(loaded.graph), "warnings": warnings}
    import tempfile  # writing is the exception

    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=entry.parent, suffix=".part")
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(kept, file)
        Path(temporary).replace(entry)
    except OSError:
        return
