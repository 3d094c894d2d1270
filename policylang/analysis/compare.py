"""The difference of two policies, for every input at once: names aligned, then thresholds, rules, what has an order.

A change that no clause accounts for (two clauses that moved together) is found by comparing the verdicts as a whole,
and reported as a change of the policy, so that nothing that loosens is left unsaid.
"""

import dataclasses
from collections.abc import Iterator, Mapping

from policylang.analysis.advice import advice
from policylang.analysis.align import Alignment, aligned
from policylang.analysis.changes import Changes
from policylang.analysis.difference import Change, Clause, Difference, Direction, Layer, Revision, Shift
from policylang.analysis.ordered import ordered
from policylang.analysis.prover import Prover
from policylang.analysis.space import Scores
from policylang.analysis.verdicts import Verdicts
from policylang.graph.nodes import Graph

_GRAVEST = (Direction.LOOSER, Direction.UNKNOWN, Direction.MIXED, Direction.STRICTER, Direction.NEUTRAL)
_LAYERS = tuple(Layer)


def difference(
    old: Graph,
    new: Graph,
    *,
    old_path: str = "",
    new_path: str = "",
    mapping: Mapping[str, Mapping[str, str]] | None = None,
    scores: Scores | None = None,
    files: bool = True,
) -> Difference:
    """What the new policy changed; `mapping` says what names became (kind to old name to new name).

    `scores` states how likely values of measures are, for shares; `files` writes each witness as a file of evidence
    too, which takes time and few reports show. Raises ValueError for a mapping that names something
    that does not exist.
    """
    revisions = [
        Revision(name=g.header.name, title=g.header.title, version=g.header.version, digest=g.digest, path=path)
        for g, path in ((old, old_path), (new, new_path))
    ]
    changes: tuple[Change, ...] = ()
    shifts: tuple[Shift, ...] = ()
    if old.digest != new.digest or not old.digest:
        alignment = aligned(old, new, mapping or {})
        changes, shifts = _compared(alignment, new, mapping or {}, (scores, files))
    measure = "the stated scores, and all facts equally likely" if scores else None
    found = Difference(old=revisions[0], new=revisions[1], changes=changes, shifts=shifts)
    return dataclasses.replace(found, measure=measure) if measure else found


def _compared(
    alignment: Alignment, new: Graph, mapping: Mapping[str, Mapping[str, str]], how: tuple[Scores | None, bool]
) -> tuple[tuple[Change, ...], tuple[Shift, ...]]:
    names = {(kind, to): was for kind, was, to in alignment.renames}
    scores, files = how
    changes = Changes(Prover([alignment.old, new], scores), names, files=files)
    found = [*changes.all(), *map(changes.evidenced, ordered(alignment.old, new))]
    found += advice(alignment.old, new, names)
    shifts = tuple(changes.verdicts.shift(action) for action in changes.verdicts.actions)
    found += [*_unaccounted(found, changes.verdicts, shifts), *_renamed(alignment, new, mapping)]
    kept = list(dict.fromkeys(found))
    kept.sort(key=_order)
    titles = _titles(new) | {key: title for key, title in _titles(alignment.old).items() if key not in _titles(new)}
    return tuple(dataclasses.replace(change, clause=_named(change.clause, names, titles)) for change in kept), shifts


def _order(change: Change) -> tuple[int, bool, int, str, str, str]:
    gravity = _GRAVEST.index(change.direction)
    clause = change.clause
    return gravity, not change.visible, _LAYERS.index(change.layer), clause.kind, clause.name, change.sentence


def _named(clause: Clause, names: Mapping[tuple[str, str], str], titles: Mapping[tuple[str, str], str]) -> Clause:
    key = clause.kind, clause.name
    return dataclasses.replace(clause, old_name=clause.old_name or names.get(key, ""), title=titles.get(key, ""))


def _titles(graph: Graph) -> dict[tuple[str, str], str]:
    """What declarations are titled, by kind and name."""
    return {
        (kind, item.name): item.title
        for kind, items in (
            ("rule", graph.rules),
            ("exception", graph.exemptions),
            ("duty", graph.duties),
            ("category", graph.categories),
            ("control", graph.controls),
            ("measure", graph.measures),
            ("role", graph.roles),
            ("action", graph.actions),
        )
        for item in items
        if item.title
    }


def _renamed(alignment: Alignment, new: Graph, stated: Mapping[str, Mapping[str, str]]) -> Iterator[Change]:
    """Names that changed. A role that is described otherwise too may be another body: that is for people to say."""
    titles = [{role.name: role.title for role in graph.roles} for graph in (alignment.old, new)]
    for kind, was, to in alignment.renames:
        is_stated = was in stated.get("role", {}) or was in stated.get("roles", {})
        described = {side.get(to, "") for side in titles} - {""}
        is_other = kind == "role" and not is_stated and len(described) > 1
        doubt = ", and described otherwise: name it in a `--map` file if it is the same body" if is_other else ""
        yield Change(
            direction=Direction.MIXED if is_other else Direction.NEUTRAL,
            layer=Layer.GOVERNANCE if is_other else Layer.NAMES,
            clause=Clause(kind=kind, name=to, old_name=was),
            sentence=f"the {kind} `{was}` is called `{to}`{doubt}",
            was=was,
            now=to,
        )


def _unaccounted(found: list[Change], verdicts: Verdicts, shifts: tuple[Shift, ...]) -> Iterator[Change]:
    """Verdicts that moved in a direction that no change has."""
    for shift in shifts:
        if shift.direction is Direction.UNKNOWN:
            yield _unsettled(shift)
            continue
        is_unsaid = {
            Direction.LOOSER: shift.direction.loosens and not any(c.direction.loosens for c in found),
            Direction.STRICTER: shift.direction.tightens and not any(c.direction.tightens for c in found),
        }
        for direction in (direction for direction, is_so in is_unsaid.items() if is_so):
            side = 0 if direction is Direction.LOOSER else 1
            weaker = "weaker" if direction is Direction.LOOSER else "stricter"
            yield Change(
                direction=direction,
                layer=Layer.RULES,
                clause=Clause(kind="action", name=shift.action),
                sentence=f"all changes together make the verdict on `{shift.action}` {weaker}",
                witness=verdicts.shown(side, shift.action),
                share=shift.stricter_share if side else shift.looser_share,
                visible=True,
            )


def _unsettled(shift: Shift) -> Change:
    return Change(
        direction=Direction.UNKNOWN,
        layer=Layer.RULES,
        clause=Clause(kind="action", name=shift.action),
        sentence=f"whether the verdict on `{shift.action}` is weaker was not settled",
        visible=False,
        why_unknown="the question was too large",
    )
