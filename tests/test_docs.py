"""The documentation runs: policies on its pages compile, evidence is read, calls print what the pages say.

What a page does to be run:

- A block ```` ```policy acme.policy ```` or ```` ```yaml acme.yaml ```` is a file of that name, there for every call on
  the page. A Markdown policy is a block ```` ````markdown acme.policy.md ````.
- A policy block without a header is a fragment: it is laid over the first policy file of the page, as `extends` does
  it, or over the one that `<!-- needs: NAME -->` just before it names. The `test` blocks of files and fragments pass.
- A table with the columns `code`, `wrong` and `instead` holds mistakes: what is code at the start of `wrong` is a
  fragment (or a line of evidence) that gives the code, and an `instead` that is code alone gives none.
- In a `console` block every `$ policyc …` prints what stands below it; a line `…` stands for lines left out, and a last
  line `exit status N` for the exit status. `pytest --accept` writes what is printed.
- A page is run from its first line to its last: `$ git …` too, by an author and on a day that do not change, and
  `$ cd …`. A block ```` ```diff FILE ```` changes a file there: what it keeps and takes away stands in the file
  once, in whatever layout.
- On a page that names `logs/cybench.eval` there is one, of 40 tasks of which 18 are solved.
"""

import contextlib
import difflib
import functools
import io
import itertools
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from house import ROOT, units
from logs.writers import eval_file, sample
from policylang import cli, kinds, parse, resolve, resources, testing
from policylang.check import size
from policylang.clocks import Moment
from policylang.codes import CODES
from policylang.compile import Compiled, compile_policy
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError
from policylang.evidence import build, forms, reader, schema
from policylang.evidence.admit import admit
from policylang.evidence.merge import read_evidence
from policylang.graph import Graph
from policylang.measuring import suite
from policylang.parse import build as tree
from policylang.parse import text as written
from policylang.source import Source
from test_architecture import ROOMS

NAMES = ["README.md", "grammar/README.md", "policies/README.md", "policylang/README.md"]
NAMES += [
    f"{folder}/README.md" for folder in ("benchmarks", "ci", "editors", "evaluators", "tests", "policies/examples")
]
NAMES += ["policies/examples/experiment/README.md"]
NAMES += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))

_BLOCK = re.compile(
    r"(?:^<!-- needs: (?P<needs>\S+) -->\n+)?^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_HEADER = re.compile(r"^\s*policy\s+[A-Za-z_]\w*", re.MULTILINE)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"\b[PEC][1-9][0-9]{2}\b")
_SPAN = re.compile(r"`([^`]+)`")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SENTENCES = re.compile(r"[.!?][)”*]*\s+[*(“]*[A-Z]")
_SHORTENED = re.compile(r"\b(e\.g|i\.e|p|pp|vs|cf|No)\.")
_LAST_WORDS = re.compile(r"[.!?:;…][)”*]*$")
_LEFT_OUT = "…"
_LATE = Moment(date(2100, 1, 1))
_SECTIONS = ("schema", "subject", "holidays", "readings", *schema.FACTS)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of a page: its language, its name when it is a file, its text, and where that stands."""

    language: str
    name: str
    needs: str
    text: str
    where: tuple[int, int]
    line: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of the documentation."""

    path: Path
    text: str
    blocks: tuple[Block, ...]

    @property
    def prose(self) -> str:
        """The page with its blocks and comments blanked out, line by line."""
        without = _BLOCK.sub(_blank, self.text)
        return _COMMENT.sub(_blank, without)

    @property
    def files(self) -> dict[str, str]:
        """The files that stand on the page."""
        return {block.name: block.text for block in self.blocks if block.name and block.language != "diff"}

    def place(self, line: int) -> str:
        """A line of the page, as editors find it."""
        return f"{self.path.relative_to(ROOT)}:{line}"

    def over(self, block: Block | None = None) -> str:
        """The policy file that a fragment is laid over."""
        named = [name for name in self.files if name.endswith((".policy", ".policy.md"))]
        return block.needs if block is not None and block.needs else next(iter(named), "")


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "", found[0])


