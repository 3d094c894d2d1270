"""What lints found, for people: each finding with its line, what comments allow, and a summary by family."""

from collections.abc import Sequence

from policylang.codes import CODES
from policylang.diagnostics import Diagnostic
from policylang.lint.rule import Family
from policylang.lint.suppressing import Allowed
from policylang.reports.amounts import counted
from policylang.reports.diagnostics import show
from policylang.reports.findings.report import Report, tally
from policylang.reports.style import Look, Page, Part, brief

MAX_SHOWN = 200
"""So many findings are shown; the other formats have all of them."""


def text(report: Report, look: Look) -> str:
    """The report as text."""
    page = Page(look)
    found = report.found
    for one in found[:MAX_SHOWN]:
        page.blank()
        show(page, one)
    if len(found) > MAX_SHOWN:
        page.blank()
        page.line(f"… and {len(found) - MAX_SHOWN} more; `--format json` gives all of them")
    if report.shows_allowed and report.allowed:
        _allowed(page, report.allowed)
    _mended(page, report)
    _families(page, report, found)
    page.blank()
    page.line(_closing(report, found))
    return page.text()


def _allowed(page: Page, allowed: Sequence[Allowed]) -> None:
    """What comments allow, each with the reason that it gives."""
    page.heading("allowed by comments")
    for one in allowed:
        finding = one.finding
        place = "" if finding.place is None else brief(str(finding.place))
        page.line((finding.code, "bold"), f" {place}: {finding.message}", indent=2)
        page.line(f"because: {brief(one.reason)}", indent=6, hang=8)


def _mended(page: Page, report: Report) -> None:
    """What was mended, and what was taken back."""
    for policy in report.policies:
        if policy.mended is None or not (policy.mended.made or policy.mended.taken_back):
            continue
        page.heading(f"mended in {brief(policy.file)}")
        page.table([[(one.code, "bold"), _fix(one)] for one in policy.mended.made])
        for one in policy.mended.taken_back:
            why = "the policy would not mean the same" if one.severity == "warning" else "the error would stay"
            page.line(("taken back: ", "warn"), f"{one.code} {_fix(one)}: {why}", indent=2)


def _fix(one: Diagnostic) -> str:
    title = one.fix.title if one.fix is not None else ""
    if one.fix is not None and len(one.fix.edits) == 1 and (edit := one.fix.edits[0]).text:
        span = edit.place.span
        was = edit.place.source.text[span.start : span.end]
        title = f"`{brief(was)}` → `{brief(edit.text)}`" if was.strip() and "\n" not in was + edit.text else title
    line = f"line {one.place.source.position(one.place.span.start)[0]}: " if one.place is not None else ""
    keeps = one.fix is None or one.fix.keeps_meaning or one.severity == "error"
    changes = "" if keeps else " (this changes what the policy means)"
    return f"{line}{title}{changes}"


def _families(page: Page, report: Report, found: Sequence[Diagnostic]) -> None:
    """One line a family, with its codes and how often each was found."""
    rows: list[list[Part]] = []
    for family in Family:
        codes = tally([one for one in found if report.family(one.code) is family])
        if codes:
            said = ", ".join(f"{code} {CODES[code].title}{_times(count)}" for code, count in codes.items())
            rows.append([(str(family), "bold"), str(sum(codes.values())), said])
    if rows:
        page.blank()
        page.table(rows)


def _times(count: int) -> str:
    return "" if count == 1 else f" ({count} times)"


def _closing(report: Report, found: Sequence[Diagnostic]) -> str:
    """One line: how many findings in how many policies, how many are allowed, and how many can be mended."""
    errors = sum(one.severity == "error" for one in found)
    warnings = len(found) - errors
    parts = [counted(warnings, "finding") if warnings or not errors else ""]
    parts += [counted(errors, "error")] if errors else []
    is_early = any(one.severity == "error" and one.code.startswith("P1") for one in found)
    said = f"{' and '.join(filter(None, parts))} in {counted(len(report.policies), 'policy')}"
    if is_early:
        said += " so far; what the rest means is looked at when they are mended"
    if report.allowed:
        said += f", {len(report.allowed)} allowed by comments"
    keeping = sum(one.fix is not None and one.fix.keeps_meaning for one in found)
    changing = sum(one.fix is not None for one in found) - keeping
    if keeping:
        said += f"; `--fix` mends {keeping}"
    if changing:
        said += f"; `--fix-meaning` mends {changing}{' more' if keeping else ''}"
        said += "" if errors else ", and changes what the policy means"
    return said
