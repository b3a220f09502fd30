# Every target sets up what it needs. Everything made lies in .venv/ and .local/; `make clean` removes both.
#
#   make run                 the whole system on this machine, with demo data, until Ctrl-C   (PORT=4600 TIME_SCALE=1)
#   make test                unit, integration and simulation tests   (SEEDS=2000 simulated days)
#   make check               format, lint, types, imports, template, dead code, documented commands
#   make e2e                 real client SDKs against the local stack (Node and Chromium for the JavaScript ones)
#   make bench               measures; the table for docs/performance.md
#   make coverage            the tests again, with the lines that they miss
#   make deploy STAGE=dev    to AWS, with the credentials at hand
#   make export TO=DIR       the definitions in force, as YAML files   (STAGE=local)
#   make import FROM=DIR     definitions from YAML files, put in force   (STAGE=local PUBLISH=1 DRY_RUN=)
#   make dead-letters / make replay STAGE=dev    what a stream lambda could not do: listed, done again

PORT ?= 4600
TIME_SCALE ?= 1
STAGE ?= local
SEEDS ?= 2000
WORKERS ?= 2
TO ?= definitions
FROM ?= definitions
PUBLISH ?= 1
DRY_RUN ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)

BIN := .venv/bin
READY := .venv/.ready
EMULATOR := .local/emulator-venv/.ready
E2E := tests/e2e/node_modules/.ready
OFFLINE = { echo "make: the packages could not be installed; is there a network? (see the lines above)" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help run test check e2e bench coverage deploy dead-letters replay export import emulator format clean

help:
	@sed -n 's/^#   //p' Makefile

run: $(READY) $(EMULATOR)
	@command -v curl >/dev/null || { echo "make run: curl is needed for the demo" >&2; exit 1; }
	@$(BIN)/python -m infra.run --port $(PORT) --time-scale $(TIME_SCALE)

test: $(READY)
	HUILIU_SEEDS=$(SEEDS) $(BIN)/pytest -n $(WORKERS) --dist worksteal

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy app.py chalicelib infra tests
	$(BIN)/lint-imports
	$(BIN)/cfn-lint infra/data.yaml
	$(BIN)/vulture
	$(BIN)/python -m infra.check_docs

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Two at once: each has stacks of its own, and waits for them most of the time.
e2e: $(READY) $(EMULATOR) $(E2E)
	$(BIN)/pytest tests/e2e -n $(WORKERS)

bench: $(READY) $(EMULATOR)
	$(BIN)/python -m tests.bench

coverage: $(READY)
	HUILIU_SEEDS=$(SEEDS) $(BIN)/pytest -n $(WORKERS) --cov --cov-report=term

deploy: $(READY)
	@test "$(STAGE)" != local || { echo "make deploy: say where, as in STAGE=dev; the local stack is make run" >&2; exit 1; }
	$(BIN)/python -m infra.deploy --stage $(STAGE)

dead-letters: $(READY)
	@$(BIN)/python -m infra.dead_letters list --stage $(STAGE)

replay: $(READY)
	@$(BIN)/python -m infra.dead_letters replay --stage $(STAGE)

export: $(READY)
	@$(BIN)/python -m infra.definitions export --stage $(STAGE) --to $(TO)

import: $(READY)
	@$(BIN)/python -m infra.definitions import --stage $(STAGE) $(if $(filter 1,$(PUBLISH)),--publish) $(if $(DRY_RUN),--dry-run) $(FROM)

emulator: $(EMULATOR)

clean:
	rm -rf .venv .local tests/e2e/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage

$(READY): requirements.txt requirements-vendor.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "make: Python 3.11 is needed, the lambdas' version; name it with PYTHON=..." >&2; exit 1; }
	@echo "installing the tools into .venv (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt || $(OFFLINE)
	@touch $@

$(EMULATOR): infra/requirements-emulator.txt
	@echo "installing the emulator into .local/emulator-venv (once) ..."
	@test -x .local/emulator-venv/bin/python || $(PYTHON) -m venv .local/emulator-venv
	@.local/emulator-venv/bin/python -m pip install --quiet --disable-pip-version-check -r infra/requirements-emulator.txt || $(OFFLINE)
	@touch $@

$(E2E): $(wildcard tests/e2e/package.json tests/e2e/package-lock.json)
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make e2e: Node 18 or newer (with npm) is needed for the JavaScript SDKs" >&2; exit 1; }
	@mkdir -p tests/e2e/node_modules
	@test ! -f tests/e2e/package.json || (cd tests/e2e && npm ci --no-audit --no-fund --silent) || $(OFFLINE)
	@touch $@
