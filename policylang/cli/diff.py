"""`policyc diff`: what a revision of a policy loosened, tightened or left alone, for every possible input."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from policylang import git
from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import Difference, Direction
from policylang.cli import given, mapping, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment
from policylang.decide import decide
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Stated
from policylang.evidence.gather import gather
from policylang.files import Loaded, load, read_given
from policylang.reports import diagnostics

_EXAMPLES = {
    "policyc diff acme-1.policy acme-2.policy": "what the second changed, for every possible input",
    "policyc diff HEAD~1:acme.policy acme.policy": "what is not committed yet, or any two revisions in git",
    "policyc diff main:acme.policy acme.policy --fail-on looser": "a gate for a pull request",
    "policyc diff old.policy new.policy --format html > diff.html": "a page for the board",
    "policyc diff old.policy new.policy --impact runs/*.yaml": "which recorded decisions would change",
    "policyc diff old.policy new.policy --enforce --announced": "whether the change was approved, and owned up to",
}
_MEANINGS = {
    ExitStatus.DONE: "printed; and nothing that the options of this call refuse",
    ExitStatus.REFUSED: "what `--exit-code`, `--fail-on`, `--enforce` or `--announced` refuses is so",
    ExitStatus.NOT_JUDGED: "not compared: a wrong call, a wrong policy, or output that could not be written",
}
_ABOUT = """\
Compare two policies: what the second loosened, tightened or left alone, for every possible input at
once, each with the conditions under which it holds and the smallest evidence that shows it.

  OLD NEW    policy files, or REV:PATH for a file at a revision of git"""
_FORMATS = ("text", "json", "markdown", "html", "github")


def words() -> Words:
    """The options of this command."""
    found = Words("diff", _ABOUT, usage="OLD NEW [OPTIONS]", closing=closing(_EXAMPLES, _MEANINGS))
    described = "text (default), json, markdown for a pull request, html for a board, github for annotations"
    found.once("--format", "FORMAT", described, one_of(_FORMATS))
    found.set_defaults(format="text")
    found.switch("--exit-code", "exit 1 when the meaning differs at all")
    found.once(
        "--fail-on",
        "DIRECTION",
        "exit 1 when anything is `looser` (or `stricter`); doubt counts",
        one_of(("looser", "stricter")),
    )
    found.switch("--enforce", "exit 1 unless the change has what the old policy's `amend` asks for")
    found.switch("--announced", "exit 1 unless the new policy's `changes from` say what really changed")
    found.once("--map", "FILE", "what names became, where that is not recognised: YAML, kind to old to new", str)
    found.once("--scores", "FILE", "likely scores, for the shares: YAML, measure to a list of values", str)
    found.many("--impact", "EVIDENCE…", "which decisions on this evidence would change, file by file")
    found.once(
        "--as-of",
        "DATE",
        "of `--impact` and `--enforce`: as of this day or instant (default: today, UTC)",
        given.moment,
    )
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The difference; raises CallError, PolicyError or EvidenceError."""
    policies, evidence = given.sorted_words(rest)
    policies = [word for word in rest if word in policies]  # a policy may be compared with itself
    if len(policies) != 2 or (evidence and not options.impact):
        message = f"`{evidence[0]}` is no policy" if evidence else "name two policies, the old one and the new one"
        raise CallError("C104", message, "`policyc diff OLD NEW`, files that end in `.policy` or `.policy.md`")
    options.impact += evidence
    old, new = _loaded(policies)
    from policylang.analysis.compare import difference  # a wrong call needs none of it

    stated = mapping.names(options.map) if options.map is not None else None
    try:
        found = difference(
            old.graph,
            new.graph,
            old_path=policies[0],
            new_path=policies[1],
            mapping=stated,
            files=options.format == "json",
            scores=mapping.scores(options.scores, (old.graph, new.graph)) if options.scores is not None else None,
        )
    except ValueError as error:
        raise CallError("C140", str(error), "name what exists in the old policy, and what it became") from None
    follows = _follows(options, found, (old, new), stated)
    status, reason = judged(options, found, follows)
    err = diagnostics.diagnostics([*old.warnings, *new.warnings], streams.look(sys.stderr, options.color))
    return Answer(status=status, out=_shown(options, policies, found, (follows, f"exit {status:d}: {reason}")), err=err)


