"""Where declarations and their parts stand: the files of a policy are read as trees again when a finding needs a place.

A graph knows where rules begin and end, and not where their conditions do; a kept graph has no tree. So the trees are
made anew, of the files that the policy was compiled from, and only when there is something to point at.
"""

import functools
from collections.abc import Iterable, Sequence

from policylang import syntax
from policylang.graph.nodes import Where
from policylang.parse import parse
from policylang.source import Place, Source, Span

Declared = (
    syntax.Action
    | syntax.Role
    | syntax.Event
    | syntax.Control
    | syntax.Measure
    | syntax.Category
    | syntax.Define
    | syntax.Rule
    | syntax.Exception_
    | syntax.Duty
)
"""What findings point at."""


class Places:
    """Finds places in the files of one policy, the policy itself first; without files there are none."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """The files; what one declares that stands before hides what another declares below it."""
        self.sources = tuple(sources)

    @functools.cached_property
    def _declared(self) -> dict[tuple[type, str], tuple[int, Declared]]:
        found: dict[tuple[type, str], tuple[int, Declared]] = {}
        for number, source in enumerate(self.sources):
            for item in parse(source, []).items:
                if isinstance(item, Declared):
                    found.setdefault((type(item), item.name.text), (number, item))
        return found

    def tree(self, kind: type, name: str) -> Declared | None:
        """A declaration as written; None where there is no file that has it."""
        found = self._declared.get((kind, name))
        return None if found is None else found[1]

    def is_own(self, kind: type, name: str) -> bool:
        """Whether the policy's own file declares it: what is taken in from another file may wait for use."""
        found = self._declared.get((kind, name))
        return found is None or found[0] == 0

    def of(self, kind: type, name: str, parts: Iterable[syntax.Node | None] = ()) -> Place | None:
        """The place of the first part there is of a declaration, or of its name."""
        found = self._declared.get((kind, name))
        if found is None:
            return None
        number, item = found
        part = next((part for part in parts if part is not None), item.name)
        return Place(self.sources[number], part.span)

    def at(self, where: Where) -> Place | None:
        """The place of a whole declaration, as a graph knows it."""
        source = next((source for source in self.sources if source.name == where.file), None)
        return None if source is None else Place(source, Span(where.start, where.end))
