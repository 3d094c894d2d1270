"""From a model to evidence: what was found becomes readings and facts, and the decider decides them again.

A disagreement between the formulas and the decider is an error of ours, and is raised, never shown as a result.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from policylang.analysis.deciding import Deciding
from policylang.analysis.diagram import Model
from policylang.analysis.difference import Outcome, Witness
from policylang.analysis.formula import Key
from policylang.analysis.space import Choice
from policylang.clocks import EXAMPLE_DAY
from policylang.decide import Decision, decide
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.evidence.writer import yaml_text
from policylang.graph.nodes import Graph, Measure, Need
from policylang.kinds import Kind, Quantity, Unit, parse_quantity, value_text
from policylang.source import Place, Source, Span

PLACE = Place(Source(name="<witness>", text=""), Span(0, 0))
MODEL = "the model of this example"

Names = Mapping[tuple[str, str], str]
"""For a kind and a name of the new policy, the name it has in the old one."""


class Disagreement(Exception):
    """The decider does not say of a witness what the formulas say of it: a mistake of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pieces:
    """The readings and facts of a model, and whether a test can say them all."""

    evidence: Evidence
    given: tuple[str, ...]
    is_sayable: bool


def pieces(model: Model, graphs: Sequence[Graph]) -> Pieces:
    """What a model says, as evidence that qualifies as a test's does."""
    readings: list[Reading] = []
    facts: list[Fact] = []
    given: list[str] = []
    attempt, is_sayable = None, True
    for key, choice in sorted(model.items(), key=lambda item: _order(item[0])):
        if choice.how == "nothing":
            continue
        match key[0]:
            case "measure":
                measure = next(graph.measure[key[1]] for graph in graphs if key[1] in graph.measure)
                readings.append(_reading(measure, key[2] or None, choice))
            case "attempts":
                attempt = int(choice.low)
            case _:
                facts.append(_fact(key, choice))
        line = said(key, choice, graphs)
        given.append(line)
        is_sayable = is_sayable and choice.how in ("exact", "fact") and "/" not in line
    subject = Subject(model=MODEL, attempt=attempt)
    return Pieces(
        evidence=Evidence(subject=subject, readings=tuple(readings), facts=tuple(facts)),
        given=tuple(given),
        is_sayable=is_sayable,
    )


def _order(key: Key) -> tuple[bool, bool, Key]:
    return key[0] != "attempts", key[0] != "measure", key


def quantity(value: Fraction, kind: Kind) -> Quantity:
    """A value with the unit that reads best."""
    exact = Quantity(value, {Kind.DURATION: Unit.SECOND, Kind.COMPUTE: Unit.FLOP}.get(kind, Unit.NONE))
    try:
        found = parse_quantity(value_text(value, kind))
    except ValueError:
        return exact
    return found if found.value == value else exact


def _reading(measure: Measure, stage: str | None, choice: Choice) -> Reading:
    values = quantity(choice.low, measure.kind), quantity(choice.high, measure.kind)
    is_finding = measure.kind is Kind.FINDING
    is_interval = choice.how == "interval"
    return Reading(
        measure=measure.name,
        stage=stage,
        value=None if is_interval else bool(choice.low) if is_finding else values[0],
        interval=values if is_interval else None,
        at=EXAMPLE_DAY,
        status="cancelled" if choice.how == "shown" else "success",
        attributes={},
        place=PLACE,
    )


def _fact(key: Key, choice: Choice) -> Fact:
    level = None if choice.value == "yes" else choice.value
    fields: dict[str, object] = {}
    match key:
        case ("event", event):
            fields = {"kind": "event", "about": event}
        case ("attestation", control, role):
            fields = {"kind": "attestation", "about": control, "by": role, "level": level}
        case ("assessment", category, stage, role):
            fields = {"kind": "assessment", "about": category, "stage": stage or None, "by": role, "level": level}
        case ("approval" | "consultation" as kind, role, of):
            fields = {"kind": kind, "about": of, "by": role}
        case ("notification", role, rule):
            fields = {"kind": "notification", "about": rule, "to": role}
        case ("waiver", rule, role, action):
            fields = {"kind": "waiver", "about": rule, "by": role, "actions": (action,)}
        case ("veto", role, action):
            fields = {"kind": "veto", "about": action, "by": role}
        case _:
            raise Disagreement(f"no evidence can state {key}")
    return Fact(at=EXAMPLE_DAY, place=PLACE, **fields)  # type: ignore[arg-type]  # the fields of each kind stand above


