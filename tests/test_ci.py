"""Gates in build services: the action, the recipes, the hooks and what completes calls, run as they stand."""

import contextlib
import importlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from house import ROOT
from policylang import resources
from policylang.cli import COMMANDS, main
from policylang.format import formatted
from policylang.project import Plan, project
from policylang.source import Source

ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
GITLAB = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))
GENERIC = ROOT / "ci" / "generic.sh"

TEXT = """\
policy acme "Acme" { version "1" }

levels risk: low < high
action deploy
role board

measure exploits: rate
category cyber: risk { high when exploits >= 20% }

rule ceiling {
  when cyber >= high
  forbid deploy
}

amend when loosening requires approval of board

test "ceiling" {
  given exploits = 30%
  expect deploy forbidden by ceiling
}
"""
POLICY = formatted(Source(name="acme.policy", text=TEXT), []) or ""
LOOSER = POLICY.replace("20%", "25%")
APPROVED = LOOSER.replace('version "1"', 'version "2"  approved by board on 2026-01-02')
HEAD = "schema: policylang/evidence/v1\nsubject: {model: acme-7b}\n"
READING = "readings: [{measure: exploits, value: 5%, status: success, at: 2026-01-01, run: r, source: s}]\n"
HOSTILE = "$(touch pwned);`touch pwned`;--format json;\"';touch pwned;"


def step(name: str) -> dict[str, Any]:
    """A step of the action."""
    found: dict[str, Any] = next(one for one in ACTION["runs"]["steps"] if one["name"] == name)
    return found


# A repository on a runner


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a script ended, what it said, and the calls of policyc that it made."""

    status: int
    said: str
    summary: str
    output: str
    calls: tuple[tuple[str, ...], ...]


class Runner:
    """A clone with a pull request checked out, and a folder for what a runner keeps."""

    def __init__(self, folder: Path) -> None:
        """An empty repository."""
        self.clone, self.temp, self.bin = (folder / name for name in ("clone", "temp", "bin"))
        for made in (self.clone, self.temp, self.bin):
            made.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        """What git says."""
        who = {f"GIT_{role}_{what}": "ada@acme.test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        env = {"PATH": os.environ["PATH"], "HOME": str(self.temp), **who}
        done = subprocess.run(["git", *words], cwd=self.clone, env=env, capture_output=True, text=True, check=True)
        return done.stdout

    def commit(self, files: Mapping[str, str]) -> None:
        """A commit of these files, and of nothing else."""
        self.git("rm", "-rq", "--ignore-unmatch", ".")
        for name, text in files.items():
            (self.clone / name).write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "change")

    def request(self, base: Mapping[str, str], change: Mapping[str, str]) -> None:
        """A pull request: what is on `main`, and what it changes that to."""
        self.commit(base)
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.commit(change)

    def installed(self) -> None:
        """Puts the real policyc on the path."""
        found = shutil.which("policyc", path=str(Path(sys.executable).parent))
        assert found is not None
        (self.bin / "policyc").symlink_to(found)

    def pretended(self, statuses: Mapping[str, int]) -> None:
        """Puts a policyc on the path that keeps its words, and ends a command with a status."""
        lines = "".join(f"{name}) exit {status} ;;\n" for name, status in statuses.items())
        keep = 'for word; do printf "%s\\0" "$word"; done >> "$RUNNER_TEMP/calls"; printf "\\n" >> "$RUNNER_TEMP/calls"'
        script = self.bin / "policyc"
        script.write_text(f'#!/bin/sh\n{keep}\ncase "$1" in\n{lines}esac\n', "utf-8")
        script.chmod(0o755)

    def run(self, command: Sequence[str], script: str, given: Mapping[str, str] | None = None) -> Ran:
        """A script, run as a runner runs it; the calls of a pretended policyc are read as the real one reads them."""
        files = {f"GITHUB_{name}": str(self.temp / name.lower()) for name in ("STEP_SUMMARY", "OUTPUT", "PATH")}
        path = f"{self.bin}:{os.environ['PATH']}"
        env = {"PATH": path, "HOME": str(self.temp), "RUNNER_TEMP": str(self.temp), "LC_ALL": "C.UTF-8", **files}
        env |= {"GITHUB_WORKSPACE": str(self.clone), **(given or {})}
        for name in ("step_summary", "output", "calls"):
            (self.temp / name).write_text("", "utf-8")
        done = subprocess.run(
            [*command, script], cwd=self.clone, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        kept = [(self.temp / name).read_text("utf-8") for name in ("step_summary", "output", "calls")]
        calls = tuple(tuple(line.split("\0")) for line in kept[2].split("\0\n") if line)
        for call in calls:
            importlib.import_module(f"policylang.cli.{call[0]}").words().read(call[1:])
        said = done.stdout + done.stderr
        return Ran(status=done.returncode, said=said, summary=kept[0], output=kept[1], calls=calls)

    def step(self, name: str, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> Ran:
        """A step of the action, with these inputs and its defaults for the rest."""
        values = {key: one.get("default", "") for key, one in ACTION["inputs"].items()} | dict(inputs)
        found = step(name)
        given = {key: _input(text, values) for key, text in found["env"].items()}
        return self.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"], found["run"], {**given, **(env or {})}
        )


EVENT = "${{ github.event.merge_group.base_sha }}"
"""What a queue of pull requests merges one into; empty on any other event."""


def _input(text: str, values: Mapping[str, str]) -> str:
    if text == EVENT:
        return ""
    named = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
    assert named is not None, text
    return values[named[1]]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with an empty clone."""
    return Runner(tmp_path)


