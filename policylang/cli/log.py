"""`policyc log`: every commit that changed what a policy means, with its direction and who made it."""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from policylang import git
from policylang.analysis.difference import Change, Difference, Direction
from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.status import PRINTED, ExitStatus
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.files import load
from policylang.graph import Graph
from policylang.history import Compare, Entry, History, Log, Progress, history, log_of
from policylang.reports.amounts import counted
from policylang.reports.json import encoded
from policylang.reports.style import Look, Page, brief

LOG = "policylang/log/v1"
SHOWN = 3
"""How many changes of one commit are shown without `--all`."""
TONES = {
    Direction.LOOSER: "bad",
    Direction.MIXED: "bad",
    Direction.UNKNOWN: "bad",
    Direction.STRICTER: "good",
    Direction.NEUTRAL: "dim",
}

_ABOUT = """\
List every commit that changed what a policy means, newest first: when, by whom, which way, and what.

  PATH  a policy file in a git repository, or REV:PATH for its history up to a revision

Renames are followed, and a change in a file that the policy takes in counts too. Commits that changed
only layout, comments, tests or names of files are counted at the end."""
_EXAMPLES = {
    "policyc log acme.policy": "what each commit did to this policy",
    "policyc log acme.policy --all": "with every change of every commit",
    "policyc log v1.2:policies/acme.policy --format json": "up to the tag v1.2, for a program",
}
_WIDTH = 40


def words() -> Words:
    """The options of this command."""
    usage = "PATH|REV:PATH [--all] [--format text|json]"
    found = Words("log", _ABOUT, usage=usage, closing=closing(_EXAMPLES, PRINTED))
    found.switch("--all", f"every change of a commit, not only the first {SHOWN}")
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The log; raises CallError or PolicyError."""
    return answered(options, rest, compared)


def compared(old: Graph, new: Graph, *, old_path: str = "", new_path: str = "") -> Difference:
    """What a version changed."""
    from policylang.analysis.compare import difference  # only when two versions differ

    return difference(old, new, old_path=old_path, new_path=new_path, files=False)


def answered(options: argparse.Namespace, rest: Sequence[str], compare: Compare) -> Answer:
    """The log as this comparison sees it."""
    if len(rest) != 1:
        raise CallError("C104", "name one policy", "name a file that ends in `.policy` or `.policy.md`")
    asked = read(rest[0], sys.stderr)
    log = log_of(asked.history, compare)
    if options.format == "json":
        return Answer(status=ExitStatus.DONE, out=encoded(document(log, asked)))
    look = streams.look(sys.stdout, options.color)
    return Answer(status=ExitStatus.DONE, out=text(log, asked, look, is_all=options.all))


# What is asked about


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The history of a policy, up to which commit, and whether the file on the disk means something else."""

    start: str
    history: History
    uncommitted: bool = False


def read(word: str, stream: TextIO | None) -> Asked:
    """The history of a policy, told of on a terminal while it is read; raises PolicyError."""
    is_revision = git.is_revision(word)
    if is_revision:
        tree, path = git.located(word)
    else:
        folder, name = os.path.split(word)
        tree, path = git.located(f"HEAD:./{name}", folder=folder or ".")
    tree.source(path)
    with _told(stream) as tell:
        found = history(tree.repository, tree.commit, path, tell)
    uncommitted = not is_revision and _differs(word, found.versions[0].graph)
    return Asked(start=tree.commit, history=found, uncommitted=uncommitted)


def _differs(path: str, committed: Graph | None) -> bool:
    """Whether a file means something else than its last version; not asked where that has no meaning."""
    try:
        return committed is not None and load(path).graph.digest != committed.digest
    except PolicyError:
        return True


@contextlib.contextmanager
def _told(stream: TextIO | None) -> Iterator[Progress]:
    """On a terminal, says how many versions are read; its line is cleared at the end."""
    is_watched = stream is not None and not stream.closed and stream.isatty()

    def tell(done: int, total: int) -> None:
        if is_watched:
            _say(stream, f"\rversion {done} of {total}".ljust(_WIDTH))

    try:
        yield tell
    finally:
        if is_watched:
            _say(stream, f"\r{' ' * _WIDTH}\r")


def _say(stream: TextIO | None, said: str) -> None:
    with contextlib.suppress(OSError):  # whoever watches may leave
        streams.write(stream, said)


# For people


def text(log: Log, asked: Asked, look: Look, *, is_all: bool) -> str:
    """The commits that mattered, newest first, and how many did not."""
    page = Page(look)
    ways = [entry.what for entry in log.entries]
    broken = ways.count("broken")
    said = f", {counted(len(ways) - broken - ways.count('repaired'), 'commit')} changed what it means"
    page.line((brief(log.history.path), "bold"), said + (f", {broken} left it wrong" if broken else ""))
    for entry in log.entries:
        page.blank()
        signed(page, entry.version.commit)
        _entry(page, entry, is_all=is_all)
    page.blank()
    if log.meaningless:
        counted_ = counted(log.meaningless, "commit")
        page.line((f"{counted_} changed only the layout, comments, tests or names of files", "dim"))
    if log.merges:
        page.line((f"{counted(log.merges, 'merge')} only brought changes together", "dim"))
    noted(page, asked)
    return page.text()


