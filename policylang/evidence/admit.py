"""Evidence against policies: every name, unit and date must be one that a policy knows, and none lies in the future.

Evidence may serve several policies at once, so a name is wrong only when none of them declares it.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence

from policylang.clocks import Moment, in_future
from policylang.diagnostics import Diagnostic, nearest, quoted
from policylang.evidence.amount import too_much
from policylang.evidence.document import MAX_FOUND, Stopped, shown
from policylang.evidence.facts import Evidence, Fact, FactKind, Intent, Reading
from policylang.graph import Graph
from policylang.graph.nodes import Attribute, Measure
from policylang.kinds import UNITS_OF, Kind, Quantity, decimal_text, parse_quantity
from policylang.source import Place

Say = Callable[[str, Place, str, str], None]

_COUNTED = (Kind.RATE,)
_MEANS = (Kind.RATE, Kind.SCORE)
_REGISTER = "give the register of this policy, as it was at that date"


def admit(graphs: Sequence[Graph], evidence: Evidence, as_of: Moment) -> list[Diagnostic]:
    """Everything about the evidence that no policy can use: nothing of it may be decided on until it is mended."""
    found = too_much(graphs, evidence)
    if found:
        return found

    def say(code: str, place: Place, message: str, help_: str) -> None:
        if len(found) == MAX_FOUND:
            message = f"more than {MAX_FOUND} errors, the rest of the evidence was not looked at"
            found.append(Diagnostic(code="E132", message=message, place=place, help="correct these first"))
            raise Stopped
        found.append(Diagnostic(code=code, message=message, place=place, help=help_))

    known = _Known(graphs)
    with contextlib.suppress(Stopped):
        for reading in evidence.readings:
            _reading(graphs, reading, as_of, say)
        for fact in evidence.facts:
            _fact(known, fact, as_of, say)
        for intent in evidence.register or ():
            _intent(graphs, intent, as_of, say)
    return found


class _Known:
    """What the policies declare, gathered once for all facts."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = graphs
        self.roles = self.names(lambda graph: (term.name for term in graph.roles))
        self.actions = self.names(lambda graph: graph.leaves)
        self._subjects: dict[str, tuple[str, frozenset[str]]] = {}

    def names(self, part: Callable[[Graph], Iterable[str]]) -> frozenset[str]:
        return frozenset(name for graph in self.graphs for name in part(graph))

    def subjects(self, kind: FactKind) -> tuple[str, frozenset[str]]:
        """What a fact of a kind is about, and the names it may have."""
        if kind not in self._subjects:
            self._subjects[kind] = self._subjects_of(kind)
        return self._subjects[kind]

    def _subjects_of(self, kind: FactKind) -> tuple[str, frozenset[str]]:
        match kind:
            case "assessment":
                return "a category", self.names(lambda graph: graph.category)
            case "attestation":
                return "a control", self.names(lambda graph: graph.control)
            case "event":
                return "an event", self.names(lambda graph: (term.name for term in graph.events))
            case "duty":
                return "a duty", self.names(lambda graph: graph.duty)
            case "notification" | "waiver":
                return "a rule", self.names(lambda graph: graph.rule)
            case _:
                exceptions = self.names(lambda graph: (item.name for item in graph.exemptions))
                return "an action", self.actions | exceptions


# Readings


def _measures(graphs: Sequence[Graph], item: Reading | Intent, say: Say) -> list[Measure]:
    """The measures of the policies that an item names; said when there is none."""
    measures = [graph.measure[item.measure] for graph in graphs if item.measure in graph.measure]
    if not measures:
        names = [name for graph in graphs for name in graph.measure]
        say("E201", item.place, f"no policy has a measure {shown(item.measure)}", _near(item.measure, names))
    return measures


def _intent(graphs: Sequence[Graph], intent: Intent, as_of: Moment, say: Say) -> None:
    if in_future(intent.at, as_of):
        say("E204", intent.place, f"this run was registered on {intent.at}, after the as-of date {as_of}", _REGISTER)
    for measure in _measures(graphs, intent, say):
        wrong = _stage(graphs, measure, intent)
        if wrong is not None:
            say("E202", intent.place, wrong[0], _REGISTER)


