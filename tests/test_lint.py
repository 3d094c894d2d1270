"""Lints: pages of cases, fixes that do what they claim, comments that allow, and the call."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from house import ROOT
from pages import Case, all_cases, cases, compiled_case, findings_of, pages
from pages_shown import finding_text, ill_said
from policylang.codes import CODES
from policylang.diagnostics import Diagnostic, Fix, PolicyError
from policylang.files import compile_source
from policylang.lint import FAST, MENDED, RULES, Family, Persona, View, lint, linted, names
from policylang.lint.fixing import Look, Seen, apart, edited, look_with, meaning, mended
from policylang.lint.rule import Rule
from policylang.source import Place, Source, Span

PAGES = pages("lint")
COMMENTS = {rule.code for rule in RULES if rule.family is Family.COMMENTS}


def view_of(case: Case, text: str | None = None) -> View:
    """A case, or another text in its place, as lints see it; raises PolicyError."""
    compiled = compiled_case(case, text)
    return View(checked=compiled.checked, graph=compiled.graph, warnings=compiled.warnings)


def rules_of(case: Case) -> tuple[Rule, ...]:
    """The lints that a case is about: those it names, or all of them that prove nothing."""
    return tuple(rule for rule in RULES if rule.code in case.parts) if case.parts else FAST


def found_in(case: Case, text: str | None = None) -> list[Diagnostic]:
    """What the lints of a case find."""
    return lint(view_of(case, text), rules_of(case))


def source_of(case: Case) -> Source:
    """The policy of a case."""
    name, text = next(iter(case.files.items()))
    return Source(name=name, text=text)


def shown(case: Case) -> str:
    """What the block of a case expects: findings, what mends them, and what is left of the lines that a fix changes."""
    found = linted(view_of(case), rules_of(case))
    said = "".join(finding_text(one) + _fix_text(one.fix) for one in found.found)
    said += "".join(f"allowed {one.finding.code}: {one.reason}\n" for one in found.allowed)
    return said or "nothing\n"


def _fix_text(fix: Fix | None) -> str:
    if fix is None:
        return ""
    source = fix.edits[0].place.source
    lines = [source.position(edit.place.span.start)[0] - 1 for edit in fix.edits]
    lines += [source.position(edit.place.span.end)[0] - 1 for edit in fix.edits]
    old, new = source.text.split("\n"), edited(source, fix.edits).text.split("\n")
    after = new[min(lines) : max(lines) + 1 + len(new) - len(old)]
    keeps = " (means the same)" if fix.keeps_meaning else ""
    return f"  fix: {fix.title}{keeps}\n" + "".join(f"    {line}".rstrip() + "\n" for line in after)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path, *, accept: bool) -> None:
    """Each case of a page says what is found, word for word, and what a fix makes of it."""
    if accept:
        text = page.read_text("utf-8")
        for case in reversed(cases(page)):
            start, end = case.where
            text = text[:start] + shown(case) + text[end:]
        page.write_text(text, "utf-8")
    assert {case.title: shown(case) for case in cases(page)} == {case.title: case.expected for case in cases(page)}


# Codes


@pytest.fixture(scope="module")
def findings() -> list[tuple[Case, Diagnostic]]:
    """What the lints of all cases find, once."""
    return [(case, finding) for case in all_cases("lint") for finding in found_in(case)]


def test_every_lint_has_a_case(findings: list[tuple[Case, Diagnostic]]) -> None:
    """Each lint has a code with a page that shows an example, and a case that produces it."""
    codes = {rule.code for rule in RULES if rule.code.startswith("L")}
    assert codes == {code for code in CODES if code.startswith("L")}
    assert codes == {finding.code for _, finding in findings if finding.code.startswith("L")}
    assert not [code for code in codes if "\n\n    " not in CODES[code].page]


def test_lints_have_a_family_and_somebody_who_asks() -> None:
    """There are lints of every family for every persona, and each for somebody."""
    assert all(rule.personas for rule in RULES)
    for persona in Persona:
        assert {rule.family for rule in RULES if persona in rule.personas} == set(Family)


def test_words_of_the_language_are_words_of_the_language() -> None:
    """The words that L104 knows stand in the table that colours policies: none is left of an older language."""
    table = json.loads((ROOT / "grammar/tokens.json").read_text("utf-8"))
    groups = [*table["words"].values(), *table["terminals"].values()]
    known = {word for group in groups for word in group["words"]} | {*table["names"]["truth"]}
    assert sorted(names.WORDS - known) == []


def test_findings_read_like_messages(findings: list[tuple[Case, Diagnostic]]) -> None:
    """A finding is a warning at a place of some length, says what is wrong in one line, and what to do."""
    for case, finding in findings:
        assert not list(ill_said(finding)), str(case)
        assert finding.severity == "warning"
        assert finding.help
        assert finding.place is not None
        assert finding.place.span.start < finding.place.span.end, str(case)


# Fixes


def test_fixes_do_what_they_claim(findings: list[tuple[Case, Diagnostic]]) -> None:
    """A fix alone gives a policy that compiles, in which that finding is gone; one that keeps the meaning does."""
    mending: dict[str, set[bool]] = {}
    for case, finding in findings:
        if finding.fix is None:
            continue
        text = edited(source_of(case), finding.fix.edits).text
        old, new = view_of(case), view_of(case, text)
        after = [(one.code, one.message) for one in lint(new, rules_of(case))]
        before = [(one.code, one.message) for one in lint(old, rules_of(case))]
        key = (finding.code, finding.message)
        assert after.count(key) < before.count(key), (str(case), key)
        if finding.fix.keeps_meaning:
            assert meaning(old) == meaning(new), (str(case), key)
        mending.setdefault(finding.code, set()).add(finding.fix.keeps_meaning)
    assert {code: True in keeps for code, keeps in mending.items()} == MENDED


def _look(case: Case) -> Look:
    return look_with(lambda source: view_of(case, source.text), lambda view: lint(view, rules_of(case)))


@pytest.mark.parametrize("changing", [False, True])
def test_mending_twice_changes_nothing(findings: list[tuple[Case, Diagnostic]], changing: bool) -> None:
    """All fixes of a case together leave none of their kind, keep the meaning where they must, and are idempotent."""
    fixable = [case for case, one in findings if one.fix is not None and (changing or one.fix.keeps_meaning)]
    for case in {str(case): case for case in fixable}.values():
        look = _look(case)
        once = mended(source_of(case), look, changing=changing)
        again = mended(once.source, look, changing=changing)
        assert (again.source.text, again.made) == (once.source.text, ()), str(case)
        assert not once.taken_back, str(case)
        if not changing:
            assert meaning(view_of(case)) == meaning(view_of(case, once.source.text)), str(case)


def test_what_breaks_the_promise_is_taken_back() -> None:
    """A fix that claims to keep the meaning, and does not, is taken back; the others beside it are made."""
    text = 'policy p { version "1" }\nlevels risk: low < high\naction a\nrole r\nrule x { forbid a }\n# one\n# two\n'
    source = Source(name="p.policy", text=text)

    def finding(old: str, new: str) -> Diagnostic:
        at = text.index(old)
        place = Place(source, Span(at, at + len(old)))
        return Diagnostic(code="L999", message=old, place=place, fix=_replacing(place, new))

    wrong = [finding("# one\n", ""), finding("x {", "y {"), finding("forbid a", "forbid b"), finding("# two\n", "")]

    def look(seen: Source) -> Seen:
        try:
            view = View(**vars_of(seen))
        except PolicyError as error:
            return Seen(found=error.diagnostics, meaning=None)
        return Seen(found=tuple(wrong) if seen.text == text else (), meaning=meaning(view))

    done = mended(source, look)
    assert done.source.text == text.replace("# one\n", "").replace("# two\n", "")
    assert [one.message for one in done.taken_back] == ["x {", "forbid a"]


def _replacing(place: Place, text: str) -> Fix:
    from policylang.diagnostics import replacing

    return replacing(place, text, keeps_meaning=True)


def vars_of(source: Source) -> dict[str, Any]:
    """What a view is made of."""
    compiled = compile_source(source)
    return {"checked": compiled.checked, "graph": compiled.graph, "warnings": compiled.warnings}


def test_fixes_of_errors_mend_them() -> None:
    """A fix of an error, made alone, gives a text without that error."""
    made: set[str] = set()
    for case in all_cases("parse", "resolve", "check", "mended"):
        name, found = next(iter(case.files)), findings_of(case)
        for one in found:
            if one.fix is None or one.place is None or one.place.source.name != name:
                continue
            source = edited(one.place.source, one.fix.edits)
            left = [(o.code, o.message) for o in _errors_of(case, source.text)]
            before = [(o.code, o.message) for o in found]
            assert left.count((one.code, one.message)) < before.count((one.code, one.message)), (str(case), one)
            made.add(one.code)
    assert {"P101", "P102", "P103", "P105", "P201", "P204", "P205", "P301", "P304"} <= made


def _errors_of(case: Case, text: str) -> Sequence[Diagnostic]:
    from dataclasses import replace

    name = next(iter(case.files))
    return findings_of(replace(case, files={**case.files, name: text}))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4), st.sampled_from(["", "x", "yy"])), max_size=8))
@settings(max_examples=60)
def test_edits_that_are_made_at_once_lie_apart(wanted: list[tuple[int, int, str]]) -> None:
    """Of fixes that overlap the first is made; those made at once give what one after the other gives, in any order."""
    source = Source(name="p", text="abcdefghijklmnopqrstuvwxyz")
    found = []
    for number, (start, length, text) in enumerate(wanted):
        place = Place(source, Span(start, start + length))
        found.append(Diagnostic(code="L999", message=str(number), place=place, fix=_replacing(place, text)))
    chosen = apart(source, found)
    assert chosen[:1] == found[:1]
    edits = [edit for one in chosen if one.fix is not None for edit in one.fix.edits]
    together = edited(source, edits).text
    assert together == edited(source, reversed(edits)).text
    for edit in sorted(edits, key=lambda one: one.place.span.start, reverse=True):
        source = edited(source, [edit])
    assert together == source.text


# What comments allow


def test_what_a_comment_allows_is_gone_and_nothing_else(findings: list[tuple[Case, Diagnostic]]) -> None:
    """For each code found in a case, a comment for the file allows all of it, counts it, and changes nothing else."""
    tried: set[str] = set()
    for case, finding in findings:
        if finding.code in COMMENTS | tried or not case.page.stem.startswith(("names", "thresholds", "stages")):
            continue
        tried.add(finding.code)
        text = f"{source_of(case).text}\n# lint allow-file {finding.code}: because\n"
        before = linted(view_of(case), rules_of(case))
        after = linted(view_of(case, text), rules_of(case))
        assert [one.message for one in after.found] == [o.message for o in before.found if o.code != finding.code]
        assert {(one.finding.code, one.reason) for one in after.allowed} == {(finding.code, "because")}
        assert len(after.found) + len(after.allowed) == len(before.found)
    assert len(tried) > 25


def test_a_comment_that_allows_nothing_goes_without_a_trace() -> None:
    """The fix of a comment that allows nothing gives back the text as it was before the comment."""
    text = 'policy p { version "1" }\nlevels risk: low < high\n'
    for added in ("# lint allow L107: no\n", "levels tier: a < b  # lint allow L107: no\n", "#lint allow-file L107: x"):
        view = View(**vars_of(Source(name="p.policy", text=text + added)))
        rules = [rule for rule in RULES if rule.code in ("L001", "L107")]
        (finding,) = lint(view, rules)
        assert finding.fix is not None
        rest = added.partition("  #")[0] + "\n" if "levels" in added else ""
        assert edited(view.source, finding.fix.edits).text == text + rest
