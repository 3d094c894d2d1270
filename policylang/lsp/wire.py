"""What the protocol says for what we say: places, findings, edits."""

import functools
from collections.abc import Iterable, Mapping, Sequence

from lsprotocol import types

from policylang.diagnostics import Diagnostic, Edit
from policylang.lsp.desk import uri_of
from policylang.lsp.lines import Lines
from policylang.source import Place, Source, Span

_MAX_TEXT = 2_000


@functools.lru_cache(maxsize=64)
def lines_of(text: str, encoding: str) -> Lines:
    """The lines of a text, found once."""
    return Lines(text, encoding)


def range_of(text: str, span: Span, encoding: str) -> types.Range:
    """A stretch of a text."""
    lines = lines_of(text, encoding)
    start, end = lines.position(span.start), lines.position(span.end)
    return types.Range(start=types.Position(*start), end=types.Position(*end))


def span_of(text: str, where: types.Range, encoding: str) -> Span:
    """The offsets of a range."""
    lines = lines_of(text, encoding)
    start = lines.offset(where.start.line, where.start.character)
    return Span(start, max(start, lines.offset(where.end.line, where.end.character)))


def location_of(place: Place, encoding: str) -> types.Location | None:
    """Where something stands; None where no editor could open it."""
    uri = uri_of(place.source.name)
    return None if uri is None else types.Location(uri=uri, range=range_of(place.source.text, place.span, encoding))


def diagnostic(found: Diagnostic, source: Source, encoding: str) -> types.Diagnostic:
    """A finding, as it is shown in a text."""
    place = found.place or Place(source, Span(0, max(0, source.text.find("\n"))))
    related = [
        types.DiagnosticRelatedInformation(location=location, message=label.text)
        for label in found.labels
        if (location := location_of(label.place, encoding)) is not None
    ]
    is_error = found.severity == "error"
    return types.Diagnostic(
        range=range_of(place.source.text, place.span, encoding),
        message=message_of(found),
        severity=types.DiagnosticSeverity.Error if is_error else types.DiagnosticSeverity.Warning,
        code=found.code,
        source="policylang",
        related_information=related or None,
        tags=[types.DiagnosticTag.Unnecessary] if found.code in ("P406", "L001") else None,
    )


def message_of(found: Diagnostic) -> str:
    """What a finding says, its note and its help below."""
    said = [found.message, found.note, f"help: {found.help}" if found.help else ""]
    return "\n".join(line for line in said if line)[:_MAX_TEXT]


def text_edits(edits: Iterable[tuple[Span, str]], text: str, encoding: str) -> list[types.TextEdit]:
    """Edits of one text."""
    return [types.TextEdit(range=range_of(text, span, encoding), new_text=new) for span, new in edits]


def workspace_edit(edits: Mapping[Source, Sequence[tuple[Span, str]]], encoding: str) -> types.WorkspaceEdit:
    """Edits of several files; those that no editor can open are none of them."""
    changes = {
        uri: text_edits(sorted(made, key=lambda one: one[0].start), source.text, encoding)
        for source, made in edits.items()
        if (uri := uri_of(source.name)) is not None
    }
    return types.WorkspaceEdit(changes=changes)


def by_source(edits: Iterable[Edit]) -> dict[Source, list[tuple[Span, str]]]:
    """Edits by the file they are of."""
    found: dict[Source, list[tuple[Span, str]]] = {}
    for edit in edits:
        found.setdefault(edit.place.source, []).append((edit.place.span, edit.text))
    return found
