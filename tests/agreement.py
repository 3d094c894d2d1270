"""What a decision is compared by: the decider's as a plain dict like the oracle's, and the laws between two of them."""

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import oracle
from evidence_text import evidence_text
from policylang import syntax
from policylang.clocks import Moment
from policylang.compile import compile_policy
from policylang.decide import decide
from policylang.diagnostics import EvidenceError, PolicyError
from policylang.evidence.admit import admit
from policylang.evidence.facts import Evidence
from policylang.graph import Graph
from policylang.reports import json
from policylang.source import Source
from strategies import Pair, pair_of, parsed

Plain = dict[str, Any]


def decided(policy_text: str, evidence: Evidence, as_of: Moment) -> Plain:
    """What the decider says, as the oracle would say it."""
    return plain(whole(policy_text, evidence, as_of))


def decided_json(policy_text: str, evidence: Evidence, as_of: Moment) -> bytes:
    """What the decider says, whole, as it is printed."""
    return json.encoded(json.signed(whole(policy_text, evidence, as_of))).encode()


def whole(policy_text: str, evidence: Evidence, as_of: Moment) -> Mapping[str, Any]:
    """All that a decision says, as JSON has it: the one place that knows the decider's interface."""
    policy = compiled(policy_text)
    found = admit([policy], evidence, as_of)
    if found:
        raise EvidenceError(found)
    return json.said(decide(policy, evidence, as_of))


@functools.lru_cache(maxsize=8)
def compiled(policy_text: str) -> Graph:
    """The graph of a policy that takes in no other file."""

    def read(path: str, _: Source) -> Source:
        raise OSError(path)

    return compile_policy(Source(name="random.policy", text=policy_text), read).graph


def expected(policy_text: str, evidence: Evidence, as_of: Moment) -> Plain:
    """What the oracle says."""
    graph = compiled(policy_text)
    shares = None if graph.header.confidence is None else graph.shares
    return oracle.decide(parsed(policy_text), evidence, as_of, shares)


def plain(decision: Mapping[str, Any]) -> Plain:
    """The JSON of a decision, with only what the oracle fixes."""
    actions = {}
    for leaf, found in decision["actions"].items():
        reasons = {(r["rule"] or r["by"], r["effect"], r["fires"], r["waived"]) for r in found["reasons"]}
        outstanding = {(each["rule"], each["requirement"]) for each in found["outstanding"]}
        actions[leaf] = {
            "verdict": found["verdict"],
            "covered": found["covered"],
            "reasons": sorted(reasons),
            "outstanding": sorted(outstanding),
        }
    fields = ("rule", "kind", "to", "start", "due", "state")
    return {
        "scorecard": {
            name: {
                stage.replace(json.UNSTAGED, ""): {end: score[end] for end in ("at_least", "at_most")}
                for stage, score in stages.items()
            }
            for name, stages in decision["scorecard"].items()
        },
        "actions": actions,
        "obligations": sorted({tuple(row[field] or "" for field in fields) for row in decision["obligations"]}),
        "advisories": sorted((row["rule"], row["strength"], row["fires"]) for row in decision["advisories"]),
        "readings": sorted(
            (
                row["measure"],
                row["stage"] or "",
                row["run"] or "",
                row["qualifies"],
                *(end or "" for end in row["interval"]),
            )
            for row in decision["readings"]
        ),
    }


