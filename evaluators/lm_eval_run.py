"""lm-evaluation-harness: a task of theirs, run on the model, with a log that their importer reads.

The task is run by `lm_eval run` with its `hf` backend. Samples are kept, so that every outcome counts and none but the
log's is believed. A task of several, or a group, gives one log with all of them.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from policylang import Handed

from .tool_run import Conditions, Tool, beside, pairs, run_tool, told

TOOL = Tool(
    name="lm-evaluation-harness",
    modules=("lm_eval", "torch", "transformers", "accelerate"),
    extra="evaluators,lm_eval",
    logs="results_*.json",
)

_NAMES = {"max_tokens": "max_gen_toks", "stop": "until"}


@dataclass(frozen=True, kw_only=True, slots=True)
class LmEvalSettings:
    """What a task of lm-evaluation-harness says."""

    task: Annotated[str, "what the tool calls the task; empty: as the suite calls it"] = ""
    model_arguments: Annotated[
        tuple[str, ...], "arguments of the model, each `name=value`, such as `dtype=float32`"
    ] = ()
    include_path: Annotated[str, "a folder with tasks of your own, in YAML"] = ""
    examples: Annotated[int, "how many examples stand before a question; -1: as many as the task says"] = -1
    batch_size: Annotated[int, "how many requests go through the model at once"] = 8
    chat: Annotated[bool, "whether the chat template of the model is applied"] = False
    network: Annotated[bool, "whether the tool may fetch datasets"] = False
    minutes: Annotated[float, "how long it may take; 0: as long as it takes"] = 0.0

    def __post_init__(self) -> None:
        """Refuse what the tool cannot be told; raises ValueError."""
        pairs(self.model_arguments, "model_arguments")
        if self.examples < -1 or self.batch_size < 1 or not 0 <= self.minutes < 1e6:
            raise ValueError("`examples` is -1 or more, `batch_size` 1 or more, `minutes` 0 or more")


def make() -> "LmEval":
    """The runner."""
    return LmEval()


class LmEval:
    """Runs tasks of lm-evaluation-harness."""

    Settings: ClassVar[type] = LmEvalSettings

    def run(self, handed: Handed, settings: LmEvalSettings) -> str:
        """The path of the results, with the samples beside them; raises EvidenceError."""
        handed = told(TOOL, handed, settings.task, settings.model_arguments)
        conditions = Conditions(network=settings.network, minutes=settings.minutes)
        return run_tool(TOOL, _words(handed, settings), handed, conditions)


def _words(handed: Handed, settings: LmEvalSettings) -> list[str]:
    """The call."""
    arguments: dict[str, Any] = {key: value for key, value in handed.arguments.items() if key != "device"}
    arguments |= {"pretrained": handed.model, "use_safetensors": True, "trust_remote_code": False}
    words = ["-m", "lm_eval", "run", "--model", "hf", "--model_args", json.dumps(arguments), "--tasks", handed.task]
    words += ["--output_path", handed.folder, "--log_samples", "--batch_size", str(settings.batch_size)]
    words += ["--seed", str(handed.seed)]
    if "device" in handed.arguments:
        words += ["--device", handed.arguments["device"]]
    if handed.limit is not None:
        words += ["--limit", str(handed.limit)]
    if settings.examples >= 0:
        words += ["--num_fewshot", str(settings.examples)]
    if settings.include_path:
        words += ["--include_path", beside(handed, settings.include_path)]
    if settings.chat:
        words += ["--apply_chat_template"]
    if handed.generation:
        words += ["--gen_kwargs", json.dumps(_generation(handed))]
    return words


def _generation(handed: Handed) -> dict[str, Any]:
    """How to generate, in the words of the tool."""
    found: dict[str, Any] = {_NAMES.get(key, key): value for key, value in handed.generation.items()}
    return {**found, "do_sample": float(found.get("temperature") or 0) > 0}
