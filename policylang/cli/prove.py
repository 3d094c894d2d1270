"""`policyc prove`: decide the invariants of policies for every possible input."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.status import ExitStatus
from policylang.diagnostics import nearest
from policylang.reports import diagnostics
from policylang.reports.style import Page

_EXAMPLES = {
    "policyc prove acme.policy": "every invariant of the policy, for every possible input",
    "policyc prove acme.policy --only critical_never_ships": "one of them",
    "policyc prove policies/*.policy --format json": "of many policies, for a program",
    "policyc prove acme.policy --if-any": "in a workflow, whether the policy claims something yet or not",
}
_MEANINGS = {
    ExitStatus.DONE: "every invariant is proved; with `--if-any` also when none is claimed",
    ExitStatus.REFUSED: "an invariant is refuted",
    ExitStatus.UNDETERMINED: "none is refuted, but one could not be settled",
    ExitStatus.NOT_JUDGED: "nothing was proved: a wrong call or policy, or no invariant in any of them",
}
_ABOUT = """\
Decide the invariants of policies for every possible input: each is proved, or refuted by the smallest
evidence against it, which the decider has decided again."""


def words() -> Words:
    """The options of this command."""
    usage = "POLICY… [--only NAME]… [--if-any] [--format text|json]"
    found = Words("prove", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.many("--only", "NAME", "this invariant only; may be repeated")
    found.switch("--if-any", "end with 0 where a policy claims nothing")
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """What became of each invariant; raises CallError or PolicyError."""
    policies, others = given.sorted_words(rest)
    if others or not policies:
        message = f"`{others[0]}` is no policy" if others else "no policy is named"
        raise CallError("C104", message, "name files that end in `.policy` or `.policy.md`")
    loaded = given.loaded(policies)
    known = [item.name for policy in loaded for item in policy.graph.invariants]
    for name in options.only:
        if name not in known:
            raise CallError("C141", f"no policy here has an invariant `{name}`", nearest(name, known))
    if not known and not options.if_any:
        help_ = "claim something: `invariant safe { never deploy when any category >= critical }`"
        raise CallError("C141", "no invariant stands in these policies", help_)
    from policylang.analysis.questions import Answer as Verdict
    from policylang.analysis.questions import Questions
    from policylang.lint.semantic import semantic
    from policylang.reports import answers

    page = Page(streams.look(sys.stdout, options.color))
    asked = [Questions(policy.graph) for policy in loaded]
    found = [(questions.graph, questions.invariants(options.only)) for questions in asked]
    for graph, proofs in found:
        answers.title(page, graph)
        answers.proofs(page, proofs)
        page.blank()
    results = [proof.answer for _, proofs in found for proof in proofs]
    status = ExitStatus.UNDETERMINED if Verdict.UNKNOWN in results else ExitStatus.DONE
    status = ExitStatus.REFUSED if Verdict.REFUTED in results else status
    counts = ", ".join(f"{results.count(kind)} {kind}" for kind in Verdict if kind in results)
    page.line(f"exit {status:d}: {counts or 'no invariant is claimed'}")
    out = page.text()
    if options.format == "json":
        from policylang.reports.json import encoded

        documents = [answers.proof_document(graph, proofs) for graph, proofs in found]
        out = encoded(documents[0] if len(documents) == 1 else {"schema": answers.SEVERAL, "policies": documents})
    lints = [semantic(one, item.sources, item.warnings) for one, item in zip(asked, loaded, strict=True)]
    warnings = [one for item, found_of in zip(loaded, lints, strict=True) for one in (*item.warnings, *found_of)]
    err = diagnostics.diagnostics(warnings, streams.look(sys.stderr, options.color))
    return Answer(status=status, out=out, err=err)
