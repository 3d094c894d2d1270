"""Changes told by order: each property of each declaration, with its direction, texts and sentence."""

import dataclasses
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import compiled_text
from policylang.analysis.align import aligned
from policylang.analysis.difference import Change, Direction
from policylang.analysis.ordered import ordered
from policylang.analysis.orders import Order, compared_lengths
from policylang.clocks import Moment, add, parse_moment
from policylang.graph import Graph
from policylang.kinds import Quantity, parse_quantity
from random_policies import random_policy
from test_align import reworded, words_of

MANY = settings(max_examples=40, deadline=None)

POLICY = """\
policy acme "Acme" {
  version "1" effective 2026-01-01 force legal confidence 95% across attempts
  approved by board on 2026-01-02
}
levels effort: none < prompted < tuned
levels risk: low < high
stage pre
stage post
action deploy.external
action deploy.internal
action develop
role board
role lead
event launch
event incident
attribute held_out: yes_no
attribute effort_spent: effort
attribute awareness: rate
attribute surface: text
parameter promptly: duration
parameter grace: duration = 3 days
parameter spare: duration
control guard { attested by board valid 30 days }
control vague { undefined }
control shown { attested by lead holds when refusals.pre >= 90% }
measure ctf: rate {
  from inspect "cybench" version "1" metric "accuracy"
  margin 5% score mean refusal as safe runs registered
  needs n >= 40, effort_spent >= tuned, held_out, awareness <= 10%, surface = "api", age <= 90 days,
    evaluator >= "inspect 0.3.248"
}
measure refusals: rate { worse when lower }
measure unused: rate
category cyber: risk { high when ctf >= 20% assessed by lead }
category bio: risk { high when refusals < 50% }
rule ceiling { when cyber.post >= high forbid deploy waivable by board }
rule told { when cyber.post >= high notify board within 24 hours notify lead within 2 days of incident }
rule asked { require approval of board valid 30 days before deploy require guard before develop strength must }
rule hint { when bio.post >= high notify board within 24 hours strength aim }
exception urgent to ceiling { when incident require approval of lead valid grace }
board may veto deploy
duty report { by lead to board every 1 month }
duty tell { by lead within 5 days of incident }
evaluate beyond 2x effective_compute or every 6 months or after launch
amend when loosening requires approval of board
amend when tightening requires consultation of lead
invariant monotone
"""

LOOSER, STRICTER, MIXED, NEUTRAL = Direction.LOOSER, Direction.STRICTER, Direction.MIXED, Direction.NEUTRAL
OPPOSITE = {LOOSER: STRICTER, STRICTER: LOOSER, MIXED: MIXED, NEUTRAL: NEUTRAL}

