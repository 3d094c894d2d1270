"""From all that was given to the evidence on one subject: files of evidence, logs bound to measures, a run register.

A log says nothing of stages, of safeguards, of how hard a model was pressed: whoever gives it states that (`Stated`),
once for all logs of a call. Where no file of evidence states the subject, it is the model that the logs are of.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policylang.diagnostics import Diagnostic, EvidenceError, quoted
from policylang.evidence.facts import Evidence, Intent, Stated, Subject
from policylang.evidence.forms import Wrong, read_name
from policylang.evidence.merge import read_evidence, with_readings
from policylang.evidence.register import read_register
from policylang.graph.nodes import Graph, Measure
from policylang.source import Source

if TYPE_CHECKING:
    from policylang.evidence.logs import Log

_SHOWN = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What was given: files of evidence, the logs found, and registers of runs."""

    sources: tuple[Source, ...] = ()
    logs: "tuple[Log, ...]" = ()
    registers: tuple[Source, ...] = ()
    passed_over: tuple[str, ...] = ()  # files in folders that are no logs


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """The evidence, the logs that are in it, and warnings: logs that feed nothing, measures that nothing feeds."""

    evidence: Evidence
    logs: "tuple[Log, ...]" = ()
    warnings: tuple[Diagnostic, ...] = ()


def gather(given: Given, graphs: Sequence[Graph], stated: Stated) -> Gathered:
    """The evidence under some policies; raises EvidenceError with all that is wrong with what was given."""
    otherwise = subject_of(given.logs, stated) if given.logs else None
    evidence = read_evidence(given.sources, otherwise)
    if given.registers:
        evidence = replace(evidence, register=_registered(given.registers))
    if not given.logs:
        return Gathered(evidence=evidence)
    from policylang.evidence.bind import bind  # what states readings only needs no logs

    models = tuple(dict.fromkeys((*stated.models, evidence.subject.model)))
    fed = frozenset(reading.measure for reading in evidence.readings)
    bound = bind(given.logs, _measures(graphs), replace(stated, models=models), fed)
    errors = [finding for finding in bound.findings if finding.severity == "error"]
    if errors:
        raise EvidenceError(errors)
    evidence = with_readings(evidence, bound.readings)
    return Gathered(evidence=evidence, logs=given.logs, warnings=(*_passed_over(given), *bound.findings))


def _passed_over(given: Given) -> Iterator[Diagnostic]:
    """That files in folders are no logs; samples that lie beside the results of their run were read with them."""
    runs = {log.name.rpartition("results_")[2].removesuffix(".json") for log in given.logs}
    names = [name for name in given.passed_over if name.rpartition("_")[2].removesuffix(".jsonl") not in runs]
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        message = f"no log, so passed over: {quoted(names[:_SHOWN])}{more}"
        help_ = "name a file itself to have it read, or refused with the reason"
        yield Diagnostic(code="E314", severity="warning", message=message, place=None, help=help_)


def _measures(graphs: Iterable[Graph]) -> tuple[Measure, ...]:
    """The measures of all policies; one that several declare alike stands once."""
    return tuple(dict.fromkeys(measure for graph in graphs for measure in graph.measures))


def _registered(sources: Iterable[Source]) -> tuple[Intent, ...]:
    return tuple(intent for source in sources for intent in read_register(source))


def subject_of(logs: "Sequence[Log]", stated: Stated) -> Subject | Diagnostic:
    """What the logs are of, for want of a file that says it; or why that cannot be told."""
    models = stated.models[:1] or tuple(sorted({log.model for log in logs}))
    remedy = "say it in a file of evidence, `subject: {model: acme-7b}`, or with `--model`"
    try:
        name = read_name(models[0]) if len(models) == 1 else ""
    except Wrong as wrong:
        message = f"no file says what the evidence is about, and the model of the logs {wrong.message}"
        return Diagnostic(code="E127", message=message, place=None, help=remedy)
    if not name:
        message = f"no file says what the evidence is about, and the logs are of {quoted(models[:8])}"
        return Diagnostic(code="E127", message=message, place=None, help=remedy)
    return Subject(
        model=name,
        revision=stated.revision,
        configuration=stated.configuration,
        attempt=stated.attempt,
        effective_compute=stated.effective_compute,
    )
