# The two commands of the README are `make serve` and `make test`; the rest serves those who work on Filorosso.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test check bench data clean

serve: $(VENV)/installed
	$(BIN)/filorosso serve

test: check
	$(BIN)/pytest

check: $(VENV)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/installed-test
	$(BIN)/python tests/bench/bench.py

# Write again what comes from open data; FROM is the folder of the publishers' files.
FROM ?= ../shared/data
data: $(VENV)/installed
	$(BIN)/python -m filorosso.graph.sources.regenerate --from $(FROM)

clean:
	rm -rf $(VENV) .filorosso .cache build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Filorosso needs Python 3.11 or later; name one: make PYTHON=python3.12 …" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/installed
