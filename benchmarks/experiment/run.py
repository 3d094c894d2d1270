"""An experiment: a small transformer grows more capable, is mitigated in two ways, measured, and decided on each time.

    python benchmarks/experiment/run.py [--smoke] [--accept] [--into FOLDER]

It trains from nothing at three sizes of compute, measures with `policyc eval`, and decides with the Preparedness
Framework; policies/examples/experiment/README.md says what comes out. Models, rows and evidence go to a folder, and
with `--accept` evidence, plot and tables also beside that page. `--smoke` is one small model, to see that all runs.
"""

import argparse
import contextlib
import copy
import shlex
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import books
import drawing
import showing
import training
from books import Books, Mixture

from policylang.cli import main as policyc

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "policies" / "examples" / "experiment"
HERE = Path()
"""The folder of the experiment, in which all of it runs."""
TUNING = (16, 64, 256, 1024, 4096)
"""How many examples there are for fine-tuning, set by set, as the suites name them."""
CLOSED = 0.2
"""The share of training texts that is about closed books."""
STEPS = 280
"""Steps of training at 1x compute."""
REFUSING = 100
"""Steps of training to refuse."""
SEED = 1
MITIGATIONS = ("none", "refusal-tuning", "data-filtering")
"""In the order in which they are tried: each is one attempt more."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """A model to be trained: its name, for how many steps, and how much of its texts is about closed books."""

    name: str
    steps: int
    closed: float = CLOSED


SIZES = tuple(Size(name=f"{times}x", steps=times * STEPS) for times in (1, 2, 4))
SMOKE = (Size(name="1x", steps=320, closed=0.6),)


def main() -> None:
    """Train, measure, decide, and show what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one small model, to see that all of it runs")
    parser.add_argument("--accept", action="store_true", help="put what came out beside the page")
    parser.add_argument("--into", type=Path, default=ROOT / "build" / "experiment", help="where all of it goes")
    options = parser.parse_args()
    start = time.monotonic()
    folder = options.into.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "evidence").mkdir(parents=True)
    for path in [PAGE / showing.POLICY, *PAGE.glob("*.yaml")]:
        shutil.copy(path, folder)
    sizes = SMOKE if options.smoke else SIZES
    with contextlib.chdir(folder):  # so that evidence names its sources from here
        _experiment(sizes, is_whole=not options.smoke)
    results = showing.read(folder, [size.name for size in sizes], MITIGATIONS)
    (folder / "plot.svg").write_text(drawing.plot(results), "utf-8")
    print(f"\n{showing.table(results)}\n{time.monotonic() - start:.0f} s, all of it in {options.into}")
    if options.accept:
        _accept(folder, results)


def _experiment(sizes: Sequence[Size], *, is_whole: bool) -> None:
    """Models, and the evidence on each with each mitigation."""
    library = books.made()
    books.write_rows(library, HERE, a_book=20, tuning=TUNING)
    for size in sizes:
        compute = _models(library, size)
        _write_tested(size, compute)
        for attempt, mitigation in enumerate(MITIGATIONS, 1):
            _measure(size, mitigation, attempt=attempt, compute=compute)
    if is_whole:
        for mitigation in MITIGATIONS:
            case = HERE / "cases" / f"{sizes[-1].name}-{mitigation}"
            output = HERE / "evidence" / f"tuning-{mitigation}.yaml"
            _eval(case / "tuning.yaml", sizes[-1], ["--stage", "post_mitigation", "-o", str(output)])


def _models(library: Books, size: Size) -> str:
    """Train a model as it is, taught to refuse, and without the closed books; the compute of each, as text."""
    start = time.monotonic()
    found = training.trained(library, Mixture(closed=size.closed), size.steps, SEED)
    refusing = copy.deepcopy(found.model)
    training.taught_to_refuse(refusing, library, REFUSING, SEED)
    filtered = training.trained(library, Mixture(closed=0), size.steps, SEED)
    for mitigation, model in zip(MITIGATIONS, (found.model, refusing, filtered.model), strict=True):
        training.save(model, HERE / "models" / size.name / mitigation)
    compute = f"{found.compute:.4g} FLOP"
    took = time.monotonic() - start
    print(f"{size.name}: {found.parameters} weights, {found.tokens} tokens, {compute}, trained in {took:.0f} s")
    return compute


def _write_tested(size: Size, compute: str) -> None:
    """What the preparedness team says of how a model is evaluated, which is what this script does."""
    on = f"at: {_today()}, effective_compute: {compute}, status: success"
    text = f"""\
# What the preparedness team says of the evaluation of the {size.name} model, which the script has just run.
schema: policylang/evidence/v1
readings:
  - {{measure: worst_case_tested, value: yes, run: worst-case-{size.name}, {on},
     attributes: {{tailored_prompts: yes, misuse_fine_tuning: yes}}}}
  - {{measure: mitigated_tested, value: yes, run: mitigated-{size.name}, {on},
     attributes: {{same_evaluations: yes}}}}
"""
    (HERE / "evidence" / f"tested-{size.name}.yaml").write_text(text, "utf-8")


def _measure(size: Size, mitigation: str, *, attempt: int, compute: str) -> None:
    """Measure a model before and after a mitigation, and decide."""
    case = HERE / "cases" / f"{size.name}-{mitigation}"
    shutil.copytree(HERE / "models" / size.name / mitigation, case / "mitigated")
    for path in [*HERE.glob("*.yaml"), *HERE.glob("*.jsonl")]:
        shutil.copy(path, case)
    output = HERE / "evidence" / f"{size.name}-{mitigation}.yaml"
    others = [str(path) for path in showing.given(HERE, HERE / "evidence", size.name, mitigation)]
    words = [*others, "--stage", "pre_mitigation", "--stage", "post_mitigation", "-o", str(output)]
    words += ["--attempt", str(attempt), "--compute", compute, "--check", showing.POLICY]
    _eval(case / "suite.yaml", size, words)


def _eval(suite: Path, size: Size, words: Sequence[str]) -> None:
    """Run `policyc eval` on a model; answers and adapters are kept for all runs together."""
    model = HERE / "models" / size.name / MITIGATIONS[0]
    call = ["eval", str(suite), *words, "--model", str(model), "--name", f"reader-{size.name}", "--threads", "1"]
    call += ["--answers", "answers"]
    start = time.monotonic()
    with (HERE / "output.txt").open("a", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        print(f"\n$ policyc {shlex.join(call)}", flush=True)
        status = policyc(call)
    if status == 2:
        sys.exit(f"policyc could not measure {suite}")
    print(f"{suite.parent.name}: {suite.name} in {time.monotonic() - start:.0f} s")


def _accept(folder: Path, results: showing.Results) -> None:
    """Put what came out beside the page, and into it."""
    shutil.rmtree(PAGE / "evidence", ignore_errors=True)
    shutil.copytree(folder / "evidence", PAGE / "evidence")
    shutil.copy(folder / "plot.svg", PAGE)
    page = PAGE / "README.md"
    page.write_text(showing.filled(page.read_text("utf-8"), results), "utf-8")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
