"""The house style that a machine can hold: layers, homes, purity, sizes, docstrings.

Each check finds the modules, lines and reasons where a rule is broken.
What is allowed to differ stands in EXCEPTIONS with its reason, and an exception that nothing needs any more fails too.
"""

import ast
import io
import re
import socket
import sys
import tokenize
from collections.abc import Callable, Iterable, Iterator

import pytest

from house import ROOT, Import, Unit, functions, imports, ours, text_of, units

LAYERS = (
    ("__main__",),
    ("cli",),
    ("server", "lsp"),
    ("__init__",),
    ("reports",),
    ("testing", "ledger", "project"),
    ("history",),
    ("git",),
    ("files",),
    ("compile",),
    ("lint",),
    ("analysis",),
    ("explain",),
    ("measuring",),
    ("decide",),
    ("digest", "plugins"),
    ("evidence",),
    ("bounds",),
    ("graph",),
    ("check",),
    ("resolve",),
    ("format",),
    ("parse", "highlight"),
    ("syntax",),
    ("clocks",),
    ("kinds",),
    ("codes",),
    ("diagnostics",),
    ("resources", "source"),
)
"""Every room of policylang, top first; a module imports from its own room and from rooms in layers below it."""

ROOMS = frozenset(room for layer in LAYERS for room in layer)

HOMES = {
    "dd": ("policylang.analysis",),
    "jinja2": ("policylang.measuring", "policylang.reports"),
    "lark": ("policylang.parse",),
    "networkx": ("policylang.graph",),
    "pydantic": ("policylang.evidence", "policylang.measuring", "policylang.reports"),
    "pydantic_core": ("policylang.evidence", "policylang.reports"),
    "datasets": ("policylang.measuring.dataset",),
    "huggingface_hub": ("policylang.measuring.hub",),
    "inspect_ai": ("evaluators",),
    "lm_eval": ("evaluators",),
    "lsprotocol": ("policylang.lsp",),
    "numpy": ("evaluators",),
    "peft": ("evaluators",),
    "pyarrow": ("policylang.measuring.dataset",),
    "pygments": ("policylang.highlight.lexer",),
    "pygls": ("policylang.lsp",),
    "ray": ("evaluators.engine",),
    "re2": ("policylang.measuring.patterns",),
    "rfc8785": ("policylang.graph", "policylang.reports"),
    "safetensors": ("evaluators",),
    "tokenizers": ("evaluators",),
    "shtab": ("policylang.cli.completion",),
    "torch": ("evaluators",),
    "transformers": ("evaluators",),
    "vllm": ("evaluators.engine",),
    "yaml": ("policylang.evidence",),
    "z3": ("policylang.analysis.solve",),
}
"""Where each library from outside may be imported; a library that is not listed has no home yet."""

LATE = tuple(
    "datasets huggingface_hub inspect_ai jinja2 lm_eval numpy peft pyarrow pygls ray re2 safetensors shtab tokenizers "
    "torch transformers vllm z3".split()
)
"""Libraries that are costly or optional: imported inside a function, when first needed."""

DOORS = tuple("cli server lsp ledger digest files git measuring plugins resources evaluators __main__".split())
"""The rooms that touch the outside: files, clock, environment, network, terminal."""

OUTSIDE_MODULES = frozenset(
    "asyncio concurrent ctypes fcntl getpass glob http importlib locale logging mmap multiprocessing os platform "
    "random secrets select shelve shutil signal socket sqlite3 ssl subprocess tempfile time urllib uuid "
    "webbrowser".split()
)
OUTSIDE_CALLS = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
OUTSIDE_METHODS = frozenset("now today utcnow read_text read_bytes write_text write_bytes iterdir rglob".split())
OUTSIDE_OF_SYS = frozenset("argv exit modules path platform stderr stdin stdout".split())
PURE_PATHS = frozenset({"PurePath", "PurePosixPath", "PureWindowsPath"})

WORN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|base|managers?|misc)$|(Manager|Helper|Utils?|Base)$")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
SWITCHED_OFF = re.compile(
    r"#\s*type:\s*ignore(?!\[[a-z, -]+\]\s+[#-]?\s*\w{2})"
    r"|#\s*noqa(?!:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*\s+[#-]?\s*\w{2})"
    r"|#\s*pragma:\s*no (cover|branch)(?!\s+[#-]?\s*\w{2})"
)

