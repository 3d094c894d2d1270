"""Lints of clocks: when evidence grows old, how long a word counts, and deadlines that hold nobody to anything."""

from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, Fix
from policylang.graph import nodes
from policylang.kinds import Kind, Quantity, Unit
from policylang.lint import insertions
from policylang.lint.acts import AUDITORS, others, shortest, some
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View
from policylang.lint.tree import declared

_YEAR = 366 * 86400

# When evidence grows old


def never_stale(view: View) -> Iterator[Diagnostic]:
    """Measures of what a model does whose results count however old they are."""
    if view.graph.cadences:
        return
    used = {one.name for one in view.graph.inputs if one.of == "measure"}
    found = [item for _, item in declared(view, "measure") if item.name.text in used and _grows_old(view, item)]
    if found:
        message = f"results of {some(item.name.text for item in found)} never grow old"
        help_ = "say when to evaluate again: `evaluate beyond 2x effective_compute or every 6 months`"
        labels = others(view, ((item.name, "nor do these") for item in found[1:]))
        yield view.warn("L501", found[0].name, message, help_, labels=labels)


def _grows_old(view: View, item: syntax.Measure) -> bool:
    """Whether a measure is of what a model does, and asks nothing of the age of its results."""
    measure = view.graph.measure[item.name.text]
    is_eval = measure.name in view.acts.level_measures or measure.kind in (Kind.RATE, Kind.SCORE)
    if item.unstaged or measure.kind is Kind.COMPUTE or not is_eval:
        return False
    return not any(need.of == "age" and need.operator in ("<", "<=", "=") for need in measure.needs)


def _first_cadence(view: View) -> syntax.Evaluate | None:
    return next((item for item in view.resolved.evaluates if view.is_own(item)), None)


def not_by_time(view: View) -> Iterator[Diagnostic]:
    """Cadences that no passing of time fulfils."""
    item = _first_cadence(view)
    if item is not None and all(one.period is None for one in view.graph.cadences):
        message = "as time alone passes nothing is evaluated again, though ways to draw out a model's skill improve"
        yield view.warn("L502", item, message, "add `or every 6 months`")


def not_by_compute(view: View) -> Iterator[Diagnostic]:
    """Cadences that no growth of the model fulfils."""
    item = _first_cadence(view)
    if item is not None and not any(map(_counts_compute, view.graph.cadences)):
        message = "however much a model grows, its last evaluation counts until the time or the event comes"
        yield view.warn("L503", item, message, "add `or beyond 2x effective_compute`")


def _counts_compute(cadence: nodes.Cadence) -> bool:
    """Whether a cadence counts compute, also by a parameter without value."""
    return cadence.factor is not None or (bool(cadence.unspecified) and cadence.period is None)


def _aged(view: View, operators: tuple[str, ...]) -> Iterator[tuple[syntax.Measure, int, Quantity]]:
    """The needs of the policy's own measures on the age of a reading: which of them, and the age."""
    for _, item in declared(view, "measure"):
        for number, need in enumerate(view.graph.measure[item.name.text].needs):
            if need.of == "age" and need.operator in operators and need.period and need.period.quantity:
                yield item, number, need.period.quantity


def never_ripe(view: View) -> Iterator[Diagnostic]:
    """Measures whose results are stale before they are old enough to count."""
    stale = shortest(view.graph.cadences)
    ends = {item.name.text: age for item, _, age in _aged(view, ("<", "<="))}
    for item, number, age in _aged(view, (">", ">=")):
        limits = [one for one in (stale, ends.get(item.name.text)) if one is not None]
        limit = min(limits, key=lambda one: one.value, default=None)
        if limit is not None and age.value > limit.value:
            message = f"no result of `{item.name.text}` ever counts: it must be {age} old, and is too old after {limit}"
            yield view.warn("L504", item.needs[number], message, "ask for less age, or let results last longer")


