"""A picture as DOT, for Graphviz: `dot -Tsvg` draws it with the same columns, boxes and rows."""

import html
from collections.abc import Iterator

from policylang.reports.drawing.glyphs import Run, Words, said, wrapped
from policylang.reports.drawing.picture import Box, Bundle, Mark, Picture, Port
from policylang.reports.drawing.shapes import WIDTHS, mark_runs, row_runs
from policylang.reports.drawing.svg import tip

INKS = {"good": "#1b6e37", "warn": "#8a5200", "bad": "#a81e18", "plain": "#174a7e", "idle": "#5f6b7a", "": "#6b7a8d"}
TINTS = {"good": "#e8f5ec", "warn": "#fff3dc", "bad": "#fdeae8", "plain": "#eaf2fa", "idle": "#f6f7f9", "": "#ffffff"}
_SIZES = {"tag": 8, "title": 12}
_LABEL = 240
_HEADS = {"forbids": "tee", "vetoes": "tee", "lifts": "odot"}


def dot(picture: Picture) -> str:
    """The picture as one file of DOT."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    yield "digraph policy {"
    yield '  graph [rankdir=LR, newrank=true, nodesep=0.18, ranksep=0.9, fontname="Helvetica", fontsize=10,'
    yield f"         label={quoted(said(picture.head.title))}, labelloc=t, tooltip={quoted(said(picture.about))}];"
    yield '  node [shape=plain, fontname="Helvetica", fontsize=10];'
    yield '  edge [arrowsize=0.6, color="#6b7a8d"];'
    ids = {box.id: f"b{number}" for number, box in enumerate(picture.boxes)}
    framed = set(picture.frame_of)
    for box in picture.boxes:
        if box.id not in framed:
            yield f"  {_node(box, ids)}"
    for number, frame in enumerate(picture.frames):
        yield f"  subgraph cluster_{number} {{"
        lines = wrapped([Run(said(frame.label), "name")], _LABEL)
        label = "\\n".join(quoted("".join(run.text for run in line))[1:-1] for line in lines)
        yield f'    label="{label}"; color="#c9d1db"; bgcolor="#f3f5f8"; style=rounded;'
        yield from (f"    {_node(picture.box[name], ids)}" for name in frame.boxes)
        yield "  }"
    yield from _columns(picture, ids)
    for number, bundle in enumerate(picture.bundles):
        yield from (f"  {line}" for line in _edges(picture, bundle, ids, f"j{number}"))
    yield "}"


def _columns(picture: Picture, ids: dict[str, str]) -> Iterator[str]:
    """Each column is one rank, and the columns follow one another."""
    for number, boxes in enumerate(picture.columns):
        name = "" if picture.detail else picture.layer_of(number).value
        yield f'  c{number} [shape=plaintext, label={quoted(name)}, fontcolor="#566273"];'
        yield f"  {{ rank=same; c{number}; {' '.join(f'{ids[box.id]};' for box in boxes)} }}"
    for number in range(len(picture.columns) - 1):
        yield f"  c{number} -> c{number + 1} [style=invis];"


def _node(box: Box, ids: dict[str, str]) -> str:
    return f"{ids[box.id]} [label=<{_table(box)}>, tooltip={quoted(tip(box))}];"


def _table(box: Box) -> str:
    """A box as a table of Graphviz: its head, then a row each with a port."""
    mark = box.mark
    tone = "" if mark is None else mark.tone
    style = "rounded,dashed" if mark is not None and mark.sure == "possible" else "rounded"
    border = 2 if mark is not None and mark.sure == "definite" else 1
    rows = [_cell(_head(box), "head")]
    for number, row in enumerate(box.rows):
        sign = () if row.mark is None else (Run(f"{row.mark.sign} ", row.mark.tone),)
        lines = wrapped([*sign, *row_runs(row)], WIDTHS[box.kind] - 20, 6)
        rows.append(_cell(lines, f"p{number}"))
    return (
        f'<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" STYLE="{style}" '
        f'COLOR="{INKS[tone]}" BGCOLOR="{TINTS[tone]}">{"".join(rows)}</TABLE>'
    )


def _head(box: Box) -> list[Words]:
    room = WIDTHS[box.kind] - 20
    first = [Run(f"{said(box.tag).upper()}  ", "tag"), *([Run(f"{said(box.name)}  ", "text")] if box.title else [])]
    lines = wrapped([*first, *mark_runs(box.mark)], room, 3)
    lines += wrapped([Run(said(box.title or box.name), "title")], room, 3)
    return lines + (wrapped([Run(said("; ".join(box.cites)), "tag")], room, 3) if box.cites else [])


def _cell(lines: list[Words], port: str) -> str:
    said_ = "".join(f'{"".join(map(_run, line))}<BR ALIGN="LEFT"/>' for line in lines) or " "
    return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT" PORT="{port}">{said_}</TD></TR>'


def _run(run: Run) -> str:
    text = html.escape(run.text).replace("\u00a0", "&#160;")
    size = f' POINT-SIZE="{_SIZES[run.face]}"' if run.face in _SIZES else ""
    colour = f' COLOR="{INKS[run.face]}"' if run.face in INKS else ' COLOR="#566273"' if run.face == "tag" else ""
    text = f"<B>{text}</B>" if run.face not in ("tag", "name", "text") else text
    return f"<FONT{size}{colour}>{text}</FONT>" if size or colour else text


def _edges(picture: Picture, bundle: Bundle, ids: dict[str, str], joint: str) -> Iterator[str]:
    """The lines of a bundle; many to many go through a point."""
    look = _look(bundle.mark, "#a81e18" if bundle.kind in ("forbids", "vetoes") else "")
    head = f"arrowhead={_HEADS.get(bundle.kind, 'normal')}"
    begins = [f"{_port(picture, port, ids)}:e" for port in bundle.sources]
    ends = [f"{_port(picture, port, ids)}:w" for port in bundle.targets]
    if len(begins) > 1 and len(ends) > 1:
        yield f"{joint} [shape=point, width=0.04, color={look[0]}];"
        yield from (f"{begin} -> {joint} [arrowhead=none, {look[1]}];" for begin in begins)
        yield from (f"{joint} -> {end} [{head}, {look[1]}];" for end in ends)
        return
    yield from (f"{begin} -> {end} [{head}, {look[1]}];" for begin in begins for end in ends)


def _look(mark: Mark | None, without: str) -> tuple[str, str]:
    """The colour of a line, and all of its looks."""
    colour = quoted(INKS["" if mark is None else mark.tone] if mark is not None or not without else without)
    style = {"definite": "solid, penwidth=2", "possible": "dashed", "no": "dotted, penwidth=0.7", "": "solid"}
    return colour, f"color={colour}, style={style['' if mark is None else mark.sure]}"


def _port(picture: Picture, port: Port, ids: dict[str, str]) -> str:
    rows = [row.id for row in picture.box[port.box].rows]
    return f"{ids[port.box]}:{f'p{rows.index(port.row)}' if port.row in rows else 'head'}"


def quoted(text: str) -> str:
    """A text as a string of DOT: no escape of Graphviz is left in it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
