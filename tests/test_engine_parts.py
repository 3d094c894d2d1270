"""The parts of the engine by themselves: tokens of pieces, trees of texts, rows of trees, shared beginnings."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policylang.evaluators.engine.tokens import Encoder, pieces
from policylang.evaluators.engine.tree import Line, Node, Want, below, grown, is_chain, laid_out, packed, stems

from small_models import tokenizer

Texts = Sequence[tuple[int, ...]]
TEXTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9).map(tuple), min_size=1, max_size=12)
WORDS = st.lists(
    st.sampled_from(
        ["the weather", "a", " ", "  ", "\n", "\n\n", "don't", "3", "12 * 12", ".", "é", "漢", "<s>", "\t", "'s"]
    ),
    max_size=150,
).map("".join)


def lines(texts: Texts) -> list[Line]:
    """Texts of which the last half of the places is wanted, each by itself."""
    found = []
    for part, text in enumerate(texts):
        first = len(text) // 2
        found.append(Line(text, Want(first, tuple(range(100 + part, 100 + part + len(text) - first)), part)))
    return found


def seen(row: Any, column: int) -> list[int]:
    """The tokens that one token of a row looks at, itself last, by the rule of exits."""
    return [row.tokens[at] for at in range(column + 1) if column < row.exits[at]]


@given(TEXTS, st.integers(1, 12))
def test_every_token_of_a_row_sees_its_text_and_nothing_else(texts: Texts, width: int) -> None:
    """Wherever a text is laid out, each wanted place looks at exactly the text up to it, and asks what is next."""
    found: dict[int, dict[int, int]] = {}
    rows = packed(grown(lines(texts)), width)
    for nodes in rows:
        row = laid_out(nodes)
        assert len(row.tokens) == sum(node.size for node in nodes)
        assert len(row.tokens) <= width or len(nodes) == 1
        for want in row.wants:
            for i, target in enumerate(want.targets):
                place = row.places[want.place + i]
                assert seen(row, want.place + i) == list(texts[want.part][: place + 1])
                assert found.setdefault(want.part, {}).setdefault(place, target) == target
    wanted = {line.want.part: dict(enumerate(line.want.targets, line.want.place)) for line in lines(texts)}
    assert found == wanted


@given(TEXTS)
def test_what_is_shared_stands_in_a_tree_once(texts: Texts) -> None:
    """A tree has one token for each distinct beginning of its texts, and each is below the one before it."""
    roots = grown(lines(texts))
    beginnings = {text[:end] for text in texts for end in range(1, len(text) + 1)}
    assert sum(root.size for root in roots) == len(beginnings)
    assert sum(len(want.targets) for root in roots for want in below(root)) == sum(
        len(line.want.targets) for line in lines(texts)
    )
    for root in roots:
        assert is_chain(root) == (len(_ways(root)) == 1)


def _ways(node: Node) -> list[tuple[int, ...]]:
    """The ways from a node to each end below it."""
    if not node.children:
        return [node.tokens]
    return [node.tokens + way for child in node.children for way in _ways(child)]


@given(TEXTS.map(lambda texts: [(*(7,) * 20, *text) for text in texts]) | TEXTS)
def test_a_stem_begins_others_too_and_ends_before_its_text(texts: Texts) -> None:
    """Each text begins with its stem and goes on, and another distinct text has the same stem."""
    found = stems(texts)
    assert found.keys() == set(texts)
    begun = {text: text[:length] for text, length in found.items()}
    for text, stem in begun.items():
        assert len(stem) < len(text)
        if stem:
            assert len(stem) >= 16
            assert sum(other == stem for other in begun.values()) > 1


def test_the_stems_that_save_most_are_chosen() -> None:
    """Of a short beginning that all share and two long ones that parts share, the long ones are read once each."""
    texts: Texts = [(*(0,) * 20, *(kind,) * 50, i) for kind in (1, 2) for i in (3, 4, 5)]
    assert set(stems(texts).values()) == {70}
    texts = [(*(0,) * 20, *(kind,) * 50) for kind in range(1, 7)]
    assert set(stems(texts).values()) == {20}


# Tokens


@given(WORDS)
def test_pieces_make_up_their_text(text: str) -> None:
    """Cutting loses nothing, and each cut is between a letter or digit and a space."""
    found = pieces(text)
    assert "".join(found) == text
    for before, after in itertools.pairwise(found):
        assert len(before) >= 256
        assert before[-1].isalnum()
        assert after[0] == " "


PATTERNS = {
    "llama": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+",
    "qwen": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+",
}


def tokenizer_like(pattern: str, *, normal: bool = False, begins: bool = False) -> Any:
    """The small tokenizer with another way to split texts into words."""
    from tokenizers import Regex, normalizers, pre_tokenizers

    made = tokenizer(begins=begins)
    if pattern:
        split = pre_tokenizers.Split(Regex(PATTERNS.get(pattern, pattern)), "isolated")
        level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        made.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
    if normal:
        made.backend_tokenizer.normalizer = normalizers.NFC()
    return made


@pytest.mark.parametrize(("pattern", "normal"), [("", False), ("llama", False), ("qwen", True)])
def test_tokens_of_pieces_are_those_of_the_text(pattern: str, *, normal: bool) -> None:
    """For each known way to split, a text in pieces has the tokens it has whole, with the token that begins it."""
    made = tokenizer_like(pattern, normal=normal, begins=True)
    encoder = Encoder(made, 1 << 20)
    assert encoder.is_cut

    @given(WORDS)
    def holds(text: str) -> None:
        special = not text.startswith("<s>")
        assert encoder.tokens([text])[text] == tuple(made(text, add_special_tokens=special).input_ids)

    holds()


def test_a_tokenizer_that_is_not_known_is_asked_for_whole_texts() -> None:
    """Another pattern, a dropout, a space put before texts, an added token over a space: texts are never cut."""
    from tokenizers import AddedToken, pre_tokenizers

    other = tokenizer_like(r"\w+ \w+|\s+|[^\w\s]+")
    spaced = tokenizer()
    spaced.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    added = tokenizer()
    added.add_tokens([AddedToken("weather in")])
    random = tokenizer()
    random.backend_tokenizer.model.dropout = 0.5
    for made in (other, spaced, added, random):
        assert not Encoder(made, 100).is_cut
    text = "the weather in a small town " * 20
    for made in (other, spaced, added):
        assert Encoder(made, 1000).tokens([text])[text] == tuple(made(text).input_ids)
