"""Where things stand in the pictures of a difference: verdicts on a scale, shares on a bar. All of it whole numbers."""

from dataclasses import dataclass
from fractions import Fraction

from policylang.reports.difference.wording import VERDICTS, Step

SCALE_WIDTH = 400
SCALE_HEIGHT = 34
BAR_WIDTH = 200
COLUMN = SCALE_WIDTH // len(VERDICTS)
"""How wide one verdict is on the scale."""
_RADIUS = 8
_HEAD = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """A move on the scale of verdicts: the old one, the new one, and the arrow between."""

    old: int
    new: int
    start: int
    end: int
    head: str
    """The points of the arrow's head."""
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """How much of all inputs is weaker, and, beside it, how much is stricter."""

    weaker: int
    stricter: int
    label: str


def scale(step: Step | None) -> Scale | None:
    """The move on the scale; None where a word is no verdict or nothing moves."""
    if step is None or step.old not in VERDICTS or step.new not in VERDICTS or step.old == step.new:
        return None
    old, new = centre(step.old), centre(step.new)
    way = 1 if new > old else -1
    middle, tip = SCALE_HEIGHT // 2, new - way * (_RADIUS + 2)
    back = tip - way * _HEAD
    head = f"{tip},{middle} {back},{middle - 6} {back},{middle + 6}"
    label = f"{'at worst' if step.at_worst else 'for example'} from {step.old} to {step.new}"
    return Scale(old=old, new=new, start=old + way * _RADIUS, end=back, head=head, label=label)


def centre(verdict: str) -> int:
    """The middle of a verdict's column."""
    return VERDICTS.index(verdict) * COLUMN + COLUMN // 2


def bar(looser: Fraction | None, stricter: Fraction | None, label: str) -> Bar | None:
    """The bar; None where nothing is known of shares. What is more than nothing can be seen."""
    if looser is None and stricter is None:
        return None
    weaker = _length(looser or Fraction(0))
    return Bar(weaker=weaker, stricter=min(_length(stricter or Fraction(0)), BAR_WIDTH - weaker), label=label)


def _length(share: Fraction) -> int:
    return max(3, round(share * BAR_WIDTH)) if share else 0
