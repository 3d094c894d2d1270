"""Ways to loosen a policy, each a small edit of its text: what `policyc diff` must never miss.

An operator looks at the declarations of a policy one by one and says how each could read instead. What compares by
order (needs, deadlines, roles) is looser whatever else the policy says; of the rest an edit counts where the decider,
on random evidence, gives a weaker verdict or a lower level than before.
"""

import dataclasses
import functools
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from assignments import drawn
from policylang.analysis.formula import Key
from policylang.analysis.prover import Prover
from policylang.analysis.space import Choice, Space
from policylang.analysis.witness import decided, pieces
from policylang.decide.decision import Decision, Verdict
from policylang.diagnostics import PolicyError
from policylang.graph.nodes import Graph
from random_vocabulary import Shape
from small_agreement import compiled
from strategies import draft_of, parsed
from written import EXAMPLE, PREPAREDNESS

TRIES = 8
"""How many places an operator is tried at before it is said not to apply."""

Change = Callable[[str], Iterator[str | None]]
"""The ways in which one declaration can read instead; None: it is left out."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A way to loosen; `always`: it is looser whether or not any verdict shows it."""

    name: str
    on: str  # how a declaration begins that it applies to
    change: Change
    always: bool
    unless: str = ""  # what a declaration may not contain


OPERATORS: dict[str, Operator] = {}


def _operator(name: str, on: str, change: Change, *, always: bool = False, unless: str = "") -> None:
    assert name not in OPERATORS
    OPERATORS[name] = Operator(name=name, on=on, change=change, always=always, unless=unless)


def _swap(pattern: str, new: str | Callable[[re.Match[str]], str | None]) -> Change:
    """Each place where a pattern stands, replaced."""

    def change(text: str) -> Iterator[str | None]:
        for match in re.finditer(pattern, text):
            with_ = match.expand(new) if isinstance(new, str) else new(match)
            if with_ is not None and with_ != match[0]:
                yield text[: match.start()] + with_ + text[match.end() :]

    return change


def _gone(_: str) -> Iterator[None]:
    yield None


def _only(pattern: str) -> Change:
    """A declaration left out, where a pattern stands in it."""

    def change(text: str) -> Iterator[None]:
        if re.search(pattern, text):
            yield None

    return change


def _first(pattern: str, new: str) -> Change:
    """Words added at the one place where a pattern stands."""
    return _swap(pattern, lambda match: match.expand(new))


def _times(factor: int, suffix: str) -> Callable[[re.Match[str]], str]:
    def change(match: re.Match[str]) -> str:
        number = float(match["number"]) * factor
        return f"{match['before']}{number:g}{suffix or match['after']}"

    return change


NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
UP, DOWN = r"(?P<before>(?:>=|>) )", r"(?P<before>(?:<=|<) )"
SPAN = r"(?P<after> (?:seconds?|minutes?|hours?|days?|business days?|weeks?|months?|years?))"
LIST = r"[\w.]+(?:, [\w.]+)*"


def _percent(match: re.Match[str], by: int) -> str | None:
    value = float(match["number"]) + by
    return f"{match['before']}{value:g}%" if 0 <= value <= 100 else None


def _longer(match: re.Match[str]) -> str:
    return f"{match['before']}{float(match['number']) * 3:g}{match['after'].rstrip('s')}s"


# Thresholds of categories

_operator("rate threshold up", "category", _swap(UP + NUMBER + "%", lambda m: _percent(m, 7)))
_operator("rate threshold down", "category", _swap(DOWN + NUMBER + "%", lambda m: _percent(m, -4)))
_operator("count or score threshold up", "category", _swap(UP + NUMBER + r"(?P<after>)(?![\w%.]| [\w])", _times(2, "")))
_operator("duration threshold up", "category", _swap(UP + NUMBER + SPAN, _longer))
_operator("factor threshold up", "category", _swap(UP + NUMBER + r"(?P<after>x)", _times(2, "")))
_operator("compute threshold up", "category", _swap(r"(>=|>) ([\d.]+)e(2\d) FLOP", r"\1 9.5e\3 FLOP"))
_operator("`>=` of a score to `>`", "category", _swap(r">= (?=[\d])", "> "))
_operator("`<=` of a score to `<`", "category", _swap(r"<= (?=[\d])", "< "))
_operator("level clause dropped", "category", _swap(r"(?m)^ *(?:medium|high|critical|raised) +when [^\n]*\n", "\n"))
_operator("category dropped", "category", _gone, always=True)
_operator("`or` to `and` in a category", "category", _swap(" or ", " and "))
_operator("`assessed by` dropped", "category", _swap(r"assessed by \w+", ""), always=True, unless="^(?!.* when )")
_operator("finding dropped from a category", "category", _swap(r" or \w+(?=\n| and )", ""))

