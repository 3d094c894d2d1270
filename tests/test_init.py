"""New projects: what `policyc init` writes works at once, is written whole or not at all, and over nothing."""

import contextlib
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from policylang import resources
from policylang.cli import main, placing

DAY = ["--as-of", "2026-03-01"]
STANDARDS = ("", "google-deepmind/fsf-3.1")
"""From scratch, and over a framework; tests/campaigns/projects.py goes through all of them."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a call printed, and how it ended."""

    status: int
    out: str
    err: str


def called(*words: str) -> Said:
    """One call, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return Said(status=status, out=out.getvalue(), err=err.getvalue())


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("standard", STANDARDS)
def test_a_new_project_works_at_once(standard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its one layout, no lint finds anything, its tests pass, and the decision is the one its page states."""
    extends = ["--extends", standard] if standard else []
    assert called("init", "acme", *extends, *DAY).status == 0
    monkeypatch.chdir("acme")
    written = ["acme.policy", "acme.test.policy"]
    for words in (["fmt", "--check", *written], ["lint", "acme.policy"], ["test", "acme.policy"]):
        said = called(*words)
        assert (said.status, said.err) == (0, ""), said.out
    page = Path("README.md").read_text("utf-8")
    decided = re.search(r"On the example the decision is: exit status (\d), (.*)\.", page)
    assert decided is not None
    said = called("check", "acme.policy", "evidence/example.yaml", *DAY)
    assert said.out.endswith(f"\nexit {decided[1]}: {decided[2]}\n")
    assert said.status == int(decided[1])


def test_a_project_from_scratch_is_covered_and_permits_its_example() -> None:
    """Its tests show every clause both ways and notice every change, its claims hold, and its example is permitted."""
    called("init", "acme", *DAY)
    assert called("test", "acme/acme.policy", "--coverage", "--require", "100").status == 0
    assert called("test", "acme/acme.policy", "--mutate", "--one-in", "4", "--require", "100").status == 0
    assert called("check", "acme/acme.policy", "acme/evidence/example.yaml", *DAY).status == 0
    assert called("prove", "acme/acme.policy").out.endswith("exit 0: 2 proved\n")


def test_a_standard_policy_is_copied_and_its_digest_stated() -> None:
    """The copy is the text that ships, `sha256sum` would say so, and `--list` names the same digest."""
    called("init", "acme", "--extends", "meta/frontier-1.1.policy", "--ci", "gitlab", "--may-loosen", *DAY)
    assert "sha256sum -c standards/SHA256SUMS" in Path("acme/.gitlab-ci.yml").read_text("utf-8")
    assert "only stricter\n}" not in Path("acme/acme.policy").read_text("utf-8")
    copy = Path("acme/standards/meta/frontier-1.1.policy").read_bytes()
    assert copy == resources.policy_text("meta/frontier-1.1.policy").encode()
    digest = hashlib.sha256(copy).hexdigest()
    sums = Path("acme/standards/SHA256SUMS").read_text("utf-8")
    assert sums == f"{digest}  standards/meta/frontier-1.1.policy\n"
    assert digest in called("init", "--list").out


def test_every_standard_policy_can_be_chosen() -> None:
    """`--list` names each of them with its title, and `--extends` takes the name as it is listed."""
    listed = re.findall(r"^(\S+/\S+)  (\S.*)$", called("init", "--list").out, re.MULTILINE)
    assert [f"{name}.policy" for name, _ in listed] == list(resources.policy_names())
    said = called("init", "acme", "--extends", "openai/preparedness-2023-12")
    assert (said.status, "did you mean `openai/preparedness-2023-12-18`?" in said.err) == (2, True)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    """A file that is there stops all of it, and `--force` writes over what it names and leaves the rest."""
    Path("acme/evidence").mkdir(parents=True)
    Path("acme/README.md").write_text("ours\n", "utf-8")
    Path("acme/evidence/ours.yaml").write_text("ours\n", "utf-8")
    before = tree(tmp_path / "acme")
    said = called("init", "acme", *DAY)
    assert (said.status, "C160" in said.err, "`README.md`" in said.err) == (2, True, True)
    assert tree(tmp_path / "acme") == before
    assert called("init", "acme", *DAY, "--force").status == 0
    after = tree(tmp_path / "acme")
    assert after["evidence/ours.yaml"] == b"ours\n"
    assert after["README.md"] != b"ours\n"


