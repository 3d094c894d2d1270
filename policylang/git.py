"""Git: the files of a policy as they stood at a revision, and the commits that touched them.

A repository may come from anybody, and git obeys what its `.git/config` and `.gitattributes` say: monitors, hooks,
filters, drivers, signature programs, transports. So git runs with an environment made from nothing, without the
configuration of user and system, with whatever could start a program switched off, and only in commands that read
objects as they are stored: `rev-parse`, `rev-list`, `ls-tree`, `cat-file`, `diff-tree`. No command looks at the work
tree or the index, and none reaches the network. What a user wrote stands behind `--end-of-options`. Git's own check of
who owns a repository stays on, with the exceptions that the user has made for git (`safe.directory`).
"""

import codecs
import functools
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NoReturn

from policylang import resources
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.files import MAX_POLICY, Loaded
from policylang.source import Source

if TYPE_CHECKING:
    from policylang.compile import Compiled

SECONDS = 120
"""How long one call of git may take."""
SHORT = 10
"""How many digits of a commit people are shown."""

_STANDARD = "policylang:"
_NOWHERE = "/dev/null"
_BLOBS = ("100644", "100755", "100664")
_HASH = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SIGNED = re.compile(r"(?P<name>.*?) ?<(?P<email>[^>]*)> (?P<at>-?\d{1,12}) (?P<sign>[+-])(?P<h>\d\d)(?P<m>\d\d)$")
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": _NOWHERE,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": _NOWHERE,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": _NOWHERE,
    "LC_ALL": "C",
    "TZ": "UTC",
    "XDG_CONFIG_HOME": _NOWHERE,
}
_CONFIGURATION = {
    "core.alternateRefsCommand": "false",
    "core.askPass": "false",
    "core.attributesFile": _NOWHERE,
    "core.commitGraph": "false",  # it may say something else than the commits
    "core.editor": "false",
    "core.fsmonitor": "false",
    "core.gitProxy": "false",
    "core.hooksPath": _NOWHERE,
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.useReplaceRefs": "false",
    "core.warnAmbiguousRefs": "true",
    "credential.helper": "",
    "diff.external": "",
    "gc.auto": "0",
    "gpg.program": "false",
    "gpg.ssh.program": "false",
    "gpg.x509.program": "false",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "protocol.ext.allow": "never",
    "protocol.file.allow": "never",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """Who signed a commit, and when by their own clock: `2026-10-20T09:00:00+02:00`, empty where no date can say it."""

    name: str
    email: str
    at: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """A commit; `parents` are the nearest ancestors that touched what was asked about."""

    id: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    subject: str

    @property
    def short(self) -> str:
        """The first digits of its id."""
        return self.id[:SHORT]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file at a revision: its mode, the id of its content, and its size in bytes."""

    mode: str
    blob: str
    size: int


# Words that name a file at a revision


def is_revision(word: str) -> bool:
    """Whether a word reads `REV:path`. A file of that very name comes first, and `C:` is a drive."""
    rev, path = _parts(word)
    is_drive = len(rev) == 1 and rev.isascii() and rev.isalpha()
    return bool(rev and path) and not is_drive and not os.path.lexists(word)


def load_at(word: str, *, folder: str = ".") -> Loaded:
    """The policy that `REV:path` names, with all it takes in at the same revision; raises PolicyError."""
    compiled = compile_at(word, folder=folder)
    return Loaded(graph=compiled.graph, sources=compiled.sources, warnings=compiled.warnings)


def compile_at(word: str, *, folder: str = ".") -> "Compiled":
    """The same with its tree, as tests in a policy need it."""
    tree, path = located(word, folder=folder)
    return tree.compiled(path)


def located(word: str, *, folder: str = ".") -> "tuple[Tree, str]":
    """The tree that `REV:path` names, and the path from its root; raises PolicyError.

    The path begins at the root of the repository, or in this folder when it begins with `./` or `../`, as in git, or
    when there is such a file here and none there.
    """
    rev, path = _parts(word)
    repository = Repository.of(folder)
    tree = Tree(repository, repository.commit(rev), rev)
    here = posixpath.normpath(posixpath.join(repository.prefix, path))
    if path.startswith(("./", "../")) or here == posixpath.normpath(path):
        return tree, here
    names = [name for name in (posixpath.normpath(path), here) if tree.entry(name)]
    if len(names) > 1:
        message = f"`{word}` may be `{path}` at the root of the repository or in this folder"
        up = posixpath.relpath(path, repository.prefix)
        refuse("C133", message, f"write `{rev}:./{path}` for the one here, `{rev}:{up}` for the other")
    return tree, (names or [path])[0]


def _parts(word: str) -> tuple[str, str]:
    """A word at its first colon that no braces hold: `HEAD^{/fix: this}:a.policy`."""
    depth = 0
    for at, character in enumerate(word):
        depth += (character == "{") - (character == "}")
        if character == ":" and depth <= 0:
            return word[:at], word[at + 1 :]
    return "", ""


# What is read


class Repository:
    """A repository, and the folder in it where questions are asked."""

    def __init__(self, folder: str, safe: Sequence[str] = ()) -> None:
        """The repository of a folder; `safe` are folders whose owner git is not to mind. Raises PolicyError."""
        self.folder, self.safe = folder, tuple(safe)
        self._texts: dict[str, str] = {}
        asked = ("--is-inside-work-tree", "--is-shallow-repository", "--show-cdup", "--show-prefix")
        said = self._run("rev-parse", *asked).removesuffix("\n").split("\n", 3)
        if said[0] != "true":
            refuse("C131", f"`{folder}` is no folder of checked out files", "go to a checkout of the repository")
        self.shallow = said[1] == "true"
        self.prefix = said[3]
        self.folder = os.path.join(folder, said[2])  # noqa: PTH118  # paths are asked for from the root

    @classmethod
    def of(cls, folder: str) -> "Repository":
        """The repository of a folder, if git trusts its owner or the user told git to; raises PolicyError."""
        try:
            return cls(folder)
        except _Unowned:
            return cls(folder, _safe())

    def commit(self, rev: str) -> str:
        """The id of the commit that a revision names; raises PolicyError."""
        done = self._call("rev-parse", "--verify", "--end-of-options", f"{rev}^{{commit}}")
        said, complaint = done.stdout.decode("utf-8", "replace").strip(), _text_of(done.stderr)
        if "is ambiguous" in complaint:
            help_ = "write `heads/NAME` for a branch, `tags/NAME` for a tag, more digits of a commit"
            refuse("C132", f"the revision `{rev}` is ambiguous: git knows two of that name", help_)
        if done.returncode or not _HASH.fullmatch(said):
            help_ = "name a branch, a tag, a commit or `HEAD~1`"
            if rev == "HEAD":
                help_ = "nothing is committed here yet: `git add .` and `git commit` first"
            if self.shallow:
                help_ += "; this clone is shallow, `git fetch --unshallow` brings older commits"
            refuse("C132", f"there is no revision `{rev}` in this repository", help_)
        return said

    def entries(self, commit: str, paths: Iterable[str]) -> dict[str, Entry]:
        """The files there are at a commit among some paths from the root."""
        found = {}
        said = self._run("ls-tree", "-z", "-l", "--full-tree", "--end-of-options", commit, *paths)
        for row in said.split("\0")[:-1]:
            about, _, path = row.partition("\t")
            mode, _, blob, size = about.split()
            found[path] = Entry(mode=mode, blob=blob, size=int(size) if size.isdigit() else 0)
        return found

    def text(self, entry: Entry) -> str:
        """The text of a file; raises ValueError with a reason."""
        if entry.mode == "120000":
            raise ValueError("it is a link to another file, which is not followed at a revision")
        if entry.mode not in _BLOBS:
            raise ValueError("it is no file")
        if entry.size > MAX_POLICY:
            raise ValueError(f"it has more than {MAX_POLICY >> 20} MiB")
        if entry.blob not in self._texts:
            data = self._done("cat-file", "blob", entry.blob)
            try:
                self._texts[entry.blob] = data.decode("utf-8").removeprefix("\ufeff")
            except UnicodeDecodeError as error:
                raise ValueError(f"it is not UTF-8 (byte {error.start + 1})") from None
        return self._texts[entry.blob]

    def commits(self, start: str, paths: Sequence[str]) -> tuple[Commit, ...]:
        """The commits up to one that touched some paths from the root, newest first, children before parents."""
        order = ("--topo-order", "--parents", "--header", "--encoding=UTF-8")
        data = self._done("rev-list", *order, "--end-of-options", start, "--", *paths)
        return tuple(_commit(record.decode("utf-8", "replace")) for record in data.split(b"\0") if record.strip())

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, as far as this clone has them."""
        said = self._run("rev-list", "--no-walk", "--parents", "--end-of-options", commit)
        return tuple(said.split()[1:])

    def renamed(self, old: str, new: str, path: str) -> str:
        """What a file was called in an older commit, by its content; empty where it was not there."""
        plain = ("-r", "-z", "-M", "-l1000", "--name-status", "--diff-filter=R", "--no-ext-diff", "--no-textconv")
        words = self._run("diff-tree", *plain, "--end-of-options", old, new).split("\0")
        return next((words[at + 1] for at in range(0, len(words) - 2, 3) if words[at + 2] == path), "")

    def _run(self, *words: str) -> str:
        """What git prints, as text."""
        try:
            return self._done(*words).decode("utf-8")
        except UnicodeDecodeError:
            refuse("C130", "git names a file whose name is not UTF-8", "rename that file")

    def _done(self, *words: str) -> bytes:
        """What git prints, when it succeeds."""
        done = self._call(*words)
        if done.returncode:
            _failed(self.folder, _text_of(done.stderr))
        return done.stdout

    def _call(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        settings = [*_CONFIGURATION.items(), *(("safe.directory", folder) for folder in self.safe)]
        options = [word for name, value in settings for word in ("-c", f"{name}={value}")]
        return _called([*options, "--no-pager", "--literal-pathspecs", *words], self.folder, _ENVIRONMENT)


class Tree:
    """The files of one commit; `looked` has the content of every path that was asked for, empty where there is none."""

    def __init__(self, repository: Repository, commit: str, label: str) -> None:
        """No file is read yet; `label` is the revision as people are shown it."""
        self.repository, self.commit = repository, commit
        self.label = label if f"{label}:" != _STANDARD else commit[:SHORT]
        self._entries: dict[str, Entry | None] = {}

    def look(self, paths: Iterable[str]) -> None:
        """Ask for several paths at once."""
        wanted = [path for path in paths if path not in self._entries and not _leads_out(path)]
        found = self.repository.entries(self.commit, wanted) if wanted else {}
        self._entries |= {path: found.get(path) for path in wanted}

    def entry(self, path: str) -> Entry | None:
        """The file at a path from the root."""
        self.look([path])
        return self._entries.get(path)

    def source(self, path: str) -> Source:
        """The text of a policy; raises PolicyError."""
        entry = self.entry(path)
        if entry is None:
            shown = f"`{path}` at `{self.label}`"
            refuse(
                "C133", f"there is no file {shown}", f"`git ls-tree -r --name-only {self.label}` lists what there is"
            )
        try:
            return Source(name=f"{self.label}:{path}", text=self.repository.text(entry))
        except ValueError as error:
            refuse("C133", f"`{self.label}:{path}` cannot be read: {error}", "name a policy file")

    def compiled(self, path: str) -> "Compiled":
        """The policy at a path, with all it takes in at this commit; raises PolicyError."""
        from policylang.compile import compile_policy  # naming a revision needs no parser

        return compile_policy(self.source(path), self.taken)

    def taken(self, path: str, source: Source) -> Source:
        """A file named in `use` or `extends`: of this commit, relative to where it is named, else a standard policy."""
        if posixpath.isabs(path) or "\\" in path or ":" in path or "\0" in path:
            raise ValueError("a path relative to this file, with `/`, is wanted")
        if not path.endswith((".policy", ".policy.md")):
            raise ValueError("a policy file ends in `.policy` or `.policy.md`")
        is_standard = source.name.startswith(_STANDARD)
        inside = source.name.removeprefix(_STANDARD if is_standard else f"{self.label}:")
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(inside), path))
        if not is_standard:
            if (entry := self.entry(beside)) is not None:
                return Source(name=f"{self.label}:{beside}", text=self.repository.text(entry))
            beside = path
        try:
            return Source(name=_STANDARD + beside, text=resources.policy_text(beside))
        except FileNotFoundError:
            where = f"at `{self.label}`"
            raise ValueError(f"there is no such file {where} and no standard policy of that name") from None

    def contents(self, paths: Iterable[str]) -> Mapping[str, str]:
        """The ids of the contents at some paths, empty where there is no file."""
        asked = tuple(paths)
        self.look(asked)
        return {path: entry.blob if (entry := self._entries.get(path)) else "" for path in asked}

    @property
    def looked(self) -> tuple[str, ...]:
        """Every path that was asked for, sorted."""
        return tuple(sorted(self._entries))


