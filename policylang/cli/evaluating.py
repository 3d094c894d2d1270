"""A call of `policyc eval`, step by step: suite, work on each model, its measurement, evidence, decision."""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from policylang import plugins
from policylang.cli import check, streams
from policylang.cli.call import Answer, CallError
from policylang.cli.register import record
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment
from policylang.diagnostics import Diagnostic, EvidenceError, nearest, quoted
from policylang.evidence import writer
from policylang.evidence.asking import Backend, ModelSpec, Plan
from policylang.evidence.document import Document, Findings
from policylang.evidence.facts import Evidence, Reading, Stated
from policylang.evidence.merge import read_evidence
from policylang.evidence.reader import MAX_BYTES, MAX_YAML, decode
from policylang.evidence.register import read_register
from policylang.files import Loaded, read_given
from policylang.kinds import Kind
from policylang.measuring.hub import folder_of
from policylang.measuring.outcome import Measured, evidence_of, log_document, readings
from policylang.measuring.run import Measurement, Watching
from policylang.measuring.stopping import Rule, rule
from policylang.measuring.store import Store
from policylang.measuring.suite import read_suite
from policylang.measuring.work import Asked, Preparing, Work
from policylang.reports import measured as reports
from policylang.reports.diagnostics import diagnostics
from policylang.reports.json import encoded
from policylang.reports.style import Look
from policylang.source import Source

