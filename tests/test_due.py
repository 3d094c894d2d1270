"""The agenda: what is overdue, due and coming, how far compute may grow; as text, as a document and as a calendar."""

import contextlib
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
import rfc8785
from jsonschema import Draft202012Validator

from agreement import compiled
from house import ROOT
from library import examples
from policylang.cli import main
from policylang.cli.schema import SCHEMAS
from policylang.clocks import Moment, in_future, parse_moment, passed
from policylang.decide import decide
from policylang.decide.agenda import STATES, Entry, Growth, agenda, soon, tightest
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence
from policylang.evidence.merge import read_evidence
from policylang.reports import agenda as reports
from policylang.reports import json as documents
from policylang.reports.agenda import Listed
from policylang.reports.calendar import calendar
from policylang.reports.style import WIDTH, Look, width
from policylang.source import Source
from strategies import pair_of

HEADER = """\
policy acme "Acme Framework" { version "1" }
levels risk: low < high
levels hardening: sl1 < sl2
action deploy.external
action deploy.internal
role board
role lead
event incident
event breakthrough
event quiet
parameter promptly: duration
measure ctf: rate { cites "p. 1" }
category cyber: risk { high when ctf >= 20% }
rule ceiling { when cyber >= high  forbid deploy }
"""
READING = "{measure: ctf, value: 5%, status: success, run: r1"
AS_OF = parse_moment("2026-10-01")


def evidence_of(text: str, subject: str = "model: acme-7b") -> Evidence:
    """Evidence as it stands in a file."""
    head = f"schema: policylang/evidence/v1\nsubject: {{{subject}}}\n"
    return read_evidence([Source(name="evidence.yaml", text=head + text)])


def listed(policy: str, evidence: Evidence, as_of: Moment = AS_OF) -> Listed:
    """The agenda of a policy on evidence."""
    graph = compiled(policy)
    assert admit([graph], evidence, as_of) == []
    decision = decide(graph, evidence, as_of)
    return Listed(decision=decision, entries=agenda(evidence, decision))


def said(entry: Entry) -> str:
    """An entry in a line."""
    parts = [entry.state, str(entry.due or "-"), entry.what]
    parts += [f"by {entry.who}"] if entry.who else []
    parts += [f"to {entry.to}"] if entry.to and entry.kind == "duty" else []
    return " ".join(parts) + f" ({entry.why})" + (f": {entry.note}" if entry.note else "")


def entries_of(policy: str, evidence: str, subject: str = "model: acme-7b", kind: str = "") -> list[str]:
    """What is on the agenda, a line each; of one kind where it is named."""
    found = listed(HEADER + policy, evidence_of(evidence, subject)).entries
    return [said(entry) for entry in found if kind in ("", entry.kind)]


# Notifications and duties


def test_what_is_met_is_left_out() -> None:
    """A notification that was given is left out; one that was not is overdue, due or coming, with its rule."""
    rule = 'rule told { notify board, lead within 3 days of incident  cites "p. 2" }\n'
    told = (
        "events: [{event: incident, at: 2026-09-DAY}]\nnotifications: [{rule: told, to: lead, at: 2026-09-30}]\n"
        f"readings: [{READING}, at: 2026-09-01}}]\n"
    )
    states = {"27": "overdue 2026-09-30", "28": "due 2026-10-01", "30": "coming 2026-10-03"}
    for day, state in states.items():
        assert entries_of(rule, told.replace("DAY", day)) == [f"{state} notify board (within 3 days of incident)"]
    (entry,) = listed(HEADER + rule, evidence_of(told.replace("DAY", "27"))).entries
    assert (entry.kind, entry.name, entry.to, entry.cites) == ("notification", "told", "board", ("p. 2",))
    assert str(entry.start) == "2026-09-27"


def test_two_clauses_for_one_role_are_told_apart() -> None:
    """Where a rule has a role told twice, each entry names the clause by which it is due; else it names both."""
    rule = "rule told { notify board within 3 days of incident  notify board within 9 days of incident }\n"
    found = entries_of(rule, "events: [{event: incident, at: 2026-09-27}]\n", kind="notification")
    assert found == [
        "overdue 2026-09-30 notify board (within 3 days of incident)",
        "coming 2026-10-06 notify board (within 9 days of incident)",
    ]
    either = "rule told { when cyber >= high  notify board within 3 days  notify board within promptly }\n"
    reading = f"readings: [{READING.replace('5%', '50%')}}}]\n"
    assert entries_of(either, reading, kind="notification") == [
        "overdue - notify board (within 3 days; within promptly): since when is not stated"
    ]


def test_what_has_no_date_comes_last() -> None:
    """What waits for its event, for a value or for a rule that only may apply is listed last, without a date."""
    policy = (
        "rule told { notify board within promptly of incident }\n"
        "rule high { when cyber >= high  notify lead within 2 days }\n"
        "duty report { by lead to board every 1 month from quiet until breakthrough }\n"
        "duty mortem { by lead within 9 days of incident }\n"
        "duty bare { by lead every 1 week }\n"
    )
    found = entries_of(policy, "events: [{event: incident, at: 2026-09-27}]\n")
    assert found == [
        "due 2026-10-01 evaluate ctf (conditions rest on it): never measured",
        "coming 2026-10-06 mortem by lead (within 9 days of incident)",
        "no date - bare by lead (every 1 week): the clock has not started",
        "no date - report by lead to board (every 1 month from quiet until breakthrough): the clock has not started",
        "no date - notify lead (within 2 days): if the rule applies",
        "no date - notify board (within promptly of incident): promptly has no value",
    ]


