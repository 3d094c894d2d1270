"""The shipped policies: they compile, their tests hold, and their README says what they decide."""

import functools
import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from house import ROOT
from policylang import (
    Decision,
    Evidence,
    Fact,
    Moment,
    Place,
    Reading,
    Source,
    Span,
    Subject,
    admit,
    parse_moment,
    read_evidence,
    resources,
    syntax,
)
from policylang.compile import Compiled
from policylang.decide import decide
from policylang.decide.decision import ActionDecision
from policylang.files import compile_source
from policylang.graph.nodes import Measure

POLICIES = resources.policy_names()
"""The published frameworks; the policy of an example is tested with it."""
PREPAREDNESS = "openai/preparedness-2023-12-18.policy"
README = (ROOT / "policies" / "README.md").read_text("utf-8")
EXAMPLES = ROOT / "policies" / "examples"
INVENTED = parse_moment("2024-06-01")
ACTIONS = ("deploy.external", "deploy.partner", "develop.capabilities", "develop.safety")
CATEGORIES = ("cybersecurity", "cbrn", "persuasion", "model_autonomy")
COMPUTE = Fraction(10**25)

_CODE = re.compile(r"`([a-z_.]+)`")
_LINK = re.compile(r"\[([^]]+)\]\([^)]*\)")


@functools.cache
def compiled(name: str) -> Compiled:
    """A shipped policy, with its tests."""
    return compile_tested(str(ROOT / "policies" / name))


@functools.cache
def blocks(name: str) -> tuple[Scene, ...]:
    """Every case of the tests of a shipped policy, in it and beside it."""
    return scenes(compiled(name).checked.resolved)


# The test blocks: what is given is exact and qualifies, what is not given is missing


@functools.cache
def decision_of(name: str, number: int) -> Decision:
    """What a policy decides on what one of its test blocks gives."""
    graph, test = compiled(name).graph, blocks(name)[number]
    as_of = test.as_of.moment if test.as_of else INVENTED
    place = Place(compiled(name).sources[0], Span(0, 0))
    assert test.found == ()
    readings, facts = [], []
    for given in test.givens:
        on = given.on.moment if given.on else as_of
        if isinstance(given, syntax.GivenValue):
            readings.append(_reading(graph.measure[given.target.name.text], given, on, place))
        else:
            facts.append(_fact(name, given, on, place))
    subject = Subject(model="test", effective_compute=COMPUTE)
    evidence = Evidence(subject=subject, readings=tuple(readings), facts=tuple(facts))
    assert admit([graph], evidence, as_of) == []
    decision = decide(graph, evidence, as_of)
    assert decision.rejected == ()
    return decision


def _reading(measure: Measure, given: syntax.GivenValue, at: Moment, place: Place) -> Reading:
    """A finding that meets what its measure needs."""
    assert isinstance(given.value, syntax.Name)
    assert {need.operator for need in measure.needs} <= {"is"}
    return Reading(
        measure=measure.name,
        stage=given.target.stage.text if given.target.stage else None,
        value=given.value.text == "yes",
        at=at,
        effective_compute=COMPUTE,
        attributes={need.of: "yes" for need in measure.needs},
        status="success",
        place=place,
    )


def _fact(name: str, given: syntax.GivenFact, at: Moment, place: Place) -> Fact:
    """A dated fact; an assessment is by the role that the policy has for it."""
    about, stage = given.target.name.text, given.target.stage.text if given.target.stage else None
    by = given.by.text if given.by else None
    if given.kind == "assessment":
        by = compiled(name).graph.category[about].assessed
    elif stage is not None:
        about, stage = f"{about}.{stage}", None
    level, to = given.level.text if given.level else None, given.to.text if given.to else None
    return Fact(kind=given.kind, about=about, at=at, by=by, to=to, stage=stage, level=level, place=place)


