"""Policies in git: versions by revision, the log and the blame of meaning, and repositories that mean harm."""

import argparse
import contextlib
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from house import ROOT
from policylang import git
from policylang.analysis.difference import Change, Clause, Difference, Direction, Layer, Revision
from policylang.cli import blame, log, main
from policylang.cli.call import CallError
from policylang.codes import CODES
from policylang.diagnostics import PolicyError
from policylang.files import load
from policylang.graph import Graph, canonical
from policylang.history import clauses, history

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(not GIT, reason="git is not installed")

LADDER = "levels risk: low < high < critical\n"
POLICY = """\
policy acme "Acme" { version "1" }
use "risk.policy"
action deploy
role board
measure ctf: rate
measure bio: rate
category cyber: risk { high when ctf >= 20% critical when ctf >= 60% }
category cbrn: risk { high when bio >= 20% }
rule ceiling { when cyber >= high forbid deploy }
rule biology { when cbrn >= high forbid deploy }
rule approval { require approval of board before deploy }
"""
ADA = {"NAME": "Ada", "EMAIL": "ada@example.org"}
BOB = {"NAME": "Bob", "EMAIL": "bob@example.org"}


class Repo:
    """A repository in a folder, whose commits have dates of their own."""

    def __init__(self, folder: Path) -> None:
        """An empty repository."""
        self.folder, self.day = folder, 0
        folder.mkdir(parents=True, exist_ok=True)
        self.run("init", "-q", "-b", "main")

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """What git prints, with nobody's configuration."""
        kept = {"PATH": os.environ["PATH"], "HOME": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        done = subprocess.run(
            [GIT, *words], cwd=self.folder, env={**kept, **(env or {})}, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def write(self, name: str, text: str) -> None:
        """A file in the work tree."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def commit(
        self,
        subject: str,
        files: Mapping[str, str] | None = None,
        *,
        by: Mapping[str, str] = ADA,
        committed_by: Mapping[str, str] | None = None,
    ) -> str:
        """A commit of everything there is, with these files; its id."""
        for name, text in (files or {}).items():
            self.write(name, text)
        self.day += 1
        env = {"GIT_AUTHOR_DATE": f"2026-01-{self.day:02}T09:00:00+0200"}
        env["GIT_COMMITTER_DATE"] = env["GIT_AUTHOR_DATE"]
        env |= {f"GIT_AUTHOR_{key}": value for key, value in by.items()}
        env |= {f"GIT_COMMITTER_{key}": value for key, value in (committed_by or by).items()}
        self.run("add", "-A", env=env)
        self.run("commit", "-q", "--allow-empty", "-m", subject, env=env)
        return self.run("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A repository with one policy in two files, in which we are."""
    found = Repo(tmp_path / "repo")
    found.commit("First", {"acme.policy": POLICY, "risk.policy": LADDER})
    monkeypatch.chdir(found.folder)
    return found


# A comparison that is quick: which declarations changed


def compare(old: Graph, new: Graph, *, old_path: str = "", new_path: str = "") -> Difference:
    """Every clause whose canonical form changed, as looser; what is new is stricter."""
    forms = [
        {item["name"]: item for field in ("rules", "categories", "measures") for item in canonical(graph)[field]}
        for graph in (old, new)
    ]
    changes = [
        Change(
            direction=Direction.LOOSER if name in forms[0] else Direction.STRICTER,
            layer=Layer.RULES,
            clause=Clause(kind="rule", name=name),
            sentence=f"`{name}` changed",
        )
        for name in sorted({**forms[0], **forms[1]})
        if forms[0].get(name) != forms[1].get(name)
        or (name == "cyber" and canonical(old)["conditions"] != canonical(new)["conditions"])
    ]
    revisions = [
        Revision(name=graph.header.name, title="", version="", digest=graph.digest, path=path)
        for graph, path in ((old, old_path), (new, new_path))
    ]
    return Difference(old=revisions[0], new=revisions[1], changes=tuple(changes), shifts=())


def logged(path: str = "acme.policy", *options: str) -> str:
    """What `policyc log` prints."""
    return log.answered(*log.words().read([path, *options]), compare).out


def entries(path: str = "acme.policy") -> list[tuple[str, str]]:
    """What each commit did, newest first: what, and the subject."""
    return [(entry["what"], entry["subject"]) for entry in document(path)["entries"]]


def document(path: str = "acme.policy") -> dict[str, Any]:
    """The log for programs."""
    found: dict[str, Any] = json.loads(logged(path, "--format", "json"))
    return found


def blamed(*words: str) -> dict[str, dict[str, Any]]:
    """The blame for programs, by the name of the clause."""
    out = blame.answered(*blame.words().read([*words, "--format", "json"]), compare).out
    return {row["name"]: row for row in json.loads(out)["clauses"]}


def refused(word: str) -> tuple[str, str]:
    """The code and the message of what is refused."""
    with pytest.raises(PolicyError) as caught:
        git.load_at(word)
    (found,) = caught.value.diagnostics
    assert found.help
    assert found.code in CODES
    return found.code, found.message


# A policy at a revision


def test_a_policy_is_read_with_its_files_at_the_same_revision(repo: Repo) -> None:
    """What a policy takes in at a revision is what stood there then, not what stands on the disk."""
    repo.commit("More", {"risk.policy": "levels risk: low < medium < high < critical\n"})
    repo.write("risk.policy", "nothing that compiles")
    old, new = git.load_at("HEAD~1:acme.policy"), git.load_at("HEAD:acme.policy")
    assert [dict(found.graph.ladders)["risk"] for found in (old, new)] == [
        ("low", "high", "critical"),
        ("low", "medium", "high", "critical"),
    ]
    assert [source.name for source in old.sources] == ["HEAD~1:acme.policy", "HEAD~1:risk.policy"]
    assert old.graph.rules[0].where.file == "HEAD~1:acme.policy"


def test_a_revision_means_what_its_files_mean(repo: Repo) -> None:
    """A policy read at HEAD has the digest of the same files on the disk."""
    assert git.load_at("HEAD:acme.policy").graph.digest == load("acme.policy", cache=False).graph.digest
    assert repo.run("status", "--porcelain") == ""


def test_standard_policies_are_taken_in(repo: Repo) -> None:
    """A file that is not in the repository, and is a standard policy, is found as it is on the disk."""
    repo.commit("Over", {"over.policy": 'policy over { extends "openai/preparedness-2023-12-18.policy" }\n'})
    assert "policylang:openai" in git.load_at("HEAD:over.policy").sources[1].name


def test_paths_begin_at_the_root_or_here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is read as git reads it, and, where git has nothing, from the folder one is in."""
    files = {"sub/own.policy": POLICY.replace('"Acme"', '"Own"'), "sub/risk.policy": LADDER}
    repo.commit("Sub", {**files, "sub/acme.policy": POLICY.replace('"Acme"', '"Sub"')})
    monkeypatch.chdir(repo.folder / "sub")

    def title(word: str) -> str:
        return git.load_at(word).graph.header.title

    assert title("HEAD:own.policy") == title("HEAD:sub/own.policy") == "Own"
    assert (title("HEAD:./acme.policy"), title("HEAD:../acme.policy")) == ("Sub", "Acme")
    code, message = refused("HEAD:acme.policy")
    assert (code, "may be" in message) == ("C133", True)
    assert refused("HEAD:../../acme.policy")[0] == "C133"


@pytest.mark.parametrize(
    ("word", "is_one"),
    [
        ("HEAD~1:a.policy", True),
        ("HEAD^{/fix: it}:a.policy", True),
        ("a.policy", False),
        ("C:a.policy", False),
        ("C:\\a.policy", False),
        (":a.policy", False),
        ("HEAD:", False),
        ("", False),
        ("there:a.policy", False),
    ],
)
def test_words_that_name_a_revision(word: str, *, is_one: bool, repo: Repo) -> None:
    """A word with a revision before a colon is one, unless it is a drive or the name of a file there is."""
    repo.write("there:a.policy", "")
    assert git.is_revision(word) is is_one


@pytest.mark.parametrize(
    ("word", "code", "part"),
    [
        ("nowhere:acme.policy", "C132", "no revision `nowhere`"),
        ("--output=x:acme.policy", "C132", "no revision `--output=x`"),
        ("HEAD..HEAD:acme.policy", "C132", "no revision"),
        ("HEAD:nothing.policy", "C133", "no file `nothing.policy`"),
        ("HEAD:--output=x", "C133", "no file `--output=x`"),
        ("HEAD:/etc/passwd", "C133", "no file"),
        ("HEAD:folder", "C133", "it is no file"),
        ("HEAD:link.policy", "C133", "a link"),
        ("HEAD:large.policy", "C133", "more than 1 MiB"),
        ("HEAD:bytes.policy", "C133", "not UTF-8 (byte 3)"),
        ("two:acme.policy", "C132", "ambiguous"),
        ("HEAD:acme\0.policy", "C133", "no file"),
        ("HE\0AD:acme.policy", "C131", "git cannot look"),
    ],
)
def test_what_cannot_be_read_is_said(word: str, code: str, part: str, repo: Repo) -> None:
    """A revision or file that is not there, or is no policy, is refused with its name and what to do."""
    (repo.folder / "link.policy").symlink_to("acme.policy")
    (repo.folder / "bytes.policy").write_bytes(b"# \xff")
    repo.commit("Odd", {"folder/x": "", "large.policy": "#" * (1 << 20) + "\n"})
    repo.run("tag", "two", "HEAD~1")
    repo.run("branch", "two")
    found = refused(word)
    assert found[0] == code
    assert part in found[1]


def test_files_taken_in_are_bounded(repo: Repo) -> None:
    """What a policy takes in at a revision is refused as on the disk: outside, by a full path, no policy, not there."""
    for path in ("../x.policy", "/x.policy", "x.txt", "gone.policy", "a:b.policy"):
        repo.commit("Use", {"u.policy": f'policy u {{ version "1" }}\nuse "{path}"\n'})
        assert refused("HEAD:u.policy")[0] == "P206"


def test_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in no repository, a bare one and the inside of `.git` are refused."""
    monkeypatch.chdir(tmp_path)
    assert refused("HEAD:a.policy")[0] == "C131"
    subprocess.run([GIT, "init", "-q", "--bare", "bare"], check=True)
    monkeypatch.chdir(tmp_path / "bare")
    assert refused("HEAD:a.policy")[0] == "C131"
    assert main(["log", str(tmp_path / "nowhere" / "a.policy")]) == 2


def test_without_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is looked for in the folders that PATH names in full, never in the folder one is in."""
    planted = repo.folder / "git"
    planted.write_text("#!/bin/sh\ntouch planted\n", "utf-8")
    planted.chmod(0o755)
    for path in (".", "", ":", "relative"):
        monkeypatch.setenv("PATH", path)
        assert refused("HEAD:acme.policy")[0] == "C130"
    assert not (repo.folder / "planted").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's check of owners stays on, with the exceptions that the user made and none of the repository's own."""
    repo.run("config", "safe.directory", "*")
    for path in (repo.folder, repo.folder / ".git"):
        os.chown(path, 12345, 12345)
    monkeypatch.setenv("HOME", str(tmp_path))
    code, message = refused("HEAD:acme.policy")
    assert (code, "somebody else" in message) == ("C131", True)
    (tmp_path / ".gitconfig").write_text(f"[safe]\n\tdirectory = {repo.folder}\n", "utf-8")
    assert git.load_at("HEAD:acme.policy").graph.rules


# Repositories that mean harm


def hostile(repo: Repo, marker: Path) -> None:
    """Everything in a repository that could run a program, each of which would write to a marker."""
    payload = repo.folder / ".git" / "payload"
    payload.write_text(f'#!/bin/sh\necho "$0 $@" >> "{marker}"\ncat\n', "utf-8")
    payload.chmod(0o755)
    hooks = repo.folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(payload, hooks / name)
    run = str(payload)
    settings = {
        "alias.cat-file": f"!{run}",
        "alias.rev-list": f"!{run}",
        "alias.rev-parse": f"!{run}",
        "core.alternateRefsCommand": run,
        "core.askPass": run,
        "core.editor": run,
        "core.fsmonitor": run,
        "core.gitProxy": run,
        "core.hooksPath": str(hooks),
        "core.pager": run,
        "core.sshCommand": run,
        "credential.helper": run,
        "diff.evil.command": run,
        "diff.evil.textconv": run,
        "diff.external": run,
        "extensions.partialClone": "evil",
        "filter.evil.clean": run,
        "filter.evil.process": run,
        "filter.evil.required": "true",
        "filter.evil.smudge": run,
        "gpg.program": run,
        "gpg.ssh.program": run,
        "interactive.diffFilter": run,
        "log.showSignature": "true",
        "merge.evil.driver": run,
        "pager.cat-file": run,
        "pager.ls-tree": run,
        "pager.rev-list": run,
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
        "remote.evil.promisor": "true",
        "remote.evil.uploadpack": run,
        "remote.evil.url": f"ext::{run}",
        "remote.evil.vcs": "ext",
        "safe.directory": "*",
        "sequence.editor": run,
        "trace2.eventTarget": str(marker),
        "uploadpack.packObjectsHook": run,
    }
    config = repo.folder / ".git" / "config"
    text = config.read_text("utf-8").replace("repositoryformatversion = 0", "repositoryformatversion = 1")
    for name, value in settings.items():
        section, _, key = name.rpartition(".")
        head, _, sub = section.partition(".")
        shown = f'{head} "{sub}"' if sub else head
        text += f'[{shown}]\n\t{key} = "{value}"\n'
    config.write_text(text, "utf-8")


def test_nothing_in_a_repository_is_run(repo: Repo, tmp_path: Path) -> None:
    """No program that a repository names is run by reading a revision, by the log or by the blame."""
    marker = tmp_path / "marker"
    attributes = "*.policy filter=evil diff=evil merge=evil\n"
    repo.commit("Second", {".gitattributes": attributes, "acme.policy": POLICY.replace("20%", "25%")})
    repo.run("mv", "acme.policy", "new.policy")
    repo.commit("Third")
    hostile(repo, marker)
    assert git.load_at("HEAD~1:acme.policy").graph.rules
    assert len(entries("new.policy")) == 2
    assert blamed("new.policy", "ceiling")["ceiling"]["changed"]["subject"] == "Second"
    assert refused("nowhere:acme.policy")[0] == "C132"
    assert not marker.exists()


def test_what_a_clone_lacks_is_not_fetched(repo: Repo, tmp_path: Path) -> None:
    """A repository that says a remote has its missing files does not make git ask there, by whatever transport."""
    marker = tmp_path / "marker"
    blob = repo.run("rev-parse", "HEAD:acme.policy")
    lost = repo.folder / ".git" / "objects" / blob[:2] / blob[2:]
    lost.chmod(lost.stat().st_mode | stat.S_IWUSR)
    lost.unlink()
    hostile(repo, marker)
    config = repo.folder / ".git" / "config"
    text = config.read_text("utf-8")
    for change in ("", '[remote "evil"]\n\tvcs = ""\n\turl = ""\n\turl = "/tmp"\n'):
        config.write_text(text + change, "utf-8")
        assert refused("HEAD:acme.policy")[0] == "C130"
    assert not marker.exists()


def test_the_payloads_work(repo: Repo, tmp_path: Path) -> None:
    """The hostile repository does run a program when git is used without care."""
    marker = tmp_path / "marker"
    hostile(repo, marker)
    with contextlib.suppress(subprocess.CalledProcessError):
        repo.run("status")
    assert marker.exists()


def test_names_like_options(repo: Repo) -> None:
    """Files and revisions that are named like options of git are files and revisions."""
    before = set(repo.folder.iterdir())
    repo.commit("Odd", {"--output=x.policy": POLICY})
    repo.run("update-ref", "refs/heads/--output=y", "HEAD")
    assert git.load_at("--output=y:--output=x.policy").graph.rules
    assert entries("./--output=x.policy") == [("introduced", "Odd")]
    assert main(["log", "--", "--output=z.policy"]) == 2
    assert set(repo.folder.iterdir()) - before == {repo.folder / "--output=x.policy"}


def test_replacements_and_grafts_do_not_count(repo: Repo) -> None:
    """A commit stands for itself: what a repository puts in its place is not read."""
    first = repo.run("rev-parse", "HEAD")
    second = repo.commit("Looser", {"acme.policy": POLICY.replace("20%", "90%")})
    repo.run("replace", second, first)
    assert entries() == [("changed", "Looser"), ("introduced", "First")]


@pytest.mark.usefixtures("repo")
def test_the_environment_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that lead git elsewhere, or make it run something, are not passed on."""
    marker = tmp_path / "marker"
    other = Repo(tmp_path / "other")
    other.commit("Other", {"acme.policy": "nothing"})
    for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_TRACE"):
        monkeypatch.setenv(name, str(marker))
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='false'")
    assert entries() == [("introduced", "First")]
    assert not marker.exists()


# The log


def test_the_log_has_what_changed_the_meaning(repo: Repo) -> None:
    """Commits that changed the meaning are listed newest first, with who and which way; others are counted."""
    repo.commit("Layout", {"acme.policy": POLICY.replace("\n", "\n\n") + "# said again\n"})
    repo.commit("Elsewhere", {"README.md": "words"})
    repo.commit("Raise it", {"acme.policy": POLICY.replace("ctf >= 20%", "ctf >= 25%")}, by=BOB, committed_by=ADA)
    printed = logged()
    changed, first = (repo.run("rev-parse", rev)[:10] for rev in ("HEAD", "HEAD~3"))
    assert printed == (
        "acme.policy, 2 commits changed what it means\n\n"
        f"{changed}  2026-01-04  Bob, committed by Ada on 2026-01-04\n"
        "  Raise it\n"
        "  1 looser\n"
        "    looser  `cyber` changed\n\n"
        f"{first}  2026-01-01  Ada\n"
        "  First\n"
        "  first version that compiles, as acme.policy\n\n"
        "1 commit changed only the layout, comments, tests or names of files\n"
    )


def test_the_log_for_programs(repo: Repo) -> None:
    """The document has every change, both signatures, and what each version is compared with."""
    looser = POLICY.replace("ctf >= 20%", "ctf >= 25%").replace("rule approval {", "rule approval { strength aim")
    second = repo.commit("Both", {"acme.policy": looser}, by=BOB)
    found = document()
    entry = found["entries"][0]
    assert (found["schema"], found["commit"], found["path"]) == ("policylang/log/v1", second, "acme.policy")
    assert entry["author"] == {"name": "Bob", "email": "bob@example.org", "at": "2026-01-02T09:00:00+02:00"}
    assert entry["compared_with"] == repo.run("rev-parse", "HEAD~1") == found["entries"][1]["commit"]
    assert (entry["direction"], entry["counts"]["looser"]) == ("looser", 2)
    assert [change["name"] for change in entry["changes"]] == ["approval", "cyber"]
    assert entry["digest"] == load("acme.policy", cache=False).graph.digest


def test_renames_are_followed(repo: Repo) -> None:
    """The history of a file goes on under the name that it had, also in another folder."""
    repo.commit("Raise it", {"acme.policy": POLICY.replace("20%", "25%")})
    (repo.folder / "policies").mkdir()
    repo.run("mv", "acme.policy", "risk.policy", "policies")
    repo.commit("Move")
    moved = POLICY.replace("20%", "30%")
    repo.commit("Again", {"policies/acme.policy": moved})
    found = document("policies/acme.policy")
    assert [(row["subject"], row["path"]) for row in found["entries"]] == [
        ("Again", "policies/acme.policy"),
        ("Raise it", "acme.policy"),
        ("First", "acme.policy"),
    ]
    assert found["without_meaning"] == 1
    assert entries("HEAD~2:acme.policy") == [("changed", "Raise it"), ("introduced", "First")]


def test_a_change_in_a_file_taken_in_counts(repo: Repo) -> None:
    """A commit that touches only a file that the policy takes in is listed when it changes the policy's meaning."""
    repo.commit("Layout there", {"risk.policy": LADDER + "# words\n"})
    repo.commit("Ladder", {"risk.policy": "levels risk: low < medium < high < critical\n"})
    repo.commit("Not used", {"other.policy": LADDER})
    found = document()
    assert [(row["what"], row["subject"]) for row in found["entries"]] == [
        ("changed", "Ladder"),
        ("introduced", "First"),
    ]
    assert found["without_meaning"] == 1


def test_what_does_not_compile_is_listed(repo: Repo) -> None:
    """A version that does not compile stands in the log with its reason; the next is compared with the last good."""
    repo.commit("Break", {"acme.policy": POLICY.replace("cyber >= high forbid", "cyber >= hgih forbid")})
    repo.commit("Mend", {"acme.policy": POLICY})
    repo.commit("Lose the ladder", {"acme.policy": POLICY.replace("20%", "30%"), "risk.policy": "levels"})
    repo.commit("Find it", {"risk.policy": LADDER})
    assert entries() == [
        ("changed", "Find it"),
        ("broken", "Lose the ladder"),
        ("repaired", "Mend"),
        ("broken", "Break"),
        ("introduced", "First"),
    ]
    printed = logged()
    assert "  does not compile: P204 `hgih` is not a level of `risk` (acme.policy, line 9)\n" in printed
    assert "compiles again, and means the same as" in printed
    assert "the last version before that compiles" in printed
    assert document()["entries"][1]["errors"][0]["file"] == "risk.policy"


def test_a_file_that_went_and_came_back(repo: Repo) -> None:
    """A commit that removes the policy is listed, and so is the one that brings it back."""
    (repo.folder / "acme.policy").unlink()
    repo.commit("Drop")
    repo.commit("Back", {"acme.policy": POLICY})
    assert entries() == [("introduced", "Back"), ("removed", "Drop"), ("introduced", "First")]
    assert "acme.policy is removed" in logged()


def test_merges_count_for_what_they_add(repo: Repo) -> None:
    """A merge that only brings changes together is counted; one that says something of its own is listed."""
    repo.run("checkout", "-q", "-b", "side")
    repo.commit("Side", {"acme.policy": POLICY.replace("bio >= 20%", "bio >= 30%")})
    repo.run("checkout", "-q", "main")
    repo.commit("Main", {"acme.policy": POLICY.replace("approval of board", "consultation of board")})
    repo.run("merge", "-q", "--no-commit", "-s", "ours", "side", env={f"GIT_COMMITTER_{k}": v for k, v in ADA.items()})
    both = POLICY.replace("bio >= 20%", "bio >= 30%").replace("approval of board", "consultation of board")
    repo.commit("Join", {"acme.policy": both})
    found = document()
    assert {row["subject"] for row in found["entries"]} == {"Side", "Main", "First"}
    assert found["merges"] == 1
    repo.run("reset", "-q", "--soft", "HEAD~1")
    repo.run("checkout", "-q", "HEAD", ".")
    repo.run("merge", "-q", "--no-commit", "-s", "ours", "side", env={f"GIT_COMMITTER_{k}": v for k, v in ADA.items()})
    repo.commit("Evil", {"acme.policy": both.replace("ctf >= 20%", "ctf >= 59%")})
    assert entries()[0] == ("merged", "Evil")
    assert "a merge that adds to what it brings together" in logged()


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shallow clone the log says that older commits are not seen, and a missing revision may be one of them."""
    repo.commit("Second", {"acme.policy": POLICY.replace("20%", "25%")})
    repo.run("clone", "-q", "--depth=1", f"file://{repo.folder}", str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    assert entries() == [("introduced", "Second")]
    assert "this clone is shallow" in logged()
    with pytest.raises(PolicyError) as caught:
        git.load_at("HEAD~1:acme.policy")
    assert "--unshallow" in caught.value.diagnostics[0].help


def test_what_is_not_committed_is_noted(repo: Repo) -> None:
    """A file on the disk that means something else than its last version, or nothing, is noted; layout is not."""
    note = "to be noted: the file on the disk means something else, which is not committed"
    for change, is_noted in (("# words\n", False), ("rule more { forbid deploy }\n", True), ("rule", True)):
        repo.write("acme.policy", POLICY + change)
        assert (note in logged(), document()["uncommitted"]) == (is_noted, is_noted)
        printed = blame.answered(*blame.words().read(["acme.policy"]), compare).out
        assert (note in printed) is is_noted
    assert note not in logged("HEAD:acme.policy")


def test_only_some_changes_are_shown(repo: Repo) -> None:
    """Three changes of a commit are shown, and how many more there are; with `--all` every one."""
    more = POLICY + "".join(f"rule more{n} {{ require approval of board before deploy }}\n" for n in range(5))
    repo.commit("More", {"acme.policy": more})
    assert ("more2" in logged(), "more3" in logged(), "and 2 more" in logged()) == (True, False, True)
    assert "more4" in logged("acme.policy", "--all")


def test_hostile_texts_are_written_out(repo: Repo) -> None:
    """A name or subject that a terminal or a build service would obey reaches neither."""
    repo.commit("\x1b[2J\u202eodd", {"acme.policy": POLICY.replace("20%", "25%")}, by={**BOB, "NAME": "B\x1b[31mob"})
    printed = logged()
    assert not {"\x1b", "\u202e"} & set(printed)
    assert "B\\u{1b}[31mob" in printed


def test_each_content_is_compiled_once(repo: Repo) -> None:
    """A version whose files have the contents of another is the same graph, not compiled again."""
    repo.commit("Other", {"acme.policy": POLICY.replace("20%", "25%")})
    repo.commit("Back", {"acme.policy": POLICY})
    repository = git.Repository.of(".")
    told: list[tuple[int, int]] = []
    found = history(repository, repository.commit("HEAD"), "acme.policy", lambda done, of: told.append((done, of)))
    assert found.versions[0].graph is found.versions[2].graph
    assert told[-1] == (3, 3)


# Blame


def test_blame_finds_the_last_change_of_meaning(repo: Repo) -> None:
    """A rule is blamed on the commit that changed it or what it rests on, never on layout or on other clauses."""
    repo.commit("Threshold", {"acme.policy": (now := POLICY.replace("ctf >= 20%", "ctf >= 25%"))}, by=BOB)
    repo.commit("Critical", {"acme.policy": (now := now.replace("ctf >= 60%", "ctf >= 70%"))})
    repo.commit("Layout", {"acme.policy": (now := now.replace("rule ceiling { when", "rule ceiling {\n  when"))})
    repo.commit("Approval", {"acme.policy": now.replace("approval of board", "consultation of board")})
    found = blamed("acme.policy")
    assert {name: row["changed"]["subject"] for name, row in found.items()} == {
        "ceiling": "Critical",
        "biology": "First",
        "approval": "Approval",
    }
    ceiling = blamed("HEAD~3:acme.policy", "ceiling")["ceiling"]
    assert ceiling["changed"]["author"]["name"] == "Bob"
    assert ceiling["introduced"]["subject"] == "First"
    assert ceiling["through"] == [{"kind": "category", "name": "cyber"}]
    assert [change["sentence"] for change in ceiling["changes"]] == ["`cyber` changed"]


def test_blame_sees_an_exception(repo: Repo) -> None:
    """An exception to a rule changes what the rule means."""
    repo.commit("Except", {"acme.policy": POLICY + "exception rescue to ceiling { when bio < 1% }\n"})
    found = blamed("acme.policy")
    assert found["ceiling"]["changed"]["subject"] == "Except"
    assert {"kind": "exception", "name": "rescue"} in found["ceiling"]["through"]
    assert found["biology"]["changed"]["subject"] == "First"


def test_blame_names_any_clause(repo: Repo) -> None:
    """Every clause with a name can be asked about, and each was introduced by the first commit."""
    for kind, name in clauses(load("acme.policy", cache=False).graph):
        row = blamed("acme.policy", name)[name]
        assert (row["kind"], row["changed"]["subject"], row["compared_with"]) == (kind, "First", None)
    assert repo.run("status", "--porcelain") == ""


def test_blame_reads(repo: Repo) -> None:
    """For people it says when the meaning last changed, what changed, through what, and when the clause came in."""
    repo.commit("Threshold", {"acme.policy": POLICY.replace("ctf >= 20%", "ctf >= 25%")}, by=BOB)
    changed, first = (repo.run("rev-parse", rev)[:10] for rev in ("HEAD", "HEAD~1"))
    printed = blame.answered(*blame.words().read(["acme.policy", "ceiling"]), compare).out
    assert printed == (
        "rule ceiling\n"
        "  meaning last changed\n"
        f"    {changed}  2026-01-02  Bob\n"
        "      Threshold\n"
        "      1 looser\n"
        "        looser  `cyber` changed\n"
        "      through category cyber\n"
        "  introduced\n"
        f"    {first}  2026-01-01  Ada\n"
        "      First\n"
    )
    table = blame.answered(*blame.words().read(["acme.policy"]), compare).out
    assert table == (
        "acme.policy, 3 rules\n\n"
        f"{changed}  2026-01-02  Bob\n  Threshold\n    ceiling\n\n"
        f"{first}  2026-01-01  Ada\n  First\n    biology, approval\n"
    )


def test_blame_past_what_does_not_compile(repo: Repo) -> None:
    """Versions that do not compile are passed over, and it is said where the change may have been made in one."""
    repo.commit("Break", {"acme.policy": POLICY.replace("ctf >= 20%", "ctf >= 20 apples")})
    repo.commit("Mend", {"acme.policy": POLICY.replace("ctf >= 20%", "ctf >= 25%")})
    found = blamed("acme.policy")
    assert (found["ceiling"]["changed"]["subject"], found["ceiling"]["unclear"]) == ("Mend", True)
    assert found["biology"]["changed"]["subject"] == "First"
    printed = blame.answered(*blame.words().read(["acme.policy", "ceiling"]), compare).out
    assert "versions just before do not compile" in printed


def test_blame_of_what_is_not_there(repo: Repo) -> None:
    """A clause that the newest version lacks is refused, with the version that had it or the nearest name."""
    repo.commit("Drop", {"acme.policy": POLICY.replace("rule biology { when cbrn >= high forbid deploy }\n", "")})
    first = repo.run("rev-parse", "HEAD~1")[:10]
    for name, help_ in (("biology", f"`{first}:acme.policy`"), ("cieling", "did you mean `ceiling`?")):
        with pytest.raises(CallError) as caught:
            blamed("acme.policy", name)
        assert help_ in caught.value.diagnostics[0].help
    assert blamed(f"{first}:acme.policy", "biology")["biology"]["changed"]["subject"] == "First"
    repo.commit("Break", {"acme.policy": "policy"})
    with pytest.raises(PolicyError):
        blamed("acme.policy")


# Calls


@pytest.mark.parametrize("command", ["log", "blame"])
def test_wrong_calls(command: str, repo: Repo) -> None:
    """A call without a policy, with too many words, or about a file that git does not have, is refused."""
    assert main([command]) == 2
    assert main([command, "a", "b", "c"]) == 2
    assert main([command, "acme.policy"]) == 0
    repo.write("new.policy", POLICY)
    err = io.StringIO()
    with contextlib.redirect_stderr(err):
        assert main([command, "new.policy"]) == 2
    assert "C133" in err.getvalue()


def test_options_of_the_log() -> None:
    """The help of both commands says what a path may be."""
    for command in (log, blame):
        assert isinstance(command.words(), argparse.ArgumentParser)
        assert "REV:PATH" in command.words().format_help()


def test_absurd_dates_are_no_date(repo: Repo) -> None:
    """A commit whose date no calendar has, or whose author is malformed, is listed all the same."""
    tree = repo.run("rev-parse", "HEAD^{tree}")
    for signed in ("A <a> 999999999999 +0000", "A <a> 1 +9999", "nothing at all", "A <a> 0 -0000"):
        text = f"tree {tree}\nauthor {signed}\ncommitter {signed}\n\n".encode()
        words = [GIT, "hash-object", "-t", "commit", "--literally", "-w", "--stdin"]
        made = subprocess.run(words, input=text, capture_output=True, check=True, cwd=repo.folder).stdout.decode()
        assert "first version that compiles" in logged(f"{made.strip()}:acme.policy")


def test_old_commits_in_another_encoding(repo: Repo) -> None:
    """A subject that was written in another encoding reads right."""
    repo.run("config", "i18n.commitEncoding", "ISO-8859-1")
    repo.write("acme.policy", POLICY.replace("20%", "25%"))
    repo.run("add", "-A")
    env = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a"}
    kept = {**env, "PATH": os.environ["PATH"], "HOME": "/dev/null"}
    subprocess.run([GIT, "commit", "-q", "-F", "-"], input="Größer".encode("latin-1"), env=kept, check=True)
    assert [subject for _, subject in entries()] == ["Größer", "First"]


# The page on git


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Repo, dict[str, str]]:
    """The repository of the page, in which we are, and the blocks of the page that have a name."""
    text = (ROOT / "docs" / "git.md").read_text("utf-8")
    blocks = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    found = Repo(tmp_path / "page")
    policy = blocks["acme.policy"]
    found.commit("The policy", {"acme.policy": policy})
    found.commit("Elsewhere", {"README.md": "words\n"})
    found.commit("Layout", {"acme.policy": policy.replace(" { ", " {\n  ")})
    looser = policy.replace("20%", "25%")
    found.commit("Fewer false alarms", {"acme.policy": looser}, by=BOB, committed_by=ADA)
    wrong = looser.replace("approval of board", "approval of boards")
    found.commit("Two of the board", {"acme.policy": wrong}, by=BOB)
    found.commit("Spelling", {"acme.policy": looser}, by=BOB)
    monkeypatch.chdir(found.folder)
    return found, blocks


def test_the_page_shows_what_is_printed(pages: tuple[Repo, dict[str, str]]) -> None:
    """The log and the blame on the page are those of its repository, but for the sentences of changes."""
    _, blocks = pages
    assert [line for line in logged().splitlines() if not line.startswith("    ")] == [
        line for line in blocks["log"].splitlines() if not line.startswith("    ")
    ]
    assert blame.answered(*blame.words().read(["acme.policy"]), compare).out == blocks["blame"]


def test_the_conversion_of_the_page_shows_meaning(pages: tuple[Repo, dict[str, str]]) -> None:
    """With the program of the page git shows a change of meaning, and none where only the layout changed."""
    repo, blocks = pages
    program = repo.folder / ".git" / "policy_meaning.py"
    program.write_text(blocks["policy_meaning.py"], "utf-8")
    repo.write(".git/info/attributes", "*.policy diff=policy\n")
    repo.run("config", "diff.policy.textconv", f"'{sys.executable}' '{program}'")
    layout, meaning, broken = (repo.run("diff", f"HEAD~{n}", f"HEAD~{n - 1}", "--", "acme.policy") for n in (4, 3, 2))
    assert "@@" not in layout
    assert "(>= 1/4 measure ctf 1)" in meaning
    assert "approval of boards" in broken
