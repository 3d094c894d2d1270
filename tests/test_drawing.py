"""Pictures of policies: what is on them, where it stands, and texts that try to escape."""

import dataclasses
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml  # what is parsed is our own

import pytest
from jsonschema import Draft202012Validator

from house import ROOT
from pages import compiled_text
from policylang import cli, load, read_evidence
from policylang.cli.schema import SCHEMAS
from policylang.clocks import parse_moment
from policylang.decide import decided
from policylang.files import compile_source
from policylang.graph import Graph
from policylang.graph.dag import drawn
from policylang.graph.reach import around, named, needed
from policylang.reports.drawing.detail import detail
from policylang.reports.drawing.document import document
from policylang.reports.drawing.dot import dot
from policylang.reports.drawing.layout import Layout, layout
from policylang.reports.drawing.marks import Marks
from policylang.reports.drawing.mermaid import mermaid
from policylang.reports.drawing.picture import Kind, Mark, Picture, Port, verdicts_of
from policylang.reports.drawing.policy import picture
from policylang.reports.drawing.slots import Via
from policylang.reports.drawing.svg import svg
from policylang.reports.drawing.text import text
from policylang.reports.json import encoded
from policylang.reports.style import WIDTH, Look, width
from policylang.source import Source
from strategies import draft_of
from ten_categories import ten_categories
from test_reports import PAYLOADS, harmless, said, sections