# Evaluations


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-04-30", "overdue 2026-09-30 evaluate ctf (evaluate every 5 months)"),
        ("2026-05-01", "due 2026-10-01 evaluate ctf (evaluate every 5 months)"),
        ("2026-05-01T09:00:00Z", "overdue 2026-10-01T09:00:00Z evaluate ctf (evaluate every 5 months)"),
        ("2026-05-02", "coming 2026-10-02 evaluate ctf (evaluate every 5 months)"),
    ],
)
def test_a_reading_goes_stale_in_time(at: str, found: str) -> None:
    """By a cadence in time the newest reading holds to its last day, and is overdue from the next."""
    assert entries_of("evaluate every 5 months\n", f"readings: [{READING}, at: {at}}}]\n") == [found]


def test_an_event_makes_a_reading_stale() -> None:
    """An event not certainly before the reading makes it overdue since then; one that has not happened has no date."""
    policy = "evaluate after breakthrough or after quiet\n"
    events = "events: [{event: breakthrough, at: %s}, {event: breakthrough, at: 2026-01-01}]\n"
    reading = f"readings: [{READING}, at: 2026-09-01}}]\n"
    quiet = "no date - evaluate ctf (evaluate after quiet): it has not happened"
    states = {
        "2026-08-31": "no date - evaluate ctf (evaluate after breakthrough): it has not happened",
        "2026-09-01": "overdue 2026-09-01 evaluate ctf (evaluate after breakthrough)",
        "2026-10-01": "due 2026-10-01 evaluate ctf (evaluate after breakthrough)",
    }
    for day, expected in states.items():
        assert entries_of(policy, reading + events % day) == [expected, quiet]
    undated = entries_of(policy, f"readings: [{READING}}}]\n" + events % "2026-09-01")
    assert undated[0] == "due 2026-10-01 evaluate ctf (evaluate after breakthrough): its reading has no date"


def growth_of(cadence: str, then: str, now: str) -> tuple[str, Growth | None]:
    """What is on the agenda of one reading at some compute under a cadence of compute."""
    reading = f"readings: [{READING}, at: 2026-09-01{then}}}]\n"
    (entry,) = listed(
        HEADER + f"evaluate {cadence} effective_compute\n", evidence_of(reading, f"model: a{now}")
    ).entries
    return said(entry), entry.growth


def test_compute_may_grow_up_to_a_limit() -> None:
    """`beyond` holds at the factor itself and `every` does not; past it the reading is overdue, without a date."""
    then, now = ", effective_compute: 2e24 FLOP", ", effective_compute: 3e24 FLOP"
    limit, left = Fraction(4 * 10**24), Fraction(4, 3)
    text, growth = growth_of("beyond 2x", then, now)
    assert text == "coming - evaluate ctf (evaluate beyond 2x effective_compute)"
    assert growth == Growth(limit=limit, inclusive=True, left=left)
    assert growth_of("every 2x", then, now)[1] == Growth(limit=limit, inclusive=False, left=left)
    at_it = ", effective_compute: 4e24 FLOP"
    assert growth_of("beyond 2x", then, at_it)[0].startswith("coming - ")
    assert growth_of("every 2x", then, at_it)[0].startswith("overdue - ")
    assert growth_of("beyond 2x", then, ", effective_compute: 4.01e24 FLOP")[0] == (
        "overdue - evaluate ctf (evaluate beyond 2x effective_compute): effective compute has grown past it"
    )


def test_compute_that_is_not_stated_makes_an_evaluation_due() -> None:
    """Without the compute of the reading nothing is known; without the subject's the limit is, but not what is left."""
    both = ", effective_compute: 2e24 FLOP"
    text, growth = growth_of("beyond 2x", "", both)
    assert (text.partition(": ")[2], growth) == ("the effective compute of its reading is not stated", None)
    text, growth = growth_of("beyond 2x", both, "")
    assert text.startswith("due 2026-10-01 ")
    assert text.endswith(": the subject's effective compute is not stated")
    assert growth == Growth(limit=Fraction(4 * 10**24), inclusive=True, left=None)


def test_the_tightest_limit_is_the_smallest() -> None:
    """Of several limits the smallest counts, and of equal ones that which does not hold at the limit itself."""
    policy = (
        HEADER + "evaluate beyond 3x effective_compute or every 3x effective_compute or beyond 4x effective_compute\n"
    )
    reading = f"readings: [{READING}, at: 2026-09-01, effective_compute: 2e24 FLOP}}]\n"
    found = listed(policy, evidence_of(reading, "model: a, effective_compute: 2e24 FLOP")).entries
    assert tightest(found) == Growth(limit=Fraction(6 * 10**24), inclusive=False, left=Fraction(3))
    assert tightest([]) is None


