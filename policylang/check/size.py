"""How large a policy may be: what it takes to check, build, decide and explain it is bounded before any of it is begun.

Later stages walk conditions by recursion, and explain a rule for every action it bears on. What that takes is a
product: rules by actions by what a rule rests on; categories by stages by levels. A few kilobytes of text can make
millions of each, so they are counted here, from the tree alone, in time that grows with the text.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from policylang import syntax
from policylang.check.memory import Extent, Memory
from policylang.diagnostics import Diagnostic
from policylang.resolve import Resolved

MAX_LEVELS = 64
"""Levels of one ladder."""
MAX_MEMBERS = 100
"""Roles or controls of one requirement: each is matched with a person of its own."""
MAX_CHAIN = 32
"""Named conditions that rest on one another."""
MAX_DEPTH = 128
"""How deep a condition may be nested, with all that it rests on."""
MAX_PARTS = 100_000
"""Parts of all conditions; measures count at every stage, and categories at every stage and level."""
MAX_STEPS = 1_000_000
"""Parts to look at in explaining every rule for every action it bears on."""

_EACH = 10  # steps for each action that an effect of a rule bears on, whatever the rule rests on
_NAMED = ("definition", "control", "category")
_EVERY = "any category"  # no name has a space in it
_SPLIT = "split it by what it is about, and decide on several policies: the strictest verdict wins"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Size:
    """Of some conditions: how many parts they have, how deep they are, and on which named conditions they rest."""

    parts: int
    depth: int
    names: frozenset[str]


def check_size(resolved: Resolved, found: list[Diagnostic], memory: Memory | None = None) -> bool:
    """Whether a policy is small enough to go on with; what is too large goes to `found`."""
    before = len(found)
    for ladder in resolved.named["ladder"].values():
        if len(ladder.levels) > MAX_LEVELS:
            message = f"`{ladder.name.text}` has {len(ladder.levels)} levels, a ladder has {MAX_LEVELS} at most"
            place = resolved.place(ladder.name)
            found.append(Diagnostic(code="P114", message=message, place=place, help="use fewer, broader levels"))
    if len(found) == before:
        sizing = _Sizing(resolved, memory)
        for check in (_check_members, _check_depth, _check_parts, _check_steps):
            if len(found) == before:
                check(sizing, found)
    return len(found) == before


class _Sizing:
    """The sizes of the named conditions of one policy."""

    def __init__(self, resolved: Resolved, memory: Memory | None) -> None:
        self.resolved, self.named, self._memory = resolved, resolved.named, memory
        self.stages = max(1, len(self.named["stage"]))
        self.items = {name: item for kind in _NAMED for name, item in self.named[kind].items()}
        self._known: dict[int, _Size] = {}
        self.sizes = {_EVERY: _Size(parts=0, depth=0, names=frozenset(self.named["category"]))}
        self.sizes |= {name: self.size(item) for name, item in self.items.items()}

    def size(self, item: Any) -> _Size:
        """The size of the conditions of a declaration, without those it only names."""
        known = self._known.get(id(item))
        if known is None:
            known = self._known[id(item)] = self._size(item)
        return known

    def _size(self, item: Any) -> _Size:
        extent = _extent(item) if self._memory is None else self._memory.extent(item, _extent)
        parts = extent.parts + extent.quantifiers * len(self.named["category"])
        if isinstance(item, syntax.Category):
            ladder = self.named["ladder"].get(item.ladder.text)
            levels = 1 if ladder is None else len(ladder.levels)
            parts = self.stages * (parts + levels * (1 + len(item.clauses)))
        kept = frozenset(name for name in extent.names if name in self.items)
        return _Size(parts=parts, depth=extent.depth, names=kept | {_EVERY} if extent.quantifiers else kept)

    def reach(self, item: Any) -> int:
        """How many parts a declaration rests on, each named condition once; counted to just over the limit."""
        own = self.size(item)
        total, seen, waiting = own.parts, set(own.names), list(own.names)
        while waiting and total <= MAX_STEPS:
            size = self.sizes[waiting.pop()]
            total += size.parts
            waiting += size.names - seen
            seen |= size.names
        return total


def _extent(item: Any) -> Extent:
    """How large the conditions of a declaration are, whatever their names stand for."""
    parts, quantifiers, deepest, names = 1, 0, 0, set[str]()
    waiting = [(condition, 1) for condition in _conditions_of(item)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        parts += 1
        match node:
            case syntax.Reference():
                names.add(node.name.text)
            case syntax.Quantified():
                quantifiers += 1
            case _:
                below = depth + _step(node)
                waiting += [(operand, below) for operand in _operands(node)]
    return Extent(parts, quantifiers, deepest, frozenset(names))


def _check_depth(sizing: _Sizing, found: list[Diagnostic]) -> None:
    """Conditions that rest on one another through too many names or too deep; rings are found elsewhere."""
    chain: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name in _ordered(sizing.sizes):
        below = [other for other in sizing.sizes[name].names if other in chain]
        chain[name] = (name != _EVERY) + max((chain[other] for other in below), default=0)
        depth[name] = sizing.sizes[name].depth + max((depth[other] for other in below), default=0)
        if chain[name] > MAX_CHAIN or depth[name] > MAX_DEPTH:
            what = f"a chain of more than {MAX_CHAIN} named conditions" if chain[name] > MAX_CHAIN else ""
            message = f"`{name}` rests on {what or f'conditions nested more than {MAX_DEPTH} deep in all'}"
            place = sizing.resolved.place(sizing.items[name].name)
            help_ = "say some of them in one condition" if what else "give fewer of its parts parts of their own"
            found.append(Diagnostic(code="P107", message=message, place=place, help=help_))
            return


def _ordered(sizes: dict[str, _Size]) -> Iterable[str]:
    """Named conditions, each after those it rests on, as far as they do not rest on one another in a ring."""
    order: dict[str, None] = {}
    for start, size in sizes.items():
        opened = {start}
        waiting = [] if start in order else [(start, iter(sorted(size.names)))]
        while waiting:
            name, rest = waiting[-1]
            other = next((other for other in rest if other not in order and other not in opened), None)
            if other is None:
                order[name] = None
                waiting.pop()
            else:
                opened.add(other)
                waiting.append((other, iter(sorted(sizes[other].names))))
    return order


def _check_parts(sizing: _Sizing, found: list[Diagnostic]) -> None:
    """More conditions, of categories at every stage, than can be judged."""
    total = sum(size.parts for size in sizing.sizes.values())
    total += sizing.stages * len(sizing.named["measure"])
    for kind in ("rule", "exception", "duty", "invariant"):
        total += sum(sizing.size(item).parts for item in sizing.named[kind].values())
    header = sizing.resolved.header
    if total > MAX_PARTS and header is not None:
        message = (
            f"`{header.name.text}` has {total} conditions to judge at its stages, a policy has {MAX_PARTS} at most"
        )
        place = sizing.resolved.place(header.name)
        found.append(Diagnostic(code="P114", message=message, place=place, help=_SPLIT))


def _check_steps(sizing: _Sizing, found: list[Diagnostic]) -> None:
    """Rules that rest on so much, and bear on so many actions, that explaining them takes too long."""
    covered = _Covered(sizing.named["action"])
    exceptions = len(sizing.named["exception"])
    steps = 0
    for kind in ("rule", "exception"):
        for item in sizing.named[kind].values():
            reach = sizing.reach(item) + exceptions
            effects = item.effects if isinstance(item, syntax.Rule) else item.requirements * len(item.rules)
            steps += reach + sum(
                covered.count(_actions_of(each)) * (_EACH + reach + _members(each)) for each in effects
            )
            if steps > MAX_STEPS:
                rule = f"`{item.name.text}`"
                message = f"explaining every rule for every action takes more than {MAX_STEPS} steps, up to {rule}"
                place = sizing.resolved.place(item.name)
                found.append(Diagnostic(code="P114", message=message, place=place, help=_SPLIT))
                return


class _Covered:
    """How many leaf actions some names cover."""

    def __init__(self, actions: Collection[str]) -> None:
        stems = [[action[: dot.start()] for dot in re.finditer(r"\.", action)] for action in actions]
        self._inner = {stem for each in stems for stem in each}
        self._leaves = Counter(
            stem
            for action, each in zip(actions, stems, strict=True)
            if action not in self._inner
            for stem in (*each, action)
        )

    def count(self, names: Iterable[str]) -> int:
        """The leaf actions of all the names, those named twice counted twice."""
        return sum(self._leaves[name] for name in names)


def _conditions_of(item: Any) -> Iterator[syntax.Expression]:
    match item:
        case syntax.Define(condition=condition):
            yield condition
        case syntax.Control(holds=condition) if condition is not None:
            yield condition
        case syntax.Category(clauses=clauses):
            yield from (clause.condition for clause in clauses)
        case syntax.Rule(when=when, interpretations=interpretations, effects=effects):
            yield from (() if when is None else (when,))
            yield from (interpretation.condition for interpretation in interpretations)
            yield from _controls_of(effects)
        case syntax.Exception_(when=when, requirements=requirements):
            yield from (() if when is None else (when,))
            yield from _controls_of(requirements)
        case syntax.Duty(when=when) if when is not None:
            yield when
        case syntax.Invariant(claim=syntax.Never(condition=condition) | syntax.Always(condition=condition)):
            yield from (() if condition is None else (condition,))
        case _:
            return


def _controls_of(effects: Iterable[syntax.Effect]) -> Iterator[syntax.Expression]:
    for effect in effects:
        if isinstance(effect, syntax.RequireControls):
            for need in effect.controls:
                yield syntax.Reference(span=need.span, id=need.id, name=need.control, stage=None)


def _operands(node: syntax.Expression) -> Sequence[syntax.Expression]:
    match node:
        case syntax.And(operands=operands) | syntax.Or(operands=operands):
            return operands
        case syntax.Not(operand=operand) | syntax.Negative(operand=operand):
            return (operand,)
        case syntax.Comparison(left=left, right=right) | syntax.Arithmetic(left=left, right=right):
            return left, right
        case _:
            return ()


def _step(node: syntax.Expression) -> int:
    """How much deeper the operands are: a sum is a chain, and is walked as one."""
    return 0 if isinstance(node, syntax.Arithmetic) and node.operator in "+-" else 1


def _check_members(sizing: _Sizing, found: list[Diagnostic]) -> None:
    """A requirement that names more controls or roles than anyone could ask."""
    for kind in ("rule", "exception"):
        for item in sizing.named[kind].values():
            effects = item.effects if isinstance(item, syntax.Rule) else item.requirements
            for effect in effects:
                if _members(effect) > MAX_MEMBERS:
                    message = f"this names {_members(effect)} roles or controls, at most {MAX_MEMBERS} are read"
                    place = sizing.resolved.place(effect)
                    help_ = "ask for fewer at a time, in several rules"
                    found.append(Diagnostic(code="P114", message=message, place=place, help=help_))
                    return


def _actions_of(effect: syntax.Effect) -> Iterator[str]:
    if not isinstance(effect, syntax.NotifyWithin):
        yield from (name.text for name in effect.actions)


def _members(effect: syntax.Effect) -> int:
    match effect:
        case syntax.RequireControls(controls=members):
            return len(members)
        case syntax.RequireRoles(roles=members) | syntax.NotifyBefore(roles=members):
            return len(members)
        case _:
            return 0
