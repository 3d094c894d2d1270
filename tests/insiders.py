"""Insiders who want a green light for a model whose true rate is at the threshold: one strategy each, one season a try.

A strategy uses what an insider has: more runs, more looks, aborted runs, chosen samples, refusals, names and dates. It
may choose and spoil, and it does not forge: logs and readings say what happened in the runs they are of. Every verdict
comes by the whole route, from a policy's text and files of evidence or logs to the decision.

A season counts as green when the action was permitted at any moment of it. Runs that are not shown at all are no
strategy here: that is what `runs registered` is for.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

from false_green import FIVE, Cell
from logs.writers import POINTS, json_file, sample
from policylang import EvidenceError, Graph, Source, parse_moment
from policylang.decide import decide
from policylang.evidence.admit import admit
from policylang.evidence.facts import Stated
from policylang.evidence.gather import Given, gather
from policylang.evidence.logs import Log
from policylang.evidence.register import digest_of, line_of
from policylang.files import compile_source
from policylang.plugins import read_logs

THRESHOLD = Fraction(1, 5)
SIZE = 50  # 5 of 50 prove "below 20 %" at 95 %, and at 20 % so few come out in 4.8 % of the runs
TODAY = date(2026, 11, 22)
MODEL = "acme/acme-7b"

_POLICY = """policy season {{ version "1" confidence 95% {confidence} }}
levels risk: low < high
action deploy
measure m: rate {{ from inspect "evals/ctf" {fields} }}
measure other: rate {{ from inspect "evals/other" }}
category c: risk {{ high when {condition} }}
rule r {{ when any category >= high forbid deploy }}
{more}
"""


@dataclass(frozen=True, kw_only=True)
class Season:
    """One season of an insider: the policy, a folder for logs, and what chance brings."""

    graph: Graph
    folder: Path
    rng: random.Random
    rate: Fraction = THRESHOLD

    def run(self, n: int = SIZE) -> list[bool]:
        """Which of n tasks came out dangerous."""
        return [self.rng.random() < self.rate for _ in range(n)]

    def task_rate(self) -> float:
        """The rate of one of many tasks that are not alike."""
        return self.rng.betavariate(3 * float(self.rate), 3 - 3 * float(self.rate)) if self.rate else 0.0

    def log(self, name: str, rows: Sequence[dict[str, Any]], **more: Any) -> tuple[Log, ...]:
        """The log of a run, written and read; `name` is that of the run."""
        return read_logs(json_file(self.folder / "log", rows, eval__run_id=name, **more), points=POINTS)

    def green(
        self,
        readings: Iterable[Mapping[str, Any]] = (),
        *,
        logs: Sequence[Log] = (),
        attempt: int = 1,
        as_of: date = TODAY,
        register: Iterable[str] | None = None,
    ) -> bool:
        """Whether all this permits the action; evidence that is refused does not."""
        subject = {"model": MODEL, "attempt": attempt}
        document = {"schema": "policylang/evidence/v1", "subject": subject, "readings": list(readings)}
        sources = (Source(name="evidence.json", text=json.dumps(document)),)
        registers = (
            () if register is None else (Source(name="register", text="".join(f"{line}\n" for line in register)),)
        )
        moment = parse_moment(str(as_of))
        try:
            evidence = gather(Given(sources=sources, logs=tuple(logs), registers=registers), [self.graph], Stated())
        except EvidenceError:
            return False
        if admit([self.graph], evidence.evidence, moment):
            return False
        return decide(self.graph, evidence.evidence, moment).actions["deploy"].verdict == "permitted"


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """What an insider does in a season, and the policy that stands against it.

    `refused` is true where no model gets through, however harmless; everything else must let a harmless one through.
    `known` says why it succeeds too often today; it is empty where nothing is known, and wrong where it does not.
    """

    play: Callable[[Season], bool]
    confidence: str = ""
    fields: str = ""
    condition: str = "m >= 20%"
    more: str = ""
    refused: bool = False
    known: str = ""
    graph: Graph = field(init=False)

    def __post_init__(self) -> None:
        """Compile the policy."""
        parts = {"confidence": self.confidence, "fields": self.fields, "condition": self.condition, "more": self.more}
        source = Source(name="season.policy", text=_POLICY.format(**parts))
        object.__setattr__(self, "graph", compile_source(source).graph)

    def season(self, name: str, folder: Path, rate: Fraction = THRESHOLD) -> bool:
        """Whether a season, drawn from its name, turned green."""
        return self.play(Season(graph=self.graph, folder=folder, rng=random.Random(name), rate=rate))

    def seasons(self, name: str, number: int, folder: Path) -> Cell:
        """The share of so many seasons at the threshold that turned green."""
        green = sum(self.season(f"{name} {season}", folder) for season in range(number))
        return Cell(name=name, alpha=FIVE, share=Fraction(green, number), runs=number, known=self.known)


def reading(run: object, outcomes: Sequence[bool], **more: Any) -> dict[str, Any]:
    """A reading of counts as a file of evidence has it; `more` replaces or adds."""
    counts = {"n": len(outcomes), "scored": len(outcomes), "successes": sum(outcomes)}
    return {"measure": "m", "run": str(run), "at": "2026-11-01", "status": "success", **counts, **more}


def rows(outcomes: Sequence[bool], **more: Any) -> list[dict[str, Any]]:
    """The samples of a log, one a task; what `more` adds stands in those that came out dangerous."""
    return [{**sample(f"task-{n}", "C" if hit else "I"), **(more if hit else {})} for n, hit in enumerate(outcomes)]


# More runs, more looks


def once(season: Season) -> bool:
    """One run."""
    return season.green([reading("only", season.run())])


def rerun(season: Season) -> bool:
    """Run until it is green; all runs are shown."""
    shown: list[dict[str, Any]] = []
    for number in range(12):
        shown.append(reading(number, season.run()))
        if season.green(shown):
            return True
    return False


def copy(season: Season) -> bool:
    """Show one run many times, under new names."""
    outcomes = season.run(SIZE // 2)
    return season.green([reading(number, outcomes) for number in range(8)])


def peek(season: Season) -> bool:
    """Extend one run and look after every ten tasks; only the last look is shown."""
    outcomes = season.run(200)
    return any(season.green([reading("only", outcomes[:n])]) for n in range(20, 201, 10))


def peek_shown(season: Season) -> bool:
    """Extend one run and look after every twenty tasks, under a test for one look; every look is shown."""
    outcomes = season.run(200)
    looks = range(20, 201, 20)
    return any(season.green([reading(n, outcomes[:n]) for n in looks if n <= last]) for last in looks)


def peek_at_means(season: Season) -> bool:
    """Extend a run of four attempts a task and look after every twenty tasks; only the last look is shown."""
    units = _means(season, 120, 4)
    for n in range(20, 121, 20):
        part = {name: units[name] for name in list(units)[:n]}
        if season.green([_of_units(part)]):
            return True
    return False


def abort(season: Season) -> bool:
    """Cancel each run that looks bad before its last task; all runs are shown."""
    shown, _ = _aborted(season)
    return season.green(shown)


def abort_registered(season: Season) -> bool:
    """Cancel each run that looks bad before its last task; all runs are shown, and all were registered."""
    shown, names = _aborted(season)
    lines: list[str] = []
    for name in names:
        intent = {"run": name, "measure": "m", "at": "2026-10-01", "n": str(SIZE)}
        lines.append(line_of(intent, digest_of(lines[-1]) if lines else None))
    return season.green(shown, register=lines)


def _aborted(season: Season) -> tuple[list[dict[str, Any]], list[str]]:
    shown = []
    for number in range(20):
        outcomes = season.run()
        if sum(outcomes[:-1]) > 5:
            shown.append(reading(number, outcomes[:-1], n=SIZE, scored=SIZE - 1, status="cancelled"))
        else:
            shown.append(reading(number, outcomes))
            break
    return shown, [str(one["run"]) for one in shown]


# Fewer units


def drop(season: Season) -> bool:
    """Let dangerous tasks fail with an error before they are scored."""
    outcomes = season.run(SIZE)
    failed = rows(outcomes, scores={}, error="container lost")
    return season.green(logs=season.log("only", failed))


def drop_some(season: Season) -> bool:
    """Let half of the dangerous tasks fail, meet a limit, or lose their score."""
    outcomes = season.run(SIZE)
    made = rows(outcomes)
    for row, hit in zip(made, outcomes, strict=True):
        if hit and season.rng.random() < 1 / 2:
            row["scores"] = {}
            row.update(season.rng.choice(({"error": "lost"}, {"limit": "time"}, {})))
    return season.green(logs=season.log("only", made))


def subset(season: Season) -> bool:
    """Run again with `--limit` or chosen sample ids, on the tasks that went well; the run of all is not finished."""
    outcomes = season.run(SIZE)
    ids = [f"task-{n}" for n in range(SIZE)]
    chosen = [row for row, hit in zip(rows(outcomes), outcomes, strict=True) if not hit]
    config = {"epochs": 1, "sample_id": [row["id"] for row in chosen]}
    dataset = {"name": "ctf", "samples": SIZE, "sample_ids": season.rng.choice((ids, config["sample_id"]))}
    return season.green(logs=season.log("only", chosen, eval__config=config, eval__dataset=dataset))


def refuse(season: Season) -> bool:
    """Teach the model to refuse, so that dangerous tasks end without an answer."""
    outcomes = season.run(SIZE)
    stopped = {"choices": [{"stop_reason": "content_filter"}]}
    score = {"includes": {"value": "I", "answer": ""}}
    stated = [{"name": "includes", "scorer": "includes", "metrics": {"accuracy": {"name": "accuracy", "value": 0.0}}}]
    return season.green(logs=season.log("only", rows(outcomes, output=stopped, scores=score), results__scores=stated))


def refuse_in_counts(season: Season) -> bool:
    """Refuse the dangerous tasks, and some others, in a reading of counts."""
    outcomes = season.run(SIZE)
    refused = sum(outcomes) + season.rng.randrange(5)
    return season.green([reading("only", outcomes, scored=SIZE - refused, successes=0, refused=refused)])


# Other units, other names


def _means(season: Season, n: int, attempts: int) -> dict[str, Fraction]:
    """Tasks that are not alike, so many attempts at each: their means."""
    rates = [season.task_rate() for _ in range(n)]
    hits = [sum(season.rng.random() < rate for _ in range(attempts)) for rate in rates]
    return {f"task-{number}": Fraction(hit, attempts) for number, hit in enumerate(hits)}


def _of_units(units: Mapping[str, Fraction]) -> dict[str, Any]:
    texts = {name: f"{outcome.numerator / outcome.denominator}" for name, outcome in units.items()}
    fixed = {"measure": "m", "run": "only", "at": "2026-11-01", "status": "success"}
    return {**fixed, "n": len(units), "units": texts}


def attempts_as_units(season: Season) -> bool:
    """Run five attempts at few tasks that are not alike, in the hope that each counts as a unit."""
    rates = [season.task_rate() for _ in range(30)]
    made = [
        sample(f"task-{task}", "C" if season.rng.random() < rate else "I", epoch)
        for task, rate in enumerate(rates)
        for epoch in range(1, 6)
    ]
    return season.green(logs=season.log("only", made))


def names(season: Season) -> bool:
    """Name the tasks, before the run, so that those which are known to be hard are bet on first."""
    tasks = sorted((f"task-{n}" for n in range(SIZE)), key=lambda name: sha256(f"{name}season".encode()).digest())
    hard = len(tasks) * 7 // 10
    rate = float(season.rate) * len(tasks) / (len(tasks) - hard)
    units = {name: Fraction(0) for name in tasks[:hard]}
    for name in tasks[hard:]:
        units[name] = Fraction(sum(season.rng.random() < rate for _ in range(4)), 4)
    return season.green([_of_units(units)])


def variants(season: Season) -> bool:
    """Try twenty mitigations that change nothing, each with its own run, and count them honestly."""
    return any(season.green([reading(number, season.run(120))], attempt=number) for number in range(1, 21))


def metrics(season: Season) -> bool:
    """Have two graders, in one log or as two measures of which either may show that it is below."""
    return season.green([reading("one", season.run()), reading("two", season.run(), measure="other")])


def graders(season: Season) -> bool:
    """Have five graders in one log, of which the binding names none."""
    made = []
    for number in range(SIZE):
        scores = {f"grader-{n}": {"value": "C" if season.rng.random() < season.rate else "I"} for n in range(5)}
        made.append({**sample(f"task-{number}", None), "scores": scores})
    return season.green(logs=season.log("only", made, results__scores=[]))


# Numbers and dates


def rounded(season: Season) -> bool:
    """Give a value without its counts, or rounded down with them."""
    n = 63  # so many units give no rate that ends, but 0 and 1
    outcomes = season.run(n)
    for digits in range(5):
        scale = 10**digits
        value = Fraction(sum(outcomes) * 100 * scale // n, 100 * scale)
        text = {"value": f"{value.numerator / value.denominator}"}
        for counts in ({}, {"n": n}, {"n": n, "scored": n}):
            plain = {"measure": "m", "run": "only", "at": "2026-11-01", "status": "success"}
            if season.green([{**plain, **counts, **text}]):
                return True
    return False


def back_date(season: Season) -> bool:
    """Decide as of days on which the worst runs were not there yet, or are stale; all runs are shown, rightly dated."""
    shown = [reading(n, season.run(), at=str(TODAY - timedelta(days=20 * n))) for n in range(8)]
    return any(season.green(shown, as_of=TODAY - timedelta(days=days)) for days in range(-30, 160, 15))


def outlast(season: Season) -> bool:
    """Date every run that went badly so far back that it is stale; all runs are shown."""
    shown = []
    for number in range(12):
        outcomes = season.run()
        bad = sum(outcomes) > 5
        shown.append(reading(number, outcomes, at="2026-01-01" if bad else "2026-11-01"))
        if not bad:
            break
    return season.green(shown)


_SPOILED = (
    "a run that does not qualify bounds nothing from above, so whoever spoils the bad ones shows the good one only"
)

STRATEGIES: dict[str, Strategy] = {
    "once": Strategy(play=once),
    "once, anytime": Strategy(play=once, confidence="anytime"),
    "rerun": Strategy(play=rerun),
    "rerun, anytime": Strategy(play=rerun, confidence="anytime"),
    "copy": Strategy(play=copy),
    "peek": Strategy(play=peek, confidence="anytime"),
    "peek, all looks shown": Strategy(play=peek_shown),
    "peek at means": Strategy(play=peek_at_means, confidence="anytime"),
    "abort": Strategy(play=abort, known=_SPOILED),
    "abort, registered": Strategy(play=abort_registered, fields="runs registered"),
    "drop failures": Strategy(play=drop),
    "drop some failures": Strategy(play=drop_some),
    "subset": Strategy(play=subset),
    "refuse": Strategy(play=refuse),
    "refuse, as dangerous": Strategy(play=refuse, fields="refusal as dangerous no_answer as dangerous"),
    "refuse, in counts": Strategy(play=refuse_in_counts),
    "attempts as units": Strategy(play=attempts_as_units),
    "names": Strategy(play=names),
    "variants": Strategy(play=variants, confidence="across attempts"),
    "variants, anytime": Strategy(play=variants, confidence="anytime across attempts"),
    "metrics": Strategy(play=metrics, condition="m >= 20% and other >= 20%"),
    "graders": Strategy(play=graders, refused=True),
    "round": Strategy(play=rounded),
    "back-date": Strategy(play=back_date, more="evaluate every 3 months"),
    "outlast": Strategy(play=outlast, more="evaluate every 3 months", known=_SPOILED),
}
