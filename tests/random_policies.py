"""Random policies: small, well-typed texts that use every construct of the language, from a plain seeded generator.

A policy is drafted piece by piece, so that it can also be written in another order, or in its exact form: without
confidence, margins, needs and cadences, where every completed reading is simply true of the subject.
"""

import random

from random_conditions import Place, level_reached, top
from random_vocabulary import (
    ACTIONS,
    ALARMS,
    ANY,
    DELAYS,
    EFFORTS,
    GRIDS,
    GUARDS,
    MARGINS,
    RISKS,
    ROLES,
    SCORE_BOUNDS,
    STAGES,
    Draft,
    Gauge,
    Piece,
    Shape,
    Vocabulary,
)

__all__ = ["Shape", "random_policy"]


def random_policy(rng: random.Random, shape: Shape = ANY) -> Draft:
    """A random well-typed policy."""
    v = Vocabulary(rng=rng, shape=shape)
    header = policy_header(v)
    for step in (words, parameters, attributes, measures, definitions, controls, categories, more_definitions):
        step(v)
    for number in range(rng.randint(4, 10)):
        rule(v, f"rule_{number}")
    for step in (exceptions, vetoes, duties, evaluation, about_itself):
        step(v)
    return Draft(header=header, pieces=tuple(v.pieces))


def policy_header(v: Vocabulary) -> Piece:
    """`policy`, sometimes with confidence."""
    fields = ['version "1"']
    if v.chance(0.5):
        fields.append(f"effective 2026-{v.rng.randint(1, 10):02d}-{v.rng.randint(1, 28):02d}")
    fields += ["force voluntary"] if v.chance(0.2) else []
    fields += ["approved by board on 2026-01-05"] if v.chance(0.1) else []
    exact = f"policy acme{v.title()} {{ {' '.join(fields)} }}"
    if not v.chance(v.shape.confidence):
        return Piece(text=exact, exact=exact)
    level = v.rng.choice(("80%", "90%", "95%"))
    anytime, across = " anytime" * v.chance(0.2), " across attempts" * v.chance(0.5)
    return Piece(text=exact[:-1] + f"confidence {level}{anytime}{across} }}", exact=exact)


def words(v: Vocabulary) -> None:
    """Ladders, stages, actions, roles and events."""
    v.add(f"levels risk: {' < '.join(RISKS)}")
    v.add(f"levels guard: {' < '.join(GUARDS)}")
    v.add(f"levels effort: {' < '.join(EFFORTS)}")
    v.add(f"levels alarm: {' < '.join(ALARMS)}")
    v.stages = list(STAGES[: v.rng.choice((0, 1, 2, 2, 3))])
    for stage in v.stages:
        v.add(f"stage {stage}{v.title()}")
    v.leaves = v.some(ACTIONS, 5)
    if len(v.leaves) == 1:
        v.leaves = list(ACTIONS[:2])
    declared = [*v.leaves, *(["deploy"] if v.leaves[0].startswith("deploy") and v.chance(0.3) else [])]
    for action in declared:
        v.add(f"action {action}{v.title()}")
    v.roles = list(ROLES[: v.rng.randint(2, len(ROLES))])
    for role in v.roles:
        v.add(f"role {role}{v.title()}")
    v.events = [f"event_{number}" for number in range(v.rng.randint(1, 2))]
    for event in v.events:
        v.add(f"event {event}{v.title()}")


def parameters(v: Vocabulary) -> None:
    """A few parameters, with a value or left open."""
    kinds = {
        "rate": GRIDS["rate"],
        "duration": DELAYS,
        "count": ("1", "3", "20"),
        "factor": ("2x", "1.5"),
        "risk": RISKS[1:],
        "effort": EFFORTS,
        "guard": GUARDS,
    }
    for number in range(v.rng.randint(0, 4)):
        kind = v.rng.choice(sorted(kinds))
        value = f" = {v.rng.choice(kinds[kind])}" if v.chance(0.75) else ""
        v.add(f"parameter knob_{number}: {kind}{value}{v.title()}")
        v.parameters.setdefault(kind, []).append(f"knob_{number}")


