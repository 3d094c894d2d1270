"""Explaining: codes, policies, names and decisions in plain English, generated, never written by hand.

What a policy means is told from its graph; clauses that nothing cites, and places, are told from its tree.

- `explain_code(name)`, `families()`: the pages of codes.
- `policy(graph)`: a whole policy, for a board.
- `of_name(graph, kind, name)`: a rule, measure, role … of a policy as a `Document`;
  `sentences(graph, kind, name)`: the same in a few sentences, for a hover of an editor (a few milliseconds).
- `decision.explained(…)`: why each verdict, and what would change it; in a module of its own, since it decides again.

Everything here is pure. A sentence has names in backticks and titles in “quotation marks”; `reports.explained` prints
it.
"""

from policylang.explain.codes import FAMILIES, Explanation, explain_code, explain_word, families, nearest_code
from policylang.explain.document import Document, Item, Section
from policylang.explain.names import KINDS, Declared, declared, names, of_name, sentences
from policylang.explain.policy import policy

__all__ = [
    "FAMILIES",
    "KINDS",
    "Declared",
    "Document",
    "Explanation",
    "Item",
    "Section",
    "declared",
    "explain_code",
    "explain_word",
    "families",
    "names",
    "nearest_code",
    "of_name",
    "policy",
    "sentences",
]
