"""What rules, exceptions, vetoes and duties ask of people, compared by order: how bindingly, of whom, until when."""

from collections.abc import Iterable, Iterator, Sequence

from policylang.analysis.advice import said
from policylang.analysis.difference import Change, Clause, Direction, Layer
from policylang.analysis.orders import Order, compared_demands, compared_periods, period_text, toward, valid_instead
from policylang.diagnostics import quoted
from policylang.graph.nodes import Duty, Exemption, Graph, Notice, Period, Requirement, Rule

_STRENGTHS = {"recommend": 0, "aim": 1, "must": 2}


def rule_changes(old: Graph, new: Graph) -> Iterator[Change]:
    """The changes of rules and exceptions that both policies have, of veto rights and of duties."""
    for now in new.rules:
        if (was := old.rule.get(now.name)) is not None:
            yield from _Rules(was, now).changes()
    exemptions = {item.name: item for item in old.exemptions}
    for lifted in new.exemptions:
        if (had := exemptions.get(lifted.name)) is not None:
            yield from _valid(had, lifted, "exception")
    yield from _vetoes(old, new)
    yield from _duties(old, new)


class _Rules:
    """One rule in both policies."""

    def __init__(self, was: Rule, now: Rule) -> None:
        self.was, self.now = was, now
        self.clause = _clause("rule", was, now)
        self.binds = "must" in (was.strength, now.strength)

    def changes(self) -> Iterator[Change]:
        """What changed, property by property; of a rule that only advises it is said."""
        was, now = self.was, self.now
        if was.strength != now.strength:
            is_weaker = _STRENGTHS[now.strength] < _STRENGTHS[was.strength]
            sentence = f"`{now.name}` binds as `{now.strength}` instead of `{was.strength}`"
            yield _made(
                self.clause,
                Direction.LOOSER if is_weaker else Direction.STRICTER,
                sentence,
                (was.strength, now.strength),
                about="strength",
            )
        found = [*self.waivable(), *_valid(was, now, "rule"), *self.notices()]
        for change in found:
            yield change if self.binds else said(change)

    def waivable(self) -> Iterator[Change]:
        was, now = self.was.waivable, self.now.waivable
        if was == now:
            return
        direction, sentence = Direction.MIXED, f"`{now}` may waive `{self.now.name}` instead of `{was}`"
        if not was:
            direction, sentence = Direction.LOOSER, f"`{now}` may now waive `{self.now.name}`"
        elif not now:
            direction, sentence = Direction.STRICTER, f"nobody may waive `{self.now.name}` any more"
        yield _made(self.clause, direction, sentence, (was or "none", now or "none"), about="waivable")

    def notices(self) -> Iterator[Change]:
        before, after = _by_role(self.was.notices), _by_role(self.now.notices)
        for role in sorted({*before, *after}):
            was, now = before.get(role, []), after.get(role, [])
            texts = _notice_text(was), _notice_text(now)
            if not now:
                yield _made(self.clause, Direction.LOOSER, f"`{role}` no longer has to be told", texts)
            elif not was:
                yield _made(self.clause, Direction.STRICTER, f"`{role}` now has to be told {texts[1]}", texts)
            elif direction := toward(compared_demands(was, now, _sooner), Direction.STRICTER):
                how = {Direction.LOOSER: "told later", Direction.STRICTER: "told sooner"}
                shown = how.get(direction, "told by another clock")
                instead = texts[0].removeprefix("within ") if len(was) == len(now) == 1 else texts[0]
                yield _made(self.clause, direction, f"`{role}` is {shown}: {texts[1]} instead of {instead}", texts)


def _clause(kind: str, was: Rule | Exemption | Duty, now: Rule | Exemption | Duty) -> Clause:
    return Clause(kind=kind, name=now.name, cites=now.cites or was.cites, old=was.where, new=now.where)


def _made(clause: Clause, direction: Direction, sentence: str, texts: tuple[str, str], *, about: str = "") -> Change:
    return Change(
        direction=direction,
        layer=Layer.RULES,
        clause=clause,
        sentence=sentence,
        was=texts[0],
        now=texts[1],
        about=about,
    )