def bearing(action: ActionDecision) -> set[str]:
    """The rules that bear on an action."""
    return {reason.rule for reason in action.reasons if not reason.waived}


def leaves(name: str, decision: Decision) -> list[ActionDecision]:
    """What is decided on an action, or on each below a name."""
    return [item for action, item in decision.actions.items() if action == name or action.startswith(name + ".")]


def as_expected(expected: syntax.ExpectVerdict, found: ActionDecision) -> bool:
    """Whether the verdict on one action is as a test block expects."""
    named = {rule.text for rule in expected.rules}
    if expected.negated:
        return found.verdict != expected.verdict or (bool(named) and not named & bearing(found))
    return found.verdict == expected.verdict and named <= bearing(found)


def holds(expected: syntax.Expect, decision: Decision) -> bool:
    """Whether a decision is as a test block expects."""
    match expected:
        case syntax.ExpectVerdict(actions=actions):
            return all(as_expected(expected, item) for name in actions for item in leaves(name.text, decision))
        case syntax.ExpectAdvised(rules=rules, negated=negated):
            advised = {advisory.rule for advisory in decision.advisories}
            return all((rule.text in advised) != negated for rule in rules)
        case syntax.ExpectLevel(target=target, low=low, high=high):
            placed = decision.scorecard[target.name.text, target.stage.text if target.stage else None]
            ladder = decision.graph.category[target.name.text].ladder
            return (ladder[placed.at_least], ladder[placed.at_most]) == (low.text, high.text)
        case syntax.ExpectDue(rule=rule, date=date):
            return {o.due for o in decision.obligations if o.rule == rule.text} == {date.moment}
        case syntax.ExpectState(rules=rules, negated=negated, state=state):
            found = [{o.state for o in decision.obligations if o.rule == rule.text} for rule in rules]
            return all((states == {state}) != negated for states in found)


@pytest.mark.parametrize(("name", "number"), [(name, at) for name in POLICIES for at in range(len(blocks(name)))])
def test_what_a_policy_expects_of_itself_holds(name: str, number: int) -> None:
    """Each expectation of each test block of each shipped policy is what is decided."""
    test, decision = blocks(name)[number], decision_of(name, number)
    for expected in test.expects:
        assert holds(expected, decision), f"{compiled(name).checked.resolved.place(expected)}: {test.title}"


def spoken_of(name: str) -> Iterator[tuple[str, str, Decision]]:
    """Each rule a test block names, the action it is named for (empty for an obligation), and the decision."""
    for number, test in enumerate(blocks(name)):
        for expected in test.expects:
            match expected:
                case syntax.ExpectVerdict(action=action, rules=rules):
                    yield from ((rule.text, action.text, decision_of(name, number)) for rule in rules)
                case syntax.ExpectDue(rule=rule) | syntax.ExpectState(rule=rule):
                    yield rule.text, "", decision_of(name, number)
                case syntax.ExpectLevel():
                    pass


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_is_tested_both_ways(name: str) -> None:
    """Every rule is named by a test block in which it fires and by one in which it stays silent."""
    graph = compiled(name).graph
    fired: set[str] = set()
    silent: set[str] = set()
    for rule, action, decision in spoken_of(name):
        if rule not in graph.rule or not action:
            continue
        advises = {advisory.rule for advisory in decision.advisories}
        fires = rule in (advises if graph.rule[rule].strength != "must" else bearing(decision.actions[action]))
        (fired if fires else silent).add(rule)
    assert fired == set(graph.rule)
    assert silent == set(graph.rule)


@pytest.mark.parametrize("name", POLICIES)
def test_every_duty_is_tested(name: str) -> None:
    """Every duty is named by a test block."""
    assert set(compiled(name).graph.duty) <= {rule for rule, _, _ in spoken_of(name)}


