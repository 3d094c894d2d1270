"""`policyc lint`: what policies say and hardly mean."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of, only_policies
from policylang.cli.status import ExitStatus
from policylang.cli.version import installed
from policylang.codes import CODES
from policylang.diagnostics import PolicyError, nearest
from policylang.files import compile_source, policy_files, read_policy, rewrite
from policylang.lint import MENDED, RULES, Family, Linted, Persona, Rule, View, linted
from policylang.lint.fixing import Mended, look_with, mended
from policylang.reports import diagnostics, layout
from policylang.reports.findings import FORMATS, Judged, Report, rendered
from policylang.reports.style import Look, Page, plain
from policylang.source import Source

_EXAMPLES = {
    "policyc lint policies/": "every policy in a folder, as its author",
    "policyc lint acme.policy --as reviewer": "what whoever reviews a change asks: sources, separation, what changes",
    "policyc lint acme.policy --as auditor": "what an auditor asks, with all that comments allow",
    "policyc lint acme.policy --fix": "mend what can be mended without changing what the policy means",
    "policyc lint acme.policy --fix --diff": "show what that would change, and write nothing",
    "policyc lint acme.policy --only thresholds --skip L217": "one family, but for one lint",
    "policyc lint policies/ --format sarif > lint.sarif": "for a code scanner; `github` and `gitlab` are there too",
    "policyc lint --rules": "every lint, by family: whom it is for, and whether it can be mended",
}
_MEANINGS = {
    ExitStatus.DONE: "nothing is found that no comment allows",
    ExitStatus.REFUSED: "something is found, or with `--diff` something would be mended",
    ExitStatus.NOT_JUDGED: "a policy does not compile, the call is wrong, or a file cannot be written",
}
_ABOUT = """\
Find what policies say and hardly mean: names that look alike, boundaries drawn in two ways, thresholds
without evidence, rules that can never fire. Nothing found here changes a verdict.

A comment allows a finding and says why, and one that allows nothing is found itself:
  # lint allow L215: the framework names no sample size     (for what begins on the next line)
  levels tier: t3 < t2 < t1  # lint allow L107: as printed  (for this line)
  # lint allow-file L109: this policy is not published      (for the file)

Families: names, thresholds, evidence, governance, clocks, logic, comments."""


def words() -> Words:
    """The options of this command."""
    usage = "POLICY… [--as PERSONA]… [--only LINT]… [--skip LINT]… [--fix] [--format FORMAT]"
    found = Words("lint", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.many("--as", "PERSONA", "who asks: author (default), reviewer or auditor; may be repeated")
    found.many("--only", "LINT", "this code or family only, whoever asks; may be repeated")
    found.many("--skip", "LINT", "all but this code or family; may be repeated")
    found.switch("--fast", "leave out what must be proved for all evidence, which can take seconds")
    found.switch("--fix", "mend what can be mended, where the policy is proved to mean the same afterwards")
    found.switch("--fix-meaning", "mend the rest too, and change what the policy means: read `policyc diff` then")
    found.switch("--diff", "show what would be mended, and write nothing")
    found.switch("--show-allowed", "list what comments allow, with their reasons")
    found.switch("--rules", "list every lint, and judge nothing")
    found.once("--format", "FORMAT", "text (default), json, sarif, github or gitlab", one_of(tuple(FORMATS)))
    found.set_defaults(format="text")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """What is found in the policies of a call; raises CallError."""
    look = streams.look(sys.stdout, options.color)
    if options.rules:
        return Answer(status=ExitStatus.DONE, out=rules_text(look))
    if not rest:
        raise CallError("C104", "no policy is named", "name policies, files that end in `.policy`, or folders of them")
    asked = _asked(options)
    only_policies(rest)
    names = policy_files(rest)
    judged = [_Linting(options, asked, name, index, len(names)).judged() for index, name in enumerate(names)]
    if options.diff and options.format == "text":
        return _differences(judged, look)
    report = Report(
        policies=tuple(one.policy for one in judged),
        rules=asked.rules,
        shows_allowed=options.show_allowed or Persona.AUDITOR in asked.personas,
        version=installed(),
        root=Path.cwd().as_posix(),
    )
    warned = "".join(one.warned for one in judged)
    return Answer(status=_status(judged), out=rendered(report, options.format, look), err=warned)


# Which lints are asked for


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Who asks, and the lints that run for it."""

    personas: frozenset[Persona]
    rules: tuple[Rule, ...]


