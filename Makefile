# Accord. `make run` and `make test` work on a machine with git, make and some Python 3.9+.
.DEFAULT_GOAL := help
PY := .venv/bin/python
RASA_PY := .venv-rasa/bin/python

.PHONY: help setup run test test-fast lint talk train train-quick evaluate evaluate-public negotiation negmas bench desk-load screenshots telegram-demo telegram-load lock clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: ## Both environments from their locks
	@scripts/setup.sh

run: setup ## Start everything; Ctrl-C stops it
	@exec .venv/bin/accord run

lint: setup ## Formatting, lint and types
	@$(PY) -m ruff format --check bot actions tests scripts
	@$(PY) -m ruff check bot actions tests scripts
	@$(PY) -m mypy

test: setup lint train-quick ## Every test, the ones against the running program included
	@scripts/system.sh
	@$(RASA_PY) -m pytest tests/dialogue --confcutdir=tests/dialogue
	@$(PY) -m pytest -m "not stack" --numprocesses 2
	@$(PY) -m pytest -m "stack and not alone" --numprocesses 3 --dist loadfile
	@$(PY) -m pytest -m alone

test-fast: setup ## The tests that need no running program
	@$(PY) -m pytest -m "not stack" --numprocesses 2

talk: setup train-quick ## Replay a scripted conversation and show it: make talk FILE=tests/conversations/….yml
	@$(PY) -m tests.conversations $(FILE)

train: setup ## Tune the encoder and train the dialogue model, where the data has changed
	@$(RASA_PY) -m bot.dialogue.train

train-quick: setup ## The same without tuning the encoder anew
	@$(RASA_PY) -m bot.dialogue.train --quick

evaluate: setup train-quick ## How well messages are understood; writes reports/understanding.html and .json
	@$(RASA_PY) -m bot.evaluation

evaluate-public: setup ## The same pipeline on public data: make evaluate-public DIR=folder with banking77/ and clinc150/
	@$(RASA_PY) -m bot.evaluation.public $(DIR)

negotiation: setup train-quick ## How well is negotiated, simulated; writes reports/negotiation.html and .json
	@.venv/bin/accord simulate --borrowers 20000 --seed 2026 --messages 400 --report

negmas: setup ## The concession core against negotiators of others, in an environment of its own; writes reports/negmas.json
	@scripts/negmas.sh

bench: setup train-quick ## Speed and memory of the running program; writes reports/bench.json
	@$(PY) scripts/bench.py

desk-load: setup ## Twenty agents at a desk with two hundred cases: how long pages take; writes reports/desk-load.json
	@$(PY) -m scripts.desk_load

screenshots: setup train-quick ## The pictures in docs/, taken from the running program
	@scripts/system.sh
	@$(PY) scripts/screenshots.py

telegram-demo: setup train-quick ## A conversation on Telegram, without Telegram, printed; WEBHOOK=1 for the other way in
	@$(PY) scripts/telegram_demo.py $(if $(WEBHOOK),--webhook)

telegram-load: setup ## A thousand borrowers at once on a Telegram that fails, then 200 times kill -9; writes reports/telegram-*.json
	@$(PY) -m tests.telegram.load --own-time
	@$(PY) -m tests.telegram.load --own-time --webhook
	@$(PY) -m tests.telegram.load
	@$(PY) -m tests.telegram.load --webhook
	@$(PY) -m tests.telegram.load --kills 200
	@$(PY) -m tests.telegram.load --kills 200 --webhook

lock: ## Resolve both locks anew
	@uv pip compile --quiet --no-header --upgrade --group pyproject.toml:dialogue --python-version 3.10 --generate-hashes -o locks/dialogue.txt
	@uv pip compile --quiet --no-header --upgrade --group pyproject.toml:service --group pyproject.toml:test --python-version 3.12 --generate-hashes -o locks/service.txt

clean: ## Remove what was made here, except the ledger in var/
	@rm -rf .venv .venv-rasa .venv-negmas .tools models/*.tar.gz models/*.json reports .rasa
