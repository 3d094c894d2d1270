"""What a revision changed for the same measurements: ladders, which levels are reached, which controls hold."""

import functools
from collections.abc import Iterator, Sequence

from policylang.analysis import phrases
from policylang.analysis.difference import Change, Clause, Direction, Layer
from policylang.analysis.formula import ALWAYS
from policylang.analysis.judging import Judge, Local
from policylang.analysis.prover import Prover
from policylang.analysis.words import condition, in_full
from policylang.graph import nodes
from policylang.graph.nodes import Category, Control

MORE = {Direction.LOOSER: "less often", Direction.STRICTER: "more often", Direction.MIXED: "on other evidence"}
"""How often something dangerous is said to be so, by the direction of a change."""
LESS = {Direction.LOOSER: "more often", Direction.STRICTER: "less often", Direction.MIXED: "on other evidence"}
"""How often something that protects is said to be so."""


class Thresholds:
    """The thresholds of two policies that share their names."""

    def __init__(self, judge: Judge) -> None:
        """The two policies of the prover of a judge, the old one first."""
        self.judge = judge
        self.prover = judge.prover
        self.f = self.prover.formulas
        self.old, self.new = self.prover.graphs
        self.own = self.prover.symbols

    # Ladders

    def ladders(self) -> Iterator[Change]:
        """Ladders that have other levels, or the same in another order."""
        was, now = dict(self.old.ladders), dict(self.new.ladders)
        for name in sorted(was.keys() & now.keys()):
            gone = [level for level in was[name] if level not in now[name]]
            added = [level for level in now[name] if level not in was[name]]
            kept = [[level for level in side[name] if level not in (*gone, *added)] for side in (was, now)]
            if gone or added or kept[0] != kept[1]:
                direction = Direction.MIXED if kept[0] != kept[1] else Direction.LOOSER if gone else Direction.NEUTRAL
                said_ = [f"loses {phrases.listed(gone)}"] if gone else []
                said_ += [f"has {phrases.listed(added)} too"] if added else []
                said_ += ["has another order"] if kept[0] != kept[1] else []
                yield Change(
                    direction=direction,
                    layer=Layer.THRESHOLDS,
                    clause=Clause(kind="ladder", name=name),
                    sentence=f"the ladder `{name}` {' and '.join(said_)}",
                    was=" < ".join(was[name]),
                    now=" < ".join(now[name]),
                )

    # Thresholds

    def levels(self) -> Iterator[Change]:
        """For the same measurements: which levels are reached less or more often."""
        for name in sorted({*self.old.category, *self.new.category}):
            old, new = self.old.category.get(name), self.new.category.get(name)
            if old is not None and new is not None:
                yield from self._levels(old, new)
            else:
                yield phrases.tracked(old, new)

    def _levels(self, old: Category, new: Category) -> Iterator[Change]:
        both = dict(new.reached)
        stages = [stage for stage, _ in old.reached if stage in both]
        for level in reversed(list(dict.fromkeys((*old.ladder[1:], *new.ladder[1:])))):
            alike: dict[tuple[str, ...], list[str | None]] = {}
            for stage in stages:
                alike.setdefault(self._written(old, new, stage), []).append(stage)
            for group in alike.values():
                change = self._level(old, new, level, self._gravest(new.name, group))
                if change is not None:
                    yield phrases.staged(change, group, len(stages))

    def _written(self, old: Category, new: Category, stage: str | None) -> tuple[str, ...]:
        """All conditions of a category at a stage, the stage left out: what is the same at two stages changes alike."""
        return tuple(
            phrases.unstaged(f"{rank} {in_full(graph, node)}", [stage])
            for graph, item in ((self.old, old), (self.new, new))
            for rank, at, node in item.clauses
            if at == stage
        )

    def _gravest(self, name: str, stages: Sequence[str | None]) -> str | None:
        """Of some stages the last whose level a rule that forbids asks for, else the first."""
        return next((stage for stage in reversed(stages) if (name, stage) in self._forbidding), stages[0])

    @functools.cached_property
    def _forbidding(self) -> frozenset[tuple[str, str | None]]:
        """The levels that rules that forbid ask for."""
        found = set()
        for graph in (self.old, self.new):
            stack = [rule.body for rule in graph.rules if rule.forbids and rule.strength == "must"]
            seen: set[int] = set()
            while stack:
                index = stack.pop()
                if index not in seen:
                    seen.add(index)
                    node = graph.nodes[index]
                    if isinstance(node, nodes.Reached):
                        found.add((node.category, node.stage))
                    else:
                        stack += nodes.parts_of(node)
        return frozenset(found)

    def _level(self, old: Category, new: Category, level: str, stage: str | None) -> Change | None:
        """How reaching one level at one stage changed."""
        if level not in old.ladder or level not in new.ladder:
            return None
        was, now = self._reaches(0, old, level, stage), self._reaches(1, new, level, stage)
        above = [(item.ladder[item.ladder.index(level) + 1 :] or ("",))[0] for item in (old, new)]
        is_said = above[0] == above[1] != "" and (
            (self._reaches(0, old, above[0], stage), self._reaches(1, new, above[0], stage)) == (was, now)
        )
        if was == now or is_said:  # a level without a condition of its own is reached as the next one is
            return None
        change = Change(
            direction=Direction.UNKNOWN,
            layer=Layer.THRESHOLDS,
            clause=Clause(kind="category", name=new.name, cites=new.cites),
            sentence=f"`{new.name}` reaches {level} on other evidence",
            was=phrases.level_clause(self.old, old, level, stage),
            now=phrases.level_clause(self.new, new, level, stage),
        )
        what = new.name if stage is None else f"{new.name}.{stage}"
        local = Local(lost=apart(self.prover, was, now), gained=apart(self.prover, now, was), also=(what,))
        at = f" at {stage}" if stage is not None and len(old.reached) > 1 else ""
        return self.judge.judged(change, local, lambda d: f"`{new.name}` reaches {level} {MORE[d]}{at}")

    def _reaches(self, side: int, category: Category, level: str, stage: str | None) -> tuple[int, int]:
        """That conditions of a category reach a level at a stage."""
        rank = category.ladder.index(level)
        values = [self.own[side].value(node) for r, s, node in category.clauses if s == stage and r >= rank]
        return self.f.some(value[0] for value in values), self.f.some(value[1] for value in values)

    # Controls

    def controls(self) -> Iterator[Change]:
        """Which controls are shown to hold by other measurements."""
        for name, old in self.old.control.items():
            new = self.new.control.get(name)
            if new is None or (old.holds is None and new.holds is None):
                continue
            was, now = (self._shown(side, item) for side, item in enumerate((old, new)))
            change = Change(
                direction=Direction.UNKNOWN,
                layer=Layer.THRESHOLDS,
                clause=Clause(kind="control", name=name, cites=new.cites),
                sentence=f"`{name}` holds on other evidence",
                was=f"holds when {condition(self.old, old.holds)}" if old.holds is not None else "needs no measurement",
                now=f"holds when {condition(self.new, new.holds)}" if new.holds is not None else "needs no measurement",
            )
            local = Local(lost=(self.prover.beyond(now[0], [was[0]]),), gained=(self.prover.beyond(was[0], [now[0]]),))
            found = self.judge.judged(change, local, lambda d, name=name: f"`{name}` holds {LESS[d]}")  # type: ignore[misc]  # bound for this one
            if found is not None:
                yield found

    def _shown(self, side: int, item: Control) -> tuple[int, int]:
        return self.own[side].value(item.holds) if item.holds is not None else (ALWAYS, ALWAYS)


def apart(prover: Prover, was: tuple[int, int], now: tuple[int, int]) -> tuple[int, ...]:
    """Where something was definite, or possible, and is not: the formulas of both."""
    return tuple(prover.beyond(was[end], [now[end]]) for end in (0, 1))
