"""The layout: what it never changes, what it depends on, pages of what it is, and the command that writes it."""

import contextlib
import functools
import io
import json
import random
import re
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from house import ROOT
from pages import CASES, cases, found, pages, rewrite
from policylang import syntax
from policylang.cli import main
from policylang.cli.schema import SCHEMAS
from policylang.diagnostics import Diagnostic
from policylang.format import edits, formatted
from policylang.format.words import leaves
from policylang.parse import parse, parts
from policylang.source import Source
from strategies import SEEDS, draft_of
from test_parse import SENTENCES

README = (ROOT / "grammar" / "README.md").read_text("utf-8")
POLICY = 'policy acme "Acme" { version "1" }\nrole   board # the board\r\n'
LAID = 'policy acme "Acme" {\n  version "1"\n}\nrole board  # the board\n'
BROKEN = "rule r { forbid"

Token = tuple[str, bool]
"""A word, and whether it could be any other name."""


@pytest.mark.parametrize("page", pages("format"), ids=lambda page: page.stem)
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page has the layout it shows, to the byte."""
    if accept:
        rewrite(page)
    assert {case.title: found(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}


# Laws


def laid(text: str, name: str = "a.policy") -> str:
    """The layout of a text that has no fault."""
    faults: list[Diagnostic] = []
    made = formatted(Source(name=name, text=text), faults)
    assert not faults, faults[0].message
    assert made is not None
    return made


def tree(text: str) -> syntax.Module:
    """The tree of a text that has no fault."""
    faults: list[Diagnostic] = []
    module = parse(Source(name="a.policy", text=text), faults)
    assert not faults, faults[0].message
    return module


def tokens(text: str) -> list[list[Token]]:
    """The words of each declaration of a text; a short name may be any other, which `monotone` may not."""
    items, _ = parts(Source(name="a.policy", text=text), [])
    return [
        [(text[leaf.start : leaf.end], leaf.kind == "NAME" and leaf.end - leaf.start < 8) for _, leaf in leaves(item)]
        for item in items
    ]


@functools.cache
def declarations() -> tuple[list[Token], ...]:
    """Declarations of every kind, as people and generators write them."""
    written = [next(case for case in cases(CASES / "parse" / "language.md")).files["case.policy"], *SENTENCES]
    written += [draft_of(seed).text() for seed in range(6)]
    written.append((ROOT / "policies" / "community" / "reference-1.0.test.policy").read_text("utf-8"))
    return tuple(item for text in written for item in tokens(text))


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|#.*')
_GLUED = re.compile(r"[A-Za-z0-9_.%<>=!+-]{2}")


def scrambled(words: Sequence[str], rng: random.Random, notes: float) -> str:
    """Words with any white space between them, and comments between some."""
    text = ""
    for number, word in enumerate(words):
        gap = rng.choice((" ", "\n", "\r\n\t ", "", "  \f"))
        if rng.random() < notes:
            gap = rng.choice((" # {0}\n", "\n# {0}  \n", "\n\n # {0}\n\n\n  # b{0}\n", "#{0}\r\n")).format(number)
        text += " " + word if gap == "" and _GLUED.match(text[-1:] + word[0]) else gap + word
    return text


@settings(max_examples=60)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), SEEDS, st.sampled_from([0.0, 0.03, 0.3]))
def test_layout_changes_nothing_but_white_space(numbers: list[int], seed: int, notes: float) -> None:
    """However words and comments stand, their layout has the same tree, words and comments, and is its own layout.

    But for blank lines it depends on words and comments alone.
    """
    rng, pool = random.Random(seed), declarations()
    longer = rng.choice((0, 0, 12, 40))
    chosen = [pool[number % len(pool)] for number in numbers]
    words = [f"{word}{'_' * rng.randint(0, longer)}" if name else word for item in chosen for word, name in item]
    text = scrambled(words, rng, notes)
    made, before = laid(text), tree(text)
    after = tree(made)
    assert after == before
    assert [one.text for one in after.comments] == [one.text.rstrip() for one in before.comments]
    assert [word for item in tokens(made) for word, _ in item] == words
    assert laid(made) == made
    lines = made.split("\n")
    assert [line.rstrip(" \t\r\f") for line in lines] == lines
    assert lines[0]
    assert lines[-2:] == [lines[-2], ""]
    assert not re.search(r"\n\n\n|\{\n\n|\n\n\Z", made)
    assert not re.search(r"[\t\r\f]", _QUOTED.sub("", made))
    if not notes:
        assert laid(" ".join(words)) == laid(re.sub(r"\n\n+", "\n", made))


@settings(max_examples=25)
@given(SEEDS)
def test_each_edit_can_be_made_alone(seed: int) -> None:
    """Any part of the edits leaves the tree and the comments as they were, so an editor may make those of a range."""
    rng = random.Random(seed)
    chosen = rng.sample(declarations(), 4)
    text = scrambled([word for item in chosen for word, _ in item], rng, 0.1)
    made = edits(Source(name="a.policy", text=text), [])
    assert made is not None
    part = text
    for edit in reversed([edit for edit in made if rng.random() < 0.5]):
        part = part[: edit.span.start] + edit.text + part[edit.span.end :]
    assert tree(part) == tree(text)
    assert laid(part) == laid(text)


def test_long_lines_are_broken_where_they_can_be() -> None:
    """No line of the shipped policies is longer than 120 columns, nor is one that no text or comment makes longer."""
    names = ", ".join(f"action_{number}" for number in range(300))
    text = laid(f"rule r {{ forbid {names} when {names.replace(', ', ' or ')} notify {names} before {names} }}")
    assert max(map(len, text.split("\n"))) <= 120


@pytest.mark.parametrize(
    "text",
    [
        "define a as " + "+" * 2000 + "b >= 1",
        "define a as " + "b + " * 1500 + "b >= 1",
        "define a as " + "(" * 40 + "b" + ")" * 40,
        "rule r { forbid " + "b, " * 1500 + "b }",
        "",
        " \n\n",
    ],
    ids=["signs", "sum", "parentheses", "names", "empty", "blank"],
)
def test_odd_texts_have_a_layout(text: str) -> None:
    """What is very long, deep or nothing at all is laid out like the rest."""
    made = laid(text)
    assert laid(made) == made
    assert made.split() == text.split()


def test_the_policies_of_the_reference_have_a_layout() -> None:
    """Every policy on the page of the language can be laid out, and says the same afterwards."""
    blocks = re.findall(r"^```policy[^\n]*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 30
    for text in blocks:
        assert tree(laid(text)) == tree(text)


def test_a_markdown_file_keeps_its_prose_and_line_ends() -> None:
    """In Markdown with carriage returns all lines keep them, also in the blocks that are laid out."""
    text = "Prose  \r\n\r\n```policy\r\nrole   a\r\n\r\n\r\nrole b\r\n```\r\nend"
    expected = "Prose  \r\n\r\n```policy\r\nrole a\r\n\r\nrole b\r\n```\r\nend"
    assert laid(text, "a.policy.md") == expected


# The command


def called(*words: str) -> tuple[int, str, str]:
    """A call in this process: how it ended, and what it printed."""
    ends = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(end, "utf-8") for end in ends)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, ends[0].getvalue().decode(), ends[1].getvalue().decode()


def piped(text: str, *words: str) -> tuple[int, str, str]:
    """A call in a process of its own, with a text on standard input."""
    command = [sys.executable, "-m", "policylang", "fmt", "-", *words]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy in another layout, its tests in theirs, a Markdown policy, and what is no policy."""
    files = {
        "acme.policy": POLICY,
        "acme.test.policy": 'test "t" {\n  expect x permitted\n}\n',
        "deep/page.policy.md": "Prose\n```policy\nrole   a\n```\n",
        "notes.txt": "role   a",
        ".hidden/away.policy": POLICY,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


def test_the_shipped_policies_are_laid_out() -> None:
    """Every policy that ships, with its tests and examples, is in its layout."""
    status, out, err = called("fmt", "--check", str(ROOT / "policies"))
    assert (status, err) == (0, ""), out


def test_a_folder_is_written_in_place(folder: Path) -> None:
    """Files in a folder and below are written in their layout, with the rights they had; the others are not touched."""
    (folder / "acme.policy").chmod(0o640)
    before = (folder / "acme.test.policy").stat().st_mtime_ns
    status, out, err = called("fmt", str(folder))
    assert (status, err) == (0, "")
    assert out.splitlines()[-1] == "3 files: 2 formatted"
    assert (folder / "acme.policy").read_bytes() == LAID.encode()
    assert stat.S_IMODE((folder / "acme.policy").stat().st_mode) == 0o640
    assert (folder / "acme.test.policy").stat().st_mtime_ns == before
    assert (folder / "deep" / "page.policy.md").read_text("utf-8") == "Prose\n```policy\nrole a\n```\n"
    assert (folder / ".hidden" / "away.policy").read_bytes() == POLICY.encode()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [".hidden", "acme.policy", "acme.test.policy", "deep", "notes.txt"]
    )
    assert called("fmt", str(folder))[:2] == (0, "3 files: nothing to change\n")