def _asked(options: argparse.Namespace) -> _Asked:
    """The lints of a call; raises CallError at a persona or lint that is not there, or when none is left."""
    known = [str(persona) for persona in Persona]
    for word in options.__dict__["as"]:
        if word not in known:
            raise CallError("C101", f"`{word}` is nobody who asks", nearest(word, known))
    personas = frozenset(map(Persona, options.__dict__["as"])) or frozenset((Persona.AUTHOR,))
    only, skip = set(map(_lint, options.only)), set(map(_lint, options.skip))
    rules = [rule for rule in RULES if rule.personas & personas or rule.code in only]
    rules = [rule for rule in rules if not only or {rule.code, str(rule.family)} & only]
    rules = [rule for rule in rules if not {rule.code, str(rule.family)} & skip]
    rules = [rule for rule in rules if not (options.fast and rule.proves)]
    if not rules:
        raise CallError("C101", "no lint is left to run", "leave out an `--only` or a `--skip`, or ask as another")
    return _Asked(personas=personas, rules=tuple(rules))


def _lint(word: str) -> str:
    """A code, or the name of a family; raises CallError when it is neither."""
    known = {*(str(family) for family in Family), *(rule.code for rule in RULES)}
    name = word if word in known else word.upper()
    if name not in known:
        raise CallError("C101", f"there is no lint or family `{word}`", nearest(word, known))
    return name


# One policy


@dataclass(frozen=True, kw_only=True)
class _Done:
    """One policy of a call: what was found, its text as it was, and what is to be said besides."""

    policy: Judged
    old: Source | None
    warned: str = ""


class _Linting:
    """Lints and mends one policy of a call."""

    def __init__(self, options: argparse.Namespace, asked: _Asked, name: str, *position: int) -> None:
        self.options, self.asked, self.name, self.position = options, asked, name, position

    def judged(self) -> _Done:
        """What is found in the policy, after it is mended where that is asked for."""
        try:
            source = read_policy(self.name)
        except PolicyError as error:
            return _Done(policy=Judged(file=self.name, graph=None, found=error.diagnostics), old=None)
        made = self.mended(source)
        new = source if made is None else made.source
        warned = ""
        if made is not None and new.text != source.text and not self.options.diff:
            try:
                rewrite(source, new.text)
            except PolicyError as error:  # what was mended elsewhere is told all the same
                return _Done(policy=Judged(file=self.name, graph=None, found=error.diagnostics), old=None)
            warned = _warned(self.name, made)
        stands = source if self.options.diff else new
        return _Done(policy=self.found(stands, made), old=source, warned=warned)

    def mended(self, source: Source) -> Mended | None:
        """The policy mended; None when nobody asks for that."""
        changing = self.options.fix_meaning
        if not (self.options.fix or changing or self.options.diff):
            return None
        fast = tuple(rule for rule in self.asked.rules if not rule.proves)
        first = mended(source, look_with(_view, lambda view: linted(view, fast).found), changing=changing)
        if len(fast) == len(self.asked.rules) or "L001" not in {rule.code for rule in fast}:
            return first
        again = mended(first.source, look_with(_view, lambda view: self.linted(view).found), changing=changing)
        return Mended(source=again.source, made=first.made + again.made, taken_back=first.taken_back + again.taken_back)

    def linted(self, view: View) -> Linted:
        """What the lints of this call find; a terminal is told while the prover works."""
        number, total = self.position
        if any(rule.proves for rule in self.asked.rules):
            with _said(f"{Path(self.name).name} ({number + 1} of {total}): proving, `--fast` leaves that out"):
                return linted(view, self.asked.rules)
        return linted(view, self.asked.rules)

    def found(self, source: Source, made: Mended | None) -> Judged:
        """What is found in a text of the policy."""
        try:
            view = _view(source)
        except PolicyError as error:
            return Judged(file=self.name, graph=None, found=error.diagnostics, mended=made)
        found = self.linted(view)
        return Judged(file=self.name, graph=view.graph, found=found.found, allowed=found.allowed, mended=made)


