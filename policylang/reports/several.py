"""Several policies on the same evidence: for each action the strictest verdict, and which policy caused it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policylang.decide.decision import ActionDecision, Decision, Verdict

if TYPE_CHECKING:
    from policylang.evidence.vocabulary import Names, Vocabulary  # one policy alone needs none


@dataclass(frozen=True, kw_only=True, slots=True)
class Joint:
    """The verdict of all policies on one action: the strictest; covered when a rule of any of them covers it."""

    action: str
    verdict: Verdict
    covered: bool
    caused_by: tuple[str, ...]

    @property
    def permitted(self) -> bool:
        """Whether it may be done: no verdict against it, and a rule that speaks of it."""
        return self.verdict is Verdict.PERMITTED and self.covered


def joined(decisions: Sequence[Decision]) -> tuple[Joint, ...]:
    """The verdict on every action that one of the policies has, in the order of the policies."""
    names = labels(decisions)
    joints = []
    for action in dict.fromkeys(action for decision in decisions for action in decision.actions):
        own = [(name, d.actions[action]) for name, d in zip(names, decisions, strict=True) if action in d.actions]
        verdict = max((item.verdict for _, item in own), key=lambda verdict: verdict.rank)
        causes = [name for name, item in own if item.verdict is verdict and verdict is not Verdict.PERMITTED]
        covered = any(item.covered for _, item in own)
        joints.append(Joint(action=action, verdict=verdict, covered=covered, caused_by=tuple(causes)))
    return tuple(joints)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What one policy says of a neutral term: the strictest verdict on its actions; covered when each of them is."""

    verdict: Verdict
    covered: bool
    actions: tuple[str, ...]


def side_by_side(vocabulary: "Vocabulary", decisions: Sequence[Decision]) -> dict[str, tuple[Cell | None, ...]]:
    """For each neutral surface and activity, what each policy says; None of one that has no action for it."""
    names = [vocabulary.names_of(decision.graph) for decision in decisions]
    found = {}
    for term in (*vocabulary.surfaces, *vocabulary.activities):
        cells = [_cell(term, own, decision) for own, decision in zip(names, decisions, strict=True)]
        if any(cells):
            found[term] = tuple(cells)
    return found


def _cell(term: str, names: "Names | None", decision: Decision) -> Cell | None:
    mine = [] if names is None else [action for action, terms in names.actions.items() if term in terms]
    items = [item for action in mine for item in under(action, decision)]
    if not items:
        return None
    verdict = max((item.verdict for item in items), key=lambda verdict: verdict.rank)
    return Cell(
        verdict=verdict, covered=all(item.covered for item in items), actions=tuple(item.action for item in items)
    )


def under(name: str, decision: Decision) -> list[ActionDecision]:
    """What is decided on an action, or on each below a name."""
    return [decision.actions[leaf] for leaf in decision.graph.leaves.get(name, ()) if leaf in decision.actions]


def labels(decisions: Sequence[Decision]) -> tuple[str, ...]:
    """A name for each policy that no other has: its name, its version too where two have one name, else its number."""
    headers = [decision.graph.header for decision in decisions]
    names = [header.name for header in headers]
    versions = [f"{header.name} {header.version}".strip() for header in headers]
    found = []
    for at, (name, version) in enumerate(zip(names, versions, strict=True)):
        label = name if names.count(name) == 1 else version if versions.count(version) == 1 else f"{version} ({at + 1})"
        found.append(label)
    return tuple(found)
