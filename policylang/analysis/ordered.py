"""What changed and is not arithmetic: compared by order, clause by clause, between policies aligned by name.

Here stands what a policy says of itself and of time: confidence, force, cadences, amendments, invariants, the words it
declares. `ordered_evidence` has what readings and attestations must satisfy, `ordered_rules` what is asked of people.

Left to whoever compares formulas: thresholds and levels, the conditions of categories, `holds when`, rules, exceptions
and duties, which rules, exceptions, controls and categories there are, what rules forbid and require of whom (quorums
too), and interpretations. Whether a category may be assessed at all is told here and shows in its formula as well.
"""

from collections.abc import Iterable, Iterator, Sequence

from policylang.analysis.difference import Change, Clause, Direction, Layer
from policylang.analysis.ordered_evidence import evidence_changes
from policylang.analysis.ordered_rules import rule_changes
from policylang.analysis.orders import Order, compared_demands, compared_periods, period_text, toward
from policylang.clocks import parse_moment
from policylang.diagnostics import quoted
from policylang.graph import canonical
from policylang.graph.nodes import Amendment, Attribute, Cadence, Graph, Header, Parameter, Unspecified
from policylang.kinds import Kind, decimal_text, value_text

_FORCES = {"": 0, "voluntary": 1, "legal": 2}
_AMENDING = {"consultation": 1, "approval": 2}


def ordered(old: Graph, new: Graph) -> list[Change]:
    """Every change that order tells, of two policies under the same names; sorted, empty when there is none."""
    if old.digest and old.digest == new.digest:
        return []
    found = [
        *_header(old, new),
        *evidence_changes(old, new),
        *_cadences(old.cadences, new.cadences),
        *rule_changes(old, new),
        *_amendments(old.amendments, new.amendments),
        *_invariants(old, new),
        *_words(old, new),
        *_actions(old, new),
        *_attributes(old, new),
        *_parameters(old, new),
    ]
    return sorted(found, key=lambda change: (change.clause.kind, change.clause.name, change.sentence))


def _made(
    clause: Clause, direction: Direction, sentence: str, texts: tuple[str, str], *, layer: Layer = Layer.GOVERNANCE
) -> Change:
    return Change(direction=direction, layer=layer, clause=clause, sentence=sentence, was=texts[0], now=texts[1])


# The header


def _header(old: Graph, new: Graph) -> Iterator[Change]:
    was, now = old.header, new.header
    clause = Clause(kind="policy", name=now.name, old_name="" if was.name == now.name else was.name)
    if was.name != now.name:
        sentence = f"the policy is called `{now.name}` instead of `{was.name}`"
        yield _made(clause, Direction.NEUTRAL, sentence, (was.name, now.name), layer=Layer.NAMES)
    yield from _confidence(clause, was, now)
    if was.force != now.force:
        direction = Direction.LOOSER if _FORCES[now.force] < _FORCES[was.force] else Direction.STRICTER
        sentence = f"the policy's force is {now.force or 'not stated'} instead of {was.force or 'not stated'}"
        yield _made(clause, direction, sentence, (was.force or "none", now.force or "none"))
    yield from _effective(clause, old, new)
    texts = _approved(was), _approved(now)
    if texts[0] != texts[1]:
        sentence = f"the policy says it was approved by {_nobody(texts[1])} instead of {_nobody(texts[0])}"
        yield _made(clause, Direction.NEUTRAL, sentence, texts)


