"""Where a declaration or field that is too long for one line may go on in another: phrases, lists, conditions.

A group stands on one line when it fits. When not, it is broken at all of its breaks, or filled: broken only where the
next piece does not fit. A break goes to the indentation of its group and `shift` further. A declaration is filled with
its phrases (`require … / before …`), so the last of them moves down first; a list is filled with its names; a
condition has each part on a line of its own, except that mere names are filled.
"""

from collections.abc import Callable
from typing import NamedTuple

from policylang.format.words import leaves
from policylang.parse.concrete import Leaf, Part

STEP = 2


class Break(NamedTuple):
    """A gap that may become a line end; the next line is indented by so much more than its group.

    `also`: it becomes one when another of its group, before it, did.
    """

    shift: int
    also: bool = False


class Group(NamedTuple):
    """Words (by where they start), breaks and groups in order; `whole`: broken everywhere when broken at all."""

    items: "tuple[int | Break | Group, ...]"
    shift: int = 0
    whole: bool = False


Items = list[int | Break | Group]
Parts = tuple[Part | Leaf, ...]

_PHRASES = frozenset({"before", "within", "cites", "by", "to_role", "on_date", "at_level"})
"""Parts that begin a phrase, wherever they are not the first of their kind of thing."""

_WORDS = frozenset(
    {
        ("interpretation", "WHEN"), ("never", "WHEN"), ("always", "BEFORE"), ("always", "WHEN"), ("attested", "VALID"),
        ("approval", "VALID"), ("binding", "VERSION"), ("binding", "METRIC"), ("veto", "MAY"), ("evaluate", "OR"),
        ("every", "FROM"), ("every", "UNTIL"), ("require", "BEFORE"), ("exception_require", "BEFORE"),
        ("expect_verdict", "VERDICT"), ("given_value", "ON"), ("claim", "STRING"), ("comparison", "operator"),
        ("levels", "LESS"),
    }
)  # fmt: skip
"""Words (by their rule and terminal) that begin a phrase."""

_TITLED = frozenset(
    {
        "action", "attribute", "category", "clause", "control", "duty", "event", "exception", "levels", "measure",
        "parameter", "policy", "role", "rule", "situation", "stage",
    }
)  # fmt: skip
"""Rules whose string is a title."""


def declaration(part: Part) -> Group:
    """Where a declaration or field may break; of one with braces, what stands before them and the opening one."""
    marks = [at for at, one in enumerate(part.parts) if isinstance(one, Leaf) and one.kind == "LBRACE"]
    parts = part.parts[: marks[0] + 1] if marks else part.parts
    if part.rule == "define":
        return _define(parts)
    if part.rule == "exception":
        return _exception(parts)
    return Group(tuple(_phrases(part.rule, parts)))


def _phrases(rule: str, parts: Parts) -> Items:
    """The phrases of a part: the first stands where the part begins, each of the others goes on in a new line."""
    phrases: list[tuple[Break, Items]] = [(Break(0), [])]
    before: Part | Leaf | None = None
    for one in parts:
        if before is not None and _begins(rule, before, one):
            phrases.append((Break(STEP, also=isinstance(one, Part) and one.rule == "cites"), []))
        phrases[-1][1].extend(_inside(before, one))
        before = one
    items = phrases[0][1]
    for gap, phrase in phrases[1:]:
        items += [gap, Group(tuple(phrase), STEP)]
    return items


def _begins(rule: str, before: Part | Leaf, one: Part | Leaf) -> bool:
    """Whether a phrase begins here."""
    if isinstance(one, Part):
        return one.rule in _PHRASES or (rule, one.rule) in _WORDS
    if one.kind == "STRING" and rule in _TITLED:
        return True
    if rule == "expect_verdict" and one.kind == "NOT":
        return True
    after_not = isinstance(before, Leaf) and before.kind == "NOT"
    return (rule, one.kind) in _WORDS and not after_not


def _inside(before: Part | Leaf | None, one: Part | Leaf) -> Items:
    """What a word or part puts into its phrase; after a comma a line may end."""
    made: Items = [one.start] if isinstance(one, Leaf) else _part(one)
    if isinstance(before, Leaf) and before.kind == "COMMA":
        return [Break(STEP), *made]
    return made


def _part(part: Part) -> Items:
    special = _SPECIAL.get(part.rule)
    if special is not None:
        return special(part)
    if part.rule in _PLAIN:
        return _words(part)
    return _phrases(part.rule, part.parts)


def _words(part: Part) -> Items:
    return [leaf.start for _, leaf in leaves(part)]


def _list(part: Part) -> Items:
    """Names after commas."""
    return [Group(tuple(_listed(part.parts, STEP)))]


