"""Starting another eval tool: a process of the same Python, on a model in a folder, that leaves a log.

The tool is called with a list of words and never by way of a shell, may not reach a model hub unless the task says so,
and loads weights from safetensors only. What it prints is kept to say why it failed, and nothing else is believed of
it but the log that it leaves.
"""

import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policylang import Handed

from .record import refused, shown

OURS = frozenset(("pretrained", "model_path", "trust_remote_code", "use_safetensors", "tokenizer", "tokenizer_path"))
"""Arguments of a model that decide which model it is, and are not for a suite to set."""

_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
_TAIL = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A tool: its name, the modules it needs, the extra that installs it, and how the logs it leaves are called."""

    name: str
    modules: tuple[str, ...]
    extra: str
    logs: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What a tool runs under: whether it may use the network, and how many minutes it has (0: any)."""

    network: bool = False
    minutes: float = 0.0


def told(tool: Tool, handed: Handed, task: str, arguments: Sequence[str]) -> Handed:
    """What was handed over, with what the settings say beside it; raises EvidenceError where a tool cannot be told so.

    `task` is what the tool calls the task, where that differs, and `arguments` are those of the model.
    """
    task = beside(handed, task) or handed.task
    handed = replace(handed, task=task, arguments={**handed.arguments, **pairs(arguments, "arguments")})
    _check(tool, handed)
    try:
        Path(handed.folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "it cannot be written").lower()
        message = f"the folder {shown(handed.folder)} for logs cannot be used: {why}"
        raise refused("E523", message, "name one that can be written") from None
    return handed


def beside(handed: Handed, name: str) -> str:
    """A path of the suite as it is from here, where there is such a file or folder; else the name as it is."""
    path, sign, of = name.partition("@")
    found = Path(handed.beside) / path
    return f"{found}{sign}{of}" if path and found.exists() else name


def _check(tool: Tool, handed: Handed) -> None:
    """Refuse a task or argument that the tool would take for something else; raises EvidenceError."""
    if not handed.task or handed.task.startswith("-") or not handed.task.isprintable():
        raise refused("E524", f"{shown(handed.task)} is no task of {tool.name}", "name a task as the tool does")
    ours = sorted(OURS.intersection(handed.arguments))
    if ours:
        message = f"the argument {shown(ours[0])} decides which model is loaded, and is not set for {tool.name}"
        raise refused("E524", message, "leave it out; the model is the one that is measured")
    if not Path(handed.model).is_dir():
        message = f"{shown(handed.model)} is no folder of a model"
        raise refused("E524", message, f"{tool.name} is run on the folder of a model; fetch it first")


def run_tool(tool: Tool, words: Sequence[str], handed: Handed, conditions: Conditions) -> str:
    """The path of the one log that a call leaves in the folder; raises EvidenceError where there is none."""
    for module in tool.modules:
        if importlib.util.find_spec(module) is None:
            message = f"{tool.name} needs the package `{module}`, which is not installed"
            raise refused("E521", message, f"install it with `pip install 'policylang[{tool.extra}]'`")
    folder = Path(handed.folder)
    before = set(folder.rglob(tool.logs))
    status, said = _call([sys.executable, *words], conditions)
    left = sorted(set(folder.rglob(tool.logs)) - before)
    if status is None:
        message = f"{tool.name} took more than {conditions.minutes:g} minutes"
        raise refused("E522", message, "give it more time, or less to do")
    if len(left) == 1:
        return str(left[0])
    if status:
        message = f"{tool.name} stopped with status {status}: {shown(_last_line(said))}"
        raise refused("E522", message, f"run the task {shown(handed.task)} in {tool.name} itself to see all it says")
    message = f"{tool.name} ended and left {len(left)} logs: {shown(_last_line(said))}"
    raise refused("E523", message, "name one task at a time, and check that it is one of the tool's")


def _call(words: Sequence[str], conditions: Conditions) -> tuple[int | None, str]:
    """The exit status, None where time ran out, and the end of what was printed."""
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "NO_COLOR": "1"}
    environment |= {} if conditions.network else _OFFLINE
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment, start_new_session=True
        )
        status = None
        try:
            status = process.wait(conditions.minutes * 60 or None)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(process)
        said.seek(max(0, said.seek(0, 2) - _TAIL))
        return status, said.read().decode("utf-8", "replace")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and those that it started, where any are left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(said: str) -> str:
    """The last line that says something."""
    lines = [line.strip(" \t│╭╰╮╯─") for line in said.splitlines()]
    return next((line for line in reversed(lines) if any(map(str.isalnum, line))), "it says nothing")


def pairs(words: Sequence[str], what: str) -> Mapping[str, str]:
    """Settings such as `name=value` by their names; raises ValueError where one is none."""
    found: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier() or name in found:
            raise ValueError(f"`{word[:60]}` in `{what}` is no `name=value`, or stands twice")
        found[name] = value
    return found
