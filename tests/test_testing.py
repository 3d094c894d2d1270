"""Testing policies: situations laid over one another, what tests reach, what they notice, and watching files."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylang.cli import main
from policylang.compile import Compiled, compile_policy
from policylang.diagnostics import PolicyError
from policylang.source import Source
from policylang.testing import Scene, cover, mutate, run, scenes

HEAD = """policy acme { version "1" }
levels risk: low < medium < high
stage pre
stage post
action deploy.external
action deploy.internal
role board
role trust
event incident
measure solved: rate
measure beaten: finding unstaged
category cyber: risk { assessed by board }
category bio: risk { assessed by board }
rule ceiling { when any category.post >= high or solved.pre >= 50% or beaten or incident forbid deploy }
rule decided { require approval of board, trust before deploy }
"""


def compiled(text: str, tests: str = "") -> Compiled:
    """A policy with its file of tests."""

    def read(*_: object) -> Source:
        raise AssertionError("nothing is taken in")

    beside = [Source(name="acme.test.policy", text=tests)] if tests else []
    return compile_policy(Source(name="acme.policy", text=text), read, beside)


# Situations: what is given in the end is what a dictionary would hold

PLACES = [(category, stage) for category in ("cyber", "bio") for stage in ("pre", "post")]
GIVENS = st.one_of(
    st.tuples(st.just("level"), st.sampled_from(PLACES), st.sampled_from(["low", "medium", "high"])),
    st.tuples(st.just("all"), st.sampled_from([None, "pre", "post"]), st.sampled_from(["low", "medium", "high"])),
    st.tuples(st.just("value"), st.sampled_from(["pre", "post"]), st.integers(0, 100)),
    st.tuples(st.just("approval"), st.sampled_from(["deploy", "deploy.external"]), st.sampled_from(["board", "trust"])),
    st.tuples(st.just("no approval"), st.sampled_from(["deploy", "deploy.external"]), st.none()),
    st.tuples(st.just("no level"), st.sampled_from(PLACES), st.none()),
    st.tuples(st.just("no value"), st.sampled_from(["pre", "post"]), st.none()),
)


def written(what: str, about: Any, value: Any) -> str:
    """A given as the language has it."""
    match what:
        case "level":
            return f"given {about[0]}.{about[1]} at {value}"
        case "all":
            return f"given all category{'' if about is None else f'.{about}'} at {value}"
        case "value":
            return f"given solved.{about} = {value}%"
        case "approval":
            return f"given approval of {about} by {value}"
        case "no approval":
            return f"given no approval of {about}"
        case "no level":
            return f"given no {about[0]}.{about[1]}"
        case _:
            return f"given no solved.{about}"


def told(world: dict[Any, Any], what: str, about: Any, value: Any) -> None:
    """The same told to a dictionary."""
    match what:
        case "level":
            world["level", about] = value
        case "all":
            world.update({("level", place): value for place in PLACES if about in (None, place[1])})
        case "value":
            world["value", about] = value
        case "approval":
            world["approval", about, value] = True
        case "no approval":
            for key in [key for key in world if key[0] == "approval" and f"{key[1]}.".startswith(f"{about}.")]:
                del world[key]
        case _:
            world.pop((what.removeprefix("no "), about), None)


def held(scene: Scene) -> dict[Any, Any]:
    """What a scene gives, as such a dictionary."""
    found: dict[Any, Any] = {}
    item: Any
    for item in scene.givens:
        target = item.target
        stage = target.stage.text if target.stage else None
        kind = getattr(item, "kind", "value")
        if kind == "value":
            found["value", stage] = int(item.value.quantity.number)
        elif kind == "assessment":
            found["level", (target.name.text, stage)] = item.level.text
        else:
            about = target.name.text if stage is None else f"{target.name.text}.{stage}"
            found["approval", about, item.by.text] = True
    return found


@given(st.lists(GIVENS, max_size=4), st.lists(GIVENS, max_size=4), st.lists(GIVENS, max_size=4))
def test_what_is_said_later_is_said_anew(situation: list[Any], test: list[Any], case: list[Any]) -> None:
    """A situation, a test over it and a case over that give what a dictionary holds that was told one by one.

    Within one block two givens of one thing both count, so a block here says each thing once.
    """
    blocks = [
        list({(g[0].removeprefix("no "), *g[1:2], g[2] if g[0] == "approval" else 0): g for g in block}.values())
        for block in (situation, test, case)
    ]
    texts = [" ".join(written(*item) for item in block) for block in blocks]
    text = f"""situation s {{ {texts[0]} }}
