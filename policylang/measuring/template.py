r"""Templates in the way of lm-evaluation-harness: Jinja over the fields of a row, kept from doing anything else.

Suites are written by many and shared. Jinja's sandbox keeps a template from reaching into Python; what is left is that
it may hang or eat memory, so of the language only the part is allowed that prompts use. That part is bounded: no
macros, no files, loops of `MAX_STEPS` steps in all, no value larger than `MAX_SIZE` whatever it is made of, methods and
filters from a list. What it costs is then at most that for each operator of the template and each step.

A name that the row does not have, a value that is none, and what would print as an address in memory are errors.
"""

import functools
import json
from collections.abc import Iterator, Mapping, Sized
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.runtime import Context

MAX_TEXT = 100_000
"""How many characters a template may have."""
MAX_SIZE = 1 << 20
"""How many characters a text or list may have that is made while a template is filled."""
MAX_STEPS = 10_000
"""How many steps the loops of a template may take for one row, together."""
MAX_DEPTH = 3
"""How deep loops may be nested."""

ROW = "row"
"""The name of the whole row, for fields whose names are no names of the language: `{{ row['a field'] }}`."""

_FILTERS = frozenset(
    "abs capitalize count d default first float int items join last length list lower map max min reject "
    "rejectattr replace reverse round select selectattr sort string title tojson trim unique upper wordcount".split()
)
_METHODS = frozenset(
    "capitalize casefold count endswith find get index isdigit isupper islower items join keys lower lstrip "
    "removeprefix removesuffix replace rstrip split splitlines startswith strip title upper values".split()
)
_STEPS, _KEPT = "the steps that are left", "the value that is kept"  # no names a template can say


class Template:
    """A text with places for the fields of a row."""

    def __init__(self, text: str) -> None:
        """Compile it; raises ValueError with what is wrong."""
        self.text = text
        self.names, self._whole, self._value = _compiled(text)

    def fill(self, fields: Mapping[str, Any]) -> str:
        """The text for a row; raises ValueError with what is wrong."""
        return "".join(_pieces(self._whole, fields))

    def value(self, fields: Mapping[str, Any]) -> Any:
        """What the template is for a row: a value where it is one `{{ expression }}` and no more, else its text."""
        if self._value is None:
            return self.fill(fields)
        found: list[Any] = []
        for _ in _pieces(self._value, fields, found):
            pass
        return found[0]


@functools.lru_cache(maxsize=1024)
def template(text: str) -> Template:
    """The template that a text writes, compiled once; raises ValueError with what is wrong."""
    return Template(text)


def value_of(text: str, fields: Mapping[str, Any]) -> Any:
    """The value a setting names: that of the field of this name, or of the template; raises ValueError."""
    if text in fields:
        return fields[text]
    if "{{" not in text and "{%" not in text:
        raise ValueError(f"the row has no field `{text[:60]}`; it has {_listed(fields)}")
    return template(text).value(fields)


