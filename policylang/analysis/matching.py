"""Which names of one policy are other names for those of another: same declaration and same uses.

Points of both sketches are sorted into classes, by what they say and then, again and again, by the classes of the
points they are linked to, until nothing moves. A name that both policies have stands for itself from the start, and so
do two that are found to be the same thing: what changed around them no longer keeps them apart. A class with one point
of each policy is a pair. Where several are left that nothing tells apart, any pairing means the same; they are paired
one by one, equal titles first, and what that decides for others is worked out before the next.

What remains has changed along with its name. It is paired where its uses, or its declaration, or both for the most
part, are those of one candidate alone. A pair is only a name: whatever differs between the two is still compared.

Only the points next to a class that was split are looked at again, and the largest part of it keeps its class, so the
work grows with the links and hardly more, also where a thousand names are new.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from policylang.analysis.sketch import Named, Sketch

_SETTLING = 2  # rounds before names are paired: their own words and those next to them must have been compared
_MOST_ALIKE = 64  # a trait that more names have than this tells nothing
_HALF = Fraction(1, 2)
_CLOSEST = 4

_STEM = 5
"""Letters by which word forms are told to be one: `assess`, `assessed`, `assessment`."""
_COMMON = frozenset(
    "about above after again all and any are before being below but can for from has have high how into its least "
    "level levels low made model models more most must nor not off one only other out over own risk risks so some such "
    "than that the their them then they this those through two under until was were what when where which who with "
    "within".split()
)
"""Words that tell nothing."""

Trait = tuple[str, ...]
"""Something a name says of itself or is used for, in words and marks that two policies share."""
Key = Callable[[int], frozenset[tuple[Trait, int]]]
"""What names are grouped by: some of their traits; those without any are in no group."""
Use = tuple[str, str, int]
"""How one name is linked to another: the first label on the way, what the last point on it says, and the other."""


def matched(
    old: Sketch, new: Sketch, known: Mapping[Named, Named], gone: frozenset[Named] = frozenset()
) -> dict[Named, Named]:
    """The names of the old policy that have other names in the new one.

    `known` has those that are given, `gone` old names that are said to have become nothing.
    """
    matching = _Matching(old, new, known, gone)
    matching.settle(matching.concerned())
    matching.break_ties()
    matching.pair_changed()
    return matching.found()


class _Matching:
    """Points of both policies, the new ones after the old, in classes that are split."""

    def __init__(self, old: Sketch, new: Sketch, known: Mapping[Named, Named], gone: frozenset[Named]) -> None:
        self.gone = gone
        self.old, self.new, self.shift = old, new, len(old.says)
        self.says = [tuple(sorted(says)) for says in (*old.says, *new.says)]
        self.names: dict[int, Named] = {point: named for named, point in old.points.items()}
        self.names.update({point + self.shift: named for named, point in new.points.items()})
        self.titles = old.titles | {point + self.shift: title for point, title in new.titles.items()}
        self.links = [*old.links, *((a + self.shift, label, b + self.shift) for a, label, b in new.links)]
        self.partner: dict[int, int] = {}
        self.members: dict[int, set[int]] = {}
        self.colour = [-1] * len(self.says)
        self.last = 0  # the last number a class was given
        self.rounds = 0
        for one, other in known.items():
            if one in old.points and other in new.points:
                self.join(old.points[one], new.points[other] + self.shift)
        self.next: list[list[tuple[int, int]]] = [[] for _ in self.says]
        labels: dict[str, int] = {}
        for start, label, end in self.links:
            number = labels.setdefault(label, 2 * len(labels))
            if end not in self.partner:
                self.next[start].append((number, end))
            if start not in self.partner:
                self.next[end].append((number + 1, start))
        self.start()
        self.traits = _Traits(self)

    def concerned(self) -> list[int]:
        """The points that names without a partner hang together with, and the settled ones next to these."""
        stack = [point for point in self.names if point not in self.partner]
        found = set(stack)
        while stack:
            for _, near in self.next[stack.pop()]:
                if near not in found:
                    found.add(near)
                    stack.append(near)
        for point, partners in enumerate(self.next):
            if point in self.partner:
                self.next[point] = [(label, near) for label, near in partners if near in found]
        return sorted(found | self.partner.keys())

    def start(self) -> None:
        """Points that say the same are in one class."""
        kept = self.levels(range(self.shift)) & self.levels(range(self.shift, len(self.says)))
        classes: dict[tuple[str, ...], list[int]] = {}
        for point, says in enumerate(self.says):
            if point not in self.partner:
                kind, name = self.names.get(point, ("", ""))
                level = name.rpartition(".")[2] if kind == "level" else ""
                classes.setdefault((kind, level if level in kept else "", *says), []).append(point)
        for points in classes.values():
            self.apart(points)

    def levels(self, points: Iterable[int]) -> set[str]:
        """What the levels are called of which nothing is known yet."""
        named = (self.names[p] for p in points if p in self.names and p not in self.partner)
        return {name.rpartition(".")[2] for kind, name in named if kind == "level"}

    def apart(self, points: Iterable[int]) -> None:
        """Some points are a class of their own."""
        self.last += 1
        for point in points:
            if self.colour[point] in self.members:
                self.members[self.colour[point]].discard(point)
            self.colour[point] = self.last
            self.members.setdefault(self.last, set()).add(point)

    def join(self, one: int, other: int) -> None:
        """Two points are the same thing, and no other is."""
        self.partner[one] = other
        self.partner[other] = one
        self.apart((one, other))

    def found(self) -> dict[Named, Named]:
        """The pairs of names, old to new."""
        return {self.names[one]: self.names[other] for one, other in self.partner.items() if one < self.shift <= other}

    # Splitting

    def settle(self, points: Iterable[int]) -> None:
        """Split classes until nothing moves, when the classes of some points are new."""
        changed = list(points)
        while changed:
            touched: dict[int, list[tuple[int, int]]] = {}
            for point in changed:
                colour = self.colour[point]
                for label, near in self.next[point]:
                    if near not in self.partner:
                        touched.setdefault(near, []).append((label, colour))
            changed, shrunk = self.split(touched)
            self.rounds += 1
            if self.rounds == _SETTLING:
                shrunk = set(self.members)
            if self.rounds >= _SETTLING:
                self.pair_alone({self.colour[point] for point in changed} | shrunk)

    def split(self, touched: Mapping[int, list[tuple[int, int]]]) -> tuple[list[int], set[int]]:
        """Split each class by what is new around its points; the largest part keeps it. The points that moved."""
        parts: dict[int, dict[tuple[tuple[int, int], ...], list[int]]] = {}
        for point, around in touched.items():
            around.sort()
            parts.setdefault(self.colour[point], {}).setdefault(tuple(around), []).append(point)
        changed: list[int] = []
        shrunk: set[int] = set()
        for colour, by_around in parts.items():
            groups = list(by_around.values())
            rest = len(self.members[colour]) - sum(map(len, groups))
            largest = max(range(len(groups)), key=lambda at: len(groups[at]))
            if rest >= len(groups[largest]):
                moving = groups
            elif rest or len(groups) > 1:
                apart = {point for group in groups for point in group}
                untouched = [point for point in self.members[colour] if point not in apart] if rest else []
                moving = [g for at, g in enumerate(groups) if at != largest] + ([untouched] if untouched else [])
            else:
                continue
            shrunk.add(colour)
            for group in moving:
                self.apart(group)
                changed += group
        return changed, shrunk

    # Pairing

    def sides(self, colour: int) -> tuple[list[int], list[int]]:
        """The names of a class that have no partner, old and new."""
        free = [p for p in self.members.get(colour, ()) if p in self.names and p not in self.partner]
        return [p for p in free if p < self.shift], [p for p in free if p >= self.shift]

    def pair_alone(self, colours: Iterable[int]) -> None:
        """Pair what is alone in its class with one of the other policy, where most of what is said of both agrees."""
        for colour in sorted(colours):
            if len(self.members.get(colour, ())) == 2:
                one, other = self.sides(colour)
                if one and other and self.traits.alike(one[0], other[0]) and not self.told_apart(one[0], other[0]):
                    self.join(one[0], other[0])

    def break_ties(self) -> None:
        """Pair what nothing tells apart, one by one."""
        free = [p for p in range(self.shift) if p in self.names and p not in self.partner]
        for point in sorted(free, key=lambda p: self.names[p]):
            if point in self.partner:
                continue
            others = [other for other in self.sides(self.colour[point])[1] if not self.told_apart(point, other)]
            if others:
                title = self.titles.get(point, "")
                other = min(others, key=lambda p: (self.titles.get(p, "") != title, self.names[p]))
                self.join(point, other)
                self.settle([point, other])

    # What has changed along with its name

    def pair_changed(self) -> None:
        """Pair what is left by its uses, else by its declaration, else by both for the most part."""
        traits = self.traits
        ways: tuple[tuple[Key, Callable[[int, int], bool]], ...] = (
            (lambda point: frozenset(traits.uses(point).items()), lambda _one, _other: True),
            (lambda point: frozenset(traits.own(point).items()), traits.used_alike),
        )
        while any(self.pair_only(key, fits) for key, fits in ways) or self.pair_closest():
            pass
        self.pair_equal()

    def free(self) -> tuple[list[int], list[int]]:
        """The names without a partner, old and new, sorted."""
        free = sorted((p for p in self.names if p not in self.partner), key=lambda p: self.names[p])
        return [p for p in free if p < self.shift], [p for p in free if p >= self.shift]

    def grouped(self, key: Key) -> list[tuple[list[int], list[int]]]:
        """The names without a partner that share a key other than nothing, old and new."""
        groups: dict[tuple[str, frozenset[tuple[Trait, int]]], tuple[list[int], list[int]]] = {}
        for side, points in enumerate(self.free()):
            for point in points:
                if found := key(point):
                    groups.setdefault((self.names[point][0], found), ([], []))[side].append(point)
        return list(groups.values())

    def pair_only(self, key: Key, fits: Callable[[int, int], bool]) -> bool:
        """Pair names that alone share a key; whether any were."""
        pairs = [(ones[0], others[0]) for ones, others in self.grouped(key) if len(ones) == len(others) == 1]
        return self.pair_all([pair for pair in pairs if fits(*pair)])

    def pair_all(self, pairs: list[tuple[int, int]]) -> bool:
        """Pair names where they can stand for one another; whether any did."""
        fitting = [pair for pair in pairs if self.can_join(*pair)]
        for one, other in fitting:
            self.join(one, other)
        return bool(fitting)

    def can_join(self, one: int, other: int) -> bool:
        """Levels are the same on one ladder only, and nothing is the same as what is described otherwise."""
        if self.told_apart(one, other):
            return False
        kind, name = self.names[one]
        if kind == "ladder":
            return self.are_one_ladder(name, self.names[other][1])
        if kind != "level":
            return True
        ladder = self.old.points["ladder", name.rpartition(".")[0]]
        there = self.new.points["ladder", self.names[other][1].rpartition(".")[0]] + self.shift
        return self.partner.get(ladder) == there

    def are_one_ladder(self, name: str, other: str) -> bool:
        """Whether two ladders that changed have a level or a word of their names in common: else nothing joins them."""
        levels = _levels_of(self.old, name) & _levels_of(self.new, other)
        return bool(levels or _telling(name) & _telling(other))

    def told_apart(self, one: int, other: int) -> bool:
        """Whether both are described, and neither name nor description has a word in common.

        What is judged, attested or told has its meaning in its description, however alike it is used.
        """
        if self.names[one] in self.gone:
            return True
        titles = [_telling(self.titles.get(point, "")) for point in (one, other)]
        if not all(titles):
            return False
        ours, theirs = (_telling(self.names[point][1]) for point in (one, other))
        return not (titles[0] | ours) & (titles[1] | theirs)

    def pair_closest(self) -> bool:
        """Pair names that are each other's closest, nobody else as close, and alike; whether any were."""
        old, new = self.free()
        traits = {p: self.traits.all(p) for p in (*old, *new)}
        closest = {**self.closest(old, new, traits), **self.closest(new, old, traits)}
        pairs = [(one, closest[one]) for one in old if one in closest and closest.get(closest[one]) == one]
        return self.pair_all([pair for pair in pairs if self.traits.alike(*pair)])

    def closest(self, points: list[int], others: list[int], traits: Mapping[int, Counter[Trait]]) -> dict[int, int]:
        """For each name the one other name that shares the most with it; none where two share as much."""
        having: dict[tuple[str, Trait], list[int]] = {}
        for other in others:
            for trait in traits[other]:
                having.setdefault((self.names[other][0], trait), []).append(other)
        found: dict[int, int] = {}
        for point in points:
            shared: Counter[int] = Counter()
            for trait in traits[point]:
                near = having.get((self.names[point][0], trait), [])
                shared.update(near if len(near) <= _MOST_ALIKE else ())
            close = [(_overlap(traits[point], traits[other]), other) for other, _ in shared.most_common(_CLOSEST)]
            close.sort(reverse=True)
            if close and (len(close) == 1 or close[0][0] > close[1][0]):
                found[point] = close[0][1]
        return found

    def pair_equal(self) -> None:
        """Pair, in order, what is left and has the same traits."""
        for ones, others in self.grouped(lambda point: frozenset(self.traits.all(point).items())):
            self.pair_all(list(zip(ones, others, strict=False)))


