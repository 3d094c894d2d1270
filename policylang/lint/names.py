"""Lints of names: names that can be taken for one another, ladders upside down, and declarations that say too little.

A policy is read by people who were not there when it was written. What looks like another name, or means two things, is
read wrongly by one of them; what has no title or source cannot be held against the published framework.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from policylang import syntax
from policylang.diagnostics import Diagnostic, Edit, Fix, Label, quoted
from policylang.lint import tree
from policylang.lint.acts import some
from policylang.lint.rule import AUTHORS, EVERYBODY, READERS, Family, Rule, View
from policylang.resolve import TERMS

_LIKE = str.maketrans({"1": "l", "I": "l", "|": "l", "0": "o", "5": "s", "S": "s"})
_PAIRS = (("rn", "m"), ("vv", "w"))
_SHORT = 8
"""Names shorter than this may differ by one letter and be meant."""

WORDS = frozenset(
    "and or not any all at least except category when before forbid require approval consultation notify within of by "
    "to from until every after beyond valid holds attested assessed undefined waivable strength cites interpretation "
    "attempts yes no given expect due permitted conditional undetermined forbidden".split()
)
"""Words that stand beside names in rules and tests: a name that is one of them is misread, though it parses."""

_SEVERITY: Mapping[str, int] = {
    word: rank
    for rank, words in enumerate(
        (
            "none no_risk negligible",
            "minimal trivial",
            "very_low",
            "low minor",
            "medium moderate middle mid",
            "elevated considerable",
            "high major serious",
            "very_high severe",
            "critical extreme",
            "catastrophic existential",
        )
    )
    for word in words.split()
}
"""Words for how bad something is, the mildest first."""


def _alike(view: View, key: Callable[[str], Iterable[str]]) -> Iterator[tuple[syntax.Name, syntax.Name]]:
    """Names that share a key with another that stands before them, and that other one."""
    for group in _namespaces(view):
        first: dict[str, syntax.Name] = {}
        for name in group:
            keys = list(key(name.text))
            others = [first[one] for one in keys if one in first and first[one].text != name.text]
            if others:
                yield others[0], name
            for one in keys:
                first.setdefault(one, name)


def _namespaces(view: View) -> Iterator[list[syntax.Name]]:
    """Names that can stand in one another's place: those of one kind, of all terms together, of one ladder."""
    yield [item.name for _, item in tree.declared(view, *TERMS)]
    for kind in view.resolved.named:
        if kind not in TERMS:
            yield [item.name for _, item in tree.declared(view, kind)]
    for _, ladder in tree.declared(view, "ladder"):
        yield list(ladder.levels)


def _pair(view: View, code: str, pair: tuple[syntax.Name, syntax.Name], why: tuple[str, str]) -> Diagnostic:
    (first, second), (message, help_) = pair, why
    label = Label(place=view.resolved.place(first), text="the other one")
    return view.warn(code, second, f"`{second.text}` and `{first.text}` {message}", help_, labels=(label,))


def _looks(name: str) -> tuple[str, str]:
    """A name as it looks, letters that are taken for one another made the same; and as it is in small letters."""
    text = name.translate(_LIKE).lower().replace("_", "")
    for pair, like in _PAIRS:
        text = text.replace(pair, like)
    return f"looks {text}", f"reads {name.lower().replace('_', '')}"


def _are_alike(one: syntax.Name, other: syntax.Name) -> bool:
    return any(a == b for a, b in zip(_looks(one.text), _looks(other.text), strict=True))


def look_alike(view: View) -> Iterator[Diagnostic]:
    """Names that differ only in signs that look alike, in case or in underscores."""
    why = ("look alike", "rename one of them so that nobody can read one for the other")
    for first, second in _alike(view, _looks):
        yield _pair(view, "L101", (first, second), why)


def _stem(name: str) -> str:
    return re.sub(r"(?<=[a-z]{2})s(?=_|\.|$)", "", re.sub(r"(?<=[a-z]{2})ies(?=_|\.|$)", "y", name.lower()))


def singular_and_plural(view: View) -> Iterator[Diagnostic]:
    """Names of which one is the plural of the other."""
    why = ("differ by an `s`", "rename one after what sets it apart from the other")
    for first, second in _alike(view, lambda name: (_stem(name),)):
        if not _are_alike(first, second):
            yield _pair(view, "L102", (first, second), why)


def one_letter_apart(view: View) -> Iterator[Diagnostic]:
    """Long names that differ in one letter, or in two that changed places: one of them is likely a slip."""
    why = ("differ by one letter", "if one is a slip, mend it; else rename one after what sets it apart")
    for first, second in _alike(view, _with_a_gap):
        if not _are_alike(first, second) and _stem(first.text) != _stem(second.text):
            yield _pair(view, "L103", (first, second), why)


