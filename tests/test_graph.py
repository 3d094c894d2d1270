"""The decision graph: what its digest depends on, how it is kept, and the graph that is drawn from it."""

import functools
import hashlib
import json
import random
from collections.abc import Iterator
from typing import Any

import networkx
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from pages import compiled_text, graphs_of
from policylang.graph import Graph, canonical, digest, digraph, from_text, nodes, to_text
from random_policies import random_policy

POLICY = """\
policy acme "Acme" {
  version "1" source "report" effective 2026-01-01 force voluntary confidence 95% across attempts
  approved by board on 2026-01-02
}
levels risk: low < medium < high
levels hardening: sl1 < sl2 < sl3
stage pre "before"
stage post "after"
action deploy.external "to all"
action deploy.internal
action develop
role board "the board"
role lead
event launch "we launch"
event incident
attribute held_out: yes_no "not seen in training"
parameter grace: duration = 3 days "how long"
parameter open: rate
control guard "a guard" { attested by board valid 30 days cites "p. 1" }
control weights: hardening { attested by lead holds when refusals.pre >= 90% }
control vague { undefined }
measure ctf: rate "solved" {
  from inspect "cybench" version "1" metric "accuracy"
  margin 5% unit family score pass@2 refusal as safe runs registered
  needs n >= 40, held_out, age <= 90 days
  cites "p. 2"
}
measure refusals: rate { worse when lower }
measure exploit: finding unstaged
measure speed: factor
category cyber: risk "Cyber" {
  medium when ctf >= 5% or speed >= 2 high when ctf >= 20% or exploit assessed by lead
  cites "p. 3"
}
category bio: risk { assessed by lead }
category auto: risk { assessed by lead }
define agentic as launch and attempts >= 3
rule ceiling "only low" {
  when any category.post >= high or ctf.post - ctf.pre > 10%
  forbid deploy.external
  waivable by board
  cites "p. 4"
}
rule guarded {
  when agentic or all category except bio.pre > low or at least 2 category.pre >= medium
  require weights >= sl2 before deploy
  require at least 1 of (guard, vague) before develop
  require approval of 1 of (board, lead) valid grace before deploy
  require consultation of lead before deploy
  notify board before develop
  notify board within 24 hours of incident
}
rule disputed {
  interpretation narrow when exploit
  interpretation wide when not (ctf.pre < open)
  forbid develop
}
rule hint { when exploit forbid deploy strength aim }
exception urgent to ceiling "in an emergency" { when incident require approval of board cites "p. 5" }
lead may veto deploy
duty report "reports" { by lead to board every 1 month from launch until incident when exploit cites "p. 6" }
duty tell { by lead within 5 days of incident }
evaluate beyond 2x effective_compute or every 6 months or after launch
amend when loosening requires approval of board
changes from "0" { looser ceiling "why" }
invariant never_high { never deploy when bio.post >= high }
invariant guarded_always { always require guard before deploy when exploit }
"""

