"""Semantic lints: each is found where it is and not beside it, and random evidence never contradicts one."""

import functools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from assignments import drawn, holds
from malformed.calling import call
from pages_shown import ill_said
from policylang.analysis.formula import Key
from policylang.analysis.prover import Unknown
from policylang.analysis.questions import Questions
from policylang.analysis.space import Choice
from policylang.analysis.witness import decided, pieces
from policylang.codes import CODES
from policylang.compile import Compiled, compile_policy
from policylang.decide import Decision, Verdict
from policylang.diagnostics import Diagnostic
from policylang.files import compile_source, read_policy
from policylang.graph import Graph
from policylang.graph.nodes import Measure
from policylang.lint.semantic import semantic
from policylang.source import Source
from strategies import draft_of

ROOT = Path(__file__).parent.parent

HEAD = """\
policy acme { version "1" effective 2026-01-01 }
levels risk: low < medium < high < critical
levels guard: sl1 < sl2 < sl3
action deploy
role board
"""
REST = """\
event launch
event incident
measure m: rate
measure o: rate
measure refusals: rate { worse when lower }
measure exploit: finding
category cyber: risk { medium when m >= 5% high when m >= 20% critical when m >= 60% }
category bio: risk { assessed by board }
control weights: guard { attested by board }
control shown { holds when refusals >= 99% }
control vague { undefined }
rule ceiling { when cyber >= high or bio >= high forbid deploy }
rule tells { when exploit and o >= 90% or cyber = medium or bio = medium or refusals < 1% notify board within 1 day }
rule needs { require weights >= sl2 before deploy require shown before deploy waivable by board }
duty incident_report { by board within 2 days of incident }
duty launch_report { by board every 1 month from launch }
"""


def compiled(text: str, name: str = "a.policy") -> Compiled:
    """A policy that takes in no other file."""

    def read(path: str, _: Source) -> Source:
        raise OSError(path)

    return compile_policy(Source(name=name, text=text), read)


def linted(policy: Compiled) -> tuple[Diagnostic, ...]:
    """The semantic lints of a policy."""
    return semantic(Questions(policy.graph), policy.sources, policy.warnings)


def marked(finding: Diagnostic) -> str:
    """The text that a finding points at."""
    assert finding.place is not None
    return finding.place.source.text[finding.place.span.start : finding.place.span.end]


