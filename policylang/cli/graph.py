"""`policyc graph`: draw a policy from evidence to verdicts, or a part of it, or a decision."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, one_of
from policylang.cli.status import ExitStatus
from policylang.clocks import Moment
from policylang.diagnostics import Diagnostic, nearest
from policylang.evidence.facts import Stated
from policylang.files import Loaded, put, worded
from policylang.graph.nodes import Graph
from policylang.graph.reach import Part, around, named, needed
from policylang.reports.drawing.marks import Marks
from policylang.reports.drawing.picture import WHOLE, Of, Picture
from policylang.reports.style import Look

_EXAMPLES = {
    "policyc graph acme.policy": "what each verdict rests on, as a tree in the terminal",
    "policyc graph acme.policy --out acme.svg": "the whole policy as a picture, for a board or a README",
    "policyc graph acme.policy --for deploy.external": "only what release rests on",
    "policyc graph acme.policy --of weight_security": "what one control, measure, rule or role has to do with anything",
    "policyc graph acme.policy runs/acme-7b.yaml --out decision.svg": "a decision, with its values and verdicts",
    "policyc graph acme.policy --format mermaid": "a flowchart that GitHub draws in Markdown",
    "policyc graph acme.policy --format dot | dot -Tpdf -o acme.pdf": "with Graphviz",
}
_MEANINGS = {
    ExitStatus.DONE: "drawn; what the verdicts are does not matter, `policyc check` judges",
    ExitStatus.NOT_JUDGED: "nothing was drawn: a wrong call, policy or evidence, or a file that could not be written",
}
_ABOUT = """\
Draw the decision graph of a policy: evidence, levels, conditions, rules and verdicts, and what leads to
what. With evidence, draw the decision: what is so is bold, what is open is dashed, what is not is thin,
and each has its sign and its word.

  POLICY     a file that ends in .policy or .policy.md
  EVIDENCE…  all other files, as `policyc check` takes them"""
_FORMATS = ("text", "svg", "dot", "mermaid", "json")
_ENDINGS = {
    ".svg": "svg",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".json": "json",
    ".txt": "text",
}


def words() -> Words:
    """The options of this command."""
    usage = "POLICY [EVIDENCE…] [--for ACTION | --of NAME] [--format FORMAT] [--out FILE] [OPTIONS]"
    found = Words("graph", _ABOUT, usage=usage, closing=closing(_EXAMPLES, _MEANINGS))
    found.once("--for", "ACTION", "only what the verdict on this action, or on every action of a group, rests on", str)
    found.once("--of", "NAME", "only what this name rests on, and what depends on it", str)
    found.switch("--detail", "every condition as a box of its own")
    about = "text (default), svg, dot for Graphviz, mermaid for Markdown, or json for programs"
    found.once("--format", "FORMAT", about, one_of(_FORMATS))
    found.once("--out", "FILE", "write this file; its ending says the format where `--format` does not", str)
    found.once("--as-of", "DATE", "decide as of this day or instant (default: today, UTC)", given.moment)
    given.wording(found)
    given.stating(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The picture; raises CallError, PolicyError or EvidenceError."""
    policies, evidence = given.sorted_words(rest)
    if len(policies) != 1:
        message = f"{len(policies)} policies are named, and one is drawn" if policies else "no policy is named"
        raise CallError("C104", message, "name one file that ends in `.policy` or `.policy.md`")
    form = _form(options)
    loaded = given.loaded(policies)[0]
    of, part = _part(options, loaded.graph)
    marks, warnings = _marks(options, loaded, evidence) if evidence else (None, [])
    if not evidence and (options.as_of or options.vocabulary or given.stated(options, [loaded.graph]) != Stated()):
        message = "something is stated of evidence, and no evidence is named"
        raise CallError("C105", message, "name evidence files too, or leave these options out")
    from policylang.reports.drawing.detail import detail
    from policylang.reports.drawing.policy import picture

    draw = detail if options.detail else picture
    shown = draw(loaded.graph, of=of, part=part, marks=marks)
    out = _written(shown, form, options)
    if form == "mermaid":
        warnings += _too_much(shown, out)
    err = given.warned([*loaded.warnings, *warnings], options.color)
    if options.out is None:
        return Answer(status=ExitStatus.DONE, out=out, err=err)
    _write(options.out, out, rest)
    return Answer(status=ExitStatus.DONE, out="", err=err)


