"""Parsing again after a change gives what parsing the whole text gives: trees, places and faults."""

import dataclasses
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from house import ROOT
from policylang import check, parse, resolve, syntax
from policylang.check.memory import Memory
from policylang.diagnostics import Diagnostic, Enough, errors
from policylang.parse.again import Kept, parse_again
from policylang.source import Source, Span

TEXTS = [
    (ROOT / name).read_text("utf-8")
    for name in ("policies/google-deepmind/fsf-1.0.policy", "policies/metr/rsp-components.policy")
]
WORDS = [
    "{", "}", "(", ")", '"', "#", "\n", " ", ",", "<", ">=", "0", "%", ";", "rule", "\nrule x { when y ", "test", "may",
    "\nboard may veto deploy\n", "cites", "\nuse", "or", '"a string"', "\nlevels q:\nrule < measure\n", "\u00e9",
    "\u202e", "\npolicy p {}\n", "}\n}\n", "invariant monotone\n", "\nexpect", "\\", "\r", "\U0001f4c8", "}\n{",
    "case", "1e99 ",
]  # fmt: skip


def _nodes(value: Any) -> Iterator[syntax.Node]:
    if isinstance(value, syntax.Node):
        yield value
        for each in dataclasses.fields(value):
            yield from _nodes(getattr(value, each.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


def _spans(module: syntax.Module) -> list[Span]:
    return [module.place(node).span for item in module.items for node in _nodes(item)]


def _edited(text: str, rng: random.Random) -> str:
    """A text with one change: a few characters gone, or moved, or a word of the language put in."""
    start = rng.randrange(len(text) + 1)
    match rng.randrange(8):
        case 6 | 7:
            names = list(re.finditer(r"[a-z_]+[a-z0-9_]*|[0-9]+%", text))
            if names:
                old, new = rng.choice(names), rng.choice(names)
                return text[: old.start()] + new[0] + text[old.end() :]
            return text + "role a"
        case 0:
            return text[:start] + text[min(len(text), start + rng.choice((1, 1, 2, 9, 200))) :]
        case 1:
            other = rng.randrange(len(text) + 1)
            return text[:start] + text[other : other + rng.choice((1, 30, 400))] + text[start:]
        case 2:
            line = text.rfind("\n", 0, start) + 1
            return text[:line] + text[text.find("\n", start) + 1 :]
        case _:
            return text[:start] + rng.choice(WORDS) + text[start:]


def _later(module: syntax.Module, found: list[Diagnostic], memory: Memory | None) -> list[str]:
    """What the stages after parsing find, which goes to `found`, and what conditions mean, in an order."""
    if errors(found):
        return []
    resolved = resolve.resolve((module,), {}, found)
    return [] if errors(found) else sorted(map(str, check.check(resolved, found, memory).meanings.values()))


@pytest.mark.parametrize("seed", range(5))
def test_parsing_again_is_parsing(seed: int) -> None:
    """After any changes, mended or not, what is kept and what is parsed are together what a whole parse gives."""
    rng = random.Random(seed)
    good = text = TEXTS[seed % 2]
    kept: Kept | None = None
    memory = Memory()
    for _ in range(20):
        source = Source(name="a.policy.md" if seed == 4 else "a.policy", text=text)
        if seed == 4:
            source = Source(name=source.name, text=f"# Title \u00e9\n\n```policy\n{text}\n```\n")
        found: list[Diagnostic] = []
        again, kept = parse_again(source, found, kept)
        whole: list[Diagnostic] = []
        module = parse.parse(source, whole)
        assert found == whole
        assert again == module
        assert again.comments == module.comments
        assert _spans(again) == _spans(module)
        assert len({node.id for item in again.items for node in _nodes(item)}) == len(_spans(again))
        assert _later(again, found, memory) == _later(module, whole, None)
        assert found == whole
        text = good if rng.random() < 0.35 else _edited(text, rng)


def test_most_of_a_text_is_kept() -> None:
    """A change in one declaration leaves the trees of the others as they are, also when it breaks a bracket."""
    text = TEXTS[0]
    module, kept = parse_again(Source(name="a.policy", text=text), [], None)
    at = text.index("{\n", text.index("category bio_amateur_1"))
    found: list[Diagnostic] = []
    broken, kept = parse_again(Source(name="a.policy", text=text[:at] + text[at + 1 :]), found, kept)
    was = {id(item) for item in module.items}
    assert found
    assert sum(id(item) not in was for item in broken.items) <= 2
    mended, _ = parse_again(Source(name="a.policy", text=text), [], kept)
    assert mended == module
    assert sum(id(item) not in was for item in mended.items) <= 3


def test_a_fault_too_many_is_a_whole_parse() -> None:
    """Where a whole parse would stop looking for faults, parsing again stops at the same one."""
    source = Source(name="a.policy", text=TEXTS[0] + "rule x { ! }\n" * 60)
    found: list[Diagnostic] = []
    module, kept = parse_again(source, found, None)
    whole: list[Diagnostic] = []
    assert module == parse.parse(source, whole)
    assert found == whole
    assert len(errors(found)) == 50
    assert kept is None
    assert issubclass(Enough, Exception)
