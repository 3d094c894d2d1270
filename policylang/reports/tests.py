"""Test runs of policies: how each test went, what the tests reach, and which changes nobody noticed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from policylang.diagnostics import Diagnostic
from policylang.graph.nodes import Graph
from policylang.reports.amounts import counted
from policylang.reports.diagnostics import diagnostics, show
from policylang.reports.json import Json, diagnostic
from policylang.reports.style import Look, Page, Part, brief, plain
from policylang.source import Place
from policylang.testing import Clause, Coverage, Mutant, Outcome

TESTS = "policylang/tests/v1"

_CLAUSES = {"covered": "good", "partly": "bad", "open": "bad", "stated": "", "not encoded": "dim"}
"""The states of clauses, and their tone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """A policy, how its tests went and, where it was asked for, what they reach and which mutants they notice."""

    file: str
    graph: Graph
    outcomes: tuple[Outcome, ...]
    coverage: Coverage | None = None
    mutants: tuple[Mutant, ...] | None = None

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return all(outcome.passed for outcome in self.outcomes)


def text(tested: Sequence[Tested], look: Look) -> str:
    """Every test with its mark, what went wrong below it, and the count; of several policies, those that fail."""
    page = Page(look)
    several = len(tested) > 1
    for policy in tested:
        if several and policy.coverage is None and policy.mutants is None and policy.passed:
            _passed(page, policy)
            continue
        page.blank()
        page.line((brief(policy.file), "bold"))
        if not policy.outcomes:
            page.line(("no tests", "warn"), indent=2)
        for outcome in policy.outcomes:
            if not (several and outcome.passed):
                _outcome(page, outcome)
        if several and policy.passed and policy.outcomes:
            page.line(("✔ passed", "good"), f"  {counted(len(policy.outcomes), 'test')}", indent=2)
        if policy.coverage is not None:
            _coverage(page, policy.coverage)
        if policy.mutants is not None:
            _mutants(page, policy.mutants)
    page.blank()
    passed, failed = counts(tested)
    page.line(f"{counted(passed, 'test')} passed, ", (f"{failed} failed", "bad" if failed else ""))
    return page.text()


def _passed(page: Page, policy: Tested) -> None:
    count = counted(len(policy.outcomes), "test") if policy.outcomes else "no tests"
    mark = ("✔ passed", "good") if policy.outcomes else ("· none  ", "warn")
    page.line(mark, f"  {brief(policy.file)}  ", (count, "dim"))


def _outcome(page: Page, outcome: Outcome) -> None:
    mark = ("✔ passed", "good") if outcome.passed else ("✘ failed", "bad")
    page.line(mark, f"  {brief(outcome.title)}", indent=2, hang=12)
    for found in outcome.found:
        show(page, found, indent=4)


def _coverage(page: Page, coverage: Coverage) -> None:
    """Counts of what is covered, then what is not, then every clause of the framework."""
    page.blank()
    page.line(("coverage", "bold"), f"  {_points(coverage)}")
    rows: list[list[Part]] = [
        [point.kind, _subject(point.of, point.text), [("no test where it ", "dim"), (point.missing, "warn")]]
        for point in coverage.uncovered
    ]
    page.table(rows, indent=4)
    if not coverage.clauses:
        return
    page.blank()
    covered, encodable = covered_clauses(coverage)
    left = sum(clause.state == "not encoded" for clause in coverage.clauses)
    aside = f", {left} cannot be encoded" if left else ""
    page.line(("clauses", "bold"), f"  {covered} of {encodable} that are encodable{aside}")
    page.table([_clause(clause) for clause in coverage.clauses], indent=4)


def _subject(of: str, text_: str) -> str:
    return brief(text_) if of == text_ else f"{brief(text_)} ({brief(of)})"


def _clause(clause: Clause) -> list[Part]:
    said = brief(clause.title)
    if clause.cites:
        said += f" ({brief(', '.join(clause.cites))})"
    runs = [(said.strip(), "")]
    if clause.by:
        runs.append((f" · {', '.join(map(brief, clause.by))}", "dim"))
    if clause.why and clause.state != "stated":
        runs.append((f" · {brief(clause.why)}", "warn" if clause.state == "partly" else ""))
    return [brief(clause.name), (clause.state, _CLAUSES[clause.state]), runs]


def _points(coverage: Coverage) -> str:
    """How many points of each kind are covered."""
    total = Counter(point.kind for point in coverage.points)
    covered = Counter(point.kind for point in coverage.points if point.covered)
    return " · ".join(f"{kind} {covered[kind]} of {count}" for kind, count in total.items())


def covered_clauses(coverage: Coverage) -> tuple[int, int]:
    """How many clauses are covered or can only be stated, and how many can be encoded."""
    states = [clause.state for clause in coverage.clauses if clause.state != "not encoded"]
    return sum(state in ("covered", "stated") for state in states), len(states)


