"""The words of a difference: what a clause was and is, in a line each."""

import dataclasses
import re
from collections.abc import Sequence

from policylang.analysis.difference import Change, Clause, Direction, Layer
from policylang.analysis.words import condition
from policylang.graph import nodes
from policylang.graph.nodes import Category, Exemption, Graph, Requirement, Rule

Declared = Rule | Exemption | nodes.Duty


def tracked(old: Category | None, new: Category | None) -> Change:
    """A category that is gone, or new."""
    is_gone = old is not None
    item = old if old is not None else new
    assert item is not None  # one of the two
    return Change(
        direction=Direction.LOOSER if is_gone else Direction.STRICTER,
        layer=Layer.THRESHOLDS,
        clause=Clause(kind="category", name=item.name, cites=item.cites),
        sentence=f"`{item.name}` is {'no longer tracked' if is_gone else 'tracked from now on'}",
        was="tracked" if is_gone else "",
        now="" if is_gone else "tracked",
    )


def staged(change: Change, stages: Sequence[str | None], count: int) -> Change:
    """A change that is the same at several stages, said once."""
    if len(stages) < 2:
        return change
    at = "every stage" if len(stages) == count else ", ".join(str(stage) for stage in stages)
    sentence = change.sentence
    for stage in stages:
        sentence = sentence.removesuffix(f" at {stage}")
    was, now, *region = (unstaged(text, stages) for text in (change.was, change.now, *change.region))
    return dataclasses.replace(change, region=tuple(region), sentence=f"{sentence} at {at}", was=was, now=now)


def unstaged(text: str, stages: Sequence[str | None]) -> str:
    """A text with some stages left out."""
    for stage in stages:
        text = re.sub(rf"\.{stage}\b", "", text)  # not of a stage whose name begins with this one's
    return text


def level_clause(graph: Graph, item: Category, level: str, stage: str | None) -> str:
    """The condition of one level at a stage."""
    rank = item.ladder.index(level)
    texts = [condition(graph, node) for r, s, node in item.clauses if s == stage and r == rank]
    return f"{level} when {' or '.join(texts)}" if texts else f"no condition for {level}"


def clause_of(kind: str, old: Declared | None, new: Declared | None) -> Clause:
    """What changed, and where it stands in both."""
    item = new if new is not None else old
    assert item is not None  # one of the two
    return Clause(
        kind=kind,
        name=item.name,
        cites=item.cites,
        old=None if old is None else old.where,
        new=None if new is None else new.where,
    )


def listed(names: Sequence[str]) -> str:
    """Names, in backticks."""
    return ", ".join(f"`{name}`" for name in names)


def when(graph: Graph, rule: Rule) -> str:
    """The condition of a rule."""
    text = condition(graph, rule.body)
    return text if text in ("always", "never") else f"when {text}"


def forbids(rule: Rule) -> str:
    """What a rule forbids."""
    return f"forbids {', '.join(rule.forbids)}" if rule.forbids else "forbids nothing"


def asked(need: Requirement) -> str:
    """What is required, and before which actions."""
    return f"{need.text} before {', '.join(need.actions)}" if need.actions else need.text


def requires(rule: Rule) -> str:
    """What a rule requires."""
    return "requires " + "; ".join(sorted(map(asked, rule.requirements))) if rule.requirements else "requires nothing"


def sentence_of_forbids(old: Rule, new: Rule) -> str:
    """What a rule no longer forbids, and what it forbids too."""
    gone = [action for action in old.forbids if action not in new.forbids]
    added = [action for action in new.forbids if action not in old.forbids]
    said_ = [f"no longer forbids {listed(gone)}"] if gone else []
    said_ += [f"forbids {listed(added)} too"] if added else []
    return f"`{new.name}` {' and '.join(said_)}"


def in_words(graph: Graph, rule: Rule) -> str:
    """A rule in one line."""
    effects = [forbids(rule)] if rule.forbids else []
    effects += [requires(rule)] if rule.requirements else []
    effects += [f"notifies {', '.join(n.roles)} within {n.within.text}" for n in rule.notices]
    return f"{when(graph, rule)}: {'; '.join(effects)}"


def excepts(graph: Graph, item: Exemption) -> str:
    """An exception in one line: from which rules, when, and what it requires."""
    needs = "; ".join(map(asked, item.requirements))
    when = condition(graph, item.body)
    return f"{', '.join(item.rules)} when {when}{f', requiring {needs}' if needs else ''}"
