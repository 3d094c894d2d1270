"""A difference as one page for a board: what got weaker at one look, then each change with was, now and an example.

The page has all it needs in itself, runs no script and loads nothing; its content security policy allows its own style
sheet, named by its hash, and nothing else. What comes from policies is made harmless here and escaped by the template.
"""

import base64
import difflib
import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policylang import resources
from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import Change, Difference, Direction, Layer, Revision, Shift, Witness
from policylang.reports.difference import picture, wording

_LAYERS = {
    Layer.THRESHOLDS: "what a score means",
    Layer.RULES: "what follows from it",
    Layer.EVIDENCE: "what counts as evidence",
    Layer.GOVERNANCE: "who decides and who is told",
    Layer.NAMES: "what things are called",
}
_GROUPS = {
    Direction.LOOSER: (
        "What got weaker",
        "Something is allowed, or asks for less, where the old version was strict.",
    ),
    Direction.UNKNOWN: ("What could not be decided", "These may weaken the policy, and count as if they did."),
    Direction.MIXED: ("What got weaker in some cases and stricter in others", "Each of these goes both ways."),
    Direction.STRICTER: (
        "What got stricter",
        "Something is forbidden, or asks for more, and did not before.",
    ),
}
_SIGNS = {"forbidden": "✘", "permitted": "✔", "conditional": "!", "undetermined": "?"}
_QUOTED = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"(\d) ")
_MOST_WORDS = 300
_NAME = re.compile(r"(?P<name>.+?) = (?P<value>.+)")

Words = tuple[tuple[str, bool], ...]
"""Pieces of a text, each with whether it stands out: as code in a sentence, as changed in a clause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A direction as it is shown: its sign, its word, and the name of its colours."""

    sign: str
    word: str
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One action in the picture."""

    mark: Mark
    action: str
    scale: picture.Scale | None
    step: wording.Step | None
    bar: picture.Bar | None
    share: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A witness as a scorecard: what is given, and what both revisions decide, with the sign of each verdict."""

    given: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One change."""

    number: int
    mark: Mark
    kind: str
    name: str
    title: str
    old_name: str
    about: str
    places: str
    sentence: Words
    was: Words
    now: Words
    region: Words
    unseen: bool
    share: str
    example: Example | None
    why_unknown: Words


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The changes that go one way."""

    title: str
    about: str
    cards: tuple[Card, ...]


