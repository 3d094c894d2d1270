"""What lints found, for people and for programs: text, JSON, SARIF, and what GitHub and GitLab show beside a change.

One file a format. A policy that does not compile is part of every report, with its errors, in the format asked for.
"""

from policylang.reports.findings.report import FORMATS as FORMATS
from policylang.reports.findings.report import Judged as Judged
from policylang.reports.findings.report import Report as Report
from policylang.reports.findings.report import rendered as rendered