EXCEPTIONS = {
    ("size", "policylang.syntax"): "one node a construct, in the order of the language: a table, read from end to end",
    ("size", "policylang.graph.nodes"): "one type for each thing a policy can mean: a table, read from end to end",
    ("pure", "policylang"): "public names are fetched when first used, so that a command loads what it needs",
}
"""(rule, module) to the reason why the rule does not hold there."""


def hold(rule: str, findings: Iterable[tuple[Unit, int, str]]) -> None:
    """Fail with every finding no exception covers, and with every exception that covers no finding."""
    found = [(unit.name, line, text) for unit, line, text in findings]
    wrong = {f"{name}:{line}: {text}" for name, line, text in found if (rule, name) not in EXCEPTIONS}
    names = {name for name, _, _ in found}
    idle = {f"{name}: needs no exception to `{of}`" for of, name in EXCEPTIONS if of == rule and name not in names}
    if wrong | idle:
        pytest.fail("\n".join(sorted(wrong | idle)), pytrace=False)


def test_every_module_has_a_place() -> None:
    """Each module of policylang stands in one layer of the list."""
    assert sum(map(len, LAYERS)) == len(ROOMS)
    assert {unit.room for unit in units("policylang")} <= ROOMS


def test_imports_point_down() -> None:
    """A module imports only from its own room and from layers below it."""
    hold("layers", _upward())


def _upward() -> Iterator[tuple[Unit, int, str]]:
    rank = {room: height for height, layer in enumerate(LAYERS) for room in layer}
    for unit in units("policylang"):
        for found in imports(unit):
            room = _room(found)
            if room is not None and room != unit.room and rank[room] <= rank[unit.room]:
                yield unit, found.line, f"`{unit.room}` imports `{room}`, which is not below it"


def _room(found: Import) -> str | None:
    if found.top != "policylang":
        return None
    inner = [*found.module.split(".")[1:], found.name]
    return inner[0] if inner[0] in ROOMS else "__init__"


def test_nothing_imports_an_evaluator() -> None:
    """Evaluators are found by entry point; nothing in policylang imports one."""
    evaluators = ("evaluators.", "policylang.evaluators.")
    hold(
        "plugins",
        (
            (unit, found.line, f"imports `{found.module}`")
            for unit in units("policylang", "grammar", "policies")
            for found in imports(unit)
            if f"{found.module}.{found.name}.".startswith(evaluators)
        ),
    )


def test_evaluators_use_public_names() -> None:
    """An evaluator imports its neighbours relatively, and of policylang only what `policylang` itself lists."""
    hold(
        "evaluators",
        (
            (unit, found.line, f"imports `{found.module}`; `from policylang import` gives the public names")
            for unit in units("evaluators")
            for found in imports(unit)
            if found.top == "policylang" and (found.module != "policylang" or not found.name or found.name in ROOMS)
        ),
    )


def test_libraries_have_one_home() -> None:
    """A library from outside is imported in its home only, and every library has a home."""
    hold("homes", _strays())


def _strays() -> Iterator[tuple[Unit, int, str]]:
    for unit in ours():
        for found in imports(unit):
            if found.top in sys.stdlib_module_names or found.top in ("policylang", "evaluators"):
                continue
            homes = HOMES.get(found.top, ())
            if not any(f"{unit.name}.".startswith(f"{home}.") for home in homes):
                yield unit, found.line, f"`{found.top}` lives in {' and '.join(homes) or 'no room yet: see HOMES'}"


def test_costly_libraries_are_late() -> None:
    """What is costly or optional is imported inside a function, when first needed."""
    hold(
        "late",
        (
            (unit, found.line, f"imports `{found.top}` at once")
            for unit in ours()
            for found in imports(unit)
            if found.top in LATE and not found.late
        ),
    )


def test_only_doors_touch_the_outside() -> None:
    """Files, clock, environment, network and terminal are touched by the doors only; the rest is pure."""
    hold(
        "pure",
        (
            (unit, line, f"{text} touches the outside")
            for unit in ours()
            if unit.room not in DOORS
            for line, text in [*_outside_imports(unit), *_outside_calls(unit.tree)]
        ),
    )


def _outside_imports(unit: Unit) -> Iterator[tuple[int, str]]:
    for found in imports(unit):
        if found.top in OUTSIDE_MODULES or (found.top == "pathlib" and found.name not in PURE_PATHS):
            yield found.line, f"`{found.module}`"
        elif found.top == "sys" and found.name in OUTSIDE_OF_SYS:
            yield found.line, f"`sys.{found.name}`"


