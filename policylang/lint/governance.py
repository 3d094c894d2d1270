"""Lints of governance: ways out, who holds what in hand, who is told, how long a decision counts, and who may amend."""

from collections.abc import Iterator

from policylang import syntax
from policylang.diagnostics import Diagnostic, Fix, quoted
from policylang.lint import insertions, separation, waiving
from policylang.lint.acts import AUDITORS, commonest, others, some
from policylang.lint.rule import EVERYBODY, READERS, Family, Rule, View
from policylang.lint.tree import declared

# Who is told


def blind_veto(view: View) -> Iterator[Diagnostic]:
    """Roles that may veto and are never told of anything."""
    known = view.acts.told | view.acts.busy
    said: set[str] = set()
    for item in view.resolved.vetoes:
        for role in item.roles if view.is_own(item) else ():
            if role.text not in known and role.text not in said:
                said.add(role.text)
                actions = some(name.text for name in item.actions)
                message = f"`{role.text}` may veto {actions}, and nothing ever tells it that there is something to veto"
                help_ = f"add a rule that says `notify {role.text} before …`, or a duty that reports to it"
                yield view.warn("L421", role, message, help_)


def to_oneself(view: View) -> Iterator[Diagnostic]:
    """Duties that report to the role that owes them."""
    for _, item in declared(view, "duty"):
        for number, role in enumerate(item.to):
            if role.text == item.by.text:
                message = f"`{role.text}` reports to itself in `{item.name.text}`"
                help_ = "name who is to hear of it" if len(item.to) == 1 else "leave it out of the list"
                yield view.warn("L422", role, message, help_, fix=_unlisted(view, item.to, number))


def _unlisted(view: View, roles: tuple[syntax.Name, ...], number: int) -> Fix | None:
    """A list of roles without one of them."""
    if len(roles) == 1:
        return None
    start, end = roles[number].span.start, roles[number].span.end
    if number:
        start = roles[number - 1].span.end
    else:
        end = roles[1].span.start
    return insertions.meant(f"leave `{roles[number].text}` out", view.edit(start, end, ""))


def among_themselves(view: View) -> Iterator[Diagnostic]:
    """Policies that tell nobody but those who decide."""
    header, acts = view.resolved.header, view.acts
    deciders = {role for roles in acts.deciders.values() for role in roles}
    if header is None or not acts.binding or acts.told - deciders:
        return
    message = "nobody is told of anything"
    if acts.told:
        message = f"nobody is told of anything but those who decide: {quoted(sorted(acts.told))}"
    help_ = "add `notify ROLE within …` for a body that can hold the others to account"
    yield view.warn("L423", header.name, message, help_)


def heard_by_nobody(view: View) -> Iterator[Diagnostic]:
    """Duties that report to nobody."""
    found = [item for _, item in declared(view, "duty") if not item.to]
    if found:
        message = f"nobody gets to see what comes of {some(item.name.text for item in found)}"
        labels = others(view, ((item.name, "nor of this") for item in found[1:]))
        yield view.warn("L424", found[0].name, message, "add to whom: `by ROLE to ROLE`", labels=labels)


# How long a decision counts


def _lasting(view: View) -> list[tuple[syntax.Rule, syntax.RequireRoles]]:
    """Approvals that the policy's own rules require and that never expire."""
    return [
        (item, need)
        for _, item in declared(view, "rule")
        for need in item.effects
        if isinstance(need, syntax.RequireRoles) and need.what == "approval" and need.valid is None
        if item.strength == "must"
    ]


def _is_usual(view: View) -> bool:
    """Whether approvals expire as a rule."""
    times = waiving.approval_times(view)
    every = [need for _, need in view.acts.needs if need.what == "approval"]
    return len(times) >= 2 and 2 * len(times) >= len(every)


def lasting_approval(view: View) -> Iterator[Diagnostic]:
    """Approvals that never expire, in a policy where most others do."""
    usual = commonest(waiving.approval_times(view))
    for item, need in _lasting(view) if _is_usual(view) else ():
        message = f"the approval that `{item.name.text}` requires need never expire, as most others must"
        help_ = f"say how long it counts: `valid {usual}`"
        fix = insertions.meant(f"let it expire after `{usual}`", waiving.expiring(view, need, usual))
        yield view.warn("L425", need, message, help_, fix=fix)


def lasting_approvals(view: View) -> Iterator[Diagnostic]:
    """Policies whose approvals hardly ever expire."""
    found = _lasting(view)
    if found and not _is_usual(view):
        message = f"what was approved once may stay approved for ever: {some(item.name.text for item, _ in found)}"
        help_ = "say how long an approval counts: `approval of ROLE valid 90 days`"
        labels = others(view, ((need, "nor does this expire") for _, need in found[1:]))
        usual = commonest(waiving.approval_times(view))
        edits = [waiving.expiring(view, need, usual) for _, need in found if usual]
        fix = insertions.meant(f"let them expire after `{usual}`, as others do", *edits) if usual else None
        yield view.warn("L426", found[0][1], message, help_, labels=labels, fix=fix)


