"""`policyc register`: record runs before they begin, in a file that only grows."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment
from policylang.diagnostics import nearest
from policylang.evidence.document import shown
from policylang.evidence.facts import Intent
from policylang.evidence.register import last_digest, line_of, read_register
from policylang.graph.nodes import Graph
from policylang.reports.style import Page
from policylang.source import Source

_EXAMPLES = {
    "policyc register runs.jsonl acme.policy --measure ctf --stage pre_mitigation --n 40": (
        "announce a run of 40 tasks, and get the name to give it"
    ),
    "policyc register runs.jsonl": "list the runs that were announced",
    "policyc check acme.policy governance.yaml runs.jsonl logs/": "decide: announced runs without a result count",
}
_ABOUT = """\
Record that a run will be made, before it begins. A measure with `runs registered` counts no other run as
evidence of safety, and counts a registered run without a result as the worst result.

  REGISTER   the file, JSON lines; made when it is not there, and only ever appended to
  POLICY…    policies that the measure and its stage must be of

Without --measure the runs in the register are listed. Keep the digest of the last line elsewhere: it tells
whether lines were cut off."""
_STATUS = {
    ExitStatus.DONE: "the run is recorded, on disk; or the runs are listed",
    ExitStatus.NOT_JUDGED: "it is not: a wrong call, a register that was changed, or a file that cannot be written",
}


def words() -> Words:
    """The options of this command."""
    found = Words(
        "register",
        _ABOUT,
        usage="REGISTER [POLICY]… [--measure MEASURE] [OPTIONS]",
        closing=closing(_EXAMPLES, _STATUS),
    )
    found.once("--measure", "MEASURE", "what the run is to measure", str)
    found.once("--stage", "STAGE", "the stage it will be made at", str)
    found.once("--n", "N", "how many units it will have, at least", str)
    found.once("--run", "RUN", "the name of the run (default: a new one)", str)
    found.once("--by", "WHO", "who announces it", str)
    found.once("--revision", "DIGEST", "the weights it is of (`policyc digest` gives it)", str)
    found.once("--configuration", "DIGEST", "the safeguards that will be in place", str)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The run recorded, or the runs listed; raises CallError, PolicyError or EvidenceError."""
    policies, files = given.sorted_words(rest)
    if len(files) != 1:
        message = "no register is named" if not files else f"{len(files)} registers are named"
        raise CallError("C105", message, "name one file, such as `runs.jsonl`")
    graphs = [policy.graph for policy in given.loaded(policies)]
    page = Page(streams.look(sys.stdout, options.color))
    if options.measure is None:
        _list(page, files[0])
    else:
        _known(options, graphs)
        _record(page, files[0], _fields(options))
    return Answer(status=ExitStatus.DONE, out=page.text())


def _known(options: argparse.Namespace, graphs: Sequence[Graph]) -> None:
    """Refuse a measure or a stage that the policies named do not have."""
    measures = [graph.measure[options.measure] for graph in graphs if options.measure in graph.measure]
    if graphs and not measures:
        names = [name for graph in graphs for name in graph.measure]
        raise CallError("C120", f"no policy here has a measure `{options.measure}`", nearest(options.measure, names))
    stages = {stage for measure in measures for stage in measure.stages}
    if graphs and options.stage not in stages:
        said = "no stage is named" if options.stage is None else f"`{options.stage}` is no stage of the measure"
        help_ = nearest(options.stage or "", [stage for stage in stages if stage]) or "leave `--stage` out"
        raise CallError("C120", said, help_)


def _fields(options: argparse.Namespace) -> dict[str, str]:
    now = datetime.now(UTC)
    fields = {
        "run": options.run or f"run-{os.urandom(8).hex()}",
        "measure": options.measure,
        "stage": options.stage,
        "at": str(Moment(now.date(), now.hour * 3600 + now.minute * 60 + now.second)),
        "n": options.n,
        "by": options.by,
        "revision": options.revision,
        "configuration": options.configuration,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _list(page: Page, path: str) -> None:
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise _unusable(path, error) from None
    source = Source(name=path, text=text)
    intents = read_register(source)
    page.table([_row(intent) for intent in intents])
    page.line(f"{len(intents)} runs, last line {last_digest(source) or 'none'}")


def _row(intent: Intent) -> list[str]:
    where = intent.measure if intent.stage is None else f"{intent.measure}.{intent.stage}"
    size = "" if intent.n is None else f"{intent.n} units"
    return [str(intent.at), shown(intent.run), where, size, intent.by or ""]


def _record(page: Page, path: str, fields: dict[str, str]) -> None:
    intent, last = record(path, fields)
    page.line((intent.run, "bold"), f"  registered {intent.at}")
    page.line(f"last line {last}")
    page.blank()
    page.line("give this name to the run when it begins:")
    page.line(f"inspect eval … --metadata policylang_run={intent.run}", indent=2)
    page.line(f"run: {intent.run}   in a file of evidence, or in the column `run` of a table", indent=2)


def record(path: str, fields: Mapping[str, str]) -> tuple[Intent, str]:
    """Append a run to a register, and have it on disk; the run, and the digest of its line. Raises CallError."""
    try:
        with Path(path).open("a+", encoding="utf-8", newline="\n") as file:
            _lock(file)
            file.seek(0)
            before = Source(name=path, text=file.read())
            read_register(before)
            line = line_of(fields, last_digest(before))
            after = Source(name=path, text=f"{before.text}{line}\n")
            intent = read_register(after)[-1]
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except (OSError, UnicodeError) as error:
        raise _unusable(path, error) from None
    return intent, last_digest(after) or ""


def _lock(file: IO[str]) -> None:
    """Wait until no other registers at the same time, where the system can tell."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX)


def _unusable(path: str, error: Exception) -> CallError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    message = f"`{path}` cannot be used: {why[:1].lower() + why[1:]}"
    return CallError("C102", message, "name a file that can be read and written")
