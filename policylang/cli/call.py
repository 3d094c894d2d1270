"""A call: its words, its options, what is wrong with it, and the answer it gets."""

import argparse
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from policylang.cli.status import ExitStatus, listed
from policylang.diagnostics import Diagnostic, nearest, quoted

COLOURS = ("auto", "always", "never")


class CallError(Exception):
    """A call that cannot be answered; `diagnostics` says why."""

    def __init__(self, code: str, message: str, help_: str) -> None:
        """One finding about the call."""
        self.diagnostics = (Diagnostic(code=code, message=message, place=None, help=help_),)
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a command has to say: to standard output, to standard error, and how it ends."""

    status: ExitStatus
    out: str
    err: str = ""


class Words(argparse.ArgumentParser):
    """The options of one command: none may be abbreviated or stand twice, and the rest are plain words."""

    def __init__(self, command: str, about: str, *, usage: str, closing: Iterable[str]) -> None:
        """No options yet: a command adds its own, and `complete` those that every command has."""
        super().__init__(
            prog=f"policyc {command}",
            usage=f"policyc {command} {usage}".rstrip(),
            description=about,
            epilog="\n\n".join(closing),
            allow_abbrev=False,
            add_help=False,
            formatter_class=functools.partial(_Layout, width=100, max_help_position=26),
        )
        self.color = False  # Python 3.14 would colour the help itself
        self._optionals.title = "options"

    def once(self, option: str, value: str, about: str, read: Callable[[str], Any], *, short: str = "") -> None:
        """An option with a value, which may stand once; `short` is another way to write it."""
        names = [short, option] if short else [option]
        self.add_argument(*names, metavar=value, help=about, type=read, action=_Once)

    def many(self, option: str, value: str, about: str) -> None:
        """An option with a value, which may stand any number of times."""
        self.add_argument(option, metavar=value, help=about, action="append", default=[])

    def switch(self, option: str, about: str) -> None:
        """An option without a value."""
        self.add_argument(option, help=about, action="store_true")

    def actions(self) -> tuple[argparse.Action, ...]:
        """Every option of this command, as argparse keeps it: shells complete them."""
        return tuple(self._actions)

    def complete(self) -> "Words":
        """The same with the options that every command has, last."""
        self.once("--color", "WHEN", "colour: auto (on a terminal, without NO_COLOR), always or never", one_of(COLOURS))
        self.set_defaults(color="auto")
        self.switch("--debug", "show where an unexpected error came from")
        self.switch("--help", "show this help, and judge nothing")
        return self

    def read(self, words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """The options of a call and its plain words, in any order; after `--` all words are plain."""
        cut = words.index("--") if "--" in words else len(words)
        options, rest = self.parse_known_args(list(words[:cut]))
        for word in rest:
            if word.startswith("-") and word != "-":
                name = word.partition("=")[0]
                message = f"`{self.prog}` has no option `{name}`"
                raise CallError("C101", message, nearest(name, self._option_string_actions))
        return options, [*rest, *words[cut + 1 :]]

    def error(self, message: str) -> NoReturn:
        """What argparse finds wrong, as a finding of ours."""
        said = message.removeprefix("argument ")
        option, _, fault = said.partition(": ")
        is_option = option.startswith("-")
        text = f"option `{option}` {_FAULTS.get(fault, fault)}" if is_option else f"this call is wrong: {said}"
        raise CallError("C101", text, f"`{self.prog} --help` shows how it is called")


_FAULTS = {"expected one argument": "needs a value after it"}


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Help in lines of a hundred columns, whatever the terminal."""


class _Once(argparse.Action):
    """Keeps a value, and refuses a second one: nothing would say which of the two is meant."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        given: set[str] = namespace.__dict__.setdefault("_given", set())
        if self.dest in given:
            raise CallError("C101", f"option `{option}` stands twice", "keep one of the two")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Reads one of some words, and knows them: shells complete what they are."""

    values: tuple[str, ...]

    def __call__(self, text: str) -> str:
        """The word; raises CallError when it is another."""
        if text not in self.values:
            raise CallError("C101", f"`{text}` is not {quoted(self.values, 'or')}", nearest(text, self.values))
        return text


def one_of(values: Iterable[str]) -> OneOf:
    """Reads one of some words."""
    return OneOf(tuple(values))


def formats(words: Words) -> None:
    """Adds `--format text|json`."""
    words.once("--format", "FORMAT", "text for people (default) or json for programs", one_of(("text", "json")))
    words.set_defaults(format="text")


def only_policies(rest: Iterable[str]) -> None:
    """Refuse words of which one is neither a folder nor called as a policy is; raises CallError."""
    from policylang.files import POLICIES  # most calls are told apart without it

    for word in rest:
        if not word.endswith(POLICIES) and not Path(word).is_dir():
            raise CallError("C104", f"`{word}` is no policy", "name files that end in `.policy` or `.policy.md`")


def examples(lines: Mapping[str, str]) -> str:
    """Examples as the help shows them: a call, and what it does."""
    return "examples:\n" + "\n".join(f"  {call}\n      {about}" for call, about in lines.items())


def closing(lines: Mapping[str, str], meanings: Mapping[ExitStatus, str]) -> list[str]:
    """What stands below the options of every command."""
    return [examples(lines), listed(meanings)]
