"""The language server, driven by a real client over the streams of its process: one session for all tests."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editor import Editor, uri_of
from policylang.diagnostics import PolicyError
from policylang.files import compile_source
from policylang.lsp.background import Background
from policylang.lsp.lines import WIDTHS, Lines
from policylang.source import Source

HEAD = """\
policy acme "Acme" { version "1" confidence 95% }
levels risk: low < medium < high
action deploy.external
action develop
role board
role security
control weights "guards the weights" { attested by security }
measure ctf: rate "challenges solved" { needs n >= 40 }
category cyber: risk {
  high when ctf >= 20%
  assessed by board
}
"""
POLICY = HEAD + "rule ceiling { when cyber >= high forbid deploy }\nrule care { require weights before develop }\n"
EVIDENCE = """\
schema: policylang/evidence/v1
subject: {model: acme-7b}
readings:
  - {measure: ctf, n: 40, scored: 40, successes: 30, at: 2026-10-20, status: success, run: a, source: log}
"""


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """One session."""
    session = Editor()
    yield session
    status, said = session.end()
    assert status == 0
    assert said == ""


def _applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text with edits of the protocol made."""
    lines = Lines(text)
    spans = []
    for edit in edits:
        start, end = edit["range"]["start"], edit["range"]["end"]
        begin = lines.offset(start["line"], start["character"])
        spans.append((begin, lines.offset(end["line"], end["character"]), edit["newText"]))
    for begin, until, new in sorted(spans, reverse=True):
        text = text[:begin] + new + text[until:]
    return text


def _whole(text: str) -> dict[str, Any]:
    return {"start": {"line": 0, "character": 0}, "end": {"line": text.count("\n") + 1, "character": 0}}


def _found(text: str) -> set[str]:
    """The codes that a whole compilation finds."""
    try:
        return {one.code for one in compile_source(Source(name="a.policy", text=text)).warnings}
    except PolicyError as error:
        return {one.code for one in error.diagnostics}


def test_it_says_what_it_can(editor: Editor) -> None:
    """The editor is told of every feature, and that whole texts are wanted."""
    able = editor.abilities["capabilities"]
    assert able["textDocumentSync"]["change"] == 1
    assert able["positionEncoding"] == "utf-16"
    assert able["executeCommandProvider"]["commands"] == ["policylang.decide"]
    features = "hover completion definition references documentHighlight rename documentSymbol workspaceSymbol"
    features += " documentFormatting codeAction inlayHint codeLens foldingRange semanticTokens"
    assert {f"{name}Provider" for name in features.split()} <= set(able)


def test_findings_are_those_of_the_compiler(editor: Editor) -> None:
    """After every change the editor shows what a compilation of the text finds, at its place, with its remedy."""
    uri = "untitled:Untitled-1"
    editor.open(uri, POLICY)
    editor.wait_for(uri)
    mistakes = [
        POLICY.replace("when cyber >= high", "when cyber >= hgih"),
        POLICY.replace("action develop\n", ""),
        POLICY.replace("rule ceiling {", "rule ceiling "),
        POLICY.replace("}\nrule ceiling", "\nrule ceiling"),
        POLICY.replace("forbid deploy }", "forbid deploy"),
        POLICY.replace("20%", "20 days"),
        POLICY + 'role spare "never used\n',
        "",
    ]
    for text in mistakes:
        editor.change(uri, text)
        shown = editor.wait_for(uri, *_found(text))
        assert {one["code"] for one in shown} == _found(text)
        assert all(one["source"] == "policylang" for one in shown)
    editor.change(uri, mistakes[0])
    wrong = next(one for one in editor.wait_for(uri, "P204") if one["code"] == "P204")
    row = POLICY[: POLICY.index("rule ceiling")].count("\n")
    assert wrong["range"]["start"] == {"line": row, "character": 29}
    assert wrong["message"].endswith("help: did you mean `high`?")
    editor.close(uri)


def test_what_takes_longer_comes_later(editor: Editor, tmp_path: Path) -> None:
    """Lints and failing tests are shown after the errors, also of a file of tests that is not open."""
    policy, tests = tmp_path / "acme.policy", tmp_path / "acme.test.policy"
    policy.write_text(POLICY, "utf-8")
    tests.write_text('test "t" { given ctf = 30% expect deploy.external permitted }\n', "utf-8")
    editor.open(uri_of(policy), POLICY)
    assert [one["code"] for one in editor.wait_for(uri_of(tests), "P501")] == ["P501"]
    editor.open(uri_of(tests), tests.read_text("utf-8"))
    editor.wait_for(uri_of(tests), "P501")
    editor.change(uri_of(tests), 'test "t" { given ctf = 30% expect deploy.external forbidden }\n')
    editor.wait_for(uri_of(tests), without="P501")
    editor.change(uri_of(policy), POLICY.replace("20%", "50%"))
    editor.wait_for(uri_of(tests), "P501")
    hints = editor.ask("textDocument/inlayHint", {"textDocument": {"uri": uri_of(policy)}, "range": _whole(POLICY)})
    assert [hint["label"] for hint in hints] == ["proved below by \u2264 14 of 40"]
    editor.close(uri_of(tests))
    editor.close(uri_of(policy))


