"""Policies made to be measured: one of every construct, the small one of the peers, a framework with its revisions."""

import random
import re
from collections.abc import Sequence
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


# A framework of the usual shape, and revisions of it

FRAMEWORK = (
    'policy made "A made framework" { version "1" confidence 95% }',
    "levels risk: low < medium < high < critical",
    "levels hardening: sl1 < sl2 < sl3 < sl4",
    "stage pre_mitigation",
    "stage post_mitigation",
    "action develop.capabilities",
    "action develop.safety",
    "action deploy.external",
    "action deploy.internal",
    "role leadership",
    "role board",
    "role advisory",
    "role security",
    "control weight_security: hardening { attested by security valid 180 days }",
    "control refusals { holds when refusal_rate.post_mitigation >= 99% }",
    "control trusted_access { attested by security }",
    "measure refusal_rate: rate { worse when lower }",
    "rule deployment_ceiling { when any category.post_mitigation >= high forbid deploy.external }",
    "rule development_ceiling { when any category.post_mitigation >= critical forbid develop.capabilities, deploy }",
    (
        "rule asset_protection {\n  when any category.pre_mitigation >= high\n"
        "  require weight_security >= sl3 before develop.capabilities, deploy\n}"
    ),
    (
        "rule independent_mitigations {\n  when any category.pre_mitigation >= high\n"
        "  require at least 2 of (refusals, trusted_access) before deploy\n}"
    ),
    "rule board_in_the_loop { when any category.pre_mitigation >= critical notify board within 24 hours }",
    "rule repeated_tuning { when attempts >= 3 require approval of board before deploy }",
    "rule advisory_review { require approval of advisory before deploy }",
    "leadership, board may veto deploy, develop",
)
_WEAKENED = (
    ("require weight_security >= sl3", "require weight_security >= sl2"),
    ("within 24 hours", "within 72 hours"),
)


def framework(table: Thresholds) -> list[str]:
    """A framework clause by clause: a level is reached when any measure reaches its threshold.

    In every fifth category the upper levels take two of the first measures, and in every fifth a named condition will
    do, too.
    """
    clauses = list(FRAMEWORK)
    for number, (name, measures) in enumerate(table.items()):
        clauses += [f"measure {name}_{m}: rate {{ needs n >= 40 }}" for m in measures]
        levels = []
        for rank, level in enumerate(("medium", "high", "critical")):
            ways = [f"{name}_{m} >= {int(at[rank] * 100)}%" for m, at in measures.items()]
            if number % 5 == 2 and rank:
                ways = _two_of(ways[:5]) + ways[5:]
            elif number % 5 == 3 and level == "critical":
                ways.append(f"skilled_{name}")
            levels.append(f"  {level} when {' or '.join(ways)}\n")
        if number % 5 == 3:
            both = " and ".join(f"{name}_{m}.pre_mitigation >= {int(at[1] * 100)}%" for m, at in measures.items())
            clauses.append(f"define skilled_{name} as {both}")
        clauses.append(f"category {name}: risk {{\n{''.join(levels)}}}")
    return clauses


def _two_of(conditions: Sequence[str]) -> list[str]:
    """That at least two of some conditions hold, each pair once."""
    return [
        f"{one} and ({' or '.join(conditions[at:])})" if conditions[at + 1 :] else f"{one} and {conditions[at]}"
        for at, one in enumerate(conditions[:-1], 1)
    ]


def revised(table: Thresholds, seed: int = 11) -> list[str]:
    """The framework with one threshold in twenty moved, a critical level gone, a control and a deadline weaker."""
    rng = random.Random(seed)

    def move(at: Fraction) -> Fraction:
        return at + Fraction(rng.choice((-3, 3)), 100) if rng.random() < 0.05 else at

    moved = {c: {m: (move(a), move(b), move(d)) for m, (a, b, d) in ms.items()} for c, ms in table.items()}
    medium, high, critical = moved["c0"]["m0"]
    moved["c0"]["m0"] = (medium + Fraction(1, 100), high, critical)  # one at least
    return [_weakened(clause) for clause in framework(moved)]


def _weakened(clause: str) -> str:
    for was, now in _WEAKENED:
        clause = clause.replace(was, now)
    return re.sub(r"  critical when .*\n", "", clause) if clause.startswith("category c1:") else clause


def tightened(table: Thresholds, seed: int = 13) -> Thresholds:
    """Thresholds of which one in twenty is lower, and one at least: nothing that was forbidden is allowed then."""
    rng = random.Random(seed)

    def lower(at: Fraction) -> Fraction:
        return at - Fraction(3, 100) if rng.random() < 0.05 else at

    found = {c: {m: (lower(a), lower(b), lower(d)) for m, (a, b, d) in ms.items()} for c, ms in table.items()}
    medium, high, critical = found["c0"]["m0"]
    found["c0"]["m0"] = (medium, high - Fraction(1, 100), critical)
    return found


def reformatted(table: Thresholds, seed: int = 5) -> list[str]:
    """The same framework in another order and layout, with comments: it means the same."""
    rng = random.Random(seed)
    header, *rest = framework(table)
    words = [clause for clause in rest if clause.startswith(("levels", "stage"))]  # their order counts
    others = [clause for clause in rest if clause not in words]
    rng.shuffle(others)
    return [header, *words, *(f"# {number}\n{_turned(clause)}" for number, clause in enumerate(others))]


def _turned(clause: str) -> str:
    """A clause with the alternatives of its conditions in the opposite order, and other white space."""
    lines = []
    for line in clause.split("\n"):
        level, when, condition = line.partition(" when ")
        if when and "(" not in condition and "{" not in level:
            condition = " or\n      ".join(reversed(condition.split(" or ")))
        lines.append(f"{level}{when}{condition}")
    return "\n    ".join(lines)
