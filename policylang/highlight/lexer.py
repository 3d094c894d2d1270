"""The lexer that Pygments finds by entry point: documentation, notebooks and terminals colour policies with it."""

import functools
import re
from collections.abc import Iterator

from pygments.lexer import Lexer
from pygments.token import Whitespace, string_to_tokentype

from policylang.highlight.scan import scan
from policylang.highlight.words import tokens

_HEADER = re.compile(r'^policy\s+[A-Za-z_]\w*\s*("[^"\n]*"\s*)?\{', re.MULTILINE)


class PolicyLexer(Lexer):  # type: ignore[misc]  # pygments ships no types
    """Policies, whole or in part."""

    name = "Policy"
    aliases = ("policy", "policylang")
    filenames = ("*.policy",)
    mimetypes = ("text/x-policy",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, object, str]]:
        """The offset, type and text of each piece; together they are the text."""
        for piece in scan(text):
            yield piece.start, _type(piece.style), piece.text

    def analyse_text(text: str) -> float:
        """How surely a text is a policy: it has the header of one."""
        return 0.9 if _HEADER.search(text) else 0.0


@functools.cache
def _type(style: str) -> object:
    return string_to_tokentype(tokens().styles[style]["pygments"]) if style else Whitespace
