"""Logs of Inspect AI, `.eval` and `.json`, from what they hold and not from how they are called.

An `.eval` file is a ZIP archive: a header, a summary of every sample, the samples with their transcripts, and a journal
that is all there is when the run died. The outcomes stand in the summaries, so the transcripts are not read; only what
stands before them in a sample is looked through for edits and refusals (`inspect_marks`). In a `.json` file they are
passed over one sample at a time.

What it can know: status, task and its version, model and arguments, code commit, limits, what was planned, completed
and scored, the outcome of every attempt, edited and invalidated scores, refusals, answers of another model.
What it cannot: whether the weights are the subject's, how hard the run tried, and whether somebody who rewrote the file
byte by byte changed everything in it that goes together.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from .archive import Archive
from .inspect_marks import Marks
from .inspect_scores import Rows, score_records
from .json_stream import Reading, top_keys, whole_value
from .record import LogRecord, items, listed, mapping, refused, shown, text, whole

VERSIONS = (1, 2)
"""The log versions that are read."""

_HEADER, _SUMMARIES, _START = "header.json", "summaries.json", "_journal/start.json"
_JOURNAL = re.compile(r"_journal/summaries/([0-9]{1,9})\.json", re.ASCII)
_STREAMED = ("samples", "reductions", "logging")
_KEYS = ("version", "status", "eval", "results", "stats")
_LIMITS = ("limit", "sample_id", "message_limit", "token_limit", "time_limit", "working_limit", "cost_limit")
_VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})(.*)", re.ASCII)
_NO_MODEL = ("none", "none/none", "mockllm", "mockllm/model")
_CHUNK = 1 << 16


def make() -> "Importer":
    """The importer."""
    return Importer()


class Importer:
    """Reads logs of Inspect AI."""

    name = "inspect"

    def claims(self, head: bytes, names: tuple[str, ...]) -> bool:
        """Whether a file that begins so is such a log, or was meant to be one."""
        if names:
            return False
        if head.startswith(b"PK\3\4"):
            inside = head[30 : 30 + int.from_bytes(head[26:28], "little")]
            return inside.startswith((b"_journal/", b"samples/")) or inside in (b"header.json", b"summaries.json")
        keys = top_keys(head)
        return "eval" in keys and len({*_KEYS, "samples", "plan"}.intersection(keys)) >= 2

    def read(self, path: str) -> list[LogRecord]:
        """The log in a file; raises EvidenceError."""
        with Path(path).open("rb") as file:
            archived = file.read(4) == b"PK\3\4"
            file.seek(0)
            found = _archived(path, file) if archived else _plain(path, file)
        return [_record(found)]


@dataclass(kw_only=True, slots=True)
class _Found:
    """What stands in a file: the header, the rows of its samples, and what the file itself shows."""

    name: str
    header: dict[str, Any]
    rows: Rows
    faults: list[str] = field(default_factory=list)


# The two kinds of file


def _archived(name: str, file: BinaryIO) -> _Found:
    archive = Archive(name, file)
    marks = Marks(archive)
    members, others = archive.members(lambda member: not member.startswith("samples/"), marks.look)
    summaries = [_SUMMARIES] if _SUMMARIES in members else _journal(members)
    rows = Rows(marks.found)
    faults = []

    def values(member: str) -> Iterator[Any]:
        reading = Reading(f"{name}:{member}", archive.stream(members[member]))
        yield from reading.items()
        reading.finish()

    if _HEADER in members:
        header = whole_value(f"{name}:{_HEADER}", archive.stream(members[_HEADER]))
    elif _START in members:
        header = {**mapping(whole_value(f"{name}:{_START}", archive.stream(members[_START]))), "status": "started"}
    else:
        raise _not_a_log(name, "neither a header nor a journal")
    if not isinstance(header, dict):
        raise _not_a_log(name, "no header")
    for member in summaries:
        for row in values(member):
            rows.add(row)
    if not summaries and others:
        others = _from_samples(archive, rows, name)
    if others != rows.count and mapping(mapping(header.get("eval")).get("config")).get("log_samples") is not False:
        faults.append(f"it has {others} samples and {rows.count} summaries of samples")
    return _Found(name=name, header=header, rows=rows, faults=faults)


def _journal(members: dict[str, Any]) -> list[str]:
    """The summaries of a run that died, in the order in which they were written."""
    numbers = {int(match[1]): member for member in members if (match := _JOURNAL.fullmatch(member))}
    return [numbers[number] for number in sorted(numbers)]


def _from_samples(archive: Archive, rows: Rows, name: str) -> int:
    """Take the samples themselves, in the order of their names, where nothing sums them up."""
    samples, _ = archive.members(lambda member: member.startswith("samples/"))
    for member in sorted(samples):
        rows.add(whole_value(f"{name}:{member}", archive.stream(samples[member])))
    return len(samples)


def _plain(name: str, file: BinaryIO) -> _Found:
    header: dict[str, Any] = {}
    rows = Rows()
    reading = Reading(name, iter(lambda: file.read(_CHUNK), b""))
    for key in reading.keys():  # noqa: SIM118  # it walks, and is no mapping
        if key in _STREAMED and reading.peek() == "[":
            for item in reading.items():
                if key == "samples":
                    rows.add(item)
        else:
            value = reading.value()
            if key != "plan":
                header[key] = value
    reading.finish()
    return _Found(name=name, header=header, rows=rows)


def _not_a_log(name: str, lack: str) -> Exception:
    return refused("E306", f"`{name}` looks like a log of Inspect and has {lack}", "take the log as Inspect wrote it")


# What it says


def _spec(found: _Found) -> dict[str, Any]:
    """What was run; raises EvidenceError where it is of an unknown version, or nothing."""
    version, spec = found.header.get("version", 1), mapping(found.header.get("eval"))
    if version not in VERSIONS or isinstance(version, bool):
        message = f"`{found.name}` is an Inspect log of version {shown(version)}"
        raise refused("E305", message, "versions 1 and 2 are read; convert it with `inspect log convert`")
    if not spec.get("task") or not isinstance(spec["task"], str):
        raise _not_a_log(found.name, "no task")
    return spec


def _record(found: _Found) -> LogRecord:
    header, rows = found.header, found.rows
    spec, results = _spec(found), mapping(header.get("results"))
    config, stats, revision = (mapping(spec.get("config")), mapping(header.get("stats")), mapping(spec.get("revision")))
    tool = text(mapping(spec.get("packages")).get("inspect_ai"))
    epochs = max(1, whole(config.get("epochs")) or 1)
    attempts = (whole(results.get("total_samples")), whole(results.get("completed_samples")))
    scores = score_records(rows, results, config, complete=rows.count >= (attempts[1] or 0))
    status = text(header.get("status")) or "not stated"
    version_faults = _harness(tool, scores, rows, attempts[1])
    return LogRecord(
        tool="inspect",
        version=tool,
        tasks=list(dict.fromkeys(filter(None, (text(spec.get("task_registry_name")), text(spec["task"]))))),
        task_version=text(spec.get("task_version")) if spec.get("task_version") not in (0, None) else "",
        model=text(spec.get("model")),
        revision=text(mapping(spec.get("model_args")).get("revision")),
        configuration=_configuration(spec),
        status=status,
        started=text(stats.get("started_at")) or text(spec.get("created")),
        completed=text(stats.get("completed_at")),
        run=_run(spec),
        commit=text(revision.get("commit")),
        dirty=revision["dirty"] if isinstance(revision.get("dirty"), bool) else None,
        planned=_planned(spec, attempts[0], epochs, rows),
        epochs=epochs,
        attempts=attempts,
        limits={name: _flat(config[name]) for name in _LIMITS if config.get(name) is not None},
        families=rows.families,
        scores=scores,
        faults=[
            *found.faults,
            *_altered(header, rows),
            *_samples(spec, attempts, epochs, rows),
            *(["it has no scores"] if status == "success" and not scores else []),
            *_unstated(spec, results, rows, status),
            *version_faults,
        ],
        notes=rows.notes(),
    )


def _run(spec: dict[str, Any]) -> str:
    """The name of the run: the one it was registered under, where it was given one, else its own."""
    registered = text(mapping(spec.get("metadata")).get("policylang_run"))
    return registered or "/".join(filter(None, (text(spec.get("run_id")), text(spec.get("task_id")))))


def _unstated(spec: dict[str, Any], results: dict[str, Any], rows: Rows, status: str) -> list[str]:
    """What a whole log states, and this one does not, so that nothing is left to disagree with."""
    found = []
    scores = [mapping(one) for one in items(results.get("scores"))] or [results]
    if status == "success" and rows.count and not any(mapping(score.get("metrics")) for score in scores):
        found.append("it succeeded and states no results")
    limit = whole(mapping(spec.get("config")).get("limit"))
    if limit is not None and len(rows.units) >= limit and not whole(mapping(spec.get("dataset")).get("samples")):
        found.append(f"it ran under a limit of {limit}, and the size of its dataset is not stated")
    return found


def _flat(value: object) -> str:
    return text(value) or f"{len(items(value))} values" if isinstance(value, list) else text(value)


def _configuration(spec: dict[str, Any]) -> dict[str, str]:
    """Facts about how the model was run: short ones as they are, long ones as their digest."""
    found: dict[str, str] = {}
    for section in ("task_args", "model_args", "model_generate_config", "model_roles", "solver_args"):
        for key, value in sorted(mapping(spec.get(section)).items())[:100]:
            if value is None:
                continue
            plain = text(value)
            if not plain or len(plain) > 200:
                plain = "sha256:" + hashlib.sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()
            found[f"{section}.{key[:100]}"] = plain
    for key in ("solver", "model_base_url", "sandbox", "task_file"):
        if text(spec.get(key)):
            found[key] = text(spec[key])
    return found


def _planned(spec: dict[str, Any], total: int | None, epochs: int, rows: Rows) -> int | None:
    """How many units the whole dataset has: what a limit left out was planned by whoever wrote the eval."""
    dataset = mapping(spec.get("dataset"))
    sizes = [
        whole(dataset.get("samples")) or 0,
        len(items(dataset.get("sample_ids"))),
        -(-(total or 0) // epochs),
        len(rows.units),
    ]
    if not any(sizes[:3]):
        sizes.append(whole(mapping(spec.get("config")).get("limit")) or 0)
    return max(sizes) or None


def _altered(header: dict[str, Any], rows: Rows) -> list[str]:
    """What was done to the log after or during the run."""
    found = []
    if header.get("invalidated") not in (None, False):
        found.append("it was invalidated")
    if header.get("log_updates"):
        found.append("it was changed after the run (log updates)")
    if header.get("config_updates"):
        found.append("its configuration was changed during the run")
    if mapping(header.get("results")).get("early_stopping"):
        found.append("it was stopped early, by a rule of its own")
    if mapping(header.get("results")).get("logged_samples") is not None:
        found.append("it was stopped early, by its operator")
    shards = [mapping(one) for one in items(mapping(mapping(header.get("eval")).get("shards")).get("ledger"))]
    if any(shard.get("status") != "success" for shard in shards):
        found.append("it is made of parts that did not all succeed")
    if rows.edited:
        found.append(f"scores were edited after the run: {listed(rows.edited)}")
    if rows.invalid:
        found.append(f"samples were invalidated: {listed(rows.invalid)}")
    if rows.fallbacks:
        found.append(f"another model answered: {listed(rows.fallbacks)}")
    model = text(mapping(header.get("eval")).get("model"))
    if model in _NO_MODEL or model.startswith("mockllm/"):
        found.append(f"its model is {shown(model)}: no model, or a mock")
    return found


def _samples(spec: dict[str, Any], attempts: tuple[int | None, int | None], epochs: int, rows: Rows) -> list[str]:
    """What does not go together about its samples."""
    found = []
    completed = attempts[1]
    unlogged = rows.count == 0 and mapping(spec.get("config")).get("log_samples") is False
    if completed is not None and completed > rows.count and not unlogged:
        found.append(f"it counts {completed} completed samples and has {rows.count}")
    if attempts[0] is not None and rows.count > attempts[0]:
        found.append(f"it planned {attempts[0]} samples and has {rows.count}")
    if rows.twice:
        found.append(f"samples stand twice: {listed(rows.twice)}")
    if rows.last_epoch > epochs:
        found.append(f"it planned {epochs} epochs and has an epoch {rows.last_epoch}")
    ids = items(mapping(spec.get("dataset")).get("sample_ids"))
    strangers = rows.units.keys() - {str(one) for one in ids} if ids else set()
    if strangers:
        found.append(f"samples that the run did not plan: {listed(strangers)}")
    return found


def _harness(tool: str, scores: list[Any], rows: Rows, completed: int | None) -> list[str]:
    """Versions of Inspect whose scores are known to be wrong, where it matters for this log."""
    match = _VERSION.match(tool)
    if match is None:
        return ["it does not say which Inspect wrote it"] if not tool else []
    version = (int(match[1]), int(match[2]), int(match[3]))
    found = []
    if version < (0, 3, 221) and any("pass_at" in str(score.get("reducer", "")) for score in scores):
        found.append(f"Inspect {tool} inflates pass@k; 0.3.221 does not")
    if version < (0, 3, 245) and any("model_graded" in score.get("scorer", "") for score in scores):
        found.append(f"Inspect {tool} counts a judge that failed as an incorrect answer; 0.3.245 does not")
    if version < (0, 3, 248) and rows.errors:
        found.append(f"Inspect {tool} leaves out samples that failed and were scored; 0.3.248 does not")
    if version >= (0, 3, 248) and completed is not None and completed > rows.count - rows.errors >= 0 < rows.errors:
        found.append(f"it counts {completed} completed samples, and {rows.errors} of its {rows.count} failed")
    return found
