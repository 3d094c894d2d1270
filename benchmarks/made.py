"""Policies made to be measured: a long one of every construct, and the small one of the peer comparison."""

import random
from fractions import Fraction

Thresholds = dict[str, dict[str, tuple[Fraction, Fraction, Fraction]]]

HEAD = """\
policy big "Big" { version "1" }
levels risk: low < medium < high < critical
stage pre "before"
stage post "after"
action develop "training"
action deploy.external
action deploy.internal
role board
role security "security"
attribute held_out: yes_no
control hardening "weights" {
  attested by security valid 180 days
}
"""

AREA = """\
measure m{n}: rate "challenges solved" {{
  from inspect "suite/m{n}" metric "accuracy"
  needs n >= 40, held_out
  margin 2%
}}
category c{n}: risk "Area {n}" {{
  medium   when m{n} >= 5%
  high     when m{n} >= 20% or m{n} - m{m} >= 10%
  critical when m{n} >= 60% and m{m} >= 30%
}}

rule ceiling_{n} "Only medium or below" {{
  when c{n}.post >= high or (c{n}.pre >= critical and not c{m}.post < medium)
  forbid deploy.external
  cites "section {n}"
}}
rule secure_{n} {{
  when c{n}.pre >= high
  require hardening before develop, deploy
  notify board within 24 hours
}}
"""


def long_policy(lines: int) -> str:
    """A policy of about so many lines: measures, categories, rules."""
    text, n = HEAD, 0
    while text.count("\n") < lines:
        n += 1
        text += AREA.format(n=n, m=n - 1 if n > 1 else 2)
    return text


def thresholds(categories: int = 4, measures: int = 3, seed: int = 7) -> Thresholds:
    """Thresholds for medium, high and critical of every measure of every category."""
    rng = random.Random(seed)

    def three() -> tuple[Fraction, Fraction, Fraction]:
        return (
            Fraction(rng.randrange(25, 46), 100),
            Fraction(rng.randrange(55, 71), 100),
            Fraction(rng.randrange(80, 93), 100),
        )

    return {f"c{c}": {f"m{m}": three() for m in range(measures)} for c in range(categories)}


def peer_policy(table: Thresholds) -> str:
    """The policy of the peer comparison in our language: five rules a category, before and after mitigation."""
    lines = [
        'policy peer { version "1" }',
        "levels risk: low < medium < high < critical",
        "stage pre",
        "stage post",
        *(f"action {name}" for name in ("deploy", "develop", "harden", "notify")),
        "role board",
        "role security",
        "control hardening { attested by security }",
    ]
    for category, measures in table.items():
        lines += [f"measure {category}_{m}: rate" for m in measures]
        lines.append(f"category {category}: risk {{")
        for rank, level in enumerate(("medium", "high", "critical")):
            ways = " or ".join(f"{category}_{m} >= {int(t[rank] * 100)}%" for m, t in measures.items())
            lines.append(f"  {level} when {ways}")
        lines += [
            "}",
            f"rule no_deploy_{category} {{ when {category}.post >= high forbid deploy }}",
            f"rule no_develop_{category} {{ when {category}.post >= critical forbid develop }}",
            f"rule harden_{category} {{ when {category}.pre >= high require hardening before harden }}",
            f"rule notify_pre_{category} {{ when {category}.pre >= critical notify board before notify }}",
            f"rule notify_post_{category} {{ when {category}.post >= critical notify board before notify }}",
        ]
    return "\n".join(lines)


Document = dict[str, dict[str, dict[str, float]]]


def documents(table: Thresholds, count: int, seed: int = 3) -> list[Document]:
    """Random scores of four decimals, a few of them exactly on a threshold."""
    rng = random.Random(seed)
    made: list[Document] = []
    for _ in range(count):
        document: Document = {"pre": {}, "post": {}}
        for category, measures in table.items():
            for stage in document:
                scores = {}
                for name, levels in measures.items():
                    score = rng.betavariate(1.3, 4.5) * (1 if stage == "pre" else rng.uniform(0.3, 1.0))
                    scores[name] = float(rng.choice(levels)) if rng.random() < 0.01 else round(score, 4)
                document[stage][category] = scores
        made.append(document)
    return made


class PlainPython:
    """What a competent engineer would write by hand for this one policy: tables, early exits, reasons on the way."""

    def __init__(self, table: Thresholds) -> None:
        """Keep the thresholds that matter as floats."""
        self.table = [
            (category, [(m, float(high), float(critical)) for m, (_, high, critical) in measures.items()])
            for category, measures in table.items()
        ]

    def decide(self, document: Document) -> dict[str, object]:
        """Four decisions with the names of the rules behind them."""
        no_deploy, no_develop, harden, notify_pre, notify_post = [], [], [], [], []
        pre, post = document["pre"], document["post"]
        for category, measures in self.table:
            high, critical = self._level(pre[category], measures)
            if high:
                harden.append("harden_" + category)
                if critical:
                    notify_pre.append("notify_pre_" + category)
            high, critical = self._level(post[category], measures)
            if high:
                no_deploy.append("no_deploy_" + category)
                if critical:
                    no_develop.append("no_develop_" + category)
                    notify_post.append("notify_post_" + category)
        return {
            "deploy": not no_deploy,
            "develop": not no_develop,
            "harden": bool(harden),
            "notify": bool(notify_pre or notify_post),
            "reasons": no_deploy + no_develop + harden + notify_pre + notify_post,
        }

    def _level(self, scores: dict[str, float], measures: list[tuple[str, float, float]]) -> tuple[bool, bool]:
        high = False
        for name, at_high, at_critical in measures:
            score = scores[name]
            if score >= at_high:
                high = True
                if score >= at_critical:
                    return True, True
        return high, False