# Who may change the policy

Needs = set[tuple[str, str]]


def _amending(view: View) -> tuple[Needs, Needs]:
    """What loosening and what tightening take."""
    found: dict[str, Needs] = {"loosening": set(), "tightening": set()}
    for item in view.graph.amendments:
        found[item.direction] |= set(item.needs)
    return found["loosening"], found["tightening"]


def freely_loosened(view: View) -> Iterator[Diagnostic]:
    """Policies that say nothing of what loosening them takes; a law is changed by other means."""
    header, (loosening, tightening) = view.resolved.header, _amending(view)
    if header is not None and not loosening and not tightening and view.graph.header.force != "legal":
        message = "nobody has to agree when this policy is loosened"
        help_ = "add `amend when loosening requires approval of ROLE`"
        yield view.warn("L431", header.name, message, help_)


def easily_loosened(view: View) -> Iterator[Diagnostic]:
    """Policies that take less to loosen than to tighten."""
    loosening, tightening = _amending(view)
    lacking = sorted(tightening - loosening)
    unapproved = any(what == "approval" for what, _ in lacking) and all(what != "approval" for what, _ in loosening)
    if not lacking or not (loosening < tightening or unapproved):
        return
    written = [item for item in view.resolved.amends if view.is_own(item)]
    places = [item for item in written if item.direction == "loosening"] or written
    if places:
        words = ", ".join(f"{what} of `{role}`" for what, role in lacking)
        message = f"loosening this policy takes less than tightening it: it lacks {words}"
        help_ = "ask at least as much of what makes it laxer as of what makes it stricter"
        yield view.warn("L432", places[0], message, help_, fix=_harder(view, places[0], lacking))


def _harder(view: View, item: syntax.Amend, lacking: list[tuple[str, str]]) -> Fix:
    words = ", ".join(f"{what} of {role}" for what, role in lacking)
    if item.direction == "loosening":
        edit = view.edit(item.needs[-1].span.end, item.needs[-1].span.end, f", {words}")
    else:
        edit = view.edit(item.span.start, item.span.start, f"amend when loosening requires {words}\n")
    return insertions.meant("ask as much for loosening", edit)


def loosened_on_advice(view: View) -> Iterator[Diagnostic]:
    """Policies that are loosened on advice alone."""
    loosening, tightening = _amending(view)
    if any(what == "approval" for what, _ in loosening | tightening):
        return
    for item in view.resolved.amends:
        if item.direction == "loosening" and view.is_own(item):
            message = (
                f"loosening takes the advice of {quoted(need.role.text for need in item.needs)}, and nobody's approval"
            )
            yield view.warn("L433", item, message, "add `approval of ROLE`: advice can be passed over")


def loosened_by_deciders(view: View) -> Iterator[Diagnostic]:
    """Policies that those alone may loosen who decide on what it holds up."""
    loosening, _ = _amending(view)
    approving = {role for what, role in loosening if what == "approval"}
    held = [action for action in sorted(view.acts.risky) if approving and approving <= view.acts.always_decided(action)]
    for item in view.resolved.amends:
        if held and item.direction == "loosening" and view.is_own(item):
            are = "decides" if len(approving) == 1 else "decide"
            message = f"{quoted(sorted(approving))} {are} on {some(held)}, and may loosen the rules for it alone"
            if len(approving) > 1:
                message = message.replace("for it alone", "for it without anybody else")
            help_ = "add the approval of a role that does not decide on what the policy holds up"
            yield view.warn("L434", item, message, help_)


def unbound_extension(view: View) -> Iterator[Diagnostic]:
    """Policies laid over another that nothing keeps from being looser than it."""
    header = view.resolved.header
    if header is not None and header.extends is not None and not header.extends.only_stricter:
        path = header.extends.path
        message = f"nothing keeps this policy from being looser than `{path.text}`"
        help_ = f'say `extends "{path.text}" only stricter`: it is then proved for every possible input'
        yield view.warn("L435", header.extends, message, help_)


RULES: tuple[Rule, ...] = (
    *waiving.RULES,
    *separation.RULES,
    *(
        Rule(code=code, family=Family.GOVERNANCE, personas=personas, find=find)
        for code, personas, find in (
            ("L421", EVERYBODY, blind_veto),
            ("L422", EVERYBODY, to_oneself),
            ("L423", AUDITORS, among_themselves),
            ("L424", AUDITORS, heard_by_nobody),
            ("L425", EVERYBODY, lasting_approval),
            ("L426", AUDITORS, lasting_approvals),
            ("L431", READERS, freely_loosened),
            ("L432", EVERYBODY, easily_loosened),
            ("L433", READERS, loosened_on_advice),
            ("L434", AUDITORS, loosened_by_deciders),
            ("L435", READERS, unbound_extension),
        )
    ),
)
