"""Pages of cases hold; every code has a case that produces it; messages read like messages."""

from pathlib import Path

import pytest

from pages import Case, all_cases, cases, findings_of, found, pages, rewrite
from pages_shown import ill_said
from policylang.codes import CODES
from policylang.diagnostics import Diagnostic

STAGES = ("parse", "resolve", "check", "graph", "decide")

PROVED = {f"P{number}" for number in range(410, 423)}
OTHERS = {"P113", "P114", "P207", "P407", "P408", "P409"} | PROVED | {c for c in CODES if c.startswith("P5")}
"""Codes of test_parse, test_check, test_gates, test_stricter, test_semantic_lint, test_testing and test_cli."""


@pytest.mark.parametrize("page", pages(*STAGES), ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page says what is found, word for word."""
    if accept:
        rewrite(page)
    assert {case.title: found(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}


# Codes and messages


@pytest.fixture(scope="module")
def findings() -> list[tuple[Case, Diagnostic]]:
    """Everything that the cases of all pages find, once."""
    return [(case, finding) for case in all_cases(*STAGES) for finding in findings_of(case)]


def test_every_code_has_a_case(findings: list[tuple[Case, Diagnostic]]) -> None:
    """Each code about the text, names, kinds and workings of a policy has a case that produces it."""
    wanted = {code for code in CODES if code.startswith("P")} - OTHERS
    assert wanted <= {finding.code for _, finding in findings}


def test_every_finding_has_a_code(findings: list[tuple[Case, Diagnostic]]) -> None:
    """No finding has a code that `policyc explain` does not know."""
    assert {finding.code for _, finding in findings} <= set(CODES)


def test_messages_read_like_messages(findings: list[tuple[Case, Diagnostic]]) -> None:
    """A message begins in lower case, ends without a stop, fits one line, and shows no name of ours."""
    assert not [(str(case), why) for case, finding in findings for why in ill_said(finding)]


def test_findings_have_places(findings: list[tuple[Case, Diagnostic]]) -> None:
    """A finding stands where the fault is, on one line where it can; only a whole file has no place."""
    for case, finding in findings:
        if finding.place is None:
            assert finding.code in ("P112", "P113"), str(case)
        else:
            assert finding.place.span.start < finding.place.span.end, (str(case), finding.message)


def test_findings_are_said_once(findings: list[tuple[Case, Diagnostic]]) -> None:
    """No case says the same twice of one place."""
    seen = set()
    for case, finding in findings:
        where = "" if finding.place is None else str(finding.place)
        key = (str(case), finding.code, finding.message, where)
        assert key not in seen
        seen.add(key)