IN_A_REQUEST = {"GITHUB_BASE_REF": "main"}


# The action


def test_the_action_lets_nothing_slip() -> None:
    """No script has an expression in it, no step may fail unnoticed, and no other action is used."""
    for one in ACTION["runs"]["steps"]:
        assert one["shell"] == "bash"
        assert "${{" not in one["run"], one["name"]
        assert not {"uses", "continue-on-error"} & set(one), one["name"]
        assert all(text == EVENT or re.fullmatch(r"\$\{\{ inputs\.[a-z-]+ \}\}", text) for text in one["env"].values())
        after = one.get("if", "")
        assert one["name"] == "Install policylang" or "steps.install.outcome == 'success'" in after
    used = {text[11:-3] for one in ACTION["runs"]["steps"] for text in one["env"].values() if text != EVENT}
    assert used == set(ACTION["inputs"])


def test_the_action_gates_a_pull_request(runner: Runner) -> None:
    """A change that loosens is shown in the summary and beside the file and refused, and passes once it is approved."""
    runner.installed()
    runner.request({"acme.policy": POLICY}, {"acme.policy": LOOSER, "e.yaml": HEAD + READING})
    change = runner.step("What the change means", {"policy": "acme.policy"}, IN_A_REQUEST)
    assert (change.status, "weakens 1 safeguard" in change.summary) == (1, True), change.said
    assert "::warning file=acme.policy,line=1,title=looser%3A category cyber::" in change.said
    (runner.clone / "acme.policy").write_text(APPROVED, "utf-8")
    approved = runner.step("What the change means", {"policy": "acme.policy"}, IN_A_REQUEST)
    assert (approved.status, "✔ met" in approved.summary) == (0, True), approved.said
    decided = runner.step("The decision", {"policy": "acme.policy", "evidence": "*.yaml", "as-of": "2026-02-01"})
    assert (decided.status, "### ✔ Permitted" in decided.summary) == (0, True), decided.said
    assert decided.output.startswith("verdict=permitted\ndecision=")
    assert '"verdict":"permitted"' in (runner.temp / "policy-decision.json").read_text("utf-8").replace(" ", "")


@pytest.mark.parametrize("status", [0, 1, 2, 3])
def test_only_zero_passes(runner: Runner, status: int) -> None:
    """Each step ends with the status of policyc, and the verdict is named after it."""
    runner.pretended(dict.fromkeys(("fmt", "lint", "test", "prove", "diff", "check"), status))
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY, "acme.test.policy": ""})
    given = {"policy": "acme.policy", "evidence": "a.yaml\nb c.eval", "for": "deploy", "stage": "s", "coverage": "90"}
    ends = [runner.step(one["name"], given, IN_A_REQUEST) for one in ACTION["runs"]["steps"][1:]]
    assert [end.status for end in ends] == [status] * 6
    calls = [call[0] for end in ends for call in end.calls]
    assert calls == ["fmt", "lint", "test", "prove", *["diff"] * 2, *["check"] * 3]
    verdict = ["permitted", "refused", "not judged", "undetermined"][status]
    assert ends[-1].output.startswith(f"verdict={verdict}\n")


