"""What lints found, for programs: the document that `schemas` describes as `lint`."""

from policylang.diagnostics import Diagnostic, Edit
from policylang.reports.findings.report import Judged, Report
from policylang.reports.json import Json, diagnostic

LINT = "policylang/lint/v1"


def document(report: Report) -> dict[str, Json]:
    """The report as one document."""
    found = report.found
    families = [report.family(one.code) for one in found]
    return {
        "schema": LINT,
        "policies": [_policy(report, policy) for policy in report.policies],
        "counts": {
            "errors": sum(one.severity == "error" for one in found),
            "findings": sum(one.severity == "warning" for one in found),
            "allowed": len(report.allowed),
            "families": {str(family): families.count(family) for family in sorted(set(filter(None, families)))},
        },
        "rules": [rule.code for rule in report.rules],
    }


def _policy(report: Report, policy: Judged) -> dict[str, Json]:
    header = policy.graph.header if policy.graph is not None else None
    mended = policy.mended
    return {
        "file": policy.file,
        "policy": None
        if header is None or policy.graph is None
        else {"name": header.name, "version": header.version, "digest": policy.graph.digest},
        "findings": [finding(report, one) for one in policy.found],
        "allowed": [{**finding(report, one.finding), "reason": one.reason} for one in policy.allowed],
        "mended": [] if mended is None else [finding(report, one) for one in mended.made],
        "taken_back": [] if mended is None else [finding(report, one) for one in mended.taken_back],
    }


def finding(report: Report, one: Diagnostic) -> dict[str, Json]:
    """One finding, with what mends it."""
    family = report.family(one.code)
    fix = one.fix
    return {
        **diagnostic(one),
        "family": None if family is None else str(family),
        "fix": None
        if fix is None
        else {
            "title": fix.title,
            "keeps_meaning": fix.keeps_meaning,
            "edits": [_edit(edit) for edit in fix.edits],
        },
    }


def _edit(edit: Edit) -> dict[str, Json]:
    source, span = edit.place.source, edit.place.span
    (line, column), (end_line, end_column) = source.position(span.start), source.position(span.end)
    return {
        "file": source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "text": edit.text,
    }