CASES = [
    ("confidence 95%", "confidence 90%", LOOSER, "95%", "90%"),
    ("confidence 95%", "confidence 95% anytime", STRICTER, "none", "anytime"),
    (" across attempts", "", LOOSER, "across attempts", "none"),
    ("force legal", "force voluntary", LOOSER, "legal", "voluntary"),
    ("force legal", "", LOOSER, "legal", "none"),
    ("effective 2026-01-01", "effective 2026-02-01", LOOSER, "2026-01-01", "2026-02-01"),
    ("approved by board on 2026-01-02", "", NEUTRAL, "board on 2026-01-02", "none"),
    ("policy acme", "policy acme_two", NEUTRAL, "acme", "acme_two"),
    ("n >= 40, ", "n >= 41, ", STRICTER, "n >= 40", "n >= 41"),
    ("n >= 40, ", "n > 40, ", STRICTER, "n >= 40", "n > 40"),
    ("n >= 40, ", "n >= 39, ", LOOSER, "n >= 40", "n >= 39"),
    ("n >= 40, ", "", LOOSER, "n >= 40", "none"),
    ("n >= 40, ", "n >= 40, n != 50, ", STRICTER, "n >= 40", "n >= 40, n != 50"),
    ("n >= 40, ", "n <= 40, ", MIXED, "n >= 40", "n <= 40"),
    ("effort_spent >= tuned", "effort_spent >= prompted", LOOSER, "effort_spent >= tuned", "effort_spent >= prompted"),
    ("effort_spent >= tuned", "effort_spent = prompted", MIXED, "effort_spent >= tuned", "effort_spent = prompted"),
    (" held_out, a", " a", LOOSER, "held_out", "none"),
    (" held_out, a", " not held_out, a", MIXED, "held_out", "not held_out"),
    ("awareness <= 10%", "awareness < 10%", STRICTER, "awareness <= 10%", "awareness < 10%"),
    ("awareness <= 10%", "awareness <= 20%", LOOSER, "awareness <= 10%", "awareness <= 20%"),
    ('surface = "api"', 'surface != "chat"', LOOSER, 'surface = "api"', 'surface != "chat"'),
    ('surface = "api"', 'surface = "chat"', MIXED, 'surface = "api"', 'surface = "chat"'),
    ("age <= 90 days", "age <= 3 months", MIXED, "age <= 90 days", "age <= 3 months"),
    ("age <= 90 days", "age <= 4 months", LOOSER, "age <= 90 days", "age <= 4 months"),
    ("age <= 90 days", "age < 90 days", STRICTER, "age <= 90 days", "age < 90 days"),
    ("age <= 90 days", "age <= promptly", STRICTER, "age <= 90 days", "age <= promptly (no value)"),
    ("0.3.248", "0.3.250", STRICTER, None, 'evaluator >= "inspect 0.3.250"'),
    ('evaluator >= "inspect 0.3.248"', 'evaluator = "inspect"', LOOSER, None, 'evaluator = "inspect"'),
    ("margin 5%", "margin 4%", LOOSER, "5%", "4%"),
    ("margin 5%", "", LOOSER, "5%", "none"),
    ("runs registered", "", LOOSER, "runs registered", "none"),
    ('version "1" metric', "metric", MIXED, None, 'inspect "cybench" metric "accuracy"'),
    ('"cybench"', '"cybench_two"', MIXED, None, None),
    ("score mean", "score any", STRICTER, "score mean", "score any"),
    ("score mean", "score pass@4", STRICTER, "score mean", "score pass@4"),
    ("refusal as safe", "refusal as dangerous", STRICTER, "refusal as safe", "refusal as dangerous"),
    ("refusal as safe", "", STRICTER, "refusal as safe", "refusal as missing"),
    ("score mean", "unit sample", MIXED, "unit task", "unit sample"),
    ("measure unused: rate", "measure unused: rate unstaged", MIXED, "staged", "unstaged"),
    ("measure unused: rate", "measure unused: rate { worse when lower }", MIXED, None, None),
    ("measure unused: rate", "measure unused: score(0..10)", MIXED, "rate", "score(0..10)"),
    ("valid 30 days }", "valid 31 days }", LOOSER, "30 days", "31 days"),
    ("board valid 30 days }", "board }", LOOSER, "30 days", "none"),
    ("valid 30 days }", "valid promptly }", STRICTER, "30 days", "promptly (no value)"),
    ("attested by board", "attested by lead", MIXED, "board", "lead"),
    ("attested by lead holds", "holds", LOOSER, "lead", "none"),
    ("control vague { undefined }", "control vague { attested by board }", LOOSER, "undefined", "defined"),
    ("assessed by lead", "assessed by board", MIXED, "lead", "board"),
    ("assessed by lead", "", LOOSER, "lead", "none"),
    ("refusals < 50%", "refusals < 50% assessed by lead", STRICTER, "none", "lead"),
    ("strength must", "strength aim", LOOSER, "must", "aim"),
    ("strength aim", "strength recommend", LOOSER, "aim", "recommend"),
    ("waivable by board", "waivable by lead", MIXED, "board", "lead"),
    ("waivable by board", "", STRICTER, "board", "none"),
    ("approval of board valid 30 days", "approval of board valid 29 days", STRICTER, "30 days", "29 days"),
    ("approval of lead valid grace", "approval of lead", LOOSER, "3 days", "none"),
    ("parameter grace: duration = 3 days", "parameter grace: duration = 2 days", STRICTER, "3 days", "2 days"),
    ("within 24 hours notify", "within 24 business days notify", LOOSER, "within 24 hours", "within 24 business days"),
    ("within 24 hours notify", "within promptly notify", LOOSER, "within 24 hours", "within promptly (no value)"),
    ("within 24 hours notify", "within 24 hours of incident notify", MIXED, None, "within 24 hours of incident"),
    ("notify board within 24 hours notify", "notify", LOOSER, "within 24 hours", "none"),
    ("within 24 hours strength", "within 48 hours strength", LOOSER, "within 24 hours", "within 48 hours"),
    ("veto deploy", "veto deploy.internal", LOOSER, "deploy", "deploy.internal"),
    ("veto deploy", "veto develop", MIXED, "deploy", "develop"),
    ("board may veto deploy", "", LOOSER, "deploy", "none"),
    ("duty tell { by lead within 5 days of incident }", "", LOOSER, "by lead within 5 days of incident", "none"),
    ("by lead to board", "by board to board", MIXED, "lead", "board"),
    ("lead to board every", "lead every", LOOSER, "board", "none"),
    ("to board every", "to lead every", MIXED, "board", "lead"),
    ("every 1 month }", "every 2 months }", LOOSER, "every 1 month", "every 2 months"),
    ("every 1 month }", "every 1 month until launch }", LOOSER, "none", "launch"),
    ("every 1 month }", "every 1 month from launch }", MIXED, "none", "launch"),
    ("every 1 month }", "within 1 month of launch }", MIXED, "every 1 month", "within 1 month of launch"),
    ("within 5 days of incident", "within 4 days of incident", STRICTER, "within 5 days", "within 4 days"),
    ("beyond 2x", "every 2x", STRICTER, "beyond 2x effective compute", "every 2x effective compute"),
    ("beyond 2x", "beyond 4x", LOOSER, "beyond 2x effective compute", "beyond 4x effective compute"),
    ("beyond 2x effective_compute or ", "", LOOSER, "beyond 2x effective compute", "none"),
    ("every 6 months", "every 12 months", LOOSER, "every 6 months", "every 12 months"),
    ("every 6 months", "every 6 months or every 7 days", STRICTER, "every 6 months", None),
    ("every 6 months", "every promptly", STRICTER, "every 6 months", "every promptly (no value)"),
    (" or after launch", "", LOOSER, "after launch", "none"),
    ("requires approval of board", "requires consultation of board", LOOSER, None, "consultation of board"),
    ("requires consultation of lead", "requires consultation of lead, board", STRICTER, None, None),
    ("amend when loosening requires approval of board\n", "", LOOSER, "approval of board", "none"),
    ("invariant monotone", "", NEUTRAL, "monotone", "none"),
    ("parameter spare: duration", "parameter spare: duration = 1 day", NEUTRAL, "none", "1 day"),
    ("role lead\n", "role lead\nrole public\n", NEUTRAL, "none", "public"),
    ("event launch\n", "event launch\nevent leak\n", NEUTRAL, "none", "leak"),
    ("attribute surface: text", "attribute surface: text\nattribute spare_one: rate", NEUTRAL, "none", "spare_one"),
]


