"""What comes first: who was judged, what overrides a rule, the verdicts, and the scorecard."""

from collections.abc import Mapping, Sequence

from policylang.decide.decision import ActionDecision, Decision, Placed, Verdict
from policylang.graph.nodes import Graph
from policylang.reports.amounts import counted
from policylang.reports.several import Cell, Joint
from policylang.reports.style import Page, Part, brief

_GLYPHS = {
    Verdict.FORBIDDEN: ("✘", "bad"),
    Verdict.UNDETERMINED: ("?", "warn"),
    Verdict.CONDITIONAL: ("!", "warn"),
    Verdict.PERMITTED: ("✔", "good"),
}
_SILENT = "no rule speaks of it, and silence is not permission"


def policy(decision: Decision) -> str:
    """A policy by its title and version."""
    header = decision.graph.header
    return " · ".join(part for part in (brief(header.title or header.name), brief(header.version)) if part)


def subject(decision: Decision) -> str:
    """The model, and how many times its mitigations have been attempted."""
    attempt = decision.subject.attempt
    return brief(decision.subject.model) + ("" if attempt is None else f", attempt {attempt}")


def version(page: Page, decision: Decision) -> None:
    """Which weights and safeguards were judged, where the evidence says so."""
    judged = decision.subject
    stated = (("revision", judged.revision), ("configuration", judged.configuration))
    shown = [f"{name} {brief(value)}" for name, value in stated if value]
    if shown:
        page.line((", ".join(shown), "dim"))


