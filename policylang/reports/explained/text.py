"""An explanation for people at a terminal: headings, sentences, and below each what it cites and where it stands."""

from policylang.explain.document import Document, Item
from policylang.explain.english import quoted
from policylang.reports.explained.pieces import source
from policylang.reports.style import Look, Page, brief


def text(document: Document, look: Look) -> str:
    """The page."""
    page = Page(look)
    page.line((document.title, "bold"))
    for said in document.text:
        page.blank()
        page.line(said)
    for section in document.sections:
        page.heading(section.title)
        for said in section.text:
            page.line(said, indent=2)
        is_airy = any(item.name and (item.text or item.items) for item in section.items)
        for item in section.items:
            if is_airy and item is not section.items[0]:
                page.blank()
            _told(page, item, 2, is_list=len(section.items) > 1)
    return page.text()


def _told(page: Page, item: Item, indent: int, *, is_list: bool = True) -> None:
    """An item: its name and title where it has them, what is said, and what it rests on."""
    inner = indent
    if item.name and item.kind != "role":
        title = f"  {quoted(item.title)}" if item.title else ""
        page.line((item.name, "bold"), title, indent=indent, hang=indent + 4)
        inner = indent + 4
    if item.text:
        page.line(
            *([("· ", "dim")] if inner == indent and is_list and item.kind != "role" else []), item.text, indent=inner
        )
    for part in item.items:
        _told(page, part, inner + 2)
    cites, where = source(item)
    about = " · ".join(part for part in (*map(brief, cites), where) if part)
    if about:
        page.line((about, "dim"), indent=inner)
