"""A log that was tampered with is refused, stops being evidence of safety, or shows no more safety than before.

tests/campaigns/tampering.py does the same to every field in every way.
"""

import json
from collections import Counter
from fractions import Fraction

import pytest

from caught import UNSEEN, Shown, feeding, judged, kind_of, shown, unseen
from specimens import MODEL, Specimen, real_specimens, specimens
from tampers import count, of_json, tampers

CASES = 16
"""How many tampers of each specimen are tried here."""

BEFORE = Shown(lo=Fraction(1, 10), hi=Fraction(1, 2), qualifies=True, at="2026-10-20")


@pytest.mark.parametrize("specimen", specimens(), ids=lambda specimen: specimen.name)
def test_no_tamper_makes_a_log_safer(specimen: Specimen) -> None:
    """Of fields spread over the whole log, none can be changed alone to show more safety, but for those listed."""
    stride = max(1, count(specimen.files) // CASES)
    found = [(kind, tamper.where, tamper.how) for kind, tamper in judged(specimen, stride)]
    assert len(found) > CASES // 2
    assert not [one for one in found if one[0] == "finding"]


def test_no_tamper_makes_a_real_log_safer() -> None:
    """The same of real logs, where they are at hand."""
    kinds: Counter[str] = Counter()
    for specimen in feeding(real_specimens(9_000)):
        found = [(kind, tamper.where, tamper.how) for kind, tamper in judged(specimen, count(specimen.files) // 6)]
        assert not [one for one in found if one[0] == "finding"], specimen.name
        kinds.update(kind for kind, _, _ in found)
    assert not kinds or kinds["refused"] + kinds["stopped"] > 10


def test_specimens_are_what_they_are_taken_for() -> None:
    """Of each specimen it is known whether it qualifies; those that do show 2 of a few as dangerous, or an interval."""
    found = {one.name: shown(one, one.graph, one.files) for one in specimens()}
    assert all(isinstance(one, Shown) for one in found.values())
    marred = {name for name, one in found.items() if isinstance(one, Shown) and not one.qualifies}
    assert marred == {
        *(f"inspect, {name}" for name in ("died", "cancelled", "invalidated", "updated", "edited", "fallen back")),
        *(
            "inspect, of another model",
            "inspect, of other outcomes",
            "metr, runs",
            "helm, limited",
            "every_eval_ever",
            "openai_evals, limited",
        ),
    }


def test_tampers_leave_the_log_as_it_was() -> None:
    """Every tamper differs from the log, and each is made from the log itself, not from another tamper."""
    document = {"a": [1, 1, "x"], "b": {"c": None, "d": True}, "e": "2026-10-20"}
    made = [(where, how, make()) for where, how, make in of_json(json.dumps(document).encode())]
    assert len(made) > 150
    names = {where for where, _, _ in made}
    assert names == {"a", "a.0", "a.1", "a.2", "b", "b.c", "b.d", "e"}
    assert [text.count(b'"c": null') for where, how, text in made if (where, how) == ("b.c", "doubled")] == [2]
    for where, how, text in made:
        if where == "e" and how == "other day":
            assert json.loads(text) == {**document, "e": json.loads(text)["e"]}
    specimen = specimens()[0]
    assert all(tamper.files != specimen.files for tamper in tampers(specimen.files, 50))


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ("E303", "refused"),
        (BEFORE, "same"),
        (Shown(lo=Fraction(0), hi=Fraction(1), qualifies=False, at=""), "stopped"),
        (Shown(lo=Fraction(1, 5), hi=Fraction(1, 2), qualifies=True, at="2026-10-20"), "worse"),
        (Shown(lo=Fraction(1, 10), hi=Fraction(1, 2), qualifies=True, at="2026-10-01"), "worse"),
        (Shown(lo=Fraction(1, 20), hi=Fraction(3, 4), qualifies=True, at="2026-10-20"), "wider"),
        (Shown(lo=Fraction(1, 10), hi=Fraction(2, 5), qualifies=True, at="2026-10-20"), "finding"),
        (Shown(lo=Fraction(1, 10), hi=Fraction(1, 2), qualifies=True, at="2026-10-21"), "finding"),
    ],
)
def test_what_becomes_of_a_tamper(after: Shown | str, kind: str) -> None:
    """Less that is possible, or a later date, is more safety; everything else is refused, stopped, worse or wider."""
    assert kind_of(BEFORE, after) == kind
    assert kind_of(Shown(lo=Fraction(0), hi=Fraction(1), qualifies=False, at=""), BEFORE) == "finding"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("inspect, json", b'"value": "C"', b'"value": "I"'),
        ("inspect, json", b'"samples": 7', b'"samples": 70'),
        ("lm_eval, samples", b'"acc": 1.0', b'"acc": 0.0'),
        ("helm", b'"mean": 1}', b'"mean": 0}'),
        ("openai_evals", b'"correct": true', b'"correct": false'),
        ("promptfoo", b'"success": true', b'"success": false'),
        ("inspect, json", MODEL.encode(), b"acme/other"),
    ],
)
def test_changed_outcomes_are_caught(name: str, old: bytes, new: bytes) -> None:
    """A dangerous outcome turned harmless, a larger dataset, another model: the log no longer shows safety, or less."""
    [specimen] = [one for one in specimens() if one.name == name]
    before = shown(specimen, specimen.graph, specimen.files)
    changed = {file: data.replace(old, new, 1) for file, data in specimen.files.items()}
    assert changed != specimen.files
    assert isinstance(before, Shown)
    assert kind_of(before, shown(specimen, specimen.graph, changed)) in ("stopped", "refused", "wider")


def test_what_goes_unseen_has_a_reason() -> None:
    """Each entry of the list is of a tool that we have a specimen of, and says why."""
    assert {one.tool for one in UNSEEN} <= {one.tool for one in specimens()}
    assert all(one.why and not one.why.endswith(".") for one in UNSEEN)
    [table] = [one for one in specimens() if one.name == "table, results"]
    tampered = [tamper for tamper in tampers(table.files) if tamper.where == "t.jsonl:0.successes"]
    assert unseen(table, tampered[0]) is not None
