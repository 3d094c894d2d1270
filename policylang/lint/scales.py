"""Lints of levels and stages: those that nothing depends on, those jumped over, and gates at the wrong stage."""

import re
from collections.abc import Iterator
from typing import Any

from policylang import syntax
from policylang.check.meanings import LevelCompared, OverCategories
from policylang.diagnostics import Diagnostic, quoted
from policylang.lint import tree
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View


def idle_levels(view: View) -> Iterator[Diagnostic]:
    """Levels of risk that make no difference: nothing asks whether a category is there or one below."""
    asked: dict[str, set[int]] = {}
    for one in _compared(view):
        ladder = view.resolved.named["category"][one.name].ladder.text
        asked.setdefault(ladder, set()).update(_steps(one))
    for _, item in tree.declared(view, "ladder"):
        steps = asked.get(item.name.text, set())
        if not steps or -1 in steps:
            continue  # nothing asks at all, or a parameter says of which level
        idle = [level for rank, level in enumerate(item.levels) if rank and rank not in steps]
        if idle and idle[0] is not item.levels[-1]:
            shown = quoted((level.text for level in idle), "or")
            message = f"it makes no difference whether a category reaches {shown} on `{item.name.text}`"
            yield view.warn("L220", idle[0], message, "add what the published text asks for there, if anything")


def _compared(view: View) -> Iterator[LevelCompared]:
    """Every comparison of a category with a level, in the whole policy but its tests and claims."""
    for meaning in view.checked.meanings.values():
        match meaning:
            case LevelCompared(of="category"):
                yield meaning
            case OverCategories(comparisons=comparisons):
                yield from comparisons
            case _:
                pass


def _steps(one: LevelCompared) -> set[int]:
    """The ranks that a comparison tells from the rank below."""
    if one.level is None:
        return {-1}
    match one.operator:
        case ">=" | "<":
            return {one.level}
        case ">" | "<=":
            return {one.level + 1}
        case _:
            return {one.level, one.level + 1}


def jumped_levels(view: View) -> Iterator[Diagnostic]:
    """Levels without a condition between two that have one, in a category that nobody assesses."""
    for _, item in tree.declared(view, "category"):
        levels = [level.text for level in view.resolved.named["ladder"][item.ladder.text].levels]
        ranks = {levels.index(clause.level.text): clause for clause in item.clauses}
        if item.assessed is not None or len(ranks) < 2:
            continue
        missing = [levels[rank] for rank in range(min(ranks), max(ranks)) if rank not in ranks]
        if missing:
            above = ranks[
                min(rank for rank in ranks if levels[rank] not in missing and rank > levels.index(missing[0]))
            ]
            message = f"nothing puts `{item.name.text}` at {quoted(missing, 'or')}: it jumps to `{above.level.text}`"
            help_ = "add the condition of the level between, or `assessed by ROLE`"
            yield view.warn("L221", above.level, message, help_)


def excepted(view: View) -> Iterator[Diagnostic]:
    """Categories that a quantifier leaves out, and nothing says why."""
    for item, nodes in view.walked:
        if isinstance(item, syntax.Test | syntax.Situation | syntax.Invariant):
            continue
        found = [node for node in nodes if isinstance(node, syntax.Quantified) and node.excepted]
        if found and not getattr(item, "cites", ()) and not tree.beside(view, item):
            names = quoted(name.text for name in found[0].excepted)
            message = f"`{tree.words_of(item)}` leaves out {names}, and nothing says why"
            help_ = "cite what the published text says of it, or say why in a comment"
            yield view.warn("L222", found[0].excepted[0], message, help_)


def idle_stages(view: View) -> Iterator[Diagnostic]:
    """Stages that no condition speaks of: what is measured there is measured for nothing."""
    asked = {getattr(meaning, "stage", None) for meaning in view.checked.meanings.values()}
    asked |= {
        one.stage
        for meaning in view.checked.meanings.values()
        if isinstance(meaning, OverCategories)
        for one in meaning.comparisons
    }
    asked |= {atom.stage for meaning in view.checked.meanings.values() for atom in getattr(meaning, "terms", ())}
    for _, item in tree.declared(view, "stage"):
        if item.name.text not in asked:
            message = f"no condition speaks of the stage `{item.name.text}`"
            help_ = f"ask about it, as in `any category.{item.name.text} >= …`, or delete it"
            yield view.warn("L223", item.name, message, help_)


_BEFORE = re.compile(r"(?:^|_)(?:pre|unmitigated|raw|before|elicited)(?:_|$)|^pre")
_AFTER = re.compile(r"(?:^|_)(?:post|mitigated|residual|after|released?)(?:_|$)|^post")
_RELEASE = re.compile(r"^(?:deploy|release|publish|launch|ship|general_availability)")


def release_unmitigated(view: View) -> Iterator[Diagnostic]:
    """Bans of a release that look at the model before mitigations only, where a stage after them is declared."""
    stages = list(view.resolved.named["stage"])
    after = next((stage for stage in stages if _AFTER.search(stage)), None)
    if after is None:
        return
    for _, item in tree.declared(view, "rule"):
        banned = [name for effect in item.effects if isinstance(effect, syntax.Forbid) for name in effect.actions]
        released = next((name for name in banned if _RELEASE.search(name.text)), None)
        asked = _stages_of(item)
        if released is None or not asked or item.cites or tree.beside(view, item):
            continue
        if all(_BEFORE.search(stage) for stage in asked):
            message = (
                f"`{released.text}` is forbidden by what {quoted(sorted(asked))} shows, and no mitigation lifts it"
            )
            help_ = f"if mitigations count, judge `{after}`; if not, say so in a comment or cite the clause"
            yield view.warn("L224", released, message, help_)


def _stages_of(item: Any) -> set[str]:
    """The stages that the condition of a rule speaks of."""
    found: set[str] = set()
    for node in tree.nodes(item):
        if isinstance(node, syntax.Reference | syntax.Quantified) and node.stage is not None:
            found.add(node.stage.text)
    return found


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.THRESHOLDS, personas=personas, find=find)
    for code, personas, find in (
        ("L220", READERS, idle_levels),
        ("L221", EVERYBODY, jumped_levels),
        ("L222", READERS, excepted),
        ("L223", EVERYBODY, idle_stages),
        ("L224", READERS, release_unmitigated),
    )
)