def test_a_limit_of_age_is_like_a_cadence() -> None:
    """`needs age` limits a reading too: `<=` to its last day, `<` to the day before; a least age limits nothing."""
    for need, at, state in (
        ("age <= 30 days", "2026-09-01", "due 2026-10-01"),
        ("age < 30 days", "2026-09-01", "overdue 2026-10-01"),
        ("age < 30 days", "2026-09-02", "coming 2026-10-02"),
        ("age <= 30 days", "2026-08-31", "overdue 2026-09-30"),
    ):
        policy = HEADER.replace("measure ctf: rate {", f"measure ctf: rate {{ needs {need} ")
        (entry,) = listed(policy, evidence_of(f"readings: [{READING}, at: {at}}}]\n")).entries
        assert said(entry) == f"{state} evaluate ctf (needs {need})"
    older = HEADER.replace("measure ctf: rate {", "measure ctf: rate { needs age >= 1 day, age != 3 days ")
    assert listed(older, evidence_of(f"readings: [{READING}, at: 2026-08-31}}]\n")).entries == ()
    undated = HEADER.replace("measure ctf: rate {", "measure ctf: rate { needs age <= 30 days ")
    (entry,) = listed(undated, evidence_of(f"readings: [{READING}}}]\n")).entries
    assert said(entry) == "due 2026-10-01 evaluate ctf (needs age <= 30 days): its reading has no date"


def test_what_has_no_value_has_no_date() -> None:
    """A cadence or a limit of age that rests on a parameter without a value is named, and has no date."""
    policy = HEADER.replace("measure ctf: rate {", "measure ctf: rate { needs age <= promptly ")
    found = listed(policy + "evaluate every promptly\n", evidence_of(f"readings: [{READING}, at: 2026-09-01}}]\n"))
    assert [said(entry) for entry in found.entries] == [
        "no date - evaluate ctf (evaluate every promptly): `promptly` has no value",
        "no date - evaluate ctf (needs age <= promptly): `promptly` has no value",
    ]


def test_what_lies_beyond_the_calendar_has_no_date() -> None:
    """A limit beyond the year 9999 is never reached."""
    found = entries_of("evaluate every 9000 years\n", f"readings: [{READING}, at: 2026-09-01}}]\n")
    assert found == ["no date - evaluate ctf (evaluate every 9000 years): beyond the calendar"]


def test_what_was_never_measured_is_due() -> None:
    """Without a reading, or with none that counts whatever its age, an evaluation is due now, and says why."""
    cadence = "evaluate every 5 months or after quiet\n"
    why = "due 2026-10-01 evaluate ctf (evaluate every 5 months or after quiet): "
    assert entries_of(cadence, "") == [why + "never measured"]
    cancelled = READING.replace("success", "cancelled")
    newest = f"readings: [{cancelled}, at: 2026-01-01}}, {{measure: ctf, value: 5%, at: 2026-02-01, run: r2}}]\n"
    assert entries_of(cadence, newest) == [why + "no reading counts: its status is not stated"]
    old = f"readings: [{cancelled}, at: 2026-09-30}}, {READING.replace('r1', 'r3')}, at: 2025-01-01}}]\n"
    assert entries_of("evaluate every 5 months\n", old) == ["overdue 2025-06-01 evaluate ctf (evaluate every 5 months)"]


def test_a_reading_of_another_subject_does_not_count() -> None:
    """A reading of other weights is none of this subject's."""
    other = f"readings: [{READING}, at: 2026-09-30, revision: 'sha256:b'}}]\n"
    found = entries_of("evaluate every 5 months\n", other, "model: a, revision: 'sha256:a'")
    assert found == ["due 2026-10-01 evaluate ctf (evaluate every 5 months): never measured"]


def test_the_newest_reading_that_counts_is_the_one() -> None:
    """Of several readings that count the newest decides; one that is fresh goes before a newer one that is stale."""
    readings = [
        f"{READING}, at: 2026-08-01, effective_compute: 2e24 FLOP}}",
        f"{READING.replace('r1', 'r2')}, at: 2026-09-01, effective_compute: 2e24 FLOP}}",
        f"{READING.replace('r1', 'r3')}, at: 2026-09-15, effective_compute: 1e24 FLOP}}",
    ]
    for some in itertools.permutations(readings):
        text = f"readings: [{', '.join(some)}]\n"
        policy = "evaluate beyond 2x effective_compute or every 5 months\n"
        found = entries_of(policy, text, "model: a, effective_compute: 3e24 FLOP")
        assert found[0] == "coming 2027-02-01 evaluate ctf (evaluate every 5 months)"


def test_registered_runs_without_a_result_are_due() -> None:
    """A run that was registered and has no result is due, whatever other runs show."""
    policy = HEADER.replace("measure ctf: rate {", "measure ctf: rate { runs registered ") + "evaluate every 5 months\n"
    evidence = evidence_of(f"readings: [{READING}, at: 2026-09-01}}]\n")
    graph = compiled(policy)
    decision = decide(graph, evidence, AS_OF)
    (weighed,) = decision.readings
    lost = replace(weighed, reading=replace(weighed.reading, run="r9"), unresolved=True, why_not=("no result",))
    found = agenda(evidence, replace(decision, readings=(replace(weighed, why_not=()), lost)))
    assert [said(entry) for entry in found] == [
        "due 2026-10-01 evaluate ctf (conditions rest on it): run r9 was registered and has no result",
        "coming 2027-02-01 evaluate ctf (evaluate every 5 months)",
    ]


