"""Results of lm-evaluation-harness: what is read of them, what keeps them from being evidence, what is refused."""

import json
import random
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from logs.writers import DATA, POINTS, encoded, lm_eval_file, lm_eval_sample, rejected
from policylang.evidence.logs import Attempt, Log
from policylang.plugins import read_logs

SAMPLES = [lm_eval_sample(n, float(n < 3)) for n in range(10)]
STAMP = "samples_bio_2026-10-20.jsonl"

real = pytest.mark.skipif(not (DATA / "lm_eval").is_dir(), reason="the real results are not here")


def read(path: str | Path) -> dict[str, Log]:
    return {log.task: log for log in read_logs(str(path), points=POINTS)}


def faults(log: Log) -> str:
    return "; ".join([*log.faults, *(fault for score in log.scores for fault in score.faults)])


def test_samples_beside_the_results_are_their_outcomes(tmp_path: Path) -> None:
    """The outcome of each document is read from the samples, which hash to what the results hold."""
    log = read(lm_eval_file(tmp_path, SAMPLES))["bio"]
    [score] = log.scores
    assert score.outcomes == {str(n): (Attempt(Fraction(n < 3)),) for n in range(10)}
    assert (score.name, score.scorer, score.stated["acc"]) == ("acc,none", "acc", Fraction(3, 10))
    assert (log.tool, log.version, log.model, log.status) == ("lm_eval", "0.4.9", "acme/acme-7b", "success")
    assert (log.planned, log.attempts_completed, log.task_version) == (10, 10, "1.0")
    assert str(log.started) == "2026-10-20T09:00:00Z"
    assert not faults(log)


def test_without_samples_there_is_an_aggregate(tmp_path: Path) -> None:
    """Results alone have a stated value and a number of documents."""
    [score] = read(lm_eval_file(tmp_path))["bio"].scores
    assert (score.outcomes, score.n, score.stated["acc"]) == (None, 10, Fraction(3, 10))


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (SAMPLES[1:], "their hash is another"),
        (SAMPLES[:9], "it ran 10 documents and has 9 samples"),
        ([lm_eval_sample(n, float(n < 1)) for n in range(10)], "states acc 0.3, its 10 outcomes give 0.1"),
        ([lm_eval_sample(n + 1, float(n < 3)) for n in range(10)], "their hash is another"),
    ],
)
def test_other_samples_are_a_fault(tmp_path: Path, samples: list[dict[str, Any]], fault: str) -> None:
    """Samples that are fewer, others, or say something else than the results are said to be."""
    path = lm_eval_file(tmp_path, SAMPLES)
    (tmp_path / STAMP).write_bytes(b"\n".join(map(encoded, samples)))
    assert fault in faults(read(path)["bio"])


def test_an_answer_that_was_not_found_is_no_answer(tmp_path: Path) -> None:
    """Where the filter found no answer the document is not answered, rather than answered wrongly."""
    samples = [lm_eval_sample(n, float(n < 3), filtered_resps="x" if n < 9 else "[invalid]") for n in range(10)]
    [score] = read(lm_eval_file(tmp_path, samples))["bio"].scores
    assert score.outcomes is not None
    assert score.outcomes["9"] == (Attempt(None, "no_answer"),)
    assert not score.faults


def test_filters_are_metrics_of_their_own(tmp_path: Path) -> None:
    """Each filter of a metric has its own outcomes, and each document counts once in each."""
    samples = [
        lm_eval_sample(n, float(n < (3 if kind == "loose" else 1)), kind)
        for kind in ("strict", "loose")
        for n in range(4)
    ]
    results = {"bio": {"acc,strict": 0.25, "acc,loose": 0.75, "acc_stderr,strict": 0.25, "acc_stderr,loose": "N/A"}}
    sizes = {"bio": {"original": 4, "effective": 4}}
    log = read(lm_eval_file(tmp_path, samples, results=results, **{"n-samples": sizes}))["bio"]
    assert {score.name: len(score.outcomes or ()) for score in log.scores} == {"acc,loose": 4, "acc,strict": 4}
    assert not faults(log)


def test_per_cent_of_proportions_are_no_contradiction(tmp_path: Path) -> None:
    """A task may state per cent of outcomes that are 0 or 1; any other number is a fault."""
    for value, fault in ((30.0, ""), (3.0, "states acc 3, its 10 outcomes give 0.3"), (31.0, "states acc 31")):
        log = read(lm_eval_file(tmp_path, SAMPLES, results={"bio": {"acc,none": value}}))["bio"]
        assert fault in faults(log)
        assert bool(faults(log)) is bool(fault)
        assert len(log.scores[0].outcomes or ()) == 10


