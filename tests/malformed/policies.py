"""Policies that are none: cut off, deep, huge, hidden, circular, contradictory."""

from collections.abc import Iterable, Iterator, Mapping

from malformed import HEAD, OPTIONS, Case, Place

BASE = """\
policy p { version "1" }
levels risk: low < medium < high
levels effort: none < some < full
stage now
stage later
action deploy.external
action deploy.internal
role board
event incident
parameter soon: duration
attribute held_out: yes_no
measure m: rate
measure f: finding
measure t: duration
control lock { attested by board }
control vault: effort { attested by board }
category c: risk { medium when m >= 5%  assessed by board }
"""

EXAMPLE = """\
policy acme "Acme Frontier Policy" {
  version "1.0"  effective 2026-01-01  confidence 95% across attempts
}
levels risk: low < medium < high
stage before "as trained"
stage after "as it would be released"
action deploy.external "release"
role board
attribute held_out: yes_no
parameter promptly: duration = 3 business days
event breakthrough "an advance"  # dated
control weights: risk "protection of the weights" { attested by board valid 180 days }
measure ctf: rate "challenges solved" {
  from inspect "suite/ctf" metric "accuracy"
  worse when higher  margin 5%
  needs n >= 40, held_out
}
category cyber: risk "Cybersecurity" {
  medium when ctf >= 5%
  high when ctf >= 20% or (2 * ctf >= ctf + 0.1 and not breakthrough)
  assessed by board
}
category bio: risk { assessed by board }
define grave as any category.after >= high
rule ceiling "Only medium or below" {
  when grave or at least 1 category except cyber.before > medium
  forbid deploy
  require weights >= medium before deploy
  require approval of 1 of (board) valid 2 weeks before deploy
  notify board within promptly
  cites "p. 20"
}
exception twin to ceiling { when breakthrough require approval of board }
board may veto deploy
duty report { by board every 1 month from breakthrough }
evaluate beyond 2x effective_compute or every 6 months
amend when loosening requires approval of board
invariant calm { never deploy when grave }
test "blocks" {
  given ctf.after = 30%
  expect deploy.external forbidden by ceiling
}
"""


def cases() -> Iterator[Case]:
    """Every malformed policy."""
    yield from _cut()
    yield from _text()
    yield from _markdown()
    yield from _syntax()
    yield from _deep()
    yield from _numbers()
    yield from _twice()
    yield from _circular()
    yield from _names()
    yield from _kinds()
    yield from _empty()
    yield from _taken_in()
    yield from _large()
    yield from _products()


def _case(
    name: str,
    text: str | bytes,
    *codes: str,
    place: Place = "line",
    statuses: tuple[int, ...] = (2,),
    file: str = "p.policy",
    files: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    heavy: bool = False,
) -> Case:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    others = {other: content.encode() for other, content in (files or {}).items()}
    return Case(
        name=f"policy: {name}",
        words=("check", file, "evidence.yaml", *OPTIONS),
        files={file: data, "evidence.yaml": HEAD.encode(), **others},
        links=links or {},
        codes=codes,
        statuses=statuses,
        place=place,
        heavy=heavy,
    )


def _more(pairs: Iterable[tuple[str, str, str]], before: str = BASE) -> Iterator[Case]:
    """Cases of a name, what stands after a sound beginning, and the code."""
    for name, text, code in pairs:
        yield _case(name, before + text, *code.split())


def _cut() -> Iterator[Case]:
    """The example, ended too early: at the end of every third word, sign or string, inside it or after it."""
    ends = [at for at in range(1, len(EXAMPLE)) if EXAMPLE[at].isspace() and not EXAMPLE[at - 1].isspace()]
    for at in ends[::3]:
        yield _case(f"cut after character {at}", EXAMPLE[:at], statuses=(1, 2, 3))
    for at in (1, 8, 14, 40, 60, 380, 420, 702, 960, 1_000):
        yield _case(f"cut inside a word at character {at}", EXAMPLE[:at], statuses=(1, 2, 3))
    whole = EXAMPLE.encode()
    yield _case("cut inside a letter of two bytes", whole[:50] + "é".encode()[:1], "C102", place="file")


