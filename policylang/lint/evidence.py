"""Lints of evidence: what may show that a model is safe, and whose word is enough."""

import re
from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, Edit, Fix
from policylang.graph import nodes
from policylang.kinds import Kind
from policylang.lint import insertions
from policylang.lint.acts import AUDITORS, commonest, others, some
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View
from policylang.lint.tree import declared

_OF_THE_RUN = ("n", "status", "age", "evaluator")
"""What every reading has, and what says nothing of how hard the model was tried."""
_SHOWN_BY_RUNS = (Kind.RATE, Kind.SCORE, Kind.COUNT, Kind.FACTOR, Kind.DURATION)


def _gates(view: View) -> Iterator[syntax.Measure]:
    """The measures of the policy's own file that set levels and come from trying the model, not from its records."""
    for _, item in declared(view, "measure"):
        measure = view.graph.measure[item.name.text]
        if measure.name in view.acts.level_measures and not item.unstaged and measure.kind is not Kind.COMPUTE:
            yield item


# How a result came about


def _asked_effort(view: View) -> tuple[str, list[str]]:
    """The need on a ladder that most measures of levels state, as it stands most often, and who states it."""
    stated: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(view.acts.level_measures):
        for need in view.graph.measure[name].needs:
            if need.ladder:
                stated.setdefault(need.of, []).append((name, need.text))
    most = max(stated.values(), key=len, default=[])
    return commonest(text for _, text in most), [name for name, _ in most]


def _untried(item: nodes.Measure) -> bool:
    return all(need.of in _OF_THE_RUN for need in item.needs)


def weakly_tried(view: View) -> Iterator[Diagnostic]:
    """Measures of levels that ask nothing of how the model was tried."""
    effort, _ = _asked_effort(view)
    for item in _gates(view):
        measure = view.graph.measure[item.name.text]
        is_tried = bool(effort or measure.bindings) or measure.kind in (Kind.RATE, Kind.SCORE)
        if is_tried and _untried(measure):  # a finding of people may be no trial of the model
            message = f"any run of `{measure.name}` counts as evidence of safety, however little was tried"
            help_ = "declare how hard a model is pushed, and ask for it: `needs elicitation >= fine_tuned`"
            if effort:
                help_ = f"add `{effort}` to its needs: a run of less effort shows danger only"
            yield view.warn("L301", item.name, message, help_, fix=_asking(view, item, effort) if effort else None)


def less_tried(view: View) -> Iterator[Diagnostic]:
    """Measures of levels that do not ask for the effort that most others ask for."""
    effort, names = _asked_effort(view)
    if len(names) < 2 or 2 * len(names) <= len(list(_gates(view))):
        return
    attribute = effort.partition(" ")[0]
    for item in _gates(view):
        measure = view.graph.measure[item.name.text]
        if not _untried(measure) and all(need.of != attribute for need in measure.needs):
            message = f"`{measure.name}` does not ask for `{attribute}`, as {some(names)} do"
            help_ = f"add `{effort}` to its needs: a run of less effort shows danger only"
            yield view.warn("L302", item.name, message, help_, fix=_asking(view, item, effort))


def _asking(view: View, item: syntax.Measure, need: str) -> Fix:
    title = f"ask for `{need}`"
    if item.needs:
        return insertions.meant(title, view.edit(item.needs[-1].span.end, item.needs[-1].span.end, f", {need}"))
    return insertions.meant(title, insertions.field_added(view, item, f"needs {need}"))


def failing_is_safe(view: View) -> Iterator[Diagnostic]:
    """Outcomes that count as safe, although a model that holds back or a run that breaks brings them about."""
    why = {
        "refusal": "a model that refuses looks as if it were unable",
        "no_answer": "a model that keeps silent looks as if it were unable",
        "error": "a run that breaks looks as if it had shown something",
    }
    for _, item in declared(view, "measure"):
        for outcome, treatment in item.outcomes:
            spot = insertions.found_in(view, item, rf"\b{outcome}\s+as\s+safe\b")
            if treatment != "safe" or spot is None or (outcome != "error" and item.worse == "lower"):
                continue
            words = "an error" if outcome == "error" else f"`{outcome}`"
            message = f"{words} counts as safe in `{item.name.text}`: {why[outcome]}"
            help_ = f"say `{outcome} as missing`, so that it counts as danger where it could be one"
            end = spot.span.end
            edit = view.edit(end - len("safe"), end, "missing")
            fix = insertions.meant(f"count {outcome.replace('_', ' ')} as missing", edit)
            yield view.warn("L303", spot, message, help_, fix=fix)


