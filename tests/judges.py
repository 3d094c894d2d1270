"""Questions about a policy and its revision, put to diagrams, z3, cvc5, tables and the decider: all answers agree."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assignments import holds
from policylang.analysis import solve
from policylang.analysis.diagram import Model
from policylang.analysis.formula import ALWAYS, NEVER, Key, Reach
from policylang.analysis.prover import Prover
from policylang.analysis.symbols import Symbols
from policylang.analysis.witness import decided, pieces
from policylang.decide.decision import Decision, Verdict
from policylang.graph.nodes import Graph
from policylang.kinds import Kind
from second_opinions import Table, Undecided, adds, by_cvc5, count, drawn_anywhere, grid

STEP = {kind: Fraction(1) for kind in Kind} | {
    Kind.RATE: Fraction(1, 20),
    Kind.SCORE: Fraction(1, 2),
    Kind.FACTOR: Fraction(1, 2),
    Kind.DURATION: Fraction(1800),
    Kind.COMPUTE: Fraction(10) ** 24,
}
"""How far apart the values of a grid are."""

STRICT = (Verdict.CONDITIONAL, Verdict.UNDETERMINED, Verdict.FORBIDDEN)


@dataclass(frozen=True, kw_only=True)
class Question:
    """A formula in words, and what the decisions of all revisions must be on evidence that makes it true."""

    name: str
    formula: int
    claim: Callable[[Sequence[Decision]], bool]


def questions(prover: Prover) -> list[Question]:
    """Every verdict and level of a policy, and where a revision has a weaker or a stricter one."""
    found = [question for symbols in prover.symbols for question in _verdicts(symbols)]
    found += [question for symbols in prover.symbols for question in _levels(symbols)]
    one = {question.name.split(": ", 1)[1]: question for question in found if question.name.startswith("0")}
    other = {question.name.split(": ", 1)[1]: question for question in found if question.name.startswith("1")}
    f = prover.formulas
    for name in sorted(one.keys() & other.keys()):
        for holds_of, fails_of in ((one[name], other[name]), (other[name], one[name])):
            both = f.every((holds_of.formula, f.opposite(fails_of.formula)))
            found.append(Question(name=f"{holds_of.name}, no more", formula=both, claim=_apart(holds_of, fails_of)))
    return found


def _apart(holds_of: Question, fails_of: Question) -> Callable[[Sequence[Decision]], bool]:
    return lambda decisions: holds_of.claim(decisions) and not fails_of.claim(decisions)


def _verdicts(symbols: Symbols) -> Iterator[Question]:
    for action in symbols.graph.actions:
        for verdict in STRICT:

            def claim(decisions: Sequence[Decision], action: str = action.name, rank: int = verdict.rank) -> bool:
                return decisions[symbols.revision].actions[action].verdict.rank >= rank

            name = f"{symbols.revision}: {action.name} at least {verdict}"
            yield Question(name=name, formula=symbols.strict(action.name, verdict), claim=claim)


def _levels(symbols: Symbols) -> Iterator[Question]:
    for category in symbols.graph.categories:
        for stage, reached in category.reached:
            for rank, node in enumerate(reached, 1):
                for end in (0, 1):
                    where = category.name, stage

                    def claim(
                        decisions: Sequence[Decision], where: Any = where, rank: int = rank, end: int = end
                    ) -> bool:
                        placed = decisions[symbols.revision].scorecard[where]
                        return (placed.at_least, placed.at_most)[end] >= rank

                    name = f"{symbols.revision}: {category.name} {stage} over {rank} by end {end}"
                    yield Question(name=name, formula=symbols.value(node)[end], claim=claim)


def composed(prover: Prover, rng: random.Random) -> Question:
    """A formula like none of the policy's: a few of its atoms, joined at random."""
    f = prover.formulas
    rows = [n for n, row in enumerate(f.rows) if row.atom is not None and not adds(f, n)]
    keys = rng.sample(found := sorted({prover.space.key_of(a) for n in rows for a in f.atoms(n)}), min(3, len(found)))
    few = [n for n in rows for atom in f.atoms(n) if prover.space.key_of(atom) in keys]

    def made(depth: int) -> int:
        if depth == 0 or rng.random() < 0.15:
            return rng.choice(few)
        parts = [made(depth - 1) for _ in range(rng.randint(2, 4))]
        joins = f.every(parts), f.some(parts), f.at_least(rng.randint(1, len(parts)), parts), f.opposite(parts[0])
        return rng.choice(joins)

    return Question(name="composed", formula=made(3) if few else ALWAYS, claim=lambda _: True)