def test_what_is_to_be_assessed_and_was_not_is_due() -> None:
    """A category that a role judges by itself is due as long as nobody has judged it, at every stage."""
    policy = """\
policy acme { version "1" }
levels risk: low < high
stage before
stage after
action deploy
role board
category cyber: risk { assessed by board  cites "p. 3" }
rule ceiling { when any category.after >= high  forbid deploy }
"""
    judged = "assessments: [{category: cyber, stage: after, level: low, by: board, at: 2026-09-01}]\n"
    (entry,) = listed(policy, evidence_of(judged)).entries
    assert said(entry) == "due 2026-10-01 assess cyber.before by board (assessed by board): never assessed"
    assert (entry.name, entry.stage, entry.cites) == ("cyber", "before", ("p. 3",))
    whole = policy.replace("stage before\nstage after\n", "").replace("category.after", "category")
    assert [said(entry) for entry in listed(whole, evidence_of("")).entries] == [
        "due 2026-10-01 assess cyber by board (assessed by board): never assessed"
    ]


# Reviews


CONTROLS = """\
control guard: hardening { attested by lead valid 30 days  cites "p. 4" }
control watch { attested by lead }
control vague { attested by lead valid promptly }
rule secure { require guard >= sl1 before deploy  require watch before deploy  require vague before deploy }
"""


def reviews(policy: str, evidence: str) -> list[str]:
    """The reviews on the agenda."""
    return entries_of(policy, evidence, kind="review")


def test_attestations_run_out() -> None:
    """An attestation runs out by the policy or on a date of its own; the latest that has not run out counts."""
    text = (
        "attestations: [{control: guard, level: sl2, by: lead, at: %s}, {control: watch, by: lead, at: 2026-01-01%s}]\n"
    )
    assert reviews(CONTROLS, text % ("2026-09-02", "")) == [
        "coming 2026-10-02 renew attestation of guard at sl2 by lead (valid 30 days)"
    ]
    assert reviews(CONTROLS, text % ("2026-08-31", ", expires: 2026-10-01")) == [
        "overdue 2026-09-30 renew attestation of guard at sl2 by lead (valid 30 days)",
        "due 2026-10-01 renew attestation of watch by lead (expires on a date of its own)",
    ]
    renewed = text % ("2026-08-31, expires: 2026-09-10}, {control: guard, level: sl1, by: lead, at: 2026-09-20", "")
    assert reviews(CONTROLS, renewed) == ["coming 2026-10-20 renew attestation of guard at sl1 by lead (valid 30 days)"]
    own = text % ("2026-09-20, expires: 2026-10-05", "")
    assert reviews(CONTROLS, own) == [
        "coming 2026-10-05 renew attestation of guard at sl2 by lead (expires on a date of its own)"
    ]


def test_what_does_not_stand_for_another_reason_does_not_run_out() -> None:
    """A fact by a wrong role, or whose validity has no value, never stood, so it is not to be renewed."""
    text = (
        "attestations: [{control: guard, level: sl2, by: board, at: 2026-01-01},\n"
        "  {control: vague, by: lead, at: 2026-01-01}]\n"
    )
    assert reviews(CONTROLS, text) == []
    far = CONTROLS.replace("valid 30 days", "valid 9000 years")
    assert reviews(far, "attestations: [{control: guard, level: sl2, by: lead, at: 2026-01-01}]") == []


def test_approvals_run_out() -> None:
    """An approval runs out on its own date or by its requirement; the one that lasts longest counts."""
    policy = """\
rule agreed { require approval of board valid 1 year before deploy  cites "p. 5" }
rule also { require approval of 1 of (board, lead) before deploy.external }
rule heard { require consultation of lead before deploy  require approval of board valid promptly before deploy }
"""
    text = "approvals: [{of: deploy, by: board, at: 2025-12-01}, {of: deploy.internal, by: board, at: 2025-10-15}]\n"
    assert reviews(policy, text) == [
        "coming 2026-12-01 renew approval of deploy by board (agreed requires approval of board valid 1 year)"
    ]
    parts = text.replace("of: deploy,", "of: deploy.external, expires: 2026-09-30,")
    ended = "overdue 2026-09-30 renew approval of deploy.external by board"
    assert reviews(policy, parts) == [
        f"{ended} (agreed requires approval of board valid 1 year)",
        f"{ended} (also requires approval of board)",
        f"{ended} (heard requires approval of board valid promptly)",
        "coming 2026-10-15 renew approval of deploy.internal by board (agreed requires approval of board valid 1 year)",
    ]
    asked = "consultations: [{of: deploy, by: lead, at: 2026-01-01, expires: 2026-11-01}]\n"
    assert reviews(policy, asked) == [
        "coming 2026-11-01 renew consultation of deploy by lead (heard requires consultation of lead)"
    ]


def test_exceptions_run_out_with_their_approvals() -> None:
    """An approval of an exception is to be renewed as the exception wants it; other requirements do not run out so."""
    policy = (
        CONTROLS
        + """\
exception drill to ceiling {
  when cyber >= high
  require approval of board valid 20 days
  require watch
}
exception sealed to secure { when cyber >= high  require approval of lead before deploy.internal }
"""
    )
    text = (
        "approvals: [{of: drill, by: board, at: 2026-09-20},\n"
        "  {of: sealed, by: lead, at: 2026-09-20, expires: 2026-10-09}]\n"
    )
    assert reviews(policy, text) == [
        "coming 2026-10-09 renew approval of sealed by lead (sealed requires approval of lead)",
        "coming 2026-10-10 renew approval of drill by board (drill requires approval of board valid 20 days)",
    ]


