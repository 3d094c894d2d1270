"""What is given to a command, each file as what it is by its content: evidence, logs, folders of them, registers."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_text import read_again
from logs.writers import DATA, eval_file, lm_eval_file, lm_eval_sample, sample
from malformed.calling import Outcome, call
from policylang import load, read_evidence
from policylang.clocks import Moment, parse_moment
from policylang.decide import decide
from policylang.diagnostics import EvidenceError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence, Intent, Reading, Stated, Subject
from policylang.evidence.register import digest_of, last_digest, line_of, read_register
from policylang.files import read_given
from policylang.source import Place, Source, Span

POLICY = """
policy acme { version "1" confidence 95% }
levels risk: low < high
levels elicitation: none < tuned
stage pre
stage post
action deploy
attribute elicitation: elicitation
measure ctf: rate { from inspect "ctf" needs elicitation >= tuned }
category cyber: risk { high when ctf >= 50% }
rule ceiling { when any category.pre >= high forbid deploy }
"""
AS_OF = "2027-01-01"
SUBJECT = "schema: policylang/evidence/v1\nsubject: {model: acme-7b, revision: r1}\n"


def laid(folder: Path, correct: int = 0, policy: str = POLICY) -> str:
    """A policy, and a log of twenty samples of which some are correct; the path of the log."""
    (folder / "a.policy").write_text(policy)
    return eval_file(folder / "log.eval", [sample(f"s{n}", "C" if n < correct else "I") for n in range(20)])


def checked(folder: Path, *words: str) -> Outcome:
    """`policyc check` on the policy there."""
    return call(("check", "a.policy", *words, "--as-of", AS_OF, "--format", "json"), folder)


def codes(outcome: Outcome) -> list[str]:
    """The codes of the errors."""
    return [found["code"] for found in json.loads(outcome.out)["diagnostics"]]


# Logs as evidence


def test_a_log_is_evidence_as_it_is(tmp_path: Path) -> None:
    """A log beside a policy is decided on, with the stage and the attributes that are stated of it."""
    log = laid(tmp_path)
    stated = ("--stage", "pre", "--attribute", "elicitation=tuned")
    done = checked(tmp_path, log, *stated)
    decision = json.loads(done.out)
    reading = decision["readings"][0]
    assert (done.status, decision["actions"]["deploy"]["verdict"]) == (0, "permitted"), done.err
    assert (reading["n"], reading["stage"], reading["qualifies"], reading["source"]) == (20, "pre", True, log)
    assert reading["attributes"] == {"elicitation": "tuned"}
    assert checked(tmp_path, log, "--stage", "pre").status == 3  # nobody says how hard the model was pressed


def test_danger_in_a_log_counts_whatever_is_stated(tmp_path: Path) -> None:
    """A log that shows danger forbids, also without attributes."""
    assert checked(tmp_path, laid(tmp_path, 18), "--stage", "pre").status == 1


def test_a_log_needs_its_stage(tmp_path: Path) -> None:
    """A log of a staged measure without `--stage` is an error, and so is a stage or an attribute nobody declares."""
    log = laid(tmp_path)
    assert codes(checked(tmp_path, log)) == ["E313"]
    assert codes(checked(tmp_path, log, "--stage", "per")) == ["C120"]
    assert codes(checked(tmp_path, log, "--stage", "pre", "--attribute", "elicited=tuned")) == ["C120"]
    assert codes(checked(tmp_path, log, "--stage", "pre", "--attribute", "elicitation")) == ["C120"]
    assert codes(checked(tmp_path, log, "--stage", "pre", "--attribute", "elicitation=tun")) == ["E203"]
    assert codes(checked(tmp_path, log, "--stage", "pre", "--compute", "many")) == ["C120"]
    assert codes(checked(tmp_path, log, "--stage", "pre", "--attempt", "-1")) == ["C120"]


def test_what_is_stated_of_no_log_is_an_error(tmp_path: Path) -> None:
    """Options about logs have no weight without a log, so they are not taken."""
    laid(tmp_path)
    (tmp_path / "e.yaml").write_text(SUBJECT)
    assert codes(checked(tmp_path, "e.yaml", "--stage", "pre")) == ["C120"]


def test_a_folder_of_logs(tmp_path: Path) -> None:
    """All logs in a folder are read, whatever their names, and nothing else; without any it is an error."""
    log = laid(tmp_path)
    folder = tmp_path / "logs" / "deep"
    folder.mkdir(parents=True)
    (folder / "results").write_bytes(Path(log).read_bytes())
    (folder / "notes.txt").write_text("not a log")
    given_ = read_given([str(tmp_path / "logs")])
    assert [found.name for found in given_.logs] == [str(folder / "results")]
    assert "E314" in checked(tmp_path, "logs", "--stage", "pre").err
    (folder / "notes.txt").unlink()
    assert "E314" not in checked(tmp_path, "logs", "--stage", "pre").err
    (folder / "gone").symlink_to("nowhere")
    done = checked(tmp_path, "logs", "--stage", "pre")
    assert codes(done) == ["C102"]
    assert f"`{Path('logs') / 'deep' / 'gone'}`" in done.err
    (folder / "gone").unlink()
    (folder / "results").unlink()
    assert codes(checked(tmp_path, "logs")) == ["E304"]


def test_evidence_in_a_folder_is_read_too(tmp_path: Path) -> None:
    """What a file of evidence in a folder of logs says is not passed over, and neither is a register."""
    log = laid(tmp_path)
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.eval").write_bytes(Path(log).read_bytes())
    (folder / "governance.yaml").write_text(
        SUBJECT + "readings: [{measure: ctf, stage: pre, n: 20, successes: 20, status: success}]\n"
    )
    registered(folder, {"run": "a"})
    assert len(read_given([str(folder)]).registers) == 1
    done = checked(tmp_path, "logs", "--stage", "pre", "--attribute", "elicitation=tuned")
    assert done.status == 1, done.out
    assert "E314" not in done.err


def test_samples_beside_results_are_read_with_them(tmp_path: Path) -> None:
    """In the folder of a run of lm-evaluation-harness no file is passed over."""
    laid(tmp_path)
    (tmp_path / "out").mkdir()
    results = lm_eval_file(tmp_path / "out", [lm_eval_sample(n, 1.0) for n in range(5)])
    assert len(list(Path(results).parent.iterdir())) == 2
    assert "E314" not in checked(tmp_path, "out").err


def test_a_broken_log_in_a_folder_is_an_error(tmp_path: Path) -> None:
    """A log that was cut off is not passed over in a folder of sound ones."""
    log = laid(tmp_path)
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.eval").write_bytes(Path(log).read_bytes())
    (folder / "b.eval").write_bytes(Path(log).read_bytes()[:-40])
    assert codes(checked(tmp_path, "logs", "--stage", "pre")) == ["E301"]


def test_the_subject_where_no_file_states_it(tmp_path: Path) -> None:
    """The subject is the model of the logs; with logs of several models somebody must say which."""
    log = laid(tmp_path)
    other = str(tmp_path / "other.csv")
    Path(other).write_text("task,unit,outcome,model\nctf,a,1,other\n")
    done = checked(tmp_path, log, "--stage", "pre")
    assert json.loads(done.out)["subject"]["model"] == read_given([log]).logs[0].model
    assert codes(checked(tmp_path, log, other, "--stage", "pre")) == ["E127"]
    done = checked(tmp_path, log, other, "--stage", "pre", "--model", "acme", "--revision", "r7", "--attempt", "2")
    assert json.loads(done.out)["subject"] == {
        "model": "acme", "revision": "r7", "configuration": None, "attempt": 2, "effective_compute": None,
    }  # fmt: skip


def test_the_log_of_another_model_is_no_evidence_of_safety(tmp_path: Path) -> None:
    """A log whose model is not the subject's shows danger at most, unless somebody says that it is the same."""
    log = laid(tmp_path)
    (tmp_path / "e.yaml").write_text(SUBJECT.replace("acme-7b", "acme-8b"))
    stated = ("--stage", "pre", "--attribute", "elicitation=tuned")
    assert checked(tmp_path, log, "e.yaml", *stated).status == 3
    assert checked(tmp_path, log, "e.yaml", *stated, "--model", read_given([log]).logs[0].model).status == 0


