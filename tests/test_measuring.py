"""A suite measured: what is asked, once each, what is kept, what counts, what is refused before anything is asked."""

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from measured_world import HEAD, QUIZ, World, likely, quiz, write_rows
from policylang import Answer, EvidenceError, Failed, Generate, Likelihood, Request, Score, Text
from policylang.evidence.facts import Stated
from policylang.measuring.outcome import readings

FEW = '    few_shot: {dataset: {path: shots.jsonl, id: id}, n: 2, separator: "\\n\\n"}\n'


def right(request: Request) -> Answer:
    """Finds the first choice the likeliest."""
    assert isinstance(request, Score)
    n = int(request.context.split()[-2])
    return Likelihood(total=-1.0 if request.text.strip() == str(2 * n) else -2.0, tokens=1, size=1)


def test_outcomes_become_counts(tmp_path: Path) -> None:
    """One attempt a row, right or wrong, becomes successes of all rows."""
    [reading] = World(tmp_path).readings(rule=right)
    assert (reading.measure, reading.n, reading.scored, reading.successes) == ("ctf", 20, 20, 20)
    assert reading.status == "success"
    assert reading.run is not None
    assert reading.run.startswith("eval-")
    assert re.fullmatch(r"policylang/choice \S+ sha256:[0-9a-f]{64}", reading.evaluator or "")


def test_each_request_is_asked_once(tmp_path: Path) -> None:
    """Two tasks that ask the same ask it once, and a second run asks nothing."""
    twice = QUIZ + QUIZ.replace("tasks:\n", "").replace("name: quiz", "name: again").replace("ctf", "other")
    world = World(tmp_path, HEAD + twice)
    assert len(world.readings()) == 2
    assert len(world.backends[0].asked) == len(set(world.backends[0].asked)) == 40
    world.readings()
    assert world.backends[1].asked == []


@pytest.mark.parametrize("batches", [0, 1, 3, 5])
def test_an_interrupted_run_goes_on(batches: int, tmp_path: Path) -> None:
    """What was interrupted is `cancelled`, with all units planned; going on gives what an uninterrupted run gives."""
    whole = World(tmp_path).readings(answers="whole.answers")
    world = World(tmp_path)
    measurement = world.measurement(stop_after=batches)
    [part] = readings(measurement.measure(), Stated())
    assert measurement.interrupted
    assert (part.status, part.n) == ("cancelled", 20)
    assert part.scored == batches * 7 // 2
    assert world.readings() == whole
    assert len(world.backends[1].asked) == 40 - batches * 7


def test_the_order_of_batches_does_not_matter(tmp_path: Path) -> None:
    """Whatever the size of a batch, the readings are the same."""
    found = [World(tmp_path).readings(batch=batch, answers=f"{batch}.answers") for batch in (1, 3, 40)]
    assert found[0] == found[1] == found[2]


def test_what_fails_is_an_error(tmp_path: Path) -> None:
    """A request without an answer makes its unit an error, which stays in the count, and is tried again next time."""

    def fails(request: Request) -> Answer | Failed:
        return Failed("too long") if "3 and 3" in str(request) else likely(request)

    world = World(tmp_path)
    [reading] = world.readings(rule=fails)
    assert (reading.n, reading.scored, reading.errored) == (20, 19, 1)
    [reading] = world.readings()
    assert reading.scored == 20


def test_a_limit_leaves_units_planned(tmp_path: Path) -> None:
    """`limit` asks fewer rows, and those left out are planned and not scored."""
    [reading] = World(tmp_path, f"{HEAD}{QUIZ}    limit: 5\n").readings()
    assert (reading.n, reading.scored, reading.status) == (20, 5, "success")


def test_a_unit_of_several_rows(tmp_path: Path) -> None:
    """Rows of one unit are attempts at it, and the unit is their mean."""
    rows = [{**row, "passage": f"p{n // 4}"} for n, row in enumerate(quiz(20))]
    [reading] = World(tmp_path, f"{HEAD}{QUIZ}    unit: passage\n", rows).readings(rule=right)
    assert reading.units == {f"p{n}": Fraction(1) for n in range(5)}
    assert reading.n == 5


