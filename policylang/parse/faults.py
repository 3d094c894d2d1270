"""What to say when the text stops being a policy: what stands there, and what could."""

import re
from collections.abc import Iterable

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from policylang.diagnostics import Diagnostic, Edit, Fix, Label, nearest, quoted, replacing
from policylang.parse.meant import DECLARATIONS, OURS, SHORT_TIME, meant, shortened, time
from policylang.parse.text import QUOTED
from policylang.source import Place, Source, Span

_SIGNS = {
    "LBRACE": "{", "RBRACE": "}", "LPAR": "(", "RPAR": ")", "COMMA": ",", "DOT": ".", "COLON": ":", "__ANON_0": "..",
    "LESS": "<", "GREATER_EQUAL": ">=", "EQUAL": "=",
}  # fmt: skip
_PHRASES = {
    "NAME": "a name", "STRING": "a string", "DATE": "a date", "NUMBER": "a number", "PERCENT": "a percentage",
    "FACTOR": "a factor such as `2x`", "TIME_UNIT": "a unit of time", "OPERATOR": "a comparison", "SIGN": "`+` or `-`",
    "STAR": "`*` or `/`", "$END": "the end of the file", "FLOP": "`FLOP`", "BUSINESS": "`business days`",
}  # fmt: skip
_MEANT = {
    "==": "=", "=>": ">=", "=<": "<=", "<>": "!=", "&&": "and", "||": "or", "&": "and", "|": "or", "!": "not",
    "'": '"', ";": "",
}  # fmt: skip
"""Signs of other languages, and how ours says it; nothing where ours needs none."""
_WORDS_MEANT = {
    "when": "if where whenever provided",
    "require": "must requires needs mandate demand",
    "forbid": "deny block prohibit prohibits disallow ban forbids stop",
    "notify": "inform tell alert notifies warn",
    "within": "in by until",
    "before": "for prior",
    "assessed": "judged rated",
    "attested": "confirmed certified",
    "as": "is",
    "and": "but also",
    "effective": "date dated starting",
    "permitted": "allowed allow permit ok okay authorized authorised",
    "forbidden": "denied blocked prohibited disallowed banned refused",
    "undetermined": "unknown undecided",
    "conditional": "conditionally",
}
"""Words that people try, and which of ours they mean, where it can stand."""
_MEANT_BY = {word: ours for ours, words in _WORDS_MEANT.items() for word in words.split()}
_ALLOWING = ("allow", "allows", "permit", "permits")
_ARTICLE = re.compile(r"\b(the|an?)[ \t]+\Z")
_SIGNS_SHOWN = {
    *(f"`{sign}`" for sign in _SIGNS.values() if sign not in "{}()"),
    *(_PHRASES[name] for name in ("OPERATOR", "SIGN", "STAR")),
}
_CONTINUING = "across anytime only business and or not of at on valid".split()
_USEFUL = (
    "} rule category measure control role action levels when forbid require notify from worse needs assessed attested "
    "holds given expect version effective every within permitted forbidden"
).split()
"""What is shown first, and what last, of a list that is too long."""
_FOLLOWED = {"of": ("approval", "consultation"), "by": ("assessed",)}
"""Words that a small word follows: where it stands behind another, that one may be one of these, misspelt."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_.%]*|\S")
_CLOSED = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"')
_BRACKET = re.compile(QUOTED + "|[{}()]")
_LAST_WORD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\Z")
_TOOL = re.compile(r"\bfrom\s+([A-Za-z_][A-Za-z0-9_]{0,40})\s+\Z")
_CHOICE = re.compile(r"\(([a-z_@|\[\]0-9+]+)\)")


class Brackets:
    """Which bracket of a text is open at a place: one pass over the text for all its faults, asked in their order."""

    def __init__(self, text: str) -> None:
        """Begin at the start of a text."""
        self.text = text
        self._ahead = _BRACKET.finditer(text)
        self._next = next(self._ahead, None)
        self._open: list[int] = []

    def unclosed(self, before: int) -> int | None:
        """The last bracket opened and not closed before an offset."""
        while self._next is not None and self._next.start() < before:
            if self._next[0] in "{(":
                self._open.append(self._next.start())
            elif self._next[0] in "})" and self._open:
                self._open.pop()
            self._next = next(self._ahead, None)
        return self._open[-1] if self._open else None


def fault(source: Source, brackets: Brackets, error: UnexpectedInput, words: dict[str, str]) -> Diagnostic:
    """The finding for one parser error; `words` maps the names of terminals to their patterns."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _ended(source, brackets, _expected(error, words))
    at = error.pos_in_stream if isinstance(error, UnexpectedCharacters) else (error.token.start_pos or 0)  # type: ignore[attr-defined]  # the two kinds there are
    return _stands(source, brackets, int(at or 0), _expected(error, words))