def said(key: Key, choice: Choice, graphs: Sequence[Graph]) -> str:
    """One line of a model as a test writes it after `given`; what no test can say is said in words."""
    level = f" at {choice.value}" if choice.value not in (None, "yes") else ""
    match key:
        case ("attempts", *_):
            return f"attempts = {choice.low}"
        case ("event", event):
            return f"event of {event}"
        case ("attestation", control, role):
            return f"attestation of {control}{level} by {role}"
        case ("assessment", category, stage, role):
            return f"{category}{'.' if stage else ''}{stage}{level} by {role}"
        case ("approval" | "consultation" as kind, role, of):
            return f"{kind} of {of} by {role}"
        case ("notification", role, rule):
            return f"notification of {rule} to {role}"
        case ("waiver", rule, role, _):
            return f"waiver of {rule} by {role}"
        case ("veto", role, action):
            return f"veto of {action} by {role}"
        case _:
            unit = next((graph.measure[key[1]].kind for graph in graphs if key[1] in graph.measure), None)
            return f"{key[1]}{'.' if key[2] else ''}{key[2]}{_value(choice, unit)}"


def _value(choice: Choice, kind: Kind | None) -> str:
    low, high = value_text(choice.low, kind), value_text(choice.high, kind)
    match choice.how:
        case "shown":
            return f" shows {low}, in a run that does not qualify"
        case "interval":
            return f" from {low} to {high}"
        case _:
            return f" = {low}"


def decided(graph: Graph, evidence: Evidence) -> Decision:
    """What a policy says of the evidence of an example."""
    return decide(graph.example, evidence, EXAMPLE_DAY)


class Witnesses:
    """Witnesses for the differences of two policies that share their names."""

    def __init__(self, graphs: Sequence[Graph], names: Names | None = None, *, files: bool = True) -> None:
        """The policies, the old one first; `names` are those of the old one where they differ.

        `files` also writes each witness as a file of evidence.
        """
        self.graphs = tuple(graphs)
        self.files = files
        self.names = names
        self._examples = tuple(Deciding(graph.example) for graph in graphs)
        self._asking = any(map(_asks_more, graphs))

    @functools.cached_property
    def _whole(self) -> tuple[Deciding, ...]:
        """The policies with all that they ask of readings."""
        return tuple(map(Deciding, self.graphs))

    def of(self, model: Model, of: Sequence[str]) -> Witness:
        """A model as a witness: what is given, what both policies say of some things, and the same as file and test."""
        found = pieces(model, self.graphs)
        old, new = (deciding.outcomes(found.evidence, of) for deciding in self._examples)
        results = tuple(Outcome(of=what, old=was, new=now) for what, was, now in zip(of, old, new, strict=True))
        full = self._qualified(found.evidence, results) if self.files else None
        renamed = None if full is None or not self.names else _renamed(full, self.names)
        return Witness(
            given=found.given,
            outcomes=results,
            evidence="" if full is None else _text(full, results),
            old_evidence="" if renamed is None else _text(renamed, results),
            test=_test(found, results, self.graphs[0]) if found.is_sayable and self._has_words(found) else "",
        )

    def _has_words(self, found: Pieces) -> bool:
        """Whether each policy by itself has all the names that are given; a test names no exception."""
        asked = {fact.about for fact in found.evidence.facts if fact.kind in ("approval", "consultation", "veto")}
        is_of_exception = any(name not in graph.leaves for graph in self.graphs for name in asked)
        return not is_of_exception and not any(admit([graph], found.evidence, EXAMPLE_DAY) for graph in self.graphs)

    def _qualified(self, evidence: Evidence, results: Sequence[Outcome]) -> Evidence | None:
        """Evidence that both policies, with all that they ask of readings, decide as the example; None without."""
        full = _qualified(evidence, self.graphs)
        if full is None or list(admit(self.graphs, full, EXAMPLE_DAY)):
            return None
        if self._asking:
            of = [result.of for result in results]
            said = [deciding.outcomes(full, of) for deciding in self._whole]
            if said != [tuple(r.old for r in results), tuple(r.new for r in results)]:
                return None
        return full


def _asks_more(graph: Graph) -> bool:
    """Whether a policy asks more of a reading than its result."""
    asking = any(measure.needs or measure.registered for measure in graph.measures)
    return asking or graph.header.confidence is not None or bool(graph.cadences)


def _text(evidence: Evidence, results: Sequence[Outcome]) -> str:
    said = "; ".join(f"{result.of} was {result.old}, is {result.new}" for result in results)
    return yaml_text(evidence, [f"decide it with --as-of {EXAMPLE_DAY}: {said}"])


def _test(found: Pieces, results: Sequence[Outcome], old: Graph) -> str:
    """A test block that passes under the old policy: in the new one it fails."""
    changed = [result for result in results if result.old != result.new and " .. " not in result.old]
    if not changed:
        return ""
    lines = [f"  given {line}" for line in found.given]
    for result in changed:
        is_action = any(term.name == result.of for term in old.actions)
        lines.append(f"  expect {result.of} {'' if is_action else 'at '}{result.old}")
    title = f"as in {old.header.version or 'the old revision'}: {changed[0].of} {changed[0].old}"
    title = title.replace("\\", "\\\\").replace('"', '\\"')
    return "\n".join([f'test "{title}" {{', *lines, "}"]) + "\n"


