"""A session with one editor: what is open, what is shown of it, and what is being judged meanwhile."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from lsprotocol import types

from policylang.diagnostics import Diagnostic, PolicyError, errors
from policylang.files import is_tests
from policylang.lsp import findings, wire
from policylang.lsp.background import Background
from policylang.lsp.desk import SHIPPED, Desk, Document, Snapshot, is_policy, name_of, uri_of
from policylang.lsp.findings import Known
from policylang.lsp.judging import Decided, Deciding, Judged, Judging
from policylang.source import Source

_SOON = 0.005
"""Seconds in which changes that come together are one."""
_LATER = 0.3
"""Seconds without a change before what takes long begins."""
_PATIENCE = 3.0
"""Seconds that what takes long may go on about a text that has changed."""

Publish = Callable[[types.PublishDiagnosticsParams], None]


class Session:
    """One editor. What it asks is answered from the texts as they are now."""

    def __init__(self, publish: Publish, refresh: Callable[[], None]) -> None:
        """`publish` sends findings; `refresh` says that hints and lenses are others now."""
        self.desk = Desk()
        self.encoding = "utf-16"
        self.markdown = False
        self.snippets = False
        self._decided: dict[str, tuple[Decided, Source]] = {}
        self._publish, self._refresh = publish, refresh
        self._known: dict[str, Known] = {}
        self._soon: dict[str, asyncio.TimerHandle] = {}
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._judging: tuple[str, Source] | None = None
        self._waiting: dict[str, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._sent: dict[str, dict[str, list[types.Diagnostic]]] = {}
        self._background = Background()
        self._deciding = Background()

    # What the editor says

    def put(self, uri: str, text: str, version: int) -> None:
        """A file was opened, or has another text now."""
        name = name_of(uri)
        self.desk.put(Document(uri=uri, source=Source(name=name, text=text), version=version))
        self._begin(name)
        for other in self._dependent(name):
            self._begin(other, _LATER)

    def close(self, uri: str) -> None:
        """A file was closed: nothing is shown of it, unless another shows it."""
        name = name_of(uri)
        self.desk.close(name)
        for table in (self._soon, self._later):
            handle = table.pop(name, None)
            if handle is not None:
                handle.cancel()
        self._waiting.pop(name, None)
        self._known.pop(name, None)
        self._decided.pop(name, None)
        self._send(name, {})
        self._publish(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))
        for other in self._dependent(name):
            self._begin(other)

    def look_again(self, names: Collection[str]) -> None:
        """Files on disk have changed: policies are read again, and evidence is decided on again."""
        if any(is_policy(name) for name in names):
            self.desk.forget()
            for name in self.desk.documents:
                self._begin(name)
        for name, (decided, _) in self._decided.items():
            if not set(decided.evidence).isdisjoint(names):
                self._wait(name)

    def end(self) -> None:
        """Stop all that is done meanwhile."""
        if self._task is not None:
            self._task.cancel()
        self._background.end()
        self._deciding.end()

    def _dependent(self, name: str) -> list[str]:
        """The other open files whose policy a file may be part of."""
        found = []
        for other in self.desk.documents:
            snapshot = self.desk.last(other)
            lacks = snapshot is not None and any(one.code in ("P206", "C102") for one in snapshot.found)
            if other != name and (snapshot is None or lacks or name in snapshot.names):
                found.append(other)
        return found

    # What is shown

    def _begin(self, name: str, delay: float = _SOON) -> None:
        """Show what is wrong with a file in a moment, when no other change follows at once."""
        loop = asyncio.get_running_loop()
        if name in self._soon:
            self._soon[name].cancel()
        self._soon[name] = loop.call_later(delay, self._show, name)
        if name in self._later:
            self._later[name].cancel()
        self._later[name] = loop.call_later(_LATER, self._wait, name)

    def snapshot(self, name: str) -> Snapshot | None:
        """What is known of an open file now; None for one that is not open, is no policy, or whose policy is gone."""
        if name not in self.desk.documents or not is_policy(name):
            return None
        try:
            return self.desk.snapshot(name)
        except PolicyError:
            return None

    def findings(self, name: str) -> list[Diagnostic]:
        """All that is found about an open file and, where it takes in or is tested by others, about those."""
        if not is_policy(name):
            return []
        try:
            found: Sequence[Diagnostic] = self.desk.snapshot(name).found
        except PolicyError as error:
            found = error.diagnostics
        return findings.shown(found, self.known(name))

    def known(self, name: str) -> Known | None:
        """What was judged of a file, where it stands now."""
        known, document = self._known.get(name), self.desk.documents.get(name)
        if known is None or document is None:
            return None
        self._known[name] = known = known.now(document.source)
        return known

    def _show(self, name: str) -> None:
        self._soon.pop(name, None)
        document = self.desk.documents.get(name)
        if document is None:
            return
        snapshot = self.snapshot(name)
        sent: dict[str, list[types.Diagnostic]] = {name: []}
        for found in self.findings(name):
            home = name if found.place is None else found.place.source.name
            shown = found
            if home != name and snapshot is not None and self._is_taken_in(snapshot, home, found):
                sent[name].append(self._wired(findings.anchored(found, snapshot), document.source))
            if not home.startswith(SHIPPED):
                sent.setdefault(home, []).append(self._wired(shown, document.source))
        self._send(name, sent)

    def _is_taken_in(self, snapshot: Snapshot, home: str, found: Diagnostic) -> bool:
        """Whether a finding about another file is shown in this one, too: what breaks it, and is not a test of it."""
        return home in snapshot.names and not (is_tests(home) and not is_tests(snapshot.name)) and bool(errors([found]))

    def _wired(self, found: Diagnostic, source: Source) -> types.Diagnostic:
        return wire.diagnostic(found, source, self.encoding)

    def _send(self, owner: str, found: Mapping[str, list[types.Diagnostic]]) -> None:
        """Show what one open file gives; an open file shows what it gives itself, another what any open file gives."""
        before = self._sent.get(owner, {})
        self._sent[owner] = dict(found)
        if not found:
            self._sent.pop(owner, None)
        for target in dict.fromkeys([owner, *before, *found]):
            if target == owner and owner not in self.desk.documents:
                continue
            uri, version = self._address(target)
            if uri is not None:
                shown = list(self._given(target))
                self._publish(types.PublishDiagnosticsParams(uri=uri, diagnostics=shown, version=version))

    def _given(self, target: str) -> Iterable[types.Diagnostic]:
        owners = [target] if target in self.desk.documents else sorted(self._sent)
        seen: set[str] = set()
        for owner in owners:
            for one in self._sent.get(owner, {}).get(target, ()):
                key = f"{one.range} {one.code} {one.message}"
                if key not in seen:
                    seen.add(key)
                    yield one

    def _address(self, name: str) -> tuple[str | None, int | None]:
        document = self.desk.documents.get(name)
        return (uri_of(name), None) if document is None else (document.uri, document.version)

    # What takes longer

    def _wait(self, name: str) -> None:
        """Let a file be judged when its turn comes; what is judged of a text that is gone is given up before long."""
        self._later.pop(name, None)
        if not is_policy(name):
            return
        self._waiting[name] = None
        loop = asyncio.get_running_loop()
        if self._judging is not None and self._judging[0] == name:
            loop.call_later(_PATIENCE, self._give_up, self._judging)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._judge())

    def _give_up(self, judging: tuple[str, Source]) -> None:
        if self._judging is judging:
            self._background.end()

    async def _judge(self) -> None:
        while self._waiting:
            name = next(iter(self._waiting))
            del self._waiting[name]
            document = self.desk.documents.get(name)
            if document is None:
                continue
            self._judging = (name, document.source)
            job = Judging(name=name, texts=self.desk.texts())
            async for answer in self._background.answers(job):
                if isinstance(answer, Judged) and name in self.desk.documents:
                    self._known[name] = Known(source=document.source, judged=answer)
                    self._show(name)
                    self._refresh()
            self._judging = None
            if name in self._decided:
                await self.decide(name, ())

    def decided(self, name: str) -> tuple[Decided | None, bool]:
        """The last decision of a policy, and whether it is of the text as it is now."""
        document = self.desk.documents.get(name)
        if name not in self._decided or document is None:
            return None, True
        decided, source = self._decided[name]
        return decided, source.text == document.source.text

    async def decide(self, name: str, paths: tuple[str, ...]) -> Decided | None:
        """Decide a policy on evidence, and remember it; without paths on what it was decided on last."""
        document = self.desk.documents.get(name)
        if document is None:
            return None
        last, _ = self.decided(name)
        chosen = paths or (last.evidence if last is not None else ())
        job = Deciding(name=name, texts=self.desk.texts(), paths=chosen)
        result: Decided | None = None
        async for answer in self._deciding.answers(job):
            if isinstance(answer, Decided):
                result = answer
        if result is not None and name in self.desk.documents:
            self._decided[name] = (result, document.source)
            self._refresh()
        return result
