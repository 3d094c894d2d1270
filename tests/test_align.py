"""Renames between two policies: what is recognised, what is left alone, and mappings given by hand."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import compiled_text
from policylang.analysis.align import aligned
from policylang.graph import Graph, canonical
from random_policies import random_policy

MANY = settings(max_examples=40, deadline=None)

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_]*')
_FIXED = ("before", "after", "safe")


def graph_of(text: str) -> Graph:
    """The graph of a policy."""
    return compiled_text(text).graph


def words_of(graph: Graph) -> list[str]:
    """Every word that a name of a policy is made of, and that is no word of the language."""
    found = {word for name, levels in graph.ladders for word in (name, *levels)}
    for items in (
        graph.stages,
        graph.roles,
        graph.events,
        graph.attributes,
        graph.parameters,
        graph.controls,
        graph.measures,
        graph.categories,
        graph.definitions,
        graph.rules,
        graph.exemptions,
        graph.duties,
        graph.invariants,
    ):
        found |= {item.name for item in items}
    found |= {part for item in graph.actions for part in item.name.split(".")}
    return sorted(found - set(_FIXED))


def reworded(text: str, words: dict[str, str]) -> str:
    """A policy with other words, strings left alone."""
    return _WORD.sub(lambda match: words.get(match[0], match[0]), text)


def untitled(graph: Graph) -> object:
    """What a policy means, titles apart."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items() if key != "title"}
        return [plain(item) for item in value] if isinstance(value, list) else value

    return plain(canonical(graph))


POLICY = """\
policy acme { version "1" confidence 95% }
levels risk: low < medium < high
levels effort: none < prompted < tuned
stage pre
stage post
action deploy.external
action deploy.internal
role board "the board"
role lead "the lead"
event launch
attribute spent: effort
parameter grace: duration = 3 days
parameter open_level: effort
control guard: effort "a guard" { attested by lead valid grace }
measure ctf: rate "flags" { margin 5% needs spent >= tuned, n >= 40 }
measure cyber_range: rate "ranges" { needs spent >= tuned, n >= 40 }
category cyber: risk { medium when ctf >= 5% high when ctf >= 20% or cyber_range - ctf >= 0% assessed by lead }
category bio: risk { assessed by board }
define risky as cyber.post >= high
rule ceiling "only low" { when risky forbid deploy.external waivable by board }
rule guarded {
  when any category.pre >= high
  require guard >= prompted before deploy
  notify lead within grace of launch
}
exception urgent to ceiling { when launch require approval of 1 of (board, lead) valid grace }
board may veto deploy
duty report { by lead to board every grace from launch }
evaluate every grace or after launch
amend when loosening requires approval of board
invariant closed { never deploy.external when cyber.post >= high }
"""

ALONE = [
    ("risk", "danger", "ladder"),
    ("medium", "moderate", "level"),
    ("tuned", "fine_tuned", "level"),
    ("post", "after_mitigation", "stage"),
    ("board", "directors", "role"),
    ("spent", "effort_spent", "attribute"),
    ("grace", "promptly", "parameter"),
    ("launch", "incident", "event"),
    ("guard", "weight_security", "control"),
    ("ctf", "zero_day", "measure"),
    ("cyber", "cybersecurity", "category"),
    ("risky", "dangerous_one", "definition"),
    ("ceiling", "limit", "rule"),
    ("urgent", "emergency", "exception"),
    ("report", "reporting", "duty"),
    ("closed", "never_ships", "invariant"),
    ("external", "public", "action"),
]


@pytest.mark.parametrize(("old", "new", "kind"), ALONE)
def test_each_kind_of_name_is_recognised(old: str, new: str, kind: str) -> None:
    """A name of any kind that was replaced everywhere is recognised, and replaced everywhere."""
    before, after = graph_of(POLICY), graph_of(reworded(POLICY, {old: new}))
    found = aligned(before, after)
    prefix = {"level": "effort." if old == "tuned" else "risk.", "action": "deploy."}.get(kind, "")
    assert found.renames == ((kind, prefix + old, prefix + new),)
    assert found.old.digest == after.digest


def test_all_names_at_once_are_recognised() -> None:
    """A policy under wholly new names is recognised name by name."""
    before = graph_of(POLICY)
    words = {word: f"{'zya'[at % 3]}{at}" for at, word in enumerate(words_of(before))}
    after = graph_of(reworded(POLICY, words))
    found = aligned(before, after)
    assert found.old.digest == after.digest
    assert {(old.rpartition(".")[2], new.rpartition(".")[2]) for _, old, new in found.renames} == set(words.items()) - {
        ("deploy", words["deploy"])
    }


def test_nothing_is_renamed_without_need() -> None:
    """Where every old name is there still, the policy stays as it is, whatever is new."""
    before = graph_of(POLICY)
    more = POLICY.replace("role lead", "role trust role lead")
    assert aligned(before, before).old is before
    assert aligned(before, graph_of(more)).renames == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("margin 5%", "margin 1%"),
        ("margin 5% needs spent >= tuned, n >= 40 }", "margin 5% needs n >= 20 }"),
        ("high when ctf >= 20%", "high when ctf >= 30%"),
    ],
)
def test_a_rename_with_a_change_is_a_rename(old: str, new: str) -> None:
    """A measure that was renamed and changed as well is recognised by its uses, or by what stayed of both."""
    after = graph_of(reworded(POLICY.replace(old, new), {"ctf": "zero_day"}))
    assert aligned(graph_of(POLICY), after).renames == (("measure", "ctf", "zero_day"),)


