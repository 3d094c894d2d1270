"""The command line: exit statuses, wrong calls, streams that fail, and the same bytes on any machine."""

import contextlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from house import ROOT
from library import examples
from policylang.cli import COMMANDS, main, streams
from policylang.cli.schema import SCHEMAS
from policylang.cli.status import JUDGED, ExitStatus
from policylang.codes import CODES

PREPAREDNESS = str(ROOT / "policies" / "openai" / "preparedness-2023-12-18.policy")
FULL = Path("/dev/full")

POLICY = """\
policy small { version "1" }
action deploy.external
action deploy.internal
action study
role board
event incident
levels risk: low < high
measure exploit: rate
category cyber: risk { high when exploit >= 20% }
rule ceiling {
  when cyber >= high
  forbid deploy.external
}
rule decided { require approval of board before deploy }
duty report { by board within 3 days of incident }
"""
HEAD = "schema: policylang/evidence/v1\nsubject: {model: acme-7b}\n"
APPROVED = "approvals: [{of: deploy, by: board, at: 2026-01-01}]\n"


def reading(value: str) -> str:
    """A reading that qualifies."""
    return f"readings: [{{measure: exploit, value: {value}, status: success, at: 2026-01-01, run: r1, source: s}}]\n"


EVIDENCE = {
    "permitted": HEAD + reading("5%") + APPROVED,
    "forbidden": HEAD + reading("30%") + APPROVED,
    "conditional": HEAD + reading("5%"),
    "undetermined": HEAD + APPROVED,
    "overdue": HEAD + reading("5%") + APPROVED + "events: [{event: incident, at: 2026-01-01}]\n",
    "met": HEAD
    + reading("5%")
    + APPROVED
    + "events: [{event: incident, at: 2026-01-01}]\nduties: [{duty: report, by: board, at: 2026-01-02}]\n",
    "wrong": HEAD + "readings: [{measure: exploit, value: 30}]\n",
    "nothing": "",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a call printed, and how it ended."""

    status: int
    out: bytes
    err: bytes


def called(*words: str) -> Said:
    """A call in this process."""
    ends = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(end, "utf-8") for end in ends)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return Said(status=status, out=ends[0].getvalue(), err=ends[1].getvalue())


def ran(words: Sequence[str], *, env: Mapping[str, str] | None = None, given: bytes = b"") -> Said:
    """A call in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "policylang", *words],
        env={**os.environ, **(env or {})},
        input=given,
        capture_output=True,
        check=False,
    )
    return Said(status=done.returncode, out=done.stdout, err=done.stderr)


