"""A model on several devices: the same answers as on one, whoever takes which request, and errors that arrive."""

import multiprocessing
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from policylang.evaluators.engine import local, on_ray, spread

import small_models
from policylang import EvidenceError, Failed, Generate, Likelihood, ModelSpec, Request, Score, Text

REQUESTS: Sequence[Request] = [
    *(Score(context=f"Question: {n} * {n} =", text=f" {n}") for n in range(70)),
    *(Generate(prompt=f"{n} one two", max_tokens=4) for n in range(10)),
]


def answers(backend: Any) -> list[Any]:
    """All answers, in the order of the requests."""
    found: dict[int, Any] = {}
    for batch in backend.answer(REQUESTS):
        found.update(batch)
    return [found[at] for at in range(len(REQUESTS))]


def check_same(ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """The same texts, and the same likelihoods up to what is stated."""
    for one, other in zip(ours, theirs, strict=True):
        assert not isinstance(one, Failed)
        if isinstance(one, Likelihood):
            assert one.total == pytest.approx(other.total, abs=1e-4)
            assert (one.tokens, one.size) == (other.tokens, other.size)
        else:
            assert isinstance(one, Text)
            assert one == other


@pytest.fixture(scope="module")
def alone() -> list[Any]:
    """The answers of one process."""
    return answers(local.open_model(ModelSpec(path=small_models.model(), device="cpu", threads=1)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray cluster on this machine, as an engineer starts one."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=40)
    yield
    ray.shutdown()


def test_several_processes_answer_as_one(alone: list[Any]) -> None:
    """Two processes with a model each give what one gives; killed, they end the run, and no answer is made up."""
    both = spread.open_model(ModelSpec(path=small_models.model(), threads=1), devices=("cpu", "cpu"))
    assert isinstance(both, spread.Spread)
    assert both.max_length == small_models.LENGTH
    assert both.plan(REQUESTS).requests == len(REQUESTS)
    check_same(answers(both), alone)
    for worker in multiprocessing.active_children():
        worker.kill()
    with pytest.raises(EvidenceError) as caught:
        answers(both)
    assert [found.code for found in caught.value.diagnostics] == ["E547"]
    both.close()


def test_a_worker_that_cannot_open_says_why(tmp_path: Path) -> None:
    """What is wrong with a model is said as on one device."""
    shutil.copytree(small_models.model(), tmp_path / "model")
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(EvidenceError) as caught:
        spread.open_model(ModelSpec(path=str(tmp_path / "model")), devices=("cpu", "cpu"))
    assert "pytorch_model.bin" in caught.value.diagnostics[0].message


def test_a_ray_cluster_answers_as_one(alone: list[Any], cluster: None) -> None:
    """Two actors in a cluster give what one process gives."""
    del cluster
    both = on_ray.open_model(ModelSpec(path=small_models.model(), device="cpu", threads=1), workers=2)
    check_same(answers(both), alone)
    both.close()