@pytest.mark.parametrize(("version", "wanted"), [(1.0, "1.0"), ("2", "2"), ("N/A", ""), ("Yaml", ""), (None, "")])
def test_no_version_is_none(tmp_path: Path, version: object, wanted: str) -> None:
    """What the harness writes for a task without a version is no version."""
    assert read(lm_eval_file(tmp_path, versions={"bio": version}))["bio"].task_version == wanted


def test_groups_are_not_counted_twice(tmp_path: Path) -> None:
    """A group that stands among the results and among the groups is one log, as large as its parts."""
    values = {"all": 0.2, "bio": 0.3, "chem": 0.1}
    results = {task: {"alias": f" - {task}", "acc,none": value} for task, value in values.items()}
    sizes = {task: {"original": 20, "effective": 10} for task in ("bio", "chem")}
    more = {"results": results, "groups": {"all": results["all"]}, "group_subtasks": {"all": ["bio", "chem"]}}
    logs = read(lm_eval_file(tmp_path, **more, **{"n-samples": sizes}))
    assert {task: (log.planned, log.scores[0].n) for task, log in logs.items()} == {
        "all": (40, 20), "bio": (20, 10), "chem": (20, 10),
    }  # fmt: skip
    del results["chem"]
    assert "parts of it have no results: `chem`" in faults(read(lm_eval_file(tmp_path, **more))["all"])


@pytest.mark.parametrize(
    ("limit", "error", "fault"),
    [(1, "N/A", True), (30, 0.085, True), (100_000, 0.0126, False), (0.5, "N/A", True), (None, "N/A", False)],
)
def test_a_limit_without_sizes_is_a_fault(tmp_path: Path, limit: object, error: object, fault: bool) -> None:
    """A limit leaves out nobody knows what where sizes are not stated, unless the error shows that it bound nothing."""
    results = {"bio": {"acc,none": 0.3, "acc_stderr,none": error}}
    config = {"model": "hf", "limit": limit}
    log = read(lm_eval_file(tmp_path, results=results, config=config, **{"n-samples": {}}))["bio"]
    assert ("under a limit" in faults(log)) is fault


@pytest.mark.parametrize(
    ("results", "config", "wanted"),
    [
        ({"bio": {"acc": 0.25, "acc_stderr": 0.01}}, None, ("acc,none", Fraction(1, 4), "")),
        (
            {"bio": {"acc": 0.25}},
            {"model": "hf", "model_args": "pretrained=a/b,revision=r1"},
            ("acc,none", Fraction(1, 4), "a/b"),
        ),
        ({"bio": {"acc,none": 0.25}}, {"model_args": {"pretrained": "a/b"}}, ("acc,none", Fraction(1, 4), "a/b")),
        ({"bio": {"exact_match": 40.3}}, {"model_args": "a/b"}, ("exact_match,none", Fraction(403, 10), "a/b")),
    ],
)
def test_older_layouts_are_read(tmp_path: Path, results: object, config: object, wanted: tuple[object, ...]) -> None:
    """The layouts of 0.2 and 0.3 (no filter, no version of the harness, arguments as text) are read too."""
    path = tmp_path / "x.json"
    path.write_bytes(encoded({"results": results, "versions": {"bio": 0}, **({"config": config} if config else {})}))
    log = read(path)["bio"]
    assert (log.scores[0].name, log.scores[0].stated[log.scores[0].scorer], log.model) == wanted
    assert log.version == ""


def test_what_is_no_number_is_a_fault(tmp_path: Path) -> None:
    """`N/A` and NaN as a value are said, and are no value."""
    log = read(lm_eval_file(tmp_path, results={"bio": {"acc,none": "N/A", "f1,none": float("nan")}}))["bio"]
    assert [score.stated[score.scorer] for score in log.scores] == [None, None]
    assert "`acc` is no number: `N/A`" in faults(log)


def test_a_mock_model_is_a_fault(tmp_path: Path) -> None:
    """The model `dummy` of the harness answers at random."""
    assert "a mock" in faults(read(lm_eval_file(tmp_path, config={"model": "dummy"}))["bio"])