def _text() -> Iterator[Case]:
    """What is no text of a policy, whatever its words."""
    yield _case("nothing", "", "P112", place="file")
    yield _case("blank lines", "\n\n  \n\t\n", "P112", place="file")
    yield _case("comments only", "# nothing\n# here", "P112", place="file")
    yield _case("a comment without an end", "# " + "x" * 200_000, "P112", place="file")
    yield _case("latin-1", b'policy p "\xe9" { version "1" }', "C102", place="file")
    yield _case("utf-16", 'policy p { version "1" }'.encode("utf-16"), "C102", place="file")
    yield _case("utf-32", 'policy p { version "1" }'.encode("utf-32"), "C102", "P105", place="file")
    yield _case("random bytes", bytes(range(256)) * 8, "C102", place="file")
    yield _case("an overlong form of a slash", b"policy p \xc0\xaf", "C102", place="file")
    yield _case("half a character, encoded", b"policy p \xed\xa0\x80", "C102", place="file")
    yield _case("a code point beyond the last", b"policy p \xf4\x90\x80\x80", "C102", place="file")
    for name, sign in _HIDDEN.items():
        yield _case(f"{name} in a name", BASE + f"role a{sign}b\n", "P105")
        yield _case(f"{name} in a string", BASE + f'role a "x{sign}y"\n', "P105")
    yield _case("a bidi override in a comment", BASE + "# safe \u202e evil\n", "P105")
    yield _case("hidden characters by the thousand", BASE + "\u200b" * 50_000, "P105")
    for name, sign in _LOOKALIKE.items():
        yield _case(f"{name} in a name", BASE + f"role {sign}a\n", "P103")
    for name, number in _DIGITS.items():
        yield _case(f"{name} for digits", BASE + f"define d as m.now >= {number}%\n", "P103")
    for sign in "≥≤≠×–—−“”…":  # noqa: RUF001  # the look-alikes are the point
        yield _case(f"{sign} for a sign", BASE + f"define d as m.now {sign} 5%\n", "P103")
    yield _case("letters of another script by the thousand", BASE + "é" * 200_000, "P103")
    yield _case("a byte order mark in the middle", BASE + "\ufeffrole a\n", "P105")
    yield _case("lines that end in a carriage return", BASE.replace("\n", "\r") + "\rrole 5", "P105")
    yield _case("mixed line ends and a fault", BASE.replace("\n", "\r\n", 5) + "role 5\n", "P101")
    yield _case("a form feed and a vertical tab", BASE + "\frole a\n\vrole b\n", "P105")


_HIDDEN = {
    "NUL": "\0",
    "escape": "\x1b",
    "delete": "\x7f",
    "a C1 control": "\x9b",
    "a zero-width space": "\u200b",
    "a zero-width joiner": "\u200d",
    "a right-to-left override": "\u202e",
    "a right-to-left isolate": "\u2067",
    "a soft hyphen": "\xad",
    "a Hangul filler": "\u3164",
    "a variation selector": "\ufe0f",
    "a tag": "\U000e0041",
    "a line separator": "\u2028",
}
_LOOKALIKE = {
    "a Cyrillic letter": "\u0430",
    "a Greek letter": "\u03bf",
    "a full-width letter": "\uff41",
    "a mathematical letter": "\U0001d41a",
    "a combining accent": "a\u0301",
    "an emoji": "\U0001f600",
    "a no-break space": "\u00a0",
    "an ideographic space": "\u3000",
}
_DIGITS = {
    "Arabic digits": "\u0661\u0662",
    "full-width digits": "\uff15\uff10",
    "superscript digits": "\u00b2",
    "mathematical digits": "\U0001d7d3",
}


def _markdown() -> Iterator[Case]:
    """Markdown whose policy cannot be found."""

    def case(name: str, text: str, *codes: str, place: Place = "line", heavy: bool = False) -> Case:
        return _case(f"markdown: {name}", text, *codes, place=place, file="p.policy.md", heavy=heavy)

    fence = "```"
    yield case("no block", "# Policy\n\nWe shall be safe.\n", "P112", place="file")
    yield case("a block of another language", f"{fence}python\npolicy p\n{fence}\n", "P112", place="file")
    yield case("a block that is never closed", f"{fence}policy\n{BASE}", "P102")
    yield case("a block closed with too few", f"````policy\n{BASE}{fence}\n", "P102")
    yield case("a block closed with tildes", f"{fence}policy\n{BASE}~~~\n", "P102")
    yield case("a policy block inside another block", f"{fence}text\nx\n{fence}policy\n{BASE}{fence}\n", "P102")
    yield case("an empty block", f"{fence}policy\n{fence}\n", "P112", place="file")
    yield case("a fault after prose", f"# Title\n\n{fence}policy\n{BASE}role 5\n{fence}\n", "P101")
    yield case(
        "a fault in a second block", f"{fence}policy\n{BASE}{fence}\nand\n{fence}policy\nrole 5\n{fence}\n", "P101"
    )
    yield case("a string over the end of a block", f'{fence}policy\n{BASE}role a "x\n{fence}\n', "P104")
    yield case("a hidden character in a block", f"{fence}policy\n{BASE}# \u202e\n{fence}\n", "P105")
    yield case("a fence after a million spaces", f"{fence}policy\n{BASE}{fence}{' ' * 900_000}`\n", "P102")
    yield case("a fence of a million backticks", "`" * 900_000 + "x`\n", "P112", place="file")
    yield case("fences by the thousand", f"{fence}a\n{fence}\n" * 50_000, "P112", place="file")
    yield case("policy fences in a block by the thousand", f"{fence}text\n" + f"{fence}policy\n" * 50_000, "P102")