def _confidence(clause: Clause, was: Header, now: Header) -> Iterator[Change]:
    """How sure one must be of a reading: the higher the stricter."""
    evidence = Layer.EVIDENCE
    if was.confidence != now.confidence:
        texts = _confidence_text(was), _confidence_text(now)
        direction = Direction.STRICTER if (now.confidence or 0) > (was.confidence or 0) else Direction.LOOSER
        sentence = f"readings are judged at a confidence of {texts[1]} instead of {texts[0]}"
        if now.confidence is None:
            sentence = f"readings count as they are, no longer at a confidence of {texts[0]}"
        elif was.confidence is None:
            sentence = f"readings are judged at a confidence of {texts[1]}, no longer as they are"
        yield _made(clause, direction, sentence, texts, layer=evidence)
    if was.anytime != now.anytime:
        sentence = f"bounds {'now' if now.anytime else 'no longer'} stay valid however often one looks"
        texts = "anytime" if was.anytime else "none", "anytime" if now.anytime else "none"
        yield _made(clause, Direction.STRICTER if now.anytime else Direction.LOOSER, sentence, texts, layer=evidence)
    if was.across_attempts != now.across_attempts:
        sentence = (
            f"repeated mitigation attempts {'now' if now.across_attempts else 'no longer'} share one error budget"
        )
        texts = ("none", "across attempts") if now.across_attempts else ("across attempts", "none")
        direction = Direction.STRICTER if now.across_attempts else Direction.LOOSER
        yield _made(clause, direction, sentence, texts, layer=evidence)


def _confidence_text(header: Header) -> str:
    return "none" if header.confidence is None else f"{decimal_text(header.confidence * 100)}%"


def _effective(clause: Clause, old: Graph, new: Graph) -> Iterator[Change]:
    """The date a policy takes effect starts the clock of recurring duties that have no other start."""
    was, now = old.header.effective, new.header.effective
    if was == now:
        return
    started = {d.name for d in old.duties if d.every and not d.start} & {
        d.name for d in new.duties if d.every and not d.start
    }
    direction, layer = Direction.NEUTRAL, Layer.GOVERNANCE
    if started:
        is_later = not now or (bool(was) and _moment(now) > _moment(was))
        direction, layer = Direction.LOOSER if is_later else Direction.STRICTER, Layer.RULES
    clocks = f", which starts the clock of {quoted(sorted(started))}" if started else ""
    sentence = f"the policy states {now or 'no date'} as the day it takes effect instead of {was or 'none'}{clocks}"
    yield _made(clause, direction, sentence, (was or "none", now or "none"), layer=layer)


def _moment(text: str) -> tuple[int, int]:
    moment = parse_moment(text)
    return moment.last, moment.first


def _approved(header: Header) -> str:
    return ", ".join(sorted(f"{role} on {on}" for role, on in header.approved)) or "none"


def _nobody(text: str) -> str:
    return "nobody" if text == "none" else text


# Cadences


def _cadences(old: Sequence[Cadence], new: Sequence[Cadence]) -> Iterator[Change]:
    """When readings go stale, by sort of cadence; each event by itself."""
    clause = Clause(kind="evaluate", name="")
    for is_of_sort, sort in ((_is_compute, "compute grows"), (_is_time, "time passes")):
        was, now = [c for c in old if is_of_sort(c)], [c for c in new if is_of_sort(c)]
        direction = toward(compared_demands(was, now, _sooner), Direction.STRICTER)
        if direction is not None:
            texts = _cadence_text(was), _cadence_text(now)
            how = {Direction.LOOSER: "later", Direction.STRICTER: "sooner"}.get(direction, "at other times")
            sentence = f"readings go stale {how} as {sort}: {texts[1]} instead of {texts[0]}"
            if not now:
                sentence = f"readings no longer go stale as {sort}"
            elif not was:
                sentence = f"readings now go stale as {sort}: {texts[1]}"
            yield _made(clause, direction, sentence, texts, layer=Layer.EVIDENCE)
    before, after = {c.event for c in old if c.event}, {c.event for c in new if c.event}
    for event in sorted(before ^ after):
        is_new = event in after
        sentence = f"readings {'now' if is_new else 'no longer'} go stale after `{event}`"
        texts = ("none", f"after {event}") if is_new else (f"after {event}", "none")
        direction = Direction.STRICTER if is_new else Direction.LOOSER
        yield _made(clause, direction, sentence, texts, layer=Layer.EVIDENCE)


def _is_time(cadence: Cadence) -> bool:
    return cadence.period is not None


def _is_compute(cadence: Cadence) -> bool:
    return cadence.period is None and not cadence.event


