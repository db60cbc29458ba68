# The two commands of the README are `make serve` and `make test`; the rest serves those who work on Filorosso.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test check assets bench bench-questions bench-paths bench-service bench-pages bench-graph screenshots data docs clean

serve: $(VENV)/installed assets
	$(BIN)/filorosso serve

# In two processes, a file of tests in one: many tests wait for a service, or for a process of their own.
test: check assets
	$(BIN)/pytest -n 2 --dist loadfile

check: $(VENV)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# What browsers load. An installation builds it too; this builds it again when its sources changed, and goes on without Node.
BUILT := api/static/built/manifest.json
assets: $(BUILT)
$(BUILT): $(wildcard api/frontend/*.js api/frontend/*.json api/frontend/src/*)
	@if ! command -v npm >/dev/null; then \
		echo "api/static/built: not built, for there is no npm; pages work without charts and editor. Install Node.js 18 or later and run make assets" >&2; \
	elif ! (cd api/frontend && npm ci --fetch-retries=1 --no-progress && npm run build); then \
		echo "api/static/built: npm could not build it; pages work without charts and editor. Mend what npm says and run make assets" >&2; \
	fi

# One after the other, whatever -j says: two measures at once would measure each other.
bench: bench-graph
	$(BIN)/python tests/bench/bench.py
	$(BIN)/python tests/bench/questions.py $(SYNTHETIC)
	$(BIN)/python tests/bench/paths.py $(SYNTHETIC)
	$(BIN)/python -m tests.bench.service .filorosso

# The service beside others, over loopback; needs wrk.
bench-service: $(VENV)/installed-test
	$(BIN)/filorosso build
	$(BIN)/python -m tests.bench.service .filorosso

# The pages of the explorer in a browser; needs Chromium and Node.
bench-pages: $(VENV)/installed-test assets
	$(BIN)/filorosso build
	$(BIN)/python -m tests.bench.pages .filorosso

bench-questions: bench-graph
	$(BIN)/python tests/bench/questions.py $(SYNTHETIC)

bench-paths: bench-graph
	$(BIN)/python tests/bench/paths.py $(SYNTHETIC)

# The graph of a million quads that they are asked of.
SYNTHETIC := .cache/bench/synthetic.nq
bench-graph: $(VENV)/installed-test
	$(BIN)/python tests/bench/synthetic.py $(SYNTHETIC)

# Write again what comes from open data; FROM is the folder of the publishers' files.
FROM ?= ../shared/data
data: $(VENV)/installed
	$(BIN)/python -m filorosso.graph.sources.regenerate --from $(FROM)

# Write docs/questions.md again from the headers of queries/*.rq.
docs: $(VENV)/installed
	$(BIN)/python -c 'from filorosso.graph import markdown, read_library; print(markdown(read_library()), end="")' > docs/questions.md

# Take the pictures of docs/explorer.md again.
screenshots: $(VENV)/installed-test assets
	$(BIN)/filorosso build
	$(BIN)/python -m tests.bench.screenshots .filorosso docs/screenshots

clean:
	rm -rf $(VENV) .filorosso .cache build dist api/frontend/dist api/frontend/node_modules api/static/built *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Filorosso needs Python 3.11 or later; name one: make PYTHON=python3.12 …" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/installed
