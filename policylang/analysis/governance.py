"""What a change of a policy itself needs, and whether its own changelog tells the truth.

The old policy says what a change needs (`amend`), so that no revision can free itself of it. Approvals are those of the
new file's header, by roles as the old policy names them, and only those that the old file did not already have: an
approval of the last revision is no approval of this one, nor is one from before that, or one that is still to come.
A renamed role is the same body here only when somebody says so (`--map`): whoever writes the revision chose its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from policylang.analysis.consequences import Claim, Need
from policylang.analysis.difference import Change, Difference, Direction, joined
from policylang.clocks import Moment, parse_moment
from policylang.graph.nodes import Graph

_CLAIMED = {"looser": Direction.LOOSER, "stricter": Direction.STRICTER, "neutral": Direction.NEUTRAL}

Renames = Mapping[str, Mapping[str, str]]
"""What names became: kind to old name to new name."""


def needs(
    old: Graph, new: Graph, difference: Difference, *, today: Moment, mapping: Renames | None = None
) -> tuple[Need, ...]:
    """What the `amend` clauses of the old policy ask of this change, and whether each is met as of a day.

    `mapping` says what names became, where somebody said so.
    """
    stated = {**(mapping or {}).get("role", {}), **(mapping or {}).get("roles", {})}
    approvals = _approvals(old, new, today, {to: was for was, to in stated.items()})
    asked: dict[tuple[str, str], list[Need]] = {}
    for need in _needs(old, difference, approvals):
        asked.setdefault((need.kind, need.role), []).append(need)
    return tuple(_merged(found) for found in asked.values())


def _merged(found: list[Need]) -> Need:
    """What loosening and tightening both need, once."""
    first, _, rest = found[0].why.partition(", ")
    others = [need.why.partition(", ")[0] for need in found[1:]]
    return replace(found[0], why=", ".join((" and ".join(dict.fromkeys((first, *others))), rest)))


def _approvals(old: Graph, new: Graph, today: Moment, renamed: Mapping[str, str]) -> dict[str, tuple[bool, str]]:
    """For each role of the old policy that the new header names: whether it approved this revision, and why."""
    before: dict[str, Moment] = {}
    for role, day in old.header.approved:
        moment = parse_moment(day)
        before[role] = max(before.get(role, moment), moment, key=lambda item: item.first)
    found: dict[str, tuple[bool, str]] = {}
    for approver, day in new.header.approved:
        role, moment = renamed.get(approver, approver), parse_moment(day)
        why = f"approved on {day}"
        if role in before and moment.last <= before[role].last:
            why = "its approval is that of the old revision, or older"
        elif moment.first > today.last:
            why = f"its approval is of {day}, which is still to come"
        counts = why.startswith("approved")
        if role not in found or (counts and not found[role][0]):
            found[role] = counts, why
    return found


def _needs(old: Graph, difference: Difference, approvals: Mapping[str, tuple[bool, str]]) -> Iterator[Need]:
    asked = {"loosening": difference.direction.loosens, "tightening": difference.direction.tightens}
    for item in old.amendments:
        for kind, role in item.needs if asked[item.direction] else ():
            met, why = approvals.get(role, (False, f"no `approved by {role} on DATE` in the new header"))
            yield Need(kind=kind, role=role, met=met, why=f"{item.direction}, by the old policy: {why}")


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
