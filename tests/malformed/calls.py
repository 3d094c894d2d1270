"""Calls that cannot be answered: words that mean nothing, files that cannot be read, two things asked at once."""

from collections.abc import Iterator, Mapping

from malformed import HEAD, OPTIONS, SMALL, Case, Place

_FILES = {
    "small.policy": SMALL.encode(),
    "good.yaml": HEAD.encode(),
    "folder.policy/inside": b"",
    "folder.yaml/inside": b"",
    "empty.policy": b"",
    "empty.yaml": b"",
    "upper.POLICY": SMALL.encode(),
}
_LINKS = {
    "zero.policy": "/dev/zero",
    "zero.yaml": "/dev/zero",
    "null.yaml": "/dev/null",
    "loop.policy": "loop.policy",
    "loop.yaml": "loop.yaml",
    "gone.yaml": "nowhere.yaml",
}


def cases() -> Iterator[Case]:
    """Every call that cannot be answered."""
    yield from _words()
    yield from _files()
    yield from _options()
    yield from _others()


def _case(
    name: str,
    *words: str,
    codes: str = "",
    place: Place = "call",
    links: Mapping[str, str] = _LINKS,
    heavy: bool = False,
) -> Case:
    found = tuple(codes.split())
    return Case(name=f"call: {name}", words=words, files=_FILES, links=links, codes=found, place=place, heavy=heavy)


def _words() -> Iterator[Case]:
    """No command, or none that there is."""
    for name, words in (
        ("an unknown command", ("chek", "small.policy", "good.yaml")),
        ("a command in capitals", ("CHECK", "small.policy", "good.yaml")),
        ("a command cut short", ("che", "small.policy", "good.yaml")),
        ("an empty command", ("", "small.policy", "good.yaml")),
        ("an option for a command", ("--for", "deploy")),
        ("a policy for a command", ("small.policy", "good.yaml")),
        ("a command that hides", ("\u202echeck", "small.policy", "good.yaml")),
        ("a command of a hundred thousand letters", ("c" * 100_000,)),
    ):
        yield _case(name, *words, codes="C103 C101")
    yield _case("nothing to check", "check", codes="C104")
    yield _case("nothing but options", "check", "--format", "json", codes="C104")
    yield _case("no policy", "check", "good.yaml", codes="C104")
    yield _case("no evidence", "check", "small.policy", codes="C105")
    yield _case("an empty word", "check", "", codes="C104")
    yield _case("empty words", "check", "", "small.policy", codes="C102", place="call")


def _files() -> Iterator[Case]:
    """Files that are not there, are none, or never end."""
    for name in (
        "nowhere.policy",
        "folder.policy",
        "loop.policy",
        "zero.policy",
        "good.yaml/x.policy",
        "small.policy/x.policy",
    ):
        yield _case(f"the policy {name}", "check", name, "good.yaml", *OPTIONS, codes="C102", place="file")
    for name in (
        "nowhere.yaml",
        "folder.yaml",
        "loop.yaml",
        "gone.yaml",
        "good.yaml/x",
        "/",
        ".",
        "/proc/self/mem",
    ):
        code = "E304" if name == "folder.yaml" else "C102"
        words = ("check", "small.policy", name, *OPTIONS)  # of a folder the file in it is named
        yield _case(f"the evidence {name}", *words, codes=code, place="call" if name == "." else "file")
    yield _case("evidence that never ends", "check", "small.policy", "zero.yaml", *OPTIONS, place="file", heavy=True)
    yield _case("a device that is empty", "check", "small.policy", "null.yaml", *OPTIONS, codes="E105")
    yield _case("an empty policy", "check", "empty.policy", "good.yaml", *OPTIONS, codes="P112", place="file")
    yield _case("an empty file of evidence", "check", "small.policy", "empty.yaml", *OPTIONS, codes="E105")
    yield _case("a policy in capitals", "check", "upper.POLICY", "good.yaml", codes="C104")
    yield _case("evidence for a policy", "check", "small.policy", "upper.POLICY", *OPTIONS, codes="E107 E111")
    odd = {
        "a NUL": "a\0b",
        "an escape": "a\x1b[2Kb",
        "a line break": "a\nerror: all is well",
        "a byte that is no letter": "a\udcffb",
        "letters turned round": "a\u202eb",
        "a workflow command": "::set-output name=a::b",
        "markup": "[red]<b>a</b>[/red]",
        "ten thousand letters": "a" * 10_000,
        "a thousand folders": "a/" * 1_000,
    }
    for what, name in odd.items():
        yield _case(f"a policy named with {what}", "check", f"{name}.policy", "good.yaml", codes="C102")
        yield _case(f"evidence named with {what}", "check", "small.policy", f"{name}.yaml", *OPTIONS, codes="C102")
    both = ("nowhere.policy", "small.policy", "good.yaml", "nowhere.yaml")
    yield _case("a good and a missing file of each", "check", *both, *OPTIONS, codes="C102", place="file")
    yield _case(
        "a hundred missing policies", "check", *(f"n{at}.policy" for at in range(100)), "good.yaml", codes="C102"
    )


