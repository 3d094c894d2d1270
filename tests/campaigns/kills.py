"""Runs of `policyc eval` killed at random moments: each goes on, and ends with the bytes of a run that was left alone.

python tests/campaigns/kills.py [--kills 50]
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import small_models
from measured_world import HEAD, QUIZ, quiz, write_rows

ROWS = 600


def main() -> None:
    """Kill one run after another until so many were killed, letting one end whenever its work was done."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--kills", type=int, default=50)
    wanted = parser.parse_args().kills
    draw = random.Random(20261122)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite.yaml").write_text(HEAD + QUIZ, "utf-8")
        write_rows(folder / "quiz.jsonl", quiz(ROWS))
        whole, took = measured(folder, "whole.yaml")
        print(f"a run left alone takes {took:.1f} s")
        killed = finished = 0
        while killed < wanted:
            target = f"part{finished}.yaml"
            if killed_one(folder, target, draw.uniform(0, took * 1.1)):
                killed += 1
                check_cancelled(folder / target)
            else:
                finished += 1
                compare(folder / target, whole)
            print(f"\r{killed} killed, {finished} ended", end="", flush=True)
        found, _ = measured(folder, f"part{finished}.yaml")
        assert found == whole, "another evidence after it was killed"
        print(f"\n{killed} kills, {finished + 1} runs ended, each with the same {len(whole)} bytes")


def command(target: str) -> list[str]:
    """The call that measures."""
    return [sys.executable, "-m", "policylang", "eval", "suite.yaml", "--model", small_models.model(), "-o", target]


def measured(folder: Path, target: str) -> tuple[bytes, float]:
    """The evidence of a run that is left alone, and how long it took."""
    start = time.monotonic()
    subprocess.run(command(target), cwd=folder, check=True, capture_output=True)
    return (folder / target).read_bytes(), time.monotonic() - start


def killed_one(folder: Path, target: str, after: float) -> bool:
    """Whether a run was killed after so many seconds, and had not ended before."""
    begun = subprocess.Popen(command(target), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        begun.wait(timeout=after)
    except subprocess.TimeoutExpired:
        begun.kill()
    return begun.wait() != 0


def check_cancelled(path: Path) -> None:
    """What a killed run leaves is no evidence of safety: nothing, or a reading that says `cancelled`, or all of it."""
    text = path.read_text("utf-8") if path.exists() else ""
    assert not text or "status: cancelled" in text or "status: success" in text, text
    assert "status: success" not in text or f"scored: {ROWS}" in text, text


def compare(path: Path, whole: bytes) -> None:
    """A run that ended after others were killed has the bytes of one that was left alone."""
    assert path.read_bytes() == whole, path


if __name__ == "__main__":
    main()
