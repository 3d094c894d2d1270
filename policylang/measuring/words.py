"""Names of rows, files and fields in the errors of measuring."""

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.document import shown as _shown


def shown(text: object) -> str:
    """A text from outside in backticks: one line, nothing invisible, cut where it is long."""
    return _shown(str(text))


def refused(code: str, message: str, remedy: str) -> EvidenceError:
    """The error that something cannot be measured; the message names the place."""
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=remedy)])
