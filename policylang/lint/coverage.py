"""Semantic lints of declarations: what no rule covers, what nothing uses, and measures that count the wrong way."""

from collections.abc import Iterable, Iterator

from policylang import syntax
from policylang.analysis.formula import Key, Reach
from policylang.analysis.verdicts import STEPS
from policylang.diagnostics import Diagnostic
from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.lint.scene import Scene


def gaps(scene: Scene) -> Iterator[Diagnostic]:
    """Actions that no binding rule covers, and categories that nothing asks for."""
    for name in scene.questions.uncovered():
        place = scene.places.of(syntax.Action, name)
        message = f"no binding rule covers the action `{name}`: silence is not permission"
        yield scene.warn("P415", message, place, "add a rule that forbids it or says what it requires")
    for name in scene.questions.unused_categories():
        if scene.places.is_own(syntax.Category, name):
            place = scene.places.of(syntax.Category, name)
            message = f"no rule, exception or duty asks for the level of `{name}`"
            yield scene.warn("P415", message, place, "add a rule for it: nothing follows from its level")


def wrong_way(scene: Scene) -> Iterator[Diagnostic]:
    """Measures of which a worse value loosens whatever rests on it, everywhere: the wrong end is called worse."""
    f, symbols = scene.questions.f, scene.questions.symbols
    wholes = [symbols.strict(term.name, step) for term in scene.graph.actions for step in STEPS]
    wholes += [formula for rule in scene.graph.rules for formula in symbols.value(rule.body)]
    wholes += [formula for duty in scene.graph.duties for formula in symbols.value(duty.body)]
    found: dict[Key, set[bool]] = {}
    for whole in dict.fromkeys(wholes):
        for part, signs in f.signs(whole).items():
            atom = f[part].atom
            if isinstance(atom, Reach):
                for key, factor in atom.terms:
                    measure = scene.graph.measure.get(key[1]) if key[0] == "measure" else None
                    if measure is not None:
                        towards = (factor > 0) == (measure.worse == "higher")
                        found.setdefault(("measure", key[1]), set()).update(sign == towards for sign in signs)
    for measure in scene.graph.measures:
        if found.get(("measure", measure.name)) == {False}:
            other = "lower" if measure.worse == "higher" else "higher"
            place = scene.places.of(syntax.Measure, measure.name)
            message = f"a worse `{measure.name}` only ever loosens: it is worse when {measure.worse}"
            help_ = f"say `worse when {other}`, or turn the conditions on it round"
            yield scene.warn("P422", message, place, help_)


def unused(scene: Scene) -> Iterator[Diagnostic]:
    """Roles and events of the policy's own file that nothing uses."""
    graph = scene.graph
    roles = set(_roles(graph))
    events = set(_events(scene))
    for kind, word, terms, used in (
        (syntax.Role, "role", graph.roles, roles),
        (syntax.Event, "event", graph.events, events),
    ):
        for term in terms:
            if term.name not in used and scene.places.is_own(kind, term.name):
                place = scene.places.of(kind, term.name)
                help_ = "use it in a rule or a duty, or delete it"
                yield scene.warn("P406", f"nothing uses the {word} `{term.name}`", place, help_)


def _roles(graph: Graph) -> Iterable[str]:
    """The roles that have something to do or to hear."""
    yield from (item.attested for item in graph.controls)
    yield from (item.assessed for item in graph.categories)
    ruled: tuple[nodes.Rule | nodes.Exemption, ...] = (*graph.rules, *graph.exemptions)
    for item in ruled:
        yield from (role for need in item.requirements if not need.nodes for role in need.members)
    for rule in graph.rules:
        yield rule.waivable
        yield from (role for notice in rule.notices for role in notice.roles)
    yield from (role for veto in graph.vetoes for role in veto.roles)
    for duty in graph.duties:
        yield from (duty.by, *duty.to)
    yield from (role for amendment in graph.amendments for _, role in amendment.needs)
    yield from (role for role, _ in graph.header.approved)


def _events(scene: Scene) -> Iterable[str]:
    """The events that start or end a clock, make evidence stale, or that a condition of the policy rests on."""
    graph = scene.graph
    yield from (notice.event for rule in graph.rules for notice in rule.notices)
    yield from (event for duty in graph.duties for event in (duty.start, duty.until, duty.event))
    yield from (cadence.event for cadence in graph.cadences)
    claims = [node for item in graph.invariants for node in (item.body, item.control) if node is not None]
    for index in scene.questions.asked() | scene.questions.below(*claims):
        node = graph.nodes[index]
        if isinstance(node, nodes.Happened):
            yield node.event
