"""The language server: what an editor asks about policies, answered by the compiler itself.

`serve()` talks to one editor over standard input and output. Texts in the editor count before those on disk. What is
wrong is shown at once: parsing keeps what did not change. Lints, proofs, tests and decisions run in a process of their
own. The library that speaks the protocol is optional, and loaded when a server begins.
"""

import gc

_OBJECTS = 100_000
"""How many new objects there are before the unused among them are looked for."""


class Missing(Exception):
    """The extra `editor` is not installed."""


def serve() -> None:
    """Serve one editor until it ends the session or its end of the stream; raises Missing."""
    try:
        from policylang.lsp.server import made

        server = made()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("pygls", "lsprotocol", "cattrs", "attrs", "attr"):
            raise Missing(error.name) from None
        raise
    gc.collect()
    gc.freeze()  # what is loaded stays, and is not looked through again at every key
    gc.set_threshold(_OBJECTS)
    server.start_io()
