"""Random evidence for a policy: readings on, above and below its thresholds, and facts by right and wrong roles.

It is made as `Evidence`, not as a file, from the tree of the policy: what a reader refuses (a date in the future, an
unknown name, a rate of 12) is never made. `narrowed` replaces all readings of a measure and stage by one that says an
interval, or an exact value, within what the evidence leaves open; it is meant for a policy in its exact form, where
such a reading qualifies and is taken as it is.
"""

import dataclasses
import functools
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from oracle_conditions import assessments
from oracle_readings import interval_of
from oracle_world import World, quantity_of, texts
from policylang import syntax
from policylang.clocks import Moment, add
from policylang.evidence.facts import Evidence, Fact, FactKind, Intent, Reading, Subject
from policylang.kinds import Kind, Quantity, Unit, parse_quantity
from policylang.source import Place, Source, Span

PLACE = Place(Source(name="random", text=""), Span(0, 0))
PERSONS = ("ada", "ben", "cy", "dee")
AGES = (0, 0, 1, 2, 10, 14, 15, 30, 31, 89, 90, 91, 180, 181, 184, 365, 366, 400)
DEFAULTS = {
    "rate": ("0", "0.05", "0.5", "1"),
    "score": ("0", "1", "2.5"),
    "count": ("0", "3", "20"),
    "duration": ("0 seconds", "1 hour", "2 days"),
    "factor": ("0.5x", "2x"),
    "compute": ("1e23 FLOP", "1e26 FLOP"),
}
BASE_UNITS = {"duration": Unit.SECOND, "factor": Unit.FACTOR, "compute": Unit.FLOP}
ENDS_OF_A_RUN = (*["success"] * 12, "error", "cancelled", None)


def random_as_of(rng: random.Random) -> Moment:
    """A date, or an instant."""
    day = date(2026, 3, 1) + timedelta(days=rng.randint(0, 400))
    return Moment(day, rng.choice((None, None, 0, 9 * 3600, 86399)))


def random_evidence(module: syntax.Module, as_of: Moment, rng: random.Random) -> Evidence:
    """Random evidence for a policy, nothing of it after the as-of date."""
    maker = _Maker(module, as_of, rng)
    subject = Subject(
        model="m",
        revision=rng.choice(("r1", "r1", None)),
        configuration=rng.choice(("c1", "c1", None)),
        attempt=rng.choice((None, 1, 2, 3, 4)),
        effective_compute=rng.choice((None, Fraction(3 * 10**24), Fraction(3 * 10**24))),
    )
    readings = [reading for measure in maker.world.measures.values() for reading in maker.readings(measure, subject)]
    register = maker.register(readings)
    facts = [fact for make in maker.facts() for fact in make]
    holidays = frozenset(as_of.day - timedelta(days=rng.randint(0, 30)) for _ in range(rng.choice((0, 0, 3))))
    return Evidence(subject=subject, readings=tuple(readings), facts=tuple(facts), holidays=holidays, register=register)


def further_readings(
    module: syntax.Module, evidence: Evidence, as_of: Moment, *, rng: random.Random, count: int
) -> list[Reading]:
    """More random readings, each of any measure."""
    maker = _Maker(module, as_of, rng)
    names = [rng.choice(sorted(maker.world.measures)) for _ in range(count)]
    return [maker.reading(maker.world.measures[name], maker.stage(name), evidence.subject) for name in names]


def literals(node: object) -> Iterator[Quantity]:
    """Every literal in a part of a tree."""
    if isinstance(node, syntax.Literal_):
        yield node.quantity
    elif isinstance(node, tuple):
        for part in node:
            yield from literals(part)
    elif dataclasses.is_dataclass(node):
        for part in dataclasses.fields(node):
            yield from literals(getattr(node, part.name))


@functools.lru_cache(maxsize=8)
def literals_of(module: syntax.Module) -> tuple[Quantity, ...]:
    """The literals of a policy, in order."""
    return tuple(sorted(set(literals(module.items)), key=lambda q: (q.unit, q.number)))