# Conditions of rules

_operator("level `>=` to `>`", "rule", _swap(r">= (?=medium|high)", "> "))
_operator("level up", "rule", _swap(r"(?<=>= )(medium|high)\b", lambda m: {"medium": "high", "high": "critical"}[m[0]]))
_operator(
    "stage dropped from `any … or any …`", "rule", _swap(r"(any category\S* >= \w+) or any category\S* >= \w+", r"\1")
)
_operator("`or` to `and` in a rule", "rule", _swap(" or (?!after)", " and "))
_operator("alternative dropped", "rule", _swap(r"(?<=when )(\S+ \S+ \S+) or [^\n]*", r"\1"))
_operator("`any` to `all`", "rule", _swap(r"\bany(?= category)", "all"))
_operator("`any` to `at least 2`", "rule", _swap(r"\bany(?= category)", "at least 2"))
_operator("a category excepted", "rule", _swap(r"any category(?=[. ])(?! except)", "any category except CATEGORY"))
_operator("rate threshold of a rule up", "rule", _swap(UP + NUMBER + "%", lambda m: _percent(m, 7)))
_operator("attempts up", "rule", _swap(r"attempts (>=|>) [23]", r"attempts \1 5"))
_operator(
    "condition added", "rule", _swap(r"\{(?!(?s:.*)(?:when|within))", "{ when EVENT "), unless="strength (aim|rec)"
)
_operator("condition narrowed", "rule", _swap(r"(?<=when )([^\n]*)(?=\n)", r"(\1) and EVENT"))
_operator("interpretation dropped", "rule", _swap(r"interpretation \w+ when [^\n]*\n *interpretation \w+ when", "when"))
_operator("definition narrowed", "define", _swap(" as (.*)", r" as (\1) and EVENT"))

# Effects of rules

_operator("rule dropped", "rule", _gone)
_operator("action dropped from `forbid`", "rule", _swap(rf"(forbid {LIST}), [\w.]+", r"\1"))
_operator("first action dropped from `forbid`", "rule", _swap(r"forbid [\w.]+, ", "forbid "))
_operator("`forbid` dropped", "rule", _swap(rf"(?m)^ *forbid {LIST} *$", ""))
_operator("group to one of its actions", "rule", _swap(r"(forbid|before) (deploy|develop)(?![\w.])", r"\1 ACTION"))
_operator("requirement dropped", "rule", _swap(r"(?m)^ *require [^\n(]* before [^\n]*$", ""))
_operator("action dropped from a requirement", "rule", _swap(rf"(before {LIST}), [\w.]+", r"\1"))
_operator(
    "control level down", "rule",
    _swap(r"(?<=>= )(sl\d)", lambda m: f"sl{int(m[0][2]) - 1}" if m[0] != "sl1" else None),
)  # fmt: skip
_operator(
    "one control fewer", "rule",
    _swap(r"(require at least )(\d)", lambda m: f"{m[1]}{int(m[2]) - 1}" if int(m[2]) > 1 else None),
)  # fmt: skip
_operator("one control more to choose from", "rule", _swap(r"(require at least \d of \()(?!CONTROL)", r"\1CONTROL, "))
_operator("approving role dropped", "rule", _swap(r"approval of \w+, (?=[a-z])", "approval of "))
_operator(
    "quorum down", "rule",
    _swap(r"((?:approval|consultation) of )(\d) of", lambda m: f"{m[1]}{int(m[2]) - 1} of" if int(m[2]) > 1 else None),
)  # fmt: skip
_operator("approval to consultation", "rule", _swap(r"require approval(?! of [^\n]* valid)", "require consultation"))
_operator("`notify … before` dropped", "rule", _swap(r"(?m)^ *notify [\w, ]+ before [^\n]*$", ""))

