"""What counts as evidence, compared by order: measures and what their readings must satisfy, controls, categories."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from policylang.analysis.difference import Change, Clause, Direction, Layer
from policylang.analysis.orders import (
    Order,
    compared_demands,
    compared_lengths,
    compared_periods,
    period_text,
    toward,
    valid_instead,
)
from policylang.clocks import parse_moment
from policylang.evidence.facts import Reading, Subject
from policylang.evidence.qualify import Context, unmet
from policylang.graph.nodes import Binding, Category, Control, Graph, Measure, Need
from policylang.kinds import Kind, Operator, compare, exact_text, value_text
from policylang.source import Place, Source, Span

_NUMERIC = (Kind.RATE, Kind.SCORE, Kind.COUNT, Kind.DURATION, Kind.FACTOR, Kind.COMPUTE)
_OPERATORS: Mapping[str, Operator] = {">=": ">=", ">": ">", "<=": "<=", "<": "<", "=": "=", "!=": "!="}
_DANGER = {"safe": 0, "missing": 1, "dangerous": 2}
_OUTCOMES = {"error": "an error", "no_answer": "no answer", "refusal": "a refusal"}
_VERSION = re.compile(r"(.*?)([0-9]+(?:\.[0-9]+)*)", re.ASCII | re.DOTALL)


def evidence_changes(old: Graph, new: Graph) -> Iterator[Change]:
    """The changes of measures, controls and categories that both policies have."""
    for now in new.measures:
        if (was := old.measure.get(now.name)) is not None:
            yield from _Measures(old, new, was, now).changes()
    for guard in new.controls:
        if (had := old.control.get(guard.name)) is not None:
            yield from _control(had, guard)
    for area in new.categories:
        if (before := old.category.get(area.name)) is not None:
            yield from _category(before, area)


class _Measures:
    """One measure in both policies."""

    def __init__(self, old: Graph, new: Graph, was: Measure, now: Measure) -> None:
        self.old, self.new, self.was, self.now = old, new, was, now
        self.name = f"`{now.name}`"
        self.clause = Clause(kind="measure", name=now.name, cites=now.cites or was.cites, old=was.where, new=now.where)

    def changes(self) -> Iterator[Change]:
        """What changed, property by property."""
        yield from self.kind()
        yield from self.needs()
        yield from self.margin()
        yield from self.registered()
        yield from self.bindings()
        yield from self.score()
        yield from self.outcomes()

    def change(self, direction: Direction | None, sentence: str, was: str, now: str) -> Iterator[Change]:
        if direction is not None:
            yield Change(
                direction=direction, layer=Layer.EVIDENCE, clause=self.clause, sentence=sentence, was=was, now=now
            )

    def kind(self) -> Iterator[Change]:
        was, now, name = self.was, self.now, self.name
        if (was.kind, was.low, was.high) != (now.kind, now.low, now.high):
            texts = _type_text(was), _type_text(now)
            yield from self.change(Direction.MIXED, f"{name} is a {texts[1]} instead of a {texts[0]}", *texts)
        if was.worse != now.worse:
            sentence = f"{name} is worse when {now.worse} instead of {was.worse}"
            yield from self.change(Direction.MIXED, sentence, f"worse when {was.worse}", f"worse when {now.worse}")
        staged = _is_staged(self.old, was), _is_staged(self.new, now)
        if None not in staged and staged[0] != staged[1]:
            sentence = f"{name} is now {'judged at each stage' if staged[1] else 'one for all stages'}"
            texts = "staged" if staged[0] else "unstaged", "staged" if staged[1] else "unstaged"
            yield from self.change(Direction.MIXED, sentence, *texts)
        if was.unit != now.unit:
            sentence = f"a unit of {name} is a {now.unit} instead of a {was.unit}"
            yield from self.change(Direction.MIXED, sentence, f"unit {was.unit}", f"unit {now.unit}")

    def needs(self) -> Iterator[Change]:
        for of in sorted({need.of for need in (*self.was.needs, *self.now.needs)}):
            was = [need for need in self.was.needs if need.of == of]
            now = [need for need in self.now.needs if need.of == of]
            texts = ", ".join(map(_need_text, was)), ", ".join(map(_need_text, now))
            direction = toward(compared_needs(was, now, self.new), Direction.STRICTER)
            reading = f"a reading of {self.name}"
            if not now and all(need.operator == "is" for need in was):
                sentence = f"{reading} no longer has to be `{texts[0]}`"
            elif not now:
                sentence = f"{reading} no longer needs `{texts[0]}`"
            elif not was:
                sentence = f"{reading} now needs `{texts[1]}`"
            else:
                only = " only" if direction is Direction.LOOSER else ""
                sentence = f"{reading} needs{only} `{texts[1]}` instead of `{texts[0]}`"
            yield from self.change(direction, sentence, texts[0] or "none", texts[1] or "none")

    def margin(self) -> Iterator[Change]:
        sizes = [
            (1, Fraction(0)) if m.margin_unspecified else (0, m.margin or Fraction(0)) for m in (self.was, self.now)
        ]
        if self.was.kind is self.now.kind and sizes[0] != sizes[1]:
            was, now = _margin_text(self.was), _margin_text(self.now)
            direction = Direction.STRICTER if sizes[1] > sizes[0] else Direction.LOOSER
            yield from self.change(direction, f"the margin of {self.name} is {now} instead of {was}", was, now)

    def registered(self) -> Iterator[Change]:
        was, now = ("runs registered" if m.registered else "none" for m in (self.was, self.now))
        if now == "none" != was:
            sentence = f"runs of {self.name} no longer have to be registered before they begin"
            yield from self.change(Direction.LOOSER, sentence, was, now)
        elif was == "none" != now:
            sentence = f"runs of {self.name} now have to be registered before they begin"
            yield from self.change(Direction.STRICTER, sentence, was, now)

    def bindings(self) -> Iterator[Change]:
        was, now = (", ".join(sorted(map(_binding_text, m.bindings))) or "none" for m in (self.was, self.now))
        if was != now:
            sentence = f"the eval that feeds {self.name} is {now} instead of {was}"
            if "none" in (was, now):
                sentence = f"{self.name} is {f'now fed by {now}' if was == 'none' else f'no longer fed by {was}'}"
            yield from self.change(Direction.MIXED, sentence, was, now)

    def score(self) -> Iterator[Change]:
        was, now = self.was.score, self.now.score
        if was == now:
            return
        direction = Direction.MIXED
        if self.was.worse == self.now.worse == "higher" and "pass@1" not in (was, now):
            if was == "mean" or (now != "any" and was != "any" and _tries(now) > _tries(was) > 0):
                direction = Direction.STRICTER
            elif now == "mean" or (now != "any" and was != "any" and _tries(was) > _tries(now) > 0):
                direction = Direction.LOOSER
        sentence = f"several attempts at a unit of {self.name} count as `{now}` instead of `{was}`"
        yield from self.change(direction, sentence, f"score {was}", f"score {now}")

    def outcomes(self) -> Iterator[Change]:
        before, after = dict(self.was.outcomes), dict(self.now.outcomes)
        for outcome, shown in _OUTCOMES.items():
            was, now = before.get(outcome, "missing"), after.get(outcome, "missing")
            if was != now:
                direction = Direction.STRICTER if _DANGER[now] > _DANGER[was] else Direction.LOOSER
                sentence = f"{shown} counts as {now} instead of {was} in {self.name}"
                yield from self.change(direction, sentence, f"{outcome} as {was}", f"{outcome} as {now}")


def _type_text(measure: Measure) -> str:
    if measure.kind is not Kind.SCORE or measure.high is None:
        return measure.kind
    return f"score({exact_text(measure.low)}..{exact_text(measure.high)})"


def _is_staged(graph: Graph, measure: Measure) -> bool | None:
    """Whether a measure is judged stage by stage; None where the policy has no stages."""
    return measure.stages != (None,) if graph.stages else None


def _margin_text(measure: Measure) -> str:
    if measure.margin_unspecified:
        return f"{measure.margin_unspecified} (no value)"
    return value_text(measure.margin, measure.kind) if measure.margin else "none"


def _binding_text(binding: Binding) -> str:
    version = f' version "{binding.version}"' if binding.version else ""
    metric = f' metric "{binding.metric}"' if binding.metric else ""
    return f'{binding.tool} "{binding.task}"{version}{metric}'


def _tries(score: str) -> int:
    return int(score.removeprefix("pass@")) if score.startswith("pass@") else 0


# Needs


def compared_needs(old: Sequence[Need], new: Sequence[Need], graph: Graph) -> Order:
    """Whether needs about one property of a reading let fewer (MORE) or more (LESS) readings qualify."""
    if not old or not new:
        return Order.SAME if not old and not new else Order.MORE if new else Order.LESS
    is_open = any(need.unspecified for need in old), any(need.unspecified for need in new)
    if any(is_open):
        return Order.SAME if all(is_open) else Order.MORE if is_open[1] else Order.LESS
    if old[0].of == "age":
        return compared_demands(old, new, _older)
    if old[0].kind != new[0].kind:
        return Order.SAME if sorted(n.text for n in old) == sorted(n.text for n in new) else Order.UNCLEAR
    if old[0].kind in _NUMERIC:
        pairs = [(_fits(value, old), _fits(value, new)) for value in _values(old[0].kind, [*old, *new])]
    else:
        context = _anywhere(graph)
        pairs = [(_meets(context, text, old), _meets(context, text, new)) for text in _texts([*old, *new])]
    lost, gained = any(had and not has for had, has in pairs), any(has and not had for had, has in pairs)
    if lost and gained:
        return Order.UNCLEAR
    return Order.MORE if lost else Order.LESS if gained else Order.SAME


def _values(kind: str, needs: Sequence[Need]) -> list[Fraction]:
    """Numbers of every sort that needs tell apart: those they name, and one between each two and beyond."""
    named = sorted({need.number for need in needs if need.number is not None})
    step = Fraction(1)
    between = [(a + b) / 2 for a, b in pairwise(named)]
    found = [*named, *between, *(n - step for n in named[:1]), *(n + step for n in named[-1:])]
    if kind == Kind.COUNT:
        found = [Fraction(n.numerator // n.denominator + by) for n in named for by in (-1, 0, 1, 2)]
    low, high = None if kind == Kind.SCORE else 0, 1 if kind == Kind.RATE else None
    found += [Fraction(end) for end in (low, high) if end is not None]
    return [value for value in found if (low is None or value >= low) and (high is None or value <= high)]


def _fits(value: Fraction, needs: Sequence[Need]) -> bool:
    """Whether a number meets needs."""
    return all(need.number is not None and compare(value, _OPERATORS[need.operator], need.number) for need in needs)


def _texts(needs: Sequence[Need]) -> list[str]:
    """Words of every sort that needs tell apart; levels only where both ladders have them."""
    ladders = [set(need.ladder) for need in needs if need.ladder]
    if ladders:
        return sorted(set.intersection(*ladders))
    if needs[0].kind == Kind.YES_NO:
        return ["no", "yes"]
    found = {need.word for need in needs} | {"another " + "".join(sorted(need.word for need in needs))}
    for need in needs if needs[0].of == "evaluator" else ():
        if match := _VERSION.fullmatch(need.word):
            tool, version = match.groups()
            numbers = version.split(".")
            later = ".".join([*numbers[:-1], str(int(numbers[-1]) + 1)])
            found |= {tool.strip(), f"{tool}0", f"{tool}{version}.1", f"{tool}{later}"}
        else:
            found.add(f"{need.word} 1.0")
    return sorted(found)


def _anywhere(graph: Graph) -> Context:
    """What words are weighed in: nothing but age depends on it."""
    as_of, subject = parse_moment("1970-01-01"), Subject(model="")
    return Context(graph=graph, subject=subject, as_of=as_of, events={}, holidays=frozenset())


def _meets(context: Context, text: str, needs: Sequence[Need]) -> bool:
    """Whether a word meets needs, as whoever weighs readings says."""
    place = Place(Source(name="", text=""), Span(0, 0))
    reading = Reading(measure="", status=text, evaluator=text, attributes={needs[0].of: text}, place=place)
    return all(not unmet(context, need, reading) for need in needs)


def _older(strong: Need, weak: Need) -> bool:
    """Whether whatever meets one need about age meets another."""
    lengths = [need.period.quantity for need in (weak, strong) if need.period is not None]
    if len(lengths) < 2 or lengths[0] is None or lengths[1] is None:
        return False
    order = compared_lengths(lengths[0], lengths[1])
    if order is Order.SAME and strong.operator == weak.operator:
        return True
    for operators, wanted in (("<", "<="), Order.LESS), ((">", ">="), Order.MORE):
        if strong.operator in operators and weak.operator in operators and order in (wanted, Order.SAME):
            is_beyond = order is wanted and lengths[0].unit is lengths[1].unit
            return strong.operator == operators[0] or weak.operator == operators[1] or is_beyond
    return False


def _need_text(need: Need) -> str:
    """A need with its value, also where it has that from a parameter."""
    if need.operator in ("is", "is not"):
        return need.text
    if need.unspecified:
        return f"{need.text} (no value)"
    value = need.text.removeprefix(f"{need.of} {need.operator} ")
    if need.rank is not None:
        value = need.ladder[need.rank]
    elif need.period is not None:
        value = period_text(need.period)
    elif need.number is not None and need.kind in _NUMERIC:
        value = value_text(need.number, Kind(need.kind))
    return f"{need.of} {need.operator} {value}"


# Controls and categories


def _control(was: Control, now: Control) -> Iterator[Change]:
    """What shows that a control holds, its measurement apart."""
    name = f"`{now.name}`"
    if was.undefined or now.undefined:
        texts = ("undefined", "defined") if was.undefined else ("defined", "undefined")
        if was.undefined != now.undefined:
            direction = Direction.STRICTER if now.undefined else Direction.LOOSER
            sentence = f"{name} is left undefined and never holds" if now.undefined else f"{name} is defined now"
            yield _of_control(was, now, direction=direction, sentence=sentence, texts=texts)
    elif was.attested != now.attested:
        direction, sentence = Direction.MIXED, f"`{now.attested}` attests {name} instead of `{was.attested}`"
        if not now.attested:
            direction, sentence = Direction.LOOSER, f"nobody has to attest {name} any more"
        elif not was.attested:
            direction, sentence = Direction.STRICTER, f"`{now.attested}` now has to attest {name}"
        texts = was.attested or "none", now.attested or "none"
        yield _of_control(was, now, direction=direction, sentence=sentence, texts=texts)
    if was.attested and now.attested:
        order = toward(compared_periods(was.valid, now.valid, unset=Order.LESS), Direction.LOOSER)
        if order is not None:
            texts = period_text(was.valid), period_text(now.valid)
            sentence = f"an attestation of {name} is valid {valid_instead(*texts)}"
            yield _of_control(was, now, direction=order, sentence=sentence, texts=texts)


def _of_control(
    was: Control, now: Control, /, *, direction: Direction, sentence: str, texts: tuple[str, str]
) -> Change:
    clause = Clause(kind="control", name=now.name, cites=now.cites or was.cites)
    return Change(
        direction=direction, layer=Layer.EVIDENCE, clause=clause, sentence=sentence, was=texts[0], now=texts[1]
    )


def _category(was: Category, now: Category) -> Iterator[Change]:
    """Who assesses a category; its conditions apart."""
    if was.assessed == now.assessed:
        return
    direction = Direction.MIXED
    is_measured = was.measured and now.measured
    if not was.assessed:
        direction = Direction.STRICTER if is_measured else Direction.MIXED
        sentence = f"`{now.assessed}` may now raise the level of `{now.name}` by judgement"
    elif not now.assessed:
        direction = Direction.LOOSER if is_measured else Direction.MIXED
        sentence = f"nobody may raise the level of `{now.name}` by judgement any more"
    else:
        sentence = f"`{now.assessed}` assesses `{now.name}` instead of `{was.assessed}`"
    yield Change(
        direction=direction,
        layer=Layer.THRESHOLDS,
        clause=Clause(kind="category", name=now.name, cites=now.cites or was.cites),
        sentence=sentence,
        was=was.assessed or "none",
        now=now.assessed or "none",
    )
