"""What semantic lints look at: the questions to the prover, the files, and what is said in the same way everywhere.

A question that the prover cannot settle (`Unknown`) gives no finding.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from policylang import syntax
from policylang.analysis.prover import Unknown
from policylang.analysis.questions import Questions
from policylang.diagnostics import Diagnostic, quoted
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Requirement
from policylang.lint.places import Places
from policylang.source import Place


class Standing(Enum):
    """How a condition stands whatever the evidence says."""

    SETTLED_BY_EVIDENCE = auto()
    NEVER = auto()
    NEVER_SURELY = auto()  # no evidence makes it so, though it is open while evidence is missing
    ALWAYS = auto()
    ALWAYS_POSSIBLY = auto()  # no evidence makes it not so, though it is open while evidence is missing


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One policy to lint."""

    questions: Questions
    places: Places

    @property
    def graph(self) -> Graph:
        """The policy."""
        return self.questions.graph

    def warn(self, code: str, message: str, place: Place | None, help_: str) -> Diagnostic:
        """A finding."""
        return Diagnostic(code=code, severity="warning", message=message, place=place, help=help_)

    # Questions, answered no where they are not settled

    def never(self, formula: int) -> bool:
        """Whether it is settled that no evidence makes a formula true."""
        return _settled(lambda: self.questions.never(formula))

    def always(self, formula: int) -> bool:
        """Whether it is settled that all evidence makes a formula true."""
        return _settled(lambda: self.questions.always(formula))

    def conflict(self, rule: nodes.Rule, need: Requirement) -> str | None:
        """An action before which it is settled that a requirement is never met where its rule applies."""
        with suppress(Unknown):
            return self.questions.conflict(rule, need)
        return None

    def shadows(self, rule: nodes.Rule, without: Collection[str]) -> tuple[str, ...] | None:
        """The rules of which it is settled that they say all that a rule says."""
        with suppress(Unknown):
            return self.questions.shadows(rule.name, without)
        return None

    def implies(self, a: int, b: int) -> bool:
        """Whether it is settled that a formula is true wherever another is."""
        return self.never(self.questions.prover.beyond(a, [b]))

    def standing(self, *conditions: int) -> Standing:
        """How a condition stands: one node, or one a stage, which then all stand so.

        What rests on a parameter without value is open until it has one, so nothing is said of it.
        """
        found = {self._standing(index) for index in conditions}
        return found.pop() if len(found) == 1 else Standing.SETTLED_BY_EVIDENCE

    def _standing(self, index: int) -> Standing:
        if self.open_parameters([index]):
            return Standing.SETTLED_BY_EVIDENCE
        definite, possible = self.questions.symbols.value(index)
        if self.never(definite):
            never = self.never(possible)
            return Standing.NEVER if never else self._at_most(index, Standing.NEVER_SURELY)
        if self.always(possible):
            always = self.always(definite)
            return Standing.ALWAYS if always else self._at_most(index, Standing.ALWAYS_POSSIBLY)
        return Standing.SETTLED_BY_EVIDENCE

    def _at_most(self, index: int, found: Standing) -> Standing:
        """A standing that leaves a condition open; one that is meant to be open, or said as a gate (P407), is none."""
        below = self.questions.below(index)
        is_disputed = any(isinstance(self.graph.nodes[part], nodes.Disputed) for part in below)
        return Standing.SETTLED_BY_EVIDENCE if is_disputed or self.is_gate(index) else found

    def is_open_always(self, index: int) -> bool:
        """Whether no evidence makes a condition false, for whatever reason."""
        return self.always(self.questions.symbols.possibly(index))

    def is_gate(self, index: int) -> bool:
        """Whether a condition rests on margins under `confidence`: other lints say where these leave no way."""
        return self.graph.header.confidence is not None and self.rests_on_margins(index)

    def rests_on_margins(self, *roots: int) -> bool:
        """Whether conditions rest on measures with a margin."""
        below = (self.graph.nodes[part] for part in self.questions.below(*roots))
        terms = (term for node in below if isinstance(node, nodes.Threshold) for term, _ in node.terms)
        items = (self.graph.inputs[term] for term in terms)
        return any(item.of == "measure" and self.graph.measure[item.name].margin is not None for item in items)

    def open_parameters(self, roots: Iterable[int]) -> list[str]:
        """The parameters without value that conditions rest on."""
        found: set[str] = set()
        for index in self.questions.below(*roots):
            match self.graph.nodes[index]:
                case nodes.Unspecified(parameter=name):
                    found.add(name)
                case nodes.Threshold(terms=terms):
                    found |= {self._open_of(self.graph.inputs[term]) for term, _ in terms}
                case nodes.Attested(control=name):
                    valid = self.graph.control[name].valid
                    found |= {valid.text} if valid is not None and valid.quantity is None else set()
                case _:
                    pass
        return sorted(found - {""})

    def _open_of(self, item: nodes.Input) -> str:
        """The parameter without value that an input is, or that its margin should come from; empty when none is."""
        if item.of == "measure":
            return self.graph.measure[item.name].margin_unspecified
        return item.name if item.of == "parameter" else ""

    def is_dead(self, rule: nodes.Rule) -> bool:
        """Whether a rule never fires, not even possibly."""
        return self.never(self.questions.symbols.possibly(rule.body))

    # Why

    def why_unmet(self, need: Requirement) -> str:
        """Why a requirement can never be met: what is undefined, has no value or never holds; empty if it can alone."""
        if need.valid is not None and need.valid.quantity is None:
            return f"the parameter `{need.valid.text}` has no value"
        reasons = []
        for member, index in zip(need.members, need.nodes, strict=False):
            if self.never(self.questions.symbols.definitely(index)):
                reasons.append(self._why_never(member, index))
        return ", and ".join(dict.fromkeys(reasons)) if len(need.nodes) - len(reasons) < need.count else ""

    def _why_never(self, member: str, index: int) -> str:
        below = [self.graph.nodes[part] for part in self.questions.below(index)]
        names = [node.control for node in below if isinstance(node, nodes.Holds)]
        undefined = sorted({name for name in names if self.graph.control[name].undefined})
        parameters = self.open_parameters([index])
        if undefined:
            return f"{quoted(undefined)} {'is' if len(undefined) == 1 else 'are'} undefined"
        if parameters:
            return f"{quoted(parameters)} {'has' if len(parameters) == 1 else 'have'} no value"
        return f"`{member}` can never hold"


def _settled(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except Unknown:
        return False


def effects(item: syntax.Rule | syntax.Exception_) -> tuple[syntax.Node, ...]:
    """The requirements of a rule or an exception as written, in the order of those of the graph."""
    asked = item.effects if isinstance(item, syntax.Rule) else item.requirements
    kinds = (syntax.RequireControls, syntax.RequireRoles, syntax.NotifyBefore)
    return tuple(effect for effect in asked if isinstance(effect, kinds))
