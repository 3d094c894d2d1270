"""Tables, and the files of METR, HELM, promptfoo, Every Eval Ever and OpenAI evals; and which importer reads what."""

import json
import random
from fractions import Fraction
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from logs.writers import DATA, POINTS, declared, encoded, eval_file, json_file, lm_eval_file, rejected, sample
from policylang import load
from policylang.evidence.bind import bind
from policylang.evidence.facts import Stated
from policylang.evidence.logs import Attempt, Log, accept
from policylang.kinds import Quantity, Unit
from policylang.plugins import knows, read_logs

ONE, NONE = (Attempt(Fraction(1)),), (Attempt(Fraction(0)),)
here = pytest.mark.skipif(not DATA.is_dir(), reason="the real files are not here")


def read(path: str | Path) -> list[Log]:
    return list(read_logs(str(path), points=POINTS))


def written(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def lines(*rows: object) -> bytes:
    return b"\n".join(map(encoded, rows))


def faults(log: Log) -> str:
    return "; ".join([*log.faults, *(fault for score in log.scores for fault in score.faults)])


# Tables


def test_a_table_of_units(tmp_path: Path) -> None:
    """One row an attempt gives outcomes by unit, with why there is none and the family of each."""
    head = "task,unit,outcome,why,family,status,planned,at\n"
    rows = "ctf,a,1,,f,success,9,2026-10-20\nctf,a,0.5,,f,success,9,2026-10-20\nctf,b,,error,g,success,9,2026-10-20\n"
    [log] = read(written(tmp_path / "x.csv", head + rows))
    assert log.scores[0].outcomes == {"a": (*ONE, Attempt(Fraction(1, 2))), "b": (Attempt(None, "error"),)}
    assert (log.tool, log.task, log.planned, log.epochs, log.status) == ("table", "ctf", 9, 2, "success")
    assert (log.families, str(log.started)) == ({"a": "f", "b": "g"}, "2026-10-20")


def test_a_table_of_results(tmp_path: Path) -> None:
    """One row a result gives an aggregate with its counts, in CSV and in JSON lines alike."""
    rows = [{"task": "ctf", "n": 40, "scored": 38, "successes": 19}, {"task": "bio", "value": 0.25}]
    text = "task,n,scored,successes,value\nctf,40,38,19,\nbio,,,,0.25\n"
    for path in (written(tmp_path / "x", lines(*rows)), written(tmp_path / "y", text)):
        bio, ctf = read(path)
        assert (ctf.planned, ctf.scores[0].n, ctf.scores[0].stated) == (40, 38, {"accuracy": Fraction(1, 2)})
        assert (bio.planned, bio.scores[0].stated, bio.status) == (None, {"accuracy": Fraction(1, 4)}, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("task,outcome,unit,sucesses\n", "E304"),
        ("task,unit,outcome\nctf,a\n", "E303"),
        ("task,unit,outcome\nctf,a,x\n", "E303"),
        ("task,unit,outcome\nctf,a,nan\n", "E303"),
        ("task,unit,outcome\nctf,a,\n", "E303"),
        ("task,unit,outcome,why\nctf,a,,tired\n", "E303"),
        ("task,unit,outcome\n,a,1\n", "E303"),
        ("task,n,successes\nctf,4,5\n", "E303"),
        ("task,n,successes\nctf,4,1.5\n", "E303"),
        ("task,n,successes\nctf,4,2\nctf,4,1\n", "E303"),
        ('task,n,successes\nctf,4,"2\n', "E303"),
        ('{"task": "a", "unit": "u", "outcome": 1}\n{"task": "a", "unit": "u", "outcome": 1, "x": 2}', "E303"),
        ('{"task": "a", "unit": "u", "outcome": 1}\n{"task": ', "E303"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, text: str, code: str) -> None:
    """A column, a count or a number that cannot be is refused, with its row."""
    assert rejected(lambda: read(written(tmp_path / "x", text))) == code


# METR

METR = """benchmark_name: METR-Horizon-v1.1
long_tasks_version: abc123
results:
  acme_7b:
    metrics:
      average_score:
        estimate: 0.4
      p50_horizon_length:
        ci_high: 20.5
        ci_low: 5.25
        estimate: 10.75
    release_date: 2024-06-20
    scaffolds:
    - mtb/start,metr_agents/react
  other:
    metrics:
      p50_horizon_length:
        ci_high: 200
        ci_low: 50
        estimate: 100
"""


def horizon(tmp_path: Path) -> Any:
    path = written(
        tmp_path / "p.policy",
        'policy p { version "1" } levels risk: low < high action deploy\n'
        'measure h: duration { from metr "METR-Horizon-v1.1" metric "p50_horizon_length" }\n'
        "category c: risk { high when h >= 1 hours } rule r { when any category >= high forbid deploy }",
    )
    return load(path, cache=False).graph


def test_horizons_are_durations(tmp_path: Path) -> None:
    """A horizon of METR feeds a duration with its interval, for the model that is ours."""
    logs = read(written(tmp_path / "x.yaml", METR))
    assert [log.model for log in logs] == ["acme_7b", "other"]
    assert (logs[0].task_version, logs[0].tool) == ("abc123", "metr")
    found = bind(logs, horizon(tmp_path).measures, Stated(models=("acme_7b",)))
    [one] = found.readings
    assert one.interval == (Quantity(Fraction(21, 4), Unit.MINUTE), Quantity(Fraction(41, 2), Unit.MINUTE))
    assert found.findings == ()


def test_of_several_models_one_is_ours(tmp_path: Path) -> None:
    """Where a file has several models and nothing says which is the subject, none is taken."""
    found = bind(read(written(tmp_path / "x.yaml", METR)), horizon(tmp_path).measures, Stated())
    assert found.readings == ()
    assert {finding.code for finding in found.findings} == {"E313"}
    assert "results of 2 models" in found.findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "benchmark_name: &a x\nresults: *a\n",
        "benchmark_name: x\nbenchmark_name: y\n",
        "benchmark_name: x\n results:\n",
        "benchmark_name: x\nresults:\n\tacme: 1\n",
        "benchmark_name: x\nresults: {a: 1}\n",
        "benchmark_name: x\nresults:\n  a: >\n    long\n",
        "benchmark_name: x\nno key\n",
    ],
)
def test_what_is_not_plain_is_refused(tmp_path: Path, text: str) -> None:
    """Of YAML the plain part is read; what could mean something else is refused with its line."""
    assert rejected(lambda: read(written(tmp_path / "x", text))) == "E303"


