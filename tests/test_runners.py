"""Tasks of Inspect and lm-evaluation-harness, really run on a small model, and every way in which they cannot be."""

import dataclasses
import importlib.util
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from policylang.evaluators import choice, inspect_run, lm_eval_run
from policylang.evaluators.choice import ChoiceSettings
from policylang.evaluators.inspect_run import InspectSettings
from policylang.evaluators.lm_eval_run import LmEvalSettings
from policylang.evaluators.tool_run import Conditions, Tool, run_tool, told

from byte_model import small_llama
from policylang import EvidenceError, Handed, Item, Likelihood, Score
from policylang.codes import CODES
from policylang.plugins import read_logs
from scripted import Model, measured

ON_CPU = ("dtype=float32", "device=cpu")

CHOICE = """task: tiny_choice
dataset_path: json
dataset_kwargs:
  data_files: {test: ROWS}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}}"
doc_to_choice: choices
doc_to_target: answer
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: acc_bytes
"""

TASKS = """
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def tiny(word="a"):
    samples = [Sample(input=f"say {word}", target=word, id="first"), Sample(input="say b", target="b", id="second")]
    return Task(dataset=samples, solver=generate(), scorer=includes())


@task
def broken():
    raise RuntimeError("the dataset is gone")
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(small_llama(tmp_path_factory.mktemp("model, = strange")))


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools are other processes, and take as many threads as they are told here."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def without_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness without the 13,000 tasks it comes with, which it reads before it looks for one of ours."""
    found = importlib.util.find_spec("lm_eval")
    assert found is not None
    assert found.origin is not None
    whole, here = Path(found.origin).parent, tmp_path / "site" / "lm_eval"
    (here / "tasks").mkdir(parents=True)
    kept = [*whole.iterdir(), *(whole / "tasks").glob("*.py"), whole / "tasks" / "__pycache__"]
    for path in kept:
        if path != whole / "tasks" and path.exists():
            (here / path.relative_to(whole)).symlink_to(path)
    monkeypatch.setenv("PYTHONPATH", str(here.parent), prepend=os.pathsep)


def handed(model: str, folder: Path, **about: Any) -> Handed:
    return dataclasses.replace(Handed(model=model, task="tiny", folder=str(folder)), **about)


def refused(call: Any) -> tuple[str, str]:
    """The code and message of the error that a call gives, which is written as errors are."""
    with pytest.raises(EvidenceError) as caught:
        call()
    (found,) = caught.value.diagnostics
    assert found.code in CODES
    assert found.help
    assert "\n" not in found.message
    assert "Traceback" not in found.message
    return found.code, found.message


WORDS = ("ab", "c", "def")
QUESTIONS = [
    {
        "question": f"Question {number}: what is it?",
        "choices": [f"{'é' * (number % 3)}{word * (1 + (number + at) % 4)}" for at, word in enumerate(WORDS)],
        "answer": number % 3,
    }
    for number in range(12)
]


@pytest.mark.usefixtures("without_tasks")
def test_a_task_of_lm_eval_is_run(tmp_path: Path, model: str) -> None:
    """The harness runs a task of ours, its importer reads every outcome, and `choice` gives the same."""
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)), "utf-8")
    tasks = tmp_path / "tasks"
    tasks.mkdir()
    (tasks / "tiny.yaml").write_text(CHOICE.replace("ROWS", str(tmp_path / "rows.jsonl")), "utf-8")
    settings = LmEvalSettings(task="tiny_choice", include_path=str(tasks), model_arguments=ON_CPU)
    path = lm_eval_run.make().run(handed(model, tmp_path / "logs", seed=3), settings)
    (log,) = read_logs(path)
    assert (log.tool, log.task, log.status, log.planned, log.faults) == ("lm_eval", "tiny_choice", "success", 12, ())
    assert log.configuration["model_args.use_safetensors"] == "yes"
    ours = {"acc": "accuracy", "acc_norm": "accuracy_per_character", "acc_bytes": "accuracy_per_byte"}
    scorer = scoring(model)
    for score in log.scores:
        expected = [
            measured(choice.make(), row(**fields), ChoiceSettings(), scorer, ours[score.scorer]) for fields in QUESTIONS
        ]
        assert [list((score.outcomes or {})[str(number)]) for number in range(12)] == expected
    assert {score.scorer for score in log.scores} == set(ours)
    assert len({score.stated[score.scorer] for score in log.scores}) > 1


