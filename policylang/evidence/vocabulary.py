"""Neutral terms: what the names of different policies have in common, and claims about a model made in them.

Publishers call the same thing by different names, and different things by the same. A vocabulary says, for each policy,
which neutral terms its actions, stages, categories and roles stand for, and at which level of which category a
capability in neutral words is reached. So one table shows several policies side by side, and one claim about a model
(`bio_novice_uplift` is reached before mitigation) is an assessment under each of them.

A claim is carried over only where it settles the level: every level above must be claimed not to be reached. What is
not claimed stays open, so that nothing is safe because nobody spoke of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policylang.clocks import Moment, in_future
from policylang.diagnostics import Diagnostic, EvidenceError, nearest
from policylang.evidence.document import Findings, Stopped, path_text, shown
from policylang.evidence.facts import Evidence, Fact
from policylang.evidence.reader import read_document
from policylang.graph.nodes import Category, Graph
from policylang.source import Source

SCHEMA = "policylang/vocabulary/v1"
REACHED, NOT_REACHED = "reached", "not_reached"

_Terms = Mapping[str, str]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Part):
    """What the names of one policy stand for; an action may be of several surfaces, or of none."""

    policy: str
    version: str
    actions: Mapping[str, tuple[str, ...]] = {}
    stages: Mapping[str, str] = {}
    categories: Mapping[str, tuple[str, ...]] = {}
    roles: Mapping[str, str] = {}
    capabilities: Annotated[
        Mapping[str, Mapping[str, str]], Field(description="category to level to the capability that reaches it")
    ] = {}


class Vocabulary(_Part):
    """Neutral terms with what they mean, surfaces from the narrowest to the widest, and the names of each policy."""

    schema_: Annotated[Literal["policylang/vocabulary/v1"], Field(alias="schema")]
    surfaces: _Terms
    activities: _Terms
    stages: _Terms
    categories: _Terms
    roles: _Terms
    capabilities: _Terms
    policies: tuple[Names, ...]

    def names_of(self, graph: Graph) -> Names | None:
        """What the names of a policy stand for; None of one that the vocabulary does not know."""
        header = graph.header
        found = (item for item in self.policies if (item.policy, item.version) == (header.name, header.version))
        return next(found, None)

    def admit(self, evidence: Evidence, graphs: Sequence[Graph], as_of: Moment) -> list[Diagnostic]:
        """What is wrong with the claims of the evidence."""
        found: list[Diagnostic] = []
        for fact in evidence.facts:
            if not self._is_claim(fact, graphs):
                continue
            claim = f"the claim about `{fact.about}`"
            if fact.about not in self._lines(graphs):
                message = f"no policy here draws a line at `{fact.about}`, so the claim says nothing"
                help_ = "leave it out, or add to the vocabulary where a policy draws it"
                found.append(Diagnostic(code="E201", message=message, place=fact.place, help=help_))
            if fact.level not in (REACHED, NOT_REACHED):
                message, help_ = f"{claim} has no level {shown(fact.level or '')}", f"`{REACHED}` or `{NOT_REACHED}`"
                found.append(Diagnostic(code="E202", message=message, place=fact.place, help=help_))
            if fact.stage not in self.stages:
                message = f"{claim} is at no stage that all policies understand"
                help_ = nearest(fact.stage or "", self.stages)
                found.append(Diagnostic(code="E202", message=message, place=fact.place, help=help_))
            if fact.by not in self.roles:
                message = f"{claim} is by {shown(fact.by or '')}, which is no neutral role"
                help_ = nearest(fact.by or "", self.roles)
                found.append(Diagnostic(code="E201", message=message, place=fact.place, help=help_))
            if in_future(fact.at, as_of):
                message = f"{claim} is of {fact.at}, after the as-of date {as_of}"
                found.append(Diagnostic(code="E204", message=message, place=fact.place, help="mend the date"))
        return found

    def plain(self, evidence: Evidence, graphs: Sequence[Graph]) -> Evidence:
        """The evidence without its claims: what is said in the words of policies."""
        return replace(evidence, facts=tuple(fact for fact in evidence.facts if not self._is_claim(fact, graphs)))

    def translated(self, evidence: Evidence, graphs: Sequence[Graph], graph: Graph) -> Evidence:
        """The evidence under one of the policies: its claims as assessments of that policy's categories."""
        plain = self.plain(evidence, graphs)
        names = self.names_of(graph)
        if names is None or len(plain.facts) == len(evidence.facts):
            return plain
        claims = self._latest(fact for fact in evidence.facts if self._is_claim(fact, graphs))
        carried = [fact for fact in _assessments(names, graph, claims) if _raises(fact, graph, plain.facts)]
        return replace(plain, facts=(*plain.facts, *carried))

    def _is_claim(self, fact: Fact, graphs: Sequence[Graph]) -> bool:
        is_neutral = fact.kind == "assessment" and fact.about in self.capabilities
        return is_neutral and not any(fact.about in graph.category for graph in graphs)

    def _lines(self, graphs: Sequence[Graph]) -> set[str]:
        """The capabilities at which one of the policies draws a line."""
        known = (names for graph in graphs if (names := self.names_of(graph)) is not None)
        return {term for names in known for levels in names.capabilities.values() for term in levels.values()}

    def _latest(self, claims: Iterator[Fact]) -> Mapping[tuple[str, str], Fact]:
        """Of several claims about one capability at one stage the latest; of one day, that it is reached."""
        found: dict[tuple[str, str], Fact] = {}
        for claim in claims:
            key = claim.about, claim.stage or ""
            other = found.get(key)
            if other is None or _order(claim) > _order(other):
                found[key] = claim
        return found


