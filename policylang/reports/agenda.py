"""The agenda, for people and for programs: what is overdue, due and coming, by when, and how far compute may grow."""

from collections.abc import Sequence
from dataclasses import dataclass

from policylang.clocks import Moment
from policylang.decide.agenda import STATES, Entry, Growth, tightest
from policylang.decide.decision import Decision
from policylang.kinds import Kind
from policylang.reports.amounts import amount, counted, distance, moment
from policylang.reports.json import Json, number, signed, subject_of
from policylang.reports.style import Look, Page, Part, Run, brief, width
from policylang.reports.text import verdicts
from policylang.reports.text.needs import joined

AGENDA = "policylang/agenda/v1"

_MARKS: dict[str, Run] = {
    "overdue": ("✘ ", "bad"),
    "due": ("! ", "warn"),
    "coming": ("· ", "dim"),
    "no date": ("  ", ""),
}
_STATE = 9
_INDENT = 4 + _STATE
_FAR = 60
"""What begins further to the right goes on at the left again."""
_TONES = {"overdue": "bad", "due": "warn", "coming": "bold", "no date": "dim"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """The agenda under one policy: what is shown of it, and how many entries come later than was asked for."""

    decision: Decision
    entries: tuple[Entry, ...]
    later: int = 0


def counts(listed: Sequence[Listed]) -> dict[str, int]:
    """How many entries there are of each state."""
    states = [entry.state for one in listed for entry in one.entries]
    return {state: states.count(state) for state in STATES}


# For people


def text(listed: Sequence[Listed], ending: str, look: Look) -> str:
    """Overdue first, then by when; `ending` says what the exit status is and means."""
    page = Page(look)
    first = listed[0].decision
    when = f" · as of {moment(first.as_of)}"
    if len(listed) == 1:
        page.line((f"{verdicts.policy(first)} · {verdicts.subject(first)}", "bold"), when)
        verdicts.version(page, first)
        _section(page, listed[0])
    else:
        page.line((f"{counted(len(listed), 'policy')} · {verdicts.subject(first)}", "bold"), when)
        verdicts.version(page, first)
        for one in listed:
            page.blank()
            page.line((f"── {verdicts.policy(one.decision)} ", "bold"))
            _section(page, one)
    page.blank()
    page.line(ending)
    return page.text()


def _section(page: Page, one: Listed) -> None:
    """The agenda under one policy."""
    if not one.entries:
        page.blank()
        page.line("nothing is on the agenda" + (" that soon" if one.later else ""), indent=2)
    grouped: dict[tuple[object, ...], list[Entry]] = {}
    for entry in one.entries:
        grouped.setdefault(_alike(entry), []).append(entry)
    for state in STATES:
        groups = [same for same in grouped.values() if same[0].state == state]
        _state(page, groups, one.decision.as_of)
    growth = tightest(entry for entry in one.entries if entry.state == "coming")
    if growth is not None:
        page.blank()
        page.line(*_room(growth))
    if one.later:
        page.blank()
        page.line((f"{counted(one.later, 'entry')} later than asked for", "dim"))


def _alike(entry: Entry) -> tuple[object, ...]:
    """What entries have in common that are shown as one: the same is to be done with several things, or for several."""
    own = entry.name if entry.kind in ("notification", "duty") else ""
    start = entry.start if entry.due is not None else None
    said = (entry.kind, _verb(entry)[0], entry.who, own, entry.why, entry.note)
    return (entry.state, entry.due, entry.growth, start, *said)


def _verb(entry: Entry) -> tuple[str, str]:
    """What is to be done, and with what: `renew attestation of`, `refusals`."""
    if entry.kind == "duty":
        return "", entry.what
    sign = " of " if entry.kind == "review" else " "
    verb, _, thing = entry.what.partition(sign)
    return verb + sign, thing


def _state(page: Page, groups: Sequence[Sequence[Entry]], as_of: Moment) -> None:
    """What is of one state: a line for what is to be done by when, and one below it for why."""
    times = [_when(same[0], as_of) for same in groups]
    long = max((width(when) for when, _ in times), default=0)
    wide = max((width(far) for _, far in times), default=0)
    if groups:
        page.blank()
    for same, (when, far) in zip(groups, times, strict=True):
        state = same[0].state
        runs: list[Run] = [_MARKS[state], (f"{state:<{_STATE}}", _TONES[state])]
        if long:
            runs.append((when + " " * (long - width(when) + 2), "bold"))
        if wide:
            runs.append((far + " " * (wide - width(far) + 2), _TONES[state]))
        start = 2 + sum(width(text) for text, _ in runs)
        page.line(runs, (_what(same), ""), indent=2, hang=start if start <= _FAR else _INDENT)
        page.line((_why(same), "dim"), indent=_INDENT, hang=_INDENT)


def _what(same: Sequence[Entry]) -> str:
    """What is to be done, with all that it is to be done with, by whom, for whom."""
    entry = same[0]
    what = _verb(entry)[0] + joined(list(dict.fromkeys(_verb(item)[1] for item in same)))
    if entry.kind == "notification":
        return f"{what} ({entry.name})"
    whom = ", ".join(dict.fromkeys(item.to for item in same if item.to))
    return what + (f", by {entry.who}" if entry.who else "") + (f" to {whom}" if whom else "")


def _when(entry: Entry, as_of: Moment) -> tuple[str, str]:
    """By when, and how far that is; for compute up to how much, and how much that is."""
    growth = entry.growth
    if entry.state == "due" and entry.due == as_of and entry.kind == "evaluation":
        return "now", ""
    if entry.due is not None:
        return moment(entry.due), distance(entry.due, as_of)
    if growth is None or growth.left is None:
        return "", ""
    left = "no more" if growth.left == 1 else f"{amount(growth.left, Kind.FACTOR, up=False)} now"
    return amount(growth.limit, Kind.COMPUTE, up=False), "outgrown" if entry.state == "overdue" else left


def _why(same: Sequence[Entry]) -> str:
    """The clause, where it stands, since when it counts, and what is to be noted."""
    entry = same[0]
    cites = list(dict.fromkeys(text for item in same for text in item.cites))
    parts = [entry.why, "; ".join(map(brief, cites))]
    if len({item.start for item in same}) == 1:
        parts.append(since(entry))
    parts.append(brief(entry.note))
    if entry.growth is not None and entry.growth.left is None:
        parts.append(f"it holds {_edge(entry.growth)} {amount(entry.growth.limit, Kind.COMPUTE, up=False)}")
    return " · ".join(part for part in parts if part)


def _edge(growth: Growth) -> str:
    return "to" if growth.inclusive else "to less than"


def since(entry: Entry) -> str:
    """From when the time of an entry runs, in words; empty where nothing says so."""
    if entry.start is None:
        return ""
    return f"{'last measured' if entry.kind == 'evaluation' else 'since'} {moment(entry.start)}"


def _room(growth: Growth) -> list[Part]:
    """How far compute may grow before the first reading goes stale, rounded down."""
    limit = amount(growth.limit, Kind.COMPUTE, up=False)
    if growth.left == 1:
        return ["effective compute is ", (limit, "bold"), ", and may not grow before a reading goes stale"]
    left = "" if growth.left is None else f", {amount(growth.left, Kind.FACTOR, up=False)} what it is"
    return [f"effective compute may grow {_edge(growth)} ", (limit, "bold"), f"{left}, before a reading goes stale"]


# For programs


def document(listed: Sequence[Listed], horizon: Moment | None) -> dict[str, Json]:
    """The same for programs, with its digest; `horizon` is the moment up to which entries are listed."""
    first = listed[0].decision
    return signed(
        {
            "schema": AGENDA,
            "subject": subject_of(first.subject),
            "as_of": str(first.as_of),
            "until": None if horizon is None else str(horizon),
            "counts": {state.replace(" ", "_"): count for state, count in counts(listed).items()},
            "policies": [_policy(one) for one in listed],
        }
    )


def _policy(one: Listed) -> dict[str, Json]:
    graph = one.decision.graph
    header = graph.header
    return {
        "policy": {
            "name": header.name,
            "title": header.title,
            "version": header.version,
            "digest": graph.digest,
        },
        "entries": [_entry(entry, one.decision.as_of) for entry in one.entries],
        "later": one.later,
        "compute": _growth(tightest(entry for entry in one.entries if entry.state == "coming")),
    }


def _entry(entry: Entry, as_of: Moment) -> dict[str, Json]:
    return {
        "kind": entry.kind,
        "name": entry.name,
        "stage": entry.stage,
        "what": entry.what,
        "who": entry.who or None,
        "to": entry.to or None,
        "why": entry.why,
        "cites": list(entry.cites),
        "start": None if entry.start is None else str(entry.start),
        "due": None if entry.due is None else str(entry.due),
        "days": None if entry.due is None else (entry.due.day - as_of.day).days,
        "state": entry.state,
        "compute": _growth(entry.growth),
        "note": entry.note or None,
    }


def _growth(growth: Growth | None) -> Json:
    if growth is None:
        return None
    return {
        "limit": f"{number(growth.limit, up=False)} FLOP",
        "inclusive": growth.inclusive,
        "left": number(growth.left, up=False),
    }
