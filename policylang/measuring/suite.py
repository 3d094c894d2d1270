"""A suite: which tasks measure what, read strictly from one YAML file, and shown as a JSON Schema.

Every scalar of the file is text until a field says what it is, so `no`, `1e3` and `0.10` are never guessed at. Paths in
a suite are relative to the file it stands in.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policylang.diagnostics import Diagnostic, EvidenceError, nearest
from policylang.evidence.document import Document, Findings, Path, Stopped, path_text
from policylang.evidence.reader import read_document
from policylang.source import Source

SCHEMA = "policylang/suite/v1"
_NAME = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=100)
_LEVEL = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Dataset(_Part):
    """Where rows come from: a local file, or a dataset of Hugging Face by name and revision."""

    path: Annotated[str, Field(description="a JSONL, CSV or Parquet file beside the suite")] = ""
    name: Annotated[str, Field(description="a dataset of Hugging Face, where the network allows")] = ""
    revision: Annotated[str, Field(description="the commit of that dataset")] = ""
    split: Annotated[str, Field(description="the split of that dataset")] = "test"
    id: Annotated[str, Field(description="the field that names a row (default: the digest of the row)")] = ""
    digest: Annotated[str, Field(description="the SHA-256 that the file must have", pattern="^(sha256:.+)?$")] = ""


class FewShot(_Part):
    """Examples with their answers before each prompt."""

    dataset: Dataset
    n: Annotated[int, Field(description="how many examples", ge=1, le=1000)]
    order: Annotated[Literal["first", "random"], Field(description="the first rows, or drawn by the task's seed")] = (
        "first"
    )
    separator: Annotated[str, Field(description="what stands between examples")] = "\n\n"


class PromptSearch(_Part):
    """Prompt optimisation: the template that does best on a development split is the one that measures."""

    development: Annotated[Dataset, Field(description="rows to choose on; none of them may be in the test rows")]
    candidates: Annotated[tuple[str, ...], Field(description="templates to try beside the task's own", max_length=1000)]
    items: Annotated[int, Field(description="development rows for each candidate", ge=1, le=100_000)] = 64


class Lora(_Part):
    """LoRA fine-tuning on given examples, with `prompt` and the evaluator's answer as they are shown in examples."""

    training: Annotated[Dataset, Field(description="rows to train on; none of them may be in the test rows")]
    text: Annotated[str, Field(description="template of a training text (default: prompt and answer of the task)")] = ""
    steps: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    batch: Annotated[int, Field(ge=1, le=4096)] = 8
    rank: Annotated[int, Field(ge=1, le=1024)] = 8
    rate: Annotated[float, Field(gt=0, le=1)] = 1e-3


class Elicitation(_Part):
    """How hard the model is pressed, recorded as `attributes.elicitation` with its budget."""

    level: Annotated[str, Field(description="the level of the policy's elicitation ladder that this is"), _LEVEL]
    prompt: Annotated[PromptSearch | None, Field(description="choose the prompt on a development split")] = None
    lora: Annotated[Lora | None, Field(description="fine-tune on examples")] = None


class Task(_Part):
    """One task: rows, what is asked about each, how answers are scored, and the measure that it feeds."""

    name: Annotated[str, _NAME]
    measure: Annotated[str, Field(description="the measure of the policy that this task feeds"), _NAME]
    evaluator: Annotated[str, Field(description="`choice` or another of ours, or `package/name`", max_length=200)]
    metric: Annotated[str, Field(description="which result of the evaluator (default: its first)")] = ""
    dataset: Annotated[Dataset | None, Field(description="the rows; every evaluator but runners needs one")] = None
    prompt: Annotated[str, Field(description="Jinja template of the prompt, from the fields of a row")] = ""
    few_shot: FewShot | None = None
    settings: Annotated[Mapping[str, Any], Field(description="settings of the evaluator")] = {}
    unit: Annotated[str, Field(description="the field whose value makes several rows one unit")] = ""
    score: Annotated[str, Field(pattern=r"^(mean|any|pass@[1-9][0-9]*)$", description="from attempts to a unit")] = (
        "mean"
    )
    duplicates: Annotated[Literal["refuse", "drop"], Field(description="rows that ask the same")] = "refuse"
    stages: Annotated[tuple[str, ...], Field(description="only at these stages (default: all that are asked for)")] = ()
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    limit: Annotated[int | None, Field(description="only so many rows; the rest stays planned and unscored", ge=1)] = (
        None
    )
    worse: Annotated[Literal["higher", "lower"], Field(description="what an elicited model shows more of")] = "higher"
    attributes: Annotated[Mapping[str, str], Field(description="attributes of its readings")] = {}
    elicitation: Elicitation | None = None


