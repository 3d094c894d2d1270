"""The digest of a model: what changes it and what does not, headers of safetensors, and everything that is refused."""

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from policylang.cli import main
from policylang.cli.digest import progress
from policylang.cli.schema import SCHEMAS
from policylang.codes import CODES
from policylang.diagnostics import EvidenceError
from policylang.digest import BITS, MANIFEST, MAX_HEADER, PARTS, Tensors, digest, notes, total
from policylang.reports import digest as reports
from policylang.reports.style import Look

Files = Mapping[str, bytes]


def safetensors(header: object, data: bytes = b"", *, size: int | None = None) -> bytes:
    """A safetensors file from its header, as JSON or as it is, and its data; `size` is what it says of its header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + data


def tensor(dtype: str, shape: Sequence[int], begin: int, end: int) -> dict[str, Any]:
    """The entry of one tensor."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


WEIGHTS = safetensors(
    {
        "__metadata__": {"format": "pt"},
        "embed": tensor("BF16", [4, 3], 0, 24),
        "norm": tensor("F32", [3], 24, 36),
        "none": tensor("F32", [0, 7], 36, 36),
        "scale": tensor("F32", [], 36, 40),
    },
    bytes(range(40)),
)
MODEL: Files = {
    "config.json": b'{"hidden_size": 3}',
    "model.safetensors": WEIGHTS,
    "tokenizer/tokenizer.json": b'{"model": {}}',
    "tokenizer/merges.txt": b"a b\n",
    "adapter/lora.safetensors": safetensors({"a": tensor("I8", [2], 0, 2)}, b"\x00\x01"),
    "old/pytorch_model.bin": b"\x80\x04.",
    ".gitattributes": b"",
}


def written(folder: Path, files: Files) -> str:
    """A folder with these files."""
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return str(folder)


def named(*paths: Path | str) -> str:
    """The digest of what lies at paths."""
    return digest([str(path) for path in paths]).digest


def codes(*paths: Path | str) -> list[str]:
    """The codes of what is refused at paths."""
    with pytest.raises(EvidenceError) as caught:
        named(*paths)
    return [found.code for found in caught.value.diagnostics]


def message(path: Path) -> str:
    """What is said of the one thing that is refused at a path."""
    with pytest.raises(EvidenceError) as caught:
        named(path)
    (found,) = caught.value.diagnostics
    assert found.code in CODES
    assert found.help
    return found.message


def called(*words: str) -> tuple[int, str, str]:
    """A call in this process: how it ended, and what it printed."""
    ends = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(end, "utf-8") for end in ends)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, ends[0].getvalue().decode(), ends[1].getvalue().decode()


# What it is over


def manifest(files: Files) -> str:
    """The digest of a folder, made another way: RFC 8785 by its library."""
    rows: list[dict[str, str | int]] = [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in sorted(files.items())
    ]
    return f"sha256:{hashlib.sha256(rfc8785.dumps({'schema': MANIFEST, 'files': rows})).hexdigest()}"


def test_a_digest_is_over_the_manifest(tmp_path: Path) -> None:
    """The digest of a folder is the SHA-256 of its manifest in RFC 8785, which anybody can make again."""
    assert named(written(tmp_path, MODEL)) == manifest(MODEL)


_NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 200 and not name.lower().endswith(".safetensors")
)
_PATHS = st.lists(_NAMES, min_size=1, max_size=3)
_FOLDERS = st.dictionaries(_PATHS.map("/".join), st.binary(max_size=40), min_size=1, max_size=6).filter(
    lambda files: not any(other.startswith(f"{name}/") for name in files for other in files)
)