def _options() -> Iterator[Case]:
    """Options that are none, stand twice, or have no value or a wrong one."""
    for name, words, codes in (
        ("an unknown option", ("--force",), "C101"),
        ("an option cut short", ("--form", "json"), "C101"),
        ("another option cut short", ("--as", "2026-01-01"), "C101"),
        ("a short option", ("-f", "json"), "C101"),
        ("options joined", ("-abc",), "C101"),
        ("three dashes", ("---format", "json"), "C101"),
        ("an option in capitals", ("--FORMAT", "json"), "C101"),
        ("an option with an underscore", ("--as_of", "2026-01-01"), "C101"),
        ("an option of ten thousand letters", ("--" + "a" * 10_000,), "C101"),
        ("an option that hides", ("--\u202eformat",), "C101"),
        ("an unknown format", ("--format", "xml"), "C101"),
        ("an empty format", ("--format", ""), "C101"),
        ("a format in capitals", ("--format=JSON",), "C101"),
        ("a format twice", ("--format", "json", "--format", "text"), "C101"),
        ("a format without a value", ("--format",), "C101"),
        ("an unknown colour", ("--color", "purple"), "C101"),
        ("a colour twice", ("--color", "always", "--color", "never"), "C101"),
        ("a switch with a value", ("--no-cache=yes",), "C101"),
        ("an action without a value", ("--for",), "C101"),
        ("an unknown action", ("--for", "release"), "C106"),
        ("an empty action", ("--for", ""), "C106"),
        ("half of an action", ("--for", "dep"), "C106"),
        ("an action and a dot", ("--for", "deploy."), "C106"),
        ("an action with a star", ("--for", "deploy.*"), "C106"),
        ("a known and an unknown action", ("--for", "deploy", "--for", "release"), "C106"),
        ("an action that hides", ("--for", "deploy\u200b"), "C106"),
        ("an action of ten thousand letters", ("--for", "a" * 10_000), "C106"),
        ("a date without a value", ("--as-of",), "C101"),
        ("a date twice", ("--as-of", "2026-01-01", "--as-of", "2026-01-02"), "C101"),
    ):
        yield _case(name, "check", "small.policy", "good.yaml", *words, codes=codes)
    for date in (
        *("", "yesterday", "now", "2026", "2026-13-01", "2026-02-30", "0000-01-01", "10000-01-01", "2026-1-1", "-1"),
        *("2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "1e9"),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "\u0662\u0660\u0662\u0666-01-01", "01/02/2026"),
        *("2026-01-01\n", "9" * 10_000),
    ):
        what = date if 0 < len(date) < 40 else "nothing" if not date else "many digits"
        yield _case(f"as of {what!r}", "check", "small.policy", "good.yaml", f"--as-of={date}", codes="C107")


def _others() -> Iterator[Case]:
    """The other commands."""
    for name, words in (
        ("explain an unknown code", ("explain", "X999")),
        ("explain an empty code", ("explain", "")),
        ("explain a path", ("explain", "../../etc/passwd")),
        ("schema of nothing", ("schema",)),
        ("schema of something unknown", ("schema", "policy")),
        ("schema twice", ("schema", "evidence", "decision")),
        ("test of nothing", ("test",)),
        ("test of a missing file", ("test", "nowhere.policy")),
        ("test of a folder", ("test", "folder.policy")),
        ("test of an empty policy", ("test", "empty.policy")),
        ("test of evidence", ("test", "good.yaml")),
        ("version with a word", ("version", "1")),
        ("version with an option", ("version", "--verbose")),
    ):
        yield _case(name, *words)
