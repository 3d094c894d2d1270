# `make` lists the targets. All of them work in .venv, which is made when first needed; PYTHON=… chooses its Python.

BIN := .venv/bin
JOBS ?= 2
POLICY := policies/openai/preparedness-2023-12-18.policy
EVIDENCE := policies/examples/openai/gpt-4o.yaml

# What reaches every branch of what gives a verdict; only these are traced, since tracing takes three times as long.
EXAMPLES := $(addprefix tests/test_,cases.py check.py decide_cases.py gates.py graph.py parse_again.py repeated.py shares.py testing.py)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types format smoke bench campaign experiment pages mutants grammar editors clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

demo: .venv/core ## decide a real case with the core alone: may GPT-4o be deployed, as of its release?
	@echo '$$ policyc check $(POLICY) $(EVIDENCE) --as-of 2024-08-08'
	@$(BIN)/policyc check $(POLICY) $(EVIDENCE) --as-of 2024-08-08; status=$$?; \
	echo "exit status $$status"; test $$status -ne 2

# Many of them start processes of ours: what one has compiled, the next need not.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/all ## run the tests, and ask the pages of examples to reach every branch of check, graph and decide
	@$(BIN)/pytest -n $(JOBS) --dist worksteal $(EXAMPLES) --cov
	@$(BIN)/pytest -n $(JOBS) --dist worksteal $(addprefix --ignore=,$(EXAMPLES))

check: lint types smoke test ## all that continuous integration does

lint: .venv/all ## style and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: .venv/all ## mypy, strict
	@$(BIN)/mypy

format: .venv/all ## rewrite what ruff can put right
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format

smoke: .venv/all ## run each benchmark once, small
	@set -e; for script in benchmarks/bench_*.py; do $(BIN)/python $$script --smoke; done

bench: .venv/all ## measure what README.md says about speed
	@set -e; for script in benchmarks/bench_*.py; do $(BIN)/python $$script; done

campaign: .venv/all ## long runs: 200,000 random cases against the oracle, calibration, strategies of insiders, tampered logs
	@set -e; for script in tests/campaigns/*.py; do $(BIN)/python $$script; done

experiment: .venv/all ## train small models, mitigate them in two ways, measure and decide: policies/examples/experiment
	@$(BIN)/python benchmarks/experiment/run.py

pages: .venv/all ## make the tables of policies/ anew: the catalogue, published records, what each version changed
	@$(BIN)/pytest -q tests/test_library.py -k page_of --accept

mutants: .venv/all ## change every shipped policy in one place after the other, and show what its tests do not notice
	@$(BIN)/policyc test $(filter-out policies/examples/,$(sort $(dir $(wildcard policies/*/*.policy)))) --mutate --require 90

grammar: .venv/all ## work out the tables of the parser anew, after a change of grammar/policy.lark
	@$(BIN)/python -c "from policylang import resources; from policylang.parse import tables; print(tables.made(resources.grammar_text()), end='')" > grammar/policy.tables.new
	@mv grammar/policy.tables.new grammar/policy.tables.json

editors: .venv/all ## make the grammars of editors anew, after a change of grammar/policy.lark or grammar/tokens.json
	@$(BIN)/python editors/make.py

clean: ## remove what was made, .venv too
	rm -rf .venv build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/core: pyproject.toml constraints.txt .venv/bin/python
	@echo 'installing policylang into .venv …'
	@$(PIP_INSTALL) --editable .
	@touch $@

.venv/all: .venv/core
	@echo 'installing what the tests need into .venv …'
	@$(PIP_INSTALL) --editable '.[test]'
	@touch $@

# `python3` when it is new enough, else the newest of its sisters.
.venv/bin/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    exec "$$python" -m venv --clear .venv; \
	  fi; \
	done; \
	echo 'policylang needs Python 3.11 or newer with its `venv` module, and found none.' >&2; \
	echo 'Install one, or name it: make PYTHON=/path/to/python3 demo' >&2; \
	exit 1
