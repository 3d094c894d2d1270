"""The files that are shipped with us: the grammar, the standard policies, and the templates of reports.

They are found by package, not by path, so that a checkout, an editable install, a wheel and a zip file answer alike.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def grammar_text() -> str:
    """The grammar of the language, as `lark` reads it."""
    return _package("policylang.grammar").joinpath("policy.lark").read_text("utf-8")


def reference_text() -> str:
    """The reference of the language, Markdown."""
    return _package("policylang.grammar").joinpath("README.md").read_text("utf-8")


def grammar_tables() -> str:
    """The tables of the grammar, worked out beforehand; empty when they are not there."""
    try:
        return _package("policylang.grammar").joinpath("policy.tables.json").read_text("utf-8")
    except FileNotFoundError:
        return ""


def grammar_tokens() -> str:
    """The words and signs of the language, for what colours policies without parsing them: a JSON table."""
    return _package("policylang.grammar").joinpath("tokens.json").read_text("utf-8")


def policy_names() -> tuple[str, ...]:
    """The names of the standard policies, sorted: `openai/preparedness-2023-12-18.policy`. Examples are none."""
    found = _policies(_package("policylang.policies"), "")
    return tuple(sorted(name for name in found if not name.startswith("examples/")))


def policy_text(name: str) -> str:
    """The text of the standard policy of that name; raises FileNotFoundError when there is none."""
    if name not in policy_names():
        raise FileNotFoundError(name)
    return _package("policylang.policies").joinpath(*name.split("/")).read_text("utf-8")


def policy_path(name: str) -> str | None:
    """The path of a standard policy, where it is a file of its own; None else."""
    found = _package("policylang.policies").joinpath(*name.split("/"))
    return str(found) if name in policy_names() and hasattr(found, "__fspath__") else None


def vocabulary_text() -> str:
    """The vocabulary of the standard policies: their names in neutral terms."""
    return _package("policylang.policies").joinpath("vocabulary.yaml").read_text("utf-8")


def report_text(name: str) -> str:
    """A template or a style sheet of the report of a difference; raises FileNotFoundError when there is none."""
    return _package("policylang.reports.difference").joinpath(name).read_text("utf-8")


def explanation_text(name: str) -> str:
    """A template or a style sheet of an explanation as a page; raises FileNotFoundError when there is none."""
    return _package("policylang.reports.explained").joinpath(name).read_text("utf-8")


def project_text(name: str) -> str:
    """A template of a file of a new project; raises FileNotFoundError when there is none."""
    return _package("policylang.project").joinpath(name).read_text("utf-8")


def drawing_text(name: str) -> str:
    """The style sheet of pictures; raises FileNotFoundError when there is none of that name."""
    return _package("policylang.reports.drawing").joinpath(name).read_text("utf-8")


def _policies(folder: "Traversable", prefix: str) -> list[str]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _policies(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith((".policy", ".policy.md")) and not entry.name.endswith(".test.policy"):
            found.append(prefix + entry.name)
    return found


def _package(name: str) -> "Traversable":
    from importlib.resources import files  # takes longer to import than an unchanged policy takes to decide

    return files(name)
