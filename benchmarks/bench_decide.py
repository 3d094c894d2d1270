"""One decision with full reasons in process, policy loaded, against plain Python written by hand for the same policy.

Both get their input in their own form and give four verdicts and every rule behind them; ours gives the conditions
under each rule too, and decides on intervals exactly. What turns a document into our form is timed beside it.
"""

import sys
from fractions import Fraction

from made import Document, PlainPython, documents, peer_policy, thresholds
from timing import arguments, head, in_turn, row

from policylang.clocks import parse_moment
from policylang.decide.repeated import Decider, Scores
from policylang.evidence.facts import Evidence, Subject
from policylang.files import compile_source
from policylang.source import Source

SHAPES = ((4, 3), (10, 10))


def scores(decider: Decider, document: Document) -> Scores:
    """A document in our form, its floats read as the decimals they were written as."""
    given = {
        (f"{category}_{name}", stage): Fraction(str(score))
        for stage, categories in document.items()
        for category, measures in categories.items()
        for name, score in measures.items()
    }
    return decider.scores(given)


def main() -> int:
    """Print one row for each shape, after both have agreed on every document."""
    asked = arguments(__doc__)
    head("one decision with reasons")
    for categories, measures in SHAPES[:1] if asked.smoke else SHAPES:
        table = thresholds(categories, measures)
        graph = compile_source(Source(name="peer.policy", text=peer_policy(table))).graph
        decider = Decider(graph, Evidence(subject=Subject(model="x")), parse_moment("2026-01-01"))
        plain = PlainPython(table)
        made = documents(table, 200 if asked.smoke else 5000)
        ready = [scores(decider, document) for document in made]
        for document, score in zip(made, ready, strict=True):
            outcomes = decider.decide(score)
            rules = sorted(reason.rule for outcome in outcomes.values() for reason in outcome.reasons)
            expected = plain.decide(document)
            assert rules == sorted(expected["reasons"]), document  # type: ignore[call-overload]  # they are names
        ours, theirs, ratio = in_turn(
            lambda d=decider, r=ready: [d.decide(score) for score in r],  # type: ignore[misc]  # bound per shape
            lambda p=plain, m=made: [p.decide(document) for document in m],  # type: ignore[misc]  # bound per shape
            asked.rounds or (1 if asked.smoke else 15),
        )
        count = len(made)
        row(
            f"{categories} categories x {measures} measures, {count} agree", ours / count, theirs / count, ratio, goal=5
        )
        into, _, _ = in_turn(lambda d=decider, m=made: [scores(d, document) for document in m], lambda: None, 1)  # type: ignore[misc]  # bound per shape
        print(f"    a document into our form: {into / count * 1e6:.0f} µs")
    return 0


if __name__ == "__main__":
    sys.exit(main())
