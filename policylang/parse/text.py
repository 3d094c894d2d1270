"""The text before it is parsed: Markdown reduced to its policy blocks, and characters that may not be there."""

import re
import unicodedata

from policylang.diagnostics import Diagnostic, Label
from policylang.source import Place, Source, Span

MAX_BYTES = 1 << 20

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*')
_OTHER = re.compile(r"[^\x00-\x7f]+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
_MEANT = {"≥": ">=", "≤": "<=", "≠": "!=", "×": "x", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"', "„": '"', "…": ".."}  # noqa: RUF001  # the look-alikes are the point


def policy_text(source: Source, found: list[Diagnostic]) -> str | None:
    """The text to parse, at the offsets of the source; None when it must not be parsed at all."""
    if len(source.text) > MAX_BYTES or len(source.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        message = f"`{source.name}` has more than {MAX_BYTES >> 20} MiB"
        found.append(Diagnostic(code="P113", message=message, place=None, help="split it, and take parts in with `use`"))
        return None
    text = _blocks(source, found) if source.name.endswith(".policy.md") else source.text
    return text if text is not None and _clean(source, text, found) else None


def _blocks(source: Source, found: list[Diagnostic]) -> str | None:
    """Markdown with everything but its `policy` blocks blanked out, so that offsets stay."""
    parts: list[str] = []
    kept = 0
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(source.text):
        if opening is None:
            opening = fence
        elif fence[1][0] == opening[1][0] and len(fence[1]) >= len(opening[1]) and not fence[2].strip():
            if opening[2].split()[:1] == ["policy"]:
                parts += (_blank(source.text[kept : opening.end()]), source.text[opening.end() : fence.start()])
                kept = fence.start()
            opening = None
    if opening is not None and opening[2].split()[:1] == ["policy"]:
        place = Place(source, Span(opening.start(), opening.end()))
        found.append(
            Diagnostic(code="P102", message="this block is never closed", place=place, help=f"add a line `{opening[1]}`")
        )
        return None
    if not parts:
        message = f"`{source.name}` has no policy in it"
        help_ = "put the policy into fenced blocks that open with ```policy"
        found.append(Diagnostic(code="P112", message=message, place=None, help=help_))
        return None
    return "".join(parts) + _blank(source.text[kept:])


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _clean(source: Source, text: str, found: list[Diagnostic]) -> bool:
    """Whether every character may stand where it stands; hidden ones nowhere, others than ASCII in strings and comments."""
    before = len(found)
    for hidden in _HIDDEN.finditer(text):
        shown = f"U+{ord(hidden[0]):04X} {unicodedata.name(hidden[0], 'a control character')}"
        place = Place(source, Span(hidden.start(), hidden.end()))
        message = f"a hidden character stands here: {shown}"
        found.append(Diagnostic(code="P105", message=message, place=place, help="delete it"))
        if len(found) - before >= 20:
            break
    if not text.isascii():
        bare = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
        for other in _OTHER.finditer(_HIDDEN.sub(" ", bare)):
            found.append(_unexpected(source, other))
            if len(found) - before >= 20:
                break
    return len(found) == before


def _unexpected(source: Source, other: re.Match[str]) -> Diagnostic:
    first = other[0][0]
    name = f"U+{ord(first):04X} {unicodedata.name(first, 'a character without a name')}"
    if first in _MEANT:
        help_ = f"write `{_MEANT[first]}`"
    elif first.isalpha() or first.isdigit():
        help_ = "names and numbers are written in ASCII; another script can look the same and mean another name"
    else:
        help_ = "it can stand in strings and comments only"
    place = Place(source, Span(other.start(), other.end()))
    label: tuple[Label, ...] = ()
    return Diagnostic(code="P103", message=f"`{other[0]}` cannot stand here ({name})", place=place, labels=label, help=help_)