def shell(line: str, *words: str) -> Said:
    """A call in a shell, for what only a shell can do to its streams; `$@` is the call."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "policylang", *words]
    done = subprocess.run(command, capture_output=True, check=False)
    return Said(status=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has the small policy, evidence of every kind, and a cache of its own."""
    (tmp_path / "small.policy").write_text(POLICY, "utf-8")
    for name, text in EVIDENCE.items():
        (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


# Exit statuses

STATUSES = [
    ("permitted", ["--for", "deploy"], 0),
    ("met", ["--for", "deploy"], 0),
    ("permitted", [], 3),  # no rule covers `study`
    ("permitted", ["--for", "study"], 3),
    ("undetermined", ["--for", "deploy"], 3),
    ("undetermined", ["--for", "deploy.internal"], 0),
    ("forbidden", ["--for", "deploy"], 1),
    ("forbidden", ["--for", "deploy.internal"], 0),
    ("forbidden", ["--for", "deploy.internal", "--for", "deploy.external"], 1),
    ("conditional", ["--for", "deploy"], 1),
    ("conditional", ["--for", "study"], 3),
    ("overdue", ["--for", "deploy"], 1),
    ("overdue", ["--for", "study"], 1),
    ("wrong", ["--for", "deploy"], 2),
    ("nothing", ["--for", "deploy"], 2),
    ("absent", ["--for", "deploy"], 2),
]


@pytest.mark.parametrize("more", [[], ["--format", "json"], ["--color", "always"], ["--no-cache"], ["--format=text"]])
@pytest.mark.parametrize(("evidence", "words", "status"), STATUSES)
def test_only_what_is_decided_makes_the_status(evidence: str, words: list[str], status: int, more: list[str]) -> None:
    """Each exit status means what the help says, and neither format nor colour nor cache changes it."""
    said = called("check", "small.policy", f"{evidence}.yaml", "--as-of", "2026-02-01", *words, *more)
    assert said.status == status
    assert bool(said.out) == (status != 2 or "json" in more)
    assert b"Traceback" not in said.err
    assert bool(said.err) == (status == 2)


@pytest.mark.parametrize(("policy", "example", "as_of"), examples(3))
def test_formats_agree_on_the_examples(policy: str, example: str, as_of: str) -> None:
    """On shipped examples both formats end alike, say the same verdicts, and never permit what is not covered."""
    words = ["check", policy, example, "--as-of", as_of]
    text, document = called(*words), called(*words, "--format", "json")
    assert text.status == document.status != 0
    actions = json.loads(document.out)["actions"]
    for action, decided in actions.items():
        word = "not covered" if not decided["covered"] and decided["verdict"] == "permitted" else decided["verdict"]
        assert re.search(rf"^  . {re.escape(action)} +{word}", text.out.decode(), re.MULTILINE)
    assert f"\n\nexit {text.status}: " in text.out.decode()[-300:]


def test_the_document_does_not_depend_on_what_was_asked() -> None:
    """`--for` selects what the status is about; the decision is the same document."""
    words = ["check", "small.policy", "forbidden.yaml", "--as-of", "2026-02-01", "--format", "json"]
    all_, one = called(*words), called(*words, "--for", "deploy.internal")
    assert (all_.status, one.status) == (1, 0)
    assert all_.out == one.out


def test_the_strictest_policy_wins(tmp_path: Path) -> None:
    """Under two policies an action is permitted only when both permit it, and covered when one of them covers it."""
    (tmp_path / "law.policy").write_text(
        'policy law { version "1" }\naction study\naction deploy.internal\nrole board\n'
        "rule asked { require approval of board before study }\n"
    )
    (tmp_path / "both.yaml").write_text(EVIDENCE["permitted"] + "", "utf-8")
    words = ["check", "small.policy", "law.policy", "both.yaml", "--as-of", "2026-02-01"]
    assert called(*words, "--for", "deploy").status == 0
    assert called(*words, "--for", "study").status == 1
    document = json.loads(called(*words, "--format", "json").out)
    assert document["actions"]["study"] == {"caused_by": ["law"], "covered": True, "verdict": "conditional"}
    assert called("check", "law.policy", "small.policy", "both.yaml", "--as-of", "2026-02-01").status == 1


def test_one_name_and_two_versions_are_told_apart(tmp_path: Path) -> None:
    """Two versions of one policy are named with their versions, and one file named twice is one policy."""
    (tmp_path / "old.policy").write_text(POLICY.replace('version "1"', 'version "0"'))
    words = ["check", "small.policy", "old.policy", "forbidden.yaml", "--as-of", "2026-02-01", "--format", "json"]
    document = json.loads(called(*words).out)
    assert document["actions"]["deploy.external"]["caused_by"] == ["small 1", "small 0"]
    twice = called("check", "small.policy", "small.policy", *words[3:])
    assert json.loads(twice.out)["schema"] == "policylang/decision/v1"


def test_the_as_of_date_is_today_when_none_is_given() -> None:
    """Without `--as-of` the date is today in UTC, and the decision records it."""
    before = datetime.now(UTC).date()
    document = json.loads(called("check", "small.policy", "permitted.yaml", "--format", "json").out)
    assert before.isoformat() <= document["as_of"] <= datetime.now(UTC).date().isoformat()


def test_evidence_may_come_from_standard_input() -> None:
    """`-` is evidence on standard input, beside files."""
    said = ran(
        ["check", "small.policy", "-", "--for", "deploy", "--as-of", "2026-02-01"], given=EVIDENCE["permitted"].encode()
    )
    assert (said.status, said.err) == (0, b"")
    empty = ran(["check", "small.policy", "-", "permitted.yaml", "--as-of", "2026-02-01"])
    assert empty.status == 2
    assert b"<stdin>" in empty.err


# Calls

WRONG = [
    [],
    ["chek"],
    ["Check", "small.policy", "permitted.yaml"],
    ["check"],
    ["check", "small.policy"],
    ["check", "permitted.yaml"],
    ["check", "small.policy", "permitted.yaml", "--forr", "deploy"],
    ["check", "small.policy", "permitted.yaml", "--for"],
    ["check", "small.policy", "permitted.yaml", "--for", "depoly"],
    ["check", "small.policy", "permitted.yaml", "--form", "json"],
    ["check", "small.policy", "permitted.yaml", "--as", "2026-02-01"],
    ["check", "small.policy", "permitted.yaml", "--as-of", "now"],
    ["check", "small.policy", "permitted.yaml", "--as-of", "2026-02-30"],
    ["check", "small.policy", "permitted.yaml", "--as-of", ""],
    ["check", "small.policy", "permitted.yaml", "--as-of=2026-02-01", "--as-of=2026-02-01"],
    ["check", "small.policy", "permitted.yaml", "--format", "xml"],
    ["check", "small.policy", "permitted.yaml", "--format", "text", "--format", "json"],
    ["check", "small.policy", "permitted.yaml", "--color", "sometimes"],
    ["check", "small.policy", "permitted.yaml", "--no-cache=yes"],
    ["check", "small.policy", "permitted.yaml", "-x"],
    ["check", "small.policy", "permitted.yaml", "--", "--for"],
    ["check", "small.policy", "permitted.yaml", "."],
    ["check", "small.policy", "permitted.yaml", ""],
    ["check", "small.policy", "permitted.yaml", "\udcff.yaml"],
    ["check", "small.policy", "permitted.yaml", "a\0b"],
    ["check", "absent.policy", "permitted.yaml"],
    ["check", "small.policy", "permitted.yaml", "--help"],
    ["explain", "X999"],
    ["explain", "--format", "json"],
    ["schema"],
    ["schema", "evidense"],
    ["schema", "evidence", "decision"],
    ["test"],
    ["test", "small.policy"],
    ["test", "permitted.yaml"],
    ["version", "--verbose"],
    ["--help", "check"],
    ["--version", "small"],
]


@pytest.mark.parametrize("words", WRONG, ids=ascii)
def test_a_wrong_call_judges_nothing(words: list[str]) -> None:
    """A wrong call ends with 2, says what would be right, and shows no traceback."""
    said = called(*words)
    assert said.status == ExitStatus.NOT_JUDGED
    if "--help" not in words:
        assert bool(said.out) == (("--format", "json") in itertools.pairwise(words))
        assert b"help: " in said.err or not words
    assert b"Traceback" not in said.err
    assert b"internal error" not in said.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chek"], "did you mean `check`?"),
        (["check", "a.policy", "e.yaml", "--forr", "x"], "did you mean `--for`?"),
        (["check", "a.policy", "e.yaml", "--formt=json"], "did you mean `--format`?"),
        (["check", "a.policy", "e.yaml", "--format", "jsno"], "did you mean `json`?"),
        (["check", "small.policy", "permitted.yaml", "--for", "deploy.extrenal"], "did you mean `deploy.external`?"),
        (["explain", "P2O1"], "did you mean `P201`?"),
        (["schema", "evidense"], "did you mean `evidence`?"),
    ],
)
def test_a_wrong_word_is_answered_with_the_nearest_right_one(words: list[str], hint: str) -> None:
    """A misspelt command, option, value, action, code or schema is answered with the one that was meant."""
    assert hint in called(*words).err.decode()