def _leads_out(path: str) -> bool:
    return path == ".." or path.startswith(("../", "/")) or "\0" in path


def _commit(record: str) -> Commit:
    """A commit as `rev-list --header` gives it: its id and parents, its header, and its message indented."""
    first, _, rest = record.lstrip("\n").partition("\n")
    header, _, message = rest.partition("\n\n")
    signed = {name: _signature(said) for name, _, said in (line.partition(" ") for line in header.split("\n"))}
    nobody = _signature("")
    commit, *parents = first.split()
    subject = next((line.strip() for line in message.split("\n") if line.strip()), "")
    author, committer = signed.get("author", nobody), signed.get("committer", nobody)
    return Commit(id=commit, parents=tuple(parents), author=author, committer=committer, subject=subject)


def _signature(said: str) -> Signature:
    """`Ada <ada@example.org> 1760000000 +0200`."""
    found = _SIGNED.match(said)
    if found is None:
        return Signature(name=said.partition(" <")[0], email="", at="")
    minutes = int(found["sign"] + "1") * (int(found["h"]) * 60 + int(found["m"]))
    try:
        zone = timezone(timedelta(minutes=minutes))
        at = (datetime(1970, 1, 1, tzinfo=zone) + timedelta(seconds=int(found["at"]), minutes=minutes)).isoformat()
    except (ValueError, OverflowError):
        at = ""
    return Signature(name=found["name"], email=found["email"], at=at)