def _outside_calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in OUTSIDE_CALLS:
                yield node.lineno, f"`{name}()`"
            case ast.Call(func=ast.Attribute(attr=name)) if name in OUTSIDE_METHODS:
                yield node.lineno, f"`.{name}()`"
            case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in OUTSIDE_OF_SYS:
                yield node.lineno, f"`sys.{name}`"


def test_only_the_command_line_prints() -> None:
    """Of the doors, too, only the command line calls `print`."""
    hold(
        "print",
        (
            (unit, line, text)
            for unit in ours()
            if unit.room != "cli"
            for line, text in _outside_calls(unit.tree)
            if text == "`print()`"
        ),
    )


def test_modules_and_functions_are_small() -> None:
    """A module has at most 500 lines; a function at most 40, its docstring not counted."""
    hold("size", _large())


def _large() -> Iterator[tuple[Unit, int, str]]:
    for unit in [*ours(), *units("benchmarks")]:
        lines = unit.text.count("\n")
        if lines > 500:
            yield unit, 1, f"{lines} lines, of 500"
        for node, _ in functions(unit.tree):
            doc = ast.get_docstring(node, clean=False) or ""
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - len(doc.splitlines())
            if length > 40:
                yield unit, node.lineno, f"`{node.name}` has {length} lines, of 40"


def test_few_arguments_by_position() -> None:
    """A function takes at most four arguments by position; what has more takes them by name."""
    hold("arguments", _wide())


def _wide() -> Iterator[tuple[Unit, int, str]]:
    for unit in ours():
        for node, is_bound in functions(unit.tree):
            count = len(node.args.posonlyargs) + len(node.args.args) - is_bound
            if count > 4:
                yield unit, node.lineno, f"`{node.name}` takes {count} arguments by position, of 4"


def test_values_are_frozen() -> None:
    """A public dataclass is frozen, and made by keyword when it has more than four fields."""
    hold("values", _soft())


def _soft() -> Iterator[tuple[Unit, int, str]]:
    for unit in ours():
        for node in ast.walk(unit.tree):
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
                continue
            options = " ".join(text for text in map(text_of, node.decorator_list) if "dataclass" in text)
            fields = sum(isinstance(item, ast.AnnAssign) for item in node.body)
            if options and "frozen=True" not in options:
                yield unit, node.lineno, f"`{node.name}` is not frozen"
            if options and "kw_only=True" not in options and fields > 4:
                yield unit, node.lineno, f"`{node.name}` has {fields} fields by position, of 4"


def test_modules_say_what_lives_there() -> None:
    """Every module opens with a docstring whose first line is a sentence."""
    hold(
        "opening",
        (
            (unit, 1, "opens without a sentence that says what lives there")
            for unit in [*ours(), *units("tests", "benchmarks")]
            if not re.match(r".*\w.*[.:?]$", ast.get_docstring(unit.tree) or "", re.MULTILINE)
        ),
    )


def test_public_names_are_described() -> None:
    """A public function, class or method has a docstring."""
    hold(
        "docstrings",
        (
            (unit, node.lineno, f"`{node.name}` has no docstring")
            for unit in ours()
            for node in _public(unit.tree.body)
            if not ast.get_docstring(node)
        ),
    )


def _public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def test_tests_state_a_fact() -> None:
    """Every test has a docstring: the fact it proves."""
    hold(
        "facts",
        (
            (unit, node.lineno, f"`{node.name}` states no fact")
            for unit in units("tests")
            for node, _ in functions(unit.tree)
            if node.name.startswith("test_") and not ast.get_docstring(node)
        ),
    )


def test_nothing_is_patched() -> None:
    """Seams are arguments: no test replaces a name of ours while it runs."""
    hold("patches", _patched())


def _patched() -> Iterator[tuple[Unit, int, str]]:
    for unit in units("tests"):
        for found in imports(unit):
            if f"{found.module}.{found.name}".startswith("unittest.mock"):
                yield unit, found.line, "imports `unittest.mock`"
        for node in ast.walk(unit.tree):
            if isinstance(node, ast.Attribute) and text_of(node) == "monkeypatch.setattr":
                yield unit, node.lineno, "calls `monkeypatch.setattr`"


def test_names_say_something() -> None:
    """No module, class or function is called by a name that fits anything."""
    hold("names", _worn())


