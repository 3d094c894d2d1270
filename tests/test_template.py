"""Templates: what they fill in, what they refuse, and that none of them can hang, eat memory or reach into Python."""

import resource
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylang.measuring.template import MAX_SIZE, MAX_STEPS, MAX_TEXT, Template, value_of

FIELDS: dict[str, Any] = {
    "question": "What?",
    "choices": ["red", "blue"],
    "answer": 1,
    "nothing": None,
    "a field": "spaced",
    "parts": [{"text": "one"}, {"text": "two"}],
    "range": "taken",
}
BIG = {**FIELDS, "big": "a" * 100_000, "long": ["a" * 10_000] * 50}


def filled(text: str, fields: dict[str, Any] | None = None) -> str:
    return str(Template(text).fill(FIELDS if fields is None else fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{question}}\nAnswer:", "What?\nAnswer:"),
        ("{{question}}\n", "What?\n"),
        ("{{ question.strip() | upper }}", "WHAT?"),
        ("{{choices[answer]}}", "blue"),
        ("{{ choices.index('blue') }}", "1"),
        ("{{ ['A', 'B'][answer] }}", "B"),
        ("{% set letters = ['A', 'B'] %}{{ letters[answer] }}", "B"),
        ("{% for c in choices %}{{ loop.index }}. {{ c }}\n{% endfor %}", "1. red\n2. blue\n"),
        ("{% for p in parts %}{{ p.text }}{{ ', ' if not loop.last }}{% endfor %}", "one, two"),
        ("{% if answer == 1 %}yes{% else %}no{% endif %}", "yes"),
        ("{{ choices | join(' / ') }}", "red / blue"),
        ("{{ parts | map(attribute='text') | join('+') }}", "one+two"),
        ("{{ question ~ ' ' ~ answer }}", "What? 1"),
        ("{{ answer + 1 }} {{ (choices + ['x']) | length }} {{ question[:2] }}", "2 3 Wh"),
        ("{{ row['a field'] }}", "spaced"),
        ("{{ missing | default('none') }}{{ missing is defined }}", "noneFalse"),
        ("{{ choices | tojson }}", '["red", "blue"]'),
        ("{{ '<b>' | replace('b', 'i') }}", "<i>"),
        ("{{ 2.345 | round(1) }}", "2.3"),
        ("{% raw %}{{ question }}{% endraw %}", "{{ question }}"),
        ("no place at all", "no place at all"),
    ],
)
def test_templates_fill_in(text: str, expected: str) -> None:
    """Templates in the way of lm-evaluation-harness give the text they give there: nothing is escaped or trimmed."""
    assert filled(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ missing }}", "`missing` is undefined; the row has `question`"),
        ("{{ parts[0].other }}", "no attribute"),
        ("{{ parts | map(attribute='x') | join }}", "no attribute"),
        ("{{ nothing }}", "is nothing"),
        ("{{ question ~ nothing }}", "is nothing"),
        ("{{ question.strip }}", "neither text nor a number"),
        ("{{ choices | reverse }}", "neither text nor a number"),
        ("{{ self }}", "neither text nor a number"),
        ("{{ answer / 0 }}", "division by zero"),
        ("{{ choices.index('green') }}", "cannot be filled"),
        ("{{ choices[question] }}", "undefined|no element|cannot be filled|no attribute"),
    ],
)
def test_templates_that_do_not_fit_the_row(text: str, says: str) -> None:
    """What a row does not have, what is nothing, and what would print an address are errors with a sentence."""
    with pytest.raises(ValueError, match=says):
        filled(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ question",
        "{% for c in choices %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% filter upper %}x{% endfilter %}",
        "{% set x %}y{% endset %}",
        "{% set parts.x = 1 %}",
        "{% for c in choices recursive %}{{ loop(choices) }}{% endfor %}",
        "{% for a in choices %}{% for b in a %}{% for c in b %}{% for d in c %}" + "{% endfor %}" * 4,
        "{{ lipsum() }}",
        "{{ namespace(x=1) }}",
        "{{ cycler(1) }}",
        "{{ ''.format() }}",
        "{{ question.ljust(9) }}",
        "{{ question['strip']() }}",
        "{{ choices.append(1) }}",
        "{{ question.split(*choices) }}",
        "{{ question | center(99) }}",
        "{{ question | attr('__class__') }}",
        "{{ choices | map('upper') }}",
        "{{ choices | sum }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{" + "(" * 5000 + "answer" + ")" * 5000 + "}}",
        "{{ " + "9" * 5000 + " }}",
        "x" * (MAX_TEXT + 1),
    ],
)
def test_templates_that_do_more_are_refused(text: str) -> None:
    """What prompts do not need is refused when the template is made, before there is a row."""
    with pytest.raises(ValueError, match=r"template|allowed|digits"):
        Template(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ question.__class__.__mro__ }}",
        "{{ question.__init__.__globals__ }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ choices.__len__ }}",
        "{{ row.__class__ }}",
    ],
)
def test_templates_do_not_reach_into_python(text: str) -> None:
    """Attributes of Python are out of reach."""
    with pytest.raises(ValueError, match=r"unsafe|allowed|neither"):
        filled(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(99999999) %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}" + "{% endfor %}" * 3,
        "{% for x in big %}{% for y in big %}x{% endfor %}{% endfor %}",
        "{% for x in big[:2000] %}{{ big }}{% endfor %}",
        "{{ big * 99999999 }}",
        "{{ [1] * 99999999 }}",
        "{{ '%99999999d' % 1 }}",
        "{{ big.replace('a', big) }}",
        "{{ big | replace('', big) }}",
        "{{ big.replace('', big, 99999) }}",
        "{{ big | join(big) }}",
        "{{ big.join(big) }}",
        "{{ big.join(big | select) }}",
        "{% set x = big ~ big %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
        "{% set x = long %}" + "{% set x = x + x %}" * 40 + "{{ x | length }}",
        "{% set x = big %}" + "{% set x = [x, x] %}" * 40 + "{{ x }}",
        "{% set x = big %}" + "{% set x = {'a': x, 'b': x} %}" * 40 + "{{ x | string }}",
        "{{ [" + "big, " * 50 + "] | string | length }}",
        "{{ (" + "big, " * 50 + ") == 1 }}",
    ],
)
def test_templates_cannot_hang_or_eat_memory(text: str) -> None:
    """Whatever would take forever or grow without end is stopped soon, with an error and in little memory."""
    fields = {key: value for key, value in BIG.items() if key != "range"}
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(ValueError, match=r"more than|numbers|cannot be|undefined|too large"):
        filled(text, fields)
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10  # KiB


