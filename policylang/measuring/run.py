"""One model measured: elicited where tasks ask for it, asked until all is known or enough is, and what came of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from policylang import plugins
from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.asking import SUBJECT, Handed, Plan, Runner
from policylang.evidence.facts import Stated
from policylang.evidence.logs import Log
from policylang.measuring.eliciting import Eliciting
from policylang.measuring.outcome import Measured, log_of, readings
from policylang.measuring.session import Models, Session
from policylang.measuring.stopping import Rule, ask_until
from policylang.measuring.store import Store
from policylang.measuring.work import Job, Preparing, Work, check_duplicates

SAVE_EVERY = 10.0
"""Seconds between two looks at what is there, for whoever keeps it."""


@dataclass(frozen=True, kw_only=True)
class Watching:
    """Who is told what: of the requests answered, of what is being done, and of what is there so far."""

    progress: Callable[[int, int], None] = lambda _done, _all: None
    say: Callable[[str], None] = lambda _text: None
    plan: Callable[[Mapping[str, Plan]], None] | None = None  # asked for, since finding out takes time itself
    save: Callable[[Sequence[Measured]], None] = lambda _measured: None


class Measurement:
    """The measurement of one model. `measured` is what is there, at any time."""

    def __init__(
        self, work: Work, preparing: Preparing, store: Store, watching: Watching, *, began: Mapping[str, str]
    ) -> None:
        """Nothing is opened or asked yet; `began` is when each run first began."""
        openers = {name: partial(preparing.opens, one.spec) for name, one in work.weights.items()}
        self.work = work
        self.interrupted = False
        self._models = Models(openers, {name: one.digest for name, one in work.weights.items()})
        self._preparing = preparing
        self._store = store
        self._watching = watching
        self._began = began
        self._jobs = [job for job in work.jobs if job.part is not None]
        self._logs: dict[int, Log] = {}
        self._asked: list[int] | None = None
        self._looks = 1
        self._saved = time.monotonic()
        self._session = self._new_session()

    @property
    def models(self) -> Models:
        """The models, for whoever plans."""
        return self._models

    def plan(self) -> Mapping[str, Plan]:
        """What it would take, model by model; tasks of other tools, elicitation and second questions are not in it."""
        self._prepare()
        return self._session.plan()

    def measure(self, rule: Rule | None = None, stated: Stated | None = None) -> list[Measured]:
        """Measure everything, or until the rule has enough; interrupted, what is there. Raises EvidenceError."""
        try:
            self._watching.save(self.measured())
            self._elicit()
            self._prepare()
            if self._watching.plan is not None:
                self._watching.plan(self._session.plan())
            if rule is None:
                self._session.ask((n, item) for n, part in enumerate(self._session.parts) for item in part.items)
            else:
                self._ask_until(rule, stated or Stated())
            self._hand_over()
        except KeyboardInterrupt:
            self.interrupted = True
            self._session.finish_answered()
        return self.measured()

    def measured(self) -> list[Measured]:
        """How far each job has come, in the order of the suite."""
        found = self._measured(self._asked)
        for number, job in enumerate(self.work.jobs):
            if number in self._logs:
                found.append(Measured(job=job, log=self._logs[number]))
        return found

    @property
    def saved_requests(self) -> tuple[int, int]:
        """How many requests were asked, and how many were known from before."""
        return self._session.asked, self._session.known

    def close(self) -> None:
        """Close the models."""
        self._models.close()

    def _measured(self, asked: Sequence[int] | None) -> list[Measured]:
        """Our own jobs; with `asked`, each ended after so many items."""
        return [
            log_of(
                self.work,
                job,
                self._session.results[number],
                began=self._began[job.run],
                asked=None if asked is None else asked[number],
                looks=self._looks,
            )
            for number, job in enumerate(self._jobs)
        ]

    # Steps

    def _new_session(self) -> Session:
        parts = [job.part for job in self._jobs if job.part is not None]
        return Session(parts, self._models, self._store, self._tell)

    def _elicit(self) -> None:
        if not any(job.task.elicitation for job in self._jobs):
            return
        eliciting = Eliciting(self._preparing, self._models, self._store, self._watching.say)
        found = []
        for job in self._jobs:
            assert job.part is not None
            found.append(eliciting.elicited(job, self.work.weights[job.part.models[SUBJECT]]))
        self._jobs = found
        self._session = self._new_session()

    def _prepare(self) -> None:
        """Begin every item, so that a row of no use is found before any model is asked, and leave out doubles."""
        self._session.begin((n, item) for n, part in enumerate(self._session.parts) for item in part.items)
        doubles = set(check_duplicates(self._jobs, self._session.first_requests()))
        if doubles:
            self._jobs = [_without(job, {name for n, name in doubles if n == at}) for at, job in enumerate(self._jobs)]
            self._session = self._new_session()

    def _ask_until(self, rule: Rule, stated: Stated) -> None:
        measures = [(job.task.measure, job.stage) for job in self._jobs]

        def needed(asked: Sequence[int]) -> frozenset[tuple[str, str | None]]:
            self._watching.save(self.measured())
            return rule.needed(readings(self._measured(asked), stated, rule.graphs))

        self._asked, self._looks = ask_until(self._session, measures, needed)

    def _hand_over(self) -> None:
        """Run the tasks of other tools."""
        for number, job in enumerate(self.work.jobs):
            if isinstance(job.found.evaluator, Runner) and number not in self._logs:
                self._watching.say(f"{job.title}: run by {job.found.name}")
                folder = Path(f"{self._store.path}.logs") / job.run
                self._logs[number] = _run(self.work, job, folder)

    def _tell(self, done: int, of: int) -> None:
        self._watching.progress(done, of)
        if time.monotonic() - self._saved > SAVE_EVERY:
            self._saved = time.monotonic()
            self._watching.save(self.measured())


def _without(job: Job, names: set[str]) -> Job:
    assert job.part is not None
    assert job.planned is not None
    items = tuple(item for item in job.part.items if item.name not in names)
    units = {job.unit_of[item.name] for item in items}
    gone = {job.unit_of[name] for name in names} - units
    note = f"{len(names)} rows that ask what another asks were left out"
    return replace(
        job,
        part=replace(job.part, items=items),
        unit_of={name: unit for name, unit in job.unit_of.items() if name not in names},
        planned=job.planned - len(gone),
        notes=(*job.notes, note),
    )


def _run(work: Work, job: Job, folder: Path) -> Log:
    """The log of a task that another tool runs; one that is there from before is read again."""
    assert isinstance(job.found.evaluator, Runner)
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "done"
    if not done.exists():
        handed = Handed(
            model=work.weights[SUBJECT].spec.path,
            task=job.task.name,
            folder=str(folder),
            limit=job.task.limit,
            seed=job.task.seed,
            beside=str(Path(work.source.name).parent),
        )
        done.write_text(job.found.evaluator.run(handed, job.settings), "utf-8")
    logs = plugins.read_logs(done.read_text("utf-8"))
    if len(logs) != 1:
        message = f"the log of task `{job.task.name}` has {len(logs)} tasks in it, and one is wanted"
        raise EvidenceError([Diagnostic(code="E546", message=message, place=None, help="name one task of the tool")])
    configured = {"digest": work.configuration} if work.configuration else {}
    return replace(logs[0], model=work.name, revision=work.revision, configuration=configured)
