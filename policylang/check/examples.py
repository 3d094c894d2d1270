"""Test blocks: whether what they give and expect exists in the policy."""

from collections.abc import Iterable
from typing import assert_never

from policylang import syntax
from policylang.check.declarations import Declarations
from policylang.check.meanings import article
from policylang.diagnostics import nearest
from policylang.kinds import Kind, Unit

_ABOUT = {
    "assessment": "category", "attestation": "control", "notification": "rule", "waiver": "rule", "event": "event",
    "duty": "duty",
}  # fmt: skip


MAX_GIVENS = 1_000
"""What a test may give, with all that its situations give."""
MAX_CHAIN = 32
"""Situations that rest on one another."""


class Examples:
    """Checks the test blocks of one policy."""

    def __init__(self, declarations: Declarations) -> None:
        """Check against the declarations of one policy."""
        self.declarations = declarations
        self.resolved = declarations.resolved
        self.named = declarations.named
        self.conditions = declarations.conditions
        self.fault = declarations.fault
        self.has_ring = False

    def situation(self, item: syntax.Situation) -> None:
        """What several tests give; none rests on itself."""
        self.givens(item.givens)
        waiting, seen = [item], {item.name.text}
        while waiting:
            for given in waiting.pop().givens:
                name = given.name.text if isinstance(given, syntax.GivenSituation) else ""
                if name == item.name.text:
                    message = f"the situation `{name}` rests on itself"
                    self.fault("P401", item.name, message, "take one of these steps out")
                    self.has_ring = True
                    return
                if name in self.named["situation"] and name not in seen:
                    seen.add(name)
                    waiting.append(self.named["situation"][name])

    def check_extent(self) -> None:
        """Tests that give so much in all, or through so many situations, that running them would take too long."""
        if self.has_ring:
            return
        extents: dict[str, tuple[int, int]] = {}
        blocks: list[tuple[syntax.Name | syntax.Text, tuple[syntax.Given, ...]]] = []
        blocks += [(item.name, item.givens) for item in self.named["situation"].values()]
        for test in self.resolved.tests:
            blocks.append((test.title, test.givens))
            blocks += [(case.title, (*test.givens, *case.givens)) for case in test.cases]
        for title, givens in blocks:
            given, chain = self._extent(givens, extents, 0)
            if given > MAX_GIVENS or chain > MAX_CHAIN:
                message = f"`{title.text}` gives more than {MAX_GIVENS} things, or through over {MAX_CHAIN} situations"
                self.fault("P114", title, message, "give less, and each thing once")
                return

    def _extent(
        self, givens: Iterable[syntax.Given], extents: dict[str, tuple[int, int]], depth: int
    ) -> tuple[int, int]:
        """How much is given in all, and how long the longest chain of situations is; each is looked at once."""
        given, chain = 0, depth and 1
        for each in givens:
            below = (1, 0)
            if isinstance(each, syntax.GivenAll):
                below = (len(self.named["category"]) * max(1, len(self.named["stage"])), 0)
            elif isinstance(each, syntax.GivenSituation) and each.name.text in self.named["situation"]:
                name = each.name.text
                if depth > MAX_CHAIN:
                    return given, depth
                if name not in extents:
                    extents[name] = self._extent(self.named["situation"][name].givens, extents, depth + 1)
                below = extents[name]
            given, chain = given + below[0], max(chain, 1 + below[1])
        return given, chain

    def check(self, test: syntax.Test) -> None:
        """One test block, with its cases."""
        self.givens(test.givens)
        self.expects(test.expects)
        for case in test.cases:
            self.givens(case.givens)
            self.expects(case.expects)
        for title, expects in [(case.title, case.expects) for case in test.cases] or [(test.title, test.expects)]:
            if not expects and not test.expects:
                self.fault("P111", title, "this test expects nothing", "add `expect ACTION VERDICT`")

    def givens(self, givens: Iterable[syntax.Given]) -> None:
        """What a test, a case or a situation gives."""
        for given in givens:
            match given:
                case syntax.GivenValue():
                    self.value(given)
                case syntax.GivenFact():
                    self.fact(given)
                case syntax.GivenAll():
                    self.every(given)
                case syntax.GivenSituation(name=name):
                    self.declarations.named_one(name, "situation")
                case syntax.GivenNo():
                    self.nothing(given)
                case _:
                    assert_never(given)

    def expects(self, expects: Iterable[syntax.Expect]) -> None:
        """What a test or a case expects."""
        for expected in expects:
            match expected:
                case syntax.ExpectVerdict():
                    self.declarations.actions(expected.actions)
                    for name in expected.rules:
                        self.declarations.named_one(name, "rule")
                case syntax.ExpectLevel():
                    self.levels(expected)
                case syntax.ExpectDue(rule=rule):
                    self.obligation(rule)
                case syntax.ExpectState(rules=rules):
                    for rule in rules:
                        self.obligation(rule)
                case syntax.ExpectAdvised():
                    self.advice(expected.rules)
                case _:
                    assert_never(expected)

    def advice(self, names: Iterable[syntax.Name]) -> None:
        """Rules that advise: those of a weaker strength."""
        for name in names:
            rule = self.declarations.named_one(name, "rule")
            if rule is not None and rule.strength == "must":
                help_ = f"write `expect ACTION VERDICT by {name.text}`"
                self.fault("P301", name, f"`{name.text}` binds, it does not advise", help_)

    def every(self, given: syntax.GivenAll) -> None:
        """`given all category except a, b.STAGE at LEVEL …`."""
        if given.by is not None:
            self.declarations.roles([given.by])
        for name in given.excluded:
            self.declarations.named_one(name, "category")
        stages = self.named["stage"]
        if given.stage is not None and given.stage.text not in stages:
            help_ = nearest(given.stage.text, stages) or "leave the stage out"
            self.fault("P205", given.stage, f"there is no stage `{given.stage.text}`", help_)
        excluded = {name.text for name in given.excluded}
        ladders = {
            item.ladder.text: self.conditions.ladder(item.ladder.text)
            for name, item in self.named["category"].items()
            if name not in excluded
        }
        if not any(given.level.text in ladder for ladder in ladders.values()):
            self.conditions.wrong_level(given.level, ladders)

    def nothing(self, given: syntax.GivenNo) -> None:
        """`given no KIND of SUBJECT by ROLE`, `given no MEASURE.STAGE`."""
        if given.by is not None:
            self.declarations.roles([given.by])
        name = given.target.name
        if given.kind in _ABOUT:
            self.declarations.named_one(name, _ABOUT[given.kind])
        elif given.kind:
            about = self.whole(given.target)
            if given.kind == "veto" or about.text not in self.named["exception"]:
                self.declarations.actions([about])
        elif name.text in self.named["category"] or name.text in self.named["event"]:
            return
        elif name.text not in ("attempts", "effective_compute"):
            self.declarations.named_one(name, "measure")

    def value(self, given: syntax.GivenValue) -> None:
        """`given measure.stage = VALUE`, `given attempts = 2`, `given event`."""
        name = given.target.name
        if name.text in ("attempts", "effective_compute"):
            self.conditions.no_stage(
                given.target, "number of attempts" if name.text == "attempts" else "subject's compute"
            )
            self.of_subject(given)
            return
        if name.text in self.named["event"]:
            self.conditions.no_stage(given.target, "event")
            if getattr(given.value, "text", "") != "yes":
                self.fault(
                    "P301", given.value, "an event has happened or it has not", f"write `given {name.text} on DATE`"
                )
            return
        measure = self.declarations.named_one(name, "measure")
        if measure is None:
            return
        self.conditions.stage_of(given.target, measure.unstaged, here=False)
        if measure.type.name.text == Kind.FINDING:
            if getattr(given.value, "text", None) not in ("yes", "no"):
                self.fault("P301", given.value, f"`{name.text}` is a finding", "write `yes` or `no`")
        elif isinstance(given.value, syntax.Name):
            message = f"`{name.text}` is {article(measure.type.name.text)}"
            self.fault("P301", given.value, message, "write a number with its unit")
        else:
            self.declarations.quantity(given.value, measure.type, name.text)

    def of_subject(self, given: syntax.GivenValue) -> None:
        """`given attempts = 2`, `given effective_compute = 3e24 FLOP`."""
        name = given.target.name.text
        quantity = given.value.quantity if isinstance(given.value, syntax.Literal_) else None
        if name == "attempts":
            if quantity is None or quantity.unit is not Unit.NONE or quantity.number < 0 or quantity.number % 1:
                self.fault("P301", given.value, "`attempts` is a whole number", "write `given attempts = 2`")
        elif quantity is None or quantity.unit is not Unit.FLOP or quantity.number <= 0:
            help_ = "write `given effective_compute = 3e24 FLOP`"
            self.fault("P301", given.value, "`effective_compute` is an amount of compute", help_)

    def fact(self, given: syntax.GivenFact) -> None:
        """`given KIND of SUBJECT …`."""
        for role in (given.by, given.to):
            if role is not None:
                self.declarations.roles([role])
        kind = _ABOUT.get(given.kind)
        if kind is None:
            about = self.whole(given.target)
            if given.kind == "veto" or about.text not in self.named["exception"]:
                self.declarations.actions([about])
            if given.by is None:
                self.fault("P111", given, f"whose {given.kind} is it", "add `by ROLE`")
            return
        item = self.declarations.named_one(given.target.name, kind)
        if item is None:
            return
        if kind == "category":
            self.conditions.stage_of(given.target, False, here=False)
        elif given.target.stage is not None:
            self.conditions.no_stage(given.target, kind)
        if kind in ("category", "control"):
            self.level(given.level, item, given)

    def level(self, level: syntax.Name | None, item: syntax.Category | syntax.Control, given: syntax.Node) -> None:
        """A level of the ladder of a category or control, where it has one."""
        if item.ladder is None:
            if level is not None:
                message = f"`{item.name.text}` has no levels: it holds or it does not"
                self.fault("P301", level, message, "leave the level out")
        elif level is None:
            self.fault("P111", given, f"at which level is `{item.name.text}`", "add `at LEVEL`")
        elif level.text not in (ladder := self.conditions.ladder(item.ladder.text)):
            self.conditions.wrong_level(level, {item.ladder.text: ladder})

    def whole(self, target: syntax.Reference) -> syntax.Name:
        """A reference read as the name of an action, dots and all."""
        text = target.name.text if target.stage is None else f"{target.name.text}.{target.stage.text}"
        return syntax.Name(span=target.span, id=target.id, text=text)

    def levels(self, expected: syntax.ExpectLevel) -> None:
        """`expect CATEGORY.STAGE at LEVEL .. LEVEL`."""
        category = self.declarations.named_one(expected.target.name, "category")
        if category is None:
            return
        self.conditions.stage_of(expected.target, False, here=False)
        ends = [expected.low] if expected.high is expected.low else [expected.low, expected.high]
        for level in ends:
            self.level(level, category, expected)
        ladder = self.conditions.ladder(category.ladder.text)
        ranks = [ladder.index(level.text) for level in ends if level.text in ladder]
        if ranks != sorted(ranks):
            help_ = f"write `{expected.high.text} .. {expected.low.text}`"
            self.fault("P301", expected.low, "the lower level stands first", help_)

    def obligation(self, name: syntax.Name) -> None:
        """A rule or duty whose obligation is expected."""
        if name.text not in self.named["rule"] and name.text not in self.named["duty"]:
            names = [*self.named["rule"], *self.named["duty"]]
            help_ = nearest(name.text, names) or f"declare it: `rule {name.text}`"
            self.fault("P201", name, f"there is no rule or duty `{name.text}`", help_)
