"""From a suite and a model to work: tasks at stages with rows, prompts, evaluators and models, and the run's name.

Everything that decides what will be asked is settled here, before any model is opened, and goes into the name of the
run: the rows by their digest, the task as the suite has it, the evaluator by its code, the weights, the configuration,
the order in which rows are asked, and the rule to stop by. So a name that was registered says what will be done, and a
run that was done otherwise has another name.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from policylang import plugins
from policylang.diagnostics import Diagnostic, EvidenceError, nearest, quoted
from policylang.digest import Progress, digest
from policylang.evidence.asking import SUBJECT, Backend, Evaluator, Item, ModelSpec, Runner
from policylang.evidence.document import Document, Findings
from policylang.measuring.around import Around, around
from policylang.measuring.patterns import pattern
from policylang.measuring.rows import Row, Rows, rows
from policylang.measuring.session import Part, same
from policylang.measuring.store import seed_of
from policylang.measuring.suite import Configuration, Dataset, FewShot, Suite, Task, reported
from policylang.measuring.template import Template
from policylang.source import Source


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a call asks for: the model that is measured, the stages, and how it is opened."""

    model: str
    name: str
    stages: tuple[str | None, ...] = (None,)
    dtype: str = "auto"
    device: str = "auto"
    threads: int = 0
    rule: str = ""  # what a run may stop by, as part of its name
    salt: str = ""  # what settles, with what rows say, the order in which a run that may stop asks them


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A model as it is opened, and the digest of its files."""

    spec: ModelSpec
    digest: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """One task at one stage. `part` is None where another tool runs it.

    `unit_of` has the unit of every row of the dataset, asked or not, and `planned` counts them.
    """

    task: Task
    stage: str | None
    found: plugins.Found
    settings: Any
    run: str
    part: Part | None = None
    unit_of: Mapping[str, str] = field(default_factory=dict)
    planned: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The task and its stage, for people."""
        return self.task.name if self.stage is None else f"{self.task.name}.{self.stage}"


@dataclass(frozen=True, kw_only=True)
class Work:
    """All that is to be done on one model: jobs, the weights of every model by its name, and what names the subject."""

    suite: Suite
    source: Source
    name: str
    jobs: tuple[Job, ...]
    weights: Mapping[str, Weights]
    revision: str
    configuration: str | None


