"""Models on a Ray cluster: an actor with a whole model for every GPU there is, or for every node without one."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from policylang import Diagnostic, EvidenceError, ModelSpec

from .spread import Hosted, Spread


def open_model(spec: ModelSpec, workers: int = 0) -> Spread:
    """A model on the cluster that runs; raises EvidenceError where none does. `workers` 0: as many as it has room for.

    Every node must see the folder of the model under the same path.
    """
    ray = _ray()
    found = ray.cluster_resources()
    gpus = int(found.get("GPU", 0))
    count = workers or gpus or sum(name.startswith("node:") and "head" not in name for name in found) or 1
    device = replace(spec, device="cuda" if gpus and spec.device == "auto" else spec.device)
    host = ray.remote(num_gpus=1 if gpus else 0, num_cpus=1)(Hosted)
    return Spread([_Actor(host.remote(device), ray.kill) for _ in range(count)])


class _Actor:
    """A worker in the cluster."""

    def __init__(self, actor: Any, kill: Callable[[Any], None]) -> None:
        self._actor = actor
        self._kill = kill

    def call(self, method: str, *arguments: Any) -> "Future[Any]":
        """Begin a call."""
        begun: Future[Any] = getattr(self._actor, method).remote(*arguments).future()
        return begun

    def close(self) -> None:
        """End the actor."""
        self._kill(self._actor)


def _ray() -> Any:
    """Ray, connected to the cluster that runs."""
    try:
        import ray
    except ImportError:
        raise _refused("the engine `ray` is not installed", "`pip install 'policylang[ray]'`") from None
    if not ray.is_initialized():
        try:
            ray.init(address="auto", log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError:
            raise _refused(
                "no Ray cluster runs here", "start one, `ray start --head`, or name it in RAY_ADDRESS"
            ) from None
    return ray


def _refused(message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code="E548", message=message, place=None, help=help_)])