def test_what_a_workflow_is_given_is_never_run(runner: Runner) -> None:
    """Whatever stands in an input is a word of a call: no part of it is a command or an option."""
    runner.pretended({})
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY})
    given = dict.fromkeys(("policy", "evidence", "for", "stage"), HOSTILE)
    for one in ACTION["runs"]["steps"][1:]:
        done = runner.step(one["name"], given, IN_A_REQUEST)
        for call in done.calls:
            assert HOSTILE in call[call.index("--") :] or one["name"] == "What the change means"
    for name in ("version", "fail-on"):
        where = "Install policylang" if name == "version" else "What the change means"
        assert runner.step(where, {"policy": "acme.policy", name: HOSTILE}, IN_A_REQUEST).status == 2
    assert not list(runner.clone.glob("**/pwned*"))


def test_a_policy_that_is_not_where_it_was_does_not_pass(runner: Runner) -> None:
    """Only in a repository without any policy is there nothing to compare with; one that was moved is not compared."""
    runner.pretended({"diff": 2})
    runner.request({"readme": ""}, {"acme.policy": POLICY})
    first = runner.step("What the change means", {"policy": "acme.policy"}, IN_A_REQUEST)
    assert (first.status, "nothing to compare" in first.summary) == (0, True)
    runner.request({"acme.policy": POLICY}, {"moved.policy": LOOSER})
    moved = runner.step("What the change means", {"policy": "moved.policy"}, IN_A_REQUEST)
    base = runner.git("rev-parse", "origin/main").strip()
    assert (moved.status, moved.calls[0][-2:]) == (2, (f"{base}:moved.policy", "moved.policy"))
    cut = runner.step("What the change means", {"policy": "moved.policy"}, {"GITHUB_BASE_REF": "nowhere"})
    assert (cut.status, "fetch-depth 0" in cut.said) == (2, True)


def test_a_merge_queue_is_compared_with_what_it_merges_into(runner: Runner) -> None:
    """On `merge_group` there is no branch by name: the comparison begins at the commit that the event states."""
    runner.installed()
    runner.request({"acme.policy": POLICY}, {"acme.policy": LOOSER})
    queued = {"QUEUE_BASE": runner.git("rev-parse", "origin/main").strip()}
    change = runner.step("What the change means", {"policy": "acme.policy"}, queued)
    assert (change.status, "weakens 1 safeguard" in change.summary) == (1, True), change.said
    lost = runner.step("What the change means", {"policy": "acme.policy"}, {"QUEUE_BASE": "0" * 40})
    assert (lost.status, "fetch-depth 0" in lost.said) == (2, True)


def test_claims_are_proved_where_there_are_some(runner: Runner) -> None:
    """A policy that claims nothing passes, one that claims what is false does not."""
    runner.installed()
    runner.commit({"acme.policy": POLICY})
    assert runner.step("Proofs", {"policy": "acme.policy"}).status == 0
    claim = "invariant safe { never deploy when exploits >= 10% }\n"
    (runner.clone / "acme.policy").write_text(POLICY + claim, "utf-8")
    assert runner.step("Proofs", {"policy": "acme.policy"}).status == 1


# Text from outside


HOSTILE_NAMES = """\
policy p "@team <img src=x> [x](http://evil.test) ::error::x" { version "::set-output name=x::y | ``` <b>" }
action deploy "#1"
role board
measure score: rate "|"
rule ceiling "``` [x](y)" {
  when score >= 20%
  forbid deploy
}
rule asked { require approval of board before deploy }
"""
HOSTILE_SUBJECT = 'schema: policylang/evidence/v1\nsubject: {model: "x ::error::y @team <script> ``` | #12 [x](y)"}\n'


def test_text_from_outside_says_nothing_of_its_own(tmp_path: Path) -> None:
    """No name becomes a command, a mention, a link or markup: outside of code a page has plain words only."""
    (tmp_path / "p.policy").write_text(HOSTILE_NAMES, "utf-8")
    (tmp_path / "e.yaml").write_text(HOSTILE_SUBJECT, "utf-8")
    words = ["check", str(tmp_path / "p.policy"), str(tmp_path / "e.yaml"), "--as-of", "2026-01-01", "--format"]
    printed = {}
    for form in ("github", "markdown"):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main([*words, form]) == 3
        printed[form] = out.getvalue()
    assert re.fullmatch(r"(::error( [^:\n]*)?::[^\r\n]*\n){2}", printed["github"])
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(printed["markdown"])
    inner = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in inner} <= {"text", "code_inline", "strong_open", "strong_close"}
    shown = " ".join(token.content for token in inner if token.type == "text")
    assert not re.search(r"[@#<>\[\]]|::|http", shown)
    assert not any(token.type in ("html_block", "html_inline") for token in tokens)