class Preparing:
    """Prepares work; every dataset is read once, every folder digested once."""

    def __init__(
        self, suite: Suite, document: Document, opens: Callable[[ModelSpec], Backend], tell: Progress | None = None
    ) -> None:
        """Nothing is read yet; `opens` opens a model when it is first asked."""
        self.suite = suite
        self.opens = opens
        self.document = document
        self.folder = Path(document.source.name).parent
        self._tell = tell
        self._rows: dict[tuple[Dataset, bool], Rows] = {}
        self._digests: dict[tuple[str, ...], str] = {}

    def work(self, asked: Asked) -> Work:
        """The work of one model; raises EvidenceError with what is wrong with the suite, its files or the model's."""
        self._check_stages(asked)
        subject = self._weights(asked.model, (), asked)
        weights = {SUBJECT: subject}
        for role, model in self.suite.models.items():
            spec = Asked(model=self.path(model.path), name=role, dtype=model.dtype, device=asked.device)
            weights[f"role {role}"] = self._weights(spec.model, self._adapters(model.adapter), spec)
        arounds: dict[str | None, Around] = {}
        for stage in asked.stages:
            configured = self._configured(stage)
            arounds[stage] = around(configured, _finder)
            if configured.model or configured.adapter:
                path = self.path(configured.model) if configured.model else asked.model
                weights[f"stage {stage}"] = self._weights(path, self._adapters(configured.adapter), asked)
        configuration = self._configuration_digest()
        jobs = []
        for number, task in enumerate(self.suite.tasks):
            for stage in asked.stages:
                if not task.stages or stage in task.stages:
                    about = _About(asked=asked, stage=stage, around=arounds[stage], weights=weights)
                    jobs.append(self._job(number, task, about, configuration))
        return Work(
            suite=self.suite,
            source=self.document.source,
            name=asked.name,
            jobs=tuple(jobs),
            weights=weights,
            revision=subject.digest,
            configuration=configuration,
        )

    def path(self, name: str) -> str:
        """A path of the suite, from the folder that the suite stands in."""
        return str(self.folder / name)

    def rows(self, dataset: Dataset, *, drop: bool = False) -> Rows:
        """The rows of a dataset; with `drop` without those that say what another says."""
        if (dataset, drop) not in self._rows:
            self._rows[dataset, drop] = rows(dataset, self.folder, drop=drop)
        return self._rows[dataset, drop]

    def test_rows(self, task: Task) -> Rows:
        """The rows that a task measures on."""
        assert task.dataset is not None
        return self.rows(task.dataset, drop=task.duplicates == "drop")

    # Models

    def _check_stages(self, asked: Asked) -> None:
        known = self.suite.configuration
        for stage in asked.stages:
            if known and stage not in known:
                said = "no stage is named" if stage is None else f"the configuration has no stage `{stage}`"
                raise _refused("E502", said, f"name one with `--stage`: {quoted(sorted(known), 'or')}")
        if not any(not task.stages or stage in task.stages for task in self.suite.tasks for stage in asked.stages):
            stages = sorted({stage for task in self.suite.tasks for stage in task.stages})
            raise _refused("E502", "no task of the suite is of a stage that is asked for", nearest("", stages))

    def _configured(self, stage: str | None) -> Configuration:
        return self.suite.configuration.get(stage or "", Configuration())

    def _adapters(self, adapter: str) -> tuple[str, ...]:
        return (self.path(adapter),) if adapter else ()

    def _weights(self, path: str, adapters: tuple[str, ...], asked: Asked) -> Weights:
        paths = (path, *adapters)
        spec = ModelSpec(path=path, adapters=adapters, dtype=asked.dtype, device=asked.device, threads=asked.threads)
        return Weights(spec=spec, digest=self._digest(paths))

    def _digest(self, paths: tuple[str, ...]) -> str:
        """The digest of some folders, which are read once."""
        if paths not in self._digests:
            self._digests[paths] = digest(paths, self._tell).digest
        return self._digests[paths]

    def _configuration_digest(self) -> str | None:
        """The digest of what is declared around the weights at every stage, adapters and other weights by theirs."""
        if not self.suite.configuration:
            return None
        declared = {}
        for stage, configured in sorted(self.suite.configuration.items()):
            said = configured.model_dump(mode="json")
            named = {"model": configured.model, "adapter": configured.adapter}
            said |= {what: self._digest((self.path(name),)) if name else "" for what, name in named.items()}
            declared[stage] = said
        return digest_of(declared)

    # Tasks

    def _job(self, number: int, task: Task, about: "_About", configuration: str | None) -> Job:
        found = plugins.evaluator(task.evaluator)
        self._check_pin(found)
        settings = self._settings(number, task, found)
        run = self._run_name(task, about, found, configuration)
        attributes = dict(task.attributes)
        job = Job(task=task, stage=about.stage, found=found, settings=settings, run=run, attributes=attributes)
        if isinstance(found.evaluator, Runner):
            self._check_plain(task, about)
            return job
        if task.dataset is None or not task.prompt:
            what = "dataset" if task.dataset is None else "prompt"
            raise self._wrong(number, what, f"task `{task.name}` has no `{what}`", "its evaluator asks about rows")
        if task.metric and task.metric not in found.evaluator.metrics:
            message = f"`{found.name}` has no metric `{task.metric}`"
            raise self._wrong(number, "metric", message, nearest(task.metric, found.evaluator.metrics))
        whole = self.test_rows(task)
        items = self.items(task, found.evaluator, settings, whole.rows)
        unit_of = {row.name: self._unit(task, row) for row in whole.rows}
        if about.asked.rule:  # asked in an order that nobody can choose after the fact
            items = _in_order(items, whole.rows, unit_of, about.asked.salt)
        part = Part(
            name=job.title,
            items=items[: task.limit],
            evaluator=found.evaluator,
            settings=settings,
            metric=task.metric or found.evaluator.metrics[0],
            models=about.models(self.suite),
            around=about.around,
        )
        return replace(job, part=part, unit_of=unit_of, planned=len(set(unit_of.values())))

    def _run_name(self, task: Task, about: "_About", found: plugins.Found, configuration: str | None) -> str:
        """The name of a run: the digest of all that settles what will be asked, of which weights, in which order."""
        said = {
            "task": task.model_dump(mode="json"),
            "rows": [self.rows(dataset, drop=task.duplicates == "drop").digest for dataset in _datasets(task)],
            "files": self._files(task) if isinstance(found.evaluator, Runner) else [],
            "stage": about.stage,
            "evaluator": found.identity,
            "weights": {name: one.digest for name, one in about.weights.items() if about.uses(name)},
            "configuration": configuration,
            "rule": about.asked.rule,
        }
        return f"eval-{digest_of(said).removeprefix('sha256:')[:16]}"

    def _files(self, task: Task) -> list[str]:
        """The digests of the files and folders of tasks that the settings of a runner name."""
        said = [str(value).partition("@")[0] for value in task.settings.values() if isinstance(value, str)]
        paths = [self.folder / name for name in said if name]
        return [self._digest((str(path),)) for path in paths if path.exists()]

    def items(self, task: Task, evaluator: Evaluator, settings: object, found: Sequence[Row]) -> tuple[Item, ...]:
        """Rows as items, each with its prompt, examples before it; raises EvidenceError at a row of no use."""
        template = _template(task)
        before = self._examples(task, evaluator, settings, found)
        return tuple(_item(task, template, row, before) for row in found)

    def _examples(self, task: Task, evaluator: Evaluator, settings: object, tested: Sequence[Row]) -> str:
        """The few-shot examples of a task, each followed by the separator."""
        template = _template(task)
        few = task.few_shot
        if few is None:
            return ""
        chosen = _chosen(task, few, self.rows(few.dataset).rows)
        check_apart(task, "few-shot examples", chosen, tested)
        try:
            shown = [evaluator.shown(_item(task, template, row, ""), settings) for row in chosen]
        except ValueError as error:
            raise _refused(
                "E542", f"an example of task `{task.name}` cannot be shown: {error}", "mend the row"
            ) from None
        return "".join(f"{text}{few.separator}" for text in shown)

    def _unit(self, task: Task, row: Row) -> str:
        if not task.unit:
            return row.name
        if row.fields.get(task.unit) in (None, ""):
            message = f"task `{task.name}`: row `{row.name}` has no field `{task.unit}`, which names its unit"
            raise _refused("E542", message, f"name one of its fields: {quoted(sorted(row.fields)[:8], 'or')}")
        return str(row.fields[task.unit])

    def _settings(self, number: int, task: Task, found: plugins.Found) -> Any:
        names = [field.name for field in fields(found.evaluator.Settings)]
        for name in task.settings:
            if name not in names:
                message = f"`{found.name}` has no setting `{name}`"
                raise self._wrong(number, "settings", message, nearest(name, names) or "it has no settings")
        try:
            return TypeAdapter(found.evaluator.Settings).validate_python(dict(task.settings))
        except ValidationError as error:
            raise EvidenceError(reported(self.document, ("tasks", number, "settings"), error, names)) from None

    def _check_pin(self, found: plugins.Found) -> None:
        pin = self.suite.plugins.get(found.distribution)
        for what, wanted, has in (
            ("version", pin.version if pin else "", found.version),
            ("digest", pin.digest if pin else "", found.digest),
        ):
            if wanted and wanted != has:
                message = f"`{found.distribution}` has the {what} `{has}`, and the suite is held to `{wanted}`"
                raise _refused("E506", message, "install what the suite names, or review what changed and name it")

    def _check_plain(self, task: Task, about: "_About") -> None:
        """Another tool measures weights as they are: what it would pass over is refused."""
        if about.around != Around() or f"stage {about.stage}" in about.weights or task.elicitation:
            message = f"task `{task.name}` is run by another tool, which measures the weights without a configuration"
            help_ = "leave the configuration of the stage empty, or measure with an evaluator of ours"
            raise _refused("E507", message, help_)

    def _wrong(self, number: int, field: str, message: str, help_: str) -> EvidenceError:
        """An error about a field of a task."""
        span = self.document.value(("tasks", number, field))
        place = Findings(self.document.source).place(span)
        return EvidenceError([Diagnostic(code="E501", message=message, place=place, help=help_)])