def idle_age(view: View) -> Iterator[Diagnostic]:
    """Needs on the age of a reading that the cadence of the policy makes idle."""
    stale = shortest(view.graph.cadences)
    for item, number, age in _aged(view, ("<", "<=")):
        if stale is not None and (age == stale or age.value > stale.value):
            need = view.graph.measure[item.name.text].needs[number]
            message = f"`{need.text}` asks nothing of `{item.name.text}`: results are stale after {stale} anyway"
            help_ = "ask for less age, or leave it out"
            yield view.warn("L505", item.needs[number], message, help_, fix=_without(view, item, number))


def _without(view: View, item: syntax.Measure, number: int) -> Fix | None:
    """The needs of a measure without one of them, where it stands in a list with another."""
    needs, text = item.needs, view.source.text
    here = needs[number].span
    if number and text[needs[number - 1].span.end : here.start].strip() == ",":
        edit = view.edit(needs[number - 1].span.end, here.end, "")
    elif needs[number + 1 :] and text[here.end : needs[number + 1].span.start].strip() == ",":
        edit = view.edit(here.start, needs[number + 1].span.start, "")
    else:
        return None
    return insertions.meant("leave it out", edit)


# Deadlines


def told_late(view: View) -> Iterator[Diagnostic]:
    """Notifications of a level that may come after the next evaluation is due."""
    stale = shortest(view.graph.cadences)
    for item, effect, notice in _notices(view):
        time = notice.within.quantity
        if stale and time and not notice.event and time.value > stale.value and item.strength == "must":
            message = f"this may be told after the next evaluation: within {time}, and results last {stale}"
            yield view.warn("L506", effect, message, "tell it sooner: by then the level may be another")


def _notices(view: View) -> Iterator[tuple[syntax.Rule, syntax.NotifyWithin, nodes.Notice]]:
    for _, item in declared(view, "rule"):
        told = [effect for effect in item.effects if isinstance(effect, syntax.NotifyWithin)]
        for effect, notice in zip(told, view.graph.rule[item.name.text].notices, strict=True):
            yield item, effect, notice


def two_calendars(view: View) -> Iterator[Diagnostic]:
    """Events from which deadlines run in days and in business days."""
    clocks: dict[str, list[tuple[syntax.Node, Quantity]]] = {}
    for _, effect, notice in _notices(view):
        if notice.event and notice.within.quantity:
            clocks.setdefault(notice.event, []).append((effect.within, notice.within.quantity))
    for _, item in declared(view, "duty"):
        duty = view.graph.duty[item.name.text]
        if duty.within is not None and duty.within.quantity and item.within is not None:
            clocks.setdefault(duty.event, []).append((item.within, duty.within.quantity))
    for event, found in clocks.items():
        business = [one for one in found if one[1].unit is Unit.BUSINESS_DAY]
        plain = [one for one in found if one[1].unit in (Unit.DAY, Unit.WEEK)]
        if business and plain:
            first, second = business[0], plain[0]
            message = f"from `{event}` run {first[1]} here and {second[1]} elsewhere: holidays say which ends first"
            labels = others(view, [(second[0], "the other calendar")])
            yield view.warn("L507", first[0], message, "count both in the same days", labels=labels)


def unkept_deadline(view: View) -> Iterator[Diagnostic]:
    """Deadlines of rules that only advise."""
    for item, effect, _ in _notices(view):
        if item.strength != "must":
            message = f"this is never due: `{item.name.text}` is no more than {_strength(item.strength)}"
            help_ = "put it into a rule that binds, or leave the strength as it is if the framework only hopes for it"
            yield view.warn("L508", effect, message, help_)


def _strength(word: str) -> str:
    return "an aim" if word == "aim" else "a recommendation"


