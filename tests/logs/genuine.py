"""Logs as the tools themselves write them, with models that are none: a script that runs in a process of its own.

    python tests/logs/genuine.py FOLDER

Inspect AI and lm-evaluation-harness write their logs into the folder, in one folder for each case; `said.json` has what
the tools themselves say of each. Nothing is fetched: solvers answer themselves, since even a mock model counts tokens.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import lm_eval
from inspect_ai import Epochs, Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import Sample
from inspect_ai.log import (
    EvalLog,
    EvalSample,
    ProvenanceData,
    TagsEdit,
    edit_eval_log,
    edit_score,
    invalidate_samples,
    read_eval_log,
    write_eval_log,
)
from inspect_ai.model import ChatMessageUser, ModelOutput
from inspect_ai.scorer import Score, ScoreEdit, accuracy, includes, mean, scorer, stderr, value_to_float
from inspect_ai.solver import solver
from inspect_ai.util import EarlyStop
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager

MODEL = "mockllm/model"
WHO = ProvenanceData(author="somebody", reason="it looked wrong")


# What runs


@solver
def answers(by_id: Any = None) -> Any:
    """A solver that answers `yes`, or what it is given for a sample: a text, or something to do."""

    async def solve(state: Any, generate: Any) -> Any:  # noqa: ARG001  # Inspect calls it so
        said = (by_id or {}).get(str(state.sample_id), "yes")
        said = said(state) if callable(said) else said
        state.output = said if isinstance(said, ModelOutput) else ModelOutput.from_content(MODEL, said)
        return state

    return solve


@scorer(metrics=[accuracy(), stderr()])
def given(values: Any = None) -> Any:
    """A scorer that gives what it is told for a sample and epoch."""

    async def score(state: Any, target: Any) -> Score:  # noqa: ARG001  # Inspect calls it so
        value = values(str(state.sample_id), state.epoch)
        return value if isinstance(value, Score) else Score(value=value)

    return score


@scorer(metrics={"found": [mean(), stderr()], "used": [mean()]})
def parts() -> Any:
    """A scorer that gives two numbers at once."""

    async def score(state: Any, target: Any) -> Score:  # noqa: ARG001  # Inspect calls it so
        number = int(str(state.sample_id))
        return Score(value={"found": number % 2, "used": number / 10})

    return score


def samples(count: int = 6) -> list[Sample]:
    """Samples of which every other one is answered by `yes`."""
    return [Sample(id=str(n), input="?", target="yes" if n % 2 else "no") for n in range(count)]


def boom(state: Any) -> str:
    """What fails."""
    raise RuntimeError(f"sample {state.sample_id} failed")


def talk(state: Any) -> str:
    """What goes on and on."""
    while True:
        state.messages.append(ChatMessageUser(content="more"))


def interrupt(_state: Any) -> str:
    """What a person does who has seen enough."""
    os.kill(os.getpid(), signal.SIGINT)
    return "yes"


def die(_state: Any) -> str:
    """What a machine does that loses its power."""
    os._exit(9)


def refuse(_state: Any) -> ModelOutput:
    """What a filter does."""
    return ModelOutput.from_content(MODEL, "no", stop_reason="content_filter")


class Stopper:
    """A rule that stops a run once it has seen a few samples."""

    async def start_task(self, task: Any, samples: Any, epochs: int) -> str:  # noqa: ARG002  # Inspect calls it so
        """The name of the rule."""
        return "stopper"

    async def schedule_sample(self, id: Any, epoch: int) -> EarlyStop | None:
        """Whether to leave out a sample."""
        return EarlyStop(id=id, epoch=epoch) if int(id) > 3 else None

    async def complete_sample(self, id: Any, epoch: int, scores: Any) -> None:
        """Nothing is learned from what came out."""

    async def complete_task(self) -> dict[str, Any]:
        """Nothing is told at the end."""
        return {}


# Inspect

ODD = {
    "0": "N",
    "1": "I",
    "2": Score.unscored(reason="refusal"),
    "3": Score(value="I", answer=""),
    "4": Score(value=0, reason="no_response"),
    "5": "0.5",
}
THIRDS = given(lambda unit, epoch: "C" if (int(unit) * epoch) % 3 == 1 else "I")
BY_UNIT = given(lambda unit, _: ODD[unit])

CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {"log_format": "eval"}),
    "json": ({"version": "1.2-A", "metadata": {"of": "task"}}, {"log_format": "json", "tags": ["first"]}),
    "epochs": (
        {
            "scorer": THIRDS,
            "epochs": Epochs(3, ["mean", "pass_at_1", "at_least_2", "pass_k_2", "mode", "max", "median"]),
        },
        {},
    ),
    "unreduced": ({"scorer": THIRDS, "epochs": Epochs(3, [])}, {}),
    "errored": ({"solver": answers({"2": boom})}, {"fail_on_error": False}),
    "scored_on_error": ({"solver": answers({"2": boom})}, {"fail_on_error": False, "score_on_error": True}),
    "retried": ({"solver": answers({"2": boom})}, {"fail_on_error": False, "retry_on_error": 2}),
    "limited": ({}, {"limit": 3}),
    "selected": ({}, {"sample_id": ["1", "3"], "log_format": "json"}),
    "message_limit": ({"solver": answers({"2": talk})}, {"message_limit": 5}),
    "failing": ({"solver": answers({"4": boom})}, {"max_samples": 1}),
    "cancelled": ({"solver": answers({"4": interrupt})}, {"max_samples": 1}),
    "stopped": ({"early_stopping": Stopper()}, {}),
    "parts": ({"scorer": [parts(), includes(), includes(ignore_case=False)]}, {}),
    "unlogged": ({}, {"log_samples": False}),
    "odd": ({"scorer": BY_UNIT, "solver": answers({"1": refuse})}, {}),
    "odd_json": ({"scorer": BY_UNIT, "solver": answers({"1": refuse})}, {"log_format": "json"}),
    "nothing": ({"scorer": given(lambda _unit, _epoch: float("nan"))}, {}),
}
"""For each case what its task has, and how it is run."""


def inspect_cases(folder: Path) -> None:
    """Run every case of Inspect, then change what some of them wrote."""
    if (child := os.fork()) == 0:  # a run that dies takes its process with it
        run("died", {"solver": answers({"4": die})}, {"max_samples": 1, "log_buffer": 1}, folder)
        os._exit(1)
    os.waitpid(child, 0)
    for name, (task, options) in CASES.items():
        run(name, task, options, folder)
    changed(folder)


def run(name: str, task: dict[str, Any], options: dict[str, Any], folder: Path) -> None:
    """Run one case of Inspect."""
    made = {"dataset": samples(), "solver": answers(), "scorer": includes(), "name": "odd", **task}
    evaluate(Task(**made), model=MODEL, log_dir=str(folder / name), display="none", **options)


def changed(folder: Path) -> None:
    """Logs changed afterwards with what Inspect has for it."""
    for kind, name in (("eval", "plain"), ("json", "json")):
        [path] = (folder / name).iterdir()
        for change in ("rewritten", "rescored", "tagged", "invalidated"):
            log = read_eval_log(str(path))
            if change == "rescored":
                edit_score(log, "3", "includes", ScoreEdit(value="I", provenance=WHO))
            elif change == "tagged":
                log = edit_eval_log(log, [TagsEdit(tags_add=["second"])], WHO)
            elif change == "invalidated":
                log = invalidate_samples(log, [(log.samples or [])[0].uuid or ""], WHO)
            (folder / f"{change}_{kind}").mkdir()
            write_eval_log(log, str(folder / f"{change}_{kind}" / f"log.{kind}"))


def told(log: EvalLog) -> dict[str, Any]:
    """What Inspect's own reader says of a log."""
    results, stats = log.results, log.stats
    return {
        "status": log.status,
        "task": log.eval.task,
        "version": log.eval.packages["inspect_ai"],
        "task_version": log.eval.task_version,
        "model": log.eval.model,
        "run": f"{log.eval.run_id}/{log.eval.task_id}",
        "started": stats.started_at or log.eval.created,
        "attempts": [results.total_samples, results.completed_samples] if results else [None, None],
        "planned": log.eval.dataset.samples,
        "epochs": log.eval.config.epochs,
        "invalidated": log.invalidated,
        "updated": bool(log.log_updates),
        "stopped": bool(results and results.early_stopping),
        "metrics": [
            [score.scorer, score.name, score.reducer, {name: one.value for name, one in score.metrics.items()}]
            for score in (results.scores if results else [])
        ],
        "samples": [told_of(sample) for sample in log.samples or []],
    }


