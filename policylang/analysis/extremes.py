"""Two questions that critics ask of a policy: what is the worst it still permits, and who can let it pass together."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from policylang.analysis.formula import ALWAYS, NEVER, Atom, Chosen, Key, Reach
from policylang.analysis.questions import Example, Questions
from policylang.decide.decision import Verdict
from policylang.graph import nodes
from policylang.kinds import Kind, value_text

MAX_VECTORS = 40
"""How many worst cases are listed."""
MAX_ROLES = 5
"""How many roles a coalition is looked for of."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Something that can be worse: a level of a category at a stage, or a score between thresholds of a measure.

    `reached` has for each step above the mildest the formula that it is definitely reached.
    """

    name: str
    steps: tuple[str, ...]
    reached: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Worst:
    """One of the worst cases that are still permitted: the step of each axis, and evidence for it."""

    steps: tuple[str, ...]
    is_top: tuple[bool, ...]
    example: Example


@dataclass(frozen=True, kw_only=True)
class Coalition:
    """Roles that together let an action through which scores alone block: what each does, and who must be silent."""

    roles: tuple[str, ...]
    acts: tuple[str, ...]
    silent: tuple[str, ...]
    example: Example


class Extremes:
    """Answers both questions about one policy."""

    def __init__(self, questions: Questions) -> None:
        """The policy of these questions."""
        self.questions = questions
        self.prover = questions.prover
        self.f = questions.f
        self.graph = questions.graph

    # What is the worst that is still permitted

    def axes(self, action: str) -> tuple[Axis, ...]:
        """Whatever the rules of an action ask about: levels, and scores that they ask for directly."""
        levels: dict[tuple[str, str | None], None] = {}
        direct: dict[int, None] = {}
        for rule in self.graph.rules:
            if rule.strength == "must" and action in rule.covers:
                lifting = [item for item in self.graph.exemptions if rule.name in item.rules]
                needs = [need for need in rule.requirements if action in need.actions]
                needs += [need for item in lifting for need in item.requirements]
                roots = [rule.body, *(item.body for item in lifting), *(n for need in needs for n in need.nodes)]
                self._asked(roots, levels, direct)
        scores = (self._scores(index) for index in direct)
        return (*(self._levels(name, stage) for name, stage in levels), *(axis for axis in scores if axis is not None))

    def _asked(self, roots: Sequence[int], levels: dict[tuple[str, str | None], None], direct: dict[int, None]) -> None:
        stack, seen = list(reversed(roots)), set()
        while stack:
            index = stack.pop()
            if index in seen:
                continue
            seen.add(index)
            node = self.graph.nodes[index]
            if isinstance(node, nodes.Reached):
                levels.setdefault((node.category, node.stage))
            elif isinstance(node, nodes.Threshold) and len(node.terms) == 1:
                direct.setdefault(node.terms[0][0])
            else:
                stack += reversed(nodes.parts_of(node))

    def _levels(self, name: str, stage: str | None) -> Axis:
        item = self.graph.category[name]
        reached = dict(item.reached)[stage]
        return Axis(
            name=name if stage is None else f"{name}.{stage}",
            steps=item.ladder,
            reached=tuple(self.questions.symbols.definitely(node) for node in reached),
        )

    def _scores(self, index: int) -> Axis | None:
        item = self.graph.inputs[index]
        if item.of != "measure":
            return None
        measure = self.graph.measure[item.name]
        cuts = sorted(
            {
                (node.bound, node.strict)
                for node in self.graph.nodes
                if isinstance(node, nodes.Threshold) and len(node.terms) == 1 and node.terms[0][0] == index
            }
        )
        key: Key = ("measure", item.name, item.stage or "")
        terms = ((key, measure.low * 0 + 1),)
        is_higher = measure.worse == "higher"
        steps, reached = [], []
        for bound, strict in cuts if is_higher else reversed(cuts):
            low, high = (
                self.f.atom(Reach(revision=0, end=end, terms=terms, bound=bound, strict=strict))
                for end in ("low", "high")
            )
            reached.append(low if is_higher else self.f.opposite(high))
            sign = (">" if strict else ">=") if is_higher else ("<=" if strict else "<")
            steps.append(f"{sign} {value_text(bound, measure.kind)}")
        if measure.kind is Kind.FINDING:
            steps = ["no", "yes"] if is_higher else ["yes", "no"]
            return Axis(name=item.text, steps=tuple(steps), reached=tuple(reached))
        return Axis(name=item.text, steps=("safer", *steps), reached=tuple(reached))

    def worst(self, action: str) -> tuple[tuple[Axis, ...], tuple[Worst, ...], bool]:
        """The worst cases that are permitted, none of which is worse than another, and whether they are all.

        Raises Unknown.
        """
        axes = self.axes(action)
        permitted = self.questions.permitted(action)
        found: list[tuple[int, ...]] = []
        cases: list[Worst] = []
        while len(found) < MAX_VECTORS:
            beyond = [self._beyond(axes, vector) for vector in found]
            if self.prover.find(self.f.every((permitted, *beyond))) is None:
                return axes, tuple(cases), True
            vector = self._raised(axes, self.f.every((permitted, *beyond)))
            model = self.prover.find(self.f.every((permitted, self._at_least(axes, vector))))
            assert model is not None  # the vector was just found to be possible
            found.append(vector)
            cases.append(
                Worst(
                    steps=tuple(axis.steps[rank] for axis, rank in zip(axes, vector, strict=True)),
                    is_top=tuple(rank == len(axis.reached) for axis, rank in zip(axes, vector, strict=True)),
                    example=self.questions.example(model),
                )
            )
        return axes, tuple(cases), False

    def _raised(self, axes: Sequence[Axis], formula: int) -> tuple[int, ...]:
        """A case that cannot be worse in any way, axis by axis as far as it goes."""
        vector = [0] * len(axes)
        for number, axis in enumerate(axes):
            for rank in range(len(axis.reached), 0, -1):
                tried = self.f.every((formula, axis.reached[rank - 1]))
                if self.prover.find(tried) is not None:
                    formula, vector[number] = tried, rank
                    break
        return tuple(vector)

    def _at_least(self, axes: Sequence[Axis], vector: Sequence[int]) -> int:
        return self.f.every(axis.reached[rank - 1] for axis, rank in zip(axes, vector, strict=True) if rank)

    def _beyond(self, axes: Sequence[Axis], vector: Sequence[int]) -> int:
        """That some axis is worse than in a case."""
        return self.f.some(
            axis.reached[rank] for axis, rank in zip(axes, vector, strict=True) if rank < len(axis.reached)
        )

    # Who together can let it through

    def coalitions(self, action: str, verdict: Verdict = Verdict.CONDITIONAL) -> Iterator[Coalition]:
        """The smallest sets of roles whose acts permit an action where scores alone give a verdict, or a stricter one.

        Raises Unknown.
        """
        permitted = self.questions.permitted(action)
        strict = self.questions.symbols.strict(action, verdict)
        blocked = self._without(strict, frozenset(), keep_judgement=verdict is not Verdict.CONDITIONAL)
        roles = sorted({role for atom in self.f.atoms(permitted) if (role := _role(self._key(atom)))})
        silent = sorted({role for veto in self.graph.vetoes if action in veto.actions for role in veto.roles})
        found: list[frozenset[str]] = []
        for size in range(min(MAX_ROLES, len(roles)) + 1):
            for chosen in itertools.combinations(roles, size):
                group = frozenset(chosen)
                if any(smaller <= group for smaller in found):
                    continue
                model = self.prover.find(self.f.every((blocked, self._without(permitted, group))))
                if model is not None:
                    kept = {key: value for key, value in model.items() if not _role(key) or _role(key) in group}
                    found.append(group)
                    example = self.questions.example(kept)
                    acts = tuple(line for line in example.given if any(f" {role}" in line for role in group))
                    yield Coalition(roles=chosen, acts=acts, silent=tuple(silent), example=example)

    @staticmethod
    def _key(atom: Reach | Chosen) -> Key:
        return atom.key if isinstance(atom, Chosen) else ("",)

    def _without(self, formula: int, group: frozenset[str], *, keep_judgement: bool = False) -> int:
        """A formula when nobody outside a group does anything; assessments that block may stand."""

        def by(_: int, atom: Atom) -> int | None:
            if isinstance(atom, Chosen) and self._is_silent(atom.key, group, keep_judgement):
                return ALWAYS if None in atom.values else NEVER
            return None

        return self.f.replaced(formula, by)

    @staticmethod
    def _is_silent(key: Key, group: frozenset[str], keep_judgement: bool) -> bool:
        role = _role(key)
        return bool(role) and role not in group and not (keep_judgement and key[0] == "assessment")


def _role(key: Mapping[int, str] | Key) -> str:
    """Who acts, where a variable is an act of somebody: telling a role is nobody's act in particular."""
    match key:
        case ("attestation", _, role) | ("assessment", _, _, role) | ("approval" | "consultation", role, _):
            return role
        case ("waiver", _, role, _) | ("veto", role, _):
            return role
        case _:
            return ""