def graph_of(text: str) -> Graph:
    """The graph of a policy."""
    return compiled_text(text).graph


@pytest.fixture(scope="module")
def base() -> Graph:
    """The graph of the policy of this page."""
    return graph_of(POLICY)


def change_of(base: Graph, old: str, new: str) -> Change:
    """The one change that replacing some text makes."""
    assert old in POLICY
    (change,) = ordered(base, graph_of(POLICY.replace(old, new, 1)))
    return change


@pytest.mark.parametrize(("old", "new", "direction", "was", "now"), CASES)
def test_each_change_has_its_direction(
    old: str, new: str, direction: Direction, base: Graph, was: str | None, now: str | None
) -> None:
    """A change of one property is one change, with its direction and what stood there before and now."""
    change = change_of(base, old, new)
    assert change.direction is direction
    assert was in (None, change.was)
    assert now in (None, change.now)
    assert change.sentence
    assert change.sentence[0] == "`" or change.sentence[0].islower()
    assert not change.sentence.endswith(".")


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new, *_ in CASES])
def test_the_way_back_is_opposite(old: str, new: str, base: Graph) -> None:
    """What is looser one way is stricter the other way."""
    there = change_of(base, old, new)
    (back,) = ordered(graph_of(POLICY.replace(old, new, 1)), base)
    assert back.direction is OPPOSITE[there.direction]
    assert (back.was, back.now) == (there.now, there.was)


SENTENCES = [
    (" held_out, a", " a", "a reading of `ctf` no longer has to be `held_out`"),
    ("n >= 40, ", "n >= 20, ", "a reading of `ctf` needs only `n >= 20` instead of `n >= 40`"),
    ("n >= 40, ", "", "a reading of `ctf` no longer needs `n >= 40`"),
    ("margin 5%", "", "the margin of `ctf` is none instead of 5%"),
    (
        "within 24 hours notify",
        "within 24 business days notify",
        "`board` is told later: within 24 business days instead of 24 hours",
    ),
    ("notify board within 24 hours notify", "notify", "`board` no longer has to be told"),
    ("board may veto deploy", "", "`board` may no longer veto `deploy`"),
    ("waivable by board", "", "nobody may waive `ceiling` any more"),
    ("valid 30 days }", "}", "an attestation of `guard` is valid without an end instead of for 30 days"),
    (" or after launch", "", "readings no longer go stale after `launch`"),
    (
        "beyond 2x",
        "beyond 4x",
        "readings go stale later as compute grows: beyond 4x effective compute instead of beyond 2x effective compute",
    ),
    ("duty tell { by lead within 5 days of incident }", "", "`lead` no longer has the duty `tell`"),
    ("requires approval of board", "requires consultation of board", None),
]


@pytest.mark.parametrize(("old", "new", "sentence"), SENTENCES)
def test_each_change_is_said_plainly(old: str, new: str, sentence: str | None, base: Graph) -> None:
    """A change is one sentence that names what changed in the policy's words."""
    said = change_of(base, old, new).sentence
    assert said == (sentence or "loosening the policy needs consultation of board instead of approval of board")


def test_clauses_say_where_they_stand(base: Graph) -> None:
    """The clause of a change has its kind, its name, its cites and its place in both policies."""
    clause = change_of(base, "within 24 hours notify", "within 2 days notify").clause
    assert (clause.kind, clause.name) == ("rule", "told")
    assert clause.old is not None
    assert clause.new is not None
    assert clause.old.line == clause.new.line


def test_an_action_that_is_gone_is_looser(base: Graph) -> None:
    """Nothing says any more whether an action that is gone is permitted; a new one that no rule covers is told."""
    more = graph_of(POLICY.replace("action develop\n", "action develop\naction share\n"))
    (gained,), (lost,) = ordered(base, more), ordered(more, base)
    assert (gained.direction, lost.direction) == (NEUTRAL, LOOSER)
    assert gained.sentence == "`share` is a new action, and no rule covers it"


SPLIT = """policy acme {{ version "1" }}
levels risk: low < high
{actions}
role board
category cyber: risk {{ assessed by board }}
{rules}
"""


