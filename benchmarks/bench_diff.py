"""`policyc diff` as a whole, by the size of two revisions; and one question of it, against z3 on the same formula.

The whole command is a new process with an empty cache. It is measured in seconds, and its growth from the smallest
policies on; one that takes longer than `--limit` seconds is stopped and said to. In between stands what the command
does for policies that only look different.

The question is whether an action is forbidden on some evidence under one revision and not under another that is
stricter. It has no such evidence, so that whoever answers it must look at all. Three answer it: our decision diagrams,
z3 on the very formula that the diagrams are built from, and z3 on the policy as one would write it down for a solver at
first: a real number a score, levels as integers, the highest level of any measure. That last form knows exact scores
only, and neither missing nor uncertain ones.
"""

import argparse
import functools
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import z3
from made import Thresholds, framework, reformatted, revised, thresholds, tightened
from timing import head, in_turn, row

from policylang.analysis import solve
from policylang.analysis.prover import Prover
from policylang.decide.decision import Verdict
from policylang.files import compile_source
from policylang.graph import Graph
from policylang.source import Source

SHAPES = ((4, 3), (10, 10), (20, 10), (50, 20))
GOALS = {(10, 10): 1.0, (50, 20): 6.0}
STEPS = 400_000_000
"""How many steps z3 may take for a question."""


def arguments() -> argparse.Namespace:
    """`--smoke` runs the smallest shape once; `--limit` is how many seconds one command may take."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--smoke", action="store_true", help="the smallest shape once, to see that it runs")
    parser.add_argument("--rounds", type=int, default=0, help="rounds to measure (default: what the case needs)")
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a command is stopped")
    return parser.parse_args()


# The whole command


def written(folder: pathlib.Path, name: str, clauses: list[str]) -> str:
    """A policy as a file; its path."""
    path = folder / f"{name}.policy"
    path.write_text("\n".join(clauses) + "\n", "utf-8")
    return str(path)


def seconds(old: str, new: str, cache: str, limit: float) -> float | None:
    """Wall seconds of one `policyc diff`; None when it was stopped."""
    env = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPYCACHEPREFIX": f"{pathlib.Path(old).parent}/bytecode"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # as it is once installed: compiled to bytecode
    command = [sys.executable, "-m", "policylang", "diff", old, new]
    start = time.perf_counter()
    try:
        subprocess.run(command, stdout=subprocess.DEVNULL, env=env, check=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - start


def cold(old: str, new: str, rounds: int, limit: float) -> float | None:
    """The median of some rounds, each with a cache of its own."""
    found = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as cache:
            took = seconds(old, new, cache, limit)
        if took is None:
            return None
        found.append(took)
    return statistics.median(found)


def said(took: float | None, limit: float) -> str:
    """Seconds as they stand in a table."""
    return f"over {limit:g}   s" if took is None else f"{took:9.2f} s"


def commands(asked: argparse.Namespace) -> None:
    """Print a row for each shape, and for policies that mean the same."""
    print(f"{'policyc diff, a new process, empty cache':58} {'took':>11} {'growth':>9}")
    first = None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for shape in SHAPES[:1] if asked.smoke else SHAPES:
            table = thresholds(*shape)
            old = written(folder, "old", framework(table))
            new, same = written(folder, "new", revised(table)), written(folder, "same", reformatted(table))
            cold(old, same, 1, asked.limit)  # its bytecode is written
            rounds = asked.rounds or (1 if asked.smoke else 3)
            took = cold(old, new, rounds, asked.limit)
            first = first or took
            growth = "" if took is None or first is None else f"{took / first:7.1f} x"
            goal = f"   at most {GOALS[shape]:g} s" if shape in GOALS else ""
            print(
                f"{shape[0]} categories x {shape[1]} measures, revised{'':18} {said(took, asked.limit)} {growth}{goal}"
            )
            took = cold(old, same, rounds, asked.limit)
            goal = "             at most 1 s" if shape == SHAPES[-1] else ""
            print(f"    reformatted and reordered{'':29} {said(took, asked.limit)}{goal}")
            took = seconds(old, same, f"{name}/cache", asked.limit) and seconds(old, same, f"{name}/cache", asked.limit)
            print(f"    the same, both policies in the cache{'':18} {said(took, asked.limit)}{goal}")


# One question, in one process


def graph(clauses: list[str]) -> Graph:
    """What a policy means."""
    return compile_source(Source(name="made.policy", text="\n".join(clauses) + "\n")).graph


def question(old: Graph, new: Graph) -> tuple[Prover, int]:
    """Whether an action is forbidden under the one and not under the other, as a formula of a new prover."""
    prover = Prover([old, new])
    was, now = (side.strict("deploy.external", Verdict.FORBIDDEN) for side in prover.symbols)
    return prover, prover.formulas.every((was, prover.formulas.opposite(now)))


def by_diagrams(old: Graph, new: Graph) -> bool:
    """Whether our diagrams find no evidence."""
    prover, formula = question(old, new)
    return prover.never(formula)


def by_solver(old: Graph, new: Graph) -> bool:
    """Whether z3 finds none for the same formula."""
    prover, formula = question(old, new)
    return solve.find(prover.space, prover.formulas, formula, steps=STEPS) is None


def by_levels(old: Thresholds, new: Thresholds) -> bool:
    """Whether z3 finds no scores when levels are integers, and a category has the highest of its measures."""
    scores = {(c, m): z3.Real(f"{c}_{m}") for c, measures in old.items() for m in measures}
    solver = z3.SolverFor("QF_LRA")
    solver.set("random_seed", 0)
    solver.add(*(z3.And(score >= 0, score <= 1) for score in scores.values()))

    def is_forbidden(table: Thresholds) -> Any:
        return z3.Or(*(highest([level(scores[c, m], at) for m, at in ms.items()]) >= 2 for c, ms in table.items()))

    def level(score: Any, at: tuple[Any, ...]) -> Any:
        reached = z3.IntVal(0)
        for rank, bound in enumerate(at, 1):
            reached = z3.If(score >= z3.Q(bound.numerator, bound.denominator), z3.IntVal(rank), reached)
        return reached

    def highest(levels: list[Any]) -> Any:
        top = levels[0]
        for other in levels[1:]:
            top = z3.If(other > top, other, top)
        return top

    solver.set("timeout", 60_000)
    solver.add(is_forbidden(old), z3.Not(is_forbidden(new)))
    return bool(solver.check() == z3.unsat)


def questions(asked: argparse.Namespace) -> None:
    """Print two rows for each shape: against the same formula, and against the policy as written down at first."""
    head("is anything that was forbidden allowed now, over all evidence?")
    for categories, measures in SHAPES[:1] if asked.smoke else SHAPES:
        table = thresholds(categories, measures)
        stricter = tightened(table)
        old, new = graph(framework(table)), graph(framework(stricter))
        rounds = asked.rounds or (1 if asked.smoke else 5 if categories < 20 else 1)
        assert by_diagrams(old, new)
        peers: dict[str, Callable[[], bool]] = {
            "z3 on the same formula": functools.partial(by_solver, old, new),
            "z3, levels as integers, exact scores": functools.partial(by_levels, table, stricter),
        }
        for name, theirs in peers.items():
            took = in_turn(functools.partial(by_diagrams, old, new), theirs, rounds)
            row(f"{categories} x {measures}: {name}", *took, goal=1)


def main() -> int:
    """Print both tables."""
    asked = arguments()
    os.chdir(pathlib.Path(__file__).parent.parent)
    commands(asked)
    questions(asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
