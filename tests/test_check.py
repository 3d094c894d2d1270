"""Whether a policy can work: what is too large to judge, and findings that do not depend on chance."""

import os
import random
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import compiled_text, found_in
from pages_shown import ill_said
from policylang import check, resolve
from policylang.check import MAX_RINGS
from policylang.check.memory import Memory
from policylang.check.size import MAX_CHAIN, MAX_DEPTH, MAX_LEVELS, MAX_MEMBERS, MAX_PARTS
from policylang.codes import CODES
from policylang.diagnostics import Diagnostic, errors
from policylang.source import Source
from random_policies import Shape, random_policy

WORD = re.compile(r"[A-Za-z_]\w*|[0-9.]+%?")

HEAD = """\
policy acme { version "1" }
levels risk: low < medium < high
action deploy
role board
event launch
measure solved: rate
"""

RINGS = "\n".join(
    f"define a_{n} as b_{n}\ndefine b_{n} as c_{n} and a_{n}\ndefine c_{n} as a_{n} or b_{n}" for n in range(4)
)


def codes(text: str) -> set[str]:
    """The codes of the errors in a policy."""
    return {finding.code for finding in errors(found_in(HEAD + text))}


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=40)
def test_random_policies_can_work(seed: int, monotone: bool) -> None:  # a coin of hypothesis
    """Whatever the generator of policies writes compiles."""
    compiled_text(random_policy(random.Random(seed), Shape(monotone=monotone)).text())


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_policies_with_a_mistake(seed: int, rng: random.Random) -> None:
    """A policy in which one word stands for another, or one declaration is missing, is answered in our words."""
    draft = random_policy(random.Random(seed))
    pieces = [piece.text for piece in (draft.header, *draft.pieces)]
    at = rng.randrange(len(pieces))
    words = list(WORD.finditer(pieces[at]))
    if rng.random() < 0.3 or not words:
        del pieces[at]
    else:
        word, other = rng.choice(words), rng.choice(WORD.findall(draft.text()))
        pieces[at] = pieces[at][: word.start()] + other + pieces[at][word.end() :]
    for finding in found_in("\n".join(pieces)):
        assert finding.code in CODES
        assert not list(ill_said(finding))


def test_members_of_a_requirement() -> None:
    """A requirement names 100 roles or controls at most."""
    roles = [f"role_{n}" for n in range(MAX_MEMBERS + 1)]
    declared = "".join(f"role {role}\n" for role in roles)
    assert codes(f"{declared}rule r {{ require approval of {', '.join(roles)} before deploy }}") == {"P114"}
    assert codes(f"{declared}rule r {{ require approval of {', '.join(roles[1:])} before deploy }}") == set()


def test_many_rings() -> None:
    """Of very many rings some are reported."""
    names = [f"a_{n}" for n in range(MAX_RINGS + 5)]
    rings = "".join(f"define {name} as not {name}\n" for name in names)
    found = found_in(f"{HEAD}{rings}rule r {{ when {' or '.join(names)} forbid deploy }}")
    assert [finding.code for finding in errors(found)] == ["P401"] * MAX_RINGS


def test_levels_of_a_ladder() -> None:
    """A ladder has 64 levels at most."""
    ladder = " < ".join(f"level_{n}" for n in range(MAX_LEVELS + 1))
    assert codes(f"levels long: {ladder}") == {"P114"}
    assert codes(f"levels long: {ladder.rpartition(' < ')[0]}") == set()


@pytest.mark.parametrize("more", [0, 1])
def test_chains_of_definitions(more: int) -> None:
    """Named conditions rest on one another through 32 steps."""
    chain = "define a_0 as launch\n"
    chain += "".join(f"define a_{n + 1} as a_{n} or launch\n" for n in range(MAX_CHAIN - 1 + more))
    assert codes(chain + f"rule r {{ when a_{MAX_CHAIN - 1} forbid deploy }}") == ({"P107"} if more else set())


