"""A new project: the files of a policy of one's own, over a standard policy or from scratch, written out.

Everything a team needs to begin is there at once and passes: a policy, tests of it, evidence to decide on, what checks
each change, and a page that says how to work with it. The texts are templates beside this module; what differs from
project to project is worked out here, from the graph of the standard policy where there is one.

A standard policy is copied, not named: what a policy is laid over must stand in its own repository, so that its history
shows every change of it and no upgrade of the compiler changes what the policy means. Its digest stands beside it.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from policylang.format import formatted
from policylang.graph.nodes import Graph
from policylang.source import Source

PINNED = "standards"
"""The folder of the standard policies that a project is laid over."""
SUMS = f"{PINNED}/SHA256SUMS"
EVIDENCE = "evidence/example.yaml"

Service = Literal["github", "gitlab", "none"]
"""Which build service a project is written for."""

_PLACE = re.compile(r"@([A-Z_]+)@")
_OUTSIDE = frozenset({"external_general", "external_limited", "partner"})
"""What release means in neutral terms."""
_GUESSED = ("deploy", "release", "place_on_market")


@dataclass(frozen=True, kw_only=True)
class Standard:
    """A standard policy, with the text of each file it is made of and what its actions stand for."""

    name: str  # `openai/preparedness-2023-12-18.policy`
    graph: Graph
    texts: Mapping[str, str]
    surfaces: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What somebody wants to begin with."""

    name: str
    title: str
    day: str
    version: str
    service: Service
    only_stricter: bool
    standard: Standard | None


@dataclass(frozen=True, kw_only=True)
class Names:
    """What our own declarations are called, so that none is one of the standard policy's."""

    measure: str
    rule: str
    silence: str
    owner: str
    release: tuple[str, ...]


def project(plan: Plan, template: Callable[[str], str], decided: tuple[int, str]) -> dict[str, str]:
    """Each file of a project and its text.

    `template` gives the text of a template by its name; `decided` is the exit status and the reason of the decision on
    the example, which the page of the project states.
    """
    values = _values(plan) | _outcome(decided)
    kind = "scratch" if plan.standard is None else "extends"
    files = {
        f"{plan.name}.policy": f"{kind}.policy.in",
        f"{plan.name}.test.policy": f"{kind}.test.policy.in",
        EVIDENCE: f"{kind}.yaml.in",
        "README.md": "readme.md.in",
        ".pre-commit-config.yaml": "pre-commit.yaml.in",
    }
    if plan.service != "none":
        files[_workflow(plan)] = f"{plan.service}.yml.in"
    texts = {path: template(name) for path, name in files.items()}
    if plan.standard is not None:
        texts["README.md"] += template("readme.standard.md.in")
    found = {path: _laid_out(path, _filled(text, values)) for path, text in texts.items()}
    return found | _pinned(plan.standard)


def _laid_out(path: str, text: str) -> str:
    """The text of a policy in its one layout; of any other file as it is."""
    return (formatted(Source(name=path, text=text), []) or text) if path.endswith(".policy") else text


def _filled(text: str, values: Mapping[str, str]) -> str:
    """A template with its places filled in, and no more than one empty line in a row."""
    filled = _PLACE.sub(lambda place: values[place[1]], text)
    return re.sub(r"\n{3,}", "\n\n", filled).strip("\n") + "\n"


def _workflow(plan: Plan) -> str:
    return {"github": ".github/workflows/policy.yml", "gitlab": ".gitlab-ci.yml", "none": ""}[plan.service]


def _pinned(standard: Standard | None) -> dict[str, str]:
    """The standard policy and what it is laid over, as they are, and their digests as `sha256sum` reads them."""
    if standard is None:
        return {}
    sums = "".join(f"{digest(text)}  {PINNED}/{name}\n" for name, text in sorted(standard.texts.items()))
    return {**{f"{PINNED}/{name}": text for name, text in standard.texts.items()}, SUMS: sums}


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal: what `sha256sum` says of its file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _values(plan: Plan) -> dict[str, str]:
    """What stands in the places of the templates."""
    found = {
        "NAME": plan.name,
        "TITLE": plan.title,
        "FILE": f"{plan.name}.policy",
        "TESTS": f"{plan.name}.test.policy",
        "DAY": plan.day,
        "VERSION": plan.version,
        "FILES": _files(plan),
    }
    return found | (_scratch(plan) if plan.standard is None else _laid_over(plan, plan.standard))