def found_in(text: str) -> list[tuple[str, str, str]]:
    """What is found in a text after the head and rest that all cases share: code, marked text, message."""
    return [(one.code, marked(one), one.message) for one in linted(compiled(HEAD + text + REST))]


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("rule r { when m > 100% forbid deploy }", "P410", "m > 100%", "rule `r` can never fire"),
        (
            "rule r { when m >= 20% and m < 10% forbid deploy }",
            "P410",
            "m >= 20% and m < 10%",
            "rule `r` can never definitely fire: its condition excludes itself",
        ),
        ("rule r { when vague forbid deploy }", "P410", "vague", "rule `r` can never fire"),
        (
            "rule r { when cyber >= critical forbid deploy }",
            "P411",
            "r",
            "rule `r` changes no verdict: `ceiling` says as much wherever it fires",
        ),
        (
            "control c { holds when m >= 0% } rule r { require c before deploy }",
            "P411",
            "r",
            "rule `r` changes no verdict: what it requires is always so",
        ),
        (
            "rule r { when launch or not launch forbid deploy }",
            "P412",
            "launch or not launch",
            "the condition of rule `r` is always so",
        ),
        ("rule r { when not vague forbid deploy }", "P412", "not vague", "the condition of rule `r` is always so"),
        (
            "rule r { when m >= 5% or m < 50% forbid deploy }",
            "P412",
            "m >= 5% or m < 50%",
            "no evidence makes the condition of rule `r` false",
        ),
        (
            "duty d { by board within 1 day of launch when incident or not incident }",
            "P412",
            "incident or not incident",
            "the condition of duty `d` is always so",
        ),
        (
            "category x: risk { high when vague critical when exploit } rule r { when x >= high forbid deploy }",
            "P413",
            "vague",
            "the condition of level `high` of `x` can never be so",
        ),
        (
            "control c { holds when m < 5% and m > 6% } rule r { when exploit require c before deploy }",
            "P413",
            "m < 5% and m > 6%",
            "no evidence makes the condition of control `c` true: it excludes itself",
        ),
        (
            "rule r { interpretation a when o > 100% interpretation b when exploit forbid deploy }",
            "P413",
            "interpretation a when o > 100%",
            "the condition of the reading `a` of rule `r` can never be so",
        ),
        (
            "rule r { when exploit require vague before deploy }",
            "P414",
            "require vague before deploy",
            "`vague` can never be met where `r` applies: `vague` is undefined",
        ),
        (
            "parameter soon: duration rule r { when exploit require approval of board valid soon before deploy }",
            "P414",
            "require approval of board valid soon before deploy",
            "`approval of board valid soon` can never be met where `r` applies: the parameter `soon` has no value",
        ),
        (
            "rule r { when refusals < 50% require shown before deploy }",
            "P414",
            "require shown before deploy",
            "`shown` can never be met where `r` applies: what it asks for and when it asks for it exclude each other",
        ),
        ("action train", "P415", "train", "no binding rule covers the action `train`: silence is not permission"),
        (
            "category x: risk { assessed by board } invariant i { never deploy when x >= critical }",
            "P415",
            "x",
            "no rule, exception or duty asks for the level of `x`",
        ),
        (
            "action train rule r { when o >= 20% forbid train } rule s { when o < 30% forbid train }",
            "P416",
            "train",
            "`train` can never be permitted: `r` and `s` together stand against it always",
        ),
        (
            "category x: risk { high when o >= 20% critical when o >= 10% } rule r { when x >= high forbid deploy }",
            "P417",
            "o >= 20%",
            "this never puts `x` at `high`: where it is so, that of `critical` is too",
        ),
        (
            "category x: risk { high when o >= 20% } rule r { when x >= high forbid deploy }",
            "P418",
            "x",
            "nothing brings `x` to `critical`: it has no condition or assessor",
        ),
        (
            "category x: risk { high when o >= 2% critical when o > 100% } rule r { when x >= high forbid deploy }",
            "P418",
            "o > 100%",
            "nothing brings `x` to `critical`: its condition is never so, and nobody assesses it",
        ),
        (
            "category x: risk { medium when o >= 2% assessed by board } rule r { when x >= high forbid deploy }",
            "P419",
            "board",
            "while nobody assesses `x`, `high` counts as not reached: no score shows it",
        ),
        (
            "exception e to needs { require vague }",
            "P420",
            "require vague",
            "exception `e` lifts nothing: `vague` is undefined",
        ),
        (
            "exception e to ceiling { when cyber < medium and bio < high }",
            "P420",
            "cyber < medium and bio < high",
            "exception `e` lifts nothing: it never holds where one of its rules may fire",
        ),
        (
            "duty d { by board every 1 week from launch until launch }",
            "P421",
            "launch",
            "the clock of duty `d` never runs: `launch` starts it and ends it",
        ),
        (
            "rule r { when not launch and exploit notify board within 1 day of launch }",
            "P421",
            "notify board within 1 day of launch",
            "this clock never runs: once `launch` is recorded `r` can no longer fire",
        ),
        (
            "duty d { by board within 1 week of launch when not launch }",
            "P421",
            "not launch",
            "the clock of duty `d` never runs: once `launch` is recorded it applies no more",
        ),
        (
            "measure k: rate control c { holds when k >= 90% } rule r { when exploit require c before deploy }",
            "P422",
            "k",
            "a worse `k` only ever loosens: it is worse when higher",
        ),
        ("role idler", "P406", "idler", "nothing uses the role `idler`"),
        ("event e define d as e and exploit", "P406", "e", "nothing uses the event `e`"),
    ],
)
def test_each_is_found(text: str, code: str, place: str, message: str) -> None:
    """Each lint is found, at the smallest text that shows it, and the page of its code exists."""
    found = found_in(text + "\n")
    assert (code, place, message) in found, found
    assert code in CODES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rule r { when o >= 20% and o < 60% forbid deploy }",
        "rule r { when exploit forbid deploy waivable by board }",
        "rule r { when cyber >= critical forbid deploy notify board within 1 day }",
        "rule r { when cyber >= critical or o >= 20% forbid deploy }",
        "action train rule r { forbid train }",
        (
            "rule r { when exploit require approval of board valid 1 year before deploy } "
            "rule s { require approval of board before deploy }"
        ),
        "action train rule r { strength aim when m >= 20% forbid train } rule s { when exploit forbid train }",
        (
            "category x: risk { high when o >= 20% critical when o >= 20% and exploit } "
            "rule r { when x >= high forbid deploy }"
        ),
        "category x: risk { high when o >= 20% critical when exploit } rule r { when x >= high forbid deploy }",
        (
            "category x: risk { high when o >= 2% critical when exploit assessed by board } "
            "rule r { when x >= high forbid deploy }"
        ),
        "rule r { interpretation a when o >= 50% interpretation b when o < 20% forbid deploy }",
        "exception e to ceiling { when cyber < critical and bio < high require approval of board }",
        "duty d { by board every 1 week from launch until incident }",
        "rule r { when exploit require at least 1 of (vague, weights >= sl3) before deploy }",
        (
            "measure k: rate { worse when lower } control c { holds when k >= 90% } "
            "rule r { when exploit require c before deploy }"
        ),
    ],
)
def test_what_is_as_it_should_be_is_not_found(text: str) -> None:
    """Beside each lint stands a policy that has none."""
    assert found_in(text + "\n") == []


