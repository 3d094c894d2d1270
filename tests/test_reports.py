"""Reports: pages of commands and what they print, documents against their schemas, and texts that try to escape."""

import contextlib
import dataclasses
import hashlib
import io
import json
import re
import shlex
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from jsonschema import Draft202012Validator

from house import ROOT
from library import examples
from policylang import Decision, admit, load, parse_moment, read_evidence
from policylang.cli import main
from policylang.cli.schema import SCHEMAS
from policylang.decide import decide
from policylang.diagnostics import Diagnostic, Label
from policylang.evidence.facts import Evidence
from policylang.graph import Graph
from policylang.kinds import Kind
from policylang.reports import json as documents
from policylang.reports import tests as test_runs
from policylang.reports.amounts import amount, counted, distance, moment, span
from policylang.reports.diagnostics import diagnostics
from policylang.reports.style import WIDTH, Look, Page, plain, width
from policylang.reports.text import text
from policylang.source import Place, Source, Span
from policylang.testing import Outcome

PAGES = sorted((Path(__file__).parent / "cases" / "reports").glob("*.md"))
POLICY = ROOT / "policies" / "openai" / "preparedness-2023-12-18.policy"

_FILE = re.compile(r"^```(?:policy|yaml) (?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n\$ (?P<call>[^\n]+)\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL)


# Pages


@dataclass(frozen=True, kw_only=True)
class Section:
    """One heading of a page: the files it has, those of the page included, and the commands that are run on them."""

    title: str
    files: dict[str, str]
    body: str


def sections(page: str) -> list[Section]:
    """The sections of a page; what stands before the first belongs to all."""
    head, *parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    shared = {file["name"]: file["text"] for file in _FILE.finditer(head)}
    found = []
    for part in parts:
        own = {file["name"]: file["text"] for file in _FILE.finditer(part)}
        found.append(Section(title=part.splitlines()[0], files={**shared, **own}, body=part))
    return found


def said(call: str, folder: Path) -> str:
    """What a call prints, standard error after standard output, and how it ends."""
    ends = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(end, "utf-8") for end in ends)
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(shlex.split(call)[1:])
    return "".join(end.getvalue().decode() for end in ends) + f"[exit status {status}]\n"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, *, accept: bool) -> None:
    """Each page shows what its commands print, character for character."""
    wanted = printed = page.read_text("utf-8")
    for number, section in enumerate(sections(wanted)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in section.files.items():
            (folder / name).write_text(content, "utf-8")
        calls = list(_CONSOLE.finditer(section.body))
        assert calls, section.title
        for match in calls:
            block = f"```console\n$ {match['call']}\n{said(match['call'], folder)}```"
            printed = printed.replace(match[0], block, 1)
    if accept:
        page.write_text(printed, "utf-8")
    assert accept or printed == wanted


# Decisions for programs


def decided(policy: Path, evidence: Path | str, as_of: str = "2026-11-21") -> Decision:
    """One policy decided on one file of evidence."""
    return _decided(load(policy, cache=False).graph, read_evidence([str(evidence)]), as_of)


def _decided(graph: Graph, evidence: Evidence, as_of: str = "2026-11-21") -> Decision:
    moment = parse_moment(as_of)
    assert not admit([graph], evidence, moment)
    return decide(graph, evidence, moment)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Decision:
    """The decision of the first page: it has everything a decision can have."""
    folder = tmp_path_factory.mktemp("acme")
    page = (Path(__file__).parent / "cases" / "reports" / "check.md").read_text("utf-8")
    for name, content in sections(page)[0].files.items():
        (folder / name).write_text(content, "utf-8")
    return decided(folder / "acme.policy", folder / "acme.yaml")


def valid(name: str, document: Any) -> None:
    """Fail where a document is not as its schema says, or its digest is not over the rest of it."""
    schema = SCHEMAS[name]()
    Draft202012Validator.check_schema(schema)
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(document)]
    if "digest" in document:
        rest = {key: value for key, value in document.items() if key != "digest"}
        assert document["digest"] == "sha256:" + hashlib.sha256(rfc8785.dumps(rest)).hexdigest()


@pytest.mark.parametrize(("policy", "example", "as_of"), examples())
def test_decisions_are_as_their_schema_says(policy: str, example: str, as_of: str) -> None:
    """Each shipped example gives a document that its schema admits, and a digest that anybody can compute again."""
    decision = decide(load(policy).graph, read_evidence([example]), parse_moment(as_of))
    document = json.loads(documents.encoded(documents.decision(decision)))
    valid("decision", document)
    both = json.loads(documents.encoded(documents.decisions([decision, decision])))
    valid("decisions", both)
    assert both["policies"][0] == document