class Model(_Part):
    """A model beside the subject, such as a judge: part of the identity of what it judges."""

    path: Annotated[str, Field(description="its folder")]
    adapter: str = ""
    dtype: Annotated[Literal["auto", "float32", "bfloat16", "float16"], Field()] = "auto"


class Filter(_Part):
    """Answers in place of the model where a pattern is found."""

    pattern: Annotated[str, Field(description="a regular expression of RE2", max_length=10_000)]
    answer: Annotated[str, Field(description="what is answered instead")] = "I can't help with that."


class Configuration(_Part):
    """What is put around the weights at one stage."""

    system_prompt: str = ""
    chat: Annotated[bool, Field(description="put prompts into the model's chat template")] = False
    adapter: Annotated[str, Field(description="a PEFT adapter, in safetensors")] = ""
    model: Annotated[str, Field(description="other weights at this stage, such as after refusal training")] = ""
    input_filters: tuple[Filter, ...] = ()
    output_filters: tuple[Filter, ...] = ()


class Pin(_Part):
    """The version and digest that an installed package of evaluators must have."""

    version: str = ""
    digest: str = ""


class Suite(_Part):
    """Tasks that measure a model."""

    form: Annotated[Literal["policylang/suite/v1"], Field(alias="schema")]
    name: Annotated[str, _NAME]
    configuration: Annotated[
        Mapping[str, Configuration], Field(description="what is in place at each stage, the mitigations")
    ] = {}
    models: Annotated[Mapping[str, Model], Field(description="models beside the subject by role, such as `judge`")] = {}
    plugins: Annotated[Mapping[str, Pin], Field(description="packages of evaluators, held to a version or digest")] = {}
    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=1000)]


def read_suite(source: Source) -> tuple[Suite, Document]:
    """The suite in a file, and the places of what it says; raises EvidenceError with everything wrong with it."""
    document, wrong = read_document(source)
    if document is None:
        raise EvidenceError(wrong)
    findings = Findings(source)
    suite: Suite | None = None
    try:
        suite = Suite.model_validate(document.root)
        _check(suite, document, findings)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        for problem in problems:
            if problem["type"] != "too_short" or len(problems) == 1:  # a list whose items are all wrong is not empty
                _report(document, findings, problem)
    except Stopped:
        pass
    if findings.found or suite is None:
        raise EvidenceError(findings.found)
    return suite, document


