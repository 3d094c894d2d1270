"""A model's folder that could run something, or is not whole, is refused with a clear error before it is used."""

import json
import shutil
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from policylang.evaluators.engine.local import TorchBackend, open_model
from safetensors.torch import load_file, save_file

from policylang import EvidenceError, ModelSpec, Score
from policylang.codes import CODES
from small_models import model, saved


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sound model of which a test may spoil something."""
    return Path(shutil.copytree(model(), tmp_path / "model"))


def refused(spec: ModelSpec, code: str) -> str:
    """The message with which a model is refused; it is one line, and says what to do."""
    with pytest.raises(EvidenceError) as error:
        open_model(spec)
    found = error.value.diagnostics[0]
    assert found.code == code, found
    assert code in CODES
    assert found.help
    assert found.message == found.message.strip().rstrip(".")
    assert "\n" not in found.message
    assert found.message[0] == "`" or found.message[0].islower()
    return found.message


def changed(file: Path, **values: Any) -> None:
    """Change entries of a JSON file."""
    known = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    file.write_text(json.dumps({**known, **values}), "utf-8")


def spec(folder: Path, **settings: Any) -> ModelSpec:
    return ModelSpec(path=str(folder), threads=1, **settings)


def test_a_sound_folder_is_opened(folder: Path) -> None:
    """What the other tests spoil is sound before, and stays so with what old versions have left in it."""
    changed(folder / "tokenizer_config.json", special_tokens_map_file="/home/someone/.cache/special_tokens_map.json")
    (answer,) = [one for some in open_model(spec(folder)).answer([Score(context="a", text="b")]) for one in some]
    assert answer[0] == 0


# What could run


@pytest.mark.parametrize("name", ["pytorch_model.bin", "training_args.BIN", "old/model.pt", "a.pth", "b.pkl", "c.ckpt"])
def test_a_pickle_is_refused(folder: Path, name: str) -> None:
    """A file that may be a pickle is refused wherever it lies in the folder, beside sound weights too."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x80\x04.")
    assert Path(name).name in refused(spec(folder), "E512")


@pytest.mark.parametrize(
    ("file", "values"),
    [
        ("config.json", {"auto_map": {"AutoModelForCausalLM": "modeling_evil.Evil"}}),
        ("config.json", {"text_config": {"auto_map": {"AutoConfig": "evil--repo.Evil"}}}),
        ("config.json", {"attn_implementation": "evil/kernel"}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["tokenization_evil.Evil", None]}}),
        ("tokenizer_config.json", {"tokenizer_class": "EvilTokenizer"}),
        ("tokenizer_config.json", {"tokenizer_class": "PreTrainedModel"}),
        ("tokenizer_config.json", {"tokenizer_file": "https://example.org/tokenizer.json"}),
        ("tokenizer_config.json", {"vocab_file": "../../somewhere/vocab.json"}),
        ("generation_config.json", {"custom_generate": "evil/repo"}),
    ],
)
def test_code_and_files_from_elsewhere_are_refused(folder: Path, file: str, values: dict[str, Any]) -> None:
    """A configuration that names code, a class transformers does not have, or a file elsewhere is refused by name."""
    changed(folder / file, **values)
    (folder / "modeling_evil.py").write_text("raise SystemExit", "utf-8")
    assert file in refused(spec(folder), "E513")


def test_an_index_that_leads_out_of_its_folder_is_refused(folder: Path) -> None:
    """Weights are never read from outside the folder."""
    (folder / "model.safetensors").rename(folder.parent / "outside.safetensors")
    index = {"weight_map": {"lm_head.weight": "../outside.safetensors"}}
    changed(folder / "model.safetensors.index.json", **index)
    assert "outside" in refused(spec(folder), "E513")


# What is not whole


