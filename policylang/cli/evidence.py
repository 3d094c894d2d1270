"""`policyc evidence`: what logs of eval tools would give, as a file of evidence."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import PRINTED, ExitStatus
from policylang.diagnostics import Diagnostic
from policylang.evidence import writer
from policylang.evidence.preview import preview, remarks
from policylang.evidence.reader import MAX_YAML
from policylang.files import read_given

_EXAMPLES = {
    "policyc evidence acme.policy logs/cybench.eval --stage pre_mitigation": "what `check` would make of a log",
    "policyc evidence acme.policy logs/ --stage pre_mitigation --attribute elicitation=fine_tuned > pre.yaml": (
        "a file of evidence to check later, with what the logs cannot know"
    ),
    "policyc evidence logs/cybench.eval": "what stands in a log, for somebody who writes the policy",
}
_ABOUT = """\
Print what logs of eval tools would give as a file of evidence, to look at before one checks, or to keep.

  POLICY…  files that end in .policy or .policy.md; their `from …` say which measure a log feeds. Without any,
           each result of a log is shown as a measure named after its task
  LOG…     logs of eval tools, folders of them, and files of evidence to join (for the subject, say)"""


def words() -> Words:
    """The options of this command."""
    found = Words(
        "evidence", _ABOUT, usage="[POLICY]… LOG… [--stage STAGE] [OPTIONS]", closing=closing(_EXAMPLES, PRINTED)
    )
    found.once("--format", "FORMAT", "yaml (default) or json", one_of(("yaml", "json")))
    found.set_defaults(format="yaml")
    given.stating(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The file; raises CallError, PolicyError or EvidenceError."""
    policies, logs = given.sorted_words(rest)
    if not logs:
        raise CallError("C105", "no log is named", "name a log of an eval tool, or a folder of them")
    if policies:
        loaded = given.loaded(policies)
        found = given.gathered(options, [policy.graph for policy in loaded], logs)
        evidence, warnings = found.evidence, [w for policy in loaded for w in policy.warnings]
        warnings += found.warnings
        said = remarks(found.logs)
    else:
        stated = given.stated(options, ())
        evidence, said = preview(read_given(logs, given.report()), stated)
        warnings = []
    text = writer.json_text(evidence) if options.format == "json" else writer.yaml_text(evidence, said)
    if options.format == "yaml" and len(text) > MAX_YAML:
        message = f"the file would have {len(text) >> 10} KiB, and of YAML {MAX_YAML >> 10} are read again"
        raise CallError("C120", message, "write it as JSON: `--format json`")
    return Answer(status=ExitStatus.DONE, out=text, err=_said(warnings, options.color))


def _said(warnings: Sequence[Diagnostic], colour: str) -> str:
    if not warnings:
        return ""
    from policylang.reports import diagnostics

    return diagnostics.diagnostics(warnings, streams.look(sys.stderr, colour))
