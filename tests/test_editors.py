"""What colours policies without parsing them agrees with what parses them: one table of words, four ways to use it."""

import ctypes
import functools
import hashlib
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import UnexpectedInput
from lark.lexer import PatternStr, TerminalDef
from lark.lexer import Token as Read
from pygments.lexers import get_lexer_by_name, guess_lexer
from pygments.token import Error
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from house import ROOT, run
from pages import all_cases
from policylang import parse, resources
from policylang.diagnostics import Diagnostic
from policylang.highlight import CONTEXTS, scan, tokens
from policylang.highlight.lexer import PolicyLexer
from policylang.kinds import Kind
from policylang.parse import tables
from policylang.resolve import BUILT_IN_ATTRIBUTES
from policylang.source import Source

EDITORS = ROOT / "editors"
SAMPLE = (EDITORS / "vscode" / "test" / "sample.policy").read_text("utf-8")
SHIPPED: Final = tuple(sorted((ROOT / "policies").glob("*/*.policy")))
WORDS = frozenset(word for table in (tokens().words, tokens().terminals) for words in table.values() for word in words)
KEYWORDS = frozenset({*tokens().words, *tokens().terminal_styles.values()})
"""Styles of words of the language."""

ACCEPTED = {
    "characters that turn the direction of text": "comments are not looked into",
    "a line end that only some programs see": "so is this",
    "an escape that is none": "a string is one token",
    "beyond before a duration": "the parser refuses it after the grammar has taken it",
    "a duty without a role, an invariant without a claim, an amendment without a verb": "the parser refuses it later",
}
"""Cases that the parser refuses and the tree-sitter grammar takes, with the reason."""


@functools.cache
def grammar() -> Lark:
    """The parser as lark makes it."""
    return tables.parser(resources.grammar_text(), resources.grammar_tables(), object())


def read(text: str) -> list[Read]:
    """The words of a text as the parser takes them: names where names stand."""
    return list(grammar().parse_interactive(text).iter_parse())


def disagreements(text: str) -> list[str]:
    """Words that the parser takes as words and the scanner as names, or the other way."""
    styles = {at: piece.style for piece in scan(text) for at in range(piece.start, piece.start + len(piece.text))}
    return [f"{word.type} `{word}`: {styles[word.start_pos or 0]}" for word in read(text) if _differs(word, styles)]


def _differs(word: Read, styles: dict[int, str]) -> bool:
    found = {styles[at] for at in range(word.start_pos or 0, word.end_pos or 0)}
    if not word[0].isalpha() and word[0] != "_":
        return bool(found & {*KEYWORDS, "error", "comment", ""})  # a dotted name is one name, its dots too
    return bool(found & KEYWORDS) != (word.type != "NAME") or len(found) != 1 or found <= {"error", "string", ""}


def faults(text: str) -> set[str]:
    """The codes of what the parser finds wrong."""
    found: list[Diagnostic] = []
    parse.parse(Source(name="x.policy", text=text), found)
    return {one.code for one in found}


def terminals() -> dict[str, TerminalDef]:
    """The terminals of the grammar by name."""
    return {terminal.name: terminal for terminal in grammar().terminals}


def test_the_table_has_the_words_of_the_grammar() -> None:
    """Each word that the grammar spells out is in the table, and no other is."""
    literal = {t.pattern.value for t in terminals().values() if isinstance(t.pattern, PatternStr)}
    assert {word for words in tokens().words.values() for word in words} == {w for w in literal if w[0].isalpha()}
    chosen = {name: t.pattern.value for name, t in terminals().items() if t.priority == 3}
    spelt = {name: set(_alternatives(pattern)) for name, pattern in chosen.items()}
    assert {name: {*words, *tokens().terminal_patterns[name]} for name, words in tokens().terminals.items()} == spelt


def _alternatives(pattern: str) -> Iterator[str]:
    """What `(days?|pass@[0-9]+)(?!…)` may be, with and without each `s?`."""
    match = re.fullmatch(r"\((.*)\)\(\?!\[A-Za-z0-9_\]\)", pattern)
    assert match is not None, pattern
    for word in match[1].split("|"):
        yield from (word[:-2], word[:-1]) if word.endswith("s?") else (word,)


def test_the_table_has_the_signs_and_patterns_of_the_grammar() -> None:
    """What is not a word is spelt in the table as in the grammar."""
    expressions = dict(re.findall(r"^([A-Z_]+)(?:\.[0-9]+)?: /(.*)/$", resources.grammar_text(), re.MULTILINE))
    spelt = {name: expressions.pop(name) for name in tokens().patterns}
    assert dict(tokens().patterns) == spelt
    signs = {sign for signs in tokens().signs.values() for sign in signs}
    literal = {t.pattern.value for t in terminals().values() if isinstance(t.pattern, PatternStr)}
    assert {sign for sign in literal if not sign[0].isalpha()} <= signs
    others = [expression for name, expression in expressions.items() if name not in tokens().terminals]
    assert all(any(re.fullmatch(one, sign) for one in others) for sign in signs - literal)
    assert all(any(re.fullmatch(one, sign) for sign in signs) for one in others)