def _syntax() -> Iterator[Case]:
    """Words and signs where they cannot stand."""
    yield from _more(
        (
            ("no braces", "rule r when f.now forbid deploy\n", "P101"),
            ("no `when`", "rule r { f.now forbid deploy }\n", "P101"),
            ("a string never closed", 'role a "title\nrole b\n', "P104"),
            ("a string of another quote", "role a 'title'\n", "P101"),
            ("a string with a wrong escape", 'role a "\\x41"\n', "P104"),
            ("a string that ends in a backslash", 'role a "title\\"\nrole b\n', "P104"),
            ("a string of escapes that is never closed", 'role a "' + '\\"' * 100_000 + "\n", "P104"),
            ("quotes by the thousand", '"\n' * 20_000, "P104"),
            ("a brace never closed", "rule r { forbid deploy\n", "P102"),
            ("a brace never closed before the next", "rule r { forbid deploy\nrole a\n", "P101 P102"),
            ("a parenthesis never closed", "define d as (f.now\n", "P102"),
            ("a parenthesis too many", "define d as (f.now))\n", "P101"),
            ("a brace too many", "rule r { forbid deploy }}\n", "P101"),
            ("a comma too many", "rule r { forbid deploy, }\n", "P101"),
            ("a comma too few", "board lead may veto deploy\n", "P101"),
            ("a dot too many", "rule r { forbid deploy..external }\n", "P101"),
            ("a name of digits", "role 5\n", "P101"),
            ("a name with a dash", "role head-of-security\n", "P101"),
            ("a keyword of another language", "import os\n", "P101"),
            ("a comparison twice", "define d as 1 < m.now < 2\n", "P101"),
            ("an empty condition", "define d as\n", "P101 P102"),
            ("an operator of another language", "define d as m.now == 5%\n", "P101"),
            ("two operators", "define d as m.now >= >= 5%\n", "P101"),
            ("`&&` for `and`", "define d as f.now && f.later\n", "P101"),
            ("an expression alone", "m.now >= 5%\n", "P101"),
            ("braces by the thousand", "{" * 20_000, "P101"),
            ("signs by the thousand", "@ " * 20_000, "P101"),
            ("unfinished rules by the thousand", "rule r {\n" * 5_000, "P101 P102"),
            ("faults by the thousand", "rule r { forbid }\n" * 4_000, "P101"),
            ("one line of a hundred thousand names", "role " + "a " * 20_000, "P101"),
            ("a name of a hundred thousand letters", "role " + "a" * 100_000 + "\n", "P109"),
            ("a name of 129 letters", "role " + "a" * 129 + "\n", "P109"),
            ("an action of 129 letters in parts", "action " + ".".join(["abcdefghijkl"] * 10) + "\n", "P109"),
            ("an action of ten thousand parts", "action " + ".".join(["a"] * 10_000) + "\n", "P109"),
            ("a list of roles that never comes to `may`", "a, " * 5_000 + "a\n", "P101 P102"),
            ("a heading of Markdown", "## Rules\n" + "```policy\n", "P101"),
            ("JSON", '{"policy": "p"}\n', "P101"),
            ("YAML", "policy: p\nrules:\n  - a\n", "P101"),
            ("HTML", "<script>alert(1)</script>\n", "P101"),
            ("workflow commands", "::error file=x::y\n", "P101"),
            ("format strings", "%s%n{0.__class__}\n", "P101"),
        )
    )


