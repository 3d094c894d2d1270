"""`policyc version`: the version of policylang, of Python, and of the forms it reads and writes."""

import argparse
import platform
from collections.abc import Sequence

from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import PRINTED, ExitStatus
from policylang.evidence.forms import SCHEMA
from policylang.graph.canonical import FORM
from policylang.reports.json import DECISION


def words() -> Words:
    """The options of this command."""
    about = "Print the version of policylang, of Python, and of the forms that are read and written."
    examples = {"policyc version": "the same as `policyc --version`"}
    return Words("version", about, usage="", closing=closing(examples, PRINTED)).complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The versions, one a line."""
    if rest:
        raise CallError("C101", f"`policyc version` takes no `{rest[0]}`", "leave it out")
    lines = [
        f"policylang {installed()}",
        f"Python {platform.python_version()}",
        f"evidence {SCHEMA}",
        f"decision {DECISION}",
        f"policy digest sha256 over form {FORM} in RFC 8785",
    ]
    del options
    return Answer(status=ExitStatus.DONE, out="".join(f"{line}\n" for line in lines))


def installed() -> str:
    """The version that is installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("policylang")
    except PackageNotFoundError:
        return "not installed"