# Notices


def _by_role(notices: Iterable[Notice]) -> dict[str, list[Notice]]:
    found: dict[str, list[Notice]] = {}
    for notice in notices:
        for role in notice.roles:
            found.setdefault(role, []).append(notice)
    return found


def _sooner(strong: Notice, weak: Notice) -> bool:
    """Whether telling somebody in time for one notice is in time for another."""
    order = compared_periods(weak.within, strong.within, unset=Order.MORE)
    return strong.event == weak.event and order in (Order.LESS, Order.SAME)


def _notice_text(notices: Iterable[Notice]) -> str:
    found = {f"within {period_text(n.within)}" + (f" of {n.event}" if n.event else "") for n in notices}
    return " and ".join(sorted(found)) or "none"


# Validity of approvals and consultations


def _valid(was: Rule | Exemption, now: Rule | Exemption, kind: str) -> Iterator[Change]:
    """How long approvals and consultations count, by what is asked, of whom and before which action."""
    before, after = _periods(was.requirements), _periods(now.requirements)
    seen: set[tuple[str, str, str, str]] = set()
    for key in sorted(before.keys() & after.keys()):
        direction = toward(compared_demands(before[key], after[key], _shorter), Direction.STRICTER)
        texts = _periods_text(before[key]), _periods_text(after[key])
        what, who, _ = key
        if direction is not None and (what, who, *texts) not in seen:
            seen.add((what, who, *texts))
            sentence = f"{what} of {who} for `{now.name}` is valid {valid_instead(*texts)}"
            yield _made(_clause(kind, was, now), direction, sentence, texts)


def _periods(requirements: Iterable[Requirement]) -> dict[tuple[str, str, str], list[Period | None]]:
    found: dict[tuple[str, str, str], list[Period | None]] = {}
    for need in requirements:
        if need.what in ("approval", "consultation"):
            for action in need.actions or ("",):
                found.setdefault((need.what, quoted(sorted(need.members)), action), []).append(need.valid)
    return found


def _shorter(strong: Period | None, weak: Period | None) -> bool:
    return compared_periods(weak, strong, unset=Order.LESS) in (Order.LESS, Order.SAME)


def _periods_text(periods: Sequence[Period | None]) -> str:
    return " and ".join(sorted({period_text(period) for period in periods}))


# Vetoes


def _vetoes(old: Graph, new: Graph) -> Iterator[Change]:
    """Rights to veto actions that both policies have, role by role."""
    both = {term.name for term in old.actions} & {term.name for term in new.actions}
    before, after = _rights(old, both), _rights(new, both)
    for role in sorted({*before, *after}):
        was, now = before.get(role, set()), after.get(role, set())
        lost, gained = covering(old, was - now), covering(new, now - was)
        clause, texts = Clause(kind="veto", name=role), (covering(old, was), covering(new, now))
        shown = ", ".join(texts[0]) or "none", ", ".join(texts[1]) or "none"
        if lost and gained:
            sentence = f"`{role}` may veto {quoted(texts[1])} instead of {quoted(texts[0])}"
            yield _made(clause, Direction.MIXED, sentence, shown)
        elif lost:
            yield _made(clause, Direction.LOOSER, f"`{role}` may no longer veto {quoted(lost)}", shown)
        elif gained:
            yield _made(clause, Direction.STRICTER, f"`{role}` may now veto {quoted(gained)}", shown)