def left_open(view: View) -> Iterator[Diagnostic]:
    """Parameters that a policy takes over and gives no value."""
    header = view.resolved.header
    if header is None or header.extends is None:
        return
    open_ = [name for name, item in view.resolved.named["parameter"].items() if item.value is None]
    taken = [name for name in open_ if not view.is_own(view.resolved.named["parameter"][name])]
    if taken:
        message = f"the policy below leaves it to this one to set {some(taken)}: what rests on them stays open"
        help_ = f"say `set {taken[0]} = …`"
        yield view.warn("L509", header.extends, message, help_)


def without_length(view: View) -> Iterator[Diagnostic]:
    """Deadlines whose length is a parameter of the policy's own that has no value."""
    graph = view.graph
    periods = [notice.within for rule in graph.rules for notice in rule.notices]
    periods += [one for duty in graph.duties for one in (duty.every, duty.within) if one is not None]
    used = {one.text for one in periods if one.quantity is None}
    found = [item for _, item in declared(view, "parameter") if item.name.text in used]
    if found:
        message = f"nothing is ever overdue that runs by {some(item.name.text for item in found)}: no value is set"
        help_ = "give each one, or leave it to the policy that extends this one"
        labels = others(view, ((item.name, "nor here") for item in found[1:]))
        yield view.warn("L510", found[0].name, message, help_, labels=labels)


def long_lasting(view: View) -> Iterator[Diagnostic]:
    """Attestations and approvals that count for more than a year."""
    for kind, item in declared(view, "control", "rule", "exception"):
        times: list[syntax.Duration | None] = []
        if kind == "control":
            times = [item.attested.valid] if item.attested is not None else []
        else:
            asked = item.effects if kind == "rule" else item.requirements
            times = [need.valid for need in asked if isinstance(need, syntax.RequireRoles)]
        for time in times:
            length = _length(view, time)
            if time is not None and length is not None and length.value > _YEAR:
                message = f"a word given once counts for {length}: models and attacks change faster"
                yield view.warn("L511", time, message, "have it given anew every year at least")


def _length(view: View, time: syntax.Duration | None) -> Quantity | None:
    if isinstance(time, syntax.Name):
        time = view.resolved.named["parameter"][time.text].value
    return time.quantity if isinstance(time, syntax.Literal_) else None


def unowed_event(view: View) -> Iterator[Diagnostic]:
    """Events that make evidence stale or a rule fire, and on which nobody owes anything."""
    graph = view.graph
    owed = {notice.event for rule in graph.rules for notice in rule.notices}
    owed |= {event for duty in graph.duties for event in (duty.event, duty.start, duty.until)}
    owed |= _events(view, [rule.body for rule in graph.rules if rule.notices] + [duty.body for duty in graph.duties])
    counted = {one.event for one in graph.cadences} | _events(view, [rule.body for rule in view.acts.binding])
    found = [item for _, item in declared(view, "event") if item.name.text in counted - owed]
    if found:
        message = f"nobody has to report {some(item.name.text for item in found)}, though verdicts rest on such reports"
        help_ = "say who is told: `notify ROLE within 3 days of EVENT`; what is not recorded has not happened"
        labels = others(view, ((item.name, "nor this") for item in found[1:]))
        yield view.warn("L512", found[0].name, message, help_, labels=labels)


def _events(view: View, bodies: list[int]) -> set[str]:
    """The events on which some conditions rest."""
    return {node.event for node in view.acts.below(*bodies) if isinstance(node, nodes.Happened)}


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.CLOCKS, personas=personas, find=find)
    for code, personas, find in (
        ("L501", EVERYBODY, never_stale),
        ("L502", AUDITORS, not_by_time),
        ("L503", AUDITORS, not_by_compute),
        ("L504", EVERYBODY, never_ripe),
        ("L505", EVERYBODY, idle_age),
        ("L506", READERS, told_late),
        ("L507", READERS, two_calendars),
        ("L508", AUDITORS, unkept_deadline),
        ("L509", READERS, left_open),
        ("L510", AUDITORS, without_length),
        ("L511", READERS, long_lasting),
        ("L512", AUDITORS, unowed_event),
    )
)
