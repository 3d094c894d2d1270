"""The digest of a model's files, for people and for programs."""

from collections.abc import Sequence
from fractions import Fraction

from policylang.digest import Model, Part, Tensors, notes, total
from policylang.kinds import decimal_text
from policylang.reports.amounts import counted
from policylang.reports.json import Json
from policylang.reports.style import Look, Page, brief

DIGEST = "policylang/digest/v1"
_SIZES = ("bytes", "kB", "MB", "GB", "TB", "PB")


def text(model: Model, look: Look) -> str:
    """The digest alone on its line, what it is over, what to know about it, and how evidence states it."""
    page = Page(look)
    page.line((model.digest, "bold"))
    for part in model.parts:
        page.blank()
        _part(page, part, is_alone=len(model.parts) == 1)
    if any(notes(part) for part in model.parts):
        page.heading("to be noted")
        for note in dict.fromkeys(note for part in model.parts for note in notes(part)):
            page.line(("· ", "dim"), brief(note), indent=2)
    page.heading("in evidence")
    page.line("subject:", indent=2)
    page.line("revision: ", (model.digest, "bold"), indent=4)
    return page.text()


def _part(page: Page, part: Part, *, is_alone: bool) -> None:
    """What one path holds."""
    bytes_ = sum(file.size for file in part.files)
    rows: list[list[str]] = [["path", brief(part.path)]]
    if not is_alone:
        rows.append(["digest", part.digest])
    rows.append(["files", _grouped(len(part.files))])
    rows.append(["bytes", _grouped(bytes_) + _rounded(bytes_)])
    tensors = total(part.files)
    files = sum(file.tensors is not None for file in part.files)
    if files:
        all_ = sum(item.parameters for item in tensors)
        of = f"in {counted(sum(item.count for item in tensors), 'tensor')} of {counted(files, 'safetensors file')}"
        rows.append(["parameters", f"{_grouped(all_)} {of}"])
    page.table([[(name, "dim"), said] for name, said in rows], indent=0)
    if tensors:
        _types(page, tensors)


def _types(page: Page, tensors: Sequence[Tensors]) -> None:
    """How many parameters there are of each type, the figures below one another."""
    figures = [_grouped(item.parameters) for item in tensors]
    room = max(map(len, figures))
    page.table(
        [
            [item.dtype, f"{figure:>{room}}", (f"in {counted(item.count, 'tensor')}", "dim")]
            for item, figure in zip(tensors, figures, strict=True)
        ],
        indent=12,
    )


def _grouped(number: int) -> str:
    """`14,483,464,192`."""
    return f"{number:,}"


def _rounded(size: int) -> str:
    """` (14.5 GB)`; empty where the bytes are few."""
    power = min((len(str(size)) - 1) // 3, len(_SIZES) - 1)
    return f" ({decimal_text(Fraction(size, 1000**power), 1)} {_SIZES[power]})" if power else ""


def document(model: Model) -> dict[str, Json]:
    """The same for programs, with every file."""
    return {"schema": DIGEST, "digest": model.digest, "parts": [_document(part) for part in model.parts]}


def _document(part: Part) -> dict[str, Json]:
    return {
        "path": part.path,
        "digest": part.digest,
        "size": sum(file.size for file in part.files),
        "tensors": _tensors(total(part.files)),
        "files": [
            {
                "name": file.name,
                "size": file.size,
                "sha256": file.sha256,
                "tensors": None if file.tensors is None else _tensors(file.tensors),
            }
            for file in part.files
        ],
        "notes": list(notes(part)),
    }


def _tensors(tensors: Sequence[Tensors]) -> dict[str, Json]:
    """By type: how many tensors, and how many numbers they have together."""
    return {item.dtype: {"count": item.count, "parameters": item.parameters} for item in tensors}
