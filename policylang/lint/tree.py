"""The tree of a policy as lints walk it: declarations of its own file, their parts, and the comments beside them."""

import bisect
import dataclasses
from collections.abc import Iterator
from typing import Any

from policylang import syntax
from policylang.lint.rule import View
from policylang.resolve import KINDS

_LISTS = ("vetoes", "evaluates", "amends", "changes", "tests")


def declared(view: View, *kinds: str) -> Iterator[tuple[str, Any]]:
    """The named declarations of the policy's own file by kind, in the order of the file; of all kinds when none."""
    wanted = kinds or tuple(KINDS.values())
    found = [(kind, item) for kind in wanted for item in view.resolved.named[kind].values() if view.is_own(item)]
    yield from sorted(found, key=lambda one: (view.span(one[1].name).start, one[0]))


def items(view: View) -> list[Any]:
    """Every declaration of the policy's own file, in its order."""
    resolved = view.resolved
    found = [item for _, item in declared(view)]
    found += [item for field in _LISTS for item in getattr(resolved, field) if view.is_own(item)]
    if resolved.header is not None and view.is_own(resolved.header):
        found.append(resolved.header)
    return sorted(found, key=lambda item: view.span(item).start)


def nodes(root: syntax.Node) -> Iterator[syntax.Node]:
    """A node and all below it, in the order of the text as far as the tree keeps it."""
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack += reversed(node)
        elif isinstance(node, syntax.Node):
            yield node
            stack += [getattr(node, name) for name in _PARTS[type(node)]]


_PARTS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind) if field.name not in ("span", "id"))[::-1]
    for kind in vars(syntax).values()
    if isinstance(kind, type) and issubclass(kind, syntax.Node)
}
"""The fields of each kind of node that may have nodes in them, the last first."""


def words_of(item: Any) -> str:
    """The name that a reader knows a declaration by: its name, or what it is."""
    name = getattr(item, "name", None)
    return name.text if isinstance(name, syntax.Name) else type(item).__name__.lower()


def beside(view: View, item: syntax.Node) -> list[syntax.Comment]:
    """The comments of a declaration: inside it, at the end of its last line, and right above it."""
    source, found = view.source, []
    span = view.span(item)
    first = source.position(span.start)[0]
    end = source.text.find("\n", span.end)
    at = bisect.bisect_left(view.comments, end if end >= 0 else len(source.text), key=lambda one: one.span.start)
    while at and source.position(view.comments[at - 1].span.start)[0] >= first:
        at -= 1
        found.append(view.comments[at])
    above = first - 1
    while at and source.position(view.comments[at - 1].span.start)[0] == above:
        at, above = at - 1, above - 1
        if source.line(above + 1).lstrip().startswith("#"):
            found.append(view.comments[at])
    return found[::-1]
