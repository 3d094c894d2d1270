"""Renames: the old policy under the names of the new one, so that what has only another name is no difference.

A name that only the old policy has and one of the same kind that only the new policy has are one thing when their
declarations and all their uses agree, titles and cites apart; `matching` finds them. A mapping given by hand goes
before whatever is recognised, may let names change places, and may say that a name became nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policylang.analysis.sketch import Named, Sketch
from policylang.diagnostics import nearest, quoted
from policylang.graph.nodes import Graph

PLURALS: Mapping[str, str] = {
    "ladder": "ladders",
    "level": "levels",
    "stage": "stages",
    "action": "actions",
    "role": "roles",
    "attribute": "attributes",
    "parameter": "parameters",
    "event": "events",
    "control": "controls",
    "measure": "measures",
    "category": "categories",
    "definition": "definitions",
    "rule": "rules",
    "exception": "exceptions",
    "duty": "duties",
    "invariant": "invariants",
}
"""The kinds of names, and what several of a kind are called."""


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """The old policy under the names of the new one, and what was renamed: kind, old name, new name, sorted.

    A level is named with its ladder: `risk.high`, under the ladder's own old or new name.
    """

    old: Graph
    renames: tuple[tuple[str, str, str], ...]


def aligned(old: Graph, new: Graph, mapping: Mapping[str, Mapping[str, str]] | None = None) -> Alignment:
    """Replace every recognised old name by the new one everywhere; raises ValueError on a mapping that cannot be."""
    here, there = _named(old), _named(new)
    given, gone = _given(old, new, mapping or {})
    known = given | _kept(here, there, given)
    if any(name not in known for name in here) and set(there) - set(known.values()):
        known = _recognised(old, new, known, gone)
    renames = {one: other for one, other in known.items() if one in here and one != other}
    _refuse_doubles(here, known)
    pairs = [(one, other) for one, other in renames.items() if one[0] != "level" or _is_on(one, other, known)]
    shown = tuple(
        sorted((kind, name, other) for (kind, name), (_, other) in pairs if not _same_level(kind, name, other))
    )
    if not pairs:
        return Alignment(old=old, renames=())
    return Alignment(old=_under(old, pairs, new), renames=shown)


# What is loaded only for names that changed: most revisions change none


def _recognised(old: Graph, new: Graph, known: dict[Named, Named], gone: frozenset[Named]) -> dict[Named, Named]:
    """The pairs of names that are known, and those that are found to be the same thing."""
    from policylang.analysis.matching import matched

    return matched(Sketch(old), Sketch(new), known, gone)


def _under(old: Graph, pairs: Iterable[tuple[Named, Named]], new: Graph) -> Graph:
    """The old policy under new names."""
    from policylang.analysis.renaming import Names, renamed

    of: dict[str, dict[str, str]] = {}
    levels: dict[str, dict[str, str]] = {}
    for (kind, name), (_, other) in pairs:
        if kind == "level":
            ladder, _, level = name.rpartition(".")
            levels.setdefault(ladder, {})[level] = other.rpartition(".")[2]
        else:
            of.setdefault(kind, {})[name] = other
    return renamed(old, Names(of=of, levels=levels), new)


# Names


def _named(graph: Graph) -> dict[Named, None]:
    """Every name of a policy with its kind, in order."""
    found: dict[Named, None] = {}
    for kind, names in _by_kind(graph).items():
        found.update(dict.fromkeys((kind, name) for name in names))
    return found


def _by_kind(graph: Graph) -> dict[str, list[str]]:
    return {
        "ladder": [name for name, _ in graph.ladders],
        "level": [f"{name}.{level}" for name, levels in graph.ladders for level in levels],
        "stage": [item.name for item in graph.stages],
        "action": [item.name for item in graph.actions],
        "role": [item.name for item in graph.roles],
        "attribute": [item.name for item in graph.attributes],
        "parameter": [item.name for item in graph.parameters],
        "event": [item.name for item in graph.events],
        "control": [item.name for item in graph.controls],
        "measure": [item.name for item in graph.measures],
        "category": [item.name for item in graph.categories],
        "definition": [item.name for item in graph.definitions],
        "rule": [item.name for item in graph.rules],
        "exception": [item.name for item in graph.exemptions],
        "duty": [item.name for item in graph.duties],
        "invariant": [item.name for item in graph.invariants],
    }


def _kept(here: Iterable[Named], there: Mapping[Named, None], given: Mapping[Named, Named]) -> dict[Named, Named]:
    """What has the same name in both, but for what the mapping speaks of; a level, on a ladder that is the same."""
    taken = set(given.values())
    kept: dict[Named, Named] = {("policy", ""): ("policy", "")}
    ladders = {name: other for (kind, name), (_, other) in given.items() if kind == "ladder"}
    for one in here:
        kind, name = one
        other = one
        if kind == "level":
            ladder, _, level = name.rpartition(".")
            same = ladders.get(ladder) or kept.get(("ladder", ladder), ("", ""))[1]
            other = ("level", f"{same}.{level}")
        if one not in given and other in there and other not in taken:
            kept[one] = other
    return kept


def _is_on(one: Named, other: Named, known: Mapping[Named, Named]) -> bool:
    """Whether two levels are on ladders that are the same."""
    ladder, there = one[1].rpartition(".")[0], other[1].rpartition(".")[0]
    return known.get(("ladder", ladder)) == ("ladder", there)


def _same_level(kind: str, name: str, other: str) -> bool:
    return kind == "level" and name.rpartition(".")[2] == other.rpartition(".")[2]


def _refuse_doubles(here: Iterable[Named], known: Mapping[Named, Named]) -> None:
    """An old name that stays may not be one that a mapping gives to another."""
    taken = {other: one for one, other in known.items() if one != other}
    for kind, name in here:
        if (kind, name) not in known and (kind, name) in taken and kind != "level":
            other = taken[kind, name][1]
            raise ValueError(
                f"{kind} `{other}` cannot become `{name}`: the old policy has a {kind} `{name}` too; map that as well"
            )


# The mapping


def _given(
    old: Graph, new: Graph, mapping: Mapping[str, Mapping[str, str]]
) -> tuple[dict[Named, Named], frozenset[Named]]:
    """The pairs that a mapping names, of things that exist; and the old names that it says became nothing."""
    singular = {**{kind: kind for kind in PLURALS}, **{plural: kind for kind, plural in PLURALS.items()}}
    sides = _by_kind(old), _by_kind(new)
    given: dict[Named, Named] = {}
    gone: set[Named] = set()
    by_kind: dict[str, dict[str, str]] = {}
    for word, pairs in mapping.items():
        if word not in singular:
            raise ValueError(f"`{word}` is no kind of name; {nearest(word, PLURALS.values())}")
        by_kind.setdefault(singular[word], {}).update(pairs)
    for kind in PLURALS:
        for name, other in by_kind.get(kind, {}).items():
            if not other and name in sides[1][kind]:
                raise ValueError(f"both policies have the {kind} `{name}`, so it did not become nothing")
            if not other:
                gone.add(_existing(kind, name, sides[0][kind], "old"))
                continue
            if kind == "level":
                found = _levels(old, new, given, (name, other))
            elif kind == "action" and (leaves := _leaves(old, new, name, other)):
                found = leaves
            else:
                found = {name: other}
            for one, two in found.items():
                given[_existing(kind, one, sides[0][kind], "old")] = _existing(kind, two, sides[1][kind], "new")
    _refuse_two(given)
    return given, frozenset(gone)


def _existing(kind: str, name: str, names: list[str], which: str) -> Named:
    if name not in names:
        help_ = nearest(name, names)
        raise ValueError(f"there is no {kind} `{name}` in the {which} policy" + (f"; {help_}" if help_ else ""))
    return kind, name


def _refuse_two(given: Mapping[Named, Named]) -> None:
    by_new: dict[Named, list[str]] = {}
    for (_, name), other in given.items():
        by_new.setdefault(other, []).append(name)
    for (kind, name), olds in sorted(by_new.items()):
        if len(olds) > 1:
            raise ValueError(f"{quoted(sorted(olds))} cannot all become the {kind} `{name}`")


def _leaves(old: Graph, new: Graph, name: str, other: str) -> dict[str, str]:
    """A name above several actions stands for those below it, each with its own end."""
    if name in {item.name for item in old.actions} or name not in old.leaves:
        return {}
    ends = {leaf: other + leaf.removeprefix(name) for leaf in old.leaves[name]}
    return {leaf: there for leaf, there in ends.items() if there in {item.name for item in new.actions}}


def _levels(old: Graph, new: Graph, given: dict[Named, Named], pair: tuple[str, str]) -> dict[str, str]:
    """A level, by its ladder or on every ladder that has it; which ladders are the same then, too."""
    (ladder, _, level), (wanted, _, there) = (name.rpartition(".") for name in pair)
    ladders, others = dict(old.ladders), dict(new.ladders)
    found: dict[str, str] = {}
    for one in [ladder] if ladder else [name for name, levels in ladders.items() if level in levels]:
        close = [name for name, levels in others.items() if there in levels and name not in ladders]
        same = wanted or given.get(("ladder", one), ("", one if one in others else ""))[1]
        if not same and len(close) > 1:
            raise ValueError(f"several ladders have a level `{there}`: {quoted(close)}; write `LADDER.{there}`")
        same = same or "".join(close)
        if same and (ladder or there in others.get(same, ())):
            given[_existing("ladder", one, [*ladders], "old")] = _existing("ladder", same, [*others], "new")
            found[f"{one}.{level}"] = f"{same}.{there}"
    if not found:
        is_old = any(level in levels for levels in ladders.values())
        which, missing, graph = ("new", there, new) if is_old else ("old", level, old)
        names = [name for _, levels in graph.ladders for name in levels]
        raise ValueError(f"there is no level `{missing}` in the {which} policy; {nearest(missing, names)}")
    return found
