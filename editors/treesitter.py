"""`grammar/policy.lark` as a tree-sitter grammar: each rule of the one is a rule of the other.

The notation of lark is read here by a few lines of our own, since its own reader throws optional parts and names away.
What tree-sitter has no word for is left out: looking ahead after a number, and priorities, which it does not need.
"""

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policylang.highlight import tokens

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|->|[A-Za-z_][A-Za-z_0-9]*|[\[\]()|*+?]')
_RULE = re.compile(r"^(\??)([a-z_]+): (.*)$")
_TERMINAL = re.compile(r"^([A-Z_]+)(?:\.[0-9]+)?: (.*)$")
_NODES = ("NAME", "STRING", "NUMBER", "PERCENT", "FACTOR", "DATE")
"""Terminals that are nodes of their own, besides those of words."""


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """The rules and terminals of a lark grammar as they are written; hidden rules have no node of their own."""

    rules: Mapping[str, str]
    hidden: frozenset[str]
    terminals: Mapping[str, str]


def read(text: str) -> Grammar:
    """The rules and terminals of a grammar."""
    joined = re.sub(r"\n +", " ", re.sub(r"^//.*\n", "", text, flags=re.MULTILINE))
    rules = [match.groups() for line in joined.splitlines() if (match := _RULE.match(line))]
    terminals = {match[1]: match[2] for line in joined.splitlines() if (match := _TERMINAL.match(line))}
    hidden = frozenset(name for mark, name, _ in rules if mark) | {"item"}
    return Grammar(rules={name: body for _, name, body in rules}, hidden=hidden, terminals=terminals)


def grammar_js(text: str) -> str:
    """The grammar as tree-sitter's own `grammar.js`."""
    grammar = read(text)
    spell = _Spelling(grammar)
    lines = ["    source_file: $ => repeat($._item),", ""]
    for name, body in grammar.rules.items():
        if name != "start" and not _may_be_empty(name, body):
            lines.append(f"    {spell.name(name)}: $ => {spell.body(name, body)},")
    lines += [f"    {name}: $ => {body}," for name, body in spell.named.items()]
    lines.append("")
    lines += [f"    {_word_node(name)}: _ => {_choice(name)}," for name in tokens().terminals]
    lines += [f"    {name.lower()}: _ => /{_plain(tokens().patterns[name])}/," for name in _NODES]
    lines.append(f"    comment: _ => /{_plain(tokens().patterns['COMMENT'])}/,")
    return _GRAMMAR.replace("RULES", "\n".join(lines))


_GRAMMAR = """\
/**
 * @file Policies: safety frameworks of AI developers, written to be decided on
 * @license Apache-2.0
 *
 * Made by editors/make.py from grammar/policy.lark and grammar/tokens.json.
 */

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

module.exports = grammar({
  name: "policy",

  word: $ => $.name,

  extras: $ => [/[ \\t\\r\\n\\f]/, $.comment],

  rules: {
RULES
  },
});
"""


def _may_be_empty(name: str, body: str) -> bool:
    """Fields of a block, of which there may be none: written out where they stand, as no rule may be empty."""
    return name.startswith("_") and body.endswith("*")


def _word_node(terminal: str) -> str:
    return f"{terminal.lower()}_word"


def _choice(terminal: str) -> str:
    words = [json.dumps(word) for word in tokens().terminals[terminal]]
    words += [f"/{_plain(pattern)}/" for pattern in tokens().terminal_patterns[terminal]]
    return f"choice({', '.join(words)})"


def _plain(pattern: str) -> str:
    """A pattern without what tree-sitter's expressions have not: looking ahead, and giving nothing back."""
    return re.sub(r"\(\?![^)]*\)", "", pattern).replace("*+", "*")


def highlights(text: str) -> str:
    """What each word and node is, for editors that colour by the tree: the last pattern that fits counts."""
    rules = read(text).rules
    by_style: dict[str, list[str]] = {}
    for word in sorted({word for words in tokens().words.values() for word in words}):
        style = next(style for style, words in tokens().words.items() if word in words)
        alone = [name for name, body in rules.items() if body in (f'"{word}"', word.upper())]
        uses = [name for name, body in rules.items() if re.search(rf'"{word}"|\b{word.upper()}\b', body)]
        nodes = [f"({name})" for name in alone] + ([f'"{word}"'] if uses != alone else [])
        by_style.setdefault(style, []).extend(nodes)
    parts = [f"[\n  {_filled(words)}\n] @{_capture(style)}\n" for style, words in by_style.items()]
    for style in sorted(set(tokens().terminal_styles.values())):
        nodes = [f"({_word_node(name)})" for name, of in tokens().terminal_styles.items() if of == style]
        parts.append(f"[\n  {_filled(nodes)}\n] @{_capture(style)}\n")
    operators = [json.dumps(sign) for sign in tokens().signs["operator"]]
    parts.append(f"[\n  {_filled(operators)}\n] @operator\n")
    known = {style: "|".join(words) for style, words in tokens().names.items()}
    return (
        _HIGHLIGHTS.replace("WORDS", "\n".join(parts)).replace("KINDS", known["kind"]).replace("TRUTH", known["truth"])
    )


def _capture(style: str) -> str:
    return tokens().styles[style]["tree_sitter"]


def _filled(words: Sequence[str]) -> str:
    """Words in lines of 100 characters."""
    return textwrap.fill(" ".join(words), 100, break_long_words=False, break_on_hyphens=False).replace("\n", "\n  ")


