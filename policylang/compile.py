"""The route from text to decision graph, one line a stage."""

from dataclasses import dataclass

from policylang import check, graph, resolve
from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.source import Source


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A compiled policy: its graph, the files it was made from, its tree with what names mean, and warnings."""

    graph: graph.Graph
    sources: tuple[Source, ...]
    checked: check.Checked
    warnings: tuple[Diagnostic, ...]


def compile_policy(source: Source, read: resolve.Read) -> Compiled:
    """Compile one policy; raises PolicyError with everything that is wrong."""
    found: list[Diagnostic] = []
    modules, joins = resolve.gather(source, read, found)
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
