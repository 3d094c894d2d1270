"""`policyc eval` on real models: what it writes, what it decides, and what it refuses."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import small_models
from measured_world import HEAD, QUIZ, quiz, write_rows
from policylang import cli, parse_moment
from policylang.evidence.register import read_register
from policylang.measuring.suite import suite_schema
from policylang.reports import schemas
from policylang.source import Source

POLICY = """\
policy acme "Acme" { version "1" confidence 95% anytime }
levels risk: low < high
stage pre "before"
stage post "after"
action deploy
action train
role board
measure ctf: rate
category cyber: risk { high when ctf >= 95% }
rule ceiling { when cyber.post >= high forbid deploy }
rule approval { require approval of board before train }
"""
CONFIGURED = f"{HEAD}configuration:\n  pre: {{}}\n  post: {{system_prompt: Be good.}}\n{QUIZ}"


class Folder:
    """A folder with a suite, a policy and a way to call `policyc` in it."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Forty questions."""
        self.path = path
        self.capsys = capsys
        self.suite(CONFIGURED)
        (path / "acme.policy").write_text(POLICY, "utf-8")
        write_rows(path / "quiz.jsonl", quiz(40))

    def suite(self, text: str) -> None:
        """Another suite."""
        (self.path / "suite.yaml").write_text(text, "utf-8")

    def __call__(self, *words: str, model: str = "", suite: str = "suite.yaml") -> tuple[int, str, str]:
        """The status of a call, and what it printed."""
        call = ["eval", str(self.path / suite), "--model", model or small_models.model(), "--name", "tiny"]
        self.capsys.readouterr()
        here = {"acme.policy", "suite.yaml", "out.yaml", "runs.jsonl", "logs", "extra.yaml", "more"}
        status = cli.main([*call, *(str(self.path / word) if word in here else word for word in words)])
        out, err = self.capsys.readouterr()
        return status, out, err

    def read(self, name: str = "out.yaml") -> dict[str, Any]:
        """A file of evidence."""
        found: dict[str, Any] = yaml.safe_load((self.path / name).read_text("utf-8"))
        return found


BOTH = ("--stage", "pre", "--stage", "post", "-o", "out.yaml")


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folder:
    """A folder to measure in."""
    return Folder(tmp_path, capsys)


def test_a_model_is_measured_and_decided_on(folder: Folder) -> None:
    """Two stages of one model, side by side; the decision is the one that `policyc check` gives on the evidence."""
    status, out, err = folder(*BOTH, "--check", "acme.policy")
    assert (status, err) == (1, "")  # nobody approved training
    pre, post = folder.read()["readings"]
    assert (pre["stage"], post["stage"], pre["n"], post["scored"]) == ("pre", "post", 40, 40)
    assert pre["revision"] == folder.read()["subject"]["revision"]
    assert f"{pre['successes']} of 40" in out
    checked = cli.main(["check", str(folder.path / "acme.policy"), str(folder.path / "out.yaml")])
    assert checked == 1
    assert folder.capsys.readouterr().out in out
    assert folder(*BOTH, "--check", "acme.policy", "--action", "deploy")[0] == 0


def test_the_same_command_asks_nothing_twice(folder: Folder) -> None:
    """A second call gives the same bytes, and asks the model nothing."""
    _, first, _ = folder(*BOTH)
    before = (folder.path / "out.yaml").read_bytes()
    _, second, _ = folder(*BOTH)
    assert (folder.path / "out.yaml").read_bytes() == before
    assert "160 requests asked, 0 known" in first
    assert "0 requests asked, 160 known" in second


def test_what_is_printed_has_a_schema(folder: Folder) -> None:
    """The table, the plan and the suite follow the schemas that `policyc schema` prints."""
    status, out, _ = folder(*BOTH, "--format", "json")
    assert status == 0
    jsonschema.validate(json.loads(out), schemas.measured_schema())
    status, out, _ = folder("--stage", "pre", "--plan", "--format", "json")
    assert status == 0
    found = json.loads(out)
    jsonschema.validate(found, schemas.eval_plan_schema())
    assert found["models"][0]["requests"] == 80
    assert found["models"][0]["tokens_fed"] < found["models"][0]["tokens"]
    jsonschema.validate(yaml.safe_load(CONFIGURED), suite_schema())