def row(**fields: Any) -> Item:
    return Item(name=fields["question"], fields=fields, prompt=fields["question"])


def scoring(model: str) -> Model:
    """A model that answers by one forward pass a request, as plainly as it can be written."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    network: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    tokenizer: Any = AutoTokenizer.from_pretrained(model)

    def answer(request: Score) -> Likelihood:
        before, whole = (tokenizer(text)["input_ids"] for text in (request.context, request.context + request.text))
        with torch.no_grad():
            found = torch.log_softmax(network(torch.tensor([whole])).logits[0].float(), -1)
        total = sum(found[at - 1, whole[at]].item() for at in range(len(before), len(whole)))
        return Likelihood(total=total, tokens=len(whole) - len(before), size=len(request.text.encode()))

    return answer


@pytest.mark.usefixtures("without_tasks")
def test_a_task_the_harness_does_not_have(tmp_path: Path, model: str) -> None:
    """A task that there is not is an error that says what the harness said, and leaves no log."""
    asked = handed(model, tmp_path / "logs", task="no_such_task")
    code, message = refused(lambda: lm_eval_run.make().run(asked, LmEvalSettings()))
    assert code == "E522"
    assert message.startswith("lm-evaluation-harness stopped with status 1")


def test_a_task_of_inspect_is_run(tmp_path: Path, model: str) -> None:
    """Inspect runs a task in a file on the folder, greedily, and its importer reads the outcome of every sample."""
    file = tmp_path / "tasks.py"
    file.write_text(TASKS, "utf-8")
    settings = InspectSettings(task=f"{file}@tiny", arguments=("word=x=1, y",), model_arguments=("device=cpu",))
    asked = handed(model, tmp_path / "logs", limit=1, generation={"max_tokens": 4, "stop": ("\n",), "temperature": 0})
    path = inspect_run.make().run(asked, settings)
    (log,) = read_logs(path)
    assert (log.tool, log.task, log.status, log.model) == ("inspect", "tiny", "success", "hf/local")
    assert (log.planned, log.attempts_completed) == (2, 1)
    assert log.configuration["task_args.word"] == "x=1, y"
    assert log.configuration["model_args.do_sample"] == "no"
    (score,) = log.scores
    assert list(score.outcomes or ()) == ["first"]


def test_a_task_of_inspect_that_breaks(tmp_path: Path, model: str) -> None:
    """A task that raises is an error with the last line of what the tool printed, not a log of nothing."""
    file = tmp_path / "tasks.py"
    file.write_text(TASKS, "utf-8")
    settings = InspectSettings(task=f"{file}@broken", model_arguments=("device=cpu",))
    code, message = refused(lambda: inspect_run.make().run(handed(model, tmp_path / "logs"), settings))
    assert code == "E522"
    assert "the dataset is gone" in message


# What cannot be, without running a tool

TOOL = Tool(name="Other", modules=("json",), extra="other", logs="*.log")


def ran(folder: Path, program: str, **about: Any) -> str:
    """What a program leaves that is started as a tool is."""
    folder.mkdir(exist_ok=True)
    asked = handed(str(folder), folder)
    return str(run_tool(TOOL, ["-c", program, str(folder)], asked, Conditions(**about)))


def test_a_tool_leaves_one_log(tmp_path: Path) -> None:
    """The log is the one that is new, in whatever folder, even where the tool then fails."""
    write = "import sys, pathlib; p = pathlib.Path(sys.argv[1], 'deep'); p.mkdir(); (p / 'a.log').write_text('x')"
    (tmp_path / "old.log").write_text("x", "utf-8")
    assert ran(tmp_path, write) == str(tmp_path / "deep" / "a.log")
    assert ran(tmp_path, write.replace("a.log", "b.log").replace("mkdir()", "mkdir(exist_ok=True)") + "; exit(3)")


@pytest.mark.parametrize(
    ("program", "code", "says"),
    [
        ("print('all is well')", "E523", "left 0 logs: `all is well`"),
        ("print('it is'); raise SystemExit('no `memory`')", "E522", "status 1: `no `memory``"),
        ("import os; os.kill(os.getpid(), 9)", "E522", "status -9: `it says nothing`"),
        ("import sys; print('x' * 10**6); sys.exit(2)", "E522", "status 2"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\x1b[31m\\n'); sys.exit(2)", "E522", "status 2"),
        (
            "import sys, pathlib; [pathlib.Path(sys.argv[1], n).write_text('') for n in ('a.log', 'b.log')]",
            "E523",
            "left 2 logs",
        ),
    ],
)
def test_a_tool_that_fails(tmp_path: Path, program: str, code: str, says: str) -> None:
    """A tool that leaves no log, or several, or dies, is an error with its last line."""
    found, message = refused(lambda: ran(tmp_path, program))
    assert found == code
    assert says in message


def test_a_tool_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """When its time is over the tool is ended, and so are the processes that it began."""
    begins = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[2]]).wait()"
    sleeps = "import os, pathlib, sys, time; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(600)"
    sleeps = sleeps.replace("'pid'", repr(str(tmp_path / "pid")))
    began = time.monotonic()
    asked = handed(str(tmp_path), tmp_path)
    code, _ = refused(lambda: run_tool(TOOL, ["-c", begins, "", sleeps], asked, Conditions(minutes=0.05)))
    assert code == "E522"
    assert time.monotonic() - began < 60
    pid = int((tmp_path / "pid").read_text("utf-8"))
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text("utf-8"):
            break
        time.sleep(0.05)
    else:
        pytest.fail("the process that the tool began is still there")


def test_a_tool_is_kept_from_the_hub(tmp_path: Path) -> None:
    """A tool runs offline unless the task says otherwise, and never reads from the terminal."""
    writes = "import os, sys, pathlib; f = pathlib.Path(sys.argv[1], 'a.log')\n"
    writes += "f.write_text(os.environ.get('HF_HUB_OFFLINE', '') + sys.stdin.read())"
    assert Path(ran(tmp_path / "x", writes)).read_text("utf-8") == "1"
    expected = os.environ.get("HF_HUB_OFFLINE", "")
    assert Path(ran(tmp_path / "y", writes, network=True)).read_text("utf-8") == expected
    assert sys.executable


def test_a_tool_that_is_not_installed(tmp_path: Path) -> None:
    """What is missing is named with the extra that installs it, before anything runs."""
    tool = Tool(name="Other", modules=("json", "no_such_module_at_all"), extra="evaluators,other", logs="*.log")
    with pytest.raises(EvidenceError) as caught:
        run_tool(tool, ["-c", "raise SystemExit"], handed(str(tmp_path), tmp_path), Conditions())
    (found,) = caught.value.diagnostics
    assert found.code == "E521"
    assert found.help == "install it with `pip install 'policylang[evaluators,other]'`"


@pytest.mark.parametrize(
    ("task", "arguments", "says"),
    [
        ("--help", (), "is no task"),
        ("a\nb", (), "is no task"),
        ("", ("pretrained=/etc",), "decides which model"),
        ("", ("model_path=/etc",), "decides which model"),
        ("", ("trust_remote_code=True",), "decides which model"),
        ("", ("use_safetensors=False",), "decides which model"),
    ],
)
def test_a_tool_is_told_no_other_model(tmp_path: Path, task: str, arguments: tuple[str, ...], says: str) -> None:
    """A task that is an option, and arguments that load another model or the code of others, are refused."""
    code, message = refused(lambda: told(TOOL, handed(str(tmp_path), tmp_path), task, arguments))
    assert code == "E524"
    assert says in message


def test_a_tool_needs_folders(tmp_path: Path) -> None:
    """The model is a folder that is there, and the logs go into one that can be made."""
    assert refused(lambda: told(TOOL, handed(str(tmp_path / "none"), tmp_path), "", ()))[0] == "E524"
    (tmp_path / "file").write_text("", "utf-8")
    assert refused(lambda: told(TOOL, handed(str(tmp_path), tmp_path / "file" / "x"), "", ()))[0] == "E523"
