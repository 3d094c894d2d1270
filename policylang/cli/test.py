"""`policyc test`: run the tests of policies, measure what they reach, and see what they do not notice."""

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import ExitStatus
from policylang.compile import Compiled
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.evidence.green import never_green
from policylang.files import compile_tested, policy_files, tests_of
from policylang.reports import diagnostics, tests
from policylang.reports.amounts import counted
from policylang.reports.json import encoded
from policylang.testing import cover, mutate, run

_EXAMPLES = {
    "policyc test acme.policy": "every test of this policy, in it and in acme.test.policy beside it",
    "policyc test policies/": "of every policy in a folder, a line each",
    "policyc test acme.policy --only release --watch": "again after every change of a file, tests on release only",
    "policyc test acme.policy --coverage": "which rules, conditions and clauses the tests show, and which not",
    "policyc test acme.policy --mutate --require 90": "whether the tests notice changes of the policy: 90 % at least",
    "policyc test policies/ --format junit > junit.xml": "for a build service",
}
_MEANINGS = {
    ExitStatus.DONE: "every test passes, and what `--require` asks for is reached",
    ExitStatus.FAILED: "a test fails, or `--require` asks for more",
    ExitStatus.NOT_JUDGED: "nothing was tested: a wrong call or policy, or no test in any of them",
}
_EVERY = 0.5
"""Seconds between two looks at files that are watched."""


def words() -> Words:
    """The options of this command."""
    about = "Run the tests of policies: what each gives is exact and qualifies, all else is missing."
    usage = "POLICY|FOLDER… [--only TEXT]… [--coverage] [--mutate] [--format FORMAT] [OPTIONS]"
    found = Words("test", about, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.many("--only", "TEXT", "run the tests whose title has this text; may be repeated")
    found.switch("--coverage", "show which rules, conditions and clauses of the framework the tests show both ways")
    found.switch("--mutate", "change the policy in one place after the other, and show what no test notices")
    found.once("--one-in", "N", "of the changes, make only every Nth", _count)
    asked = "fail below this share of clauses covered (of points, where none is declared), or of changes noticed"
    found.once("--require", "PERCENT", asked, _share)
    found.switch("--watch", "run again whenever a file changes, until Ctrl-C")
    described = "text for people (default), json for programs, junit for build services, github for annotations"
    found.once("--format", "FORMAT", described, one_of(("text", "json", "junit", "github")))
    found.set_defaults(format="text")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """How every test went; raises CallError or PolicyError."""
    if not rest:
        raise CallError("C104", "no policy is named", "name files that end in `.policy` or `.policy.md`, or a folder")
    if options.require is not None and not (options.coverage or options.mutate):
        help_ = "add `--coverage` or `--mutate`"
        raise CallError("C101", "`--require` asks for a share, and none is measured", help_)
    if options.one_in is not None and not options.mutate:
        raise CallError("C101", "`--one-in` is about changes, and none is made", "add `--mutate`")
    if options.only and (options.coverage or options.mutate):
        help_ = "leave `--only` out: what tests reach is what all of them reach together"
        raise CallError("C101", "`--only` does not go with `--coverage` and `--mutate`", help_)
    return _watched(options, rest) if options.watch else _answer(options, rest)


def _answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    tested: list[tests.Tested] = []
    wrong: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    for name in policy_files(rest):
        try:
            compiled = compile_tested(name)
        except PolicyError as error:
            wrong += error.diagnostics
            continue
        warnings += [*compiled.warnings, *never_green(compiled.graph, compiled.sources)]
        tested.append(_tested(name, compiled, options))
    if wrong:
        raise PolicyError(wrong)
    if not any(policy.outcomes for policy in tested):
        if options.only:
            raise CallError("C112", "no test has such a title", "leave `--only` out, or name another part of a title")
        raise CallError("C112", "no test stands in these policies", 'add one: `test "…" { given … expect … }`')
    return Answer(
        status=_status(tested, options.require),
        out=_report(tested, options),
        err=diagnostics.diagnostics(warnings, streams.look(sys.stderr, options.color)),
    )


def _tested(name: str, compiled: Compiled, options: argparse.Namespace) -> tests.Tested:
    outcomes = run(compiled, options.only)
    coverage = cover(compiled) if options.coverage else None
    mutants = None
    if options.mutate:
        if not all(outcome.passed for outcome in outcomes):
            failing = next(outcome for outcome in outcomes if not outcome.passed)
            message = f"`{name}` has a test that fails, so no change of it can be noticed: {failing.title}"
            raise CallError("C101", message, "mend the test, or the policy, first")
        mutants = tuple(mutate(compiled, _progress(name), options.one_in or 1))
    return tests.Tested(file=name, graph=compiled.graph, outcomes=outcomes, coverage=coverage, mutants=mutants)


def _report(tested: Sequence[tests.Tested], options: argparse.Namespace) -> str:
    match options.format:
        case "json":
            return encoded(tests.document(tested))
        case "junit":
            return tests.junit(tested)
        case "github":
            from policylang.reports import annotations

            found = [one for policy in tested for outcome in policy.outcomes for one in outcome.found]
            passed, failed = tests.counts(tested)
            ending = f"{counted(passed, 'test')} passed, {failed} failed"
            level: annotations.Level = "error" if failed else "notice"
            return annotations.diagnostics(found) + annotations.annotation(level, ending, title="policyc test")
        case _:
            return tests.text(tested, streams.look(sys.stdout, options.color))


def _status(tested: Sequence[tests.Tested], required: Fraction | None) -> ExitStatus:
    """Whether every test passed and every share is large enough; of nothing no share is."""
    shares = [tests.reached(policy.coverage) for policy in tested if policy.coverage is not None]
    shares += [tests.killed(policy.mutants) for policy in tested if policy.mutants is not None]
    enough = required is None or (
        any(whole for _, whole in shares) and all(part >= required * whole for part, whole in shares)
    )
    return ExitStatus.DONE if enough and all(policy.passed for policy in tested) else ExitStatus.FAILED


def _progress(name: str) -> Callable[[int, int], None]:
    """Says on a terminal how many changes are made; nothing where nobody looks."""

    def report(done: int, total: int) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            end = "\r\x1b[K" if done == total else ""
            streams.write(sys.stderr, end or f"\r{Path(name).name}: {done} of {total} changes tried")

    return report


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and int(text) > 0):
        raise CallError("C101", f"`{text}` is no count", "write `--one-in 10`")
    return int(text)


