"""The session: items are begun, what they ask is put together over all tasks, and each distinct request is asked once.

Evaluators are generators, so a session is rounds: every item that waits has asked something; what is not known yet is
asked of its model, batch by batch, and kept as it comes; then every item gets its answers, and asks again or is done.
Nothing an evaluator gives is believed before it is checked, and an item that cannot be finished is an error, not a gap.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from policylang.diagnostics import Diagnostic, EvidenceError
from policylang.evidence.asking import (
    SUBJECT,
    Answer,
    Backend,
    Evaluator,
    Failed,
    Generate,
    Item,
    Measuring,
    Plan,
    Request,
)
from policylang.evidence.logs import Attempt
from policylang.measuring.around import Around
from policylang.measuring.store import Key, Store, fits, key_of

MAX_ROUNDS = 100
"""How often an evaluator may ask about one item."""
MAX_REQUESTS = 10_000
"""How much it may ask at once."""

Tell = Callable[[int, int], None]
"""Told how many requests of a round are answered, and of how many."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A model that answers, and the key under which its answers are kept."""

    backend: Backend
    key: Key


@dataclass(frozen=True, kw_only=True)
class Part:
    """One task at one stage: its items in the order in which they are asked, and by what and of which models.

    `models` has the model of every role.
    """

    name: str
    items: tuple[Item, ...]
    evaluator: Evaluator
    settings: object
    metric: str
    models: Mapping[str, str]
    around: Around = field(default_factory=Around)


class Models:
    """The models of a session, opened when they are first asked."""

    def __init__(self, openers: Mapping[str, Callable[[], Backend]], weights: Mapping[str, str]) -> None:
        """Nothing is opened yet; `weights` are the digests of the models."""
        self._openers = dict(openers)
        self._weights = dict(weights)
        self._opened: dict[str, Opened] = {}

    def add(self, name: str, opener: Callable[[], Backend], weights: str) -> None:
        """Another model, with the digest of its weights."""
        self._openers[name] = opener
        self._weights[name] = weights

    def get(self, name: str) -> Opened:
        """A model by its name; raises EvidenceError where it cannot be opened."""
        if name not in self._opened:
            backend = self._openers[name]()
            self._opened[name] = Opened(backend=backend, key=key_of(self._weights[name], backend.identity))
        return self._opened[name]

    def close(self) -> None:
        """Close all."""
        for opened in self._opened.values():
            opened.backend.close()
        self._opened.clear()


@dataclass
class _Begun:
    """An item under way: what it asks at present, and of which model."""

    part: int
    item: Item
    measuring: Measuring
    asked: Sequence[Request]
    answers: list[Answer | Failed | None]
    rounds: int = 1


Results = dict[str, tuple[Attempt, ...]]
"""The attempts at every item that is done, by its name."""