@dataclass(frozen=True, kw_only=True)
class _About:
    """What a job needs to know beside its task."""

    asked: Asked
    stage: str | None
    around: Around
    weights: Mapping[str, Weights]

    def models(self, suite: Suite) -> dict[str, str]:
        """The model of every role."""
        at_stage = f"stage {self.stage}"
        found = {role: f"role {role}" for role in suite.models}
        return {SUBJECT: at_stage if at_stage in self.weights else SUBJECT, **found}

    def uses(self, name: str) -> bool:
        """Whether what is measured depends on a model."""
        return name in (SUBJECT, f"stage {self.stage}") or name.startswith("role ")


def check_apart(task: Task, what: str, some: Sequence[Row], tested: Sequence[Row]) -> None:
    """Refuse rows that a model is prepared with and measured on; raises EvidenceError."""
    known = {row.content: row.name for row in tested}
    names = {row.name for row in tested}
    for row in some:
        if row.content in known or row.name in names:
            message = f"task `{task.name}`: row `{row.name}` of its {what} is a test row"
            raise _refused("E508", message, "take it out of one of the two: what was seen before measures nothing")


def check_duplicates(
    jobs: Sequence[Job], requests: Mapping[tuple[int, str], Sequence[Any]]
) -> Iterator[tuple[int, str]]:
    """The items, by job and name, that ask what another asks, where the suite drops them; else raises EvidenceError."""
    seen: dict[tuple[int, object], str] = {}
    for (number, name), asked in sorted(requests.items()):
        job = jobs[number]
        first = seen.setdefault((number, same(asked)), name)
        if first == name or (job.unit_of[name] == job.unit_of[first] and job.task.unit):
            continue
        if job.task.duplicates == "refuse":
            message = f"task `{job.task.name}`: the rows `{first}` and `{name}` ask the same"
            raise _refused("E509", message, "remove one of them, or say `duplicates: drop`: a unit counts once")
        yield number, name