# Calling git


class _Unowned(PolicyError):
    """A repository that belongs to somebody else."""


def _called(words: Sequence[str], folder: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[bytes]":
    program = _program(os.environ.get("PATH", os.defpath))
    env = {**environment, "PATH": os.path.dirname(program)}  # noqa: PTH120  # text in, text out
    if sys.platform == "win32":
        env["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
    try:
        return subprocess.run(
            [program, *words],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        refuse("C130", f"git took longer than {SECONDS} seconds", "try it in a smaller clone")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        refuse("C131", f"git cannot look at `{folder}`: {why[:1].lower()}{why[1:]}", "name a file in a repository")


@functools.cache
def _program(path: str) -> str:
    """Where git is: in a folder that the search path names in full, never in the folder we happen to be in."""
    folders = [folder for folder in path.split(os.pathsep) if os.path.isabs(folder)]  # noqa: PTH117  # as PATH has it
    places = (shutil.which(os.path.join(folder, "git")) for folder in folders)  # noqa: PTH118  # as PATH has it
    found = next(filter(None, places), None)
    if found is None:
        refuse("C130", "git is not installed, or not in a folder that `PATH` names in full", "install git")
    return found


def _safe() -> tuple[str, ...]:
    """The folders whose owner the user has told git not to mind; none in the repository's own configuration count."""
    homes = {name: os.environ[name] for name in ("HOME", "XDG_CONFIG_HOME") if name in os.environ}
    kept = {name: value for name, value in _ENVIRONMENT.items() if not name.startswith("GIT_CONFIG")}
    kept.pop("XDG_CONFIG_HOME")
    outside = os.path.dirname(_program(os.environ.get("PATH", os.defpath)))  # noqa: PTH120  # text in, text out
    words = ("config", "--type=path", "-z", "--get-all", "safe.directory")
    done = _called(words, outside, {**kept, **homes})
    return tuple(_text_of(done.stdout).split("\0")[:-1]) if done.returncode == 0 else ()


def _failed(folder: str, complaint: str) -> NoReturn:
    """Say what git complained about."""
    if "not a git repository" in complaint:
        help_ = "go to a checkout, or name a file in one"
        refuse("C131", f"`{folder}` is in no git repository", help_)
    if "dubious ownership" in complaint or "unsafe repository" in complaint:
        message = f"the repository of `{folder}` belongs to somebody else, so git does not trust it"
        help_ = "clone it yourself, or tell git to trust it: `git config --global --add safe.directory FOLDER`"
        raise _Unowned([Diagnostic(code="C131", message=message, place=None, help=help_)])
    if "safe.bareRepository" in complaint:
        refuse("C131", f"`{folder}` is in a bare repository", "go to a checkout of it: `git worktree add FOLDER`")
    said = next((line.removeprefix("fatal: ") for line in complaint.splitlines() if line), "it does not say why")
    refuse("C130", f"git could not answer: {said[:1].lower()}{said[1:200]}".rstrip("."), "`git fsck` may say more")


def refuse(code: str, message: str, help_: str) -> NoReturn:
    """Raise PolicyError with one finding about a call."""
    raise PolicyError([Diagnostic(code=code, message=message, place=None, help=help_)])


def _text_of(data: bytes) -> str:
    return codecs.decode(data, "utf-8", "replace")
