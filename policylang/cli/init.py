"""`policyc init`: a policy of one's own with all that belongs to it, over a standard policy or from scratch."""

import argparse
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from policylang import resources
from policylang.cli import given, placing, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment
from policylang.diagnostics import PolicyError, nearest, quoted
from policylang.files import compile_source, standard_source
from policylang.project import EVIDENCE, Plan, Standard, digest, project
from policylang.reports.style import Page, brief

_EXAMPLES = {
    "policyc init acme": "a small policy from scratch in the folder `acme`, with all that belongs to it",
    "policyc init acme --extends openai/preparedness-2023-12-18": "a policy over a published framework",
    "policyc init --list": "the published frameworks that a policy can be laid over",
    "policyc init . --name frontier --title 'Acme Frontier Policy' --ci gitlab": "here, for GitLab",
    "policyc init acme --dry-run": "which files that would be",
}
_MEANINGS = {
    ExitStatus.DONE: "the files are written; with `--dry-run` or `--list`, printed what was asked for",
    ExitStatus.NOT_JUDGED: "nothing is written: a wrong call, or a file that is there already or cannot be written",
}
_ABOUT = """\
Begin a policy: NAME.policy with tests beside it, evidence to decide on, a workflow that checks every
change, hooks for commits, and a page that says how to work with them. What is written compiles, passes
its tests and decides. All files are written, or none.

  FOLDER     where the files go (default: this folder)"""
_SERVICES = ("github", "gitlab", "none")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PROMISE = re.compile(r'(extends\s+"[^"\n]*")\s+only\s+stricter')
"""What a standard policy promises of another; it is proved where it ships, and takes long."""
_HEADER = re.compile(r'^policy \w+ "([^"\n]*)" \{(?:\n.*?^  version +"([^"\n]*)")?', re.MULTILINE | re.DOTALL)

_WORD = re.compile(r"[^\W\d_]+|\d+")
_VERSION = re.compile(r"\bv(?=\d)")
_MAX_MEANT = 8
_MAX_READ = 200