def attributes(v: Vocabulary) -> None:
    """Attributes of each kind."""
    v.attributes = {
        "held_out": "yes_no",
        "effort_spent": "effort",
        "awareness": "rate",
        "probes": "count",
        "surface": "text",
    }
    for name, kind in v.attributes.items():
        v.add(f"attribute {name}: {kind}{v.title()}")


def needs(v: Vocabulary) -> list[str]:
    """What readings of a measure must satisfy."""
    named = v.parameters
    options = [
        f"n >= {v.rng.choice((*named.get('count', ()), '20', '40'))}",
        "held_out",
        "not held_out",
        "independent",
        f"effort_spent >= {v.rng.choice((*named.get('effort', ()), *EFFORTS))}",
        f"effort_spent {v.rng.choice(('=', '!=', '<'))} tuned",
        f"awareness {v.rng.choice(('<=', '<'))} {v.rng.choice((*named.get('rate', ()), '10%', '0.05'))}",
        f"probes {v.rng.choice(('>=', '>', '!='))} 5",
        f'surface {v.rng.choice(("=", "!="))} "api"',
        f'evaluator {v.rng.choice(("=", "!="))} "lab"',
        f"age {v.rng.choice(('<=', '<'))} {v.period()}",
    ]
    return v.rng.sample(options, v.rng.randint(1, 3))


def measures(v: Vocabulary) -> None:
    """Three to six measures of all kinds, rates most."""
    kinds = ("rate", "rate", "rate", "rate", "finding", "score", "count", "duration", "factor", "compute")
    for number in range(v.rng.randint(3, 6)):
        gauge = Gauge(
            name=f"eval_{number}",
            kind="rate" if number == 0 else v.rng.choice(kinds),
            worse=v.rng.choice(("higher", "higher", "higher", "lower")),
            unstaged=v.chance(0.15),
        )
        v.measures.append(gauge)
        fields = ["worse when lower"] if gauge.worse == "lower" else []
        fields += ["worse when higher"] if gauge.worse == "higher" and v.chance(0.2) else []
        fields += [f'from inspect "task_{number}" version "2" metric "accuracy"'] if v.chance(0.1) else []
        fields += [v.rng.choice(("unit family", "score pass@2", "score any", "unit sample"))] if v.chance(0.1) else []
        outcomes = ("refusal as safe", "refusal as dangerous", "no_answer as safe", "error as missing")
        fields += [v.rng.choice(outcomes)] if v.chance(0.15) and gauge.kind == "rate" else []
        fields += ['cites "p. 3"'] if v.chance(0.1) else []
        weak = [f"margin {margin(v, gauge.kind)}"] if gauge.kind != "finding" and v.chance(0.25) else []
        weak += [f"needs {', '.join(needs(v))}"] if v.chance(0.4) else []
        weak += ["runs registered"] if v.chance(0.12) else []
        score = v.rng.choice(SCORE_BOUNDS) if gauge.kind == "score" else ""
        opening = f"measure {gauge.name}: {gauge.kind}{score}{' unstaged' * gauge.unstaged}{v.title()}"
        v.add(f"{opening} {{ {' '.join(fields + weak)} }}", f"{opening} {{ {' '.join(fields)} }}")


def margin(v: Vocabulary, kind: str) -> str:
    """A margin: a literal or a parameter."""
    options: list[str] = [*MARGINS[kind], *MARGINS[kind], *v.parameters.get(kind, ())]
    return v.rng.choice(options)


def definitions(v: Vocabulary) -> None:
    """Named conditions over measures and events."""
    for number in range(v.rng.randint(0, 2)):
        v.add(f"define fact_{number} as {top(v, Place(kind='plain', dated=True), 1)}")
        v.facts.append(f"fact_{number}")


