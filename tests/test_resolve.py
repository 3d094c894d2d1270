"""Policies of several files: what is taken in, each once, within limits, and where its nodes stand."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylang.compile import compile_policy
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.parse import MAX_TOKENS
from policylang.resolve import MAX_FILES, MAX_TOTAL, Read, gather, resolve
from policylang.source import Source
from random_policies import random_policy

Files = dict[str, str]


def read_of(files: Files, asked: list[str]) -> Read:
    """What reads the files of a test, and keeps what it was asked for."""

    def read(path: str, _beside: Source) -> Source:
        asked.append(path)
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return Source(name=path, text=files[path])

    return read


def gathered(files: Files) -> tuple[list[Diagnostic], list[str], int]:
    """What is found in taking in the files of a policy, what was asked for, and how many files there are."""
    found: list[Diagnostic] = []
    asked: list[str] = []
    name, text = next(iter(files.items()))
    modules, _ = gather(Source(name=name, text=text), read_of(files, asked), found)
    return found, asked, len(modules)


def test_a_file_is_parsed_once() -> None:
    """However many files name a file, it is parsed once."""
    files = {f"{n}.policy": f'use "{n + 1}.policy" use "{n + 2}.policy" role r_{n}' for n in range(5)}
    files |= {"5.policy": "role r_5", "6.policy": "role r_6"}
    found, _, count = gathered(files)
    assert (found, count) == ([], 7)


def test_a_file_that_is_not_there() -> None:
    """What the system says is said in our way: lower case, with the file."""
    found, _, _ = gathered({"a.policy": 'use "b.policy"'})
    assert [d.message for d in found] == ["`b.policy` cannot be taken in: no such file or directory"]


def test_too_many_files() -> None:
    """A policy that takes in very many files is refused, and asks for no more of them."""
    files = {"a.policy": "\n".join(f'use "{n}.policy"' for n in range(MAX_FILES + 50))}
    files |= {f"{n}.policy": "" for n in range(MAX_FILES + 50)}
    found, asked, _ = gathered(files)
    assert [d.code for d in found] == ["P206"]
    assert len(asked) <= MAX_FILES


def test_files_that_are_too_large_together() -> None:
    """Files that are within the limit each, and beyond it together, are refused."""
    count = MAX_TOTAL // (1 << 20)
    files = {"a.policy": "\n".join(f'use "{n}.policy"' for n in range(count))}
    files |= {f"{n}.policy": "# " + "x" * ((1 << 20) - 3) + "\n" for n in range(count)}
    found, _, _ = gathered(files)
    assert [d.message for d in found] == [f"`{count - 1}.policy` brings the policy over {MAX_TOTAL >> 20} MiB"]


def test_files_that_are_too_long_together() -> None:
    """Words are counted over all files."""
    half = "role a\n" * (MAX_TOKENS // 3)
    found, _, _ = gathered({"a.policy": 'use "b.policy" ' + half, "b.policy": half})
    assert [d.message for d in found] == [f"`b.policy` brings the policy over {MAX_TOKENS} words and signs"]


def test_nodes_stand_in_their_own_file() -> None:
    """The place of a declaration that was taken in is in the file it was taken from."""
    files = {"a.policy": 'policy a { version "1" }\nuse "b.policy"', "b.policy": "\n\nrole board"}
    found: list[Diagnostic] = []
    modules, joins = gather(Source(name="a.policy", text=files["a.policy"]), read_of(files, []), found)
    resolved = resolve(modules, joins, found)
    assert not found
    assert str(resolved.place(resolved.named["role"]["board"].name)) == "b.policy:3:6"


@given(st.integers(0, 2**32), st.integers(0, 2**32))
@settings(max_examples=15)
def test_declarations_may_stand_in_another_file(seed: int, cut: int) -> None:
    """A policy that takes part of its declarations in from another file is the same policy."""
    draft = random_policy(random.Random(seed))
    texts = [piece.text for piece in draft.pieces]
    at = cut % (len(texts) + 1)
    files = {"b.policy": "\n".join(texts[at:])}
    whole = compile_policy(Source(name="a.policy", text=draft.text()), read_of({}, []))
    text = "\n".join([draft.header.text, 'use "b.policy"', *texts[:at]])
    split = compile_policy(Source(name="a.policy", text=text), read_of(files, []))
    assert split.graph.digest == whole.graph.digest


def test_an_extension_that_changes_nothing() -> None:
    """A policy that only extends another is the other under its own name."""
    base = 'policy a { version "1" confidence 95% force legal effective 2026-01-01 }'
    base += " action deploy rule r { forbid deploy }"
    files = {"base.policy": base}
    text = 'policy a { version "1" extends "base.policy" }'
    own = compile_policy(Source(name="a.policy", text=text), read_of(files, []))
    assert own.graph.digest == compile_policy(Source(name="b.policy", text=base), read_of({}, [])).graph.digest


@pytest.mark.parametrize("path", ["b.policy", "../b.policy", "b"])
def test_what_reads_may_refuse(path: str) -> None:
    """A reader that refuses a path is quoted."""

    def read(_path: str, _beside: Source) -> Source:
        raise ValueError("A path relative to this file is wanted")

    with pytest.raises(PolicyError) as error:
        compile_policy(Source(name="a.policy", text=f'policy a {{ version "1" }} use "{path}"'), read)
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.message == f"`{path}` cannot be taken in: a path relative to this file is wanted"