def words() -> Words:
    """The options of this command."""
    usage = "[FOLDER] [--extends STANDARD] [--name NAME] [--title TITLE] [OPTIONS]"
    found = Words("init", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.once("--extends", "STANDARD", "lay the policy over a published one, `openai/preparedness-2023-12-18`", str)
    found.switch("--may-loosen", "of `--extends`: do not promise that the policy is only stricter")
    found.once("--name", "NAME", "the name of the policy and its file (default: that of the folder)", _name)
    found.once("--title", "TITLE", "its title, in quotation marks", _title)
    found.once("--ci", "SERVICE", "write checks for github (default), gitlab, or none", one_of(_SERVICES))
    found.once("--as-of", "DATE", "the day of the example's evidence (default: today, UTC)", given.moment)
    found.many("--skip", "FILE", "leave a file out, `README.md`; may be repeated")
    found.switch("--force", "write over files that are there")
    found.switch("--dry-run", "list the files, and write none")
    found.switch("--list", "list the published frameworks, each with the digest of its text")
    found.set_defaults(ci="github")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """What was written; raises CallError."""
    page = Page(streams.look(sys.stdout, options.color))
    if options.list:
        _listed(page)
        return Answer(status=ExitStatus.DONE, out=page.text())
    if len(rest) > 1:
        raise CallError("C101", f"`{rest[1]}` is a second folder", "name one folder, or none for this one")
    if options.may_loosen and options.extends is None:
        raise CallError("C101", "`--may-loosen` is about a policy that is extended", "add `--extends STANDARD`")
    folder = Path(rest[0] if rest else ".")
    plan = _plan(options, folder)
    files = _kept(_files(plan), options.skip)
    there = placing.standing(folder, files)
    if there:
        message = f"{quoted(there, 'and')} in `{folder}` {'stands' if len(there) == 1 else 'stand'} where files belong"
        help_ = "nothing was changed: move it away first, since no folder is deleted and no link is followed"
        raise CallError("C160", message, help_)
    there = placing.taken(folder, files)
    if there and not options.force:
        message = f"there {'is' if len(there) == 1 else 'are'} already {quoted(there, 'and')} in `{folder}`"
        help_ = "name another folder, leave files out with `--skip FILE`, or write over them with `--force`"
        raise CallError("C160", message, help_)
    if not options.dry_run:
        _write(folder, files)
    _said(page, plan, folder, files, is_dry=options.dry_run)
    return Answer(status=ExitStatus.DONE, out=page.text())


def _plan(options: argparse.Namespace, folder: Path) -> Plan:
    from policylang.cli.version import installed

    name = options.name or _name_of(folder)
    day: Moment = options.as_of or Moment(datetime.now(UTC).date())
    return Plan(
        name=name,
        title=options.title or f"{name.replace('_', ' ').strip().capitalize() or name} safety policy",
        day=str(day.day),
        version=installed(),
        service=options.ci,
        only_stricter=not options.may_loosen,
        standard=_standard(options.extends) if options.extends is not None else None,
    )


def _files(plan: Plan) -> dict[str, str]:
    """The files of a project, tried out: it compiles, its tests pass, and its page says what is decided.

    That it is only stricter is proved whenever it is compiled from then on, and changes nothing of this.
    """
    template = resources.project_text
    tried = project(replace(plan, only_stricter=False), template, (0, ""))
    with placing.staged(tried) as folder:
        decided = _tried(plan, folder)
    return project(plan, template, decided)


def _kept(files: Mapping[str, str], skipped: Sequence[str]) -> dict[str, str]:
    """The files but for those that are left out; raises CallError at one that would not be written."""
    for name in skipped:
        if name not in files:
            raise CallError("C101", f"no file `{brief(name)}` would be written", nearest(name, files))
    return {name: text for name, text in files.items() if name not in skipped}


def _tried(plan: Plan, folder: Path) -> tuple[int, str]:
    """The exit status and the reason of the decision on the example; a project that does not work is our mistake."""
    from policylang.cli.check import judged
    from policylang.decide import decide
    from policylang.evidence.admit import admit
    from policylang.files import compile_tested, read_evidence
    from policylang.reports.several import joined
    from policylang.testing import run

    compiled = compile_tested(str(folder / f"{plan.name}.policy"))
    found = [one for outcome in run(compiled) for one in outcome.found]
    evidence = read_evidence([str(folder / EVIDENCE)], [compiled.graph])
    as_of = given.moment(plan.day)
    found += admit([compiled.graph], evidence, as_of)
    if found:
        raise PolicyError(found)
    decision = decide(compiled.graph, evidence, as_of)
    status, reason = judged(joined([decision]), [decision])
    return int(status), reason


def _write(folder: Path, files: Mapping[str, str]) -> None:
    try:
        placing.place(folder, files)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        message = f"`{folder}` cannot be written to: {why}"
        raise CallError("C160", message, "name a folder that can be written to; nothing was changed") from None


# What a call says


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        help_ = "write letters, digits and `_`, and begin with a letter: `acme_frontier`"
        raise CallError("C162", f"`{brief(text)}` cannot be the name of a policy", help_)
    return text


def _name_of(folder: Path) -> str:
    """The name of a policy in a folder: that of the folder, as far as its characters can be in one."""
    found = re.sub(r"[^A-Za-z0-9]+", "_", folder.resolve().name).strip("_").lower()
    if not _NAME.fullmatch(found):
        raise CallError("C162", f"the folder `{folder}` gives the policy no name", "give it one: `--name acme`")
    return found


def _title(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 200 or any(sign in text for sign in '"\\`|<>@'):
        help_ = "write it on one line, of words and plain punctuation"
        raise CallError("C162", f"`{brief(text)}` cannot be the title of a policy", help_)
    return text.strip()


def _standard(text: str) -> Standard:
    """A standard policy, by its name with or without ending; raises CallError."""
    names = {_short(name): name for name in resources.policy_names()}
    name = names.get(_short(text))
    if name is None:
        meant = _meant(_short(text))
        offer = f"did you mean {quoted(meant, 'or')}? " if meant else ""
        message = f"no standard policy is called `{brief(text)}`"
        raise CallError("C161", message, f"{offer}`policyc init --list` lists them all")
    source = standard_source(name)
    compiled = compile_source(replace(source, text=_PROMISE.sub(r"\1", source.text)))
    names_of = [one.name.partition(":")[2] for one in compiled.sources]
    return Standard(
        name=name,
        graph=compiled.graph,
        texts={path: resources.policy_text(path) for path in names_of},
        surfaces=_surfaces(compiled.graph.header.name, compiled.graph.header.version),
    )


def _meant(text: str) -> list[str]:
    """The standard policies that words may mean: those that have all of them in name or title, else most of them."""
    wanted = _words_of(text)
    had: dict[str, int] = {}
    for name in resources.policy_names():
        known = _words_of(f"{_short(name)} {_title_of(resources.policy_text(name))}")
        had[_short(name)] = sum(any(_is_in(word, other) for other in known) for word in wanted)
    most = max(had.values(), default=0)
    return [name for name, count in had.items() if count == most][:_MAX_MEANT] if 2 * most > len(wanted) else []


def _words_of(text: str) -> set[str]:
    """The words and numbers of a text, in small letters: `v2` is `2`."""
    return set(_WORD.findall(_VERSION.sub("", text.casefold()[:_MAX_READ])))


def _is_in(word: str, other: str) -> bool:
    """Is a word part of another? A number is the whole of it, or none."""
    return word == other if word.isdigit() else word in other


def _title_of(text: str) -> str:
    """The title and version in the header of a policy."""
    header = _HEADER.search(text)
    return " ".join(part for part in (header.groups("") if header else ()) if part)


def _short(name: str) -> str:
    return name.removesuffix(".md").removesuffix(".policy")


def _surfaces(name: str, version: str) -> Mapping[str, tuple[str, ...]]:
    """What the actions of a standard policy stand for, in neutral terms."""
    from policylang.files import load_vocabulary

    known = (item for item in load_vocabulary().policies if (item.policy, item.version) == (name, version))
    return next((item.actions for item in known), {})


# What is said


def _listed(page: Page) -> None:
    """Every standard policy: its name, its title and version, and below it the digest of its text."""
    for name in resources.policy_names():
        text = resources.policy_text(name)
        page.line((_short(name), "bold"), f"  {_title_of(text)}")
        page.line((f"sha256 {digest(text)}", "dim"), indent=2)


def _said(page: Page, plan: Plan, folder: Path, files: Mapping[str, str], *, is_dry: bool) -> None:
    page.line(("these files would be written" if is_dry else "written", "bold"))
    for name in sorted(files):
        page.line(str(folder / name), indent=2)
    if is_dry:
        return
    page.heading("next")
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    page.line(f"{where}policyc test {plan.name}.policy", indent=2)
    page.line(f"{where}policyc check {plan.name}.policy {EVIDENCE} --as-of {plan.day}", indent=2)
    page.line(f"{folder / 'README.md'} says how to change it, and who approves a change", indent=2)
