# Accord. `make run` and `make test` work on a machine with git, make and some Python 3.9+.
.DEFAULT_GOAL := help
PY := .venv/bin/python
RASA_PY := .venv-rasa/bin/python

.PHONY: help setup run test test-fast lint train evaluate bench screenshots lock clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## Both environments from their locks
	@scripts/setup.sh

run: setup ## Start everything; Ctrl-C stops it
	@exec .venv/bin/accord run

lint: setup ## Formatting, lint and types
	@$(PY) -m ruff format --check bot actions tests scripts
	@$(PY) -m ruff check bot actions tests scripts
	@$(PY) -m mypy

test: setup lint ## Every test, the ones against the running program included
	@scripts/system.sh
	@$(PY) -m pytest

test-fast: setup ## The tests that need no running program
	@$(PY) -m pytest -m "not stack"

train: setup ## Train the dialogue model if none matches the data
	@$(RASA_PY) -m bot.dialogue.train

bench: setup train ## Speed and memory of the running program; writes reports/bench.json
	@$(PY) scripts/bench.py

screenshots: setup train ## The pictures in docs/, taken from the running program
	@scripts/system.sh
	@$(PY) scripts/screenshots.py

lock: ## Resolve both locks anew
	@uv pip compile --quiet --no-header --upgrade --group pyproject.toml:dialogue --python-version 3.10 --generate-hashes -o locks/dialogue.txt
	@uv pip compile --quiet --no-header --upgrade --group pyproject.toml:service --group pyproject.toml:test --python-version 3.12 --generate-hashes -o locks/service.txt

clean: ## Remove what was made here, except the ledger in var/
	@rm -rf .venv .venv-rasa .tools models/*.tar.gz models/*.json reports .rasa