def _with_a_gap(name: str) -> Iterator[str]:
    """A name with one letter of a word left out, for each of them: two names with one in common differ by a slip.

    Digits and words of up to three letters count and qualify (`asl_3`, `part_a`), so nothing in them is a slip.
    """
    if len(name) < _SHORT:
        return
    text = name.lower()
    yield text
    for word in re.finditer(r"[a-z]{4,}", text):
        for at in range(word.start(), word.end()):
            yield f"{text[:at]}?{text[at + 1 :]}"  # another letter here
            yield f"{text[:at]}{text[at + 1 :]}"  # one too many here
        for at in range(word.start(), word.end() - 1):
            swapped = "".join(sorted(text[at : at + 2]))
            yield f"{text[:at]}<{swapped}>{text[at + 2 :]}"


def words_of_the_language(view: View) -> Iterator[Diagnostic]:
    """Names that are words of the language."""
    kinds = (*TERMS, "action", "role", "rule", "attribute")
    found = [(kind, item.name) for kind, item in tree.declared(view, *kinds)]
    found += [("level", level) for _, ladder in tree.declared(view, "ladder") for level in ladder.levels]
    for kind, name in found:
        if name.text in WORDS - ({"undefined", "no", "yes"} if kind == "level" else set()):
            message = f"the {kind} `{name.text}` has the name of a word of the language"
            yield view.warn("L104", name, message, "choose another name: beside that word nobody tells them apart")


def two_meanings(view: View) -> Iterator[Diagnostic]:
    """Names of what conditions mention that are also a level or a stage."""
    resolved = view.resolved
    others: dict[str, tuple[str, syntax.Name]] = {}
    for name, stage in resolved.named["stage"].items():
        others[name] = ("a stage", stage.name)
    for ladder, item in resolved.named["ladder"].items():
        for level in item.levels:
            others.setdefault(level.text, (f"a level of `{ladder}`", level))
    for kind, item in tree.declared(view, *TERMS):
        if item.name.text in others:
            what, other = others[item.name.text]
            label = Label(place=resolved.place(other), text=what)
            message = f"`{item.name.text}` is {what}, and the {kind} here has the same name"
            yield view.warn("L105", item.name, message, "give one of them another name", labels=(label,))


def unlike_levels(view: View) -> Iterator[Diagnostic]:
    """Levels of one name on two ladders, at different distances from the top, that one quantifier speaks of."""
    resolved = view.resolved
    for node in view.parts:
        if not isinstance(node, syntax.Quantified):
            continue
        excepted = {name.text for name in node.excepted}
        ranks: dict[tuple[int, int], str] = {}
        for name, item in sorted(resolved.named["category"].items()):
            ladder = resolved.named["ladder"][item.ladder.text]
            levels = [level.text for level in ladder.levels]
            if name not in excepted and node.level.text in levels:
                ranks.setdefault((levels.index(node.level.text), len(levels)), item.ladder.text)
        if len(set(ranks.values())) > 1:
            message = f"`{node.level.text}` is a level of {quoted(sorted(ranks.values()))}, at another height of each"
            help_ = "make sure that one word may stand for both; else ask for each ladder with its own level"
            yield view.warn("L106", node.level, message, help_)


def upside_down(view: View) -> Iterator[Diagnostic]:
    """Ladders whose levels do not go from the mildest to the gravest: they are written the lowest first."""
    for _, item in tree.declared(view, "ladder"):
        for low, high in itertools.pairwise(item.levels):
            if not _is_above(low.text, high.text):
                continue
            message = f"the ladder `{item.name.text}` puts `{low.text}` below `{high.text}`"
            fix = None
            if all(_is_above(a.text, b.text) for a, b in itertools.pairwise(item.levels)):
                turned = zip(item.levels, reversed(item.levels), strict=True)
                edits = [Edit(place=view.resolved.place(a), text=b.text) for a, b in turned if a.text != b.text]
                fix = Fix(title="turn the ladder round", edits=tuple(edits))
            help_ = "write the lowest level first: `>=` counts upwards from it"
            yield view.warn("L107", high, message, help_, fix=fix)
            break


def _is_above(one: str, other: str) -> bool:
    """Whether a level is, by its word or its number, graver than another."""
    a, b = one.lower(), other.lower()
    if a in _SEVERITY and b in _SEVERITY:
        return _SEVERITY[a] > _SEVERITY[b]
    first, second = re.fullmatch(r"(.*?)([0-9]+)", a), re.fullmatch(r"(.*?)([0-9]+)", b)
    return first is not None and second is not None and first[1] == second[1] and int(first[2]) > int(second[2])


# What a reader needs


_TITLED = ("stage", "action", "event", "control", "measure", "category", "rule", "duty", "exception")


def untitled(view: View) -> Iterator[Diagnostic]:
    """Declarations without a title: a board reads titles, and not names."""
    for kind in _TITLED:
        bare: list[Any] = [item for _, item in tree.declared(view, kind) if item.title is None]
        if bare:
            names = some(item.name.text for item in bare)
            has = f"the {kind} {names} has" if len(bare) == 1 else f"the {_plural(kind)} {names} have"
            help_ = "say in quotes what it is: reports, explanations and pictures show it"
            message = f"{has} no title"
            yield view.warn("L108", bare[0].name, message, help_)


