"""An explanation as Markdown: a comment on a change request, or a paper for a board.

What comes from a policy is written so that a forge makes nothing of it: see `reports.difference.markdown`.
"""

from collections.abc import Iterator

from policylang.explain.document import Document, Item
from policylang.explain.english import quoted
from policylang.reports.difference.markdown import code, prose
from policylang.reports.explained.pieces import pieces, source

_SIGNS = frozenset("().,;:")


def markdown(document: Document) -> str:
    """The page."""
    lines = [f"# {words(document.title)}", ""]
    for said in document.text:
        lines += [words(said), ""]
    for section in document.sections:
        lines += [f"## {words(section.title)}", ""]
        for said in section.text:
            lines += [words(said), ""]
        for item in section.items:
            lines += _told(item, 0)
        if section.items:
            lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def words(text: str) -> str:
    """A sentence: our words as they are, names as code, titles in quotation marks."""
    said = []
    for kind, piece in pieces(text):
        if kind == "code":
            said.append(code(piece))
        elif kind == "quote":
            said.append(f"“{prose(piece)}”")
        else:
            said.append(_own(piece))
    return "".join(said)


def _own(text: str) -> str:
    """Words of ours, and those of names: a word that a forge would make something of is code."""
    shown = [token if set(token) <= _SIGNS else prose(token) for token in text.split(" ")]
    return " ".join(shown)


def _told(item: Item, depth: int) -> Iterator[str]:
    """An item of a list, and its own list below it."""
    indent = "  " * depth
    cites, where = source(item)
    about = ", ".join([*(words(quoted(cite)) for cite in cites), *([code(where)] if where else [])])
    about = f" ({about})" if about else ""
    said = words(item.text)
    if item.name and item.kind != "role":
        title = f" {words(quoted(item.title))}" if item.title else ""
        said = f"**{code(item.name)}**{title}" + ("" if title or not said else f" {said}")
        if item.title and item.text:
            said += f"  \n{indent}  {words(item.text)}"
    yield f"{indent}- {said}{about}"
    for part in item.items:
        yield from _told(part, depth + 1)