def test_a_fix_mends(editor: Editor) -> None:
    """A quick fix, made as the editor is told, mends the finding; a lint can be allowed with a reason instead."""
    uri = "untitled:Untitled-2"
    text = POLICY.replace("when cyber >= high", "when high <= cyber")
    editor.open(uri, text)
    wrong = editor.wait_for(uri, "P301")[0]
    asked = {"textDocument": {"uri": uri}, "range": wrong["range"], "context": {"diagnostics": [wrong]}}
    action = editor.ask("textDocument/codeAction", asked)[0]
    assert action["kind"] == "quickfix"
    mended = _applied(text, action["edit"]["changes"][uri])
    assert mended == POLICY
    text = POLICY + 'role b0ard "looks like the other"\n'
    editor.change(uri, text)
    lint = next(one for one in editor.wait_for(uri, "L101") if one["code"] == "L101")
    asked = {"textDocument": {"uri": uri}, "range": lint["range"], "context": {"diagnostics": [lint]}}
    allow = next(one for one in editor.ask("textDocument/codeAction", asked) if one["title"].startswith("allow"))
    added = allow["edit"]["changes"][uri]
    assert added[0]["newText"] == "# lint allow L101: \n"
    added[0]["newText"] = "# lint allow L101: it is another body\n"
    editor.change(uri, _applied(text, added))
    editor.wait_for(uri, without="L101")
    text = POLICY + "measure spare: rate  # lint allow P406: it comes with the next version\n"
    editor.change(uri, text)
    editor.wait_for(uri, "P406")
    editor.wait_for(uri, without="P406")
    editor.change(uri, text.replace("20%", "21%"))
    assert "P406" not in {one["code"] for one in editor.wait_for(uri)}
    editor.close(uri)


def test_verdicts_stand_above_the_actions(editor: Editor, tmp_path: Path) -> None:
    """The lens above the header decides on the evidence beside; then each action shows its verdict and its rule."""
    policy, evidence = tmp_path / "acme.policy", tmp_path / "run.yaml"
    policy.write_text(POLICY, "utf-8")
    evidence.write_text(EVIDENCE, "utf-8")
    uri = uri_of(policy)
    about = {"textDocument": {"uri": uri}}
    editor.open(uri, POLICY)
    editor.wait_for(uri)
    lenses = editor.ask("textDocument/codeLens", about)
    assert [lens["command"]["title"] for lens in lenses] == ["decide on run.yaml"]
    decided = editor.ask("workspace/executeCommand", lenses[0]["command"])
    assert decided["verdicts"] == {"deploy.external": "forbidden (ceiling)", "develop": "conditional (care)"}
    titles = [lens["command"]["title"] for lens in editor.ask("textDocument/codeLens", about)]
    assert titles == ["decide on run.yaml", "forbidden (ceiling) on run.yaml", "conditional (care) on run.yaml"]
    editor.change(uri, POLICY.replace("20%", "80%"))
    titles = [lens["command"]["title"] for lens in editor.ask("textDocument/codeLens", about)]
    assert titles[1] == "forbidden (ceiling) on run.yaml, before the last change"
    while titles[1] != "undetermined (ceiling) on run.yaml":
        editor.wait_told("workspace/codeLens/refresh")
        titles = [lens["command"]["title"] for lens in editor.ask("textDocument/codeLens", about)]
    evidence.write_text(EVIDENCE.replace("30", "99"), "utf-8")
    broken = editor.ask("workspace/executeCommand", {"command": "policylang.decide", "arguments": [uri]})
    assert broken["verdicts"] == {}
    assert broken["sentence"].startswith("this evidence cannot be used: ")
    editor.close(uri)


def test_places_in_markdown_count_as_editors_count(editor: Editor) -> None:
    """Positions of a Markdown policy are in its file, in units of UTF-16, also behind characters of two units."""
    uri = "file:///made/acme.policy.md"
    prose = "# Acm\u00e9 \U0001f4c8\n\n```policy\n"
    line = 'role eve "\U0001f4c8\U0001f4c8" role ruth "\U0001f4c8" role eve\n'
    editor.open(uri, f"{prose}{POLICY}{line}```\n")
    wrong = editor.wait_for(uri, "P202")[0]
    row = 3 + POLICY.count("\n")
    column = len(line[: line.rindex("eve")].encode("utf-16-le")) // 2
    assert wrong["range"]["start"] == {"line": row, "character": column}
    found = editor.at("definition", uri, (row, column + 1))
    assert found[0]["range"]["start"] == {"line": row, "character": 5}
    editor.close(uri)


