"""Fixes: edits put into a text, as many as do not overlap, again and again until there is nothing left to mend.

A fix that claims to keep the meaning is not believed: the text it gives must compile to the same digest, with tests
that give and expect the same. What fails is taken back, and said.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from policylang import syntax
from policylang.diagnostics import Diagnostic, Edit, PolicyError
from policylang.kinds import Unit
from policylang.lint.rule import View
from policylang.source import Source

MAX_ROUNDS = 20
"""So often is a mended text looked at again: each round mends at least one finding."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What there is to mend in a text: its findings, and what the policy means; None when it does not compile."""

    found: tuple[Diagnostic, ...]
    meaning: object | None


Look = Callable[[Source], Seen]
"""Compiles and lints a text."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A text after its fixes: those that were made, and those taken back because the meaning changed after all."""

    source: Source
    made: tuple[Diagnostic, ...]
    taken_back: tuple[Diagnostic, ...]


def edited(source: Source, edits: Iterable[Edit]) -> Source:
    """A text with edits in it that do not overlap; those of other files are left out."""
    text = source.text
    for edit in sorted(edits, key=lambda one: (one.place.span.start, one.place.span.end), reverse=True):
        if edit.place.source.name == source.name:
            text = text[: edit.place.span.start] + edit.text + text[edit.place.span.end :]
    return Source(name=source.name, text=text)


def apart(source: Source, found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The findings whose fixes can be made at once: of two that overlap the first, and none for another file."""
    kept: list[Diagnostic] = []
    taken: list[tuple[int, int]] = []
    for one in found:
        edits = one.fix.edits if one.fix is not None else ()
        spans = [(edit.place.span.start, edit.place.span.end) for edit in edits]
        if not edits or any(edit.place.source.name != source.name for edit in edits):
            continue
        if all(not _overlap(span, other) for span in spans for other in taken):
            kept.append(one)
            taken += spans
    return kept


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two ranges share a character, or touch where something is put in: its order would be a guess."""
    if one[0] == one[1] or other[0] == other[1]:
        return one[0] <= other[1] and other[0] <= one[1]
    return one[0] < other[1] and other[0] < one[1]


def mended(source: Source, look: Look, *, changing: bool = False) -> Mended:
    """A text with all fixes that keep its meaning, and where that may change also those that do not."""
    made: list[Diagnostic] = []
    taken_back: list[Diagnostic] = []
    for _ in range(MAX_ROUNDS):
        seen = look(source)
        refused = {_key(one) for one in taken_back}
        wanted = [one for one in seen.found if _key(one) not in refused and _is_wanted(one, changing)]
        chosen = apart(source, wanted)
        if not chosen:
            break
        new, kept, lost = _round(source, seen, chosen, look)
        made += kept
        taken_back += lost
        source = new
    return Mended(source=source, made=tuple(made), taken_back=tuple(taken_back))


def _is_wanted(one: Diagnostic, changing: bool) -> bool:
    return one.fix is not None and (changing or one.fix.keeps_meaning)


def _key(one: Diagnostic) -> tuple[str, str, str]:
    return one.code, one.message, one.fix.title if one.fix is not None else ""


def _round(
    source: Source, seen: Seen, chosen: Sequence[Diagnostic], look: Look
) -> tuple[Source, Sequence[Diagnostic], list[Diagnostic]]:
    """Some fixes made, all at once where that is right, else one after the other without those that are wrong."""
    new = edited(source, (edit for one in chosen if one.fix is not None for edit in one.fix.edits))
    if new.text != source.text and _is_right(seen, look(new), chosen):
        return new, chosen, []
    kept: list[Diagnostic] = []
    lost: list[Diagnostic] = []
    for one in chosen:
        edits = [edit for each in (*kept, one) if each.fix is not None for edit in each.fix.edits]
        new = edited(source, edits)
        is_right = new.text != source.text and _is_right(seen, look(new), [*kept, one])
        (kept if is_right else lost).append(one)
    edits = [edit for each in kept if each.fix is not None for edit in each.fix.edits]
    return edited(source, edits), kept, lost


def _is_right(old: Seen, new: Seen, made: Sequence[Diagnostic]) -> bool:
    """Whether fixes did what they claim: nothing is broken that was not, and the meaning stays where it should."""
    if old.meaning is None:  # what was mended is gone; a fault that is gone may lay others open
        before, after = ([_key(one) for one in seen.found] for seen in (old, new))
        return all(after.count(_key(one)) < before.count(_key(one)) for one in made)
    changes = any(one.fix is not None and not one.fix.keeps_meaning for one in made)
    return new.meaning is not None and (changes or new.meaning == old.meaning)


def look_with(compiled: Callable[[Source], View], found: Callable[[View], Sequence[Diagnostic]]) -> Look:
    """Looks at a text by compiling it, which may raise PolicyError, and finding what is to be said of it."""

    def look(source: Source) -> Seen:
        try:
            view = compiled(source)
        except PolicyError as error:
            return Seen(found=error.diagnostics, meaning=None)
        return Seen(found=tuple(found(view)), meaning=meaning(view))

    return look


def meaning(view: View) -> object:
    """What must stay when the meaning does: the digest, and what the tests of the policy's own file give and expect."""
    tests = [item for item in view.resolved.tests if view.is_own(item)]
    situations = [item for _, item in sorted(view.resolved.named["situation"].items()) if view.is_own(item)]
    return view.graph.digest, tuple(_meant(item) for item in (*tests, *situations))


def _meant(node: Any) -> Any:
    """A part of a tree without places, with quantities as what they are and not as they are written."""
    if isinstance(node, syntax.Literal_):
        unit = node.quantity.unit
        return node.quantity.value, Unit.NONE if unit in (Unit.PERCENT, Unit.FACTOR) else unit
    if isinstance(node, syntax.Node):
        fields = [field.name for field in dataclasses.fields(node) if field.name not in ("span", "id")]
        return type(node).__name__, tuple(_meant(getattr(node, name)) for name in fields)
    return tuple(map(_meant, node)) if isinstance(node, tuple) else node
