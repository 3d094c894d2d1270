"""A lint: its code, what it is about, who wants to hear of it, and the function that finds it."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from policylang import syntax
from policylang.check import Checked
from policylang.diagnostics import Diagnostic, Edit, Fix, Label
from policylang.graph.nodes import Graph
from policylang.parse import comments_of
from policylang.resolve import Resolved
from policylang.source import Place, Source, Span

if TYPE_CHECKING:
    from policylang.lint.acts import Acts
    from policylang.lint.scene import Scene  # the prover is loaded when a lint asks it
    from policylang.lint.thresholds import Threshold


class Family(StrEnum):
    """What lints are about."""

    NAMES = "names"
    THRESHOLDS = "thresholds"
    EVIDENCE = "evidence"
    GOVERNANCE = "governance"
    CLOCKS = "clocks"
    LOGIC = "logic"
    COMMENTS = "comments"


class Persona(StrEnum):
    """Who asks: the author while writing, the reviewer of a change, the auditor of a policy in force."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


EVERYBODY = frozenset(Persona)
AUTHORS = frozenset((Persona.AUTHOR, Persona.REVIEWER))
"""Who can still change how it is written."""
READERS = frozenset((Persona.REVIEWER, Persona.AUDITOR))
"""Who must understand a text that others wrote."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One policy to lint: its trees with what their names mean, its graph, and what the compiler warned of."""

    checked: Checked
    graph: Graph
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def resolved(self) -> Resolved:
        """The declarations by kind and name, and where their nodes stand."""
        return self.checked.resolved

    @property
    def source(self) -> Source:
        """The policy's own file."""
        return self.resolved.sources[0]

    @functools.cached_property
    def comments(self) -> tuple[syntax.Comment, ...]:
        """The comments of the policy's own file."""
        return comments_of(self.source)

    @functools.cached_property
    def parts(self) -> tuple[syntax.Node, ...]:
        """Every node of the policy's own file."""
        return tuple(node for _, nodes in self.walked for node in nodes)

    @functools.cached_property
    def walked(self) -> tuple[tuple[Any, tuple[syntax.Node, ...]], ...]:
        """Every declaration of the policy's own file, in its order, with all its nodes."""
        from policylang.lint import tree

        return tuple((item, tuple(tree.nodes(item))) for item in tree.items(self))

    @functools.cached_property
    def gates(self) -> tuple[Diagnostic, ...]:
        """What is to be proved of scores and never can be."""
        from policylang.evidence.green import never_green

        return tuple(never_green(self.graph, self.resolved.sources))

    @functools.cached_property
    def thresholds(self) -> "tuple[Threshold, ...]":
        """Every comparison of one measure alone with a constant, outside tests and claims, in the order of the file."""
        from policylang.lint.thresholds import thresholds

        return tuple(thresholds(self))

    @functools.cached_property
    def acts(self) -> "Acts":
        """Who does what under the policy."""
        from policylang.lint.acts import Acts

        return Acts(self.graph)

    @functools.cached_property
    def scene(self) -> "Scene":
        """The policy as the prover sees it."""
        from policylang.analysis.questions import Questions
        from policylang.lint.places import Places
        from policylang.lint.scene import Scene

        return Scene(questions=Questions(self.graph), places=Places(self.resolved.sources))

    def is_own(self, node: syntax.Node) -> bool:
        """Whether a node stands in the policy's own file; what it takes in from another is linted there."""
        return node.id >> 24 == 0

    def span(self, node: syntax.Node) -> Span:
        """Where a node of any of the files stands."""
        return self.resolved.place(node).span

    def text(self, node: syntax.Node) -> str:
        """A node of the policy's own file as written."""
        span = self.span(node)
        return self.source.text[span.start : span.end]

    def edit(self, start: int, end: int, text: str) -> Edit:
        """Text for a range of the policy's own file."""
        return Edit(place=Place(self.source, Span(start, end)), text=text)

    def warn(  # the words of one finding
        self,
        code: str,
        node: syntax.Node,
        message: str,
        help_: str,
        *,
        labels: tuple[Label, ...] = (),
        fix: Fix | None = None,
    ) -> Diagnostic:
        """A finding at a node."""
        place = self.resolved.place(node)
        return Diagnostic(
            code=code, severity="warning", message=message, place=place, help=help_, labels=labels, fix=fix
        )


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One lint; `find` yields findings of this code only, on a policy that compiles.

    One that `proves` asks the prover about all evidence at once, which takes longer than reading.
    """

    code: str
    family: Family
    personas: frozenset[Persona]
    find: Callable[[View], Iterator[Diagnostic]]
    proves: bool = False
