"""Policies that people wrote: the Preparedness Framework, and the example of the language's own description."""

from pathlib import Path

from policylang import resources

PREPAREDNESS = resources.policy_text("openai/preparedness-2023-12-18.policy")

_PAGE = (Path(__file__).parent / "cases" / "parse" / "language.md").read_text("utf-8")
EXAMPLE = _PAGE.split("```policy\n")[1].split("\n```")[0] + "\n"
