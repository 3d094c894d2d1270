"""One model on several devices: requests are cut into chunks, and whoever is free takes the next.

A worker is a process of its own with a whole model, on a GPU of this machine or somewhere in a Ray cluster. Requests
that begin alike stay together, so that what they share is still computed once a chunk; results do not depend on how
they were cut. A worker that dies ends the run with an error, and what was answered before is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from typing import Any, Protocol

from policylang import Answer, Diagnostic, EvidenceError, Failed, Generate, ModelSpec, Plan, Request

SMALLEST = 32
"""How many requests a chunk has at least."""
_CHUNKS = 8  # for each worker, so that all end at about the same time


class Worker(Protocol):
    """A model somewhere else."""

    def call(self, method: str, *arguments: Any) -> "Future[Any]":
        """Begin a call of one of the methods of `Hosted`."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Hosted:
    """A model in a process of its own; what is wrong is given back as findings, since errors do not travel well."""

    def __init__(self, spec: ModelSpec) -> None:
        """Open the model, or keep why it cannot be."""
        from .local import open_model

        self._backend: Any = None
        self._wrong: tuple[Diagnostic, ...] = ()
        try:
            self._backend = open_model(spec)
        except EvidenceError as error:
            self._wrong = error.diagnostics

    def about(self) -> Any:
        """What the model is like: its identity, and how much it reads."""
        if self._wrong:
            return self._wrong
        return dict(self._backend.identity), self._backend.max_length

    def chat(self, system: str, user: str) -> Any:
        """A message in the chat template."""
        try:
            return self._backend.chat(system, user)
        except EvidenceError as error:
            return error.diagnostics

    def plan(self, requests: Sequence[Request]) -> Plan:
        """What answering would take."""
        found: Plan = self._backend.plan(requests)
        return found

    def answer(self, requests: Sequence[Request]) -> Any:
        """All answers, in the order of the requests."""
        found: dict[int, Answer | Failed] = {}
        try:
            for batch in self._backend.answer(requests):
                found.update(batch)
        except EvidenceError as error:
            return error.diagnostics
        return [found[at] for at in range(len(requests))]


class Spread:
    """A model that several workers answer for."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        """Wait until all have opened it; raises EvidenceError where one cannot."""
        self._workers = list(workers)
        self.identity: Mapping[str, str] = {}
        self.max_length = 0
        for worker in self._workers:
            self.identity, self.max_length = _result(worker.call("about"))

    def chat(self, system: str, user: str) -> str:
        """A message as the model's chat template puts it."""
        said: str = _result(self._workers[0].call("chat", system, user))
        return said

    def plan(self, requests: Sequence[Request]) -> Plan:
        """What answering these would take, all workers working."""
        found: Plan = _result(self._workers[0].call("plan", list(requests)))
        return found if found.seconds is None else replace(found, seconds=found.seconds / len(self._workers))

    def answer(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Failed]]]:
        """The answers, chunk by chunk as they are done; raises EvidenceError where a worker died."""
        chunks = _chunks(requests, len(self._workers))
        free = list(self._workers)
        under_way: dict[Future[Any], tuple[Worker, list[int]]] = {}
        while chunks or under_way:
            while chunks and free:
                worker, chunk = free.pop(), chunks.pop(0)
                under_way[worker.call("answer", [requests[at] for at in chunk])] = (worker, chunk)
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                worker, chunk = under_way.pop(future)
                free.append(worker)
                yield list(zip(chunk, _result(future), strict=True))

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers:
            worker.close()


class Process:
    """A worker in a process of this machine."""

    def __init__(self, spec: ModelSpec) -> None:
        """Start the process; it opens the model."""
        from multiprocessing import get_context

        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_host, initargs=(spec,))

    def call(self, method: str, *arguments: Any) -> "Future[Any]":
        """Begin a call."""
        return self._pool.submit(_call, method, *arguments)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._pool.shutdown(wait=False, cancel_futures=True)


_hosted: list[Hosted] = []  # of this process, where it is a worker


def _host(spec: ModelSpec) -> None:
    _hosted.append(Hosted(spec))


def _call(method: str, *arguments: Any) -> Any:
    return getattr(_hosted[0], method)(*arguments)


def open_model(spec: ModelSpec, devices: Sequence[str] = ()) -> Any:
    """A model on this machine: in this process on one device, or in a process for each of several GPUs."""
    from .local import open_model as on_one

    found = list(devices) or (_gpus() if spec.device == "auto" else [])
    if len(found) < 2:
        return on_one(spec)
    return Spread([Process(replace(spec, device=device)) for device in found])


def _gpus() -> list[str]:
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]


def _chunks(requests: Sequence[Request], workers: int) -> list[list[int]]:
    """The requests in chunks, those that begin alike together."""
    order = sorted(range(len(requests)), key=lambda at: _beginning(requests[at]))
    size = max(SMALLEST, -(-len(requests) // (_CHUNKS * workers)))
    return [order[at : at + size] for at in range(0, len(order), size)]


def _beginning(request: Request) -> tuple[bool, str]:
    return (True, request.prompt) if isinstance(request, Generate) else (False, request.context)


def _result(future: "Future[Any]") -> Any:
    """What a worker gave; raises EvidenceError where it found something wrong, or is no more."""
    try:
        found = future.result()
    except Exception as error:  # noqa: BLE001  # pools and clusters have errors of their own for a death
        message = f"a worker of the engine ended: {type(error).__name__}"
        help_ = "the same command goes on with it; fewer workers need less memory"
        raise EvidenceError([Diagnostic(code="E547", message=message, place=None, help=help_)]) from None
    if isinstance(found, tuple) and found and isinstance(found[0], Diagnostic):
        raise EvidenceError(found)
    return found
