"""What follows from a difference, as data: what the change itself needs, what was said of it, what it would decide."""

from dataclasses import dataclass

from policylang.analysis.difference import Direction


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """One thing that the change needs by the `amend` clauses of the old policy: of which role, and whether it is met.

    `why` says in a few words which clause asks for it, or what was found: `loosening`, `approved on 2026-05-01`.
    """

    kind: str  # `approval`, `consultation`, `notification`
    role: str
    met: bool
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What the new policy's `changes` say of one name, and what was found.

    `said` is None where the policy does not speak of it, `found` where nothing of that name changed. `problem` says in
    a few words what does not agree (`loosened and not said`), and is empty where both agree.
    """

    name: str
    said: Direction | None
    found: Direction | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Impact:
    """A recorded decision that would change: the evidence, the action, and the verdicts under both revisions."""

    evidence: str
    action: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Consequences:
    """What follows from a change; None where it was not asked, empty where it was asked and there is nothing."""

    needs: tuple[Need, ...] | None = None
    claims: tuple[Claim, ...] | None = None
    impacts: tuple[Impact, ...] | None = None
