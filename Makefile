# make demo needs only Python 3.11 or newer (with venv), make and git. `make help` lists the rest.

PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
TESTS ?=

# The first Python that is new enough.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak demo-assets docs-pictures packages

help: ## lists what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## */\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: $(VENV)/.installed ## opens the demonstration in a data folder of its own (PORT=8000)
	@exec $(BIN)/meetingpoint demo --port $(PORT)

test: packages $(VENV)/.test-installed ## runs the tests, two files at a time, one browser; installs what they need (TESTS="tests/media -k rtp" for some of them)
	@$(BIN)/pytest $(or $(TESTS),--numprocesses=2 --dist=loadfile)

check: $(VENV)/.test-installed ## format, lint, types, floors, translations, page scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q --numprocesses=2 tests/house
	@if command -v npm >/dev/null; then \
		npm exec --yes --package=typescript@5.9.3 -- tsc --project jsconfig.json; \
	else echo "page scripts not type-checked: npm is not installed"; [ "$$CI" != true ]; fi

bench: $(VENV)/.test-installed ## the benchmarks: tables and bench.json, ratios against a reference in the same run
	@$(BIN)/python -m tests.load.bench

soak: $(VENV)/.test-installed ## the long runs: 50 random kills, twice 50 more while films are brought, 50 more while 60 people collect findings, 20 while 1,000 letters go out, 20 uploads of 200 MB at once, 500 people who are inside when the closing date is moved, a room of 200 that talks for 2 minutes, media under load for twice 10 minutes, a million malformed inputs, browsers on bad networks (KILLS=50 MINUTES=10)
	@$(BIN)/python -m tests.load.soak_kills --kills $(or $(KILLS),50)
	@$(BIN)/python -m tests.load.room_talk
	@$(BIN)/python -m tests.load.soak_media --minutes $(or $(MINUTES),10)
	@$(BIN)/python -m tests.load.soak_hostile
	@$(BIN)/python -m tests.load.soak_findings --kills $(or $(KILLS),50)
	@$(BIN)/python -m tests.load.soak_cards --kills $(or $(KILLS),50)
	@$(BIN)/python -m tests.load.soak_letters
	@$(BIN)/python -m tests.load.soak_uploads
	@$(BIN)/python -m tests.load.soak_closing
	@$(BIN)/python -m tests.load.soak_browsers

demo-assets: $(VENV)/.installed ## draws the example cards, clips and results sheets again
	@$(PIP) install --editable '.[assets]'
	@$(BIN)/python -m conference.demo.assets

docs-pictures: packages $(VENV)/.test-installed ## takes the pictures of the guides anew (NAMES="desk run" for some of them)
	@$(BIN)/python -m tests.docs.pictures $(NAMES)

packages:
	@.ci/packages

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Meetingpoint needs Python 3.11 or newer; $$(python3 --version 2>&1 || true) was found. Install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 2; fi
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml media/rtc/fanout.c | $(BIN)/python
	@echo "Installing Meetingpoint into $(VENV) (once, about a minute) ..."
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.test-installed: pyproject.toml media/rtc/fanout.c | $(BIN)/python
	@echo "Installing Meetingpoint and its tests into $(VENV) (once) ..."
	@$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/.installed
