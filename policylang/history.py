"""History: what each commit did to the meaning of a policy, and which commit a clause has its meaning from.

A commit counts when the policy means something else after it than after each of its parents; layout, comments, tests
and names of files are no meaning. So every version is compiled, with the files it took in at that commit, and the
commits that matter are those that touched any of these files. Which files these are is known only when the versions are
compiled: the commits are looked up again until no new file is named.

The meaning of a clause is its canonical form with that of everything it rests on through names: the levels, measures,
controls and definitions in its condition, and, for a rule, the exceptions to it.
"""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from policylang.analysis.difference import Change, Difference
from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.git import SHORT, Commit, Repository, Tree
from policylang.graph import Graph, canonical, nodes

Clause = tuple[str, str]
"""The kind of a declaration, and its name."""
Meaning = Mapping[Clause, str]
"""The canonical form of a clause and of each clause that it rests on."""
Progress = Callable[[int, int], None]
"""Told how many versions are read, of how many."""


class Compare(Protocol):
    """Compares two policies."""

    def __call__(self, old: Graph, new: Graph, *, old_path: str = "", new_path: str = "") -> Difference:
        """What the new policy changed."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A policy after a commit: its graph, or what is wrong with it, or neither where there was no such file.

    `contents` has the content of every file that was looked for, empty where there was none.
    """

    commit: Commit
    path: str
    contents: Mapping[str, str]
    graph: Graph | None
    errors: tuple[Diagnostic, ...]

    @property
    def is_there(self) -> bool:
        """Whether the policy was there at all."""
        return self.graph is not None or bool(self.errors)

    @property
    def name(self) -> str:
        """The version as people name it: `3f2a91c0de:acme.policy`."""
        return f"{self.commit.short}:{self.path}"


@dataclass(frozen=True, kw_only=True)
class History:
    """The versions of a policy, newest first; `shallow` when the clone lacks older ones."""

    path: str
    versions: tuple[Version, ...]
    shallow: bool

    @functools.cached_property
    def version(self) -> Mapping[str, Version]:
        """Versions by the id of their commit."""
        return {version.commit.id: version for version in self.versions}

    def parents(self, version: Version) -> tuple[Version, ...]:
        """The versions just before one."""
        return tuple(self.version[parent] for parent in version.commit.parents if parent in self.version)

    def compiled_before(self, version: Version) -> tuple[Version, ...]:
        """The nearest versions before one that compile; none beyond a commit that removed the policy."""
        found: dict[str, Version] = {}
        waiting, seen = list(reversed(self.parents(version))), {version.commit.id}
        while waiting:
            parent = waiting.pop()
            if parent.commit.id in seen:
                continue
            seen.add(parent.commit.id)
            if parent.graph is not None:
                found[parent.commit.id] = parent
            elif parent.is_there:
                waiting += reversed(self.parents(parent))
        return tuple(found.values())


# Reading


def history(repository: Repository, start: str, path: str, tell: Progress = lambda _done, _all: None) -> History:
    """Every version of the policy at a path from the root, up to a commit."""
    reading = _Reading(repository)
    files = {path}
    while True:
        commits = repository.commits(start, sorted(files))
        versions = tuple(reading.versions(commits, path, tell))
        wanted = files | reading.files | {name for version in versions for name in version.contents}
        if wanted == files:
            return History(path=path, versions=versions, shallow=repository.shallow)
        files = wanted


