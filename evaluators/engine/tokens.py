"""Texts as tokens, exactly as lm-evaluation-harness and transformers would have them, each distinct piece read once.

Context and text are tokenized together, since a token may reach over the border between them: the tokens of the text
are those that follow as many as the context has alone. White space at the end of the context goes to the text.

Many texts begin with the same examples. Where a tokenizer is known to split at a letter or digit that a space follows,
whatever stands elsewhere, long texts are cut at such places, and each distinct piece is tokenized once. That holds for
byte-level BPE with one of the known patterns: no pattern has a match that goes over such a border, looks behind it, or
looks ahead from before a letter; a normal form does not join a letter and a space; and added tokens are looked at one
by one. For every other tokenizer each distinct text is tokenized whole.
"""

import itertools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from policylang import Failed, Generate, Score

from .tree import Line, Want

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Tokens = tuple[int, ...]

_PIECE = 256
"""How many characters a piece has at least."""

_LETTER_SPACE = re.compile(r"[0-9A-Za-z] ")
_LETTER_LAST = re.compile(r"[0-9A-Za-z]$")
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_KNOWN_PATTERNS = frozenset(
    {
        r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        _WORDS + r"|\p{N}{1,3}" + _REST,
        _WORDS + r"|\p{N}" + _REST,
    }
)
"""How the tokenizers of GPT-2, of Llama 3 and GPT-4, and of Qwen split texts before they look at them."""


