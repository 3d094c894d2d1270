"""Malformed input, made rather than kept: each module gives named cases of one kind, and what must be said of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Place = Literal["line", "file", "call"]
"""What the first error names: a line of a file, a file, or the call itself."""

HEAD = "schema: policylang/evidence/v1\nsubject: {model: acme-7b}\n"
"""How a file of evidence begins."""

OPTIONS = ("--no-cache", "--format", "json", "--as-of", "2026-11-21")
"""How a case is decided where its files are what is wrong; the first keeps nothing of the many policies there are."""

SMALL = """\
policy small { version "1" }
levels risk: low < medium < high
levels effort: none < full
stage now
action deploy.external
action deploy.internal
role board
role lead
event incident
attribute held_out: yes_no
attribute elicitation: effort
attribute awareness: rate
control lock { attested by board valid 100 days }
control vault: effort { attested by board }
measure solved: rate { needs n >= 10 }
measure rating: score(0..10)
measure cost: compute
measure span: duration
measure exploit: finding
measure alone: count unstaged
category cyber: risk { medium when solved >= 5% or rating >= 3 high when exploit assessed by board }
rule ceiling { when any category.now >= high forbid deploy waivable by board notify board within 2 days }
rule guarded { when solved.now >= 1% require lock before deploy require vault >= full before deploy.external }
rule approved { require approval of board, lead before deploy }
rule priced { when cost.now >= 1e24 FLOP or span.now >= 2 hours or alone >= 3 forbid deploy.internal }
board may veto deploy
duty report { by board within 3 days of incident }
"""
"""A policy with something of every kind that evidence can be about."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call of `policyc` on files that are made for it, and what must come of it."""

    name: str
    words: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()  # what the first error may be; none: any
    statuses: tuple[int, ...] = (2,)
    place: Place = "line"
    heavy: bool = False  # takes more than a tenth of a second
