"""Lints of numbers: how they are written, where they come from, and on how much evidence they are judged."""

import itertools
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from policylang import syntax
from policylang.check.meanings import Compared
from policylang.diagnostics import Diagnostic, Fix, replacing
from policylang.kinds import Kind, Unit, exact_text, value_text
from policylang.lint import tree
from policylang.lint.rule import AUTHORS, EVERYBODY, READERS, Family, Persona, Rule, View
from policylang.lint.thresholds import SAMPLED, Threshold, by_measure, mentions, texts

# How rates are written


def shares_and_percent(view: View) -> Iterator[Diagnostic]:
    """Rates written as a share where others are written in percent; and `1`, which is 100 % and reads like 1 %."""
    rates = list(_rates(view))
    percent = any(node.quantity.unit is Unit.PERCENT for node, _ in rates)
    for node, is_compared in rates:
        quantity = node.quantity
        if quantity.unit is not Unit.NONE or not quantity.number or not view.is_own(node):
            continue
        text = f"{exact_text(quantity.number * 100)}%"
        if percent or quantity.number == 1:
            others = "; other rates here are in percent" if percent else ""
            fix = replacing(view.resolved.place(node), text, keeps_meaning=is_compared)
            message = f"`{view.text(node)}` is `{text}`, written as a share{others}"
            yield view.warn("L211", node, message, f"write `{text}`", fix=fix)


def _rates(view: View) -> Iterator[tuple[syntax.Literal_, bool]]:
    """Every literal that stands for a rate, and whether its value alone has a meaning: some are kept as written."""
    named = view.resolved.named
    rates = {name for name, item in named["measure"].items() if item.type.name.text == Kind.RATE}
    rated = {name for name, item in named["attribute"].items() if item.type.name.text == Kind.RATE}
    for node in view.parts:
        meaning = view.checked.meanings.get(node.id)
        match node:
            case syntax.Comparison() if isinstance(meaning, Compared) and meaning.kind is Kind.RATE:
                yield from ((literal, True) for side in (node.left, node.right) for literal in _summands(side))
            case syntax.Measure(margin=syntax.Literal_() as literal) if node.name.text in rates:
                yield literal, True
            case syntax.Parameter(value=syntax.Literal_() as literal) if node.type.name.text == Kind.RATE:
                yield literal, False
            case syntax.Need(value=syntax.Literal_() as literal) if node.name.text in rated:
                yield literal, False
            case syntax.GivenValue(value=syntax.Literal_() as literal) if node.target.name.text in rates:
                yield literal, True
            case _:
                pass


def _summands(node: syntax.Expression) -> Iterator[syntax.Literal_]:
    match node:
        case syntax.Literal_():
            yield node
        case syntax.Arithmetic(operator="+" | "-", left=left, right=right):
            yield from _summands(left)
            yield from _summands(right)
        case _:
            pass


# Where numbers come from


_LEADING = re.compile(
    r"(?<![\w.])(?:e\.\s?g\.|for (?:example|instance)|examples? (?:of|is|are))[,:]?(?:\s+[\w-]+){0,4}\s*$",
    re.IGNORECASE,
)
"""What calls the number after it an example."""
_FOLLOWING = re.compile(r"^(?:\s+[\w-]+){0,4}\s+(?:is|are|was|as)\s+(?:\w+\s+){0,3}examples?\b", re.IGNORECASE)
"""What calls the number before it one."""
_OPEN = re.compile(
    r"(?<![\w.])(?:illustrat\w+|hypothetical\w*|placeholder|provisional\w*|tb[dca]\b"
    r"|to be (?:decided|defined|set|confirmed|determined))",
    re.IGNORECASE,
)
"""What says of all that a sentence, or a line, says that it is not meant yet."""
_MARK = re.compile(
    r"(?<=#)\s*(?:(?:only|just|an?)\s+){0,2}(?:e\.\s?g\.|for (?:example|instance)|examples?\b)", re.IGNORECASE
)
"""What a comment at the end of a line begins with when it calls the line an example."""
_SENTENCE = re.compile(r"(?<=[.;!?])\s+(?=[A-Z\"(])|(?<=;)\s+")


def example_numbers(view: View) -> Iterator[Diagnostic]:
    """Thresholds whose number a title, a clause or a comment beside calls an example."""
    for one in view.thresholds:
        yield from _example(view, one.item, one.node, one.bound)
    for item in view.resolved.evaluates:
        for cadence in item.cadences if view.is_own(item) else ():
            if isinstance(cadence.factor, syntax.Literal_):
                yield from _example(view, item, cadence, cadence.factor.quantity.value)


