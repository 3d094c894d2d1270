"""Bytes to text, and the text of a YAML or JSON file to a document: one reader for both, every scalar as text.

YAML is read as the events of its parser and composed here, because what makes YAML dangerous happens after the events:
types guessed from the look of a word, aliases that expand, keys that silently replace each other, tags that construct.
None of it is left. Of plain words only `null`, `~` and nothing mean that there is no value, and `true` and `false` are
`yes` and `no`, as in JSON. What can cost more than it says is bounded before it is parsed: bytes, lines, events, depth.
"""

import re
from collections.abc import Iterator
from typing import Any

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.document import FLATTEN, SPLIT, Document, Findings, Stopped, Value, Where, Wheres, shown
from policylang.evidence.strict_json import check_hidden, check_key, compose_json
from policylang.source import Place, Source, Span

MAX_BYTES = 16 << 20
"""How large a file may be; a door need not read more than one byte beyond it."""
MAX_YAML = 1 << 20
MAX_LINES = 300_000
MAX_EVENTS = 100_000
MAX_DEPTH = 32

_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_JSON_LOOK = re.compile(r'\s*\{\s*["}]')
_DIRECTIVE = re.compile(r"^%.*", re.MULTILINE)
_NO_VALUE = ("", "~", "null")
_BOOLEANS = {"true": "yes", "false": "no"}
_QUOTING = "check the indentation; a text with `: `, ` #` or a leading sign such as `@` or `*` needs quotes"
_NO_MARK = "save it as UTF-8 without a byte order mark (BOM)"
_BINARY = "give evidence as YAML or JSON in UTF-8; a log of an eval tool is read by its own reader"


