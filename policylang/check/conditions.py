"""Conditions: what each name in them means, and whether kinds and units fit.

A comparison of values becomes a linear form: a sum of inputs with constant factors against a constant. What is learned
is put into a table by node identity, so that the decision graph is written from it without looking at names again.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from policylang import syntax
from policylang.check.meanings import (
    HERE,
    NUMERIC,
    TURNED,
    WRITTEN,
    Atom,
    Compared,
    LevelCompared,
    Linear,
    Meaning,
    OverCategories,
    Truth,
    article,
    domain_of,
    kind_of,
    no_levels,
    within,
)
from policylang.check.memory import Memory
from policylang.diagnostics import Diagnostic, Fix, nearest, note, or_declare, quoted, replacing
from policylang.kinds import UNITS_OF, Kind, Operator, Unit, exact_text, value_text
from policylang.resolve import Resolved

_MAX_QUOTED = 40
"""So much of a condition is repeated in a message."""


class Conditions:
    """Checks conditions of one policy and fills `meanings`."""

    def __init__(self, resolved: Resolved, found: list[Diagnostic], memory: Memory | None = None) -> None:
        """Check against the declarations of `resolved`; faults go to `found`."""
        self.memory = memory
        self.resolved = resolved
        self.found = found
        self.meanings: dict[int, Meaning] = {}
        self.stages = tuple(resolved.named["stage"])
        self.used: set[tuple[str, str]] = set()

    def fault(self, code: str, node: syntax.Node, message: str, help_: str, *, fix: Fix | None = None) -> None:
        """Note something wrong at a node."""
        place = self.resolved.place(node)
        note(self.found, Diagnostic(code=code, message=message, place=place, help=help_, fix=fix))

    def instead(self, node: syntax.Node, text: str) -> Fix:
        """The fix that writes another text in place of a node."""
        return replacing(self.resolved.place(node), text)

    def doubt(self, code: str, node: syntax.Node, message: str, help_: str) -> None:
        """Note at a node what works and is hardly meant: a warning."""
        place = self.resolved.place(node)
        self.found.append(Diagnostic(code=code, severity="warning", message=message, place=place, help=help_))

    def condition(self, node: syntax.Expression, *, here: bool = False) -> None:
        """Check something that must be true or false; `here` inside a category, where measures need no stage."""
        if self.memory is None:
            self.part(node, here=here)
            return
        known = self.memory.right(node, self.resolved, here=here)
        if known is None:
            self.remembered(node, self.memory, here=here)
        else:
            self.meanings.update(known.meanings)
            self.used |= known.used

    def remembered(self, node: syntax.Expression, memory: Memory, *, here: bool) -> None:
        """Check a condition, and remember it when nothing is wrong."""
        before, used = len(self.found), self.used
        self.used = set()
        self.part(node, here=here)
        own, self.used = frozenset(self.used), used
        used |= own
        if len(self.found) == before:
            memory.keep(node, self.resolved, self.meanings, own, here=here)

    def part(self, node: syntax.Expression, *, here: bool) -> None:
        """Check a part of a condition that must be true or false."""
        match node:
            case syntax.And(operands=operands) | syntax.Or(operands=operands):
                for operand in operands:
                    self.part(operand, here=here)
            case syntax.Not(operand=operand):
                self.part(operand, here=here)
            case syntax.Quantified():
                self.quantified(node)
            case syntax.Comparison():
                self.comparison(node, here=here)
            case syntax.Reference():
                self.truth(node, here=here)
            case _:
                self.fault("P302", node, "a value stands where a condition is wanted", "compare it with a constant")

    # Names that are true or false

    def truth(self, node: syntax.Reference, *, here: bool) -> None:
        """A finding, an event, a control, a definition."""
        declared = self.declared(node, "measure {}: finding")
        if declared is None:
            return
        kind, item = declared
        if kind == "measure" and item.type.name.text == Kind.FINDING:
            stage = self.stage_of(node, item.unstaged, here=here)
            self.meanings[node.id] = Truth(of="measure", name=item.name.text, stage=stage)
        elif kind in ("event", "control", "definition"):
            self.no_stage(node, kind)
            self.meanings[node.id] = Truth(of=kind, name=item.name.text)  # type: ignore[arg-type]  # the three kinds above
        else:
            what = "number" if kind == "attempts" else kind
            help_ = "compare it with a level of its ladder" if kind == "category" else "compare it with a constant"
            self.fault("P302", node, f"`{node.name.text}` is {article(what)}, not true or false", help_)

    def declared(self, node: syntax.Reference, wanted: str) -> tuple[str, Any] | None:
        """What a reference names; a fault when nothing, which offers the declaration that is wanted here."""
        name = node.name.text
        if name == "attempts":
            self.no_stage(node, "number of attempts")
            return "attempts", None
        declared = self.resolved.term(name)
        if declared is None:
            self.undeclared(node.name, wanted.replace("{}", name))
            return None
        self.used.add((declared[0], name))
        return declared

    def undeclared(self, name: syntax.Name, wanted: str) -> None:
        """A name that no condition may mention: a level, something of another kind, or nothing at all."""
        for ladder in self.resolved.named["ladder"]:
            if name.text in self.ladder(ladder):
                help_ = f"write the category or control before it: `… >= {name.text}`"
                self.fault("P203", name, f"`{name.text}` is a level of `{ladder}`", help_)
                return
        for kind in ("stage", "role", "action", "rule", "ladder", "attribute"):
            if name.text in self.resolved.named[kind]:
                help_ = "conditions mention measures, categories, controls, events, definitions and parameters"
                self.fault("P203", name, f"`{name.text}` is {article(kind)}", help_)
                return
        help_ = or_declare(nearest(name.text, [*self.resolved.terms(), "attempts"]), wanted)
        self.fault("P201", name, f"nothing declares `{name.text}`", help_)

    def no_stage(self, node: syntax.Reference, what: str) -> None:
        """A fault when a reference to something without stages names one."""
        if node.stage is not None:
            fix = self.instead(node, node.name.text)
            self.fault("P205", node.stage, f"{article(what)} has no stages", f"write `{node.name.text}`", fix=fix)

    def stage_of(self, node: syntax.Reference, unstaged: bool, *, here: bool) -> str | None:
        """The stage a reference means: one that is named, the one being judged, or None where there is none."""
        name = node.name.text
        if unstaged or not self.stages:
            if node.stage is not None:
                why = f"`{name}` is unstaged" if unstaged else "this policy declares no stages"
                self.fault("P205", node.stage, why, f"write `{name}`", fix=self.instead(node, name))
            return None
        if node.stage is None:
            if not here:
                choices = quoted([f"{name}.{stage}" for stage in self.stages], "or")
                help_ = f"write {choices}, or declare it `unstaged`"
                self.fault("P205", node, f"`{name}` has a value for each stage", help_)
            return HERE
        return self.stage(node.stage)

    def stage(self, name: syntax.Name) -> str:
        """A stage by name; a fault when it is not declared."""
        if name.text not in self.stages:
            self.fault("P201", name, f"`{name.text}` is not a stage", nearest(name.text, self.stages))
        return name.text

    # Levels

    def quantified(self, node: syntax.Quantified) -> None:
        """`any category …`: over the categories whose ladder has the level."""
        categories = self.resolved.named["category"]
        for excepted in node.excepted:
            if excepted.text not in categories:
                message = f"`{excepted.text}` is not a category"
                self.fault("P201", excepted, message, nearest(excepted.text, categories) or "leave it out")
        stage = self.quantified_stage(node)
        left = [c for c in categories.values() if c.name.text not in {e.text for e in node.excepted}]
        comparisons = []
        ladders: dict[str, tuple[str, ...]] = {}
        for category in left:
            ladder = self.ladder(category.ladder.text)
            ladders[category.ladder.text] = ladder
            self.used.add(("category", category.name.text))
            if node.level.text in ladder or self.held(node.level, category.ladder.text) is not None:
                level, parameter = self.level_or_parameter(node.level, category.ladder.text, ladder)
                comparisons.append(
                    LevelCompared(
                        of="category",
                        name=category.name.text,
                        stage=stage,
                        operator=node.operator,
                        level=level,
                        parameter=parameter,
                    )
                )
        if not left:
            self.fault("P403", node, "no category is left to judge", "declare a category, or except fewer")
        elif not comparisons:
            self.wrong_level(node.level, ladders)
        elif node.count is not None and node.count > len(comparisons):
            message = f"at least {node.count} of {len(comparisons)} categories can never be"
            self.fault("P404", node, message, f"write a number up to {len(comparisons)}")
        self.meanings[node.id] = OverCategories(comparisons=tuple(comparisons))
        tops = [len(self.ladder(categories[comparison.name].ladder.text)) - 1 for comparison in comparisons]
        self.sure(node, node.operator, [("category", c.level, top) for c, top in zip(comparisons, tops, strict=True)])

    def quantified_stage(self, node: syntax.Quantified) -> str | None:
        """The stage of a quantifier."""
        if node.stage is not None:
            if self.stages:
                return self.stage(node.stage)
            self.fault("P205", node.stage, "this policy declares no stages", "leave it out")
        elif self.stages:
            said = self.written(node)
            choices = quoted([said.replace("category", f"category.{stage}", 1) for stage in self.stages], "or")
            self.fault("P205", node, "a category has a level for each stage, and none is named", f"write {choices}")
        return None

    def ladder(self, name: str) -> tuple[str, ...]:
        """The levels of a ladder, lowest first; none when it is not declared (that is found elsewhere)."""
        declared = self.resolved.named["ladder"].get(name)
        return tuple(level.text for level in declared.levels) if declared else ()

    def wrong_level(self, name: syntax.Name, ladders: Mapping[str, tuple[str, ...]]) -> None:
        """A level that is not on the ladder that is wanted."""
        wanted = quoted(sorted(ladders), "or")
        levels = [level for ladder in ladders.values() for level in ladder]
        if levels:
            self.fault("P204", name, f"`{name.text}` is not a level of {wanted}", nearest(name.text, levels))

    def comparison(self, node: syntax.Comparison, *, here: bool) -> None:
        """A level against a level, or a value against a value."""
        if isinstance(node.left, syntax.Reference):
            declared = self.resolved.term(node.left.name.text)
            if declared is not None and declared[0] in ("category", "control"):
                self.level_comparison(node, node.left, declared)
                return
        if self.turned_round(node):
            return
        left, right = self.linear(node.left, here=here), self.linear(node.right, here=here)
        if left is None or right is None:
            return
        before = len(self.found)
        kind = self.unify(node, left, right)
        if len(self.found) > before:
            return
        terms = dict(left.terms)
        for atom, factor in right.terms.items():
            terms[atom] = terms[atom] - factor if atom in terms else -factor
        terms = {atom: factor for atom, factor in terms.items() if factor}
        bound = right.constant - left.constant
        if not terms:
            self.fault("P304", node, "this compares constants, so it is always the same", "compare a measure")
            return
        meaning = Compared(terms=terms, operator=node.operator, bound=bound, kind=kind)
        self.meanings[node.id] = meaning
        self.reachable(node, meaning)

    def turned_round(self, node: syntax.Comparison) -> bool:
        """Whether a level stands before the category or control it is compared with: a fault."""
        left, right = node.left, node.right
        if not isinstance(right, syntax.Reference) or not isinstance(left, syntax.Reference):
            return False
        declared = self.resolved.term(right.name.text)
        if declared is None or declared[0] not in ("category", "control"):
            return False
        written = right.name.text if right.stage is None else f"{right.name.text}.{right.stage.text}"
        right_way = f"{written} {TURNED[node.operator]} {left.name.text}"
        message = f"a {declared[0]} stands before the level it is compared with"
        self.fault("P301", node, message, f"write `{right_way}`", fix=self.instead(node, right_way))
        return True

    def level_comparison(self, node: syntax.Comparison, left: syntax.Reference, declared: tuple[str, Any]) -> None:
        """`category.stage >= level` or `control >= level`."""
        kind, item = declared
        self.used.add((kind, item.name.text))
        stage = self.stage_of(left, False, here=False) if kind == "category" else None
        if kind == "control":
            self.no_stage(left, kind)
        if item.ladder is None:
            self.fault("P301", node, *no_levels(item.name.text))
            return
        ladder = self.ladder(item.ladder.text)
        right = node.right
        if not isinstance(right, syntax.Reference) or right.stage is not None:
            message = f"a level of {quoted([item.ladder.text])} is wanted here"
            self.fault("P301", right, message, f"its levels are {quoted(ladder)}")
            return
        level, parameter = self.level_or_parameter(right.name, item.ladder.text, ladder)
        self.sure(node, node.operator, [(kind, level, len(ladder) - 1)])
        self.meanings[node.id] = LevelCompared(
            of=kind,  # type: ignore[arg-type]  # one of the two
            name=item.name.text,
            stage=stage,
            operator=node.operator,
            level=level,
            parameter=parameter,
        )

    def level_or_parameter(
        self, name: syntax.Name, ladder_name: str, ladder: tuple[str, ...]
    ) -> tuple[int | None, str | None]:
        """The rank of a level, given by name or by a parameter; a parameter without value stays open."""
        if name.text in ladder:
            return ladder.index(name.text), None
        parameter = self.held(name, ladder_name)
        if parameter is None:
            self.wrong_level(name, {ladder_name: ladder})
            return None, None
        self.used.add(("parameter", name.text))
        if parameter.value is None:
            return None, name.text
        value = getattr(parameter.value, "text", "")
        return (ladder.index(value) if value in ladder else None), None

    def sure(self, node: syntax.Node, operator: Operator, levels: list[tuple[str, int | None, int]]) -> None:
        """A doubt when comparisons with levels can only come out one way: kind, level and highest level of each."""
        for often, low, high in (("always", ">=", "<="), ("never", "<", ">")):
            if levels and all(
                (operator == low and kind == "category" and level == 0 <= top) or (operator == high and level == top)
                for kind, level, top in levels
            ):
                help_ = "compare with a level between the lowest and the highest"
                self.doubt("P304", node, f"this is {often} so, whatever the level", help_)

    def held(self, name: syntax.Name, ladder_name: str) -> syntax.Parameter | None:
        """The parameter of a ladder that a name declares."""
        parameter: syntax.Parameter | None = self.resolved.named["parameter"].get(name.text)
        return parameter if parameter is not None and parameter.type.name.text == ladder_name else None

    # Values

    def linear(self, node: syntax.Expression, *, here: bool) -> Linear | None:
        """The linear form of an expression; None after a fault."""
        match node:
            case syntax.Literal_(quantity=quantity):
                return Linear(kind=kind_of(quantity.unit), terms={}, constant=quantity.value)
            case syntax.Negative(operand=operand):
                return _scaled(self.linear(operand, here=here), Fraction(-1))
            case syntax.Reference():
                return self.value(node, here=here)
            case syntax.Arithmetic(operator="+" | "-"):
                return self.sum(node, here=here)
            case syntax.Arithmetic():
                return self.product(node, here=here)
            case _:
                self.fault("P301", node, "a condition stands where a value is wanted", "compare measures and numbers")
                return None

    def sum(self, node: syntax.Arithmetic, *, here: bool) -> Linear | None:
        """A chain of `+` and `-`, walked from its right end without recursion."""
        parts: list[tuple[str, syntax.Expression, syntax.Arithmetic]] = []
        first: syntax.Expression = node
        while isinstance(first, syntax.Arithmetic) and first.operator in "+-":
            parts.append((first.operator, first.right, first))
            first = first.left
        total = self.linear(first, here=here)
        for operator, part, at in reversed(parts):
            right = _scaled(self.linear(part, here=here), Fraction(1 if operator == "+" else -1))
            if total is None or right is None:
                return None
            kind = self.unify(at, total, right)
            terms = dict(total.terms)
            for atom, factor in right.terms.items():
                terms[atom] = terms.get(atom, Fraction(0)) + factor
            total = Linear(kind=kind, terms=terms, constant=total.constant + right.constant)
        return total

    def product(self, node: syntax.Arithmetic, *, here: bool) -> Linear | None:
        """`2 * a`, `a / 2`: one side is a number without a unit, a percentage or a factor."""
        left, right = self.linear(node.left, here=here), self.linear(node.right, here=here)
        if left is None or right is None:
            return None
        if node.operator == "*" and left.terms == {} and left.kind in (None, Kind.RATE, Kind.FACTOR):
            left, right = right, left
        if right.terms or right.kind not in (None, Kind.RATE, Kind.FACTOR):
            help_ = "multiply or divide by a plain number, a percentage or a factor"
            self.fault("P303", node, "this is not linear in the measures", help_)
            return None
        if node.operator == "/" and right.constant == 0:
            self.fault("P303", node, "this divides by zero", "divide by another number")
            return None
        return _scaled(left, right.constant if node.operator == "*" else 1 / right.constant)

    def value(self, node: syntax.Reference, *, here: bool) -> Linear | None:
        """A measure, `attempts` or a parameter as a value."""
        declared = self.declared(node, "measure {}: rate")
        if declared is None:
            return None
        kind, item = declared
        if kind == "attempts":
            return Linear(kind=Kind.COUNT, terms={Atom("attempts", "attempts"): Fraction(1)}, constant=Fraction(0))
        type_ = item.type.name.text if kind in ("measure", "parameter") else ""
        if type_ not in NUMERIC:
            self.no_number(node, kind, type_)
            return None
        if kind == "measure":
            stage = self.stage_of(node, item.unstaged, here=here)
            return Linear(
                kind=Kind(type_), terms={Atom("measure", item.name.text, stage): Fraction(1)}, constant=Fraction(0)
            )
        self.no_stage(node, kind)
        if isinstance(item.value, syntax.Literal_):
            return Linear(kind=Kind(type_), terms={}, constant=item.value.quantity.value)
        return Linear(kind=Kind(type_), terms={Atom("parameter", item.name.text): Fraction(1)}, constant=Fraction(0))

    def no_number(self, node: syntax.Reference, kind: str, type_: str) -> None:
        """A name that is no number where one is wanted; a type that does not exist is found elsewhere."""
        name = node.name.text
        if type_ and type_ != Kind.FINDING and type_ not in self.resolved.named["ladder"]:
            return
        help_ = f"write `{name}` or `not {name}` alone"
        if type_ in self.resolved.named["ladder"]:
            help_ = f"compare a category or control on `{type_}` with it"
        elif kind == "category":
            help_ = "compare it with a level of its ladder"
        self.fault("P301", node, f"`{name}` is {article(type_ or kind)}, not a number", help_)

    def unify(self, node: syntax.Comparison | syntax.Arithmetic, left: Linear, right: Linear) -> Kind | None:
        """The kind of two values that are added or compared; a plain number fits every kind written without a unit."""
        sides = ((left, node.left), (right, node.right))
        for one, other in ((left, right), (right, left)):
            if one.kind is None and (other.kind is None or Unit.NONE in UNITS_OF[other.kind]):
                return other.kind
        if left.kind is not right.kind:
            kind = left.kind if left.terms else right.kind
            written = f": {article(kind)} is written like `{WRITTEN[kind]}`" if kind in WRITTEN else ""
            told = [f"`{self.written(part)}` is {article(side.kind or 'plain number')}" for side, part in sides]
            message = f"{told[0]} and {told[1]}: they cannot be compared or added"
            self.fault("P301", node, message, f"compare values of one kind{written}")
        return left.kind

    def reachable(self, node: syntax.Comparison, meaning: Compared) -> None:
        """A finding when one value is compared with what it can never be (`20` for a rate is 2000 %), or always is."""
        if len(meaning.terms) != 1:
            return
        (atom, factor), *_ = meaning.terms.items()
        low, high = self.domain(atom)
        bound = meaning.bound if factor == 1 else meaning.bound / factor
        if low < bound and (high is None or bound < high):
            return
        operator = TURNED[meaning.operator] if factor < 0 else meaning.operator
        help_, value = within(atom.name, meaning.kind, low, high), value_text(bound, meaning.kind)
        if bound < low or (high is not None and bound > high):
            if not self.meant_in_percent(node.right, meaning.kind, atom.name):
                self.fault("P304", node, f"`{atom.name}` can never be `{value}`", help_)
        elif (operator in (">=", "<") and bound == low) or (operator in ("<=", ">") and bound == high):
            often = "always" if operator in (">=", "<=") else "never"
            self.doubt("P304", node, f"this is {often} so: `{atom.name} {operator} {value}`", help_)

    def meant_in_percent(self, node: syntax.Expression, kind: Kind | None, name: str) -> bool:
        """Whether a number stands for a rate that lacks its sign, which is then said."""
        if kind is not Kind.RATE or not isinstance(node, syntax.Literal_) or node.quantity.unit is not Unit.NONE:
            return False
        if not 1 < node.quantity.value <= 100:
            return False
        percent, value = f"{exact_text(node.quantity.number)}%", value_text(node.quantity.value, kind)
        message = f"`{node.quantity}` is `{value}`, and `{name}` is a rate, up to `100%`"
        self.fault("P304", node, message, f"write `{percent}`", fix=self.instead(node, percent))
        return True

    def written(self, node: syntax.Node) -> str:
        """A part of a condition as it is written, in one line and not too long."""
        place = self.resolved.place(node)
        text = " ".join(place.source.text[place.span.start : place.span.end].split())
        return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"

    def domain(self, atom: Atom) -> tuple[Fraction, Fraction | None]:
        """The least and greatest value of an atom; None where there is no greatest."""
        if atom.kind == "attempts":
            return Fraction(0), None
        declared = self.resolved.named[atom.kind][atom.name].type
        return domain_of(declared)


def _scaled(form: Linear | None, factor: Fraction) -> Linear | None:
    if form is None:
        return None
    terms = {atom: value * factor for atom, value in form.terms.items()}
    return Linear(kind=form.kind, terms=terms, constant=form.constant * factor)
