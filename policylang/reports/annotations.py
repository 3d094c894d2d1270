"""Findings as a build service shows them beside the lines they are about: workflow commands, one a line.

A command is a line that begins with `::`, so whatever could end a line or a property of it is written in its own
escapes after everything that hides or is obeyed has been written out.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from policylang.analysis.consequences import Consequences
from policylang.analysis.difference import Difference, Direction
from policylang.decide.decision import ActionDecision, Decision, Verdict
from policylang.diagnostics import Diagnostic
from policylang.graph.nodes import Where
from policylang.reports.several import Joint, labels
from policylang.reports.style import brief, plain
from policylang.reports.text.record import when
from policylang.reports.text.verdicts import account

Level = Literal["error", "warning", "notice"]

MOST = 4_000
"""How many characters of one message are written; the services show fewer."""


def annotation(
    level: Level, message: str, *, title: str = "", place: tuple[str, int, int] | None = None, end: int = 0
) -> str:
    """One command, with its line feed; `place` is a file, a line and a column (0: none), `end` the last column."""
    properties = []
    if place is not None and _is_within(place[0]):
        file, line, column = place
        properties += [f"file={_property(file)}", f"line={line}"]
        properties += [f"col={column}"] if column else []
        properties += [f"endLine={line}", f"endColumn={end}"] if column and end else []
    if title:
        properties.append(f"title={_property(brief(title))}")
    said = "\n".join(plain(part) for part in message[:MOST].split("\n"))
    return f"::{level}{' ' if properties else ''}{','.join(properties)}::{_data(said)}\n"


def diagnostics(found: Iterable[Diagnostic]) -> str:
    """Findings, each with its help."""
    return "".join(_diagnostic(one) for one in found)


def _diagnostic(found: Diagnostic) -> str:
    place = None
    if found.place is not None:
        line, column = found.place.source.position(found.place.span.start)
        place = (found.place.source.name, line, column)
    notes = [found.note] if found.note and found.note not in found.message else []
    message = "\n".join([found.message, *notes, *([f"help: {found.help}"] if found.help else [])])
    level: Level = "error" if found.severity == "error" else "warning"
    return annotation(level, message, title=found.code, place=place)


def decision(decisions: Sequence[Decision], joints: Sequence[Joint], ending: str) -> str:
    """What a decision does not permit, each at the rule it rests on, and last how it ends."""
    lines = []
    names = labels(decisions)
    for joint in joints:
        for name, one in zip(names, decisions, strict=True):
            item = one.actions.get(joint.action)
            is_cause = not joint.caused_by or name in joint.caused_by
            if item is not None and not joint.permitted and is_cause:
                lines.append(_refused(one, item))
    for one in decisions:
        for due in one.obligations:
            if due.state == "overdue":
                what = f"notify {due.to}" if due.kind == "notify" else f"by {due.by}"
                said = f"{due.rule}, {what}: {when(due, one.as_of)}"
                lines.append(annotation("error", said, title="overdue", place=_at(one, due.rule)))
    level: Level = "notice" if all(joint.permitted for joint in joints) and not lines else "error"
    return "".join(dict.fromkeys(lines)) + annotation(level, ending, title="policyc check")


def difference(found: Difference, follows: Consequences, ending: str, *, is_refused: bool) -> str:
    """What a revision changed, each at the clause as it stands now; then what it still needs, and how it ends."""
    lines = []
    for change in found.changes:
        if change.direction is not Direction.NEUTRAL:
            where = change.clause.new
            level: Level = "warning" if change.direction.loosens else "notice"
            said = [
                change.sentence,
                *([f"was {change.was}"] if change.was else []),
                *([f"now {change.now}"] if change.now else []),
            ]
            title = f"{change.direction.value}: {change.clause.kind} {change.clause.name}"
            place = (where.file, where.line, 0) if where is not None else (found.new.path, 1, 0)
            lines.append(annotation(level, "\n".join(part for part in said if part), title=title, place=place))
    lines += [
        annotation("error", f"{need.kind} of {need.role}, {need.why}", title="this change needs")
        for need in follows.needs or ()
        if not need.met and is_refused
    ]
    return "".join(lines) + annotation("error" if is_refused else "notice", ending, title="policyc diff")


def _refused(one: Decision, item: ActionDecision) -> str:
    if item.verdict is Verdict.PERMITTED:
        message = "no rule speaks of it, and silence is not permission"
        return annotation("error", message, title=f"{item.action}: not covered")
    open_ = [need.requirement.text for need in item.outstanding]
    rules = [reason.rule for reason in item.reasons if not reason.waived and reason.effect == "forbid"]
    rules += [need.rule for need in item.outstanding]
    said = [account(item), *(f"needs {text}" for text in dict.fromkeys(open_))]
    said += [f"to be permitted: {text}" for text in item.remedy if text not in open_]
    place = next((at for rule in rules if (at := _at(one, rule)) is not None), None)
    return annotation("error", "\n".join(said), title=f"{item.action}: {item.verdict.value}", place=place)


def _at(one: Decision, name: str) -> tuple[str, int, int] | None:
    """Where a rule or a duty stands."""
    found = one.graph.rule.get(name) or one.graph.duty.get(name)
    where: Where | None = found.where if found is not None else None
    return (where.file, where.line, 0) if where is not None else None


def _is_within(file: str) -> bool:
    """Whether a file is one of the repository: an annotation of any other would be shown nowhere."""
    return not file.startswith(("/", "<")) and ":" not in file and ".." not in file.split("/")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(plain(text)).replace(":", "%3A").replace(",", "%2C")