def test_of_rules_that_say_the_same_the_first_stays() -> None:
    """What is found to change nothing can go at once: of rules that say the same, the first is not named."""
    text = "".join(f"rule {name} {{ when o >= 30% forbid deploy }}\n" for name in "abc")
    found = [one for one in found_in(text) if one[0] == "P411"]
    assert [(place, message.split("`")[3]) for _, place, message in found] == [("b", "a"), ("c", "a")]


def test_margins_as_large_as_thresholds() -> None:
    """Where a margin keeps a threshold from being undercut the help says so; what is said as a gate is not repeated."""
    policy = "measure k: rate { margin 5% } rule r { when k >= 5% forbid deploy }\n"
    found = linted(compiled(HEAD + policy + REST))
    assert [(one.code, marked(one)) for one in found] == [("P412", "k >= 5%")]
    assert "margin" in found[0].help
    sure = HEAD.replace("effective", "confidence 95% effective")
    assert linted(compiled(sure + policy + REST)) == ()
    harmless = "category x: risk { medium when k >= 5% high when k >= 20% critical when k >= 50% }\n"
    gate = "rule r { when x >= high forbid deploy }\n"
    assert linted(compiled(HEAD + policy.partition(" rule")[0] + harmless + gate + REST)) == ()


def test_parameters_without_value() -> None:
    """What rests on a parameter without value is open until it has one: that alone is said, of the action it stops."""
    text = "parameter most: rate category x: risk { high when o >= most critical when o > most }\n"
    assert found_in(text + "rule r { when x >= high forbid deploy }\n") == [
        ("P416", "deploy", "`deploy` can never be permitted: `most` has no value")
    ]
    assert found_in("parameter most: rate rule r { when o >= most and o < 10% forbid deploy }\n") == []


def test_readings_that_leave_no_way() -> None:
    """A dispute is open as long as its readings differ; where one of them always stands, nothing permits the action."""
    text = "rule r { interpretation a when o >= 50% interpretation b when o < 60% forbid deploy }\n"
    assert found_in(text) == [("P416", "deploy", "`deploy` can never be permitted: `r` stands against it always")]


def test_a_duty_without_an_event() -> None:
    """A recurring duty without an event has a clock only in a policy with an effective date."""
    text = "duty d { by board every 1 month }\n"
    assert found_in(text) == []
    found = linted(compiled(HEAD.replace(" effective 2026-01-01", "") + text + REST))
    assert [(one.code, marked(one)) for one in found] == [("P421", "d")]


def test_what_the_compiler_found_is_not_said_again() -> None:
    """A category or event that nothing mentions is a warning of the compiler, said once."""
    policy = compiled(HEAD + "event idle category idle_too: risk { assessed by board }\n" + REST)
    assert sum(one.code == "P406" and "idle" in one.message for one in policy.warnings) == 2
    assert linted(policy) == ()
    assert len(semantic(Questions(policy.graph), policy.sources)) == 2


def test_vocabulary_taken_in_may_wait_for_use() -> None:
    """Roles and categories of another file are not asked for; a rule of another file is looked at where it stands."""
    taken = Source(
        name="b.policy", text='policy b { version "1" }\nrole idler\nrule dead { when m > 100% forbid deploy }\n'
    )
    first = Source(name="a.policy", text=HEAD.replace("{", '{ extends "b.policy"', 1) + REST)
    policy = compile_policy(first, lambda *_: taken)
    found = linted(policy)
    assert [(one.code, marked(one), one.place and one.place.source.name) for one in found] == [
        ("P410", "m > 100%", "b.policy")
    ]


def test_without_files_there_are_no_places() -> None:
    """A graph alone is linted too; findings then have no place."""
    policy = compiled(HEAD + "rule r { when m > 100% forbid deploy }\n" + REST)
    found = semantic(Questions(policy.graph), ())
    assert [(one.code, one.place) for one in found] == [("P410", None)]


