"""The schemas of what `policyc eval` prints: what was measured, and what it would take."""

from policylang.reports.measured import MEASURED, PLAN
from policylang.reports.schemas.parts import (
    COUNT,
    NUMBER,
    TEXT,
    TEXT_OR_NULL,
    Schema,
    fields,
    list_of,
    mapping,
    said,
    schema_of,
)

_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}

_TASK = fields(
    {
        "task": TEXT,
        "measure": TEXT,
        "stage": TEXT_OR_NULL,
        "run": TEXT_OR_NULL,
        "status": said(TEXT_OR_NULL, "`success`, or `cancelled`, which is no evidence of safety"),
        "n": said(_COUNT_OR_NULL, "units planned"),
        "left_out": said(COUNT, "units that a rule to stop by had no need of"),
        "successes": _COUNT_OR_NULL,
        "unscored": mapping(COUNT, "units without an outcome, by the reason"),
        "interval": {"type": ["array", "null"], "items": NUMBER, "minItems": 2, "maxItems": 2},
    }
)


def measured_schema() -> Schema:
    """What `policyc eval --format json` prints."""
    return schema_of(
        MEASURED,
        "What was measured",
        {
            "model": TEXT,
            "revision": TEXT,
            "configuration": TEXT_OR_NULL,
            "evidence": said(TEXT, "the file that the evidence is in"),
            "requests": fields({"asked": COUNT, "known": said(COUNT, "answered before, and kept")}),
            "tasks": list_of("task", "every task at every stage"),
        },
        {"task": _TASK},
    )


def eval_plan_schema() -> Schema:
    """What `policyc eval --plan --format json` prints."""
    model = fields(
        {
            "model": TEXT,
            "requests": COUNT,
            "distinct": said(COUNT, "requests that are not known yet, each once"),
            "tokens": said(COUNT, "tokens as they are asked"),
            "tokens_fed": said(COUNT, "tokens once what is shared is fed once"),
            "generated": said(COUNT, "new tokens, at most"),
            "seconds": said(TEXT_OR_NULL, "an estimate"),
            "memory": said(_COUNT_OR_NULL, "bytes, an estimate"),
        }
    )
    return schema_of(PLAN, "What measuring would take", {"models": list_of("model", "every model")}, {"model": model})
