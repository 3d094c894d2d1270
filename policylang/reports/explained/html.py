"""An explanation as a page to print for a board: one file, without scripts, that loads nothing."""

import base64
import hashlib
from collections.abc import Sequence

from policylang import resources
from policylang.explain.document import Document, Section
from policylang.reports.explained.pieces import pieces
from policylang.reports.style import brief, plain


def html(documents: Sequence[Document]) -> str:
    """The page; its content security policy allows its own style sheet, named by its hash, and nothing else."""
    from jinja2 import DictLoader, Environment, StrictUndefined  # needed for this one format

    css = resources.explanation_text("page.css")
    environment = Environment(
        loader=DictLoader({"page.html": resources.explanation_text("page.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    page = environment.get_template("page.html").render(
        css=css,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        documents=documents,
        named=_is_named,
        pieces=_harmless,
        plain=brief,
        title="".join(piece for _, piece in _harmless(documents[0].title)),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")  # the same whatever it is written to


def _harmless(text: str) -> list[tuple[str, str]]:
    return [(kind, plain(piece)) for kind, piece in pieces(text)]


def _is_named(section: Section) -> bool:
    """Whether a section tells declarations, each under its name."""
    return any(item.name for item in section.items)
