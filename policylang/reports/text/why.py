"""Why: the rules that forbid, or might, each with what makes it fire, down to the readings."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from policylang.decide.decision import ActionDecision, Because, Decision, Reason
from policylang.evidence.facts import Reading
from policylang.evidence.qualify import Weighed
from policylang.graph.nodes import Graph
from policylang.kinds import decimal_text
from policylang.reports.amounts import amount, moment, span, thresholds
from policylang.reports.style import Page, Part, Run, brief
from policylang.reports.text.needs import split, together

_DEEPEST = 12


def why(page: Page, decision: Decision, actions: Sequence[ActionDecision]) -> None:
    """Each rule that forbids, definitely or possibly, once, with the actions it is about."""
    found: dict[str, tuple[Reason, list[str]]] = {}
    for item in actions:
        for reason in item.reasons:
            if reason.effect == "forbid" and not reason.waived:
                found.setdefault(reason.rule, (reason, []))[1].append(item.action)
    if not found:
        return
    page.heading("why")
    told = _Told(page, decision)
    for reason, names in sorted(found.values(), key=lambda entry: entry[0].fires != "definitely"):
        _rule(page, decision.graph, reason, names)
        told.all(reason.because, 4)
        if not reason.because:
            page.line("it always applies", indent=4)


def _rule(page: Page, graph: Graph, reason: Reason, names: Sequence[str]) -> None:
    rule = graph.rule[reason.rule]
    is_sure = reason.fires == "definitely"
    verb = "forbids" if is_sure else "may forbid"
    head: list[Part] = [(rule.name, "bad" if is_sure else "warn"), f" {verb} {together(graph, names)}"]
    page.line(*head, indent=2)
    about = [f"“{brief(rule.title)}”"] if rule.title else []
    about += [brief(cited) for cited in rule.cites]
    if about:
        page.line((" · ".join(about), "dim"), indent=4)


class _Told:
    """Reasons on a page, one under the other, each further in than what it is a reason for."""

    def __init__(self, page: Page, decision: Decision) -> None:
        self.page = page
        self.graph = graph = decision.graph
        level = graph.header.confidence
        self.confidence = "" if level is None else f" at {decimal_text(level * 100, 4)}% confidence"
        if graph.header.across_attempts and decision.subject.attempt is not None:
            self.confidence += f", attempt {decision.subject.attempt}"
        self.thresholds = thresholds(graph)

    def all(self, parts: Sequence[Because], indent: int) -> None:
        """Reasons side by side; those that differ in their first name only are one line."""
        lines: dict[tuple[str, tuple[Run, ...]], list[tuple[str, Because]]] = {}
        for part in parts:
            runs, last = self.chained(part)
            is_leaf = not last.readings and not last.parts
            first, rest = split(runs[0][0]) if is_leaf else (runs[0][0], "")
            lines.setdefault((rest, tuple(runs[1:])), []).append((first, last))
        for (rest, more), entries in lines.items():
            if rest and len(entries) > 1:
                names = ", ".join(first for first, _ in entries)
                self.page.line((f"({names}){rest}", ""), *more, indent=indent)
                continue
            for first, last in entries:
                self.page.line((first + rest, ""), *more, indent=indent)
                self.inside(last, indent + 2)

    def chained(self, part: Because) -> tuple[list[Run], Because]:
        """A reason and, while it has only one of its own, that one behind it; and the last of them."""
        runs = self.said(part)
        while len(part.parts) == 1 and not part.readings:
            subject, part = part.text.split(" ", 1)[0], part.parts[0]
            (text, tone), *rest = self.said(part)
            runs += [(": ", ""), (text.removeprefix(f"{subject} is "), tone), *rest]
        return runs, part

    def inside(self, part: Because, indent: int) -> None:
        """What makes a reason so: its readings, and reasons of its own."""
        for weighed in part.readings:
            self.page.line(*reading_line(self.graph, weighed), indent=indent)
        if part.parts and indent > 2 * _DEEPEST:
            self.page.line(("… and what makes that so; `--format json` has all of it", "dim"), indent=indent)
        elif part.parts:
            self.all(part.parts, indent)

    def said(self, part: Because) -> list[Run]:
        """A reason in a line: what is so, on which interval, and what is to be noted."""
        runs: list[Run] = [(part.text, "")]
        has_readings = bool(part.readings)
        if (part.lo is not None or part.hi is not None) and (has_readings or not part.note):
            kind, limit = self.thresholds.get(part.text, (None, None))
            runs.append((f", it is {span(part.lo, part.hi, kind, limit)}{self.confidence}", "bold"))
            runs += self.shared(part)
        if part.note:
            runs.append((f" ({part.note})", "dim"))
        return runs

    def shared(self, part: Because) -> list[Run]:
        """Among how many scores the error of an interval is split, where each alone would let the action through."""
        if not self.confidence:
            return []
        keys = {(weighed.reading.measure, weighed.reading.stage) for weighed in part.readings}
        found = [self.graph.shares[key] for key in keys if key in self.graph.shares]
        most = max((max(share.lo, share.hi) for share in found), default=1)
        return [(f", its error split among {most}", "dim")] if most > 1 else []


def reading_line(graph: Graph, weighed: Weighed) -> list[Part]:
    """A reading: its result, and where it comes from."""
    reading = weighed.reading
    parts = [result(graph, weighed), *_origin(reading)]
    found: list[Part] = [("· ", "dim"), ", ".join(parts)]
    if not weighed.qualifies:
        found.append((" (shows danger, does not count for safety)", "dim"))
    return found


def result(graph: Graph, weighed: Weighed) -> str:
    """What a reading says, as it was given."""
    reading = weighed.reading
    measure = graph.measure[reading.measure]
    if weighed.unresolved:
        return "registered, without a complete result"
    if reading.successes is not None and reading.n is not None:
        scored = "" if reading.scored in (None, reading.n) else f", {reading.scored} of them scored"
        return f"{reading.successes} of {reading.n} {measure.unit}s{scored}"
    if reading.units is not None:
        share = sum(reading.units.values(), Fraction(0)) / len(reading.units) if reading.units else None
        mean = "" if share is None else f" with a mean of {amount(share, None, up=measure.worse == 'higher', places=3)}"
        return f"{len(reading.units)} {measure.unit}s{mean}"
    size = "" if reading.n is None else f" of {reading.n} {measure.unit}s"
    return f"{span(weighed.lo, weighed.hi, measure.kind)}{size}"


def _origin(reading: Reading) -> Iterator[str]:
    """Where a reading comes from: run, source, date and what it says of itself."""
    if reading.run:
        yield f"run {brief(reading.run)}"
    yield brief(reading.source or str(reading.place))
    if reading.at is not None:
        yield moment(reading.at)
    for name, value in sorted(reading.attributes.items()):
        shown = brief(name) if value == "yes" else f"not {brief(name)}" if value == "no" else ""
        yield shown or f"{brief(name)} {brief(value)}"
