"""Text to tree: every example of the language, every broken item, every limit, and no text that stops the parser."""

import random
import re
import threading
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import CASES, cases, compiled_text
from policylang import syntax, testing
from policylang.diagnostics import Diagnostic
from policylang.parse import parse
from policylang.parse.build import MAX_DEPTH, MAX_NAME
from policylang.parse.text import MAX_BYTES
from policylang.source import Source
from random_policies import random_policy

EXAMPLE = next(case for case in cases(CASES / "parse" / "language.md")).files["case.policy"]
"""The policy by which the language is introduced."""

SENTENCES = [
    "amend when loosening requires approval of board, consultation of trust",
    "parameter promptly: duration = 3 business days",
    "set promptly = 2 days",
    "define a as assisted - control >= 15%",
    "define a as skilled >= 2 * baseline",
    "define a as weight_security >= sl3",
    "define a as any category except persuasion, cyber.pre_mitigation >= high",
    "define a as all category.post_mitigation >= high",
    "define a as at least 2 category >= high",
    "control a { attested by head_of_security valid 180 days }",
    "control a { undefined }",
    "rule a { require at least 2 of (a, b, c) before deploy }",
    "rule a { require approval of 2 of (a, b, c) valid 30 days before deploy }",
    "rule a { require consultation of a, b before deploy, develop }",
    "rule a { notify a, b within 24 hours of incident }",
    "rule a { notify a before deploy }",
    "rule a { interpretation b when c interpretation d when e forbid deploy waivable by board strength recommend }",
    "exception a to b, c { when d require approval of board }",
    "leadership, board may veto deploy, develop",
    "duty a { by lead to board every 1 month from launch until retirement }",
    "duty a { by lead within 15 days of incident when b }",
    "evaluate every 4x effective_compute or beyond 2x effective_compute or every 6 months or after breakthrough",
    'changes from "2.2" { looser a "why" stricter b neutral c }',
    "invariant a { always require b before deploy when c }",
    "invariant monotone",
    'policy a { extends "b.policy" only stricter effective 2026-01-01 force legal approved by board on 2026-01-01 }',
    'use "vocabulary.policy"',
    "measure a: score(0..10) unstaged { unit sample score pass@4 refusal as safe error as missing runs registered }",
    'test "a" { given b.c = 30% given attestation of d at sl3 expect e not forbidden expect f.g at low .. high }',
    'test "a" { expect rule_name due 2026-01-01 }',
]
"""What the language page says in its table and its sentences."""

ODD = '{}()"#.,:<=>+-*/%x \n\\aA0&`~\u00e9\u2265\u200b'
"""Signs that a damaged text may have anywhere."""

INVISIBLE = sorted(
    {chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) == "Cc" and chr(code) not in "\t\n\r\f"}
    | {
        chr(code)
        for code in (0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180E, 0x3164, 0xFE0F, 0xFFA0)
    }
    | {chr(code) for code in (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFF9)}
    | {chr(code) for code in (0x1BCA0, 0x1D173, 0xE0001, 0xE0041, 0xE01EF, 0xD800)}
)
"""Characters that show nothing, turn the direction of text, or control a terminal."""


def found_in(text: str, name: str = "case.policy") -> list[Diagnostic]:
    """What the parser finds in a text."""
    found: list[Diagnostic] = []
    parse(Source(name=name, text=text), found)
    return found


def tree(text: str) -> syntax.Module:
    """The tree of a text without faults."""
    found: list[Diagnostic] = []
    module = parse(Source(name="case.policy", text=text), found)
    assert not found
    return module


# The language


def test_the_example_holds() -> None:
    """The policy that introduces the language compiles without a warning, and its own test holds."""
    compiled = compiled_text(EXAMPLE)
    assert not compiled.warnings
    outcomes = testing.run(compiled)
    assert [outcome.title for outcome in outcomes] == ["a high post-mitigation score blocks release but not training"]
    assert all(outcome.passed for outcome in outcomes)


@pytest.mark.parametrize("text", SENTENCES)
def test_every_construct_is_one_item(text: str) -> None:
    """Each construct of the language stands alone as one declaration, and spans its text."""
    (item,) = tree(text).items
    assert (item.span.start, item.span.end) == (0, len(text))


