"""Texts that are being generated: what has come so far, and when one is done."""

from collections.abc import Collection, Sequence

from policylang import Failed, Generate, Text

from .sampling import Draw, stream_of
from .tokens import Encoder, Tokens

_MARGIN = 4
"""How many tokens more than a stop has bytes are looked at for it, since its ends may lie within tokens."""

NO_NUMBERS = Failed("the model's likelihoods are no finite numbers")
NO_ROOM = Failed("there is not enough memory to read it, not even alone")


class Draft:
    """A text that is generated: from `prompt`, at most `most` tokens, drawn as `draw` says; `made` are those so far."""

    __slots__ = ("draw", "index", "made", "most", "prompt", "stop")

    def __init__(self, index: int, request: Generate, prompt: Tokens, max_length: int) -> None:
        """Nothing is generated yet, and never will be more than the model reads."""
        self.index, self.prompt = index, prompt
        self.most = min(request.max_tokens, max_length - len(prompt))
        self.stop = tuple(dict.fromkeys(word for word in request.stop if word))
        self.draw = Draw()
        if request.temperature > 0:
            stream = stream_of(request.seed, request.sample, request.prompt)
            self.draw = Draw(request.temperature, request.top_p, stream)
        self.made: list[int] = []

    @property
    def tokens(self) -> Tokens:
        """The prompt, and what was generated so far."""
        return (*self.prompt, *self.made)

    @property
    def length(self) -> int:
        """How many tokens that is."""
        return len(self.prompt) + len(self.made)

    @property
    def longest(self) -> int:
        """How many tokens it may become."""
        return len(self.prompt) + self.most


class Ends:
    """Tells when a text is done: by a token that ends texts, by a stop, or by its limit."""

    def __init__(self, encoder: Encoder, ends: Collection[int]) -> None:
        """`ends` are the tokens that end a text."""
        self._encoder, self._ends = encoder, frozenset(ends)

    def after(self, drafts: Sequence[Draft], tokens: Sequence[int]) -> list[Text | Failed | None]:
        """Add the next token to each text; what has become of those that are done with it, and None for the others."""
        for draft, token in zip(drafts, tokens, strict=True):
            draft.made.append(token)
        watched = [draft for draft in drafts if draft.stop and draft.made[-1] >= 0]
        tails = self._encoder.texts([draft.made[-_look_back(draft) :] for draft in watched]) if watched else []
        seen = {id(draft): tail for draft, tail in zip(watched, tails, strict=True)}
        return [self._done(draft, seen.get(id(draft), "")) for draft in drafts]

    def _done(self, draft: Draft, tail: str) -> Text | Failed | None:
        if draft.made[-1] < 0:
            return NO_NUMBERS
        count = len(draft.made)
        if draft.made[-1] in self._ends:
            return self._text(draft, draft.made[:-1], ended=True)
        if any(word in tail for word in draft.stop):
            text = self._encoder.text(draft.made)
            if any(word in text for word in draft.stop):
                return Text(text=_before(text, draft.stop), tokens=count, ended=True)
        return self._text(draft, draft.made, ended=False) if count >= draft.most else None

    def _text(self, draft: Draft, tokens: Sequence[int], *, ended: bool) -> Text:
        text = self._encoder.text(tokens)
        return Text(text=_before(text, draft.stop), tokens=len(draft.made), ended=ended)


def _look_back(draft: Draft) -> int:
    return max(len(word.encode("utf-8", "surrogatepass")) for word in draft.stop) + _MARGIN


def _before(text: str, stops: Sequence[str]) -> str:
    """A text up to the first stop in it."""
    return text[: min((at for word in stops if (at := text.find(word)) >= 0), default=len(text))]
