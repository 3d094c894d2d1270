"""Lints of ways out: waivers and exceptions, who grants them, what they cost, and when they end."""

from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, Edit, quoted
from policylang.graph import nodes
from policylang.lint import insertions
from policylang.lint.acts import AUDITORS, commonest, some
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View
from policylang.lint.tree import declared

_SOON = "90 days"

# Waivers


def _waivable(view: View) -> Iterator[tuple[syntax.Rule, syntax.Name, nodes.Rule]]:
    for _, item in declared(view, "rule"):
        if item.waivable is not None and item.strength == "must":
            yield item, item.waivable, view.graph.rule[item.name.text]


def _asked(view: View, rule: nodes.Rule) -> set[str]:
    """The roles of whom a rule itself asks something: an approval, advice, an attestation."""
    found = {role for need in rule.requirements if need.what in ("approval", "consultation") for role in need.members}
    wanted = [name for need in rule.requirements if need.what == "control" for name in need.members]
    return found | {view.graph.control[name.partition(" ")[0]].attested for name in wanted}


def own_part_waived(view: View) -> Iterator[Diagnostic]:
    """Waivers by a role of what a rule asks of that role."""
    for item, by, rule in _waivable(view):
        if by.text in _asked(view, rule):
            message = f"`{by.text}` may waive what `{item.name.text}` asks of `{by.text}` itself"
            yield view.warn("L401", by, message, "let another role waive it, or nobody")


def waived_by_decider(view: View) -> Iterator[Diagnostic]:
    """Waivers by a role that decides on what the rule holds up."""
    for item, by, rule in _waivable(view):
        decided = view.acts.decided(by.text, sorted(rule.covers))
        if decided and by.text not in _asked(view, rule):
            message = f"`{by.text}` decides on {some(decided)}, and may waive what holds it up: `{item.name.text}`"
            yield view.warn("L402", by, message, "let a role waive it that gains nothing by that")


def waived_in_silence(view: View) -> Iterator[Diagnostic]:
    """What a rule forbids, and one role lifts without anybody being told."""
    for item, by, rule in _waivable(view):
        if rule.forbids and not rule.notices:
            message = f"`{by.text}` alone may lift what `{item.name.text}` forbids, and nobody is told"
            help_ = "add `notify ROLE within …`, which no waiver lifts, or make it an exception that others approve"
            yield view.warn("L403", by, message, help_)


# Exceptions


def _exceptions(view: View) -> Iterator[tuple[syntax.Exception_, nodes.Exemption]]:
    found = {item.name: item for item in view.graph.exemptions}
    for _, item in declared(view, "exception"):
        yield item, found[item.name.text]


def for_the_asking(view: View) -> Iterator[Diagnostic]:
    """Exceptions that a record alone brings about, and that ask for nothing."""
    for item, exemption in _exceptions(view):
        below = view.acts.below(exemption.body)
        said = [node.event for node in below if isinstance(node, nodes.Happened)]
        said += [node.control for node in below if isinstance(node, nodes.Attested)]
        shown = any(isinstance(node, nodes.Threshold | nodes.Assessed) for node in below)
        if said and not shown and not exemption.requirements:
            message = (
                f"`{item.name.text}` asks for nothing: to record {quoted(said, 'or')} lifts {some(exemption.rules)}"
            )
            help_ = "add what it takes: `require approval of ROLE valid 90 days`, or a control that must hold"
            yield view.warn("L404", item.name, message, help_)


def _ends(view: View, exemption: nodes.Exemption) -> bool:
    """Whether anything ends an exception that holds: what expires, what is measured or judged anew, or a `not`."""
    if any(need.valid is not None for need in exemption.requirements):
        return True
    wanted = [index for need in exemption.requirements for index in need.nodes]
    for node in view.acts.below(exemption.body, *wanted):
        if isinstance(node, nodes.Threshold | nodes.Assessed | nodes.Opposite | nodes.Unspecified):
            return True
        if isinstance(node, nodes.Attested) and view.graph.control[node.control].valid is not None:
            return True
    return False