_HIGHLIGHTS = """\
; Made by editors/make.py from grammar/policy.lark and grammar/tokens.json.

(name) @variable
(comment) @comment
(string) @string
[(number) (percent) (factor)] @number
(date) @number
["{" "}" "(" ")"] @punctuation.bracket
["," "." ".." ":"] @punctuation.delimiter

WORDS
; words that mean another thing here than where they begin a declaration or a field

(quantified "category" @keyword.operator)
(given_all "category" @keyword.operator)
(at_least "at" @keyword.operator)
(some_controls "at" @keyword.operator)
(veto ["may" "veto"] @keyword.control)

; names, by what they are names of

(path (name) @function)
(policy name: (name) @type)
(levels name: (name) @type)
(levels (name) @constant)
(levels name: (name) @type)
(stage name: (name) @type)
(role name: (name) @type)
(attribute name: (name) @type)
(parameter name: (name) @type)
(event name: (name) @type)
(control name: (name) @type)
(measure name: (name) @type)
(category name: (name) @type)
(define name: (name) @type)
(rule name: (name) @type)
(exception name: (name) @type)
(duty name: (name) @type)
(clause name: (name) @type)
(invariant name: (name) @type)
(situation name: (name) @type)

(type_name (name) @type)
((type_name (name) @type.builtin) (#match? @type.builtin "^(KINDS)$"))
(control ":" . (name) @type)
(category ":" . (name) @type)

(level_clause . (name) @constant)
(quantified (name) @constant .)
(quantified "." . (name) @property)
(control_need ">=" (name) @constant)
(at_level (name) @constant)
(given_level "at" . (name) @constant)
(given_all "at" . (name) @constant)
(given_all "." . (name) @property)
(expect_level "at" . (name) @constant)
(expect_level ".." . (name) @constant)
(value (name) @constant)
((value (name) @constant.builtin) (#match? @constant.builtin "^(TRUTH)$"))
(reference "." (name) @property)
(given_value (path (name) @variable))
(given_value (path (name) "." (name) @property))
(given_level (path (name) @variable))
(given_level (path (name) "." (name) @property))
(expect_level (path (name) @variable))
(expect_level (path (name) "." (name) @property))

(approved (name) @variable.parameter)
(attested (name) @variable.parameter)
(assessed (name) @variable.parameter)
(waivable (name) @variable.parameter)
(approval (names (name) @variable.parameter))
(quorum (names (name) @variable.parameter))
(notify (names (name) @variable.parameter))
(veto (names (name) @variable.parameter))
(by (name) @variable.parameter)
(to (names (name) @variable.parameter))
(to_role (name) @variable.parameter)
(amend_need (name) @variable.parameter)
"""


class _Spelling:
    """Rules of lark in the words of tree-sitter."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.parts: list[str] = []
        self.named: dict[str, str] = {}

    def name(self, rule: str) -> str:
        """What a rule is called: hidden ones begin with `_`."""
        return f"_{rule}" if rule in self.grammar.hidden else rule

    def body(self, rule: str, body: str) -> str:
        """The right side of a rule."""
        self.parts = _TOKEN.findall(body)
        declares = self.parts[0].strip('"') in tokens().words["declaration"]
        if declares and len(self.parts) > 1 and self.parts[1] in ("NAME", "path"):
            self.parts[1] = f"@{self.parts[1]}"
        text = self._either()
        assert not self.parts, f"{rule}: {self.parts}"
        return text

    def _either(self) -> str:
        choices = [self._sequence()]
        while self.parts and self.parts[0] == "|":
            self.parts.pop(0)
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else f"choice({', '.join(choices)})"

    def _sequence(self) -> str:
        items: list[str] = []
        while self.parts and self.parts[0] not in ("|", ")", "]", "->"):
            items.append(self._item())
        text = items[0] if len(items) == 1 else f"seq({', '.join(items)})"
        if self.parts and self.parts[0] == "->":
            name = self.parts[1]
            self.parts = self.parts[2:]
            self.named[name] = text
            return f"$.{name}"
        return text

    def _item(self) -> str:
        part = self.parts.pop(0)
        if part in ("(", "["):
            text = self._either()
            assert self.parts.pop(0) == {"(": ")", "[": "]"}[part]
            text = f"optional({text})" if part == "[" else text
        else:
            text = self._symbol(part)
        while self.parts and self.parts[0] in ("*", "+", "?"):
            text = {"*": "repeat", "+": "repeat1", "?": "optional"}[self.parts.pop(0)] + f"({text})"
        return text

    def _symbol(self, part: str) -> str:
        if part.startswith("@"):
            return f'field("name", {self._symbol(part[1:])})'
        if part.startswith('"'):
            return part
        if part.isupper():
            return self._terminal(part)
        body = self.grammar.rules[part]
        if _may_be_empty(part, body):
            held, self.parts = self.parts, _TOKEN.findall(body)
            text = self._either()
            self.parts = held
            return text
        return f"$.{self.name(part)}"

    def _terminal(self, name: str) -> str:
        if name in tokens().terminals:
            return f"$.{_word_node(name)}"
        if name in _NODES:
            return f"$.{name.lower()}"
        pattern = self.grammar.terminals[name]
        return pattern if pattern.startswith('"') else _SIGNS[name]


_SIGNS = {
    "LESS": '"<"',
    "OPERATOR": 'choice("!=", "<=", ">")',
    "SIGN": 'choice("+", "-")',
    "STAR": 'choice("*", "/")',
}
"""Signs that lark spells as expressions."""