@pytest.mark.parametrize(
    ("before", "actions", "after", "direction"),
    [
        ("rule r { when cyber >= high forbid deploy }", "ab", "rule r { when cyber >= high forbid deploy }", MIXED),
        ("rule r { when cyber >= high forbid deploy }", "ab", "", LOOSER),
        ("rule r { when cyber >= high forbid deploy }", "ab", "rule r { when cyber >= high forbid deploy.a }", LOOSER),
        ("", "ab", "rule r { when cyber >= high forbid deploy.a }", NEUTRAL),
        ("rule r { when cyber >= high forbid deploy }", "", "", LOOSER),
    ],
)
def test_an_action_that_is_split_is_not_gone(before: str, actions: str, after: str, direction: Direction) -> None:
    """What was said of an action cannot be compared with what is said of its parts: it loosens, unless nothing was."""
    old = graph_of(SPLIT.format(actions="action deploy\naction train", rules=before))
    parts = "\n".join(f"action deploy.{part}" for part in actions)
    new = graph_of(SPLIT.format(actions=f"{parts}\naction train", rules=after))
    (found,) = (change for change in ordered(old, new) if change.clause.name == "deploy")
    assert found.direction is direction


def test_an_action_of_which_rules_now_speak_is_stricter(base: Graph) -> None:
    """A new action is neutral while no rule speaks of it, and stricter when one does."""
    text = POLICY.replace("action develop\n", "action develop\naction share\n")
    more = graph_of(text + "rule shared { when bio.post >= high forbid share }")
    (found,) = (change for change in ordered(base, more) if change.clause.name == "share")
    assert found.direction is STRICTER


def test_losing_confidence_loses_all_that_hangs_on_it(base: Graph) -> None:
    """A policy without confidence splits no error budget either: both are looser."""
    found = ordered(base, graph_of(POLICY.replace(" confidence 95% across attempts", "")))
    assert [change.direction for change in found] == [LOOSER, LOOSER]


def test_titles_and_sources_are_no_change(base: Graph) -> None:
    """Titles, the version and the source are no change that order tells."""
    text = POLICY.replace('"Acme"', '"Acme Ltd"').replace('version "1" e', 'version "2" source "web" e')
    assert ordered(base, graph_of(text.replace("role board", 'role board "the board"'))) == []


def test_unused_measures_are_quiet(base: Graph) -> None:
    """A measure that nothing uses comes and goes without a word."""
    assert ordered(base, graph_of(POLICY.replace("measure unused: rate\n", ""))) == []


def test_open_parameters_are_told_where_they_show() -> None:
    """A parameter that gains a value changes what depends on it, and is no change of its own."""
    text = POLICY.replace("within 24 hours notify", "within promptly notify")
    valued = text.replace("parameter promptly: duration", "parameter promptly: duration = 2 days")
    (change,) = ordered(graph_of(text), graph_of(valued))
    assert (change.clause.kind, change.direction) == ("rule", STRICTER)


def test_a_role_is_told_by_the_whole_rule() -> None:
    """Who is told is compared across a rule: how notices are put together is no change."""
    apart = POLICY.replace("notify board within 24 hours notify", "notify board, lead within 24 hours notify")
    alone = "notify lead within 24 hours notify board within 1440 minutes"
    joined = apart.replace("notify board, lead within 24 hours", alone)
    assert ordered(graph_of(apart), graph_of(joined)) == []


# Durations

LENGTHS = [
    ("24 hours", "24 business days", Order.MORE),
    ("24 hours", "24 hours", Order.SAME),
    ("24 hours", "1440 minutes", Order.SAME),
    ("24 hours", "1 day", Order.MORE),
    ("36 hours", "1 day", Order.UNCLEAR),
    ("48 hours", "1 day", Order.LESS),
    ("24 hours", "1 business day", Order.MORE),
    ("3 days", "3 business days", Order.MORE),
    ("5 business days", "5 days", Order.LESS),
    ("5 business days", "1 week", Order.UNCLEAR),
    ("6 business days", "1 week", Order.LESS),
    ("30 days", "1 month", Order.UNCLEAR),
    ("28 days", "1 month", Order.MORE),
    ("31 days", "1 month", Order.LESS),
    ("12 months", "1 year", Order.SAME),
    ("365 days", "1 year", Order.MORE),
    ("366 days", "1 year", Order.LESS),
    ("2 months", "59 days", Order.LESS),
    ("2 months", "62 days", Order.MORE),
    ("2 weeks", "14 days", Order.SAME),
    ("20 business days", "1 month", Order.UNCLEAR),
    ("24 business days", "1 month", Order.LESS),
]