def _reading(graphs: Sequence[Graph], reading: Reading, as_of: Moment, say: Say) -> None:
    measures = _measures(graphs, reading, say)
    if not measures:
        return
    if reading.at is not None and in_future(reading.at, as_of):
        say("E204", reading.place, f"this reading is of {reading.at}, after the as-of date {as_of}", "mend the date")
    for measure in measures:
        before = _stage(graphs, measure, reading)
        if before is not None:
            say("E202", reading.place, *before)
        for code, message, help_ in _amounts(measure, reading):
            say(code, reading.place, message, help_)
    for graph in graphs:
        for name, text in sorted(reading.attributes.items()):
            if name in graph.attribute and (fault := attribute_fault(graph.attribute[name], text)):
                say("E203", reading.place, f"attribute `{name}`: {fault}", "write it as the policy declares it")


def _stage(graphs: Sequence[Graph], measure: Measure, reading: Reading | Intent) -> tuple[str, str] | None:
    if reading.stage in measure.stages:
        return None
    stages = sorted(
        {stage for graph in graphs if reading.measure in graph.measure for stage in _stages(graph, measure)}
    )
    if reading.stage is None:
        return f"this {_word(reading)} of `{measure.name}` names no stage", f"add `stage:` with {quoted(stages, 'or')}"
    if reading.stage in stages:
        return None
    if not stages:
        return (
            f"`{measure.name}` has no stages, this {_word(reading)} is of {shown(reading.stage)}",
            "leave `stage` out",
        )
    return f"{shown(reading.stage)} is not a stage of `{measure.name}`", nearest(reading.stage, stages)


def _word(item: Reading | Intent) -> str:
    return "reading" if isinstance(item, Reading) else "run"


def _stages(graph: Graph, measure: Measure) -> Iterator[str]:
    yield from (stage for stage in graph.measure[measure.name].stages if stage is not None)


def _amounts(measure: Measure, reading: Reading) -> Iterator[tuple[str, str, str]]:
    """What is wrong with what a reading gives, for the kind of its measure."""
    name, kind = measure.name, measure.kind
    if reading.successes is not None and kind not in _COUNTED:
        yield "E203", f"`{name}` is a {kind}, this reading counts successes", "give a `value`"
    if reading.units is not None and kind not in _MEANS:
        yield "E203", f"`{name}` is a {kind}, this reading gives outcomes of units", "give a `value`"
    if reading.units is not None and reading.n is not None and len(reading.units) > reading.n:
        message = f"{len(reading.units)} units have outcomes, and {reading.n} were planned"
        yield "E205", message, "count every unit that was planned in `n`"
    left = (reading.n or 0) - (reading.scored if reading.scored is not None else reading.n or 0)
    if (reading.refused or 0) + (reading.no_answer or 0) + (reading.errored or 0) > left:
        message = f"more units refused, unanswered or errored than the {left} that were not scored"
        yield "E205", message, "units that are scored are not counted among these"
    if isinstance(reading.value, bool) and kind is not Kind.FINDING:
        yield "E203", f"`{name}` is a {kind}, not yes or no", "give a number with its unit"
    if isinstance(reading.value, Quantity) and kind is Kind.FINDING:
        yield "E203", f"`{name}` is a finding, not a number", "write `yes` or `no`"
    for quantity in (reading.value, *(reading.interval or ())):
        if isinstance(quantity, Quantity) and kind is not Kind.FINDING:
            yield from _quantity(measure, quantity)
    if reading.interval is not None and reading.interval[0].value > reading.interval[1].value:
        yield "E203", "this interval is empty: its lower end is above its upper end", "write the lower end first"
    if kind is Kind.RATE and isinstance(reading.value, Quantity) and reading.n and reading.successes is None:
        successes = reading.value.value * reading.n
        if successes.denominator != 1:
            message = f"no whole number of {reading.n} units gives {reading.value}"
            yield "E205", message, "give `successes`, or the value to all its digits"


def _quantity(measure: Measure, quantity: Quantity) -> Iterator[tuple[str, str, str]]:
    units = UNITS_OF[measure.kind]
    if quantity.unit not in units:
        shown = quoted([f"1{unit}" if unit in ("%", "x", "") else f"1 {unit}" for unit in units], "or")
        yield "E203", f"`{quantity}` is not a {measure.kind}", f"`{measure.name}` is written like {shown}"
        return
    value = quantity.value
    if measure.kind is Kind.COUNT and value.denominator != 1:
        yield "E203", f"`{quantity}` is not a count", "write a whole number"
    if value < measure.low or (measure.high is not None and value > measure.high):
        top = "any number" if measure.high is None else decimal_text(measure.high)
        help_ = f"`{measure.name}` lies between {decimal_text(measure.low)} and {top}"
        if measure.kind is Kind.RATE:
            help_ += f"; {decimal_text(quantity.number)} % is written `{decimal_text(quantity.number)}%`"
        yield "E203", f"`{quantity}` is outside the range of `{measure.name}`", help_


