"""The error budget of a policy for people: what must be proved, at which error, and how many units each proof takes."""

from fractions import Fraction

from policylang import bounds
from policylang.evidence.gates import Gate, gates
from policylang.graph.nodes import Graph
from policylang.kinds import decimal_text
from policylang.reports.style import Page, Part, brief

_ATTEMPTS = 4


def budget(page: Page, graph: Graph, attempt: int) -> None:
    """The page of one policy, at a mitigation attempt."""
    header = graph.header
    page.line((brief(header.title or header.name), "bold"), f" · {brief(header.version)}")
    page.blank()
    if header.confidence is None:
        page.line("without `confidence` a score is taken as it is: nothing is proved, and there is no error to spend")
        return
    _spent(page, graph)
    found = gates(graph, attempt)
    page.heading(f"what must be proved of scores{f', at attempt {attempt}' if header.across_attempts else ''}")
    if not found:
        page.line("nothing: no verdict depends on a rate", indent=2)
    page.table([_row(gate, anytime=header.anytime) for gate in found])
    split = [gate for gate in found if gate.split > 1]
    if split:
        page.blank()
        page.line("split: each of several scores alone would let an action through, so they share the error", indent=2)


def _spent(page: Page, graph: Graph) -> None:
    header = graph.header
    assert header.confidence is not None
    whole = bounds.alpha_at(header.confidence, attempt=None)
    test = "that stays valid however often one looks" if header.anytime else "for a run whose size was fixed beforehand"
    page.line(f"each proof may err with {_percent(whole)}")
    page.line(f"counts of units by the exact test {test}, means of units by bets")
    if header.across_attempts:
        tries = [bounds.alpha_at(header.confidence, attempt=number) for number in range(1, _ATTEMPTS + 1)]
        said = ", ".join(f"{_percent(alpha)} at attempt {number}" for number, alpha in enumerate(tries, 1))
        page.line(f"spent over mitigation attempts: {said}, and so on")


def _row(gate: Gate, *, anytime: bool) -> list[Part]:
    name = gate.measure.name if gate.stage is None else f"{gate.measure.name}.{gate.stage}"
    claim = f"{name} {'below' if gate.below else 'at least'} {_percent(gate.limit)}"
    split = f", split among {gate.split}" if gate.split > 1 else ""
    if gate.smallest is None:
        return [claim, f"error {_percent(gate.alpha)}{split}", ("no run can show it", "bad")]
    kind = "dangerous" if gate.measure.worse == "higher" else "safe"
    none = f"none {kind}" if gate.below else f"all {'dangerous' if gate.measure.worse == 'higher' else 'safe'}"
    return [claim, f"error {_percent(gate.alpha)}{split}", f"{gate.smallest} units, {none}", _asked(gate, anytime)]


def _asked(gate: Gate, anytime: bool) -> Part:
    """What a run of the size that the measure asks for may show."""
    size = gate.at_least or gate.at_most
    if size is None:
        return ""
    most = gate.most(size, anytime=anytime)
    if most is None:
        return (f"{size} units cannot show it", "warn")
    return f"{most} of {size} at most" if gate.below else f"{size - most} of {size} at least"


def _percent(value: Fraction) -> str:
    return f"{decimal_text(value * 100, 3)}%"