def _files(plan: Plan) -> str:
    """The rows of the page on files that are not always there."""
    rows = []
    if plan.standard is not None:
        rows.append((f"{PINNED}/{plan.standard.name}", "the framework it is laid over, as it was published"))
        rows.append((SUMS, "the digest of that text"))
    if plan.service != "none":
        rows.append((_workflow(plan), "what checks every change, and what decides before a release"))
    rows.append((".pre-commit-config.yaml", "what is checked before a commit"))
    return "".join(f"| [{path}]({path}) | {what} |\n" for path, what in rows)


def _scratch(plan: Plan) -> dict[str, str]:
    proved = f"policyc prove {plan.name}.policy"  # it claims two invariants
    return {
        "SUMMARY": "Which models may be trained, used and released, and on what evidence.",
        "OWNER": "board",
        "ACTION": "deploy.external",
        "THRESHOLD": "high when exploits >= 30%",
        "COVERAGE": " --coverage",
        "TESTED": "see that it says what it should, and what no test shows",
        "PROTECTED": "",
        "GITHUB_PINNED": "",
        "GITLAB_PINNED": "",
        "GITHUB_PROVED": f"      - run: {proved}\n",
        "GITLAB_PROVED": f"    - {proved}\n",
    }


def _laid_over(plan: Plan, standard: Standard) -> dict[str, str]:
    graph, names = standard.graph, _names(plan.name, standard)
    pinned, header = f"{PINNED}/{standard.name}", graph.header
    only = " only stricter" if plan.only_stricter else ""
    beyond = "and what we ask beyond it" if plan.only_stricter else "with changes of ours"
    return {
        "STANDARD_TITLE": header.title or header.name,
        "STANDARD_VERSION": f", {header.version}" if header.version else "",
        "PINNED": pinned,
        "SUMS": SUMS,
        "ONLY": only,
        "PROMISE": _PROMISED if plan.only_stricter else _NOT_PROMISED,
        "CONFIDENCE": "" if header.confidence is not None else "  confidence 95%\n",
        "OPEN": _open(graph),
        "MEASURE": names.measure,
        "RULE": names.rule,
        "OWNER": names.owner,
        "RELEASE": ", ".join(names.release),
        "SILENCE": _silence(graph, names),
        "SILENCE_TEST": _silence_test(graph, names),
        "ACTION": names.release[0],
        "ASSESSMENTS": _assessments(plan, graph),
        "SUBJECT": _subject(graph),
        "COMPUTE": "    effective_compute: 1e24 FLOP\n" if _grows(graph) else "",
        "THRESHOLD": f"when {names.measure} >= 5%",
        "SUMMARY": f"{header.title or header.name}{f', {header.version},' if header.version else ''} {beyond}.",
        "COVERAGE": "",
        "TESTED": "see that it says what it should",
        "PROTECTED": f" and `{PINNED}/`",
        "GITHUB_PINNED": f"      - run: sha256sum --check {SUMS}\n",
        "GITLAB_PINNED": f"    - sha256sum -c {SUMS}\n",
        "GITHUB_PROVED": "",
        "GITLAB_PROVED": "",
    }


_PROMISED = """\
# `only stricter` is a promise, and it is proved whenever this policy is compiled: on no evidence does it give a milder
# verdict than the framework. Leave the two words out to be free of it, and let `policyc diff` say what you loosen.
"""
_NOT_PROMISED = """\
# What is declared here again, under the same kind and name, takes the place of what the framework says. Nothing keeps
# that from being looser: `policyc diff` of the two says what it loosens, and `only stricter` would forbid it.
"""


def _names(name: str, standard: Standard) -> Names:
    graph = standard.graph
    shared = {*graph.measure, *graph.category, *graph.control, *(item.name for item in graph.events)}
    shared |= {item.name for item in graph.definitions}
    rules = {*graph.rule, *(item.name for item in graph.exemptions)}
    return Names(
        measure=_free("harmful_answers", name, shared),
        rule=_free("answers_ceiling", name, rules),
        silence=_free("not_spoken_of", name, rules),
        owner=_free("policy_owner", name, {role.name for role in graph.roles}),
        release=_release(standard),
    )


def _free(wanted: str, prefix: str, taken: Iterable[str]) -> str:
    """A name that is not taken."""
    candidates = (wanted, f"{prefix}_{wanted}", *(f"{prefix}_{wanted}_{number}" for number in range(2, 1000)))
    return next(candidate for candidate in candidates if candidate not in set(taken))


