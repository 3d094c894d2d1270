"""What lints found for the forges: commands of GitHub workflows, and a code quality report of GitLab.

A workflow obeys lines that begin with `::`, so what is shown there is made harmless first and escaped after that.
"""

from policylang.diagnostics import Diagnostic
from policylang.reports.amounts import counted
from policylang.reports.annotations import Level, annotation
from policylang.reports.findings.names import path_of
from policylang.reports.findings.report import Report
from policylang.reports.findings.sarif import fingerprint
from policylang.reports.json import encoded
from policylang.reports.style import plain


def github(report: Report) -> str:
    """One command a finding: an annotation at its place."""
    lines = [_annotation(report, one) for one in report.found]
    said = f"{counted(len(report.found), 'finding')}, {len(report.allowed)} allowed by comments"
    return "".join((*lines, f"{said}\n"))


def _annotation(report: Report, one: Diagnostic) -> str:
    said = one.message + (f"\n{one.help}" if one.help else "")
    place, end = None, 0
    if one.place is not None:
        span = one.place.span
        line, column = one.place.source.position(span.start)
        last, end = one.place.source.position(max(span.start, span.end - 1))
        if last != line:
            column = 0  # columns of several lines are refused
        place = (path_of(one.place.source.name, report.root), line, column)
    level: Level = "error" if one.severity == "error" else "warning"
    return annotation(level, said, title=f"policyc {one.code}", place=place, end=end)


def gitlab(report: Report) -> str:
    """A report of code quality: each finding with a fingerprint of its own."""
    seen: dict[str, int] = {}
    issues = []
    for policy, one, reason in report.each():
        if reason is not None:
            continue
        name = fingerprint(report, one)
        seen[name] = seen.get(name, 0) + 1
        line = 1 if one.place is None else one.place.source.position(one.place.span.start)[0]
        file = policy.file if one.place is None else one.place.source.name
        issues.append(
            {
                "description": plain(one.message) + (f": {plain(one.help)}" if one.help else ""),
                "check_name": one.code,
                "fingerprint": name if seen[name] == 1 else f"{name}-{seen[name]}",
                "severity": "blocker" if one.severity == "error" else "minor",
                "location": {"path": path_of(file, report.root), "lines": {"begin": line}},
            }
        )
    return encoded(issues)