def test_templates_have_room() -> None:
    """What prompts do stays in the bounds: a long text, many steps."""
    assert len(filled("{{ big }}" * 10, BIG)) == 1_000_000 < MAX_SIZE
    fields = {"many": list(range(MAX_STEPS))}
    assert len(filled("{% for n in many %}{{ n }}{% endfor %}", fields).encode()) > MAX_STEPS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("choices", ["red", "blue"]),
        ("answer", 1),
        ("nothing", None),
        ("a field", "spaced"),
        ("{{ choices }}", ["red", "blue"]),
        ("{{ answer + 1 }}", 2),
        ("{{ [question, 'x'] }}", ["What?", "x"]),
        ("{{ parts | map(attribute='text') }}", ["one", "two"]),
        ("x{{ answer }}", "x1"),
    ],
)
def test_values_stay_what_they_are(text: str, expected: object) -> None:
    """A setting that names a field, or is one expression, gives the value itself; everything else a text."""
    assert value_of(text, FIELDS) == expected


@pytest.mark.parametrize("text", ["missing", "{{ missing }}", "{{ question.strip }}", "{{ answer"])
def test_values_that_are_not_there(text: str) -> None:
    """A value that the row does not have is an error, and not an empty one."""
    with pytest.raises(ValueError, match=r"field|undefined|neither|read"):
        value_of(text, FIELDS)


@given(st.text(max_size=200).filter(lambda text: "{" not in text))
def test_texts_without_places_stay(text: str) -> None:
    """A text without braces is filled in as it is, but for line ends, which become those of Unix."""
    assert filled(text) == text.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text(max_size=200))
def test_any_text_is_a_template_or_an_error(text: str) -> None:
    """No text does anything but fill in or raise ValueError."""
    try:
        filled("{{" + text + "}}{%" + text + "%}")
        filled(text)
    except ValueError:
        pass


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=20) | st.integers() | st.none(), max_size=4))
def test_field_names_cannot_break_a_template(fields: dict[str, Any]) -> None:
    """Whatever fields are called, those that a template names are filled in with their own values."""
    assert filled("{{ question }}", {**fields, "question": "Q"}) == "Q"