def _example(view: View, item: Any, node: syntax.Node, bound: Fraction) -> Iterator[Diagnostic]:
    line = view.source.position(view.span(node).end)[0]
    comments = tree.beside(view, item)
    ending = " ".join(c.text for c in comments if view.source.position(c.span.start)[0] == line)
    remarks = " ".join(comment.text.lstrip("# ") for comment in comments)
    said = _OPEN.search(ending) or _MARK.search(ending)
    said = said or next(filter(None, (_called(text, bound) for text in (*texts(view, item), remarks))), None)
    if said is not None:
        message = f"the text beside it calls this number an example: `{said[0].strip()}`"
        help_ = "an example is no threshold: leave the level to judgement, or a `parameter` for whoever adopts this"
        yield view.warn("L212", node, message, help_)


def _called(text: str, number: Fraction) -> re.Match[str] | None:
    """What calls a number an example in a text, or says that its sentence is not meant yet."""
    for sentence in _SENTENCE.split(text):
        for at in mentions(sentence, number):
            before, after = sentence[: at.start], sentence[at.end :]
            said = _LEADING.search(before) or _FOLLOWING.search(after) or _OPEN.search(sentence)
            if said is not None:
                return said
    return None


_BASELINE = re.compile(
    r"\b(?:baselines?|state[- ]of[- ]the[- ]art|(?:human|expert)[- ](?:level|performance)|counterfactual\w*|status quo"
    r"|(?:existing|current|present|today's) (?:tools?|technolog\w+|knowledge|models?|capabilit\w+|systems?))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")


def undated_baselines(view: View) -> Iterator[Diagnostic]:
    """Measures and parameters that compare with a baseline, and do not say of which year."""
    for kind, item in tree.declared(view, "measure", "parameter", "category"):
        if item.title is None or (said := _BASELINE.search(item.title.text)) is None:
            continue
        words = [*texts(view, item), *(comment.text for comment in tree.beside(view, item))]
        if not any(_YEAR.search(text) for text in words):
            message = f"the {kind} `{item.name.text}` is set against `{said[0].lower()}`, of no year"
            help_ = "say of which year: as the baseline moves, the threshold moves with it"
            yield view.warn("L213", item.title, message, help_)


_TURNED = re.compile(r"(?:^|_)(?:refus|robust|resist|detect|block|complian|caught|catch|recall|uptime|withst|thwart)")
_TURNED_BACK = re.compile(r"evad|evas|bypass|fail|miss|false|jailbr|attack|circumv|suppress|over|under|non|break|loss")


def silent_direction(view: View) -> Iterator[Diagnostic]:
    """Measures whose name says that more is safer, and that do not say which end is worse."""
    for _, item in tree.declared(view, "measure"):
        name = item.name.text.lower()
        kind = item.type.name.text
        span, written = view.span(item), view.text(item)
        if kind == Kind.FINDING or not _TURNED.search(name) or _TURNED_BACK.search(name):
            continue
        if re.search(r"\bworse\s+when\b", written) is None:
            brace = _without_strings(written).find("{") + 1
            at = span.start + brace if brace else span.end
            text = " worse when lower" if brace else " { worse when lower }"
            fix = Fix(title="add `worse when lower`", edits=(view.edit(at, at, text),))
            message = f"`{item.name.text}` counts as worse when higher, and its name says the opposite"
            help_ = "say `worse when lower`; if higher is indeed worse, say so with `worse when higher`"
            yield view.warn("L214", item.name, message, help_, fix=fix)


def _without_strings(text: str) -> str:
    return re.sub(r'"[^"\n]*"', lambda found: " " * len(found[0]), text)


# On how much evidence


def _asks_for_n(item: syntax.Measure) -> Fraction | None:
    """The fewest units a reading must have to qualify; None where nothing is asked for."""
    for need in item.needs:
        if need.name.text == "n" and need.operator in (">=", ">", "=") and isinstance(need.value, syntax.Literal_):
            return need.value.quantity.value
    return None


def _judged(view: View) -> Iterator[tuple[syntax.Measure, list[Threshold]]]:
    """The sampled measures of the policy's own file that a threshold is on."""
    for name, found in by_measure(view):
        item = view.resolved.named["measure"][name]
        if found[0].kind in SAMPLED and view.is_own(item):
            yield item, found