MUST = r"strength (?:aim|recommend)"
_operator(
    "approval valid longer", "rule", _swap("(?P<before>valid )" + NUMBER + SPAN, _longer), always=True, unless=MUST
)
_operator("`valid` of an approval dropped", "rule", _swap(r" valid \d+ (business )?\w+", ""), always=True, unless=MUST)
WITHIN = "(?P<before>within )"
_operator("deadline longer", "rule", _swap(WITHIN + NUMBER + SPAN, _longer), always=True, unless=MUST)
_operator("hours to days", "rule", _swap(r"within (\d+) hours", r"within \1 days"), always=True, unless=MUST)
_operator(
    "hours to business days", "rule", _swap(r"within (\d+) hours", r"within \1 business days"), always=True, unless=MUST
)
_operator(
    "deadline dropped", "rule", _swap(r"(?m)^ *notify [\w, ]+ within [^\n]*$", ""), always=True,
    unless=rf"{MUST}|(?s:notify .* notify )",
)  # fmt: skip
_operator(
    "one role fewer told in time", "rule", _swap(r"notify (\w+), [\w, ]+ within", r"notify \1 within"), always=True,
    unless=rf"{MUST}|(?s:notify .* notify )",
)  # fmt: skip
_operator(
    "clock of an event", "rule", _swap(r"(?m)(within \d+ (?:business )?\w+)(?= *$)", r"\1 of EVENT"), always=True,
    unless=rf"{MUST}|(?s:notify .* notify )",
)  # fmt: skip
END = r"\}\s*\Z"
_operator("`must` to `aim`", "rule", _first(END, " strength aim }"), unless="strength")
_operator("`must` to `recommend`", "rule", _first(END, " strength recommend }"), unless="strength")
_operator("`aim` to `recommend`", "rule", _swap("strength aim", "strength recommend"), always=True)
_operator("waiver added", "rule", _first(END, " waivable by ROLE }"), always=True, unless=rf"waivable|{MUST}")

# Exceptions, vetoes

_operator("exception added", "rule", _first(END, "}\nexception new_pass to RULE { when EVENT }"), unless=MUST)
_operator(
    "unconditional exception added", "rule", _first(END, "}\nexception new_pass to RULE { require approval of ROLE }"),
    unless=MUST,
)  # fmt: skip
_operator(
    "exception widened", "exception", _swap(r"when ((?:(?! require ).)*)(?= require | \})", r"when (\1) or EVENT")
)
_operator("condition of an exception dropped", "exception", _swap(r"when (?:(?! require ).)* (?=require)", ""))
_operator("requirement of an exception dropped", "exception", _swap(r"require [^{}]*(?=\})", ""), unless="^(?!.*when)")
_operator("exception to one rule more", "exception", _swap(r" to (rule_\d)(?= |\{)", r" to \1, OTHER_RULE"))
_operator("veto dropped", r"\w[\w, ]* may veto", _gone)
_operator("role of a veto dropped", r"\w[\w, ]* may veto", _swap(r"^\w+, ", ""))
_operator("action of a veto dropped", r"\w[\w, ]* may veto", _swap(r", [\w.]+$", ""))

# Duties

_operator("duty dropped", "duty", _gone, always=True)
EVERY = "(?P<before>every )"
_operator("duty less often", "duty", _swap(EVERY + NUMBER + SPAN, _longer), always=True)
_operator("duty later", "duty", _swap(WITHIN + NUMBER + SPAN, _longer), always=True)
_operator("duty to fewer", "duty", _swap(r"to (\w+), \w+", r"to \1"), always=True)
_operator("duty to nobody", "duty", _swap(r" to [\w, ]+?(?=\s+(?:every|within|when))", ""), always=True)
_operator(
    "duty until",
    "duty",
    _swap(r"(every \d+ (?:business )?\w+(?: from \w+)?)(?! *(?:from|until))\b", r"\1 until EVENT"),
    always=True,
)
_operator("duty of another role", "duty", _swap(r"by \w+", "by ROLE"), always=True)

