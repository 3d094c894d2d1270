"""`policyc fmt`: policies in their one layout."""

import argparse
import sys
from collections.abc import Sequence

from policylang.cli import streams
from policylang.cli.call import Answer, CallError, Words, closing, formats, only_policies
from policylang.cli.status import ExitStatus
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.files import policy_files, read_policy, rewrite
from policylang.format import formatted
from policylang.reports import diagnostics, layout
from policylang.reports.json import encoded
from policylang.reports.layout import Laid
from policylang.source import Source

STDIN = "<stdin>"

_ABOUT = """\
Give policies their one layout. Only white space changes, so they mean what they meant; words, texts and
comments stay as they are, and so do the blank lines between declarations (several become one).

  PATH…  files that end in `.policy` or `.policy.md`, tests too; folders of them, but for hidden ones and
         links; or `-` alone, from standard input to standard output

Of a Markdown file only the `policy` blocks change. A file that is broken is never written."""
_EXAMPLES = {
    "policyc fmt policies/": "write every file in a folder that is laid out otherwise",
    "policyc fmt --check policies/": "name them, and write nothing: for a build service",
    "policyc fmt --diff acme.policy": "show what would change",
    "policyc fmt - < acme.policy": "what an editor does with the text it holds",
    "policyc fmt - --stdin-name acme.policy.md < acme.policy.md": "the same with a Markdown policy",
}
_MEANINGS = {
    ExitStatus.DONE: "every file is in its layout, or was written in it",
    ExitStatus.FAILED: "with `--check` or `--diff`: a file is laid out otherwise",
    ExitStatus.NOT_JUDGED: "a file is broken, or cannot be read or written (the others are done), or a wrong call",
}


def words() -> Words:
    """The options of this command."""
    usage = "PATH…|- [--check] [--diff] [--stdin-name NAME] [--format text|json]"
    found = Words("fmt", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.switch("--check", "write nothing, and name the files that are laid out otherwise")
    found.switch("--diff", "write nothing, and show what would change")
    found.once("--stdin-name", "NAME", "what the text of standard input is called, as its ending says what it is", str)
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """What was laid out, or would be; raises CallError or PolicyError."""
    if not rest:
        raise CallError("C104", "no policy is named", "name files, a folder of them, or `-` for standard input")
    if "-" in rest:
        return _stdin(options, rest)
    if options.stdin_name:
        raise CallError("C101", "`--stdin-name` is about standard input, and files are named", "name `-`, or leave it")
    only_policies(rest)
    return _said(options, [_laid(options, name) for name in policy_files(rest, tests=True)])


def _stdin(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The text of standard input, laid out; with `--check` or `--diff`, whether it would change."""
    if len(rest) > 1:
        raise CallError("C101", "`-` stands for standard input, and does not go with files", "name one or the other")
    if options.format == "json" and not (options.check or options.diff):
        raise CallError("C101", "the text itself has no form but its own", "leave `--format` out, or add `--check`")
    name = options.stdin_name or STDIN
    source = Source(name=name, text=read_policy("-").text)
    if options.check or options.diff:
        return _said(options, [_compared(source)])
    found: list[Diagnostic] = []
    text = formatted(source, found)
    if text is None:
        raise PolicyError(found)
    if not text.isascii() and (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") != "utf8":
        help_ = "set PYTHONUTF8=1, or name the file"
        raise CallError("C110", "standard output is not UTF-8, and some letters of this policy would be lost", help_)
    return Answer(status=ExitStatus.DONE, out=text)


def _laid(options: argparse.Namespace, name: str) -> Laid:
    """One file, written where that is asked for; what is wrong with it is part of the result."""
    try:
        one = _compared(read_policy(name))
        if one.state != "unformatted" or options.check or options.diff:
            return one
        rewrite(one.source, one.text)
    except PolicyError as error:
        return Laid(source=Source(name=name, text=""), text="", state="broken", found=tuple(error.diagnostics))
    return Laid(source=one.source, text=one.text, state="formatted")


def _compared(source: Source) -> Laid:
    """A text beside its layout."""
    found: list[Diagnostic] = []
    text = formatted(source, found)
    if text is None:
        return Laid(source=source, text="", state="broken", found=tuple(found))
    return Laid(source=source, text=text, state="unchanged" if text == source.text else "unformatted")


def _said(options: argparse.Namespace, laid: Sequence[Laid]) -> Answer:
    if options.format == "json":
        out = encoded(layout.document(laid, diff=options.diff))
    else:
        look = streams.look(sys.stdout, options.color)
        out = layout.differences(layout.changes(laid), look) if options.diff else layout.text(laid, look)
    found = [diagnostic for one in laid for diagnostic in one.found]
    err = diagnostics.diagnostics(found, streams.look(sys.stderr, options.color))
    return Answer(status=_status(laid), out=out, err=err)


def _status(laid: Sequence[Laid]) -> ExitStatus:
    states = {one.state for one in laid}
    if "broken" in states:
        return ExitStatus.NOT_JUDGED
    return ExitStatus.FAILED if "unformatted" in states else ExitStatus.DONE