def test_what_feeds_nothing_is_said(tmp_path: Path) -> None:
    """A log of a task that no measure is bound to, and a measure that nothing feeds, are warnings on standard error."""
    laid(tmp_path)
    other = lm_eval_file(tmp_path, [lm_eval_sample(n, 1.0) for n in range(5)])
    done = checked(tmp_path, other)
    assert done.status == 3
    assert "E311" in done.err
    assert "E312" in done.err
    (tmp_path / "e.yaml").write_text(
        SUBJECT + "readings: [{measure: ctf, stage: pre, n: 9, successes: 0, status: success}]\n"
    )
    assert "E312" not in checked(tmp_path, other, "e.yaml").err


def test_a_log_and_a_file_that_contradict_each_other(tmp_path: Path) -> None:
    """Two results of one run are an error, also when one of them comes from a log."""
    log = laid(tmp_path, 1)
    stated = ("--stage", "pre", "--attribute", "elicitation=tuned")
    text = call(("evidence", "a.policy", log, *stated), tmp_path).out
    (tmp_path / "e.yaml").write_text(text)
    assert checked(tmp_path, "e.yaml", log, *stated).status == 0
    (tmp_path / "e.yaml").write_text(text.replace("successes: 1", "successes: 0"))
    assert codes(checked(tmp_path, "e.yaml", log, *stated)) == ["E129"]