def test_runs_show_danger_only(tmp_path: Path) -> None:
    """Runs of METR have attempts by task and family; one that failed fatally is no 0; what was planned is unknown."""
    fixed = {"task_family": "f", "model": "acme", "task_source": "HCAST", "started_at": 1758931705966.0}
    rows = [
        {**fixed, "task_id": "f/a", "score_binarized": 1, "score_cont": 0.75, "fatal_error_from": None},
        {**fixed, "task_id": "f/a", "score_binarized": 0, "score_cont": 0, "fatal_error_from": "usageLimits"},
    ]
    [log] = read(written(tmp_path / "x", lines(*rows)))
    assert log.scores[0].outcomes == {"f/a": (*ONE, Attempt(None, "limit"))}
    assert (log.families, log.status, log.planned, log.epochs) == ({"f/a": "f"}, None, None, 2)
    assert str(log.started) == "2025-09-27T00:08:25Z"


# HELM, promptfoo, Every Eval Ever, OpenAI evals


def helm(folder: Path, *, most: int = 10, mean: float = 0.5, parts: tuple[str, ...] = ()) -> Path:
    folder.mkdir()
    name = {"name": "exact_match", "split": "test"}
    spec = {"name": "mmlu:subject=x,model=acme", "adapter_spec": {"model": "acme/a", "max_eval_instances": most}}
    rows: list[dict[str, Any]] = [
        {"instance_id": f"id{n}", "train_trial_index": 0, "stats": [{"name": name, "mean": n % 2}]} for n in range(4)
    ]
    rows.append({**rows[1], "perturbation": {"name": "typos"}})
    stats = [{"name": {**name, "perturbation": {"name": "typos"}}, "mean": 1.0}, {"name": name, "mean": mean}]
    files = {"run_spec": spec, "scenario_state": {}, "stats": stats, "per_instance_stats": rows}
    for part, value in files.items():
        if part not in parts:
            written(folder / f"{part}.json", encoded(value))
    return folder


