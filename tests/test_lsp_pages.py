"""What an editor is answered, on pages of marked-up policies: the cursor is `‸`, and the words say what is asked."""

import re
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from pages import Case, cases, pages
from policylang.compile import compile_policy
from policylang.lsp.desk import Document, uri_of
from policylang.lsp.hints import hints
from policylang.lsp.names import Names
from policylang.lsp.renaming import Refused
from policylang.lsp.session import Session
from policylang.source import Source

HOME = "/made"
CURSOR = "\u2038"


class Asking:
    """One case: its files are open in an editor, whose cursor stands where one of them has its mark."""

    def __init__(self, case: Case) -> None:
        """Open the files."""
        self.session = Session(lambda _: None, lambda: None)
        self.session.markdown = True
        self.names = Names(self.session)
        self.texts = {f"{HOME}/{name}": text for name, text in case.files.items()}
        self.name = next(iter(self.texts))
        offset = 0
        for name, text in self.texts.items():
            if CURSOR in text:
                self.name, offset = name, text.index(CURSOR)
                self.texts[name] = text.replace(CURSOR, "")
        for name, text in self.texts.items():
            source = Source(name=name, text=text)
            self.session.desk.put(Document(uri=uri_of(name) or "", source=source, version=1))
        row = self.texts[self.name].count("\n", 0, offset)
        column = offset - self.texts[self.name].rfind("\n", 0, offset) - 1
        self.place: dict[str, Any] = {
            "text_document": types.TextDocumentIdentifier(uri=uri_of(self.name) or ""),
            "position": types.Position(row, column),
        }

    def answer(self, what: str, *words: str) -> str:
        """The answer in lines of text."""
        try:
            return str(getattr(self, what)(*words))
        except Refused as refused:
            return f"refused: {refused.why}\n"

    def hover(self) -> str:
        """What the name at the cursor means."""
        found = self.names.hover(types.HoverParams(**self.place))
        return "nothing\n" if found is None else f"{found.contents.value}\n"  # type: ignore[union-attr]  # always markup

    def completion(self) -> str:
        """What can be written at the cursor."""
        found = self.names.completion(types.CompletionParams(**self.place))
        items = found.items if found is not None else ()
        return "".join(f"{item.label:24}{item.detail or ''}".rstrip() + "\n" for item in items) or "nothing\n"

    def definition(self) -> str:
        """Where it is declared."""
        return self._lines(self.names.definition(types.DefinitionParams(**self.place)))

    def references(self) -> str:
        """Where it stands."""
        context = types.ReferenceContext(include_declaration=True)
        return self._lines(self.names.references(types.ReferenceParams(**self.place, context=context)))

    def rename(self, new: str) -> str:
        """The lines that are others when it has another name."""
        self.names.prepare_rename(types.PrepareRenameParams(**self.place))
        edit = self.names.rename(types.RenameParams(**self.place, new_name=new))
        shown = []
        for uri, edits in sorted((edit.changes or {}).items() if edit is not None else ()):
            name = uri.removeprefix("file://")
            lines = self.texts[name].split("\n")
            changed = sorted({one.range.start.line for one in edits})
            for one in sorted(edits, key=lambda one: -one.range.start.character):
                row, start, end = one.range.start.line, one.range.start.character, one.range.end.character
                lines[row] = lines[row][:start] + one.new_text + lines[row][end:]
            shown += [f"{name.removeprefix(HOME + '/')}:{row + 1}: {lines[row].strip()}\n" for row in changed]
        return "".join(shown)

    def outline(self) -> str:
        """The outline of the file."""
        params = types.DocumentSymbolParams(text_document=self.place["text_document"])

        def lines(found: Any, depth: int) -> str:
            return "".join(
                f"{'  ' * depth}{one.name}  ({one.detail})\n" + lines(one.children, depth + 1) for one in found
            )

        return lines(self.names.symbols(params), 0)

    def hints(self) -> str:
        """The lines of the policy with what is shown between their words."""
        source = self.session.desk.text(self.name)
        text = source.text
        for hint in reversed(hints(compile_policy(source, self.session.desk.read))):
            text = f"{text[: hint.offset]} \u27e8{hint.text}\u27e9{text[hint.offset :]}"
        return "".join(f"{line}\n" for line in text.split("\n") if "\u27e8" in line)

    def _lines(self, found: list[types.Location]) -> str:
        shown = []
        for location in found:
            name = location.uri.removeprefix("file://")
            start, end = location.range.start, location.range.end
            if name not in self.texts:
                shown.append(f"{re.sub('.*/policies/', 'policies/', name)}\n")
                continue
            line = self.texts[name].split("\n")[start.line]
            marked = (
                f"{line[: start.character]}\u27e8{line[start.character : end.character]}\u27e9{line[end.character :]}"
            )
            shown.append(f"{name.removeprefix(HOME + '/')}:{start.line + 1}: {marked.strip()}\n")
        return "".join(shown) or "nowhere\n"


def found(case: Case) -> str:
    """What a case is answered."""
    return Asking(case).answer(*case.parts)


@pytest.mark.parametrize("page", pages("lsp"), ids=lambda page: page.stem)
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page is answered word for word as the page says."""
    if accept:
        text = page.read_text("utf-8")
        for case in reversed(cases(page)):
            start, end = case.where
            text = text[:start] + found(case) + text[end:]
        page.write_text(text, "utf-8")
    assert {case.title: found(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}