class _Reading:
    """Compiles the versions of a policy, each content once; `files` are the names it had."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.files: set[str] = set()
        self.trees: dict[str, Tree] = {}
        self.kept: dict[tuple[str, str], list[tuple[Mapping[str, str], Graph | None, tuple[Diagnostic, ...]]]] = {}
        self.origins: dict[tuple[str, str], str] = {}

    def versions(self, commits: Sequence[Commit], path: str, tell: Progress) -> Iterator[Version]:
        """The versions at these commits, which come children first; renames are followed."""
        paths: dict[str, str] = {}
        for number, commit in enumerate(commits, 1):
            here = paths.get(commit.id, path)
            version = self.version(commit, here)
            is_new = [version.is_there and self.tree(parent).entry(here) is None for parent in commit.parents]
            before = self.origin(commit, here) if version.is_there and all(is_new) else here
            for parent, lacks in zip(commit.parents, is_new, strict=True):
                paths.setdefault(parent, before if lacks else here)
            tell(number, len(commits))
            yield version

    def tree(self, commit: str) -> Tree:
        if commit not in self.trees:
            self.trees[commit] = Tree(self.repository, commit, commit[:SHORT])
        return self.trees[commit]

    def origin(self, commit: Commit, path: str) -> str:
        """What the file was called before this commit."""
        if (commit.id, path) not in self.origins:
            self.origins[commit.id, path] = next(filter(None, self.renamed(commit, path)), path)
        self.files.add(self.origins[commit.id, path])
        return self.origins[commit.id, path]

    def renamed(self, commit: Commit, path: str) -> Iterator[str]:
        for parent in self.repository.parents(commit.id):
            if self.tree(parent).entry(path) is None:
                yield self.repository.renamed(parent, commit.id, path)

    def version(self, commit: Commit, path: str) -> Version:
        tree = self.tree(commit.id)
        entry = tree.entry(path)
        if entry is None:
            return Version(commit=commit, path=path, contents={path: ""}, graph=None, errors=())
        kept = self.kept.setdefault((path, entry.blob), [])
        same = next((row for row in kept if tree.contents(row[0]) == row[0]), None)
        if same is None:
            same = self.compiled(commit, path)
            kept.append(same)
        contents, graph, wrong = same
        return Version(commit=commit, path=path, contents=contents, graph=graph, errors=wrong)

    def compiled(self, commit: Commit, path: str) -> tuple[Mapping[str, str], Graph | None, tuple[Diagnostic, ...]]:
        tree = Tree(self.repository, commit.id, commit.short)  # a new one, which knows what this version looks at
        try:
            found = tree.compiled(path)
        except PolicyError as error:
            return tree.contents(tree.looked), None, tuple(errors(error.diagnostics))
        return tree.contents(tree.looked), found.graph, ()


# The log

What = Literal["introduced", "changed", "merged", "broken", "repaired", "removed"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A commit that mattered: what it did, the version it is compared with, and the difference from that."""

    what: What
    version: Version
    against: Version | None = None
    difference: Difference | None = None


@dataclass(frozen=True, kw_only=True)
class Log:
    """The commits that mattered, newest first; how many changed no meaning; how many merges only brought together."""

    history: History
    entries: tuple[Entry, ...]
    meaningless: int
    merges: int


def log_of(found: History, compare: Compare) -> Log:
    """What every commit did to the meaning of a policy."""
    entries: list[Entry] = []
    others = {"meaningless": 0, "merges": 0}
    for version in found.versions:
        entry = _entry(found, version, compare)
        if isinstance(entry, Entry):
            entries.append(entry)
        elif entry:
            others[entry] += 1
    return Log(history=found, entries=tuple(entries), **others)


def _entry(found: History, version: Version, compare: Compare) -> Entry | Literal["meaningless", "merges", ""]:
    parents = found.parents(version)
    if any(parent.contents == version.contents for parent in parents):
        return ""  # it touched what another version took in
    if not version.is_there:
        return Entry(what="removed", version=version, against=parents[0]) if _all_there(parents) else ""
    if version.graph is None:
        return Entry(what="broken", version=version)
    before = found.compiled_before(version)
    if not before:
        return Entry(what="introduced", version=version)
    same = next((old for old in before if old.graph and old.graph.digest == version.graph.digest), None)
    if same is not None:
        is_repair = parents and all(parent.errors for parent in parents)
        return Entry(what="repaired", version=version, against=same) if is_repair else "meaningless"
    if len(before) > 1 and not _adds(version.graph, [old.graph for old in before if old.graph]):
        return "merges"
    what: What = "merged" if len(before) > 1 else "changed"
    return Entry(what=what, version=version, against=before[0], difference=_difference(before[0], version, compare))


def _all_there(versions: Sequence[Version]) -> bool:
    return bool(versions) and all(version.is_there for version in versions)


def _difference(old: Version, new: Version, compare: Compare) -> Difference:
    assert old.graph is not None
    assert new.graph is not None
    return compare(old.graph, new.graph, old_path=old.name, new_path=new.name)


