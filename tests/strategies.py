"""Hypothesis strategies over the plain generators: random policies, evidence for them, and pairs of the two.

All randomness comes from one seed, which does not shrink well; so what nothing else depends on (rules, exceptions,
duties, vetoes, readings, facts) can be left out piece by piece, and that does.
"""

import dataclasses
import functools
import random
import re
from collections.abc import Sequence
from typing import TypeVar

from hypothesis import strategies as st

from policylang.clocks import Moment
from policylang.evidence.facts import Evidence
from policylang.parse import parse
from policylang.source import Source
from policylang.syntax import Module
from random_evidence import random_as_of, random_evidence
from random_policies import random_policy
from random_vocabulary import ANY, Draft, Piece, Shape

Item = TypeVar("Item")
SEEDS = st.integers(min_value=0, max_value=2**32 - 1)
LEAVES = ("rule", "exception", "duty", "evaluate", "amend", "invariant")
KEPT = st.sampled_from([False, *[True] * 11])  # the first is the simplest: leave it out


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """A policy, evidence for it and a date."""

    draft: Draft
    evidence: Evidence
    as_of: Moment

    @property
    def module(self) -> Module:
        """The policy as parsed."""
        return parsed(self.draft.text())


@functools.lru_cache(maxsize=8)
def parsed(text: str) -> Module:
    """The tree of a policy that has no fault."""
    found: list[object] = []
    module = parse(Source(name="random.policy", text=text), found)  # type: ignore[arg-type] # only its length is used
    assert not found, found
    return module


def pair_of(seed: int, number: int, shape: Shape = ANY) -> Pair:
    """The `number`-th evidence for the policy of a seed."""
    return pair_for(draft_of(seed, shape), f"evidence {seed} {number}")


def draft_of(seed: int, shape: Shape = ANY) -> Draft:
    """The policy of a seed."""
    return random_policy(random.Random(f"policy {seed}"), shape)


def pair_for(draft: Draft, seed: str, module: Module | None = None) -> Pair:
    """Evidence of a seed for a policy."""
    rng = random.Random(seed)
    as_of = random_as_of(rng)
    return Pair(draft=draft, evidence=random_evidence(module or parsed(draft.text()), as_of, rng), as_of=as_of)


@st.composite
def drafts(draw: st.DrawFn, shape: Shape = ANY) -> Draft:
    """Random policies."""
    draft = draft_of(draw(SEEDS), shape)
    loose = [piece for piece in draft.pieces if piece.text.startswith(LEAVES) or " may veto " in piece.text]
    kept = _some(draw, loose)
    names = {piece.text.split()[1] for piece in kept}
    pieces = [piece for piece in draft.pieces if piece not in loose or (piece in kept and _applies(piece, names))]
    return dataclasses.replace(draft, pieces=tuple(pieces))


def _applies(piece: Piece, names: set[str]) -> bool:
    """Whether the rules that an exception names are still there."""
    match = re.match(r"exception \w+ to ([\w, ]+?) *[{\"]", piece.text)
    return match is None or set(match[1].split(", ")) <= names


def _some(draw: st.DrawFn, items: Sequence[Item]) -> list[Item]:
    return [item for item in items if draw(KEPT)]


@st.composite
def pairs(draw: st.DrawFn, shape: Shape = ANY) -> Pair:
    """Random policies, each with random evidence."""
    pair = pair_for(draw(drafts(shape)), f"evidence {draw(SEEDS)}")
    readings, facts = _some(draw, pair.evidence.readings), _some(draw, pair.evidence.facts)
    evidence = dataclasses.replace(pair.evidence, readings=tuple(readings), facts=tuple(facts))
    return dataclasses.replace(pair, evidence=evidence)
