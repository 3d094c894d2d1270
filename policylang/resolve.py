"""Names: which declarations a policy has, its own and those it takes in, and what each name declares.

`use` adds the declarations of another file; a name both declare is declared twice. `extends` lays a policy over
another: what it declares replaces what the other declares under that kind and name, the rest stays. A header that does
not state `confidence`, `force` or `effective` keeps that of the policy below, so that leaving a line out never loosens.

A file of tests belongs to a policy and has situations and tests only: nothing in it can change what the policy means.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policylang import parse, syntax
from policylang.diagnostics import Diagnostic, Enough, Label, nearest, note
from policylang.source import Place, Source

Read = Callable[[str, Source], Source]
"""Reads a file that another names in `use` or `extends`; raises OSError or ValueError with a sentence."""

Parse = Callable[[Source, list[Diagnostic], int], syntax.Module]
"""Parses a file, the how-manieth of its policy: `parse.parse`, or one that keeps what did not change."""

MAX_TOTAL = 16 << 20
"""Characters a policy may have with all it takes in."""
_MAX_SHOWN = 100
MAX_FILES = 100
"""How often a policy may say `use` or `extends`, in all its files."""

KINDS: Mapping[type, str] = {
    syntax.Levels: "ladder",
    syntax.Stage: "stage",
    syntax.Action: "action",
    syntax.Role: "role",
    syntax.Attribute: "attribute",
    syntax.Parameter: "parameter",
    syntax.Event: "event",
    syntax.Control: "control",
    syntax.Measure: "measure",
    syntax.Category: "category",
    syntax.Define: "definition",
    syntax.Rule: "rule",
    syntax.Exception_: "exception",
    syntax.Duty: "duty",
    syntax.Clause: "clause",
    syntax.Invariant: "invariant",
    syntax.Situation: "situation",
}
TERMS = ("parameter", "event", "control", "measure", "category", "definition")
"""Kinds that conditions may mention: they share one namespace."""

RESERVED = {"attempts": "the number of mitigation attempts", "effective_compute": "the compute of the subject"}
BUILT_IN_ATTRIBUTES = ("age", "evaluator", "independent", "n", "status")


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A policy with all it takes in: declarations by kind and name, the others in order, and where nodes stand."""

    header: syntax.Policy | None
    named: Mapping[str, Mapping[str, Any]]
    vetoes: tuple[syntax.Veto, ...]
    evaluates: tuple[syntax.Evaluate, ...]
    amends: tuple[syntax.Amend, ...]
    changes: tuple[syntax.Changes, ...]
    tests: tuple[syntax.Test, ...]
    sources: tuple[Source, ...] = field(repr=False)
    modules: tuple[syntax.Module, ...] = field(repr=False)

    def place(self, node: syntax.Node) -> Place:
        """Where a node stands."""
        return self.modules[node.id >> 24].place(node)

    def term(self, name: str) -> tuple[str, Any] | None:
        """What a name in a condition declares: its kind and declaration."""
        return self._terms.get(name)

    @functools.cached_property
    def _terms(self) -> dict[str, tuple[str, Any]]:
        """Asked for at every name: the first kind that has it counts."""
        return {name: (kind, item) for kind in reversed(TERMS) for name, item in self.named[kind].items()}

    def terms(self) -> Iterator[str]:
        """All names that conditions may mention."""
        for kind in TERMS:
            yield from self.named[kind]


@dataclass(kw_only=True)
class _Layer:
    """Declarations of one policy, before what it extends is below it."""

    header: syntax.Policy | None = None
    named: dict[str, dict[str, Any]] = field(default_factory=lambda: {kind: {} for kind in KINDS.values()})
    others: list[Any] = field(default_factory=list)
    sets: list[syntax.Set] = field(default_factory=list)


def resolve(
    modules: tuple[syntax.Module, ...], joins: Mapping[int, int], found: list[Diagnostic], tests: int = 0
) -> Resolved:
    """What the files of one policy declare.

    `modules[0]` is the policy, and the last `tests` modules are files of tests of it; `joins` maps the id of each `use`
    and `extends` node to the number of the file it names.
    """
    sources = tuple(module.source for module in modules)
    walker = _Resolver(modules, joins, found, sources)
    layer = _Layer()
    tested = modules[:1] + modules[len(modules) - tests :]
    with contextlib.suppress(Enough):
        layer = walker.layer(0)
        walker.header(layer)
        for module in tested[1:]:
            walker.add_situations(layer, module)

    def kept(kind: type) -> tuple[Any, ...]:
        return tuple(item for item in layer.others if isinstance(item, kind))

    return Resolved(
        header=layer.header,
        named=layer.named,
        vetoes=kept(syntax.Veto),
        evaluates=kept(syntax.Evaluate),
        amends=kept(syntax.Amend),
        changes=kept(syntax.Changes),
        tests=tuple(item for module in tested for item in module.items if isinstance(item, syntax.Test)),
        sources=sources,
        modules=modules,
    )


