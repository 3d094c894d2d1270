"""Evidence files: what is read, what is refused and with what words, and what many files say together."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from policylang.clocks import Moment, parse_moment
from policylang.codes import CODES
from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence import strict_json
from policylang.evidence.document import MAX_FOUND
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.evidence.merge import read_evidence
from policylang.evidence.reader import MAX_BYTES, MAX_EVENTS, MAX_LINES, MAX_YAML, decode, read_document
from policylang.evidence.schema import evidence_schema
from policylang.kinds import Quantity, Unit, parse_quantity
from policylang.source import Source

PAGES = sorted((Path(__file__).parent / "cases" / "evidence").glob("*.md"))
EXAMPLE = Path(__file__).parent / "cases" / "evidence" / "example.yaml"
HEAD = "schema: policylang/evidence/v1\nsubject: {model: acme-7b}\n"

_CASE = re.compile(r"^## (?P<title>.+?)\n(?P<body>.*?)^```text\n(?P<expected>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^```(?:yaml|json) (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def read(*texts: str | bytes, name: str = "case.yaml") -> Evidence:
    """The evidence of some texts."""
    return read_evidence([decode(name, text.encode() if isinstance(text, str) else text) for text in texts])


def refused(*texts: str | bytes, name: str = "case.yaml") -> tuple[Diagnostic, ...]:
    """Why some texts are refused."""
    with pytest.raises(EvidenceError) as error:
        read(*texts, name=name)
    return error.value.diagnostics


def reading(fields: str) -> Reading:
    """The one reading that a flow of fields makes."""
    return read(f"{HEAD}readings:\n  - {{measure: solved, {fields}}}\n").readings[0]


# Pages


@dataclass(frozen=True)
class Case:
    """One heading of a page: files, and what is said of them."""

    title: str
    files: Mapping[str, str]
    expected: str


def cases(page: Path) -> list[Case]:
    """The cases of a page."""
    found = []
    for match in _CASE.finditer(page.read_text("utf-8")):
        files = {file["name"]: file["text"] for file in _FILE.finditer(match["body"])}
        found.append(Case(match["title"], files, match["expected"]))
    return found


def said(files: Mapping[str, str]) -> str:
    """What a page expects: the findings about some files, or what was read."""
    try:
        evidence = read_evidence([decode(name, text.encode()) for name, text in files.items()])
    except EvidenceError as error:
        return "".join(_lines(diagnostic) for diagnostic in error.diagnostics)
    lines = [f"subject {_fields(evidence.subject)}"]
    lines += [f"reading {_fields(item)}" for item in evidence.readings]
    lines += [f"{item.kind} {_fields(item)}" for item in evidence.facts]
    return "".join(f"{line}\n" for line in lines)


def _lines(diagnostic: Diagnostic) -> str:
    labels = "".join(f"  {label.place}: {label.text}\n" for label in diagnostic.labels)
    return f"{diagnostic.code} {diagnostic.place}: {diagnostic.message}\n{labels}  help: {diagnostic.help}\n"


def _fields(item: Subject | Reading | Fact) -> str:
    names = [name for name in item.__slots__ if name not in ("place", "kind")]
    return ", ".join(f"{name}={getattr(item, name)}" for name in names if getattr(item, name) not in (None, (), {}))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, *, accept: bool) -> None:
    """Each page of cases says what the reader says, word for word."""
    if accept:
        text = page.read_text("utf-8")
        page.write_text(_CASE.sub(_rewritten, text), "utf-8")
    found = cases(page)
    assert found
    assert {case.title: said(case.files) for case in found} == {case.title: case.expected for case in found}


def _rewritten(match: re.Match[str]) -> str:
    files = {file["name"]: file["text"] for file in _FILE.finditer(match["body"])}
    return f"## {match['title']}\n{match['body']}```text\n{said(files)}```"


# What is read


def test_example_of_the_language() -> None:
    """The example of the language reads to the facts it states, each exact."""
    evidence = read(EXAMPLE.read_text("utf-8"))
    place = evidence.readings[0].place
    assert evidence.subject == Subject(
        model="acme-7b",
        revision="sha256:9f…",
        configuration="sha256:17…",
        attempt=2,
        effective_compute=Fraction(31 * 10**23),
    )
    assert evidence.readings == (
        Reading(
            measure="ctf_professional",
            stage="pre_mitigation",
            n=40,
            scored=40,
            successes=5,
            at=Moment(date(2026, 10, 20), 9 * 3600),
            effective_compute=Fraction(29 * 10**23),
            attributes={"elicitation": "fine_tuned", "held_out": "yes", "eval_awareness": "2%"},
            status="success",
            run="8WbXk2",
            evaluator="inspect 0.3.285",
            source="logs/cybench.eval",
            place=place,
        ),
    )
    assert str(place) == "case.yaml:9:5"
    assert evidence.holidays == frozenset()
    group = "safety_advisory_group"
    assert [(f.kind, f.about, f.by, str(f.at), f.to, f.stage, f.level, f.basis) for f in evidence.facts] == [
        ("approval", "deploy.external", group, "2026-10-25", None, None, None, None),
        ("assessment", "cybersecurity", group, "2026-10-22", None, "post_mitigation", "medium", "measured"),
        ("attestation", "weight_security", "head_of_security", "2026-09-01", None, None, "sl3", None),
        ("duty", "progress_report", "leadership", "2026-11-01", None, None, None, None),
        ("event", "breakthrough", None, "2026-06-01", None, None, None, None),
        ("notification", "board_in_the_loop", None, "2026-10-20T15:00:00Z", "board", None, None, None),
    ]


def test_all_fields_of_facts() -> None:
    """Persons, expiry, reason and the actions of a waiver arrive as they were written."""
    evidence = read(
        f"{HEAD}"
        "waivers: [{rule: review, by: board, persons: [A, B, A], at: 2026-01-01, expires: 2026-02-01, reason: r,"
        " actions: [deploy.internal, deploy.partner], source: s}]\n"
        "duties: [{duty: report, by: board, at: 2026-01-01, to: [public, board]}]\n"
        "vetoes: [{of: deploy, by: board, persons: A, at: 2026-01-01}]\n"
        "consultations: [{of: deploy, by: trust, at: 2026-01-01}]\n"
        "holidays: [2026-12-25, 2026-12-25]\n"
    )
    facts = {fact.kind: fact for fact in evidence.facts}
    waiver = facts["waiver"]
    assert (waiver.persons, waiver.reason, waiver.source) == (("A", "B"), "r", "s")
    assert waiver.actions == ("deploy.internal", "deploy.partner")
    assert waiver.expires == parse_moment("2026-02-01")
    assert facts["duty"].to == "public"
    assert facts["veto"].persons == ("A",)
    assert facts["consultation"].by == "trust"
    assert evidence.holidays == {date(2026, 12, 25)}


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ("value: 30%", "30%"),
        ("value: 0.3", "0.3"),
        ("value: 12", "12"),
        ("value: 2x", "2x"),
        ("value: 5 minutes", "5 minutes"),
        ("value: 3e24 FLOP", "3e24 FLOP"),
        ("value: -1.5", "-1.5"),
        ("value: 10 business days", "10 business days"),
    ],
)
def test_values_keep_their_unit(fields: str, value: str) -> None:
    """A value is exact and keeps the unit it was written in."""
    assert reading(fields).value == parse_quantity(value)


@pytest.mark.parametrize(("word", "value"), [("yes", True), ("no", False), ("true", True), ("'false'", False)])
def test_findings_are_yes_or_no(word: str, *, value: bool) -> None:
    """A finding is yes or no, and true and false are the same words."""
    assert reading(f"value: {word}").value is value


def test_units_are_named() -> None:
    """Outcomes stand under the names of their units; those of a list under their number."""
    half = Fraction(1, 2)
    assert reading("units: {b: 1, a: 0.5, c: 50%, d: no}").units == {"b": 1, "a": half, "c": half, "d": 0}
    assert reading("units: [1, 0.5, yes]").units == {"1": 1, "2": half, "3": 1}


def test_what_is_scored_follows() -> None:
    """Without `scored`, all units count as scored but those refused, unanswered or errored."""
    assert reading("n: 40, successes: 5").scored == 40
    assert reading("n: 40, successes: 5, refused: 1, no_answer: 2, errored: 3").scored == 34
    assert reading("n: 40, successes: 5, scored: 20").scored == 20


def test_n_may_stand_beside_any_result() -> None:
    """An aggregate says of how many units it is, and so may units and intervals."""
    assert reading("n: 40, value: 10%").n == 40
    assert reading("n: 3, units: [0, 1]").n == 3
    assert reading("n: 40, interval: [10%, 0.2]").interval == (
        Quantity(Fraction(10), Unit.PERCENT),
        Quantity(Fraction(1, 5), Unit.NONE),
    )


def test_null_is_not_given() -> None:
    """A field or section without a value is one that was left out."""
    assert reading("value: 1, stage: , run: null, at: ~").run is None
    assert read(f"{HEAD}readings:\nevents: null\nwaivers: []\nholidays:\n").facts == ()
    assert read('{"schema": "policylang/evidence/v1", "subject": {"model": "m"}, "readings": null}').readings == ()


def test_text_is_data() -> None:
    """A text keeps what it says, also what would be refused in a name."""
    odd = "\u202eevil\u200b text\n"
    text = json.dumps({"schema": "policylang/evidence/v1", "subject": {"model": "m"}, "vetoes": [
        {"of": "deploy", "by": "board", "at": "2026-01-01", "reason": odd},
    ]})  # fmt: skip
    assert read(text, name="case.json").facts[0].reason == odd


def test_names_are_composed() -> None:
    """Two spellings of one letter are one name, so nobody approves twice by typing differently."""
    fact = read(f"{HEAD}approvals: [{{of: a, by: b, at: 2026-01-01, persons: [Zo\u00eb, Zoe\u0308]}}]\n").facts[0]
    assert fact.persons == ("Zo\u00eb",)


@given(st.data())
def test_yaml_and_json_agree(data: st.DataObject) -> None:
    """The same evidence reads the same from JSON, from JSON that is given as YAML, and from block YAML."""
    items = data.draw(st.lists(_ITEMS, max_size=4))
    content = {"schema": "policylang/evidence/v1", "subject": {"model": "m"}, "readings": items}
    texts = [
        ("a.json", json.dumps(content)),
        ("a.yaml", json.dumps(content)),
        ("a.yaml", yaml.safe_dump(content, sort_keys=False)),
    ]
    found = [said({name: text}).replace("a.json", "a.yaml") for name, text in texts]
    codes = [re.findall(r"^(E\d+|subject|reading.*)", each, re.MULTILINE) for each in found]
    assert codes[0] == codes[1] == codes[2]


_VALUES: st.SearchStrategy[object] = st.one_of(
    st.integers(-5, 50), st.sampled_from(["30%", "yes", "0.5", "2 days", "x", "NaN"]), st.booleans(), st.none()
)
_ITEMS = st.fixed_dictionaries(
    {"measure": st.sampled_from(["a", "b"])},
    optional={
        "value": _VALUES,
        "n": _VALUES,
        "successes": _VALUES,
        "units": st.dictionaries(st.sampled_from(["u", "v"]), _VALUES),
        "at": st.sampled_from(["2026-01-01", "2026-01-01T10:00:00Z", "12:30"]),
        "run": st.sampled_from(["r1", "r2"]),
        "attributes": st.dictionaries(st.sampled_from(["held_out", "no"]), _VALUES),
    },
)


# What is refused


READING = f"{HEAD}readings:\n  - {{measure: solved, %s}}\n"
FACT = f"{HEAD}%s: [{{%s}}]\n"
DEEP_FLOW = "[" * 33 + "]" * 33

MALFORMED = [
    # bytes
    ("E101", b"\xff\xfes\x00c\x00"),
    ("E101", b"\xef\xbb\xbf" + HEAD.encode()),
    ("E101", HEAD.encode() + b"\x00"),
    ("E101", HEAD.encode() + b"# \xc3\x28"),
    ("E101", b"PK\x03\x04\x14\x00\x00\x00"),
    ("E101", b"# \xed\xa0\x80"),
    ("E102", HEAD.encode() + b"# \x1b[2K"),
    ("E102", HEAD.encode() + b"# \x7f"),
    ("E102", HEAD + "# \x9b"),
    ("E102", HEAD + "# \ufeff"),
    ("E102", HEAD + 'x: "\\0"'),
    ("E102", '{"schema": "a\\u0007"}'),
    ("E103", b" " * (MAX_BYTES + 1)),
    ("E103", b"\n" * (MAX_LINES + 1)),
    ("E103", "# " + "x" * MAX_YAML),
    ("E103", "\u00e9" * (MAX_YAML // 2 + 1)),
    ("E103", "- x\n" * (MAX_EVENTS + 1)),
    ("E103", "{" + "," * strict_json.MAX_SIGNS),
    ("E103", f"{HEAD}readings: [{'0, ' * 10_001}]"),
    # shape of the text
    ("E104", f"a: {DEEP_FLOW}"),
    ("E104", "\n".join(" " * depth + "a:" for depth in range(40))),
    ("E104", "- " * 100),
    ("E104", "{" + '"a": {' * 70),
    ("E104", '{"a": ' + "[" * 90_000),
    ("E105", b""),
    ("E105", " \n\t\n"),
    ("E105", "# only a comment\n"),
    ("E105", "---\n...\n"),
    ("E105", "~"),
    ("E106", '{"schema": '),
    ("E106", '{"schema": "policylang/evidence/v1", "readings": [1, 2'),
    ("E106", '{"schema": "policylang'),
    ("E107", "a: [1, 2\n"),
    ("E107", "a: 'open\n"),
    ("E107", "a: @b\n"),
    ("E107", "a: %b\n"),
    ("E107", "\ta: b\n"),
    ("E107", "a: b\n c: d\n"),
    ("E107", 'a: "\\q"\n'),
    ("E107", "{a: b"),
    ("E108", f"{HEAD}subject: {{model: b}}\n"),
    ("E108", '{"schema": 1, "schema": 1}'),
    ("E108", "a: {b: 1, b: 1}"),
    ("E109", "a: &a b"),
    ("E109", "a: *a"),
    ("E109", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"),
    ("E109", "a: !!int 1"),
    ("E109", "!x a: b"),
    ("E109", "a: ! b"),
    ("E109", "<<: {a: b}"),
    ("E109", "%TAG ! x\n---\na: b"),
    ("E110", f"{HEAD}---\n{HEAD}"),
    ("E110", "--- a\n--- b\n"),
    ("E111", "[]"),
    ("E111", "evidence"),
    ("E111", "? [a, b]\n: c\n"),
    ("E111", "? {a: b}\n: c\n"),
    ("E111", f"{HEAD}readings: 5\n"),
    ("E111", f"{HEAD}readings: {{}}\n"),
    ("E111", f"{HEAD}readings: [5]\n"),
    ("E111", f"{HEAD}readings: [[]]\n"),
    ("E111", f"{HEAD}readings: [null]\n"),
    ("E111", "schema: policylang/evidence/v1\nsubject: acme\n"),
    ("E111", f"{HEAD}holidays: 2026-12-25\n"),
    ("E111", READING % "value: [5%]"),
    ("E111", READING % "value: 5%, attributes: [a]"),
    ("E111", READING % "value: 5%, attributes: {a: [b]}"),
    ("E111", READING % "value: 5%, at: {day: 1}"),
    ("E111", READING % "units: 5"),
    ("E111", READING % "units: [[1]]"),
    ("E112", "schema: policylang/evidence/v0\n"),
    ("E112", "schema: []\n"),
    ("E113", f"{HEAD}extra: 1\n"),
    ("E113", "schema: policylang/evidence/v1\nsubject: {model: a, name: b}\n"),
    ("E113", READING % "value: 5%, score: 1"),
    ("E113", FACT % ("events", "event: e, at: 2026-01-01, of: x")),
    ("E113", f"{HEAD}readings: [{{{', '.join(f'k{i}: 1' for i in range(200))}}}]\n"),
    ("E114", "{}"),
    ("E112", "schema:\n"),
    ("E114", "schema: policylang/evidence/v1\nsubject: {revision: x}\n"),
    ("E114", f"{HEAD}readings: [{{value: 5%}}]\n"),
    ("E114", FACT % ("approvals", "of: deploy, by: board")),
    ("E114", FACT % ("vetoes", "by: board, at: 2026-01-01")),
    ("E114", FACT % ("notifications", "rule: r, at: 2026-01-01")),
    ("E114", READING % "units: {a: }"),
    ("E115", READING % "value: a lot"),
    ("E115", READING % "value: 1..5"),
    ("E115", READING % "value: ''"),
    ("E115", READING % "value: 1e13"),
    ("E115", READING % "value: 1e999999999999"),
    ("E115", READING % "value: 0x1F"),
    ("E115", READING % "value: 1_000"),
    ("E115", READING % "value: \u0661"),
    ("E115", READING % f"value: {'9' * 100}"),
    ("E115", READING % "interval: [low, high]"),
    ("E115", READING % "n: many, successes: 1"),
    ("E116", READING % "value: nan"),
    ("E116", READING % "value: .inf"),
    ("E116", READING % "n: 3, successes: NaN"),
    ("E116", READING % "interval: [0, Infinity]"),
    ("E116", READING % "units: {a: .nan}"),
    ("E116", '{"readings": [{"value": -Infinity}]}'),
    ("E117", READING % "n: 3.5, successes: 1"),
    ("E117", READING % "n: 40, successes: -1"),
    ("E117", READING % "n: 40 days, successes: 1"),
    ("E117", READING % "value: 1, attempt: 50%"),
    ("E117", READING % "value: 1, n: 1e12"),
    ("E118", READING % "value: 1, effective_compute: 1e24"),
    ("E118", READING % "value: 1, effective_compute: -1 FLOP"),
    ("E118", "schema: policylang/evidence/v1\nsubject: {model: a, effective_compute: 2x}\n"),
    ("E119", FACT % ("events", "event: e, at: 2026-1-1")),
    ("E119", FACT % ("events", "event: e, at: 2026-01-01T25:00:00Z")),
    ("E119", FACT % ("events", "event: e, at: 0000-01-01")),
    ("E119", FACT % ("events", "event: e, at: 9999-12-31T23:59:59-23:00")),
    ("E119", f"{HEAD}holidays: [2026-01-01T00:00:00Z]\n"),
    ("E120", FACT % ("assessments", "category: c, level: l, by: b, at: 2026-01-01, basis: a guess")),
    ("E121", FACT % ("events", "event: '', at: 2026-01-01")),
    ("E121", FACT % ("events", "event: ' e', at: 2026-01-01")),
    ("E121", FACT % ("events", 'event: "e\\nf", at: 2026-01-01')),
    ("E121", FACT % ("events", "event: e\u200b, at: 2026-01-01")),
    ("E121", FACT % ("events", "event: \u202ee, at: 2026-01-01")),
    ("E121", FACT % ("events", "event: e\ufe0f, at: 2026-01-01")),
    ("E121", FACT % ("events", f"event: {'e' * 1001}, at: 2026-01-01")),
    ("E121", HEAD + '"": 1\n'),
    ("E121", HEAD + "a\u00a0b: 1\n"),
    ("E121", '{"' + "x" * 2000 + '": 1}'),
    ("E122", READING % "n: 3, successes: 4"),
    ("E122", READING % "n: 3, scored: 4, successes: 1"),
    ("E122", READING % "n: 3, successes: 3, errored: 1"),
    ("E122", READING % "n: 0, value: 5%"),
    ("E122", READING % "n: 1, units: {a: 1, b: 1}"),
    ("E123", READING % "run: r"),
    ("E123", READING % "n: 3"),
    ("E123", READING % "successes: 3"),
    ("E123", READING % "n: 3, scored: 3"),
    ("E123", READING % "value: 1, interval: [0, 1]"),
    ("E123", READING % "n: 3, successes: 1, units: [1]"),
    ("E123", READING % "value: 1, n: 3, refused: 1"),
    ("E123", READING % "units: []"),
    ("E124", READING % "interval: [1, 0]"),
    ("E124", READING % "interval: [0, 1, 2]"),
    ("E124", READING % "interval: [1 day, 2x]"),
    ("E125", READING % "units: {a: 2}"),
    ("E125", READING % "units: {a: 1x}"),
    ("E125", READING % "units: [-1%]"),
    ("E126", '{"schema": "\\ud800"}'),
    ("E126", '{"\\udc00": 1}'),
    ("E127", "schema: policylang/evidence/v1\n"),
    ("E131", FACT % ("approvals", "of: a, by: b, at: 2026-01-02, expires: 2026-01-01")),
]


@pytest.mark.parametrize(("code", "text"), MALFORMED, ids=[f"{i}-{code}" for i, (code, _) in enumerate(MALFORMED)])
def test_malformed_evidence_is_refused(code: str, text: str | bytes) -> None:
    """Each malformed input is refused under its code, with a place, one line of message and what to do."""
    found = refused(text)
    assert code in {diagnostic.code for diagnostic in found}
    for diagnostic in found:
        assert diagnostic.code in CODES
        assert diagnostic.place is not None
        line, column = diagnostic.place.source.position(diagnostic.place.span.start)
        assert line >= 1
        assert column >= 1
        assert "\n" not in diagnostic.place.source.text[diagnostic.place.span.start : diagnostic.place.span.end]
        assert diagnostic.help
        assert "\n" not in diagnostic.message + diagnostic.help
        assert diagnostic.message.isprintable()
        assert len(diagnostic.message) < 400
        assert not diagnostic.message[0].isupper()
        assert not diagnostic.message.endswith(".")


JSON_ONLY = [
    ("E106", '{"schema": "policylang/evidence/v1",}'),
    ("E106", "{schema: 1}"),
    ("E106", '{"a": 01}'),
    ("E106", '{"a": +1}'),
    ("E106", '{"a": .5}'),
    ("E106", '{"a": 1.}'),
    ("E106", '{"a": True}'),
    ("E106", "{\"a\": 'b'}"),
    ("E106", '{"a": "b\nc"}'),
    ("E106", '{"a": "\\x41"}'),
    ("E106", '{"a": "\\u12"}'),
    ("E106", '{"a": 1} {}'),
    ("E106", '{"a" 1}'),
    ("E106", '{"a": 1 "b": 2}'),
    ("E106", '{"a": [1 2]}'),
    ("E106", '{"a": [1}'),
    ("E106", '{"a": 1]'),
    ("E106", '// {"a": 1}'),
    ("E106", '{"a": 1, // b\n"c": 2}'),
    ("E106", '{"a": '),
    ("E106", '{"a"'),
    ("E106", '{"'),
    ("E106", "{"),
    ("E106", '{"a": "\\'),
    ("E106", "schema: policylang/evidence/v1\n"),
    ("E115", '{"a": ' + "1" * 10_000 + "}"),
    ("E115", '{"a": 1e' + "1" * 10_000 + "}"),
    ("E116", '{"a": NaN}'),
    ("E116", '{"a": Infinity}'),
    ("E111", "[]"),
    ("E111", '"text"'),
    ("E111", "5"),
    ("E105", "null"),
]


@pytest.mark.parametrize(("code", "text"), JSON_ONLY)
def test_a_json_file_is_json(code: str, text: str) -> None:
    """A file called `.json` is JSON and nothing more."""
    found = refused(text, name="case.JSON")
    assert code in {diagnostic.code for diagnostic in found}
    assert all(diagnostic.place and diagnostic.help for diagnostic in found)


def test_every_code_has_a_case() -> None:
    """Each code of evidence files is produced here or on a page."""
    shown = {code for code, _ in [*MALFORMED, *JSON_ONLY]}
    shown |= {code for page in PAGES for code in re.findall(r"^(E\d+) ", page.read_text("utf-8"), re.MULTILINE)}
    assert {code for code in CODES if code.startswith("E1")} - shown == {
        "E130",
        "E132",
        "E133",
    }  # of registers in test_given
    assert [d.code for d in refused()] == ["E130"]
    assert refused(f"{HEAD}readings: [{'{}, ' * 60}]")[-1].code == "E132"


def test_errors_are_capped() -> None:
    """Of one file fifty errors are reported, and that there are more."""
    assert len(refused(f"{HEAD}readings: [{'{}, ' * MAX_FOUND}]")) == MAX_FOUND
    assert len(refused(f"{HEAD}readings: [{'{}, ' * 1000}]")) == MAX_FOUND + 1
    assert (
        len(refused(f"{HEAD}readings: [{'{measure: a, value: %d, run: r}, ' * 100}]" % tuple(range(100)))) <= MAX_FOUND
    )


def test_places_are_exact() -> None:
    """A place covers the value or key at fault, in YAML with letters beyond ASCII before it and in JSON."""
    for name, text, fault in [
        ("a.yaml", f"{HEAD}# \u00e9\U0001f600\nreadings:\r\n- {{measure: \u00e9, value: twelve}}\n", "twelve"),
        ("a.json", '{"schema": "policylang/evidence/v1",\r\n"subject": {"model": "\U0001f600", "n": 1}}', '"n"'),
        ("a.yaml", f"{HEAD}events:\n- event: e\n  att: 2026-01-01\n  at: 2026-01-01\n", "att"),
    ]:
        (diagnostic,) = refused(text, name=name)
        assert diagnostic.place is not None
        span = diagnostic.place.span
        assert diagnostic.place.source.text[span.start : span.end] == fault


@given(st.binary(max_size=200), st.sampled_from(["a.yaml", "a.json"]))
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    """Whatever the bytes, the reader reads them or says why not; it never fails otherwise."""
    _read_or_refuse(name, data)


_WORDS = "measure value units n: 3 subject schema 1e9 NaN null { } [ ] , : - # &a *a !t % << \" ' \\".split()
_SPACES = ["\n", " ", "  ", "\t", "|\n", "---\n", "\u2028", HEAD, "readings:\n"]
_PIECES = st.sampled_from([*_WORDS, *_SPACES])


@given(st.lists(_PIECES, max_size=30), st.sampled_from(["a.yaml", "a.json"]))
def test_any_text_is_read_or_refused(pieces: Sequence[str], name: str) -> None:
    """The same for texts made of what means something to the reader."""
    _read_or_refuse(name, "".join(pieces).encode())


_TREES: st.SearchStrategy[object] = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["schema", "subject", "readings", "events", "holidays", "measure", "units", "value", "at", ""]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(tree=_TREES, as_section=st.booleans())
def test_any_tree_is_read_or_refused(tree: object, *, as_section: bool) -> None:
    """The same for well-formed JSON of any shape, where a section or a whole file is expected."""
    content = {"schema": "policylang/evidence/v1", "subject": {"model": "m"}, "readings": tree} if as_section else tree
    _read_or_refuse("a.json", json.dumps(content).encode())


def _read_or_refuse(name: str, data: bytes) -> None:
    try:
        read_evidence([decode(name, data)])
    except EvidenceError as error:
        found = error.diagnostics
    else:
        return
    assert found
    assert all(diagnostic.place and diagnostic.help for diagnostic in found)


@given(st.binary(max_size=400).filter(lambda data: b"\0" not in data))
def test_yaml_texts_are_what_yaml_says(data: bytes) -> None:
    """What is read from YAML is what its own loader reads when it is told that every scalar is text."""
    try:
        document, _ = read_document(decode("a.yaml", b"a: " + data))
    except EvidenceError:
        return
    if document is not None:
        loaded = yaml.load(document.source.text, Loader=yaml.CBaseLoader)  # noqa: S506 the loader makes only text
        assert _same(document.root, loaded)


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    return ours == theirs or (ours is None and theirs in ("", "~", "null")) or theirs in ("true", "false")


COSTLY = [
    ("a.yaml", b"[" * MAX_YAML),
    ("a.yaml", b"? " * (MAX_YAML // 2)),
    ("a.yaml", b"a: [" + b"[], " * 200_000 + b"]"),
    ("a.yaml", b"- &a [x]\n" + b"- *a\n" * 200_000),
    ("a.yaml", b"".join(b"%%TAG !a%d! b\n" % number for number in range(50_000))),
    ("a.yaml", b"a: 'x" + b"\n\n" * 200_000),
    ("a.yaml", b"a: " + b"x:y " * 200_000 + b": b"),
    ("a.json", b"[" * MAX_BYTES),
    ("a.json", b'{"a": ' * 30_000),
    ("a.json", b'{"a": "' + b"x" * (MAX_BYTES - 10)),
    ("a.json", b'{"a": "' + b"\\n" * (MAX_BYTES // 2 - 10)),
    ("a.json", b'{"a": "\\ud83d\\ude00' + b"x" * (MAX_BYTES - 30) + b'", }'),
    ("a.json", b'{"a": ' + b"1" * (MAX_BYTES - 10) + b"}"),
    ("a.json", b'{"a": ' + b" " * (MAX_BYTES - 10) + b"}"),
    ("a.json", b'{"schema": [' + b"0, " * 99_000 + b"]}"),
    ("a.json", b'{"a": {' + b",".join(b'"k%d": 0' % number for number in range(49_000)) + b"},}"),
    ("a.json", b'{"schema": {' + b",".join(b'"k%d": 0' % number for number in range(49_000)) + b"}}"),
    ("a.json", b'{"readings": [{' + b",".join(b'"k%d": 0' % number for number in range(49_000)) + b"}]}"),
    ("a.json", b'{"readings": [{"value": "' + b"9" * (MAX_BYTES - 100) + b'"}]}'),
    ("a.json", b'{"readings": [' + b"{}," * 9_999 + b"{}]}"),
]


@pytest.mark.parametrize(("name", "data"), COSTLY, ids=[f"{i}" for i in range(len(COSTLY))])
def test_no_refusal_is_costly(name: str, data: bytes) -> None:
    """What is built to be costly is refused as soon as its cost is seen: what is not would take minutes."""
    start = time.process_time()
    assert refused(data, name=name)
    assert time.process_time() - start < 10


# Many files


@given(st.permutations(range(4)), st.data())
def test_order_of_files_changes_nothing(order: Sequence[int], data: st.DataObject) -> None:
    """Files read in any order, and with what they share stated again, are the same evidence."""
    files = [HEAD, f"{HEAD}events: [{{event: e, at: 2026-01-01}}, {{event: e, at: 2025-01-01}}]\n"]
    for part in range(2):
        items = data.draw(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=4))
        lines = "".join(f"  - {{measure: {name}, value: {value}, source: s{value}}}\n" for name, value in items)
        files.append(f"{HEAD}readings:\n{lines}" + (f"holidays: [2026-01-0{part + 1}]\n" if part else ""))
    sources = [decode(f"{number}.yaml", text.encode()) for number, text in enumerate(files)]
    shuffled = [sources[number] for number in order]
    assert read_evidence(shuffled) == read_evidence(sources) == read_evidence([*shuffled, *sources])


def test_order_of_refused_files_changes_nothing() -> None:
    """The findings about several files come in one order whatever the order of the files."""
    texts = ["subject: {}", "schema: policylang/evidence/v1\nsubject: {model: a}", HEAD, "{", "- a"]
    sources = [decode(f"{number}.yaml", text.encode()) for number, text in enumerate(texts)]
    with pytest.raises(EvidenceError) as one:
        read_evidence(sources)
    with pytest.raises(EvidenceError) as other:
        read_evidence(sources[::-1])
    assert one.value.diagnostics == other.value.diagnostics


def test_subjects_complete_each_other() -> None:
    """A field of the subject may stand in any file, and those that stand in several agree."""
    evidence = read(
        "schema: policylang/evidence/v1\nsubject: {model: a, revision: r}\n",
        "schema: policylang/evidence/v1\nsubject: {model: a, attempt: 0, effective_compute: 30e23 FLOP}\n",
        "schema: policylang/evidence/v1\nsubject: {model: a, effective_compute: 3e24 FLOP}\n",
    )
    assert evidence.subject == Subject(model="a", revision="r", attempt=0, effective_compute=Fraction(3 * 10**24))


def test_a_run_may_feed_several_measures() -> None:
    """One run has a result for each measure and stage; readings without a run are never taken for one."""
    text = f"""{HEAD}readings:
  - {{measure: a, value: 1, run: r}}
  - {{measure: b, value: 2, run: r}}
  - {{measure: a, stage: s, value: 3, run: r}}
  - {{measure: a, value: 4}}
  - {{measure: a, value: 5}}
  - {{measure: a, value: 5}}