def noted(page: Page, asked: Asked) -> None:
    """What the answer does not see."""
    if asked.uncommitted:
        page.line(("to be noted: ", "warn"), "the file on the disk means something else, which is not committed")
    if asked.history.shallow:
        help_ = "`git fetch --unshallow` brings older commits"
        page.line(("to be noted: ", "warn"), f"this clone is shallow, and what it lacks is not seen; {help_}")


def signed(page: Page, commit: git.Commit, indent: int = 0) -> None:
    """Two lines on a commit: which, when and who, and its subject."""
    author, committer = commit.author, commit.committer
    line: list[str | tuple[str, str]] = [(commit.short, "mark"), f"  {day(author)}  {brief(author.name)}"]
    if (author.name, author.email) != (committer.name, committer.email):
        line.append(f", committed by {brief(committer.name)} on {day(committer)}")
    page.line(*line, indent=indent)
    page.line(brief(commit.subject) or "(no subject)", indent=indent + 2)


def day(signature: git.Signature) -> str:
    """The day of a signature, by the clock of who signed."""
    return signature.at[:10] or "no date"


def _entry(page: Page, entry: Entry, *, is_all: bool) -> None:
    version = entry.version
    against = entry.against.commit.short if entry.against else ""
    match entry.what:
        case "introduced":
            page.line(f"first version that compiles, as {brief(version.path)}", indent=2)
        case "removed":
            page.line(f"{brief(version.path)} is removed", indent=2)
        case "broken":
            for error in version.errors[: None if is_all else SHOWN]:
                page.line(("does not compile: ", "warn"), failure(error), indent=2)
            _more(page, len(version.errors), is_all=is_all)
        case "repaired":
            page.line(f"compiles again, and means the same as {against}", indent=2)
        case "changed" | "merged":
            assert entry.difference is not None
            way = entry.difference.direction
            beside = ""
            if entry.what == "merged":
                beside = f", a merge that adds to what it brings together; compared with {against}"
            elif against not in [parent[: git.SHORT] for parent in version.commit.parents]:
                beside = f", compared with {against}, the last version before that compiles"
            page.line((counts(entry.difference.changes), TONES[way]), beside, indent=2)
            listed(page, entry.difference.changes, is_all=is_all)


def listed(page: Page, changes: Sequence[Change], *, is_all: bool, indent: int = 4) -> None:
    """The sentences of changes, the first of them or all."""
    shown = changes if is_all else changes[:SHOWN]
    page.table(
        [[(change.direction.value, TONES[change.direction]), brief(change.sentence)] for change in shown], indent=indent
    )
    _more(page, len(changes), is_all=is_all, indent=indent)


def _more(page: Page, count: int, *, is_all: bool, indent: int = 4) -> None:
    if count > SHOWN and not is_all:
        page.line((f"and {count - SHOWN} more", "dim"), indent=indent)


def counts(changes: Sequence[Change]) -> str:
    """How many changes go each way: `2 looser, 1 stricter`."""
    ways = [change.direction for change in changes]
    said = [f"{ways.count(way)} {way.value}" for way in Direction if way in ways]
    return ", ".join(said) or "neutral: only what the policy says of itself"


def failure(error: Diagnostic) -> str:
    """Why a version does not compile: its code, what is wrong, and where."""
    where = ""
    if error.place is not None:
        line, _ = error.place.source.position(error.place.span.start)
        where = f" ({error.place.source.name.partition(':')[2]}, line {line})"
    return brief(f"{error.code} {error.message}{where}")


# For programs


def document(log: Log, asked: Asked) -> dict[str, Any]:
    """The same for programs, with every change."""
    return {
        "schema": LOG,
        "path": log.history.path,
        "commit": asked.start,
        "shallow": log.history.shallow,
        "uncommitted": asked.uncommitted,
        "entries": [_entry_document(entry) for entry in log.entries],
        "without_meaning": log.meaningless,
        "merges": log.merges,
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    version, difference = entry.version, entry.difference
    changes = difference.changes if difference else ()
    return {
        **commit_document(version.commit),
        "what": entry.what,
        "path": version.path,
        "digest": version.graph.digest if version.graph else None,
        "compared_with": entry.against.commit.id if entry.against else None,
        "direction": difference.direction.value if difference else None,
        "counts": {way.value: sum(change.direction is way for change in changes) for way in Direction},
        "changes": [change_document(change) for change in changes],
        "errors": [_error(error) for error in version.errors],
    }


def commit_document(commit: git.Commit) -> dict[str, Any]:
    """Which commit, by whom and when."""
    return {
        "commit": commit.id,
        "subject": commit.subject,
        "author": _person(commit.author),
        "committer": _person(commit.committer),
    }


def _person(signature: git.Signature) -> dict[str, str | None]:
    return {"name": signature.name, "email": signature.email, "at": signature.at or None}


def change_document(change: Change) -> dict[str, Any]:
    """One change, in short."""
    return {
        "direction": change.direction.value,
        "layer": change.layer.value,
        "kind": change.clause.kind,
        "name": change.clause.name,
        "old_name": change.clause.old_name or None,
        "sentence": change.sentence,
    }


def _error(error: Diagnostic) -> dict[str, Any]:
    line = None if error.place is None else error.place.source.position(error.place.span.start)[0]
    file = None if error.place is None else error.place.source.name.partition(":")[2]
    return {"code": error.code, "message": error.message, "file": file, "line": line}