@given(_FOLDERS, _FOLDERS)
def test_folders_are_equal_when_their_files_are(first: Files, second: Files) -> None:
    """Any names and contents: the digest is that of the manifest, and equal only for equal files."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        digests = [named(written(Path(folder), files)) for folder, files in ((one, first), (other, second))]
    assert digests == [manifest(first), manifest(second)]
    assert (digests[0] == digests[1]) == (first == second)


def test_place_date_order_and_rights_do_not_count(tmp_path: Path) -> None:
    """Elsewhere, written later and in another order, readable by others: the same files have the same digest."""
    one = written(tmp_path / "one", MODEL)
    other = written(tmp_path / "deep" / "other", dict(sorted(MODEL.items(), reverse=True)))
    for place in Path(other).rglob("*"):
        os.utime(place, (0, 0))
        place.chmod(0o700 if place.is_dir() else 0o600)
    assert named(one) == named(other) == named(f"{other}/") == named(Path(other) / ".." / "other")
    (tmp_path / "link").symlink_to(other)
    assert named(tmp_path / "link") == named(one)


def test_a_file_is_bound_to_its_name(tmp_path: Path) -> None:
    """A file alone is named by its bytes and its name, as the folder that has only it is."""
    written(tmp_path, {"a/x.gguf": b"weights", "b/y.gguf": b"weights"})
    assert named(tmp_path / "a" / "x.gguf") == named(tmp_path / "a") == manifest({"x.gguf": b"weights"})
    assert named(tmp_path / "b" / "y.gguf") != named(tmp_path / "a" / "x.gguf")


def test_parts_make_one_model_in_any_order(tmp_path: Path) -> None:
    """Several paths are the parts of one model: each has a digest, and all have one, in whatever order they stand."""
    base, adapter = written(tmp_path / "base", MODEL), written(tmp_path / "adapter", {"lora.bin": b"1"})
    model = digest([base, adapter])
    parts = sorted([named(base), named(adapter)])
    again = hashlib.sha256(rfc8785.dumps({"schema": PARTS, "parts": parts})).hexdigest()
    assert model.digest == named(adapter, base) == f"sha256:{again}"
    assert model.digest not in parts
    assert named(base, base) not in (model.digest, named(base))


# What changes it


def _byte(files: dict[str, bytes], dice: random.Random) -> None:
    name = dice.choice([name for name, content in files.items() if content and not name.endswith(".safetensors")])
    at = dice.randrange(len(files[name]))
    changed = files[name][at] ^ (1 << dice.randrange(8))
    files[name] = files[name][:at] + bytes([changed]) + files[name][at + 1 :]


def _weight(files: dict[str, bytes], dice: random.Random) -> None:
    at = dice.randrange(40)
    content = files["model.safetensors"]
    start = len(content) - 40 + at
    files["model.safetensors"] = content[:start] + bytes([content[start] ^ 1]) + content[start + 1 :]


def _added(files: dict[str, bytes], dice: random.Random) -> None:
    name = f"{dice.choice(['', 'tokenizer/', 'new/'])}{dice.randrange(10**9)}"
    files[name] = dice.randbytes(dice.randrange(3))


def _removed(files: dict[str, bytes], dice: random.Random) -> None:
    del files[dice.choice(sorted(files))]


def _renamed(files: dict[str, bytes], dice: random.Random) -> None:
    name = dice.choice(sorted(files))
    files[f"{name}{dice.choice(['_', '.safetensors.orig', ' '])}"] = files.pop(name)


def _moved(files: dict[str, bytes], dice: random.Random) -> None:
    name = dice.choice(sorted(files))
    files[f"moved/{name}"] = files.pop(name)


def _swapped(files: dict[str, bytes], dice: random.Random) -> None:
    one, other = dice.sample([name for name in sorted(files) if not name.endswith(".safetensors")], 2)
    files[one], files[other] = files[other], files[one]


def _longer(files: dict[str, bytes], dice: random.Random) -> None:
    name = dice.choice([name for name in sorted(files) if not name.endswith(".safetensors")])
    files[name] += b"\n"


MUTATIONS: tuple[Callable[[dict[str, bytes], random.Random], None], ...] = (
    *(_byte, _weight, _added, _removed, _renamed, _moved, _swapped, _longer),
)


def test_every_single_change_gives_another_digest(tmp_path: Path) -> None:
    """R11: of 500 models that differ from one in a byte, a weight, a file or a name, none has its digest."""
    original = named(written(tmp_path / "original", MODEL))
    for seed in range(500):
        dice, files = random.Random(seed), dict(MODEL)
        MUTATIONS[seed % len(MUTATIONS)](files, dice)
        assert files != MODEL
        folder = tmp_path / str(seed)
        assert named(written(folder, files)) != original, seed
        shutil.rmtree(folder)


def test_a_link_and_what_it_leads_to_count(tmp_path: Path) -> None:
    """A link to a file counts as that file under the name of the link: a hub cache is named as plain files are."""
    plain = {name: content for name, content in MODEL.items() if "/" not in name}
    for name, content in plain.items():
        blob = tmp_path / "blobs" / hashlib.sha256(content).hexdigest()
        written(tmp_path, {f"blobs/{blob.name}": content})
        link = tmp_path / "snapshots" / "main" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(Path("..") / ".." / "blobs" / blob.name)
    snapshot = tmp_path / "snapshots" / "main"
    assert named(snapshot) == manifest(plain)
    (snapshot / "config.json").unlink()
    (snapshot / "config.json").symlink_to(tmp_path / "blobs" / hashlib.sha256(b"").hexdigest())
    assert named(snapshot) == manifest({**plain, "config.json": b""})
    assert len(digest([str(tmp_path)]).parts[0].files) == 2 * len(plain)


# What is refused


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with a model."""
    return Path(written(tmp_path / "model", MODEL))


