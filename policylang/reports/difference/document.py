"""A difference for programs: every change with all that is known of it, as JSON."""

from collections.abc import Sequence
from fractions import Fraction

from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import Change, Clause, Difference, Direction, Revision, Shift, Witness
from policylang.graph.nodes import Where
from policylang.kinds import decimal_text, exact_text
from policylang.reports.difference import wording
from policylang.reports.json import Json, signed

DIFFERENCE = "policylang/difference/v1"
_LONGEST = 4096
"""A share whose numerator or denominator has more bits than this is rounded: as text it would be of no use."""


def document(difference: Difference, consequences: Consequences | None = None) -> dict[str, Json]:
    """The difference, what follows from it as far as it was asked, and a digest of both."""
    return signed(
        {
            "schema": DIFFERENCE,
            "old": _revision(difference.old),
            "new": _revision(difference.new),
            "direction": difference.direction.value,
            "counts": {direction.value: difference.count(direction) for direction in Direction},
            "measure": difference.measure,
            "actions": {shift.action: _shift(shift) for shift in difference.shifts},
            "changes": [_change(change) for change in wording.gravest_first(difference.changes)],
            "consequences": _consequences(consequences or Consequences()),
        }
    )


def _revision(revision: Revision) -> dict[str, Json]:
    return {
        "name": revision.name,
        "title": revision.title,
        "version": revision.version,
        "digest": revision.digest,
        "path": revision.path,
    }


def _shift(shift: Shift) -> dict[str, Json]:
    old, new = shift.furthest or (None, None)
    return {
        "direction": shift.direction.value,
        "looser_share": _share(shift.looser_share, up=True),
        "stricter_share": _share(shift.stricter_share, up=False),
        "furthest": None if shift.furthest is None else {"old": old, "new": new},
        "witness": _witness(shift.witness),
    }


def _change(change: Change) -> dict[str, Json]:
    return {
        "direction": change.direction.value,
        "layer": change.layer.value,
        "clause": _clause(change.clause),
        "sentence": change.sentence,
        "was": change.was or None,
        "now": change.now or None,
        "region": list(change.region),
        "more": change.more,
        "visible": change.visible,
        "share": _share(change.share, up=change.direction.loosens),
        "witness": _witness(change.witness),
        "why_unknown": change.why_unknown or None,
    }


def _clause(clause: Clause) -> dict[str, Json]:
    return {
        "kind": clause.kind,
        "name": clause.name,
        "old_name": clause.old_name or None,
        "title": clause.title or None,
        "cites": list(clause.cites),
        "old": _where(clause.old),
        "new": _where(clause.new),
    }


def _where(where: Where | None) -> Json:
    return None if where is None else {"file": where.file, "line": where.line}


def _witness(witness: Witness | None) -> Json:
    if witness is None:
        return None
    return {
        "given": list(witness.given),
        "outcomes": [{"of": item.of, "old": item.old, "new": item.new} for item in witness.outcomes],
        "evidence": witness.evidence or None,
        "old_evidence": witness.old_evidence or None,
        "test": witness.test or None,
    }


def _consequences(extra: Consequences) -> dict[str, Json]:
    """Each part a list; null where it was not asked."""
    needs, claims, impacts = extra.needs, extra.claims, extra.impacts
    return {
        "needs": None if needs is None else _needs(needs),
        "claims": None if claims is None else _claims(claims),
        "impacts": None if impacts is None else _impacts(impacts),
    }


def _needs(needs: Sequence[Need]) -> list[Json]:
    return [{"kind": one.kind, "role": one.role, "met": one.met, "why": one.why or None} for one in needs]


def _claims(claims: Sequence[Claim]) -> list[Json]:
    return [
        {
            "name": one.name,
            "said": None if one.said is None else one.said.value,
            "found": None if one.found is None else one.found.value,
            "problem": one.problem or None,
        }
        for one in claims
    ]


def _impacts(impacts: Sequence[Impact]) -> list[Json]:
    return [{"evidence": one.evidence, "action": one.action, "old": one.old, "new": one.new} for one in impacts]


def _share(share: Fraction | None, *, up: bool) -> str | None:
    """A share as exact text, `0.031` or `1/3`; one with thousands of digits is rounded outward to twelve places."""
    if share is None:
        return None
    if max(share.numerator.bit_length(), share.denominator.bit_length()) > _LONGEST:
        return decimal_text(share, 12, up=up)
    return exact_text(share)
