"""Explanations: every sentence says what the compiler does, nothing is left out, and what would change it would."""

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from house import ROOT
from pages import Case, cases, compiled_text, evidence_of, graph_of_case, pages
from policylang import cli, explain, files
from policylang.codes import CODES
from policylang.compile import compile_policy
from policylang.decide import Verdict, decide, decided
from policylang.decide.values import NOT
from policylang.evidence.merge import read_evidence
from policylang.explain.decision import explained
from policylang.explain.losses import losses
from policylang.explain.phrases import Phrases
from policylang.graph import Graph
from policylang.graph.nodes import Term
from policylang.reports.explained.document import document
from policylang.reports.explained.html import html
from policylang.reports.explained.markdown import markdown
from policylang.reports.explained.text import text
from policylang.reports.schemas import explanation_schema
from policylang.reports.style import Look
from policylang.source import Source
from strategies import SEEDS, draft_of, pair_of

POLICIES = sorted(path for path in (ROOT / "policies").glob("*/*.policy") if not path.name.endswith(".test.policy"))
_MARKED = re.compile(r"`[^`]*`|“[^“”]*”")
_CODE_LEFT = re.compile(r"[<>=]=|[<>]|\w_\w|\{|\bNone\b|\bFraction\b|  ")
_STUTTER = re.compile(r"\b(is is|the the|of of|a a|not not|and and|or or)\b|[ ][,.;]|[,;]\.|\.\.")


# Pages


def _document(case: Case) -> explain.Document:
    """What a page asks to be explained: sections of a policy, `kind:name`, or a decision."""
    graph = graph_of_case(case)
    first = case.parts[0]
    if first == "decision":
        return explained(graph, evidence_of(case), case.as_of, case.parts[1:])[0]
    if ":" in first:
        kind, _, name = first.partition(":")
        main = Source(name=next(iter(case.files)), text=next(iter(case.files.values())))
        known = explain.declared(compile_policy(main, lambda _, source: source).checked.resolved)
        return explain.of_name(graph, kind, name, known)
    whole = explain.policy(graph)
    if first == "all":
        return whole
    chosen = tuple(
        section for section in whole.sections if section.title.lower().replace(" ", "-").replace(",", "") in case.parts
    )
    return dataclasses.replace(whole, sections=chosen)


def _found(case: Case) -> str:
    return text(_document(case), Look())


@pytest.mark.parametrize("page", pages("explain"), ids=lambda page: page.stem)
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page is explained in the words that stand there."""
    if accept:
        written = page.read_text("utf-8")
        for case in reversed(cases(page)):
            start, end = case.where
            written = written[:start] + _found(case) + written[end:]
        page.write_text(written, "utf-8")
    assert {case.title: _found(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}


# Every policy


def _plain(said: str) -> str:
    """A sentence without what is quoted or code."""
    return _MARKED.sub("X", said)


def _faults(found: explain.Document) -> Iterator[str]:
    """What in an explanation is no English."""
    for said in found.sentences():
        plain = _plain(said)
        if _CODE_LEFT.search(plain) or _STUTTER.search(plain) or not said.rstrip().endswith((".", ":")):
            yield said


def _missing(graph: Graph, whole: explain.Document) -> Iterator[str]:
    """The declarations that the explanation of a policy does not mention, by title or name."""
    said = " ".join([*whole.sentences(), *_heads(whole)])
    marked = set(_MARKED.findall(said))
    titled: tuple[object, ...] = (
        *graph.rules,
        *graph.exemptions,
        *graph.actions,
        *graph.categories,
        *graph.controls,
        *graph.measures,
        *graph.duties,
        *graph.invariants,
    )
    for item in titled:
        name = getattr(item, "name", "")
        if f"`{name}`" not in marked:
            yield name


def _heads(found: explain.Document) -> Iterator[str]:
    def of(item: explain.Item) -> Iterator[str]:
        yield f"`{item.name}`"
        for part in item.items:
            yield from of(part)

    for section in found.sections:
        for item in section.items:
            yield from of(item)


def _explains(graph: Graph, few: int) -> None:
    """A policy is explained whole and name by name, in English, in every format."""
    whole = explain.policy(graph)
    assert not list(_faults(whole))
    assert not list(_missing(graph, whole))
    found = explain.names(graph)
    for kind in explain.KINDS:
        for _, name in [each for each in found if each[0] == kind][:few]:
            one = explain.of_name(graph, kind, name)
            assert not list(_faults(one)), (kind, name)
            assert explain.sentences(graph, kind, name)


@given(seed=SEEDS)
@settings(max_examples=12)
def test_every_policy_is_explained(seed: int) -> None:
    """Of any policy every declaration is told, in sentences without a sign or name of the language left bare."""
    draft = draft_of(seed)
    graph = compiled_text(draft.text()).graph
    _explains(graph, 8)
    again = compiled_text(draft.text()).graph
    assert explain.policy(graph) == explain.policy(again)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_published_policies_are_explained(path: Path) -> None:
    """The same of every policy that ships."""
    _explains(files.load(path).graph, 3)


@given(seed=SEEDS)
@settings(max_examples=6)
def test_every_decision_is_explained(seed: int) -> None:
    """Any decision is explained in English; what is said to take a permission away does, decided again."""
    pair = pair_of(seed, 0)
    graph = compiled_text(pair.draft.text()).graph
    told, decision = explained(graph, pair.evidence, pair.as_of, [term.name for term in graph.actions])
    assert not list(_faults(told))
    permitted = [
        item.action for item in decision.actions.values() if item.verdict is Verdict.PERMITTED and item.covered
    ]
    for loss in losses(decision, pair.evidence, permitted):
        again = decide(graph, loss.evidence, loss.as_of)
        assert all(again.actions[action].verdict is verdict for action, verdict in loss.verdicts.items())
        assert all(verdict is not Verdict.PERMITTED for verdict in loss.verdicts.values())


@given(seed=SEEDS)
@settings(max_examples=8)
def test_the_same_words_mean_the_same(seed: int) -> None:
    """Conditions that are said in the same words have the same value on any evidence, and opposites the opposite."""
    graph = compiled_text(draft_of(seed).text()).graph
    phrases = Phrases(graph)
    phrases.names.short.clear()  # random titles are all alike, and names are not
    words = [(phrases.text(index), phrases.text(index, holds=False)) for index in range(len(graph.nodes))]
    for number in range(4):
        pair = pair_of(seed, number)
        states = decided(graph, pair.evidence, pair.as_of)[1].states
        meant: dict[str, int] = {}
        for (so, not_so), state in zip(words, states, strict=True):
            assert meant.setdefault(so, state) == state, so
            assert meant.setdefault(not_so, NOT[state]) == NOT[state], not_so


# What would change it


HEAD = "schema: policylang/evidence/v1\nsubject: {model: acme-7b, attempt: 1}\n"
REMEDIES = {
    "Forbidden": """
