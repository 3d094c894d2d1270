"""What logs say, for people: remarks on each, and readings of measures made up from them where no policy is at hand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.bind import bind
from policylang.evidence.document import visible
from policylang.evidence.facts import Evidence, Stated
from policylang.evidence.gather import Given, subject_of
from policylang.evidence.logs import Log, Score
from policylang.evidence.merge import read_evidence
from policylang.graph.nodes import Binding, Measure, Where
from policylang.kinds import Kind

_NO_LOG = Diagnostic(
    code="E304",
    message="none of these files is a log of a tool that is known",
    place=None,
    help="`policyc explain E304` lists the logs that are read",
)
_MAX_SHOWN = 8
_LETTERS = re.compile("[^a-z0-9]+")


def remarks(logs: Sequence[Log]) -> list[str]:
    """Lines about logs: what each is of, and all that it says beside its outcomes."""
    lines: list[str] = []
    for log in logs:
        lines += ["", *(_shown(line) for line in _about(log))]
    return lines[1:]


def preview(given: Given, stated: Stated) -> tuple[Evidence, list[str]]:
    """The evidence that logs would give under a policy with a measure for each of their results, and remarks.

    Raises EvidenceError where nothing of them could be a reading, or the files are wrong.
    """
    measures = _measures(given.logs, stated.stage)
    if not given.logs:
        raise EvidenceError([_NO_LOG])
    evidence = read_evidence(given.sources, subject_of(given.logs, stated))
    bound = bind(given.logs, measures, replace(stated, models=stated.models or (evidence.subject.model,)))
    wrong = [found for found in bound.findings if found.severity == "error"]
    if wrong and not bound.readings:
        raise EvidenceError(wrong)
    lines = ["No policy is named: each result stands as a measure named after its task.", ""]
    lines += [_shown(f"left out: {found.message}") for found in wrong]
    return replace(evidence, readings=bound.readings), [*lines, *remarks(given.logs)]


def _about(log: Log) -> Iterator[str]:
    yield f"{log.name}"
    task = log.task + (f", version {log.task_version}" if log.task_version else "")
    yield f"  {log.evaluator}, task {task}, model {log.model or 'not stated'}"
    done = "" if log.attempts_completed is None else f", {log.attempts_completed} attempts completed"
    planned = "planned units not stated" if log.planned is None else f"{log.planned} units planned"
    epochs = f" in {log.epochs} epochs" if log.epochs > 1 else ""
    yield f"  status {log.status or 'not stated'}, {planned}{epochs}{done}"
    dates = [f"{word} {moment}" for word, moment in (("began", log.started), ("ended", log.completed)) if moment]
    if dates:
        yield f"  {', '.join(dates)}"
    if log.commit:
        yield f"  code {log.commit}" + (", with changes that were not committed" if log.dirty else "")
    for what, pairs in (("limits", log.limits), ("configuration", log.configuration)):
        if pairs:
            yield f"  {what}: " + ", ".join(f"{name} = {value}" for name, value in list(pairs.items())[:_MAX_SHOWN])
    yield from (f"  fault: {fault}" for fault in log.faults)
    yield from (f"  note: {note}" for note in log.notes)
    yield f"  digest {log.digest}"
    for score in log.scores:
        yield f"  {_score(score)}"


def _score(score: Score) -> str:
    stated = [f"{name} {float(value):g}" for name, value in score.stated.items() if value is not None]
    units = "no outcomes" if score.outcomes is None else f"outcomes of {len(score.outcomes)} units"
    name = score.name if score.scorer in ("", score.name) else f"{score.scorer}/{score.name}"
    said = ", ".join(stated[:_MAX_SHOWN])
    faults = "".join(f"; fault: {fault}" for fault in score.faults)
    return f"score {name or 'unnamed'}: {units}" + (f", stated {said}" if said else "") + faults


def _shown(line: str) -> str:
    """A line with nothing in it that a terminal obeys or that ends a remark."""
    return "".join(letter if letter == " " or visible(letter) else "�" for letter in line)


def _measures(logs: Sequence[Log], stage: str | None) -> list[Measure]:
    """A measure for each result of each task, named after the task, and after the scorer where there are several."""
    found: dict[tuple[str, str, str], Measure] = {}
    names: set[str] = set()
    for log in logs:
        for score in log.scores:
            metric = _metric(score) if len(log.scores) > 1 else ""
            key = (log.tool, log.task, metric)
            if key in found:
                continue
            name = _name(log.task) + (f"_{_name(metric)}" if metric else "")
            while name in names:
                name += "_2"
            names.add(name)
            binding = Binding(tool=log.tool, task=log.task, version="", metric=metric)
            found[key] = replace(measure_of(name, score, stage), bindings=(binding,))
    return list(found.values())


def _metric(score: Score) -> str:
    return score.scorer or score.name


def _name(text: str) -> str:
    last = _LETTERS.sub("_", text.rpartition("/")[2].lower()).strip("_")
    return last if last[:1].isalpha() else f"task_{last}".rstrip("_")


def measure_of(name: str, score: Score | None, stage: str | None) -> Measure:
    """A measure that a result can be a reading of: a rate where its outcomes are, else a plain number."""
    outcomes = {} if score is None else score.outcomes or {}
    values = [one.value for tries in outcomes.values() for one in tries if one.value is not None]
    stated = [] if score is None else [value for value in score.stated.values() if value is not None]
    if score is not None and score.unit:
        kind = Kind.DURATION
    elif all(0 <= value <= 1 for value in (values or stated)):
        kind = Kind.RATE
    else:
        kind = Kind.SCORE
    ends = [Fraction(0), Fraction(1), *(values if kind is Kind.SCORE else ()), *(stated if kind is Kind.SCORE else ())]
    return Measure(
        name=name,
        title="",
        kind=kind,
        low=min(ends),
        high=None if kind is Kind.DURATION else max(ends),
        worse="higher",
        stages=(stage,),
        bindings=(),
        unit="task",
        score="mean",
        outcomes=(),
        registered=False,
        margin=None,
        margin_unspecified="",
        needs=(),
        cites=(),
        where=Where(file="", line=1, start=0, end=0),
    )
