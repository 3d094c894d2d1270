"""`policyc lint`: who asks, what is mended on the disk, statuses, and the documents of each format."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policylang.cli import lint
from policylang.cli.call import Answer, CallError, Words
from policylang.diagnostics import Diagnostic, Label, PolicyError, replacing
from policylang.files import policy_files
from policylang.lint import RULES, Family
from policylang.reports.findings import FORMATS, Judged, Report, rendered
from policylang.reports.style import Look
from policylang.source import Place, Source, Span
from test_reports import valid

POLICY = """\
policy acme "Acme" { version "1" effective 2026-01-01 confidence 95% }
levels risk: low < high < critical
action deploy.external
role board
measure ctf: rate { needs n >= 60, age <= 90 days  margin 0.02 }
category cyber: risk { high when ctf >= 0.2 critical when ctf > 60% assessed by board }
rule ceiling { when cyber >= high forbid deploy }
levels tier: t2 < t1  # lint allow L107: the standard counts downwards
"""
BROKEN = POLICY.replace("forbid deploy", "forbid deply").replace("assessed by board", "assessed by bored")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of policies in which we are: one with findings, one that is broken, one in Markdown."""
    files = {
        "acme.policy": POLICY,
        "broken.policy": BROKEN,
        "prose.policy.md": f"# Acme\n\nAt 0.2 it is high.\n\n```policy\n{POLICY}```\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def called(*words: str) -> Answer:
    """The answer to a call."""
    made: Words = lint.words()
    return lint.answer(*made.read([*words, "--only=names", "--only=thresholds", "--fast"]))


def codes(*words: str) -> list[str]:
    """The codes that a call finds."""
    document = json.loads(lint.answer(*lint.words().read([*words, "--format=json"])).out)
    return [found["code"] for policy in document["policies"] for found in policy["findings"]]


@pytest.mark.usefixtures("folder")
def test_who_asks_and_for_what() -> None:
    """A persona has lints of its own, a code that is named runs whoever asks, and what is skipped does not."""
    author, auditor = set(codes("acme.policy", "--fast")), set(codes("acme.policy", "--as", "auditor", "--fast"))
    assert {"L201", "L211"} <= author
    assert "L218" not in author
    assert "L112" in auditor - author
    assert set(codes("acme.policy", "--as=author", "--as=auditor", "--fast")) == author | auditor
    assert codes("acme.policy", "--only=L112") == ["L112"]
    assert codes("acme.policy", "--only=thresholds", "--skip=L211", "--fast") == ["L201"]
    proved = set(codes("acme.policy")) - author
    assert proved <= {rule.code for rule in RULES if rule.proves}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acme.policy", "--as=auditer"], "did you mean `auditor`?"),
        (["acme.policy", "--only=thresholdz"], "did you mean `thresholds`?"),
        (["acme.policy", "--skip=L210"], "did you mean"),
        (["acme.policy", "--only=L211", "--skip=thresholds"], "no lint is left to run"),
        ([], "no policy is named"),
        (["acme.yaml"], "`acme.yaml` is no policy"),
    ],
)
def test_calls_that_ask_for_nothing(words: list[str], said: str) -> None:
    """A persona, lint or policy that is not there is answered with the nearest there is."""
    with pytest.raises(CallError) as raised:
        lint.answer(*lint.words().read(words))
    assert said in raised.value.diagnostics[0].message + raised.value.diagnostics[0].help


def test_each_policy_is_judged_once(folder: Path) -> None:
    """However it is named; a link, a hidden folder and a file of tests are not of a folder of policies."""
    hidden, deep = folder / ".hidden", folder / "deep"
    for inside in (hidden, deep):
        inside.mkdir()
        (inside / "acme.policy").write_text(POLICY, "utf-8")
    (folder / "link.policy").symlink_to(folder / "acme.policy")
    (folder / "acme.test.policy").write_text("", "utf-8")
    named = policy_files([".", "acme.policy", "./acme.policy", "deep/../acme.policy", str(deep)])
    assert named[:4] == ["acme.policy", "broken.policy", "deep/acme.policy", "prose.policy.md"]
    assert named[4:] == [str(deep / "acme.policy")]
    assert policy_files(["."], tests=True) == sorted([*named[:4], "acme.test.policy"])
    answered = lint.answer(*lint.words().read(["acme.policy", "./acme.policy", "--fast", "--format=json"]))
    assert len(json.loads(answered.out)["policies"]) == 1


