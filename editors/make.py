"""Makes what editors read anew, from `grammar/tokens.json`, `grammar/policy.lark` and `policylang.highlight`.

python editors/make.py           write the files
python editors/make.py --check   say which are not up to date, and end with 1 if any is not
"""

import sys
from pathlib import Path

import textmate
import treesitter

from policylang import resources

HERE = Path(__file__).parent
SAMPLE = HERE / "vscode" / "test" / "sample.policy"


def made() -> dict[str, str]:
    """What each made file holds, by its path in this folder."""
    grammar = resources.grammar_text()
    return {
        "tree-sitter-policy/grammar.js": treesitter.grammar_js(grammar),
        "tree-sitter-policy/queries/highlights.scm": treesitter.highlights(grammar),
        "vscode/syntaxes/policy.tmLanguage.json": textmate.grammar(),
        "vscode/test/sample.json": textmate.record(SAMPLE.read_text("utf-8")),
    }


def main(arguments: list[str]) -> int:
    """Write what has changed, or say what has."""
    is_check = "--check" in arguments
    files = made()
    old = [name for name, text in files.items() if not _same(HERE / name, text)]
    for name in old:
        if not is_check:
            (HERE / name).write_text(files[name], "utf-8")
        sys.stdout.write(f"editors/{name} {'is not up to date' if is_check else 'written'}\n")
    return 1 if old and is_check else 0


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