def test_assessments_and_waivers_run_out() -> None:
    """An assessment and a waiver with an expiry are to be looked at before; a later one without it replaces them."""
    policy = """\
category bio: risk { assessed by lead }
rule secure { when bio >= high  require approval of board before deploy  waivable by lead }
rule fixed { forbid deploy.internal  waivable by board }
"""
    text = (
        "assessments: [{category: bio, level: low, by: lead, at: 2026-09-01, expires: 2026-11-01}]\n"
        "waivers: [{rule: secure, by: lead, at: 2026-09-01, expires: 2026-09-20, actions: [deploy.external]},\n"
        "  {rule: fixed, by: board, at: 2026-09-01, expires: 2026-10-20}]\n"
    )
    found = [
        "overdue 2026-09-20 review waiver of secure for deploy.external by lead (expires on a date of its own)",
        "coming 2026-10-20 review waiver of fixed by board (expires on a date of its own)",
        "coming 2026-11-01 renew assessment of bio at low by lead (expires on a date of its own)",
    ]
    assert reviews(policy, text) == found
    wider = text.replace("waivers: [", "waivers: [{rule: secure, by: lead, at: 2026-09-25},")
    assert reviews(policy, wider) == found[1:]


# What an agenda is


PAIRS = 250


@pytest.mark.parametrize("seed", range(5))
def test_agendas_of_random_policies(seed: int) -> None:
    """On random policies and evidence: sorted, each entry once, states as dates say, obligations as decided."""
    for number in range(PAIRS // 5):
        pair = pair_of(seed, number)
        one = listed(pair.draft.text(), pair.evidence, pair.as_of)
        found, as_of = one.entries, pair.as_of
        assert list(map(STATES.index, [e.state for e in found])) == sorted(STATES.index(e.state) for e in found)
        assert len(set(found)) == len(found)
        for entry in found:
            assert entry.why, entry
            if entry.state == "overdue":
                assert entry.due is None or not in_future(entry.due, as_of)
            elif entry.due is not None:
                assert not passed(entry.due, as_of)
                assert entry.state == ("due" if entry.due.day == as_of.day else "coming")
            assert entry.state != "no date" or entry.due is None
        told = [item for item in one.decision.obligations if item.state != "met"]
        kept = [entry for entry in found if entry.kind in ("notification", "duty")]
        assert {(item.rule, item.to, item.due) for item in told} == {(e.name, e.to, e.due) for e in kept}
        assert sum(e.state == "overdue" for e in kept) == len({t for t in told if t.state == "overdue"})
        text = reports.text([one], "exit 0", Look())
        assert all(width(line) <= WIDTH for line in text.splitlines())
        Draft202012Validator(SCHEMAS["agenda"]()).validate(json.loads(documents.encoded(reports.document([one], None))))
        read_calendar(calendar([one]))


@pytest.mark.parametrize("period", ["1 month", "9 business days", "1 year", "40 days"])
def test_readings_hold_until_their_entry_says(period: str) -> None:
    """Decided on the first due day of a measure one of its readings still qualifies; decided a day later none does."""
    policy = HEADER + f"evaluate every {period} or after quiet\n"
    days = (date(2024, 2, 29), date(2025, 8, 31), date(2026, 9, 7), date(2026, 9, 30))
    for first, second in itertools.product(days, days):
        text = f"readings: [{READING}, at: {first}}}, {READING.replace('r1', 'r2')}, at: {second}}}]\n"
        if first == second:
            text = f"readings: [{READING}, at: {first}}}]\n"
        evidence = evidence_of(text)
        due = next(entry.due for entry in listed(policy, evidence).entries if entry.due is not None)
        for day, counts in ((due.day, True), (due.day + timedelta(days=1), False)):
            decided = decide(compiled(policy), evidence, Moment(day))
            assert any(weighed.qualifies for weighed in decided.readings) is counts


@pytest.mark.parametrize("cadence", ["beyond 2x", "every 2x", "beyond 1.5x", "every 1.5x"])
def test_readings_hold_up_to_their_limit_of_compute(cadence: str) -> None:
    """A model grown to the limit still has its reading where the limit is inclusive; one a trace larger has not."""
    policy = HEADER + f"evaluate {cadence} effective_compute\n"
    reading = f"readings: [{READING}, at: 2026-09-01, effective_compute: 3e24 FLOP}}]\n"
    evidence = evidence_of(reading, "model: a, effective_compute: 3.1e24 FLOP")
    (entry,) = listed(policy, evidence).entries
    assert entry.growth is not None
    limit, trace = entry.growth.limit, Fraction(1, 10**9)
    for compute, holds in ((limit - trace, True), (limit, entry.growth.inclusive), (limit + trace, False)):
        grown = replace(evidence, subject=replace(evidence.subject, effective_compute=compute))
        assert decide(compiled(policy), grown, AS_OF).readings[0].qualifies is holds


def test_what_comes_later_can_be_left_out() -> None:
    """Within a horizon stay all that is overdue, due or without a date, and what comes no later than it."""
    policy = HEADER + "duty a { by lead within 9 days of incident }\nduty b { by lead within 10 days of incident }\n"
    found = listed(policy, evidence_of("events: [{event: incident, at: 2026-09-30}]\n")).entries
    assert [entry.what for entry in soon(found, parse_moment("2026-10-09"))] == ["evaluate ctf", "a"]
    assert soon(found, parse_moment("2026-10-10")) == found


# Calendars


@dataclass(frozen=True, kw_only=True)
class Component:
    """A component of a calendar: its properties in order, name with parameters to value, and those inside it."""

    name: str
    properties: tuple[tuple[str, str], ...]
    inside: tuple["Component", ...]

    def get(self, name: str) -> str:
        """The value of a property that stands once."""
        (value,) = [value for key, value in self.properties if key == name]
        return value


_LINE = re.compile(r"(?P<name>[A-Z-]+(;[A-Z-]+=[A-Z-]+)?):(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)")
_TEXTS = ("SUMMARY", "DESCRIPTION", "X-WR-CALNAME")
_REQUIRED = {
    "VCALENDAR": {"VERSION", "PRODID", "CALSCALE", "X-WR-CALNAME"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "TRANSP"},
    "VALARM": {"ACTION", "DESCRIPTION", "TRIGGER"},
}


def read_calendar(text: str) -> Component:
    """A calendar as RFC 5545 wants it, with texts as they were before; anything else fails."""
    data = text.encode()
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    pieces = data.removesuffix(b"\r\n").split(b"\r\n")
    for piece in pieces:
        assert 0 < len(piece) <= 75
        piece.decode()  # no fold cuts a character
    lines = data.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")
    rest, found = _component(lines)
    assert not rest
    assert found.name == "VCALENDAR"
    assert found.inside
    names = [event.get("UID") for event in found.inside]
    assert len(set(names)) == len(names)
    return found


def _component(lines: Sequence[str]) -> tuple[Sequence[str], Component]:
    name = lines[0].removeprefix("BEGIN:")
    assert lines[0] == f"BEGIN:{name}"
    rest, properties, inside = lines[1:], [], []
    while rest[0] != f"END:{name}":
        if rest[0].startswith("BEGIN:"):
            rest, component = _component(rest)
            inside.append(component)
            continue
        match = _LINE.fullmatch(rest[0])
        assert match, rest[0]
        properties.append((match["name"], _value(match["name"], match["value"])))
        rest = rest[1:]
    keys = [key.partition(";")[0] for key, _ in properties]
    assert len(set(keys)) == len(keys)
    assert _REQUIRED[name] <= set(keys)
    return rest[1:], Component(name=name, properties=tuple(properties), inside=tuple(inside))


def _value(name: str, value: str) -> str:
    """A value of a property, taken out of its form."""
    if name in _TEXTS:
        assert re.fullmatch(r"([^\\;,]|\\[\\;,n])*", value), value
        return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)
    forms = {
        "DTSTAMP": r"[0-9]{8}T[0-9]{6}Z",
        "DTSTART": r"[0-9]{8}T[0-9]{6}Z",
        "DTSTART;VALUE=DATE": r"[0-9]{8}",
        "UID": r"[0-9a-f]{32}@policylang",
        "TRIGGER": r"-P7D",
        "ACTION": "DISPLAY",
        "TRANSP": "TRANSPARENT",
        "CATEGORIES": "NOTIFICATION|DUTY|EVALUATION|REVIEW",
        "VERSION": r"2\.0",
        "PRODID": ".+",
        "CALSCALE": "GREGORIAN",
    }
    assert re.fullmatch(forms[name], value), (name, value)
    return value


