"""What a revision changed, as text, JSON, Markdown and HTML: what is told, its order, and texts that try to escape."""

import base64
import dataclasses
import functools
import hashlib
import itertools
import json
import re
from collections.abc import Callable
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
import rfc8785
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from differences import EXTRA, IDENTICAL, LARGE, NOTHING, RENAMED, REWRITTEN, hostile, hostile_extra
from policylang import resources
from policylang.analysis.consequences import Consequences
from policylang.analysis.difference import Change, Difference, Direction
from policylang.cli.schema import SCHEMAS
from policylang.reports.difference import picture, wording
from policylang.reports.difference.document import document
from policylang.reports.difference.html import html
from policylang.reports.difference.markdown import MOST, code, markdown, prose
from policylang.reports.difference.text import text
from policylang.reports.json import encoded
from policylang.reports.style import WIDTH, Look, width
from test_reports import PAYLOADS, harmless

ALL = [LARGE, IDENTICAL, REWRITTEN, RENAMED]
SHOWN: dict[str, Callable[[Difference, Consequences], str]] = {
    "text": lambda difference, extra: text(difference, Look(), extra),
    "json": lambda difference, extra: encoded(document(difference, extra)),
    "markdown": markdown,
    "html": html,
}


def changed(*directions: Direction) -> Difference:
    """The large difference with changes of these directions only, one for each that is named."""
    first = {change.direction: change for change in reversed(LARGE.changes)}
    return dataclasses.replace(LARGE, changes=tuple(first[direction] for direction in directions))


# What every report says alike


@pytest.mark.parametrize(
    ("directions", "said", "besides"),
    [
        ("looser looser looser stricter", "weakens 3 safeguards and strengthens 1", ""),
        ("looser", "weakens 1 safeguard", ""),
        ("stricter", "strengthens 1 safeguard and weakens none", ""),
        ("stricter mixed", "strengthens 1 safeguard", "1 more gets weaker in some cases and stricter in others."),
        ("mixed", "weakens 1 safeguard in some cases and strengthens it in others", ""),
        ("unknown", "may weaken 1 safeguard: it could not be decided", ""),
        ("looser unknown unknown", "weakens 1 safeguard", "2 more could not be decided and count as weaker."),
        ("neutral", "changes nothing that is decided", ""),
    ],
)
def test_the_headline_says_it_in_a_sentence(directions: str, said: str, besides: str) -> None:
    """The headline counts what got weaker and stricter; what goes both ways or is in doubt is told, never left out."""
    difference = changed(*map(Direction, directions.split()))
    assert (wording.headline(difference), wording.besides(difference)) == (f"This revision {said}", besides)


@pytest.mark.parametrize(
    ("share", "up", "said"),
    [
        ("31/1000", True, "3.1%"),
        ("1/3", True, "33.4%"),
        ("1/3", False, "33.3%"),
        ("1/100000", True, "under 0.01%"),
        ("1/100000", False, "under 0.01%"),
        ("0", True, "0%"),
        ("1", False, "100%"),
        ("9999/10000", True, "over 99.9%"),
    ],
)
def test_shares_are_rounded_towards_danger(share: str, *, up: bool, said: str) -> None:
    """What got weaker is rounded up and what got stricter down, and neither nothing nor everything is feigned."""
    assert wording.share_text(Fraction(share), up=up) == said


@pytest.mark.parametrize("form", SHOWN)
def test_the_gravest_comes_first(form: str) -> None:
    """Whatever order changes are given in, weaker ones come before doubtful, mixed, stricter and neutral ones."""
    names = "cybersecurity marginal_risk partner_release persuasion_review asset_protection".split()
    for changes in (LARGE.changes, LARGE.changes[::-1]):
        shown = SHOWN[form](dataclasses.replace(LARGE, shifts=(), changes=changes), Consequences())
        shown = shown.replace("<wbr>", "")
        places = [re.search(rf'(?:[`> ]|"name": "){name}(?:["`<]|  |\n)', shown) for name in names]
        starts = [found.start() for found in places if found]
        assert len(starts) == len(names)
        assert starts == sorted(starts)


