"""`policyc completion`: what completes calls of policyc in a shell."""

import argparse
import importlib
import re
import shlex
from collections.abc import Mapping, Sequence

from policylang import resources
from policylang.cli.call import Answer, CallError, OneOf, Words, closing
from policylang.cli.status import PRINTED, ExitStatus
from policylang.codes import CODES
from policylang.diagnostics import nearest

SHELLS = ("bash", "zsh", "fish")

_EXAMPLES = {
    "policyc completion bash > ~/.local/share/bash-completion/completions/policyc": "for bash, in the next shell",
    "policyc completion zsh > ~/.zfunc/_policyc": "for zsh, where `fpath` has that folder before `compinit`",
    "policyc completion fish > ~/.config/fish/completions/policyc.fish": "for fish",
}
_ABOUT = """\
Print what completes calls of policyc in a shell: commands, options and their values, policies and
other files, codes, and published frameworks. It is of this version: print it again after an upgrade.

  SHELL      bash, zsh or fish"""

_POLICIES = {
    "bash": "_policyc_policies",
    "zsh": "_files -g '*.policy(|.md)'",
    "fish": "(__fish_complete_suffix .policy .policy.md)",
}
"""What completes the name of a policy file, and of the folders on the way to it."""
_FILES = {"bash": "_shtab_compgen_files", "zsh": "_files", "fish": "(__fish_complete_path (commandline -ct))"}
_FOLDERS = {"bash": "_shtab_compgen_dirs", "zsh": "_files -/", "fish": "(__fish_complete_directories)"}
_PREAMBLE = """\
_policyc_policies() {
  compgen -f -- "$1" | grep -E '[.]policy([.]md)?$'
  compgen -d -- "$1"
}
_policyc_codes() {
  compgen -W "@CODES@" -- "$1"
  _policyc_policies "$1"
}
"""
"""What bash calls."""
_OF_POLICIES = frozenset({"POLICY", "FOLDER", "OLD", "NEW", "PATH", "REV", "CLAUSE"})
"""The plain words of commands that take policies and no other files."""
_VALUES_ARE_FILES = frozenset({"FILE", "EVIDENCE…", "PATH", "REGISTER", "SUITE", "LOG"})


def words() -> Words:
    """The options of this command."""
    return Words("completion", _ABOUT, usage="SHELL", closing=closing(_EXAMPLES, PRINTED)).complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The script for a shell; raises CallError."""
    from policylang.cli import COMMANDS  # the commands of which this is one

    del options
    if len(rest) != 1:
        raise CallError("C101", "name one shell", "`policyc completion bash`, `zsh` or `fish`")
    if rest[0] not in SHELLS:
        raise CallError("C101", f"calls cannot be completed in `{rest[0]}`", nearest(rest[0], SHELLS))
    import shtab

    parser = _parser(COMMANDS)
    preamble = _PREAMBLE.replace("@CODES@", " ".join(sorted(CODES))) if rest[0] == "bash" else ""
    script = shtab.complete(parser, rest[0], preamble=preamble)
    script = script.replace("complete -o bashdefault -F", "complete -o bashdefault -o filenames -F")  # folders go on
    return Answer(status=ExitStatus.DONE, out=script.rstrip("\n") + "\n")


def _parser(commands: Mapping[str, str]) -> argparse.ArgumentParser:
    """All commands as one parser: nothing is read with it."""
    whole = argparse.ArgumentParser(prog="policyc", add_help=False, allow_abbrev=False)
    whole.add_argument("--help", action="store_true", help="list the commands")
    whole.add_argument("--version", action="store_true", help="print the version")
    every = whole.add_subparsers(parser_class=argparse.ArgumentParser)
    for name, about in commands.items():
        own: Words = importlib.import_module(f"policylang.cli.{name}").words()
        one = every.add_parser(name, parents=[own], add_help=False, help=about)
        for action in own.actions():
            _complete_value(action)
        rest = one.add_argument("rest", nargs="*", metavar="WORD", help="what it is about")
        _complete_rest(rest, name, own.usage or "")
    return whole


def _complete_value(action: argparse.Action) -> None:
    """How the value of an option is completed: one of its words, a standard policy, a file."""
    if isinstance(action.type, OneOf):
        action.choices = action.type.values
    elif action.metavar == "STANDARD":
        action.choices = _standards()
    elif action.metavar in _VALUES_ARE_FILES:
        _completed_by(action, _FILES)


def _complete_rest(action: argparse.Action, name: str, usage: str) -> None:
    """How the plain words of a command are completed, by what its usage says they are."""
    named = set(re.findall(r"\b[A-Z]{3,}\b", usage.partition("--")[0])) - {"OPTIONS", "QUESTIONS"}
    if name == "schema":
        from policylang.cli.schema import SCHEMAS

        action.choices = tuple(SCHEMAS)
    elif name == "completion":
        action.choices = SHELLS
    elif "CODE" in named:
        _completed_by(action, _codes())
    elif named == {"FOLDER"}:
        _completed_by(action, _FOLDERS)
    elif named and named <= _OF_POLICIES and name != "digest":  # which is of a model
        _completed_by(action, _POLICIES)
    elif named:
        _completed_by(action, _FILES)


def _completed_by(action: argparse.Action, shells: dict[str, str]) -> None:
    action.complete = shells  # type: ignore[attr-defined]  # where shtab looks for it


def _standards() -> tuple[str, ...]:
    return tuple(name.removesuffix(".md").removesuffix(".policy") for name in resources.policy_names())


def _codes() -> dict[str, str]:
    """Codes and policies."""
    codes = " ".join(sorted(CODES))
    return {
        "bash": "_policyc_codes",
        "zsh": f"{{compadd {codes}; _files -g '*.policy(|.md)'}}",
        "fish": f"(__fish_complete_suffix .policy .policy.md; string split ' ' {shlex.quote(codes)})",
    }
