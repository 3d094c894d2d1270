"""A decision as the page of a build or a comment: the verdicts and what they rest on, then the whole report as code.

What comes from policies and evidence is written as code, as in the comment of a difference: a forge makes links,
mentions and commands of anything else.
"""

from collections.abc import Iterator, Sequence

from policylang.decide.decision import Decision, Verdict
from policylang.diagnostics import Diagnostic
from policylang.reports.amounts import moment
from policylang.reports.diagnostics import diagnostics
from policylang.reports.difference.markdown import MOST, block, code, prose, table
from policylang.reports.several import Joint
from policylang.reports.style import Look
from policylang.reports.text import record, verdicts
from policylang.reports.text.needs import joined as together

_MARKS = {
    Verdict.FORBIDDEN: "✘ forbidden",
    Verdict.UNDETERMINED: "? undetermined",
    Verdict.CONDITIONAL: "! conditional",
    Verdict.PERMITTED: "✔ permitted",
}
_NOT_COVERED = "? not covered"


def summary(decisions: Sequence[Decision], joints: Sequence[Joint], ending: str, report: str) -> str:
    """The page; `ending` says what the exit status is and means, `report` is the text for people, shown in full."""
    first = decisions[0]
    parts = ["\n".join([*_head(decisions, joints, ending), *_verdicts(decisions, joints)])]
    for decision in decisions:
        sections = [*_missing(decision, joints), *_open(decision, joints), *_due(decision)]
        if len(decisions) > 1 and sections:
            sections = [f"#### {prose(verdicts.policy(decision))}", "", *sections]
        parts.append("\n".join(sections))
    tail = f"\nDecided as of {code(moment(first.as_of))} under "
    tail += ", ".join(code(decision.graph.digest) for decision in decisions) + "\n"
    lines = report.splitlines()
    whole = f"\nThe whole report:\n\n{block(lines)}\n"
    body = "\n".join(part for part in parts if part)
    if len(body) + len(whole) + len(tail) > MOST:
        whole = "\nThe report is too long for this page: `policyc check` prints it.\n"
    return f"{body}{whole}{tail}"


def refusal(found: Sequence[Diagnostic]) -> str:
    """The page of a call that could not be judged: nothing is permitted, and why."""
    shown = diagnostics(found, Look()).splitlines()
    return f"### ✘ Not judged, so not permitted\n\n{block(shown)}\n"


def _head(decisions: Sequence[Decision], joints: Sequence[Joint], ending: str) -> Iterator[str]:
    is_permitted = all(joint.permitted for joint in joints) and ending.startswith("exit 0")
    yield f"### {'✔ Permitted' if is_permitted else '✘ Not permitted'}"
    yield ""
    policies = ", ".join(_policy(decision) for decision in decisions)
    yield f"{policies}, on the evidence about {code(verdicts.subject(decisions[0]))}: {prose(ending)}."
    yield ""


def _policy(decision: Decision) -> str:
    header = decision.graph.header
    return " ".join([prose(header.title or header.name), *([code(header.version)] if header.version else [])])


def _verdicts(decisions: Sequence[Decision], joints: Sequence[Joint]) -> Iterator[str]:
    """What is said of each action, the strictest first."""
    rows = []
    for joint in sorted(joints, key=lambda joint: (-joint.verdict.rank, joint.covered)):
        if joint.verdict is Verdict.PERMITTED and not joint.covered:
            rows.append([f"**{_NOT_COVERED}**", code(joint.action, in_table=True), "no rule speaks of it"])
            continue
        accounts = [
            verdicts.account(decision.actions[joint.action])
            for decision in decisions
            if joint.action in decision.actions and decision.actions[joint.action].verdict is joint.verdict
        ]
        why = "; ".join(code(said, in_table=True) for said in dict.fromkeys(accounts) if said)
        by = f" ({', '.join(code(name, in_table=True) for name in joint.caused_by)})" if len(decisions) > 1 else ""
        rows.append([f"**{_MARKS[joint.verdict]}**", code(joint.action, in_table=True), f"{why}{by}".strip() or "—"])
    yield from table(["verdict", "action", "because"], rows)


def _missing(decision: Decision, joints: Sequence[Joint]) -> Iterator[str]:
    asked = {joint.action for joint in joints}
    found: dict[str, list[str]] = {}
    for item in decision.missing:
        if asked & set(item.would_settle):
            found.setdefault(item.why, []).append(item.name if item.stage is None else f"{item.name}.{item.stage}")
    if found:
        yield "#### Missing evidence"
        yield ""
        yield from (f"- {code(together(names))}: {prose(why)}" for why, names in found.items())
        yield ""


def _open(decision: Decision, joints: Sequence[Joint]) -> Iterator[str]:
    asked = {joint.action for joint in joints}
    found: dict[tuple[str, str], list[str]] = {}
    for name, item in decision.actions.items():
        for need in item.outstanding if name in asked else ():
            found.setdefault((need.requirement.text, need.rule), []).append(name)
    if found:
        yield "#### Open requirements"
        yield ""
        for (text, rule), names in found.items():
            yield f"- {code(text)} for {', '.join(map(code, names))}, asked by {code(rule)}"
        yield ""


def _due(decision: Decision) -> Iterator[str]:
    late = [item for item in decision.obligations if item.state == "overdue"]
    if late:
        yield "#### Overdue"
        yield ""
        for item in late:
            when = record.when(item, decision.as_of)
            yield f"- {code(item.rule)}, {prose(when)}"
        yield ""