def html(
    difference: Difference, consequences: Consequences | None = None, *, command: str = "", made_by: str = "policyc"
) -> str:
    """The page; `command` is the call that makes it again, `made_by` the program and its version."""
    from jinja2 import DictLoader, Environment, StrictUndefined  # needed for this one format

    css = resources.report_text("page.css")
    environment = Environment(
        loader=DictLoader({"page.html": resources.report_text("page.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    paths = [shlex.quote(wording.said(one.path)) for one in (difference.old, difference.new)]
    repeat = wording.said(command) or f"policyc diff {' '.join(paths)} --format html"
    return environment.get_template("page.html").render(
        css=css,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        picture=picture,
        repeat=repeat,
        made_by=wording.said(made_by),
        **_head(difference),
        **_changes(difference),
        **_extra(consequences or Consequences()),
    )


def _mark(direction: Direction, word: str) -> Mark:
    return Mark(sign=wording.MARKS[direction], word=word, kind=direction.value)


def _head(difference: Difference) -> dict[str, Any]:
    """The headline, the counts and the picture."""
    rows = [_row(shift) for shift in wording.moved(difference)]
    old, new = wording.labels(difference)
    has_shares = any(row.bar for row in rows) or any(change.share is not None for change in difference.changes)
    return {
        "headline": _NUMBER.sub("\\1\u00a0", wording.headline(difference)),
        "title": wording.title(difference),
        "versions": wording.versions(difference),
        "more": [more for more in (wording.besides(difference), wording.sameness(difference)) if more],
        "counts": [
            (_mark(direction, direction.value), difference.count(direction))
            for direction in wording.ORDER
            if difference.count(direction)
        ],
        "verdicts": [(verdict, picture.centre(verdict)) for verdict in wording.VERDICTS],
        "rows": rows,
        "unmoved": wording.unmoved(difference),
        "measure": wording.said(difference.measure) if has_shares else "",
        "old": old,
        "new": new,
        "revisions": [_revision("old", difference.old), _revision("new", difference.new)],
    }


def _revision(which: str, revision: Revision) -> dict[str, str]:
    return {
        "which": which,
        "title": wording.said(revision.title or revision.name),
        "version": wording.said(revision.version),
        "path": wording.said(revision.path),
        "digest": wording.said(revision.digest),
    }


def _row(shift: Shift) -> Row:
    step, share = wording.step(shift), wording.shift_share(shift)
    bar = picture.bar(shift.looser_share, shift.stricter_share, share)
    mark = _mark(shift.direction, wording.MOVED[shift.direction])
    action = wording.said(shift.action)
    return Row(mark=mark, action=action, scale=picture.scale(step), step=step, bar=bar, share=share)


# The changes


def _changes(difference: Difference) -> dict[str, Any]:
    """The cards by direction, and the table of what is neutral."""
    ordered = wording.gravest_first(difference.changes)
    cards = [_card(number, change) for number, change in enumerate(ordered, start=1)]
    groups = []
    for direction, (title, about) in _GROUPS.items():
        found = tuple(card for card in cards if card.mark.kind == direction.value)
        if found:
            groups.append(Group(title=title, about=about, cards=found))
    return {"groups": groups, "neutral": [card for card in cards if card.mark.kind == Direction.NEUTRAL.value]}


def _card(number: int, change: Change) -> Card:
    clause = change.clause
    old_name = wording.said(clause.old_name) if clause.old_name != clause.name else ""
    texts = (change.was, change.now)
    if change.direction is Direction.NEUTRAL and old_name and not any(texts):
        texts = (clause.old_name, clause.name)
    was, now = _compared(*map(wording.clause_text, texts))
    about = (_LAYERS[change.layer], wording.cites(clause))
    return Card(
        number=number,
        mark=_mark(change.direction, change.direction.value),
        kind=wording.said(clause.kind),
        name=wording.said(clause.name),
        title=wording.said(clause.title),
        old_name=old_name,
        about=" · ".join(part for part in about if part),
        places=wording.places(clause),
        sentence=_quoted(wording.capital(wording.clause_text(change.sentence))),
        was=was,
        now=now,
        region=tuple((text, at < len(change.region)) for at, text in enumerate(wording.region(change))),
        unseen=change.visible is False,
        share=wording.change_share(change),
        example=None if change.witness is None else _example(change.witness),
        why_unknown=_quoted(wording.said(change.why_unknown)),
    )


def _quoted(text: str) -> Words:
    """A sentence in pieces, with what it quotes apart."""
    return tuple((part, at % 2 == 1) for at, part in enumerate(_QUOTED.split(text)) if part)


def _compared(was: str, now: str) -> tuple[Words, Words]:
    """Both texts of a clause, with the words apart that only one of them has; none where they have little in common."""
    old, new = was.split(), now.split()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    is_close = len(old) + len(new) <= _MOST_WORDS and old != new
    blocks = matcher.get_matching_blocks() if is_close else []
    if 3 * sum(block.size for block in blocks) < max(len(old), len(new), 1):
        return _whole(was), _whole(now)
    kept_old = {at for block in blocks for at in range(block.a, block.a + block.size)}
    kept_new = {at for block in blocks for at in range(block.b, block.b + block.size)}
    return _pieces(old, kept_old), _pieces(new, kept_new)


def _whole(text: str) -> Words:
    return ((text, False),) if text else ()


def _pieces(words: Sequence[str], kept: set[int]) -> Words:
    pieces: list[tuple[str, bool]] = []
    for at, word in enumerate(words):
        is_changed = at not in kept
        if pieces and pieces[-1][1] is is_changed:
            pieces[-1] = (f"{pieces[-1][0]} {word}", is_changed)
        else:
            pieces.append((word, is_changed))
    return tuple(pieces)


def _example(witness: Witness) -> Example:
    given = []
    for line in wording.given(witness):
        match = _NAME.fullmatch(line)
        given.append((match["name"], match["value"]) if match else (line, ""))
    return Example(
        given=tuple(given),
        outcomes=tuple(
            (wording.said(item.of), _signed(wording.said(item.old)), _signed(wording.said(item.new)))
            for item in witness.outcomes
        ),
    )


def _signed(verdict: str) -> tuple[str, str]:
    """A verdict with its sign; a level has none."""
    return _SIGNS.get(verdict, ""), verdict


# What follows


def _extra(extra: Consequences) -> dict[str, Any]:
    """What follows from the change, as far as it was asked: lists, or None."""
    return {
        "needs": None if extra.needs is None else [_need(need) for need in sorted(extra.needs, key=lambda n: n.met)],
        "claims": None if extra.claims is None else [_claim(claim) for claim in extra.claims],
        "impacts": None if extra.impacts is None else _impacts(extra.impacts),
    }


def _need(need: Need) -> dict[str, Any]:
    what = f"{wording.said(need.kind)} of {wording.said(need.role)}"
    return {"met": need.met, "what": what, "why": _quoted(wording.said(need.why))}


def _claim(claim: Claim) -> dict[str, str]:
    said, found = ("nothing" if one is None else one.value for one in (claim.said, claim.found))
    return {"name": wording.said(claim.name), "said": said, "found": found, "problem": wording.said(claim.problem)}


def _impacts(impacts: Sequence[Impact]) -> list[dict[str, Any]]:
    found = [(wording.impact_direction(impact.old, impact.new), impact) for impact in impacts]
    return [
        {
            "mark": _mark(direction, wording.MOVED[direction]),
            "evidence": wording.said(impact.evidence),
            "action": wording.said(impact.action),
            "old": _signed(wording.said(impact.old)),
            "new": _signed(wording.said(impact.new)),
        }
        for direction, impact in sorted(found, key=lambda item: wording.ORDER.index(item[0]))
    ]
