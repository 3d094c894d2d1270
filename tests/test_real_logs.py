"""Every real file at hand: read, with the headline numbers of its manifest, or refused with the right code and reason.

The files are results that others published, one line each in the manifest; they are no part of the project, and the
tests are skipped where they are not.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from logs.writers import DATA, POINTS
from policylang import EvidenceError
from policylang.evidence.logs import Attempt, Log, Score
from policylang.plugins import read_logs

pytestmark = pytest.mark.skipif(not (DATA / "MANIFEST.json").is_file(), reason="the real files are not here")

HELM = "helm/mmlu-subject=philosophy"
FOLDERS = {HELM: ("run_spec.json", "scenario.json", "stats.json", "per_instance_stats.json")}
"""Files that are parts of a run in a folder, and are read with it."""

BESIDE = {
    "lm_eval/samples_math_perturbed_full_2026-01-21T03-44-18.458309.jsonl": (
        "lm_eval/results_2026-01-21T03-44-18.458309.json",
        "math_perturbed_full",
    )
}
"""Files that are read with another one, and of which of its tasks they hold the samples."""

REFUSED = {
    "inspect/core_claude-3-5-haiku-20241022.eval": ("E308", "is a Git LFS pointer, not the file it stands for"),
    "lm_eval/lm_eval_results.json": ("E303", "is no whole JSON: it ends in the middle"),
    "lm_eval/samples_math_perturbed_full_2026-01-21T03-44-18.458309.jsonl": ("E304", "it is no log of a known tool"),
    "lm_eval/wmdp_sweep_final_results.json": ("E304", "it is no log of a known tool"),
    f"{HELM}/run_spec.json": ("E304", "it is no log of a known tool"),
    f"{HELM}/scenario.json": ("E304", "it is no log of a known tool"),
    f"{HELM}/stats.json": ("E304", "it is no log of a known tool"),
    f"{HELM}/per_instance_stats.json": ("E304", "it is no log of a known tool"),
    "helm/mkeohane_groups/core_scenarios_accuracy.json": ("E304", "it is no log of a known tool"),
    "eee/eval.schema.json": ("E304", "it is no log of a known tool"),
    "eee/instance_level_eval.schema.json": ("E304", "it is no log of a known tool"),
    "metr/release_dates.yaml": ("E304", "it is no log of a known tool"),
    "metr/logistic_fits_headline.csv": ("E304", "it is no log of a known tool"),
    "metr/horizons_swe_bench_verified.csv": ("E304", "it is no log of a known tool"),
    "metr/scores_hcast_r_s.toml": ("E304", "it is no log of a known tool"),
}
"""What is refused when it is given by itself: pointers, files cut off, parts of runs, tables of results, schemas."""

READ_BY_US_ONLY: dict[str, tuple[object, ...]] = {
    "inspect/simple_inspect_eval.json": ("success", None, {}),
    "inspect/2025-08-28T14-03-04-04-00_word_avoidance_open_ended-inner_anthropic_claude_3_7_sonnet_20250219_"
    "ChYLYyerDb8JEXVGkY4MNv.json": ("success", 10, {}),
    "inspect/log_valid.txt": ("success", None, {"model_graded_fact/accuracy": 1, "model_graded_fact/bootstrap_std": 0}),
}
"""What the tool's own reader fails on, or gives no results of, and we read: status, samples completed, results."""


def entries() -> dict[str, dict[str, Any]]:
    """The lines of the manifest by file."""
    path = DATA / "MANIFEST.json"
    found = json.loads(path.read_text("utf-8"))["files"] if path.is_file() else []
    return {entry["file"]: entry for entry in found}


ENTRIES = entries()
READ = sorted(ENTRIES.keys() - REFUSED.keys())


def read(name: str) -> list[Log]:
    return list(read_logs(str(DATA / name), points=POINTS))


def rounded(value: Fraction | None) -> float | None:
    """A number as the manifest has it."""
    return None if value is None else round(float(value), 4)


def stated(log: Log) -> dict[str, float | None]:
    """What a log states, by scorer and metric."""
    return {f"{score.name}/{name}": rounded(value) for score in log.scores for name, value in score.stated.items()}


def outcomes(score: Score) -> list[Attempt]:
    """All attempts of a score."""
    return [attempt for tries in (score.outcomes or {}).values() for attempt in tries]


def faults(log: Log) -> str:
    return "; ".join([*log.faults, *(fault for score in log.scores for fault in score.faults)])


# All of them


