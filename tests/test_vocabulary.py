"""Neutral terms: what is shipped names everything, and claims never make a policy safer than they say."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from house import ROOT
from policylang import Evidence, Fact, Moment, Place, Source, Span, Subject, cli, load, parse_moment, resources
from policylang.decide import decide
from policylang.diagnostics import EvidenceError
from policylang.evidence.vocabulary import NOT_REACHED, REACHED, Vocabulary, read_vocabulary, vocabulary_schema
from policylang.files import load_vocabulary
from policylang.graph import Graph

POLICIES = resources.policy_names()
NOW = parse_moment("2026-11-21")
NOWHERE = Place(Source(name="test.yaml", text=""), Span(0, 0))
VOCABULARY = load_vocabulary()


def graph_of(name: str) -> Graph:
    """A shipped policy."""
    return load(str(ROOT / "policies" / name)).graph


@pytest.mark.parametrize("name", POLICIES)
def test_every_name_of_a_shipped_policy_has_its_terms(name: str) -> None:
    """Each action, stage, category and role of a shipped policy is in the vocabulary, and nothing else is."""
    graph = graph_of(name)
    names = VOCABULARY.names_of(graph)
    assert names is not None
    assert {leaf for action in names.actions for leaf in graph.leaves[action]} == {term.name for term in graph.actions}
    assert set(names.stages) == {term.name for term in graph.stages}
    assert set(names.categories) == set(graph.category)
    assert set(names.roles) == {term.name for term in graph.roles}
    for category, levels in names.capabilities.items():
        assert set(levels) <= set(graph.category[category].ladder[1:])


def test_the_vocabulary_knows_no_other_policy() -> None:
    """A policy that is renamed or withdrawn leaves nothing behind."""
    headers = [graph_of(name).header for name in POLICIES]
    assert [(item.policy, item.version) for item in VOCABULARY.policies] == [(h.name, h.version) for h in headers]


def test_the_schema_admits_what_is_shipped() -> None:
    """`policyc schema vocabulary` describes the file that ships, and refuses a field that is none."""
    validator = Draft202012Validator(vocabulary_schema())
    document = yaml.safe_load((ROOT / "policies" / "vocabulary.yaml").read_text("utf-8"))
    validator.validate(document)
    assert list(validator.iter_errors({**document, "extra": {}}))


# Claims

SMALL = """
schema: policylang/vocabulary/v1
surfaces: {inside: within, outside: release}
activities: {}
stages: {unmitigated: bare, mitigated: guarded}
categories: {}
roles: {assessor: who judges}
capabilities: {some: helps a little, much: helps much}
policies:
  - policy: acme
    version: "1"
    actions: {ship: [outside]}
    stages: {pre: unmitigated, post: mitigated}
    roles: {panel: assessor}
    capabilities: {bio: {medium: some, high: much}}