def _rights(graph: Graph, actions: set[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for veto in graph.vetoes:
        for role in veto.roles:
            found.setdefault(role, set()).update(actions.intersection(veto.actions))
    return found


def covering(graph: Graph, leaves: Iterable[str]) -> list[str]:
    """The fewest names that cover just these leaf actions, the widest first taken, sorted."""
    left, found = set(leaves), []
    for name, covered in sorted(graph.groups, key=lambda group: (-len(group[1]), group[0])):
        if covered and left.issuperset(covered):
            found.append(name)
            left -= set(covered)
    return sorted([*found, *left])


# Duties


def _duties(old: Graph, new: Graph) -> Iterator[Change]:
    """Standing obligations; their conditions apart, which are compared with those of rules."""
    for name in sorted({*old.duty, *new.duty}):
        was, now = old.duty.get(name), new.duty.get(name)
        if was is not None and now is not None:
            yield from _Duties(was, now).changes()
        elif was is not None:
            clause = Clause(kind="duty", name=name, cites=was.cites, old=was.where)
            yield _made(
                clause, Direction.LOOSER, f"`{was.by}` no longer has the duty `{name}`", (_duty_text(was), "none")
            )
        elif now is not None:
            clause = Clause(kind="duty", name=name, cites=now.cites, new=now.where)
            yield _made(clause, Direction.STRICTER, f"`{now.by}` has a new duty `{name}`", ("none", _duty_text(now)))


class _Duties:
    """One duty in both policies."""

    def __init__(self, was: Duty, now: Duty) -> None:
        self.was, self.now = was, now
        self.clause = _clause("duty", was, now)
        self.name = f"`{now.name}`"

    def changes(self) -> Iterator[Change]:
        """What changed, property by property."""
        was, now = self.was, self.now
        if was.by != now.by:
            sentence = f"{self.name} is a duty of `{now.by}` instead of `{was.by}`"
            yield _made(self.clause, Direction.MIXED, sentence, (was.by, now.by))
        yield from self.to()
        if (was.every is None) != (now.every is None):
            texts = _clock_text(was), _clock_text(now)
            sentence = f"{self.name} is owed {texts[1]} instead of {texts[0]}"
            yield _made(self.clause, Direction.MIXED, sentence, texts)
            return
        yield from self.length()
        yield from self.clocks()

    def to(self) -> Iterator[Change]:
        was, now = sorted(set(self.was.to)), sorted(set(self.now.to))
        lost, gained = [r for r in was if r not in now], [r for r in now if r not in was]
        texts = ", ".join(was) or "none", ", ".join(now) or "none"
        if lost and gained:
            sentence = f"{self.name} is owed to {quoted(now)} instead of {quoted(was)}"
            yield _made(self.clause, Direction.MIXED, sentence, texts)
        elif lost:
            yield _made(self.clause, Direction.LOOSER, f"{self.name} is no longer owed to {quoted(lost)}", texts)
        elif gained:
            yield _made(self.clause, Direction.STRICTER, f"{self.name} is now owed to {quoted(gained)}", texts)

    def length(self) -> Iterator[Change]:
        was, now = self.was.every or self.was.within, self.now.every or self.now.within
        direction = toward(compared_periods(was, now, unset=Order.MORE), Direction.LOOSER)
        if direction is not None:
            word = "every" if self.now.every else "within"
            texts = f"{word} {period_text(was)}", f"{word} {period_text(now)}"
            sentence = f"{self.name} is owed {texts[1]} instead of {texts[0]}"
            yield _made(self.clause, direction, sentence, texts)

    def clocks(self) -> Iterator[Change]:
        was, now = self.was, self.now
        for before, after in ((was.start, now.start), (was.event, now.event)):
            if before != after:
                sentence = f"the clock of {self.name} starts with {_start(after)} instead of {_start(before)}"
                yield _made(self.clause, Direction.MIXED, sentence, (before or "none", after or "none"))
        if was.until != now.until:
            direction, sentence = Direction.MIXED, f"{self.name} ends with `{now.until}` instead of `{was.until}`"
            if not was.until:
                direction, sentence = Direction.LOOSER, f"{self.name} now ends with `{now.until}`"
            elif not now.until:
                direction, sentence = Direction.STRICTER, f"{self.name} no longer ends with `{was.until}`"
            yield _made(self.clause, direction, sentence, (was.until or "none", now.until or "none"))


def _start(event: str) -> str:
    return f"`{event}`" if event else "the day the policy takes effect"


def _clock_text(duty: Duty) -> str:
    if duty.every is not None:
        return f"every {period_text(duty.every)}"
    return f"within {period_text(duty.within)} of {duty.event}"


def _duty_text(duty: Duty) -> str:
    to = f" to {', '.join(duty.to)}" if duty.to else ""
    return f"by {duty.by}{to} {_clock_text(duty)}"
