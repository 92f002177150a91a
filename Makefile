# Suizhen's commands; `make help` lists them. Two matter: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
PYTEST := $(PY) -m pytest
FRONT := mp_frontend
DATA_DIR ?= data
PORT ?= 8000
export DATA_DIR PORT
export PIP_ROOT_USER_ACTION := ignore
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Test folders about what stands around the features; everything else under tests/ is `unit`.
INTEGRATION := $(wildcard tests/adapters tests/sandbox tests/embedded tests/demo tests/integration tests/journeys)
INVARIANTS := $(wildcard tests/invariants tests/load)
USUAL := -m "not browser and not chaos"

.PHONY: help
help: ## List the commands.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# ── the two commands ─────────────────────────────────────────────────────────────────────────────
.PHONY: demo test
demo: ## Start a whole hospital on this machine (PORT=8000, DATA_DIR=./data); Ctrl-C ends it.
	@deploy/debian_packages.sh libcurl4
	@deploy/python_environment.sh demo
	@deploy/front_ends.sh install h5 console
	@exec $(PY) -m server demo

test: ## Run every check and test, in order, with the time of each.
	@deploy/steps.sh environment lint types contracts front pytest screens coverage

.PHONY: environment
environment: # Everything the tests need on this machine.
	@deploy/debian_packages.sh libcurl4 chromium fonts-noto-cjk
	@deploy/python_environment.sh test
	@deploy/front_ends.sh install

# ── checks, one by one ───────────────────────────────────────────────────────────────────────────
.PHONY: lint types contracts pytest unit integration invariants browser stories platform front screens vitest coverage
lint: ## Style: ruff's rules and format.
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: ## Types: mypy, strict.
	@$(PY) -m mypy

contracts: ## Which part may import which: import-linter.
	@.venv/bin/lint-imports

pytest: # All Python tests but the browser's, in one run.
	@rm -f build/covers-*.json
	@$(PYTEST) -n 2 --dist worksteal $(USUAL)

unit: ## Python tests of the features.
	@$(PYTEST) -n 2 $(USUAL) $(patsubst %,--ignore=%,$(INTEGRATION) $(INVARIANTS))

integration: ## Python tests of adapters, simulators, embedded servers and the demo.
	@$(PYTEST) -n 2 $(USUAL) $(INTEGRATION)

invariants: ## Long stateful and load tests: no place sold twice, nothing acknowledged lost.
	@$(PYTEST) -n 2 $(USUAL) $(INVARIANTS)

browser: stories platform ## The journeys in headless Chromium; screenshots in build/pictures/.

stories: # Apart from the platform's pages: those drive Chromium from an event loop of their own.
	@$(PYTEST) -n 2 -m browser tests/browser

platform:
	@$(PYTEST) -n 2 -m browser tests/sandbox

front: ## Build the patient's pages (H5, mini-program) and the console; check the mini-program.
	@deploy/front_ends.sh install h5 mp console
	@cd $(FRONT) && npm run --silent typecheck && npm run --silent check:mp

screens: # The browser's tests and the front ends' at the same time: each of them waits a lot.
	@mkdir -p build
	@$(MAKE) vitest platform > build/screens.txt 2>&1 & beside=$$!; \
	told=0; $(MAKE) stories || told=$$?; \
	others=0; wait $$beside || others=$$?; cat build/screens.txt; exit $$((told + others))

vitest: ## Front-end tests, among them the built mini-program against the running server.
	@mkdir -p $(FRONT)/build
	@$(PY) -m tests.journeys npm --prefix $(FRONT) test --silent

coverage: ## Join the `covers` marks with the results: docs/coverage.md, build/coverage.json (CHECK=1: compare only).
	@$(PY) -m tests.coverage_by_feature $(if $(CHECK),--check)

# ── now and then ─────────────────────────────────────────────────────────────────────────────────
.PHONY: bench chaos pictures openapi lock dist clean
bench: ## Speed beside its floor: a table and build/bench.json.
	@$(PY) -m tests.bench

chaos: ## Kill every process during the journeys and start it again; 10,000 random schedules of each stateful test.
	@$(PYTEST) -m chaos
	@SCHEDULES=10000 $(PYTEST) -n 2 $(USUAL) tests/invariants

pictures: browser ## Renew the screenshots in docs/pictures/ from the browser journeys.
	@for picture in docs/pictures/*.png; do cp -v build/pictures/"$${picture##*/}" "$$picture"; done

openapi: ## Write handlers/openapi.json and the front ends' types from the declarations.
	@$(PY) -m server openapi > handlers/openapi.json.new && mv handlers/openapi.json.new handlers/openapi.json
	@cd $(FRONT) && npm run --silent types

lock: ## Renew requirements/*.txt from pyproject.toml (UPGRADE=1 for newer versions).
	@deploy/lock.sh $(if $(UPGRADE),--upgrade)

dist: ## Make the release archive with built front ends: dist/suizhen-VERSION.tar.gz.
	@deploy/front_ends.sh install h5 mp console
	@deploy/release.sh

clean: ## Remove what was built; keeps .venv, node_modules and DATA_DIR.
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis $(FRONT)/build
	@rm -rf $(FRONT)/patient/dist $(FRONT)/console/dist $(FRONT)/.built-*
	@find server handlers tests -name __pycache__ -type d -prune -exec rm -rf {} +
