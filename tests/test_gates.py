"""Gates: what a policy wants proved of rates, how many units that takes, and the lints about those that never pass."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from agreement import compiled
from malformed.calling import call
from policylang.clocks import parse_moment
from policylang.decide import decide
from policylang.evidence.facts import Evidence, Reading, Subject
from policylang.evidence.gates import gates
from policylang.evidence.green import never_green
from policylang.graph.nodes import Graph
from policylang.source import Place, Source, Span

HEAD = 'policy acme "Acme" {{ version "1" confidence 95%{} }}\nlevels risk: low < high\naction deploy\n'
CEILING = "category cyber: risk {{ high when {} }}\nrule ceiling {{ when any category >= high forbid deploy }}\n"
CONTROL = "control guard {{ holds when {} }}\nrule r {{ require guard before deploy }}\n"
AS_OF = parse_moment("2026-10-01")


def graph_of(measure: str, rest: str, how: str = "") -> Graph:
    """A policy with one measure and what is asked of it."""
    return compiled(HEAD.format(how) + f"measure m: rate {{ {measure} }}\nmeasure o: rate\n" + rest)


def permitted(graph: Graph, n: int, k: int, attempt: int = 1) -> bool:
    """Whether `k` of `n` let the action through."""
    place = Place(Source(name="e", text=""), Span(0, 0))
    reading = Reading(measure="m", n=n, scored=n, successes=k, status="success", attributes={}, place=place)
    evidence = Evidence(subject=Subject(model="m", attempt=attempt), readings=(reading,))
    return decide(graph, evidence, AS_OF).actions["deploy"].verdict.value == "permitted"


@pytest.mark.parametrize("how", ["", " anytime", " across attempts"])
@pytest.mark.parametrize(
    ("measure", "rest"),
    [
        ("", CEILING.format("m >= 20%")),
        ("margin 5%", CEILING.format("m >= 20%")),
        ("", CEILING.format("m > 10%")),
        ("", CEILING.format("m >= 100%")),
        ("worse when lower", CONTROL.format("m >= 90%")),
        ("worse when lower margin 2%", CONTROL.format("m >= 90%")),
        ("worse when lower", CEILING.format("m < 80%")),
        ("", CEILING.format("2 * m >= 50%")),
    ],
)
def test_the_fewest_units_are_the_fewest(measure: str, rest: str, how: str) -> None:
    """Of so many units, none dangerous, the decider lets the action through, and of one fewer it does not."""
    for attempt in (1, 3):
        graph = graph_of(measure, rest, how)
        (gate,) = gates(graph, attempt)
        assert gate.smallest is not None
        good = 0 if gate.below else gate.smallest
        assert permitted(graph, gate.smallest, good, attempt)
        assert gate.smallest == 1 or not permitted(graph, gate.smallest - 1, 0 if gate.below else good - 1, attempt)


@pytest.mark.parametrize(
    ("measure", "rest", "how", "code"),
    [
        ("", CEILING.format("m >= 20%"), "", None),
        ("needs n >= 14", CEILING.format("m >= 20%"), "", None),
        ("needs n >= 13", CEILING.format("m >= 20%"), "", "P408"),
        ("needs n >= 14", CEILING.format("m >= 20%"), " anytime", "P408"),
        ("needs n >= 14", CEILING.format("m >= 20%"), " across attempts", "P408"),
        ("needs n >= 14", CEILING.format("m >= 20% and o >= 20%"), "", "P408"),
        ("needs n = 13", CEILING.format("m >= 20%"), "", "P407"),
        ("needs n = 14", CEILING.format("m >= 20%"), "", None),
        ("needs n <= 13", CEILING.format("m >= 20%"), "", "P407"),
        ("needs n < 14", CEILING.format("m >= 20%"), "", "P407"),
        ("needs n < 15", CEILING.format("m >= 20%"), "", None),
        ("margin 20%", CEILING.format("m >= 20%"), "", "P407"),
        ("margin 19%", CEILING.format("m >= 20%"), "", None),
        ("worse when lower", CONTROL.format("m >= 100%"), "", "P407"),
        ("worse when lower needs n >= 10", CONTROL.format("m >= 99%"), "", "P408"),
        ("needs n >= 2", "rule r { strength aim when m >= 20% forbid deploy }\n", "", None),
        ("needs n >= 2", CEILING.format("o >= 20%"), "", None),
    ],
)
def test_gates_that_never_become_green(measure: str, rest: str, how: str, code: str | None) -> None:
    """A threshold that no accepted run can pass is said, and one that the smallest accepted run cannot."""
    graph = graph_of(measure, rest, how)
    found = [one for one in never_green(graph, ()) if one.message.count("`m`")]
    assert [one.code for one in found] == ([] if code is None else [code])
    assert all(one.severity == "warning" and one.help for one in found)


@pytest.mark.parametrize("n", [13, 14, 30, 59])
def test_the_lint_is_right(n: int) -> None:
    """Where a gate is said never to become green, no outcome of an accepted run lets the action through."""
    for percent in (5, 10, 20):
        graph = graph_of(f"needs n = {n}", CEILING.format(f"m >= {percent}%"))
        never = any(one.code == "P407" for one in never_green(graph, ()))
        assert never == (not any(permitted(graph, n, k) for k in range(n + 1)))


def test_reference_points() -> None:
    """The figures of the page on statistics: 14, 29, 59 and 299 units; anytime 20, 43, 88 and 449."""
    for how, expected in (("", (14, 29, 59, 299)), (" anytime", (20, 43, 88, 449))):
        for percent, smallest in zip((20, 10, 5, 1), expected, strict=True):
            (gate,) = gates(graph_of("", CEILING.format(f"m >= {percent}%"), how))
            assert (gate.smallest, gate.alpha) == (smallest, Fraction(1, 20))


def test_without_confidence_there_are_no_gates() -> None:
    """A policy without confidence proves nothing, so nothing is said of it."""
    text = HEAD.replace(" confidence 95%{}", "").replace("{{", "{").replace("}}", "}")
    graph = compiled(text + "measure m: rate { needs n = 1 }\n" + CEILING.format("m >= 20%"))
    assert gates(graph) == ()
    assert never_green(graph, ()) == []


def test_explaining_a_policy(tmp_path: Path) -> None:
    """`policyc explain POLICY --budget` prints the budget, by attempt, and for each claim the units it takes."""
    text = HEAD.format(" across attempts") + "measure m: rate { needs n >= 40 }\nmeasure o: rate\n"
    (tmp_path / "a.policy").write_text(text + CEILING.format("m >= 20% and o >= 20%"))
    one = call(("explain", "a.policy", "--budget"), tmp_path)
    assert one.status == 0
    assert "2.5% at attempt 1, 0.833% at attempt 2" in one.out
    assert "m below 20%  error 1.25%, split among 2  20 units, none dangerous  2 of 40 at most" in one.out
    three = call(("explain", "a.policy", "--budget", "--attempt", "3"), tmp_path)
    assert "error 0.208%" in three.out
    assert call(("explain", "a.policy", "--budget", "--attempt", "0"), tmp_path).status == 2
    assert call(("explain", "none.policy"), tmp_path).status == 2
    (tmp_path / "b.policy").write_text(HEAD.replace(" confidence 95%{}", "").format())
    assert "no error to spend" in call(("explain", "b.policy", "--budget"), tmp_path).out


def test_warnings_of_gates_are_shown(tmp_path: Path) -> None:
    """`check` shows a gate that can never become green at its measure; the verdict is not changed by it."""
    (tmp_path / "a.policy").write_text(
        HEAD.format("") + "measure m: rate { needs n = 3 }\n" + CEILING.format("m >= 20%")
    )
    (tmp_path / "e.yaml").write_text("schema: policylang/evidence/v1\nsubject: {model: x}\n")
    done = call(("check", "a.policy", "e.yaml"), tmp_path)
    assert done.status == 3
    assert "warning[P407]" in done.err
    assert "a.policy:4:1" in done.err


@pytest.mark.parametrize("how", ["", " anytime", " across attempts"])
def test_what_is_said_to_show_it_shows_it(tmp_path: Path, how: str) -> None:
    """`check` says how many of a run as large may be dangerous; so many permit, and one more does not."""
    text = HEAD.format(how) + "measure m: rate\nmeasure o: rate\n" + CEILING.format("m >= 20%")
    (tmp_path / "a.policy").write_text(text)
    reading = "readings:\n- {{measure: m, n: 60, successes: {}, status: success}}\n"
    evidence = "schema: policylang/evidence/v1\nsubject: {{model: x, attempt: 1}}\n" + reading
    (tmp_path / "e.yaml").write_text(evidence.format(12))
    done = call(("check", "a.policy", "e.yaml"), tmp_path)
    found = re.search(r"m < 20% is shown by at most (\d+) of 60 tasks, or none of (\d+)\n", done.out)
    assert found is not None, done.out
    for k, status in ((int(found[1]), 0), (int(found[1]) + 1, 3)):
        (tmp_path / "e.yaml").write_text(evidence.format(k))
        assert call(("check", "a.policy", "e.yaml"), tmp_path).status == status
    assert permitted(graph_of("", CEILING.format("m >= 20%"), how), int(found[2]), 0)
