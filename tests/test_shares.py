"""The error budget: how it is split among the ways in which chance could let an action through."""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from agreement import compiled
from policylang.graph import nodes
from policylang.graph.nodes import Graph

MEASURES = "".join(f"measure m{n}: rate\n" for n in range(5)) + "measure f: finding\nmeasure c: count\n"
HEAD = 'policy acme { version "1" confidence 95% }\nlevels risk: low < medium < high\naction deploy\nrole board\n'
TWO = "control a { holds when m0 >= 99% }\ncontrol b { holds when m1 >= 99% }\n"
CATEGORY = "category cyber: risk {{ {} }}\nrule ceiling {{ when any category >= high forbid deploy }}\n"


def shares(text: str) -> dict[str, tuple[int, int]]:
    """The shares of the lower and the upper bounds, by measure."""
    found = compiled(HEAD + MEASURES + text).shares
    return {name: (share.lo, share.hi) for (name, _), share in found.items()}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("m0 >= 20%", {}),
        ("m0 >= 20% or m1 >= 20%", {}),
        ("m0 >= 20% and m1 >= 20%", {"m0": (1, 2), "m1": (1, 2)}),
        ("m0 >= 20% and m1 >= 20% and m2 >= 20%", {"m0": (1, 3), "m1": (1, 3), "m2": (1, 3)}),
        ("m0 >= 20% and f", {}),
        ("m0 >= 20% and c >= 3", {}),
        ("m0 >= 20% and m0 >= 60%", {}),
        ("m0 >= 20% and m0 < 60%", {"m0": (2, 2)}),
        ("m0 >= 20% and m1 < 60%", {"m0": (1, 2), "m1": (2, 1)}),
        ("m0 >= 20% and (m1 >= 20% or m2 >= 20%)", {"m0": (1, 2), "m1": (1, 2), "m2": (1, 2)}),
        ("(m0 >= 20% and m1 >= 20%) or m2 >= 20%", {"m0": (1, 2), "m1": (1, 2)}),
        ("not (m0 < 20% or m1 < 20%)", {"m0": (1, 2), "m1": (1, 2)}),
        ("m0 + m1 >= 20%", {}),
        ("m0 - m1 >= 20% and m2 >= 20%", {"m0": (1, 2), "m1": (2, 1), "m2": (1, 2)}),
    ],
)
def test_shape_of_a_level(condition: str, expected: dict[str, tuple[int, int]]) -> None:
    """To exclude a level by any of several scores splits the budget among them; findings and counts take no part."""
    assert shares(CATEGORY.format(f"high when {condition}")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "define two as m0 >= 20% and m1 >= 20%\nrule r { when two and m2 >= 20% forbid deploy }",
            {"m0": (1, 3), "m1": (1, 3), "m2": (1, 3)},
        ),
        (
            ("define two as m0 >= 20% and m1 >= 20%\nrule r { when two and m2 >= 20% forbid deploy }\n"
            "rule s { when two forbid deploy }"),
            {"m0": (1, 3), "m1": (1, 3), "m2": (1, 3)},
        ),
        ("rule r { interpretation a when m0 >= 20% interpretation b when m1 >= 20% forbid deploy }", {}),
        ("rule r { when not m0 >= 20% forbid deploy }", {}),
        ("rule r { strength aim when m0 >= 20% and m1 >= 20% forbid deploy }", {}),
        (
            TWO + "control x { attested by board }\nrule r { require at least 2 of (a, b, x) before deploy }",
            {"m0": (2, 1), "m1": (2, 1)},
        ),
        (TWO + "rule r { require at least 2 of (a, b) before deploy }", {}),
        (TWO + "rule r { require at least 1 of (a, b) before deploy }", {"m0": (2, 1), "m1": (2, 1)}),
        (
            "control a { holds when m0 >= 9% or m1 >= 9% }\nrule r { require a before deploy }",
            {"m0": (2, 1), "m1": (2, 1)},
        ),
        ("rule r { when m0 >= 20% forbid deploy }\nexception e to r { when m1 < 5% }", {"m0": (1, 2), "m1": (1, 2)}),
        ("rule r { when m0 >= 20% forbid deploy }\nexception e to r { when f }", {}),
        (
            TWO + "rule r { when m2 >= 20% require a before deploy }",
            {"m0": (2, 1), "m2": (1, 2)},
        ),
        (TWO + "rule r { when m2 >= 20% forbid deploy }\nrule s { require a before deploy }", {}),
        (
            TWO + "rule r { when m2 >= 20% forbid deploy }\nexception e to r { when f require a before deploy }",
            {"m0": (2, 1), "m2": (1, 2)},
        ),
    ],
)  # fmt: skip
def test_shape_of_a_rule(text: str, expected: dict[str, tuple[int, int]]) -> None:
    """Definitions, controls, requirements and exceptions are accounted for like conditions."""
    assert shares(text + "\n") == expected


