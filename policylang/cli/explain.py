"""`policyc explain`: what a code means, what a policy or a name in it says, and why a verdict is what it is."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from policylang import resources
from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import JUDGED, ExitStatus
from policylang.clocks import Moment
from policylang.codes import CODES
from policylang.diagnostics import nearest
from policylang.explain import KINDS, Declared
from policylang.explain.codes import explain_code, explain_word, families, nearest_code
from policylang.explain.document import Document
from policylang.files import Loaded, worded
from policylang.graph.nodes import Graph
from policylang.reports.style import Page

_EXAMPLES = {
    "policyc explain P204": "the page of this code",
    "policyc explain": "every code and its title",
    "policyc explain exception": "what the reference of the language says of exceptions",
    "policyc explain acme.policy": "the whole policy in plain English",
    "policyc explain acme.policy --format html > acme.html": "the same as a page to print for a board",
    "policyc explain acme.policy deployment_ceiling": "one rule: what it says, what it rests on, what depends on it",
    "policyc explain acme.policy measure:ctf": "a measure, where another kind of thing has the same name",
    "policyc explain acme.policy runs/acme-7b.yaml --for deploy.external": "why, and what would change it",
    "policyc explain acme.policy --budget": "what must be proved of scores, at which error, with how many units",
}
_ABOUT = """\
Explain in plain English, and in no words but those that the decision graph gives.

  CODE…               what a message means, and what to do; without any word, all codes
  WORD                a word of the language, such as measure or exception: its part of the reference
  POLICY              the whole policy: what is decided, on what, who has a say, what is left open
  POLICY NAME…        a rule, category, measure, control, role, event …: what it says, what it rests on, what
                      depends on it; KIND:NAME where several are called so
  POLICY EVIDENCE…    a decision: why each verdict, what would permit it, and what would take it away"""
_MEANINGS = {
    **JUDGED,
    ExitStatus.DONE: "what was asked for is printed; of a decision, every action asked for is permitted",
    ExitStatus.REFUSED: "of a decision, something is forbidden, conditional or overdue",
    ExitStatus.UNDETERMINED: "of a decision, something is undetermined or not covered, and nothing is forbidden",
}
_FORMATS = ("text", "markdown", "html", "json")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """The words of a call beside the policy, by what they are."""

    names: tuple[str, ...]
    evidence: tuple[str, ...]
    codes: tuple[str, ...]


def words() -> Words:
    """The options of this command."""
    usage = "[CODE…] | POLICY [NAME… | EVIDENCE… [--for ACTION]… [--as-of DATE]] [--format FORMAT]"
    found = Words("explain", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.many("--name", "NAME", "a name of the policy, also where a file or a code is called so")
    found.many("--for", "ACTION", "of a decision: this action only, `deploy` for every `deploy.…`; may be repeated")
    found.once("--as-of", "DATE", "of a decision: as of this day or instant (default: today, UTC)", given.moment)
    found.switch(
        "--budget", "of a policy: its error budget (at `--attempt N`), what must be proved with how many units"
    )
    described = "text (default), markdown for a change request, html to print, json for programs"
    found.once("--format", "FORMAT", described, one_of(_FORMATS))
    found.set_defaults(format="text")
    given.wording(found)
    given.stating(found)
    found.switch("--no-cache", "compile policies anew, and keep nothing")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The explanations; raises CallError, PolicyError and EvidenceError."""
    policies, others = given.sorted_words(rest)
    _complete(options, policies, others)
    if not policies:
        return Answer(status=ExitStatus.DONE, out=_codes(options, others))
    loaded = given.loaded(policies, cache=not options.no_cache)
    if options.budget:  # which says of each measure what its warnings would
        return Answer(status=ExitStatus.DONE, out=_budgets(options, loaded))
    asked = _sorted(options, loaded, others)
    if asked.evidence:
        return _decision(options, loaded[0], asked.evidence)
    if asked.names:
        documents = _named(loaded[0], policies[0], asked.names)
    else:
        from policylang.explain import policy

        documents = [(policy(each.graph), each.graph) for each in loaded]
    err = given.warned([warning for policy in loaded for warning in policy.warnings], options.color)
    out = _shown(options, documents) + (_codes(options, asked.codes) if asked.codes else "")
    return Answer(status=ExitStatus.DONE, out=out, err=err)


