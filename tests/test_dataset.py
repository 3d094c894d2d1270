"""Datasets: what is read, how rows are called, and what is refused rather than guessed."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylang import EvidenceError
from policylang.codes import CODES
from policylang.measuring.dataset import MAX_ROW, DatasetSpec, read_dataset, rows

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def written(path: Path, data: str | bytes) -> str:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def refused(spec: DatasetSpec, load: Any = None) -> str:
    """The code of the error that a dataset gives, which is written as errors are."""
    with pytest.raises(EvidenceError) as caught:
        read_dataset(spec, load)
    (found,) = caught.value.diagnostics
    assert found.code in CODES
    assert found.help
    assert found.message[:1] != found.message[:1].upper() or found.message.startswith("`")
    assert "\n" not in found.message
    assert not found.message.endswith(".")
    return found.code


# Files


def test_rows_of_json_lines(tmp_path: Path) -> None:
    """Each line is a row with its values as they are; empty lines and a line end of Windows are passed over."""
    text = '{"q": "a", "n": 1.5, "c": ["x", {"y": null}]}\r\n\n{"q": "b", "t": true}\n'
    found = rows(DatasetSpec(path=written(tmp_path / "x", text)))
    assert [fields for _, fields in found] == [{"q": "a", "n": 1.5, "c": ["x", {"y": None}]}, {"q": "b", "t": True}]


def test_rows_of_csv(tmp_path: Path) -> None:
    """A CSV gives texts by column, with quoted commas, quotes and lines, and without the mark of its encoding."""
    text = '\ufeffid,q\n1,"a, ""b""\nc"\n2, d \n'
    found = rows(DatasetSpec(path=written(tmp_path / "x", text), id="id"))
    assert found == [("1", {"id": "1", "q": 'a, "b"\nc'}), ("2", {"id": "2", "q": " d "})]


def parquet(path: Path, columns: Mapping[str, list[Any]]) -> str:
    import pyarrow as arrow
    from pyarrow import parquet

    parquet.write_table(arrow.table(dict(columns)), path)
    return str(path)


def test_rows_of_parquet(tmp_path: Path) -> None:
    """A Parquet file gives texts, numbers and lists; times and decimals become texts."""
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    path = parquet(tmp_path / "x", {"q": ["a"], "c": [["x", "y"]], "n": [3], "d": [Decimal("0.10")], "t": [moment]})
    (_, fields), *_ = rows(DatasetSpec(path=path))
    assert fields == {"q": "a", "c": ["x", "y"], "n": 3, "d": "0.10", "t": "2026-01-02T00:00:00+00:00"}


def test_one_dataset_in_three_formats(tmp_path: Path) -> None:
    """The same texts are the same rows with the same names, however they are stored and whatever the file is called."""
    values = [{"q": "a", "r": "1"}, {"q": "é, b", "r": "2"}]
    paths = [
        written(tmp_path / "a.csv", "\n".join(map(json.dumps, values))),
        written(tmp_path / "b.jsonl", 'q,r\na,1\n"é, b",2\n'),
        parquet(tmp_path / "c.txt", {"q": ["a", "é, b"], "r": ["1", "2"]}),
    ]
    first, *others = [rows(DatasetSpec(path=path)) for path in paths]
    assert [one == first for one in others] == [True, True]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", "E533"),
        ("\n \n", "E533"),
        ("q,r\n", "E533"),
        ('{"q": "a"}\n{"q": ', "E531"),
        ('{"q": "a"} {"q": "b"}', "E531"),
        ('{"q": "a"}\n[1]\n', "E532"),
        ('{"q": "a"}\n"b"\n', "E532"),
        ('{"q": "a", "q": "b"}', "E532"),
        ('{"q": {"a": 1, "a": 2}}', "E532"),
        ('{"q": NaN}', "E532"),
        ('{"q": -Infinity}', "E532"),
        ('{"q": 1e999}', "E532"),
        ('{"q": "\\ud800"}', "E532"),
        ('{"q": ' + "9" * 5000 + "}", "E532"),
        ('{"q": ' + "[" * 100_000, "E532"),
        ('[{"q": "a"}]', "E531"),
        (b'{"q": "\xff"}', "E531"),
        (b"q,r\n\xe9,1\n", "E531"),
        ("q,r\n1\n", "E532"),
        ("q,r\n1,2,3\n", "E532"),
        ("q,q\n1,2\n", "E532"),
        ("q,\n1,2\n", "E532"),
        ('q,r\n"1,2\n', "E531"),
        ("q\n" + "x" * 200_000 + "\n", "E531"),
        ('{"q": "' + "x" * MAX_ROW + '"}', "E535"),
        (b"PAR1 and nothing more", "E531"),
        (b"PAR1" + b"\0" * 100 + b"PAR1", "E531"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "E531"),
        ('{"q": "a"}\n{"q": "a"}\n', "E534"),
        ("q\na\nb\na\n", "E534"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, data: str | bytes, code: str) -> None:
    """A file that is cut off, empty, in two readings, too large or with a row twice is refused with its place."""
    assert refused(DatasetSpec(path=written(tmp_path / "x", data))) == code


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"q": []}, "E533"),
        ({"q": [1.0, float("nan")]}, "E532"),
        ({"q": [[1.0, float("inf")]]}, "E532"),
        ({"q": [b"\xff"]}, "E532"),
        ({"q": ["a", "a"]}, "E534"),
        ({"": ["a"]}, "E532"),
        ({"q": ["x" * MAX_ROW]}, "E535"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, columns: dict[str, list[Any]], code: str) -> None:
    """In Parquet too a number is a number, a text a text, and a row stands once."""
    assert refused(DatasetSpec(path=parquet(tmp_path / "x", columns))) == code


def test_a_damaged_table_is_refused(tmp_path: Path) -> None:
    """A Parquet file with other bytes in its middle, or without its end, is no dataset."""
    path = Path(parquet(tmp_path / "x", {"q": [f"row {n}" for n in range(2000)]}))
    whole = path.read_bytes()
    assert refused(DatasetSpec(path=written(path, whole[: len(whole) // 2]))) == "E531"
    assert refused(DatasetSpec(path=written(path, whole[:-200] + b"\x7f" * 192 + whole[-8:]))) == "E531"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """A path to nothing, or to a folder, is an error that names it."""
    assert refused(DatasetSpec(path=str(tmp_path / "none"))) == "E531"
    assert refused(DatasetSpec(path=str(tmp_path))) == "E531"


def test_a_digest_pins_a_file(tmp_path: Path) -> None:
    """The digest is that of the bytes; a file with another one than was pinned is refused."""
    path = written(tmp_path / "x", '{"q": "a"}\n')
    digest = "sha256:" + hashlib.sha256(b'{"q": "a"}\n').hexdigest()
    assert read_dataset(DatasetSpec(path=path, digest=digest)).digest == digest
    assert refused(DatasetSpec(path=path, digest="sha256:" + "0" * 64)) == "E536"
    assert refused(DatasetSpec(path=path, digest="0" * 64)) == "E531"


# Names


def test_rows_are_called_by_a_field(tmp_path: Path) -> None:
    """The field of the name may be a text or a whole number; without one the name is a digest of the row."""
    path = written(tmp_path / "x", '{"id": 7, "q": "a"}\n{"id": "é b", "q": "b"}\n')
    assert [name for name, _ in rows(DatasetSpec(path=path, id="id"))] == ["7", "é b"]
    names = [name for name, _ in rows(DatasetSpec(path=path))]
    turned = written(tmp_path / "y", '{"q": "b", "id": "é b"}\n{"q": "a", "id": 7}\n')
    assert [name for name, _ in rows(DatasetSpec(path=turned))] == names[::-1]


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ('"a"', '"a"', "E534"),
        ("1", '"1"', "E534"),
        ('"a"', '""', "E532"),
        ('"a"', "null", "E532"),
        ('"a"', "true", "E532"),
        ('"a"', "1.5", "E532"),
        ('"a"', '["b"]', "E532"),
        ('"a"', '"b\\nc"', "E532"),
        ('"a"', '"' + "b" * 300 + '"', "E532"),
    ],
)
def test_names_are_names(tmp_path: Path, first: str, second: str, code: str) -> None:
    """A name that stands twice, or is none, is refused."""
    text = f'{{"id": {first}, "q": 1}}\n{{"id": {second}, "q": 2}}\n'
    assert refused(DatasetSpec(path=written(tmp_path / "x", text), id="id")) == code


def test_a_row_under_two_names_is_one(tmp_path: Path) -> None:
    """A row that stands twice under two names counts twice all the same, and both places are named."""
    path = written(tmp_path / "x", '{"id": 1, "q": "a"}\n{"id": 2, "q": "a"}\n')
    with pytest.raises(EvidenceError, match=r"line 2: the same row as .*line 1"):
        rows(DatasetSpec(path=path, id="id"))


# Hugging Face

HUB = DatasetSpec(name="acme/questions", revision=COMMIT, split="test")


def test_a_dataset_of_the_hub(tmp_path: Path) -> None:
    """Rows come as the library gives them, for the name, subset, split and commit that were asked for."""
    from datasets import Dataset

    asked: list[tuple[Any, ...]] = []

    def load(name: str, subset: str | None, *, split: str, revision: str) -> Any:
        asked.append((name, subset, split, revision))
        return Dataset.from_list([{"q": "a", "c": ["x"]}, {"q": "b", "c": ["y"]}])

    spec = DatasetSpec(name="acme/questions", subset="hard", revision=COMMIT, split="test")
    found = read_dataset(spec, load)
    assert asked == [("acme/questions", "hard", "test", COMMIT)]
    assert [fields for _, fields in found.rows] == [{"q": "a", "c": ["x"]}, {"q": "b", "c": ["y"]}]
    lines = '{"q": "a", "c": ["x"]}\n{"q": "b", "c": ["y"]}\n'
    local = read_dataset(DatasetSpec(path=written(tmp_path / "x", lines)))
    assert [name for name, _ in found.rows] == [name for name, _ in local.rows]
    pinned = DatasetSpec(name="acme/questions", revision=COMMIT, split="test", digest=found.digest)
    assert read_dataset(pinned, load) == found
    assert refused(DatasetSpec(name="acme/x", revision=COMMIT, split="test", digest="sha256:" + "0" * 64), load)


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (DatasetSpec(), "E531"),
        (DatasetSpec(path="x", name="acme/x"), "E531"),
        (DatasetSpec(path="x", split="test"), "E531"),
        (DatasetSpec(name="../x", revision=COMMIT, split="test"), "E531"),
        (DatasetSpec(name="/etc", revision=COMMIT, split="test"), "E531"),
        (DatasetSpec(name="acme/x", revision="main", split="test"), "E537"),
        (DatasetSpec(name="acme/x", split="test"), "E537"),
        (DatasetSpec(name="acme/x", revision=COMMIT), "E531"),
    ],
)
def test_datasets_that_are_not_pinned_are_refused(spec: DatasetSpec, code: str) -> None:
    """A dataset of the hub is named in full and pinned to a commit, before anything is fetched."""

    def load(*_: object, **__: object) -> Any:
        raise AssertionError("it was fetched")

    assert refused(spec, load) == code


def test_a_hub_that_cannot_be_reached_is_an_error() -> None:
    """Whatever its library raises, at once or in the middle, is said in one line."""

    def unreachable(*_: object, **__: object) -> Any:
        raise ConnectionError("Couldn't reach\n'acme/questions' on the Hub.")

    def breaks(*_: object, **__: object) -> Iterator[Mapping[str, Any]]:
        yield {"q": "a"}
        raise OSError("the stream ended")

    assert refused(HUB, unreachable) == "E537"
    assert refused(HUB, breaks) == "E537"
    assert refused(HUB, lambda *_, **__: []) == "E533"
    assert refused(HUB, lambda *_, **__: [{"q": float("nan")}]) == "E532"
    assert refused(HUB, lambda *_, **__: [{"image": object()}]) == "E532"


# Laws

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text("qrs", min_size=1, max_size=2), VALUES, min_size=1), min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]]) -> None:
    """JSON lines of different rows are read as they were written; where two are the same, they are refused."""
    path = written(tmp_path_factory.mktemp("d") / "x", "\n".join(map(json.dumps, values)))
    if len({json.dumps(value, sort_keys=True) for value in values}) < len(values):
        assert refused(DatasetSpec(path=path)) == "E534"
    else:
        assert [fields for _, fields in rows(DatasetSpec(path=path))] == values


@given(st.binary(max_size=200))
def test_any_bytes_are_a_dataset_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """No file does anything but give rows or raise EvidenceError."""
    for head in (b"", b"{", b"PAR1", b"a,b\n"):
        spec = DatasetSpec(path=written(tmp_path_factory.mktemp("d") / "x", head + data))
        try:
            found = rows(spec)
        except EvidenceError:
            refused(spec)
        else:
            assert found
