"""Needs: what a measure asks of its readings, against the attributes a policy declares and those every reading has."""

import re
from collections.abc import Callable
from typing import Any

from policylang import syntax
from policylang.check.conditions import Conditions
from policylang.check.meanings import article
from policylang.diagnostics import nearest, or_declare, quoted
from policylang.kinds import Kind
from policylang.resolve import BUILT_IN_ATTRIBUTES

_BUILT_IN_TYPES = dict(
    zip(BUILT_IN_ATTRIBUTES, (Kind.DURATION, Kind.TEXT, Kind.YES_NO, Kind.COUNT, Kind.TEXT), strict=True)
)
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*\Z", re.ASCII)

Quantified = Callable[[syntax.Literal_, syntax.TypeName, str], None]


class Needs:
    """Checks the needs of the measures of one policy."""

    def __init__(self, conditions: Conditions, quantity: Quantified) -> None:
        """Check with what `conditions` knows; `quantity` checks a number with a unit against a type."""
        self.conditions, self.quantity = conditions, quantity
        self.named = conditions.resolved.named
        self.fault = conditions.fault

    def check(self, need: syntax.Need) -> None:
        """`needs name OP value`: a built-in property or a declared attribute."""
        name = need.name.text
        declared = self.named["attribute"].get(name)
        if declared is not None:
            self.conditions.used.add(("attribute", name))
        elif name not in BUILT_IN_ATTRIBUTES:
            near = nearest(name, [*self.named["attribute"], *BUILT_IN_ATTRIBUTES])
            help_ = or_declare(
                near, f"attribute {name}: yes_no" if need.operator is None else f"attribute {name}: TYPE"
            )
            self.fault("P201", need.name, f"there is no attribute `{name}`", help_)
            return
        type_ = _BUILT_IN_TYPES[name].value if declared is None else declared.type.name.text
        if need.operator is not None:
            self.compared(need, type_, declared)
        elif type_ != Kind.YES_NO:
            message = f"`{name}` is {article(type_)}: it is not met or unmet by itself"
            self.fault("P302", need, message, f"compare it, as in `{name} {'=' if type_ == Kind.TEXT else '>='} …`")

    def compared(self, need: syntax.Need, type_: str, declared: syntax.Attribute | None) -> None:
        """The value a need compares with."""
        name, value, ladder = need.name.text, need.value, self.conditions.ladder(type_)
        assert value is not None
        if need.negated:
            self.fault("P302", need, "`not` stands before a name alone", "turn the comparison round")
        if isinstance(value, syntax.Name) and value.text in self.named["parameter"]:
            self.conditions.used.add(("parameter", value.text))
            held = self.named["parameter"][value.text].type.name.text
            if held != type_:
                message = f"`{value.text}` is {article(held)}, and `{name}` {article(type_)}"
                self.fault("P301", value, message, "compare values of one kind")
        elif ladder:
            if getattr(value, "text", None) not in ladder:
                self.fault(
                    "P204", value, f"`{_written(value)}` is not a level of `{type_}`", f"write {quoted(ladder, 'or')}"
                )
        elif type_ in (Kind.YES_NO, Kind.TEXT):
            self.word(need, type_, value)
        elif not isinstance(value, syntax.Literal_):
            help_ = "write a number with its unit"
            self.fault("P301", value, f"`{value.text}` is not a value of `{name}`, which is {article(type_)}", help_)
        else:
            shape = declared.type if declared else syntax.TypeName(name=syntax.Name(text=type_))
            self.quantity(value, shape, name)

    def word(self, need: syntax.Need, type_: str, value: syntax.Literal_ | syntax.Text | syntax.Name) -> None:
        """A need on a yes or no, or a text: equal or not, but for the version of an evaluator."""
        name, text = need.name.text, getattr(value, "text", None)
        if text is None or (type_ == Kind.YES_NO and text not in ("yes", "no")):
            yes_no = type_ == Kind.YES_NO
            help_ = "write `yes` or `no`" if yes_no else 'write a name, or a string such as `"inspect 0.3.248"`'
            self.fault(
                "P301", value, f"`{_written(value)}` is not a value of `{name}`, which is {article(type_)}", help_
            )
        elif need.operator in ("=", "!="):
            return
        elif name != "evaluator":
            help_ = f"write `{name} = {_written(value)}`, or `!=`"
            self.fault("P301", need, f"`{name}` is {article(type_)}: it is equal to another or it is not", help_)
        elif not _VERSION.search(text):
            help_ = f'write for instance `evaluator {need.operator} "{text} 1.2.3"`'
            self.fault("P301", value, f"`{text}` names no version to compare", help_)


def _written(value: Any) -> str:
    return str(value.quantity) if isinstance(value, syntax.Literal_) else str(value.text)
