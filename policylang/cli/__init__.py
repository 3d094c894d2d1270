"""The command line: `policyc COMMAND …`, one file a command.

A command is a module with its options in `words()` and its work in `answer(options, rest)`, and is imported only when
it is called. It returns an `Answer`, or raises an error that carries diagnostics; everything is written here, at once
and at the end, so that a status of 0 is never returned for a report that nobody could read.
"""

import importlib
import itertools
import sys
from collections.abc import Sequence
from types import ModuleType

from policylang.cli import streams
from policylang.cli.call import COLOURS, Answer, CallError
from policylang.cli.status import JUDGED, ExitStatus, listed
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError, nearest

GROUPS = {
    "write a policy": {
        "init": "begin a policy: from scratch or over a published one, with all that belongs to it",
        "fmt": "give policies their one layout",
        "lint": "find what policies say and hardly mean, and mend it",
        "test": "run the tests that stand in policies",
        "graph": "draw a policy from evidence to verdicts: in the terminal, as SVG, DOT or Mermaid",
        "explain": "say in plain English what a policy, a rule, a decision or a code means",
    },
    "decide": {
        "check": "decide every action of policies on evidence, with reasons",
        "due": "list what is to be told, done, measured again or renewed, by when",
    },
    "measure": {
        "eval": "measure models on a suite of tasks, and write evidence",
        "evidence": "show what logs of eval tools give, as a file of evidence",
        "register": "record runs before they begin, so that none can be hidden",
        "digest": "name the weights of a model: the digest that evidence states as its revision",
    },
    "review": {
        "diff": "say what a revision of a policy loosened or tightened, for every possible input",
        "prove": "decide the invariants of policies for every possible input",
        "ask": "ask what a policy can and cannot do: the worst it permits, who can let it through",
        "log": "list the commits that changed what a policy means, and which way",
        "blame": "name the commit that a rule has its meaning from",
    },
    "for programs": {
        "lsp": "serve an editor: findings, hovers, completion, renaming, verdicts",
        "completion": "print what completes calls of policyc in bash, zsh or fish",
        "schema": "print the JSON Schema of evidence or of what is printed",
        "version": "print the version",
    },
}
"""What each command does, by what somebody wants."""

COMMANDS = {name: about for group in GROUPS.values() for name, about in group.items()}
"""Every command, with what it does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Answer one call; the result is the exit status."""
    words = [str(word) for word in (sys.argv[1:] if argv is None else argv)]
    try:
        return int(_said(_answer(words), words))
    except Exception as error:  # noqa: BLE001  # the last resort, when not even a finding could be shown
        last = Answer(status=ExitStatus.NOT_JUDGED, out="", err=f"internal error: {type(error).__name__}\n")
        return int(_said(last, words))


def _answer(words: list[str]) -> Answer:
    """The answer to a call, whatever happens: an error is an answer too, and never a permission."""
    try:
        return _called(words)
    except (CallError, PolicyError, EvidenceError) as error:
        return _refusal(error.diagnostics, words)
    except KeyboardInterrupt:
        return _refusal([_internal("interrupted", "nothing was judged: run it again")], words)
    except Exception as error:  # noqa: BLE001  # what nobody foresaw must not pass for a permission, nor show a traceback
        trace = ""
        if "--debug" in words:
            trace = _trace()
        return _refusal([_internal(f"internal error: {type(error).__name__}")], words, trace)


def _called(words: list[str]) -> Answer:
    if not words:
        return Answer(status=ExitStatus.NOT_JUDGED, out="", err=overview())
    name, rest = words[0], words[1:]
    if name == "help" and len(rest) == 1 and rest[0] in COMMANDS:
        name, rest = rest[0], ["--help"]
    if name in ("--help", "-h", "help"):
        return Answer(status=ExitStatus.NOT_JUDGED if rest else ExitStatus.DONE, out=overview())
    if name == "--version":
        name = "version"
    if name not in COMMANDS:
        raise CallError("C103", f"there is no command `{name}`", nearest(name, COMMANDS))
    command: ModuleType = importlib.import_module(f"policylang.cli.{name}")
    parser = command.words()
    if "--help" in rest or "-h" in rest:
        is_alone = len(rest) == 1
        return Answer(status=ExitStatus.DONE if is_alone else ExitStatus.NOT_JUDGED, out=parser.format_help())
    answer: Answer = command.answer(*parser.read(rest))
    return answer


def overview() -> str:
    """What `policyc --help` prints."""
    lines = ["policyc: decide what a safety policy permits, on evidence"]
    for group, commands in GROUPS.items():
        lines += ["", f"{group}:", *(f"  policyc {name:<12}{about}" for name, about in commands.items())]
    lines += ["", "`policyc COMMAND --help` shows the options of a command, and examples.", "", listed(JUDGED)]
    return "".join(f"{line}\n" for line in lines)


def _trace() -> str:
    """Where the error that is being handled came from."""
    import traceback

    from policylang.reports.style import Look, Page

    page = Page(Look(unicode=False))
    for line in traceback.format_exc().splitlines():
        page.exactly(line)
    return page.text()


def _internal(message: str, help_: str = "run it again with `--debug` and report what it shows") -> Diagnostic:
    return Diagnostic(code="C111", message=message, place=None, help=help_)


def _refusal(found: Sequence[Diagnostic], words: Sequence[str], trace: str = "") -> Answer:
    """Findings for people on standard error, and on standard output in the form that was asked for."""
    from policylang.reports import diagnostics  # only when something is wrong

    out = ""
    if _wants("json", words):
        from policylang.reports import json

        out = json.encoded(json.error(found))
    elif _wants("github", words):
        from policylang.reports import annotations

        out = annotations.diagnostics(found)
    elif _wants("markdown", words):
        from policylang.reports import summary

        out = summary.refusal(found)
    err = trace + diagnostics.diagnostics(found, streams.look(sys.stderr, _colour(words)))
    return Answer(status=ExitStatus.NOT_JUDGED, out=out, err=err)


def _wants(form: str, words: Sequence[str]) -> bool:
    """Whether a call asks for a format, also when the rest of it cannot be read."""
    return f"--format={form}" in words or ("--format", form) in itertools.pairwise(words)


def _colour(words: Sequence[str]) -> str:
    given = [after for word, after in itertools.pairwise(words) if word == "--color"]
    given += [word.partition("=")[2] for word in words if word.startswith("--color=")]
    return given[-1] if given and given[-1] in COLOURS else "auto"


def _said(answer: Answer, words: Sequence[str]) -> ExitStatus:
    """The status of an answer once all of it is written; what could not be written was not said."""
    status = answer.status
    try:
        streams.write(sys.stderr, answer.err)
    except OSError:
        streams.give_up(sys.stderr)
        status = ExitStatus.NOT_JUDGED
    try:
        streams.write(sys.stdout, answer.out)
    except OSError as error:
        streams.give_up(sys.stdout)
        if status is not ExitStatus.NOT_JUDGED or not answer.err:
            _unwritten(error, words)
        status = ExitStatus.NOT_JUDGED
    return status


def _unwritten(error: OSError, words: Sequence[str]) -> None:
    from policylang.reports import diagnostics

    why = (error.strerror or str(error)).lower()
    message = f"standard output could not be written: {why}"
    found = Diagnostic(code="C110", message=message, place=None, help="free the disk, or keep the reader running")
    try:
        streams.write(sys.stderr, diagnostics.diagnostics([found], streams.look(sys.stderr, _colour(words))))
    except OSError:
        streams.give_up(sys.stderr)
