"""Semantic lints of categories: levels out of order, out of reach, and those that nobody has judged."""

from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, quoted
from policylang.graph import nodes
from policylang.graph.nodes import Category
from policylang.lint.scene import Scene, Standing

Condition = tuple[str, type, str, syntax.Node | None, tuple[int, ...]]
"""What it is of, in words; the declaration; the part that shows it; its nodes, one a stage."""


def conditions(scene: Scene) -> Iterator[Condition]:
    """The conditions of levels, but for one of the top that is found to be out of reach."""
    for item in scene.graph.categories:
        lost = _lost(scene, item)
        for rank, found in _clauses(item).items():
            if rank not in lost:
                level = item.ladder[rank]
                if scene.standing(*found) is Standing.ALWAYS_POSSIBLY and not scene.questions.asked() & set(found):
                    continue  # a margin as large as a threshold that nothing rests on does no harm
                yield f"level `{level}` of `{item.name}`", syntax.Category, item.name, _when(scene, item, rank), found


def _clauses(item: Category) -> dict[int, tuple[int, ...]]:
    """The conditions of a category by rank, each with a node for every stage."""
    found: dict[int, tuple[int, ...]] = {}
    for rank, _, node in item.clauses:
        found[rank] = (*found.get(rank, ()), node)
    return dict(sorted(found.items()))


def _clause(scene: Scene, item: Category, rank: int) -> syntax.LevelClause | None:
    tree = scene.places.tree(syntax.Category, item.name)
    clauses = tree.clauses if isinstance(tree, syntax.Category) else ()
    return next((clause for clause in clauses if clause.level.text == item.ladder[rank]), None)


def _when(scene: Scene, item: Category, rank: int) -> syntax.Expression | None:
    clause = _clause(scene, item, rank)
    return None if clause is None else clause.condition


def out_of_order(scene: Scene) -> Iterator[Diagnostic]:
    """Levels whose condition is so only where that of a higher level is too: they are never the level reached."""
    symbols, f = scene.questions.symbols, scene.questions.f
    for item in scene.graph.categories:
        clauses = _clauses(item)
        for rank, own in clauses.items():
            higher = {above: found for above, found in clauses.items() if above > rank}
            if not higher or scene.standing(*own) is not Standing.SETTLED_BY_EVIDENCE:
                continue
            if any(scene.standing(*found) is Standing.ALWAYS for found in higher.values()):
                continue  # said of that condition
            above = [f.some(symbols.definitely(found[stage]) for found in higher.values()) for stage in range(len(own))]
            if scene.open_parameters(own) or not all(
                scene.implies(symbols.definitely(node), any_above) for node, any_above in zip(own, above, strict=True)
            ):
                continue
            over = next(
                (
                    [other]
                    for other, found in higher.items()
                    if all(
                        scene.implies(symbols.definitely(node), symbols.definitely(one))
                        for node, one in zip(own, found, strict=True)
                    )
                ),
                list(higher),
            )
            names = quoted((item.ladder[other] for other in over), "or")
            clause = _clause(scene, item, rank)
            place = scene.places.of(syntax.Category, item.name, [clause.condition if clause is not None else None])
            message = f"this never puts `{item.name}` at `{item.ladder[rank]}`: where it is so, that of {names} is too"
            help_ = "a higher level asks for more: mend one of the two thresholds, or leave this line out"
            yield scene.warn("P417", message, place, help_)


def _lost(scene: Scene, item: Category) -> list[int]:
    """The ranks at the top of a ladder that nothing brings a category to: no condition, and no assessment."""
    symbols = scene.questions.symbols
    lost: list[int] = []
    for rank in range(len(item.ladder) - 1, 0, -1):
        reached = [levels[rank - 1] for _, levels in item.reached]
        if scene.open_parameters(reached) or not all(scene.never(symbols.definitely(node)) for node in reached):
            break
        below = (scene.graph.nodes[part] for part in scene.questions.below(*reached))
        if any(isinstance(node, nodes.Disputed) for node in below):
            break
        lost.append(rank)
    return lost


def out_of_reach(scene: Scene) -> Iterator[Diagnostic]:
    """Categories without a way to the top of their ladder."""
    for item in scene.graph.categories:
        lost = _lost(scene, item)
        if lost:
            names = quoted((item.ladder[rank] for rank in sorted(lost)), "or")
            clauses = [_when(scene, item, rank) for rank in lost]
            place = scene.places.of(syntax.Category, item.name, clauses)
            written = any(clause is not None for clause in clauses)
            why = "its condition is never so, and nobody assesses it" if written else "it has no condition or assessor"
            if len(lost) > 1:
                why = "none has a condition that is ever so, and nobody assesses them"
            message = f"nothing brings `{item.name}` to {names}: {why}"
            help_ = f"say `{item.ladder[lost[0]]} when …`, or `assessed by ROLE`"
            yield scene.warn("P418", message, place, help_)


def unjudged(scene: Scene) -> Iterator[Diagnostic]:
    """Levels that rules ask for, without a condition beside levels that have one: not reached until assessed."""
    asked = {
        (node.category, node.level)
        for node in (scene.graph.nodes[index] for index in scene.questions.asked())
        if isinstance(node, nodes.Reached)
    }
    for item in scene.graph.categories:
        clauses = _clauses(item)
        bare = [rank for rank in range(1, len(item.ladder)) if rank not in clauses and (item.name, rank) in asked]
        if item.assessed and clauses and bare:
            tree = scene.places.tree(syntax.Category, item.name)
            place = scene.places.of(syntax.Category, item.name, [getattr(tree, "assessed", None)])
            names = quoted((item.ladder[rank] for rank in bare), "and")
            counts = "counts" if len(bare) == 1 else "count"
            message = f"while nobody assesses `{item.name}`, {names} {counts} as not reached: no score shows it"
            first = item.ladder[bare[0]]
            help_ = f"add `{first} when …`, or take all its conditions away: what is only judged is open until then"
            yield scene.warn("P419", message, place, help_)
