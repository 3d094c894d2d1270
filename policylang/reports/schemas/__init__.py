"""The JSON Schemas (2020-12) of what is printed with `--format json`: what each key says, to write a reader by."""

from policylang.reports.schemas.decisions import (
    agenda_schema,
    decision_schema,
    decisions_schema,
    digest_schema,
    error_schema,
    tests_schema,
)
from policylang.reports.schemas.drawing import graph_schema
from policylang.reports.schemas.explanations import explanation_schema
from policylang.reports.schemas.layout import layout_schema
from policylang.reports.schemas.lint import lint_schema
from policylang.reports.schemas.measuring import eval_plan_schema, measured_schema
from policylang.reports.schemas.proofs import (
    answers_schema,
    blame_schema,
    difference_schema,
    log_schema,
    proof_schema,
    proofs_schema,
)

__all__ = [
    "agenda_schema",
    "answers_schema",
    "blame_schema",
    "decision_schema",
    "decisions_schema",
    "difference_schema",
    "digest_schema",
    "error_schema",
    "eval_plan_schema",
    "explanation_schema",
    "graph_schema",
    "layout_schema",
    "lint_schema",
    "log_schema",
    "measured_schema",
    "proof_schema",
    "proofs_schema",
    "tests_schema",
]
