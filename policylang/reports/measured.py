"""What was measured, for people and for programs: every task at every stage side by side, and what a plan foresees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from policylang.bounds import Interval, counts_interval, units_interval
from policylang.evidence.asking import Plan
from policylang.evidence.facts import Reading
from policylang.kinds import Kind, decimal_text, exact_text
from policylang.reports.amounts import amount, counted, span
from policylang.reports.json import Json
from policylang.reports.style import Look, Page, Part, brief

MEASURED = "policylang/measured/v1"
PLAN = "policylang/eval_plan/v1"
ALPHA = Fraction(1, 20)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One task at one stage, and what came of it."""

    task: str
    reading: Reading
    planned: int
    left_out: int = 0
    notes: tuple[str, ...] = ()
    kind: Kind = Kind.RATE
    low: Fraction = Fraction(0)  # of the range that the outcomes of units are places in
    high: Fraction = Fraction(1)


@dataclass(frozen=True, kw_only=True)
class Table:
    """What was measured on one model, and where the evidence is."""

    model: str
    revision: str
    configuration: str | None
    path: str
    lines: tuple[Line, ...]
    asked: int
    known: int
    alpha: Fraction = ALPHA
    anytime: bool = False


def interval(reading: Reading, alpha: Fraction, *, anytime: bool) -> Interval | None:
    """What the rate behind a reading may be; what is missing may be anything. None where the reading has no rate."""
    if reading.units is not None:
        return units_interval(reading.units, reading.n or len(reading.units), alpha=alpha)
    if reading.successes is None or reading.n is None:
        return None
    scored = reading.n if reading.scored is None else reading.scored
    return counts_interval(reading.successes, scored, reading.n, alpha=alpha, anytime=anytime)


def text(table: Table, look: Look) -> str:
    """A table with a row for each task and a column for each stage, and what to know beside it."""
    page = Page(look)
    page.line((brief(table.model), "bold"), f" · {table.revision}")
    if table.configuration:
        page.line(("configuration ", "dim"), table.configuration)
    page.blank()
    stages = list(dict.fromkeys(line.reading.stage for line in table.lines))
    rows: list[list[Part]] = [[("task", "dim"), ("measure", "dim"), *((stage or "", "dim") for stage in stages)]]
    for task in dict.fromkeys(line.task for line in table.lines):
        of_task = {line.reading.stage: line for line in table.lines if line.task == task}
        measure = next(iter(of_task.values())).reading.measure
        rows.append([brief(task), brief(measure), *(_cell(table, of_task.get(stage)) for stage in stages)])
        rows += _below(table, of_task, stages)
    page.table(rows)
    page.blank()
    test = "at every look" if table.anytime else "one-sided each"
    page.line((f"intervals at {_percent(1 - table.alpha)}, {test}; what was not scored may be anything", "dim"))
    _saving(page, table)
    for note in dict.fromkeys(note for line in table.lines for note in line.notes):
        page.line("· ", brief(note))
    page.line(f"{counted(table.asked, 'request')} asked, {table.known} known from before")
    page.line("evidence in ", (brief(table.path), "bold"))
    return page.text()


def _cell(table: Table, line: Line | None) -> Part:
    if line is None:
        return ("not asked for", "dim")
    reading = line.reading
    found = interval(reading, table.alpha, anytime=table.anytime)
    if found is None:
        return "" if reading.value is None else exact_text(Fraction(getattr(reading.value, "number", 0)))
    wide = line.high - line.low
    shown = span(line.low + found.lo * wide, line.low + found.hi * wide, line.kind)
    if reading.units is not None:
        mean = line.low + wide * sum(reading.units.values(), Fraction(0)) / max(1, len(reading.units))
        return f"{amount(mean, line.kind, up=True)} mean of {len(reading.units)}: {shown}"
    return f"{reading.successes} of {reading.n}: {shown}"


def _below(table: Table, of_task: Mapping[str | None, Line], stages: Sequence[str | None]) -> list[list[Part]]:
    """What is missing, below what was measured."""
    del table
    said = [_missing(of_task[stage]) if stage in of_task else "" for stage in stages]
    return [["", "", *((text, "warn") for text in said)]] if any(said) else []


