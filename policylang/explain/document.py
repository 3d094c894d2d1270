"""An explanation as data: a document of sections, of sentences, each with what of the policy it says and where.

A sentence is text of ours in which a name stands in backticks and a title of the policy in “quotation marks”. Nothing
in a title can end its quotation, so a reader can tell what the compiler says from what the author wrote.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from policylang.graph.nodes import Where


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing said: a sentence or a few, of which declaration it is, and what it is made of in turn.

    `name` and `title` stand above the text where a declaration is told in full.
    """

    text: str
    kind: str = ""
    name: str = ""
    title: str = ""
    cites: tuple[str, ...] = ()
    where: Where | None = None
    items: tuple["Item", ...] = ()

    def sentences(self) -> Iterator[str]:
        """All that is said, from the outside in."""
        if self.text:
            yield self.text
        for item in self.items:
            yield from item.sentences()


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """What is said under one heading: paragraphs, then items."""

    title: str
    text: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """An explanation: of a policy, of a name in it, or of a decision (`about`)."""

    about: str
    title: str
    text: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()

    def sentences(self) -> Iterator[str]:
        """All that is said, in order."""
        yield from self.text
        for section in self.sections:
            yield from section.text
            for item in section.items:
                yield from item.sentences()