_SHARE = re.compile(
    r"\b(?:share|proportion|percentage|fraction|part) of (?!.*\b(?:tasks?|attempts?|runs?|questions?|requests?|"
    r"prompts?|samples?|trials?|tests?|challenges?|problems?|items?|outputs?|responses?|answers?|conversations?|cases)\b)",
    re.IGNORECASE,
)


def _is_share_of_something(item: syntax.Measure) -> bool:
    """Whether a rate is a share of what is counted in full, such as staff or spending: nothing is sampled."""
    return not item.bindings and item.title is not None and _SHARE.search(item.title.text) is not None


def no_sample_size(view: View) -> Iterator[Diagnostic]:
    """Measures with a threshold that a run of a single task may settle."""
    for item, found in _judged(view):
        if _asks_for_n(item) is None and not _is_share_of_something(item):
            message = f"nothing says how many tasks `{item.name.text}` takes, and `{found[0].text}` is judged on it"
            yield view.warn("L215", item.name, message, "ask for enough of them: `needs n >= 50`")


def too_few(view: View) -> Iterator[Diagnostic]:
    """Samples so small that a model at the threshold would likely show nothing, in a policy without confidence."""
    header = view.resolved.header
    if header is None or header.confidence is not None:
        return  # gates that too few units cannot pass are found exactly
    for item, found in _judged(view):
        asked = _asks_for_n(item)
        for one in found:
            room = one.bound if item.worse == "higher" else 1 - one.bound
            if asked is not None and one.kind is Kind.RATE and 0 < room < 1 and asked * room < 1:
                message = f"{exact_text(asked)} tasks are too few to tell a model at `{one.text}` from a harmless one"
                help_ = f"ask for more, `needs n >= {-int(-1 // room) * 3}`: then most runs show the difference"
                yield view.warn("L216", one.node, message, help_)
                break


def no_confidence(view: View) -> Iterator[Diagnostic]:
    """Policies with thresholds on samples that take each score for the truth."""
    header = view.resolved.header
    if header is not None and view.is_own(header) and header.confidence is None:
        judged = next((one for one in _judged(view) if not _is_share_of_something(one[0])), None)
        if judged is not None:
            message = (
                f"thresholds are judged on samples, `{judged[0].name.text}` first, and every score counts as exact"
            )
            help_ = "say how sure a score must be: `confidence 95%` in the header"
            yield view.warn("L217", header.name, message, help_)


def no_margin(view: View) -> Iterator[Diagnostic]:
    """Measures with a threshold and no margin for what testing misses."""
    for item, _ in _judged(view):
        if item.margin is None and not _is_share_of_something(item):
            message = f"`{item.name.text}` has no margin below its thresholds"
            help_ = "`margin 5%` leaves room for what testing did not find"
            yield view.warn("L218", item.name, message, help_)


def wide_margins(view: View) -> Iterator[Diagnostic]:
    """Margins as wide as the distance of two levels: no score is ever known to be at the lower one."""
    for item, found in _judged(view):
        if not isinstance(item.margin, syntax.Literal_):
            continue
        margin = item.margin.quantity.value
        inside = [one for one in found if isinstance(one.item, syntax.Category)]
        for category in dict.fromkeys(one.item.name.text for one in inside):
            bounds = sorted({one.bound for one in inside if one.item.name.text == category})
            for low, high in itertools.pairwise(bounds):
                if high - low <= margin:
                    shown = [value_text(value, found[0].kind) for value in (low, high)]
                    message = f"the margin is as wide as from `{shown[0]}` to `{shown[1]}` in `{category}`"
                    help_ = "make it smaller, or move the levels apart: no score shows the one and not the other"
                    yield view.warn("L219", item.margin, message, help_)
                    break


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.THRESHOLDS, personas=personas, find=find)
    for code, personas, find in (
        ("L211", AUTHORS, shares_and_percent),
        ("L212", EVERYBODY, example_numbers),
        ("L213", READERS, undated_baselines),
        ("L214", EVERYBODY, silent_direction),
        ("L215", EVERYBODY, no_sample_size),
        ("L216", EVERYBODY, too_few),
        ("L217", EVERYBODY, no_confidence),
        ("L218", frozenset((Persona.AUDITOR,)), no_margin),
        ("L219", EVERYBODY, wide_margins),
    )
)