def test_a_run_folder_of_helm(tmp_path: Path) -> None:
    """A run of HELM has the outcome of each instance, without perturbations; its name is with the model or without."""
    [log] = read(helm(tmp_path / "a"))
    assert log.scores[0].outcomes == {f"id{n}": ONE if n % 2 else NONE for n in range(4)}
    assert (log.tasks, log.model) == (("mmlu:subject=x,model=acme", "mmlu:subject=x"), "acme/a")
    assert (log.status, log.planned, faults(log)) == ("success", 4, "")


def test_what_a_run_of_helm_lacks_is_said(tmp_path: Path) -> None:
    """A part that is missing, a mean that disagrees, a cut at an unknown place."""
    [log] = read(helm(tmp_path / "a", parts=("scenario_state",)))
    assert (log.status, faults(log)) == ("incomplete", "parts of it are missing: scenario_state.json")
    assert "states 0.75, its 4 instances give 0.5" in faults(read(helm(tmp_path / "b", mean=0.75))[0])
    assert read(helm(tmp_path / "c", most=4))[0].planned is None


def promptfoo(*rows: dict[str, Any], **stats: int) -> bytes:
    made = [{"testIdx": n, "provider": {"id": "openai:x"}, "failureReason": 0, **row} for n, row in enumerate(rows)]
    results = {"version": 3, "timestamp": "2026-08-17T06:58:25.021Z", "results": made, "stats": stats}
    return encoded({"evalId": "e1", "results": results, "config": {"description": "smoke"}, "metadata": {}})


def test_results_of_promptfoo(tmp_path: Path) -> None:
    """Errors are neither successes nor failures, and a count that is not that of the rows is said."""
    rows: list[dict[str, Any]] = [
        {"success": True, "score": 1, "namedScores": {"tone": 0.5}},
        {"success": False, "score": 0},
        {"success": False, "score": 0, "failureReason": 2},
    ]
    [log] = read(written(tmp_path / "x", promptfoo(*rows, successes=1, failures=1, errors=1)))
    assert log.scores[0].outcomes == {"0": ONE, "1": NONE, "2": (Attempt(None, "error"),)}
    assert [score.name for score in log.scores] == ["success", "score", "tone"]
    assert (log.tasks, log.model, log.run, faults(log)) == (("smoke", "e1"), "openai:x", "e1", "")
    [log] = read(written(tmp_path / "x", promptfoo(*rows, successes=2, failures=1, errors=0)))
    assert "states 2, 1 and 0" in faults(log)


def test_a_record_of_every_eval_ever(tmp_path: Path) -> None:
    """A record has values without outcomes, and does not say that its run completed."""
    result = {
        "evaluation_name": "GPQA",
        "metric_config": {"min_score": 0, "max_score": 1, "metric_id": "acc"},
        "score_details": {"score": 0.25, "uncertainty": {"num_samples": 40}},
    }
    record = {"schema_version": "0.3.0", "evaluation_id": "e", "model_info": {"id": "a/b"}}
    [log] = read(written(tmp_path / "x", encoded({**record, "evaluation_results": [result]})))
    assert (log.task, log.model, log.status, log.scores[0].n) == ("GPQA", "a/b", None, 40)
    assert log.scores[0].stated == {"acc": Fraction(1, 4)}
    result["score_details"] = {"score": 25}
    [log] = read(written(tmp_path / "x", encoded({**record, "evaluation_results": [result]})))
    assert "outside the range" in faults(log)


def oaieval(accuracy: float, limit: int | None = None) -> list[dict[str, Any]]:
    events = [{"sample_id": f"s{n}", "type": "match", "data": {"correct": n == 0}} for n in range(3)]
    spec = {"eval_name": "m.s1.v0", "base_eval": "m", "completion_fns": ["acme"], "run_config": {"max_samples": limit}}
    return [{"spec": spec}, {"final_report": {"accuracy": accuracy}}, *events, {"sample_id": "s3", "type": "error"}]