def page_of(name: str) -> Page:
    """A page, read."""
    path = ROOT / name
    text = path.read_text("utf-8")
    blocks = []
    for found in _BLOCK.finditer(text):
        words = [*found["info"].split(), "", ""]
        line = text.count("\n", 0, found.start("text"))
        where = found.span("text")
        needs = found["needs"] or ""
        blocks.append(Block(language=words[0], name=words[1], needs=needs, text=found["text"], where=where, line=line))
    return Page(path=path, text=text, blocks=tuple(blocks))


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest) -> Page:
    """Each page of the documentation in turn."""
    return page_of(request.param)


def told(wrong: Sequence[str]) -> None:
    """Fail with everything that is wrong."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


# Policies


def _read(page: Page, path: str, _beside: Source) -> Source:
    if path in page.files:
        return Source(name=path, text=page.files[path])
    try:
        return Source(name=path, text=resources.policy_text(path))
    except OSError:
        raise ValueError("there is no such file") from None


def compiled(page: Page, text: str, *, name: str = "", over: str = "") -> Compiled:
    """A policy of a page, or a fragment laid over one; raises PolicyError."""
    if name and not _HEADER.search(text):
        name, text = "", f'use "{name}"'  # a file of declarations only
    if not name and not _HEADER.search(text):
        text = f'policy fragment {{ extends "{over}" }}\n{text}'
    return compile_policy(Source(name=name or "fragment.policy", text=text), functools.partial(_read, page))


def _is_policy(block: Block) -> bool:
    return block.language == "policy" or block.name.endswith(".policy.md")


def _policy_faults(page: Page, block: Block) -> Iterator[Diagnostic]:
    """What is wrong with a policy block; a fragment may declare what nothing uses yet."""
    try:
        found = compiled(page, block.text, name=block.name, over=page.over(block))
    except PolicyError as error:
        yield from error.diagnostics
        return
    yield from (warning for warning in found.warnings if block.name or warning.code != "P406")
    for outcome in testing.run(found):
        yield from outcome.found


def test_policies_compile(page: Page) -> None:
    """Every policy on a page compiles without a warning, and its tests pass."""
    told(
        [
            f"{page.place(block.line)}: {found.code} {found.message} ({found.help})"
            for block in page.blocks
            if _is_policy(block)
            for found in _policy_faults(page, block)
        ]
    )


# Evidence


def _evidence_faults(page: Page, text: str, over: str) -> Sequence[Diagnostic]:
    """What is wrong with evidence, read alone and against the policy of its page; it may leave out its head."""
    head = "" if re.search("^schema:", text, re.MULTILINE) else "schema: policylang/evidence/v1\n"
    head += "" if re.search("^subject:", text, re.MULTILINE) else "subject: {model: acme-7b}\n"
    try:
        evidence = read_evidence([Source(name="evidence.yaml", text=head + text)])
    except EvidenceError as error:
        return error.diagnostics
    return admit([_graph(page, over)], evidence, _LATE) if over else ()


@functools.cache
def _graph(page: Page, name: str) -> Graph:
    """What a policy file of a page means."""
    return compiled(page, page.files[name], name=name).graph


def _is_evidence(block: Block) -> bool:
    first = re.search(r"^([a-z]+):", block.text, re.MULTILINE)
    is_suite = f"schema: {suite.SCHEMA}" in block.text
    return block.language == "yaml" and first is not None and first[1] in _SECTIONS and not is_suite


def test_evidence_is_read(page: Page) -> None:
    """Every piece of evidence on a page is read, and names only what the policy of the page has."""
    told(
        [
            f"{page.place(block.line)}: {found.code} {found.message} ({found.help})"
            for block in page.blocks
            if _is_evidence(block)
            for found in _evidence_faults(page, block.text, page.over(block))
        ]
    )


def test_suites_are_read(page: Page) -> None:
    """Every suite on a page is read, and so is what stands below a task."""
    for block in page.blocks:
        if block.language != "yaml":
            continue
        if f"schema: {suite.SCHEMA}" in block.text:
            suite.read_suite(Source(name=page.place(block.line), text=block.text))
        elif block.text.startswith("    "):
            whole = next(one.text for one in page.blocks if f"schema: {suite.SCHEMA}" in one.text)
            suite.read_suite(Source(name=page.place(block.line), text=whole + block.text))


# Mistakes


def _rows(page: Page, *columns: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the tables of a page that have these columns, each with its line."""
    inside = False
    for number, line in enumerate(page.prose.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif tuple(cells) == columns:
            inside = True
        elif inside and not cells[0].startswith("---"):
            yield number, cells


def _codes(page: Page, code: str, text: str) -> set[str]:
    """The codes that a piece of policy or evidence gives."""
    over = page.over()
    if code.startswith("E"):
        return {found.code for found in _evidence_faults(page, text, over)}
    try:
        found = compiled(page, text, over=over)
    except PolicyError as error:
        return {found.code for found in error.diagnostics}
    return {warning.code for warning in found.warnings}


def _mistakes(page: Page) -> Iterator[str]:
    for line, (marked, wrong, instead) in _rows(page, "code", "wrong", "instead"):
        code, text = marked.strip("`"), _SPAN.match(wrong)
        if text is None:
            yield f"{page.place(line)}: what is wrong begins with code"
        elif code not in (given := _codes(page, code, text[1])):
            yield f"{page.place(line)}: gives {', '.join(sorted(given)) or 'nothing'}, not {code}"
        if (right := _SPAN.fullmatch(instead)) and (given := _codes(page, code, right[1]) - {"P406"}):
            yield f"{page.place(line)}: what is right gives {', '.join(sorted(given))}"


def test_mistakes_are_found(page: Page) -> None:
    """A mistake that a page warns of gives the code that the page names, and what it says instead gives none."""
    told(list(_mistakes(page)))


# Calls


_AUTHOR = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "Ada", "EMAIL": "ada@acme.test", "DATE": "2026-11-02T12:00:00Z"}.items()
}
_NO_CONFIGURATION = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