def more_definitions(v: Vocabulary) -> None:
    """Named conditions over levels and controls."""
    for number in range(v.rng.randint(0, 2)):
        v.add(f"define state_{number} as {top(v, Place(kind='rule'), 1)}")
        v.states.append(f"state_{number}")


def controls(v: Vocabulary) -> None:
    """Safeguards of each sort."""
    facts, v.facts = v.facts, [] if v.shape.monotone else v.facts
    for number in range(v.rng.randint(1, 4)):
        name, laddered = f"guard_{number}", v.chance(0.4)
        fields = []
        if v.chance(0.1):
            fields.append("undefined")
        else:
            shows = v.chance(0.4)
            if laddered or not shows or v.chance(0.4):
                valid = f" valid {v.period()}" if v.chance(0.5) else ""
                fields.append(f"attested by {v.rng.choice(v.roles)}{valid}")
            if shows:
                fields.append(f"holds when {top(v, Place(kind='plain', side='better'), 1)}")
        v.add(f"control {name}{': guard' * laddered}{v.title()} {{ {' '.join(fields)} }}")
        v.controls[name] = laddered
    v.facts = facts


def categories(v: Vocabulary) -> None:
    """Two to four risk areas, measured, assessed or both."""
    for number in range(v.rng.randint(2, 4)):
        name = f"area_{number}"
        ladder = ALARMS if number > 0 and v.shape.mixed_ladders and v.chance(0.1) else RISKS
        fields = []
        if v.chance(0.85):
            fields += [f"{level} when {top(v, Place(kind='category'))}" for level in v.some(ladder[1:], 3)]
        if not fields or v.chance(0.35):
            fields.append(f"assessed by {v.rng.choice(v.roles)}")
        v.rng.shuffle(fields)
        kind = "risk" if ladder == RISKS else "alarm"
        v.add(f"category {name}: {kind}{v.title()} {{\n  " + "\n  ".join(fields) + "\n}")
        v.categories[name] = ladder


def control_need(v: Vocabulary, name: str) -> str:
    """A control, perhaps with a level."""
    if not v.controls[name] or v.chance(0.2):
        return name
    return f"{name} >= {v.rng.choice((*GUARDS, *v.parameters.get('guard', ())))}"


def requirement(v: Vocabulary) -> str:
    """What a rule or an exception requires, without its actions."""
    pick = v.rng.random()
    names = sorted(v.controls)
    if pick < 0.35:
        return control_need(v, v.rng.choice(names))
    if pick < 0.55:
        chosen = v.some(names, 3)
        parts = ", ".join(control_need(v, name) for name in chosen)
        return f"at least {v.rng.randint(1, len(chosen))} of ({parts})"
    roles = v.some(v.roles, 3)
    many = f"{v.rng.randint(1, len(roles))} of ({', '.join(roles)})" if v.chance(0.35) else ", ".join(roles)
    if pick < 0.85:
        return f"approval of {many}" + (f" valid {v.period()}" if v.chance(0.3) else "")
    return f"consultation of {many}"


def rule(v: Vocabulary, name: str) -> None:
    """A rule with one to three effects."""
    effects = [effect(v) for _ in range(v.rng.choice((1, 1, 2, 3)))]
    clock = any(text.startswith("notify") and " within " in text and " of " not in text for text in effects)
    fields = []
    if clock or v.chance(0.85):
        place = Place(kind="rule", dated=clock)
        if v.chance(0.12):
            fields = [f"interpretation {word} when {top(v, place, 1)}" for word in ("strict", "mild")]
        else:
            fields = [f"when {top(v, place)}"]
    v.rng.shuffle(effects)
    fields += effects
    strength = v.rng.choice(("aim", "recommend", "must")) if v.chance(0.25) else ""
    fields += [f"strength {strength}"] if strength else []
    fields += [f"waivable by {v.rng.choice(v.roles)}"] if v.chance(0.3) else []
    fields += ['cites "section 2"'] if v.chance(0.2) else []
    v.add(f"rule {name}{v.title()} {{\n  " + "\n  ".join(fields) + "\n}")
    v.rules[name] = strength in ("", "must")


