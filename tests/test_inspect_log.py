"""Logs of Inspect AI: what is read of them, what keeps them from being evidence of safety, what is refused."""

import json
import random
import re
import sys
import tracemalloc
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from logs.writers import (
    DATA,
    DEFLATE,
    POINTS,
    STORED,
    ZSTD,
    archive,
    encoded,
    eval_file,
    header,
    json_file,
    members,
    metric,
    rejected,
    sample,
)
from policylang.evidence.logs import Attempt, Log
from policylang.plugins import read_logs

ROWS = [sample("a", "C"), sample("b", "I"), sample("c", "I"), sample("d", "C"), sample("e", "I")]

HAS_ZSTD = sys.version_info >= (3, 14) or (find_spec("backports") and find_spec("backports.zstd")) is not None
zstd = pytest.mark.skipif(not HAS_ZSTD, reason="needs zstd")
real = pytest.mark.skipif(not (DATA / "inspect").is_dir(), reason="the real logs are not here")


def read(path: str | Path) -> Log:
    [log] = read_logs(str(path), points=POINTS)
    return log


def faults(log: Log) -> str:
    return "; ".join([*log.faults, *(fault for score in log.scores for fault in score.faults)])


@pytest.mark.parametrize("method", [STORED, DEFLATE, pytest.param(ZSTD, marks=zstd)])
def test_an_archive_is_read_however_it_is_packed(tmp_path: Path, method: int) -> None:
    """Members that are stored, deflated, or zstd in several frames give the same outcomes."""
    log = read(eval_file(tmp_path / "x.bin", ROWS, method))
    [score] = log.scores
    assert score.outcomes == {unit: (Attempt(Fraction(unit in "ad")),) for unit in "abcde"}
    assert (log.tool, log.version, log.tasks, log.status) == ("inspect", "0.3.285", ("evals/ctf", "ctf"), "success")
    assert (log.planned, log.epochs, log.task_version, log.model) == (5, 1, "1.0.0", "acme/acme-7b")
    assert (log.run, log.commit, log.dirty) == ("run1/task1", "abc1234", False)
    assert str(log.started) == "2026-10-20T09:00:00Z"
    assert not faults(log)
    assert re.fullmatch("sha256:[0-9a-f]{64}", log.digest)


def test_json_gives_what_the_archive_gives(tmp_path: Path) -> None:
    """The same run as `.eval` and as `.json` is the same log, but for its file."""
    one, other = read(eval_file(tmp_path / "x", ROWS)), read(json_file(tmp_path / "y", ROWS))
    assert one.scores == other.scores
    assert (one.run, one.faults, one.planned) == (other.run, other.faults, other.planned)


@pytest.mark.parametrize("order", [("samples", "results"), ("results", "samples")])
def test_parts_stand_in_any_order(tmp_path: Path, order: tuple[str, ...]) -> None:
    """A JSON log may have its samples before its results, and may lack `stats`."""
    parts: dict[str, Any] = {**header(ROWS), "samples": ROWS}
    parts.pop("stats")
    first = {key: parts.pop(key) for key in order}
    path = tmp_path / "x.json"
    path.write_bytes(encoded({**first, **parts}))
    assert not faults(read(path))


def test_a_run_that_died_is_read_from_its_journal(tmp_path: Path) -> None:
    """Without a header the status is `started`, and what is in the journal counts."""
    path = tmp_path / "x.eval"
    path.write_bytes(archive(members(ROWS, None)))
    log = read(path)
    assert log.status == "started"
    assert log.scores[0].outcomes is not None
    assert len(log.scores[0].outcomes) == 5


def test_samples_serve_where_nothing_sums_them_up(tmp_path: Path) -> None:
    """An archive with a header and samples, and no summaries, is read from the samples."""
    kept = [(name, data) for name, data in members(ROWS, header(ROWS)) if "summaries" not in name]
    path = tmp_path / "x.eval"
    path.write_bytes(archive(kept))
    assert read(path).scores == read(eval_file(tmp_path / "y", ROWS)).scores


