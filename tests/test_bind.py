"""From logs to readings: which measure a log feeds, what its outcomes are as units, what is said of the rest."""

from collections.abc import Mapping
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import pytest

from logs.writers import DATA, POINTS, eval_file, lm_eval_file, lm_eval_sample, sample
from policylang import load
from policylang.evidence.bind import Bound, bind
from policylang.evidence.facts import Reading, Stated
from policylang.evidence.logs import Attempt, Log, Score
from policylang.graph.nodes import Graph
from policylang.kinds import Quantity, Unit
from policylang.plugins import read_logs

ONE, NONE, HALF = Fraction(1), Fraction(0), Fraction(1, 2)
STATED = Stated(attributes={"held_out": "yes"})


def policy(tmp_path: Path, fields: str, kind: str = "rate") -> Graph:
    path = tmp_path / "p.policy"
    path.write_text(
        f'policy p {{ version "1" }} levels risk: low < high action deploy measure m: {kind} {{ {fields} }}\n'
        f'measure unbound: rate measure fed: rate {{ from inspect "evals/other" }}\n'
        f"category c: risk {{ high when {'m' if kind == 'finding' else 'm >= 5' if 'score' in kind else 'm >= 20%'} }}"
        f" rule r {{ when any category >= high or unbound >= 1% or fed >= 1% forbid deploy }}"
    )
    return load(path, cache=False).graph


def made(outcomes: Mapping[str, tuple[Attempt, ...]] | None, **more: Any) -> Log:
    stated = more.pop("stated", {"accuracy": None})
    n, bounds, unit = more.pop("n", None), more.pop("bounds", None), more.pop("unit", "")
    faults = more.pop("score_faults", ())
    score = Score(name="s", scorer="s", stated=stated, outcomes=outcomes, n=n, bounds=bounds, unit=unit, faults=faults)
    fixed: dict[str, Any] = {
        "name": "x.eval", "digest": "sha256:0", "tool": "inspect", "version": "0.3.285", "tasks": ("evals/ctf", "ctf"),
        "task_version": "1.0", "model": "acme/acme-7b", "status": "success", "run": "r", "scores": (score,),
        "planned": len(outcomes or ()), "epochs": max(map(len, (outcomes or {}).values()), default=1),
    }  # fmt: skip
    return Log(**{**fixed, **more})


def tried(*values: Fraction | str) -> tuple[Attempt, ...]:
    return tuple(Attempt(None, v) if isinstance(v, str) else Attempt(v) for v in values)  # type: ignore[arg-type]  # one of `Why`


def bound(tmp_path: Path, log: Log, fields: str = "", kind: str = "rate", stated: Stated = STATED) -> Bound:
    graph = policy(tmp_path, f'from inspect "evals/ctf" {fields}', kind)
    return bind([log], graph.measures, stated)


def reading(tmp_path: Path, log: Log, fields: str = "", kind: str = "rate") -> Reading:
    found = bound(tmp_path, log, fields, kind)
    assert [finding.code for finding in found.findings] == ["E312"]  # of the measure `fed`
    [one] = found.readings
    return one


def test_a_log_becomes_a_reading(tmp_path: Path) -> None:
    """Binary outcomes of single attempts are counts, and the reading says where it is from."""
    rows = [sample(unit, "C" if unit in "ad" else "I") for unit in "abcde"]
    logs = read_logs(eval_file(tmp_path / "x", rows), points=POINTS)
    one = reading(tmp_path, logs[0], 'metric "accuracy"')
    assert (one.n, one.scored, one.successes, one.units) == (5, 5, 2, None)
    assert (one.measure, one.stage, one.status, one.run) == ("m", None, "success", "run1/task1")
    assert (one.evaluator, one.source, str(one.at)) == ("inspect 0.3.285", str(tmp_path / "x"), "2026-10-20T09:00:00Z")
    assert (one.attributes, one.faults) == ({"held_out": "yes"}, ())


def test_what_was_planned_stays_in_the_count(tmp_path: Path) -> None:
    """Units that a limit left out, failed, were refused or not answered are planned and not scored."""
    outcomes = {
        "a": tried(ONE),
        "b": tried("error"),
        "c": tried("refusal"),
        "d": tried("no_answer"),
        "e": tried("limit"),
    }
    one = reading(tmp_path, made(outcomes, planned=40))
    assert (one.n, one.scored, one.successes) == (40, 1, 1)
    assert (one.errored, one.refused, one.no_answer) == (1, 1, 1)