def _complete(options: argparse.Namespace, policies: Sequence[str], others: Sequence[str]) -> None:
    """Refuse what cannot be meant together."""
    wants_policy = [name for name in ("for", "as_of", "name", "budget", "vocabulary") if options.__dict__[name]]
    if not policies and (wants_policy or options.format != "text"):
        word = f"--{wants_policy[0].replace('_', '-')}" if wants_policy else f"--format {options.format}"
        raise CallError("C104", f"`{word}` is of a policy, and none is named", "name a file that ends in `.policy`")
    if len(policies) > 1 and (others or options.name or options.format != "text"):
        raise CallError("C101", "one policy is explained at a time", "name one policy, and what is asked about it")
    if options.budget and (others or options.name or options.format != "text"):
        raise CallError("C101", "`--budget` is of whole policies, as text", "leave out the other words")


# Codes, and what must be proved


def _codes(options: argparse.Namespace, names: Sequence[str]) -> str:
    """The pages of codes, or the list of all."""
    page = Page(streams.look(sys.stdout, options.color))
    for name in names:
        found = explain_code(name)
        if found is None and (section := explain_word(name, resources.reference_text())):
            page.blank()
            for line in section.split("\n"):
                page.exactly(line)
            continue
        if found is None:
            is_code = any(letter.isdigit() for letter in name) and "." not in name
            help_ = nearest_code(name) if is_code else "name a code, a word of the language, or a policy first"
            raise CallError("C109", f"there is no code `{name}`", help_)
        page.blank()
        page.line((found.name, "bold"), f": {found.title}")
        page.blank()
        for line in found.page.split("\n"):
            page.exactly(line)
    if not names:
        for family, pages in families():
            page.heading(family)
            page.table([[(item.name, "bold"), item.title] for item in pages])
    return page.text()


def _budgets(options: argparse.Namespace, loaded: Sequence[Loaded]) -> str:
    """The error budget of each policy."""
    from policylang.reports import budget

    if options.attempt == 0:
        raise CallError("C101", "there is no attempt `0`", "attempts are counted from 1")
    page = Page(streams.look(sys.stdout, options.color))
    for number, policy in enumerate(loaded):
        if number:
            page.blank()
        budget.budget(page, policy.graph, options.attempt or 1)
    return page.text()


# Policies and their names


def _sorted(options: argparse.Namespace, loaded: Sequence[Loaded], others: Sequence[str]) -> _Asked:
    """Which of the other words are names, which are codes, and which are files of evidence; raises CallError."""
    from policylang.explain import names

    known = {name for policy in loaded for name in names(policy.graph)}
    plain = {name for _, name in known} | {f"{kind}:{name}" for kind, name in known}
    found: dict[str, list[str]] = {"names": [*options.name], "evidence": [], "codes": []}
    for word in others:
        if word in plain or (":" in word and word.partition(":")[0] in KINDS):
            found["names"].append(word)
        elif word.upper() in CODES:
            found["codes"].append(word)
        elif _is_name(word, loaded) and not _is_file(word):
            found["names"].append(word)  # a clause that nothing cites, or a name that is wrong
        else:
            found["evidence"].append(word)
    if found["evidence"] and (found["names"] or found["codes"]):
        help_ = "ask about the decision, or about the name; `--for ACTION` asks about one action of a decision"
        raise CallError("C101", "a decision and a name are not explained together", help_)
    if not found["evidence"] and (options.__dict__["for"] or options.as_of):
        raise CallError("C105", "no evidence is named", "name evidence files too, or ask without `--for` and `--as-of`")
    return _Asked(
        names=tuple(dict.fromkeys(found["names"])),
        evidence=tuple(found["evidence"]),
        codes=tuple(found["codes"]),
    )


