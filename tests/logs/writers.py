"""Writers of tiny logs: ZIP archives byte by byte, and the files of Inspect and lm-evaluation-harness."""

import hashlib
import json
import struct
import sys
import tomllib
import zlib
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
"""Where real logs lie, when they are there."""

POINTS = tuple(
    EntryPoint(name=name, value=value, group="policylang.importers")
    for name, value in {
        "inspect": "policylang.evaluators.inspect_log:make",
        "lm_eval": "policylang.evaluators.lm_eval_log:make",
        "every_eval_ever": "policylang.evaluators.every_eval_ever:make",
        "helm": "policylang.evaluators.helm_log:make",
        "metr": "policylang.evaluators.metr_log:make",
        "openai_evals": "policylang.evaluators.openai_evals_log:make",
        "policylang": "policylang.evaluators.policylang_log:make",
        "promptfoo": "policylang.evaluators.promptfoo_log:make",
        "table": "policylang.evaluators.table:make",
    }.items()
)
"""The entry points of our importers, as the project declares them."""

STORED, DEFLATE, ZSTD = 0, 8, 93


def declared() -> dict[str, str]:
    """The entry points in the project file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found: dict[str, str] = project.get("entry-points", {}).get("policylang.importers", {})
    return found


def packed(data: bytes, method: int) -> bytes:
    """Some bytes as a member of an archive has them."""
    if method == DEFLATE:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if method == ZSTD:
        zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        half = len(data) // 2  # two frames, as Inspect writes large members
        return bytes(zstd.compress(data[:half]) + zstd.compress(data[half:]))
    return data


def archive(members: Iterable[tuple[str, bytes]], method: int = DEFLATE, **odd: Any) -> bytes:
    """A ZIP archive. `odd` makes it a wrong one: flags, mode, crc, size, body, or inner, the name in the member."""
    out, directory, count = b"", b"", 0
    for name, data in members:
        body = odd.get("body") or packed(data, method)
        raw, crc = name.encode(), odd.get("crc", zlib.crc32(data))
        size, flags = odd.get("size", len(data)), odd.get("flags", 0x800)
        inner = odd.get("inner", raw)
        local = struct.pack("<4s5H3L2H", b"PK\3\4", 45, flags, method, 0, 0, crc, len(body), size, len(inner), 0)
        attributes = odd.get("mode", 0o100600) << 16
        directory += (
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 45, 45, flags, method, 0, 0, crc, len(body), size,
                        len(raw), 0, 0, 0, 0, attributes, len(out)) + raw
        )  # fmt: skip
        out += local + inner + body
        count += 1
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + end


def sample(unit: object, value: object, epoch: int = 1, **more: Any) -> dict[str, Any]:
    """A summary of a sample with one score."""
    scores = {} if value is None else {"includes": {"value": value}}
    return {"id": unit, "epoch": epoch, "input": "?", "target": "!", "scores": scores, **more}


def header(rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The header of a log over some samples, as Inspect would write it; `more` replaces parts, by dotted names."""
    ids = list(dict.fromkeys(row["id"] for row in rows))
    epochs = max((row["epoch"] for row in rows), default=1)
    stated = [score["value"] for row in rows for score in row["scores"].values()]
    values = [{"C": 1, "I": 0, "N": 0}.get(v, v) if isinstance(v, str) else v for v in stated]
    numbers = [value for value in values if isinstance(value, int | float)]
    mean = sum(numbers) / len(numbers) if numbers else 0.0
    result = {"name": "includes", "scorer": "includes", "params": {}, "metrics": {"accuracy": metric("accuracy", mean)}}
    made: dict[str, Any] = {
        "version": 2,
        "status": "success",
        "eval": {
            "run_id": "run1", "task_id": "task1", "created": "2026-10-20T09:00:00+00:00", "task": "ctf",
            "task_registry_name": "evals/ctf", "task_version": "1.0.0", "model": "acme/acme-7b", "model_args": {},
            "dataset": {"name": "ctf", "samples": len(ids), "sample_ids": ids}, "config": {"epochs": epochs},
            "revision": {"type": "git", "commit": "abc1234", "dirty": False}, "packages": {"inspect_ai": "0.3.285"},
        },
        "plan": {"name": "plan", "steps": []},
        "results": {"total_samples": len(rows), "completed_samples": len(rows), "scores": [result]},
        "stats": {"started_at": "2026-10-20T09:00:00+00:00", "completed_at": "2026-10-20T10:00:00+00:00"},
    }  # fmt: skip
    for path, value in more.items():
        *steps, last = path.split("__")
        here: Any = made
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here[step]
        here[int(last) if isinstance(here, list) else last] = value
    return made