def _deep() -> Iterator[Case]:
    """Conditions within conditions."""
    many = 4_000
    yield from _more(
        (
            ("parentheses 65 deep", "define d as " + "(" * 65 + "f.now" + ")" * 65 + "\n", "P107"),
            ("`not` 65 times", "define d as " + "not " * 65 + "f.now\n", "P107"),
            ("a minus 65 times", "define d as " + "-" * 65 + "m.now >= 5%\n", "P107"),
            ("a product of 70", "define d as m.now" + " * 1" * 70 + " >= 5%\n", "P107"),
            (
                "alternatives 65 deep",
                "define d as " + "(incident or (f.now and " * 33 + "f.now" + "))" * 33 + "\n",
                "P107",
            ),
        )
    )
    for name, text in (
        ("parentheses by the thousand", "define d as " + "(" * many + "f.now" + ")" * many + "\n"),
        ("`not` by the thousand", "define d as " + "not " * many + "f.now\n"),
        ("a minus by the thousand", "define d as " + "-" * many + "m.now >= 5%\n"),
        ("a product by the thousand", "define d as m.now" + " * 1" * many + " >= 5%\n"),
    ):
        yield _case(name, BASE + text, "P107", heavy=True)
    for name, text in (
        ("parentheses never closed by the thousand", "define d as " + "(" * many + "f.now\n"),
        ("an `and` of thousands and a fault", "define d as " + "f.now and " * 4_000 + ")\n"),
        ("a sum of thousands and a fault", "define d as " + "m.now + " * 3_000 + ">= 5%\n"),
    ):
        yield _case(name, BASE + text, "P101", "P102", heavy=True)
    chain = "define d0 as f.now\n" + "".join(f"define d{i} as d{i - 1}\n" for i in range(1, 40))
    yield _case("a chain of forty definitions", BASE + chain, "P107")
    chain = "define d0 as f.now\n" + "".join(f"define d{i} as d{i - 1}\n" for i in range(1, 2_000))
    yield _case("a chain of thousands of definitions", BASE + chain, "P107", heavy=True)
    chain = "control k0 { holds when f.now }\n"
    chain += "".join(f"control k{i} {{ holds when k{i - 1} }}\n" for i in range(1, 40))
    yield _case("a chain of forty controls", BASE + chain, "P107")
    chain = "category c0: risk { medium when f }\n"
    chain += "".join(f"category c{i}: risk {{ medium when c{i - 1}.now >= medium }}\n" for i in range(1, 40))
    yield _case("a chain of forty categories", BASE + chain, "P107")
    steps = ("define d0 as f.now\n", *(f"define d{i} as {_wrapped(f'd{i - 1}', 25)}\n" for i in range(1, 7)))
    yield _case("a chain of deep definitions", BASE + "".join(steps), "P107")
    doubled = "define d0 as f.now\n" + "".join(
        f"define d{i} as d{i - 1} and (d{i - 1} or f.now)\n" for i in range(1, 60)
    )
    yield _case("definitions that double sixty times", BASE + doubled, "P107")
    doubled = "define d0 as f.now\n" + "".join(
        f"define d{i} as d{i - 1} and (d{i - 1} or m.now >= {i}%)\n" for i in range(1, 30)
    )
    rule = "rule r { when d29 forbid deploy }\n"
    yield _case("definitions that double thirty times", BASE + doubled + rule, statuses=(1, 3))
    both = "define d0 as f.now\n"
    both += "".join(
        f"define d{i} as (d{i - 1} or not f.later) and not (not d{i - 1} or f.later)\n" for i in range(1, 25)
    )
    yield _case(
        "definitions that double both ways",
        BASE + both + "rule r { when d24 or not d24 forbid deploy }\n",
        statuses=(1, 3),
    )


def _wrapped(inner: str, times: int) -> str:
    for _ in range(times):
        inner = f"(f.now and {inner})" if inner.startswith("(incident") else f"(incident or {inner})"
    return inner


def _numbers() -> Iterator[Case]:
    """Numbers and dates that are none."""
    yield from _more(
        (
            ("a number of nineteen digits", "define d as m.now >= 0.1234567890123456789\n", "P108"),
            ("a number of a hundred thousand digits", "define d as m.now >= " + "9" * 100_000 + "\n", "P108"),
            ("an exponent of thirteen", "define d as m.now >= 1e-13\n", "P108"),
            ("an exponent of a million", "define d as m.now >= 1e1000000\n", "P108"),
            ("an exponent of a hundred thousand digits", "define d as m.now >= 1e" + "9" * 100_000 + "\n", "P108"),
            ("compute with an exponent of 41", "measure k: compute\ndefine d as k.now >= 1e41 FLOP\n", "P108"),
            ("NaN", "define d as m.now >= NaN\n", "P201"),
            ("infinity", "define d as m.now >= Infinity\n", "P201"),
            ("a hexadecimal number", "define d as m.now >= 0x10\n", "P101"),
            ("a number with an underscore", "define d as m.now >= 1_000\n", "P101"),
            ("a number that begins with a point", "define d as m.now >= .5\n", "P101"),
            ("a number that ends with a point", "define d as m.now >= 5.\n", "P101"),
            ("a comma for a point", "define d as m.now >= 0,5\n", "P101"),
            ("a rate of 500 percent", "define d as m.now >= 500%\n", "P304"),
            ("a rate of twenty", "define d as m.now >= 20\n", "P304"),
            ("a rate below zero", "define d as m.now >= -1%\n", "P304"),
            ("a division by zero", "define d as m.now / 0 >= 5%\n", "P303"),
            ("a product of two measures", "define d as m.now * m.later >= 5%\n", "P303"),
            ("constants compared", "define d as 5% >= 4%\n", "P304"),
            ("at least zero", "define d as at least 0 category.now >= high\n", "P108"),
            ("at least one and a half", "define d as at least 1.5 category.now >= high\n", "P108"),
            ("at least a trillion", "define d as at least 999999999999 category.now >= high\n", "P404"),
            ("three of two controls", "rule r { require at least 3 of (lock, vault) before deploy }\n", "P404"),
            ("two of one role", "rule r { require approval of 2 of (board) before deploy }\n", "P404"),
            ("a day that does not exist", 'test "t" { as of 2026-02-30 expect deploy forbidden }\n', "P110"),
            ("the year zero", 'test "t" { as of 0000-01-01 expect deploy forbidden }\n', "P110"),
            (
                "a minute that does not exist",
                'test "t" { as of 2026-01-01T09:60:00Z expect deploy forbidden }\n',
                "P110",
            ),
            ("an instant of signs", 'test "t" { as of 2026-01-01T:::::Z expect deploy forbidden }\n', "P110"),
            ("pass@0", "measure k: rate { score pass@0 }\n", "P108"),
            ("pass@ of many digits", "measure k: rate { score pass@" + "9" * 1_000 + " }\n", "P108"),
            ("a score from ten to zero", "measure k: score(10..0)\n", "P305 P304 P301 P404"),
            ("no time at all", "rule r { when f.now notify board within 0 days }\n", "P304 P305 P301"),
            ("compute that shrinks", "evaluate every 0.5x effective_compute\n", "P304"),
        )
    )
    for level in ("95", "0%", "100%", "1000%", "0"):
        yield _case(f"a confidence of {level}", BASE.replace('version "1"', f'version "1" confidence {level}'), "P108")
    for date in ("2026-13-01", "2026-00-10", "9999-99-99"):
        yield _case(f"effective on {date}", BASE.replace('version "1"', f'version "1" effective {date}'), "P110")
    ages = "".join(f"evaluate every {number} business days\n" for number in (20_000, 20_001, 999_999_999_999))
    yield _case(
        "durations beyond the calendar", BASE + ages + "rule r { when m.now >= 5% forbid deploy }\n", statuses=(2, 3)
    )