def test_what_is_not_settled_is_not_said() -> None:
    """Where the prover gives up nothing is found of that question."""

    class Lost(Questions):
        def find(self, formula: int) -> None:
            raise Unknown(f"{formula} was not settled")

    policy = compiled(HEAD + "rule r { when m > 100% forbid deploy }\naction train\n" + REST)
    assert [one.code for one in semantic(Lost(policy.graph), policy.sources)] == ["P415"]


def test_places_in_markdown() -> None:
    """In a Markdown policy a finding stands where its text stands in the file."""
    text = f"# Acme\n\nProse.\n\n```policy\n{HEAD}rule r {{ when m > 100% forbid deploy }}\n{REST}```\n"
    found = linted(compiled(text, "a.policy.md"))
    assert [(one.code, marked(one)) for one in found] == [("P410", "m > 100%")]


def test_the_standard_policy() -> None:
    """Of the Preparedness Framework only the action is named of which it says itself that no rule speaks of it."""
    policy = compile_source(read_policy(str(ROOT / "policies/openai/preparedness-2023-12-18.policy")))
    assert [(one.code, marked(one)) for one in linted(policy)] == [("P415", "deploy.internal")]


def test_the_commands_say_it(tmp_path: Path) -> None:
    """`ask` and `prove` print what is found as warnings; `check` does not look for it, and no status changes."""
    text = HEAD + "rule r { when m > 100% forbid deploy }\ninvariant monotone\n" + REST
    (tmp_path / "a.policy").write_text(text)
    (tmp_path / "e.yaml").write_text("schema: policylang/evidence/v1\nsubject: {model: x}\n")
    for words, status, is_said in (
        (("ask", "a.policy"), 0, True),
        (("ask", "a.policy", "--never", "deploy when cyber >= critical"), 0, True),
        (("prove", "a.policy"), 0, True),
        (("prove", "a.policy", "--format", "json"), 0, True),
        (("check", "a.policy", "e.yaml"), 3, False),
    ):
        done = call(words, tmp_path)
        assert done.status == status, (words, done.out, done.err)
        assert ("warning[P410]: rule `r` can never fire" in done.err) == is_said, (words, done.err)
        assert not is_said or "a.policy:6:15" in done.err