def _view(source: Source) -> View:
    compiled = compile_source(source)
    return View(checked=compiled.checked, graph=compiled.graph, warnings=compiled.warnings)


@contextlib.contextmanager
def _said(text: str) -> Iterator[None]:
    """Says on a terminal what is being done, and takes it back afterwards; nothing where nobody looks."""
    is_seen = sys.stderr is not None and sys.stderr.isatty()
    if is_seen:
        streams.write(sys.stderr, f"\r\x1b[K{plain(text)}")
    yield
    if is_seen:
        streams.write(sys.stderr, "\r\x1b[K")


def _warned(name: str, made: Mended) -> str:
    """What is to be said of fixes that changed what a policy means."""
    changing = [one for one in made.made if one.fix is not None and not one.fix.keeps_meaning]
    errors = [one for one in changing if one.severity == "error"]
    if not changing:
        return ""
    page = Page(Look())
    if len(errors) < len(changing):
        page.line(f"{name} no longer means what it did: {len(changing) - len(errors)} of its fixes changed that")
        page.line(f"`policyc diff REVISION:{name} {name}` shows what became looser, and what stricter", indent=2)
    if errors:
        page.line(f"{name}: {len(errors)} of its errors mended as their help says; see that each is what you mean")
    return page.text()


def _status(judged: Sequence[_Done]) -> ExitStatus:
    if any(one.policy.graph is None for one in judged):
        return ExitStatus.NOT_JUDGED
    return ExitStatus.REFUSED if any(one.policy.found for one in judged) else ExitStatus.DONE


def _differences(judged: Sequence[_Done], look: Look) -> Answer:
    """What would be mended, as a unified diff."""
    changes = [
        (one.old, one.policy.mended.source.text)
        for one in judged
        if one.old is not None and one.policy.mended is not None
    ]
    out = layout.differences(changes, look)
    broken = [error for one in judged if one.policy.graph is None for error in one.policy.found]
    if broken and not out:
        raise PolicyError(broken)
    err = diagnostics.diagnostics(broken, streams.look(sys.stderr, "auto"))
    return Answer(status=_status(judged), out=out, err=err)


# The list of lints


def rules_text(look: Look) -> str:
    """Every lint by family: its code, for whom it is, what it takes, whether it can be mended, and its title."""
    page = Page(look)
    for family in Family:
        codes = sorted({rule.code for rule in RULES if rule.family is family})
        if codes:
            page.heading(str(family))
            page.table([_row([rule for rule in RULES if rule.code == code]) for code in codes])
    page.blank()
    page.line(
        f"{len({rule.code for rule in RULES})} lints. Who is told: everybody, or author, reviewer, auditor. "
        "Proved: for all evidence, and left out with `--fast`. Fix: mended by `--fix`, or by `--fix-meaning`."
    )
    return page.text()


def _row(rules: Sequence[Rule]) -> list[str | tuple[str, str]]:
    code, personas = rules[0].code, rules[0].personas
    people = " ".join(str(persona) for persona in Persona if persona in personas)
    return [
        (code, "bold"),
        "everybody" if len(personas) == len(Persona) else people,
        "proved" if all(rule.proves for rule in rules) else "",
        "" if code not in MENDED else "fix" if MENDED[code] else "fix-meaning",
        CODES[code].title,
    ]