def _twice() -> Iterator[Case]:
    """Everything that may stand once, twice."""
    yield _case("two headers", BASE + 'policy q { version "1" }\n', "P202")
    kinds = (
        "levels risk: a < b",
        "stage now",
        "action deploy.external",
        "role board",
        "event incident",
        "parameter soon: rate",
        "attribute held_out: rate",
        "measure m: rate",
        "control lock { undefined }",
        "category c: risk { assessed by board }",
    )
    for kind in kinds:
        yield _case(f"declared again: {kind.split()[0]}", BASE + kind + "\n", "P202")
    yield _case("everything declared again", BASE + BASE, "P202")
    yield _case("a name declared thousands of times", BASE + "event incident\n" * 3_000, "P202", heavy=True)
    yield from _more(
        (
            ("a measure named like an event", "measure incident: rate\n", "P202"),
            ("a definition named like a control", "define lock as f.now\n", "P202"),
            ("a measure named `attempts`", "measure attempts: rate\n", "P202"),
            ("an attribute named `status`", "attribute status: text\n", "P202"),
            ("a level twice in one ladder", "levels l: a < b < a\n", "P202"),
            ("a level with two conditions", "category k: risk { high when f high when m >= 5% }\n", "P106"),
            ("two conditions of one rule", "rule r { when f.now when f.later forbid deploy }\n", "P106"),
            ("two strengths", "rule r { forbid deploy strength aim strength must }\n", "P106"),
            (
                "two interpretations of one name",
                "rule r { interpretation a when f.now interpretation a when f.later forbid deploy }\n",
                "P202",
            ),
            ("a role twice in one requirement", "rule r { require approval of board, board before deploy }\n", "P202"),
            (
                "a role thousands of times",
                "rule r { require approval of " + "board, " * 5_000 + "board before deploy }\n",
                "P202 P114",
            ),
            ("a parameter set twice", "set soon = 1 day\nset soon = 2 days\n", "P202"),
        )
    )


def _circular() -> Iterator[Case]:
    """What rests on itself."""
    yield from _more(
        (
            ("a definition of itself", "define a as a\n", "P401"),
            ("a definition that is not itself", "define a as not a\n", "P401"),
            ("two definitions of each other", "define a as b\ndefine b as a\n", "P401"),
            ("three definitions in a ring", "define a as b\ndefine b as x\ndefine x as a\n", "P401"),
            ("a control that holds when it holds", "control a { holds when a }\n", "P401"),
            ("a control and a definition", "control a { holds when b }\ndefine b as not a\n", "P401"),
            ("a category of itself", "category k: risk { high when k.now >= medium }\n", "P401"),
            ("a category of any category", "category k: risk { high when any category.now >= medium }\n", "P401"),
            ("a category and a definition", "category k: risk { high when b }\ndefine b as k.now >= high\n", "P401"),
        )
    )
    pairs = "".join(f"define a{i} as b{i}\ndefine b{i} as a{i}\n" for i in range(1_000))
    yield _case("thousands of pairs of each other", BASE + pairs, "P401", heavy=True)
    ring = "".join(f"define d{i} as d{(i + 1) % 2_000}\n" for i in range(2_000))
    yield _case("a ring of thousands", BASE + ring, "P107", "P401", heavy=True)


