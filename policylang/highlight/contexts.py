"""What can stand where: a stack of contexts, each a list of patterns tried in order.

The top of a file is a context, so is the rest of a declaration's first line, each body, each list, and each place
where one thing is expected: after `forbid` a list of actions, after `.` a stage, after `and` an operand. Where
something is expected every word is a name (but for `not`, `any`, `all` and `at` in conditions); elsewhere the words of
that body are words.

Editors read line by line, so no pattern looks past the end of its line, and none looks back. Only shapes that all
engines share are used: a pattern of a context styles its groups, and may enter a context; a context is left at its end
pattern, which is tried before the others, or after them where it says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from policylang.highlight.words import tokens


@dataclass(frozen=True, kw_only=True)
class Step:
    """A pattern, the style of each of its groups, and the context it enters."""

    pattern: str
    styles: tuple[str, ...]
    into: str = ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Steps tried in order, and where the context is left: before them, or after them where `last` says so."""

    steps: tuple[Step, ...] = ()
    end: Step | None = None
    last: bool = False
    style: str = ""


_TABLE = tokens()
_END = r"(?![A-Za-z0-9_])"
_GAP = r"[ \t]*"
_NAME = _TABLE.patterns["NAME"]
_DOT = rf"{_GAP}\.(?!\.){_GAP}"
_PATH = rf"{_NAME}(?:{_DOT}{_NAME})*"
_STAGED = rf"({_NAME})(?:{_GAP}(\.)(?!\.){_GAP}({_NAME}))?"
_SIGN = r">=|<=|!=|=|<|>"
_LINE_END = rf"{_GAP}(?:#|$)"
_HELD = rf"({_NAME})(?:{_GAP}(>=){_GAP}({_NAME}))?"


def _any(words: Iterable[str]) -> str:
    """One of some words, the longest first."""
    return rf"(?:{'|'.join(sorted(words, key=lambda word: (-len(word), word)))}){_END}"