def attempts_as_tasks(view: View) -> Iterator[Diagnostic]:
    """Measures that count every attempt at a task as a task of its own, while a confidence is asked for."""
    for _, item in declared(view, "measure"):
        spot = insertions.found_in(view, item, r"\bunit\s+sample\b") if item.unit == "sample" else None
        if spot is not None and view.graph.header.confidence is not None:
            message = (
                f"attempts at one task count as tasks of their own in `{item.name.text}`: bounds come out too narrow"
            )
            help_ = "say `unit task`: attempts at one task resemble each other, and prove less than as many tasks"
            edit = view.edit(spot.span.start, spot.span.end, "unit task")
            yield view.warn("L304", spot, message, help_, fix=insertions.meant("count tasks", edit))


# Where a result comes from


def any_version(view: View) -> Iterator[Diagnostic]:
    """Bindings that take results of whatever version of an eval."""
    for _, item in declared(view, "measure"):
        for binding in item.bindings:
            if binding.version is None:
                message = f"`{item.name.text}` takes results of any version of this eval, and scores change with it"
                help_ = 'fix one, as the log states it: `from TOOL "task" version "1"`'
                yield view.warn("L305", binding.task, message, help_)


def fed_by_hand(view: View) -> Iterator[Diagnostic]:
    """Measures of levels that no eval feeds, in a policy that binds others."""
    bound = [name for name in sorted(view.acts.level_measures) if view.graph.measure[name].bindings]
    for item in _gates(view) if bound else ():
        if not item.bindings and view.graph.measure[item.name.text].kind in _SHOWN_BY_RUNS:
            message = f"no eval feeds `{item.name.text}`, as one feeds {some(bound)}: its results are typed in by hand"
            help_ = 'bind it: `from TOOL "task" version "1"`'
            yield view.warn("L306", item.name, message, help_)


def unannounced(view: View) -> Iterator[Diagnostic]:
    """Measures of levels whose runs need not be registered, where confidence is asked for and tries have no budget."""
    header = view.graph.header
    if header.confidence is None or header.anytime or header.across_attempts:
        return
    found = [
        item
        for item in _gates(view)
        if not item.registered and view.graph.measure[item.name.text].kind in (Kind.RATE, Kind.SCORE)
    ]
    if found:
        message = f"bad runs of {some(item.name.text for item in found)} can be left out, and nobody sees it"
        help_ = "say `runs registered`: then every run that was begun counts, and one without a result as the worst"
        edits = [insertions.field_added(view, item, "runs registered") for item in found]
        labels = others(view, ((item.name, "this one too") for item in found[1:]))
        fix = insertions.meant("count registered runs only", *edits)
        yield view.warn("L307", found[0].name, message, help_, labels=labels, fix=fix)


def from_inside_only(view: View) -> Iterator[Diagnostic]:
    """Policies none of whose measures asks for runs of somebody independent."""
    header, graph = view.resolved.header, view.graph
    if header is None or not view.acts.level_measures:
        return
    if not any(need.of == "independent" for measure in graph.measures for need in measure.needs):
        message = "no measure asks for an independent run: the developer's own runs settle every level"
        help_ = "add `needs independent` where an outsider can repeat the evaluation"
        yield view.warn("L308", header.name, message, help_)


_NOTICING = re.compile(r"aware|sandbag|notic|suspect|see[ns]? through|held? back|being tested", re.IGNORECASE)


def unnoticed(view: View) -> Iterator[Diagnostic]:
    """Policies that evaluate what a model can do, and never ask whether it noticed that it was evaluated."""
    header, graph = view.resolved.header, view.graph
    evals = [item for item in _gates(view) if graph.measure[item.name.text].kind in (Kind.RATE, Kind.SCORE)]
    asked = {need.of for measure in graph.measures for need in measure.needs} & set(graph.attribute)
    said = (f"{name} {graph.attribute[name].title}" for name in asked)
    if header is not None and evals and not any(map(_NOTICING.search, said)):
        message = "no measure asks whether the model noticed that it was tested, or held back"
        help_ = "declare an attribute, and bound it: `needs eval_awareness <= 10%`"
        yield view.warn("L315", header.name, message, help_)


# Whose word is enough


def _lasting(view: View) -> tuple[list[tuple[syntax.Control, syntax.AttestedBy]], list[str]]:
    """The policy's own controls whose attestation never expires, and the times after which others do."""
    attested = [item for item in view.graph.controls if item.attested]
    times = [item.valid.text for item in attested if item.valid is not None]
    own = [(item, item.attested) for _, item in declared(view, "control") if item.attested is not None]
    return [(item, words) for item, words in own if words.valid is None], times


def _is_usual(view: View, times: list[str]) -> bool:
    """Whether attestations of a policy expire as a rule."""
    return len(times) >= 2 and 2 * len(times) >= sum(bool(item.attested) for item in view.graph.controls)


def lasting_attestation(view: View) -> Iterator[Diagnostic]:
    """Attestations that never expire, in a policy where most others do."""
    found, times = _lasting(view)
    if not _is_usual(view, times):
        return
    usual = commonest(times)
    for item, words in found:
        message = f"the attestation of `{item.name.text}` need never expire, as most others must"
        help_ = f"say how long it counts: `attested by {words.role.text} valid {usual}`"
        fix = insertions.meant(f"let it expire after `{usual}`", _expiring(view, words, usual))
        yield view.warn("L309", words, message, help_, fix=fix)


