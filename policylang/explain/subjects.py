"""What a policy speaks of, in English: categories and their levels, measures, controls, attributes and parameters."""

import contextlib
from collections.abc import Iterator, Sequence

from policylang.explain.document import Item
from policylang.explain.english import (
    amount,
    capital,
    code,
    counted,
    duration,
    listed,
    number,
    period,
    plural,
    quoted,
    sentence,
)
from policylang.explain.phrases import Phrases
from policylang.graph.nodes import Binding, Category, Control, Measure, Need, Parameter
from policylang.kinds import TIME_UNITS, Kind, Operator, parse_quantity

_KINDS = {
    Kind.RATE: "a share",
    Kind.SCORE: "a score",
    Kind.COUNT: "a count",
    Kind.DURATION: "a length of time",
    Kind.FACTOR: "a factor",
    Kind.COMPUTE: "an amount of compute",
    Kind.FINDING: "a finding, yes or no",
}
_KIND_OF = {kind.value: kind for kind in Kind}
_COUNTS: dict[str, str] = {
    ">=": "at least {}",
    ">": "more than {}",
    "<=": "at most {}",
    "<": "fewer than {}",
    "=": "exactly {}",
    "!=": "any number but {} of",
}
_AMOUNTS: dict[str, str] = {
    ">=": "{} or more",
    ">": "more than {}",
    "<=": "{} or less",
    "<": "less than {}",
    "=": "{}",
    "!=": "anything but {}",
}
_LEVELS: dict[str, str] = {">=": "{} or above", ">": "above {}", "<=": "{} or below", "<": "below {}"}
_STAGE = "\0"
_TREATED = {
    "dangerous": "counts as dangerous",
    "safe": "counts as safe",
    "missing": "counts as dangerous where safety is to be shown, and as nothing where danger is",
}
_OUTCOMES = {"refusal": "a refusal", "no_answer": "no answer", "error": "an error"}