@pytest.mark.parametrize(
    ("score", "wanted"),
    [
        ("mean", {"a": Fraction(3, 4), "b": NONE}),
        ("any", (2, 2, 1)),
        ("pass@2", {"a": 1 - Fraction(comb(1, 2), comb(4, 2)), "b": NONE}),
        ("pass@3", {"a": ONE, "b": NONE}),
        ("pass@1", {"a": Fraction(3, 4), "b": NONE}),
        ("pass@4", (2, 2, 1)),
    ],
)
def test_attempts_are_reduced_inside_their_unit(tmp_path: Path, score: str, wanted: object) -> None:
    """Several attempts at a task are one unit: their mean, whether any succeeded, or unbiased pass@k."""
    log = made({"a": tried(ONE, ONE, ONE, NONE), "b": tried(NONE, NONE, NONE, NONE)})
    one = reading(tmp_path, log, f"score {score}")
    assert one.n == 2
    assert (one.units if isinstance(wanted, dict) else (one.n, one.scored, one.successes)) == wanted


def test_means_of_attempts_stay_means(tmp_path: Path) -> None:
    """Which test is used does not depend on how the run came out: means that are all 0 or 1 are no counts."""
    one = reading(tmp_path, made({"a": tried(ONE, ONE), "b": tried(NONE, NONE)}))
    assert (one.units, one.successes) == ({"a": ONE, "b": NONE}, None)


def test_partial_credit_is_a_mean(tmp_path: Path) -> None:
    """One attempt with an outcome between 0 and 1 makes units of all."""
    assert reading(tmp_path, made({"a": tried(HALF), "b": tried(ONE)})).units == {"a": HALF, "b": ONE}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("", {"b": ONE}),
        ("refusal as dangerous", {"a": ONE, "b": ONE}),
        ("refusal as safe", {"a": HALF, "b": ONE}),
        ("refusal as missing", {"b": ONE}),
        ("worse when lower refusal as dangerous", {"a": HALF, "b": ONE}),
        ("error as safe", {"b": ONE}),
    ],
)
def test_attempts_without_an_outcome_count_as_the_measure_says(tmp_path: Path, fields: str, wanted: object) -> None:
    """`refusal as …` decides what a refused attempt is worth; a unit that lacks an attempt has no outcome."""
    log = made({"a": tried(ONE, "refusal"), "b": tried(ONE, ONE)})
    one = reading(tmp_path, log, fields)
    assert (one.n, one.units) == (2, wanted)


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"faults": ("edited",)}, {"status": None}])
def test_what_shows_danger_only_shows_all_of_it(tmp_path: Path, change: dict[str, Any]) -> None:
    """A run that cannot qualify has missing attempts counted as harmless, so that its successes still count."""
    one = reading(tmp_path, made({"a": tried(ONE, "error"), "b": tried(NONE)}, epochs=2, **change))
    assert one.units == {"a": HALF, "b": NONE}


def test_any_success_is_a_success(tmp_path: Path) -> None:
    """With `score any` one success settles a unit, whatever is missing; without one, what is missing could be one."""
    one = reading(tmp_path, made({"a": tried(ONE, "error"), "b": tried(NONE, "error")}), "score any")
    assert (one.n, one.scored, one.successes) == (2, 1, 1)


def test_a_sample_may_be_the_unit(tmp_path: Path) -> None:
    """`unit sample` makes every attempt a unit, those that are missing too."""
    one = reading(tmp_path, made({"a": tried(ONE, NONE), "b": tried(ONE)}, planned=3), "unit sample")
    assert (one.n, one.scored, one.successes) == (6, 3, 2)


def test_a_family_may_be_the_unit(tmp_path: Path) -> None:
    """`unit family` pools the attempts of a family; tasks that are missing count as a family each."""
    log = made({"a": tried(ONE), "b": tried(NONE), "c": tried(ONE)}, planned=5, families={"a": "f", "b": "f", "c": "g"})
    one = reading(tmp_path, log, "unit family")
    assert (one.n, one.units, one.faults) == (4, {"f": HALF, "g": ONE}, ())
    one = reading(tmp_path, made({"a": tried(ONE)}), "unit family")
    assert one.faults == ("it does not say of which family its units are",)


def test_scores_have_a_range(tmp_path: Path) -> None:
    """An outcome of a score is its place in the range of the measure; one outside is refused."""
    log = made({"a": tried(Fraction(5)), "b": tried(NONE)})
    assert reading(tmp_path, log, kind="score(0..10)").units == {"a": HALF, "b": NONE}
    [wrong, _] = bound(tmp_path, log).findings
    assert (wrong.code, wrong.severity) == ("E313", "error")
    assert "an outcome 5 lies outside" in wrong.message