def _worn() -> Iterator[tuple[Unit, int, str]]:
    for unit in ours():
        defined = [n for n in ast.walk(unit.tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        for line, name in [(1, unit.name.rpartition(".")[2]), *((n.lineno, n.name) for n in defined)]:
            if WORN_NAMES.search(name):
                yield unit, line, f"`{name}` fits anything"


def test_the_route_is_short() -> None:
    """The table of contents, `compile`, stays under 100 lines."""
    lines = {unit.name: unit.text.count("\n") for unit in units("policylang")}
    assert lines.get("policylang.compile", 0) < 100


def test_public_names_are_sorted() -> None:
    """What a module lists as public is sorted, each name once: constants, types, functions."""
    hold(
        "public",
        (
            (unit, node.lineno, "`__all__` is not sorted")
            for unit in ours()
            for node in unit.tree.body
            if isinstance(node, ast.Assign) and text_of(node.targets[0]) == "__all__"
            if list(ast.literal_eval(node.value)) != sorted(set(ast.literal_eval(node.value)), key=_public_order)
        ),
    )


def _public_order(name: str) -> tuple[bool, bool, str]:
    """Constants first, then types, then functions: the order that ruff keeps."""
    return not name.isupper(), name[:1].islower(), name


def test_nothing_is_left_unfinished() -> None:
    """No file we ship or test with says that something is still to be done."""
    kinds = {".py", ".md", ".toml", ".txt", ".lark", ".policy", ".yaml", ".json", ""}
    folders = ("policylang", "evaluators", "grammar", "policies", "tests", "benchmarks", "docs", ".ci")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("[!.]*"))
    files = [path for path in paths if path.is_file() and path.suffix in kinds]
    found = [str(path.relative_to(ROOT)) for path in files if UNFINISHED.search(path.read_text("utf-8", "replace"))]
    assert not found


def test_what_is_switched_off_has_a_reason() -> None:
    """An ignore names its rule and gives its reason on the same line."""
    hold(
        "ignores",
        (
            (unit, token.start[0], f"`{token.string}` lacks its rule or its reason")
            for unit in [*ours(), *units("tests", "benchmarks")]
            for token in tokenize.generate_tokens(io.StringIO(unit.text).readline)
            if token.type == tokenize.COMMENT and SWITCHED_OFF.search(token.string)
        ),
    )


def test_exceptions_name_what_exists() -> None:
    """Every exception is about a module that exists, and gives a reason."""
    names = {unit.name for unit in ours()}
    assert all(name in names and reason for (_, name), reason in EXCEPTIONS.items())


@pytest.mark.parametrize(
    ("source", "check"),
    [
        ("import os", _outside_imports),
        ("from pathlib import Path", _outside_imports),
        ("from sys import argv", _outside_imports),
        ("def f():\n    import time", _outside_imports),
    ],
)
def test_the_checks_see_imports(source: str, check: Callable[[Unit], Iterator[tuple[int, str]]]) -> None:
    """What touches the outside is seen however it is imported, inside functions too."""
    unit = Unit(name="policylang.x", room="x", text=source, tree=ast.parse(source), is_package=False)
    assert list(check(unit))


@pytest.mark.parametrize("source", ["open('x')", "date.today()", "sys.argv[1]", "print()", "datetime.now(UTC)"])
def test_the_checks_see_calls(source: str) -> None:
    """What touches the outside is seen when it is called."""
    assert list(_outside_calls(ast.parse(source)))


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from . import y", "policylang.decide"),
        ("from .y import z", "policylang.decide.y"),
        ("from ..graph import z", "policylang.graph"),
        ("from policylang.graph import z", "policylang.graph"),
    ],
)
def test_the_checks_read_relative_imports(source: str, module: str) -> None:
    """A relative import counts as the module it means."""
    unit = Unit(name="policylang.decide.x", room="decide", text=source, tree=ast.parse(source), is_package=False)
    assert [found.module for found in imports(unit)] == [module]


@pytest.mark.parametrize(
    ("comment", "is_refused"),
    [
        ("# type: ig" + "nore", True),
        ("# type: ig" + "nore[misc]", True),
        ("# type: ig" + "nore[misc]  # lark has no types here", False),
        ("# no" + "qa", True),
        ("# no" + "qa: S101", True),
        ("# no" + "qa: S101 the tree was checked", False),
        ("# prag" + "ma: no cover", True),
        ("# why", False),
    ],
)
def test_the_checks_ask_for_reasons(comment: str, *, is_refused: bool) -> None:
    """An ignore without rule or reason is refused, one with both is not."""
    assert bool(SWITCHED_OFF.search(comment)) is is_refused


def test_no_test_reaches_the_network() -> None:
    """A connection that would leave this machine is refused before it is tried."""
    with socket.socket() as end, pytest.raises(RuntimeError, match="used the network"):
        end.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="used the network"):
        socket.getaddrinfo("example.org", 80)
