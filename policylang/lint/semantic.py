"""Semantic lints: what a policy says that can never matter, or always does, proved for every possible input.

Each lint is a function from a scene to findings. Nothing here is an error: a policy may mean what is found, and says so
best in a comment. What the prover cannot settle gives no finding.
"""

from collections.abc import Callable, Iterator, Sequence

from policylang import syntax
from policylang.analysis.questions import Questions
from policylang.decide.decision import Verdict
from policylang.diagnostics import Diagnostic, quoted
from policylang.graph import nodes
from policylang.lint import coverage, levels
from policylang.lint.places import Places
from policylang.lint.scene import Scene, Standing, effects
from policylang.source import Source

MAX_NAMED = 5
"""How many rules a message names."""


_SAID_BY = {"P304": ("P412", "P413"), "P406": ("P406", "P415")}
"""What a warning of the compiler says already of the same place."""


def semantic(
    questions: Questions, sources: Sequence[Source], known: Sequence[Diagnostic] = ()
) -> tuple[Diagnostic, ...]:
    """Warnings about what never or always is so, in the order of the files.

    `sources` are the files that the policy was compiled from; without them findings have no place. What stands at the
    place of a warning that is `known` already is not said again.
    """
    scene = Scene(questions=questions, places=Places(sources))
    said = {(place, code) for one in known for place in [str(one.place)] for code in _SAID_BY.get(one.code, ())}
    found = [finding for lint in LINTS for finding in lint(scene)]
    kept = [one for one in dict.fromkeys(found) if (str(one.place), one.code) not in said]
    order = {source.name: number for number, source in enumerate(sources)}
    return tuple(
        sorted(kept, key=lambda one: (order[one.place.source.name], one.place.span.start) if one.place else (-1, 0))
    )


# Rules


def dead_rules(scene: Scene) -> Iterator[Diagnostic]:
    """Rules whose condition is never so, or for no evidence definitely."""
    for rule in scene.graph.rules:
        tree = scene.places.tree(syntax.Rule, rule.name)
        place = scene.places.of(syntax.Rule, rule.name, [tree.when if isinstance(tree, syntax.Rule) else None])
        match scene.standing(rule.body):
            case Standing.NEVER:
                help_ = "mend its condition, or what that rests on, or delete the rule"
                yield scene.warn("P410", f"rule `{rule.name}` can never fire", place, help_)
            case Standing.NEVER_SURELY:
                message = f"rule `{rule.name}` can never definitely fire: its condition excludes itself"
                help_ = "mend a threshold, or join with `or`; until something is measured the rule counts as possible"
                yield scene.warn("P410", message, place, help_)
            case _:
                pass


def shadowed_rules(scene: Scene) -> Iterator[Diagnostic]:
    """Rules that change no verdict; of rules that say the same, all but the first, so that all found can go at once."""
    gone: list[str] = []
    blunt = {rule.name for rule in scene.graph.rules if _is_blunt(scene, rule)}
    for rule in reversed(scene.graph.rules):
        if scene.standing(rule.body) in (Standing.NEVER, Standing.NEVER_SURELY):
            continue  # said of its condition
        others = scene.shadows(rule, blunt.union(gone))
        if others is None or _renews(scene, rule, others):
            continue
        gone.append(rule.name)
        says = "says" if len(others) == 1 else "together say"
        why = f"{_named(others)} {says} as much wherever it fires" if others else "what it requires is always so"
        place = scene.places.of(syntax.Rule, rule.name)
        help_ = "delete it, or mend its condition; a rule kept for the record may say so in a comment"
        yield scene.warn("P411", f"rule `{rule.name}` changes no verdict: {why}", place, help_)


def _renews(scene: Scene, rule: nodes.Rule, others: Sequence[str]) -> bool:
    """Whether a rule asks for approvals that are renewed as others do not: what is proved knows no age of a fact."""
    asked = {(need.what, need.members, need.valid) for name in others for need in scene.graph.rule[name].requirements}
    return any(
        need.valid is not None and (need.what, need.members, need.valid) not in asked for need in rule.requirements
    )


