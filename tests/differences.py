"""Differences made by hand for the tests of their reports: a large one, an empty one, and ones that try to escape."""

import dataclasses
from fractions import Fraction

from policylang.analysis.consequences import Claim, Consequences, Impact, Need
from policylang.analysis.difference import (
    Change,
    Clause,
    Difference,
    Direction,
    Layer,
    Outcome,
    Revision,
    Shift,
    Witness,
)
from policylang.graph.nodes import Where

HOSTILE = (
    "<img src=x onerror=alert(1)> `x` | @octocat #1 \u202e\x1b[31m\n# ▲ stricter ✔ [a](javascript:b) https://evil.test"
)

OLD = Revision(
    name="acme_framework",
    title="Acme Frontier Safety Framework",
    version="2.2",
    digest=f"sha256:{'1f' * 32}",
    path="policies/acme-2.2.policy",
)
NEW = dataclasses.replace(OLD, version="3.0", digest=f"sha256:{'c4' * 32}", path="policies/acme-3.0.policy")


def where(line: int, *, new: bool = False) -> Where:
    """A line of one of the two policies."""
    return Where(file=(NEW if new else OLD).path, line=line, start=0, end=1)


def clause(kind: str, name: str, line: int = 0, **more: str) -> Clause:
    """A clause of both policies, or with no line of neither."""
    cited = more.get("cites", "")
    return Clause(
        kind=kind,
        name=name,
        old_name=more.get("old_name", ""),
        cites=(cited,) if cited else (),
        old=where(line) if line else None,
        new=where(line + 4, new=True) if line else None,
    )


CEILING = Witness(
    given=(
        "given cybench.post_mitigation = 34%",
        "given weight_theft.post_mitigation = no",
        "given attestation of weight_security at sl3",
    ),
    outcomes=(
        Outcome(of="cybersecurity.post_mitigation", old="high", new="medium"),
        Outcome(of="deploy.external", old="forbidden", new="permitted"),
        Outcome(of="deploy.internal", old="permitted", new="permitted"),
    ),
    evidence="schema: policylang/evidence/v1\nsubject: {model: witness}\n",
    old_evidence="",
    test='test "weaker" {\n  given cybench.post_mitigation = 34%\n  expect deploy.external forbidden\n}\n',
)
STALE = Witness(
    given=("given effective_compute = 9x that of the last evaluation", "given age of cybench = 14 months"),
    outcomes=(Outcome(of="develop.capabilities", old="undetermined", new="permitted"),),
)
BOTH_WAYS = Witness(
    given=("given wet_lab_protocol.pre_mitigation = 21%",),
    outcomes=(Outcome(of="deploy.partner", old="conditional", new="permitted"),),
)
TIGHTER = Witness(
    given=("given persuasion_study.post_mitigation = 1.4x", "given approval of deploy.internal by safety_board"),
    outcomes=(Outcome(of="deploy.internal", old="permitted", new="conditional"),),
)