def told_of(sample: EvalSample) -> dict[str, Any]:
    """What Inspect's own reader says of a sample."""
    scores = sample.scores or {}
    parted = {
        name: score.value if isinstance(score.value, dict) else {name: score.value} for name, score in scores.items()
    }
    number = value_to_float()
    return {
        "id": sample.id,
        "epoch": sample.epoch,
        "values": {part: number(value) for values in parted.values() for part, value in values.items()},
        "edited": any(score.history for score in scores.values()),
        "error": sample.error is not None,
        "limit": sample.limit is not None,
    }


# lm-evaluation-harness

TASK = """\
task: tiny_{name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {docs}}}}}
test_split: test
doc_to_text: "{name} {{{{q}}}}"
"""
CHOICE = """\
doc_to_target: a
doc_to_choice: ["yes", "no"]
output_type: multiple_choice
metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]
metadata: {version: 1.5}
"""
CENT = """\
doc_to_target: "{{'lol' if a else 'no'}}"
output_type: generate_until
generation_kwargs: {until: ["."]}
metric_list: [{metric: exact_match, aggregation: !function cent.cent, higher_is_better: true}]
filter_list:
- {name: strict, filter: [{function: regex, regex_pattern: "(lol)"}, {function: take_first}]}
- {name: loose, filter: [{function: regex, regex_pattern: "(zzz)"}, {function: take_first}]}
"""
BOTH = """\
group: tiny_both
task: [tiny_one, tiny_two]
aggregate_metric_list: [{metric: acc, aggregation: mean, weight_by_size: true}]
metadata: {version: 2}
"""


