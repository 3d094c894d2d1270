"""Test runs of policies, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from policylang.diagnostics import Diagnostic
from policylang.graph.nodes import Graph
from policylang.reports.amounts import counted
from policylang.reports.diagnostics import show
from policylang.reports.json import Json, diagnostic
from policylang.reports.style import Look, Page, brief
from policylang.source import Place

TESTS = "policylang/tests/v1"


class Outcome(Protocol):
    """How a test went: `testing` has it, and stands beside us."""

    @property
    def title(self) -> str:
        """What the test says it shows."""

    @property
    def place(self) -> Place:
        """Where it stands."""

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """What is not as expected."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """A policy and how its tests went."""

    file: str
    graph: Graph
    outcomes: tuple[Outcome, ...]


def text(tested: Sequence[Tested], look: Look) -> str:
    """Every test with its mark, what went wrong below it, and the count."""
    page = Page(look)
    for policy in tested:
        page.blank()
        page.line((brief(policy.file), "bold"))
        if not policy.outcomes:
            page.line(("no tests", "warn"), indent=2)
        for outcome in policy.outcomes:
            _outcome(page, outcome)
    page.blank()
    passed, failed = _counts(tested)
    page.line(f"{counted(passed, 'test')} passed, ", (f"{failed} failed", "bad" if failed else ""))
    return page.text()


def _outcome(page: Page, outcome: Outcome) -> None:
    mark = ("✔ passed", "good") if outcome.passed else ("✘ failed", "bad")
    page.line(mark, f"  {brief(outcome.title)}", indent=2, hang=12)
    for found in outcome.found:
        show(page, found, indent=4)


def _counts(tested: Sequence[Tested]) -> tuple[int, int]:
    outcomes = [outcome.passed for policy in tested for outcome in policy.outcomes]
    return sum(outcomes), len(outcomes) - sum(outcomes)


def document(tested: Sequence[Tested]) -> dict[str, Json]:
    """The same for programs."""
    passed, failed = _counts(tested)
    return {
        "schema": TESTS,
        "passed": passed,
        "failed": failed,
        "policies": [
            {
                "policy": {
                    "name": policy.graph.header.name,
                    "title": policy.graph.header.title,
                    "version": policy.graph.header.version,
                    "digest": policy.graph.digest,
                },
                "file": policy.file,
                "tests": [_test(outcome) for outcome in policy.outcomes],
            }
            for policy in tested
        ],
    }


def _test(outcome: Outcome) -> dict[str, Json]:
    line, _ = outcome.place.source.position(outcome.place.span.start)
    return {
        "title": outcome.title,
        "file": outcome.place.source.name,
        "line": line,
        "passed": outcome.passed,
        "diagnostics": [diagnostic(found) for found in outcome.found],
    }