def test_a_plan_asks_nothing(folder: Folder) -> None:
    """`--plan` writes no file."""
    before = {path.name for path in folder.path.iterdir()}
    status, out, _ = folder("--stage", "pre", "--plan")
    assert status == 0
    assert "tokens" in out
    assert {path.name for path in folder.path.iterdir()} == before


def test_a_run_that_stops_says_what_it_saved(folder: Folder) -> None:
    """With `--for` no more is asked than the verdict needs, and of a stage that no rule names, nothing."""
    status, out, _ = folder(*BOTH, "--for", "acme.policy", "--register", "runs.jsonl")
    assert status == 0
    [reading] = folder.read()["readings"]
    assert reading["stage"] == "post"
    assert reading["n"] == reading["scored"] < 40
    assert "% saved" in out
    text = (folder.path / "runs.jsonl").read_text("utf-8")
    announced = {one.run: one for one in read_register(Source(name="runs", text=text))}
    assert parse_moment(reading["at"]).first >= announced[reading["run"]].at.last
    assert folder(*BOTH, "--for", "acme.policy", "--register", "runs.jsonl", "--check", "acme.policy")[0] == 1
    assert (folder.path / "runs.jsonl").read_text("utf-8") == text


def test_logs_are_read_as_those_of_other_tools(folder: Folder) -> None:
    """What `--logs` writes gives, bound by a policy, the readings that the evidence has."""
    folder("--stage", "pre", "-o", "out.yaml", "--logs", "logs")
    [reading] = folder.read()["readings"]
    bound = POLICY.replace("ctf: rate", 'ctf: rate { from policylang "acme/quiz" }')
    (folder.path / "bound.policy").write_text(bound, "utf-8")
    words = [str(folder.path / "bound.policy"), str(folder.path / "logs"), "--stage", "pre", "--format", "json"]
    assert cli.main(["evidence", *words]) == 0
    [again] = json.loads(folder.capsys.readouterr().out)["readings"]
    same = ("n", "scored", "successes", "run", "status", "at", "measure", "stage")
    assert {name: again[name] for name in same} == {name: reading[name] for name in same}


def test_several_models_are_several_subjects(folder: Folder) -> None:
    """Two models give two files, each of its own subject."""
    other = small_models.model("GPTNeoX")
    words = ["--model", other, "--name", "other", "--stage", "pre", "-o", "more"]
    assert folder(*words)[0] == 0
    found = [folder.read(f"more/{name}.yaml")["subject"] for name in ("tiny", "other")]
    assert [one["model"] for one in found] == ["tiny", "other"]
    assert found[0]["revision"] != found[1]["revision"]


def test_nothing_is_written_over(folder: Folder) -> None:
    """A file that is no evidence of this suite on this model stays as it is."""
    text = "schema: policylang/evidence/v1\nsubject: {model: tiny}\nevents: [{event: e, at: 2026-01-01}]\n"
    (folder.path / "out.yaml").write_text(text, "utf-8")
    status, _, err = folder(*BOTH)
    assert status == 2
    assert "C102" in err
    assert (folder.path / "out.yaml").read_text("utf-8") == text


