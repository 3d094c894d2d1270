"""Pages of cases: a heading, a sentence that states the fact, a policy, evidence where it is decided, what is expected.

A page stands in `tests/cases/<stage>/`, and the stage says what is shown of a policy that compiles: its tree (`parse`),
its names (`resolve`), its warnings (`check`), its graph (`graph`), a decision on the case's evidence (`decide`), or its
layout (`format`). A policy that does not compile shows its findings. Words after `expected` choose parts of a graph or
a decision.

What stands before the first case is part of every case of the page: its policy text goes after the case's own, so that
places are those of the block, and its `As of DATE` is the date of all cases that state none.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pages_shown import decision_text, finding_text, graph_text, names_text, tree_text
from policylang import parse, resolve, syntax
from policylang.clocks import Moment, parse_moment
from policylang.compile import Compiled, compile_policy
from policylang.decide import Decision, decide
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence
from policylang.evidence.merge import read_evidence
from policylang.format import formatted
from policylang.graph import Graph
from policylang.source import Source

CASES = Path(__file__).parent / "cases"

_BLOCK = re.compile(r"^(?P<fence>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_HIDDEN = re.compile(r"⟦U\+([0-9A-F]{4,6})⟧")
_AS_OF = re.compile(r"\b[Aa]s of ([0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:]+Z)?)")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of a page: its files (the first is the policy), evidence, what is expected, and where that stands."""

    page: Path
    title: str
    files: Mapping[str, str]
    evidence: str
    as_of: Moment
    parts: tuple[str, ...]
    expected: str
    where: tuple[int, int]

    def __str__(self) -> str:
        """The name of the case among those of all pages."""
        return f"{self.page.parent.name}/{self.page.stem}: {self.title}"


def pages(*stages: str) -> list[Path]:
    """The pages of some stages."""
    return sorted(page for stage in stages for page in (CASES / stage).glob("*.md"))


def all_cases(*stages: str) -> list[Case]:
    """The cases of all pages of some stages."""
    return [case for page in pages(*stages) for case in cases(page)]


def cases(page: Path) -> list[Case]:
    """The cases of a page."""
    text = page.read_text("utf-8")
    plain = _BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    headings = list(_HEADING.finditer(plain))
    ends = [heading.start() for heading in headings] + [len(text)]
    shared = _Part(text, plain, 0, ends[0])
    return [
        _case(page, heading["title"], shared, _Part(text, plain, heading.end(), end))
        for heading, end in zip(headings, ends[1:], strict=True)
    ]


class _Part:
    """A part of a page: its blocks, and the dates in its sentences."""

    def __init__(self, text: str, plain: str, start: int, end: int) -> None:
        self.blocks = [(block["info"].split() or [""], block) for block in _BLOCK.finditer(text, start, end)]
        self.dates = _AS_OF.findall(plain, start, end)


def _case(page: Path, title: str, shared: _Part, part: _Part) -> Case:
    common = "".join(block["text"] for words, block in shared.blocks if words == ["policy"])
    files = {
        words[1] if words[1:] else "case.policy": _with_hidden(block["text"])
        for words, block in part.blocks
        if words[0] in ("policy", "markdown")
    } or {"case.policy": ""}
    main = next(iter(files))
    if main.endswith(".policy"):
        files[main] += common
    words, expected = next(found for found in part.blocks if found[0][0] == "expected")
    return Case(
        page=page,
        title=title,
        files=files,
        evidence="".join(block["text"] for words, block in part.blocks if words[0] == "yaml"),
        as_of=parse_moment((part.dates or shared.dates or ["2026-10-01"])[0]),
        parts=tuple(words[1:]),
        expected=expected["text"],
        where=expected.span("text"),
    )


def _with_hidden(text: str) -> str:
    """A text in which `⟦U+200B⟧` is that character: a page shows all that is on it."""
    return _HIDDEN.sub(lambda match: chr(int(match[1], 16)), text)