def _bare(pattern: str) -> str:
    """A pattern of the table without groups, so that the groups around it can be counted."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", _TABLE.patterns[pattern])


def _terminal(name: str) -> str:
    """Every word and pattern of a terminal of the grammar."""
    return rf"(?:{'|'.join([_any(_TABLE.terminals[name]), *_TABLE.terminal_patterns[name]])}){_END}"


def _words(style: str, words: str, into: str = "") -> Step:
    """Words of one style; the table must know them as such."""
    listed = words.split()
    known = _TABLE.words[style]
    assert set(listed) <= set(known), f"{style}: {set(listed) - set(known)}"
    return Step(pattern=f"({_any(listed)})", styles=(style,), into=into)


def _constants(name: str, into: str = "") -> Step:
    """The words of a terminal of the grammar."""
    return Step(pattern=f"({_terminal(name)})", styles=(_TABLE.terminal_styles[name],), into=into)


_NUMBER = _bare("NUMBER")
_COMMENT = Step(pattern=f"({_TABLE.patterns['COMMENT']})", styles=("comment",))
_TEXT = Step(pattern='(")', styles=("string",), into="text")
_OPEN = Step(pattern=r"(\()", styles=("punctuation",))
_PLUS = Step(pattern=r"([+-])", styles=("operator",))
_QUANTITIES = (
    Step(pattern=f"({_bare('DATE')})", styles=("date",)),
    Step(pattern=f"({_bare('PERCENT')}|{_bare('FACTOR')})", styles=("number",)),
    Step(
        pattern=rf"({_NUMBER})(?={_GAP}(?:{_any(['FLOP', 'business'])}|{_terminal('TIME_UNIT')})|{_LINE_END})",
        styles=("number",),
        into="unit",
    ),
    Step(pattern=f"({_NUMBER})", styles=("number",)),
    Step(pattern="([0-9][A-Za-z0-9_]*)", styles=("error",)),
)
_REST = (
    Step(pattern=rf"({_NAME})", styles=("name",)),
    Step(pattern=r"(\.\.|[{}(),:.])", styles=("punctuation",)),
    Step(pattern=rf"({_SIGN}|[*/+-])", styles=("operator",)),
    Step(pattern=r"([^\s])", styles=("error",)),
)
_PLAIN = (_COMMENT, _TEXT, *_QUANTITIES)


def _expected(*styles: str, pattern: str = f"({_PATH})") -> Context:
    """One thing is expected, and whatever stands there ends it."""
    return Context(steps=(_COMMENT,), end=Step(pattern=rf"{pattern}|(?=[^\s#])", styles=styles))


def _list(style: str) -> Context:
    """Names with commas between them: it ends after one without a comma."""
    return Context(
        steps=(
            _COMMENT,
            Step(pattern=rf"({_PATH}){_GAP}(,)", styles=(style, "punctuation")),
            Step(pattern="(,)", styles=("punctuation",)),
        ),
        end=Step(pattern=rf"(?>({_PATH}))(?!{_GAP},)|(?=[^\s#,A-Za-z_])", styles=(style,)),
    )


_QUANTIFIED = (
    rf"(?:(any|all)|(at)[ \t]+(least)[ \t]+({_NUMBER}))[ \t]+(category){_END}"
    rf"(?:{_GAP}(\.)(?!\.){_GAP}({_NAME}))?(?:{_GAP}({_SIGN}){_GAP}({_NAME}))?"
)
_OPERAND_START = r"(?=[^\s#A-Za-z_(+\-])"

_EXPECTED: dict[str, Context] = {
    "text": Context(
        steps=(
            Step(pattern=r'(\\[nt"\\])', styles=("escape",)),
            Step(pattern=r"(\\.)", styles=("error",)),
            Step(pattern=r'([^"\\\n]+)', styles=("string",)),
        ),
        end=Step(pattern='(")|$', styles=("string",)),
        style="string",
    ),
    "unit": Context(
        steps=(_COMMENT, _words("unit", "business")),
        end=Step(pattern=rf"(FLOP{_END}|{_terminal('TIME_UNIT')})|(?=[^\s#])(?!business{_END})", styles=("unit",)),
    ),
    "declared": _expected("declared"),
    "kind": _expected("kind", pattern=f"({_NAME})"),
    "value": _expected("truth", "level", pattern=rf"({_any(_TABLE.names['truth'])})|({_NAME})"),
    "level": _expected("level", pattern=f"({_NAME})"),
    "stage": _expected("stage", pattern=f"({_NAME})"),
    "role": _expected("role", pattern=f"({_NAME})"),
    "action": _expected("action"),
    "name": _expected("name"),
    "staged": _expected("name", "punctuation", "stage", pattern=_STAGED),
    "need": Context(
        steps=(_COMMENT, _words("logic", "not")),
        end=Step(
            pattern=rf"({_any(_TABLE.names['attribute'])})|(?!not{_END})({_NAME})|(?=[^\s#A-Za-z_])",
            styles=("attribute", "name"),
        ),
    ),
    "actions": _list("action"),
    "roles": _list("role"),
    "names": _list("name"),
    "clauses": _list("name"),
    "operand": Context(
        steps=(_COMMENT, _words("logic", "not"), _OPEN, _PLUS),
        end=Step(
            pattern=rf"{_QUANTIFIED}|((?:any|all|at){_END})|(?!not{_END}){_STAGED}|{_OPERAND_START}",
            styles=(
                *("logic", "logic", "logic", "number", "logic", "punctuation", "stage", "operator", "level"),
                *("logic", "name", "punctuation", "stage"),
            ),
        ),
    ),
    "term": Context(
        steps=(_COMMENT, _OPEN, _PLUS),
        end=Step(pattern=f"{_STAGED}|{_OPERAND_START}", styles=("name", "punctuation", "stage")),
    ),
    "range": Context(steps=(_COMMENT, *_QUANTITIES, *_REST), end=Step(pattern=r"(\))", styles=("punctuation",))),
    "group": Context(
        steps=(
            _COMMENT,
            Step(pattern=f"({_SIGN})", styles=("operator",), into="level"),
            *_QUANTITIES,
            *_REST,
        ),
        end=Step(pattern=r"(\))", styles=("punctuation",)),
    ),
    "require": Context(
        steps=(_COMMENT,),
        end=Step(
            pattern=rf"({_terminal('APPROVAL')})|(at)(?:[ \t]+(least))?{_END}|{_HELD}|(?=[^\s#])",
            styles=("fact", "logic", "logic", "name", "operator", "level"),
        ),
    ),
    "control_need": _expected("name", "operator", "level", pattern=_HELD),
    "of": _expected("join", pattern=f"(of{_END})"),
    "amended": Context(
        steps=(
            _COMMENT,
            Step(pattern=rf"({_terminal('APPROVAL')}){_GAP}(of){_END}", styles=("fact", "join")),
            Step(pattern=rf"({_terminal('APPROVAL')})(?={_LINE_END})", styles=("fact",), into="of"),
        ),
        end=Step(pattern=rf"(?!{_terminal('APPROVAL')})({_NAME})|(?=[^\s#A-Za-z_])", styles=("role",)),
    ),
    "given": Context(
        steps=(_COMMENT, Step(pattern=rf"(no)(?={_LINE_END})", styles=("join",))),
        end=Step(
            pattern=(
                rf"(situation){_END}(?:[ \t]+({_NAME}))?|(all){_END}(?:[ \t]+(category){_END})?|(?!no{_LINE_END})"
                rf"(?:(?:(no){_END}{_GAP})?(?:({_terminal('FACT')})(?:[ \t]+(of)[ \t]+({_PATH}))?|"
                rf"{_STAGED})|(?=[^\s#]))"
            ),
            styles=(
                *("declaration", "name", "logic", "logic", "join", "fact", "join", "action"),
                *("name", "punctuation", "stage"),
            ),
        ),
    ),
}
"""Where one thing, or a list of them, is expected."""

_CITES = _words("field", "cites", "clauses")
_WHEN = _words("act", "when", "operand")
_CONDITION = (
    _words("logic", "and or", "operand"),
    _words("logic", "category least"),
    _words("join", "except", "names"),
    Step(pattern=f"({_SIGN}|[*/+-])", styles=("operator",), into="term"),
    Step(pattern=r"(\.\.)", styles=("punctuation",), into="level"),
    Step(pattern=r"(\.)", styles=("punctuation",), into="stage"),
    Step(pattern="(,)", styles=("punctuation",), into="name"),
)
"""What goes on with a condition that has begun."""

_LEVEL = Step(pattern=rf"({_NAME})(?=[ \t]+when{_END})", styles=("level",))
_VALUE = Step(pattern=f"({_SIGN})", styles=("operator",), into="value")
_WITHIN_OF = Step(
    pattern=(
        rf"(within)[ \t]+(?:({_NUMBER})[ \t]+(?:(business)[ \t]+)?({_terminal('TIME_UNIT')})|({_NAME}))"
        rf"[ \t]+(of){_END}"
    ),
    styles=("join", "number", "unit", "unit", "name", "join"),
    into="name",
)
_OF_GROUP = Step(pattern=rf"(of){_GAP}(\()", styles=("join", "punctuation"), into="group")
_REQUIREMENTS = (
    _words("act", "require", "require"),
    _words("join", "before", "actions"),
    _WITHIN_OF,
    _words("join", "valid within every", "name"),
    _OF_GROUP,
    _words("join", "of", "roles"),
)
_GIVENS = (
    _words("act", "given", "given"),
    Step(pattern="(=)", styles=("operator",), into="value"),
    _words("join", "at", "level"),
    _words("join", "by to", "names"),
    _words("join", "of", "action"),
    _words("join", "on"),
    _words("join", "except", "names"),
    _words("logic", "category"),
    Step(pattern=r"(\.\.)", styles=("punctuation",), into="level"),
    Step(pattern=r"(\.)", styles=("punctuation",), into="stage"),
    Step(pattern="(,)", styles=("punctuation",), into="name"),
)
_EXPECTS = (
    Step(pattern=rf"(as){_END}(?:[ \t]+(of){_END})?", styles=("field", "join")),
    _words("act", "expect", "names"),
    _words("logic", "not"),
    _words("join", "due"),
    _words("constant", "advised"),
    _constants("VERDICT"),
    _constants("STATE"),
    *_GIVENS,
)

_BODIES: dict[str, tuple[Step, ...]] = {
    "policy": (
        _words("field", "version source effective force confidence extends approved"),
        _constants("FORCE"),
        _words("constant", "anytime stricter"),
        _words("join", "across attempts only on"),
        _words("join", "by", "role"),
    ),
    "control": (
        _words("field", "attested holds"),
        _words("constant", "undefined"),
        _words("join", "by", "role"),
        _words("join", "valid", "name"),
        _WHEN,
        _CITES,
        *_CONDITION,
    ),
    "measure": (
        _words("field", "from", "name"),
        _words("field", "version metric worse unit score runs"),
        _words("act", "when"),
        _words("constant", "registered unstaged"),
        *(_constants(name) for name in ("WORSE", "UNIT", "SCORE", "OUTCOME", "TREATMENT")),
        _words("join", "as"),
        _words("field", "margin", "value"),
        _words("field", "needs", "need"),
        _VALUE,
        Step(pattern="(,)", styles=("punctuation",), into="need"),
        _CITES,
    ),
    "category": (
        _words("field", "assessed"),
        _words("join", "by", "role"),
        _CITES,
        _words("logic", "and or", "operand"),
        _LEVEL,
        _WHEN,
        *_CONDITION,
    ),
    "rule": (
        _WHEN,
        _words("field", "interpretation", "declared"),
        _words("act", "forbid", "actions"),
        _words("act", "notify", "roles"),
        *_REQUIREMENTS,
        _CITES,
        _words("field", "waivable"),
        _words("join", "by", "role"),
        _words("field", "strength"),
        _constants("STRENGTH"),
        *_CONDITION,
    ),
    "exception": (_WHEN, *_REQUIREMENTS, _CITES, *_CONDITION),
    "duty": (
        _words("join", "by", "role"),
        _words("join", "to", "roles"),
        _WITHIN_OF,
        _words("join", "every within of until", "name"),
        _words("field", "from", "name"),
        _WHEN,
        _CITES,
        *_CONDITION,
    ),
    "clause": (_CITES, _words("logic", "not"), _words("field", "encoded")),
    "invariant": (
        _words("act", "never", "action"),
        _words("act", "always monotone"),
        _words("act", "require", "control_need"),
        _words("join", "before", "action"),
        _WHEN,
        *_CONDITION,
    ),
    "situation": _GIVENS,
    "case": _EXPECTS,
    "test": (_words("declaration", "case", "case_head"), *_EXPECTS),
    "changes": (_constants("CLAIM", "action"),),
}
"""The words of each body, and what each of them expects."""

_TAILS: dict[str, tuple[Step, ...]] = {
    "policy": (),
    "levels": (
        Step(pattern="(:)", styles=("punctuation",), into="level"),
        Step(pattern="(<)", styles=("operator",), into="level"),
    ),
    "stage": (),
    "action": (),
    "role": (),
    "event": (),
    "attribute": (Step(pattern="(:)", styles=("punctuation",), into="kind"),),
    "parameter": (
        Step(pattern="(:)", styles=("punctuation",), into="kind"),
        Step(pattern=r"(\()", styles=("punctuation",), into="range"),
        _VALUE,
        _PLUS,
    ),
    "set": (_VALUE, _PLUS),
    "control": (Step(pattern="(:)", styles=("punctuation",), into="kind"),),
    "measure": (
        Step(pattern="(:)", styles=("punctuation",), into="kind"),
        Step(pattern=r"(\()", styles=("punctuation",), into="range"),
        _words("constant", "unstaged"),
    ),
    "category": (Step(pattern="(:)", styles=("punctuation",), into="kind"),),
    "define": (
        _words("join", "as", "operand"),
        _CITES,
        *_CONDITION,
        Step(pattern=r"(\))", styles=("punctuation",)),
    ),
    "rule": (),
    "exception": (_words("join", "to", "names"),),
    "duty": (),
    "clause": (),
    "invariant": (),
    "situation": (),
    "test": (),
    "case": (),
    "changes": (_words("field", "from"),),
    "use": (),
    "evaluate": (
        _constants("EVERY_BEYOND", "name"),
        _words("join", "after", "name"),
        _words("join", "effective_compute"),
        _words("logic", "or"),
        _CITES,
    ),
    "amend": (
        _words("act", "when"),
        _constants("DIRECTION"),
        _words("act", "requires", "amended"),
        Step(pattern="(,)", styles=("punctuation",), into="amended"),
        _CITES,
    ),
    "veto": (
        Step(pattern="(,)", styles=("punctuation",), into="role"),
        _words("act", "may"),
        _words("act", "veto", "actions"),
        _CITES,
    ),
}
"""What may follow on the name of a declaration, before its body."""

_UNNAMED = ("use", "evaluate", "amend", "changes", "test")
_NAMED = tuple(kind for kind in _TAILS if kind not in (*_UNNAMED, "veto", "case"))
_HEAD = _any([*_NAMED, *_UNNAMED])
_NEXT = rf"^(?={_HEAD}(?:[ \t]+[\"A-Za-z_]|{_LINE_END}))|(?=[}}])"
_STYLE_OF = {"action": "action", "set": "name"}
_VETO = Step(pattern=rf"({_NAME})(?={_GAP}(?:,|may{_END}))", styles=("role",), into="veto_head")
_RECOVERY = rf'^(?={_HEAD}[ \t]+["A-Za-z_])(?!category[ \t]+(?:at|except){_END})'
"""A declaration that begins a line: an open body ends there, so that a missing brace does not spoil the rest."""


def _body(name: str) -> Context:
    end = Step(pattern=rf"(\}})|{_RECOVERY}", styles=("punctuation",))
    return Context(steps=(*_PLAIN, *_BODIES[name], *_REST), end=end)


def _tail(name: str) -> Context:
    opens = (Step(pattern=r"(\{)", styles=("punctuation",), into=name),) if name in _BODIES else ()
    return Context(steps=(*_PLAIN, *_TAILS[name], *opens), end=Step(pattern=r"(?=\S)", styles=()), last=True)


def _broken(name: str) -> Context:
    """A declaration whose name stands on another line than its word: it ends where the next begins."""
    tail = _tail(name)
    named = Step(pattern=f"({_PATH})", styles=(_STYLE_OF.get(name, "declared"),))
    return Context(steps=(*tail.steps, _VETO, named), end=Step(pattern=_NEXT, styles=()))


def _heads() -> Iterable[Step]:
    """The words that begin a declaration, with its name where that stands on the same line."""
    for kind in _NAMED:
        styles = ("declaration", _STYLE_OF.get(kind, "declared"))
        yield Step(pattern=rf"({kind}){_END}[ \t]+({_PATH})", styles=styles, into=f"{kind}_head")
    yield from (_words("declaration", kind, f"{kind}_head") for kind in _UNNAMED)
    yield from (_words("declaration", kind, f"{kind}_broken") for kind in _NAMED)


def _fragments() -> tuple[Step, ...]:
    """Fields by themselves, as pages of documentation quote them: the words of all bodies."""
    steps = [step for name in ("rule", "test", "control", "policy", "duty", "measure") for step in _BODIES[name]]
    steps += [step for name in ("category", "clause", "invariant", "changes") for step in _BODIES[name]]
    worse = Step(pattern=rf"(worse)[ \t]+(when)[ \t]+({_terminal('WORSE')})", styles=("field", "act", "constant"))
    return tuple(dict.fromkeys([worse, *steps, *_TAILS["veto"]]))


def _contexts() -> Mapping[str, Context]:
    found = dict(_EXPECTED)
    for name in _BODIES:
        found[name] = _body(name)
    for name in _TAILS:
        found[f"{name}_head"] = _tail(name)
    found |= {f"{name}_broken": _broken(name) for name in _NAMED}
    found["fragment"] = Context(
        steps=(*_PLAIN, *_fragments(), *_REST), end=Step(pattern=rf"(\}})|{_RECOVERY}", styles=("punctuation",))
    )
    opened = Step(pattern=r"(\{)", styles=("punctuation",), into="fragment")
    found["top"] = Context(steps=(*_PLAIN, *_heads(), _VETO, opened, *_fragments(), *_REST))
    return found


CONTEXTS: Final[Mapping[str, Context]] = _contexts()
"""Every context by name; a text begins in `top`."""
