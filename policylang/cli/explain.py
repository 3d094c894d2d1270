"""`policyc explain`: what a code means, and what to do."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import PRINTED, ExitStatus
from policylang.explain import explain_code, families, nearest_code
from policylang.reports.style import Page

_EXAMPLES = {
    "policyc explain P204": "the page of this code",
    "policyc explain": "every code and its title",
}


def words() -> Words:
    """The options of this command."""
    about = "Show what a code means, and what to do; without a code, list them all."
    return Words("explain", about, usage="[CODE]…", closing=closing(_EXAMPLES, PRINTED)).complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The pages of the codes named, or the list of all."""
    page = Page(streams.look(sys.stdout, options.color))
    for name in rest:
        found = explain_code(name)
        if found is None:
            raise CallError("C109", f"there is no code `{name}`", nearest_code(name))
        page.blank()
        page.line((found.name, "bold"), f": {found.title}")
        page.blank()
        for line in found.page.split("\n"):
            page.exactly(line)
    if not rest:
        for family, pages in families():
            page.heading(family)
            page.table([[(item.name, "bold"), item.title] for item in pages])
    return Answer(status=ExitStatus.DONE, out=page.text())
