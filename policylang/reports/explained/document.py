"""An explanation for programs: the same sections and sentences, each with what of the policy it says and where."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from policylang.explain.document import Document, Item
from policylang.graph.nodes import Graph
from policylang.reports.json import signed

EXPLANATION = "policylang/explanation/v1"


def document(explained: Document, graph: Graph) -> dict[str, Any]:
    """The document, with its digest."""
    header = graph.header
    return signed(
        {
            "schema": EXPLANATION,
            "policy": {
                "name": header.name,
                "title": header.title,
                "version": header.version,
                "digest": graph.digest,
            },
            "about": explained.about,
            "title": explained.title,
            "text": list(explained.text),
            "sections": [
                {
                    "title": section.title,
                    "text": list(section.text),
                    "items": [_item(item) for item in section.items],
                }
                for section in explained.sections
            ],
        }
    )


def several(documents: Sequence[tuple[Document, Graph]]) -> dict[str, Any]:
    """One explanation as it is; of several names that are called alike, the first with the sections of all."""
    (first, graph), *others = documents
    if not others:
        return document(first, graph)
    sections = tuple(
        replace(section, title=f"{each.title}: {section.title}") for each, _ in documents for section in each.sections
    )
    return document(replace(first, sections=sections), graph)


def _item(item: Item) -> dict[str, Any]:
    return {
        "text": item.text,
        "kind": item.kind or None,
        "name": item.name or None,
        "title": item.title or None,
        "cites": list(item.cites),
        "file": None if item.where is None else item.where.file,
        "line": None if item.where is None else item.where.line,
        "items": [_item(part) for part in item.items],
    }
