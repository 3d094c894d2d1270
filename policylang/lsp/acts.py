"""Acting on a file: layout, fixes, comments that allow a finding, hints between the words, and verdicts above them."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lsprotocol import types

from policylang import syntax
from policylang.diagnostics import Diagnostic, Edit
from policylang.files import is_tests
from policylang.format import edits as layout
from policylang.lsp import wire
from policylang.lsp.desk import Document, is_policy, name_of
from policylang.lsp.judging import Decided, evidence_beside
from policylang.lsp.names import Answers
from policylang.lsp.session import Session
from policylang.source import Span

DECIDE = "policylang.decide"
_MAX_TITLE = 120


class Acts:
    """What a server does to files, and shows beside them."""

    def __init__(self, session: Session) -> None:
        """Answer from a session."""
        self.session = session

    def answers(self) -> Answers:
        """By the name of what is asked: who answers, and what the editor is told of it."""
        kinds = [types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]
        return {
            types.TEXT_DOCUMENT_FORMATTING: (self.formatting, None),
            types.TEXT_DOCUMENT_CODE_ACTION: (self.actions, types.CodeActionOptions(code_action_kinds=kinds)),
            types.TEXT_DOCUMENT_INLAY_HINT: (self.hints, None),
            types.TEXT_DOCUMENT_CODE_LENS: (self.lenses, types.CodeLensOptions(resolve_provider=False)),
        }

    def _document(self, uri: str) -> Document | None:
        name = name_of(uri)
        return self.session.desk.documents.get(name) if is_policy(name) else None

    def formatting(self, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        """The gaps that change; nothing where the file is broken."""
        document = self._document(params.text_document.uri)
        found = layout(document.source, []) if document is not None else None
        if document is None or found is None:
            return None
        return wire.text_edits(((e.span, e.text) for e in found), document.source.text, self.session.encoding)

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """What mends the findings in a range, what allows them, and what mends all that can be mended safely."""
        document = self._document(params.text_document.uri)
        if document is None:
            return []
        every = [one for one in self.session.findings(document.source.name) if _is_in(one, document)]
        span = wire.span_of(document.source.text, params.range, self.session.encoding)
        here = [one for one in every if _meets(one, span)]
        wanted = [getattr(kind, "value", kind) for kind in params.context.only or ()]
        found = []
        if not wanted or any("quickfix".startswith(kind) for kind in wanted):
            found += [action for one in here for action in self._mending(one, document)]
        if not wanted or any("source.fixAll".startswith(kind) for kind in wanted):
            found += self._mending_all(every)
        return found

    def _mending(self, one: Diagnostic, document: Document) -> Iterator[types.CodeAction]:
        shown = [wire.diagnostic(one, document.source, self.session.encoding)]
        if one.fix is not None:
            yield types.CodeAction(
                title=one.fix.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=shown,
                is_preferred=True,
                edit=self._edit(one.fix.edits),
            )
        if one.severity == "warning" and one.place is not None and one.code[0] == "L":
            yield types.CodeAction(
                title=f"allow `{one.code}` here, and say why",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=shown,
                edit=wire.workspace_edit(
                    {document.source: [_allowance(document.source.text, one)]}, self.session.encoding
                ),
            )

    def _mending_all(self, every: Iterable[Diagnostic]) -> list[types.CodeAction]:
        """One action for all fixes that leave the policy's meaning as it is, and do not meet each other."""
        edits: list[Edit] = []
        for one in every:
            if one.fix is not None and one.fix.keeps_meaning and not _overlaps(edits, one.fix.edits):
                edits += one.fix.edits
        if not edits:
            return []
        title = "mend everything that can be mended without a change of meaning"
        return [types.CodeAction(title=title, kind=types.CodeActionKind.SourceFixAll, edit=self._edit(edits))]

    def _edit(self, edits: Iterable[Edit]) -> types.WorkspaceEdit:
        return wire.workspace_edit(wire.by_source(edits), self.session.encoding)

    def hints(self, params: types.InlayHintParams) -> list[types.InlayHint]:
        """Units, values and sample sizes between the words of a range."""
        document = self._document(params.text_document.uri)
        known = self.session.known(document.source.name) if document is not None else None
        if document is None or known is None or is_tests(document.source.name):
            return []
        text = document.source.text
        span = wire.span_of(text, params.range, self.session.encoding)
        lines = wire.lines_of(text, self.session.encoding)
        return [
            types.InlayHint(
                position=types.Position(*lines.position(hint.offset)),
                label=hint.text,
                kind=types.InlayHintKind.Type if hint.text.startswith(":") else None,
                tooltip=hint.more,
                padding_left=not hint.text.startswith(":"),
            )
            for hint in known.judged.hints
            if span.start <= hint.offset <= span.end
        ]

    def lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        """Above the header what decides, and above each action the verdict of the last decision."""
        snapshot = self.session.snapshot(name_of(params.text_document.uri))
        if snapshot is None or is_tests(snapshot.name):
            return []
        text, uri = snapshot.source.text, params.text_document.uri
        decided, is_new = self.session.decided(snapshot.name)
        found = []
        for item in snapshot.module.items:
            title = ""
            match item:
                case syntax.Policy():
                    title = _deciding(snapshot.name, decided)
                case syntax.Action(name=name) if decided is not None:
                    title = _verdict(name.text, decided, is_new=is_new)
                case _:
                    continue
            if title:
                command = types.Command(title=title[:_MAX_TITLE], command=DECIDE, arguments=[uri])
                where = wire.range_of(text, snapshot.module.place(item.name).span, self.session.encoding)
                found.append(types.CodeLens(range=where, command=command))
        return found


def _deciding(name: str, decided: Decided | None) -> str:
    """What the lens above the header offers."""
    paths = decided.evidence if decided is not None and decided.evidence else evidence_beside(name)
    on = ", ".join(Path(path).name for path in paths)
    offer = f"decide on {on}" if on else "decide on evidence"
    if decided is None:
        return offer
    return offer if decided.is_good else f"{offer} ({decided.sentence})"


def _verdict(action: str, decided: Decided, *, is_new: bool) -> str:
    if action not in decided.verdicts:
        return ""
    on = ", ".join(Path(path).name for path in decided.evidence)
    return f"{decided.verdicts[action]} on {on}{'' if is_new else ', before the last change'}"


def _is_in(one: Diagnostic, document: Document) -> bool:
    return one.place is None or one.place.source.name == document.source.name


def _meets(one: Diagnostic, span: Span) -> bool:
    return one.place is not None and one.place.span.start <= span.end and span.start <= one.place.span.end


def _overlaps(edits: Iterable[Edit], others: Iterable[Edit]) -> bool:
    return any(
        one.place.source.name == other.place.source.name
        and one.place.span.start <= other.place.span.end
        and other.place.span.start <= one.place.span.end
        for one in edits
        for other in others
    )


def _allowance(text: str, one: Diagnostic) -> tuple[Span, str]:
    """A comment above a finding that allows it; its reason is left to the author, and asked for until it is given."""
    assert one.place is not None
    line = text.rfind("\n", 0, one.place.span.start) + 1
    indent = re.match(r"[ \t]*", text[line:])
    return Span(line, line), f"{indent[0] if indent else ''}# lint allow {one.code}: \n"