def test_attempts_of_a_unit_stay_together(tmp_path: Path) -> None:
    """Epochs of one sample are attempts of one unit."""
    rows = [sample(unit, value, epoch) for unit in ("a", "b") for epoch, value in ((1, "C"), (2, "I"))]
    log = read(eval_file(tmp_path / "x", rows))
    assert log.scores[0].outcomes == {u: (Attempt(Fraction(1)), Attempt(Fraction(0))) for u in "ab"}
    assert (log.epochs, log.planned) == (2, 2)
    assert not faults(log)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (sample("a", None, error="boom"), "error"),
        (sample("a", None, limit="message"), "limit"),
        (sample("a", None), "unscored"),
        (sample("a", "N"), "no_answer"),
        (sample("a", float("nan")), "unscored"),
        ({**sample("a", 0), "scores": {"includes": {"value": 0, "answer": ""}}}, "no_answer"),
        (sample("a", "I", output={"choices": [{"stop_reason": "content_filter"}]}), "refusal"),
    ],
)
def test_what_has_no_outcome_says_why(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    """Samples that failed, met a limit, were refused or not answered are no zeros."""
    log = read(json_file(tmp_path / "x", [row, sample("b", "C")]))
    assert log.scores[0].outcomes is not None
    assert [attempt.why for attempt in log.scores[0].outcomes["a"]] == [why]


@pytest.mark.parametrize(
    ("value", "outcome"),
    [("C", "1"), ("P", "1/2"), (0.25, "1/4"), (True, "1"), ("no", "0"), (7, "7"), (0.1, "1/10")],
)
def test_scores_are_exact(tmp_path: Path, value: object, outcome: str) -> None:
    """Letters, words, booleans and decimals are read as Inspect counts them, as rationals of their text."""
    log = read(eval_file(tmp_path / "x", [sample("a", value)], results=None))
    assert log.scores[0].outcomes == {"a": (Attempt(Fraction(outcome)),)}


def test_parts_of_a_score_are_scores(tmp_path: Path) -> None:
    """A scorer that gives a mapping has the outcomes of each of its parts."""
    rows = [sample("a", {"found": 1, "used": 0}), sample("b", {"found": 1, "used": 1})]
    results = [
        {"name": name, "scorer": "includes", "metrics": {"mean": metric("mean", mean)}}
        for name, mean in (("found", 1.0), ("used", 0.5))
    ]
    log = read(eval_file(tmp_path / "x", rows, results__scores=results))
    assert [score.name for score in log.scores] == ["found", "used"]
    assert log.scores[1].outcomes == {"a": (Attempt(Fraction(0)),), "b": (Attempt(Fraction(1)),)}
    assert not faults(log)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"invalidated": True}, "invalidated"),
        ({"log_updates": [{"edits": []}]}, "changed after the run"),
        ({"config_updates": [{}]}, "changed during the run"),
        ({"results__early_stopping": {"name": "x"}}, "stopped early, by a rule"),
        ({"results__logged_samples": 5}, "stopped early, by its operator"),
        ({"eval__shards": {"ledger": [{"status": "success"}, {"status": "error"}]}}, "did not all succeed"),
        ({"eval__model": "none/none"}, "no model, or a mock"),
        ({"eval__model": "mockllm/model"}, "no model, or a mock"),
        ({"eval__packages": {}}, "which Inspect wrote it"),
        ({"results__completed_samples": 9}, "counts 9 completed samples and has 5"),
        ({"results__total_samples": 4}, "planned 4 samples and has 5"),
        ({"eval__dataset__sample_ids": ["a", "b"]}, "did not plan"),
        ({"results__scores__0__metrics__accuracy__value": 0.2}, "states accuracy 0.2, its 5 outcomes give 0.4"),
        ({"results__scores__0__metrics__accuracy__value": float("nan")}, "no number"),
        ({"results__scores__0__metrics__stderr": metric("stderr", 0.1)}, "standard error"),
        ({"eval__packages": {"inspect_ai": "0.3.220"}, "results__scores__0__reducer": "pass_at_1"}, "inflates pass@k"),
        ({"eval__packages": {"inspect_ai": "0.3.244"}, "results__scores__0__scorer": "model_graded_qa"}, "a judge"),
    ],
)
def test_what_was_altered_is_a_fault(tmp_path: Path, change: dict[str, Any], fault: str) -> None:
    """What makes a log altered, partial or wrong is said, and keeps it from counting as evidence of safety."""
    assert fault in faults(read(eval_file(tmp_path / "x", ROWS, **change)))


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"scores": {"includes": {"value": "C", "history": [{"value": "I"}]}}}, "edited after the run"),
        ({"invalidation": {"author": "x"}}, "invalidated"),
        ({"model_fallbacks": [{"model": "other"}]}, "another model answered"),
        ({"id": "b"}, "stand twice"),
        ({"error": "boom"}, "counts 5 completed samples, and 1 of its 5 failed"),
        ({"epoch": 2}, "has an epoch 2"),
    ],
)
def test_what_was_done_to_a_sample_is_a_fault(tmp_path: Path, row: dict[str, Any], fault: str) -> None:
    """A score edited, a sample invalidated, repeated or answered by another model is said."""
    rows = [{**ROWS[0], **row}, *ROWS[1:]]
    assert fault in faults(read(eval_file(tmp_path / "x", rows, eval__config={"epochs": 1})))


