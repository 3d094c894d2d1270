"""Results of lm-evaluation-harness, 0.2 to 0.4, with the samples beside them where they were kept.

One file has the results of many tasks, and gives a log for each. A group stands among the tasks as their mean: it is a
log of its own and feeds a measure only when the measure names it, so nothing counts twice. The samples of a task are
found by name, as the tool wrote them beside the results, and believed by content: the results hold a hash of them.

What it can know: model, revision and arguments, task versions, size of the dataset and how much of it was run, the
outcome of each document where samples are kept, by metric and filter.
What it cannot: whether the run was the only one (nothing is written before the end, so runs that died leave no trace),
when it ran, before 0.4; how many documents are behind a number, before 0.4.3 or so; which answers were refusals.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from .agreement import disagreements, mean, same
from .json_stream import chunks_of, top_keys, values_of, whole_value
from .record import Attempt, LogRecord, ScoreRecord, exact, items, mapping, refused, shown, text, whole

_KEYS = {"results", "groups", "group_subtasks", "configs", "versions", "n-shot", "n-samples", "config"}
_OTHERS = {"eval", "evalId", "config_general", "schema_version", "schema", "evaluation_id"}
_NO_METRIC = ("alias", "name", "sample_len", "sample_count")
_MEANS = ("acc", "acc_norm", "acc_mutual_info", "acc_bytes", "exact_match", "em")
_INVALID = "[invalid]"
_NO_VERSION = ("N/A", "Yaml")  # what the harness writes for tasks and groups that have none
_MAX_TASKS = 5000


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads results of lm-evaluation-harness."""

    name = "lm_eval"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so holds such results."""
        if names:
            return False
        keys = set(top_keys(head))
        return len(keys & _KEYS) >= 2 and not keys & _OTHERS and bool(keys & {"results", "configs", "n-samples"})

    def read(self, path: str) -> list[LogRecord]:
        """The log of every task in a file; raises EvidenceError."""
        whole_file = whole_value(path, chunks_of(path))
        if not isinstance(whole_file, dict) or not mapping(whole_file.get("results")):
            lack = f"`{path}` looks like results of lm-evaluation-harness and has none"
            raise refused("E306", lack, "take the file as the harness wrote it")
        run = _Run(path, whole_file)
        parts = {**mapping(whole_file.get("groups")), **mapping(whole_file["results"])}
        tasks = sorted(task for task, results in parts.items() if isinstance(results, dict))
        if len(tasks) > _MAX_TASKS:
            raise refused("E302", f"`{path}` has {len(tasks)} tasks", f"up to {_MAX_TASKS} are read")
        return [run.record(task) for task in tasks]


class _Run:
    """One file of results."""

    def __init__(self, path: str, found: dict[str, Any]) -> None:
        self.path = path
        self.found = found
        self.config = mapping(found.get("config"))
        self.arguments = _arguments(self.config.get("model_args"))
        groups = mapping(found.get("group_subtasks"))
        self.groups = {text(group): [text(part) for part in items(parts)] for group, parts in groups.items()}

    def record(self, task: str) -> LogRecord:
        """The log of one task or group."""
        both = (mapping(self.found["results"]), mapping(self.found.get("groups")))
        results = next(mapping(part[task]) for part in both if isinstance(part.get(task), dict))
        original, effective = self.sizes(task, results)
        samples, sample_faults = self.samples(task, effective)
        scores = _scores(results, samples, effective, alone=task not in self.groups)
        model = text(self.found.get("model_name")) or text(self.arguments.get("pretrained"))
        model = model or text(self.config.get("model_args")) or text(self.config.get("model"))
        kind = text(self.config.get("model"))
        faults = [*sample_faults, *self.limited(results, (original, effective)), *self.incomplete(task)]
        if kind == "dummy":
            faults.append("its model is `dummy`: no model, or a mock")
        date = _date(self.found.get("date"))
        return LogRecord(
            tool="lm_eval",
            version=text(self.found.get("lm_eval_version")),
            tasks=[task or "unnamed"],
            task_version=self.version(task),
            model=model,
            revision=text(self.config.get("model_sha")) or text(self.arguments.get("revision")),
            configuration=self.configuration(task),
            status="success",  # the file is written once, when all is done
            started=date,
            completed="",
            run=text(self.found.get("date")),
            commit=text(self.found.get("git_hash")),
            planned=original,
            epochs=1,
            attempts=(original, effective),
            limits={"limit": text(self.config["limit"])} if self.config.get("limit") is not None else {},
            scores=scores,
            faults=faults,
            notes=["its time is when the harness started, in seconds"] if date else [],
        )

    def version(self, task: str) -> str:
        """The version of a task, where it has one."""
        version = mapping(self.found.get("versions")).get(task)
        return "" if version in (None, *_NO_VERSION) else text(version)

    def configuration(self, task: str) -> dict[str, str]:
        """Facts about how the model was run."""
        plain = {f"model_args.{key}": text(value)[:200] for key, value in self.arguments.items() if text(value)}
        for key in ("model", "batch_size", "model_dtype", "gen_kwargs", "num_fewshot", "fewshot_seed", "random_seed"):
            if text(self.config.get(key)):
                plain[key] = text(self.config[key])[:200]
        for key in ("chat_template_sha", "system_instruction_sha", "transformers_version"):
            if text(self.found.get(key)):
                plain[key] = text(self.found[key])[:200]
        shots = text(mapping(self.found.get("n-shot")).get(task))
        return {**plain, **({"n-shot": shots} if shots else {})}

    def leaves(self, task: str, depth: int = 0) -> list[str]:
        """The tasks of a group, groups in it resolved; the task itself where it is none."""
        parts = self.groups.get(task) or []
        if not parts or depth > 20:
            return [task]
        return sorted({leaf for part in parts for leaf in self.leaves(part, depth + 1)})

    def sizes(self, task: str, results: dict[str, Any]) -> tuple[int | None, int | None]:
        """How many documents a task has, and how many were run."""
        counts = mapping(self.found.get("n-samples"))
        both = [mapping(counts.get(leaf)) for leaf in self.leaves(task)]
        originals = [whole(one.get("original")) for one in both]
        effectives = [whole(one.get("effective")) for one in both]
        original = None if None in originals else sum(size or 0 for size in originals)
        effective = None if None in effectives else sum(size or 0 for size in effectives)
        stated = whole(results.get("sample_len"))
        return original, stated if effective is None else effective

    def limited(self, results: dict[str, Any], sizes: tuple[int | None, int | None]) -> list[str]:
        """Whether a limit may have left out documents that nothing counts; a limit beyond them leaves out none."""
        original, effective = sizes
        limit = exact(self.config.get("limit"))
        if limit is not None and limit >= 1 and original is not None and original <= limit == effective:
            return [f"it ran under a limit of {text(self.config['limit'])}, and states a dataset of no more"]
        if original is not None and effective is not None and effective > original:
            return [f"it ran {effective} documents of {original}"]
        if limit is None or original is not None:
            return []
        found = [size for size in map(_size_from_error, _values(results)) if size is not None]
        if found and all(size + 1 < limit for size in found):
            return []
        return [f"it ran under a limit of {text(self.config['limit'])}, and the size of its dataset is not stated"]

    def incomplete(self, task: str) -> list[str]:
        """Parts of a group that have no results."""
        missing = [leaf for leaf in self.leaves(task) if leaf not in mapping(self.found["results"])]
        return [f"parts of it have no results: {', '.join(map(shown, missing[:3]))}"] if missing else []

    # Samples

    def samples(self, task: str, effective: int | None) -> tuple["_Samples | None", list[str]]:
        """The samples of a task that lie beside the results, and what does not fit about them."""
        path = self.beside(task)
        if path is None:
            return None, []
        samples = _Samples()
        for row in values_of(path):
            samples.add(mapping(row))
        faults = []
        stated = text(mapping(self.found.get("task_hashes")).get(task))
        if stated and stated not in samples.hashes():
            faults.append("the samples beside it are not the ones its results are of: their hash is another")
        if effective is not None and len(samples.units) != effective:
            faults.append(f"it ran {effective} documents and has {len(samples.units)} samples")
        return samples, faults

    def beside(self, task: str) -> Path | None:
        """The file of samples that the harness wrote with these results."""
        here = Path(self.path)
        stamp = here.name.removeprefix("results_").removesuffix(".json")
        if stamp == here.name or not here.name.startswith("results_") or "/" in task or "\\" in task or "\0" in task:
            return None
        path = here.with_name(f"samples_{task}_{stamp}.jsonl")
        return path if path.is_file() else None


class _Samples:
    """The samples of a task: the outcomes by metric and filter, and what their hash is made of."""

    def __init__(self) -> None:
        """Begin with none."""
        self.units: set[str] = set()
        self.outcomes: dict[tuple[str, str], dict[str, list[Attempt]]] = {}
        self.stated: dict[tuple[str, str], list[Fraction]] = {}
        self._hashes: dict[str, Any] = {}

    def add(self, row: dict[str, Any]) -> None:
        """Take one sample."""
        unit = text(row.get("doc_id")) or f"sample {len(self.units) + 1}"
        kind = text(row.get("filter")) or "none"
        self.units.add(unit)
        parts = "".join(text(row.get(key)) for key in ("doc_hash", "prompt_hash", "target_hash"))
        for key in ("", kind):  # over all rows, and over those of one filter
            self._hashes.setdefault(key, hashlib.sha256()).update(parts.encode("utf-8", "backslashreplace"))
        invalid = row.get("filtered_resps") in (_INVALID, [_INVALID])
        for metric in items(row.get("metrics")) or [key for key in _MEANS if key in row]:
            value = exact(row.get(metric)) if isinstance(metric, str) else None
            if value is None:
                continue
            attempt: Attempt = (None, "no_answer") if invalid and value == 0 else (value, "")
            self.outcomes.setdefault((metric, kind), {}).setdefault(unit, []).append(attempt)
            self.stated.setdefault((metric, kind), []).append(value)

    def hashes(self) -> set[str]:
        """What the results may hold as the hash of these samples."""
        return {one.hexdigest() for one in self._hashes.values()}


# Scores


def _values(results: dict[str, Any]) -> list[tuple[Fraction | None, Fraction | None]]:
    """The stated values of a task with their standard errors."""
    return [(exact(results.get(key)), exact(results.get(error))) for key, _, _, error in _metrics(results)]


def _metrics(results: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """The metrics of a task: key, metric, filter and the key of the standard error."""
    found = []
    for key in sorted(map(str, results)):
        metric, _, kind = key.partition(",")
        if key in _NO_METRIC or metric.endswith("_stderr"):
            continue
        found.append((key, metric, kind or "none", f"{metric}_stderr,{kind}" if kind else f"{metric}_stderr"))
    return found


def _scores(
    results: dict[str, Any], samples: _Samples | None, effective: int | None, *, alone: bool
) -> list[ScoreRecord]:
    """Every metric of a task, with its outcomes where there are any, and where the two disagree.

    `alone` is whether it is one task: the error of a group is pooled in ways that differ.
    """
    records = []
    for key, metric, kind, error in _metrics(results):
        value, stated_error = exact(results[key]), exact(results.get(error))
        stated = {metric: value, **({"stderr": stated_error} if stated_error is not None else {})}
        record = ScoreRecord(name=f"{metric},{kind}", scorer=metric, metrics=stated, n=effective, faults=[])
        if value is None:
            record["faults"].append(f"its {shown(metric)} is no number: {shown(results[key])}")
        if alone and _too_spread(value, stated_error, effective):
            record["faults"].append(f"no outcomes have the standard error it states beside its {shown(metric)}")
        outcomes = samples.outcomes.get((metric, kind)) if samples is not None else None
        if samples is not None and outcomes is not None and value is not None:
            values = _as_stated(value, samples.stated[metric, kind])
            wrong = _disagreements(metric, (value, stated_error), values)
            is_mean = metric in _MEANS or metric.startswith("pass@") or same(value, mean(values)[0])
            record["outcomes"] = outcomes if is_mean else None
            record["faults"] += wrong if is_mean else []
        records.append(record)
    return records


def _disagreements(metric: str, stated: tuple[Fraction, Fraction | None], values: Sequence[Fraction]) -> list[str]:
    named = {metric: stated[0]}
    if stated[1] is not None and len(values) > 1:
        named["stderr"] = stated[1]
    return disagreements(named, values, (metric,))


def _as_stated(value: Fraction, values: Sequence[Fraction]) -> Sequence[Fraction]:
    """The outcomes on the scale of what is stated: a task may state per cent of outcomes that are proportions."""
    center = mean(values)[0]
    per_cent = center != 0 and all(0 <= one <= 1 for one in values) and same(value, 100 * center)
    return [100 * one for one in values] if per_cent else values


def _too_spread(rate: Fraction | None, error: Fraction | None, n: int | None) -> bool:
    """Whether a standard error is larger than that of any outcomes between 0 and 1 with such a mean."""
    if rate is None or error is None or not n or not 0 <= rate <= 1:
        return False
    return error**2 * (n - 1) > rate * (1 - rate) * (1 + Fraction(1, 10**6))


def _size_from_error(value: tuple[Fraction | None, Fraction | None]) -> Fraction | None:
    """About how many documents a rate and its standard error are of."""
    rate, error = value
    if rate is None or not error or not 0 < rate < 1:
        return None
    return rate * (1 - rate) / error**2 + 1


def _arguments(value: object) -> dict[str, Any]:
    """The arguments of the model, which were a text once and are a mapping now."""
    if isinstance(value, dict):
        return value
    pairs = (part.partition("=") for part in text(value).split(",") if "=" in part)
    return {key.strip()[:100]: one.strip() for key, _, one in pairs}


def _date(value: object) -> str:
    """The moment of a number of seconds since 1970; empty where there is none."""
    seconds = int(value) if isinstance(value, int | Decimal) and exact(value) is not None else -1
    if not 0 < seconds < 1 << 36:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