def test_layout_folds_and_colours(editor: Editor) -> None:
    """Formatting gives the one layout; declarations of several lines fold; names have the colour of their kind."""
    uri = "untitled:Untitled-3"
    about = {"textDocument": {"uri": uri}}
    text = POLICY.replace("  high when", "high   when")
    editor.open(uri, text)
    editor.wait_for(uri)
    options = {"tabSize": 2, "insertSpaces": True}
    edits = editor.ask("textDocument/formatting", {**about, "options": options})
    laid = _applied(text, edits)
    assert "\n  high when ctf >= 20%\n" in laid
    editor.change(uri, laid)
    assert editor.ask("textDocument/formatting", {**about, "options": options}) == []
    folds = editor.ask("textDocument/foldingRange", about)
    assert any(laid.split("\n")[fold["startLine"]].startswith("category cyber") for fold in folds)
    data = editor.ask("textDocument/semanticTokens/full", about)["data"]
    assert len(data) % 5 == 0
    assert len(data) > 100
    symbols = editor.ask("workspace/symbol", {"query": "ceil"})
    assert [symbol["name"] for symbol in symbols] == ["ceiling"]
    editor.change(uri, "rule {")
    assert editor.ask("textDocument/formatting", {**about, "options": options}) is None
    editor.close(uri)


def test_renaming_is_refused_in_a_sentence(editor: Editor) -> None:
    """What cannot be renamed is refused with the reason, and nothing else."""
    uri = "untitled:Untitled-4"
    editor.open(uri, POLICY)
    place = (POLICY[: POLICY.index("measure ctf")].count("\n"), 9)
    refused = editor.at("rename", uri, place, newName="cyber")
    assert refused["error"]["message"] == "there is a category `cyber` already"
    assert not refused["error"].get("data")
    edit = editor.at("rename", uri, place, newName="solved")
    assert _applied(POLICY, edit["changes"][uri]) == POLICY.replace("ctf", "solved")
    editor.close(uri)


def test_nothing_breaks_it(editor: Editor) -> None:
    """Places that are not there, files that are not open, messages that are no messages: it answers, and goes on."""
    uri = "untitled:Untitled-5"
    editor.open(uri, 'rule "\ud800 \u202e {{{ \x00 \U0001f4c8')
    editor.wait_for(uri)
    questions = ("hover", "completion", "definition", "documentHighlight", "prepareRename")
    for method in questions:
        for place in ((0, 7), (0, 999), (99, 0), (2**31 - 1, 2**31 - 1)):
            editor.at(method, uri, place)
        assert not editor.at(method, "untitled:never-opened", (0, 0))
        assert "error" in editor.at(method, uri, (-1, -1))
        assert "error" in editor.ask(f"textDocument/{method}", {"nonsense": 1})
    assert "error" in editor.ask("workspace/executeCommand", {"command": "rm", "arguments": []})
    for arguments in ([], [1], ["file:///nowhere.policy"], [uri, "/nowhere.yaml"], [uri, {}]):
        editor.ask("workspace/executeCommand", {"command": "policylang.decide", "arguments": arguments})
    editor.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": 9}, "contentChanges": []})
    editor.tell("textDocument/didClose", {"textDocument": {"uri": "untitled:never-opened"}})
    editor.tell("workspace/didChangeWatchedFiles", {"changes": []})
    editor.change(uri, "role a " * 60_000)
    editor.wait_for(uri, "P113")
    editor.change(uri, POLICY)
    editor.wait_for(uri, without="P113")
    editor.close(uri)


@pytest.mark.parametrize("encoding", WIDTHS)
def test_positions_come_back(encoding: str) -> None:
    """Every offset has a position, and the position that offset, unless it is inside the end of a line."""
    text = "a\U0001f4c8\r\nb\u00e9\rc\n\n\u2028d\x0ce"
    lines = Lines(text, encoding)
    for offset in range(len(text) + 1):
        inside = text[offset - 1 : offset + 1] == "\r\n"
        assert inside or lines.offset(*lines.position(offset)) == offset
    assert [lines.position(text.index(letter))[0] for letter in "abcde"] == [0, 1, 2, 4, 4]
    assert lines.offset(99, 0) == len(text)
    assert lines.offset(0, 99) == 2


def test_it_says_which_extra_is_missing() -> None:
    """Without the library that speaks the protocol, one sentence says what to install."""
    code = "import sys; sys.modules['pygls'] = None; from policylang.cli import main; sys.exit(main(['lsp']))"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "pip install 'policylang[editor]'" in done.stderr
    assert done.stdout == ""


def test_nothing_is_left_running() -> None:
    """A process in the background that was never begun, or ended twice, is no trouble."""
    background = Background()
    background.end()
    background.end()