def effect(v: Vocabulary) -> str:
    """One effect of a rule."""
    pick = v.rng.random()
    if pick < 0.3:
        return f"forbid {v.actions()}"
    if pick < 0.72:
        return f"require {requirement(v)} before {v.actions()}"
    roles = ", ".join(v.some(v.roles, 2))
    if pick < 0.85:
        return f"notify {roles} before {v.actions()}"
    event = f" of {v.rng.choice(v.events)}" if v.chance(0.5) else ""
    return f"notify {roles} within {v.period(DELAYS)}{event}"


def exceptions(v: Vocabulary) -> None:
    """Exceptions to one or two rules."""
    binding = [name for name, must in v.rules.items() if must]
    if not v.shape.exceptions or not binding:
        return
    for number in range(v.rng.choice((0, 0, 1, 2))):
        rules = ", ".join(v.some(binding, 2))
        fields = []
        if v.shape.monotone:
            fields.append(f"when {v.rng.choice(v.events)}")
        elif v.chance(0.8):
            fields.append(f"when {top(v, Place(kind='rule'), 1)}")
        for _ in range(v.rng.choice((0, 1, 1, 2))):
            before = f" before {v.actions()}" if v.chance(0.25) else ""
            fields.append(f"require {requirement(v)}{before}")
        if fields:
            v.add(f"exception pass_{number} to {rules}{v.title()} {{ {' '.join(fields)} }}")


def vetoes(v: Vocabulary) -> None:
    """Who may veto what."""
    for _ in range(v.rng.choice((0, 1, 1, 2))):
        v.add(f"{', '.join(v.some(v.roles, 2))} may veto {v.actions()}")


def duties(v: Vocabulary) -> None:
    """Standing obligations."""
    for number in range(v.rng.choice((0, 1, 2))):
        fields = [f"by {v.rng.choice(v.roles)}"]
        fields += [f"to {', '.join(v.some(v.roles, 2))}"] if v.chance(0.6) else []
        if v.chance(0.6):
            start = f" from {v.rng.choice(v.events)}" if v.chance(0.4) else ""
            ends = [event for event in v.events if f"from {event}" not in start]
            until = f" until {v.rng.choice(ends)}" if ends and v.chance(0.2) else ""
            fields.append(f"every {v.period()}{start}{until}")
        else:
            fields.append(f"within {v.period(DELAYS)} of {v.rng.choice(v.events)}")
        fields += [f"when {top(v, Place(kind='rule'), 1)}"] if v.chance(0.3) else []
        v.add(f"duty duty_{number}{v.title()} {{ {' '.join(fields)} }}")


def evaluation(v: Vocabulary) -> None:
    """Sometimes a cadence."""
    if not v.chance(0.3):
        return
    factor = v.rng.choice(("2x", "1.5x", *v.parameters.get("factor", ())))
    options = [
        f"{v.rng.choice(('every', 'beyond'))} {factor} effective_compute",
        f"every {v.period()}",
        f"after {v.rng.choice(v.events)}",
    ]
    v.add(f"evaluate {' or '.join(v.some(options, 3))}", "")


def about_itself(v: Vocabulary) -> None:
    """What says something about the policy and nothing about a subject."""
    if v.chance(0.2):
        v.add("amend when loosening requires approval of board, consultation of lead")
        v.add("amend when tightening requires approval of lead")
    if v.chance(0.1):
        v.add("invariant steady { monotone }")
    if v.chance(0.1):
        v.add(f"invariant closed {{ never {v.leaves[0]} when {level_reached(v, Place(kind='rule'))} }}")