def exceptional(page: Page, actions: Sequence[ActionDecision], graph: Graph) -> None:
    """Vetoes, waivers and exceptions: whatever sets a rule aside or stops an action by a person's word."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for item in actions:
        for reason in item.reasons:
            if reason.effect == "veto":
                found.setdefault(("VETO", f"by {reason.rule}", "bad"), []).append(item.action)
            elif reason.waived:
                role = graph.rule[reason.rule].waivable
                found.setdefault(("WAIVED", f"{reason.rule}, by {role}", "warn"), []).append(item.action)
        for rule, exception in item.excepted:
            found.setdefault(("EXCEPTED", f"{rule}, by exception {exception}", "warn"), []).append(item.action)
    if found:
        page.blank()
        rows: list[list[Part]] = []
        for (word, what, tone), names in found.items():
            whom = f"{what}: {', '.join(dict.fromkeys(names))}"
            rows.append([(word, tone), whom])
        page.table(rows)


def verdicts(page: Page, decision: Decision, actions: Sequence[ActionDecision]) -> None:
    """One line an action, the strictest first."""
    page.blank()
    rows = [_row(item) for item in sorted(actions, key=_strictness)]
    page.table(rows)
    others = len(decision.actions) - len(actions)
    if others:
        page.line((f"not asked for: {counted(others, 'other action')}", "dim"), indent=2)


def _strictness(item: ActionDecision) -> int:
    return -2 * item.verdict.rank - (0 if item.covered or item.verdict is not Verdict.PERMITTED else 1)


def _row(item: ActionDecision) -> list[Part]:
    if not item.covered and item.verdict is Verdict.PERMITTED:
        return [[("? ", "warn"), (item.action, "bold")], ("not covered", "warn"), _SILENT]
    glyph, tone = _GLYPHS[item.verdict]
    return [[(f"{glyph} ", tone), (item.action, "bold")], (item.verdict.value, tone), account(item)]


def account(item: ActionDecision) -> str:
    """What a verdict rests on, in a few words."""
    match item.verdict:
        case Verdict.FORBIDDEN:
            blocking = [r for r in item.reasons if _blocks(r.effect) and r.fires == "definitely" and not r.waived]
            names = [f"veto of {reason.rule}" if reason.effect == "veto" else reason.rule for reason in blocking]
            return ", ".join(dict.fromkeys(names))
        case Verdict.UNDETERMINED:
            names = [r.rule for r in item.reasons if r.effect == "forbid" and not r.waived]
            return f"{', '.join(dict.fromkeys(names))} may forbid it"
        case Verdict.CONDITIONAL:
            unsure = {(r.rule, r.requirement) for r in item.reasons if r.fires == "possibly"}
            idle = sum((need.rule, need.requirement.text) in unsure for need in item.outstanding)
            doubt = (
                "" if not idle else ", which may not apply" if len(item.outstanding) == 1 else f", {idle} may not apply"
            )
            return f"{counted(len(item.outstanding), 'requirement')} open{doubt}"
        case Verdict.PERMITTED:
            aside = [reason.rule for reason in item.reasons if reason.waived] + [rule for rule, _ in item.excepted]
            return f"only with {', '.join(dict.fromkeys(aside))} set aside" if aside else ""


def _blocks(effect: str) -> bool:
    return effect in ("forbid", "veto")


def together(page: Page, joints: Sequence[Joint]) -> None:
    """One line an action under several policies: the strictest verdict, and whose it is."""
    rows: list[list[Part]] = []
    for joint in sorted(joints, key=lambda joint: (-joint.verdict.rank, joint.covered)):
        glyph, tone = _GLYPHS[joint.verdict]
        if not joint.covered and joint.verdict is Verdict.PERMITTED:
            rows.append([[("? ", "warn"), (joint.action, "bold")], ("not covered", "warn"), _SILENT])
            continue
        by = f"by {', '.join(joint.caused_by)}" if joint.caused_by else ""
        rows.append([[(f"{glyph} ", tone), (joint.action, "bold")], (joint.verdict.value, tone), by])
    page.table(rows)


def scorecard(page: Page, decision: Decision) -> None:
    """Where each category stands at each stage."""
    if not decision.scorecard:
        return
    names = list(dict.fromkeys(name for name, _ in decision.scorecard))
    stages = list(dict.fromkeys(stage for _, stage in decision.scorecard))
    page.blank()
    rows: list[list[Part]] = [[("scorecard", "bold"), *((stage or "", "dim") for stage in stages)]]
    for name in names:
        cells = [_placed(decision, (name, stage)) for stage in stages]
        rows.append([name, *cells])
    page.table(rows)


def _placed(decision: Decision, key: tuple[str, str | None]) -> Part:
    placed: Placed | None = decision.scorecard.get(key)
    if placed is None:
        return ""
    category = decision.graph.category[key[0]]
    least, most = category.ladder[placed.at_least], category.ladder[placed.at_most]
    if least == most:
        return least
    unassessed = any(item.what == "category" and (item.name, item.stage) == key for item in decision.missing)
    if unassessed and placed.at_least == 0 and placed.at_most == len(category.ladder) - 1:
        return ("not assessed", "warn")
    return (f"{least} … {most}", "warn")


_BESIDE = 5
"""How many policies stand side by side in one table."""


def compared(page: Page, decisions: Sequence[Decision], table: Mapping[str, Sequence[Cell | None]]) -> None:
    """What each policy says of what policies have in common, one column a policy."""
    page.blank()
    page.table([[f"[{number}]", (policy(decision), "bold")] for number, decision in enumerate(decisions, 1)])
    for first in range(0, len(decisions), _BESIDE):
        columns = range(first, min(first + _BESIDE, len(decisions)))
        page.blank()
        head: list[Part] = ["", *(f"[{number + 1}]" for number in columns)]
        page.table(
            [head, *([term.replace("_", " "), *(_said(cells[at]) for at in columns)] for term, cells in table.items())]
        )


def _said(cell: Cell | None) -> Part:
    """A verdict in a table; that a policy is silent where it has no action, or no rule covers it."""
    if cell is None:
        return ("· no action", "dim")
    glyph, tone = _GLYPHS[cell.verdict]
    if cell.verdict is Verdict.PERMITTED and not cell.covered:
        return ("? not covered", "warn")
    return [(f"{glyph} ", tone), (cell.verdict.value, tone)]
