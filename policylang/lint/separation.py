"""Lints of who holds what in hand: judging and deciding, vouching and approving, and what one word alone carries."""

import re
from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, quoted
from policylang.graph import nodes
from policylang.lint.acts import AUDITORS, others, some
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View
from policylang.lint.tree import declared


def _alone(view: View, *, decides: bool) -> Iterator[tuple[syntax.Role, list[str]]]:
    """Roles whose word alone bears on actions, with an approval or without one."""
    found: dict[str, list[str]] = {}
    for action, deciders in view.acts.deciders.items():
        hands = view.acts.hands[action]
        if len(hands) == 1 and bool(deciders) == decides and view.acts.attesters[action]:
            found.setdefault(next(iter(hands)), []).append(action)
    for _, item in declared(view, "role"):
        if item.name.text in found:
            yield item, found[item.name.text]


def own_work(view: View) -> Iterator[Diagnostic]:
    """Roles that approve an action for which nobody but themselves has vouched."""
    for item, actions in _alone(view, decides=True):
        message = f"`{item.name.text}` approves {some(actions)} alone, on nobody's word but its own"
        help_ = "let another role attest what it takes, or approve: who did the work is a poor judge of it"
        yield view.warn("L411", item.name, message, help_)


def one_hand(view: View) -> Iterator[Diagnostic]:
    """Roles whose attestation is all that an action takes of anybody."""
    for item, actions in _alone(view, decides=False):
        message = f"what `{item.name.text}` attests is all that {some(actions)} takes: nobody else is asked"
        if len(actions) > 1:
            message = message.replace(" takes: ", " take: ")
        help_ = "add an approval, or the attestation of another role"
        yield view.warn("L412", item.name, message, help_)


def judge_decides(view: View) -> Iterator[Diagnostic]:
    """Roles that judge a level and decide on what follows from it."""
    acts = view.acts
    decided: dict[str, list[str]] = {}
    for rule in acts.binding:
        for role in sorted(acts.judges(rule.body)):
            decided.setdefault(role, []).extend(acts.decided(role, sorted(rule.covers)))
    named = [item.assessed for _, item in declared(view, "category") if item.assessed is not None]
    for role, actions in decided.items():
        judged = [name for name in named if name.text == role]
        if actions and judged:
            message = f"`{role}` decides on {some(sorted(set(actions)))}, and judges the levels that bear on that"
            help_ = "let another role judge or decide"
            labels = others(view, ((node, "here too") for node in judged[1:]))
            yield view.warn("L413", judged[0], message, help_, labels=labels)


def one_voice(view: View) -> Iterator[Diagnostic]:
    """Several safeguards that are required together and rest on the word of one role."""
    for _, item in declared(view, "rule"):
        needs = [need for need in item.effects if isinstance(need, syntax.RequireControls) and need.count > 1]
        for need in needs if item.strength == "must" else ():
            controls = [view.graph.control[one.control.text] for one in need.controls]
            roots = [control.holds for control in controls if control.holds is not None]
            voices = {control.attested for control in controls} - {""} | view.acts.vouchers(*roots)
            measured = any(isinstance(node, nodes.Threshold) for node in view.acts.below(*roots))
            if len(voices) == 1 and not measured:
                message = f"{need.count} safeguards are required, and {quoted(voices)} alone vouches for all of them"
                help_ = "let different roles attest them, or measure some with `holds when`: then they fail apart"
                yield view.warn("L414", need, message, help_)


def one_of_many(view: View) -> Iterator[Diagnostic]:
    """Approvals that any one of several roles can give."""
    for _, item in declared(view, "rule", "exception"):
        asked = item.effects if isinstance(item, syntax.Rule) else item.requirements
        for need in asked:
            if isinstance(need, syntax.RequireRoles) and need.count == 1 < len(need.roles) and need.what == "approval":
                message = f"any one of {len(need.roles)} roles is enough: whoever agrees first decides"
                yield view.warn("L415", need, message, "ask for more of them, or name the one that decides")


def advised_only(view: View) -> Iterator[Diagnostic]:
    """Actions that take advice and no approval."""
    acts = view.acts
    for _, item in declared(view, "rule"):
        rule = view.graph.rule[item.name.text]
        asked = [need for need in item.effects if isinstance(need, syntax.RequireRoles) and need.what == "consultation"]
        free = sorted({a for need in rule.requirements if need.what == "consultation" for a in need.actions})
        free = [action for action in free if not acts.deciders[action]]
        if asked and free and rule.strength == "must":
            advisers = quoted(role.text for role in asked[0].roles)
            message = (
                f"{some(free)} {'takes' if len(free) == 1 else 'take'} the advice of {advisers}, and nobody's approval"
            )
            yield view.warn(
                "L416", asked[0], message, "add `require approval of ROLE before …`: advice can be passed over"
            )


def unstoppable(view: View) -> Iterator[Diagnostic]:
    """Policies in which no role has a veto."""
    header = view.resolved.header
    if header is not None and not view.graph.vetoes and view.acts.binding:
        message = "no role can stop what the rules permit: nobody may veto anything"
        yield view.warn("L417", header.name, message, "name who may, at any hour: `ROLE may veto ACTION`")


def spared(view: View) -> Iterator[Diagnostic]:
    """Actions on which no level bears, beside others of the same kind on which one does."""
    acts = view.acts
    risky = acts.risky
    covered = {action for rule in acts.binding for action in rule.covers}
    for _, item in declared(view, "action"):
        name = item.name.text
        if name in covered - risky:
            kind = name.partition(".")[0]
            beside = [action for action in sorted(risky) if action.startswith(f"{kind}.")]
            if beside:
                message = f"no level and no score bears on `{name}`, as one does on {some(beside)}"
                help_ = "add it to a rule that does, unless it is safe at every level"
                yield view.warn("L418", item.name, message, help_)


_ALL_RISKS = re.compile(r"overall|together|combin|aggregat|cumulat|total|all risks", re.IGNORECASE)


def one_by_one(view: View) -> Iterator[Diagnostic]:
    """Policies of several categories that ask for each alone, and never for several at once."""
    header, categories = view.resolved.header, view.graph.categories
    if header is None or len(categories) < 2 or any(_ALL_RISKS.search(f"{c.name} {c.title}") for c in categories):
        return
    if not any(_joins(view, node) for node in view.acts.below(*(rule.body for rule in view.acts.binding))):
        message = "every category is looked at alone: nothing follows when several are grave at once"
        help_ = "add a rule for what they come to together: `when at least 2 category >= high`"
        yield view.warn("L419", header.name, message, help_)


def _joins(view: View, node: nodes.Node) -> bool:
    """Whether a condition asks for levels of two categories at once."""
    if not isinstance(node, nodes.AllOf | nodes.AtLeast) or (isinstance(node, nodes.AtLeast) and node.count < 2):
        return False
    parts = [view.graph.nodes[index] for index in node.parts]
    return len({part.category for part in parts if isinstance(part, nodes.Reached)}) > 1


RULES: tuple[Rule, ...] = tuple(
    Rule(code=code, family=Family.GOVERNANCE, personas=personas, find=find)
    for code, personas, find in (
        ("L411", EVERYBODY, own_work),
        ("L412", AUDITORS, one_hand),
        ("L413", AUDITORS, judge_decides),
        ("L414", AUDITORS, one_voice),
        ("L415", READERS, one_of_many),
        ("L416", AUDITORS, advised_only),
        ("L417", AUDITORS, unstoppable),
        ("L418", AUDITORS, spared),
        ("L419", AUDITORS, one_by_one),
    )
)
