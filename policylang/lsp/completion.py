"""Completion: the grammar says which words can stand at the cursor, the words before it which names are meant there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policylang import syntax
from policylang.kinds import Kind
from policylang.lsp.mentions import ladder_of
from policylang.lsp.snippets import SNIPPETS
from policylang.parse.ahead import ahead
from policylang.parse.text import QUOTED, policy_text
from policylang.resolve import BUILT_IN_ATTRIBUTES, RESERVED, TERMS, Resolved
from policylang.source import Source, Span

_BEGINS = re.compile(
    r"^[ \t]*(?:policy|use|levels|stage|action|role|attribute|parameter|set|event|control|measure|category|define|rule|"
    r"exception|duty|evaluate|amend|changes|clause|invariant|situation|test)\b",
    re.MULTILINE | re.ASCII,
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TOKEN = re.compile(QUOTED + r"|[A-Za-z0-9_.%]*[A-Za-z0-9_%]|>=|<=|!=|\.\.|[^\s]")
_COMPARES = frozenset({">=", "<=", "!=", ">", "<", "="})
_MAX_TRIED = 6

_NAMED_AFTER: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("when", "as", "and", "or", "not", "+", "-", "*", "/"), TERMS),
    **dict.fromkeys(("forbid", "before", "veto", "never"), ("action",)),
    **dict.fromkeys(("by", "notify"), ("role",)),
    **dict.fromkeys(("after", "until"), ("event",)),
    "set": ("parameter",),
    "except": ("category",),
    "require": ("control",),
    "cites": ("clause",),
    "situation": ("situation",),
    "needs": ("attribute",),
    "given": ("measure", "category", "event"),
    "no": ("measure", "category", "event"),
    "expect": ("action", "category", "rule", "duty"),
    **dict.fromkeys(("looser", "stricter", "neutral"), ("rule", "category", "measure", "control", "duty")),
}
"""Which kinds of names may stand after a word, where the word alone says it."""
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "assessment": ("category",), "attestation": ("control",), "event": ("event",), "duty": ("duty",),
    "notification": ("rule", "duty"), "waiver": ("rule", "exception"), "veto": ("action",),
}  # fmt: skip
_TYPED: Mapping[str, str] = {
    **dict.fromkeys(("valid", "within", "every"), Kind.DURATION),
    "beyond": Kind.FACTOR,
    "margin": Kind.RATE,
}
"""Behind which words a parameter of which type may stand."""
_TYPES = tuple(kind.value for kind in Kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Something to put at the cursor: a word, a name or a whole declaration with gaps (`snippet`)."""

    text: str
    kind: str
    detail: str = ""
    snippet: str = ""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What can be put in place of the word at the cursor."""

    span: Span
    choices: tuple[Choice, ...]


def complete(source: Source, offset: int, resolved: Resolved, paths: Sequence[str]) -> Completion:
    """What can stand at an offset; `paths` are the policies that can be taken in."""
    text = policy_text(source, []) or source.text
    line = text.rfind("\n", 0, offset) + 1
    open_ = _open_text(text[line:offset])
    if open_ is not None:
        if re.search(r"(?:\buse|\bextends)\s*$", text[max(0, line - 200) : line + open_]):
            inside = Span(line + open_ + 1, offset)
            return Completion(span=inside, choices=tuple(Choice(text=path, kind="path") for path in paths))
        return Completion(span=Span(offset, offset), choices=())
    word = _WORD.search(text, line, offset)
    start = word.start() if word is not None else offset
    if text[line:start].strip() == "" and source.text[line:start] != text[line:start]:
        return Completion(span=Span(offset, offset), choices=())  # prose of a Markdown policy
    choices = _choices(text, start, resolved)
    return Completion(span=Span(start, offset), choices=tuple(dict.fromkeys(choices)))


def _open_text(before: str) -> int | None:
    """Where the string or comment begins that a line is in at its end."""
    for match in re.finditer(QUOTED, before):
        if match.end() == len(before) and (match[0][0] == "#" or match[0] == '"' or match[0][-1] != '"'):
            return match.start()
    return None


def _choices(text: str, start: int, resolved: Resolved) -> Iterator[Choice]:
    begins = [match.start() for match in _BEGINS.finditer(text, 0, start)][-_MAX_TRIED:]
    for begin in [*reversed(begins), 0]:
        beginning = text[begin:start]
        found = ahead(beginning)
        if found is None:
            continue
        if found.is_name:
            yield from _Names(resolved, _tokens(beginning)).choices()
        is_top = "$END" in found.terminals and text[text.rfind("\n", 0, start) + 1 : start].strip() == ""
        for word in sorted(found.words):
            snippet = SNIPPETS.get(word, "") if is_top else ""
            yield Choice(text=word, kind="word", snippet=snippet)
        return


def _tokens(beginning: str) -> list[str]:
    return [match[0] for match in _TOKEN.finditer(beginning) if match[0][0] != "#"]


class _Names:
    """The names that can stand behind some words."""

    def __init__(self, resolved: Resolved, tokens: list[str]) -> None:
        self.resolved, self.named, self.tokens = resolved, resolved.named, tokens
        self.before = tokens[-1] if tokens else ""

    def choices(self) -> Iterator[Choice]:
        tokens = self.tokens
        if self.before == ".":
            yield from self.behind_dot()
        elif self.before in _COMPARES:
            yield from self.compared()
        elif self.before == ":":
            yield from self.types()
        elif self.before == "{" or (tokens and tokens[0] == "category" and self.before not in _NAMED_AFTER):
            yield from self.levels(self.own_ladder())
        else:
            yield from self.behind(self.list_head())

    def list_head(self) -> list[str]:
        """The words before a list that the cursor is in: `forbid` in `forbid a, b, `."""
        tokens = list(self.tokens)
        while tokens and tokens[-1] == ",":
            del tokens[-1]
            while tokens and (re.fullmatch(r"[\w.%\"]+|\.|>=|<=|>|<|=", tokens[-1])) and tokens[-1] not in _HEADS:
                if tokens[-1] not in _COMPARES and len(tokens) > 1 and tokens[-2] in (",", *_HEADS):
                    del tokens[-1]
                    break
                del tokens[-1]
        return tokens

    def behind(self, tokens: list[str]) -> Iterator[Choice]:
        last = tokens[-1] if tokens else ""
        first = self.tokens[0] if self.tokens else ""
        match last:
            case "of":
                yield from self.behind_of(tokens)
            case "(":
                yield from self.in_brackets(tokens)
            case "to":
                yield from self.of(("rule",) if first == "exception" else ("role",))
            case "at":
                yield from self.levels(*self.targets(tokens))
            case "by" if "expect" in tokens and tokens[-2:-1] and tokens[-2] in _VERDICTS:
                yield from self.of(("rule",))
            case "from":
                yield from self.of(("event",))
            case "require" if first in {"exception", "rule"} or "always" in tokens:
                yield from self.of(("control",))
            case "":
                yield from self.of(("role",))
            case _:
                kinds = _NAMED_AFTER.get(last, ())
                yield from self.of(kinds)
                if last in _TYPED:
                    yield from self.parameters(_TYPED[last])
                if last == "needs":
                    yield from (Choice(text=name, kind="attribute", detail="built in") for name in BUILT_IN_ATTRIBUTES)
                if kinds == TERMS or last == "given":
                    known = RESERVED if last == "given" else ("attempts",)
                    yield from (Choice(text=name, kind="term", detail=RESERVED[name]) for name in known)

    def behind_of(self, tokens: list[str]) -> Iterator[Choice]:
        about = tokens[-2] if len(tokens) > 1 else ""
        is_test = self.tokens[0] in ("test", "situation")
        if about in _ABOUT:
            yield from self.of(_ABOUT[about])
        elif about in ("approval", "consultation"):
            yield from self.of(("action", "exception") if is_test else ("role",))
        else:
            yield from self.of(("event",))

    def in_brackets(self, tokens: list[str]) -> Iterator[Choice]:
        ahead_of = tokens[-6:-1]
        if "of" in ahead_of and "least" in ahead_of:
            yield from self.of(("control",))
        elif "of" in ahead_of[-1:]:
            yield from self.of(("role",))
        else:
            yield from self.of(TERMS)

    def behind_dot(self) -> Iterator[Choice]:
        """Stages behind a measure or a category, else what stands below a group of actions."""
        path = self.tokens[-2] if len(self.tokens) > 1 else ""
        if path == "category" or self.resolved.term(path) is not None:
            yield from self.of(("stage",))
        for name in self.named["action"]:
            if name.startswith(f"{path}."):
                yield Choice(text=name[len(path) + 1 :], kind="action", detail=_title(self.named["action"][name]))

    def compared(self) -> Iterator[Choice]:
        """Levels of the ladder of what stands on the left, else measures and parameters."""
        left = self.tokens[-2] if len(self.tokens) > 1 else ""
        name = left.partition(".")[0]
        if len(self.tokens) > 3 and self.tokens[-3] == ".":
            name = self.tokens[-4]
        attribute = self.named["attribute"].get(name) if "needs" in self.tokens else None
        ladder = ladder_of(self.resolved, name)
        if name == "category" or ("category" in self.tokens[-9:-1] and not ladder):
            yield from self.levels(*self.ladders())
        elif attribute is not None:
            yield from self.levels(attribute.type.name.text)
            yield from self.parameters(attribute.type.name.text)
        elif ladder:
            yield from self.levels(ladder)
            yield from self.parameters(ladder)
        elif self.tokens[0] in ("set", "parameter"):
            declared = self.named["parameter"].get(self.tokens[1]) if len(self.tokens) > 1 else None
            yield from self.levels(declared.type.name.text if declared is not None else self.tokens[-2])
        else:
            yield from self.of(("measure", "parameter"))

    def parameters(self, declared: str) -> Iterator[Choice]:
        """The parameters of a type."""
        for name, item in sorted(self.named["parameter"].items()):
            if item.type.name.text == declared:
                yield Choice(text=name, kind="parameter", detail=_title(item))

    def types(self) -> Iterator[Choice]:
        first = self.tokens[0]
        if first in ("measure", "attribute", "parameter"):
            yield from (Choice(text=name, kind="type") for name in _TYPES)
        if first in ("category", "control", "attribute", "parameter"):
            yield from self.of(("ladder",))

    def own_ladder(self) -> str:
        """The ladder of the category that the cursor is in."""
        tokens = self.tokens
        return tokens[3] if len(tokens) > 3 and tokens[0] == "category" and tokens[2] == ":" else ""

    def ladders(self) -> tuple[str, ...]:
        return tuple(sorted({item.ladder.text for item in self.named["category"].values()}))

    def targets(self, tokens: list[str]) -> tuple[str, ...]:
        """The ladders that a level behind `at` may be of."""
        for word in reversed(tokens[:-1]):
            if word == "category":
                return self.ladders()
            ladder = ladder_of(self.resolved, word.partition(".")[0])
            if ladder:
                return (ladder,)
        return ()

    def levels(self, *ladders: str) -> Iterator[Choice]:
        for ladder in ladders:
            item = self.named["ladder"].get(ladder)
            if item is not None:
                order = " < ".join(each.text for each in item.levels)
                yield from (Choice(text=each.text, kind="level", detail=f"{ladder}: {order}") for each in item.levels)

    def of(self, kinds: Iterable[str]) -> Iterator[Choice]:
        for kind in kinds:
            for name, item in sorted(self.named[kind].items()):
                stem = name.rpartition(".")[0]
                if stem and stem not in self.named[kind]:
                    yield Choice(text=stem, kind=kind, detail=f"every {kind} below it")
                yield Choice(text=name, kind=kind, detail=_title(item))


_VERDICTS = frozenset({"permitted", "conditional", "undetermined", "forbidden"})
_HEADS = frozenset(_NAMED_AFTER) | {"to", "of", "(", "{", "needs"}


def _title(item: Any) -> str:
    """What a declaration says of itself, on one line."""
    title = getattr(item, "title", None)
    said = title.text if isinstance(title, syntax.Text) else ""
    match item:
        case syntax.Measure(type=declared):
            return f"{declared.name.text}{': ' if said else ''}{said}"
        case syntax.Category(ladder=ladder):
            return f"{ladder.text}{': ' if said else ''}{said}"
        case _:
            return said