def _said(call: str) -> str | None:
    """What a call prints, and its exit status; None of one that is not made."""
    program, *words = shlex.split(call)
    if program == "cd":
        os.chdir(words[0])
        return "exit status 0\n"
    if program == "git":
        env = {**os.environ, **_AUTHOR, **_NO_CONFIGURATION}
        done = subprocess.run(["git", *words], env=env, capture_output=True, text=True, check=False)
        return f"{done.stdout}{done.stderr}exit status {done.returncode}\n"
    return _printed(words, call) if program == "policyc" else None


def _printed(words: Sequence[str], call: str) -> str:
    """What a call of policyc prints, and its exit status."""
    if words[0] == "check" and "--as-of" not in words and "--help" not in words:
        return f"{call}: without `--as-of` this prints something else every day\n"
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        status = cli.main(words)
    screen.seek(0)
    return screen.read() + f"exit status {status}\n"


def _agrees(expected: str, printed: str) -> bool:
    parts = re.split(rf"^{_LEFT_OUT}\n", expected, flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*".join(map(re.escape, parts)), printed) is not None


def _answered(text: str) -> str:
    """The text of a console block with the answers that its calls give."""
    shown = []
    for part in re.split(r"^(?=\$ )", text, flags=re.MULTILINE):
        call, _, expected = part.partition("\n")
        said = _said(call[2:]) if call.startswith("$ ") else None
        printed = expected if said is None else said
        if "exit status" not in expected:
            printed = printed.rsplit("exit status ", 1)[0]
        shown.append(part if _agrees(expected, printed) else f"{call}\n{printed}")
    return "".join(shown)


def _change(path: Path, change: str) -> None:
    """Make a change of a page in a file."""
    old = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " -")
    new = "".join(line[1:] for line in change.splitlines(keepends=True) if line[0] in " +")
    text = path.read_text("utf-8")
    found = re.findall(r"\s+".join(map(re.escape, old.split())), text)
    assert len(found) == 1, f"{path} has {len(found)} times\n{old}"
    path.write_text(text.replace(found[0], new.strip()), "utf-8")


