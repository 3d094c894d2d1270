"""`policyc schema`: the JSON Schema of evidence, and of what is printed with `--format json`."""

import argparse
import json
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import PRINTED, ExitStatus
from policylang.diagnostics import nearest, quoted
from policylang.evidence.schema import evidence_schema
from policylang.reports import schemas


def _suite_schema() -> dict[str, Any]:
    from policylang.measuring.suite import suite_schema  # made by pydantic itself

    return suite_schema()


def _vocabulary_schema() -> dict[str, Any]:
    from policylang.evidence.vocabulary import vocabulary_schema  # made by pydantic too

    return vocabulary_schema()


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "evidence": evidence_schema,
    "suite": _suite_schema,
    "vocabulary": _vocabulary_schema,
    "decision": schemas.decision_schema,
    "decisions": schemas.decisions_schema,
    "tests": schemas.tests_schema,
    "agenda": schemas.agenda_schema,
    "layout": schemas.layout_schema,
    "lint": schemas.lint_schema,
    "digest": schemas.digest_schema,
    "difference": schemas.difference_schema,
    "log": schemas.log_schema,
    "blame": schemas.blame_schema,
    "proof": schemas.proof_schema,
    "proofs": schemas.proofs_schema,
    "answers": schemas.answers_schema,
    "graph": schemas.graph_schema,
    "measured": schemas.measured_schema,
    "eval_plan": schemas.eval_plan_schema,
    "explanation": schemas.explanation_schema,
    "error": schemas.error_schema,
}
_WIDTH = 100
_EXAMPLES = {
    "policyc schema evidence": "what a file of evidence may say",
    "policyc schema decision": "what `policyc check --format json` prints under one policy",
    "policyc schema decisions": "the same under several policies",
}


def words() -> Words:
    """The options of this command."""
    about = textwrap.fill(f"Print a JSON Schema (2020-12): {', '.join(SCHEMAS)}.", _WIDTH)
    return Words("schema", about, usage="NAME", closing=closing(_EXAMPLES, PRINTED)).complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """One schema."""
    del options
    if len(rest) != 1:
        raise CallError("C101", "name one schema", f"one of {quoted(SCHEMAS, 'or')}")
    if rest[0] not in SCHEMAS:
        raise CallError("C101", f"there is no schema `{rest[0]}`", nearest(rest[0], SCHEMAS))
    out = json.dumps(SCHEMAS[rest[0]](), indent=2, ensure_ascii=True) + "\n"
    return Answer(status=ExitStatus.DONE, out=out)
