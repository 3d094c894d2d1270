"""Specimens: small whole logs of every tool, made as the tool makes them, each with the measure it feeds.

Some are without blemish; others have one each that keeps them from qualifying, so that a tamper may try to mend it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from logs.writers import (
    DATA,
    POINTS,
    archive,
    encoded,
    header,
    lm_eval_file,
    lm_eval_sample,
    members,
    metric,
    sample,
)
from policylang import Graph, Source
from policylang.files import compile_source

MODEL = "acme/acme-7b"
AT = "2026-10-20T09:00:00+00:00"

_POLICY = """policy tampering {{ version "1" confidence 95% }}
levels risk: low < high
action deploy
measure m: {kind} {{ from {binding} {needs} }}
category c: risk {{ high when {condition} }}
rule r {{ when any category >= high forbid deploy }}
"""


@dataclass(frozen=True, kw_only=True)
class Specimen:
    """A log in files; `entry` is the one that is read, empty for the folder. It feeds the measure `m`."""

    name: str
    tool: str
    files: Mapping[str, bytes]
    entry: str
    binding: str
    kind: str = "rate"
    needs: str = "needs n >= 2, age <= 1 years"
    models: tuple[str, ...] = (MODEL,)

    @property
    def graph(self) -> Graph:
        """The policy that reads it."""
        condition = {"rate": "m >= 20%", "duration": "m >= 1 hours"}.get(self.kind, "m >= 5")
        text = _POLICY.format(kind=self.kind, binding=self.binding, needs=self.needs, condition=condition)
        return compile_source(Source(name="tampering.policy", text=text)).graph


# Inspect

ROWS = tuple(sample(f"t{n}", "C" if n < 2 else "I") for n in range(7))
TWO_EPOCHS = tuple(sample(f"t{n}", "C" if n + epoch < 3 else "I", epoch) for n in range(4) for epoch in (1, 2))
_INSPECT = 'inspect "evals/ctf" version "1.0.0" metric "accuracy" needs evaluator >= "inspect 0.3.248"'


def _full(rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A header as newer versions write it, with a standard error, in the fields that tools fill in."""
    made = header(rows, **more)
    values = [float(s["value"] == "C") for row in rows for s in row["scores"].values()]
    if made["results"] and made["results"]["scores"] and len(values) == len({row["id"] for row in rows}) > 1:
        center = sum(values) / len(values)
        error = (sum((v - center) ** 2 for v in values) / (len(values) * (len(values) - 1))) ** 0.5
        made["results"]["scores"][0]["metrics"]["stderr"] = metric("stderr", error)
    return made


def _inspect(
    name: str, rows: Sequence[dict[str, Any]] = ROWS, *, top: Mapping[str, Any] | None = None, **more: Any
) -> Specimen:
    document = {**_full(rows, **more), **(top or {}), "samples": list(rows)}
    return Specimen(
        name=f"inspect, {name}",
        tool="inspect",
        files={"log.json": encoded(document)},
        entry="log.json",
        binding=_INSPECT,
    )


def _marred_row(**more: Any) -> list[dict[str, Any]]:
    return [{**ROWS[0], **more}, *ROWS[1:]]


def _inspects() -> Iterator[Specimen]:
    whole = archive(members(ROWS, _full(ROWS)))
    yield Specimen(name="inspect, archive", tool="inspect", files={"log": whole}, entry="log", binding=_INSPECT)
    died = archive(members(ROWS, None))
    yield Specimen(name="inspect, died", tool="inspect", files={"log": died}, entry="log", binding=_INSPECT)
    yield _inspect("json")
    yield _inspect("two epochs", TWO_EPOCHS)
    ids = [f"t{n}" for n in range(20)]
    dataset = {"name": "ctf", "samples": 20, "sample_ids": ids[:7]}
    yield _inspect("limited", eval__dataset=dataset, eval__config={"epochs": 1, "limit": 7})
    yield _inspect("cancelled", top={"status": "cancelled"}, results__total_samples=20)
    yield _inspect("invalidated", top={"invalidated": True})
    yield _inspect("updated", top={"log_updates": [{"at": AT}]})
    history = {"includes": {"value": "I", "history": [{"value": "C"}]}}
    yield _inspect("edited", _marred_row(scores=history))
    yield _inspect("fallen back", _marred_row(model_fallbacks=[{"model": "acme/other"}]))
    yield _inspect("failed", _marred_row(scores={}, error={"message": "lost"}), results__completed_samples=6)
    yield _inspect("of another model", eval__model="acme/other")
    yield _inspect("of other outcomes", (sample("t0", "I"), *ROWS[1:]), results=_full(ROWS)["results"])


