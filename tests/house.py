"""Our own source files, parsed, and our commands, run: what the tests of house style and packaging look at."""

import ast
import functools
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One Python file of ours."""

    name: str
    room: str
    text: str
    tree: ast.Module
    is_package: bool


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module, by its full name, with the name taken from it."""

    line: int
    module: str
    name: str = ""
    late: bool = False

    @property
    def top(self) -> str:
        """The distribution's name, more or less."""
        return self.module.partition(".")[0]


def units(*folders: str) -> list[Unit]:
    """The Python files of some folders, sorted by name."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [unit(path) for path in sorted(paths)]


@functools.cache
def unit(path: Path) -> Unit:
    """One Python file, parsed once."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    room = parts[0] if parts[0] != "policylang" else parts[1]
    text = path.read_text("utf-8")
    name = ".".join(parts[:-1] if is_package else parts)
    return Unit(name=name, room=room, text=text, tree=ast.parse(text), is_package=is_package)


def ours() -> list[Unit]:
    """The files that are installed."""
    return units("policylang", "evaluators", "grammar", "policies")


def imports(of: Unit) -> list[Import]:
    """What a file imports, anywhere in it; what only a type checker sees counts, and counts as late."""
    late = {id(inner) for outer in ast.walk(of.tree) if _is_late(outer) for inner in ast.walk(outer)}
    found = []
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Import):
            found += [Import(line=node.lineno, module=a.name, late=id(node) in late) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(of, node)
            found += [Import(line=node.lineno, module=module, name=a.name, late=id(node) in late) for a in node.names]
    return found


def _is_late(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def _absolute(of: Unit, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = of.name.split(".") if of.is_package else of.name.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def functions(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Every function of a file, and whether it is a method that is given `self` or `cls`."""
    bound = {
        id(item)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
        and "staticmethod" not in map(text_of, item.decorator_list)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, id(node) in bound


def text_of(node: ast.expr) -> str:
    """An expression as Python text."""
    return ast.unparse(node)


def run(command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; fails with all it says when it does not succeed."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout
