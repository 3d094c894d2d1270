"""`policyc test`: run the tests that stand in policies."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.status import ExitStatus
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.files import compile_tested, policies_in
from policylang.lint import lint
from policylang.reports import diagnostics, tests
from policylang.reports.json import encoded
from policylang.testing import run

_EXAMPLES = {
    "policyc test acme.policy": "every test of this policy",
    "policyc test policies/*/*.policy --format json": "of many policies, for a program",
}
_MEANINGS = {
    ExitStatus.DONE: "every test passes",
    ExitStatus.FAILED: "a test fails",
    ExitStatus.NOT_JUDGED: "nothing was tested: a wrong call or policy, or no test in any of them",
}


def words() -> Words:
    """The options of this command."""
    about = "Run the `test` blocks of policies: what each gives is exact and qualifies, all else is missing."
    found = Words("test", about, usage="POLICY… [--format text|json]", closing=closing(_EXAMPLES, _MEANINGS))
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """How every test went; raises CallError or PolicyError."""
    if not rest:
        raise CallError("C104", "no policy is named", "name files that end in `.policy` or `.policy.md`")
    tested: list[tests.Tested] = []
    wrong: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for name in dict.fromkeys(name for word in rest for name in policies_in(word)):
        try:
            compiled = compile_tested(name)
        except PolicyError as error:
            wrong += error.diagnostics
            continue
        warnings += [*compiled.warnings, *lint(compiled.graph, compiled.sources)]
        tested.append(tests.Tested(file=name, graph=compiled.graph, outcomes=run(compiled)))
    if wrong:
        raise PolicyError(wrong)
    if not any(policy.outcomes for policy in tested):
        raise CallError("C112", "no test stands in these policies", 'add one: `test "…" { given … expect … }`')
    is_json = options.format == "json"
    out = encoded(tests.document(tested)) if is_json else tests.text(tested, streams.look(sys.stdout, options.color))
    err = diagnostics.diagnostics(warnings, streams.look(sys.stderr, options.color))
    failed = any(not outcome.passed for policy in tested for outcome in policy.outcomes)
    return Answer(status=ExitStatus.FAILED if failed else ExitStatus.DONE, out=out, err=err)
