"""What becomes of a tamper: refused, no evidence of safety any more, without effect, to the worse, or better for it.

A log is looked at as a policy does: read, bound to its measure, admitted, weighed. What a verdict depends on is what is
shown and what is possible of the measure, whether anything qualifies, and how fresh that is. A tamper that makes any
of this safer, alone, is a finding, unless it is of a field that no single log can check: those are listed here. One
that widens the interval shows less, of danger and of safety, and turns no light green.

To tamper a log so that it feeds no measure is to leave it out, which `runs registered` is for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from logs.writers import POINTS
from policylang import EvidenceError, parse_moment
from policylang.decide.values import inputs_of
from policylang.evidence.admit import admit
from policylang.evidence.bind import bind
from policylang.evidence.facts import Evidence, Stated, Subject
from policylang.evidence.qualify import Context, weigh
from policylang.graph.nodes import Graph
from policylang.plugins import read_logs
from specimens import Specimen
from tampers import Tamper, tampers

AS_OF = parse_moment("2026-11-22")
KINDS = ("refused", "stopped", "same", "worse", "wider", "listed", "finding")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a log amounts to: from what it shows to what it leaves possible, and of when what qualifies is."""

    lo: Fraction
    hi: Fraction | None
    qualifies: bool
    at: str


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A tamper of a tool's logs that goes unseen: where and how, as a pattern, and why."""

    tool: str
    pattern: str
    why: str


_WHEN = "when it was made is what a log says, and nothing in it knows better"
_MARK = "a mark that is struck out leaves no trace; a log signed as it is written would show it"
_LIMIT = "a limit that is struck out leaves no trace where the size of the dataset is not written"

UNSEEN = (
    Unseen(tool="inspect", pattern=r":(stats|eval\.created)\b|(stats|created)\S* ", why=_WHEN),
    Unseen(tool="inspect", pattern=r"invalidated|log_updates|history|model_fallbacks", why=_MARK),
    Unseen(
        tool="inspect",
        pattern=r"status ",
        why="how a run ended is what it says itself; what is missing of it is counted as dangerous",
    ),
    Unseen(
        tool="inspect",
        pattern=r"eval\.(dataset|config)\b|model_args swapped",
        why="a dataset that is exactly as large as the limit of the run is believed",
    ),
    Unseen(
        tool="inspect",
        pattern=r"results\.scores\.0\.metrics\.\w+ (nothing|odd)",
        why="a metric that is struck out beside another leaves the other to compare with",
    ),
    Unseen(tool="lm_eval", pattern=r":date ", why=_WHEN),
    Unseen(
        tool="lm_eval",
        pattern=r"results\.\w+\.(acc|pass@1)\S* ",
        why="a rate without samples is compared only with the standard error beside it",
    ),
    Unseen(tool="lm_eval", pattern=r"n-samples\.\w+\.original ", why=_LIMIT),
    Unseen(
        tool="table",
        pattern=r"\.(outcome|successes|scored|n|at) ",
        why="a table is what somebody wrote, and holds nothing twice to compare",
    ),
    Unseen(tool="metr", pattern=r"ci_high ", why="an interval is published without the runs behind it"),
    Unseen(tool="helm", pattern=r"adapter_spec|max_eval_instances", why=_LIMIT),
    Unseen(tool="promptfoo", pattern=r"timestamp ", why=_WHEN),
    Unseen(tool="openai_evals", pattern=r"created_at ", why=_WHEN),
    Unseen(tool="openai_evals", pattern=r"run_config|max_samples", why=_LIMIT),
)
"""All that goes unseen."""


def shown(specimen: Specimen, graph: Graph, files: Mapping[str, bytes]) -> Shown | str:
    """What a log amounts to, or the code with which it is refused."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, data in files.items():
            (folder / file).write_bytes(data)
        try:
            logs = read_logs(str(folder / specimen.entry), points=POINTS)
        except EvidenceError as error:
            return error.diagnostics[0].code
    bound = bind(logs, graph.measures, Stated(models=specimen.models))
    if not bound.readings:
        return bound.findings[0].code
    subject = Subject(model=specimen.models[0] if specimen.models else "acme")
    evidence = Evidence(subject=subject, readings=bound.readings)
    wrong = admit([graph], evidence, AS_OF)
    if wrong:
        return wrong[0].code
    context = Context(graph=graph, subject=subject, as_of=AS_OF, events={}, holidays=frozenset())
    [value] = inputs_of(graph, weigh(context, evidence), subject)
    dates = [str(one.reading.at or "") for one in value.readings if one.qualifies]
    return Shown(lo=value.lo, hi=value.hi, qualifies=value.measured, at=max(dates, default=""))


def safer(before: Shown, after: Shown) -> bool:
    """Whether a log amounts to more safety than before."""
    if not after.qualifies:
        return False
    if not before.qualifies or after.at > before.at:
        return True
    return after.hi is not None and (before.hi is None or after.hi < before.hi)


def kind_of(before: Shown, after: Shown | str) -> str:
    """What became of a tamper, from what the log amounted to before and after."""
    if isinstance(after, str):
        return "refused"
    if after == before:
        return "same"
    if not after.qualifies:
        return "stopped"
    if safer(before, after):
        return "finding"
    return "worse" if after.lo >= before.lo else "wider"


def unseen(specimen: Specimen, tamper: Tamper) -> Unseen | None:
    """Why a tamper goes unseen; None where it should not."""
    place = f"{tamper.where} {tamper.how}"
    return next((one for one in UNSEEN if one.tool == specimen.tool and re.search(one.pattern, place)), None)


def feeding(specimens: Iterable[Specimen]) -> Iterator[Specimen]:
    """The specimens that feed their measure."""
    return (one for one in specimens if isinstance(shown(one, one.graph, one.files), Shown))


def judged(specimen: Specimen, stride: int = 1, first: int = 0) -> Iterator[tuple[str, Tamper]]:
    """What becomes of every tamper of a specimen, or of every so many: its kind, and the tamper.

    Raises ValueError where the specimen itself feeds nothing.
    """
    graph = specimen.graph
    before = shown(specimen, graph, specimen.files)
    if isinstance(before, str):
        raise ValueError(f"{specimen.name} itself is refused with {before}")
    for tamper in tampers(specimen.files, stride, first):
        kind = kind_of(before, shown(specimen, graph, tamper.files))
        known = unseen(specimen, tamper) if kind == "finding" else None
        if known is not None:
            kind = "listed"
        yield kind, tamper
