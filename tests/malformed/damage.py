"""Random damage: sound policies and evidence, with letters, words, lines or values changed by chance."""

import json
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from evidence_text import evidence_text
from malformed import HEAD, SMALL, Case
from malformed.evidence import full
from malformed.policies import BASE, EXAMPLE
from random_policies import Shape
from strategies import draft_of, pair_for

GUARD = 'policy guard { version "1" }\naction guarded\nrule always { forbid guarded }\n'
"""A second policy that forbids something whatever happens to the first: a call on both never ends with 0."""

_TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"?|#[^\n]*|[A-Za-z_]\w*|[0-9][0-9.eE%]*|\s+|[<>!]=|.', re.ASCII | re.DOTALL)
_WORDS = (
    "policy use levels stage action role attribute parameter set event control measure category define rule "
    "exception duty evaluate amend changes from invariant test when forbid require approval consultation of "
    "before notify within and or not any all at least category except holds attested by valid undefined cites "
    "worse higher lower unit score mean any pass@1 refusal as dangerous runs registered margin needs unstaged "
    "assessed interpretation waivable strength must aim may veto every until beyond effective_compute after "
    "loosening requires looser never always monotone given expect forbidden due overdue on to version source "
    "effective force legal confidence anytime across attempts extends only stricter rate score count duration "
    "factor compute finding yes no n status age evaluator independent business days months years FLOP"
).split()
_SIGNS = "{ } ( ) , . : .. < > >= <= = != + - * / \" # @ & | ; ' \\ ``` ```policy".split()
_AMOUNTS = (
    "0 1 2 0.5 20% 101% 1e12 1e13 1e-12 999999999999999999 1234567890123456789 1e999999999 2x 0x10 1e24 .5 5. "
    "1_000 NaN inf 2026-10-01 2026-02-30 9999-12-31 0001-01-01 2026-10-01T09:00:00Z 10000 20001"
).split()
_LETTERS = (
    *("\0", "\x1b", "\x7f", "\x9b", "\u202e", "\u200b", "\ufeff", "\u2028", "\ud800", "\U000e0041", "\u0430"),
    *("\u0662", "\uff11", "\xe9", "\u0301", "\u2265", "\u201d", "\r", "\t", "\f", "\n", " ", '"', "\\", "'", "`"),
    *"{}()#",
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, "", " ", "yes", "no", "null", "~", "NaN", ".nan", "inf", "a" * 2_000, "\ud800", "\0"),
    *(0, 1, -1, 0.5, 12, 1e22, 10**7, 10**18, 10**30, "1e999999999", "12%", "120%", "5 days", "3e24 FLOP", "2x"),
    *("1/3", "0x10", "\u0662", "2026-10-01", "2027-01-01", "9999-12-31", "0001-01-01", "2026-02-30"),
    *("2026-10-01T09:00:00Z", [], {}, [[]], [{}], {"a": {}}, ["a", "a"], "*a", "&a b", "!!int 5", "<<", "deploy"),
    *("board", "cyber", "now", "high", "solved", "\u202e", "\x1b[2K"),
)

_NAME = rf"(?!(?:{'|'.join(map(re.escape, _WORDS))})\Z)[A-Za-z_]\w*"
_KINDS = tuple(re.compile(kind, re.ASCII) for kind in (_NAME, r"[0-9].*", r'".*"', r"[<>=!]=?", r"and|or"))
_ITEM = re.compile(r"(?m)^(?=[a-z])")
_CONDITION = re.compile(r"(?:when|as) ((?:not )?[a-z_]\w*(?:\.\w+)?(?: [<>]=? [\w%]+)?)", re.ASCII)

Damage = Callable[[str, random.Random], str]


def damaged(seed: int) -> Case:
    """The case of a seed: a policy and evidence, one of them damaged."""
    rng = random.Random(f"damage {seed}")
    policy, evidence = _sound(rng)
    kind = "policy" if rng.random() < 0.5 else "evidence"
    if kind == "policy":
        policy = _several(policy, rng, _HARD if rng.random() < 0.4 else _MILD)
    elif rng.random() < 0.6:
        evidence = _values(evidence, rng)
    else:
        evidence = _several(evidence, rng, (_letters, _cut, _tokens, _tokens, _lines, _repeated))
    suffix = rng.choice((".json", ".yaml", ".yaml"))
    files = {"p.policy": _bytes(policy, rng), f"e{suffix}": _bytes(evidence, rng), "guard.policy": GUARD.encode()}
    if rng.random() < 0.05:
        files = {("p.policy.md" if name == "p.policy" else name): data for name, data in files.items()}
    words = ("check", *(name for name in files), "--no-cache", "--format", "json", "--as-of", "2026-11-21")
    return Case(name=f"damaged {kind} {seed}", words=words, files=files, statuses=(1, 2), place="file")


def _sound(rng: random.Random) -> tuple[str, str]:
    """A policy and evidence for it, written by hand or by chance."""
    if rng.random() < 0.5:
        return rng.choice((SMALL, SMALL, BASE, EXAMPLE)), rng.choice(
            (full(), json.dumps(json.loads(full()), indent=1), HEAD)
        )
    draft = draft_of(rng.randrange(2_000), Shape(confidence=0.05))
    return draft.text(), evidence_text(pair_for(draft, f"damage {rng.randrange(10**9)}").evidence)


def _bytes(text: str, rng: random.Random) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.03 and data:
        at = rng.randrange(len(data))
        data = data[:at] + bytes([rng.randrange(256)]) + data[at + rng.randrange(2) :]
    return data


