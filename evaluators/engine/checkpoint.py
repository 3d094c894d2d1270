"""A model's folder as a model: loaded whole, every weight from the file and every weight a number, or not at all."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylang import ModelSpec

from .folder import check_adapter, check_model, check_weights, read_json, refused

if TYPE_CHECKING:
    import torch

_TYPES = ("auto", "bfloat16", "float16", "float32")
_DEFAULT_LENGTH = 2048
_UNBOUNDED = 1_000_000
"""Lengths above this are a tokenizer's way of saying that it knows none."""


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A loaded model and its tokenizer, and how many tokens it reads."""

    model: Any
    tokenizer: Any
    max_length: int


def loaded(spec: ModelSpec) -> Checkpoint:
    """The model that a specification names; raises EvidenceError."""
    check_model(spec.path)
    for adapter in spec.adapters:
        check_adapter(adapter)
    device = _device(spec.device)
    with quiet():
        _check_config(spec.path)
        tokenizer = _tokenizer(spec.path)
        model = _model(spec, device)
        for adapter in spec.adapters:
            model = _adapted(model, adapter)
    _check_numbers(model, spec.path)
    rows = int(model.get_input_embeddings().weight.shape[0])
    if rows < len(tokenizer):
        message = f"the tokenizer of `{spec.path}` has {len(tokenizer)} tokens, and the model knows {rows}"
        raise refused("E516", message, "use the tokenizer the model was trained with")
    model.eval().requires_grad_(False)
    return Checkpoint(model=model, tokenizer=tokenizer, max_length=_max_length(model.config, tokenizer))


def versions() -> Mapping[str, str]:
    """The versions of the libraries that likelihoods and texts depend on."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "transformers", "tokenizers")}


def _device(name: str) -> "torch.device | None":
    """The device a name stands for; None for all GPUs together."""
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name not in ("cpu", "map") and name.partition(":")[0] != "cuda":
        raise refused("E517", f"`{name}` is no device", "one of `auto`, `cpu`, `cuda`, `cuda:0`, … or `map`")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu":
        return torch.device("cpu")
    number = name.partition(":")[2]
    if (number and not number.isdecimal()) or count <= int(number or 0):
        message = f"this machine has no device `{name}`" if count == 0 or number else f"`{name}` is no device"
        raise refused("E517", message, "use `auto` or `cpu`, or run where there is one")
    return None if name == "map" else torch.device(name)


# Loading


def _check_config(path: str) -> None:
    import transformers

    try:
        transformers.AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # noqa: BLE001  # damaged files lead the library to errors of any kind
        raise _unloadable(path, error) from None


def _tokenizer(path: str) -> Any:
    import transformers

    settings = Path(path) / "tokenizer_config.json"
    kind = read_json(settings).get("tokenizer_class") if settings.is_file() else None
    if kind is not None and not _is_known(kind):
        message = f"`{settings}` asks for the class `{str(kind)[:60]}`, which is no tokenizer of transformers"
        raise refused("E513", message, "use a tokenizer that is part of transformers")
    try:
        return transformers.AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # noqa: BLE001  # as above
        message = f"the tokenizer of `{path}` cannot be loaded: {_reason(error)}"
        raise refused("E516", message, "put the tokenizer's files into the folder of the model") from None


def _is_known(kind: object) -> bool:
    """Whether transformers has a tokenizer of this name."""
    import transformers

    names = (str(kind), f"{str(kind).removesuffix('Fast')}", f"{kind}Fast")
    found = [getattr(transformers, name, None) for name in names if name.isidentifier()]
    return any(isinstance(one, type) and issubclass(one, transformers.PreTrainedTokenizerBase) for one in found)


def _model(spec: ModelSpec, device: "torch.device | None") -> Any:
    if spec.dtype not in _TYPES:
        raise refused(
            "E517", f"`{spec.dtype}` is no type of weights", "one of `auto`, `bfloat16`, `float16`, `float32`"
        )
    try:
        model, report = _made(spec, device, "sdpa")
    except Exception as error:  # noqa: BLE001  # as above
        if "scaled_dot_product_attention" not in str(error):
            raise _unloadable(spec.path, error) from None
        try:
            model, report = _made(spec, device, "eager")
        except Exception as other:  # noqa: BLE001  # as above
            raise _unloadable(spec.path, other) from None
    _check_report(spec.path, report)
    return model if device is None else _moved(spec, model, device)