def attribute_fault(attribute: Attribute, text: str) -> str:
    """Why a text is not a value of an attribute; empty when it is one."""
    if attribute.kind == "ladder":
        return "" if text in attribute.ladder else f"{shown(text)} is not one of {quoted(attribute.ladder, 'or')}"
    if attribute.kind == Kind.YES_NO:
        return "" if text in ("yes", "no") else f"{shown(text)} is not `yes` or `no`"
    if attribute.kind == Kind.TEXT:
        return ""
    try:
        quantity = parse_quantity(text)
    except ValueError as error:
        return f"{shown(text)} is {error}"
    kind = Kind(attribute.kind)
    if quantity.unit not in UNITS_OF[kind]:
        return f"{shown(text)} is not a {kind}"
    if kind is Kind.RATE and not 0 <= quantity.value <= 1:
        return f"{shown(text)} is not a rate between 0 % and 100 %"
    return "" if quantity.value >= 0 else f"{shown(text)} is negative"


# Dated facts


def _fact(known: _Known, fact: Fact, as_of: Moment, say: Say) -> None:
    if in_future(fact.at, as_of):
        say("E204", fact.place, f"this {fact.kind} is of {fact.at}, after the as-of date {as_of}", "mend the date")
    for role in (fact.by, fact.to):
        if role is not None and role not in known.roles:
            say("E201", fact.place, f"no policy has a role {shown(role)}", _near(role, known.roles))
    what, names = known.subjects(fact.kind)
    if fact.about not in names:
        say("E201", fact.place, f"no policy has {what} {shown(fact.about)}", _near(fact.about, names))
        return
    for action in fact.actions:
        if action not in known.actions:
            say("E201", fact.place, f"no policy has an action {shown(action)}", _near(action, known.actions))
    if fact.kind == "assessment":
        _assessment(known.graphs, fact, say)
    if fact.kind == "attestation":
        _attestation(known.graphs, fact, say)


def _near(name: str, names: Iterable[str]) -> str:
    return nearest(name, names) or "no policy declares any: leave it out"


def _assessment(graphs: Sequence[Graph], fact: Fact, say: Say) -> None:
    having = [graph for graph in graphs if fact.about in graph.category]
    ladders = [graph.category[fact.about].ladder for graph in having]
    if not any(fact.level in ladder for ladder in ladders):
        levels = [level for ladder in ladders for level in ladder]
        say(
            "E202",
            fact.place,
            f"{shown(fact.level or '')} is not a level of `{fact.about}`",
            nearest(fact.level or "", levels),
        )
    stages: list[str | None] = [stage for graph in having for stage, _ in graph.category[fact.about].reached]
    if fact.stage not in stages:
        names = [stage for stage in stages if stage is not None]
        if fact.stage is None:
            message = f"this assessment of `{fact.about}` names no stage"
            say("E202", fact.place, message, f"add `stage:` with {quoted(sorted(set(names)), 'or')}")
        else:
            help_ = nearest(fact.stage, names) or "leave `stage` out"
            say("E202", fact.place, f"{shown(fact.stage)} is not a stage of `{fact.about}`", help_)


def _attestation(graphs: Sequence[Graph], fact: Fact, say: Say) -> None:
    ladders = [graph.control[fact.about].ladder for graph in graphs if fact.about in graph.control]
    if fact.level is None and not any(ladder == () for ladder in ladders):
        message = f"this attestation of `{fact.about}` states no level"
        say("E202", fact.place, message, f"add `level:` with {quoted(ladders[0], 'or')}")
    if fact.level is not None and not any(fact.level in ladder for ladder in ladders):
        levels = [level for ladder in ladders for level in ladder]
        help_ = nearest(fact.level, levels) or "leave `level` out: the control holds or it does not"
        say("E202", fact.place, f"{shown(fact.level)} is not a level of `{fact.about}`", help_)
