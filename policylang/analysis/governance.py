"""What a change of a policy itself needs, and whether its own changelog tells the truth.

The old policy says what a change needs (`amend`), so that no revision can free itself of it. Approvals are those of the
new file's header, by roles of the old policy, and only those that the old file did not already have: an approval of the
last revision is no approval of this one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from policylang.analysis.consequences import Claim, Need
from policylang.analysis.difference import Change, Difference, Direction, joined
from policylang.graph.nodes import Graph

_CLAIMED = {"looser": Direction.LOOSER, "stricter": Direction.STRICTER, "neutral": Direction.NEUTRAL}


def needs(old: Graph, new: Graph, difference: Difference) -> tuple[Need, ...]:
    """What the `amend` clauses of the old policy ask of this change, and whether each is met."""
    renamed = {
        c.clause.name: c.clause.old_name for c in difference.changes if c.clause.kind == "role" and c.clause.old_name
    }
    asked: dict[tuple[str, str], list[Need]] = {}
    for need in _needs(old, new, difference, renamed):
        asked.setdefault((need.kind, need.role), []).append(need)
    return tuple(_merged(found) for found in asked.values())


def _merged(found: list[Need]) -> Need:
    """What loosening and tightening both need, once."""
    first, _, rest = found[0].why.partition(", ")
    others = [need.why.partition(", ")[0] for need in found[1:]]
    return replace(found[0], why=", ".join((" and ".join(dict.fromkeys((first, *others))), rest)))


def _needs(old: Graph, new: Graph, difference: Difference, renamed: Mapping[str, str]) -> Iterator[Need]:
    asked = {"loosening": difference.direction.loosens, "tightening": difference.direction.tightens}
    roles = {term.name for term in old.roles}
    carried = set(old.header.approved)
    given: dict[str, str] = {}
    for role, day in new.header.approved:
        if (role, day) not in carried:
            given.setdefault(renamed.get(role, role), day)
    for item in old.amendments:
        if not asked[item.direction]:
            continue
        for kind, role in item.needs:
            why = f"{item.direction}, by the old policy"
            if role in given and role in roles:
                yield Need(kind=kind, role=role, met=True, why=f"{why}: approved on {given[role]}")
            elif any(renamed.get(approver, approver) == role for approver, _ in new.header.approved):
                yield Need(kind=kind, role=role, met=False, why=f"{why}: its approval is that of the old revision")
            else:
                line = f"approved by {role} on DATE"
                yield Need(kind=kind, role=role, met=False, why=f"{why}: no `{line}` in the new header")


def claims(new: Graph, difference: Difference) -> tuple[Claim, ...]:
    """What the new policy's `changes from` the old version say, against what was found; where they agree too."""
    said = {change.name: _CLAIMED[change.direction] for change in new.changes if change.since == difference.old.version}
    found: dict[str, list[Change]] = {}
    for change in difference.changes:
        found.setdefault(_name_of(change, said), []).append(change)
    names = sorted({*said, *(name for name, group in found.items() if _moves(group))})
    return tuple(_claim(name, said.get(name), found.get(name, [])) for name in names)


def _name_of(change: Change, said: Mapping[str, Direction]) -> str:
    """The name that the changelog has for a change: its clause, old or new, or what it is about."""
    clause = change.clause
    for name in (clause.name, clause.old_name, f"{clause.kind}.{clause.name}", change.about, clause.kind):
        if name and name in said:
            return name
    return clause.name or clause.kind


def _moves(changes: list[Change]) -> bool:
    return joined(change.direction for change in changes) is not Direction.NEUTRAL


def _claim(name: str, said: Direction | None, changes: list[Change]) -> Claim:
    found = joined(change.direction for change in changes) if changes else None
    problem = ""
    if said is None:
        problem = "not said" if found is None else f"{_verb(found)} and not said"
    elif found is None:
        problem = "" if said is Direction.NEUTRAL else f"said to be {said}, and nothing of it changed"
    elif said is not found:
        problem = f"said to be {said}, and it is {found}"
    return Claim(name=name, said=said, found=found, problem=problem)


def _verb(direction: Direction) -> str:
    return {
        Direction.LOOSER: "loosened",
        Direction.STRICTER: "tightened",
        Direction.MIXED: "loosened and tightened",
        Direction.UNKNOWN: "perhaps loosened",
        Direction.NEUTRAL: "changed without effect",
    }[direction]