# lm-evaluation-harness


def _lm_evals() -> Iterator[Specimen]:
    binding = 'lm_eval "bio" version "1.0" metric "acc"'
    rows = [lm_eval_sample(n, float(n < 3)) for n in range(10)]
    limited = {"n-samples": {"bio": {"original": 20, "effective": 10}}}
    config = {"model": "hf", "model_args": "pretrained=acme/acme-7b,dtype=float32", "limit": 10}
    for name, more, kept in (
        ("samples", {}, True),
        ("aggregates", {}, False),
        ("limited", {**limited, "config": config}, True),
    ):
        with TemporaryDirectory() as folder:
            entry = Path(lm_eval_file(Path(folder), rows, **more)).name
            files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
        files = files if kept else {entry: files[entry]}
        yield Specimen(name=f"lm_eval, {name}", tool="lm_eval", files=files, entry=entry, binding=binding)


# The others


def _tables() -> Iterator[Specimen]:
    head = "task,unit,outcome,why,family,status,planned,at,model,run,task_version"
    lines = [head] + [
        f"ctf,t{n},{'' if n == 6 else int(n < 2)},{'error' if n == 6 else ''},f,success,9,2026-10-20,{MODEL},r1,1.0"
        for n in range(7)
    ]
    binding = 'table "ctf" version "1.0" metric "accuracy"'
    rows = "\n".join(lines).encode()
    yield Specimen(name="table, units", tool="table", files={"t.csv": rows}, entry="t.csv", binding=binding)
    row = {"task": "ctf", "n": 40, "scored": 38, "successes": 2, "status": "success", "at": "2026-10-20"}
    result = encoded({**row, "model": MODEL, "run": "r1", "task_version": "1.0", "metric": "accuracy"})
    yield Specimen(name="table, results", tool="table", files={"t.jsonl": result}, entry="t.jsonl", binding=binding)


_HORIZONS = """benchmark_name: METR-Horizon-v1.1
long_tasks_version: abc123
results:
  acme_7b:
    metrics:
      average_score:
        estimate: 0.4
      p50_horizon_length:
        ci_high: 20.5
        ci_low: 5.25
        estimate: 10.75
    release_date: 2026-06-20
  other:
    metrics:
      p50_horizon_length:
        ci_high: 200
        ci_low: 50
        estimate: 100
"""


def _metrs() -> Iterator[Specimen]:
    yield Specimen(
        name="metr, horizons", tool="metr", files={"b.yaml": _HORIZONS.encode()}, entry="b.yaml", kind="duration",
        binding='metr "METR-Horizon-v1.1" version "abc123" metric "p50_horizon_length"', needs="", models=("acme_7b",),
    )  # fmt: skip
    fixed = {"task_family": "f", "model": MODEL, "task_source": "HCAST", "started_at": 1792486800000.0}
    rows = [
        {**fixed, "task_id": f"f/{n}", "score_binarized": int(n < 2), "score_cont": 0.5, "fatal_error_from": None}
        for n in range(5)
    ]
    yield Specimen(
        name="metr, runs", tool="metr", files={"r.jsonl": b"\n".join(map(encoded, rows))}, entry="r.jsonl",
        binding='metr "HCAST" metric "score_binarized"',
    )  # fmt: skip


def _helms() -> Iterator[Specimen]:
    name = {"name": "exact_match", "split": "test"}
    spec = {"name": "mmlu:subject=x", "adapter_spec": {"model": MODEL, "max_eval_instances": 10}}
    rows = [
        {"instance_id": f"id{n}", "train_trial_index": 0, "stats": [{"name": name, "count": 1, "mean": int(n < 2)}]}
        for n in range(5)
    ]
    stats = [{"name": name, "count": 1, "mean": 0.4}]
    files = {"run_spec": spec, "scenario_state": {}, "stats": stats, "per_instance_stats": rows}
    texts = {f"{part}.json": encoded(value) for part, value in files.items()}
    binding = 'helm "mmlu:subject=x" metric "exact_match"'
    yield Specimen(name="helm", tool="helm", files=texts, entry="", binding=binding, needs="")
    cut = {**spec, "adapter_spec": {"model": MODEL, "max_eval_instances": 5}}
    limited = {**texts, "run_spec.json": encoded(cut)}
    yield Specimen(name="helm, limited", tool="helm", files=limited, entry="", binding=binding, needs="")