MEANING = [
    ("policy acme", "policy acme2"),
    ('"Acme"', '"Acme Ltd"'),
    ('version "1" source', 'version "2" source'),
    ('source "report"', 'source "web"'),
    ("effective 2026-01-01", "effective 2026-01-03"),
    ("force voluntary", "force legal"),
    ("confidence 95%", "confidence 90%"),
    ("confidence 95%", "confidence 95% anytime"),
    (" across attempts", ""),
    ("approved by board on 2026-01-02", "approved by lead on 2026-01-02"),
    ("approved by board on 2026-01-02", ""),
    ("low < medium < high", "low < high < medium"),
    ("low < medium < high", "low < medium < high < critical"),
    ("sl1 < sl2 < sl3", "sl1 < sl3 < sl2"),
    ('stage pre "before"', 'stage pre "earlier"'),
    ("stage pre", "stage later stage pre"),
    ('"to all"', '"to the public"'),
    ("action develop\n", "action develop action share\n"),
    ('role board "the board"', 'role board "a board"'),
    ("role lead\n", "role lead role public\n"),
    ('event launch "we launch"', 'event launch "they launch"'),
    ("event incident\n", "event incident event accident\n"),
    ("attribute held_out: yes_no", "attribute spare: rate attribute held_out: yes_no"),
    ("not seen in training", "unseen"),
    ("parameter grace: duration = 3 days", "parameter grace: duration = 4 days"),
    ("parameter grace: duration = 3 days", "parameter grace: duration"),
    ('"how long"', '"for how long"'),
    ("parameter open: rate", "parameter open: rate = 5%"),
    ('"a guard"', '"the guard"'),
    ("attested by board valid 30 days", "attested by lead valid 30 days"),
    ("attested by board valid 30 days", "attested by board valid 31 days"),
    ("attested by board valid 30 days", "attested by board"),
    ("valid 30 days", "valid 30 business days"),
    ('cites "p. 1"', 'cites "p. 11"'),
    ('cites "p. 1"', 'cites "p. 1" cites "p. 2"'),
    ("holds when refusals.pre >= 90%", "holds when refusals.pre > 90%"),
    ("attested by lead holds when refusals.pre >= 90%", "attested by lead"),
    ("control vague { undefined }", "control vague { attested by board }"),
    ('"solved"', '"solved tasks"'),
    ("speed: factor", "speed: count"),
    ("speed: factor", "speed: factor unstaged"),
    ("speed >= 2", "speed >= 2.5"),
    ("from inspect", "from lm_eval"),
    ('"cybench"', '"cybench2"'),
    ('version "1" metric', 'version "2" metric'),
    ('metric "accuracy"', 'metric "mean"'),
    ("margin 5%", "margin 6%"),
    ("margin 5%", ""),
    ("unit family", "unit sample"),
    ("score pass@2", "score pass@3"),
    ("refusal as safe", "refusal as dangerous"),
    ("refusal as safe", "error as safe"),
    ("runs registered", ""),
    ("needs n >= 40", "needs n > 40"),
    ("needs n >= 40", "needs n >= 41"),
    ("n >= 40, held_out", "n >= 40, not held_out"),
    ("n >= 40, held_out", "n >= 40"),
    ("age <= 90 days", "age < 90 days"),
    ("age <= 90 days", "age <= 3 months"),
    ('cites "p. 2"', 'cites "p. 22"'),
    ("{ worse when lower }", "{ worse when higher }"),
    ('"Cyber"', '"Cybersecurity"'),
    ("medium when ctf >= 5%", "medium when ctf > 5%"),
    ("medium when ctf >= 5%", "medium when ctf >= 6%"),
    ("medium when ctf >= 5%", "medium when ctf.pre >= 5%"),
    ("medium when ctf >= 5% or speed >= 2 ", ""),
    ("ctf >= 20% or exploit", "ctf >= 20% and exploit"),
    ("ctf >= 20% or exploit", "ctf >= 20% or not exploit"),
    ("or exploit assessed by lead", "or exploit assessed by board"),
    ("or exploit assessed by lead", "or exploit"),
    ('cites "p. 3"', ""),
    ("category bio: risk { assessed by lead }", "category bio: risk { assessed by board }"),
    ("launch and attempts >= 3", "launch or attempts >= 3"),
    ("launch and attempts >= 3", "launch and attempts >= 4"),
    ("define agentic as launch", "define agentic as incident"),
    ('rule ceiling "only low"', 'rule ceiling "only medium"'),
    ("any category.post >= high", "all category.post >= high"),
    ("any category.post >= high", "at least 2 category.post >= high"),
    ("any category.post >= high", "any category except bio.post >= high"),
    ("any category.post >= high", "any category.pre >= high"),
    ("any category.post >= high", "any category.post >= medium"),
    ("any category.post >= high", "any category.post = medium"),
    ("ctf.post - ctf.pre > 10%", "ctf.post - ctf.pre >= 10%"),
    ("ctf.post - ctf.pre > 10%", "ctf.post + ctf.pre > 10%"),
    ("ctf.post - ctf.pre > 10%", "2 * ctf.post - ctf.pre > 10%"),
    ("forbid deploy.external", "forbid deploy"),
    ("forbid deploy.external", "forbid develop"),
    ("waivable by board", "waivable by lead"),
    ("waivable by board", ""),
    ("strength aim", "strength recommend"),
    ("strength aim", ""),
    ("require weights >= sl2", "require weights >= sl3"),
    ("require weights >= sl2", "require weights"),
    ("at least 1 of (guard, vague)", "at least 2 of (guard, vague)"),
    ("at least 1 of (guard, vague)", "guard"),
    ("approval of 1 of (board, lead) valid grace", "approval of board, lead valid grace"),
    ("approval of 1 of (board, lead) valid grace", "approval of 1 of (board, lead)"),
    ("approval of 1 of (board, lead) valid grace", "consultation of 1 of (board, lead) valid grace"),
    ("valid grace", "valid 3 days"),
    ("require consultation of lead before deploy\n", ""),
    ("notify board before develop", "notify lead before develop"),
    ("notify board before develop", "notify board before deploy"),
    ("within 24 hours of incident", "within 25 hours of incident"),
    ("within 24 hours of incident", "within 24 hours of launch"),
    ("notify board within 24 hours of incident", "notify lead within 24 hours of incident"),
    ("interpretation narrow", "interpretation tight"),
    ("interpretation narrow when exploit", "interpretation narrow when launch"),
    ("(ctf.pre < open)", "(ctf.pre <= open)"),
    ("rule hint", "rule nudge"),
    ("exception urgent to ceiling", "exception urgent to guarded"),
    ("exception urgent to ceiling", "exception urgent to ceiling, guarded"),
    ('"in an emergency"', '"at once"'),
    ("{ when incident require", "{ when launch require"),
    ('require approval of board cites "p. 5"', 'cites "p. 5"'),
    ("require approval of board cites", "require approval of board before deploy.internal cites"),
    ("lead may veto deploy", "board may veto deploy"),
    ("lead may veto deploy", "lead may veto deploy.internal"),
    ("lead may veto deploy\n", ""),
    ('duty report "reports"', 'duty report "a report"'),
    ("by lead to board every", "by board to board every"),
    ("by lead to board every", "by lead every"),
    ("every 1 month from", "every 2 months from"),
    ("from launch until", "until"),
    (" until incident", ""),
    ("when exploit cites", "when launch cites"),
    ("within 5 days of incident", "within 6 days of incident"),
    ("within 5 days of incident", "within 5 days of launch"),
    ("beyond 2x", "every 2x"),
    ("beyond 2x", "beyond 3x"),
    ("every 6 months", "every 7 months"),
    ("or after launch", "or after incident"),
    ("or after launch", ""),
    ("amend when loosening", "amend when tightening"),
    ("loosening requires approval of board", "loosening requires consultation of board"),
    ("loosening requires approval of board", "loosening requires approval of lead"),
    ('changes from "0"', 'changes from "00"'),
    ("looser ceiling", "stricter ceiling"),
    ('looser ceiling "why"', 'looser ceiling "because"'),
    ("never deploy when", "never develop when"),
    ("when bio.post >= high }", "when bio.post >= medium }"),
    ("always require guard before", "always require weights before"),
    ("before deploy when exploit }", "before deploy }"),
    ("rule disputed {", 'rule disputed { cites "p. 9"'),
]
"""Each changes what the policy means, or what it says of itself."""

