"""How long the outcomes of Inspect logs take to read, beside Inspect's own reader, and what a large log costs.

    python benchmarks/bench_logs.py [--smoke] [--rounds N]

The logs are the real ones where they are there, else ones made for the purpose. Inspect reads them with
`read_eval_log`, whole, as one must for outcomes by sample; without Inspect its column is left out. The large log has
100,000 samples; its memory is shown beside that of one with transcripts ten times as long, and of its outcomes alone.
"""

import argparse
import hashlib
import json
import struct
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import BinaryIO

from timing import arguments, head, in_turn, row

from policylang.diagnostics import EvidenceError
from policylang.evidence.logs import Log
from policylang.plugins import read_logs

REAL = Path(__file__).parents[2] / "shared" / "data" / "inspect"
POINT = EntryPoint(name="inspect", value="policylang.evaluators.inspect_log:make", group="policylang.evaluators")
MOST = 0.05
"""At least twenty times faster."""


def main(options: argparse.Namespace) -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        logs = sorted(str(path) for path in REAL.glob("*.eval") if readable(path)) if REAL.is_dir() else []
        logs = logs or [made(Path(folder) / f"{n}.eval", 500, 20_000) for n in range(3)]
        speed(logs, 1 if options.smoke else options.rounds or 5)
        memory(Path(folder), 2_000 if options.smoke else 100_000)


def readable(path: Path) -> bool:
    """Whether we read a log; what is refused is no race."""
    try:
        ours([str(path)])
    except EvidenceError:
        return False
    return True


def ours(paths: Sequence[str]) -> list[Log]:
    """The logs, outcomes and all."""
    return [log for path in paths for log in read_logs(path, points=(POINT,))]


def speed(paths: Sequence[str], rounds: int) -> None:
    """The first table: both readers on the same logs."""
    size = sum(Path(path).stat().st_size for path in paths)
    head("outcomes of Inspect logs")
    what = f"{len(paths)} logs, {size / 1e6:.1f} MB"
    theirs = inspect_reader(paths)
    if theirs is None:
        mine, _, _ = in_turn(lambda: ours(paths), lambda: None, rounds)
        print(f"{what:58} {mine * 1e3:9.2f} ms   (Inspect is not installed)")
        return
    row(what, *in_turn(lambda: ours(paths), theirs, rounds), goal=MOST)


def inspect_reader(paths: Sequence[str]) -> Callable[[], object] | None:
    """Inspect's reader on the logs; None where Inspect is not installed."""
    try:
        from inspect_ai.log import read_eval_log
    except ImportError:
        return None
    return lambda: [read_eval_log(path) for path in paths]


def memory(folder: Path, samples: int) -> None:
    """The second table: what reading a large log takes at its peak, and what is left of it."""
    print(f"\n{f'a log of {samples} samples':42} {'file':>10} {'peak':>10} {'kept':>10}")
    for text in (200, 2_000):
        path = made(folder / f"large{text}.eval", samples, text)
        tracemalloc.start()
        [log] = ours([path])
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(log.scores[0].outcomes or ()) == samples
        size = Path(path).stat().st_size
        sizes = " ".join(f"{number / 1e6:7.1f} MB" for number in (size, peak, kept))
        print(f"  {f'{text} characters of text around each':40} {sizes}")


def made(path: Path, samples: int, text: int) -> str:
    """A log with so many samples, and so much text around each."""
    spec: dict[str, object] = {"created": "2026-01-01T00:00:00+00:00", "task": "made", "model": "made/model"}
    spec |= {"dataset": {"samples": samples}, "packages": {"inspect_ai": "0.3.285"}, "config": {}}
    metric = {"accuracy": {"name": "accuracy", "value": sum(n % 3 == 0 for n in range(samples)) / samples}}
    score = {"name": "includes", "scorer": "includes", "metrics": metric}
    results = {"total_samples": samples, "completed_samples": samples, "scores": [score]}
    header = json.dumps({"version": 2, "status": "success", "eval": spec, "results": results}).encode()
    members = [("summaries.json", rows(samples, text)), ("header.json", iter([header]))]
    listed = min(samples, 40_000)  # an archive without 64-bit fields lists 65,535 members
    members += [(f"samples/s{n}_epoch_1.json", iter([json.dumps(sample(n, "")).encode()])) for n in range(listed)]
    with path.open("wb") as file:
        directory = b"".join([written(file, name, parts) for name, parts in members])
        count = len(members)
        file.write(directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), file.tell(), 0))
    return str(path)


def rows(samples: int, text: int) -> Iterator[bytes]:
    """The summaries of all samples; each text is its own, as what repeats is packed more tightly than any log is."""
    for n in range(samples):
        noise = hashlib.shake_256(n.to_bytes(4)).hexdigest(text // 2)
        yield (b"[" if n == 0 else b",") + json.dumps(sample(n, noise)).encode()
    yield b"]"


def sample(n: int, text: str) -> dict[str, object]:
    """One sample, with some text around its score."""
    score = {"value": "C" if n % 3 == 0 else "I", "explanation": text}
    return {"id": f"s{n}", "epoch": 1, "input": "", "target": "", "scores": {"includes": score}}


def written(file: BinaryIO, name: str, parts: Iterator[bytes]) -> bytes:
    """A member written to an archive: its entry in the directory."""
    start, raw = file.tell(), name.encode()
    file.write(bytes(30) + raw)
    packer, crc, size = zlib.compressobj(1, zlib.DEFLATED, -15), 0, 0
    for part in parts:
        crc, size = zlib.crc32(part, crc), size + len(part)
        file.write(packer.compress(part))
    file.write(packer.flush())
    end = file.tell()
    fields = (45, 0x800, 8, 0, 0, crc, end - start - 30 - len(raw), size, len(raw), 0)
    file.seek(start)
    file.write(struct.pack("<4s5H3L2H", b"PK\3\4", *fields))
    file.seek(end)
    return struct.pack("<4sH5H3L5H2L", b"PK\1\2", 45, *fields, 0, 0, 0, 0, start) + raw


if __name__ == "__main__":
    main(arguments(__doc__))