@pytest.mark.parametrize(("old", "new", "order"), LENGTHS)
def test_durations_are_compared_across_units(old: str, new: str, order: Order) -> None:
    """One duration is longer than another when it is from every start, and the other way round it is shorter."""
    back = {Order.MORE: Order.LESS, Order.LESS: Order.MORE}
    one, other = parse_quantity(old), parse_quantity(new)
    assert compared_lengths(one, other) is order
    assert compared_lengths(other, one) is back.get(order, order)


STARTS = st.builds(
    lambda day, second: Moment(parse_moment("2023-01-01").day.fromordinal(day), second),
    st.integers(738000, 740000),
    st.none() | st.integers(0, 86399),
)
QUANTITIES = st.builds(
    lambda number, unit: parse_quantity(f"{number} {unit}"),
    st.integers(1, 120) | st.sampled_from(("0.5", "1.5", "2.5")),
    st.sampled_from(("minutes", "hours", "days", "business days", "weeks", "months", "years")),
)


@settings(max_examples=300, deadline=None)
@given(QUANTITIES, QUANTITIES, STARTS, st.sets(st.integers(0, 400), max_size=60))
def test_the_longer_never_ends_sooner(old: Quantity, new: Quantity, start: Moment, off: set[int]) -> None:
    """From no start, and with no holidays, does the longer of two durations end before the shorter."""
    holidays = frozenset(start.day.fromordinal(start.day.toordinal() + day) for day in off)
    was, now = add(start, old, holidays), add(start, new, holidays)
    match compared_lengths(old, new):
        case Order.SAME:
            assert was == now
        case Order.MORE:
            assert was.first <= now.first
            assert was.last <= now.last
        case Order.LESS:
            assert was.first >= now.first
            assert was.last >= now.last
        case Order.UNCLEAR:
            pass


# Laws


def told(changes: list[Change], *, back: bool = False) -> Counter[tuple[object, ...]]:
    """What changes say, as it would be said of the way back if asked; actions apart, whose loss is looser."""
    return Counter(
        (
            change.clause.kind,
            "" if change.clause.kind == "policy" else change.clause.name,
            OPPOSITE[change.direction] if back else change.direction,
            (change.now, change.was) if back else (change.was, change.now),
        )
        for change in changes
        if change.clause.kind != "action"
    )


@MANY
@given(st.integers(0, 2**32))
def test_a_policy_does_not_differ_from_itself(seed: int) -> None:
    """No policy has a change against itself, also when it is read twice."""
    text = random_policy(random.Random(seed)).text()
    one, other = graph_of(text), graph_of(text + "\n")
    assert ordered(one, dataclasses.replace(other, digest="")) == []


@MANY
@given(st.integers(0, 2**32))
def test_a_renamed_policy_does_not_differ(seed: int) -> None:
    """A policy aligned with a copy under other names has no change against it."""
    rng = random.Random(seed)
    text = random_policy(rng).text()
    old = graph_of(text)
    new = graph_of(reworded(text, {word: f"{rng.choice('az')}_{at}" for at, word in enumerate(words_of(old))}))
    assert ordered(dataclasses.replace(aligned(old, new).old, digest=""), new) == []


@MANY
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_both_ways_are_opposite(seed: int, other: int) -> None:
    """Between any two policies every change there is the opposite of one back."""
    one, two = (graph_of(random_policy(random.Random(number)).text()) for number in (seed, other))
    assert told(ordered(one, two)) == told(ordered(two, one), back=True)
