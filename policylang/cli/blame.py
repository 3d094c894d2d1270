"""`policyc blame`: which commit a rule, or any other clause, has its meaning from."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.log import (
    Asked,
    change_document,
    commit_document,
    compared,
    counts,
    listed,
    noted,
    read,
    signed,
)
from policylang.cli.status import PRINTED, ExitStatus
from policylang.diagnostics import PolicyError, nearest
from policylang.graph import Graph
from policylang.history import Blame, Clause, Compare, blame_of, clauses, last_with
from policylang.reports.amounts import counted
from policylang.reports.json import encoded
from policylang.reports.style import Look, Page, brief

BLAME = "policylang/blame/v1"

_ABOUT = """\
Name the last commit that changed what a clause of a policy means: the clause itself, or anything that
its condition rests on through names. Layout does not count.

  PATH    a policy file in a git repository, or REV:PATH to ask as of a revision
  CLAUSE  a rule, or a category, measure, control, definition, …; without one every rule is listed"""
_EXAMPLES = {
    "policyc blame acme.policy deployment_ceiling": "where this rule has its meaning from",
    "policyc blame acme.policy ctf_professional": "where this measure has it from",
    "policyc blame acme.policy": "every rule, with the last commit that changed its meaning",
}


def words() -> Words:
    """The options of this command."""
    usage = "PATH|REV:PATH [CLAUSE] [--all] [--format text|json]"
    found = Words("blame", _ABOUT, usage=usage, closing=closing(_EXAMPLES, PRINTED))
    found.switch("--all", "every change of the commit to the clause, not only the first")
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """Who changed the meaning; raises CallError or PolicyError."""
    return answered(options, rest, compared)


def answered(options: argparse.Namespace, rest: Sequence[str], compare: Compare) -> Answer:
    """The same as this comparison sees it."""
    if len(rest) not in (1, 2):
        raise CallError("C104", "name one policy, and at most one clause", "`policyc blame PATH [CLAUSE]`")
    asked = read(rest[0], sys.stderr)
    newest = asked.history.versions[0]
    if newest.graph is None:
        raise PolicyError(newest.errors)
    wanted = _wanted(asked, newest.graph, rest[1:])
    found = blame_of(asked.history, wanted, compare)
    if options.format == "json":
        return Answer(status=ExitStatus.DONE, out=encoded(_document(asked, found)))
    look = streams.look(sys.stdout, options.color)
    out = _text(asked, found, look, is_all=options.all) if len(rest) > 1 else _table(asked, found, look)
    return Answer(status=ExitStatus.DONE, out=out)


def _wanted(asked: Asked, graph: Graph, names: Sequence[str]) -> list[Clause]:
    """The clauses that are asked about; every rule when none is named."""
    there = clauses(graph)
    if not names:
        return [clause for clause in there if clause[0] == "rule"]
    wanted = [clause for clause in there if clause[1] == names[0]]
    if not wanted:
        help_ = nearest(names[0], [name for _, name in there])
        if (last := last_with(asked.history, names[0])) is not None:
            help_ = f"the last version that has it is `{last.name}`"
        raise CallError("C134", f"this policy has no clause `{names[0]}`", help_)
    return wanted


# For people


def _text(asked: Asked, found: Sequence[Blame], look: Look, *, is_all: bool) -> str:
    page = Page(look)
    for blame in found:
        kind, name = blame.clause
        page.blank()
        page.line(f"{kind} ", (brief(name), "bold"))
        page.line("introduced" if blame.against is None else "meaning last changed", indent=2)
        signed(page, blame.version.commit, indent=4)
        if blame.changes:
            page.line(counts(blame.changes), indent=6)
            listed(page, blame.changes, is_all=is_all, indent=8)
        if others := _through(blame):
            page.line(f"through {others}", indent=6)
        if blame.unclear:
            page.line("versions just before do not compile, so it may have changed in one of these", indent=6)
        if blame.against is not None:
            page.line("introduced", indent=2)
            signed(page, blame.first.commit, indent=4)
    page.blank()
    noted(page, asked)
    return page.text()


def _through(blame: Blame) -> str:
    """What the clause rests on and changed; empty where it is the clause itself."""
    return ", ".join(f"{kind} {brief(name)}" for kind, name in blame.through if (kind, name) != blame.clause)


def _table(asked: Asked, found: Sequence[Blame], look: Look) -> str:
    """The rules by commit, the newest first."""
    page = Page(look)
    page.line((brief(asked.history.path), "bold"), f", {counted(len(found), 'rule')}")
    for version in asked.history.versions:
        names = [brief(blame.clause[1]) for blame in found if blame.version is version]
        if names:
            page.blank()
            signed(page, version.commit)
            page.line(", ".join(names), indent=4, hang=4)
    page.blank()
    noted(page, asked)
    return page.text()


# For programs


def _document(asked: Asked, found: Sequence[Blame]) -> dict[str, Any]:
    return {
        "schema": BLAME,
        "path": asked.history.path,
        "commit": asked.start,
        "shallow": asked.history.shallow,
        "uncommitted": asked.uncommitted,
        "clauses": [
            {
                "kind": blame.clause[0],
                "name": blame.clause[1],
                "changed": commit_document(blame.version.commit),
                "compared_with": blame.against.commit.id if blame.against else None,
                "through": [{"kind": kind, "name": name} for kind, name in blame.through],
                "changes": [change_document(change) for change in blame.changes],
                "unclear": blame.unclear,
                "introduced": commit_document(blame.first.commit),
            }
            for blame in found
        ],
    }