def test_a_decision_has_the_keys_of_the_contract(acme: Decision) -> None:
    """Every key that the language promises is there, where it promises it."""
    document = json.loads(documents.encoded(documents.decision(acme)))
    valid("decision", document)
    promised = "schema policy subject as_of scorecard actions obligations advisories missing readings digest".split()
    assert set(promised) < set(document)
    assert set("name version digest".split()) < set(document["policy"])
    assert set(document["scorecard"]["cyber"]["after"]) == set("at_least at_most because".split())
    action = document["actions"]["release.partner"]
    assert set("verdict covered reasons outstanding remedy".split()) < set(action)
    assert set("rule effect fires waived because".split()) < set(action["reasons"][0])
    assert set("rule requirement needs".split()) < set(action["outstanding"][0])
    assert set("rule kind to start due state".split()) < set(document["obligations"][0])
    assert set("rule strength because".split()) < set(document["advisories"][0])
    assert {"measure", "stage", "would_settle"} < set(document["missing"][0])
    assert set("measure stage run qualifies interval source why_not".split()) < set(document["readings"][0])


def test_the_scorecard_of_a_policy_without_stages_has_a_key_of_its_own(tmp_path: Path) -> None:
    """Where there are no stages, `unstaged` stands for the stage; there is never an empty key."""
    policy = tmp_path / "p.policy"
    policy.write_text(
        'policy p { version "1" }\naction deploy\nlevels risk: low < high\nmeasure solved: rate\n'
        "category cyber: risk { high when solved >= 20% }\nrule r { when cyber >= high forbid deploy }\n"
    )
    evidence = tmp_path / "e.yaml"
    evidence.write_text("schema: policylang/evidence/v1\nsubject: {model: m}\n")
    document = json.loads(documents.encoded(documents.decision(decided(policy, evidence))))
    assert list(document["scorecard"]["cyber"]) == ["unstaged"]


@pytest.mark.parametrize(
    ("value", "up", "expected"),
    [
        (None, True, None),
        (Fraction(1, 5), True, "0.2"),
        (Fraction(31, 10**13), False, "0.0000000000031"),
        (Fraction(1, 3), False, "0.333333333333"),
        (Fraction(1, 3), True, "0.333333333334"),
        (Fraction(-1, 3), False, "-0.333333333334"),
        (Fraction(31 * 10**23), True, "3.1e24"),
    ],
)
def test_numbers_are_exact_or_rounded_outward(value: Fraction | None, *, up: bool, expected: str | None) -> None:
    """A number of a document is exact text; one without end is rounded away from the middle of its interval."""
    assert documents.number(value, up=up) == expected


def test_error_documents_are_as_their_schema_says() -> None:
    """Findings with and without a place, labels and help are as the schema of errors says."""
    source = Source(name="a.policy", text="one\ntwo\n")
    place = Place(source, Span(4, 7))
    found = [
        Diagnostic(
            code="P101", message="wrong", place=place, help="h", note="n", labels=(Label(place=place, text="l"),)
        ),
        Diagnostic(code="C102", message="missing", place=None, severity="warning"),
    ]
    document = json.loads(documents.encoded(documents.error(found)))
    valid("error", document)
    assert (document["diagnostics"][0]["line"], document["diagnostics"][0]["column"]) == (2, 1)


def test_test_documents_are_as_their_schema_says(acme: Decision) -> None:
    """A test run, passed and failed, is as the schema of tests says."""
    place = Place(Source(name="a.policy", text="test"), Span(0, 4))
    failed = Diagnostic(code="P501", message="expected", place=place)
    outcomes = (Outcome(title="one", place=place, found=()), Outcome(title="two", place=place, found=(failed,)))
    tested = [test_runs.Tested(file="a.policy", graph=acme.graph, outcomes=outcomes)]
    document = json.loads(documents.encoded(test_runs.document(tested)))
    valid("tests", document)
    assert (document["passed"], document["failed"]) == (1, 1)


# How things read


