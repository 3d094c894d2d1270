"""`policyc eval`: measure models on a suite of tasks, and write evidence that `policyc check` decides on."""

import argparse
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from policylang.cli import given
from policylang.cli.call import Answer, CallError, Words, closing, formats, one_of
from policylang.cli.status import ExitStatus
from policylang.evidence.facts import Stated
from policylang.files import Loaded

if TYPE_CHECKING:
    pass

_EXAMPLES = {
    "policyc eval suite.yaml --model models/acme-7b --stage pre_mitigation -o acme.yaml": (
        "measure a model, and write the evidence"
    ),
    "policyc eval suite.yaml --model acme-7b --stage pre_mitigation --stage post_mitigation -o acme.yaml": (
        "before and after mitigations, side by side"
    ),
    "policyc eval suite.yaml --model models/acme-7b --plan": "how many tokens, how long, how much memory",
    "policyc eval suite.yaml governance.yaml --model acme-7b --check acme.policy -o acme.yaml": "and decide at once",
    "policyc eval suite.yaml --model acme-7b --for acme.policy -o acme.yaml": (
        "ask no more than the policy needs, under `confidence … anytime`"
    ),
}
_ABOUT = """\
Measure models on a suite of tasks, and write evidence.

  SUITE      YAML of `policyc schema suite`: tasks, what they ask, and the measures that they feed
  EVIDENCE…  what else is known, for --check and --for

Every answer is kept on disk as it comes, beside the evidence. Whatever interrupts a run, the same command
goes on with it; until it is done, its evidence says `cancelled` and is no evidence of safety."""
_STATUS = {
    ExitStatus.DONE: "everything was measured, and the evidence is written; with --check, everything is permitted",
    ExitStatus.REFUSED: "with --check: something is forbidden, conditional or overdue",
    ExitStatus.NOT_JUDGED: "it was not: a wrong call, suite or model, an interruption, a file that cannot be written",
    ExitStatus.UNDETERMINED: "with --check: something is undetermined",
}


def words() -> Words:
    """The options of this command."""
    found = Words(
        "eval",
        _ABOUT,
        usage="SUITE [EVIDENCE]… --model MODEL… [--stage STAGE]… -o FILE [OPTIONS]",
        closing=closing(_EXAMPLES, _STATUS),
    )
    found.many("--model", "MODEL", "a folder, or `owner/model@revision` on Hugging Face; may be repeated")
    found.many("--name", "NAME", "the name of the subject (default: of its folder); one for each model")
    found.many("--stage", "STAGE", "the stage to measure at; may be repeated")
    found.once("--output", "FILE", "the file of evidence; with several models, a folder for one each", str, short="-o")
    found.many("--check", "POLICY", "decide on the evidence at once; may be repeated")
    found.many("--for", "POLICY", "stop each task when no verdict depends on more of it; may be repeated")
    found.many("--action", "ACTION", "with --for or --check: only the verdict on this action; may be repeated")
    found.once("--as-of", "DATE", "decide as of this day or instant (default: today, UTC)", given.moment)
    found.switch("--plan", "say what it would take, and ask nothing")
    found.once("--engine", "ENGINE", "local (default), ray or vllm", one_of(("local", "ray", "vllm")))
    found.once("--dtype", "TYPE", "auto (default), float32, bfloat16 or float16", one_of(_DTYPES))
    found.once("--device", "DEVICE", "auto (default), cpu, cuda, cuda:N, or map over all GPUs", str)
    found.once("--threads", "N", "threads of the processor (default: as many as time best)", _number)
    found.once("--answers", "FILE", "where answers are kept (default: beside the evidence)", str)
    found.once("--register", "FILE", "announce the runs there before they begin", str)
    found.once("--logs", "FOLDER", "write the outcome of every unit there, as logs", str)
    found.many("--attribute", "NAME=VALUE", "an attribute of all readings, `held_out=yes`; may be repeated")
    found.once("--attempt", "N", "which attempt at mitigations this is", given.count)
    found.once("--compute", "FLOP", "effective compute of the model, `2.9e24 FLOP`", given.compute)
    found.once("--at", "DATE", "when it was measured (default: the day on which the run first began)", given.moment)
    formats(found)
    found.set_defaults(engine="local", dtype="auto", device="auto", threads=0)
    return found.complete()


_DTYPES = ("auto", "float32", "bfloat16", "float16")


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """What was measured, or the plan; raises CallError, PolicyError or EvidenceError."""
    _check_call(options, rest)
    from policylang.cli.evaluating import Evaluating  # only when it is called for

    policies = dict(_policies(options))
    evaluating = Evaluating(options, rest, policies, _stated(options, list(policies.values())))
    with _stoppable():
        return evaluating.answer()


def _check_call(options: argparse.Namespace, rest: Sequence[str]) -> None:
    """Refuse a call that says too little, or says what cannot be."""
    if not rest:
        raise CallError("C105", "no suite is named", "name a file of `policyc schema suite`")
    if any(name.endswith((".policy", ".policy.md")) for name in rest):
        raise CallError("C101", "a policy is named as a suite", "give it to `--check`, or to `--for`")
    if not options.model:
        raise CallError("C101", "no model is named", "name its folder: `--model models/acme-7b`")
    if options.name and len(options.name) != len(options.model):
        raise CallError("C101", "there are not as many names as models", "give one `--name` for each `--model`")
    if not options.output and not options.plan:
        raise CallError("C101", "no file for the evidence is named", "name one: `-o evidence.yaml`")
    asks = options.check or options.__dict__["for"]
    for option, value in (("--action", options.action), ("--as-of", options.as_of)):
        if value and not asks:
            raise CallError("C101", f"`{option}` is given, and no policy to decide by", "add `--check POLICY`")
    if options.register is not None and options.at is not None:
        message = "`--at` is given with `--register`, and what is announced begins when it begins"
        raise CallError("C101", message, "leave `--at` out")
    if len(rest) > 1 and not asks:
        message = f"`{rest[1]}` is given beside the suite, and no policy to decide by"
        raise CallError("C101", message, "add `--check POLICY`, or leave it out")


def _policies(options: argparse.Namespace) -> Iterator[tuple[str, Loaded]]:
    names = list(dict.fromkeys([*options.check, *options.__dict__["for"]]))
    yield from zip(names, given.loaded(names), strict=True)


def _stated(options: argparse.Namespace, policies: Sequence[Loaded]) -> Stated:
    graphs = [policy.graph for policy in policies]
    return Stated(
        attempt=options.attempt,
        effective_compute=options.compute,
        attributes=given.attributes(options.attribute, graphs),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:4]) <= 1024):
        raise CallError("C101", f"`{text}` is no number of threads", "write `--threads 2`")
    return int(text)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Inside, being asked to end is an interruption like Ctrl-C: what is there is kept and said."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread, which alone is told
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
