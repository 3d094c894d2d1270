"""What a test gives: situations, the test and the case laid over one another until only values and facts are left.

What stands later is said of the same thing anew: a given replaces what was given of it before it in the situation or
the test around it, `given no …` takes that out, and `given all category …` is an assessment of each category. Two
givens of one thing in one block both count, as in evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policylang import syntax
from policylang.diagnostics import Diagnostic
from policylang.resolve import Resolved

Plain = syntax.GivenValue | syntax.GivenFact

_BY_ROLE = ("approval", "consultation", "veto")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One case of a test, or a test without cases: what it gives in the end, and what it expects."""

    title: str
    node: syntax.Text
    as_of: syntax.Date | None
    givens: tuple[Plain, ...]
    expects: tuple[syntax.Expect, ...]
    found: tuple[Diagnostic, ...]


def scenes(resolved: Resolved) -> tuple[Scene, ...]:
    """Every case of every test, in the order of the text."""
    return tuple(scene for test in resolved.tests for scene in _scenes(resolved, test))


def _scenes(resolved: Resolved, test: syntax.Test) -> Iterator[Scene]:
    layers = _Layers(resolved)
    given = layers.over([], test.givens)
    if not test.cases:
        yield Scene(
            title=test.title.text,
            node=test.title,
            as_of=test.as_of,
            givens=tuple(given),
            expects=test.expects,
            found=tuple(layers.found),
        )
    for case in test.cases:
        own = _Layers(resolved)
        yield Scene(
            title=f"{test.title.text}: {case.title.text}",
            node=case.title,
            as_of=case.as_of or test.as_of,
            givens=tuple(own.over(given, case.givens)),
            expects=test.expects + case.expects,
            found=(*layers.found, *own.found),
        )


class _Layers:
    """Lays blocks over one another; `found` has what was taken out and never given."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.found: list[Diagnostic] = []

    def over(self, below: Sequence[Plain], block: Sequence[syntax.Given]) -> list[Plain]:
        """What is given by a block over what was given before it."""
        before, own = list(below), list[Plain]()
        for given in block:
            match given:
                case syntax.GivenSituation(name=name):
                    before, own = self.over([*before, *own], self.resolved.named["situation"][name.text].givens), []
                case syntax.GivenAll():
                    before, own = self.over([*before, *own], list(self._each(given))), []
                case syntax.GivenNo():
                    before, own = self._without(given, before, own)
                case _:
                    key = self._key(given)
                    before = [other for other in before if self._key(other) != key]
                    own.append(given)
        return before + own

    def _each(self, given: syntax.GivenAll) -> Iterator[syntax.GivenFact]:
        """An assessment of each category that has the level, at the stage or at all of them."""
        excluded = {name.text for name in given.excluded}
        stages: Sequence[syntax.Name | None] = [item.name for item in self.resolved.named["stage"].values()] or [None]
        for name, category in self.resolved.named["category"].items():
            ladder = self.resolved.named["ladder"][category.ladder.text]
            if name in excluded or given.level.text not in {level.text for level in ladder.levels}:
                continue
            for stage in [given.stage] if given.stage is not None else stages:
                target = syntax.Reference(span=given.span, id=given.id, name=category.name, stage=stage)
                yield syntax.GivenFact(
                    span=given.span,
                    id=given.id,
                    kind="assessment",
                    target=target,
                    level=given.level,
                    by=given.by,
                    to=None,
                    on=given.on,
                )

    def _without(self, given: syntax.GivenNo, before: list[Plain], own: list[Plain]) -> tuple[list[Plain], list[Plain]]:
        left = [[other for other in part if not self._is_of(other, given)] for part in (before, own)]
        if len(left[0]) + len(left[1]) == len(before) + len(own):
            what = _whole(given.target)
            message = f"nothing is given of `{what}` that could be taken out"
            place = self.resolved.place(given)
            self.found.append(Diagnostic(code="P506", message=message, place=place, help="leave this line out"))
        return left[0], left[1]

    def _is_of(self, other: Plain, given: syntax.GivenNo) -> bool:
        """Whether something given is what `given no …` takes out; of an action, also what is below it."""
        kind, about = self._key(other)[:2]
        if given.kind and kind != given.kind:
            return False
        wanted = _whole(given.target)
        if about != wanted and not about.startswith(wanted + "."):
            return False
        by = other.by if isinstance(other, syntax.GivenFact) else None
        return given.by is None or (by is not None and by.text == given.by.text)

    def _key(self, given: Plain) -> tuple[str, str, str]:
        """What something given is about."""
        about = _whole(given.target)
        if isinstance(given, syntax.GivenValue):
            return ("event" if about in self.resolved.named["event"] else "value", about, "")
        role = given.by if given.kind in _BY_ROLE else given.to
        return (given.kind, about, "" if role is None else role.text)


def _whole(target: syntax.Reference) -> str:
    return target.name.text if target.stage is None else f"{target.name.text}.{target.stage.text}"
