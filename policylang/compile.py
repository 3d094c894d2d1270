"""The route from text to decision graph, one line a stage."""

from collections.abc import Callable
from dataclasses import dataclass

from policylang import check, graph, parse, resolve, syntax
from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.source import Place, Source

MAX_TOTAL = 16 << 20

Read = Callable[[str, Source], Source]
"""Reads a file that another names in `use` or `extends`; raises OSError or ValueError with a sentence."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A compiled policy: its graph, the files it was made from, its tree with what names mean, and warnings."""

    graph: graph.Graph
    sources: tuple[Source, ...]
    checked: check.Checked
    warnings: tuple[Diagnostic, ...]


def compile_policy(source: Source, read: Read) -> Compiled:
    """Compile one policy; raises PolicyError with everything that is wrong."""
    found: list[Diagnostic] = []
    modules, joins = gather(source, read, found)
    _stop(found)
    resolved = resolve.resolve(modules, joins, found)
    _stop(found)
    checked = check.check(resolved, found)
    _stop(found)
    built = graph.graph(checked)
    return Compiled(graph=built, sources=resolved.sources, checked=checked, warnings=tuple(found))


def _stop(found: list[Diagnostic]) -> None:
    if errors(found):
        raise PolicyError(found)


def gather(source: Source, read: Read, found: list[Diagnostic]) -> tuple[tuple[syntax.Module, ...], dict[int, int]]:
    """The file and everything it takes in, each once; and which `use` or `extends` names which file."""
    modules = [parse.parse(source, found)]
    numbers = {source.name: 0}
    joins: dict[int, int] = {}
    size = len(source.text)
    at = 0
    while at < len(modules):
        module = modules[at]
        at += 1
        for item in _joins(module):
            taken = _take(item, module.source, read, found)
            if taken is None:
                continue
            if taken.name in numbers:
                _again(item, taken, numbers[taken.name], module.source, found, joins)
                continue
            size += len(taken.text)
            numbers[taken.name] = joins[item.id] = len(modules)
            if size > MAX_TOTAL:
                _refuse(item, module.source, found, f"`{taken.name}` brings the policy over {MAX_TOTAL >> 20} MiB")
                return tuple(modules), joins
            modules.append(parse.parse(taken, found, len(modules)))
    return tuple(modules), joins


def _joins(module: syntax.Module) -> list[syntax.Use | syntax.Extends]:
    extends = [i.extends for i in module.items if isinstance(i, syntax.Policy) and i.extends is not None]
    return [*extends, *(item for item in module.items if isinstance(item, syntax.Use))]


def _take(item: syntax.Use | syntax.Extends, source: Source, read: Read, found: list[Diagnostic]) -> Source | None:
    if isinstance(item, syntax.Extends) and item.only_stricter:
        help_ = "leave out `only stricter` until proofs are there, and compare the two by hand"
        _refuse(item, source, found, "`only stricter` needs a proof, which this version cannot give", help_)
        return None
    try:
        return read(item.path.text, source)
    except (OSError, ValueError) as error:
        _refuse(item, source, found, f"`{item.path.text}` cannot be taken in: {error}")
        return None


def _again(
    item: syntax.Use | syntax.Extends, taken: Source, number: int, source: Source, found: list[Diagnostic], joins: dict[int, int]
) -> None:
    """A file that was taken in before is in already; one that leads back to the policy itself is a mistake."""
    if isinstance(item, syntax.Extends) or number == 0:
        _refuse(item, source, found, f"`{taken.name}` is taken in already, so this leads round in a circle")


def _refuse(
    item: syntax.Use | syntax.Extends,
    source: Source,
    found: list[Diagnostic],
    message: str,
    help_: str = "name a policy file that exists, relative to this one",
) -> None:
    found.append(Diagnostic(code="P206", message=message, place=Place(source, item.path.span), help=help_))
