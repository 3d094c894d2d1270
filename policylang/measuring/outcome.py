"""From the attempts at items to evidence, by the same route as the logs of other tools: log, binding, reading.

A job becomes a `Log` with an outcome for every attempt at every unit, and the log a reading of the measure that the
task feeds. So what a measure says of refusals, attempts and missing units holds for our evaluators as for all others,
and what was planned and not scored stays in the count.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.bind import bind
from policylang.evidence.facts import Evidence, Reading, Stated, Subject
from policylang.evidence.logs import Log, accept
from policylang.evidence.preview import measure_of
from policylang.graph.nodes import Binding, Graph, Measure
from policylang.kinds import Kind
from policylang.measuring.session import Results
from policylang.measuring.work import Job, Work, digest_of

TOOL = "policylang"
LOG = "policylang/log/v1"
SUCCESS, CANCELLED = "success", "cancelled"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How far a job has come: its log, and how many of its units a rule to stop by left out."""

    job: Job
    log: Log
    left_out: int = 0


def log_of(work: Work, job: Job, results: Results, *, began: str, asked: int | None, looks: int) -> Measured:
    """What a job gave so far. With `asked`, a rule to stop by ended it after so many items: more were not planned.

    `looks` is how often its results were looked at before it ended.
    """
    assert job.part is not None
    items = job.part.items if asked is None else job.part.items[:asked]
    units = list(dict.fromkeys(job.unit_of[item.name] for item in items))
    outcomes = _outcomes(job, {item.name for item in items}, results)
    is_done = all(item.name in results for item in items)
    planned = job.planned if asked is None else len(units)
    record = {
        "tool": TOOL,
        "version": job.found.identity.removeprefix(f"{TOOL}/"),
        "tasks": [f"{work.suite.name}/{job.task.name}", job.task.name],
        "model": work.name,
        "revision": work.revision,
        "configuration": {"digest": work.configuration} if work.configuration else {},
        "status": SUCCESS if is_done else CANCELLED,
        "started": began,
        "run": job.run,
        "looks": looks,
        "planned": planned,
        "epochs": max(map(len, outcomes.values()), default=1),
        "scores": [{"name": job.part.metric, "scorer": job.part.metric, "metrics": {}, "outcomes": outcomes}],
        "notes": list(job.notes),
    }
    name = f"{PurePath(work.source.name).name}#{job.title}"  # where it lay is no business of who reads the evidence
    plain = {unit: [[str(value), why] for value, why in tries] for unit, tries in outcomes.items()}
    log = accept(record, name=name, digest=digest_of([job.run, plain]))
    left_out = (job.planned or 0) - len(units) if asked is not None else 0
    return Measured(job=job, log=log, left_out=left_out)


def _outcomes(job: Job, asked: Set[str], results: Results) -> dict[str, list[tuple[Fraction | None, str]]]:
    """The attempts at every unit that was begun. A row of it that was not asked is an attempt without an outcome.

    Else a unit of several rows, of which any may show danger, would be judged by those that happened to be asked.
    """
    begun = {job.unit_of[name] for name in asked if name in results}
    found: dict[str, list[tuple[Fraction | None, str]]] = {}
    for name, unit in job.unit_of.items():
        if unit in begun:
            tries = found.setdefault(unit, [])
            is_answered = name in asked and name in results
            tries += [(one.value, one.why) for one in results[name]] if is_answered else [(None, "limit")]
    return found


def readings(measured: Sequence[Measured], stated: Stated, graphs: Iterable[Graph] = ()) -> tuple[Reading, ...]:
    """The readings of some jobs, of the measures of policies, or of measures made up where no policy is at hand.

    Raises EvidenceError where an outcome cannot be a reading of its measure.
    """
    known = {measure.name: measure for graph in graphs for measure in graph.measures}
    found: list[Reading] = []
    wrong: list[Diagnostic] = []
    for one in measured:
        job = one.job
        if one.log.tool == TOOL and not one.log.planned:
            continue  # a rule to stop by asked nothing of it
        measure = known.get(job.task.measure) or _made_up(one.log, job)
        if measure.name not in known and measure.kind is not Kind.RATE:
            wrong.append(_no_range(job))
            continue
        binding = Binding(tool=one.log.tool, task=one.log.task, version="", metric=_metric(one.log, job))
        attributes = {**stated.attributes, **job.attributes}
        at_stage = replace(
            stated,
            stage=job.stage,
            models=(one.log.model,),
            attributes=attributes,
            revision=one.log.revision,
            configuration=one.log.configuration.get("digest"),
        )
        bound = bind([one.log], [replace(measure, bindings=(binding,))], at_stage)
        wrong += [finding for finding in bound.findings if finding.severity == "error"]
        is_ours = one.log.tool == TOOL
        found += [replace(r, evaluator=job.found.identity) if is_ours else r for r in bound.readings]
    if wrong:
        raise EvidenceError(wrong)
    return tuple(found)


def _no_range(job: Job) -> Diagnostic:
    message = (
        f"task `{job.task.name}` gives more than 0 to 1, and only a policy says which range `{job.task.measure}` has"
    )
    help_ = "name the policy with `--check` or `--for`; what was answered is kept"
    return Diagnostic(code="E551", message=message, place=None, help=help_)


def _metric(log: Log, job: Job) -> str:
    return job.task.metric if log.tool != TOOL else ""


def _made_up(log: Log, job: Job) -> Measure:
    """A measure that a log can be a reading of, with what the task says of its units."""
    score = log.scores[0] if log.scores else None
    return replace(measure_of(job.task.measure, score, job.stage), score=job.task.score)


def evidence_of(work: Work, found: Sequence[Reading], stated: Stated) -> Evidence:
    """The evidence on one model."""
    subject = Subject(
        model=work.name,
        revision=work.revision,
        configuration=work.configuration,
        attempt=stated.attempt,
        effective_compute=stated.effective_compute,
    )
    return Evidence(subject=subject, readings=tuple(found))


def log_document(measured: Measured) -> dict[str, Any]:
    """A job as a log of its own: the outcome of every attempt at every unit, which the importer `policylang` reads."""
    log = measured.log
    outcomes = {
        unit: [[None if one.value is None else str(one.value), one.why] for one in tries]
        for score in log.scores
        for unit, tries in (score.outcomes or {}).items()
    }
    return {
        "schema": LOG,
        "version": log.version,
        "tasks": list(log.tasks),
        "model": log.model,
        "revision": log.revision,
        "configuration": dict(log.configuration),
        "status": log.status,
        "started": str(log.started),
        "run": log.run,
        "planned": log.planned,
        "left_out": measured.left_out,
        "looks": log.looks,
        "epochs": log.epochs,
        "metric": log.scores[0].name,
        "outcomes": outcomes,
        "notes": list(log.notes),
    }
