"""What lints found for the forges: commands of GitHub workflows, and a code quality report of GitLab.

A workflow obeys lines that begin with `::`, so what is shown there is made harmless first and escaped after that.
"""

from policylang.diagnostics import Diagnostic
from policylang.reports.findings.names import path_of
from policylang.reports.findings.report import Report, numbered
from policylang.reports.findings.sarif import fingerprint
from policylang.reports.json import encoded
from policylang.reports.style import plain


def github(report: Report) -> str:
    """One command a finding: an annotation at its place."""
    lines = [_annotation(report, one) for one in report.found]
    said = f"{numbered(len(report.found), 'finding')}, {len(report.allowed)} allowed by comments"
    return "".join(f"{line}\n" for line in (*lines, said))


def _annotation(report: Report, one: Diagnostic) -> str:
    words = {"title": f"policyc {one.code}"}
    if one.place is not None:
        (line, column), (end_line, end_column) = map(
            one.place.source.position, (one.place.span.start, max(one.place.span.start, one.place.span.end - 1))
        )
        words = {"file": path_of(one.place.source.name, report.root), "line": str(line), **words}
        if line == end_line:  # columns of several lines are refused
            words |= {"endLine": str(end_line), "col": str(column), "endColumn": str(end_column)}
    shown = ",".join(f"{key}={_property(value)}" for key, value in words.items())
    said = one.message + (f"\n{one.help}" if one.help else "")
    return f"::{one.severity} {shown}::{_data(said)}"


def _data(text: str) -> str:
    lines = (plain(line) for line in text.split("\n"))
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return plain(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


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