def reached(coverage: Coverage) -> tuple[int, int]:
    """What a gate looks at: clauses, or in a policy that declares none the points of its rules, shown and all."""
    if any(clause.state != "not encoded" for clause in coverage.clauses):
        return covered_clauses(coverage)
    return sum(point.covered for point in coverage.points), len(coverage.points)


def killed(mutants: Sequence[Mutant]) -> tuple[int, int]:
    """How many mutants were killed, and how many mean something else than the policy."""
    fates = [mutant.fate for mutant in mutants if mutant.fate != "equivalent"]
    return fates.count("killed"), len(fates)


def _mutants(page: Page, mutants: Sequence[Mutant]) -> None:
    """How many changes the tests noticed, and those that they did not."""
    page.blank()
    found, all_ = killed(mutants)
    same = len(mutants) - all_
    aside = f", and {same} that no evidence tells from the policy" if same else ""
    page.line(("mutants", "bold"), f"  {found} of {all_} killed ({_share(found, all_)}){aside}")
    rows: list[list[Part]] = []
    for mutant in mutants:
        if mutant.fate == "survived":
            line, column = mutant.place.source.position(mutant.place.span.start)
            where = f"{brief(mutant.place.source.name)}:{line}:{column}"
            rows.append([(where, "mark"), brief(mutant.declaration), ("survived", "warn"), brief(mutant.change)])
    page.table(rows, indent=4)


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else "none"


def counts(tested: Sequence[Tested]) -> tuple[int, int]:
    """How many tests passed, and how many failed."""
    outcomes = [outcome.passed for policy in tested for outcome in policy.outcomes]
    return sum(outcomes), len(outcomes) - sum(outcomes)


# For programs


def document(tested: Sequence[Tested]) -> dict[str, Json]:
    """The same for programs."""
    passed, failed = counts(tested)
    return {
        "schema": TESTS,
        "passed": passed,
        "failed": failed,
        "policies": [_policy(policy) for policy in tested],
    }


def _policy(policy: Tested) -> dict[str, Json]:
    found: dict[str, Json] = {
        "policy": {
            "name": policy.graph.header.name,
            "title": policy.graph.header.title,
            "version": policy.graph.header.version,
            "digest": policy.graph.digest,
        },
        "file": policy.file,
        "tests": [_test(outcome) for outcome in policy.outcomes],
    }
    if policy.coverage is not None:
        found["coverage"] = _covered(policy.coverage)
    if policy.mutants is not None:
        found["mutation"] = _mutated(policy.mutants)
    return found


def _covered(coverage: Coverage) -> dict[str, Json]:
    covered, encodable = covered_clauses(coverage)
    clauses: list[Json] = [
        {
            "name": clause.name,
            "title": clause.title,
            "cites": list(clause.cites),
            "by": list(clause.by),
            "state": clause.state,
            "why": clause.why,
        }
        for clause in coverage.clauses
    ]
    points: list[Json] = [
        {"kind": p.kind, "of": p.of, "text": p.text, "yes": p.yes, "no": p.no, "covered": p.covered}
        for p in coverage.points
    ]
    return {"points": points, "clauses": clauses, "clauses_covered": covered, "clauses_encodable": encodable}


def _mutated(mutants: Sequence[Mutant]) -> dict[str, Json]:
    dead, all_ = killed(mutants)
    each: list[Json] = [
        {
            **_place(mutant.place),
            "declaration": mutant.declaration,
            "change": mutant.change,
            "fate": mutant.fate,
            "by": mutant.by,
        }
        for mutant in mutants
    ]
    return {"killed": dead, "mutants": all_, "each": each}


def _test(outcome: Outcome) -> dict[str, Json]:
    return {
        "title": outcome.title,
        **_place(outcome.place),
        "passed": outcome.passed,
        "diagnostics": [diagnostic(found) for found in outcome.found],
    }


def _place(place: Place) -> dict[str, Json]:
    line, _ = place.source.position(place.span.start)
    return {"file": place.source.name, "line": line}


# For build services


def junit(tested: Sequence[Tested]) -> str:
    """The tests as JUnit XML: a suite a policy, a case a test, a failure with what was found."""
    passed, failed = counts(tested)
    root = ElementTree.Element("testsuites", {"tests": str(passed + failed), "failures": str(failed)})
    for policy in tested:
        wrong = sum(not outcome.passed for outcome in policy.outcomes)
        header = policy.graph.header
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            {
                "name": plain(f"{header.name} {header.version}".strip()),
                "tests": str(len(policy.outcomes)),
                "failures": str(wrong),
            },
        )
        for outcome in policy.outcomes:
            line, _ = outcome.place.source.position(outcome.place.span.start)
            words = {
                "classname": plain(header.name),
                "name": plain(outcome.title),
                "file": plain(outcome.place.source.name),
                "line": str(line),
            }
            case = ElementTree.SubElement(suite, "testcase", words)
            if not outcome.passed:
                case.append(_failure(outcome.found))
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _failure(found: Sequence[Diagnostic]) -> ElementTree.Element:
    failure = ElementTree.Element("failure", {"message": plain(found[0].message)})
    failure.text = diagnostics(found, Look(unicode=True))
    return failure
