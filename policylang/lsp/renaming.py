"""References and renaming: every place that mentions one declaration, in all policies that take it in."""

import re
from dataclasses import dataclass

from policylang.diagnostics import errors
from policylang.lsp.desk import SHIPPED, Desk, Document, Snapshot
from policylang.lsp.mentions import Mention, at, declaration, mentions
from policylang.parse.build import MAX_NAME
from policylang.resolve import BUILT_IN_ATTRIBUTES, KINDS, RESERVED, TERMS, Resolved
from policylang.source import Place, Source, Span

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SHARED = frozenset(TERMS)


@dataclass(frozen=True)
class Refused(Exception):
    """Why something cannot be renamed, in a sentence."""

    why: str


def references(desk: Desk, snapshot: Snapshot, mention: Mention) -> tuple[tuple[Place, Mention], ...]:
    """Every place that mentions what is mentioned here, in the order of files and texts."""
    home = _home(snapshot.resolved, mention)
    own = snapshot.source
    found = {(own.name, one.span): (Place(own, one.span), one) for one in snapshot.mentions() if _is_same(one, mention)}
    if home is not None:
        for each in desk.around(home, mention.written.rpartition(".")[2]):
            there = _home(each.resolved, mention)
            if there is None or there.source.name != home.source.name:
                continue
            for number, module in enumerate(each.resolved.modules):
                for one in mentions(each.resolved, number):
                    if _is_same(one, mention):
                        found[module.source.name, one.span] = (Place(module.source, one.span), one)
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[0], key[1].start)))


def _is_same(one: Mention, other: Mention) -> bool:
    """Whether two mentions are of one thing; a group of actions is mentioned wherever an action below it is."""
    if one.kind != other.kind:
        return False
    return one.name == other.name or (other.kind == "action" and one.name.startswith(f"{other.name}."))


def _home(resolved: Resolved, mention: Mention) -> Place | None:
    """Where a thing is declared; a group of actions where the first of them is."""
    place = declaration(resolved, mention.kind, mention.name)
    if place is None and mention.kind == "action":
        below = [name for name in resolved.named["action"] if name.startswith(f"{mention.name}.")]
        return declaration(resolved, "action", below[0]) if below else None
    return place


def renamable(snapshot: Snapshot, offset: int) -> Mention:
    """What would be renamed at an offset; raises Refused."""
    mention = at(snapshot.mentions(), offset)
    if mention is None:
        raise Refused("nothing that has a name stands here")
    home = _home(snapshot.resolved, mention)
    if home is None:
        raise Refused(f"`{mention.written}` is built in or declared nowhere, so it cannot be renamed")
    if home.source.name.startswith(SHIPPED):
        name = home.source.name.removeprefix(SHIPPED)
        raise Refused(f"`{mention.written}` is declared in the standard policy `{name}`, which is not yours to change")
    return mention


def renamed(desk: Desk, snapshot: Snapshot, offset: int, new: str) -> dict[Source, list[tuple[Span, str]]]:
    """The edits that give what stands at an offset another name; raises Refused."""
    mention = renamable(snapshot, offset)
    new = new.strip()
    _checked(snapshot.resolved, mention, new)
    found: dict[Source, list[tuple[Span, str]]] = {}
    for place, one in references(desk, snapshot, mention):
        if place.source.name.startswith(SHIPPED):
            name = place.source.name.removeprefix(SHIPPED)
            raise Refused(f"the standard policy `{name}` mentions it, too, and is not yours to change")
        text = new if one.kind != "action" else new + one.name[len(mention.name) :]
        found.setdefault(place.source, []).append((place.span, text))
    _tried(desk, snapshot, found, new)
    return found


def _tried(desk: Desk, snapshot: Snapshot, edits: dict[Source, list[tuple[Span, str]]], new: str) -> None:
    """Refuse a name under which a policy that compiles would not: a word of the language where one can stand."""
    if errors(desk.snapshot(snapshot.name, with_tests=True).found):
        return
    after = Desk()
    for document in desk.documents.values():
        after.put(document)
    for source, made in edits.items():
        text = source.text
        for span, other in sorted(made, key=lambda one: -one[0].start):
            text = text[: span.start] + other + text[span.end :]
        after.put(Document(uri="", source=Source(name=source.name, text=text), version=0))
    wrong = errors(after.snapshot(snapshot.name, with_tests=True).found)
    if wrong:
        raise Refused(f"with the name `{new}` the policy would not compile: {wrong[0].message}")


def _checked(resolved: Resolved, mention: Mention, new: str) -> None:
    """Whether a thing may have a name; raises Refused."""
    parts = new.split(".") if mention.kind == "action" else [new]
    if len(new) > MAX_NAME or not all(_NAME.fullmatch(part) for part in parts):
        also = ", with dots between the parts of an action" if mention.kind == "action" else ""
        raise Refused(f"`{new[:MAX_NAME]}` is no name: write letters, digits and `_`, not a digit first{also}")
    if new == mention.written:
        raise Refused(f"it is called `{new}` already")
    if mention.kind == "level":
        ladder = mention.name.partition(".")[0]
        if any(each.text == new for each in resolved.named["ladder"][ladder].levels):
            raise Refused(f"the ladder `{ladder}` has a level `{new}` already")
        return
    if mention.kind in _SHARED and new in RESERVED:
        raise Refused(f"`{new}` is built in: {RESERVED[new]}")
    if mention.kind == "attribute" and new in BUILT_IN_ATTRIBUTES:
        raise Refused(f"`{new}` is a property every reading has")
    for kind in TERMS if mention.kind in _SHARED else (mention.kind,):
        taken = new in resolved.named[kind] if kind in KINDS.values() else False
        if taken:
            raise Refused(f"there is a {kind} `{new}` already")
    if mention.kind in _SHARED and _is_level(resolved, new):
        raise Refused(f"`{new}` is a level of a ladder: in a condition it would be taken for the other")


def _is_level(resolved: Resolved, name: str) -> bool:
    return any(each.text == name for item in resolved.named["ladder"].values() for each in item.levels)