def test_a_rename_is_seen_beside_changes() -> None:
    """What changed elsewhere keeps nothing from being recognised, also where every name is new."""
    before = graph_of(POLICY)
    words = {word: f"{'zya'[at % 3]}{at}" for at, word in enumerate(words_of(before))}
    changed = POLICY.replace("ctf >= 20%", "ctf >= 25%").replace("waivable by board", "")
    found = aligned(before, graph_of(reworded(changed, words)))
    assert {(old.rpartition(".")[2], new.rpartition(".")[2]) for _, old, new in found.renames} == set(words.items()) - {
        ("deploy", words["deploy"])
    }


def test_another_thing_is_no_rename() -> None:
    """A role that is gone and one that is new, with other uses, are two roles."""
    before = graph_of(
        POLICY.replace("role lead", "role panel role lead").replace("waivable by board", "waivable by panel")
    )
    after = graph_of(POLICY.replace("role lead", "role trust role lead").replace("to board every", "to trust every"))
    assert aligned(before, after).renames == ()


def test_titles_tell_twins_apart() -> None:
    """Names that nothing else tells apart are paired by their titles."""
    twins = 'role first "the trust"\nrole second "the panel"\n'
    before, after = (
        graph_of(POLICY + twins),
        graph_of(POLICY + 'role alpha "the panel"\nrole omega "the trust"\n'),
    )
    assert aligned(before, after).renames == (("role", "first", "omega"), ("role", "second", "alpha"))


# A mapping by hand


def test_a_mapping_goes_first() -> None:
    """A mapping may let names change places, in the singular or the plural, and name a group of actions."""
    before = graph_of(POLICY)
    found = aligned(before, before, {"roles": {"board": "lead", "lead": "board"}})
    assert found.renames == (("role", "board", "lead"), ("role", "lead", "board"))
    assert found.old.vetoes[0].roles == ("lead",)
    after = graph_of(reworded(POLICY, {"deploy": "release", "medium": "moderate"}))
    mapping = {"action": {"deploy": "release"}, "levels": {"risk.medium": "moderate"}}
    assert aligned(before, after, mapping).old.digest == after.digest


def test_a_mapping_says_what_became_nothing() -> None:
    """A name that is recognised as another is not where the mapping says that it became nothing."""
    before, after = graph_of(POLICY), graph_of(reworded(POLICY, {"ctf": "puzzles"}))
    assert ("measure", "ctf", "puzzles") in aligned(before, after).renames
    assert aligned(before, after, {"measures": {"ctf": ""}}).renames == ()
    with pytest.raises(ValueError, match="did not become nothing"):
        aligned(before, before, {"measures": {"ctf": ""}})


def test_a_mapping_finds_the_ladder_of_a_level() -> None:
    """A level that is mapped by its name alone settles the ladder it is on."""
    before, after = graph_of(POLICY), graph_of(reworded(POLICY, {"risk": "danger", "medium": "moderate"}))
    assert aligned(before, after, {"levels": {"medium": "moderate"}}).old.digest == after.digest
    assert aligned(before, after, {"levels": {"medium": "danger.moderate"}}).old.digest == after.digest


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"rolls": {}}, "`rolls` is no kind of name; did you mean `roles`?"),
        ({"roles": {"bord": "lead"}}, "there is no role `bord` in the old policy; did you mean `board`?"),
        ({"roles": {"board": "leed"}}, "there is no role `leed` in the new policy; did you mean `lead`?"),
        (
            {"roles": {"board": "lead"}},
            "role `board` cannot become `lead`: the old policy has a role `lead` too",
        ),
        (
            {"categories": {"bio": "cyber", "cyber": "cyber"}},
            "`bio` and `cyber` cannot all become the category `cyber`",
        ),
        ({"levels": {"mediun": "medium"}}, "there is no level `mediun` in the old policy; did you mean `medium`?"),
        ({"levels": {"medium": "moderate"}}, "there is no level `moderate` in the new policy"),
        ({"levels": {"risk.mediun": "medium"}}, "there is no level `risk.mediun` in the old policy"),
    ],
)
def test_a_mapping_names_what_exists(mapping: dict[str, dict[str, str]], message: str) -> None:
    """A mapping that cannot be is refused with a sentence that names the nearest right name."""
    graph = graph_of(POLICY)
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        aligned(graph, graph, mapping)


# Laws


@MANY
@given(st.integers(0, 2**32), st.sampled_from((0.1, 0.5, 1.0)))
def test_a_renamed_copy_is_the_same(seed: int, share: float) -> None:
    """A policy aligned with a copy under other names is that copy: equal canonical form, equal digest."""
    rng = random.Random(seed)
    text = random_policy(rng).text()
    old = graph_of(text)
    fresh = [f"{rng.choice('abmz')}_{number}" for number in range(500)]
    words = {word: fresh.pop() for word in words_of(old) if rng.random() < share}
    new = graph_of(reworded(text, words))
    found = aligned(old, new)
    assert untitled(found.old) == untitled(new)