class Encoder:
    """The tokenizer of a model, asked in batches."""

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", max_length: int) -> None:
        """Look once at how the tokenizer works; `max_length` is how many tokens the model reads."""
        self._tokenizer = tokenizer
        self._max_length = max_length
        start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        self._start: int | None = start if isinstance(start, int) else None
        self._start_text = "" if self._start is None else str(tokenizer.decode([self._start]))
        self._around = _around(tokenizer)
        self.is_cut = _splits(tokenizer)

    # What requests read

    def lines(self, requests: Sequence[Score]) -> list[list[Line] | Failed]:
        """What is read for each request, one line or a window after another, its part being the request's index."""
        pairs = [_moved(request) for request in requests]
        needed = [text for context, whole in pairs for text in (context, whole) if text]
        known = self.tokens(needed)
        found: list[list[Line] | Failed] = []
        for index, (request, (context, whole)) in enumerate(zip(requests, pairs, strict=True)):
            if not request.text:
                found.append(Failed("the text is empty"))
            elif context:
                found.append(self._after(known[context], known[whole], index))
            else:
                found.append(self._alone(known[whole], index))
        return found

    def prompts(self, requests: Sequence[Generate]) -> list[Tokens | Failed]:
        """The tokens of each prompt."""
        known = self.tokens([request.prompt for request in requests])
        most = self._max_length - 1
        return [_within(known[request.prompt], most) for request in requests]

    def _after(self, context: Tokens, whole: Tokens, part: int) -> list[Line] | Failed:
        text = whole[len(context) :]
        if not context or not text:
            return Failed("the text adds no token to its context")
        if len(context) + len(text) > self._max_length + 1:
            length = len(context) + len(text)
            return Failed(f"context and text have {length} tokens, and the model reads {self._max_length}")
        return [Line((context + text)[:-1], Want(len(context) - 1, text, part))]

    def _alone(self, text: Tokens, part: int) -> list[Line] | Failed:
        """The windows of a text without context: after the token that begins texts, each token scored once."""
        if self._start is None:
            return Failed("the tokenizer has no token that begins a text")
        context = (self._start,)
        if text and text[0] == self._start:
            text = text[1:]
        if not text:
            return Failed("the text has no token")
        return list(_windows(context + text, self._max_length, part))

    # Tokens

    def tokens(self, texts: Iterable[str]) -> Mapping[str, Tokens]:
        """The tokens of each text, with the special tokens its beginning and end get where it brings none itself."""
        distinct = list(dict.fromkeys(texts))
        if self._around is None:
            return dict(zip(distinct, self._with_specials(distinct), strict=True))
        before, after = self._around
        plain = self._plain(distinct)
        return {text: ids if self._is_begun(text) else before + ids + after for text, ids in plain.items()}

    def _is_begun(self, text: str) -> bool:
        return bool(self._start_text) and text.startswith(self._start_text)

    def _with_specials(self, texts: Sequence[str]) -> list[Tokens]:
        return [_encoded(self._tokenizer, [text], special=not self._is_begun(text))[0] for text in texts]

    def _plain(self, texts: Sequence[str]) -> dict[str, Tokens]:
        """The tokens of each text alone."""
        cut = {text: pieces(text) if self.is_cut else [text] for text in texts}
        distinct = list(dict.fromkeys(itertools.chain.from_iterable(cut.values())))
        known = dict(zip(distinct, _encoded(self._tokenizer, distinct, special=False), strict=True))
        join = itertools.chain.from_iterable
        return {text: tuple(join(known[piece] for piece in of)) for text, of in cut.items()}

    def text(self, tokens: Sequence[int]) -> str:
        """Generated tokens as text, special ones left out."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))

    def texts(self, tokens: Sequence[Sequence[int]]) -> list[str]:
        """Several rows of generated tokens as texts."""
        return [
            str(text) for text in self._tokenizer.batch_decode([list(row) for row in tokens], skip_special_tokens=True)
        ]


def pieces(text: str) -> list[str]:
    """A text cut before spaces that follow a letter or digit, pieces of a text that begins alike being alike."""
    found: list[str] = []
    start = 0
    while True:
        at = text.find(" ", start + _PIECE)
        while at >= 0 and not (text[at - 1].isascii() and text[at - 1].isalnum()):
            at = text.find(" ", at + 1)
        if at < 0:
            return [*found, text[start:]]
        found.append(text[start:at])
        start = at


def _moved(request: Score) -> tuple[str, str]:
    """The context without the white space at its end, and the whole."""
    return request.context.rstrip(), request.context + request.text


def _within(tokens: Tokens, most: int) -> Tokens | Failed:
    if not tokens:
        return Failed("the prompt has no token")
    if len(tokens) > most:
        return Failed(f"the prompt has {len(tokens)} tokens, and the model reads {most} before it answers")
    return tokens


def _windows(tokens: Tokens, width: int, part: int) -> Iterable[Line]:
    """Windows that score each token but the first once, with as much before it as a window has room for."""
    done = 1
    while done < len(tokens):
        end = min(done + width, len(tokens))
        first = max(0, end - 1 - width)
        yield Line(tokens[first : end - 1], Want(done - 1 - first, tokens[done:end], part))
        done = end


def _encoded(tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str], *, special: bool) -> list[Tokens]:
    if not texts:
        return []
    found: Any = tokenizer(list(texts), add_special_tokens=special, return_attention_mask=False, verbose=False)
    return [tuple(ids) for ids in found["input_ids"]]


# How a tokenizer works


def _around(tokenizer: "PreTrainedTokenizerBase") -> tuple[Tokens, Tokens] | None:
    """The special tokens before and after every text; None where that is not all the tokenizer does."""
    probes = ["a", "one two", "3.\n"]
    plain = _encoded(tokenizer, probes, special=False)
    full = _encoded(tokenizer, probes, special=True)
    around = {_outside(whole, inner) for whole, inner in zip(full, plain, strict=True)}
    return around.pop() if len(around) == 1 else None


def _outside(whole: Tokens, inner: Tokens) -> tuple[Tokens, Tokens] | None:
    for at in range(len(whole) - len(inner) + 1):
        if whole[at : at + len(inner)] == inner:
            return whole[:at], whole[at + len(inner) :]
    return None


def _splits(tokenizer: "PreTrainedTokenizerBase") -> bool:
    """Whether texts may be cut between a letter or digit and a space, and the tokens stay the same."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return False
    made = json.loads(backend.to_str())
    model, normal = made.get("model") or {}, made.get("normalizer")
    return (
        model.get("type") == "BPE"
        and not any(model.get(key) for key in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"))
        and (normal is None or normal == {"type": "NFC"})
        and _splits_words(made.get("pre_tokenizer"))
        and not any(map(_reaches_over, made.get("added_tokens") or []))
    )


def _splits_words(how: Any) -> bool:
    """Whether texts are split into words, each with the space before it, before anything else."""
    match how:
        case {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}:
            return True
        case {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False},
                {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False},
            ],
        }:
            return pattern in _KNOWN_PATTERNS
        case _:
            return False


def _reaches_over(token: Mapping[str, Any]) -> bool:
    """Whether an added token may stand on both sides of a cut."""
    text = str(token.get("content"))
    return bool(_LETTER_SPACE.search(text) or (token.get("rstrip") and _LETTER_LAST.search(text)))