@pytest.mark.parametrize("words", [["--format", "json"], ["--format=json"]])
def test_what_is_wrong_is_a_document_where_one_was_asked_for(words: list[str]) -> None:
    """With `--format json` findings are a document on standard output, and text on standard error all the same."""
    for call in (["check", "small.policy", "wrong.yaml"], ["check", "small.policy", "--forr"], ["chek"]):
        said = called(*call, *words)
        document = json.loads(said.out)
        Draft202012Validator(SCHEMAS["error"]()).validate(document)
        assert said.status == 2
        assert all(found["code"].encode() in said.err for found in document["diagnostics"])


def test_options_may_stand_anywhere_and_two_dashes_end_them(tmp_path: Path) -> None:
    """Options stand before, between or after files; after `--` a word is a file whatever it begins with."""
    (tmp_path / "--for.yaml").write_text(EVIDENCE["permitted"], "utf-8")
    options = ["--as-of", "2026-02-01", "--for", "deploy"]
    for words in (
        ["check", *options, "small.policy", "permitted.yaml"],
        ["check", "small.policy", *options, "permitted.yaml"],
        ["check", "permitted.yaml", "small.policy", *options],
        ["check", "small.policy", *options, "--", "--for.yaml"],
    ):
        assert called(*words).status == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """The help of a command shows its usage, examples that begin with it, and the exit statuses it has."""
    said = called(name, "--help")
    text = said.out.decode()
    assert (said.status, said.err) == (0, b"")
    assert text.startswith(f"usage: policyc {name}")
    assert f"examples:\n  policyc {name}" in text
    assert re.search(r"^exit status:\n  0  .*\n(  1  .*\n)?  2  ", text, re.MULTILINE)
    assert all(len(line) <= 110 for line in text.splitlines())
    assert said == called(name, "-h")


