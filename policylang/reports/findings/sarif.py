"""What lints found as SARIF 2.1.0, which code scanners and editors read: rules with help, places, fixes, reasons."""

import hashlib

from policylang.codes import CODES
from policylang.diagnostics import Diagnostic, Fix
from policylang.lint.rule import Rule
from policylang.reports.findings.names import uri_of
from policylang.reports.findings.report import Report
from policylang.reports.json import Json, encoded
from policylang.reports.style import plain
from policylang.source import Place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def sarif(report: Report) -> str:
    """The report as a log of one run."""
    codes = sorted({rule.code for rule in report.rules} | {one.code for one in report.found})
    numbers = {code: number for number, code in enumerate(codes)}
    rules = {rule.code: rule for rule in report.rules}
    driver = {
        "name": "policyc",
        "version": report.version,
        "rules": [_rule(code, rules.get(code)) for code in codes],
    }
    results = [_result(report, one, reason, numbers[one.code]) for _, one, reason in report.each()]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report.broken}],
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return encoded(log)


def _rule(code: str, rule: Rule | None) -> dict[str, Json]:
    known = CODES[code]
    example = f"{known.page}\n"
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.page.partition("\n\n")[0].replace("\n", " ")},
        "help": {"text": example, "markdown": _markdown(known.page)},
        "defaultConfiguration": {"level": "error" if rule is None else "warning"},
        "properties": {"tags": ["policy", *([] if rule is None else [str(rule.family), *sorted(rule.personas)])]},
    }


def _markdown(page: str) -> str:
    """A page with its example in a block."""
    words, _, example = page.partition("\n\n    ")
    return words + (f"\n\n```policy\n{example.replace(chr(10) + '    ', chr(10))}\n```" if example else "")


def _result(report: Report, one: Diagnostic, reason: str | None, number: int) -> dict[str, Json]:
    said = plain(one.message) + (f"\n{plain(one.help)}" if one.help else "")
    result: dict[str, Json] = {
        "ruleId": one.code,
        "ruleIndex": number,
        "level": one.severity,
        "message": {"text": said},
        "partialFingerprints": {"policylang/v1": fingerprint(report, one)},
    }
    if one.place is not None:
        result["locations"] = [{"physicalLocation": _physical(report, one.place)}]
    if one.labels:
        result["relatedLocations"] = [
            {"id": at, "physicalLocation": _physical(report, label.place), "message": {"text": plain(label.text)}}
            for at, label in enumerate(one.labels)
        ]
    if one.fix is not None:
        result["fixes"] = [_fix(report, one.fix)]
    if reason is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": plain(reason)}]
    return result


def _physical(report: Report, place: Place) -> dict[str, Json]:
    uri = uri_of(place.source.name, report.root)
    where = {"uri": uri} if ":" in uri else {"uri": uri, "uriBaseId": _ROOT}
    return {"artifactLocation": where, "region": _region(place)}


def _region(place: Place) -> dict[str, Json]:
    (line, column), (end_line, end_column) = map(place.source.position, (place.span.start, place.span.end))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fix(report: Report, fix: Fix) -> dict[str, Json]:
    files = dict.fromkeys(edit.place.source.name for edit in fix.edits)
    changes = []
    for name in files:
        edits = [edit for edit in fix.edits if edit.place.source.name == name]
        replaced = [{"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.text}} for edit in edits]
        where = _physical(report, edits[0].place)["artifactLocation"]
        changes.append({"artifactLocation": where, "replacements": replaced})
    return {"description": {"text": plain(fix.title)}, "artifactChanges": changes}


def fingerprint(report: Report, one: Diagnostic) -> str:
    """What names a finding from one run to the next, wherever in its file it moves to."""
    where, line = "", ""
    if one.place is not None:
        where = uri_of(one.place.source.name, report.root)
        line = one.place.source.line(one.place.source.position(one.place.span.start)[0]).strip()
    said = f"{one.code}\0{where}\0{line}\0{one.message}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
