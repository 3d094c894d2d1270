"""What we say to people about their files: one type for errors, warnings, editors and every report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from policylang.source import Place

MAX_FAULTS = 50
"""How many errors are looked for in one policy."""
_MAX_NAMES = 1_000
_OFFER = "did you mean `"
_MAX_COMPARED = 20_000  # pairs of letters: looking for the nearest name takes about as many steps


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Another place that explains a finding."""

    place: Place
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Text that replaces what stands at a place; an empty place is where it is put in."""

    place: Place
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """What mends a finding, as edits that do not overlap; `keeps_meaning` claims that the policy's digest stays."""

    title: str
    edits: tuple[Edit, ...]
    keeps_meaning: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One finding: a code, what is wrong, where (the smallest text that shows it), and what to do.

    `note` is shown at the main place, below the caret.
    A finding about a call or a whole file, not a text, has no place; it then names the file in its message.
    """

    code: str
    message: str
    place: Place | None
    severity: Literal["error", "warning"] = "error"
    note: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    fix: Fix | None = None


class PolicyError(Exception):
    """A policy that does not compile; `diagnostics` says why, place by place."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Wrap the findings of a compilation, errors and warnings."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.place or ''} {d.code} {d.message}".strip() for d in diagnostics))


class EvidenceError(Exception):
    """Evidence that cannot be used; `diagnostics` says why, place by place."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Wrap the findings about evidence files."""
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.place or ''} {d.code} {d.message}".strip() for d in diagnostics))


def errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that stop the route."""
    return [d for d in found if d.severity == "error"]


def replacing(place: Place, text: str, *, keeps_meaning: bool = False) -> Fix:
    """The fix that writes another text at a place, or deletes what stands there."""
    title = f"write `{text}`" if text else "delete it"
    return Fix(title=title, edits=(Edit(place=place, text=text),), keeps_meaning=keeps_meaning)


class Enough(Exception):
    """So much is wrong with a policy that the rest is left for the next run."""


def note(found: list[Diagnostic], error: Diagnostic) -> None:
    """Add an error to what was found, with the fix its help offers; raises Enough with the last that is looked for."""
    if error.fix is None and error.place is not None and error.help.startswith(_OFFER):
        error = replace(error, fix=replacing(error.place, error.help[len(_OFFER) :].partition("`")[0]))
    found.append(error)
    if len(errors(found)) >= MAX_FAULTS:
        raise Enough


def quoted(names: Iterable[str], conjunction: str = "and") -> str:
    """Names in backticks, as a phrase: `a`, `b` and `c`."""
    shown = [f"`{name}`" for name in names]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {conjunction} {shown[-1]}"


def nearest(wrong: str, right: Iterable[str]) -> str:
    """A help sentence with the nearest right name, or the names there are, or nothing."""
    import difflib  # only for those who erred

    names = _beside(wrong, sorted(set(right)))
    parent = f"{wrong.rpartition('.')[0]}."
    if len(parent) > 1 and all(name.startswith(parent) for name in names):
        wrong = wrong.removeprefix(parent)
    else:
        parent = ""
    folded = {name.removeprefix(parent).lower(): name for name in names[:_MAX_NAMES]}
    close = difflib.get_close_matches(wrong.lower(), _alike(wrong, folded), n=1, cutoff=0.6)
    if close:
        return f"{_OFFER}{folded[close[0]]}`?"
    if not names:
        return ""
    shown = quoted(names[:8], "or") if len(names) <= 8 else f"{quoted(names[:7], ',')}, …".replace(" , ", ", ")
    return f"one of {shown}" if len(names) > 1 else f"the only one is {shown}"


def _beside(wrong: str, names: Sequence[str]) -> Sequence[str]:
    """The names under the same parent as a wrong one with dots, where there are any: what they share tells nothing."""
    parent = wrong.rpartition(".")[0]
    return [name for name in names if parent and name.rpartition(".")[0] == parent] or names


def or_declare(near: str, declaration: str) -> str:
    """A help sentence with the names there are, if any, and how to declare the one that is not."""
    declare = f"declare it: `{declaration}`"
    return f"{near.removesuffix('?')}{'?' if near.endswith('?') else ','} or {declare}" if near else declare


def _alike(wrong: str, names: Iterable[str]) -> list[str]:
    """The names whose length is most like that of the wrong one, as many as there is time to compare with it."""
    room = _MAX_COMPARED // max(1, len(wrong))
    kept: list[str] = []
    for name in sorted(names, key=lambda name: (abs(len(name) - len(wrong)), name)):
        room -= len(name) + 1
        if room < 0:
            break
        kept.append(name)
    return kept