@pytest.mark.parametrize(
    ("value", "kind", "up", "expected"),
    [
        ("0.2", Kind.RATE, True, "20%"),
        ("1/3", Kind.RATE, True, "33.34%"),
        ("1/3", Kind.RATE, False, "33.33%"),
        ("5400", Kind.DURATION, True, "1.5 hours"),
        ("604800", Kind.DURATION, True, "1 week"),
        ("1", Kind.DURATION, True, "1 second"),
        ("0", Kind.DURATION, True, "0 seconds"),
        ("310000000000000000000000000", Kind.COMPUTE, True, "3.1e26 FLOP"),
        ("3999999", Kind.COMPUTE, True, "4e6 FLOP"),
        ("9999999", Kind.COMPUTE, True, "1e7 FLOP"),
        ("9999999", Kind.COMPUTE, False, "9.99e6 FLOP"),
        ("12", Kind.COMPUTE, False, "12 FLOP"),
        ("5/2", Kind.FACTOR, True, "2.5x"),
        ("1", Kind.FINDING, True, "yes"),
        ("0", Kind.FINDING, True, "no"),
        ("7", Kind.COUNT, True, "7"),
        ("7/3", None, True, "2.34"),
    ],
)
def test_amounts_read_as_people_write_them(value: str, kind: Kind | None, *, up: bool, expected: str) -> None:
    """Percent for rates, hours for seconds, powers of ten for compute; rounded as asked."""
    assert amount(Fraction(value), kind, up=up) == expected


@pytest.mark.parametrize(
    ("lo", "hi", "limit", "expected"),
    [
        ("0.234083", "0.40123", "0.2", "23.4% to 40.2%"),
        ("0.1", "0.19996", "0.2", "10% to 19.996%"),
        ("0.1", "0.2", "0.2", "10% to 20%"),
        ("0.20004", "0.3", "0.2", "20.004% to 30%"),
        ("0.19999999", "0.3", "0.2", "19.9% to 30%"),
        ("0.31", "0.31", "0.2", "31%"),
        ("0.3", "1", "0.2", "at least 30%"),
        ("0", "0.3", "0.2", "at most 30%"),
        ("0", "1", "0.2", "anything"),
    ],
)
def test_a_bound_never_reads_as_the_other_side_of_its_threshold(lo: str, hi: str, limit: str, expected: str) -> None:
    """Ends are rounded outward, with as many digits as it takes to show on which side of the threshold they are."""
    assert span(Fraction(lo), Fraction(hi), Kind.RATE, Fraction(limit)) == expected


@pytest.mark.parametrize(
    ("when", "as_of", "expected"),
    [
        ("2026-10-21", "2026-11-21", "31 days ago"),
        ("2026-11-22", "2026-11-21", "in 1 day"),
        ("2026-11-21", "2026-11-21T10:00:00Z", "today"),
        ("2026-11-21T12:30:00Z", "2026-11-21T10:00:00Z", "in 2 hours"),
        ("2026-11-21T09:30:00Z", "2026-11-21T10:00:00Z", "30 minutes ago"),
        ("2026-11-21T09:59:30Z", "2026-11-21T10:00:00Z", "now"),
    ],
)
def test_distances_read_as_people_say_them(when: str, as_of: str, expected: str) -> None:
    """How long ago, or how soon, in the largest unit that fits."""
    assert distance(parse_moment(when), parse_moment(as_of)) == expected


def test_moments_and_counts_read_as_people_say_them() -> None:
    """Instants are in UTC to the minute, or the second where there is one; nouns agree with their number."""
    assert moment(parse_moment("2026-10-20T09:00:00Z")) == "2026-10-20 09:00 UTC"
    assert moment(parse_moment("2026-10-20T09:00:07Z")) == "2026-10-20 09:00:07 UTC"
    assert [counted(n, "policy") for n in (1, 2)] == ["1 policy", "2 policies"]
    assert [counted(n, "day") for n in (0, 1)] == ["0 days", "1 day"]


@pytest.mark.parametrize(("policy", "example", "as_of"), examples())
def test_reports_are_a_hundred_columns_wide(policy: str, example: str, as_of: str) -> None:
    """No line of a report is wider than a hundred columns, and none ends in a space."""
    decision = decide(load(policy).graph, read_evidence([example]), parse_moment(as_of))
    lines = text([decision], tuple(decision.actions), "exit 1: …", Look()).splitlines()
    assert not [line for line in lines if width(line) > WIDTH or line != line.rstrip()]


def test_colour_says_nothing_that_words_do_not(acme: Decision) -> None:
    """Without its colours a coloured report is the plain one, and every verdict stands in words."""
    asked = tuple(acme.actions)
    coloured = text([acme], asked, "exit 1", Look(colour=True))
    flat = text([acme], asked, "exit 1", Look())
    assert coloured != flat
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == flat
    assert all(word in flat for word in ("forbidden", "undetermined", "conditional", "not covered"))


def test_a_report_can_be_ascii(acme: Decision) -> None:
    """Where our signs cannot be written, a report of ASCII text is ASCII."""
    assert text([acme], tuple(acme.actions), "exit 1", Look(unicode=False)).isascii()


