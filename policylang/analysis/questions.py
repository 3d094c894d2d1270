"""Questions about one policy for every input at once: what can happen, what never does, and what is claimed.

Each answer that something happens comes with evidence that the decider has decided again.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from policylang.analysis import solve
from policylang.analysis.diagram import Model
from policylang.analysis.formula import ALWAYS, NEVER, Atom, Formulas, Key, Reach
from policylang.analysis.prover import Prover, Unknown
from policylang.analysis.space import Choice
from policylang.analysis.symbols import Symbols
from policylang.analysis.verdicts import STEPS
from policylang.analysis.witness import Disagreement, Pieces, decided, pieces
from policylang.analysis.words import condition
from policylang.decide import Decision
from policylang.decide.decision import Verdict
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Invariant, Requirement, Rule
from policylang.kinds import value_text


class Answer(StrEnum):
    """How a claim about all inputs stands."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Example:
    """Evidence, line by line as a test writes it, and what the decider says of it."""

    given: tuple[str, ...]
    decision: Decision


@dataclass(frozen=True, kw_only=True)
class Step:
    """A worse score that loosens a verdict: the measure, both values, the action and both verdicts."""

    of: str
    better: str
    worse: str
    action: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What became of one claim; a refuted one has the smallest example against it, or a step the wrong way."""

    name: str
    claim: str
    answer: Answer
    said: str = ""  # the claim in words
    actions: tuple[str, ...] = ()
    against: Example | None = None
    step: Step | None = None
    why: str = ""
    where: nodes.Where | None = None


class Questions:
    """Answers questions about one policy."""

    def __init__(self, graph: Graph) -> None:
        """The policy."""
        self.graph = graph
        self.prover = Prover([graph])
        self.symbols: Symbols = self.prover.symbols[0]
        self.f: Formulas = self.prover.formulas
        self._found: dict[int, Model | Unknown | None] = {}

    def example(self, model: Model) -> Example:
        """A model as an example, decided."""
        found: Pieces = pieces(model, [self.graph])
        return Example(given=found.given, decision=decided(self.graph, found.evidence))

    # What is found is kept, so that a question that several ask is settled once

    def find(self, formula: int) -> Model | None:
        """The evidence with least to say that makes a formula true; None when nothing does. Raises Unknown."""
        if formula not in self._found:
            try:
                self._found[formula] = self.prover.find(formula)
            except Unknown as error:
                self._found[formula] = error
        found = self._found[formula]
        if isinstance(found, Unknown):
            raise found
        return found

    def never(self, formula: int) -> bool:
        """Whether no evidence makes a formula true. Raises Unknown."""
        return self.find(formula) is None

    def always(self, formula: int) -> bool:
        """Whether all evidence makes a formula true. Raises Unknown."""
        return self.never(self.f.opposite(formula))

    def permitted(self, action: str) -> int:
        """The formula that an action is permitted."""
        return self.f.opposite(self.symbols.strict(action, Verdict.CONDITIONAL))

    def can_be_permitted(self, action: str) -> Example | None:
        """Evidence that permits an action; None when none does. Raises Unknown."""
        model = self.find(self.permitted(action))
        if model is None:
            return None
        found = self.example(model)
        if found.decision.actions[action].verdict is not Verdict.PERMITTED:
            raise Disagreement(f"{action} was to be permitted, and is {found.decision.actions[action].verdict}")
        return found

    def can_fire(self, rule: str) -> Example | None:
        """Evidence on which a rule definitely fires; None when there is none. Raises Unknown."""
        model = self.find(self.symbols.definitely(self.graph.rule[rule].body))
        return None if model is None else self.example(model)

    def always_fires(self, rule: str) -> bool:
        """Whether a rule with a condition fires whatever the evidence says. Raises Unknown."""
        body = self.graph.rule[rule].body
        is_bare = isinstance(self.graph.nodes[body], nodes.Constant)
        return not is_bare and self.always(self.symbols.definitely(body))

    def dead(self) -> Iterator[str]:
        """Rules that never fire, not even possibly. Raises Unknown."""
        for rule in self.graph.rules:
            if self.is_dead(rule.name):
                yield rule.name

    def is_dead(self, rule: str) -> bool:
        """Whether a rule never fires, not even possibly. Raises Unknown."""
        return self.never(self.symbols.possibly(self.graph.rule[rule].body))

    def shadowed(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Rules that change no verdict, since others say as much wherever they fire, and those others."""
        for rule in self.graph.rules:
            others = self.shadows(rule.name)
            if others is not None:
                yield rule.name, others

    def shadows(self, rule: str, without: Collection[str] = ()) -> tuple[str, ...] | None:
        """The fewest rules found that say all that a rule says; None when it says something of its own. Raises Unknown.

        None also when it obliges to tell somebody, or nothing else covers an action that it covers. Rules `without`
        are left out, as if they were not there.
        """
        item = self.graph.rule[rule]
        others = [o for o in self.graph.rules if o.name not in (rule, *without) and o.strength == "must"]
        kept = {action for other in others for action in other.covers}
        if item.strength != "must" or item.notices or not item.covers or not item.covers <= kept:
            return None
        shadows: set[str] = set()
        for action in sorted(item.covers):
            for step in STEPS:
                found = self._sayers(item, others, action, step)
                if found is None:
                    return None
                shadows |= set(found)
        return tuple(sorted(shadows))

    def _sayers(self, rule: Rule, others: Sequence[Rule], action: str, step: Verdict) -> list[str] | None:
        """Rules that say of an action what a rule says, none that is not needed for it; None where there are none."""
        said = self.symbols.says(rule, action, step)
        if self.never(said):
            return []
        all_of = {other.name: self.symbols.says(other, action, step) for other in others}
        saying = {name: formula for name, formula in all_of.items() if formula != NEVER}

        def is_said(names: Iterable[str]) -> bool:
            return self.never(self.prover.beyond(said, [saying[name] for name in names]))

        if not is_said(saying):
            return None
        for name in saying:
            if is_said([name]):
                return [name]
        kept = list(saying)
        for name in saying:
            rest = [other for other in kept if other != name]
            if is_said(rest):
                kept = rest
        return kept

    def uncovered(self) -> tuple[str, ...]:
        """Actions that no binding rule covers: silence is not permission."""
        covered = {action for rule in self.graph.rules if rule.strength == "must" for action in rule.covers}
        return tuple(term.name for term in self.graph.actions if term.name not in covered)

    def unused_categories(self) -> tuple[str, ...]:
        """Categories whose level no rule, exception or duty asks for."""
        asked = (self.graph.nodes[index] for index in self.asked())
        used = {node.category for node in asked if isinstance(node, nodes.Reached)}
        return tuple(item.name for item in self.graph.categories if item.name not in used)

    def asked(self) -> frozenset[int]:
        """The conditions that some rule, exception or duty rests on."""
        graph = self.graph
        ruled: tuple[Rule | nodes.Exemption, ...] = (*graph.rules, *graph.exemptions)
        needed = [node for item in ruled for need in item.requirements for node in need.nodes]
        return self.below(*(item.body for item in ruled), *(duty.body for duty in graph.duties), *needed)

    def below(self, *roots: int) -> frozenset[int]:
        """Some conditions and all that they are made of."""
        stack = list(roots)
        seen: set[int] = set()
        while stack:
            index = stack.pop()
            if index not in seen:
                seen.add(index)
                stack += nodes.parts_of(self.graph.nodes[index])
        return frozenset(seen)

    def conflicts(self) -> Iterator[tuple[str, str, str]]:
        """Requirements that can never be met where their rule applies: rule, requirement, action. Raises Unknown."""
        for rule in self.graph.rules:
            for need in rule.requirements if rule.strength == "must" else ():
                action = self.conflict(rule, need)
                if action is not None:
                    yield rule.name, need.text, action

    def conflict(self, rule: Rule, need: Requirement) -> str | None:
        """An action before which a requirement can never be met where its rule applies. Raises Unknown."""
        applies = self.symbols.possibly(rule.body)
        for action in need.actions:
            met = self.symbols.met(need, action, rule=rule.name)
            if self.never(self.f.every((applies, met))) and not self.never(applies):
                return action
        return None

    # Claims

    def invariants(self, names: Sequence[str] = ()) -> tuple[Proof, ...]:
        """What became of the invariants of the policy, or of those named."""
        return tuple(self.proof(item) for item in self.graph.invariants if not names or item.name in names)

    def proof(self, item: Invariant) -> Proof:
        """Whether a claim holds for every input."""
        base = Proof(
            name=item.name,
            claim=item.claim,
            answer=Answer.PROVED,
            said=self._said(item),
            actions=item.actions,
            where=item.where,
        )
        try:
            if item.claim == "monotone":
                step = self.monotone()
                return base if step is None else replace(base, answer=Answer.REFUTED, step=step[0], against=step[1])
            return self._claimed(item, base)
        except Unknown as error:
            return replace(base, answer=Answer.UNKNOWN, why=str(error))

    def _said(self, item: Invariant) -> str:
        """A claim in words."""
        when = "" if item.body is None else f" when {condition(self.graph, item.body)}"
        actions = ", ".join(item.actions)
        if item.claim == "always" and item.control is not None:
            return f"always require {condition(self.graph, item.control)} before {actions}{when}"
        return "monotone" if item.claim == "monotone" else f"never {actions}{when}"

    def _claimed(self, item: Invariant, base: Proof) -> Proof:
        """A claim is refuted by evidence that permits an action while the condition holds, or may hold."""
        definite, possible = self.symbols.value(item.body) if item.body is not None else (ALWAYS, ALWAYS)
        best: tuple[tuple[bool, int], str, Model] | None = None
        for action in item.actions:
            wrong = [self.permitted(action)]
            if item.control is not None:
                wrong.append(self.f.opposite(self.symbols.definitely(item.control)))
            for possibly_so in (definite, possible):
                model = self.prover.find(self.f.every((*wrong, possibly_so)))
                if model is not None:
                    is_open, cost = possibly_so != definite, sum(choice.cost for choice in model.values())
                    if best is None or (is_open, cost) < best[0]:
                        best = (is_open, cost), action, model
                    break
        if best is None:
            return base
        (is_open, _), action, model = best
        example = self.example(model)
        if example.decision.actions[action].verdict is not Verdict.PERMITTED:
            raise Disagreement(f"{action} was to be permitted, and is {example.decision.actions[action].verdict}")
        why = "the evidence leaves the condition open, and permits" if is_open else ""
        return replace(base, answer=Answer.REFUTED, actions=(action,), against=example, why=why)

    # Monotone: no worse score ever loosens a verdict

    def monotone(self) -> tuple[Step, Example] | None:
        """A worse score that loosens a verdict, and the evidence before it; None when none does. Raises Unknown.

        First by polarity: where every question about a measure points towards danger, nothing needs to be searched.
        """
        best: tuple[int, Step, Example] | None = None
        for term in self.graph.actions:
            for step in STEPS:
                formula = self.symbols.strict(term.name, step)
                for key in self._suspects(formula):
                    found = self._loosened(term.name, formula, key)
                    if found is not None and (best is None or found[0] < best[0]):
                        best = found
        return None if best is None else best[1:]

    def _suspects(self, formula: int) -> list[Key]:
        """The measures that some question about them speaks for in the wrong direction."""
        suspects: dict[Key, None] = {}
        for part, signs in self.f.signs(formula).items():
            atom = self.f[part].atom
            if isinstance(atom, Reach):
                for key, factor in atom.terms:
                    measure = self.graph.measure.get(key[1]) if key[0] == "measure" else None
                    if measure is not None:
                        is_danger = (factor > 0) == (measure.worse == "higher")
                        if signs != {is_danger}:
                            suspects[key] = None
        return list(suspects)

    def _loosened(self, action: str, formula: int, key: Key) -> tuple[int, Step, Example] | None:
        """A pair of exact values of one measure, the worse of which makes a formula false.

        Between thresholds no value differs from another. A sum with other measures has no such cells, so there a pair
        that is found counts, and none found settles nothing.
        """
        measure = self.graph.measure[key[1]]
        values = {choice.low: choice for choice in self.prover.space.variable(key).choices if choice.how == "exact"}
        in_sums = any(len(a.terms) > 1 and key in dict(a.terms) for a in self.f.atoms(formula) if isinstance(a, Reach))
        if in_sums:
            ends = (measure.low, measure.high if measure.high is not None else max([*values, measure.low]) * 2 + 2)
            for value in (ends[0], (ends[0] + ends[1]) / 2, ends[1]):
                values.setdefault(value, self.prover.space.choice(key, "exact", value, value))
        ordered = [values[value] for value in sorted(values, reverse=measure.worse == "lower")]
        best = None
        for better, worse in itertools.pairwise(ordered):
            before = self._at(formula, key, better)
            loosened = self.f.every((before, self.f.opposite(self._at(formula, key, worse))))
            model = solve.find(self.prover.space, self.f, loosened) if in_sums else self.prover.find(loosened)
            if model is not None:
                cost = sum(choice.cost for choice in model.values())
                if best is None or cost < best[0]:
                    best = cost, *self._step(action, key, (better, worse), model)
        if in_sums and best is None:
            raise Unknown(
                f"whether a worse `{key[1]}` loosens a verdict by a sum with other measures is not worked out"
            )
        return best

    def _at(self, formula: int, key: Key, choice: Choice) -> int:
        """A formula when one measure has a value; sums of several keep their other terms."""

        def by(_: int, atom: Atom) -> int | None:
            is_about = isinstance(atom, Reach) and any(term[0] == key for term in atom.terms)
            return self._fixed(atom, key, choice) if is_about and isinstance(atom, Reach) else None

        return self.f.replaced(formula, by)

    def _fixed(self, atom: Reach, key: Key, choice: Choice) -> int:
        total = Fraction(0)
        for term, factor in atom.terms:
            if term == key:
                low, high = choice.ends[0]
                end = low if (atom.end == "low") == (factor > 0) else high
                if end is None:
                    return ALWAYS if atom.end == "high" else NEVER
                total += factor * end
        rest = tuple(term for term in atom.terms if term[0] != key)
        if not rest:
            return ALWAYS if atom.over(total, if_open=False) else NEVER
        return self.f.atom(replace(atom, terms=rest, bound=atom.bound - total))

    def _step(self, action: str, key: Key, values: tuple[Choice, Choice], model: Model) -> tuple[Step, Example]:
        before, after = (self.example({**model, key: value}) for value in values)
        name = key[1] + (f".{key[2]}" if key[2] else "")
        shown = [self._value(key, value) for value in values]
        verdicts = [example.decision.actions[action].verdict for example in (before, after)]
        if verdicts[1].rank >= verdicts[0].rank:
            raise Disagreement(f"a worse {name} was to loosen {action}, and does not")
        step = Step(
            of=name, better=shown[0], worse=shown[1], action=action, before=str(verdicts[0]), after=str(verdicts[1])
        )
        return step, before

    def _value(self, key: Key, choice: Choice) -> str:
        return value_text(choice.low, self.graph.measure[key[1]].kind)
