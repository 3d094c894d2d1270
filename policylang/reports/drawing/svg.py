"""A picture as SVG: all it needs in itself, no script, light and dark, on paper too, and readable without colour.

Whatever comes from a policy or from evidence is made harmless and escaped. The style sheet stands in the file.
"""

import html
from collections.abc import Iterator, Sequence

from policylang import resources
from policylang.reports.drawing.glyphs import Face, Run, Words, length, said, wide, wrapped
from policylang.reports.drawing.layout import Layout, Placed, PlacedFrame, layout
from policylang.reports.drawing.paths import Drawn, drawn
from policylang.reports.drawing.picture import Box, Mark, Picture, verdicts_of
from policylang.reports.drawing.shapes import Text

_EDGE, _TOP, _FOOT = 28, 98, 66
_ABOVE = 26
_ORDER = ("no", "none", "possible", "definite")
_LEAST_WIDTH = 900
_APART = 5


def svg(picture: Picture) -> str:
    """The picture as one file."""
    placed = layout(picture)
    width = max(placed.width + 2 * _EDGE, _LEAST_WIDTH)
    above = list(_verdicts(picture, width))
    top = _TOP + _ABOVE * len(above)
    return "".join(f"{line}\n" for line in _lines(placed, width, top, above))


def _lines(placed: Layout, width: int, top: int, above: Sequence[Words]) -> Iterator[str]:
    picture, height = placed.picture, placed.height + top + _FOOT
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" aria-labelledby="title desc">'
    )
    yield f'<title id="title">{_text(said(_headline(picture)))}</title>'
    yield f'<desc id="desc">{_text(_described(picture))}</desc>'
    yield f"<style>{resources.drawing_text('picture.css')}</style>"
    yield f'<rect class="paper" width="{width}" height="{height}"/>'
    yield from _head(picture)
    yield from (_written(Text(_EDGE, 0, line), 0, 82 + _ABOVE * number) for number, line in enumerate(above))
    yield f'<g transform="translate({_EDGE} {top})">'
    for column in placed.columns:
        if column.name:
            yield f'<text class="column" x="{column.x}" y="-12">{column.name}</text>'
    for frame in placed.frames:
        yield from _frame(frame)
    lines = sorted(drawn(placed), key=lambda one: _ORDER.index(_sure(one.bundle.mark)))
    yield from (line for one in lines for line in _line(one))
    for box in placed.boxes:
        yield from _box(picture, box)
    yield "</g>"
    yield from _legend(picture, height)
    yield "</svg>"


def _headline(picture: Picture) -> str:
    return f"{picture.head.title}: {_subject(picture)}"


def _subject(picture: Picture) -> str:
    """What the picture shows, in a few words."""
    what, name = picture.head.of
    shown = {"policy": "from evidence to verdicts", "action": f"what {name} rests on", "name": f"around {name}"}[what]
    if picture.head.model is not None:
        shown = f"{picture.head.model} as of {picture.head.as_of}, {shown}"
    return shown


def _described(picture: Picture) -> str:
    """The picture in sentences, for those who cannot see it."""
    verdicts = [said(f"{name} {mark.word}") for name, mark in verdicts_of(picture)]
    shown = f" Verdicts: {', '.join(verdicts)}." if verdicts else ""
    layers = "Boxes in layers from left to right: evidence, levels, conditions, rules, verdicts."
    return f"{layers} {said(picture.about)}.{shown}"


def _head(picture: Picture) -> Iterator[str]:
    yield f'<text class="headline" x="{_EDGE}" y="36">{_text(said(picture.head.title))}</text>'
    about = " · ".join(said(part) for part in (_subject(picture), picture.about) if part)
    yield f'<text class="about" x="{_EDGE}" y="56">{_text(about)}</text>'


def _verdicts(picture: Picture, width: int) -> list[Words]:
    """The verdicts in a line or more, the strictest first: what to see before anything else."""
    order = ("✘", "?", "!", "✔")
    found = sorted(verdicts_of(picture), key=lambda one: order.index(one[1].sign))
    runs = []
    for name, mark in found:
        whole = f"{mark.sign} {said(name)} {said(mark.word)}{' ' * _APART}".replace(" ", "\u00a0")
        runs.append(Run(f"{whole} ", mark.tone))
    return wrapped(runs, width - 2 * _EDGE)


def _frame(frame: PlacedFrame) -> Iterator[str]:
    yield (f'<rect class="frame" x="{frame.x}" y="{frame.y}" width="{frame.width}" height="{frame.height}" rx="8"/>')
    yield from (_written(text, frame.x, frame.y) for text in frame.label)


