"""What to say when the text stops being a policy: what stands there, and what could."""

import re
from collections.abc import Iterable

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from policylang.diagnostics import Diagnostic, Label, nearest, quoted
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
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_.%]*|\S")
_CHOICE = re.compile(r"\(([a-z_@|\[\]0-9+]+)\)")


def fault(source: Source, text: str, error: UnexpectedInput, words: dict[str, str]) -> Diagnostic:
    """The finding for one parser error; `words` maps the names of terminals to their patterns."""
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _ended(source, text)
    at = error.pos_in_stream if isinstance(error, UnexpectedCharacters) else (error.token.start_pos or 0)  # type: ignore[attr-defined]  # the two kinds there are
    return _stands(source, text, int(at or 0), _expected(error, words))


def _expected(error: UnexpectedInput, words: dict[str, str]) -> list[str]:
    allowed: Iterable[str] = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
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


def _stands(source: Source, text: str, at: int, expected: list[str]) -> Diagnostic:
    if text[at : at + 1] == '"':
        end = text.find("\n", at)
        span = Span(at, len(text) if end < 0 else end)
        if text.count('"', span.start, span.end) == 1:
            help_ = 'close it with `"` on the same line'
            return Diagnostic(code="P104", message="this string is never closed", place=Place(source, span), help=help_)
    match = _WORD.match(text, at)
    span = Span(at, match.end() if match else at + 1)
    word = text[span.start : span.end]
    if span.end - span.start > 40:
        word = word[:40] + "…"
    opened = _unclosed(text, at)
    labels: tuple[Label, ...] = ()
    if opened is not None and text[text.rfind("\n", 0, at) + 1 : at].strip() == "" and "`}`" in expected:
        labels = (Label(place=Place(source, Span(opened, opened + 1)), text="inside this block"),)
    return Diagnostic(
        code="P101",
        message=f"`{word}` cannot stand here",
        place=Place(source, span),
        labels=labels,
        help=_help(word, expected),
    )


def _help(word: str, expected: list[str]) -> str:
    bare = {phrase.strip("`") for phrase in expected if phrase.startswith("`") and phrase.strip("`").isidentifier()}
    close = nearest(word, bare) if len(word) > 2 else ""
    if close.startswith("did you mean"):
        return close
    if len(expected) > 9:
        expected = [*expected[:8], "…"]
        return f"expected {', '.join(expected)}"
    if not expected:
        return "see the language reference"
    return "expected " + (f"{', '.join(expected[:-1])} or {expected[-1]}" if len(expected) > 1 else expected[0])


def _ended(source: Source, text: str) -> Diagnostic:
    opened = _unclosed(text, len(text))
    last = len(text.rstrip())
    place = Place(source, Span(max(0, last - 1), last))
    if opened is None:
        help_ = "finish the last declaration, or delete it"
        return Diagnostic(code="P102", message="the text ends inside a declaration", place=place, help=help_)
    closing = {"{": "}", "(": ")"}[text[opened]]
    label = Label(place=Place(source, Span(opened, opened + 1)), text="opened here")
    message = f"the text ends before {quoted([text[opened]])} is closed"
    return Diagnostic(code="P102", message=message, place=place, labels=(label,), help=f"add `{closing}`")


def _unclosed(text: str, before: int) -> int | None:
    """The last bracket opened and not closed before an offset."""
    stack: list[int] = []
    for match in re.finditer(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[{}()]', text[:before]):
        if match[0] in "{(":
            stack.append(match.start())
        elif match[0] in "})" and stack:
            stack.pop()
    return stack[-1] if stack else None


def token_start(token: Token) -> int:
    """Where a token starts."""
    return token.start_pos or 0