def _adds(merged: Graph, parts: Sequence[Graph]) -> bool:
    """Whether a merge means something that none of its parts means, clause by clause."""
    said, others = _said(merged), [_said(part) for part in parts]
    keys = {key for form in (said, *others) for key in form}
    return any(all(said.get(key) != other.get(key) for other in others) for key in keys)


def _said(graph: Graph) -> dict[str, str]:
    """Every clause of a policy in canonical form, by a key that stays the same when the clause changes."""
    found = {}
    for field, value in canonical(graph).items():
        for item in value if isinstance(value, list) else [value]:
            text = _text(item)
            key = item.get("name", text) if isinstance(item, dict) else text
            found[f"{field} {key}"] = text
    return found


# Blame


@dataclass(frozen=True, kw_only=True)
class Blame:
    """Which commit a clause has its meaning from, and which brought it in.

    `against` is the version before, None when the clause was not there; `through` are the clauses that changed, itself
    or what it rests on; `changes` is what changed about them. `unclear` when versions between do not compile.
    """

    clause: Clause
    version: Version
    against: Version | None
    first: Version
    through: tuple[Clause, ...] = ()
    changes: tuple[Change, ...] = ()
    unclear: bool = False


def clauses(graph: Graph) -> tuple[Clause, ...]:
    """Every clause of a policy that has a name, in the order of the policy."""
    return tuple(_declared(graph))


def blame_of(found: History, wanted: Iterable[Clause], compare: Compare) -> tuple[Blame, ...]:
    """Where clauses of the newest version, which compiles, have their meaning from."""
    forms = _Forms()
    differences = functools.cache(functools.partial(_by_commit, found, compare))
    return tuple(_blamed(found, clause, forms, differences) for clause in wanted)


def last_with(found: History, name: str) -> Version | None:
    """The newest version that has a clause of a name."""
    return next(
        (v for v in found.versions if v.graph is not None and any(name == own for _, own in clauses(v.graph))), None
    )


def _by_commit(found: History, compare: Compare, old: str, new: str) -> Difference:
    return _difference(found.version[old], found.version[new], compare)


def _blamed(found: History, clause: Clause, forms: "_Forms", differences: Callable[[str, str], Difference]) -> Blame:
    version = found.versions[0]
    mine = forms.meaning(version, clause)
    while True:
        before = found.compiled_before(version)
        same = next((old for old in before if forms.meaning(old, clause) == mine), None)
        if same is None:
            break
        version = same
    against = next((old for old in before if forms.meaning(old, clause)), None)
    first = version if against is None else _first(found, clause, forms, against)
    unclear = any(parent.errors for parent in found.parents(version))
    if against is None:
        return Blame(clause=clause, version=version, against=None, first=first, unclear=unclear)
    theirs = forms.meaning(against, clause)
    through = tuple(sorted(key for key in {**mine, **theirs} if mine.get(key) != theirs.get(key)))
    names = {name for _, name in through}
    changes = tuple(
        change
        for change in differences(against.commit.id, version.commit.id).changes
        if names & {change.clause.name, change.clause.old_name}
    )
    return Blame(
        clause=clause,
        version=version,
        against=against,
        first=first,
        through=through,
        changes=changes,
        unclear=unclear,
    )


def _first(found: History, clause: Clause, forms: "_Forms", version: Version) -> Version:
    """The version that brought a clause in."""
    while older := next((old for old in found.compiled_before(version) if forms.meaning(old, clause)), None):
        version = older
    return version


# What a clause means

_FIELDS = {
    "category": "categories",
    "control": "controls",
    "definition": "definitions",
    "duty": "duties",
    "event": "events",
    "exception": "exemptions",
    "invariant": "invariants",
    "measure": "measures",
    "action": "actions",
    "attribute": "attributes",
    "ladder": "ladders",
    "parameter": "parameters",
    "role": "roles",
    "stage": "stages",
}


def _declared(graph: Graph) -> dict[Clause, Any]:
    """The declarations of a graph: rules first, then what they rest on."""
    found: dict[Clause, Any] = {("policy", graph.header.name): graph.header}
    found |= {("rule", item.name): item for item in graph.rules}
    for kind, field in _FIELDS.items():
        found |= {(kind, item[0] if kind == "ladder" else item.name): item for item in getattr(graph, field)}
    return found


