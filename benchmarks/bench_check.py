"""Cold `policyc check` of the Preparedness policy, against a new process that imports pydantic and yaml."""

import os
import pathlib
import sys
import tempfile

from timing import arguments, head, processes, row

ROOT = pathlib.Path(__file__).parent.parent
POLICY = "policies/openai/preparedness-2023-12-18.policy"
EVIDENCE = "policies/examples/openai/gpt-4o.yaml"


def main() -> int:
    """Print one row with the compiled policy cached, one without."""
    asked = arguments(__doc__)
    rounds = asked.rounds or (1 if asked.smoke else 31)
    os.chdir(ROOT)
    check = [sys.executable, "-m", "policylang", "check", POLICY, EVIDENCE, "--as-of", "2024-08-08"]
    peer = [sys.executable, "-c", "import pydantic, yaml; pydantic.BaseModel"]
    head("cold policyc check")
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "XDG_CACHE_HOME": folder, "PYTHONPYCACHEPREFIX": folder}
        env.pop("PYTHONDONTWRITEBYTECODE", None)  # both as they are once installed: compiled to bytecode
        for command in (check, [*check, "--no-cache"]):
            processes(command, peer, 1, env)
        row("unchanged policy, from its cache", *processes(check, peer, rounds, env), goal=2)
        row("without cache", *processes([*check, "--no-cache"], peer, rounds, env), goal=5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
