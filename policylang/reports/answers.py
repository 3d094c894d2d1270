"""Answers to questions about a policy, for people and programs: proofs, worst cases, coalitions, what never happens."""

from collections.abc import Sequence
from typing import Any

from policylang.analysis.extremes import Axis, Coalition, Worst
from policylang.analysis.questions import Answer, Example, Proof
from policylang.graph.nodes import Graph
from policylang.reports.style import Page

SCHEMA = "policylang/proof/v1"
SEVERAL = "policylang/proofs/v1"
_MAX_NAMED = 4
_SIGNS = {Answer.PROVED: ("✔", "good"), Answer.REFUTED: ("✘", "bad"), Answer.UNKNOWN: ("?", "warn")}


def title(page: Page, graph: Graph) -> None:
    """Which policy is asked about."""
    said = graph.header.title or graph.header.name
    page.line((said, "bold"), f" · {graph.header.version}" if graph.header.version else "")
    page.blank()


def proofs(page: Page, found: Sequence[Proof]) -> None:
    """What became of claims: proved, or the smallest example against them."""
    width = max((len(proof.name) for proof in found), default=0)
    for proof in found:
        sign, tone = _SIGNS[proof.answer]
        page.line((f"{sign} ", tone), (proof.name.ljust(width), "bold"), "   ", (_said(proof), tone))
        if proof.step is not None:
            step = proof.step
            page.line(f"    {step.of} {step.better} → {step.worse}   {step.action}  {step.before} → {step.after}")
        if proof.against is not None:
            if proof.why:
                page.line(f"    {proof.why}")
            example(page, proof.against, proof.actions)


def _said(proof: Proof) -> str:
    match proof.answer:
        case Answer.PROVED:
            return "proved for every possible input"
        case Answer.UNKNOWN:
            return f"not settled: {proof.why}"
        case Answer.REFUTED:
            return "refuted: a worse score loosens a verdict" if proof.step is not None else "refuted"


def example(page: Page, found: Example, actions: Sequence[str] = ()) -> None:
    """Evidence line by line, and what the decider says of it: the levels it shows and the verdicts asked about."""
    for number, line in enumerate(found.given or ("nothing at all",)):
        page.line(f"    {'given  ' if not number else '       '} {line}")
    decision = found.decision
    rows = []
    for (category, stage), placed in decision.scorecard.items():
        ladder = decision.graph.category[category].ladder
        low, high = ladder[placed.at_least], ladder[placed.at_most]
        if placed.at_least or placed.at_most < len(ladder) - 1:
            name = category if stage is None else f"{category}.{stage}"
            rows.append((name, low if low == high else f"{low} … {high}"))
    for number, (name, level) in enumerate(rows):
        page.line(f"    {'shows  ' if not number else '       '} {name} at {level}")
    for number, action in enumerate(actions):
        verdict = decision.actions[action].verdict
        tone = "good" if verdict == "permitted" else "bad"
        page.line(f"    {'so     ' if not number else '       '} {action} is ", (str(verdict), tone))


def worst(page: Page, action: str, found: tuple[Sequence[Axis], Sequence[Worst], bool]) -> None:
    """The worst cases that are still permitted, as a table: an axis a row, a case a column."""
    axes, cases, is_all = found
    if not cases:
        page.line((f"{action} is never permitted", "bold"))
        return
    page.line(("the worst that is still permitted for ", ""), (action, "bold"))
    page.blank()
    for number, case in enumerate(cases, 1):
        page.line((f"case {number}" if len(cases) > 1 else "every case below this one", "bold"))
        width = max(len(axis.name) for axis in axes) if axes else 0
        for axis, step, is_top in zip(axes, case.steps, case.is_top, strict=True):
            top = ("  the top of its ladder", "warn") if is_top and len(axis.steps) > 1 else ("", "")
            page.line(f"  {axis.name.ljust(width)}  {step}", top)
        names = {axis.name for axis in axes}
        facts = [line for line in case.example.given if line.split(" ")[0] not in names]
        for line in facts:
            page.line(("  with ", "dim"), line)
        page.blank()
    if not is_all:
        page.line("and more cases, not listed")


def coalitions(page: Page, action: str, groups: Sequence[tuple[str, Sequence[Coalition]]]) -> None:
    """Who together can let an action through, by what scores alone say of it."""
    for said, found in groups:
        page.line((f"who can let {action} through where {said}", "bold"))
        if not found:
            page.line("  nobody", ("", ""))
        for item in found:
            page.line("  ", (", ".join(item.roles) or "nobody has to do anything", "bold"))
            for line in _acts(item.acts):
                page.line(f"    by {line}")
            if item.silent:
                page.line(f"    and no veto of {' or '.join(item.silent)}")
        page.blank()


def _acts(lines: Sequence[str]) -> list[str]:
    """What a coalition does, its judgements of levels in one line for each role and level."""
    judged: dict[str, list[str]] = {}
    found = []
    for line in lines:
        name, at, rest = line.partition(" at ")
        if at and " of " not in name:
            judged.setdefault(rest, []).append(name)
        else:
            found.append(line)
    for rest, names in judged.items():
        level, _, role = rest.partition(" by ")
        shown = ", ".join(names[:_MAX_NAMED]) + (
            f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
        )
        found.append(f"judging {shown} at {level}, {role}")
    return found


def proof_document(graph: Graph, found: Sequence[Proof]) -> dict[str, Any]:
    """What became of claims, for programs."""
    return {
        "schema": SCHEMA,
        "policy": policy(graph),
        "invariants": [
            {
                "name": proof.name,
                "claim": proof.said or proof.claim,
                "answer": str(proof.answer),
                "actions": list(proof.actions),
                "counterexample": None if proof.against is None else example_document(proof.against, proof.actions),
                "step": None
                if proof.step is None
                else {
                    "of": proof.step.of,
                    "better": proof.step.better,
                    "worse": proof.step.worse,
                    "action": proof.step.action,
                    "before": proof.step.before,
                    "after": proof.step.after,
                },
                "why": proof.why,
            }
            for proof in found
        ],
    }


def policy(graph: Graph) -> dict[str, Any]:
    """Which policy, for programs."""
    return {"name": graph.header.name, "version": graph.header.version, "digest": graph.digest}


def example_document(found: Example, actions: Sequence[str]) -> dict[str, Any]:
    """Evidence line by line, and what the decider says of it, for programs."""
    return {
        "given": list(found.given),
        "actions": {action: str(found.decision.actions[action].verdict) for action in actions},
    }