def decode(name: str, data: bytes) -> Source:
    """The text of a file; raises EvidenceError when it is too large, or no UTF-8."""
    _check_size(name, len(data), data.count(b"\n"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:3] == b"\xef\xbb\xbf":
        raise _refused(name, ("E101", "the file begins with a byte order mark", _NO_MARK))
    if (zero := data.find(0)) >= 0:
        raise _refused(name, ("E101", "a NUL byte stands here: this is no text", _BINARY), data[:zero])
    try:
        return Source(name=name, text=data.decode())
    except UnicodeDecodeError as error:
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise _refused(name, ("E101", message, _BINARY), data[: error.start]) from None


def read_document(source: Source) -> tuple[Document | None, list[Diagnostic]]:
    """The document of a file, or None and what is wrong with it."""
    findings = Findings(source)
    try:
        _check_size(source.name, len(source.text), source.text.count("\n"))
        _check_text(findings)
        document = _compose(findings)
        if not findings.found and not isinstance(document.root, dict):
            _wrong_root(document, findings)
    except EvidenceError as error:
        return None, list(error.diagnostics)
    except Stopped:
        return None, findings.found
    return (None if findings.found else document), findings.found


def _check_size(name: str, size: int, lines: int) -> None:
    """Raise EvidenceError where a file is so large that even its places would cost too much."""
    if size > MAX_BYTES:
        raise _refused(name, ("E103", f"the file has {size} bytes, {MAX_BYTES} are read", SPLIT))
    if lines > MAX_LINES:
        raise _refused(name, ("E103", f"the file has {lines} lines, {MAX_LINES} are read", SPLIT))


def _refused(name: str, fault: tuple[str, str, str], before: bytes = b"") -> EvidenceError:
    """Bytes that are no text: code, message and help, placed at the end of what could be read before the fault."""
    source = Source(name=name, text=before.decode(errors="replace"))
    place = Place(source, Span(len(source.text), len(source.text)))
    code, message, remedy = fault
    return EvidenceError([Diagnostic(code=code, message=message, place=place, help=remedy)])


def _check_text(findings: Findings) -> None:
    """Refuse what is no text of evidence whatever its syntax: empty, or with characters that no text has."""
    text = findings.source.text
    if text.startswith("\ufeff"):
        findings.stop("E101", "the file begins with a byte order mark", Span(0, 1), help=_NO_MARK)
    if not text.isascii() or len(text) != len(text.encode().translate(None, _CONTROLS)):
        for count, hidden in enumerate(_HIDDEN.finditer(text)):
            check_hidden(hidden[0], Span(hidden.start(), hidden.end()), findings)
            if count == 9:
                break
    if findings.found:
        raise Stopped
    if not text.strip():
        remedy = "a file of evidence begins with `schema: policylang/evidence/v1`"
        findings.stop("E105", "the file is empty", Span(0, 0), help=remedy)


def _compose(findings: Findings) -> Document:
    """The document a text writes, by what it is: JSON where it begins with a brace, else YAML.

    A brace begins a YAML mapping too. A text that is no JSON is then tried as YAML, and when it is neither, the error
    is that of the notation it looks like.
    """
    source = findings.source
    is_json = source.name.lower().endswith(".json")
    if not is_json and not source.text.lstrip().startswith("{"):
        return _compose_yaml(findings)
    try:
        return compose_json(findings)
    except Stopped:
        if is_json or findings.found[-1].code != "E106" or len(source.text) > MAX_YAML:
            raise
    found_as_json = findings.found.copy()
    findings.found.clear()
    try:
        return _compose_yaml(findings)
    except Stopped:
        if findings.found[-1].code == "E107" and _JSON_LOOK.match(source.text):
            findings.found[:] = found_as_json
        raise


def _compose_yaml(findings: Findings) -> Document:
    text = findings.source.text
    size = len(text) if len(text) > MAX_YAML else len(text.encode())
    if size > MAX_YAML:
        message = f"the file has {size} bytes, of YAML {MAX_YAML} are read"
        findings.stop("E103", message, Span(0, 0), help="split it into several files, or write large evidence as JSON")
    if directive := _DIRECTIVE.search(text):
        remedy = "leave it out; a line that begins with `%` is a directive, indent it where it is text"
        findings.stop("E109", "a YAML directive stands here", Span(*directive.span()), help=remedy)
    import yaml  # takes a tenth of a check, and evidence in JSON needs none of it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(findings, yaml.parse(text, Loader=loader)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        at = min(mark.index if mark else 0, len(text))
        problem = getattr(error, "problem", None) or "the text cannot be parsed"
        if text[at : at + 1] == "\t":
            problem = "a tab stands where only spaces may indent"
        findings.stop("E107", f"this is not YAML: {problem}", Span(at, min(at + 1, len(text))), help=_QUOTING)


class _Composer:
    """The events of one text on their way to values."""

    def __init__(self, findings: Findings, events: Iterator[Any]) -> None:
        self.findings = findings
        self.events = events
        self.places: dict[int, Wheres] = {}
        self.count = 0

    def document(self) -> Document:
        """The one document of the text; raises Stopped where it is none or several."""
        root: Value = None
        span = Span(0, 0)
        for event in self.events:
            match type(event).__name__:
                case "StreamStartEvent" | "StreamEndEvent" | "DocumentEndEvent":
                    pass
                case "DocumentStartEvent":
                    if self.places or span.end:
                        remedy = "put each document into a file of its own; evidence is merged from any number"
                        self.findings.stop("E110", "a second YAML document begins here", _span(event), help=remedy)
                case _:
                    root, span = self.node(event, 0)
        return Document(source=self.findings.source, root=root, span=span, places=self.places)

    def node(self, event: Any, depth: int) -> tuple[Value, Span]:
        """The value that an event begins, and its span."""
        self.count += 1
        if self.count > MAX_EVENTS:
            message = f"more than {MAX_EVENTS} values"
            self.findings.stop("E103", message, _span(event), help="split the file, or write large evidence as JSON")
        self.refuse_references(event)
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return self.scalar(event), _span(event)
        if depth == MAX_DEPTH:
            self.findings.stop("E104", f"nested more than {MAX_DEPTH} deep", _span(event), help=FLATTEN)
        if kind == "MappingStartEvent":
            return self.mapping(event, depth + 1)
        return self.list(event, depth + 1)

    def refuse_references(self, event: Any) -> None:
        """Refuse what makes a value stand for something other than what is written."""
        if type(event).__name__ == "AliasEvent":
            message = f"the alias `*{event.anchor}` stands here"
            self.findings.stop("E109", message, _span(event), help="write the value out")
        if event.anchor is not None:
            self.findings.add("E109", f"the anchor `&{event.anchor}` stands here", _span(event), help="leave it out")
        if event.tag is not None:
            message = f"the tag {shown(event.tag)} stands here"
            self.findings.add("E109", message, _span(event), help="leave it out: every value is read as text")

    def scalar(self, event: Any) -> str | None:
        """The text of a scalar; None where a plain word says that there is no value."""
        text = str(event.value)
        if event.style is None or event.style == "":
            return None if text in _NO_VALUE else _BOOLEANS.get(text, text)
        if event.style == '"' and (hidden := _HIDDEN.search(text)):
            check_hidden(hidden[0], _span(event), self.findings)
        return text

    def mapping(self, start: Any, depth: int) -> tuple[Value, Span]:
        """The mapping that an event begins."""
        entries: dict[str, Value] = {}
        wheres: dict[str, Where] = {}
        self.places[id(entries)] = wheres
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                return entries, Span(start.start_mark.index, event.end_mark.index)
            key = self.key(event, wheres)
            value, span = self.node(next(self.events), depth)
            if key is not None and key not in entries:
                entries[key] = value
                wheres[key] = Where(event.start_mark.index, event.end_mark.index, span.start, span.end)
        raise Stopped  # the parser ends a mapping or raises

    def key(self, event: Any, wheres: dict[str, Where]) -> str | None:
        """The text of a key."""
        self.count += 1
        self.refuse_references(event)
        if type(event).__name__ != "ScalarEvent":
            remedy = "a key is one word; braces in a text need quotes"
            self.findings.stop("E111", "a mapping or list stands as a key", _span(event), help=remedy)
        key = str(event.value)
        if key == "<<" and not event.style:
            self.findings.stop("E109", "the merge key `<<` stands here", _span(event), help="write the entries out")
        check_key(key, _span(event), wheres, self.findings)
        return key

    def list(self, start: Any, depth: int) -> tuple[Value, Span]:
        """The list that an event begins."""
        items: list[Value] = []
        wheres: list[Where] = []
        self.places[id(items)] = wheres
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                return items, Span(start.start_mark.index, event.end_mark.index)
            value, span = self.node(event, depth)
            items.append(value)
            wheres.append(Where(span.start, span.end, span.start, span.end))
        raise Stopped  # the parser ends a list or raises


def _span(event: Any) -> Span:
    return Span(event.start_mark.index, event.end_mark.index)


def _wrong_root(document: Document, findings: Findings) -> None:
    """Note that a file holds something other than a mapping."""
    remedy = "a file of evidence begins with `schema: policylang/evidence/v1`"
    if document.root is None:
        findings.add("E105", "the file holds nothing", document.span, help=remedy)
    else:
        kind = "a list" if isinstance(document.root, list) else "a text"
        findings.add("E111", f"the file holds {kind}, and evidence is a mapping", document.span, help=remedy)
