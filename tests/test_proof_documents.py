"""Documents of the history of a policy and of proofs: what the commands print is as its schema says."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from house import ROOT
from policylang.cli import ask, blame, log, prove
from policylang.cli.call import Answer, Words
from policylang.cli.schema import SCHEMAS
from policylang.reports.schemas import proofs
from test_git import BOB, GIT, Repo
from test_reports import valid

needs_git = pytest.mark.skipif(not GIT, reason="git is not installed")

POLICY = """\
policy acme "Acme" { version "1" }
levels risk: low < high < critical
action train
action deploy
role board
measure ctf: rate
measure refusals: rate { worse when lower }
control guarded { attested by board }
category cyber: risk { high when ctf >= 20% critical when ctf >= 60% and refusals < 50% }
rule ceiling { when cyber >= high forbid deploy }
rule review { require approval of board before deploy }
rule odd { when cyber >= high and not cyber >= critical forbid train }
board may veto deploy
invariant safe { never deploy when cyber >= high }
invariant guarded_first { always require guarded before deploy when ctf >= 10% }
invariant monotone
"""


def printed(command: Any, *words: str) -> tuple[int, Any]:
    """The status and the document of a command."""
    made: Words = command.words()
    answer: Answer = command.answer(*made.read([*words, "--format", "json"]))
    return int(answer.status), json.loads(answer.out)


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The policy as a file, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "acme.policy"
    path.write_text(POLICY, "utf-8")
    return str(path)


# The history of a policy


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository in which a policy was loosened, broken, mended, and changed on the disk; we are in it."""
    found = Repo(tmp_path / "repo")
    looser = POLICY.replace("20%", "25%")
    found.commit("First", {"acme.policy": POLICY})
    found.commit("Looser", {"acme.policy": looser}, by=BOB)
    found.commit("Broken", {"acme.policy": looser.replace("approval of board", "approval of boards")})
    found.commit("Mended", {"acme.policy": looser})
    found.commit("Layout", {"acme.policy": f"# words\n{looser}"})
    found.write("acme.policy", looser.replace("60%", "70%"))
    monkeypatch.chdir(found.folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return found


@needs_git
@pytest.mark.usefixtures("repo")
def test_a_log_is_as_its_schema_says() -> None:
    """Commits that changed, broke and mended the meaning, and one that did not, give a document of the schema."""
    status, document = printed(log, "acme.policy")
    valid("log", document)
    assert (status, document["schema"]) == (0, log.LOG)
    assert [entry["what"] for entry in document["entries"]] == ["repaired", "broken", "changed", "introduced"]
    assert (document["without_meaning"], document["uncommitted"]) == (1, True)
    assert [change["name"] for change in document["entries"][2]["changes"]] == ["cyber"]
    assert document["entries"][1]["errors"][0]["code"] == "P201"


@needs_git
@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("clause", ["", "ceiling"])
def test_a_blame_is_as_its_schema_says(clause: str) -> None:
    """The blame of one clause, and of every rule, is a document of the schema."""
    _, document = printed(blame, "acme.policy", *([clause] if clause else []))
    valid("blame", document)
    assert document["schema"] == blame.BLAME
    names = [item["name"] for item in document["clauses"]]
    assert names == ([clause] if clause else ["ceiling", "review", "odd"])
    assert document["clauses"][0]["through"] == [{"kind": "category", "name": "cyber"}]


@needs_git
def test_the_log_of_the_page_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence that the page on git shows of a change is the one that is printed of it."""
    page = (ROOT / "docs" / "git.md").read_text("utf-8")
    blocks = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    found = Repo(tmp_path / "repo")
    found.commit("The policy", {"acme.policy": blocks["acme.policy"]})
    found.commit("Fewer false alarms", {"acme.policy": blocks["acme.policy"].replace("20%", "25%")})
    monkeypatch.chdir(found.folder)
    out = log.answer(*log.words().read(["acme.policy"])).out
    sentences = [line for line in out.splitlines() if line.startswith("    ")]
    assert sentences == [line for line in blocks["log"].splitlines() if line.startswith("    ")]


# What was proved, and what was answered


def test_a_proof_is_as_its_schema_says(policy: str) -> None:
    """A claim that is proved, one that is refuted by evidence and one by a step give a document of the schema."""
    status, document = printed(prove, policy)
    valid("proof", document)
    found = {item["name"]: item for item in document["invariants"]}
    assert [(name, item["answer"]) for name, item in found.items()] == [
        ("safe", "proved"),
        ("guarded_first", "refuted"),
        ("monotone", "refuted"),
    ]
    assert found["guarded_first"]["counterexample"]["actions"] == {"deploy": "permitted"}
    assert found["monotone"]["step"]["action"] == "train"
    assert status == 1


def test_proofs_of_several_policies_are_as_their_schema_says(policy: str) -> None:
    """Several policies give one document, with what one policy gives for each."""
    other = Path(policy).with_name("other.policy")
    other.write_text(POLICY.replace("20%", "15%"), "utf-8")
    _, both = printed(prove, policy, str(other))
    valid("proofs", both)
    assert both["policies"][0] == printed(prove, policy)[1]


_ACTION = ["deploy"]
_QUESTIONS = {
    "findings": [],
    "can_permit": ["--can-permit", *_ACTION],
    "can_fire": ["--can-fire", "ceiling", "--can-fire", "odd"],
    "claims": ["--never", "deploy when ctf >= 30%", "--monotone"],
    "worst_permitted": ["--worst-permitted", *_ACTION],
    "coalitions": ["--coalitions", *_ACTION],
}


@pytest.mark.parametrize("key", _QUESTIONS)
def test_answers_are_as_their_schema_says(key: str, policy: str) -> None:
    """The answer to each question is under its own key of a document of the schema."""
    _, document = printed(ask, policy, *_QUESTIONS[key])
    valid("answers", document)
    assert document[key]
    assert document["schema"] == ask.SCHEMA == proofs.ANSWERS


def test_a_comparison_is_as_its_schema_says(policy: str) -> None:
    """Whether a policy is as strict as another is told in the same document."""
    other = Path(policy).with_name("other.policy")
    other.write_text(POLICY.replace("20%", "15%"), "utf-8")
    status, document = printed(ask, policy, "--as-strict-as", str(other), "--equivalent", policy)
    valid("answers", document)
    assert [bool(item["wrong"]) for item in document["compared"]] == [True, False]
    assert status == 1


def test_schemas_bear_the_names_of_their_documents() -> None:
    """What `policyc schema` prints is of the document that the command marks with the same name."""
    names = {name: SCHEMAS[name]()["properties"]["schema"]["const"] for name in ("log", "blame", "answers")}
    assert names == {"log": log.LOG, "blame": blame.BLAME, "answers": ask.SCHEMA}