def test_a_log_of_openai_evals(tmp_path: Path) -> None:
    """The report stands anywhere, is checked against the events, and without it the run did not end."""
    rows = oaieval(1 / 3)
    [log] = read(written(tmp_path / "x", lines(*rows)))
    assert log.scores[0].outcomes == {"s0": ONE, "s1": NONE, "s2": NONE, "s3": (Attempt(None, "error"),)}
    assert (log.status, log.planned, log.tasks, faults(log)) == ("success", 4, ("m.s1.v0", "m"), "")
    assert read(written(tmp_path / "x", lines(rows[0], *rows[2:])))[0].status == "started"
    assert "states accuracy 0.9" in faults(read(written(tmp_path / "x", lines(*oaieval(0.9))))[0])
    assert read(written(tmp_path / "x", lines(*oaieval(1 / 3, limit=4))))[0].planned is None
    assert rejected(lambda: read(written(tmp_path / "x", lines(rows[0], *rows)))) == "E303"


# Which importer reads what


def test_content_says_what_a_log_is(tmp_path: Path) -> None:
    """Under a name that says nothing, each kind of file is read by its importer."""
    made: dict[str, list[str | Path]] = {
        "inspect": [eval_file(tmp_path / "1", [sample("a", "C")]), json_file(tmp_path / "2", [sample("a", "C")])],
        "lm_eval": [lm_eval_file(tmp_path)],
        "metr": [written(tmp_path / "3", METR)],
        "helm": [helm(tmp_path / "4")],
        "promptfoo": [written(tmp_path / "5", promptfoo({"success": True}))],
        "openai_evals": [written(tmp_path / "6", lines(*oaieval(1 / 3)))],
        "table": [written(tmp_path / "7", "task,unit,outcome\nctf,a,1\n")],
    }
    for tool, paths in made.items():
        assert {read(path)[0].tool for path in paths} == {tool}


def test_what_stands_in_a_file_says_whether_it_is_a_log(tmp_path: Path) -> None:
    """Archives and pointers stand in the place of logs whatever is in them; evidence is none, and neither is prose."""
    assert knows(eval_file(tmp_path / "x", [sample("a", "C")]), points=POINTS)
    assert knows(json_file(tmp_path / "x", [sample("a", "C")]), points=POINTS)
    for text in ("version https://git-lfs.github.com/spec/v1\n", "PK but no archive"):
        assert knows(str(written(tmp_path / "y", text)), points=POINTS)
    for text in ("schema: policylang/evidence/v1\n", '{"schema": "policylang/evidence/v1"}', "", "{", "hello"):
        assert not knows(str(written(tmp_path / "y", text)), points=POINTS)


def test_importers_of_ours_are_never_shadowed(tmp_path: Path) -> None:
    """An entry point from elsewhere takes no name of ours, and is loaded only when it is allowed."""
    path = eval_file(tmp_path / "x", [sample("a", "C")])
    evil = EntryPoint(name="inspect", value="no_such_module:make", group="policylang.importers")
    assert read_logs(path, points=(evil, *POINTS), allowed=("inspect",))[0].tool == "inspect"
    other = EntryPoint(name="other", value="no_such_module:make", group="policylang.importers")
    unknown = written(tmp_path / "y", "hello")
    assert rejected(lambda: read_logs(str(unknown), points=(other, *POINTS))) == "E304"
    assert rejected(lambda: read_logs(str(unknown), points=(other, *POINTS), allowed=("other",))) == "E310"
    assert rejected(lambda: read_logs(str(tmp_path / "none"), points=POINTS)) == "C102"


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": []}, {"tool": ""}, {"tool": 3}, {"planned": -1}, {"planned": True}, {"status": ["success"]},
        {"scores": "x"}, {"scores": [1]}, {"scores": [{"outcomes": {"a": [(0.5, "")]}}]}, {"dirty": "yes"},
        {"scores": [{"outcomes": {"a": [(None, "tired")]}}]}, {"scores": [{"outcomes": {"a": [(None, "")]}}]},
        {"scores": [{"metrics": {"a": 0.5}}]}, {"faults": [""]}, {"attempts": (1, 2, 3)}, {"limits": {"a": 1}},
    ],
)  # fmt: skip
def test_importers_are_not_believed(change: dict[str, Any]) -> None:
    """What an importer hands over is checked: wrong shapes, floats, outcomes without a reason."""
    record = {"tool": "t", "tasks": ["x"], **change}
    assert rejected(lambda: accept(record, name="f", digest="sha256:0")) == "E310"