test "t" {{ given situation s {texts[1]} case "c" {{ {texts[2]} expect deploy not permitted }} }}"""
    world: dict[Any, Any] = {}
    for item in itertools.chain(*blocks):
        told(world, *item)
    (scene,) = scenes(compiled(HEAD, text).checked.resolved)
    assert held(scene) == world


def test_taking_out_what_is_not_there_fails_the_test() -> None:
    """A test that takes out what was never given shows nothing, and says so."""
    (outcome,) = run(compiled(HEAD, 'test "t" { given no approval of deploy expect deploy not permitted }'))
    assert [found.code for found in outcome.found] == ["P506"]


def test_advice_is_expected() -> None:
    """A rule of a weaker strength speaks or keeps silent, and a test that expects the other fails."""
    text = HEAD + "rule slow { when cyber.pre >= high forbid deploy strength aim }"
    tests = """test "speaks" { given cyber.pre at high expect slow advised }
test "silent" { given cyber.pre at low expect slow not advised }
test "wrong" { given cyber.pre at low expect slow advised }
test "wrong too" { given cyber.pre at high expect slow not advised }"""
    assert [[found.code for found in item.found] for item in run(compiled(text, tests))] == [[], [], ["P505"], ["P505"]]


# Mutants

SMALL = """policy small { version "1" }
levels risk: low < medium < high
action deploy.external
action deploy.internal
action train
role board
event incident
category cyber: risk { assessed by board }
category bio: risk { assessed by board }
control locked { attested by board }
control sealed { attested by board }
rule ceiling { when any category >= medium and not incident forbid deploy.external, deploy.internal }
rule guarded { when bio >= high or incident require at least 1 of (locked, sealed) before train }
rule told { when bio >= high notify board within 3 days }
"""


def everything() -> str:
    """A test for every situation of the small policy, each expecting what the policy says."""
    lines: list[str] = []
    levels = ("low", "medium", "high")
    for cyber, bio, incident, locked, sealed in itertools.product(levels, levels, (0, 1), (0, 1), (0, 1)):
        facts = f"given cyber at {cyber} given bio at {bio} "
        facts += "given incident " * incident
        facts += "given attestation of locked " * locked + "given attestation of sealed " * sealed
        high = "medium" in (cyber, bio) or "high" in (cyber, bio)
        deploy = "forbidden" if high and not incident else "permitted"
        train = "permitted" if (bio != "high" and not incident) or locked or sealed else "conditional"
        expects = f"expect deploy.external, deploy.internal {deploy} expect train {train} "
        expects += "expect told due 2000-01-04 " if bio == "high" else "expect told not pending "
        lines.append(f'test "{len(lines)}" {{ {facts} {expects} }}')
    return "\n".join(lines)


def test_tests_of_everything_notice_every_change() -> None:
    """With a test for each situation, no mutant survives but those that no evidence tells from the policy."""
    policy = compiled(SMALL, everything())
    assert all(outcome.passed for outcome in run(policy))
    fates = {mutant.change: mutant.fate for mutant in mutate(policy)}
    assert set(fates.values()) <= {"killed", "equivalent"}
    assert fates["any → all"] == fates["3 days → 4 days"] == fates["and → or"] == fates["at least 1 → 2"] == "killed"
    assert {change for change in fates if "without" in change} >= {
        "without rule `told`", "without `deploy.internal`", "without `deploy.external`", "without `not`"
    }  # fmt: skip


def test_a_change_that_means_nothing_is_none() -> None:
    """A survivor that no evidence tells from the policy is said to be that."""
    text = SMALL + "rule twice { when cyber >= high and cyber >= medium and not incident forbid deploy }"
    fates = [mutant.fate for mutant in mutate(compiled(text, everything())) if mutant.declaration == "twice"]
    assert "equivalent" in fates  # above medium is high, which is asked for beside it


def test_without_tests_everything_survives() -> None:
    """What nobody tests, nobody notices."""
    policy = compiled(SMALL, 'test "t" { given cyber at low expect cyber at low }')
    assert {mutant.fate for mutant in mutate(policy)} <= {"survived", "equivalent"}


def test_every_nth_mutant() -> None:
    """A sample is made of the same mutants."""
    policy = compiled(SMALL, everything())
    every = [(m.declaration, m.change) for m in mutate(policy)]
    some = [(m.declaration, m.change) for m in mutate(policy, every=3)]
    assert 0 < len(some) < len(every)
    assert set(some) <= set(every)


# Coverage


def test_coverage_grows_with_tests() -> None:
    """No test reaches nothing; tests of everything reach every point both ways; each test reaches no less."""
    lines = everything().splitlines()
    found = [cover(compiled(SMALL, "\n".join(lines[:count]))).points for count in (1, 20, len(lines))]
    covered = [{(p.kind, p.of, p.text) for p in points if p.covered} for points in found]
    assert covered[0] <= covered[1] <= covered[2]
    points = found[-1]
    assert [point for point in points if not point.covered and point.kind != "notice"] == []


def test_clauses_are_covered_by_what_cites_them() -> None:
    """A clause is covered when all that cites it is, is stated when no test can show it, and never by being named."""
    clauses = """clause A "no release" clause B "told" clause C "changed by the board" clause D { not encoded "why" }