def test_links_that_lead_to_no_file_are_refused(model: Path) -> None:
    """A dangling link, one round in a circle and one to a folder are errors, all told at once."""
    (model / "a").symlink_to("nowhere")
    (model / "b").symlink_to("b")
    (model / "c").symlink_to("tokenizer")
    (model / "d").symlink_to(".")
    assert codes(model) == ["E403"] * 4
    for path in (model / "a", model / "b"):
        assert codes(path) == ["E403"]
    assert "leads nowhere" in message(model / "a")


def test_what_is_no_file_is_refused(model: Path) -> None:
    """Pipes, sockets and devices are errors, in a folder or named themselves, and none is opened."""
    os.mkfifo(model / "pipe")
    with contextlib.chdir(model), socket.socket(socket.AF_UNIX) as end:
        end.bind("socket")
    (model / "device").symlink_to("/dev/zero")
    assert codes(model) == ["E402"] * 3
    assert "named pipe" in message(model / "pipe")
    assert "socket" in message(model / "socket")
    assert "device" in message(Path("/dev/zero"))


def test_empty_folders_are_refused(tmp_path: Path, model: Path) -> None:
    """A folder without anything in it is an error, at the top or below."""
    (tmp_path / "empty").mkdir()
    (model / "hollow" / "inside").mkdir(parents=True)
    assert codes(tmp_path / "empty") == codes(model) == ["E405"]
    assert "hollow/inside" in message(model)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """A path that does not exist, is empty, or that no system can have, is an error, each told."""
    assert codes(tmp_path / "absent") == codes("") == codes("a\0b") == ["E401"]
    assert codes(tmp_path / "absent", "", tmp_path / "other") == ["E401"] * 3


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux only")
def test_names_that_are_no_text_are_refused(model: Path) -> None:
    """A name that is not valid Unicode is an error, of a file or of a folder above it, and is shown harmlessly."""
    (model / os.fsdecode(b"\xff.bin")).write_bytes(b"1")
    folder = model / os.fsdecode(b"sub\xfe")
    folder.mkdir()
    (folder / "x").write_bytes(b"1")
    assert codes(model) == ["E404"] * 2
    status, _, err = called("digest", str(model))
    assert status == 2
    assert "\\u{dcff}.bin" in err
    assert json.loads(called("digest", str(model), "--format", "json")[1])["diagnostics"][0]["code"] == "E404"