def _release(standard: Standard) -> tuple[str, ...]:
    """The actions that let a model out of the company, as few names as say so; all actions where none is known."""
    graph = standard.graph
    under = {name: set(graph.leaves.get(name, ())) for name, of in standard.surfaces.items() if _OUTSIDE & set(of)}
    wanted = set().union(*under.values())
    wanted = wanted or {leaf for name in _GUESSED for leaf in graph.leaves.get(name, ())}
    wanted = wanted or {action.name for action in graph.actions}
    found: list[str] = []
    for name, leaves in sorted(graph.groups, key=lambda group: (group[0].count("."), group[0])):
        covered = {leaf for known in found for leaf in graph.leaves[known]}
        if set(leaves) <= wanted and not set(leaves) & covered:
            found.append(name)
    return tuple(found)


def _open(graph: Graph) -> str:
    """A comment with a line for each parameter that the standard policy leaves open."""
    unset = [parameter for parameter in graph.parameters if not parameter.value]
    if not unset:
        return ""
    lines = [
        "",
        "# What the framework leaves open. Until it has a value, what rests on it is reported as unspecified.",
        "#",
    ]
    values = {**_EXAMPLES, **{name: ladder[-1] for name, ladder in graph.ladders}}
    settings = [f"set {item.name} = {values.get(item.kind, '…')}" for item in unset]
    size = max(map(len, settings))
    lines += [f"#   {said:<{size}}   {item.title}".rstrip() for said, item in zip(settings, unset, strict=True)]
    lines += ["#", "# The values are examples: put in yours, and take the sign `#` away.", ""]
    return "".join(f"{line}\n" for line in lines)


_EXAMPLES = {"duration": "30 days", "rate": "5%", "factor": "2x", "count": "3"}


def _uncovered(graph: Graph, names: Names) -> list[str]:
    """The actions that no binding rule speaks of, nor our own."""
    covered = {leaf for name in names.release for leaf in graph.leaves[name]}
    covered |= {leaf for rule in graph.rules if rule.strength == "must" for leaf in rule.covers}
    return [action.name for action in graph.actions if action.name not in covered]


def _silence(graph: Graph, names: Names) -> str:
    """A rule on what no rule of the framework covers, where there is such an action."""
    actions = _uncovered(graph, names)
    if not actions:
        return ""
    return f"""
# Silence is not permission: what no binding rule of the framework speaks of is asked about here.

rule {names.silence} "What the framework does not speak of needs the owner's word" {{
  require approval of {names.owner} before {", ".join(actions)}
}}
"""


def _silence_test(graph: Graph, names: Names) -> str:
    actions = _uncovered(graph, names)
    if not actions:
        return ""
    some = actions[0]
    return f"""
test "what the framework does not speak of" {{
  case "needs the word of the owner" {{
    expect {some} not permitted
  }}
  case "and nothing more of this rule once it is given" {{
    given approval of {some} by {names.owner}
    expect {some} not conditional by {names.silence}
  }}
}}
"""


def _grows(graph: Graph) -> bool:
    return any(cadence.factor is not None for cadence in graph.cadences)


def _subject(graph: Graph) -> str:
    """What the policy must know of a subject to judge its readings."""
    lines = ["  attempt: 1\n"] if graph.header.across_attempts else []
    lines += ["  effective_compute: 1e24 FLOP\n"] if _grows(graph) else []
    return "".join(lines)


def _assessments(plan: Plan, graph: Graph) -> str:
    """An assessment of each category that a role assesses, at each stage: the lowest level."""
    lines = []
    for category in graph.categories:
        for stage, _ in category.reached if category.assessed else ():
            where = f"stage: {stage}, " if stage is not None else ""
            said = f"category: {category.name}, {where}level: {category.ladder[0]}, by: {category.assessed}"
            lines.append(f"  - {{{said}, at: {plan.day}, basis: ruled_out, source: invented}}\n")
    return "\nassessments:\n" + "".join(lines) if lines else ""


def _outcome(decided: tuple[int, str]) -> dict[str, str]:
    status, reason = decided
    because = f"exit status {status}, {reason}"
    return {
        "OUTCOME": f"It says: {because}.",
        "DECISION": f"On the example the decision is: {because}.",
    }
