"""What a picture is, before anything is placed: boxes with rows, in layers, and lines between boxes and rows.

A line may lead from several boxes to several others: all of them to all of them. Where ten rules bear on the same four
actions, that is one line with ten beginnings and four ends, and not forty.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from policylang.graph.nodes import Where


class Kind(StrEnum):
    """What a box stands for."""

    MEASURE = "measure"
    FACT = "fact"
    CATEGORY = "category"
    GROUP = "group"
    CONTROL = "control"
    DEFINITION = "definition"
    CONDITION = "condition"
    EXCEPTION = "exception"
    RULE = "rule"
    VETO = "veto"
    REQUIREMENT = "requirement"
    DUTIES = "duties"
    EVERY = "every"
    VERDICT = "verdict"


class Layer(StrEnum):
    """The way from evidence to verdict."""

    EVIDENCE = "evidence"
    LEVELS = "levels"
    CONDITIONS = "conditions"
    EXCEPTIONS = "exceptions"
    RULES = "rules"
    VERDICTS = "verdicts"


LAYERS: Mapping[Kind, Layer] = {
    Kind.MEASURE: Layer.EVIDENCE,
    Kind.FACT: Layer.EVIDENCE,
    Kind.CATEGORY: Layer.LEVELS,
    Kind.GROUP: Layer.LEVELS,
    Kind.CONTROL: Layer.CONDITIONS,
    Kind.DEFINITION: Layer.CONDITIONS,
    Kind.CONDITION: Layer.CONDITIONS,
    Kind.EXCEPTION: Layer.EXCEPTIONS,
    Kind.RULE: Layer.RULES,
    Kind.VETO: Layer.RULES,
    Kind.REQUIREMENT: Layer.RULES,
    Kind.DUTIES: Layer.VERDICTS,
    Kind.EVERY: Layer.VERDICTS,
    Kind.VERDICT: Layer.VERDICTS,
}

Tone = Literal["good", "warn", "bad", "plain", "idle"]
Sure = Literal["definite", "possible", "no"]
Line = Literal["feeds", "lifts", "requires", "forbids", "vetoes"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decision says of a box, a row or a line: a sign and a word, how it is coloured, and how sure it is."""

    sign: str
    word: str
    tone: Tone
    sure: Sure


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of a box: what it begins with (`when`, `requires`, a level), the rest of it, what a decision says."""

    id: str
    lead: str = ""
    text: str = ""
    mark: Mark | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """One thing of a policy; `tag` says of what sort it is, `tip` all that has no room."""

    id: str
    kind: Kind
    name: str
    title: str = ""
    tag: str = ""
    cites: tuple[str, ...] = ()
    where: Where | None = None
    rows: tuple[Row, ...] = ()
    mark: Mark | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """Where a line begins or ends: a box, or a row of it."""

    box: str
    row: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """A line from each of some ports to each of some others."""

    kind: Line
    sources: tuple[Port, ...]
    targets: tuple[Port, ...]
    mark: Mark | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Boxes that stand together in one frame; `label` says why. One of them may speak for all, first or last."""

    id: str
    label: str
    boxes: tuple[str, ...]
    first: str = ""
    last: str = ""


Of = tuple[Literal["policy", "action", "name"], str]
"""What a picture is of: a whole policy, what the verdicts on actions rest on, what a name has to do with anything."""
WHOLE: Of = ("policy", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Which policy a picture is of, which part of it, and whose decision, as of when."""

    title: str
    of: Of
    name: str
    version: str
    digest: str
    model: str | None = None
    as_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that is not placed yet; `detail` when every condition is a box of its own."""

    head: Head
    about: str
    detail: bool
    boxes: tuple[Box, ...]
    bundles: tuple[Bundle, ...]
    frames: tuple[Frame, ...]

    @cached_property
    def box(self) -> Mapping[str, Box]:
        """Boxes by id."""
        return {box.id: box for box in self.boxes}

    @cached_property
    def frame_of(self) -> Mapping[str, Frame]:
        """The frame of each box that has one."""
        return {box: frame for frame in self.frames for box in frame.boxes}

    @cached_property
    def columns(self) -> tuple[tuple[Box, ...], ...]:
        """The boxes from left to right: each after all it depends on, and no earlier than its layer; none is empty."""
        ranks = _ranks(self)
        order = sorted(set(ranks.values()))
        return tuple(tuple(box for box in self.boxes if ranks[box.id] == rank) for rank in order)

    @cached_property
    def column_of(self) -> Mapping[str, int]:
        """The column of each box."""
        return {box.id: number for number, column in enumerate(self.columns) for box in column}

    def layer_of(self, column: int) -> Layer:
        """The layer that a column belongs to."""
        return LAYERS[self.columns[column][0].kind]


_FAR = 1000
"""Room between layers for what depends on something of its own layer."""


def _ranks(picture: Picture) -> dict[str, int]:
    """The longest way to each box, from where its layer begins; what stands in one frame is in one column."""
    base = {layer: number * _FAR for number, layer in enumerate(Layer)}
    ranks = {box.id: 0 if picture.detail else base[LAYERS[box.kind]] for box in picture.boxes}
    mates = {box: frame.boxes for box, frame in picture.frame_of.items()}
    before: dict[str, set[str]] = {}
    for bundle in picture.bundles:
        for target in bundle.targets:
            before.setdefault(target.box, set()).update(port.box for port in bundle.sources)
    changed = True
    while changed:  # ends: what depends on itself cannot be written
        changed = False
        for box in picture.boxes:
            least = max((ranks[name] + 1 for name in before.get(box.id, ())), default=0)
            for mate in mates.get(box.id, (box.id,)):
                if ranks[mate] < least:
                    ranks[mate] = least
                    changed = True
    last = max(ranks.values(), default=0)
    return {box.id: last if picture.detail and box.kind is Kind.VERDICT else ranks[box.id] for box in picture.boxes}


def verdicts_of(picture: Picture) -> Iterator[tuple[str, Mark]]:
    """The actions in a picture of a decision, each with its verdict."""
    for box in picture.boxes:
        if box.kind is Kind.VERDICT:
            marks = [(row.lead, row.mark) for row in box.rows] or [(box.name, box.mark)]
            yield from ((name, mark) for name, mark in marks if mark is not None)
