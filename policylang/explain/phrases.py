"""Conditions in English: every node of the graph as a clause that can stand after “if”.

A condition says what the decider asks, so a clause must mean exactly that. What is not so is said by turning the clause
round where it is said, never by “not” before a clause with “and” or “or” in it. Levels of several categories are drawn
together (“any category except …”), and so are stages. Where “and” and “or” meet, “either … or” and “both … and” hold
the parts together; what would be hard to read in one sentence is a list, which `when` gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, assert_never

from policylang.explain.document import Item
from policylang.explain.english import Names, amount, capital, code, counted, listed, number, sentence
from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.kinds import Kind

Word = Literal["and", "or"]
MAX_CLAUSE = 260
"""Characters of a clause inside a sentence; a longer one that has parts is told as a list."""
_OTHER: dict[Word, Word] = {"and": "or", "or": "and"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A clause, the word that joins its parts (empty for one alone), how many these are, how deep words change."""

    text: str
    word: str = ""
    deep: int = 0
    count: int = 1
    subject: str = ""  # of a clause that is one: what it says something of
    says: str = ""  # and what it says: `is in place`


@dataclass(frozen=True, slots=True)
class _Standing:
    """That a category stands somewhere on its ladder: `high or above`; with `no`, that it does not stand at `no`."""

    category: str
    stage: str | None
    level: str
    phrase: str
    no: str = ""