class _Forms:
    """Canonical forms, worked out once for each policy."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[dict[Clause, Any], dict[Clause, str], dict[str, str]]] = {}

    def meaning(self, version: Version, clause: Clause) -> Meaning:
        """What a clause means in a version that compiles; empty where it is not there."""
        graph = version.graph
        assert graph is not None
        if graph.digest not in self.known:
            form = canonical(graph)
            self.known[graph.digest] = (_declared(graph), _texts(form), _named(form))
        declared, texts, named = self.known[graph.digest]
        if clause not in declared:
            return {}
        own = {clause, *_exceptions(graph, clause)}
        found = {key: [texts[key]] for key in own}
        for index in _reached(graph, [root for key in own for root in _roots(declared[key])]):
            for key, text in _rests_on(graph, graph.nodes[index], (texts, named)):
                found.setdefault(key, []).append(text)
        return {key: "\n".join(sorted(set(parts))) for key, parts in found.items()}


def _exceptions(graph: Graph, clause: Clause) -> list[Clause]:
    kind, name = clause
    return [("exception", item.name) for item in graph.exemptions if kind == "rule" and name in item.rules]


def _texts(form: Mapping[str, Any]) -> dict[Clause, str]:
    """The canonical form of each declaration."""
    found = {("policy", form["header"]["name"]): _text(form["header"])}
    for kind, field in {"rule": "rules", **_FIELDS}.items():
        found |= {(kind, item[0] if kind == "ladder" else item["name"]): _text(item) for item in form[field]}
    return found


def _named(form: Mapping[str, Any]) -> dict[str, str]:
    """What the names in conditions stand for: `(reached cyber None 1)` to the whole line of the canonical form."""
    names = ("(reached ", "(holds ", "(defined ")
    return {line.partition(")")[0] + ")": line for line in form["conditions"] if line.startswith(names)}


def _roots(item: Any) -> list[int]:
    """The nodes that a declaration rests on."""
    match item:
        case nodes.Rule(body=body, requirements=requirements) | nodes.Exemption(body=body, requirements=requirements):
            return [body, *(index for requirement in requirements for index in requirement.nodes)]
        case nodes.Category(reached=reached):
            return [index for _, levels in reached for index in levels]
        case nodes.Control(holds=index) | nodes.Definition(part=index) | nodes.Duty(body=index):
            return [] if index is None else [index]
        case nodes.Invariant(control=control, body=body):
            return [index for index in (control, body) if index is not None]
        case _:
            return []


def _reached(graph: Graph, roots: Iterable[int]) -> list[int]:
    """Some nodes and all that they are made of."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        index = waiting.pop()
        if index not in seen:
            seen.add(index)
            waiting += nodes.parts_of(graph.nodes[index])
    return sorted(seen)


def _rests_on(
    graph: Graph, node: nodes.Node, known: tuple[Mapping[Clause, str], Mapping[str, str]]
) -> Iterator[tuple[Clause, str]]:
    """The clauses that a node names, each with what it says of them."""
    texts, named = known
    match node:
        case nodes.Threshold(terms=terms):
            for item in (graph.inputs[index] for index, _ in terms):
                if (key := (item.of, item.name)) in texts:
                    yield key, texts[key]
        case nodes.Reached(category=name, stage=stage, level=level):
            yield ("category", name), named[f"(reached {name} {stage} {level})"]
        case nodes.Holds(control=name, level=level):
            yield ("control", name), named[f"(holds {name} {level})"]
        case nodes.Defined(name=name):
            yield ("definition", name), named[f"(defined {name})"]
        case nodes.Assessed(category=name):
            yield ("category", name), f"assessed by {graph.category[name].assessed}"
        case nodes.Attested(control=name):
            yield ("control", name), texts["control", name]
        case nodes.Unspecified(parameter=name):
            yield ("parameter", name), texts["parameter", name]
        case _:
            return


def _text(form: Any) -> str:
    return json.dumps(form, sort_keys=True, ensure_ascii=False)
