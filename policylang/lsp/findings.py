"""Which findings are shown where: those of this moment, and those that were known before the last change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from policylang import syntax
from policylang.diagnostics import Diagnostic, Label, errors
from policylang.lsp.desk import Snapshot
from policylang.lsp.hints import Hint
from policylang.lsp.judging import Judged
from policylang.parse.again import alike, moved
from policylang.source import Place, Source, Span


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was judged of a text."""

    source: Source
    judged: Judged = field(default_factory=Judged)

    def now(self, source: Source) -> "Known":
        """The same about a text that came of it: what the change touched is no longer known."""
        if source.text == self.source.text:
            return self
        start, end = alike(self.source.text, source.text)
        edit = _Change(self.source, source, start, len(self.source.text) - end)
        judged = Judged(
            found=tuple(edit.carried(self.judged.found)),
            allowed=tuple(edit.carried(self.judged.allowed)),
            hints=tuple(edit.hints(self.judged.hints)),
        )
        return Known(source=source, judged=judged)


@dataclass(frozen=True)
class _Change:
    """One change of a text: what stands before `start` and from `end` on is as it was."""

    old: Source
    new: Source
    start: int
    end: int

    def carried(self, found: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
        by = len(self.new.text) - len(self.old.text)
        for one in found:
            places = [one.place, *(label.place for label in one.labels)]
            places += [edit.place for edit in one.fix.edits] if one.fix is not None else []
            if any(place is None or place.source.name != self.old.name for place in places):
                continue  # about more than one text: it is judged again soon
            spans = [place.span for place in places if place is not None]
            if all(span.end < self.start for span in spans):
                yield moved(one, self.new, 0)
            elif all(span.start > self.end for span in spans):
                yield moved(one, self.new, by)

    def hints(self, found: Iterable[Hint]) -> Iterable[Hint]:
        by = len(self.new.text) - len(self.old.text)
        for one in found:
            if one.offset < self.start:
                yield one
            elif one.offset > self.end:
                yield replace(one, offset=one.offset + by)


def shown(found: Sequence[Diagnostic], known: Known | None) -> list[Diagnostic]:
    """All findings about a file: what is wrong now; where nothing is, also what was judged before."""
    if known is None or errors(found):
        return list(found)
    allowed = set(known.judged.allowed)
    return list(dict.fromkeys([*(one for one in found if one not in allowed), *known.judged.found]))


def anchored(found: Diagnostic, snapshot: Snapshot) -> Diagnostic:
    """A finding about a file that this one takes in, shown where it is taken in."""
    assert found.place is not None
    line, _ = found.place.source.position(found.place.span.start)
    name = found.place.source.name.rpartition("/")[2]
    label = Label(place=found.place, text="it stands here")
    place = Place(snapshot.source, _entrance(snapshot, name))
    return replace(
        found, message=f"`{name}`, line {line}: {found.message}", place=place, labels=(label, *found.labels), fix=None
    )


def _entrance(snapshot: Snapshot, name: str) -> Span:
    """Where a file takes in another; the first place that takes in anything, or its first line."""
    paths: list[syntax.Text] = []
    for item in snapshot.module.items:
        match item:
            case syntax.Use(path=path):
                paths.append(path)
            case syntax.Policy(extends=syntax.Extends(path=path)):
                paths.append(path)
            case _:
                pass
    named = [path for path in paths if path.text.rpartition("/")[2] == name] or paths
    if named:
        return snapshot.module.place(named[0]).span
    return Span(0, max(0, snapshot.source.text.find("\n")))