@pytest.mark.parametrize(
    ("outcomes", "value", "faults"),
    [
        ({"a": tried(NONE), "b": tried(ONE)}, True, 0),
        ({"a": tried(NONE), "b": tried(NONE)}, False, 0),
        ({"a": tried(NONE), "b": tried("error")}, False, 1),
    ],
)
def test_a_finding_is_any_success(tmp_path: Path, outcomes: Any, value: bool, faults: int) -> None:
    """A finding is there when any unit succeeded; that it is not needs every unit scored."""
    one = reading(tmp_path, made(outcomes), kind="finding")
    assert (one.value, len(one.faults)) == (value, faults)


@pytest.mark.parametrize(
    ("value", "n", "wanted"),
    [
        (Fraction(376, 1000), 500, (188, 500, None, 0)),
        (Fraction("0.2828"), 1273, (None, None, Quantity(Fraction("0.2828"), Unit.NONE), 1)),
        (Fraction("0.2828"), None, (None, None, Quantity(Fraction("0.2828"), Unit.NONE), 0)),
    ],
)
def test_an_aggregate_is_a_number_of_successes(tmp_path: Path, value: Fraction, n: int | None, wanted: object) -> None:
    """A stated rate counts when it is k of n; a rate that no k gives is a fault, and without n it is a bare value."""
    one = reading(tmp_path, made(None, stated={"accuracy": value}, n=n, planned=n), 'metric "accuracy"')
    assert (one.successes, one.scored, one.value, len(one.faults)) == wanted


@pytest.mark.parametrize("outcomes", [None, {"a": tried(ONE)}])
def test_what_was_planned_must_be_said(tmp_path: Path, outcomes: Any) -> None:
    """A log that does not say how many units were planned may hide any number of them."""
    log = made(outcomes, stated={"accuracy": ONE}, n=1, planned=None)
    assert reading(tmp_path, log, 'metric "accuracy"').faults == ("it does not say how many units were planned",)


def test_per_cent_is_not_guessed(tmp_path: Path) -> None:
    """A rate of 40.3 may be per cent; nothing says so, and it is refused."""
    [wrong, _] = bound(tmp_path, made(None, stated={"accuracy": Fraction("40.3")}, n=500)).findings
    assert "40.3 lies outside the range" in wrong.message


def test_a_stated_interval_is_an_interval(tmp_path: Path) -> None:
    """A tool that states an interval, such as a time horizon in minutes, gives a reading with it."""
    log = made(None, stated={"p50": Fraction(120)}, bounds=(Fraction(74), Fraction(200)), unit="minutes")
    one = bound(tmp_path, log, 'metric "p50"', "score(0..9999)").readings[0]
    assert one.interval == (Quantity(Fraction(74), Unit.MINUTE), Quantity(Fraction(200), Unit.MINUTE))


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ('from inspect "evals/ctf"', True),
        ('from inspect "ctf"', True),
        ('from inspect_ai "ctf"', True),
        ('from inspect "ctf" version "1.0"', True),
        ('from inspect "ctf" version "2.0"', False),
        ('from inspect "cybench"', False),
        ('from lm_eval "ctf"', False),
        ('from lm_eval "ctf" from inspect "ctf"', True),
    ],
)
def test_logs_are_matched_by_tool_task_and_version(tmp_path: Path, fields: str, matches: bool) -> None:
    """A log feeds a measure bound to its registry name or task name, and to its version where one is named."""
    found = bind([made({"a": tried(ONE)})], policy(tmp_path, fields).measures, STATED)
    assert len(found.readings) == matches
    assert {finding.code for finding in found.findings} == {"E312"} if matches else {"E311", "E312"}
    assert all(finding.severity == "warning" and finding.help for finding in found.findings)


def two() -> Log:
    scores = tuple(
        Score(name=name, scorer=name, stated={"accuracy": None}, outcomes={"a": tried(value)})
        for name, value in (("main", ONE), ("side", NONE))
    )
    return made(None, scores=scores, planned=1)


@pytest.mark.parametrize(
    ("metric", "successes"),
    [("main", 1), ("side", 0), ("side/accuracy", 0), ("accuracy", None), ("", None), ("none", None)],
)
def test_the_metric_says_which_score(tmp_path: Path, metric: str, successes: int | None) -> None:
    """A metric names a scorer, or one of its metrics; what several scorers have is not guessed."""
    found = bound(tmp_path, two(), f'metric "{metric}"' if metric else "")
    assert [one.successes for one in found.readings] == ([] if successes is None else [successes])
    assert successes is not None or found.findings[0].code == "E313"