def _is_blunt(scene: Scene, rule: nodes.Rule) -> bool:
    """Whether a rule stands in the way until a fault that is said elsewhere is mended, or a parameter has a value."""
    needs = rule.requirements if rule.strength == "must" else ()
    indices = [rule.body, *(index for need in needs for index in need.nodes)]
    is_open = bool(scene.open_parameters(indices)) or any(need.valid and not need.valid.quantity for need in needs)
    node = scene.graph.nodes[rule.body]
    is_found = scene.is_open_always(rule.body) and not isinstance(node, nodes.Constant)
    is_found = is_found or scene.standing(rule.body) is Standing.NEVER_SURELY
    return is_open or is_found or any(scene.conflict(rule, need) is not None for need in needs)


def unmeetable(scene: Scene) -> Iterator[Diagnostic]:
    """Requirements that can never be met where their rule applies."""
    for rule in scene.graph.rules:
        tree = scene.places.tree(syntax.Rule, rule.name)
        written = effects(tree) if isinstance(tree, syntax.Rule) else ()
        for number, need in enumerate(rule.requirements if rule.strength == "must" else ()):
            if scene.conflict(rule, need) is None:
                continue
            why = scene.why_unmet(need)
            part = written[number] if number < len(written) else None
            place = scene.places.of(syntax.Rule, rule.name, [part])
            said = why or "what it asks for and when it asks for it exclude each other"
            help_ = "say what shows it, or give the parameter a value; if it is meant never to be met, `forbid` says so"
            if not why:
                help_ = "mend the condition of the rule or of the control; `forbid` says that it is never allowed"
            message = f"`{need.text}` can never be met where `{rule.name}` applies: {said}"
            yield scene.warn("P414", message, place, help_)


def never_permitted(scene: Scene) -> Iterator[Diagnostic]:
    """Actions that no evidence permits, where no other finding, and no plain ban, says why."""
    for term in scene.graph.actions:
        if not scene.never(scene.questions.permitted(term.name)):
            continue
        culprits = _culprits(scene, term.name)
        if not any(_is_plain(scene, scene.graph.rule[name], term.name) for name in culprits):
            why = f"{_named(culprits)} {'stands' if len(culprits) == 1 else 'together stand'} against it always"
            help_ = "mend a condition or a requirement there; a rule without `when` that forbids it says it plainly"
            unset = scene.open_parameters(scene.graph.rule[name].body for name in culprits)
            if unset:
                why = f"{quoted(unset)} {'has' if len(unset) == 1 else 'have'} no value"
                help_ = "give the parameter a value: until then what rests on it is open"
            place = scene.places.of(syntax.Action, term.name)
            yield scene.warn("P416", f"`{term.name}` can never be permitted: {why}", place, help_)


def _culprits(scene: Scene, action: str) -> list[str]:
    """The fewest rules found that together keep an action from being permitted."""
    symbols = scene.questions.symbols
    says = {rule.name: symbols.says(rule, action, Verdict.CONDITIONAL) for rule in scene.graph.rules}
    kept = [name for name, formula in says.items() if formula]
    for name in kept:
        if scene.always(says[name]):
            return [name]
    for name in list(kept):
        rest = [says[other] for other in kept if other != name]
        if scene.always(scene.questions.f.some(rest)):
            kept.remove(name)
    return kept


def _is_plain(scene: Scene, rule: nodes.Rule, action: str) -> bool:
    """Whether a rule bans an action without a condition, or another finding names what cannot be there."""
    if action in rule.forbids:
        is_found = scene.standing(rule.body) in (Standing.ALWAYS, Standing.ALWAYS_POSSIBLY)
        if is_found or (scene.is_gate(rule.body) and scene.is_open_always(rule.body)):
            return True
    needs = [need for need in rule.requirements if action in need.actions]
    return any(scene.conflict(rule, need) is not None for need in needs)


