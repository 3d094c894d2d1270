"""Ways to rewrite a policy that change nothing of what it means, and rewritten policies drawn from them.

Each takes the text of a policy and gives another that means the same: other names, another order, another layout, a
condition said in other words. Several in a row make one refactoring.
"""

import random
import re
from collections.abc import Callable, Iterator

from random_vocabulary import Shape
from small_worlds import Maker
from strategies import draft_of, parsed
from written import EXAMPLE, PREPAREDNESS

Rewrite = Callable[[str, random.Random], str]

_NAMED = r"(?:role|event|parameter|attribute|control|measure|category|define|rule|exception|duty|stage|levels) (\w+)"
_KEYWORDS = {"before", "after", "of", "when", "forecast", "yes_no", "holds", "none"}  # also names in some policies
_WORDS = re.compile(r'"(?:[^"\\]|\\.)*"|#[^\n]*|[\w.]+|\s+|.', re.DOTALL)


def _declarations(text: str) -> list[str]:
    return [text[item.span.start : item.span.end] for item in parsed(text).items]


def _joined(texts: list[str]) -> str:
    return "\n".join(texts) + "\n"


def renamed(text: str, rng: random.Random) -> str:
    """Some names replaced by others, wherever they stand."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"|#[^\n]*', "", text)
    names = sorted(set(re.findall(rf"^\s*{_NAMED}", bare, re.MULTILINE)) - _KEYWORDS)
    levels = sorted({level for row in re.findall(r"levels \w+:([^\n]*)", bare) for level in re.findall(r"\w+", row)})
    chosen = set(rng.sample(names, min(len(names), rng.choice((1, 2, 5)))))
    if rng.random() < 0.2 and levels:
        chosen.add(rng.choice(levels))
    actions = [name for name in re.findall(r"^\s*action (\w+)", bare, re.MULTILINE) if "." not in name]
    if rng.random() < 0.3 and actions:
        chosen.add(rng.choice(actions))
    suffix = rng.choice(("_x", "_of_2026", "_new"))

    def word(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] in '"#' or not found[0].isalpha():
            return found
        return ".".join(part + suffix if part in chosen else part for part in found.split("."))

    return _WORDS.sub(word, text)


def reordered(text: str, rng: random.Random) -> str:
    """Declarations in another order."""
    first, *rest = _declarations(text)
    rng.shuffle(rest)
    return _joined([first, *rest])


def reversed_lists(text: str, rng: random.Random) -> str:
    """Lists of roles, actions and controls in another order."""

    def turned(match: re.Match[str]) -> str:
        items = match[2].split(", ")
        rng.shuffle(items)
        return match[1] + ", ".join(items)

    items = r"([\w.]+(?:, [\w.]+)+)"
    return re.sub(
        rf"((?:forbid|before|of \(|approval of|consultation of|notify|\bto) ){items}(?![\w.]| *>=| of)", turned, text
    )


def turned(text: str, rng: random.Random) -> str:
    """The two sides of an `and` or `or` of two plain comparisons, exchanged."""
    leaf = r"[\w.]+ (?:>=|>|<=|<) [\w.]+%?"
    matches = list(re.finditer(rf"(?<=when )({leaf}) (and|or) ({leaf})(?=\n)", text))
    if not matches:
        return reordered(text, rng)
    match = rng.choice(matches)
    return f"{text[: match.start()]}{match[3]} {match[2]} {match[1]}{text[match.end() :]}"


def reformatted(text: str, rng: random.Random) -> str:
    """Other white space, and comments."""
    width = rng.choice(("\n", "\n\n    ", " # a remark\n"))
    return "# by the same people\n" + _WORDS.sub(lambda m: width if m[0].isspace() and m[0] != " " else m[0], text)


_WHEN = re.compile(
    r"(?<=[ \n])when (?=[^\n])([^\n{}#]*?)(?=\s*(?:#|\n|\}|forbid |require |notify |waivable |strength |interp|cites ))"
)


def _of_rules(text: str) -> list[re.Match[str]]:
    """The conditions of rules."""
    spans = [(item.span.start, item.span.end) for item in parsed(text).items if type(item).__name__ == "Rule"]
    return [
        match
        for match in _WHEN.finditer(text)
        if any(start <= match.start() < end for start, end in spans)
        and "interpretation" not in text[match.start() - 30 : match.start()]
    ]


def _rewritten(text: str, rng: random.Random, new: Callable[[str], str]) -> str:
    matches = [match for match in _of_rules(text) if match[1].strip()]
    if not matches:
        return reordered(text, rng)
    match = rng.choice(matches)
    return text[: match.start(1)] + new(match[1]) + text[match.end(1) :]


def doubly_negated(text: str, rng: random.Random) -> str:
    """A condition `not (not (…))`."""
    return _rewritten(text, rng, lambda condition: f"not (not ({condition}))")


def de_morgan(text: str, rng: random.Random) -> str:
    """`a or b` as `not (not (a) and not (b))`."""

    def new(condition: str) -> str:
        for word, other in ((" or ", " and "), (" and ", " or ")):
            parts = condition.split(word)
            if len(parts) == 2 and other not in condition and "(" not in condition:
                return f"not (not ({parts[0]}){other}not ({parts[1]}))"
        return f"({condition}) and ({condition})"

    return _rewritten(text, rng, new)


def extracted(text: str, rng: random.Random) -> str:
    """The condition of a rule as a definition."""
    name = f"as_defined_{rng.randrange(1000)}"
    taken: list[str] = []

    def new(condition: str) -> str:
        taken.append(condition)
        return name

    rewritten = _rewritten(text, rng, new)
    return rewritten + f"define {name} as {taken[0]}\n" if taken else rewritten


def inlined(text: str, rng: random.Random) -> str:
    """A definition written out where it is used."""
    found = (re.fullmatch(r"define (\w+) as ([^\n#]*)", item) for item in _declarations(text))
    defined = [(match[1], match[2]) for match in found if match]
    if not defined:
        return extracted(text, rng)
    name, condition = rng.choice(defined)
    kept = [item for item in _declarations(text) if not re.match(rf"define {name}\b", item)]
    return re.sub(rf"\b{name}\b(?!\.)", f"({condition})", _joined(kept))


def split_effects(text: str, _: random.Random) -> str:
    """`forbid a, b` as two effects."""
    return re.sub(r"forbid ([\w.]+), ([\w.]+)(?!,)", r"forbid \1  forbid \2", text)


def leaves_for_group(text: str, _: random.Random) -> str:
    """A name above several actions spelled out."""
    leaves: dict[str, list[str]] = {}
    for name in re.findall(r"(?m)^action ([\w.]+)", text):
        leaves.setdefault(name.partition(".")[0], []).append(name)

    def spelled(match: re.Match[str]) -> str:
        names = [
            leaf
            for name in match[2].split(", ")
            for leaf in leaves.get(name, [name])
            if leaf != name or "." in name or len(leaves.get(name, [name])) == 1
        ]
        return match[1] + ", ".join(dict.fromkeys(names))

    return re.sub(r"((?:forbid|before) )([\w.]+(?:, [\w.]+)*)", spelled, text)


def spelled_out(text: str, rng: random.Random) -> str:
    """`any category` as an `or` of every category that has the level."""
    ladders = dict(re.findall(r"levels (\w+): ([^\n]*)", text))
    areas = [
        n for n, ladder in re.findall(r"(?m)^category (\w+): (\w+)", text) if ladders.get(ladder, "").startswith("low")
    ]
    if not areas:
        return reordered(text, rng)

    def spelled(match: re.Match[str]) -> str:
        return "(" + " or ".join(f"{area}{match[1]} {match[2]} {match[3]}" for area in areas) + ")"

    return re.sub(r"\bany category(\.\w+|) (>=|>) (\w+)", spelled, text)


def other_units(text: str, rng: random.Random) -> str:
    """Percents as decimals, weeks as days; hours that make whole days stay, since a day is longer than 24 hours."""

    def decimal(match: re.Match[str]) -> str:
        return f"{float(match[1]) / 100:.6f}".rstrip("0").rstrip(".") if rng.random() < 0.5 else match[0]

    text = re.sub(r"(?<=[=<>] )(\d+(?:\.\d+)?)%", decimal, text)
    text = re.sub(r"\b(\d+) weeks?\b", lambda m: f"{int(m[1]) * 7} days", text)
    text = re.sub(r"\b(\d+) years?\b", lambda m: f"{int(m[1]) * 12} months", text)
    return re.sub(r"\b(\d+) hours?\b", lambda m: f"{int(m[1]) * 60} minutes", text)


def retitled(text: str, _: random.Random) -> str:
    """Another title."""
    return re.sub(r'(?m)^((?:role|stage|event) \w+)( "[^"]*")?$', r'\1 "in other words"', text)


def repeated(text: str, rng: random.Random) -> str:
    """A rule twice, under two names."""
    rules = [item for item in _declarations(text) if item.startswith("rule ") and "notify" not in item]
    if not rules:
        return reordered(text, rng)
    return text + re.sub(r"^rule (\w+)", r"rule \1_again", rng.choice(rules)) + "\n"


REWRITES: tuple[Rewrite, ...] = (
    renamed, renamed, renamed, reordered, reversed_lists, turned, reformatted, doubly_negated, de_morgan, extracted,
    inlined, split_effects, leaves_for_group, spelled_out, other_units, retitled,
)  # fmt: skip


def refactored(text: str, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """A text that means the same, and the names of what was done to it."""
    done: list[str] = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        rewrite = rng.choice(REWRITES)
        text = rewrite(text, rng)
        done.append(rewrite.__name__)
    return text, tuple(done)


def text_of(seed: int) -> str:
    """The policies that are rewritten: two that were written, many random ones, small and large."""
    if seed % 20 < 2:
        text = (PREPAREDNESS, EXAMPLE)[seed % 20]
        kept = [item for item in _declarations(text) if not item.startswith(("test ", "invariant "))]
        return _joined(kept)
    if seed % 2:
        return Maker(random.Random(f"refactored {seed}")).world().text()
    return draft_of(seed, Shape(confidence=0.3, monotone=seed % 4 == 0)).text()


def refactorings(first: int, count: int) -> Iterator[tuple[int, str, str, tuple[str, ...]]]:
    """For each seed a policy, the same in other words, and what was done."""
    for seed in range(first, first + count):
        text = text_of(seed)
        new, done = refactored(text, random.Random(f"refactoring {seed}"))
        yield seed, text, new, done