def test_files_can_be_left_out(tmp_path: Path) -> None:
    """In a folder that has a page of its own, `--skip` writes all the rest."""
    (tmp_path / "README.md").write_text("ours\n", "utf-8")
    assert called("init", ".", "--name", "acme", *DAY, "--skip", "README.md", "--ci", "none").status == 0
    assert set(tree(tmp_path)) == {
        "README.md",
        "acme.policy",
        "acme.test.policy",
        "evidence/example.yaml",
        ".pre-commit-config.yaml",
    }
    assert (tmp_path / "README.md").read_text("utf-8") == "ours\n"


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    """Where a file stands in place of a folder, even `--force` changes nothing: what was moved is moved back."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "acme.policy").write_text("ours\n", "utf-8")
    (folder / "evidence").write_text("a file\n", "utf-8")
    before = tree(folder)
    said = called("init", "acme", *DAY, "--force")
    assert (said.status, "nothing was changed" in said.err) == (2, True)
    assert tree(folder) == before
    assert {path.name for path in folder.iterdir()} == {"acme.policy", "evidence"}  # nor is a folder left behind


def test_a_folder_that_was_made_is_taken_away_again(tmp_path: Path) -> None:
    """When nothing can be written, folders that were made for it are gone again."""
    files: Mapping[str, str] = {"a/b.txt": "text", "x" * 300: "a name that is too long"}
    with pytest.raises(OSError, match="too long"):
        placing.place(tmp_path / "new" / "deeper", files)
    assert not (tmp_path / "new").exists()


def test_dry_run_lists_what_would_be_written(tmp_path: Path) -> None:
    """`--dry-run` names every file, and writes none."""
    said = called("init", "acme", *DAY, "--dry-run", "--ci", "gitlab")
    assert not (tmp_path / "acme").exists()
    assert called("init", "acme", *DAY, "--ci", "gitlab").status == 0
    assert {line.strip().removeprefix("acme/") for line in said.out.splitlines()[1:]} == set(tree(tmp_path / "acme"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["1", "--dry-run"], "C162"),
        ([".", "--name", "a b"], "C162"),
        (["acme", "--title", "<script>"], "C162"),
        (["acme", "--extends", "acme.policy"], "C161"),
        (["acme", "beta"], "C101"),
        (["acme", "--may-loosen"], "C101"),
        (["acme", "--skip", "REDME.md"], "C101"),
        (["acme", "--ci", "jenkins"], "C101"),
    ],
)
def test_a_wrong_call_writes_nothing(words: list[str], code: str, tmp_path: Path) -> None:
    """A name, a title or a framework that cannot be is answered with its code, and nothing is written."""
    said = called("init", *words)
    assert (said.status, f"error[{code}]" in said.err) == (2, True)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("OpenAI", ["openai/preparedness-2023-12-18", "openai/preparedness-2025-04-15"]),
        ("Preparedness Framework v2", ["openai/preparedness-2025-04-15"]),
        ("rsp", ["anthropic/rsp-1.0", "anthropic/rsp-3.4", "metr/rsp-components"]),
        ("openai/prepardness-2023-12-18", ["openai/preparedness-2023-12-18"]),
        ("hospital", []),
    ],
)
def test_a_framework_is_offered_by_parts_of_its_name(wanted: str, offered: list[str]) -> None:
    """What `--extends` does not know is answered with what has its words in name or title, and where all are listed."""
    said = " ".join(called("init", "acme", "--extends", wanted).err.split())
    assert [name for name in offered if name not in said] == []
    assert ("did you mean" in said) is bool(offered)
    assert said.count("/") <= 8
    assert said.endswith("`policyc init --list` lists them all")
