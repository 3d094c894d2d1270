"""A change in an editor to its findings on the screen, against compiling the same text anew in the same minute.

A real client sends each change to `policyc lsp` over its streams, and waits until the findings of just that version are
shown. Times are of the clock, not of the processor: an author waits on the clock.
"""

import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from made import long_policy
from timing import arguments

from policylang.diagnostics import PolicyError
from policylang.files import compile_source
from policylang.source import Source

GOAL = 0.100
_URI = "untitled:made.policy"


class Client:
    """What an editor does while somebody types."""

    def __init__(self) -> None:
        """Start a server and greet it."""
        command = [sys.executable, "-m", "policylang", "lsp"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._version = itertools.count(1)
        self._send(
            {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
        )
        self._until(lambda message: message.get("id") == 1)
        self._send({"method": "initialized", "params": {}})

    def open(self, text: str) -> float:
        """Open the file; seconds until its findings are shown."""
        item = {"uri": _URI, "languageId": "policy", "version": next(self._version), "text": text}
        return self._shown({"method": "textDocument/didOpen", "params": {"textDocument": item}}, item["version"])

    def change(self, text: str) -> float:
        """Change its text; seconds until the findings of that text are shown."""
        about = {"uri": _URI, "version": next(self._version)}
        params = {"textDocument": about, "contentChanges": [{"text": text}]}
        return self._shown({"method": "textDocument/didChange", "params": params}, about["version"])

    def end(self) -> None:
        """End the session."""
        self._send({"id": 2, "method": "shutdown"})
        self._until(lambda message: message.get("id") == 2)
        self._send({"method": "exit"})
        self._process.communicate()

    def _shown(self, message: dict[str, object], version: object) -> float:
        start = time.perf_counter()
        self._send(message)
        self._until(lambda told: told.get("params", {}).get("version") == version)
        return time.perf_counter() - start

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        stream = self._process.stdin
        assert stream is not None
        stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        stream.flush()

    def _until(self, is_it: Callable[[dict[str, Any]], bool]) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            length = 0
            while line := stream.readline().strip():
                length = int(line.partition(b":")[2]) if line.lower().startswith(b"content-length") else length
            if is_it(json.loads(stream.read(length))):
                return


def edits(text: str) -> dict[str, Callable[[int], str]]:
    """What an author does: each gives the text after the edit of a number, another for each number."""
    at = text.index("category", len(text) // 2)
    name = text.index(" >= 20%", at)
    brace = text.index("{\n", at)
    return {
        "another title at the start": lambda n: text.replace('"Big"', f'"Big {n}"', 1),
        "a threshold in the middle": lambda n: f"{text[:name]} >= {21 + n % 30}%{text[name + 7 :]}",
        "a name mistyped in the middle": lambda n: f"{text[:name]}{'x' * (1 + n % 9)}{text[name:]}",
        "a line more at the end": lambda n: f"{text}role another_{n}\n",
        "a brace that is not closed": lambda n: f"{text[: brace + 1]} # {n}\n{text[text.index('}', brace) + 1 :]}",
        "a brace that is not opened": lambda n: f"{text[:brace]} # {n}\n{text[brace + 2 :]}",
    }


def anew(text: str) -> float:
    """Seconds that compiling a text anew takes."""
    start = time.perf_counter()
    with contextlib.suppress(PolicyError):
        compile_source(Source(name="made.policy", text=text))
    return time.perf_counter() - start


def row(what: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Print one line: half of the changes and all but one in twenty are shown within so long; and the peer."""
    p50, p95 = statistics.median(ours), sorted(ours)[min(len(ours) - 1, int(0.95 * len(ours)))]
    peer = statistics.median(theirs)
    shown = f"{p50 * 1e3:9.1f} ms {p95 * 1e3:9.1f} ms {peer * 1e3:9.1f} ms {p50 / peer:7.2f} x"
    print(f"{what:40} {shown}   at most {GOAL * 1e3:.0f} ms")


def main() -> int:
    """Print one row an edit."""
    asked = arguments(__doc__)
    rounds = asked.rounds or (2 if asked.smoke else 25)
    text = long_policy(200 if asked.smoke else 2000)
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"a change in the editor to its findings (Python {version})")
    print(f"{'':40} {'p50':>12} {'p95':>12} {'anew':>12} {'ratio':>9}")
    client = Client()
    print(f"{text.count(chr(10))} lines, opened: {client.open(text) * 1e3:.0f} ms")
    for what, edited in edits(text).items():
        client.change(text)
        ours, theirs = [], []
        for number in range(rounds):
            theirs.append(anew(edited(number)))
            ours.append(client.change(edited(number)))
        row(what, ours, theirs)
    client.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
