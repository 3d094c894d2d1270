"""What `policyc fmt` did or would do: for people, as a difference, and for programs."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from policylang.diagnostics import Diagnostic
from policylang.reports.amounts import counted
from policylang.reports.json import Json, diagnostic
from policylang.reports.style import Look, Page, plain
from policylang.source import Source

LAYOUT = "policylang/layout/v1"
STATES = ("unchanged", "formatted", "unformatted", "broken")
_SAID = {"formatted": ("formatted", "good"), "unformatted": ("would change", "warn"), "broken": ("not done", "bad")}
_TONES = {"+": "good", "-": "bad", "@": "mark"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Laid:
    """A file, its text in its layout, and whether it was so, was written so, would be, or cannot be told."""

    source: Source
    text: str
    state: Literal["unchanged", "formatted", "unformatted", "broken"]
    found: tuple[Diagnostic, ...] = ()


def text(laid: Sequence[Laid], look: Look) -> str:
    """The files that changed, would change or are broken, a line each, and how many there are in all."""
    page = Page(look)
    shown = [one for one in laid if one.state != "unchanged"]
    page.table([[_SAID[one.state], plain(one.source.name)] for one in shown], indent=0)
    page.line(_total(laid))
    return page.text()


def _total(laid: Sequence[Laid]) -> str:
    counts = {state: sum(one.state == state for one in laid) for state in STATES}
    said = [f"{counts[state]} {words}" for state, (words, _) in _SAID.items() if counts[state]]
    return f"{counted(len(laid), 'file')}: {', '.join(said) if said else 'nothing to change'}"


def changes(laid: Iterable[Laid]) -> Iterator[tuple[Source, str]]:
    """Each text that is not in its layout, with the text that is."""
    return ((one.source, one.text) for one in laid if one.state in ("formatted", "unformatted"))


def differences(changed: Iterable[tuple[Source, str]], look: Look) -> str:
    """What changes in each file, as a unified difference."""
    page = Page(look)
    for source, after in changed:
        returns = "\r" if all(text.count("\r\n") == text.count("\n") for text in (source.text, after)) else ""
        for number, line in enumerate(_difference(source, after)):
            page.exactly((line.removesuffix(returns), _TONES.get(line[:1], "") if number > 1 else "bold"))
    return page.text()


def _difference(source: Source, after: str) -> Iterator[str]:
    old, new = _lines(source.text), _lines(after)
    for line in difflib.unified_diff(old, new, source.name, source.name, lineterm=""):
        body, missing, _ = line.partition("\0")
        yield body
        if missing:
            yield "\\ No newline at end of file"


def _lines(text: str) -> list[str]:
    """The lines of a text; the last is marked when it does not end."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], f"{lines[-1]}\0"]


def document(laid: Sequence[Laid], *, diff: bool) -> dict[str, Json]:
    """Each file with its state, and with what changes if that is asked for; and what is wrong with the broken ones."""
    files: list[dict[str, Json]] = [{"file": one.source.name, "state": one.state} for one in laid]
    if diff:
        for entry, one in zip(files, laid, strict=True):
            entry["diff"] = "".join(f"{line}\n" for change in changes([one]) for line in _difference(*change))
    found = [diagnostic(item) for one in laid for item in one.found]
    return {"schema": LAYOUT, "files": files, "diagnostics": found}