def metric(name: str, value: object, **options: Any) -> dict[str, Any]:
    """A metric of a result."""
    return {"name": name, "value": value, "options": options}


def encoded(value: object) -> bytes:
    """A value as JSON."""
    return json.dumps(value).encode()


def members(rows: Sequence[dict[str, Any]], head: dict[str, Any] | None) -> list[tuple[str, bytes]]:
    """The members of an `.eval` archive; without a header those of a run that died."""
    start = {key: value for key, value in (head or header(rows)).items() if key in ("version", "eval", "plan")}
    found = [("_journal/start.json", encoded(start))]
    found += [(f"samples/{row['id']}_epoch_{row['epoch']}.json", encoded({**row, "messages": []})) for row in rows]
    found += [
        (f"_journal/summaries/{n}.json", encoded(rows[at : at + 2])) for n, at in enumerate(range(0, len(rows), 2), 1)
    ]
    if head is not None:
        found += [("summaries.json", encoded(rows)), ("header.json", encoded(head))]
    return found


def eval_file(path: Path, rows: Sequence[dict[str, Any]], method: int = DEFLATE, **more: Any) -> str:
    """An `.eval` file on disk; its name."""
    path.write_bytes(archive(members(rows, header(rows, **more)), method))
    return str(path)


def json_file(path: Path, rows: Sequence[dict[str, Any]], **more: Any) -> str:
    """A `.json` log on disk; its name."""
    path.write_bytes(encoded({**header(rows, **more), "samples": list(rows)}))
    return str(path)


def lm_eval_sample(doc: int, value: object, kind: str = "none", **more: Any) -> dict[str, Any]:
    """A sample of lm-evaluation-harness with one metric."""
    hashes = {
        f"{part}_hash": hashlib.sha256(f"{part}{doc}".encode()).hexdigest() for part in ("doc", "prompt", "target")
    }
    fixed = {"doc_id": doc, "filter": kind, "metrics": ["acc"], "acc": value, "filtered_resps": ["x"]}
    return {**fixed, **hashes, **more}


def lm_eval_file(folder: Path, samples: Sequence[dict[str, Any]] | None = None, /, **more: Any) -> str:
    """Results of lm-evaluation-harness for the task `bio`, with samples beside them if there are any; their name."""
    rows = samples if samples is not None else [lm_eval_sample(n, float(n < 3)) for n in range(10)]
    values = [row["acc"] for row in rows]
    center = sum(values) / len(values)
    error = (sum((value - center) ** 2 for value in values) / (len(values) * (len(values) - 1))) ** 0.5
    hashed = "".join(row[f"{part}_hash"] for row in rows for part in ("doc", "prompt", "target"))
    made: dict[str, Any] = {
        "results": {"bio": {"alias": "bio", "acc,none": center, "acc_stderr,none": error}},
        "group_subtasks": {"bio": []},
        "versions": {"bio": 1.0},
        "n-shot": {"bio": 0},
        "n-samples": {"bio": {"original": 10, "effective": len(rows)}},
        "config": {"model": "hf", "model_args": "pretrained=acme/acme-7b,dtype=float32", "limit": None},
        "git_hash": "abc1234",
        "date": 1792486800.5,
        "lm_eval_version": "0.4.9",
        "task_hashes": {"bio": hashlib.sha256(hashed.encode()).hexdigest()},
        "model_name": "acme/acme-7b",
        **more,
    }
    path = folder / "results_2026-10-20.json"
    path.write_bytes(encoded(made))
    if samples is not None:
        (folder / "samples_bio_2026-10-20.jsonl").write_bytes(b"\n".join(map(encoded, samples)))
    return str(path)


def rejected(read: Callable[[], object]) -> str:
    """The code with which something is refused; empty when it is not."""
    from policylang import EvidenceError
    from policylang.codes import CODES

    try:
        read()
    except EvidenceError as error:
        fit = [d.code in CODES and d.message and d.help and "\n" not in d.message for d in error.diagnostics]
        return error.diagnostics[0].code if all(fit) else f"{error} is no fit message"
    return ""
