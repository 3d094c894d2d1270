"""Generation through vLLM, which batches and caches on its own; likelihoods through the engine of this program.

vLLM gives up its prefix cache where it is asked for likelihoods of prompts, and feeds every choice again, so scoring
stays here. A model that is asked for both is loaded twice: `--engine local` does with one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policylang import Answer, Diagnostic, EvidenceError, Failed, Generate, ModelSpec, Plan, Request, Score, Text

from .folder import check_model
from .local import open_model as open_local

_MANY = 512
"""How many requests are handed over at once: what is under way when somebody interrupts is asked again."""


def open_model(spec: ModelSpec) -> "Vllm":
    """A model in vLLM; raises EvidenceError where that is not installed, or the folder is none to load."""
    try:
        import vllm
    except ImportError:
        raise _refused("the engine `vllm` is not installed", "`pip install 'policylang[vllm]'`") from None
    check_model(spec.path)
    if spec.adapters:
        help_ = "merge them into the weights, or use `--engine local`"
        raise _refused("adapters cannot be merged into a model of the engine `vllm`", help_)
    return Vllm(spec, vllm)


class Vllm:
    """A model that vLLM generates with."""

    def __init__(self, spec: ModelSpec, vllm: Any) -> None:
        """Load it; raises EvidenceError where vLLM cannot."""
        self._spec = spec
        self._vllm = vllm
        self._local: Any = None
        try:
            self._model = vllm.LLM(
                model=spec.path,
                dtype=spec.dtype,
                seed=0,
                load_format="safetensors",
                trust_remote_code=False,
                enable_prefix_caching=True,
            )
        except (ValueError, RuntimeError, OSError) as error:
            said = str(error).strip().partition("\n")[0][:200]
            raise _refused(f"vLLM cannot load `{spec.path}`: {said}", "use `--engine local`") from None
        self._tokenizer = self._model.get_tokenizer()
        self.max_length: int = self._model.llm_engine.model_config.max_model_len
        self.identity: Mapping[str, str] = {"engine": f"vllm {vllm.__version__}", "dtype": spec.dtype}

    def chat(self, system: str, user: str) -> str:
        """A message as the model's chat template puts it; raises EvidenceError where it has none."""
        return str(self._scoring().chat(system, user))

    def plan(self, requests: Sequence[Request]) -> Plan:
        """What answering would take, as the engine of this program would."""
        found: Plan = self._scoring().plan(requests)
        return found

    def answer(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Answer | Failed]]]:
        """Likelihoods first, then texts, batch by batch."""
        scores = [at for at, request in enumerate(requests) if isinstance(request, Score)]
        if scores:
            for batch in self._scoring().answer([requests[at] for at in scores]):
                yield [(scores[at], answer) for at, answer in batch]
        texts = [(at, request) for at, request in enumerate(requests) if isinstance(request, Generate)]
        texts.sort(key=lambda one: one[1].prompt)
        for start in range(0, len(texts), _MANY):
            some = texts[start : start + _MANY]
            yield list(zip([at for at, _ in some], self._texts([request for _, request in some]), strict=True))

    def close(self) -> None:
        """Give back the memory of both."""
        del self._model
        if self._local is not None:
            self._local.close()

    def _scoring(self) -> Any:
        if self._local is None:
            self._local = open_local(self._spec)
        return self._local

    def _texts(self, requests: Sequence[Generate]) -> list[Answer | Failed]:
        prompts = [{"prompt_token_ids": self._tokenizer(request.prompt)["input_ids"]} for request in requests]
        fitting = [
            len(p["prompt_token_ids"]) + r.max_tokens <= self.max_length for p, r in zip(prompts, requests, strict=True)
        ]
        asked = [at for at, fits in enumerate(fitting) if fits]
        outputs = self._model.generate(
            [prompts[at] for at in asked], [self._sampling(requests[at]) for at in asked], use_tqdm=False
        )
        found: list[Answer | Failed] = [Failed("longer than the model can read")] * len(requests)
        for at, output in zip(asked, outputs, strict=True):
            first = output.outputs[0]
            found[at] = Text(text=first.text, tokens=len(first.token_ids), ended=first.finish_reason == "stop")
        return found

    def _sampling(self, request: Generate) -> Any:
        """How a request is sampled; each has a seed of its own, of vLLM's random numbers and not of ours."""
        return self._vllm.SamplingParams(
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
            stop=list(request.stop) or None,
            seed=(request.seed * 1_000_003 + request.sample) % 2**31 if request.temperature else None,
        )


def _refused(message: str, help_: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code="E548", message=message, place=None, help=help_)])