SCORED = {"value": "I", "history": [{"value": "C"}, {"value": "I"}]}
FILTERED = {"model": "m", "choices": [{"stop_reason": "content_filter"}]}


@pytest.mark.parametrize("kind", ["compact", "indented", "other"])
@pytest.mark.parametrize("method", [STORED, DEFLATE])
@pytest.mark.parametrize("before", [0, 8_000, 100_000])
def test_what_only_a_sample_says_is_read(tmp_path: Path, kind: str, method: int, before: int) -> None:
    """Edits and refusals stand in the samples of an archive, and not in its summaries: they are looked for there."""
    rows = [sample("a", "I"), sample("b", "I"), sample("c", "C")]
    more: dict[str, dict[str, Any]] = {
        "a": {"output": {"model": "m"}, "scores": {"includes": SCORED}},
        "b": {"output": FILTERED, "scores": {"includes": {"value": "I", "history": []}}},
        "c": {"output": {"model": "m"}, "scores": {"includes": {"value": "C", "history": []}}},
    }
    found = dict(members(rows, header(rows)))
    for unit, parts in more.items():
        talk = [{"text": "x" * before, "history": [], "events": []}]
        late = {"store": {}, "events": [{"history": [{"value": 1}], "stop_reason": "content_filter"}]}
        made = {"id": unit, "epoch": 1, "messages": talk, **parts, **late}
        separators = {"compact": (",", ":"), "indented": None, "other": (" ,", " :")}[kind]
        text = json.dumps(made, indent=2 if kind == "indented" else None, separators=separators)
        found[f"samples/{unit}_epoch_1.json"] = text.encode()
    path = tmp_path / "x.eval"
    path.write_bytes(archive(found.items(), method))
    log = read(path)
    assert log.faults == ("scores were edited after the run: `a`",)
    assert log.scores[0].outcomes == {
        "a": (Attempt(Fraction(0)),), "b": (Attempt(None, "refusal"),), "c": (Attempt(Fraction(1)),),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("score", "why"),
    [
        ({"value": "I", "reason": "refusal"}, "refusal"),
        ({"value": 0, "reason": "no_response"}, "no_answer"),
        ({"value": 0, "reason": "invalid_response_format"}, "no_answer"),
        ({"value": 0, "reason": "grader_failed"}, "unscored"),
        ({"value": float("nan"), "reason": "refusal"}, "refusal"),
        ({"value": float("nan"), "metadata": {"unscored_reason": "grader_failed"}}, "unscored"),
        ({"value": "C", "reason": "refusal"}, ""),
        ({"value": 0, "reason": "of my own"}, ""),
    ],
)
def test_a_scorer_may_say_why_it_gives_nothing(tmp_path: Path, score: dict[str, Any], why: str) -> None:
    """A zero that stands for a refusal, for silence or for a broken judge is no zero; a success stays one."""
    row = {**sample("a", 0), "scores": {"includes": score}}
    [log] = [read(json_file(tmp_path / "x", [row, sample("b", "C")], results=None))]
    assert log.scores[0].outcomes is not None
    assert [attempt.why for attempt in log.scores[0].outcomes["a"]] == [why]


def test_a_failure_is_no_zero(tmp_path: Path) -> None:
    """What a scorer gives a sample that failed counts where it is a success, and never as a failure to succeed."""
    rows = [sample("a", "I", error="boom"), sample("b", "C", error="boom")]
    log = read(eval_file(tmp_path / "x", rows, results__completed_samples=0))
    assert log.scores[0].outcomes == {"a": (Attempt(None, "error"),), "b": (Attempt(Fraction(1)),)}
    assert not faults(log)


