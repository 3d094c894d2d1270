"""A lint: its code, what it is about, who wants to hear of it, and the function that finds it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from policylang import syntax
from policylang.check import Checked
from policylang.diagnostics import Diagnostic, Fix, Label
from policylang.graph.nodes import Graph
from policylang.resolve import Resolved
from policylang.source import Source


class Family(StrEnum):
    """What lints are about."""

    NAMES = "names"
    THRESHOLDS = "thresholds"
    EVIDENCE = "evidence"
    GOVERNANCE = "governance"
    CLOCKS = "clocks"
    LOGIC = "logic"


class Persona(StrEnum):
    """Who asks: the author while writing, the reviewer of a change, the auditor of a policy in force."""

    AUTHOR = "author"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


@dataclass(frozen=True, kw_only=True)
class View:
    """One policy to lint: its trees with what their names mean, and its graph."""

    checked: Checked
    graph: Graph

    @property
    def resolved(self) -> Resolved:
        """The declarations by kind and name, and where their nodes stand."""
        return self.checked.resolved

    @property
    def source(self) -> Source:
        """The policy's own file."""
        return self.resolved.sources[0]

    def is_own(self, node: syntax.Node) -> bool:
        """Whether a node stands in the policy's own file; what it takes in from another is linted there."""
        return node.id >> 24 == 0

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
    """One lint; `find` yields findings of this code only, on a policy that compiles."""

    code: str
    family: Family
    personas: frozenset[Persona]
    find: Callable[[View], Iterator[Diagnostic]]