def test_only_what_was_asked_for_is_told(acme: Decision) -> None:
    """Verdicts, reasons and requirements are those of the actions asked for."""
    told = text([acme], ("study",), "exit 3", Look())
    assert "not asked for: 3 other actions" in told
    assert "ceiling" not in told


def test_long_words_and_wide_characters_are_wrapped() -> None:
    """A word longer than a line is cut, and characters of two columns count as two."""
    page = Page(Look())
    page.line("x" * 250, indent=2)
    page.line("漢" * 120, indent=2)
    page.table([["a" * 90, "b " * 60], ["short", "漢字 " * 50]])
    lines = page.text().splitlines()
    assert all(width(line) <= WIDTH for line in lines)
    assert "".join(lines).count("x") == 250
    assert "".join(lines).count("漢") == 170


# Findings


def _shown(text: str, start: int, end: int, **more: Any) -> str:
    place = Place(Source(name="a.policy", text=text), Span(start, end))
    return diagnostics([Diagnostic(code="P101", message="wrong", place=place, **more)], Look())


def test_the_fault_is_marked_below_it() -> None:
    """The caret stands under the fault also after tabs, wide and written-out characters."""
    for before in ("when ", "\twhen ", "漢字 ", "a\u202eb ", "\x1b[31m "):
        lines = _shown(before + "hgih", len(before), len(before) + 4).splitlines()
        assert width(lines[2][: lines[2].index("hgih")]) == width(lines[3][: lines[3].index("^^^^")])


@pytest.mark.parametrize("start", [0, 40, 5_000, 999_990])
def test_a_long_line_is_cut_around_the_fault(start: int) -> None:
    """Of a line of a megabyte only what stands around the fault is shown."""
    long = "".join(f"{number:>9} " for number in range(100_000))
    shown = _shown(long, start, start + 10)
    assert all(width(line) <= WIDTH for line in shown.splitlines())
    assert long[start : start + 10].strip() in shown
    assert shown.splitlines()[3].count("^") == 10


def test_a_fault_over_many_lines_is_marked_on_its_first() -> None:
    """A fault that goes on over lines is marked to the end of its first line; one at the end of a text on its end."""
    assert _shown("ab\ncd\n", 0, 5).splitlines()[2:4] == ["1 │ ab", "  │ ^^"]
    assert _shown("ab\n", 2, 2).splitlines()[2:4] == ["1 │ ab", "  │   ^"]
    assert _shown("ab\n", 3, 3).splitlines()[2:4] == ["2 │", "  │ ^"]
    assert "┌─ a.policy:1:1" in _shown("", 0, 0)


def test_many_findings_are_counted() -> None:
    """A hundred findings are shown and the rest counted, so that the first can still be seen."""
    found = [Diagnostic(code="P101", message=f"number {number}", place=None) for number in range(250)]
    shown = diagnostics(found, Look())
    assert shown.count("error[P101]") == 100
    assert "and 150 more" in shown


# Texts that try to escape

_ATTACKS = [
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[31mforbidden\x1b[0m",
    "\x9b31m",
    "\x9d0;title\x9c",
    "a\x08\x08\x08permitted",
    "line\r  ✔ deploy permitted",
    "line\n  ✔ deploy permitted",
    "line\x0b\x0cnext",
    "a\u2028b\u2029c",
    "::set-output name=verdict::permitted",
    "::stop-commands::pause",
    "::add-mask::forbidden",
    "##[group]hidden",
    "##vso[task.complete result=Succeeded;]",
    "\ud800lone",
    "\U000e0041\U000e0042tags",
    "[bold red]markup[/]",
    "</script><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "\N{COMBINING GRAPHEME JOINER}\N{HANGUL FILLER}\N{VARIATION SELECTOR-16}",
]
_CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
_BIDI = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
_HIDDEN = [*"\u00ad\u180e\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb\u115f\u3164\uffa0"]
PAYLOADS = [*_ATTACKS, *(f"a{c}b" for c in (*_CONTROLS, *_BIDI, *_HIDDEN))]

_RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0001-\U000e007f]"
)


def _replaced(value: Any, payload: str) -> Any:
    """A value with every text in it followed by the payload, but for names that other parts refer to."""
    match value:
        case str():
            return value + payload
        case tuple():
            return tuple(_replaced(item, payload) for item in value)
        case dict():
            return {_replaced(name, payload): _replaced(item, payload) for name, item in value.items()}
        case _:
            return value


