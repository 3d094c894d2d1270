"""An editor, as the server sees it: a real client that speaks the protocol over the streams of a process."""

import itertools
import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PATIENCE = 60
CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"snippetSupport": True}},
    },
    "workspace": {"inlayHint": {"refreshSupport": True}, "codeLens": {"refreshSupport": True}},
}


class Editor:
    """A session with a server of its own. It waits for what it asks for, and keeps what it is told."""

    def __init__(self) -> None:
        """Start a server and greet it."""
        command = [sys.executable, "-m", "policylang", "lsp"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._numbers = itertools.count(1)
        self._arrived: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.versions: dict[str, int] = {}
        self.shown: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []
        self.abilities = self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        self.tell("initialized", {})

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            self._arrived.put(json.loads(stream.read(length)))

    def send(self, message: dict[str, Any]) -> None:
        """Send a message as it is."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream.flush()

    def tell(self, method: str, params: Any) -> None:
        """Send what is not answered."""
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        """Ask, and wait for the answer; an error is a dictionary with the one key `error`."""
        number = next(self._numbers)
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                return {"error": message["error"]} if "error" in message else message.get("result")

    def _next(self) -> dict[str, Any]:
        message = self._arrived.get(timeout=PATIENCE)
        if message.get("method") == "textDocument/publishDiagnostics":
            self.shown[message["params"]["uri"]] = message["params"]
        elif "method" in message and "id" in message:
            self.send({"id": message["id"], "result": None})
        if "method" in message:
            self.told.append(message)
        return message

    def wait_for(self, uri: str, *codes: str, without: str = "") -> list[dict[str, Any]]:
        """Wait until these codes, and not the other, are shown of the newest version of a file."""
        while True:
            shown = self.shown.get(uri)
            if shown is not None and shown.get("version") == self.versions.get(uri):
                found = {one["code"] for one in shown["diagnostics"]}
                if set(codes) <= found and without not in found:
                    return list(shown["diagnostics"])
            self._next()

    def wait_told(self, method: str) -> dict[str, Any]:
        """Wait until something is said from now on."""
        self.told.clear()
        while True:
            message = self._next()
            if message.get("method") == method:
                return message

    # Files

    def open(self, uri: str, text: str) -> None:
        """Open a file."""
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": "policy", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, text: str) -> None:
        """Give a file another text."""
        self.versions[uri] += 1
        about = {"uri": uri, "version": self.versions[uri]}
        self.tell("textDocument/didChange", {"textDocument": about, "contentChanges": [{"text": text}]})

    def close(self, uri: str) -> None:
        """Close a file."""
        self.versions.pop(uri, None)
        self.tell("textDocument/didClose", {"textDocument": {"uri": uri}})

    def at(self, method: str, uri: str, place: tuple[int, int], **more: Any) -> Any:
        """Ask about a place of a file."""
        position = {"line": place[0], "character": place[1]}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": position, **more})

    def end(self) -> tuple[int, str]:
        """End the session: the status of the server, and what it wrote to standard error."""
        self.ask("shutdown", None)
        self.tell("exit", None)
        _, said = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, said.decode()


def uri_of(path: Path) -> str:
    """The address of a file."""
    return path.as_uri()