def _made(spec: ModelSpec, device: "torch.device | None", attention: str) -> tuple[Any, Mapping[str, Any]]:
    """The model as transformers loads it, and what it says of the weights."""
    import transformers

    place: dict[str, Any] = {"device_map": "auto"} if device is None else {}
    found: Any = transformers.AutoModelForCausalLM.from_pretrained(
        spec.path,
        dtype=spec.dtype,
        trust_remote_code=False,
        local_files_only=True,
        use_safetensors=True,
        attn_implementation=attention,
        output_loading_info=True,
        ignore_mismatched_sizes=True,  # they are in the report, and refused
        **place,
    )
    return found[0], found[1]


def _moved(spec: ModelSpec, model: Any, device: "torch.device") -> Any:
    try:
        return model.to(device)
    except RuntimeError as error:
        raise _unloadable(spec.path, error) from None


def _unloadable(path: str, error: BaseException) -> Exception:
    message = f"`{path}` cannot be loaded: {_reason(error)}"
    return refused("E517", message, "name a causal language model that transformers knows, and that has room here")


def _adapted(model: Any, path: str) -> Any:
    """A model with an adapter merged into it, all of it."""
    from peft import PeftModel, get_peft_model_state_dict

    file = check_adapter(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=".* adapter keys")  # what it lacks is only warned of
            adapted = PeftModel.from_pretrained(model, path, is_trainable=False)
            left = check_weights(file) - get_peft_model_state_dict(adapted).keys()  # what it has too much is not
            if left:
                raise ValueError(f"the model has nothing for `{min(left)}`")
            return adapted.merge_and_unload(safe_merge=True)
    except Exception as error:  # noqa: BLE001  # as above
        message = f"the adapter `{path}` cannot be merged into the model: {_reason(error)}"
        raise refused("E518", message, "use an adapter that was trained on this very model") from None


# Checking what was loaded


def _check_report(path: str, report: Mapping[str, Any]) -> None:
    """Raise EvidenceError where weights of the model were not in the files, or the other way round."""
    for key, what in (
        ("missing_keys", "has no weights for"),
        ("mismatched_keys", "has weights of another shape for"),
        ("unexpected_keys", "has weights the model does not know:"),
    ):
        names = sorted(name if isinstance(name, str) else str(name[0]) for name in report.get(key) or ())
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            remedy = "fetch all files again: a model with weights made up at random says nothing of the real one"
            raise refused("E514", f"`{path}` {what} `{names[0]}`{more}", remedy)
    if report.get("error_msgs"):
        raise refused("E514", f"`{path}` cannot be loaded: {_reason(report['error_msgs'][0])}", "fetch the files again")


def _check_numbers(model: Any, path: str) -> None:
    """Raise EvidenceError with the first weight that is no finite number in the type it was loaded in."""
    import torch

    for name, tensor in model.named_parameters():
        if tensor.device.type != "meta" and not bool(torch.isfinite(tensor.sum(dtype=torch.float64))):
            count = int((~torch.isfinite(tensor)).sum())
            message = f"`{name}` of `{path}` has {count} values that are no finite numbers in {_plain(tensor.dtype)}"
            raise refused("E515", message, "load the model in the type it was written in, or fetch the files again")


def _plain(dtype: object) -> str:
    return str(dtype).removeprefix("torch.")


def _max_length(config: Any, tokenizer: Any) -> int:
    """How many tokens a model reads, found where lm-evaluation-harness finds it."""
    text = getattr(config, "text_config", None) or config
    for name in ("n_positions", "max_position_embeddings", "n_ctx"):
        if isinstance(value := getattr(text, name, None), int):
            return value
    most = getattr(tokenizer, "model_max_length", None)
    return most if isinstance(most, int) and most < _UNBOUNDED else _DEFAULT_LENGTH


def _reason(error: object) -> str:
    """What an error says first, as it may stand in a message."""
    lines = str(error).strip().splitlines()
    return " ".join(lines[0].split())[:200].rstrip(".") if lines else type(error).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what transformers would say of its own accord from people: what matters of it is raised."""
    from transformers.utils import logging

    theirs: Any = logging
    level, bars = theirs.get_verbosity(), theirs.is_progress_bar_enabled()
    theirs.set_verbosity(theirs.CRITICAL)
    theirs.disable_progress_bar()
    try:
        yield
    finally:
        theirs.set_verbosity(level)
        if bars:
            theirs.enable_progress_bar()
