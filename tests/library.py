"""The library of frameworks, and the tables about it in its pages: what is there, what it decides, what changed.

The tables are made from the policies, their tests and the files of evidence, so that none can say what is no longer so.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from house import ROOT
from policylang import Decision, admit, parse_moment, read_evidence, resources
from policylang.analysis.compare import difference
from policylang.analysis.difference import Change, Difference, Direction
from policylang.cli import mapping
from policylang.compile import Compiled
from policylang.decide import decide
from policylang.files import compile_tested, load_vocabulary
from policylang.reports.several import side_by_side
from policylang.testing import Coverage, cover, scenes

FOLDER = ROOT / "policies"
EXAMPLES = FOLDER / "examples"
POLICIES = resources.policy_names()
"""The published frameworks, and our own."""
PREPAREDNESS = "openai/preparedness-2023-12-18.policy"
INVENTED = "2024-06-01"
PUBLISHERS = ("openai", "anthropic", "google-deepmind")
"""Those with more than one version of one framework."""

REVISIONS = {
    "openai": ("preparedness-2023-12-18", "preparedness-2025-04-15"),
    "anthropic": ("rsp-1.0", "rsp-2.0", "rsp-2.1", "rsp-2.2", "rsp-3.0", "rsp-3.4"),
    "google-deepmind": ("fsf-1.0", "fsf-2.0", "fsf-3.0", "fsf-3.1"),
}
"""The versions of each framework, in order; what names became stands in `OLD-to-NEW.map.yaml`."""

_FIELD = re.compile(r"^# ([a-z-]+): (.*)$", re.MULTILINE)
_WORDS = {"external_general": "release to all", "internal_large": "large use inside", "training": "training"}
_MAX_TEXT = 240


@functools.cache
def compiled(name: str) -> Compiled:
    """A shipped policy, with its tests."""
    return compile_tested(str(FOLDER / name))


@functools.cache
def coverage(name: str) -> Coverage:
    """What the tests of a shipped policy reach."""
    return cover(compiled(name))


# Published records


@dataclass(frozen=True, kw_only=True)
class Record:
    """A published determination: its file of evidence, under which policy and when it is decided, and what happened."""

    path: Path
    scorecard: str
    policy: str
    as_of: str
    happened: str
    differs: str

    @functools.cached_property
    def decision(self) -> Decision:
        """What the policy decides on it."""
        graph = compiled(self.policy).graph
        evidence = read_evidence([str(self.path)])
        moment = parse_moment(self.as_of)
        assert admit([graph], evidence, moment) == []
        return decide(graph, evidence, moment)


@functools.cache
def records() -> tuple[Record, ...]:
    """Every record of the examples, by publisher and date."""
    found = []
    for path in sorted(EXAMPLES.glob("*/*.yaml")):
        fields = dict(_FIELD.findall(path.read_text("utf-8").partition("\nschema:")[0]))
        if "scorecard" in fields:
            about = {key: fields[key] for key in ("scorecard", "policy", "happened", "differs")}
            found.append(Record(path=path, as_of=fields["as-of"], **about))
    order = [name.partition("/")[0] for name in POLICIES]
    return tuple(sorted(found, key=lambda r: (order.index(r.policy.partition("/")[0]), r.as_of, r.path.name)))


def examples(every: int = 1) -> list[tuple[str, str, str]]:
    """Shipped examples as words of a call: policy, evidence, as-of; of published and invented ones one in `every`."""
    published = [(str(FOLDER / record.policy), str(record.path), record.as_of) for record in records()]
    invented = [(str(FOLDER / PREPAREDNESS), str(path), INVENTED) for path in sorted(EXAMPLES.glob("synthetic/*.yaml"))]
    return published[::every] + invented[::every]


# Tables


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') or ' ' for cell in line)} |\n" for line in lines)


def catalogue() -> str:
    """Every policy, with how much of the framework it encodes and how it is tested."""
    rows = []
    for name in POLICIES:
        graph, found = compiled(name).graph, coverage(name)
        left = [clause for clause in found.clauses if clause.state == "not encoded"]
        rules = [rule for rule in graph.rules if rule.strength == "must"]
        rows.append(
            [
                f"[{name.removesuffix('.policy')}]({name})",
                graph.header.title,
                graph.header.version,
                graph.header.force or "voluntary",
                str(len(rules)),
                str(len(graph.rules) - len(rules)),
                str(len(graph.duties)),
                f"{len(found.clauses) - len(left)} of {len(found.clauses)}",
                str(len(scenes(compiled(name).checked.resolved))),
            ]
        )
    head = "policy, framework, version, force, rules that bind, that advise, duties, clauses encoded, tests".split(", ")
    return table(head, rows)


def scorecards() -> str:
    """Every published record, what policylang says of it, and what happened."""
    vocabulary = load_vocabulary(str(FOLDER / "vocabulary.yaml"))
    rows = []
    for record in records():
        if record.policy.startswith("community/"):
            continue
        said = side_by_side(vocabulary, [record.decision])
        cells = []
        for term in _WORDS:
            (cell,) = said.get(term, (None,))
            word = "·" if cell is None else cell.verdict.value
            cells.append("not covered" if cell is not None and word == "permitted" and not cell.covered else word)
        rows.append(
            [
                f"[{record.decision.subject.model}]({record.path.relative_to(FOLDER).as_posix()})",
                record.as_of,
                record.policy.removesuffix(".policy").partition("/")[2],
                _levels(record.decision),
                *cells,
                _overdue(record.decision) + record.happened,
                "" if record.differs == "no" else record.differs,
            ]
        )
    return table(["model", "date", "framework", "levels", *_WORDS.values(), "what happened", "where they differ"], rows)


def _levels(decision: Decision) -> str:
    """The levels that are known, each once: with the stage where it is not the same at every stage."""
    found: dict[str, dict[str | None, str]] = {}
    for (category, stage), placed in decision.scorecard.items():
        if placed.at_least == placed.at_most:
            found.setdefault(category, {})[stage] = decision.graph.category[category].ladder[placed.at_least]
    texts = []
    for category, levels in found.items():
        if len(set(levels.values())) == 1:
            texts.append(f"{category} {next(iter(levels.values()))}")
        else:
            texts += [f"{category}.{stage} {level}" for stage, level in levels.items()]
    return ", ".join(texts)


def _overdue(decision: Decision) -> str:
    late = sorted({item.rule for item in decision.obligations if item.state == "overdue"})
    return f"overdue: {', '.join(f'`{name}`' for name in late)}; " if late else ""


def invented() -> str:
    """The invented models of the first framework: verdicts, and what they rest on."""
    graph = compiled(PREPAREDNESS).graph
    actions = [term.name for term in graph.actions if any(term.name in rule.covers for rule in graph.rules)]
    rows = []
    for path in sorted((EXAMPLES / "synthetic").glob("*.yaml")):
        decision = decide(graph, read_evidence([str(path)]), parse_moment(INVENTED))
        by = ", ".join(name if name == "a veto" else f"`{name}`" for name in behind(decision))
        link = f"[{path.stem}](examples/synthetic/{path.name})"
        rows.append([link, *(decision.actions[name].verdict.value for name in actions), by])
    return table(["file", *(f"`{name}`" for name in actions), "by"], rows)


def behind(decision: Decision) -> list[str]:
    """What verdicts rest on: the rules that forbid, else those that might, else those with an open requirement."""
    found: dict[str, None] = {}
    for action in decision.actions.values():
        if action.covered and action.verdict == "conditional":
            found.update(dict.fromkeys(item.rule for item in action.outstanding))
        decisive = {"forbidden": "definitely", "undetermined": "possibly"}.get(action.verdict)
        for reason in action.reasons:
            if reason.effect in ("forbid", "veto") and reason.fires == decisive and not reason.waived:
                found["a veto" if reason.effect == "veto" else reason.rule] = None
    return list(found)


# Revisions


def pairs(publisher: str) -> list[tuple[str, str]]:
    """Each version and the next."""
    versions = REVISIONS[publisher]
    return list(itertools.pairwise(versions))


def map_of(publisher: str, old: str, new: str) -> Path:
    """Where what names became stands, if anywhere."""
    return FOLDER / publisher / f"{old}-to-{new}.map.yaml"


@functools.cache
def revised(publisher: str, old: str, new: str) -> Difference:
    """What a version changed."""
    graphs = [compiled(f"{publisher}/{name}.policy").graph for name in (old, new)]
    path = map_of(publisher, old, new)
    return difference(*graphs, mapping=mapping.names(str(path)) if path.is_file() else None, files=False)


def revisions(publisher: str) -> str:
    """A page of what each version loosened and tightened."""
    first = compiled(f"{publisher}/{REVISIONS[publisher][-1]}.policy").graph.header
    lines = [
        f"# What changed: {first.title}",
        "",
        "Made by `make pages` from `policyc diff` of each version and the next, which answers for every input.",
        "A change is looser where less is forbidden, asked or owed on some evidence, stricter where more is,",
        "mixed where both. Each names the clauses it rests on. What says the same in other words is left out.",
        "",
    ]
    for old, new in pairs(publisher):
        found = revised(publisher, old, new)
        lines += [f"## {found.old.version} to {found.new.version}", ""]
        stated = f" --map {map_of(publisher, old, new).name}" if map_of(publisher, old, new).is_file() else ""
        lines += ["```", f"policyc diff {old}.policy {new}.policy{stated}", "```", ""]
        for direction in (Direction.LOOSER, Direction.MIXED, Direction.STRICTER, Direction.UNKNOWN):
            changes = [change for change in found.changes if change.direction is direction]
            if changes:
                lines += [f"### {direction.value.capitalize()}: {len(changes)}", ""]
                lines += [line for change in changes for line in _change(change)]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _change(change: Change) -> Iterator[str]:
    cites = f" ({', '.join(change.clause.cites)})" if change.clause.cites else ""
    title = f": {change.clause.title}" if change.clause.title else ""
    yield f"- **{change.clause.name or change.clause.kind}**{title}{cites}."
    instead = f" — {_short(change.was)} → {_short(change.now)}" if change.was or change.now else ""
    yield f"  {change.sentence[:1].upper()}{change.sentence[1:]}{instead}."


def _short(text: str) -> str:
    text = " ".join(text.split()) or "nothing"
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT].rsplit(' ', 1)[0]} …"


# Pages

TABLES: dict[str, Callable[[], str]] = {"catalogue": catalogue, "scorecards": scorecards, "invented": invented}
README = FOLDER / "README.md"


def readme(text: str) -> str:
    """The page of the library with its tables made anew."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name}: made by `make pages` -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, name
        text = f"{before}{begin}\n{made()}\n{end}{after}"
    return text


def changes_page(publisher: str) -> Path:
    """Where the page of what changed stands."""
    return FOLDER / publisher / "CHANGES.md"
