"""What only the samples of an archive say, and not their summaries: edited scores, answers that a filter refused.

Inspect keeps the history of a score and the reason why a model stopped in the sample alone. Unpacking all transcripts
for that would cost what the summaries save, so of each sample only the text before its events is unpacked and looked
through for the two keys, and only where one of them stands is the sample read as JSON.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .archive import Archive, Member
from .json_stream import Reading
from .record import items, mapping, text, whole

REFUSED = "content_filter"
"""Why a model stopped whose answer was refused."""

_PIECE = 1 << 13
_OVERLAP = 32  # more than any of these is long


class _Form(NamedTuple):
    """One of the two ways in which Inspect has written samples: its beginning, what is looked for, and up to where."""

    begins: bytes
    suspect: tuple[bytes, bytes]
    steps: tuple[tuple[bytes, ...], ...]  # one of each, in this order: a conversation may hold some of them too


_FORMS = (
    _Form(
        begins=b'{"id":',
        suspect=(b'"history":[{', b'"stop_reason":"content_filter"'),
        steps=((b'"output":{"model":',), (b'"scores":', b'"store":'), (b'"events":[',)),
    ),
    _Form(  # what is indented by two spaces is a key of the sample itself
        begins=b'{\n  "id": ',
        suspect=(b'"history": [\n', b'"stop_reason": "content_filter"'),
        steps=((b'\n  "events": ',),),
    ),
)


class Mark(NamedTuple):
    """What a sample says of itself."""

    edited: bool
    refused: bool


class Marks:
    """The marked samples of an archive, by id and epoch."""

    def __init__(self, archive: Archive) -> None:
        """Begin with none."""
        self.found: dict[tuple[str, int], Mark] = {}
        self._archive = archive

    def look(self, member: Member) -> None:
        """Look through a sample; raises EvidenceError where it is damaged."""
        if not _is_suspect(self._archive.glance(member, _PIECE)):
            return
        key, mark = _read(self._archive, member)
        before = self.found.get(key, mark)
        if any(mark):
            self.found[key] = Mark(before.edited or mark.edited, before.refused or mark.refused)


def is_edited(score: object) -> bool:
    """Whether a score has a history."""
    return bool(items(mapping(score).get("history")))


def is_refused(output: object) -> bool:
    """Whether the model's answer was refused."""
    choices = items(mapping(output).get("choices"))
    return bool(choices) and mapping(choices[0]).get("stop_reason") == REFUSED


def _is_suspect(pieces: Iterator[bytes]) -> bool:
    """Whether one of the keys may stand in a sample before its events; also where it is not written as Inspect does."""
    part = next(pieces, b"")
    form = next((form for form in _FORMS if part.startswith(form.begins)), None)
    if form is None:
        return True
    steps = list(form.steps)
    piece = part
    while piece:
        at = 0
        while steps and (at := _first(part, steps[0], at)) >= 0:
            steps.pop(0)
        if any(word in part[: at if not steps else len(part)] for word in form.suspect):
            return True
        if not steps:
            return False
        piece = next(pieces, b"")
        part = part[-_OVERLAP:] + piece
    return False


def _first(part: bytes, words: Iterable[bytes], start: int) -> int:
    """Where the first of some words stands; -1 where none does."""
    return min((at for word in words if (at := part.find(word, start)) >= 0), default=-1)


def _read(archive: Archive, member: Member) -> tuple[tuple[str, int], Mark]:
    """A sample, read as JSON up to its events, or whole where they stand first."""
    reading = Reading(f"{archive.name}:{member.name}", archive.glance(member, _PIECE))
    kept: dict[str, object] = {}
    for key in reading.keys():  # noqa: SIM118  # it walks, and is no mapping
        if key == "events" and "scores" in kept:
            break
        if key in ("messages", "events") and reading.peek() == "[":
            for _ in reading.items():
                pass
        else:
            value = reading.value()
            if key in ("id", "epoch", "scores", "output"):
                kept[key] = value
    scores = mapping(kept.get("scores"))
    mark = Mark(any(map(is_edited, scores.values())), is_refused(kept.get("output")))
    return (text(kept.get("id")), whole(kept.get("epoch")) or 1), mark