def _expiring(view: View, words: syntax.AttestedBy, time: str) -> Edit:
    """An attestation that expires."""
    at = words.role.span.end
    return view.edit(at, at, f" valid {time}")


def lasting_attestations(view: View) -> Iterator[Diagnostic]:
    """Policies whose attestations hardly ever expire."""
    found, times = _lasting(view)
    if found and not _is_usual(view, times):
        message = f"what was attested once may count for ever: {some(item.name.text for item, _ in found)}"
        help_ = "say how long a word counts: `attested by ROLE valid 180 days`"
        labels = others(view, ((words, "nor does this expire") for _, words in found[1:]))
        usual = commonest(times)
        edits = [_expiring(view, words, usual) for _, words in found if usual]
        fix = insertions.meant(f"let them expire after `{usual}`, as others do", *edits) if usual else None
        yield view.warn("L310", found[0][1], message, help_, labels=labels, fix=fix)


def on_word_alone(view: View) -> Iterator[Diagnostic]:
    """Policies that require controls and measure none of them."""
    wanted = [index for _, need in view.acts.needs for index in need.nodes]
    header = view.resolved.header
    if header is None or not wanted or any(isinstance(node, nodes.Threshold) for node in view.acts.below(*wanted)):
        return
    message = "every safeguard that is required rests on somebody's word, and no measurement shows one"
    help_ = "give those that can be measured a `holds when` beside `attested by`"
    yield view.warn("L311", header.name, message, help_)


def undefined_choice(view: View) -> Iterator[Diagnostic]:
    """Undefined controls among several to choose from: they can never be the ones."""
    for _, item in declared(view, "rule", "exception"):
        effects = item.effects if isinstance(item, syntax.Rule) else item.requirements
        for need in effects:
            if isinstance(need, syntax.RequireControls):
                yield from _undefined_in(view, need)


def _undefined_in(view: View, need: syntax.RequireControls) -> Iterator[Diagnostic]:
    missing = [one for one in need.controls if view.graph.control[one.control.text].undefined]
    left = [one.control.text for one in need.controls if one not in missing]
    if len(left) < need.count:
        return  # it can never be met, which is said elsewhere
    for one in missing:
        message = f"`{one.control.text}` is undefined and can never be one of the {need.count}: {some(left)} are left"
        if len(left) == 1:
            message = f"`{one.control.text}` is undefined and never counts: only `{left[0]}` is left"
        yield view.warn("L312", one, message, "define it, with `attested by` or `holds when`, or leave it out")


# Whose judgement


def unjudged(view: View) -> Iterator[Diagnostic]:
    """Categories with conditions that nobody may raise."""
    judges = {item.assessed for item in view.graph.categories if item.assessed}
    judge = next(iter(judges)) if len(judges) == 1 else ""
    for _, item in declared(view, "category"):
        if item.clauses and item.assessed is None:
            message = f"nobody may raise `{item.name.text}` above what its scores show"
            help_ = f"add `assessed by {judge or 'ROLE'}`: a judgement raises a level and never lowers it"
            edits = [insertions.field_added(view, item, f"assessed by {judge}")] if judge else []
            fix = insertions.meant(f"let `{judge}` judge it, as the others", *edits) if judge else None
            yield view.warn("L313", item.name, message, help_, fix=fix)


def judged_only(view: View) -> Iterator[Diagnostic]:
    """Categories on which no score bears."""
    found = [item for _, item in declared(view, "category") if not item.clauses]
    if found:
        message = f"no score bears on {some(item.name.text for item in found)}: the level is a judgement alone"
        help_ = "add `LEVEL when …` for what an eval can show; a judgement may still raise the level"
        labels = others(view, ((item.name, "nor on this") for item in found[1:]))
        yield view.warn("L314", found[0].name, message, help_, labels=labels)


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.EVIDENCE, personas=personas, find=find)
    for code, personas, find in (
        ("L301", EVERYBODY, weakly_tried),
        ("L302", EVERYBODY, less_tried),
        ("L303", EVERYBODY, failing_is_safe),
        ("L304", EVERYBODY, attempts_as_tasks),
        ("L305", READERS, any_version),
        ("L306", READERS, fed_by_hand),
        ("L307", READERS, unannounced),
        ("L308", AUDITORS, from_inside_only),
        ("L309", EVERYBODY, lasting_attestation),
        ("L310", AUDITORS, lasting_attestations),
        ("L311", AUDITORS, on_word_alone),
        ("L312", READERS, undefined_choice),
        ("L313", READERS, unjudged),
        ("L314", AUDITORS, judged_only),
        ("L315", AUDITORS, unnoticed),
    )
)