@contextlib.contextmanager
def nobody() -> Iterator[None]:
    """As a user who may not read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read_is_refused() -> None:
    """A file or folder that this user may not read is an error."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        written(place, {"file/a": b"1", "below/b/c": b"1"})
        (place / "file" / "a").chmod(0)
        (place / "below" / "b").chmod(0)
        with nobody():
            assert codes(place / "file") == codes(place / "below") == ["E401"]
        (place / "below" / "b").chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that fails to be read")
def test_a_file_that_fails_is_refused() -> None:
    """An error of the disk while a file is read is an error of the call."""
    assert codes("/proc/self/mem") == ["E401"]
    assert codes("/proc/self/status") == ["E406"]


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    """A file that grows, shrinks or is replaced while others are read is an error, not a mixture."""
    for change in (b"longer than before", b""):
        folder = tmp_path / str(len(change))
        written(folder, {"a": bytes(3 << 20), "b": b"before"})

        def write(done: int, _total: int, to: Path = folder / "b", content: bytes = change) -> None:
            if done == 1 << 20:
                to.write_bytes(content)

        with pytest.raises(EvidenceError) as caught:
            digest([str(folder)], write)
        assert [found.code for found in caught.value.diagnostics] == ["E406"]


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    """More files than any model has are refused before one is read."""
    for number in range(100_001):
        os.mknod(tmp_path / f"{number}")
    assert codes(tmp_path) == ["E408"]


# Safetensors


def kept(tmp_path: Path, content: bytes, name: str = "model.safetensors") -> Path:
    """A file with this content."""
    return Path(written(tmp_path, {name: content})) / name


def test_headers_are_summed_by_type(model: Path) -> None:
    """Tensors, parameters and types come from the headers of safetensors files alone; other files have none."""
    (part,) = digest([str(model)]).parts
    by_name = {file.name: file.tensors for file in part.files}
    assert by_name["model.safetensors"] == (
        Tensors(dtype="BF16", count=1, parameters=12),
        Tensors(dtype="F32", count=3, parameters=4),
    )
    assert by_name["config.json"] is None
    assert [item.parameters for item in total(part.files)] == [12, 4, 2]


@pytest.mark.parametrize("dtype", BITS)
def test_every_type_has_its_size(tmp_path: Path, dtype: str) -> None:
    """Eight numbers of a type take as many bytes as one has bits, and not one more or less."""
    bits = BITS[dtype]
    right = safetensors({"t": tensor(dtype, [2, 4], 0, bits)}, bytes(bits))
    assert digest([str(kept(tmp_path, right))]).parts[0].files[0].tensors == (
        Tensors(dtype=dtype, count=1, parameters=8),
    )
    for size in (bits - 1, bits + 1):
        wrong = safetensors({"t": tensor(dtype, [2, 4], 0, size)}, bytes(size))
        assert f"8 numbers in {dtype} has {size} bytes" in message(kept(tmp_path, wrong))


def test_a_header_may_be_padded_and_in_capitals(tmp_path: Path) -> None:
    """Spaces after a header, no tensors at all, and a name in capitals are as the format allows."""
    padded = safetensors(json.dumps({"t": tensor("U8", [2], 0, 2)}).encode() + b"    ", b"12")
    assert named(kept(tmp_path, padded)).startswith("sha256:")
    assert named(kept(tmp_path, safetensors({"__metadata__": {"dtype": "x", "shape": "y", "data_offsets": "z"}})))
    assert "no safetensors file" in message(kept(tmp_path, b"12345678", "MODEL.SafeTensors"))


