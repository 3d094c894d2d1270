"""What `policyc check` loads: a gate that runs on every push starts fast, and carries no more than it needs."""

import json
import sys
from pathlib import Path

import pytest

from house import run

POLICY = """\
policy small { version "1" }
action deploy
levels risk: low < high
measure exploit: rate
category cyber: risk { high when exploit >= 20% }
rule ceiling {
  when cyber >= high
  forbid deploy
}
"""

EVIDENCE = """\
schema: policylang/evidence/v1
subject: {model: acme-7b}
readings:
  - {measure: exploit, value: 5%, status: success, at: 2026-01-01, run: r1, source: by hand}
"""

NEVER = ("asyncio", "jinja2", "networkx", "numpy", "scipy", "torch", "transformers", "z3")
NOT_FROM_CACHE = ("lark",)

LOADED = """\
import json, sys
from policylang.cli import main
sys.argv = ["policyc", "check", "small.policy", "evidence.yaml", "--as-of", "2026-02-01"]
try:
    status = main()
except SystemExit as end:
    status = end.code
print(json.dumps([status, sorted(sys.modules)]))
"""


def loaded(folder: Path) -> set[str]:
    """The modules a `policyc check` in this folder has loaded when it has decided."""
    places = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "LOCALAPPDATA": str(folder / "cache")}
    printed = run([sys.executable, "-c", LOADED], cwd=folder, env=places)
    status, modules = json.loads(printed.splitlines()[-1])
    assert status == 0, printed
    return set(modules)


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """What the first check of a policy loads, and the second."""
    folder = tmp_path_factory.mktemp("check")
    (folder / "small.policy").write_text(POLICY, "utf-8")
    (folder / "evidence.yaml").write_text(EVIDENCE, "utf-8")
    return loaded(folder), loaded(folder)


@pytest.mark.parametrize("name", NEVER)
def test_a_check_never_loads(name: str, checks: tuple[set[str], set[str]]) -> None:
    """Deciding needs neither a solver nor a model, a graph library, a template or an event loop, now or later."""
    assert name not in checks[0] | checks[1]


@pytest.mark.parametrize("name", NOT_FROM_CACHE)
def test_an_unchanged_policy_loads_no(name: str, checks: tuple[set[str], set[str]]) -> None:
    """The first check compiles with it; an unchanged policy is read from its cache, without the parser."""
    assert name in checks[0]
    assert name not in checks[1]
