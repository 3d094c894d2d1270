"""`policyc due`: what is to be told, done, measured again or renewed, by when, and how far compute may grow."""

import argparse
import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment, add
from policylang.decide import decide
from policylang.decide.agenda import agenda, soon
from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence
from policylang.files import Loaded
from policylang.kinds import TIME_UNITS, Quantity, parse_quantity
from policylang.reports import agenda as reports
from policylang.reports.agenda import Listed

_EXAMPLES = {
    "policyc due acme.policy runs/acme-7b.yaml": "what is overdue, due and coming for this model",
    "policyc due acme.policy evidence/*.yaml --within '30 days'": "without what comes later than in thirty days",
    "policyc due acme.policy evidence/*.yaml --format ics > due.ics": "as a calendar file, with a week's notice",
}
_ABOUT = """\
List every notification, report, evaluation and review that is overdue, due or coming, and say by how
much effective compute may still grow before readings go stale.

  POLICY…    files that end in .policy or .policy.md
  EVIDENCE…  all other files, as `policyc check` takes them; - is standard input"""
_MEANINGS = {
    ExitStatus.DONE: "nothing is overdue",
    ExitStatus.FAILED: "something is overdue",
    ExitStatus.NOT_JUDGED: "it could not be judged: a wrong call, policy or evidence, or output that cannot be written",
}
_FORMATS = ("text", "json", "ics")


def words() -> Words:
    """The options of this command."""
    usage = "POLICY… EVIDENCE… [--as-of DATE] [--within DURATION] [--format text|json|ics] [OPTIONS]"
    found = Words("due", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.once("--as-of", "DATE", "as of this day or instant (default: today, UTC)", given.moment)
    found.once("--within", "DURATION", "leave out what comes later, `30 days`; what is overdue stays", _duration)
    about = "text for people (default), json for programs, or ics: a calendar of what has a date"
    found.once("--format", "FORMAT", about, one_of(_FORMATS))
    found.set_defaults(format="text")
    given.stating(found)
    found.switch("--no-cache", "compile policies anew, and keep nothing")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The agenda; raises CallError, PolicyError or EvidenceError."""
    as_of: Moment = options.as_of or Moment(datetime.now(UTC).date())
    loaded, evidence, about_logs = _read(options, rest, as_of)
    horizon = None if options.within is None else _horizon(as_of, options.within, evidence)
    listed = [_listed(policy, evidence, as_of, horizon) for policy in loaded]
    overdue = reports.counts(listed)["overdue"]
    status = ExitStatus.FAILED if overdue else ExitStatus.DONE
    warnings = [*(warning for policy in loaded for warning in policy.warnings), *about_logs]
    return Answer(status=status, out=_out(options, listed, horizon), err=_err(options, warnings))


def _read(
    options: argparse.Namespace, rest: Sequence[str], as_of: Moment
) -> tuple[list[Loaded], Evidence, tuple[Diagnostic, ...]]:
    """Policies and evidence, as `policyc check` reads them, and warnings about logs."""
    policies, evidence_files = given.sorted_words(rest)
    given.complete(policies, evidence_files)
    loaded = given.loaded(policies, cache=not options.no_cache)
    graphs = [policy.graph for policy in loaded]
    found = given.gathered(options, graphs, evidence_files)
    wrong = admit(graphs, found.evidence, as_of)
    if wrong:
        raise EvidenceError(wrong)
    return loaded, found.evidence, found.warnings


def _listed(policy: Loaded, evidence: Evidence, as_of: Moment, horizon: Moment | None) -> Listed:
    decision = decide(policy.graph, evidence, as_of)
    entries = agenda(evidence, decision)
    shown = entries if horizon is None else soon(entries, horizon)
    return Listed(decision=decision, entries=shown, later=len(entries) - len(shown))


def _out(options: argparse.Namespace, listed: Sequence[Listed], horizon: Moment | None) -> str:
    if options.format == "json":
        from policylang.reports.json import encoded

        return encoded(reports.document(listed, horizon))
    if options.format == "ics":
        from policylang.reports.calendar import calendar

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # a calendar is UTF-8, whatever the locale
        return calendar(listed)
    return reports.text(listed, ending(listed), streams.look(sys.stdout, options.color))


def ending(listed: Sequence[Listed]) -> str:
    """What the exit status is, and why: `exit 1: 2 overdue, 1 due, 3 coming`."""
    counts = reports.counts(listed)
    status = ExitStatus.FAILED if counts["overdue"] else ExitStatus.DONE
    said = [f"{count} {state}" if state != "no date" else f"{count} without a date" for state, count in counts.items()]
    shown = ", ".join(text for text in said if not text.startswith("0 "))
    return f"exit {status:d}: {shown or _MEANINGS[ExitStatus.DONE]}"


def _err(options: argparse.Namespace, found: Sequence[Diagnostic]) -> str:
    if not found:
        return ""
    from policylang.reports import diagnostics

    return diagnostics.diagnostics(found, streams.look(sys.stderr, options.color))


def _duration(text: str) -> Quantity:
    try:
        quantity = parse_quantity(text)
    except ValueError as error:
        raise CallError("C114", f"`{text}` is {error}", "write `--within '30 days'`") from None
    if quantity.unit not in TIME_UNITS or quantity.number < 0:
        raise CallError("C114", f"`{text}` is no length of time", "write `--within '30 days'`")
    return quantity


def _horizon(as_of: Moment, within: Quantity, evidence: Evidence) -> Moment:
    try:
        return add(as_of, within, evidence.holidays)
    except ValueError as error:
        raise CallError("C114", f"{error}", "name a shorter time, or leave `--within` out") from None
