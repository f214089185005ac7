# `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,14))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
# two processes for each core, as tests wait for others, and each file in one of them: what its tests share is made once
PYTEST = $(BIN)/pytest -n $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN)) --dist loadfile --no-loadscope-reorder -m "not torture"
# with uv, in a tenth of pip's time; where that is not to be had, with pip
INSTALL := $(BIN)/python -m tools.environments
INSTALLED := .venv/installed
INSTALLED_DEV := .venv/installed-dev
# MLflow has pins of its own, which would fight ours
MLFLOW := .cache/mlflow
MLFLOW_DATA = $(or $(PPA_HOME),.ppa)/mlflow
DEPLOYMENT = --project "$(PROJECT)" --region "$(REGION)" --admin "$(ADMIN)" --prefix "$(or $(PREFIX),ppa)" --settings "$(SETTINGS)"

.PHONY: help run test lint types js unit integration terraform e2e mlflow bench torture versions api-release mutants cost schemas dashboards package plan deploy destroy fix clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: $(INSTALLED) ## Start the whole platform at http://localhost:8080
	@exec $(BIN)/ppa run

test: $(INSTALLED_DEV) ## Run everything that can be checked
	@$(MAKE) --no-print-directory --jobs 2 lint types js # none of these uses more than a core
	$(PYTEST) tests/unit tests/terraform tests/integration tests/e2e

lint: $(INSTALLED_DEV) ## Check style and the order of the layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYTHONPATH=. $(BIN)/lint-imports --cache-dir .cache/imports

types: $(INSTALLED_DEV) ## Check types
	$(BIN)/mypy

js: $(INSTALLED) ## Lint, type-check and test the scripts
	@$(BIN)/python -m tools.javascript

unit: $(INSTALLED_DEV) ## Test the core
	$(PYTEST) tests/unit

integration: $(INSTALLED_DEV) ## Test the adapters, over sockets and against emulators
	$(PYTEST) tests/integration

terraform: $(INSTALLED_DEV) ## Check and test the Terraform files
	$(PYTEST) tests/terraform

e2e: $(INSTALLED_DEV) ## Test the whole, in Chromium
	$(PYTEST) tests/e2e

mlflow: $(MLFLOW)/installed ## Start an MLflow server at http://localhost:5000; MLFLOW_TRACKING_URI tells the app of it
	@mkdir -p $(MLFLOW_DATA)
	@MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
	  exec $(MLFLOW)/bin/mlflow server --host 127.0.0.1 --port $(or $(MLFLOW_PORT),5000) --workers 1 \
	  --backend-store-uri sqlite:///$(abspath $(MLFLOW_DATA))/mlflow.db --artifacts-destination $(abspath $(MLFLOW_DATA))/artifacts

bench: $(INSTALLED_DEV) ## Measure speed
	@failed=0; for measure in tests/bench/bench_*.py; do \
	  $(BIN)/python -m tests.bench.$$(basename $$measure .py) || failed=1; done; exit $$failed

torture: $(INSTALLED_DEV) ## Run the longest tests, and feed damaged inputs in their hundred thousands: nothing may crash or hang
	@failed=0; $(PYTEST) -m torture tests || failed=1; for inputs in tests/torture/[a-z]*.py; do \
	  nice $(BIN)/python -m tests.torture.$$(basename $$inputs .py) || failed=1; done; exit $$failed

versions: $(INSTALLED_DEV) ## Convert estimators of scikit-learn 1.4 to 1.8, and of CatBoost
	@$(BIN)/python -m tools.library_versions

api-release: $(INSTALLED) ## Keep the API's document as the last release's, which changes are compared with
	@$(BIN)/python -m tools.api_changes release

mutants: $(INSTALLED_DEV) ## Put small faults into the core, and count those that its tests notice: SAMPLE=400 WORKERS=2
	@SAMPLE=$(SAMPLE) WORKERS=$(or $(WORKERS),1) nice -n 15 $(BIN)/python -m tools.mutants

cost: $(INSTALLED) ## Work out what a month in the cloud costs, from what is measured here
	@$(BIN)/python -m tools.cost

schemas: $(INSTALLED) ## Write the files that follow from the contracts, the catalogue and the runbook
	$(BIN)/python -m tools.schemas

dashboards: $(INSTALLED_DEV) ## Write Grafana's dashboards
	$(BIN)/python -m tools.dashboards

package: ## Pack the functions for deployment
	@PYTHONPATH=shared $(PYTHON) -m tools.packages

plan: ## Say what deploy would do: PROJECT=... REGION=... ADMIN=user:...
	@PYTHONPATH=shared $(PYTHON) -m tools.deploy plan $(DEPLOYMENT)

deploy: ## Deploy to Google Cloud: PROJECT=... REGION=... ADMIN=user:...
	@PYTHONPATH=shared $(PYTHON) -m tools.deploy deploy $(DEPLOYMENT)

destroy: ## Undo deploy, but for data: PROJECT=... REGION=... ADMIN=user:...
	@PYTHONPATH=shared $(PYTHON) -m tools.deploy destroy $(DEPLOYMENT)

fix: $(INSTALLED_DEV) ## Put style right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@$(BIN)/python -m tools.javascript fix

clean: ## Remove what was installed; data in .ppa stays
	rm -rf .venv .cache

.venv:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; install one, or say PYTHON=/path/to/python3."; exit 1; }
	$(PYTHON) -m venv .venv
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check uv -c constraints.txt

$(INSTALLED): requirements.txt constraints.txt pyproject.toml | .venv
	$(INSTALL) .venv -r requirements.txt -c constraints.txt
	$(INSTALL) .venv --no-deps --editable .
	@# compiled here once: the process that examines a model may write nothing
	$(BIN)/python -c "import ppa.cli.entry, ppa.cli.main, skops.io"
	@touch $@

$(INSTALLED_DEV): requirements-dev.txt $(INSTALLED)
	$(INSTALL) .venv -r requirements-dev.txt -c constraints.txt
	@touch $@

$(MLFLOW)/installed: tools/mlflow.txt | $(INSTALLED)
	$(INSTALL) $(MLFLOW) -r tools/mlflow.txt
	@touch $@