def test_categories_are_not_split() -> None:
    """All categories must be below: each at the whole budget; a rule that wants two of them high splits."""
    both = "category a: risk { high when m0 >= 20% }\ncategory b: risk { high when m1 >= 20% }\n"
    assert shares(both + "rule r { when any category >= high forbid deploy }") == {}
    assert shares(both + "rule r { when all category >= high forbid deploy }") == {"m0": (1, 2), "m1": (1, 2)}


# The split is sound: a brute force over what may be so in truth and which bounds err


def formula(rng: random.Random, depth: int) -> str:
    """A random condition on three scores and a finding."""
    if depth == 0 or rng.random() < 0.25:
        return rng.choice([f"m{rng.randrange(3)} {rng.choice(('>=', '<'))} {rng.choice((20, 60))}%"] * 5 + ["f"])
    parts = [formula(rng, depth - 1) for _ in range(rng.choice((2, 2, 3)))]
    text = f" {rng.choice(('and', 'or'))} ".join(parts)
    return f"not ({text})" if rng.random() < 0.2 else f"({text})"


VALUES = (Fraction(1, 10), Fraction(2, 5), Fraction(4, 5))


def proved_false(graph: Graph, index: int, known: Mapping[int, tuple[Fraction, Fraction]], *, truth: bool) -> bool:
    """Whether intervals prove a node false (or true), by Kleene logic."""
    node: Any = graph.nodes[index]
    match node:
        case nodes.Constant(value=value):
            return value is not truth
        case nodes.Threshold(terms=((number, factor),)):
            ends = sorted(factor * end for end in known[number])
            met = [end > node.bound if node.strict else end >= node.bound for end in ends]
            return met[0] if not truth else not met[1]
        case nodes.Opposite(part=part):
            return proved_false(graph, part, known, truth=not truth)
        case nodes.Reached(part=part) | nodes.Defined(part=part):
            return proved_false(graph, part, known, truth=truth)
        case nodes.AllOf(parts=parts):
            found = [proved_false(graph, part, known, truth=truth) for part in parts]
            return any(found) if truth else all(found)
        case nodes.AnyOf(parts=parts):
            found = [proved_false(graph, part, known, truth=truth) for part in parts]
            return all(found) if truth else any(found)
        case _:
            raise AssertionError(node)


def wrong_sets(graph: Graph, body: int, true: Sequence[Fraction]) -> Iterator[frozenset[tuple[int, str]]]:
    """The least sets of erring bounds with which what is so is proved not to be so.

    A bound that does not err can be as sharp as the truth; one that errs can be anywhere.
    """
    chance = [n for n, item in enumerate(graph.inputs) if graph.measure[item.name].kind == "rate"]
    errors = [(number, side) for number in chance for side in ("lo", "hi")]
    found: list[frozenset[tuple[int, str]]] = []
    for size in range(len(errors) + 1):
        for erring in itertools.combinations(errors, size):
            if any(small <= set(erring) for small in found):
                continue
            ways = [[(true[n], true[n])] for n in range(len(true))]
            for number, side in erring:
                ways[number] = [(Fraction(2), Fraction(2))] if side == "lo" else [(Fraction(-1), Fraction(-1))]
                if (number, "lo") in erring and (number, "hi") in erring:
                    ways[number] = [(Fraction(2), Fraction(2)), (Fraction(-1), Fraction(-1))]
            if any(proved_false(graph, body, dict(enumerate(way)), truth=True) for way in itertools.product(*ways)):
                found.append(frozenset(erring))
                yield found[-1]


def cost_of_covering(sets: Sequence[frozenset[tuple[int, str]]], price: Mapping[tuple[int, str], Fraction]) -> Fraction:
    """The least price of bounds of which every set has one: no more can go wrong than one of them errs."""
    elements = sorted(set().union(*sets)) if sets else []
    best = Fraction(10)
    for size in range(len(elements) + 1):
        for chosen in itertools.combinations(elements, size):
            if all(set(chosen) & one for one in sets):
                best = min(best, sum((price[one] for one in chosen), Fraction(0)))
    return best


@pytest.mark.parametrize("seed", range(60))
def test_the_split_keeps_to_the_budget(seed: int) -> None:
    """Whatever is so in truth, the bounds that must err for it to be proved otherwise err with alpha at most."""
    rng = random.Random(f"budget {seed}")
    graph = compiled(HEAD + MEASURES + f"rule r {{ when {formula(rng, 2)} forbid deploy }}\n")
    body = graph.rules[0].body
    price: dict[tuple[int, str], Fraction] = {}
    for number, item in enumerate(graph.inputs):
        share = graph.shares.get((item.name, item.stage))
        price[number, "lo"] = Fraction(1, 1 if share is None else share.lo)
        price[number, "hi"] = Fraction(1, 1 if share is None else share.hi)
    for true in itertools.product(VALUES, repeat=len(graph.inputs)):
        known = dict(enumerate(zip(true, true, strict=True)))
        if proved_false(graph, body, known, truth=True):
            continue  # nothing to be let through by chance: it does not fire
        sets = list(wrong_sets(graph, body, true))
        assert cost_of_covering(sets, price) <= 1, (graph.rules[0], true, sets)
