"""The text before it is parsed: Markdown reduced to its policy blocks, and characters that may not be there."""

import re
import unicodedata

from policylang.diagnostics import Diagnostic, Label, replacing
from policylang.source import Place, Source, Span

MAX_BYTES = 1 << 20
_MAX_FOUND = 20
_MAX_SHOWN = 40

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff]|\r(?!\n)"
)
QUOTED = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?|#[^\n]*'
"""Strings and comments. One that is not closed ends with its line; nothing is tried twice, however long it is."""

_QUOTED = re.compile(QUOTED)
_OTHER = re.compile(r"[^\x00-\x7f]+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^\n`]*)$", re.MULTILINE)
_MEANT = dict(
    zip(
        "\u2265\u2264\u2260\u2013\u2014\u2212\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb\u2026",
        ("`>=`", "`<=`", "`!=`", "`-`", "`-`", "`-`", *('`"`',) * 7, "`..`"),
        strict=True,
    ),
    **{"\u00d7": "`x` in a factor, `*` to multiply", "\u00a0": "a plain space"},
)


def policy_text(source: Source, found: list[Diagnostic]) -> str | None:
    """The text to parse, at the offsets of the source; None when it must not be parsed at all."""
    if len(source.text) > MAX_BYTES or len(source.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        message = f"`{source.name}` has more than {MAX_BYTES >> 20} MiB"
        found.append(
            Diagnostic(code="P113", message=message, place=None, help="split it, and take parts in with `use`")
        )
        return None
    text = _markdown(source, found) if source.name.endswith(".policy.md") else source.text
    return text if text is not None and _clean(source, text, found) else None


def policy_blocks(source: Source) -> tuple[Span, ...]:
    """Where the policy stands in a Markdown file: each block after its opening line, up to the line that closes it."""
    return tuple(_blocks(source, []))


def _markdown(source: Source, found: list[Diagnostic]) -> str | None:
    """Markdown with everything but its `policy` blocks blanked out, so that offsets stay."""
    before, kept = len(found), 0
    parts: list[str] = []
    for block in _blocks(source, found):
        parts += (_blank(source.text[kept : block.start]), source.text[block.start : block.end])
        kept = block.end
    return "".join(parts) + _blank(source.text[kept:]) if len(found) == before else None


def _blocks(source: Source, found: list[Diagnostic]) -> list[Span]:
    """The `policy` blocks of a Markdown file; none, and faults in `found`, when they cannot be told."""
    blocks: list[Span] = []
    before = len(found)
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(source.text):
        if opening is None:
            opening = fence
        elif fence[1][0] == opening[1][0] and len(fence[1]) >= len(opening[1]):
            if fence[2].strip():
                if len(found) - before >= _MAX_FOUND:
                    break
                _swallowed(source, opening, fence, found)
                continue
            if _is_policy(opening):
                blocks.append(Span(opening.end(), fence.start()))
            opening = None
    if opening is not None:
        found.append(_unclosed(source, opening))
    elif not blocks:
        message = f"`{source.name}` has no policy in it"
        help_ = "put the policy into fenced blocks marked `policy`"
        found.append(Diagnostic(code="P112", message=message, place=None, help=help_))
    return blocks


def _is_policy(opening: re.Match[str]) -> bool:
    return opening[2].split()[:1] == ["policy"]


def _unclosed(source: Source, opening: re.Match[str]) -> Diagnostic:
    place = Place(source, Span(opening.start(1), opening.end()))
    help_ = f"add a line of {_marks(opening)}"
    return Diagnostic(code="P102", message="this block is never closed", place=place, help=help_)


def _marks(opening: re.Match[str]) -> str:
    """What closes a block, in words: backticks stand around what is quoted."""
    return f"{len(opening[1])} {'backticks' if opening[1][0] == '`' else 'tildes'}"


def _swallowed(source: Source, opening: re.Match[str], fence: re.Match[str], found: list[Diagnostic]) -> None:
    """A policy block that begins inside another block would be text of that block, and no rule of it would count."""
    if _is_policy(fence):
        label = Label(place=Place(source, Span(opening.start(1), opening.end())), text="opened here")
        place = Place(source, Span(fence.start(1), fence.end()))
        message = "a policy block begins inside another block"
        help_ = f"close the other block first, with a line of {_marks(opening)}"
        found.append(Diagnostic(code="P102", message=message, place=place, labels=(label,), help=help_))


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _clean(source: Source, text: str, found: list[Diagnostic]) -> bool:
    """Whether every character may stand here: hidden ones nowhere, others than ASCII in strings and comments."""
    before = len(found)
    for hidden in _HIDDEN.finditer(text):
        shown = f"U+{ord(hidden[0]):04X} {unicodedata.name(hidden[0], 'a control character')}"
        place = Place(source, Span(hidden.start(), hidden.end()))
        message = f"a hidden character stands here: {shown}"
        mend, help_ = ("\n", "end the line here, or delete it") if hidden[0] == "\r" else ("", "delete it")
        fix = replacing(place, mend)
        found.append(Diagnostic(code="P105", message=message, place=place, help=help_, fix=fix))
        if len(found) - before >= _MAX_FOUND:
            break
    if not text.isascii():
        bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
        for other in _OTHER.finditer(_HIDDEN.sub(" ", bare)):
            found.append(_unexpected(source, other))
            if len(found) - before >= _MAX_FOUND:
                break
    return len(found) == before


def _unexpected(source: Source, other: re.Match[str]) -> Diagnostic:
    first = other[0][0]
    name = f"U+{ord(first):04X} {unicodedata.name(first, 'a character without a name')}"
    if first in _MEANT:
        help_ = f"write {_MEANT[first]}"
    elif first.isalpha() or first.isdigit():
        help_ = "names and numbers are written in ASCII; another script can look the same and mean another name"
    else:
        help_ = "it can stand in strings and comments only"
    place = Place(source, Span(other.start(), other.end()))
    shown = other[0] if len(other[0]) <= _MAX_SHOWN else other[0][:_MAX_SHOWN] + "…"
    message = f"`{shown}` cannot stand here ({name})"
    meant = _MEANT.get(other[0], "").strip("`")
    fix = replacing(place, meant) if meant and meant.isprintable() and " " not in meant else None
    return Diagnostic(code="P103", message=message, place=place, help=help_, fix=fix)