LAYOUT = [
    ("confidence 95%", "confidence 0.95"),
    ("when ctf >= 20%", "when ctf >= 0.2"),
    ('version "1" source "report"', 'source "report" version "1"'),
    ("role lead\n", "role lead # a comment\n"),
    ("speed >= 2 high when", "speed >= 2 # a comment\n\n  high when"),
    ("ctf >= 20% or exploit", "exploit or ctf >= 20%"),
    ("ctf >= 20% or exploit", "(exploit) or (ctf >= 20% or exploit)"),
    ("ctf >= 20%", "not ctf < 20%"),
    (
        "medium when ctf >= 5% or speed >= 2 high when ctf >= 20% or exploit assessed",
        "high when ctf >= 20% or exploit medium when ctf >= 5% or speed >= 2 assessed",
    ),
    ("launch and attempts >= 3", "attempts >= 3 and launch"),
    ("attempts >= 3", "3 <= attempts"),
    ("attempts >= 3", "2 * attempts >= 6"),
    ("ctf.post - ctf.pre > 10%", "-ctf.pre + ctf.post - 5% > 5%"),
    ("ctf.post - ctf.pre > 10%", "ctf.pre - ctf.post < -10%"),
    ("(ctf.pre < open)", "(open > ctf.pre)"),
    ("beyond 2x effective_compute or every 6 months", "every 6 months or beyond 2x effective_compute"),
    ("evaluate beyond 2x effective_compute or", "evaluate beyond 2x effective_compute\nevaluate"),
    ("needs n >= 40, held_out, age", "needs held_out needs n >= 40 needs age"),
    ("forbid deploy.external\n", "forbid deploy.external forbid deploy.external\n"),
    ("{ worse when lower }", "{ worse when lower unit task score mean }"),
    ("finding unstaged\n", "finding { unstaged }\n"),
    ("strength aim", "strength aim # weak\n"),
    (
        "notify board before develop\n  notify board within 24 hours of incident",
        "notify board within 24 hours of incident notify board before develop",
    ),
    ("exception urgent to ceiling", "exception urgent to ceiling, ceiling"),
    ("invariant guarded_always {", 'test "t" { expect deploy not permitted }\ninvariant guarded_always {'),
    ("1 month", "1 months"),
]
"""None of these changes what the policy means."""


