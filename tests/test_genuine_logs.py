"""Logs that Inspect AI and lm-evaluation-harness write here and now, and what their own readers say of them.

`logs/genuine.py` makes all of them once, in a process of its own, with mock models and without the network. The tools
are test dependencies; without them these tests are skipped.
"""

import json
import os
import subprocess
import sys
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from logs.writers import POINTS, ROOT
from policylang import load
from policylang.evidence.bind import bind
from policylang.evidence.facts import Stated
from policylang.evidence.logs import Attempt, Log, Score
from policylang.plugins import knows, read_logs

pytestmark = pytest.mark.skipif(
    find_spec("inspect_ai") is None or find_spec("lm_eval") is None, reason="the eval tools are not installed"
)

MOCK = "its model is `mockllm/model`: no model, or a mock"
DUMMY = "its model is `dummy`: no model, or a mock"

INSPECT = """
    cancelled died epochs errored failing invalidated_eval invalidated_json json limited message_limit nothing odd
    odd_json parts plain rescored_eval rescored_json retried rewritten_eval rewritten_json scored_on_error selected
    stopped tagged_eval tagged_json unlogged unreduced
""".split()
HARNESS = ("bare", "limit", "share", "whole")

FAULTS = {
    "invalidated_eval": "it was invalidated",
    "invalidated_json": "samples were invalidated: `0`",
    "nothing": "its `accuracy` is no number",
    "rescored_eval": "scores were edited after the run: `3`",
    "rescored_json": "scores were edited after the run: `3`",
    "stopped": "it was stopped early, by a rule of its own",
    "tagged_eval": "it was changed after the run (log updates)",
    "tagged_json": "it was changed after the run (log updates)",
}
"""What is said of a log beside that its model is a mock; nothing of those that are not here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the logs are, made once for all tests of this module."""
    made = tmp_path_factory.mktemp("genuine")
    offline = dict.fromkeys(("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"), "1")
    homes = {name: str(made / "home") for name in ("HOME", "HF_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    words = [sys.executable, str(ROOT / "tests" / "logs" / "genuine.py"), str(made / "logs")]
    environment = {**os.environ, **offline, **homes}
    ran = subprocess.run(words, capture_output=True, text=True, cwd=made, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return made / "logs"


@pytest.fixture(scope="module")
def said(folder: Path) -> dict[str, Any]:
    """What the tools say of the logs."""
    found: dict[str, Any] = json.loads((folder / "said.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def logs(folder: Path) -> dict[str, Log]:
    """The logs of Inspect, as we read them."""
    paths = {path.parent.name: path for path in sorted((folder / "inspect").glob("*/*.*"))}
    return {name: read_logs(str(path), points=POINTS)[0] for name, path in paths.items()}


def faults(log: Log) -> list[str]:
    """What keeps a log from being evidence of safety, beside its model."""
    found = [*log.faults, *(fault for score in log.scores for fault in score.faults)]
    return [fault for fault in found if fault not in (MOCK, DUMMY)]


def outcomes(score: Score) -> dict[str, list[str]]:
    """The outcomes of a score as text: numbers, or why there is none."""
    return {unit: [one.why or str(one.value) for one in tries] for unit, tries in (score.outcomes or {}).items()}


# Inspect


def test_every_case_is_here(logs: dict[str, Log], said: dict[str, Any]) -> None:
    """The cases named here are the ones that were made."""
    assert sorted(logs) == sorted(said["inspect"]) == INSPECT


@pytest.mark.parametrize("name", INSPECT)
def test_a_header_says_what_the_tool_says(name: str, logs: dict[str, Log], said: dict[str, Any]) -> None:
    """Status, task, versions, model, run, date, counts and epochs are those that Inspect reads."""
    log, theirs = logs[name], said["inspect"][name]
    assert (log.tool, log.version, log.tasks, log.model) == (
        "inspect",
        theirs["version"],
        (theirs["task"],),
        theirs["model"],
    )
    assert (log.status, log.run, str(log.started)) == (
        theirs["status"], theirs["run"], theirs["started"].replace("+00:00", "Z"),
    )  # fmt: skip
    assert (log.attempts_planned, log.attempts_completed) == tuple(theirs["attempts"])
    assert (log.planned, log.epochs) == (theirs["planned"], theirs["epochs"])
    assert log.task_version == (theirs["task_version"] or "")


@pytest.mark.parametrize("name", INSPECT)
def test_a_log_states_what_the_tool_reads(name: str, logs: dict[str, Log], said: dict[str, Any]) -> None:
    """Every metric of every scorer and reducer is there, with its value."""
    theirs: dict[tuple[str, str], list[dict[str, float]]] = {}
    for scorer, part, _, metrics in said["inspect"][name]["metrics"]:
        theirs.setdefault((scorer, part), []).append(metrics)
    ours = {(score.scorer, score.name): score.stated for score in logs[name].scores if score.stated}
    assert ours.keys() == theirs.keys()
    for key, found in ours.items():
        wanted = sorted(str(value) for metrics in theirs[key] for value in metrics.values())
        assert sorted("nan" if value is None else str(float(value)) for value in found.values()) == wanted


@pytest.mark.parametrize("name", INSPECT)
def test_every_attempt_has_the_score_that_the_tool_reads(name: str, logs: dict[str, Log], said: dict[str, Any]) -> None:
    """The outcome of every attempt is the number Inspect makes of its score; what has none is 0 or nothing there."""
    theirs: dict[tuple[str, str], dict[int, float]] = {}
    for sample in said["inspect"][name]["samples"]:
        for part, value in sample["values"].items():
            theirs.setdefault((part, str(sample["id"])), {})[sample["epoch"]] = value
    ours = {(score.name, unit): tries for score in logs[name].scores for unit, tries in (score.outcomes or {}).items()}
    assert theirs.keys() <= ours.keys()
    for key, tries in ours.items():
        scored = theirs.get(key, {})
        values = [scored[epoch] for epoch in sorted(scored)] or [0.0] * len(tries)
        assert len(tries) == len(values)
        for attempt, value in zip(tries, values, strict=True):
            if attempt.value is None:
                assert value == 0 or value != value  # noqa: PLR0124  # only NaN differs from itself
            else:
                assert attempt == Attempt(Fraction(str(value)))


@pytest.mark.parametrize("name", INSPECT)
def test_what_was_done_to_a_log_is_said(name: str, logs: dict[str, Log]) -> None:
    """Edits, invalidation and early stops are reasons, and aggregates that Inspect computed agree with the outcomes."""
    found, wanted = faults(logs[name]), FAULTS.get(name)
    assert MOCK in logs[name].faults
    assert (wanted in found) if wanted else not found


@pytest.mark.parametrize("name", INSPECT)
def test_what_the_tool_knows_as_changed_is_a_fault(name: str, logs: dict[str, Log], said: dict[str, Any]) -> None:
    """A log that Inspect knows to be updated, invalidated, stopped or edited has a fault, and no other has."""
    theirs = said["inspect"][name]
    edited = any(sample["edited"] for sample in theirs["samples"])
    changed = theirs["updated"] or theirs["invalidated"] or theirs["stopped"] or edited
    assert bool(faults(logs[name])) is (changed or name == "nothing")


def test_an_edit_is_seen_in_an_archive(logs: dict[str, Log]) -> None:
    """An edited score leaves no trace in the summaries of an archive; the sample itself is looked at."""
    assert outcomes(logs["rescored_eval"].scores[0])["3"] == ["0"]
    assert outcomes(logs["plain"].scores[0])["3"] == ["1"]
    assert faults(logs["rescored_eval"]) == faults(logs["rescored_json"])


@pytest.mark.parametrize(
    ("one", "other"), [("plain", "rewritten_eval"), ("json", "rewritten_json"), ("odd", "odd_json")]
)
def test_the_same_run_is_the_same_log(one: str, other: str, logs: dict[str, Log]) -> None:
    """Writing a log again changes nothing that is read of it; an archive and a text say the same."""
    assert [outcomes(score) for score in logs[one].scores] == [outcomes(score) for score in logs[other].scores]
    assert faults(logs[one]) == faults(logs[other]) == []


def test_a_run_that_ended_badly_is_no_success(logs: dict[str, Log]) -> None:
    """Cancelled, failed and dead runs keep what was planned, and the outcomes of what was done."""
    for name, status, done in (("cancelled", "cancelled", 5), ("failing", "error", 4), ("died", "started", 4)):
        log = logs[name]
        known = [tries for tries in outcomes(log.scores[0]).values() if not set(tries) & {"error"}]
        assert (log.status, log.planned, len(known)) == (status, 6, done), name


@pytest.mark.parametrize("name", ["errored", "retried", "scored_on_error"])
def test_a_sample_that_failed_is_no_zero(name: str, logs: dict[str, Log]) -> None:
    """A failed sample is an error, also when a scorer was asked all the same; that it was tried again is a note."""
    assert outcomes(logs[name].scores[0])["2"] == ["error"]
    assert (logs[name].attempts_planned, logs[name].attempts_completed) == (6, 5)
    notes = ["1 sample failed", *(["1 sample ran again after an error"] if name == "retried" else [])]
    assert list(logs[name].notes) == notes


def test_limits_are_read(logs: dict[str, Log]) -> None:
    """What a limit left out stays planned, and a sample that met a limit is counted."""
    assert (logs["limited"].limits, logs["limited"].planned, len(outcomes(logs["limited"].scores[0]))) == (
        {"limit": "3"}, 6, 3,
    )  # fmt: skip
    assert (logs["selected"].limits, logs["selected"].planned) == ({"sample_id": "2 values"}, 6)
    assert logs["message_limit"].limits == {"message_limit": "5"}
    assert logs["message_limit"].notes == ("1 sample met a limit",)


def test_refusals_and_silence_are_no_zeros(logs: dict[str, Log]) -> None:
    """No answer, a filtered answer and a score without a value are told apart, in an archive and in a text alike."""
    wanted = {"0": "no_answer", "1": "refusal", "2": "refusal", "3": "no_answer", "4": "no_answer", "5": "1/2"}
    for name in ("odd", "odd_json"):
        assert outcomes(logs[name].scores[0]) == {unit: [why] for unit, why in wanted.items()}
    assert {why for [why] in outcomes(logs["nothing"].scores[0]).values()} == {"unscored"}


def test_parts_and_scorers_stay_apart(logs: dict[str, Log]) -> None:
    """The parts of a score are scores, and two scorers of one name are two."""
    assert [(score.scorer, score.name) for score in logs["parts"].scores] == [
        ("parts", "found"), ("parts", "used"), ("includes", "includes"), ("includes1", "includes1"),
    ]  # fmt: skip


def test_a_log_without_samples_has_its_numbers(logs: dict[str, Log]) -> None:
    """A run that logged no samples has an aggregate and how many are behind it, and that is no fault."""
    [score] = logs["unlogged"].scores
    assert (score.outcomes, score.n, score.stated["accuracy"]) == (None, 6, Fraction(1, 2))


POLICY = """\
policy p {{ version "1" confidence 95% }} levels risk: low < high action deploy
measure m: rate {{ from {tool} "{task}" metric "{metric}" {more} }}
category c: risk {{ high when m >= 20% }} rule r {{ when any category >= high forbid deploy }}
"""


@pytest.mark.parametrize(
    ("name", "more", "wanted"),
    [
        ("plain", "", {"n": 6, "scored": 6, "successes": 3}),
        ("errored", "", {"n": 6, "scored": 5, "successes": 3, "errored": 1}),
        ("limited", "", {"n": 6, "scored": 3, "successes": 1}),
        ("cancelled", "", {"n": 6, "scored": 5, "successes": 2, "status": "cancelled"}),
        ("odd", "", {"n": 6, "units": {**{str(n): Fraction(0) for n in range(5)}, "5": Fraction(1, 2)}}),
        ("epochs", "score any", {"n": 6, "scored": 6, "successes": 4}),
        ("unlogged", "", {"n": 6, "scored": 6, "successes": 3}),
    ],
)
def test_a_log_becomes_a_reading(
    name: str, more: str, wanted: dict[str, object], logs: dict[str, Log], tmp_path: Path
) -> None:
    """A measure bound to the task takes the counts of the log, with what is missing still in them.

    A mock shows danger only, so of means what is missing is taken as harmless.
    """
    path = tmp_path / "p.policy"
    path.write_text(POLICY.format(tool="inspect", task="odd", metric="accuracy", more=more), "utf-8")
    [reading] = bind([logs[name]], load(path, cache=False).graph.measures, Stated()).readings
    assert {key: getattr(reading, key) for key in wanted} == wanted
    assert MOCK in reading.faults


# lm-evaluation-harness


def results(folder: Path, name: str) -> dict[str, Log]:
    """The logs of a run of the harness, by task."""
    [path] = (folder / "lm_eval" / name).rglob("results_*.json")
    return {log.task: log for log in read_logs(str(path), points=POINTS)}


@pytest.mark.parametrize("name", HARNESS)
def test_results_state_what_the_harness_says(name: str, folder: Path, said: dict[str, Any]) -> None:
    """Every value and standard error of every task and group, sizes and version are those that the harness returned."""
    theirs, found = said["lm_eval"][name], results(folder, name)
    assert sorted(found) == sorted(theirs["results"]) == ["tiny_both", "tiny_cent", "tiny_one", "tiny_two"]
    for task, log in found.items():
        stated = {}
        for score in log.scores:
            metric, kind = score.name.split(",")
            stated[score.name] = float(score.stated[metric] or 0)
            if "stderr" in score.stated:
                stated[f"{metric}_stderr,{kind}"] = float(score.stated["stderr"] or 0)
        assert stated == theirs["results"][task]
        assert (log.tool, log.version, log.status) == ("lm_eval", theirs["version"], "success")
        assert log.configuration["model"] == "dummy"
        assert faults(log) == []
    sizes = {task: (found[task].planned, found[task].attempts_completed) for task in theirs["sizes"]}
    assert sizes == {task: (size["original"], size["effective"]) for task, size in theirs["sizes"].items()}


@pytest.mark.parametrize("name", HARNESS)
def test_every_document_has_the_outcome_that_the_harness_gave(name: str, folder: Path, said: dict[str, Any]) -> None:
    """The outcome of each document under each filter is read from the samples; without samples there is none."""
    theirs = said["lm_eval"][name]["outcomes"]
    for task, log in results(folder, name).items():
        ours = {
            (score.name.split(",")[1], unit, 0.0 if one.value is None else float(one.value))
            for score in log.scores
            for unit, tries in (score.outcomes or {}).items()
            for one in tries
        }
        assert ours == {(kind, str(doc), value) for kind, doc, value in theirs.get(task, [])}


def test_a_group_is_as_large_as_its_tasks(folder: Path) -> None:
    """A group is a log of its own, as large as its parts, and what a limit left out stays planned."""
    for name, planned, run in (("whole", 40, 40), ("limit", 40, 24), ("share", 40, 12)):
        log = results(folder, name)["tiny_both"]
        assert (log.planned, log.attempts_completed, log.task_version) == (planned, run, "2"), name


def test_per_cent_are_seen(folder: Path) -> None:
    """A task that states per cent of outcomes that are proportions is no contradiction, and has its outcomes."""
    log = results(folder, "whole")["tiny_cent"]
    [strict] = [score for score in log.scores if score.name == "exact_match,strict"]
    assert strict.stated["exact_match"] == 50
    assert {one.value for tries in (strict.outcomes or {}).values() for one in tries} == {0, 1}
    assert (faults(log), log.task_version) == ([], "")


def test_what_no_filter_finds_is_no_answer(folder: Path) -> None:
    """A filter that finds nothing leaves documents without an answer, rather than with a wrong one."""
    log = results(folder, "limit")["tiny_cent"]
    [loose] = [score for score in log.scores if score.name == "exact_match,loose"]
    assert set(map(tuple, outcomes(loose).values())) == {("no_answer",)}


def test_samples_alone_are_no_log(folder: Path) -> None:
    """Samples are read with their results and never by themselves, so that a folder of both counts nothing twice."""
    paths = sorted((folder / "lm_eval" / "whole").rglob("samples_*.jsonl"))
    assert len(paths) == 3
    assert not [path for path in paths if knows(str(path))]


def test_results_become_readings(folder: Path, tmp_path: Path) -> None:
    """Tasks and groups feed the measures that are bound to them; a group is not counted for its parts."""
    path = tmp_path / "p.policy"
    for task, limit in (("tiny_one", 12), ("tiny_both", 24)):
        path.write_text(POLICY.format(tool="lm_eval", task=task, metric="acc", more=""), "utf-8")
        bound = bind(list(results(folder, "limit").values()), load(path, cache=False).graph.measures, Stated())
        [reading] = bound.readings
        assert (reading.scored, reading.n) == (limit, 20 if limit == 12 else 40)
        assert DUMMY in reading.faults
