"""A process of its own for what takes long: the editor is answered meanwhile, and nothing it does can hang the editor.

It ends with the server: its end of the pipe is closed then. Anything that takes longer than the limit is given up and
the process replaced. Jobs come one after the other; of several about one file only the last is done.
"""

import asyncio
import contextlib
import multiprocessing
import os
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from policylang.lsp.judging import Answer, Decided, Deciding, Job, Judged, answers

LIMIT = 120.0
"""Seconds an answer may take."""


class Background:
    """The process, begun when it is first needed."""

    def __init__(self) -> None:
        """Begin nothing yet."""
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._turn = asyncio.Lock()

    async def answers(self, job: Job) -> AsyncIterator[Answer]:
        """The answers to a job, as they come; none when it took too long or failed."""
        async with self._turn:
            pipe = self._begun()
            try:
                await asyncio.to_thread(pipe.send, job)
                while True:
                    answer = await asyncio.to_thread(_received, pipe)
                    if answer is None:
                        return
                    yield answer
            except (OSError, EOFError, TimeoutError):
                self.end()
            except (GeneratorExit, asyncio.CancelledError):
                self.end()  # half an answer is in the pipe
                raise

    def _begun(self) -> Connection:
        if self._process is not None and self._process.is_alive() and self._pipe is not None:
            return self._pipe
        self.end()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def _received(pipe: Connection) -> Answer | None:
    """The next answer; raises TimeoutError when none comes in time."""
    if not pipe.poll(LIMIT):
        raise TimeoutError
    answer: Answer | None = pipe.recv()
    return answer


def work(pipe: Connection) -> None:
    """Answer jobs until the pipe is closed; what the job itself prints goes nowhere."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever types goes first
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nowhere, stream)  # the streams of the server are the editor's
    with contextlib.suppress(OSError, EOFError, KeyboardInterrupt):
        while True:
            job: Job = pipe.recv()
            try:
                for answer in answers(job):
                    pipe.send(answer)
            except Exception as error:  # noqa: BLE001  # what nobody foresaw ends a job, and not the editor's help
                pipe.send(_failed(job, error))
            pipe.send(None)


def _failed(job: Job, error: Exception) -> Answer:
    if isinstance(job, Deciding):
        sentence = f"internal error: {type(error).__name__}"
        return Decided(evidence=job.paths, sentence=sentence, verdicts={}, is_good=False)
    return Judged()
