"""Asking about names: hover, completion, definition, references, renaming, outlines, colours of names."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types

from policylang import graph, resources, syntax
from policylang.lsp import wire
from policylang.lsp.completion import Choice, complete
from policylang.lsp.describing import describe
from policylang.lsp.desk import Snapshot, name_of
from policylang.lsp.mentions import Mention, at, declaration
from policylang.lsp.outline import Entry, folds, outline
from policylang.lsp.renaming import references, renamable, renamed
from policylang.lsp.session import Session
from policylang.source import Place, Span

Answers = Mapping[str, tuple[Callable[[Any], Any], Any]]

_MAX_PATHS = 200
_MAX_SYMBOLS = 500
_ITEMS = types.CompletionItemKind
_COMPLETED = {
    "word": _ITEMS.Keyword, "type": _ITEMS.TypeParameter, "path": _ITEMS.File, "level": _ITEMS.EnumMember,
    "ladder": _ITEMS.Enum, "measure": _ITEMS.Variable, "category": _ITEMS.Class, "action": _ITEMS.Function,
    "rule": _ITEMS.Interface, "role": _ITEMS.Reference,
    "parameter": _ITEMS.Constant, "event": _ITEMS.Event, "stage": _ITEMS.Module, "attribute": _ITEMS.Property,
    "clause": _ITEMS.Text, "control": _ITEMS.Struct,
}  # fmt: skip
_SYMBOL = types.SymbolKind
_SYMBOLS = {
    "policy": _SYMBOL.Namespace, "use": _SYMBOL.File, "ladder": _SYMBOL.Enum, "level": _SYMBOL.EnumMember,
    "stage": _SYMBOL.Module, "action": _SYMBOL.Function, "role": _SYMBOL.Object, "attribute": _SYMBOL.Property,
    "parameter": _SYMBOL.Constant, "event": _SYMBOL.Event, "control": _SYMBOL.Struct, "measure": _SYMBOL.Variable,
    "category": _SYMBOL.Class, "definition": _SYMBOL.Boolean, "rule": _SYMBOL.Interface, "test": _SYMBOL.Method,
    "case": _SYMBOL.Method, "clause": _SYMBOL.String,
}  # fmt: skip
TOKENS = (
    "variable", "class", "enum", "enumMember", "function", "interface", "parameter", "event", "property", "struct",
    "namespace", "type",
)  # fmt: skip
_TOKEN_OF = {
    "measure": "variable", "category": "class", "ladder": "enum", "level": "enumMember", "action": "function",
    "rule": "interface", "duty": "interface", "exception": "interface", "parameter": "parameter", "event": "event",
    "attribute": "property", "control": "struct", "stage": "namespace", "role": "type", "definition": "variable",
    "clause": "type", "situation": "namespace", "invariant": "interface",
}  # fmt: skip


class Names:
    """What a server answers about names."""

    def __init__(self, session: Session) -> None:
        """Answer from a session."""
        self.session = session
        self._graphs: dict[str, tuple[Snapshot, graph.Graph]] = {}

    def answers(self) -> Answers:
        """By the name of what is asked: who answers, and what the editor is told of it."""
        legend = types.SemanticTokensLegend(token_types=list(TOKENS), token_modifiers=["declaration"])
        return {
            types.TEXT_DOCUMENT_HOVER: (self.hover, None),
            types.TEXT_DOCUMENT_COMPLETION: (
                self.completion,
                types.CompletionOptions(trigger_characters=[".", '"', " "]),
            ),
            types.TEXT_DOCUMENT_DEFINITION: (self.definition, None),
            types.TEXT_DOCUMENT_REFERENCES: (self.references, None),
            types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (self.highlight, None),
            types.TEXT_DOCUMENT_PREPARE_RENAME: (self.prepare_rename, None),
            types.TEXT_DOCUMENT_RENAME: (self.rename, types.RenameOptions(prepare_provider=True)),
            types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (self.symbols, None),
            types.WORKSPACE_SYMBOL: (self.all_symbols, None),
            types.TEXT_DOCUMENT_FOLDING_RANGE: (self.folding, None),
            types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL: (self.tokens, legend),
        }

    def _asked(self, params: Any) -> tuple[Snapshot, int] | None:
        """The file and the offset that a question is about."""
        snapshot = self.session.snapshot(name_of(params.text_document.uri))
        if snapshot is None:
            return None
        lines = wire.lines_of(snapshot.source.text, self.session.encoding)
        return snapshot, lines.offset(params.position.line, params.position.character)

    def _mention(self, params: Any) -> tuple[Snapshot, Mention] | None:
        asked = self._asked(params)
        mention = at(asked[0].mentions(), asked[1]) if asked is not None else None
        return None if asked is None or mention is None else (asked[0], mention)

    def _range(self, text: str, span: Span) -> types.Range:
        return wire.range_of(text, span, self.session.encoding)

    def _graph(self, snapshot: Snapshot) -> graph.Graph | None:
        """The graph of a policy that compiles, built when it is first asked for."""
        if snapshot.checked is None:
            return None
        known = self._graphs.get(snapshot.name)
        if known is None or known[0] is not snapshot:
            self._graphs[snapshot.name] = known = (snapshot, graph.graph(snapshot.checked))
        return known[1]

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What the name under the pointer means."""
        asked = self._asked(params)
        found = describe(*asked, self._graph(asked[0])) if asked is not None else None
        if asked is None or found is None:
            return None
        kind = types.MarkupKind.Markdown if self.session.markdown else types.MarkupKind.PlainText
        value = found.markdown if self.session.markdown else found.plain
        where = self._range(asked[0].source.text, found.span)
        return types.Hover(contents=types.MarkupContent(kind=kind, value=value), range=where)

    def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """What can be written at the cursor."""
        asked = self._asked(params)
        if asked is None:
            return None
        snapshot, offset = asked
        found = complete(snapshot.source, offset, snapshot.resolved, self._paths(snapshot))
        where = self._range(snapshot.source.text, found.span)
        items = [self._item(choice, where, number) for number, choice in enumerate(found.choices)]
        return types.CompletionList(is_incomplete=False, items=items)

    def _item(self, choice: Choice, where: types.Range, number: int) -> types.CompletionItem:
        is_snippet = bool(choice.snippet) and self.session.snippets
        return types.CompletionItem(
            label=choice.text,
            kind=_COMPLETED.get(choice.kind, _ITEMS.Variable),
            detail=choice.detail or None,
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(range=where, new_text=choice.snippet if is_snippet else choice.text),
            insert_text_format=types.InsertTextFormat.Snippet if is_snippet else types.InsertTextFormat.PlainText,
        )

    def _paths(self, snapshot: Snapshot) -> list[str]:
        """The policies that a file can take in: those beside and below it, and the standard ones."""
        home = Path(snapshot.source.name).parent
        near = [path for path in sorted(home.glob("*")) if path.name.endswith((".policy", ".policy.md"))]
        near += [path for path in sorted(home.glob("*/*")) if path.name.endswith((".policy", ".policy.md"))]
        own = [str(path.relative_to(home)) for path in near[:_MAX_PATHS] if str(path) != snapshot.source.name]
        return [name for name in own if not name.endswith(".test.policy")] + list(resources.policy_names())

    def definition(self, params: types.DefinitionParams) -> list[types.Location]:
        """Where the name under the cursor is declared; of a path, the file; of a group of actions, all of them."""
        asked = self._asked(params)
        if asked is None:
            return []
        snapshot, offset = asked
        taken_in = self._taken_in(snapshot, offset)
        if taken_in is not None:
            return taken_in
        mention = at(snapshot.mentions(), offset)
        if mention is None:
            return []
        place = declaration(snapshot.resolved, mention.kind, mention.name)
        places = [place] if place is not None else []
        if not places and mention.kind == "action":
            named = snapshot.resolved.named["action"]
            below = [item for name, item in named.items() if name.startswith(f"{mention.name}.")]
            places = [snapshot.resolved.place(item.name) for item in below]
        return self._locations(places)

    def _taken_in(self, snapshot: Snapshot, offset: int) -> list[types.Location] | None:
        """The file that the path under the cursor names."""
        for path in taken_paths(snapshot):
            span = snapshot.module.place(path).span
            if span.start <= offset <= span.end:
                try:
                    source = self.session.desk.read(path.text, snapshot.source)
                except (OSError, ValueError):
                    return []
                return self._locations([Place(source, Span(0, 0))])
        return None

    def _locations(self, places: list[Place]) -> list[types.Location]:
        found = (wire.location_of(place, self.session.encoding) for place in places)
        return [location for location in found if location is not None]

    def references(self, params: types.ReferenceParams) -> list[types.Location]:
        """Every place that mentions the name under the cursor."""
        asked = self._mention(params)
        if asked is None:
            return []
        is_wanted = params.context.include_declaration
        found = references(self.session.desk, *asked)
        return self._locations([place for place, one in found if is_wanted or not one.declares])

    def highlight(self, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        """The places in this file that mention the name under the cursor."""
        asked = self._mention(params)
        if asked is None:
            return []
        snapshot, mention = asked
        same = [one for one in snapshot.mentions() if (one.kind, one.name) == (mention.kind, mention.name)]
        kinds = types.DocumentHighlightKind
        return [
            types.DocumentHighlight(
                range=self._range(snapshot.source.text, one.span), kind=kinds.Write if one.declares else kinds.Read
            )
            for one in same
        ]

    def prepare_rename(self, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        """What would be renamed; raises Refused."""
        asked = self._asked(params)
        if asked is None:
            return None
        mention = renamable(*asked)
        where = self._range(asked[0].source.text, mention.span)
        return types.PrepareRenamePlaceholder(range=where, placeholder=mention.written)

    def rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        """Give the name under the cursor another one wherever it stands; raises Refused."""
        asked = self._asked(params)
        if asked is None:
            return None
        edits = renamed(self.session.desk, *asked, params.new_name)
        return wire.workspace_edit(edits, self.session.encoding)

    def symbols(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        """The outline of a file."""
        snapshot = self.session.snapshot(name_of(params.text_document.uri))
        return [] if snapshot is None else [self._symbol(snapshot, entry) for entry in outline(snapshot.module)]

    def _symbol(self, snapshot: Snapshot, entry: Entry) -> types.DocumentSymbol:
        text = snapshot.source.text
        return types.DocumentSymbol(
            name=entry.name,
            kind=_SYMBOLS.get(entry.kind, _SYMBOL.Key),
            detail=f"{entry.kind}{': ' if entry.detail else ''}{entry.detail}",
            range=self._range(text, entry.whole),
            selection_range=self._range(text, entry.own),
            children=[self._symbol(snapshot, below) for below in entry.below],
        )

    def all_symbols(self, params: types.WorkspaceSymbolParams) -> list[types.SymbolInformation]:
        """The declarations of all open files whose names have a text."""
        wanted, found = params.query.casefold(), []
        for name in sorted(self.session.desk.documents):
            snapshot = self.session.snapshot(name)
            for entry in outline(snapshot.module) if snapshot is not None else ():
                location = wire.location_of(Place(snapshot.source, entry.own), self.session.encoding)  # type: ignore[union-attr]  # there are entries
                if wanted in entry.name.casefold() and location is not None:
                    kind = _SYMBOLS.get(entry.kind, _SYMBOL.Key)
                    found.append(types.SymbolInformation(name=entry.name, kind=kind, location=location))
        return found[:_MAX_SYMBOLS]

    def folding(self, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        """What can be folded."""
        snapshot = self.session.snapshot(name_of(params.text_document.uri))
        found = []
        for span, is_comment in folds(snapshot.module) if snapshot is not None else ():
            where = self._range(snapshot.source.text, span)  # type: ignore[union-attr]  # there are folds
            kind = types.FoldingRangeKind.Comment if is_comment else None
            if where.end.line > where.start.line:
                found.append(types.FoldingRange(start_line=where.start.line, end_line=where.end.line, kind=kind))
        return found

    def tokens(self, params: types.SemanticTokensParams) -> types.SemanticTokens:
        """The names of a file by what they name."""
        snapshot = self.session.snapshot(name_of(params.text_document.uri))
        data: list[int] = []
        row = column = 0
        for one in snapshot.mentions() if snapshot is not None else ():
            where = self._range(snapshot.source.text, one.span)  # type: ignore[union-attr]  # there are mentions
            if one.kind not in _TOKEN_OF or where.start.line != where.end.line:
                continue
            line, at_ = where.start.line, where.start.character
            data += [line - row, at_ - column if line == row else at_, where.end.character - at_]
            data += [TOKENS.index(_TOKEN_OF[one.kind]), int(one.declares)]
            row, column = line, at_
        return types.SemanticTokens(data=data)


def taken_paths(snapshot: Snapshot) -> Iterator[syntax.Text]:
    """The paths that a file names in `use` and `extends`."""
    for item in snapshot.module.items:
        match item:
            case syntax.Use(path=path):
                yield path
            case syntax.Policy(extends=syntax.Extends(path=path)):
                yield path
            case _:
                pass