def test_the_table_has_the_names_that_mean_something() -> None:
    """Kinds of values and built-in attributes are names to the grammar; the table lists those there are."""
    assert set(tokens().names["kind"]) == set(Kind)
    assert set(tokens().names["attribute"]) == set(BUILT_IN_ATTRIBUTES)


def test_every_style_is_known() -> None:
    """Each style that a context gives has a colour everywhere, and each style of the table is given."""
    given_ = {style for context in CONTEXTS.values() for step in context.steps for style in step.styles}
    given_ |= {style for context in CONTEXTS.values() if context.end for style in context.end.styles}
    assert given_ == set(tokens().styles)


def test_the_sample_has_every_terminal() -> None:
    """The text that editors are tested with has every word and sign of the grammar, each coloured as what it is."""
    assert {word.type for word in read(SAMPLE)} == set(terminals()) - {"WHITE", "COMMENT"}
    assert disagreements(SAMPLE) == []


@pytest.mark.parametrize("path", SHIPPED[::5], ids=lambda path: path.name)
def test_words_are_words_where_they_are(path: Path) -> None:
    """In a shipped policy each word of the language is coloured as one, each name as a name, and nothing is wrong."""
    assert disagreements(path.read_text("utf-8")) == []


def test_a_word_is_a_name_where_it_is_one() -> None:
    """Any name may be renamed to any word that the parser still takes for a name: it is coloured as a name."""
    rng, taken = random.Random(7), 0
    for _ in range(24):
        items = re.split(r"^(?=[a-z])", SAMPLE, flags=re.MULTILINE)
        text = "".join(rng.sample(items, 12))
        words = read(text)
        old, new = rng.choice(sorted({w.value for w in words if w.type == "NAME"})), rng.choice(sorted(WORDS))
        parts, at = [], 0
        for word in words:
            if word.type == "NAME" and word == old:
                parts += [text[at : word.start_pos], new]
                at = word.end_pos or 0
        renamed = "".join([*parts, text[at:]])
        try:
            assert disagreements(renamed) == [], renamed
        except UnexpectedInput:  # the word cannot be a name there
            continue
        taken += 1
    assert taken > 12


def test_lines_may_be_broken_anywhere() -> None:
    """Where lines are broken changes no colour, though no pattern looks past the end of its line."""
    rng = random.Random(3)
    quoted = re.split(r'("(?:[^"\\\n]|\\.)*"|#[^\n]*)', SAMPLE)
    for _ in range(4):
        broken = [re.sub(r"[ ]+", lambda gap: "\n " if rng.random() < 0.1 else gap[0], part) for part in quoted[::2]]
        text = "".join(broken[at // 2] if at % 2 == 0 else part for at, part in enumerate(quoted))
        assert disagreements(text) == []


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*sorted(WORDS), *'{}()"#.,:<>=!%\\\n\té', " ", "12", "a", "2026-01-01"])).map("".join))
def test_any_text_is_kept(text: str) -> None:
    """The pieces of any text, whole or broken, are the text, each where it says."""
    pieces = list(scan(text))
    assert "".join(piece.text for piece in pieces) == text
    assert all(text.startswith(piece.text, piece.start) for piece in pieces)


def test_pygments_finds_the_lexer() -> None:
    """Pygments knows the language by its name, by its files and by its look, and finds nothing wrong in a policy."""
    lexer = get_lexer_by_name("policy")
    assert type(lexer) is PolicyLexer
    text = SHIPPED[0].read_text("utf-8")
    assert type(guess_lexer(text)) is PolicyLexer
    found = list(lexer.get_tokens_unprocessed(text))
    assert "".join(part for _, _, part in found) == text
    assert all(kind not in Error for _, kind, _ in found)


def test_what_is_made_is_up_to_date() -> None:
    """The grammars of editors are those that `editors/make.py` makes, and the parser is of that grammar."""
    assert run([sys.executable, "editors/make.py", "--check"]) == ""
    folder = EDITORS / "tree-sitter-policy"
    digest = hashlib.sha256((folder / "grammar.js").read_bytes()).hexdigest()
    assert (folder / "src" / "made-from.txt").read_text("utf-8") == f"{digest}  grammar.js\n", "npm run generate"


