"""What a change needs by the old policy, and whether its changelog tells the truth."""

import pytest

from policylang.analysis.compare import difference
from policylang.analysis.governance import claims, needs
from policylang.clocks import parse_moment
from test_symbols import graph_of

OLD = """
policy acme { version "1"  approved by board on 2026-01-01 }
levels risk: low < high
action deploy
role board
role lead "runs the lab"
measure ctf: rate
category cyber: risk { high when ctf >= 20% }
rule ceiling { when cyber >= high forbid deploy }
rule review { require approval of lead before deploy }
amend when loosening requires approval of board, consultation of lead
amend when tightening requires approval of lead
"""
TODAY = parse_moment("2026-11-22")
LOOSER = OLD.replace(">= 20%", ">= 30%")
STRICTER = OLD.replace(">= 20%", ">= 10%")


def wanted(new: str) -> list[tuple[str, str, bool]]:
    """What a revision needs: kind, role, whether it is there."""
    graphs = graph_of(OLD), graph_of(new)
    return [(need.kind, need.role, need.met) for need in needs(*graphs, difference(*graphs), today=TODAY)]


def test_what_a_change_needs_goes_by_its_direction() -> None:
    """Loosening and tightening need what the old policy asks for each, and no change needs nothing."""
    assert wanted(OLD) == []
    assert wanted(LOOSER) == [("approval", "board", False), ("consultation", "lead", False)]
    assert wanted(STRICTER) == [("approval", "lead", False)]


def test_an_approval_of_the_old_revision_is_none_of_the_new() -> None:
    """Only approvals that the old file did not have count, by roles of the old policy."""
    new = LOOSER.replace("approved by board on 2026-01-01", "approved by board on 2026-06-01")
    assert wanted(new) == [("approval", "board", True), ("consultation", "lead", False)]
    both = LOOSER.replace(
        "approved by board on 2026-01-01", "approved by board on 2026-06-01 approved by lead on 2026-06-02"
    )
    assert [met for _, _, met in wanted(both)] == [True, True]


@pytest.mark.parametrize("day", ["2026-01-01", "2025-12-31", "2999-01-01"])
def test_an_approval_of_another_time_is_none(day: str) -> None:
    """An approval from before that of the old revision, or one that is still to come, does not count."""
    new = LOOSER.replace("approved by board on 2026-01-01", f"approved by board on {day}")
    assert wanted(new)[0] == ("approval", "board", False)


def test_a_renamed_role_approves_only_when_it_is_said_to_be_the_same() -> None:
    """A revision cannot put a role of its own in the place of one that must approve: `--map` has to say so."""
    new = LOOSER.replace("board on 2026-01-01", "board on 2026-06-01").replace("board", "intern")
    assert wanted(new)[0] == ("approval", "board", False)
    graphs, mapping = (graph_of(OLD), graph_of(new)), {"roles": {"board": "intern"}}
    found = needs(*graphs, difference(*graphs, mapping=mapping), today=TODAY, mapping=mapping)
    assert found[0].met


def test_a_revision_cannot_free_itself() -> None:
    """A revision that drops what amending needs still needs it, and that is a loosening."""
    new = OLD.replace("amend when loosening requires approval of board, consultation of lead\n", "")
    assert wanted(new) == [("approval", "board", False), ("consultation", "lead", False)]


def test_a_role_that_is_another_body_is_no_rename() -> None:
    """A role with another name and another description may be another body, so that counts as mixed."""
    new = OLD.replace('role lead "runs the lab"', 'role intern "makes the coffee"').replace("of lead", "of intern")
    found = difference(graph_of(OLD), graph_of(new))
    assert found.direction == "mixed"
    stated = difference(graph_of(OLD), graph_of(new), mapping={"roles": {"lead": "intern"}})
    assert stated.direction == "neutral"


def said(new: str) -> dict[str, str]:
    """What is wrong with the changelog of a revision, by name."""
    found = difference(graph_of(OLD), graph_of(new))
    return {claim.name: claim.problem for claim in claims(graph_of(new), found)}


@pytest.mark.parametrize(
    ("claim", "problems"),
    [
        ("", {"cyber": "loosened and not said"}),
        ('changes from "1" { looser cyber "costs too much" }', {"cyber": ""}),
        ('changes from "0" { looser cyber "costs too much" }', {"cyber": "loosened and not said"}),
        ('changes from "1" { stricter cyber "better" }', {"cyber": "said to be stricter, and it is looser"}),
        ('changes from "1" { neutral cyber "layout" }', {"cyber": "said to be neutral, and it is looser"}),
        (
            'changes from "1" { looser cyber "x" stricter review "y" }',
            {"cyber": "", "review": "said to be stricter, and nothing of it changed"},
        ),
    ],
)
def test_the_changelog_is_checked_both_ways(claim: str, problems: dict[str, str]) -> None:
    """What was loosened and not said, and what was said and is not so, are both found."""
    assert said(f"{LOOSER}\n{claim}") == problems