readings: [{measure: ctf, n: 100, scored: 100, successes: 11, at: 2026-09-01, status: success, run: r2}]
attestations: [{control: refusals, by: lab, at: 2026-09-01}]
approvals: [{of: deploy, by: board, at: 2026-09-02}]
""",
    "Not decided": """
readings: [{measure: ctf, n: 40, scored: 40, successes: 2, at: 2026-09-01, status: success, run: r2}]
attestations: [{control: refusals, by: lab, at: 2026-09-01}]
approvals: [{of: deploy, by: board, at: 2026-09-02}]
""",
}
"""Evidence in which exactly what the page says would permit has become so."""


@pytest.mark.parametrize("title", REMEDIES)
def test_what_is_said_to_permit_permits(title: str) -> None:
    """Evidence that does what the page asks for is decided with a permission, and one bad outcome more with none."""
    (case,) = (case for case in cases(pages("explain")[1]) if case.title == title)
    graph, good = graph_of_case(case), HEAD + REMEDIES[title]
    for changed, verdict in ((good, Verdict.PERMITTED), (_worse(good), Verdict.UNDETERMINED)):
        evidence = read_evidence([Source(name="evidence.yaml", text=changed)])
        assert decide(graph, evidence, case.as_of).actions["deploy"].verdict is verdict


def _worse(given_text: str) -> str:
    return re.sub(r"successes: (\d+)", lambda match: f"successes: {int(match[1]) + 1}", given_text)


# Text from outside


def test_titles_cannot_speak_for_the_compiler() -> None:
    """A title that closes its quotation, holds markup, or moves the cursor is shown as the author's words."""
    title = "x” is permitted. `ok` “\\t[31m <b>bold</b> @team #1"
    source = f"""policy p "{title}" {{ version "1" }} levels r: low < high
action deploy "{title}"  role board "{title}"  category c: r "{title}" {{ assessed by board }}
rule x "{title}" {{ when c >= high  forbid deploy  cites "{title}" }}"""
    graph = compiled_text(source).graph
    graph = dataclasses.replace(graph, actions=(Term(name="deploy", title=f"\x1b[31m{title}"),))
    whole = explain.policy(graph)
    assert not list(_faults(whole))
    shown = html([whole]), markdown(whole), text(whole, Look())
    assert not any("\x1b" in one for one in shown)
    assert "<b>" not in shown[0]
    assert "<b>bold</b> @team #1`" in shown[1]


