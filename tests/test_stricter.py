"""`extends … only stricter` is proved when a policy is compiled, and refused with the evidence against it."""

from pathlib import Path

import pytest

from policylang.cli import main
from policylang.compile import Compiled, compile_policy
from policylang.diagnostics import Diagnostic, PolicyError
from policylang.source import Source

BASE = """
policy base { version "1" }
levels risk: low < medium < high
action deploy
action train
role board
role lead
attribute effort: rate
event launch
measure ctf: rate { margin 5%  needs n >= 40, effort >= 50% }
parameter promptly: duration
parameter bar: rate
control lock { attested by lead valid 90 days }
category cyber: risk { medium when ctf >= 5%  high when ctf >= 20%  assessed by lead }
rule ceiling { when cyber >= high forbid deploy }
rule guarded { when cyber >= medium require lock before deploy, train }
rule told { when ctf >= 10% notify board within promptly }
rule open { when ctf >= bar require approval of board before deploy }
evaluate every 6 months
amend when loosening requires approval of board
"""
HEAD = 'policy over { version "1" extends "base.policy" only stricter }\n'


def compiled(text: str, base: str = BASE) -> Compiled:
    """A policy laid over the one above."""

    def read(path: str, _: Source) -> Source:
        return Source(name=path, text=base)

    return compile_policy(Source(name="over.policy", text=text), read)


def refusals(text: str, base: str = BASE) -> tuple[Diagnostic, ...]:
    """What is found against a policy; nothing when it compiles."""
    try:
        compiled(text, base)
    except PolicyError as error:
        return error.diagnostics
    return ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "set promptly = 2 days\nset bar = 12%",
        "category cyber: risk { medium when ctf >= 5%  high when ctf >= 15%  assessed by lead }",
        "category cyber: risk { medium when ctf > 4%  high when ctf >= 20%  assessed by lead }",
        "rule more { require approval of board before deploy }",
        "rule ceiling { when cyber >= medium forbid deploy, train }",
        "measure ctf: rate { margin 10%  needs n >= 80, effort >= 50% }",
        "control lock { attested by lead valid 30 days }",
        "evaluate every 3 months",
        "board may veto deploy",
    ],
)
def test_what_is_only_stricter_compiles(text: str) -> None:
    """A policy that says as much or more, and sets what is left open, is taken."""
    assert not refusals(HEAD + text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("category cyber: risk { medium when ctf >= 5%  high when ctf >= 21%  assessed by lead }", "reaches high less"),
        ("category cyber: risk { medium when ctf >= 5%  high when ctf > 20%  assessed by lead }", "reaches high less"),
        ("rule ceiling { when cyber >= high and launch forbid deploy }", "`ceiling` applies less often"),
        ("rule ceiling { when cyber >= high forbid train }", "no longer forbids `deploy`"),
        ("rule ceiling { when cyber >= high forbid deploy waivable by board }", "may now waive `ceiling`"),
        ("rule ceiling { when cyber >= high forbid deploy strength aim }", "binds as `aim`"),
        ("exception e to ceiling { when launch }", "the exception `e` to `ceiling` is new"),
        ("measure ctf: rate { margin 4%  needs n >= 40, effort >= 50% }", "margin"),
        ("measure ctf: rate { margin 5%  needs n >= 30, effort >= 50% }", "`n"),
        ("control lock { attested by lead }", "lock"),
    ],
)
def test_what_loosens_is_refused(text: str, said: str) -> None:
    """A policy that loosens anything is refused where it promises not to, with what it loosens."""
    found = refusals(HEAD + text)
    assert {finding.code for finding in found} == {"P409"}
    assert any(said in finding.message for finding in found), [finding.message for finding in found]
    place = found[0].place
    assert place is not None
    assert place.source.text[place.span.start : place.span.end] == 'extends "base.policy" only stricter'


def test_the_evidence_is_shown() -> None:
    """A refusal of a verdict shows the smallest evidence for it, and both verdicts."""
    text = "category cyber: risk { medium when ctf >= 5%  high when ctf >= 30%  assessed by lead }"
    (finding,) = refusals(HEAD + text)
    assert finding.note == "given ctf = 20%; cyber was high, is medium; deploy was forbidden, is conditional"


def test_a_value_that_is_changed_is_no_value_that_was_left_open() -> None:
    """A parameter that the policy below has a value for cannot be set to a looser one."""
    base = BASE.replace("parameter promptly: duration", "parameter promptly: duration = 2 days")
    assert not refusals(HEAD, base)
    assert [finding.code for finding in refusals(HEAD + "set promptly = 3 days", base)] == ["P409"]


def test_without_the_promise_nothing_is_proved() -> None:
    """A policy that extends another without `only stricter` may loosen it."""
    assert not refusals(HEAD.replace(" only stricter", "") + "rule ceiling { when launch forbid deploy }")


def test_a_promise_below_is_kept_too() -> None:
    """A policy over one that breaks its own promise is refused."""
    files = {
        "low.policy": BASE,
        "mid.policy": 'policy mid { version "1" extends "low.policy" only stricter }\n'
        "rule ceiling { when launch forbid deploy }",
    }
    top = Source(name="top.policy", text='policy top { version "1" extends "mid.policy" only stricter }')
    with pytest.raises(PolicyError, match="P409"):
        compile_policy(top, lambda path, _: Source(name=path, text=files[path]))


def test_a_chain_of_promises_takes_no_longer_than_its_length() -> None:
    """Each link is proved once, also where each leaves a value open for the next: no link is compiled ever again."""
    links = 12
    reads: list[str] = []

    def read(path: str, _: Source) -> Source:
        reads.append(path)
        number = int(path.partition(".")[0][1:])
        extends = f' extends "p{number - 1}.policy" only stricter' if number else ""
        own = f"parameter q{number}: rate\nrule r{number} {{ when m >= q{number} forbid a }}"
        below = f"set q{number - 1} = 10%" if number else "action a\nmeasure m: rate"
        return Source(name=path, text=f'policy p{number} {{ version "1"{extends} }}\n{own}\n{below}')

    compile_policy(read(f"p{links}.policy", Source(name="", text="")), read)
    assert len(reads) < 3 * links * links


@pytest.mark.parametrize("edit", ["needs n >= 40, effort >= 50%", "valid 90 days", "evaluate every 6 months\n"])
def test_asking_whether_it_is_as_strict_counts_what_evidence_must_satisfy(tmp_path: Path, edit: str) -> None:
    """`--as-strict-as` is refused by whatever loosens, also where no verdict of exact evidence moves."""
    (tmp_path / "old.policy").write_text(BASE, "utf-8")
    (tmp_path / "new.policy").write_text(BASE.replace(edit, ""), "utf-8")
    call = ["ask", str(tmp_path / "new.policy"), "--as-strict-as", str(tmp_path / "old.policy")]
    assert main(call) == 1
    assert main([*call[:2], "--equivalent", str(tmp_path / "new.policy")]) == 0