@pytest.mark.parametrize(("limit", "scored"), [(5, 0), (10, 0), (15, 0), (20, 5)])
def test_a_unit_is_judged_by_all_its_rows(limit: int, scored: int, tmp_path: Path) -> None:
    """A unit some of whose rows were left out has no outcome, however harmless those were that were asked."""
    rows = [{**row, "passage": f"p{n % 5}", "gold": int(n < 15)} for n, row in enumerate(quiz(20))]
    suite = f"{HEAD}{QUIZ}    unit: passage\n    score: any\n    limit: {limit}\n"
    [reading] = World(tmp_path, suite, rows).readings(rule=right)
    assert (reading.n, reading.scored or 0, reading.successes or 0) == (5, scored, scored)


def test_examples_stand_before_the_question(tmp_path: Path) -> None:
    """Few-shot examples are shown with their answers, each followed by the separator."""
    world = World(tmp_path, HEAD + QUIZ + FEW)
    write_rows(tmp_path / "shots.jsonl", quiz(3, first=100))
    world.readings()
    first = next(r for r in world.backends[0].asked if isinstance(r, Score) and "0 and 0" in r.context.split("Q: ")[-1])
    assert first.context == "Q: 100 and 100\nA: 200\n\nQ: 101 and 101\nA: 202\n\nQ: 0 and 0\nA:"


def test_filters_and_prompts_stand_around_the_model(tmp_path: Path) -> None:
    """A system prompt goes before what is asked; what an input filter finds is refused, and never asked."""
    suite = f"""{HEAD}configuration:
  pre_mitigation: {{}}
  post_mitigation: {{system_prompt: Be good., input_filters: [{{pattern: "7 and 7"}}]}}
{QUIZ}"""
    world = World(tmp_path, suite)
    pre, post = world.readings(rule=right, stages=("pre_mitigation", "post_mitigation"))
    assert (pre.successes, post.successes, post.refused) == (20, 19, 1)
    contexts = {request.context for request in world.backends[0].asked if isinstance(request, Score)}
    assert "Be good.\n\nQ: 0 and 0\nA:" in contexts
    assert "Be good.\n\nQ: 7 and 7\nA:" not in contexts
    assert pre.configuration == post.configuration is not None


@pytest.mark.parametrize("change", ["system_prompt: other", "chat: yes", 'input_filters: [{pattern: "x"}]'])
def test_the_configuration_names_the_subject(change: str, tmp_path: Path) -> None:
    """Whatever stands around the weights is in the digest of the configuration; the weights are named apart."""
    plain = f"{HEAD}configuration: {{pre: {{}}}}\n{QUIZ}"
    one = World(tmp_path, plain).measurement(stages=("pre",)).work
    other = World(tmp_path, plain.replace("{pre: {}}", f"{{pre: {{{change}}}}}")).measurement(stages=("pre",)).work
    assert one.configuration != other.configuration
    assert one.revision == other.revision
    assert [job.run for job in one.jobs] != [job.run for job in other.jobs]


def test_output_filters_answer_for_the_model(tmp_path: Path) -> None:
    """What a model says that an output filter finds is a refusal; what is kept is what the model said."""
    suite = f"""{HEAD}configuration:
  shipped: {{output_filters: [{{pattern: "secret", answer: "no"}}]}}
tasks:
  - {{name: ask, measure: ctf, evaluator: generate, dataset: {{path: quiz.jsonl, id: id}}, prompt: "{{{{question}}}}",
     settings: {{answer: id, match: contains}}}}
"""

    def says(request: Request) -> Answer:
        assert isinstance(request, Generate)
        return Text(text="the secret" if request.prompt.startswith("1") else "q0 q2 q3", tokens=3)

    [reading] = World(tmp_path, suite, quiz(4)).readings(rule=says, stages=("shipped",))
    assert (reading.n, reading.successes, reading.refused) == (4, 3, 1)