def _form(options: argparse.Namespace) -> str:
    """The format: the one that is named, else that of the file's ending."""
    if options.format is not None or options.out is None:
        form: str = options.format or "text"
        return form
    ending = Path(options.out).suffix.lower()
    if ending not in _ENDINGS:
        help_ = f"end it in one of {', '.join(_ENDINGS)}, or name a `--format`"
        raise CallError("C101", f"the ending of `{options.out}` is of no format of pictures", help_)
    return _ENDINGS[ending]


def _part(options: argparse.Namespace, graph: Graph) -> tuple[Of, Part | None]:
    """What is drawn: all, or what an action or a name has to do with; raises CallError."""
    action, name = options.__dict__["for"], options.of
    if action is not None and name is not None:
        raise CallError("C101", "`--for` and `--of` are both given", "keep one of the two")
    if action is not None:
        if action not in graph.leaves:
            raise CallError("C106", f"this policy has no action `{action}`", nearest(action, graph.leaves))
        return ("action", action), needed(graph, graph.leaves[action])
    if name is not None:
        known = named(graph)
        if name not in known:
            raise CallError("C141", f"nothing in this policy is called `{name}`", nearest(name, known))
        return ("name", name), around(graph, name)
    return WHOLE, None


def _marks(options: argparse.Namespace, loaded: Loaded, files: Sequence[str]) -> tuple[Marks, list[Diagnostic]]:
    """The decision on evidence; raises CallError and EvidenceError."""
    from policylang.decide import decided

    graph = loaded.graph
    as_of: Moment = options.as_of or Moment(datetime.now(UTC).date())
    found = given.gathered(options, [graph], files)
    (evidence,) = worded(found.evidence, [graph], as_of, options.vocabulary or "").evidence
    return Marks(*decided(graph, evidence, as_of)), list(found.warnings)


def _written(picture: Picture, form: str, options: argparse.Namespace) -> str:
    """The picture in a format."""
    if form == "text":
        from policylang.reports.drawing.text import text

        return text(picture, streams.look(sys.stdout, options.color) if options.out is None else Look())
    if form == "json":
        from policylang.reports.drawing.document import document
        from policylang.reports.json import encoded

        return encoded(document(picture))
    return _drawer(form)(picture)


def _drawer(form: str) -> Callable[[Picture], str]:
    """What draws a format that looks the same wherever it goes."""
    from policylang.reports.drawing import dot, mermaid, svg

    return {"svg": svg.svg, "dot": dot.dot, "mermaid": mermaid.mermaid}[form]


def _too_much(picture: Picture, out: str) -> list[Diagnostic]:
    """A warning about a flowchart that is larger than Mermaid draws."""
    from policylang.reports.drawing.mermaid import MOST, MOST_LINKS, links

    amounts = [(len(out), MOST, "characters"), (links(picture), MOST_LINKS, "links")]
    over = [(number, most, what) for number, most, what in amounts if number > most]
    if not over:
        return []
    has = " and ".join(f"{number} {what}" for number, _, what in over)
    draws = " and ".join(str(most) for _, most, _ in over)
    message = f"this flowchart has {has}, and Mermaid draws {draws} unless it is told otherwise"
    help_ = "draw a part of it with `--for` or `--of`, or the whole of it as SVG"
    return [Diagnostic(code="C163", message=message, place=None, help=help_, severity="warning")]


def _write(name: str, text: str, given_: Sequence[str]) -> None:
    """Write a file as a whole or not at all; raises CallError, also where that would be a file of the call."""
    path = Path(name)
    for other in given_:
        if path.exists() and Path(other).exists() and path.samefile(other):
            raise CallError("C102", f"`{name}` is a file that this call reads", "name another file with `--out`")
    try:
        put(name, text.encode("utf-8"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise CallError("C110", f"`{name}` cannot be written: {why}", "name a file that can be written") from None
