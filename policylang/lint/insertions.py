"""Fixes: text that is put in, taken out or replaced, so that what stands around it keeps its layout."""

import re

from policylang.diagnostics import Edit, Fix
from policylang.lint.rule import View
from policylang.parse.text import QUOTED
from policylang.source import Span
from policylang.syntax import Name, Node

_QUOTED = re.compile(QUOTED)
_INDENT = "  "


def field_added(view: View, item: Node, field: str) -> Edit:
    """A field put at the end of the block of a declaration; where it has no block, the block too."""
    text, end = view.source.text, item.span.end
    if _bare(view, item)[-1:] != "}":
        return view.edit(end, end, f" {{ {field} }}")
    line = text.rfind("\n", 0, end) + 1
    before = text[line : end - 1]
    if before.strip():
        return view.edit(end - 1, end - 1, f"{field} " if before[-1:].isspace() else f" {field} ")
    return view.edit(line, line, f"{before}{_INDENT}{field}\n")


def found_in(view: View, item: Node, pattern: str) -> Name | None:
    """The words of a declaration that a pattern finds outside of strings and comments, as a node at their place."""
    match = re.search(pattern, _bare(view, item))
    if match is None:
        return None
    start = item.span.start
    return Name(span=Span(start + match.start(), start + match.end()), id=item.id, text=match[0])


def end_of(view: View, item: Node, after: int, sign: str) -> int:
    """Where the first such sign after an offset ends, inside a declaration and outside of its strings and comments."""
    found = _bare(view, item).find(sign, after - item.span.start)
    return after if found < 0 else item.span.start + found + len(sign)


def meant(title: str, *edits: Edit) -> Fix:
    """A fix that changes what the policy means."""
    return Fix(title=title, edits=tuple(sorted(edits, key=lambda edit: edit.place.span.start)))


def _bare(view: View, item: Node) -> str:
    """The text of a declaration of the policy's own file, with strings and comments blanked out."""
    text = view.source.text[item.span.start : item.span.end]
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)
