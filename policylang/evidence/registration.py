"""`runs registered`: of such a measure only runs count that were announced before they began, and each that was does.

An announced run without a result counts as the worst one, since that is what somebody who hides it has to hide; and a
result that nobody announced is one of nobody knows how many.
"""

from policylang.evidence.facts import Evidence, Intent, Reading, Subject
from policylang.graph.nodes import Graph, Measure


def why_unregistered(measure: Measure, reading: Reading, evidence: Evidence) -> list[str]:
    """Why a reading is not the result of a registered run; empty when it is one, or need not be."""
    if not measure.registered:
        return []
    register, subject = evidence.register, evidence.subject
    if register is None:
        return ["its runs must be registered, and no run register was given"]
    announced = [intent for intent in register if _is_of(reading, intent)]
    if not announced:
        run = "it states no run" if reading.run is None else f"run {reading.run} was not registered"
        return [f"its runs must be registered, and {run}"]
    intent = announced[0]
    if intent.revision not in (None, subject.revision) or intent.configuration not in (None, subject.configuration):
        return ["its run was registered for another revision or configuration than the subject states"]
    if reading.at is None:
        return ["its date is not stated, so nothing shows that it was registered before it began"]
    if reading.at.first < intent.at.last:
        return [f"its run was registered on {intent.at}, and it is of {reading.at}"]
    if intent.n is not None and (reading.n is None or reading.n < intent.n):
        has = "does not state its number of units" if reading.n is None else f"has {reading.n}"
        return [f"{intent.n} units were registered, and it {has}"]
    return []


def without_result(graph: Graph, evidence: Evidence) -> list[tuple[Measure, Intent]]:
    """The registered runs of this subject that have no result, of measures whose runs must be registered."""
    return [
        (graph.measure[intent.measure], intent)
        for intent in evidence.register or ()
        if intent.measure in graph.measure
        and graph.measure[intent.measure].registered
        and intent.stage in graph.measure[intent.measure].stages
        and _may_be_of(evidence.subject, intent)
        and not any(_is_of(reading, intent) and _is_whole(reading) for reading in evidence.readings)
    ]


def _is_of(reading: Reading, intent: Intent) -> bool:
    return (reading.run, reading.measure, reading.stage) == (intent.run, intent.measure, intent.stage)


def _is_whole(reading: Reading) -> bool:
    """Whether a run came to a result: whoever could end a run that looks bad would hide what it was to show."""
    return reading.status == "success" and not reading.faults


def _may_be_of(subject: Subject, intent: Intent) -> bool:
    """Whether a run was of this subject, as far as both say."""
    pairs = ((intent.revision, subject.revision), (intent.configuration, subject.configuration))
    return all(its is None or ours is None or its == ours for its, ours in pairs)