def _several(text: str, rng: random.Random, ways: Sequence[Damage]) -> str:
    """A text damaged in one to four ways."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        text = rng.choice(ways)(text, rng)[:200_000]
    return text


def _letters(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice((1, 1, 3))):
        at = rng.randrange(len(text) + 1)
        new = rng.choice(_LETTERS) * rng.choice((1, 1, 1, 2, 200)) if rng.random() < 0.7 else ""
        text = text[:at] + new + text[at + rng.choice((0, 1, 1, 5)) :]
    return text


def _cut(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] if rng.random() < 0.7 else text[at:]


def _tokens(text: str, rng: random.Random) -> str:
    """Words and signs left out, doubled, or changed for others of the same text."""
    tokens = _TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 2, 5))):
        if not tokens:
            break
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        match rng.randrange(4):
            case 0:
                del tokens[at : at + rng.choice((1, 1, 3))]
            case 1:
                tokens[at:at] = tokens[other : other + rng.choice((1, 2, 8))]
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at] = tokens[other]
    return "".join(tokens)


def _words(text: str, rng: random.Random) -> str:
    """Words of the language, signs and amounts where others stood."""
    tokens = _TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 2, 6))):
        at = rng.randrange(len(tokens) + 1)
        word = rng.choice(rng.choice((_WORDS, _WORDS, _SIGNS, _AMOUNTS)))
        tokens[at : at + rng.choice((0, 1, 1))] = [f" {word} "]
    return "".join(tokens)


def _alike(text: str, rng: random.Random) -> str:
    """Names for names, amounts for amounts, strings for strings, comparisons for comparisons."""
    tokens = _TOKEN.findall(text)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(tokens) or 1)
        for kind in _KINDS:
            if tokens and kind.fullmatch(tokens[at]):
                tokens[at] = rng.choice([token for token in tokens if kind.fullmatch(token)])
                break
    return "".join(tokens)


def _items(text: str, rng: random.Random) -> str:
    """Declarations left out, doubled, moved, or taken from another policy."""
    items = _ITEM.split(text)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = rng.randrange(len(items))
        match rng.randrange(4):
            case 0:
                del items[at]
            case 1:
                items.insert(rng.randrange(len(items) + 1), items[at])
            case 2:
                items.insert(rng.randrange(len(items)), items.pop(at))
            case _:
                items.insert(at, rng.choice(_ITEM.split(rng.choice((SMALL, BASE, EXAMPLE)))))
        items = items or [""]
    return "".join(items)


def _conditions(text: str, rng: random.Random) -> str:
    """Conditions wrapped, joined, denied, and made of each other."""
    found = _CONDITION.findall(text)
    if not found:
        return text
    old, other = rng.choice(found), rng.choice(found)
    new = rng.choice(
        (
            f"not ({old})",
            f"({old}) and ({other})",
            f"({old}) or not ({other})",
            other,
            f"{old} + 1",
            "not " * rng.choice((2, 63, 64, 65)) + f"({old})",
            " or ".join([f"({old} and {other})"] * rng.choice((2, 50))),
            "at least 2 category >= high",
        )
    )
    return text.replace(f" {old}", f" {new}", rng.choice((1, -1)))


def _lines(text: str, rng: random.Random) -> str:
    """Lines left out, doubled or moved."""
    lines = text.splitlines(keepends=True)
    for _ in range(rng.choice((1, 2, 5))):
        if not lines:
            break
        line = lines.pop(rng.randrange(len(lines)))
        for _ in range(rng.choice((0, 1, 1, 2))):
            lines.insert(rng.randrange(len(lines) + 1), line)
    return "".join(lines)


def _repeated(text: str, rng: random.Random) -> str:
    """A stretch of words, many times over."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    at = rng.randrange(len(tokens))
    stretch = tokens[at : at + rng.choice((1, 2, 4, 12))]
    return "".join([*tokens[:at], *stretch * rng.choice((2, 10, 100, 500)), *tokens[at:]])


def _joined(text: str, rng: random.Random) -> str:
    """The beginning of one policy and the end of another."""
    other = rng.choice((SMALL, BASE, EXAMPLE, draft_of(rng.randrange(2_000)).text()))
    return text[: rng.randrange(len(text) + 1)] + other[rng.randrange(len(other) + 1) :]


def _values(text: str, rng: random.Random) -> str:
    """Evidence with values changed, moved, left out, doubled or renamed."""
    try:
        document = json.loads(text)
    except ValueError:
        document = json.loads(full())
    for _ in range(rng.choice((1, 1, 2, 5))):
        _change(document, rng)
    return json.dumps(document, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 1)))


def _change(document: Any, rng: random.Random) -> None:
    """One change somewhere in a document."""
    holders = [holder for holder in _holders(document) if holder]
    if not holders:
        return
    holder = rng.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = rng.choice(keys)
    match rng.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[rng.choice(keys + [str(value) for value in _VALUES if isinstance(value, str)])] = holder.pop(key)
        case 2:
            other = rng.choice(holders)
            holder[key] = json.loads(
                json.dumps(other[rng.choice(list(other) if isinstance(other, dict) else range(len(other)))])
            )
        case 3 if isinstance(holder, list):
            holder += [holder[key]] * rng.choice((1, 3, 300))
        case _:
            holder[key] = rng.choice(_VALUES)


_HARD = (_letters, _cut, _tokens, _words, _lines, _repeated, _joined)
_MILD = (_alike, _alike, _alike, _items, _items, _conditions, _conditions, _lines)


def _holders(value: Any) -> list[Any]:
    """Every mapping and list in a value."""
    found, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found