def test_every_file_is_in_the_manifest() -> None:
    """The manifest lists every file there is, so that none is forgotten here."""
    there = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file()}
    assert there - {"MANIFEST.json"} == set(ENTRIES)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_refused_has_the_right_reason(name: str) -> None:
    """A file that is no whole log is refused with its code, and a sentence that says what it is."""
    code, reason = REFUSED[name]
    with pytest.raises(EvidenceError) as caught:
        read(name)
    [found] = caught.value.diagnostics
    assert (found.code, reason in found.message, bool(found.help)) == (code, True, True), found.message


@pytest.mark.parametrize("name", READ)
def test_what_is_not_refused_is_read(name: str) -> None:
    """Every other file gives logs of its tool, with tasks, and with a result or a reason why there is none."""
    tool = {"eee": "every_eval_ever"}.get(ENTRIES[name]["format"], ENTRIES[name]["format"])
    logs = read(name)
    assert {log.tool for log in logs} == {tool}
    assert all(log.scores or log.status != "success" or "it has no scores" in log.faults for log in logs)


@pytest.mark.parametrize("name", READ)
def test_headline_numbers_are_those_of_the_manifest(name: str) -> None:
    """Status, model, versions, counts and values of a file are those that were noted when it was gathered."""
    headline, logs = ENTRIES[name]["headline"], read(name)
    if name in READ_BY_US_ONLY:
        assert (logs[0].status, logs[0].attempts_completed, stated(logs[0])) == READ_BY_US_ONLY[name]
        return
    found, wanted = CHECKS[ENTRIES[name]["format"]](logs, headline)
    assert found == wanted


# By format: what a file says, and what the manifest says