def test_check_and_diff_write_nothing(folder: Path) -> None:
    """`--check` names what would change, `--diff` shows it, both end with 1; once it is written, with 0."""
    path = str(folder / "acme.policy")
    status, out, _ = called("fmt", "--check", str(folder))
    assert (status, out.splitlines()[-1]) == (1, "3 files: 2 would change")
    assert f"would change  {path}" in out
    status, out, _ = called("fmt", "--diff", path)
    assert status == 1
    assert out.splitlines()[:2] == [f"--- {path}", f"+++ {path}"]
    assert "-role   board # the board\\r" in out
    assert "+role board  # the board" in out
    assert (folder / "acme.policy").read_bytes() == POLICY.encode()
    assert called("fmt", path)[0] == 0
    assert called("fmt", "--diff", path) == (0, "", "")


def test_a_broken_file_is_left_and_the_others_are_done(folder: Path) -> None:
    """What cannot be read, parsed or written is said and stays as it is; the rest is written; the status is 2."""
    (folder / "broken.policy").write_text(BROKEN)
    (folder / "fixed.policy").write_text("role   a")
    (folder / "fixed.policy").chmod(0o444)
    (folder / "bytes.policy").write_bytes(b"role \xff")
    status, out, err = called("fmt", str(folder), str(folder / "gone.policy"))
    assert status == 2
    assert out.splitlines()[-1] == "7 files: 2 formatted, 4 not done"
    for said in ("error[P102]", "is read-only", "it is not UTF-8", "No such file".lower()):
        assert said in err
    assert (folder / "broken.policy").read_text() == BROKEN
    assert (folder / "fixed.policy").read_text() == "role   a"
    assert (folder / "acme.policy").read_bytes() == LAID.encode()