def _promptfoos() -> Iterator[Specimen]:
    rows: list[dict[str, Any]] = [
        {
            "testIdx": n,
            "provider": {"id": MODEL},
            "failureReason": 0 if n < 2 else 1,
            "success": n < 2,
            "score": int(n < 2),
        }
        for n in range(5)
    ]
    rows.append(
        {"testIdx": 5, "provider": {"id": MODEL}, "failureReason": 2, "success": False, "score": 0, "error": "x"}
    )
    stats = {"successes": 2, "failures": 3, "errors": 1}
    results = {"version": 3, "timestamp": AT, "results": rows, "stats": stats}
    made = {
        "evalId": "e1",
        "results": results,
        "config": {"description": "ctf"},
        "metadata": {"promptfooVersion": "0.1"},
    }
    yield Specimen(
        name="promptfoo", tool="promptfoo", files={"p.json": encoded(made)}, entry="p.json",
        binding='promptfoo "ctf" metric "success"',
    )  # fmt: skip


def _records() -> Iterator[Specimen]:
    result = {
        "evaluation_name": "GPQA", "evaluation_timestamp": AT,
        "metric_config": {"min_score": 0, "max_score": 1, "metric_id": "acc", "lower_is_better": False},
        "score_details": {"score": 0.25, "uncertainty": {"num_samples": 40}},
    }  # fmt: skip
    record = {
        "schema_version": "0.3.0",
        "evaluation_id": "e",
        "model_info": {"id": MODEL},
        "evaluation_results": [result],
    }
    yield Specimen(
        name="every_eval_ever", tool="every_eval_ever", files={"e.json": encoded(record)}, entry="e.json",
        binding='every_eval_ever "GPQA" metric "acc"',
    )  # fmt: skip


def _oaievals() -> Iterator[Specimen]:
    events = [{"sample_id": f"s{n}", "type": "match", "data": {"correct": n < 2}} for n in range(5)]
    for name, limit in (("openai_evals", None), ("openai_evals, limited", 5)):
        spec = {
            "eval_name": "m.s1.v0", "base_eval": "m", "completion_fns": [MODEL], "split": "s1", "run_id": "r",
            "created_at": "2026-10-20 09:00:00", "run_config": {"max_samples": limit, "seed": 1},
        }  # fmt: skip
        lines = [{"spec": spec}, *events, {"final_report": {"accuracy": 0.4}}]
        data = b"\n".join(map(encoded, lines))
        yield Specimen(
            name=name, tool="openai_evals", files={"o.jsonl": data}, entry="o.jsonl", binding='openai_evals "m"'
        )


@cache
def specimens() -> tuple[Specimen, ...]:
    """All of them."""
    made = (_inspects, _lm_evals, _tables, _metrs, _helms, _promptfoos, _records, _oaievals)
    return tuple(one for make in made for one in make())


def real_specimens(largest: int) -> Iterator[Specimen]:
    """Real logs in single files, where they are at hand, with a measure for what they state."""
    from policylang import EvidenceError
    from policylang.plugins import read_logs

    for path in sorted(DATA.rglob("*")) if DATA.is_dir() else ():
        if not path.is_file() or path.stat().st_size > largest:
            continue
        try:
            logs = read_logs(str(path), points=POINTS)
        except EvidenceError:
            continue
        for log in logs[:1]:
            stated = [(score, name) for score in log.scores for name in score.stated]
            name = stated[0][1] if stated else log.scores[0].name if log.scores else ""
            binding = f"{log.tool} {json.dumps(log.task)}" + (f" metric {json.dumps(name)}" if name else "")
            yield Specimen(
                name=f"real, {path.name}", tool=log.tool, files={path.name: path.read_bytes()}, entry=path.name,
                binding=binding, needs="", models=(log.model,) if log.model else (),
            )  # fmt: skip
