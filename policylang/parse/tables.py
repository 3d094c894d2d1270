"""The parser's tables, worked out beforehand: building them from the grammar takes longer than parsing most policies.

`grammar/policy.tables.json` is what the parser library makes of `grammar/policy.lark`, written by `make grammar`. It is
used only for the very grammar and library it was made of; otherwise the tables are built anew. It is a third form of
nothing: no one edits it, a test builds it again, and deleting it changes nothing but the time.
"""

import hashlib
import json
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

OPTIONS: dict[str, Any] = {"parser": "lalr", "lexer": "contextual", "keep_all_tokens": True}


def made(grammar: str) -> str:
    """The text of the tables of a grammar."""
    data, memo = lark.Lark(grammar, **OPTIONS).memo_serialize([TerminalDef, Rule])
    kept = {"grammar": _digest(grammar), "lark": lark.__version__, "data": data, "memo": memo}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n"


def parser(grammar: str, tables: str, callbacks: object) -> lark.Lark:
    """A parser that calls `callbacks`: from the tables when they are of this grammar and library, else built anew."""
    kept: dict[str, Any] = json.loads(tables) if tables else {}
    if kept.get("grammar") != _digest(grammar) or kept.get("lark") != lark.__version__:
        options: dict[str, Any] = {**OPTIONS, "transformer": callbacks}
        return lark.Lark(grammar, **options)
    data, memo = kept["data"], _numbered(kept["memo"])
    table = data["parser"]["parser"]
    table["tokens"] = _numbered(table["tokens"])
    table["states"] = {int(state): _numbered(moves) for state, moves in table["states"].items()}
    load: Any = lark.Lark._load_from_dict  # noqa: SLF001  # the door that lark's own stand-alone parsers use
    loaded: lark.Lark = load(data, memo, transformer=callbacks)
    return loaded


def _numbered(table: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in table.items()}


def _digest(grammar: str) -> str:
    return hashlib.sha256(grammar.encode()).hexdigest()
