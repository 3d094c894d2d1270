"""Mentions: every place where a name stands in a file of a policy, and what it names there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from policylang import syntax
from policylang.resolve import KINDS, TERMS, Resolved
from policylang.source import Place, Span

_ACTIONS = dict.fromkeys(
    [
        syntax.Forbid, syntax.RequireControls, syntax.RequireRoles, syntax.NotifyBefore, syntax.Veto,
        syntax.ExpectVerdict,
    ],
    "actions",
)  # fmt: skip

_NAMES: Mapping[tuple[type, str], str] = {
    **dict.fromkeys(_ACTIONS.items(), "action"),
    (syntax.ApprovedBy, "role"): "role",
    (syntax.Control, "ladder"): "ladder",
    (syntax.Category, "ladder"): "ladder",
    (syntax.Category, "assessed"): "role",
    (syntax.AttestedBy, "role"): "role",
    (syntax.AttestedBy, "valid"): "parameter",
    (syntax.Measure, "margin"): "parameter",
    (syntax.Need, "name"): "attribute",
    (syntax.Set, "name"): "parameter",
    (syntax.Reference, "stage"): "stage",
    (syntax.Quantified, "excepted"): "category",
    (syntax.Quantified, "stage"): "stage",
    (syntax.ControlNeed, "control"): "control",
    (syntax.RequireRoles, "roles"): "role",
    (syntax.RequireRoles, "valid"): "parameter",
    (syntax.NotifyWithin, "roles"): "role",
    (syntax.NotifyWithin, "within"): "parameter",
    (syntax.NotifyWithin, "event"): "event",
    (syntax.NotifyBefore, "roles"): "role",
    (syntax.Rule, "waivable"): "role",
    (syntax.Exception_, "rules"): "rule",
    (syntax.Veto, "roles"): "role",
    (syntax.Duty, "by"): "role",
    (syntax.Duty, "to"): "role",
    (syntax.Duty, "every"): "parameter",
    (syntax.Duty, "within"): "parameter",
    (syntax.Duty, "start"): "event",
    (syntax.Duty, "until"): "event",
    (syntax.Duty, "event"): "event",
    (syntax.Cadence, "factor"): "parameter",
    (syntax.Cadence, "duration"): "parameter",
    (syntax.Cadence, "event"): "event",
    (syntax.AmendNeed, "role"): "role",
    (syntax.Never, "action"): "action",
    (syntax.Always, "action"): "action",
    (syntax.GivenFact, "by"): "role",
    (syntax.GivenFact, "to"): "role",
    (syntax.GivenAll, "excluded"): "category",
    (syntax.GivenAll, "stage"): "stage",
    (syntax.GivenAll, "by"): "role",
    (syntax.GivenNo, "by"): "role",
    (syntax.GivenSituation, "name"): "situation",
    (syntax.ExpectVerdict, "rules"): "rule",
    (syntax.ExpectAdvised, "rules"): "rule",
}
"""What a name in a field names, where the field alone says it."""

_STAGED = (syntax.GivenValue, syntax.ExpectLevel)
"""Whose target is a name with its stage; what other facts are about depends on their kind."""
_OWED = ("rule", "duty")
_ABOUT = {"assessment": ("category",), "attestation": ("control",), "event": ("event",), "duty": ("duty",)}
_ABOUT_RULES = {"notification": ("rule", "duty"), "waiver": ("rule", "exception")}


_FIELDS: dict[str, tuple[str, ...]] = {}
"""The fields of nodes by the name of their type: asked for often."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A name in a text: where, what kind of thing it names, its name, and whether it is declared there.

    The name of a level has its ladder in front: `risk.high`.
    """

    span: Span
    kind: str
    name: str
    declares: bool = False

    @property
    def written(self) -> str:
        """The name as it stands in the text."""
        return self.name.rpartition(".")[2] if self.kind == "level" else self.name


def mentions(resolved: Resolved, number: int) -> tuple[Mention, ...]:
    """The names in a file of a policy, in the order of the text."""
    module = resolved.modules[number]
    finder = _Finder(resolved, module)
    found = {mention.span: mention for item in module.items for mention in finder.of(item)}
    return tuple(sorted(found.values(), key=lambda mention: (mention.span.start, mention.span.end)))


def at(found: tuple[Mention, ...], offset: int) -> Mention | None:
    """The name at an offset: the shortest that it is in or just behind."""
    near = [one for one in found if one.span.start <= offset <= one.span.end]
    return min(near, key=lambda one: (one.span.end - one.span.start, -one.span.start), default=None)


def declaration(resolved: Resolved, kind: str, name: str) -> Place | None:
    """Where a name is declared."""
    if kind == "level":
        ladder, _, level = name.partition(".")
        item = resolved.named["ladder"].get(ladder)
        found = [each for each in item.levels if each.text == level] if item is not None else []
        return resolved.place(found[0]) if found else None
    item = resolved.named.get(kind, {}).get(name)
    return None if item is None else resolved.place(item.name)


def _parts(node: syntax.Node) -> tuple[str, ...]:
    kind = type(node).__name__
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(each.name for each in fields(node) if each.name not in ("span", "id"))
    return _FIELDS[kind]


class _Finder:
    """Walks the items of one file."""

    def __init__(self, resolved: Resolved, module: syntax.Module) -> None:
        self.resolved, self.named, self.module = resolved, resolved.named, module

    def mention(self, node: syntax.Node, kind: str, name: str, *, declares: bool = False) -> Mention:
        return Mention(span=self.module.place(node).span, kind=kind, name=name, declares=declares)

    def of(self, node: syntax.Node) -> Iterator[Mention]:
        """The names in a node and below it."""
        kind = KINDS.get(type(node))
        if kind is not None:
            name = node.name  # type: ignore[attr-defined]  # every declaration of KINDS has one
            yield self.mention(name, kind, name.text, declares=True)
        yield from self.special(node)
        for part in _parts(node):
            value = getattr(node, part)
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, syntax.Name):
                    named = "clause" if part == "cites" else _NAMES.get((type(node), part))
                    if named is not None:
                        yield self.mention(each, named, each.text)
                elif isinstance(each, syntax.Node) and (part != "target" or isinstance(node, _STAGED)):
                    yield from self.of(each)

    def special(self, node: syntax.Node) -> Iterator[Mention]:
        """The names in a node whose meaning depends on others."""
        match node:
            case syntax.Levels(name=name, levels=levels):
                for level in levels:
                    yield self.mention(level, "level", f"{name.text}.{level.text}", declares=True)
            case syntax.TypeName(name=name) if name.text in self.named["ladder"]:
                yield self.mention(name, "ladder", name.text)
            case syntax.Parameter() | syntax.Set() | syntax.Need() | syntax.GivenValue():
                yield from self.value(node)
            case syntax.Category(ladder=ladder, clauses=clauses):
                for clause in clauses:
                    yield self.level(clause.level, ladder.text)
            case syntax.Comparison(left=left, right=right):
                yield from self.sides(left, right)
            case syntax.Reference():
                yield from self.term(node)
            case syntax.Quantified(level=level):
                yield self.level(level, *self.ladders())
            case syntax.ControlNeed(control=control, level=syntax.Name() as level):
                yield self.level(level, self.ladder_of(control.text))
            case syntax.Claim(name=name):
                yield from self.one_of(name, name.text, tuple(self.named))
            case _:
                yield from self.of_tests(node)

    def of_tests(self, node: syntax.Node) -> Iterator[Mention]:
        match node:
            case (
                syntax.GivenFact(kind=kind, target=target, level=level)
                | syntax.GivenNo(kind=kind, target=target, by=level)
            ):
                yield from self.about(kind, target)
                if isinstance(node, syntax.GivenFact) and level is not None:
                    yield self.level(level, self.ladder_of(target.name.text))
            case syntax.GivenAll(level=level):
                yield self.level(level, *self.ladders())
            case syntax.ExpectLevel(target=target, low=low, high=high):
                for each in (low, high):
                    yield self.level(each, self.ladder_of(target.name.text))
            case syntax.ExpectDue(rule=rule):
                yield from self.one_of(rule, rule.text, _OWED)
            case syntax.ExpectState(rules=rules):
                for rule in rules:
                    yield from self.one_of(rule, rule.text, _OWED)
            case _:
                return

    def value(self, node: syntax.Node) -> Iterator[Mention]:
        """The value of a parameter, an attribute or a measure: a level where its type is a ladder."""
        match node:
            case syntax.Parameter(type=declared, value=syntax.Name() as value):
                yield self.level(value, declared.name.text)
            case syntax.Set(name=name, value=syntax.Name() as value):
                yield self.level(value, self.ladder_of(name.text))
            case syntax.Need(name=name, value=syntax.Name() as value):
                if value.text in self.named["parameter"]:
                    yield self.mention(value, "parameter", value.text)
                else:
                    item = self.named["attribute"].get(name.text)
                    yield self.level(value, item.type.name.text if item is not None else "")
            case _:
                return

    def sides(self, left: syntax.Expression, right: syntax.Expression) -> Iterator[Mention]:
        """A level that a category or a control is compared with."""
        for one, other in ((left, right), (right, left)):
            if isinstance(one, syntax.Reference) and isinstance(other, syntax.Reference):
                ladder = self.ladder_of(one.name.text)
                if ladder and self.resolved.term(other.name.text) is None:
                    yield self.level(other.name, ladder)

    def term(self, node: syntax.Reference) -> Iterator[Mention]:
        """A name in a condition, or an action or another target of a test that has a dot in it."""
        declared = self.resolved.term(node.name.text)
        if declared is not None:
            yield self.mention(node.name, declared[0], node.name.text)

    def about(self, kind: str, target: syntax.Reference) -> Iterator[Mention]:
        """What a fact of a test is about."""
        if kind in _ABOUT or not kind:
            yield from self.one_of(target.name, target.name.text, _ABOUT.get(kind, TERMS))
            if target.stage is not None:
                yield self.mention(target.stage, "stage", target.stage.text)
            return
        whole = target.name.text + (f".{target.stage.text}" if target.stage is not None else "")
        yield from self.one_of(target, whole, (*_ABOUT_RULES.get(kind, ()), "exception", "action"))

    def one_of(self, node: syntax.Node, name: str, kinds: tuple[str, ...]) -> Iterator[Mention]:
        """A name that is of the first kind that has it; a group of actions is an action."""
        found = [kind for kind in kinds if name in self.named[kind]]
        if found:
            yield self.mention(node, found[0], name)
        elif "action" in kinds and any(action.startswith(f"{name}.") for action in self.named["action"]):
            yield self.mention(node, "action", name)

    def level(self, name: syntax.Name, *ladders: str) -> Mention:
        """A level, of the first ladder that has it."""
        has = [ladder for ladder in ladders if name.text in self.levels(ladder)]
        return self.mention(name, "level", f"{has[0] if has else ''}.{name.text}")

    def levels(self, ladder: str) -> tuple[str, ...]:
        item = self.named["ladder"].get(ladder)
        return () if item is None else tuple(each.text for each in item.levels)

    def ladders(self) -> tuple[str, ...]:
        """The ladders of the categories."""
        return tuple(sorted({item.ladder.text for item in self.named["category"].values()}))

    def ladder_of(self, term: str) -> str:
        """The ladder of a category, a control or a parameter; empty when it has none."""
        return ladder_of(self.resolved, term)


def ladder_of(resolved: Resolved, term: str) -> str:
    """The ladder of a category, a control or a parameter; empty when it has none."""
    declared = resolved.term(term)
    match declared[1] if declared is not None else None:
        case syntax.Category(ladder=ladder):
            return ladder.text
        case syntax.Control(ladder=syntax.Name() as ladder):
            return ladder.text
        case syntax.Parameter(type=kind) | syntax.Attribute(type=kind):
            return kind.name.text if kind.name.text in resolved.named["ladder"] else ""
        case _:
            return ""
