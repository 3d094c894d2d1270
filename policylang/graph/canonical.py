"""The canonical form of a graph, its digest, and the form in which it is kept.

The canonical form says what the policy means and nothing about how it was written: declarations sorted by name,
conditions as text in brackets with their parts sorted, numbers as exact text, no places, no tests. Its digest therefore
survives formatting, comments and the order of declarations, and changes with anything else.

The kept form is for reading a compiled policy back without parsing: every node as a list of its type and fields.
Whoever reads it back computes the digest from what was read, so what is decided is always what the digest names.
"""

import dataclasses
import hashlib
import json
from fractions import Fraction
from typing import Any, assert_never

from policylang.graph import nodes
from policylang.kinds import Kind, Quantity, Unit

FORM = 1
"""Raised when the kept form or the meaning of a node changes, so that an older one is not read."""

_NOT_MEANING = frozenset(("where", "digest", "nodes", "inputs"))


def digest(graph: nodes.Graph) -> str:
    """`sha256:` and the digest of the canonical form in RFC 8785.

    The form holds texts, whole numbers, truth values and lists under ASCII keys, and nothing else. For these the
    standard library writes the bytes of RFC 8785, eight times faster than the library for it; a test compares the two.
    """
    text = json.dumps(canonical(graph), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def canonical(graph: nodes.Graph) -> dict[str, Any]:
    """What a policy means, as plain data."""
    conditions: list[str] = []
    for node in graph.nodes:
        conditions.append(_condition(graph, node, conditions))
    form: dict[str, Any] = {"form": FORM, "conditions": _named(graph, conditions)}
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


def _named(graph: nodes.Graph, conditions: list[str]) -> list[str]:
    """What the names in conditions stand for, and what each shows of itself: no name can mean something else."""
    named = [f"{item.of} {item.text} is {item.name} {item.stage} {item.low} {item.high}" for item in graph.inputs]
    for node, condition in zip(graph.nodes, conditions, strict=True):
        match node:
            case nodes.Threshold(text=text, kind=kind):
                named.append(f"{condition} {kind} {text}")
            case nodes.Reached(part=part, text=text) | nodes.Holds(part=part, text=text):
                named.append(f"{condition} {conditions[part]} {text}")
            case nodes.Defined(part=part):
                named.append(f"{condition} {conditions[part]}")
            case _:
                pass
    return sorted(named)


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=_key)


def _key(item: Any) -> str:
    if isinstance(item, str):
        return item
    return str(item["name"]) if isinstance(item, dict) and "name" in item else json.dumps(item, sort_keys=True)


_INDEX_FIELDS = frozenset(("body", "part", "holds", "control"))
_UNORDERED = frozenset(("requirements", "notices", "needs", "bindings", "approved", "stages"))


def _plain(value: Any, conditions: list[str], field: str = "") -> Any:
    """Data without types: indices of nodes become the conditions they stand for."""
    if field in _INDEX_FIELDS and isinstance(value, int):
        return conditions[value]
    if field == "reached":
        return _sorted([[stage, *(conditions[index] for index in levels)] for stage, levels in value])
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
        names = _FIELDS[type(value).__name__]
        return {n: _plain(getattr(value, n), conditions, n) for n in names if n != "where"}
    return value if value is None or isinstance(value, (str, bool, int)) else str(value)


def _condition(graph: nodes.Graph, node: nodes.Node, done: list[str]) -> str:
    """One condition as text in brackets; levels, controls and definitions are named: they stand elsewhere in full."""
    match node:
        case nodes.Constant(value=value):
            return "(always)" if value else "(never)"
        case nodes.Threshold(terms=terms, strict=strict, bound=bound):
            inputs = " ".join(f"{graph.inputs[i].of} {graph.inputs[i].text} {factor}" for i, factor in terms)
            return f"({'>' if strict else '>='} {bound} {inputs})"
        case nodes.Happened(event=event):
            return f"(happened {event})"
        case nodes.Attested(control=control, level=level):
            return f"(attested {control} {level})"
        case nodes.Assessed(category=category, stage=stage, level=level):
            return f"(assessed {category} {stage} {level}{' alone' if node.alone else ''})"
        case nodes.Unspecified(parameter=parameter):
            return f"(unspecified {parameter})"
        case nodes.AllOf(parts=parts):
            return f"(and {' '.join(sorted(done[part] for part in parts))})"
        case nodes.AnyOf(parts=parts):
            return f"(or {' '.join(sorted(done[part] for part in parts))})"
        case nodes.AtLeast(count=count, parts=parts):
            return f"(at-least {count} {' '.join(sorted(done[part] for part in parts))})"
        case nodes.Opposite(part=part):
            return f"(not {done[part]})"
        case nodes.Disputed(names=names, parts=parts):
            readings = sorted(f"({name} {done[part]})" for name, part in zip(names, parts, strict=True))
            return f"(disputed {' '.join(readings)})"
        case nodes.Reached(category=category, stage=stage, level=level):
            return f"(reached {category} {stage} {level})"
        case nodes.Holds(control=control, level=level):
            return f"(holds {control} {level})"
        case nodes.Defined(name=name):
            return f"(defined {name})"
        case _:
            assert_never(node)


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
        if any(not 0 <= part < index for index, node in enumerate(graph.nodes) for part in nodes.parts_of(node)):
            raise ValueError("not in topological order")
        return dataclasses.replace(graph, digest=digest(graph))
    except (TypeError, KeyError, IndexError, AttributeError, ArithmeticError, RecursionError) as error:
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
