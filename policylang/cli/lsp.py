"""`policyc lsp`: the language server that editors start."""

import argparse
from collections.abc import Sequence

from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import ExitStatus

_EXAMPLES = {"policyc lsp": "what an editor starts: the Language Server Protocol on standard input and output"}
_MEANINGS = {
    ExitStatus.DONE: "the editor ended the session",
    ExitStatus.NOT_JUDGED: "no session was begun: a wrong call, or the extra `editor` is not installed",
}


def words() -> Words:
    """The options of this command."""
    about = "Serve an editor: findings, hovers, completion, renaming and verdicts, as `docs/editors.md` shows."
    found = Words("lsp", about, usage="[--stdio]", closing=closing(_EXAMPLES, _MEANINGS))
    found.switch("--stdio", "speak on standard input and output, which is what it does anyway")
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """Nothing to print: the session is all; raises CallError."""
    del options
    if rest:
        raise CallError("C101", f"`policyc lsp` takes no `{rest[0]}`", "leave it out: the editor names the files")
    from policylang.lsp import Missing, serve

    try:
        serve()
    except Missing as missing:
        message = f"the language server needs `{missing}`, which is not installed"
        raise CallError("E505", message, "install it with `pip install 'policylang[editor]'`") from None
    return Answer(status=ExitStatus.DONE, out="")