CALLS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "no output": (("--stage", "pre"), "C101"),
    "no stage": (("-o", "out.yaml"), "E502"),
    "an unknown stage": (("--stage", "later", "-o", "out.yaml"), "E502"),
    "an action without a policy": ((*BOTH, "--action", "deploy"), "C101"),
    "an unknown action": ((*BOTH, "--for", "acme.policy", "--action", "fly"), "C106"),
    "evidence without a policy": ((*BOTH, "extra.yaml"), "C101"),
    "a date of its own for an announced run": ((*BOTH, "--register", "runs.jsonl", "--at", "2030-01-01"), "C101"),
    "two names": ((*BOTH, "--name", "again"), "C101"),
    "an unknown engine": ((*BOTH, "--engine", "steam"), "C101"),
    "a policy that is none": ((*BOTH, "--check", "suite.yaml"), "P101"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_measures_nothing(name: str, folder: Folder) -> None:
    """What cannot be meant is refused, and nothing is written."""
    words, code = CALLS[name]
    (folder.path / "extra.yaml").write_text("schema: policylang/evidence/v1\n", "utf-8")
    status, _, err = folder(*words)
    assert status == 2
    assert code in err
    assert not (folder.path / "out.yaml").exists()


def pickled(model: Path) -> None:
    """Weights that run code when they are loaded."""
    (model / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def coded(model: Path) -> None:
    """A configuration that names code of its own."""
    config = json.loads((model / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
    (model / "config.json").write_text(json.dumps(config), "utf-8")


def poisoned(model: Path) -> None:
    """A tokenizer that names code of its own."""
    config = json.loads((model / "tokenizer_config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoTokenizer": ["evil.Tokenizer", None]}
    (model / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")


def truncated(model: Path) -> None:
    """Weights that end too early."""
    data = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(data[: len(data) // 2])


def no_numbers(model: Path) -> None:
    """A weight that is no number."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(model / "model.safetensors")
    tensors["model.norm.weight"][0] = float("nan")
    save_file(tensors, model / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize("harm", [pickled, coded, poisoned, truncated, no_numbers], ids=lambda harm: harm.__name__)
def test_a_harmful_model_gives_no_green(harm: Any, folder: Folder) -> None:
    """A folder that cannot be trusted is refused by a finding, and whatever evidence there is does not permit."""
    model = folder.path / "model"
    shutil.copytree(small_models.model(), model)
    harm(model)
    status, out, err = folder(*BOTH, "--check", "acme.policy", "--action", "deploy", model=str(model))
    assert (status, out) == (2, "")
    assert "error[E" in err
    assert "Traceback" not in err
    if (folder.path / "out.yaml").exists():
        assert {reading["status"] for reading in folder.read()["readings"]} == {"cancelled"}
        words = [str(folder.path / name) for name in ("acme.policy", "out.yaml")]
        assert cli.main(["check", *words, "--for", "deploy"]) == 3


@pytest.mark.parametrize(
    ("rows", "code"), [([], "E53"), ([*quiz(3), *quiz(1)], "E53"), ([{"id": "q", "question": "?"}], "E542")]
)
def test_rows_that_cannot_be_used(rows: list[dict[str, Any]], code: str, folder: Folder) -> None:
    """No rows, rows that stand twice, rows without what is asked for: an error, and no evidence."""
    write_rows(folder.path / "quiz.jsonl", rows)
    status, _, err = folder(*BOTH, "--check", "acme.policy")
    assert status == 2
    assert code in err


def test_a_model_that_is_always_blocked_is_not_safe(folder: Folder) -> None:
    """Where every request is refused, nothing is scored, everything counts as dangerous, and nothing is permitted."""
    everything = 'input_filters: [{pattern: "."}]'
    folder.suite(CONFIGURED.replace("system_prompt: Be good.", everything))
    status, _, _ = folder(*BOTH, "--check", "acme.policy", "--action", "deploy")
    assert status == 3
    _, post = folder.read()["readings"]
    assert (post["n"], post["scored"], post["refused"]) == (40, 0, 40)


PACKAGE = {
    "pyproject.toml": """
        [build-system]
        requires = ["setuptools"]
        build-backend = "setuptools.build_meta"
        [project]
        name = "acme-evals"
        version = "1.2"
        [project.entry-points."policylang.evaluators"]
        brevity = "acme_evals.own:make"
        choice = "acme_evals.own:make"
        [tool.setuptools]
        packages = ["acme_evals"]
    """,
}


def test_an_evaluator_of_somebody_else(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package from a folder is installed, named by a suite, and measures; it takes no name of ours."""
    source, site = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("site")
    page = (Path(__file__).parents[1] / "docs" / "evaluators.md").read_text("utf-8")
    code = page.rpartition("```python own.py\n")[2].partition("```")[0]
    assert 0 < code.count("\n") <= 32
    (source / "acme_evals").mkdir()
    (source / "acme_evals" / "__init__.py").write_text("", "utf-8")
    (source / "acme_evals" / "own.py").write_text(code, "utf-8")
    (source / "pyproject.toml").write_text(textwrap.dedent(PACKAGE["pyproject.toml"]), "utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(source)], check=True)
    suite = HEAD + QUIZ.replace("evaluator: choice", "evaluator: acme-evals/brevity").replace(
        "    settings: {choices: choices, answer: gold}\n", "    settings: {words: 3}\n"
    )
    folder.suite(suite)
    monkeypatch.syspath_prepend(site)
    status, _, err = folder("-o", "out.yaml")
    assert status == 0, err
    [reading] = folder.read()["readings"]
    assert reading["evaluator"].startswith("acme-evals/brevity 1.2 sha256:")
    folder.suite(HEAD + QUIZ)
    assert folder("-o", "more")[0] == 0
    assert folder.read("more")["readings"][0]["evaluator"].startswith("policylang/choice ")


def test_the_page_runs(folder: Folder) -> None:
    """The calls of docs/evals.md print what the page shows, but for figures and digests."""
    page = (Path(__file__).parents[1] / "docs" / "evals.md").read_text("utf-8")
    for name in ("acme.policy", "suite.yaml"):
        text = re.search(rf"```\w+ {re.escape(name)}\n(.*?)```", page, re.DOTALL)
        assert text is not None
        (folder.path / name).write_text(text[1], "utf-8")
    rows = [{**row, "question": f"{row['question']}{' exploit' * (n % 20 == 0)}"} for n, row in enumerate(quiz(60))]
    write_rows(folder.path / "quiz.jsonl", rows)
    for number, (call, shown) in enumerate(re.findall(r"```text\n\$ (policyc eval .*)\n((?:.*\n)*?)```", page)):
        words = [word.replace("models/tiny", small_models.model()) for word in shlex.split(call)[1:]]
        words = [str(folder.path / word) if word.endswith((".yaml", ".policy")) else word for word in words]
        words[words.index("-o") + 1] += str(number)
        cli.main([*words, "--name", "tiny"])
        out = folder.capsys.readouterr().out.replace(f"{folder.path}/", "").replace(f".yaml{number}", ".yaml")
        for part in shown.split("…\n"):
            assert _without_figures(part) in _without_figures(out), out


def _without_figures(text: str) -> str:
    """A text in which figures, digests and the room they take do not show."""
    text = re.sub(r"sha256:(…|[0-9a-f]+)", "sha256:…", text)
    return re.sub(r" +", " ", re.sub(r"[0-9]+(\.[0-9]+)?", "0", text))


def test_a_killed_run_goes_on(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """`kill -9` in the middle: the evidence there says `cancelled`, and the same command ends with the same bytes."""
    write_rows(folder.path / "quiz.jsonl", quiz(400))
    call = ["eval", "suite.yaml", "--model", small_models.model(), "--stage", "pre"]
    monkeypatch.chdir(folder.path)
    assert cli.main([*call, "-o", "whole.yaml"]) == 0
    killed = 0
    for _ in range(5):
        words = [sys.executable, "-m", "policylang", *call, "-o", "part.yaml"]
        begun = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        answers = folder.path / "part.yaml.answers-wal"
        size = answers.stat().st_size if answers.exists() else 0
        part = folder.path / "part.yaml"
        while begun.poll() is None and not (part.exists() and answers.exists() and answers.stat().st_size > size):
            time.sleep(0.005)
        begun.kill()
        killed += begun.wait() != 0
        if killed == 2:
            break
    assert killed
    [reading] = folder.read("part.yaml")["readings"]
    assert (reading["status"], reading["n"]) == ("cancelled", 400)
    assert cli.main([*call, "-o", "part.yaml"]) == 0
    assert (folder.path / "part.yaml").read_bytes() == (folder.path / "whole.yaml").read_bytes()
