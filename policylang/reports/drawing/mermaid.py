"""A picture as a Mermaid flowchart: GitHub and many editors draw it where it stands in Markdown.

Mermaid obeys much of what it reads, so every character of a label that is no letter, digit or plain sign is written by
its number.
"""

from collections.abc import Iterator

from policylang.reports.drawing.dot import INKS, TINTS
from policylang.reports.drawing.glyphs import Run, said
from policylang.reports.drawing.picture import Box, Bundle, Mark, Picture
from policylang.reports.drawing.shapes import mark_runs, row_runs

MOST = 50_000
MOST_LINKS = 500
"""How much of a flowchart Mermaid draws unless it is told otherwise: characters, and links."""
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.,()=+")
_ENDS = {"forbids": "--x", "vetoes": "--x", "lifts": "--o"}
_DASHES = {"definite": "stroke-width:3px", "possible": "stroke-dasharray:6 4", "no": "stroke-width:1px"}


def mermaid(picture: Picture) -> str:
    """The picture as one flowchart."""
    return "".join(f"{line}\n" for line in _lines(picture))


def links(picture: Picture) -> int:
    """How many links the flowchart has."""
    ids = {box.id: box.id for box in picture.boxes}
    return sum(is_link for bundle in picture.bundles for _, is_link in _links(bundle, ids, ""))


def _lines(picture: Picture) -> Iterator[str]:
    yield '%%{init: {"flowchart": {"wrappingWidth": 380}, "themeVariables": {"fontSize": "12px"}}}%%'
    yield "flowchart LR"
    yield f"  accTitle: {_label(said(picture.head.title))}"
    ids = {box.id: f"b{number}" for number, box in enumerate(picture.boxes)}
    framed = set(picture.frame_of)
    yield from (f"  {_node(box, ids)}" for box in picture.boxes if box.id not in framed)
    for number, frame in enumerate(picture.frames):
        label = said(frame.label).replace(" · ", "\n")
        yield f'  subgraph f{number} ["{"<br/>".join(map(_label, label.splitlines())) or " "}"]'
        yield from (f"    {_node(picture.box[name], ids)}" for name in frame.boxes)
        yield "  end"
        yield f"  style f{number} fill:#f3f5f8,stroke:#c9d1db,color:#16202c"
    looks: dict[str, list[int]] = {}
    count = 0
    for number, bundle in enumerate(picture.bundles):
        for line, is_link in _links(bundle, ids, f"j{number}"):
            if is_link:
                looks.setdefault(_look(bundle), []).append(count)
                count += 1
            yield f"  {line}"
    for look, links in looks.items():
        if look:
            yield f"  linkStyle {','.join(map(str, links))} {look}"
    yield "  classDef default text-align:left,fill:#ffffff,stroke:#6b7a8d,color:#16202c"
    if any(len(bundle.sources) > 1 and len(bundle.targets) > 1 for bundle in picture.bundles):
        yield "  classDef joint fill:#6b7a8d,stroke:#6b7a8d"
    yield from _classes(picture)


def _node(box: Box, ids: dict[str, str]) -> str:
    name = f" {said(box.name)}" if box.title else ""
    head = "".join(run.text for run in (Run(f"{said(box.tag)}{name}  ", "tag"), *mark_runs(box.mark)))
    lines = [f"<i>{_label(head.rstrip())}</i>", f"<b>{_label(said(box.title or box.name))}</b>"]
    for row in box.rows:
        sign = "" if row.mark is None else f"{row.mark.sign} "
        lines.append(_label(sign + "".join(run.text for run in row_runs(row)).rstrip().replace("\u00a0", " ")))
    lines += [f"<i>{_label(said('; '.join(box.cites)))}</i>"] if box.cites else []
    return f'{ids[box.id]}["{"<br/>".join(lines)}"]{_class(box.mark)}'


def _label(text: str) -> str:
    """A text of which nothing can be obeyed."""
    return "".join(c if c in _PLAIN else f"#{ord(c)};" for c in text)


def _class(mark: Mark | None) -> str:
    return "" if mark is None else f":::{mark.tone}_{mark.sure}"


def _links(bundle: Bundle, ids: dict[str, str], joint: str) -> Iterator[tuple[str, bool]]:
    """The links of a bundle, and whether a line is one; many to many go through a small circle."""
    begins = list(dict.fromkeys(ids[port.box] for port in bundle.sources))
    ends = list(dict.fromkeys(ids[port.box] for port in bundle.targets))
    arrow = _ENDS.get(bundle.kind, "-->")
    if len(begins) > 1 and len(ends) > 1:
        yield f'{joint}((" ")):::joint', False
        yield from ((f"{begin} --- {joint}", True) for begin in begins)
        yield from ((f"{joint} {arrow} {end}", True) for end in ends)
        return
    yield from ((f"{begin} {arrow} {end}", True) for begin in begins for end in ends)


def _look(bundle: Bundle) -> str:
    mark = bundle.mark
    if mark is None:
        return f"stroke:{INKS['bad']}" if bundle.kind in ("forbids", "vetoes") else ""
    return f"stroke:{INKS[mark.tone]},{_DASHES[mark.sure]}"


def _classes(picture: Picture) -> Iterator[str]:
    """How boxes look, for each tone and how sure it is; dark on light also where the page is dark."""
    for tone, sure in sorted({(box.mark.tone, box.mark.sure) for box in picture.boxes if box.mark is not None}):
        look = f"fill:{TINTS[tone]},stroke:{INKS[tone]},color:#16202c,{_DASHES[sure]}"
        yield f"  classDef {tone}_{sure} {look}"