def _levels_of(sketch: Sketch, ladder: str) -> set[str]:
    split = (name.rpartition(".") for kind, name in sketch.points if kind == "level")
    return {level for of, _, level in split if of == ladder}


def _telling(text: str) -> set[str]:
    """The words of a description that say what it is of; word forms count as one."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return {word[:_STEM] for word in words if word not in _COMMON}


class _Traits:
    """What names say of themselves and are used for; other names count by who they are where that is known."""

    def __init__(self, matching: _Matching) -> None:
        self.matching = matching
        self.out: dict[int, list[Use]] = {}
        self.into: dict[int, list[Use]] = {}
        forward: list[list[tuple[str, int]]] = [[] for _ in matching.says]
        for start, label, end in matching.links:
            forward[start].append((label, end))
        for start in matching.names:
            self.walk(start, forward)

    def walk(self, start: int, forward: list[list[tuple[str, int]]]) -> None:
        """Note every name that a declaration mentions."""
        names, says = self.matching.names, self.matching.says
        stack = [(label, end, "") for label, end in forward[start]]
        seen: set[int] = set()
        while stack:
            label, point, context = stack.pop()
            if point in names:
                self.out.setdefault(start, []).append((label, context, point))
                self.into.setdefault(point, []).append((label, context, start))
            elif point not in seen:
                seen.add(point)
                here = " ".join(says[point]) or context
                stack += [(label, end, here) for _, end in forward[point]]
                if not forward[point]:
                    self.out.setdefault(start, []).append((label, here, -1))

    def mark(self, point: int) -> str:
        """Who a name is, or of what kind."""
        if point < 0:
            return ""
        partner = self.matching.partner.get(point)
        return self.matching.names[point][0] if partner is None else f"={min(point, partner)}"

    def counted(self, found: Iterable[Use]) -> Counter[Trait]:
        """Each mention twice, with what is said of it and without."""
        traits: Counter[Trait] = Counter()
        for label, context, other in found:
            mark = self.mark(other)
            traits[label, mark] += 1
            traits[label, mark, context] += 1
        return traits

    def uses(self, point: int) -> Counter[Trait]:
        """What a name is used for."""
        return self.counted(self.into.get(point, ()))

    def own(self, point: int) -> Counter[Trait]:
        """What a name's declaration says."""
        kind, title = self.matching.names[point][0], self.matching.titles.get(point, "")
        said: Counter[Trait] = Counter([(text,) for text in self.matching.says[point] if text != kind])
        if title:
            said["title", title, ""] += 1
        return said + self.counted(self.out.get(point, ()))

    def all(self, point: int) -> Counter[Trait]:
        """Both, told apart."""
        uses = Counter({("used", *trait): count for trait, count in self.uses(point).items()})
        return self.own(point) + uses

    def used_alike(self, one: int, other: int) -> bool:
        """Whether at least half of the uses of two names agree."""
        return _overlap(self.uses(one), self.uses(other)) >= _HALF

    def alike(self, one: int, other: int) -> bool:
        """Whether at least half of the uses of two names agree, and half of all that is said of them."""
        return self.used_alike(one, other) and _overlap(self.all(one), self.all(other)) >= _HALF


def _overlap(one: Counter[Trait], other: Counter[Trait]) -> Fraction:
    """How much two lists of traits share, from 0 to 1; two empty ones share everything."""
    total = one.total() + other.total()
    return Fraction(2 * (one & other).total(), total) if total else Fraction(1)
