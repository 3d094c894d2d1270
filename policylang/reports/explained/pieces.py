"""The pieces of a sentence of an explanation: words of ours, names as code, and titles that are quoted."""

import re
from typing import Literal

from policylang.explain.document import Item

Piece = tuple[Literal["", "code", "quote"], str]
_PIECE = re.compile(r"`(?P<code>[^`]*)`|“(?P<quote>[^“”]*)”")


def pieces(text: str) -> list[Piece]:
    """A sentence in pieces; a quotation without its marks, code without its backticks."""
    found: list[Piece] = []
    at = 0
    for match in _PIECE.finditer(text):
        if match.start() > at:
            found.append(("", text[at : match.start()]))
        kind: Literal["code", "quote"] = "quote" if match["code"] is None else "code"
        found.append((kind, match[kind]))
        at = match.end()
    if at < len(text):
        found.append(("", text[at:]))
    return found


def source(item: Item) -> tuple[tuple[str, ...], str]:
    """What an item cites, and where it stands: `acme.policy:12`."""
    return item.cites, "" if item.where is None else f"{item.where.file}:{item.where.line}"
