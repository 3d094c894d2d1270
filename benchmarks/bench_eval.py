"""Asking a model: the engine of `policyc eval` against lm-evaluation-harness and Inspect, on one CPU thread each.

Three things are asked: 500 five-shot questions with four answers each, all behind the same examples; answers of which
each has a context of its own, so that nothing can be shared; and 200 prompts to be continued by 64 tokens. Times are
wall seconds from the texts to the answers, tokenization included, loading not; each tool runs in a process of its own,
which also gives its peak of memory. Every log-likelihood must agree to 1e-3, and every generated text exactly.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any

CLOSE = 1e-3
BATCHES = (16, 50, 100, 200)
"""Batch sizes of generation with lm-evaluation-harness, of which its best counts."""
ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def arguments() -> argparse.Namespace:
    """`--smoke` asks a small model a few things once; `--questions` asks fewer than 500."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--smoke", action="store_true", help="a small model and few questions, to see that it runs")
    parser.add_argument("--questions", type=int, default=0, help="how many questions (default: all 500)")
    parser.add_argument("--rounds", type=int, default=3, help="how often generation and answers apart are measured")
    parser.add_argument("--only", default="", help="`shared`, `apart` or `generate`")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


# What runs in a process of its own


def child(job: dict[str, Any]) -> dict[str, Any]:
    """Do what one tool is asked, and say what it answered and what it took."""
    if job["tool"] == "make":
        from eval_assets import FULL, SMALL, make

        return make(pathlib.Path(job["model"]), SMALL if job["small"] else FULL)
    import torch

    torch.set_num_threads(1)
    tool: Callable[[dict[str, Any]], tuple[list[Any], float, float]] = TOOLS[job["tool"]]
    answers, wall, cpu = tool(job)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"answers": answers, "wall": wall, "cpu": cpu, "peak": peak}


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What some work gives, its wall seconds, and its seconds on the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - wall, time.process_time() - cpu


def ours(job: dict[str, Any]) -> tuple[list[Any], float, float]:
    """The engine."""
    from policylang import Generate, Likelihood, ModelSpec, Request, Score, Text
    from policylang.plugins import engine

    backend = engine("local")(ModelSpec(path=job["model"], dtype="float32", device="cpu", threads=1))
    requests: list[Request] = (
        [Generate(prompt=prompt, max_tokens=job["tokens"]) for prompt in job["asked"]]
        if job["what"] == "generate"
        else [Score(context=context, text=text) for context, text in job["asked"]]
    )
    found, wall, cpu = timed(lambda: dict(one for some in backend.answer(requests) for one in some))
    kept: list[Any] = []
    for index in range(len(requests)):
        answer = found[index]
        assert isinstance(answer, Likelihood | Text), answer
        kept.append(answer.total if isinstance(answer, Likelihood) else answer.text)
    return kept, wall, cpu