class Subjects:
    """What one graph speaks of."""

    def __init__(self, phrases: Phrases) -> None:
        """Of the graph of some phrases."""
        self.graph = phrases.graph
        self.phrases = phrases
        self.names = self.phrases.names

    # Categories

    def category(self, item: Category) -> Item:
        """A category: its ladder, what puts a model at each level, and who may judge it."""
        ladder = listed([self.names.level(level) for level in item.ladder], "or")
        text = f"It is {ladder}."
        levels = tuple(self._levels(item))
        if item.measured and len(self.graph.stages) > 1:
            text += " At each stage it is judged on the results of that stage."
        judged = self._judged(item)
        return Item(
            text=text,
            kind="category",
            name=item.name,
            title=item.title,
            cites=item.cites,
            items=(*levels, *((Item(text=judged),) if judged else ())),
        )

    def _judged(self, item: Category) -> str:
        if not item.assessed:
            return "" if item.measured else "Nothing puts it at any level but the lowest."
        role = self.names.role(item.assessed)
        if item.measured:
            return f"{capital(role)} may raise the measured level by judgement, and can never lower it."
        return f"The level is set by the judgement of {role}. Until that is recorded, every level counts as possible."

    def _levels(self, item: Category) -> Iterator[Item]:
        """What puts a model at each level, the lowest first."""
        for rank, level in enumerate(item.ladder):
            by_stage: dict[str | None, list[int]] = {}
            for at, stage, index in item.clauses:
                if at == rank:
                    by_stage.setdefault(stage, []).append(index)
            told: dict[tuple[Item, ...], list[str | None]] = {}
            for stage, indices in by_stage.items():
                told.setdefault(tuple(self._level(level, index, stage) for index in indices), []).append(stage)
            for items, stages in told.items():
                at_ = "" if len(stages) == len(item.reached) else self.names.at_stage(stages)
                for each in items:
                    yield Item(text=each.text.replace(_STAGE, at_), items=each.items)

    def _level(self, level: str, index: int, stage: str | None) -> Item:
        """One level at a stage, with `_STAGE` where the stage is said."""
        words = capital(self.names.level(level))
        clause = self.phrases.clause(index, here=stage)
        if clause.deep > 1 and self.phrases.is_list(index):
            items = self.phrases.parts(index, here=stage)
            return Item(text=f"{words}{_STAGE}, when {self.phrases.how(index)} of this is so:", items=items)
        return Item(text=f"{words}{_STAGE}, when {clause.text}.")

    # Measures

    def measure(self, item: Measure) -> Item:
        """A measure: what it is, where it comes from, and what a result must satisfy to show safety."""
        items = [Item(text=text) for text in self._about(item)]
        needs = [Item(text=sentence(self.need(need, item))) for need in item.needs]
        if needs:
            items.append(Item(text="A result shows safety only when:", items=tuple(needs)))
        worse = f", and worse when {item.worse}"
        if item.kind is Kind.FINDING:
            worse = ", and dangerous when yes" if item.worse == "higher" else ", and dangerous when no"
        return Item(
            text=f"It is {self._kind(item)}{worse}.",
            kind="measure",
            name=item.name,
            title=item.title,
            cites=item.cites,
            where=item.where,
            items=tuple(items),
        )

    def _kind(self, item: Measure) -> str:
        kind = _KINDS.get(item.kind, "a value")
        if item.kind is Kind.RATE:
            kind += f" of {plural(item.unit)}"
        if item.kind is Kind.SCORE:
            high = "up" if item.high is None else amount(item.high, None)
            kind += f" from {amount(item.low, None)} to {high}"
        return kind

    def _about(self, item: Measure) -> Iterator[str]:
        if item.bindings:
            yield f"It comes from {listed([_bound(binding) for binding in item.bindings], 'or')}."
        if item.score != "mean":
            yield f"Each {item.unit} is scored over its attempts: {_scored(item.score)}."
        for outcome, treatment in item.outcomes:
            yield f"{capital(_OUTCOMES[outcome])} {_TREATED[treatment]}."
        if item.margin_unspecified:
            yield f"A margin moves it towards danger by an amount that is left open ({code(item.margin_unspecified)})."
        elif item.margin:
            by = f"{amount(item.margin * 100, None)} percentage points" if item.kind is Kind.RATE else ""
            yield f"What could still be safe is moved towards danger by {by or amount(item.margin, item.kind)}."
        if item.registered:
            yield "Its runs must be registered before they begin, and one without a result counts as the worst."

    def need(self, need: Need, measure: Measure | None = None) -> str:
        """What a result must satisfy."""
        if need.unspecified:
            return f"{self._property(need.of)} is as {code(need.unspecified)} says, which is left open"
        if need.of == "n" and need.number is not None:
            count = _COUNTS[need.operator].format(amount(need.number, None))
            return f"it is of {count} {plural(measure.unit if measure else 'task')}"
        if need.of == "age" and need.period is not None:
            return f"it is {_aged(need.operator).format(period(need.period))}"
        if need.operator in ("is", "is not"):
            return self._stated(need)
        if need.rank is not None:
            level = f"“{self.names.words(need.ladder[need.rank])}”"
            shown = _LEVELS.get(need.operator, "{}" if need.operator == "=" else "not {}").format(level)
            return f"{self._property(need.of)} is {shown}"
        if need.number is not None:
            value = amount(need.number, _KIND_OF.get(need.kind))
            return f"{self._property(need.of)} is {_AMOUNTS[need.operator].format(value)}"
        return f"{self._property(need.of)} is {'' if need.operator == '=' else 'not '}{quoted(need.word)}"

    def _stated(self, need: Need) -> str:
        title = self.names.titles.get(("attribute", need.of), "")
        if need.of == "independent":
            return f"it is stated to be {'' if need.operator == 'is' else 'not '}independent"
        if not title:
            return f"{code(need.of)} is stated {'' if need.operator == 'is' else 'not '}to be so"
        what = quoted(title)
        return f"it is stated that {what}" if need.operator == "is" else f"it is stated that this is not so: {what}"

    def _property(self, name: str) -> str:
        own = {"status": "its status", "evaluator": "its evaluator", "age": "its age", "n": "its size"}
        return own.get(name) or self.names.of("attribute", name)

    # Controls and parameters

    def control(self, item: Control) -> Item:
        """A control: how it is shown to be in place."""
        items: tuple[Item, ...] = ()
        shown = []
        if item.attested:
            at = f", at one of the levels {self._ladder(item.ladder)}," if item.ladder else ""
            shown.append(f"it is attested by {self.names.role(item.attested)}{at.rstrip(',')}")
        if item.holds is not None:
            clause = self.phrases.clause(item.holds)
            if clause.word and (clause.deep > 1 or len(clause.text) > 200) and self.phrases.is_list(item.holds):
                shown.append(f"{self.phrases.how(item.holds)} of this is so")
                items = self.phrases.parts(item.holds)
            else:
                shown.append(clause.text)
        valid = "" if item.valid is None else f" An attestation holds for {period(item.valid)}."
        text = f"It is in place when {', and '.join(shown)}{':' if items else '.'}{valid}" if shown else ""
        if item.undefined:
            text = "The policy names it and never says what it is, so it is never in place."
        return Item(
            text=text or "Nothing can show it, so it is never in place.",
            kind="control",
            name=item.name,
            title=item.title,
            cites=item.cites,
            items=items,
        )

    def _ladder(self, ladder: Sequence[str]) -> str:
        return listed([f"“{self.names.words(level)}”" for level in ladder], "or")

    def parameter(self, item: Parameter) -> Item:
        """A parameter: its value, or that it has none."""
        if item.value:
            text = f"It is set to {self._value(item.value)}."
        else:
            text = "It has no value: what depends on it counts against the model until one is set."
        return Item(text=text, kind="parameter", name=item.name, title=item.title)

    def _value(self, value: str) -> str:
        with contextlib.suppress(ValueError):
            quantity = parse_quantity(value)
            return duration(quantity) if quantity.unit in TIME_UNITS else value
        words = value.replace("_", " ")
        return value if value == words else f"“{self.names.words(value)}”"


def _aged(operator: Operator | str) -> str:
    return {"<=": "no older than {}", "<": "younger than {}", ">=": "at least {} old", ">": "older than {}"}.get(
        operator, "exactly {} old" if operator == "=" else "not exactly {} old"
    )


def _bound(binding: Binding) -> str:
    version = f", version {quoted(binding.version)}" if binding.version else ""
    metric = f", metric {quoted(binding.metric)}" if binding.metric else ""
    return f"the {code(binding.tool)} task {quoted(binding.task)}{version}{metric}"


def _scored(score: str) -> str:
    if score == "any":
        return "it counts when any attempt does"
    tries = int(score.partition("@")[2] or 1)
    return f"it counts when any of {counted(tries, 'attempt')} would, by estimate" if tries > 1 else number(tries)
