"""The library of frameworks: every policy works, is tested to the last clause, and its pages say what is so."""

import pytest

from house import ROOT
from library import (
    EXAMPLES,
    INVENTED,
    POLICIES,
    PREPAREDNESS,
    PUBLISHERS,
    README,
    Record,
    changes_page,
    compiled,
    coverage,
    pairs,
    readme,
    records,
    revised,
    revisions,
)
from policylang import parse_moment, read_evidence
from policylang.analysis.difference import Direction
from policylang.cli import main
from policylang.decide import decide
from policylang.lint import FAST, Persona, View, lint
from policylang.testing import mutate, run


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_has_no_warnings(name: str) -> None:
    """It compiles, nothing in it is left over, and every clause is encoded or says why not."""
    assert compiled(name).warnings == ()


@pytest.mark.parametrize("name", POLICIES)
def test_an_author_is_told_nothing(name: str) -> None:
    """No lint that reads finds anything in it for its author, but what a comment allows for a reason."""
    policy = compiled(name)
    view = View(checked=policy.checked, graph=policy.graph, warnings=policy.warnings)
    rules = [rule for rule in FAST if Persona.AUTHOR in rule.personas]
    assert [(found.code, found.message) for found in lint(view, rules)] == []


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_passes_its_tests(name: str) -> None:
    """Each expectation of each of its tests is what is decided."""
    outcomes = run(compiled(name))
    assert outcomes
    assert [(outcome.title, outcome.found) for outcome in outcomes if not outcome.passed] == []


@pytest.mark.parametrize("name", POLICIES)
def test_the_tests_of_a_policy_show_everything_both_ways(name: str) -> None:
    """Every rule, requirement, condition, control and duty is shown so and not so, and every clause with them."""
    found = coverage(name)
    assert [(point.kind, point.of, point.text, point.missing) for point in found.uncovered] == []
    assert [clause for clause in found.clauses if clause.state in ("partly", "open")] == []
    assert found.clauses


@pytest.mark.parametrize("name", POLICIES)
def test_everything_that_binds_or_is_owed_cites(name: str) -> None:
    """Every rule, exception and duty names the clause it rests on; what is not encoded says why in a sentence."""
    graph = compiled(name).graph
    cited = [(item.name, item.cites) for item in graph.rules]
    cited += [(item.name, item.cites) for item in graph.exemptions]
    cited += [(item.name, item.cites) for item in graph.duties]
    assert [name for name, cites in cited if not cites] == []
    for clause in coverage(name).clauses:
        assert clause.title
        if clause.state == "not encoded":
            assert len(clause.why.split()) >= 4, clause.name


@pytest.mark.parametrize("name", POLICIES)
def test_the_tests_of_a_policy_notice_changes(name: str) -> None:
    """Of a sample of changes in one place, nine in ten are noticed; `make mutants` tries all of them."""
    policy = compiled(name)
    fates = [mutant.fate for mutant in mutate(policy, every=max(1, len(policy.graph.rules) // 2))]
    fates = [fate for fate in fates if fate != "equivalent"]
    assert len(fates) >= 5
    assert fates.count("killed") >= 0.9 * len(fates) - 1  # a sample may hit one of the few survivors


@pytest.mark.parametrize("name", POLICIES)
def test_what_a_policy_claims_is_proved(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It has invariants, and each holds for every possible input."""
    assert compiled(name).graph.invariants
    assert main(["prove", str(ROOT / "policies" / name)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_readable_in_one_sitting(name: str) -> None:
    """No line is longer than a screen is wide, and every rule says in a sentence what it is about."""
    text = (ROOT / "policies" / name).read_text("utf-8")
    assert max(map(len, text.splitlines())) <= 120
    assert [rule.name for rule in compiled(name).graph.rules if not rule.title] == []


# Records


def test_every_record_has_its_evidence() -> None:
    """Each file of an example is a record with its policy and date, or invented, or of the experiment."""
    others = {"synthetic", "experiment"}
    files = {path for path in EXAMPLES.glob("*/*.yaml") if path.parent.name not in others}
    assert files == {record.path for record in records()}
    assert {record.policy for record in records()} <= set(POLICIES)


@pytest.mark.parametrize("record", records(), ids=lambda record: record.path.stem)
def test_a_record_is_decided_as_it_was_or_says_why_not(record: Record) -> None:
    """Nothing that was done is forbidden, and nothing is overdue, unless the record says where the two differ."""
    decision = record.decision
    assert decision.rejected == ()
    if record.differs != "no" or record.policy.startswith("community/"):
        return
    forbidden = [name for name, action in decision.actions.items() if action.verdict == "forbidden"]
    assert forbidden == []
    if "late" not in record.happened:
        assert [item.rule for item in decision.obligations if item.state == "overdue"] == []


@pytest.mark.parametrize("record", records(), ids=lambda record: record.path.stem)
def test_a_record_says_what_is_published_and_what_is_not(record: Record) -> None:
    """Whoever reads an example first learns what it takes from the card, and how sure that is."""
    head = record.path.read_text("utf-8").partition("\nschema:")[0]
    assert all(line.startswith("#") for line in head.strip().splitlines())
    assert len(head.split()) > 40


def test_invented_models_reach_every_rule_of_the_first_framework() -> None:
    """Nothing published ever reached high under it, so invented models show each rule firing, and all silent."""
    graph = compiled(PREPAREDNESS).graph
    fired: set[str] = set()
    for path in sorted((EXAMPLES / "synthetic").glob("*.yaml")):
        decision = decide(graph, read_evidence([str(path)]), parse_moment(INVENTED))
        fired |= {advisory.rule for advisory in decision.advisories}
        fired |= {reason.rule for action in decision.actions.values() for reason in action.reasons}
        if path.stem == "all-clear":
            assert not decision.advisories
            assert not [reason for action in decision.actions.values() for reason in action.reasons]
    assert fired >= set(graph.rule)


# Pages


def test_the_page_of_the_library_says_what_is_so(*, accept: bool) -> None:
    """Its tables are those that the policies, tests and records make."""
    text = README.read_text("utf-8")
    if accept:
        README.write_text(readme(text), "utf-8")
    else:
        assert readme(text) == text


@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_the_page_of_changes_says_what_changed(publisher: str, *, accept: bool) -> None:
    """What each version loosened and tightened is what the difference of the two says."""
    page = changes_page(publisher)
    if accept:
        page.write_text(revisions(publisher), "utf-8")
    else:
        assert page.read_text("utf-8") == revisions(publisher)


@pytest.mark.parametrize(("publisher", "pair"), [(name, pair) for name in PUBLISHERS for pair in pairs(name)])
def test_a_revision_is_settled(publisher: str, pair: tuple[str, str]) -> None:
    """Of each change it is known which way it goes; and no version changes nothing."""
    changes = revised(publisher, *pair).changes
    assert changes
    assert [change.sentence for change in changes if change.direction is Direction.UNKNOWN] == []