# Recipes


def _gravest(statuses: Sequence[int]) -> int:
    return next((status for status in (2, 1, 3) if status in statuses), 0)


@pytest.mark.parametrize("statuses", [(0,) * 5, (0, 0, 0, 0, 3), (0, 0, 0, 1, 3), (1, 0, 0, 2, 0), (0, 3, 1, 0, 0)])
def test_the_generic_gate_ends_with_the_gravest(runner: Runner, statuses: tuple[int, ...]) -> None:
    """It runs everything, also after a failure, and ends with 2 before 1 before 3 before 0."""
    runner.pretended(dict(zip(("lint", "test", "prove", "diff", "check"), statuses, strict=True)))
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY})
    given = {"POLICY": "acme.policy", "BASE": "origin/main", "ACTIONS": "deploy train", "REPORTS": "out"}
    done = runner.run(["sh", str(GENERIC)], "e.yaml", given)
    assert done.status == _gravest(statuses), done.said
    calls = [call[0] for call in done.calls]
    assert calls == ["fmt", "lint", *["test"] * 2, "prove", *["diff"] * 2, *["check"] * 2]
    assert runner.run(["sh", str(GENERIC)], "e.yaml", {}).status == 2


def _scripts(job: Mapping[str, Any]) -> str:
    """What a runner of GitLab makes of a job: one script that stops at the first failure."""
    return "\n".join(["set -e -o pipefail", *job["script"]])


@pytest.mark.parametrize("wrong", ["", "fmt", "lint", "test", "prove", "diff", "check"])
def test_the_jobs_for_gitlab_fail_when_policyc_does(runner: Runner, wrong: str) -> None:
    """Each command of the template that fails ends its job with its status, and when none does both pass."""
    runner.pretended({wrong: 2} if wrong else {})
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY, "acme.test.policy": ""})
    given = {
        **GITLAB["variables"],
        "POLICY": "acme.policy",
        "POLICY_EVIDENCE": "a.yaml b.yaml",
        "POLICY_ACTIONS": "x y",
    }
    given["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = runner.git("rev-parse", "origin/main").strip()
    ends = [runner.run(["bash", "-c"], _scripts(GITLAB[job]), given) for job in ("policy", "decision")]
    assert [end.status for end in ends] == [2 * (wrong not in ("", "check")), 2 * (wrong == "check")], ends
    assert any("--for" in call for call in ends[1].calls)


# What a new project begins with


def _written(service: Any) -> dict[str, str]:
    plan = Plan(
        name="acme", title="Acme", day="2026-01-01", version="1", service=service, only_stricter=True, standard=None
    )
    return project(plan, resources.project_text, (0, ""))


@pytest.mark.parametrize("asks", ["GITHUB_BASE_REF", "QUEUE_BASE"])
def test_the_workflow_of_a_new_project_runs(runner: Runner, asks: str) -> None:
    """Every script of it is run: what it calls exists, an expression stands in no script, and actions are commits."""
    runner.pretended({})
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY})
    workflow = yaml.safe_load(_written("github")[".github/workflows/policy.yml"])
    assert {"pull_request", "merge_group"} <= set(workflow[True])  # `on`, as YAML reads it
    assert workflow["permissions"] == {"contents": "read"}
    steps = [one for job in workflow["jobs"].values() for one in job["steps"]]
    assert all(re.search(r"@[0-9a-f]{40}$", one["uses"]) for one in steps if "uses" in one)
    scripts = [one["run"] for one in steps if "run" in one and not one["run"].startswith("pip ")]
    assert not any("${{" in script for script in scripts)
    base = runner.git("rev-parse", "origin/main").strip()
    began = {"GITHUB_BASE_REF": "main", "QUEUE_BASE": ""} if asks == "GITHUB_BASE_REF" else {"QUEUE_BASE": base}
    given = {"EVIDENCE": "a.yaml b.yaml", "ACTION": "deploy", **began}
    ends = [runner.run(["bash", "-e", "-c"], script, given) for script in scripts]
    assert [end.status for end in ends] == [0] * 6, ends
    calls = [call for end in ends for call in end.calls]
    assert [call[0] for call in calls] == ["fmt", "lint", "test", "prove", "diff", "check"]
    assert f"{base}:acme.policy" in calls[4]


