"""Test blocks: whether what they give and expect exists in the policy."""

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


class Examples:
    """Checks the test blocks of one policy."""

    def __init__(self, declarations: Declarations) -> None:
        """Check against the declarations of one policy."""
        self.declarations = declarations
        self.resolved = declarations.resolved
        self.named = declarations.named
        self.conditions = declarations.conditions
        self.fault = declarations.fault

    def check(self, test: syntax.Test) -> None:
        """One test block."""
        for given in test.givens:
            match given:
                case syntax.GivenValue():
                    self.value(given)
                case syntax.GivenFact():
                    self.fact(given)
                case _:
                    assert_never(given)
        if not test.expects:
            self.fault("P111", test.title, "this test expects nothing", "add `expect ACTION VERDICT`")
        for expected in test.expects:
            match expected:
                case syntax.ExpectVerdict():
                    self.declarations.actions([expected.action])
                    for name in expected.rules:
                        self.declarations.named_one(name, "rule")
                case syntax.ExpectLevel():
                    self.levels(expected)
                case syntax.ExpectDue(rule=rule) | syntax.ExpectState(rule=rule):
                    self.obligation(rule)
                case _:
                    assert_never(expected)

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
            self.declarations.actions([self.whole(given.target)])
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
                message = f"`{item.name.text}` is not on a ladder: it holds or it does not"
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