clause E "of nothing" """
    text = SMALL.replace("before train }", "before train cites A }").replace(
        "within 3 days }", "within 3 days cites B }"
    )
    policy = compiled(text + clauses + "amend when loosening requires approval of board cites C", everything())
    states = {clause.name: clause.state for clause in cover(policy).clauses}
    assert states == {"A": "covered", "B": "partly", "C": "stated", "D": "not encoded", "E": "open"}


def test_what_is_taken_in_encodes_its_own_clauses() -> None:
    """A policy that extends another is not asked for the clauses of that one, and may cite them."""
    below = 'policy below { version "1" } action deploy role board clause A "not here" '

    def read(*_: object) -> Source:
        return Source(name="below.policy", text=below)

    text = 'policy above { version "2" extends "below.policy" } rule r { forbid deploy cites A }'
    assert compile_policy(Source(name="above.policy", text=text), read).graph.rules[0].cites == ("A",)
    text = 'policy above { version "2" extends "below.policy" } rule r { forbid deploy }'
    assert compile_policy(Source(name="above.policy", text=text), read).warnings == ()


# What is hostile


def refused(text: str, tests: str = "") -> set[str]:
    """The codes of a policy that does not compile."""
    with pytest.raises(PolicyError) as raised:
        compiled(text, tests)
    return {found.code for found in raised.value.diagnostics}


def test_clauses_that_cite_one_another_are_read_once() -> None:
    """A ring of clauses, and a clause that cites itself, are no trap."""
    ring = "clause A { cites B } clause B { cites A, C } clause C { cites C } rule r { forbid deploy cites A }"
    (rule,) = (item for item in compiled(HEAD + ring).graph.rules if item.name == "r")
    assert rule.cites == ("A (B)",)


@pytest.mark.parametrize("first_up", [True, False])
def test_situations_do_not_grow_without_end(first_up: bool) -> None:  # a parameter of the test
    """What doubles with every situation, what is given over and over, and a long chain are refused at once."""
    doubling = ["situation s0 { given cyber.pre at low }"]
    doubling += [f"situation s{n} {{ given situation s{n - 1} given situation s{n - 1} }}" for n in range(1, 30)]
    chain = ["situation s0 { given cyber.pre at low }"]
    chain += [f"situation s{n} {{ given situation s{n - 1} }}" for n in range(1, 2_000)]
    for lines in (doubling, chain):
        assert refused(HEAD, "\n".join(lines if first_up else lines[::-1])) == {"P114"}
    wide = " ".join(["given situation s0"] * 1_001)
    test = f'test "wide" {{ {wide} expect deploy not permitted }}'
    assert refused(HEAD, "\n".join([doubling[0], test])) == {"P114"}


def test_a_gate_on_nothing_is_closed(tmp_path: Path) -> None:
    """A share of no change is not large enough."""
    policy = tmp_path / "acme.policy"
    policy.write_text(
        'policy p { version "1" } role board test "t" { as of 2026-01-01 expect deploy permitted } action deploy'
    )
    assert main(["test", str(policy)]) == 0
    assert main(["test", str(policy), "--mutate", "--require", "90"]) == 1


# Watching


def test_a_change_of_a_file_runs_the_tests_again(tmp_path: Path) -> None:
    """`--watch` runs at once, after a change, also of a file that no longer compiles, and ends with Ctrl-C."""
    policy = tmp_path / "acme.policy"
    tests = tmp_path / "acme.test.policy"
    policy.write_text(SMALL)
    tests.write_text('test "one" { given cyber at high expect deploy.external forbidden }')
    command = [sys.executable, "-m", "policylang", "test", str(policy), "--watch"]
    out = tmp_path / "out"
    with out.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=os.environ)
        try:
            _await(out, "1 test passed, 0 failed")
            tests.write_text('test "one" { given cyber at high expect deploy.external permitted }')
            _await(out, "0 tests passed, 1 failed")
            policy.write_text("policy")
            _await(out, "error[P1")
        finally:
            process.send_signal(signal.SIGINT)
            status = process.wait(30)
    assert status == 2


def _await(path: Path, text: str) -> None:
    """Wait until a file has a text."""
    until = time.monotonic() + 60
    while text not in path.read_text("utf-8"):
        assert time.monotonic() < until, path.read_text("utf-8")
        time.sleep(0.1)