def text_of(value: object) -> str:
    """A text or number of a row as text; raises ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"a text is wanted where the row has {_kind(value)}")
    return str(value)


def _listed(fields: Mapping[str, Any]) -> str:
    names = [f"`{name[:60]}`" for name in list(fields)[:8]]
    return ", ".join(names) + (" and others" if len(fields) > 8 else "") or "none"


def _kind(value: object) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes or no"
        case list() | tuple():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "no text"


# Filling


def _pieces(compiled: Any, fields: Mapping[str, Any], found: list[Any] | None = None) -> Iterator[str]:
    """What a compiled template writes for a row, piece by piece, in the bounds; its value goes to `found`."""
    from jinja2 import TemplateError, UndefinedError

    size = 0
    names = {ROW: fields, **fields, _STEPS: [MAX_STEPS], _KEPT: found}
    try:
        for piece in compiled.generate(names):
            size += len(piece)
            if size > MAX_SIZE:
                raise OverflowError(f"a text of more than {MAX_SIZE} characters would be made")
            yield piece
    except UndefinedError as error:
        raise ValueError(f"{_said(error)}; the row has {_listed(fields)}") from None
    except (
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise ValueError(f"the template cannot be filled: {_said(error)}") from None


def _said(error: Exception) -> str:
    """What Jinja says, in our way of writing."""
    words = " ".join(str(error).split())[:200].rstrip(".").replace("'", "`")
    return words[:1].lower() + words[1:] if words else "a value has not the kind that is wanted"


def _printed(value: Any) -> Any:
    """A value on its way into the text."""
    from jinja2 import Undefined

    if value is None:
        raise TypeError("a field or expression that is nothing stands where text is wanted")
    if not isinstance(value, str | int | float | list | tuple | Mapping | Undefined):
        raise TypeError("something stands where text is wanted that is neither text nor a number nor a list")
    for part in value if isinstance(value, list | tuple) else ():
        if isinstance(part, Undefined):
            str(part)  # says which name is unknown
    return value


# Compiling


def _compiled(text: str) -> tuple[frozenset[str], Any, Any]:
    """The names a template asks for, the compiled template, and one that keeps its value where it is one."""
    from jinja2 import TemplateSyntaxError, meta, nodes

    if len(text) > MAX_TEXT:
        raise ValueError(f"a template has {MAX_TEXT} characters at most, and one has {len(text)}")
    environment = _environment()
    try:
        tree = environment.parse(text)
        _check(tree, 0)  # first of all: looking for names already computes what is constant
        names = frozenset(meta.find_undeclared_variables(tree)) - {"range"}
        one = _only_expression(tree)
        _bound(tree)
        whole = environment.from_string(tree)
        if one is None:
            return names, whole, None
        kept = nodes.Filter(tree.body[0].nodes[0], "kept", [], [], None, None, lineno=1)
        asks = nodes.Template([nodes.Output([kept], lineno=1)], lineno=1)
        return names, whole, environment.from_string(asks.set_environment(environment))
    except TemplateSyntaxError as error:
        raise ValueError(f"the template cannot be read, in line {error.lineno}: {_said(error)}") from None
    except RecursionError:
        raise ValueError("the template is nested too deep") from None
    except OverflowError as error:
        raise ValueError(f"the template cannot be used: {_said(error)}") from None


def _only_expression(tree: "nodes.Template") -> "nodes.Expr | None":
    """The expression a template is, where it is one and nothing else."""
    from jinja2 import nodes

    match tree.body:
        case [nodes.Output(nodes=[expression])] if not isinstance(expression, nodes.TemplateData):
            return expression
    return None


def _check(node: "nodes.Node", depth: int) -> None:
    """Refuse what prompts do not need; raises ValueError."""
    from jinja2 import nodes

    match node:
        case nodes.For(recursive=True):
            raise ValueError("the template has a loop that calls itself, which is not allowed")
        case nodes.For():
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"the template has loops more than {MAX_DEPTH} deep")
        case nodes.Call():
            _check_call(node)
        case nodes.Filter(name=name) if name not in _FILTERS:
            raise ValueError(f"the filter `{name}` is not allowed; these are: {', '.join(sorted(_FILTERS))}")
        case nodes.Filter(name="map") if node.args or [named.key for named in node.kwargs] != ["attribute"]:
            raise ValueError("the filter `map` is allowed with `attribute` only")
        case _:
            pass
    if not isinstance(node, _allowed()):
        raise ValueError(f"the template has {type(node).__name__.lower()}, which is not allowed")
    for child in node.iter_child_nodes():
        _check(child, depth)


def _check_call(node: "nodes.Call") -> None:
    """Refuse a call of anything but `range` and methods of texts and lists; raises ValueError."""
    from jinja2 import nodes

    match node.node:
        case nodes.Name(name="range"):
            pass
        case nodes.Getattr(attr=attr) if attr in _METHODS:
            pass
        case nodes.Getattr(attr=attr) | nodes.Name(name=attr):
            raise ValueError(f"the call of `{attr}` is not allowed; these are: range, {', '.join(sorted(_METHODS))}")
        case _:
            raise ValueError("the template calls what has no name, which is not allowed")
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise ValueError("the template passes a list as arguments, which is not allowed")


@functools.cache
def _allowed() -> tuple[type, ...]:
    """The parts of the language that are allowed without more ado."""
    from jinja2 import nodes

    return (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Assign, nodes.Name),
        *(nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Slice, nodes.Filter),
        *(nodes.Test, nodes.Call, nodes.Getattr, nodes.Getitem, nodes.CondExpr, nodes.Concat, nodes.Compare),
        *(nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Not),
        *(nodes.And, nodes.Or, nodes.Neg, nodes.Pos),
    )


def _bound(tree: "nodes.Template") -> None:
    """Write the counting of steps into loops, and the measuring of what is made into `~` and into lists."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    class Bounds(NodeTransformer):
        """Puts a filter of ours around what may grow."""

        def visit_For(self, node: nodes.For) -> nodes.For:
            self.generic_visit(node)
            node.iter = filtered(node.iter, "counted")
            return node

        def visit_List(self, node: nodes.List) -> nodes.Filter:
            self.generic_visit(node)
            return filtered(node, "weighed")

        def visit_Dict(self, node: nodes.Dict) -> nodes.Filter:
            self.generic_visit(node)
            return filtered(node, "weighed")

        def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
            self.generic_visit(node)
            return node if node.ctx == "store" else filtered(node, "weighed")

        def visit_Concat(self, node: nodes.Concat) -> nodes.Filter:
            self.generic_visit(node)
            return filtered(nodes.List(node.nodes, lineno=node.lineno), "joined")

    def filtered(node: Any, name: str) -> nodes.Filter:
        return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)

    Bounds().visit(tree)
    tree.set_environment(tree.environment or _environment())