def rewrite(page: Path) -> None:
    """Write what is found into the blocks of a page that say what is expected."""
    text = page.read_text("utf-8")
    for case in reversed(cases(page)):
        start, end = case.where
        text = text[:start] + found(case) + text[end:]
    page.write_text(text, "utf-8")


def found(case: Case) -> str:
    """What stands in the `expected` block of a case when it holds."""
    stage = case.page.parent.name
    findings: list[Diagnostic] = []
    if stage == "format":
        name, text = next(iter(case.files.items()))
        laid = formatted(Source(name=name, text=text), findings)
        return "".join(map(finding_text, findings)) if laid is None else laid
    made = _made(case, stage, findings)
    said = "".join(map(finding_text, findings))
    match made:
        case None:
            return said
        case syntax.Module():
            return said or tree_text(made)
        case resolve.Resolved():
            return said + names_text(made)
        case Compiled():
            return said or "nothing\n" if stage == "check" else graph_text(made.graph, case.parts)
        case Decision():
            return decision_text(made, case.parts)


def findings_of(case: Case) -> list[Diagnostic]:
    """What is found in the policy or evidence of a case."""
    findings: list[Diagnostic] = []
    _made(case, case.page.parent.name, findings)
    return findings


def _made(
    case: Case, stage: str, findings: list[Diagnostic]
) -> syntax.Module | resolve.Resolved | Compiled | Decision | None:
    """What a stage makes of a case; None after a fault."""
    main = Source(name=next(iter(case.files)), text=next(iter(case.files.values())))
    read = functools.partial(_read, case)
    if stage == "parse":
        return parse.parse(main, findings)
    if stage == "resolve":
        modules, joins = resolve.gather(main, read, findings)
        resolved = None if findings else resolve.resolve(modules, joins, findings)
        return None if findings else resolved
    try:
        compiled = compile_policy(main, read)
    except PolicyError as error:
        findings += error.diagnostics
        return None
    findings += compiled.warnings
    if stage != "decide":
        return compiled
    evidence = evidence_of(case)
    if wrong := admit([compiled.graph], evidence, case.as_of):
        findings += wrong
        return None
    return decide(compiled.graph, evidence, case.as_of)


def compiled_text(text: str, name: str = "case.policy") -> Compiled:
    """The policy in a text; raises PolicyError."""
    return compile_policy(Source(name=name, text=text), _none)


def compiled_case(case: Case, text: str | None = None) -> Compiled:
    """The policy of a case, or another text in its place; raises PolicyError."""
    name, written = next(iter(case.files.items()))
    return compile_policy(Source(name=name, text=written if text is None else text), functools.partial(_read, case))


def graph_of_case(case: Case) -> Graph:
    """The graph of a case whose policy compiles."""
    made = _made(case, "graph", [])
    assert isinstance(made, Compiled)
    return made.graph


def graphs_of(*stages: str) -> Iterator[Graph]:
    """The graphs of the cases of some stages whose policies compile."""
    for case in all_cases(*stages):
        findings: list[Diagnostic] = []
        made = _made(case, "graph", findings)
        if isinstance(made, Compiled):
            yield made.graph


def found_in(text: str, name: str = "case.policy") -> tuple[Diagnostic, ...]:
    """What is found in a text."""
    try:
        return compile_policy(Source(name=name, text=text), _none).warnings
    except PolicyError as error:
        return error.diagnostics


def evidence_of(case: Case) -> Evidence:
    """The evidence of a case; what every file says stands in it, unless it says so itself."""
    head = "" if "schema:" in case.evidence else "schema: policylang/evidence/v1\n"
    head += "" if "subject:" in case.evidence else "subject: {model: acme-7b}\n"
    return read_evidence([Source(name="evidence.yaml", text=head + case.evidence)])


def _read(case: Case, path: str, _beside: Source) -> Source:
    if path not in case.files:
        raise ValueError("there is no such file")
    return Source(name=path, text=case.files[path])


def _none(_path: str, _beside: Source) -> Source:
    raise ValueError("there is no such file")