@pytest.mark.parametrize("word", ["0.5", "1e-1", "-2", "+3.0"])
def test_numbers_as_text_are_numbers(tmp_path: Path, word: str) -> None:
    """A score that is a number in quotes counts as Inspect counts it."""
    log = read(eval_file(tmp_path / "x", [sample("a", word)], results=None))
    assert log.scores[0].outcomes == {"a": (Attempt(Fraction(word)),)}
    assert faults(log) == "it succeeded and states no results"


def test_a_limit_without_the_size_of_the_dataset(tmp_path: Path) -> None:
    """Under a limit that may have left something out, a log that does not say how large its dataset is shows that."""
    rows = [sample(f"s{n}", "I") for n in range(7)]
    config = {"limit": 7}
    assert "under a limit of 7" in faults(
        read(eval_file(tmp_path / "x", rows, eval__config=config, eval__dataset={"name": "d"}))
    )
    known = read(eval_file(tmp_path / "y", rows, eval__config=config, eval__dataset={"samples": 40}))
    assert (known.planned, faults(known)) == (40, "")


def test_a_registered_run_is_named_by_its_register(tmp_path: Path) -> None:
    """The name under which a run was registered, given to it as metadata, is the name of the run."""
    log = read(eval_file(tmp_path / "x", [sample("a", "C")], eval__metadata={"policylang_run": "run-5d7d"}))
    assert log.run == "run-5d7d"


REDUCERS = {"mean": 2 / 3, "pass_k_2": 1 / 3, "mode": 1.0, "max": 1.0, "at_least_2": 1.0, "pass_at_2": 1.0}


@pytest.mark.parametrize("reducer", REDUCERS)
def test_reducers_are_computed_anew(tmp_path: Path, reducer: str) -> None:
    """What a reducer made of the epochs is compared with the outcomes, and a wrong one is a fault."""
    rows = [sample("a", value, epoch) for epoch, value in ((1, "C"), (2, "I"), (3, "C"))]
    for wrong in (0.0, -0.25):
        value = metric("accuracy", REDUCERS[reducer] + wrong)
        result = {"name": "includes", "scorer": "includes", "reducer": reducer, "metrics": {"accuracy": value}}
        log = read(eval_file(tmp_path / "x", rows, results__scores=[result]))
        assert ("outcomes give" in faults(log)) is bool(wrong)


def test_epochs_may_stay_unreduced(tmp_path: Path) -> None:
    """Without a reducer a standard error is of the attempts or of the units, and of nothing else."""
    rows = [sample(unit, value, epoch) for unit in "ab" for epoch, value in ((1, "C"), (2, "I"))]
    for error, is_wrong in ((0.2886751345948129, False), (0.0, False), (0.1, True)):
        metrics = {"accuracy": metric("accuracy", 0.5), "stderr": metric("stderr", error)}
        result = {"name": "includes", "scorer": "includes", "metrics": metrics}
        log = read(eval_file(tmp_path / "x", rows, results__scores=[result], eval__config={"epochs": 2}))
        assert bool(faults(log)) is is_wrong


def test_a_dropped_sample_is_a_fault(tmp_path: Path) -> None:
    """Taking a sample out of the summaries shows, in the count and in the aggregate."""
    found = dict(members(ROWS, header(ROWS)))
    found["summaries.json"] = encoded(ROWS[1:])
    path = tmp_path / "x.eval"
    path.write_bytes(archive(found.items()))
    assert "it has 5 samples and 4 summaries" in faults(read(path))


def test_a_log_without_samples_is_an_aggregate(tmp_path: Path) -> None:
    """Results whose samples were not logged have a value and a number; samples that are merely gone are a fault."""
    path = tmp_path / "x.json"
    for logged, fault in ((False, False), (True, True)):
        path.write_bytes(encoded(header(ROWS, eval__config={"log_samples": logged})))
        log = read(path)
        assert (log.scores[0].outcomes, log.scores[0].n, log.scores[0].stated) == (
            None,
            5,
            {"accuracy": Fraction(2, 5)},
        )
        assert bool(faults(log)) is fault


def test_a_limit_leaves_the_dataset_its_size(tmp_path: Path) -> None:
    """What `--limit` left out was planned all the same."""
    assert read(eval_file(tmp_path / "x", ROWS, eval__dataset__samples=40, eval__config={"limit": 5})).planned == 40