@pytest.mark.parametrize("form", SHOWN)
def test_equal_input_gives_equal_output(form: str) -> None:
    """A report depends on the difference alone."""
    again = dataclasses.replace(LARGE)
    assert SHOWN[form](LARGE, EXTRA) == SHOWN[form](again, EXTRA)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_everything_is_told(form: str) -> None:
    """Each change with its clause, its witness and its share is in each report for people."""
    shown = SHOWN[form](LARGE, EXTRA).replace("<wbr>", "")
    shown = re.sub(r"</?(?:del|ins|b|span|code)[^>]*>", "", shown) if form == "html" else shown
    for change in LARGE.changes:
        assert change.clause.name in shown
        assert not change.share or wording.change_share(change) in shown
        lines = [] if change.witness is None else wording.given(change.witness)
        assert all(line.split(" = ")[-1] in shown for line in lines)
    for word in ("3.1% of inputs", "12.5% weaker, 6.25% stricter", "gave up after 50 M steps", "2 more alternatives"):
        assert word in shown
    for word in ("develop.safety, study", "long_term_benefit_trust", "loosened and not said", "runs/acme-7b.yaml"):
        assert word in shown.replace("`", "")


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_nothing_changed_is_said_as_it_is(form: str) -> None:
    """Identical policies, other words of one meaning, and renamed things are told apart."""
    assert "Identical: both have the same digest" in SHOWN[form](IDENTICAL, Consequences())
    assert "The same meaning: the two are written differently" in SHOWN[form](REWRITTEN, Consequences())
    assert "The same meaning: only 3 neutral changes" in SHOWN[form](RENAMED, Consequences())
    assert "The same meaning" not in SHOWN[form](LARGE, Consequences())


def test_what_was_not_asked_is_not_told() -> None:
    """What follows from a change is left out where it was not asked, and said to be nothing where there is nothing."""
    for show in (SHOWN["text"], SHOWN["markdown"], SHOWN["html"]):
        asked, silent = show(REWRITTEN, NOTHING).lower(), show(REWRITTEN, Consequences()).lower()
        for heading in ("this change needs", "says of its own changes", "recorded decisions that would change"):
            assert heading in asked
            assert heading not in silent


# Text


def test_text_reads_like_this() -> None:
    """The headline, what moved, the change with its example, and what the change needs, in this order."""
    shown = text(LARGE, Look(), EXTRA)
    assert shown.startswith(
        "Acme Frontier Safety Framework · 2.2 → 3.0\n"
        "4 looser · 2 mixed · 2 stricter · 1 unknown · 3 neutral\n\n"
        "This revision weakens 4 safeguards and strengthens 2.\n"
    )
    assert (
        "▼ deploy.external       weaker    at worst forbidden → permitted     3.1% of inputs\n"
        "? develop.capabilities  unknown   at worst undetermined → permitted  share not worked out\n"
        "◆ deploy.partner        mixed     at worst conditional → permitted   12.5% weaker, 6.25% stricter\n"
        "▲ deploy.internal       stricter  for one permitted → conditional    33.3% of inputs\n"
        "  2 actions did not move: develop.safety, study\n"
    ) in shown
    assert (
        "▼ looser    rule evaluation_cadence  rules · §3.1, §3.2 “Comprehensive assessment”\n"
        "            rule `evaluation_cadence` is gone: no evaluation is due by compute or by time\n"
        "            was      evaluate beyond 4x effective_compute or every 6 months\n"
        "            now      none\n"
        "            where    always\n"
        "            witness  effective_compute = 9x that of the last evaluation\n"
        "                     age of cybench = 14 months\n"
        "                     develop.capabilities   2.2: undetermined   3.0: permitted\n"
        "            at       policies/acme-2.2.policy:112\n"
    ) in shown
    assert "  ✘ missing  approval of board " in shown