def of_inspect(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Everything the manifest has of a log of Inspect."""
    [log] = logs
    values = {name: None if value != value else value for name, value in headline.get("scores", {}).items()}  # noqa: PLR0124  # NaN
    version = headline["task_version"] or ""
    size = max(headline["dataset_samples"] or 0, -(-headline.get("total", 0) // (headline["epochs"] or 1)))
    found = (
        log.status, headline["task"] in log.tasks, log.task_version, log.model, log.version or None,
        str(log.started)[:10], log.epochs, log.attempts_planned or 0, log.attempts_completed or 0, stated(log),
        "invalidated" in faults(log), log.limits.get("limit"), log.planned,
    )  # fmt: skip
    wanted = (
        headline["status"], True, str(version), headline["model"], headline["inspect_ai"],
        headline["created"][:10], headline["epochs"] or 1, headline.get("total", 0), headline.get("completed", 0),
        values, headline["invalidated"], str(headline["limit"]) if headline["limit"] is not None else None,
        size or headline["limit"],
    )  # fmt: skip
    return found, wanted


def of_lm_eval(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Everything the manifest has of results of the harness."""
    by_task = {log.task: log for log in logs}
    log = logs[0]
    values = {**headline["first"], **{task: {"acc,none": one} for task, one in headline.get("wmdp", {}).items()}}
    found = {task: {key: lm_eval_value(by_task[task], key) for key in keys} for task, keys in values.items()}
    wanted = {task: {key: None if one == "N/A" else one for key, one in keys.items()} for task, keys in values.items()}
    limit = None if headline["limit"] is None else str(headline["limit"])
    extra = headline["n_tasks"] - len(logs)  # one old file has its model among its results
    return (
        (
            (
                log.version or None,
                log.commit or None,
                log.model in (headline["model"] or ""),
                log.limits.get("limit"),
                found,
            ),
            (headline["lm_eval_version"], headline["git_hash"], True, limit, wanted),
        )
        if extra in (0, 1)
        else (extra, 0)
    )


def lm_eval_value(log: Log, key: str) -> float | int | None:
    """A value of a task by the key that the harness gives it."""
    if key == "sample_len":
        return log.attempts_completed
    metric, _, kind = key.partition(",")
    scorer = metric.removesuffix("_stderr")
    [score] = [one for one in log.scores if one.name == f"{scorer},{kind or 'none'}"]
    return rounded(score.stated.get("stderr" if metric != scorer else scorer))


def of_promptfoo(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Numbers of successes, failures and errors."""
    tries = [attempt for log in logs for score in log.scores if score.name == "success" for attempt in outcomes(score)]
    counts = [sum(one.value == 1 for one in tries), sum(one.value == 0 for one in tries)]
    found = (logs[0].run, logs[0].version or None, *counts, sum(one.why == "error" for one in tries), len(tries))
    keys = ("evalId", "promptfooVersion", "successes", "failures", "errors", "n_results")
    return found, tuple(headline[key] for key in keys)


def of_metr(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Benchmark, version, number of models and one horizon with its interval; or the number of runs."""
    if "rows" in headline:
        return sum(log.attempts_completed or 0 for log in logs), headline["rows"]
    [model] = [key for key, value in headline.items() if isinstance(value, dict)]
    [log] = [log for log in logs if log.model == model]
    [score] = [score for score in log.scores if score.name == "p50_horizon_length"]
    assert score.bounds is not None
    numbers = {"ci_high": score.bounds[1], "ci_low": score.bounds[0], "estimate": score.stated[score.name]}
    found = {key: round(float(value or 0), 6) for key, value in numbers.items()}
    keys = ("benchmark_name", "long_tasks_version", "n_models")
    return (log.task, log.task_version, len(logs), found), (*(headline[key] for key in keys), headline[model])


def of_eee(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Schema, model and number of results."""
    found = (logs[0].version, {log.model for log in logs}, len(logs))
    return found, (headline["schema_version"], {headline["model"]}, headline["n_results"])


def of_openai_evals(logs: Sequence[Log], headline: Mapping[str, Any]) -> tuple[object, object]:
    """Its lines are a specification, a report, and two events for each sample, of which one is its outcome."""
    [log] = logs
    return len(outcomes(log.scores[0])), (headline["rows"] - 2) // 2


CHECKS: dict[str, Callable[[Sequence[Log], Mapping[str, Any]], tuple[object, object]]] = {
    "inspect": of_inspect,
    "lm_eval": of_lm_eval,
    "promptfoo": of_promptfoo,
    "metr": of_metr,
    "eee": of_eee,
    "openai_evals": of_openai_evals,
}


# Parts of something


def test_parts_of_a_folder_are_read_with_it() -> None:
    """The files of a run of HELM give one log, with the numbers that the manifest has of each of them."""
    assert {f"{folder}/{part}" for folder, parts in FOLDERS.items() for part in parts} <= set(ENTRIES)
    [log] = read(HELM)
    spec, stats, rows = (
        ENTRIES[f"{HELM}/{part}.json"]["headline"] for part in ("run_spec", "stats", "per_instance_stats")
    )
    [score] = [one for one in log.scores if one.name == "exact_match"]
    first = stats["first"][0]
    assert (log.tasks[0], log.model, log.limits) == (
        spec["name"], spec["model"], {"max_eval_instances": str(spec["max_eval_instances"])},
    )  # fmt: skip
    assert (rounded(score.stated["exact_match"]), log.epochs) == (first["mean"], first["count"])
    assert len(outcomes(score)) < rows["n"]  # one of them is of the validation split
    assert "scenario_state.json" in faults(log)


@pytest.mark.parametrize("name", BESIDE)
def test_samples_are_read_with_their_results(name: str) -> None:
    """Samples beside results are the outcomes of their task; here somebody kept a few, and that is said."""
    results, task = BESIDE[name]
    [log] = [log for log in read(results) if log.task == task]
    assert {len(outcomes(score)) for score in log.scores if score.outcomes is not None} == {
        ENTRIES[name]["headline"]["rows"]
    }
    assert "their hash is another" in faults(log)


# Traps, one for each flag of the manifest that must show


def flagged(flag: str) -> list[str]:
    """The files that are read and have a flag."""
    return [name for name in READ if flag in " ".join(ENTRIES[name]["flags"])]


def test_what_did_not_finish_says_so() -> None:
    """Runs that were cancelled or failed have another status than success, also where they state results."""
    names = [*flagged("status_error"), *flagged("status_cancelled")]
    assert len(names) >= 3
    assert not [name for name in names for log in read(name) if log.status == "success"]


def test_what_was_cut_keeps_its_size() -> None:
    """Where a part of a dataset was run, the whole of it stays planned."""
    names = flagged("partial_dataset")
    assert len(names) >= 5
    for name in names:
        [log] = read(name)
        assert (log.planned or 0) * log.epochs > (log.attempts_completed or 0), name


def test_samples_that_are_not_there_are_missed() -> None:
    """An archive with 15 of the 790 samples that it counts, and files whose samples were trimmed, are said to be so."""
    names = [*flagged("archive_has_15"), *flagged("trimmed_upstream")]
    assert len(names) >= 3
    for name in names:
        assert "completed samples and has" in faults(read(name)[0]), name


def test_a_limit_of_one_is_no_result() -> None:
    """Results under a small limit whose dataset has no stated size have a reason; a limit above it has none."""
    for flag, is_cut in (("limit_1", True), ("limit_30", True), ("limit_100000", False)):
        names = [name for name in READ if flag in ENTRIES[name]["flags"]]
        assert names
        for name in names:
            assert {("under a limit" in faults(log)) for log in read(name) if log.task == "wmdp_bio"} == {is_cut}, name


def test_what_is_no_number_has_no_value() -> None:
    """A NaN as a result is no value, and a reason."""
    for name in flagged("nan"):
        [log] = read(name)
        assert None in stated(log).values()
        assert "is no number" in faults(log)
