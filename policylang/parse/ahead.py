"""What can stand next: the words that the grammar allows behind the beginning of a declaration."""

import re
from dataclasses import dataclass

from lark.exceptions import UnexpectedInput

from policylang.diagnostics import Enough
from policylang.parse.build import Build
from policylang.parse.running import the_parser
from policylang.source import Source

_CHOICE = re.compile(r"\(([a-z_@|\[\]0-9+]+)\)")

_UNITS = ("hours", "days", "weeks", "months", "years")


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What can stand next: words of the language, and kinds of text by the names the grammar has for them."""

    words: frozenset[str]
    terminals: frozenset[str]

    @property
    def is_name(self) -> bool:
        """Whether a name can stand next."""
        return "NAME" in self.terminals


def ahead(beginning: str) -> Ahead | None:
    """What can stand behind a text that begins where a declaration does; None when it is broken already."""
    parser = the_parser()
    with parser.turn:
        parser.build = Build(source=Source(name="", text=beginning), found=[])
        try:
            state = parser.lark.parse_interactive(beginning)
            state.exhaust_lexer()
            accepted: set[str] = state.accepts()  # type: ignore[no-untyped-call]  # lark says no types here
        except (UnexpectedInput, Enough):
            return None
        finally:
            parser.build = None
    words: set[str] = set()
    for terminal in accepted:
        spelled = parser.words.get(terminal, "")
        choice = _CHOICE.match(spelled)
        if terminal == "TIME_UNIT":
            words.update(_UNITS)
        elif choice:
            words.update(word for word in choice[1].split("|") if word.isidentifier())
        elif spelled.isidentifier():
            words.add(spelled)
    return Ahead(words=frozenset(words), terminals=frozenset(accepted))