_LOG = "logs/cybench.eval"


def _cybench(path: Path) -> None:
    """Write a log as Inspect writes it."""
    rows = [sample(number, "C" if number % 20 < 9 else "I") for number in range(40)]
    path.parent.mkdir()
    eval_file(path, rows, eval__task="cybench", eval__task_registry_name="inspect_evals/cybench")


def test_calls_print_what_the_page_says(
    page: Page, accept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call on a page, made where the files of the page are, prints what stands below it."""
    for name, text in page.files.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "policies").symlink_to(ROOT / "policies")
    if _LOG in page.text:
        _cybench(tmp_path / _LOG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    text, grown = page.text, 0
    for block in page.blocks:
        if block.language == "diff" and block.name:
            _change(Path(block.name), block.text)
        if block.language == "console":
            start, end = (at + grown for at in block.where)
            answered = _answered(block.text)
            text = text[:start] + answered + text[end:]
            grown += len(answered) - len(block.text)
    if accept and text != page.text:
        page.path.write_text(text, "utf-8")
    else:
        told(list(difflib.unified_diff(page.text.splitlines(), text.splitlines(), "the page", "what is printed", n=1)))


# Prose


def _paragraphs(page: Page) -> Iterator[list[tuple[int, str]]]:
    """The paragraphs of a page, line by line; tables, headings, pictures, lists and quotations are none."""
    lines = enumerate(page.prose.splitlines(), 1)
    for is_blank, group in itertools.groupby(lines, key=lambda line: not line[1].strip()):
        found = list(group)
        if not is_blank and not re.match(r"[|#>]|!\[|[-*] |\d+\. |\s", found[0][1]):
            yield found


def _ends_early(line: str) -> bool:
    plain = _SHORTENED.sub(r"\1", _SPAN.sub("X", line))
    return _SENTENCES.search(plain) is not None


def test_prose_has_a_sentence_a_line(page: Page) -> None:
    """In a paragraph every line is one sentence, so that a change of one shows as one."""
    wrong = []
    for paragraph in _paragraphs(page):
        wrong += [f"{page.place(n)}: two sentences" for n, line in paragraph if _ends_early(line)]
        wrong += [
            f"{page.place(n)}: no sentence ends here" for n, line in paragraph if not _LAST_WORDS.search(line.rstrip())
        ]
    told(wrong)


def _anchors(path: Path) -> set[str]:
    """The names under which the headings of a page can be linked to."""
    titles = _HEADING.findall(_BLOCK.sub(_blank, path.read_text("utf-8")))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_links_lead_somewhere(page: Page) -> None:
    """A link to a file of ours points to one that exists, and to a heading that it has."""
    wrong = []
    for link in _LINK.findall(page.prose):
        name, _, anchor = link.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if re.match(r"[a-z]+:", link):
            continue
        if not path.is_relative_to(ROOT) or not path.exists():
            wrong.append(f"{page.path.relative_to(ROOT)}: `{link}` leads nowhere")
        elif anchor and anchor not in _anchors(path):
            wrong.append(f"{page.path.relative_to(ROOT)}: `{link}` is no heading there")
    told(wrong)


def test_codes_exist(page: Page) -> None:
    """Every code that a page mentions has its own page in `policyc explain`."""
    assert sorted(set(_CODE.findall(page.prose)) - set(CODES)) == []


@pytest.mark.parametrize(
    ("line", "has_two"),
    [
        ("One sentence, with `a. B` in it.", False),
        ("See pp. 2 and p. A, e.g. Annex B.", False),
        ("This ends. That begins.", True),
        ("This ends (so).  **That** begins.", True),
        ("This ends! `policyc` begins.", True),
    ],
)
def test_the_checks_see_sentences(line: str, *, has_two: bool) -> None:
    """A second sentence on a line is seen, and what only looks like one is not."""
    assert _ends_early(line) is has_two


@pytest.mark.parametrize(
    ("expected", "agrees"),
    [
        ("a\nb\nc\n", True),
        ("a\n…\nc\n", True),
        ("…\nc\n", True),
        ("a\nb\nc\n…\n", True),
        ("a\n…\nb\n", False),
        ("a\nc\n", False),
        ("", False),
    ],
)
def test_the_checks_see_what_is_printed(expected: str, *, agrees: bool) -> None:
    """What stands on a page agrees line by line with what is printed; `…` stands for lines left out."""
    assert _agrees(expected, "a\nb\nc\n") is agrees


# Lists that must agree with the tree


def test_rooms_are_listed() -> None:
    """The table of rooms names every module of policylang that there is, and none without a layer."""
    rows = _rows(page_of("policylang/README.md"), "room", "what lives there")
    listed = {room for _, cells in rows for room in cells[0].replace("`", "").split(", ")}
    there = {unit.room for unit in units("policylang")} - {"__init__", "__main__"}
    assert (sorted(listed - ROOMS), sorted(there - listed)) == ([], [])


def test_commands_are_listed() -> None:
    """The table of commands names every command that there is, and no other."""
    listed = {cells[0].strip("`").split()[1] for _, cells in _rows(page_of("README.md"), "command", "what it answers")}
    assert listed == set(cli.COMMANDS)


def test_every_declaration_has_a_section() -> None:
    """The reference has a heading for the word of each declaration of the grammar."""
    grammar = (ROOT / "grammar" / "policy.lark").read_text("utf-8")
    found = re.search(r"^item: (.*?)\n\n", grammar, re.MULTILINE | re.DOTALL)
    assert found is not None
    rules = found[1].replace("|", " ").split()
    words = {re.findall(rf'^{rule}: .*?"([a-z]+)"', grammar, re.MULTILINE)[0] for rule in rules}
    headings = " ".join(_HEADING.findall(page_of("grammar/README.md").prose))
    assert sorted(word for word in words if not re.search(rf"`[^`]*\b{word}\b[^`]*`", headings)) == []


def test_every_kind_is_listed() -> None:
    """The table of kinds in the reference has each of them."""
    listed = {cells[0].strip("`").partition("(")[0] for _, cells in _rows(page_of("grammar/README.md"), *_KINDS)}
    assert set(map(str, kinds.Kind)) <= listed


_KINDS = ("kind", "what it is", "written", "range")


def test_every_section_of_evidence_is_listed() -> None:
    """The reference names every list that a file of evidence may have."""
    listed = {cells[0].strip("`") for _, cells in _rows(page_of("grammar/README.md"), "list", "each entry", "fields")}
    assert listed == set(schema.FACTS)


def test_limits_are_as_listed() -> None:
    """The table of limits in the reference has the numbers that are held."""
    limits = {
        "size of a policy file": written.MAX_BYTES,
        "words and signs of a policy file": parse.MAX_TOKENS,
        "size of a policy with all it takes in": resolve.MAX_TOTAL,
        "characters of a name": tree.MAX_NAME,
        "digits of a number": kinds.MAX_DIGITS,
        "nesting of a condition": tree.MAX_DEPTH,
        "named conditions that rest on one another": size.MAX_CHAIN,
        "levels of a ladder": size.MAX_LEVELS,
        "parts of all conditions": size.MAX_PARTS,
        "size of an evidence file": reader.MAX_BYTES,
        "size of an evidence file in YAML": reader.MAX_YAML,
        "readings and facts of an evidence file": build.MAX_ITEMS,
        "units of a reading": forms.MAX_UNITS,
    }
    shown = {what: f"{limit >> 20} MiB" if what.startswith("size") else str(limit) for what, limit in limits.items()}
    assert {cells[0]: cells[1] for _, cells in _rows(page_of("grammar/README.md"), "what", "limit", "code")} == shown
