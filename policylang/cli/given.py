"""What commands are given: policies, evidence and logs among the plain words of a call, and what logs cannot know."""

import argparse
import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from policylang.cli import streams
from policylang.cli.call import CallError, Words
from policylang.clocks import Moment, parse_moment
from policylang.diagnostics import Diagnostic, PolicyError, nearest
from policylang.evidence.facts import Stated
from policylang.evidence.gather import Gathered, gather
from policylang.files import POLICIES, Loaded, is_tests, load, read_given
from policylang.graph.nodes import Graph
from policylang.kinds import Unit, parse_quantity

_MANY = 20


def stating(words: Words) -> None:
    """Adds the options that state what a log cannot know."""
    words.once("--stage", "STAGE", "the stage that all logs of this call were made at", str)
    words.many("--attribute", "NAME=VALUE", "an attribute of all logs, `elicitation=fine_tuned`; may be repeated")
    words.many("--model", "NAME", "the name that the subject's model has in the logs; may be repeated")
    words.once("--revision", "DIGEST", "the weights that the logs are of (`policyc digest` gives it)", str)
    words.once("--configuration", "DIGEST", "the safeguards that were in place", str)
    words.once("--attempt", "N", "which attempt at mitigations the logs are of", count)
    words.once("--compute", "FLOP", "effective compute of the model that was measured, `2.9e24 FLOP`", compute)


def wording(words: Words) -> None:
    """Adds the option that says what neutral terms of the evidence mean."""
    words.once("--vocabulary", "FILE", "neutral terms of policies of your own, in place of those that ship", str)


def sorted_words(rest: Sequence[str]) -> tuple[list[str], list[str]]:
    """The policies and the evidence among plain words, each once.

    Files of tests are passed over beside policies, as in `policies/*.policy`: nothing they say is part of a decision.
    Raises CallError when there is nothing but tests.
    """
    names = list(dict.fromkeys(rest))
    files = [name for name in names if name.endswith(POLICIES)]
    policies = [name for name in files if not is_tests(name)]
    if files and not policies:
        message = f"`{files[0]}` holds tests, and no policy is named"
        raise CallError("C104", message, "name the policy; `policyc test` runs its tests")
    return policies, [name for name in names if name not in files]


def complete(policies: Sequence[str], evidence: Sequence[str]) -> None:
    """Refuse a call that names no policy or no evidence: there would be nothing to judge, or nothing to judge on."""
    if not policies:
        message = "no policy is named" if evidence else "no policy and no evidence is named"
        raise CallError("C104", message, "name a file that ends in `.policy` or `.policy.md`")
    if not evidence:
        raise CallError(
            "C105",
            "no evidence is named",
            "name evidence files too, YAML or JSON; `policyc lint` and `policyc test` look at a policy alone",
        )


def loaded(policies: Sequence[str], *, cache: bool = True) -> list[Loaded]:
    """Every policy; raises PolicyError with what is wrong in any of them."""
    found: list[Loaded] = []
    wrong: list[Diagnostic] = []
    for name in policies:
        try:
            found.append(_linted(load(name, cache=cache)))
        except PolicyError as error:
            wrong += error.diagnostics
    if wrong:
        raise PolicyError(wrong)
    return found


def _linted(policy: Loaded) -> Loaded:
    """A policy with the warnings of the lints, which read its graph."""
    if policy.graph.header.confidence is None:
        return policy
    from policylang.evidence.green import never_green  # there is nothing to find without confidence

    return replace(policy, warnings=(*policy.warnings, *never_green(policy.graph, policy.sources)))


def gathered(options: argparse.Namespace, graphs: Sequence[Graph], evidence: Sequence[str]) -> Gathered:
    """The evidence of a call; raises CallError and EvidenceError."""
    said = stated(options, graphs)
    given = read_given(evidence, report())
    if said != Stated() and not given.logs:
        help_ = "leave these options out, and state it in the evidence itself"
        raise CallError("C120", "what is stated of logs has no weight: no log is given", help_)
    return gather(given, graphs, said)


def stated(options: argparse.Namespace, graphs: Sequence[Graph]) -> Stated:
    """What the options of a call state of its logs; raises CallError."""
    stages = sorted({stage.name for graph in graphs for stage in graph.stages})
    if graphs and options.stage is not None and options.stage not in stages:
        help_ = nearest(options.stage, stages) or "leave `--stage` out: the policies have no stages"
        raise CallError("C120", f"no policy here has a stage `{options.stage}`", help_)
    return Stated(
        stage=options.stage,
        models=tuple(options.model),
        revision=options.revision,
        configuration=options.configuration,
        attempt=options.attempt,
        effective_compute=options.compute,
        attributes=attributes(options.attribute, graphs),
    )


def attributes(pairs: Sequence[str], graphs: Sequence[Graph]) -> dict[str, str]:
    """Attributes written `name=value`; raises CallError at one that no policy knows, or that is stated twice."""
    known = sorted({name for graph in graphs for name in graph.attribute})
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            raise CallError("C120", f"`{pair}` is no attribute", "write `--attribute elicitation=fine_tuned`")
        if graphs and name not in known:
            raise CallError("C120", f"no policy here has an attribute `{name}`", nearest(name, known))
        if found.setdefault(name, value) != value:
            raise CallError("C120", f"the attribute `{name}` is stated twice", "keep one of the two")
    return found


def warned(found: Sequence[Diagnostic], colour: str) -> str:
    """Warnings as standard error shows them; empty when there are none."""
    if not found:
        return ""
    from policylang.reports import diagnostics  # mostly there is nothing to warn about

    return diagnostics.diagnostics(found, streams.look(sys.stderr, colour))


def moment(text: str) -> Moment:
    """Reads a day or an instant; raises CallError."""
    try:
        return parse_moment(text)
    except ValueError as error:
        raise CallError("C107", f"`{text}` is {error}", "write a day as `2026-10-20`") from None


def count(text: str) -> int:
    """Reads the number of an attempt; raises CallError."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise CallError("C120", f"`{text}` is no number of an attempt", "write `--attempt 2`")
    return int(text)


def compute(text: str) -> Fraction:
    """Reads effective compute, in FLOP; raises CallError."""
    try:
        quantity = parse_quantity(text)
    except ValueError as error:
        raise CallError("C120", f"`{text}` is {error}", "write `--compute '2.9e24 FLOP'`") from None
    if quantity.unit is not Unit.FLOP or quantity.value < 0:
        raise CallError("C120", f"`{text}` is no effective compute", "write `--compute '2.9e24 FLOP'`")
    return quantity.value


def report() -> Callable[[str], None]:
    """Says on a terminal how many logs were read, when they are many; nothing where nobody looks."""
    numbers = itertools.count(1)

    def say(_: str) -> None:
        number = next(numbers)
        if number % _MANY == 0 and sys.stderr.isatty():
            streams.write(sys.stderr, f"\r{number} logs read\r")

    return say
