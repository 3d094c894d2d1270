"""A decision for people: verdicts first, then why, then what is missing and what would permit, then what is due.

`text` is the order of the report; each part of it is a section in `verdicts`, `why`, `needs` or `record`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policylang.decide.decision import Decision
from policylang.reports.amounts import counted, moment
from policylang.reports.several import joined, side_by_side
from policylang.reports.style import Look, Page
from policylang.reports.text import needs, record, verdicts, why

if TYPE_CHECKING:
    from policylang.evidence.vocabulary import Vocabulary  # one policy alone needs none


def text(
    decided: Sequence[Decision],
    asked: Sequence[str],
    ending: str,
    look: Look,
    *,
    vocabulary: "Vocabulary | None" = None,
) -> str:
    """The report on the actions that were asked for; `ending` says what the exit status is and means."""
    page = Page(look)
    first = decided[0]
    when = f" · as of {moment(first.as_of)}"
    if len(decided) == 1:
        page.line((f"{verdicts.policy(first)} · {verdicts.subject(first)}", "bold"), when)
        verdicts.version(page, first)
        _sections(page, first, asked)
    else:
        page.line((f"{counted(len(decided), 'policy')} · {verdicts.subject(first)}", "bold"), when)
        verdicts.version(page, first)
        table = {} if vocabulary is None else side_by_side(vocabulary, decided)
        if table:
            verdicts.compared(page, decided, table)
        if vocabulary is None or not all(map(vocabulary.names_of, (one.graph for one in decided))):
            page.blank()
            verdicts.together(page, [joint for joint in joined(decided) if joint.action in asked])
        for decision in decided:
            page.blank()
            page.line((f"── {verdicts.policy(decision)} ", "bold"))
            _sections(page, decision, asked)
    page.blank()
    page.line(ending)
    return page.text()


def _sections(page: Page, decision: Decision, asked: Sequence[str]) -> None:
    """Everything about one policy, most urgent first."""
    actions = [item for name, item in decision.actions.items() if name in asked]
    verdicts.exceptional(page, actions, decision.graph)
    verdicts.verdicts(page, decision, actions)
    verdicts.scorecard(page, decision)
    why.why(page, decision, actions)
    needs.settling(page, decision, actions)
    needs.permitting(page, decision, actions)
    needs.requirements(page, decision, actions)
    record.due(page, decision)
    record.advice(page, decision)
    record.readings(page, decision)
    record.rejected(page, decision)
    page.blank()
    page.line((f"policy {decision.graph.digest}", "dim"))