def test_depth_through_definitions() -> None:
    """Conditions that are nested in one another by name are deep together."""
    nots = "not " * 60
    text = f"define a as {nots}launch define b as {nots}a define c as {nots}b rule r {{ when c forbid deploy }}"
    assert MAX_DEPTH < 3 * 60
    assert codes(text) == {"P107"}


def test_rings_are_no_chains() -> None:
    """What depends on itself is found as that, however it hangs together with the rest."""
    assert codes("define a as b define b as a define c as a rule r { when c and b forbid deploy }") == {"P401"}


def test_conditions_at_many_stages() -> None:
    """Conditions of categories count at every stage."""
    stages = "".join(f"stage s_{n}\n" for n in range(300))
    sums = " or ".join(["solved >= 5%"] * 400)
    assert MAX_PARTS < 300 * 400
    assert codes(f"{stages}category cyber: risk {{ high when {sums} }}") == {"P114"}


def test_explanations_of_many_rules_for_many_actions() -> None:
    """Rules that bear on many actions and rest on much are too much to explain."""
    actions = "".join(f"action many.a_{n}\n" for n in range(300))
    rest = "define rest as " + " or ".join(["solved >= 5%"] * 200)
    rules = "".join(f"rule r_{n} {{ when rest forbid many }}\n" for n in range(30))
    assert codes(f"{actions}{rest}\n{rules}") == {"P114"}


def test_explanations_of_exceptions_and_requirements() -> None:
    """What exceptions and rules require counts as well."""
    actions = "".join(f"action many.a_{n}\n" for n in range(2000))
    text = (
        "control guard { attested by board holds when solved < 5% }\n"
        "control other { attested by board }\n"
        "rule r { require at least 1 of (guard, other) before many require approval of board before many\n"
        "  notify board before many notify board within 1 day of launch }\n"
        "exception e to r { when launch require guard before many require other require approval of board }\n"
        "duty d { by board every 1 day when launch }\n"
        "duty f { by board every 1 day }\n"
        "invariant i { never deploy when launch }\n"
        "invariant j { always require guard before deploy }\n"
        "invariant k { always require guard before deploy when solved > 2 * (solved - 5%) and not -solved < -5% }\n"
        "invariant monotone\n"
    )
    assert codes(text + "action many") == set()
    rules = "".join(f"rule r_{n} {{ require at least 1 of (guard, other) before many }}\n" for n in range(40))
    assert codes(text + actions + rules) == {"P114"}


def test_all_rings_are_found_whatever_the_order_of_hashing() -> None:
    """Every ring is found, and the same ones under every seed of Python's hashes."""
    program = (
        "import sys; from pages import found_in; print([(d.message, str(d.place)) for d in found_in(sys.argv[1])])"
    )
    text = HEAD + RINGS + "\nrule r { when a_0 or a_1 or a_2 or a_3 forbid deploy }"
    said = {
        subprocess.run(
            [sys.executable, "-c", program, text],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.path.dirname(__file__)},  # noqa: PTH120  # as text
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert all(f"`a_{n}`" in next(iter(said)) for n in range(4))


def test_what_was_wrong_is_not_remembered() -> None:
    """Checked again with what is remembered of the last check, a wrong condition is found again."""
    text = HEAD + "define fine as solved >= 20%\ndefine wrong as solved >= 200 and solved >= 3 days\n"
    modules, joins = resolve.gather(Source(name="a.policy", text=text), _nothing, [])
    resolved = resolve.resolve(modules, joins, [])
    memory, seen = Memory(), []
    for _ in range(3):
        found: list[Diagnostic] = []
        check.check(resolved, found, memory)
        seen.append(found)
    assert {one.code for one in errors(seen[0])} == {"P304", "P301"}
    assert seen[0] == seen[1] == seen[2]


def _nothing(path: str, _beside: Source) -> Source:
    raise ValueError(path)
