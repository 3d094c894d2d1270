"""Two small files of `policyc diff`: what names became, and how likely scores are."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from policylang.cli.call import CallError
from policylang.diagnostics import EvidenceError, nearest
from policylang.evidence.document import Value
from policylang.evidence.reader import MAX_BYTES, decode, read_document
from policylang.graph.nodes import Graph
from policylang.kinds import UNITS_OF, parse_quantity

_NAMES = "write a kind, and below it what each old name became: `measures:` and then `ctf: ctf_professional`"
_SCORES = "write a measure (or `measure.stage`) and its likely scores: `ctf.post_mitigation: [5%, 12%, 30%]`"


def names(path: str) -> dict[str, dict[str, str]]:
    """What names became: kind to old name to new name, empty for nothing; raises CallError and EvidenceError."""
    found: dict[str, dict[str, str]] = {}
    for kind, renamed in _read(path, _NAMES).items():
        if not isinstance(renamed, dict) or not all(new is None or isinstance(new, str) for new in renamed.values()):
            raise CallError("C140", f"`{kind}` in {path} does not map old names to new ones", _NAMES)
        found[kind] = {old: "" if new in (None, "none") else str(new) for old, new in renamed.items()}
    return found


def scores(path: str, graphs: Sequence[Graph]) -> dict[tuple[str, str], tuple[Fraction, ...]]:
    """Equally likely values of measures, by measure and stage ("" for every stage); raises CallError, EvidenceError."""
    found = {}
    for word, values in _read(path, _SCORES).items():
        name, _, stage = word.partition(".")
        measure = next((graph.measure[name] for graph in graphs if name in graph.measure), None)
        if measure is None:
            known = {measure.name for graph in graphs for measure in graph.measures}
            raise CallError("C140", f"neither policy has a measure `{name}`", nearest(name, sorted(known)))
        if not isinstance(values, list) or not values:
            raise CallError("C140", f"`{word}` in {path} is no list of values", _SCORES)
        found[name, stage] = tuple(_score(word, text, measure.kind) for text in values)
    return found


def _score(word: str, text: Value, kind: str) -> Fraction:
    if text in ("yes", "no"):
        return Fraction(text == "yes")
    try:
        quantity = parse_quantity(str(text))
    except ValueError as error:
        raise CallError("C140", f"`{text}` of `{word}` is {error}", _SCORES) from None
    if quantity.unit not in {str(of): units for of, units in UNITS_OF.items()}.get(kind, (quantity.unit,)):
        raise CallError("C140", f"`{text}` is no {kind}, which `{word}` is", _SCORES)
    return quantity.value


def _read(path: str, help_: str) -> Mapping[str, Value]:
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CallError("C140", f"{path} cannot be read: {why}", help_) from None
    document, wrong = read_document(decode(path, data))
    if document is None:
        raise EvidenceError(wrong)
    if not isinstance(document.root, dict):
        raise CallError("C140", f"{path} is no mapping", help_)
    return document.root
