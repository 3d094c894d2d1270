"""Random policies and revisions of them, for whoever compares two policies of one vocabulary."""

import random
import re
from collections.abc import Sequence
from contextlib import suppress

from policylang.diagnostics import PolicyError
from policylang.graph.nodes import Graph
from random_vocabulary import GRIDS, MARGINS, Draft
from strategies import draft_of
from test_symbols import graph_of

_SWAPS = {" and ": " or ", " or ": " and ", ">=": ">", ">": ">=", "<=": "<", "<": "<="}
_LOOSE = re.compile(r"(rule|exception|duty|evaluate|amend|invariant)\b|.* may veto ")


def revised(draft: Draft, rng: random.Random) -> str:
    """A policy of the same vocabulary: clauses left out, other numbers, strictness, joints, margins and sides."""
    dropped = {piece.text.split()[1] for piece in draft.pieces if piece.text.startswith("rule ") and rng.random() < 0.2}
    kept = [draft.header.text]
    for piece in draft.pieces:
        text = piece.text
        named = set(re.findall(r"\brule_\d+\b", text.split("{", 1)[0]))
        is_loose = _LOOSE.match(text) is not None and text.split()[0] != "rule" and rng.random() < 0.2
        if named & dropped or is_loose:
            continue
        kept.append(_changed(text, rng))
    return "\n".join(kept) + "\n"


def _changed(text: str, rng: random.Random) -> str:
    """One declaration with some of its words replaced."""

    def word(match: re.Match[str]) -> str:
        found = match[0]
        if rng.random() >= 0.12:
            return found
        return _SWAPS.get(found) or rng.choice(GRIDS["rate"])

    if text.startswith("measure "):
        if rng.random() < 0.15:
            text = re.sub(r"margin [\w.%]+( minutes| hour| FLOP)?", "", text)
        return text.replace("worse when lower", "") if rng.random() < 0.1 else text
    if text.startswith(("levels", "action", "role", "stage", "parameter", "attribute", "evaluate", "amend", "duty")):
        return text
    return re.sub(r"(?<= )\d+(\.\d+)?%| and | or |>=|<=|>|<", word, text)


def pair_of_any(seed: int) -> list[Graph]:
    """A random policy and a revision of it, or the policy alone where the revision is none."""
    draft = draft_of(seed)
    graphs = [graph_of(draft.text())]
    with suppress(PolicyError):
        graphs.append(graph_of(revised(draft, random.Random(f"revision {seed}"))))
    return graphs


def pair_that_adds(seed: int) -> list[Graph]:
    """Two small random policies that add and scale the same two or three measures."""
    rng = random.Random(f"sums {seed}")
    kind = rng.choice(("rate", "rate", "count", "score(0..10)", "factor"))
    names = ["first", "second", "third"][: rng.choice((2, 2, 3))]
    sides = [rng.choice(("higher", "higher", "lower")) for _ in names]
    return [graph_of(_small(kind, names, sides, rng)) for _ in range(2)]


def _small(kind: str, names: Sequence[str], sides: Sequence[str], rng: random.Random) -> str:
    lines = ['policy small { version "1" }', "levels risk: low < high", "action deploy", "role board"]
    word, _, is_limited = kind.partition("(")
    open_bound = [] if is_limited else ["open_bound"]  # a parameter has no range of its own
    lines += ["control guard { attested by board }", *(f"parameter {name}: {word}" for name in open_bound)]
    for name, side in zip(names, sides, strict=True):
        worse = rng.choice(("higher", "lower")) if rng.random() < 0.1 else side
        margin = f"margin {rng.choice(MARGINS[word])}" if rng.random() < 0.4 else ""
        lines.append(f"measure {name}: {kind} {{ worse when {worse} {margin} }}")

    def compared() -> str:
        one, other = rng.sample(names, 2)
        number = rng.choice((*GRIDS[word], *open_bound))
        sign = rng.choice((">=", ">", "<", "<="))
        forms = [f"{one} - {other} {sign} {number}", f"{one} {sign} 2 * {other}", f"{one} + {other} {sign} {number}"]
        forms += [
            f"2 * {one} - 3 * {other} {sign} {number}",
            f"{one} {sign} {number}",
            f"{' + '.join(names)} > {number}",
        ]
        return rng.choice(("", "", "not ")) + f"({rng.choice(forms)})"

    def joined() -> str:
        return rng.choice((" and ", " or ")).join(compared() for _ in range(rng.randint(1, 3)))

    lines.append(f"category area: risk {{ high when {joined()} }}")
    lines.append("rule level { when area >= high forbid deploy }")
    lines.append(f"rule beside {{ when {joined()} require guard before deploy }}")
    lines.append(f"exception pass to beside {{ when {joined()} }}")
    return "\n".join(lines) + "\n"