# `policyc evidence`


def test_evidence_of_a_log_decides_as_the_log(tmp_path: Path) -> None:
    """What `evidence` prints is decided on as the log itself is, in YAML and in JSON."""
    stated = ("--stage", "pre", "--attribute", "elicitation=tuned", "--model", "x")
    for correct in (0, 3, 12):
        log = laid(tmp_path, correct)
        one = json.loads(checked(tmp_path, log, *stated).out)
        for format_ in ("yaml", "json"):
            done = call(("evidence", "a.policy", log, *stated, "--format", format_), tmp_path)
            assert done.status == 0
            (tmp_path / f"e.{format_}").write_text(done.out)
            two = json.loads(checked(tmp_path, f"e.{format_}").out)
            assert {**one, "digest": 0} == {**two, "digest": 0}


def test_evidence_without_a_policy(tmp_path: Path) -> None:
    """Without a policy each result stands as a measure named after its task; without a log it is an error."""
    log = laid(tmp_path, 3)
    done = call(("evidence", log, "--model", "acme"), tmp_path)
    assert done.status == 0
    assert "measure: ctf" in done.out
    assert "successes: 3" in done.out
    assert "# " + log in done.out
    (tmp_path / "e.yaml").write_text(SUBJECT)
    assert call(("evidence", "e.yaml"), tmp_path).status == 2
    assert call(("evidence", "a.policy"), tmp_path).status == 2


@pytest.mark.skipif(not DATA.exists(), reason="the real logs are not here")
def test_evidence_of_real_logs_is_read_back(tmp_path: Path) -> None:
    """What is printed of every real log is evidence that can be read, with the same readings."""
    count = 0
    for path in sorted(child for child in DATA.rglob("*") if child.is_file()):
        done = call(("evidence", str(path), "--model", "acme"), tmp_path)
        if done.status == 2:
            assert "error[" in done.err
            continue
        (tmp_path / "e.yaml").write_text(done.out)
        evidence = read_evidence([str(tmp_path / "e.yaml")])
        assert read_again(evidence).readings == tuple(
            dataclasses.replace(one, place=other.place)
            for one, other in zip(evidence.readings, read_again(evidence).readings, strict=True)
        )
        count += len(evidence.readings)
    assert count > 100


# The run register


REGISTERED = POLICY.replace("needs elicitation >= tuned", "runs registered")


def registered(folder: Path, *rows: dict[str, str]) -> Path:
    """A register with some runs."""
    text, previous = "", None
    for row in rows:
        line = line_of({"measure": "ctf", "stage": "pre", "at": "2026-10-01T09:00:00Z", **row}, previous)
        text, previous = f"{text}{line}\n", digest_of(line)
    (folder / "runs.jsonl").write_text(text)
    return folder / "runs.jsonl"


def reading(folder: Path, *rows: str) -> None:
    """Evidence with some readings of twenty tasks, none of them solved."""
    given_ = "".join(
        f"- {{measure: ctf, stage: pre, n: 20, successes: 0, status: success, at: 2026-10-02, {row}}}\n" for row in rows
    )
    (folder / "e.yaml").write_text(f"{SUBJECT}readings:\n{given_}")


