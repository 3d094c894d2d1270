"""What a hover says: kind, unit and title of a name, what it means in plain words, its clause, and its declaration.

Whatever comes from a policy is somebody's text. It is escaped, or stands in a fence that it cannot close, so that a
title can neither show a picture nor run a command of the editor.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policylang import explain, graph, syntax
from policylang.lsp.desk import Snapshot
from policylang.lsp.mentions import Mention, at, declaration
from policylang.source import Place, Span

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$:@/\"'=^])")
_TICKS = re.compile(r"`+")
_NAMES = re.compile(r"(`[A-Za-z0-9_.,:>=<% ]+`)")
_BUILT_IN = {
    "n": "how many units a reading is of",
    "status": "how the run of a reading ended",
    "age": "how long ago a reading was made",
    "evaluator": "what made a reading",
    "independent": "whether somebody else than the developer made a reading",
}
"""What every reading has."""
_MAX_SHOWN = 1_500
_MAX_LINES = 24


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is said of the name in a span, as Markdown and as plain text."""

    span: Span
    markdown: str
    plain: str


def describe(snapshot: Snapshot, offset: int, built: graph.Graph | None) -> Description | None:
    """What the name at an offset means; with the graph of a policy that compiles, in full."""
    mention = at(snapshot.mentions(), offset)
    if mention is None:
        return None
    facts = _Facts(snapshot, mention, built)
    lines = [(kind, text) for kind, text in facts.all() if text]
    if not lines:
        return None
    return Description(
        span=mention.span,
        markdown="\n\n".join(_markdown(kind, text) for kind, text in lines),
        plain="\n\n".join(_plain(text) for _, text in lines),
    )


def escaped(text: str) -> str:
    """Text that Markdown takes as it is, on one line."""
    shown = " ".join(_plain(text).split())
    outer = (" " if text[:1] == " " else "", " " if text[-1:] == " " else "")
    return outer[0] + _SPECIAL.sub(r"\\\1", shown) + (outer[1] if shown else "")


def _plain(text: str) -> str:
    shown = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "\u2026"


def _markdown(kind: str, text: str) -> str:
    match kind:
        case "head":
            return f"**{escaped(text)}**"
        case "code":
            longest = max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
            fence = "`" * max(3, longest + 1)
            return f"{fence}policy\n{_plain(text)}\n{fence}"
        case "said":  # our own sentence: names stand in backticks in it, and nothing else does
            parts = _NAMES.split(text)
            return "".join(part if number % 2 else escaped(part) for number, part in enumerate(parts))
        case _:
            return escaped(text)


class _Facts:
    """What is known of one name."""

    def __init__(self, snapshot: Snapshot, mention: Mention, built: graph.Graph | None) -> None:
        self.snapshot, self.mention, self.built = snapshot, mention, built
        self.resolved = snapshot.resolved
        self.item: Any = self.resolved.named.get(mention.kind, {}).get(mention.name)

    def all(self) -> Iterator[tuple[str, str]]:
        """The parts of the description: what kind of text each is, and the text."""
        yield "head", f"{self.mention.kind} {self.mention.written}{self.type()}"
        yield "text", getattr(getattr(self.item, "title", None), "text", "")
        if self.mention.kind == "level":
            yield "text", self.level()
        elif self.mention.kind == "action" and self.item is None:
            yield "text", self.group()
        elif self.item is None:
            yield "text", _BUILT_IN.get(self.mention.name, "nothing declares it")
        yield from (("said", said) for said in self.meaning())
        yield from (("text", said) for said in self.cited())
        place = declaration(self.resolved, self.mention.kind, self.mention.name)
        if place is not None and not self.mention.declares and self.mention.kind != "level":
            yield "code", self.declared(place)
            if place.source.name != self.snapshot.source.name:
                yield "text", f"in {place.source.name.rpartition('/')[2]}"

    def type(self) -> str:
        match self.item:
            case syntax.Measure(type=declared) | syntax.Attribute(type=declared) | syntax.Parameter(type=declared):
                return f": {declared.name.text}"
            case syntax.Category(ladder=ladder) | syntax.Control(ladder=syntax.Name() as ladder):
                return f": {ladder.text}"
            case _:
                return ""

    def level(self) -> str:
        ladder, _, level = self.mention.name.partition(".")
        item = self.resolved.named["ladder"].get(ladder)
        if item is None:
            return "no ladder here has this level"
        names = [each.text for each in item.levels]
        order = " < ".join(names)
        return f"{names.index(level) + 1} of {len(names)} on the ladder {ladder}: {order}" if level in names else order

    def group(self) -> str:
        below = [name for name in self.resolved.named["action"] if name.startswith(f"{self.mention.name}.")]
        return f"every action below it: {', '.join(below)}" if below else "nothing declares it"

    def meaning(self) -> Iterator[str]:
        """What it means in plain English, from the graph."""
        if self.built is None or self.item is None or self.mention.kind not in explain.KINDS:
            return
        yield from explain.sentences(self.built, self.mention.kind, self.mention.name)

    def cited(self) -> Iterator[str]:
        """The clauses that the declaration encodes, with their text."""
        cites = getattr(self.item, "cites", ())
        for cite in cites:
            clause = self.resolved.named["clause"].get(cite.text) if isinstance(cite, syntax.Name) else None
            title = "" if clause is None or clause.title is None else f": \u201c{clause.title.text}\u201d"
            where = "" if clause is None else "".join(f", {each.text}" for each in clause.cites)
            yield f"{'clause' if isinstance(cite, syntax.Name) else 'cites'} {cite.text}{title}{where}"
        if isinstance(self.item, syntax.Clause) and self.item.not_encoded is not None:
            yield f"not encoded: {self.item.not_encoded.text}"

    def declared(self, place: Place) -> str:
        """The text of the declaration, or its beginning."""
        if self.item is not None:
            place = self.resolved.place(self.item)
        lines = place.source.text[place.span.start : place.span.end].splitlines()
        return "\n".join([*lines[:_MAX_LINES], *(["\u2026"] if len(lines) > _MAX_LINES else [])])
