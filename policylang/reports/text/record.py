"""The record around a decision: what is due, what is advised, and evidence that does not count, with the reasons."""

from collections.abc import Sequence

from policylang.clocks import Moment
from policylang.decide.decision import Decision, Obligation
from policylang.evidence.facts import Fact
from policylang.reports.amounts import distance, moment
from policylang.reports.style import Page, Part, brief
from policylang.reports.text.why import reading_line

_ORDER = ("overdue", "pending", "possible", "met")
_TONES = {"overdue": "bad", "pending": "warn", "possible": "warn", "met": "good"}
_SINCE = {"not started": "dim"}


def due(page: Page, decision: Decision) -> None:
    """Obligations: overdue first, then by when they are due; those of one rule and one time in one line."""
    grouped: dict[tuple[object, ...], list[Obligation]] = {}
    for item in decision.obligations:
        key = (item.rule, item.kind, item.by, item.start, item.due, item.state, item.done, item.note)
        grouped.setdefault(key, []).append(item)
    if not grouped:
        return
    page.heading("due")
    rows = sorted(grouped.values(), key=lambda items: _urgency(items[0]))
    page.table([_obligation(items, decision.as_of) for items in rows])


def _urgency(item: Obligation) -> tuple[int, int]:
    return _ORDER.index(item.state), item.due.last if item.due is not None else 1 << 62


def _obligation(items: Sequence[Obligation], as_of: Moment) -> list[Part]:
    item = items[0]
    state = "not started" if item.state == "pending" and item.due is None and item.start is None else item.state
    whom = ", ".join(dict.fromkeys(other.to for other in items if other.to))
    if item.kind == "notify":
        what = f"notify {whom} ({item.rule})"
    else:
        what = f"{item.rule}, by {item.by}{f' to {whom}' if whom else ''}"
    return [(state, _SINCE.get(state, _TONES[item.state])), when(item, as_of), what]


def when(item: Obligation, as_of: Moment) -> str:
    """When an obligation is due, was done, or would begin."""
    parts = []
    if item.done is not None:
        parts.append(f"done {moment(item.done)}")
    if item.due is not None and item.state != "met":
        parts.append(f"{moment(item.due)}, {distance(item.due, as_of)}")
    if item.note:
        parts.append(item.note)
    if item.state == "possible":
        parts.append("if the rule applies")
    return ", ".join(parts)


def advice(page: Page, decision: Decision) -> None:
    """Rules that only advise, and fire."""
    if not decision.advisories:
        return
    page.heading("advice, which changes no verdict")
    for item in decision.advisories:
        rule = decision.graph.rule[item.rule]
        verb = "an aim" if item.strength == "aim" else "recommended"
        sure = "" if item.fires == "definitely" else ", if it applies"
        title = f": {brief(rule.title)}" if rule.title else ""
        page.line((item.rule, "mark"), f" ({verb}{sure}){title}", indent=2)
        what = [need.text for need in rule.requirements] + [f"not {action}" for action in rule.forbids]
        if what:
            page.line(("asks for ", "dim"), "; ".join(dict.fromkeys(what)), indent=4)


def readings(page: Page, decision: Decision) -> None:
    """Readings that do not count as evidence of safety, and why."""
    found = [weighed for weighed in decision.readings if not weighed.qualifies]
    if not found:
        return
    page.heading("readings that do not count as evidence of safety")
    for weighed in found:
        reading = weighed.reading
        name = reading.measure if reading.stage is None else f"{reading.measure}.{reading.stage}"
        _, line, *_ = reading_line(decision.graph, weighed)
        page.line((name, "warn"), "  ", line, indent=2)
        for reason in weighed.why_not:
            page.line(("because ", "dim"), reason, indent=4)


def rejected(page: Page, decision: Decision) -> None:
    """Facts that do not stand, and why."""
    if not decision.rejected:
        return
    page.heading("facts that do not stand")
    for item in decision.rejected:
        page.line((_fact(item.fact), "warn"), f"  {brief(item.fact.source or str(item.fact.place))}", indent=2)
        page.line(("because ", "dim"), item.why, indent=4)


def _fact(fact: Fact) -> str:
    about = fact.about if fact.stage is None else f"{fact.about}.{fact.stage}"
    level = "" if fact.level is None else f" at {fact.level}"
    who = "" if fact.by is None else f" by {fact.by}"
    to = "" if fact.to is None else f" to {fact.to}"
    return f"{fact.kind} of {about}{level}{who}{to}, {moment(fact.at)}"
