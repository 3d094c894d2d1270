"""Mutants: a policy changed in one place, to see whether its tests notice.

Each mutant differs from the policy by one word of the text: a threshold, a level, a comparison, a quantifier, a count,
a deadline, an action, a role, a control, a rule. Its tests are run again; when one fails the mutant is killed. What
survives shows what nobody tests, unless the change means nothing: a survivor that no evidence tells from the policy
is taken out by the same proof that `policyc diff` uses.

`needs`, `confidence`, `margin` and `evaluate` ask nothing of what a test gives, so they are not changed.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from policylang import check, graph, syntax
from policylang.analysis.compare import difference
from policylang.analysis.difference import Direction
from policylang.compile import Compiled
from policylang.diagnostics import errors
from policylang.graph.nodes import Graph
from policylang.kinds import Quantity, Unit
from policylang.resolve import Resolved
from policylang.source import Place
from policylang.testing.given import scenes
from policylang.testing.scenarios import Trial

Fate = Literal["killed", "survived", "equivalent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """A change in one place, in words, and how the tests took it; `by` is the test that noticed."""

    place: Place
    declaration: str
    change: str
    fate: Fate
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Change:
    """A declaration with one thing changed (None: left out), and the node that was changed."""

    kind: str
    name: str
    item: Any
    node: syntax.Node
    words: str


def mutate(
    compiled: Compiled, report: Callable[[int, int], None] = lambda *_: None, every: int = 1
) -> Iterator[Mutant]:
    """Every mutant of a policy (each `every`th of them), with its fate; `report` is told how many are done, of all.

    Mutants that cannot work, or have the digest of the policy or of another mutant, are none.
    """
    resolved = compiled.checked.resolved
    changes = list(_changes(resolved))[::every]
    played = scenes(resolved)
    known = {compiled.graph.digest}
    for number, change in enumerate(changes):
        report(number, len(changes))
        made = _graph(_with(resolved, change))
        if made is None or made.digest in known:
            continue
        known.add(made.digest)
        by = _killer(resolved, made, played)
        fate: Fate = "killed" if by else "equivalent" if _means_the_same(compiled.graph, made) else "survived"
        place = resolved.place(change.node)
        yield Mutant(place=place, declaration=change.name, change=change.words, fate=fate, by=by)
    report(len(changes), len(changes))


def _killer(resolved: Resolved, made: Graph, played: Sequence[Any]) -> str:
    """The first test that fails under a mutant; those that name what was changed tend to stand together."""
    example = made.example
    for scene in played:
        try:
            if not Trial(resolved, example, scene).outcome().passed:
                return str(scene.title)
        except KeyError:
            return str(scene.title)  # it gives or expects something of what was left out
    return ""


def _means_the_same(old: Graph, new: Graph) -> bool:
    """Whether no evidence tells two graphs apart, proved; what cannot be settled counts as a difference."""
    try:
        return all(change.direction is Direction.NEUTRAL for change in difference(old, new, files=False).changes)
    except ValueError:
        return False


def _with(resolved: Resolved, change: _Change) -> Resolved:
    if change.kind == "veto":
        vetoes = tuple(item for item in resolved.vetoes if item is not change.node)
        return dataclasses.replace(resolved, vetoes=vetoes)
    items = dict(resolved.named[change.kind])
    if change.item is None:
        del items[change.name]
    else:
        items[change.name] = change.item
    return dataclasses.replace(resolved, named={**resolved.named, change.kind: items})


def _graph(resolved: Resolved) -> Graph | None:
    """The graph of a mutant; None of one that cannot work."""
    found: list[Any] = []
    bare = dataclasses.replace(resolved, named={**resolved.named, "situation": {}}, tests=())
    checked = check.check(bare, found)
    return None if errors(found) else graph.graph(checked)


# Changes


def _changes(resolved: Resolved) -> Iterator[_Change]:
    """Every change of one thing, in the order of the text of each kind."""
    walker = _Walker(resolved)
    for kind in ("parameter", "control", "category", "definition", "rule", "exception", "duty"):
        for name, item in resolved.named[kind].items():
            if item.id >> 24:
                continue  # what another file declares is tested with it
            if kind in ("rule", "exception", "duty"):
                yield _Change(kind=kind, name=name, item=None, node=item.name, words=f"without {kind} `{name}`")
            walker.advises = kind == "rule" and item.strength != "must"
            for changed, node, words in walker.of(item):
                yield _Change(kind=kind, name=name, item=changed, node=node, words=words)
    for veto in (item for item in resolved.vetoes if not item.id >> 24):
        words = f"without the veto of {', '.join(role.text for role in veto.roles)}"
        yield _Change(kind="veto", name="veto", item=None, node=veto, words=words)


_Found = tuple[Any, syntax.Node, str]
_OPERATORS: Mapping[str, Any] = {">=": ">", ">": ">=", "<=": "<", "<": "<=", "=": "!=", "!=": "="}


class _Walker:
    """Changes of a declaration: of each of its nodes, one at a time, with the rest as it is."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.ladders = [[level.text for level in item.levels] for item in resolved.named["ladder"].values()]
        self.advises = False  # advice is given on no action in particular, so none of its actions is missed

    def of(self, node: Any) -> Iterator[_Found]:
        """Every changed form of a node, the node that is changed, and the change in words."""
        yield from self.here(node)
        for field in dataclasses.fields(node):
            if field.name in ("span", "id", "cites", "name", "title", "strength", "where"):
                continue
            value = getattr(node, field.name)
            if isinstance(value, syntax.Node):
                for changed, at, words in self.of(value):
                    yield dataclasses.replace(node, **{field.name: changed}), at, words
            elif isinstance(value, tuple) and all(isinstance(part, syntax.Node) for part in value):
                yield from self.each(node, field.name, value)

    def each(self, node: Any, field: str, parts: tuple[Any, ...]) -> Iterator[_Found]:
        """Each part of a list changed, and each left out where another stays."""
        droppable = field in ("actions", "effects", "roles", "requirements", "rules", "interpretations", "clauses")
        droppable = droppable or (field == "controls" and getattr(node, "count", 0) >= len(parts))
        droppable = droppable and not (self.advises and field == "actions")
        for index, part in enumerate(parts):
            if droppable and len(parts) > 1:
                words = f"without `{_shown(self.resolved, part)}`"
                rest = parts[:index] + parts[index + 1 :]
                yield dataclasses.replace(node, **_counted(field, rest)), part, words
            for changed, at, words in self.of(part):
                yield dataclasses.replace(node, **{field: (*parts[:index], changed, *parts[index + 1 :])}), at, words

    def here(self, node: Any) -> Iterator[_Found]:
        """Changes of the node itself."""
        match node:
            case syntax.Comparison(operator=operator):
                yield dataclasses.replace(node, operator=_OPERATORS[operator]), node, _flipped(operator)
            case syntax.Reference(name=name, stage=None) if self.resolved.term(name.text) is None:
                for other in self.beside(name.text):
                    renamed = dataclasses.replace(name, text=other)
                    yield dataclasses.replace(node, name=renamed), node, f"{name.text} → {other}"
            case syntax.Quantified():
                yield from self.quantified(node)
            case syntax.And(operands=operands):
                yield syntax.Or(span=node.span, id=node.id, operands=operands), node, "and → or"
            case syntax.Or(operands=operands):
                yield syntax.And(span=node.span, id=node.id, operands=operands), node, "or → and"
            case syntax.Not(operand=operand):
                yield operand, node, "without `not`"
            case syntax.Literal_(quantity=quantity):
                for moved in _numbers(quantity):
                    yield dataclasses.replace(node, quantity=moved), node, f"{quantity} → {moved}"
            case syntax.ControlNeed(level=level) if level is not None:
                yield from self.levels(node, level)
            case syntax.RequireControls(count=count, controls=controls) if len(controls) > 1:
                for number in (count - 1, count + 1):
                    if 1 <= number <= len(controls):
                        yield dataclasses.replace(node, count=number), node, f"at least {count} → {number}"
            case syntax.RequireRoles(count=count, roles=roles):
                if count is not None and count > 1:
                    yield dataclasses.replace(node, count=count - 1), node, f"{count} of {len(roles)} → {count - 1}"
            case syntax.Rule(waivable=waivable) if waivable is not None:
                yield dataclasses.replace(node, waivable=None), waivable, "without the waiver"
            case _:
                return

    def quantified(self, node: syntax.Quantified) -> Iterator[_Found]:
        """`any category` and its like: the quantifier, the comparison, the level."""
        if node.count is None:
            other: Any = "all" if node.quantifier == "any" else "any"
            yield dataclasses.replace(node, quantifier=other), node, f"{node.quantifier} → {other}"
        else:
            for count in (node.count - 1, node.count + 1):
                if count >= 1:
                    yield dataclasses.replace(node, count=count), node, f"at least {node.count} → {count}"
        yield dataclasses.replace(node, operator=_OPERATORS[node.operator]), node, _flipped(node.operator)
        yield from self.levels(node, node.level)

    def levels(self, node: Any, level: syntax.Name) -> Iterator[_Found]:
        """The level above and the level below."""
        for other in self.beside(level.text):
            changed = dataclasses.replace(level, text=other)
            yield dataclasses.replace(node, level=changed), level, f"{level.text} → {other}"

    def beside(self, level: str) -> list[str]:
        """The levels next to one, on every ladder that has it."""
        found: list[str] = []
        for ladder in self.ladders:
            if level in ladder:
                at = ladder.index(level)
                found += ladder[max(1, at - 1) : at] + ladder[at + 1 : at + 2]
        return list(dict.fromkeys(found))


def _flipped(operator: str) -> str:
    return f"{operator} → {_OPERATORS[operator]}"


def _counted(field: str, rest: tuple[Any, ...]) -> dict[str, Any]:
    """A list without one of its parts; of controls that are all required, one fewer is."""
    return {field: rest, "count": len(rest)} if field == "controls" else {field: rest}


def _numbers(quantity: Quantity) -> Iterator[Quantity]:
    """A number one step up and one step down: 1 where it is whole, a tenth of it where it is not, and of compute."""
    is_counted = quantity.number.denominator == 1 and quantity.unit is not Unit.FLOP
    step = Fraction(1) if is_counted else quantity.number / 10
    for number in (quantity.number + step, quantity.number - step):
        if number > 0:
            yield dataclasses.replace(quantity, number=number)


def _shown(resolved: Resolved, node: Any) -> str:
    """A node as the text has it, on one line."""
    place = resolved.place(node)
    text = place.source.text[place.span.start : place.span.end]
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:59] + "…"
