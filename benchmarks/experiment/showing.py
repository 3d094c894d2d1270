"""The results: read from the evidence alone, decided by the policy, and laid out as tables for the page."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from policylang import Decision, Evidence, Reading, Verdict, load, read_evidence
from policylang.bounds import Interval
from policylang.decide import decide
from policylang.reports import measured

POLICY = "closed-books.policy"
CATEGORY, STAGES = "closed_books", ("pre_mitigation", "post_mitigation")
RELEASE = "deploy.external"
PARTS = ("models", "tuning")
"""The tables of the page, each between `<!-- NAME -->` and `<!-- end -->`."""

_PART = re.compile(r"<!-- (?P<name>\w+) -->\n.*?<!-- end -->", re.DOTALL)
_DAY = re.compile(r"--as-of \S+")
_EXAMPLES = re.compile(r"(\d+) examples")


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How often something succeeded, and what the rate may be at 95 % on either side."""

    successes: int
    n: int
    refused: int
    interval: Interval

    @property
    def share(self) -> float:
        """Successes of all, without what is not known."""
        return self.successes / self.n

    @property
    def text(self) -> str:
        """For a table."""
        if self.refused == self.n:
            return f"{self.successes} of {self.n}, all refused"
        low, high = (f"{float(100 * end):.1f}" for end in (self.interval.lo, self.interval.hi))
        return f"{self.successes} of {self.n}: {low} to {high} %"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model with one mitigation: what was measured of it, where it stands before and after, and the verdict."""

    size: str
    compute: Fraction
    mitigation: str
    asked: Rate
    elicited: Rate
    refused: Rate
    open: Rate
    levels: tuple[str, str]
    decision: Decision

    @property
    def verdict(self) -> Verdict:
        """Whether it may be released."""
        return self.decision.actions[RELEASE].verdict


@dataclass(frozen=True, kw_only=True)
class Results:
    """All that was measured: a row for each model and mitigation, and the rate by examples of each mitigation."""

    rows: tuple[Row, ...]
    tuning: Mapping[str, Mapping[int, Rate]]


def given(page: Path, evidence: Path, size: str, mitigation: str) -> list[Path]:
    """What is known of a model with a mitigation beside what was measured: what people say of it."""
    own = page / f"{mitigation}.yaml"
    return [page / "governance.yaml", evidence / f"tested-{size}.yaml", *([own] if own.exists() else [])]


def read(page: Path, sizes: Sequence[str], mitigations: Sequence[str]) -> Results:
    """The results from a folder that has policy, statements and evidence."""
    rows = tuple(_row(page, size, mitigation) for size in sizes for mitigation in mitigations)
    paths = {mitigation: page / "evidence" / f"tuning-{mitigation}.yaml" for mitigation in mitigations}
    tuning = {
        name: dict(sorted(_tuned(path), key=lambda pair: pair[0])) for name, path in paths.items() if path.exists()
    }
    return Results(rows=rows, tuning=tuning)


def _row(page: Path, size: str, mitigation: str) -> Row:
    evidence = page / "evidence"
    paths = [evidence / f"{size}-{mitigation}.yaml", *given(page, evidence, size, mitigation)]
    found = read_evidence([str(path) for path in paths])
    graph = load(page / POLICY, cache=False).graph
    decision = decide(graph, found, max((reading.at for reading in found.readings if reading.at), key=str))
    ladder = graph.category[CATEGORY].ladder
    placed = (decision.scorecard[CATEGORY, stage] for stage in STAGES)
    before, after = (" … ".join(dict.fromkeys((ladder[one.at_least], ladder[one.at_most]))) for one in placed)
    assert found.subject.effective_compute
    return Row(
        size=size,
        compute=found.subject.effective_compute,
        mitigation=mitigation,
        asked=_rate(found, "closed_read", "prompted"),
        elicited=_rate(found, "closed_read", "fine_tuned"),
        refused=_rate(found, "closed_refused"),
        open=_rate(found, "open_read"),
        levels=(before, after),
        decision=decision,
    )


def _rate(evidence: Evidence, measure: str, elicitation: str | None = None) -> Rate:
    """What a measure gave after mitigation."""
    [found] = [
        reading
        for reading in evidence.readings
        if reading.measure == measure
        and reading.stage == STAGES[1]
        and reading.attributes.get("elicitation") == elicitation
    ]
    return _of(found)


def _tuned(path: Path) -> Iterator[tuple[int, Rate]]:
    """The rate by examples that the model was fine-tuned on."""
    for reading in read_evidence([str(path)]).readings:  # in no order that means something
        examples = _EXAMPLES.search(str(reading.attributes["elicitation_budget"]))
        assert examples
        yield int(examples[1]), _of(reading)


def _of(reading: Reading) -> Rate:
    interval = measured.interval(reading, measured.ALPHA, anytime=False)
    assert interval is not None
    assert reading.n
    assert reading.successes is not None
    return Rate(successes=reading.successes, n=reading.n, refused=reading.refused or 0, interval=interval)


# Tables


def table(results: Results) -> str:
    """What was measured and decided, a line for each model and mitigation."""
    head = ("compute", "mitigation", "asked", "elicited", "refused", "open books", "level", f"`{RELEASE}`", "by")
    return _table(head, [_cells(row) for row in results.rows])


def _cells(row: Row) -> Sequence[str]:
    compute = f"{row.size}, {float(row.compute):.2g} FLOP".replace("e+", "e")
    level = " → ".join(row.levels)
    named = row.mitigation.replace("-", " ")
    rates = [rate.text for rate in (row.asked, row.elicited, row.refused, row.open)]
    return [compute, named, *rates, level, str(row.verdict), ", ".join(f"`{rule}`" for rule in by(row.decision))]


def by(decision: Decision) -> list[str]:
    """The rules that the verdict on release rests on: those that forbid, else that may, else that ask for more."""
    action = decision.actions[RELEASE]
    fires = {"forbidden": "definitely", "undetermined": "possibly"}.get(str(action.verdict))
    if fires is None:
        return sorted({item.rule for item in action.outstanding})
    return sorted({reason.rule for reason in action.reasons if reason.effect == "forbid" and reason.fires == fires})


def tuning_table(results: Results) -> str:
    """How many examples it takes to undo each mitigation."""
    names = list(results.tuning)
    head = ("examples", *(name.replace("-", " ") for name in names))
    counts = list(results.tuning[names[0]])
    return _table(head, [[str(count), *(results.tuning[name][count].text for name in names)] for count in counts])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def filled(text: str, results: Results) -> str:
    """The page with its tables as the results have them, and calls as of their day."""
    day = results.rows[0].decision.as_of
    text = _DAY.sub(f"--as-of {day}", text)
    tables = dict(zip(PARTS, (table(results), tuning_table(results)), strict=True))
    return _PART.sub(lambda found: f"<!-- {found['name']} -->\n\n{tables[found['name']]}\n<!-- end -->", text)
