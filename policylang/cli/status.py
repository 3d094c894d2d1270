"""The exit statuses, and what each of them means."""

from collections.abc import Mapping
from enum import IntEnum


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