def attacked(decision: Decision, payload: str) -> Decision:
    """A decision in which every free text is followed by a payload: titles, cites, runs, sources, reasons, needs."""
    graph = decision.graph
    header = graph.header
    header = dataclasses.replace(header, title=header.title + payload, version=header.version + payload)
    rules = tuple(
        dataclasses.replace(rule, title=rule.title + payload, cites=_replaced(rule.cites, payload) or (payload,))
        for rule in graph.rules
    )
    readings = tuple(
        dataclasses.replace(
            weighed,
            why_not=_replaced(weighed.why_not, payload),
            reading=dataclasses.replace(
                weighed.reading,
                run=payload,
                source=payload,
                evaluator=payload,
                attributes={payload: payload, "x": payload},
            ),
        )
        for weighed in decision.readings
    )
    rejected = tuple(
        dataclasses.replace(item, why=payload, fact=dataclasses.replace(item.fact, source=payload, by=payload))
        for item in decision.rejected
    )
    return dataclasses.replace(
        decision,
        graph=dataclasses.replace(graph, header=header, rules=rules),
        subject=dataclasses.replace(decision.subject, model=payload, revision=payload, configuration=payload),
        actions={name: _attacked_action(item, payload) for name, item in decision.actions.items()},
        obligations=tuple(dataclasses.replace(item, note=payload) for item in decision.obligations),
        missing=tuple(dataclasses.replace(item, why=payload) for item in decision.missing),
        readings=readings,
        rejected=rejected,
    )


def _attacked_action(item: Any, payload: str) -> Any:
    reasons = tuple(
        dataclasses.replace(
            reason,
            because=tuple(
                dataclasses.replace(part, text=part.text + payload, note=payload, parts=()) for part in reason.because
            ),
        )
        for reason in item.reasons
    )
    needs = tuple(dataclasses.replace(need, needs=(payload,)) for need in item.outstanding)
    return dataclasses.replace(item, reasons=reasons, outstanding=needs, remedy=(*item.remedy, payload))


def harmless(printed: str) -> None:
    """Fail when a text holds what a terminal or the log of a build service would obey, or what does not show."""
    assert not _RAW.search(printed)
    assert not re.search(r"^\s*::|##\[|##vso\[", printed, re.MULTILINE)


def test_there_are_enough_payloads() -> None:
    """More than a hundred payloads, all different, each of which the check for harmlessness or another would see."""
    assert len(set(PAYLOADS)) == len(PAYLOADS) > 100


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_escapes_a_report(payload: str, acme: Decision) -> None:
    """Whatever a policy, evidence or a model calls itself, a report shows it and obeys nothing of it."""
    decision = attacked(acme, payload)
    asked = tuple(decision.actions)
    report = text([decision], asked, "exit 1", Look())
    harmless(report)
    both = text([decision, decision], asked, "exit 1", Look(unicode=False))
    harmless(both)
    coloured = text([decision], asked, "exit 1", Look(colour=True))
    harmless(re.sub(r"\x1b\[[0-9;]*m", "", coloured))
    assert "✔" not in report  # nothing is permitted here, whatever a text says


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_escapes_a_document(payload: str, acme: Decision) -> None:
    """A document is ASCII without control characters, and reads back to the very text."""
    decision = attacked(acme, payload)
    with contextlib.suppress(UnicodeEncodeError, rfc8785.CanonicalizationError):  # half a character has no digest
        printed = documents.encoded(documents.decision(decision))
        harmless(printed)
        assert printed.isascii()
        assert json.loads(printed)["subject"]["model"] == payload
    printed = documents.encoded(documents.error([Diagnostic(code="P101", message=payload, place=None)]))
    harmless(printed)
    assert json.loads(printed)["diagnostics"][0]["message"] == payload


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_escapes_a_finding(payload: str, acme: Decision) -> None:
    """A finding shows the line, the file and the words it is about without obeying them."""
    source = Source(name=payload, text=f"{payload} hgih {payload}")
    place = Place(source, Span(len(payload) + 1, len(payload) + 5))
    found = Diagnostic(
        code="P101",
        message=f"`{payload}` is wrong",
        place=place,
        note=payload,
        labels=(Label(place=place, text=payload),),
        help=payload,
    )
    harmless(diagnostics([found], Look()))
    outcome = Outcome(title=payload, place=place, found=(found,))
    harmless(test_runs.text([test_runs.Tested(file=payload, graph=acme.graph, outcomes=(outcome,))], Look()))


def test_what_is_hidden_is_written_out() -> None:
    """A hidden character is shown by its number, in the style of the language's own messages."""
    assert plain("a\x1b[31m\u202eb") == "a\\u{1b}[31m\\u{202e}b"
    assert plain("one\ntwo\tthree\u00a0four") == "one\\ntwo\\tthree four"
    assert plain("grüße, 漢字 ✔") == "grüße, 漢字 ✔"
