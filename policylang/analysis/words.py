"""Conditions in the policy's words: those of a graph, and the regions of evidence that a diagram is true of."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from policylang.analysis.diagram import Diagrams
from policylang.analysis.formula import Key
from policylang.analysis.space import Space, Variable, input_key
from policylang.graph import nodes
from policylang.graph.nodes import Graph
from policylang.kinds import Kind, value_text

MAX_WAYS = 24
"""How many ways to a region are looked at; what has more is described in part."""
MAX_WORDS = 240


def condition(graph: Graph, index: int) -> str:
    """A condition as the language writes it, names kept; alternatives over all categories become `any category`."""
    text = in_full(graph, index)
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1].rsplit(" ", 1)[0] + " …"


def in_full(graph: Graph, index: int) -> str:
    """The same, however long it is."""
    return _Said(graph).text(index)


class _Said:
    """The conditions of one graph as text."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def text(self, index: int, *, inner: bool = False) -> str:
        node = self.graph.nodes[index]
        match node:
            case nodes.Constant(value=value):
                return "always" if value else "never"
            case nodes.Threshold(text=text) | nodes.Reached(text=text) | nodes.Holds(text=text):
                return text
            case nodes.Happened(event=name) | nodes.Defined(name=name) | nodes.Unspecified(parameter=name):
                return name
            case nodes.Attested(control=control):
                return f"{control} attested"
            case nodes.Assessed(category=category):
                return f"{category} assessed"
            case nodes.Opposite(part=part):
                return self._opposite(part)
            case nodes.AllOf(parts=parts):
                return self._joined(parts, "and", inner=inner)
            case nodes.AnyOf(parts=parts):
                return self._joined(parts, "or", inner=inner)
            case nodes.AtLeast(count=count, parts=parts):
                return f"at least {count} {self._quantified(parts) or f'of ({self._listed(parts)})'}"
            case nodes.Disputed(names=names, parts=parts):
                read = (f"{name}: {self.text(p)}" for name, p in zip(names, parts, strict=True))
                return f"read as {'; or '.join(read)}"

    def _opposite(self, part: int) -> str:
        text = self.text(part, inner=True)
        turned = {" >= ": " < ", " > ": " <= "}
        for operator, other in turned.items():
            if isinstance(self.graph.nodes[part], (nodes.Threshold, nodes.Reached)) and text.count(operator) == 1:
                return text.replace(operator, other)
        return f"not {text}"

    def _joined(self, parts: Sequence[int], word: str, *, inner: bool) -> str:
        quantified = self._quantified(parts)
        if quantified:
            return f"{'any' if word == 'or' else 'all'} {quantified}"
        kept, said = list(parts), []
        if word == "or":
            groups: dict[str, list[int]] = {}
            for part in parts:
                node = self.graph.nodes[part]
                if isinstance(node, nodes.Reached):
                    groups.setdefault(self._place(node), []).append(part)
            for group in groups.values():
                text = self._quantified(group)
                if text:
                    kept = [part for part in kept if part not in group]
                    said.append(f"any {text}")
        said += [self.text(part, inner=True) for part in kept]
        text = f" {word} ".join(said)
        return f"({text})" if inner and len(said) > 1 else text

    def _listed(self, parts: Sequence[int]) -> str:
        return ", ".join(self.text(part) for part in parts)

    def _place(self, node: nodes.Reached) -> str:
        level = self.graph.category[node.category].ladder[node.level]
        return f"{'.' if node.stage else ''}{node.stage or ''} >= {level}"

    def _quantified(self, parts: Sequence[int]) -> str:
        """`category.STAGE >= LEVEL` when the parts are that of every category with the level, or all but a few."""
        reached = [node for part in parts if isinstance(node := self.graph.nodes[part], nodes.Reached)]
        if len(reached) < 2 or len(reached) != len(parts) or len({self._place(node) for node in reached}) > 1:
            return ""
        first = reached[0]
        ladder = self.graph.category[first.category].ladder
        having = [item.name for item in self.graph.categories if ladder[first.level] in item.ladder]
        named = {node.category for node in reached}
        left = [name for name in having if name not in named]
        if len(left) >= len(named):
            return ""
        return "category" + (f" except {', '.join(left)}" if left else "") + self._place(first)