_LOOSER = (
    Change(
        direction=Direction.LOOSER,
        layer=Layer.THRESHOLDS,
        clause=clause("category", "cybersecurity", 61, cites="Appendix A, p. 31"),
        sentence="level `high` of `cybersecurity` is reached later: 35% of tasks solved instead of 20%",
        was="cybench >= 20% or weight_theft",
        now="cybench >= 35% or weight_theft and cybench >= 20%",
        region=(
            "cybench.post_mitigation >= 20% and cybench.post_mitigation < 35%",
            "weight_theft.post_mitigation and cybench.post_mitigation < 20%",
        ),
        more=2,
        witness=CEILING,
        share=Fraction(31, 1000),
        visible=True,
    ),
    Change(
        direction=Direction.LOOSER,
        layer=Layer.RULES,
        clause=Clause(
            kind="rule",
            name="evaluation_cadence",
            cites=("§3.1", "§3.2 “Comprehensive assessment”"),
            old=where(112),
        ),
        sentence="rule `evaluation_cadence` is gone: no evaluation is due by compute or by time",
        was="evaluate beyond 4x effective_compute or every 6 months",
        witness=STALE,
        visible=True,
    ),
    Change(
        direction=Direction.LOOSER,
        layer=Layer.EVIDENCE,
        clause=clause("measure", "cybench", 40),
        sentence="a reading counts with weaker elicitation",
        was="needs elicitation >= fine_tuned, n >= 40, held_out",
        now="needs elicitation >= prompted, n >= 40, held_out",
        visible=False,
    ),
    Change(
        direction=Direction.LOOSER,
        layer=Layer.GOVERNANCE,
        clause=clause("rule", "board_in_the_loop", 140, cites="§7.4"),
        sentence="the board is told later",
        was="notify board within 24 hours",
        now="notify board within 24 business hours",
        region=("any category.pre_mitigation >= critical",),
        share=Fraction(1, 3**40),
    ),
)
_DOUBTFUL = (
    Change(
        direction=Direction.UNKNOWN,
        layer=Layer.RULES,
        clause=clause("rule", "marginal_risk", 151),
        sentence="rule `marginal_risk` compares with what others have released",
        was="when assisted - control >= 15%",
        now="when assisted - 2 * baseline >= 15%",
        why_unknown="the solver gave up after 50 M steps",
    ),
)
_MIXED = (
    Change(
        direction=Direction.MIXED,
        layer=Layer.RULES,
        clause=clause("rule", "partner_release", 97, cites="§4.2"),
        sentence="`deploy.partner` needs an approval at another level",
        was="when cbrn.pre_mitigation >= medium require approval of safety_board before deploy.partner",
        now="when cbrn.pre_mitigation >= high require approval of safety_board, ceo before deploy.partner",
        region=("cbrn.pre_mitigation = medium", "cbrn.pre_mitigation >= high"),
        witness=BOTH_WAYS,
        share=Fraction(1, 8),
        visible=True,
    ),
    Change(
        direction=Direction.MIXED,
        layer=Layer.EVIDENCE,
        clause=clause("policy", "acme_framework", 3),
        sentence="the bounds of a score are tested in another way",
        was="confidence 95%",
        now="confidence 90% anytime",
    ),
)
_STRICTER = (
    Change(
        direction=Direction.STRICTER,
        layer=Layer.RULES,
        clause=Clause(kind="rule", name="persuasion_review", cites=("§5",), new=where(131, new=True)),
        sentence="rule `persuasion_review` is new",
        now="when persuasion.post_mitigation >= medium require approval of safety_board before deploy.internal",
        region=("persuasion.post_mitigation >= medium",),
        witness=TIGHTER,
        share=Fraction(1, 3),
        visible=True,
    ),
    Change(
        direction=Direction.STRICTER,
        layer=Layer.GOVERNANCE,
        clause=clause("rule", "ceiling_waiver", 160),
        sentence="the rule can no longer be waived",
        was="waivable by ceo",
    ),
)
_NEUTRAL = (
    Change(
        direction=Direction.NEUTRAL,
        layer=Layer.NAMES,
        clause=clause("role", "safety_board", 22, old_name="safety_advisory_group"),
        sentence="renamed",
    ),
    Change(
        direction=Direction.NEUTRAL,
        layer=Layer.NAMES,
        clause=clause("measure", "weight_theft", 44, old_name="exfiltration"),
        sentence="renamed",
    ),
    Change(
        direction=Direction.NEUTRAL,
        layer=Layer.RULES,
        clause=clause("rule", "asset_protection", 88),
        sentence="written in another way",
        was="when any category.pre_mitigation >= high",
        now="when at least 1 category.pre_mitigation >= high",
    ),
)

_SHIFTS = (
    Shift(action="develop.safety", direction=Direction.NEUTRAL, looser_share=Fraction(0), stricter_share=Fraction(0)),
    Shift(
        action="deploy.internal",
        direction=Direction.STRICTER,
        looser_share=Fraction(0),
        stricter_share=Fraction(1, 3),
        witness=TIGHTER,
    ),
    Shift(
        action="deploy.partner",
        direction=Direction.MIXED,
        looser_share=Fraction(1, 8),
        stricter_share=Fraction(1, 16),
        furthest=("conditional", "permitted"),
        witness=BOTH_WAYS,
    ),
    Shift(
        action="deploy.external",
        direction=Direction.LOOSER,
        looser_share=Fraction(31, 1000),
        stricter_share=Fraction(0),
        furthest=("forbidden", "permitted"),
        witness=CEILING,
    ),
    Shift(action="develop.capabilities", direction=Direction.UNKNOWN, furthest=("undetermined", "permitted")),
    Shift(action="study", direction=Direction.NEUTRAL),
)