def differences(one: Any, two: Any, at: str = "") -> Iterator[str]:
    """Where two plain decisions differ, one line each."""
    if isinstance(one, dict) and isinstance(two, dict):
        for key in sorted({*one, *two}):
            yield from differences(one.get(key), two.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(one, list) and isinstance(two, list):
        yield from (f"{at}: only in the first: {row}" for row in one if row not in two)
        yield from (f"{at}: only in the second: {row}" for row in two if row not in one)
        if not any(row not in two for row in one) and not any(row not in one for row in two) and one != two:
            yield f"{at}: not as often"
    elif one != two:
        yield f"{at}: {one} is not {two}"


def case_text(pair: Pair, lines: Iterable[str]) -> str:
    """A pair as text to keep: what differs, the date, the policy and the evidence."""
    parts = ["\n".join(lines), f"as of {pair.as_of}", pair.draft.text(), evidence_text(pair.evidence)]
    return "\n\n".join(parts)


# Laws


VERDICTS = oracle.VERDICTS


def unkept(module: syntax.Module, before: Plain, after: Plain) -> Iterator[str]:
    """What was definite of a decision and is not so of one on evidence that says the same and more.

    A rule that an exception names may stop to apply when more is known: an exception that only may hold suspends
    nothing, so what such a rule forbids is not definite in this sense.
    """
    exceptions = [item for item in module.items if isinstance(item, syntax.Exception_)]
    named = {rule.text for exception in exceptions for rule in exception.rules}
    ladders = {
        item.name.text: [n.text for n in item.levels] for item in module.items if isinstance(item, syntax.Levels)
    }
    for item in module.items:
        if isinstance(item, syntax.Category):
            for stage, score in before["scorecard"][item.name.text].items():
                then, levels = after["scorecard"][item.name.text][stage], ladders[item.ladder.text].index
                low, high = levels(score["at_least"]), levels(score["at_most"])
                if not low <= levels(then["at_least"]) <= levels(then["at_most"]) <= high:
                    yield f"{item.name.text} at {stage}: {score}, then {then}"
    for leaf, action in before["actions"].items():
        then = after["actions"][leaf]
        for rule, effect, fires, _ in then["reasons"]:
            known = {(row[0], row[1]) for row in action["reasons"]}
            if effect == "forbid" and (rule, effect) not in known:
                yield f"{leaf}: {rule} did not fire, then {fires}"
        firm = [
            row for row in action["reasons"] if row[1] in ("forbid", "veto") and not row[3] and row[2] == "definitely"
        ]
        kept = any(row[1] == "veto" or row[0] not in named for row in firm)
        allowed = {
            "forbidden": {"forbidden"} if kept else set(VERDICTS),
            "undetermined": set(VERDICTS),
            "conditional": {"permitted", "conditional"},
            "permitted": {"permitted"},
        }
        if then["verdict"] not in allowed[action["verdict"]]:
            yield f"{leaf}: {action['verdict']}, then {then['verdict']}"
        for row in firm:
            if row[0] not in named and tuple(row) not in {tuple(other) for other in then["reasons"]}:
                yield f"{leaf}: {row} no more"


def loosened(before: Plain, after: Plain) -> Iterator[str]:
    """The actions whose verdict is weaker than it was."""
    for leaf, action in before["actions"].items():
        verdict = after["actions"][leaf]["verdict"]
        if VERDICTS.index(verdict) < VERDICTS.index(action["verdict"]):
            yield f"{leaf}: {action['verdict']}, then {verdict}"


def qualified(decision: Plain) -> set[tuple[str, str]]:
    """The measures and stages that have a qualifying reading."""
    return {(measure, stage) for measure, stage, _, qualifies, *_ in decision["readings"] if qualifies}


# Pairs

FAILED = "the decider failed"


def disagreements(pair: Pair) -> list[str]:
    """Where decider and oracle differ on a pair, one line each."""
    text = pair.draft.text()
    try:
        found = decided(text, pair.evidence, pair.as_of)
    except Exception as error:  # noqa: BLE001 - whatever it is, the campaign goes on and tells
        return [f"{FAILED}: {type(error).__name__}: {error}"]
    return list(differences(found, expected(text, pair.evidence, pair.as_of)))


def symptom(pair: Pair) -> str:
    """In what way a pair goes wrong: not at all, by an error of the decider, or by a difference."""
    lines = disagreements(pair)
    return ":".join(lines[0].split(":")[:2]) if lines and lines[0].startswith(FAILED) else "differs" if lines else ""


def smaller(pair: Pair, fails: Callable[[Pair], bool]) -> Pair:
    """A pair that still fails, with as little in it as leaving out one thing at a time finds."""
    changed = True
    while changed:
        changed = False
        for candidate in _without_one(pair):
            try:
                still = fails(candidate)
            except (PolicyError, AssertionError, KeyError, StopIteration):
                continue  # something needed what was left out
            if still:
                pair, changed = candidate, True
                break
    return pair


def _without_one(pair: Pair) -> Iterator[Pair]:
    readings, facts, pieces = pair.evidence.readings, pair.evidence.facts, pair.draft.pieces
    for at in reversed(range(len(pieces))):
        yield replace(pair, draft=replace(pair.draft, pieces=pieces[:at] + pieces[at + 1 :]))
    for at in range(len(facts)):
        yield replace(pair, evidence=replace(pair.evidence, facts=facts[:at] + facts[at + 1 :]))
    for at in range(len(readings)):
        yield replace(pair, evidence=replace(pair.evidence, readings=readings[:at] + readings[at + 1 :]))


def print_some(count: int) -> None:
    """Print the decisions of some pairs, whole: for a process whose surroundings differ."""
    for seed in range(count):
        pair = pair_of(seed, 0)
        sys.stdout.buffer.write(decided_json(pair.draft.text(), pair.evidence, pair.as_of) + b"\n")