def _asked_once(item: syntax.Exception_) -> syntax.RequireRoles | None:
    """The first approval that an exception requires and that never expires."""
    asked = [need for need in item.requirements if isinstance(need, syntax.RequireRoles) and need.what == "approval"]
    return asked[0] if asked else None


def lasting_exception(view: View) -> Iterator[Diagnostic]:
    """Exceptions that take an approval once, and nothing ends."""
    for item, exemption in _exceptions(view):
        need = _asked_once(item)
        if need is not None and not _ends(view, exemption):
            usual = commonest(approval_times(view), _SOON)
            message = f"approved once, `{item.name.text}` may lift {some(exemption.rules)} for ever"
            help_ = f"let the approval expire: `{_words(need)} valid {usual}`"
            fix = insertions.meant(f"let its approval expire after `{usual}`", expiring(view, need, usual))
            yield view.warn("L405", need, message, help_, fix=fix)


def endless(view: View) -> Iterator[Diagnostic]:
    """Exceptions that rest on attestations or advice, and that nothing ends."""
    for item, exemption in _exceptions(view):
        if item.requirements and _asked_once(item) is None and not _ends(view, exemption):
            message = (
                f"once it holds, nothing in this policy ends `{item.name.text}`, which lifts {some(exemption.rules)}"
            )
            help_ = "add what expires: `require approval of ROLE valid 90 days`, or `valid` where a control is attested"
            yield view.warn("L406", item.name, message, help_)


def _words(need: syntax.RequireRoles) -> str:
    names = ", ".join(role.text for role in need.roles)
    return f"approval of {names}" if need.count is None else f"approval of {need.count} of ({names})"


def approval_times(view: View) -> list[str]:
    """After which times the approvals expire that rules require."""
    return [need.valid.text for _, need in view.acts.needs if need.what == "approval" and need.valid is not None]


def expiring(view: View, need: syntax.RequireRoles, time: str) -> Edit:
    """An approval that expires."""
    at = need.roles[-1].span.end
    if need.count is not None:
        at = insertions.end_of(view, need, at, ")")
    return view.edit(at, at, f" valid {time}")


def granted_by_decider(view: View) -> Iterator[Diagnostic]:
    """Exceptions that take the approval of those only who decide on the action anyway."""
    for item, exemption in _exceptions(view):
        grants = {role for need in exemption.requirements if need.what == "approval" for role in need.members}
        rules = [view.graph.rule[name] for name in exemption.rules]
        actions = sorted({action for rule in rules for action in rule.covers})
        held = [a for a in actions if grants and grants <= view.acts.deciders.get(a, frozenset())]
        if held:
            who = f"{quoted(sorted(grants))}, who {'decides' if len(grants) == 1 else 'decide'} on {some(held)} anyway"
            message = f"`{item.name.text}` takes the approval of nobody but {who}"
            yield view.warn("L407", item.name, message, "add the approval of a role that does not decide on it")


def silencing(view: View) -> Iterator[Diagnostic]:
    """Exceptions that lift the notification of a rule with the rule."""
    for item, exemption in _exceptions(view):
        for name in item.rules:
            notices = view.graph.rule[name.text].notices
            told = sorted({role for notice in notices for role in notice.roles})
            if told:
                message = f"while `{exemption.name}` holds, {quoted(told)} {_is(told)} not told of `{name.text}` either"
                help_ = "let a rule of its own notify, which the exception does not lift"
                yield view.warn("L408", name, message, help_)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.GOVERNANCE, personas=personas, find=find)
    for code, personas, find in (
        ("L401", EVERYBODY, own_part_waived),
        ("L402", AUDITORS, waived_by_decider),
        ("L403", READERS, waived_in_silence),
        ("L404", READERS, for_the_asking),
        ("L405", EVERYBODY, lasting_exception),
        ("L406", READERS, endless),
        ("L407", AUDITORS, granted_by_decider),
        ("L408", READERS, silencing),
    )
)