_BAR = 24
_EVERY = 0.1  # seconds between two pictures of the bar


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the evidence of one model goes, and where its answers are kept."""

    evidence: Path
    answers: str


class Evaluating:
    """One call. Everything it writes besides its answer are files: evidence, answers, logs, a register."""

    def __init__(
        self, options: argparse.Namespace, rest: Sequence[str], policies: Mapping[str, Loaded], stated: Stated
    ) -> None:
        """Read the suite; raises EvidenceError."""
        self._options = options
        self._others = list(rest[1:])
        self._policies = policies
        self._stated = stated
        suite, document = read_suite(_source(rest[0]))
        self._suite = suite
        self._check_measures(document)
        self._progress = Progress()
        self._preparing = Preparing(suite, document, self._open)

    def answer(self) -> Answer:
        """What was measured, and decided where that was asked for."""
        asked = self._asked()
        found = [self._plan(one) if self._options.plan else self._measure(one) for one in asked]
        if len(found) == 1:
            return found[0]
        worst = max((one.status for one in found), key=_SEVERITY.index)
        return Answer(status=worst, out="\n".join(one.out for one in found), err="".join(one.err for one in found))

    def _check_measures(self, document: Document) -> None:
        """Refuse a task that feeds what no policy of the call has, before anything is measured."""
        known = {name: measure for policy in self._policies.values() for name, measure in policy.graph.measure.items()}
        findings = Findings(document.source)
        for number, task in enumerate(self._suite.tasks if known else ()):
            place = document.value(("tasks", number, "measure"))
            if task.measure not in known:
                message = f"no policy here has a measure `{task.measure}`"
                findings.add("E502", message, place, help=nearest(task.measure, known))
                continue
            stages = [stage for stage in known[task.measure].stages if stage is not None]
            asked = [stage for stage in self._options.stage if not task.stages or stage in task.stages]
            wrong = [stage for stage in asked if stage not in stages]
            if stages and (wrong or not self._options.stage):
                said = f"is not measured at `{wrong[0]}`" if wrong else "is measured at stages, and none is named"
                help_ = f"name `--stage` with {quoted(stages, 'or')}"
                findings.add("E502", f"`{task.measure}` {said}", place, help=help_)
        if findings.found:
            raise EvidenceError(findings.found)

    def _asked(self) -> list[Asked]:
        options = self._options
        if options.format == "json" and len(options.model) > 1:
            raise CallError("C101", "several models give several documents", "measure one at a time, or as text")
        names = options.name or [Path(name.partition("@")[0]).name or name for name in options.model]
        if len(set(names)) != len(names):
            raise CallError("C101", "two models have one name", "give each its own with `--name`")
        stages = tuple(dict.fromkeys(options.stage)) or (None,)
        return [
            Asked(
                model=folder_of(model),
                name=name,
                stages=stages,
                dtype=options.dtype,
                device=options.device,
                threads=options.threads,
            )
            for model, name in zip(options.model, names, strict=True)
        ]

    def _open(self, spec: ModelSpec) -> Backend:
        """A model opened by the engine asked for, which is loaded when the first model is."""
        name = self._options.engine
        try:
            return plugins.engine(name)(spec)
        except ImportError as error:
            message = f"the engine `{name}` needs `{error.name or error}`, which is not installed"
            help_ = "`pip install 'policylang[evaluators]'` installs what measures models"
            raise EvidenceError([Diagnostic(code="E505", message=message, place=None, help=help_)]) from None

    # One model

    def _plan(self, asked: Asked) -> Answer:
        work = self._preparing.work(asked)
        store = Store(self._place(asked).answers if self._options.output or self._options.answers else ":memory:")
        measurement = Measurement(work, self._preparing, store, Watching(), began=dict.fromkeys(_runs(work), ""))
        try:
            plans = measurement.plan()
        finally:
            measurement.close()
            store.close()
        if self._options.format == "json":
            return Answer(status=ExitStatus.DONE, out=encoded(reports.plan_document(plans)))
        return Answer(status=ExitStatus.DONE, out=reports.plan_text(plans, self._look()))

    def _measure(self, asked: Asked) -> Answer:
        place = self._place(asked)
        work = self._preparing.work(asked)
        stop = self._rule(work)
        if stop is not None:
            work = self._preparing.work(replace(asked, rule=stop.name, salt=stop.salt))
        _check_replaceable(place.evidence, work)
        store = Store(place.answers)
        began = self._began(work, store, stop)

        def save(measured: Sequence[Measured]) -> None:
            self._write(place.evidence, work, measured)

        plan = self._progress.plan if _watched() else None
        watching = Watching(progress=self._progress.show, say=self._progress.say, save=save, plan=plan)
        measurement = Measurement(work, self._preparing, store, watching, began=began)
        try:
            measured = measurement.measure(stop, self._stated)
        finally:
            self._progress.clear()
            measurement.close()
            store.close()
        evidence = self._write(place.evidence, work, measured)
        self._write_logs(measured)
        requests = measurement.saved_requests
        table = self._table(work, evidence, measured, path=place.evidence, requests=requests, stop=stop)
        if measurement.interrupted:
            return self._interrupted(table)
        return self._decided(table, place.evidence)

    def _place(self, asked: Asked) -> _Place:
        output = Path(self._options.output or "evidence.yaml")
        if len(self._options.model) > 1:
            output = output / f"{asked.name}.yaml"
        return _Place(evidence=output, answers=self._options.answers or f"{output}.answers")

    def _rule(self, work: Work) -> Rule | None:
        """The rule to stop by, where one is asked for."""
        names = self._options.__dict__["for"]
        if not names:
            return None
        graphs = [self._policies[name].graph for name in names]
        own = Source(name="the subject", text=writer.json_text(evidence_of(work, (), self._stated)))
        given = read_given(self._others)
        if given.logs:
            raise CallError("C101", "a log is given beside the suite", "give its evidence: `policyc evidence` makes it")
        as_of: Moment = self._options.as_of or Moment(datetime.now(UTC).date())
        return rule(graphs, self._options.action, read_evidence([own, *given.sources]), as_of)

    def _began(self, work: Work, store: Store, stop: Rule | None) -> dict[str, str]:
        """When each run first began: a day, and to the second where it was announced."""
        path = self._options.register
        if path is not None:
            self._announce(work, path, stop)
        now = _now()
        found = {}
        for run in _runs(work):
            began = store.began(run, now)
            if self._options.at is not None:
                began = str(self._options.at)
            found[run] = began if path is not None or self._options.at is not None else began[:10]
        return found

    def _announce(self, work: Work, path: str, stop: Rule | None) -> None:
        """Register every run that is not registered yet."""
        known = set()
        if Path(path).exists():
            known = {(one.run, one.measure, one.stage) for one in read_register(_source(path))}
        for job in work.jobs:
            if (job.run, job.task.measure, job.stage) in known:
                continue
            fields = {
                "run": job.run,
                "measure": job.task.measure,
                "stage": job.stage,
                "at": _now(),
                "n": "1" if stop is not None else str(job.planned or 1),
                "revision": work.revision,
                "configuration": work.configuration,
            }
            record(path, {name: value for name, value in fields.items() if value is not None})

    # What is written

    def _write(self, path: Path, work: Work, measured: Sequence[Measured]) -> Evidence:
        """The evidence so far, on disk as a whole or not at all."""
        graphs = [policy.graph for policy in self._policies.values()]
        evidence = evidence_of(work, readings(measured, self._stated, graphs), self._stated)
        text = writer.yaml_text(evidence, [f"measured by policyc eval, suite {work.suite.name}"])
        if path.suffix == ".json" or len(text) > MAX_YAML:
            text = writer.json_text(evidence)
        _replace(path, text)
        return evidence

    def _write_logs(self, measured: Sequence[Measured]) -> None:
        if self._options.logs is None:
            return
        for one in measured:
            if one.job.part is not None:
                path = Path(self._options.logs) / f"{one.job.title}-{one.job.run}.json"
                _replace(path, encoded(log_document(one)))

    def _table(
        self,
        work: Work,
        evidence: Evidence,
        measured: Sequence[Measured],
        *,
        path: Path,
        requests: tuple[int, int],
        stop: Rule | None,
    ) -> reports.Table:
        by_run = {(one.job.run if one.job.part else one.log.run or one.log.digest): one for one in measured}
        confidence = stop.graphs[0].header.confidence if stop else None
        return reports.Table(
            model=work.name,
            revision=work.revision,
            configuration=work.configuration,
            path=str(path),
            lines=tuple(self._line(reading, by_run[reading.run or ""]) for reading in evidence.readings),
            asked=requests[0],
            known=requests[1],
            alpha=reports.ALPHA if confidence is None else 1 - Fraction(confidence),
            anytime=stop is not None,
        )

    def _line(self, reading: Reading, one: Measured) -> reports.Line:
        graphs = [policy.graph for policy in self._policies.values()]
        measure = next((graph.measure[reading.measure] for graph in graphs if reading.measure in graph.measure), None)
        line = reports.Line(
            task=one.job.task.name,
            reading=reading,
            planned=one.log.planned or 0,
            left_out=one.left_out,
            notes=(*one.log.notes, *reading.faults),
        )
        if measure is None or measure.kind is not Kind.SCORE or measure.high is None:
            return line
        return replace(line, kind=measure.kind, low=measure.low, high=measure.high)

    # What is said

    def _interrupted(self, table: reports.Table) -> Answer:
        help_ = "the same command goes on with it; what was answered is kept"
        message = f"interrupted: `{table.path}` has what was measured, of status `cancelled`"
        found = Diagnostic(code="C150", message=message, place=None, help=help_)
        err = diagnostics([found], streams.look(sys.stderr, self._options.color))
        return Answer(status=ExitStatus.NOT_JUDGED, out=self._shown(table), err=err)

    def _decided(self, table: reports.Table, path: Path) -> Answer:
        """The table, and below it the decision where one is asked for."""
        options = self._options
        wanted = options.check
        if not wanted:
            return Answer(status=ExitStatus.DONE, out=self._shown(table))
        call = [*wanted, str(path), *self._others, "--format", options.format, "--color", options.color]
        call += [word for action in options.action for word in ("--for", action)]
        call += ["--as-of", str(options.as_of)] if options.as_of else []
        decided = check.answer(*check.words().read(call))
        out = decided.out if options.format == "json" else f"{self._shown(table)}\n{decided.out}"
        return replace(decided, out=out)

    def _shown(self, table: reports.Table) -> str:
        if self._options.format == "json":
            return encoded(reports.document(table))
        return reports.text(table, self._look())

    def _look(self) -> Look:
        return streams.look(sys.stdout, self._options.color)


_SEVERITY = (ExitStatus.DONE, ExitStatus.UNDETERMINED, ExitStatus.REFUSED, ExitStatus.NOT_JUDGED)


class Progress:
    """On a terminal, a bar with the rate and the time left; elsewhere nothing."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._shown = False
        self._last = 0
        self._from = (0, 0.0)  # how many requests were answered, and when, since which the rate is counted
        self._drawn = 0.0

    def show(self, done: int, of: int) -> None:
        """So many requests of a round are answered."""
        now = time.monotonic()
        if done <= self._last or not self._shown:
            self._from = (done, now)
        elif now - self._drawn < _EVERY and done < of:
            return
        self._last, self._drawn = done, now
        before, start = self._from
        rate = (done - before) / max(1e-6, now - start)
        filled = _BAR * done // max(1, of)
        bar = "━" * filled + " " * (_BAR - filled)
        pace = f" · {rate:.1f}/s · {_left((of - done) / rate)} left" if rate else ""
        self._put(f"{bar} {done} of {of} requests{pace}")

    def say(self, text: str) -> None:
        """Say what is being done."""
        self.clear()
        if _watched():
            streams.write(sys.stderr, f"{text}\n")

    def plan(self, plans: Mapping[str, Plan]) -> None:
        """Say what is to come."""
        self.clear()
        streams.write(sys.stderr, reports.plan_text(plans, Look()) + "\n")

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._put("")
            self._shown = False

    def _put(self, text: str) -> None:
        if _watched():
            streams.write(sys.stderr, f"\r\x1b[2K{text}")
            self._shown = True