def _expected(error: UnexpectedInput, words: dict[str, str]) -> list[str]:
    allowed: Iterable[str] = (
        getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    )
    shown: set[str] = set()
    for terminal in allowed:
        if terminal in _SIGNS:
            shown.add(f"`{_SIGNS[terminal]}`")
        elif terminal in _PHRASES:
            shown.add(_PHRASES[terminal])
        elif choice := _CHOICE.match(words.get(terminal, "")):
            shown.update(f"`{word}`" for word in choice[1].split("|"))
        else:
            shown.add(f"`{words.get(terminal, terminal.lower())}`")
    return sorted(shown)


def _stands(source: Source, brackets: Brackets, at: int, expected: list[str]) -> Diagnostic:
    text = brackets.text
    if text[at : at + 1] == '"':
        end = text.find("\n", at)
        span = Span(at, len(text) if end < 0 else end)
        if _CLOSED.match(text, at) is None:
            help_ = 'close it with `"` on the same line'
            return Diagnostic(code="P104", message="this string is never closed", place=Place(source, span), help=help_)
    if told := _told(source, text, at, expected):
        return told
    for start, end in ((max(0, at - 1), at + 1), (at, at + 2), (at, at + 1)):
        if end <= len(text) and (sign := text[start:end]) in _MEANT:
            help_ = f"write `{_MEANT[sign]}`" if _MEANT[sign] else "leave it out"
            place = Place(source, Span(start, end))
            message, fix = f"`{sign}` cannot stand here", replacing(place, _MEANT[sign])
            return Diagnostic(code="P101", message=message, place=place, help=help_, fix=fix)
    match = _WORD.match(text, at)
    return _word(source, brackets, Span(at, match.end() if match else at + 1), expected)


def _told(source: Source, text: str, at: int, expected: list[str]) -> Diagnostic | None:
    """The finding that the words before a fault explain; None when they do not."""
    before = text[max(0, at - 200) : at]
    last = _LAST_WORD.search(before)
    span = Span(at - len(before) + last.start(1), at - len(before) + last.end(1)) if last else Span(at, at)
    if last and _is_veto(expected) and last[1] not in DECLARATIONS:
        return meant(source, text, span.start, expected) or _no_declaration(source, span)
    if last and (follower := _WORD.match(text, at)) and expected in (["`when`"], ["`>=`", "`before`"]):
        close = nearest(last[1], _FOLLOWED.get(follower[0], ()))
        if close.startswith("did you mean"):
            message = f"`{shortened(last[1])}` cannot stand here"
            return Diagnostic(code="P101", message=message, place=Place(source, span), help=close)
    return meant(source, text, at, expected)


def _is_veto(expected: list[str]) -> bool:
    """Whether the words before were taken for the roles of `ROLE may veto ACTION`."""
    return expected in (["`,`", "`may`"], ["`may`"])


def _word(source: Source, brackets: Brackets, span: Span, expected: list[str]) -> Diagnostic:
    """A word that stands where it cannot; when it begins a line in a block, the block may not have been closed."""
    text, place = brackets.text, Place(source, span)
    word = text[span.start : span.end]
    opened = brackets.unclosed(span.start)
    begins = text[text.rfind("\n", 0, span.start) + 1 : span.start].strip() == ""
    labels: tuple[Label, ...] = ()
    if opened is not None and begins and "`}`" in expected:
        labels = (Label(place=Place(source, Span(opened, opened + 1)), text="inside this block"),)
        if word in DECLARATIONS:
            message, help_ = "this block is not closed before the next declaration", f"add `}}` before `{word}`"
            fix = Fix(title="add `}`", edits=(Edit(place=Place(source, Span(span.start, span.start)), text="}\n"),))
            return Diagnostic(code="P102", message=message, place=labels[0].place, help=help_, fix=fix)
    if offered := _offered(source, text, span, expected):
        return offered
    message, help_ = f"`{shortened(word)}` cannot stand here", _help(word, expected)
    return Diagnostic(code="P101", message=message, place=place, labels=labels, help=help_)