def test_the_overview_lists_commands_and_statuses() -> None:
    """`policyc --help` lists every command, and every exit status with its meaning."""
    said = called("--help")
    text = said.out.decode()
    assert said.status == 0
    assert all(f"policyc {name} " in text for name in COMMANDS)
    assert all(f"  {status:d}  {JUDGED[status]}\n" in text for status in ExitStatus)
    assert called("help") == said == called("-h")


def test_a_call_without_words_shows_the_overview_and_permits_nothing() -> None:
    """`policyc` alone is a wrong call: the overview goes to standard error."""
    said = called()
    assert (said.status, said.out, said.err) == (2, b"", called("--help").out)


def test_version_says_what_reads_and_writes() -> None:
    """`policyc version` and `policyc --version` name the versions of policylang, Python, and each form."""
    said = called("version")
    assert said == called("--version")
    assert said.status == 0
    assert re.match(rb"policylang [0-9.]+\nPython 3\.[0-9.]+", said.out)
    assert b"policylang/evidence/v1" in said.out
    assert b"policylang/decision/v1" in said.out


def test_every_code_is_explained() -> None:
    """`policyc explain` lists every code, and shows the page of each, in capitals or not."""
    listed = called("explain").out.decode()
    for code, about in CODES.items():
        page = called("explain", code).out.decode()
        assert page.startswith(f"{code}: {about.title}\n\n")
        assert code in listed
    assert called("explain", "p101") == called("explain", "P101")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_printed(name: str) -> None:
    """`policyc schema NAME` prints a JSON Schema of 2020-12."""
    said = called("schema", name)
    assert said.status == 0
    Draft202012Validator.check_schema(json.loads(said.out))


def test_tests_of_a_policy_end_with_their_result(tmp_path: Path) -> None:
    """`policyc test` ends with 0 when all pass, 1 when one fails, 2 when a policy is wrong."""
    right = 'test "a" { given exploit = 30%  expect deploy.external forbidden by ceiling }\n'
    wrong = 'test "b" { given exploit = 30%  expect deploy.external permitted }\n'
    for name, text in {"right": right, "failing": right + wrong, "broken": right + "rule {\n"}.items():
        (tmp_path / f"{name}.policy").write_text(POLICY + text, "utf-8")
    for form in ("text", "json"):
        assert called("test", "right.policy", "--format", form).status == 0
        assert called("test", "right.policy", "failing.policy", "--format", form).status == 1
        assert called("test", "failing.policy", "broken.policy", "--format", form).status == 2
        assert called("test", "right.policy", "small.policy", "--format", form).status == 0


