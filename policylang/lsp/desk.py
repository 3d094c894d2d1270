"""The desk: the files that are open, as they are in the editor, and what is known of the policy each belongs to.

A file of tests belongs to the policy beside it. What is read is the text in the editor where a file is open, else the
file on disk. Parsing keeps what did not change; the stages after it take the whole policy every time.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from policylang import check, resolve, resources, syntax
from policylang.check.memory import Memory
from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.files import TESTS, is_tests, policies_in, read_policy, taken, tests_of
from policylang.lsp.mentions import Mention, mentions
from policylang.parse.again import Kept, parse_again
from policylang.source import Place, Source

SHIPPED = "policylang:"
_MAX_BESIDE = 200
_FILE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def name_of(uri: str) -> str:
    """The name of a document: the path of a file, or its address when it is none."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return uri
    if parts.scheme != "file":
        return uri
    path = url2pathname(parts.path) if os.name == "nt" else unquote(parts.path, errors="surrogateescape")
    return os.path.normpath(path)


def uri_of(name: str) -> str | None:
    """The address of a file; None where there is no such place, as of a shipped file in an archive."""
    if name.startswith(SHIPPED):
        path = resources.policy_path(name.removeprefix(SHIPPED))
        return None if path is None else Path(path).as_uri()
    if _FILE.match(name) and not Path(name).is_absolute():
        return name
    return Path(os.path.abspath(name)).as_uri()  # noqa: PTH100  # links stay as the editor named them


def is_policy(name: str) -> bool:
    """Whether a document is one of ours by its name; one without a file is."""
    return name.endswith((".policy", ".policy.md")) or bool(_FILE.match(name) and not Path(name).is_absolute())


@dataclass(frozen=True, kw_only=True)
class Document:
    """An open file: its address and its text as they are in the editor."""

    uri: str
    source: Source
    version: int


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What is known of the policy that a file belongs to: all that is wrong, and the names of what is whole.

    `number` says which of its modules the file is; `checked` is there when nothing is wrong.
    """

    name: str
    number: int
    found: tuple[Diagnostic, ...]
    resolved: resolve.Resolved
    checked: check.Checked | None

    @property
    def names(self) -> frozenset[str]:
        """The names of all files of the policy."""
        return frozenset(source.name for source in self.resolved.sources)

    @property
    def module(self) -> syntax.Module:
        """The file as written."""
        return self.resolved.modules[self.number]

    @property
    def source(self) -> Source:
        """The text of the file."""
        return self.module.source

    def mentions(self) -> tuple[Mention, ...]:
        """The names in the file."""
        return mentions(self.resolved, self.number)


class Desk:
    """The open files, and the last snapshot of each."""

    def __init__(self) -> None:
        """Begin with nothing open."""
        self.documents: dict[str, Document] = {}
        self._snapshots: dict[str, Snapshot] = {}
        self._kept: dict[tuple[str, str, int], Kept] = {}
        self._memories: dict[str, Memory] = {}

    def put(self, document: Document) -> None:
        """Open a file, or change its text."""
        name = document.source.name
        if name not in self.documents:
            self._snapshots.clear()  # what another file names may be here now
        self.documents[name] = document
        self._snapshots = {key: kept for key, kept in self._snapshots.items() if name not in kept.names}

    def close(self, name: str) -> None:
        """Close a file: what is on disk counts again."""
        self.documents.pop(name, None)
        self._kept = {key: kept for key, kept in self._kept.items() if key[0] != name}
        self._memories.pop(name, None)
        self._snapshots.clear()

    def forget(self) -> None:
        """What is on disk may be another text now."""
        self._snapshots.clear()

    def read(self, path: str, source: Source) -> Source:
        """A file that another names in `use` or `extends`; raises OSError or ValueError with a sentence."""
        if not source.name.startswith(SHIPPED):
            beside = os.path.normpath(Path(source.name).parent / path)
            if beside in self.documents and beside.endswith((".policy", ".policy.md")):
                return self.documents[beside].source
        return taken(path, source)

    def text(self, name: str) -> Source:
        """The text of a file, as it is in the editor or on disk; raises PolicyError when it cannot be read."""
        return self.documents[name].source if name in self.documents else read_policy(name)

    def texts(self) -> dict[str, str]:
        """The texts in the editor by name."""
        return {name: document.source.text for name, document in self.documents.items()}

    def sources(self, name: str) -> tuple[Source, list[Source]]:
        """The policy that a file belongs to, and the file when it has its tests; raises PolicyError."""
        if not is_tests(name):
            return self.text(name), []
        stem = name.removesuffix(TESTS)
        beside = [f"{stem}.policy", f"{stem}.policy.md"]
        policy = next((each for each in beside if each in self.documents), None) or policies_in(name)[0]
        return self.text(policy), [self.text(name)]

    def tests_beside(self, name: str) -> list[Source]:
        """The file of tests beside a policy, if there is one that can be read."""
        beside = tests_of(name)
        if beside not in self.documents and not Path(beside).is_file():
            return []
        try:
            return [self.text(beside)]
        except PolicyError:
            return []

    def last(self, name: str) -> Snapshot | None:
        """What is known of a file already, if anything."""
        return self._snapshots.get(name)

    def snapshot(self, name: str, *, with_tests: bool = False) -> Snapshot:
        """What is known of a file now; raises PolicyError when its policy cannot be read."""
        key = f"{name}\0tests" if with_tests else name
        if key not in self._snapshots:
            source, tests = self.sources(name)
            if with_tests and not tests:
                tests = self.tests_beside(name)
            self._snapshots[key] = self._made(name, source, tests)
        return self._snapshots[key]

    def _made(self, name: str, source: Source, tests: list[Source]) -> Snapshot:
        """The route as far as diagnostics need it: it stops where the compiler stops."""
        found: list[Diagnostic] = []

        def parsed(each: Source, faults: list[Diagnostic], number: int) -> syntax.Module:
            key = (name, each.name, number)
            module, kept = parse_again(each, faults, self._kept.get(key), number)
            if kept is None:
                self._kept.pop(key, None)
            else:
                self._kept[key] = kept
            return module

        modules, joins = resolve.gather(source, self.read, found, tests, parsed=parsed)
        is_whole = not errors(found)
        resolved = resolve.resolve(modules, joins, found if is_whole else [], len(tests))
        checked = None
        if is_whole and not errors(found):
            checked = check.check(resolved, found, self._memories.setdefault(name, Memory()))
            if errors(found):
                checked = None
        number = len(modules) - 1 if is_tests(name) else 0
        return Snapshot(name=name, number=number, found=tuple(found), resolved=resolved, checked=checked)

    def around(self, place: Place, word: str) -> Iterator[Snapshot]:
        """The policies that can mention what is declared at a place: open ones and those beside it that have a word."""
        names = dict.fromkeys(name for name in self.documents if is_policy(name))
        home = Path(place.source.name).parent
        if not place.source.name.startswith(SHIPPED) and home.is_dir():
            beside = sorted(path for path in home.iterdir() if is_policy(path.name) and path.is_file())
            names.update(dict.fromkeys(map(str, beside[:_MAX_BESIDE])))
        for name in names:
            if is_tests(name):
                continue
            try:
                texts = [self.text(name), *self.tests_beside(name)]
                if any(word in each.text for each in texts):
                    yield self.snapshot(name, with_tests=True)
            except PolicyError:
                continue