MANY = settings(max_examples=30)
"""How many random policies a law is tried on."""


def graph_of(text: str) -> Graph:
    """The graph of a policy."""
    return compiled_text(text).graph


@pytest.fixture(scope="module")
def base() -> Graph:
    """The graph of the policy of this page."""
    return graph_of(POLICY)


@functools.cache
def changed(old: str, new: str) -> str:
    """The digest of the policy with the first of some text replaced."""
    assert old in POLICY
    return graph_of(POLICY.replace(old, new, 1)).digest


# The digest


@pytest.mark.parametrize(("old", "new"), MEANING)
def test_meaning_changes_the_digest(old: str, new: str, base: Graph) -> None:
    """Whatever a policy means, or says of itself, is in its digest."""
    assert changed(old, new) != base.digest


def test_changes_of_meaning_differ() -> None:
    """No two changes of meaning have the same digest."""
    assert len({changed(old, new) for old, new in MEANING}) == len(MEANING)


@pytest.mark.parametrize(("old", "new"), LAYOUT)
def test_layout_does_not_change_the_digest(old: str, new: str, base: Graph) -> None:
    """Comments, the order of fields and parts, and other ways to write the same leave the digest as it is."""
    assert changed(old, new) == base.digest


def test_markdown_does_not_change_the_digest(base: Graph) -> None:
    """The same declarations in blocks of a Markdown file are the same policy."""
    head, _, rest = POLICY.partition("measure ctf")
    text = f"# Acme\n\n```policy\n{head}```\n\nMeasured so:\n\n~~~policy\nmeasure ctf{rest}~~~\n"
    assert compiled_text(text, "case.policy.md").graph.digest == base.digest


def test_line_ends_do_not_change_the_digest(base: Graph) -> None:
    """A policy with the line ends of another system, or without any but the comments', is the same."""
    assert graph_of(POLICY.replace("\n", "\r\n")).digest == base.digest
    assert graph_of(POLICY.replace("\n", " ")).digest == base.digest


@MANY
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_order_does_not_change_the_digest(seed: int, order: int) -> None:
    """The order of declarations is no meaning."""
    draft = random_policy(random.Random(seed))
    assert graph_of(draft.text()).digest == graph_of(draft.text(order=random.Random(order))).digest


def test_digest_is_of_the_canonical_form(base: Graph) -> None:
    """The digest is that of RFC 8785 over the canonical form, as the library for it writes it."""
    for graph in [base, *graphs_of("graph")]:
        assert graph.digest == "sha256:" + hashlib.sha256(rfc8785.dumps(canonical(graph))).hexdigest() == digest(graph)


