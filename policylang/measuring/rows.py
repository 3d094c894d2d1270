"""The rows that a suite names, each with what it says beside its name, by which it is known again elsewhere."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policylang.measuring.dataset import DatasetSpec, read_dataset
from policylang.measuring.suite import Dataset


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row: its name, its fields, and what they say, without the field that names it."""

    name: str
    fields: Mapping[str, Any]
    content: str


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a dataset, and the digest of the file that they stand in."""

    rows: tuple[Row, ...]
    digest: str


def rows(dataset: Dataset, folder: Path, *, drop: bool = False) -> Rows:
    """The rows of a dataset, whose path is relative to a folder; raises EvidenceError.

    With `drop` a row that says what another says is left out.
    """
    spec = DatasetSpec(
        path=str(folder / dataset.path) if dataset.path else "",
        name=dataset.name,
        revision=dataset.revision,
        split=dataset.split if dataset.name else "",
        id=dataset.id,
        digest=dataset.digest,
        drop=drop,
    )
    found = read_dataset(spec)
    return Rows(rows=tuple(_row(name, fields, dataset.id) for name, fields in found.rows), digest=found.digest)


def _row(name: str, fields: Mapping[str, Any], id: str) -> Row:
    said = {key: value for key, value in fields.items() if key != id}
    content = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
    return Row(name=name, fields=fields, content=content)
