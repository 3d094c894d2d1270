"""The table of words and signs, `grammar/tokens.json`, as values."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass

from policylang import resources


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The words of the language by what they do, its signs and patterns, and how each style looks elsewhere."""

    words: Mapping[str, tuple[str, ...]]
    terminals: Mapping[str, tuple[str, ...]]
    terminal_patterns: Mapping[str, tuple[str, ...]]
    terminal_styles: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, str]
    signs: Mapping[str, tuple[str, ...]]
    styles: Mapping[str, Mapping[str, str]]


@functools.cache
def tokens() -> Tokens:
    """The table, read once."""
    table = json.loads(resources.grammar_tokens())
    terminals = table["terminals"]
    return Tokens(
        words={style: tuple(group["words"]) for style, group in table["words"].items()},
        terminals={name: tuple(terminal["words"]) for name, terminal in terminals.items()},
        terminal_patterns={name: tuple(terminal.get("patterns", ())) for name, terminal in terminals.items()},
        terminal_styles={name: terminal["style"] for name, terminal in terminals.items()},
        names={style: tuple(words) for style, words in table["names"].items()},
        patterns=table["patterns"],
        signs={style: tuple(signs) for style, signs in table["signs"].items()},
        styles=table["styles"],
    )