A = tensor("U8", [2], 0, 2)
HEADERS: dict[str, bytes] = {
    "ends within its header": b"",
    "ends within its header ": b"1234567",
    "the file ends before": safetensors(b"{}", size=3),
    "has 100000001 bytes, 100000000 are read": safetensors(b"{}", size=MAX_HEADER + 1),
    "has 18446744073709551615 bytes": safetensors(b"{}", size=(1 << 64) - 1),
    "does not begin with `{`": safetensors(b""),
    "does not begin with `{` ": safetensors(b" {}"),
    "does not begin with `{`  ": safetensors(b"[]"),
    "is no JSON": safetensors(b"{"),
    "is no JSON ": safetensors(b'{"\xff": 1}'),
    "is no JSON  ": safetensors(b"{} {}"),
    "is no JSON   ": safetensors(b'{"a":' + b"[" * 200_000),
    "has a name twice": safetensors(b'{"a":1,"a":2}'),
    "has a name twice ": safetensors(b'{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}', b"12"),
    "has a name twice  ": safetensors(b'{"a":1,"\\u0061":2}'),
    "entry `a` of its header": safetensors({"a": 1}),
    "entry `a` of its header ": safetensors({"a": {"dtype": "U8", "shape": [2]}}, b"12"),
    "entry `a` of its header  ": safetensors({"a": {**A, "more": 1}}, b"12"),
    "entry `a` of its header   ": safetensors({"a": {**A, "shape": 2}}, b"12"),
    "entry `__metadata_` of": safetensors({"__metadata_": {"a": "b"}}),
    "mapping of texts": safetensors({"__metadata__": {"a": 1}}),
    "mapping of texts ": safetensors({"__metadata__": "a"}),
    "mapping of texts  ": safetensors({"__metadata__": A}),
    "unknown type `F8`": safetensors({"a": {**A, "dtype": "F8"}}, b"12"),
    "unknown type `u8`": safetensors({"a": {**A, "dtype": "u8"}}, b"12"),
    "unknown type `7`": safetensors({"a": {**A, "dtype": 7}}, b"12"),
    "not two offsets": safetensors({"a": {**A, "data_offsets": [0, 2, 2]}}, b"12"),
    "not two offsets ": safetensors({"a": {**A, "data_offsets": "02"}}, b"12"),
    "not two offsets  ": safetensors({"a": {**A, "shape": [True, 2]}}, b"12"),
    "no whole number": safetensors({"a": {**A, "shape": [2.0]}}, b"12"),
    "no whole number ": safetensors({"a": {**A, "shape": [-2, -1]}}, b"12"),
    "no whole number  ": safetensors(b'{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,2]}}', b"12"),
    "no whole number   ": safetensors(b'{"a":{"dtype":"U8","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,2]}}'),
    "of more than 2^64 numbers": safetensors({"a": tensor("U8", [1 << 32, 1 << 32], 0, 0)}),
    "tensor of 2 numbers in U8 has -2 bytes": safetensors({"a": tensor("U8", [2], 4, 2)}, b"1234"),
    "tensor of 2 numbers in U8 has 3 bytes": safetensors({"a": tensor("U8", [2], 0, 3)}, b"123"),
    "two tensors share the byte 1": safetensors({"a": A, "b": tensor("U8", [2], 1, 3)}, b"123"),
    "two tensors share the byte 0": safetensors({"a": A, "b": A}, b"12"),
    "no tensor has the byte 2": safetensors({"a": A, "b": tensor("U8", [1], 3, 4)}, b"1234"),
    "no tensor has the byte 0": safetensors({"a": tensor("U8", [1], 1, 2)}, b"12"),
    "its tensors have 2 bytes, and the file has 1": safetensors({"a": A}, b"1"),
    "its tensors have 2 bytes, and the file has 3": safetensors({"a": A}, b"123"),
    "not valid Unicode": safetensors(b'{"\\ud800":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}', b"12"),
    "no safetensors file": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n",
}