def _named(policy: Loaded, path: str, asked: Sequence[str]) -> list[tuple[Document, Graph]]:
    """The explanation of each name, of every kind that is called so; raises CallError."""
    from policylang.explain import names, of_name

    known = _declared(path)
    every = names(policy.graph, known)
    documents = []
    for word in asked:
        kind, colon, name = word.rpartition(":")
        found = [each for each in every if each[1] == name and (not colon or each[0] == kind)]
        if not found:
            help_ = nearest(name, [each for _, each in every if not colon or _ == kind])
            raise CallError("C170", f"this policy declares no {kind or 'name'} `{name}`", help_)
        documents += [(of_name(policy.graph, *each, known), policy.graph) for each in found]
    return documents


def _declared(path: str) -> Declared:
    """Where the names of a policy are declared, and its clauses."""
    from policylang import resolve
    from policylang.explain import declared
    from policylang.files import read_policy, taken

    modules, joins = resolve.gather(read_policy(path), taken, [])
    return declared(resolve.resolve(modules, joins, []))


def _is_name(word: str, loaded: Sequence[Loaded]) -> bool:
    """Whether a word is written as a name is: with a dot only below what actions begin with."""
    stem, dot, rest = word.partition(".")
    known = any(name.partition(".")[0] == stem for policy in loaded for name in policy.graph.leaves)
    return stem.isidentifier() and (not dot or (known and rest.replace(".", "").isidentifier()))


def _is_file(word: str) -> bool:
    return word == "-" or Path(word).exists()


# Decisions


def _decision(options: argparse.Namespace, policy: Loaded, files: Sequence[str]) -> Answer:
    """Why each verdict, and what would change it; the status is that of `policyc check`."""
    from policylang.cli.check import judged
    from policylang.explain.decision import explained
    from policylang.reports.several import joined

    graph = policy.graph
    as_of: Moment = options.as_of or Moment(datetime.now(UTC).date())
    asked = _actions(options.__dict__["for"], graph)
    gathered = given.gathered(options, [graph], list(files))
    (evidence,) = worded(gathered.evidence, [graph], as_of, options.vocabulary or "").evidence
    document, decision = explained(graph, evidence, as_of, asked)
    status, reason = judged([joint for joint in joined([decision]) if joint.action in asked], [decision])
    out = _shown(options, [(document, graph)])
    if options.format == "text":
        out += f"\nexit {status:d}: {reason}\n"
    err = given.warned([*policy.warnings, *gathered.warnings], options.color)
    return Answer(status=status, out=out, err=err)


def _actions(wanted: Sequence[str], graph: Graph) -> tuple[str, ...]:
    """The actions asked for; all when none is named."""
    for name in wanted:
        if name not in graph.leaves:
            raise CallError("C106", f"this policy has no action `{name}`", nearest(name, graph.leaves))
    named = {leaf for name in wanted for leaf in graph.leaves[name]}
    return tuple(term.name for term in graph.actions if term.name in named or not named)


# Formats


def _shown(options: argparse.Namespace, documents: Sequence[tuple[Document, Graph]]) -> str:
    """Explanations in the form that was asked for."""
    match options.format:
        case "json":
            from policylang.reports.explained.document import several
            from policylang.reports.json import encoded

            return encoded(several(documents))
        case "markdown":
            from policylang.reports.explained.markdown import markdown

            return "\n".join(markdown(document) for document, _ in documents)
        case "html":
            from policylang.reports.explained.html import html

            return html([document for document, _ in documents])
        case _:
            from policylang.reports.explained.text import text

            look = streams.look(sys.stdout, options.color)
            return "\n\n".join(text(document, look) for document, _ in documents)
