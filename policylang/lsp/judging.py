"""What takes longer than a key press: lints, proofs, tests, sample sizes, decisions. Done in a process of its own.

A job has the texts of the files that are open, so that what is judged is what the editor shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from policylang import lint
from policylang.clocks import Moment
from policylang.compile import Compiled, compile_policy
from policylang.diagnostics import Diagnostic, EvidenceError, PolicyError
from policylang.lsp.desk import Desk, Document
from policylang.lsp.hints import Hint, hints
from policylang.source import Source

if TYPE_CHECKING:
    from policylang.decide.decision import ActionDecision
    from policylang.graph.nodes import Graph

_EVIDENCE = b"policylang/evidence/"
_WHOLE = 16 << 20
_MAX_BESIDE = 50
_MAX_RULES = 3
_ALL = tuple(rule for rule in lint.RULES if lint.Persona.AUTHOR in rule.personas)
_READ = tuple(rule for rule in _ALL if not rule.proves)
_IDLE = "L001"
"""A comment that allows nothing."""


@dataclass(frozen=True, kw_only=True)
class Judging:
    """Judge the policy that a file belongs to."""

    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """Decide a policy on evidence; with no paths, on what stands beside it."""

    name: str
    texts: Mapping[str, str]
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is known so far: findings that only now are known, those that comments allow, hints of sample sizes."""

    found: tuple[Diagnostic, ...] = ()
    allowed: tuple[Diagnostic, ...] = ()
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Verdicts of a policy on evidence: in a sentence, and by action with the rules behind them; or what is wrong."""

    evidence: tuple[str, ...]
    sentence: str
    verdicts: Mapping[str, str]
    is_good: bool


Job = Judging | Deciding
Answer = Judged | Decided


def answers(job: Job) -> Iterator[Answer]:
    """What comes of a job: of judging more and more, each answer all that is known by then."""
    desk = Desk()
    for name, text in job.texts.items():
        desk.put(Document(uri="", source=Source(name=name, text=text), version=0))
    match job:
        case Judging():
            yield from _judged(desk, job.name)
        case Deciding():
            yield _decided(desk, job)


def _judged(desk: Desk, name: str) -> Iterator[Judged]:
    try:
        source, tests = desk.sources(name)
    except PolicyError as error:
        yield Judged(found=error.diagnostics)
        return
    if tests:  # the policy itself is judged where it is open
        yield Judged(found=_tested(desk, source, tests))
        return
    plain, wrong = _compiled(desk, source, [])
    if plain is None:
        yield Judged(found=wrong)
        return
    shown = hints(plain)
    view = lint.View(checked=plain.checked, graph=plain.graph, warnings=plain.warnings)
    found, allowed = _apart(view, _READ, plain)
    found = tuple(one for one in found if one.code != _IDLE)  # until all have spoken
    yield Judged(found=found, allowed=allowed, hints=shown)
    failing = _tested(desk, source, desk.tests_beside(name))
    yield Judged(found=(*found, *failing), allowed=allowed, hints=shown)
    found, allowed = _apart(view, _ALL, plain)
    yield Judged(found=(*found, *failing), allowed=allowed, hints=shown)


def _compiled(desk: Desk, source: Source, tests: Sequence[Source]) -> tuple[Compiled | None, tuple[Diagnostic, ...]]:
    try:
        return compile_policy(source, desk.read, tests), ()
    except PolicyError as error:
        return None, error.diagnostics


def _apart(
    view: lint.View, rules: Sequence[lint.Rule], compiled: Compiled
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """What lints find, without what the compiler says itself; and what comments allow."""
    result = lint.linted(view, rules)
    known = set(compiled.warnings)
    return (
        tuple(one for one in result.found if one not in known),
        tuple(each.finding for each in result.allowed),
    )


def _tested(desk: Desk, source: Source, tests: Sequence[Source]) -> tuple[Diagnostic, ...]:
    """What tests that fail say, or what is wrong with their files."""
    from policylang.testing import run  # the decider is loaded when a test runs

    compiled, wrong = _compiled(desk, source, tests)
    if compiled is None:
        return wrong
    return tuple(one for outcome in run(compiled) for one in outcome.found)


# Deciding


def evidence_beside(name: str) -> tuple[str, ...]:
    """The files of evidence in the folder of a policy, sorted."""
    folder = Path(name).parent
    if not folder.is_dir():
        return ()
    found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml", ".json") and path.is_file())
    return tuple(str(path) for path in found if _is_evidence(path))


def _is_evidence(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _EVIDENCE in file.read(_WHOLE)
    except OSError:
        return False


def _decided(desk: Desk, job: Deciding) -> Decided:
    paths = job.paths or evidence_beside(job.name)
    if not paths:
        return _undecided((), "there is no evidence beside this policy: name a file of it")
    if not job.paths and len(paths) > _MAX_BESIDE:
        return _undecided((), f"there are {len(paths)} files of evidence beside this policy: name those that count")
    odd = next((path for path in job.paths if not Path(path).is_file() and not Path(path).is_dir()), None)
    if odd is not None:
        return _undecided(paths, f"this evidence cannot be used: {odd} is no file")
    try:
        source, _ = desk.sources(job.name)
        graph = compile_policy(source, desk.read).graph
        return _on(graph, paths)
    except PolicyError as error:
        return _undecided(paths, f"this policy does not compile: {error.diagnostics[0].message}")
    except EvidenceError as error:
        first = error.diagnostics[0]
        place = "" if first.place is None else f"{first.place}: "
        more = f", and {len(error.diagnostics) - 1} more" if len(error.diagnostics) > 1 else ""
        return _undecided(paths, f"this evidence cannot be used: {place}{first.message}{more}")


def _on(graph: "Graph", paths: tuple[str, ...]) -> Decided:
    from policylang.decide import decide
    from policylang.files import read_evidence, worded

    as_of = Moment(datetime.now(UTC).date())
    (evidence,) = worded(read_evidence(paths, [graph]), [graph], as_of).evidence
    decision = decide(graph, evidence, as_of)
    verdicts = {item.action: _verdict(item) for item in decision.actions.values()}
    on = ", ".join(Path(path).name for path in paths)
    said = ", ".join(f"{item.action} {_word(item)}" for item in decision.actions.values())
    return Decided(evidence=paths, sentence=f"on {on}: {said}", verdicts=verdicts, is_good=True)


def _verdict(item: "ActionDecision") -> str:
    """A verdict with the rules behind it: `forbidden (ceiling)`."""
    from policylang.testing.scenarios import responsible

    rules = list(dict.fromkeys(responsible(item)))
    more = [f"{len(rules) - _MAX_RULES} more"] if len(rules) > _MAX_RULES else []
    shown = ", ".join([*rules[:_MAX_RULES], *more])
    return f"{_word(item)} ({shown})" if shown else _word(item)


def _word(item: "ActionDecision") -> str:
    return item.verdict.value if item.covered or item.verdict.value != "permitted" else "not covered by any rule"


def _undecided(paths: tuple[str, ...], sentence: str) -> Decided:
    return Decided(evidence=paths, sentence=sentence, verdicts={}, is_good=False)