# What counts as evidence

_operator("`needs` dropped", "measure", _swap(r"needs [^}\n]*?(?=\s*(?:\}|runs|\n))", ""), always=True)
_operator("first need dropped", "measure", _swap(r"needs [^,}\n]*, ", "needs "), always=True)
_operator("`n` smaller", "measure", _swap(r"n >= \d+", "n >= 2"), always=True)
_operator("elicitation lower", "measure", _swap(r">= (?:tuned|fine_tuned)", ">= prompted"), always=True)
_operator("age longer", "measure", _swap(r"(?P<before>age <=? )" + NUMBER + SPAN, _longer), always=True)
_operator("awareness higher", "measure", _swap(r"(awareness <=?) (?:10%|0.05)", r"\1 40%"), always=True)
_operator("margin smaller", "measure", _swap(r"margin (?:5%|0\.1)", "margin 1%"), always=True)
_operator(
    "margin dropped",
    "measure",
    _swap(r"margin [\d.]+(?:%|x|e24 FLOP| \w+|)(?= )", ""),
    always=True,
    unless="margin [a-z]",
)
_operator("`runs registered` dropped", "measure", _swap("runs registered", ""), always=True)
_operator("refusal as safe", "measure", _swap(r"refusal as (?:dangerous|missing)", "refusal as safe"), always=True)
_operator("refusal made safe", "measure", _swap(r"(rate[^{]*\{)(?!.*refusal)", r"\1 refusal as safe "), always=True)
_operator("another direction is worse", "measure", _swap("worse when lower", ""), always=True)
_operator("fed by another eval", "measure", _swap(r'from inspect "\w+', r"\g<0>_easy"), always=True)
_operator("attestation valid longer", "control", _swap("(?P<before>valid )" + NUMBER + SPAN, _longer), always=True)
_operator("`valid` of an attestation dropped", "control", _swap(r" valid \d+ (business )?\w+", ""), always=True)
_operator(
    "`attested by` dropped",
    "control",
    _swap(r"attested by \w+( valid (\d+ (business )?)?\w+)?(?= +holds)", ""),
    always=True,
    unless=": (guard|hardening)",
)
_operator("`holds when` dropped", "control", _swap(r"(?<=\S) holds when [^}]*", " "), unless="^(?!.*attested)")
_operator("`holds when` weaker", "control", _swap(r"(?P<before>>=? )" + NUMBER + "%", lambda m: _percent(m, -5)))
_operator("`holds when` with another way", "control", _swap(r"holds when ([^}]*)(?= \})", r"holds when (\1) or EVENT"))
_operator("`undefined` dropped", "control", _swap("undefined", "attested by ROLE"), always=True)
_operator("attested by another", "control", _swap(r"attested by \w+", "attested by ROLE"), always=True)

# Time, confidence, the policy itself

_operator("cadence longer", "evaluate", _swap(EVERY + NUMBER + SPAN, _longer), always=True)
_operator("cadence by more compute", "evaluate", _swap(r"(every|beyond) [\d.]+x", r"\1 9x"), always=True)
_operator("cadence `every` to `beyond`", "evaluate", _swap(r"every(?= [\d.]+x)", "beyond"), always=True)
_operator("a cadence dropped", "evaluate", _swap(r" or (?:(?! or ).)*$", ""), always=True, unless=r"every.*every|knob")
_operator("cadences dropped", "evaluate", _gone, always=True)
_operator("confidence lower", "policy", _swap(r"confidence \d+%", "confidence 60%"), always=True)
_operator("confidence dropped", "policy", _swap(r"confidence \d+%( anytime)?( across attempts)?", ""), always=True)
_operator("`anytime` dropped", "policy", _swap(r"(?<=%) anytime", ""), always=True)
_operator("`across attempts` dropped", "policy", _swap(" across attempts", ""), always=True)
_operator("legal to voluntary", "policy", _swap("force legal", "force voluntary"), always=True)
_operator("force dropped", "policy", _swap("force (voluntary|legal)", ""), always=True)
_operator("need of an amendment dropped", "amend when loosening", _swap(r"(requires [^,]*), .*", r"\1"), always=True)
_operator("amendment dropped", "amend when loosening", _gone, always=True)
_operator(
    "approval of an amendment to consultation",
    "amend when loosening",
    _swap("approval of board", "consultation of board"),
    always=True,
)
_operator(
    "parameter longer", "parameter", _swap("(?P<before>duration = )" + NUMBER + SPAN, _longer),
)  # fmt: skip
_operator("parameter higher", "parameter", _swap("(?P<before>rate = )" + NUMBER + "%", lambda m: _percent(m, 7)))


