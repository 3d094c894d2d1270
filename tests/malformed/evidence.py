"""Evidence that is none: cut off, ambiguous, contradictory, out of range, out of time, out of proportion."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from malformed import HEAD, OPTIONS, SMALL, Case, Place
from policylang.evidence.schema import FACTS, READING, SUBJECT, Section

READ = "measure: solved, stage: now, n: 40, successes: 1, at: 2026-10-01, status: success"
"""The fields of a sound reading."""

_SOUND = {"measure": "solved", "stage": "now", "n": 40, "successes": 1, "at": "2026-10-01", "status": "success"}
_FULL = {
    "schema": "policylang/evidence/v1",
    "subject": {"model": "acme-7b", "revision": "sha256:9f", "attempt": 2, "effective_compute": "3.1e24 FLOP"},
    "readings": [
        {**_SOUND, "run": "r1", "attributes": {"held_out": "yes", "elicitation": "full"}, "evaluator": "inspect 0.3"},
        {"measure": "rating", "stage": "now", "units": {"a": 1, "b": 0.5}},
        {"measure": "cost", "stage": "now", "value": "3e24 FLOP"},
        {"measure": "span", "stage": "now", "interval": ["1 hours", "3 hours"]},
        {"measure": "exploit", "stage": "now", "value": True},
    ],
    "assessments": [
        {"category": "cyber", "stage": "now", "level": "low", "by": "board", "at": "2026-10-01", "basis": "measured"}
    ],
    "attestations": [{"control": "vault", "level": "full", "by": "board", "at": "2026-09-01", "persons": ["A. Lee"]}],
    "approvals": [{"of": "deploy", "by": "board", "at": "2026-10-02", "expires": "2026-12-01"}],
    "notifications": [{"to": "board", "rule": "ceiling", "at": "2026-10-02T09:00:00Z"}],
    "events": [{"event": "incident", "at": "2026-10-01"}],
    "duties": [{"duty": "report", "by": "board", "at": "2026-10-03"}],
    "vetoes": [{"of": "deploy.internal", "by": "board", "at": "2026-10-03", "reason": "not yet"}],
    "waivers": [{"rule": "ceiling", "by": "board", "at": "2026-10-03", "actions": ["deploy.internal"]}],
    "holidays": ["2026-12-25"],
}


def cases() -> Iterator[Case]:
    """All malformed evidence."""
    yield from _cut()
    yield from _bytes()
    yield from _yaml()
    yield from _json()
    yield from _fields()
    yield from _amounts()
    yield from _names()
    yield from _dates()
    yield from _together()
    yield from _large()
    yield from _products()


def _case(
    name: str,
    text: str | bytes,
    *codes: str,
    file: str = "evidence.yaml",
    place: Place = "line",
    statuses: tuple[int, ...] = (2,),
    policy: str = SMALL,
    others: Mapping[str, str] | None = None,
    heavy: bool = False,
) -> Case:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    more = {other: content.encode() for other, content in (others or {}).items()}
    return Case(
        name=f"evidence: {name}",
        words=("check", "small.policy", file, *more, *OPTIONS[1:]),
        files={"small.policy": policy.encode(), file: data, **more},
        codes=codes,
        statuses=statuses,
        place=place,
        heavy=heavy,
    )


def _said(**sections: Any) -> str:
    """A document in JSON."""
    return json.dumps({"schema": "policylang/evidence/v1", "subject": {"model": "a"}, **sections})


def _readings(pairs: Iterable[tuple[str, str, str]]) -> Iterator[Case]:
    """One reading each: name, its fields, and codes."""
    for name, fields, codes in pairs:
        yield _case(name, f"{HEAD}readings:\n  - {{{fields}}}\n", *codes.split())


def _cut() -> Iterator[Case]:
    """A full document, ended too early, in both notations."""
    whole = json.dumps(_FULL)
    for at in range(5, len(whole), 61):
        yield _case(f"JSON cut after {at}", whole[:at], "E106", file="evidence.json")
    flow = json.dumps(_FULL, indent=1).replace('"', "'")
    for at in range(5, len(flow), 83):
        yield _case(f"YAML in braces cut after {at}", flow[:at], "E107", "E106", "E111")
    block = "\n".join(_block(_FULL, 0))
    for at in range(40, len(block), 97):
        yield _case(f"YAML cut after {at}", block[:at], statuses=(1, 2, 3))


def _block(value: Any, depth: int) -> Iterator[str]:
    """A document in YAML, a field a line."""
    pad = "  " * depth
    for key, entry in value.items():
        if isinstance(entry, dict):
            yield f"{pad}{key}:"
            yield from _block(entry, depth + 1)
        elif isinstance(entry, list) and entry and isinstance(entry[0], dict):
            yield f"{pad}{key}:"
            for item in entry:
                lines = list(_block(item, depth + 2))
                yield f"{pad}  - {lines[0].strip()}"
                yield from lines[1:]
        else:
            yield f"{pad}{key}: {json.dumps(entry)}"


def _bytes() -> Iterator[Case]:
    """What is no text of evidence."""
    yield _case("nothing", "", "E105")
    yield _case("blank lines", "\n \n\t\n", "E105", "E107")
    yield _case("comments only", "# nothing\n", "E105")
    yield _case("a null", "null\n", "E105")
    yield _case("a byte order mark", "\ufeff" + HEAD, "E101")
    yield _case("utf-16", HEAD.encode("utf-16"), "E101")
    yield _case("utf-16 without a mark", HEAD.encode("utf-16-le"), "E101")
    yield _case("latin-1", HEAD.replace("acme", "acm\xe9").encode("latin-1"), "E101")
    yield _case("half a character, encoded", b"model: \xed\xa0\x80", "E101")
    yield _case("random bytes", bytes(range(256)) * 4, "E101")
    yield _case("a zip file", b"PK\x03\x04" + bytes(60), "E304", place="file")
    yield _case("a NUL", HEAD + "holidays: ['\0']\n", "E101")
    yield _case("an escape", HEAD + "source: '\x1b[2K'\n", "E102")
    yield _case("a C1 control", HEAD + "source: '\x9b2K'\n", "E102")
    yield _case("a form feed", HEAD + "\f\n", "E102")
    yield _case("a text", "all is well\n", "E111")
    yield _case("a list", "- a\n- b\n", "E111")
    yield _case("a number", "42\n", "E111")
    yield _case("a policy", SMALL, "E107", "E111")
    yield _case("HTML", "<html><body>404</body></html>\n", "E111", "E107")
    yield _case("CSV", "measure,value\nsolved,5\n", "E111", "E107")


def _yaml() -> Iterator[Case]:
    """What YAML would do behind the back of a reader."""
    laugh = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    for name, text, codes in (
        ("a key twice", "subject: {model: b}\n", "E108"),
        ("a field twice", f"readings:\n  - {{{READ}, n: 50}}\n", "E108"),
        ("a section twice", "readings: []\nreadings: []\n", "E108"),
        ("an anchor", "holidays: &h []\n", "E109"),
        ("an alias", "holidays: *h\n", "E109"),
        ("a billion laughs", laugh, "E109"),
        ("an alias of itself", "holidays: &h [*h]\n", "E109"),
        ("a merge key", "<<: {holidays: []}\n", "E109"),
        ("a tag of Python", "holidays: !!python/object/apply:os.system ['true']\n", "E109"),
        ("a tag of a number", "holidays: [!!int '5']\n", "E109"),
        ("a tag of its own", "holidays: !secret []\n", "E109"),
        ("a directive", "%YAML 1.1\n", "E109 E107"),
        ("a second document", "---\nschema: policylang/evidence/v1\n", "E110"),
        ("an end and more", "...\n---\nholidays: []\n", "E110"),
        ("a tab for an indent", "readings:\n\t- {}\n", "E107"),
        ("a quote never closed", 'holidays: ["2026-12-25\n', "E107"),
        ("a bracket never closed", "holidays: [2026-12-25\n", "E107"),
        ("a mapping as a key", "{a: b}: c\n", "E111 E107"),
        ("a list as a key", "? [a]\n: c\n", "E111 E107"),
        ("an indent that fits nothing", "readings:\n    - a\n  - b\n", "E107"),
        ("a colon in a text", "subject: acme: seven\n", "E107 E108"),
        ("a wrong escape", 'holidays: ["\\q"]\n', "E107"),
        ("an escape that hides", 'subject2: "\\e[2K"\n', "E102"),
        ("half a character, escaped", 'subject2: "\\ud800"\n', "E126 E107"),
        ("no key", ": a\n", "E113 E121 E107"),
        ("a question mark", "? \n", "E113 E121 E107"),
        ("lists 40 deep", "holidays: " + "[" * 40 + "]" * 40 + "\n", "E104"),
        ("mappings 40 deep", "x: " + "{a: " * 40 + "b" + "}" * 40 + "\n", "E104"),
        ("lists ten thousand deep", "holidays: " + "[" * 10_000 + "]" * 10_000 + "\n", "E104"),
        ("mappings ten thousand deep", "x: " + "{a: " * 10_000 + "b" + "}" * 10_000 + "\n", "E104"),
        ("lists never closed", "holidays: " + "[" * 50_000 + "\n", "E104 E107"),
        ("dashes", "x:\n  " + "- " * 20_000 + "a\n", "E104 E107"),
    ):
        yield _case(f"YAML with {name}", HEAD + text, *codes.split())
    yield _case("YAML lines 40 deep", HEAD + "\n".join(" " * at + "a:" for at in range(40)) + "\n", "E104", "E113")
    yield _case("YAML with many keys", HEAD + "".join(f"k{at}: 1\n" for at in range(10_000)), "E113", heavy=True)
    yield _case("YAML with too many values", HEAD + "holidays:\n" + "- a\n" * 110_000, "E103", heavy=True)
    yield _case("YAML of two megabytes", HEAD + "# " + "x" * (2 << 20), "E103")
    yield _case("YAML of a megabyte in one text", HEAD + "x: '" + "a" * 900_000 + "'\n", "E113")
    yield _case("YAML with a key of a megabyte", HEAD + "a" * 900_000 + ": 1\n", "E121", "E107")


def _json() -> Iterator[Case]:
    """What is no JSON, and what JSON readers let through."""
    head = '{"schema": "policylang/evidence/v1", "subject": {"model": "a"}'
    for name, text, codes in (
        ("a comma at the end", head + ",}", "E106"),
        ("a comma in a list", head + ', "holidays": [,]}', "E106"),
        ("no comma", head + ' "holidays": []}', "E106"),
        ("a comment", head + "} // done", "E106"),
        ("a block comment", "/* hello */" + head + "}", "E106"),
        ("single quotes", head.replace('"', "'") + "}", "E106"),
        ("a key without quotes", head + ", holidays: []}", "E106"),
        ("NaN", head + ', "readings": [{"value": NaN}]}', "E116"),
        ("infinity", head + ', "readings": [{"value": Infinity}]}', "E116"),
        ("minus infinity", head + ', "readings": [{"value": -Infinity}]}', "E116"),
        ("a key twice", head + ', "subject": {"model": "b"}}', "E108"),
        ("a key twice, once escaped", head + ', "holi\\u0064ays": [], "holidays": []}', "E108"),
        ("more after the end", head + "} {}", "E106"),
        ("two documents in lines", head + "}\n" + head + "}\n", "E106"),
        ("the wrong bracket", head + "]", "E106"),
        ("a leading zero", head + ', "readings": [{"n": 040}]}', "E106"),
        ("a plus", head + ', "readings": [{"n": +40}]}', "E106"),
        ("a number that begins with a point", head + ', "readings": [{"value": .5}]}', "E106"),
        ("a hexadecimal number", head + ', "readings": [{"n": 0x28}]}', "E106"),
        ("a word", head + ', "readings": [{"n": forty}]}', "E106"),
        ("a word of Python", head + ', "readings": None}', "E106"),
        ("a line break in a text", head.replace("a", "a\n", 1) + "}", "E106"),
        ("a wrong escape", head.replace('"a"', '"\\x41"') + "}", "E106"),
        ("half a character", head.replace('"a"', '"\\ud800"') + "}", "E126"),
        ("an escaped control", head.replace('"a"', '"\\u001b[2K"') + "}", "E102"),
        ("an escaped NUL", head.replace('"a"', '"\\u0000"') + "}", "E102"),
        ("a number of a thousand digits", head + ', "readings": [{"n": ' + "9" * 1_000 + "}]}", "E115"),
        ("an exponent of a million", head + ', "holidays": [1e1000000]}', "E119"),
        ("an exponent of a thousand digits", head + ', "readings": [{"value": 1e' + "9" * 1_000 + "}]}", "E115"),
        ("a list", "[]", "E111"),
        ("a text", '"all is well"', "E111"),
        ("nothing", "", "E105"),
        ("null", "null", "E105"),
        ("a byte order mark", "\ufeff" + head + "}", "E101"),
        ("lists 70 deep", head + ', "x": ' + "[" * 70 + "]" * 70 + "}", "E104"),
        ("lists fifty thousand deep", "[" * 50_000, "E104 E103"),
        ("mappings twenty thousand deep", '{"a":' * 20_000, "E104 E103"),
        ("too many commas", head + ', "holidays": [' + "1," * 200_000 + "1]}", "E103"),
        ("a text never closed", head + ', "holidays": ["2026', "E106"),
        ("a text of quotes", head + ', "x": "' + '\\"' * 100_000, "E106"),
    ):
        yield _case(f"JSON with {name}", text, *codes.split(), file="evidence.json")
    large = b'{"a": "' + b"x" * (17 << 20) + b'"}'
    yield _case("JSON of seventeen megabytes", large, "E103", file="evidence.json", heavy=True)
    yield _case("JSON of blank lines", "\n" * 400_000, "E103", file="evidence.json")


def _fields() -> Iterator[Case]:
    """Every field of every section as a mapping, as a list of lists, and as a text that is far too long."""
    sections: dict[str, Section] = {"subject": SUBJECT, "readings": READING, **FACTS}
    for name, section in sections.items():
        sound = {field: entry.example for field, entry in section.fields.items() if entry.required}
        for field in section.fields:
            for what, value in (("mapping", {"a": {}}), ("list of lists", [[]])):
                text = _document(name, {**sound, field: value})
                yield _case(f"{name}: `{field}` as a {what}", text, file="evidence.json")
        for field in sound:
            missing = {other: value for other, value in sound.items() if other != field}
            yield _case(f"{name} without `{field}`", _document(name, missing), "E114", "E123", file="evidence.json")
        extra = _document(name, {**sound, "colour": "red"})
        yield _case(f"{name} with an unknown field", extra, "E113", "E123", file="evidence.json")
        for what, items in (("a text", "none"), ("a mapping", {"a": {}}), ("a list of texts", ["none"])):
            if (name, what) != ("subject", "a mapping"):
                yield _case(f"{name} as {what}", _said(**{name: items}), "E111", "E114", "E113", file="evidence.json")
    for schema in ("policylang/evidence/v2", "", "1", None, ["policylang/evidence/v1"]):
        yield _case(f"schema {schema}", json.dumps({"schema": schema, "subject": {"model": "a"}}), file="evidence.json")
    yield _case("no schema", "subject: {model: a}\n", "E114")


def _document(section: str, item: Mapping[str, object]) -> str:
    return _said(**{section: item if section == "subject" else [item]})


def _amounts() -> Iterator[Case]:
    """Numbers that are none, out of range, of another unit, or do not add up."""
    at = "measure: solved, stage: now, status: success"
    yield from _readings(
        (
            ("a percentage written as 12", f"{at}, value: 12", "E203"),
            ("a percentage of 120", f"{at}, value: 120%", "E203"),
            ("a rate below zero", f"{at}, value: -0.1", "E203"),
            ("a rate in days", f"{at}, value: 5 days", "E203"),
            ("a rate as yes", f"{at}, value: yes", "E203"),
            ("a rate as a word", f"{at}, value: high", "E115"),
            ("a rate as a sum", f"{at}, value: 1+1", "E115"),
            ("NaN", f"{at}, value: .nan", "E116"),
            ("not a number", f"{at}, value: nan", "E116"),
            ("infinity", f"{at}, value: .inf", "E116"),
            ("a rate in Arabic digits", f"{at}, value: \u0661\u0662%", "E115"),
            ("a rate in full-width digits", f"{at}, value: \uff11\uff12%", "E115"),
            ("a rate with a comma", f"{at}, value: '0,12'", "E115"),
            ("a rate of nineteen digits", f"{at}, value: 0.1234567890123456789", "E115"),
            ("an exponent of a million", f"{at}, value: 1e1000000", "E115"),
            ("an exponent of minus a million", f"{at}, value: 1e-1000000", "E115"),
            ("a number of a hundred thousand digits", f"{at}, value: {'9' * 100_000}", "E115"),
            ("a fraction", f"{at}, value: 1/3", "E115"),
            ("an unknown unit", f"{at}, value: 5 parsecs", "E115"),
            ("a rate that no count gives", f"{at}, n: 7, value: 50%", "E205"),
            ("more successes than units", f"{at}, n: 10, successes: 11", "E122"),
            ("more successes than scored", f"{at}, n: 10, scored: 4, successes: 5", "E122"),
            ("more scored than units", f"{at}, n: 10, scored: 11, successes: 1", "E122"),
            ("more refused than left", f"{at}, n: 10, scored: 9, refused: 2, successes: 1", "E122"),
            ("no units", f"{at}, n: 0, successes: 0", "E122"),
            ("units below zero", f"{at}, n: -1, successes: 0", "E117"),
            ("successes below zero", f"{at}, n: 10, successes: -1", "E117"),
            ("half a unit", f"{at}, n: 10.5, successes: 1", "E117"),
            ("a quintillion of units", f"{at}, n: 1000000000000000000, successes: 1", "E115"),
            ("eleven million units", f"{at}, n: 11000000, successes: 1", "E117"),
            ("successes without units", f"{at}, successes: 1", "E123"),
            ("units without a result", f"{at}, n: 10", "E123"),
            ("a value and counts", f"{at}, n: 10, successes: 1, value: 10%", "E123"),
            ("a value and an interval", f"{at}, value: 10%, interval: [5%, 15%]", "E123"),
            ("an interval turned round", f"{at}, interval: [30%, 12%]", "E124"),
            ("an interval of one bound", f"{at}, interval: [30%]", "E124"),
            ("an interval of three bounds", f"{at}, interval: [1%, 2%, 3%]", "E124"),
            ("an interval of two units", f"{at}, interval: [1%, 2 days]", "E124"),
            ("an interval beyond the range", f"{at}, interval: [0.5, 12]", "E203"),
            ("an interval with NaN", f"{at}, interval: [.nan, 12%]", "E116"),
            ("no unit outcomes", f"{at}, units: {{}}", "E123"),
            ("an outcome of two", f"{at}, units: {{a: 2}}", "E125"),
            ("an outcome of a word", f"{at}, units: {{a: good}}", "E115"),
            ("an outcome in days", f"{at}, units: [1 days]", "E125"),
            ("more outcomes than units", f"{at}, n: 1, units: [1, 0]", "E122 E205"),
            ("a score above its range", "measure: rating, stage: now, value: 11", "E203"),
            ("a score with a percentage", "measure: rating, stage: now, value: 50%", "E203"),
            ("a score that counts", "measure: rating, stage: now, n: 10, successes: 1", "E203"),
            ("a count with a fraction", "measure: alone, value: 1.5", "E203"),
            ("a count below zero", "measure: alone, value: -1", "E203"),
            ("a duration without a unit", "measure: span, stage: now, value: 5", "E203"),
            ("a duration below zero", "measure: span, stage: now, value: -5 days", "E203"),
            ("compute without a unit", "measure: cost, stage: now, value: 1e24", "E203 E115"),
            ("a finding of a number", "measure: exploit, stage: now, value: 5", "E203"),
            ("a finding of a word", "measure: exploit, stage: now, value: perhaps", "E115"),
            ("an attribute that is no rate", f"{READ}, attributes: {{awareness: 12}}", "E203"),
            ("an attribute that is no yes", f"{READ}, attributes: {{held_out: maybe}}", "E203"),
            ("an attribute of another ladder", f"{READ}, attributes: {{elicitation: high}}", "E203"),
            ("compute of nothing", f"{READ}, effective_compute: 0 FLOP", "E118"),
            ("compute in days", f"{READ}, effective_compute: 5 days", "E118"),
        )
    )
    digits = _said(readings=[{**_SOUND, "attributes": {"awareness": "1" * 200_000 + "\nx\ny"}}])
    yield _case("an attribute of a hundred thousand digits", digits, "E203", file="evidence.json")


def _names() -> Iterator[Case]:
    """Names that no policy has, or that do not show what they are."""
    yield from _readings(
        (
            ("an unknown measure", "measure: ctf, value: 5%", "E201"),
            ("a measure spelled almost right", "measure: solvd, value: 5%", "E201"),
            ("a measure in capitals", "measure: SOLVED, stage: now, value: 5%", "E201"),
            ("a measure with a Cyrillic letter", "measure: s\u043elved, stage: now, value: 5%", "E201"),
            ("a measure with a space around", "measure: ' solved', stage: now, value: 5%", "E121"),
            ("a measure with a zero-width space", "measure: 'sol\u200bved', stage: now, value: 5%", "E121"),
            ("a measure turned round", "measure: '\u202edevlos', stage: now, value: 5%", "E121"),
            ("a measure without a name", "measure: '', stage: now, value: 5%", "E121"),
            ("a measure of ten thousand letters", f"measure: {'a' * 10_000}, stage: now, value: 5%", "E121"),
            ("a measure of nine hundred letters", f"measure: {'a' * 900}, stage: now, value: 5%", "E201"),
            ("an unknown stage", "measure: solved, stage: then, value: 5%", "E202"),
            ("no stage", "measure: solved, value: 5%", "E202"),
            ("a stage of an unstaged measure", "measure: alone, stage: now, value: 5", "E202"),
        )
    )
    for name, section, item, codes in (
        ("an unknown category", "assessments", "category: bio, stage: now, level: low, by: board", "E201"),
        ("an unknown level", "assessments", "category: cyber, stage: now, level: hgih, by: board", "E202"),
        ("a level of another ladder", "assessments", "category: cyber, stage: now, level: full, by: board", "E202"),
        ("an assessment without a stage", "assessments", "category: cyber, level: low, by: board", "E202"),
        ("an unknown basis", "assessments", "category: cyber, stage: now, level: low, by: board, basis: hope", "E120"),
        ("an unknown control", "attestations", "control: moat, by: board", "E201"),
        ("a level of a control without one", "attestations", "control: lock, level: full, by: board", "E202"),
        ("no level of a control with one", "attestations", "control: vault, by: board", "E202"),
        ("an unknown action", "approvals", "of: release, by: board", "E201"),
        ("an unknown role", "approvals", "of: deploy, by: ceo", "E201"),
        ("a role of nine hundred letters", "approvals", f"of: deploy, by: {'a' * 900}", "E201"),
        ("an unknown rule notified of", "notifications", "to: board, rule: nothing", "E201"),
        ("an unknown role notified", "notifications", "to: press, rule: ceiling", "E201"),
        ("an unknown event", "events", "event: doom", "E201"),
        ("an unknown duty", "duties", "duty: homework, by: board", "E201"),
        ("an unknown rule waived", "waivers", "rule: gravity, by: board", "E201"),
        ("a waiver for an unknown action", "waivers", "rule: ceiling, by: board, actions: [fly]", "E201"),
        ("persons with hidden letters", "approvals", "of: deploy, by: board, persons: ['A\u200b']", "E121"),
        ("persons that are none", "approvals", "of: deploy, by: board, persons: [{}]", "E111"),
    ):
        text = f"{HEAD}{section}:\n  - {{{item}, at: 2026-10-01}}\n"
        yield _case(name, text, codes)
    unknown = _said(readings=[{**_SOUND, "measure": f"zz{at}"} for at in range(1_500)])
    yield _case("thousands of unknown measures", unknown, "E201", file="evidence.json", heavy=True)
    unknown = _said(approvals=[{"of": f"zz{at}", "by": "ceo", "at": "2026-10-01"} for at in range(1_500)])
    yield _case("thousands of unknown actions", unknown, "E201", file="evidence.json", heavy=True)


def _dates() -> Iterator[Case]:
    """Dates that are none, or not yet."""
    for what, codes in (
        ("2027-01-01", "E204"),
        ("9999-12-31", "E204"),
        ("2026-11-22T00:00:00Z", "E204"),
        ("2026-02-30", "E119"),
        ("2026-13-01", "E119"),
        ("0000-01-01", "E119"),
        ("10000-01-01", "E119"),
        ("26-10-01", "E119"),
        ("10/01/2026", "E119"),
        ("2026-10-01T09:00:00", "E119"),
        ("2026-10-01T25:00:00Z", "E119"),
        ("2026-10-01T23:59:60Z", "E119"),
        ("2026-10-01T09:00:00+99:00", "E119"),
        ("0001-01-01T00:00:00+23:00", "E119"),
        ("yesterday", "E119"),
        ("1759276800", "E119"),
        ("'\u0662\u0660\u0662\u0666-10-01'", "E119"),
    ):
        yield _case(
            f"a reading at {what}", f"{HEAD}readings: [{{measure: solved, stage: now, value: 5%, at: {what}}}]\n", codes
        )
        yield _case(f"an event at {what}", f"{HEAD}events: [{{event: incident, at: {what}}}]\n", codes)
    expired = "{of: deploy, by: board, at: 2026-10-01, expires: 2026-09-01}"
    yield _case("an approval that expires before it begins", f"{HEAD}approvals: [{expired}]\n", "E131")
    yield _case("a holiday with a time", f"{HEAD}holidays: [2026-12-25T00:00:00Z]\n", "E119")
    yield _case("a holiday that is none", f"{HEAD}holidays: [christmas]\n", "E119")
    yield _case("a fact without a date", f"{HEAD}events: [{{event: incident}}]\n", "E114")
    ends = "".join(f"  - {{event: incident, at: {at}}}\n" for at in ("0001-01-01", "0001-01-01T00:00:00Z"))
    yield _case("events of the first year", f"{HEAD}events:\n{ends}", statuses=(1,))
    late = "{of: deploy, by: board, at: 0001-01-01, expires: 9999-12-31}"
    yield _case("an approval from the first year to the last", f"{HEAD}approvals: [{late}]\n", statuses=(1, 3))


def _together() -> Iterator[Case]:
    """Files that contradict each other, or say nothing together."""
    one, other = f"{HEAD}readings: [{{{READ}, run: r1}}]\n", READ.replace("successes: 1", "successes: 2")
    contradiction = {"more.yaml": f"{HEAD}readings: [{{{other}, run: r1}}]\n"}
    yield _case("two results of one run in two files", one, "E129", others=contradiction)
    both = f"{HEAD}readings: [{{{READ}, run: r1}}, {{{other}, run: r1}}]\n"
    yield _case("two results of one run in one file", both, "E129")
    for field, value in (("model", "other"), ("revision", "sha256:1"), ("attempt", "3")):
        first = "schema: policylang/evidence/v1\nsubject: {model: acme-7b, revision: sha256:0, attempt: 2}\n"
        second = f"schema: policylang/evidence/v1\nsubject: {{{field}: {value}}}\n"
        if field != "model":
            second = second.replace("{", "{model: acme-7b, ")
        yield _case(f"two subjects by `{field}`", first, "E128", others={"more.yaml": second})
    nothing = "schema: policylang/evidence/v1\n"
    yield _case("no subject", nothing, "E127")
    yield _case("no subject in two files", nothing, "E127", others={"more.yaml": nothing})
    yield _case("a sound file and a broken one", HEAD, "E107", others={"more.yaml": "a: [\n"})
    yield _case("a sound file and an empty one", HEAD, "E105", others={"more.yaml": ""})
    half = _said(events=[{"event": "incident", "at": f"{2000 + at % 20}-01-01"} for at in range(6_000)])
    files = {f"more{at}.json": half for at in range(2)}
    name = "files with eighteen thousand facts together"
    yield _case(name, half, "E103", file="evidence.json", others=files, heavy=True)


def _large() -> Iterator[Case]:
    """More than is read."""
    small = {"measure": "exploit", "value": "yes"}
    readings = _said(readings=[small] * 12_000)
    yield _case("twelve thousand readings", readings, "E103", file="evidence.json")
    events = _said(events=[{"event": "incident", "at": "2026-01-01"}] * 12_000)
    yield _case("twelve thousand events", events, "E103", file="evidence.json")
    readings = _said(readings=[_SOUND] * 100_000)
    yield _case("a hundred thousand readings", readings, "E103", file="evidence.json", heavy=True)
    units = _said(readings=[{"measure": "rating", "stage": "now", "units": [0.5] * 150_000}])
    yield _case("a hundred and fifty thousand outcomes", units, "E103", file="evidence.json")
    persons = {"of": "deploy", "by": "board", "at": "2026-01-01", "persons": [f"p{at}" for at in range(150_000)]}
    yield _case("a hundred and fifty thousand persons", _said(approvals=[persons]), "E103", file="evidence.json")
    holidays = _said(holidays=["2026-12-25"] * 150_000)
    yield _case("a hundred and fifty thousand holidays", holidays, "E103", file="evidence.json")
    errors = _said(readings=[{"measure": 5} for _ in range(8_000)])
    yield _case("thousands of errors", errors, "E114", "E123", "E202", file="evidence.json")
    runs = _said(readings=[{**_SOUND, "run": "r", "successes": at % 40} for at in range(1_500)])
    yield _case("thousands of results of one run", runs, "E129", file="evidence.json", heavy=True)


def _products() -> Iterator[Case]:
    """Files and policies that are small enough, and too much for each other."""
    sure = SMALL.replace('version "1"', 'version "1" confidence 95%')
    for name, readings in (
        ("thousands of exact tests", [{**_SOUND, "n": 1_000 + at} for at in range(4_000)]),
        ("exact tests of millions", [{**_SOUND, "n": 10_000_000 - at} for at in range(5)]),
        ("exact tests of tens of thousands of outcomes", [_outcomes(at) for at in range(3)]),
    ):
        yield _case(name, _said(readings=readings), "E206", file="evidence.json", policy=sure, heavy=True)
    roles = "".join(f"role r{at}\n" for at in range(100))
    names = ", ".join(f"r{at}" for at in range(100))
    rules = "".join(f"rule q{at} {{ require approval of {names} before deploy }}\n" for at in range(20))
    approvals = [{"of": "deploy", "by": "r1", "at": "2026-01-01", "persons": [f"p{at}"]} for at in range(1_500)]
    yield _case("approvals by thousands of persons", _said(approvals=approvals), "E206", file="evidence.json",
                policy=SMALL + roles + rules, heavy=True)  # fmt: skip
    events = [{"event": "incident", "at": f"{1000 + at // 12}-{1 + at % 12:02d}-01"} for at in range(3_000)]
    notices = "".join(f"rule q{at} {{ when incident notify board within 1 day of incident }}\n" for at in range(500))
    yield _case("a notification for each of thousands of events", _said(events=events), "E206", file="evidence.json",
                policy=SMALL + notices, heavy=True)  # fmt: skip
    cadence = SMALL + "evaluate after incident\n"
    readings = [{**_SOUND, "run": f"r{at}"} for at in range(1_500)]
    yield _case("thousands of readings and of events", _said(events=events, readings=readings), "E206",
                file="evidence.json", policy=cadence, heavy=True)  # fmt: skip
    vetoes = [{"of": "deploy", "by": "board", "at": "2026-01-01"} for _ in range(2)]
    many = [{**veto, "persons": [f"p{at}"]} for at, veto in enumerate(vetoes * 750)]
    actions = "".join(f"action x.a{at}\n" for at in range(1_000)) + "board may veto x\n"
    yield _case("vetoes by thousands of persons", _said(vetoes=many), "E206", file="evidence.json",
                policy=SMALL + actions, heavy=True)  # fmt: skip


def _outcomes(seed: int) -> Mapping[str, object]:
    units: Sequence[float] = [((at * 7 + seed) % 997) / 1_000 for at in range(20_000)]
    return {"measure": "rating", "stage": "now", "units": units}


def full() -> str:
    """A sound document with something of every kind."""
    return json.dumps(_FULL)