@pytest.mark.parametrize("difference", [*ALL, hostile()])
def test_text_is_a_hundred_columns_wide(difference: Difference) -> None:
    """No line is wider than a hundred columns or ends in a space, whatever a policy calls its things."""
    lines = text(difference, Look(), hostile_extra()).splitlines()
    assert not [line for line in lines if width(line) > WIDTH or line != line.rstrip()]


def test_text_says_in_words_what_colours_say() -> None:
    """Without its colours a coloured report is the plain one; where our signs cannot be written it is ASCII."""
    coloured = text(LARGE, Look(colour=True), EXTRA)
    assert coloured != text(LARGE, Look(), EXTRA) == re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    ascii_only = text(changed(Direction.LOOSER), Look(unicode=False), EXTRA)
    assert ascii_only.isascii()
    assert "v looser" in ascii_only


def test_versions_that_do_not_differ_are_called_old_and_new() -> None:
    """Beside a verdict stands which policy says it, also where both have one version or a very long one."""
    same = dataclasses.replace(LARGE, new=dataclasses.replace(LARGE.new, version="2.2"))
    assert wording.labels(LARGE) == ("2.2", "3.0")
    assert wording.labels(same) == wording.labels(hostile()) == ("old", "new")
    assert wording.versions(same) == "2.2"
    assert "old: forbidden   new: permitted" in text(same, Look())


# JSON


@pytest.mark.parametrize("difference", [*ALL, hostile()])
@pytest.mark.parametrize("extra", [None, EXTRA, NOTHING, hostile_extra()])
def test_documents_are_as_their_schema_says(difference: Difference, extra: Consequences | None) -> None:
    """Every document is admitted by the schema that `policyc schema difference` prints, and has its own digest."""
    schema = SCHEMAS["difference"]()
    Draft202012Validator.check_schema(schema)
    shown = json.loads(encoded(document(difference, extra)))
    assert not [error.message for error in Draft202012Validator(schema).iter_errors(shown)]
    rest = {key: value for key, value in shown.items() if key != "digest"}
    assert shown["digest"] == "sha256:" + hashlib.sha256(rfc8785.dumps(rest)).hexdigest()