def _watched() -> bool:
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except ValueError:  # it is closed
        return False


def _left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _runs(work: Work) -> list[str]:
    return [job.run for job in work.jobs]


def _now() -> str:
    now = datetime.now(UTC)
    return str(Moment(now.date(), now.hour * 3600 + now.minute * 60 + now.second))


def _source(path: str) -> Source:
    """The text of a file; raises CallError."""
    try:
        with Path(path).open("rb") as file:
            return decode(path, file.read(MAX_BYTES + 1))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CallError("C102", f"`{path}` cannot be read: {why}", "name a file that can be read") from None


def _check_replaceable(path: Path, work: Work) -> None:
    """Refuse to write over anything but evidence of this suite on this model."""
    if not path.exists():
        return
    try:
        there = read_evidence([_source(str(path))])
    except EvidenceError:
        there = None
    measures = {job.task.measure for job in work.jobs}
    if (
        there is None
        or there.facts
        or there.subject.model != work.name
        or not {reading.measure for reading in there.readings} <= measures
    ):
        message = f"`{path}` is there, and is no evidence that this suite gave on `{work.name}`"
        raise CallError("C102", message, "name another file with `-o`, or move this one away")


def _replace(path: Path, text: str) -> None:
    """Write a file in one step; raises CallError where that is not possible."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CallError("C110", f"`{path}` cannot be written: {why}", "name a file that can be written") from None
