"""Declarations: whether each says something that can work, with names of the right kinds."""

from collections.abc import Callable, Iterable
from typing import Any, assert_never

from policylang import syntax
from policylang.check.conditions import Conditions
from policylang.check.dating import Dating
from policylang.check.meanings import NUMERIC, article, domain_of, no_levels, within
from policylang.check.needs import Needs
from policylang.diagnostics import nearest, or_declare, quoted
from policylang.kinds import UNITS_OF, Kind, Unit
from policylang.resolve import Resolved

_MEASURES = (*NUMERIC, Kind.FINDING)
_ATTRIBUTES = (*NUMERIC, Kind.YES_NO, Kind.TEXT)
_TIGHT = (Unit.NONE, Unit.PERCENT, Unit.FACTOR)
"""Units that stand right behind their number."""
_DECLARED = {
    "ladder": "levels {}: LOW < HIGH",
    "parameter": "parameter {}: TYPE",
    "control": "control {} { attested by ROLE }",
    "rule": "rule {} { … }",
}
"""How a name of a kind is declared, where a word and the name are not enough."""
_MEANT = {
    "rate": ("percent", "percentage", "proportion", "probability", "fraction", "share"),
    "score": ("float", "number", "numeric", "real", "decimal"),
    "count": ("int", "integer", "whole"),
    "finding": ("bool", "boolean", "flag", "yes_no"),
    "yes_no": ("bool", "boolean", "flag", "finding"),
    "duration": ("time", "days", "period"),
    "compute": ("flop", "flops"),
    "factor": ("multiple", "ratio"),
    "text": ("string", "str"),
}
"""What types are called elsewhere."""

_TIMES = ("second", "minute", "hour", "day", "week", "month", "year")
"""Units of time, which are no names of parameters unless one is declared."""