def _chosen(task: Task, few: FewShot, examples: Sequence[Row]) -> list[Row]:
    if len(examples) < few.n:
        message = f"task `{task.name}` wants {few.n} examples, and their dataset has {len(examples)}"
        raise _refused("E542", message, "name a dataset with more rows, or want fewer")
    if few.order == "first":
        return list(examples[: few.n])
    return sorted(examples, key=lambda row: (seed_of(task.seed, "few_shot", row.name), row.name))[: few.n]


def _template(task: Task) -> Template:
    try:
        return Template(task.prompt)
    except ValueError as error:
        raise _refused("E542", f"the prompt of task `{task.name}`: {error}", "write `{{field}}` for a field") from None


def _item(task: Task, template: Template, row: Row, before: str) -> Item:
    try:
        prompt = template.fill(row.fields)
    except ValueError as error:
        message = f"task `{task.name}`, row `{row.name}`: {error}"
        raise _refused("E542", message, "mend the row, or the prompt") from None
    return Item(name=row.name, fields=row.fields, prompt=before + prompt, seed=seed_of(task.seed, row.name))


def _in_order(items: Sequence[Item], found: Sequence[Row], unit_of: Mapping[str, str], salt: str) -> tuple[Item, ...]:
    """Items in an order that the salt and what the rows say settle; those of one unit follow each other."""
    places = {row.name: seed_of(salt, row.content) for row in found}
    first: dict[str, int] = {}
    for name, place in places.items():
        first[unit_of[name]] = min(place, first.get(unit_of[name], place))
    return tuple(sorted(items, key=lambda item: (first[unit_of[item.name]], places[item.name], item.name)))


def _datasets(task: Task) -> list[Dataset]:
    """Every dataset that a task names: its rows, its examples, and those it is elicited on."""
    elicitation = task.elicitation
    found = [
        task.dataset,
        task.few_shot.dataset if task.few_shot else None,
        elicitation.prompt.development if elicitation and elicitation.prompt else None,
        elicitation.lora.training if elicitation and elicitation.lora else None,
    ]
    return [dataset for dataset in found if dataset is not None]


def digest_of(value: object) -> str:
    """The digest of plain values, over their JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _finder(text: str) -> Callable[[str], bool]:
    """What finds the pattern of a filter; raises EvidenceError."""
    try:
        return pattern(text).found_in
    except ValueError as error:
        raise _refused("E501", f"a filter of the configuration: {error}", "mend the pattern") from None


def _refused(code: str, message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=help_)])