@pytest.mark.parametrize(
    ("runs", "readings", "status", "why"),
    [
        ([{"run": "a"}], ["run: a"], 0, ""),
        ([{"run": "a", "n": "20"}], ["run: a"], 0, ""),
        ([{"run": "a", "n": "21"}], ["run: a"], 3, "21 units were registered"),
        ([{"run": "b"}, {"run": "a"}], ["run: a", "run: b"], 0, ""),
        ([{"run": "a"}, {"run": "b"}], ["run: a"], 1, "has no complete result"),
        ([{"run": "a"}], ["run: b"], 1, "run b was not registered"),
        ([{"run": "a"}], [], 1, "has no complete result"),
        ([{"run": "a"}, {"run": "b", "revision": "r2"}], ["run: a"], 0, ""),
        ([{"run": "a"}, {"run": "b", "revision": "r1"}], ["run: a"], 1, "has no complete result"),
        ([{"run": "a"}], ["run: a, faults: [2 units were left out]"], 1, "has no complete result"),
        ([{"run": "a", "stage": "post"}], ["run: a"], 3, "run a was not registered"),
        ([{"run": "a", "revision": "r1"}], ["run: a"], 0, ""),
        ([{"run": "a", "revision": "r2"}, {"run": "b", "revision": "r2"}], ["run: a"], 3, "for another revision"),
        ([{"run": "a", "configuration": "c2"}], ["run: a"], 3, "for another revision"),
        ([{"run": "a", "at": "2026-10-02T09:00:00Z"}], ["run: a"], 3, "was registered on"),
        ([{"run": "a", "at": "2026-10-02"}], ["run: a"], 3, "was registered on"),
    ],
)
def test_runs_must_be_registered(
    tmp_path: Path, runs: list[dict[str, str]], readings: list[str], status: int, why: str
) -> None:
    """Only results of runs that were registered in time count for safety; one without a result is the worst."""
    laid(tmp_path, policy=REGISTERED)
    registered(tmp_path, *runs)
    reading(tmp_path, *readings)
    done = checked(tmp_path, "e.yaml", "runs.jsonl")
    assert done.status == status, done.out
    assert why in done.out


def test_without_a_register_no_run_counts(tmp_path: Path) -> None:
    """A policy that wants runs registered takes no result without a register; one that does not, ignores it."""
    laid(tmp_path, policy=REGISTERED)
    reading(tmp_path, "run: a")
    assert checked(tmp_path, "e.yaml").status == 3
    laid(tmp_path, policy=POLICY.replace("needs elicitation >= tuned", ""))
    registered(tmp_path, {"run": "b"})
    assert checked(tmp_path, "e.yaml", "runs.jsonl").status == 0


def test_a_run_without_a_result_of_a_measure_without_an_end(tmp_path: Path) -> None:
    """Where nothing is the worst, whatever else was shown leaves everything possible."""
    policy = REGISTERED.replace("ctf: rate", "ctf: duration").replace("ctf >= 50%", "ctf >= 2 hours")
    laid(tmp_path, policy=policy)
    text = "readings: [{measure: ctf, stage: pre, value: 1 hour, status: success, at: 2026-10-02, run: a}]\n"
    (tmp_path / "e.yaml").write_text(SUBJECT + text)
    registered(tmp_path, {"run": "a"})
    assert checked(tmp_path, "e.yaml", "runs.jsonl").status == 0
    registered(tmp_path, {"run": "a"}, {"run": "b"})
    assert checked(tmp_path, "e.yaml", "runs.jsonl").status == 3


def test_registered_runs_are_of_the_policy(tmp_path: Path) -> None:
    """A register with a measure or a stage that no policy has, or from the future, is an error with its line."""
    laid(tmp_path, policy=REGISTERED)
    reading(tmp_path, "run: a")
    for row, code in (({"measure": "cft"}, "E201"), ({"stage": "per"}, "E202"), ({"at": "2028-01-01"}, "E204")):
        registered(tmp_path, {"run": "a", **row})
        done = checked(tmp_path, "e.yaml", "runs.jsonl")
        assert codes(done) == [code]
        assert "runs.jsonl:1:1" in done.err