def _missing(line: Line) -> str:
    reading = line.reading
    parts = [f"{number} {word}" for number, word in _unscored(reading) if number]
    if reading.status != "success":
        parts.insert(0, reading.status or "not finished")
    return ", ".join(parts)


def _unscored(reading: Reading) -> list[tuple[int, str]]:
    n = reading.n or 0
    scored = len(reading.units) if reading.units is not None else (n if reading.scored is None else reading.scored)
    named = [
        (reading.refused or 0, "refused"),
        (reading.no_answer or 0, "unanswered"),
        (reading.errored or 0, "errors"),
    ]
    rest = n - scored - sum(number for number, _ in named)
    return [*named, (rest, "not scored")]


def _saving(page: Page, table: Table) -> None:
    """What a rule to stop by saved."""
    left = sum(line.left_out for line in table.lines)
    if not left:
        return
    whole = sum(line.planned + line.left_out for line in table.lines)
    saved = _percent(Fraction(left, whole))
    page.line(f"stopped when no verdict depended on more: {whole - left} of {whole} units measured, {saved} saved")


def _percent(share: Fraction) -> str:
    return f"{decimal_text(share * 100, 1)}%"


def document(table: Table) -> dict[str, Json]:
    """The same for programs."""
    return {
        "schema": MEASURED,
        "model": table.model,
        "revision": table.revision,
        "configuration": table.configuration,
        "evidence": table.path,
        "requests": {"asked": table.asked, "known": table.known},
        "tasks": [_document(table, line) for line in table.lines],
    }


def _document(table: Table, line: Line) -> dict[str, Json]:
    reading = line.reading
    found = interval(reading, table.alpha, anytime=table.anytime)
    return {
        "task": line.task,
        "measure": reading.measure,
        "stage": reading.stage,
        "run": reading.run,
        "status": reading.status,
        "n": reading.n,
        "left_out": line.left_out,
        "successes": reading.successes,
        "unscored": {word: number for number, word in _unscored(reading)},
        "interval": None if found is None else [_placed(line, found.lo), _placed(line, found.hi)],
    }


def _placed(line: Line, place: Fraction) -> str:
    """A place in the range of a measure, in its unit."""
    return exact_text(line.low + place * (line.high - line.low))


def plan_text(plans: Mapping[str, Plan], look: Look) -> str:
    """What would be asked of each model, how much of it is shared, how long it takes and how much memory."""
    page = Page(look)
    rows: list[list[Part]] = [
        [(word, "dim") for word in ("model", "requests", "to ask", "tokens", "shared", "time", "memory")]
    ]
    for name, plan in plans.items():
        tokens = f"{plan.tokens_fed:,} of {plan.tokens:,}" + (f", {plan.generated:,} new" if plan.generated else "")
        rows.append(
            [
                brief(name),
                f"{plan.requests:,}",
                f"{plan.distinct:,}",
                tokens,
                _percent(Fraction(plan.shared).limit_denominator(1000)),
                "" if plan.seconds is None else _time(plan.seconds),
                "" if plan.memory is None else f"{plan.memory / 1e9:.1f} GB",
            ]
        )
    page.table(rows, indent=0)
    page.blank()
    page.line(("what judges are asked, what elicitation takes and tasks of other tools are not in it", "dim"))
    return page.text()


def plan_document(plans: Mapping[str, Plan]) -> dict[str, Json]:
    """The same for programs."""
    rows: list[Json] = [
        {
            "model": name,
            "requests": plan.requests,
            "distinct": plan.distinct,
            "tokens": plan.tokens,
            "tokens_fed": plan.tokens_fed,
            "generated": plan.generated,
            "seconds": None if plan.seconds is None else f"{plan.seconds:.1f}",
            "memory": plan.memory,
        }
        for name, plan in plans.items()
    ]
    return {"schema": PLAN, "models": rows}


def _time(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} s"
    return f"{round(whole / 60)} min" if whole < 5400 else f"{whole / 3600:.1f} h"