def cut(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\nsize 5\n", "utf-8")


def long_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    """Spoil the weights themselves."""

    def spoil(folder: Path) -> None:
        file = folder / "model.safetensors"
        tensors = load_file(file)
        change(tensors)
        save_file(tensors, file, metadata={"format": "pt"})

    return spoil


NORM = "model.norm.weight"
DOWN = "model.layers.1.mlp.down_proj.weight"


@pytest.mark.parametrize(
    ("spoil", "code", "named"),
    [
        (cut, "E514", "cut off"),
        (pointer, "E514", "model.safetensors"),
        (long_header, "E514", "model.safetensors"),
        (weights(lambda known: known.pop(DOWN).clone()), "E514", DOWN),
        (weights(lambda known: known.update(extra=torch.ones(2))), "E514", "extra"),
        (weights(lambda known: known.update({NORM: torch.ones(3)})), "E514", NORM),
        (weights(lambda known: known[DOWN].view(-1)[5:6].fill_(float("nan"))), "E515", DOWN),
        (weights(lambda known: known[NORM].view(-1)[5:7].fill_(float("-inf"))), "E515", "2 values"),
        (lambda folder: (folder / "config.json").unlink(), "E511", "config.json"),
        (lambda folder: (folder / "config.json").write_text("{", "utf-8"), "E511", "config.json"),
        (lambda folder: (folder / "config.json").write_text("[]", "utf-8"), "E511", "config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "E511", "safetensors"),
        (lambda folder: changed(folder / "config.json", model_type="no-such-model"), "E517", "no-such-model"),
        (lambda folder: changed(folder / "config.json", hidden_size=32), "E514", "another shape"),
        (lambda folder: changed(folder / "config.json", num_hidden_layers=3), "E514", "model.layers.2"),
        (lambda folder: changed(folder / "config.json", num_attention_heads="many"), "E517", "cannot be loaded"),
        (lambda folder: [file.unlink() for file in folder.glob("tokenizer*")], "E516", "tokenizer"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}", "utf-8"), "E516", "tokenizer"),
    ],
)
def test_a_damaged_folder_is_refused(folder: Path, spoil: Callable[[Path], object], code: str, named: str) -> None:
    """Cut or missing files, weights that are missing, too many, of another shape or no numbers: each is said."""
    spoil(folder)
    assert named in refused(spec(folder), code)


def test_an_overflow_into_a_smaller_type_is_refused(folder: Path) -> None:
    """Weights that are numbers in the file, and none in the type they are loaded in, are refused."""
    weights(lambda known: known[DOWN].fill_(1e6))(folder)
    assert "float16" in refused(spec(folder, dtype="float16"), "E515")
    open_model(spec(folder, dtype="bfloat16"))


def test_shards_must_all_be_there(tmp_path: Path) -> None:
    """Weights in several files are loaded when all are there, each with what the index places in it."""
    from transformers import AutoModelForCausalLM

    path = tmp_path / "shards"
    AutoModelForCausalLM.from_pretrained(saved(tmp_path / "whole")).save_pretrained(path, max_shard_size="100KB")
    for file in Path(tmp_path, "whole").glob("tokenizer*"):
        shutil.copy(file, path)
    shards = sorted(path.glob("*.safetensors"))
    assert len(shards) > 1
    (one, two) = (answer_of(open_model(spec(folder))) for folder in (path, tmp_path / "whole"))
    assert one == two
    index = path / "model.safetensors.index.json"
    known = json.loads(index.read_text("utf-8"))
    changed(index, weight_map={**known["weight_map"], "more": shards[0].name})
    assert "more" in refused(spec(path), "E514")
    changed(index, **known)
    shards[-1].rename(tmp_path / "gone")
    assert shards[-1].name in refused(spec(path), "E514")


def answer_of(backend: TorchBackend) -> object:
    (answer,) = [one for some in backend.answer([Score(context="the", text=" weather")]) for one in some]
    return answer


def test_a_vocabulary_that_is_too_small_is_refused(tmp_path: Path) -> None:
    """A tokenizer with more tokens than the model knows would ask for what is not there."""
    assert "tokens" in refused(spec(Path(saved(tmp_path / "small", vocab_size=300))), "E516")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"device": "tpu"}, "tpu"),
        ({"device": "cuda:99"}, "cuda:99"),
        ({"device": "cuda:x"}, "cuda:x"),
        ({"dtype": "int3"}, "int3"),
    ],
)
def test_a_device_or_type_that_is_not_there_is_refused(folder: Path, settings: dict[str, str], named: str) -> None:
    """A wrong device or type is named, with what would be right."""
    assert named in refused(spec(folder, **settings), "E517")


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A name of a hub, a file or nothing at all is no folder of a model."""
    assert "no folder" in refused(ModelSpec(path=""), "E511")
    assert "no folder" in refused(ModelSpec(path=str(tmp_path / "none")), "E511")
    assert "config.json" in refused(ModelSpec(path=str(tmp_path)), "E511")


# Adapters


@pytest.fixture
def adapter(tmp_path: Path, folder: Path) -> Path:
    """An adapter of the model that changes what it says."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(folder)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that goes out of use
        torch.manual_seed(3)
        made = get_peft_model(network, LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False))
    made.save_pretrained(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft's own way of asking
def test_an_adapter_changes_the_answers(folder: Path, adapter: Path) -> None:
    """A merged adapter gives the log-likelihoods of peft itself."""
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoTokenizer

    ours = answer_of(open_model(spec(folder, adapters=(str(adapter),))))
    assert ours != answer_of(open_model(spec(folder)))
    changed(adapter / "adapter_config.json", base_model_name_or_path=str(folder))
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoPeftModelForCausalLM.from_pretrained(adapter)
    whole, context = tokenizer("the weather").input_ids, tokenizer("the").input_ids
    with torch.inference_mode():
        logits = network(torch.tensor([whole])).logits[0].log_softmax(-1)
    wanted = sum(float(logits[i - 1, whole[i]]) for i in range(len(context), len(whole)))
    assert isinstance(ours, tuple)
    assert ours[1].total == pytest.approx(wanted, abs=1e-3)


def test_an_adapter_that_does_not_fit_is_refused(folder: Path, adapter: Path, tmp_path: Path) -> None:
    """Missing files, pickles, other shapes, layers that are not there and numbers that are none are refused."""
    assert "no folder" in refused(spec(folder, adapters=(str(tmp_path / "none"),)), "E511")
    other = Path(saved(tmp_path / "other", hidden_size=32))
    assert "adapter" in refused(spec(other, adapters=(str(adapter),)), "E518")
    file = adapter / "adapter_model.safetensors"
    known = load_file(file)
    first = min(known)
    save_file({name: tensor for name, tensor in known.items() if name != first}, file)
    assert "adapter" in refused(spec(folder, adapters=(str(adapter),)), "E518")
    deeper = {name.replace("layers.1", "layers.7"): tensor.clone() for name, tensor in known.items()}
    save_file({**deeper, **known}, file)
    assert "layers.7" in refused(spec(folder, adapters=(str(adapter),)), "E518")
    save_file({**known, first: known[first].fill_(float("nan"))}, file)
    assert "adapter" in refused(spec(folder, adapters=(str(adapter),)), "E518")
    file.rename(adapter / "adapter_model.bin")
    assert "adapter_model.bin" in refused(spec(folder, adapters=(str(adapter),)), "E512")
    (adapter / "adapter_model.bin").unlink()
    assert "safetensors" in refused(spec(folder, adapters=(str(adapter),)), "E518")
