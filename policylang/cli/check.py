"""`policyc check`: decide every action of policies on evidence, with reasons."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import JUDGED, ExitStatus
from policylang.clocks import Moment
from policylang.decide import Decision, Verdict, decide
from policylang.diagnostics import nearest
from policylang.files import Loaded, worded
from policylang.reports.amounts import counted
from policylang.reports.several import Joint, joined
from policylang.reports.style import Look

if TYPE_CHECKING:
    from policylang.evidence.vocabulary import Vocabulary  # one policy alone needs none

_EXAMPLES = {
    "policyc check acme.policy runs/acme-7b.yaml": "what may be done with this model today",
    "policyc check acme.policy evidence/*.yaml --for deploy.external": "whether it may be released, and nothing else",
    "policyc check acme.policy law.policy evidence.json --format json": "under two policies at once, for a program",
    "policyc check acme.policy governance.yaml logs/cybench.eval --stage pre_mitigation": "with a log, as it is",
    "policyc check acme.policy evidence.json --format markdown >> $GITHUB_STEP_SUMMARY": "for the page of a build",
    "export-results | policyc check acme.policy governance.yaml -": "with evidence from standard input",
}
_ABOUT = """\
Decide every action of one or more policies on evidence, and say why.

  POLICY…    files that end in .policy or .policy.md; of several the strictest verdict wins
  EVIDENCE…  all other files, merged: YAML or JSON of `policyc schema evidence`, logs of eval tools as they
             are, folders of them, run registers; - is standard input"""
_FORMATS = ("text", "json", "markdown", "github")


def words() -> Words:
    """The options of this command."""
    found = Words(
        "check",
        _ABOUT,
        usage="POLICY… EVIDENCE… [--for ACTION]… [--as-of DATE] [--format FORMAT] [OPTIONS]",
        closing=closing(_EXAMPLES, JUDGED),
    )
    found.many("--for", "ACTION", "ask about this action only, `deploy` about every `deploy.…`; may be repeated")
    found.once("--as-of", "DATE", "decide as of this day or instant (default: today, UTC)", given.moment)
    described = "text (default), json for programs, markdown for a page of a build, github for annotations"
    found.once("--format", "FORMAT", described, one_of(_FORMATS))
    found.set_defaults(format="text")
    given.wording(found)
    given.stating(found)
    found.switch("--alone", "refuse a second policy: for builds, whose evidence is a pattern and may match one")
    found.switch("--no-cache", "compile policies anew, and keep nothing")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The decision; raises CallError, PolicyError or EvidenceError."""
    policies, evidence_files = given.sorted_words(rest)
    given.complete(policies, evidence_files)
    if options.alone and len(policies) > 1:
        help_ = "take it out of the evidence, or leave out `--alone` and decide under all of them"
        raise CallError("C101", f"`--alone` decides under one policy, and `{policies[1]}` is another", help_)
    as_of: Moment = options.as_of or Moment(datetime.now(UTC).date())
    loaded = given.loaded(policies, cache=not options.no_cache)
    graphs = [policy.graph for policy in loaded]
    asked = _asked(options, loaded)
    found = given.gathered(options, graphs, evidence_files)
    said = worded(found.evidence, graphs, as_of, options.vocabulary or "")
    decisions = [decide(graph, evidence, as_of) for graph, evidence in zip(graphs, said.evidence, strict=True)]
    joints = [joint for joint in joined(decisions) if joint.action in asked]
    status, reason = judged(joints, decisions)
    warnings = [*(warning for policy in loaded for warning in policy.warnings), *found.warnings]
    ending = f"exit {status:d}: {reason}"
    out = _report(options, decisions, (joints, ending, said.vocabulary))
    return Answer(status=status, out=out, err=given.warned(warnings, options.color))


def _report(
    options: argparse.Namespace,
    decisions: Sequence[Decision],
    said: "tuple[Sequence[Joint], str, Vocabulary | None]",
) -> str:
    """The decision in the form that was asked for."""
    joints, ending, vocabulary = said
    if options.format == "json":
        from policylang.reports import json

        several = json.decisions(decisions, vocabulary) if len(decisions) > 1 else None
        return json.encoded(json.decision(decisions[0]) if several is None else several)
    if options.format == "github":
        from policylang.reports import annotations

        return annotations.decision(decisions, joints, ending)
    from policylang.reports.text import text

    look = streams.look(sys.stdout, options.color) if options.format == "text" else Look()
    asked = [joint.action for joint in joints]
    report = text(decisions, asked, ending, look, vocabulary=vocabulary)
    if options.format == "markdown":
        from policylang.reports.summary import summary

        return summary(decisions, joints, ending, report)
    return report


def judged(joints: Sequence[Joint], decisions: Iterable[Decision]) -> tuple[ExitStatus, str]:
    """The status of a decision on the actions asked for, and why it is that one, in words."""
    counts: dict[str, int] = {}
    for joint in joints:
        word = "not covered" if joint.verdict is Verdict.PERMITTED and not joint.covered else joint.verdict.value
        counts[word] = counts.get(word, 0) + 1
    overdue = sum(item.state == "overdue" for decision in decisions for item in decision.obligations)
    refusing = counts.get("forbidden", 0) + counts.get("conditional", 0) + overdue
    words = ("forbidden", "undetermined", "conditional", "not covered")
    said = [f"{counted(counts[word], 'action')} {word}" for word in words if word in counts]
    if overdue:
        said.append(f"{counted(overdue, 'obligation')} overdue")
    if refusing:
        return ExitStatus.REFUSED, ", ".join(said)
    if said:
        return ExitStatus.UNDETERMINED, ", ".join(said)
    return ExitStatus.PERMITTED, JUDGED[ExitStatus.PERMITTED]


def _asked(options: argparse.Namespace, loaded: Sequence[Loaded]) -> tuple[str, ...]:
    """The actions asked for; all when none is named."""
    leaves = {name: found for policy in loaded for name, found in policy.graph.groups}
    every = dict.fromkeys(term.name for policy in loaded for term in policy.graph.actions)
    if not every:
        message = "no policy here declares an action, so there is nothing to judge"
        raise CallError("C108", message, "declare what may be permitted: `action deploy`")
    for name in options.__dict__["for"]:
        if name not in leaves:
            raise CallError("C106", f"no policy here has an action `{name}`", nearest(name, leaves))
    wanted: list[str] = options.__dict__["for"]
    named = {leaf for policy in loaded for name in wanted for leaf in policy.graph.leaves.get(name, ())}
    return tuple(name for name in every if name in named or not named)
