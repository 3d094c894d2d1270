"""The canonical form of a graph, its digest, and the form in which it is kept.

The canonical form says what the policy means and nothing about how it was written: declarations sorted by name,
conditions as nested lists with their parts sorted, numbers as exact text, no places, no tests. Its digest therefore
survives formatting, comments and the order of declarations, and changes with anything else.

The kept form is for reading a compiled policy back without parsing: every node as a list of its type and fields.
Whoever reads it back computes the digest from what was read, so what is decided is always what the digest names.
"""

import dataclasses
import hashlib
import json
from fractions import Fraction
from typing import Any

from policylang.graph import nodes
from policylang.kinds import Kind, Quantity, Unit

FORM = 1
"""Raised when the kept form or the meaning of a node changes, so that an older one is not read."""

_NOT_MEANING = frozenset(("where", "digest", "nodes", "inputs"))


def digest(graph: nodes.Graph) -> str:
    """`sha256:` and the digest of the canonical form in RFC 8785."""
    import rfc8785  # imported with the first digest, not with the module

    return "sha256:" + hashlib.sha256(rfc8785.dumps(canonical(graph))).hexdigest()


def canonical(graph: nodes.Graph) -> dict[str, Any]:
    """What a policy means, as plain data."""
    conditions: list[Any] = []
    for node in graph.nodes:
        conditions.append(_condition(graph, node, conditions))
    form: dict[str, Any] = {"form": FORM}
    for field in dataclasses.fields(graph):
        if field.name not in _NOT_MEANING:
            form[field.name] = _plain(getattr(graph, field.name), conditions)
    for name in ("actions", "attributes", "parameters", "controls", "measures", "categories", "definitions", "rules"):
        form[name] = _sorted(form[name])
    for name in ("exemptions", "vetoes", "duties", "cadences", "amendments", "changes", "invariants"):
        form[name] = _sorted(form[name])
    for name in ("ladders", "stages", "groups", "roles", "events"):
        form[name] = _sorted(form[name])
    return form


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=_key)


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True)


_INDEX_FIELDS = frozenset(("body", "part", "holds", "control"))
_UNORDERED = frozenset(("requirements", "notices", "needs", "bindings", "approved"))


def _plain(value: Any, conditions: list[Any], field: str = "") -> Any:
    """Data without types: indices of nodes become the conditions they stand for."""
    if field in _INDEX_FIELDS and isinstance(value, int):
        return conditions[value]
    if field == "reached":
        return None  # follows from `clauses` and `assessed`
    if field == "clauses":
        return _sorted([[rank, stage, conditions[index]] for rank, stage, index in value])
    if field == "nodes":
        return [conditions[index] for index in value]
    if isinstance(value, tuple):
        plain = [_plain(item, conditions) for item in value]
        return _sorted(plain) if field in _UNORDERED else plain
    if isinstance(value, Fraction):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _plain(getattr(value, f.name), conditions, f.name)
            for f in dataclasses.fields(value)
            if f.name not in ("where", "rests_on")
        }
    return value if value is None or isinstance(value, (str, bool, int)) else str(value)


def _condition(graph: nodes.Graph, node: nodes.Node, done: list[Any]) -> Any:
    """One condition; a category's level, a control and a definition are named, since they stand elsewhere in full."""
    match node:
        case nodes.Constant(value=value):
            return ["constant", value]
        case nodes.Threshold(terms=terms, strict=strict, bound=bound):
            inputs = [[graph.inputs[index].of, graph.inputs[index].text, str(factor)] for index, factor in terms]
            return ["threshold", inputs, ">" if strict else ">=", str(bound)]
        case nodes.Happened(event=event):
            return ["happened", event]
        case nodes.Attested(control=control, level=level):
            return ["attested", control, level]
        case nodes.Assessed(category=category, stage=stage, level=level):
            return ["assessed", category, stage, level]
        case nodes.Unspecified(parameter=parameter):
            return ["unspecified", parameter]
        case nodes.AllOf(parts=parts):
            return ["and", *_sorted([done[part] for part in parts])]
        case nodes.AnyOf(parts=parts):
            return ["or", *_sorted([done[part] for part in parts])]
        case nodes.AtLeast(count=count, parts=parts):
            return ["at least", count, *_sorted([done[part] for part in parts])]
        case nodes.Opposite(part=part):
            return ["not", done[part]]
        case nodes.Disputed(names=names, parts=parts):
            return ["disputed", *_sorted([[name, done[part]] for name, part in zip(names, parts, strict=True)])]
        case nodes.Reached(category=category, stage=stage, level=level):
            return ["reached", category, stage, level]
        case nodes.Holds(control=control, level=level):
            return ["holds", control, level]
        case nodes.Defined(name=name):
            return ["defined", name]


# The kept form

_TYPES = {
    kind.__name__: kind
    for kind in (
        *(t for t in vars(nodes).values() if isinstance(t, type) and t.__module__ == nodes.__name__),
        Quantity,
    )
}
_FIELDS = {name: tuple(f.name for f in dataclasses.fields(kind)) for name, kind in _TYPES.items()}


def to_text(graph: nodes.Graph) -> str:
    """The kept form of a graph."""
    return json.dumps([FORM, _kept(graph)], separators=(",", ":"), ensure_ascii=True)


def from_text(text: str) -> nodes.Graph:
    """The graph of a kept form, its digest computed anew; raises ValueError when it is not one of ours."""
    try:
        form, kept = json.loads(text)
        if form != FORM:
            raise ValueError("another form")
        graph = _read(kept)
        if not isinstance(graph, nodes.Graph):
            raise ValueError("not a graph")
        return dataclasses.replace(graph, digest=digest(graph))
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError("not a kept graph") from error


def _kept(value: Any) -> Any:
    if isinstance(value, tuple):
        return ["", [_kept(item) for item in value]]
    if isinstance(value, Fraction):
        return ["/", str(value)]
    if isinstance(value, (Kind, Unit)):
        return ["k" if isinstance(value, Kind) else "u", value.value]
    if dataclasses.is_dataclass(value):
        name = type(value).__name__
        return [name, [_kept(getattr(value, field)) for field in _FIELDS[name]]]
    return value


def _read(kept: Any) -> Any:
    if not isinstance(kept, list):
        return kept
    name, value = kept
    match name:
        case "":
            return tuple(map(_read, value))
        case "/":
            return Fraction(value)
        case "k":
            return Kind(value)
        case "u":
            return Unit(value)
        case "Quantity":
            return Quantity(*map(_read, value))
        case _:
            return _TYPES[name](**dict(zip(_FIELDS[name], map(_read, value), strict=True)))