def test_layout_is_no_part_of_the_tree() -> None:
    """A text with other spaces, line ends and comments gives an equal tree."""
    again = re.sub(r"(?m)^( *)(.*)$", r"\1   \2 # \" a { comment", EXAMPLE).replace("\n", "\r\n\f\t")
    assert tree(again) == tree(EXAMPLE)


def test_places_are_those_of_the_text() -> None:
    """Each name stands in the text where its node says."""
    module = tree(EXAMPLE)
    for item in module.items:
        name = getattr(item, "name", None)
        if name is not None:
            assert EXAMPLE[name.span.start : name.span.end] == name.text
        assert EXAMPLE[item.span.start] not in " \n"


def test_identities_are_unique() -> None:
    """No two nodes of the files of one policy have one identity."""
    found: list[Diagnostic] = []
    first = parse(Source(name="a", text=EXAMPLE), found)
    second = parse(Source(name="b", text=EXAMPLE), found, 1)
    ids = [item.id for module in (first, second) for item in module.items]
    assert len(set(ids)) == len(ids)
    assert {item.id >> 24 for item in first.items} == {0}
    assert {item.id >> 24 for item in second.items} == {1}


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_random_policies_parse(seed: int) -> None:
    """Whatever the generator of policies writes is without fault."""
    assert not found_in(random_policy(random.Random(seed)).text())


