"""Inspect AI: a task of theirs, run on the model, with a log that their importer reads.

The task is run by `inspect eval` with its `hf` provider. Unless a temperature is given it is greedy: the provider
samples by default, and the numbers of two runs would differ.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from policylang import Handed

from .tool_run import Conditions, Tool, pairs, run_tool, told

TOOL = Tool(
    name="Inspect",
    modules=("inspect_ai", "torch", "transformers", "accelerate"),
    extra="evaluators,inspect",
    logs="*.eval",
)
MODEL = "hf/local"
"""What the model is called in the log: the provider and no more, as the model is the one that was handed over."""

_NAMES = {"stop": "stop_seqs"}


@dataclass(frozen=True, kw_only=True, slots=True)
class InspectSettings:
    """What a task of Inspect says."""

    task: Annotated[str, "what the tool calls the task, or `file.py@name`; empty: as the suite calls it"] = ""
    model_arguments: Annotated[tuple[str, ...], "arguments of the model, each `name=value`, such as `device=cpu`"] = ()
    arguments: Annotated[tuple[str, ...], "arguments of the task, each `name=value`"] = ()
    batch_size: Annotated[int, "how many samples go through the model at once"] = 32
    epochs: Annotated[int, "how often each sample is run; 0: as often as the task says"] = 0
    network: Annotated[bool, "whether the tool may fetch datasets"] = False
    minutes: Annotated[float, "how long it may take; 0: as long as it takes"] = 0.0

    def __post_init__(self) -> None:
        """Refuse what the tool cannot be told; raises ValueError."""
        pairs(self.arguments, "arguments")
        pairs(self.model_arguments, "model_arguments")
        if self.batch_size < 1 or self.epochs < 0 or not 0 <= self.minutes < 1e6:
            raise ValueError("`batch_size` is 1 or more, `epochs` and `minutes` are 0 or more")


def make() -> "Inspect":
    """The runner."""
    return Inspect()


class Inspect:
    """Runs tasks of Inspect."""

    Settings: ClassVar[type] = InspectSettings

    def run(self, handed: Handed, settings: InspectSettings) -> str:
        """The path of the log; raises EvidenceError."""
        handed = told(TOOL, handed, settings.task, settings.model_arguments)
        conditions = Conditions(network=settings.network, minutes=settings.minutes)
        with tempfile.TemporaryDirectory() as folder:
            return run_tool(TOOL, _words(handed, settings, Path(folder)), handed, conditions)


def _words(handed: Handed, settings: InspectSettings, folder: Path) -> list[str]:
    """The call; what could hold commas or equals signs goes into files, so that it is taken as it is."""
    generation = {_NAMES.get(key, key): value for key, value in handed.generation.items()}
    is_sampled = float(generation.get("temperature", 0) or 0) > 0
    if not is_sampled:
        generation.pop("temperature", None)  # the provider refuses 0
    model: dict[str, Any] = {**handed.arguments, "model_path": str(Path(handed.model).absolute())}
    model |= {"use_safetensors": True, "do_sample": is_sampled}
    words = ["-m", "inspect_ai", "eval", _task(handed.task), "--model", MODEL, "--display", "none"]
    words += ["--model-config", _written(folder / "model.json", model)]
    words += ["--task-config", _written(folder / "task.json", pairs(settings.arguments, "arguments"))]
    words += ["--generate-config", _written(folder / "generate.json", {**generation, "seed": handed.seed})]
    words += ["--log-dir", str(Path(handed.folder).absolute()), "--log-format", "eval"]
    words += ["--max-connections", str(settings.batch_size)]
    if handed.limit is not None:
        words += ["--limit", str(handed.limit)]
    if settings.epochs:
        words += ["--epochs", str(settings.epochs)]
    return words


def _task(task: str) -> str:
    """A task as the tool takes it: one in a file by a path from here, as it knows no other."""
    path, sign, name = task.partition("@")
    return f"{os.path.relpath(path)}{sign}{name}" if Path(path).is_file() else task


def _written(path: Path, value: Mapping[str, Any]) -> str:
    path.write_text(json.dumps(value, default=list), "utf-8")
    return str(path)
