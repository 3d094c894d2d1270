"""Many files of evidence to one: subjects agree, readings and facts are joined, repeated ones counted once.

The order of the files changes nothing: everything is sorted by what it says before it leaves here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from typing import TypeVar

from policylang.diagnostics import Diagnostic, EvidenceError, Label
from policylang.evidence.build import MAX_ITEMS, Contents, read_contents, size_of
from policylang.evidence.document import MAX_FOUND, Document, Findings, Stopped, shown
from policylang.evidence.facts import Evidence, Fact, Reading, Subject
from policylang.evidence.reader import read_document
from policylang.kinds import Quantity, Unit
from policylang.source import Place, Source, Span

Item = TypeVar("Item", Reading, Fact)

_FIELDS = {kind: tuple(field.name for field in fields(kind) if field.name != "place") for kind in (Reading, Fact)}
_SUBJECT_HELP = "evidence is about one subject: correct one of the two, or judge the files apart"
_RUN_HELP = "one run has one result for a measure and stage: keep the right one, or give the runs names of their own"


def read_evidence(sources: Sequence[Source], otherwise: Subject | Diagnostic | None = None) -> Evidence:
    """The evidence of any number of files, in any order; raises EvidenceError with all that is wrong with them.

    `otherwise` is the subject where no file states one, or why there is none even then.
    """
    found: list[Diagnostic] = []
    ordered = sorted({_source_key(source): source for source in sources}.values(), key=_source_key)
    if not ordered and otherwise is None:
        message = "there is no evidence"
        found.append(Diagnostic(code="E130", message=message, place=None, help="name at least one file of evidence"))
    contents = _all_contents(ordered, found)
    if found:
        raise EvidenceError(found)
    subject = _merged_subject(contents, found)
    if subject is None and not found:
        if isinstance(otherwise, Subject):
            subject = otherwise
        else:
            found.append(otherwise or _unstated(ordered[0]))
    readings = _joined_readings((r for content in contents for r in content.readings), found)
    if found or subject is None:
        raise EvidenceError(found)
    return Evidence(
        subject=subject,
        readings=tuple(readings),
        facts=tuple(_joined(f for content in contents for f in content.facts)),
        holidays=frozenset(day for content in contents for day in content.holidays),
        sources=tuple(ordered),
    )


def with_readings(evidence: Evidence, more: Iterable[Reading]) -> Evidence:
    """Evidence with further readings; raises EvidenceError where one contradicts another of its run."""
    found: list[Diagnostic] = []
    readings = _joined_readings((*evidence.readings, *more), found)
    if found:
        raise EvidenceError(found)
    return replace(evidence, readings=tuple(readings))


def _all_contents(sources: Iterable[Source], found: list[Diagnostic]) -> list[Contents]:
    """What the files say; what is wrong with them goes to `found`, and with too much in all the rest is not read."""
    contents: list[Contents] = []
    items = 0
    for source in sources:
        document, wrong = read_document(source)
        found += wrong
        items += 0 if document is None else size_of(document)
        if items > MAX_ITEMS and contents:
            message = f"with this file there are more than {MAX_ITEMS} readings and facts"
            remedy = "leave out what other files say again, or later facts replace"
            found.append(Diagnostic(code="E103", message=message, place=Place(source, Span(0, 0)), help=remedy))
            break
        if document is not None and (content := _contents(source, document, found)) is not None:
            contents.append(content)
    return contents


def _contents(source: Source, document: Document, found: list[Diagnostic]) -> Contents | None:
    """What one file says, or None and why in `found`."""
    findings = Findings(source)
    try:
        contents = read_contents(document, findings)
    except Stopped:
        contents = None
    found += sorted(findings.found, key=_diagnostic_key)
    return contents


def _merged_subject(contents: Sequence[Contents], found: list[Diagnostic]) -> Subject | None:
    """The subject that all files agree on, field by field; None where none states it or two disagree."""
    stated: dict[str, tuple[object, Place]] = {}
    agree = True
    for content in contents:
        for name, place in content.subject_places.items():
            value = getattr(content.subject, name)
            other, where = stated.setdefault(name, (value, place))
            if other != value:
                agree = False
                message = f"the subject has another `{name}` here, {_as_written(value)}"
                label = Label(place=where, text=f"{_as_written(other)} here")
                found.append(Diagnostic(code="E128", message=message, place=place, labels=(label,), help=_SUBJECT_HELP))
    if not stated:
        return None
    values = {field.name: stated[field.name][0] for field in fields(Subject) if field.name in stated}
    return Subject(**values) if agree else None  # type: ignore[arg-type]  # each value is of the field it came from


def _unstated(first: Source) -> Diagnostic:
    remedy = "say in one of the files what was measured: `subject: {model: acme-7b}`"
    place = Place(first, Span(0, 0))
    return Diagnostic(code="E127", message="no file says what the evidence is about", place=place, help=remedy)


def _joined_readings(readings: Iterable[Reading], found: list[Diagnostic]) -> list[Reading]:
    """The readings, sorted and each once; two that tell different things of one run go to `found`."""
    joined: list[Reading] = []
    first_of: dict[tuple[str, str, str | None], Reading] = {}
    for reading in _joined(readings):
        key = (reading.run or "", reading.measure, reading.stage)
        first = first_of.setdefault(key, reading) if reading.run else reading
        if first is reading:
            joined.append(reading)
        elif (name := _difference(first, reading)) and len(found) < MAX_FOUND:
            at = f" at `{reading.stage}`" if reading.stage else ""
            message = f"run {shown(key[0])} has another result for `{reading.measure}`{at}: `{name}` differs"
            label = Label(place=first.place, text="the first result")
            found.append(Diagnostic(code="E129", message=message, place=reading.place, labels=(label,), help=_RUN_HELP))
    return joined


def _difference(one: Reading, two: Reading) -> str:
    """The field in which two readings of one run differ, if one; where each is recorded may differ."""
    pairs = zip(_FIELDS[Reading], _content(one), _content(two), strict=True)
    return next((name for name, this, that in pairs if this != that and name != "source"), "")


def _joined(items: Iterable[Item]) -> list[Item]:
    """Items sorted by what they say, then by where; of several that say the same the first."""
    first: dict[tuple[str, ...], Item] = {}
    for item in sorted(items, key=_place_key):
        first.setdefault(_content(item), item)
    return [first[content] for content in sorted(first)]


def _content(item: Reading | Fact) -> tuple[str, ...]:
    values = [getattr(item, name) for name in _FIELDS[type(item)]]
    return tuple("" if value is None else f"={value if type(value) is str else _said(value)}" for value in values)


def _place_key(item: Reading | Fact) -> tuple[str, int, str]:
    source = item.place.source
    return source.name, item.place.span.start, source.text


def _said(value: object) -> str:
    """A value as text that differs when the value does."""
    match value:
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case Quantity():
            return f"{_said(value.number)} {value.unit}"
        case tuple():
            return repr([_said(item) for item in value])
        case dict():
            return repr([(name, _said(value[name])) for name in sorted(value)])
        case _:
            return str(value)


def _as_written(value: object) -> str:
    """A value of the subject in backticks."""
    return shown(str(Quantity(value, Unit.FLOP) if isinstance(value, Fraction) else value))


def _source_key(source: Source) -> tuple[str, str]:
    return source.name, source.text


def _diagnostic_key(diagnostic: Diagnostic) -> tuple[bool, int]:
    """By place; that there are too many comes last."""
    return diagnostic.code == "E132", diagnostic.place.span.start if diagnostic.place else 0