PAGES = sorted((Path(__file__).parent / "cases" / "drawing").glob("*.md"))
REAL = ("openai/preparedness-2023-12-18", "eu/gpai-code-safety")
WRITTEN: dict[str, Callable[[Picture], str]] = {
    "text": lambda one: text(one, Look()),
    "svg": svg,
    "dot": dot,
    "mermaid": mermaid,
    "json": lambda one: encoded(document(one)),
}
SMALL = """\
policy a "A" { version "1" }
levels l: x < y
action go "on"
action stop
role r
control c { attested by r }
category k: l "K" { assessed by r cites "1" }
category m: l { assessed by r }
rule one "One" { when any category >= y forbid go cites "2" }
rule two { require c before go, stop }
exception e to one "E" { when c }
r may veto go
duty d { by r every 1 month }
"""
"""A policy whose picture has a frame, a group, an exception, a veto, a duty, and lines of every kind."""
_CONSOLE = re.compile(r"^```console\n\$ (?P<call>[^\n]+)\n(?P<printed>.*?)^```$", re.MULTILINE | re.DOTALL)
_SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> Xml.Element:
    """The elements of a picture; raises where it is not well-formed."""
    return Xml.fromstring(drawing)  # noqa: S314  # our own, and what is tried here


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path, *, accept: bool) -> None:
    """Each page shows what its calls print, character for character."""
    wanted = printed = page.read_text("utf-8")
    for number, section in enumerate(sections(wanted)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in section.files.items():
            (folder / name).write_text(content, "utf-8")
        for match in _CONSOLE.finditer(section.body):
            block = f"```console\n$ {match['call']}\n{said(match['call'], folder)}```"
            printed = printed.replace(match[0], block, 1)
    if accept:
        page.write_text(printed, "utf-8")
    assert accept or printed == wanted


# What is on a picture


@pytest.fixture(scope="module")
def ten() -> Graph:
    """A policy of ten categories, three stages and four levels."""
    return compiled_text(ten_categories()).graph


@pytest.fixture(scope="module")
def graphs(ten: Graph) -> list[Graph]:
    """That policy, real ones, and random ones, which use every construct of the language."""
    real = [load(ROOT / "policies" / f"{name}.policy").graph for name in REAL]
    return [ten, *real, *(compiled_text(draft_of(seed).text()).graph for seed in range(5))]


@pytest.fixture(scope="module")
def layouts(graphs: list[Graph]) -> list[Layout]:
    """The pictures of all of them, placed."""
    return [layout(picture(graph)) for graph in graphs]


@pytest.fixture(scope="module")
def judged() -> Picture:
    """The picture of a real decision."""
    name = "policies/openai/preparedness-2023-12-18.policy"
    graph = compile_source(Source(name=name, text=(ROOT / name).read_text("utf-8"))).graph  # the same on any machine
    evidence = read_evidence([str(ROOT / "policies" / "examples" / "openai" / "gpt-4o.yaml")])
    return picture(graph, marks=Marks(*decided(graph, evidence, parse_moment("2024-08-08"))))


def _below(graph: Graph, ends: set[str]) -> set[str]:
    """Some nodes and all that they rest on, found step by step."""
    before: dict[str, set[str]] = {}
    for begin, end in drawn(graph)[1]:
        before.setdefault(end, set()).add(begin)
    found, rest = set(ends), list(ends)
    while rest:
        new = before.get(rest.pop(), set()) - found
        found |= new
        rest += new
    return found


def _ids(shown: Picture, *kinds: Kind) -> set[str]:
    return {box.id for box in shown.boxes if box.kind in kinds}


def _actions(shown: Picture) -> set[str]:
    boxes = [box for box in shown.boxes if box.kind is Kind.VERDICT]
    return {name for box in boxes for name in ([row.id for row in box.rows] or [box.name])}


def test_everything_is_drawn(graphs: list[Graph]) -> None:
    """A picture of a policy has every measure, category, definition, rule, exception, veto and action, each once."""
    for graph in graphs:
        shown = picture(graph)
        assert len(shown.box) == len(shown.boxes)
        assert _ids(shown, Kind.MEASURE) == {f"measure {item.name}" for item in graph.measures}
        assert _ids(shown, Kind.CATEGORY) == {f"category {item.name}" for item in graph.categories}
        assert _ids(shown, Kind.DEFINITION) == {f"definition {item.name}" for item in graph.definitions}
        assert _ids(shown, Kind.RULE) == {f"rule {item.name}" for item in graph.rules}
        assert _ids(shown, Kind.EXCEPTION) == {f"exception {item.name}" for item in graph.exemptions}
        assert len(_ids(shown, Kind.VETO)) == len(graph.vetoes)
        assert _actions(shown) == {action.name for action in graph.actions}


def test_the_cone_of_an_action_is_what_it_rests_on(graphs: list[Graph]) -> None:
    """Drawn for an action is all that its verdict rests on by the edges of the graph, and nothing else."""
    for graph in graphs:
        for action in graph.actions:
            part = needed(graph, [action.name])
            assert part == _below(graph, {f"verdict {action.name}"})
            shown = picture(graph, of=("action", action.name), part=part)
            assert _actions(shown) == {action.name}
            assert _ids(shown, Kind.RULE, Kind.EXCEPTION, Kind.VETO, Kind.DEFINITION) == {
                name for name in part if name.split(" ")[0] in ("rule", "exception", "veto", "definition")
            }
            measures = {item.name for item in graph.inputs if f"measure {item.text}" in part and item.of == "measure"}
            assert _ids(shown, Kind.MEASURE) == {f"measure {name}" for name in measures}
            assert not _ids(shown, Kind.DUTIES)


def test_a_line_stands_for_what_the_graph_says(graphs: list[Graph]) -> None:
    """From what a verdict rests on, lines lead to it, box by box; what nothing leads from bears on nothing."""
    for graph in graphs:
        shown = picture(graph)
        after: dict[str, set[str]] = {}
        for bundle in shown.bundles:
            for begin, end in itertools.product(bundle.sources, bundle.targets):
                after.setdefault(begin.box, set()).add(end.box)
        for frame in shown.frames:
            for name in frame.boxes:
                after.setdefault(frame.first or name, set()).add(name if frame.first else frame.last or name)
        box_of = {
            a: box.id for box in shown.boxes if box.kind is Kind.VERDICT for a in [r.id for r in box.rows] or [box.name]
        }
        for action in graph.actions:
            part = needed(graph, [action.name])
            for box in shown.boxes:
                if box.kind is Kind.RULE:
                    assert (box.id in part) == (box_of[action.name] in _reached(after, box.id)), (action.name, box.id)
                if box.kind is Kind.MEASURE and any(
                    f"measure {i.text}" in part for i in graph.inputs if i.name == box.name
                ):
                    assert box_of[action.name] in _reached(after, box.id)


def _reached(after: dict[str, set[str]], begin: str) -> set[str]:
    found, rest = {begin}, [begin]
    while rest:
        new = after.get(rest.pop(), set()) - found
        found |= new
        rest += new
    return found


def test_what_is_around_a_name(graphs: list[Graph]) -> None:
    """Around a name stand itself, what it rests on and what depends on it, and it can be drawn for every name."""
    for graph in graphs[1:4]:
        for name, nodes in itertools.islice(named(graph).items(), 0, None, 9):
            part = around(graph, name)
            assert set(nodes) <= part
            assert picture(graph, of=("name", name), part=part).boxes
    assert not around(graphs[0], "nothing")


def test_every_condition_can_be_drawn(ten: Graph) -> None:
    """A picture in detail has the nodes of the graph, and a line for each of its edges."""
    shown = detail(ten)
    points, edges = drawn(ten)
    assert {box.id for box in shown.boxes} == {name for name, *_ in points}
    lines = {(b.box, e.box) for bundle in shown.bundles for b in bundle.sources for e in bundle.targets}
    assert lines == set(edges)
    assert {box.kind for box in shown.columns[-1]} >= {Kind.VERDICT}


# Where it stands


def test_boxes_stand_apart(layouts: list[Layout]) -> None:
    """No two boxes overlap, none sticks out of its column or its frame, and no other box is in a frame."""
    for placed in layouts:
        frames = {frame.id: frame for frame in placed.frames}
        for column in range(len(placed.picture.columns)):
            boxes = [box for box in placed.boxes if placed.picture.column_of[box.shape.box.id] == column]
            spans = sorted((box.y, box.y + box.shape.height) for box in boxes)
            assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
            place = placed.columns[column]
            for box in boxes:
                assert place.x <= box.x <= box.x + box.shape.width <= place.x + place.width
                own = placed.picture.frame_of.get(box.shape.box.id)
                for name, frame in frames.items():
                    if frame.x == place.x or (own is not None and own.id == name):
                        inside = frame.y <= box.y and box.y + box.shape.height <= frame.y + frame.height
                        outside = box.y + box.shape.height <= frame.y or frame.y + frame.height <= box.y
                        assert inside if own is not None and own.id == name else outside


def test_lines_go_forward_and_past_boxes(layouts: list[Layout]) -> None:
    """Lines lead from left to right only, run up and down only between columns, and pass through no box."""
    for placed in layouts:
        for gap, runs in enumerate(placed.gaps):
            end, start = placed.columns[gap].x + placed.columns[gap].width, placed.columns[gap + 1].x
            for run in runs:
                assert run.place is None or end < placed.vertical(gap, run.place) < start
                for via, y in run.right:
                    if isinstance(via, Via):
                        assert not [b for b in _in_column(placed, via.column) if b[0] - 4 < y < b[1] + 4]
        for net in placed.nets:
            assert net.first == placed.picture.column_of[net.sources[0].box] < net.last


def _in_column(placed: Layout, column: int) -> Iterator[tuple[int, int]]:
    for box in placed.boxes:
        if placed.picture.column_of[box.shape.box.id] == column:
            yield box.y, box.y + box.shape.height


def test_lines_meet_their_rows(layouts: list[Layout]) -> None:
    """A line begins and ends at the row it is about, and no two verticals of one gap lie on one another."""
    for placed in layouts:
        boxes = {box.shape.box.id: box for box in placed.boxes}
        for runs in placed.gaps:
            for run in runs:
                for end, y in (*run.left, *run.right):
                    if isinstance(end, Port):
                        low, high = boxes[end.box].shape.ports[end.row]
                        assert boxes[end.box].y + low <= y <= boxes[end.box].y + high
            for one, two in itertools.combinations([run for run in runs if run.place is not None], 2):
                apart = one.span[1] < two.span[0] or two.span[1] < one.span[0]
                assert apart or one.place != two.place


def test_ten_categories_are_no_mess(ten: Graph) -> None:
    """A picture of ten categories has about as many crossings as boxes, and is no larger than a poster."""
    placed = layout(picture(ten))
    assert placed.crossings <= 40
    assert placed.width < 2400
    assert placed.height < 2400


def test_equal_pictures_have_equal_bytes() -> None:
    """Whatever order Python keeps sets in, every format has the same bytes."""
    env = {**os.environ, "PYTHONHASHSEED": "1"}
    call = [sys.executable, "-c", _ELSEWHERE, SMALL]
    found = subprocess.run(call, check=True, capture_output=True, cwd=ROOT, env=env, text=True)
    shown = picture(compiled_text(SMALL, "a.policy").graph)
    everything = "".join(WRITTEN[form](shown) for form in ("svg", "dot", "mermaid", "text", "json"))
    assert found.stdout.strip() == hashlib.sha256(everything.encode()).hexdigest()


_ELSEWHERE = """\
import hashlib, sys
from policylang.compile import compile_policy
from policylang.reports.drawing import document, dot, mermaid, policy, svg, text
from policylang.reports.json import encoded
from policylang.reports.style import Look
from policylang.source import Source
shown = policy.picture(compile_policy(Source(name="a.policy", text=sys.argv[1]), None).graph)
written = [svg.svg(shown), dot.dot(shown), mermaid.mermaid(shown), text.text(shown, Look())]
written.append(encoded(document.document(shown)))
print(hashlib.sha256("".join(written).encode()).hexdigest())
"""


# Decisions


def test_a_decision_is_drawn_as_it_was_made(judged: Picture) -> None:
    """The verdicts on a picture are those of the decision, in sign and word."""
    shown = {name: (mark.sign, mark.word) for name, mark in verdicts_of(judged)}
    assert shown == {
        "develop.capabilities": ("!", "conditional"),
        "develop.safety": ("!", "conditional"),
        "deploy.external": ("!", "conditional"),
        "deploy.partner": ("!", "conditional"),
        "deploy.internal": ("?", "not covered"),
    }


def _marks(shown: Picture) -> set[Mark]:
    return {m for box in shown.boxes for m in (box.mark, *(row.mark for row in box.rows)) if m is not None}


@pytest.mark.parametrize("form", ["text", "svg", "dot"])
def test_colours_say_nothing_that_words_do_not(form: str, judged: Picture) -> None:
    """Each sign has one tone, every mark is on the picture by its sign and its word, and open is told by its line."""
    marks = _marks(judged)
    assert {mark.sign for mark in marks} == {"!", "?", "✔", "●", "·"}
    assert len({(mark.sign, mark.tone) for mark in marks if mark.tone != "plain"}) == 4
    shown = WRITTEN[form](judged).replace("&#160;", " ").replace("\u00a0", " ")
    tags = r"[│├└─\n]" if form == "text" else r"<[^>]*>"
    words = " ".join(re.sub(tags, " ", shown).split())
    for mark in marks:
        assert mark.sign in words
        assert all(word in words for word in mark.word.split(" "))


def test_what_is_open_has_another_line_than_what_is_so(judged: Picture) -> None:
    """Boxes and lines that are definite, open or not so have outlines of their own, also without colour."""
    sheet = (ROOT / "policylang" / "reports" / "drawing" / "picture.css").read_text("utf-8")
    assert re.search(r"\.box\.definite rect { stroke-width: 2", sheet)
    assert re.search(r"\.box\.possible rect {[^}]*stroke-dasharray", sheet)
    assert re.search(r"\.line\.possible \.over {[^}]*stroke-dasharray", sheet)
    classes = [set(str(one.get("class")).split()) for one in parsed(svg(judged)).iter(f"{_SVG}g")]
    for kind in ("box", "line"):
        assert all(any({kind, sure} <= one for one in classes) for sure in ("definite", "possible", "no"))


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_can_be_read_in_light_and_dark() -> None:
    """Every colour of words stands out from every ground it can be on by at least 4.5 to 1, in light and in dark."""
    sheet = (ROOT / "policylang" / "reports" / "drawing" / "picture.css").read_text("utf-8")
    for block in re.findall(r"svg { (--paper:[^}]*)}", sheet):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        inks = [colours[name] for name in ("ink", "soft", "good", "warn", "bad", "plain", "idle")]
        grounds = [colour for name, colour in colours.items() if name.endswith("tint") or name in ("paper", "frame")]
        for ink, ground in itertools.product(inks, grounds):
            light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


# Formats


@pytest.mark.parametrize("shown", [picture, detail])
def test_a_document_is_as_its_schema_says(shown: Callable[..., Picture], ten: Graph, judged: Picture) -> None:
    """The document is admitted by the schema that `policyc schema graph` prints."""
    schema = SCHEMAS["graph"]()
    Draft202012Validator.check_schema(schema)
    for one in (shown(ten), judged):
        found = json.loads(encoded(document(one)))
        assert not [error.message for error in Draft202012Validator(schema).iter_errors(found)]


def test_text_is_a_hundred_columns_wide(graphs: list[Graph], judged: Picture) -> None:
    """No line is wider than a hundred columns or ends in a space; where it must be, all of it is ASCII."""
    for shown in (judged, *map(picture, graphs)):
        lines = text(shown, Look()).splitlines()
        assert not [line for line in lines if width(line) > WIDTH or line != line.rstrip()]
    assert re.sub(r"\x1b\[[0-9;]*m", "", text(judged, Look(colour=True))) == text(judged, Look())
    assert text(judged, Look(unicode=False)).isascii()


def test_the_picture_needs_nothing_else(judged: Picture) -> None:
    """It is well-formed and has a title and a description: no script, no link, nothing loaded, no style but its own."""
    root = parsed(svg(judged))
    assert root.get("role") == "img"
    assert [root[0].tag, root[1].tag] == [f"{_SVG}title", f"{_SVG}desc"]
    assert "GPT-4o as of 2024-08-08" in str(root[0].text)
    assert "deploy.external conditional" in str(root[1].text)
    assert {one.tag for one in root.iter()} == {f"{_SVG}{name}" for name in _ELEMENTS}
    keys = {key for one in root.iter() for key in one.keys()}  # noqa: SIM118  # of an element, not of a mapping
    assert not {key for key in keys if key.startswith("on") or "href" in key or key in ("style", "src")}
    sheet = root.findtext(f"{_SVG}style") or ""
    assert "url(" not in sheet
    assert "@import" not in sheet


_ELEMENTS = "svg title desc style rect text tspan g path".split()


# Texts that try to escape


def attacked(shown: Picture, payloads: Iterator[str]) -> Picture:
    """A picture in which every text is followed by a payload, but for the names by which parts refer to each other."""
    kept = "id box row first last boxes kind sign tone sure detail sources targets of".split()

    def replaced(value: Any) -> Any:
        if isinstance(value, str):
            return value + next(payloads)
        if isinstance(value, tuple):
            return tuple(map(replaced, value))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [one.name for one in dataclasses.fields(value)]
            own = () if isinstance(value, Picture) else kept
            return dataclasses.replace(
                value, **{name: replaced(getattr(value, name)) for name in names if name not in own}
            )
        return value

    return replaced(shown)  # type: ignore[no-any-return]  # what goes in is a picture


@pytest.fixture(scope="module")
def small() -> Picture:
    """The picture of a decision on that policy."""
    graph = compiled_text(SMALL).graph
    real = read_evidence([str(ROOT / "policies" / "examples" / "openai" / "gpt-4o.yaml")])
    real = read_evidence([str(ROOT / "policies" / "examples" / "openai" / "gpt-4o.yaml")])
    evidence = dataclasses.replace(real, facts=(), readings=())
    return picture(graph, marks=Marks(*decided(graph, evidence, parse_moment("2026-01-01"))))


@pytest.mark.parametrize("first", range(0, len(PAYLOADS), 11))
def test_no_text_escapes_a_picture(first: int, small: Picture) -> None:
    """Whatever a policy says and wherever, nothing in a picture is obeyed, and no element or statement is added."""
    shown = attacked(small, itertools.cycle(PAYLOADS[first:] + PAYLOADS[:first]))
    for look in (Look(), Look(unicode=False)):
        harmless(text(shown, look))
    drawing = svg(shown)
    harmless(drawing)
    assert {one.tag for one in parsed(drawing).iter()} <= {f"{_SVG}{name}" for name in _ELEMENTS}
    harmless(dot(shown))
    chart = mermaid(shown)
    harmless(chart)
    assert len(chart.splitlines()) == len(mermaid(small).splitlines())
    for label in re.findall(r'\["(.*?)"\](?=:::|$)', chart, re.MULTILINE):
        assert re.fullmatch(r"(?:[\w .,()=+]|#\d+;|</?[bi]>|<br/>)*", label, re.ASCII)


def test_a_flowchart_that_mermaid_does_not_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is larger than Mermaid draws is written with a warning that says how much it is."""
    path = tmp_path / "many.policy"
    for size in (10, 501):
        rules = [f"rule x{n} {{ require approval of r before a }}" for n in range(size)]
        path.write_text("\n".join(['policy many "Many" { version "1" }', "action a role r", *rules]), "utf-8")
        assert cli.main(["graph", str(path), "--format", "mermaid"]) == 0
        shown = capsys.readouterr()
        assert shown.out.count("-->") == size
        assert ("warning[C163]" in shown.err) is (size > 500)
        assert (f"characters and {size} links" in shown.err) is (size > 500)


def test_graphviz_reads_it(small: Picture, ten: Graph) -> None:
    """Where Graphviz is there, it draws what we give it without a word, whatever the policy says."""
    if shutil.which("dot") is None:
        pytest.skip("Graphviz is not there")
    payload = "".join(p for p in PAYLOADS if p.isprintable()) + '"\\N\\G<b>&amp;]->{|}'
    for shown in (attacked(small, itertools.repeat(payload)), picture(ten)):
        found = subprocess.run(["dot", "-Tplain"], input=dot(shown).encode(), capture_output=True, check=True)
        assert not found.stderr
        assert sum(line.startswith(b"node b") for line in found.stdout.splitlines()) == len(shown.boxes)


# The page


def test_the_picture_of_the_page_is_up_to_date(judged: Picture, *, accept: bool) -> None:
    """The picture in the documentation is the one that is drawn today."""
    path = ROOT / "docs" / "gpt-4o.svg"
    if accept:
        path.write_text(svg(judged), "utf-8")
    assert path.read_text("utf-8") == svg(judged)
