"""Why a condition is so on given evidence, told from the readings and facts up, in English.

The walk is that of `decide.reasons`: of an “and” that holds every part is told, of an “or” the parts that make it so.
What is only possible is told as not known, with what is missing. Parts that are so for the same reason are drawn
together.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from policylang.clocks import Moment
from policylang.decide.values import DEFINITE, NO, NOT, POSSIBLE, Value, Values, total
from policylang.evidence.qualify import Weighed
from policylang.explain.document import Item
from policylang.explain.english import amount, code, date, listed, plural, quoted, sentence
from policylang.explain.phrases import Clause, Phrases, alike, put, said
from policylang.graph import nodes
from policylang.graph.nodes import Graph, Threshold
from policylang.kinds import Kind, decimal_text

_PLACES = (1, 2, 4, 6, 12)
_MOST = 4
Told = Clause | Item


class Reasons:
    """Why the conditions of one decision are so."""

    def __init__(self, graph: Graph, values: Values) -> None:
        """Of one decision."""
        self.graph = graph
        self.values = values
        self.phrases = Phrases(graph)
        self.names = self.phrases.names
        self._plain: dict[str, str] = {}  # a reason without what follows from it, by what is said with it
        level = graph.header.confidence
        self.sure = "" if level is None else f", with {decimal_text(level * 100, 4)}% confidence"

    def why(self, index: int, *, holds: bool = True) -> tuple[Item, ...]:
        """What makes a condition so, or possibly so."""
        return tuple(_items(self._told(index, set(), holds=holds)))

    def shown(self, indices: Sequence[int], *, holds: bool) -> tuple[Item, ...]:
        """The results and facts behind several conditions, each once and without where it comes from."""
        found: dict[str, None] = {}
        for index in indices:
            for item in self.why(index, holds=holds):
                found.update(dict.fromkeys(self._plain.get(text, text) for text in _ends(item)))
        return tuple(Item(text=text) for text in found)

    def state(self, index: int, *, holds: bool) -> int:
        """How surely a condition is so, or is not."""
        state = self.values.states[index]
        return state if holds else NOT[state]

    def _told(self, index: int, seen: set[tuple[int, bool]], *, holds: bool) -> list[Told]:
        node = self.graph.nodes[index]
        match node:
            case nodes.Constant():
                return []
            case nodes.Opposite(part=part):
                return self._told(part, seen, holds=not holds)
            case nodes.AllOf(parts=parts) | nodes.AnyOf(parts=parts) | nodes.AtLeast(parts=parts):
                state = self.state(index, holds=holds)
                needs_all = (
                    state == POSSIBLE if isinstance(node, nodes.AtLeast) else isinstance(node, nodes.AllOf) is holds
                )
                return self._joined(self._bearing(parts, state, holds=holds, needs_all=needs_all), seen, holds=holds)
            case nodes.Disputed(names=names, parts=parts):
                return [
                    Item(
                        text=f"Read as {code(name)}, it applies:",
                        items=tuple(_items(self._told(part, seen, holds=holds))),
                    )
                    for name, part in zip(names, parts, strict=True)
                    if self.state(part, holds=holds) != NO
                ]
            case nodes.Reached(part=part) | nodes.Holds(part=part) | nodes.Defined(part=part):
                return [self._named(index, part, seen, holds=holds)]
            case nodes.Threshold():
                return [self._score(node, self.state(index, holds=holds), holds=holds)]
            case _:
                return [self._fact(node)]

    def _bearing(self, parts: Sequence[int], state: int, *, holds: bool, needs_all: bool) -> list[int]:
        """All parts where all are needed; of alternatives, the definite ones, else the possible ones."""
        found = []
        for part in parts:
            own = self.state(part, holds=holds)
            if (own == state or (own != NO and needs_all)) and not (len(parts) > 1 and self._is_silent(part)):
                found.append(part)
        return found

    def _is_silent(self, index: int) -> bool:
        """A judgement beside measurements that nobody gave, so that it says nothing."""
        node = self.graph.nodes[index]
        if not isinstance(node, nodes.Assessed) or node.alone:
            return False
        return (node.category, node.stage) not in self.values.standing.assessed

    def _joined(self, parts: Sequence[int], seen: set[tuple[int, bool]], *, holds: bool) -> list[Told]:
        """Parts side by side; levels that are so for one and the same reason in one."""
        found: list[Told] = []
        same: dict[tuple[str, str, str], list[tuple[int, Clause]]] = {}
        for part in parts:
            standing = self.phrases.standing(part, holds=holds)
            told = self._told(part, seen, holds=holds)
            leaf = _leaf(told[0]) if len(told) == 1 else None
            if standing is None or leaf is None or not leaf.says:
                found += told
                continue
            key = (standing.phrase, leaf.says, str(self.state(part, holds=holds)))
            if key not in same:
                found.append(put("\0".join(key)))
            same.setdefault(key, []).append((part, leaf))
        return [self._together(same, each, holds=holds) for each in found]

    def _together(self, same: dict[tuple[str, str, str], list[tuple[int, Clause]]], told: Told, *, holds: bool) -> Told:
        if isinstance(told, Item) or "\0" not in told.text:
            return told
        phrase, says, state = told.text.split("\0")
        group = same[phrase, says, state]
        parts = [part for part, _ in group]
        word = "and" if state == str(DEFINITE) or not holds else "or"
        head = self.phrases.joined(parts, "and" if word == "and" else "or", holds=holds).text
        head = head if state == str(DEFINITE) else f"it is not known whether {head}"
        leaves = [leaf for _, leaf in group]
        because = alike(leaves, "and")[0].text
        if state == str(DEFINITE):
            text = sentence(f"{because} ({phrase})")
            self._plain[text] = sentence(because)
            return Item(text=text)
        return Item(text=sentence(f"{head}: {because}"))

    def _named(self, index: int, part: int, seen: set[tuple[int, bool]], *, holds: bool) -> Told:
        """A level, a control or a definition, with what makes it so; taken apart where it is first met."""
        is_sure = self.state(index, holds=holds) == DEFINITE
        head = (
            self.phrases.text(index, holds=holds) if is_sure else f"it is not known whether {self.phrases.text(index)}"
        )
        if (index, holds) in seen:
            return Item(text=sentence(f"{head}, as told above"))
        seen.add((index, holds))
        told = self._told(part, seen, holds=holds)
        if len(told) == 1 and (leaf := _leaf(told[0])) is not None:
            node = self.graph.nodes[index]
            if isinstance(told[0], Clause) and isinstance(node, nodes.Holds):
                low = not holds and self.values.standing.attested.get(node.control) is not None
                says = f"{leaf.says}, which is too low" if low else leaf.says
                return said(leaf.subject, says)
            if isinstance(told[0], Clause):
                standing = self.phrases.standing(index, holds=holds)
                text = f"{leaf.text} ({standing.phrase})" if standing and is_sure else f"{head}: {leaf.text}"
                self._plain[sentence(text)] = sentence(leaf.text)
                return Item(text=sentence(text), kind="leaf", name=leaf.subject, title=leaf.says)
        if len(told) == 1 and isinstance(told[0], Item) and told[0].kind == "score":
            text = sentence(f"{head}: {told[0].text.removesuffix('.')}")
            self._plain[text] = self._plain.get(told[0].text, told[0].text)
            return Item(text=text, kind="score", items=told[0].items)
        return Item(text=sentence(f"{head}:"), items=tuple(_items(told))) if told else Item(text=sentence(head))

    # Scores

    def _score(self, node: Threshold, state: int, *, holds: bool) -> Told:
        """A comparison: what is shown, and where the line is."""
        inputs = [self.graph.inputs[index] for index, _ in node.terms]
        values = [self.values.inputs[index] for index, _ in node.terms]
        if len(inputs) > 1 or inputs[0].of != "measure":
            return self._sum(node, state, holds=holds)
        item, value = inputs[0], values[0]
        measure = self.graph.measure[item.name]
        name, at = self.names.of("measure", item.name), self.names.at_stage([item.stage])
        if state == POSSIBLE and not value.measured:
            if not value.readings:
                return said(name, f"was never measured{at}")
            why = value.readings[0].why_not[0] if value.readings[0].why_not else "it is not complete"
            says = f"has no result that shows safety{at}, since {_plain(why)}"
            return Item(text=sentence(f"{name} {says}"), kind="score", items=self._readings(value))
        if measure.kind is Kind.FINDING:
            sure = "is shown" if holds else "is shown not to be so"
            shown = sure if state == DEFINITE else "may be so"
            return Item(text=sentence(f"{name} {shown}{at}"), kind="score", items=self._readings(value))
        line = amount(node.bound, node.kind)
        sure = ", a number that states no doubt" if self.sure and value.lo == value.hi else self.sure
        text = f"{name}{at} is {_span(value, measure.kind, node.bound)}{sure}, and the line is {line}"
        return Item(text=sentence(text), kind="score", items=self._readings(value))

    def _sum(self, node: Threshold, state: int, *, holds: bool) -> Told:
        clause = self.phrases.threshold(node, holds=holds or state != DEFINITE)
        if state == DEFINITE:
            lo, hi = total(node, self.values.inputs)
            shown = Value(lo=lo if lo is not None else Fraction(0), hi=hi)
            is_count = self.graph.inputs[node.terms[0][0]].of == "attempts"
            what = "difference" if any(factor < 0 for _, factor in node.terms) else "sum"
            more = "" if is_count or lo is None else f" (the {what} is {_span(shown, node.kind, node.bound)})"
            return Item(text=sentence(clause.text + more), kind="score", items=self._all_readings(node))
        open_ = []
        for index, _ in node.terms:
            item, value = self.graph.inputs[index], self.values.inputs[index]
            if not value.measured:
                name = self.names.of("measure", item.name) if item.of == "measure" else code(item.name)
                name = "the number of mitigation attempts" if item.of == "attempts" else name
                how = "has no result that counts" if value.readings else "was never measured"
                how = {"measure": how, "parameter": "has no value", "attempts": "is not stated"}[item.of]
                open_.append(said(name, how))
        because = listed([each.text for each in open_]) or "the results are not sharp enough"
        text = f"it is not known whether {clause.text}: {because}"
        return Item(text=sentence(text), kind="score", items=self._all_readings(node))

    def _all_readings(self, node: Threshold) -> tuple[Item, ...]:
        return tuple(item for index, _ in node.terms for item in self._readings(self.values.inputs[index]))

    def _readings(self, value: Value) -> tuple[Item, ...]:
        """The results behind a value: those that show danger, and those that count as safe."""
        shown = [
            each
            for each in value.readings
            if each.qualifies or (each.lo == value.lo if value.worse == "higher" else each.hi == value.hi)
        ]
        return tuple(Item(text=sentence(self._reading(each))) for each in (shown or list(value.readings))[:_MOST])

    def _reading(self, weighed: Weighed) -> str:
        reading = weighed.reading
        measure = self.graph.measure[reading.measure]
        units = plural(measure.unit)
        if weighed.unresolved:
            text = "registered, without a complete result"
        elif reading.successes is not None and reading.n is not None:
            text = f"{reading.successes} of {reading.n} {units}"
        elif measure.kind is Kind.FINDING:
            text = "yes" if weighed.lo else "no"
        else:
            size = f" over {len(reading.units)} {units}" if reading.units else ""
            text = f"{_span(Value(lo=weighed.lo, hi=weighed.hi), measure.kind, None)}{size}"
        origin = [f"run {quoted(reading.run)}"] if reading.run else [quoted(reading.source or str(reading.place))]
        origin += [moment(reading.at)] if reading.at is not None else []
        text += f": {', '.join(origin)}"
        if weighed.why_not:
            text += f"; it counts for danger only, since {_plain(weighed.why_not[0])}"
        return text

    # Facts

    def _fact(self, node: nodes.Node) -> Clause:
        standing = self.values.standing
        match node:
            case nodes.Happened(event=event):
                found = standing.events.get(event, [])
                name = self.names.of("event", event)
                return said(name, f"happened on {moment(found[0])}" if found else "has not happened")
            case nodes.Attested(control=control):
                item = self.graph.control[control]
                entry = standing.attested.get(control)
                name = self.names.of("control", control)
                if entry is None:
                    return said(name, f"is not attested by {self.names.role(item.attested)}")
                at = "" if entry[0] is None else f" at “{self.names.words(item.ladder[entry[0]])}”"
                by = self.names.role(entry[1].by or item.attested)
                return said(name, f"was attested{at} by {by} on {moment(entry[1].at)}")
            case nodes.Assessed(category=category, stage=stage):
                known = standing.assessed.get((category, stage))
                name, at = self.names.of("category", category), self.names.at_stage([stage])
                if known is None:
                    return said(name, f"has not been assessed{at}")
                level = self.names.level(self.graph.category[category].ladder[known[0]])
                return said(name, f"was assessed as {level}{at} on {moment(known[1])}")
            case nodes.Unspecified(parameter=parameter):
                return said(code(parameter), "has no value")
            case _:  # pragma: no cover  # the others have parts or scores
                raise AssertionError(node)


def moment(when: Moment) -> str:
    """A moment as people say it: `20 October 2026`."""
    return date(str(when))


def _plain(why: str) -> str:
    """A reason that was given elsewhere, as a quotation, since it may hold words of the evidence."""
    return quoted(why)


def _ends(item: Item) -> Iterator[str]:
    """What is said at the ends of a story: scores without their runs, and facts."""
    if item.kind == "score" or not item.items:
        yield item.text
        return
    for part in item.items:
        yield from _ends(part)


def _leaf(told: Told) -> Clause | None:
    """A reason that is one clause."""
    if isinstance(told, Clause):
        return told
    if told.kind != "leaf" or not told.name:
        return None
    return Clause(text=f"{told.name} {told.title}", subject=told.name, says=told.title)


def _items(told: Sequence[Told]) -> Iterator[Item]:
    """Reasons as items; facts that say the same of several subjects in one."""
    same: dict[str, list[Clause]] = {}
    for each in told:
        if isinstance(each, Clause):
            same.setdefault(each.says or each.text, []).append(each)
    done: set[str] = set()
    for each in told:
        if isinstance(each, Item):
            yield Item(text=each.text, items=each.items) if each.kind == "leaf" else each
        elif (key := each.says or each.text) not in done:
            done.add(key)
            group = same[key]
            yield Item(text=sentence(group[0].text if len(group) == 1 else alike(group, "and")[0].text))


def _span(value: Value, kind: Kind | None, bound: Fraction | None) -> str:
    """An interval in words, rounded outward, with so many digits that each end is on its side of the line."""
    if value.hi is not None and value.lo == value.hi:
        return _rounded(value.lo, kind, bound, up=False)
    if value.hi is None:
        return f"{_rounded(value.lo, kind, bound, up=False)} or more"
    return f"between {_rounded(value.lo, kind, bound, up=False)} and {_rounded(value.hi, kind, bound, up=True)}"


def _rounded(value: Fraction, kind: Kind | None, bound: Fraction | None, *, up: bool) -> str:
    scale = 100 if kind is Kind.RATE else 1
    if kind not in (Kind.RATE, Kind.SCORE, Kind.COUNT, Kind.FACTOR, None):
        return amount(value, kind)
    text = ""
    for places in _PLACES:
        text = decimal_text(value * scale, places, up=up)
        shown = Fraction(text) / scale if "e" not in text else value
        if bound is None or value == bound or ((shown < bound) is (value < bound) and shown != bound):
            break
    unit = {Kind.RATE: "%", Kind.FACTOR: " times"}.get(kind or Kind.COUNT, "")
    return f"{text}{unit}"
