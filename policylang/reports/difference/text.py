"""A difference for the terminal: the headline, what moved, each change with its example, and what follows."""

from collections.abc import Sequence

from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import Change, Difference, Direction, Witness
from policylang.reports.amounts import counted
from policylang.reports.difference import wording
from policylang.reports.style import WIDTH, Look, Page, Part, Run, width

_TONES = {
    Direction.LOOSER: "bad",
    Direction.UNKNOWN: "bad",
    Direction.MIXED: "warn",
    Direction.STRICTER: "good",
    Direction.NEUTRAL: "dim",
}
_INDENT = 12
_BAD: Run = ("✘ ", "bad")
_GOOD: Run = ("✔ ", "good")


def text(difference: Difference, look: Look, extra: Consequences | None = None) -> str:
    """The report; `extra` has what follows from the change, as far as it was asked."""
    page = Page(look)
    _head(page, difference)
    _shifts(page, difference)
    changes = wording.gravest_first(difference.changes)
    for change in changes:
        if change.direction is not Direction.NEUTRAL:
            page.blank()
            _change(page, difference, change)
    _neutral(page, [change for change in changes if change.direction is Direction.NEUTRAL])
    if extra is not None:
        _needs(page, extra.needs)
        _claims(page, extra.claims)
        _impacts(page, extra.impacts)
    return page.text()


def _table(page: Page, rows: Sequence[Sequence[Part]], indent: int = 2) -> None:
    """Rows in columns; one below the other where names are so long that columns would not fit."""
    cells = [[sum(width(text) for text, _ in _runs(cell)) for cell in row[:-1]] for row in rows]
    columns = sum(max(sizes) + 2 for sizes in zip(*cells, strict=True))
    if indent + columns <= WIDTH - 20:
        page.table(rows, indent=indent)
        return
    for row in rows:
        page.line([run for cell in row for run in (*_runs(cell), ("  ", ""))], indent=indent)


def _runs(cell: Part) -> list[Run]:
    match cell:
        case str():
            return [(cell, "")]
        case list():
            return cell
        case _:
            return [cell]


def _marked(look: Look, direction: Direction, word: str) -> Run:
    marks = wording.MARKS if look.unicode else wording.PLAIN_MARKS
    return f"{marks[direction]} {word}", _TONES[direction]


def _head(page: Page, difference: Difference) -> None:
    """Which policies, and how many changes go which way."""
    versions = wording.versions(difference)
    page.line((wording.title(difference), "bold"), f" · {versions}" if versions else "")
    runs: list[Run] = []
    for direction, said in wording.counts(difference):
        runs += [(" · ", "dim")] if runs else []
        runs.append((said, _TONES[direction]))
    if runs:
        page.line(runs)
    page.blank()
    page.line(f"{wording.headline(difference)}.", hang=0)
    for more in (wording.besides(difference), wording.sameness(difference)):
        if more:
            page.line(more, hang=0)


def _shifts(page: Page, difference: Difference) -> None:
    """One line an action that moved, and one for all that did not."""
    moved, unmoved = wording.moved(difference), wording.unmoved(difference)
    rows: list[list[Part]] = []
    for shift in moved:
        step = wording.step(shift)
        how = "" if step is None else f"{'at worst' if step.at_worst else 'for one'} {step.old} → {step.new}"
        mark = _marked(page.look, shift.direction, wording.said(shift.action))
        share = wording.shift_share(shift) or "share not worked out"
        rows.append([[mark], (wording.MOVED[shift.direction], _TONES[shift.direction]), how, share])
    if rows:
        page.blank()
        _table(page, rows, indent=0)
    if unmoved and moved:
        page.line((f"  {counted(len(unmoved), 'action')} did not move: {', '.join(unmoved)}", "dim"), hang=4)
    has_shares = any(shift.looser_share is not None or shift.stricter_share is not None for shift in moved)
    if has_shares or any(change.share is not None for change in difference.changes):
        page.line((f"  inputs: {wording.said(difference.measure)}", "dim"), hang=4)


