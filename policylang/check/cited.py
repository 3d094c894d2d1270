"""Clauses of the published framework: that what is cited exists, and that every clause is encoded or says why not."""

from collections.abc import Iterator
from typing import Any

from policylang import syntax
from policylang.check.declarations import Declarations
from policylang.diagnostics import Diagnostic
from policylang.resolve import Resolved

_CITING = ("control", "measure", "category", "definition", "rule", "exception", "duty", "clause")


def check_cited(declarations: Declarations, found: list[Diagnostic]) -> None:
    """Every `cites` of a policy, and the clauses of its own file that nothing or too much is said of."""
    resolved = declarations.resolved
    cited: set[str] = set()
    for item in citing(resolved):
        for cite in item.cites:
            if isinstance(cite, syntax.Name) and declarations.named_one(cite, "clause") is not None:
                cited.add(cite.text)
    for name, clause in resolved.named["clause"].items():
        if clause.id >> 24:
            continue  # what another file declares is encoded there
        if name not in cited and clause.not_encoded is None:
            code, message = "P423", f"nothing encodes the clause `{name}`"
            help_ = f'`cites {name}` where it is encoded, or `{{ not encoded "why" }}`'
        elif name in cited and clause.not_encoded is not None:
            code, message = "P424", f"the clause `{name}` is cited, and said not to be encoded"
            help_ = "take one back, or split the clause"
        else:
            continue
        place = resolved.place(clause.name)
        found.append(Diagnostic(code=code, severity="warning", message=message, place=place, help=help_))


def citing(resolved: Resolved) -> Iterator[Any]:
    """Every declaration of a policy that may cite."""
    for kind in _CITING:
        yield from resolved.named[kind].values()
    yield from resolved.vetoes
    yield from resolved.evaluates
    yield from resolved.amends