class Judge:
    """Puts questions to everyone and keeps what does not fit; `counts` has how often each was asked."""

    def __init__(self, prover: Prover, *, most: int = 4_000) -> None:
        """`most`: assignments in one table, beyond which it is not written."""
        self.prover, self.most = prover, most
        self.space, self.formulas = prover.space, prover.formulas
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def judge(self, question: Question) -> None:
        """Ask everyone one question."""
        if question.formula in (NEVER, ALWAYS):
            return
        found = dict(self._found(question.formula))
        if len({model is None for model in found.values()}) > 1:
            self.wrong.append(f"{question.name}: { ({who: model is not None for who, model in found.items()}) }")
        for who, model in found.items():
            self.counts[f"{who} {'unsat' if model is None else 'sat'}"] += 1
            if model is not None:
                self._model(question, who, model)
        if adds(self.formulas, question.formula):
            if found.get("prover", {}) is None:
                self._grid(question)
        elif count(self.space, self.formulas, question.formula) <= self.most:
            self._table(question)

    def _found(self, formula: int) -> Iterator[tuple[str, Model | None]]:
        """What each of those finds who does not give up."""
        asked: dict[str, Callable[[], Model | None]] = {
            "prover": lambda: self.prover.find(formula),
            "z3": lambda: solve.find(self.space, self.formulas, formula),
            "cvc5": lambda: by_cvc5(self.space, self.formulas, formula),
        }
        for who, answer in asked.items():
            try:
                yield who, answer()
            except (Undecided, solve.Unknown):
                self.counts[f"{who} unknown"] += 1

    def _model(self, question: Question, who: str, model: Model) -> None:
        """A model makes the formula true, and the decider says so too."""
        if not holds(self.formulas, question.formula, model, self.space):
            self.wrong.append(f"{question.name}: a model by {who} does not make it true: {model}")
        evidence = pieces(model, self.prover.graphs)
        if not question.claim([decided(graph, evidence.evidence) for graph in self.prover.graphs]):
            self.wrong.append(f"{question.name}: the decider denies a model by {who}: {evidence.given}")

    def anywhere(self, asked: Sequence[Question], rng: random.Random) -> None:
        """Evidence that stands for no cell: formulas say what the decider says, and some choice is like each of it."""
        given = {}
        for key in list(self.space.rank):
            variable = self.space.variable(key)
            is_drawn = key[0] in ("measure", "attempts")
            if not variable.is_sum:
                given[key] = drawn_anywhere(self.space, key, rng) if is_drawn else rng.choice(variable.choices)
        evidence = pieces(given, self.prover.graphs)
        decisions = [decided(graph, evidence.evidence) for graph in self.prover.graphs]
        for question in asked:
            said = holds(self.formulas, question.formula, given, self.space)
            if said != question.claim(decisions):
                self.wrong.append(f"{question.name}: the formula says {said} of {evidence.given}")
        self.counts["anywhere"] += 1
        self._like(given)

    def _like(self, given: Model) -> None:
        """Each input of an assignment has a choice that no atom tells from what is given."""
        atoms: dict[Key, list[int]] = {}
        for formula, row in enumerate(self.formulas.rows):
            if isinstance(row.atom, Reach) and len(row.atom.terms) == 1:
                atoms.setdefault(row.atom.terms[0][0], []).append(formula)
        for key, formulas in atoms.items():
            if key in given:
                masks = zip(*(self.space.mask(self.formulas[f].atom) for f in formulas), strict=True)  # type: ignore[arg-type]  # rows with an atom
                if tuple(holds(self.formulas, f, given, self.space) for f in formulas) not in set(masks):
                    self.wrong.append(f"no choice of {key} is like {given[key]}")

    def _grid(self, question: Question) -> None:
        """A solver that finds no model is wrong where a grid of values has one."""
        choices = grid(self.space, self.formulas, question.formula, STEP)
        if math.prod(map(len, choices.values())) > self.most * 10:  # its columns are all that is looked at
            return
        table = Table(self.space, self.formulas, choices)
        column = table.column(question.formula)
        self.counts["grid sat" if column else "grid unsat"] += 1
        if column:
            given = table.assignment(column.bit_length() - 1)
            self.wrong.append(f"{question.name}: never, says the prover, yet {given}")

    def _table(self, question: Question) -> None:
        """The diagram is that of the table: its truth, cheapest evidence, share and ways."""
        table = Table.of(self.space, self.formulas, question.formula)
        column, diagrams = table.column(question.formula), self.prover.diagrams
        node = diagrams.node(question.formula)
        self.counts["table sat" if column else "table unsat"] += 1
        if bool(column) != bool(node):
            self.wrong.append(f"{question.name}: the table says {bool(column)}")
            return
        cheapest = diagrams.cheapest(node) or {}
        if column and sum(choice.cost for choice in cheapest.values()) != table.least_cost(column):
            self.wrong.append(f"{question.name}: there is cheaper evidence than {cheapest}")
        if diagrams.share(node) != table.share(column):
            self.wrong.append(f"{question.name}: the shares are {table.share(column)} and {diagrams.share(node)}")
        taken = 0
        for way in diagrams.ways(node):
            region = table.region(way)
            if taken & region or not region:
                self.wrong.append(f"{question.name}: a way is empty or shares evidence with another: {way}")
            taken |= region
        if taken != column:
            self.wrong.append(f"{question.name}: its ways are not all of it")


def judged(
    graphs: Sequence[Graph], seed: int, *, most: int = 4_000, questions_each: int = 40
) -> tuple[list[str], Counter[str]]:
    """What is wrong about answers on some policies, and how often everyone was asked."""
    rng = random.Random(f"questions {seed}")
    judge = Judge(Prover(graphs), most=most)
    asked = questions(judge.prover)
    chosen = rng.sample(asked, min(questions_each, len(asked)))
    for question in (*chosen, *(composed(judge.prover, rng) for _ in range(questions_each // 4))):
        judge.judge(question)
    for _ in range(4):
        judge.anywhere(chosen, rng)
    return [f"seed {seed}: {wrong}" for wrong in judge.wrong], judge.counts