def _offered(source: Source, text: str, span: Span, expected: list[str]) -> Diagnostic | None:
    """The finding for a word of which we know what is meant by it; None when we do not."""
    word = text[span.start : span.end]
    offer, help_ = "", ""
    if f"`{_MEANT_BY.get(word.lower(), '')}`" in expected:
        offer = _MEANT_BY[word.lower()]
    elif short := SHORT_TIME.fullmatch(word):
        offer = time(short)
    elif expected == ["a string"] and _is_bare(text, span) and word.isprintable() and '"' not in word:
        offer, help_ = f'"{word}"', f'write it in double quotes: `"{shortened(word)}"`'
    elif expected == ["a string"]:
        tool = _TOOL.search(text, max(0, span.start - 200), span.start)
        written = f', as in `from {tool[1]} "TASK"`' if tool else ""
        help_ = f"a string in double quotes is missing before this{written}"
    elif word.lower() in _ALLOWING and "`forbid`" in expected:
        help_ = "rules `forbid`, `require` and `notify`: what none of them holds back is permitted"
    elif article := _ARTICLE.search(text, max(0, span.start - 200), span.start):
        span, help_ = Span(article.start(1), span.start), "leave it out"
        word = article[1]
    else:
        return None
    message, place = f"`{shortened(word)}` cannot stand here", Place(source, span)
    fix = replacing(place, offer) if offer or help_ == "leave it out" else None
    return Diagnostic(code="P101", message=message, place=place, help=help_ or f"write `{offer}`", fix=fix)


def _is_bare(text: str, span: Span) -> bool:
    """Whether a word is a string without its quotes: none of ours, and on the line of what wants a string."""
    before = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    word = text[span.start : span.end]
    return before.strip() != "" and word not in OURS and (word[0].isalnum() or word[0] == "_")


def _no_declaration(source: Source, span: Span) -> Diagnostic:
    """Two words where a declaration should begin: the first is none of those that begin one."""
    word = source.text[span.start : span.end]
    close = nearest(word, DECLARATIONS)
    other = "begin with a word such as `rule`, or write `ROLE may veto ACTION`"
    message = f"`{shortened(word)}` begins no declaration"
    help_ = close if close.startswith("did you mean") else other
    return Diagnostic(code="P101", message=message, place=Place(source, span), help=help_)


def _help(word: str, expected: list[str]) -> str:
    bare = {phrase.strip("`") for phrase in expected if phrase.startswith("`") and phrase.strip("`").isidentifier()}
    close = nearest(word, bare) if len(word) > 2 else ""
    if close.startswith("did you mean"):
        return close
    expected = sorted(expected, key=lambda phrase: _rank(phrase, cut=len(expected) > 9))
    if len(expected) > 9:
        return f"expected {', '.join([*expected[:8], '…'])}"
    if not expected:
        return "see the language reference"
    return "expected " + (f"{', '.join(expected[:-1])} or {expected[-1]}" if len(expected) > 1 else expected[0])


def _rank(phrase: str, *, cut: bool) -> tuple[int, int]:
    """What begins a field or closes the block comes first, what goes on with what stands before comes last."""
    word = phrase.strip("`")
    useful = _USEFUL.index(word) if cut and word in _USEFUL else len(_USEFUL)
    return 2 if phrase in _SIGNS_SHOWN else 1 if word in _CONTINUING else 0, useful


def _ended(source: Source, brackets: Brackets, expected: list[str]) -> Diagnostic:
    text = brackets.text
    opened = brackets.unclosed(len(text))
    last = len(text.rstrip())
    place = Place(source, Span(max(0, last - 1), last))
    if opened is None:
        if _is_veto(expected) and (told := _told(source, text, last, expected)):
            return told
        help_ = f"finish the last declaration, or delete it; {_help('', expected)}"
        return Diagnostic(code="P102", message="the text ends inside a declaration", place=place, help=help_)
    closing = {"{": "}", "(": ")"}[text[opened]]
    label = Label(place=Place(source, Span(opened, opened + 1)), text="opened here")
    message = f"the text ends before {quoted([text[opened]])} is closed"
    fix = Fix(title=f"add `{closing}`", edits=(Edit(place=Place(source, Span(last, last)), text=f"\n{closing}"),))
    return Diagnostic(code="P102", message=message, place=place, labels=(label,), help=f"add `{closing}`", fix=fix)