def _sooner(strong: Cadence, weak: Cadence) -> bool:
    """Whether a reading that one cadence makes stale is stale by another already; one without a value stales all."""
    if strong.period is not None and weak.period is not None:
        return compared_periods(weak.period, strong.period, unset=Order.LESS) in (Order.LESS, Order.SAME)
    if strong.factor is None or weak.factor is None:
        return strong.factor is None
    return (strong.factor, strong.strict) <= (weak.factor, weak.strict)


def _cadence_text(cadences: Iterable[Cadence]) -> str:
    found = set()
    for cadence in cadences:
        if cadence.period is not None:
            found.add(f"every {period_text(cadence.period)}")
        else:
            open_ = f"{cadence.unspecified} (no value)"
            factor = open_ if cadence.factor is None else value_text(cadence.factor, Kind.FACTOR)
            found.add(f"{'beyond' if cadence.strict else 'every'} {factor} effective compute")
    return " or ".join(sorted(found)) or "none"


# Amendments and invariants


def _amendments(old: Sequence[Amendment], new: Sequence[Amendment]) -> Iterator[Change]:
    for way in ("loosening", "tightening"):
        was, now = (sorted({n for a in items if a.direction == way for n in a.needs}) for items in (old, new))
        direction = toward(compared_demands(was, now, _asks_more), Direction.STRICTER)
        if direction is not None:
            texts = _needs_text(was), _needs_text(now)
            asked = "nothing" if texts[1] == "none" else texts[1]
            sentence = f"{way} the policy needs {asked} instead of {'nothing' if texts[0] == 'none' else texts[0]}"
            yield _made(Clause(kind="amend", name=way), direction, sentence, texts)


def _asks_more(strong: tuple[str, str], weak: tuple[str, str]) -> bool:
    return strong[1] == weak[1] and _AMENDING.get(strong[0], 0) >= _AMENDING.get(weak[0], 0)