@pytest.mark.parametrize("name", POLICIES)
def test_a_shipped_policy_has_no_warnings(name: str) -> None:
    """Every shipped policy compiles, and nothing in it is left over."""
    assert compiled(name).warnings == ()


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_and_duty_cites_its_page(name: str) -> None:
    """Every rule and duty says on which printed page it rests."""
    graph = compiled(name).graph
    for cites in (*(rule.cites for rule in graph.rules), *(duty.cites for duty in graph.duties)):
        assert cites
        assert all(re.fullmatch(r"p\. \d+|pp\. \d+(, \d+)+", text) for text in cites)


# The tables of the README


def table(heading: str, first: str) -> list[dict[str, str]]:
    """The rows of the table of a section whose first column has that name."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = section[section.index(f"| {first} |") :].split("\n\n")[0].strip().splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip([title.strip("`") for title in head], row, strict=True)) for row in rows]


PUBLISHED = {_LINK.sub(r"\1", row["file"]): row for row in table("Published scorecards", "file")}
SYNTHETIC = {row["file"]: row for row in table("Invented models", "file")}


@functools.cache
def decided(folder: str, file: str) -> Decision:
    """An example, decided as of the day the README says."""
    graph = compiled(PREPAREDNESS).graph
    evidence = read_evidence([str(EXAMPLES / folder / f"{file}.yaml")])
    as_of = parse_moment(PUBLISHED[file]["card"]) if folder == "openai" else INVENTED
    assert admit([graph], evidence, as_of) == []
    decision = decide(graph, evidence, as_of)
    assert decision.rejected == ()
    return decision


def by(decision: Decision) -> set[str]:
    """What the verdicts rest on: the rules that forbid, else those that might, else those with an open requirement."""
    found = set()
    for action in decision.actions.values():
        if not action.covered:
            continue
        if action.verdict == "conditional":
            found |= {item.rule for item in action.outstanding}
        decisive = {"forbidden": "definitely", "undetermined": "possibly"}.get(action.verdict)
        for reason in action.reasons:
            if reason.effect in ("forbid", "veto") and reason.fires == decisive and not reason.waived:
                found.add("a veto" if reason.effect == "veto" else reason.rule)
    return found


def test_the_readme_lists_every_example() -> None:
    """Every file of examples has its row, and every row its file."""
    assert set(PUBLISHED) == {path.stem for path in (EXAMPLES / "openai").glob("*.yaml")}
    assert set(SYNTHETIC) == {path.stem for path in (EXAMPLES / "synthetic").glob("*.yaml")}


@pytest.mark.parametrize("file", sorted(PUBLISHED))
def test_a_published_scorecard_is_decided_as_the_readme_says(file: str) -> None:
    """Levels, verdicts and what no rule covers are those of the table, at both stages that the card speaks of."""
    row, decision = PUBLISHED[file], decided("openai", file)
    ladder = compiled(PREPAREDNESS).graph.category["cbrn"].ladder
    for category in CATEGORIES:
        for stage in ("pre_mitigation", "post_mitigation"):
            placed = decision.scorecard[category, stage]
            assert (ladder[placed.at_least], ladder[placed.at_most]) == (row[category], row[category])
    assert {name: str(decision.actions[name].verdict) for name in ACTIONS} == {name: row[name] for name in ACTIONS}
    uncovered = {name for name, action in decision.actions.items() if not action.covered}
    assert uncovered == set(_CODE.findall(row["not covered"]))
    assert decision.subject.model == row["model"]


@pytest.mark.parametrize("file", sorted(PUBLISHED))
def test_no_action_that_was_taken_is_forbidden_or_undetermined(file: str) -> None:
    """The models were released and developed further: at most something unpublished is open."""
    verdicts = {str(action.verdict) for action in decided("openai", file).actions.values()}
    assert verdicts <= {"permitted", "conditional"}
    assert not [o for o in decided("openai", file).obligations if o.state == "overdue"]


@pytest.mark.parametrize("file", sorted(PUBLISHED))
def test_what_is_open_on_a_published_scorecard_is_what_the_readme_lists(file: str) -> None:
    """The rules with an open requirement before release are those marked open, no more and no fewer."""
    listed = {
        rule
        for row in table("Published scorecards", "requirement")
        for rule in _CODE.findall(row["rule"])
        if row[file] == "open"
    }
    assert {item.rule for item in decided("openai", file).actions["deploy.external"].outstanding} == listed


@pytest.mark.parametrize("file", sorted(SYNTHETIC))
def test_an_invented_model_is_decided_as_the_readme_says(file: str) -> None:
    """Verdicts and the rules behind them are those of the table."""
    row, decision = SYNTHETIC[file], decided("synthetic", file)
    assert {name: str(decision.actions[name].verdict) for name in ACTIONS} == {name: row[name] for name in ACTIONS}
    assert by(decision) == {part.strip(" `") for part in row["by"].split(",") if part.strip()}


def test_every_deny_branch_fires_alone_and_together() -> None:
    """Each rule that forbids, for each category, is somewhere all that bears on an action; and somewhere all do."""
    forbidding = {rule.name for rule in compiled(PREPAREDNESS).graph.rules if rule.forbids}
    for category in (name.replace("_", "-") for name in CATEGORIES):
        high = decided("synthetic", f"high-after-mitigation-{category}").actions
        critical = decided("synthetic", f"critical-after-mitigation-{category}").actions
        assert bearing(high["deploy.external"]) == bearing(high["deploy.partner"]) == {"deployment_ceiling"}
        assert not bearing(high["develop.capabilities"])
        assert bearing(critical["develop.capabilities"]) == {"development_ceiling"}
    assert bearing(decided("synthetic", "board-veto").actions["deploy.external"]) == {"board"}
    assert by(decided("synthetic", "everything-at-once")) == {*forbidding, "a veto"}


def test_every_rule_fires_on_an_example_and_is_silent_on_another() -> None:
    """No rule of the policy is there without an invented model that it stops, and one that it lets pass."""
    graph = compiled(PREPAREDNESS).graph
    fired = set()
    for file in SYNTHETIC:
        decision = decided("synthetic", file)
        fired |= {advisory.rule for advisory in decision.advisories if advisory.fires == "definitely"}
        reasons = [reason for action in decision.actions.values() for reason in action.reasons]
        fired |= {reason.rule for reason in reasons if reason.fires == "definitely"}
    assert fired >= set(graph.rule)
    clear = decided("synthetic", "all-clear")
    assert not clear.advisories
    assert not [reason for action in clear.actions.values() for reason in action.reasons]


def test_the_readme_maps_the_obligations_to_rules_that_exist() -> None:
    """OB-1 to OB-12 stand in order, each with a rule, and every rule of the policy is mentioned in that section."""
    graph = compiled(PREPAREDNESS).graph
    rows = table("The obligations and their rules", "obligation")
    assert [row["obligation"].split()[0] for row in rows] == [f"OB-{number}" for number in range(1, 13)]
    known = {*graph.rule, *graph.control, *graph.measure}
    assert all(known & set(_CODE.findall(row["rules"])) for row in rows)
    assert all(set(_CODE.findall(row["rules"])) <= known for row in rows)
    section = README.split("\n## The obligations and their rules\n")[1].split("\n## ")[0]
    assert {*graph.rule, *graph.duty} <= set(_CODE.findall(section))


@pytest.mark.parametrize("file", sorted(PUBLISHED))
def test_a_published_example_opens_with_what_is_published_and_what_is_not(file: str) -> None:
    """Whoever reads an example first learns what it takes from the card, and why something stays open."""
    text = (EXAMPLES / "openai" / f"{file}.yaml").read_text("utf-8")
    head = text[: text.index("schema:")]
    assert all(line.startswith("#") for line in head.strip().splitlines())
    assert "\n# Published:" in head
    assert "\n# Not published, and so what stays conditional:" in head