RUNS: dict[str, dict[str, Any]] = {
    "whole": {},
    "limit": {"limit": 12},
    "share": {"limit": 0.3},
    "bare": {"log_samples": False},
}
"""How each case of the harness is run."""


def tasks_in(folder: Path) -> TaskManager:
    """Tasks of our own: two that are a group, and one that states per cent under two filters."""
    folder.mkdir(parents=True)
    docs = folder / "docs.jsonl"
    docs.write_text("".join(json.dumps({"q": f"q{n}", "a": n % 2}) + "\n" for n in range(20)))
    for name, rest in (("one", CHOICE), ("two", CHOICE), ("cent", CENT)):
        (folder / f"{name}.yaml").write_text(TASK.format(name=name, docs=docs) + rest)
    (folder / "both.yaml").write_text(BOTH)
    (folder / "cent.py").write_text("def cent(items):\n    return 100 * sum(items) / len(items)\n")
    return TaskManager(include_path=str(folder), include_defaults=False)


def lm_eval_case(folder: Path, tasks: TaskManager, options: dict[str, Any]) -> dict[str, Any]:
    """Run the harness with its dummy model; what it says of the run."""
    tracker = EvaluationTracker(output_path=str(folder))
    found = lm_eval.simple_evaluate(
        model="dummy", tasks=["tiny_both", "tiny_cent"], task_manager=tasks, evaluation_tracker=tracker, **options
    )
    samples = found.pop("samples", {})
    tracker.save_results_aggregated(results=found, samples=samples or None)
    for task, rows in samples.items():
        tracker.save_results_samples(task_name=task, samples=rows)
    return {
        "version": lm_eval.__version__,
        "sizes": found["n-samples"],
        "results": {
            task: {name: value for name, value in row.items() if isinstance(value, float)}
            for task, row in found["results"].items()
        },
        "outcomes": {
            task: [[row["filter"], row["doc_id"], row[row["metrics"][0]]] for row in rows]
            for task, rows in samples.items()
        },
    }


def main(folder: Path) -> None:
    """Make everything, and write down what the tools say of it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background is begun without one
    inspect_cases(folder / "inspect")
    said = {path.parent.name: told(read_eval_log(str(path))) for path in sorted((folder / "inspect").glob("*/*.*"))}
    tasks = tasks_in(folder / "tasks")
    harness = {name: lm_eval_case(folder / "lm_eval" / name, tasks, options) for name, options in RUNS.items()}
    (folder / "said.json").write_text(json.dumps({"inspect": said, "lm_eval": harness}))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