class Declarations:
    """Checks the declarations of one policy; conditions go through `conditions`."""

    def __init__(self, resolved: Resolved, conditions: Conditions) -> None:
        """Check the declarations of `resolved`."""
        self.resolved, self.conditions = resolved, conditions
        self.named = resolved.named
        self.fault = conditions.fault
        self.used = conditions.used
        self.dating = Dating(resolved)
        self.needs = Needs(conditions, self.quantity)

    def check(self) -> None:
        """Check every declaration, kind by kind."""
        checks: dict[str, Callable[[Any], None]] = {
            "ladder": self.ladder,
            "attribute": self.attribute,
            "parameter": self.parameter,
            "control": self.control,
            "measure": self.measure,
            "category": self.category,
            "definition": lambda item: self.conditions.condition(item.condition),
            "rule": self.rule,
            "exception": self.exception,
            "duty": self.duty,
            "invariant": self.invariant,
        }
        for kind, check in checks.items():
            for item in self.named[kind].values():
                check(item)
        for veto in self.resolved.vetoes:
            self.roles(veto.roles)
            self.actions(veto.actions)
        for evaluate in self.resolved.evaluates:
            for cadence in evaluate.cadences:
                self.cadence(cadence)
        for amend in self.resolved.amends:
            self.roles(need.role for need in amend.needs)
        assert self.resolved.header is not None
        self.roles(approved.role for approved in self.resolved.header.approved)

    # Names of a kind

    def named_one(self, name: syntax.Name, kind: str) -> Any | None:
        """The declaration a name must have; a fault when there is none of that kind."""
        item = self.named[kind].get(name.text)
        if item is not None:
            self.used.add((kind, name.text))
            return item
        declare = _DECLARED.get(kind, kind + " {}").replace("{}", name.text, 1)
        near = nearest(name.text, self.named[kind])
        for other, items in self.named.items():
            if name.text in items:
                help_ = near or f"declare it: `{declare}`"
                self.fault("P203", name, f"`{name.text}` is {article(other)}, not {article(kind)}", help_)
                return None
        self.fault("P201", name, f"there is no {kind} `{name.text}`", or_declare(near, declare))
        return None

    def roles(self, names: Iterable[syntax.Name]) -> None:
        """Names of roles."""
        for name in names:
            self.named_one(name, "role")

    def actions(self, names: Iterable[syntax.Name]) -> None:
        """Names of actions, or beginnings of them that cover some."""
        declared = self.named["action"]
        for name in names:
            if not any(action == name.text or action.startswith(name.text + ".") for action in declared):
                stems = {action.rsplit(".", n)[0] for action in declared for n in range(action.count(".") + 1)}
                help_ = or_declare(nearest(name.text, stems), f"action {name.text}")
                self.fault("P201", name, f"there is no action `{name.text}`", help_)

    def duration(self, value: syntax.Duration | None) -> None:
        """A positive duration, or a parameter that holds one."""
        if isinstance(value, syntax.Name):
            if value.text in _TIMES and value.text not in self.named["parameter"]:
                offer = f"1 {value.text}"
                fix = self.conditions.instead(value, offer)
                self.fault("P201", value, f"there is no parameter `{value.text}`", f"write `{offer}`", fix=fix)
                return
            parameter = self.named_one(value, "parameter")
            if parameter is not None and parameter.type.name.text != Kind.DURATION:
                message = f"`{value.text}` is {article(parameter.type.name.text)}, not a duration"
                self.fault("P301", value, message, "write a duration such as `30 days`")
        elif value is not None and value.quantity.number <= 0:
            self.fault("P304", value, f"`{value.quantity}` is no time at all", "write a longer duration")

    # Vocabulary

    def ladder(self, item: syntax.Levels) -> None:
        """A ladder: each level once."""
        seen: set[str] = set()
        for level in item.levels:
            if level.text in seen:
                self.fault("P202", level, f"level `{level.text}` stands twice on one ladder", "give it another name")
            seen.add(level.text)

    def type(self, declared: syntax.TypeName, allowed: tuple[Kind, ...], ladders: bool) -> None:
        """A type: a kind, with bounds for a score, or a ladder."""
        name = declared.name
        if name.text in allowed:
            if name.text == Kind.SCORE and declared.low is None:
                self.fault("P305", declared, "a score says between what", "write `score(0..10)`")
            elif declared.low is not None and name.text != Kind.SCORE:
                self.fault("P305", declared, f"a {name.text} has no bounds of its own", f"write `{name.text}`")
            elif declared.low is not None and declared.high is not None and declared.low >= declared.high:
                self.fault("P305", declared, "the range of this score is empty", "write the lower end first")
        elif not ladders or name.text not in self.named["ladder"]:
            names = [*allowed, *(self.named["ladder"] if ladders else ())]
            help_ = next((f"write `{right}`" for right in names if name.text.lower() in _MEANT.get(right, ())), "")
            help_ = help_ or nearest(name.text, names)
            self.fault("P305", name, f"`{name.text}` is not a type that fits here", help_)
        else:
            self.used.add(("ladder", name.text))

    def attribute(self, item: syntax.Attribute) -> None:
        """`attribute NAME: TYPE`."""
        self.type(item.type, _ATTRIBUTES, ladders=True)

    def parameter(self, item: syntax.Parameter) -> None:
        """`parameter NAME: TYPE = VALUE`: the value fits the type."""
        self.type(item.type, NUMERIC, ladders=True)
        if item.value is not None:
            self.fits(item.value, item.type, item.name.text)

    def fits(self, value: syntax.Literal_ | syntax.Name, declared: syntax.TypeName, what: str) -> None:
        """A value of a type: a level of its ladder, or a number with a unit of its kind, within its range."""
        ladder = self.conditions.ladder(declared.name.text)
        if isinstance(value, syntax.Name):
            if value.text not in ladder:
                help_ = nearest(value.text, ladder) if ladder else f"write {article(declared.name.text)}"
                self.fault("P301", value, f"`{value.text}` is not a value of `{what}`", help_)
        elif ladder:
            self.fault("P301", value, f"`{what}` holds a level", f"write {quoted(ladder, 'or')}")
        else:
            self.quantity(value, declared, what)

    def quantity(self, value: syntax.Literal_, declared: syntax.TypeName, what: str) -> None:
        """A number with a unit of its kind, within its range."""
        if declared.name.text not in NUMERIC:
            return  # that the type does not exist is found where it stands
        kind = Kind(declared.name.text)
        units = UNITS_OF[kind]
        if value.quantity.unit not in units:
            shown = quoted([f"1{unit}" if unit in _TIGHT else f"1 {unit}" for unit in units], "or")
            self.fault("P301", value, f"`{value.quantity}` is not {article(kind)}", f"write it like {shown}")
            return
        low, high = domain_of(declared)
        is_outside = value.quantity.value < low or (high is not None and value.quantity.value > high)
        if is_outside and not self.conditions.meant_in_percent(value, kind, what):
            help_ = within(what, kind, low, high)
            self.fault("P304", value, f"`{value.quantity}` is outside the range of `{what}`", help_)

    def control(self, item: syntax.Control) -> None:
        """A control: somebody attests it, a measurement shows it, or it says that it is undefined."""
        if item.ladder is not None:
            self.named_one(item.ladder, "ladder")
        if item.attested is not None:
            self.roles([item.attested.role])
            self.duration(item.attested.valid)
        if item.holds is not None:
            self.conditions.condition(item.holds)
        shown = item.attested is not None or item.holds is not None
        if item.undefined and shown:
            help_ = "leave out `undefined`, or what would show it"
            self.fault("P404", item.name, f"`{item.name.text}` is undefined and says what shows it", help_)
        if not item.undefined and not shown:
            help_ = "add `attested by ROLE`, `holds when …`, or `undefined` if the framework never says"
            self.fault("P111", item.name, f"nothing can show that `{item.name.text}` holds", help_)
        if item.ladder is not None and item.attested is None and not item.undefined:
            help_ = "add `attested by ROLE`: an attestation states the level"
            self.fault("P111", item.name, f"nothing can show a level of `{item.name.text}`", help_)

    def measure(self, item: syntax.Measure) -> None:
        """A measure: its type, margin and needs fit."""
        self.type(item.type, _MEASURES, ladders=False)
        kind = item.type.name.text
        if item.margin is not None:
            self.margin(item.margin, kind)
        for need in item.needs:
            self.needs.check(need)

    def margin(self, margin: syntax.Literal_ | syntax.Name, kind: str) -> None:
        """A margin: a number of the kind of its measure, or a parameter that holds one."""
        if kind not in NUMERIC:
            self.fault("P301", margin, f"{article(kind)} has no margin", "leave it out")
        elif isinstance(margin, syntax.Name):
            parameter = self.named_one(margin, "parameter")
            if parameter is not None and (held := parameter.type.name.text) != kind:
                message = f"`{margin.text}` is {article(held)}, and the margin of {article(kind)} is {article(kind)}"
                self.fault("P301", margin, message, f"use a parameter of type `{kind}`")
        elif margin.quantity.unit not in UNITS_OF[Kind(kind)] or margin.quantity.number < 0:
            help_ = f"write a positive {kind} with its unit"
            self.fault("P301", margin, f"`{margin.quantity}` is not a margin of {article(kind)}", help_)

    def category(self, item: syntax.Category) -> None:
        """A category: its levels are on its ladder, above the lowest, each once."""
        self.named_one(item.ladder, "ladder")
        ladder = self.conditions.ladder(item.ladder.text)
        seen: set[str] = set()
        for clause in item.clauses:
            level = clause.level
            if level.text not in ladder:
                self.conditions.wrong_level(level, {item.ladder.text: ladder})
            elif level.text == ladder[0]:
                message = f"`{level.text}` is the lowest level: it is always reached"
                self.fault("P404", level, message, "leave this line out")
            elif level.text in seen:
                self.fault("P106", level, f"`{level.text}` has two conditions", "join them with `or`")
            seen.add(level.text)
            self.conditions.condition(clause.condition, here=True)
        if item.assessed is not None:
            self.roles([item.assessed])
        elif not item.clauses:
            help_ = "add `LEVEL when …`, or `assessed by ROLE`"
            self.fault("P111", item.name, f"nothing can raise `{item.name.text}` above its lowest level", help_)

    # Rules

    def rule(self, item: syntax.Rule) -> None:
        """A rule: a condition that is one, and effects that are some."""
        if item.when is not None:
            self.conditions.condition(item.when)
        if item.when is not None and item.interpretations:
            help_ = "put what is common into each interpretation, or into a `define`"
            self.fault("P405", item.name, f"`{item.name.text}` has a condition and interpretations", help_)
        if len(item.interpretations) == 1:
            help_ = "add the other reading, or write `when`"
            self.fault("P405", item.interpretations[0].name, "one interpretation is no dispute", help_)
        seen: set[str] = set()
        for interpretation in item.interpretations:
            if interpretation.name.text in seen:
                message = f"interpretation `{interpretation.name.text}` stands twice"
                self.fault("P202", interpretation.name, message, "give it another name")
            seen.add(interpretation.name.text)
            self.conditions.condition(interpretation.condition)
        if item.waivable is not None:
            self.roles([item.waivable])
        if not item.effects:
            help_ = "add `forbid`, `require` or `notify`"
            self.fault("P111", item.name, f"rule `{item.name.text}` has no effect", help_)
        for effect in item.effects:
            self.effect(effect, item)

    def effect(self, effect: syntax.Effect, rule: syntax.Rule) -> None:
        """One effect of a rule."""
        match effect:
            case syntax.Forbid():
                self.actions(effect.actions)
            case syntax.RequireControls() | syntax.RequireRoles():
                self.requirement(effect)
            case syntax.NotifyBefore():
                self.roles(effect.roles)
                self.actions(effect.actions)
            case syntax.NotifyWithin():
                self.roles(effect.roles)
                self.duration(effect.within)
                if effect.event is not None:
                    self.named_one(effect.event, "event")
                elif not self.dating.rule(rule):
                    help_ = "say from what: `within … of EVENT`, with an event that is declared"
                    message = f"`{rule.name.text}` can fire with no date to count from, so this clock cannot start"
                    self.fault("P402", effect, message, help_)
            case _:
                assert_never(effect)

    def requirement(self, need: syntax.RequireControls | syntax.RequireRoles) -> None:
        """Controls or roles that are required."""
        self.actions(need.actions)
        group: tuple[Any, ...]
        if isinstance(need, syntax.RequireControls):
            group, count = need.controls, need.count
            for control in need.controls:
                self.control_need(control)
            names = [control.control for control in need.controls]
        else:
            group, count, names = need.roles, need.count or len(need.roles), list(need.roles)
            self.roles(need.roles)
            self.duration(need.valid)
        if count > len(group):
            message = f"{count} of {len(group)} can never be met"
            self.fault("P404", need, message, f"write a number up to {len(group)}")
        texts = [name.text for name in names]
        for position, name in enumerate(names):
            if name.text in texts[:position]:
                self.fault("P202", name, f"`{name.text}` stands twice in one requirement", "name each once")

    def control_need(self, need: syntax.ControlNeed) -> None:
        """`CONTROL [>= LEVEL]`."""
        item = self.named_one(need.control, "control")
        if item is None or need.level is None:
            return
        if item.ladder is None:
            self.fault("P301", need, *no_levels(need.control.text))
            return
        self.conditions.level_or_parameter(need.level, item.ladder.text, self.conditions.ladder(item.ladder.text))

    def exception(self, item: syntax.Exception_) -> None:
        """An exception: to rules that bind, on a condition or a requirement."""
        for name in item.rules:
            rule = self.named_one(name, "rule")
            if rule is not None and rule.strength != "must":
                message = f"`{name.text}` only advises, so there is nothing to except"
                self.fault("P404", name, message, "leave it out")
        if item.when is not None:
            self.conditions.condition(item.when)
        for need in item.requirements:
            self.requirement(need)
        if item.when is None and not item.requirements:
            help_ = "add `when …` or `require …`"
            self.fault(
                "P111",
                item.name,
                f"exception `{item.name.text}` has no condition: it would lift its rules always",
                help_,
            )

    def duty(self, item: syntax.Duty) -> None:
        """A duty: whose, to whom, and one clock."""
        self.roles([item.by, *item.to])
        for event in (item.start, item.until, item.event):
            if event is not None:
                self.named_one(event, "event")
        self.duration(item.every)
        self.duration(item.within)
        if item.when is not None:
            self.conditions.condition(item.when)
        if (item.every is None) == (item.within is None):
            help_ = "say either `every DURATION` or `within DURATION of EVENT`"
            self.fault("P111", item.name, f"duty `{item.name.text}` needs one clock", help_)

    def cadence(self, item: syntax.Cadence) -> None:
        """One alternative of `evaluate`."""
        if isinstance(item.factor, syntax.Name):
            parameter = self.named_one(item.factor, "parameter")
            if parameter is not None and parameter.type.name.text != Kind.FACTOR:
                self.fault("P301", item.factor, f"`{item.factor.text}` is not a factor", "write a factor such as `2x`")
        elif item.factor is not None and item.factor.quantity.value < 1:
            self.fault("P304", item.factor, "compute grows by a factor of at least 1", "write a factor such as `2x`")
        self.duration(item.duration)
        if item.event is not None:
            self.named_one(item.event, "event")

    def invariant(self, item: syntax.Invariant) -> None:
        """A claim about all inputs."""
        match item.claim:
            case syntax.Never(action=action, condition=condition):
                self.actions([action])
                self.conditions.condition(condition)
            case syntax.Always(control=control, action=action, condition=maybe):
                self.control_need(control)
                self.actions([action])
                if maybe is not None:
                    self.conditions.condition(maybe)
            case syntax.Monotone():
                pass
            case _:
                assert_never(item.claim)
