"""The samples of an Inspect log as outcomes by unit, and its results checked against them."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from .agreement import disagreements, reduced
from .inspect_marks import Mark, is_edited, is_refused
from .record import Attempt, ScoreRecord, exact, items, mapping, shown, text, whole

_LETTERS = {"C": Fraction(1), "I": Fraction(0), "P": Fraction(1, 2), "N": Fraction(0)}
_WORDS = {"yes": Fraction(1), "true": Fraction(1), "no": Fraction(0), "false": Fraction(0)}
_NUMBER = re.compile(r"[+-]?[0-9]{1,60}(\.[0-9]{0,60})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_REASONS = {
    "refusal": "refusal",
    "no_response": "no_answer",
    "invalid_response_format": "no_answer",
    "grader_failed": "unscored",
    "scoring_failed": "unscored",
}
_AVERAGES = ("accuracy", "mean")
_EACH = "each"  # no reducer: every attempt counts by itself
_NO_ZERO = ("error", "refusal")  # what came of these is no failure to do it, whatever the scorer made of it
_FAMILY = ("family", "task_family")
_PLAIN = Mark(edited=False, refused=False)


class _Seen(NamedTuple):
    """One score of one sample: its value as the tool counts it, and as it counts for us."""

    scorer: str
    part: str
    stated: Fraction | None
    attempt: Attempt


class Rows:
    """The samples of a log, one by one: only what counts is kept."""

    def __init__(self, marks: Mapping[tuple[str, int], Mark] | None = None) -> None:
        """Begin with none; the marks are what their summaries do not say, by id and epoch."""
        self.marks = marks or {}
        self.count = 0
        self.rows: list[tuple[str, str, tuple[_Seen, ...]]] = []
        self.units: dict[str, int] = {}  # the epochs seen, as bits
        self.families: dict[str, str] = {}
        self.edited: set[str] = set()
        self.invalid: set[str] = set()
        self.fallbacks: set[str] = set()
        self.twice: set[str] = set()
        self.strange: dict[str, int] = {}
        self.errors = self.limited = self.again = self.last_epoch = 0
        self._kept: dict[object, Any] = {}

    def add(self, row: object) -> None:
        """Take one sample or summary of a sample."""
        sample = mapping(row)
        self.count += 1
        unit = text(sample.get("id")) or f"sample {self.count}"
        epoch = sample.get("epoch", 1)
        epoch = min(epoch, 10_000) if isinstance(epoch, int) and epoch >= 0 else 1
        self.last_epoch = max(self.last_epoch, epoch)
        before = self.units.get(unit, 0)
        if before >> epoch & 1:
            self.twice.add(unit)
        self.units[unit] = before | 1 << epoch
        mark = self.marks.get((unit, epoch), _PLAIN)
        self._done(unit, sample, mark)
        why = self._why(sample, mark)
        seen = tuple(
            one
            for name, score in mapping(sample.get("scores")).items()
            for one in self._scored(unit, name, mapping(score), why)
        )
        if not seen and "score" in sample and isinstance(sample["score"], dict):  # logs of version 1
            seen = tuple(self._scored(unit, "", sample["score"], why))
        self.rows.append((unit, why, self._kept.setdefault(seen, seen)))

    def notes(self) -> list[str]:
        """What is worth saying and no fault."""
        counts = ((self.errors, "failed"), (self.limited, "met a limit"), (self.again, "ran again after an error"))
        return [f"{n} sample{'s' * (n > 1)} {what}" for n, what in counts if n]

    def _done(self, unit: str, sample: dict[str, Any], mark: Mark) -> None:
        """What was done to a sample."""
        if mark.edited:
            self.edited.add(unit)
        self.again += bool(whole(sample.get("retries")) or items(sample.get("error_retries")))
        if sample.get("invalidation"):
            self.invalid.add(unit)
        if sample.get("model_fallbacks"):
            self.fallbacks.add(unit)
        metadata = mapping(sample.get("metadata"))
        for key in _FAMILY:
            if text(metadata.get(key)):
                self.families[unit] = text(metadata[key])
                break

    def _why(self, sample: dict[str, Any], mark: Mark) -> str:
        """Why a sample without a score has none."""
        if sample.get("error"):
            self.errors += 1
            return "error"
        if sample.get("limit"):
            self.limited += 1
            return "limit"
        if mark.refused or is_refused(sample.get("output")):
            return "refusal"
        return "unscored"

    def _scored(self, unit: str, name: str, score: dict[str, Any], why: str) -> list[_Seen]:
        """The scores of one scorer: one, or one for each part of a value that is a mapping."""
        if is_edited(score):
            self.edited.add(unit)
        reason = _REASONS.get(text(score.get("reason")) or text(mapping(score.get("metadata")).get("unscored_reason")))
        value = score.get("value")
        parts = {"": value} if not isinstance(value, dict) else {str(key): one for key, one in value.items()}
        found = []
        for part, one in sorted(parts.items()):
            stated = self._number(one)
            if stated is None and one is not None and not _not_a_number(one):
                self.strange.setdefault(f"{name}/{part}" if part else name, 0)
            silent = one == "N" or (score.get("answer") == "" and stated == 0)
            attempt: Attempt = (stated, "")
            if stated is None or silent or (stated == 0 and (reason or why in _NO_ZERO)):
                attempt = (None, why if why in _NO_ZERO else reason or ("no_answer" if silent else why))
            found.append(self._kept.setdefault((name, part, stated, attempt), _Seen(name, part, stated, attempt)))
        return found

    @staticmethod
    def _number(value: object) -> Fraction | None:
        """The value of a score as Inspect counts it."""
        if isinstance(value, str):
            known = _LETTERS.get(value, _WORDS.get(value.lower()))
            return exact(Decimal(value)) if known is None and _NUMBER.fullmatch(value) else known
        return exact(value)


def _not_a_number(value: object) -> bool:
    """Whether a value is the `NaN` by which a scorer says that it gives none."""
    return value != value or str(value).lower() == "nan"  # noqa: PLR0124  # only NaN differs from itself


# Results


def score_records(rows: Rows, results: dict[str, Any], config: dict[str, Any], *, complete: bool) -> list[ScoreRecord]:
    """Every scorer of a log: what the log states of it, its outcomes, and where the two disagree."""
    records: dict[tuple[str, str], ScoreRecord] = {}
    outcomes, stated_values = _outcomes(rows)
    default = next((text(one) for one in items(config.get("epochs_reducer")) if text(one)), "mean")
    several = (whole(config.get("epochs")) or 1) > 1
    for entry in _entries(results):
        name = text(entry.get("name"))
        scorer = text(entry.get("scorer")) or name
        key = _key(name, scorer, outcomes)
        record = records.setdefault(key, _fresh(name, scorer, outcomes.get(key)))
        if not several:  # what stands behind an aggregate, where nothing else does
            record["n"] = whole(entry.get("scored_samples")) or whole(results.get("completed_samples"))
        reducer = text(entry.get("reducer")) or default
        record["reducer"] = ",".join(filter(None, dict.fromkeys((record.get("reducer", ""), reducer))))
        metrics = {text(k): mapping(v) for k, v in mapping(entry.get("metrics")).items()}
        stated = {k: exact(v.get("value")) for k, v in metrics.items()}
        for metric, value in stated.items():
            label = metric if metric not in record["metrics"] else f"{metric}/{reducer}"
            record["metrics"][label] = value
        record["faults"] += _no_numbers(stated, metrics)
        if complete and key in stated_values:
            views = (reducer,) if text(entry.get("reducer")) or not several else (reducer, _EACH)  # nothing says which
            wrong = [_disagreements(stated, metrics, stated_values[key], view) for view in views]
            record["faults"] += next((one for one in wrong if not one), wrong[0])
    for key, found in outcomes.items():
        records.setdefault(key, _fresh(key[1] or key[0], key[0], found))
    for key, record in records.items():
        if (f"{key[0]}/{key[1]}" if key[1] else key[0]) in rows.strange:
            record["faults"].append("its scores are words that stand for no number")
    return list(records.values())


def _fresh(name: str, scorer: str, outcomes: dict[str, list[Attempt]] | None) -> ScoreRecord:
    return ScoreRecord(name=name, scorer=scorer, metrics={}, outcomes=outcomes, faults=[])


def _entries(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The results by scorer, in the layouts of all versions."""
    for key in ("scores", "scorers"):
        if isinstance(results.get(key), list):
            return [mapping(entry) for entry in results[key]]
    if isinstance(results.get("scorer"), dict):
        return [{**results["scorer"], "metrics": results.get("metrics")}]
    return []