def test_registering_from_the_command_line(tmp_path: Path) -> None:
    """`policyc register` appends runs, gives each a name, lists them, and refuses what the policy does not have."""
    laid(tmp_path, policy=REGISTERED)
    words = ("register", "runs.jsonl", "a.policy", "--measure", "ctf", "--stage", "pre")
    first = call((*words, "--run", "a", "--n", "20", "--by", "lab"), tmp_path)
    second = call(words, tmp_path)
    assert (first.status, second.status) == (0, 0), first.err
    assert "policylang_run=a" in first.out
    text = (tmp_path / "runs.jsonl").read_text()
    found = read_register(Source(name="runs.jsonl", text=text))
    assert found[0].run == "a"
    assert len({intent.run for intent in found}) == 2
    listed = call(("register", "runs.jsonl"), tmp_path)
    assert "2 runs" in listed.out
    assert str(last_digest(Source(name="", text=text))) in listed.out
    for bad in (
        (*words[:-1], "per"), (*words[:4], "cft", "--stage", "pre"), words[:5], (*words, "--run", "a"),
        (*words, "--n", "x"), ("register",), ("register", "runs.jsonl", "other.jsonl"),
    ):  # fmt: skip
        assert call(bad, tmp_path).status == 2, bad
    assert (tmp_path / "runs.jsonl").read_text() == text


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_register_that_was_changed_is_refused(data: st.DataObject) -> None:
    """Whatever character of any line but the last is changed, and whatever line is left out or moved, it is seen."""
    text, previous = "", None
    for number in range(4):
        row = {"run": f"run{number}", "measure": "ctf", "at": f"2026-10-0{number + 1}", "n": "40"}
        line = line_of(row, previous)
        text, previous = f"{text}{line}\n", digest_of(line)
    lines = text.splitlines(keepends=True)
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len("".join(lines[:-1])) - 1))
        letter = data.draw(st.sampled_from('09azAZ"{}, \n').filter(lambda one: one != text[at]))
        changed = text[:at] + letter + text[at + 1 :]
    else:
        order = data.draw(st.permutations(range(4)).filter(lambda order: list(order) != [0, 1, 2, 3]))
        kept = order[: data.draw(st.integers(1, 4))]
        if kept == list(range(len(kept))):
            kept = [1]
        changed = "".join(lines[number] for number in kept)
    with pytest.raises(EvidenceError):
        read_register(Source(name="runs.jsonl", text=changed))


INTENTS = st.builds(
    Intent,
    run=st.sampled_from("abc"),
    measure=st.just("ctf"),
    stage=st.just("pre"),
    at=st.sampled_from([parse_moment("2026-10-01"), parse_moment("2026-10-03")]),
    n=st.sampled_from([None, 10, 30]),
    place=st.just(Place(Source(name="r", text=""), Span(0, 0))),
)
RANKS = ("permitted", "conditional", "undetermined", "forbidden")


@given(
    st.lists(INTENTS, max_size=3), INTENTS, st.lists(st.tuples(st.sampled_from("abd"), st.integers(0, 20)), max_size=3)
)
@settings(max_examples=200, deadline=None)
def test_registering_one_more_run_never_loosens(
    tmp_path_factory: pytest.TempPathFactory, intents: list[Intent], more: Intent, results: list[tuple[str, int]]
) -> None:
    """A further registered run without a result never makes a verdict weaker."""
    path = tmp_path_factory.getbasetemp() / "registered.policy"
    path.write_text(REGISTERED)
    graph = load(path).graph
    readings = tuple(
        Reading(
            measure="ctf", stage="pre", run=run, n=20, scored=20, successes=k, status="success",
            at=parse_moment("2026-10-02"), attributes={}, place=more.place,
        )
        for run, k in dict(results).items()
    )  # fmt: skip
    evidence = Evidence(subject=Subject(model="m"), readings=readings, register=tuple(intents))
    hidden = dataclasses.replace(more, run="hidden")
    as_of: Moment = parse_moment(AS_OF)
    assert not admit([graph], evidence, as_of)
    before = decide(graph, evidence, as_of).actions["deploy"].verdict.value
    after = decide(graph, dataclasses.replace(evidence, register=(*intents, hidden)), as_of).actions["deploy"].verdict
    assert RANKS.index(after.value) >= RANKS.index(before)
    assert after.value == "forbidden"


def test_the_library_reads_logs_too(tmp_path: Path) -> None:
    """`policylang.read_evidence` takes logs, with the policies they feed and what is stated of them."""
    log = laid(tmp_path, 2)
    graph = load(tmp_path / "a.policy").graph
    evidence = read_evidence([log], [graph], Stated(stage="pre"))
    assert [(one.measure, one.successes) for one in evidence.readings] == [("ctf", 2)]