def harness(job: dict[str, Any]) -> tuple[list[Any], float, float]:
    """lm-evaluation-harness with its `hf` backend."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model: Any = HFLM(pretrained=job["model"], device="cpu", dtype="float32", batch_size=job["batch"])
    if job["what"] == "generate":
        settings = {"until": ["@@never@@"], "max_gen_toks": job["tokens"], "do_sample": False}
        pairs = [(prompt, settings) for prompt in job["asked"]]
        asked = [Instance(request_type="generate_until", doc={}, arguments=pair, idx=0) for pair in pairs]
        return timed(lambda: model.generate_until(asked, disable_tqdm=True))
    asked = [Instance(request_type="loglikelihood", doc={}, arguments=(*pair,), idx=0) for pair in job["asked"]]
    found, wall, cpu = timed(lambda: model.loglikelihood(asked, disable_tqdm=True))
    return [total for total, _ in found], wall, cpu


def inspect(job: dict[str, Any]) -> tuple[list[Any], float, float]:
    """Inspect with its `hf` provider."""
    from inspect_ai import Task
    from inspect_ai import eval as evaluate
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    samples = [Sample(input=prompt, target="x", id=index) for index, prompt in enumerate(job["asked"])]
    task = Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
    plain = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    settings = {
        "model_path": job["model"],
        "tokenizer_path": job["model"],
        "device": "cpu",
        "do_sample": False,
        "chat_template": plain,
    }

    def work() -> Any:
        most = job["batch"]
        return evaluate(
            task,
            model="hf/local",
            model_args=settings,
            max_connections=most,
            max_samples=most,
            max_tokens=job["tokens"],
            display="none",
            log_dir=job["logs"],
        )

    logs, wall, cpu = timed(work)
    assert logs[0].status == "success", logs[0].error
    return [sample.output.completion for sample in sorted(logs[0].samples, key=lambda one: one.id)], wall, cpu


TOOLS = {"ours": ours, "lm_eval": harness, "inspect": inspect}


# What compares them


class Bench:
    """One model and what is asked of it."""

    def __init__(self, folder: pathlib.Path, *, is_small: bool) -> None:
        """Make both; small ones are asked in this process, since most of the time would be spent in starting others."""
        self.folder, self.is_small = folder, is_small
        self.asked = self.done({"tool": "make", "model": str(folder), "small": is_small})

    def run(self, tool: str, what: str, batch: int = 0) -> dict[str, Any]:
        """What one tool answers, in a process of its own."""
        job = {
            "tool": tool,
            "what": what,
            "batch": batch,
            "model": str(self.folder),
            "logs": str(self.folder / "logs"),
            "asked": self.asked[what],
            "tokens": self.asked["tokens"],
        }
        return self.done(job)

    def done(self, job: dict[str, Any]) -> dict[str, Any]:
        """What comes of a job."""
        env = {**dict.fromkeys(ONE_THREAD, "1"), "TOKENIZERS_PARALLELISM": "false", "INSPECT_DISPLAY": "none"}
        env |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
        if self.is_small:
            os.environ.update(env)
            return child(job)
        given, taken = self.folder / "job.json", self.folder / "done.json"
        given.write_text(json.dumps([job, str(taken)]), "utf-8")
        command = [sys.executable, __file__, "--child", str(given)]
        done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)
        found: dict[str, Any] = json.loads(taken.read_text("utf-8"))
        return found

    def choices(self, what: str, rounds: int, goal: float) -> None:
        """Compare log-likelihoods with lm-evaluation-harness."""
        pairs = [(self.run("lm_eval", what, 8), self.run("ours", what)) for _ in range(rounds)]
        apart = max(
            abs(a - b) for theirs, mine in pairs for a, b in zip(theirs["answers"], mine["answers"], strict=True)
        )
        assert apart < CLOSE, apart
        name = "the same examples before all" if what == "shared" else "a context of its own for each"
        row(f"{len(self.asked[what])} answers, {name}", "lm_eval, batch 8", pairs, goal)
        print(f"    log-likelihoods differ by at most {apart:.1e}")

    def texts(self, rounds: int, goal: float, batches: Sequence[int]) -> None:
        """Compare generation with lm-evaluation-harness and Inspect, each at its best batch size."""
        count, tokens = len(self.asked["generate"]), self.asked["tokens"]
        name = f"{count} texts of {tokens} tokens"
        tried = {batch: self.run("lm_eval", "generate", batch) for batch in batches}
        best = min(tried, key=lambda batch: tried[batch]["wall"])
        for tool, batch in (("lm_eval", best), ("inspect", count)):
            pairs = [(self.run(tool, "generate", batch), self.run("ours", "generate")) for _ in range(rounds)]
            for theirs, mine in pairs:
                same = sum(a.strip() == b.strip() for a, b in zip(theirs["answers"], mine["answers"], strict=True))
                assert same == count, f"{count - same} of {count} texts differ"
            row(name, f"{tool}, batch {batch}", pairs, goal)
        print(f"    all {count} texts are the same")


def row(what: str, peer: str, pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], goal: float) -> None:
    """Print one line: medians of both, and of the ratios round by round, by the clock and by the processor."""
    walls = [theirs["wall"] / mine["wall"] for theirs, mine in pairs]
    cpus = [theirs["cpu"] / mine["cpu"] for theirs, mine in pairs]
    mine, theirs = (statistics.median(pair[i]["wall"] for pair in pairs) for i in (1, 0))
    memory = " / ".join(f"{max(pair[i]['peak'] for pair in pairs) / (1 << 20):.0f}" for i in (1, 0))
    print(
        f"{what:48} {peer:20} {mine:8.2f} s {theirs:8.2f} s {statistics.median(walls):6.2f} x"
        f" ({statistics.median(cpus):.2f} x CPU), at least {goal:g} x; {memory} MiB",
        flush=True,
    )


def main() -> None:
    """Make what is asked, and print a row for each thing and each peer."""
    asked = arguments()
    if asked.child:
        job, taken = json.loads(pathlib.Path(asked.child).read_text("utf-8"))
        pathlib.Path(taken).write_text(json.dumps(child(job)), "utf-8")
        return
    with tempfile.TemporaryDirectory() as name:
        bench, rounds = Bench(pathlib.Path(name), is_small=asked.smoke), 1 if asked.smoke else asked.rounds
        if asked.questions:
            bench.asked["shared"] = bench.asked["shared"][: 4 * asked.questions]
        print(f"{'asking a model, one thread':48} {'against':20} {'ours':>10} {'theirs':>10} {'ratio':>8}")
        if asked.only in ("", "shared"):
            bench.choices("shared", 1, 30)
        if asked.only in ("", "apart"):
            bench.choices("apart", rounds, 1.3)
        if asked.only in ("", "generate"):
            bench.texts(rounds, 1.4, BATCHES[:1] if asked.smoke else BATCHES)


if __name__ == "__main__":
    main()