DATED = """\
events: [{event: incident, at: 2026-09-27T10:00:00Z}]
readings: [{measure: ctf, value: 5%, status: success, run: r1, at: 2026-09-01}]
"""
DUTIES = r"""
rule told { notify board, lead within 3 days of incident  cites "p. 2, § 3; a\\b" }
duty report { by lead to board every 1 month from quiet }
evaluate every 6 months
"""


def test_a_calendar_has_what_has_a_date() -> None:
    """Each entry with a date is an event, all day or at its instant, with a reminder; what has none is left out."""
    one = listed(HEADER + DUTIES, evidence_of(DATED, "model: 'acme, 7b; x'"))
    found = read_calendar(calendar([one]))
    events = {event.get("SUMMARY"): event for event in found.inside}
    assert sorted(events) == [
        "acme, 7b; x: evaluate ctf",
        "acme, 7b; x: notify board (told)",
        "acme, 7b; x: notify lead (told)",
    ]
    assert found.get("X-WR-CALNAME") == "Due for acme, 7b; x"
    told = events["acme, 7b; x: notify board (told)"]
    assert told.get("DTSTART") == "20260930T100000Z"
    assert told.get("DTSTAMP") == "20261001T000000Z"
    assert told.get("CATEGORIES") == "NOTIFICATION"
    assert told.get("DESCRIPTION").split("\n") == [
        *("Acme Framework · 1", "within 3 days of incident", "to board", "see p. 2, § 3; a\\b"),
        *("since 2026-09-27 10:00 UTC", "overdue"),
    ]
    assert [alarm.get("TRIGGER") for alarm in told.inside] == ["-P7D"]
    assert events["acme, 7b; x: evaluate ctf"].get("DTSTART;VALUE=DATE") == "20270301"


