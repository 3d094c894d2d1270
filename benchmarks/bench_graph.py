"""Drawing a policy, beside what Graphviz makes of the same boxes and lines: time, crossings, length of lines."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from timing import arguments

from policylang.files import compile_source, standard_source
from policylang.reports.drawing.dot import dot
from policylang.reports.drawing.layout import Layout, layout
from policylang.reports.drawing.policy import picture
from policylang.reports.drawing.slots import Via

POLICIES = (
    "google-deepmind/fsf-3.0.policy",
    "openai/preparedness-2025-04-15.policy",
    "anthropic/rsp-2.2.policy",
    "eu/gpai-code-safety.policy",
    "community/reference-1.0.policy",
)
STEPS = 12
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line as Graphviz drew it: where it begins and ends, and its points."""

    begin: str
    end: str
    points: tuple[Point, ...]


def graphviz(text: str) -> tuple[int, int, str]:
    """Crossings, length of lines, and size of what `dot` draws."""
    made = subprocess.run(["dot", "-Tjson"], input=text.encode(), capture_output=True, check=True)
    drawn: dict[str, Any] = json.loads(made.stdout)
    names = {one["_gvid"]: one["name"] for one in drawn["objects"]}
    lines = [line for edge in drawn["edges"] for line in _lines(edge, names)]
    crossings = sum(_crossings(one, two) for one, two in combinations(lines, 2))
    length = sum(_distance(a, b) for line in lines for a, b in pairwise(line.points))
    left, low, right, high = map(float, drawn["bb"].split(","))
    return crossings, round(length), f"{right - left:.0f} x {high - low:.0f}"


def _lines(edge: dict[str, Any], names: dict[int, str]) -> Iterator[Line]:
    """The curves of an edge, as straight pieces; what is invisible has none."""
    begin = f"{names[edge['tail']]}:{edge.get('tailport', '')}"
    end = f"{names[edge['head']]}:{edge.get('headport', '')}"
    for step in edge.get("_draw_", ()):
        if step["op"] in ("b", "B"):
            found: list[Point] = []
            for at in range(0, len(step["points"]) - 3, 3):
                found += _curve([(x, y) for x, y in step["points"][at : at + 4]])
            yield Line(begin, end, tuple(found))


def _curve(corners: list[Point]) -> Iterator[Point]:
    for step in range(STEPS + 1):
        t = step / STEPS
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(w * x for w, (x, _) in zip(weights, corners, strict=True)),
            sum(w * y for w, (_, y) in zip(weights, corners, strict=True)),
        )


def _crossings(one: Line, two: Line) -> int:
    """How often two lines cross; lines that begin or end together do not."""
    if one.begin == two.begin or one.end == two.end or not _near(one, two):
        return 0
    return sum(_cross(a, b, c, d) for a, b in pairwise(one.points) for c, d in pairwise(two.points))


def _near(one: Line, two: Line) -> bool:
    for axis in (0, 1):
        mine, theirs = [p[axis] for p in one.points], [p[axis] for p in two.points]
        if max(mine) < min(theirs) or max(theirs) < min(mine):
            return False
    return True


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _distance(a: Point, b: Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def length(placed: Layout) -> int:
    """How long all lines of ours are; what several share counts once."""
    found = 0
    for gap, runs in enumerate(placed.gaps):
        begin, end = placed.columns[gap].x + placed.columns[gap].width, placed.columns[gap + 1].x
        for run in runs:
            middle = begin if run.place is None else placed.vertical(gap, run.place)
            across = len(run.left) * (middle - begin) + len(run.right) * (end - middle)
            found += across + run.span[1] - run.span[0]
            found += sum(placed.columns[via.column].width for via, _ in run.right if isinstance(via, Via))
    return found


def main() -> int:
    """Print one row a policy."""
    asked = arguments(__doc__)
    has_dot = shutil.which("dot") is not None
    print(f"{'policy':40} {'':9} {'seconds':>8} {'crossings':>10} {'length':>8}   size")
    for name in POLICIES[:1] if asked.smoke else POLICIES:
        drawn = picture(compile_source(standard_source(name)).graph)
        start = time.process_time()
        placed = layout(drawn)
        seconds = time.process_time() - start
        size = f"{placed.width} x {placed.height}"
        print(f"{name:40} {'ours':9} {seconds:8.2f} {placed.crossings:10} {length(placed):8}   {size}")
        if has_dot:
            start = time.perf_counter()
            crossings, total, size = graphviz(dot(drawn))
            seconds = time.perf_counter() - start
            print(f"{'':40} {'Graphviz':9} {seconds:8.2f} {crossings:10} {total:8}   {size}")
    if not has_dot:
        print("Graphviz is not there, and is not compared with")
    return 0


if __name__ == "__main__":
    sys.exit(main())