class Phrases:
    """The conditions of one graph in English. `here` leaves the stage out of what is said of one category's own."""

    def __init__(self, graph: Graph) -> None:
        """Of one graph."""
        self.graph = graph
        self.names = Names(graph)

    # Sentences

    def when(self, index: int, tail: str, items: Sequence[Item] = ()) -> Item:
        """`If …, TAIL`, as one sentence or as a list of what it takes; `items` are what follows from it."""
        node = self.graph.nodes[index]
        if isinstance(node, nodes.Disputed):
            return self._read(node, tail, items)
        end = ":" if items else "."
        if isinstance(node, nodes.Constant):
            lead = "" if node.value else "if something were so that never is, "
            return Item(text=capital(f"{lead}{tail}{end}"), items=tuple(items))
        clause = self.clause(index)
        if not self.is_list(index) or (clause.deep < 2 and len(clause.text) <= MAX_CLAUSE):
            return Item(text=f"If {clause.text}, {tail}{end}", items=tuple(items))
        return Item(text=f"If {self.how(index)} of this is so, {tail}{end}", items=(*self.parts(index), *items))

    def is_list(self, index: int) -> bool:
        """Whether a condition has parts to be told one by one."""
        return isinstance(self.graph.nodes[index], nodes.AllOf | nodes.AnyOf | nodes.AtLeast)

    def how(self, index: int) -> str:
        """How much of its parts a condition wants: `all`, `any`, `at least two`."""
        match self.graph.nodes[index]:
            case nodes.AnyOf():
                return "any"
            case nodes.AtLeast(count=count):
                return f"at least {number(count)}"
            case _:
                return "all"

    def parts(self, index: int, here: str | None = None) -> tuple[Item, ...]:
        """What a condition is made of, one item each; a part that is long itself with items of its own."""
        word: Word = "or" if isinstance(self.graph.nodes[index], nodes.AnyOf) else "and"
        groups = self._told(nodes.parts_of(self.graph.nodes[index]))
        return tuple(self._part(group, word, here) for group in groups)

    def _told(self, parts: Sequence[int]) -> list[tuple[int, ...]]:
        """Parts that are said together, such as the levels of all categories, in one."""
        groups: dict[object, list[int]] = {}
        for part in parts:
            found = self.standing(part, holds=True)
            groups.setdefault((found.phrase, found.level) if found else part, []).append(part)
        return [tuple(group) for group in groups.values()]

    def _part(self, group: tuple[int, ...], word: Word, here: str | None) -> Item:
        if len(group) > 1:
            return Item(text=sentence(self.joined(group, word, holds=True, here=here).text))
        clause = self.clause(group[0], here=here)
        if self.is_list(group[0]) and (clause.deep >= 2 or len(clause.text) > MAX_CLAUSE):
            return Item(text=f"{capital(self.how(group[0]))} of this is so:", items=self.parts(group[0], here))
        return Item(text=sentence(clause.text))

    def _read(self, node: nodes.Disputed, tail: str, items: Sequence[Item]) -> Item:
        """A clause that can be read in several ways, each in full."""
        ways = tuple(
            Item(text=sentence(f"read as {code(name)}, {self._if(part)}"))
            for name, part in zip(node.names, node.parts, strict=True)
        )
        if items:
            text = f"This clause can be read in {number(len(ways))} ways. Where it applies, {tail}:"
            return Item(text=text, items=(*items, Item(text="It applies:", items=(*ways, self._unsure()))))
        text = f"This clause can be read in {number(len(ways))} ways. Where it applies, {tail}. It applies:"
        return Item(text=text, items=(*ways, self._unsure()))

    def _if(self, index: int) -> str:
        node = self.graph.nodes[index]
        if isinstance(node, nodes.Constant):
            return "always" if node.value else "never"
        return f"if {self.clause(index).text}"

    def _unsure(self) -> Item:
        return Item(text="Where the readings disagree it may apply, and what it forbids is then not permitted either.")

    # Clauses

    def text(self, index: int, *, holds: bool = True, here: str | None = None) -> str:
        """A condition, or its opposite, as a clause."""
        return self.clause(index, holds=holds, here=here).text

    def clause(self, index: int, *, holds: bool = True, here: str | None = None) -> Clause:
        """The same, with how its parts are joined."""
        node = self.graph.nodes[index]
        if (found := self.standing(index, holds=holds)) is not None:
            return self._stood([found], "and", here)
        match node:
            case nodes.Constant(value=value):
                return put("this is always so" if value == holds else "something is so that never is")
            case nodes.Threshold():
                return self.threshold(node, holds=holds, here=here)
            case nodes.Happened() | nodes.Attested() | nodes.Assessed() | nodes.Unspecified():
                return self._fact(node, holds=holds)
            case nodes.Holds():
                return self.control(node, holds=holds)
            case nodes.Defined(name=name, part=part):
                plain = self.clause(part, holds=holds, here=here)
                is_one = not plain.word and not isinstance(self.graph.nodes[part], nodes.Disputed)
                return plain if is_one else said(code(name), "holds" if holds else "does not hold")
            case nodes.Opposite(part=part):
                return self.clause(part, holds=not holds, here=here)
            case nodes.AllOf(parts=parts):
                return self.joined(parts, "and" if holds else "or", holds=holds, here=here)
            case nodes.AnyOf(parts=parts):
                return self.joined(parts, "or" if holds else "and", holds=holds, here=here)
            case nodes.AtLeast(count=count, parts=parts):
                return put(self._several(count, parts, holds=holds, here=here), "several", 1)
            case nodes.Disputed(names=names, parts=parts):
                ways = [
                    f"(read as {code(name)}) {self.text(part, holds=holds, here=here)}"
                    for name, part in zip(names, parts, strict=True)
                ]
                return put(listed(ways, "or"), "or", 1)
            case nodes.Reached():  # it is a standing, which was told above
                raise AssertionError(node)
            case _:
                assert_never(node)

    def joined(self, parts: Sequence[int], word: Word, *, holds: bool, here: str | None = None) -> Clause:
        """Parts joined by a word, or their opposites: standings drawn together, the rest one by one."""
        if (exact := self._exactly(parts, word, holds=holds, here=here)) is not None:
            return put(exact)
        groups: dict[tuple[str, str], list[_Standing | Clause]] = {}
        for number_, (part, is_so) in enumerate(self._flat(parts, word, holds=holds)):
            found = self.standing(part, holds=is_so) or self.clause(part, holds=is_so, here=here)
            if isinstance(found, _Standing):
                groups.setdefault((found.phrase, found.level), []).append(found)
            else:
                groups.setdefault(("", found.says or str(number_)), []).append(found)
        clauses: list[Clause] = []
        for group in groups.values():
            standings = [each for each in group if isinstance(each, _Standing)]
            if standings:
                clauses += self._drawn(standings, word, here)
            else:
                clauses += alike([each for each in group if isinstance(each, Clause)], word)
        return _joined(clauses, word)

    def _flat(self, parts: Sequence[int], word: Word, *, holds: bool) -> list[tuple[int, bool]]:
        """Parts, and in place of a part that is joined by the same word its own; each with whether it is to hold."""
        found: list[tuple[int, bool]] = []
        for part in parts:
            node, is_so = self.graph.nodes[part], holds
            if isinstance(node, nodes.Opposite):
                node, is_so = self.graph.nodes[node.part], not holds
            is_one = self.standing(part, holds=holds) is not None
            is_same = isinstance(node, nodes.AllOf if (word == "and") is is_so else nodes.AnyOf)
            exact = isinstance(node, nodes.AllOf) and self._exactly(node.parts, word, holds=is_so, here=None)
            if is_same and not is_one and not exact and isinstance(node, nodes.AllOf | nodes.AnyOf):
                found += self._flat(node.parts, word, holds=is_so)
            else:
                found.append((part, holds))
        return found

    def _several(self, count: int, parts: Sequence[int], *, holds: bool, here: str | None) -> str:
        """At least so many of some parts, or fewer."""
        found = [self.standing(part, holds=True) for part in parts]
        how = f"at least {number(count)}" if holds else f"fewer than {number(count)}"
        known = [each for each in found if each is not None]
        if len(known) == len(parts) and len({(each.phrase, each.stage) for each in known}) == 1:
            whole, left = self._covered(known)
            if whole:
                but = f", {listed(left)} not counted," if left else ""
                return f"{how} categories{but} are {known[0].phrase}{self._at([known[0].stage], here)}"
            names = listed([self.names.of("category", each.category) for each in known])
            return f"{how} of {names} are {known[0].phrase}{self._at([known[0].stage], here)}"
        texts = [self.text(part, here=here) for part in parts]
        return f"{how} of these are so: {'; '.join(texts)}"

    # Levels

    def standing(self, index: int, *, holds: bool) -> _Standing | None:
        """A node as the place of one category on its ladder; None for any other."""
        node = self.graph.nodes[index]
        while isinstance(node, nodes.Opposite):
            node, holds = self.graph.nodes[node.part], not holds
        if isinstance(node, nodes.Reached):
            ladder = self.graph.category[node.category].ladder
            phrase, above = self._rank(ladder, node.level, holds=holds), self.or_above(ladder, node.level)
            return _Standing(node.category, node.stage, ladder[node.level], phrase, "" if holds else above)
        if isinstance(node, nodes.AllOf) and len(node.parts) == 2:
            return self._only(node, holds=holds)
        return None

    def _only(self, node: nodes.AllOf, *, holds: bool) -> _Standing | None:
        """`category = level`: at it and not above."""
        low, above = (self.graph.nodes[part] for part in node.parts)
        if not isinstance(low, nodes.Reached) or not isinstance(above, nodes.Opposite):
            return None
        high = self.graph.nodes[above.part]
        if not isinstance(high, nodes.Reached) or (high.category, high.stage) != (low.category, low.stage):
            return None
        if high.level != low.level + 1:
            return None
        level = self.graph.category[low.category].ladder[low.level]
        return _Standing(low.category, low.stage, level, f"{'exactly' if holds else 'not'} {self.names.level(level)}")

    def _rank(self, ladder: Sequence[str], level: int, *, holds: bool) -> str:
        if holds:
            return self.or_above(ladder, level)
        return f"below {self.names.level(ladder[level])}" if level > 1 else self.names.level(ladder[0])

    def or_above(self, ladder: Sequence[str], level: int) -> str:
        """`high or above`; the highest level alone."""
        return self.names.level(ladder[level]) + (" or above" if level < len(ladder) - 1 else "")

    def at_least(self, ladder: Sequence[str], level: int) -> str:
        """A level of a safeguard or an attribute: always in quotation marks, since any word may be one."""
        return f"“{self.names.words(ladder[level])}”" + (" or above" if level < len(ladder) - 1 else "")

    def _drawn(self, group: Sequence[_Standing], word: Word, here: str | None) -> list[Clause]:
        """Standings of one phrase, those of the same categories at several stages together."""
        by_stage: dict[str | None, list[_Standing]] = {}
        for each in group:
            by_stage.setdefault(each.stage, []).append(each)
        by_names: dict[tuple[str, ...], list[_Standing]] = {}
        for standings in by_stage.values():
            key = tuple(each.category for each in standings)
            by_names.setdefault(key, []).extend(standings)
        return [self._stood(standings, word, here) for standings in by_names.values()]

    def _stood(self, group: Sequence[_Standing], word: Word, here: str | None) -> Clause:
        """Categories that stand at one phrase, at one or several stages."""
        names = list(dict.fromkeys(each.category for each in group))
        stages = list(dict.fromkeys(each.stage for each in group))
        phrase, at = group[0].phrase, self._at(stages, here, word)
        whole, left = self._covered(group)
        if whole and word == "and" and group[0].no:
            but = f", {listed(left)} aside," if left else ""
            return put(f"no category{but} is {group[0].no}{self._at(stages, here, 'or')}")
        if whole:
            but = f" except {listed(left)}" if left else ""
            return put(f"{'any category' if word == 'or' else f'every {whole}'}{but} is {phrase}{at}")
        verb = "are" if word == "and" and len(names) > 1 else "is"
        said_ = f"{listed([self.names.of('category', name) for name in names], word)} {verb} {phrase}{at}"
        return put(said_, word if len(names) > 1 else "")

    def _covered(self, group: Sequence[_Standing]) -> tuple[str, list[str]]:
        """What to call categories that are all there are, or all but a few (and those); empty for any others."""
        named = {each.category for each in group}
        having = [item.name for item in self.graph.categories if group[0].level in item.ladder]
        left = [name for name in having if name not in named]
        if len(named) < (3 if left else 2) or len(left) >= len(named):
            return "", []
        level = self.names.level(group[0].level)
        whole = "category" if len(having) == len(self.graph.categories) else f"category that can be {level}"
        return whole, [self.names.of("category", name) for name in left]

    def _at(self, stages: Sequence[str | None], here: str | None, word: Word = "or") -> str:
        return "" if here is not None and list(stages) == [here] else self.names.at_stage(stages, word)

    # Controls and facts

    def control(self, node: nodes.Holds, *, holds: bool = True) -> Clause:
        """A control is in place, or at a level."""
        says = f"is {'' if holds else 'not '}in place"
        if node.level is not None:
            says += f" at {self.at_least(self.graph.control[node.control].ladder, node.level)}"
        return said(self.names.of("control", node.control), says)

    def _fact(
        self, node: nodes.Happened | nodes.Attested | nodes.Assessed | nodes.Unspecified, *, holds: bool
    ) -> Clause:
        match node:
            case nodes.Happened(event=event):
                return said(self.names.of("event", event), f"has {'' if holds else 'not '}happened")
            case nodes.Attested(control=name, level=level):
                item = self.graph.control[name]
                at = "" if level is None else f" at {self.at_least(item.ladder, level)}"
                what = f"an attestation of {self.names.of('control', name)}{at} by {self.names.role(item.attested)}"
                return put(f"{what if holds else what.replace('an ', 'no ', 1)} stands")
            case nodes.Assessed(category=name, stage=stage, level=level):
                item_ = self.graph.category[name]
                rank = self._rank(item_.ladder, level, holds=holds)
                how = rank if rank.startswith("below") else f"as {rank}"
                return said(self.names.of("category", name), f"is assessed {how}{self.names.at_stage([stage])}")
            case nodes.Unspecified(parameter=name):
                return said(f"a level that is left open ({code(name)})", f"is {'' if holds else 'not '}reached")
            case _:
                assert_never(node)

    # Scores

    def threshold(self, node: nodes.Threshold, *, holds: bool = True, here: str | None = None) -> Clause:
        """A comparison of scores."""
        inputs = [self.graph.inputs[index] for index, _ in node.terms]
        stages = {item.stage for item in inputs if item.of == "measure"}
        common = stages.pop() if len(stages) == 1 else None
        at = "" if common is None or common == here else self.names.at_stage([common])
        names = [self._input(item, said=item.stage not in (here, common)) for item in inputs]
        if len(node.terms) == 1:
            alone = self._alone(node, inputs[0], names[0], holds=holds)
            return said(alone.subject, alone.says + at)
        positive = [_times(factor, name) for (_, factor), name in zip(node.terms, names, strict=True) if factor > 0]
        negative = [_times(-factor, name) for (_, factor), name in zip(node.terms, names, strict=True) if factor < 0]
        return put(self._sum(node, positive, negative, holds=holds) + at)

    def _input(self, item: nodes.Input, *, said: bool) -> str:
        match item.of:
            case "measure":
                at = self.names.at_stage([item.stage]) if said and item.stage else ""
                return self.names.of("measure", item.name) + at
            case "attempts":
                return "the number of mitigation attempts"
            case "parameter":
                return f"{code(item.name)} (which is left open)"
            case _:
                assert_never(item.of)

    def _alone(self, node: nodes.Threshold, item: nodes.Input, name: str, *, holds: bool) -> Clause:
        kind = node.kind
        if item.of == "measure":
            kind = self.graph.measure[item.name].kind
        if kind is Kind.FINDING:
            return said(name, f"is {'' if holds else 'not '}shown")
        if item.of == "attempts" and node.bound.denominator == 1:
            count = counted(int(node.bound), "time")
            how = _compared(count, strict=node.strict, holds=holds, less="fewer")
            return said("mitigations", f"have been attempted {how}")
        return said(name, f"is {_compared(amount(node.bound, kind), strict=node.strict, holds=holds)}")

    def _sum(self, node: nodes.Threshold, positive: list[str], negative: list[str], *, holds: bool) -> str:
        if not positive:
            positive, negative = [f"zero minus {listed(negative)}"], []
        left, right = _plus(positive), _plus(negative)
        if not negative:
            return f"{left} is {_compared(amount(node.bound, node.kind), strict=node.strict, holds=holds)}"
        if node.bound == 0 and not holds:
            return f"{right} is {_compared(left, strict=not node.strict, holds=True)}"
        if node.bound == 0:
            return f"{left} is {_compared(right, strict=node.strict, holds=True)}"
        by = f"{amount(node.bound * 100, None)} percentage points" if node.kind is Kind.RATE else ""
        by = by or amount(node.bound, None if node.kind is Kind.FACTOR else node.kind)
        how = f"more than {by}" if node.strict else f"{by} or more"
        return f"{left} {'exceeds' if holds else 'does not exceed'} {right} by {how}"

    def _exactly(self, parts: Sequence[int], word: Word, *, holds: bool, here: str | None) -> str | None:
        """`measure = value`: at it and not above."""
        if len(parts) != 2 or (word == "and") is not holds:
            return None
        low, above = (self.graph.nodes[part] for part in parts)
        if not isinstance(low, nodes.Threshold) or not isinstance(above, nodes.Opposite):
            return None
        high = self.graph.nodes[above.part]
        is_pair = isinstance(high, nodes.Threshold) and (high.terms, high.bound) == (low.terms, low.bound)
        if not is_pair or low.strict or not (isinstance(high, nodes.Threshold) and high.strict):
            return None
        if len(low.terms) > 1 or low.kind is Kind.FINDING:
            return None
        item = self.graph.inputs[low.terms[0][0]]
        name = self._input(item, said=item.stage not in (here, None))
        return f"{name} is {'exactly' if holds else 'not'} {amount(low.bound, low.kind)}"