def _share(text: str) -> Fraction:
    digits = text.removesuffix("%")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) <= 100):
        raise CallError("C101", f"`{text}` is no share in percent", "write `--require 90`")
    return Fraction(int(digits), 100)


# Watching


def _watched(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """Run after every change until Ctrl-C; the answer is the last one."""
    last = Answer(status=ExitStatus.NOT_JUDGED, out="")
    try:
        for number in _changes(rest):
            try:
                last = _answer(options, rest)
                shown = last.err + last.out
            except (PolicyError, CallError) as error:
                shown = diagnostics.diagnostics(error.diagnostics, streams.look(sys.stdout, options.color))
                last = Answer(status=ExitStatus.NOT_JUDGED, out="")
            streams.write(sys.stdout, ("\n" if number else "") + shown)
    except KeyboardInterrupt:
        pass
    return Answer(status=last.status, out="\n")


def _changes(rest: Sequence[str]) -> Iterator[int]:
    """A number at once, and one after every change of a file that was named, stands beside one, or is in a folder."""
    seen: dict[str, tuple[int, int]] | None = None
    numbers = itertools.count()
    while True:
        now = _stamps(rest)
        if now != seen:
            seen = now
            yield next(numbers)
        time.sleep(_EVERY)


def _stamps(rest: Sequence[str]) -> dict[str, tuple[int, int]]:
    """When each file that matters was changed last, and its size."""
    files: list[Path] = []
    for word in rest:
        folder = Path(word) if Path(word).is_dir() else Path(word).parent
        files += [*folder.rglob("*.policy"), *folder.rglob("*.policy.md"), Path(word), Path(tests_of(word))]
    found = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found
