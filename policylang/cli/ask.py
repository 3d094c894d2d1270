"""`policyc ask`: what a policy can and cannot do, for every possible input."""

import argparse
import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from policylang.cli import given, streams
from policylang.cli.call import Answer, CallError, Words, closing, formats
from policylang.cli.status import ExitStatus
from policylang.diagnostics import nearest
from policylang.files import compile_source, read_policy
from policylang.graph.nodes import Graph
from policylang.reports.style import Page
from policylang.source import Source

if TYPE_CHECKING:
    from policylang.analysis.questions import Questions

SCHEMA = "policylang/answers/v1"
_EXAMPLES = {
    "policyc ask acme.policy": "what is dead, shadowed, uncovered or contradictory, and what can be permitted at all",
    "policyc ask acme.policy --worst-permitted deploy.external": "the worst that may still be deployed",
    "policyc ask acme.policy --coalitions deploy.external": "who together can let it through",
    "policyc ask acme.policy --can-permit deploy --can-fire deployment_ceiling": "evidence for each",
    "policyc ask acme.policy --never 'deploy when any category.post_mitigation >= critical'": "a claim of your own",
    "policyc ask new.policy --as-strict-as old.policy": "whether nothing is weaker than there",
}
_MEANINGS = {
    ExitStatus.DONE: "printed, and every claim of the call holds",
    ExitStatus.REFUSED: "a claim of the call does not hold, or an action or rule asked about never can",
    ExitStatus.UNDETERMINED: "a question could not be settled",
    ExitStatus.NOT_JUDGED: "nothing was answered: a wrong call or policy",
}
_ABOUT = """\
Ask what a policy can and cannot do, for every possible input at once. Whatever happens is shown by
evidence that the decider has decided; whatever does not is proved."""


def words() -> Words:
    """The options of this command."""
    found = Words("ask", _ABOUT, usage="POLICY [QUESTIONS] [--format text|json]", closing=closing(_EXAMPLES, _MEANINGS))
    found.many("--can-permit", "ACTION", "can it ever be permitted?")
    found.many("--can-fire", "RULE", "can it ever fire?")
    found.many("--worst-permitted", "ACTION", "the worst levels and scores with which it is still permitted")
    found.many("--coalitions", "ACTION", "the smallest sets of roles that can let it through where scores block it")
    found.many("--never", "CLAIM", "`ACTION when CONDITION` is never permitted")
    found.many("--always", "CLAIM", "`CONTROL before ACTION when CONDITION` is always required")
    found.switch("--monotone", "no worse score ever loosens a verdict")
    found.many("--as-strict-as", "POLICY", "nothing is looser than under that policy, evidence and deadlines included")
    found.many("--equivalent", "POLICY", "nothing is looser or stricter than under that policy")
    formats(found)
    return found.complete()


def answer(options: argparse.Namespace, rest: Sequence[str]) -> Answer:
    """The answers; raises CallError or PolicyError."""
    policies, others = given.sorted_words(rest)
    if others or len(policies) != 1:
        message = f"`{others[0]}` is no policy" if others else f"{len(policies)} policies are named, and one is asked"
        raise CallError("C104", message, "name one file that ends in `.policy` or `.policy.md`")
    from policylang.analysis.questions import Questions
    from policylang.lint.semantic import semantic
    from policylang.reports import answers, diagnostics

    graph = _with_claims(policies[0], options) if options.never or options.always or options.monotone else None
    loaded = given.loaded(policies)[0]
    asked = _Asked(Questions(graph or loaded.graph), Page(streams.look(sys.stdout, options.color)))
    answers.title(asked.page, loaded.graph)
    asked.all(options, loaded.graph)
    out = asked.page.text()
    if options.format == "json":
        from policylang.reports.json import encoded

        out = encoded({"schema": SCHEMA, "policy": answers.policy(loaded.graph), **asked.document})
    warnings = [*loaded.warnings, *semantic(asked.questions, loaded.sources, loaded.warnings)]
    err = diagnostics.diagnostics(warnings, streams.look(sys.stderr, options.color))
    return Answer(status=asked.status, out=out, err=err)


_CLAIM = "claim_{number}_of_this_call"


