"""What people try who have never seen the language, and how it is said in it: one row for each way to err."""

import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policylang.diagnostics import Diagnostic, replacing
from policylang.source import Place, Source, Span

_REACH = 200
"""How many characters of the line are looked at before and after the place of a fault."""
_STOP = "\0"
"""Stands in the line where the parser stopped: a character that no policy has."""
_CUT = "\x01"
"""Stands where a long line was cut, so that nothing takes the cut for its end."""

DECLARATIONS = (
    "action amend attribute category changes clause control define duty evaluate event exception invariant levels "
    "measure parameter policy role rule set situation stage test use"
).split()
_FIELDS = (
    "across advised always and any anytime approved as assessed at attempts attested before beyond business by case "
    "cites confidence due effective every except expect extends forbid from given holds interpretation margin may "
    "metric monotone needs never not notify of on or outcome registered require runs score source strength to "
    "undefined unit unstaged until valid version veto waivable when within worse"
).split()
OURS = frozenset((*DECLARATIONS, *_FIELDS))
"""Words of the language: where one of them stands, a name or a string was forgotten and not written wrongly."""

_UNITS = {
    "second": "s sec secs", "minute": "m min mins", "hour": "h hr hrs", "day": "d dy dys", "week": "w wk wks",
    "month": "mo mos mth mths mnth mnths", "year": "y yr yrs",
}  # fmt: skip
_UNIT_BY = {short: unit for unit, shorts in _UNITS.items() for short in (*shorts.split(), unit, f"{unit}s")}
_COUNTS = {word: str(n) for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_COUNTS |= {"eleven": "11", "twelve": "12", "fourteen": "14", "thirty": "30", "sixty": "60", "ninety": "90"}
_MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_COMPARED = {
    ">=": ("is at least", "at least", "is no less than", "reaches", "is not below", "greater or equal"),
    "<=": ("is at most", "at most", "is no more than", "is not above"),
    ">": ("is above", "above", "exceeds", "is greater than", "greater than", "is more than", "more than", "is over"),
    "<": ("is below", "below", "is less than", "less than", "is under", "is lower than"),
    "!=": ("is not", "differs from", "not equal to"),
}
_COMPARED_BY = {phrase: sign for sign, phrases in _COMPARED.items() for phrase in phrases}


SHORT_TIME = re.compile(rf"(?P<n>[0-9]+(?:\.[0-9]+)?)(?P<u>{'|'.join(sorted(_UNIT_BY, key=len, reverse=True))})")
"""A time without the blank: number and unit."""


def _any(words: Iterable[str]) -> str:
    """A pattern for each of some words, the longest first."""
    return f"(?:{'|'.join(sorted(words, key=lambda word: (-len(word), word)))})"


@dataclass(frozen=True, kw_only=True)
class _Try:
    """One way to err.

    The pattern is matched in the line: `~` is where the parser stopped, a space is any blank, `(!…)` is what is wrong.
    `offer` takes its place, where that is certain; `where` is what could stand there instead, or nothing for anything.
    """

    pattern: str
    offer: str | Callable[[re.Match[str]], str] | None
    help: str = ""
    where: str = ""


def _spaced(m: re.Match[str]) -> str:
    return " ".join(m["x"].replace(_STOP, "").split())


def _underscored(m: re.Match[str]) -> str:
    return re.sub(r"[-\s]+", "_", m["x"].replace(_STOP, ""))


def _named(m: re.Match[str]) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", m["t"].lower()).strip("_")
    return f'{name} "{m["t"]}"' if name[:1].isalpha() else ""


def _day(m: re.Match[str]) -> str:
    """The day that is meant; nothing when day and month could be each other, or there is no such month."""
    word = m.groupdict().get("m") or ""
    month = _MONTHS.get(word[:3].lower(), 0) if word else int(m["a"])
    day = int(m["b"])
    if not word and len(m["y"]) == 4 and "mixed" in m.re.groupindex:
        if day <= 12 and month <= 12 and day != month:
            return ""
        month, day = min(month, day), max(month, day)
    return f"{m['y']}-{month:02}-{day:02}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _unit(m: re.Match[str]) -> str:
    return f"{_UNIT_BY[m['u']]}{'' if m['n'] + (m.groupdict().get('d') or '') == '1' else 's'}"


def time(m: re.Match[str]) -> str:
    """A number and a unit, as the language writes them."""
    return f"{m['n']} {_unit(m)}"


_N = r"[0-9]+(?:\.[0-9]+)?"
_NEW = rf"(?!{_any(OURS)}\b)[A-Za-z_]\w*"
_TIME = _any(_UNIT_BY)
_COMPARISON = _any(_COMPARED_BY).replace(" ", " ~?")
_MONTH = rf"(?i:{_any(_MONTHS)})[a-z]*"
_NAMED = "(?:role|rule|action|event|stage|duty|control|invariant|situation|clause|policy)"
_TYPE = r"\w+(?:\([^()]*\))?"
_DATES = "write a date as year, month and day: `2026-03-01`"
_ROWS = (
    # Comments
    _Try(
        pattern=r"(!~?/~?\*(?P<c>[^*]*)\*/)\s*$",
        offer=lambda m: f"# {m['c'].replace(_STOP, '').strip()}",
        help="comments begin with `#`",
    ),
    _Try(pattern=r"(!~?/~?\*)", offer=None, help="comments begin with `#`, on each line"),
    _Try(pattern=r"(!~?/~?/+|~--+)", offer="#", help="comments begin with `#`"),
    # Numbers
    _Try(pattern=rf"(?<![\w.])(!(?P<n>{_N}) ~%)", offer=r"\g<n>%", help=r"write `\g<n>%`, without a space"),
    _Try(pattern=r"(?<![\w.])(!(?P<n>[0-9]+)~?,~?(?P<d>[0-9]+) ?%)", offer=r"\g<n>.\g<d>%"),
    _Try(
        pattern=r"(?<![\w.])(!(?P<n>[0-9]{1,3})~?,~?(?P<d>[0-9]{3}))\b(?![%.,])",
        offer=None,
        help=r"numbers have no commas: write `\g<n>\g<d>`",
    ),
    _Try(pattern=rf"(?<![\w.])(!(?P<n>{_N}) ~?(?:percent|per ?cent|pct)\b)", offer=r"\g<n>%"),
    _Try(
        pattern=rf"\b(!score ?~?[(\[]? ?(?P<a>-?{_N}) ?~? ?(?:\.\.+|-|,|to|and) ?(?P<b>-?{_N})(?: ?[)\]])?)",
        offer=r"score(\g<a>..\g<b>)",
    ),
    # Times and dates
    _Try(pattern=rf"\b(?:every|within|valid|beyond) (!(?P<w>{_any(_COUNTS)})) ~(?:business )?{_TIME}\b",
         offer=lambda m: _COUNTS[m["w"]]),
    _Try(pattern=rf"(!~(?P<w>{_any(_COUNTS)}))\b", offer=lambda m: _COUNTS[m["w"]], where="a number"),
    _Try(pattern=rf"\bof (!(?P<w>{_any(_COUNTS)})) ~of ?\(", offer=lambda m: _COUNTS[m["w"]]),
    _Try(pattern=rf"(?<![\w.])(!(?P<n>[0-9]+)~(?P<d>\.[0-9]+)(?P<u>{_TIME}))\b",
         offer=lambda m: f"{m['n']}{m['d']} {_unit(m)}", where="a unit of time"),
    _Try(pattern=rf"(?<![\w.])(?P<n>{_N}) (!~(?P<u>{_TIME}))\b", offer=_unit, where="a unit of time"),
    _Try(
        pattern=rf"(!~{_NEW})",
        offer=None,
        help="units of time are seconds, minutes, hours, days, weeks, months and years",
        where="a unit of time only",
    ),
    _Try(
        pattern=r"\bvalid (!until) ~?[\w\"]",
        offer=None,
        help="`valid` takes a length of time, such as `valid 90 days`",
    ),
    _Try(pattern=r"\bvalid (!for ?)~[0-9]", offer=""),
    _Try(pattern=r"\b(!(?P<b>before [\w.,\s]*?\w) ~(?P<v>valid [0-9]+ (?:business )?\w+))",
         offer=r"\g<v> \g<b>"),
    _Try(pattern=r'(!~"(?P<d>[0-9]{4}-[0-9]{2}-[0-9]{2})")', offer=r"\g<d>", where="a date"),
    _Try(
        pattern=r"(!~(?P<y>[0-9]{4})[-/.](?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2}))\b",
        offer=_day, help=_DATES, where="a date",
    ),
    _Try(
        pattern=r"(!~(?P<a>[0-9]{1,2})(?P<mixed>[-/.])(?P<b>[0-9]{1,2})[-/.](?P<y>[0-9]{4}))\b",
        offer=_day, help=_DATES, where="a date",
    ),
    _Try(
        pattern=rf"(!~(?P<b>[0-9]{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? (?P<m>{_MONTH})\.?,? (?P<y>[0-9]{{4}}))\b",
        offer=_day, help=_DATES, where="a date",
    ),
    _Try(
        pattern=rf"(!~(?P<m>{_MONTH})\.? (?P<b>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<y>[0-9]{{4}}))\b",
        offer=_day, help=_DATES, where="a date",
    ),
    _Try(pattern=rf"(!~[0-9][0-9./-]*|~{_NEW})", offer=None, help=_DATES, where="a date only"),
    _Try(pattern=r"(!~(?:date|dated|from|since|valid from))\b ?[0-9\"]", offer="effective", where="`effective`"),
    # Names and titles
    _Try(pattern=r"\brequires? .*?(!sign(?:~-| ~)off)\b", offer="approval", where="`before`"),
    _Try(
        pattern=r"(?<![\w.])(![A-Za-z_]\w*~-[A-Za-z_]\w*(?:-\w+)*)",
        offer=_underscored,
        help="names have no `-`: write `OFFER`",
    ),
    _Try(
        pattern=rf"\b{_NAMED} (!\w+ ~{_NEW}(?: {_NEW})*)",
        offer=_underscored,
        help="a name is one word: write `OFFER`",
    ),
    _Try(
        pattern=rf'\b(?P<k>{_any(DECLARATIONS)}) (!~"(?P<t>[^"\\`]*)")',
        offer=_named,
        help=r"a name stands first: write `\g<k> OFFER`",
        where="a name",
    ),
    _Try(
        pattern=r'\b(?:category|measure|attribute|control) (?P<n>\w+)(! ~?(?P<t>"[^"\\`]*") ?~?: ?(?P<k>'
        + _TYPE + "))",
        offer=r": \g<k> \g<t>",
        help=r"the title stands last: write `\g<n>OFFER`",
    ),
    # Words
    _Try(
        pattern=r"\b(?P<l>\w+)(! ?~(?::|==?|=>|->))", offer=" when", help=r"write `\g<l> when …`", where="`when` only"
    ),
    _Try(
        pattern=r"\b(!authori[sz]ation|permission|consent|agreement|sign-?off|clearance|endorsement) ~(?:of|by|from)\b",
        offer="approval",
        where="`before`",
    ),
    _Try(pattern=r"\b(!judged|rated|evaluated|determined) ~by\b", offer="assessed", where="`when` only"),
    _Try(
        pattern=r"\brequires? .*?(?:approval|consultation) (!~(?:by|from|with))\b", offer="of", where="`of` only"
    ),
    _Try(pattern=r"\bwithin \w+(?: \w+){0,2} (!~(?:after|from|since|following))\b", offer="of", where="`of`"),
    _Try(pattern=r"(!(?:~[,:]|-~>|~=>|=~>) ?)(?:forbid|require|notify)\b", offer=" ", help="leave it out"),
    _Try(pattern=r"(!~,) ?$", offer=None, help="leave it out, or write `and`", where="`forbid`"),
    _Try(pattern=r"(!~then ?)\b", offer="", where="`forbid`"),
    _Try(pattern=r"\bexception \w+ to (!rules? )~[A-Za-z_]", offer=""),
    _Try(pattern=r"(!~(?:(?:to|should|must|will) be|is|are|be) )\w", offer="", where="`permitted`"),
    _Try(
        pattern=r"\bgiven [\w.]+ (!~(?:is|equals))\b",
        offer=None,
        help="write `at` before a level, `=` before a value",
    ),
    _Try(
        pattern=rf"\b(?:when|as|and|or)\b.*?[\w)] (!~?{_COMPARISON})\b(?: ~)?",
        offer=lambda m: _COMPARED_BY[_spaced(m)],
    ),
    _Try(
        pattern=r"\b(?:when|as|and|or)\b.*?[\w)] (!~?(?:is|are|equals|equal to|equal))\b(?: ~)?",
        offer=None,
        help="write `=` or `>=`",
    ),
)  # fmt: skip


@functools.cache
def _patterns() -> tuple[tuple[_Try, re.Pattern[str]], ...]:
    """The rows with their patterns, made when the first fault is found."""
    return tuple((row, re.compile(_plain(row.pattern), re.ASCII)) for row in _ROWS)


def _plain(pattern: str) -> str:
    return pattern.replace(" ", r"(?:[\x20\t]+)").replace("(!", "(?P<x>").replace("~", _STOP)


def meant(source: Source, text: str, at: int, expected: list[str]) -> Diagnostic | None:
    """The finding for a fault of which we know what is meant there; None when we do not."""
    end = text.find("\n", at)
    first = max(text.rfind("\n", 0, at) + 1, at - _REACH)
    line = text[first:at] + _STOP + text[at : min(len(text) if end < 0 else end, at + _REACH)]
    line += "" if end < 0 or end <= at + _REACH else _CUT
    stop = at - first
    for row, pattern in _patterns():
        if not _fits(row.where, expected):
            continue
        match = next((m for m in pattern.finditer(line) if m.start() <= stop < m.end()), None)
        if match is not None:
            return _finding(source, row, match, first)
    return None


def _fits(where: str, expected: list[str]) -> bool:
    if not where.endswith(" only"):
        return not where or where in expected
    return expected[-1:] == [where.removesuffix(" only")] and set(expected[:-1]) <= {"`business days`"}


def _finding(source: Source, row: _Try, match: re.Match[str], first: int) -> Diagnostic:
    stop = match.string.index(_STOP)
    start, end = (first + n - (n > stop) for n in match.span("x"))
    place, shown = Place(source, Span(start, end)), shortened(match["x"].replace(_STOP, "").strip())
    offer = row.offer(match) if callable(row.offer) else match.expand(row.offer) if row.offer is not None else None
    if callable(row.offer) and not offer:
        offer = None
    offer = offer.replace(_STOP, "") if offer is not None else None
    if offer is None:
        help_ = "" if "OFFER" in row.help else match.expand(row.help)
        help_ = help_ or "write a name before the string"
    elif row.help and row.help is not _DATES:
        help_ = match.expand(row.help).replace("OFFER", shortened(offer))
    else:
        help_ = f"write `{shortened(offer)}`" if offer else "leave it out"
    fix = replacing(place, offer) if offer is not None else None
    message = f"`{shown}` cannot stand here"
    return Diagnostic(code="P101", message=message, place=place, help=help_.replace(_STOP, ""), fix=fix)


def shortened(word: str) -> str:
    """A word as it is shown."""
    return word if len(word) <= 40 else word[:40] + "…"