LARGE = Difference(
    old=OLD,
    new=NEW,
    changes=(*_NEUTRAL, *_STRICTER, *_MIXED, *_DOUBTFUL, *_LOOSER),
    shifts=_SHIFTS,
)
"""Twelve changes of every direction and layer, the gravest last."""

EXTRA = Consequences(
    needs=(
        Need(kind="consultation", role="long_term_benefit_trust", met=True, why="recorded on 2026-10-02"),
        Need(kind="approval", role="board", met=False, why="asked by `amend when loosening`; none is recorded"),
    ),
    claims=(
        Claim(name="evaluation_cadence", said=None, found=Direction.LOOSER, problem="loosened and not said"),
        Claim(name="ceiling_waiver", said=Direction.STRICTER, found=Direction.STRICTER),
        Claim(name="asset_protection", said=Direction.STRICTER, found=Direction.NEUTRAL, problem="said and not so"),
    ),
    impacts=(
        Impact(evidence="runs/acme-6.yaml", action="deploy.internal", old="permitted", new="conditional"),
        Impact(evidence="runs/acme-7b.yaml", action="deploy.external", old="forbidden", new="permitted"),
    ),
)
NOTHING = Consequences(needs=(), claims=(), impacts=())

IDENTICAL = Difference(old=OLD, new=dataclasses.replace(OLD, path="b.policy"), changes=(), shifts=())
REWRITTEN = Difference(
    old=OLD,
    new=NEW,
    changes=(),
    shifts=(Shift(action="deploy", direction=Direction.NEUTRAL),),
)
RENAMED = Difference(old=OLD, new=NEW, changes=_NEUTRAL, shifts=())


def hostile(payload: str = HOSTILE) -> Difference:
    """The large difference with a payload after every text that comes from a policy."""
    return dataclasses.replace(
        LARGE,
        old=_revision(OLD, payload),
        new=_revision(NEW, payload + "!"),
        changes=tuple(_change(change, payload) for change in LARGE.changes),
        shifts=tuple(_shift(shift, payload) for shift in LARGE.shifts),
        measure=LARGE.measure + payload,
    )


def _revision(revision: Revision, payload: str) -> Revision:
    return Revision(
        name=revision.name + payload,
        title=revision.title + payload,
        version=revision.version + payload,
        digest=revision.digest,
        path=revision.path + payload,
    )


def _change(change: Change, payload: str) -> Change:
    stands = change.clause.new or change.clause.old
    about = Clause(
        kind=change.clause.kind + payload,
        name=change.clause.name + payload,
        old_name=change.clause.old_name + payload,
        cites=(*change.clause.cites, payload),
        new=None if stands is None else dataclasses.replace(stands, file=stands.file + payload),
    )
    return dataclasses.replace(
        change,
        clause=about,
        sentence=change.sentence + payload,
        was=change.was + payload,
        now=change.now + payload,
        region=tuple(text + payload for text in change.region),
        witness=None if change.witness is None else _witness(change.witness, payload),
        why_unknown=change.why_unknown + payload,
    )


def _shift(shift: Shift, payload: str) -> Shift:
    furthest = None if shift.furthest is None else (shift.furthest[0] + payload, shift.furthest[1])
    witness = None if shift.witness is None else _witness(shift.witness, payload)
    return dataclasses.replace(shift, action=shift.action + payload, furthest=furthest, witness=witness)


def _witness(witness: Witness, payload: str) -> Witness:
    return Witness(
        given=tuple(line + payload for line in witness.given),
        outcomes=tuple(Outcome(of=o.of + payload, old=o.old, new=o.new + payload) for o in witness.outcomes),
        evidence=witness.evidence + payload,
        old_evidence=payload,
        test=witness.test + payload,
    )


def hostile_extra(payload: str = HOSTILE) -> Consequences:
    """What follows from it, with the payload in every text."""
    return Consequences(
        needs=(Need(kind=payload, role=payload, met=False, why=payload),),
        claims=(Claim(name=payload, said=None, found=Direction.LOOSER, problem=payload),),
        impacts=(Impact(evidence=payload, action=payload, old="forbidden", new=payload),),
    )