def _change(page: Page, difference: Difference, change: Change) -> None:
    """One change: what, was and now, where, an example."""
    mark, tone = _marked(page.look, change.direction, change.direction.value)
    runs: list[Run] = [(f"{mark:<{_INDENT}}", tone), (wording.clause_name(change.clause), "bold")]
    cites = wording.cites(change.clause)
    runs.append((f"  {change.layer.value}" + (f" · {cites}" if cites else ""), "dim"))
    page.line(runs, hang=_INDENT)
    if change.clause.title:
        page.line(f"“{wording.said(change.clause.title)}”", indent=_INDENT, hang=_INDENT)
    if change.sentence:
        page.line(wording.clause_text(change.sentence), indent=_INDENT, hang=_INDENT)
    rows: list[tuple[str, str]] = []
    if change.was or change.now:
        rows += [("was", wording.clause_text(change.was) or wording.NONE)]
        rows += [("now", wording.clause_text(change.now) or wording.NONE)]
    for at, alternative in enumerate(wording.region(change)):
        rows.append(("or" if at else "where", alternative))
    if change.why_unknown:
        rows.append(("unknown", wording.said(change.why_unknown)))
    if change.witness is not None:
        rows += _witness(difference, change.witness)
    if change.visible is False:
        rows.append(("shows", wording.UNSEEN))
    share = wording.change_share(change)
    if share:
        rows.append(("share", share))
    places = wording.places(change.clause)
    if places:
        rows.append(("at", places))
    page.table([[(label, "dim"), said] for label, said in rows], indent=_INDENT)


def _witness(difference: Difference, witness: Witness) -> list[tuple[str, str]]:
    """What was given, line by line, and what both revisions say to it, below one another."""
    lines = wording.given(witness) or ["any evidence"]
    lines += wording.verdict_lines(difference, witness)
    return [("" if at else "witness", line) for at, line in enumerate(lines)]


def _neutral(page: Page, changes: Sequence[Change]) -> None:
    """What changes no meaning, one line each."""
    if changes:
        page.heading("without effect on any verdict")
    rows: list[list[Part]] = []
    for change in changes:
        name = _marked(page.look, Direction.NEUTRAL, wording.clause_name(change.clause))
        rows.append([name, _in_short(change)])
    _table(page, rows)


def _in_short(change: Change) -> Part:
    parts = [wording.clause_text(change.sentence)] if change.sentence else []
    if change.was or change.now:
        was, now = (wording.clause_text(said) or wording.NONE for said in (change.was, change.now))
        parts.append(f"{was} → {now}")
    return (": ".join(parts), "dim")


# What follows


def _needs(page: Page, needs: Sequence[Need] | None) -> None:
    if needs is None:
        return
    page.heading("this change needs")
    if not needs:
        page.line("nothing, by the amend clauses of the old policy", indent=2)
    rows: list[list[Part]] = []
    for need in sorted(needs, key=lambda need: need.met):
        state: list[Run] = [_GOOD, ("met", "good")] if need.met else [_BAD, ("missing", "bad")]
        rows.append([state, f"{wording.said(need.kind)} of {wording.said(need.role)}", (wording.said(need.why), "dim")])
    _table(page, rows)


def _claims(page: Page, claims: Sequence[Claim] | None) -> None:
    if claims is None:
        return
    page.heading("what the policy says of its own changes")
    wrong = [claim for claim in claims if claim.problem]
    rows: list[list[Part]] = []
    for claim in wrong:
        both = f"said: {_word(claim.said)}", f"found: {_word(claim.found)}"
        rows.append([[_BAD, (wording.said(claim.name), "bold")], *both, wording.said(claim.problem)])
    _table(page, rows)
    right = [wording.said(claim.name) for claim in claims if not claim.problem]
    if right:
        page.line([_GOOD, ("as found: ", "good")], ", ".join(right), indent=2)
    elif not wrong:
        page.line("nothing, and nothing had to be said", indent=2)


def _word(direction: Direction | None) -> str:
    return "nothing" if direction is None else direction.value


def _impacts(page: Page, impacts: Sequence[Impact] | None) -> None:
    if impacts is None:
        return
    page.heading("recorded decisions that would change")
    if not impacts:
        page.line("none", indent=2)
    rows: list[list[Part]] = []
    found = [(wording.impact_direction(impact.old, impact.new), impact) for impact in impacts]
    for direction, impact in sorted(found, key=lambda item: wording.ORDER.index(item[0])):
        mark = [_marked(page.look, direction, wording.MOVED[direction])]
        verdicts = f"{wording.said(impact.old)} → {wording.said(impact.new)}"
        rows.append([mark, wording.said(impact.evidence), wording.said(impact.action), verdicts])
    _table(page, rows)