# Nodes


@MANY
@given(st.integers(0, 2**32))
def test_nodes_are_in_order_and_each_once(seed: int) -> None:
    """A node's parts come before it, no two nodes are equal, and inputs are each once."""
    graph = graph_of(random_policy(random.Random(seed)).text())
    assert all(part < index for index, node in enumerate(graph.nodes) for part in nodes.parts_of(node))
    assert len(set(graph.nodes)) == len(graph.nodes)
    assert len(set(graph.inputs)) == len(graph.inputs)


# The kept form


@MANY
@given(st.integers(0, 2**32))
def test_kept_form_is_read_back(seed: int) -> None:
    """What is kept is read back as it was, digest and all."""
    graph = graph_of(random_policy(random.Random(seed)).text())
    assert from_text(to_text(graph)) == graph


def test_kept_form_of_the_pages() -> None:
    """So is the graph of every case of the pages."""
    graphs = list(graphs_of("graph", "decide"))
    assert graphs
    assert all(from_text(to_text(graph)) == graph for graph in graphs)


def test_tampering_shows(base: Graph) -> None:
    """Whoever changes a value of the kept form is refused, or decides under another digest; places are no meaning."""
    text = to_text(base)
    rng = random.Random(1)
    dead = unused(base)
    paths = [path for path in leaves(json.loads(text)) if path[:5] not in dead]
    for path in rng.sample(paths, 300):
        kept = json.loads(text)
        change(kept, path, rng)
        assert told_apart(kept, base), path


