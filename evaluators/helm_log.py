"""Run folders of HELM.

A run is complete when its specification, its scenario state, its statistics and the statistics by instance are all
there; that is HELM's own rule. What it can know: the outcome of each instance for each metric, without perturbation, of
the test split (or the validation split, where there is no other). What it cannot: when it ran, which version of HELM
ran it, and how large the dataset is where `max_eval_instances` cut it.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

from .agreement import mean, same
from .json_stream import Reading, chunks_of, whole_value
from .record import Attempt, LogRecord, ScoreRecord, exact, items, mapping, refused, text, whole

_PARTS = ("run_spec.json", "scenario_state.json", "stats.json", "per_instance_stats.json")
_SPLITS = ("test", "valid")


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads run folders of HELM."""

    name = "helm"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a folder holds a run."""
        return not head and "run_spec.json" in names and ("stats.json" in names or "per_instance_stats.json" in names)

    def read(self, path: str) -> list[LogRecord]:
        """The log in a folder; raises EvidenceError."""
        folder = Path(path)
        spec = mapping(_value(folder / "run_spec.json"))
        name = text(spec.get("name"))
        if not name:
            raise refused("E306", f"`{path}` looks like a run of HELM and has no name", "take the folder as written")
        missing = [part for part in _PARTS if not (folder / part).is_file()]
        instances = _Instances()
        if "per_instance_stats.json" not in missing:
            reading = Reading(str(folder / "per_instance_stats.json"), chunks_of(folder / "per_instance_stats.json"))
            for row in reading.items():
                instances.add(mapping(row))
            reading.finish()
        stats = items(_value(folder / "stats.json")) if "stats.json" not in missing else []
        return [_record(spec, name, instances, (stats, missing))]


def _value(path: Path) -> Any:
    return whole_value(str(path), chunks_of(path))


class _Instances:
    """The outcomes by split, metric and instance."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.outcomes: dict[tuple[str, str], dict[str, list[Attempt]]] = {}

    def add(self, row: dict[str, Any]) -> None:
        """Take the statistics of one instance."""
        if row.get("perturbation"):
            return
        unit = text(row.get("instance_id")) or f"instance {len(self.seen)}"
        self.seen.add(unit)
        for entry in items(row.get("stats")):
            stat = mapping(entry)
            name = mapping(stat.get("name"))
            value = exact(stat.get("mean"))
            if value is None or name.get("perturbation") or name.get("sub_split"):
                continue
            key = (text(name.get("split")), text(name.get("name")))
            self.outcomes.setdefault(key, {}).setdefault(unit, []).append((value, ""))

    def split(self) -> str:
        """The split that counts."""
        splits = {split for split, _ in self.outcomes}
        return next((split for split in _SPLITS if split in splits), "")


def _record(spec: dict[str, Any], name: str, instances: _Instances, rest: tuple[list[Any], list[str]]) -> LogRecord:
    stats, missing = rest
    adapter = mapping(spec.get("adapter_spec"))
    split = instances.split()
    scores = [
        _score(metric, outcomes, _stated(stats, split, metric))
        for (of, metric), outcomes in sorted(instances.outcomes.items())
        if of == split
    ]
    limit = whole(adapter.get("max_eval_instances"))
    units = {unit for (of, _), found in instances.outcomes.items() if of == split for unit in found}
    whole_set = limit is None or len(instances.seen) < limit
    plain = ",".join(part for part in name.split(",") if not part.startswith(("model=", "model_deployment=")))
    return LogRecord(
        tool="helm",
        tasks=list(dict.fromkeys((name, plain))),
        model=text(adapter.get("model")) or text(adapter.get("model_deployment")),
        configuration={"split": split, "model_deployment": text(adapter.get("model_deployment"))},
        status="incomplete" if missing else "success",
        planned=len(units) if whole_set else None,
        epochs=whole(adapter.get("num_train_trials")) or 1,
        limits={} if limit is None else {"max_eval_instances": str(limit)},
        scores=scores,
        faults=[f"parts of it are missing: {', '.join(missing)}"] if missing else [],
        notes=[] if whole_set else ["its instances were cut at `max_eval_instances`"],
    )


def _stated(stats: list[Any], split: str, metric: str) -> Fraction | None:
    """The mean that the statistics of the run state."""
    for entry in stats:
        name = mapping(mapping(entry).get("name"))
        plain = not name.get("perturbation") and not name.get("sub_split")
        if plain and name.get("split") == split and name.get("name") == metric:
            return exact(mapping(entry).get("mean"))
    return None


def _score(metric: str, outcomes: dict[str, list[Attempt]], stated: Fraction | None) -> ScoreRecord:
    record = ScoreRecord(name=metric, scorer=metric, metrics={metric: stated}, outcomes=outcomes, faults=[])
    found = mean(value for tries in outcomes.values() for value, _ in tries if value is not None)[0]
    if stated is not None and not same(stated, found):
        record["faults"].append(f"it states {float(stated):.6g}, its {len(outcomes)} instances give {float(found):.6g}")
    return record