def test_threads_take_turns() -> None:
    """Parsing in several threads at once gives each its own tree."""
    trees: list[syntax.Module] = []
    texts = [f"role person_{number} rule r_{number} {{ forbid deploy }}" for number in range(40)]
    threads = [threading.Thread(target=lambda text=text: trees.append(tree(text))) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {module.items[0].name.text for module in trees if isinstance(module.items[0], syntax.Role)} == {
        f"person_{number}" for number in range(40)
    }


# Broken texts


def test_every_broken_item_is_found() -> None:
    """Twenty broken declarations among good ones are all reported, and the good ones are in the tree."""
    found: list[Diagnostic] = []
    text = "".join(f"role role_{n}\nrule rule_{n} {{ forbid }}\n" for n in range(20))
    module = parse(Source(name="case.policy", text=text), found)
    assert len(module.items) == 20
    places = [diagnostic.place for diagnostic in found]
    assert [place.source.position(place.span.start)[0] for place in places if place] == list(range(2, 41, 2))


def test_faults_have_an_end() -> None:
    """A text that is no policy at all is given up after a while."""
    assert 0 < len(found_in("rule { x }\n" * 1000)) <= 101


@pytest.mark.parametrize("cut", range(0, len(EXAMPLE), 97))
def test_a_policy_that_is_cut_off(cut: int) -> None:
    """A text that ends anywhere is parsed or has a fault with a place in it."""
    for diagnostic in found_in(EXAMPLE[:cut]):
        assert diagnostic.place is not None
        assert 0 <= diagnostic.place.span.start < diagnostic.place.span.end <= max(1, cut)


@given(
    st.integers(0, len(EXAMPLE) - 1),
    st.text(alphabet='{}()"#.,:<=>+-*/%x \n\\aA0é≥\u200b&`~', max_size=4),
    st.integers(0, 5),
)
@settings(max_examples=150)
def test_a_policy_that_is_damaged(at: int, put: str, taken: int) -> None:
    """Whatever is put in or taken out, the parser says so or gives a tree, and never fails."""
    for diagnostic in found_in(EXAMPLE[:at] + put + EXAMPLE[at + taken :]):
        assert diagnostic.message
        assert diagnostic.help


@given(st.text(max_size=80))
@settings(max_examples=150)
def test_any_text_at_all(text: str) -> None:
    """No text makes the parser fail, as a policy or as Markdown."""
    found_in(text)
    found_in(f"```policy\n{text}\n```\n", "case.policy.md")


# Characters and limits


@pytest.mark.parametrize("hidden", INVISIBLE, ids=lambda hidden: f"U+{ord(hidden):04X}")
def test_hidden_characters_are_refused(hidden: str) -> None:
    """A character that shows nothing is refused in names, strings and comments, and named by its number."""
    for text in (f"role a{hidden}b", f'role a "b{hidden}c"', f"role a # b{hidden}c"):
        (diagnostic,) = found_in(text)
        assert diagnostic.code == "P105"
        assert f"U+{ord(hidden):04X}" in diagnostic.message
        assert hidden not in diagnostic.message


@pytest.mark.parametrize(
    "other",
    "\u00e9\u0430\u03bf\u0391\uff11\uff12\uff58\u4e2d\u0663\u00df\u00b2\u00aa\u00ba\u00a0\u3000\u2026\u2212\u2013\u201c\u2265"
    "\u2264\u20ac\u2192\U0001f642\u0301",
    ids=lambda other: f"U+{ord(other):04X}",
)
def test_other_characters_stand_in_strings_only(other: str) -> None:
    """A letter, digit, space or sign outside ASCII is shown and named, and may stand in strings and comments."""
    (diagnostic,) = found_in(f"role b{other}")
    assert diagnostic.code == "P103"
    assert f"U+{ord(other):04X}" in diagnostic.message
    assert not found_in(f'role b "{other}" # {other}')


def test_a_long_run_of_other_characters_is_cut() -> None:
    """A message shows the beginning of a long run."""
    (diagnostic,) = found_in("role " + "中" * 1000)
    assert len(diagnostic.message) < 120


def test_so_many_hidden_characters() -> None:
    """A text full of them is reported with the first twenty of each sort."""
    assert len(found_in("\u200b" * 1000 + "é " * 1000)) <= 41


def test_size_of_a_file() -> None:
    """A file of just the limit is read, one byte more is refused, counted in UTF-8."""
    comment = "# " + "x" * (MAX_BYTES - 3) + "\n"
    assert not found_in(comment)
    assert [d.code for d in found_in(comment + " ")] == ["P113"]
    assert [d.code for d in found_in("#" + "é" * (MAX_BYTES // 2))] == ["P113"]


@pytest.mark.parametrize(
    ("opening", "closing"), [("not ", ""), ("(", ")"), ("-", ""), ("2 * (1 + ", ")"), ("not (b or ", ")")]
)
def test_depth_of_conditions(opening: str, closing: str) -> None:
    """A condition far deeper than the limit is refused, whatever makes it deep."""
    for depth, codes in ((MAX_DEPTH // 4, set()), (MAX_DEPTH * 20, {"P107"})):
        text = f"define a as {opening * depth}b{closing * depth} >= 1"
        assert {d.code for d in found_in(text)} == codes


def test_a_long_sum_is_not_deep() -> None:
    """A chain of a thousand additions, or alternatives, is no nesting."""
    assert not found_in("define a as " + " + ".join(["b"] * 1000) + " >= 1")
    assert not found_in("define a as " + " or ".join(["b"] * 1000))


def test_length_of_names() -> None:
    """A name has 128 characters, each part of an action's too."""
    assert not found_in(f"role {'r' * MAX_NAME}")
    assert [d.code for d in found_in(f"role {'r' * (MAX_NAME + 1)}")] == ["P109"]


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("123456789012345678", True),
        ("1234567890123456789", False),
        ("0.123456789012345678", True),
        ("0.1234567890123456789", False),
        ("000000000000000000000.5", True),
        ("1e12", True),
        ("1e13", False),
        ("1e-12", True),
        ("1e-13", False),
        ("1e40 FLOP", True),
        ("1e41 FLOP", False),
        ("1e99999999 FLOP", False),
        ("1e999999999999999999999", False),
    ],
)
def test_size_of_numbers(number: str, fits: bool) -> None:  # a column of the table
    """A number has 18 digits, and an exponent of 12 either way, or 40 with the unit of compute."""
    codes = {d.code for d in found_in(f"define a as b >= {number}")}
    assert codes == (set() if fits else {"P108"} if "9999999999" not in number else codes)
    assert fits or codes


@pytest.mark.parametrize(
    "text",
    [
        "{" * 100_000,
        "(" * 100_000,
        "define a as " + "not " * 100_000,
        '"' * 100_000,
        "rule " * 100_000,
        "role a " * 60_000,
        "#\n" * 200_000,
        " " * MAX_BYTES,
        "rule a { x }\n" * 20_000,
        'policy a "' + "x" * 500_000,
        "define a as b >= " + "9" * 500_000,
        "levels a: " + " < ".join(["b"] * 50_000),
        "\\" * 100_000,
        "a may veto " + ", ".join(["b"] * 50_000),
    ],
    ids=lambda text: text[:12],
)
def test_large_texts_are_answered_soon(text: str) -> None:
    """No text within the limits, however odd, takes long."""
    began = time.perf_counter()
    found_in(text)
    assert time.perf_counter() - began < 8
