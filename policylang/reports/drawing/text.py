"""A picture in the terminal: a tree for each verdict, from what bears on it back to the evidence.

What was taken apart once is only named after that.
"""

from collections.abc import Iterator, Mapping, Sequence

from policylang.reports.drawing.glyphs import said
from policylang.reports.drawing.picture import Box, Kind, Mark, Picture, Row, Tone, verdicts_of
from policylang.reports.style import WIDTH, Look, Page, Run, width

_TONES: Mapping[Tone, str] = {"good": "good", "warn": "warn", "bad": "bad", "plain": "mark", "idle": "dim"}
_NARROWEST = 40
_SIGNS = frozenset({"✔ ", "✘ ", "● ", "? ", "! ", "· "})


def text(picture: Picture, look: Look) -> str:
    """The picture as a page of at most a hundred columns."""
    page = Page(look)
    page.line((said(picture.head.title), "bold"), f" · {_subject(picture)}")
    page.line((said(picture.about), "dim"))
    tree = _Tree(picture, page)
    tree.verdicts()
    tree.section("what verdicts rest on", tree.ends())
    rules = [box for box in picture.boxes if box.kind in (Kind.RULE, Kind.VETO)]
    tree.section("rules that bear on no verdict", tree.new(rules))
    tree.section("obligations", [box for box in picture.boxes if box.kind is Kind.DUTIES])
    tree.section("what nothing here rests on", tree.new(picture.boxes))
    return page.text()


def _subject(picture: Picture) -> str:
    what, name = picture.head.of
    parts = [] if what == "policy" else [f"what {name} rests on" if what == "action" else f"around {name}"]
    if picture.head.model is not None:
        parts += [f"{said(picture.head.model)} as of {picture.head.as_of}"]
    return " · ".join(parts) or "from evidence to verdicts"


class _Tree:
    """Boxes and what they rest on, written one below the other."""

    def __init__(self, picture: Picture, page: Page) -> None:
        self.picture = picture
        self.page = page
        self.shown: set[str] = set()
        self.below: dict[str, dict[str, set[str]]] = {}
        for bundle in picture.bundles:
            for target in bundle.targets:
                for source in bundle.sources:
                    rows = self.below.setdefault(target.box, {}).setdefault(source.box, set())
                    rows |= {source.row} - {""}
        for frame in picture.frames:
            if frame.last:
                members = [name for name in frame.boxes if name != frame.last]
                self.below[frame.last] = {name: set() for name in members}
            if frame.first:
                for name in frame.boxes[1:]:
                    self.below.setdefault(name, {})[frame.first] = set()

    def verdicts(self) -> None:
        """The verdicts of a decision, the strictest first."""
        order = "✘?!✔"
        found = sorted(verdicts_of(self.picture), key=lambda one: order.index(one[1].sign))
        self.page.blank()
        self.page.table(
            [
                [[(f"{mark.sign} ", _TONES[mark.tone]), (said(name), "bold")], (said(mark.word), _TONES[mark.tone])]
                for name, mark in found
            ]
        )

    def ends(self) -> list[Box]:
        """The boxes of verdicts, what is said of all actions of a group before each of them."""
        found: dict[str, Box] = {}
        for box in self.picture.boxes:
            if box.kind in (Kind.EVERY, Kind.VERDICT):
                frame = self.picture.frame_of.get(box.id)
                names = (box.id,) if frame is None else frame.boxes
                found.update({name: self.picture.box[name] for name in names})
        return list(found.values())

    def new(self, boxes: Sequence[Box]) -> list[Box]:
        """Those that are not written yet."""
        return [box for box in boxes if box.id not in self.shown]

    def section(self, heading: str, boxes: Sequence[Box]) -> None:
        """Some boxes, each with all that it rests on."""
        if not any(box.id not in self.shown for box in boxes):
            return
        self.page.heading(heading)
        for box in boxes:
            if box.id not in self.shown:
                self.page.blank()
                self.box(box, ("", ""), set())

    def box(self, box: Box, prefix: tuple[str, str], rows: set[str]) -> None:
        """A box and what it rests on; `rows` are those that are asked about, where not all are."""
        first, rest = prefix
        again = box.id in self.shown
        below = [] if again else self.sources(box)
        self.shown.add(box.id)
        under = rest + ("│  " if below else "   ")
        if box.kind is Kind.GROUP:
            self.asked(box, (first, under), rows)
        else:
            self.line((first, under), _head(box, again=again))
            for row in () if again else box.rows:
                self.line((under, f"{under}  "), _row(row))
        for number, (name, asked) in enumerate(below, 1):
            is_last = number == len(below)
            branch = (rest + ("└─ " if is_last else "├─ "), rest + ("   " if is_last else "│  "))
            self.box(self.picture.box[name], branch, asked)

    def asked(self, box: Box, prefix: tuple[str, str], rows: set[str]) -> None:
        """The questions to many categories that matter here."""
        first, under = prefix
        for row in box.rows:
            if not rows or row.id in rows:
                self.line((first, under), _row(row))
                first = under

    def sources(self, box: Box) -> list[tuple[str, set[str]]]:
        """What a box rests on, in the order of the policy."""
        found = self.below.get(box.id, {})
        return [(one.id, found[one.id]) for one in self.picture.boxes if one.id in found]

    def line(self, prefix: tuple[str, str], runs: Sequence[Run]) -> None:
        """Words behind the branches of the tree, wrapped."""
        first, rest = prefix
        room = max(WIDTH - width(rest), _NARROWEST)
        for number, line in enumerate(_lines(runs, room)):
            self.page.exactly((first if not number else rest, "dim"), list(line))


def _head(box: Box, *, again: bool) -> list[Run]:
    runs: list[Run] = [(f"{said(box.tag)} ", "dim"), (said(box.name), "bold")]
    if again:
        return [*runs, ("  as above", "dim")]
    if box.title:
        runs.append((f"  {said(box.title)}", ""))
    runs += [("  ", ""), *_marked(box.mark)]
    if box.cites:
        runs.append((f"  {said('; '.join(box.cites))}", "dim"))
    return runs


def _row(row: Row) -> list[Run]:
    runs: list[Run] = [(f"{said(row.lead)} ", "bold")] if row.lead else []
    runs += [(f"{said(row.text)} ", "")] if row.text else []
    return [*runs, *_marked(row.mark)]


def _marked(mark: Mark | None) -> list[Run]:
    return [] if mark is None else [(f"{mark.sign} ", _TONES[mark.tone]), (said(mark.word), _TONES[mark.tone])]


def _lines(runs: Sequence[Run], room: int) -> Iterator[list[Run]]:
    """Runs broken into lines between words; a word that is too long in pieces. No sign ends a line."""
    line: list[Run] = []
    used, held = 0, ""
    for word, tone in _words(runs, room):
        if word in _SIGNS:
            held = word
            continue
        if line and used + width(held) + width(word.rstrip()) > room:
            yield line
            line, used = [], 0
        if held:
            line.append((held, tone))
        line.append((word, tone))
        used += width(held) + width(word)
        held = ""
    if line:
        yield line


def _words(runs: Sequence[Run], room: int) -> Iterator[Run]:
    for text_, tone in runs:
        words = [text_] if text_ in _SIGNS else text_.split(" ")
        for at, word in enumerate(words):
            spaced = word + (" " if at < len(words) - 1 else "")
            size = room if width(word) > room else max(1, len(spaced))
            yield from ((spaced[start : start + size], tone) for start in range(0, len(spaced), size))