def test_a_run_that_died_still_counts(tmp_path: Path) -> None:
    """A log that states no result is bound by its outcomes; one without any says that nothing was scored."""
    one = reading(tmp_path, made({"a": tried(ONE)}, stated={}, status="started", planned=9), 'metric "accuracy"')
    assert (one.n, one.scored, one.successes, one.status) == (9, 1, 1, "started")
    one = reading(tmp_path, made(None, scores=(), planned=9, status="error"), 'metric "accuracy"')
    assert (one.n, one.scored, one.successes) == (9, 0, 0)


def test_faults_go_with_the_reading(tmp_path: Path) -> None:
    """What is wrong with a log or its score is a fault of the reading."""
    log = made({"a": tried(ONE)}, faults=("edited",), score_faults=("disagrees",))
    assert reading(tmp_path, log).faults == ("edited", "disagrees")


@pytest.mark.parametrize(
    ("models", "fault"),
    [
        ((), False),
        (("acme-7b",), False),
        (("Acme/ACME-7B",), False),
        (("other", "acme-7b"), False),
        (("acme-8b",), True),
    ],
)
def test_another_model_is_a_fault(tmp_path: Path, models: tuple[str, ...], fault: bool) -> None:
    """A log that names another model than the subject is no evidence that the subject is safe."""
    found = bound(tmp_path, made({"a": tried(ONE)}), stated=Stated(models=models))
    assert bool(found.readings[0].faults) is fault


@pytest.mark.parametrize(
    ("kind", "stage", "wanted"),
    [
        ("", "post", ["post"]),
        ("", None, []),
        ("", "later", []),
        ("unstaged", "post", [None]),
        ("unstaged", None, [None]),
    ],
)
def test_a_stage_is_stated(tmp_path: Path, kind: str, stage: str | None, wanted: list[str | None]) -> None:
    """A log does not know its stage; it is stated; one the measure lacks is refused, an unstaged one has none."""
    path = tmp_path / "p.policy"
    path.write_text(
        'policy p { version "1" } stage pre stage post levels risk: low < high action deploy\n'
        f'measure m: rate {{ from inspect "ctf" {kind} }}\n'
        f"rule r {{ when m{'' if kind else '.post'} >= 20% forbid deploy }}"
    )
    found = bind([made({"a": tried(ONE)})], load(path, cache=False).graph.measures, Stated(stage=stage))
    assert [one.stage for one in found.readings] == wanted
    assert [finding.code for finding in found.findings] == ([] if wanted else ["E313"])


def test_results_of_lm_eval_feed_measures(tmp_path: Path) -> None:
    """A metric of lm-evaluation-harness is named with its filter or without."""
    samples = [lm_eval_sample(n, float(n < 3)) for n in range(10)]
    logs = read_logs(lm_eval_file(tmp_path, samples), points=POINTS)
    for metric in ("acc", "acc,none"):
        graph = policy(tmp_path, f'from lm_eval "bio" metric "{metric}"')
        [one] = bind(logs, graph.measures, STATED).readings
        assert (one.n, one.scored, one.successes) == (10, 10, 3)


@pytest.mark.skipif(not (DATA / "inspect").is_dir(), reason="the real logs are not here")
@pytest.mark.parametrize(
    ("start", "task", "counts"),
    [
        ("2025-04-24T19-03-52", "inspect_evals/cybench", (40, 40, 4)),
        ("2025-04-24T19-55-46", "inspect_evals/cybench", (40, 0, 0)),
        ("2025-07-30T18-42-38", "mmlu", (285, 285, 223)),
        ("2025-05-12T20-28-13", "popularity", (100, 3, 2)),
        ("Testing", "bash_task", (257, 0, 0)),
        ("log_formats.json", "popularity", (100, 1, 0)),
    ],
)
def test_real_logs_feed_measures(tmp_path: Path, start: str, task: str, counts: tuple[int, int, int]) -> None:
    """Real logs give the counts that their headline numbers say, of everything that was planned."""
    [path] = (DATA / "inspect").glob(f"{start}*")
    logs = read_logs(str(path), points=POINTS)
    graph = policy(tmp_path, f'from inspect "{task}" metric "accuracy"')
    [one] = bind(logs, graph.measures, STATED).readings
    assert (one.n, one.scored, one.successes) == counts