# As a file of evidence that `policyc check` decides as the example


def _qualified(evidence: Evidence, graphs: Sequence[Graph]) -> Evidence | None:
    """The same with all that the policies ask of readings, of each of them; None when nothing can satisfy them."""
    readings = []
    compute = Fraction(10) ** 24 if any(cadence.factor for graph in graphs for cadence in graph.cadences) else None
    across = any(graph.header.across_attempts for graph in graphs)
    for reading in evidence.readings:
        needs = [need for g in graphs if reading.measure in g.measure for need in g.measure[reading.measure].needs]
        fields: dict[str, object] = {"effective_compute": compute}
        attributes: dict[str, str] = {}
        for need in needs:
            if need.unspecified:
                return None
            if need.of == "n":
                fields["n"] = max(int(need.number or 0) + 1, int(str(fields.get("n") or 1)))
            elif need.of not in ("age", "status"):
                attributes.setdefault(need.of, "")
        for name in attributes:
            value = _satisfying([need for need in needs if need.of == name])
            if value is None:
                return None
            attributes[name] = value
        for built_in in ("evaluator",):
            if built_in in attributes:
                fields[built_in] = attributes.pop(built_in)
        if reading.status == "success" and isinstance(
            reading.value, Quantity
        ):  # a bare rate is no proof; an interval is
            fields |= {"value": None, "interval": (reading.value, reading.value)}
        readings.append(dataclasses.replace(reading, attributes=attributes, **fields))  # type: ignore[arg-type]  # fields of a reading
    attempt = evidence.subject.attempt
    subject = dataclasses.replace(
        evidence.subject, effective_compute=compute, attempt=1 if across and attempt is None else attempt
    )
    return dataclasses.replace(evidence, readings=tuple(readings), subject=subject)


def _satisfying(needs: Sequence[Need]) -> str | None:
    """A value of an attribute that satisfies all of some needs, as evidence writes it; None when there is none."""
    for value in _candidates(needs):
        if all(_satisfies(need, value) for need in needs):
            ladder = next((need.ladder for need in needs if need.ladder), ())
            if isinstance(value, Fraction):
                return ladder[int(value)] if ladder else value_text(value, _kind(needs[0]))
            return value
    return None


def _candidates(needs: Sequence[Need]) -> Iterator[Fraction | str]:
    ladder = next((need.ladder for need in needs if need.ladder), ())
    for rank in reversed(range(len(ladder))):
        yield Fraction(rank)
    for need in needs:
        if need.number is not None:
            yield from (need.number, need.number + 1, need.number / 2)
        yield need.word
    yield from ("yes", "no", "another")


def _satisfies(need: Need, value: Fraction | str) -> bool:
    if isinstance(value, str):
        same = value == (need.word or "yes")
        return same if need.operator in ("is", "=") else not same if need.operator in ("is not", "!=") else False
    wanted = need.number if need.number is not None else Fraction(need.rank or 0)
    match need.operator:
        case ">=":
            return value >= wanted
        case ">":
            return value > wanted
        case "<=":
            return value <= wanted
        case "<":
            return value < wanted
        case "=" | "is":
            return value == wanted
        case _:
            return value != wanted


def _kind(need: Need) -> Kind | None:
    return Kind(need.kind) if need.kind in list(Kind) else None


def _renamed(evidence: Evidence, names: Names) -> Evidence:
    """The same under the names of the old policy."""

    def old(kind: str, name: str) -> str:
        return names.get((kind, name), name)

    about = {
        "assessment": "category",
        "attestation": "control",
        "approval": "action",
        "consultation": "action",
        "notification": "rule",
        "veto": "action",
        "waiver": "rule",
        "event": "event",
        "duty": "duty",
    }
    readings = tuple(
        dataclasses.replace(
            reading,
            measure=old("measure", reading.measure),
            stage=None if reading.stage is None else old("stage", reading.stage),
            attributes={old("attribute", name): value for name, value in reading.attributes.items()},
        )
        for reading in evidence.readings
    )
    facts = tuple(
        dataclasses.replace(
            fact,
            about=old(about[fact.kind], fact.about),
            by=None if fact.by is None else old("role", fact.by),
            to=None if fact.to is None else old("role", fact.to),
            stage=None if fact.stage is None else old("stage", fact.stage),
            level=None if fact.level is None else old("level", fact.level),
            actions=tuple(old("action", action) for action in fact.actions),
        )
        for fact in evidence.facts
    )
    return dataclasses.replace(evidence, readings=readings, facts=facts)
