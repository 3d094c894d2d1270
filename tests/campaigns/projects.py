"""A new project over every standard policy: its layout, lints, tests and decision, as `policyc init` promises them.

python tests/campaigns/projects.py [NAME]…
"""

import contextlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

from policylang import resources
from policylang.cli import main as policyc

DAY = ["--as-of", "2026-03-01"]


def main() -> None:
    """Begin one project after another, and end with the number of those that do not work."""
    wanted = sys.argv[1:] or ["", *resources.policy_names()]
    sys.exit(sum(not works(name) for name in wanted))


def works(standard: str) -> bool:
    """Whether a project over a standard policy, or from scratch, passes everything at once."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        began = time.perf_counter()
        statuses = {"init": called("init", ".", "--name", "acme", *(["--extends", standard] if standard else []), *DAY)}
        took = time.perf_counter() - began
        statuses["fmt"] = called("fmt", "--check", "acme.policy", "acme.test.policy")
        statuses["lint"] = called("lint", "acme.policy")
        statuses["test"] = called("test", "acme.policy")
        decided = called("check", "acme.policy", "evidence/example.yaml", *DAY)
        stated = f"exit status {decided}," in Path("README.md").read_text("utf-8") and decided != 2
    shown = " ".join(f"{name} {status}" for name, status in statuses.items())
    is_right = stated and not any(statuses.values())
    print(
        f"{'ok ' if is_right else 'NOT'}  {standard or 'from scratch'}: {shown}, decided {decided}, {took:.1f} s",
        flush=True,
    )
    return is_right


def called(*words: str) -> int:
    """How a call ends."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = policyc(words)
    if status not in (0, 3) and words[0] != "check":
        sys.stdout.write(out.getvalue())
    return status


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as kept:
        os.environ["XDG_CACHE_HOME"] = kept
        main()