def _order(claim: Fact) -> tuple[int, bool]:
    return claim.at.last, claim.level == REACHED


def _assessments(names: Names, graph: Graph, claims: Mapping[tuple[str, str], Fact]) -> Iterator[Fact]:
    """What claims say of the categories of a policy that somebody may assess."""
    for category in graph.categories:
        wanted = names.capabilities.get(category.name, {})
        for stage, _ in category.reached:
            neutral = "unmitigated" if stage is None else names.stages.get(stage, "")
            mine = {level: claims.get((capability, neutral)) for level, capability in wanted.items()}
            level = _settled(category, mine)
            known = [claim for claim in mine.values() if claim is not None]
            if level and category.assessed:
                latest = max(known, key=_order)
                about = ", ".join(claim.about for claim in known)
                said = f"claimed in neutral terms ({about})" + (f", {latest.source}" if latest.source else "")
                ends = [claim.expires for claim in known if claim.expires is not None]
                yield replace(
                    latest,
                    about=category.name,
                    stage=stage,
                    level=level,
                    by=category.assessed,
                    source=said,
                    expires=min(ends, key=lambda end: end.last, default=None),  # it rests on all of them
                )


def _raises(carried: Fact, graph: Graph, facts: Sequence[Fact]) -> bool:
    """Whether a claim says more than every assessment that was made in the words of the policy; it lowers none."""
    ladder = graph.category[carried.about].ladder
    made = [f for f in facts if f.kind == "assessment" and (f.about, f.stage) == (carried.about, carried.stage)]
    ranks = [ladder.index(fact.level) for fact in made if fact.level in ladder]
    return all(ladder.index(carried.level or "") > rank for rank in ranks)


def _settled(category: Category, claims: Mapping[str, Fact | None]) -> str:
    """The level that claims settle: the highest one reached, when every one above is not; empty when none is."""
    for level in reversed(category.ladder[1:]):
        claim = claims.get(level)
        if claim is None:
            return ""
        if claim.level == REACHED:
            return level
    return category.ladder[0]


def vocabulary_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a vocabulary."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{SCHEMA.replace('/', ':')}"}
    return {**head, **Vocabulary.model_json_schema(), "title": "Neutral terms of policies"}


def read_vocabulary(source: Source) -> Vocabulary:
    """The vocabulary in a YAML file; raises EvidenceError with everything wrong with it."""
    document, wrong = read_document(source)
    if document is None or wrong:
        raise EvidenceError(wrong)
    findings = Findings(source)
    try:
        vocabulary = Vocabulary.model_validate(document.root)
        for path, term, known in _mentions(vocabulary):
            if term not in known:
                message = f"`{path_text(path)}` is {shown(term)}, which is no neutral term"
                findings.add("E207", message, document.value(path), help=nearest(term, known))
        if not findings.found:
            return vocabulary
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            path = tuple(problem["loc"])
            message = f"`{path_text(path)}` cannot be used: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
            findings.add("E207", message, document.value(path), help="docs/vocabulary.md shows a vocabulary")
    except Stopped:
        pass
    raise EvidenceError(findings.found)


def _mentions(vocabulary: Vocabulary) -> Iterator[tuple[tuple[str | int, ...], str, Mapping[str, Any]]]:
    """Every neutral term that a policy's names stand for, where it stands, and what it may be."""
    for number, names in enumerate(vocabulary.policies):
        at = ("policies", number)
        surfaces = {**vocabulary.surfaces, **vocabulary.activities}
        for field, table, known in (
            ("actions", names.actions, surfaces),
            ("categories", names.categories, vocabulary.categories),
        ):
            for name, terms in table.items():
                yield from (((*at, field, name, place), term, known) for place, term in enumerate(terms))
        for name, term in names.stages.items():
            yield (*at, "stages", name), term, vocabulary.stages
        for name, term in names.roles.items():
            yield (*at, "roles", name), term, vocabulary.roles
        for name, levels in names.capabilities.items():
            for level, term in levels.items():
                yield (*at, "capabilities", name, level), term, vocabulary.capabilities
