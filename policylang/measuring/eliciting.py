"""Elicitation: pressing a model before it is measured, on other rows than those it is measured on, at a stated price.

Frameworks ask for the capability that a determined person would get out of a model. Two ways are built in, each with a
budget that goes into the attributes of the reading: choosing the prompt that does best on a development split, and
fine-tuning a LoRA adapter on given examples. Both answer from the store where they did the same before.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from policylang import plugins
from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.digest import digest
from policylang.evidence.asking import SUBJECT
from policylang.measuring.session import Models, Results, Session
from policylang.measuring.store import Store
from policylang.measuring.suite import Lora, PromptSearch
from policylang.measuring.template import Template
from policylang.measuring.work import Job, Preparing, Weights, check_apart, digest_of

LEVEL, BUDGET = "elicitation", "elicitation_budget"


class Eliciting:
    """Elicits what tasks ask for."""

    def __init__(self, preparing: Preparing, models: Models, store: Store, say: Callable[[str], None]) -> None:
        """Adapters lie beside the store, by the digest of all that they depend on; `say` is told what is done."""
        self._preparing = preparing
        self._models = models
        self._store = store
        self._folder = Path(f"{store.path}.adapters")
        self._say = say

    def elicited(self, job: Job, weights: Weights) -> Job:
        """A job with the prompt, and the adapter, that its task asks for; raises EvidenceError."""
        wanted = job.task.elicitation
        if wanted is None or job.part is None:
            return job
        spent = [f"{job.task.few_shot.n} examples"] if job.task.few_shot else []
        if wanted.lora is not None:
            job = self._trained(job, wanted.lora, weights, spent)
        if wanted.prompt is not None:
            job = self._searched(job, wanted.prompt, spent)
        attributes = {**job.attributes, LEVEL: wanted.level, BUDGET: "; ".join(spent) or "none"}
        return replace(job, attributes=attributes)

    # The prompt

    def _searched(self, job: Job, search: PromptSearch, spent: list[str]) -> Job:
        assert job.part is not None
        rows = self._preparing.rows(search.development).rows[: search.items]
        tested = self._preparing.test_rows(job.task).rows
        check_apart(job.task, "development rows", rows, tested)
        templates = list(dict.fromkeys([job.task.prompt, *search.candidates]))
        parts = []
        for number, text in enumerate(templates):
            task = job.task.model_copy(update={"prompt": text, "limit": None})
            items = self._preparing.items(task, job.part.evaluator, job.settings, rows)
            parts.append(replace(job.part, name=f"{job.title}, prompt {number + 1}", items=items))
        self._say(f"{job.title}: {len(templates)} prompts on {len(rows)} development rows")
        session = Session(parts, self._models, self._store)
        session.ask((number, item) for number, part in enumerate(parts) for item in part.items)
        means = [_mean(results, job.task.worse) for results in session.results]
        best = max(range(len(templates)), key=lambda number: (means[number], -number))
        task = job.task.model_copy(update={"prompt": templates[best]})
        of_test = {item.name: item for item in self._preparing.items(task, job.part.evaluator, job.settings, tested)}
        chosen = tuple(of_test[item.name] for item in job.part.items)
        spent.append(f"prompt {best + 1} of {len(templates)}, chosen on {len(rows)} rows")
        note = f"prompt {best + 1} of {len(templates)} did best on the development rows"
        return replace(job, part=replace(job.part, items=chosen), notes=(*job.notes, note))

    # The weights

    def _trained(self, job: Job, lora: Lora, weights: Weights, spent: list[str]) -> Job:
        assert job.part is not None
        rows = self._preparing.rows(lora.training)
        check_apart(job.task, "training rows", rows.rows, self._preparing.test_rows(job.task).rows)
        texts = self._texts(job, lora)
        settings = lora.model_dump(mode="json", exclude={"training", "text"})
        key = digest_of([weights.digest, texts, settings, job.task.seed]).removeprefix("sha256:")[:32]
        folder = self._folder / key
        if not (folder / "adapter_model.safetensors").exists():
            self._say(f"{job.title}: LoRA of rank {lora.rank}, {lora.steps} steps of {lora.batch}")
            plugins.trainer("lora")(weights.spec, texts, str(folder), seed=job.task.seed, **settings)
        spec = replace(weights.spec, adapters=(*weights.spec.adapters, str(folder)))
        tuned = Weights(spec=spec, digest=digest_of([weights.digest, digest([str(folder)]).digest]))
        spent.append(f"lora of rank {lora.rank}, {lora.steps} steps of {lora.batch}, {len(texts)} examples")
        name = f"tuned {key}"
        self._models.add(name, partial(self._preparing.opens, tuned.spec), tuned.digest)
        return replace(job, part=replace(job.part, models={**job.part.models, SUBJECT: name}))

    def _texts(self, job: Job, lora: Lora) -> list[tuple[str, str]]:
        """The training texts: what stands before (empty with a template of its own), and what is to be learnt."""
        assert job.part is not None
        rows = self._preparing.rows(lora.training).rows
        task = job.task.model_copy(update={"few_shot": None})
        items = self._preparing.items(task, job.part.evaluator, job.settings, rows)
        try:
            if lora.text:
                template = Template(lora.text)
                return [("", template.fill(row.fields)) for row in rows]
            shown = [(item.prompt, job.part.evaluator.shown(item, job.settings)) for item in items]
        except ValueError as error:
            raise _refused("E542", f"task `{job.task.name}`, training rows: {error}", "mend the row") from None
        return [(prompt, text.removeprefix(prompt)) for prompt, text in shown]


def _mean(results: Results, worse: str) -> Fraction:
    """How much danger the attempts show; what was not scored counts for nothing."""
    values = [one.value for tries in results.values() for one in tries if one.value is not None]
    if not values:
        return Fraction(-1)
    mean = sum(values, Fraction(0)) / len(values)
    return mean if worse == "higher" else 1 - mean


def _refused(code: str, message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=help_)])
