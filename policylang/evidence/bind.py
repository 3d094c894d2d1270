"""From logs to readings: which log feeds which measure, and what its outcomes are as units of that measure.

A measure says where its readings come from (`from inspect "task" version "…" metric "…"`), what one unit is, how the
attempts at a unit become its outcome, and how attempts without an outcome count. Everything here is careful: what was
planned and is not there stays in the count; attempts that are missing leave their unit without an outcome; and where a
log cannot count as evidence of safety anyway, they are taken as harmless, so that it still shows the danger it shows.

Outcomes of units with a single attempt that are all 0 or 1 become counts. Means of several attempts stay means, also
where they happen to be 0 or 1: which test is used must not depend on how the run came out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

from policylang.diagnostics import Diagnostic, quoted
from policylang.evidence.facts import Reading, Stated
from policylang.evidence.logs import Attempt, Log, Score, Why
from policylang.graph.nodes import Binding, Measure
from policylang.kinds import Kind, Quantity, Unit, parse_unit
from policylang.source import Place, Source, Span

_TOOLS = {"lm_evaluation_harness": "lm_eval", "inspect_ai": "inspect"}
_MEANS = ("accuracy", "mean")
_NEAR = Fraction(1, 10**9)
_UNITS_SHOWN = 3
_NOT_PLANNED = "it does not say how many units were planned"
_COUNTED: tuple[tuple[Why, str], ...] = (("refusal", "refused"), ("no_answer", "no_answer"), ("error", "errored"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """The readings that logs give, and what is to be said: logs that feed nothing, measures that nothing feeds."""

    readings: tuple[Reading, ...]
    findings: tuple[Diagnostic, ...]


def bind(logs: Sequence[Log], measures: Iterable[Measure], stated: Stated, fed_by_files: Collection[str] = ()) -> Bound:
    """The readings of the measures in some logs, in the order of logs and measures.

    `fed_by_files` names the measures that have readings without logs.
    """
    bound = [measure for measure in measures if measure.bindings]
    readings: list[Reading] = []
    findings: list[Diagnostic] = []
    used: set[int] = set()
    fed = set(fed_by_files)
    others, several = _of_others(logs, stated)
    for number, log in enumerate(logs):
        for measure in bound if number not in others else ():
            binding = next((one for one in measure.bindings if _is_of(one, log)), None)
            if binding is None:
                continue
            used.add(number)
            fed.add(measure.name)
            made = several.get(log.name) or _Binder(log, measure, stated, binding).reading()
            if isinstance(made, Reading):
                readings.append(made)
            else:
                findings.append(made)
    findings += _unused(logs, used, bound)
    findings += [_unfed(measure) for measure in bound if measure.name not in fed]
    return Bound(readings=tuple(readings), findings=tuple(dict.fromkeys(findings)))


def _of_others(logs: Sequence[Log], stated: Stated) -> tuple[set[int], dict[str, Diagnostic]]:
    """In files with results of several models: the logs of other models, and files where nothing says which is ours."""
    models: dict[str, set[str]] = {}
    for log in logs:
        models.setdefault(log.name, set()).add(log.model)
    tables = {name for name, found in models.items() if len(found) > 1}
    ours = _names(stated.models)
    others = {n for n, log in enumerate(logs) if log.name in tables and ours and not _is_one_of(log.model, ours)}
    unsaid = sorted(name for name in tables if not ours)
    return others, {name: _which(name, len(models[name])) for name in unsaid}


def _which(name: str, count: int) -> Diagnostic:
    message = f"`{name}` has results of {count} models, and nothing says which of them is the subject"
    return Diagnostic(
        code="E313", message=message, place=None, help="state the name that the subject's model has there"
    )


def _names(models: Iterable[str]) -> set[str]:
    """The names of a model, with its publisher and without."""
    return {part for model in models for part in (model.lower(), model.lower().rpartition("/")[2])}


def _is_one_of(model: str, names: set[str]) -> bool:
    return model.lower() in names or model.lower().rpartition("/")[2] in names


def _is_of(binding: Binding, log: Log) -> bool:
    """Whether a log is of the task, and the version where one is named, that a binding names."""
    tool = _TOOLS.get(binding.tool, binding.tool)
    return tool == log.tool and binding.task in log.tasks and binding.version in ("", log.task_version)


def _unused(logs: Sequence[Log], used: set[int], measures: Sequence[Measure]) -> list[Diagnostic]:
    """The files none of whose logs feeds a measure; one file may have many tasks."""
    fed = {logs[number].name for number in used}
    found: dict[str, list[Log]] = {}
    for log in logs:
        if log.name not in fed:
            found.setdefault(log.name, []).append(log)
    return [_unmatched(name, parts, measures) for name, parts in found.items()]


def _unmatched(name: str, logs: Sequence[Log], measures: Sequence[Measure]) -> Diagnostic:
    tasks = [log.task for log in logs]
    shown = quoted(tasks[:_UNITS_SHOWN]) + (
        f" and {len(tasks) - _UNITS_SHOWN} more" if len(tasks) > _UNITS_SHOWN else ""
    )
    version = next(
        (
            f"`{measure.name}` is bound to version `{one.version}`, and the log is of `{log.task_version or 'none'}`"
            for log in logs
            for measure in measures
            for one in measure.bindings
            if one.version and one.task in log.tasks
        ),
        "",
    )
    message = f"`{name}` feeds no measure: it is of {logs[0].evaluator}, task {shown}"
    remedy = version or f'bind a measure to it: `from {logs[0].tool} "{tasks[0]}"`'
    return Diagnostic(code="E311", severity="warning", message=message, place=None, help=remedy)


def _unfed(measure: Measure) -> Diagnostic:
    wanted = quoted(
        [f"{one.tool} {one.task}" + (f" {one.version}" if one.version else "") for one in measure.bindings], "or"
    )
    message = f"no log feeds `{measure.name}`"
    return Diagnostic(code="E312", severity="warning", message=message, place=None, help=f"it is bound to {wanted}")


class _Unusable(Exception):
    """A log cannot be a reading of the measure at all."""


class _Binder:
    """One log on its way to a reading of one measure."""

    def __init__(self, log: Log, measure: Measure, stated: Stated, binding: Binding) -> None:
        self.log = log
        self.measure = measure
        self.stated = stated
        self.binding = binding
        self.faults = [*log.faults, *self.other_model()]
        self.treated = dict(measure.outcomes)
        self.worst = Fraction(1 if measure.worse == "higher" else 0)
        self.shows_danger_only = False
        self.stage = None if measure.stages == (None,) else stated.stage  # one call states one stage for all its logs

    def reading(self) -> Reading | Diagnostic:
        """The reading; or why there can be none."""
        try:
            if self.stage not in self.measure.stages:
                raise _Unusable(self.stage_wanted())
            score = self.score()
            result = self.result(score)
        except _Unusable as error:
            message = f"`{self.log.name}` cannot be a reading of `{self.measure.name}`: {error}"
            remedy = "name what is meant in the measure's `from … metric`, or give the reading as evidence"
            return Diagnostic(code="E313", message=message, place=None, help=remedy)
        log, stated = self.log, self.stated
        return Reading(
            **{
                "measure": self.measure.name,
                "stage": self.stage,
                "at": log.started or log.completed,
                "effective_compute": stated.effective_compute,
                "attributes": dict(stated.attributes),
                "status": log.status,
                "run": log.run or log.digest,
                "looks": log.looks if log.looks != 1 else None,
                "evaluator": log.evaluator,
                "source": log.name,
                "revision": stated.revision,
                "configuration": stated.configuration,
                "attempt": stated.attempt,
                "faults": tuple(dict.fromkeys(self.faults)),
                "place": Place(Source(name=log.name, text=""), Span(0, 0)),
                **result,
            }
        )

    def stage_wanted(self) -> str:
        """What is wrong with the stage that is stated, or not."""
        stages = quoted([stage for stage in self.measure.stages if stage is not None], "or")
        if self.stage is None:
            return f"a log does not say at which stage it was made; state {stages}"
        return f"the measure has no stage `{self.stage}`, only {stages}"

    def other_model(self) -> list[str]:
        """Whether the log is of another model than the subject, as far as names tell."""
        model = self.log.model
        if not self.stated.models or _is_one_of(model, _names(self.stated.models)):
            return []
        return [f"it is of the model `{model}`" if model else "it does not say of which model it is"]

    # Which score

    def score(self) -> Score | None:
        """The score that the binding means; None where the log has none at all."""
        metric, scores = self.binding.metric, self.log.scores
        if metric:
            found = [one for one in scores if _has(one, metric)]
            if not found and metric in _MEANS:  # a run that did not finish states nothing
                found = [one for one in scores if not one.stated]
        else:
            found = list(scores)
        if not found and not scores:
            return None
        if len(found) != 1:
            names = quoted(sorted(f"{one.scorer}/{name}" for one in (found or scores) for name in one.stated)[:8], "or")
            what = f"a metric `{metric}`" if metric else "one score"
            raise _Unusable(
                f"it has {'several of' if found else 'not'} {what}; name {names}" if names else f"it has not {what}"
            )
        return found[0]

    def result(self, score: Score | None) -> dict[str, Any]:
        """The fields of the reading that say what came out."""
        if score is None:
            return self.nothing(self.log.planned)
        self.faults += score.faults
        if score.outcomes is None or not self.is_mean(score):
            return self.aggregate(score)
        if self.measure.kind not in (Kind.RATE, Kind.SCORE, Kind.FINDING):
            return self.aggregate(score)
        return self.outcomes(score.outcomes)

    def is_mean(self, score: Score) -> bool:
        """Whether the metric that is meant is the mean of the outcomes, rather than something else made of them."""
        metric = self.binding.metric.rpartition("/")[2]
        return not metric or metric in (*_MEANS, score.name, score.scorer) or metric not in score.stated

    def nothing(self, planned: int | None) -> dict[str, Any]:
        """A run in which nothing was scored."""
        if not planned or self.measure.kind is not Kind.RATE:
            raise _Unusable("nothing in it was scored")
        return {"n": planned, "scored": 0, "successes": 0}

    # Aggregates

    def aggregate(self, score: Score) -> dict[str, Any]:
        """A stated value without the outcomes behind it."""
        metric = self.binding.metric.rpartition("/")[2]
        name = next((one for one in (metric, score.scorer, *_MEANS, score.name) if one in score.stated), None)
        name = name if name is not None or len(score.stated) != 1 else next(iter(score.stated))
        value = score.stated.get(name) if name is not None else None
        if value is None:
            raise _Unusable("its result is no number" if name is not None else "its metric is not named")
        unit = parse_unit(score.unit) if score.unit else _BASE.get(self.measure.kind, Unit.NONE)
        quantity = Quantity(value, unit)
        self.check_range(quantity)
        if self.measure.kind is Kind.FINDING:
            return {"value": value > 0}
        if score.bounds is not None:
            return {"interval": (Quantity(score.bounds[0], unit), Quantity(score.bounds[1], unit)), "n": score.n}
        if self.measure.kind is Kind.RATE and score.n:
            return self.counted(value, score.n)
        return {"value": quantity}

    def counted(self, value: Fraction, scored: int) -> dict[str, Any]:
        """A rate with the number behind it: counts, when it is a number of successes."""
        successes = round(value * scored)
        if abs(value - Fraction(successes, scored)) > _NEAR:
            self.faults.append(f"it states a rate that no number of {scored} gives")
            return {"value": Quantity(value, Unit.NONE)}
        if self.log.planned is None:
            self.faults.append(_NOT_PLANNED)
        return {"n": max(scored, self.log.planned or 0), "scored": scored, "successes": successes}

    def check_range(self, quantity: Quantity) -> None:
        """Refuse a value outside the range of the measure; a rate above 1 may be per cent, and nothing says so."""
        low, high = self.measure.low, self.measure.high
        if quantity.value < low or (high is not None and quantity.value > high):
            raise _Unusable(f"its value {float(quantity.number):g} lies outside the range of the measure")

    # Outcomes

    def outcomes(self, found: Mapping[str, tuple[Attempt, ...]]) -> dict[str, Any]:
        """Outcomes by unit: counts where they are one attempt each and all or nothing, else means."""
        planned = max(self.log.planned or 0, len(found))
        if self.log.planned is None:
            self.faults.append(_NOT_PLANNED)
        tries = max([self.log.epochs, *map(len, found.values())])
        if self.measure.unit == "sample":
            found = {f"{unit} {n}": (one,) for unit, attempts in found.items() for n, one in enumerate(attempts, 1)}
            planned, tries = max(planned * tries, len(found)), 1
        elif self.measure.unit == "family":
            found, planned = self.families(found, planned)
            tries = max(tries, *map(len, found.values()), 2)
        single = tries == 1
        units = {unit: [self.placed(one) for one in attempts] for unit, attempts in found.items()}
        if single and self.measure.kind is Kind.RATE and _binary(units):
            return self.counts(units, planned)
        tries = 0 if self.measure.unit == "family" else tries
        self.shows_danger_only = bool(self.faults) or self.log.status != "success"
        reduced = {unit: self.reduced(attempts, tries) for unit, attempts in units.items()}
        scored = {unit: value for unit, value in reduced.items() if value is not None}
        if self.measure.kind is Kind.FINDING:
            return self.finding(list(scored.values()), planned)
        whole = self.measure.score != "mean" and all(value in (0, 1) for value in scored.values())
        if whole and self.measure.kind is Kind.RATE and self.measure.score in ("any", f"pass@{tries}"):
            return {"n": planned, "scored": len(scored), "successes": int(sum(scored.values()))}
        if not scored:
            return self.nothing(planned)
        return {"n": planned, "units": scored}

    def placed(self, attempt: Attempt) -> Attempt:
        """An attempt with its outcome between 0 and 1, as its place in the range of the measure."""
        if attempt.value is None:
            return attempt
        low, high = self.measure.low, self.measure.high
        value = attempt.value
        if self.measure.kind is Kind.SCORE and high is not None and high > low:
            value = (value - low) / (high - low)
        if not 0 <= value <= 1:
            raise _Unusable(f"an outcome {float(attempt.value):g} lies outside the range of the measure")
        return attempt if value == attempt.value else Attempt(value)

    def families(
        self, found: Mapping[str, tuple[Attempt, ...]], planned: int
    ) -> tuple[dict[str, tuple[Attempt, ...]], int]:
        """The attempts by family. Units that are not there are of nobody knows which, so each counts as one more."""
        families = self.log.families
        pooled: dict[str, list[Attempt]] = {}
        for unit, attempts in found.items():
            pooled.setdefault(families.get(unit, f"unit {unit}"), []).extend(attempts)
        if any(unit not in families for unit in found):
            self.faults.append("it does not say of which family its units are")
        return {family: tuple(attempts) for family, attempts in pooled.items()}, len(pooled) + planned - len(found)

    def counts(self, units: Mapping[str, Sequence[Attempt]], planned: int) -> dict[str, Any]:
        """Counts of units with one attempt each; how those without an outcome count is for the measure to say."""
        attempts = [attempts[0] for attempts in units.values() if attempts]
        values = [one.value for one in attempts if one.value is not None]
        without = {name: sum(one.why == why for one in attempts) for why, name in _COUNTED}
        counted = {name: number for name, number in without.items() if number}
        return {"n": planned, "scored": len(values), "successes": int(sum(values)), **counted}

    def finding(self, values: Sequence[Fraction], planned: int) -> dict[str, Any]:
        """Whether anything was found; that nothing was needs every unit."""
        found = any(value == 1 for value in values)
        if not found and len(values) < planned:
            self.faults.append(f"{planned - len(values)} of its {planned} units were not scored")
        return {"value": found, "n": planned}

    def reduced(self, attempts: Sequence[Attempt], tries: int) -> Fraction | None:
        """The outcome of a unit from its attempts; None where it has none."""
        known = [value for one in attempts if (value := self.value(one)) is not None]
        missing = max(len(attempts), tries) - len(known)
        if missing and self.shows_danger_only:
            known += [1 - self.worst] * missing  # it shows danger only, and shows no less for what is missing
            missing = 0
        score = self.measure.score
        if score == "any":
            best = max(known, default=Fraction(0))
            return best if best == 1 or not missing else None
        if missing or not known:
            return None
        if score == "mean":
            return sum(known, Fraction(0)) / len(known)
        k = int(score.removeprefix("pass@"))
        if k > len(known) or any(value not in (0, 1) for value in known):
            self.faults.append(f"pass@{k} needs {k} attempts at each unit, each a success or none")
            return sum(known, Fraction(0)) / len(known)
        return 1 - Fraction(comb(known.count(Fraction(0)), k), comb(len(known), k))

    def value(self, attempt: Attempt) -> Fraction | None:
        """The outcome of an attempt, with what the measure says about attempts that have none."""
        if attempt.value is not None:
            return attempt.value
        return {"dangerous": self.worst, "safe": 1 - self.worst}.get(self.treated.get(attempt.why, "missing"))


_BASE = {Kind.COMPUTE: Unit.FLOP, Kind.DURATION: Unit.SECOND, Kind.FACTOR: Unit.FACTOR}


def _has(score: Score, metric: str) -> bool:
    """Whether a metric, as a binding names it, is of a score: `accuracy`, `scorer`, `scorer/accuracy`."""
    scorer, slash, name = metric.rpartition("/")
    if metric in (score.name, score.scorer) or metric in score.stated:
        return True
    return bool(slash) and scorer in (score.scorer, score.name) and (name in score.stated or name == score.name)


def _binary(units: Mapping[str, Sequence[Attempt]]) -> bool:
    """Whether every outcome is all or nothing."""
    return all(one.value in (None, 0, 1) for attempts in units.values() for one in attempts)