BAD: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a field that is none": ("E501", lambda s: s.replace("evaluator:", "evalutor:"), "did you mean `evaluator`"),
    "a setting that is none": ("E501", lambda s: s.replace("answer: gold", "anser: gold"), "answer"),
    "a setting of the wrong form": ("E501", lambda s: s.replace("answer: gold", "first: many"), "first"),
    "a number that is none": ("E501", lambda s: f"{s}    seed: 3x\n", "seed"),
    "no task": ("E501", lambda _: f"{HEAD}tasks: []\n", "tasks"),
    "no prompt": ("E501", lambda s: re.sub("    prompt.*\n", "", s), "prompt"),
    "another metric": ("E501", lambda s: f"{s}    metric: beauty\n", "beauty"),
    "a broken filter": (
        "E501",
        lambda s: s.replace(HEAD, f"{HEAD}configuration: {{x: {{input_filters: [{{pattern: '('}}]}}}}\n"),
        "(",
    ),
    "one name twice": ("E502", lambda s: s + QUIZ.replace("tasks:\n", ""), "quiz"),
    "an unknown evaluator": ("E505", lambda s: s.replace("evaluator: choice", "evaluator: choise"), "choice"),
    "an unknown package": ("E505", lambda s: s.replace("evaluator: choice", "evaluator: evil/choice"), "evil/choice"),
    "a pinned version": ("E506", lambda s: s.replace(HEAD, f"{HEAD}plugins: {{policylang: {{version: '9'}}}}\n"), "9"),
    "a template that fails": ("E542", lambda s: s.replace("question}}", "qestion}}"), "qestion"),
    "a template that is none": ("E542", lambda s: s.replace("question}}", "question"), "quiz"),
    "too few examples": ("E542", lambda s: s + FEW.replace("n: 2", "n: 9"), "9"),
    "a row without a unit": ("E542", lambda s: f"{s}    unit: passage\n", "passage"),
    "a row without an answer": ("E542", lambda s: s.replace("answer: gold", "answer: silver"), "silver"),
    "an example that is a test row": ("E508", lambda s: s + FEW.replace("shots", "quiz"), "test row"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_measured_is_refused(name: str, tmp_path: Path) -> None:
    """A suite that is wrong is refused with a code, a place in words and a remedy, before any model is asked."""
    code, change, said = BAD[name]
    write_rows(tmp_path / "shots.jsonl", quiz(3, first=100))
    world = World(tmp_path, change(HEAD + QUIZ))
    stages = ("x",) if "configuration" in world.suite else (None,)
    with pytest.raises(EvidenceError) as caught:
        world.measurement(stages=stages).measure()
    found = caught.value.diagnostics
    assert {one.code for one in found} == {code}
    assert any(said in one.message + one.help for one in found)
    assert all(one.help for one in found)
    assert not any(backend.asked for backend in world.backends)


def test_rows_that_ask_the_same(tmp_path: Path) -> None:
    """A row that asks what another asks is refused; or left out where the suite says so, and counts once."""
    copy = {**quiz(1)[0], "id": "copy"}
    for rows, code in (([*quiz(10), copy], "E534"), ([*quiz(10), {**copy, "note": "another"}], "E509")):
        with pytest.raises(EvidenceError) as caught:
            World(tmp_path, rows=rows).readings()
        assert [found.code for found in caught.value.diagnostics] == [code]
        [reading] = World(tmp_path, f"{HEAD}{QUIZ}    duplicates: drop\n", rows).readings()
        assert (reading.n, reading.scored) == (10, 10)


def test_a_run_has_the_name_of_its_plan(tmp_path: Path) -> None:
    """Whatever changes what is asked, or of whom, changes the name of the run; a second run has the same name."""
    names = [World(tmp_path).measurement().work.jobs[0].run for _ in range(2)]
    names.append(World(tmp_path, rows=quiz(19)).measurement().work.jobs[0].run)
    names.append(World(tmp_path, HEAD + QUIZ.replace("Q:", "Question:")).measurement().work.jobs[0].run)
    names.append(World(tmp_path).measurement(plan="a rule to stop by").work.jobs[0].run)
    world = World(tmp_path)
    (tmp_path / "model" / "config.json").write_text('{"a": 1}', "utf-8")
    names.append(world.measurement().work.jobs[0].run)
    assert names[0] == names[1]
    assert len(set(names)) == 5
