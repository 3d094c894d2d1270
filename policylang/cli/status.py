"""The exit statuses, and what each of them means."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from policylang.decide.decision import Decision, Verdict
from policylang.reports.amounts import counted
from policylang.reports.several import Joint


class ExitStatus(IntEnum):
    """How a call ends. Only 0 permits, and no option or format changes it."""

    PERMITTED = 0
    REFUSED = 1
    NOT_JUDGED = 2
    UNDETERMINED = 3

    DONE = 0
    """The same as PERMITTED, of commands that judge nothing."""
    FAILED = 1
    """The same as REFUSED, of a test that fails."""


JUDGED: Mapping[ExitStatus, str] = {
    ExitStatus.PERMITTED: "every action asked for is permitted, a rule covers each, and nothing is overdue",
    ExitStatus.REFUSED: "something is forbidden, conditional or overdue",
    ExitStatus.NOT_JUDGED: "it could not be judged: a wrong call, policy or evidence, or output that cannot be written",
    ExitStatus.UNDETERMINED: "nothing is forbidden, but something is undetermined or not covered by any rule",
}
PRINTED: Mapping[ExitStatus, str] = {
    ExitStatus.DONE: "what was asked for is printed",
    ExitStatus.NOT_JUDGED: "it is not: a wrong call, or output that could not be written",
}


def listed(meanings: Mapping[ExitStatus, str]) -> str:
    """Exit statuses as the help shows them."""
    return "exit status:\n" + "\n".join(f"  {status:d}  {meaning}" for status, meaning in sorted(meanings.items()))


def judged(joints: Sequence[Joint], decisions: Iterable[Decision]) -> tuple[ExitStatus, str]:
    """The status of a decision on the actions asked for, and why it is that one, in words."""
    counts: dict[str, int] = {}
    for joint in joints:
        word = "not covered" if joint.verdict is Verdict.PERMITTED and not joint.covered else joint.verdict.value
        counts[word] = counts.get(word, 0) + 1
    overdue = sum(item.state == "overdue" for decision in decisions for item in decision.obligations)
    refusing = counts.get("forbidden", 0) + counts.get("conditional", 0) + overdue
    words = ("forbidden", "undetermined", "conditional", "not covered")
    said = [f"{counted(counts[word], 'action')} {word}" for word in words if word in counts]
    if overdue:
        said.append(f"{counted(overdue, 'obligation')} overdue")
    if refusing:
        return ExitStatus.REFUSED, ", ".join(said)
    if said:
        return ExitStatus.UNDETERMINED, ", ".join(said)
    return ExitStatus.PERMITTED, JUDGED[ExitStatus.PERMITTED]