def _needs_text(needs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{what} of {role}" for what, role in needs) or "none"


def _invariants(old: Graph, new: Graph) -> Iterator[Change]:
    """What a policy claims of itself; that it says so permits and forbids nothing."""
    before, after = {i.name: i for i in old.invariants}, {i.name: i for i in new.invariants}
    both = before.keys() & after.keys()
    claims = [{i["name"]: i for i in canonical(g)["invariants"]} for g in (old, new)] if both else [{}, {}]
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        clause = Clause(kind="invariant", name=name, old=was.where if was else None, new=now.where if now else None)
        texts = was.claim if was else "none", now.claim if now else "none"
        if was and now:
            if claims[0][name] != claims[1][name]:
                yield _made(clause, Direction.NEUTRAL, f"the policy claims something else as `{name}`", texts)
        else:
            sentence = f"the policy {'now claims' if now else 'no longer claims'} `{name}`"
            yield _made(clause, Direction.NEUTRAL, sentence, texts)


# Words


def _words(old: Graph, new: Graph) -> Iterator[Change]:
    """Roles, events, attributes and stages that are new or gone; what that changes shows where they were used."""
    for kind, was, now in (
        ("role", old.roles, new.roles),
        ("event", old.events, new.events),
        ("stage", old.stages, new.stages),
        ("attribute", old.attributes, new.attributes),
    ):
        before, after = {item.name for item in was}, {item.name for item in now}
        for name in sorted(before ^ after):
            is_new = name in after
            sentence = f"the policy {'now has' if is_new else 'no longer has'} {_article(kind)} `{name}`"
            texts = ("none", name) if is_new else (name, "none")
            yield _made(Clause(kind=kind, name=name), Direction.NEUTRAL, sentence, texts, layer=Layer.NAMES)


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _actions(old: Graph, new: Graph) -> Iterator[Change]:
    """Actions that are gone, split or new; what no rule spoke of can only gain by being spoken of."""
    before, after = {item.name for item in old.actions}, {item.name for item in new.actions}
    spoken, speaks = _covered(old), _covered(new)
    for name in sorted(before - after):
        parts = sorted(leaf for leaf in after if leaf.startswith(f"{name}."))
        silent = [leaf for leaf in parts if leaf not in speaks]
        direction, what = Direction.LOOSER, "is no action any more, so nothing says whether it is permitted"
        if parts:
            what = f"is {quoted(parts)} from now on" + (f", and no rule covers {quoted(silent)}" if silent else "")
            direction = Direction.NEUTRAL
            if name in spoken:  # rules on it and on its parts have no action in common to be compared on
                direction = Direction.LOOSER if silent else Direction.MIXED
        texts = name, ", ".join(parts) or "none"
        layer = Layer.NAMES if direction is Direction.NEUTRAL else Layer.RULES
        yield _made(Clause(kind="action", name=name), direction, f"`{name}` {what}", texts, layer=layer)
    for name in sorted(after - before):
        whole = any(name.startswith(f"{stem}.") and stem in spoken for stem in before)
        rules = [rule.name for rule in new.rules if rule.strength == "must" and name in rule.covers]
        direction = Direction.STRICTER if rules and not whole else Direction.NEUTRAL
        rest = f", of which {quoted(rules)} speaks" if len(rules) == 1 else f", of which {quoted(rules)} speak"
        sentence = f"`{name}` is a new action" + (rest if rules else ", and no rule covers it")
        layer = Layer.RULES if direction is Direction.STRICTER else Layer.NAMES
        yield _made(Clause(kind="action", name=name), direction, sentence, ("none", name), layer=layer)


def _covered(graph: Graph) -> set[str]:
    """The actions of which a binding rule speaks."""
    return {leaf for rule in graph.rules if rule.strength == "must" for leaf in rule.covers}


def _attributes(old: Graph, new: Graph) -> Iterator[Change]:
    """Attributes that hold other values than before; where no measure asks for one, nothing follows."""
    needed = {need.of for graph in (old, new) for measure in graph.measures for need in measure.needs}
    for now in new.attributes:
        was = old.attribute.get(now.name)
        if was is not None and (was.kind, was.ladder) != (now.kind, now.ladder):
            texts = _values_text(was), _values_text(now)
            direction = Direction.MIXED if now.name in needed else Direction.NEUTRAL
            sentence = f"`{now.name}` holds {texts[1]} instead of {texts[0]}"
            yield _made(Clause(kind="attribute", name=now.name), direction, sentence, texts, layer=Layer.EVIDENCE)


def _values_text(attribute: Attribute) -> str:
    return " < ".join(attribute.ladder) or attribute.kind


def _parameters(old: Graph, new: Graph) -> Iterator[Change]:
    """Parameters that gained or lost their value, where nothing else shows it."""
    values: dict[str, Parameter] = {item.name: item for item in old.parameters}
    for now in new.parameters:
        was = values.get(now.name)
        if was is None or bool(was.value) == bool(now.value) or now.name in _open(old if now.value else new):
            continue
        said = f"is set to {now.value}" if now.value else f"is left open, no longer {was.value}"
        texts = was.value or "none", now.value or "none"
        yield _made(Clause(kind="parameter", name=now.name), Direction.NEUTRAL, f"`{now.name}` {said}", texts)


def _open(graph: Graph) -> set[str]:
    """The parameters without a value that something in a policy depends on."""
    periods = [n.within for r in graph.rules for n in r.notices]
    periods += [p for d in graph.duties for p in (d.every, d.within) if p is not None]
    demands = [need for rule in graph.rules for need in rule.requirements]
    demands += [need for exemption in graph.exemptions for need in exemption.requirements]
    periods += [need.valid for need in demands if need.valid is not None]
    periods += [control.valid for control in graph.controls if control.valid is not None]
    found = {period.text for period in periods} | {cadence.unspecified for cadence in graph.cadences}
    found |= {measure.margin_unspecified for measure in graph.measures}
    found |= {need.unspecified for measure in graph.measures for need in measure.needs}
    found |= {item.name for item in graph.inputs if item.of == "parameter"}
    return found | {node.parameter for node in graph.nodes if isinstance(node, Unspecified)}
