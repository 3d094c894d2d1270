"""Elicitation: the prompt and the adapter that bring out most, on rows of their own, and what is recorded of it."""

from fractions import Fraction
from pathlib import Path

import pytest

import small_models
from measured_world import HEAD, QUIZ, World, quiz, write_rows
from policylang import Answer, EvidenceError, Likelihood, Request, Score
from policylang import cli as commands

SEARCH = """\
    elicitation:
      level: prompted
      prompt:
        development: {path: dev.jsonl, id: id}
        candidates: ["Please: {{question}}\\nA:", "Q: {{question}}\\nA: well,"]
        items: 6
"""
LORA = """\
    elicitation:
      level: fine_tuned
      lora: {training: {path: train.jsonl, id: id}, steps: 30, batch: 4, rank: 4, rate: 0.02}
"""


def polite(request: Request) -> Answer:
    """Knows the answer when it is asked politely, and the wrong one otherwise."""
    assert isinstance(request, Score)
    n = int("".join(c for c in request.context.split(" and ")[0] if c.isdigit()))
    is_right = request.text.strip() == str(2 * n)
    return Likelihood(total=-1.0 if is_right == request.context.startswith("Please") else -2.0, tokens=1, size=1)


def test_the_prompt_that_does_best_measures(tmp_path: Path) -> None:
    """Every candidate is tried on development rows, and the best of them is asked about the test rows."""
    write_rows(tmp_path / "dev.jsonl", quiz(10, first=50))
    world = World(tmp_path, HEAD + QUIZ + SEARCH)
    [reading] = world.readings(rule=polite)
    assert (reading.n, reading.successes) == (20, 20)
    assert reading.attributes == {
        "elicitation": "prompted",
        "elicitation_budget": "prompt 2 of 3, chosen on 6 rows",
    }
    contexts = [request.context for request in world.backends[0].asked if isinstance(request, Score)]
    assert len([text for text in contexts if "50 and 50" in text]) == 2 * 3
    assert all(text.startswith("Please") for text in contexts if "11 and 11" in text)
    assert not [text for text in contexts if "56 and 56" in text]


def test_what_is_worse_is_looked_for(tmp_path: Path) -> None:
    """Where lower is worse, the prompt that does worst is the one that brings out most."""
    write_rows(tmp_path / "dev.jsonl", quiz(10, first=50))
    [reading] = World(tmp_path, HEAD + QUIZ + SEARCH + "    worse: lower\n").readings(rule=polite)
    assert reading.successes == 0


@pytest.mark.parametrize("elicitation", [SEARCH, LORA])
def test_no_row_is_seen_before(elicitation: str, tmp_path: Path) -> None:
    """Development and training rows among the test rows are refused, by name or by what they say."""
    for rows in (quiz(1, first=3), [{**quiz(1, first=3)[0], "id": "renamed"}]):
        for name in ("dev", "train"):
            write_rows(tmp_path / f"{name}.jsonl", [*quiz(5, first=50), *rows])
        with pytest.raises(EvidenceError) as caught:
            World(tmp_path, HEAD + QUIZ + elicitation).readings(rule=polite)
        assert [found.code for found in caught.value.diagnostics] == ["E508"]


def test_an_adapter_is_trained_and_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that knows nothing is fine-tuned on examples and then knows more; a second call trains nothing anew."""
    suite = HEAD + QUIZ.replace("Q: {{question}}\\nA:", "{{question}} is")
    rows = [{"id": f"t{n}", "question": f"letter {n}", "choices": ["yes", "maybe"], "gold": 0} for n in range(80)]
    write_rows(tmp_path / "quiz.jsonl", rows[:40])
    write_rows(tmp_path / "train.jsonl", rows[40:])
    (tmp_path / "plain.yaml").write_text(suite, "utf-8")
    (tmp_path / "tuned.yaml").write_text(suite + LORA, "utf-8")
    model = small_models.model()
    capsys.readouterr()

    def measured(name: str) -> str:
        out = tmp_path / f"{name}.out"
        assert commands.main(["eval", str(tmp_path / f"{name}.yaml"), "--model", model, "-o", str(out), "--debug"]) == 0
        capsys.readouterr()
        return out.read_text("utf-8")

    def solved(text: str) -> Fraction:
        return Fraction(int(text.partition("successes: ")[2].partition("\n")[0]), 40)

    plain, tuned = measured("plain"), measured("tuned")
    assert solved(tuned) > solved(plain)
    assert solved(tuned) > Fraction(9, 10)
    assert "elicitation_budget: lora of rank 4, 30 steps of 4, 40 examples" in tuned
    [adapter] = (tmp_path / "tuned.out.answers.adapters").iterdir()
    before = (adapter / "adapter_model.safetensors").stat()
    assert measured("tuned") == tuned
    assert (adapter / "adapter_model.safetensors").stat() == before