def test_the_project_declares_its_importers() -> None:
    """The entry points that the tests use are those of the project."""
    assert declared() == {point.name: point.value for point in POINTS}


def test_odd_values_never_stop_a_reader(tmp_path: Path) -> None:
    """Whatever stands in place of any part of a file, it is read, or refused with a sentence that is not about us."""
    rng = random.Random(7)
    rights = [
        json.loads(promptfoo({"success": True, "score": 1}, successes=1, failures=0, errors=0)),
        {"schema_version": "0.3.0", "evaluation_id": "e", "evaluation_results": [{"score_details": {"score": 1}}]},
        oaieval(1 / 3)[0],
        json.loads(Path(json_file(tmp_path / "j", [sample("a", "C"), sample("b", "I")])).read_bytes()),
    ]
    odd: list[Any] = [
        None,
        [],
        {},
        "x",
        "",
        -1,
        10**30,
        1e300,
        float("nan"),
        True,
        [{}],
        {"a": None},
        [[1]],
        "2026-99-99",
    ]
    for right in rights:
        for _ in range(120):
            made: Any = json.loads(json.dumps(right))
            here: Any = made
            while True:
                key = rng.choice(sorted(here) if isinstance(here, dict) else range(len(here)))
                if not isinstance(here[key], dict | list) or not here[key] or rng.random() < 0.25:
                    break
                here = here[key]
            here[key] = rng.choice(odd)
            path = written(tmp_path / "x", encoded(made))
            assert rejected(partial(read, path)) in ("", "E303", "E304", "E305", "E306"), (key, here[key])


@here
@pytest.mark.parametrize(
    ("path", "task", "values"),
    [
        ("openai_evals/autogpt_test-match.jsonl", "test-match", {"match": 0.3333}),
        (
            "helm/mmlu-subject=philosophy",
            "mmlu:subject=philosophy,method=multiple_choice_joint",
            {"exact_match": 0.1111},
        ),
        ("metr/benchmark_results_1_0.yaml", "METR-Horizon-v1", {"qwen_2_72b": 2.2432}),
        ("metr/benchmark_results_1_1.yaml", "METR-Horizon-v1.1", {"o3_inspect": 120.7305}),
        ("promptfoo/reqverify.json", "eval-E1S-2026-08-17T06:58:25", {"success": 1.0}),
        ("promptfoo/naksu-chatbot.json", "Naksu AI Gemini regression suite", {"success": None}),
        ("promptfoo/prompt-eval-workbench.json", "Prompt eval smoke tests", {"success": 0.6667}),
        ("eee/98ea850e-7019-4728-a558-8b1819ec47c2.json", "GPQA", {"score": 0.2743}),
    ],
)
def test_real_files_say_what_the_manifest_says(path: str, task: str, values: dict[str, float | None]) -> None:
    """Real files of other tools are read, with the numbers they are known for."""
    logs = [log for log in read(DATA / path) if task in log.tasks]
    for name, value in values.items():
        log = next(log for log in logs if log.model == name or any(score.name == name for score in log.scores))
        score = next(one for one in log.scores if one.name in (name, "p50_horizon_length"))
        known = [a.value for tries in (score.outcomes or {}).values() for a in tries if a.value is not None]
        found = sum(known) / len(known) if known else score.stated.get(score.name)
        assert (None if found is None else round(float(found), 4)) == value


@here
def test_everything_at_hand_is_read_or_refused() -> None:
    """Every real file is read, or refused with a sentence."""
    paths = [path for path in DATA.rglob("*") if path.is_file()]
    codes = {path: rejected(partial(read, path)) for path in paths}
    assert set(codes.values()) <= {"", "E303", "E304", "E307", "E308"}
    assert sum(code == "" for code in codes.values()) >= 50