def _plural(kind: str) -> str:
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def untraced(view: View) -> Iterator[Diagnostic]:
    """Rules, exceptions and duties that cite nothing, in a policy that encodes a published text."""
    header = view.resolved.header
    if header is None or (header.source is None and not view.resolved.named["clause"]):
        return
    for kind, item in tree.declared(view, "rule", "exception", "duty"):
        if not item.cites:
            message = f"the {kind} `{item.name.text}` cites nothing of the published text"
            yield view.warn(
                "L109", item.name, message, 'say where it is from: `cites "§ 4.2"`, or a clause by its name'
            )


def other_style(view: View) -> Iterator[Diagnostic]:
    """Names with capitals among names without."""
    for kind in view.resolved.named:
        names = [item.name for _, item in tree.declared(view, kind)]
        odd = [name for name in names if name.text != name.text.lower()]
        if kind == "clause" or not odd or len(odd) * 3 > len(names):
            continue
        for name in odd:
            written = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.text).lower()
            message = f"the {kind} `{name.text}` has capitals, and the others have none"
            yield view.warn("L110", name, message, f"write `{written}`, as the others are written")


def no_version(view: View) -> Iterator[Diagnostic]:
    """A policy without a version: no decision could say under which text it was made."""
    header = view.resolved.header
    if header is not None and view.is_own(header) and header.version is None:
        message = f"the policy `{header.name.text}` has no version"
        yield view.warn("L111", header.name, message, 'say which text this is: `version "1.0"`')


def no_source(view: View) -> Iterator[Diagnostic]:
    """A policy that does not say which published text it encodes."""
    header = view.resolved.header
    if header is not None and view.is_own(header) and header.source is None and header.extends is None:
        message = f"the policy `{header.name.text}` names no source"
        help_ = 'name the published text: `source "Acme Safety Framework, 3 May 2026"`'
        yield view.warn("L112", header.name, message, help_)


def unfinished(view: View) -> Iterator[Diagnostic]:
    """Titles and citations that are empty, or hold the place of what was to be written."""
    for node in view.parts:
        if isinstance(node, syntax.Text) and (not _letters(node.text) or _PLACEHOLDER.search(node.text)):
            message = "this text is empty" if not _letters(node.text) else "this text holds the place of another"
            yield view.warn("L113", node, message, "write what was meant to stand here, or leave it out")


_PLACEHOLDER = re.compile(r"\b(?:T[O]DO|F[I]XME|TB[DCA]|XXX+|lorem ipsum)\b|^\W*(?:\?\?+|\.\.\.|…)\W*$")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def same_titles(view: View) -> Iterator[Diagnostic]:
    """Two declarations of one kind with one title: one of them was copied and not finished."""
    for kind in ("action", "stage", "measure", "category", "rule", "exception", "clause"):
        first: dict[str, Any] = {}
        for _, item in tree.declared(view, kind):
            title: syntax.Text | None = item.title
            if title is None or not _letters(title.text):
                continue
            other = first.setdefault(_letters(title.text), item)
            if other is not item:
                label = Label(place=view.resolved.place(other.title), text=f"the title of `{other.name.text}`")
                message = f"the {_plural(kind)} `{other.name.text}` and `{item.name.text}` have the same title"
                yield view.warn("L114", title, message, "say in each title what sets it apart", labels=(label,))


def same_tests(view: View) -> Iterator[Diagnostic]:
    """Two tests, or two cases of one test, with one title: `--only` cannot tell them apart."""
    own = [test for test in view.resolved.tests if view.is_own(test)]
    groups: list[tuple[str, Sequence[syntax.Test | syntax.Case]]] = [("tests", own)]
    groups += [("cases", test.cases) for test in own]
    for what, group in groups:
        first: dict[str, syntax.Text] = {}
        for each in group:
            other = first.setdefault(each.title.text, each.title)
            if other is not each.title:
                label = Label(place=view.resolved.place(other), text="the first one")
                message = f"two {what} have the title `{each.title.text}`"
                help_ = "say in each title what it shows: `--only` and reports go by it"
                yield view.warn("L115", each.title, message, help_, labels=(label,))


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.NAMES, personas=personas, find=find)
    for code, personas, find in (
        ("L101", EVERYBODY, look_alike),
        ("L102", AUTHORS, singular_and_plural),
        ("L103", AUTHORS, one_letter_apart),
        ("L104", AUTHORS, words_of_the_language),
        ("L105", EVERYBODY, two_meanings),
        ("L106", EVERYBODY, unlike_levels),
        ("L107", EVERYBODY, upside_down),
        ("L108", READERS, untitled),
        ("L109", READERS, untraced),
        ("L110", AUTHORS, other_style),
        ("L111", EVERYBODY, no_version),
        ("L112", READERS, no_source),
        ("L113", EVERYBODY, unfinished),
        ("L114", EVERYBODY, same_titles),
        ("L115", AUTHORS, same_tests),
    )
)