def test_what_is_overdue_without_a_date_is_on_the_day() -> None:
    """What compute has outgrown stands on the as-of day."""
    reading = f"readings: [{READING}, at: 2026-09-01, effective_compute: 1e24 FLOP}}]\n"
    evidence = evidence_of(reading, "model: a, effective_compute: 9e24 FLOP")
    (event,) = read_calendar(calendar([listed(HEADER + "evaluate beyond 2x effective_compute\n", evidence)])).inside
    assert event.get("DTSTART;VALUE=DATE") == "20261001"
    assert event.get("DESCRIPTION").endswith("overdue\neffective compute has grown past it")


def test_a_calendar_is_never_empty() -> None:
    """Without a date in the agenda one event says so: a calendar without a component is none."""
    policy = (
        'policy acme { version "1" }\naction deploy\nrole board\nrule r { require approval of board before deploy }\n'
    )
    (event,) = read_calendar(calendar([listed(policy, evidence_of(""))])).inside
    assert event.get("SUMMARY") == "acme-7b: nothing with a date is on the agenda"


def test_events_keep_their_names() -> None:
    """A later agenda names the same events alike; a new reading moves its event, a new occasion is another event."""

    def names(evidence: str, as_of: str) -> dict[str, str]:
        one = listed(HEADER + DUTIES, evidence_of(evidence), parse_moment(as_of))
        return {event.get("UID"): event.get("SUMMARY") for event in read_calendar(calendar([one])).inside}

    first = names(DATED, "2026-10-01")
    assert names(DATED, "2026-10-05") == first
    assert names(DATED.replace("at: 2026-09-01", "at: 2026-09-20"), "2026-10-05") == first
    again = "events: [{event: incident, at: 2026-10-02T10:00:00Z}, "
    more = names(DATED.replace("events: [", again), "2026-10-05")
    assert set(first) < set(more)
    assert len(more) == len(first) + 2


def test_long_and_foreign_texts_are_folded() -> None:
    """A line has at most 75 octets, no fold cuts a character, and nothing hidden reaches a calendar."""
    policy = HEADER.replace("Acme Framework", "Ramé " + "ü日🙂" * 50)
    text = calendar([listed(policy + DUTIES, evidence_of(DATED, f'model: "{"x" + "é日🙂" * 60}"'))])
    found = read_calendar(text)
    assert found.get("X-WR-CALNAME") == "Due for x" + "é日🙂" * 60
    assert max(len(line.encode()) for line in text.split("\r\n")) == 75


# Reports


def called(*words: str) -> tuple[int, str, str]:
    """A call in this process: how it ended, and what it printed."""
    ends = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(end, "utf-8") for end in ends)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, ends[0].getvalue().decode(), ends[1].getvalue().decode()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A policy and evidence in files, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "acme.policy").write_text(HEADER + DUTIES, "utf-8")
    head = "schema: policylang/evidence/v1\nsubject: {model: acme-7b}\n"
    (tmp_path / "acme.yaml").write_text(head + DATED, "utf-8")
    return ["acme.policy", "acme.yaml", "--as-of", "2026-10-01"]


@pytest.mark.parametrize(("policy", "example", "as_of"), examples(3))
def test_agendas_of_the_examples(policy: str, example: str, as_of: str) -> None:
    """A shipped example has an agenda in each format, and all formats end alike."""
    words = ["due", policy, example, "--as-of", as_of]
    text, document, dates = (called(*words, "--format", form) for form in ("text", "json", "ics"))
    assert text[0] == document[0] == dates[0] in (0, 1)
    parsed = json.loads(document[1])
    Draft202012Validator(SCHEMAS["agenda"]()).validate(parsed)
    rest = {key: value for key, value in parsed.items() if key != "digest"}
    assert parsed["digest"] == "sha256:" + hashlib.sha256(rfc8785.dumps(rest)).hexdigest()
    assert (parsed["counts"]["overdue"] > 0) == (text[0] == 1)
    assert len(read_calendar(dates[1]).inside) >= 1
    assert f"\n\nexit {text[0]}: " in text[1]
    assert all(width(line) <= WIDTH for line in text[1].splitlines())


def test_the_text_says_the_state_first(files: list[str]) -> None:
    """State, date, distance, what is to be done, by whom; below it the clause, where it stands, and since when."""
    status, out, err = called("due", *files)
    assert status == 1
    assert err.startswith("warning[P406]: nothing uses the event `breakthrough`")
    assert out == (
        "Acme Framework · 1 · acme-7b · as of 2026-10-01\n\n"
        "  ✘ overdue  2026-09-30 10:00 UTC  1 day ago  notify board, lead (told)\n"
        "             within 3 days of incident · p. 2, § 3; a\\b · since 2026-09-27 10:00 UTC\n\n"
        "  · coming   2027-03-01  in 151 days  evaluate ctf\n"
        "             evaluate every 6 months · p. 1 · last measured 2026-09-01\n\n"
        "    no date  report, by lead to board\n"
        "             every 1 month from quiet · the clock has not started\n\n"
        "exit 1: 2 overdue, 1 coming, 1 without a date\n"
    )