# The same bytes on any machine

_CALL = ["check", PREPAREDNESS, str(ROOT / "policies" / "examples" / "openai" / "o1.yaml"), "--as-of", "2024-12-05"]


def test_the_bytes_do_not_depend_on_hash_seed_time_zone_or_locale() -> None:
    """A document has the same bytes under every hash seed, locale, encoding, time zone and width; so has a report."""
    same = [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "40"},
        {"PYTHONHASHSEED": "random", "LC_ALL": "POSIX", "TZ": "America/St_Johns", "LANG": "de_DE", "TERM": "xterm"},
    ]
    other = [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "utf-16"},
        {"PYTHONIOENCODING": "latin-1"},
    ]
    documents = [ran([*_CALL, "--format", "json"], env=env) for env in (*same, *other)]
    reports = [ran(_CALL, env=env) for env in same]
    assert {said.status for said in (*documents, *reports)} == {1}
    assert len({said.out for said in documents}) == 1
    assert len({said.out for said in reports}) == 1
    assert documents[0].out.isascii()
    assert documents[0].out.endswith(b"}\n")


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    """Evidence in several files, named in any order, gives the same document."""
    (tmp_path / "head.yaml").write_text(HEAD)
    (tmp_path / "part.yaml").write_text("schema: policylang/evidence/v1\n" + reading("30%"))
    (tmp_path / "more.yaml").write_text("schema: policylang/evidence/v1\n" + APPROVED)
    outs = {
        called("check", *files, "small.policy", "--format", "json", "--as-of", "2026-02-01").out
        for files in itertools.permutations(["head.yaml", "part.yaml", "more.yaml"])
    }
    assert len(outs) == 1


def test_a_report_can_be_written_in_ascii() -> None:
    """Where the terminal knows only ASCII a report is ASCII, ends alike, and nothing crashes."""
    env = {"PYTHONIOENCODING": "ascii"}
    said = ran(_CALL, env=env)
    assert said.status == 1
    assert said.out.isascii()
    assert b"  ! deploy.external" in said.out
    assert ran(["check", "small.policy", "wrong.yaml"], env=env).err.isascii()


# Streams that fail


def test_a_report_nobody_can_read_permits_nothing() -> None:
    """With standard output closed, or its reader gone, a permitted action ends with 2."""
    words = ["check", "small.policy", "permitted.yaml", "--for", "deploy", "--as-of", "2026-02-01"]
    assert shell('"$@"', *words).status == 0
    for form in ("text", "json"):
        closed = shell('"$@" >&-', *words, "--format", form)
        assert closed.status == 2
        assert b"error[C110]: standard output could not be written" in closed.err
        assert b"Traceback" not in closed.err
    gone = shell('{ "$@"; echo "ended with $?" >&2; } | true', *words)
    both = shell('"$@" >&- 2>&-; echo $?', *words)
    assert b"Exception ignored" not in gone.err
    assert both.out.strip() == b"2"


