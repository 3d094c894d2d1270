"""Suppression: a comment that allows a finding, and says why.

    # lint allow L201: the framework says exactly this     (on a line of its own: for what begins on the next line)
    high when ctf > 20%  # lint allow L201, L202: as above   (at the end of a line: for that line)
    # lint allow-file L110: the names are those of the published framework

What is allowed is still counted, and an auditor is shown all of it. A comment that allows nothing is a finding itself,
and so is one without a reason. Errors cannot be allowed, nor can what is said of these comments.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policylang.diagnostics import Diagnostic, Edit, Fix, nearest
from policylang.lint.rule import EVERYBODY, Family, Rule, View
from policylang.source import Place, Source, Span

_MEANT = re.compile(
    r"#+[ \t]*(?:policyc[ \t]+)?(?:lint\b[ \t:,-]*(?:allow|ignore|disable|off|skip|suppress|expect)|noqa\b|nolint\b)",
    re.IGNORECASE,
)
"""A comment that somebody means for us, whether we can read it or not."""
_ALLOW = re.compile(r"#+[ \t]*lint allow(?P<file>-file)?[ \t]+(?P<codes>[^:]*?)[ \t]*(?::[ \t]*(?P<reason>.*?))?[ \t]*")
_CODE = re.compile(r"[^\s,]+")
_HOW = "write `# lint allow CODE: why`, or `# lint allow-file CODE: why`"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """A finding that a comment allows, and the reason it gives."""

    finding: Diagnostic
    reason: str


@dataclass(frozen=True, kw_only=True)
class Linted:
    """What lints found in one policy: what stands, and what a comment allows."""

    found: tuple[Diagnostic, ...]
    allowed: tuple[Allowed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Allowance:
    """One code that one comment allows, where, and all the places at which it does."""

    code: str
    place: Place
    comment: Place
    reason: str
    covers: tuple[Span, ...]
    is_alone: bool


def sifted(view: View, found: Sequence[Diagnostic], rules: Sequence[Rule]) -> Linted:
    """Findings apart by whether a comment allows them; what is wrong with the comments is found beside them."""
    every = [one for comment in view.comments for one in _allowances(view, comment.span)]
    allowances = [one for one in every if one.reason]
    used: set[_Allowance] = set()
    kept: list[Diagnostic] = []
    allowed: list[Allowed] = []
    for finding in found:
        by = next((one for one in allowances if _covers(one, finding, view.source)), None)
        if by is None:
            kept.append(finding)
        else:
            used.add(by)
            allowed.append(Allowed(finding=finding, reason=by.reason))
    ran = _whole(rules)
    if "L001" in ran:
        idle = [one for one in allowances if one.code in ran and one not in used and one.code not in _MACHINERY]
        kept += [_unused(view, one, sum(other.comment == one.comment for other in every)) for one in idle]
    order = {source.name: number for number, source in enumerate(view.resolved.sources)}
    kept.sort(key=lambda one: (order.get(one.place.source.name, 99), one.place.span.start) if one.place else (-1, 0))
    return Linted(found=tuple(kept), allowed=tuple(allowed))


def _whole(rules: Sequence[Rule]) -> set[str]:
    """The codes of which every lint is among these: where one was left out, what is not found may still be there."""
    from policylang.lint import RULES

    return {rule.code for rule in rules} - {rule.code for rule in RULES if rule not in rules}


def _covers(one: _Allowance, finding: Diagnostic, own: Source) -> bool:
    if finding.code != one.code or finding.severity == "error" or finding.code in _MACHINERY:
        return False
    if finding.place is None:
        return one.covers == ()
    is_own = finding.place.source.name == own.name
    at = finding.place.span.start
    return one.covers == () or (is_own and any(span.start <= at < span.end for span in one.covers))


def _unused(view: View, one: _Allowance, beside: int) -> Diagnostic:
    fix = _without(view.source, one) if beside == 1 else _without_code(view.source, one)
    message = f"this allows `{one.code}`, and there is none here"
    help_ = "delete it: what it allowed was mended, or stands elsewhere"
    return Diagnostic(code="L001", severity="warning", message=message, place=one.place, help=help_, fix=fix)


def _without(source: Source, one: _Allowance) -> Fix:
    """Deletes a whole comment, with its line when it has one of its own."""
    start, end = one.comment.span.start, one.comment.span.end
    text = source.text
    if one.is_alone:
        start = text.rfind("\n", 0, start) + 1
        end = min(end + 1, len(text))
    else:
        while start and text[start - 1] in " \t":
            start -= 1
    return Fix(
        title="delete this comment", edits=(Edit(place=Place(source, Span(start, end)), text=""),), keeps_meaning=True
    )


def _without_code(source: Source, one: _Allowance) -> Fix:
    """Deletes one of several codes, with the comma that goes with it."""
    start, end = one.place.span.start, one.place.span.end
    text = source.text
    after = re.compile(r"[ \t]*,[ \t]*").match(text, end)
    if after is not None:
        end = after.end()
    else:
        while start and text[start - 1] in " \t,":
            start -= 1
    return Fix(
        title=f"delete `{one.code}`",
        edits=(Edit(place=Place(source, Span(start, end)), text=""),),
        keeps_meaning=True,
    )


def _allowances(view: View, comment: Span) -> Iterator[_Allowance]:
    """What a comment allows, code by code."""
    source = view.source
    text = source.text[comment.start : comment.end].rstrip("\r")
    match = _ALLOW.fullmatch(text)
    if match is None:
        return
    line = source.text.rfind("\n", 0, comment.start) + 1
    is_alone = source.text[line : comment.start].strip() == ""
    covers = () if match["file"] else (_following(view, comment.end) if is_alone else Span(line, comment.end),)
    for code in _CODE.finditer(match["codes"]):
        at = comment.start + match.start("codes")
        yield _Allowance(
            code=code[0],
            place=Place(source, Span(at + code.start(), at + code.end())),
            comment=Place(source, comment),
            reason=match["reason"] or "",
            covers=covers,
            is_alone=is_alone,
        )


def _following(view: View, end: int) -> Span:
    """The declaration or field that begins on the next line that has one: what begins there, to where it ends."""
    text = view.source.text
    first = end
    while True:
        first = text.find("\n", first) + 1
        stop = text.find("\n", first)
        stop = len(text) if stop < 0 else stop
        line = text[first:stop].strip()
        if not first:
            return Span(len(text), len(text))
        if line and not line.startswith(("#", "```", "~~~")):
            break
        first = stop
        if stop >= len(text):
            return Span(stop, stop)
    begun = (span.end for span in map(view.span, view.parts) if first <= span.start < stop)
    return Span(first, max(stop, *begun, stop))


# What is wrong with the comments


def _comments(view: View) -> Iterator[tuple[Span, str]]:
    for comment in view.comments:
        text = view.source.text[comment.span.start : comment.span.end].rstrip("\r")
        if _MEANT.match(text):
            yield comment.span, text


def _said(code: str, place: Place, words: tuple[str, str], fix: Fix | None = None) -> Diagnostic:
    message, help_ = words
    return Diagnostic(code=code, severity="warning", message=message, place=place, help=help_, fix=fix)


def without_reason(view: View) -> Iterator[Diagnostic]:
    """Comments that allow something and do not say why."""
    for span, text in _comments(view):
        match = _ALLOW.fullmatch(text)
        if match is not None and not match["reason"] and match["codes"]:
            help_ = "say why after a colon: until then it allows nothing"
            yield _said(
                "L002", Place(view.source, span), (f"this asks to allow `{match['codes']}` and gives no reason", help_)
            )


def unknown(view: View) -> Iterator[Diagnostic]:
    """Codes in such comments that no lint has."""
    from policylang.codes import CODES
    from policylang.lint import RULES

    known = {rule.code for rule in RULES}
    for comment in view.comments:
        for one in _allowances(view, comment.span):
            if one.code in known or one.code in CODES:
                continue
            right = sorted(known - _MACHINERY)
            clear = one.code.upper().replace("O", "0").replace("I", "1")  # a letter in a number is a slip
            help_ = f"did you mean `{clear}`?" if clear in right else nearest(one.code, right)
            edit = Edit(place=one.place, text=clear)
            is_slip = clear in right  # any other guess would allow what nobody has allowed
            fix = Fix(title=f"write `{clear}`", edits=(edit,), keeps_meaning=True) if is_slip else None
            help_ = help_ if help_.startswith("did you mean") else "`policyc lint --rules` lists them all"
            yield _said("L003", one.place, (f"there is no lint `{one.code}`", help_), fix)


def unread(view: View) -> Iterator[Diagnostic]:
    """Comments that are meant for us and say nothing that we can read."""
    for span, text in _comments(view):
        match = _ALLOW.fullmatch(text)
        if match is None or not match["codes"]:
            yield _said(
                "L004",
                Place(view.source, span),
                ("this comment allows nothing: it is not written as one that does", _HOW),
            )


def not_allowable(view: View) -> Iterator[Diagnostic]:
    """Comments that allow an error, or what is said of such comments."""
    from policylang.codes import CODES
    from policylang.lint import RULES

    known = {rule.code for rule in RULES} - _MACHINERY
    for comment in view.comments:
        for one in _allowances(view, comment.span):
            if one.code in CODES and one.code not in known:
                what = "is about these comments" if one.code in _MACHINERY else "is an error"
                message = f"`{one.code}` {what}, and no comment allows it"
                yield _said("L005", one.place, (message, "mend what it is about, and delete this"))


_MACHINERY = frozenset(("L001", "L002", "L003", "L004", "L005"))
"""Findings about such comments, which no such comment allows."""


def _found_when_sifted(_: View) -> Iterator[Diagnostic]:
    yield from ()


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.COMMENTS, personas=EVERYBODY, find=find)
    for code, find in (
        ("L001", _found_when_sifted),
        ("L002", without_reason),
        ("L003", unknown),
        ("L004", unread),
        ("L005", not_allowable),
    )
)
