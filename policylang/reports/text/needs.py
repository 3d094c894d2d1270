"""What would change a verdict: evidence that is missing, what would permit, and requirements that are open."""

import re
from collections.abc import Iterator, Sequence

from policylang.decide.decision import ActionDecision, Decision, Missing, Outstanding, Reason, Verdict
from policylang.graph.nodes import Graph
from policylang.reports.style import Page, Part
from policylang.reports.text.proofs import conditions, proofs

_FIRST_NAME = re.compile(r"([A-Za-z_]\w*)((?:\.\S+| attested by ).*)", re.ASCII)


def settling(page: Page, decision: Decision, actions: Sequence[ActionDecision]) -> None:
    """Evidence that is missing or not sharp enough, and the actions that depend on it."""
    asked = [item.action for item in actions]
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    idle: list[str] = []
    for item in decision.missing:
        settled = tuple(action for action in asked if action in item.would_settle)
        if settled:
            rows.setdefault((item.why, settled), []).append(_named(item))
        elif item.what == "measure":
            idle.append(_named(item))
    if rows:
        page.heading("missing evidence")
    for (why, settled), names in sorted(rows.items(), key=lambda row: -len(row[0][1])):
        page.line((joined(names), "warn"), f": {why}", indent=2)
        page.line(("bears on ", "dim"), together(decision.graph, settled), indent=4)
    if idle:
        page.blank()
        page.line((f"also without evidence, but no verdict above depends on it: {joined(idle)}", "dim"))


def _named(item: Missing) -> str:
    if item.what == "attempts":
        return "the number of mitigation attempts"
    name = f"parameter {item.name}" if item.what == "parameter" else item.name
    return name if item.stage is None else f"{name}.{item.stage}"


def permitting(page: Page, decision: Decision, actions: Sequence[ActionDecision]) -> None:
    """For what is forbidden or undetermined: everything that would have to become true, and how scores show it."""
    graph, shown = decision.graph, proofs(decision)
    found: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for item in actions:
        if item.verdict in (Verdict.FORBIDDEN, Verdict.UNDETERMINED):
            open_ = {need.requirement.text for need in item.outstanding}
            texts = tuple(text for text in item.remedy if text not in open_)
            found.setdefault((texts, bool(open_)), []).append(item.action)
    for (texts, needs_more), names in found.items():
        page.heading(f"what would permit {together(graph, names)}")
        for text in grouped(texts) or ([] if needs_more else ["nothing within this policy"]):
            page.line(("· ", "dim"), text, indent=2)
        for part in dict.fromkeys(part for text in texts for part in conditions(text) if part in shown):
            page.line((f"{part} is shown by {shown[part]}", "dim"), indent=4)
        if needs_more:
            page.line(("· ", "dim"), "and its requirements below", indent=2)


def requirements(page: Page, decision: Decision, actions: Sequence[ActionDecision]) -> None:
    """Each open requirement once, with what it still needs and the actions that wait for it."""
    found: dict[tuple[str, str, tuple[str, ...]], tuple[list[str], Outstanding, Reason | None]] = {}
    for item in actions:
        for need in item.outstanding:
            text = need.requirement.text
            reason = next((r for r in item.reasons if r.rule == need.rule and r.requirement == text), None)
            found.setdefault((text, need.rule, need.needs), ([], need, reason))[0].append(item.action)
    if found:
        page.heading("open requirements")
    for names, need, reason in found.values():
        page.line((need.requirement.text, "warn"), f"  for {together(decision.graph, names)}", indent=2)
        for said in _needs(need):
            page.line(said, indent=4)
        cites = decision.graph.rule[need.rule].cites
        about: list[Part] = [(f" ({', '.join(cites)})", "dim")] if cites else []
        page.line(("asked by ", "dim"), need.rule, *about, *_occasion(reason), indent=4)


def _needs(item: Outstanding) -> Iterator[str]:
    """What a requirement still needs, where that is more than the requirement itself."""
    need = item.requirement
    if item.needs == tuple(f"{need.what} of {role}" for role in need.members):
        return
    is_alone = need.count == len(need.members) == 1
    rests = [_rest(text, need.text) if is_alone else text for text in item.needs]
    everyone = f"({', '.join(member.split(' ', 1)[0] for member in need.members)})"
    for text in grouped(rests):
        said = text.removeprefix(everyone)
        if said != text:
            yield f"needs {need.count} of them{said}"
        elif text.startswith("attested by "):
            yield f"needs to be {text}"
        else:
            yield f"is {text}" if text.startswith("attested ") else f"needs {text}"


def _rest(text: str, requirement: str) -> str:
    """What is needed of the one control that is required."""
    return text.removeprefix(requirement).removeprefix(": ").removeprefix(", ").strip() or text


def _occasion(reason: Reason | None) -> list[Part]:
    """Why a requirement applies, or in which case it would."""
    if reason is None or not reason.because:
        return []
    shown = joined([part.text for part in reason.because])
    return [f" since {shown}" if reason.fires == "definitely" else f" in case {shown}"]


def grouped(texts: Sequence[str]) -> list[str]:
    """Texts that differ in their first name only, as one: `(cbrn, persuasion).forecast >= high`."""
    by_rest: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        first, rest = split(text)
        by_rest.setdefault(rest, []).append(first)
    shown = []
    for rest, names in by_rest.items():
        if rest and len(names) > 1:
            shown.append(f"({', '.join(names)}){rest}")
        else:
            shown += [name + rest for name in names]
    return shown


def split(text: str) -> tuple[str, str]:
    """The first name of a text, and the rest of it."""
    match = _FIRST_NAME.fullmatch(text)
    return (match[1], match[2]) if match else (text, "")


def joined(texts: Sequence[str]) -> str:
    """Texts in a row, grouped."""
    return ", ".join(grouped(texts))


def together(graph: Graph, actions: Sequence[str]) -> str:
    """Actions as a phrase, a group by its name where all of it is there."""
    left = list(actions)
    for group, leaves in graph.groups:
        if len(leaves) > 1 and set(leaves) <= set(left):
            left[left.index(leaves[0])] = group
            left = [name for name in left if name not in leaves]
    return ", ".join(left)