class Session:
    """Parts on their way to results. `results` has them so far, part by part, also after an interruption."""

    def __init__(
        self, parts: Sequence[Part], models: Models, store: Store, tell: Tell = lambda _done, _all: None
    ) -> None:
        """Nothing is asked yet."""
        self.parts = parts
        self.results: list[Results] = [{} for _ in parts]
        self.asked = 0
        self.known = 0
        self._models = models
        self._store = store
        self._tell = tell
        self._begun: dict[tuple[int, str], _Begun] = {}

    def begin(self, wanted: Iterable[tuple[int, Item]]) -> None:
        """Let items ask for the first time, without asking any model; raises EvidenceError at a row of no use."""
        for number, item in wanted:
            part = self.parts[number]
            if (number, item.name) in self._begun or item.name in self.results[number]:
                continue
            measuring = part.evaluator.measure(item, part.settings, part.metric)
            try:
                asked = next(measuring)
            except StopIteration as stop:
                self._finish(number, item, stop.value)
                continue
            except ValueError as error:
                raise _bad_row(part, item, error) from None
            except Exception as error:  # noqa: BLE001  # evaluators are anybody's code
                raise _broken(part, item, type(error).__name__) from None
            self._begun[number, item.name] = self._waiting(number, item, measuring, asked)

    def first_requests(self) -> Mapping[tuple[int, str], Sequence[Request]]:
        """What every item that is begun asks at present."""
        return {key: begun.asked for key, begun in self._begun.items()}

    def plan(self) -> Mapping[str, Plan]:
        """What the first requests of all that is begun would take, model by model, without what is known."""
        found = {}
        for name, requests in self._by_model(self._begun.values()).items():
            opened = self._models.get(name)
            unknown = self._unknown(opened, dict.fromkeys(requests))
            found[name] = replace(opened.backend.plan(unknown), requests=len(requests))
        return found

    def ask(self, wanted: Iterable[tuple[int, Item]]) -> None:
        """Take items to their end. After an interruption `finish_answered` ends those that were answered before it."""
        chosen = list(wanted)
        self.begin(chosen)
        waiting = {(number, item.name) for number, item in chosen} & set(self._begun)
        while waiting:
            begun = [self._begun[key] for key in sorted(waiting)]
            for name in self._by_model(begun):
                self._answer(name, begun)
            for one in begun:
                self._go_on(one)
            waiting &= set(self._begun)

    def finish_answered(self) -> None:
        """Take to their end the items under way that have all their answers, without asking anything more."""
        for one in list(self._begun.values()):
            if all(answer is not None for answer in one.answers):
                self._go_on(one)

    # What is asked

    def _waiting(self, number: int, item: Item, measuring: Measuring, asked: object) -> _Begun:
        """An item that waits for answers; filters answer at once."""
        part = self.parts[number]
        if (
            not isinstance(asked, Sequence)
            or len(asked) > MAX_REQUESTS
            or not all(isinstance(r, Request) for r in asked)
        ):
            raise _broken(part, item, "something else than requests")
        if unknown := {request.role for request in asked} - set(part.models):
            raise _no_role(part, min(unknown))
        answers = [part.around.blocked(r) if r.role == SUBJECT else None for r in asked]
        return _Begun(part=number, item=item, measuring=measuring, asked=asked, answers=list(answers))

    def _put(self, part: Part, request: Request) -> Request:
        """A request as the weights get it, whoever it is for."""
        if request.role != SUBJECT:
            return replace(request, role=SUBJECT)
        return part.around.put(request, self._models.get(part.models[SUBJECT]).backend)

    def _by_model(self, begun: Iterable[_Begun]) -> dict[str, list[Request]]:
        """What is asked of each model, as it gets it."""
        found: dict[str, list[Request]] = {}
        for one in begun:
            part = self.parts[one.part]
            for request, answer in zip(one.asked, one.answers, strict=True):
                if answer is None:
                    found.setdefault(part.models[request.role], []).append(self._put(part, request))
        return found

    def _unknown(self, opened: Opened, requests: Iterable[Request]) -> list[Request]:
        keyed = {opened.key.of(request): request for request in requests}
        known = self._store.known(list(keyed))
        return [request for key, request in keyed.items() if key not in known or not fits(request, known[key])]

    def _answer(self, name: str, begun: Sequence[_Begun]) -> None:
        """Fill in the answers of one model, from what is kept and from the model."""
        opened = self._models.get(name)
        places: dict[Request, list[tuple[_Begun, int]]] = {}
        for one in begun:
            part = self.parts[one.part]
            for at, (request, answer) in enumerate(zip(one.asked, one.answers, strict=True)):
                if answer is None and part.models[request.role] == name:
                    places.setdefault(self._put(part, request), []).append((one, at))
        keys = {request: opened.key.of(request) for request in places}
        known = self._store.known(list(keys.values()))
        wanted = []
        for request, key in keys.items():
            if key in known and fits(request, known[key]):
                self._fill(places[request], known[key])
                self.known += 1
            else:
                wanted.append(request)
        done = 0
        for batch in opened.backend.answer(wanted) if wanted else ():
            self._store.keep((keys[wanted[at]], answer) for at, answer in batch)
            for at, answer in batch:
                self._fill(places[wanted[at]], answer)
            done += len(batch)
            self.asked += len(batch)
            self._tell(done, len(wanted))

    def _fill(self, places: Sequence[tuple[_Begun, int]], answer: Answer | Failed) -> None:
        for one, at in places:
            part = self.parts[one.part]
            is_subject = one.asked[at].role == SUBJECT
            one.answers[at] = part.around.let_out(answer) if is_subject and not isinstance(answer, Failed) else answer

    # What comes of it

    def _go_on(self, one: _Begun) -> None:
        """Give an item its answers: it asks again, or is done."""
        part = self.parts[one.part]
        del self._begun[one.part, one.item.name]
        if any(answer is None or isinstance(answer, Failed) for answer in one.answers):
            one.measuring.close()
            self.results[one.part][one.item.name] = (Attempt(None, "error"),)
            return
        if one.rounds >= MAX_ROUNDS:
            raise _broken(part, one.item, f"more than {MAX_ROUNDS} rounds of requests")
        try:
            asked = one.measuring.send(list(one.answers))
        except StopIteration as stop:
            self._finish(one.part, one.item, stop.value)
            return
        except ValueError:
            self.results[one.part][one.item.name] = (Attempt(None, "error"),)
            return
        except Exception as error:  # noqa: BLE001  # evaluators are anybody's code
            raise _broken(part, one.item, type(error).__name__) from None
        again = self._waiting(one.part, one.item, one.measuring, asked)
        again.rounds = one.rounds + 1
        self._begun[one.part, one.item.name] = again

    def _finish(self, number: int, item: Item, attempts: object) -> None:
        part = self.parts[number]
        if not isinstance(attempts, Sequence) or not attempts or not all(_is_attempt(one) for one in attempts):
            raise _broken(part, item, "something else than attempts")
        self.results[number][item.name] = tuple(attempts)


def _is_attempt(one: object) -> bool:
    return isinstance(one, Attempt) and (
        (isinstance(one.value, Fraction) and not one.why) or (one.value is None and bool(one.why))
    )


def same(requests: Sequence[Request]) -> tuple[Request, ...]:
    """Requests without their seeds: two items that ask the same are the same item twice."""
    return tuple(replace(one, seed=0, sample=0) if isinstance(one, Generate) else one for one in requests)


def _bad_row(part: Part, item: Item, error: ValueError) -> EvidenceError:
    return _refused(
        "E542", f"task `{part.name}`, row `{item.name}`: {error}", "mend the row, or the settings of the task"
    )


def _broken(part: Part, item: Item, what: str) -> EvidenceError:
    message = f"the evaluator of task `{part.name}` gives {what} for row `{item.name}`"
    return _refused("E541", message, "report it to whoever wrote the evaluator; nothing was measured by it")


def _no_role(part: Part, role: str) -> EvidenceError:
    message = f"task `{part.name}` asks a model `{role}`, and the suite names none"
    return _refused("E543", message, f"name it under `models:` of the suite, `{role}: {{path: …}}`")


def _refused(code: str, message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=help_)])
