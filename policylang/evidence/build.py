"""One document to facts: items checked one by one, then what their fields say together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from policylang.diagnostics import quoted
from policylang.evidence.document import SPLIT, Document, Findings, Path, Value, path_text
from policylang.evidence.facts import Fact, FactKind, Reading, Subject
from policylang.evidence.schema import FACTS, Checker
from policylang.source import Place

MAX_ITEMS = 10_000
"""How many readings and facts there may be, in one file or in all of them."""

_KINDS: dict[str, FactKind] = {
    "assessments": "assessment",
    "attestations": "attestation",
    "approvals": "approval",
    "consultations": "consultation",
    "notifications": "notification",
    "events": "event",
    "duties": "duty",
    "vetoes": "veto",
    "waivers": "waiver",
}
_ABOUT = ("category", "control", "of", "rule", "event", "duty")
_COUNTS = ("successes", "scored", "refused", "no_answer", "errored")
_UNSCORED = ("refused", "no_answer", "errored")
_ONE_RESULT = "give `successes` of `n`, or `units`, or a `value`, or an `interval`"


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What one file says; `subject_places` has the place of each field of the subject."""

    subject: Subject | None
    subject_places: dict[str, Place] = field(default_factory=dict)
    readings: tuple[Reading, ...]
    facts: tuple[Fact, ...]
    holidays: frozenset[date]


def read_contents(document: Document, findings: Findings) -> Contents:
    """What a document says; what is wrong goes to `findings`, and what is right is there."""
    checker = Checker(document, findings)
    top = checker.top()
    builder = _Builder(checker)
    builder.check_size()
    subject, places = builder.subject()
    readings = tuple(builder.readings())
    facts = tuple(fact for section in FACTS for fact in builder.facts(section))
    holidays: tuple[date, ...] = top.get("holidays", ())
    return Contents(
        subject=subject, subject_places=places, readings=readings, facts=facts, holidays=frozenset(holidays)
    )


def size_of(document: Document) -> int:
    """How many readings and facts a document has, before any of them is looked into."""
    root = document.root if isinstance(document.root, dict) else {}
    return sum(len(items) for name in ("readings", *FACTS) if isinstance(items := root.get(name), list))


class _Builder:
    """The items of one document on their way to facts."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.document = checker.document
        self.findings = checker.findings
        self.root: dict[str, Value] = self.document.root if isinstance(self.document.root, dict) else {}

    def check_size(self) -> None:
        """Refuse a file with too many items before any of them costs something."""
        count = size_of(self.document)
        if count > MAX_ITEMS:
            message = f"the file has {count} readings and facts, {MAX_ITEMS} are read"
            self.findings.stop("E103", message, self.document.span, help=SPLIT)

    def subject(self) -> tuple[Subject | None, dict[str, Place]]:
        """The subject, where the file states one, and the place of each of its fields."""
        value = self.root.get("subject")
        if value is None:
            return None, {}
        fields = self.checker.item("subject", value, ("subject",))
        if fields is None:
            return None, {}
        places = {name: self.findings.place(self.document.value(("subject", name))) for name in fields}
        return Subject(**fields), places

    def items(self, section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """The items of a section that are right field by field."""
        values = self.root.get(section)
        for index, value in enumerate(values if isinstance(values, list) else ()):
            path = (section, index)
            fields = self.checker.item(section, value, path)
            if fields is not None:
                yield path, fields

    def readings(self) -> Iterator[Reading]:
        """The readings that are right."""
        for path, fields in self.items("readings"):
            if self.agrees(path, fields):
                fields.setdefault("attributes", {})
                yield Reading(**fields, place=self.place(path))

    def facts(self, section: str) -> Iterator[Fact]:
        """The dated facts of a section."""
        for path, fields in self.items(section):
            about = next(name for name in _ABOUT if name in fields)
            fields["about"] = fields.pop(about)
            if section == "duties" and "to" in fields:
                fields["to"] = next(iter(fields["to"]), None)
            if "expires" in fields and fields["expires"].last < fields["at"].first:
                message = (
                    f"`{path_text((*path, 'expires'))}` is `{fields['expires']}`, before it began, `{fields['at']}`"
                )
                self.wrong("E131", message, (*path, "expires"), "correct one of the two dates")
                continue
            yield Fact(kind=_KINDS[section], **fields, place=self.place(path))

    def agrees(self, path: Path, fields: dict[str, Any]) -> bool:
        """Whether a reading gives one result, and its numbers go together; fills in how many units were scored."""
        results = [name for name in _COUNTS if name in fields][:1]
        results += [name for name in ("units", "value", "interval") if name in fields]
        if len(results) != 1:
            at, said = (path, "no result") if not results else ((*path, results[1]), f"{quoted(results)} at once")
            self.wrong("E123", f"`{path_text(path)}` gives {said}", at, _ONE_RESULT)
            return False
        if "n" in fields and fields["n"] == 0:
            remedy = "leave the reading out when nothing was measured"
            self.wrong("E122", f"`{path_text((*path, 'n'))}` is 0: a reading of nothing", (*path, "n"), remedy)
            return False
        if results[0] in _COUNTS:
            return self.counts_agree(path, fields)
        if results[0] == "units" and fields.get("n", len(fields["units"])) < len(fields["units"]):
            message = f"`{path_text(path)}` has {len(fields['units'])} units, more than its `n`, {fields['n']}"
            self.wrong("E122", message, (*path, "n"), "`n` is how many units were planned, these and any others")
            return False
        return True

    def counts_agree(self, path: Path, fields: dict[str, Any]) -> bool:
        """Whether successes, scored and not scored units fit into the units planned."""
        for name in ("n", "successes"):
            if name not in fields:
                message = f"`{path_text(path)}` counts units and has no `{name}`"
                self.wrong("E123", message, path, "give `successes` of `n`, and `scored` where not all were judged")
                return False
        unscored = sum(fields.get(name, 0) for name in _UNSCORED)
        scored = fields.setdefault("scored", max(0, fields["n"] - unscored))
        if scored + unscored > fields["n"]:
            parts = quoted(name for name in ("scored", *_UNSCORED) if name in fields)
            message = (
                f"`{path_text(path)}` has {parts} of together {scored + unscored}, more than its `n`, {fields['n']}"
            )
            self.wrong("E122", message, (*path, "n"), "`n` is how many units were planned, judged or not")
            return False
        if fields["successes"] > scored:
            message = (
                f"`{path_text((*path, 'successes'))}` is {fields['successes']}, more than the {scored} units scored"
            )
            self.wrong("E122", message, (*path, "successes"), "`successes` ≤ `scored` ≤ `n`")
            return False
        return True

    def wrong(self, code: str, message: str, at: Path, remedy: str) -> None:
        """Note what does not go together."""
        self.findings.add(code, message, self.document.value(at), help=remedy)

    def place(self, path: Path) -> Place:
        """The place of an item."""
        return self.findings.place(self.document.value(path))
