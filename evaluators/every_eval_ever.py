"""Records of Every Eval Ever, one log for each result.

What it can know: the model, the evaluation and its metric, the value, its interval and number of samples where stated,
who evaluated in what relation to the developer. What it cannot: how the run ended, when it ran, what came out for each
sample. So a record shows danger and, as nothing says that its run completed, is no evidence of safety.
"""

from typing import Any

from .json_stream import chunks_of, top_keys, whole_value
from .record import LogRecord, ScoreRecord, exact, items, mapping, refused, text, whole


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads records of Every Eval Ever."""

    name = "every_eval_ever"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is such a record."""
        return not names and {"schema_version", "evaluation_id"} <= set(top_keys(head))

    def read(self, path: str) -> list[LogRecord]:
        """The log of every result in a record; raises EvidenceError."""
        found = mapping(whole_value(path, chunks_of(path)))
        version = text(found.get("schema_version"))
        if not version.startswith(("0.2.", "0.3.")):
            raise refused("E305", f"`{path}` is a record of schema `{version[:20]}`", "schemas 0.2 and 0.3 are read")
        results = [mapping(one) for one in items(found.get("evaluation_results"))]
        if not results:
            raise refused("E306", f"`{path}` is a record of Every Eval Ever without results", "take it as published")
        return [_record(found, result) for result in results]


def _record(found: dict[str, Any], result: dict[str, Any]) -> LogRecord:
    model, source, library = (mapping(found.get(key)) for key in ("model_info", "source_metadata", "eval_library"))
    metric, details = mapping(result.get("metric_config")), mapping(result.get("score_details"))
    uncertainty = mapping(details.get("uncertainty"))
    interval = mapping(uncertainty.get("confidence_interval"))
    value = exact(details.get("score"))
    name = text(metric.get("metric_id")) or text(metric.get("metric_name")) or "score"
    score = ScoreRecord(
        name=name, scorer=name, metrics={name: value}, n=whole(uncertainty.get("num_samples")), faults=[]
    )
    low, high = exact(interval.get("lower")), exact(interval.get("upper"))
    if low is not None and high is not None and low <= high:
        score["lower"], score["upper"] = low, high
    least, most = exact(metric.get("min_score")), exact(metric.get("max_score"))
    if value is None:
        score["faults"].append("its score is no number")
    elif (least is not None and value < least) or (most is not None and value > most):
        score["faults"].append("its score lies outside the range that it states itself")
    plain = {key: text(source.get(key)) for key in ("source_organization_name", "evaluator_relationship")}
    harness = " ".join(filter(None, (text(library.get("name")), text(library.get("version")))))
    return LogRecord(
        tool="every_eval_ever",
        version=text(found.get("schema_version")),
        tasks=[text(result.get("evaluation_name")) or "unnamed"],
        model=text(model.get("id")) or text(model.get("name")),
        configuration={**plain, "eval_library": harness},
        status="",
        started=text(result.get("evaluation_timestamp")),
        run=text(found.get("evaluation_id")),
        planned=score["n"],
        scores=[score],
        faults=[],
    )