def test_the_reader_may_be_gone_before_anything_is_written() -> None:
    """A pipe without a reader ends with 2 and no traceback, for every command."""
    for words in (["check", "small.policy", "permitted.yaml", "--for", "deploy", "--as-of", "2026-02-01"], ["explain"]):
        end, pipe = os.pipe()
        os.close(end)
        command = [sys.executable, "-m", "policylang", *words]
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False)
        os.close(pipe)
        assert done.returncode == 2
        assert done.stderr.startswith(b"error[C110]")
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")
@pytest.mark.parametrize(
    "words", [["check", "small.policy", "permitted.yaml", "--for", "deploy"], ["schema", "evidence"]]
)
def test_a_full_disk_permits_nothing(words: list[str]) -> None:
    """When the report does not fit on the disk a permitted action ends with 2, and a finding says so."""
    with FULL.open("wb") as full:
        command = [sys.executable, "-m", "policylang", *words]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        silent = subprocess.run(command, stdout=full, stderr=full, check=False)
    assert (done.returncode, silent.returncode) == (2, 2)
    assert b"no space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_a_stream_of_text_in_memory_will_do() -> None:
    """Called from Python, standard output may be a text in memory."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["check", "small.policy", "permitted.yaml", "--for", "deploy", "--as-of", "2026-02-01"]) == 0
    assert "exit 0: " in out.getvalue()


def test_a_warning_nobody_can_read_permits_nothing(tmp_path: Path) -> None:
    """A warning that cannot be written was not given, so the status is 2."""
    (tmp_path / "idle.policy").write_text(POLICY + "event idle\n")
    words = ["check", "idle.policy", "permitted.yaml", "--for", "deploy", "--as-of", "2026-02-01"]
    assert shell('"$@"', *words).status == 0
    assert b"warning[P406]" in shell('"$@"', *words).err
    assert shell('"$@" 2>&-', *words).status == 2


# What nobody foresaw

_BROKEN = """\
import sys, types
broken = types.ModuleType("policylang.cli.check")
def words():
    raise {error}
broken.words = words
sys.modules["policylang.cli.check"] = broken
from policylang.cli import main
sys.exit(main(["check", "small.policy", "permitted.yaml", *sys.argv[1:]]))
"""


@pytest.mark.parametrize(
    "error", ["RuntimeError('\\x1b[31mboom')", "RecursionError()", "MemoryError()", "KeyboardInterrupt()"]
)
def test_an_error_of_ours_permits_nothing(error: str) -> None:
    """An unexpected error is one line and status 2; its traceback is shown only where `--debug` asks for it."""
    for more in ([], ["--format", "json"], ["--debug"]):
        command = [sys.executable, "-c", _BROKEN.format(error=error), *more]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 2
        assert b"error[C111]: " in done.stderr
        assert (b"Traceback" in done.stderr) == ("--debug" in more and "Interrupt" not in error)
        assert b"\x1b" not in done.stderr
        assert bool(done.stdout) == ("json" in more)


def test_an_error_while_showing_an_error_permits_nothing() -> None:
    """When not even the findings can be shown, one line says so, and the status is 2."""
    broken = _BROKEN.replace(
        "import sys, types", "import sys, types\nsys.modules['policylang.reports.diagnostics'] = None"
    )
    command = [sys.executable, "-c", broken.format(error="RuntimeError()")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"internal error: ModuleNotFoundError\n")


# Colour


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(
    ("wanted", "env", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colour_is_for_terminals(
    wanted: str, env: dict[str, str], *, terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colour is used on a terminal, unless NO_COLOR or a dumb terminal speaks against it; `--color` decides first."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    stream = (Terminal if terminal else io.TextIOWrapper)(io.BytesIO(), "utf-8")
    assert streams.look(stream, wanted).colour is expected


def test_colour_is_asked_for_with_an_option() -> None:
    """`--color always` colours reports and findings, and what is piped is plain."""
    words = ["check", "small.policy", "forbidden.yaml", "--as-of", "2026-02-01"]
    assert b"\x1b[31;1m" in called(*words, "--color", "always").out
    assert b"\x1b[" in called("check", "small.policy", "wrong.yaml", "--color=always").err
    assert b"\x1b" not in called(*words).out


def test_a_policy_among_the_evidence_is_refused_where_one_decides() -> None:
    """Under `--alone` a policy that a pattern of evidence matches cannot cover what the other leaves open."""
    said = called("check", "--alone", "small.policy", "permitted.yaml", "other.policy", "--as-of", "2026-01-01")
    assert (said.status, b"`--alone` decides under one policy" in said.err) == (2, True)