def _sure(mark: Mark | None) -> str:
    return "none" if mark is None else mark.sure


def _line(one: Drawn) -> Iterator[str]:
    """A bundle: paper beneath it, so that it can be followed over a crossing, the line, and the signs at its ends."""
    mark = one.bundle.mark
    tone = "none" if mark is None else mark.tone
    tip = _text(said(_told(one)))
    yield f'<g class="line {one.bundle.kind} {tone} {_sure(mark)}"><title>{tip}</title>'
    yield f'<path class="under" d="{one.path}"/><path class="over" d="{one.path}"/>'
    if one.filled:
        yield f'<path class="end" d="{one.filled}"/>'
    if one.hollow:
        yield f'<path class="ring" d="{one.hollow}"/>'
    yield "</g>"


def _told(one: Drawn) -> str:
    """A bundle in words."""
    names = [", ".join(dict.fromkeys(p.box for p in ports)) for ports in (one.bundle.sources, one.bundle.targets)]
    word = one.bundle.kind if one.bundle.mark is None else f"{one.bundle.kind}, {one.bundle.mark.word}"
    return f"{names[0]} → {names[1]} ({word})"


def _box(picture: Picture, placed: Placed) -> Iterator[str]:
    shape, box = placed.shape, placed.shape.box
    mark = box.mark or _worst(box)
    tone = "none" if mark is None else mark.tone
    rect = f'x="{placed.x}" y="{placed.y}" width="{shape.width}" height="{shape.height}" rx="5"'
    yield f'<g class="box {box.kind} {tone} {_sure(mark)}"><title>{_text(tip(box))}</title><rect {rect}/>'
    yield f'<path class="bar" d="M{placed.x + 2.5} {placed.y + 5}v{shape.height - 10}"/>'
    for y in shape.rules:
        yield f'<path class="rule" d="M{placed.x + 10} {placed.y + y}h{shape.width - 20}"/>'
    yield from (_written(text, placed.x, placed.y) for text in shape.texts)
    yield "</g>"
    del picture


def _worst(box: Box) -> Mark | None:
    """Of verdicts that stand in one box, the strictest."""
    from policylang.reports.drawing.marks import strictest

    return strictest(row.mark for row in box.rows if row.mark is not None) if box.kind == "verdict" else None


def tip(box: Box) -> str:
    """All that there is to say of a box, for whoever points at it."""
    parts = [f"{box.tag}: {box.name}", box.title, *(f"{row.lead} {row.text}".strip() for row in box.rows), box.tip]
    parts += [f"cites {'; '.join(box.cites)}"] if box.cites else []
    parts += [f"{box.where.file}:{box.where.line}"] if box.where is not None else []
    return " · ".join(said(part) for part in parts if part)


def _written(text: Text, x: float, y: float) -> str:
    """A line of text, which is told how wide it is."""
    at = f'x="{_short(x + text.x)}" y="{_short(y + text.y)}"'
    if len(text.runs) == 1:
        run = text.runs[0]
        return f'<text class="{run.face}" {at} {_fit(text.runs)}>{_text(run.text)}</text>'
    spans = "".join(f'<tspan class="{run.face}">{_text(run.text)}</tspan>' for run in text.runs)
    return f'<text xml:space="preserve" {at} {_fit(text.runs)}>{spans}</text>'


def _fit(runs: Words) -> str:
    return f'textLength="{length(runs):.1f}" lengthAdjust="spacingAndGlyphs"'


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return html.escape(text, quote=True)


# The legend

_ENDS = (("feeds", "→ counts towards"), ("forbids", "⊣ forbids or vetoes"), ("lifts", "○ sets aside"))
_STATES: Sequence[tuple[Face, str, str]] = (
    ("good", "✔", "met or permitted"),
    ("warn", "!", "open requirement"),
    ("warn", "?", "open: evidence is missing (dashed)"),
    ("bad", "✘", "forbids"),
    ("plain", "●", "so, definitely (bold)"),
    ("idle", "·", "not so (thin)"),
)


def _legend(picture: Picture, height: int) -> Iterator[str]:
    """What the signs mean."""
    x, y = float(_EDGE), height - 24
    items: list[tuple[Face, str]] = [("text", said_) for _, said_ in _ENDS]
    if picture.head.model is not None:
        items += [(face, f"{sign} {word}") for face, sign, word in _STATES]
    for face, words in items:
        yield f'<text class="{face}" x="{_short(x)}" y="{y}">{words}</text>'
        x += wide(words, face) + 22
    yield f'<text class="tag" x="{_EDGE}" y="{height - 8}">policy {_text(said(picture.head.digest))}</text>'
