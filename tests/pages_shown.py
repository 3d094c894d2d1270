"""How pages show things as text: findings, trees, names, graphs and decisions, one fact a line."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from policylang import syntax
from policylang.decide import Decision
from policylang.decide.decision import ActionDecision, Because, Obligation
from policylang.diagnostics import Diagnostic
from policylang.evidence.facts import Fact
from policylang.evidence.qualify import Weighed
from policylang.graph import Graph, nodes
from policylang.kinds import Kind, Quantity, exact_text, value_text
from policylang.resolve import Resolved
from policylang.source import Place

# Findings


def finding_text(found: Diagnostic) -> str:
    """A finding: code, place, message; then its labels and help."""
    warning = " warning" if found.severity == "warning" else ""
    lines = [f"{found.code}{warning} {_place(found.place)}: {found.message}"]
    lines += [f"  {_place(label.place)}: {label.text}" for label in found.labels]
    lines += [f"  help: {found.help}"]
    return "".join(f"{line}\n" for line in lines)


def _place(place: Place | None) -> str:
    """Where the text of a finding stands: file if it is another one, line, column, and how far it goes."""
    if place is None:
        return "-"
    line, column = place.source.position(place.span.start)
    end_line, end = place.source.position(place.span.end)
    name = "" if place.source.name.startswith("case.") else f"{place.source.name}:"
    return f"{name}{line}:{column}-{end}" if end_line == line else f"{name}{line}:{column}-{end_line}:{end}"


_PYTHON_NAMES = re.compile(r"\b(None|True|False|str|int|tuple|dict|Fraction|[a-z]+Error|__\w+__|[A-Z][a-z]+[A-Z]\w+)\b")
_BEGINNING = re.compile(r"[`“a-z0-9]")
_MAX_MESSAGE = 200


def ill_said(found: Diagnostic) -> Iterator[str]:
    """What does not read like a message in a finding: its message, its help and its labels."""
    for text in (found.message, found.help, *(label.text for label in found.labels)):
        bare = re.sub(r"`[^`]*`", "x", text)
        if not _BEGINNING.match(text) or text.endswith((".", "!")):
            yield f"no phrase: {text}"
        if "\n" in text or len(text) > _MAX_MESSAGE or "  " in bare:
            yield f"no line: {text}"
        if "`" in bare or _PYTHON_NAMES.search(bare):
            yield f"no plain words: {text}"


# Trees


def tree_text(module: syntax.Module) -> str:
    """The tree as written: one node a line, fields that are plain beside it, nodes inside it below."""
    lines = [line for item in module.items for line in _node(item, "")]
    lines += [f"comment {comment.text}" for comment in module.comments]
    return "".join(f"{line}\n" for line in lines)


def _node(node: Any, label: str) -> Iterator[str]:
    plain, deep = [], []
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if field.name in ("span", "id") or value is None or value is False or value == ():
            continue
        if value is True:
            plain.append(field.name)
        elif (text := _plain(value)) is not None:
            plain.append(f"{field.name} {text}")
        else:
            deep.append((field.name, value))
    yield " ".join([f"{label}{type(node).__name__.rstrip('_')}", ", ".join(plain)]).rstrip()
    for name, value in deep:
        for part in value if isinstance(value, tuple) else (value,):
            yield from (f"  {line}" for line in _node(part, f"{name}: "))


def _plain(value: Any) -> str | None:
    """A value on one line; None for a node with parts."""
    match value:
        case syntax.Name(text=text):
            return text
        case syntax.Text(text=text):
            return f'"{text}"'.replace("\n", "\\n").replace("\t", "\\t")
        case syntax.Literal_(quantity=quantity):
            return str(quantity)
        case syntax.Date(moment=moment):
            return str(moment)
        case syntax.Reference(name=name, stage=stage):
            return name.text if stage is None else f"{name.text}.{stage.text}"
        case syntax.ControlNeed(control=control, level=level):
            return control.text if level is None else f"{control.text} >= {level.text}"
        case syntax.TypeName(name=name, low=low, high=high):
            return name.text if low is None else f"{name.text}({low}..{high})"
        case tuple():
            parts = [_plain(part) for part in value]
            return None if None in parts else "(" + ", ".join(part or "" for part in parts) + ")"
        case str() | int() | Fraction():
            return str(value)
        case _:
            return None


# Names


def names_text(resolved: Resolved) -> str:
    """What a policy declares, kind by kind."""
    header = resolved.header
    lines = [] if header is None else list(_node(header, ""))
    for kind, items in resolved.named.items():
        for name, item in items.items():
            first, *rest = _node(item, "")
            file = resolved.place(item).source.name
            lines.append(f"{kind} {name}{'' if file.startswith('case.') else f' of {file}'}")
            said = first.partition(f" name {name}")[2].removeprefix(",")
            lines[-1] += f":{said}" if said else ""
            lines += rest
    others = (*resolved.vetoes, *resolved.evaluates, *resolved.amends, *resolved.changes, *resolved.tests)
    lines += [line for item in others for line in _node(item, "")]
    return "".join(f"{line}\n" for line in lines)


# Graphs


def graph_text(graph: Graph, parts: Iterable[str]) -> str:
    """Parts of a graph: `nodes` (the default), or the names of its fields."""
    lines: list[str] = []
    for part in tuple(parts) or ("nodes",):
        if part == "nodes":
            lines += [f"{index} {_condition(graph, node)}" for index, node in enumerate(graph.nodes)]
            continue
        value = getattr(graph, part)
        for item in value if isinstance(value, tuple) else (value,):
            lines += _declared(item)
    return "".join(f"{line}\n" for line in lines)


def _declared(item: Any) -> Iterator[str]:
    if not dataclasses.is_dataclass(item):
        yield _value(item)
        return
    fields = {field.name: getattr(item, field.name) for field in dataclasses.fields(item) if field.name != "where"}
    name = fields.pop("name", "")
    shown = [
        f"{key}={_value(value)}"
        for key, value in fields.items()
        if value is not None and value is not False and value not in ("", ())
    ]
    yield " ".join([f"{type(item).__name__.lower()} {name}".rstrip(), *shown])


def _value(value: Any) -> str:
    match value:
        case Quantity():
            return str(value)
        case Fraction():
            return exact_text(value)
        case tuple():
            return "(" + ", ".join(_value(item) for item in value) + ")"
        case bool():
            return "yes" if value else "no"
        case None:
            return "-"
        case str() | int():
            return f'"{value}"' if isinstance(value, str) and (" " in value or not value) else str(value)
        case _:
            return "[" + next(iter(_declared(value))) + "]"


def _condition(graph: Graph, node: nodes.Node) -> str:
    match node:
        case nodes.Constant(value=value):
            return "always" if value else "never"
        case nodes.Threshold(text=text):
            return text
        case nodes.AllOf(parts=parts):
            return "all of " + " ".join(map(str, parts))
        case nodes.AnyOf(parts=parts):
            return "any of " + " ".join(map(str, parts))
        case nodes.AtLeast(parts=parts, count=count):
            return f"at least {count} of " + " ".join(map(str, parts))
        case nodes.Opposite(part=part):
            return f"not {part}"
        case nodes.Disputed(names=names, parts=parts):
            return "disputed " + " ".join(f"{name}={part}" for name, part in zip(names, parts, strict=True))
        case nodes.Reached(text=text, part=part) | nodes.Holds(text=text, part=part):
            return f"{text}: {part}"
        case nodes.Defined(name=name, part=part):
            return f"{name}: {part}"
        case nodes.Happened(event=event):
            return f"{event} happened"
        case nodes.Attested(control=control, level=level):
            return f"{control} attested" + ("" if level is None else f" at {graph.control[control].ladder[level]}")
        case nodes.Assessed(category=category, stage=stage, level=level, alone=alone):
            subject = category if stage is None else f"{category}.{stage}"
            return f"{subject} assessed {graph.category[category].ladder[level]}" + (" (alone)" if alone else "")
        case nodes.Unspecified(parameter=parameter):
            return f"{parameter} has no value"


# Decisions


def decision_text(decision: Decision, parts: Iterable[str]) -> str:
    """Parts of a decision: `actions` (the default), `scorecard`, `obligations`, `advisories`, `missing`, and so on."""
    shown: Mapping[str, Callable[[Decision], Iterator[str]]] = {
        "actions": lambda of: (line for action in of.actions.values() for line in _action(action)),
        "verdicts": lambda of: (f"{action.action} {action.verdict}" for action in of.actions.values()),
        "scorecard": _scorecard,
        "obligations": lambda of: (_obligation(item) for item in of.obligations),
        "advisories": _advisories,
        "missing": _missing,
        "readings": lambda of: (_reading(of.graph, item) for item in of.readings),
        "rejected": lambda of: (f"{_fact(item.fact)}: {item.why}" for item in of.rejected),
    }
    lines = [line for part in tuple(parts) or ("actions",) for line in list(shown[part](decision)) or [f"no {part}"]]
    return "".join(f"{line}\n" for line in lines)


def _action(action: ActionDecision) -> Iterator[str]:
    yield f"{action.action} {action.verdict}" + ("" if action.covered else ", not covered")
    for reason in action.reasons:
        what = f" {reason.requirement}" if reason.requirement else ""
        yield f"  {reason.rule}: {reason.effect}{what}, {reason.fires}{', waived' if reason.waived else ''}"
        for because in reason.because:
            yield from (f"    {line}" for line in _because(because))
    for rule, exception in action.excepted:
        yield f"  {rule}: lifted by {exception}"
    for item in action.outstanding:
        yield f"  open: {item.requirement.text} ({item.rule}): {'; '.join(item.needs) or '-'}"
    yield from (f"  remedy: {text}" for text in action.remedy)


def _because(because: Because) -> Iterator[str]:
    ends = ""
    if because.lo is not None or because.hi is not None:
        ends = f" [{_end(because.lo)}, {_end(because.hi)}]"
    runs = f" by {', '.join(item.reading.run or '?' for item in because.readings)}" if because.readings else ""
    note = f" ({because.note})" if because.note else ""
    yield f"{because.state} {because.text}{ends}{runs}{note}"
    for part in because.parts:
        yield from (f"  {line}" for line in _because(part))


def _end(value: Fraction | None) -> str:
    return "…" if value is None else exact_text(value)


def _scorecard(decision: Decision) -> Iterator[str]:
    for (name, stage), placed in decision.scorecard.items():
        ladder = decision.graph.category[name].ladder
        low, high = ladder[placed.at_least], ladder[placed.at_most]
        yield f"{name if stage is None else f'{name}.{stage}'} {low}" + ("" if low == high else f" .. {high}")
        for because in placed.because:
            yield from (f"  {line}" for line in _because(because))


def _obligation(item: Obligation) -> str:
    who = f"tell {item.to}" if not item.by else f"{item.by} to {item.to}" if item.to else item.by
    done = "" if item.done is None else f", done {item.done}"
    note = f" ({item.note})" if item.note else ""
    return f"{item.rule}: {who}, from {item.start or '-'}, due {item.due or '-'}{done}: {item.state}{note}"


def _advisories(decision: Decision) -> Iterator[str]:
    for item in decision.advisories:
        yield f"{item.rule}: {item.strength}, {item.fires}"
        for because in item.because:
            yield from (f"  {line}" for line in _because(because))


def _missing(decision: Decision) -> Iterator[str]:
    for item in decision.missing:
        name = item.name if item.stage is None else f"{item.name}.{item.stage}"
        settles = f", would settle {', '.join(item.would_settle)}" if item.would_settle else ""
        yield f"{item.what} {name}: {item.why}{settles}"


def _reading(graph: Graph, item: Weighed) -> str:
    reading = item.reading
    kind = graph.measure[reading.measure].kind
    low, high = (
        None if end is None else value_text(end, None if kind is Kind.FINDING else kind) for end in (item.lo, item.hi)
    )
    name = reading.measure if reading.stage is None else f"{reading.measure}.{reading.stage}"
    why = "qualifies" if item.qualifies else "; ".join(item.why_not)
    return f"{name} {reading.run or '?'} [{low or '…'}, {high or '…'}]: {why}"


def _fact(fact: Fact) -> str:
    by = fact.by or fact.to or ""
    return f"{fact.kind} of {fact.about} by {by}"