def _named(rules: Sequence[str]) -> str:
    """Rules by name, not too many of them."""
    return (
        quoted(rules)
        if len(rules) <= MAX_NAMED
        else f"{quoted(rules[:MAX_NAMED], ',')} and {len(rules) - MAX_NAMED} more"
    )


# Conditions


def constant_conditions(scene: Scene) -> Iterator[Diagnostic]:
    """Conditions that are always so, of whatever declaration, and those that never are, of all but rules."""
    for what, kind, name, part, found in _conditions(scene):
        place = scene.places.of(kind, name, [part])
        match scene.standing(*found):
            case Standing.ALWAYS:
                help_ = "mend it, or leave it out if that is meant"
                yield scene.warn("P412", f"the condition of {what} is always so", place, help_)
            case Standing.ALWAYS_POSSIBLY:
                message = f"no evidence makes the condition of {what} false"
                help_ = "mend a threshold; while nothing is measured it is open, and otherwise always so"
                if scene.rests_on_margins(*found):
                    help_ = "move the threshold, or make the margin smaller: with it no reading proves the opposite"
                yield scene.warn("P412", message, place, help_)
            case Standing.NEVER if kind is not syntax.Rule or part_is_reading(part):
                yield scene.warn("P413", f"the condition of {what} can never be so", place, "mend it, or leave it out")
            case Standing.NEVER_SURELY if kind is not syntax.Rule or part_is_reading(part):
                message = f"no evidence makes the condition of {what} true: it excludes itself"
                help_ = "mend a threshold, or join with `or`; while nothing is measured it counts as open"
                yield scene.warn("P413", message, place, help_)
            case _:
                pass


def part_is_reading(part: syntax.Node | None) -> bool:
    """Whether the condition is that of one reading of a rule that is disputed."""
    return isinstance(part, syntax.Interpretation)


def _conditions(scene: Scene) -> Iterator[levels.Condition]:
    """Every condition that somebody wrote."""
    graph, tree = scene.graph, scene.places.tree
    for rule in graph.rules:
        node, written = graph.nodes[rule.body], tree(syntax.Rule, rule.name)
        is_bare = isinstance(written, syntax.Rule) and written.when is None
        if isinstance(node, nodes.Disputed) and isinstance(written, syntax.Rule):
            for reading, index in zip(written.interpretations, node.parts, strict=False):
                said = f"the reading `{reading.name.text}` of rule `{rule.name}`"
                yield said, syntax.Rule, rule.name, reading, (index,)
        elif not is_bare and not (written is None and isinstance(node, nodes.Constant)):
            yield f"rule `{rule.name}`", syntax.Rule, rule.name, getattr(written, "when", None), (rule.body,)
    for kind, word, items in (
        (syntax.Exception_, "exception", graph.exemptions),
        (syntax.Duty, "duty", graph.duties),
    ):
        for item in items:
            when = getattr(tree(kind, item.name), "when", None)
            if when is not None:
                yield f"{word} `{item.name}`", kind, item.name, when, (item.body,)
    for definition in graph.definitions:
        part = getattr(tree(syntax.Define, definition.name), "condition", None)
        yield f"`{definition.name}`", syntax.Define, definition.name, part, (definition.part,)
    for control in graph.controls:
        if control.holds is not None:
            part = getattr(tree(syntax.Control, control.name), "holds", None)
            yield f"control `{control.name}`", syntax.Control, control.name, part, (control.holds,)
    yield from levels.conditions(scene)


# Exceptions and clocks