def _listed(parts: Parts, shift: int) -> Items:
    items: Items = []
    for one in parts:
        items += _words(one) if isinstance(one, Part) else [one.start]
        if isinstance(one, Leaf) and one.kind == "COMMA":
            items.append(Break(shift))
    return items


def _some(part: Part) -> Items:
    """`at least 2 of (a, b, c)`: what stands in parentheses is indented between them."""
    opened = next(at for at, one in enumerate(part.parts) if isinstance(one, Leaf) and one.kind == "LPAR")
    inner = part.parts[opened + 1 : -1]
    if len(inner) == 1 and isinstance(inner[0], Part) and inner[0].rule == "names":
        inner = inner[0].parts
    last = part.parts[-1]
    items: Items = [one.start for one in part.parts[:opened] if isinstance(one, Leaf)]
    return [*items, _parentheses(part.parts[opened], Group(tuple(_listed(inner, 0)), STEP), last)]


def _parentheses(opening: Part | Leaf, inner: Group, closing: Part | Leaf) -> Group:
    marks = [one.start for one in (opening, closing) if isinstance(one, Leaf)]
    return Group((marks[0], Break(STEP), inner, Break(0), marks[1]), whole=True)


# Conditions


def _condition(part: Part, shift: int = STEP) -> Items:
    """`a or b`: the word that joins begins a line, `shift` further in than the first part of the condition."""
    if part.rule == "group":
        opening, inner, closing = part.parts
        return [_parentheses(opening, Group(tuple(_condition(_as_part(inner), 0)), STEP), closing)]
    if part.rule not in ("disjunction", "conjunction"):
        return [Group(tuple(_part(part)))] if part.rule in ("comparison", "addition") else _part(part)
    pieces: list[Items] = [[]]
    for one in part.parts:
        if isinstance(one, Leaf):
            pieces.append([one.start])
        else:
            pieces[-1] += _condition(one)
    items: Items = [Group(tuple(pieces[0]), shift)]
    for piece in pieces[1:]:
        items += [Break(shift), Group(tuple(piece), shift)]
    return [Group(tuple(items), whole=not all(_is_name(one) for one in part.parts[::2]))]


def _negation(part: Part) -> Items:
    word, operand = part.parts
    return [*([word.start] if isinstance(word, Leaf) else []), *_condition(_as_part(operand))]


def _addition(part: Part) -> Items:
    """`a + b - c`, a chain of any length: each sign may begin a line."""
    pieces: list[Items] = []
    first: Part | Leaf = part
    while isinstance(first, Part) and first.rule == "addition":
        left, sign, right = first.parts
        pieces.append([Break(STEP), *_words(Part("", (sign, right)))])
        first = left
    return [Group((*_words(_as_part(first)), *(item for piece in reversed(pieces) for item in piece)))]


def _as_part(one: Part | Leaf) -> Part:
    return one if isinstance(one, Part) else Part("", (one,))


def _is_name(one: Part | Leaf) -> bool:
    if isinstance(one, Part) and one.rule == "negation":
        one = one.parts[1]
    return isinstance(one, Part) and one.rule == "reference"


# Declarations that go on in ways of their own


def _define(parts: Parts) -> Group:
    """A condition that does not fit beside its name stands below it."""
    items: Items = [*_words(Part("", parts[:3])), Break(STEP), Group(tuple(_condition(_as_part(parts[3]), 0)), STEP)]
    for one in parts[4:]:
        items += [Break(STEP, also=True), Group(tuple(_part(_as_part(one))), STEP)]
    return Group(tuple(items))


def _exception(parts: Parts) -> Group:
    """Names and title each stand on lines of their own when they do not fit beside `exception NAME to`."""
    items: Items = _words(Part("", parts[:3]))
    items += [Break(STEP), Group(tuple(_listed(_as_part(parts[3]).parts, 0)), STEP)]
    for one in parts[4:]:
        items += [Break(STEP, also=True)] if isinstance(one, Leaf) and one.kind == "STRING" else []
        items += _words(_as_part(one))
    return Group(tuple(items))


_PLAIN = frozenset({"reference", "quantity", "negative", "product", "operator", "path", "duration", "type_name"})
"""Rules that stand together on one line, whatever its length."""

_SPECIAL: dict[str, Callable[[Part], Items]] = {
    "names": _list,
    "paths": _list,
    "some_controls": _some,
    "quorum": _some,
    "disjunction": _condition,
    "conjunction": _condition,
    "group": _condition,
    "comparison": lambda part: [Group(tuple(_phrases(part.rule, part.parts)))],
    "negation": _negation,
    "addition": _addition,
}