class _Resolver:
    def __init__(
        self,
        modules: tuple[syntax.Module, ...],
        joins: Mapping[int, int],
        found: list[Diagnostic],
        sources: tuple[Source, ...],
    ) -> None:
        self.modules, self.joins, self.found, self.sources = modules, joins, found, sources

    def place(self, node: syntax.Node) -> Place:
        return self.modules[node.id >> 24].place(node)

    def fault(
        self, code: str, node: syntax.Node, message: str, help_: str, *, first: syntax.Node | None = None
    ) -> None:
        labels = () if first is None else (Label(place=self.place(first), text="it stands here already"),)
        note(self.found, Diagnostic(code=code, message=message, place=self.place(node), labels=labels, help=help_))

    def layer(self, number: int) -> _Layer:
        """The declarations of one file with what it uses, laid over what it extends."""
        layer = _Layer()
        self.add(layer, number, taken_in=False)
        extends = layer.header.extends if layer.header else None
        if extends is not None and extends.id in self.joins:
            self.lay_over(layer, self.layer(self.joins[extends.id]))
        self.set_parameters(layer)
        return layer

    def add(self, layer: _Layer, number: int, *, taken_in: bool) -> None:
        for item in self.modules[number].items:
            match item:
                case syntax.Policy():
                    self.add_header(layer, item, taken_in=taken_in)
                case syntax.Use():
                    if item.id in self.joins:
                        self.add(layer, self.joins[item.id], taken_in=True)
                case syntax.Set():
                    layer.sets.append(item)
                case syntax.Test():
                    pass
                case syntax.Veto() | syntax.Evaluate() | syntax.Amend() | syntax.Changes():
                    layer.others.append(item)
                case _:
                    self.declare(layer, item)

    def add_situations(self, layer: _Layer, module: syntax.Module) -> None:
        """What a file of tests declares."""
        for item in module.items:
            match item:
                case syntax.Situation():
                    self.declare(layer, item)
                case syntax.Test():
                    pass
                case _:
                    message = "a file of tests holds situations and tests, and nothing that a policy means"
                    self.fault("P207", item, message, "move this to the policy")

    def add_header(self, layer: _Layer, item: syntax.Policy, *, taken_in: bool) -> None:
        if taken_in:
            help_ = "a file taken in with `use` has declarations only; take a whole policy in with `extends`"
            self.fault("P206", item.name, f"policy `{item.name.text}` cannot be taken in with `use`", help_)
        elif layer.header is not None:
            help_ = "keep one header"
            self.fault("P202", item.name, "a second policy header in one file", help_, first=layer.header.name)
        else:
            layer.header = item

    def declare(self, layer: _Layer, item: Any) -> None:
        kind, name = KINDS[type(item)], item.name
        for other in TERMS if kind in TERMS else (kind,):
            first = layer.named[other].get(name.text)
            if first is not None:
                message = f"`{name.text}` is declared twice" + (f", as {other} and as {kind}" if other != kind else "")
                self.fault("P202", name, message, "give one of them another name", first=first.name)
                return
        if kind in TERMS and name.text in RESERVED:
            message = f"`{name.text}` is built in: {RESERVED[name.text]}"
            self.fault("P202", name, message, "choose another name")
        if kind == "attribute" and name.text in BUILT_IN_ATTRIBUTES:
            message = f"`{name.text}` is a property every reading has"
            self.fault("P202", name, message, "use it in `needs` without declaring it")
        layer.named[kind][name.text] = item

    def lay_over(self, layer: _Layer, below: _Layer) -> None:
        """Put the declarations of an extended policy below: same kind and name is replaced, the rest stays."""
        for kind, items in below.named.items():
            for name, item in items.items():
                for other in TERMS if kind in TERMS and name not in layer.named[kind] else ():
                    if name in layer.named[other]:
                        here = layer.named[other][name]
                        message = f"`{name}` is a {kind} in the policy this one extends"
                        self.fault(
                            "P202", here.name, message, f"keep it a {kind}, or choose another name", first=item.name
                        )
            layer.named[kind] = {**items, **layer.named[kind]}
        layer.others = below.others + layer.others
        if layer.header is not None and below.header is not None:
            layer.header = _inherit(layer.header, below.header)

    def header(self, layer: _Layer) -> None:
        if layer.header is not None:
            return
        source = self.sources[0]
        help_ = 'begin with `policy NAME "title" { version "…" }`'
        message = f"`{source.name}` has no policy header"
        self.found.append(Diagnostic(code="P112", message=message, place=None, help=help_))

    def set_parameters(self, layer: _Layer) -> None:
        """Give parameters their values; those of a policy below have theirs already."""
        parameters = layer.named["parameter"]
        first: dict[str, syntax.Set] = {}
        for item in layer.sets:
            name = item.name.text
            declared = parameters.get(name)
            if declared is None:
                help_ = nearest(name, parameters) or "declare it: `parameter NAME: TYPE`"
                self.fault("P201", item.name, f"there is no parameter `{name}` to set", help_)
            elif name in first:
                self.fault("P202", item.name, f"`{name}` is set twice", "keep one of them", first=first[name].name)
            else:
                first[name] = item
                parameters[name] = syntax.Parameter(
                    span=declared.span,
                    id=declared.id,
                    name=declared.name,
                    title=declared.title,
                    type=declared.type,
                    value=item.value,
                )