def idle_exceptions(scene: Scene) -> Iterator[Diagnostic]:
    """Exceptions that never lift any of their rules."""
    f, symbols = scene.questions.f, scene.questions.symbols
    for item in scene.graph.exemptions:
        if scene.standing(item.body) in (Standing.NEVER, Standing.NEVER_SURELY):
            continue  # said of its condition
        rules = [scene.graph.rule[name] for name in item.rules]
        lifts = f.some(
            f.every((symbols.possibly(rule.body), symbols.lift(item, action)))
            for rule in rules
            for action in (sorted(rule.covers) or [""])
        )
        if not scene.never(lifts):
            continue
        tree = scene.places.tree(syntax.Exception_, item.name)
        why, parts = "it never holds where one of its rules may fire", [getattr(tree, "when", None)]
        unmet = [(number, scene.why_unmet(need)) for number, need in enumerate(item.requirements)]
        number, reason = next(((number, reason) for number, reason in unmet if reason), (0, ""))
        if all(map(scene.is_dead, rules)):
            why = f"{quoted(item.rules)} can never fire"
            parts = list(tree.rules[:1]) if isinstance(tree, syntax.Exception_) else []
        elif reason:
            why = reason
            parts = list(effects(tree)[number : number + 1]) if isinstance(tree, syntax.Exception_) else []
        place = scene.places.of(syntax.Exception_, item.name, parts)
        help_ = "mend what it asks for, name the rule it is meant for, or delete it"
        yield scene.warn("P420", f"exception `{item.name}` lifts nothing: {why}", place, help_)


def idle_clocks(scene: Scene) -> Iterator[Diagnostic]:
    """Duties and notifications whose clock never runs: no event starts it, or the same event ends it."""
    for duty in scene.graph.duties:
        tree = scene.places.tree(syntax.Duty, duty.name)
        if duty.every is not None and duty.start and duty.start == duty.until:
            message = f"the clock of duty `{duty.name}` never runs: `{duty.start}` starts it and ends it"
            place = scene.places.of(syntax.Duty, duty.name, [getattr(tree, "until", None)])
            yield scene.warn("P421", message, place, "end it with another event, or leave out `until`")
        elif duty.every is not None and not duty.start and not scene.graph.header.effective:
            message = f"nothing starts the clock of duty `{duty.name}`: it is never overdue until it was done once"
            place = scene.places.of(syntax.Duty, duty.name)
            yield scene.warn("P421", message, place, "say `from EVENT`, or state `effective DATE` in the header")
        elif duty.event and _never_together(scene, duty.body, duty.event):
            message = f"the clock of duty `{duty.name}` never runs: once `{duty.event}` is recorded it applies no more"
            place = scene.places.of(syntax.Duty, duty.name, [getattr(tree, "when", None)])
            yield scene.warn("P421", message, place, "mend its condition, or count from another event")
    for rule in scene.graph.rules:
        written = getattr(scene.places.tree(syntax.Rule, rule.name), "effects", ())
        told = [effect for effect in written if isinstance(effect, syntax.NotifyWithin)]
        for number, notice in enumerate(rule.notices):
            if notice.event and _never_together(scene, rule.body, notice.event):
                message = f"this clock never runs: once `{notice.event}` is recorded `{rule.name}` can no longer fire"
                place = scene.places.of(syntax.Rule, rule.name, told[number : number + 1])
                yield scene.warn("P421", message, place, "mend the condition, or count from another event")


def _never_together(scene: Scene, body: int, event: str) -> bool:
    symbols = scene.questions.symbols
    fires, happened = symbols.possibly(body), symbols.recorded(("event", event), ["yes"])
    return scene.never(scene.questions.f.every((fires, happened))) and not scene.never(fires)


LINTS: tuple[Callable[[Scene], Iterator[Diagnostic]], ...] = (
    dead_rules,
    shadowed_rules,
    constant_conditions,
    unmeetable,
    coverage.gaps,
    never_permitted,
    levels.out_of_order,
    levels.out_of_reach,
    levels.unjudged,
    idle_exceptions,
    idle_clocks,
    coverage.wrong_way,
    coverage.unused,
)
"""Every lint, in the order of their codes."""