# Policies to loosen


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy by its declarations, the header first."""

    name: str
    declarations: tuple[str, ...]

    def text(self) -> str:
        """All of it."""
        return "\n".join(self.declarations) + "\n"


def split(name: str, text: str) -> Policy:
    """A text by its declarations."""
    spans = [item.span for item in parsed(text).items]
    return Policy(name=name, declarations=tuple(text[span.start : span.end] for span in spans))


def policy_of(number: int) -> Policy:
    """The policies that are loosened: two that were written, then random ones, every second monotone."""
    written = (("the Preparedness Framework", PREPAREDNESS), ("the example of the language", EXAMPLE))
    if number < len(written):
        policy = split(*written[number])
        kept = tuple(text for text in policy.declarations if not text.startswith(("test ", "invariant ")))
        return dataclasses.replace(policy, declarations=kept)
    shape = Shape(confidence=0.5, monotone=number % 2 == 1)
    draft = draft_of(number, shape)
    texts = [piece.text for piece in (draft.header, *draft.pieces) if piece.text and not piece.text.startswith("invar")]
    if number % 3 == 0:
        texts[0] = texts[0].replace(" }", " force legal }") if "force" not in texts[0] else texts[0]
    return Policy(name=f"policy {number}", declarations=tuple(texts))


def loosened(policy: Policy, operator: Operator, rng: random.Random) -> Iterator[Policy]:
    """The policy loosened in one place, in random order of places; texts that are no policy are left out."""
    found: list[tuple[int, str | None]] = []
    for number, text in enumerate(policy.declarations):
        begins = re.match(rf"{operator.on}\b", text)
        if begins and not (operator.unless and re.search(operator.unless, text, re.DOTALL)):
            found += [(number, new) for new in operator.change(text)]
    rng.shuffle(found)
    for number, new in found[:TRIES]:
        texts = list(policy.declarations)
        texts[number : number + 1] = [] if new is None else [_filled(policy, texts[number], new, rng)]
        if tuple(texts) == policy.declarations:
            continue
        yield dataclasses.replace(policy, declarations=tuple(texts))


def _filled(policy: Policy, old: str, new: str, rng: random.Random) -> str:
    """A declaration with names of the policy in place of the words in capitals."""
    own = old.split()[1].rstrip(":") if len(old.split()) > 1 else ""
    for word, kind in (
        ("OTHER_RULE", "rule"), ("CATEGORY", "category"), ("CONTROL", "control"), ("EVENT", "event"),
        ("ACTION", "action"), ("ROLE", "role"),
    ):  # fmt: skip
        names = [t.split()[1].rstrip(":") for t in policy.declarations if t.startswith(f"{kind} ")]
        others = [name for name in names if not re.search(rf"\b{re.escape(name)}\b", old + new)]
        names = others or [name for name in names if not re.search(rf"\b{re.escape(name)}\b", new)] or names
        if word in new and names:
            new = new.replace(word, rng.choice(names))
    return re.sub(r"\bRULE\b", own, new)


@dataclass(frozen=True, kw_only=True)
class Loosening:
    """A policy before and after an operator, and whether the difference has to say so."""

    operator: Operator
    policies: tuple[Policy, Policy]
    graphs: tuple[Graph, Graph]
    shown: str  # what got weaker on some evidence; empty: nothing that was looked at

    @property
    def counts(self) -> bool:
        """Whether a difference that does not loosen misses it."""
        return self.operator.always or bool(self.shown)


def loosening(policy: Policy, operator: Operator, seed: str, samples: int = 60) -> Loosening | None:
    """A policy loosened by an operator in the first place that shows; None where it applies nowhere."""
    rng = random.Random(seed)
    best: Loosening | None = None
    for other in loosened(policy, operator, rng):
        try:
            new = compiled(other.text()).graph
        except PolicyError:
            continue
        old = _graph(policy)
        shown = "" if operator.always else weaker_somewhere((old, new), rng, samples, _words(policy, other))
        best = Loosening(operator=operator, policies=(policy, other), graphs=(old, new), shown=shown)
        if best.counts:
            break
    return best


@functools.lru_cache(maxsize=4)
def _graph(policy: Policy) -> Graph:
    return compiled(policy.text()).graph


def _words(policy: Policy, other: Policy) -> frozenset[str]:
    """The words of what was edited, and of what that mentions."""
    edited = set(policy.declarations) ^ set(other.declarations)
    words = set(re.findall(r"\w+", " ".join(edited)))
    for _ in range(2):
        for text in policy.declarations:
            named = re.match(r"(?:category|define|control) (\w+)", text)
            if named and (named[1] in words or (named[0].startswith("category") and "category" in words)):
                words |= set(re.findall(r"\w+", text))
    return frozenset(words)


def weaker_somewhere(
    graphs: tuple[Graph, Graph], rng: random.Random, samples: int, words: frozenset[str] = frozenset()
) -> str:
    """What the second policy judges weaker on some random evidence, most of it about some words, by the decider."""
    space = _space(graphs)
    calm = _calm(space)
    for number in range(samples):
        given = drawn(space, rng)
        if number % 4:  # nothing is wrong but for a few things
            near = sorted(key for key in given if words.intersection(key[1:])) if number % 8 != 1 else []
            among = near or sorted(given)
            given = calm | {key: given[key] for key in rng.sample(among, min(len(among), rng.randint(1, 4)))}
        found = pieces(given, graphs)
        decisions = [decided(graph, found.evidence) for graph in graphs]
        what = _weaker(decisions[0], decisions[1])
        if what:
            return f"{what}, given {'; '.join(found.given)}"
    return ""


def _space(graphs: tuple[Graph, Graph]) -> Space:
    """All inputs and facts of two policies."""
    prover = Prover(graphs)
    for symbols in prover.symbols:
        for term in symbols.graph.actions:
            symbols.reasons(term.name, Verdict.CONDITIONAL)  # a fact is known once a verdict asks for it
    return prover.space


def _calm(space: Space) -> dict[Key, Choice]:
    """Evidence on which as little as can be is wrong: the safest scores, the lowest levels, everybody asked."""
    found: dict[Key, Choice] = {}
    for key in list(space.rank):
        choices = space.variable(key).choices
        if key[0] in ("measure", "attempts"):
            exact = sorted((c for c in choices if c.how == "exact"), key=lambda choice: choice.low)
            measure = space.side(key).measure
            at = -1 if measure is not None and measure.worse == "lower" else 0
            found |= {key: exact[at]} if exact else {}
        elif key[0] == "assessment":
            found[key] = choices[1]
        elif key[0] in ("attestation", "approval", "consultation", "notification"):
            found[key] = choices[-1]
    return found


def _weaker(old: Decision, new: Decision) -> str:
    for name, item in old.actions.items():
        if name in new.actions and new.actions[name].verdict.rank < item.verdict.rank:
            return f"{name} was {item.verdict} and is {new.actions[name].verdict}"
    levels: Mapping[tuple[str, str | None], tuple[int, int]] = {
        key: (placed.at_least, placed.at_most) for key, placed in new.scorecard.items()
    }
    for key, placed in old.scorecard.items():
        if key in levels and old.graph.category[key[0]].ladder == new.graph.category[key[0]].ladder:
            low, high = levels[key]
            if low < placed.at_least or high < placed.at_most:
                return f"{key} was {placed.at_least} .. {placed.at_most} and is {low} .. {high}"
    return ""
