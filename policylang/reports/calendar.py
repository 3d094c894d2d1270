"""The agenda as a calendar file: iCalendar, RFC 5545, with the same bytes for the same agenda.

Each entry with a date is an event: all day where the date is a day, at its instant else. What is overdue without a date
stands on the as-of day. Everything is stamped with the as-of moment, no clock is read, and an event keeps its name when
the agenda is written again, so that a calendar that subscribes to it moves the event rather than adds another.
"""

import hashlib
from collections.abc import Iterator, Sequence

from policylang.clocks import Moment
from policylang.decide.agenda import Entry
from policylang.reports.agenda import Listed, since
from policylang.reports.style import plain
from policylang.reports.text import verdicts

_LINE = 75
"""Octets that a line may have, without its end."""
_END = "\r\n"
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//policylang//policyc due//EN", "CALSCALE:GREGORIAN")


def calendar(listed: Sequence[Listed]) -> str:
    """A calendar with every entry that has a date; with one that says so when there is none."""
    first = listed[0].decision
    lines = [*_HEAD, f"X-WR-CALNAME:{_escaped(f'Due for {first.subject.model}')}"]
    events = [line for one in listed for entry in one.entries if is_dated(entry) for line in _event(one, entry)]
    lines += events or _nothing(listed[0])
    lines.append("END:VCALENDAR")
    return "".join(_folded(line) + _END for line in lines)


def is_dated(entry: Entry) -> bool:
    """Whether an entry can stand in a calendar."""
    return entry.due is not None or entry.state == "overdue"


def _event(one: Listed, entry: Entry) -> Iterator[str]:
    """The lines of an event, with its reminder a week before."""
    as_of = one.decision.as_of
    policy = verdicts.policy(one.decision)
    summary = f"{one.decision.subject.model}: {entry.what}" + (f" ({entry.name})" if _is_unnamed(entry) else "")
    yield "BEGIN:VEVENT"
    yield f"UID:{_name(one, entry)}@policylang"
    yield f"DTSTAMP:{_instant(as_of)}"
    yield _start(entry.due or as_of)
    yield f"SUMMARY:{_escaped(summary)}"
    yield f"DESCRIPTION:{_text([policy, *_said(entry)])}"
    yield f"CATEGORIES:{entry.kind.upper()}"
    yield "TRANSP:TRANSPARENT"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_escaped(summary)}", "TRIGGER:-P7D", "END:VALARM")
    yield "END:VEVENT"


def _nothing(one: Listed) -> list[str]:
    """An event that says that there is none: a calendar without any is no calendar."""
    as_of = one.decision.as_of
    return [
        "BEGIN:VEVENT",
        f"UID:{_hashed('nothing', one.decision.subject.model)}@policylang",
        f"DTSTAMP:{_instant(as_of)}",
        _start(as_of),
        f"SUMMARY:{_escaped(f'{one.decision.subject.model}: nothing with a date is on the agenda')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _is_unnamed(entry: Entry) -> bool:
    return entry.kind == "notification"


def _said(entry: Entry) -> Iterator[str]:
    """What there is to know, a line each."""
    yield entry.why
    for word, value in (("by", entry.who), ("to", entry.to), ("see", ", ".join(entry.cites))):
        if value:
            yield f"{word} {value}"
    if since(entry):
        yield since(entry)
    yield entry.state
    if entry.note:
        yield entry.note


def _name(one: Listed, entry: Entry) -> str:
    """The name of an event: the same whenever the agenda is made, unless it is about another occasion."""
    start = "" if entry.start is None or entry.kind == "evaluation" else str(entry.start)
    words = (entry.kind, entry.name, entry.stage or "", entry.what, entry.who, entry.to, entry.why, start)
    return _hashed(one.decision.graph.header.name, one.decision.subject.model, *words, *_occasion(entry))


def _occasion(entry: Entry) -> tuple[str, ...]:
    """What tells entries of one measure apart that no clause does: runs without a result."""
    return (entry.note,) if entry.note.startswith("run ") else ()


def _hashed(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _start(when: Moment) -> str:
    if when.second is None:
        return f"DTSTART;VALUE=DATE:{_day(when)}"
    return f"DTSTART:{_instant(when)}"


def _day(when: Moment) -> str:
    return f"{when.day.year:04d}{when.day.month:02d}{when.day.day:02d}"


def _instant(when: Moment) -> str:
    """In UTC; a day counts from its first second."""
    minutes, seconds = divmod(when.second or 0, 60)
    return f"{_day(when)}T{minutes // 60:02d}{minutes % 60:02d}{seconds:02d}Z"


def _text(lines: Sequence[str]) -> str:
    return "\\n".join(_escaped(line) for line in lines)


def _escaped(text: str) -> str:
    """A text as a value: nothing hidden in it, and no sign that would end it."""
    shown = plain(text)
    for sign in ("\\", ";", ","):
        shown = shown.replace(sign, f"\\{sign}")
    return shown


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, none of which cuts a character."""
    pieces, piece, room = [], "", _LINE
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append(piece)
            piece, room = "", _LINE - 1
        piece += character
        room -= size
    return f"{_END} ".join([*pieces, piece])