# Random policies, and random evidence against what is found


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A random policy, what is found, and random evidence with what the decider says of it."""

    policy: Compiled
    questions: Questions
    found: tuple[Diagnostic, ...]
    decisions: tuple[tuple[dict[Key, Choice], Decision], ...]


@functools.cache
def trial(seed: int, times: int) -> Trial:
    """The policy of a seed, and evidence for it."""
    policy = compiled(draft_of(seed).text())
    questions = Questions(policy.graph)
    found = semantic(questions, policy.sources, policy.warnings)
    rng = random.Random(seed)
    draws = [drawn(questions.prover.space, rng) for _ in range(times)]
    decisions = [decided(policy.graph, pieces(given, [policy.graph]).evidence) for given in draws]
    return Trial(policy=policy, questions=questions, found=found, decisions=tuple(zip(draws, decisions, strict=True)))


def names_in(finding: Diagnostic) -> list[str]:
    """The names in a message."""
    return re.findall(r"`([^`]+)`", finding.message)


def firing(decision: Decision) -> Iterator[tuple[str, str]]:
    """The rules that fire in a decision, and how."""
    for action in decision.actions.values():
        yield from ((reason.rule, str(reason.fires)) for reason in action.reasons)
        yield from ((item.rule, "somehow") for item in action.outstanding)
    yield from ((advisory.rule, str(advisory.fires)) for advisory in decision.advisories)
    yield from ((item.rule, "somehow") for item in decision.obligations if item.kind == "notify")


def without(graph: Graph, rules: set[str]) -> Graph:
    """A policy without some rules."""
    exemptions = tuple(
        replace(item, rules=tuple(name for name in item.rules if name not in rules)) for item in graph.exemptions
    )
    return replace(graph, rules=tuple(rule for rule in graph.rules if rule.name not in rules), exemptions=exemptions)


def verdicts(decision: Decision) -> dict[str, tuple[str, bool]]:
    """The verdict on each action, and whether a rule covers it."""
    return {name: (str(found.verdict), found.covered) for name, found in decision.actions.items()}


def contradicted(found: Diagnostic, world: Trial) -> Iterator[object]:
    """The decisions that show that a finding is not so."""
    names, graph = names_in(found), world.policy.graph
    for given, decision in world.decisions:
        match found.code:
            case "P410":
                hows = {how for rule, how in firing(decision) if rule == names[0]}
                is_wrong = bool(hows) if "definitely" not in found.message else "definitely" in hows
            case "P416":
                is_wrong = decision.actions[names[0]].verdict is Verdict.PERMITTED
            case "P414":
                actions = decision.actions.values()
                fired = any(rule == names[1] and how != "somehow" for rule, how in firing(decision))
                missing = {(item.rule, item.requirement.text) for action in actions for item in action.outstanding}
                lifted = {rule for action in actions for rule, _ in action.excepted}
                waived = any(reason.waived for action in actions for reason in action.reasons)
                is_wrong = fired and (names[1], names[0]) not in missing and names[1] not in lifted and not waived
            case "P417" | "P418":
                item = graph.category[names[0]]
                levels = {placed.at_least for (name, _), placed in decision.scorecard.items() if name == names[0]}
                ranks = {item.ladder.index(name) for name in names[1 : 2 if found.code == "P417" else None]}
                is_wrong = bool(levels & ranks) and not (item.assessed and found.code == "P417")
            case "P412" | "P413":
                is_wrong = not standing(found, world, given)
            case _:
                is_wrong = False
        if is_wrong:
            yield pieces(given, [graph]).given


def standing(found: Diagnostic, world: Trial, given: dict[Key, Choice]) -> bool:
    """Whether a condition is on some evidence what is found of it."""
    names, graph = names_in(found), world.policy.graph
    if "level" in found.message:
        item = graph.category[names[1]]
        nodes = [node for rank, _, node in item.clauses if item.ladder[rank] == names[0]]
    elif "reading" in found.message:
        body = graph.nodes[graph.rule[names[1]].body]
        nodes = [body.parts[body.names.index(names[0])]]  # type: ignore[union-attr]  # of a disputed rule
    else:
        conditions = {item.name: item.body for item in graph.rules}
        conditions |= {item.name: item.body for item in graph.exemptions}
        conditions |= {item.name: item.body for item in graph.duties}
        conditions |= {item.name: item.part for item in graph.definitions}
        conditions |= {item.name: item.holds for item in graph.controls if item.holds is not None}
        nodes = [conditions[names[0]]]
    questions = world.questions
    for node in nodes:
        definite, possible = (
            holds(questions.f, formula, given, questions.prover.space) for formula in questions.symbols.value(node)
        )
        is_open = found.message.startswith("no evidence")
        so = (possible if is_open else definite) if found.code == "P412" else not (definite if is_open else possible)
        if not so:
            return False
    return True


def tightened(measure: Measure, world: Trial, rng: random.Random) -> Iterator[object]:
    """Where a worse value of a measure makes a verdict stricter."""
    graph, space = world.policy.graph, world.questions.prover.space
    for given, _ in world.decisions:
        for key in given:
            exact = [choice for choice in space.variable(key).choices if choice.how == "exact"]
            if key[:2] == ("measure", measure.name) and len(exact) > 1:
                pair = sorted(rng.sample(exact, 2), key=lambda choice: choice.low, reverse=measure.worse == "lower")
                both = [decided(graph, pieces({**given, key: choice}, [graph]).evidence) for choice in pair]
                for name, better in both[0].actions.items():
                    if both[1].actions[name].verdict.rank > better.verdict.rank:
                        yield name, key, pair


@pytest.mark.parametrize("seed", range(16))
def test_random_evidence_contradicts_nothing(seed: int) -> None:
    """Whatever is found of a random policy is so on all random evidence, and reads like a message."""
    world = trial(seed, 40)
    for finding in world.found:
        assert finding.place is not None
        assert finding.severity == "warning"
        assert finding.help
        assert not list(ill_said(finding))
        assert list(contradicted(finding, world)) == [], finding.message
        if finding.code == "P422":
            measure = world.policy.graph.measure[names_in(finding)[0]]
            assert list(tightened(measure, world, random.Random(seed))) == [], finding.message


@pytest.mark.parametrize("seed", range(16))
def test_what_changes_nothing_can_go(seed: int) -> None:
    """Without rules that change no verdict and exceptions that lift nothing, verdicts are the same."""
    world = trial(seed, 40)
    graph = world.policy.graph
    shadowed = {names_in(one)[0] for one in world.found if one.code == "P411"}
    idle = {names_in(one)[0] for one in world.found if one.code == "P420"}
    less = without(graph, shadowed)
    less = replace(less, exemptions=tuple(item for item in less.exemptions if item.name not in idle))
    for given, decision in world.decisions:
        evidence = pieces(given, [graph]).evidence
        assert verdicts(decided(less, evidence)) == verdicts(decision), pieces(given, [graph]).given