def leaves(kept: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where plain values stand in a kept form, but for places in files and the digest."""
    if not isinstance(kept, list):
        yield path
    elif kept and kept[0] != "Where":
        for index, part in enumerate(kept):
            if path != (1, 1) or index != len(kept) - 1:
                yield from leaves(part, (*path, index))


def unused(graph: Graph) -> set[tuple[int, ...]]:
    """Where nodes stand that nothing rests on: they were made on the way to others, and decide nothing."""
    needs = [*(n for item in graph.rules for n in item.requirements)]
    needs += [n for item in graph.exemptions for n in item.requirements]
    live = {item.body for item in graph.rules} | {item.body for item in graph.exemptions}
    live |= {item.body for item in graph.duties} | {index for need in needs for index in need.nodes}
    live |= {index for category in graph.categories for _, indices in category.reached for index in indices}
    live |= {index for category in graph.categories for _, _, index in category.clauses}
    live |= {index for claim in graph.invariants for index in (claim.body, claim.control) if index is not None}
    named = (nodes.Holds, nodes.Reached, nodes.Defined, nodes.Threshold)
    live |= {index for index, node in enumerate(graph.nodes) if isinstance(node, named)}
    waiting = list(live)
    while waiting:
        below = set(nodes.parts_of(graph.nodes[waiting.pop()])) - live
        live |= below
        waiting += below
    field = list(nodes.Graph.__dataclass_fields__).index("nodes")
    return {(1, 1, field, 1, index) for index in range(len(graph.nodes)) if index not in live}


def change(kept: Any, path: tuple[int, ...], rng: random.Random) -> None:
    """Put another value of the same type at a place."""
    *way, last = path
    for step in way:
        kept = kept[step]
    value = kept[last]
    match value:
        case bool():
            kept[last] = not value
        case int():
            kept[last] = value + rng.choice((-1, 1))
        case str():
            kept[last] = rng.choice((value + "x", value[1:] or "y", "1/3"))
        case _:
            kept[last] = rng.choice(("x", 1, ["", []]))


def told_apart(kept: Any, base: Graph) -> bool:
    """Whether a kept form is refused, or has another digest."""
    try:
        return from_text(json.dumps(kept)).digest != base.digest
    except ValueError:
        return True


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "[1]",
        "[0, 1]",
        "[1, 1]",
        '[1, ["Graph", []]]',
        '[1, ["Nothing", []]]',
        '[1, ["/", "1/0"]]',
        '[1, ["/", "one"]]',
        '[1, ["k", "weight"]]',
        '[1, ["", 3]]',
        '[1, ["Where", ["a", 1, 2, 3]]]',
        '[1, ["Graph", ' + "[" * 5000 + "]" * 5000 + "]]",
    ],
)
def test_what_is_no_kept_form_is_refused(text: str) -> None:
    """A text of another form is refused, and nothing worse happens."""
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


def test_parts_after_their_whole_are_refused(base: Graph) -> None:
    """A kept form whose nodes are out of order is refused: whoever walks it would not end."""
    kept = json.loads(to_text(base))
    index = next(i for i, node in enumerate(base.nodes) if isinstance(node, nodes.Opposite))
    node_field = list(nodes.Graph.__dataclass_fields__).index("nodes")
    for part in (index, -1):
        kept[1][1][node_field][1][index] = ["Opposite", [part]]
        with pytest.raises(ValueError, match=r"order|kept"):
            from_text(json.dumps(kept))


# The drawn graph


def test_drawn_graph_is_acyclic_and_reaches_verdicts(base: Graph) -> None:
    """There is no ring, every rule that binds reaches the verdicts it covers, and one that advises reaches none."""
    for graph in [base, *graphs_of("graph", "decide")]:
        drawn = digraph(graph)
        assert networkx.is_directed_acyclic_graph(drawn)
        for rule in graph.rules:
            reached = networkx.descendants(drawn, f"rule {rule.name}")
            verdicts = {name for name in reached if name.startswith("verdict ")}
            assert verdicts == {f"verdict {action}" for action in rule.covers if rule.strength == "must"}


def test_drawn_graph_says_what_each_node_is(base: Graph) -> None:
    """Every node has a kind and a label, and what stands in the policy says where and what it cites."""
    drawn = digraph(base)
    assert all(set(told) == {"kind", "label", "cites", "where"} for _, told in drawn.nodes(data=True))
    assert all(told["kind"] and told["label"] for _, told in drawn.nodes(data=True))
    line = POLICY[: POLICY.index("rule ceiling")].count("\n") + 1
    assert drawn.nodes["rule ceiling"] == {
        "kind": "rule",
        "label": "only low",
        "cites": ("p. 4",),
        "where": ("case.policy", line),
    }
    assert drawn.nodes["measure ctf.pre"]["cites"] == ("p. 2",)
    assert drawn.nodes["level cyber.post >= high"]["cites"] == ("p. 3",)
    assert drawn.nodes["control guard"]["cites"] == ("p. 1",)
    kinds = {told["kind"] for _, told in drawn.nodes(data=True)}
    assert kinds == {
        *("measure", "attempts", "parameter", "event", "threshold", "condition", "attestation", "assessment", "and"),
        *("or", "at least", "not", "interpretations", "level", "control", "definition", "constant", "rule"),
        *("requirement", "obligation", "exception", "veto", "verdict"),
    }


def test_drawn_graph_goes_from_what_is_needed_to_what_needs_it(base: Graph) -> None:
    """From a measure over levels and rules to a verdict; from an event to a clock; from an exception to its rule."""
    drawn = digraph(base)
    assert networkx.has_path(drawn, "measure ctf.post", "verdict deploy.external")
    assert not networkx.has_path(drawn, "measure refusals.pre", "verdict develop")
    assert networkx.has_path(drawn, "measure refusals.pre", "verdict deploy.internal")
    assert drawn.has_edge("event incident", "obligation guarded 1")
    assert drawn.has_edge("exception urgent", "rule ceiling")
    assert drawn.has_edge("veto 1", "verdict deploy.internal")
    assert drawn.has_edge("event launch", "duty report")
    assert not list(drawn.predecessors("measure ctf.pre"))


def test_an_example_asks_no_more_than_its_result(base: Graph) -> None:
    """The form that tests are decided with asks nothing of a reading: no need, confidence, register or cadence."""
    example = base.example
    assert example.header.confidence is None
    assert not example.cadences
    assert not [measure.name for measure in example.measures if measure.needs or measure.registered]
    assert (example.rules, example.categories, example.nodes) == (base.rules, base.categories, base.nodes)