@pytest.mark.parametrize("why", HEADERS)
def test_a_wrong_header_is_an_error(tmp_path: Path, why: str) -> None:
    """A header that is cut off, no JSON, ambiguous, or does not account for each byte once is refused, and says why."""
    assert why.strip() in message(kept(tmp_path, HEADERS[why]))


def test_every_wrong_header_is_told(tmp_path: Path) -> None:
    """Of several wrong files each is named; under another name the same bytes are just bytes."""
    folder = written(tmp_path, {"a.safetensors": b"", "b.safetensors": b"1", "c.safetensors": WEIGHTS, "d.json": b""})
    assert codes(folder) == ["E407", "E407"]
    assert named(kept(tmp_path / "x", b"1", "model.safetensors.index.json"))


@given(st.integers(0, len(WEIGHTS) - 41), st.integers(0, 255))
def test_a_damaged_header_never_stops_the_program(at: int, byte: int) -> None:
    """Any byte of a header changed: it is refused with E407, or it is another header and gives another digest."""
    damaged = WEIGHTS[:at] + bytes([byte]) + WEIGHTS[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        found, told = "", ["E407"]
        try:
            found = named(kept(Path(folder), damaged))
        except EvidenceError as error:
            told = [item.code for item in error.diagnostics]
    assert told == ["E407"]
    assert (found == manifest({"model.safetensors": WEIGHTS})) == (damaged == WEIGHTS)


def test_a_header_of_too_many_tensors_is_refused(tmp_path: Path) -> None:
    """A header with more tensors, or more of anything, than a file has is refused before it fills the memory."""
    row = b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    tensors = b"{" + b",".join(row % number for number in range(250_001)) + b"}"
    for header in (tensors, b'{"a":[' + b"1," * 5_000_000 + b"1]}"):
        assert "more than 250000 tensors" in message(kept(tmp_path, safetensors(header)))


# Size, and what is never done


def test_a_large_file_is_read_in_constant_memory(tmp_path: Path) -> None:
    """A sparse safetensors file of 256 MiB is named as its bytes are, in less memory than a hundredth of them."""
    size = 256 << 20
    head = safetensors({"w": tensor("F32", [size // 4], 0, size)})
    path = kept(tmp_path, head)
    os.truncate(path, len(head) + size)
    tracemalloc.start()
    model = digest([str(path)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    expected = hashlib.sha256(head)
    for _ in range(256):
        expected.update(bytes(1 << 20))
    assert model.parts[0].files[0].sha256 == expected.hexdigest()
    assert total(model.parts[0].files)[0].parameters == size // 4
    assert peak < size // 100


def test_progress_counts_every_byte(model: Path) -> None:
    """Progress is told in bytes, up to all of them; a file under two names is read once."""
    (model / "copy").symlink_to("config.json")
    told: list[tuple[int, int]] = []
    digest([str(model)], lambda done, total: told.append((done, total)))
    size = sum(map(len, MODEL.values())) + len(MODEL["config.json"])
    assert told[-1] == (size, size)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert progress(1, 140 * 10**9).rstrip() == "reading 0 of 140 GB"


def test_nothing_that_could_run_is_loaded(model: Path) -> None:
    """A pickle is not opened but as bytes, and no library that could load a model is imported."""
    evil = b"cos\nsystem\n(S'touch owned'\ntR."
    (model / "old" / "pytorch_model.bin").write_bytes(evil)
    code = (
        "import sys; from policylang.cli import main; status = main(['digest', sys.argv[1]]);"
        "print(*sorted({'torch', 'safetensors', 'transformers', 'pickle', 'numpy'} & set(sys.modules)));"
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(model)], capture_output=True, cwd=model, check=True)
    assert done.stdout.decode().splitlines()[-1] == ""
    assert not (model / "owned").exists()
    assert stat.S_ISREG((model / "old" / "pytorch_model.bin").stat().st_mode)


def test_pickles_and_hidden_files_are_noted(model: Path) -> None:
    """What may be a pickle, and what a listing would not show, is noted by name; a few names stand for many."""
    written(model, {f"shard{number}.pt": b"" for number in range(5)})
    pickles, hidden = notes(digest([str(model)]).parts[0])
    assert pickles.startswith("old/pytorch_model.bin, shard0.pt, shard1.pt and 3 more: may be pickles")
    assert hidden.startswith(".gitattributes: hidden")
    assert notes(digest([str(model / "config.json")]).parts[0]) == ()


# What is printed


def test_the_text_is_the_digest_a_table_and_the_evidence(model: Path) -> None:
    """The first line is the digest and nothing else, and the last is what evidence states."""
    status, out, err = called("digest", str(model))
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == named(model)
    assert lines[-1].strip() == f"revision: {named(model)}"
    assert "parameters  18 in 5 tensors of 2 safetensors files" in lines
    assert [line.split() for line in lines[6:9]] == [
        ["BF16", "12", "in", "1", "tensor"],
        ["F32", "4", "in", "3", "tensors"],
        ["I8", "2", "in", "1", "tensor"],
    ]
    assert max(map(len, lines)) <= 100


def test_the_text_of_parts_shows_each(model: Path, tmp_path: Path) -> None:
    """Of several parts the digest of all stands first, and each part has its own."""
    adapter = written(tmp_path / "adapter", {"lora.txt": bytes(1_234_567)})
    out = reports.text(digest([str(model), adapter]), Look())
    assert out.splitlines()[0] == named(model, adapter)
    assert f"digest  {named(adapter)}" in out
    assert "bytes   1,234,567 (1.2 MB)" in out
    assert called("digest", adapter, adapter)[1].splitlines()[0] == named(adapter)


def test_the_document_is_as_its_schema_says(model: Path, tmp_path: Path) -> None:
    """For programs there is every file with its digest; two calls on the same files print the same bytes."""
    adapter = written(tmp_path / "adapter", {"lora.txt": b"1"})
    words = ["digest", str(model), adapter, "--format", "json"]
    status, out, _ = called(*words)
    document = json.loads(out)
    Draft202012Validator(SCHEMAS["digest"]()).validate(document)
    assert (status, document["digest"]) == (0, named(model, adapter))
    assert [file["name"] for file in document["parts"][0]["files"]] == sorted(MODEL)
    assert out == called(*words)[1]


def test_a_wrong_call_names_nothing(tmp_path: Path) -> None:
    """Without a path, or with something that is no model, the status is 2 and no digest is printed."""
    for words, code in (((), "C113"), ((str(tmp_path / "absent"),), "E401"), ((str(tmp_path),), "E405")):
        status, out, err = called("digest", *words)
        assert (status, out) == (2, "")
        assert f"error[{code}]" in err


def test_names_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    """Escape sequences in names of files, tensors and paths are written out."""
    written(tmp_path / "m\x1b[2J", {"\x1b[31m.pt": b"", "b.safetensors": safetensors({"\x1b[1m": 1})})
    _, out, err = called("digest", str(tmp_path / "m\x1b[2J"))
    assert "\x1b" not in out + err
    (tmp_path / "m\x1b[2J" / "b.safetensors").unlink()
    _, out, err = called("digest", str(tmp_path / "m\x1b[2J"))
    assert "\\u{1b}[31m.pt" in out
    assert "\x1b" not in out + err


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals to be had")
def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    """Standard error says how far a large model is when it is a terminal, and leaves no trace; else nothing is said."""
    path = tmp_path / "model.gguf"
    path.touch()
    os.truncate(path, 1 << 30)
    command = [sys.executable, "-m", "policylang", "digest", str(path)]
    ours, theirs = os.openpty()
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.PIPE) as running:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the other end closes
            while piece := os.read(ours, 4096):
                shown += piece
        os.close(ours)
        assert running.wait() == 0
    assert b"of 1 GB" in shown
    assert shown.rpartition(b"\r")[0].endswith(b" " * 40)
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""
