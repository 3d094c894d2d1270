"""The pages that list everything: every command with its help, every code with its page, every folder with a README."""

import difflib
import importlib
import re
import subprocess
from collections.abc import Callable, Iterator

import pytest

from house import ROOT
from policylang import cli
from policylang.cli.schema import SCHEMAS
from policylang.codes import CODES
from policylang.explain import families

COMMANDS = """\
# Commands

<!-- made by `pytest tests/test_reference.py --accept` from what the commands say of themselves -->

What `policyc COMMAND --help` prints, for each command.

"""
MESSAGES = """\
# Codes

<!-- made by `pytest tests/test_reference.py --accept` from policylang/codes/ -->

Every message has a code, and every code a page; `policyc explain CODE` prints it.

"""
FENCE = "```"


def commands() -> str:
    """The page of all commands."""
    parts = [COMMANDS, f"{FENCE}text\n{cli.overview()}{FENCE}\n"]
    for name in cli.COMMANDS:
        command = importlib.import_module(f"policylang.cli.{name}")
        parts.append(f"\n## `policyc {name}`\n\n{FENCE}text\n{command.words().format_help()}{FENCE}\n")
    return "".join(parts)


def messages() -> str:
    """The page of all codes, by what they are about."""
    parts = [MESSAGES.rstrip("\n") + "\n"]
    for family, found in families():
        parts.append(f"\n## {family.capitalize()}\n")
        parts += [
            f"\n### {item.name}\n\n{FENCE}text\n{item.name}: {item.title}\n\n{item.page.rstrip()}\n{FENCE}\n"
            for item in found
        ]
    return "".join(parts)


@pytest.mark.parametrize(("name", "made"), [("docs/commands.md", commands), ("docs/codes.md", messages)])
def test_the_page_is_what_the_program_says(name: str, made: Callable[[], str], *, accept: bool) -> None:
    """The page lists every help text or every code, word by word."""
    path, text = ROOT / name, made()
    written = path.read_text("utf-8") if path.exists() else ""
    if accept and text != written:
        path.write_text(text, "utf-8")
    elif text != written:
        pytest.fail("\n".join(difflib.unified_diff(written.splitlines(), text.splitlines(), name, "made", n=1)))


def test_every_help_has_examples_and_statuses() -> None:
    """Each help text shows calls of its command, and says what each exit status means."""
    wrong = []
    for name in cli.COMMANDS:
        text = importlib.import_module(f"policylang.cli.{name}").words().format_help()
        wrong += [name for said in (f"\n  policyc {name}", "exit status") if said not in text]
    assert wrong == []


def test_every_code_has_a_family() -> None:
    """No code stands among the others that nobody has named."""
    listed = [item.name for family, found in families() for item in found if family != "other findings"]
    assert sorted(listed) == sorted(CODES)


def _folders() -> Iterator[str]:
    """The folders a reader opens: those at the top, and those of policies."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [line.split("/") for line in listed.stdout.splitlines()]
    yield from sorted({parts[0] for parts in names if len(parts) > 1 and not parts[0].startswith(".")})
    yield from sorted({"/".join(parts[:2]) for parts in names if len(parts) > 2 and parts[0] == "policies"})


def test_every_folder_has_a_readme() -> None:
    """Whoever opens a folder is told what lives there."""
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout of git")
    folders = list(_folders())
    assert [name for name in folders if not (ROOT / name / "README.md").exists()] == []
    text = (ROOT / "README.md").read_text("utf-8")
    told = [name for name in folders if "/" not in name and f"[{name}/](" not in text]
    assert told == []


def test_the_readme_names_every_command() -> None:
    """The table of commands has each of them."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in cli.COMMANDS if f"| `policyc {name}" not in text] == []


def test_the_page_of_documents_names_every_schema() -> None:
    """docs/output.md lists what `policyc schema` prints, and nothing else."""
    text = (ROOT / "docs/output.md").read_text("utf-8")
    listed = next(line for line in text.splitlines() if line.startswith("`policyc schema NAME`"))
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(SCHEMAS)


def test_the_list_of_documents_is_whole() -> None:
    """docs/README.md links to every page beside it."""
    text = (ROOT / "docs/README.md").read_text("utf-8")
    pages = sorted(path.name for path in (ROOT / "docs").glob("*.md") if path.name != "README.md")
    assert [name for name in pages if f"]({name})" not in text] == []
