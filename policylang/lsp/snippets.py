"""Declarations to begin with: their gaps are numbered in the order in which they are filled."""

from collections.abc import Mapping

SNIPPETS: Mapping[str, str] = {
    "policy": 'policy ${1:name} "${2:Title}" {\n  version "${3:1.0}"\n  source "${4:document}"\n  confidence 95%\n}\n',
    "use": 'use "${1:vocabulary.policy}"',
    "levels": "levels ${1:risk}: ${2:low} < ${3:medium} < ${4:high}",
    "stage": 'stage ${1:name} "${2:what is judged}"',
    "action": 'action ${1:deploy} "${2:what it permits}"',
    "role": 'role ${1:board} "${2:who it is}"',
    "attribute": "attribute ${1:held_out}: ${2:yes_no}",
    "parameter": "parameter ${1:promptly}: ${2:duration} = ${3:3 business days}",
    "set": "set ${1:promptly} = ${2:2 days}",
    "event": 'event ${1:name} "${2:what happens}"',
    "control": 'control ${1:name} "${2:what it guards}" {\n  attested by ${3:role} valid ${4:180 days}\n}',
    "measure": 'measure ${1:name}: ${2:rate} "${3:what is counted}" {\n  from ${4:inspect} "${5:task}"\n'
    "  worse when ${6|higher,lower|}\n  needs n >= ${7:40}\n}",
    "category": 'category ${1:name}: ${2:risk} "${3:Title}" {\n  ${4:high} when ${5:measure} >= ${6:20%}\n'
    "  assessed by ${7:role}\n}",
    "define": "define ${1:name} as ${2:condition}",
    "rule": 'rule ${1:name} "${2:what it says}" {\n  when ${3:condition}\n'
    '  forbid ${4:action}\n  cites "${5:section}"\n}',
    "exception": "exception ${1:name} to ${2:rule} {\n  when ${3:condition}\n  require approval of ${4:role}\n}",
    "duty": 'duty ${1:name} "${2:what is done}" {\n  by ${3:role} to ${4:board} every ${5:1 month}\n}',
    "evaluate": "evaluate beyond ${1:2x} effective_compute or every ${2:6 months}",
    "amend": "amend when ${1|loosening,tightening|} requires approval of ${2:board}",
    "changes": 'changes from "${1:1.0}" {\n  ${2|looser,stricter,neutral|} ${3:name} "${4:why}"\n}',
    "clause": 'clause ${1:name} "${2:what the framework says}" { cites "${3:p. 1}" }',
    "invariant": "invariant ${1:name} {\n  never ${2:action} when ${3:condition}\n}",
    "situation": "situation ${1:name} {\n  given ${2:all category at low}\n}",
    "test": 'test "${1:what it shows}" {\n  given ${2:measure} = ${3:30%}\n  expect ${4:action} ${5:forbidden}\n}',
}
"""By the word they begin with."""
