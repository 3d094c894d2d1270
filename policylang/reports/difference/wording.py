"""What every report of a difference says alike: its headline, its order, its marks, and how shares and texts read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from policylang.analysis.difference import Change, Clause, Difference, Direction, Layer, Shift, Witness
from policylang.graph.nodes import Where
from policylang.kinds import decimal_text
from policylang.reports.amounts import counted
from policylang.reports.style import MAX_SHOWN, brief, width

ORDER = (Direction.LOOSER, Direction.UNKNOWN, Direction.MIXED, Direction.STRICTER, Direction.NEUTRAL)
"""The directions, the gravest first."""
COUNTED = (Direction.LOOSER, Direction.MIXED, Direction.STRICTER, Direction.UNKNOWN, Direction.NEUTRAL)
"""The directions in the order in which they are counted."""

MARKS = {
    Direction.LOOSER: "▼",
    Direction.UNKNOWN: "?",
    Direction.MIXED: "◆",
    Direction.STRICTER: "▲",
    Direction.NEUTRAL: "=",
}
PLAIN_MARKS = {**MARKS, Direction.LOOSER: "v", Direction.MIXED: "~", Direction.STRICTER: "^"}
"""The same where only ASCII can be written."""
MOVED = {
    Direction.LOOSER: "weaker",
    Direction.UNKNOWN: "unknown",
    Direction.MIXED: "mixed",
    Direction.STRICTER: "stricter",
    Direction.NEUTRAL: "unchanged",
}
"""What is said of an action, where `looser` is said of a clause."""

VERDICTS = ("permitted", "conditional", "undetermined", "forbidden")
"""The verdicts from the weakest to the strictest."""
NONE = "none"
"""Stands for what was not there, or is not there any more."""
ALWAYS = "always"
UNSEEN = "no evidence shows it in a verdict: another clause says the same, or no rule asks for it"
_LONGEST_LABEL = 24
_MUCH = 2000

_OURS = str.maketrans({"▼": "\\u{25bc}", "▲": "\\u{25b2}", "◆": "\\u{25c6}", "✘": "\\u{2718}", "✔": "\\u{2714}"})
_COMMANDS = ("##[", "##vso[")
_SPACES = re.compile(r"[ \t\r\n]+")


def said(text: str) -> str:
    """A text from outside on one line, made harmless and cut where it is very long; our own marks are written out."""
    return _unheard(brief(text).translate(_OURS))


def clause_text(text: str) -> str:
    """The text of a clause: as `said`, but its layout is one space, and more of it is shown."""
    words = _SPACES.sub(" ", text).strip(" ")
    pieces = (words[at : at + MAX_SHOWN] for at in range(0, min(len(words), _MUCH), MAX_SHOWN))
    return _unheard("".join(map(said, pieces)) + ("…" if len(words) > _MUCH else ""))


def capital(sentence: str) -> str:
    """A sentence with a capital at its start, where it starts with a letter of its own."""
    return sentence[:1].upper() + sentence[1:] if sentence[:1].isascii() else sentence


def _unheard(text: str) -> str:
    """A text that the log of a build service does not obey wherever it is printed: `::set-output`, `##[group]`."""
    for command in _COMMANDS:
        text = text.replace(command, f"#\\u{{23}}{command[2:]}")
    return text.replace(":", "\\u{3a}", 1) if text.lstrip().startswith("::") else text


def title(difference: Difference) -> str:
    """The title of the policy; both titles where the revision has another."""
    old, new = (said(one.title or one.name) for one in (difference.old, difference.new))
    return new if old == new else f"{old} → {new}"


def versions(difference: Difference) -> str:
    """`2.2 → 3.0`; one version where both have the same, empty where none has one."""
    old, new = (said(one.version) for one in (difference.old, difference.new))
    return new if old == new else f"{old or NONE} → {new or NONE}"


def labels(difference: Difference) -> tuple[str, str]:
    """What the two policies are called beside their verdicts: their versions, or `old` and `new`."""
    old, new = said(difference.old.version), said(difference.new.version)
    if old and new and old != new and max(len(old), len(new)) <= _LONGEST_LABEL:
        return old, new
    return "old", "new"


def headline(difference: Difference) -> str:
    """The difference in a few words: `This revision weakens 3 safeguards and strengthens 1`."""
    looser, stricter, mixed, doubt = (
        difference.count(direction)
        for direction in (Direction.LOOSER, Direction.STRICTER, Direction.MIXED, Direction.UNKNOWN)
    )
    if looser:
        also = f" and strengthens {stricter}" if stricter else ""
        return f"This revision weakens {counted(looser, 'safeguard')}{also}"
    if stricter:
        weakens = "" if mixed or doubt else " and weakens none"
        return f"This revision strengthens {counted(stricter, 'safeguard')}{weakens}"
    if mixed:
        them = "it" if mixed == 1 else "them"
        return f"This revision weakens {counted(mixed, 'safeguard')} in some cases and strengthens {them} in others"
    if doubt:
        return f"This revision may weaken {counted(doubt, 'safeguard')}: it could not be decided"
    return "This revision changes nothing that is decided"


def besides(difference: Difference) -> str:
    """What the headline leaves out: what goes both ways, and what could not be decided; empty where there is none."""
    is_told = difference.count(Direction.LOOSER) + difference.count(Direction.STRICTER) > 0
    mixed, doubt = difference.count(Direction.MIXED), difference.count(Direction.UNKNOWN)
    parts = []
    if mixed and is_told:
        parts.append(f"{mixed} more {'gets' if mixed == 1 else 'get'} weaker in some cases and stricter in others.")
    if doubt and (mixed or is_told):
        parts.append(f"{doubt} more could not be decided and {'counts' if doubt == 1 else 'count'} as weaker.")
    return " ".join(parts)


def sameness(difference: Difference) -> str:
    """Why there is nothing to tell; empty where a change is more than neutral."""
    if difference.direction is not Direction.NEUTRAL:
        return ""
    if difference.changes:
        neutral = counted(difference.count(Direction.NEUTRAL), "neutral change")
        return f"The same meaning: only {neutral}, and every verdict is as before on any evidence."
    if difference.old.digest == difference.new.digest:
        return "Identical: both have the same digest, so at most layout and comments differ."
    return "The same meaning: the two are written differently, and every verdict is as before on any evidence."


def counts(difference: Difference) -> list[tuple[Direction, str]]:
    """`18 looser`, `3 mixed`, … for each direction that some change has."""
    found = [(direction, difference.count(direction)) for direction in COUNTED]
    return [(direction, f"{count} {direction.value}") for direction, count in found if count]


def gravest_first(changes: Iterable[Change]) -> list[Change]:
    """Changes by direction, the gravest first; those of one direction stay in the order they have."""
    return sorted(changes, key=lambda change: ORDER.index(change.direction))


def moved(difference: Difference) -> list[Shift]:
    """The actions whose verdict moved, the gravest first."""
    found = [shift for shift in difference.shifts if shift.direction is not Direction.NEUTRAL]
    return sorted(found, key=lambda shift: (ORDER.index(shift.direction), -(shift.looser_share or 0), shift.action))


def unmoved(difference: Difference) -> list[str]:
    """The actions whose verdict did not move."""
    return [said(shift.action) for shift in difference.shifts if shift.direction is Direction.NEUTRAL]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """How far the verdict on an action moves on some evidence."""

    old: str
    new: str
    at_worst: bool  # else it is an example


def step(shift: Shift) -> Step | None:
    """The furthest that the verdict is weakened, or else how it moves on the witness."""
    if shift.furthest is not None:
        return Step(old=said(shift.furthest[0]), new=said(shift.furthest[1]), at_worst=True)
    for outcome in () if shift.witness is None else shift.witness.outcomes:
        if outcome.of == shift.action and outcome.old != outcome.new:
            return Step(old=said(outcome.old), new=said(outcome.new), at_worst=False)
    return None


def clause_name(clause: Clause) -> str:
    """`rule deployment_ceiling`, with the name it had where that was another."""
    name = " ".join(part for part in (said(clause.kind), said(clause.name)) if part)
    return f"{name} (was {said(clause.old_name)})" if clause.old_name and clause.old_name != clause.name else name


def cites(clause: Clause) -> str:
    """What the clause cites."""
    return ", ".join(map(said, clause.cites))


def places(clause: Clause) -> str:
    """`old.policy:88 → new.policy:91`."""
    found = [place(where) for where in (clause.old, clause.new) if where is not None]
    return " → ".join(dict.fromkeys(found))


def place(where: Where) -> str:
    """`new.policy:91`."""
    return f"{said(where.file)}:{where.line}"


def region(change: Change) -> list[str]:
    """Where a change holds, alternative by alternative; empty where that does not arise or is not known."""
    if change.region:
        more = [f"{counted(change.more, 'more alternative')}"] if change.more else []
        return [*map(said, change.region), *more]
    is_logic = change.layer in (Layer.THRESHOLDS, Layer.RULES)
    return [ALWAYS] if is_logic and change.direction not in (Direction.UNKNOWN, Direction.NEUTRAL) else []


def given(witness: Witness) -> list[str]:
    """The lines of a witness, without the word that starts each in a test."""
    return [said(line.strip().removeprefix("given ")) for line in witness.given]


def verdict_lines(difference: Difference, witness: Witness) -> list[str]:
    """What both revisions say to a witness, one line for each thing they are asked, the columns below one another."""
    old, new = labels(difference)
    cells = [(said(o.of), f"{old}: {said(o.old)}", f"{new}: {said(o.new)}") for o in witness.outcomes]
    first, second = (max((width(cell[at]) for cell in cells), default=0) for at in range(2))
    return [f"{_padded(of, first)}   {_padded(was, second)}   {now}" for of, was, now in cells]


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def share_text(share: Fraction, *, up: bool) -> str:
    """A share in percent, rounded as asked; what is not quite nothing or everything does not read as if it were."""
    percent = share * 100
    if 0 < percent < Fraction(1, 100):
        return "under 0.01%"
    if Fraction(999, 10) < percent < 100:
        return "over 99.9%"
    return f"{decimal_text(percent, 2 if percent < 10 else 1, up=up)}%"


def change_share(change: Change) -> str:
    """How much of the input space changes verdict by a change; empty where that was not worked out."""
    if change.share is None:
        return ""
    return f"changes a verdict in {share_text(change.share, up=change.direction.loosens)} of inputs"


def shift_share(shift: Shift) -> str:
    """`3.1% of inputs`, `12.5% weaker, 6.25% stricter`; empty where one of them was not worked out."""
    if shift.looser_share is None or shift.stricter_share is None:
        return ""
    looser, stricter = shift.looser_share, shift.stricter_share
    weaker, tighter = share_text(looser, up=True), share_text(stricter, up=False)
    if looser and stricter:
        return f"{weaker} weaker, {tighter} stricter"
    return f"{weaker if looser else tighter} of inputs"


def impact_direction(old: str, new: str) -> Direction:
    """Which way a recorded verdict would go; a word that is no verdict counts as doubt."""
    if old == new:
        return Direction.NEUTRAL
    if old not in VERDICTS or new not in VERDICTS:
        return Direction.UNKNOWN
    return Direction.LOOSER if VERDICTS.index(new) < VERDICTS.index(old) else Direction.STRICTER
