"""`policyc explain`: what a code means, and what a policy asks to be proved."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import PRINTED, ExitStatus
from policylang.explain import explain_code, families, nearest_code
from policylang.reports.style import Page

_EXAMPLES = {
    "policyc explain P204": "the page of this code",
    "policyc explain": "every code and its title",
    "policyc explain acme.policy": "what must be proved of scores, at which error, and how many units that takes",
}
_ABOUT = """\
Show what a code means, and what to do; without a code, list them all. Of a policy, show its error budget:
what must be proved of scores for actions to be let through, how the error is split, and how many units each
proof takes."""


def words() -> Words:
    """The options of this command."""
    found = Words("explain", _ABOUT, usage="[CODE | POLICY]…", closing=closing(_EXAMPLES, PRINTED))
    found.once("--attempt", "N", "of policies: at this mitigation attempt (default: 1)", _attempt)
    found.set_defaults(attempt=1)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The pages of the codes and policies named, or the list of all codes; raises CallError and PolicyError."""
    page = Page(streams.look(sys.stdout, options.color))
    policies, codes = given.sorted_words(rest)
    for number, policy in enumerate(given.loaded(policies)):
        from policylang.reports import budget  # a page of a code needs none

        if number:
            page.blank()
        budget.budget(page, policy.graph, options.attempt)
    for name in codes:
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


def _attempt(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 8):
        raise CallError("C101", f"`{text}` is no number of an attempt", "attempts are counted from 1")
    return int(text)
