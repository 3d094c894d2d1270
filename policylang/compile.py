"""The route from text to decision graph, one line a stage; and where the policy asks for it, a proof."""

from collections.abc import Sequence
from dataclasses import dataclass

from policylang import check, graph, resolve, syntax
from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.source import Source

_MAX_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """A compiled policy: its graph, the files it was made from, its tree with what names mean, and warnings."""

    graph: graph.Graph
    sources: tuple[Source, ...]
    checked: check.Checked
    warnings: tuple[Diagnostic, ...]


def compile_policy(source: Source, read: resolve.Read, tests: Sequence[Source] = ()) -> Compiled:
    """Compile one policy, and prove what it promises; `tests` are files of its tests, and change nothing it means.

    Raises PolicyError with everything that is wrong.
    """
    compiled, found = _compiled(source, read, tests)
    _prove_stricter(compiled, read, found)
    _stop(found)
    return compiled


def _compiled(source: Source, read: resolve.Read, tests: Sequence[Source] = ()) -> tuple[Compiled, list[Diagnostic]]:
    """A policy whose promises are not proved yet, and what was found."""
    found: list[Diagnostic] = []
    modules, joins = resolve.gather(source, read, found, tests)
    _stop(found)
    resolved = resolve.resolve(modules, joins, found, len(tests))
    _stop(found)
    checked = check.check(resolved, found)
    _stop(found)
    built = graph.graph(checked)
    return Compiled(graph=built, sources=resolved.sources, checked=checked, warnings=tuple(found)), found


def _stop(found: list[Diagnostic]) -> None:
    if errors(found):
        raise PolicyError(found)


def _prove_stricter(compiled: Compiled, read: resolve.Read, found: list[Diagnostic]) -> None:
    """Under `extends … only stricter`: find what this policy may loosen of the other; what is not settled counts."""
    checked = compiled.checked
    header = checked.resolved.header
    extends = header.extends if header is not None else None
    if extends is None or not extends.only_stricter:
        return
    from policylang.analysis.compare import difference  # few policies ask for a proof

    below = _completed(checked, read(extends.path.text, checked.resolved.place(extends).source), read)
    loosening = [
        change for change in difference(below, compiled.graph, files=False).changes if change.direction.loosens
    ]
    for change in loosening[:_MAX_SHOWN]:
        witness = change.witness
        shown = [] if witness is None else [*(f"given {line}" for line in witness.given)]
        moved = () if witness is None else witness.outcomes
        shown += [f"{o.of} was {o.old}, is {o.new}" for o in moved if o.old != o.new]
        note = "; ".join(shown) or change.why_unknown
        message = f"this policy is not only stricter than `{extends.path.text}`: {change.sentence}"
        help_ = "make it at least as strict, or leave out `only stricter`; `policyc diff` of the two shows all of it"
        place = checked.resolved.place(extends)
        found.append(Diagnostic(code="P409", message=message, place=place, note=note, help=help_))


def _completed(checked: check.Checked, source: Source, read: resolve.Read) -> graph.Graph:
    """The policy below, with the values that this one gives to parameters it leaves open: that much it asks for."""
    below = compile_policy(source, read).graph
    unset = {parameter.name for parameter in below.parameters if not parameter.value}
    values = {name: item for name, item in checked.resolved.named["parameter"].items() if name in unset}
    given = [f"set {name} = {_written(item.value)}" for name, item in sorted(values.items()) if item.value is not None]
    if not given:
        return below
    lines = "\n".join(given)
    text = f"```policy\n{lines}\n```" if source.name.endswith(".md") else lines
    completed, _ = _compiled(Source(name=source.name, text=f"{source.text}\n{text}\n"), read)  # it is proved above
    return completed.graph


def _written(value: syntax.Literal_ | syntax.Name | None) -> str:
    return str(value.quantity) if isinstance(value, syntax.Literal_) else "" if value is None else value.text
