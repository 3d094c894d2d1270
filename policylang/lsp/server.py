"""The server: what the editor asks, and which part of this room answers."""

import asyncio
import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from policylang.lsp.acts import DECIDE, Acts
from policylang.lsp.desk import name_of
from policylang.lsp.names import Names
from policylang.lsp.renaming import Refused
from policylang.lsp.session import Session

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer


_FAILED = -32803
"""What the protocol has for a question that was understood and cannot be answered as asked."""


def made() -> "LanguageServer":
    """A server that knows every feature."""
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)  # what is wrong is said to the editor
    server = _server()
    session = Session(server.text_document_publish_diagnostics, lambda: _refresh(server))
    _notified(server, session)
    for method, (answer, options) in {**Names(session).answers(), **Acts(session).answers()}.items():
        server.feature(method, options)(_guarded(server, answer))
    server.command(DECIDE)(_deciding(server, session))
    return server


def _server() -> "LanguageServer":
    from pygls.exceptions import JsonRpcInvalidParams
    from pygls.lsp.server import LanguageServer
    from pygls.protocol import LanguageServerProtocol

    class Protocol(LanguageServerProtocol):
        """The protocol; a message that cannot be read is answered, too."""

        def structure_message(self, data: dict[str, Any]) -> Any:
            try:
                return super().structure_message(data)
            except Exception:
                if "method" in data and "id" in data:
                    self._send_response(data["id"], error=JsonRpcInvalidParams().to_response_error())
                raise

        def _send_response(self, msg_id: Any, result: Any = None, error: Any = None) -> None:
            if error is not None:
                error.data = None  # it would be a trace
            super()._send_response(msg_id, result, error)

    class Server(LanguageServer):
        """The server; what nobody foresaw is said in one sentence."""

        def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002  # what it is called with
            """Say that something went wrong, without a trace."""
            self.window_log_message(
                types.LogMessageParams(type=types.MessageType.Error, message=f"internal error: {type(error).__name__}")
            )

    return Server(
        "policylang",
        version("policylang"),
        text_document_sync_kind=types.TextDocumentSyncKind.Full,  # a text is short, and then no two can differ
        protocol_cls=Protocol,
    )


def _guarded(server: "LanguageServer", answer: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An answer that is nothing, and said to have failed, where nobody foresaw what was asked."""
    from pygls.exceptions import JsonRpcException

    def guarded(params: Any) -> Any:
        try:
            return answer(params)
        except Refused as refused:
            raise JsonRpcException(refused.why, code=_FAILED) from None
        except Exception as error:  # noqa: BLE001  # no question may end the session or show a trace
            server.report_server_error(error, type(error))  # type: ignore[arg-type]  # only its name is shown
            return None

    return guarded


def _refresh(server: "LanguageServer") -> None:
    """Ask the editor to ask again for hints and lenses, when it can."""
    workspace = server.client_capabilities.workspace
    if workspace is None:
        return
    if workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
        server.workspace_inlay_hint_refresh(None)
    if workspace.code_lens is not None and workspace.code_lens.refresh_support:
        server.workspace_code_lens_refresh(None)


def _notified(server: "LanguageServer", session: Session) -> None:
    """What the editor says of its files."""

    def begun(_: types.InitializedParams) -> None:
        encoding = server.workspace.position_encoding
        session.encoding = str(getattr(encoding, "value", encoding))
        text = server.client_capabilities.text_document
        hover = text.hover.content_format if text is not None and text.hover is not None else None
        session.markdown = types.MarkupKind.Markdown in (hover or ())
        item = text.completion.completion_item if text is not None and text.completion is not None else None
        session.snippets = bool(item is not None and item.snippet_support)

    def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        session.put(document.uri, document.text, document.version)

    def changed(params: types.DidChangeTextDocumentParams) -> None:
        if params.content_changes:
            session.put(params.text_document.uri, params.content_changes[-1].text, params.text_document.version)

    def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)

    def stored(_: types.DidSaveTextDocumentParams) -> None:
        """What was saved is known already."""

    def elsewhere(params: types.DidChangeWatchedFilesParams) -> None:
        session.look_again({name_of(change.uri) for change in params.changes})

    def ending(_: Any) -> None:
        session.end()

    server.feature(types.INITIALIZED)(_guarded(server, begun))
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(_guarded(server, opened))
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(_guarded(server, changed))
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(_guarded(server, closed))
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(_guarded(server, stored))
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_guarded(server, elsewhere))
    server.feature(types.SHUTDOWN)(_guarded(server, ending))


def _deciding(server: "LanguageServer", session: Session) -> Callable[..., Any]:
    """The command that decides a policy on evidence: its address, and paths of evidence if others than the last."""

    async def decide(*arguments: Any) -> dict[str, Any] | None:
        try:
            return await _decided(server, session, arguments)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # as above
            server.report_server_error(error, type(error))  # type: ignore[arg-type]  # only its name is shown
            return None

    return decide


async def _decided(server: "LanguageServer", session: Session, arguments: tuple[Any, ...]) -> dict[str, Any] | None:
    words = [word for each in arguments for word in (each if isinstance(each, list) else [each])]
    texts = [word for word in words if isinstance(word, str)]
    name = name_of(texts[0]) if texts else ""
    if name not in session.desk.documents:
        return None
    result = await session.decide(name, tuple(name_of(text) for text in texts[1:]))
    if result is None:
        return None
    kind = types.MessageType.Info if result.is_good else types.MessageType.Warning
    server.window_show_message(types.ShowMessageParams(type=kind, message=result.sentence))
    return {"evidence": list(result.evidence), "sentence": result.sentence, "verdicts": dict(result.verdicts)}
