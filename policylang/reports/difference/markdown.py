"""A difference as the comment on a change request: a table of what moved, then each change with its example.

A forge makes links, mentions, pictures and commands of what it finds in a comment, also of escaped text, since it looks
at the page and not at its source; only code it leaves alone. So whatever comes from a policy is written as code, but
for words of letters and plain punctuation, which mean nothing to anybody. What would be obeyed or not be seen is
written out first. Nothing we write needs HTML.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import Change, Difference, Direction, Witness
from policylang.reports.amounts import counted
from policylang.reports.difference import wording
from policylang.reports.style import plain

MOST = 60_000
"""How many characters a comment may have; the forges refuse somewhat more."""

_TAME = re.compile(
    r"""[("']*[^\W_]+(?:[-',;/%][^\W_]+|\.\d+)*[%)"']*[,;.:?]?[)"']*"""  # a word, a number, with what stands around it
    r"""|[≥≤→·]|§\d+(?:\.\d+)*[,;.]?|[,;.:?)]"""
)
_TOKEN = re.compile(r"\s+|\S+")
_HASH = re.compile(r"[0-9a-f]{7,}", re.IGNORECASE)
_REFERENCE = re.compile(r"[A-Z]+-\d", re.IGNORECASE)
_NUMBERED = re.compile(r"\d+[.)]")
_QUOTED = re.compile(r"`([^`]+)`")
_TICKS = re.compile(r"`+")


def markdown(difference: Difference, consequences: Consequences | None = None) -> str:
    """The comment; changes that would make it too long for a forge are counted at its end."""
    head = [*_head(difference), *_shifts(difference), *_consequences(consequences or Consequences())]
    changes = wording.gravest_first(difference.changes)
    grave = [_change(difference, change) for change in changes if change.direction is not Direction.NEUTRAL]
    neutral = [_in_short(change) for change in changes if change.direction is Direction.NEUTRAL]
    parts = ["\n".join(head), *grave]
    if neutral:
        parts.append("#### Without effect on any verdict\n")
        parts += neutral
    tail = f"\n---\n\nFrom {_revision(difference, is_old=True)}\nto {_revision(difference, is_old=False)}\n"
    sums = itertools.accumulate(len(part) + 1 for part in parts)
    kept = [part for part, size in zip(parts, sums, strict=True) if size <= MOST - len(tail)]
    left = len(parts) - len(kept)
    more = f"\n**{counted(left, 'more part')} left out**: `policyc diff` shows them all.\n" if left else ""
    return "\n".join(kept).rstrip("\n") + "\n" + more + tail


def code(text: str, *, in_table: bool = False) -> str:
    """A text from outside as code, on one line; between bars of a table without bars of its own."""
    shown = wording.said(text)
    if in_table:
        shown = shown.replace("|", "\\u{7c}")
    if not shown.strip():
        return "—"
    ticks = "`" * (max(map(len, _TICKS.findall(shown)), default=0) + 1)
    room = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{room}{shown}{room}{ticks}"


def prose(text: str) -> str:
    """A sentence: what it quotes and every word that is more than letters as code, the rest as it is."""
    pieces: list[tuple[str, bool]] = []
    gap = ""
    for token, is_code in _tokens(wording.clause_text(text)):
        if token.isspace():
            gap = " "
        elif pieces and pieces[-1][1] is is_code:
            pieces[-1] = (f"{pieces[-1][0]}{gap}{token}", is_code)
            gap = ""
        else:
            pieces += [(gap, False), (token, is_code)]
            gap = ""
    return "".join(code(piece) if is_code else piece for piece, is_code in pieces)


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words, what is quoted, and the gaps between; each with whether it is to be code."""
    for at, part in enumerate(_QUOTED.split(text)):
        if at % 2:
            yield part, True
        else:
            yield from ((token, not _is_tame(token)) for token in _TOKEN.findall(part))


def _is_tame(word: str) -> bool:
    """Whether a word means nothing to a forge: no mention, reference, link, commit, list or markup."""
    if not _TAME.fullmatch(word) or _NUMBERED.fullmatch(word):
        return False
    return not (_HASH.search(word) or _REFERENCE.search(word) or word.lower().startswith("www"))


def block(lines: Iterable[str]) -> str:
    """Lines from outside as a block of code."""
    shown = [plain(line) for line in lines]
    ticks = "`" * max([3, *(len(run) + 1 for line in shown for run in _TICKS.findall(line))])
    return "\n".join([f"{ticks}text", *shown, ticks])


def _mark(direction: Direction, word: str) -> str:
    return f"{wording.MARKS[direction]} {word}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, and an empty one."""
    for row in [header, ["---"] * len(header), *rows]:
        yield f"| {' | '.join(row)} |"
    yield ""


def _head(difference: Difference) -> Iterator[str]:
    """The headline, which policies, and how many changes go which way."""
    yield f"### {wording.headline(difference)}"
    yield ""
    yield f"{prose(difference.new.title or difference.new.name)} {_versions(difference)}".strip()
    yield ""
    for more in (wording.besides(difference), wording.sameness(difference)):
        if more:
            yield more
            yield ""
    if wording.counts(difference):
        yield " · ".join(f"**{wording.MARKS[direction]} {said}**" for direction, said in wording.counts(difference))
        yield ""


def _versions(difference: Difference) -> str:
    old, new = difference.old.version, difference.new.version
    return f"{code(old)} → {code(new)}" if old != new else code(new) if new else ""