def _floats(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        return [found for item in (value.values() if isinstance(value, dict) else value) for found in _floats(item)]
    return [value] if isinstance(value, float) else []


def test_documents_are_exact() -> None:
    """Shares are exact text, a decimal or a fraction; there are no floating-point numbers."""
    shown = document(LARGE, EXTRA)
    assert not _floats(shown)
    assert shown["actions"]["deploy.external"]["looser_share"] == "0.031"
    assert shown["actions"]["deploy.internal"]["stricter_share"] == "1/3"
    assert shown["actions"]["deploy.external"]["furthest"] == {"old": "forbidden", "new": "permitted"}
    assert shown["changes"][3]["share"] == f"1/{3**40}"
    assert shown["counts"] == {"looser": 4, "stricter": 2, "mixed": 2, "neutral": 3, "unknown": 1}
    assert shown["direction"] == "unknown"
    first = shown["changes"][0]
    assert first["clause"]["new"] == {"file": "policies/acme-3.0.policy", "line": 65}
    assert first["witness"]["test"].startswith('test "weaker"')
    assert document(LARGE)["consequences"] == {"needs": None, "claims": None, "impacts": None}
    assert document(LARGE, NOTHING)["consequences"] == {"needs": [], "claims": [], "impacts": []}


def test_a_share_of_thousands_of_digits_is_rounded_towards_danger() -> None:
    """A fraction that nobody could read is rounded to twelve places, up where it tells of weakening."""
    tiny = Fraction(1, 3**5000)
    shift = dataclasses.replace(LARGE.shifts[2], looser_share=tiny, stricter_share=1 - tiny)
    shown = document(dataclasses.replace(LARGE, shifts=(shift,)))["actions"]["deploy.partner"]
    assert (shown["looser_share"], shown["stricter_share"]) == ("0.000000000001", "0.999999999999")


# Markdown


def _outline(shown: str) -> list[str]:
    """The elements of a page of Markdown, HTML allowed, in their order; code and text are not told apart."""
    found = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(shown):
        found += [token.type, *(child.type for child in token.children or ())]
    return [kind for kind in found if kind not in ("text", "code_inline", "softbreak")]


@functools.cache
def _tame_outline() -> list[str]:
    return _outline(markdown(hostile("x"), hostile_extra("x")))


@functools.cache
def _tame_tags() -> list[str]:
    return Elements(html(hostile("x"), hostile_extra("x"), command="x", made_by="x")).tags()


def _plain_text(shown: str) -> str:
    """What a page says outside of code."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(shown)
    return "\n".join(child.content for token in tokens for child in token.children or () if child.type == "text")


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_escapes_markdown(payload: str) -> None:
    """Whatever a policy says, the page has the elements it would have, and nothing that a log would obey."""
    shown = markdown(hostile(payload), hostile_extra(payload))
    harmless(shown)
    assert _outline(shown) == _tame_outline()


@pytest.mark.parametrize(
    "payload",
    [
        "<img src=x onerror=alert(1)>",
        "<!-- hidden",
        "</details><script>",
        "`",
        "``` x",
        "a`b``c",
        "`<b>`<b>",
        "|a|b|",
        "\\|`<b>",
        "\\",
        "@octocat",
        "(@octocat)",
        "security@acme.test",
        "#12 GH-12 acme/policy#1",
        "0123456789abcdef0123456789abcdef01234567",
        "https://evil.test www.evil.test evil.test",
        "[a](javascript:b) ![](https://evil.test)",
        "**bold** _it_ ~~no~~ $x$ :tada: &lt;b&gt; &#64;octocat",
        "# heading",
        "- item",
        "1. item",
        "> quote",
        "===",
        "    code",
        "x\n\n# heading\n\n| a |\n| - |",
    ],
)
def test_markup_in_a_policy_is_text(payload: str) -> None:
    """Markup, links, references, mentions and HTML in a policy are code on the page, and obeyed nowhere."""
    for more in (payload, f" {payload}", f" `{payload}` {payload}"):
        shown = markdown(hostile(more), hostile_extra(more))
        assert _outline(shown) == _tame_outline()
        said = _plain_text(shown)
        assert not re.search(r"[<>@#$*_\[\]`|\\]|://|www|evil\.test|[0-9a-f]{7,}|GH-|:tada:|&lt", said)


def test_prose_stays_prose() -> None:
    """A plain sentence is written as it is; what it quotes, and names that are no words, are code."""
    assert prose("the board is told later, after 35% (not 20%).") == "the board is told later, after 35% (not 20%)."
    assert prose("level `high` of `cyber`: later") == "level `high` of `cyber`: later"
    assert prose("needs weight_security >= sl3 now") == "needs `weight_security >=` sl3 now"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
    assert code("") == "—"


def test_a_comment_fits_a_forge() -> None:
    """A comment is never longer than a forge takes; what is left out is counted, and it is the least grave."""
    many = dataclasses.replace(LARGE, changes=LARGE.changes * 20)
    shown = markdown(many, EXTRA)
    assert len(shown) <= MOST + 200
    assert re.search(r"\*\*\d+ more parts left out\*\*", shown)
    assert shown.count("#### ▼ looser") == 80 > shown.count("#### ▲ stricter")
    assert shown.endswith("`\n")


# HTML


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element opens."""
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "wbr", "br", "line", "circle", "rect", "polygon"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """An element closes, the last that was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text."""
        self.said.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of a kind."""
        return [attributes for name, attributes in self.found if name == tag]

    def tags(self) -> list[str]:
        """The kinds of elements in their order, but for those that only mark words."""
        return [tag for tag, _ in self.found if tag not in ("code", "wbr", "del", "ins", "b", "span")]


@pytest.mark.parametrize("difference", [*ALL, hostile()])
def test_the_page_is_well_formed(difference: Difference) -> None:
    """Elements close in order; headings go down one by one; tables have headers; pictures have words."""
    page = Elements(html(difference, EXTRA))
    assert not page.open
    assert page.of("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 == levels.count(1)
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    assert all(one.get("scope") in ("col", "row") for one in page.of("th"))
    assert all((one.get("role") == "img" and one.get("aria-label")) or "aria-hidden" in one for one in page.of("svg"))
    names = [value for _, one in page.found for key, value in one.items() if key == "id"]
    assert len(names) == len(set(names))
    assert {one["aria-labelledby"] for _, one in page.found if "aria-labelledby" in one} <= set(names)


def test_the_page_needs_nothing_else() -> None:
    """No script, no link, nothing loaded, no style but the one sheet, which the page allows by its hash."""
    shown = html(LARGE, EXTRA)
    page = Elements(shown)
    assert not {tag for tag, _ in page.found} & set("script link img iframe object embed a form input base".split())
    keys = {key for _, one in page.found for key in one}
    assert not {key for key in keys if key.startswith("on")} | (keys & {"style", "src", "href", "xlink:href"})
    [sheet] = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    [allowed] = [one["content"] for one in page.of("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert allowed == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in sheet
    assert "@import" not in sheet


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_no_text_escapes_the_page(payload: str) -> None:
    """Whatever a policy says, the page has the elements it would have, and shows it."""
    shown = html(hostile(payload), hostile_extra(payload), command=payload, made_by=payload)
    harmless(shown)
    page = Elements(shown)
    assert not page.open
    assert page.tags() == _tame_tags()


def test_a_move_is_drawn_on_the_scale() -> None:
    """From the old verdict's place an arrow goes to the new one's, to the left where it is weaker."""
    drawn = picture.scale(wording.Step(old="forbidden", new="permitted", at_worst=True))
    assert drawn is not None
    assert (drawn.old, drawn.new, drawn.label) == (350, 50, "at worst from forbidden to permitted")
    assert drawn.new < drawn.end < drawn.start < drawn.old
    back = picture.scale(wording.Step(old="permitted", new="conditional", at_worst=False))
    assert back is not None
    assert back.old < back.start < back.end < back.new
    assert picture.scale(None) is None
    assert picture.scale(wording.Step(old="forbidden", new="not covered", at_worst=True)) is None


def test_a_share_is_drawn_where_there_is_one() -> None:
    """A bar is as long as its share, never longer than all; the smallest share can be seen; what is unknown is not."""
    whole = picture.bar(Fraction(1, 2), Fraction(1, 2), "")
    assert whole is not None
    assert (whole.weaker, whole.stricter) == (100, 100)
    least = picture.bar(Fraction(1, 10**9), Fraction(1), "")
    assert least is not None
    assert (least.weaker, least.stricter) == (3, 197)
    assert picture.bar(None, None, "") is None


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, two: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_can_be_read_on_their_ground() -> None:
    """Every colour of words stands out from every ground it is on by at least 4.5 to 1."""
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", resources.report_text("page.css")))
    grounds = [value for name, value in colours.items() if name.endswith("tint") or name in ("paper", "faint")]
    inks = [value for name, value in colours.items() if value not in grounds and name != "line"]
    assert len(grounds) == len(inks) == 7
    assert min(_contrast(ink, ground) for ink in inks for ground in grounds) >= 4.5


def test_what_changed_in_a_clause_is_marked() -> None:
    """Of a clause the words that went and came are marked as such; texts with little in common are left alone."""
    shown = html(LARGE)
    assert "needs elicitation &gt;= <del>fine_tuned,</del> n &gt;= 40, held_out" in shown
    assert "notify board within 24 <ins>business</ins> hours" in shown
    other: Change = dataclasses.replace(LARGE.changes[-1], was="one two three", now="four five six")
    assert "<del>" not in html(dataclasses.replace(LARGE, changes=(other,)))


def test_the_page_says_how_to_repeat_it() -> None:
    """The call stands at its end, with names quoted as a shell needs it, and the digests of both policies."""
    old = dataclasses.replace(LARGE.old, path="my policy.policy")
    shown = html(dataclasses.replace(LARGE, old=old))
    assert "policyc diff &#39;my policy.policy&#39; policies/acme-3.0.policy --format html" in shown
    assert LARGE.old.digest in shown
    assert LARGE.new.digest in shown