"""
    assert [str(each.value) for each in read(text).readings] == ["1", "4", "5", "3", "2"]


def test_a_source_need_not_be_decoded_here() -> None:
    """A text that never was bytes is held to the same limits."""
    for text in ["\ud800", "\0", "\ufeff", "x" * (MAX_BYTES + 1), "\n" * (MAX_LINES + 1)]:
        with pytest.raises(EvidenceError) as error:
            read_evidence([Source(name="a.yaml", text=text)])
        assert error.value.diagnostics[0].code in ("E101", "E102", "E103", "E126")


# The schema


def test_schema_is_one() -> None:
    """The schema that is shown is a JSON Schema, and every field in it has a description and an example."""
    schema = evidence_schema()
    Draft202012Validator.check_schema(schema)
    for name, definition in schema["$defs"].items():  # type: ignore[attr-defined]  # it is JSON
        for field, about in definition.get("properties", {}).items():
            assert about["description"], (name, field)
            assert about["examples"], (name, field)


def test_schema_holds_for_the_example() -> None:
    """The example of the language is valid under the schema that is shown."""
    document, _ = read_document(decode("example.yaml", EXAMPLE.read_bytes()))
    assert document is not None
    Draft202012Validator(evidence_schema()).validate(document.root)
    for example in evidence_schema()["examples"]:  # type: ignore[attr-defined]  # it is JSON
        Draft202012Validator(evidence_schema()).validate(example)
        assert read(json.dumps(example)).readings


def test_examples_of_the_schema_are_evidence() -> None:
    """An item made of the schema's own examples is read, and is valid under it; so are its required fields alone."""
    schema = evidence_schema()
    validator = Draft202012Validator(schema)
    results = ("n", "scored", "successes", "refused", "no_answer", "errored"), ("units",), ("value",), ("interval",)
    definitions: Mapping[str, Mapping[str, Mapping[str, Mapping[str, list[object]]]]] = schema["$defs"]  # type: ignore[assignment]  # it is JSON
    for name, definition in definitions.items():
        if "properties" not in definition:
            continue
        full = {field: about["examples"][0] for field, about in definition["properties"].items()}
        for result in results:
            left_out = {field for other in results for field in other if other != result} if name == "readings" else ()
            item = {field: value for field, value in full.items() if field not in left_out}
            content: dict[str, object] = {"schema": "policylang/evidence/v1", "subject": {"model": "m"}}
            content[name] = item if name == "subject" else [item]
            read(json.dumps(content), name="case.json")
            validator.validate(content)


@pytest.mark.parametrize("fields", ["run: r", "value: 1, units: [1]", "value: 1, score: 2", "n: 3", "successes: 3"])
def test_schema_refuses_what_is_refused(fields: str) -> None:
    """A reading that the reader refuses for its shape is not valid under the schema either."""
    document, _ = read_document(decode("a.yaml", (READING % fields).encode()))
    assert document is not None
    assert not Draft202012Validator(evidence_schema()).is_valid(document.root)
    refused(READING % fields)