def suite_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a suite."""
    schema = Suite.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{SCHEMA.replace('/', ':')}",
        **schema,
        "title": "A suite of tasks",
    }


def reported(document: Document, path: Path, error: ValidationError, fields: Iterable[str]) -> list[Diagnostic]:
    """What is wrong with the settings of an evaluator, which stand at a path of a suite."""
    findings = Findings(document.source)
    for problem in error.errors(include_url=False, include_input=False):
        at = (
            *path,
            *(step for step in problem["loc"] if not isinstance(step, str) or step in fields or "." not in step),
        )
        name = f"`{path_text(at)}`"
        if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            help_ = nearest(str(problem["loc"][-1]), fields) or "this evaluator has no settings"
            findings.add("E501", f"there is no setting {name}", document.key(at), help=help_)
        elif problem["type"] in ("missing", "missing_argument"):
            findings.add("E501", f"{name} is missing", document.value(path), help="docs/evaluators.md says what it is")
        else:
            message = f"{name} cannot be used: {_said(str(problem['msg']))}"
            findings.add("E501", message, document.value(at), help="docs/evaluators.md says what it may be")
    return findings.found


def _report(document: Document, findings: Findings, problem: Mapping[str, Any]) -> None:
    """Say in our words, with place and remedy, what pydantic found."""
    path: Path = tuple(problem["loc"])
    field = str(path[-1]) if path else ""
    name = f"`{path_text(path)}`" if path else "the suite"
    inside = _fields_at(path[:-1])
    if problem["type"] == "missing":
        message = f"{name} is missing" if path else "the suite is empty"
        findings.add("E501", message, document.value(path[:-1]), help=_about(path))
    elif problem["type"] == "extra_forbidden":
        findings.add("E501", f"there is no field {name} in a suite", document.key(path), help=nearest(field, inside))
    else:
        message = f"{name} cannot be used: {_said(str(problem['msg']))}"
        findings.add("E501", message, document.value(path), help=_about(path))


def _said(text: str) -> str:
    """What pydantic says, in the words of a suite."""
    for theirs, ours in (
        ('"', "`"),
        ("'", "`"),
        ("Tuple", "list"),
        ("input should", "it should"),
        ("dictionary", "mapping"),
    ):
        text = text.replace(theirs, ours).replace(theirs.lower(), ours).replace(theirs.capitalize(), ours)
    return text[:1].lower() + text[1:]


def _about(path: Path) -> str:
    """What a field says, for the help of an error."""
    steps = [step for step in path if isinstance(step, str)]
    fields = _fields_at(path[:-1])
    known = fields.get(steps[-1]) if steps else None
    if known is None or not known.description:
        return "`policyc schema suite` says what a suite holds"
    return f"it is {known.description}"


def _fields_at(path: Path) -> dict[str, Any]:
    """The fields of the part of a suite that a path leads to; none where it leads elsewhere."""
    part: Any = Suite
    for step in path:
        if isinstance(step, int) or part is None:
            continue
        field = part.model_fields.get(step) or next((f for f in part.model_fields.values() if f.alias == step), None)
        part = _PARTS.get(step) if field is not None else part
    if part is None:
        return {}
    return {field.alias or name: field for name, field in part.model_fields.items()}


_PARTS: dict[str, type[_Part]] = {
    "configuration": Configuration,
    "dataset": Dataset,
    "development": Dataset,
    "elicitation": Elicitation,
    "few_shot": FewShot,
    "input_filters": Filter,
    "lora": Lora,
    "models": Model,
    "output_filters": Filter,
    "plugins": Pin,
    "prompt": PromptSearch,
    "tasks": Task,
    "training": Dataset,
}


def _check(suite: Suite, document: Document, findings: Findings) -> None:
    """What fields say together."""
    seen: dict[str, int] = {}
    for number, task in enumerate(suite.tasks):
        path = ("tasks", number, "name")
        if task.name in seen:
            message = f"two tasks are called `{task.name}`"
            findings.add(
                "E502", message, document.value(path), help="a task is known by its name: give it one of its own"
            )
        seen[task.name] = number
        unknown = [stage for stage in task.stages if suite.configuration and stage not in suite.configuration]
        if unknown:
            help_ = nearest(unknown[0], suite.configuration)
            message = f"the configuration has no stage `{unknown[0]}`"
            findings.add("E502", message, document.value(("tasks", number, "stages")), help=help_)
        if "subject" in suite.models:
            message = "`subject` is the model that is measured, and `--model` names it"
            findings.add(
                "E502", message, document.key(("models", "subject")), help="call this one `judge`, for instance"
            )


def refused(code: str, message: str, help_: str) -> EvidenceError:
    """The error that something cannot be measured."""
    return EvidenceError([Diagnostic(code=code, message=message, place=None, help=help_)])