def _key(name: str, scorer: str, outcomes: dict[tuple[str, str], Any]) -> tuple[str, str]:
    """Which outcomes a result is about: of a scorer, of a part of its values, or of a scorer by its short name."""
    if name != scorer and (scorer, name) in outcomes:
        return scorer, name
    for candidate in ((name, ""), (scorer, ""), ("", "")):
        if candidate in outcomes:
            return candidate
    return (scorer, "") if name == scorer else (scorer, name)


def _outcomes(
    rows: Rows,
) -> tuple[dict[tuple[str, str], dict[str, list[Attempt]]], dict[tuple[str, str], dict[str, list[Fraction]]]]:
    """For every scorer the attempts of each unit, and the values as the tool counts them."""
    keys = dict.fromkeys((one.scorer, one.part) for _, _, seen in rows.rows for one in seen)
    found: dict[tuple[str, str], dict[str, list[Attempt]]] = {key: {} for key in sorted(keys)}
    stated: dict[tuple[str, str], dict[str, list[Fraction]]] = {key: {} for key in found}
    for unit, why, seen in rows.rows:
        by_key = {(one.scorer, one.part): one for one in seen}
        for key, units in found.items():
            one = by_key.get(key)
            units.setdefault(unit, []).append((None, why) if one is None else one.attempt)
            if one is not None and one.stated is not None:
                stated[key].setdefault(unit, []).append(one.stated)
    return found, stated


def _no_numbers(stated: dict[str, Fraction | None], metrics: dict[str, dict[str, Any]]) -> list[str]:
    """Results that are no numbers."""
    return [
        f"its {shown(name)} is no number"
        for name, value in stated.items()
        if value is None and metrics[name].get("value") is not None
    ]


def _disagreements(
    stated: dict[str, Fraction | None],
    metrics: dict[str, dict[str, Any]],
    values: dict[str, list[Fraction]],
    reducer: str,
) -> list[str]:
    """Where the stated mean or standard error is not what the outcomes give."""
    units = [one for tries in values.values() for one in (tries if reducer == _EACH else [reduced(tries, reducer)])]
    known = [one for one in units if one is not None]
    if len(known) != len(units):
        return []
    plain = {name: value for name, value in stated.items() if value is not None and not _options(metrics[name], name)}
    return disagreements(plain, known, _AVERAGES)


def _options(metric: dict[str, Any], name: str) -> Sequence[str]:
    """The options of a metric that make it something else than what its name says."""
    options = {**mapping(metric.get("options")), **mapping(metric.get("params"))}
    kind = text(metric.get("name")).rpartition("/")[2] or name
    return [key for key, value in options.items() if value is not None] or ([kind] if kind != name else [])
