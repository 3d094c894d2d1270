"""What one call found in its policies, and the formats it is written in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policylang.diagnostics import Diagnostic
from policylang.graph.nodes import Graph
from policylang.lint.fixing import Mended
from policylang.lint.rule import Family, Rule
from policylang.lint.suppressing import Allowed
from policylang.reports.style import Look


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was found in one policy; without a graph it does not compile, and what was found says why."""

    file: str
    graph: Graph | None
    found: tuple[Diagnostic, ...]
    allowed: tuple[Allowed, ...] = ()
    mended: Mended | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found in all policies of a call, by which rules."""

    policies: tuple[Judged, ...]
    rules: tuple[Rule, ...]
    shows_allowed: bool = False
    version: str = ""
    """Which policylang this is."""
    root: str = ""
    """The folder that files are named from where a format wants relative names."""

    @property
    def found(self) -> list[Diagnostic]:
        """Everything that was found and no comment allows."""
        return [one for policy in self.policies for one in policy.found]

    @property
    def allowed(self) -> list[Allowed]:
        """Everything that comments allow."""
        return [one for policy in self.policies for one in policy.allowed]

    @property
    def broken(self) -> list[Judged]:
        """The policies that do not compile."""
        return [policy for policy in self.policies if policy.graph is None]

    def family(self, code: str) -> Family | None:
        """What a finding is about; None of an error."""
        return next((rule.family for rule in self.rules if rule.code == code), None)

    def each(self) -> Iterator[tuple[Judged, Diagnostic, str | None]]:
        """Every finding with its policy, those that a comment allows with its reason."""
        for policy in self.policies:
            yield from ((policy, one, None) for one in policy.found)
            yield from ((policy, one.finding, one.reason) for one in policy.allowed)


def _text(report: Report, look: Look) -> str:
    from policylang.reports.findings.text import text

    return text(report, look)


def _json(report: Report, look: Look) -> str:
    from policylang.reports.findings.document import document
    from policylang.reports.json import encoded

    del look
    return encoded(document(report))


def _sarif(report: Report, look: Look) -> str:
    from policylang.reports.findings.sarif import sarif

    del look
    return sarif(report)


def _github(report: Report, look: Look) -> str:
    from policylang.reports.findings.forges import github

    del look
    return github(report)


def _gitlab(report: Report, look: Look) -> str:
    from policylang.reports.findings.forges import gitlab

    del look
    return gitlab(report)


FORMATS: dict[str, Callable[[Report, Look], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "gitlab": _gitlab,
}
"""Every format, by its name in a call."""


def rendered(report: Report, form: str, look: Look) -> str:
    """A report in one of the formats."""
    return FORMATS[form](report, look)


def tally(found: Sequence[Diagnostic]) -> dict[str, int]:
    """How often each code was found, by code."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.code] = counts.get(one.code, 0) + 1
    return dict(sorted(counts.items()))
