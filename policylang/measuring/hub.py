"""Models by name: a folder on this disk, or a model of Hugging Face at a revision, fetched without code or pickles."""

from pathlib import Path

from policylang.diagnostics import Diagnostic, EvidenceError

_WANTED = ("*.safetensors", "*.json", "*.model", "*.txt", "*.jinja", "tokenizer*")


def folder_of(name: str) -> str:
    """The folder of a model: a path as it is, or `owner/model@revision` fetched; raises EvidenceError."""
    if Path(name).is_dir():
        return name
    if Path(name).exists() or name.startswith((".", "/", "~")) or name.count("/") != 1:
        message = f"there is no folder `{name}` with a model in it"
        raise _refused(message, "name the folder that holds the model, or `owner/model@revision` on Hugging Face")
    model, _, revision = name.partition("@")
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        message = f"there is no folder `{name}`, and to fetch a model `huggingface_hub` is needed"
        raise _refused(message, "`pip install 'policylang[huggingface]'`, or name a folder") from None
    try:
        return snapshot_download(model, revision=revision or None, allow_patterns=list(_WANTED))
    except Exception as error:  # noqa: BLE001  # whatever the network or the hub has to say
        message = f"`{name}` is no folder here, and cannot be fetched from Hugging Face: {type(error).__name__}"
        raise _refused(message, "name a folder that holds the model") from None


def _refused(message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code="E544", message=message, place=None, help=help_)])