"""
POLICY = """policy acme { version "1" }
levels risk: low < medium < high
stage pre
stage post
action ship
role panel
category bio: risk { assessed by panel }
rule ceiling { when bio.post >= high forbid ship }
"""


def vocabulary(text: str) -> Vocabulary:
    """The vocabulary in a text."""
    return read_vocabulary(Source(name="terms.yaml", text=text))


def claim(about: str, stage: str, level: str, at: str = "2026-10-20") -> Fact:
    """A claim in neutral terms."""
    moment: Moment = parse_moment(at)
    return Fact(kind="assessment", about=about, stage=stage, level=level, by="assessor", at=moment, place=NOWHERE)


CLAIMS = st.lists(
    st.builds(
        claim,
        st.sampled_from(["some", "much"]),
        st.sampled_from(["unmitigated", "mitigated"]),
        st.sampled_from([REACHED, NOT_REACHED]),
        st.sampled_from(["2026-10-20", "2026-10-21"]),
    ),
    max_size=6,
)


def expected(claims: list[Fact], stage: str) -> tuple[int, int]:
    """The levels that claims leave possible, by trying what each says; open where it is not settled."""
    said: dict[str, bool] = {}
    for about in ("some", "much"):
        mine = [fact for fact in claims if (fact.about, fact.stage) == (about, stage)]
        last = max((fact.at.last for fact in mine), default=0)
        if mine:
            said[about] = any(fact.level == REACHED for fact in mine if fact.at.last == last)
    if said.get("much"):
        return 2, 2
    if said.get("much") is False and said.get("some"):
        return 1, 1
    if said.get("much") is False and said.get("some") is False:
        return 0, 0
    return 0, 2


@given(CLAIMS)
def test_claims_place_a_category_where_they_settle_it_and_nowhere_else(claims: list[Fact]) -> None:
    """At each stage the level is the one that the claims leave, or open; the order of claims changes nothing."""
    from policylang.compile import compile_policy

    graph = compile_policy(Source(name="acme.policy", text=POLICY), _nothing).graph
    terms = vocabulary(SMALL)
    for order in itertools.islice(itertools.permutations(claims), 4):
        evidence = Evidence(subject=Subject(model="m"), facts=tuple(order))
        assert terms.admit(evidence, [graph], NOW) == []
        decision = decide(graph, terms.translated(evidence, [graph], graph), NOW)
        for stage, neutral in (("pre", "unmitigated"), ("post", "mitigated")):
            placed = decision.scorecard["bio", stage]
            assert (placed.at_least, placed.at_most) == expected(claims, neutral)
        assert not decision.rejected


def test_what_rests_on_a_claim_ends_with_it() -> None:
    """A level that two claims settle stands no longer than either of them: an expired one settles nothing."""
    from policylang.compile import compile_policy

    graph = compile_policy(Source(name="acme.policy", text=POLICY), _nothing).graph
    short = replace(claim("much", "mitigated", NOT_REACHED, "2026-10-01"), expires=parse_moment("2026-10-05"))
    evidence = Evidence(subject=Subject(model="m"), facts=(short, claim("some", "mitigated", NOT_REACHED)))
    decision = decide(graph, vocabulary(SMALL).translated(evidence, [graph], graph), NOW)
    assert str(decision.actions["ship"].verdict) == "undetermined"


def test_a_claim_that_no_policy_can_use_is_an_error() -> None:
    """Under a policy that the vocabulary does not know, or that draws no line there, a claim is never dropped."""
    from policylang.compile import compile_policy

    evidence = Evidence(subject=Subject(model="m"), facts=(claim("much", "mitigated", REACHED),))
    for text, unused in ((POLICY, False), (POLICY.replace('version "1"', 'version "2"'), True)):
        graph = compile_policy(Source(name="acme.policy", text=text), _nothing).graph
        found = [item.code for item in vocabulary(SMALL).admit(evidence, [graph], NOW)]
        assert found == (["E201"] if unused else [])


@pytest.mark.parametrize(
    ("claimed", "own", "level"),
    [(NOT_REACHED, "high", "high"), (REACHED, "low", "high"), (REACHED, "medium", "high"), (NOT_REACHED, "low", "low")],
)
def test_a_claim_never_lowers_what_the_assessor_said(claimed: str, own: str, level: str) -> None:
    """Also when it is newer: whoever may assess a category is not talked down by a claim that anybody can write."""
    from policylang.compile import compile_policy

    graph = compile_policy(Source(name="acme.policy", text=POLICY), _nothing).graph
    assessed = Fact(
        kind="assessment",
        about="bio",
        stage="post",
        level=own,
        by="panel",
        at=parse_moment("2026-10-01"),
        place=NOWHERE,
    )
    claims = [claim("much", "mitigated", claimed), claim("some", "mitigated", claimed)]
    evidence = Evidence(subject=Subject(model="m"), facts=(assessed, *claims))
    decision = decide(graph, vocabulary(SMALL).translated(evidence, [graph], graph), NOW)
    ladder = graph.category["bio"].ladder
    placed = decision.scorecard["bio", "post"]
    assert (ladder[placed.at_least], ladder[placed.at_most]) == (level, level)


def _nothing(*_: object) -> Source:
    raise AssertionError("nothing is taken in")


def test_every_command_understands_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A decision is the same where it is checked, explained and drawn, in the terms of the file that is named."""
    claims = [
        {"category": about, "stage": "mitigated", "level": NOT_REACHED, "by": "assessor", "at": "2026-10-20"}
        for about in ("some", "much")
    ]
    evidence = {"schema": "policylang/evidence/v1", "subject": {"model": "m"}, "assessments": claims}
    for name, text in (("a.policy", POLICY), ("terms.yaml", SMALL), ("e.yaml", yaml.safe_dump(evidence))):
        (tmp_path / name).write_text(text, "utf-8")
    words = [str(tmp_path / "a.policy"), str(tmp_path / "e.yaml"), "--as-of=2026-11-21"]
    terms = f"--vocabulary={tmp_path / 'terms.yaml'}"
    for command in ("check", "explain", "graph"):
        assert cli.main([command, *words, terms]) == 0
        assert "permitted" in capsys.readouterr().out
        assert cli.main([command, *words]) == 2
        assert "E201" in capsys.readouterr().err


def test_what_a_policy_calls_its_own_is_no_claim() -> None:
    """A policy whose category has the name of a capability is assessed in its own words."""
    from policylang.compile import compile_policy

    text = POLICY.replace("category bio", "category much").replace("bio.post", "much.post")
    graph = compile_policy(Source(name="acme.policy", text=text), _nothing).graph
    evidence = Evidence(subject=Subject(model="m"), facts=(claim("much", "unmitigated", REACHED),))
    assert vocabulary(SMALL).plain(evidence, [graph]) == evidence


@pytest.mark.parametrize(
    ("wrong", "instead"),
    [
        ("[outside]", "[outsde]"),
        ("pre: unmitigated", "pre: bare"),
        ("panel: assessor", "panel: judge"),
        ("medium: some", "medium: any"),
        ("surfaces: {inside: within, outside: release}", "surfaces: []"),
        ('version: "1"', 'versoin: "1"'),
        ("policylang/vocabulary/v1", "policylang/vocabulary/v2"),
    ],
)
def test_a_wrong_vocabulary_names_place_and_remedy(wrong: str, instead: str) -> None:
    """What cannot be used is an error on its line, with help."""
    text = SMALL.replace(wrong, instead)
    with pytest.raises(EvidenceError) as raised:
        vocabulary(text)
    found = raised.value.diagnostics[0]
    assert found.code == "E207"
    assert found.place is not None
    assert found.help
    lines = list(_lines(text, instead))
    assert found.place.source.position(found.place.span.start)[0] in (*lines, lines[0] - 1)


def _lines(text: str, part: str) -> Iterator[int]:
    yield from (number for number, line in enumerate(text.splitlines(), 1) if part in line)
