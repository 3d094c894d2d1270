"""Decisions, findings and test runs for programs: the contract of the language, as JSON.

The same values give the same bytes anywhere: keys are sorted, everything beyond ASCII is escaped, numbers that are not
counts are exact decimal text (or, where they have no end, rounded outward to twelve places), and a `digest` over the
rest in RFC 8785 names the decision. `schemas` describes it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from policylang.clocks import Moment
from policylang.decide.decision import (
    ActionDecision,
    Advisory,
    Because,
    Decision,
    Missing,
    Obligation,
    Outstanding,
    Placed,
    Reason,
)
from policylang.decide.standing import Rejected
from policylang.diagnostics import Diagnostic
from policylang.evidence.facts import Fact, Subject
from policylang.evidence.qualify import Weighed
from policylang.graph.nodes import Graph
from policylang.kinds import decimal_text, exact_text
from policylang.reports.several import joined, labels, side_by_side
from policylang.source import Place

if TYPE_CHECKING:
    from policylang.evidence.vocabulary import Vocabulary  # one policy alone needs none

Json: TypeAlias = Any
"""What `json` writes: text, whole numbers, true, false, null, and lists and mappings of them."""

DECISION = "policylang/decision/v1"
DECISIONS = "policylang/decisions/v1"
ERROR = "policylang/error/v1"
UNSTAGED = "unstaged"
"""Stands for the stage in the scorecard of a policy without stages; where there are stages it is one of them."""
_PLACES = 12
_ESCAPED = (("\x7f", "\\u007f"), ("##[", "#\\u0023["), ("##vso[", "#\\u0023vso["))
"""What stands only in texts: a control character JSON lets through, and what the log of a build service would obey."""


def encoded(document: Mapping[str, Json] | Sequence[Json]) -> str:
    """A document as the text that is printed: ASCII, sorted, indented, with a line feed at the end."""
    text = json.dumps(document, ensure_ascii=True, sort_keys=True, indent=2, allow_nan=False)
    for seen, written in _ESCAPED:
        text = text.replace(seen, written)
    return text + "\n"


def decision(decided: Decision) -> dict[str, Json]:
    """The decision under one policy, with its digest."""
    return signed(said(decided))


def said(decided: Decision) -> dict[str, Json]:
    """All that a decision says, without the digest of it."""
    graph = decided.graph
    header = graph.header
    return {
        "schema": DECISION,
        "policy": {
            "name": header.name,
            "title": header.title,
            "version": header.version,
            "digest": graph.digest,
        },
        "subject": subject_of(decided.subject),
        "as_of": str(decided.as_of),
        "scorecard": _scorecard(decided),
        "actions": {name: _action(graph, item) for name, item in decided.actions.items()},
        "obligations": [_obligation(item) for item in decided.obligations],
        "advisories": [_advisory(item) for item in decided.advisories],
        "missing": [_missing(item) for item in decided.missing],
        "readings": [_reading(item) for item in decided.readings],
        "rejected": [_rejected(item) for item in decided.rejected],
    }


def decisions(decided: Sequence[Decision], vocabulary: "Vocabulary | None" = None) -> dict[str, Json]:
    """The decisions under several policies, what they come to together, and in neutral terms side by side; a digest."""
    return signed(
        {
            "schema": DECISIONS,
            "subject": subject_of(decided[0].subject),
            "as_of": str(decided[0].as_of),
            "actions": {
                joint.action: {
                    "verdict": joint.verdict.value,
                    "covered": joint.covered,
                    "caused_by": list(joint.caused_by),
                }
                for joint in joined(decided)
            },
            "side_by_side": {} if vocabulary is None else _side_by_side(decided, vocabulary),
            "policies": [decision(one) for one in decided],
        }
    )


def _side_by_side(decided: Sequence[Decision], vocabulary: "Vocabulary") -> dict[str, Json]:
    names = labels(decided)
    return {
        term: {
            name: {"verdict": cell.verdict.value, "covered": cell.covered, "actions": list(cell.actions)}
            for name, cell in zip(names, cells, strict=True)
            if cell is not None
        }
        for term, cells in side_by_side(vocabulary, decided).items()
    }


def error(found: Sequence[Diagnostic]) -> dict[str, Json]:
    """Why nothing was judged."""
    return {"schema": ERROR, "diagnostics": [diagnostic(item) for item in found]}


def diagnostic(found: Diagnostic) -> dict[str, Json]:
    """One finding."""
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        **_place(found.place),
        "note": found.note or None,
        "help": found.help or None,
        "labels": [{**_place(label.place), "text": label.text} for label in found.labels],
    }


def signed(document: Mapping[str, Json]) -> dict[str, Json]:
    """A document with the digest of what it says."""
    import rfc8785  # needed once, for the digest

    digest = hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()
    return {**document, "digest": f"sha256:{digest}"}


def number(value: Fraction | None, *, up: bool) -> str | None:
    """A value in base units: exact, or rounded outward to twelve places; null where an interval has no end."""
    if value is None:
        return None
    text = exact_text(value)
    return decimal_text(value, _PLACES, up=up) if "/" in text else text


# The parts of a decision


def subject_of(subject: Subject) -> dict[str, Json]:
    """What was judged."""
    compute = number(subject.effective_compute, up=True)
    return {
        "model": subject.model,
        "revision": subject.revision,
        "configuration": subject.configuration,
        "attempt": subject.attempt,
        "effective_compute": None if compute is None else f"{compute} FLOP",
    }


def _scorecard(decided: Decision) -> dict[str, Json]:
    card: dict[str, dict[str, Json]] = {}
    for (name, stage), placed in decided.scorecard.items():
        ladder = decided.graph.category[name].ladder
        card.setdefault(name, {})[UNSTAGED if stage is None else stage] = _placed(placed, ladder)
    return card


def _placed(placed: Placed, ladder: Sequence[str]) -> dict[str, Json]:
    return {
        "at_least": ladder[placed.at_least],
        "at_most": ladder[placed.at_most],
        "because": [_because(part) for part in placed.because],
    }


def _action(graph: Graph, item: ActionDecision) -> dict[str, Json]:
    return {
        "verdict": item.verdict.value,
        "covered": item.covered,
        "reasons": [_reason(graph, reason) for reason in item.reasons],
        "outstanding": [_outstanding(need) for need in item.outstanding],
        "remedy": list(item.remedy),
        "excepted": [{"rule": rule, "exception": name} for rule, name in item.excepted],
    }


def _reason(graph: Graph, reason: Reason) -> dict[str, Json]:
    """A veto is by a role, and no rule."""
    is_veto = reason.effect == "veto"
    rule = None if is_veto else graph.rule[reason.rule]
    return {
        "rule": None if rule is None else rule.name,
        "by": reason.rule if is_veto else None,
        "effect": reason.effect,
        "fires": reason.fires,
        "waived": reason.waived,
        "requirement": reason.requirement or None,
        "cites": [] if rule is None else list(rule.cites),
        "because": [_because(part) for part in reason.because],
    }


def _because(because: Because) -> dict[str, Json]:
    form: dict[str, Json] = {"text": because.text, "is": because.state}
    if because.lo is not None or because.hi is not None:
        form["interval"] = [number(because.lo, up=False), number(because.hi, up=True)]
    if because.readings:
        form["readings"] = [_reading(reading) for reading in because.readings]
    if because.note:
        form["note"] = because.note
    return {**form, "because": [_because(part) for part in because.parts]}


def _outstanding(item: Outstanding) -> dict[str, Json]:
    return {
        "rule": item.rule,
        "kind": item.requirement.what,
        "requirement": item.requirement.text,
        "needs": list(item.needs),
    }


def _obligation(item: Obligation) -> dict[str, Json]:
    return {
        "rule": item.rule,
        "kind": item.kind,
        "by": item.by or None,
        "to": item.to or None,
        "start": _moment(item.start),
        "due": _moment(item.due),
        "state": item.state,
        "done": _moment(item.done),
        "note": item.note or None,
    }


def _advisory(item: Advisory) -> dict[str, Json]:
    because = [_because(part) for part in item.because]
    return {"rule": item.rule, "strength": item.strength, "fires": item.fires, "because": because}


def _missing(item: Missing) -> dict[str, Json]:
    name: Json = True if item.what == "attempts" else item.name
    return {item.what: name, "stage": item.stage, "why": item.why, "would_settle": list(item.would_settle)}


def _reading(item: Weighed) -> dict[str, Json]:
    reading = item.reading
    return {
        "measure": reading.measure,
        "stage": reading.stage,
        "run": reading.run,
        "at": _moment(reading.at),
        "status": reading.status,
        "evaluator": reading.evaluator,
        "source": reading.source,
        "attributes": dict(reading.attributes),
        "n": reading.n,
        "interval": [number(item.lo, up=False), number(item.hi, up=True)],
        "other_subject": item.other_subject,
        "qualifies": item.qualifies,
        "why_not": list(item.why_not) or None,
    }


def _rejected(item: Rejected) -> dict[str, Json]:
    return {**_fact(item.fact), "why": item.why}


def _fact(fact: Fact) -> dict[str, Json]:
    return {
        "kind": fact.kind,
        "about": fact.about,
        "stage": fact.stage,
        "level": fact.level,
        "by": fact.by,
        "persons": list(fact.persons),
        "to": fact.to,
        "at": _moment(fact.at),
        "expires": _moment(fact.expires),
        "source": fact.source,
    }


def _moment(moment: Moment | None) -> str | None:
    return None if moment is None else str(moment)


def _place(place: Place | None) -> dict[str, Json]:
    if place is None:
        return {"file": None, "line": None, "column": None}
    line, column = place.source.position(place.span.start)
    return {"file": place.source.name, "line": line, "column": column}