def test_a_link_stays_a_link(folder: Path) -> None:
    """A link that is named leads to the file that is written; links in a folder are passed over."""
    inside, link = folder / "deep", folder / "link.policy"
    link.symlink_to(folder / "acme.policy")
    (inside / "other.policy").symlink_to(folder / "acme.policy")
    assert called("fmt", str(inside))[1].splitlines()[-1] == "1 file: 1 formatted"
    assert (folder / "acme.policy").read_bytes() == POLICY.encode()
    assert called("fmt", str(link))[0] == 0
    assert link.is_symlink()
    assert (folder / "acme.policy").read_bytes() == LAID.encode()


def test_standard_input_is_laid_out_on_standard_output() -> None:
    """`-` gives the layout of standard input, or nothing of what is broken; its name says whether it is Markdown."""
    assert piped("role   a # \u00e9") == (0, "role a  # \u00e9\n", "")
    page = "# Prose\n```policy\nrole   a\n```\n"
    assert piped(page, "--stdin-name", "a.policy.md") == (0, page.replace("   ", " "), "")
    status, out, err = piped(BROKEN)
    assert (status, out) == (2, "")
    assert "error[P102]" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no policy is named"),
        (("-", "a.policy"), "does not go with files"),
        (("-", "--format", "json"), "no form but its own"),
        (("a.policy", "--stdin-name", "b"), "`--stdin-name` is about standard input"),
        (("notes.txt",), "is no policy"),
        (("EMPTY",), "there is no policy in the folder"),
    ],
)
def test_wrong_calls_are_said(words: Sequence[str], said: str, tmp_path: Path) -> None:
    """A call that cannot be answered says why, and ends with 2."""
    status, out, err = called("fmt", *(word.replace("EMPTY", str(tmp_path)) for word in words))
    assert status == 2
    assert said in out + err


def test_the_document_is_as_its_schema_says(folder: Path) -> None:
    """`--format json` gives each file with its state, what changes, and what is wrong, as the schema says."""
    (folder / "broken.policy").write_text(BROKEN)
    status, out, _ = called("fmt", "--diff", "--format", "json", str(folder))
    document = json.loads(out)
    schema = SCHEMAS["layout"]()
    Draft202012Validator.check_schema(schema)
    assert not list(Draft202012Validator(schema).iter_errors(document))
    assert status == 2
    assert [one["state"] for one in document["files"]] == ["unformatted", "unchanged", "broken", "unformatted"]
    assert [one["code"] for one in document["diagnostics"]] == ["P102"]