@functools.cache
def _environment() -> Any:
    """Jinja with nothing in it but what is allowed."""
    from jinja2 import StrictUndefined, pass_context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Sandbox(ImmutableSandboxedEnvironment):
        """A sandbox in which no operator and no method makes a text or list longer than is allowed."""

        intercepted_binops = frozenset(["+", "*", "%"])

        def call_binop(self, context: "Context", operator: str, left: Any, right: Any) -> Any:
            """The result of an operator, where it is of a bounded size."""
            if operator != "+" and not (_is_number(left) and _is_number(right)):
                raise TypeError(f"`{operator}` is for numbers")
            if isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) > 1 << 64:
                raise OverflowError("a number is too large")
            _bounded(_weight(left) + _weight(right))
            return super().call_binop(context, operator, left, right)

        def call(self, context: "Context", obj: Any, /, *arguments: Any, **named: Any) -> Any:
            """The result of a method, where it is of a bounded size."""
            owner = getattr(obj, "__self__", None)
            if isinstance(owner, str):
                _bounded(_result_size(obj.__name__, owner, arguments))
            return super().call(context, obj, *arguments, **named)

    environment = Sandbox(undefined=StrictUndefined, keep_trailing_newline=True, finalize=_printed)
    environment.globals = {"range": _range}
    filters: dict[str, Any] = {name: environment.filters[name] for name in _FILTERS}
    filters |= {"join": _join, "replace": _replace, "joined": _joined, "round": _round, "tojson": _json}
    filters |= {"weighed": _weighed, "counted": pass_context(_counted), "kept": pass_context(_kept)}
    environment.filters = filters
    return environment


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _bounded(size: int) -> None:
    if size > MAX_SIZE:
        raise OverflowError(f"a text of more than {MAX_SIZE} characters would be made")


def _result_size(method: str, owner: str, arguments: tuple[Any, ...]) -> int:
    """How long the result of a method of a text can be."""
    match method, arguments:
        case "replace", (str(old), str(new), *_):
            return len(owner) + (len(owner) // max(1, len(old)) + 1) * len(new)
        case "join", (parts, *_) if isinstance(parts, Sized):
            return _join_size(parts, owner)
        case "join", _:
            return MAX_SIZE + 1  # what has no size could be endless
        case _:
            return len(owner)


def _join_size(parts: Any, between: str) -> int:
    """How long parts are when joined."""
    return _weight(parts) + len(parts) * len(between)


def _weight(value: Any) -> int:
    """About how many characters a value is when it is written; more than is allowed counts as just that."""
    match value:
        case str():
            return len(value)
        case list() | tuple() | Mapping():
            total = 0
            for part in value.items() if isinstance(value, Mapping) else value:
                total += 4 + _weight(part)
                if total > MAX_SIZE:
                    break
            return total
        case _:
            return 32


def _weighed(value: Any) -> Any:
    """A list or mapping that the template wrote, where it is not too large."""
    _bounded(_weight(value))
    return value


def _range(*numbers: int) -> range:
    found = range(*numbers)
    if len(found) > MAX_STEPS:
        raise OverflowError(f"a range has more than {MAX_STEPS} numbers")
    return found


def _counted(context: "Context", values: Any) -> Iterator[Any]:
    """The values of a loop, until all loops together took too many steps."""
    left = context[_STEPS]
    if not isinstance(values, list | tuple | range | Mapping | str) and not hasattr(values, "__iter__"):
        raise TypeError("a loop goes over something that is no list")
    for value in values:
        left[0] -= 1
        if left[0] < 0:
            raise OverflowError(f"its loops take more than {MAX_STEPS} steps")
        yield value


def _kept(context: "Context", value: Any) -> str:
    """Nothing to print; the value goes to whoever asked for it."""
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        str(value)  # says which name is unknown
    kept = list(value) if isinstance(value, Iterator | range) else value
    context[_KEPT].append(kept if kept is None else _printed(kept))
    return ""


def _joined(parts: list[Any]) -> str:
    """The parts of a `~` as one text."""
    return _join(parts)


def _join(values: Any, between: Any = "", attribute: str | None = None) -> str:
    """The values as one text; a value that is nothing is an error."""
    if attribute is not None:
        raise TypeError("`join` takes no attribute here")
    parts = [str(_printed(value)) for value in values]
    _bounded(sum(map(len, parts)) + len(parts) * len(str(between)))
    return str(between).join(parts)


def _replace(text: Any, old: Any, new: Any, count: int = -1) -> str:
    """The text with one part in place of another."""
    owner, before, after = str(_printed(text)), str(old), str(new)
    _bounded(_result_size("replace", owner, (before, after)))
    return owner.replace(before, after, count)


def _round(number: Any, digits: int = 0) -> float:
    """The number, rounded to so many digits."""
    return round(float(number), max(-30, min(digits, 30)))


def _json(value: Any) -> str:
    """The value as JSON."""
    return json.dumps(_printed(value), ensure_ascii=False)
