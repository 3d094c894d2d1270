"""The outline of a file: its declarations by kind, what stands in them, and what can be folded."""

from collections.abc import Iterator
from dataclasses import dataclass

from policylang import syntax
from policylang.resolve import KINDS
from policylang.source import Span


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of an outline: a name, its kind, where it stands and where its name stands, and what is below it."""

    name: str
    kind: str
    detail: str
    whole: Span
    own: Span
    below: tuple["Entry", ...] = ()


def outline(module: syntax.Module) -> tuple[Entry, ...]:
    """The declarations of a file, in the order of the text."""
    return tuple(_entry(module, item) for item in module.items)


def _entry(module: syntax.Module, item: syntax.Item) -> Entry:
    whole = module.place(item).span
    kind = KINDS.get(type(item), type(item).__name__.lower())
    name = getattr(item, "name", None)
    title = getattr(item, "title", None)
    match item:
        case syntax.Test(title=title):
            return _named(module, whole, title, (title.text, "test", ""), below=tuple(_below(module, item)))
        case syntax.Use(path=path):
            return _named(module, whole, path, (path.text, "use", ""))
        case syntax.Changes(version=version):
            return _named(module, whole, version, (f"changes from {version.text}", "changes", ""))
        case syntax.Veto(roles=roles):
            shown = ", ".join(role.text for role in roles)
            return _named(module, whole, roles[0], (f"{shown} may veto", "veto", ""))
        case syntax.Set() | syntax.Policy():
            said = title.text if isinstance(title, syntax.Text) else ""
            return _named(module, whole, item.name, (item.name.text, kind, said))
        case _ if isinstance(name, syntax.Name):
            said = title.text if isinstance(title, syntax.Text) else ""
            return _named(module, whole, name, (name.text, kind, said), below=tuple(_below(module, item)))
        case _:
            return Entry(name=kind, kind=kind, detail="", whole=whole, own=whole)


def _below(module: syntax.Module, item: syntax.Item) -> Iterator[Entry]:
    match item:
        case syntax.Levels(levels=levels):
            yield from (_named(module, module.place(one).span, one, (one.text, "level", "")) for one in levels)
        case syntax.Category(clauses=clauses):
            for clause in clauses:
                yield _named(module, module.place(clause).span, clause.level, (clause.level.text, "level", ""))
        case syntax.Rule(interpretations=interpretations):
            for each in interpretations:
                yield _named(module, module.place(each).span, each.name, (each.name.text, "interpretation", ""))
        case syntax.Test(cases=cases):
            for case in cases:
                yield _named(module, module.place(case).span, case.title, (case.title.text, "case", ""))
        case _:
            return


def _named(
    module: syntax.Module, whole: Span, name: syntax.Node, said: tuple[str, str, str], *, below: tuple[Entry, ...] = ()
) -> Entry:
    own = module.place(name).span
    shown = " ".join(said[0].split()) or said[1]
    inside = Span(min(whole.start, own.start), max(whole.end, own.end))
    return Entry(name=shown, kind=said[1], detail=said[2], whole=inside, own=own, below=below)


def folds(module: syntax.Module) -> Iterator[tuple[Span, bool]]:
    """What can be folded: declarations and cases of several lines, and runs of comments (marked so)."""
    text = module.source.text
    for item in module.items:
        yield module.place(item).span, False
        if isinstance(item, syntax.Test):
            yield from ((module.place(case).span, False) for case in item.cases)
    run: Span | None = None
    for comment in module.comments:
        if (
            run is not None
            and text[run.end : comment.span.start].strip() == ""
            and "\n\n" not in text[run.end : comment.span.start].replace(" ", "")
        ):
            run = Span(run.start, comment.span.end)
            continue
        if run is not None:
            yield run, True
        run = comment.span
    if run is not None:
        yield run, True