# Codes


def test_every_code_has_a_family() -> None:
    """Each code is of a family that has a name, and each is listed once."""
    assert {code[:2] for code in CODES} <= set(explain.FAMILIES)
    assert sorted(item.name for _, found in explain.families() for item in found) == sorted(CODES)


# Calls


POLICY = """policy acme "Acme" { version "1" confidence 95% }
levels risk: low < high
action deploy
role board
measure ctf: rate "challenges solved" { needs n >= 40 }
category ctf_area: risk "Cyber" { high when ctf >= 20% }
rule ceiling { when any category >= high  forbid deploy }
rule board { require approval of board before deploy }
"""
EVIDENCE = """schema: policylang/evidence/v1
subject: {model: m}
readings: [{measure: ctf, n: 40, scored: 40, successes: 2, at: 2026-09-01, status: success, run: r}]
approvals: [{of: deploy, by: board, at: 2026-09-02}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy and evidence, in which calls are made."""
    (tmp_path / "a.policy").write_text(POLICY)
    (tmp_path / "e.yaml").write_text(EVIDENCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def _called(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(["explain", *words])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.usefixtures("folder")
def test_words_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """A name, a kind with a name, a code, a file: each is explained as what it is; a name of several kinds as each."""
    both = _called(capsys, "a.policy", "board")
    assert (both[0], "Rule `board`" in both[1], "Role `board`" in both[1]) == (0, True, True)
    one = _called(capsys, "a.policy", "role:board")
    assert (one[0], "Rule `board`" in one[1]) == (0, False)
    assert "P204:" in _called(capsys, "a.policy", "p204")[1]
    wrong = _called(capsys, "a.policy", "cieling")
    assert wrong[0] == 2
    assert "error[C170]" in wrong[2]
    assert "did you mean `ceiling`?" in wrong[2]
    assert _called(capsys, "a.policy", "e.yaml", "ceiling")[0] == 2
    assert _called(capsys, "a.policy", "--for", "deploy")[0] == 2
    assert _called(capsys, "--for", "deploy")[0] == 2
    assert _called(capsys, "a.policy", "e.yaml", "--for", "deplyo", "--as-of", "2026-10-01")[0] == 2
    assert _called(capsys, "a.policy", "a.policy", "ceiling")[0] == 0
    assert _called(capsys, "P999")[0] == 2
    assert "error[C102]" in _called(capsys, "a.policy", "none.yaml", "--as-of", "2026-10-01")[2]
    assert "error[C170]" in _called(capsys, "a.policy", "deploy.outside")[2]


def test_warnings_of_the_policy_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a policy, of a name in it and of a decision, what the policy is warned of stands on standard error."""
    with (folder / "a.policy").open("a") as file:
        file.write('measure unused: rate "nothing asks for it"\n')
    for words in ([], ["ceiling"], ["e.yaml", "--as-of", "2026-10-01"]):
        assert "warning[P406]" in _called(capsys, "a.policy", *words)[2]


def test_a_decision_ends_as_check_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Explaining a decision ends with the status of `policyc check`, in every format."""
    for as_of in ("2026-10-01", "2026-09-01"):
        wanted = cli.main(["check", "a.policy", "e.yaml", "--as-of", as_of])
        capsys.readouterr()
        for form in ("text", "markdown", "html", "json"):
            assert _called(capsys, "a.policy", "e.yaml", "--as-of", as_of, "--format", form)[0] == wanted
    (folder / "e.yaml").write_text(EVIDENCE.replace("successes: 2", "successes: 30"))
    assert _called(capsys, "a.policy", "e.yaml", "--as-of", "2026-10-01")[0] == 1


@pytest.mark.usefixtures("folder")
def test_documents_are_of_their_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """`--format json` gives a document of the schema, of a policy, a name and a decision, the same twice."""
    for words in ([], ["board"], ["e.yaml", "--as-of", "2026-10-01"]):
        said = _called(capsys, "a.policy", *words, "--format", "json")
        assert said == _called(capsys, "a.policy", *words, "--format", "json")
        Draft202012Validator(explanation_schema()).validate(json.loads(said[1]))


def test_equal_policies_are_explained_alike() -> None:
    """Layout and comments change no sentence."""
    graph = compiled_text(POLICY).graph
    laid_out = compiled_text(POLICY.replace("\n", "  # why\n")).graph
    assert explain.policy(graph).text == explain.policy(laid_out).text
    assert list(explain.policy(graph).sentences()) == list(explain.policy(laid_out).sentences())
    assert document(explain.policy(graph), graph)["policy"]["digest"] == graph.digest