def _inherit(header: syntax.Policy, below: syntax.Policy) -> syntax.Policy:
    return syntax.Policy(
        span=header.span,
        id=header.id,
        name=header.name,
        title=header.title,
        version=header.version,
        source=header.source,
        effective=header.effective or below.effective,
        force=header.force or below.force,
        confidence=header.confidence or below.confidence,
        extends=header.extends,
        approved=header.approved,
    )


# What a policy takes in


class _Gathering:
    """Parses a policy and every file it takes in, each once."""

    def __init__(self, read: Read, found: list[Diagnostic], parse: Parse) -> None:
        self.read, self.found, self.parse = read, found, parse
        self.modules: list[syntax.Module] = []
        self.numbers: dict[str, int] = {}
        self.joins: dict[int, int] = {}
        self.size = 0
        self.length = 0
        self.asked = 0

    def add(self, source: Source) -> None:
        number = self.numbers[source.name] = len(self.modules)
        self.size += len(source.text)
        self.modules.append(self.parse(source, self.found, number))

    def join(self, item: syntax.Use | syntax.Extends, source: Source) -> None:
        """Take in the file that an item names, unless it is in already."""
        self.asked += 1
        if self.asked > MAX_FILES:
            self.refuse(item, source, f"a policy may take in {MAX_FILES} files", "join some of them")
            raise Enough
        try:
            taken = self.read(item.path.text, source)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            self.refuse(item, source, f"`{item.path.text}` cannot be taken in: {why[:1].lower()}{why[1:]}")
            return
        number = self.numbers.get(taken.name)
        if number == 0 or (number is not None and isinstance(item, syntax.Extends)):
            self.refuse(
                item,
                source,
                f"`{taken.name}` is taken in already, so this leads round in a circle",
                "leave it out here",
            )
        elif number is None and self.size + len(taken.text) > MAX_TOTAL:
            self.refuse(item, source, f"`{taken.name}` brings the policy over {MAX_TOTAL >> 20} MiB")
        elif number is None and self.too_long(taken):
            self.refuse(item, source, f"`{taken.name}` brings the policy over {parse.MAX_TOKENS} words and signs")
        elif number is None:
            self.add(taken)
            self.joins[item.id] = self.numbers[taken.name]

    def too_long(self, taken: Source) -> bool:
        """Whether a file is too long together with all that is in already."""
        self.length = self.length or parse.length(self.modules[0].source)
        self.length += parse.length(taken)
        return self.length > parse.MAX_TOKENS

    def all(self) -> None:
        """Take in what the files that are in already name, and what those name."""
        for module in self.modules:
            for item in module.items:
                if isinstance(item, syntax.Use):
                    self.join(item, module.source)
                elif isinstance(item, syntax.Policy) and item.extends is not None:
                    self.join(item.extends, module.source)

    def refuse(
        self,
        item: syntax.Use | syntax.Extends,
        source: Source,
        message: str,
        help_: str = "name a policy file that exists, relative to this one",
    ) -> None:
        place = next(m for m in self.modules if m.source is source).place(item.path)
        if len(item.path.text) > _MAX_SHOWN:
            message = message.replace(item.path.text, item.path.text[:_MAX_SHOWN] + "…")
        note(self.found, Diagnostic(code="P206", message=message, place=place, help=help_))


def gather(
    source: Source, read: Read, found: list[Diagnostic], tests: Sequence[Source] = (), *, parsed: Parse = parse.parse
) -> tuple[tuple[syntax.Module, ...], dict[int, int]]:
    """The tree of a policy, of all it takes in and, last, of its files of tests.

    And which file each `use` and `extends` names, by node identity.
    """
    gathering = _Gathering(read, found, parsed)
    gathering.add(source)
    with contextlib.suppress(Enough):
        gathering.all()
    for each in tests:
        gathering.add(each)
    return tuple(gathering.modules), gathering.joins
