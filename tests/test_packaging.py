"""What is installed: every folder with code, every shipped file, nothing else, at versions we test with."""

import importlib.metadata
import os
import re
import shutil
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from house import ROOT, run

MAPPED = {"policylang.evaluators": "evaluators", "policylang.grammar": "grammar", "policylang.policies": "policies"}
"""Packages that live beside `policylang/` in the tree, and inside it once installed."""

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def shipped() -> dict[str, Path]:
    """Every file that must be installed: its address in the wheel, and where it is in the tree."""
    found = {}
    for package, folder in {"policylang": "policylang", **MAPPED}.items():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                found["/".join([*package.split("."), *path.relative_to(ROOT / folder).parts])] = path
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this tree, built as pip builds it, without the network."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("policylang", *MAPPED.values()):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    run([sys.executable, "-c", build], cwd=tree)
    [built] = (tree / "dist").iterdir()
    return built


def test_every_folder_with_code_is_a_package() -> None:
    """The list of packages in pyproject.toml names every folder that has Python files, sorted, and no other."""
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "policylang").rglob("*.py")}
    inner = (path.parent.relative_to(ROOT) for path in (ROOT / "evaluators").rglob("*.py"))
    folders |= {Path("policylang", folder) for folder in inner}
    inside = {".".join(folder.parts) for folder in folders}
    assert PROJECT["tool"]["setuptools"]["packages"] == sorted(inside | set(MAPPED))
    assert PROJECT["tool"]["setuptools"]["package-dir"] == MAPPED


def test_every_package_opens_with_an_init() -> None:
    """Every folder with code has an `__init__.py`: without one, tools take it for another project's."""
    folders = {path.parent for top in ("policylang", "evaluators") for path in (ROOT / top).rglob("*.py")}
    assert not [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()]


def test_the_wheel_has_every_file(wheel: Path) -> None:
    """What is in the tree is in the wheel, byte for byte, and no name but `policylang` lands in site-packages."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        expected = shipped()
        assert names == set(expected)
        assert all(archive.read(name) == path.read_bytes() for name, path in expected.items())


def test_shipped_files_are_found_when_installed(wheel: Path, tmp_path: Path) -> None:
    """The grammar and the standard policies are read from an installed package as from a checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    script = (
        "from policylang import resources\n"
        "names = resources.policy_names()\n"
        "assert all(resources.policy_text(name) for name in names)\n"
        "print(resources.__file__, len(resources.grammar_text()), *names, sep='\\n')\n"
    )
    printed = run([sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})
    found = (path.relative_to(ROOT / "policies") for path in (ROOT / "policies").rglob("*.policy*"))
    policies = [path for path in found if path.parts[0] != "examples" and not path.name.endswith(".test.policy")]
    grammar = (ROOT / "grammar" / "policy.lark").read_text("utf-8")
    where = tmp_path / "policylang" / "resources.py"
    assert printed.splitlines() == [str(where), str(len(grammar)), *sorted(path.as_posix() for path in policies)]


def test_the_installed_version_is_this_one() -> None:
    """The installed metadata is of this pyproject.toml; `make` installs again when it changes."""
    assert importlib.metadata.version("policylang") == PROJECT["project"]["version"]


@pytest.mark.parametrize("command", [["policyc"], [sys.executable, "-m", "policylang"]])
def test_the_command_is_installed(command: list[str]) -> None:
    """`policyc` and `python -m policylang` are the same command, and know their version."""
    found = shutil.which(command[0], path=str(Path(sys.executable).parent))
    assert found is not None
    assert PROJECT["project"]["version"] in run([found, *command[1:], "version"])


def test_every_requirement_is_pinned() -> None:
    """constraints.txt pins each library that pyproject.toml names, at a version its bounds allow.

    But for vllm, which needs a GPU and brings a torch of its own: nothing here is tested with it.
    """
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    versions = {canonicalize_name(name): version for name, version in pins.items()}
    extras = PROJECT["project"]["optional-dependencies"].values()
    for text in [*PROJECT["project"]["dependencies"], *(text for extra in extras for text in extra)]:
        wanted = Requirement(text)
        if wanted.name == "vllm":
            continue
        assert versions.get(canonicalize_name(wanted.name), "none") in wanted.specifier, text


def test_pythons_are_named() -> None:
    """The classifiers name every Python from the oldest we support, and the checkers check for the oldest."""
    names = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if " :: 3." in name]
    assert names == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == f">={names[0]}"
    assert PROJECT["tool"]["mypy"]["python_version"] == names[0]
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + names[0].replace(".", "")


def test_make_lists_its_targets() -> None:
    """`make` alone prints every target with what it is for."""
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert targets is not None
    printed = run(["make", "--no-print-directory"])
    assert re.findall(r"^  make (\S+) +\S", printed, re.MULTILINE) == targets[1].split()


def test_integration_runs_make_check() -> None:
    """Continuous integration runs `make check` and nothing else, so that one can run it by hand."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert [line for line in script.read_text("utf-8").splitlines() if "make" in line and line[0] != "#"] == [
        "exec make --no-print-directory check"
    ]