def _names() -> Iterator[Case]:
    """Names that nothing declares, or that are of another kind."""
    yield from _more(
        (
            ("an unknown measure", "define d as ctf.now >= 5%\n", "P201"),
            ("an unknown stage", "define d as m.then >= 5%\n", "P201"),
            ("an unknown level", "define d as any category.now >= hgih\n", "P204"),
            ("a level of another ladder", "define d as any category.now >= full\n", "P204"),
            ("a level of another ladder of a control", "define d as vault >= high\n", "P204"),
            ("an unknown action", "rule r { forbid release }\n", "P201"),
            ("half the name of an action", "rule r { forbid depl }\n", "P201"),
            ("an unknown role", "rule r { require approval of ceo before deploy }\n", "P201"),
            ("an unknown control", "rule r { require moat before deploy }\n", "P201"),
            ("an unknown event", "rule r { forbid deploy notify board within 1 day of doom }\n", "P201"),
            ("an unknown rule", "exception x to nothing { when f.now }\n", "P201"),
            ("an unknown ladder", "category k: danger { assessed by board }\n", "P201"),
            ("an unknown type", "measure k: velocity\n", "P305"),
            ("an unknown attribute", "measure k: rate { needs charm >= 5 }\n", "P201"),
            ("an unknown parameter", "set later = 1 day\n", "P201"),
            ("an unknown parameter for a duration", "rule r { when f.now notify board within promptly }\n", "P201"),
            ("an unknown category excepted", "define d as any category except x.now >= high\n", "P201"),
            ("an unknown action in a test", 'test "t" { expect release forbidden }\n', "P201"),
            ("an unknown rule in a test", 'test "t" { expect deploy forbidden by r }\n', "P201"),
            ("an unknown rule due in a test", 'test "t" { expect r due 2026-01-01 }\n', "P201"),
            ("a role for an action", "rule r { forbid board }\n", "P201 P203"),
            ("an action for a role", "duty d { by deploy every 1 day }\n", "P201 P203"),
            ("a stage for a measure", "define d as now >= 5%\n", "P203"),
            ("a role for a condition", "define d as board\n", "P203"),
            ("a stage where there is none", "define d as incident.now\n", "P205"),
            ("no stage where there is one", "define d as m >= 5%\n", "P205"),
            ("no stage of a quantifier", "define d as any category >= high\n", "P205"),
            ("a stage of an unstaged measure", "measure k: rate unstaged\ndefine d as k.now >= 5%\n", "P205"),
        )
    )
    unknown = "".join(f"define d{i} as x{i}\n" for i in range(2_000))
    yield _case("thousands of unknown names", BASE + unknown, "P201", heavy=True)
    alike = "".join(f"event {'a' * 60}{i:06d}{'b' * 60}\n" for i in range(700))
    alike += "".join(f"define d{i} as {'a' * 61}{i:06d}{'b' * 60}\n" for i in range(1_500))
    yield _case("unknown names that are like thousands of others", BASE + alike, "P201", heavy=True)


def _kinds() -> Iterator[Case]:
    """Values where conditions should stand, conditions where values should, and units that do not fit."""
    yield from _more(
        (
            ("a measure alone", "define d as m.now\n", "P302"),
            ("a category alone", "define d as c.now\n", "P302 P205"),
            ("attempts alone", "define d as attempts\n", "P302"),
            ("a number alone", "define d as 5\n", "P302"),
            ("a finding compared", "define d as f.now >= 5%\n", "P301"),
            ("a rate compared with a duration", "define d as m.now >= 5 days\n", "P301"),
            ("a duration compared with a rate", "define d as t.now >= 5%\n", "P301"),
            ("a rate added to a duration", "define d as m.now + t.now >= 5%\n", "P301"),
            ("a condition in a sum", "define d as (f.now and f.later) + 1 >= 5\n", "P301"),
            ("a category compared with a number", "define d as c.now >= 5\n", "P301"),
            ("a control without a ladder compared", "define d as lock >= full\n", "P301"),
            ("a level before its category", "define d as high <= c.now\n", "P301 P201"),
            ("a measure on a ladder", "measure k: risk\n", "P305"),
            ("a margin of another kind", "measure k: rate { margin 5 days }\n", "P301"),
            ("a margin below zero", "measure k: rate { margin -5% }\n", "P101"),
            ("a margin of a finding", "measure k: finding { margin 5% }\n", "P301"),
            ("a need of another kind", "measure k: rate { needs n >= 5 days }\n", "P301"),
            ("a need without a value", "measure k: rate { needs n }\n", "P302"),
            ("a need of a yes that is a number", "measure k: rate { needs held_out >= 5 }\n", "P301"),
            ("an age without a unit", "measure k: rate { needs age <= 5 }\n", "P301"),
            ("a version as a number", "measure k: rate { needs evaluator >= 5 }\n", "P301"),
            ("a duration without a unit", "duty d { by board every 5 }\n", "P101"),
            ("a factor for a duration", "duty d { by board every 2x }\n", "P101"),
            ("`beyond` a duration", "evaluate beyond 6 months\n", "P101"),
            ("a parameter of another kind", "parameter k: rate = 5 days\n", "P301"),
            ("a parameter set to another kind", "set soon = 5%\n", "P301"),
            ("a test that gives another kind", 'test "t" { given m.now = 5 days expect deploy forbidden }\n', "P301"),
            (
                "a test that gives a rate of twelve",
                'test "t" { given m.now = 12 expect deploy forbidden }\n',
                "P304 P301",
            ),
        )
    )


