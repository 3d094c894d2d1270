"""What lies in a model's folder, looked at before any library reads it: nothing in it may run, and nothing may be cut.

A model is data: weights as safetensors, a configuration, a tokenizer. A pickle runs code when it is loaded; a
configuration can name code of its own, or a file elsewhere. Both are refused here, whether or not they would be used,
since whoever runs a suite on a model of others should not have to know which file a library opens.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policylang import Diagnostic, EvidenceError

PICKLES = (".bin", ".ckpt", ".dill", ".joblib", ".pickle", ".pkl", ".pt", ".pth")
"""Endings of files that are, or may be, pickles."""

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_MAX_JSON = 256 << 20
_MAX_FOUND = 20


def refused(code: str, message: str, remedy: str) -> EvidenceError:
    """The error of one thing that is wrong with a model."""
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=remedy)])


def check_model(path: str) -> tuple[Path, ...]:
    """The files of weights in a model's folder; raises EvidenceError where the folder is not to be loaded."""
    folder = _folder(path)
    _check_data(folder)
    if not (folder / "config.json").is_file():
        raise refused("E511", f"`{path}` has no `config.json`", "name the folder of a transformers checkpoint")
    files = _weights(folder)
    for file in files:
        check_weights(file)
    return files


def check_adapter(path: str) -> Path:
    """The file of weights in a PEFT adapter's folder; raises EvidenceError where the folder is not to be loaded."""
    folder = _folder(path)
    _check_data(folder)
    file = folder / ADAPTER_WEIGHTS
    for name in (ADAPTER, ADAPTER_WEIGHTS):
        if not (folder / name).is_file():
            raise refused("E518", f"`{path}` has no `{name}`", "name the folder of a PEFT adapter, as safetensors")
    check_weights(file)
    return file


def read_json(file: Path) -> dict[str, Any]:
    """A JSON file that holds an object; raises EvidenceError."""
    try:
        if file.stat().st_size > _MAX_JSON:
            raise ValueError("it is too large")
        value = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise refused(
            "E511", f"`{file}` cannot be read as JSON: {_first_line(error)}", "fetch the file again"
        ) from None
    if not isinstance(value, dict):
        raise refused("E511", f"`{file}` holds no JSON object", "fetch the file again")
    return value


def check_weights(file: Path) -> frozenset[str]:
    """The names of the tensors in a safetensors file; raises EvidenceError where it is cut or malformed."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="np") as tensors:
            return frozenset(tensors.keys())
    except (SafetensorError, OSError) as error:
        message = f"`{file}` is cut off or no safetensors file: {_first_line(error)}"
        raise refused(
            "E514", message, "fetch or write the file again, and compare its size with the original"
        ) from None


def _folder(path: str) -> Path:
    folder = Path(path)
    if not path or not folder.is_dir():
        raise refused("E511", f"`{path}` is no folder", "name the folder of a transformers checkpoint")
    return folder


# What could run


def _check_data(folder: Path) -> None:
    """Raise EvidenceError with every file that holds code, or names some."""
    found: list[Diagnostic] = []
    for file in sorted(_files(folder)):
        if file.name.lower().endswith(PICKLES):
            message = f"`{file}` is or may be a pickle, which runs code when it is loaded"
            remedy = "write the weights as safetensors, and take every such file out of the folder"
            found.append(Diagnostic(code="E512", message=message, place=None, help=remedy))
        elif file.parent == folder and file.name.endswith("config.json"):
            found += [
                Diagnostic(code="E513", message=f"`{file}` {what}", place=None, help=_DATA_ONLY)
                for what in _named_code(read_json(file))
            ]
    if found:
        raise EvidenceError(found[:_MAX_FOUND])


_DATA_ONLY = "use a model whose code is part of transformers, or take the entry out if the model runs without it"


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root, name) for name in names)


def _named_code(config: dict[str, Any]) -> Iterator[str]:
    """What of a configuration would fetch or run something that is not data of this folder."""
    entries: list[tuple[str, Any]] = [("", config)]
    while entries:
        key, value = entries.pop()
        if isinstance(value, dict):
            entries += value.items()
        elif isinstance(value, list):
            entries += [(key, inner) for inner in value]
        if key in ("auto_map", "custom_pipelines", "custom_generate") and value:
            yield f"names code of its own under `{key}`"
        elif isinstance(value, str) and _leads_out(key, value):
            yield f"leads out of its folder: `{key}` is `{value[:80]}`"


def _leads_out(key: str, value: str) -> bool:
    """Whether a value names a file elsewhere, or a kernel or library to be fetched."""
    if key == "special_tokens_map_file":  # left by old versions, and read by none
        return False
    if key.endswith("_file") or key == "parent_library":
        plain = value.startswith(("transformers", "peft")) if key == "parent_library" else Path(value).name == value
        return bool(value) and not plain
    return key.startswith(("attn_implementation", "_attn_implementation")) and "/" in value


# Whether all of it is there


def _weights(folder: Path) -> tuple[Path, ...]:
    """The files that hold the weights, all there; raises EvidenceError."""
    index = folder / INDEX
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if not index.is_file():
        message = f"`{folder}` has neither `{WEIGHTS}` nor `{INDEX}`"
        raise refused("E511", message, "write the weights as safetensors: nothing else is loaded")
    placed = read_json(index).get("weight_map")
    if not isinstance(placed, dict) or not placed or not all(isinstance(name, str) for name in placed.values()):
        raise refused("E514", f"`{index}` names no weights", "fetch the file again")
    for name in sorted(set(placed.values())):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise refused("E513", f"`{index}` leads out of its folder: `{name[:80]}`", _DATA_ONLY)
        if not (folder / name).is_file():
            raise refused("E514", f"`{folder}` lacks `{name}`, which its index names", "fetch the file that is missing")
        absent = {tensor for tensor, file in placed.items() if file == name} - check_weights(folder / name)
        if absent:
            message = f"`{folder / name}` lacks `{min(absent)}`, which its index places there"
            raise refused("E514", message, "fetch the files again, index and weights of one revision")
    return tuple(folder / name for name in sorted(set(placed.values())))


def _first_line(error: BaseException) -> str:
    """What an error says first, as it may stand in a message."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return text[:160].rstrip(".")