def test_statuses(folder: Path) -> None:
    """0 where nothing is found, 1 where something is, 2 where a policy does not compile, whatever the format."""
    assert called("acme.policy").status == 1
    assert called("acme.policy", "broken.policy").status == 2
    assert called("acme.policy", "--skip=L201", "--skip=L211").status == 0
    (folder / "none.policy").write_bytes(b"\xff")
    for form in FORMATS:
        assert called(str(folder), f"--format={form}").status == 2


def test_fix_keeps_the_meaning_and_the_rest_of_the_file(folder: Path) -> None:
    """`--fix` writes the named file alone, what it may mend and no more; `--diff` shows that and writes nothing."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    path = folder / "prose.policy.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    path.chmod(0o640)
    (folder / "link.policy.md").symlink_to(path)
    shown = called("link.policy.md", "--fix", "--diff")
    assert shown.status == 1
    assert [line for line in shown.out.splitlines() if re.match(r"[+-][^+-]", line)] == [
        "-measure ctf: rate { needs n >= 60, age <= 90 days  margin 0.02 }",
        "-category cyber: risk { high when ctf >= 0.2 critical when ctf > 60% assessed by board }",
        "+measure ctf: rate { needs n >= 60, age <= 90 days  margin 2% }",
        "+category cyber: risk { high when ctf >= 20% critical when ctf > 60% assessed by board }",
    ]
    mended = called("link.policy.md", "--fix")
    assert (mended.status, mended.err) == (1, "")
    wanted = before["prose.policy.md"].replace(b"margin 0.02", b"margin 2%").replace(b"ctf >= 0.2", b"ctf >= 20%")
    assert path.read_bytes() == b"\xef\xbb\xbf" + wanted.replace(b"\n", b"\r\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert (folder / "link.policy.md").is_symlink()
    assert "mended in" not in called("link.policy.md", "--fix").out
    del before["prose.policy.md"]
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert len(list(folder.iterdir())) == len(before) + 2


def test_fix_meaning_mends_errors_and_says_so(folder: Path) -> None:
    """`--fix-meaning` mends what is broken by its nearest names, and what else it can, and warns of both."""
    assert called("broken.policy", "--fix").status == 2
    assert (folder / "broken.policy").read_text("utf-8") == BROKEN
    done = called("broken.policy", "--fix-meaning")
    assert "2 of its errors mended" in done.err
    fixed = POLICY.replace("0.02", "2%").replace("0.2", "20%")
    assert (folder / "broken.policy").read_text("utf-8") == fixed
    (folder / "acme.policy").write_text(POLICY.replace("ctf > 60%", "ctf = 60%"), "utf-8")
    assert "no longer means what it did" in called("acme.policy", "--fix-meaning").err
    assert "ctf >= 60%" in (folder / "acme.policy").read_text("utf-8")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    """What cannot be written is said, and the policy is as it was."""
    folder.chmod(0o500)
    try:
        with pytest.raises(PolicyError) as raised:
            called("acme.policy", "--fix")
    finally:
        folder.chmod(0o700)
    assert raised.value.diagnostics[0].code == "C110"
    assert (folder / "acme.policy").read_text("utf-8") == POLICY


# Formats


@pytest.mark.usefixtures("folder")
def test_the_document_is_as_its_schema_says() -> None:
    """Findings, errors, what comments allow and what was mended give a document of the schema."""
    answer = called("acme.policy", "broken.policy", "prose.policy.md", "--format=json", "--diff")
    document = json.loads(answer.out)
    valid("lint", document)
    first, second, third = document["policies"]
    assert [found["code"] for found in first["findings"]] == ["L211", "L211", "L201"]
    assert (first["allowed"][0]["code"], first["allowed"][0]["reason"]) == ("L107", "the standard counts downwards")
    assert [found["fix"]["edits"][0]["text"] for found in first["mended"]] == ["2%", "20%"]
    assert (second["policy"], {found["severity"] for found in second["findings"]}) == (None, {"error"})
    assert document["counts"] == {"errors": 2, "findings": 6, "allowed": 2, "families": {"thresholds": 6}}
    assert third["findings"][0]["line"] == first["findings"][0]["line"] + 5


@pytest.mark.usefixtures("folder")
def test_text_lists_what_comments_allow() -> None:
    """With `--show-allowed`, and for an auditor, each is listed with its reason; else they are counted."""
    assert "because: the standard counts downwards" not in called("acme.policy").out
    assert "1 allowed by comments" in called("acme.policy").out
    for how in ("--show-allowed", "--as=auditor"):
        assert "because: the standard counts downwards" in called("acme.policy", how).out


def test_sarif_is_complete(folder: Path) -> None:
    """Each result has its rule with help, a region in characters, its fix, and the reason where it is allowed."""
    log = json.loads(called(str(folder / "acme.policy"), "broken.policy", "--format=sarif").out)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    by_code: dict[str, dict[str, Any]] = {}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        by_code.setdefault(result["ruleId"], result)
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    share = by_code["L211"]
    assert share["level"] == "warning"
    place = share["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "acme.policy", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 5, "startColumn": 59, "endLine": 5, "endColumn": 63}
    replaced = share["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replaced == {"deletedRegion": place["region"], "insertedContent": {"text": "2%"}}
    allowed = by_code["L107"]["suppressions"]
    assert allowed == [{"kind": "inSource", "justification": "the standard counts downwards"}]
    assert by_code["P201"]["level"] == "error"
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_fingerprints_outlive_other_changes(folder: Path) -> None:
    """A finding keeps its fingerprint when lines are put in above it, and two alike in one file have two."""
    (folder / "twice.policy").write_text(POLICY + "control c { holds when ctf > 60% }\n", "utf-8")
    issues = json.loads(called("twice.policy", "--format=gitlab").out)
    (folder / "twice.policy").write_text(f"# moved\n{POLICY}control c {{ holds when ctf > 60% }}\n", "utf-8")
    moved = json.loads(called("twice.policy", "--format=gitlab").out)
    assert [issue["fingerprint"] for issue in issues] == [issue["fingerprint"] for issue in moved]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert {issue["severity"] for issue in issues} == {"minor"}
    assert [issue["location"]["lines"]["begin"] + 1 for issue in issues] == [
        issue["location"]["lines"]["begin"] for issue in moved
    ]


NASTY = st.text(st.characters(codec="utf-8") | st.sampled_from('\n\r:,%#[\x1b\u202e<>&"'), max_size=12)


def _report(words: Mapping[str, str]) -> Report:
    source = Source(name=words["name"], text=f"x{words['line']}\n")
    place = Place(source, Span(0, 1))
    finding = Diagnostic(
        code="L211",
        severity="warning",
        message=words["message"],
        place=place,
        help=words["help"],
        labels=(Label(place=place, text=words["label"]),),
        fix=replacing(place, words["text"]),
    )
    rules = tuple(rule for rule in RULES if rule.family is Family.THRESHOLDS)
    return Report(policies=(Judged(file=words["name"], graph=None, found=(finding,)),), rules=rules)


@given(st.fixed_dictionaries(dict.fromkeys(("name", "line", "message", "help", "label", "text"), NASTY)))
@settings(max_examples=60)
def test_no_text_escapes_its_format(words: dict[str, str]) -> None:
    """Names and messages stay what they are: no format lets one end a command, a line or a string."""
    report = _report(words)
    made = {form: rendered(report, form, Look(unicode=False)) for form in FORMATS}
    commands = made["github"].splitlines()
    assert len(commands) == 2
    assert re.fullmatch(r"::warning [^:]*::[^\r\n]*", commands[0])
    for form in ("json", "sarif", "gitlab"):
        assert made[form].isascii()
        json.loads(made[form])
    for text in made.values():
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]|##\[", text)
        assert not [line for line in text.split("\n")[1:] if line.startswith(("::", "##vso["))]
