"""What a code of ours means: a page is text of a few sentences with an example."""

import re
from dataclasses import dataclass

from policylang.codes import CODES
from policylang.diagnostics import nearest

FAMILIES = {
    "P1": "the text of a policy",
    "P2": "names in a policy",
    "P3": "kinds and units",
    "P4": "what cannot work",
    "P5": "tests of a policy",
    "L0": "lints: comments that allow findings",
    "L1": "lints: names",
    "L2": "lints: thresholds",
    "L3": "lints: evidence",
    "L4": "lints: governance",
    "L5": "lints: clocks",
    "E1": "evidence files",
    "E2": "evidence against a policy",
    "E3": "logs of eval tools",
    "E4": "the files of a model",
    "E5": "measuring models",
    "C1": "calls",
}
"""What codes are about, by their first two characters."""


_SECTION = re.compile(r"^###? (?P<title>[^\n]+)\n(?:(?!###? ).*\n?)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The page of a code: its name, its title of one line, and its text."""

    name: str
    title: str
    page: str


def explain_code(name: str) -> Explanation | None:
    """The page of a code, in capitals or not; None when there is no such code."""
    code = CODES.get(name.upper())
    return None if code is None else Explanation(name.upper(), code.title, code.page)


def nearest_code(name: str) -> str:
    """A help sentence with the code that was probably meant."""
    return nearest(name[:1].upper() + name[1:].upper().replace("O", "0"), CODES)  # a letter in a number is a slip


def explain_word(word: str, reference: str) -> str | None:
    """The section of the reference of the language that a word heads; None when it heads none."""
    wanted = word.strip().lower()
    for found in _SECTION.finditer(reference):
        if wanted in (found["title"].strip("` ").lower(), *re.findall("`([a-z_ ]+)`", found["title"])):
            return found[0].strip()
    return None


def families() -> tuple[tuple[str, tuple[Explanation, ...]], ...]:
    """Every code, by what it is about."""
    grouped: dict[str, list[Explanation]] = {family: [] for family in FAMILIES.values()}
    for name in sorted(CODES):
        family = FAMILIES.get(name[:2], "other findings")
        grouped.setdefault(family, []).append(Explanation(name, CODES[name].title, CODES[name].page))
    return tuple((family, tuple(found)) for family, found in grouped.items() if found)