def test_the_jobs_of_a_new_project_run(runner: Runner) -> None:
    """Every script for GitLab is run: what it calls exists."""
    runner.pretended({})
    runner.request({"acme.policy": POLICY}, {"acme.policy": POLICY})
    jobs = yaml.safe_load(_written("gitlab")[".gitlab-ci.yml"])
    base = runner.git("rev-parse", "origin/main").strip()
    given = {**jobs["release"]["variables"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    ends = [runner.run(["bash", "-c"], _scripts(jobs[job]), given) for job in ("policy", "release")]
    assert [end.status for end in ends] == [0, 0], ends
    assert [call[0] for end in ends for call in end.calls] == ["fmt", "lint", "test", "prove", "diff", "check"]


# Hooks


def _entries() -> Iterator[tuple[str, list[str], str]]:
    for hook in HOOKS:
        yield hook["id"], hook["entry"].split(), hook["files"]
    config = yaml.safe_load(_written("none")[".pre-commit-config.yaml"])
    for hook in config["repos"][0]["hooks"]:
        yield hook["id"], hook["entry"].split(), hook["files"]


def test_hooks_find_what_a_workflow_finds() -> None:
    """Every hook is installed with the solver, as every workflow is: what is settled there is settled before."""
    config = yaml.safe_load(_written("none")[".pre-commit-config.yaml"])
    installed = [(hook["additional_dependencies"], [".[proof]"]) for hook in HOOKS]
    written = [hook["additional_dependencies"] for hook in config["repos"][0]["hooks"]]
    installed += [(one, ["policylang[proof]==1"]) for one in written]
    assert [found for found, wanted in installed if found != wanted] == []
    assert 'pip install "policylang[proof]==1"' in _written("github")[".github/workflows/policy.yml"]


@pytest.mark.parametrize(("name", "entry", "files"), list(_entries()))
def test_hooks_are_commands(name: str, entry: list[str], files: str) -> None:
    """Each hook is a command with options that it has, about the files that policies are in."""
    program, command, *rest = entry
    assert (program, command in COMMANDS, name.startswith(f"policyc-{command}")) == ("policyc", True, True)
    importlib.import_module(f"policylang.cli.{command}").words().read(rest)
    found = [path for path in ("a.policy", "p/a.policy.md", "a.test.policy", "a.py") if re.search(files, path)]
    assert found == ["a.policy", "p/a.policy.md", "a.test.policy"]


# Shells


@pytest.fixture(scope="module")
def completing() -> Mapping[str, str]:
    """What completes calls in each shell."""
    found = {}
    for shell in ("bash", "zsh", "fish"):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            assert main(["completion", shell]) == 0
        found[shell] = out.getvalue()
    return found


_ASK = """
while read -ra COMP_WORDS; do
  [ "${COMP_WORDS[-1]}" = _ ] && COMP_WORDS[-1]=""
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=(); _shtab_policyc; echo "${COMPREPLY[*]}"
done
"""


def test_bash_completes_calls(completing: Mapping[str, str], tmp_path: Path) -> None:
    """Commands, options, their values, policies, codes and published frameworks are completed in bash."""
    for name in ("acme.policy", "acme.yaml"):
        (tmp_path / name).touch()
    asked = {
        "policyc che": "check",
        "policyc check --fo": "--for --format",
        "policyc check --format g": "github",
        "policyc check acme.y": "acme.yaml",
        "policyc test ac": "acme.policy",
        "policyc explain P20": " ".join(f"P20{n}" for n in range(1, 8)),
        "policyc init --extends meta": "meta/frontier-1.1",
        "policyc schema decisi": "decision decisions",
        "policyc completion _": "bash zsh fish",
    }
    script = completing["bash"] + _ASK
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", script],
        input="\n".join(asked) + "\n",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(zip(asked, done.stdout.splitlines(), strict=True)) == asked


def test_other_shells_can_read_it(completing: Mapping[str, str]) -> None:
    """The scripts for zsh and fish name every command, and shells that are there can read them."""
    for shell in ("zsh", "fish"):
        assert all(re.search(rf"\b{name}\b", completing[shell]) for name in COMMANDS)
        if shutil.which(shell) is not None:
            subprocess.run([shell, "-n"], input=completing[shell], text=True, check=True)
