"""Findings for people: what is wrong, the line of the source with the fault marked, and what to do."""

from collections.abc import Sequence

from policylang.diagnostics import Diagnostic
from policylang.reports.style import WIDTH, Look, Page, brief, plain, width
from policylang.source import Place

MAX_SHOWN = 100
"""So many findings are shown; a report for programs has all of them."""


def diagnostics(found: Sequence[Diagnostic], look: Look) -> str:
    """Findings as text, with an empty line between two."""
    page = Page(look)
    for diagnostic in found[:MAX_SHOWN]:
        page.blank()
        show(page, diagnostic)
    if len(found) > MAX_SHOWN:
        page.blank()
        page.line(f"… and {len(found) - MAX_SHOWN} more; `--format json` gives all of them")
    return page.text()


def show(page: Page, diagnostic: Diagnostic, *, indent: int = 0) -> None:
    """One finding on a page."""
    tone = "bad" if diagnostic.severity == "error" else "warn"
    head = [(f"{diagnostic.severity}[{diagnostic.code}]", tone), (f": {diagnostic.message}", "bold")]
    page.line(head, indent=indent, hang=indent + 2)
    places = [] if diagnostic.place is None else [(diagnostic.place, diagnostic.note, "^", tone)]
    places += [(label.place, label.text, "-", "mark") for label in diagnostic.labels]
    margin = max((len(str(_line_of(place))) for place, *_ in places), default=1)
    for at, (place, note, sign, colour) in enumerate(places):
        if at and place.source is places[at - 1][0].source:
            page.exactly(" " * indent, (f"{' ' * margin} ·", "mark"))
        else:
            page.exactly(" " * indent, (f"{' ' * margin} ┌─ ", "mark"), brief(str(place)))
        _snippet(page, place, note, (sign, colour, margin, indent))
    if diagnostic.help:
        start = f"{' ' * margin} = "
        runs = [(start, "mark"), ("help: ", "bold"), (diagnostic.help, "")]
        page.line(runs, indent=indent, hang=indent + len(start) + 6)


def _line_of(place: Place) -> int:
    return place.source.position(place.span.start)[0]


def _snippet(page: Page, place: Place, note: str, form: tuple[str, str, int, int]) -> None:
    """A line of a source, and under it signs that mark a part of it."""
    sign, tone, margin, indent = form
    number, column = place.source.position(place.span.start)
    if not place.source.text:
        return
    line = place.source.line(number).expandtabs(1)
    length = max(1, min(place.span.end - place.span.start, len(line) - column + 1))
    before, marked, after = _window(line, column - 1, length, WIDTH - indent - margin - 3)
    page.exactly(" " * indent, (f"{number:>{margin}} │ ", "mark"), before + marked + after)
    under = " " * width(before) + sign * max(1, width(marked))
    start = " " * indent + " " * margin
    if not note or width(under) + width(plain(note)) + indent + margin + 4 <= WIDTH:
        page.exactly(start, (" │ ", "mark"), (f"{under} {note}", tone))
        return
    page.exactly(start, (" │ ", "mark"), (under, tone))
    page.line([(" │ ", "mark"), (note, tone)], indent=indent + margin, hang=indent + margin + 3)


def _window(line: str, start: int, length: int, room: int) -> tuple[str, str, str]:
    """What stands before, in and after the marked part, harmless and short enough for a line."""
    marked = line[start : start + length]
    if width(plain(line)) <= room:
        return plain(line[:start]), plain(marked), plain(line[start + length :])
    shown = plain(marked)
    shown = shown if width(shown) <= room // 2 else _cut(shown, room // 2 - 1) + "…"
    before, after = plain(line[max(0, start - room) : start]), plain(line[start + length : start + length + room])
    left = (room - width(shown)) // 2 - 1
    if start > room or width(before) > left:
        before = "…" + _cut(before[::-1], left)[::-1]
    rest = room - width(before) - width(shown) - 1
    return before, shown, after if width(after) <= rest else _cut(after, rest) + "…"


def _cut(text: str, room: int) -> str:
    """As much of a text as fits."""
    used = 0
    for at, character in enumerate(text):
        used += width(character)
        if used > room:
            return text[:at]
    return text
