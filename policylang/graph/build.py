"""Declarations to the graph: a checked policy becomes everything it means, with names for syntax gone."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal, assert_never

from policylang import syntax
from policylang.check import Checked
from policylang.check.meanings import LevelCompared, domain_of
from policylang.graph import nodes
from policylang.graph.lower import Lowering
from policylang.kinds import Kind, Quantity, exact_text, value_text
from policylang.resolve import BUILT_IN_ATTRIBUTES


class Building:
    """Builds the graph of one checked policy."""

    def __init__(self, checked: Checked) -> None:
        """Build from a policy that has no errors."""
        self.resolved = checked.resolved
        self.named = checked.resolved.named
        self.low = Lowering(checked)
        self.leaves = leaves(self.named["action"])

    def graph(self) -> nodes.Graph:
        """The whole policy."""
        named = self.named
        categories = tuple(self.category(item) for item in named["category"].values())
        controls = tuple(self.control(item) for item in named["control"].values())
        definitions = tuple(nodes.Definition(name=name, part=self.low.definition(name)) for name in named["definition"])
        rules = tuple(self.rule(item) for item in named["rule"].values())
        exemptions = tuple(self.exemption(item) for item in named["exception"].values())
        duties = tuple(self.duty(item) for item in named["duty"].values())
        invariants = tuple(self.invariant(item) for item in named["invariant"].values())
        return nodes.Graph(
            header=self.header(),
            ladders=tuple((name, self.low.ladder(item.name)) for name, item in named["ladder"].items()),
            stages=self.terms("stage"),
            actions=tuple(
                nodes.Term(name=leaf, title=_text(named["action"][leaf].title)) for leaf in self.leaf_names()
            ),
            groups=tuple(self.leaves.items()),
            roles=self.terms("role"),
            events=self.terms("event"),
            attributes=tuple(self.attribute(item) for item in named["attribute"].values()),
            parameters=tuple(self.parameter(item) for item in named["parameter"].values()),
            inputs=tuple(self.low.inputs),
            nodes=tuple(self.low.nodes),
            controls=controls,
            measures=tuple(self.measure(item) for item in named["measure"].values()),
            categories=categories,
            definitions=definitions,
            rules=rules,
            exemptions=exemptions,
            vetoes=tuple(self.veto(item) for item in self.resolved.vetoes),
            duties=duties,
            cadences=tuple(self.cadence(c) for item in self.resolved.evaluates for c in item.cadences),
            amendments=tuple(self.amendment(item) for item in self.resolved.amends),
            changes=tuple(change for item in self.resolved.changes for change in _changes(item)),
            invariants=invariants,
        )

    def leaf_names(self) -> list[str]:
        """The actions that have none below them, in the order they are declared."""
        return [name for name in self.named["action"] if self.leaves[name] == (name,)]

    def covered(self, names: Iterable[syntax.Name]) -> tuple[str, ...]:
        """The leaf actions that names cover."""
        return tuple(sorted({leaf for name in names for leaf in self.leaves[name.text]}))

    def terms(self, kind: str) -> tuple[nodes.Term, ...]:
        """Stages, roles or events."""
        return tuple(nodes.Term(name=name, title=_text(item.title)) for name, item in self.named[kind].items())

    def header(self) -> nodes.Header:
        """The header."""
        header = self.resolved.header
        assert header is not None
        confidence = header.confidence
        return nodes.Header(
            name=header.name.text,
            title=_text(header.title),
            version=_text(header.version),
            source=_text(header.source),
            effective="" if header.effective is None else str(header.effective.moment),
            force="" if header.force is None else header.force.text,
            confidence=None if confidence is None else confidence.level,
            anytime=confidence is not None and confidence.anytime,
            across_attempts=confidence is not None and confidence.across_attempts,
            approved=tuple((item.role.text, str(item.date.moment)) for item in header.approved),
        )

    # Vocabulary

    def attribute(self, item: syntax.Attribute) -> nodes.Attribute:
        """A property of readings."""
        kind, ladder = self.kind_of(item.type)
        return nodes.Attribute(name=item.name.text, title=_text(item.title), kind=kind, ladder=ladder)

    def kind_of(self, declared: syntax.TypeName) -> tuple[str, tuple[str, ...]]:
        """A kind, or `ladder` with its levels."""
        name = declared.name
        return ("ladder", self.low.ladder(name)) if name.text in self.named["ladder"] else (name.text, ())

    def parameter(self, item: syntax.Parameter) -> nodes.Parameter:
        """A named constant."""
        value = item.value
        text = "" if value is None else value.text if isinstance(value, syntax.Name) else str(value.quantity)
        return nodes.Parameter(name=item.name.text, title=_text(item.title), kind=_type_text(item.type), value=text)

    def period(self, value: syntax.Duration) -> nodes.Period:
        """A duration, also when a parameter holds it."""
        if isinstance(value, syntax.Name):
            held = self.named["parameter"][value.text].value
            quantity = held.quantity if isinstance(held, syntax.Literal_) else None
            return nodes.Period(quantity=quantity, text=value.text)
        return nodes.Period(quantity=value.quantity, text=str(value.quantity))

    def maybe_period(self, value: syntax.Duration | None) -> nodes.Period | None:
        """A duration where there is one."""
        return None if value is None else self.period(value)

    def control(self, item: syntax.Control) -> nodes.Control:
        """A safeguard."""
        self.low.control(item.name.text, None)
        return nodes.Control(
            name=item.name.text,
            title=_text(item.title),
            ladder=self.low.ladder(item.ladder),
            attested="" if item.attested is None else item.attested.role.text,
            valid=None if item.attested is None else self.maybe_period(item.attested.valid),
            holds=None if item.holds is None else self.low.condition(item.holds),
            undefined=item.undefined,
            cites=self.cited(item.cites),
        )

    def measure(self, item: syntax.Measure) -> nodes.Measure:
        """An eval result."""
        kind = Kind(item.type.name.text)
        low, high = (Fraction(0), Fraction(1)) if kind is Kind.FINDING else domain_of(item.type)
        margin, open_margin = self.number(item.margin)
        return nodes.Measure(
            name=item.name.text,
            title=_text(item.title),
            kind=kind,
            low=low,
            high=high,
            worse=item.worse,
            stages=(None,) if item.unstaged else self.low.stages,
            bindings=tuple(
                nodes.Binding(tool=b.tool.text, task=b.task.text, version=_text(b.version), metric=_text(b.metric))
                for b in item.bindings
            ),
            unit=item.unit,
            score=item.score,
            outcomes=tuple(sorted(item.outcomes)),
            registered=item.registered,
            margin=margin,
            margin_unspecified=open_margin,
            needs=tuple(self.need(need) for need in item.needs),
            cites=self.cited(item.cites),
            where=self.where(item),
        )

    def number(self, value: syntax.Literal_ | syntax.Name | None) -> tuple[Fraction | None, str]:
        """A number, also when a parameter holds it; else the name of the parameter that has no value."""
        if isinstance(value, syntax.Name):
            held = self.named["parameter"][value.text].value
            return (held.quantity.value, "") if isinstance(held, syntax.Literal_) else (None, value.text)
        return (None if value is None else value.quantity.value), ""

    def need(self, item: syntax.Need) -> nodes.Need:
        """What a reading must satisfy."""
        declared = self.named["attribute"].get(item.name.text)
        built_in = dict(zip(BUILT_IN_ATTRIBUTES, ("duration", "text", "yes_no", "count", "text"), strict=True))
        kind, ladder = self.kind_of(declared.type) if declared else (built_in[item.name.text], ())
        if item.operator is None:
            text = f"not {item.name.text}" if item.negated else item.name.text
            operator: Any = "is not" if item.negated else "is"
            return _need(item.name.text, kind, ladder, operator, text=text)
        value: Any = item.value
        shown = str(value.quantity) if isinstance(value, syntax.Literal_) else value.text
        written = f'"{shown}"' if isinstance(value, syntax.Text) else shown
        text = f"{item.name.text} {item.operator} {written}"
        unspecified = ""
        if isinstance(value, syntax.Name) and value.text in self.named["parameter"]:
            value = self.named["parameter"][value.text].value
            unspecified = "" if value is not None else shown
        quantity: Quantity | None = value.quantity if isinstance(value, syntax.Literal_) else None
        word = getattr(value, "text", "")
        return nodes.Need(
            of=item.name.text,
            kind=kind,
            ladder=ladder,
            operator=item.operator,
            number=None if quantity is None else quantity.value,
            rank=ladder.index(word) if word in ladder else None,
            word=word,
            period=None if quantity is None or kind != Kind.DURATION else nodes.Period(quantity=quantity, text=shown),
            unspecified=unspecified,
            text=text,
        )

    def category(self, item: syntax.Category) -> nodes.Category:
        """A risk area."""
        ladder = self.low.ladder(item.ladder)
        ranks = range(1, len(ladder))
        return nodes.Category(
            name=item.name.text,
            title=_text(item.title),
            ladder_name=item.ladder.text,
            ladder=ladder,
            assessed="" if item.assessed is None else item.assessed.text,
            measured=bool(item.clauses),
            reached=tuple(
                (stage, tuple(self.low.reached(item, stage, rank) for rank in ranks)) for stage in self.low.stages
            ),
            clauses=tuple(
                (ladder.index(clause.level.text), stage, self.low.condition(clause.condition, stage))
                for clause in item.clauses
                for stage in self.low.stages
            ),
            cites=self.cited(item.cites),
        )

    # Rules

    def rule(self, item: syntax.Rule) -> nodes.Rule:
        """A rule."""
        if item.interpretations:
            parts = tuple(self.low.condition(i.condition) for i in item.interpretations)
            names = tuple(i.name.text for i in item.interpretations)
            body = self.low.add(nodes.Disputed(names=names, parts=parts))
        elif item.when is not None:
            body = self.low.condition(item.when)
        else:
            body = self.low.add(nodes.Constant(value=True))
        forbids: set[str] = set()
        requirements: list[nodes.Requirement] = []
        notices: list[nodes.Notice] = []
        for effect in item.effects:
            match effect:
                case syntax.Forbid(actions=actions):
                    forbids.update(self.covered(actions))
                case syntax.NotifyWithin():
                    notices.append(self.notice(effect))
                case syntax.RequireControls() | syntax.RequireRoles() | syntax.NotifyBefore():
                    requirements.append(self.requirement(effect))
                case _:
                    assert_never(effect)
        return nodes.Rule(
            name=item.name.text,
            title=_text(item.title),
            strength=item.strength,
            waivable="" if item.waivable is None else item.waivable.text,
            body=body,
            forbids=tuple(sorted(forbids)),
            requirements=tuple(requirements),
            notices=tuple(notices),
            rests_on=self.rests_on([body, *(n for r in requirements for n in r.nodes)]),
            cites=self.cited(item.cites),
            where=self.where(item),
        )

    def cited(self, cites: tuple[syntax.Text | syntax.Name, ...]) -> tuple[str, ...]:
        """What a declaration cites: texts as they are, a clause with what it cites itself."""
        found: list[str] = []
        for cite in cites:
            clause = self.resolved.named["clause"].get(cite.text) if isinstance(cite, syntax.Name) else None
            where = () if clause is None else tuple(each.text for each in clause.cites)
            found.append(f"{cite.text} ({', '.join(where)})" if where else cite.text)
        return tuple(found)

    def where(self, item: syntax.Node) -> nodes.Where:
        """Where a declaration stands."""
        place = self.resolved.place(item)
        line, _ = place.source.position(place.span.start)
        return nodes.Where(file=place.source.name, line=line, start=place.span.start, end=place.span.end)

    def rests_on(self, indices: Iterable[int]) -> tuple[str, ...]:
        """The assessed categories and attested controls that nodes depend on."""
        seen: set[int] = set()
        stack = list(indices)
        found: set[str] = set()
        while stack:
            index = stack.pop()
            if index in seen:
                continue
            seen.add(index)
            match self.low.nodes[index]:
                case nodes.Assessed(category=name, stage=stage):
                    found.add(f"category {name}" if stage is None else f"category {name}.{stage}")
                case nodes.Attested(control=name):
                    found.add(f"control {name}")
                case node:
                    stack.extend(nodes.parts_of(node))
        return tuple(sorted(found))

    def notice(self, effect: syntax.NotifyWithin) -> nodes.Notice:
        """`notify ROLES within …`."""
        return nodes.Notice(
            roles=tuple(role.text for role in effect.roles),
            within=self.period(effect.within),
            event="" if effect.event is None else effect.event.text,
        )

    def requirement(
        self, effect: syntax.RequireControls | syntax.RequireRoles | syntax.NotifyBefore
    ) -> nodes.Requirement:
        """Something that must be so before actions."""
        actions = self.covered(effect.actions)
        match effect:
            case syntax.RequireControls(controls=controls, count=count):
                indices = tuple(self.control_need(need) for need in controls)
                texts = tuple(_control_text(need) for need in controls)
                text = texts[0] if len(texts) == 1 else f"at least {count} of ({', '.join(texts)})"
                return nodes.Requirement(
                    what="control", count=count, members=texts, nodes=indices, valid=None, actions=actions, text=text
                )
            case syntax.RequireRoles(what=what, count=maybe, roles=roles, valid=valid):
                names = tuple(role.text for role in roles)
                text = ", ".join(names) if maybe is None else f"{maybe} of ({', '.join(names)})"
                period = self.maybe_period(valid)
                text = f"{what} of {text}" + ("" if period is None else f" valid {period.text}")
                count = len(names) if maybe is None else maybe
                return nodes.Requirement(
                    what=what, count=count, members=names, nodes=(), valid=period, actions=actions, text=text
                )
            case syntax.NotifyBefore(roles=roles):
                names = tuple(role.text for role in roles)
                text = f"notification of {', '.join(names)}"
                return nodes.Requirement(
                    what="notification",
                    count=len(names),
                    members=names,
                    nodes=(),
                    valid=None,
                    actions=actions,
                    text=text,
                )
            case _:
                assert_never(effect)

    def control_need(self, need: syntax.ControlNeed) -> int:
        """The node of a required control."""
        name = need.control.text
        if need.level is None:
            return self.low.control(name, None)
        ladder = self.low.ladder(self.named["control"][name].ladder)
        word = need.level.text
        if word not in ladder:
            value = self.named["parameter"][word].value
            if value is None:
                return self.low.add(nodes.Unspecified(parameter=word))
            word = value.text
        meaning = LevelCompared(of="control", name=name, stage=None, operator=">=", level=ladder.index(word))
        return self.low.at_level(meaning, ladder.index(word))

    def exemption(self, item: syntax.Exception_) -> nodes.Exemption:
        """An exception."""
        body = self.low.add(nodes.Constant(value=True)) if item.when is None else self.low.condition(item.when)
        requirements = tuple(self.requirement(effect) for effect in item.requirements)
        return nodes.Exemption(
            name=item.name.text,
            title=_text(item.title),
            rules=tuple(sorted({name.text for name in item.rules})),
            body=body,
            requirements=requirements,
            rests_on=self.rests_on([body, *(n for r in requirements for n in r.nodes)]),
            cites=self.cited(item.cites),
            where=self.where(item),
        )

    def veto(self, item: syntax.Veto) -> nodes.Veto:
        """A right to veto."""
        return nodes.Veto(roles=tuple(sorted({role.text for role in item.roles})), actions=self.covered(item.actions))

    def duty(self, item: syntax.Duty) -> nodes.Duty:
        """A standing obligation."""
        return nodes.Duty(
            name=item.name.text,
            title=_text(item.title),
            by=item.by.text,
            to=tuple(role.text for role in item.to),
            every=self.maybe_period(item.every),
            start="" if item.start is None else item.start.text,
            until="" if item.until is None else item.until.text,
            within=self.maybe_period(item.within),
            event="" if item.event is None else item.event.text,
            body=self.low.add(nodes.Constant(value=True)) if item.when is None else self.low.condition(item.when),
            cites=self.cited(item.cites),
            where=self.where(item),
        )

    def cadence(self, item: syntax.Cadence) -> nodes.Cadence:
        """When readings go stale."""
        factor, unspecified = self.number(item.factor)
        period = self.maybe_period(item.duration)
        event = "" if item.event is None else item.event.text
        if period is not None:
            unspecified = "" if period.quantity is not None else period.text
            text = f"every {period.text}"
        elif event:
            text = f"after {event}"
        else:
            shown = unspecified if factor is None else value_text(factor, Kind.FACTOR)
            text = f"{'beyond' if item.kind == 'beyond factor' else 'every'} {shown} effective_compute"
        return nodes.Cadence(
            factor=factor,
            strict=item.kind == "beyond factor",
            period=period,
            event=event,
            unspecified=unspecified,
            text=text,
        )

    def amendment(self, item: syntax.Amend) -> nodes.Amendment:
        """What a change of the policy needs."""
        needs = tuple((need.what, need.role.text) for need in item.needs)
        return nodes.Amendment(direction=item.direction, needs=needs)

    def invariant(self, item: syntax.Invariant) -> nodes.Invariant:
        """A claim about all inputs."""
        claim: Literal["never", "always", "monotone"]
        actions: tuple[str, ...] = ()
        control = body = None
        match item.claim:
            case syntax.Never(action=action, condition=condition):
                claim, actions, body = "never", self.covered([action]), self.low.condition(condition)
            case syntax.Always(control=need, action=action, condition=maybe):
                claim, actions, control = "always", self.covered([action]), self.control_need(need)
                body = None if maybe is None else self.low.condition(maybe)
            case syntax.Monotone():
                claim = "monotone"
            case _:
                assert_never(item.claim)
        return nodes.Invariant(
            name=item.name.text, claim=claim, actions=actions, control=control, body=body, where=self.where(item)
        )


def leaves(actions: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each action and each beginning of one at a dot: the leaf actions it covers, sorted."""
    stems = {a: [a[:at] for at in range(len(a)) if a[at] == "."] for a in sorted(actions)}
    inner = {stem for each in stems.values() for stem in each}
    covered: dict[str, list[str]] = {name: [] for name in sorted({*stems, *inner})}
    for action, each in stems.items():
        if action not in inner:
            for name in (*each, action):
                covered[name].append(action)
    return {name: tuple(found) for name, found in covered.items()}


def _need(of: str, kind: str, ladder: tuple[str, ...], operator: Any, *, text: str) -> nodes.Need:
    return nodes.Need(
        of=of,
        kind=kind,
        ladder=ladder,
        operator=operator,
        number=None,
        rank=None,
        word="",
        period=None,
        unspecified="",
        text=text,
    )


def _type_text(declared: syntax.TypeName) -> str:
    """A type as the language writes it: `rate`, `score(0..10)`, the name of a ladder."""
    if declared.low is None or declared.high is None:
        return declared.name.text
    return f"{declared.name.text}({exact_text(declared.low)}..{exact_text(declared.high)})"


def _control_text(need: syntax.ControlNeed) -> str:
    return need.control.text if need.level is None else f"{need.control.text} >= {need.level.text}"


def _changes(item: syntax.Changes) -> Iterable[nodes.Change]:
    for claim in item.claims:
        yield nodes.Change(
            since=item.version.text, direction=claim.direction, name=claim.name.text, why=_text(claim.why)
        )


def _text(text: syntax.Text | None) -> str:
    return "" if text is None else text.text
