"""Conditions to nodes: every condition as written becomes a node of the graph, equal ones the same node."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import assert_never

from policylang import syntax
from policylang.check import Checked
from policylang.check.meanings import HERE, TURNED, Atom, Compared, LevelCompared, OverCategories, Truth, domain_of
from policylang.graph import nodes
from policylang.kinds import Kind, Operator, compare, exact_text, value_text

_OPPOSITE: dict[Operator, Operator] = {"<": ">=", "<=": ">", "!=": "="}


class Lowering:
    """Builds nodes for the conditions of one checked policy."""

    def __init__(self, checked: Checked) -> None:
        """Lower the conditions of a policy that has no errors."""
        self.checked = checked
        self.resolved = checked.resolved
        self.nodes: list[nodes.Node] = []
        self.inputs: list[nodes.Input] = []
        self._node_index: dict[nodes.Node, int] = {}
        self._input_index: dict[Atom, int] = {}
        self._lowered: dict[tuple[int, str | None], int] = {}
        self._named: dict[tuple[str, str, str | None], int] = {}
        self.stages: tuple[str | None, ...] = tuple(self.resolved.named["stage"]) or (None,)

    def add(self, node: nodes.Node) -> int:
        """The index of a node; an equal one is not added again."""
        index = self._node_index.get(node)
        if index is None:
            index = self._node_index[node] = len(self.nodes)
            self.nodes.append(node)
        return index

    def any_of(self, parts: Sequence[int]) -> int:
        """Some of the parts."""
        return self._joined(parts, of_all=False)

    def all_of(self, parts: Sequence[int]) -> int:
        """All of the parts."""
        return self._joined(parts, of_all=True)

    def _joined(self, parts: Sequence[int], *, of_all: bool) -> int:
        unique = tuple(dict.fromkeys(part for part in parts if self.constant(part) is not of_all))
        if any(self.constant(part) is (not of_all) for part in unique):
            return self.add(nodes.Constant(value=not of_all))
        if len(unique) == 1:
            return unique[0]
        if not unique:
            return self.add(nodes.Constant(value=of_all))
        return self.add(nodes.AllOf(parts=unique) if of_all else nodes.AnyOf(parts=unique))

    def opposite(self, part: int) -> int:
        """Not the part."""
        node = self.nodes[part]
        if isinstance(node, nodes.Opposite):
            return node.part
        value = self.constant(part)
        if value is not None:
            return self.add(nodes.Constant(value=not value))
        return self.add(nodes.Opposite(part=part))

    def constant(self, part: int) -> bool | None:
        """The value of a node that is always the same, also behind a name; None for any other."""
        node = self.nodes[part]
        while isinstance(node, nodes.Reached | nodes.Holds | nodes.Defined):
            node = self.nodes[node.part]
        return node.value if isinstance(node, nodes.Constant) else None

    def condition(self, node: syntax.Expression, stage: str | None = None) -> int:
        """The node of a condition; `stage` is the one being judged, inside a category."""
        key = (node.id, stage)
        if key not in self._lowered:
            self._lowered[key] = self._condition(node, stage)
        return self._lowered[key]

    def _condition(self, node: syntax.Expression, stage: str | None) -> int:
        match node:
            case syntax.And():
                return self.all_of([self.condition(operand, stage) for operand in _flat(node)])
            case syntax.Or():
                return self.any_of([self.condition(operand, stage) for operand in _flat(node)])
            case syntax.Not(operand=operand):
                return self.opposite(self.condition(operand, stage))
            case syntax.Quantified():
                return self._quantified(node)
            case _:
                meaning = self.checked.meanings[node.id]
                match meaning:
                    case Compared():
                        return self._compared(meaning, stage)
                    case LevelCompared():
                        return self._levels(meaning)
                    case Truth():
                        return self._truth(meaning, stage)
                    case _:  # pragma: no cover  # quantifiers are handled above
                        raise AssertionError(meaning)

    def _quantified(self, node: syntax.Quantified) -> int:
        meaning = self.checked.meanings[node.id]
        assert isinstance(meaning, OverCategories)
        parts = [self._levels(comparison) for comparison in meaning.comparisons]
        match node.quantifier:
            case "any":
                return self.any_of(parts)
            case "all":
                return self.all_of(parts)
            case "at least":
                assert node.count is not None
                return self.at_least(node.count, parts)
            case _:
                assert_never(node.quantifier)

    def at_least(self, count: int, parts: Sequence[int]) -> int:
        """`count` of the parts or more; equal parts count each."""
        count -= sum(self.constant(part) is True for part in parts)
        parts = [part for part in parts if self.constant(part) is None]
        if count <= 0 or count > len(parts):
            return self.add(nodes.Constant(value=count <= 0))
        if count == 1:
            return self.any_of(parts)
        if count == len(parts):
            return self.all_of(parts)
        return self.add(nodes.AtLeast(count=count, parts=tuple(parts)))

    # Names that are true or false

    def _truth(self, meaning: Truth, stage: str | None) -> int:
        match meaning.of:
            case "measure":
                atom = Atom("measure", meaning.name, stage if meaning.stage == HERE else meaning.stage)
                index = self.input(atom)
                text = self.inputs[index].text
                return self.add(
                    nodes.Threshold(
                        terms=((index, Fraction(1)),), strict=False, bound=Fraction(1), kind=Kind.FINDING, text=text
                    )
                )
            case "event":
                return self.add(nodes.Happened(event=meaning.name))
            case "control":
                return self.control(meaning.name, None)
            case "definition":
                return self.definition(meaning.name)
            case _:
                assert_never(meaning.of)

    def definition(self, name: str) -> int:
        """A named condition."""
        key = ("definition", name, None)
        if key not in self._named:
            part = self.condition(self.resolved.named["definition"][name].condition)
            self._named[key] = self.add(nodes.Defined(name=name, part=part))
        return self._named[key]

    def control(self, name: str, level: int | None) -> int:
        """A control holds: attested as asked, and shown by its measurement."""
        item: syntax.Control = self.resolved.named["control"][name]
        parts = []
        if item.undefined:
            parts.append(self.add(nodes.Constant(value=False)))
        if item.attested is not None:
            parts.append(self.add(nodes.Attested(control=name, level=level)))
        if item.holds is not None:
            parts.append(self.condition(item.holds))
        ladder = self.ladder(item.ladder)
        text = name if level is None else f"{name} >= {ladder[level]}"
        return self.add(nodes.Holds(control=name, level=level, part=self.all_of(parts), text=text))

    def ladder(self, name: syntax.Name | None) -> tuple[str, ...]:
        """The levels of a ladder, lowest first."""
        return () if name is None else tuple(level.text for level in self.resolved.named["ladder"][name.text].levels)

    # Levels

    def _levels(self, meaning: LevelCompared) -> int:
        if meaning.level is None:
            return self.add(nodes.Unspecified(parameter=meaning.parameter or ""))
        operator = meaning.operator
        if operator in _OPPOSITE:
            return self.opposite(self._level(meaning, _OPPOSITE[operator]))
        return self._level(meaning, operator)

    def _level(self, meaning: LevelCompared, operator: Operator) -> int:
        assert meaning.level is not None
        if operator == "=":
            above = self.at_level(meaning, meaning.level + 1)
            return self.all_of([self.at_level(meaning, meaning.level), self.opposite(above)])
        return self.at_level(meaning, meaning.level + (1 if operator == ">" else 0))

    def at_level(self, meaning: LevelCompared, level: int) -> int:
        """`category.stage >= level` or `control >= level`, by rank."""
        item = self.resolved.named[meaning.of][meaning.name]
        if level >= len(self.ladder(item.ladder)):
            return self.add(nodes.Constant(value=False))
        if meaning.of == "control":
            return self.control(meaning.name, level)
        return self.reached(item, meaning.stage, level)

    def reached(self, item: syntax.Category, stage: str | None, level: int) -> int:
        """A category is at a level or above at a stage: a condition of it or of a higher level, or an assessment."""
        if level == 0:
            return self.add(nodes.Constant(value=True))
        key = ("category", f"{item.name.text} {level}", stage)
        if key not in self._named:
            ladder = self.ladder(item.ladder)
            parts = [
                self.condition(clause.condition, stage)
                for clause in item.clauses
                if ladder.index(clause.level.text) >= level
            ]
            if item.assessed is not None:
                alone = not item.clauses
                parts.append(self.add(nodes.Assessed(category=item.name.text, stage=stage, level=level, alone=alone)))
            subject = item.name.text if stage is None else f"{item.name.text}.{stage}"
            self._named[key] = self.add(
                nodes.Reached(
                    category=item.name.text,
                    stage=stage,
                    level=level,
                    part=self.any_of(parts),
                    text=f"{subject} >= {ladder[level]}",
                )
            )
        return self._named[key]

    # Values

    def input(self, atom: Atom) -> int:
        """The index of an input."""
        if atom not in self._input_index:
            self._input_index[atom] = len(self.inputs)
            self.inputs.append(self._input(atom))
        return self._input_index[atom]

    def _input(self, atom: Atom) -> nodes.Input:
        low: Fraction
        high: Fraction | None
        if atom.kind == "attempts":
            low, high = Fraction(0), None
        else:
            declared: syntax.TypeName = self.resolved.named[atom.kind][atom.name].type
            low, high = (Fraction(0), Fraction(1)) if declared.name.text == Kind.FINDING else domain_of(declared)
        text = atom.name if atom.stage is None else f"{atom.name}.{atom.stage}"
        return nodes.Input(of=atom.kind, name=atom.name, stage=atom.stage, low=low, high=high, text=text)

    def _compared(self, meaning: Compared, stage: str | None) -> int:
        if len(meaning.terms) == 1:  # most conditions compare one measure as it is
            (atom, factor), *_ = meaning.terms.items()
            if factor == 1:
                here = Atom(atom.kind, atom.name, stage) if atom.stage == HERE else atom
                return self._turned(((here, factor),), meaning.operator, meaning.bound, kind=meaning.kind)
        terms: dict[Atom, Fraction] = {}
        for atom, factor in meaning.terms.items():
            here = Atom(atom.kind, atom.name, stage) if atom.stage == HERE else atom
            terms[here] = terms[here] + factor if here in terms else factor
        ordered = sorted(
            ((a, f) for a, f in terms.items() if f), key=lambda t: (t[0].kind, t[0].name, t[0].stage or "")
        )
        if not ordered:
            return self._constant(meaning.operator, Fraction(0), meaning.bound)
        lead = Fraction(gcd(*(f.numerator for _, f in ordered)), lcm(*(f.denominator for _, f in ordered)))
        if (meaning.bound < 0 and len(ordered) > 1) or (ordered[0][1] < 0 and (not meaning.bound or len(ordered) == 1)):
            lead = -lead  # `a - b >= 15%` rather than `b - a <= -15%`
        operator = TURNED[meaning.operator] if lead < 0 else meaning.operator
        scaled = [(atom, factor / lead) for atom, factor in ordered]
        bound = meaning.bound / lead
        return self._turned(tuple(scaled), operator, bound, kind=meaning.kind)

    def _turned(
        self, terms: tuple[tuple[Atom, Fraction], ...], operator: Operator, bound: Fraction, *, kind: Kind | None
    ) -> int:
        if operator in _OPPOSITE:
            return self.opposite(self._threshold(terms, _OPPOSITE[operator], bound, kind))
        return self._threshold(terms, operator, bound, kind)

    def _constant(self, operator: Operator, left: Fraction, right: Fraction) -> int:
        return self.add(nodes.Constant(value=compare(left, operator, right)))

    def _threshold(
        self, terms: tuple[tuple[Atom, Fraction], ...], operator: Operator, bound: Fraction, kind: Kind | None
    ) -> int:
        if operator == "=":
            at, above = (self._threshold(terms, o, bound, kind) for o in (">=", ">"))
            return self.all_of([at, self.opposite(above)])
        indexed = tuple((self.input(atom), factor) for atom, factor in terms)
        total = sum_text([(self.inputs[index].text, factor) for index, factor in indexed])
        text = f"{total} {operator} {value_text(bound, kind)}"
        return self.add(nodes.Threshold(terms=indexed, strict=operator == ">", bound=bound, kind=kind, text=text))


def _flat(node: syntax.And | syntax.Or) -> Iterator[syntax.Expression]:
    """The operands, those of an operand of the same sort in its place: `a or (b or c)` is `a or b or c`."""
    for operand in node.operands:
        if isinstance(operand, type(node)):
            yield from _flat(operand)
        else:
            yield operand


def sum_text(terms: Sequence[tuple[str, Fraction]]) -> str:
    """A sum as the language writes it: `assisted - control`, `skilled - 2 * baseline`; what is added stands first."""
    shown = ""
    for name, factor in sorted(terms, key=lambda term: term[1] < 0):
        size = abs(factor)
        part = name if size == 1 else f"{exact_text(size)} * {name}"
        sign = " - " if factor < 0 else " + "
        shown += (sign if shown else ("-" if factor < 0 else "")) + part
    return shown
