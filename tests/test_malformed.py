"""Malformed input: whatever is fed to `policyc` ends in a clear message and status 2, soon and in little memory."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from malformed import HEAD, SMALL, Case, calls, evidence, policies
from malformed.calling import MAX_KIB, MAX_SECONDS, call, laid_out, spawn, wrong_with
from malformed.damage import damaged
from policylang.cli import main

POLICIES = list(policies.cases())
EVIDENCE = list(evidence.cases())
CALLS = list(calls.cases())
HEAVY = [case for case in (*POLICIES, *EVIDENCE, *CALLS) if case.heavy]


def named(case: Case) -> str:
    """The name of a case, short enough for a report."""
    return case.name.encode("ascii", "backslashreplace").decode()[:80]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of our own, in which the sound policies are found compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def holds(case: Case, folder: Path) -> None:
    """Check a case in this process."""
    laid_out(case, folder)
    outcome = call(case.words, folder)
    assert list(wrong_with(case, outcome)) == [], outcome.err[:2000]
    assert outcome.seconds < MAX_SECONDS


def test_there_are_enough_of_every_kind() -> None:
    """There are more than three hundred cases, of policies, of evidence and of calls, no two of one name."""
    assert len(POLICIES) > 300
    assert len(EVIDENCE) > 300
    assert len(CALLS) > 100
    assert len({case.name for case in (*POLICIES, *EVIDENCE, *CALLS)}) == len(POLICIES) + len(EVIDENCE) + len(CALLS)


@pytest.mark.parametrize("case", POLICIES, ids=named)
def test_policy(case: Case, tmp_path: Path) -> None:
    """A malformed policy is refused with a code, a place and a remedy."""
    holds(case, tmp_path)


@pytest.mark.parametrize("case", EVIDENCE, ids=named)
def test_evidence(case: Case, tmp_path: Path) -> None:
    """Malformed evidence is refused with a code, a place and a remedy."""
    holds(case, tmp_path)


@pytest.mark.parametrize("case", CALLS, ids=named)
def test_call(case: Case, tmp_path: Path) -> None:
    """A call that cannot be answered is refused with a code and a remedy."""
    holds(case, tmp_path)


@pytest.mark.parametrize("first", range(0, 100, 10))
def test_damage(first: int, tmp_path: Path) -> None:
    """What chance makes of sound files is judged or refused, and never permitted."""
    for seed in range(first, first + 10):
        (folder := tmp_path / str(seed)).mkdir()
        holds(damaged(seed), folder)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell what memory was taken")
@pytest.mark.parametrize("case", HEAVY[::7], ids=named)
def test_heavy(case: Case, tmp_path: Path) -> None:
    """In a process of its own a case ends alike, and takes half a gigabyte at most."""
    laid_out(case, tmp_path)
    outcome = spawn(case.words, tmp_path)
    assert list(wrong_with(case, outcome)) == [], outcome.err[:2000]
    assert outcome.kib < MAX_KIB


def test_sound_files_are_judged(tmp_path: Path) -> None:
    """The files that the cases are made from are sound: what is refused is refused for what is wrong with it."""
    for name, text in (("base", policies.BASE), ("example", policies.EXAMPLE), ("small", SMALL)):
        (tmp_path / f"{name}.policy").write_text(text)
        (tmp_path / "sound.yaml").write_text(HEAD)
        assert call(("check", f"{name}.policy", "sound.yaml", "--no-cache"), tmp_path).status in (1, 3)
    (tmp_path / "full.json").write_text(evidence.full())
    words = ("check", "small.policy", "full.json", "--as-of", "2026-11-21", "--no-cache")
    assert call(words, tmp_path).status == 1


# Streams


def _sound(folder: Path) -> list[str]:
    (folder / "sound.policy").write_text(SMALL)
    (folder / "sound.yaml").write_text(HEAD)
    return [sys.executable, "-m", "policylang", "check", "sound.policy", "sound.yaml", "--no-cache"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--color", "always"]])
def test_output_that_cannot_be_written(tmp_path: Path, options: list[str]) -> None:
    """A report that cannot be written is no answer: status 2, and a word on standard error."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*_sound(tmp_path), *options], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert done.returncode == 2
    assert b"error[C110]" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_are_closed(tmp_path: Path, closed: str) -> None:
    """A closed stream never makes a status of 0 nor a traceback."""
    line = f'exec "$@" {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *_sound(tmp_path)], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == (3 if closed == "<&-" else 2)
    assert b"Traceback" not in done.stdout + done.stderr


def test_standard_input_that_is_malformed(tmp_path: Path) -> None:
    """Evidence on standard input is read as strictly as a file, and named as what it is."""
    for data, code in (
        (b"", "E105"),
        (b"\xff\xfe", "E101"),
        (b"a: [", "E107"),
        (b"\0" * 100, "E101"),
        (b"[" * 90_000, "E104"),
    ):
        command = [*_sound(tmp_path)[:-2], "-", "--format", "json"]
        done = subprocess.run(command, cwd=tmp_path, input=data, capture_output=True, check=False, timeout=60)
        assert done.returncode == 2
        assert f"error[{code}]".encode() in done.stderr
        assert b"<stdin>" in done.stderr


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="everything can be read by the superuser")
def test_files_that_may_not_be_read(tmp_path: Path) -> None:
    """A file that may not be read is an error that names it."""
    _sound(tmp_path)
    for name in ("sound.policy", "sound.yaml"):
        (tmp_path / name).chmod(0)
        outcome = call(("check", "sound.policy", "sound.yaml", "--no-cache"), tmp_path)
        assert outcome.status == 2
        assert f"`{name}`" in outcome.err
        (tmp_path / name).chmod(0o600)


def test_a_cache_that_was_tampered_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of the cache that is not one of ours is not believed, and the policy is compiled anew."""
    _sound(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    words = ("check", "sound.policy", "sound.yaml", "--format", "json", "--as-of", "2026-11-21")
    before = call(words, tmp_path)
    (entry,) = (tmp_path / "cache" / "policylang").glob("*.json")
    whole = entry.read_bytes()
    wrong = [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, whole[:-9], whole.replace(b"deploy", b"deploz")]
    wrong += [
        b'{"sources": %b, "graph": "[1]", "warnings": []}' % names for names in (b"[1, 2]", b'[[], [5, "a"]]', b"{}")
    ]
    for data in wrong:
        entry.write_bytes(data)
        after = call(words, tmp_path)
        assert after.status == before.status
        assert "C111" not in after.err
        with contextlib.suppress(FileNotFoundError):
            entry.unlink()
    assert main(["version"]) == 0
