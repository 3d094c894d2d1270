"""A picture for programs: boxes, rows and lines, as JSON. It holds all texts in full, as they are."""

from typing import Any

from policylang.reports.drawing.picture import Box, Bundle, Mark, Picture, Port
from policylang.reports.json import signed

GRAPH = "policylang/graph/v1"


def document(picture: Picture) -> dict[str, Any]:
    """The picture as a document, with a digest of what it says."""
    head = picture.head
    what, name = head.of
    return signed(
        {
            "schema": GRAPH,
            "policy": {"name": head.name, "title": head.title, "version": head.version, "digest": head.digest},
            "of": {"what": what, "name": name},
            "detail": picture.detail,
            "decision": None if head.model is None else {"model": head.model, "as_of": head.as_of},
            "columns": [[box.id for box in column] for column in picture.columns],
            "boxes": [_box(picture, box) for box in picture.boxes],
            "frames": [{"id": f.id, "label": f.label, "boxes": list(f.boxes)} for f in picture.frames],
            "lines": [_line(bundle) for bundle in picture.bundles],
        }
    )


def _box(picture: Picture, box: Box) -> dict[str, Any]:
    frame = picture.frame_of.get(box.id)
    return {
        "id": box.id,
        "kind": str(box.kind),
        "name": box.name,
        "title": box.title,
        "cites": list(box.cites),
        "where": None if box.where is None else {"file": box.where.file, "line": box.where.line},
        "frame": None if frame is None else frame.id,
        "rows": [{"id": r.id, "lead": r.lead, "text": r.text, "mark": _mark(r.mark)} for r in box.rows],
        "mark": _mark(box.mark),
    }


def _mark(mark: Mark | None) -> dict[str, str] | None:
    return None if mark is None else {"word": mark.word, "tone": mark.tone, "sure": mark.sure}


def _line(bundle: Bundle) -> dict[str, Any]:
    return {
        "kind": bundle.kind,
        "from": [_port(port) for port in bundle.sources],
        "to": [_port(port) for port in bundle.targets],
        "mark": _mark(bundle.mark),
    }


def _port(port: Port) -> dict[str, str | None]:
    return {"box": port.box, "row": port.row or None}
