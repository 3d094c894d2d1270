"""The run register: which runs were announced before they began, one line of JSON each, each bound to the one before.

The file only grows. Every line names the SHA-256 of the line before it, so that a line that was changed, left out or
put in afterwards breaks what follows; only the end can be cut off unseen, which is why whoever registers is told the
digest of the last line, to be kept elsewhere.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from policylang.diagnostics import Diagnostic, EvidenceError, nearest
from policylang.evidence import forms
from policylang.evidence.document import shown
from policylang.evidence.facts import Intent
from policylang.evidence.forms import Wrong
from policylang.source import Place, Source, Span

SCHEMA = "policylang/register/v1"
MAX_LINES = 100_000

_FORMS: Mapping[str, Callable[[object], Any]] = {
    "run": forms.NAME.read,
    "measure": forms.NAME.read,
    "stage": forms.NAME.read,
    "at": forms.MOMENT.read,
    "n": forms.COUNT.read,
    "by": forms.NAME.read,
    "revision": forms.NAME.read,
    "configuration": forms.NAME.read,
}
_REQUIRED = ("run", "measure", "at")
_FIELDS = ("schema", "previous", *_FORMS)
_APPEND = "a register is only ever appended to, by `policyc register`: take the file as it was written"


def read_register(source: Source) -> tuple[Intent, ...]:
    """The runs registered in a file, in its order; raises EvidenceError at the first line that cannot stand there."""
    found: list[Intent] = []
    previous: str | None = None
    runs: set[tuple[str, str, str | None]] = set()
    for line, place in _lines(source):
        fields = _fields(line, place)
        if fields.pop("previous", None) != previous:
            raise _broken(place, "this line does not follow the one before it")
        intent = Intent(**_read(fields, place), place=place)
        key = (intent.run, intent.measure, intent.stage)
        if key in runs:
            raise _broken(place, f"run {shown(intent.run)} is registered twice for `{intent.measure}`")
        if found and intent.at.last < found[-1].at.first:
            raise _broken(place, f"this run was registered on {intent.at}, before the one above it")
        runs.add(key)
        found.append(intent)
        previous = digest_of(line)
    return tuple(found)


def line_of(intent: Mapping[str, str], previous: str | None) -> str:
    """A line of a register; `previous` is the digest of the line before it, if there is one."""
    fields = {"schema": SCHEMA, **{name: intent[name] for name in _FORMS if name in intent}, "previous": previous}
    return json.dumps(fields, ensure_ascii=True)


def digest_of(line: str) -> str:
    """The digest by which the next line names this one."""
    return "sha256:" + hashlib.sha256(line.encode()).hexdigest()


def last_digest(source: Source) -> str | None:
    """The digest of the last line of a register; None for an empty one."""
    lines = [line for line, _ in _lines(source)]
    return digest_of(lines[-1]) if lines else None


def _lines(source: Source) -> Iterator[tuple[str, Place]]:
    at = 0
    lines = source.text.split("\n")
    if lines[-1]:
        place = Place(source, Span(len(source.text), len(source.text)))
        raise _broken(place, "the last line is cut off: it has no line end")
    if len(lines) > MAX_LINES:
        message = f"the register has more than {MAX_LINES} lines"
        raise _wrong("E103", message, Place(source, Span(0, 0)), "begin a new one, and give both as evidence")
    for line in lines[:-1]:
        yield line, Place(source, Span(at, at + len(line)))
        at += len(line) + 1


def _fields(line: str, place: Place) -> dict[str, object]:
    try:
        found = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _broken(place, "this line is no JSON object, or has a key twice") from None
    if not isinstance(found, dict):
        raise _broken(place, "this line is no JSON object")
    if found.pop("schema", None) != SCHEMA:
        raise _wrong("E112", f"this line is not of `{SCHEMA}`", place, _APPEND)
    odd = sorted(set(found) - set(_FIELDS))
    if odd:
        raise _wrong("E113", f"a registered run has no field {shown(odd[0])}", place, nearest(odd[0], _FIELDS))
    return found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _read(fields: Mapping[str, object], place: Place) -> dict[str, Any]:
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        raise _wrong("E114", f"this registered run has no `{missing[0]}`", place, _APPEND)
    values = {}
    for name, value in fields.items():
        try:
            values[name] = _FORMS[name](value)
        except Wrong as wrong:
            raise _wrong(wrong.code, f"`{name}` {wrong.message}", place, wrong.remedy) from None
    return values


def _broken(place: Place, message: str) -> EvidenceError:
    return _wrong("E133", message, place, _APPEND)


def _wrong(code: str, message: str, place: Place, remedy: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code=code, message=message, place=place, help=remedy)])
