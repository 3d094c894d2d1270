"""The contexts of `policylang.highlight` as a TextMate grammar, and the record that the real engine is tested with."""

import json
from collections import Counter
from typing import Any

from policylang.highlight import CONTEXTS, Step, scan, tokens


def grammar() -> str:
    """The grammar of `.policy` files, for VS Code and whatever else reads TextMate grammars."""
    uses = Counter(step for context in CONTEXTS.values() for step in context.steps)
    shared = {step: f"step_{number}" for number, step in enumerate(uses, 1) if uses[step] > 1}
    repository = {
        name: {"patterns": [{"include": f"#{shared[s]}"} if s in shared else _step(s) for s in context.steps]}
        for name, context in CONTEXTS.items()
    }
    top = repository.pop("top")
    repository |= {name: _step(step) for step, name in shared.items()}
    return _written(
        {
            "$comment": "made by editors/make.py from grammar/tokens.json and policylang/highlight",
            "name": "Policy",
            "scopeName": "source.policy",
            "fileTypes": ["policy"],
            **top,
            "repository": {name: repository[name] for name in sorted(repository)},
        }
    )


def record(text: str) -> str:
    """The pieces of a text as an engine should find them: for each line its columns, ends and innermost scopes."""
    lines: list[list[list[Any]]] = [[]]
    column = 0
    for piece in scan(text):
        for number, part in enumerate(piece.text.split("\n")):
            if number:
                lines.append([])
                column = 0
            if piece.style and part:
                lines[-1].append([column, column + len(part), scope(piece.style).split()[-1]])
            column += len(part)
    return json.dumps(lines, separators=(",", ":")).replace("]],[[", "]],\n[[") + "\n"


def scope(style: str) -> str:
    """The scopes of a style, the innermost last: a theme that does not know the last goes by the one before it."""
    return " ".join(f"{scope}.policy" for scope in tokens().styles[style]["textmate"].split())


def _step(step: Step) -> dict[str, Any]:
    if not step.into:
        return {"match": step.pattern, "captures": _captures(step)}
    context = CONTEXTS[step.into]
    assert context.end is not None
    return {
        "begin": step.pattern,
        "beginCaptures": _captures(step),
        "end": context.end.pattern,
        "endCaptures": _captures(context.end),
        **({"applyEndPatternLast": True} if context.last else {}),
        **({"name": scope(context.style)} if context.style else {}),
        "patterns": [{"include": f"#{step.into}"}],
    }


def _captures(step: Step) -> dict[str, dict[str, str]]:
    return {str(number): {"name": scope(style)} for number, style in enumerate(step.styles, 1)}


def _written(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"