class _Maker:
    """What random evidence is made from."""

    def __init__(self, module: syntax.Module, as_of: Moment, rng: random.Random) -> None:
        self.world = World(module, Evidence(subject=Subject(model="m")), as_of)
        self.as_of, self.rng = as_of, rng
        self.literals = literals_of(module)
        self.roles = [item.name.text for item in module.items if isinstance(item, syntax.Role)]
        self.factors = [q.number for q in self.literals if q.unit is Unit.FACTOR] or [Fraction(2)]
        self.periods = [q for q in self.literals if q.unit in CALENDAR]
        self.runs = 0
        self.found: dict[str, list[Fraction]] = {}

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # Dates

    def moment(self, oldest: int = 400) -> Moment:
        """A moment not after the as-of date, often just on the edge of some period before it."""
        days = self.rng.choice([age for age in AGES if age <= oldest])
        if self.periods and self.chance(0.3):
            days = self.edge()
        day = self.as_of.day - timedelta(days=days)
        if days == 0:
            return Moment(day, None if self.as_of.second is None else self.rng.choice((None, self.as_of.second)))
        return Moment(day, self.rng.choice((None, None, None, 0, 9 * 3600, 86399)))

    def edge(self) -> int:
        """How many days ago something was that ends about now."""
        period = self.rng.choice(self.periods)
        if period.value > 500 * 86400:
            return 1
        start = self.as_of.day - timedelta(days=int(period.value // 86400) + 3)
        for _ in range(10):
            if add(Moment(start), period).day >= self.as_of.day:
                break
            start += timedelta(days=1)
        return max((self.as_of.day - start).days + self.rng.choice((0, 0, -1, 1)), 1)

    def expiry(self) -> Moment | None:
        """Mostly none; else before, at or after the as-of date."""
        if self.chance(0.75):
            return None
        day = self.as_of.day + timedelta(days=self.rng.choice((-30, -1, 0, 0, 1, 30)))
        return Moment(day, self.rng.choice((None, self.as_of.second, 0)))

    # Readings

    def stage(self, name: str) -> str | None:
        """A stage a reading of a measure may be of."""
        return None if self.world.measures[name].unstaged else self.rng.choice(self.world.stages) or None

    def readings(self, measure: syntax.Measure, subject: Subject) -> list[Reading]:
        """None to three readings at each stage."""
        stages = [None] if measure.unstaged else [stage or None for stage in self.world.stages]
        counts = (0, 0, 1, 1, 1, 1, 2, 2, 3)
        return [self.reading(measure, stage, subject) for stage in stages for _ in range(self.rng.choice(counts))]

    def reading(self, measure: syntax.Measure, stage: str | None, subject: Subject) -> Reading:
        """One reading: what it says, and what makes it qualify or not."""
        self.runs += 1
        subject_compute = subject.effective_compute or Fraction(3 * 10**24)
        computes = (None, subject_compute, subject_compute, subject_compute / self.rng.choice(self.factors))
        said = self.said(measure)
        return Reading(
            measure=measure.name.text,
            stage=stage,
            at=None if self.chance(0.06) else self.moment(),
            effective_compute=self.rng.choice((*computes, subject_compute / 5)),
            attributes=self.attributes(measure),
            status=self.rng.choice(ENDS_OF_A_RUN),
            looks=self.rng.choice((None, None, None, 1, 2)),
            run=None if self.chance(0.2) else f"run{self.runs}x{self.rng.randrange(10**6)}",
            evaluator=self.rng.choice(("lab", "lab", "other", None)),
            revision=self.rng.choice((None, None, *["r1"] * 14, "r0")),
            configuration=self.rng.choice((None, None, *["c1"] * 14, "c0")),
            attempt=self.rng.choice((None, None, None, 1, 2)),
            place=PLACE,
            **said,
        )

    def register(self, readings: Sequence[Reading]) -> tuple[Intent, ...] | None:
        """A register, where a measure needs one: most runs are in it, in time or not, and a few that left no result."""
        if not any(measure.registered for measure in self.world.measures.values()) or self.chance(0.1):
            return None
        found = []
        for reading in readings:
            if reading.run is None or self.chance(0.15):
                continue
            days = self.rng.choice((0, 0, 1, 1, 3, -1))
            at = None if reading.at is None else Moment(reading.at.day - timedelta(days=days), reading.at.second)
            found.append(self.intent(reading, reading.run, at))
            if self.chance(0.1):
                found.append(self.intent(reading, f"hidden{len(found)}", at))
        return tuple(found)

    def intent(self, reading: Reading, run: str, at: Moment | None) -> Intent:
        """A run registered for the measure and stage of a reading."""
        return Intent(
            run=run,
            measure=reading.measure,
            stage=reading.stage,
            at=self.moment() if at is None or at.last > self.as_of.first else at,
            n=None if reading.n is None or self.chance(0.5) else max(1, reading.n + self.rng.choice((0, 0, 1, -1))),
            revision=self.rng.choice((None, reading.revision, "r1", "r0")),
            place=PLACE,
        )

    def thresholds(self, measure: syntax.Measure) -> list[Fraction]:
        """Values of interest for a measure, within its domain."""
        if measure.name.text not in self.found:
            self.found[measure.name.text] = self.of_interest(measure)
        return self.found[measure.name.text]

    def of_interest(self, measure: syntax.Measure) -> list[Fraction]:
        kind = measure.type.name.text
        if kind == "finding":
            return [Fraction(0), Fraction(1)]
        units = {"rate": (Unit.PERCENT, Unit.NONE), "factor": (Unit.FACTOR, Unit.NONE), "compute": (Unit.FLOP,)}
        wanted = CALENDAR if kind == "duration" else units.get(kind, (Unit.NONE,))
        found = {quantity.value for quantity in self.literals if quantity.unit in wanted}
        found |= {parse_quantity(text).value for text in DEFAULTS[kind]}
        low, high = domain(measure)
        found |= {end for end in (low, high) if end is not None}
        whole = kind == "count"
        return sorted(
            value
            for value in found
            if value >= low and (high is None or value <= high) and (value.denominator == 1 or not whole)
        )

    def value(self, measure: syntax.Measure) -> Fraction:
        """A value on a threshold, or between two."""
        options = self.thresholds(measure)
        value = self.rng.choice(options)
        return value if self.chance(0.6) else between(measure, value, self.rng.choice(options))

    def said(self, measure: syntax.Measure) -> dict[str, Any]:
        """What a reading says: counts, unit means, a value, an interval or, for a finding, yes or no."""
        kind = measure.type.name.text
        if kind == "finding":
            return {"value": self.chance(0.4)}
        pick = self.rng.random() if kind == "rate" else 1
        if pick < 0.6:
            return self.counts(measure)
        if pick < 0.65 and self.world.header.confidence is None:
            units = [self.rng.choice((Fraction(0), Fraction(1), Fraction(1, 2))) for _ in range(self.rng.randint(1, 6))]
            return {"units": {f"u{number}": outcome for number, outcome in enumerate(units)}, "n": len(units) + 1}
        n = {"n": self.rng.choice((20, 40))} if kind != "rate" and self.chance(0.5) else {}
        if self.chance(0.3):
            low, high = sorted((self.value(measure), self.value(measure)))
            return {"interval": (written(kind, low), written(kind, high)), **n}
        return {"value": written(kind, self.value(measure)), **n}

    def counts(self, measure: syntax.Measure) -> dict[str, Any]:
        """Counts whose rate is on a threshold or about one, not always all scored."""
        n = self.rng.choice((10, 20, 20, 40, 40, 100))
        successes = min(n, max(0, round(self.value(measure) * n) + self.rng.choice((0, 0, 0, -1, 1))))
        scored = n if self.chance(0.7) else self.rng.randint(successes, n)
        said: dict[str, Any] = {"n": n, "scored": scored, "successes": successes}
        if scored == n and self.chance(0.3):
            del said["scored"]
        left = n - scored
        for outcome, name in (("refusal", "refused"), ("no_answer", "no_answer"), ("error", "errored")):
            if left and outcome in dict(measure.outcomes) and self.chance(0.7):
                said[name] = self.rng.randint(0, left)
                left -= said[name]
        return said

    def attributes(self, measure: syntax.Measure) -> dict[str, str]:
        """Attributes as the needs of a measure ask for, or not."""
        names = {need.name.text for need in measure.needs} & {*self.world.attributes, "independent"}
        names |= {name for name in self.world.attributes if self.chance(0.05)}
        needs = {need.name.text: need for need in measure.needs}
        return {name: self.attribute(name, needs.get(name)) for name in sorted(names) if self.chance(0.9)}

    def attribute(self, name: str, need: syntax.Need | None) -> str:
        """The text of one attribute."""
        kind = self.world.attributes.get(name, "yes_no")
        if kind == "yes_no":
            right = need is None or not need.negated
            return "yes" if right == self.chance(0.85) else "no"
        if kind in self.world.ladders:
            levels = self.world.ladders[kind]
            wanted = need.value.text if need and isinstance(need.value, syntax.Name) else levels[-1]
            return wanted if wanted in levels and self.chance(0.6) else self.rng.choice(levels)
        if kind == Kind.TEXT:
            right_text = need.value.text if need and isinstance(need.value, syntax.Text) else "api"
            return right_text if self.chance(0.7) else "other"
        quantity = quantity_of(self.world, need.value) if need and not isinstance(need.value, syntax.Text) else None
        if quantity is not None and self.chance(0.5):
            return str(quantity)
        return self.rng.choice(DEFAULTS.get(kind, ("0",)))

    # Facts

    def fact(self, kind: FactKind, about: str, **said: Any) -> Fact:
        """A fact; sometimes with persons, sometimes with an expiry where one means something."""
        persons: tuple[str, ...] = ()
        at = self.moment()
        if kind not in ("event", "notification", "duty"):
            if self.chance(0.35):
                persons = tuple(self.rng.sample(PERSONS, self.rng.choice((1, 1, 2))))
            expiry = self.expiry()
            said = {"expires": Moment(at.day) if expiry and expiry.last < at.first else expiry, **said}
        return Fact(kind=kind, about=about, at=at, persons=persons, place=PLACE, **said)

    def by(self, role: str) -> str:
        """Mostly the right role."""
        return role if self.chance(0.88) else self.rng.choice(self.roles)

    def many(self, options: Sequence[int] = (0, 1, 1, 2)) -> range:
        return range(self.rng.choice(options))

    def facts(self) -> Iterator[Iterator[Fact]]:
        yield self.assessments()
        yield self.attestations()
        yield self.permissions()
        yield self.rule_facts()
        yield self.vetoes()
        yield self.happenings()

    def assessments(self) -> Iterator[Fact]:
        for name, category in self.world.categories.items():
            for stage in self.world.stages:
                for _ in self.many() if category.assessed else self.many((0, 0, 0, 0, 0, 1)):
                    by = self.by(category.assessed.text if category.assessed else self.roles[0])
                    level = self.rng.choice(self.world.ladders[category.ladder.text])
                    basis = self.rng.choice(("measured", "forecast", "precautionary"))
                    yield self.fact("assessment", name, stage=stage or None, level=level, by=by, basis=basis)

    def attestations(self) -> Iterator[Fact]:
        for name, control in self.world.controls.items():
            for _ in self.many() if control.attested else self.many((0, 0, 0, 0, 0, 1)):
                level = self.rng.choice(self.world.ladders[control.ladder.text]) if control.ladder else None
                by = self.by(control.attested.role.text if control.attested else self.roles[0])
                yield self.fact("attestation", name, level=level, by=by)

    def about(self, action: str) -> str:
        """A leaf of an action, the action itself, or above it."""
        leaves = [leaf for leaf in self.world.leaves if leaf.startswith(action)] or [action]
        above = {action.rsplit(".", 1)[0]} if "." in action else set()
        return self.rng.choice((*leaves, action, *sorted(above)))

    def permissions(self) -> Iterator[Fact]:
        """Approvals and consultations, of what rules and exceptions ask for."""
        effects = [effect for rule in self.world.rules for effect in rule.effects]
        needs = [need for exception in self.world.exceptions for need in exception.requirements]
        for effect in (*effects, *needs):
            if isinstance(effect, syntax.RequireRoles):
                for role in texts(effect.roles):
                    for action in texts(effect.actions) or self.world.leaves:
                        for _ in self.many((0, 1, 1)):
                            yield self.fact(effect.what, self.about(action), by=self.by(role))

    def rule_facts(self) -> Iterator[Fact]:
        """Notifications and waivers."""
        for rule in self.world.rules:
            for effect in rule.effects:
                if isinstance(effect, syntax.NotifyBefore | syntax.NotifyWithin):
                    for role in texts(effect.roles):
                        for _ in self.many((0, 1, 2)):
                            yield self.fact("notification", rule.name.text, to=self.by(role))
            for _ in self.many((0, 1)) if rule.waivable else self.many((0, 0, 0, 0, 1)):
                by = self.by(rule.waivable.text if rule.waivable else self.roles[0])
                actions = (self.about(self.rng.choice(self.world.leaves)),) if self.chance(0.3) else ()
                yield self.fact("waiver", rule.name.text, by=by, actions=actions)

    def vetoes(self) -> Iterator[Fact]:
        for veto in self.world.vetoes:
            for role in texts(veto.roles):
                for _ in self.many((0, 0, 1)):
                    about = self.about(self.rng.choice(texts(veto.actions)))
                    yield self.fact("veto", about, by=self.by(role))

    def happenings(self) -> Iterator[Fact]:
        for event in self.world.events:
            for _ in self.many((0, 1, 1, 2)):
                yield self.fact("event", event)
        for duty in self.world.duties:
            for _ in self.many((0, 1, 2)):
                yield self.fact("duty", duty.name.text, by=self.by(duty.by.text))


CALENDAR = tuple(unit for unit in Unit if unit not in (Unit.NONE, Unit.PERCENT, Unit.FACTOR, Unit.FLOP))


def domain(measure: syntax.Measure) -> tuple[Fraction, Fraction | None]:
    """The domain of a measure; None where it has no end."""
    if measure.type.name.text == "score":
        assert measure.type.low is not None
        return (measure.type.low, measure.type.high)
    return (Fraction(0), Fraction(1) if measure.type.name.text in ("rate", "finding") else None)


def between(measure: syntax.Measure, first: Fraction, last: Fraction) -> Fraction:
    """A value half way between two; a count stays whole."""
    middle = (first + last) / 2
    return Fraction(int(middle)) if measure.type.name.text == "count" else middle


def written(kind: str, value: Fraction) -> Quantity:
    """A value of a kind as a quantity in its base unit."""
    return Quantity(value, BASE_UNITS.get(kind, Unit.NONE))


def narrowed(
    module: syntax.Module, evidence: Evidence, as_of: Moment, *, rng: random.Random, exact: bool = False
) -> Evidence:
    """The evidence with each interval narrowed at random, or to one exact value; for the exact form of the policy.

    A category that is only assessed, and is not, is assessed when `exact`; attempts that are not known become known.
    """
    maker, world = _Maker(module, as_of, rng), World(module, evidence, as_of)
    readings = []
    for name, measure in world.measures.items():
        for stage in [""] if measure.unstaged else world.stages:
            low, high = interval_of(world, name, stage)
            inside = [value for value in maker.thresholds(measure) if low <= value <= high]
            inside += [end for end in (low, high) if isinstance(end, Fraction)]
            first, last = sorted((rng.choice(inside), rng.choice(inside)))
            last = first if exact else last
            if first != last and rng.random() < 0.5 and measure.type.name.text != "finding":
                first = between(measure, first, last)
            reading = reading_of(measure, stage, first, last)
            readings += [reading] if reading else []
    facts = list(evidence.facts)
    for name, category in world.categories.items():
        for stage in world.stages:
            if exact and not category.clauses and category.assessed and not assessments(world, name, stage):
                level = rng.choice(world.ladders[category.ladder.text])
                by = category.assessed.text
                made = maker.fact("assessment", name, stage=stage or None, level=level, by=by, expires=None)
                facts.append(dataclasses.replace(made, persons=()))  # nobody is barred from anything by it
    attempt = rng.choice((1, 2, 3, 4)) if evidence.subject.attempt is None else evidence.subject.attempt
    subject = dataclasses.replace(evidence.subject, attempt=attempt)
    return dataclasses.replace(evidence, subject=subject, readings=tuple(readings), facts=tuple(facts))


def reading_of(measure: syntax.Measure, stage: str, low: Fraction, high: Fraction) -> Reading | None:
    """A reading that qualifies in the exact form of a policy and says an interval; None for an open finding."""
    kind = measure.type.name.text
    said: dict[str, Any] = {"interval": (written(kind, low), written(kind, high))}
    if kind == "finding":
        if low != high:
            return None
        said = {"value": bool(low)}
    elif low == high:
        said = {"value": written(kind, low)}
    return Reading(measure=measure.name.text, stage=stage or None, status="success", attributes={}, place=PLACE, **said)


def shuffled(evidence: Evidence, rng: random.Random) -> Evidence:
    """The same evidence in another order."""
    readings, facts = list(evidence.readings), list(evidence.facts)
    rng.shuffle(readings)
    rng.shuffle(facts)
    return dataclasses.replace(evidence, readings=tuple(readings), facts=tuple(facts))