def _with_claims(path: str, options: argparse.Namespace) -> Graph:
    """The policy with the claims of the call as invariants of its own."""
    source = read_policy(path)
    claims = [f"never {claim}" for claim in options.never] + [f"always require {claim}" for claim in options.always]
    claims += ["monotone"] if options.monotone else []
    for claim in claims:
        if any(sign in claim for sign in "{}\n#"):
            raise CallError("C141", f"`{claim}` is no claim", "write `deploy when any category >= critical`")
    blocks = "\n".join(f"invariant {_CLAIM.format(number=n)} {{ {claim} }}" for n, claim in enumerate(claims, 1))
    text = f"```policy\n{blocks}\n```" if path.endswith(".md") else blocks
    return compile_source(Source(name=source.name, text=f"{source.text}\n{text}\n")).graph


class _Asked:
    """The questions of one call, answered one after the other."""

    def __init__(self, questions: "Questions", page: Page) -> None:
        self.questions = questions
        self.page = page
        self.document: dict[str, Any] = {}
        self.status = ExitStatus.DONE

    def all(self, options: argparse.Namespace, graph: Graph) -> None:
        """Every question of the call; without any, what anybody would ask first."""
        is_bare = not any(
            (
                *(options.can_permit, options.can_fire, options.worst_permitted, options.coalitions),
                *(options.never, options.always, options.monotone, options.as_strict_as, options.equivalent),
            )
        )
        actions = [leaf for name in options.can_permit for leaf in self.leaves(name)]
        if is_bare:
            self.tried("what is dead, shadowed or contradictory", lambda: self.health(graph))
            actions = [term.name for term in graph.actions]
        for action in actions:
            self.tried(action, functools.partial(self.can_permit, action, is_long=not is_bare))
        for rule in options.can_fire:
            self.tried(rule, functools.partial(self.can_fire, rule))
        self.claims()
        for name in options.worst_permitted:
            for leaf in self.leaves(name):
                self.tried(leaf, functools.partial(self.worst, leaf))
        for name in options.coalitions:
            for leaf in self.leaves(name):
                self.tried(leaf, functools.partial(self.coalitions, leaf))
        for path in options.as_strict_as:
            self.compared(path, graph, is_same=False)
        for path in options.equivalent:
            self.compared(path, graph, is_same=True)

    def tried(self, name: str, question: Callable[[], None]) -> None:
        """Answers a question, or says that it could not be settled, and why."""
        from policylang.analysis.prover import Unknown

        try:
            question()
        except Unknown as error:
            self.page.line(("? ", "warn"), (name, "bold"), f"  not settled: {error}")
            self.document.setdefault("unsettled", {})[name] = str(error)
            self.worse(ExitStatus.UNDETERMINED)

    def leaves(self, name: str) -> tuple[str, ...]:
        """The leaf actions of a name."""
        known = self.questions.graph.leaves
        if name not in known:
            raise CallError("C141", f"the policy has no action `{name}`", nearest(name, known))
        return known[name]

    def worse(self, status: ExitStatus) -> None:
        """Keeps the worst status: a refuted claim, then an open one."""
        if status is ExitStatus.REFUSED or self.status is ExitStatus.DONE:
            self.status = status

    def health(self, graph: Graph) -> None:
        """What is dead, shadowed, uncovered or contradictory."""
        questions = self.questions
        dead = [rule.name for rule in graph.rules if questions.can_fire(rule.name) is None]
        rows = {
            "rules that never fire": dead,
            "rules that change no verdict": [
                f"{name} (others say as much: {', '.join(others)})"
                for name, others in questions.shadowed()
                if name not in dead
            ],
            "requirements that can never be met": [
                f"{n} of {rule}, before {a}" for rule, n, a in questions.conflicts()
            ],
            "actions that no rule covers": list(questions.uncovered()),
            "categories that nothing asks for": list(questions.unused_categories()),
        }
        for said, names in rows.items():
            sign = ("! ", "warn") if names else ("✔ ", "good")
            self.page.line(sign, f"{said}: ", (", ".join(names) or "none", "bold" if names else "dim"))
        self.page.blank()
        self.document["findings"] = rows

    def can_permit(self, action: str, *, is_long: bool) -> None:
        """Whether an action can ever be permitted."""
        from policylang.reports import answers

        found = self.questions.can_be_permitted(action)
        said = "can be permitted" if found is not None else "can never be permitted"
        self.page.line(("✔ ", "good") if found else ("✘ ", "bad"), (action, "bold"), f"  {said}")
        if found is not None and is_long:
            answers.example(self.page, found, [action])
        example = None if found is None else answers.example_document(found, [action])
        self.document.setdefault("can_permit", {})[action] = example
        if found is None:
            self.worse(ExitStatus.REFUSED)

    def can_fire(self, rule: str) -> None:
        """Whether a rule can ever fire."""
        from policylang.reports import answers

        if rule not in self.questions.graph.rule:
            raise CallError("C141", f"the policy has no rule `{rule}`", nearest(rule, self.questions.graph.rule))
        found = self.questions.can_fire(rule)
        self.page.line(
            ("✔ ", "good") if found else ("✘ ", "bad"), (rule, "bold"), "  can fire" if found else "  can never fire"
        )
        if found is not None:
            answers.example(self.page, found)
        self.document.setdefault("can_fire", {})[rule] = None if found is None else answers.example_document(found, [])
        if found is None:
            self.worse(ExitStatus.REFUSED)

    def claims(self) -> None:
        """The claims of the call."""
        from policylang.analysis.questions import Answer as Verdict
        from policylang.reports import answers

        names = [item.name for item in self.questions.graph.invariants if item.name.endswith("_of_this_call")]
        if not names:
            return
        proofs = self.questions.invariants(names)
        answers.proofs(self.page, [replace(proof, name=_shown(proof.name, proof.claim)) for proof in proofs])
        self.document["claims"] = answers.proof_document(self.questions.graph, proofs)["invariants"]
        if any(proof.answer is Verdict.REFUTED for proof in proofs):
            self.worse(ExitStatus.REFUSED)
        elif any(proof.answer is Verdict.UNKNOWN for proof in proofs):
            self.worse(ExitStatus.UNDETERMINED)

    def worst(self, action: str) -> None:
        """The worst that is still permitted."""
        from policylang.analysis.extremes import Extremes
        from policylang.reports import answers

        axes, cases, is_all = Extremes(self.questions).worst(action)
        answers.worst(self.page, action, (axes, cases, is_all))
        names = [axis.name for axis in axes]
        self.document.setdefault("worst_permitted", {})[action] = {
            "complete": is_all,
            "cases": [
                {"levels": dict(zip(names, case.steps, strict=True)), "given": list(case.example.given)}
                for case in cases
            ],
        }

    def coalitions(self, action: str) -> None:
        """Who together can let an action through."""
        from policylang.analysis.extremes import Extremes
        from policylang.decide.decision import Verdict
        from policylang.reports import answers

        extremes = Extremes(self.questions)
        groups = [
            ("scores alone do not permit it", tuple(extremes.coalitions(action))),
            ("scores and levels alone forbid it", tuple(extremes.coalitions(action, Verdict.FORBIDDEN))),
        ]
        answers.coalitions(self.page, action, groups)
        self.document.setdefault("coalitions", {})[action] = [
            {
                "where": said,
                "sets": [
                    {"roles": list(item.roles), "acts": list(item.acts), "silent": list(item.silent)} for item in found
                ],
            }
            for said, found in groups
        ]

    def compared(self, path: str, graph: Graph, *, is_same: bool) -> None:
        """Whether verdicts are the same as under another policy, or none is weaker."""
        from policylang.analysis.compare import difference
        from policylang.analysis.difference import Direction

        other = given.loaded([path])[0].graph
        found = difference(other, graph, files=False)
        wrong = [
            change.sentence
            for change in found.changes
            if (change.direction is not Direction.NEUTRAL if is_same else change.direction.loosens)
        ]
        said = f"it asks what {path} asks" if is_same else f"nothing is looser than under {path}"
        self.page.line(
            ("✘ ", "bad") if wrong else ("✔ ", "good"), (said, "bold"), f": no, {', '.join(wrong)}" if wrong else ""
        )
        if wrong:
            self.page.line(f"    `policyc diff {path} …` shows where")
            self.worse(ExitStatus.REFUSED)
        self.document.setdefault("compared", []).append({"with": path, "same": is_same, "wrong": wrong})


def _shown(name: str, claim: str) -> str:
    """The claim of a call as its report names it."""
    return f"{claim} ({name.split('_')[1]})"