def test_the_text_says_how_far_compute_may_grow() -> None:
    """Below the table stands the first limit of compute, rounded down, and what is left of it."""
    reading = f"readings: [{READING}, at: 2026-09-01, effective_compute: 2.999e24 FLOP}}]\n"
    for cadence, now, end in (
        ("beyond 2x", "3.1e24", "may grow to 5.99e24 FLOP, 1.93x what it is, before a reading goes stale"),
        ("every 2x", "3.1e24", "may grow to less than 5.99e24 FLOP, 1.93x what it is, before a reading goes stale"),
        ("beyond 2x", "5.998e24", "is 5.99e24 FLOP, and may not grow before a reading goes stale"),
    ):
        policy = HEADER + f"evaluate {cadence} effective_compute\n"
        one = listed(policy, evidence_of(reading, f"model: a, effective_compute: {now} FLOP"))
        assert f"\neffective compute {end}\n" in reports.text([one], "exit 0", Look())
    one = listed(HEADER + "evaluate beyond 2x effective_compute\n", evidence_of(reading, "model: a"))
    text = reports.text([one], "exit 0", Look())
    assert "the subject's effective compute is not stated · it holds to 5.99e24 FLOP" in " ".join(text.split())
    assert "may grow" not in text


def test_what_is_left_out_is_counted(files: list[str]) -> None:
    """With `--within` what comes later is left out and counted; the status does not depend on it."""
    status, out, _ = called("due", *files, "--within", "150 days")
    assert status == 1
    assert "evaluate ctf" not in out
    assert "1 entry later than asked for\n" in out
    assert "evaluate ctf" in called("due", *files, "--within", "5 months")[1]
    document = json.loads(called("due", *files, "--within", "2 weeks", "--format", "json")[1])
    assert (document["until"], document["policies"][0]["later"]) == ("2026-10-15", 1)


def test_an_empty_agenda_says_so(files: list[str]) -> None:
    """Without an entry the text says that there is none, or none that soon, and the status is 0."""
    policy = 'policy p { version "1" }\naction deploy\nrole board\nevent go\nduty d { by board within 1 year of go }\n'
    policy += "rule r { require approval of board before deploy }\n"
    Path("acme.policy").write_text(policy)
    Path("acme.yaml").write_text("schema: policylang/evidence/v1\nsubject: {model: a}\n")
    status, out, _ = called("due", *files)
    assert (status, "  nothing is on the agenda\n\nexit 0: nothing is overdue\n" in out) == (0, True)
    Path("acme.yaml").write_text(
        "schema: policylang/evidence/v1\nsubject: {model: a}\nevents: [{event: go, at: 2026-09-30}]\n"
    )
    assert "nothing is on the agenda that soon" in called("due", *files, "--within", "0 days")[1]


def test_several_policies_have_an_agenda_each(files: list[str]) -> None:
    """Under several policies each has its section, its part of the document, and its events in one calendar."""
    Path("law.policy").write_text(
        'policy law "The Law" { version "2" }\naction deploy\nrole board\nevent incident\n'
        "measure ctf: rate\nrule told { notify board within 15 days of incident }\n"
        "rule r { require approval of board before deploy }\n"
    )
    status, out, _ = called("due", "law.policy", *files)
    assert (status, "── The Law · 2\n" in out, "── Acme Framework · 1\n" in out) == (1, True, True)
    assert "coming   2026-10-12 10:00 UTC  in 11 days  notify board (told)" in out
    document = json.loads(called("due", "law.policy", *files, "--format", "json")[1])
    Draft202012Validator(SCHEMAS["agenda"]()).validate(document)
    assert [one["policy"]["name"] for one in document["policies"]] == ["law", "acme"]
    assert len(read_calendar(called("due", "law.policy", *files, "--format", "ics")[1]).inside) == 4


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "C104"),
        (("acme.policy",), "C105"),
        (("acme.policy", "acme.yaml", "--as-of", "soon"), "C107"),
        (("acme.policy", "acme.yaml", "--within", "soon"), "C114"),
        (("acme.policy", "acme.yaml", "--within", "30%"), "C114"),
        (("acme.policy", "acme.yaml", "--within", "9000 years"), "C114"),
        (("acme.policy", "acme.yaml", "--format", "xml"), "C101"),
        (("acme.policy", "acme.yaml", "--as-of", "2020-01-01"), "E204"),
        (("absent.policy", "acme.yaml"), "C102"),
    ],
)
def test_a_wrong_call_lists_nothing(files: list[str], words: tuple[str, ...], code: str) -> None:
    """A wrong call, policy or evidence ends with 2 and prints no agenda."""
    del files
    status, out, err = called("due", *words)
    assert (status, out) == (2, "")
    assert f"error[{code}]" in err


def test_the_same_call_prints_the_same_bytes(files: list[str]) -> None:
    """With any hash seed each format has the same bytes; a calendar and a document also have them in any locale."""
    for form in ("text", "json", "ics"):
        printed = set()
        for seed, encoding in (("1", "utf-8"), ("2", "utf-8" if form == "text" else "ascii")):
            env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, "-m", "policylang", "due", *files, "--format", form]
            printed.add(subprocess.run(command, capture_output=True, env=env, check=False).stdout)
        (text,) = printed
        assert ("§" in text.decode()) is (form != "json")
