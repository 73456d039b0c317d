# Every command a developer needs, in one place. `make` alone prints them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PY := .venv/bin/python
FLASK := $(PY) -m flask --app wsgi
# The portal that developers run: demo data, demo sign-in, everything it keeps in instance/.
export GOOD_STANDING_MODE ?= demo

# Two cores' worth; `make test WORKERS=0` runs in one process, as `pytest` alone does.
WORKERS ?= 2
# More words for pytest, for example `make test PYTEST="--database sqlite -k certificate"`.
PYTEST ?=

.PHONY: help
help:  ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

##@ Use it

.PHONY: run
run: env-run migrate seed  ## Start the portal with its demo world, and print where; again: seconds, nothing lost
	@$(PY) scripts/serve

.PHONY: story
story: env-run  ## Play the whole story in a fresh database; certificates and ledger land in instance/story
	@$(FLASK) demo story --out instance/story

.PHONY: clean-demo
clean-demo:  ## Forget the demo world: its database, files and story
	@[ "$(GOOD_STANDING_MODE)" = demo ] || { echo "GOOD_STANDING_MODE is $(GOOD_STANDING_MODE): this is not a demo, nothing was removed."; exit 1; }
	@rm -rf instance/portal.db instance/portal.db-* instance/files instance/mail instance/story instance/signing-key.p12 instance/signing-certificates
	@echo "The demo world is gone; make run builds it again."

##@ Change it

.PHONY: setup
setup: env-test  ## Everything needed to run, test and check, installed
	@echo "Ready: make run, make test, make check."

.PHONY: check
check: env-check  ## Lint, format, types, import contracts, templates
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo --no-cache
	@.venv/bin/djlint app/templates --lint --quiet

.PHONY: format
format: env-check  ## Put the code in the one format
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

.PHONY: test
test: env-test  ## The whole suite on SQLite and PostgreSQL, browser journeys included
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(PYTEST)

.PHONY: bench
bench: env-test  ## Measure against the bare baselines; writes benchmarks/results/latest.json
	@$(PY) -m benchmarks

.PHONY: screenshots
screenshots: env-test  ## Take the pictures in docs/screenshots again
	@$(PY) scripts/screenshots

##@ Its data

.PHONY: migrate
migrate: env-run  ## Bring the database up to the newest migration
	@$(FLASK) db upgrade

.PHONY: seed
seed: migrate
	@$(FLASK) demo seed

# --- What the rest stands on: quick when there is nothing to do ---

.PHONY: env-run env-check env-test
env-run env-check env-test:
	@scripts/environment $(@:env-%=%)