HOSTILE = {
    "cut off": (b'{"results": {"bio": {"acc,none": 0.5}}, "versions": {"bio"', "E303"),
    "a type no JSON has": (b'{"results": {"bio": {}}, "config": {"model_dtype": ', "E303"),
    "a key twice": (b'{"results": {"bio": {"acc": 0.9, "acc": 0.1}}, "versions": {}}', "E303"),
    "no results": (b'{"results": {}, "versions": {}}', "E306"),
    "results are a list": (b'{"results": [1], "versions": {}}', "E306"),
    "a list": (b'[{"layer_id": 1, "wmdp_acc": 0.3}]', "E304"),
    "too many tasks": (encoded({"results": {f"t{n}": {} for n in range(5001)}, "versions": {}}), "E302"),
    "samples alone": (encoded(SAMPLES[0]) + b"\n" + encoded(SAMPLES[1]), "E304"),
    "evidence": (b'{"schema": "policylang/evidence/v1", "results": {}, "config": {}}', "E304"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_relied_on_is_refused(tmp_path: Path, name: str) -> None:
    """A hostile or broken file ends in one sentence with its code."""
    data, code = HOSTILE[name]
    path = tmp_path / "x.json"
    path.write_bytes(data)
    assert rejected(lambda: read(path)) == code


def test_odd_values_never_stop_the_reader(tmp_path: Path) -> None:
    """Whatever stands in place of any part of a file, it is read, or refused with a sentence."""
    rng = random.Random(5)
    odd: list[Any] = [None, [], {}, "x", "", -1, 10**30, 1e300, float("nan"), True, [{}], {"bio": None}, {"bio": []}]
    right = json.loads(Path(lm_eval_file(tmp_path, SAMPLES)).read_bytes())
    for _ in range(150):
        made = json.loads(json.dumps(right))
        here = made
        while True:
            key = rng.choice(sorted(here))
            if not isinstance(here[key], dict) or not here[key] or rng.random() < 0.3:
                break
            here = here[key]
        here[key] = rng.choice(odd)
        path = tmp_path / "results_2026-10-20.json"
        path.write_bytes(encoded(made))
        assert rejected(partial(read, path)) in ("", "E304", "E306")
        rows = [dict(row) for row in SAMPLES]
        rows[0][rng.choice(sorted(rows[0]))] = rng.choice(odd)
        path = Path(lm_eval_file(tmp_path))
        (tmp_path / STAMP).write_bytes(b"\n".join(map(encoded, rows)))
        assert rejected(partial(read, path)) == ""


# Real results


def manifest() -> list[dict[str, Any]]:
    path = DATA / "MANIFEST.json"
    if not path.is_file():
        return []
    return [entry for entry in json.loads(path.read_text("utf-8"))["files"] if entry["file"].startswith("lm_eval/")]


@real
@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: Path(entry["file"]).name[:40])
def test_real_results_say_what_the_manifest_says(entry: dict[str, Any]) -> None:
    """Model, version, tasks and every stated value of real results are those of the manifest."""
    path, headline = DATA / entry["file"], entry["headline"]
    if "n_tasks" not in headline:
        assert rejected(lambda: read(path)) in ("E303", "E304")
        return
    logs = read(path)
    assert headline["n_tasks"] - 1 <= len(logs) <= headline["n_tasks"]  # one file has its model among the tasks
    log = next(iter(logs.values()))
    assert (log.version or None, log.commit or None) == (headline["lm_eval_version"], headline["git_hash"])
    assert log.model in (headline["model"] or "")
    for task, values in {
        **headline["first"],
        **{k: {"acc,none": v} for k, v in headline.get("wmdp", {}).items()},
    }.items():
        for name, value in values.items():
            if name != "sample_len":
                assert stated(logs[task], name) == (None if value == "N/A" else value)


def stated(log: Log, key: str) -> float | None:
    metric, _, kind = key.partition(",")
    scorer, error = metric.removesuffix("_stderr"), metric.endswith("_stderr")
    [score] = [one for one in log.scores if one.name == f"{scorer},{kind or 'none'}"]
    value = score.stated.get("stderr" if error else scorer)
    return None if value is None else round(float(value), 4)


@real
def test_the_unlearning_pair_is_not_comparable() -> None:
    """The run before unlearning was one document a task, which is said; the one after it was whole."""
    before, after = (
        read(DATA / "lm_eval" / f"wmdp_00_{kind}_model_eval.json")["wmdp_bio"] for kind in ("base", "unlearned")
    )
    assert "under a limit of 1" in faults(before)
    assert not faults(after)