class Regions:
    """What diagrams are true of, as alternatives in words: over exact scores, known levels and facts."""

    def __init__(self, space: Space, diagrams: Diagrams, graphs: Sequence[Graph]) -> None:
        """Regions over the space of some diagrams."""
        self.diagrams = diagrams
        self.space = space
        self.graphs = graphs
        self._exactly: dict[Key, frozenset[int]] = {}

    def exact(self, node: int) -> int:
        """A diagram, true only where every score and level that it asks about is exactly known."""
        known: dict[int, int] = {0: 0, 1: 1}
        for here in self.diagrams.below(node):
            key = self.diagrams.key(here)
            kept = self._exact(key)
            branches = [known[b] if index in kept else 0 for index, b in enumerate(self.diagrams.branches[here])]
            known[here] = self.diagrams.asked(key, branches)
        return known[node]

    def _exact(self, key: Key) -> frozenset[int]:
        """The choices of a variable that leave nothing open."""
        if key not in self._exactly:
            variable = self.space.variable(key)
            choices = range(len(variable.choices))
            self._exactly[key] = frozenset(index for index in choices if self._is_exact(variable, index))
        return self._exactly[key]

    @staticmethod
    def _is_exact(variable: Variable, index: int) -> bool:
        choice = variable.choices[index]
        if variable.key[0] == "level":
            low, _, high = (choice.value or " .. x").partition(" .. ")
            return low == high
        if variable.cells:
            return bool(variable.within[index])
        return not variable.is_sum or choice.low == choice.high

    def words(self, node: int, most: int = 8) -> tuple[tuple[str, ...], int]:
        """The alternatives of a region, the plainest first and at most so many, and how many more there are."""
        exact = self.exact(node)
        if exact == 1:
            return (), 0
        if exact == 0:
            return ("evidence is missing or leaves it open",), 0
        cubes: list[dict[Key, frozenset[int]]] = []
        for number, way in enumerate(self.diagrams.ways(exact)):
            if number >= MAX_WAYS:
                break
            if not any(_within(way, cube) for cube in cubes):
                cubes.append(self._widened(exact, way))
        kept = [cube for cube in cubes if not any(other is not cube and _within(cube, other) for other in cubes)]
        texts = sorted({self.text(cube) for cube in kept}, key=lambda text: (text.count(" and "), text))
        return tuple(texts[:most]), max(0, len(texts) - most)

    def _widened(self, node: int, way: Mapping[Key, frozenset[int]]) -> dict[Key, frozenset[int]]:
        """A way with whatever may be said less: variables left out, or with more choices."""
        cube = dict(way)
        for key in list(way):
            whole = self._exact(key)
            for wider in (whole, *(cube[key] | {i} for i in sorted(whole - cube[key]))):
                if self._holds(node, {**cube, key: wider | cube[key]}):
                    cube[key] = wider | cube[key]
                if cube[key] == whole:
                    del cube[key]
                    break
        return cube

    def _holds(self, node: int, cube: Mapping[Key, frozenset[int]]) -> bool:
        """Whether a diagram is true of all that is exact and in a cube."""
        seen = {node}
        stack = [node]
        while stack:
            here = stack.pop()
            if here < 2:
                if here == 0:
                    return False
                continue
            key = self.diagrams.key(here)
            allowed = cube.get(key) or self._exact(key)
            branches = self.diagrams.branches[here]
            for index in allowed:
                if branches[index] not in seen:
                    seen.add(branches[index])
                    stack.append(branches[index])
        return True

    def text(self, cube: Mapping[Key, frozenset[int]]) -> str:
        """A cube in words; empty is always."""
        parts = [part for key in sorted(cube, key=self._order) for part in self._said(key, cube[key])]
        return " and ".join(parts) or "always"

    def _order(self, key: Key) -> tuple[bool, int, int]:
        """Scores and levels before facts, levels in the order of their categories."""
        names = [item.name for graph in self.graphs for item in graph.categories]
        place = names.index(key[1]) if key[0] == "level" else 0
        return key[0] not in ("measure", "level", "attempts"), place, self.space.rank[key]

    def _said(self, key: Key, chosen: frozenset[int]) -> Iterator[str]:
        variable = self.space.variable(key)
        match key[0]:
            case "measure" | "attempts":
                yield self._range(variable, chosen)
            case "level":
                values = [(variable.choices[i].value or "").partition(" .. ")[0] for i in sorted(chosen)]
                yield self._levels(key, values)
            case "sum":
                yield from self._sum(key, sorted(int(variable.choices[i].low) for i in chosen))
            case _:
                yield self._recorded(key, [variable.choices[i].value for i in sorted(chosen)])

    def _range(self, variable: Variable, chosen: frozenset[int]) -> str:
        name = variable.key[1] + (f".{variable.key[2]}" if variable.key[2] else "")
        measure = next((g.measure[variable.key[1]] for g in self.graphs if variable.key[1] in g.measure), None)
        kind = measure.kind if measure is not None and variable.key[0] == "measure" else None
        cells = sorted({cell for index in chosen for cell in variable.within[index]})
        if kind is Kind.FINDING:
            return name if 1 in cells else f"not {name}"
        runs: list[list[int]] = []
        for cell in cells:
            if runs and cell == runs[-1][-1] + 1:
                runs[-1].append(cell)
            elif runs and cell == runs[-1][-1] + 2 and variable.cells[cell][0] != variable.cells[cell][1]:
                runs[-1].append(cell)  # a whole number has nothing in between
            else:
                runs.append([cell])
        return " or ".join(self._between(name, variable, run, kind) for run in runs)

    def _between(self, name: str, variable: Variable, run: Sequence[int], kind: Kind | None) -> str:
        (start, start_end), (end_start, end) = variable.cells[run[0]], variable.cells[run[-1]]
        is_low = start == variable.cells[0][0]
        is_high = end == variable.cells[-1][1]
        low = f"{value_text(start, kind)} {'<=' if start == start_end else '<'} "
        high = "" if end is None else f" {'<=' if end_start == end else '<'} {value_text(end, kind)}"
        if start == end and start == start_end:
            return f"{name} = {value_text(start, kind)}"
        if is_low or is_high:
            turned = f"{name} {'>=' if start == start_end else '>'} {value_text(start, kind)}"
            return f"{name}{high}" if is_low else turned
        return f"{low}{name}{high}"

    def _sum(self, key: Key, ranks: Sequence[int]) -> Iterator[str]:
        """A sum between the thresholds that it is over and those that it is not, as the policies write them."""
        texts: dict[tuple[Fraction, bool], str] = {}
        for revision, graph in enumerate(self.graphs):
            keys = [input_key(item) for item in graph.inputs]
            for node in graph.nodes:
                if isinstance(node, nodes.Threshold) and len(node.terms) > 1:
                    terms = tuple((keys[index], factor) for index, factor in node.terms)
                    if self.space.sum_key(revision, terms) == key:
                        texts[node.bound, node.strict] = node.text
        cuts = [texts[cut] for cut in sorted(texts)]
        if ranks[0]:
            yield cuts[ranks[0] - 1]
        if ranks[-1] < len(cuts):
            upper = cuts[ranks[-1]]
            yield upper.replace(" >= ", " < ") if " >= " in upper else upper.replace(" > ", " <= ")

    def _levels(self, key: Key, values: Sequence[str]) -> str:
        name = key[1] + (f".{key[2]}" if key[2] else "")
        ladder = next(g.category[key[1]].ladder for g in self.graphs if key[1] in g.category)
        ranks = sorted({ladder.index(value) for value in values})
        if len(ranks) == 1:
            return f"{name} at {ladder[ranks[0]]}"
        if ranks == list(range(ranks[0], len(ladder))):
            return f"{name} >= {ladder[ranks[0]]}"
        if ranks == list(range(ranks[-1] + 1)):
            return f"{name} <= {ladder[ranks[-1]]}"
        return f"{name} at {' or '.join(ladder[rank] for rank in ranks)}"

    def _recorded(self, key: Key, values: Sequence[str | None]) -> str:
        is_open = None in values
        named = " or ".join(value for value in values if value not in (None, "yes"))
        level = f" at {named}" if named else ""
        match key:
            case ("event", event):
                return f"{event} has{' not' if is_open else ''} happened"
            case ("attestation", control, _):
                return (
                    f"{control} not attested{f', or{level}' if level else ''}"
                    if is_open
                    else f"{control} attested{level}"
                )
            case ("assessment", category, stage, _):
                what = category + (f".{stage}" if stage else "")
                return f"{what} {_state('assessed', level, is_open=is_open)}"
            case ("approval" | "consultation" as kind, role, of):
                return f"{'no ' if is_open else ''}{kind} of {of} by {role}"
            case ("notification", role, rule):
                return f"{role} {'not ' if is_open else ''}notified of {rule}"
            case ("waiver", rule, role, action):
                return f"{rule} {'not ' if is_open else ''}waived by {role} for {action}"
            case ("veto", role, action):
                return f"{'no ' if is_open else ''}veto of {action} by {role}"
            case _:
                return " ".join(key)


def _state(word: str, level: str, *, is_open: bool) -> str:
    if not is_open:
        return word + level
    return f"not {word}" + (f", or{level}" if level else "")


def _within(cube: Mapping[Key, frozenset[int]], other: Mapping[Key, frozenset[int]]) -> bool:
    """Whether one cube lies in another."""
    return all(key in cube and cube[key] <= chosen for key, chosen in other.items())
