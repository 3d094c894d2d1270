"""Colouring without parsing: which words of a text are words of the language, and which are names.

A word of the language is one only where it can stand, so a list of keywords is not enough: `rule` begins a rule at the
top of a file and is a measure after `when`. `contexts` says what can stand where, as a stack of small contexts, in
regular expressions that Python and the editors' engines read alike; `scan` runs them; `lexer` gives them to Pygments,
and `editors/make.py` writes them down for editors. All words come from one table, `grammar/tokens.json`.
"""

from policylang.highlight.contexts import CONTEXTS, Context, Step
from policylang.highlight.scan import Piece, scan
from policylang.highlight.words import Tokens, tokens

__all__ = ["CONTEXTS", "Context", "Piece", "Step", "Tokens", "scan", "tokens"]
