"""English: numbers, durations and lists in words, and the names of one policy as a reader says them.

What has a title is called by it, in “quotation marks”; what has none is called by its name, as `code`. Roles, stages
and levels are words of the policy's own that stand in nearly every sentence: they are said as they are, without
underscores, and in capitals where the policy writes them so (`rso`, “Responsible Scaling Officer”: the RSO).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from policylang.graph.nodes import Graph, Period
from policylang.kinds import Kind, Quantity, Unit, decimal_text, exact_text, value_text

_WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_MONTHS = "January February March April May June July August September October November December".split()
_LONGEST = 240
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(.*)")
_CAMEL = re.compile("[a-z][A-Z]")
_HEAD = re.compile("[:;] ")
_SHOUTED = re.compile(r"\b[A-Z]{2,6}\b")
_QUOTES = str.maketrans({"`": "'", "“": "'", "”": "'", '"': "'", "\n": " ", "\r": " ", "\t": " "})


def number(count: int) -> str:
    """A number as people write it in a sentence: `three`, `40`."""
    return _WORDS[count] if 0 <= count < len(_WORDS) else str(count)


def ordinal(count: int) -> str:
    """`first`, `second`, `13th`."""
    if 0 < count <= len(_ORDINALS):
        return _ORDINALS[count - 1]
    last = "th" if count % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{last}"


def counted(count: int, noun: str) -> str:
    """`one rule`, `two categories`, `40 tasks`."""
    return f"{number(count)} {noun if count == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """`rules`, `categories`, `families`."""
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def capital(text: str) -> str:
    """A text as a sentence begins; a name in backticks and a quotation stay as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A text with a capital and a full stop."""
    return capital(text) + ("" if text.endswith((".", ":")) else ".")


def quoted(title: str) -> str:
    """A title in quotation marks, which nothing in it can close."""
    text = title.translate(_QUOTES).strip()
    return f"“{text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(' ', 1)[0] + ' …'}”"


def code(name: str) -> str:
    """A name as code."""
    return f"`{name.replace('`', '')}`"


def called(name: str, title: str) -> str:
    """What a declaration is called: by its title, else by its name."""
    return quoted(title) if title.strip() else code(name)


def date(text: str) -> str:
    """`2025-05-14` as `14 May 2025`; a time of day stays behind it."""
    match = _DAY.fullmatch(text)
    if match is None:
        return text
    time = match[4].removeprefix("T").removesuffix("Z").removesuffix(":00")
    return f"{int(match[3])} {_MONTHS[int(match[2]) - 1]} {match[1]}" + (f", {time} UTC" if time else "")


def percent(value: Fraction, places: int = 2, *, up: bool = False) -> str:
    """A proportion as a percentage."""
    return f"{decimal_text(value * 100, places, up=up)}%"


def duration(quantity: Quantity) -> str:
    """`24 hours`, `one month`, `three business days`."""
    if quantity.number.denominator == 1 and 0 < quantity.number < len(_WORDS):
        return f"{number(int(quantity.number))} {quantity.unit}{'' if quantity.number == 1 else 's'}"
    return str(quantity)


def period(value: Period) -> str:
    """A duration, or that its parameter leaves it open."""
    return f"a time that is left open ({code(value.text)})" if value.quantity is None else duration(value.quantity)


def every(value: Period) -> str:
    """`every month`, `every six months`, `again after a time that is left open`."""
    if value.quantity is None:
        return f"again and again, after {period(value)}"
    return f"every {value.quantity.unit}" if value.quantity.number == 1 else f"every {duration(value.quantity)}"


def amount(value: Fraction, kind: Kind | None) -> str:
    """A bound as people say it: `20%`, `two days`, `1e26 FLOP`, `2 times`, `15`."""
    match kind:
        case Kind.DURATION if value > 0:
            years = value / (365 * 86400)
            text = f"{years} years" if years.denominator == 1 else value_text(value, kind)
            size, _, unit = text.partition(" ")
            return duration(Quantity(Fraction(size), Unit(unit.removesuffix("s"))))
        case Kind.FACTOR if value != 1:
            return f"{exact_text(value)} times"
        case _:
            return value_text(value, kind)


class Names:
    """The names of one policy as its reader says them."""

    def __init__(self, graph: Graph) -> None:
        """Titles by kind and name, and the words that the policy itself writes in capitals."""
        self.graph = graph
        self.titles: dict[tuple[str, str], str] = {}
        for kind, items in (
            ("stage", graph.stages),
            ("action", graph.actions),
            ("role", graph.roles),
            ("event", graph.events),
            ("attribute", graph.attributes),
            ("parameter", graph.parameters),
            ("control", graph.controls),
            ("measure", graph.measures),
            ("category", graph.categories),
            ("rule", graph.rules),
            ("exception", graph.exemptions),
            ("duty", graph.duties),
        ):
            self.titles.update({(kind, item.name): item.title for item in items})
        self._all = " | ".join((graph.header.title, graph.header.source, *self.titles.values()))
        self.short = _shortened(self.titles)
        self._capitals = frozenset(word.lower() for word in _SHOUTED.findall(self._all))

    def of(self, kind: str, name: str) -> str:
        """What a declaration is called: by its title, as far as it tells it from others, else by its name as code."""
        return called(name, self.short.get((kind, name), ""))

    def both(self, kind: str, name: str) -> str:
        """The same, with the name behind a title."""
        title = self.titles.get((kind, name), "")
        return f"{quoted(title)} ({code(name)})" if title.strip() else code(name)

    def words(self, name: str, between: str = " ") -> str:
        """A name as words: `not_ruled_out` is `not ruled out`."""
        parts = [part for part in name.split("_") if part] or [name]
        return between.join(part.upper() if part.lower() in self._capitals else part for part in parts)

    def role(self, name: str) -> str:
        """`the safety advisory group`, `the RSO`."""
        own = self.titles.get(("role", name), "")
        words = name.upper() if name.lower() == _initials(own) else self.words(name)
        written = self._written(words)
        if written and (_CAMEL.search(written) or written in self.graph.header.title):
            return written  # a name of its own: OpenAI, Google DeepMind
        return words if words.lower().startswith("the ") else f"the {written if ' ' in written else words}"

    def _written(self, words: str) -> str:
        """Words as the policy writes them in its titles, where it writes each with a capital; else nothing."""
        match = re.search(rf"\b{re.escape(words)}\b", self._all, re.IGNORECASE) if words.upper() != words else None
        return match[0] if match and all(word[0].isupper() for word in match[0].split()) else ""

    def roles(self, names: Iterable[str], word: str = "and") -> str:
        """Several roles."""
        return listed([self.role(name) for name in names], word)

    def level(self, name: str) -> str:
        """A level; one of several words in quotation marks, so that it reads as one."""
        words = self.words(name)
        return f"“{words}”" if " " in words else words

    def at_stage(self, stages: Sequence[str | None], word: str = "or") -> str:
        """` at the post-mitigation stage`, with a space before it; nothing where a policy has no stages."""
        known = [stage for stage in stages if stage is not None]
        if not known:
            return ""
        if len(known) == len(self.graph.stages) > 1:
            return " at any stage" if word == "or" else " at every stage"
        names = listed([self.words(stage, "-") for stage in known], word)
        return f" at the {names} stage" if len(known) == 1 or word == "or" else f" at the {names} stages"

    def actions(self, leaves: Iterable[str], word: str = "and") -> str:
        """Leaf actions, a group by its name where all of it is there."""
        return listed(self.action_parts(leaves, word), word)

    def action_parts(self, leaves: Iterable[str], word: str = "and") -> list[str]:
        """The same as a list."""
        left = [term.name for term in self.graph.actions if term.name in set(leaves)]
        if len(left) == len(self.graph.actions) > 2:
            return ["any action" if word == "or" else "every action"]
        every_ = "anything" if word == "or" else "everything"
        parts: dict[int, str] = {}
        for group, covered in sorted(self.graph.groups, key=lambda each: (-len(each[1]), each[0])):
            if len(covered) > 2 and set(covered) <= set(left):
                parts[self._place(covered)] = f"{every_} under {code(group)}"
                left = [name for name in left if name not in covered]
        parts.update({self._place([name]): self.of("action", name) for name in left})
        return [parts[place] for place in sorted(parts)]

    def _place(self, names: Sequence[str]) -> int:
        return min(place for place, term in enumerate(self.graph.actions) if term.name in names)


def _shortened(titles: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Titles; of categories and actions up to a colon or semicolon, where no other is the same up to there."""
    short = {key: _HEAD.split(title, 1)[0] for key, title in titles.items() if key[0] in ("category", "action")}
    count = Counter((key[0], head.lower()) for key, head in short.items())
    return dict(titles) | {key: head for key, head in short.items() if count[key[0], head.lower()] == 1}


def _initials(title: str) -> str:
    """The first letters of the capital words with which a title begins: `rso` of `the Responsible Scaling Officer`."""
    words = re.split(r"[\s-]+", re.split(r"[;,:(]", title)[0])
    return "".join(word[0] for word in words if word[:1].isupper()).lower()