def _empty() -> Iterator[Case]:
    """Declarations that say nothing, or too much at once."""
    yield from _more(
        (
            ("a rule without an effect", "rule r { when f.now }\n", "P111"),
            ("an empty rule", "rule r { }\n", "P111"),
            ("a control that nothing shows", "control k\n", "P111"),
            ("a control that is undefined and attested", "control k { undefined attested by board }\n", "P404"),
            ("a control on a ladder that nobody attests", "control k: effort { holds when f.now }\n", "P111"),
            ("a category that nothing raises", "category k: risk\n", "P111"),
            ("a condition of the lowest level", "category k: risk { low when f }\n", "P404"),
            ("an exception without a condition", "rule r { forbid deploy }\nexception x to r { }\n", "P111"),
            (
                "an exception to advice",
                "rule r { forbid deploy strength aim }\nexception x to r { when f.now }\n",
                "P404",
            ),
            ("a duty without a clock", "duty d { by board }\n", "P111"),
            ("a duty without a role", "duty d { every 1 day }\n", "P111"),
            ("a duty with two clocks", "duty d { by board every 1 day within 2 days of incident }\n", "P111"),
            ("an invariant without a claim", "invariant calm\n", "P111"),
            ("an invariant with an empty claim", "invariant calm { }\n", "P101"),
            ("a test that expects nothing", 'test "t" { given f.now = yes }\n', "P111"),
            ("one interpretation", "rule r { interpretation a when f.now forbid deploy }\n", "P405"),
            (
                "a condition and interpretations",
                "rule r { when f.now interpretation a when f.now interpretation b when f.later forbid deploy }\n",
                "P405",
            ),
            ("a clock that cannot start", "rule r { when attempts >= 3 notify board within 1 day }\n", "P402"),
            ("a clock of a rule that always fires", "rule r { forbid deploy notify board within 1 day }\n", "P402"),
            ("a quantifier over nothing", "define d as any category except c.now >= high\n", "P403"),
            ("all of nothing", "define d as all category except c.now >= high\n", "P403"),
            ("an amendment without a need", "amend when loosening requires board\n", "P101"),
        )
    )
    yield _case("a policy without actions", 'policy p { version "1" }\n', "C108", place="call")
    yield _case("a header without a version", "policy p { }\naction a\n", statuses=(2, 3))
    yield _case("a name for a header", "policy\n", "P102", "P101")