def _loaded(words_: Sequence[str]) -> tuple[Loaded, Loaded]:
    found: list[Loaded] = []
    wrong: list[Diagnostic] = []
    for word in words_:
        try:
            found.append(git.load_at(word) if git.is_revision(word) else load(word))
        except PolicyError as error:
            wrong += error.diagnostics
    if wrong:
        raise PolicyError(wrong)
    return found[0], found[1]


def _follows(
    options: argparse.Namespace,
    found: Difference,
    policies: tuple[Loaded, Loaded],
    stated: Mapping[str, Mapping[str, str]] | None,
) -> Consequences:
    """What follows from the change: what it needs is always said where anything is needed."""
    from policylang.analysis import governance

    old, new = (policy.graph for policy in policies)
    as_of = options.as_of or Moment(datetime.now(UTC).date())
    needs: tuple[Need, ...] | None = governance.needs(old, new, found, today=as_of, mapping=stated)
    claims: tuple[Claim, ...] | None = governance.claims(new, found) if options.announced or new.changes else None
    if not needs and not options.enforce:
        needs = None
    impacts: tuple[Impact, ...] | None = None
    if options.impact:
        impacts = tuple(row for name in options.impact for row in _impact(name, policies, as_of))
    return Consequences(needs=needs, claims=claims, impacts=impacts)


def _impact(name: str, policies: tuple[Loaded, Loaded], as_of: Moment) -> list[Impact]:
    """The verdicts that change on one file of evidence."""
    graphs = [policy.graph for policy in policies]
    evidence = gather(read_given([name]), graphs, Stated()).evidence
    wrong = admit(graphs, evidence, as_of)
    if wrong:
        raise EvidenceError(wrong)
    old, new = (decide(graph, evidence, as_of).actions for graph in graphs)
    return [
        Impact(evidence=name, action=action, old=str(item.verdict), new=str(new[action].verdict))
        for action, item in old.items()
        if action in new and new[action].verdict is not item.verdict
    ]


def judged(options: argparse.Namespace, found: Difference, follows: Consequences) -> tuple[ExitStatus, str]:
    """The status of a comparison, and why it is that one."""
    wrong = []
    if options.fail_on == "looser" and found.direction.loosens:
        wrong.append(
            "it loosens the policy" if found.direction is not Direction.UNKNOWN else "it may loosen the policy"
        )
    if options.fail_on == "stricter" and found.direction.tightens:
        wrong.append("it tightens the policy")
    if options.exit_code and found.changes:
        wrong.append("the meaning differs")
    missing = [need for need in follows.needs or () if not need.met]
    if options.enforce and missing:
        wrong.append("it lacks " + ", ".join(f"{need.kind} of {need.role}" for need in missing))
    unsaid = [claim for claim in follows.claims or () if claim.problem]
    if options.announced and unsaid:
        wrong.append("its changelog does not say what changed")
    return (ExitStatus.REFUSED, "; ".join(wrong)) if wrong else (ExitStatus.DONE, f"compared, {found.direction}")


def _shown(options: argparse.Namespace, rest: Sequence[str], found: Difference, said: tuple[Consequences, str]) -> str:
    from policylang.cli.version import installed
    from policylang.reports.json import encoded

    follows, last = said
    match options.format:
        case "json":
            from policylang.reports.difference.document import document

            return encoded(document(found, follows))
        case "markdown":
            from policylang.reports.difference.markdown import markdown

            return markdown(found, follows)
        case "github":
            from policylang.reports import annotations

            return annotations.difference(found, follows, last, is_refused=not last.startswith("exit 0"))
        case "html":
            from policylang.reports.difference.html import html

            command = shlex.join(["policyc", "diff", *rest])
            return html(found, follows, command=command, made_by=f"policyc {installed()}")
        case _:
            from policylang.reports.difference.text import text

            return text(found, streams.look(sys.stdout, options.color), follows) + f"{last}\n"
