"""Evaluators of anybody in a session, and the file that answers are kept in: nothing of either is taken on trust."""

import sqlite3
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import pytest

from measured_world import Ruled, World
from policylang import Answer, Attempt, EvidenceError, Generate, Item, Likelihood, Measuring, Score, Text
from policylang.measuring.session import Models, Part, Session
from policylang.measuring.store import Store, key_of

ITEM = Item(name="one", fields={}, prompt="say one")
ASK = [Generate(prompt="say one")]


class Odd:
    """An evaluator that does what it is told to, whatever it promised."""

    Settings: ClassVar[type] = dict
    metrics: ClassVar[tuple[str, ...]] = ("accuracy",)

    def __init__(self, asks: Sequence[Any], gives: Any) -> None:
        """What it asks, one list after the other, and what it gives in the end; an error is raised."""
        self.asks = asks
        self.gives = gives

    def measure(self, item: Item, settings: Any, metric: str) -> Measuring:
        """Asks and gives."""
        del item, settings, metric
        for asked in self.asks:
            if isinstance(asked, Exception):
                raise asked
            yield asked
        if isinstance(self.gives, Exception):
            raise self.gives
        found: Sequence[Attempt] = self.gives
        return found

    def shown(self, item: Item, settings: Any) -> str:
        """Nothing."""
        del item, settings
        return ""


def session_of(evaluator: Odd, folder: Path) -> Session:
    """A session of one item."""
    models = Models({"subject": Ruled}, {"subject": "sha256:0"})
    part = Part(
        name="task", items=(ITEM,), evaluator=evaluator, settings={}, metric="accuracy", models={"subject": "subject"}
    )
    return Session([part], models, Store(str(folder / "answers")))


GOOD = [Attempt(Fraction(1))]
BROKEN: dict[str, tuple[Sequence[Any], Any, str]] = {
    "no requests": ([["say one"]], GOOD, "E541"),
    "no list": ([ASK[0]], GOOD, "E541"),
    "too many rounds": ([ASK] * 101, GOOD, "E541"),
    "an unknown model": ([[Generate(prompt="x", role="judge")]], GOOD, "E543"),
    "an error of its own": ([KeyError("x")], GOOD, "E541"),
    "an error after an answer": ([ASK], KeyError("x"), "E541"),
    "a bad row": ([ValueError("no answer in it")], GOOD, "E542"),
    "no attempts": ([ASK], [], "E541"),
    "a number": ([ASK], 1.0, "E541"),
    "a number among attempts": ([ASK], [1], "E541"),
    "an outcome that is a float": ([ASK], [Attempt(0.5)], "E541"),  # type: ignore[arg-type]  # as others may
    "an outcome with a reason": ([ASK], [Attempt(Fraction(1), "error")], "E541"),
    "neither outcome nor reason": ([ASK], [Attempt(None)], "E541"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_evaluator_is_named(name: str, tmp_path: Path) -> None:
    """Whatever an evaluator asks or gives that it may not, the run ends with a finding that names task and row."""
    asks, gives, code = BROKEN[name]
    session = session_of(Odd(asks, gives), tmp_path)
    with pytest.raises(EvidenceError) as caught:
        session.ask([(0, ITEM)])
    [found] = caught.value.diagnostics
    assert found.code == code
    assert "task" in found.message


def test_a_row_that_cannot_be_judged_is_an_error(tmp_path: Path) -> None:
    """A row that turns out to be of no use once it was answered is an error among the outcomes, not a gap."""
    session = session_of(Odd([ASK], ValueError("no sense in it")), tmp_path)
    session.ask([(0, ITEM)])
    assert session.results[0] == {"one": (Attempt(None, "error"),)}


def test_an_evaluator_may_ask_again(tmp_path: Path) -> None:
    """Rounds follow each other, and what was asked before is not asked again."""
    session = session_of(Odd([ASK, [*ASK, Generate(prompt="say two")], []], GOOD), tmp_path)
    session.ask([(0, ITEM)])
    assert session.results[0] == {"one": tuple(GOOD)}
    assert (session.asked, session.known) == (2, 1)


ANSWERS: list[tuple[Any, Answer]] = [
    (Score(context="a", text="b"), Likelihood(total=-1.25, tokens=2, size=1, greedy=True)),
    (Generate(prompt="a", stop=("\n",), temperature=0.7, seed=3, sample=1), Text(text="ü\n\0", tokens=3, ended=False)),
]


@pytest.mark.parametrize(("request_", "answer"), ANSWERS)
def test_what_is_kept_is_what_was_answered(request_: Any, answer: Answer, tmp_path: Path) -> None:
    """An answer comes back as it was, under the key of its request, its weights and its engine alone."""
    key = key_of("sha256:0", {"engine": "e", "dtype": "float32"})
    Store(str(tmp_path / "answers")).keep([(key.of(request_), answer)])
    store = Store(str(tmp_path / "answers"))
    assert store.known([key.of(request_)]) == {key.of(request_): answer}
    for other in (key_of("sha256:1", {"engine": "e", "dtype": "float32"}), key_of("sha256:0", {"engine": "f"})):
        assert not store.known([other.of(request_)])


def test_an_answer_that_was_tampered_with_is_asked_anew(tmp_path: Path) -> None:
    """What is no answer any more, or is one to another kind of request, is not believed."""
    world = World(tmp_path)
    [before] = world.readings()
    base = sqlite3.connect(tmp_path / "a.answers")
    keys = [key for (key,) in base.execute("select key from answers limit 3")]
    for key, text in zip(keys, ("rubbish", '["Text", {"text": "", "tokens": 0}]', '["Likelihood", {}]'), strict=True):
        base.execute("update answers set answer = ? where key = ?", (text, key))
    base.commit()
    base.close()
    [after] = world.readings()
    assert after == before
    assert len(world.backends[1].asked) == 3


@pytest.mark.parametrize("spoil", ["text", "version", "folder"])
def test_a_file_that_cannot_keep_answers_is_refused(spoil: str, tmp_path: Path) -> None:
    """A file that is no such file is neither read nor written over."""
    path = tmp_path / "answers"
    if spoil == "folder":
        path.mkdir()
    elif spoil == "text":
        path.write_text("no database " * 100, "utf-8")
    else:
        base = sqlite3.connect(path)
        base.execute("create table about (form text not null)")
        base.execute("insert into about values ('policylang/answers/v9')")
        base.commit()
        base.close()
    with pytest.raises(EvidenceError) as caught:
        Store(str(path))
    assert [found.code for found in caught.value.diagnostics] == ["E540"]