HOSTILE: dict[str, tuple[bytes, str]] = {
    "cut off": (archive(members(ROWS, header(ROWS)))[:-30], "E301"),
    "followed by more": (archive(members(ROWS, header(ROWS))) + b"x", "E301"),
    "preceded by more": (b"PK\3\4" + bytes(22) + b"\x09\0\0\0_journal/" + archive(members(ROWS, header(ROWS))), "E301"),
    "names twice": (archive([*members(ROWS, header(ROWS)), ("summaries.json", b"[]")]), "E301"),
    "leads up": (archive([("header.json", b"{}"), ("../x", b"")]), "E301"),
    "leads to the root": (archive([("header.json", b"{}"), ("/etc/x", b"")]), "E301"),
    "a drive": (archive([("header.json", b"{}"), ("c:x", b"")]), "E301"),
    "a backslash": (archive([("header.json", b"{}"), ("a\\b", b"")]), "E301"),
    "a link": (archive([("header.json", b"{}")], mode=0o120777), "E301"),
    "encrypted": (archive([("header.json", b"{}")], flags=0x801), "E301"),
    "wrong checksum": (archive(members(ROWS, header(ROWS)), crc=1), "E301"),
    "wrong size": (archive(members(ROWS, header(ROWS)), size=3), "E301"),
    "another name inside": (archive([("header.json", b"{}")], inner=b"header.jsox"), "E304"),
    "unknown packing": (archive([("header.json", b"{}")], method=99), "E301"),
    "no deflate": (archive([("header.json", b"{}")], body=b"\xff\xff\xff"), "E301"),
    "a bomb": (archive([("header.json", b" " * (64 << 20))]), "E302"),
    "too many": (archive([("header.json", b"{}"), *((f"x{n}", b"") for n in range(10_001))], STORED), "E302"),
    "no header": (archive([("_journal/x", b"{}")]), "E306"),
    "header is a list": (archive([("header.json", b"[]")]), "E306"),
    "header is cut": (archive([("header.json", b'{"version":')]), "E303"),
    "header has a key twice": (archive([("header.json", b'{"version": 2, "version": 1}')]), "E303"),
    "deep": (archive([("header.json", b"[" * 100_000)]), "E303"),
    "no UTF-8": (archive([("header.json", b'{"\xff": 1}')]), "E303"),
    "version 3": (encoded({**header(ROWS), "version": 3}), "E305"),
    "version yes": (encoded({**header(ROWS), "version": True}), "E305"),
    "no task": (encoded({"version": 2, "status": "success", "eval": {}}), "E306"),
    "JSON cut off": (encoded({**header(ROWS), "samples": ROWS})[:-40], "E303"),
    "JSON key twice": (b'{"version": 2, "status": "success", "eval": {"task": "a"}, "eval": {"task": "b"}}', "E303"),
    "JSON goes on": (encoded(header(ROWS)) + b"{}", "E303"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "E308"),
    "no log": (b"hello", "E304"),
    "empty": (b"", "E304"),
    "a long number": (b'{"version": ' + b"9" * 5000 + b', "status": "success", "eval": {"task": "a"}}', "E303"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_relied_on_is_refused(tmp_path: Path, name: str) -> None:
    """A hostile or broken file ends in one sentence with its code."""
    data, code = HOSTILE[name]
    path = tmp_path / "x.eval"
    path.write_bytes(data)
    assert rejected(lambda: read(path)) == code


@pytest.mark.parametrize("seed", range(20))
def test_damage_never_passes_unseen(tmp_path: Path, seed: int) -> None:
    """A changed byte or a cut is refused, or is a fault, or leaves every outcome as it was."""
    rng = random.Random(seed)
    right = archive(members(ROWS, header(ROWS)))
    path = tmp_path / "x.eval"
    path.write_bytes(right)
    outcomes = read(path).scores
    for _ in range(40):
        data = bytearray(right)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)  # in what is packed the checksum tells
        path.write_bytes(data if rng.random() < 0.8 else data[: rng.randrange(len(data))])
        code = rejected(lambda: read(path))
        assert code != "E310"
        log = None if code else read(path)
        assert log is None or faults(log) or log.status != "success" or log.scores == outcomes


ODD = ["C", "I", "N", "P", 0, 1, 0.4, -1, 7, None, "", "x", [], {}, {"a": 1}, [1], True, float("nan"), "NaN", 10**30]


@pytest.mark.parametrize("path", ["value", "score", "scores", "id", "epoch", "error", "limit", "row"])
@pytest.mark.parametrize("kind", ["eval", "json"])
def test_no_changed_score_passes_unseen(tmp_path: Path, path: str, kind: str) -> None:
    """Whatever stands in place of a score or what holds it: refused, a fault, or no outcome is other than before.

    One thing the tool cannot tell apart either: a wrong answer and none, which it both counts as 0.
    """
    before = zeros(read(eval_file(tmp_path / "x", ROWS)))
    for at in range(2):
        for odd in ODD:
            rows = json.loads(json.dumps(ROWS))
            match path:
                case "value":
                    rows[at]["scores"]["includes"]["value"] = odd
                case "score":
                    rows[at]["scores"]["includes"] = odd
                case "row":
                    rows[at] = odd
                case _:
                    rows[at][path] = odd
            members_of = dict(members(ROWS, header(ROWS)))
            data = archive({**members_of, "summaries.json": encoded(rows)}.items())
            (tmp_path / "x").write_bytes(data if kind == "eval" else encoded({**header(ROWS), "samples": rows}))
            code = rejected(partial(read, tmp_path / "x"))
            assert code != "E310", (at, odd)
            log = None if code else read(tmp_path / "x")
            assert log is None or faults(log) or zeros(log) == before, (at, odd)


def zeros(log: Log) -> list[dict[str, list[Fraction | None]]]:
    """The outcomes of all scores, with no answer as 0."""
    return [
        {
            unit: [Fraction(0) if one.why == "no_answer" else one.value for one in tries]
            for unit, tries in (score.outcomes or {}).items()
        }
        for score in log.scores
    ]


def test_transcripts_cost_no_memory(tmp_path: Path) -> None:
    """Summaries of many samples are read one by one: memory grows with the outcomes, not with the text around them."""
    rows = [sample(n, "C" if n % 3 else "I", model_usage={"x": "y" * 4000}) for n in range(1000)]
    found = [(name, data) for name, data in members(rows, header(rows)) if not name.startswith("_journal/s")]
    path = tmp_path / "x.eval"
    path.write_bytes(archive([*found, ("_journal/start.json", b"{}")], STORED))
    tracemalloc.start()
    log = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert log.scores[0].outcomes is not None
    assert len(log.scores[0].outcomes) == 1000
    assert peak < 2 << 20 < path.stat().st_size


# Real logs


def manifest() -> list[dict[str, Any]]:
    path = DATA / "MANIFEST.json"
    if not path.is_file():
        return []
    return [entry for entry in json.loads(path.read_text("utf-8"))["files"] if entry["format"] == "inspect"]


@real
@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: Path(entry["file"]).name[:40])
def test_real_logs_say_what_the_manifest_says(entry: dict[str, Any]) -> None:
    """Status, task, model, version, counts and every stated result of a real log are those of the manifest."""
    path, headline = DATA / entry["file"], entry["headline"]
    if path.read_bytes().startswith(b"version https://git-lfs"):
        assert rejected(lambda: read(path)) == "E308"
        return
    if "zstd" in entry["flags"] and not HAS_ZSTD:
        assert rejected(lambda: read(path)) == "E307"
        return
    log = read(path)
    if not headline["readable"]:  # by the tool itself; we read it
        assert log.scores or log.attempts_completed
        return
    assert (log.status, log.model, log.version or None) == tuple(headline[k] for k in ("status", "model", "inspect_ai"))
    assert headline["task"] in log.tasks
    assert (log.attempts_planned or 0, log.attempts_completed or 0) == (
        headline.get("total", 0),
        headline.get("completed", 0),
    )
    stated = {f"{s.name}/{name}": v for s in log.scores for name, v in s.stated.items()}
    for name, value in headline.get("scores", {}).items():
        assert (stated[name] is None) if value != value else round(float(stated[name] or 0), 4) == value  # noqa: PLR0124  # NaN
    missing = headline.get("completed", 0) and "has_15" not in "".join(entry["flags"]) and "trimmed" not in str(entry)
    assert not missing or "gives" not in faults(log)
    assert "outcomes give" not in faults(log)
