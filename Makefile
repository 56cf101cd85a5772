# `make run` and `make test` are all one needs; both set everything up on a machine that has only python3 and make.
# Quick the second time: .venv/.stamp is rebuilt only when the lock or pyproject.toml changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp
ARGS ?=

.PHONY: help venv run test tools lint format docs lock clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

venv: $(STAMP)  ## the virtual environment with everything in requirements.lock and healer itself, editable

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "healer needs Python 3.11 or newer; try make PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "python3 -m venv does not work here; on Debian: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: $(STAMP)  ## the demo: the daemon and twelve simulated chargers; ARGS="--for 90s" ends by itself
	@exec $(BIN)/healer demo $(ARGS)

test: $(STAMP) tools  ## every test; ARGS="-k ledger" chooses
	$(BIN)/python -m pytest $(ARGS)

tools: $(STAMP)  ## what tests need from outside of Python (promtool); skipped loudly where it cannot be installed
	@bash .ci/tools

lint: $(STAMP)  ## every check; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml

format: $(STAMP)  ## write the code as `make lint` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)  ## the documents that are written by the code
	@mkdir -p docs
	$(BIN)/python -c 'from healer.ocpp import coverage; print(coverage.markdown(), end="")' > docs/ocpp-messages.md
	$(BIN)/python -c 'from healer.behaviour import quirks; print(quirks.markdown(), end="")' > docs/quirks.md
	$(BIN)/python -c 'from healer.fleet.signals import page; print(page.markdown(), end="")' > docs/signals.md
	$(BIN)/python -c 'from healer.healing import reference; print(reference.reference(), end="")' > docs/reference.md
	$(BIN)/python -c 'from healer.healing import reference; print(reference.incident(), end="")' > docs/incident.md

# Universal and hashed; --no-emit-index-url keeps addresses of registries out of it. Change pyproject.toml first,
# or renew everything with: make lock ARGS=--upgrade
lock:  ## renew requirements.lock from pyproject.toml
	@[ -x $(BIN)/uv ] || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; }
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
		--custom-compile-command 'make lock' --group dev pyproject.toml --output-file requirements.lock $(ARGS)
	@! grep -nE '[a-z]+://' requirements.lock || { echo "an address got into requirements.lock" >&2; exit 1; }

clean:  ## remove what can be made again
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