def _taken_in() -> Iterator[Case]:
    """`use` and `extends` of what is not there, not a policy, or not to be read."""
    paths = {
        "a file that is not there": "nowhere.policy",
        "a folder": "folder.policy",
        "an absolute path": "/etc/passwd.policy",
        "a path out of the package": "../../../../../../../../etc/passwd.policy",
        "a device": "/dev/zero",
        "a link to a device": "zero.policy",
        "a link to itself": "loop.policy",
        "a file that is no policy": "evidence.yaml",
        "an address": "https://example.com/a.policy",
        "a path with a backslash": "a\\\\b.policy",
        "a path of a drive": "C:a.policy",
        "an empty path": "",
        "a path of ten thousand letters": "a" * 10_000 + ".policy",
        "a path of a thousand folders": "a/" * 1_000 + "a.policy",
        "a standard policy by its inside name": "policylang:openai/preparedness-2023-12-18.policy",
        "a file of bytes": "latin.policy",
        "a file without declarations of its own header": "whole.policy",
        "a file with a fault": "broken.policy",
        "itself": "p.policy",
        "itself through its folder": "./p.policy",
        "itself through a link": "again.policy",
    }
    files = {"whole.policy": 'policy q { version "1" }\n', "broken.policy": "role 5\n", "folder.policy/inside": ""}
    links = {"zero.policy": "/dev/zero", "loop.policy": "loop.policy", "again.policy": "p.policy"}
    for name, path in paths.items():
        case = _case(f"use of {name}", BASE + f'use "{path}"\n', files=files, links=links)
        yield Case(**{**vars(case), "files": {**case.files, "latin.policy": b"role \xe9"}})
    for name in ("a file that is not there", "itself", "a link to a device", "a folder"):
        text = BASE.replace('version "1"', f'version "1" extends "{paths[name]}"')
        yield _case(f"extends {name}", text, "P206", files=files, links=links)
    round_ = {"q.policy": BASE.replace('version "1"', 'version "1" extends "p.policy"')}
    yield _case(
        "two that extend each other",
        BASE.replace('version "1"', 'version "1" extends "q.policy"'),
        "P206",
        files=round_,
    )
    twice = {"q.policy": "role board\n"}
    yield _case("use of a file that declares a name again", BASE + 'use "q.policy"\n', "P202", files=twice)
    yield _case(
        "use of one missing file thousands of times", BASE + 'use "nowhere.policy"\n' * 5_000, "P206", heavy=True
    )
    many = {f"q{i}.policy": f"role r{i}\n" for i in range(150)}
    uses = "".join(f'use "q{i}.policy"\n' for i in range(150))
    yield _case("use of a hundred and fifty files", BASE + uses, "P206", files=many, heavy=True)
    line = {f"q{i}.policy": f'use "q{i + 1}.policy"\nrole r{i}\n' for i in range(150)}
    yield _case("files that use each other in a row", BASE + 'use "q0.policy"\n', "P206", files=line, heavy=True)
    large = {f"q{i}.policy": f"role r{i} # {'x' * 1_000_000}\n" for i in range(20)}
    yield _case(
        "use of twenty files of a megabyte",
        BASE + "".join(f'use "q{i}.policy"\n' for i in range(20)),
        "P206",
        files=large,
        heavy=True,
    )
    words = {f"q{i}.policy": "".join(f"event e{i}_{j}\n" for j in range(14_000)) for i in range(3)}
    yield _case(
        "use of three files of thousands of words",
        BASE + "".join(f'use "q{i}.policy"\n' for i in range(3)),
        "P206",
        files=words,
        heavy=True,
    )


def _large() -> Iterator[Case]:
    """More than is read."""
    yield _case("a file of two megabytes", BASE + "# " + "x" * (2 << 20), "C102", place="file")
    yield _case("a file over a megabyte in bytes only", BASE + 'role a "' + "é" * 600_000 + '"\n', "C102", place="file")
    for name, text in (
        ("words", "event a\n" * 100_000),
        ("signs", "{" * 200_000),
        ("comments", "#\n" * 200_000),
        ("strings", '""' * 100_000),
        ("names in one line", "role " + "a" + ", a" * 100_000),
        ("parentheses", "define d as " + "(" * 100_000 + "f.now" + ")" * 100_000),
        ("an `and`", "define d as f.now" + " and f.now" * 100_000),
        ("a sum", "define d as m.now" + " + m.now" * 100_000 + " >= 5%"),
    ):
        yield _case(f"hundreds of thousands: {name}", BASE + text, "P113", place="file")


def _products() -> Iterator[Case]:
    """Few words that mean much work."""
    actions = "".join(f"action x.a{i}\n" for i in range(700))
    rules = "".join(f"rule r{i} {{ forbid x }}\n" for i in range(700))
    yield _case("a thousand rules on a thousand actions", BASE + actions + rules, "P114", heavy=True)
    categories = "".join(f"category k{i}: risk {{ assessed by board }}\n" for i in range(500))
    rules = "".join(f"rule r{i} {{ when any category.now >= high forbid deploy }}\n" for i in range(400))
    yield _case("a thousand quantifiers over a thousand categories", BASE + categories + rules, "P114", heavy=True)
    stages = "".join(f"stage s{i}\n" for i in range(500))
    yield _case("a thousand stages of a thousand categories", BASE + stages + categories, "P114", heavy=True)
    measures = "".join(f"measure k{i}: rate\n" for i in range(500))
    yield _case("a thousand stages of a thousand measures", BASE + stages + measures, "P114", heavy=True)
    ladder = "levels l: " + " < ".join(f"l{i}" for i in range(2_000)) + "\n"
    yield _case("a ladder of thousands of levels", BASE + ladder, "P114", heavy=True)
    steps = "levels l: " + " < ".join(f"l{i}" for i in range(64)) + "\n"
    steps += "".join(f"category k{i}: l {{ {' '.join(f'l{j} when f' for j in range(1, 64))} }}\n" for i in range(60))
    yield _case("a condition for each of many levels", BASE + steps, "P114", heavy=True)
    exceptions = "".join(f"exception x{i} to r {{ when f.now require approval of board }}\n" for i in range(1_200))
    yield _case("a thousand exceptions", BASE + "rule r { forbid deploy }\n" + exceptions, "P114", heavy=True)
    roles = "".join(f"role r{i}\n" for i in range(1_000))
    names = ", ".join(f"r{i}" for i in range(1_000))
    yield _case(
        "a requirement of thousands of roles",
        BASE + roles + f"rule r {{ require approval of {names} before deploy }}\n",
        "P114",
        heavy=True,
    )