def test_snippets_can_be_parsed() -> None:
    """Each snippet, with what it proposes, is a declaration or the field of a rule."""
    snippets = json.loads((EDITORS / "vscode" / "snippets" / "policy.json").read_text("utf-8"))
    heads = {one["prefix"].split()[0] for one in snippets.values()}
    assert set(tokens().words["declaration"]) <= heads | {"case"}
    for name, snippet in snippets.items():
        text = _proposed("\n".join(snippet["body"]))
        assert not faults(text) or not faults(f"rule r {{ {text} }}"), f"{name}: {text}"


def _proposed(body: str) -> str:
    """The text of a snippet as it stands before anything is typed over."""
    body = re.sub(r"\$\{[0-9]+\|([^,|]*)[^|]*\|\}|\$[0-9]", r"\1", body)
    while (plain := re.sub(r"\$\{[0-9]+:([^${}]*)\}", r"\1", body)) != body:
        body = plain
    return body


def test_the_extension_is_whole() -> None:
    """Every file, command and setting of the extension is both there and declared, and its patterns can be read."""
    folder = EDITORS / "vscode"
    package = json.loads((folder / "package.json").read_text("utf-8"))
    gives, client = package["contributes"], (folder / "extension.js").read_text("utf-8")
    paths = [part["path"] for part in (*gives["grammars"], *gives["snippets"])]
    paths += [part["configuration"] for part in gives["languages"]] + [package["icon"]]
    assert all((folder / path).is_file() for path in paths)
    registered = set(re.findall(r'registerCommand\("([^"]+)"', client))
    assert registered == {command["command"] for command in gives["commands"]}
    settings_ = set(gives["configuration"]["properties"])
    assert {f"policylang.{name}" for name in re.findall(r'\.get\("([a-z.]+)"\)', client)} <= settings_
    assert set(package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) <= settings_
    for pattern in _patterns(json.loads((folder / "syntaxes" / "policy.tmLanguage.json").read_text("utf-8"))):
        re.compile(pattern)


def _patterns(value: Any) -> Iterator[str]:
    for key, held in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        if key in ("match", "begin", "end"):
            yield held
        else:
            yield from _patterns(held)


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Language:
    """The tree-sitter parser, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    folder, library = EDITORS / "tree-sitter-policy" / "src", tmp_path_factory.mktemp("parser") / "policy.so"
    call = [compiler, "-O0", "-shared", "-fPIC", "-I", str(folder), str(folder / "parser.c"), "-o", str(library)]
    subprocess.run(call, check=True, capture_output=True)
    made = ctypes.CDLL(str(library)).tree_sitter_policy
    made.restype = ctypes.c_void_p
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return Language(capsule(made(), b"tree_sitter.Language", None))


def leaves(node: Node) -> Iterator[Node]:
    """The leaves of a tree, in order."""
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


def test_tree_sitter_parses_every_policy(language: Language) -> None:
    """Every shipped policy and every example of the reference has a tree without errors."""
    texts = [path.read_text("utf-8") for path in SHIPPED]
    reference = (ROOT / "grammar" / "README.md").read_text("utf-8")
    texts += re.findall(r"^```policy[^\n]*\n(.*?)^```", reference, re.MULTILINE | re.DOTALL)
    assert len(texts) > 60
    assert [text for text in texts if Parser(language).parse(text.encode()).root_node.has_error] == []


def test_tree_sitter_takes_names_for_names(language: Language) -> None:
    """In the sample, full of words as names, the leaves that are names are those that are names to the parser."""
    root = Parser(language).parse(SAMPLE.encode()).root_node
    assert not root.has_error
    names = {leaf.start_byte for leaf in leaves(root) if leaf.type == "name"}
    assert names == {word.start_pos for word in read(SAMPLE) if word.type == "NAME"}


def test_tree_sitter_refuses_what_the_parser_refuses(language: Language) -> None:
    """A case that the parser refuses has an error in its tree, but for the few that are listed; no other has one."""
    taken = set()
    for case in all_cases("parse"):
        for name, text in case.files.items():
            refused = bool(faults(text) & {"P101", "P102", "P103", "P104", "P105"})
            if name.endswith(".policy") and refused != Parser(language).parse(text.encode()).root_node.has_error:
                taken.add(case.title)
    assert taken == set(ACCEPTED)


def test_queries_know_the_nodes(language: Language) -> None:
    """Every query is of nodes and fields that there are, and each word of the sample has a colour."""
    folder = EDITORS / "tree-sitter-policy" / "queries"
    queries = {path.stem: Query(language, path.read_text("utf-8")) for path in sorted(folder.glob("*.scm"))}
    root = Parser(language).parse(SAMPLE.encode()).root_node
    coloured = {
        node.start_byte for nodes in QueryCursor(queries["highlights"]).captures(root).values() for node in nodes
    }
    assert {leaf.start_byte for leaf in leaves(root)} <= coloured