def _shifts(difference: Difference) -> Iterator[str]:
    """What moved, action by action."""
    rows = []
    for shift in wording.moved(difference):
        step = wording.step(shift)
        how = "" if step is None else f"{code(step.old, in_table=True)} → {code(step.new, in_table=True)}"
        how += "" if step is None or step.at_worst else " (example)"
        share = wording.shift_share(shift) or "not worked out"
        moved = _mark(shift.direction, wording.MOVED[shift.direction])
        rows.append([f"**{moved}**", code(shift.action, in_table=True), how or "—", share])
    if rows:
        yield from table(["", "action", "at worst", "how much"], rows)
        unmoved = [shift.action for shift in difference.shifts if shift.direction is Direction.NEUTRAL]
        if unmoved:
            yield f"{counted(len(unmoved), 'action')} did not move: {', '.join(map(code, unmoved))}"
            yield ""
        if any(wording.shift_share(shift) for shift in difference.shifts):
            yield f"Inputs: {prose(difference.measure)}."
            yield ""


def _change(difference: Difference, change: Change) -> str:
    """One change, with everything a reviewer needs."""
    name = code(change.clause.name)
    was = change.clause.old_name
    renamed = f" (was {code(was)})" if was and was != change.clause.name else ""
    lines = [f"#### {_mark(change.direction, change.direction.value)}: {prose(change.clause.kind)} {name}{renamed}", ""]
    if change.clause.title:
        lines += [f"“{prose(change.clause.title)}”", ""]
    if change.sentence:
        lines += [prose(wording.capital(change.sentence)), ""]
    lines += _facts(change)
    if change.witness is not None:
        lines += ["", "For example:", "", *_example(difference, change.witness).split("\n")]
    return "\n".join([*lines, ""])


def _facts(change: Change) -> Iterator[str]:
    if change.was or change.now:
        yield f"- was: {_clause(change.was)}"
        yield f"- now: {_clause(change.now)}"
    alternatives = wording.region(change)
    if change.region:
        yield f"- where: {', or '.join(map(code, change.region))}" + (f", or {alternatives[-1]}" if change.more else "")
    elif alternatives:
        yield f"- where: {alternatives[0]}"
    if change.why_unknown:
        yield f"- not decided: {prose(change.why_unknown)}"
    if change.visible is False:
        yield f"- {wording.UNSEEN}"
    if wording.change_share(change):
        yield f"- {wording.change_share(change)}"
    about = ", ".join(part for part in (change.layer.value, *map(prose, change.clause.cites)) if part)
    places = [code(wording.place(where)) for where in (change.clause.old, change.clause.new) if where is not None]
    yield f"- {about}" + (f", {' → '.join(dict.fromkeys(places))}" if places else "")


def _clause(text: str) -> str:
    """The text of a clause as code, all of it."""
    words = wording.clause_text(text)
    if not words:
        return wording.NONE
    ticks = "`" * (max(map(len, _TICKS.findall(words)), default=0) + 1)
    return f"{ticks} {words} {ticks}" if "`" in words else f"`{words}`"


def _example(difference: Difference, witness: Witness) -> str:
    """What is given, and what both revisions say to it."""
    lines = [*(f"given {line}" for line in wording.given(witness)), *wording.verdict_lines(difference, witness)]
    return block(lines or ["any evidence"])


def _in_short(change: Change) -> str:
    parts = [f"{prose(change.clause.kind)} {code(change.clause.name)}"]
    if change.clause.old_name and change.clause.old_name != change.clause.name:
        parts[0] += f" (was {code(change.clause.old_name)})"
    if change.sentence:
        parts.append(prose(change.sentence))
    if change.was or change.now:
        parts.append(f"{_clause(change.was)} → {_clause(change.now)}")
    return f"- {': '.join(parts)}"


def _consequences(extra: Consequences) -> Iterator[str]:
    if extra.needs is not None:
        yield from ["#### This change needs", "", *_needs(extra.needs), ""]
    if extra.claims is not None:
        yield from ["#### What the policy says of its own changes", "", *_claims(extra.claims), ""]
    if extra.impacts is not None:
        yield from ["#### Recorded decisions that would change", "", *_impacts(extra.impacts), ""]


def _needs(needs: Sequence[Need]) -> Iterator[str]:
    if not needs:
        yield "Nothing, by the amend clauses of the old policy."
    for need in sorted(needs, key=lambda need: need.met):
        state = "✔ met" if need.met else "✘ missing"
        why = f", {prose(need.why)}" if need.why else ""
        yield f"- **{state}**: {prose(need.kind)} of {code(need.role)}{why}"


def _claims(claims: Sequence[Claim]) -> Iterator[str]:
    for claim in claims:
        said, found = ("nothing" if one is None else one.value for one in (claim.said, claim.found))
        state = f"✘ {prose(claim.problem)}" if claim.problem else "✔ as found"
        yield f"- **{state}**: {code(claim.name)}, said: {said}, found: {found}"
    if not claims:
        yield "Nothing, and nothing had to be said."


def _impacts(impacts: Sequence[Impact]) -> Iterator[str]:
    if not impacts:
        yield "None."
        return
    found = [(wording.impact_direction(impact.old, impact.new), impact) for impact in impacts]
    found.sort(key=lambda item: wording.ORDER.index(item[0]))
    rows = []
    for direction, impact in found:
        texts = [code(said, in_table=True) for said in (impact.evidence, impact.action, impact.old, impact.new)]
        rows.append([f"**{_mark(direction, wording.MOVED[direction])}**", *texts])
    yield from table(["", "evidence", "action", "was", "now"], rows)


def _revision(difference: Difference, *, is_old: bool) -> str:
    revision = difference.old if is_old else difference.new
    return f"{code(revision.path)}, {code(revision.digest)}"