_PLURAL = {
    "is ": "are ",
    "was ": "were ",
    "has ": "have ",
    "holds": "hold",
    "does ": "do ",
    "approves ": "approve ",
}


def put(text: str, word: str = "", deep: int = 0) -> Clause:
    """A clause of given words."""
    return Clause(text=text, word=word, deep=deep)


def said(subject: str, says: str) -> Clause:
    """A clause that says one thing of one subject."""
    return Clause(text=f"{subject} {says}", subject=subject, says=says)


def alike(clauses: Sequence[Clause], word: Word) -> list[Clause]:
    """Clauses that say the same of several subjects, as one."""
    if len(clauses) == 1:
        return list(clauses)
    says = clauses[0].says
    if word == "and":
        says = next((many + says[len(one) :] for one, many in _PLURAL.items() if says.startswith(one)), says)
    text = f"{listed([clause.subject for clause in clauses], word)} {says}"
    return [Clause(text=text, word=word, count=len(clauses))]


def _joined(clauses: Sequence[Clause], word: Word) -> Clause:
    """Clauses joined by a word; one that is joined by the other word is held together."""
    if len(clauses) == 1:
        return clauses[0]
    others = [clause for clause in clauses if clause.word and clause.word != word]
    deep = max(clause.deep for clause in clauses) + bool(others) + any(other.count > 2 for other in others)
    texts = [clause.text if clause.word in ("", word) else _held(clause) for clause in clauses]
    text = f"{', '.join(texts[:-1])}, {word} {texts[-1]}" if others else listed(texts, word)
    count = sum(clause.count if clause.word == word else 1 for clause in clauses)
    return Clause(text=text, word=word, deep=deep, count=count)


def _held(clause: Clause) -> str:
    """A joined clause that reads as one inside another."""
    return {"and": "both " if clause.count == 2 else "", "or": "either "}.get(clause.word, "") + clause.text


def _compared(bound: str, *, strict: bool, holds: bool, less: str = "less") -> str:
    if holds:
        return f"more than {bound}" if strict else f"{bound} or more"
    return f"{bound} or {less}" if strict else f"{less} than {bound}"


def _times(factor: Fraction, name: str) -> str:
    return name if factor == 1 else f"{amount(factor, Kind.FACTOR)} {name}"


def _plus(parts: Sequence[str]) -> str:
    return " plus ".join(parts)
