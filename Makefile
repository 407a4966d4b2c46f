.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO := data/demo/support_metrics.toml
# The team's own settings win; without them everything works on the demo inputs.
SETTINGS ?= $(if $(wildcard support_metrics.toml),support_metrics.toml,$(DEMO))
DAGSTER_HOME := $(CURDIR)/data/dagster
# Where `make dev` serves the reports, so that Dagster can link them.
REPORTS_PORT ?= 3001
REALDATA ?= ../shared/realdata
# The demo is run as its team ran it: what was known on one Monday first, then everything. So a figure that was restated since can be seen.
DEMO_FIRST := data/demo_output/reports/2026-03-02.html
# With LIVE=1 the demo is synced over HTTP from servers on this machine, and compared with what its files give.
DEMO_LIVE := data/demo_output/live

.PHONY: help run test check dev bench real format lock demo clean

help:  ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; say which one: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up $(VENV) from requirements.lock …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEMO_FIRST): | $(READY)
	@echo "As the demo's team ran it on Monday, 9 March 2026:"
	@$(BIN)/support-metrics --settings $(DEMO) refresh --observed-until 2026-03-09T13:00:00Z --as-of 2026-03-09T12:00:00Z
	@echo && echo "A week later, with what has come to light since:"

run: $(READY) $(if $(LIVE),,$(if $(filter $(DEMO),$(SETTINGS)),$(DEMO_FIRST)))  ## Set up, then land, build, publish and report; on the demo inputs unless support_metrics.toml is here. LIVE=1 reads the demo over HTTP.
	@$(if $(LIVE),$(BIN)/python -m support_metrics_tests.demo.live $(DEMO_LIVE),$(BIN)/support-metrics --settings $(SETTINGS) refresh)

test: $(READY)  ## Run the tests.
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not long"

check: $(READY)  ## Formatting, lint, types, contracts and the long tests.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q support_metrics_tests/test_architecture.py support_metrics_tests/test_docs.py
	@$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m long

dev: $(READY)  ## Open Dagster's UI on http://127.0.0.1:3000, with the reports it links on REPORTS_PORT (3001).
	@mkdir -p $(DAGSTER_HOME) && cp dagster.yaml $(DAGSTER_HOME)/dagster.yaml
	@DAGSTER_HOME=$(DAGSTER_HOME) SUPPORT_METRICS_SETTINGS=$(abspath $(SETTINGS)) $(BIN)/support-metrics serve --port $(REPORTS_PORT) -- $(BIN)/dagster dev -w workspace.yaml

bench: $(READY)  ## Measure speed and memory on a million Slack messages, against plain DuckDB.
	@$(BIN)/python -m benchmarks

real: $(READY)  ## Run the main job on real data: make real REALDATA=folder.
	@test -d "$(REALDATA)" || { echo "error: there is no folder '$(REALDATA)'; name the real data's: make real REALDATA=folder" >&2; exit 2; }
	@REALDATA=$(abspath $(REALDATA)) $(BIN)/python -m pytest -q support_metrics_tests/real_data

demo: $(READY)  ## Make the demo inputs anew from their seed.
	@$(BIN)/python -m support_metrics.demo data/demo

format: $(READY)  ## Format the code.
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(READY)  ## Lock the newest versions that pyproject.toml allows; then make test.
	@$(BIN)/pip install -qq uv && $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --upgrade --group dev pyproject.toml -o requirements.lock

clean:  ## Remove everything that was produced.
	@rm -rf $(VENV) data/demo_output data/dagster data/landing data/warehouse data/reports
