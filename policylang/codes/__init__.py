"""Every code we say once: its title, and the page that `policyc explain CODE` prints.

P1xx is about the text of a policy, P2xx about names, P3xx about kinds and units, P4xx about what cannot work,
P5xx about tests that stand in a policy, L about what is written and hardly meant,
E1xx about evidence files, E2xx about evidence against a policy, E3xx about logs of eval tools,
E4xx about the files of a model, E5xx about measuring models, C1xx about calls.
"""

from policylang.codes.calls import CALLS
from policylang.codes.code import Code as Code
from policylang.codes.evidence import EVIDENCE
from policylang.codes.lint import LINT
from policylang.codes.measuring import MEASURING
from policylang.codes.policy import POLICY
from policylang.codes.practice import PRACTICE

CODES: dict[str, Code] = {**POLICY, **LINT, **PRACTICE, **EVIDENCE, **MEASURING, **CALLS}
